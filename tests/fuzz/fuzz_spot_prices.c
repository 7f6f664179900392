/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spot_prices_read: series inside the ranges of the header, or one mistake; then every zone as the
 * market has it from the first instant at which all have a price. */
#include <math.h>
#include <string.h>

#include "sim/spot_market.h"
#include "target.h"

const char *const fuzz_name = "spot_prices";
const bool fuzz_unpacks = true;
const char *const fuzz_words[] = {"{\"NextToken\": \"\", \"SpotPriceHistory\": [",
                                  "{\"AvailabilityZone\": \"z-1a\", ",
                                  "\"InstanceType\": \"p3.2xlarge\", ",
                                  "\"ProductDescription\": \"Linux/UNIX\", ",
                                  "\"SpotPrice\": \"0.9\", ",
                                  "\"Timestamp\": \"2020-02-20T22:06:16.000Z\"}",
                                  "]}",
                                  "1969-12-31T23:59:59Z",
                                  "2262-04-11T23:47:16Z",
                                  "1e6",
                                  "1e-320",
                                  "0",
                                  "\"",
                                  ",",
                                  "\\u0000",
                                  NULL};

static void check_prices(const struct spot_prices *prices) {
    ENSURE(prices->n_zones >= 1 && prices->first_epoch_ns >= 0);
    for (int z = 0; z < prices->n_zones; z++) {
        const struct spot_price_series *series = &prices->zones[z];
        ENSURE(series->n >= 1 && series->zone[0]);
        ENSURE(z == 0 || strcmp(prices->zones[z - 1].zone, series->zone) < 0);
        ENSURE(series->points[0].epoch_ns <= prices->first_epoch_ns);
        for (int i = 0; i < series->n; i++) {
            const struct spot_price_point *point = &series->points[i];
            ENSURE(isfinite(point->usd_per_hour) && point->usd_per_hour > 0);
            ENSURE(point->epoch_ns <= prices->last_epoch_ns);
            ENSURE(i == 0 || (point->epoch_ns > point[-1].epoch_ns &&
                              point->usd_per_hour != point[-1].usd_per_hour));
        }
    }
}

static void check_zones(struct arena *arena, const struct spot_prices *prices) {
    int64_t run_ns = prices->last_epoch_ns - prices->first_epoch_ns;
    run_ns = run_ns < TICKS_MAX / TICKS_PER_NS ? run_ns : TICKS_MAX / TICKS_PER_NS;
    for (int z = 0; run_ns > 0 && z < prices->n_zones; z++) {
        struct err err = {0};
        struct spot_zone zone = {.name = prices->zones[z].zone};
        ENSURE(spot_zone_price(arena, prices, -1, run_ns * TICKS_PER_NS, &zone, &err));
        ENSURE(zone.n_prices >= 1 && zone.prices[0].from == 0);
        for (int i = 1; i < zone.n_prices; i++)
            ENSURE(zone.prices[i].from > zone.prices[i - 1].from);
    }
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_prices prices = {.n_zones = -7};
    struct source *source = source_open_memory(&arena, bytes, "fuzzed", &err);
    ENSURE(source != NULL);
    bool fine = spot_prices_read(&arena, source, &prices, &err);
    source_close(source);
    if (!fine) {
        fuzz_check_words(&err);
        ENSURE(prices.n_zones == -7);
    } else {
        check_prices(&prices);
        check_zones(&arena, &prices);
    }
    arena_release(&arena);
    return fine;
}
