/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One fleet through REPLAY and BILL. A cell is one workload in one planning week; cells run on all
 * threads, each in an arena of its own, and are copied out in the order of their index, so that the
 * number of threads changes nothing. */
#include "scenarios/study_parts.h"

#include <math.h>
#include <string.h>

#include "base/workers.h"

enum { HOURS_PER_MONTH = 730, SECONDS_PER_HOUR = 3600 };

struct fleet_cells {
    const struct study *study;
    const struct plan *plan;
    struct arena *arenas;          /* [n_cells] */
    struct replay_result *results; /* [n_cells] */
    struct err *errors;            /* [n_cells] */
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

static struct pool pool_of(const struct study *study, int candidate) {
    const struct candidate *c = &study->candidates[candidate];
    double weight = capacity_best_rate_per_replica(&study->capacities[candidate]);
    return (struct pool){
        .name = c->name,
        .service = c->service,
        .offer = c->offer,
        .replicas_per_instance = c->replicas_per_instance,
        .weight = weight > 0 ? weight : 1,
        .boot_s = study->scenario.boot_s,
    };
}

/* The pools that a plan runs for one workload in one week. */
static struct pool *pools_of(struct arena *arena, const struct fleet_cells *cells, int workload,
                             int week, int *n_pools) {
    const struct study *study = cells->study;
    const struct plan *plan = cells->plan;
    int n_hours = study->demand.n_hours, first = week * HOURS_PER_WEEK;
    struct pool *pools = arena_new(arena, struct pool, 2 * study->n_candidates);
    int n = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        if (study->candidates[c].workload != workload || study->candidates[c].offer < 0)
            continue;
        const int32_t *regular = plan->regular + (size_t)c * (size_t)n_hours;
        const int32_t *spot = plan->spot + (size_t)c * (size_t)n_hours;
        const double *share = plan->overflow_share + (size_t)c * (size_t)n_hours;
        if (study->candidates[c].kind != CANDIDATE_INSTANCE) {
            bool used = false;
            for (int h = 0; h < HOURS_PER_WEEK; h++)
                used = used || share[first + h] > 0;
            if (used) {
                pools[n] = pool_of(study, c);
                pools[n++].overflow_share = share + first;
            }
            continue;
        }
        if (any_in_week(regular, first)) {
            pools[n] = pool_of(study, c);
            pools[n++].instances = regular + first;
        }
        if (any_in_week(spot, first)) {
            pools[n] = pool_of(study, c);
            pools[n].spot = true;
            pools[n].interruptions_per_hour =
                interruptions_per_hour(&study->offers[study->candidates[c].offer]);
            pools[n++].instances = spot + first;
        }
    }
    *n_pools = n;
    return pools;
}

static void replay_cell(void *context, int cell, struct arena *scratch) {
    struct fleet_cells *cells = context;
    const struct study *study = cells->study;
    int n_weeks = study->demand.n_weeks;
    int w = cell / n_weeks, week = cell % n_weeks;
    const int64_t week_ns = (int64_t)HOURS_PER_WEEK * SECONDS_PER_HOUR * 1000000000LL;
    struct replay_input input = {
        .traffic = &study->traffics[w],
        .window = {.from_ns = 0,
                   .to_ns = week_ns,
                   .growth = study->demand.growth[w * n_weeks + week],
                   .replication = 0},
        .slo = study->scenario.workloads[w].slo,
        .router = study->scenario.router,
        .workload = w,
        .seed = study->scenario.seed,
        .record_ledger = true,
    };
    input.pools = pools_of(scratch, cells, w, week, &input.n_pools);
    replay_run(&cells->arenas[cell], &input, &cells->results[cell], &cells->errors[cell]);
}

static struct quantile_sketch copy_sketch(struct arena *arena, const struct quantile_sketch *from) {
    struct quantile_sketch copy = quantile_open(arena);
    quantile_merge(&copy, from);
    return copy;
}

