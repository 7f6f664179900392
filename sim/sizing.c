/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes of cells over threads, each cell writing its own slot: every candidate's requests alone
 * (feasible at all, how long a request takes), then the bisections of instance candidates, one cell
 * a candidate and replication, with a chain of group sizes inside (the rate of n replicas is the
 * first guess for 2n), the same for the ends of an estimate's band, and one run each for functions
 * and token APIs. What is merged afterwards is merged in the order of indices. */
#include "sim/sizing.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/interval.h"
#include "base/workers.h"
#include "sim/sizing_reasons.h"
#include "sim/steady_run.h"

enum { ALONE_REQUESTS = 1000, RUNS_MAX = 28, REPLICATIONS_MAX = 100, TAPE_REQUESTS = 1 << 15 };
enum { BAND_RUNS = 6 }; /* where in the band of its estimate a refused candidate would pass */
enum {
    MINUTES_FULL = TAPE_MINUTES_MAX, /* of a rate that moves by the minute: the hour of the SLO */
    MINUTES_FIRST = 10,              /* for a first look */
};

/* Longest run, in shortest runs: of one replica, whose minutes all groups are compared with; and of
 * groups. */
#define ONE_REQUESTS_FACTOR 32.0
#define GROUP_REQUESTS_FACTOR 6.0
#define WARM_UP 0.1 /* of the run, before it and not counted */
#define RATE_TOLERANCE 1.02
#define BAND_TOLERANCE 1.03 /* of the rates at the ends of an estimate's band */
#define COARSE_TOLERANCE 1.1
#define GUESS_FACTOR 1.3  /* first step from the analytic guess */
#define CHAIN_FACTOR 1.06 /* first step from twice the rate of half as many */
#define FULL_OVER_FEW_MIN 0.5
#define ALONE_TIMES_PER_RUN 50.0
#define LIMIT_OF_RUN (1.0 / 60) /* longest latency limit, as a share of the run */
#define LIMIT_OF_ALONE 10.0     /* but never cut below so many times a request alone */
#define TIMES_PER_MINUTE 20.0   /* requests alone, and limits, that fit into a squeezed minute */
/* Rates so low that a run of enough requests takes longer are not looked at: a replay covers at
 * most a year. */
#define RUN_MAX_S (300 * 86400.0)
#define MB_MS_PER_GB_S (1024.0 * 1000)
#define MANAGED_SHARE 0.7 /* of the cap, where functions and token APIs are looked at */
/* Replications of SIZE share no bursts with those of the final replay. */
#define REPLICATION_BASE (1ULL << 40)

struct sizing_options sizing_defaults(void) {
    return (struct sizing_options){.seed = 1,
                                   .replications = 3,
                                   .requests_per_replica = 1500,
                                   .replicas_max = 16,
                                   .n_threads = 1};
}

struct found {
    double rate;      /* 0: none holds */
    double reference; /* of one replica in as many minutes; 0: not needed */
    int n_minutes;
    struct capacity_point at; /* attainment and latencies at that rate */
};

struct sizing {
    const struct candidate *candidates;
    const struct traffic *const *traffics;
    const struct slo *slos;
    const struct sizing_options *options;
    struct capacity *capacities;
    int n_candidates, n_points;
    struct arrival_tape *tapes; /* [n_workloads * (1 + replications)]; 0: requests alone, managed */
    struct alone *alone;        /* [n_candidates] */
    struct found *found;        /* [n_candidates * replications * CAPACITY_POINTS_MAX] */
};

static const struct traffic *traffic_of(const struct sizing *s, int c) {
    return s->traffics[s->candidates[c].workload];
}

static const struct slo *slo_of(const struct sizing *s, int c) {
    return &s->slos[s->candidates[c].workload];
}

/* Tape 0 of a workload is for requests alone and managed services, 1 + r for replication r. */
static const struct arrival_tape *tape_of(const struct sizing *s, int c, int tape) {
    return &s->tapes[s->candidates[c].workload * (1 + s->options->replications) + tape];
}

static struct found *found_of(const struct sizing *s, int c, int replication, int point) {
    int cell = c * s->options->replications + replication;
    return &s->found[cell * CAPACITY_POINTS_MAX + point];
}

