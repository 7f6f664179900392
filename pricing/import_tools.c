/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Price files of other tools:
 *
 *    ec2instances.info   [].instance_type, [].pricing.REGION.linux: ondemand, reserved.KEY,
 *                        spot_avg, pct_interrupt
 *    OpenCost            CSV: EndTimestamp,InstanceID,Region,AssetClass,InstanceIDField,
 *                        InstanceType,MarketPriceHourly,Version
 *
 *  What such a file says of a provider's prices is secondary. */
#include <stdio.h>

#include "pricing/import_reader.h"

/* ---- ec2instances.info ---- */

enum { IN_INSTANCE = 2, IN_REGION = 4, IN_SYSTEM = 5, IN_RESERVED = 6 };
enum { KEY_FIELD = 1, KEY_REGION = 2, KEY_SYSTEM = 3, KEY_KIND = 4 };

/* A rate of the present instance, whose name may stand behind it. */
struct held {
    struct price price;
    struct json_place place;
};

struct instances {
    struct import *import;
    struct import_value type;
    struct json_place place;
    int n_held, capacity;
    struct held *held;
    struct import_value spot, interruptions; /* of the present region and system */
    struct json_place spot_place;
};

/* yrTerm1Standard.noUpfront */
static bool commitment_of(struct bytes key, struct price *price) {
    static const struct {
        const char *word;
        enum price_option option;
    } kinds[] = {{"Standard", PRICE_RESERVED_STANDARD},
                 {"Convertible", PRICE_RESERVED_CONVERTIBLE},
                 {"InstanceSavings", PRICE_PLAN_EC2},
                 {"Savings", PRICE_PLAN_COMPUTE}};
    static const char *const payments[] = {"noUpfront", "partialUpfront", "allUpfront"};
    char wanted[64];
    for (int years = 1; years <= 3; years += 2) {
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            for (int p = 0; p < 3; p++) {
                snprintf(wanted, sizeof wanted, "yrTerm%d%s.%s", years, kinds[k].word, payments[p]);
                if (!bytes_are(key, wanted))
                    continue;
                price->term_years = years;
                price->option = kinds[k].option;
                price->payment = (enum payment)p;
                return true;
            }
        }
    }
    return false;
}

static bool hold(struct instances *t, const struct price *price, struct json_place place) {
    if (t->n_held == t->capacity) {
        size_t old = (size_t)t->capacity, more = old ? 2 * old : 256;
        t->held = arena_grow(t->import->arena, t->held, old, more, sizeof *t->held);
        t->capacity = (int)more;
    }
    t->held[t->n_held++] = (struct held){*price, place};
    return true;
}

static bool is_missing(struct bytes text) {
    return text.n == 0 || bytes_are(text, "N/A");
}

/* A text or number at a place that has a price. */
static bool hold_price(struct instances *t, const struct json_stream *at, struct bytes text,
                       struct price *price, struct err *err) {
    struct json_place place = json_stream_place(at);
    struct bytes region = json_stream_key(at, KEY_REGION);
    t->import->n_records++;
    if (is_missing(text)) {
        import_skip(t->import, "without a price");
        return true;
    }
    price->kind = OFFER_INSTANCE;
    price->unit = PER_HOUR;
    price->status = PRICE_SECONDARY;
    price->region = arena_strndup(t->import->arena, region.data, region.n);
    return import_parse_rate(t->import, text, 1, place, &price->rate, err) &&
           import_check_rate(t->import, price->rate, place, err) && hold(t, price, place);
}

