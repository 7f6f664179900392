/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/price_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct quote unknown(const char *reason) {
    return (struct quote){.rule = "", .source = "", .as_of = "", .reason = reason};
}

static const char *rate_words(struct arena *arena, enum price_option option,
                              struct commitment_terms terms, enum price_unit unit) {
    if (option == PRICE_SPOT || option == PRICE_CAPACITY_BLOCK)
        return arena_printf(arena, "%s rate", price_option_words(option));
    if (option >= PRICE_BATCH)
        return arena_printf(arena, "%s %s rate", price_option_words(option),
                            price_unit_words(unit));
    if (option == PRICE_ON_DEMAND)
        return unit == PER_HOUR ? "on-demand rate"
                                : arena_printf(arena, "%s rate", price_unit_words(unit));
    return arena_printf(arena, "%d-year %s %s rate", terms.term_years, payment_word(terms.payment),
                        commitment_kind_word(terms.kind));
}

static struct quote quote_of(const struct price *price) {
    return (struct quote){.known = true,
                          .rate = price->rate,
                          .low = price->low,
                          .high = price->high,
                          .status = price->status,
                          .rule = price->rule,
                          .source = price->source,
                          .as_of = price->as_of,
                          .reason = "",
                          .included = price->included};
}

/* ---- rates by zone: spot and capacity blocks ---- */

/* The rows that count: those of the uppermost layer, of the region alone if it has one. */
struct zone_rows {
    int n;
    const struct price **rows;
};

static struct zone_rows zone_rows(const struct price_rules_place *place, enum price_option option) {
    int n_all;
    const struct price *all = price_book_rates(place->book, place->sku, place->region, option, 0,
                                               PAY_NO_UPFRONT, PER_HOUR, &n_all);
    struct zone_rows zones = {.rows = arena_new(place->arena, const struct price *, n_all)};
    int layer = -1;
    for (int i = 0; i < n_all; i++)
        layer = all[i].layer > layer ? all[i].layer : layer;
    for (int i = 0; i < n_all; i++)
        if (all[i].layer == layer)
            zones.rows[zones.n++] = &all[i];
    if (zones.n > 0 && zones.rows[0]->zone[0] == '\0')
        zones.n = 1;
    return zones;
}

static int compare_price(const void *left, const void *right) {
    const struct price *a = *(const struct price *const *)left;
    const struct price *b = *(const struct price *const *)right;
    int by = (a->rate > b->rate) - (a->rate < b->rate);
    return by ? by : strcmp(a->zone, b->zone);
}

static struct quote zone_quote(const struct price_rules_place *place, enum price_option option) {
    struct zone_rows zones = zone_rows(place, option);
    if (zones.n == 0)
        return (struct quote){0};
    if (zones.n == 1)
        return quote_of(zones.rows[0]);
    qsort(zones.rows, (size_t)zones.n, sizeof *zones.rows, compare_price);
    const struct price *below = zones.rows[(zones.n - 1) / 2], *above = zones.rows[zones.n / 2];
    struct quote quote = quote_of(below);
    quote.rate = below->rate + money_scale_rate(above->rate - below->rate, 1, 2);
    quote.low = zones.rows[0]->rate;
    quote.high = zones.rows[zones.n - 1]->rate;
    for (int i = 0; i < zones.n; i++) {
        const struct price *price = zones.rows[i];
        if (strcmp(price->as_of, quote.as_of) < 0)
            quote.as_of = price->as_of;
        if (price->status > quote.status) {
            quote.status = price->status;
            quote.rule = price->rule;
        }
    }
    return quote;
}

double price_rules_interruptions(const struct price_rules_place *place) {
    struct zone_rows zones = zone_rows(place, PRICE_SPOT);
    double most = -1;
    for (int i = 0; i < zones.n; i++)
        most = fmax(most, zones.rows[i]->interruptions_per_month);
    return most;
}

/* ---- rates ---- */

