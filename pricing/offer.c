/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/offer.h"

#include <stddef.h>

#include "base/err.h"

double payment_upfront_share(enum payment payment) {
    static const double shares[] = {0, 0.5, 1};
    ENSURE((size_t)payment < sizeof shares / sizeof *shares);
    return shares[payment];
}

const char *price_status_word(enum price_status status) {
    static const char *const words[] = {
#define X(name, word) word,
        PRICE_STATUSES(X)
#undef X
    };
    ENSURE((size_t)status < sizeof words / sizeof *words);
    return words[status];
}

const char *offer_tier_word(enum offer_tier tier) {
    static const char *const words[] = {
#define X(name, word) word,
        OFFER_TIERS_LIST(X)
#undef X
    };
    ENSURE((size_t)tier < OFFER_TIERS);
    return words[tier];
}

const char *commitment_kind_word(enum commitment_kind kind) {
    static const char *const words[] = {"reserved instance", "convertible reserved instance",
                                        "EC2 Instance savings plan", "Compute savings plan"};
    ENSURE((size_t)kind < sizeof words / sizeof *words);
    return words[kind];
}

const char *payment_word(enum payment payment) {
    static const char *const words[] = {"no upfront", "partial upfront", "all upfront"};
    ENSURE((size_t)payment < sizeof words / sizeof *words);
    return words[payment];
}

const struct quote *offer_main_quote(const struct offer *offer) {
    switch (offer->kind) {
    case OFFER_INSTANCE:
        break;
    case OFFER_FUNCTION:
        return &offer->gb_second;
    case OFFER_TOKEN_API:
        return offer_tier_is_provisioned(offer->tier) ? &offer->unit_hour
                                                      : &offer->million_input_tokens;
    case OFFER_TRANSFER:
        return &offer->gigabyte;
    }
    return &offer->on_demand;
}

const struct commitment_quote *offer_commitment(const struct offer *offer,
                                                struct commitment_terms terms) {
    for (int i = 0; i < offer->n_commitments; i++) {
        const struct commitment_terms *have = &offer->commitments[i].terms;
        if (have->kind == terms.kind && have->term_years == terms.term_years &&
            have->payment == terms.payment)
            return &offer->commitments[i];
    }
    return NULL;
}
