/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spot prices that AWS printed in 2020 (HEADROOM_DATA, traces/aws-spot-price-2020), billed by the
 * hour: a whole study whose one spot instance comes and goes by hand, against the integral of the
 * history over the times it runs, hour by hour from the file's own records; and the zones that a
 * plan chooses, against the least price of each hour. */
#include "study_memory.h"

#include <math.h>

#include "sim/spot_trace.h"
#include "tests/sim/published_data.h"

#define PRICES "traces/aws-spot-price-2020/us-east-1/p3.2xlarge.json"

/* Down in the third of each six steps of four hours: 8 to 12 h of each day. */
#define GAPS "1, 1, 0, 1, 1, 1"
static const char gaps[] = "{\"metadata\": {\"gap_seconds\": 14400}, \"data\": [" GAPS ", " GAPS
                           ", " GAPS ", " GAPS ", " GAPS ", " GAPS ", " GAPS ", 1]}";

static const char scenario[] = HEAD "workloads:\n" WORKLOAD(
    "embed", "0.02 req/s",
    "[ { instance: p3.2xlarge } ]") "purchase: [ on_demand, spot ]\n"
                                    "policy: { spot_share_max: 100% }\n"
                                    "spot: { prices: prices.json, zones: [ { zone: us-east-1b, "
                                    "trace: gaps.json } ] }\n";

/* The mean price of an hour after `start_ns`, from the records: each holds until the next. */
static double hour_mean(const struct spot_price_series *series, int64_t start_ns, int hour) {
    const int64_t second_ns = 1000000000LL;
    int64_t from = start_ns + hour * 3600 * second_ns;
    double sum = 0;
    for (int second = 0; second < 3600; second += 60) { /* a minute at a time: stamps are rounded */
        int64_t at = from + second * second_ns;
        double seconds = 0;
        for (int i = 0; i < series->n; i++) {
            int64_t begin = series->points[i].epoch_ns;
            int64_t end = i + 1 < series->n ? series->points[i + 1].epoch_ns : INT64_MAX;
            int64_t low = begin > at ? begin : at;
            int64_t high = end < at + 60 * second_ns ? end : at + 60 * second_ns;
            if (high <= low)
                continue;
            seconds += (double)(high - low) * 1e-9;
            sum += series->points[i].usd_per_hour * (double)(high - low) * 1e-9;
        }
        cr_assert(epsilon_eq(dbl, seconds, 60, 1e-6));
    }
    return sum / 3600;
}

Test(spot_bill, is_the_integral_of_the_history) {
    struct arena arena = {0};
    struct err err = {0};
    struct bytes text = data_read(&arena, PRICES);
    const char *json = arena_strndup(&arena, text.data, text.n);
    struct spot_prices prices;
    struct source *source = source_open_memory(&arena, text, "prices.json", &err);
    cr_assert(spot_prices_read(&arena, source, &prices, &err), "%s", err.what);
    source_close(source);
    int zone = -1;
    for (int z = 0; z < prices.n_zones; z++)
        zone = strcmp(prices.zones[z].zone, "us-east-1b") == 0 ? z : zone;
    cr_assert(ge(int, zone, 0));
    const struct memory_file files[] = {
        {"t.yaml", scenario}, {"gaps.json", gaps}, {"prices.json", json}, {NULL, NULL}};
    struct study study;
    cr_assert(
        eq(str, (char *)memory_study(&arena, (struct memory_run){.files = files}, &study), ""));
    double want = 0, mean = 0, hours = 0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double usd = hour_mean(&prices.zones[zone], prices.first_epoch_ns, h);
        int of_day = h % 24;
        double runs = of_day == 8 ? 120 / 3600.0 : of_day > 8 && of_day < 12 ? 0 : 1;
        want += usd * runs;
        mean += usd / HOURS_PER_WEEK;
        hours += runs;
    }
    double billed = money_amount_usd(study.recommended.bills[0].total_by_kind[CHARGE_SPOT]);
    cr_assert(epsilon_eq(dbl, billed, want, 1e-6), "%g, not %g", billed, want);
    cr_assert(gt(dbl, fabs(hours * mean - want), 1e-4)); /* the mutant: the mean of the week */
    arena_release(&arena);
}

