/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/trace_words.h"

#include "base/number.h"
#include "cli/shell.h"

void trace_append_spread(struct text *out, const char *name, struct trace_spread spread,
                         const char *after) {
    enum { DIGITS = 5 };
    const struct {
        const char *name;
        double value;
    } parts[] = {{"mean", spread.mean}, {"min", spread.min}, {"P50", spread.p50},
                 {"P95", spread.p95},   {"P99", spread.p99}, {"max", spread.max}};
    struct text line = {.arena = out->arena};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        text_printf(&line, "%s%s %s", i ? ", " : "", parts[i].name,
                    number_digits(out->arena, parts[i].value, DIGITS));
    text_append_string(&line, after);
    append_entry(out, name, TRACE_NAME_COLUMNS, line.data);
}
