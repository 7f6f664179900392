/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spot of a machine by the hour: what one that is asked for costs, how long it runs, and in which
 * zone it is (market.h). */
#include <math.h>

#include "solver/market_parts.h"

/* --- zones --- */

static size_t zone_cell(const struct plan_spot *spot, int candidate, int zone, int hour) {
    return ((size_t)candidate * (size_t)spot->n_zones + (size_t)zone) * (size_t)spot->n_hours +
           (size_t)hour;
}

size_t market_zone_cell(const struct market *market, const struct machine *machine, int hour) {
    return zone_cell(market->in->spot, machine->candidate, machine->zone, hour);
}

int32_t market_regular_in(const struct market *market, const struct plan *plan, int machine,
                          int hour) {
    const struct machine *of = &market->machines[machine];
    return of->zone >= 0 ? 0 : plan->regular[of->candidate * market->in->demand->n_hours + hour];
}

int32_t market_spot_in(const struct market *market, const struct plan *plan, int machine,
                       int hour) {
    const struct machine *of = &market->machines[machine];
    if (of->zone >= 0)
        return plan->spot_in_zone ? plan->spot_in_zone[market_zone_cell(market, of, hour)] : 0;
    int32_t n = plan->spot[of->candidate * market->in->demand->n_hours + hour];
    for (int m = machine + 1; m < machine + of->n_group && plan->spot_in_zone; m++)
        n -= plan->spot_in_zone[market_zone_cell(market, &market->machines[m], hour)];
    return n;
}

const char *market_zone_name(const struct market *market, const struct machine *machine) {
    return machine->zone >= 0 ? market->in->spot->zones[machine->zone] : NULL;
}

bool market_limits_zones(const struct market *market) {
    double share = market->in->policy.spot_zone_share_max;
    return market->in->spot && market->in->spot->n_zones > 0 && share > 0 &&
           share < market->spot_share;
}

double market_part_in_zone(const struct market *market, const struct machine *machine, int zone) {
    const struct plan_spot *spot = market->in->spot;
    const bool *in_zone = &spot->in_zone[machine->candidate * spot->n_zones];
    int n = 0;
    if (machine->zone >= 0)
        return machine->zone == zone;
    for (int z = 0; z < spot->n_zones; z++)
        n += in_zone[z];
    return in_zone[zone] ? 1.0 / n : 0;
}

double market_beyond_zones(const struct market *market, int workload, int slot,
                           const int32_t *spot) {
    if (!market_limits_zones(market))
        return 0;
    double beyond = 0;
    double may = market->in->policy.spot_zone_share_max * market_need(market, workload, slot);
    for (int z = 0; z < market->in->spot->n_zones; z++) {
        double rate = 0;
        for (int m = 0; m < market->n_machines; m++) {
            const struct machine *machine = &market->machines[m];
            if (machine->workload == workload && spot[m] > 0)
                rate += market_part_in_zone(market, machine, z) * machine->rate *
                        market_spot_useful(market, machine, slot) * spot[m];
        }
        beyond += fmax(0, rate - may);
    }
    return beyond;
}

/* --- prices --- */

static double had_in(const struct plan_input *in, const struct machine *machine, int hour) {
    if (machine->zone >= 0)
        return in->spot->zone_had[zone_cell(in->spot, machine->candidate, machine->zone, hour)];
    if (in->spot)
        return in->spot->had[machine->candidate * in->spot->n_hours + hour];
    return in->spot_availability ? in->spot_availability[machine->candidate] : 1;
}

static double price_in(const struct plan_spot *spot, const struct machine *machine, int hour) {
    return machine->zone >= 0
               ? spot->zone_price[zone_cell(spot, machine->candidate, machine->zone, hour)]
               : spot->price[machine->candidate * spot->n_hours + hour];
}

/* Of one that runs; where on demand stands in, one runs all the time. */
static double usd_in(const struct plan_input *in, const struct machine *machine, int hour) {
    const struct offer *offer = &in->offers[in->candidates[machine->candidate].offer];
    double usd = money_rate_usd(offer->spot.rate), had = had_in(in, machine, hour);
    if (in->spot)
        usd *= price_in(in->spot, machine, hour);
    return in->spot_fallback ? had * usd + (1 - had) * money_rate_usd(offer->on_demand.rate) : usd;
}

void market_price_spot(struct arena *arena, const struct plan_input *in, struct machine *machine) {
    int n_hours = in->demand->n_hours;
    double *price = arena_new(arena, double, n_hours), *runs = arena_new(arena, double, n_hours);
    double usd = 0, weight = 0, most = 0, least = 1;
    for (int h = 0; h < n_hours; h++) {
        price[h] = usd_in(in, machine, h);
        double had = had_in(in, machine, h);
        runs[h] = in->spot_fallback && had > 0 ? 1 : had; /* none: there is nothing to ask for */
        most = fmax(most, runs[h]);
        least = fmin(least, runs[h]);
        usd += in->demand->weight[h] * runs[h] * price[h];
        weight += in->demand->weight[h] * runs[h];
    }
    machine->spot_usd = weight > 0 ? usd / weight : 0;
    machine->spot_useful = in->policy.spot_derating;
    machine->spot_price_least = 1;
    machine->spot = most > 0;
    if (in->spot && machine->spot_usd > 0) {
        for (int h = 0; h < n_hours; h++) {
            price[h] /= machine->spot_usd;
            machine->spot_price_least = fmin(machine->spot_price_least, price[h]);
        }
        machine->spot_price = price;
    }
    if (least < 1)
        machine->spot_runs = runs;
}

void market_add_to_spot(struct arena *arena, const struct plan_input *in, struct machine *machine,
                        double usd) {
    double before = machine->spot_usd, after = before + usd;
    machine->spot_usd = after;
    if (!machine->spot_price)
        return;
    double *price = arena_new(arena, double, in->demand->n_hours);
    for (int h = 0; h < in->demand->n_hours; h++)
        price[h] = (before * machine->spot_price[h] + usd) / after;
    machine->spot_price = price;
    machine->spot_price_least = (before * machine->spot_price_least + usd) / after;
}

bool market_same_spot(const struct market *market, int hour, int other) {
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        if (!machine->spot)
            continue;
        if ((machine->spot_price && machine->spot_price[hour] != machine->spot_price[other]) ||
            (machine->spot_runs && machine->spot_runs[hour] != machine->spot_runs[other]))
            return false;
    }
    return true;
}
