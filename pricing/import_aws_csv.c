/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bulk price list as CSV: five lines about the file, a header, then a row for each price
 * dimension of each term, with the product's attributes repeated. On-demand rows are taken as they
 * come; a reserved term has an hourly row, an upfront row or both, which wait for each other. */
#include <stdio.h>

#include "pricing/import_aws.h"

enum {
    COL_SKU,
    COL_TERM_CODE,
    COL_TERM_TYPE,
    COL_START,
    COL_UNIT,
    COL_PRICE,
    COL_CURRENCY,
    COL_LEASE,
    COL_PURCHASE,
    COL_CLASS,
    COL_END,
    N_COLUMNS
};

static const char *const column_names[N_COLUMNS] = {
    "SKU",
    "OfferTermCode",
    "TermType",
    "StartingRange",
    "Unit",
    "PricePerUnit",
    "Currency",
    "LeaseContractLength",
    "PurchaseOption",
    "OfferingClass",
    "EndingRange",
};

struct waiting {
    struct aws_target target;
    struct aws_term term;
};

struct reading {
    struct import *import;
    struct csv_reader *csv;
    struct csv_row row;
    int column[N_COLUMNS];                    /* -1: not there */
    int attribute[AWS_N_ATTRIBUTES];          /* -1: not there */
    int n_present, present[AWS_N_ATTRIBUTES]; /* attributes that are there */
    struct bytes values[AWS_N_ATTRIBUTES];    /* of the present row */
    int n_columns;
    struct import_index terms; /* of reserved terms */
    int n_waiting, capacity;
    struct waiting *waiting;
};

static struct bytes cell(const struct reading *r, int field) {
    return field < 0 ? (struct bytes){"", 0} : r->row.fields[field].text;
}

static bool cell_is(const struct reading *r, int column, const char *word) {
    return bytes_are(cell(r, r->column[column]), word);
}

static void read_about(struct reading *r) {
    if (r->row.n_fields == 2 && bytes_are(r->row.fields[0].text, "Publication Date"))
        import_set_day(r->import, r->row.fields[1].text);
}

static bool map_columns(struct reading *r, struct err *err) {
    for (int i = 0; i < N_COLUMNS; i++)
        r->column[i] = -1;
    for (int i = 0; i < AWS_N_ATTRIBUTES; i++)
        r->attribute[i] = -1;
    r->n_columns = r->row.n_fields;
    for (int f = 0; f < r->n_columns; f++) {
        struct bytes name = r->row.fields[f].text;
        int attribute = aws_attribute(name);
        if (attribute >= 0)
            r->attribute[attribute] = f;
        for (int i = 0; i < N_COLUMNS; i++)
            if (bytes_are(name, column_names[i]))
                r->column[i] = f;
    }
    for (int i = 0; i < AWS_N_ATTRIBUTES; i++) {
        r->values[i] = (struct bytes){"", 0};
        if (r->attribute[i] >= 0)
            r->present[r->n_present++] = i;
    }
    const char *missing = r->attribute[AWS_SERVICE] < 0  ? "serviceCode"
                          : r->attribute[AWS_REGION] < 0 ? "Region Code"
                                                         : NULL;
    for (int i = N_COLUMNS - 1; i >= 0; i--)
        if (r->column[i] < 0 && i <= COL_CURRENCY)
            missing = column_names[i];
    return !missing || csv_err(r->csv, &r->row, -1, err, "column '%s' is missing", missing);
}

static bool read_header(struct reading *r, struct err *err) {
    enum { ABOUT_LINES_MAX = 16 };
    for (int i = 0; i < ABOUT_LINES_MAX; i++) {
        if (!csv_next(r->csv, &r->row, err))
            return false;
        if (r->row.n_fields == 0)
            break;
        if (bytes_are(r->row.fields[0].text, "SKU"))
            return map_columns(r, err);
        read_about(r);
    }
    return err_at(err, r->import->file, 6, 1, "no header of a price list, which begins with SKU");
}

/* The unit, the currency and the number of the row, in the unit of the book. */
static bool read_price(struct reading *r, const struct aws_target *target, bool upfront,
                       usd_pico *out, int64_t *factor, struct err *err) {
    struct bytes unit = cell(r, r->column[COL_UNIT]);
    *factor = upfront ? bytes_are(unit, "Quantity") : aws_unit_factor(target, unit);
    if (*factor == 0) {
        csv_err(r->csv, &r->row, r->column[COL_UNIT], err, "unit '%.*s' of %s",
                (int)(unit.n < 40 ? unit.n : 40), unit.data, target->sku);
        err_hint(err, "it should be %s", upfront ? "Quantity" : aws_units_of(target));
        return false;
    }
    int column = r->column[COL_CURRENCY];
    return import_check_currency(r->import, cell(r, column), import_csv_place(&r->row, column),
                                 err) &&
           aws_parse_rate(r->import, cell(r, r->column[COL_PRICE]), *factor,
                          import_csv_place(&r->row, r->column[COL_PRICE]), out, err);
}

