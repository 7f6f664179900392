/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One restriction more (no spot, less of it, fewer kinds of commitment, coverage, upfront payments,
 * a quota, a candidate less, a loss to survive) on random inputs: the proven minimum never falls;
 * the plan in whole instances, which is found by search, falls in few cases, and never by more than
 * the gap that is printed with it. The mutant is the law turned round. */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_fixture.h"

enum { SEEDS = 30, HOURS = 12, OFFERS = 3, TIGHTENINGS = 9 };
#define SHARE_MAX 0.03 /* of cases, in which the plan falls */
#define FALL_MAX 0.02  /* and by how much */

static void draw_input(struct plan_fixture *f, uint64_t seed) {
    static const char *const skus[OFFERS] = {"g4", "g5", "g6"};
    struct rng rng = rng_open(seed, 11, RNG_TEST, 1);
    int n_workloads = 1 + (int)rng_below(&rng, 2);
    fixture_open(f, n_workloads, HOURS);
    for (int o = 0; o < OFFERS; o++) {
        double list = fixture_draw(&rng, 0.5, 3);
        fixture_offer(f, skus[o], skus[o], list, fixture_draw(&rng, 0.3, 0.9) * list);
        f->offers[o].quota_group = o ? "G" : "P";
        fixture_commitment(f, o, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT,
                           list * fixture_draw(&rng, 0.5, 0.7));
        fixture_commitment(f, o, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT,
                           list * fixture_draw(&rng, 0.6, 0.8));
    }
    for (int w = 0; w < n_workloads; w++) {
        for (int o = 0; o < OFFERS; o++) {
            int c = fixture_candidate(f, w, o, fixture_draw(&rng, 5, 25));
            double one = f->capacities[c].points[0].rate_per_second;
            f->capacities[c].n_points = 2;
            f->capacities[c].points[1] =
                (struct capacity_point){2, one * fixture_draw(&rng, 2, 2.3)};
        }
        if (rng_below(&rng, 2))
            fixture_api(f, w, "api", fixture_draw(&rng, 0.00002, 0.0001), 30);
        for (int h = 0; h < HOURS; h++)
            f->demand.rate_per_second[w * HOURS + h] = fixture_draw(&rng, 5, 60);
    }
    f->input.allow_spot = rng_below(&rng, 4) > 0;
    f->input.policy.spot_share_max = fixture_draw(&rng, 0.2, 0.8);
    f->input.policy.spot_derating = fixture_draw(&rng, 0.8, 1);
}

static void tighten(struct plan_fixture *f, int how) {
    struct plan_input *in = &f->input;
    if (how == 0)
        in->allow_spot = false;
    else if (how == 1)
        in->policy.spot_share_max *= 0.6;
    else if (how == 2 || how == 3) /* reserved alone, plans alone */
        in->terms += how == 3, in->n_terms = 1;
    else if (how == 4)
        in->policy.coverage_max = 0.6;
    else if (how == 5)
        in->policy.upfront_usd_max = 20000;
    else if (how == 6)
        fixture_quota(f, "G", false, 24);
    else if (how == 7) {
        f->capacities[0].feasible = false;
        snprintf(f->capacities[0].reason, sizeof f->capacities[0].reason, "taken out");
    } else
        in->loss.instance = true;
}

static struct plan solved(struct plan_fixture *f, uint64_t seed, int how) {
    struct plan plan;
    struct err err = {0};
    draw_input(f, seed);
    if (how >= 0)
        tighten(f, how);
    cr_assert(plan_solve(&f->arena, &f->input, &plan, &err), "seed %llu, %d: %s",
              (unsigned long long)seed, how, err.what);
    return plan;
}

struct falls {
    int cases, n;
    double most; /* share */
};

static void count_fall(struct falls *falls, const struct plan *from, const struct plan *to) {
    double fall = (from->usd_per_hour - to->usd_per_hour) / from->usd_per_hour;
    falls->cases++;
    falls->n += fall > 1e-9;
    falls->most = fmax(falls->most, fall);
}

static bool law_holds(const struct falls *falls) {
    return falls->n <= SHARE_MAX * falls->cases && falls->most <= FALL_MAX;
}

Test(plan_tighter, one_restriction_more_is_never_cheaper) {
    struct falls law = {0}, mutant = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct plan_fixture f, g;
        struct plan loose = solved(&f, seed, -1);
        cr_assert(loose.feasible);
        for (int how = 0; how < TIGHTENINGS; how++) {
            struct plan tight = solved(&g, seed, how);
            if (tight.feasible) {
                count_fall(&law, &loose, &tight);
                count_fall(&mutant, &tight, &loose);
                cr_expect(ge(dbl, tight.lp_usd_per_hour, loose.lp_usd_per_hour * (1 - 2e-9)),
                          "seed %llu, %d", (unsigned long long)seed, how);
                cr_expect(ge(dbl, tight.usd_per_hour, loose.usd_per_hour * (1 - loose.gap - 1e-9)),
                          "seed %llu, %d", (unsigned long long)seed, how);
            }
            fixture_close(&g);
        }
        fixture_close(&f);
    }
    cr_log_info("%d of %d plans fall, by up to %.3f%%", law.n, law.cases, 100 * law.most);
    cr_expect(law_holds(&law), "%d of %d fall, by up to %.3f%%", law.n, law.cases, 100 * law.most);
    cr_expect(not(law_holds(&mutant)), "the mutant");
}
