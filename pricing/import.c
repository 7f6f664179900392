/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/import.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "pricing/cloud_bill.h"
#include "pricing/import_fargate.h"
#include "pricing/import_reader.h"

/* ---- formats ---- */

static struct bytes skip_mark(struct bytes head) {
    bool mark = head.n >= 3 && memcmp(head.data, "\xEF\xBB\xBF", 3) == 0;
    return mark ? (struct bytes){head.data + 3, head.n - 3} : head;
}

static bool is_json(struct bytes head) {
    struct bytes text = bytes_trim(skip_mark(head));
    while (text.n > 0 && (*text.data == '\n' || *text.data == '\r'))
        text = bytes_trim((struct bytes){text.data + 1, text.n - 1});
    return text.n > 0 && (*text.data == '{' || *text.data == '[');
}

static bool is_aws_csv(struct bytes head) {
    return import_bytes_begin(skip_mark(head), "\"FormatVersion\"");
}

static bool is_aws_json(struct bytes head) {
    return is_json(head) && import_bytes_have(head, "\"offerCode\"") &&
           import_bytes_have(head, "\"formatVersion\"");
}

static bool is_get_products(struct bytes head) {
    return is_json(head) && import_bytes_have(head, "\"PriceList\"");
}

/* The bulk list of plans names itself by its products, which come first. */
static bool is_savings_plans(struct bytes head) {
    return is_json(head) && import_bytes_have(head, "SavingsPlans\"") &&
           !import_bytes_have(head, "\"searchResults\"");
}

static bool is_offering_rates(struct bytes head) {
    return is_json(head) && import_bytes_have(head, "\"searchResults\"");
}

static bool is_capacity_blocks(struct bytes head) {
    return is_json(head) && import_bytes_have(head, "\"CapacityBlockOfferings\"");
}

static bool is_spot_history(struct bytes head) {
    return is_json(head) && import_bytes_have(head, "\"SpotPriceHistory\"");
}

/* Its list of instance types, which comes first, is longer than the head. */
static bool is_spot_advisor(struct bytes head) {
    return is_json(head) && (import_bytes_have(head, "\"spot_advisor\"") ||
                             (import_bytes_have(head, "\"instance_types\"") &&
                              import_bytes_have(head, "\"ram_gb\"")));
}

static bool is_ec2instances(struct bytes head) {
    return is_json(head) && import_bytes_have(head, "\"instance_type\"") &&
           (import_bytes_have(head, "\"pricing\"") || import_bytes_have(head, "\"vCPU\""));
}

static bool is_opencost(struct bytes head) {
    return !is_json(head) && import_bytes_have(head, "MarketPriceHourly");
}

const struct price_import_format price_import_formats[] = {
    {"aws-csv", "AWS price list, CSV: compute, models, storage, transfer", is_aws_csv,
     import_aws_csv},
    {"aws-json", "AWS price list, JSON: compute, models, storage, transfer", is_aws_json,
     import_aws_json},
    {"get-products", "aws pricing get-products, JSON", is_get_products, import_aws_products},
    {"savings-plans", "AWS savings plans, bulk list of rates, JSON", is_savings_plans,
     import_savings_plans},
    {"offering-rates", "aws savingsplans describe-savings-plans-offering-rates, JSON",
     is_offering_rates, import_offering_rates},
    {"capacity-block", "aws ec2 describe-capacity-block-offerings, JSON", is_capacity_blocks,
     import_capacity_blocks},
    {"spot-history", "aws ec2 describe-spot-price-history, JSON", is_spot_history,
     import_spot_history},
    {"spot-advisor", "feed of the AWS Spot Instance Advisor, JSON", is_spot_advisor,
     import_spot_advisor},
    {"ec2instances", "ec2instances.info, instances.json", is_ec2instances, import_ec2instances},
    {"opencost", "OpenCost node prices, CSV", is_opencost, import_opencost},
    {NULL, NULL, NULL, NULL},
};

