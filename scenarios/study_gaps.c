/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three numbers of an answer (what the programme asks, what the plan costs, what the replay is
 * billed) and what lies between them. Between plan and bill stands a fourth: the bill if every
 * instance ran exactly the hours of its schedule. */
#include "scenarios/study_parts.h"

#include <math.h>
#include <string.h>

#include "scenarios/study_bills.h"
#include "scenarios/study_resilience.h"
#include "scenarios/study_stations.h"
#include "scenarios/study_volumes.h"

enum { SECONDS_PER_HOUR = 3600 };

/* Of an hour in which spot is asked for in a zone (-1: in all): what the plan expects the market to
 * have of it. */
static int64_t spot_seconds(const struct study *study, int candidate, int zone, int hour) {
    const struct plan_spot *spot = study->plan_input.spot;
    double had = !spot ? 1
                 : zone < 0
                     ? spot->had[candidate * spot->n_hours + hour]
                     : spot->zone_had[((size_t)candidate * (size_t)spot->n_zones + (size_t)zone) *
                                          (size_t)spot->n_hours +
                                      (size_t)hour];
    return llround(had * SECONDS_PER_HOUR);
}

/* What the market has of the hour's spot, evenly in its zones, into rows. @return how many */
static int spot_rows(const struct study *study, struct usage_row row, int32_t whole,
                     struct usage_row *rows) {
    const struct spot_spec *spot = &study->scenario.spot;
    const char *region = study->offers[row.offer].region;
    int zones = 0, part = 0, n = 0;
    row.spot = true;
    for (int z = 0; z < spot->n_zones; z++)
        zones += strcmp(spot->zones[z].region, region) == 0;
    for (int z = 0; z < spot->n_zones; z++) {
        if (strcmp(spot->zones[z].region, region) != 0)
            continue;
        row.zone = z + 1;
        row.quantity = whole / zones + (part++ < whole % zones);
        if (row.quantity > 0 && row.from_s < row.to_s)
            rows[n++] = row;
    }
    row.quantity = whole;
    row.zone = 0;
    if (zones == 0 && whole > 0 && row.from_s < row.to_s)
        rows[n++] = row;
    return n;
}

/* What is asked for of a candidate's spot in an hour in one zone; -1: evenly in all. */
static int32_t spot_asked(const struct plan *plan, int candidate, int zone, int n_hours, int hour) {
    int32_t n = zone < 0 ? plan->spot[candidate * n_hours + hour] : 0;
    for (int z = 0; z < plan->n_zones && plan->spot_in_zone; z++) {
        size_t at = ((size_t)candidate * (size_t)plan->n_zones + (size_t)z) * (size_t)n_hours +
                    (size_t)hour;
        n += zone < 0 ? -plan->spot_in_zone[at] : zone == z ? plan->spot_in_zone[at] : 0;
    }
    return n;
}

/* An hour of a candidate's spot by the schedule, and what stands in for it, into rows; its seconds
 * are added to *run_s. @return how many */
static int spot_hour_rows(const struct study *study, const struct plan *plan, int c, int hour,
                          struct usage_row row, struct usage_row *rows, int64_t *run_s) {
    int64_t from = row.from_s, to = row.to_s;
    int n = 0;
    for (int zone = -1; zone < plan->n_zones; zone++) {
        int32_t asked = spot_asked(plan, c, zone, study->demand.n_hours, hour);
        if (asked == 0)
            continue;
        int64_t had = from + spot_seconds(study, c, zone, hour);
        row.zone = 0;
        row.spot = false;
        row.quantity = asked;
        row.from_s = had; /* what stands in */
        row.to_s = to;
        if (had < to && study->scenario.spot.fallback)
            rows[n++] = row;
        row.from_s = from;
        row.to_s = had;
        row.spot = true;
        row.zone = zone + 1;
        if (zone < 0)
            n += spot_rows(study, row, asked, rows + n);
        else if (from < had)
            rows[n++] = row;
        *run_s += asked * (study->scenario.spot.fallback ? SECONDS_PER_HOUR : had - from);
    }
    return n;
}

/* What the ledger would be if every instance ran exactly the hours of its schedule: hour by hour
 * for instances, as replayed for what is paid by use and for stations. */
