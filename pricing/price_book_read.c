/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading is one pass over the rows with every cell checked where it stands. What takes more than
 * one row to see is price_book_index.c, what is in force price_book_layers.c. */
#include "pricing/price_book.h"

#include <math.h>

#include "base/calendar.h"
#include "base/csv.h"
#include "pricing/price_book_index.h"
#include "pricing/price_words.h"

enum column {
    COL_KIND,
    COL_SKU,
    COL_REGION,
    COL_ZONE,
    COL_ALIAS,
    COL_OPTION,
    COL_TERM,
    COL_PAYMENT,
    COL_UNIT,
    COL_ABOVE,
    COL_INCLUDED,
    COL_CURRENCY,
    COL_USD,
    COL_UPFRONT,
    COL_USD_LOW,
    COL_USD_HIGH,
    COL_INTERRUPTIONS,
    COL_ACCESS,
    COL_ZONES_KEPT,
    COL_DAYS_MIN,
    COL_OBJECT_MIN,
    COL_FREE,
    COL_EFFECTIVE_FROM,
    COL_STATUS,
    COL_RULE,
    COL_SOURCE,
    COL_AS_OF,
    N_COLUMNS,
};

static const char *const column_names[N_COLUMNS] = {
    "kind",
    "sku",
    "region",
    "?zone",
    "?alias",
    "option",
    "?term",
    "?payment",
    "unit",
    "?above",
    "?included",
    "?currency",
    "usd",
    "?usd_upfront",
    "?usd_low",
    "?usd_high",
    "?interruptions_per_month",
    "?access",
    "?zones_kept",
    "?days_min",
    "?object_kib_min",
    "?free",
    "?effective_from",
    "status",
    "?rule",
    "source",
    "as_of",
};

struct reading {
    struct arena *arena;
    struct csv_reader *csv;
    struct csv_row row;
    int index[N_COLUMNS];
    int n_columns;               /* of the header */
    const char *last[N_COLUMNS]; /* the cells copied last: rows of a book repeat most of them */
    struct err_list *errs;
};

/* ---- mistakes ---- */

static void mistake_at(struct reading *r, int field, const char *what, const char *hint) {
    struct err err;
    csv_err(r->csv, &r->row, field, &err, "%s", what);
    if (hint)
        err_hint(&err, "%s", hint);
    err_list_add(r->errs, &err);
}

static void mistake(struct reading *r, enum column column, const char *what, const char *hint) {
    mistake_at(r, r->index[column] < 0 ? 0 : r->index[column], what, hint);
}

static struct bytes cell(const struct reading *r, enum column column) {
    int i = r->index[column];
    return i < 0 ? (struct bytes){"", 0} : bytes_trim(r->row.fields[i].text);
}

static const char *cell_copy(struct reading *r, enum column column) {
    struct bytes text = cell(r, column);
    if (text.n == 0)
        return "";
    if (!r->last[column] || !bytes_are(text, r->last[column]))
        r->last[column] = arena_strndup(r->arena, text.data, text.n);
    return r->last[column];
}

/* ---- cells ---- */

static const char *list_words(struct arena *arena, const struct price_words *words) {
    struct text list = {.arena = arena};
    for (int i = 0; i < words->n; i++)
        text_printf(&list, "%s%s", i ? ", " : "", words->words[i]);
    return list.data;
}

static bool read_word(struct reading *r, enum column column, const struct price_words *words,
                      int *out) {
    struct bytes text = cell(r, column);
    for (int i = 0; i < words->n; i++)
        if (bytes_are(text, words->words[i])) {
            *out = i;
            return true;
        }
    const char *near = text_nearest(text, words->words, (size_t)words->n);
    const char *list = list_words(r->arena, words);
    mistake(r, column,
            text.n
                ? arena_printf(r->arena, "unknown %s '%.*s'", words->what, (int)text.n, text.data)
                : arena_printf(r->arena, "the %s is missing", words->what),
            near ? arena_printf(r->arena, "did you mean '%s'? It is one of: %s", near, list)
                 : arena_printf(r->arena, "one of: %s", list));
    return false;
}