/* The spot figure of the site is the on-demand price less the Advisor's saving: an estimate. */
static bool end_system(struct instances *t, const struct json_stream *at, struct err *err) {
    static const struct {
        const char *band;
        double share;
    } bands[] = {
        {"<5%", 0.05}, {"5-10%", 0.10}, {"10-15%", 0.15}, {"15-20%", 0.20}, {">20%", 0.30}};
    struct price price = {.option = PRICE_SPOT,
                          .kind = OFFER_INSTANCE,
                          .unit = PER_HOUR,
                          .status = PRICE_ESTIMATED,
                          .rule = "spot-advisor",
                          .interruptions_per_month = -1};
    struct bytes spot = import_value_bytes(&t->spot), region = json_stream_key(at, KEY_REGION);
    if (is_missing(spot))
        return true;
    for (size_t i = 0; i < sizeof bands / sizeof *bands; i++)
        if (bytes_are(import_value_bytes(&t->interruptions), bands[i].band))
            price.interruptions_per_month = bands[i].share;
    t->import->n_records++;
    price.region = arena_strndup(t->import->arena, region.data, region.n);
    return import_parse_rate(t->import, spot, 1, t->spot_place, &price.rate, err) &&
           import_check_rate(t->import, price.rate, t->spot_place, err) &&
           hold(t, &price, t->spot_place);
}

static bool on_price(struct instances *t, const struct json_stream *at, struct bytes text,
                     struct err *err) {
    struct price price = {.option = PRICE_ON_DEMAND};
    struct bytes kind = json_stream_key(at, KEY_KIND);
    if (json_stream_depth(at) == IN_RESERVED) {
        if (!bytes_are(kind, "reserved"))
            return true;
        if (commitment_of(json_stream_key(at, IN_RESERVED - 1), &price))
            return hold_price(t, at, text, &price, err);
        t->import->n_records++;
        import_skip(t->import, "commitments of other kinds");
    } else if (bytes_are(kind, "ondemand")) {
        return hold_price(t, at, text, &price, err);
    } else if (bytes_are(kind, "spot_avg")) {
        import_keep(&t->spot, text);
        t->spot_place = json_stream_place(at);
    } else if (bytes_are(kind, "pct_interrupt")) {
        import_keep(&t->interruptions, text);
    }
    return true;
}

static bool end_instance(struct instances *t, struct err *err) {
    struct bytes type = import_value_bytes(&t->type);
    if (type.n == 0)
        return import_fail(t->import, t->place, err, "an instance without 'instance_type'");
    const char *sku = arena_strndup(t->import->arena, type.data, type.n);
    for (int i = 0; i < t->n_held; i++) {
        t->held[i].price.sku = sku;
        if (!import_take(t->import, &t->held[i].price, t->held[i].place, err))
            return false;
    }
    return true;
}

/* Inside pricing.REGION.SYSTEM. */
static bool on_system(struct instances *t, const struct json_stream *at, enum json_event event,
                      struct bytes text, struct err *err) {
    int depth = json_stream_depth(at);
    struct bytes region = json_stream_key(at, KEY_REGION);
    const char *reason = NULL;
    if (!import_wants_region(t->import, region))
        reason = "another region";
    else if (!import_is_region(region))
        reason = "local and Wavelength zones";
    else if (!bytes_are(json_stream_key(at, KEY_SYSTEM), "linux"))
        reason = "operating system other than Linux";
    if (event == JSON_OBJECT && depth == IN_SYSTEM) {
        t->spot.n = t->interruptions.n = 0;
        if (reason) {
            t->import->n_records++;
            import_skip(t->import, reason);
        }
    }
    if (reason)
        return true;
    if (event == JSON_OBJECT_END && depth == IN_SYSTEM - 1)
        return end_system(t, at, err);
    bool value = event == JSON_TEXT || event == JSON_NUMBER;
    return !value || depth < IN_SYSTEM || depth > IN_RESERVED || on_price(t, at, text, err);
}

static bool on_instance(void *context, const struct json_stream *at, enum json_event event,
                        struct bytes text, struct err *err) {
    struct instances *t = context;
    int depth = json_stream_depth(at);
    if (event == JSON_OBJECT && depth == IN_INSTANCE) {
        t->type.n = 0;
        t->n_held = 0;
        t->place = json_stream_place(at);
    } else if (event == JSON_OBJECT_END && depth == IN_INSTANCE - 1) {
        return end_instance(t, err);
    } else if (event == JSON_TEXT && depth == IN_INSTANCE &&
               bytes_are(json_stream_key(at, KEY_FIELD), "instance_type")) {
        import_keep(&t->type, text);
    }
    return depth < IN_REGION || !bytes_are(json_stream_key(at, KEY_FIELD), "pricing") ||
           on_system(t, at, event, text, err);
}