static struct replay_result copy_result(struct arena *arena, const struct replay_result *from,
                                        int n_pools) {
    struct replay_result copy = *from;
    copy.hours = arena_grow(arena, from->hours, (size_t)from->n_hours, (size_t)from->n_hours,
                            sizeof *copy.hours);
    copy.pool_requests = arena_grow(arena, from->pool_requests, (size_t)n_pools, (size_t)n_pools,
                                    sizeof *copy.pool_requests);
    copy.ttft_s = copy_sketch(arena, &from->ttft_s);
    copy.tpot_s = copy_sketch(arena, &from->tpot_s);
    copy.latency_s = copy_sketch(arena, &from->latency_s);
    size_t n_rows = (size_t)from->ledger.n_rows;
    copy.ledger.rows =
        arena_grow(arena, from->ledger.rows, n_rows, n_rows, sizeof *copy.ledger.rows);
    return copy;
}

static bool replay_fleet(struct arena *arena, const struct study *study,
                         const struct study_options *options, const struct plan *plan,
                         struct replay_result *results, struct err *err) {
    int n_cells = study->demand.n_workloads * study->demand.n_weeks;
    struct fleet_cells cells = {
        .study = study,
        .plan = plan,
        .arenas = arena_new(arena, struct arena, n_cells),
        .results = arena_new(arena, struct replay_result, n_cells),
        .errors = arena_new(arena, struct err, n_cells),
    };
    workers_run(options->n_threads, n_cells, replay_cell, &cells);
    bool ok = true;
    for (int i = 0; i < n_cells; i++) {
        if (ok && cells.errors[i].kind != ERR_NONE) {
            *err = cells.errors[i];
            ok = false;
        }
        if (ok) {
            int n_pools;
            struct arena scratch = {0};
            pools_of(&scratch, &cells, i / study->demand.n_weeks, i % study->demand.n_weeks,
                     &n_pools);
            arena_release(&scratch);
            results[i] = copy_result(arena, &cells.results[i], n_pools);
        }
        arena_release(&cells.arenas[i]);
    }
    return ok;
}

static int64_t tokens_at(double ratio, int64_t tokens) {
    return ratio == 1 ? tokens : (int64_t)llround((double)tokens * ratio);
}

static double ratio_of_offer(const struct study *study, int offer) {
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].offer == offer)
            return study->tokens_ratio[c];
    return 1;
}

/* All workloads of one week in one ledger: commitments are shared. */
static struct usage_ledger ledger_of_week(struct arena *arena, const struct study *study,
                                          const struct replay_result *results, int week) {
    int n_weeks = study->demand.n_weeks, n = 0;
    int64_t n_seconds = 0;
    for (int w = 0; w < study->demand.n_workloads; w++) {
        n += results[w * n_weeks + week].ledger.n_rows;
        if (results[w * n_weeks + week].ledger.n_seconds > n_seconds)
            n_seconds = results[w * n_weeks + week].ledger.n_seconds;
    }
    struct usage_row *rows = arena_new(arena, struct usage_row, n);
    n = 0;
    for (int w = 0; w < study->demand.n_workloads; w++) {
        const struct usage_ledger *part = &results[w * n_weeks + week].ledger;
        for (int i = 0; i < part->n_rows; i++) {
            rows[n] = part->rows[i];
            if (rows[n].kind == USAGE_INPUT_TOKENS || rows[n].kind == USAGE_OUTPUT_TOKENS)
                rows[n].quantity =
                    tokens_at(ratio_of_offer(study, rows[n].offer), rows[n].quantity);
            n++;
        }
    }
    return (struct usage_ledger){.n_seconds = n_seconds, .n_rows = n, .rows = rows};
}

/* The plan's commitments in the time of one week's ledger: held all week or not at all. */
static struct commitment *commitments_of_week(struct arena *arena, const struct study *study,
                                              const struct plan *plan, int week, int64_t n_seconds,
                                              int *n) {
    const struct demand *demand = &study->demand;
    int64_t middle_s =
        (int64_t)((demand->weeks[week].month + 0.5) * HOURS_PER_MONTH * SECONDS_PER_HOUR);
    struct commitment *held = arena_new(arena, struct commitment, plan->n_commitments);
    *n = 0;
    for (int i = 0; i < plan->n_commitments; i++) {
        struct commitment c = plan->commitments[i].commitment;
        if (c.owned && (c.from_s > middle_s || c.to_s <= middle_s))
            continue;
        c.from_s = 0;
        c.to_s = n_seconds;
        held[(*n)++] = c;
    }
    return held;
}