/* ---- requests alone ---- */

static bool share_met(int64_t good, int64_t arrived, double share) {
    return (double)good >= share * (double)arrived - 1e-9;
}

/* Requests alone, with steps `slower` times as long. */
static struct steady_outcome run_alone(const struct sizing *s, int c, double slower,
                                       struct arena *scratch) {
    struct candidate candidate = s->candidates[c];
    candidate.service = service_slowed(&candidate.service, slower);
    struct steady_setup setup = {.candidate = &candidate,
                                 .tape = tape_of(s, c, 0),
                                 .slo = *slo_of(s, c),
                                 .seed = s->options->seed,
                                 .replication = REPLICATION_BASE,
                                 .replicas = 1};
    return steady_run_alone(scratch, &setup, ALONE_REQUESTS);
}

static bool holds_alone(const struct sizing *s, int c, double slower, struct arena *scratch) {
    struct arena_mark mark = arena_mark(scratch);
    struct steady_outcome o = run_alone(s, c, slower, scratch);
    arena_rewind(scratch, mark);
    return share_met(o.good, o.arrived, slo_of(s, c)->share);
}

/* Steps in the band with which requests alone would hold the SLO, as long as possible. */
static double passes_alone(const struct sizing *s, int c, struct arena *scratch) {
    double low = 1 + s->capacities[c].error_low, high = 1;
    if (low >= 1 || !holds_alone(s, c, low, scratch))
        return 0;
    for (int run = 0; run < BAND_RUNS; run++) {
        double middle = 0.5 * (low + high);
        *(holds_alone(s, c, middle, scratch) ? &low : &high) = middle;
    }
    return low;
}

static void alone_cell(void *context, int c, struct arena *scratch) {
    struct sizing *s = context;
    if (!s->capacities[c].feasible || s->candidates[c].kind != CANDIDATE_INSTANCE)
        return;
    struct steady_outcome o = run_alone(s, c, 1, scratch);
    double share = slo_of(s, c)->share;
    s->alone[c] = (struct alone){.arrived = o.arrived,
                                 .good = o.good,
                                 .rejected = o.rejected,
                                 .rejected_uncut = o.rejected_uncut,
                                 .uncut_tokens = o.uncut_tokens,
                                 .latency_mean_s = o.latency_mean_s,
                                 .ttft_s = quantile_at(&o.ttft_s, share),
                                 .tpot_s = quantile_at(&o.tpot_s, share),
                                 .latency_s = quantile_at(&o.latency_s, share)};
    bool too_slow =
        !share_met(o.good, o.arrived, share) && share_met(o.arrived - o.rejected, o.arrived, share);
    if (too_slow)
        s->alone[c].passes = passes_alone(s, c, scratch);
}

static void judge_alone(struct sizing *s, int c) {
    const struct alone *alone = &s->alone[c];
    const struct slo *slo = slo_of(s, c);
    if (share_met(alone->good, alone->arrived, slo->share))
        return;
    if (!share_met(alone->arrived - alone->rejected, alone->arrived, slo->share))
        sizing_explain_rejected(&s->capacities[c], &s->candidates[c], alone);
    else
        sizing_explain_missed(&s->capacities[c], slo, alone, "even when alone");
    sizing_explain_band(&s->capacities[c], alone->passes);
}

/* ---- the analytic guess ---- */

/* Largest batch whose decode step keeps the time per token, with the prompts that come along. */
static double guess_llm(const struct llm_service *llm, const struct slo *slo, double input,
                        double output) {
    const struct iteration_time *t = &llm->time;
    double room = (double)llm->kv_blocks * llm->block_tokens;
    double best = 0;
    output = output < 1 ? 1 : output;
    for (double n = 1; n <= llm->sequences_max; n = ceil(n * 1.1)) {
        double context = n * (input + output / 2);
        double prompts = n / output; /* that start in each step */
        double tokens = n + prompts * input;
        if (context > room)
            break;
        double linear = fmax(t->a0 + t->a1 * tokens, t->b0 + t->b1 * tokens);
        double attention =
            t->m0 + t->m2 * prompts * input * input / 2 + t->m4 * n + t->d2 * context;
        double step_s = (t->t0 + t->layers * (linear + attention + t->r0 + t->r1 * tokens) + t->h0 +
                         t->h1 * n) /
                        1e6;
        if (slo->tpot_s > 0 && step_s > slo->tpot_s)
            break;
        best = fmax(best, n / (output * step_s));
    }
    return best;
}

