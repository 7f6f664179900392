/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass: a row adds to the money, and, if it is time of instances, to its type and to the hours
 * that it covers. Types and hours are found by name in an index; both are sorted at the end. Sums
 * of money carry the digits that addition loses (Neumaier), as a bill has millions of small rows.
 */
#include "pricing/cloud_bill.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "pricing/cloud_bill_row.h"
#include "pricing/import_reader.h"

#define NS_PER_HOUR 3600000000000LL
#define ROW_HOURS_MAX (367LL * 24)
#define PERIOD_HOURS_MAX (31LL * 24) /* of a charge that tells the bill's period */
#define HOURS_DUST 1e-9              /* what is left of hours that corrections take back */
#define HOURS_OF_A_ROW_MAX 1e9       /* instance hours; a row of more is a mistake of units */

struct sum {
    double total, lost;
};

struct type {
    struct cloud_bill_type row;
    struct sum hours, billed, effective;
};

struct commitment {
    struct cloud_bill_commitment row;
    struct sum hours, effective;
};

struct owed {
    struct cloud_bill_owed row;
    struct sum used, unused;
};

struct reading {
    struct arena *arena;
    const struct bill_format *format;
    struct bill_cells cells;
    int n_columns;
    struct cloud_bill bill;
    struct sum billed, effective;
    bool by_day; /* a row of instances covers more than an hour */
    struct import_index type_index, hour_index, commitment_index, owed_index;
    int n_owed, owed_capacity;
    struct owed *owed;
    int n_commitments, commitments_capacity;
    struct commitment *commitments;
    int n_types, types_capacity, n_hours, hours_capacity;
    struct type *types;
    struct cloud_bill_hour *hours;
};

/* ---- formats ---- */

enum cloud_bill_format cloud_bill_format_of(struct bytes head) {
    if (import_bytes_begin(head, "PAR1"))
        return CLOUD_BILL_PARQUET;
    const char *end = head.n ? memchr(head.data, '\n', head.n) : NULL;
    struct bytes line = {head.data, end ? (size_t)(end - head.data) : head.n};
    if (import_bytes_have(line, "BilledCost") && import_bytes_have(line, "ChargePeriodStart"))
        return CLOUD_BILL_FOCUS;
    return import_bytes_have(line, "line_item_usage_start_date") ? CLOUD_BILL_CUR : CLOUD_BILL_NONE;
}

void cloud_bill_hint_parquet(struct err *err, const char *file) {
    static const char suffix[] = ".parquet";
    char command[sizeof err->hint];
    const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    size_t stem = strlen(base), n = sizeof suffix - 1;
    if (stem > n && strcmp(base + stem - n, suffix) == 0)
        stem -= n;
    int length =
        snprintf(command, sizeof command, "duckdb -c \"COPY (FROM '%s') TO '%.*s.csv' (HEADER)\"",
                 file, (int)stem, base);
    bool plain = !strpbrk(file, "'\"$`\\!\n") && (size_t)length < sizeof command;
    err_hint(err, "%s",
             plain ? command : "duckdb -c \"COPY (FROM 'bill.parquet') TO 'bill.csv' (HEADER)\"");
}

const char *cloud_bill_format_name(enum cloud_bill_format format) {
    static const char *const names[] = {"no bill", "FOCUS", "AWS CUR 2.0", "Parquet"};
    return names[format];
}

const char *cloud_bill_option_word(enum cloud_bill_option option) {
    static const char *const words[] = {"on_demand", "spot", "committed"};
    return words[option];
}

static bool check_format(const struct reading *r, struct err *err) {
    if (r->bill.format == CLOUD_BILL_FOCUS || r->bill.format == CLOUD_BILL_CUR)
        return true;
    err_at(err, r->bill.name, 1, 1,
           r->bill.format == CLOUD_BILL_PARQUET ? "a Parquet file: bills are read as CSV"
                                                : "this is no bill in FOCUS or CUR 2.0");
    if (r->bill.format == CLOUD_BILL_PARQUET)
        cloud_bill_hint_parquet(err, r->bill.name);
    else
        err_hint(err, "a CSV with BilledCost and ChargePeriodStart, or with "
                      "line_item_usage_start_date");
    return false;
}

