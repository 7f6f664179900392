/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of the bill under all rules, on the random ledgers of bill_random.h. Each law is a function
 * of a bill, and each has a mutant, a bill made with the bug that the law is there for, which it
 * must refuse on some ledger. Seed and case are printed on failure. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/pricing/bill_random.h"
#include "tests/pricing/naive_biller.h"

enum { SEED = 20261124, CASES = 500 };

/* ---- used + unused = committed ---- */

/* What an hour of a commitment costs by definition: the time held at its rate. */
static usd_nano cost_of_hour(const struct bill_input *in, int k, int hour) {
    const struct commitment *held = &in->commitments[k];
    int64_t begin = hour * 3600LL, end = begin + 3600;
    end = end < in->parts[0].n_seconds ? end : in->parts[0].n_seconds;
    begin = begin > held->from_s ? begin : held->from_s;
    end = end < held->to_s ? end : held->to_s;
    int64_t seconds = end > begin ? end - begin : 0;
    if (held->terms.kind == COMMIT_CAPACITY_RESERVATION)
        return 0;
    return commitment_kind_is_plan(held->terms.kind)
               ? money_charge(seconds, 3600, held->plan_usd_per_hour * 1000)
               : money_charge(seconds * (int64_t)held->count, 3600, held->hourly);
}

static bool pays_what_it_costs(const struct bill_input *in, const struct bill *bill) {
    usd_nano committed = 0;
    for (int k = 0; k < in->n_commitments; k++)
        for (int hour = 0; hour * 3600LL < in->parts[0].n_seconds; hour++) {
            usd_nano got = 0;
            for (int i = 0; i < bill->n_charges; i++)
                if (bill->charges[i].commitment == k && bill->charges[i].hour == hour)
                    got += bill->charges[i].effective;
            if (got != cost_of_hour(in, k, hour))
                return false;
            committed += got;
        }
    return committed == bill->committed;
}

/* The bug: each covered row rounded by itself, from whole seconds. */
static struct bill with_rows_rounded(struct arena *arena, const struct bill_input *in,
                                     const struct bill *bill) {
    struct bill wrong = *bill;
    struct charge *charges = arena_grow(arena, bill->charges, (size_t)bill->n_charges,
                                        (size_t)bill->n_charges, sizeof *charges);
    for (int i = 0; i < bill->n_charges; i++) {
        struct charge *c = &charges[i];
        if (c->kind != CHARGE_COMMITMENT_USED || c->usage != USAGE_INSTANCE)
            continue;
        const struct commitment *held = &in->commitments[c->commitment];
        bool plan = commitment_kind_is_plan(held->terms.kind);
        c->effective =
            money_charge(c->quantity, 3600, plan ? held->plan_rates[c->offer] : held->hourly);
    }
    wrong.charges = charges;
    return wrong;
}

Test(bill_whole_laws, used_and_unused_are_the_commitment_exactly) {
    int refused = 0;
    for (int number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct random_bill c = random_bill(SEED, (uint64_t)number);
        struct usage_ledger ledger;
        struct bill_input input = random_bill_input(&c, &ledger);
        struct bill bill = random_bill_compute(&arena, &input);
        cr_expect(pays_what_it_costs(&input, &bill), "seed %d case %d", SEED, number);
        struct bill wrong = with_rows_rounded(&arena, &input, &bill);
        refused += !pays_what_it_costs(&input, &wrong);
        arena_release(&arena);
    }
    cr_assert(gt(i32, refused, 0));
}

/* ---- the pieces of a ledger ---- */

static bool same_bill(const struct bill *a, const struct bill *b) {
    if (a->n_charges != b->n_charges || a->total != b->total)
        return false;
    for (int i = 0; i < a->n_charges; i++) {
        const struct charge *x = &a->charges[i], *y = &b->charges[i];
        if (x->kind != y->kind || x->usage != y->usage || x->hour != y->hour ||
            x->offer != y->offer || x->workload != y->workload || x->commitment != y->commitment ||
            x->reservation != y->reservation || x->quantity != y->quantity ||
            x->effective != y->effective || x->list != y->list)
            return false;
    }
    return true;
}

/* Rows dealt at random to two files give the bill of one. The bug: a bill for each file, added up.
 */
Test(bill_whole_laws, a_ledger_in_two_files_is_one_ledger) {
    int refused = 0;
    for (int number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct random_bill c = random_bill(SEED, (uint64_t)number);
        struct usage_ledger whole, files[2];
        struct bill_input input = random_bill_input(&c, &whole);
        struct usage_row rows[2][RANDOM_ROWS_MAX];
        struct rng rng = rng_open(SEED, (uint64_t)number, RNG_TEST, 8);
        for (int f = 0; f < 2; f++)
            files[f] = (struct usage_ledger){c.n_seconds, 0, rows[f]};
        for (int i = c.n_rows - 1; i >= 0; i--) {
            int f = (int)random_below(&rng, 2);
            rows[f][files[f].n_rows++] = c.rows[i];
        }
        struct bill one = random_bill_compute(&arena, &input);
        input.parts = files;
        input.n_parts = 2;
        struct bill two = random_bill_compute(&arena, &input);
        cr_expect(same_bill(&one, &two), "seed %d case %d", SEED, number);
        usd_nano apart = 0;
        for (int f = 0; f < 2; f++) {
            input.parts = &files[f];
            input.n_parts = 1;
            apart += random_bill_compute(&arena, &input).total;
        }
        refused += apart != one.total;
        arena_release(&arena);
    }
    cr_assert(gt(i32, refused, 0));
}

