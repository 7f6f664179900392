/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spot, from two files:
 *
 *    price history   SpotPriceHistory[].AvailabilityZone, InstanceType, ProductDescription,
 *                    SpotPrice, Timestamp: newest first, a price holds until the next of its zone
 *    Spot Advisor    spot_advisor.REGION.Linux.TYPE.s (saving, %), r (band of interruptions)
 *
 *  The rate of a zone is its mean by time, from its first record to the file's last; the rate of
 * the region is the median over its zones (of an even number, the mean of the middle two), with the
 * lowest and the highest zone beside it. Newest first is what lets the mean run along in a few
 * numbers for each zone. */
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "pricing/import_reader.h"

#define NS_PER_SECOND 1e9
enum { ZONES_MAX = 64 }; /* of a region */

/* ---- price history ---- */

enum { FIELD_ZONE, FIELD_TYPE, FIELD_PRODUCT, FIELD_PRICE, FIELD_TIME, N_FIELDS };

struct zone {
    const char *type, *name;
    int64_t newest_ns, seen_ns; /* of its first record in the file, of its latest in the file */
    usd_pico newest_rate, seen_rate; /* likewise */
    double rate_seconds;             /* from the oldest seen to the newest */
    struct json_place place;
};

struct history {
    struct import *import;
    struct import_value values[N_FIELDS];
    struct json_place places[N_FIELDS];
    struct import_index index;
    int n_zones, capacity;
    struct zone *zones;
    int64_t last_ns, first_ns;
};

static struct bytes value(const struct history *h, int field) {
    return import_value_bytes(&h->values[field]);
}

static struct zone *zone_of(struct history *h) {
    char name[2 * IMPORT_VALUE_MAX + 1];
    struct arena *arena = h->import->arena;
    struct bytes type = value(h, FIELD_TYPE), zone = value(h, FIELD_ZONE);
    memcpy(name, type.data, type.n);
    name[type.n] = '\n';
    memcpy(name + type.n + 1, zone.data, zone.n);
    struct bytes key = {name, type.n + 1 + zone.n};
    int found = import_index_find(&h->index, key);
    if (found >= 0)
        return &h->zones[found];
    if (h->n_zones == h->capacity) {
        size_t old = (size_t)h->capacity, more = old ? 2 * old : 64;
        h->zones = arena_grow(arena, h->zones, old, more, sizeof *h->zones);
        h->capacity = (int)more;
    }
    import_index_add(&h->index, key, h->n_zones);
    struct zone *new = &h->zones[h->n_zones++];
    new->type = arena_strndup(arena, type.data, type.n);
    new->name = arena_strndup(arena, zone.data, zone.n);
    return new;
}

static bool add_record(struct history *h, int64_t ns, usd_pico rate, struct err *err) {
    struct zone *zone = zone_of(h);
    if (zone->place.line == 0) {
        zone->newest_ns = ns;
        zone->newest_rate = rate;
        zone->place = h->places[FIELD_PRICE];
    } else if (ns > zone->seen_ns) {
        import_fail(h->import, h->places[FIELD_TIME], err,
                    "a record of %s in %s newer than one before it", zone->type, zone->name);
        err_hint(err, "keep the order of the AWS command line: newest first");
        return false;
    } else if (ns == zone->seen_ns && rate != zone->seen_rate) {
        import_fail(h->import, h->places[FIELD_PRICE], err,
                    "a second price of %s in %s at one time: $%g and $%g", zone->type, zone->name,
                    money_rate_usd(zone->seen_rate), money_rate_usd(rate));
        err_hint(err, "keep the one that was paid, of one product: --product-descriptions");
        return false;
    } else {
        zone->rate_seconds += money_rate_usd(rate) * (double)(zone->seen_ns - ns) / NS_PER_SECOND;
    }
    zone->seen_ns = ns;
    zone->seen_rate = rate;
    h->last_ns = ns > h->last_ns ? ns : h->last_ns;
    h->first_ns = h->first_ns == 0 || ns < h->first_ns ? ns : h->first_ns;
    return true;
}

