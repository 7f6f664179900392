/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_fixture.h"

#include <math.h>
#include <string.h>

#include "base/money.h"

enum { HOURS = HOURS_PER_WEEK };

struct fixture fixture_defaults(void) {
    return (struct fixture){.n_weeks = 3,
                            .n_workloads = 1,
                            .n_candidates = 8,
                            .held = 4,
                            .spot_max = 2,
                            .scale = 1,
                            .price_scale = 1};
}

static const struct {
    const char *name, *sku, *hardware, *precision;
    enum candidate_kind kind;
    int replicas;
    double rate, usd, spot, ttft, tpot;
    const char *reason;
} types[8] = {
    {"g6e.2xlarge bf16", "g6e.2xlarge", "1 x L40S", "bf16", CANDIDATE_INSTANCE, 1, 5.2, 2.24208,
     0.95, 0.291, 0.038, ""},
    {"g5.2xlarge bf16", "g5.2xlarge", "1 x A10G", "bf16", CANDIDATE_INSTANCE, 1, 2.1, 1.212, 0.62,
     0.402, 0.047, ""},
    {"g6.2xlarge fp8", "g6.2xlarge", "1 x L4", "fp8", CANDIDATE_INSTANCE, 1, 1.35, 0.9776, 0.44,
     0.455, 0.049, ""},
    {"inf2.8xlarge bf16", "inf2.8xlarge", "1 x Inferentia2", "bf16", CANDIDATE_INSTANCE, 1, 3.4,
     1.9676, 0.71, 0.348, 0.043, ""},
    {"p5.48xlarge fp8", "p5.48xlarge", "8 x H100", "fp8", CANDIDATE_INSTANCE, 8, 14.1, 55.04, 22.9,
     0.118, 0.016, ""},
    {"bedrock/llama-3.1-8b", "bedrock/llama-3.1-8b", "token API", "", CANDIDATE_TOKEN_API, 1, 60,
     0.22, 0, 0.332, 0.021, ""},
    {"g4dn.2xlarge bf16", "g4dn.2xlarge", "1 x T4", "bf16", CANDIDATE_INSTANCE, 1, 0, 0.752, 0.29,
     0, 0, "the weights need 16.1 GiB and one T4 has 14.6 GiB"},
    {"c7g.16xlarge int8", "c7g.16xlarge", "Graviton3", "int8", CANDIDATE_INSTANCE, 1, 0.05, 2.3123,
     0.98, 2.31, 0.212,
     "misses 50 ms per output token at any rate: 212 ms at one request at a time"},
};

/* ---- scenario ---- */

static const struct commitment_terms terms[] = {{COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT},
                                                {COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT}};

static void make_scenario(struct arena *arena, const struct fixture *fixture, struct study *study) {
    struct scenario *scenario = &study->scenario;
    scenario->file = "scenarios/chat-assistant/scenario.yaml";
    scenario->name = fixture->name ? fixture->name : "chat-assistant";
    scenario->start = (struct date){2026, 12, 1};
    scenario->months = fixture->n_weeks == 1 ? 1 : 12;
    scenario->policy = (struct plan_policy){.term_years_max = 1,
                                            .coverage_max = 0.8,
                                            .upfront_usd_max = -1,
                                            .spot_share_max = 0.4,
                                            .spot_derating = 0.92};
    scenario->allow_on_demand = scenario->allow_spot = true;
    scenario->terms = terms;
    scenario->n_terms = 2;
    scenario->boot_s = 180;
    scenario->router = ROUTER_LEAST_OUTSTANDING;
    scenario->seed = 7;
    scenario->replications = 3;
    scenario->n_workloads = fixture->n_workloads;
    struct workload *workloads = arena_new(arena, struct workload, fixture->n_workloads);
    for (int w = 0; w < fixture->n_workloads; w++) {
        workloads[w].name = fixture->name ? fixture->name : w == 0 ? "chat" : "summaries";
        workloads[w].demand.growth.mid = fixture->n_weeks == 1 ? 0 : 0.03;
        workloads[w].slo = (struct slo){.ttft_s = 0.5, .tpot_s = 0.05, .share = 0.99};
        if (fixture->encoder)
            workloads[w].slo = (struct slo){.latency_s = 0.5, .share = 0.99};
    }
    scenario->workloads = workloads;
}