static double guess_rate(const struct sizing *s, int c, const struct service *service,
                         double alone_s) {
    double input = traffic_mean_input(traffic_of(s, c));
    double output = traffic_mean_output(traffic_of(s, c));
    double alone = 0.5 / alone_s, rate = 0;
    const struct llm_service *llm = service_engine(service);
    if (llm) /* engines apart are guessed as if together */
        rate = 0.7 * guess_llm(llm, slo_of(s, c), input, output);
    if (service->kind == SERVICE_SPLIT)
        rate *= service->split.prefill + service->split.decode;
    if (service->kind == SERVICE_BATCHED) {
        const struct batched_service *b = &service->batched;
        double compute_s = b->batch_max * (b->item_s + input * b->token_s);
        rate = 0.7 * b->batch_max / (b->base_s + fmax(b->memory_s, compute_s));
    }
    if (service->kind == SERVICE_QUEUE)
        rate = 0.7 * service->queue.servers / service->queue.mean_s;
    return fmax(rate, alone);
}

/* ---- bisection ---- */

/* One replication of one candidate. */
struct search {
    const struct sizing *s;
    struct steady_setup setup;
    double alone_s;
    struct arena *arena;
    struct capacity_point best; /* at the highest rate that held; the rate that arrived */
};

/* Length, squeeze and limits for runs at about `rate`: fixed before a bisection, so that all its
 * runs see the same bursts. */
static void plan_runs(struct search *search, const struct slo *slo, double rate, int minutes) {
    struct steady_setup *setup = &search->setup;
    double alone_s = search->alone_s;
    double requests_min = search->s->options->requests_per_replica;
    double factor = setup->replicas == 1 ? ONE_REQUESTS_FACTOR : GROUP_REQUESTS_FACTOR;
    double affordable_s = factor * requests_min / rate;
    double longest_limit_s = fmax(slo->ttft_s, slo->latency_s);
    double least_s =
        fmax((setup->replicas == 1 ? 4 : 1) * requests_min / rate, ALONE_TIMES_PER_RUN * alone_s);
    double wanted_s = fmax(least_s, fmin(longest_limit_s / LIMIT_OF_RUN, affordable_s));
    setup->minute_s = 60;
    setup->n_minutes = 1;
    if (setup->tape->bursts) {
        double shortest_s = TIMES_PER_MINUTE * fmax(alone_s, longest_limit_s);
        setup->minute_s = fmin(60, fmax(fmax(affordable_s, wanted_s) / minutes, shortest_s));
        double n = floor(fmax(affordable_s, wanted_s) / setup->minute_s);
        setup->n_minutes = n < 1 ? 1 : n > minutes ? minutes : (int)n;
        wanted_s = fmax(1, ceil(wanted_s / (setup->n_minutes * setup->minute_s))) *
                   setup->n_minutes * setup->minute_s;
    }
    arrival_tape_minutes(setup->tape, setup->n_minutes, setup->minutes);
    setup->duration_s = wanted_s;
    setup->warm_up_s = WARM_UP * wanted_s;
    double limit = fmax(LIMIT_OF_RUN * setup->duration_s, LIMIT_OF_ALONE * alone_s);
    setup->slo = *slo;
    if (slo->ttft_s > limit || (slo->ttft_s <= 0 && slo->latency_s <= 0))
        setup->slo.ttft_s = limit;
    if (slo->latency_s > limit)
        setup->slo.latency_s = limit;
}

