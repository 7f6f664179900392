/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Random ledgers and commitments over a fixed list of offers that has every rule of a bill in it:
 * sizes of a flexible family, a family without flexibility, two regions, SageMaker, a function and
 * a transfer with volume tiers, a volume; zones, spot, others, capacity held, plans of every kind.
 */
#ifndef HEADROOM_TESTS_PRICING_BILL_RANDOM_H
#define HEADROOM_TESTS_PRICING_BILL_RANDOM_H

#include "base/rng.h"
#include "tests/pricing/bill_fixture.h"

enum {
    RANDOM_LARGE,
    RANDOM_XLARGE,
    RANDOM_ABROAD,
    RANDOM_G5,
    RANDOM_G5_2X,
    RANDOM_SAGEMAKER,
    RANDOM_INSTANCES,
    RANDOM_FUNCTION = RANDOM_INSTANCES,
    RANDOM_EGRESS,
    RANDOM_VOLUME,
    RANDOM_OFFERS,
    RANDOM_ROWS_MAX = 14,
    RANDOM_HELD_MAX = 6,
    RANDOM_WORKLOADS = 3,
};

struct random_bill {
    int64_t n_seconds;
    struct date start;
    int n_rows, n_held;
    struct offer offers[RANDOM_OFFERS];
    struct price_tier tiers[2][2]; /* of the function and of the transfer */
    struct usage_row rows[RANDOM_ROWS_MAX];
    struct commitment held[RANDOM_HELD_MAX];
    usd_pico plan_rates[RANDOM_HELD_MAX][RANDOM_OFFERS];
    struct function_plan_rates function_rates[RANDOM_HELD_MAX][RANDOM_OFFERS];
};

static inline int64_t random_below(struct rng *rng, int64_t n) {
    return (int64_t)rng_below(rng, (uint64_t)n);
}

static inline struct quote random_quote(struct rng *rng, double unit_usd, int64_t n) {
    return fixture_quote(unit_usd * (double)(1 + random_below(rng, n)));
}

static inline void random_offers(struct rng *rng, struct random_bill *out) {
    static const char *const names[RANDOM_INSTANCES][3] = {
        {"m5.large", "m5", "us-east-1"},   {"m5.xlarge", "m5", "us-east-1"},
        {"m5.large", "m5", "eu-west-1"},   {"g5.xlarge", "g5", "us-east-1"},
        {"g5.2xlarge", "g5", "us-east-1"}, {"ml.g5.xlarge", "ml", "us-east-1"}};
    for (int i = 0; i < RANDOM_INSTANCES; i++) {
        out->offers[i] = fixture_instance(names[i][0], names[i][1], 1, 1);
        out->offers[i].region = names[i][2];
        out->offers[i].on_demand = random_quote(rng, 0.01, 2000);
        out->offers[i].spot = random_quote(rng, 0.01, 1000);
    }
    out->offers[RANDOM_FUNCTION] =
        (struct offer){.kind = OFFER_FUNCTION,
                       .sku = "lambda-x86",
                       .region = "us-east-1",
                       .family = "",
                       .gb_second = random_quote(rng, 0.001, 50),
                       .million_requests = random_quote(rng, 0.1, 9),
                       .provisioned_gb_second = random_quote(rng, 0.001, 40),
                       .held_gb_second = random_quote(rng, 0.0001, 20)};
    out->offers[RANDOM_EGRESS] = (struct offer){.kind = OFFER_TRANSFER,
                                                .sku = "egress",
                                                .region = "us-east-1",
                                                .family = "",
                                                .gigabyte = random_quote(rng, 0.01, 20)};
    out->offers[RANDOM_VOLUME] = (struct offer){.kind = OFFER_STORAGE,
                                                .sku = "ebs-gp3",
                                                .region = "us-east-1",
                                                .family = "",
                                                .gb_month = random_quote(rng, 0.01, 20),
                                                .thousand_reads = random_quote(rng, 0.001, 20),
                                                .iops_month = random_quote(rng, 0.001, 20),
                                                .mbps_month = random_quote(rng, 0.01, 20)};
    for (int i = 0; i < 2; i++) {
        usd_pico rate = i ? out->offers[RANDOM_EGRESS].gigabyte.rate
                          : out->offers[RANDOM_FUNCTION].gb_second.rate;
        int64_t bound = out->start.year ? 300 : 400000;
        out->tiers[i][0] = (struct price_tier){1 + random_below(rng, bound), rate / 10 * 9};
        out->tiers[i][1] = (struct price_tier){out->tiers[i][0].from + 1 + random_below(rng, bound),
                                               rate / 10 * 7};
    }
}

