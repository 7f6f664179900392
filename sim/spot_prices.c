/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AWS spot price history as `aws ec2 describe-spot-price-history` prints it. */
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "sim/json_place.h"
#include "sim/spot_trace.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define LIST "SpotPriceHistory"
#define USD_PER_HOUR_MAX 1e6
#define NS_PER_SECOND 1000000000LL

enum { FIELD_ZONE, FIELD_INSTANCE, FIELD_PRODUCT, FIELD_PRICE, FIELD_TIME, N_FIELDS };

static const char *const FIELDS[N_FIELDS] = {"AvailabilityZone", "InstanceType",
                                             "ProductDescription", "SpotPrice", "Timestamp"};

struct record {
    const char *zone;
    int64_t epoch_ns;
    double usd_per_hour;
    size_t order; /* in the file, newest first */
};

struct history {
    struct arena *arena;
    const char *file;
    struct bytes text;
    struct record *records;
    size_t n;
};

static bool field_err(const struct history *history, size_t record, int field, struct err *err,
                      const char *what) {
    const struct json_step path[] = {{LIST, 0}, {NULL, record}, {FIELDS[field], 0}};
    return json_err(history->text, history->file, path, 3, err, "%s", what);
}

/* All records are of one type and product: others would be another price in the same zone. */
static bool same_text(const struct history *history, size_t i, int field, const char *value,
                      const char **all, struct err *err) {
    if (!*all)
        *all = arena_strdup(history->arena, value);
    if (strcmp(*all, value) == 0)
        return true;
    field_err(history, i, field, err,
              arena_printf(history->arena, "'%.40s' among prices of '%.40s'", value, *all));
    err_hint(err, "one instance type and one product a file");
    return false;
}

static bool read_record(struct history *history, json_t *object, size_t i, struct spot_prices *out,
                        struct err *err) {
    const char *values[N_FIELDS];
    for (int f = 0; f < N_FIELDS; f++) {
        values[f] = json_string_value(json_object_get(object, FIELDS[f]));
        if (!values[f] || !values[f][0])
            return field_err(
                history, i, f, err,
                arena_printf(history->arena, "a record needs the text '%s'", FIELDS[f]));
    }
    struct record *record = &history->records[history->n++];
    *record = (struct record){.zone = arena_strdup(history->arena, values[FIELD_ZONE]), .order = i};
    if (!text_parse_double(bytes_of(values[FIELD_PRICE]), &record->usd_per_hour) ||
        !(record->usd_per_hour > 0 && record->usd_per_hour <= USD_PER_HOUR_MAX))
        return field_err(history, i, FIELD_PRICE, err, "a price must be USD per hour above 0");
    if (!calendar_parse_stamp_ns(bytes_of(values[FIELD_TIME]), &record->epoch_ns) ||
        record->epoch_ns < 0)
        return field_err(history, i, FIELD_TIME, err,
                         "expected a time like 2020-02-20T22:06:16.000Z");
    return same_text(history, i, FIELD_INSTANCE, values[FIELD_INSTANCE], &out->instance, err) &&
           same_text(history, i, FIELD_PRODUCT, values[FIELD_PRODUCT], &out->product, err);
}

/* By zone, then time; of equal times the one that the file has first is the newest. */
static int compare_records(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    int zone = strcmp(x->zone, y->zone);
    if (zone != 0)
        return zone;
    if (x->epoch_ns != y->epoch_ns)
        return x->epoch_ns < y->epoch_ns ? -1 : 1;
    return x->order > y->order ? -1 : 1;
}

static struct spot_price_series zone_series(struct arena *arena, const struct record *records,
                                            size_t n) {
    struct spot_price_point *points = arena_new(arena, struct spot_price_point, n);
    int kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && points[kept - 1].epoch_ns == records[i].epoch_ns)
            kept--;
        if (kept == 0 || points[kept - 1].usd_per_hour != records[i].usd_per_hour)
            points[kept++] =
                (struct spot_price_point){records[i].epoch_ns, records[i].usd_per_hour};
    }
    return (struct spot_price_series){records[0].zone, kept, points};
}

static void group(struct history *history, struct spot_prices *out) {
    struct record *records = history->records;
    qsort(records, history->n, sizeof *records, compare_records);
    struct spot_price_series *zones =
        arena_new(history->arena, struct spot_price_series, history->n);
    for (size_t from = 0, to; from < history->n; from = to) {
        for (to = from + 1; to < history->n && strcmp(records[to].zone, records[from].zone) == 0;)
            to++;
        struct spot_price_series series = zone_series(history->arena, &records[from], to - from);
        int64_t first = series.points[0].epoch_ns, last = records[to - 1].epoch_ns;
        zones[out->n_zones++] = series;
        out->first_epoch_ns = first > out->first_epoch_ns ? first : out->first_epoch_ns;
        out->last_epoch_ns = last > out->last_epoch_ns ? last : out->last_epoch_ns;
    }
    out->zones = zones;
}

static bool read_root(struct history *history, json_t *root, struct spot_prices *out,
                      struct err *err) {
    static const struct json_step path[] = {{LIST, 0}};
    json_t *list = json_object_get(root, LIST);
    size_t n = json_array_size(list);
    if (n == 0) {
        json_err(history->text, history->file, path, 1, err, "no list '" LIST "' of prices");
        err_hint(err, "save it with: aws ec2 describe-spot-price-history --output json");
        return false;
    }
    const char *next = json_string_value(json_object_get(root, "NextToken"));
    out->more_pages = next && next[0];
    history->records = arena_new(history->arena, struct record, n);
    for (size_t i = 0; i < n; i++)
        if (!read_record(history, json_array_get(list, i), i, out, err))
            return false;
    group(history, out);
    return true;
}

bool spot_prices_read(struct arena *arena, struct source *source, struct spot_prices *out,
                      struct err *err) {
    struct history history = {.arena = arena, .file = source_name(source)};
    struct spot_prices prices = {.name = source_name(source)};
    if (!source_read_all(arena, source, FILE_BYTES_MAX, &history.text, err))
        return false;
    json_t *root = json_read(history.text, history.file, err);
    bool fine = root && read_root(&history, root, &prices, err);
    json_decref(root);
    if (!fine)
        return false;
    source_sha256(source, prices.sha256);
    *out = prices;
    return true;
}

struct spot_price_stats spot_price_stats(const struct spot_prices *prices, int zone) {
    const struct spot_price_series *series = &prices->zones[zone];
    const struct spot_price_point *points = series->points;
    struct spot_price_stats stats = {.n_changes = series->n - 1,
                                     .least = points[0].usd_per_hour,
                                     .most = points[0].usd_per_hour};
    double sum = 0;
    stats.span_s = (double)(prices->last_epoch_ns - points[0].epoch_ns) / (double)NS_PER_SECOND;
    for (int i = 0; i < series->n; i++) {
        int64_t until = i + 1 < series->n ? points[i + 1].epoch_ns : prices->last_epoch_ns;
        double usd = points[i].usd_per_hour;
        sum += usd * (double)(until - points[i].epoch_ns) / (double)NS_PER_SECOND;
        stats.least = usd < stats.least ? usd : stats.least;
        stats.most = usd > stats.most ? usd : stats.most;
    }
    stats.mean = stats.span_s > 0 ? sum / stats.span_s : points[series->n - 1].usd_per_hour;
    return stats;
}
