/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words and shares of an offer, and finding a commitment by its terms. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "pricing/price_book.h"

Test(offer, words) {
    cr_assert(eq(str, (char *)price_status_word(PRICE_PUBLISHED), "published"));
    cr_assert(eq(str, (char *)price_status_word(PRICE_ESTIMATED), "estimated"));
    cr_assert(eq(str, (char *)commitment_kind_word(COMMIT_RESERVED_STANDARD), "reserved instance"));
    cr_assert(eq(str, (char *)commitment_kind_word(COMMIT_RESERVED_CONVERTIBLE),
                 "convertible reserved instance"));
    cr_assert(eq(str, (char *)commitment_kind_word(COMMIT_PLAN_EC2), "EC2 Instance savings plan"));
    cr_assert(eq(str, (char *)commitment_kind_word(COMMIT_PLAN_COMPUTE), "Compute savings plan"));
    cr_assert(eq(str, (char *)payment_word(PAY_NO_UPFRONT), "no upfront"));
    cr_assert(eq(str, (char *)payment_word(PAY_PARTIAL_UPFRONT), "partial upfront"));
    cr_assert(eq(str, (char *)payment_word(PAY_ALL_UPFRONT), "all upfront"));
}

Test(offer, upfront_shares) {
    cr_assert(eq(dbl, payment_upfront_share(PAY_NO_UPFRONT), 0));
    cr_assert(eq(dbl, payment_upfront_share(PAY_PARTIAL_UPFRONT), 0.5));
    cr_assert(eq(dbl, payment_upfront_share(PAY_ALL_UPFRONT), 1));
}

Test(offer, a_commitment_is_found_by_all_of_its_terms) {
    struct commitment_quote quotes[] = {
        {.terms = {COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT}},
        {.terms = {COMMIT_RESERVED_STANDARD, 3, PAY_NO_UPFRONT}},
        {.terms = {COMMIT_PLAN_EC2, 3, PAY_ALL_UPFRONT}},
    };
    struct offer offer = {.n_commitments = 3, .commitments = quotes};
    for (int i = 0; i < 3; i++)
        cr_assert(eq(ptr, (void *)offer_commitment(&offer, quotes[i].terms), &quotes[i]));
    struct commitment_terms other = {COMMIT_PLAN_EC2, 3, PAY_NO_UPFRONT};
    cr_assert(eq(ptr, (void *)offer_commitment(&offer, other), NULL));
}