static bool end_record(struct history *h, struct err *err) {
    static const char *const names[N_FIELDS] = {"AvailabilityZone", "InstanceType",
                                                "ProductDescription", "SpotPrice", "Timestamp"};
    h->import->n_records++;
    for (int f = 0; f < N_FIELDS; f++)
        if (h->values[f].n == 0)
            return import_fail(h->import, h->places[f], err, "a record without '%s'", names[f]);
    struct bytes region = import_region_of_zone(value(h, FIELD_ZONE));
    const char *reason = NULL;
    if (region.n == 0)
        reason = "local and Wavelength zones";
    else if (!import_wants_region(h->import, region))
        reason = "another region";
    else if (!import_bytes_begin(value(h, FIELD_PRODUCT), "Linux/UNIX"))
        reason = "operating system other than Linux";
    if (reason) {
        import_skip(h->import, reason);
        return true;
    }
    int64_t ns;
    usd_pico rate;
    if (!calendar_parse_stamp_ns(value(h, FIELD_TIME), &ns) || ns <= 0)
        return import_fail(h->import, h->places[FIELD_TIME], err,
                           "expected a time like 2020-02-20T22:06:16.000Z");
    struct json_place place = h->places[FIELD_PRICE];
    return import_parse_rate(h->import, value(h, FIELD_PRICE), 1, place, &rate, err) &&
           import_check_rate(h->import, rate, place, err) && add_record(h, ns, rate, err);
}

static bool on_history(void *context, const struct json_stream *at, enum json_event event,
                       struct bytes text, struct err *err) {
    enum { IN_RECORD = 3 };
    static const char *const names[N_FIELDS] = {"AvailabilityZone", "InstanceType",
                                                "ProductDescription", "SpotPrice", "Timestamp"};
    struct history *h = context;
    int depth = json_stream_depth(at);
    import_see_page(h->import, at, event, text);
    if (depth < IN_RECORD - 1 || !bytes_are(json_stream_key(at, 0), "SpotPriceHistory"))
        return true;
    if (event == JSON_OBJECT && depth == IN_RECORD) {
        for (int f = 0; f < N_FIELDS; f++) {
            h->values[f].n = 0;
            h->places[f] = json_stream_place(at);
        }
    } else if (event == JSON_OBJECT_END && depth == IN_RECORD - 1) {
        return end_record(h, err);
    } else if ((event == JSON_TEXT || event == JSON_NUMBER) && depth == IN_RECORD) {
        for (int f = 0; f < N_FIELDS; f++) {
            if (!bytes_are(json_stream_key(at, depth - 1), names[f]))
                continue;
            import_keep(&h->values[f], text);
            h->places[f] = json_stream_place(at);
        }
    }
    return true;
}

/* ---- from zones to rates ---- */

static double zone_mean(const struct history *h, const struct zone *zone) {
    double open = (double)(h->last_ns - zone->newest_ns) / NS_PER_SECOND;
    double seconds = (double)(h->last_ns - zone->seen_ns) / NS_PER_SECOND;
    double newest = money_rate_usd(zone->newest_rate);
    return seconds > 0 ? (zone->rate_seconds + newest * open) / seconds : newest;
}

static int compare_zones(const void *left, const void *right) {
    const struct zone *a = left, *b = right;
    int by = strcmp(a->type, b->type);
    return by ? by : strcmp(a->name, b->name);
}

