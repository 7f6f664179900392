/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The published spot files where they lie ($HEADROOM_DATA). Availability: the market equals the
 * file at every tick, read here by a plain scan; the figures that the files' page prints, to its
 * digits. Prices: every record of the file holds from its stamp to the zone's next. A market
 * shifted by one tick must fail the first. */
#include "published_data.h"

#include <math.h>

#include "base/calendar.h"
#include "sim/spot_market.h"

#define SKYPILOT "traces/skypilot-spot-dev/"
#define BAMBOO "traces/bamboo-spot-events/"
#define PRICES "traces/aws-spot-price-2020/"
#define NS_PER_SECOND 1000000000LL

static struct spot_trace read_trace(struct arena *arena, const char *path) {
    struct err err = {0};
    struct spot_trace trace;
    struct source *source = source_open_memory(arena, data_read(arena, path), path, &err);
    cr_assert(source && spot_trace_read(arena, source, &trace, &err), "%s:%d: %s", path, err.line,
              err.what);
    source_close(source);
    return trace;
}

/* --- SkyPilot --- */

/* As the page prints them. */
static const struct {
    const char *file;
    int step_s, points;
    const char *days, *mean;
    int max;
    const char *up_share;
    int drops;
    const char *up_hours, *down_hours;
} published[] = {
#define A23 SKYPILOT "availability/1-node/aws-02-15-2023/"
#define A22 SKYPILOT "availability/1-node/aws-10-26-2022/"
#define P1 SKYPILOT "preemption/1-node/aws-04-19-2023/"
#define P4 SKYPILOT "preemption/4-node/aws-08-03-2023/"
    {A23 "us-east-1a_v100_1.json", 195, 20158, "45.5", "0.167", 1, "0.167", 253, "0.719", "3.58"},
    {A23 "us-east-1c_v100_1.json", 195, 20158, "45.5", "0.467", 1, "0.467", 343, "1.48", "1.69"},
    {A23 "us-east-1d_v100_1.json", 195, 20158, "45.5", "0.447", 1, "0.447", 293, "1.66", "2.05"},
    {A23 "us-east-1f_v100_1.json", 195, 20158, "45.5", "0.591", 1, "0.591", 285, "2.26", "1.56"},
    {A23 "us-east-2a_v100_1.json", 195, 20158, "45.5", "0.759", 1, "0.759", 145, "5.68", "1.8"},
    {A23 "us-east-2b_v100_1.json", 195, 20158, "45.5", "0.682", 1, "0.682", 174, "4.26", "1.98"},
    {A23 "us-west-2a_v100_1.json", 195, 20158, "45.5", "0.883", 1, "0.883", 158, "6.06", "0.808"},
    {A23 "us-west-2b_v100_1.json", 195, 20158, "45.5", "0.905", 1, "0.905", 94, "10.4", "1.1"},
    {A23 "us-west-2c_v100_1.json", 195, 20158, "45.5", "0.891", 1, "0.891", 142, "6.81", "0.836"},
    {A22 "us-west-2a_k80_1.json", 600, 3895, "27.0", "0.893", 1, "0.893", 132, "4.36", "0.528"},
    {A22 "us-west-2a_k80_8.json", 600, 3895, "27.0", "0.326", 1, "0.326", 135, "1.57", "3.22"},
    {A22 "us-west-2a_v100_1.json", 600, 3895, "27.0", "0.793", 1, "0.793", 126, "4.05", "1.07"},
    {A22 "us-west-2a_v100_8.json", 600, 3895, "27.0", "0.48", 1, "0.48", 269, "1.16", "1.25"},
    {A22 "us-west-2b_k80_1.json", 600, 3895, "27.0", "0.117", 1, "0.117", 47, "1.61", "12.2"},
    {A22 "us-west-2b_k80_8.json", 600, 3895, "27.0", "0.408", 1, "0.408", 246, "1.08", "1.56"},
    {A22 "us-west-2b_v100_1.json", 600, 3895, "27.0", "0.716", 1, "0.716", 171, "2.7", "1.07"},
    {A22 "us-west-2b_v100_8.json", 600, 3895, "27.0", "0.466", 1, "0.466", 399, "0.756", "0.867"},
    {P1 "us-east-1b_intel_64.json", 34, 16090, "6.3", "0.851", 1, "0.851", 66, "1.93", "0.339"},
    {P1 "us-east-1c_intel_64.json", 34, 16090, "6.3", "0.639", 1, "0.639", 128, "0.753", "0.425"},
    {P1 "us-east-1d_intel_64.json", 34, 16090, "6.3", "0.94", 1, "0.94", 27, "5.1", "0.326"},
    {P4 "us-east-1f_v100_1.json", 300, 3664, "12.7", "1.38", 4, "0.383", 136, "2.66", "4.19"},
    {P4 "us-east-2a_v100_1.json", 300, 5131, "17.8", "2.92", 4, "0.749", 60, "21.4", "7.66"},
    {P4 "us-west-2c_v100_1.json", 300, 5131, "17.8", "3.26", 4, "0.839", 181, "4.6", "0.895"},
};
enum { N_PUBLISHED = sizeof published / sizeof published[0] };

