/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/price_words.h"

#include "base/err.h"

#define WORD(name, word) word,
#define FIRST(name, word, words) word,
#define SECOND(name, word, words) words,

static const char *const kinds[] = {OFFER_KINDS(FIRST)};
static const char *const groups[] = {OFFER_KINDS(SECOND) "sagemaker"};
static const char *const options[] = {PRICE_OPTIONS(FIRST)};
static const char *const option_words[] = {PRICE_OPTIONS(SECOND)};
static const char *const terms[] = {"1y", "3y"};
static const char *const payments[] = {PAYMENTS(FIRST)};
static const char *const units[] = {PRICE_UNITS(FIRST)};
static const char *const unit_words[] = {PRICE_UNITS(SECOND)};
static const char *const statuses[] = {PRICE_STATUSES(WORD)};
static const char *const accesses[] = {STORAGE_ACCESSES(WORD)};
static const char *const charges[] = {STORAGE_CHARGES(WORD)};

const struct price_words price_kinds = {"kind", N_OFFER_KINDS, kinds};
const struct price_words price_options = {"option", N_PRICE_OPTIONS, options};
const struct price_words price_terms = {"term", 2, terms};
const struct price_words price_payments = {"payment", N_PAYMENTS, payments};
const struct price_words price_units = {"unit", N_PRICE_UNITS, units};
const struct price_words price_statuses = {"status", N_PRICE_STATUSES, statuses};
const struct price_words price_accesses = {"access", N_STORAGE_ACCESSES, accesses};
const struct price_words price_charges = {"charge", N_STORAGE_CHARGES, charges};
const struct price_words price_discount_groups = {"discount target", N_OFFER_KINDS + 1, groups};

const char *price_kind_word(enum offer_kind kind) {
    ENSURE((size_t)kind < N_OFFER_KINDS);
    return kinds[kind];
}

const char *price_option_word(enum price_option option) {
    ENSURE((size_t)option < N_PRICE_OPTIONS);
    return options[option];
}

const char *price_option_words(enum price_option option) {
    ENSURE((size_t)option < N_PRICE_OPTIONS);
    return option_words[option];
}

const char *price_payment_word(enum payment payment) {
    ENSURE((size_t)payment < N_PAYMENTS);
    return payments[payment];
}

const char *price_unit_word(enum price_unit unit) {
    ENSURE((size_t)unit < N_PRICE_UNITS);
    return units[unit];
}

const char *price_unit_words(enum price_unit unit) {
    ENSURE((size_t)unit < N_PRICE_UNITS);
    return unit_words[unit];
}

const char *price_status_word(enum price_status status) {
    ENSURE((size_t)status < N_PRICE_STATUSES);
    return statuses[status];
}
