/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/week_view.h"

#include <math.h>
#include <stdlib.h>

/* Rate that one instance of a candidate is planned to carry; 0 when it has no capacity. */
static double instance_rate(const struct study *study, int candidate) {
    const struct capacity *capacity = &study->capacities[candidate];
    if (!capacity->feasible || capacity->n_points == 0)
        return 0;
    const double *factor = study->plan_input.capacity_factor;
    return capacity_best_rate_per_replica(capacity) *
           study->candidates[candidate].replicas_per_instance * (factor ? factor[candidate] : 1);
}

int week_view_main_candidate(const struct study *study, const struct plan *plan, int workload) {
    int main = -1, n_hours = study->demand.n_hours;
    double most = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        if (candidate->workload != workload || candidate->kind != CANDIDATE_INSTANCE)
            continue;
        double carried = 0;
        for (int h = 0; h < n_hours; h++)
            carried += study->demand.weight[h] *
                       (plan->regular[c * n_hours + h] + plan->spot[c * n_hours + h]);
        carried *= instance_rate(study, c);
        if (carried > most) {
            most = carried;
            main = c;
        }
    }
    return main;
}

/* At the second: the clock of an hour before is another one. */
static int64_t first_change(const struct zone *zone, int64_t from_s, int64_t to_s) {
    for (int64_t s = from_s; zone->saving_s != 0 && s < to_s; s += 3600)
        if (zone_east_s(zone, s) != zone_east_s(zone, s - 1))
            return s;
    return 0;
}

struct week_clock week_clock_of(const struct study *study, int week) {
    struct date date = study_month_counts(study, study->demand.weeks[week].month);
    date.day = 1;
    int64_t day = calendar_days(date);
    int weekday = calendar_hour_of_week(day * 24) / 24;
    const char *name = study->scenario.zone_name;
    int64_t month_s = day * 86400;
    int64_t next_s = calendar_days(calendar_add_months(date, 1)) * 86400;
    return (struct week_clock){.from_s = (day + (7 - weekday) % 7) * 86400,
                               .zone = &study->scenario.zone,
                               .zone_name = name ? name : "UTC",
                               .change_s = first_change(&study->scenario.zone, month_s, next_s)};
}

/* Seconds of an hour's beginning, as if the clock were UTC. */
static int64_t civil_s(const struct week_clock *clock, int hour) {
    int64_t utc = clock->from_s + (int64_t)hour * 3600;
    return utc + zone_east_s(clock->zone, utc);
}

double week_clock_shown(const struct week_clock *clock, int hour) {
    return week_clock_hour(clock, hour) + (double)(civil_s(clock, hour) % 3600) / 3600;
}

const char *week_clock_name(struct arena *arena, const struct week_clock *clock) {
    if (clock->zone->saving_s == 0)
        return clock->zone_name;
    int minutes = zone_east_s(clock->zone, clock->from_s) / 60;
    const char *east = arena_printf(arena, "%s, UTC%c%02d:%02d", clock->zone_name,
                                    minutes < 0 ? '-' : '+', abs(minutes) / 60, abs(minutes) % 60);
    if (clock->change_s == 0)
        return east;
    int64_t civil = clock->change_s + zone_east_s(clock->zone, clock->change_s - 1);
    struct date date = calendar_date(civil / 86400);
    return arena_printf(arena, "%s; clock changes on %d %s", east, date.day,
                        calendar_month_name(date.month));
}

int week_clock_hour(const struct week_clock *clock, int hour) {
    return calendar_hour_of_week(civil_s(clock, hour) / 3600);
}

const char *week_clock_words(struct arena *arena, const struct week_clock *clock, int hour) {
    int of_week = week_clock_hour(clock, hour);
    return arena_printf(arena, "%s %02d:%02d", calendar_day_name(of_week / 24), of_week % 24,
                        (int)(civil_s(clock, hour) % 3600 / 60));
}

static struct week_view open_view(struct arena *arena, const struct study *study,
                                  const struct plan *plan, int workload, int week) {
    int n = HOURS_PER_WEEK;
    struct week_view view = {
        .workload = workload, .week = week, .n_hours = n, .clock = week_clock_of(study, week)};
    view.main = week_view_main_candidate(study, plan, workload);
    view.unit_rate = view.main < 0 ? 1 : instance_rate(study, view.main);
    view.unit = view.main < 0
                    ? "requests per second"
                    : arena_printf(arena, "%s instances", study->candidates[view.main].sku);
    view.committed = arena_new(arena, double, n);
    view.spot = arena_new(arena, double, n);
    view.on_demand = arena_new(arena, double, n);
    view.overflow = arena_new(arena, double, n);
    view.rate = arena_new(arena, double, n);
    view.need = arena_new(arena, double, n);
    return view;
}

