/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_resilience.h"

enum { ZONES_MAX = 6 }; /* of resilience.zones */

const char *const study_zones[] = {"zone 1", "zone 2", "zone 3", "zone 4", "zone 5", "zone 6"};
_Static_assert(sizeof study_zones / sizeof *study_zones == ZONES_MAX, "a name for each zone");

static const int32_t *part_of(struct arena *arena, const int32_t *whole, int part, int parts) {
    int32_t *instances = arena_new(arena, int32_t, HOURS_PER_WEEK);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        instances[h] = whole[h] / parts + (part < whole[h] % parts);
    return instances;
}

static int most_of_week(const int32_t *instances) {
    int most = 0;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        most = instances[h] > most ? instances[h] : most;
    return most;
}

static void order_zones(const double *left, int zones, int first, int *order) {
    for (int part = 0; part < zones; part++) {
        int zone = (first + part) % zones, at = part;
        for (; at > 0 && left[order[at - 1]] < left[zone]; at--)
            order[at] = order[at - 1];
        order[at] = zone;
    }
}

/* Instances that an order puts into the zones. */
static void take(int instances, int zones, const int *order, double *left) {
    for (int part = 0; part < zones; part++)
        left[order[part]] -= instances / zones + (part < instances % zones);
}

/* What is owned of an offer in one zone alone as the week begins. */
static bool owned_by_zone(const struct study *study, int offer, int week, double *left) {
    bool any = false;
    for (int i = 0; i < study->plan_input.n_owned; i++) {
        const struct commitment *c = &study->plan_input.owned[i];
        if (c->zone == 0 || c->offer != offer ||
            !plan_commitment_active(&study->demand, week * HOURS_PER_WEEK, c))
            continue;
        left[c->zone - 1] += c->count;
        any = true;
    }
    return any;
}

void study_zone_order(const struct study *study, const struct plan *plan, int candidate, int week,
                      int first, const int *taken, int *order) {
    int zones = study->scenario.resilience.zones, offer = study->candidates[candidate].offer;
    double left[ZONES_MAX] = {0};
    bool any = owned_by_zone(study, offer, week, left);
    for (int c = 0; any && c < candidate; c++) {
        const struct candidate *before = &study->candidates[c];
        if (before->kind != CANDIDATE_INSTANCE || before->offer != offer)
            continue;
        size_t at = (size_t)c * (size_t)study->demand.n_hours + (size_t)(week * HOURS_PER_WEEK);
        order_zones(left, zones, c % zones, order);
        take(most_of_week(plan->regular + at), zones, order, left);
    }
    for (int zone = 0; any && zone < zones; zone++)
        left[zone] -= taken[zone];
    order_zones(left, zones, first % zones, order);
}

/* The zones of the parts of each pool, [n_pools x zones]. */
static int *place(struct arena *arena, const struct study *study, const struct plan *plan, int week,
                  const struct pool *pools, const int *candidates, int n_pools) {
    int zones = study->scenario.resilience.zones;
    int *orders = arena_new(arena, int, n_pools *zones);
    for (int p = 0; p < n_pools; p++)
        order_zones((double[ZONES_MAX]){0}, zones, p % zones, orders + (size_t)p * (size_t)zones);
    for (int p = 0; plan && p < n_pools; p++) {
        int *order = orders + (size_t)p * (size_t)zones, taken[ZONES_MAX] = {0};
        if (!pools[p].instances || pools[p].spot || pools[p].market ||
            most_of_week(pools[p].instances) == 0)
            continue;
        for (int q = 0; q < p; q++)
            for (int part = 0; part < zones; part++)
                if (candidates[q] == candidates[p] && pools[q].instances && !pools[q].spot) {
                    int most = most_of_week(pools[q].instances);
                    taken[orders[(size_t)q * (size_t)zones + (size_t)part]] +=
                        most / zones + (part < most % zones);
                }
        study_zone_order(study, plan, candidates[p], week, p, taken, order);
        for (const struct pool *at = pools[p].fallback; at && at->instances; at = at->fallback)
            for (int part = 0; part < zones && most_of_week(at->instances) == 0; part++)
                orders[(size_t)(at - pools) * (size_t)zones + (size_t)part] =
                    (order[part] + (int)(at - pools) - p) % zones;
    }
    return orders;
}

int study_spread(struct arena *arena, const struct study *study, const struct plan *plan, int week,
                 struct pool *pools, int *candidates, int n_pools) {
    int zones = study->scenario.resilience.zones, n = n_pools;
    const int *orders = place(arena, study, plan, week, pools, candidates, n_pools);
    int *others = arena_new(arena, int, n_pools); /* where each pool's parts after the first are */
    for (int p = 0; p < n_pools && zones > 1; p++) {
        const int32_t *whole = pools[p].instances;
        if (!whole)
            continue;
        if (pools[p].market) {
            pools[p].zone = pools[p].market_zone % zones;
            continue;
        }
        others[p] = n;
        for (int part = 0; part < zones; part++) {
            int at = part == 0 ? p : n++;
            pools[at] = pools[p];
            candidates[at] = candidates[p];
            pools[at].zone = orders[(size_t)p * (size_t)zones + (size_t)part];
            pools[at].instances = part_of(arena, whole, part, zones);
        }
    }
    for (int p = 0; p < n_pools && zones > 1; p++) {
        const struct pool *fallback = pools[p].market ? NULL : pools[p].fallback;
        for (int part = 1; fallback && part < zones; part++)
            pools[others[p] + part - 1].fallback = &pools[others[fallback - pools] + part - 1];
    }
    return n;
}
