/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One fleet through REPLAY and BILL. A cell is one workload in one planning week; cells run on all
 * threads, each in an arena of its own, and are copied out in the order of their index, so that the
 * number of threads changes nothing. */
#include "scenarios/study_parts.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/workers.h"
#include "scenarios/study_answers.h"
#include "scenarios/study_bills.h"
#include "scenarios/study_faults.h"
#include "scenarios/study_resilience.h"
#include "scenarios/study_rollout.h"
#include "scenarios/study_scaling.h"
#include "scenarios/study_stations.h"
#include "scenarios/study_supply.h"
#include "scenarios/study_volumes.h"
#include "sim/observer.h"

enum { SECONDS_PER_HOUR = 3600 };

/* Of rollouts: which workloads are split in a replay. */
enum sides { SIDES_TOGETHER, SIDES_OF_SPLITS, SIDES_OF_ALL };

struct fleet_cells {
    const struct study *study;
    const struct plan *plan;
    bool scales; /* the scenario's policy decides; else the plan's schedule */
    enum sides sides;
    int replication;               /* 0: what the answer shows */
    struct arena *arenas;          /* [n_cells] */
    struct replay_result *results; /* [n_cells] */
    struct err *errors;            /* [n_cells] */
    int *n_pools;                  /* [n_cells] */
    struct study_pool **pools;     /* [n_cells] in the cell's arena */
    const struct study_options *options;
    atomic_int done; /* cells */
};

static bool any_in_week(const int32_t *counts, int first_hour) {
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        if (counts[first_hour + h] > 0)
            return true;
    return false;
}

/* The hourly chance that the provider reclaims a spot instance, from the monthly share (constant
 * hazard). */
static double interruptions_per_hour(const struct offer *offer) {
    if (offer->interruptions_per_month <= 0)
        return 0;
    return -log1p(-fmin(offer->interruptions_per_month, 0.999)) / HOURS_PER_MONTH;
}

/* Requests that a replica holds at its best rate, by Little's law with the median stay. */
static double outstanding_at_best(const struct capacity *capacity) {
    const struct capacity_point *point = capacity_best_point(capacity);
    return point ? point->rate_per_second / point->replicas * point->latency_p50_s : 0;
}

static double usd_of(const struct quote *quote) {
    return quote->known ? money_rate_usd(quote->rate) : 0;
}

/* A candidate's instances in a replay, without a schedule. */
static struct pool pool_of(const struct study *study, int candidate) {
    const struct candidate *c = &study->candidates[candidate];
    double weight = capacity_best_rate_per_replica(&study->capacities[candidate]);
    return (struct pool){
        .name = c->name,
        .service = c->service,
        .offer = c->offer,
        .replicas_per_instance = c->replicas_per_instance,
        .weight = weight > 0 ? weight : 1,
        .usd_per_hour = usd_of(&study->offers[c->offer].on_demand),
        .outstanding_max = outstanding_at_best(&study->capacities[candidate]),
        .boot_s = study->scenario.boot_s,
    };
}

/* Substitutes for the on-demand pool before them, in a chain; pools without a share of the plan. */
static int add_substitutes(struct arena *arena, const struct study *study, const struct plan *plan,
                           int candidate, int week, struct pool *on_demand, int *candidates) {
    int *found = arena_new(arena, int, study_substitutes_max(study));
    if (study_is_fallback(study, candidate))
        return 0;
    int n = study_substitutes(study, candidate, found);
    for (int i = 0; i < n; i++) {
        struct pool *pool = on_demand + 1 + i;
        *pool = pool_of(study, found[i]);
        pool->name = arena_printf(arena, "%s for %s", pool->name, on_demand->name);
        pool->instances = arena_new(arena, int32_t, HOURS_PER_WEEK);
        study_limit_supply(arena, study, plan, found[i], week, pool);
        candidates[1 + i] = found[i];
        pool[-1].fallback = pool;
    }
    return n;
}

/* Draws of a week belong to this number. Those of SIZE begin at 2^40 (sim/sizing.c). */
static uint64_t replication_of(const struct fleet_cells *cells, int week) {
    return (uint64_t)cells->replication << 20 | (uint64_t)week;
}

