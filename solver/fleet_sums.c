/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts of all slots as they stand: copies, and what they use and come to. */
#include <math.h>
#include <string.h>

#include "solver/fleet.h"

void fleet_open(struct arena *arena, const struct market *market, struct fleet *out) {
    out->regular = arena_new(arena, int32_t, market->n_slots * market->n_machines);
    out->spot = arena_new(arena, int32_t, market->n_slots * market->n_machines);
    out->use_rate = arena_new(arena, double, market->n_slots * market->n_uses);
}

void fleet_copy(const struct market *market, const struct fleet *from, struct fleet *to) {
    size_t n_counts = (size_t)market->n_slots * (size_t)market->n_machines;
    size_t n_rates = (size_t)market->n_slots * (size_t)market->n_uses;
    memcpy(to->regular, from->regular, n_counts * sizeof *to->regular);
    memcpy(to->spot, from->spot, n_counts * sizeof *to->spot);
    memcpy(to->use_rate, from->use_rate, n_rates * sizeof *to->use_rate);
}

void fleet_copy_slot(const struct market *market, const struct fleet *from, int slot,
                     struct fleet *to) {
    size_t m = (size_t)market->n_machines, u = (size_t)market->n_uses, s = (size_t)slot;
    memcpy(&to->regular[s * m], &from->regular[s * m], m * sizeof *to->regular);
    memcpy(&to->spot[s * m], &from->spot[s * m], m * sizeof *to->spot);
    memcpy(&to->use_rate[s * u], &from->use_rate[s * u], u * sizeof *to->use_rate);
}

void fleet_bound_build(struct arena *arena, const struct market *market, const double *beta,
                       struct fleet_bound *out) {
    double *price = arena_new(arena, double, market->n_goods);
    for (int g = 0; g < market->n_goods; g++) {
        price[g] = market->goods[g].uncovered_usd;
        for (int p = 0; p < market->n_pools; p++)
            if (market->pools[p].use[g] > 0)
                price[g] = fmin(price[g], beta[p] * market->pools[p].use[g]);
    }
    double *refund = arena_new(arena, double, market->n_pools);
    for (int r = 0; r < market->n_pools; r++)
        for (int p = 0; p < market->n_pools; p++)
            if (market_refunds(market, p, r))
                refund[r] =
                    fmax(refund[r], market->pools[r].refund_usd -
                                        beta[p] * market->pools[p].use[market->pools[r].good]);
    *out = (struct fleet_bound){.beta = beta, .good_price = price, .refund = refund};
}

static bool counts(const bool *workloads, int workload) {
    return workloads == NULL || workloads[workload];
}

void fleet_units_of(const struct market *market, const struct fleet *fleet, int slot,
                    const bool *workloads, double *units) {
    for (int g = 0; g < market->n_goods; g++)
        units[g] = 0;
    for (int m = 0; m < market->n_machines; m++)
        if (counts(workloads, market->machines[m].workload))
            units[market->machines[m].good] += fleet->regular[slot * market->n_machines + m];
    for (int u = 0; u < market->n_uses; u++)
        if (market->uses[u].good >= 0 && counts(workloads, market->uses[u].workload))
            units[market->uses[u].good] += fleet->use_rate[slot * market->n_uses + u];
}

void fleet_units(const struct market *market, const struct fleet *fleet, int slot, double *units) {
    fleet_units_of(market, fleet, slot, NULL, units);
}

static double direct_usd_of(const struct market *market, const struct fleet *fleet, int slot,
                            const bool *workloads) {
    double usd = 0;
    for (int m = 0; m < market->n_machines; m++) {
        int at = slot * market->n_machines + m;
        if (!counts(workloads, market->machines[m].workload))
            continue;
        usd += fleet->spot[at] * market_spot_usd(market, &market->machines[m], slot) +
               fleet->regular[at] * market->machines[m].way_out_usd;
    }
    for (int u = 0; u < market->n_uses; u++)
        if (counts(workloads, market->uses[u].workload))
            usd += 3600 * market->uses[u].rest_usd_per_request *
                   fleet->use_rate[slot * market->n_uses + u];
    return usd;
}

double fleet_direct_usd(const struct market *market, const struct fleet *fleet, int slot) {
    return direct_usd_of(market, fleet, slot, NULL);
}

double fleet_extra_usd(const struct market *market, const struct fleet *fleet, int slot) {
    double usd = 0;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        int at = slot * market->n_machines + m;
        double run = fleet->regular[at] + fleet->spot[at] * market_spot_runs(market, machine, slot);
        usd += run * machine->extra_usd;
    }
    return usd;
}

/* kg CO2e of an hour of the slot, of a row of carbon. */
static double slot_kg(const struct market *market, const struct coupling *coupling,
                      const struct fleet *fleet, int slot) {
    double kg = 0;
    for (int m = 0; m < market->n_machines; m++) {
        int at = slot * market->n_machines + m;
        double run = fleet->regular[at] +
                     fleet->spot[at] * market_spot_runs(market, &market->machines[m], slot);
        kg += run * coupling->kg_per_instance[m];
    }
    return kg;
}

double fleet_slot_direct(const struct market *market, const struct coupling *coupling,
                         const struct fleet *fleet, int slot) {
    return coupling->carbon ? slot_kg(market, coupling, fleet, slot)
                            : direct_usd_of(market, fleet, slot, coupling->counts);
}

double fleet_coupling(const struct market *market, const struct coupling *coupling,
                      const struct fleet *fleet) {
    double sum = 0;
    for (int s = 0; s < market->n_slots; s++)
        sum += coupling->hours[s] * fleet_slot_direct(market, coupling, fleet, s);
    return sum;
}

double fleet_mean_kg(const struct market *market, const struct coupling *coupling,
                     const struct fleet *fleet) {
    double sum = 0;
    for (int s = 0; s < market->n_slots; s++)
        sum += market->share[s] * slot_kg(market, coupling, fleet, s);
    return sum;
}