static const struct price_import_format *find_format(struct arena *arena, const char *file,
                                                     const struct import_request *request,
                                                     struct bytes head, struct err *err) {
    struct text names = {.arena = arena};
    enum cloud_bill_format bill = cloud_bill_format_of(head);
    if (skip_mark(head).n == 0) {
        err_at(err, file, 1, 1, "an empty file");
        err_hint(err, "was the export finished?");
        return NULL;
    }
    if (bill != CLOUD_BILL_PARQUET && memchr(head.data, 0, head.n < 64 ? head.n : 64)) {
        err_at(err, file, 1, 1, "no text in UTF-8");
        err_hint(err, "Windows writes UTF-16 by '>': save it as UTF-8, in PowerShell with "
                      "Out-File -Encoding utf8");
        return NULL;
    }
    if (!request->format && bill != CLOUD_BILL_NONE) {
        err_at(err, file, 1, 1, "%s",
               bill == CLOUD_BILL_PARQUET
                   ? "a Parquet file: bills and prices are read as CSV or JSON"
                   : "a bill, not a price list");
        if (bill == CLOUD_BILL_PARQUET)
            cloud_bill_hint_parquet(err, file);
        else
            err_hint(err, "headroom trace stats shows what it says of instances");
        return NULL;
    }
    for (const struct price_import_format *f = price_import_formats; f->name; f++) {
        if (request->format ? strcmp(f->name, request->format) == 0 : f->recognise(head))
            return f;
        text_printf(&names, "%s%s", names.n ? ", " : "", f->name);
    }
    if (request->format)
        err_set(err, ERR_USAGE, "there is no format '%s'", request->format);
    else
        err_at(err, file, 1, 1, "this is no price file that headroom knows");
    err_hint(err, "%s%s",
             request->format ? "one of: " : "if it is, name it with --format: ", names.data);
    return NULL;
}

/* ---- what readers call ---- */

void import_skip(struct import *import, const char *reason) {
    import_skip_example(import, reason, NULL);
}

void import_skip_example(struct import *import, const char *reason, const char *example) {
    for (int i = 0; i < import->n_skipped; i++) {
        if (strcmp(import->skipped[i].reason, reason) != 0)
            continue;
        import->skipped[i].n++;
        return;
    }
    ENSURE(import->n_skipped < IMPORT_REASONS_MAX);
    import->skipped[import->n_skipped++] = (struct import_skipped){reason, example, 1};
}

bool import_fail(const struct import *import, struct json_place place, struct err *err,
                 const char *format, ...) {
    char what[sizeof err->what];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return err_at(err, import->file, place.line, place.column, "%s", what);
}

bool import_check_rate(const struct import *import, usd_pico rate, struct json_place place,
                       struct err *err) {
    if (rate > 0)
        return true;
    import_fail(import, place, err, "a price of zero");
    err_hint(err, "take the row out of the file: an unknown price is never zero");
    return false;
}

/* What a book can hold, and a spreadsheet does not take for a formula. */
static bool is_name(const char *name) {
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7F)
            return false;
    return isalnum((unsigned char)name[0]);
}

bool import_take(struct import *import, const struct price *price, struct json_place place,
                 struct err *err) {
    if (!import_check_rate(import, price->rate, place, err))
        return false;
    if (!is_name(price->sku) || !is_name(price->region)) {
        import_fail(import, place, err, "'%.60s' in '%.60s' is no name of a book", price->sku,
                    price->region);
        err_hint(err, "names begin with a letter or digit and have no blanks");
        return false;
    }
    if (import->n_rates == import->capacity) {
        size_t n = (size_t)import->capacity, more = n ? 2 * n : 256;
        import->rates = arena_grow(import->arena, import->rates, n, more, sizeof *import->rates);
        import->capacity = (int)more;
    }
    struct import_rate *rate = &import->rates[import->n_rates++];
    *rate = (struct import_rate){.price = *price, .column = place.column};
    rate->price.line = place.line;
    rate->price.alias = price->alias ? price->alias : "";
    rate->price.rule = price->rule ? price->rule : "";
    rate->price.zone = price->zone ? price->zone : "";
    rate->price.effective_from = price->effective_from ? price->effective_from : "";
    if (price->low == 0)
        rate->price.low = rate->price.high = price->rate;
    if (price->option != PRICE_SPOT)
        rate->price.interruptions_per_month = -1;
    return true;
}

