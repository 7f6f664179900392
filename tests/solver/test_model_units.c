/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model units in a plan, by hand: what is held, until when, what is paid and owed, how well they
 * are used and what they are worth; when policy forbids their term, and what then carries the
 * demand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "plan_fixture.h"

/* A model of 100 input tokens a request at 1 USD each 10,000: 0.01 USD a request on demand. */
static int by_token(struct plan_fixture *f) {
    int c = fixture_api(f, 0, "m", 1, 0);
    f->offers[f->candidates[c].offer].million_input_tokens = fixture_quote(100);
    f->capacities[c].input_tokens_per_request = 100;
    return c;
}

/* Two units of 3,000 tokens a minute each: 1,800 requests an hour of one, 18 USD on demand. */
static int in_units(struct plan_fixture *f, enum offer_tier tier, double usd) {
    int c = fixture_api(f, 0, "m", 1, 0);
    struct offer *offer = &f->offers[f->candidates[c].offer];
    offer->tier = tier;
    offer->unit_hour = fixture_quote(usd);
    offer->million_input_tokens = offer->million_output_tokens = (struct quote){.reason = "units"};
    f->candidates[c].service.kind = SERVICE_TOKEN_API;
    f->candidates[c].service.token_api.units = 2;
    f->candidates[c].service.token_api.tokens_per_minute = 6000;
    f->capacities[c].input_tokens_per_request = 100;
    return c;
}

/* A day of the horizon from 1 December 2026; one request every two seconds. */
static void open(struct plan_fixture *f) {
    static const double rates[24] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
                                     0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
    fixture_open(f, 1, 24);
    fixture_demand(f, 0, rates);
    f->input.start = (struct date){2026, 12, 1};
}

static struct plan solve(struct plan_fixture *f) {
    struct plan plan;
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, &plan, &err), "%s", err.what);
    cr_assert(plan.feasible, "%s", plan.infeasible);
    return plan;
}

/* 1,800 requests an hour take one unit of two: used by half. 18 USD an hour on demand against 8 for
 * both units. Six months from 1 December 2026 are 182 days, of which 181 are owed. */
Test(model_units, a_term_is_held_owed_and_half_used) {
    struct plan_fixture f;
    open(&f);
    by_token(&f);
    in_units(&f, TIER_PROVISIONED_6M, 4);
    struct plan plan = solve(&f);
    cr_assert(eq(int, plan.n_commitments, 1));
    const struct plan_commitment *held = &plan.commitments[0];
    cr_expect(eq(int, held->commitment.terms.kind, COMMIT_MODEL_UNITS));
    cr_expect(eq(i64, held->commitment.to_s, 182 * 86400));
    cr_expect(epsilon_eq(dbl, held->usd_per_hour, 8, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 8, 1e-9));
    cr_expect(epsilon_eq(dbl, held->liability_usd, 181 * 24 * 8.0, 1e-6));
    cr_expect(epsilon_eq(dbl, plan.liability_usd, 181 * 24 * 8.0, 1e-6));
    cr_expect(epsilon_eq(dbl, held->utilisation, 0.5, 1e-9));
    cr_expect(epsilon_eq(dbl, held->on_demand_usd_per_hour, 18, 1e-9));
    cr_expect(epsilon_eq(dbl, held->break_even, 4 / 18.0, 1e-9));
    cr_expect(epsilon_eq(dbl, held->saving_usd, 24 * (18 - 8.0), 1e-6));
    fixture_close(&f);
}