/* ---- cells ---- */

struct bytes bill_cell(const struct bill_cells *r, int column) {
    int i = r->index[column];
    return i < 0 ? (struct bytes){"", 0} : bytes_trim(r->row.fields[i].text);
}

bool bill_read_number(const struct bill_cells *r, int column, double *out, struct err *err) {
    struct bytes text = bill_cell(r, column);
    *out = 0;
    if (text.n == 0 || (text_parse_double(text, out) && isfinite(*out)))
        return true;
    csv_err(r->csv, &r->row, r->index[column], err, "'%.*s' is not a number",
            (int)(text.n < 40 ? text.n : 40), text.data);
    err_hint(err, "a plain decimal, without signs of money or commas");
    return false;
}

/* m5.xlarge of USW2-BoxUsage:m5.xlarge; BoxUsage alone was m1.small. */
struct bytes bill_type_of_usage(struct bytes usage) {
    const char *colon = usage.n ? memchr(usage.data, ':', usage.n) : NULL;
    bool runs = import_bytes_have(usage, "BoxUsage") || import_bytes_have(usage, "SpotUsage") ||
                import_bytes_have(usage, "HeavyUsage");
    if (!colon || !runs)
        return (struct bytes){"", 0};
    size_t n = (size_t)(colon + 1 - usage.data);
    return (struct bytes){usage.data + n, usage.n - n};
}

static bool read_hour(const struct bill_cells *r, int column, bool up, int64_t *out,
                      struct err *err) {
    int64_t ns;
    if (!calendar_parse_stamp_ns(bill_cell(r, column), &ns) || ns < 0)
        return csv_err(r->csv, &r->row, r->index[column], err,
                       "expected a time like 2026-07-01T00:00:00Z");
    *out = (ns + (up ? NS_PER_HOUR - 1 : 0)) / NS_PER_HOUR;
    return true;
}

static bool check_currency(const struct bill_cells *r, int column, struct err *err) {
    struct bytes text = bill_cell(r, column);
    if (bytes_are(text, "USD"))
        return true;
    csv_err(r->csv, &r->row, r->index[column], err, "a bill in '%.*s', not in USD",
            (int)(text.n < 20 ? text.n : 20), text.data);
    err_hint(err, "nothing is converted here");
    return false;
}

static void add(struct sum *sum, double value) {
    double total = sum->total + value;
    sum->lost += fabs(sum->total) >= fabs(value) ? (sum->total - total) + value
                                                 : (value - total) + sum->total;
    sum->total = total;
}

/* ---- types and hours ---- */

static struct type *type_of(struct reading *r, const struct bill_instances *time, int *index) {
    char name[2 * IMPORT_VALUE_MAX + 8];
    int n =
        snprintf(name, sizeof name, "%.*s\n%.*s\n%d",
                 (int)(time->instance.n < IMPORT_VALUE_MAX ? time->instance.n : IMPORT_VALUE_MAX),
                 time->instance.data,
                 (int)(time->region.n < IMPORT_VALUE_MAX ? time->region.n : IMPORT_VALUE_MAX),
                 time->region.data, (int)time->option);
    struct bytes key = {name, (size_t)n};
    *index = import_index_find(&r->type_index, key);
    if (*index >= 0)
        return &r->types[*index];
    if (r->n_types == r->types_capacity) {
        size_t old = (size_t)r->types_capacity, more = old ? 2 * old : 64;
        r->types = arena_grow(r->arena, r->types, old, more, sizeof *r->types);
        r->types_capacity = (int)more;
    }
    *index = r->n_types++;
    import_index_add(&r->type_index, key, *index);
    struct type *type = &r->types[*index];
    type->row.instance = text_printable(r->arena, time->instance);
    type->row.region = text_printable(r->arena, time->region);
    type->row.option = time->option;
    return type;
}

