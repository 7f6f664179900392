/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lookups are binary searches in the order of the book; its reader is price_book_read.c. */
#include "pricing/price_book.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book_table.h"
#include "pricing/price_rules.h"
#include "pricing/price_words.h"

/* ---- shipped books ---- */

static const struct {
    const char *name, *file;
} shipped[] = {
    {"aws-2026-07", "aws-2026-07.csv"},
};

int price_book_shipped_count(void) {
    return (int)(sizeof shipped / sizeof *shipped);
}

const char *price_book_shipped_name(int index) {
    ENSURE(index >= 0 && index < price_book_shipped_count());
    return shipped[index].name;
}

struct source *price_book_shipped(struct arena *arena, const char *name, struct err *err) {
    for (int i = 0; i < price_book_shipped_count(); i++) {
        if (name && strcmp(shipped[i].name, name) != 0)
            continue;
        return book_shipped(arena, shipped[i].file, err);
    }
    err_set(err, ERR_INPUT, "no shipped price book is called '%s'", name ? name : "");
    err_hint(err, "shipped: %s; a book of your own is given by its path", shipped[0].name);
    return NULL;
}

/* ---- lookups ---- */

static int compare_bytes(struct bytes a, const char *b) {
    size_t n = strlen(b);
    int by = memcmp(a.data, b, a.n < n ? a.n : n);
    return by ? by : (a.n > n) - (a.n < n);
}

static int compare_sku(const void *name, const void *price) {
    return compare_bytes(*(const struct bytes *)name, ((const struct price *)price)->sku);
}

static int compare_alias(const void *name, const void *alias) {
    return compare_bytes(*(const struct bytes *)name, ((const struct price_alias *)alias)->name);
}

const char *price_book_sku(const struct price_book *book, struct bytes name) {
    if (name.n == 0)
        return NULL;
    const struct price *price =
        bsearch(&name, book->prices, (size_t)book->n_prices, sizeof *book->prices, compare_sku);
    if (price)
        return price->sku;
    const struct price_alias *alias = bsearch(&name, book->aliases, (size_t)book->n_aliases,
                                              sizeof *book->aliases, compare_alias);
    return alias ? alias->sku : NULL;
}

const char *const *price_book_names(const struct price_book *book, struct arena *arena, int *n) {
    const char **names =
        arena_new(arena, const char *, (size_t)book->n_prices + (size_t)book->n_aliases);
    int count = 0;
    for (int i = 0; i < book->n_prices; i++)
        if (i == 0 || strcmp(book->prices[i - 1].sku, book->prices[i].sku) != 0)
            names[count++] = book->prices[i].sku;
    for (int i = 0; i < book->n_aliases; i++)
        names[count++] = book->aliases[i].name;
    *n = count;
    return names;
}

int price_compare_rates(const struct price *a, const struct price *b) {
    int by = strcmp(a->sku, b->sku);
    by = by ? by : strcmp(a->region, b->region);
    by = by ? by : (int)a->option - (int)b->option;
    by = by ? by : a->term_years - b->term_years;
    by = by ? by : (int)a->payment - (int)b->payment;
    by = by ? by : (int)a->unit - (int)b->unit;
    by = by ? by : strcmp(a->zone, b->zone);
    return by ? by : (a->above > b->above) - (a->above < b->above);
}

static int compare_rates(const void *left, const void *right) {
    return price_compare_rates(left, right);
}

const struct price *price_book_find(const struct price_book *book, const char *sku,
                                    const char *region, enum price_option option, int term_years,
                                    enum payment payment, enum price_unit unit) {
    struct price key = {.sku = sku,
                        .region = region,
                        .zone = "",
                        .option = option,
                        .term_years = term_years,
                        .payment = payment,
                        .unit = unit};
    return bsearch(&key, book->prices, (size_t)book->n_prices, sizeof *book->prices, compare_rates);
}

/* By all that does not stand for a zone or a tier. */
static int compare_group(const struct price *a, const struct price *b) {
    struct price same = *b;
    same.zone = a->zone;
    same.above = a->above;
    return price_compare_rates(a, &same);
}

