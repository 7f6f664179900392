/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/trace_bill.h"

#include <jansson.h>
#include <string.h>

#include "base/calendar.h"
#include "base/csv.h"
#include "base/number.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "pricing/cloud_bill.h"

bool trace_bill_is(struct source *source) {
    struct bytes head;
    return source_peek(source, &head, NULL) && cloud_bill_format_of(head) != CLOUD_BILL_NONE;
}

static bool read_bill(struct arena *arena, struct source *source, struct cloud_bill *bill,
                      struct err *err) {
    bool fine = cloud_bill_read(arena, source, bill, err);
    source_close(source);
    return fine;
}

static void append_stats(struct text *out, const struct cloud_bill *bill) {
    char from[32], to[32];
    text_printf(out, "%s: bill, %s\n", bill->name, cloud_bill_format_name(bill->format));
    text_printf(out, "  rows           %lld, %lld of instances\n", (long long)bill->n_rows,
                (long long)bill->n_instance_rows);
    for (int i = 0; i < bill->n_skipped; i++)
        text_printf(out, "    %10lld  without: %s\n", (long long)bill->skipped[i].n_rows,
                    bill->skipped[i].reason);
    if (bill->n_corrections > 0)
        text_printf(out, "  corrections    %lld rows, taken back from hours and money\n",
                    (long long)bill->n_corrections);
    text_printf(out, "  billed         $%.2f\n  effective      $%.2f\n", bill->billed_usd,
                bill->effective_usd);
    int64_t period = bill->period_to_hour - bill->period_from_hour;
    if (period > 0) {
        calendar_format_hour(from, bill->period_from_hour);
        calendar_format_hour(to, bill->period_to_hour);
        text_printf(out, "  period         %s to %s, %lld h\n", from, to, (long long)period);
    }
    if (bill->n_types == 0 || bill->to_hour == 0)
        return;
    int64_t n_hours = bill->to_hour - bill->from_hour;
    calendar_format_hour(from, bill->from_hour);
    calendar_format_hour(to, bill->to_hour);
    text_printf(out, "  instances      %s to %s, %lld h%s\n", from, to, (long long)n_hours,
                bill->n_hours ? ", by the hour" : "");
    for (int i = 0; i < bill->n_types; i++) {
        const struct cloud_bill_type *type = &bill->types[i];
        text_printf(out, "  %-14s %-10s %-9s %s h (mean %s)  $%.2f effective\n", type->instance,
                    type->region, cloud_bill_option_word(type->option),
                    number_digits(out->arena, type->hours, 6),
                    number_digits(out->arena, type->hours / (double)period, 4),
                    type->effective_usd);
    }
}

static json_t *bill_json(const struct cloud_bill *bill) {
    json_t *types = json_array(), *skipped = json_array();
    for (int i = 0; i < bill->n_skipped; i++)
        json_array_append_new(skipped, json_pack("{s:s,s:I}", "reason", bill->skipped[i].reason,
                                                 "rows", (json_int_t)bill->skipped[i].n_rows));
    for (int i = 0; i < bill->n_types; i++) {
        const struct cloud_bill_type *type = &bill->types[i];
        json_array_append_new(types, json_pack("{s:s,s:s,s:s,s:f,s:f,s:f}", "instance",
                                               type->instance, "region", type->region, "option",
                                               cloud_bill_option_word(type->option), "hours",
                                               type->hours, "billed_usd", type->billed_usd,
                                               "effective_usd", type->effective_usd));
    }
    return json_pack(
        "{s:i,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:b,s:f,s:f,s:I,s:I,s:I,s:o,s:o}", "schema_version", 1,
        "file", bill->name, "format", cloud_bill_format_name(bill->format), "sha256", bill->sha256,
        "rows", (json_int_t)bill->n_rows, "instance_rows", (json_int_t)bill->n_instance_rows,
        "from_epoch_hour", (json_int_t)bill->from_hour, "to_epoch_hour", (json_int_t)bill->to_hour,
        "hourly", bill->n_hours > 0, "billed_usd", bill->billed_usd, "effective_usd",
        bill->effective_usd, "period_from_epoch_hour", (json_int_t)bill->period_from_hour,
        "period_to_epoch_hour", (json_int_t)bill->period_to_hour, "correction_rows",
        (json_int_t)bill->n_corrections, "skipped", skipped, "instances", types);
}

int trace_bill_stats(struct arena *arena, struct source *source, bool as_json) {
    struct err err = {0};
    struct cloud_bill bill;
    struct text out = {.arena = arena};
    if (!read_bill(arena, source, &bill, &err))
        return print_error(&err);
    if (as_json)
        append_json(&out, bill_json(&bill), FIGURE_DIGITS);
    else
        append_stats(&out, &bill);
    return print_form(arena, &out, as_json);
}

static void append_row(struct text *out, const struct cloud_bill_type *type, double quantity,
                       int hour) {
    csv_append_text(out, type->instance);
    text_append_string(out, ",");
    csv_append_text(out, type->region);
    text_append_string(out, ",");
    csv_append_number(out, quantity);
    text_append_string(out, ",");
    if (hour >= 0)
        text_printf(out, "%d", hour);
    text_append_string(out, "\n");
}

/* One row for all hours where they are alike; hours without instances need none. */
static void append_week(struct text *out, const struct cloud_bill_type *type, const double *week) {
    bool alike = true;
    for (int k = 1; k < CLOUD_BILL_WEEK; k++)
        alike = alike && week[k] == week[0];
    for (int k = 0; k < (alike ? 1 : CLOUD_BILL_WEEK); k++)
        if (week[k] > 0)
            append_row(out, type, week[k], alike ? -1 : k);
}

/* What commitments may cover, on demand and covered together: no spot. */
static int append_weeks(struct arena *arena, const struct cloud_bill *bill, struct text *out) {
    int n = 0;
    for (int from = 0, to; from < bill->n_types; from = to) {
        const struct cloud_bill_type *type = &bill->types[from];
        bool *wanted = arena_new(arena, bool, bill->n_types);
        double week[CLOUD_BILL_WEEK];
        for (to = from;
             to < bill->n_types && strcmp(bill->types[to].instance, type->instance) == 0 &&
             strcmp(bill->types[to].region, type->region) == 0;
             to++)
            wanted[to] = bill->types[to].option != BILLED_SPOT;
        if (!cloud_bill_week(bill, wanted, week))
            continue;
        append_week(out, type, week);
        n++;
    }
    return n;
}

bool trace_bill_convert(struct arena *arena, struct source *source, struct text *out, int *code) {
    struct err err = {0};
    struct cloud_bill bill;
    bool fine = read_bill(arena, source, &bill, &err);
    if (fine && bill.n_hours == 0) {
        fine = err_at(&err, bill.name, 0, 0, "a bill without hours of instances");
        err_hint(&err, "export it by the hour: rows by the day do not tell when instances ran");
    }
    text_append_string(out, "sku,region,quantity,hour_of_week\n");
    if (fine && append_weeks(arena, &bill, out) == 0) {
        fine = err_at(&err, bill.name, 0, 0, "a bill of spot instances alone");
        err_hint(&err, "what commitments may cover is written; they cover no spot");
    }
    if (!fine)
        *code = print_error(&err);
    return fine;
}
