/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the spot market has of what a plan may ask it for, and at what price: over the week, and
 * hour by hour where traces are replayed as they are. A market drawn from a model is another one in
 * each week and each replay: of it the plan knows the mean alone. */
#include <math.h>
#include <string.h>

#include "scenarios/study_parts.h"

#define WEEK_TICKS (HOURS_PER_WEEK * TICKS_PER_HOUR)

/* Instances that carry as much as spot may of this demand; at least one. */
static double asked_for(const struct study *study, int candidate, double rate) {
    const struct candidate *c = &study->candidates[candidate];
    double carries =
        capacity_best_rate_per_replica(&study->capacities[candidate]) * c->replicas_per_instance;
    double n = carries > 0 ? ceil(rate * study->scenario.policy.spot_share_max / carries) : 1;
    return n > 1 ? n : 1;
}

/* Instances that spot may be asked for in the busiest hour. */
static double most_asked(const struct study *study, int candidate) {
    const struct demand *demand = &study->demand;
    int workload = study->candidates[candidate].workload;
    double most = 0;
    for (int h = 0; h < demand->n_hours; h++)
        most = fmax(most, demand->rate_per_second[workload * demand->n_hours + h]);
    return asked_for(study, candidate, most);
}

/* Seconds that n instances run, and what they cost at the zones' prices of one hour. */
struct had {
    double seconds, usd;
};

/* Spread evenly over the zones of a region; what a zone does not have goes to those that have more.
 */
static void add_instant(const struct spot_market *market, const char *region, double n,
                        sim_ticks from, sim_ticks until, const double *usd, struct had *sum) {
    double room[SPOT_ZONES_MAX], seconds = ticks_seconds(until - from), left = n;
    int zones = 0, open = 0;
    for (int z = 0; z < market->n_zones; z++) {
        room[z] = strcmp(market->zones[z].region, region) == 0
                      ? spot_market_capacity(market, z, from)
                      : 0;
        open += room[z] > 0;
    }
    for (zones = open; zones > 0 && left > 1e-9; zones = open) {
        double each = left / zones;
        open = 0;
        for (int z = 0; z < market->n_zones; z++) {
            double got = fmin(room[z], each);
            room[z] -= got;
            left -= got;
            open += room[z] > 0;
            sum->seconds += got * seconds;
            sum->usd += usd ? got * seconds * usd[z] : 0;
        }
    }
}

/* @param usd  [n_zones] NULL: not asked */
static struct had had_in(const struct spot_market *market, const char *region, double n,
                         sim_ticks from, sim_ticks end, const double *usd) {
    struct had sum = {0};
    for (sim_ticks next; from < end; from = next) {
        next = end;
        for (int z = 0; z < market->n_zones; z++) {
            if (strcmp(market->zones[z].region, region) != 0)
                continue;
            sim_ticks change = spot_market_next_change(market, z, from);
            next = change < next ? change : next;
        }
        add_instant(market, region, n, from, next, usd, &sum);
    }
    return sum;
}

static bool is_in_market(const struct study *study, const char *region) {
    for (int z = 0; z < study->scenario.spot.n_zones; z++)
        if (strcmp(study->scenario.spot.zones[z].region, region) == 0)
            return true;
    return false;
}

const double *study_spot_availability(struct arena *arena, const struct study *study) {
    if (study->scenario.spot.n_zones == 0)
        return NULL;
    double *had = arena_new(arena, double, study->n_candidates);
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        had[c] = 1;
        if (candidate->kind != CANDIDATE_INSTANCE || !is_in_market(study, candidate->region))
            continue;
        double n = most_asked(study, c), sum = 0;
        for (int week = 0; week < study->demand.n_weeks; week++)
            sum += had_in(study_spot_market(arena, study, (uint64_t)week), candidate->region, n, 0,
                          WEEK_TICKS, NULL)
                       .seconds;
        had[c] = fmin(1, sum / (n * ticks_seconds(WEEK_TICKS) * study->demand.n_weeks));
    }
    return had;
}

/* ---- by the hour ---- */

/* The zones' prices in an hour of the week; NULL: they do not move. */
static const double *zone_prices(const struct study *study, const struct offer *offer, int hour,
                                 double usd[SPOT_ZONES_MAX]) {
    if (!offer->spot_hours)
        return NULL;
    for (int z = 0; z < study->scenario.spot.n_zones; z++)
        usd[z] = money_rate_usd(offer->spot_hours->rates[z * HOURS_PER_WEEK + hour]);
    return usd;
}

/* Where nothing runs the mean of the zones: it is not paid. */
static double mean_price(const struct study *study, const char *region, const double *usd) {
    double sum = 0;
    int n = 0;
    for (int z = 0; z < study->scenario.spot.n_zones; z++)
        if (strcmp(study->scenario.spot.zones[z].region, region) == 0) {
            sum += usd[z];
            n++;
        }
    return n > 0 ? sum / n : 0;
}

static void fill_hour(const struct study *study, const struct plan_input *input,
                      const struct spot_market *market, int c, int hour, double *price,
                      double *had) {
    const struct demand *demand = input->demand;
    const struct candidate *candidate = &input->candidates[c];
    const struct offer *offer = &study->offers[candidate->offer];
    double usd[SPOT_ZONES_MAX];
    int of_week = hour % HOURS_PER_WEEK;
    const double *prices = zone_prices(study, offer, of_week, usd);
    double n =
        asked_for(study, c, demand->rate_per_second[candidate->workload * demand->n_hours + hour]);
    struct had found = had_in(market, candidate->region, n, of_week * TICKS_PER_HOUR,
                              (of_week + 1) * TICKS_PER_HOUR, prices);
    double rate = money_rate_usd(offer->spot.rate);
    if (!study->spot_model)
        *had = fmin(1, found.seconds / (n * ticks_seconds(TICKS_PER_HOUR)));
    if (!prices || !(rate > 0))
        return;
    double each = found.seconds > 0 && !study->spot_model
                      ? found.usd / found.seconds
                      : mean_price(study, candidate->region, usd);
    *price = each > 0 ? each / rate : 1;
}

const struct plan_spot *study_plan_spot(struct arena *arena, const struct study *study,
                                        const struct plan_input *input) {
    if (study->scenario.spot.n_zones == 0)
        return NULL;
    int n_hours = input->demand->n_hours;
    size_t n = (size_t)input->n_candidates * (size_t)n_hours;
    double *price = arena_new(arena, double, n), *had = arena_new(arena, double, n);
    const struct spot_market *market = study_spot_market(arena, study, 0);
    for (int c = 0; c < input->n_candidates; c++) {
        const struct candidate *candidate = &input->candidates[c];
        bool known = candidate->kind == CANDIDATE_INSTANCE && candidate->offer >= 0 &&
                     is_in_market(study, candidate->region);
        for (int h = 0; h < n_hours; h++) {
            size_t at = (size_t)c * (size_t)n_hours + (size_t)h;
            price[at] = 1;
            had[at] = input->spot_availability ? input->spot_availability[c] : 1;
            if (known)
                fill_hour(study, input, market, c, h, &price[at], &had[at]);
        }
    }
    struct plan_spot *spot = arena_new(arena, struct plan_spot, 1);
    *spot = (struct plan_spot){n_hours, price, had};
    return spot;
}