static void add_hour(struct reading *r, int type, int64_t hour, double instances) {
    char name[48];
    struct bytes key = {name,
                        (size_t)snprintf(name, sizeof name, "%d %lld", type, (long long)hour)};
    int at = import_index_find(&r->hour_index, key);
    if (at < 0) {
        if (r->n_hours == r->hours_capacity) {
            size_t old = (size_t)r->hours_capacity, more = old ? 2 * old : 1024;
            r->hours = arena_grow(r->arena, r->hours, old, more, sizeof *r->hours);
            r->hours_capacity = (int)more;
        }
        at = r->n_hours++;
        import_index_add(&r->hour_index, key, at);
        r->hours[at] = (struct cloud_bill_hour){hour, type, 0};
    }
    r->hours[at].instances += instances;
}

static void add_commitment(struct reading *r, const struct bill_instances *time,
                           const struct bill_owed *owed, int type, const struct bill_money *money) {
    char name[IMPORT_VALUE_MAX + 24];
    size_t length = owed->commitment.n < IMPORT_VALUE_MAX ? owed->commitment.n : IMPORT_VALUE_MAX;
    int n = snprintf(name, sizeof name, "%d %d %.*s", type, (int)owed->kind, (int)length,
                     owed->commitment.data);
    struct bytes key = {name, (size_t)n};
    int at = import_index_find(&r->commitment_index, key);
    if (at < 0) {
        if (r->n_commitments == r->commitments_capacity) {
            size_t old = (size_t)r->commitments_capacity, more = old ? 2 * old : 16;
            r->commitments =
                arena_grow(r->arena, r->commitments, old, more, sizeof *r->commitments);
            r->commitments_capacity = (int)more;
        }
        at = r->n_commitments++;
        import_index_add(&r->commitment_index, key, at);
        r->commitments[at].row = (struct cloud_bill_commitment){
            .id = text_printable(r->arena, (struct bytes){owed->commitment.data, length}),
            .kind = owed->kind,
            .type = type};
    }
    add(&r->commitments[at].hours, time->hours);
    add(&r->commitments[at].effective, money->effective);
}

/* What is unnamed is told apart by the type of what was not used. */
static void add_owed(struct reading *r, const struct bill_owed *owed, double usd) {
    char name[2 * IMPORT_VALUE_MAX + 8];
    struct bytes id = owed->commitment, instance = owed->unused ? owed->instance : bytes_of("");
    id.n = id.n < IMPORT_VALUE_MAX ? id.n : IMPORT_VALUE_MAX;
    instance.n = instance.n < IMPORT_VALUE_MAX ? instance.n : IMPORT_VALUE_MAX;
    int n = snprintf(name, sizeof name, "%d %.*s\n%.*s", (int)owed->kind, (int)id.n, id.data,
                     id.n ? 0 : (int)instance.n, instance.data);
    struct bytes key = {name, (size_t)n};
    int at = import_index_find(&r->owed_index, key);
    if (at < 0) {
        if (r->n_owed == r->owed_capacity) {
            size_t old = (size_t)r->owed_capacity, more = old ? 2 * old : 16;
            r->owed = arena_grow(r->arena, r->owed, old, more, sizeof *r->owed);
            r->owed_capacity = (int)more;
        }
        at = r->n_owed++;
        import_index_add(&r->owed_index, key, at);
        r->owed[at].row = (struct cloud_bill_owed){
            .id = text_printable(r->arena, id), .kind = owed->kind, .instance = ""};
    }
    struct owed *to = &r->owed[at];
    if (instance.n && !to->row.instance[0])
        to->row.instance = text_printable(r->arena, instance);
    add(owed->unused ? &to->unused : &to->used, usd);
}

static void widen(int64_t *from, int64_t *to, int64_t row_from, int64_t row_to) {
    bool first = *to == 0;
    *from = first || row_from < *from ? row_from : *from;
    *to = first || row_to > *to ? row_to : *to;
}

