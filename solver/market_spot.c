/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spot of a machine by the hour: what one that is asked for costs, and how long it runs (market.h).
 */
#include <math.h>

#include "solver/market.h"

static double had_in(const struct plan_input *in, int candidate, int hour) {
    if (in->spot)
        return in->spot->had[candidate * in->spot->n_hours + hour];
    return in->spot_availability ? in->spot_availability[candidate] : 1;
}

/* Of one that runs; where on demand stands in, one runs all the time. */
static double usd_in(const struct plan_input *in, const struct machine *machine, int hour) {
    const struct offer *offer = &in->offers[in->candidates[machine->candidate].offer];
    double usd = money_rate_usd(offer->spot.rate), had = had_in(in, machine->candidate, hour);
    if (in->spot)
        usd *= in->spot->price[machine->candidate * in->spot->n_hours + hour];
    return in->spot_fallback ? had * usd + (1 - had) * money_rate_usd(offer->on_demand.rate) : usd;
}

void market_price_spot(struct arena *arena, const struct plan_input *in, struct machine *machine) {
    int n_hours = in->demand->n_hours;
    double *price = arena_new(arena, double, n_hours), *runs = arena_new(arena, double, n_hours);
    double usd = 0, weight = 0, most = 0, least = 1;
    for (int h = 0; h < n_hours; h++) {
        price[h] = usd_in(in, machine, h);
        double had = had_in(in, machine->candidate, h);
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