/* A pool whose launches succeed at once, before the one for the rest. */
static struct pool guaranteed_pool(struct arena *arena, const struct pool *rest, int32_t *counts) {
    struct pool pool = *rest;
    pool.name = arena_printf(arena, "%s in held capacity", rest->name);
    pool.launch_failure = pool.lead_s = 0;
    pool.supply = 0;
    pool.instances = counts;
    return pool;
}

static const int32_t *without(struct arena *arena, const int32_t *all, const int32_t *part) {
    int32_t *rest = arena_new(arena, int32_t, HOURS_PER_WEEK);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        rest[h] = all[h] - part[h];
    return rest;
}

/* The pools that a plan runs for one workload in one week, and its fallback, which may have no
 * share of its own.
 *
 *  @param candidates  out: [n_pools] of each
 *  @param fallback  out: its index; -1: none */
static struct pool *pools_of(struct arena *arena, const struct fleet_cells *cells, int workload,
                             int week, int *n_pools, int **candidates_out, int *fallback) {
    const struct study *study = cells->study;
    const struct plan *plan = cells->plan;
    int n_hours = study->demand.n_hours, first = week * HOURS_PER_WEEK;
    const struct spot_market *market = study_spot_market(arena, study, replication_of(cells, week));
    int spot_max = market->n_zones > 1 ? market->n_zones * market->n_zones : 1;
    int zones = study->scenario.resilience.zones;
    int regular_max = zones * (2 + study_substitutes_max(study));
    int n = 0, most = (regular_max + (spot_max > zones ? spot_max : zones)) * study->n_candidates;
    int room = most + study_station_pools_max(study);
    struct pool *pools = arena_new(arena, struct pool, room);
    int *candidates = arena_new(arena, int, room); /* of each pool */
    const char *why;
    int takes_over =
        study->scenario.workloads[workload].fallback ? study_fallback(study, workload, &why) : -1;
    for (int c = 0; c < study->n_candidates; c++) {
        if (study->candidates[c].workload != workload || study->candidates[c].offer < 0)
            continue;
        for (int p = n; p < most; p++)
            candidates[p] = c;
        const int32_t *regular = plan->regular + (size_t)c * (size_t)n_hours;
        const int32_t *spot = plan->spot + (size_t)c * (size_t)n_hours;
        const double *share = plan->overflow_share + (size_t)c * (size_t)n_hours;
        if (study->candidates[c].kind != CANDIDATE_INSTANCE) {
            bool used = c == takes_over;
            for (int h = 0; h < HOURS_PER_WEEK; h++)
                used = used || share[first + h] > 0;
            if (used) {
                pools[n] = pool_of(study, c);
                pools[n++].overflow_share = share + first;
            }
            continue;
        }
        bool spot_used = any_in_week(spot, first);
        bool stands_in = spot_used && market->n_zones > 0 && study->scenario.spot.fallback;
        int32_t *safe = study_guaranteed(arena, study, plan, c, week);
        if (safe && any_in_week(safe, 0)) {
            struct pool rest = pool_of(study, c);
            pools[n++] = guaranteed_pool(arena, &rest, safe);
        }
        struct pool *on_demand = &pools[n];
        if (any_in_week(regular, first) || stands_in) {
            pools[n] = pool_of(study, c);
            study_limit_supply(arena, study, plan, c, week, &pools[n]);
            pools[n].instances = safe ? without(arena, regular + first, safe) : regular + first;
            n += 1 + add_substitutes(arena, study, plan, c, week, &pools[n], &candidates[n]);
        }
        if (spot_used) {
            const struct offer *offer = &study->offers[study->candidates[c].offer];
            struct pool like = pool_of(study, c);
            like.spot = true;
            like.usd_per_hour = usd_of(&offer->spot);
            like.interruptions_per_hour = interruptions_per_hour(offer);
            like.instances = spot + first;
            const int32_t *in_zone[SPOT_ZONES_MAX];
            for (int z = 0; z < plan->n_zones && plan->spot_in_zone; z++)
                in_zone[z] = plan->spot_in_zone +
                             ((size_t)c * (size_t)plan->n_zones + (size_t)z) * (size_t)n_hours +
                             first;
            n += study_spot_pools(arena, study, market, &like, plan->spot_in_zone ? in_zone : NULL,
                                  on_demand, &pools[n]);
        }
    }
    n = study_spread(arena, study, plan, week, pools, candidates, n);
    *fallback = -1;
    for (int p = 0; p < n; p++) {
        if (!pools[p].instances) {
            *fallback = candidates[p] == takes_over ? p : *fallback;
            continue;
        }
        pools[p].failures_per_hour = study_failures_per_hour(study);
        pools[p].ready = study_ready_delay(arena, study, candidates[p]);
        pools[p].weights = study_weights_of(study, candidates[p]);
        pools[p].volume = study_volume_of(study, candidates[p]);
        if (study_is_fallback(study, candidates[p]))
            continue;                                            /* as many as stated */
        if (cells->scales && any_in_week(pools[p].instances, 0)) /* not one that only stands in */
            pools[p].autoscaler = study_autoscaler(arena, study, pools, candidates, n, p, week);
    }
    *n_pools = n;
    *candidates_out = candidates;
    return pools;
}