static bool add_instances(struct reading *r, const struct bill_instances *time,
                          const struct bill_owed *owed, const struct bill_money *money,
                          int64_t from, int64_t to, struct err *err) {
    if ((time->hours < 0 && !time->correction) || fabs(time->hours) > HOURS_OF_A_ROW_MAX) {
        csv_err(r->cells.csv, &r->cells.row, r->cells.index[time->column], err,
                "%g hours of %.*s in one row", time->hours, (int)time->instance.n,
                time->instance.data);
        if (time->hours < 0)
            err_hint(err, "only a row with ChargeClass Correction takes hours back");
        return false;
    }
    int index;
    struct type *type = type_of(r, time, &index);
    add(&type->hours, time->hours);
    add(&type->billed, money->billed);
    add(&type->effective, money->effective);
    if (time->option == BILLED_COMMITTED)
        add_commitment(r, time, owed, index, money);
    r->bill.n_instance_rows++;
    if (to - from > 1) {
        r->by_day = true;
        r->n_hours = 0;
    }
    if (!r->by_day)
        add_hour(r, index, from, time->hours);
    if (time->hours > 0)
        widen(&r->bill.from_hour, &r->bill.to_hour, from, to);
    return true;
}

/* ---- rows ---- */

/* The calendar month that begins with an hour. */
static int64_t month_later(int64_t hour) {
    struct date date = calendar_date(hour / 24);
    return hour + 24 * (calendar_days(calendar_add_months(date, 1)) - calendar_days(date));
}

/* The bill's period holds the billing periods of all rows; a row that tells none has its charge's,
 * if that is a month at most: a fee for a term says nothing of the bill. */
static bool read_period(struct reading *r, struct err *err) {
    const struct bill_format *format = r->format;
    const int columns[2][2] = {{format->period_start, format->period_end},
                               {format->start, format->end}};
    for (int way = 0; way < 2; way++) {
        const int *column = columns[way];
        int64_t from, to = 0;
        bool open = way == 0 && format->calendar_months && bill_cell(&r->cells, column[1]).n == 0;
        if (bill_cell(&r->cells, column[0]).n == 0 ||
            (!open && bill_cell(&r->cells, column[1]).n == 0))
            continue;
        if (!read_hour(&r->cells, column[0], false, &from, err) ||
            (!open && !read_hour(&r->cells, column[1], true, &to, err)))
            return false;
        to = open ? month_later(from) : to;
        if (to > from && to - from <= PERIOD_HOURS_MAX)
            widen(&r->bill.period_from_hour, &r->bill.period_to_hour, from, to);
        return true;
    }
    return true;
}

static void count_skipped(struct reading *r, const char *reason) {
    int i = 0;
    while (i < r->bill.n_skipped && strcmp(r->bill.skipped[i].reason, reason) != 0)
        i++;
    if (i == r->bill.n_skipped) {
        ENSURE(i < CLOUD_BILL_REASONS_MAX);
        r->bill.skipped[r->bill.n_skipped++].reason = reason;
    }
    r->bill.skipped[i].n_rows++;
}

static bool read_row(struct reading *r, struct err *err) {
    struct bill_money money;
    struct bill_instances time = {.instance = {"", 0}, .region = {"", 0}};
    struct bill_owed owed = {.commitment = {"", 0}, .instance = {"", 0}};
    int64_t from, to;
    if (r->cells.row.n_fields < r->n_columns)
        return csv_err(r->cells.csv, &r->cells.row, -1, err,
                       "%d fields, but the header has %d or more", r->cells.row.n_fields,
                       r->n_columns);
    r->bill.n_rows++;
    if (!check_currency(&r->cells, r->format->currency, err) ||
        !r->format->row(&r->cells, &money, &time, &owed, err))
        return false;
    add(&r->billed, money.billed);
    add(&r->effective, money.effective);
    r->bill.n_corrections += time.correction;
    if (owed.told)
        add_owed(r, &owed, money.effective);
    if (!read_period(r, err))
        return false;
    if (time.skip || time.hours == 0) {
        count_skipped(r, time.skip ? time.skip : "no hours");
        return true;
    }
    int start = r->format->start, end = r->format->end;
    if (!read_hour(&r->cells, start, false, &from, err) ||
        !read_hour(&r->cells, end, true, &to, err))
        return false;
    if (to <= from || to - from > ROW_HOURS_MAX)
        return csv_err(r->cells.csv, &r->cells.row, r->cells.index[end], err,
                       "the period of a row is more than nothing and at most a year");
    return add_instances(r, &time, &owed, &money, from, to, err);
}

