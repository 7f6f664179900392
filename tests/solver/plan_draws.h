/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Random prices for plan inputs, shared by the tests that compare optima on many of them. */
#ifndef HEADROOM_TESTS_PLAN_DRAWS_H
#define HEADROOM_TESTS_PLAN_DRAWS_H

#include <math.h>

#include "plan_fixture.h"

static inline bool coin(struct rng *rng, double p) {
    return rng_uniform(rng) < p;
}

/* Money in steps of 0.001, as price lists have it. */
static inline double price(struct rng *rng, double low, double high) {
    return round(1000 * fixture_draw(rng, low, high)) / 1000;
}

/** A year's reservation of the first offer, a year's plan over the second. */
static inline void with_commitments(struct plan_fixture *f) {
    fixture_commitment(f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
    fixture_commitment(f, 1, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.7);
}

/** Up to four types with on-demand, spot and committed prices, quota groups and sizes. */
static inline void draw_offers(struct plan_fixture *f, struct rng *rng, int n_offers) {
    static const char *const skus[] = {"g4", "g5", "g6", "g7"};
    for (int o = 0; o < n_offers; o++) {
        double list = price(rng, 0.5, 3);
        double spot = coin(rng, 0.7) ? price(rng, 0.3 * list, 1.1 * list) : -1;
        fixture_offer(f, skus[o], skus[o], list, spot);
        f->offers[o].vcpu = coin(rng, 0.5) ? 4 : 8;
        f->offers[o].quota_group = coin(rng, 0.5) ? "G" : "P";
        if (coin(rng, 0.7))
            fixture_commitment(f, o, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT,
                               price(rng, 0.5 * list, 0.8 * list));
        if (coin(rng, 0.4))
            fixture_commitment(f, o, COMMIT_RESERVED_STANDARD, 3, PAY_ALL_UPFRONT,
                               price(rng, 0.35 * list, 0.6 * list));
        if (coin(rng, 0.7))
            fixture_commitment(f, o, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT,
                               price(rng, 0.6 * list, 0.9 * list));
        if (coin(rng, 0.4))
            fixture_commitment(f, o, COMMIT_PLAN_EC2, 1, PAY_NO_UPFRONT,
                               price(rng, 0.55 * list, 0.8 * list));
    }
}

#endif