/* A substitute stands in for the first pool on demand whose chain has it. */
static struct study_pool *roles_of(struct arena *arena, const struct replay_input *input,
                                   const int *candidates) {
    struct study_pool *roles = arena_new(arena, struct study_pool, input->n_pools);
    for (int p = 0; p < input->n_pools; p++)
        roles[p] = (struct study_pool){.candidate = candidates[p], .stands_in_for = -1};
    for (int p = 0; p < input->n_pools; p++) {
        const struct pool *at = input->pools[p].spot ? NULL : input->pools[p].fallback;
        for (; at; at = at->fallback)
            if (roles[at - input->pools].stands_in_for < 0)
                roles[at - input->pools].stands_in_for = candidates[p];
    }
    return roles;
}

/* The smaller model on its instances is a group that nothing but the overflow goes to. */
static void add_fallback_group(struct arena *arena, const struct study *study, struct pool *pools,
                               const int *candidates, struct replay_input *input) {
    const struct workload *workload = &study->scenario.workloads[input->workload];
    if (!workload->fallback_on)
        return;
    struct replay_group *groups = arena_new(arena, struct replay_group, input->n_groups + 1);
    if (input->n_groups > 0)
        memcpy(groups, input->groups, (size_t)input->n_groups * sizeof *groups);
    groups[input->n_groups] = (struct replay_group){.name = workload->fallback,
                                                    .router = input->router,
                                                    .router_choices = input->router_choices};
    input->groups = groups;
    input->front.overflow_group = ++input->n_groups;
    for (int p = 0; p < input->n_pools; p++)
        if (study_is_fallback(study, candidates[p]))
            pools[p].group = input->n_groups;
}

static struct replay_input cell_input(struct arena *arena, const struct fleet_cells *cells,
                                      int cell, int **candidates) {
    const struct study *study = cells->study;
    int n_weeks = study->demand.n_weeks;
    int w = cell / n_weeks, week = cell % n_weeks;
    const int64_t week_ns = (int64_t)HOURS_PER_WEEK * SECONDS_PER_HOUR * 1000000000LL;
    struct replay_input input = {
        .traffic = &study->traffics[w],
        .window = {.from_ns = 0,
                   .to_ns = week_ns,
                   .growth = study->demand.growth[w * n_weeks + week],
                   .replication = replication_of(cells, week)},
        .slo = study->scenario.workloads[w].slo,
        .router = study->scenario.router,
        .router_choices = (uint32_t)study->scenario.router_choices,
        .link = study->scenario.scaling.link,
        .workload = w,
        .seed = study->scenario.seed + (uint64_t)w, /* the week is in the window's replication */
        .record_ledger = true,
        .record_detail = cells->replication == 0,
    };
    input.zones = study_zones;
    input.n_zones = study->scenario.resilience.zones;
    input.front = study->scenario.workloads[w].front;
    struct pool *pools =
        pools_of(arena, cells, w, week, &input.n_pools, candidates, &input.front.overflow_pool);
    input.pools = pools;
    if (cells->sides != SIDES_TOGETHER)
        study_split_replay(arena, study, w, cells->sides == SIDES_OF_ALL, pools, *candidates,
                           &input);
    study_add_stations(arena, study, w, &input, pools, *candidates);
    study_add_faults(arena, study, w, &input);
    add_fallback_group(arena, study, pools, *candidates, &input); /* the last of the groups */
    return input;
}