static bool read_usd(struct reading *r, enum column column, usd_pico *out) {
    struct bytes text = cell(r, column);
    usd_pico rate = 0;
    if (!money_parse_rate(text, &rate)) {
        mistake(r, column,
                text.n ? arena_printf(r->arena, "'%.*s' is not a price", (int)text.n, text.data)
                       : "the price is missing",
                "a plain decimal in USD with at most 12 decimals, such as 0.0000166667");
        return false;
    }
    if (rate == 0) {
        mistake(r, column, "a price of zero",
                "leave the row out when the price is unknown: an unknown price is never zero");
        return false;
    }
    *out = rate;
    return true;
}

static bool is_name(struct bytes text) {
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7F)
            return false;
    return text.n > 0;
}

static bool read_name(struct reading *r, enum column column, const char *what, const char **out) {
    struct bytes text = cell(r, column);
    if (!is_name(text)) {
        mistake(
            r, column,
            arena_printf(r->arena, text.n ? "the %s has a blank in it" : "the %s is missing", what),
            NULL);
        return false;
    }
    *out = cell_copy(r, column);
    return true;
}

static bool read_required_text(struct reading *r, enum column column, const char *what,
                               const char **out) {
    if (cell(r, column).n == 0) {
        mistake(r, column, arena_printf(r->arena, "the %s is missing", what),
                "every rate says where and when it was read");
        return false;
    }
    *out = cell_copy(r, column);
    return true;
}

/* ---- what depends on the kind and the option ---- */

static bool is_commitment(enum price_option option) {
    return option >= PRICE_RESERVED_STANDARD && option <= PRICE_PLAN_SAGEMAKER;
}

static bool check_empty(struct reading *r, enum column column, const char *what) {
    if (cell(r, column).n == 0)
        return true;
    mistake(r, column, what, "leave the cell empty");
    return false;
}

static bool read_terms(struct reading *r, struct price *price) {
    if (!is_commitment(price->option)) {
        bool ok = check_empty(r, COL_TERM, "only commitments have a term");
        return check_empty(r, COL_PAYMENT, "only commitments have a payment") && ok;
    }
    int term = 0, payment = 0;
    bool ok = read_word(r, COL_TERM, &price_terms, &term);
    ok = read_word(r, COL_PAYMENT, &price_payments, &payment) && ok;
    price->term_years = term == 0 ? 1 : 3;
    price->payment = (enum payment)payment;
    return ok;
}

static bool read_zone(struct reading *r, struct price *price) {
    price->zone = cell_copy(r, COL_ZONE);
    if (price->zone[0] == '\0')
        return true;
    if (price->option != PRICE_SPOT && price->option != PRICE_CAPACITY_BLOCK)
        return check_empty(r, COL_ZONE, "only spot and capacity_block have rates by zone");
    return read_name(r, COL_ZONE, "zone", &price->zone);
}

static bool read_above(struct reading *r, struct price *price) {
    struct bytes text = cell(r, COL_ABOVE);
    if (text.n == 0)
        return true;
    bool stored = price->unit == PER_GB_MONTH || price->unit == PER_IOPS_MONTH;
    if ((price->kind != OFFER_FUNCTION && price->kind != OFFER_TRANSFER && !stored) ||
        price->option != PRICE_ON_DEMAND)
        return check_empty(r, COL_ABOVE,
                           "only functions and transfer on demand, GB-months and IOPS have volume "
                           "tiers");
    if (text_parse_int64(text, &price->above) && price->above >= 0)
        return true;
    mistake(r, COL_ABOVE,
            arena_printf(r->arena, "'%.*s' is not a quantity", (int)text.n, text.data),
            "the whole number of units a month above which this rate holds, such as 10240");
    return false;
}

static bool read_included(struct reading *r, struct price *price) {
    struct bytes text = cell(r, COL_INCLUDED);
    if (text.n == 0)
        return true;
    if ((price->unit != PER_IOPS_MONTH && price->unit != PER_MBPS_MONTH) || price->above > 0)
        return check_empty(r, COL_INCLUDED,
                           "only the first tier of IOPS and throughput has a free part");
    if (text_parse_int64(text, &price->included) && price->included >= 0)
        return true;
    mistake(r, COL_INCLUDED,
            arena_printf(r->arena, "'%.*s' is not a quantity", (int)text.n, text.data),
            "the whole number of units that each volume has without charge, such as 3000");
    return false;
}

static bool read_currency(struct reading *r) {
    struct bytes text = cell(r, COL_CURRENCY);
    if (text.n == 0 || bytes_are(text, "USD"))
        return true;
    mistake(
        r, COL_CURRENCY,
        arena_printf(r->arena, "a price in '%.*s', but the book is in USD", (int)text.n, text.data),
        "nothing is converted: state the price in USD, or leave the row out");
    return false;
}