static void sum_fleet(const struct study *study, struct study_fleet *fleet) {
    const struct demand *demand = &study->demand;
    double to_month = HOURS_PER_MONTH / demand->horizon_hours;
    double tokens = 0, good = 0, requests = 0, attained = 0;
    fleet->worst_attainment = 1;
    fleet->slo_met = true;
    for (int week = 0; week < demand->n_weeks; week++) {
        double weight = demand->weeks[week].weight;
        const struct bill *bill = &fleet->bills[week];
        fleet->bill_usd_horizon += money_amount_usd(bill->total) * weight;
        fleet->list_usd_per_month += money_amount_usd(bill->list_total) * weight * to_month;
        for (int k = 0; k < CHARGE_KINDS; k++)
            fleet->by_kind_usd_per_month[k] +=
                money_amount_usd(bill->total_by_kind[k]) * weight * to_month;
        for (int w = 0; w < demand->n_workloads; w++) {
            const struct replay_result *r = &fleet->replays[w * demand->n_weeks + week];
            tokens += (double)r->good_output_tokens * weight * to_month;
            requests += (double)r->arrived * weight * to_month;
            good += (double)r->good * weight * to_month;
            attained += (double)r->good * weight;
            fleet->worst_attainment = fmin(fleet->worst_attainment, r->worst_attainment);
            fleet->slo_met = fleet->slo_met && r->slo_met;
        }
    }
    fleet->bill_usd_per_month = fleet->bill_usd_horizon * to_month;
    fleet->good_output_tokens_per_month = tokens;
    fleet->requests_per_month = requests;
    fleet->good_requests_per_month = good;
    fleet->attainment = requests > 0 ? attained * to_month / requests : 1;
    fleet->usd_per_million_output_tokens =
        tokens > 0 ? fleet->bill_usd_per_month / tokens * 1e6 : NAN;
    fleet->usd_per_thousand_requests = good > 0 ? fleet->bill_usd_per_month / good * 1e3 : NAN;
}

bool study_fleet_run(struct arena *arena, const struct study *study,
                     const struct study_options *options, const struct plan *plan, const char *name,
                     struct study_fleet *out, struct err *err) {
    const struct demand *demand = &study->demand;
    struct replay_result *results =
        arena_new(arena, struct replay_result, demand->n_workloads * demand->n_weeks);
    if (!replay_fleet(arena, study, options, plan, results, err))
        return false;
    struct bill *bills = arena_new(arena, struct bill, demand->n_weeks);
    for (int week = 0; week < demand->n_weeks; week++) {
        struct usage_ledger ledger = ledger_of_week(arena, study, results, week);
        int n_held;
        struct commitment *held =
            commitments_of_week(arena, study, plan, week, ledger.n_seconds, &n_held);
        if (!bill_compute(arena, study->offers, study->n_offers, &ledger, held, n_held,
                          &bills[week], err))
            return false;
    }
    *out = (struct study_fleet){.name = name, .plan = plan, .replays = results, .bills = bills};
    sum_fleet(study, out);
    return true;
}

/* Counts of today's fleet: the same instances in every hour. */
static void today_counts(const struct study *study, int32_t *regular, int32_t *spot) {
    int n_hours = study->demand.n_hours;
    for (int t = 0; t < study->scenario.n_today; t++) {
        const struct today_instance *today = &study->scenario.today[t];
        int w = today->workload < 0 ? 0 : today->workload;
        const char *sku = price_book_sku(&study->book, bytes_of(today->instance));
        for (int c = 0; c < study->n_candidates; c++) {
            if (study->candidates[c].workload != w || !sku ||
                strcmp(study->candidates[c].sku, sku) != 0)
                continue;
            int32_t *counts = (today->spot ? spot : regular) + (size_t)c * (size_t)n_hours;
            for (int h = 0; h < n_hours; h++)
                counts[h] += today->count;
            break;
        }
    }
}

