/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/carried.h"

#include <math.h>

enum { HALVINGS = 21 }; /* to 2^-21 of what is asked for */

/* Spot's share is of what arrives, whether it is carried or not: `scale` is that over what is. */
static void scale_spot(struct plan_policy *policy, double scale) {
    policy->spot_share_max = fmin(1, policy->spot_share_max * scale);
    policy->spot_zone_share_max = fmin(1, policy->spot_zone_share_max * scale);
}

static bool shares_spot(const struct market *market, int workload, const double *rates) {
    const struct plan_input *in = market->in;
    bool others = false;
    for (int w = 0; w < in->demand->n_workloads; w++)
        others = others || (w != workload && rates[w] > 0);
    return others && in->allow_spot && in->policy.spot_share_max < 1;
}

/* Whether there is a plan of this one hour. */
static bool has_plan(struct arena *arena, const struct market *market, int slot,
                     const double *rates, double spot_scale, bool *fits, struct err *err) {
    struct arena_mark mark = arena_mark(arena);
    struct demand *demand = arena_new(arena, struct demand, 1);
    struct plan_input *in = arena_new(arena, struct plan_input, 1);
    struct plan plan;
    *in = *market->in;
    *demand = *market->in->demand;
    demand->rate_per_second =
        arena_new(arena, double, (size_t)demand->n_workloads *(size_t)demand->n_hours);
    for (int w = 0; w < demand->n_workloads; w++)
        demand->rate_per_second[w * demand->n_hours + market->hour_of_slot[slot]] = rates[w];
    in->demand = demand;
    in->n_budgets = 0;
    in->carbon = plan_carbon_price(arena, in->carbon);
    in->unexplained = true;
    scale_spot(&in->policy, spot_scale);
    bool solved = plan_solve(arena, in, &plan, err);
    *fits = solved && plan.feasible;
    arena_rewind(arena, mark);
    return solved;
}

bool carried_in_whole(struct arena *arena, const struct market *market, int slot, int workload,
                      const double *rates, double *carried, struct err *err) {
    int n = market->in->demand->n_workloads;
    double low = 0, high = rates[workload], *tried = arena_new(arena, double, n);
    double arrives = market->demand[workload * market->n_slots + slot];
    bool fits;
    for (int w = 0; w < n; w++)
        tried[w] = rates[w];
    *carried = NAN;
    if (shares_spot(market, workload, rates))
        return true;
    tried[workload] = 0;
    if (!has_plan(arena, market, slot, tried, 1, &fits, err))
        return false;
    if (!fits)
        return true;
    for (int i = 0; i <= HALVINGS && low < high; i++) {
        double rate = i == 0 ? high : (low + high) / 2;
        tried[workload] = rate;
        if (!has_plan(arena, market, slot, tried, rate > 0 ? arrives / rate : 1, &fits, err))
            return false;
        *(fits ? &low : &high) = rate;
    }
    *carried = low;
    return true;
}