static struct usage_ledger scheduled_ledger(struct arena *arena, const struct study *study,
                                            const struct study_fleet *fleet, int week) {
    const struct demand *demand = &study->demand;
    struct usage_ledger replayed = study_week_ledger(arena, study, fleet->replays, week);
    int zones = study->scenario.resilience.zones;
    int n = 0, most = replayed.n_rows +
                      (5 + zones + 3 * SPOT_ZONES_MAX) * study->n_candidates * HOURS_PER_WEEK;
    struct usage_row *rows = arena_new(arena, struct usage_row, most);
    for (int i = 0; i < replayed.n_rows; i++)
        if ((replayed.rows[i].kind != USAGE_INSTANCE &&
             !usage_is_of_volume(replayed.rows[i].kind)) ||
            study_station_of_offer(study, replayed.rows[i].offer) >= 0)
            rows[n++] = replayed.rows[i];
    int *order = arena_new(arena, int, zones), *taken = arena_new(arena, int, zones);
    for (int c = 0; c < study->n_candidates; c++) {
        if (study->candidates[c].kind == CANDIDATE_INSTANCE)
            study_zone_order(study, fleet->plan, c, week, c, taken, order);
        for (int h = 0; h < HOURS_PER_WEEK; h++) {
            size_t at = (size_t)c * (size_t)demand->n_hours + (size_t)(week * HOURS_PER_WEEK + h);
            int64_t from = (int64_t)h * SECONDS_PER_HOUR, to = from + SECONDS_PER_HOUR;
            struct usage_row row = {.kind = USAGE_INSTANCE,
                                    .offer = study->candidates[c].offer,
                                    .workload = study->candidates[c].workload,
                                    .from_s = from,
                                    .to_s = to};
            for (int part = 0; part < zones; part++) {
                int32_t whole = fleet->plan->regular[at];
                row.zone = 1 + order[part];
                row.quantity = whole / zones + (part < whole % zones);
                if (row.quantity > 0)
                    rows[n++] = row;
            }
            int64_t run_s = fleet->plan->regular[at] * (to - from);
            row.zone = 0;
            n += spot_hour_rows(study, fleet->plan, c, week * HOURS_PER_WEEK + h, row, rows + n,
                                &run_s);
            row.quantity = fleet->plan->spot[at];
            n += study_volume_rows(study, c, run_s, row, rows + n);
        }
    }
    return (struct usage_ledger){.n_seconds = replayed.n_seconds, .n_rows = n, .rows = rows};
}

/* What the rules add to the bill of a replayed week. */
static bool add_causes(struct arena *arena, struct study *study, int week,
                       const struct commitment *held, int n_held, double months, struct err *err) {
    struct usage_ledger parts[2],
        ledger = study_week_ledger(arena, study, study->recommended.replays, week);
    struct bill_input input = study_week_input(study, &ledger, held, n_held, parts);
    struct bill_gaps found;
    struct bill bill, stations;
    if (!bill_gaps_find(arena, &input, &found, err) ||
        !study_bill_ledger(arena, study, &ledger, held, n_held, &bill, &stations, err))
        return false;
    ENSURE(bill.total + stations.total == found.billed);
    found.cause[BILL_CAUSE_TIERS] += study->recommended.bills[week].total - bill.total;
    for (int c = 0; c < BILL_CAUSES; c++)
        study->gaps.causes[c] += money_amount_usd(found.cause[c]) * months;
    return true;
}

/* How often a planning week stands in the average month. */
static double to_month(const struct study *study, int week) {
    return study->demand.weeks[week].weight / study->demand.horizon_hours * HOURS_PER_MONTH;
}

bool study_measure_gaps(struct arena *arena, struct study *study, struct err *err) {
    const struct study_fleet *fleet = &study->recommended;
    struct study_gaps *gaps = &study->gaps;
    double scheduled = 0;
    struct bill *bills = arena_new(arena, struct bill, study->demand.n_weeks), stations;
    for (int week = 0; week < study->demand.n_weeks; week++) {
        struct usage_ledger ledger = scheduled_ledger(arena, study, fleet, week);
        int n_held;
        struct commitment *held =
            study_week_commitments(arena, study, fleet->plan, week, ledger.n_seconds, &n_held);
        if (!study_bill_ledger(arena, study, &ledger, held, n_held, &bills[week], &stations, err) ||
            !add_causes(arena, study, week, held, n_held, to_month(study, week), err))
            return false;
    }
    study_bill_months(arena, study, bills);
    for (int week = 0; week < study->demand.n_weeks; week++)
        scheduled += money_amount_usd(bills[week].total) * to_month(study, week);
    gaps->lp = study->lp_usd_per_hour * HOURS_PER_MONTH;
    gaps->margin = study_usd_apart(fleet->plan->lp_usd_per_hour * HOURS_PER_MONTH, gaps->lp);
    gaps->plan = fleet->plan->usd_per_hour * HOURS_PER_MONTH;
    gaps->rounding = study_usd_apart(gaps->plan, gaps->lp + gaps->margin);
    gaps->bill = fleet->bill_usd_per_month;
    gaps->delay = study_usd_apart(gaps->bill, scheduled);
    gaps->billing_rules = study_usd_apart(scheduled, gaps->plan);
    return true;
}
