/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "study_extras.h"

#include <math.h>

#include "base/money.h"
#include "scenarios/study_futures.h"
#include "sim/observer.h"

struct extras extras_defaults(void) {
    return (struct extras){.months = 12,
                           .seen_hours = HOURS_PER_WEEK,
                           .n_payers = 3,
                           .n_budgets = 4,
                           .n_levers = 4,
                           .usd = 2000,
                           .upfront_usd = 6000,
                           .waiting = 12,
                           .slowest_s = 1.6,
                           .answered = 0.9995,
                           .cash_budgets = true,
                           .name = "support"};
}

static usd_nano nano(double usd) {
    return llround(usd * USD_NANO_PER_USD);
}

/* ---- money ---- */

static void add_statement(struct arena *arena, struct study *study, const struct extras *extras) {
    int n = extras->months;
    struct statement *statement = arena_new(arena, struct statement, 1);
    int64_t *hours = arena_new(arena, int64_t, n + 1);
    struct statement_row *rows = arena_new(arena, struct statement_row, 2 * n);
    double monthly = extras->usd - extras->upfront_usd / n;
    for (int m = 0; m <= n; m++)
        hours[m] = calendar_days(calendar_add_months(study->scenario.start, m)) * 24;
    statement->n_months = n;
    statement->month_hours = hours;
    study->demand.n_calendar = n;
    study->demand.calendar_from = hours;
    for (int m = 0; m < n; m++) {
        rows[statement->n_rows++] = (struct statement_row){.month = m,
                                                           .billed = nano(monthly),
                                                           .effective = nano(extras->usd),
                                                           .on_demand = 1.4 * extras->usd};
        if (m == 0)
            rows[statement->n_rows++] = (struct statement_row){.month = 0,
                                                               .purchase = FOCUS_PAID_AT_START,
                                                               .from_hour = hours[0],
                                                               .billed = nano(extras->upfront_usd)};
    }
    statement->rows = rows;
    for (int i = 0; i < statement->n_rows; i++) {
        statement->billed += rows[i].billed;
        statement->effective += rows[i].effective;
    }
    study->statement = statement;
}

/* Payer p uses 1 / (p + 1) of the bill, half of it idle; 5 % are committed and not used. */
static void add_allocation(struct arena *arena, struct study *study, const struct extras *extras) {
    int n = extras->n_payers + 2;
    struct allocation *allocation = arena_new(arena, struct allocation, 1);
    struct payer *payers = arena_new(arena, struct payer, n);
    struct payer_sum *sums = arena_new(arena, struct payer_sum, n);
    double months = study->demand.horizon_hours / HOURS_PER_MONTH;
    for (int p = 0; p < n; p++) {
        bool nobody = p >= extras->n_payers;
        payers[p] = (struct payer){.kind = p < extras->n_payers    ? PAYER_WORKLOAD
                                           : p == extras->n_payers ? PAYER_IDLE
                                                                   : PAYER_UNUSED,
                                   .name = nobody ? "unused commitments" : extras->name,
                                   .workload = nobody ? -1 : p};
        double usd = months * extras->usd * (nobody ? 0.05 : 1.0 / (p + 1));
        sums[p].by_kind[nobody ? SHARE_UNUSED : SHARE_USED] = nano(nobody ? usd : usd / 2);
        sums[p].by_kind[SHARE_IDLE] = nano(nobody ? 0 : usd / 2);
        sums[p].amortised = sums[p].by_kind[SHARE_UNUSED] + sums[p].by_kind[SHARE_USED] +
                            sums[p].by_kind[SHARE_IDLE];
        allocation->amortised += sums[p].amortised;
    }
    allocation->n_payers = n;
    allocation->payers = payers;
    allocation->sums = sums;
    study->allocation = allocation;
    study->scenario.fiscal_month = 1;
}

static void add_units(struct arena *arena, struct study *study, const struct extras *extras) {
    int n = study->demand.n_workloads;
    struct study_units *units = arena_new(arena, struct study_units, n + 1);
    for (int w = 0; w <= n; w++)
        units[w] = (struct study_units){.usd_per_month = extras->usd,
                                        .full_load_usd_per_month = 0.6 * extras->usd,
                                        .requests = 4e6,
                                        .output_tokens = 1e9,
                                        .usd_per_business_unit = NAN,
                                        .return_on_cost = NAN,
                                        .utilisation_tax = 0.67};
    study->units = units;
}