bool import_end_tier(struct import *import, int64_t end) {
    ENSURE(import->n_rates > 0);
    struct import_rate *last = &import->rates[import->n_rates - 1];
    last->ends = true;
    last->end = end;
    return true;
}

bool import_parse_rate(const struct import *import, struct bytes text, int64_t factor,
                       struct json_place place, usd_pico *out, struct err *err) {
    usd_pico rate;
    double usd;
    if (!money_parse_rate(text, &rate)) {
        if (!text_parse_double(text, &usd) || !isfinite(usd) || usd < 0 || usd > 1e6) {
            import_fail(import, place, err, "'%.*s' is not a price",
                        (int)(text.n < 40 ? text.n : 40), text.data);
            err_hint(err, "a price is a plain decimal in USD");
            return false;
        }
        rate = money_rate_from_usd(usd);
    }
    if (rate > INT64_MAX / factor)
        return import_fail(import, place, err, "a price too large for the unit");
    *out = rate * factor;
    return true;
}

bool import_check_currency(const struct import *import, struct bytes currency,
                           struct json_place place, struct err *err) {
    if (bytes_are(currency, "USD"))
        return true;
    import_fail(import, place, err, "a price in '%.*s', not in USD",
                (int)(currency.n < 20 ? currency.n : 20), currency.data);
    err_hint(err, "--region takes the rates of one region; those of China are in CNY");
    return false;
}

bool import_wants_region(const struct import *import, struct bytes region) {
    return !import->request->region || bytes_are(region, import->request->region);
}

void import_see_page(struct import *import, const struct json_stream *at, enum json_event event,
                     struct bytes text) {
    if (event != JSON_TEXT || json_stream_depth(at) != 1)
        return;
    struct bytes key = json_stream_key(at, 0);
    if (bytes_are(key, "NextToken") || bytes_are(key, "nextToken"))
        import->more_pages = text.n > 0;
}

const char *import_day(const struct import *import, struct bytes stamp) {
    enum { DAY_LENGTH = 10 };
    struct date date;
    if (import->request->date)
        return import->request->date;
    if (stamp.n < DAY_LENGTH || !calendar_parse_date((struct bytes){stamp.data, DAY_LENGTH}, &date))
        return NULL;
    return arena_strndup(import->arena, stamp.data, DAY_LENGTH);
}

void import_set_day(struct import *import, struct bytes stamp) {
    if (!import->as_of)
        import->as_of = import_day(import, stamp);
}

bool import_is_region(struct bytes name) {
    for (size_t i = 0; i + 1 < name.n; i++)
        if (isdigit((unsigned char)name.data[i]) && name.data[i + 1] == '-')
            return false;
    return name.n > 0 && isdigit((unsigned char)name.data[name.n - 1]);
}

struct bytes import_region_of_zone(struct bytes zone) {
    if (zone.n < 2 || zone.data[zone.n - 1] < 'a' || zone.data[zone.n - 1] > 'z')
        return (struct bytes){"", 0};
    struct bytes region = {zone.data, zone.n - 1};
    return import_is_region(region) ? region : (struct bytes){"", 0};
}

void import_keep(struct import_value *value, struct bytes text) {
    value->n = text.n < IMPORT_VALUE_MAX ? text.n : IMPORT_VALUE_MAX;
    memcpy(value->text, text.data, value->n);
}

struct json_place import_csv_place(const struct csv_row *row, int field) {
    if (field < 0 || field >= row->n_fields)
        return (struct json_place){row->line, 1};
    return (struct json_place){row->fields[field].line, row->fields[field].column};
}

bool import_bytes_have(struct bytes text, const char *part) {
    return text.n > 0 && memmem(text.data, text.n, part, strlen(part)) != NULL;
}