const struct price *price_book_rates(const struct price_book *book, const char *sku,
                                     const char *region, enum price_option option, int term_years,
                                     enum payment payment, enum price_unit unit, int *n) {
    struct price key = {.sku = sku,
                        .region = region,
                        .zone = "",
                        .option = option,
                        .term_years = term_years,
                        .payment = payment,
                        .unit = unit};
    const struct price *end = book->prices + book->n_prices, *first = book->prices;
    for (size_t left = (size_t)book->n_prices; left > 0;) { /* the first not before the key */
        size_t half = left / 2;
        bool before = price_compare_rates(&first[half], &key) < 0;
        first = before ? first + half + 1 : first;
        left = before ? left - half - 1 : half;
    }
    const struct price *last = first;
    while (last < end && compare_group(last, &key) == 0)
        last++;
    *n = (int)(last - first);
    return *n ? first : NULL;
}

/* The first row of a SKU, or NULL. */
static const struct price *first_price(const struct price_book *book, const char *sku) {
    struct bytes name = bytes_of(sku);
    const struct price *price =
        bsearch(&name, book->prices, (size_t)book->n_prices, sizeof *book->prices, compare_sku);
    while (price && price > book->prices && strcmp(price[-1].sku, sku) == 0)
        price--;
    return price;
}

bool price_book_has_region(const struct price_book *book, const char *sku, const char *region) {
    const struct price *end = book->prices + book->n_prices;
    for (const struct price *p = first_price(book, sku); p && p < end; p++) {
        if (strcmp(p->sku, sku) != 0)
            break;
        if (strcmp(p->region, region) == 0)
            return true;
    }
    return false;
}

/* ---- offers ---- */

/* One offer being made: what it asks for and where its rates come from. */
struct making {
    const struct offer_request *request;
    struct price_rules_place place;
    const struct offer *offer;
};

bool discount_is_for_offer(const struct price_book *book, const struct discount *discount,
                           const struct offer *offer) {
    const char *to = discount->applies_to;
    int sagemaker = price_discount_groups.n - 1;
    const char *group =
        price_discount_groups.words[offer_is_sagemaker(offer) ? sagemaker : (int)offer->kind];
    if ((strcmp(to, group) == 0 && !offer_is_fargate(offer)) || strcmp(to, offer->sku) == 0)
        return true;
    if (offer->family[0] && strcmp(to, offer->family) == 0)
        return true;
    const char *sku = price_book_sku(book, bytes_of(to));
    return sku && strcmp(sku, offer->sku) == 0;
}

bool discount_is_for_plan(const struct discount *discount, enum commitment_kind kind,
                          const char *family) {
    const char *group = kind == COMMIT_PLAN_SAGEMAKER ? "sagemaker" : "ec2";
    return strcmp(discount->applies_to, group) == 0 ||
           (kind == COMMIT_PLAN_EC2 && family && strcmp(discount->applies_to, family) == 0);
}

static const int64_t whole = 1000000000;

static int64_t left_of(const struct discount *discount) {
    ENSURE(discount->fraction >= 0 && discount->fraction <= 1);
    return whole - llround(discount->fraction * (double)whole);
}

usd_nano discounts_on_plan(const struct discount *discounts, int n_discounts,
                           enum commitment_kind kind, const char *family, usd_nano list) {
    for (int i = 0; i < n_discounts; i++)
        if (discount_is_for_plan(&discounts[i], kind, family))
            list = money_scale_rate(list, left_of(&discounts[i]), whole);
    return list;
}

/* Whether a discount is off a quote of the offer; `plan`: of that kind, else NULL. */
static bool discount_matches(const struct making *m, const struct discount *discount,
                             const struct commitment_terms *plan) {
    return plan ? discount_is_for_plan(discount, plan->kind, m->offer->family)
                : discount_is_for_offer(m->place.book, discount, m->offer);
}

static void scale_tiers(const struct making *m, struct quote *quote, int64_t numerator,
                        int64_t denominator) {
    struct price_tier *tiers = arena_new(m->place.arena, struct price_tier, quote->n_tiers);
    for (int t = 0; t < quote->n_tiers; t++)
        tiers[t] = (struct price_tier){
            quote->tiers[t].from, money_scale_rate(quote->tiers[t].rate, numerator, denominator)};
    quote->tiers = tiers;
}

/* Fractions are taken to the billionth, so that the discounted rate is an exact product. */
static struct quote discounted(const struct making *m, struct quote quote,
                               const struct commitment_terms *plan) {
    quote.list = quote.rate;
    for (int i = 0; quote.known && i < m->request->n_discounts; i++) {
        const struct discount *discount = &m->request->discounts[i];
        if (!discount_matches(m, discount, plan))
            continue;
        int64_t left = left_of(discount);
        quote.rate = money_scale_rate(quote.rate, left, whole);
        quote.low = money_scale_rate(quote.low, left, whole);
        quote.high = money_scale_rate(quote.high, left, whole);
        scale_tiers(m, &quote, left, whole);
        if (quote.rate == 0)
            return (struct quote){.rule = "",
                                  .source = "",
                                  .as_of = "",
                                  .reason = arena_printf(m->place.arena,
                                                         "the discount on '%s' leaves no rate",
                                                         discount->applies_to)};
    }
    return quote;
}