static void add_candidate(struct week_view *view, const struct study *study,
                          const struct plan *plan, int candidate) {
    int n_hours = study->demand.n_hours, first = view->week * HOURS_PER_WEEK;
    double factor = instance_rate(study, candidate) / view->unit_rate;
    for (int h = 0; h < view->n_hours; h++) {
        int at = candidate * n_hours + first + h;
        double covered = fmin(plan->reserved[at] + plan->covered[at], plan->regular[at]);
        view->committed[h] += factor * covered;
        view->on_demand[h] += factor * (plan->regular[at] - covered);
        view->spot[h] += factor * plan->spot[at];
        view->overflow[h] += plan->overflow_share[at] * view->rate[h] / view->unit_rate;
        if (candidate != view->main && plan->regular[at] + plan->spot[at] > 0)
            view->mixed = true;
    }
}

/* What the commitments cover in this workload when fully used: the most that the plan covers in any
 * hour, or the reserved instances held where no other workload can use them. */
static double held_units(const struct study *study, const struct plan *plan,
                         const struct week_view *view, int week) {
    int n_hours = study->demand.n_hours, first = week * HOURS_PER_WEEK;
    double covered_most = 0, reserved = 0;
    for (int h = first; h < first + view->n_hours; h++) {
        double covered = 0;
        for (int c = 0; c < study->n_candidates; c++)
            if (study->candidates[c].workload == view->workload)
                covered += (plan->reserved[c * n_hours + h] + plan->covered[c * n_hours + h]) *
                           instance_rate(study, c) / view->unit_rate;
        covered_most = fmax(covered_most, covered);
    }
    for (int i = 0; i < plan->n_commitments && view->main >= 0; i++) {
        const struct commitment *held = &plan->commitments[i].commitment;
        if (!plan_commitment_active(&study->demand, first, held))
            continue;
        if (held->offer >= 0 && held->offer == study->candidates[view->main].offer &&
            study->scenario.n_workloads == 1)
            reserved += held->count;
    }
    return fmax(covered_most, reserved);
}

/* Requests per second that `times` the hour's instances carry inside the target, each type by the
 * curve that was simulated for its groups; what of the main type alone, where none run. */
static double carried(const struct study *study, const struct plan *plan,
                      const struct week_view *view, int hour, double times, bool any) {
    const double *factor = study->plan_input.capacity_factor;
    double rate = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        if (candidate->workload != view->workload || candidate->kind != CANDIDATE_INSTANCE)
            continue;
        int at = c * study->demand.n_hours + hour;
        double n = any ? plan->regular[at] + plan->spot[at] : c == view->main;
        if (n > 0)
            rate +=
                (factor ? factor[c] : 1) *
                capacity_rate(&study->capacities[c], times * n * candidate->replicas_per_instance);
    }
    return rate;
}

/* Units that carry a rate: what runs in the hour, scaled until it just does. A group of one carries
 * less than its share of a large group, so that a rate over the best one would tell too few. */
static double needed(const struct study *study, const struct plan *plan,
                     const struct week_view *view, int h, double rate) {
    int hour = view->week * HOURS_PER_WEEK + h;
    double running = view->committed[h] + view->spot[h] + view->on_demand[h];
    double units = running > 0 ? running : 1, low = 0, high = 1;
    if (rate <= 0)
        return 0;
    while (high < CAPACITY_REPLICAS_MAX &&
           carried(study, plan, view, hour, high, running > 0) < rate)
        high *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (carried(study, plan, view, hour, middle, running > 0) < rate)
            low = middle;
        else
            high = middle;
    }
    return units * high;
}

struct week_view week_view_make(struct arena *arena, const struct study *study,
                                const struct plan *plan, int workload, int week) {
    struct week_view view = open_view(arena, study, plan, workload, week);
    const double *rate =
        study->demand.rate_per_second + workload * study->demand.n_hours + week * HOURS_PER_WEEK;
    for (int h = 0; h < view.n_hours; h++)
        view.rate[h] = rate[h];
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].workload == workload)
            add_candidate(&view, study, plan, c);
    for (int h = 0; h < view.n_hours; h++) {
        double left = rate[h] - view.overflow[h] * view.unit_rate;
        view.need[h] = view.main < 0            ? rate[h]
                       : left <= 1e-9 * rate[h] ? 0
                                                : needed(study, plan, &view, h, left);
    }
    view.held = held_units(study, plan, &view, week);
    return view;
}

double week_view_top(const struct week_view *view) {
    double top = view->held;
    for (int h = 0; h < view->n_hours; h++) {
        double committed = fmax(view->committed[h], view->held);
        double sum = committed + view->spot[h] + view->on_demand[h] + view->overflow[h];
        top = fmax(top, fmax(sum, view->need[h]));
    }
    return top;
}

double week_view_peak_need(const struct week_view *view, int *hour) {
    double peak = 0;
    for (int h = 0; h < view->n_hours; h++)
        if (view->need[h] > peak) {
            peak = view->need[h];
            if (hour)
                *hour = h;
        }
    return peak;
}