/* Night, working day and evening; weekends at a little more than half. */
static double shape(int hour_of_week) {
    int hour = hour_of_week % 24, day = hour_of_week / 24;
    double sun = exp(-pow((hour - 14.2) / 4.4, 2)) + 0.25 * exp(-pow((hour - 20.5) / 2.0, 2));
    double week = day >= 5 ? 0.55 : 1 + 0.05 * sin(day * 2.1);
    return (0.42 + sun) * week * (1 + 0.04 * sin(hour_of_week * 1.7));
}

static void make_traffic(struct arena *arena, const struct fixture *fixture, struct study *study) {
    struct traffic *traffics = arena_new(arena, struct traffic, fixture->n_workloads);
    for (int w = 0; w < fixture->n_workloads; w++) {
        struct traffic *traffic = &traffics[w];
        traffic->kind = TRAFFIC_GENERATED;
        traffic->name = "generated";
        traffic->format = "rate by hour of week";
        traffic->days = 7;
        traffic->burstiness =
            (struct burstiness){.minute_cv = 0.2, .minute_correlation = 0.5, .arrival_cv = 1};
        traffic->input =
            (struct length_distribution){.kind = LENGTH_FIXED, .value = 820, .min = 1, .max = 8192};
        traffic->output = (struct length_distribution){
            .kind = LENGTH_FIXED, .value = fixture->encoder ? 0 : 236, .min = 0, .max = 2048};
        for (int h = 0; h < HOURS; h++)
            traffic->rate_per_second[h] = 26 * shape(h) * fixture->scale / (w + 1);
    }
    study->traffics = traffics;
    study->stats = arena_new(arena, struct trace_stats, fixture->n_workloads);
}

static void make_demand(struct arena *arena, const struct fixture *fixture, struct study *study) {
    struct demand *demand = &study->demand;
    int n = fixture->n_weeks * HOURS;
    demand->n_workloads = fixture->n_workloads;
    demand->n_weeks = fixture->n_weeks;
    demand->n_hours = n;
    demand->horizon_hours = fixture->n_weeks == 1 ? 730 : 8760;
    static const int months[3] = {0, 6, 11};
    demand->growth = arena_new(arena, double, fixture->n_workloads * fixture->n_weeks);
    demand->rate_per_second = arena_new(arena, double, fixture->n_workloads *n);
    demand->weight = arena_new(arena, double, n);
    demand->month_hours = arena_new(arena, double, 12 * fixture->n_weeks);
    for (int m = 0; m < 12; m++) /* of the week before or in it, whole months */
        demand->month_hours[m * fixture->n_weeks + m * fixture->n_weeks / 12] = 730;
    for (int k = 0; k < fixture->n_weeks; k++) {
        demand->weeks[k].month = months[k];
        demand->weeks[k].weight = demand->horizon_hours / n;
        double growth = pow(fixture->n_weeks == 1 ? 1 : 1.03, months[k]);
        for (int h = 0; h < HOURS; h++) {
            demand->weight[k * HOURS + h] = demand->weeks[k].weight;
            for (int w = 0; w < fixture->n_workloads; w++)
                demand->rate_per_second[w * n + k * HOURS + h] =
                    growth * study->traffics[w].rate_per_second[h];
        }
        for (int w = 0; w < fixture->n_workloads; w++)
            demand->growth[w * fixture->n_weeks + k] = growth;
    }
}

/* ---- offers and candidates ---- */

static struct quote quote(double usd, enum price_status status, const char *rule) {
    return (struct quote){.known = true,
                          .rate = money_rate_from_usd(usd),
                          .low = money_rate_from_usd(usd),
                          .high = money_rate_from_usd(usd),
                          .status = status,
                          .rule = rule,
                          .source = status == PRICE_PUBLISHED ? "aws.amazon.com/ec2/pricing"
                                                              : "price rules",
                          .as_of = "2026-07-20",
                          .reason = ""};
}

