/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spot trace and price files from memory: what they become, by hand, and the exact words and places
 * of what is refused. */
#include "sim/spot_trace.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#define NS_PER_SECOND 1000000000LL

static bool read_text(struct arena *arena, const char *text, struct spot_trace *out,
                      struct err *err) {
    struct source *source = source_open_memory(arena, bytes_of(text), "spot", err);
    cr_assert(source != NULL);
    bool fine = spot_trace_read(arena, source, out, err);
    source_close(source);
    return fine;
}

static bool read_prices(struct arena *arena, const char *text, struct spot_prices *out,
                        struct err *err) {
    struct source *source = source_open_memory(arena, bytes_of(text), "prices", err);
    cr_assert(source != NULL);
    bool fine = spot_prices_read(arena, source, out, err);
    source_close(source);
    return fine;
}

static void check_points(const struct spot_trace *trace, const int64_t (*want)[2], int n) {
    cr_assert(eq(int, trace->n, n));
    for (int i = 0; i < n; i++) {
        cr_assert(eq(i64, trace->points[i].at_ns, want[i][0] * NS_PER_SECOND));
        cr_assert(eq(i64, trace->points[i].instances, want[i][1]));
    }
}

Test(spot_trace, steps) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_trace trace;
    cr_assert(read_text(&arena, "{\"metadata\": {\"gap_seconds\": 300}, \"data\": [4, 4, 0, 0, 2]}",
                        &trace, &err));
    static const int64_t want[][2] = {{0, 4}, {600, 0}, {1200, 2}};
    check_points(&trace, want, 3);
    cr_assert(eq(int, trace.format, SPOT_TRACE_STEPS));
    cr_assert(eq(i64, trace.span_ns, 1500 * NS_PER_SECOND));
    cr_assert(eq(i64, trace.start_epoch_ns, -1));
    cr_assert(eq(i32, trace.instances_max, 4));
    arena_release(&arena);
}

/* The second add comes later in the file but earlier in time; nothing is held before 2 s. */
Test(spot_trace, events) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_trace trace;
    cr_assert(read_text(&arena,
                        "4000,add,b\n2000,add,a\n5000,remove,a\n5000,add,c\n9000,remove,b\n",
                        &trace, &err));
    static const int64_t want[][2] = {{0, 0}, {2, 1}, {4, 2}};
    check_points(&trace, want, 3);
    cr_assert(eq(int, trace.format, SPOT_TRACE_EVENTS));
    cr_assert(eq(i64, trace.span_ns, 9 * NS_PER_SECOND));
    cr_assert(eq(int, trace.n_descents, 1));
    arena_release(&arena);
}

/* Of rows with one stamp the last counts, also after a step back in time. */
Test(spot_trace, counts) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_trace trace;
    cr_assert(read_text(&arena,
                        "2021-12-10, 23:59:00, 8\n2021-12-11, 00:00:00, 8\n"
                        "2021-12-10, 23:59:00, 7\n2021-12-11, 00:00:00, 6\n"
                        "2021-12-11, 00:01:30, 6",
                        &trace, &err));
    static const int64_t want[][2] = {{0, 7}, {60, 6}};
    check_points(&trace, want, 2);
    cr_assert(eq(int, trace.format, SPOT_TRACE_COUNTS));
    cr_assert(eq(i64, trace.span_ns, 150 * NS_PER_SECOND));
    cr_assert(eq(i64, trace.start_epoch_ns, 1639180740 * NS_PER_SECOND));
    cr_assert(eq(int, trace.n_descents, 1));
    arena_release(&arena);
}

/* Up 600 s at 4 and 300 s at 2, down 600 s: 3000 instance seconds; 4 and 2 lost, the 4 at once. */
Test(spot_trace, statistics) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_trace trace;
    cr_assert(read_text(&arena,
                        "{\"metadata\": {\"gap_seconds\": 300}, \"data\": [4, 4, 0, 2, 0, 0, 0]}",
                        &trace, &err));
    struct spot_trace_stats stats = spot_trace_stats(&arena, &trace);
    cr_assert(epsilon_eq(dbl, stats.availability, 3.0 / 7, 1e-15));
    cr_assert(epsilon_eq(dbl, stats.instances_mean, 10.0 / 7, 1e-15));
    cr_assert(eq(int, stats.n_up, 2));
    cr_assert(eq(int, stats.n_down, 2));
    cr_assert(eq(dbl, stats.up_mean_s, 450));
    cr_assert(eq(dbl, stats.up_median_s, 450));
    cr_assert(eq(dbl, stats.down_mean_s, 600));
    cr_assert(eq(dbl, stats.down_median_s, 600));
    cr_assert(eq(int, stats.n_drops, 2));
    cr_assert(eq(int, stats.n_drops_to_zero, 1));
    cr_assert(eq(i64, stats.lost, 6));
    cr_assert(eq(dbl, stats.between_losses_s, 500));
    cr_assert(
        read_text(&arena, "{\"metadata\": {\"gap_seconds\": 1}, \"data\": [1]}", &trace, &err));
    stats = spot_trace_stats(&arena, &trace);
    cr_assert(isnan(stats.down_mean_s) && isnan(stats.down_median_s) &&
              isnan(stats.between_losses_s));
    cr_assert(eq(dbl, stats.availability, 1));
    arena_release(&arena);
}