bool import_bytes_begin(struct bytes text, const char *start) {
    size_t n = strlen(start);
    return text.n >= n && memcmp(text.data, start, n) == 0;
}

bool import_usage_ends(struct bytes usage, const char *end) {
    size_t n = strlen(end);
    return usage.n >= n && memcmp(usage.data + usage.n - n, end, n) == 0 &&
           (usage.n == n || usage.data[usage.n - n - 1] == '-');
}

/* ---- names to numbers: open addressing, at most half full ---- */

struct import_index_slot {
    const char *name;
    size_t n;
    int value;
};

static uint64_t hash_name(struct bytes name) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * 1099511628211u;
    return hash ^ hash >> 32;
}

static struct import_index_slot *slot_of(const struct import_index *index, struct bytes name) {
    size_t mask = (size_t)index->capacity - 1, i = (size_t)hash_name(name) & mask;
    while (index->slots[i].name &&
           !bytes_equal((struct bytes){index->slots[i].name, index->slots[i].n}, name))
        i = (i + 1) & mask;
    return &index->slots[i];
}

int import_index_find(const struct import_index *index, struct bytes name) {
    if (index->capacity == 0)
        return -1;
    const struct import_index_slot *slot = slot_of(index, name);
    return slot->name ? slot->value : -1;
}

static void grow_index(struct import_index *index) {
    struct import_index larger = {.arena = index->arena,
                                  .n = index->n,
                                  .capacity = index->capacity ? 2 * index->capacity : 256};
    larger.slots = arena_new(index->arena, struct import_index_slot, larger.capacity);
    for (int i = 0; i < index->capacity; i++)
        if (index->slots[i].name)
            *slot_of(&larger, (struct bytes){index->slots[i].name, index->slots[i].n}) =
                index->slots[i];
    *index = larger;
}

bool import_index_add(struct import_index *index, struct bytes name, int value) {
    if (2 * (index->n + 1) > index->capacity)
        grow_index(index);
    struct import_index_slot *slot = slot_of(index, name);
    if (slot->name)
        return false;
    *slot =
        (struct import_index_slot){arena_strndup(index->arena, name.data, name.n), name.n, value};
    index->n++;
    return true;
}

/* ---- the whole ---- */

static int compare_rates(const void *left, const void *right) {
    const struct import_rate *a = left, *b = right;
    int by = price_compare_rates(&a->price, &b->price);
    if (by == 0)
        by = (a->price.line > b->price.line) - (a->price.line < b->price.line);
    return by ? by : (a->column > b->column) - (a->column < b->column);
}

/* Every volume tier stands on a first one; of transfer, whose first units the list may give away,
 * on the first that costs something. A book's tier ends where the next begins: where the list says
 * otherwise, units between the two would have a rate that nobody told. */
static bool check_tier(const struct import *import, struct import_rate *rate,
                       const struct import_rate *before, struct err *err) {
    struct json_place place = {rate->price.line, rate->column};
    struct price first = rate->price;
    first.above = before ? before->price.above : 0;
    if (rate->price.above == 0)
        return true;
    if (before && price_compare_rates(&before->price, &first) == 0) {
        if (!before->ends || before->end == rate->price.above)
            return true;
        import_fail(import, place, err,
                    "a rate of %s in %s above %lld %s, but the one below ends at %lld",
                    rate->price.sku, rate->price.region, (long long)rate->price.above,
                    price_unit_word(rate->price.unit), (long long)before->end);
        err_hint(err, "line %d has the one below: is a tier missing?", before->price.line);
        return false;
    }
    if (rate->price.kind == OFFER_TRANSFER) {
        rate->price.above = 0;
        return true;
    }
    return import_fail(import, place, err, "a rate of %s above %lld %s, and none below",
                       rate->price.sku, (long long)rate->price.above,
                       price_unit_word(rate->price.unit));
}