static struct capacity_point point_of(const struct steady_outcome *outcome) {
    return (struct capacity_point){
        .rate_per_second = outcome->rate_per_second,
        .ttft_p50_s = quantile_at(&outcome->ttft_s, 0.5),
        .ttft_p95_s = quantile_at(&outcome->ttft_s, 0.95),
        .ttft_p99_s = quantile_at(&outcome->ttft_s, 0.99),
        .tpot_p50_s = quantile_at(&outcome->tpot_s, 0.5),
        .tpot_p95_s = quantile_at(&outcome->tpot_s, 0.95),
        .tpot_p99_s = quantile_at(&outcome->tpot_s, 0.99),
        .latency_p50_s = quantile_at(&outcome->latency_s, 0.5),
        .latency_p95_s = quantile_at(&outcome->latency_s, 0.95),
        .latency_p99_s = quantile_at(&outcome->latency_s, 0.99),
        .latency_mean_s = quantile_mean(&outcome->latency_s),
        .attainment = (double)outcome->good / (double)outcome->arrived,
    };
}

/* The highest rate found that holds, as asked for (the best outcome has what arrived); 0 when none
 * did. Steps out from the guess by growing factors until the answer is between two rates, then
 * halves their ratio. */
static double bisect(struct search *search, double guess, double factor, double tolerance) {
    double low = 0, high = INFINITY, rate = guess;
    if (search->setup.duration_s > RUN_MAX_S)
        return 0;
    for (int run = 0; run < RUNS_MAX && high > low * tolerance; run++) {
        struct arena_mark mark = arena_mark(search->arena);
        search->setup.rate_per_second = rate;
        struct steady_outcome outcome = steady_run(search->arena, &search->setup);
        if (outcome.holds) {
            low = rate;
            search->best = point_of(&outcome);
        } else {
            high = rate;
        }
        arena_rewind(search->arena, mark);
        if (low > 0 && isfinite(high)) {
            rate = sqrt(low * high);
            continue;
        }
        rate = low > 0 ? low * factor : high / factor;
        factor *= factor;
    }
    return low;
}

/* What one replica carries in as few minutes as the group's run has seen. */
static double rate_of_one(struct search *search, const struct slo *slo, double one) {
    struct steady_setup *setup = &search->setup;
    int minutes = setup->n_minutes;
    setup->replicas = 1;
    plan_runs(search, slo, one, minutes);
    return bisect(search, one, CHAIN_FACTOR, RATE_TOLERANCE) > 0 ? search->best.rate_per_second : 0;
}

static void search_cell(void *context, int cell, struct arena *scratch) {
    const struct sizing *s = context;
    int c = cell / s->options->replications, replication = cell % s->options->replications;
    if (!s->capacities[c].feasible || s->candidates[c].kind != CANDIDATE_INSTANCE)
        return;
    struct search search = {
        .s = s,
        .setup = {.candidate = &s->candidates[c],
                  .tape = tape_of(s, c, 1 + replication),
                  .seed = s->options->seed,
                  .replication = REPLICATION_BASE + 1ULL + (unsigned)replication},
        .alone_s = s->alone[c].latency_mean_s,
        .arena = scratch,
    };
    const struct slo *slo = slo_of(s, c);
    search.setup.replicas = 1;
    double rate = guess_rate(s, c, &s->candidates[c].service, search.alone_s);
    plan_runs(&search, slo, rate, MINUTES_FIRST);
    rate = bisect(&search, rate, GUESS_FACTOR, COARSE_TOLERANCE);
    double one = 0;
    for (int point = 0; point < s->n_points && rate > 0; point++) {
        struct found *found = found_of(s, c, replication, point);
        search.setup.replicas = 1 << point;
        plan_runs(&search, slo, point ? 2 * rate : rate, MINUTES_FULL);
        rate = bisect(&search, point ? 2 * rate : rate, CHAIN_FACTOR, RATE_TOLERANCE);
        if (rate <= 0)
            return;
        found->rate = search.best.rate_per_second;
        found->at = search.best;
        found->n_minutes = search.setup.n_minutes;
        one = point ? one : rate;
        if (point && search.setup.n_minutes < found_of(s, c, replication, 0)->n_minutes)
            found->reference = rate_of_one(&search, slo, one);
    }
}

/* ---- the band ---- */

static bool all_found(const struct sizing *s, int c, int index) {
    for (int r = 0; r < s->options->replications; r++)
        if (found_of(s, c, r, index)->rate <= 0)
            return false;
    return true;
}