/* Names that differ in bytes that cannot be printed are alike here: first seen, first. */
static int compare_types(const void *left, const void *right) {
    const struct type *a = *(struct type *const *)left, *b = *(struct type *const *)right;
    int by = strcmp(a->row.instance, b->row.instance);
    by = by ? by : strcmp(a->row.region, b->row.region);
    by = by ? by : (int)a->row.option - (int)b->row.option;
    return by ? by : (a > b) - (a < b);
}

static int compare_hours(const void *left, const void *right) {
    const struct cloud_bill_hour *a = left, *b = right;
    int by = (a->epoch_hour > b->epoch_hour) - (a->epoch_hour < b->epoch_hour);
    return by ? by : a->type - b->type;
}

/* The types by name, and where each has gone. */
static const int *sort_types(struct reading *r) {
    struct cloud_bill_type *rows = arena_new(r->arena, struct cloud_bill_type, r->n_types);
    struct type **order = arena_new(r->arena, struct type *, r->n_types);
    int *moved = arena_new(r->arena, int, r->n_types);
    for (int i = 0; i < r->n_types; i++)
        order[i] = &r->types[i];
    if (r->n_types > 0)
        qsort(order, (size_t)r->n_types, sizeof(struct type *), compare_types);
    for (int i = 0; i < r->n_types; i++) {
        struct type *type = order[i];
        type->row.hours = type->hours.total + type->hours.lost;
        if (fabs(type->row.hours) < HOURS_DUST)
            type->row.hours = 0;
        type->row.billed_usd = type->billed.total + type->billed.lost;
        type->row.effective_usd = type->effective.total + type->effective.lost;
        rows[i] = type->row;
        moved[type - r->types] = i;
    }
    r->bill.n_types = r->n_types;
    r->bill.types = rows;
    return moved;
}

static int compare_commitments(const void *left, const void *right) {
    const struct cloud_bill_commitment *a = left, *b = right;
    int by = a->type - b->type;
    by = by ? by : strcmp(a->id, b->id);
    return by ? by : (int)a->kind - (int)b->kind;
}

static void sort_commitments(struct reading *r, const int *moved) {
    int n = r->n_commitments;
    struct cloud_bill_commitment *rows = arena_new(r->arena, struct cloud_bill_commitment, n);
    for (int i = 0; i < n; i++) {
        const struct commitment *from = &r->commitments[i];
        rows[i] = from->row;
        rows[i].type = moved[from->row.type];
        rows[i].hours = from->hours.total + from->hours.lost;
        rows[i].effective_usd = from->effective.total + from->effective.lost;
    }
    if (n > 0)
        qsort(rows, (size_t)n, sizeof *rows, compare_commitments);
    r->bill.n_commitments = n;
    r->bill.commitments = rows;
}

static int compare_owed(const void *left, const void *right) {
    const struct cloud_bill_owed *a = left, *b = right;
    int by = strcmp(a->id, b->id);
    by = by ? by : (int)a->kind - (int)b->kind;
    return by ? by : strcmp(a->instance, b->instance);
}