/* A term of a month has 31 days; units by the hour end with the horizon. */
Test(model_units, other_tiers_end_when_they_end) {
    static const struct {
        enum offer_tier tier;
        int days;
    } cases[] = {{TIER_PROVISIONED_1M, 31}, {TIER_PROVISIONED, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_fixture f;
        open(&f);
        by_token(&f);
        in_units(&f, cases[i].tier, 4);
        struct plan plan = solve(&f);
        cr_assert(eq(int, plan.n_commitments, 1));
        cr_expect(eq(i64, plan.commitments[0].commitment.to_s, cases[i].days * 86400));
        cr_expect(epsilon_eq(dbl, plan.liability_usd, (cases[i].days - 1) * 24 * 8.0, 1e-6));
        fixture_close(&f);
    }
}

/* `max_term: none` and a coverage of nothing keep terms of months out, with the reason, and units
 * by the hour in; a longest term of a year allows six months. */
Test(model_units, policy_forbids_their_term) {
    static const struct {
        int years;
        double coverage;
        enum offer_tier tier;
        bool held;
    } cases[] = {{0, 1, TIER_PROVISIONED_6M, false},
                 {0, 1, TIER_PROVISIONED_1M, false},
                 {1, 0, TIER_PROVISIONED_6M, false},
                 {0, 1, TIER_PROVISIONED, true},
                 {1, 1, TIER_PROVISIONED_6M, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_fixture f;
        open(&f);
        by_token(&f);
        int units = in_units(&f, cases[i].tier, 4);
        f.input.policy.term_years_max = cases[i].years;
        f.input.policy.coverage_max = cases[i].coverage;
        struct plan plan = solve(&f);
        cr_expect(eq(int, plan.n_commitments, cases[i].held), "case %zu", i);
        cr_expect(epsilon_eq(dbl, plan.usd_per_hour, cases[i].held ? 8 : 18, 1e-9));
        bool told = false;
        for (int r = 0; r < plan.n_rejections; r++)
            told = told || (plan.rejections[r].candidate == units &&
                            strncmp(plan.rejections[r].reason, "policy", 6) == 0);
        cr_expect(eq(int, told, !cases[i].held), "case %zu", i);
        fixture_close(&f);
    }
}

/* Used in half of the hours only, as their quota is too small for the others: all of their hours
 * are paid, as the bill will. Requests cost 0.01 on demand, 1 request/s all day in the busy half.
 */
Test(model_units, all_hours_of_a_term_are_paid) {
    struct plan_fixture f;
    open(&f);
    int tokens = by_token(&f), units = in_units(&f, TIER_PROVISIONED_6M, 4);
    int32_t *none = arena_new(&f.arena, int32_t, 2 * 24);
    double *share = arena_new(&f.arena, double, 2 * 24);
    for (int h = 0; h < 24; h++)
        share[(h < 12 ? units : tokens) * 24 + h] = 1;
    struct plan plan;
    plan_price_fleet(&f.arena, &f.input, none, none, NULL, share, &plan);
    cr_assert(eq(int, plan.n_commitments, 1));
    cr_expect(epsilon_eq(dbl, plan.commitments[0].utilisation, 0.25, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 8 + 18 / 2.0, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.hour_usd[0], 8, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.hour_usd[23], 8 + 18, 1e-9));
    fixture_close(&f);
}

/* A quiet week and a busy one, each drawn as a day: 0.001 and 0.5 requests/s, and a unit of 12 USD
 * an hour that carries the busy one in full (18 USD on demand). Held in that week alone it all
 * costs (0.036 + 12) / 2 = 6.018 an hour: the minimum may be less, 12 / 1800 USD a request, and not
 * more, as it was with the price spread over the mean of both weeks. */
Test(model_units, the_minimum_is_below_units_of_a_busy_week) {
    struct plan_fixture f;
    double rates[48];
    for (int h = 0; h < 48; h++)
        rates[h] = h < 24 ? 0.001 : 0.5;
    fixture_open(&f, 1, 48);
    f.demand.n_weeks = 2;
    fixture_demand(&f, 0, rates);
    f.input.start = (struct date){2026, 12, 1};
    by_token(&f);
    int units = in_units(&f, TIER_PROVISIONED, 12);
    f.candidates[units].service.token_api.units = 1;
    f.candidates[units].service.token_api.tokens_per_minute = 3000;
    struct plan plan = solve(&f);
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, (0.001 + 0.5) * 3600 * 12 / 1800 / 2, 1e-9));
    cr_expect(le(dbl, plan.lp_usd_per_hour, 6.018));
    fixture_close(&f);
}

