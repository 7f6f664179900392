/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/spot_market.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define NS_PER_HOUR 3600000000000LL

/* --- lookups: the last step that begins at or before an instant --- */

static int step_at(const struct spot_zone *zone, sim_ticks now) {
    int low = 0, high = zone->n_steps;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (zone->steps[middle].from <= now)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int price_at(const struct spot_zone *zone, sim_ticks now) {
    int low = 0, high = zone->n_prices;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (zone->prices[middle].from <= now)
            low = middle;
        else
            high = middle;
    }
    return low;
}

int32_t spot_market_capacity(const struct spot_market *market, int zone, sim_ticks now) {
    const struct spot_zone *z = &market->zones[zone];
    return z->steps[step_at(z, now)].instances;
}

sim_ticks spot_market_next_change(const struct spot_market *market, int zone, sim_ticks after) {
    const struct spot_zone *z = &market->zones[zone];
    int next = step_at(z, after) + 1;
    return next < z->n_steps ? z->steps[next].from : NEVER;
}

double spot_market_usd_per_hour(const struct spot_market *market, int zone, sim_ticks now) {
    const struct spot_zone *z = &market->zones[zone];
    return z->n_prices > 0 ? z->prices[price_at(z, now)].usd_per_hour : NAN;
}

sim_ticks spot_market_next_price(const struct spot_market *market, int zone, sim_ticks after) {
    const struct spot_zone *z = &market->zones[zone];
    int next = price_at(z, after) + 1;
    return next < z->n_prices ? z->prices[next].from : NEVER;
}

int spot_market_find(const struct spot_market *market, const char *zone) {
    for (int i = 0; i < market->n_zones; i++)
        if (strcmp(market->zones[i].name, zone) == 0)
            return i;
    return -1;
}

const char *spot_region_of(struct arena *arena, const char *zone) {
    size_t n = strlen(zone);
    while (n > 0 && zone[n - 1] >= 'a' && zone[n - 1] <= 'z')
        n--;
    if (n > 0 && zone[n - 1] == '-')
        n--;
    return n > 0 ? arena_strndup(arena, zone, n) : zone;
}

/* --- from traces --- */

static double hours_of(int64_t ns) {
    return (double)ns / (double)NS_PER_HOUR;
}

static int32_t scaled(const struct spot_trace *trace, const struct spot_replay *replay,
                      int32_t instances) {
    if (replay->instances > 0 && trace->instances_max > 0)
        return (int32_t)((int64_t)instances * replay->instances / trace->instances_max);
    if (trace->instances_max > 1)
        return instances;
    return instances > 0 ? SPOT_UNLIMITED : 0;
}

/* Those that the trace itself carries. */
static void take_prices(struct arena *arena, const struct spot_trace *trace, int64_t offset_ns,
                        int64_t end_ns, struct spot_zone *out) {
    struct spot_price_step *steps = arena_new(arena, struct spot_price_step, trace->n_prices);
    int n = 0;
    for (int i = 0; i < trace->n_prices && trace->prices[i].at_ns < offset_ns + end_ns; i++) {
        int64_t at_ns = trace->prices[i].at_ns - offset_ns;
        n -= at_ns <= 0 && n > 0;
        steps[n++] = (struct spot_price_step){at_ns > 0 ? at_ns * TICKS_PER_NS : 0,
                                              trace->prices[i].usd_per_hour};
    }
    out->n_prices = n;
    out->prices = steps;
}

bool spot_zone_replay(struct arena *arena, const struct spot_trace *trace,
                      const struct spot_replay *replay, sim_ticks end, struct spot_zone *out,
                      struct err *err) {
    int64_t end_ns = (end + TICKS_PER_NS - 1) / TICKS_PER_NS;
    if (replay->offset_ns + end_ns > trace->span_ns) {
        err_at(err, trace->name, 0, 0,
               "the spot trace ends after %.4f h, the run asks for %.4f h of it",
               hours_of(trace->span_ns), hours_of(replay->offset_ns + end_ns));
        err_hint(err,
                 "what the market gave after its end is not known: begin earlier in the trace, "
                 "replay less, or fit a model to it");
        return false;
    }
    int first = 0, last = 0;
    while (first + 1 < trace->n && trace->points[first + 1].at_ns <= replay->offset_ns)
        first++;
    for (last = first; last < trace->n && trace->points[last].at_ns < replay->offset_ns + end_ns;)
        last++;
    struct spot_step *steps = arena_new(arena, struct spot_step, last - first + 1);
    int n = 0;
    for (int i = first; i < last || n == 0; i++) {
        int64_t at_ns = trace->points[i].at_ns - replay->offset_ns;
        int32_t instances = scaled(trace, replay, trace->points[i].instances);
        if (n == 0 || steps[n - 1].instances != instances)
            steps[n++] = (struct spot_step){at_ns > 0 ? at_ns * TICKS_PER_NS : 0, instances};
    }
    out->n_steps = n;
    out->steps = steps;
    take_prices(arena, trace, replay->offset_ns, end_ns, out);
    return true;
}

static const struct spot_price_series *series_of(const struct spot_prices *prices,
                                                 const char *zone) {
    for (int i = 0; i < prices->n_zones; i++)
        if (strcmp(prices->zones[i].zone, zone) == 0)
            return &prices->zones[i];
    return NULL;
}

static bool no_series(const struct spot_prices *prices, const char *zone, struct arena *arena,
                      struct err *err) {
    struct text known = {.arena = arena};
    for (int i = 0; i < prices->n_zones; i++)
        text_printf(&known, "%s%s", i ? ", " : "", prices->zones[i].zone);
    err_at(err, prices->name, 0, 0, "no price of zone '%.40s'", zone);
    err_hint(err, "the file has %.200s", known.data);
    return false;
}

bool spot_zone_price(struct arena *arena, const struct spot_prices *prices, int64_t start_epoch_ns,
                     sim_ticks end, struct spot_zone *out, struct err *err) {
    const struct spot_price_series *series = series_of(prices, out->name);
    if (!series)
        return no_series(prices, out->name, arena, err);
    int64_t start = start_epoch_ns < 0 ? prices->first_epoch_ns : start_epoch_ns;
    if (series->points[0].epoch_ns > start)
        return err_at(err, prices->name, 0, 0,
                      "the prices of zone %.40s begin %.4f h after the run does", out->name,
                      hours_of(series->points[0].epoch_ns - start));
    int64_t end_ns = (end + TICKS_PER_NS - 1) / TICKS_PER_NS;
    if (prices->last_epoch_ns - start < end_ns) {
        err_at(err, prices->name, 0, 0, "the prices end after %.4f h, the run takes %.4f h",
               hours_of(prices->last_epoch_ns - start), hours_of(end_ns));
        err_hint(err, "prices after the last record are not known: begin earlier or replay less");
        return false;
    }
    struct spot_price_step *steps = arena_new(arena, struct spot_price_step, series->n);
    int n = 0;
    for (int i = 0; i < series->n && series->points[i].epoch_ns - start < end_ns; i++) {
        int64_t at_ns = series->points[i].epoch_ns - start;
        n -= at_ns <= 0 && n > 0;
        steps[n++] = (struct spot_price_step){at_ns > 0 ? at_ns * TICKS_PER_NS : 0,
                                              series->points[i].usd_per_hour};
    }
    out->n_prices = n;
    out->prices = steps;
    return true;
}