struct replay_input study_replay_input(struct arena *arena, const struct study *study,
                                       const struct plan *plan, int workload, int week,
                                       bool week_of_rollout) {
    struct fleet_cells cells = {.study = study,
                                .plan = plan,
                                .scales = plan == study->recommended.plan,
                                .sides = week_of_rollout ? SIDES_OF_ALL : SIDES_OF_SPLITS};
    int *candidates;
    return cell_input(arena, &cells, workload * study->demand.n_weeks + week, &candidates);
}

static void replay_cell(void *context, int cell, struct arena *scratch) {
    struct fleet_cells *cells = context;
    int *candidates;
    struct replay_input input = cell_input(scratch, cells, cell, &candidates);
    cells->n_pools[cell] = input.n_pools;
    cells->pools[cell] = roles_of(&cells->arenas[cell], &input, candidates);
    if (replay_run(&cells->arenas[cell], &input, &cells->results[cell], &cells->errors[cell]))
        study_append_answers(&cells->arenas[cell], cells->study, &input, candidates,
                             &cells->results[cell]);
    int done = atomic_fetch_add(&cells->done, 1) + 1;
    if (cells->options->cells)
        cells->options->cells(cells->options->progress_context, done,
                              cells->study->demand.n_workloads * cells->study->demand.n_weeks);
}

static struct quantile_sketch copy_sketch(struct arena *arena, const struct quantile_sketch *from) {
    struct quantile_sketch copy = quantile_open(arena);
    quantile_merge(&copy, from);
    return copy;
}

static struct group_result *copy_groups(struct arena *arena, const struct replay_result *from) {
    size_t n_groups = (size_t)from->n_groups, n_hours = (size_t)from->n_hours;
    struct group_result *groups =
        arena_grow(arena, from->groups, n_groups, n_groups, sizeof *groups);
    for (int i = 0; i < from->n_groups && from->n_groups > 1; i++) {
        groups[i].hours =
            arena_grow(arena, from->groups[i].hours, n_hours, n_hours, sizeof *groups[i].hours);
        groups[i].ttft_s = copy_sketch(arena, &from->groups[i].ttft_s);
        groups[i].tpot_s = copy_sketch(arena, &from->groups[i].tpot_s);
        groups[i].latency_s = copy_sketch(arena, &from->groups[i].latency_s);
    }
    return groups;
}

static struct replay_result copy_result(struct arena *arena, const struct replay_result *from,
                                        int n_pools) {
    struct replay_result copy = *from;
    copy.hours = arena_grow(arena, from->hours, (size_t)from->n_hours, (size_t)from->n_hours,
                            sizeof *copy.hours);
    copy.pool_requests = arena_grow(arena, from->pool_requests, (size_t)n_pools, (size_t)n_pools,
                                    sizeof *copy.pool_requests);
    copy.pools =
        arena_grow(arena, from->pools, (size_t)n_pools, (size_t)n_pools, sizeof *copy.pools);
    size_t n_stream_hours = (size_t)(from->n_streams * from->n_hours);
    copy.stream_hours = arena_grow(arena, from->stream_hours, n_stream_hours, n_stream_hours,
                                   sizeof *copy.stream_hours);
    copy.stream_use = arena_grow(arena, from->stream_use, (size_t)from->n_streams,
                                 (size_t)from->n_streams, sizeof *copy.stream_use);
    copy.groups = copy_groups(arena, from);
    if (from->tasks.started > 0) {
        copy.tasks.latency_s = copy_sketch(arena, &from->tasks.latency_s);
        copy.tasks.hours = arena_grow(arena, from->tasks.hours, (size_t)from->n_hours,
                                      (size_t)from->n_hours, sizeof *copy.tasks.hours);
    }
    copy.ttft_s = copy_sketch(arena, &from->ttft_s);
    copy.tpot_s = copy_sketch(arena, &from->tpot_s);
    copy.latency_s = copy_sketch(arena, &from->latency_s);
    if (from->observed)
        copy.observed = observed_copy(arena, from->observed);
    size_t n_rows = (size_t)from->ledger.n_rows;
    copy.ledger.rows =
        arena_grow(arena, from->ledger.rows, n_rows, n_rows, sizeof *copy.ledger.rows);
    return copy;
}