/* ---- whether they are held at all ---- */

/* `n` hours at a rate of requests each second, the others without demand. */
static void busy(struct plan_fixture *f, int n, double rate) {
    double rates[24] = {0};
    for (int h = 0; h < n; h++)
        rates[h] = rate;
    fixture_open(f, 1, 24);
    fixture_demand(f, 0, rates);
    f->input.start = (struct date){2026, 12, 1};
}

/* As in_units, `units` of them: each carries half a request a second and is worth 18 USD an hour.
 * More than `rate_max` (0: any) cannot be sent there. */
static int units_at(struct plan_fixture *f, int units, double usd, double rate_max) {
    int c = in_units(f, TIER_PROVISIONED_6M, usd);
    f->candidates[c].service.token_api.units = units;
    f->candidates[c].service.token_api.tokens_per_minute = 3000 * units;
    f->capacities[c].rate_max_per_second = rate_max;
    return c;
}

static const char *reason_of(const struct plan *plan, int candidate) {
    for (int r = 0; r < plan->n_rejections; r++)
        if (plan->rejections[r].candidate == candidate)
            return plan->rejections[r].reason;
    return "";
}

/* A unit that breaks even at 24 % (4.32 of 18 USD an hour). It carries half of a request a second
 * and no more, the demand is for a few hours ten times that: by the request of all of the workload
 * it looks cheap however little it gets. Used 2.4 of 24 hours it is left, 9.6 of 24 it is held. */
Test(model_units, are_left_where_tokens_on_demand_undercut_them) {
    static const struct {
        double share;
        bool held;
    } cases[] = {{0.10, false}, {0.23, false}, {0.25, true}, {0.40, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_fixture f;
        busy(&f, 1, 5);
        f.demand.weight[0] = 24 * cases[i].share;
        for (int h = 1; h < 24; h++)
            f.demand.weight[h] = 24 * (1 - cases[i].share) / 23;
        by_token(&f);
        int units = units_at(&f, 1, 4.32, 0.5);
        struct plan plan = solve(&f);
        double all = cases[i].share * 180, saved = cases[i].share * 18 - 4.32;
        cr_assert(eq(int, plan.n_commitments, cases[i].held), "case %zu", i);
        cr_expect(epsilon_eq(dbl, plan.usd_per_hour, all - (cases[i].held ? saved : 0), 1e-6),
                  "case %zu: %g", i, plan.usd_per_hour);
        cr_expect(le(dbl, plan.lp_usd_per_hour, plan.usd_per_hour));
        if (cases[i].held)
            cr_expect(epsilon_eq(dbl, plan.commitments[0].utilisation, cases[i].share, 1e-6));
        else
            cr_expect(ne(ptr, (void *)strstr(reason_of(&plan, units), "breaks even"), NULL), "%s",
                      reason_of(&plan, units));
        fixture_close(&f);
    }
}

/* Units that stand by are paid whatever is sent to them. */
Test(model_units, that_stand_by_are_kept) {
    struct plan_fixture f;
    busy(&f, 1, 5);
    by_token(&f);
    int units = units_at(&f, 1, 4.32, 0.5);
    bool *by = arena_new(&f.arena, bool, 2);
    by[units] = true;
    f.input.stand_by = by;
    struct plan plan = solve(&f);
    cr_expect(eq(int, plan.n_commitments, 1));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 180 / 24.0 - 18 / 24.0 + 4.32, 1e-6));
    fixture_close(&f);
}

/* What each choice of units costs a mean hour, by hand: the cheapest tokens are those of units that
 * are held, as far as they go, the rest is 0.01 USD a request on demand. */
