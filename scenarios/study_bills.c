/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_bills.h"

#include "scenarios/study_stations.h"

static bool held_in_week(const struct study *study, int week, const struct commitment *commitment) {
    return plan_commitment_active(&study->demand, week * HOURS_PER_WEEK, commitment);
}

struct usage_ledger study_week_ledger(struct arena *arena, const struct study *study,
                                      const struct replay_result *replays, int week) {
    int n_weeks = study->demand.n_weeks, n = 0;
    int64_t n_seconds = 0;
    for (int w = 0; w < study->demand.n_workloads; w++) {
        n += replays[w * n_weeks + week].ledger.n_rows;
        if (replays[w * n_weeks + week].ledger.n_seconds > n_seconds)
            n_seconds = replays[w * n_weeks + week].ledger.n_seconds;
    }
    struct usage_row *rows = arena_new(arena, struct usage_row, n);
    n = 0;
    for (int w = 0; w < study->demand.n_workloads; w++) {
        const struct usage_ledger *part = &replays[w * n_weeks + week].ledger;
        for (int i = 0; i < part->n_rows; i++)
            rows[n++] = part->rows[i];
    }
    return (struct usage_ledger){.n_seconds = n_seconds, .n_rows = n, .rows = rows};
}

struct bill_input study_week_input(const struct study *study, const struct usage_ledger *ledger,
                                   const struct commitment *held, int n_held,
                                   struct usage_ledger *parts) {
    parts[0] = *ledger;
    parts[1] = study->others;
    parts[1].n_seconds = ledger->n_seconds;
    return (struct bill_input){.offers = study->offers,
                               .n_offers = study->n_offers,
                               .parts = parts,
                               .n_parts = study->others.n_rows > 0 ? 2 : 1,
                               .commitments = held,
                               .n_commitments = n_held};
}

/* ---- the plan's part and that of stations ---- */

static void add_charge(struct bill *bill, struct charge *charges, const struct charge *charge) {
    charges[bill->n_charges++] = *charge;
    bill->total += charge->effective;
    bill->total_by_kind[charge->kind] += charge->effective;
    bill->list_total += charge->list;
}

/* A station's hours that a commitment pays for stay with the commitments. */
static bool is_of_station(const struct study *study, const struct charge *charge) {
    return charge->commitment < 0 && charge->offer >= 0 &&
           study_station_of_offer(study, charge->offer) >= 0;
}

static void part_bill(struct arena *arena, const struct study *study, struct bill *out,
                      struct bill *stations) {
    struct bill both = *out, parts[2] = {{.committed = both.committed}, {0}};
    struct charge *charges[2];
    struct bill_monthly *monthly = arena_new(arena, struct bill_monthly, both.n_monthly);
    for (int p = 0; p < 2; p++) {
        charges[p] = arena_new(arena, struct charge, both.n_charges);
        parts[p].charges = charges[p];
    }
    for (int i = 0; i < both.n_charges; i++) {
        int p = is_of_station(study, &both.charges[i]);
        add_charge(&parts[p], charges[p], &both.charges[i]);
    }
    for (int i = 0; i < both.n_monthly; i++)
        if (study_station_of_offer(study, both.monthly[i].offer) < 0)
            monthly[parts[0].n_monthly++] = both.monthly[i];
    parts[0].monthly = monthly;
    *out = parts[0];
    *stations = parts[1];
}

bool study_bill_ledger(struct arena *arena, const struct study *study,
                       const struct usage_ledger *ledger, const struct commitment *held, int n_held,
                       struct bill *out, struct bill *stations, struct err *err) {
    struct usage_ledger parts[2];
    struct bill_input input = study_week_input(study, ledger, held, n_held, parts);
    *stations = (struct bill){0};
    if (!bill_compute(arena, &input, out, err))
        return false;
    if (study->n_stations > 0)
        part_bill(arena, study, out, stations);
    return true;
}

const struct plan_commitment *study_held_commitment(const struct study *study,
                                                    const struct plan *plan, int week, int index) {
    for (int i = 0, n = 0; i < plan->n_commitments; i++)
        if (held_in_week(study, week, &plan->commitments[i].commitment) && n++ == index)
            return &plan->commitments[i];
    ENSURE(false);
    return NULL;
}

const struct plan_commitment *study_charged_commitment(const struct study *study, int week,
                                                       int index) {
    return study_held_commitment(study, study->recommended.plan, week, index);
}

struct commitment *study_week_commitments(struct arena *arena, const struct study *study,
                                          const struct plan *plan, int week, int64_t n_seconds,
                                          int *n) {
    struct commitment *held = arena_new(arena, struct commitment, plan->n_commitments);
    *n = 0;
    for (int i = 0; i < plan->n_commitments; i++) {
        struct commitment c = plan->commitments[i].commitment;
        if (!held_in_week(study, week, &c))
            continue;
        c.from_s = 0;
        c.to_s = n_seconds;
        held[(*n)++] = c;
    }
    return held;
}

bool study_bill_week(struct arena *arena, const struct study *study, const struct plan *plan,
                     const struct replay_result *replays, int week, struct bill *out,
                     struct bill *stations, struct err *err) {
    struct usage_ledger ledger = study_week_ledger(arena, study, replays, week);
    int n_held;
    struct commitment *held =
        study_week_commitments(arena, study, plan, week, ledger.n_seconds, &n_held);
    return study_bill_ledger(arena, study, &ledger, held, n_held, out, stations, err);
}

struct bill_months study_bill_months(struct arena *arena, const struct study *study,
                                     struct bill *bills) {
    const struct demand *demand = &study->demand;
    struct bill_months months =
        bill_months_make(arena, &(struct bill_months_input){.offers = study->offers,
                                                            .n_weeks = demand->n_weeks,
                                                            .n_months = demand->n_calendar,
                                                            .bills = bills,
                                                            .month_hours = demand->calendar_hours,
                                                            .months_from = demand->calendar_from,
                                                            .week_hours = HOURS_PER_WEEK});
    for (int week = 0; week < demand->n_weeks; week++)
        bills[week] = bill_months_apply(arena, &months, week, &bills[week]);
    return months;
}

double study_first_months_saving_usd(const struct study *study, int months) {
    const struct demand *demand = &study->demand;
    double first = 0, hours = 0, mean = 0;
    for (int week = 0; week < demand->n_weeks; week++) {
        double before = money_amount_usd(study->baseline.bills[week].total);
        double saved = before - money_amount_usd(study->recommended.bills[week].total);
        mean += saved * demand->weeks[week].weight * HOURS_PER_MONTH / demand->horizon_hours;
        for (int m = 0; m < months; m++) {
            double of_week = demand->month_hours[m * demand->n_weeks + week];
            first += saved * of_week / HOURS_PER_WEEK;
            hours += of_week;
        }
    }
    return first + (study->saving_usd_per_month - mean) * hours / HOURS_PER_MONTH;
}