static void add_budgets(struct arena *arena, struct study *study, const struct extras *extras) {
    int n = extras->n_budgets;
    struct budget_spec *spec = arena_new(arena, struct budget_spec, 1);
    struct study_budget *budgets = arena_new(arena, struct study_budget, n);
    *spec = (struct budget_spec){.name = extras->name, .cash = extras->cash_budgets};
    for (int i = 0; i < n; i++)
        budgets[i] = (struct study_budget){.period = {.year = 2027 + i / 4, .quarter = i % 4 + 1},
                                           .months = 3,
                                           .limit = nano(3 * extras->usd),
                                           .spent = nano((2.4 + 0.3 * i) * extras->usd)};
    study->scenario.budgets = spec;
    study->budgets = budgets;
    study->n_budgets = n;
}

static void add_carbon(struct arena *arena, struct study *study, const struct extras *extras) {
    struct study_fleet *fleets[] = {&study->baseline, &study->recommended};
    for (int i = 0; i < 2; i++) {
        struct study_carbon *carbon =
            arena_new(arena, struct study_carbon, study->demand.n_workloads);
        double kg = extras->usd / (10 + 6 * i);
        for (int w = 0; w < study->demand.n_workloads; w++)
            carbon[w] = (struct study_carbon){.known = true,
                                              .left_out = "",
                                              .kg_operation = {0.5 * kg, kg, 1.4 * kg},
                                              .kg_embodied = {0.1 * kg, 0.2 * kg, 0.3 * kg}};
        fleets[i]->carbon = carbon;
    }
}

/* ---- replays ---- */

static struct quantile_sketch sketch_up_to(struct arena *arena, double slowest_s) {
    struct quantile_sketch sketch = quantile_open(arena);
    for (int i = 1; i <= 2000; i++) /* a long tail */
        quantile_record(&sketch, slowest_s * 0.02 * pow(50, pow(i / 2000.0, 6)));
    return sketch;
}

static const struct observed *observed_of(struct arena *arena, const struct extras *extras) {
    struct observed *seen = arena_new(arena, struct observed, 1);
    struct fleet_hour *hours = arena_new(arena, struct fleet_hour, extras->seen_hours);
    struct fleet_event *events = arena_new(arena, struct fleet_event, 2 * extras->seen_hours);
    for (int h = 0; h < extras->seen_hours; h++) {
        double sun = 0.5 - 0.5 * cos(h * 2 * 3.14159 / 24);
        hours[h] =
            (struct fleet_hour){.ready_mean = 3,
                                .ready_max = 4,
                                .busy_mean = h % 24 == 3 ? NAN : 0.1 + 0.7 * sun,
                                .busy_max = h % 24 == 3 ? NAN : 0.2 + 0.8 * sun,
                                .waiting_mean = h % 24 == 3 ? NAN : 0.2 * sun,
                                .waiting_max = h % 24 == 3 ? NAN : floor(extras->waiting * sun)};
        if (h % 6 == 1)
            events[seen->n_events++] =
                (struct fleet_event){h * TICKS_PER_HOUR, FLEET_LAUNCHED, 0, h};
        if (h % 50 == 20)
            events[seen->n_events++] =
                (struct fleet_event){h * TICKS_PER_HOUR + 5, FLEET_INTERRUPTED, 0, h};
    }
    seen->n_hours = extras->seen_hours;
    seen->fleet = hours;
    seen->events = events;
    return seen;
}

static void add_replays(struct arena *arena, struct study *study, const struct extras *extras) {
    struct study_fleet *fleets[] = {&study->baseline, &study->recommended};
    int n = study->demand.n_weeks * study->demand.n_workloads;
    for (int f = 0; f < 2; f++) {
        struct quantile_sketch sketch = sketch_up_to(arena, extras->slowest_s * (0.4 + 0.6 * f));
        struct replay_result *replays = arena_new(arena, struct replay_result, n);
        for (int i = 0; i < n; i++) {
            replays[i].ttft_s = replays[i].tpot_s = replays[i].latency_s = sketch;
            replays[i].worst_attainment = fleets[f]->worst_attainment;
            replays[i].finished = (int64_t)sketch.n;
            replays[i].arrived = llround((double)sketch.n / extras->answered);
            replays[i].observed = observed_of(arena, extras);
        }
        fleets[f]->replays = replays;
    }
}

/* ---- futures ---- */