/* The search of the first point again in one replication, for the same candidate with other step
 * times: the same requests, minutes and limits, so that what the two rates differ by is the steps.
 * 0 when no rate holds. */
static double rate_again(const struct sizing *s, const struct candidate *candidate, int c,
                         int replication, double guess_ratio, struct arena *scratch) {
    double base = found_of(s, c, replication, 0)->rate;
    struct search search = {
        .s = s,
        .setup = {.candidate = candidate,
                  .tape = tape_of(s, c, 1 + replication),
                  .seed = s->options->seed,
                  .replication = REPLICATION_BASE + 1ULL + (unsigned)replication,
                  .replicas = 1},
        .alone_s = s->alone[c].latency_mean_s,
        .arena = scratch};
    plan_runs(&search, slo_of(s, c), base, MINUTES_FULL);
    double rate = bisect(&search, guess_ratio * base, CHAIN_FACTOR, BAND_TOLERANCE);
    return rate > 0 ? search.best.rate_per_second : 0;
}

/* Mean rate with steps `slower` times as long, over the mean rate found. */
static double rate_ratio(const struct sizing *s, int c, double slower, struct arena *scratch) {
    struct candidate candidate = s->candidates[c];
    candidate.service = service_slowed(&candidate.service, slower);
    if (!holds_alone(s, c, slower, scratch))
        return 0;
    double alone_s = s->alone[c].latency_mean_s, sum = 0, sum_again = 0;
    double guess_ratio = guess_rate(s, c, &candidate.service, slower * alone_s) /
                         guess_rate(s, c, &s->candidates[c].service, alone_s);
    for (int r = 0; r < s->options->replications; r++) {
        double again = rate_again(s, &candidate, c, r, guess_ratio, scratch);
        if (again <= 0)
            return 0;
        sum += found_of(s, c, r, 0)->rate;
        sum_again += again;
        guess_ratio = sum_again / sum;
    }
    return sum_again / sum;
}

/* Whether one replica holds the SLO at any rate with steps `slower` times as long. */
static bool holds_at_any_rate(const struct sizing *s, int c, double slower, struct arena *scratch) {
    struct candidate candidate = s->candidates[c];
    candidate.service = service_slowed(&candidate.service, slower);
    struct search search = {
        .s = s,
        .setup = {.candidate = &candidate, .seed = s->options->seed, .replicas = 1},
        .alone_s = s->alone[c].latency_mean_s,
        .arena = scratch};
    double rate = guess_rate(s, c, &candidate.service, slower * search.alone_s);
    for (int r = 0; r < s->options->replications && rate > 0; r++) {
        search.setup.tape = tape_of(s, c, 1 + r);
        search.setup.replication = REPLICATION_BASE + 1ULL + (unsigned)r;
        plan_runs(&search, slo_of(s, c), rate, MINUTES_FULL);
        rate = bisect(&search, rate, GUESS_FACTOR, COARSE_TOLERANCE);
    }
    return rate > 0;
}

/* Two cells a candidate: with the longest steps of its band, and with the shortest. */
static void band_cell(void *context, int cell, struct arena *scratch) {
    struct sizing *s = context;
    int c = cell / 2;
    struct capacity *capacity = &s->capacities[c];
    if (!capacity->feasible || s->candidates[c].kind != CANDIDATE_INSTANCE)
        return;
    bool longest = cell % 2 == 0;
    double error = longest ? capacity->error_high : capacity->error_low;
    if (!all_found(s, c, 0)) {
        if (!longest && error < 0 && holds_at_any_rate(s, c, 1 + error, scratch))
            s->alone[c].passes = 1 + error;
        return;
    }
    double ratio = error != 0 ? rate_ratio(s, c, 1 + error, scratch) : 1;
    if (longest)
        capacity->rate_low = fmin(ratio, 1);
    else
        capacity->rate_high = fmax(ratio, 1);
}

/* ---- from replications to points ---- */

/* Mean over replications and its relative 95 % half-width. */
struct mean {
    double mean, half_width;
};