/* ---- dearer never lowers the bill of one plan group ---- */

/* Compute plans with one rate table, on instances alone; everything else as it comes. */
static void keep_one_group(struct random_bill *c) {
    int n = 0;
    for (int k = 0; k < c->n_held; k++)
        if (!commitment_kind_is_plan(c->held[k].terms.kind) ||
            c->held[k].terms.kind == COMMIT_PLAN_COMPUTE)
            c->held[n++] = c->held[k];
    c->n_held = n;
    for (int k = 0; k < RANDOM_HELD_MAX; k++) {
        memcpy(c->plan_rates[k], c->plan_rates[0], sizeof c->plan_rates[0]);
        memset(c->function_rates[k], 0, sizeof c->function_rates[k]);
    }
}

static naive_money naive_total(const struct naive_bill *bill) {
    naive_money total = 0;
    for (int k = 0; k < CHARGE_KINDS; k++)
        total += bill->by_kind[k];
    return total;
}

/* Across groups it can: test_hand_bills.c, "across groups, dearer and cheaper". The bug: the
 * largest amount saved first, not the largest share. */
Test(bill_whole_laws, dearer_never_lowers_the_bill_of_one_plan_group) {
    int refused = 0, raised = 0;
    for (int number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct random_bill c = random_bill(SEED, (uint64_t)number);
        keep_one_group(&c);
        struct random_bill d = c;
        struct rng rng = rng_open(SEED, (uint64_t)number, RNG_TEST, 9);
        for (int o = 0; o < RANDOM_INSTANCES; o++)
            if (random_below(&rng, 2) == 0)
                d.offers[o].on_demand.rate +=
                    c.offers[o].on_demand.rate / 100 * (1 + random_below(&rng, 60));
        struct usage_ledger ledger, dear_ledger;
        struct bill_input input = random_bill_input(&c, &ledger);
        struct bill_input dear = random_bill_input(&d, &dear_ledger);
        struct bill before = random_bill_compute(&arena, &input);
        struct bill after = random_bill_compute(&arena, &dear);
        int slack = before.n_charges + after.n_charges;
        cr_expect(ge(i64, after.total + slack, before.total), "seed %d case %d", SEED, number);
        raised += after.total > before.total;
        struct naive_bill wrong = naive_bill_of(&input, NAIVE_LARGEST_AMOUNT_FIRST);
        struct naive_bill wrong_dear = naive_bill_of(&dear, NAIVE_LARGEST_AMOUNT_FIRST);
        refused += naive_total(&wrong_dear) < naive_total(&wrong) - 1e-6L;
        arena_release(&arena);
    }
    cr_assert(gt(i32, raised, CASES / 4)); /* the law was not true for want of usage */
    cr_assert(gt(i32, refused, 0));
}

/* ---- who comes last ---- */

enum { LAST = RANDOM_WORKLOADS - 1 };

/* Instances alone: what else it uses fills the volume tiers of all. */
static void keep_rows(struct random_bill *c, bool with_last) {
    int n = 0;
    for (int i = 0; i < c->n_rows; i++)
        if (c->rows[i].workload != LAST || (with_last && c->rows[i].kind == USAGE_INSTANCE))
            c->rows[n++] = c->rows[i];
    c->n_rows = n;
}

/* All charges but what is unused, and what is the last workload's. */
static struct bill of_the_others(struct arena *arena, const struct bill *bill) {
    struct bill out = {0};
    struct charge *charges = arena_new(arena, struct charge, bill->n_charges);
    for (int i = 0; i < bill->n_charges; i++) {
        const struct charge *c = &bill->charges[i];
        if (c->kind == CHARGE_COMMITMENT_UNUSED || c->workload == LAST)
            continue;
        charges[out.n_charges++] = *c;
        out.total += c->effective;
    }
    out.charges = charges;
    return out;
}

/* The charges of all others are the same with and without who comes last, and commitments cost what
 * they cost. The bug: it comes with the others. */
Test(bill_whole_laws, who_comes_last_changes_nobody_s_charges) {
    int refused = 0, covered = 0;
    for (int number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct random_bill c = random_bill(SEED, (uint64_t)number), alone = c;
        struct usage_ledger ledger, ledger_alone;
        keep_rows(&c, true);
        keep_rows(&alone, false);
        struct bill_input input = random_bill_input(&c, &ledger);
        struct bill_input input_alone = random_bill_input(&alone, &ledger_alone);
        struct bill without = random_bill_compute(&arena, &input_alone);
        struct bill wrong = random_bill_compute(&arena, &input);
        input.last_workloads_from = LAST;
        struct bill with = random_bill_compute(&arena, &input);
        struct bill expected = of_the_others(&arena, &without), got = of_the_others(&arena, &with);
        struct bill not_last = of_the_others(&arena, &wrong);
        cr_expect(same_bill(&expected, &got), "seed %d case %d", SEED, number);
        cr_expect(pays_what_it_costs(&input, &with), "seed %d case %d", SEED, number);
        refused += !same_bill(&expected, &not_last);
        covered += with.total_by_kind[CHARGE_COMMITMENT_USED] >
                   without.total_by_kind[CHARGE_COMMITMENT_USED];
        arena_release(&arena);
    }
    cr_assert(gt(i32, refused, 0));
    cr_assert(gt(i32, covered, 0));
}
