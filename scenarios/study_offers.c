/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_offers.h"

#include "scenarios/study_parts.h"

#include "pricing/price_words.h"
#include <string.h>

/* The upper end of the Spot Advisor's worst band: pricing/books/SOURCES.md. */
#define INTERRUPTIONS_UNKNOWN_PER_MONTH 0.30

struct mistakes study_mistakes(struct arena *arena, const struct scenario *scenario) {
    struct mistakes mistakes = mistakes_new(arena, scenario->file);
    for (int i = 1; i < scenario->n_documents; i++)
        mistakes_add_file(&mistakes, scenario->documents[i].file);
    return mistakes;
}

static void collect_terms(struct study_offers *offers) {
    const struct scenario *scenario = &offers->study->scenario;
    offers->terms =
        arena_new(offers->arena, struct commitment_terms, scenario->n_terms + scenario->n_owned);
    for (int i = 0; i < scenario->n_terms + scenario->n_owned; i++) {
        struct commitment_terms terms = i < scenario->n_terms
                                            ? scenario->terms[i]
                                            : scenario->owned[i - scenario->n_terms].terms;
        bool seen = false;
        for (int j = 0; j < offers->n_terms; j++)
            seen = seen || memcmp(&offers->terms[j], &terms, sizeof terms) == 0;
        if (!seen)
            offers->terms[offers->n_terms++] = terms;
    }
}

struct study_offers study_offers_open(struct arena *arena, const struct study *study,
                                      struct mistakes *mistakes) {
    struct study_offers offers = {.arena = arena, .study = study, .mistakes = mistakes};
    collect_terms(&offers);
    return offers;
}

/* ---- offers ---- */

/* A spot rate of which nobody knows how often it is interrupted: never "not at all". */
static void assume_interruptions(const struct study_offers *offers, struct offer *offer) {
    static const char rule[] = "spot-interruptions-unknown";
    struct quote *spot = &offer->spot;
    if (!spot->known || offer->interruptions_per_month >= 0)
        return;
    if (!offers->study->scenario.estimates) {
        *spot = (struct quote){
            .rule = "",
            .source = "",
            .as_of = "",
            .reason = arena_printf(offers->arena,
                                   "how often spot %s is interrupted in %s is only an estimate "
                                   "(rule %s), and estimates are refused",
                                   offer->sku, offer->region, rule)};
        return;
    }
    offer->interruptions_per_month = INTERRUPTIONS_UNKNOWN_PER_MONTH;
    spot->status = PRICE_ESTIMATED;
    spot->rule = spot->rule[0] ? arena_printf(offers->arena, "%s, %s", spot->rule, rule) : rule;
}

struct offer study_offers_make(const struct study_offers *offers, const char *sku,
                               const char *region, enum offer_tier tier,
                               const struct commitment_terms *terms, int n_terms) {
    const struct scenario *scenario = &offers->study->scenario;
    const struct instance_type *type = catalog_instance(&offers->study->catalog, bytes_of(sku));
    struct offer_request request = {
        .sku = sku,
        .region = region,
        .tier = tier,
        .quota_group = type ? type->quota_group : "",
        .vcpu = type ? type->vcpu : 0,
        .accelerated = type && type->accelerator[0] != '\0',
        .commitments = terms,
        .n_commitments = n_terms,
        .discounts = scenario->discounts,
        .n_discounts = scenario->n_discounts,
        .estimates = scenario->estimates,
    };
    struct offer offer = price_book_offer(&offers->study->book, offers->arena, &request);
    /* what is interrupted, the market tells */
    if (study_spot_quote(offers->study, sku, region, &offer.spot) &&
        offer.interruptions_per_month < 0)
        offer.interruptions_per_month = 0;
    offer.spot_hours = study_spot_hours(offers->study, sku, region);
    study_price_zones(offers->arena, offers->study, &offer);
    assume_interruptions(offers, &offer);
    return offer;
}

static int get_or_make(struct study_offers *offers, const char *sku, const char *region,
                       enum offer_tier tier) {
    for (int i = 0; i < offers->n; i++)
        if (strcmp(offers->offers[i].sku, sku) == 0 &&
            strcmp(offers->offers[i].region, region) == 0 && offers->offers[i].tier == tier)
            return i;
    size_t n = (size_t)offers->n;
    offers->offers = arena_grow(offers->arena, offers->offers, n, n + 1, sizeof *offers->offers);
    offers->offers[n] =
        study_offers_make(offers, sku, region, tier, offers->terms, offers->n_terms);
    return offers->n++;
}