static const struct {
    const char *text;
    int line, column;
    const char *what;
} refused[] = {
    {"", 0, 0, "the spot trace is empty"},
    {"{\"metadata\": {\"gap_seconds\": 300}, \"data\": [1,]}", 1, 47,
     "not valid JSON: unexpected token near ']'"},
    {"{\"metadata\": {\"gap_seconds\": 300},\n \"data\": [1, 0, -1]}", 2, 17,
     "a count of instances must be a whole number, 0 to 1000000"},
    {"{\"metadata\": {\"gap_seconds\": 300}, \"data\": [0.5]}", 1, 45,
     "a count of instances must be a whole number, 0 to 1000000"},
    {"{\"metadata\": {\"gap_seconds\": 300}, \"data\": []}", 1, 44,
     "data must be a list of instance counts"},
    {"{\"metadata\": {\"gap_seconds\": 300}}", 1, 1, "data must be a list of instance counts"},
    {"{\"metadata\": {\"gap_seconds\": 0}, \"data\": [1]}", 1, 30,
     "metadata.gap_seconds must be the step of the trace, 0.001 to 366 days"},
    {"{\"metadata\": {\"gap\": 0}, \"data\": [1]}", 1, 14,
     "metadata.gap_seconds must be the step of the trace, 0.001 to 366 days"},
    {"{\"metadata\": {\"gap_seconds\": 300}, \"zone\": 1, \"data\": [1]}", 1, 44,
     "unknown key 'zone'"},
    {"{\"metadata\": {\"gap_seconds\": 300}, \"data\": [1, 1], \"prices\": [1]}", 1, 62,
     "prices must be a list as long as data, 2"},
    {"{\"metadata\": {\"gap_seconds\": 300}, \"data\": [1, 1], \"prices\": [1, 0]}", 1, 66,
     "a price must be USD per hour above 0"},
    {"0,add,a\n1,add,a\n", 2, 1, "node 'a' is added though it is there"},
    {"0,add,a\n1,remove,b\n", 2, 1, "node 'b' is removed though it is not there"},
    {"0,add,a\nx,remove,a\n", 2, 1, "expected milliseconds after the start"},
    {"0,add,a\n1,gone,a\n", 2, 3, "expected 'add' or 'remove'"},
    {"0,add,\n", 1, 7, "expected the name of a node"},
    {"0,add\n", 1, 0, "expected three fields"},
    {"0,add,a\n0,add,b\n", 0, 0, "the trace lasts no time"},
    {"2021-12-10, 13:07:45, 80\n2021-12-10, 13:65:00, 80\n", 2, 1, "expected a date and a time"},
    {"2021-12-10, 13:07:45, 8x\n", 1, 23, "expected a count of instances"},
    {"1677-12-10, 13:07:45, 8\n", 1, 1, "expected a date and a time"},
    {"1970-12-10, 13:07:45, 8\n2170-12-10, 13:07:45, 8\n", 0, 0,
     "the trace is longer than 100 years"},
};

Test(spot_trace, refuses_with_a_place) {
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct spot_trace trace = {.n = -7};
        cr_expect(not(read_text(&arena, refused[i].text, &trace, &err)), "%s", refused[i].text);
        cr_expect(eq(str, err.what, (char *)refused[i].what), "%s", refused[i].text);
        cr_expect(eq(int, err.line, refused[i].line), "%s", refused[i].text);
        cr_expect(eq(int, err.column, refused[i].column), "%s", refused[i].text);
        cr_expect(eq(int, trace.n, -7));
        arena_release(&arena);
    }
}

/* --- prices --- */

#define RECORD(zone, type, price, time)                                                            \
    "{\"AvailabilityZone\": \"" zone "\", \"InstanceType\": \"" type                               \
    "\", \"ProductDescription\": \"Linux/UNIX\", \"SpotPrice\": \"" price                          \
    "\", \"Timestamp\": \"" time "\"}"
#define HISTORY(records) "{\"NextToken\": \"\", \"SpotPriceHistory\": [" records "]}"

