/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capacity blocks on offer, as `aws ec2 describe-capacity-block-offerings` prints them:
 *
 *    CapacityBlockOfferings[].InstanceType, AvailabilityZone, InstanceCount, Tenancy,
 *    CapacityBlockDurationHours, CapacityBlockDurationMinutes, UpfrontFee, CurrencyCode
 *
 *  The rate of an offering is its fee / instances / hours. The book has one rate for a type and
 * zone, so of several offerings (other starts, other lengths) the cheapest is taken. */

#include "pricing/import_reader.h"

enum {
    FIELD_TYPE,
    FIELD_ZONE,
    FIELD_COUNT,
    FIELD_HOURS,
    FIELD_FEE,
    FIELD_CURRENCY,
    N_NEEDED,
    FIELD_MINUTES = N_NEEDED,
    FIELD_TENANCY,
    N_FIELDS
};

static const char *const names[N_FIELDS] = {
    "InstanceType",
    "AvailabilityZone",
    "InstanceCount",
    "CapacityBlockDurationHours",
    "UpfrontFee",
    "CurrencyCode",
    "CapacityBlockDurationMinutes",
    "Tenancy",
};

struct block {
    struct price price;
    struct json_place place;
};

struct reading {
    struct import *import;
    struct import_value values[N_FIELDS];
    struct json_place places[N_FIELDS];
    struct import_index index; /* of type and zone */
    int n_blocks, capacity;
    struct block *blocks;
};

static struct bytes value(const struct reading *r, int field) {
    return import_value_bytes(&r->values[field]);
}

static bool read_count(const struct reading *r, int field, int64_t least, int64_t most,
                       int64_t *out, struct err *err) {
    struct bytes text = value(r, field);
    if (text_parse_int64(text, out) && *out >= least && *out <= most)
        return true;
    return import_fail(r->import, r->places[field], err, "'%.*s' is no %s from %lld to %lld",
                       (int)text.n, text.data, names[field], (long long)least, (long long)most);
}

/* Fee, instances and length as USD an hour of an instance. */
static bool read_rate(const struct reading *r, usd_pico *out, struct err *err) {
    enum { INSTANCES_MAX = 100000, HOURS_MAX = 366 * 24 };
    int64_t count, hours, minutes = 0;
    usd_nano fee;
    struct json_place place = r->places[FIELD_FEE];
    struct bytes text = value(r, FIELD_FEE);
    if (!read_count(r, FIELD_COUNT, 1, INSTANCES_MAX, &count, err) ||
        !read_count(r, FIELD_HOURS, 0, HOURS_MAX, &hours, err) ||
        (value(r, FIELD_MINUTES).n > 0 && !read_count(r, FIELD_MINUTES, 0, 59, &minutes, err)) ||
        !import_check_currency(r->import, value(r, FIELD_CURRENCY), r->places[FIELD_CURRENCY], err))
        return false;
    minutes += 60 * hours;
    if (minutes == 0)
        return import_fail(r->import, r->places[FIELD_HOURS], err, "a block of no length");
    if (!money_parse_amount(text, &fee)) {
        import_fail(r->import, place, err, "'%.*s' is not a fee", (int)text.n, text.data);
        err_hint(err, "a fee is a plain decimal in USD");
        return false;
    }
    *out = money_scale_rate(fee, 60 * (USD_PICO_PER_USD / USD_NANO_PER_USD), count * minutes);
    return import_check_rate(r->import, *out, place, err);
}

static struct block *block_of(struct reading *r, const struct price *price) {
    struct arena *arena = r->import->arena;
    const char *key = arena_printf(arena, "%s\n%s", price->sku, price->zone);
    int found = import_index_find(&r->index, bytes_of(key));
    if (found >= 0)
        return &r->blocks[found];
    if (r->n_blocks == r->capacity) {
        size_t old = (size_t)r->capacity, more = old ? 2 * old : 32;
        r->blocks = arena_grow(arena, r->blocks, old, more, sizeof *r->blocks);
        r->capacity = (int)more;
    }
    import_index_add(&r->index, bytes_of(key), r->n_blocks);
    return &r->blocks[r->n_blocks++];
}

static const char *copy(const struct reading *r, struct bytes text) {
    return arena_strndup(r->import->arena, text.data, text.n);
}

static bool end_offering(struct reading *r, struct err *err) {
    r->import->n_records++;
    for (int f = 0; f < N_NEEDED; f++)
        if (r->values[f].n == 0)
            return import_fail(r->import, r->places[f], err, "an offering without '%s'", names[f]);
    struct bytes region = import_region_of_zone(value(r, FIELD_ZONE));
    const char *reason = NULL;
    if (region.n == 0)
        reason = "local and Wavelength zones";
    else if (!import_wants_region(r->import, region))
        reason = "another region";
    else if (value(r, FIELD_TENANCY).n > 0 && !bytes_are(value(r, FIELD_TENANCY), "default"))
        reason = "tenancy other than shared";
    if (reason) {
        import_skip(r->import, reason);
        return true;
    }
    struct price price = {.kind = OFFER_INSTANCE,
                          .sku = copy(r, value(r, FIELD_TYPE)),
                          .region = copy(r, region),
                          .zone = copy(r, value(r, FIELD_ZONE)),
                          .option = PRICE_CAPACITY_BLOCK,
                          .unit = PER_HOUR};
    if (!read_rate(r, &price.rate, err))
        return false;
    struct block *block = block_of(r, &price);
    if (block->price.rate > 0)
        import_skip(r->import, "offerings that are dearer than another one of their zone");
    if (block->price.rate == 0 || price.rate < block->price.rate)
        *block = (struct block){price, r->places[FIELD_FEE]};
    return true;
}

static bool on_offering(void *context, const struct json_stream *at, enum json_event event,
                        struct bytes text, struct err *err) {
    enum { IN_OFFERING = 3 };
    struct reading *r = context;
    int depth = json_stream_depth(at);
    import_see_page(r->import, at, event, text);
    if (depth < IN_OFFERING - 1 || !bytes_are(json_stream_key(at, 0), "CapacityBlockOfferings"))
        return true;
    if (event == JSON_OBJECT && depth == IN_OFFERING) {
        for (int f = 0; f < N_FIELDS; f++) {
            r->values[f].n = 0;
            r->places[f] = json_stream_place(at);
        }
    } else if (event == JSON_OBJECT_END && depth == IN_OFFERING - 1) {
        return end_offering(r, err);
    } else if ((event == JSON_TEXT || event == JSON_NUMBER) && depth == IN_OFFERING) {
        for (int f = 0; f < N_FIELDS; f++) {
            if (!bytes_are(json_stream_key(at, depth - 1), names[f]))
                continue;
            import_keep(&r->values[f], text);
            r->places[f] = json_stream_place(at);
        }
    }
    return true;
}

bool import_capacity_blocks(struct import *import, struct source *source, struct err *err) {
    struct reading *r = arena_new(import->arena, struct reading, 1);
    r->import = import;
    r->index.arena = import->arena;
    if (!json_stream_read(import->arena, source, on_offering, r, err))
        return false;
    for (int i = 0; i < r->n_blocks; i++)
        if (!import_take(import, &r->blocks[i].price, r->blocks[i].place, err))
            return false;
    return true;
}