bool import_ec2instances(struct import *import, struct source *source, struct err *err) {
    struct instances *t = arena_new(import->arena, struct instances, 1);
    t->import = import;
    return json_stream_read(import->arena, source, on_instance, t, err);
}

/* ---- OpenCost ---- */

enum { COL_END, COL_ID, COL_REGION, COL_CLASS, COL_ID_FIELD, COL_TYPE, COL_PRICE, N_COLUMNS };

struct nodes {
    struct import *import;
    struct csv_reader *csv;
    struct csv_row row;
    int index[N_COLUMNS], n_columns;
};

static struct bytes cell(const struct nodes *t, int column) {
    int i = t->index[column];
    return i < 0 ? (struct bytes){"", 0} : bytes_trim(t->row.fields[i].text);
}

/* A price of one node by name or id is not the price of its type. */
static struct bytes type_of_node(const struct nodes *t) {
    struct bytes field = cell(t, COL_ID_FIELD), type = cell(t, COL_TYPE);
    return type.n == 0 && import_bytes_have(field, "instance-type") ? cell(t, COL_ID) : type;
}

static bool take_node(struct nodes *t, struct err *err) {
    struct import *import = t->import;
    struct bytes type = type_of_node(t), region = cell(t, COL_REGION), day = cell(t, COL_END);
    if (region.n == 0 && import->request->region)
        region = bytes_of(import->request->region);
    const char *reason = NULL;
    if (!bytes_are(cell(t, COL_CLASS), "node"))
        reason = "assets other than nodes";
    else if (type.n == 0)
        reason = "a single node, without an instance type";
    else if (region.n == 0)
        reason = "without a region: give it with --region";
    else if (!import_wants_region(import, region))
        reason = "another region";
    if (reason) {
        import_skip(import, reason);
        return true;
    }
    enum { DAY_LENGTH = 10 };
    struct json_place place = import_csv_place(&t->row, t->index[COL_PRICE]);
    struct price price = {
        .kind = OFFER_INSTANCE,
        .sku = arena_strndup(import->arena, type.data, type.n),
        .region = arena_strndup(import->arena, region.data, region.n),
        .option = PRICE_ON_DEMAND,
        .unit = PER_HOUR,
        .status = PRICE_SECONDARY,
        .as_of = import_day(import, (struct bytes){day.data, day.n < DAY_LENGTH ? day.n : 10}),
    };
    return import_parse_rate(import, cell(t, COL_PRICE), 1, place, &price.rate, err) &&
           import_take(import, &price, place, err);
}

bool import_opencost(struct import *import, struct source *source, struct err *err) {
    static const char *const names[N_COLUMNS] = {
        "?EndTimestamp",    "InstanceID",    "?Region",          "AssetClass",
        "?InstanceIDField", "?InstanceType", "MarketPriceHourly"};
    struct nodes t = {.import = import};
    t.csv = csv_open(import->arena, source, ',', err);
    if (!t.csv)
        return false;
    bool fine = csv_header(t.csv, names, N_COLUMNS, true, t.index, err);
    for (int i = 0; i < N_COLUMNS; i++)
        t.n_columns = t.index[i] >= t.n_columns ? t.index[i] + 1 : t.n_columns;
    while (fine && (fine = csv_next(t.csv, &t.row, err)) && t.row.n_fields > 0) {
        import->n_records++;
        fine = t.row.n_fields >= t.n_columns
                   ? take_node(&t, err)
                   : csv_err(t.csv, &t.row, -1, err, "%d fields, but the header has %d or more",
                             t.row.n_fields, t.n_columns);
    }
    csv_close(t.csv);
    return fine;
}