static void name_baseline(struct arena *arena, struct study *study, const int32_t *regular) {
    if (study->scenario.n_today > 0) {
        study->baseline_given = true;
        study->baseline_name = "today's fleet";
        return;
    }
    struct text name = {.arena = arena};
    text_append_string(&name, "no current fleet given: ");
    int n_hours = study->demand.n_hours, n = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        int32_t count = regular[(size_t)c * (size_t)n_hours];
        if (count > 0)
            text_printf(&name, "%s%d x %s", n++ ? " and " : "", count, study->candidates[c].name);
    }
    text_append_string(&name, n ? " on demand, held at the peak" : "everything by use");
    study->baseline_name = name.data;
}

bool study_baseline_plan(struct arena *arena, struct study *study, struct plan *out) {
    size_t n = (size_t)study->n_candidates * (size_t)study->demand.n_hours;
    int32_t *regular = arena_new(arena, int32_t, n), *spot = arena_new(arena, int32_t, n);
    double *overflow = arena_new(arena, double, n);
    if (study->scenario.n_today > 0)
        today_counts(study, regular, spot);
    else if (!plan_peak_fleet(arena, &study->plan_input, regular, overflow))
        return false;
    plan_price_fleet(arena, &study->plan_input, regular, spot, overflow, out);
    name_baseline(arena, study, regular);
    return true;
}

/* Instance seconds that the ledger has beyond the plan's schedule, at the rates without commitment:
 * boots before the hour, drains after it, replacements of interrupted spot. USD over one week. */
static double week_delay_usd(const struct study *study, const struct study_fleet *fleet, int week) {
    const struct demand *demand = &study->demand;
    double usd = 0;
    for (int w = 0; w < demand->n_workloads; w++) {
        const struct usage_ledger *ledger = &fleet->replays[w * demand->n_weeks + week].ledger;
        for (int i = 0; i < ledger->n_rows; i++) {
            const struct usage_row *row = &ledger->rows[i];
            const struct offer *offer = &study->offers[row->offer];
            if (row->kind == USAGE_INSTANCE)
                usd += (double)(row->to_s - row->from_s) * (double)row->quantity / 3600 *
                       money_rate_usd(row->spot ? offer->spot.rate : offer->on_demand.rate);
        }
    }
    for (int c = 0; c < study->n_candidates; c++) {
        if (study->candidates[c].kind != CANDIDATE_INSTANCE || study->candidates[c].offer < 0)
            continue;
        const struct offer *offer = &study->offers[study->candidates[c].offer];
        size_t first = (size_t)c * (size_t)demand->n_hours + (size_t)week * HOURS_PER_WEEK;
        for (size_t h = first; h < first + HOURS_PER_WEEK; h++)
            usd -=
                fleet->plan->regular[h] * money_rate_usd(offer->on_demand.rate) +
                fleet->plan->spot[h] * (offer->spot.known ? money_rate_usd(offer->spot.rate) : 0);
    }
    return usd;
}

void study_measure_gaps(struct study *study) {
    const struct study_fleet *fleet = &study->recommended;
    struct study_gaps *gaps = &study->gaps;
    gaps->lp = fleet->plan->lp_usd_per_hour * HOURS_PER_MONTH;
    gaps->plan = fleet->plan->usd_per_hour * HOURS_PER_MONTH;
    gaps->bill = fleet->bill_usd_per_month;
    gaps->rounding = gaps->plan - gaps->lp;
    for (int week = 0; week < study->demand.n_weeks; week++)
        gaps->delay += week_delay_usd(study, fleet, week) * study->demand.weeks[week].weight /
                       study->demand.horizon_hours * HOURS_PER_MONTH;
    gaps->billing_rules = gaps->bill - gaps->plan - gaps->delay;
}
