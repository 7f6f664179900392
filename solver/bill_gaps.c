/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/bill_gaps.h"

#include <math.h>

#include "pricing/usage_hours.h"
#include "solver/lp.h"

enum { ALL_RULES = (1 << BILL_RULES) - 1 };
#define SLACK_USD 1e-7 /* an hour: the solver's, not a cause */

const char *bill_cause_words(enum bill_cause cause) {
    static const char *const words[BILL_CAUSES] = {
        "commitments in the provider's order", "held capacity by the second",
        "spot taken back in its first hour is free", "volume tiers and lengths of months",
        "60 seconds a launch"};
    ENSURE((size_t)cause < BILL_CAUSES);
    return words[cause];
}

/* ---- the cheapest allocation of an hour ---- */

struct allotment {
    struct arena *arena;
    const struct bill_input *in;
    struct usage_hours hours;
    double *left_usd; /* [n_hours] what the bill leaves to be paid without a commitment */
};

/* What plans or reserved instances may pay for. */
static bool may_be_covered(const struct usage_series *s) {
    return s->lane <= LANE_IDLE_RESERVATION || s->lane == LANE_MB_MS ||
           s->lane == LANE_PROVISIONED_MB_MS || s->lane == LANE_HELD_MB_S;
}

static enum usage_kind usage_of(const struct usage_series *s) {
    return s->lane == LANE_MB_MS               ? USAGE_FUNCTION_MB_MS
           : s->lane == LANE_PROVISIONED_MB_MS ? USAGE_FUNCTION_PROVISIONED_MB_MS
           : s->lane == LANE_HELD_MB_S         ? USAGE_FUNCTION_HELD_MB_S
                                               : USAGE_INSTANCE;
}

/* What a unit of the series takes of a commitment's hour: dollars, or seconds of its instances; 0:
 * it does not cover it. */
static double burn_of(const struct bill_input *in, const struct commitment *c,
                      const struct usage_series *s) {
    const struct offer *offer = &in->offers[s->offer];
    if (commitment_kind_is_plan(c->terms.kind))
        return bill_plan_unit_usd(c, offer, s->offer, usage_of(s));
    if (!commitment_kind_is_reserved(c->terms.kind) || usage_of(s) != USAGE_INSTANCE)
        return 0;
    if (c->zone > 0)
        return s->offer == c->offer && s->zone == c->zone && s->lane == LANE_ON_DEMAND ? 1 : 0;
    return offer_reserved_hours(&in->offers[c->offer], offer);
}

static double budget_of(const struct commitment *c, int hour, int64_t n_seconds) {
    int64_t from = (int64_t)hour * HOUR_S, to = from + HOUR_S;
    to = to < n_seconds ? to : n_seconds;
    int64_t begin = c->from_s > from ? c->from_s : from, end = c->to_s < to ? c->to_s : to;
    double seconds = end > begin ? (double)(end - begin) : 0;
    return commitment_kind_is_plan(c->terms.kind)
               ? money_amount_usd(c->plan_usd_per_hour) * seconds / HOUR_S
               : c->count * seconds;
}

static bool least_of_hour(const struct allotment *a, int hour, double *usd, struct err *err) {
    const struct bill_input *in = a->in;
    struct lp lp;
    struct lp_solution solution;
    int *row = arena_new(a->arena, int, in->n_commitments);
    double most = 0;
    lp_open(&lp, a->arena, "the cheapest allocation of an hour");
    for (int k = 0; k < in->n_commitments; k++)
        row[k] = lp_add_row(&lp, -INFINITY,
                            budget_of(&in->commitments[k], hour, a->hours.n_seconds), "held.%d", k);
    for (int i = 0; i < a->hours.n_series; i++) {
        const struct usage_series *s = &a->hours.series[i];
        double units = (double)s->by_hour[hour];
        if (!may_be_covered(s) || units <= 0)
            continue;
        double each = bill_unit_usd(&in->offers[s->offer], usage_of(s));
        int used = lp_add_row(&lp, -INFINITY, 1, "used.%d", i); /* shares of it */
        most += units * each;
        for (int k = 0; k < in->n_commitments; k++) {
            double burn = burn_of(in, &in->commitments[k], s);
            if (burn <= 0)
                continue;
            int x = lp_add_column(&lp, -units * each, 0, INFINITY, "x.%d.%d", k, i);
            lp_set(&lp, used, x, 1);
            lp_set(&lp, row[k], x, units * burn);
        }
    }
    if (!lp_solve(a->arena, &lp, &solution, err))
        return false;
    if (solution.status != LP_OPTIMAL)
        return err_set(err, ERR_BUG, "the allocation of an hour has no optimum");
    *usd = most + solution.objective;
    return true;
}

