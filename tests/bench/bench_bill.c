/* SPDX-License-Identifier: GPL-3.0-or-later */
/** 10 million ledger rows to charges: lives of minutes to days in a year, 20 offers, 8 workloads,
 * half of the commitments owned; and the plainest biller, which walks every second, on a day of the
 * same in the same run. CPU seconds, best of 3, in turn. */
#include <inttypes.h>
#include <stdio.h>

#include "base/rng.h"
#include "bench_help.h"
#include "tests/pricing/naive_biller.h"

enum { ROWS = 10000000, PLAIN_ROWS = 400, OFFERS = 16, WORKLOADS = 8, HELD = 12, RUNS = 3 };

static struct quote quote_of(usd_pico rate) {
    return (struct quote){.known = true, .rate = rate, .list = rate};
}

static void make_rows(struct usage_row *rows, int n, int64_t n_seconds) {
    for (int i = 0; i < n; i++) {
        struct rng rng = rng_open(1, (uint64_t)i, RNG_TEST, 0);
        int64_t from = (int64_t)rng_below(&rng, (uint64_t)n_seconds);
        int64_t life = 60 + (int64_t)rng_below(&rng, i % 50 ? 7200 : 259200);
        bool spot = i % 5 == 0;
        rows[i] = (struct usage_row){.kind = USAGE_INSTANCE,
                                     .offer = (int)rng_below(&rng, OFFERS),
                                     .workload = (int)rng_below(&rng, WORKLOADS),
                                     .spot = spot,
                                     .interrupted = spot && i % 3 == 0,
                                     .from_s = from,
                                     .to_s = from + life < n_seconds ? from + life : n_seconds,
                                     .quantity = 1};
    }
}

/* CPU seconds of one run. */
static double bill_once(const struct bill_input *input, bool plain, int64_t *n_charges) {
    struct arena arena = {0};
    struct bill bill = {0};
    struct err err;
    double before = cpu_seconds();
    if (plain) {
        struct naive_bill naive = naive_bill_of(input, NAIVE_SOUND);
        *n_charges = (int64_t)(naive.list * 0);
    } else {
        ENSURE(bill_compute(&arena, input, &bill, &err));
        *n_charges = bill.n_charges;
    }
    double seconds = cpu_seconds() - before;
    arena_release(&arena);
    return seconds;
}

int main(void) {
    static struct offer offers[OFFERS];
    static usd_pico rates[OFFERS];
    static struct function_plan_rates no_functions[OFFERS];
    static struct commitment held[HELD];
    static const char *const sizes[] = {"large", "xlarge", "2xlarge"};
    struct arena arena = {0};
    for (int o = 0; o < OFFERS; o++) {
        offers[o] = (struct offer){.kind = OFFER_INSTANCE,
                                   .sku = arena_printf(&arena, "m5.%s", sizes[o % 3]),
                                   .region = arena_printf(&arena, "region-%d", o / 3),
                                   .family = "m5",
                                   .on_demand = quote_of((1 + o) * 100000000000),
                                   .spot = quote_of((1 + o) * 30000000000)};
        rates[o] = (50 + o) * offers[o].on_demand.rate / 100;
    }
    for (int k = 0; k < HELD; k++) {
        bool plan = k % 3 == 0;
        held[k] = (struct commitment){
            .name = "held",
            .terms = {plan ? COMMIT_PLAN_COMPUTE : COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT},
            .offer = plan ? -1 : k,
            .count = plan ? 0 : 20,
            .hourly = plan ? 0 : offers[k].on_demand.rate / 2,
            .plan_usd_per_hour = plan ? 50 * USD_NANO_PER_USD : 0,
            .plan_rates = rates,
            .function_rates = no_functions,
            .to_s = INT64_MAX};
    }
    struct usage_row *rows = arena_new(&arena, struct usage_row, ROWS);
    struct usage_row *few = arena_new(&arena, struct usage_row, PLAIN_ROWS);
    struct usage_ledger year = {365 * 86400, ROWS, rows}, day = {86400, PLAIN_ROWS, few};
    make_rows(rows, ROWS, year.n_seconds);
    make_rows(few, PLAIN_ROWS, day.n_seconds);
    double best[3] = {1e9, 1e9, 1e9};
    int64_t n_charges[3];
    for (int run = 0; run < RUNS; run++)
        for (int i = 0; i < 3; i++) {
            struct bill_input input = {offers, OFFERS, i == 0 ? &year : &day, 1,
                                       held,   HELD,   {2027, 1, 1}};
            double seconds = bill_once(&input, i == 2, &n_charges[i]);
            best[i] = seconds < best[i] ? seconds : best[i];
        }
    printf("bill: %d rows of a year, %" PRId64 " charges: %.2f CPU s\n", ROWS, n_charges[0],
           best[0]);
    printf("bill: %d rows of a day: %.5f CPU s, plainest biller %.3f: ratio %.0f\n", PLAIN_ROWS,
           best[1], best[2], best[2] / best[1]);
    arena_release(&arena);
    return 0;
}