static inline struct usage_row random_instances(struct rng *rng, const struct random_bill *c,
                                                bool zoned) {
    int64_t from = random_below(rng, c->n_seconds);
    int64_t to =
        from + random_below(rng, random_below(rng, 4) == 0 ? 90 : 2 * 3600 + c->n_seconds / 4);
    struct usage_row row = fixture_row(
        (int)random_below(rng, RANDOM_INSTANCES), (int)random_below(rng, RANDOM_WORKLOADS), from,
        to < c->n_seconds ? to : c->n_seconds, 1 + random_below(rng, 3));
    row.zone = zoned ? 1 + (int)random_below(rng, 2) : 0;
    row.spot = random_below(rng, 5) == 0;
    row.interrupted = row.spot && random_below(rng, 2) == 0;
    if (!row.spot && random_below(rng, 6) == 0)
        row.workload = USAGE_OTHERS;
    return row;
}

static inline struct usage_row random_use(struct rng *rng, const struct random_bill *c) {
    static const struct {
        enum usage_kind kind;
        int offer;
        int64_t most;
    } kinds[] = {{USAGE_FUNCTION_MB_MS, RANDOM_FUNCTION, 200 * 1024000},
                 {USAGE_FUNCTION_PROVISIONED_MB_MS, RANDOM_FUNCTION, 90 * 1024000},
                 {USAGE_FUNCTION_HELD_MB_S, RANDOM_FUNCTION, 300 * 1024},
                 {USAGE_FUNCTION_REQUESTS, RANDOM_FUNCTION, 5000000},
                 {USAGE_TRANSFER_BYTES, RANDOM_EGRESS, 200000000000},
                 {USAGE_VOLUME_GB_S, RANDOM_VOLUME, 500000 * 3600},
                 {USAGE_WEIGHT_BYTES, RANDOM_EGRESS, 200000000000},
                 {USAGE_WEIGHT_READS, RANDOM_VOLUME, 5000000}};
    int i = (int)random_below(rng, 8), others = random_below(rng, 5) == 0;
    int part = i == 5 ? (int)random_below(rng, 3) : 0; /* of a volume */
    int64_t n_hours = (c->n_seconds + 3599) / 3600;
    bool last = c->start.year && random_below(rng, 2); /* in the next month */
    int64_t hour = last ? n_hours - 1 : random_below(rng, n_hours);
    return (struct usage_row){.kind = (enum usage_kind)(kinds[i].kind + part),
                              .offer = kinds[i].offer,
                              .workload =
                                  others ? USAGE_OTHERS : (int)random_below(rng, RANDOM_WORKLOADS),
                              .from_s = hour * 3600,
                              .to_s = hour * 3600,
                              .quantity = random_below(rng, kinds[i].most)};
}

static inline struct commitment random_plan(struct rng *rng, const struct random_bill *c) {
    static const enum commitment_kind kinds[] = {COMMIT_PLAN_EC2, COMMIT_PLAN_COMPUTE,
                                                 COMMIT_PLAN_COMPUTE, COMMIT_PLAN_SAGEMAKER};
    enum commitment_kind kind = kinds[random_below(rng, 4)];
    bool ec2 = kind == COMMIT_PLAN_EC2;
    return (struct commitment){.name = "plan",
                               .terms = {kind, 1, PAY_NO_UPFRONT},
                               .owned = random_below(rng, 2) == 0,
                               .offer = -1,
                               .family = ec2 ? c->offers[random_below(rng, 5)].family : NULL,
                               .region = ec2 ? "us-east-1" : NULL,
                               .plan_usd_per_hour = random_below(rng, 1500) * 10000000,
                               .to_s = INT64_MAX};
}