static struct mean mean_of(const double *values, int n) {
    struct interval interval = interval_of(values, n);
    bool known = n > 1 && interval.mean > 0;
    return (struct mean){interval.mean, known ? interval.half_width / interval.mean : 0};
}

/* Factor of the busiest of n minutes. */
static double busiest(const struct sizing *s, int c, int n_minutes) {
    double minutes[TAPE_MINUTES_MAX], most = 0;
    arrival_tape_minutes(tape_of(s, c, 1), n_minutes, minutes);
    for (int m = 0; m < n_minutes; m++)
        most = fmax(most, minutes[m]);
    return most;
}

/* What the minutes that a group's run has not seen would have taken from its rate: the ratio of one
 * replica's rate over the full number of minutes to its rate over as many as the group's (means
 * first: the ratio of one replication is noisy), or the ratio of their busiest minutes, whichever
 * takes more: a large group follows its busiest minute more closely than one replica does. */
static struct mean unseen_minutes(const struct sizing *s, int c, int index) {
    double full[REPLICATIONS_MAX] = {0}, few[REPLICATIONS_MAX] = {0};
    int n = s->options->replications;
    int n_full = found_of(s, c, 0, 0)->n_minutes, n_few = found_of(s, c, 0, index)->n_minutes;
    if (index == 0 || n_few >= n_full)
        return (struct mean){1, 0};
    for (int r = 0; r < n; r++) {
        full[r] = found_of(s, c, r, 0)->rate;
        few[r] = found_of(s, c, r, index)->reference;
        few[r] = few[r] > 0 ? few[r] : full[r];
    }
    struct mean top = mean_of(full, n), bottom = mean_of(few, n);
    double fluid = busiest(s, c, n_few) / busiest(s, c, n_full);
    double ratio = fmin(fluid, top.mean / bottom.mean);
    return (struct mean){fmax(FULL_OVER_FEW_MIN, fmin(1, ratio)), top.half_width};
}

static void add_mean(struct capacity_point *sum, const struct capacity_point *at, int n) {
    sum->ttft_p50_s += at->ttft_p50_s / n;
    sum->ttft_p95_s += at->ttft_p95_s / n;
    sum->ttft_p99_s += at->ttft_p99_s / n;
    sum->tpot_p50_s += at->tpot_p50_s / n;
    sum->tpot_p95_s += at->tpot_p95_s / n;
    sum->tpot_p99_s += at->tpot_p99_s / n;
    sum->latency_p50_s += at->latency_p50_s / n;
    sum->latency_p95_s += at->latency_p95_s / n;
    sum->latency_p99_s += at->latency_p99_s / n;
    sum->latency_mean_s += at->latency_mean_s / n;
    sum->attainment += at->attainment / n;
}

static struct capacity_point merge_point(const struct sizing *s, int c, int index) {
    int n = s->options->replications;
    struct capacity_point point = {.replicas = 1 << index};
    double rates[REPLICATIONS_MAX] = {0};
    for (int r = 0; r < n; r++) {
        const struct found *found = found_of(s, c, r, index);
        rates[r] = found->rate;
        add_mean(&point, &found->at, n);
    }
    struct mean seen = mean_of(rates, n), unseen = unseen_minutes(s, c, index);
    point.rate_per_second = seen.mean * unseen.mean;
    point.half_width = point.rate_per_second * hypot(seen.half_width, unseen.half_width);
    return point;
}

static void merge_points(struct sizing *s, int c) {
    struct capacity *capacity = &s->capacities[c];
    for (int index = 0; index < s->n_points && all_found(s, c, index); index++) {
        struct capacity_point point = merge_point(s, c, index);
        if (index > 0)
            point.rate_per_second =
                fmax(point.rate_per_second, capacity->points[index - 1].rate_per_second);
        capacity->points[capacity->n_points++] = point;
    }
    if (capacity->n_points > 0)
        return;
    sizing_explain_bursts(capacity, slo_of(s, c)->share);
    sizing_explain_band(capacity, s->alone[c].passes);
}

/* ---- functions and token APIs ---- */

static double mean_rate(const struct traffic *traffic) {
    double sum = 0;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        sum += traffic->rate_per_second[h];
    return sum / HOURS_PER_WEEK;
}