/* Estimates as the request wants them, then discounts. */
static struct quote finished(const struct making *m, struct quote quote,
                             const struct commitment_terms *plan) {
    if (quote.known && quote.status == PRICE_ESTIMATED && !m->request->estimates)
        return (struct quote){
            .rule = "",
            .source = "",
            .as_of = "",
            .reason = arena_printf(m->place.arena,
                                   "only an estimate (rule %s) is at hand, and estimates are "
                                   "refused",
                                   quote.rule)};
    return discounted(m, quote, plan);
}

static struct quote listed(const struct making *m, enum price_option option, enum price_unit unit) {
    return finished(m, price_rules_listed(&m->place, option, (struct commitment_terms){0}, unit),
                    NULL);
}

static const struct commitment_quote *make_commitments(const struct making *m) {
    int n = m->request->n_commitments;
    struct commitment_quote *quotes = arena_new(m->place.arena, struct commitment_quote, n);
    for (int i = 0; i < n; i++) {
        struct commitment_terms terms = m->request->commitments[i];
        quotes[i].terms = terms;
        quotes[i].effective = finished(m, price_rules_commitment(&m->place, terms),
                                       commitment_kind_is_plan(terms.kind) ? &terms : NULL);
        quotes[i].upfront = price_rules_upfront(&m->place, terms);
    }
    return quotes;
}

static void make_instance(struct making *m, struct offer *offer) {
    const struct offer_request *request = m->request;
    m->place.on_demand =
        price_rules_listed(&m->place, PRICE_ON_DEMAND, (struct commitment_terms){0}, PER_HOUR);
    offer->on_demand = finished(m, m->place.on_demand, NULL);
    offer->spot = listed(m, PRICE_SPOT, PER_HOUR);
    offer->capacity_block = listed(m, PRICE_CAPACITY_BLOCK, PER_HOUR);
    offer->interruptions_per_month = price_rules_interruptions(&m->place);
    offer->vcpu = request->vcpu;
    bool ec2 = request->quota_group && !offer_is_sagemaker(offer); /* endpoints have other quotas */
    offer->quota_group = ec2 ? request->quota_group : "";
    offer->commitments = make_commitments(m);
    offer->n_commitments = request->n_commitments;
}

static struct quote not_sold(void) {
    return (struct quote){.rule = "", .source = "", .as_of = "", .reason = "not how this is sold"};
}

static struct quote function_plan(const struct making *m, struct commitment_terms terms,
                                  enum price_unit unit) {
    return finished(m, price_rules_listed(&m->place, PRICE_PLAN_COMPUTE, terms, unit), &terms);
}

/* What Compute plans charge for a function's time, as far as the book has it. */
static void add_function_plans(const struct making *m, struct offer *offer) {
    int n = m->request->n_commitments;
    struct commitment_quote *quotes = arena_new(m->place.arena, struct commitment_quote, n);
    offer->commitments = quotes;
    for (int i = 0; i < n; i++) {
        struct commitment_terms terms = m->request->commitments[i];
        if (terms.kind != COMMIT_PLAN_COMPUTE)
            continue;
        struct commitment_quote quote = {
            .terms = terms,
            .effective = function_plan(m, terms, PER_GB_SECOND),
            .provisioned = function_plan(m, terms, PER_GB_SECOND_PROVISIONED),
            .held = function_plan(m, terms, PER_GB_SECOND_HELD),
        };
        if (quote.effective.known || quote.provisioned.known || quote.held.known)
            quotes[offer->n_commitments++] = quote;
    }
}

static void make_function(const struct making *m, struct offer *offer) {
    offer->gb_second = listed(m, PRICE_ON_DEMAND, PER_GB_SECOND);
    offer->million_requests = listed(m, PRICE_ON_DEMAND, PER_MILLION_REQUESTS);
    offer->provisioned_gb_second = listed(m, PRICE_PROVISIONED, PER_GB_SECOND);
    offer->held_gb_second = listed(m, PRICE_PROVISIONED, PER_GB_SECOND_HELD);
    add_function_plans(m, offer);
}