static void make_offers(struct arena *arena, const struct fixture *fixture, struct study *study) {
    struct offer *offers = arena_new(arena, struct offer, 8);
    struct quote none = {.reason = "not sold", .as_of = "", .rule = "", .source = ""};
    for (int i = 0; i < 8; i++) {
        struct offer *offer = &offers[i];
        double usd = types[i].usd * fixture->price_scale;
        offer->sku = types[i].sku;
        offer->region = "us-east-1";
        offer->family = "g6e";
        offer->quota_group = "G";
        offer->gb_second = offer->million_requests = none;
        offer->on_demand = offer->spot = none;
        offer->million_input_tokens = offer->million_output_tokens = none;
        if (types[i].kind == CANDIDATE_TOKEN_API) {
            offer->kind = OFFER_TOKEN_API;
            offer->million_input_tokens = offer->million_output_tokens =
                quote(usd, PRICE_PUBLISHED, "");
            continue;
        }
        offer->on_demand = quote(usd, PRICE_PUBLISHED, "");
        offer->spot = quote(types[i].spot * fixture->price_scale, PRICE_SECONDARY, "");
        struct commitment_quote *quotes = arena_new(arena, struct commitment_quote, 2);
        quotes[0].terms = terms[0];
        quotes[0].effective = quote(usd * 0.739, PRICE_ESTIMATED, "sp-compute");
        quotes[1].terms = terms[1];
        quotes[1].effective = quote(usd * 0.588, PRICE_ESTIMATED, "ri-1y-gpu");
        offer->commitments = quotes;
        offer->n_commitments = 2;
    }
    study->offers = offers;
    study->n_offers = 8;
}

static void fill_points(const struct fixture *fixture, int type, struct capacity *capacity) {
    int n = types[type].kind == CANDIDATE_INSTANCE ? 5 : 1;
    if (types[type].rate <= 0)
        return;
    capacity->n_points = n;
    for (int i = 0; i < n; i++) {
        int replicas = 1 << i;
        double grow = n == 1 ? 1 : 0.9 + 0.025 * i; /* larger groups pool better */
        struct capacity_point *p = &capacity->points[i];
        p->replicas = replicas;
        p->rate_per_second = types[type].rate * grow * replicas * (fixture->encoder ? 6 : 1);
        p->half_width = 0.02 * p->rate_per_second;
        p->ttft_p95_s = types[type].ttft;
        p->tpot_p95_s = types[type].tpot;
        p->latency_p95_s = fixture->encoder ? types[type].ttft : types[type].tpot * 236;
        p->attainment = 0.99;
    }
}

static void make_candidates(struct arena *arena, const struct fixture *fixture,
                            struct study *study) {
    int each = fixture->n_candidates, n = each * fixture->n_workloads;
    struct candidate *candidates = arena_new(arena, struct candidate, n);
    struct capacity *capacities = arena_new(arena, struct capacity, n);
    for (int i = 0; i < n; i++) {
        int type = i % each;
        candidates[i] = (struct candidate){
            .kind = types[type].kind,
            .workload = i / each,
            .name = fixture->name && type == 0 ? fixture->name : types[type].name,
            .sku = fixture->name && type == 0 ? fixture->name : types[type].sku,
            .region = "us-east-1",
            .model = "llama-3.1-8b",
            .precision = types[type].precision,
            .hardware = types[type].hardware,
            .offer = type,
            .accelerators = types[type].replicas,
            .tensor_parallel = 1,
            .replicas_per_instance = types[type].replicas,
        };
        struct capacity *capacity = &capacities[i];
        capacity->feasible = types[type].reason[0] == '\0' && !fixture->infeasible;
        if (!capacity->feasible)
            strcpy(capacity->reason,
                   types[type].reason[0] ? types[type].reason : "no rate keeps the target of 5 ms");
        capacity->estimated = type != 0;
        bool known = type + 1 < each; /* an error of its times */
        capacity->error_low = known ? -0.25 : 0;
        capacity->error_high = known ? 0.25 : 0;
        capacity->rate_low = known ? 0.7 : 1;
        capacity->rate_high = known ? 1.5 : 1;
        strcpy(capacity->basis, type == 0 ? "fit to public vLLM runs, 2026-05"
                                          : "datasheet bandwidth and compute at default "
                                            "efficiencies");
        capacity->input_tokens_per_request = 820;
        capacity->output_tokens_per_request = fixture->encoder ? 0 : 236;
        fill_points(fixture, type, capacity);
    }
    study->candidates = candidates;
    study->capacities = study->plan_input.capacities = capacities;
    study->n_candidates = study->n_choices = n;
}