static inline void random_held(struct rng *rng, struct random_bill *c, bool zoned, int k) {
    static const enum commitment_kind kinds[] = {COMMIT_RESERVED_STANDARD,
                                                 COMMIT_RESERVED_STANDARD,
                                                 COMMIT_RESERVED_CONVERTIBLE,
                                                 COMMIT_CAPACITY_BLOCK,
                                                 COMMIT_CAPACITY_RESERVATION,
                                                 COMMIT_PLAN_EC2,
                                                 COMMIT_PLAN_EC2,
                                                 COMMIT_PLAN_EC2};
    enum commitment_kind kind = kinds[random_below(rng, 8)];
    struct commitment *held = &c->held[k];
    if (commitment_kind_is_plan(kind)) {
        *held = random_plan(rng, c);
    } else {
        int offer = (int)random_below(rng, RANDOM_INSTANCES);
        *held = fixture_reserved(offer, (double)random_below(rng, 4), 0.01);
        held->terms.kind = kind;
        held->owned = random_below(rng, 2) == 0;
        held->hourly = c->offers[offer].on_demand.rate / 100 * (30 + random_below(rng, 60));
        bool whole_zone = commitment_kind_holds_capacity(kind);
        held->zone =
            zoned && (whole_zone || random_below(rng, 2)) ? 1 + (int)random_below(rng, 2) : 0;
    }
    if (random_below(rng, 4) == 0) {
        held->from_s = random_below(rng, c->n_seconds);
        held->to_s = held->from_s + random_below(rng, c->n_seconds);
    }
}

static inline void random_rates(struct rng *rng, struct random_bill *c, int k) {
    for (int o = 0; o < RANDOM_INSTANCES; o++)
        c->plan_rates[k][o] = random_below(rng, 8) == 0 ? 0
                                                        : c->offers[o].on_demand.rate / 100 *
                                                              (20 + 5 * random_below(rng, 15));
    const struct offer *function = &c->offers[RANDOM_FUNCTION];
    if (random_below(rng, 3))
        c->function_rates[k][RANDOM_FUNCTION] = (struct function_plan_rates){
            function->gb_second.rate / 100 * (80 + random_below(rng, 20)),
            function->provisioned_gb_second.rate / 100 * (80 + random_below(rng, 20)),
            function->held_gb_second.rate / 100 * (80 + random_below(rng, 20))};
}

/** One in ten ledgers runs past the end of a month. */
static inline struct random_bill random_bill(uint64_t seed, uint64_t number) {
    struct rng rng = rng_open(seed, number, RNG_TEST, 7);
    struct random_bill c = {.n_rows = (int)random_below(&rng, RANDOM_ROWS_MAX + 1),
                            .n_held = (int)random_below(&rng, RANDOM_HELD_MAX + 1)};
    bool zoned = random_below(&rng, 2);
    if (random_below(&rng, 10) == 0) {
        c.start = (struct date){2028, 2, 29};
        c.n_seconds = 3600 * (23 + random_below(&rng, 4));
    } else {
        c.n_seconds = 3600 * (1 + random_below(&rng, 3));
        c.n_seconds -= random_below(&rng, 3) ? 0 : random_below(&rng, 3600);
    }
    random_offers(&rng, &c);
    for (int i = 0; i < c.n_rows; i++)
        c.rows[i] =
            random_below(&rng, 3) ? random_instances(&rng, &c, zoned) : random_use(&rng, &c);
    for (int k = 0; k < c.n_held; k++) {
        random_rates(&rng, &c, k);
        random_held(&rng, &c, zoned, k);
    }
    return c;
}

/** The input of the biller; its rows are one piece, `*ledger`. Points into the case: made anew
 * after every copy of it. */
static inline struct bill_input random_bill_input(struct random_bill *c,
                                                  struct usage_ledger *ledger) {
    c->offers[RANDOM_FUNCTION].gb_second.n_tiers = c->offers[RANDOM_EGRESS].gigabyte.n_tiers = 2;
    c->offers[RANDOM_FUNCTION].gb_second.tiers = c->tiers[0];
    c->offers[RANDOM_EGRESS].gigabyte.tiers = c->tiers[1];
    for (int k = 0; k < c->n_held; k++) {
        c->held[k].plan_rates = c->plan_rates[k];
        c->held[k].function_rates = c->function_rates[k];
    }
    *ledger = (struct usage_ledger){c->n_seconds, c->n_rows, c->rows};
    return (struct bill_input){c->offers, RANDOM_OFFERS, ledger, 1, c->held, c->n_held, c->start};
}

static inline struct bill random_bill_compute(struct arena *arena, const struct bill_input *input) {
    struct bill bill = {0};
    struct err err = {0};
    bool ok = bill_compute(arena, input, &bill, &err);
    ENSURE(ok);
    return bill;
}

#endif