int study_offers_get_unpriced(struct study_offers *offers, const char *sku, const char *region) {
    return get_or_make(offers, sku, region, TIER_STANDARD);
}

int study_offers_get(struct study_offers *offers, const char *sku, const char *region,
                     enum offer_tier tier) {
    if (!price_book_has_region(&offers->study->book, sku, region))
        return -1;
    return get_or_make(offers, sku, region, tier);
}

/* ---- names ---- */

bool study_sold_as(const struct study *study, const char *sku, enum offer_kind kind) {
    for (int i = 0; sku && i < study->book.n_prices; i++)
        if (strcmp(study->book.prices[i].sku, sku) == 0)
            return study->book.prices[i].kind == kind;
    return false;
}

void study_unknown_name(const struct study_offers *offers, struct place place, const char *what,
                        const char *name, const char *const *names, int n_names,
                        const char *where) {
    const char *near = text_nearest(bytes_of(name), names, (size_t)n_names);
    const char *hint =
        near ? arena_printf(offers->arena, "did you mean '%s'? %s", near, where) : where;
    mistakes_at(offers->mistakes, place, hint, "unknown %s '%s'", what,
                mistakes_shown(offers->arena, bytes_of(name)));
}

bool study_known_region(const struct study_offers *offers, const char *region) {
    const struct price_book *book = &offers->study->book;
    for (int i = 0; i < book->n_prices; i++)
        if (strcmp(book->prices[i].region, region) == 0)
            return true;
    return false;
}

void study_unknown_region(const struct study_offers *offers, struct place place,
                          const char *region) {
    const struct price_book *book = &offers->study->book;
    const char **names = arena_new(offers->arena, const char *, book->n_prices);
    for (int i = 0; i < book->n_prices; i++)
        names[i] = book->prices[i].region;
    study_unknown_name(
        offers, place, "region", region, names, book->n_prices,
        arena_printf(offers->arena, "the price book %s has no rate there", book->name));
}

/* ---- discounts ---- */

/* "g6e" of "g6e.2xlarge", as offers have it. */
static const char *family_of(struct arena *arena, const char *sku) {
    return arena_strndup(arena, sku, strcspn(sku, "."));
}

/* All that a discount can be for; names may stand in it more than once. */
static const char *const *discount_names(const struct study_offers *offers, int *n) {
    const struct price_book *book = &offers->study->book;
    const struct catalog *catalog = &offers->study->catalog;
    int n_book, count = 0;
    const char *const *of_book = price_book_names(book, offers->arena, &n_book);
    const char **names =
        arena_new(offers->arena, const char *,
                  price_discount_groups.n + n_book + book->n_prices + 2 * catalog->n_instances);
    for (int i = 0; i < price_discount_groups.n; i++)
        names[count++] = price_discount_groups.words[i];
    for (int i = 0; i < book->n_prices; i++)
        if (book->prices[i].kind == OFFER_INSTANCE)
            names[count++] = family_of(offers->arena, book->prices[i].sku);
    for (int i = 0; i < catalog->n_instances; i++) {
        names[count++] = catalog->instances[i].family;
        names[count++] = catalog->instances[i].name;
    }
    for (int i = 0; i < n_book; i++)
        names[count++] = of_book[i];
    *n = count;
    return names;
}

void study_check_discounts(const struct study_offers *offers) {
    const struct scenario *scenario = &offers->study->scenario;
    int n = 0;
    const char *const *names = scenario->n_discounts ? discount_names(offers, &n) : NULL;
    for (int d = 0; d < scenario->n_discounts; d++) {
        const char *to = scenario->discounts[d].applies_to;
        bool known = false;
        for (int i = 0; i < n && !known; i++)
            known = strcmp(names[i], to) == 0;
        if (!known)
            study_unknown_name(offers, scenario->discount_places[d], "discount target", to, names,
                               n,
                               arena_printf(offers->arena,
                                            "a discount is for ec2, sagemaker, lambda, bedrock, "
                                            "transfer, storage, an instance family or a SKU of %s",
                                            offers->study->book.name));
    }
}