static struct quote token_rate(const struct making *m, enum price_unit unit) {
    static const enum price_option options[OFFER_TIERS] = {
        PRICE_ON_DEMAND,   PRICE_BATCH,          PRICE_FLEX,          PRICE_PRIORITY,
        PRICE_PROVISIONED, PRICE_PROVISIONED_1M, PRICE_PROVISIONED_6M};
    return m->request->tier == TIER_BATCH ? finished(m, price_rules_batch(&m->place, unit), NULL)
                                          : listed(m, options[m->request->tier], unit);
}

static void make_token_api(const struct making *m, struct offer *offer) {
    offer->tier = m->request->tier;
    if (offer_tier_is_provisioned(offer->tier)) {
        offer->unit_hour = token_rate(m, PER_HOUR);
        return;
    }
    offer->million_input_tokens = token_rate(m, PER_MILLION_INPUT_TOKENS);
    offer->million_output_tokens = token_rate(m, PER_MILLION_OUTPUT_TOKENS);
    offer->million_cached_tokens = token_rate(m, PER_MILLION_CACHED_TOKENS);
}

static void make_storage(const struct making *m, struct offer *offer) {
    const struct price *kept = price_book_find(m->place.book, m->place.sku, m->place.region,
                                               PRICE_ON_DEMAND, 0, PAY_NO_UPFRONT, PER_GB_MONTH);
    offer->gb_month = listed(m, PRICE_ON_DEMAND, PER_GB_MONTH);
    offer->gb_read = listed(m, PRICE_ON_DEMAND, PER_GB_READ);
    offer->thousand_reads = listed(m, PRICE_ON_DEMAND, PER_THOUSAND_READS);
    offer->thousand_writes = listed(m, PRICE_ON_DEMAND, PER_THOUSAND_WRITES);
    offer->iops_month = listed(m, PRICE_ON_DEMAND, PER_IOPS_MONTH);
    offer->mbps_month = listed(m, PRICE_ON_DEMAND, PER_MBPS_MONTH);
    offer->gb_month_30 = listed(m, PRICE_ON_DEMAND, PER_GB_MONTH_30);
    offer->gb_month_90 = listed(m, PRICE_ON_DEMAND, PER_GB_MONTH_90);
    offer->thousand_objects = listed(m, PRICE_ON_DEMAND, PER_THOUSAND_OBJECTS);
    offer->storage = kept ? kept->storage : (struct storage_terms){0};
}

static const char *family_of(struct arena *arena, const char *sku) {
    return arena_strndup(arena, sku, strcspn(sku, "."));
}

struct offer price_book_offer(const struct price_book *book, struct arena *arena,
                              const struct offer_request *request) {
    const struct quote other = not_sold();
    const struct price *first = first_price(book, request->sku);
    struct offer offer = {.kind = first ? first->kind : OFFER_INSTANCE,
                          .sku = first ? first->sku : request->sku,
                          .region = request->region,
                          .family = "",
                          .quota_group = "",
                          .on_demand = other,
                          .spot = other,
                          .capacity_block = other,
                          .interruptions_per_month = -1,
                          .gb_second = other,
                          .million_requests = other,
                          .provisioned_gb_second = other,
                          .held_gb_second = other,
                          .million_input_tokens = other,
                          .million_output_tokens = other,
                          .million_cached_tokens = other,
                          .unit_hour = other,
                          .gigabyte = other,
                          .gb_month = other,
                          .gb_read = other,
                          .thousand_reads = other,
                          .thousand_writes = other,
                          .iops_month = other,
                          .mbps_month = other,
                          .gb_month_30 = other,
                          .gb_month_90 = other,
                          .thousand_objects = other};
    struct making m = {.request = request,
                       .place = {.book = book,
                                 .arena = arena,
                                 .sku = request->sku,
                                 .region = request->region,
                                 .accelerated = request->accelerated},
                       .offer = &offer};
    switch (offer.kind) {
    case OFFER_INSTANCE:
        offer.family = family_of(arena, offer.sku);
        make_instance(&m, &offer);
        break;
    case OFFER_FUNCTION:
        make_function(&m, &offer);
        break;
    case OFFER_TOKEN_API:
        make_token_api(&m, &offer);
        break;
    case OFFER_TRANSFER:
        offer.gigabyte = listed(&m, PRICE_ON_DEMAND, PER_GB);
        break;
    case OFFER_STORAGE:
        make_storage(&m, &offer);
        break;
    }
    return offer;
}
