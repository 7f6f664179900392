/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/offer.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

double payment_upfront_share(enum payment payment) {
    static const double shares[] = {0, 0.5, 1};
    ENSURE((size_t)payment < sizeof shares / sizeof *shares);
    return shares[payment];
}

double commitment_quote_upfront_share(const struct commitment_quote *quote) {
    if (quote->upfront == 0 || quote->effective.list == 0)
        return payment_upfront_share(quote->terms.payment);
    double hours = (double)HOURS_PER_TERM_YEAR * quote->terms.term_years;
    return money_rate_usd(quote->upfront) / (money_rate_usd(quote->effective.list) * hours);
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
    static const char *const words[] = {
        "reserved instance",         "convertible reserved instance",
        "EC2 Instance savings plan", "Compute savings plan",
        "SageMaker savings plan",    "capacity block",
        "capacity reservation",      "model units",
    };
    ENSURE((size_t)kind < sizeof words / sizeof *words);
    return words[kind];
}

const char *payment_word(enum payment payment) {
    static const char *const words[] = {
#define X(name, word, words) words,
        PAYMENTS(X)
#undef X
    };
    ENSURE((size_t)payment < N_PAYMENTS);
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
    case OFFER_STORAGE:
        return &offer->gb_month;
    }
    return &offer->on_demand;
}

bool offer_is_sagemaker(const struct offer *offer) {
    return strncmp(offer->sku, "ml.", 3) == 0;
}

int offer_size_quarters(const struct offer *offer) {
    static const char *const words[] = {"nano", "micro", "small", "medium", "large", "xlarge"};
    const char *size = strrchr(offer->sku, '.');
    if (!size)
        return 0;
    size++;
    for (int i = 0; i < 6; i++)
        if (strcmp(size, words[i]) == 0)
            return 1 << i;
    bool metal = strncmp(size, "metal-", 6) == 0;
    char *end;
    long xlarges = strtol(metal ? size + 6 : size, &end, 10);
    bool sized = xlarges > 1 && xlarges < 1000 && strcmp(end, metal ? "xl" : "xlarge") == 0;
    return sized ? 32 * (int)xlarges : 0;
}

bool offer_is_fargate(const struct offer *offer) {
    return strncmp(offer->sku, "fargate-", 8) == 0;
}

/* "g5g": the letters before the first digit and the number after them. */
static bool of_line(const char *family, const char *letters, int from_generation) {
    size_t n = strlen(letters);
    return strncmp(family, letters, n) == 0 && atoi(family + n) >= from_generation;
}

bool offer_size_flexible(const struct offer *offer) {
    const char *family = offer->family;
    bool left_out =
        of_line(family, "g", 4) || of_line(family, "gr", 1) || of_line(family, "inf", 1);
    return !left_out && family[0] && !offer_is_sagemaker(offer) && offer_size_quarters(offer) > 0;
}

double offer_reserved_hours(const struct offer *reserved, const struct offer *used) {
    if (used->kind != OFFER_INSTANCE || strcmp(reserved->region, used->region) != 0)
        return 0;
    if (strcmp(reserved->sku, used->sku) == 0)
        return 1;
    bool flexible = offer_size_flexible(reserved) && offer_size_flexible(used) &&
                    strcmp(reserved->family, used->family) == 0;
    return flexible ? (double)offer_size_quarters(used) / offer_size_quarters(reserved) : 0;
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
