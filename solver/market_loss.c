/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an hour must be able to lose (plan_loss): what is left of instances, and what that asks of
 * the programme (docs/model.md 5.2). */
#include <math.h>

#include "solver/market.h"

static double rate_of(const struct market *market, const struct machine *machine, double n) {
    int whole = (int)n;
    return whole == n && whole < machine->n_rates ? machine->rates[whole]
                                                  : market_rate(market, machine, n);
}

/* Zones are even: the heaviest has its part, rounded up. */
static int without_zone(int n, int zones) {
    return n - (n + zones - 1) / zones;
}

double market_left(const struct market *market, const struct machine *machine, int slot,
                   int regular, int spot, double *lost) {
    const struct plan_loss *loss = &market->in->loss;
    double useful = spot > 0 ? market_spot_useful(market, machine, slot) : 0;
    if (loss->zones > 1)
        return rate_of(market, machine,
                       without_zone(regular, loss->zones) +
                           useful * without_zone(spot, loss->zones));
    double whole = rate_of(market, machine, regular + useful * spot);
    if (loss->instance && regular > 0)
        *lost = fmax(*lost, whole - rate_of(market, machine, regular - 1 + useful * spot));
    if (loss->instance && spot > 0)
        *lost = fmax(*lost, whole - rate_of(market, machine, regular + useful * (spot - 1)));
    return whole;
}

static bool has_use(const struct market *market, int workload) {
    for (int u = 0; u < market->n_uses; u++)
        if (market->uses[u].workload == workload)
            return true;
    return false;
}

/* The least that one of its instances carries: some of them is lost. Nothing where functions or
 * token APIs could carry everything. Where some regular instance must run, it is one that may be
 * lost. */
static double least_lost(const struct market *market, int workload) {
    double least = INFINITY;
    if (has_use(market, workload))
        return 0;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        if (machine->workload != workload)
            continue;
        if (machine->regular)
            least = fmin(least, machine->rate);
        for (int s = 0; s < market->n_slots && machine->spot && market->spot_share >= 1; s++) {
            double useful = market_spot_useful(market, machine, s);
            least = useful > 0 ? fmin(least, machine->rate * useful) : least;
        }
    }
    return isfinite(least) ? least : 0;
}

void market_add_losses(struct arena *arena, struct market *market) {
    const struct plan_loss *loss = &market->in->loss;
    int n_workloads = market->in->demand->n_workloads;
    market->keep = loss->zones > 1 ? 1 - 1.0 / loss->zones : 1;
    market->regular_share = loss->spot ? 1 : 1 - market->in->policy.spot_share_max;
    market->spot_share = 1 - market->regular_share * market->keep;
    market->spare = arena_new(arena, double, n_workloads);
    for (int w = 0; w < n_workloads && loss->instance && loss->zones <= 1; w++)
        market->spare[w] = least_lost(market, w);
}