/* Every input moves the cost by its number in tens of percent; the second one flips at its high
 * end. */
static void add_ends(struct arena *arena, struct study_futures *futures, double usd) {
    struct future_end *ends = arena_new(arena, struct future_end, 2 * FUTURE_INPUTS);
    for (int e = 0; e < 2 * FUTURE_INPUTS; e++) {
        double *costs = arena_new(arena, double, futures->n_plans);
        double share = 0.1 * (e / 2 + 1);
        for (int p = 0; p < futures->n_plans; p++)
            costs[p] = usd * (e % 2 ? 1 + share : 1 - 0.5 * share);
        ends[e] = (struct future_end){.input = (enum future_input)(e / 2),
                                      .high = e % 2,
                                      .usd_per_month = costs,
                                      .flips = e == 3};
    }
    for (int i = 0; i < FUTURE_INPUTS; i++)
        futures->inputs[i] =
            (struct future_assumption){.spread = {0.9, 1, 1.2}, .known = true, .basis = "assumed"};
    futures->ends = ends;
    futures->n_ends = 2 * FUTURE_INPUTS;
}

static void add_futures(struct arena *arena, struct study *study, const struct extras *extras) {
    struct study_futures *futures = &study->futures;
    double *months = arena_new(arena, double, extras->months *FUTURE_QUANTILES);
    double *over = arena_new(arena, double, study->n_budgets);
    double *planned = arena_new(arena, double, 3), *worst = arena_new(arena, double, 3),
           *less = arena_new(arena, double, 3), *more = arena_new(arena, double, 3);
    futures->n = 64;
    futures->n_plans = 3;
    for (int p = 0; p < 3; p++) {
        planned[p] = extras->usd;
        worst[p] = extras->usd * (0.5 + 0.1 * p);
        less[p] = extras->usd * (0.95 + 0.01 * p);
        more[p] = extras->usd * (1.1 + 0.03 * p);
        futures->plans[p] = (struct future_plan){.name = p == 0   ? "recommended"
                                                         : p == 1 ? "nothing committed"
                                                                  : extras->name,
                                                 .expected = extras->usd * (1.1 + 0.1 * p),
                                                 .worst = 2 * extras->usd,
                                                 .low = 0.9 * extras->usd,
                                                 .high = 1.4 * extras->usd,
                                                 .regret = extras->usd * (0.02 + 0.1 * p),
                                                 .regret_most = 0.5 * extras->usd};
    }
    for (int m = 0; m < extras->months; m++)
        for (int q = 0; q < FUTURE_QUANTILES; q++)
            months[m * FUTURE_QUANTILES + q] =
                extras->usd * (1 + 0.01 * m) * (1 + (q - 3) * 0.02 * sqrt(m + 1));
    for (int b = 0; b < study->n_budgets; b++)
        over[b] = fmin(0.1 * b, 1);
    futures->n_months = extras->months;
    futures->month_usd = months;
    futures->over_budget = over;
    futures->beside_usd = arena_new(arena, double, study->n_budgets);
    futures->as_planned_usd = planned;
    futures->worst_case_usd = worst;
    futures->demand_less_usd = less;
    futures->demand_more_usd = more;
    add_ends(arena, futures, extras->usd);
}

/* ---- what else could be bought or changed ---- */

/* Cost falls by half of what is committed up to 4 units and rises beyond. */
static void add_curves(struct arena *arena, struct study *study, const struct extras *extras) {
    enum { CURVES = 2, LEVELS = 9 };
    struct commitment_curve *curves = arena_new(arena, struct commitment_curve, CURVES);
    double usd = extras->usd / HOURS_PER_MONTH;
    for (int i = 0; i < CURVES; i++) {
        struct curve_point *points = arena_new(arena, struct curve_point, LEVELS);
        for (int p = 0; p < LEVELS; p++) {
            double cost = usd * (p <= 4 ? 1.4 - 0.1 * p : 1 + 0.06 * (p - 4));
            points[p] = (struct curve_point){.units = p,
                                             .commitment_usd = 0.5 * p,
                                             .programme_usd = p < 8 ? 0.9 * cost : INFINITY,
                                             .plan_usd = cost};
        }
        curves[i] = (struct commitment_curve){.name = extras->name,
                                              .is_plan = i == 1,
                                              .unit_usd = 0.5,
                                              .planned = 4 + i,
                                              .n = LEVELS,
                                              .points = points,
                                              .best_units = 4,
                                              .best_usd = usd,
                                              .near_units = 3,
                                              .near_usd = 1.1 * usd};
    }
    study->curves = curves;
    study->n_curves = CURVES;
}

