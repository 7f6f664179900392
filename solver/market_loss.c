/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an hour must be able to lose (plan_loss): what is left of instances, and what that asks of
 * the programme (docs/model.md 5.2). */
#include <math.h>

#include "solver/market_parts.h"

static double rate_of(const struct market *market, const struct machine *machine, double n) {
    int whole = (int)n;
    return whole == n && whole < machine->n_rates ? machine->rates[whole]
                                                  : market_rate(market, machine, n);
}

/* Zones are even: the heaviest has its part, rounded up. */
static int without_zone(int n, int zones) {
    return n - (n + zones - 1) / zones;
}

/* Instances of a group, those on spot at what they are good for, without one of a machine's (-1: of
 * none). */
static double useful_of(const struct market *market, int machine, int slot, int regular,
                        const int32_t *spot, int without) {
    double sum = regular;
    for (int m = machine; m < machine + market->machines[machine].n_group; m++)
        if (spot[m] > 0)
            sum +=
                market_spot_useful(market, &market->machines[m], slot) * (spot[m] - (m == without));
    return sum;
}

double market_left(const struct market *market, int machine, int slot, const int32_t *regular,
                   const int32_t *spot, double *lost) {
    const struct plan_loss *loss = &market->in->loss;
    const struct machine *of = &market->machines[machine];
    int n = regular[machine];
    if (loss->zones > 1) { /* then nothing is in one zone alone */
        double useful = spot[machine] > 0 ? market_spot_useful(market, of, slot) : 0;
        return rate_of(market, of,
                       without_zone(n, loss->zones) +
                           useful * without_zone(spot[machine], loss->zones));
    }
    double whole = rate_of(market, of, useful_of(market, machine, slot, n, spot, -1));
    if (loss->instance && n > 0)
        *lost = fmax(
            *lost, whole - rate_of(market, of, useful_of(market, machine, slot, n - 1, spot, -1)));
    for (int m = machine; m < machine + of->n_group && loss->instance; m++)
        if (spot[m] > 0)
            *lost = fmax(*lost,
                         whole - rate_of(market, of, useful_of(market, machine, slot, n, spot, m)));
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