static double managed_rate_max(const struct service *service, double input, double output) {
    if (service->kind == SERVICE_FUNCTION) {
        const struct function_service *f = &service->function;
        return f->concurrency_max / (f->base_s + f->token_s * input);
    }
    const struct token_api_service *api = &service->token_api;
    double rate = api->requests_per_minute > 0 ? api->requests_per_minute / 60 : INFINITY;
    if (api->tokens_per_minute > 0)
        rate = fmin(rate, api->tokens_per_minute / 60 / (api->tokens_ratio * (input + output)));
    return isfinite(rate) ? rate : 0;
}

/* An hour, longer where that is too few requests, shorter where it is too many. */
static double managed_duration_s(const struct sizing_options *options, double rate) {
    double least = options->requests_per_replica, most = 100.0 * options->requests_per_replica;
    return fmin(fmin(fmax(3600, least / rate), most / rate), RUN_MAX_S);
}

static void managed_cell(void *context, int c, struct arena *scratch) {
    struct sizing *s = context;
    struct capacity *capacity = &s->capacities[c];
    if (!capacity->feasible || s->candidates[c].kind == CANDIDATE_INSTANCE)
        return;
    const struct service *service = &s->candidates[c].service;
    const struct traffic *traffic = traffic_of(s, c);
    const struct slo *slo = slo_of(s, c);
    capacity->rate_max_per_second =
        managed_rate_max(service, traffic_mean_input(traffic), traffic_mean_output(traffic));
    double most = capacity->rate_max_per_second, rate = mean_rate(traffic);
    rate = most > 0 ? fmin(rate, MANAGED_SHARE * most) : rate;
    struct steady_setup setup = {.candidate = &s->candidates[c],
                                 .tape = tape_of(s, c, 0),
                                 .slo = *slo,
                                 .seed = s->options->seed,
                                 .replication = REPLICATION_BASE,
                                 .rate_per_second = rate,
                                 .duration_s = managed_duration_s(s->options, rate),
                                 .minute_s = 60,
                                 .n_minutes = MINUTES_FULL,
                                 .to_the_end = true};
    setup.warm_up_s = WARM_UP * setup.duration_s;
    arrival_tape_minutes(setup.tape, setup.n_minutes, setup.minutes);
    struct steady_outcome o = steady_run(scratch, &setup);
    if (o.arrived == 0) {
        capacity->feasible = false;
        snprintf(capacity->reason, sizeof capacity->reason,
                 "the traffic has hardly a request a year: there is nothing to look at");
        return;
    }
    struct alone at = {.arrived = o.arrived,
                       .good = o.good,
                       .rejected = o.rejected,
                       .ttft_s = quantile_at(&o.ttft_s, slo->share),
                       .tpot_s = quantile_at(&o.tpot_s, slo->share),
                       .latency_s = quantile_at(&o.latency_s, slo->share)};
    if (!share_met(o.arrived - o.rejected, o.arrived, slo->share)) {
        sizing_explain_rejected(capacity, &s->candidates[c], &at);
        return;
    }
    if (!share_met(o.good, o.arrived, slo->share)) {
        sizing_explain_missed(capacity, slo, &at,
                              service->kind == SERVICE_FUNCTION ? "with its cold starts"
                                                                : "by its stated latency");
        return;
    }
    if (o.calls > 0) {
        capacity->gb_seconds_per_request = (double)o.mb_ms / MB_MS_PER_GB_S / (double)o.calls;
        capacity->provisioned_gb_seconds_per_request =
            (double)o.provisioned_mb_ms / MB_MS_PER_GB_S / (double)o.calls;
    }
    capacity->points[0] = point_of(&o);
    capacity->points[0].replicas = 1;
    if (most > 0)
        capacity->points[0].rate_per_second = most;
    capacity->n_points = 1;
}

/* ---- all of it ---- */