static void open_prices(struct arena *arena, const char **json, struct spot_prices *out) {
    struct err err = {0};
    struct bytes text = data_read(arena, PRICES);
    *json = arena_strndup(arena, text.data, text.n);
    struct source *source = source_open_memory(arena, text, "prices.json", &err);
    cr_assert(spot_prices_read(arena, source, out, &err), "%s", err.what);
    source_close(source);
}

#define ONES "1, 1, 1, 1, 1, 1, 1"
static const char up[] = "{\"metadata\": {\"gap_seconds\": 14400}, \"data\": [" ONES ", " ONES
                         ", " ONES ", " ONES ", " ONES ", " ONES ", 1]}";

/* Every zone of the file is up all week. Whether the plan moves or stays, it and what the replay
 * bills for it, boots of moves included, are between the least price of each hour and one zone all
 * week. */
Test(spot_bill, a_plan_that_moves_beats_every_zone_alone) {
    struct arena arena = {0};
    const int64_t start_ns = 1581379200LL * 1000000000LL; /* 2020-02-11 */
    struct spot_prices prices;
    const char *json;
    open_prices(&arena, &json, &prices);
    struct text text = {.arena = &arena};
    text_append_string(&text,
                       HEAD "workloads:\n" WORKLOAD(
                           "embed", "0.02 req/s",
                           "[ { instance: p3.2xlarge } ]") "purchase: [ on_demand, spot ]\n"
                                                           "policy: { spot_share_max: 100% }\n"
                                                           "spot:\n  prices: prices.json\n  "
                                                           "prices_from: 2020-02-11\n  zones:\n");
    for (int z = 0; z < prices.n_zones; z++)
        text_printf(&text, "    - { zone: %s, trace: up.json }\n", prices.zones[z].zone);
    const struct memory_file files[] = {
        {"t.yaml", text.data}, {"up.json", up}, {"prices.json", json}, {NULL, NULL}};
    struct study study;
    cr_assert(
        eq(str, (char *)memory_study(&arena, (struct memory_run){.files = files}, &study), ""));
    const struct plan *plan = study.recommended.plan;
    double want = 0, even = 0, planned = 0, stays = INFINITY, alone[SPOT_ZONES_MAX] = {0};
    int moves = 0, before = -1, n_hours = study.demand.n_hours;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double least = INFINITY, sum = 0;
        int in = -1;
        for (int z = 0; z < prices.n_zones; z++) {
            double usd = hour_mean(&prices.zones[z], start_ns, h);
            least = fmin(least, usd);
            sum += usd;
            alone[z] += usd;
            in = plan->spot_in_zone[z * n_hours + h] > 0 ? z : in;
        }
        cr_assert(ge(int, in, 0), "hour %d", h);
        moves += before >= 0 && in != before;
        before = in;
        want += least;
        even += sum / prices.n_zones;
        planned += plan->hour_usd[h];
    }
    double billed = money_amount_usd(study.recommended.bills[0].total_by_kind[CHARGE_SPOT]);
    for (int z = 0; z < prices.n_zones; z++)
        stays = fmin(stays, alone[z]);
    cr_log_info("a week of %d zones: %.4f at the least price, %.4f planned, %d moves, %.4f billed, "
                "%.4f in the best one, %.4f evenly",
                prices.n_zones, want, planned, moves, billed, stays, even);
    cr_assert(gt(int, moves, 0));
    cr_assert(ge(dbl, planned, want - 1e-9));
    cr_assert(ge(dbl, billed, planned - 1e-6));
    cr_assert(le(dbl, billed, stays + 1e-6));
    cr_assert(lt(dbl, stays, even));
    arena_release(&arena);
}

int main(int argc, char *argv[]) {
    int missing = data_missing(PRICES);
    return missing ? missing : data_run_tests(argc, argv);
}