/* Sorted; the same price told twice is one, two prices for one rate are a mistake. */
static bool settle(struct import *import, struct price **out, int *n_out, struct err *err) {
    qsort(import->rates, (size_t)import->n_rates, sizeof *import->rates, compare_rates);
    struct price *prices = arena_new(import->arena, struct price, import->n_rates);
    const struct import_rate *before = NULL; /* the last that is kept */
    int n = 0;
    for (int i = 0; i < import->n_rates; i++) {
        const struct price *price = &import->rates[i].price;
        if (n > 0 && price_compare_rates(&prices[n - 1], price) == 0) {
            if (prices[n - 1].rate != price->rate) {
                struct json_place place = {price->line, import->rates[i].column};
                import_fail(import, place, err, "a second price for %s in %s", price->sku,
                            price->region);
                err_hint(err, "line %d has the first; keep one of them", prices[n - 1].line);
                return false;
            }
            import_skip(import, "the same price again");
            continue;
        }
        if (!check_tier(import, &import->rates[i], before, err))
            return false;
        before = &import->rates[i];
        prices[n] = *price;
        prices[n].source = price->source ? price->source : import->source;
        prices[n].as_of = price->as_of ? price->as_of : import->as_of;
        n++;
    }
    *out = prices;
    *n_out = n;
    return true;
}

static int compare_skipped(const void *left, const void *right) {
    const struct import_skipped *a = left, *b = right;
    return a->n != b->n ? (a->n < b->n) - (a->n > b->n) : strcmp(a->reason, b->reason);
}

static bool check_day(const struct import *import, struct err *err) {
    struct date day;
    if (import->request->date && !calendar_parse_date(bytes_of(import->request->date), &day))
        return err_set(err, ERR_USAGE, "--date is a day, YYYY-MM-DD, not '%s'",
                       import->request->date);
    return true;
}

static bool check_result(const struct import *import, struct err *err) {
    if (import->n_rates == 0) {
        err_at(err, import->file, 0, 0, "no rate was taken from %lld records",
               (long long)import->n_records);
        if (import->n_skipped > 0)
            err_hint(err, "most were skipped: %s", import->skipped[0].reason);
        return false;
    }
    for (int i = 0; i < import->n_rates; i++) {
        if (import->as_of || import->rates[i].price.as_of)
            continue;
        err_at(err, import->file, 0, 0, "the file does not tell the day of its prices");
        err_hint(err, "give it with --date YYYY-MM-DD");
        return false;
    }
    return true;
}

bool price_import(struct arena *arena, struct source *source, const struct import_request *request,
                  struct import_report *out, struct err *err) {
    struct bytes head;
    struct import import = {
        .arena = arena, .request = request, .file = source_name(source), .as_of = request->date};
    if (!check_day(&import, err) || !source_peek(source, &head, err))
        return false;
    const struct price_import_format *format = find_format(arena, import.file, request, head, err);
    if (!format || !format->read(&import, source, err) || !import_take_fargate(&import, err))
        return false;
    struct import_report report = {.file = import.file, .format = format->name};
    source_sha256(source, report.sha256);
    const char *slash = strrchr(import.file, '/');
    import.source = arena_printf(arena, "%s %s sha256 %.12s", format->name,
                                 slash ? slash + 1 : import.file, report.sha256);
    qsort(import.skipped, (size_t)import.n_skipped, sizeof *import.skipped, compare_skipped);
    struct price *prices;
    if (!check_result(&import, err) || !settle(&import, &prices, &report.n_prices, err))
        return false;
    qsort(import.skipped, (size_t)import.n_skipped, sizeof *import.skipped, compare_skipped);
    struct import_skipped *skipped = arena_new(arena, struct import_skipped, import.n_skipped);
    if (import.n_skipped > 0)
        memcpy(skipped, import.skipped, (size_t)import.n_skipped * sizeof *skipped);
    report.prices = prices;
    report.more_pages = import.more_pages;
    report.n_records = import.n_records;
    report.n_skipped = import.n_skipped;
    report.skipped = skipped;
    *out = report;
    return true;
}