/* The counts, by a plain scan of the list. */
static int scan(struct arena *arena, const char *path, int32_t **counts) {
    struct bytes text = data_read(arena, path);
    *counts = arena_new(arena, int32_t, text.n);
    int n = 0;
    for (const char *p = strchr(strstr(text.data, "\"data\""), '[') + 1; *p != ']';) {
        char *end;
        (*counts)[n++] = (int32_t)strtol(p, &end, 10);
        p = end + strspn(end, ", \n");
    }
    return n;
}

/* Ticks at which a market shifted by `shift` differs from the file: on each tick and just before
 * the next. Counts of a probe of one stand for what is asked for, here one. */
static int differences(struct arena *arena, const struct spot_trace *trace, const int32_t *counts,
                       int n, sim_ticks shift) {
    struct err err = {0};
    struct spot_zone zone = {.name = "z"};
    struct spot_replay replay = {.instances = trace->instances_max};
    sim_ticks step = trace->step_ns * TICKS_PER_NS;
    cr_assert(spot_zone_replay(arena, trace, &replay, n * step, &zone, &err), "%s", err.what);
    struct spot_market market = {1, &zone, n * step};
    int different = 0;
    for (int k = 0; k < n; k++) {
        sim_ticks last = (k + 1) * step - 1;
        different += spot_market_capacity(&market, 0, k * step + shift) != counts[k] ||
                     spot_market_capacity(&market, 0, last + shift) != counts[k];
    }
    return different;
}

Test(spot_published, the_market_equals_the_file_tick_by_tick) {
    for (int i = 0; i < N_PUBLISHED; i++) {
        struct arena arena = {0};
        struct spot_trace trace = read_trace(&arena, published[i].file);
        int32_t *counts;
        int n = scan(&arena, published[i].file, &counts);
        cr_assert(eq(int, n, published[i].points), "%s", published[i].file);
        cr_expect(eq(int, differences(&arena, &trace, counts, n, 0), 0), "%s", published[i].file);
        cr_expect(gt(int, differences(&arena, &trace, counts, n, 1), 0), "%s", published[i].file);
        arena_release(&arena);
    }
}

static void check_page(const char *file, const char *what, double value, const char *printed) {
    char name[160];
    snprintf(name, sizeof name, "%s: %s", file, what);
    data_check_printed(name, value, printed);
}

Test(spot_published, statistics_of_the_page) {
    for (int i = 0; i < N_PUBLISHED; i++) {
        struct arena arena = {0};
        const char *file = published[i].file;
        struct spot_trace trace = read_trace(&arena, file);
        struct spot_trace_stats stats = spot_trace_stats(&arena, &trace);
        cr_expect(eq(i64, trace.step_ns, published[i].step_s * NS_PER_SECOND), "%s", file);
        cr_expect(eq(i32, trace.instances_max, published[i].max), "%s", file);
        cr_expect(eq(int, stats.n_drops, published[i].drops), "%s", file);
        check_page(file, "days", stats.span_s / 86400, published[i].days);
        check_page(file, "mean", stats.instances_mean, published[i].mean);
        check_page(file, "up share", stats.availability, published[i].up_share);
        check_page(file, "mean up h", stats.up_mean_s / 3600, published[i].up_hours);
        check_page(file, "mean down h", stats.down_mean_s / 3600, published[i].down_hours);
        arena_release(&arena);
    }
}

/* --- Bamboo --- */

/* The page counts every removal, also those that an addition of the same instant makes up for and
 * the last one, after which nothing is known. */
Test(spot_published, bamboo_events) {
    static const struct {
        const char *file;
        int max;
        const char *hours;
        double lost_per_node_hour;
    } events[] = {{BAMBOO "p3-trace.csv", 32, "11.37", 0.611},
                  {BAMBOO "g4dn-trace.csv", 24, "10.77", 0.545}};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        struct arena arena = {0};
        struct spot_trace trace = read_trace(&arena, events[i].file);
        struct spot_trace_stats stats = spot_trace_stats(&arena, &trace);
        cr_expect(eq(int, trace.format, SPOT_TRACE_EVENTS));
        cr_expect(eq(i32, trace.instances_max, events[i].max));
        check_page(events[i].file, "hours", (double)trace.span_ns / 3.6e12, events[i].hours);
        cr_expect(epsilon_eq(dbl, 3600 / stats.between_losses_s, events[i].lost_per_node_hour,
                             0.03 * events[i].lost_per_node_hour));
        arena_release(&arena);
    }
}

Test(spot_published, bamboo_counts) {
    struct arena arena = {0};
    struct spot_trace trace = read_trace(&arena, BAMBOO "v100x1-east1c.txt");
    cr_expect(eq(int, trace.format, SPOT_TRACE_COUNTS));
    cr_expect(eq(int, trace.n_descents, 15));
    cr_expect(eq(i32, trace.instances_max, 80));
    check_page("v100x1-east1c", "hours", (double)trace.span_ns / 3.6e12, "24.2");
    cr_expect(eq(i64, trace.start_epoch_ns, 1639141665 * NS_PER_SECOND));
    arena_release(&arena);
}