/* ---- plan ---- */

struct sums {
    double committed, idle, spot, on_demand, tokens; /* USD a month */
};

static void price_hour(struct sums *sums, const struct fixture *fixture, double month_share,
                       double covered, double on_demand, double spot, double api_requests) {
    double usd = types[0].usd * fixture->price_scale * month_share;
    sums->committed += 0.739 * usd * covered;
    sums->idle += 0.739 * usd * fmax(fixture->held - covered, 0);
    sums->on_demand += usd * on_demand;
    sums->spot += types[0].spot * fixture->price_scale * month_share * spot;
    sums->tokens +=
        api_requests * 3600 * (820 + 236) * 0.22e-6 * fixture->price_scale * month_share;
}

static struct sums fill_plan(struct arena *arena, const struct fixture *fixture,
                             struct study *study, struct plan *plan) {
    int n_hours = study->demand.n_hours, each = fixture->n_candidates;
    size_t n = (size_t)study->n_candidates * (size_t)n_hours;
    int32_t *regular = arena_new(arena, int32_t, n), *spot = arena_new(arena, int32_t, n);
    double *covered = arena_new(arena, double, n), *share = arena_new(arena, double, n);
    struct sums sums = {0};
    double capacity = capacity_best_rate_per_replica(&study->capacities[0]);
    for (int w = 0; w < fixture->n_workloads; w++)
        for (int h = 0; h < n_hours; h++) {
            double rate = study->demand.rate_per_second[w * n_hours + h];
            size_t at = (size_t)(w * each * n_hours + h);
            double api = each > 5 && rate > 20 ? fixture->by_use : 0;
            if (api > 0)
                share[at + 5 * (size_t)n_hours] = api;
            int need = capacity > 0 ? (int)ceil(rate * (1 - api) / capacity - 1e-9) : 0;
            int on_spot = need - (int)fixture->held;
            on_spot = on_spot < 0 ? 0 : on_spot > fixture->spot_max ? fixture->spot_max : on_spot;
            spot[at] = on_spot;
            regular[at] = need - on_spot;
            covered[at] = fmin(fixture->held, regular[at]);
            price_hour(&sums, fixture, 730 * study->demand.weight[h] / study->demand.horizon_hours,
                       covered[at], regular[at] - covered[at], on_spot, rate * api);
        }
    plan->regular = regular;
    plan->spot = spot;
    plan->overflow_share = share;
    plan->covered = covered;
    plan->reserved = arena_new(arena, double, n);
    return sums;
}

static void make_commitment(struct arena *arena, const struct fixture *fixture,
                            const struct study *study, struct plan *plan) {
    struct plan_commitment *bought = arena_new(arena, struct plan_commitment, 1);
    usd_pico *rates = arena_new(arena, usd_pico, study->n_offers);
    double rate = 0.739 * types[0].usd * fixture->price_scale;
    rates[0] = money_rate_from_usd(rate);
    bought->commitment = (struct commitment){
        .name = arena_printf(arena, "$%.2f an hour, 1-year Compute savings plan, no upfront",
                             fixture->held * rate),
        .terms = terms[0],
        .offer = -1,
        .plan_rates = rates,
        .plan_usd_per_hour = (usd_nano)(fixture->held * rate * 1e9)};
    bought->usd_per_hour = fixture->held * rate;
    bought->utilisation = 0.93;
    bought->break_even = 0.739;
    bought->saving_usd = fixture->held * 0.2 * rate * study->demand.horizon_hours;
    bought->liability_usd = fixture->n_weeks == 1 ? bought->usd_per_hour * (8760 - 730) : 0;
    plan->commitments = bought;
    plan->n_commitments = 1;
    plan->liability_usd = bought->liability_usd;
}