static void add_purchases(struct arena *arena, struct study *study, const struct extras *extras) {
    enum { PURCHASES = 2, METHODS = 3 };
    struct recommendation *rows = arena_new(arena, struct recommendation, PURCHASES);
    struct study_look_back *backs = arena_new(arena, struct study_look_back, METHODS);
    double usd = extras->usd;
    for (int i = 0; i < PURCHASES; i++)
        rows[i] = (struct recommendation){.name = extras->name,
                                          .is_plan = i == 1,
                                          .count = 4,
                                          .window_hours = HOURS_PER_MONTH,
                                          .hourly_usd = 0.4 * usd / HOURS_PER_MONTH,
                                          .upfront_usd = extras->upfront_usd,
                                          .cost_usd = 0.4 * usd,
                                          .on_demand_left_usd = 0.2 * usd,
                                          .on_demand_now_usd = usd,
                                          .savings_usd = 0.4 * usd,
                                          .savings_share = 0.4,
                                          .roi = 1,
                                          .utilisation = 0.97,
                                          .hourly_now_mean_usd = usd / HOURS_PER_MONTH,
                                          .hourly_now_least_usd = 0.2 * usd / HOURS_PER_MONTH,
                                          .hourly_now_most_usd = 3 * usd / HOURS_PER_MONTH,
                                          .coverage_now = 0,
                                          .coverage = 0.8};
    for (int i = 0; i < METHODS; i++)
        backs[i] = (struct study_look_back){
            .days = 30,
            .terms = {COMMIT_PLAN_COMPUTE, i == 1 ? 3 : 1, PAY_NO_UPFRONT},
            .target_coverage = NAN,
            .n_rows = i < 2,
            .rows = rows,
            .horizon_usd_per_month = i < 2 ? usd * (1 + 0.1 * i) : INFINITY};
    study->recommendations = rows;
    study->n_recommendations = PURCHASES;
    study->look_backs = backs;
    study->n_look_backs = METHODS;
}

/* Each saves half of what the one before does; the last has no plan. */
static void add_levers(struct arena *arena, struct study *study, const struct extras *extras) {
    int n = extras->n_levers;
    struct study_lever *levers = arena_new(arena, struct study_lever, n);
    double saves = 0.3 * extras->usd, at = extras->usd;
    for (int i = 0; i < n; i++, saves /= 2) {
        bool planned = i + 1 < n;
        levers[i] = (struct study_lever){.name = extras->name,
                                         .alone_usd_per_month = planned ? 1.2 * saves : NAN,
                                         .step = planned ? i + 1 : 0,
                                         .usd_per_month = planned ? saves : NAN,
                                         .minimum_usd_per_month = planned ? 0.9 * saves : NAN,
                                         .one_off_usd = i % 2 ? 4 * saves : 0,
                                         .payback_months = !planned || saves <= 0 ? INFINITY
                                                           : i % 2                ? 4
                                                                                  : 0,
                                         .why = planned ? "" : "no instance type has the memory"};
        at -= planned ? saves : 0;
    }
    study->levers = levers;
    study->n_levers = n;
    study->levers_before_usd_per_month = extras->usd;
    study->levers_after_usd_per_month = at;
}

void extras_add(struct arena *arena, struct study *study, const struct extras *extras) {
    study->scenario.months = extras->months;
    add_statement(arena, study, extras);
    add_allocation(arena, study, extras);
    add_units(arena, study, extras);
    add_budgets(arena, study, extras);
    add_carbon(arena, study, extras);
    add_futures(arena, study, extras);
    add_replays(arena, study, extras);
    add_curves(arena, study, extras);
    add_purchases(arena, study, extras);
    add_levers(arena, study, extras);
    double *hour_usd = arena_new(arena, double, study->demand.n_hours);
    for (int h = 0; h < study->demand.n_hours; h++)
        hour_usd[h] = extras->usd / 730 * (1 + 0.8 * sin(h % 24 / 24.0 * 3.14159));
    struct plan *plan = arena_new(arena, struct plan, 1);
    *plan = *study->recommended.plan;
    plan->hour_usd = hour_usd;
    study->recommended.plan = plan;
}
