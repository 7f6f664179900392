/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The biller against the plainest one (naive_biller.h) on random ledgers with every rule on: 1,000
 * here, 10,000 with HEADROOM_SLOW=1 (the SLOW entry). Amounts must agree to the rounding of the
 * charges, by kind and by commitment. Every mutant of the plain biller must be told apart. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>

#include "tests/pricing/bill_random.h"
#include "tests/pricing/naive_biller.h"

enum { SEED = 20261123, CASES = 1000, CASES_SLOW = 10000, CASES_MUTANT = 1000 };

static bool near(usd_nano got, naive_money want_usd, int roundings) {
    naive_money slack = 1e-9L * roundings + 1e-12L * fabsl(want_usd);
    return fabsl((naive_money)got / 1e9L - want_usd) <= slack;
}

static usd_nano used_of(const struct bill *bill, int k) {
    usd_nano sum = 0;
    for (int i = 0; i < bill->n_charges; i++)
        if (bill->charges[i].commitment == k && bill->charges[i].kind == CHARGE_COMMITMENT_USED)
            sum += bill->charges[i].effective;
    return sum;
}

/* NULL: they agree; else what they differ in. */
static const char *difference(const struct bill_input *input, const struct bill *bill,
                              const struct naive_bill *want) {
    int slack = bill->n_charges + 32 * RANDOM_HELD_MAX;
    for (int k = 0; k < CHARGE_KINDS; k++)
        if (!near(bill->total_by_kind[k], want->by_kind[k], slack))
            return charge_kind_word((enum charge_kind)k);
    for (int k = 0; k < input->n_commitments; k++)
        if (!near(used_of(bill, k), want->used[k], slack))
            return input->commitments[k].name;
    return near(bill->list_total, want->list, slack) ? NULL : "list";
}

Test(bill_reference, agrees_with_the_plainest_biller) {
    int n = getenv("HEADROOM_SLOW") ? CASES_SLOW : CASES;
    naive_money seen[CHARGE_KINDS] = {0};
    for (int number = 0; number < n; number++) {
        struct arena arena = {0};
        struct random_bill c = random_bill(SEED, (uint64_t)number);
        struct usage_ledger ledger;
        struct bill_input input = random_bill_input(&c, &ledger);
        struct bill bill = random_bill_compute(&arena, &input);
        struct naive_bill want = naive_bill_of(&input, NAIVE_SOUND);
        const char *differs = difference(&input, &bill, &want);
        cr_expect(differs == NULL, "seed %d case %d: %s", SEED, number, differs);
        for (int k = 0; k < CHARGE_KINDS; k++)
            seen[k] += want.by_kind[k];
        arena_release(&arena);
    }
    for (int k = 0; k < CHARGE_KINDS; k++)
        cr_expect(eq(i32, seen[k] == 0, k == CHARGE_TOKENS), "%s",
                  charge_kind_word((enum charge_kind)k));
}

Test(bill_reference, tells_every_mutant_apart) {
    for (int mutant = NAIVE_SOUND + 1; mutant < NAIVE_MUTANTS; mutant++) {
        int caught = 0;
        for (int number = 0; number < CASES_MUTANT && !caught; number++) {
            struct arena arena = {0};
            struct random_bill c = random_bill(SEED, (uint64_t)number);
            struct usage_ledger ledger;
            struct bill_input input = random_bill_input(&c, &ledger);
            struct bill bill = random_bill_compute(&arena, &input);
            struct naive_bill wrong = naive_bill_of(&input, (enum naive_mutant)mutant);
            caught += difference(&input, &bill, &wrong) != NULL;
            arena_release(&arena);
        }
        cr_expect(caught > 0, "mutant %d", mutant);
    }
}