static bool read_upfront(struct reading *r, struct price *price, bool usd_ok) {
    if (cell(r, COL_UPFRONT).n == 0)
        return true;
    bool reserved =
        price->option == PRICE_RESERVED_STANDARD || price->option == PRICE_RESERVED_CONVERTIBLE;
    if (!reserved || price->payment != PAY_PARTIAL_UPFRONT)
        return check_empty(r, COL_UPFRONT,
                           "only partial_upfront of reserved instances leaves the fee open");
    if (!read_usd(r, COL_UPFRONT, &price->upfront) || !usd_ok)
        return false;
    int hours = HOURS_PER_TERM_YEAR * price->term_years;
    if (price->term_years == 0 || price->upfront / hours < price->rate)
        return true;
    mistake(r, COL_UPFRONT, "the fee at purchase is the whole cost of the term or more",
            "usd is the effective rate: (usd_upfront + all hourly fees) / hours of the term");
    return false;
}

/* Whether a thing of this kind is priced in this unit under this option. */
static bool unit_fits(enum offer_kind kind, enum price_option option, enum price_unit unit) {
    switch (kind) {
    case OFFER_INSTANCE:
        return unit == PER_HOUR;
    case OFFER_FUNCTION:
        if (option == PRICE_PLAN_COMPUTE)
            return unit == PER_GB_SECOND || unit == PER_GB_SECOND_PROVISIONED ||
                   unit == PER_GB_SECOND_HELD;
        return unit == PER_GB_SECOND ||
               unit == (option == PRICE_PROVISIONED ? PER_GB_SECOND_HELD : PER_MILLION_REQUESTS);
    case OFFER_TRANSFER:
        return unit == PER_GB;
    case OFFER_STORAGE:
        return unit >= PER_GB_MONTH && unit <= PER_THOUSAND_OBJECTS;
    case OFFER_TOKEN_API:
        break;
    }
    if (option >= PRICE_PROVISIONED)
        return unit == PER_HOUR;
    return unit == PER_MILLION_INPUT_TOKENS || unit == PER_MILLION_OUTPUT_TOKENS ||
           unit == PER_MILLION_CACHED_TOKENS;
}

static bool check_unit(struct reading *r, const struct price *price) {
    static const char *const hints[] = {
        "instances are priced per hour",
        ("functions are priced per GB-second and per 1M requests, provisioned ones per GB-second "
         "and per GB-second held, under a Compute plan per GB-second, provisioned GB-second and "
         "GB-second held"),
        ("token APIs are priced per 1M input, output and cached input tokens, provisioned ones per "
         "hour of a model unit"),
        "transfer is priced per GB",
        "storage is priced per GB-month, GB read, 1K reads, 1K writes, IOPS-month, MBps-month, and "
        "if tiered GB-month unread 30 days, GB-month unread 90 days and 1K objects"};
    if (unit_fits(price->kind, price->option, price->unit))
        return true;
    bool told = price->option >= PRICE_BATCH ||
                (price->kind == OFFER_FUNCTION && price->option == PRICE_PLAN_COMPUTE);
    mistake(r, COL_UNIT,
            arena_printf(r->arena, "unit '%s' does not fit kind '%s'%s%s",
                         price_unit_word(price->unit), price_kind_word(price->kind),
                         told ? ", " : "", told ? price_option_word(price->option) : ""),
            hints[price->kind]);
    return false;
}

static bool option_fits(enum offer_kind kind, enum price_option option) {
    if (kind == OFFER_INSTANCE)
        return option <= PRICE_CAPACITY_BLOCK;
    if (kind == OFFER_TRANSFER || kind == OFFER_STORAGE)
        return option == PRICE_ON_DEMAND;
    if (kind == OFFER_FUNCTION)
        return option == PRICE_ON_DEMAND || option == PRICE_PROVISIONED ||
               option == PRICE_PLAN_COMPUTE;
    return option == PRICE_ON_DEMAND || option >= PRICE_BATCH;
}

