/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Short ways to write offers, commitments and ledger rows in the tests of the bill. */
#ifndef HEADROOM_TESTS_PRICING_BILL_FIXTURE_H
#define HEADROOM_TESTS_PRICING_BILL_FIXTURE_H

#include "pricing/bill.h"

static inline struct quote fixture_quote(double usd) {
    usd_pico rate = money_rate_from_usd(usd);
    return (struct quote){.known = usd > 0,
                          .rate = rate,
                          .low = rate,
                          .high = rate,
                          .status = PRICE_PUBLISHED,
                          .rule = "",
                          .source = "test",
                          .as_of = "2026-07-20",
                          .reason = ""};
}

/** spot_usd 0: not known. */
static inline struct offer fixture_instance(const char *sku, const char *family, double usd,
                                            double spot_usd) {
    return (struct offer){.kind = OFFER_INSTANCE,
                          .sku = sku,
                          .region = "us-east-1",
                          .family = family,
                          .on_demand = fixture_quote(usd),
                          .spot = fixture_quote(spot_usd)};
}

static inline struct usage_row fixture_row(int offer, int workload, int64_t from_s, int64_t to_s,
                                           int64_t quantity) {
    return (struct usage_row){.kind = USAGE_INSTANCE,
                              .offer = offer,
                              .workload = workload,
                              .from_s = from_s,
                              .to_s = to_s,
                              .quantity = quantity};
}

static inline struct commitment fixture_reserved(int offer, double count, double hourly_usd) {
    return (struct commitment){.name = "reserved",
                               .terms = {COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT},
                               .offer = offer,
                               .count = count,
                               .hourly = money_rate_from_usd(hourly_usd),
                               .to_s = INT64_MAX};
}

/** plan_rates [n_offers] in USD/h, 0: not covered; the copy lives in the arena. */
static inline struct commitment fixture_plan(struct arena *arena, enum commitment_kind kind,
                                             double usd_per_hour, const double *plan_rates,
                                             int n_offers) {
    usd_pico *rates = arena_new(arena, usd_pico, n_offers);
    for (int i = 0; i < n_offers; i++)
        rates[i] = money_rate_from_usd(plan_rates[i]);
    return (struct commitment){.name = "plan",
                               .terms = {kind, 1, PAY_NO_UPFRONT},
                               .offer = -1,
                               .plan_usd_per_hour = money_rate_from_usd(usd_per_hour) / 1000,
                               .plan_rates = rates,
                               .to_s = INT64_MAX};
}

static inline struct bill fixture_bill(struct arena *arena, const struct offer *offers,
                                       int n_offers, int64_t n_seconds,
                                       const struct usage_row *rows, int n_rows,
                                       const struct commitment *commitments, int n_commitments) {
    struct usage_ledger ledger = {.n_seconds = n_seconds, .n_rows = n_rows, .rows = rows};
    struct bill_input input = {.offers = offers,
                               .n_offers = n_offers,
                               .parts = &ledger,
                               .n_parts = 1,
                               .commitments = commitments,
                               .n_commitments = n_commitments};
    struct bill bill = {0};
    struct err err = {0};
    bool ok = bill_compute(arena, &input, &bill, &err);
    ENSURE(ok);
    return bill;
}

/** What the charges of one kind, of one hour (-1: all), offer (-2: all) and workload (-2: all) cost
 * and count. */
struct fixture_sum {
    usd_nano effective, list;
    int64_t quantity;
    int n;
};

static inline struct fixture_sum fixture_sum(const struct bill *bill, enum charge_kind kind,
                                             int hour, int offer, int workload) {
    struct fixture_sum sum = {0};
    for (int i = 0; i < bill->n_charges; i++) {
        const struct charge *c = &bill->charges[i];
        if (c->kind != kind || (hour >= 0 && c->hour != hour) ||
            (offer > -2 && c->offer != offer) || (workload > -2 && c->workload != workload))
            continue;
        sum.effective += c->effective;
        sum.list += c->list;
        sum.quantity += c->quantity;
        sum.n++;
    }
    return sum;
}

#endif