static const struct plan_rejection rejections[] = {
    {.candidate = 0,
     .option = "1-year reserved, all upfront",
     .reason = "policy upfront_max allows no upfront payment"},
    {.candidate = 3,
     .option = "all",
     .reason = "needs 1.6 instances for the work of one g6e.2xlarge at 88% of its price"},
    {.candidate = -1,
     .option = "EC2 Instance savings plan",
     .reason = "saves 3% less than the Compute savings plan here"},
};

static void make_plan(struct arena *arena, const struct fixture *fixture, struct study *study,
                      struct plan *plan) {
    plan->n_rejections = fixture->n_candidates > 3 ? 3 : 1;
    plan->rejections = rejections;
    plan->feasible = !fixture->infeasible;
    if (fixture->infeasible) {
        strcpy(plan->infeasible,
               "chat needs 9 instances on Wednesday 14:00 and the quota G of 32 vCPU allows 4: "
               "5 are missing; a quota of 72 vCPU works");
        return;
    }
    if (fixture->held > 0)
        make_commitment(arena, fixture, study, plan);
}

/* ---- fleets and words ---- */

/* [n] whose worst window is the fleet's. */
static struct replay_result *replays_of(struct arena *arena, const struct study_fleet *fleet,
                                        int n) {
    struct replay_result *replays = arena_new(arena, struct replay_result, n);
    for (int i = 0; i < n; i++)
        replays[i].worst_attainment = fleet->worst_attainment;
    return replays;
}

static void make_fleets(struct arena *arena, const struct fixture *fixture, struct study *study,
                        const struct sums *sums) {
    struct study_fleet *after = &study->recommended, *before = &study->baseline;
    int n = study->demand.n_weeks * study->demand.n_workloads;
    double *usd = after->by_kind_usd_per_month;
    usd[CHARGE_COMMITMENT_USED] = sums->committed;
    usd[CHARGE_COMMITMENT_UNUSED] = sums->idle;
    usd[CHARGE_SPOT] = sums->spot;
    usd[CHARGE_ON_DEMAND] = sums->on_demand;
    usd[CHARGE_TOKENS] = sums->tokens;
    double total = sums->committed + sums->idle + sums->spot + sums->on_demand + sums->tokens;
    after->name = "recommended";
    after->bill_usd_per_month = total;
    after->attainment = fixture->slo_missed ? 0.9899 : 0.99621;
    after->worst_attainment = fixture->slo_missed ? 0.9712 : 0.9911;
    after->slo_met = !fixture->slo_missed;
    after->requests_per_month = 31e6 * fixture->scale;
    after->good_requests_per_month = after->requests_per_month * after->attainment;
    after->usd_per_thousand_requests = total / after->good_requests_per_month * 1000;
    after->usd_per_million_output_tokens = total / (after->good_requests_per_month * 236) * 1e6;
    *before = *after;
    before->name = "baseline";
    before->attainment = 0.99987;
    before->bill_usd_per_month = 11 * types[0].usd * fixture->price_scale * 730;
    memset(before->by_kind_usd_per_month, 0, sizeof before->by_kind_usd_per_month);
    before->by_kind_usd_per_month[CHARGE_ON_DEMAND] = before->bill_usd_per_month;
    before->usd_per_thousand_requests *= total > 0 ? before->bill_usd_per_month / total : 1;
    before->usd_per_million_output_tokens *= total > 0 ? before->bill_usd_per_month / total : 1;
    before->replays = replays_of(arena, before, n);
    before->bills = arena_new(arena, struct bill, study->demand.n_weeks);
    after->replays = replays_of(arena, after, n);
    after->bills = arena_new(arena, struct bill, study->demand.n_weeks);
    study->gaps = (struct study_gaps){.lp = total * 0.957,
                                      .margin = total * 0.012,
                                      .rounding = total * 0.016,
                                      .plan = total * 0.985,
                                      .billing_rules = -total * 0.003,
                                      .delay = total * 0.018,
                                      .bill = total};
    double saved = before->bill_usd_per_month - total, small = 0.004 * before->bill_usd_per_month;
    study->saving_usd_per_month = saved;
    study->steps = (struct study_steps){.serve = 0.5 * saved,
                                        .follow = 0.3 * saved,
                                        .spot = small,
                                        .commit = 0.25 * saved - small,
                                        .billing = 0.05 * saved};
    study->saving_fraction = before->bill_usd_per_month > 0
                                 ? study->saving_usd_per_month / before->bill_usd_per_month
                                 : 0;
}

