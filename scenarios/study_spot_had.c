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

/* Spread evenly over the zones that are open; what a zone does not have goes to those that have
 * more. */
static void add_instant(const struct spot_market *market, const bool *open_zones, double n,
                        sim_ticks from, sim_ticks until, const double *usd, struct had *sum) {
    double room[SPOT_ZONES_MAX], seconds = ticks_seconds(until - from), left = n;
    int zones = 0, open = 0;
    for (int z = 0; z < market->n_zones; z++) {
        room[z] = open_zones[z] ? spot_market_capacity(market, z, from) : 0;
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
static struct had had_in(const struct spot_market *market, const bool *open, double n,
                         sim_ticks from, sim_ticks end, const double *usd) {
    struct had sum = {0};
    for (sim_ticks next; from < end; from = next) {
        next = end;
        for (int z = 0; z < market->n_zones; z++) {
            if (!open[z])
                continue;
            sim_ticks change = spot_market_next_change(market, z, from);
            next = change < next ? change : next;
        }
        add_instant(market, open, n, from, next, usd, &sum);
    }
    return sum;
}

/* @return how many zones are of the region, each of them open [SPOT_ZONES_MAX] */
static int open_zones(const struct study *study, const char *region, bool *open) {
    int n = 0;
    for (int z = 0; z < study->scenario.spot.n_zones; z++) {
        open[z] = strcmp(study->scenario.spot.zones[z].region, region) == 0;
        n += open[z];
    }
    return n;
}

static double had_over_weeks(struct arena *arena, const struct study *study, int candidate,
                             const bool *open) {
    double n = most_asked(study, candidate), sum = 0;
    for (int week = 0; week < study->demand.n_weeks; week++)
        sum += had_in(study_spot_market(arena, study, (uint64_t)week), open, n, 0, WEEK_TICKS, NULL)
                   .seconds;
    return fmin(1, sum / (n * ticks_seconds(WEEK_TICKS) * study->demand.n_weeks));
}

const double *study_spot_availability(struct arena *arena, const struct study *study) {
    if (study->scenario.spot.n_zones == 0)
        return NULL;
    double *had = arena_new(arena, double, study->n_candidates);
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        bool open[SPOT_ZONES_MAX];
        had[c] = 1;
        if (candidate->kind == CANDIDATE_INSTANCE && open_zones(study, candidate->region, open) > 0)
            had[c] = had_over_weeks(arena, study, c, open);
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
static double mean_price(const struct study *study, const bool *open, const double *usd) {
    double sum = 0;
    int n = 0;
    for (int z = 0; z < study->scenario.spot.n_zones; z++)
        if (open[z]) {
            sum += usd[z];
            n++;
        }
    return n > 0 ? sum / n : 0;
}

static void fill_hour(const struct study *study, const struct plan_input *input,
                      const struct spot_market *market, int c, const bool *open, int hour,
                      double *price, double *had) {
    const struct demand *demand = input->demand;
    const struct candidate *candidate = &input->candidates[c];
    const struct offer *offer = &study->offers[candidate->offer];
    double usd[SPOT_ZONES_MAX];
    int of_week = hour % HOURS_PER_WEEK;
    const double *prices = zone_prices(study, offer, of_week, usd);
    double n =
        asked_for(study, c, demand->rate_per_second[candidate->workload * demand->n_hours + hour]);
    struct had found =
        had_in(market, open, n, of_week * TICKS_PER_HOUR, (of_week + 1) * TICKS_PER_HOUR, prices);
    double rate = money_rate_usd(offer->spot.rate);
    if (!study->spot_model)
        *had = fmin(1, found.seconds / (n * ticks_seconds(TICKS_PER_HOUR)));
    if (!prices || !(rate > 0))
        return;
    double each = found.seconds > 0 && !study->spot_model ? found.usd / found.seconds
                                                          : mean_price(study, open, usd);
    *price = each > 0 ? each / rate : 1;
}

/* ---- zone by zone ---- */

struct zone_table {
    const char **names;
    bool *in_zone;
    double *price, *had; /* as in plan_spot; NULL: no candidate has prices by zone */
};

static struct zone_table zones_open(struct arena *arena, const struct study *study,
                                    const struct plan_input *input) {
    const struct spot_spec *spot = &study->scenario.spot;
    bool priced = false;
    for (int c = 0; c < input->n_candidates; c++)
        priced = priced || (input->candidates[c].offer >= 0 &&
                            study->offers[input->candidates[c].offer].spot_hours != NULL);
    size_t cells = (size_t)input->n_candidates * (size_t)spot->n_zones;
    size_t n = priced ? cells * (size_t)input->demand->n_hours : 0;
    struct zone_table table = {.names = arena_new(arena, const char *, spot->n_zones),
                               .in_zone = arena_new(arena, bool, cells),
                               .price = priced ? arena_new(arena, double, n) : NULL,
                               .had = priced ? arena_new(arena, double, n) : NULL};
    for (int z = 0; z < spot->n_zones; z++)
        table.names[z] = spot->zones[z].zone;
    return table;
}

/* All that is asked for in one zone. */
static void fill_zones(struct arena *arena, const struct study *study,
                       const struct plan_input *input, const struct spot_market *market, int c,
                       struct zone_table *table) {
    const struct candidate *candidate = &input->candidates[c];
    const struct offer *offer = &study->offers[candidate->offer];
    const struct demand *demand = input->demand;
    double rate = money_rate_usd(offer->spot.rate), usd[SPOT_ZONES_MAX];
    if (!offer->spot_hours || !(rate > 0))
        return;
    for (int z = 0; z < market->n_zones; z++) {
        bool alone[SPOT_ZONES_MAX] = {false};
        size_t first = ((size_t)c * (size_t)market->n_zones + (size_t)z) * (size_t)demand->n_hours;
        if (!table->in_zone[c * market->n_zones + z])
            continue;
        alone[z] = true;
        double mean = study->spot_model ? had_over_weeks(arena, study, c, alone) : 0;
        for (int h = 0; h < demand->n_hours; h++) {
            int of_week = h % HOURS_PER_WEEK;
            double n = asked_for(
                study, c, demand->rate_per_second[candidate->workload * demand->n_hours + h]);
            double seconds = had_in(market, alone, n, of_week * TICKS_PER_HOUR,
                                    (of_week + 1) * TICKS_PER_HOUR, NULL)
                                 .seconds;
            double each = zone_prices(study, offer, of_week, usd)[z];
            table->had[first + (size_t)h] =
                study->spot_model ? mean : fmin(1, seconds / (n * ticks_seconds(TICKS_PER_HOUR)));
            table->price[first + (size_t)h] = each > 0 ? each / rate : 1;
        }
    }
}

const struct plan_spot *study_plan_spot(struct arena *arena, const struct study *study,
                                        const struct plan_input *input) {
    if (study->scenario.spot.n_zones == 0)
        return NULL;
    int n_hours = input->demand->n_hours;
    size_t n = (size_t)input->n_candidates * (size_t)n_hours;
    double *price = arena_new(arena, double, n), *had = arena_new(arena, double, n);
    const struct spot_market *market = study_spot_market(arena, study, 0);
    struct zone_table zones = zones_open(arena, study, input);
    for (int c = 0; c < input->n_candidates; c++) {
        const struct candidate *candidate = &input->candidates[c];
        bool open[SPOT_ZONES_MAX];
        int n_open = open_zones(study, candidate->region, open);
        bool known = candidate->kind == CANDIDATE_INSTANCE && candidate->offer >= 0 && n_open > 0;
        for (int h = 0; h < n_hours; h++) {
            size_t at = (size_t)c * (size_t)n_hours + (size_t)h;
            price[at] = 1;
            had[at] = input->spot_availability ? input->spot_availability[c] : 1;
            if (known)
                fill_hour(study, input, market, c, open, h, &price[at], &had[at]);
        }
        if (known)
            memcpy(&zones.in_zone[c * market->n_zones], open,
                   (size_t)market->n_zones * sizeof *open);
        if (known && n_open > 1)
            fill_zones(arena, study, input, market, c, &zones);
    }
    struct plan_spot *spot = arena_new(arena, struct plan_spot, 1);
    *spot =
        (struct plan_spot){.n_hours = n_hours,
                           .price = price,
                           .had = had,
                           .n_zones = market->n_zones,
                           .zones = zones.names,
                           .in_zone = zones.in_zone,
                           .zone_price = zones.price,
                           .zone_had = zones.had,
                           .move_hours = study->scenario.boot_s / ticks_seconds(TICKS_PER_HOUR)};
    return spot;
}