static double cost_of(const struct plan_fixture *f, const double *caps, const double *usd,
                      unsigned held, int n) {
    double sum = 0, weights = 0, fixed = 0, cap = 0;
    for (int k = 0; k < n; k++)
        if (held & 1u << k) {
            fixed += usd[k];
            cap += caps[k];
        }
    for (int h = 0; h < f->demand.n_hours; h++) {
        double rest = f->demand.rate_per_second[h] - cap;
        sum += f->demand.weight[h] * 3600 * 0.01 * (rest > 0 ? rest : 0);
        weights += f->demand.weight[h];
    }
    return sum / weights + fixed;
}

/* The first unit is used all day, the second for 1.2 hours of 24: one is held. */
Test(model_units, the_second_of_two_is_left) {
    struct plan_fixture f;
    double rates[24];
    for (int h = 0; h < 24; h++)
        rates[h] = h == 0 ? 1 : 0.5;
    fixture_open(&f, 1, 24);
    fixture_demand(&f, 0, rates);
    f.input.start = (struct date){2026, 12, 1};
    f.demand.weight[0] = 1.2;
    by_token(&f);
    units_at(&f, 1, 4.32, 0.5);
    units_at(&f, 1, 4.32, 0.5);
    struct plan plan = solve(&f);
    cr_expect(eq(int, plan.n_commitments, 1));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 4.32 + 18 * 1.2 / 24.2, 1e-6));
    fixture_close(&f);
}

/* Against all eight choices among three candidates of one to three units at random prices: never
 * dearer than without any, nor than to leave any one more of what is held, and nearly always the
 * cheapest of all. */
Test(model_units, no_other_choice_is_cheaper_by_leaving_one) {
    struct rng rng = rng_open(7, 0, RNG_TEST, 0);
    int best_found = 0, held_any = 0, n_draws = 60;
    for (int draw = 0; draw < n_draws; draw++) {
        struct plan_fixture f;
        double rates[24], caps[3], usd[3];
        for (int h = 0; h < 24; h++)
            rates[h] = fixture_draw(&rng, 0, 1) < 0.5 ? 0.05 : fixture_draw(&rng, 0.1, 3);
        fixture_open(&f, 1, 24);
        fixture_demand(&f, 0, rates);
        f.input.start = (struct date){2026, 12, 1};
        by_token(&f);
        for (int k = 0; k < 3; k++) {
            caps[k] = 0.5 * (1 + (int)fixture_draw(&rng, 0, 2.99));
            usd[k] = caps[k] / 0.5 * fixture_draw(&rng, 2, 14);
            usd[k] = money_rate_usd(money_rate_from_usd(usd[k] / (2 * caps[k]))) * 2 * caps[k];
            units_at(&f, (int)(2 * caps[k]), usd[k] / (2 * caps[k]), caps[k]);
        }
        struct plan plan = solve(&f);
        unsigned held = 0;
        for (int k = 0; k < 3; k++)
            for (int h = 0; h < 24; h++)
                held |= plan.overflow_share[(1 + k) * 24 + h] > 0 ? 1u << k : 0;
        double least = INFINITY;
        for (unsigned s = 0; s < 8; s++)
            least = fmin(least, cost_of(&f, caps, usd, s, 3));
        cr_expect(le(dbl, plan.usd_per_hour, cost_of(&f, caps, usd, 0, 3) * (1 + 1e-6)));
        for (unsigned k = 0; k < 3; k++)
            if (held & 1u << k)
                cr_expect(le(dbl, plan.usd_per_hour,
                             cost_of(&f, caps, usd, held & ~(1u << k), 3) * (1 + 1e-6)));
        cr_expect(ge(dbl, plan.usd_per_hour, least * (1 - 1e-6)));
        best_found += plan.usd_per_hour <= least * (1 + 1e-6);
        held_any += held != 0;
        fixture_close(&f);
    }
    cr_expect(gt(int, held_any, n_draws / 4));
    cr_expect(ge(int, best_found, n_draws * 9 / 10), "%d", best_found);
}