static void make_actions(struct arena *arena, const struct fixture *fixture, struct study *study) {
    struct study_action *actions = arena_new(arena, struct study_action, 4);
    double saving = study->saving_usd_per_month;
    actions[0] = (struct study_action){"Let the count follow the hour of the week",
                                       "the peak lasts a few hours; nights and weekends need less",
                                       0.61 * saving,
                                       0,
                                       "any hour",
                                       ACTION_FOLLOW,
                                       NAN,
                                       NAN};
    actions[1] = (struct study_action){
        arena_printf(arena, "Commit to %g x %s, 1-year Compute savings plan, no upfront",
                     fixture->held, study->candidates[0].name),
        "used 93% of the time; breaks even at 74%",
        0.22 * saving,
        study->recommended.plan->liability_usd,
        "locked until 2027-12-01",
        ACTION_COMMIT,
        NAN,
        NAN};
    actions[2] = (struct study_action){
        arena_printf(arena, "Use spot for up to 2 x %s", study->candidates[0].name),
        "up to 8% of instances reclaimed a month; spot carries at most 40% of an hour's demand",
        0.17 * saving,
        0,
        "any hour",
        ACTION_SPOT,
        NAN,
        NAN};
    actions[3] =
        (struct study_action){"Stop 2 of today's 11 x g6e.2xlarge",
                              "its place is taken by the lines above; the saving is counted there",
                              NAN,
                              0,
                              "any hour, while the type is on sale",
                              ACTION_STOP,
                              NAN,
                              NAN};
    study->actions = actions;
    study->n_actions = 4;
}

static void make_notices(const struct fixture *fixture, struct study *study) {
    static const struct study_notice notices[] = {
        {.id = "slo-missed",
         .text = "chat misses its target: in the worst window 97.1% of requests are within "
                 "target, 99% are asked"},
        {.id = "estimated-prices",
         .text = "9 of 24 rates in use are estimated by rule (sp-compute, ri-1y-gpu); "
                 "put your own contract's rates in a price book to replace them"},
        {.id = "estimated-capacity",
         .text = "the service times of g6e.2xlarge are estimated: four of five "
                 "measured runs took from 25% less to 25% more time; at 25% more it "
                 "carries 30% less, and the plan needs up to 3 more, in 20% of "
                 "hours: about $1.2K more a month"},
        {.id = "stale-prices",
         .text = "the oldest price in use was read on 2026-07-20, 134 days before the "
                 "horizon starts"},
        {.id = "short-traffic",
         .text = "chat has 7 days of traffic and one growth figure: a term of a year "
                 "rests on less than 30 days"},
    };
    static const struct study_notice infeasible[] = {
        {.id = "infeasible",
         .text = "chat needs 9 instances on Wednesday 14:00 and the quota G of 32 vCPU "
                 "allows 4: 5 are missing; a quota of 72 vCPU works"}};
    study->notices = fixture->infeasible ? infeasible : fixture->slo_missed ? notices : notices + 1;
    study->n_notices = fixture->no_notices   ? 0
                       : fixture->infeasible ? 1
                       : fixture->slo_missed ? 5
                                             : 4;
}