/* --- prices --- */

static const struct {
    const char *file;
    int records, zones;
    const char *min, *max;
} published_prices[] = {
    {PRICES "us-east-1/p2.xlarge.json", 1000, 6, "0.337", "0.900"},
    {PRICES "us-east-1/p2.8xlarge.json", 604, 6, "2.160", "7.200"},
    {PRICES "us-east-1/p2.16xlarge.json", 501, 5, "4.320", "14.400"},
    {PRICES "us-east-1/p3.2xlarge.json", 874, 4, "0.918", "1.156"},
    {PRICES "us-east-1/p3.8xlarge.json", 271, 4, "3.672", "3.683"},
    {PRICES "us-east-1/p3.16xlarge.json", 264, 4, "7.344", "7.344"},
    {PRICES "us-west-2/p2.xlarge.json", 661, 3, "0.270", "0.377"},
    {PRICES "us-west-2/p2.8xlarge.json", 222, 3, "2.160", "2.160"},
    {PRICES "us-west-2/p2.16xlarge.json", 204, 3, "4.320", "4.320"},
    {PRICES "us-west-2/p3.2xlarge.json", 384, 3, "0.918", "1.049"},
    {PRICES "us-west-2/p3.8xlarge.json", 484, 3, "3.672", "4.191"},
    {PRICES "us-west-2/p3.16xlarge.json", 664, 3, "7.344", "9.286"},
};

/* The text of the next field of that name. */
static const char *field(const char *from, const char *name, char out[64]) {
    const char *p = strstr(from, name);
    if (!p)
        return NULL;
    p = strchr(p + strlen(name) + 1, '"') + 1;
    size_t n = strcspn(p, "\"");
    snprintf(out, 64, "%.*s", (int)n, p);
    return p + n;
}

/* The market begins at the file's first common stamp; every later record is in force at its stamp
 * unless the file has a newer one of that zone and stamp. */
static int check_records(struct arena *arena, const struct spot_prices *prices, const char *text) {
    struct err err = {0};
    struct spot_zone *zones = arena_new(arena, struct spot_zone, prices->n_zones);
    int64_t run_ns = prices->last_epoch_ns - prices->first_epoch_ns;
    for (int i = 0; i < prices->n_zones; i++) {
        zones[i].name = prices->zones[i].zone;
        cr_assert(spot_zone_price(arena, prices, -1, run_ns * TICKS_PER_NS, &zones[i], &err), "%s",
                  err.what);
    }
    struct spot_market market = {prices->n_zones, zones, run_ns * TICKS_PER_NS};
    int n = 0;
    char zone[64], price[64], stamp[64], last_zone[64] = "", last_stamp[64] = "";
    for (const char *p = text; (p = field(p, "\"AvailabilityZone\"", zone)) != NULL; n++) {
        p = field(p, "\"SpotPrice\"", price);
        p = field(p, "\"Timestamp\"", stamp);
        int64_t ns;
        cr_assert(calendar_parse_stamp_ns(bytes_of(stamp), &ns));
        bool newer = strcmp(zone, last_zone) == 0 && strcmp(stamp, last_stamp) == 0;
        int at = spot_market_find(&market, zone);
        cr_assert(ge(int, at, 0));
        if (ns >= prices->first_epoch_ns && ns < prices->last_epoch_ns && !newer)
            cr_assert(eq(
                dbl,
                spot_market_usd_per_hour(&market, at, (ns - prices->first_epoch_ns) * TICKS_PER_NS),
                data_number(bytes_of(price))));
        strcpy(last_zone, zone);
        strcpy(last_stamp, stamp);
    }
    return n;
}

Test(spot_published, prices) {
    for (size_t i = 0; i < sizeof published_prices / sizeof published_prices[0]; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct spot_prices prices;
        const char *file = published_prices[i].file;
        struct bytes text = data_read(&arena, file);
        struct source *source = source_open_memory(&arena, text, file, &err);
        cr_assert(source && spot_prices_read(&arena, source, &prices, &err), "%s", err.what);
        source_close(source);
        double low = INFINITY, high = 0;
        for (int z = 0; z < prices.n_zones; z++) {
            for (int k = 0; k < prices.zones[z].n; k++) {
                low = fmin(low, prices.zones[z].points[k].usd_per_hour);
                high = fmax(high, prices.zones[z].points[k].usd_per_hour);
            }
        }
        cr_expect(eq(int, prices.n_zones, published_prices[i].zones), "%s", file);
        check_page(file, "least", low, published_prices[i].min);
        check_page(file, "most", high, published_prices[i].max);
        cr_expect(eq(int, check_records(&arena, &prices, text.data), published_prices[i].records),
                  "%s", file);
        arena_release(&arena);
    }
}

int main(int argc, char *argv[]) {
    int missing = data_missing(published[0].file);
    if (missing)
        return missing;
    struct criterion_test_set *tests = criterion_initialize();
    int code = criterion_handle_args(argc, argv, true) ? !criterion_run_all_tests(tests) : 0;
    criterion_finalize(tests);
    return code;
}