static bool check_option(struct reading *r, const struct price *price) {
    static const char *const hints[] = {
        "instances are priced on_demand, spot, by commitments and as capacity_block",
        "functions are priced on_demand, provisioned and by plan_compute",
        "token APIs are priced on_demand, batch, flex, priority and provisioned",
        "transfer is priced on_demand", "storage is priced on_demand"};
    if (option_fits(price->kind, price->option))
        return true;
    mistake(r, COL_OPTION,
            arena_printf(r->arena, "option '%s' does not fit kind '%s'",
                         price_option_word(price->option), price_kind_word(price->kind)),
            hints[price->kind]);
    return false;
}

static bool read_range(struct reading *r, struct price *price) {
    price->low = price->high = price->rate;
    if (price->option != PRICE_SPOT) {
        bool ok = check_empty(r, COL_USD_LOW, "only spot rates have a range by zone");
        return check_empty(r, COL_USD_HIGH, "only spot rates have a range by zone") && ok;
    }
    bool low = cell(r, COL_USD_LOW).n > 0, high = cell(r, COL_USD_HIGH).n > 0;
    if (price->zone[0] && (low || high))
        return check_empty(r, low ? COL_USD_LOW : COL_USD_HIGH, "one zone has no range by zone");
    if (low != high) {
        mistake(r, low ? COL_USD_HIGH : COL_USD_LOW, "half a range by zone",
                "give usd_low and usd_high, or none of them");
        return false;
    }
    if (!low)
        return true;
    bool ok = read_usd(r, COL_USD_LOW, &price->low);
    ok = read_usd(r, COL_USD_HIGH, &price->high) && ok;
    if (ok && (price->low > price->rate || price->rate > price->high)) {
        mistake(r, COL_USD_LOW, "the range by zone does not hold the rate",
                "usd_low <= usd <= usd_high");
        return false;
    }
    return ok;
}

static bool read_interruptions(struct reading *r, struct price *price) {
    price->interruptions_per_month = -1;
    struct bytes text = cell(r, COL_INTERRUPTIONS);
    if (price->option != PRICE_SPOT)
        return check_empty(r, COL_INTERRUPTIONS, "only spot rates have interruptions");
    if (text.n == 0)
        return true;
    double share = 0;
    if (!text_parse_double(text, &share) || !isfinite(share) || share < 0 || share > 1) {
        mistake(
            r, COL_INTERRUPTIONS,
            arena_printf(r->arena, "'%.*s' is not a share of instances", (int)text.n, text.data),
            "the share reclaimed in a month, 0 to 1: 0.05 for 5 %");
        return false;
    }
    price->interruptions_per_month = share;
    return true;
}

static bool read_rule(struct reading *r, struct price *price) {
    price->rule = "";
    if (price->status != PRICE_ESTIMATED)
        return check_empty(r, COL_RULE, "only estimated rates have a rule");
    if (cell(r, COL_RULE).n == 0) {
        mistake(r, COL_RULE, "an estimated rate without its rule",
                "name the rule that made it, such as spot-advisor");
        return false;
    }
    price->rule = cell_copy(r, COL_RULE);
    return true;
}

static bool read_date(struct reading *r, enum column column, const char *hint, const char **out) {
    struct bytes text = cell(r, column);
    struct date date;
    if (!calendar_parse_date(text, &date)) {
        mistake(r, column,
                text.n ? arena_printf(r->arena, "'%.*s' is not a date", (int)text.n, text.data)
                       : "the date is missing",
                hint);
        return false;
    }
    *out = cell_copy(r, column);
    return true;
}

static bool read_dates(struct reading *r, struct price *price) {
    price->effective_from = "";
    bool ok = read_date(r, COL_AS_OF, "YYYY-MM-DD: the day on which the source showed this rate",
                        &price->as_of);
    if (cell(r, COL_EFFECTIVE_FROM).n == 0)
        return ok;
    return read_date(r, COL_EFFECTIVE_FROM,
                     "YYYY-MM-DD: the first day of this rate; leave it empty for since ever",
                     &price->effective_from) &&
           ok;
}

/* ---- tiers of storage ---- */

static bool read_count(struct reading *r, enum column column, int least, const char *hint,
                       int *out) {
    struct bytes text = cell(r, column);
    int64_t count = 0;
    if (text.n == 0 && least == 0)
        return true;
    if (text_parse_int64(text, &count) && count >= least && count <= 1000000) {
        *out = (int)count;
        return true;
    }
    mistake(r, column,
            text.n ? arena_printf(r->arena, "'%.*s' is not such a number", (int)text.n, text.data)
                   : "the number is missing",
            hint);
    return false;
}