/* When a rate is in the book and has not begun: the day it does; else "". */
static const char *begins_on(const struct price_rules_place *place, enum price_option option,
                             struct commitment_terms terms, enum price_unit unit) {
    const struct price key = {.sku = place->sku,
                              .region = place->region,
                              .zone = "",
                              .option = option,
                              .term_years = terms.term_years,
                              .payment = terms.payment,
                              .unit = unit};
    const struct price_book *book = place->book;
    size_t low = 0, high = (size_t)book->n_rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (price_compare_rates(&book->rows[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < (size_t)book->n_rows && price_compare_rates(&book->rows[low], &key) == 0;
    return found ? book->rows[low].effective_from : "";
}

/* The volume tiers above the first, whose row is `first`. */
static void add_tiers(const struct price_rules_place *place, const struct price *first,
                      struct quote *quote) {
    int n;
    const struct price *rows =
        price_book_rates(place->book, place->sku, place->region, first->option, first->term_years,
                         first->payment, first->unit, &n);
    struct price_tier *tiers = arena_new(place->arena, struct price_tier, n);
    for (int i = 0; i < n; i++)
        if (rows[i].above > 0)
            tiers[quote->n_tiers++] = (struct price_tier){rows[i].above, rows[i].rate};
    quote->tiers = tiers;
}

struct quote price_rules_listed(const struct price_rules_place *place, enum price_option option,
                                struct commitment_terms terms, enum price_unit unit) {
    if (option < PRICE_RESERVED_STANDARD)
        terms.payment = PAY_NO_UPFRONT;
    struct quote quote = {0};
    const struct price *price = NULL;
    if (option == PRICE_SPOT || option == PRICE_CAPACITY_BLOCK)
        quote = zone_quote(place, option);
    else if ((price = price_book_find(place->book, place->sku, place->region, option,
                                      terms.term_years, terms.payment, unit))) {
        quote = quote_of(price);
        add_tiers(place, price, &quote);
    }
    if (quote.known)
        return quote;
    const char *from = begins_on(place, option, terms, unit);
    return unknown(arena_printf(place->arena, "price book %s has no %s for %s in %s%s%s",
                                place->book->name, rate_words(place->arena, option, terms, unit),
                                place->sku, place->region, from[0] ? " before " : "", from));
}

/* A rate by rule from the rate it rests on, x part / whole. */
static struct quote by_ratio(const struct price_rules_place *place, struct quote basis,
                             const char *rule, int64_t part, int64_t whole) {
    usd_pico rate = money_scale_rate(basis.rate, part, whole);
    basis.rate = basis.low = basis.high = rate;
    basis.status = PRICE_ESTIMATED;
    basis.rule = basis.rule[0] ? arena_printf(place->arena, "%s, %s", basis.rule, rule) : rule;
    return basis;
}

static struct quote by_rule(const struct price_rules_place *place, struct quote basis,
                            const char *rule, int64_t per_mille) {
    return by_ratio(place, basis, rule, per_mille, 1000);
}

/* What a payment costs more than all upfront, over the term. */
static int64_t payment_per_mille(struct commitment_terms terms) {
    static const int64_t per_mille[2][3] = {{1071, 1020, 1000}, {1149, 1064, 1000}};
    return per_mille[terms.term_years == 3][terms.payment];
}

static struct quote reserved_standard(const struct price_rules_place *place, int term_years,
                                      enum payment payment) {
    struct commitment_terms terms = {COMMIT_RESERVED_STANDARD, term_years, payment};
    struct quote listed = price_rules_listed(place, PRICE_RESERVED_STANDARD, terms, PER_HOUR);
    if (listed.known || (term_years != 1 && term_years != 3))
        return listed;
    if (payment == PAY_ALL_UPFRONT) {
        if (term_years == 1 && place->accelerated && place->on_demand.known)
            return by_rule(place, place->on_demand, "ri-1y-gpu", 588);
        return listed;
    }
    struct quote all_upfront = reserved_standard(place, term_years, PAY_ALL_UPFRONT);
    if (!all_upfront.known)
        return listed;
    return by_rule(place, all_upfront, "ri-payment", payment_per_mille(terms));
}

/* The EC2 Instance plan's rate, whatever the book says of Compute plans. */
static struct quote plan_ec2_by_rule(const struct price_rules_place *place,
                                     struct commitment_terms terms) {
    struct quote listed = price_rules_listed(place, PRICE_PLAN_EC2, terms, PER_HOUR);
    if (listed.known)
        return listed;
    struct quote reserved = reserved_standard(place, terms.term_years, terms.payment);
    if (reserved.known)
        return by_rule(place, reserved, "sp-ec2", 1000);
    struct commitment_terms paid = {COMMIT_PLAN_EC2, terms.term_years, PAY_ALL_UPFRONT};
    struct quote all_upfront = price_rules_listed(place, PRICE_PLAN_EC2, paid, PER_HOUR);
    return all_upfront.known ? by_rule(place, by_rule(place, all_upfront, "sp-ec2", 1000),
                                       "ri-payment", payment_per_mille(terms))
                             : listed;
}

/* A rate under one payment from the rate under another. */
static struct quote by_payment(const struct price_rules_place *place, struct quote basis,
                               struct commitment_terms from, struct commitment_terms to) {
    return from.payment == to.payment ? basis
                                      : by_ratio(place, basis, "ri-payment", payment_per_mille(to),
                                                 payment_per_mille(from));
}

/* What the book says of Compute plans of this term: their rate, else the one under another payment,
 * all upfront before the others. */
static struct quote plan_compute_of_book(const struct price_rules_place *place,
                                         struct commitment_terms terms) {
    struct quote listed = price_rules_listed(place, PRICE_PLAN_COMPUTE, terms, PER_HOUR);
    if (listed.known || (terms.term_years != 1 && terms.term_years != 3))
        return listed;
    static const enum payment others[] = {PAY_ALL_UPFRONT, PAY_NO_UPFRONT, PAY_PARTIAL_UPFRONT};
    for (int i = 0; i < N_PAYMENTS; i++) {
        struct commitment_terms paid = {COMMIT_PLAN_COMPUTE, terms.term_years, others[i]};
        struct quote other = price_rules_listed(place, PRICE_PLAN_COMPUTE, paid, PER_HOUR);
        if (other.known)
            return by_payment(place, other, paid, terms);
    }
    return listed;
}

/* Nobody takes a commitment that is dearer than on demand: where the basis of an estimate is, on
 * demand is all that may be assumed. */
static struct quote at_most(struct quote quote, usd_pico most) {
    if (quote.rate > most)
        quote.rate = quote.low = quote.high = most;
    return quote;
}

/* By rule never dearer than on demand, nor than what the book knows of the Compute plan of the same
 * terms, which covers more. */
static struct quote plan_ec2(const struct price_rules_place *place, struct commitment_terms terms) {
    struct quote quote = plan_ec2_by_rule(place, terms);
    if (!quote.known || !quote.rule[0])
        return quote;
    struct quote compute = plan_compute_of_book(place, terms);
    if (place->on_demand.known)
        quote = at_most(quote, place->on_demand.rate);
    return compute.known ? at_most(quote, compute.rate) : quote;
}

/* From the EC2 Instance plan, so that the plan which covers more is not estimated below the other;
 * it is at most the on-demand rate. Without one, from the on-demand rate: what the typical family
 * with rates of reserved instances pays (1 year: 0.6173 x 1.071 x 1.201). */
static struct quote plan_compute(const struct price_rules_place *place,
                                 struct commitment_terms terms) {
    struct quote known = plan_compute_of_book(place, terms);
    bool covered = (terms.term_years == 1 || terms.term_years == 3) && place->on_demand.known;
    if (known.known || !covered)
        return known;
    bool one = terms.term_years == 1;
    struct quote ec2 = plan_ec2_by_rule(place, terms);
    if (!ec2.known) {
        int64_t per_mille = one ? 794 : place->accelerated ? 519 : 545;
        struct commitment_terms none = {COMMIT_PLAN_COMPUTE, terms.term_years, PAY_NO_UPFRONT};
        return by_payment(place, by_rule(place, place->on_demand, "sp-compute", per_mille), none,
                          terms);
    }
    return at_most(by_rule(place, ec2, "sp-compute", one ? 1201 : 1202), place->on_demand.rate);
}

struct quote price_rules_batch(const struct price_rules_place *place, enum price_unit unit) {
    const struct commitment_terms none = {0};
    struct quote listed = price_rules_listed(place, PRICE_BATCH, none, unit);
    struct quote standard = price_rules_listed(place, PRICE_ON_DEMAND, none, unit);
    bool ruled = unit == PER_MILLION_INPUT_TOKENS || unit == PER_MILLION_OUTPUT_TOKENS;
    return listed.known || !standard.known || !ruled ? listed
                                                     : by_rule(place, standard, "token-batch", 500);
}

struct quote price_rules_commitment(const struct price_rules_place *place,
                                    struct commitment_terms terms) {
    bool endpoint = strncmp(place->sku, "ml.", 3) == 0;
    if (endpoint != (terms.kind == COMMIT_PLAN_SAGEMAKER))
        return unknown(endpoint ? "only SageMaker savings plans cover SageMaker's types"
                                : "SageMaker savings plans cover its own types (ml.*) alone");
    if (strncmp(place->sku, "fargate-", 8) == 0)
        return terms.kind == COMMIT_PLAN_COMPUTE
                   ? price_rules_listed(place, PRICE_PLAN_COMPUTE, terms, PER_HOUR)
                   : unknown("only Compute savings plans cover Fargate");
    switch (terms.kind) {
    case COMMIT_RESERVED_STANDARD:
        return reserved_standard(place, terms.term_years, terms.payment);
    case COMMIT_RESERVED_CONVERTIBLE:
        return price_rules_listed(place, PRICE_RESERVED_CONVERTIBLE, terms, PER_HOUR);
    case COMMIT_PLAN_EC2:
        return plan_ec2(place, terms);
    case COMMIT_PLAN_COMPUTE:
        return plan_compute(place, terms);
    case COMMIT_PLAN_SAGEMAKER:
        return price_rules_listed(place, PRICE_PLAN_SAGEMAKER, terms, PER_HOUR);
    case COMMIT_CAPACITY_BLOCK:
    case COMMIT_CAPACITY_RESERVATION:
    case COMMIT_MODEL_UNITS:
        break;
    }
    return unknown("no such commitment");
}

usd_pico price_rules_upfront(const struct price_rules_place *place, struct commitment_terms terms) {
    if (commitment_kind_is_plan(terms.kind))
        return 0;
    enum price_option option = terms.kind == COMMIT_RESERVED_STANDARD ? PRICE_RESERVED_STANDARD
                                                                      : PRICE_RESERVED_CONVERTIBLE;
    const struct price *price = price_book_find(place->book, place->sku, place->region, option,
                                                terms.term_years, terms.payment, PER_HOUR);
    return price ? price->upfront : 0;
}