static bool take_on_demand(struct reading *r, const struct aws_target *target, struct err *err) {
    usd_pico rate;
    int64_t factor;
    struct json_place place = import_csv_place(&r->row, r->column[COL_PRICE]);
    return read_price(r, target, false, &rate, &factor, err) &&
           aws_take_on_demand(
               r->import, target,
               (struct aws_range){cell(r, r->column[COL_START]), cell(r, r->column[COL_END])},
               factor, rate, place, err);
}

static struct waiting *waiting_term(struct reading *r, const struct aws_target *target) {
    char name[80];
    struct bytes sku = cell(r, r->column[COL_SKU]), code = cell(r, r->column[COL_TERM_CODE]);
    int n = snprintf(name, sizeof name, "%.*s.%.*s", (int)(sku.n < 38 ? sku.n : 38), sku.data,
                     (int)(code.n < 38 ? code.n : 38), code.data);
    struct bytes key = {name, (size_t)n};
    int at = import_index_find(&r->terms, key);
    if (at >= 0)
        return &r->waiting[at];
    struct arena *arena = r->import->arena;
    if (r->n_waiting == r->capacity) {
        size_t old = (size_t)r->capacity, more = old ? 2 * old : 256;
        r->waiting = arena_grow(arena, r->waiting, old, more, sizeof *r->waiting);
        r->capacity = (int)more;
    }
    import_index_add(&r->terms, key, r->n_waiting);
    struct waiting *new = &r->waiting[r->n_waiting++];
    new->target = *target;
    struct bytes *words[] = {&new->term.lease, &new->term.purchase, &new->term.class};
    for (int i = 0; i < 3; i++) {
        struct bytes text = cell(r, r->column[COL_LEASE + i]);
        *words[i] = (struct bytes){arena_strndup(arena, text.data, text.n), text.n};
    }
    return new;
}

static bool add_reserved(struct reading *r, const struct aws_target *target, struct err *err) {
    bool upfront = cell_is(r, COL_UNIT, "Quantity");
    usd_pico usd;
    int64_t factor;
    if (!read_price(r, target, upfront, &usd, &factor, err))
        return false;
    return aws_add_to_term(r->import, target, &waiting_term(r, target)->term, upfront, usd,
                           import_csv_place(&r->row, r->column[COL_PRICE]), err);
}

static bool read_row(struct reading *r, struct err *err) {
    struct aws_target target;
    if (r->row.n_fields != r->n_columns)
        return csv_err(r->csv, &r->row, -1, err, "%d fields, but the header has %d",
                       r->row.n_fields, r->n_columns);
    r->import->n_records++;
    bool reserved = cell_is(r, COL_TERM_TYPE, "Reserved");
    if (!reserved && !cell_is(r, COL_TERM_TYPE, "OnDemand")) {
        import_skip(r->import, "terms other than on demand and reserved");
        return true;
    }
    for (int i = 0; i < r->n_present; i++)
        r->values[r->present[i]] = r->row.fields[r->attribute[r->present[i]]].text;
    struct arena_mark mark = arena_mark(r->import->arena);
    const char *reason = aws_product(r->import, r->values, &target);
    if (reason) {
        arena_rewind(r->import->arena, mark);
        import_skip(r->import, reason);
        return true;
    }
    return reserved ? add_reserved(r, &target, err) : take_on_demand(r, &target, err);
}

bool import_aws_csv(struct import *import, struct source *source, struct err *err) {
    struct reading r = {.import = import, .terms = {.arena = import->arena}};
    r.csv = csv_open(import->arena, source, ',', err);
    if (!r.csv)
        return false;
    bool fine = read_header(&r, err);
    while (fine && (fine = csv_next(r.csv, &r.row, err)) && r.row.n_fields > 0)
        fine = read_row(&r, err);
    for (int i = 0; fine && i < r.n_waiting; i++)
        fine = aws_take_term(import, &r.waiting[i].target, &r.waiting[i].term, err);
    csv_close(r.csv);
    return fine;
}