static void sort_owed(struct reading *r) {
    struct cloud_bill_owed *rows = arena_new(r->arena, struct cloud_bill_owed, r->n_owed);
    for (int i = 0; i < r->n_owed; i++) {
        rows[i] = r->owed[i].row;
        rows[i].used_usd = r->owed[i].used.total + r->owed[i].used.lost;
        rows[i].unused_usd = r->owed[i].unused.total + r->owed[i].unused.lost;
    }
    if (r->n_owed > 0)
        qsort(rows, (size_t)r->n_owed, sizeof *rows, compare_owed);
    r->bill.n_owed = r->n_owed;
    r->bill.owed = rows;
}

/* By number, then by name. */
static void sort_skipped(struct cloud_bill *bill) {
    for (int i = 1; i < bill->n_skipped; i++) {
        struct cloud_bill_skipped moved = bill->skipped[i];
        int j = i;
        for (; j > 0 && (bill->skipped[j - 1].n_rows < moved.n_rows ||
                         (bill->skipped[j - 1].n_rows == moved.n_rows &&
                          strcmp(bill->skipped[j - 1].reason, moved.reason) > 0));
             j--)
            bill->skipped[j] = bill->skipped[j - 1];
        bill->skipped[j] = moved;
    }
}

/* The hours follow their types to the new places; of one that corrections took back nothing is
 * left. */
static void sort_hours(struct reading *r, const int *moved) {
    int n = 0;
    for (int h = 0; h < (r->by_day ? 0 : r->n_hours); h++) {
        struct cloud_bill_hour hour = r->hours[h];
        hour.type = moved[hour.type];
        if (hour.instances >= HOURS_DUST)
            r->hours[n++] = hour;
    }
    r->n_hours = n;
    if (n > 0)
        qsort(r->hours, (size_t)n, sizeof *r->hours, compare_hours);
}

static void sort_all(struct reading *r) {
    const int *moved = sort_types(r);
    sort_hours(r, moved);
    sort_commitments(r, moved);
    sort_owed(r);
    sort_skipped(&r->bill);
    if (r->bill.period_to_hour == 0) {
        r->bill.period_from_hour = r->bill.from_hour;
        r->bill.period_to_hour = r->bill.to_hour;
    }
    r->bill.n_hours = r->n_hours;
    r->bill.hours = r->hours;
    r->bill.billed_usd = r->billed.total + r->billed.lost;
    r->bill.effective_usd = r->effective.total + r->effective.lost;
}

static bool read_rows(struct reading *r, struct err *err) {
    const struct bill_format *format = r->format;
    int *index = r->cells.index;
    ENSURE(format->n_names <= BILL_COLUMNS_MAX);
    if (!csv_header(r->cells.csv, format->names, format->n_names, true, index, err))
        return false;
    for (int i = 0; i < format->n_names; i++)
        r->n_columns = index[i] >= r->n_columns ? index[i] + 1 : r->n_columns;
    bool fine;
    while ((fine = csv_next(r->cells.csv, &r->cells.row, err)) && r->cells.row.n_fields > 0)
        if (!read_row(r, err))
            return false;
    return fine;
}

bool cloud_bill_read(struct arena *arena, struct source *source, struct cloud_bill *out,
                     struct err *err) {
    struct bytes head;
    struct reading *r = arena_new(arena, struct reading, 1);
    r->arena = arena;
    r->type_index.arena = r->hour_index.arena = arena;
    r->commitment_index.arena = r->owed_index.arena = arena;
    if (!source_peek(source, &head, err))
        return false;
    r->bill.name = source_name(source);
    r->bill.format = cloud_bill_format_of(head);
    if (!check_format(r, err))
        return false;
    r->format = r->bill.format == CLOUD_BILL_FOCUS ? &bill_format_focus : &bill_format_cur;
    if (!(r->cells.csv = csv_open(arena, source, ',', err)))
        return false;
    bool fine = read_rows(r, err);
    csv_close(r->cells.csv);
    if (!fine)
        return false;
    if (r->bill.n_rows == 0)
        return err_at(err, r->bill.name, 0, 0, "a bill without rows");
    sort_all(r);
    source_sha256(source, r->bill.sha256);
    *out = r->bill;
    return true;
}
