/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What others of the organisation use (`estate.other_usage`): it comes first at the owned
 * commitments and it fills volume tiers. A CSV of a week, the same in all weeks of the horizon,
 * whose header row names
 *
 *    ?hour_of_week   0 (Monday 00:00 UTC) .. 167; empty: every hour
 *    sku, region     an instance type or a function of the price book
 *    quantity        instance hours, or GB-seconds, in that hour; a decimal >= 0 */
#include <math.h>

#include "base/csv.h"
#include "scenarios/study_offers.h"
#include "scenarios/study_parts.h"

enum { COL_SKU, COL_REGION, COL_QUANTITY, COL_HOUR, COLUMNS };
enum { SECONDS_PER_HOUR = 3600, MB_MS_PER_GB_S = 1024 * 1000 };

/* Of an hour. A function's month reaches Lambda's last volume tier, above 15e9 GB-seconds,
 * with 20.5 million an hour; a thousand million are 28,000 copies of its largest size. Sums of 64
 * bits hold a thousand rows of the most. */
#define INSTANCE_HOURS_MAX 1e6
#define GB_SECONDS_MAX 1e9
#define FILE_GB_SECONDS_MAX 1e12

struct reading {
    struct study_offers *offers;
    struct csv_reader *csv;
    struct csv_row row;
    int index[COLUMNS];
    struct usage_row *rows;
    int n, capacity;
    double gb_seconds; /* of all rows */
};

static struct bytes cell(const struct reading *r, int column) {
    int i = r->index[column];
    return i < 0 || i >= r->row.n_fields ? (struct bytes){"", 0}
                                         : bytes_trim(r->row.fields[i].text);
}

static bool mistake(const struct reading *r, int column, const char *what, const char *hint) {
    struct err err;
    csv_err(r->csv, &r->row, r->index[column], &err, "%s", what);
    err_hint(&err, "%s", hint);
    mistakes_add(r->offers->mistakes, &err);
    return false;
}

static void add_row(struct reading *r, struct usage_row row) {
    if (row.quantity == 0)
        return;
    if (r->n == r->capacity) {
        int capacity = r->capacity ? 2 * r->capacity : 256;
        r->rows =
            arena_grow(r->offers->arena, r->rows, (size_t)r->n, (size_t)capacity, sizeof *r->rows);
        r->capacity = capacity;
    }
    row.workload = USAGE_OTHERS;
    r->rows[r->n++] = row;
}

/* Whole instances all hour, and one for the rest of it. */
static void add_hour(struct reading *r, int offer, int hour, double quantity) {
    int64_t from = (int64_t)hour * SECONDS_PER_HOUR;
    struct usage_row row = {
        .offer = offer, .from_s = from, .to_s = from + SECONDS_PER_HOUR, .quantity = 1};
    if (r->offers->offers[offer].kind == OFFER_FUNCTION) {
        row.kind = USAGE_FUNCTION_MB_MS;
        row.quantity = llround(quantity * MB_MS_PER_GB_S);
        add_row(r, row);
        return;
    }
    int64_t seconds = llround(quantity * SECONDS_PER_HOUR);
    struct usage_row rest = row;
    row.quantity = seconds / SECONDS_PER_HOUR;
    rest.to_s = from + seconds % SECONDS_PER_HOUR;
    add_row(r, row);
    if (rest.to_s > from)
        add_row(r, rest);
}

/* The offer of the row, made if need be; -1 after a mistake. */
static int offer_of(struct reading *r) {
    struct study_offers *offers = r->offers;
    struct bytes name = cell(r, COL_SKU), region = cell(r, COL_REGION);
    const char *sku = price_book_sku(&offers->study->book, name);
    int offer =
        sku ? study_offers_get(offers, sku, arena_strndup(offers->arena, region.data, region.n),
                               TIER_STANDARD)
            : -1;
    if (offer < 0) {
        mistake(r, sku ? COL_REGION : COL_SKU,
                arena_printf(offers->arena, "the price book has no '%.*s' in '%.*s'", (int)name.n,
                             name.data, (int)region.n, region.data),
                "list what it has with: headroom prices list");
        return -1;
    }
    const struct offer *found = &offers->offers[offer];
    if (found->kind == OFFER_INSTANCE || found->kind == OFFER_FUNCTION) {
        const struct quote *main = offer_main_quote(found);
        if (main->known)
            return offer;
        mistake(r, COL_SKU,
                arena_printf(offers->arena, "no rate is known for '%s' in %s", found->sku,
                             found->region),
                main->reason);
        return -1;
    }
    mistake(r, COL_SKU,
            arena_printf(offers->arena, "'%s' is neither an instance nor a function", found->sku),
            "commitments and tiers are shared by these alone");
    return -1;
}

/* A quantity that the offer can have. */
static bool check_quantity(struct reading *r, int offer, double quantity, int n_hours) {
    bool function = r->offers->offers[offer].kind == OFFER_FUNCTION;
    if (quantity > (function ? GB_SECONDS_MAX : INSTANCE_HOURS_MAX))
        return mistake(r, COL_QUANTITY, "not a quantity of use",
                       function ? "a decimal of 0 to 1000000000: GB-seconds in an hour"
                                : "a decimal of 0 to 1000000: instance hours in an hour");
    r->gb_seconds += function ? quantity * n_hours : 0;
    return r->gb_seconds <= FILE_GB_SECONDS_MAX ||
           mistake(r, COL_QUANTITY, "more GB-seconds in a week than can be counted",
                   "the rows of functions add up to at most 1000000000000");
}