/* "reads writes": each word one of the charges. */
static bool read_free(struct reading *r, unsigned *out) {
    struct bytes text = cell(r, COL_FREE);
    for (size_t from = 0, to; from < text.n; from = to + 1) {
        for (to = from; to < text.n && text.data[to] != ' ';)
            to++;
        struct bytes word = {text.data + from, to - from};
        int charge = 0;
        while (charge < price_charges.n && !bytes_are(word, price_charges.words[charge]))
            charge++;
        if (word.n > 0 && charge == price_charges.n) {
            mistake(r, COL_FREE,
                    arena_printf(r->arena, "unknown charge '%.*s'", (int)word.n, word.data),
                    arena_printf(r->arena, "of: %s", list_words(r->arena, &price_charges)));
            return false;
        }
        *out |= word.n > 0 ? 1u << charge : 0;
    }
    return true;
}

static bool read_storage(struct reading *r, struct price *price) {
    static const enum column columns[] = {COL_ACCESS, COL_ZONES_KEPT, COL_DAYS_MIN, COL_OBJECT_MIN,
                                          COL_FREE};
    bool ok = true;
    if (price->kind != OFFER_STORAGE || price->unit != PER_GB_MONTH || price->above > 0) {
        for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
            ok &=
                check_empty(r, columns[i], "only a GB-month of storage has this, in its first row");
        return ok;
    }
    int access = 0;
    ok = read_word(r, COL_ACCESS, &price_accesses, &access);
    price->storage.access = (enum storage_access)access;
    ok &= read_count(r, COL_ZONES_KEPT, 1, "in how many zones a copy is kept: 1 or more",
                     &price->storage.zones);
    ok &= read_count(r, COL_DAYS_MIN, 0, "whole days, such as 90", &price->storage.days_min);
    ok &=
        read_count(r, COL_OBJECT_MIN, 0, "whole KiB, such as 128", &price->storage.object_kib_min);
    return read_free(r, &price->storage.free) && ok;
}

/* ---- rows ---- */

static bool read_price(struct reading *r, struct price *price) {
    if (r->row.n_fields != r->n_columns) {
        mistake_at(r, 0,
                   arena_printf(r->arena, "%d fields, but the header has %d columns",
                                r->row.n_fields, r->n_columns),
                   "quote a cell that has a comma in it");
        return false;
    }
    int kind = 0, option = 0, unit = 0, status = 0;
    bool ok = true;
    *price = (struct price){.line = r->row.line, .zone = "", .alias = cell_copy(r, COL_ALIAS)};
    bool kind_ok = read_word(r, COL_KIND, &price_kinds, &kind);
    price->kind = (enum offer_kind)kind;
    ok &= read_name(r, COL_SKU, "SKU", &price->sku);
    ok &= read_name(r, COL_REGION, "region", &price->region);
    bool option_ok = read_word(r, COL_OPTION, &price_options, &option);
    price->option = (enum price_option)option;
    bool unit_ok = read_word(r, COL_UNIT, &price_units, &unit);
    price->unit = (enum price_unit)unit;
    bool usd_ok = read_usd(r, COL_USD, &price->rate);
    bool status_ok = read_word(r, COL_STATUS, &price_statuses, &status);
    price->status = (enum price_status)status;
    if (kind_ok && option_ok)
        ok &= check_option(r, price);
    if (kind_ok && option_ok && unit_ok && option_fits(price->kind, price->option))
        ok &= check_unit(r, price);
    if (option_ok) {
        ok &= read_terms(r, price);
        ok &= read_zone(r, price);
        ok &= read_interruptions(r, price);
    }
    if (option_ok && kind_ok && unit_ok) {
        ok &= read_above(r, price);
        ok &= read_included(r, price);
    }
    if (kind_ok && unit_ok)
        ok &= read_storage(r, price);
    if (option_ok && usd_ok)
        ok &= read_range(r, price);
    if (option_ok)
        ok &= read_upfront(r, price, usd_ok);
    ok &= read_currency(r);
    if (status_ok)
        ok &= read_rule(r, price);
    ok &= read_required_text(r, COL_SOURCE, "source", &price->source);
    ok &= read_dates(r, price);
    return ok && kind_ok && option_ok && unit_ok && usd_ok && status_ok;
}