static int compare_pico(const void *left, const void *right) {
    const usd_pico *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* The zones of one type in one region: a rate for each, and one for the region. */
static bool take_zones(struct history *h, const struct zone *zones, int n, const char *source,
                       struct err *err) {
    struct arena *arena = h->import->arena;
    struct bytes region = import_region_of_zone(bytes_of(zones[0].name));
    struct price price = {.kind = OFFER_INSTANCE,
                          .sku = zones[0].type,
                          .region = arena_strndup(arena, region.data, region.n),
                          .option = PRICE_SPOT,
                          .unit = PER_HOUR,
                          .interruptions_per_month = -1,
                          .source = source};
    usd_pico rates[ZONES_MAX];
    ENSURE(n > 0 && n <= ZONES_MAX);
    for (int i = 0; i < n; i++) {
        price.zone = zones[i].name;
        price.rate = rates[i] = money_rate_from_usd(zone_mean(h, &zones[i]));
        if (!import_take(h->import, &price, zones[i].place, err))
            return false;
    }
    qsort(rates, (size_t)n, sizeof *rates, compare_pico);
    price.zone = NULL;
    price.rate = rates[(n - 1) / 2] + (rates[n / 2] - rates[(n - 1) / 2]) / 2;
    price.low = rates[0];
    price.high = rates[n - 1];
    return import_take(h->import, &price, zones[0].place, err);
}

static bool same_place(const struct zone *a, const struct zone *b) {
    return strcmp(a->type, b->type) == 0 && bytes_equal(import_region_of_zone(bytes_of(a->name)),
                                                        import_region_of_zone(bytes_of(b->name)));
}

bool import_spot_history(struct import *import, struct source *source, struct err *err) {
    struct history *h = arena_new(import->arena, struct history, 1);
    char from[32], to[32];
    h->import = import;
    h->index.arena = import->arena;
    if (!json_stream_read(import->arena, source, on_history, h, err))
        return false;
    const int64_t ns_per_day = 86400 * (int64_t)NS_PER_SECOND;
    calendar_format_date(from, calendar_date(h->first_ns / ns_per_day));
    calendar_format_date(to, calendar_date(h->last_ns / ns_per_day));
    import_set_day(import, bytes_of(to));
    const char *words =
        arena_printf(import->arena, "describe-spot-price-history, mean by time %s to %s", from, to);
    if (h->n_zones > 0)
        qsort(h->zones, (size_t)h->n_zones, sizeof *h->zones, compare_zones);
    for (int i = 0, n; i < h->n_zones; i += n) {
        for (n = 1;
             i + n < h->n_zones && n < ZONES_MAX && same_place(&h->zones[i], &h->zones[i + n]);)
            n++;
        if (!take_zones(h, &h->zones[i], n, words, err))
            return false;
    }
    return true;
}

/* ---- Spot Advisor ---- */

struct advisor {
    struct import *import;
    bool has_saving, has_band;
    int64_t saving_percent, band;
    struct json_place place;
};

static bool end_type(struct advisor *a, const struct json_stream *at, struct err *err) {
    /* by the upper end of the band; of the open one an assumption: pricing/books/SOURCES.md */
    static const double interruptions[] = {0.05, 0.10, 0.15, 0.20, 0.30};
    struct import *import = a->import;
    struct bytes region = json_stream_key(at, 1), type = json_stream_key(at, 3);
    import->n_records++;
    if (!import_wants_region(import, region)) {
        import_skip(import, "another region");
        return true;
    }
    if (!bytes_are(json_stream_key(at, 2), "Linux")) {
        import_skip(import, "operating system other than Linux");
        return true;
    }
    if (!a->has_saving || a->saving_percent < 0 || a->saving_percent >= 100 || !a->has_band ||
        a->band < 0 || a->band > 4)
        return import_fail(import, a->place, err,
                           "expected a saving s of 0 to 99 and a band r of 0 to 4");
    const char *sku = import->request->base ? price_book_sku(import->request->base, type) : NULL;
    const char *place = arena_strndup(import->arena, region.data, region.n);
    const struct price *listed = sku ? price_book_find(import->request->base, sku, place,
                                                       PRICE_ON_DEMAND, 0, PAY_NO_UPFRONT, PER_HOUR)
                                     : NULL;
    if (!listed) {
        import_skip(import, "no on-demand price in the book that the saving is taken from");
        return true;
    }
    struct price price = {
        .kind = OFFER_INSTANCE,
        .sku = sku,
        .region = place,
        .option = PRICE_SPOT,
        .unit = PER_HOUR,
        .rate = money_scale_rate(listed->rate, 100 - a->saving_percent, 100),
        .status = PRICE_ESTIMATED,
        .rule = "spot-advisor",
        .interruptions_per_month = interruptions[a->band],
    };
    return import_take(import, &price, a->place, err);
}

static bool on_advisor(void *context, const struct json_stream *at, enum json_event event,
                       struct bytes text, struct err *err) {
    enum { IN_TYPE = 5 };
    struct advisor *a = context;
    int depth = json_stream_depth(at);
    if (depth < IN_TYPE - 1 || !bytes_are(json_stream_key(at, 0), "spot_advisor"))
        return true;
    if (event == JSON_OBJECT && depth == IN_TYPE) {
        *a = (struct advisor){.import = a->import, .place = json_stream_place(at)};
    } else if (event == JSON_OBJECT_END && depth == IN_TYPE - 1) {
        return end_type(a, at, err);
    } else if (event == JSON_NUMBER && depth == IN_TYPE) {
        struct bytes key = json_stream_key(at, depth - 1);
        if (bytes_are(key, "s"))
            a->has_saving = text_parse_int64(text, &a->saving_percent);
        if (bytes_are(key, "r"))
            a->has_band = text_parse_int64(text, &a->band);
    }
    return true;
}

bool import_spot_advisor(struct import *import, struct source *source, struct err *err) {
    struct advisor advisor = {.import = import};
    return json_stream_read(import->arena, source, on_advisor, &advisor, err);
}
