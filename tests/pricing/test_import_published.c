/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spot price histories that AWS printed in 2020 (HEADROOM_DATA, traces/aws-spot-price-2020):
 * the running mean of the importer against the mean over the sorted records of sim/spot_prices.c,
 * zone by zone. The middle of the range instead of a mean must not pass. */
#include <math.h>

#include "import_help.h"
#include "sim/spot_trace.h"
#include "tests/sim/published_data.h"

static const char *const files[] = {"us-east-1/p2.xlarge.json",  "us-east-1/p2.16xlarge.json",
                                    "us-east-1/p3.2xlarge.json", "us-west-2/p2.xlarge.json",
                                    "us-west-2/p3.2xlarge.json", "us-west-2/p3.16xlarge.json"};

static double rate_of(const struct import_report *report, const char *zone) {
    for (int i = 0; i < report->n_prices; i++)
        if (strcmp(report->prices[i].zone, zone) == 0)
            return money_rate_usd(report->prices[i].rate);
    return NAN;
}

static int check_file(const char *name, bool mutant) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_prices prices;
    struct import_report report;
    struct import_request request = {0};
    int wrong = 0;
    const char *path = arena_printf(&arena, "traces/aws-spot-price-2020/%s", name);
    struct bytes bytes = data_read(&arena, path);
    struct source *source = source_open_memory(&arena, bytes, name, &err);
    cr_assert(spot_prices_read(&arena, source, &prices, &err), "%s", err.what);
    source = source_open_memory(&arena, bytes, name, &err);
    cr_assert(price_import(&arena, source, &request, &report, &err), "%s", err.what);
    cr_assert(eq(int, report.n_prices, prices.n_zones + 1));
    for (int z = 0; z < prices.n_zones; z++) {
        double want = spot_price_stats(&prices, z).mean;
        if (mutant)
            want = (spot_price_stats(&prices, z).least + spot_price_stats(&prices, z).most) / 2;
        wrong += !(fabs(rate_of(&report, prices.zones[z].zone) - want) < 1e-9);
    }
    check_round_trip(&arena, &report);
    arena_release(&arena);
    return wrong;
}

Test(import_published, zone_means_are_those_of_the_sorted_records) {
    int mutants = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        cr_expect(eq(int, check_file(files[i], false), 0), "%s", files[i]);
        mutants += check_file(files[i], true);
    }
    cr_assert(gt(int, mutants, 0));
}

int main(int argc, char *argv[]) {
    int missing = data_missing("traces/aws-spot-price-2020/us-east-1/p2.xlarge.json");
    return missing ? missing : data_run_tests(argc, argv);
}