static void set_consumption(struct sizing *s, int c) {
    struct capacity *capacity = &s->capacities[c];
    const struct traffic *traffic = traffic_of(s, c);
    const struct service *service = &s->candidates[c].service;
    double ratio = service->kind == SERVICE_TOKEN_API ? service->token_api.tokens_ratio : 1;
    double cached = service->kind == SERVICE_TOKEN_API ? service->token_api.cached_share : 0;
    double input = ratio * traffic_mean_input(traffic);
    capacity->input_tokens_per_request = (1 - cached) * input;
    capacity->cached_tokens_per_request = cached * input;
    capacity->output_tokens_per_request = ratio * traffic_mean_output(traffic);
}

/* The searches are nearly all of the time. */
struct searching {
    struct sizing *s;
    atomic_int done;
    int total;
};

static void search_and_tell(void *context, int cell, struct arena *scratch) {
    struct searching *searching = context;
    const struct sizing_options *options = searching->s->options;
    search_cell(searching->s, cell, scratch);
    int done = atomic_fetch_add(&searching->done, 1) + 1;
    if (options->cells)
        options->cells(options->cells_context, done, searching->total);
}

struct recording {
    struct sizing *s;
    struct arena *arenas; /* [n_tapes]: an arena belongs to one thread at a time */
};

static void record_cell(void *context, int tape, struct arena *scratch) {
    (void)scratch;
    struct recording *recording = context;
    struct sizing *s = recording->s;
    int each = 1 + s->options->replications;
    s->tapes[tape] =
        arrival_tape_record(&recording->arenas[tape], s->traffics[tape / each], TAPE_REQUESTS,
                            s->options->seed, REPLICATION_BASE + (unsigned)(tape % each));
}

static int points_of(int replicas_max) {
    int n = 1;
    while (n < CAPACITY_POINTS_MAX && 1 << n <= replicas_max)
        n++;
    return n;
}

void sizing_run(const struct candidate *candidates, int n_candidates,
                const struct traffic *const *traffics, const struct slo *slos,
                const struct sizing_options *options, struct capacity *capacities) {
    ENSURE(options->replications >= 1 && options->replications <= REPLICATIONS_MAX);
    ENSURE(options->replicas_max >= 1 && options->requests_per_replica >= 100);
    for (int c = 0; c < n_candidates; c++) {
        ENSURE(capacities[c].error_low <= 0 && capacities[c].error_low > -1);
        ENSURE(capacities[c].error_high >= 0);
        capacities[c].rate_low = capacities[c].rate_high = 1;
    }
    struct arena arena = {0};
    struct sizing s = {.candidates = candidates,
                       .traffics = traffics,
                       .slos = slos,
                       .options = options,
                       .capacities = capacities,
                       .n_candidates = n_candidates,
                       .n_points = points_of(options->replicas_max),
                       .alone = arena_new(&arena, struct alone, n_candidates),
                       .found =
                           arena_new(&arena, struct found,
                                     n_candidates * options->replications * CAPACITY_POINTS_MAX)};
    int n_workloads = 0;
    for (int c = 0; c < n_candidates; c++)
        if (candidates[c].workload >= n_workloads)
            n_workloads = candidates[c].workload + 1;
    int n_tapes = n_workloads * (1 + options->replications);
    s.tapes = arena_new(&arena, struct arrival_tape, n_tapes);
    struct recording recording = {&s, arena_new(&arena, struct arena, n_tapes)};
    workers_run(options->n_threads, n_tapes, record_cell, &recording);
    workers_run(options->n_threads, n_candidates, alone_cell, &s);
    for (int c = 0; c < n_candidates; c++)
        if (capacities[c].feasible && candidates[c].kind == CANDIDATE_INSTANCE)
            judge_alone(&s, c);
    struct searching searching = {.s = &s, .total = n_candidates * options->replications};
    workers_run(options->n_threads, searching.total, search_and_tell, &searching);
    workers_run(options->n_threads, 2 * n_candidates, band_cell, &s);
    workers_run(options->n_threads, n_candidates, managed_cell, &s);
    for (int c = 0; c < n_candidates; c++) {
        set_consumption(&s, c);
        if (capacities[c].feasible && candidates[c].kind == CANDIDATE_INSTANCE)
            merge_points(&s, c);
    }
    for (int tape = 0; tape < n_tapes; tape++)
        arena_release(&recording.arenas[tape]);
    arena_release(&arena);
}