static bool read_rows(struct reading *r, struct price **out, size_t *n_out) {
    struct price *prices = NULL;
    size_t n = 0, capacity = 0;
    bool ok = true;
    struct err err;
    for (;;) {
        if (!csv_next(r->csv, &r->row, &err))
            return err_list_add(r->errs, &err);
        if (r->row.n_fields == 0)
            break;
        if (n == capacity) {
            capacity = capacity ? 2 * capacity : 512;
            prices = arena_grow(r->arena, prices, n, capacity, sizeof *prices);
        }
        if (read_price(r, &prices[n]))
            n++;
        else
            ok = false;
    }
    *out = prices;
    *n_out = n;
    return ok;
}

/* First line: headroom_price_book,1,<name>,USD. */
static bool read_title(struct reading *r, struct price_layer *layer) {
    struct err err;
    if (!csv_next(r->csv, &r->row, &err))
        return err_list_add(r->errs, &err);
    const struct csv_field *fields = r->row.fields;
    const char *form = "the first line is headroom_price_book,1,<name>,USD";
    if (r->row.n_fields == 0) {
        err_at(&err, layer->file, 1, 0, "an empty file is no price book");
        err_hint(&err, "%s", form);
        return err_list_add(r->errs, &err);
    }
    if (!bytes_are(fields[0].text, "headroom_price_book")) {
        mistake_at(r, 0, "this file is no price book", form);
        return false;
    }
    if (r->row.n_fields != 4) {
        mistake_at(r, 0, arena_printf(r->arena, "%d fields instead of 4", r->row.n_fields), form);
        return false;
    }
    if (!bytes_are(fields[1].text, "1")) {
        mistake_at(r, 1,
                   arena_printf(r->arena, "format version '%.*s' is not known",
                                (int)fields[1].text.n, fields[1].text.data),
                   "this program reads version 1");
        return false;
    }
    bool ok = is_name(fields[2].text);
    if (!ok)
        mistake_at(r, 2, "the book has no name, or one with a blank in it", form);
    if (!bytes_are(fields[3].text, "USD")) {
        mistake_at(r, 3,
                   arena_printf(r->arena, "currency '%.*s' is not known", (int)fields[3].text.n,
                                fields[3].text.data),
                   "price books are in USD");
        ok = false;
    }
    layer->name = arena_strndup(r->arena, fields[2].text.data, fields[2].text.n);
    return ok;
}

static bool read_header(struct reading *r, const char *file) {
    struct err err;
    if (!csv_header(r->csv, column_names, N_COLUMNS, false, r->index, &err)) {
        if (err.line <= 1) /* the title's line: there is no other */
            err_at(&err, file, 1, 0, "the header row is missing");
        err_hint(&err, "the second line names the columns: kind, sku, region, alias, option, term, "
                       "payment, unit, usd, usd_low, usd_high, interruptions_per_month, status, "
                       "rule, source, as_of; and if need be zone, above, included, currency, "
                       "usd_upfront, effective_from");
        return err_list_add(r->errs, &err);
    }
    for (int i = 0; i < N_COLUMNS; i++)
        r->n_columns += r->index[i] >= 0;
    return true;
}

bool price_book_read(struct arena *arena, struct source *source, struct price_book *out,
                     struct err_list *errs) {
    struct err err;
    struct price_layer *layer = arena_new(arena, struct price_layer, 1);
    struct price *rows = NULL;
    size_t n = 0;
    layer->file = arena_strdup(arena, source_name(source));
    struct reading r = {.arena = arena, .errs = errs};
    r.csv = csv_open(arena, source, ',', &err);
    if (!r.csv)
        return err_list_add(errs, &err);
    bool ok = read_title(&r, layer);
    if (layer->name) /* else nothing below would make sense of the file */
        ok = read_header(&r, layer->file) && read_rows(&r, &rows, &n) && ok;
    csv_close(r.csv);
    if (ok && n == 0) {
        err_at(&err, layer->file, 0, 0, "a price book without prices");
        err_hint(&err, "add one row a rate");
        ok = err_list_add(errs, &err);
    }
    struct price_book book = {.name = layer->name, .n_layers = 1, .layers = layer};
    if (!price_book_index(arena, layer, rows, n, &book, errs) || !ok) {
        err_list_sort(errs);
        return false;
    }
    source_sha256(source, layer->sha256);
    return price_book_stack(arena, &book, 1, NULL, out, errs);
}