/* Newest first; of two records of one second the file's first is the newer. */
Test(spot_trace, prices) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_prices prices;
    cr_assert(read_prices(
        &arena,
        HISTORY(
            RECORD("z-1b", "p3", "1.50", "2020-01-01T02:00:00.000Z") "," RECORD("z-1a", "p3", "1.25", "2020-01-01T01:30:00.000Z") "," RECORD(
                "z-1a", "p3", "9.99",
                "2020-01-01T01:30:00.000Z") "," RECORD("z-1a", "p3", "1.00",
                                                       "2020-01-01T01:00:00.000Z") "," RECORD("z-"
                                                                                              "1a",
                                                                                              "p3",
                                                                                              "1."
                                                                                              "00",
                                                                                              "2020"
                                                                                              "-01-"
                                                                                              "01T0"
                                                                                              "0:"
                                                                                              "00:"
                                                                                              "00."
                                                                                              "000"
                                                                                              "Z")),
        &prices, &err));
    int64_t midnight = 1577836800 * NS_PER_SECOND, hour = 3600 * NS_PER_SECOND;
    cr_assert(eq(int, prices.n_zones, 2));
    cr_assert(eq(str, (char *)prices.zones[0].zone, "z-1a"));
    cr_assert(eq(int, prices.zones[0].n, 2));
    cr_assert(eq(i64, prices.zones[0].points[0].epoch_ns, midnight));
    cr_assert(eq(i64, prices.zones[0].points[1].epoch_ns, midnight + 3 * hour / 2));
    cr_assert(eq(dbl, prices.zones[0].points[1].usd_per_hour, 1.25));
    cr_assert(eq(i64, prices.first_epoch_ns, midnight + 2 * hour));
    cr_assert(eq(i64, prices.last_epoch_ns, midnight + 2 * hour));
    cr_assert(eq(str, (char *)prices.instance, "p3"));
    arena_release(&arena);
}

static const struct {
    const char *text;
    int line, column;
    const char *what;
} refused_prices[] = {
    {"{\"SpotPriceHistory\": []}", 1, 22, "no list 'SpotPriceHistory' of prices"},
    {"[]", 1, 1, "no list 'SpotPriceHistory' of prices"},
    {HISTORY(RECORD("a", "p3", "0", "2020-01-01T00:00:00Z")), 1, 137,
     "a price must be USD per hour above 0"},
    {HISTORY(RECORD("a", "p3", "1", "yesterday")), 1, 155,
     "expected a time like 2020-02-20T22:06:16.000Z"},
    {HISTORY(RECORD("a", "p3", "1", "2020-01-01T00:00:00Z") ",\n" RECORD("a", "p2", "1",
                                                                         "2020-01-01T01:00:00Z")),
     2, 43, "'p2' among prices of 'p3'"},
    {HISTORY("{\"AvailabilityZone\": 3}"), 1, 61, "a record needs the text 'AvailabilityZone'"},
    {HISTORY("{\"AvailabilityZone\": \"a\"}"), 1, 40, "a record needs the text 'InstanceType'"},
};

Test(spot_trace, refuses_prices_with_a_place) {
    for (size_t i = 0; i < sizeof refused_prices / sizeof refused_prices[0]; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct spot_prices prices = {.n_zones = -7};
        const char *text = refused_prices[i].text;
        cr_expect(not(read_prices(&arena, text, &prices, &err)), "%s", text);
        cr_expect(eq(str, err.what, (char *)refused_prices[i].what), "%s", text);
        cr_expect(eq(int, err.line, refused_prices[i].line), "%s", text);
        cr_expect(eq(int, err.column, refused_prices[i].column), "%s", text);
        cr_expect(eq(int, prices.n_zones, -7));
        arena_release(&arena);
    }
}

/* By hand: 1.00 for three hours, then 1.20 for one. */
Test(spot_trace, price_statistics) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_prices prices;
    cr_assert(read_prices(
        &arena,
        HISTORY(RECORD("b", "p3", "2", "2020-01-01T04:00:00Z") "," RECORD(
            "a", "p3", "1.20", "2020-01-01T03:00:00Z") "," RECORD("a", "p3", "1.00",
                                                                  "2020-01-01T00:00:00Z")),
        &prices, &err));
    struct spot_price_stats a = spot_price_stats(&prices, 0), b = spot_price_stats(&prices, 1);
    cr_assert(eq(int, a.n_changes, 1));
    cr_assert(eq(dbl, a.span_s, 4 * 3600));
    cr_assert(epsilon_eq(dbl, a.mean, 1.05, 1e-12));
    cr_assert(eq(dbl, a.least, 1.00));
    cr_assert(eq(dbl, a.most, 1.20));
    cr_assert(eq(dbl, b.mean, 2));
    cr_assert(eq(dbl, b.span_s, 0));
    arena_release(&arena);
}

Test(spot_trace, tells_files_by_how_they_begin) {
    static const struct {
        const char *head;
        enum spot_file file;
    } heads[] = {
        {" {\n \"metadata\": {\"gap", SPOT_FILE_TRACE},
        {"{\"data\": [1", SPOT_FILE_TRACE},
        {"0,add,node1\n0,add", SPOT_FILE_TRACE},
        {"12 , remove , node1", SPOT_FILE_TRACE},
        {"2021-12-10, 13:07:45, 80\n", SPOT_FILE_TRACE},
        {"{\"NextToken\": \"\"", SPOT_FILE_PRICES},
        {"{\"SpotPriceHistory\": [", SPOT_FILE_PRICES},
        {"{\"timestamp\": 0, \"input_length\"", SPOT_FILE_NONE},
        {"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,1,2", SPOT_FILE_NONE},
        {"2023-11-16 18:15:46.6805900,4808,10", SPOT_FILE_NONE},
        {"seconds,input,output", SPOT_FILE_NONE},
        {"{", SPOT_FILE_NONE},
        {"", SPOT_FILE_NONE},
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        cr_expect(eq(int, spot_file_of(bytes_of(heads[i].head)), heads[i].file), "%s",
                  heads[i].head);
}