static void make_inputs(struct study *study) {
    static const struct study_input inputs[] = {
        {"scenario", "scenarios/chat-assistant/scenario.yaml",
         "7b1c0f64d1a5f2b7f3a90c1be2f43d98175d6a4e1c0b9f8e7d6c5b4a39281706", ""},
        {"price book", "pricing/books/aws-2026-07.csv",
         "0c44e9a7d1f2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819223344",
         "shipped, prices of 2026-07-20"},
        {"catalogue", "sim/catalog/instances.csv",
         "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90", "shipped"},
    };
    study->inputs = inputs;
    study->n_inputs = 3;
}

static void make_headline(struct arena *arena, const struct fixture *fixture, struct study *study) {
    if (fixture->infeasible) {
        study->headline = "No mix inside your quotas and policy carries the demand";
        return;
    }
    char cost[32], saved[32];
    money_format_short(cost, study->recommended.bill_usd_per_month);
    money_format_short(saved, fabs(study->saving_usd_per_month));
    study->headline = arena_printf(
        arena, "Commit to %g x %s for a year, run 2 to 12 by the hour: %s a month, %s %s than %s",
        fixture->held, study->candidates[0].name, cost, saved,
        study->saving_usd_per_month >= 0 ? "less" : "more", "the on-demand peak fleet");
}

static void make_variants(struct arena *arena, struct study *study) {
    size_t n = (size_t)study->n_candidates;
    struct candidate *candidates = arena_grow(arena, study->candidates, n, n, sizeof *candidates);
    struct study_variant *variants = arena_new(arena, struct study_variant, 2);
    candidates[0].quality = "-0.8 points MMLU";
    candidates[0].one_off_usd = 40e3;
    variants[0] = (struct study_variant){.one_off_usd = 40e3, .fate = VARIANT_USED};
    variants[1] = (struct study_variant){.one_off_usd = 7e6, .fate = VARIANT_DROPPED};
    study->candidates = candidates;
    study->variants = variants;
    study->n_variants = 2;
    struct replay_result *replays =
        replays_of(arena, &study->recommended, study->demand.n_weeks * study->demand.n_workloads);
    replays[0].counts = (struct replica_counts){
        .preemptions = 1200, .prompt_tokens = 1000, .cached_prompt_tokens = 400};
    if (study->demand.n_weeks * study->demand.n_workloads > 1)
        replays[1].counts = (struct replica_counts){.preemptions = 34,
                                                    .prompt_tokens = 1000,
                                                    .cached_prompt_tokens = 420,
                                                    .adapter_loads = 5};
    study->recommended.replays = replays;
}

struct study *fixture_study(struct arena *arena, const struct fixture *fixture) {
    struct study *study = arena_new(arena, struct study, 1);
    make_scenario(arena, fixture, study);
    study->book.name = "aws-2026-07";
    make_traffic(arena, fixture, study);
    make_demand(arena, fixture, study);
    make_offers(arena, fixture, study);
    make_candidates(arena, fixture, study);
    struct plan *plan = arena_new(arena, struct plan, 1);
    study->recommended.plan = plan;
    study->infeasible = fixture->infeasible;
    make_plan(arena, fixture, study, plan);
    if (!fixture->infeasible) {
        struct sums sums = fill_plan(arena, fixture, study, plan);
        make_fleets(arena, fixture, study, &sums);
        make_actions(arena, fixture, study);
    }
    if (fixture->variants)
        make_variants(arena, study);
    study->baseline_name = "no current fleet given: 11 x g6e.2xlarge on demand, held at the peak "
                           "of the week";
    static const struct study_round rounds[] = {{9100, 0.9874, false, "g6e.2xlarge to 96%", NAN},
                                                {9350, 0.9911, true, "", NAN}};
    study->n_rounds = 2;
    memcpy(study->rounds, rounds, sizeof rounds);
    make_notices(fixture, study);
    make_inputs(study);
    make_headline(arena, fixture, study);
    return study;
}