static bool has_others(const struct bill_input *in) {
    for (int p = 0; p < in->n_parts; p++)
        for (int i = 0; i < in->parts[p].n_rows; i++)
            if (in->parts[p].rows[i].workload == USAGE_OTHERS)
                return true;
    return false;
}

/* What the bill of the hour leaves of what commitments may pay for. */
static void sum_left(struct allotment *a, const struct bill *bill) {
    a->left_usd = arena_new(a->arena, double, a->hours.n_hours);
    for (int i = 0; i < bill->n_charges; i++) {
        const struct charge *c = &bill->charges[i];
        if (c->commitment < 0 &&
            (c->kind == CHARGE_ON_DEMAND || c->kind == CHARGE_CAPACITY_UNUSED ||
             (c->kind == CHARGE_FUNCTION && c->usage != USAGE_FUNCTION_REQUESTS)))
            a->left_usd[c->hour] += money_amount_usd(c->effective);
    }
}

/* Of a bill without the other rules. One commitment alone is applied to what saves most: there is
 * no better. */
static bool find_order(struct arena *arena, const struct bill_input *input, const struct bill *bill,
                       usd_nano *order, struct err *err) {
    struct allotment a = {.arena = arena, .in = input};
    *order = 0;
    if (input->n_commitments < 2 || has_others(input))
        return true;
    usage_hours_build(arena, input->parts, input->n_parts, input->n_offers, input->commitments,
                      input->n_commitments, input->last_workloads_from, input->left_out, &a.hours);
    sum_left(&a, bill);
    double sum = 0;
    for (int hour = 0; hour < a.hours.n_hours; hour++) {
        double least = 0, left = a.left_usd[hour];
        if (left <= SLACK_USD)
            continue;
        struct arena_mark mark = arena_mark(arena);
        bool solved = least_of_hour(&a, hour, &least, err);
        arena_rewind(arena, mark);
        if (!solved)
            return false;
        if (left - least > SLACK_USD * (1 + left))
            sum += left - least;
    }
    *order = (usd_nano)llround(sum * (double)USD_NANO_PER_USD);
    return true;
}

/* ---- all causes ---- */

bool bill_gaps_find(struct arena *arena, const struct bill_input *input, struct bill_gaps *out,
                    struct err *err) {
    static const struct {
        enum bill_cause cause;
        enum bill_rule rule;
    } steps[] = {{BILL_CAUSE_MINIMUM, BILL_RULE_MINIMUM},
                 {BILL_CAUSE_TIERS, BILL_RULE_TIERS},
                 {BILL_CAUSE_FREE_HOUR, BILL_RULE_FREE_HOUR},
                 {BILL_CAUSE_SECONDS, BILL_RULE_SECONDS}};
    struct bill_input without = *input;
    struct bill bill;
    struct bill_gaps found = {0};
    ENSURE(input->left_out == 0);
    if (!bill_compute(arena, &without, &bill, err))
        return false;
    found.billed = bill.total;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        usd_nano before = bill.total;
        without.left_out |= 1u << steps[i].rule;
        if (!bill_compute(arena, &without, &bill, err))
            return false;
        found.cause[steps[i].cause] = before - bill.total;
    }
    ENSURE(without.left_out == ALL_RULES);
    if (!find_order(arena, &without, &bill, &found.cause[BILL_CAUSE_ORDER], err))
        return false;
    found.least = bill.total - found.cause[BILL_CAUSE_ORDER];
    *out = found;
    return true;
}