static bool replay_fleet(struct arena *arena, const struct study *study,
                         const struct study_options *options, const struct plan *plan,
                         int replication, struct replay_result *results,
                         const struct study_pool **pools, struct err *err) {
    int n_cells = study->demand.n_workloads * study->demand.n_weeks;
    struct fleet_cells cells = {
        .study = study,
        .plan = plan,
        .scales = plan == study->recommended.plan,
        .sides = plan == study->recommended.plan || !study->baseline_given ? SIDES_OF_SPLITS
                                                                           : SIDES_TOGETHER,
        .replication = replication,
        .arenas = arena_new(arena, struct arena, n_cells),
        .results = arena_new(arena, struct replay_result, n_cells),
        .errors = arena_new(arena, struct err, n_cells),
        .n_pools = arena_new(arena, int, n_cells),
        .pools = arena_new(arena, struct study_pool *, n_cells),
        .options = options,
    };
    workers_run(options->n_threads, n_cells, replay_cell, &cells);
    bool ok = true;
    for (int i = 0; i < n_cells; i++) {
        if (ok && cells.errors[i].kind != ERR_NONE) {
            *err = cells.errors[i];
            ok = false;
        }
        if (ok) {
            size_t n_pools = (size_t)cells.n_pools[i];
            results[i] = copy_result(arena, &cells.results[i], cells.n_pools[i]);
            pools[i] = arena_grow(arena, cells.pools[i], n_pools, n_pools, sizeof *pools[i]);
        }
        arena_release(&cells.arenas[i]);
    }
    return ok;
}

bool study_has_fallback_model(const struct study *study) {
    bool any = false;
    for (int w = 0; w < study->scenario.n_workloads; w++)
        any = any || study->scenario.workloads[w].fallback_on;
    return any;
}

bool study_has_front_door(const struct study *study) {
    bool any = false;
    for (int w = 0; w < study->scenario.n_workloads; w++)
        any = any || front_door_used(&study->scenario.workloads[w].front);
    return any;
}

const int32_t *study_with_fallbacks(struct arena *arena, const struct study *study,
                                    const int32_t *regular) {
    size_t n_hours = (size_t)study->demand.n_hours, n = (size_t)study->n_candidates * n_hours;
    int32_t *with = NULL;
    for (int c = study->n_choices; c < study->n_candidates; c++) {
        if (!study_is_fallback(study, c))
            continue;
        with = with ? with : arena_grow(arena, regular, n, n, sizeof *with);
        for (size_t h = 0; h < n_hours; h++)
            with[(size_t)c * n_hours + h] =
                study->scenario.workloads[study->candidates[c].workload].fallback_count;
    }
    return with ? with : regular;
}

static const double *with_more(struct arena *arena, const double *hours, int n_hours, double more) {
    double *with = arena_new(arena, double, n_hours);
    for (int h = 0; h < n_hours; h++)
        with[h] = hours[h] + more;
    return with;
}

void study_add_fallbacks(struct arena *arena, const struct study *study, struct plan *plan) {
    int n_hours = study->demand.n_hours;
    plan->regular = study_with_fallbacks(arena, study, plan->regular);
    for (int c = study->n_choices; c < study->n_candidates; c++) {
        if (!study_is_fallback(study, c))
            continue;
        const struct candidate *candidate = &study->candidates[c];
        double usd = study->scenario.workloads[candidate->workload].fallback_count *
                     (usd_of(&study->offers[candidate->offer].on_demand) +
                      study_volume_usd_per_hour(study, c));
        plan->usd_per_hour += usd;
        plan->lp_usd_per_hour += usd;
        plan->hour_usd = with_more(arena, plan->hour_usd, n_hours, usd);
        plan->lp_hour_usd = with_more(arena, plan->lp_hour_usd, n_hours, usd);
    }
}

/* Requests that the smaller model got. */
static double taken_over(const struct study *study, int workload, const struct replay_result *r) {
    return study->scenario.workloads[workload].fallback_on
               ? (double)r->groups[r->n_groups - 1].arrived
               : 0;
}