static bool read_row(struct reading *r) {
    double quantity = 0, hour = -1;
    struct bytes text = cell(r, COL_HOUR);
    if (!text_parse_double(cell(r, COL_QUANTITY), &quantity) || !(quantity >= 0))
        return mistake(r, COL_QUANTITY, "not a quantity of use",
                       "a decimal of 0 and more: instance hours or GB-seconds in an hour");
    if (text.n > 0 && (!text_parse_double(text, &hour) || hour != floor(hour) || hour < 0 ||
                       hour >= HOURS_PER_WEEK))
        return mistake(r, COL_HOUR, "not an hour of the week",
                       "0 (Monday 00:00 UTC) to 167, or empty for every hour");
    int offer = offer_of(r);
    if (offer >= 0 && !check_quantity(r, offer, quantity, text.n == 0 ? HOURS_PER_WEEK : 1))
        return false;
    for (int h = 0; offer >= 0 && h < HOURS_PER_WEEK; h++)
        if (text.n == 0 || h == (int)hour)
            add_hour(r, offer, h, quantity);
    return offer >= 0;
}

static bool read_rows(struct reading *r, struct source *source, struct err *err) {
    static const char *const names[COLUMNS] = {"sku", "region", "quantity", "?hour_of_week"};
    r->csv = csv_open(r->offers->arena, source, ',', err);
    if (!r->csv || !csv_header(r->csv, names, COLUMNS, false, r->index, err))
        return false;
    for (;;) {
        if (!csv_next(r->csv, &r->row, err))
            return false;
        if (r->row.n_fields == 0)
            return true;
        read_row(r);
    }
}

void study_add_others(struct study_offers *offers, const struct study_options *options,
                      struct study *study) {
    const struct scenario *scenario = &study->scenario;
    if (!scenario->other_usage[0])
        return;
    struct err err = {0};
    struct source *source =
        options->files->open(options->files->context, offers->arena, scenario->other_usage,
                             scenario->other_usage_relative_to, &err);
    if (!source) {
        mistakes_at(offers->mistakes, scenario->other_usage_place,
                    err.hint[0] ? err.hint
                                : "paths start from the folder of the file that names "
                                  "them",
                    "cannot read the other usage '%s': %s", scenario->other_usage, err.what);
        return;
    }
    struct reading reading = {.offers = offers};
    bool read = read_rows(&reading, source, &err);
    if (reading.csv)
        csv_close(reading.csv);
    if (!read)
        mistakes_add(offers->mistakes, &err);
    study_close_input(offers->arena, study, source, read, "other usage", scenario->other_usage,
                      "of others of the organisation");
    study->others = (struct usage_ledger){
        .n_seconds = HOURS_PER_WEEK * SECONDS_PER_HOUR, .n_rows = reading.n, .rows = reading.rows};
}

/* What others alone would take of a week's owned commitments, hour by hour. */
static bool week_left(struct arena *arena, const struct study *study,
                      const struct commitment *owned, int n_owned, int week, double *left,
                      struct err *err) {
    struct commitment *held = arena_new(arena, struct commitment, n_owned);
    int *index = arena_new(arena, int, n_owned), n = 0, n_hours = study->demand.n_hours;
    for (int k = 0; k < n_owned; k++)
        if (plan_commitment_active(&study->demand, week * HOURS_PER_WEEK, &owned[k])) {
            index[n] = k;
            held[n] = owned[k];
            held[n].from_s = 0;
            held[n++].to_s = study->others.n_seconds;
        }
    struct bill_input input = {.offers = study->offers,
                               .n_offers = study->n_offers,
                               .parts = &study->others,
                               .n_parts = 1,
                               .commitments = held,
                               .n_commitments = n};
    struct bill bill;
    if (!bill_compute(arena, &input, &bill, err))
        return false;
    for (int i = 0; i < bill.n_charges; i++) {
        const struct charge *c = &bill.charges[i];
        if (c->kind != CHARGE_COMMITMENT_USED)
            continue;
        const struct commitment *one = &held[c->commitment];
        double usd = commitment_kind_is_plan(one->terms.kind)
                         ? money_amount_usd(one->plan_usd_per_hour)
                         : one->count * money_rate_usd(one->hourly);
        double *share = &left[index[c->commitment] * n_hours + week * HOURS_PER_WEEK + c->hour];
        *share = fmax(0, *share - money_amount_usd(c->effective) / usd);
    }
    return true;
}

const double *study_owned_left(struct arena *arena, const struct study *study,
                               const struct commitment *owned, int n_owned) {
    int n_hours = study->demand.n_hours;
    if (study->others.n_rows == 0 || n_owned == 0)
        return NULL;
    double *left = arena_new(arena, double, n_owned *n_hours);
    for (int i = 0; i < n_owned * n_hours; i++)
        left[i] = 1;
    struct err err = {0};
    for (int week = 0; week < study->demand.n_weeks; week++)
        ENSURE(week_left(arena, study, owned, n_owned, week, left, &err)); /* rows were checked */
    for (int i = 0; i < n_owned * n_hours; i++)
        left[i] = left[i] < 1e-6 ? 0 : left[i];
    return left;
}
