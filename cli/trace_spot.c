/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/trace_spot.h"

#include <jansson.h>
#include <math.h>

#include "base/calendar.h"
#include "base/number.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "sim/spot_trace.h"

#define SECONDS_PER_HOUR 3600.0
#define NS_PER_HOUR 3600000000000LL

static const char *const FORMAT_NAMES[] = {[SPOT_TRACE_STEPS] = "spot availability, equal steps",
                                           [SPOT_TRACE_EVENTS] = "spot fleet, add and remove",
                                           [SPOT_TRACE_COUNTS] = "spot fleet, dated counts"};

static void append_runs(struct text *out, const char *name, int n, double mean_s, double median_s) {
    text_printf(out, "  %-14s %d runs", name, n);
    if (n > 0)
        text_printf(out, ", mean %.2f h, median %.2f h", mean_s / SECONDS_PER_HOUR,
                    median_s / SECONDS_PER_HOUR);
    text_append_string(out, "\n");
}

static void append_trace(struct text *out, const struct spot_trace *trace,
                         const struct spot_trace_stats *s) {
    text_printf(out, "%s: %s\n", trace->name, FORMAT_NAMES[trace->format]);
    text_printf(out, "  span           %.2f h", s->span_s / SECONDS_PER_HOUR);
    if (trace->step_ns > 0)
        text_printf(out, ", a step is %.10g s", (double)trace->step_ns / 1e9);
    text_printf(out, "\n  availability   %.1f%% of the time one instance or more\n",
                100 * s->availability);
    text_printf(out, "  instances      mean %.3g, max %d\n", s->instances_mean,
                (int)trace->instances_max);
    append_runs(out, "up", s->n_up, s->up_mean_s, s->up_median_s);
    append_runs(out, "down", s->n_down, s->down_mean_s, s->down_median_s);
    text_printf(out, "  drops          %d, %lld instances lost", s->n_drops, (long long)s->lost);
    if (s->lost > 0)
        text_printf(out, ", one in %s instance hours",
                    number_words(out->arena, s->between_losses_s / SECONDS_PER_HOUR));
    if (trace->instances_max > 1)
        text_printf(out, "\n  drops to zero  %d from all %d at once", s->n_drops_to_zero,
                    (int)trace->instances_max);
    text_printf(out, "\n  out of order   %d rows\n", trace->n_descents);
}

/* null where nothing is known. */
static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *trace_json(const struct spot_trace *trace, const struct spot_trace_stats *s) {
    return json_pack(
        "{s:i,s:s,s:s,s:s,s:f,s:o,s:f,s:f,s:i,s:i,s:o,s:o,s:i,s:o,s:o,s:i,s:i,s:I,s:o,s:i}",
        "schema_version", 1, "file", trace->name, "format", FORMAT_NAMES[trace->format], "sha256",
        trace->sha256, "span_s", s->span_s, "step_s",
        number(trace->step_ns > 0 ? (double)trace->step_ns / 1e9 : NAN), "availability",
        s->availability, "instances_mean", s->instances_mean, "instances_max",
        (int)trace->instances_max, "up_runs", s->n_up, "up_mean_s", number(s->up_mean_s),
        "up_median_s", number(s->up_median_s), "down_runs", s->n_down, "down_mean_s",
        number(s->down_mean_s), "down_median_s", number(s->down_median_s), "drops", s->n_drops,
        "drops_from_all_to_none", s->n_drops_to_zero, "instances_lost", (json_int_t)s->lost,
        "instance_s_per_loss", number(s->between_losses_s), "out_of_order_rows", trace->n_descents);
}

static void append_prices(struct text *out, const struct spot_prices *prices) {
    char from[32], to[32];
    calendar_format_hour(from, (prices->first_epoch_ns + NS_PER_HOUR - 1) / NS_PER_HOUR);
    calendar_format_hour(to, prices->last_epoch_ns / NS_PER_HOUR);
    text_printf(out, "%s: spot prices of %s, %s\n  known          %s to %s, all zones\n",
                prices->name, prices->instance, prices->product, from, to);
    if (prices->more_pages)
        text_append_string(
            out, "  NextToken      one page of several: the rest of the history is not here\n");
    for (int z = 0; z < prices->n_zones; z++) {
        struct spot_price_stats s = spot_price_stats(prices, z);
        text_printf(out, "  %-14s USD/h min %.4f, mean %.4f, max %.4f; %s", prices->zones[z].zone,
                    s.least, s.mean, s.most, number_counted(out->arena, s.n_changes, "change"));
        if (s.n_changes > 0)
            text_printf(out, ", one in %s h",
                        number_words(out->arena, s.span_s / SECONDS_PER_HOUR / s.n_changes));
        text_append_string(out, "\n");
    }
}

static json_t *prices_json(const struct spot_prices *prices) {
    json_t *zones = json_array();
    for (int z = 0; z < prices->n_zones; z++) {
        struct spot_price_stats s = spot_price_stats(prices, z);
        json_array_append_new(
            zones, json_pack("{s:s,s:f,s:f,s:f,s:f,s:i}", "zone", prices->zones[z].zone, "span_s",
                             s.span_s, "usd_per_hour_min", s.least, "usd_per_hour_mean", s.mean,
                             "usd_per_hour_max", s.most, "changes", s.n_changes));
    }
    return json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:b,s:o}", "schema_version", 1, "file",
                     prices->name, "format", "spot prices", "sha256", prices->sha256, "instance",
                     prices->instance, "product", prices->product, "first_epoch_s",
                     (json_int_t)(prices->first_epoch_ns / 1000000000), "last_epoch_s",
                     (json_int_t)(prices->last_epoch_ns / 1000000000), "more_pages",
                     prices->more_pages, "zones", zones);
}

static bool describe_trace(struct arena *arena, struct source *source, bool as_json,
                           struct text *out, struct err *err) {
    struct spot_trace trace;
    if (!spot_trace_read(arena, source, &trace, err))
        return false;
    struct spot_trace_stats stats = spot_trace_stats(arena, &trace);
    if (as_json)
        append_json(out, trace_json(&trace, &stats), FIGURE_DIGITS);
    else
        append_trace(out, &trace, &stats);
    return true;
}

static bool describe_prices(struct arena *arena, struct source *source, bool as_json,
                            struct text *out, struct err *err) {
    struct spot_prices prices;
    if (!spot_prices_read(arena, source, &prices, err))
        return false;
    if (as_json)
        append_json(out, prices_json(&prices), FIGURE_DIGITS);
    else
        append_prices(out, &prices);
    return true;
}

int trace_spot_stats(struct arena *arena, struct source *source, bool as_json) {
    struct err err = {0};
    struct bytes head;
    struct text out = {.arena = arena};
    bool fine = source_peek(source, &head, &err);
    enum spot_file file = fine ? spot_file_of(head) : SPOT_FILE_NONE;
    if (file == SPOT_FILE_NONE)
        return NOT_SPOT; /* a damaged file is told by the next reader */
    fine = (file == SPOT_FILE_TRACE ? describe_trace : describe_prices)(arena, source, as_json,
                                                                        &out, &err);
    source_close(source);
    return fine ? print_form(arena, &out, as_json) : print_error(&err);
}