static void sum_fleet(const struct study *study, struct study_fleet *fleet) {
    const struct demand *demand = &study->demand;
    double to_month = HOURS_PER_MONTH / demand->horizon_hours;
    double tokens = 0, good = 0, requests = 0, attained = 0, attempts = 0, unserved = 0, cached = 0;
    double smaller = 0;
    double made_ready = 0, ready_s = 0;
    bool all_by_tokens = true;
    for (int w = 0; w < demand->n_workloads; w++)
        all_by_tokens = all_by_tokens && traffic_mean_output(&study->traffics[w]) > 0;
    fleet->worst_attainment = 1;
    fleet->slo_met = true;
    for (int week = 0; week < demand->n_weeks; week++) {
        double weight = demand->weeks[week].weight;
        const struct bill *bill = &fleet->bills[week];
        fleet->bill_usd_horizon += money_amount_usd(bill->total) * weight;
        fleet->on_demand_usd_per_month += money_amount_usd(bill->list_total) * weight * to_month;
        for (int k = 0; k < CHARGE_KINDS; k++)
            fleet->by_kind_usd_per_month[k] +=
                money_amount_usd(bill->total_by_kind[k]) * weight * to_month;
        for (int w = 0; w < demand->n_workloads; w++) {
            const struct replay_result *r = &fleet->replays[w * demand->n_weeks + week];
            tokens += (double)r->good_output_tokens * weight * to_month;
            requests += (double)r->arrived * weight * to_month;
            good += (double)r->good * weight * to_month;
            attained += (double)r->good * weight;
            for (int p = 0; p < r->n_pools; p++) {
                made_ready += (double)r->pools[p].made_ready * weight;
                ready_s += r->pools[p].ready_delay_s * weight;
                fleet->refused_launches_per_month +=
                    (double)r->pools[p].refused * weight * to_month;
                fleet->failed_instances_per_month += (double)r->pools[p].failed * weight * to_month;
            }
            bool door = front_door_used(&study->scenario.workloads[w].front);
            attempts += (double)(door ? r->front.attempts : r->arrived) * weight * to_month;
            smaller += taken_over(study, w, r) * weight * to_month;
            cached += (double)r->front.cached * weight * to_month;
            unserved +=
                (double)(r->rejected + r->front.timed_out + r->front.cancelled) * weight * to_month;
            const struct slo *slo = &study->scenario.workloads[w].slo;
            double worst = study_worst_attainment(study, w, r);
            fleet->worst_attainment = fmin(fleet->worst_attainment, worst);
            fleet->slo_met = fleet->slo_met && worst >= slo->share;
        }
    }
    fleet->bill_usd_per_month = fleet->bill_usd_horizon * to_month;
    fleet->good_output_tokens_per_month = tokens;
    fleet->requests_per_month = requests;
    fleet->good_requests_per_month = good;
    fleet->launches_per_month = made_ready * to_month;
    fleet->ready_delay_mean_s = made_ready > 0 ? ready_s / made_ready : NAN;
    fleet->attempts_per_request = requests > cached ? attempts / (requests - cached) : 0;
    fleet->fallback_share = requests > 0 ? smaller / requests : 0;
    fleet->unserved_share = requests > 0 ? unserved / requests : 0;
    fleet->attainment = requests > 0 ? attained * to_month / requests : 1;
    fleet->usd_per_million_output_tokens =
        tokens > 0 && all_by_tokens ? fleet->bill_usd_per_month / tokens * 1e6 : NAN;
    fleet->usd_per_thousand_requests = good > 0 ? fleet->bill_usd_per_month / good * 1e3 : NAN;
}

bool study_fleet_run(struct arena *arena, const struct study *study,
                     const struct study_options *options, const struct plan *plan, const char *name,
                     int replication, struct study_fleet *out, struct err *err) {
    const struct demand *demand = &study->demand;
    struct replay_result *results =
        arena_new(arena, struct replay_result, demand->n_workloads * demand->n_weeks);
    const struct study_pool **pools =
        arena_new(arena, const struct study_pool *, demand->n_workloads * demand->n_weeks);
    if (!replay_fleet(arena, study, options, plan, replication, results, pools, err))
        return false;
    struct bill *bills = arena_new(arena, struct bill, demand->n_weeks);
    struct bill *stations = arena_new(arena, struct bill, demand->n_weeks);
    for (int week = 0; week < demand->n_weeks; week++)
        if (!study_bill_week(arena, study, plan, results, week, &bills[week], &stations[week], err))
            return false;
    *out = (struct study_fleet){
        .name = name, .plan = plan, .replays = results, .pools = pools, .bills = bills};
    out->months = study_bill_months(arena, study, bills);
    sum_fleet(study, out);
    if (replication == 0)
        study_sum_stand_ins(arena, study, out);
    out->carbon = study_measure_carbon(arena, study, out);
    study_sum_stations(arena, study, stations, out);
    return true;
}
