/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diff A B [C..]: what changed in the inputs of results, and why the cost moved. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/csv.h"
#include "base/money.h"
#include "base/number.h"
#include "base/share.h"
#include "cli/command.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "scenarios/result_read.h"

enum { NAME_COLUMNS = 21, MONEY_COLUMNS = 14, SIDES_MAX = 4, SHOWN_MAX = 12 };

/* One result against the first. */
struct comparison {
    const struct result_file *from, *to;
    struct cost_change change;
    int n_differences;
    const struct result_difference *differences;
};

struct diff {
    struct arena *arena;
    int n; /* of results; comparisons[0] is unused */
    struct result_file files[SIDES_MAX];
    struct comparison comparisons[SIDES_MAX];
};

/* ---- words ---- */

static const char *cents_words(struct arena *arena, int64_t cents, const char *plus) {
    char text[40];
    money_format_cents(text, llabs(cents) * 10000000);
    return arena_printf(arena, "%s%s", cents < 0 ? "-" : plus, text);
}

static const char *side_name(int index) {
    static const char *const names[SIDES_MAX] = {"A", "B", "C", "D"};
    return names[index];
}

static const char *percent_words(struct arena *arena, const struct cost_change *change) {
    return change->from_cents == 0
               ? ""
               : arena_printf(arena, " (%+.1f%%)",
                              100.0 * (double)(change->to_cents - change->from_cents) /
                                  (double)change->from_cents);
}

/* The effects that move the most, at most three: "volume +$59.00, price -$1.20". */
static const char *main_effects(struct arena *arena, const struct cost_change *change) {
    struct text out = {.arena = arena};
    bool told[COST_EFFECT_COUNT] = {false};
    for (int n = 0; n < 3; n++) {
        int best = -1;
        int64_t most = 0;
        for (int e = 0; e < COST_EFFECT_COUNT; e++) {
            int64_t cents = llabs(cost_change_effect_cents(change, (enum cost_effect)e));
            if (!told[e] && cents > most) {
                most = cents;
                best = e;
            }
        }
        if (best < 0)
            break;
        told[best] = true;
        int64_t cents = cost_change_effect_cents(change, (enum cost_effect)best);
        text_printf(&out, "%s%s %s", out.n ? ", " : "", cost_effect_word((enum cost_effect)best),
                    cents_words(arena, cents, "+"));
    }
    return out.n ? out.data : "";
}

/* "B costs $354.50 a month more than A (+35.3%): volume +$59,000.00, efficiency -$58,000.00" */
static const char *headline(struct diff *d, int index) {
    const struct cost_change *change = &d->comparisons[index].change;
    int64_t cents = change->to_cents - change->from_cents;
    const char *effects = main_effects(d->arena, change);
    const char *how =
        cents == 0 ? arena_printf(d->arena, "as much as A: %s a month",
                                  cents_words(d->arena, change->to_cents, ""))
                   : arena_printf(d->arena, "%s a month %s than A%s",
                                  cents_words(d->arena, llabs(cents), ""),
                                  cents > 0 ? "more" : "less", percent_words(d->arena, change));
    return arena_printf(d->arena, "%s costs %s%s%s", side_name(index), how,
                        effects[0] ? cents == 0 ? "; " : ": " : "", effects);
}

/* ---- tables ---- */

struct figure {
    const char *name, *path;
    enum { FIGURE_MONEY, FIGURE_SHARE, FIGURE_COUNT } kind;
    bool if_any; /* no row where it is nothing, or not known, in every result */
};

static const struct figure figures[] = {
    {"requests a month", "recommended.requests_per_month", FIGURE_COUNT, false},
    {"cost of 1K requests", "recommended.usd_per_thousand_requests", FIGURE_MONEY, false},
    {"within target", "recommended.within_target", FIGURE_SHARE, false},
    {"  worst window", "recommended.worst_window_within_target", FIGURE_SHARE, false},
    {"paid upfront", "plan.upfront_usd", FIGURE_MONEY, false},
    /* Beside it, not in it: what was bought before is owed whatever is chosen. */
    {"owed afterwards", "plan.liability_usd", FIGURE_MONEY, false},
    {"  by what is owned", "plan.owned_liability_usd", FIGURE_MONEY, true},
};

static const char *figure_words(struct arena *arena, const struct figure *figure, double value) {
    if (!isfinite(value))
        return "-";
    if (figure->kind == FIGURE_SHARE)
        return share_words(arena, value);
    return figure->kind == FIGURE_COUNT ? number_words(arena, value) : money_words(arena, value);
}

static bool has_row(const struct diff *d, const struct figure *figure) {
    for (int i = 0; i < d->n; i++) {
        double value = result_number(&d->files[i], figure->path);
        if (!figure->if_any || (isfinite(value) && value != 0))
            return true;
    }
    return false;
}

static void append_row(const char *name, struct text *out) {
    text_append_string(out, "  ");
    append_padded(out, name, NAME_COLUMNS);
}

static void append_figures(struct diff *d, struct text *out) {
    append_row("", out);
    for (int i = 0; i < d->n; i++)
        append_padded(out, side_name(i), -MONEY_COLUMNS);
    text_append_string(out, "\n");
    append_row("cost a month", out);
    for (int i = 0; i < d->n; i++)
        append_padded(out, cents_words(d->arena, llround(100 * d->files[i].cost.usd), ""),
                      -MONEY_COLUMNS);
    text_append_string(out, "\n");
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
        if (!has_row(d, &figures[f]))
            continue;
        append_row(figures[f].name, out);
        for (int i = 0; i < d->n; i++)
            append_padded(
                out,
                figure_words(d->arena, &figures[f], result_number(&d->files[i], figures[f].path)),
                -MONEY_COLUMNS);
        text_append_string(out, "\n");
    }
}

/* Dollars from the left edge of the bars. */
static void append_bar(struct text *out, double from, double to, double low, double high) {
    enum { BAR_COLUMNS = TERMINAL_WIDTH - 2 - NAME_COLUMNS - MONEY_COLUMNS - 2 };
    double scale = high > low ? BAR_COLUMNS / (high - low) : 0;
    int left = (int)lround((fmin(from, to) - low) * scale);
    int right = (int)lround((fmax(from, to) - low) * scale);
    if (right == left && from != to)
        right++;
    if (right > BAR_COLUMNS) {
        left -= right - BAR_COLUMNS;
        right = BAR_COLUMNS;
    }
    if (right == left)
        return;
    append_repeated(out, " ", 2 + left);
    append_repeated(out, "█", right - left);
}

/* Each effect once, summed over the workloads, as bars that hang on each other. */
static void append_waterfall(struct diff *d, const struct cost_change *change, struct text *out) {
    double low = fmin(0, fmin(change->from_usd, change->to_usd)), high = 0;
    double at = change->from_usd;
    high = fmax(at, change->to_usd);
    for (int e = 0; e < COST_EFFECT_COUNT; e++) {
        at += (double)cost_change_effect_cents(change, (enum cost_effect)e) / 100;
        low = fmin(low, at);
        high = fmax(high, at);
    }
    append_row("A", out);
    append_padded(out, cents_words(d->arena, change->from_cents, ""), -MONEY_COLUMNS);
    append_bar(out, 0, change->from_usd, low, high);
    at = change->from_usd;
    for (int e = 0; e < COST_EFFECT_COUNT; e++) {
        int64_t cents = cost_change_effect_cents(change, (enum cost_effect)e);
        if (cents == 0)
            continue;
        text_append_string(out, "\n");
        append_row(cost_effect_word((enum cost_effect)e), out);
        append_padded(out, cents_words(d->arena, cents, "+"), -MONEY_COLUMNS);
        append_bar(out, at, at + (double)cents / 100, low, high);
        at += (double)cents / 100;
    }
    text_append_string(out, "\n");
    append_row("B", out);
    append_padded(out, cents_words(d->arena, change->to_cents, ""), -MONEY_COLUMNS);
    append_bar(out, 0, change->to_usd, low, high);
    text_append_string(out, "\n");
}

static void append_columns(struct diff *d, struct text *out) {
    append_row("A", out);
    for (int i = 1; i < d->n; i++)
        append_padded(out, cents_words(d->arena, d->comparisons[i].change.from_cents, ""),
                      -MONEY_COLUMNS);
    text_append_string(out, "\n");
    for (int e = 0; e < COST_EFFECT_COUNT; e++) {
        bool any = false;
        for (int i = 1; i < d->n; i++)
            any = any || cost_change_effect_cents(&d->comparisons[i].change, (enum cost_effect)e);
        if (!any)
            continue;
        append_row(cost_effect_word((enum cost_effect)e), out);
        for (int i = 1; i < d->n; i++) {
            int64_t cents =
                cost_change_effect_cents(&d->comparisons[i].change, (enum cost_effect)e);
            append_padded(out, cents == 0 ? "-" : cents_words(d->arena, cents, "+"),
                          -MONEY_COLUMNS);
        }
        text_append_string(out, "\n");
    }
    append_row("", out);
    for (int i = 1; i < d->n; i++)
        append_padded(out,
                      arena_printf(d->arena, "%s %s", side_name(i),
                                   cents_words(d->arena, d->comparisons[i].change.to_cents, "")),
                      -MONEY_COLUMNS);
    text_append_string(out, "\n");
}

/* Where several workloads move, who moves what. */
static void append_workloads(struct diff *d, int index, struct text *out) {
    const struct cost_change *change = &d->comparisons[index].change;
    bool several = false;
    for (int i = 1; i < change->n_steps; i++)
        several = several ||
                  (change->steps[i].effect < COST_UNUSED && change->steps[0].effect < COST_UNUSED &&
                   strcmp(change->steps[i].what, change->steps[0].what) != 0);
    if (!several)
        return;
    text_append_string(out, "\nBy workload");
    if (d->n > 2)
        text_printf(out, ", from %s to %s", side_name(0), side_name(index));
    text_append_string(out, ":\n");
    for (int i = 0; i < change->n_steps; i++) {
        const struct cost_step *step = &change->steps[i];
        if (step->cents == 0 || !step->what[0])
            continue;
        text_append_string(out, "  ");
        append_padded(out, step->what, 30);
        text_append_string(out, " ");
        append_padded(out, cost_effect_word(step->effect), NAME_COLUMNS);
        append_padded(out, cents_words(d->arena, step->cents, "+"), -MONEY_COLUMNS);
        text_append_string(out, "\n");
    }
}

static const char *value_words(const char *value) {
    return value ? value : "(not there)";
}

static void append_differences(struct diff *d, int index, struct text *out) {
    const struct comparison *c = &d->comparisons[index];
    text_printf(out, "\nWhat changed in the inputs of %s:\n", side_name(index));
    if (c->n_differences == 0)
        text_append_string(out, "- nothing\n");
    for (int i = 0; i < c->n_differences && i < SHOWN_MAX; i++) {
        const struct result_difference *one = &c->differences[i];
        struct text line = {.arena = d->arena};
        text_printf(&line, "- %s: %s -> %s", one->what, value_words(one->before),
                    value_words(one->after));
        if (one->file && strncmp(one->file, "--set", 5) == 0)
            text_append_string(&line, " (by --set)");
        else if (one->file)
            text_printf(&line, " (%s:%d)", one->file, one->line);
        append_wrapped(out, line.data, TERMINAL_WIDTH, 2);
    }
    if (c->n_differences > SHOWN_MAX)
        text_printf(out, "- and %d more: --csv inputs lists them\n", c->n_differences - SHOWN_MAX);
}

static void append_headlines(struct diff *d, struct text *out) {
    for (int i = 1; i < d->n; i++)
        append_wrapped(out, headline(d, i), TERMINAL_WIDTH, 0);
}

static void append_text(struct diff *d, struct text *out) {
    append_headlines(d, out);
    text_append_string(out, "\n");
    for (int i = 0; i < d->n; i++)
        append_wrapped(out,
                       arena_printf(d->arena, "  %s: %s (%s)", side_name(i), d->files[i].scenario,
                                    d->files[i].file),
                       TERMINAL_WIDTH, 5);
    text_append_string(out, "\n");
    append_figures(d, out);
    text_append_string(out, "\nWhy, each step on top of those above it:\n");
    if (d->n == 2)
        append_waterfall(d, &d->comparisons[1].change, out);
    else
        append_columns(d, out);
    for (int i = 1; i < d->n; i++) {
        append_workloads(d, i, out);
        append_differences(d, i, out);
    }
}

/* ---- Markdown, CSV, JSON ---- */

static void append_markdown(struct diff *d, struct text *out) {
    for (int i = 1; i < d->n; i++) {
        const struct comparison *c = &d->comparisons[i];
        text_printf(out, "**%s**\n\n| %s -> %s | USD a month |\n|---|---:|\n", headline(d, i),
                    markdown_cell(d->arena, d->files[0].scenario),
                    markdown_cell(d->arena, d->files[i].scenario));
        text_printf(out, "| A | %s |\n", cents_words(d->arena, c->change.from_cents, ""));
        for (int e = 0; e < COST_EFFECT_COUNT; e++) {
            int64_t cents = cost_change_effect_cents(&c->change, (enum cost_effect)e);
            if (cents != 0)
                text_printf(out, "| %s | %s |\n", cost_effect_word((enum cost_effect)e),
                            cents_words(d->arena, cents, "+"));
        }
        text_printf(out, "| **%s** | **%s** |\n\n| input | A | %s |\n|---|---|---|\n", side_name(i),
                    cents_words(d->arena, c->change.to_cents, ""), side_name(i));
        for (int k = 0; k < c->n_differences; k++)
            text_printf(out, "| %s | %s | %s |\n", markdown_cell(d->arena, c->differences[k].what),
                        markdown_cell(d->arena, value_words(c->differences[k].before)),
                        markdown_cell(d->arena, value_words(c->differences[k].after)));
        text_append_string(out, i + 1 < d->n ? "\n" : "");
    }
}

static const char *const part_words[] = {"input", "file", "rate"};

static void append_steps_csv(struct diff *d, struct text *out) {
    text_append_string(out, "from,to,effect,what,usd_per_month\n");
    for (int i = 1; i < d->n; i++)
        for (int k = 0; k < d->comparisons[i].change.n_steps; k++) {
            const struct cost_step *step = &d->comparisons[i].change.steps[k];
            const char *const cells[] = {d->files[0].file, d->files[i].file,
                                         cost_effect_word(step->effect), step->what};
            for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
                csv_append_text(out, cells[c]);
                text_append_string(out, ",");
            }
            csv_append_number(out, (double)step->cents / 100);
            text_append_string(out, "\n");
        }
}

static void append_inputs_csv(struct diff *d, struct text *out) {
    text_append_string(out, "from,to,part,what,before,after,file,line\n");
    for (int i = 1; i < d->n; i++)
        for (int k = 0; k < d->comparisons[i].n_differences; k++) {
            const struct result_difference *one = &d->comparisons[i].differences[k];
            const char *const cells[] = {d->files[0].file,
                                         d->files[i].file,
                                         part_words[one->part],
                                         one->what,
                                         one->before ? one->before : "",
                                         one->after ? one->after : "",
                                         one->file ? one->file : ""};
            for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
                csv_append_text(out, cells[c]);
                text_append_string(out, ",");
            }
            csv_append_number(out, one->file ? (double)one->line : NAN);
            text_append_string(out, "\n");
        }
}

static json_t *text_or_null(const char *text) {
    return text ? json_string(text) : json_null();
}

static json_t *comparison_json(const struct comparison *c) {
    json_t *steps = json_array(), *inputs = json_array();
    for (int i = 0; i < c->change.n_steps; i++)
        json_array_append_new(steps, json_pack("{s:s,s:s,s:f}", "effect",
                                               cost_effect_word(c->change.steps[i].effect), "what",
                                               c->change.steps[i].what, "usd_per_month",
                                               (double)c->change.steps[i].cents / 100));
    for (int i = 0; i < c->n_differences; i++) {
        const struct result_difference *one = &c->differences[i];
        json_array_append_new(
            inputs, json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}", "part", part_words[one->part], "what",
                              one->what, "before", text_or_null(one->before), "after",
                              text_or_null(one->after), "file", text_or_null(one->file), "line",
                              one->file ? json_integer(one->line) : json_null()));
    }
    return json_pack("{s:s,s:s,s:f,s:f,s:o,s:o}", "file", c->to->file, "scenario", c->to->scenario,
                     "usd_per_month", (double)c->change.to_cents / 100, "change_usd_per_month",
                     (double)(c->change.to_cents - c->change.from_cents) / 100, "steps", steps,
                     "differences", inputs);
}

static json_t *diff_json(struct diff *d) {
    json_t *to = json_array();
    for (int i = 1; i < d->n; i++)
        json_array_append_new(to, comparison_json(&d->comparisons[i]));
    return json_pack("{s:i,s:{s:s,s:s,s:f},s:o}", "schema_version", 1, "from", "file",
                     d->files[0].file, "scenario", d->files[0].scenario, "usd_per_month",
                     (double)llround(100 * d->files[0].cost.usd) / 100, "to", to);
}

/* ---- the command ---- */

static bool read_all(struct diff *d, const struct arguments *arguments, struct err *err) {
    for (; d->n < arguments->n_words; d->n++) {
        struct result_file *file = &d->files[d->n];
        if (!open_result(d->arena, arguments->words[d->n], file, err))
            return false;
        if (file->has_cost)
            continue;
        err_at(err, file->file, 0, 0, "a result without a bill");
        err_hint(err, "`headroom run` makes one; size and plan do not replay");
        d->n++; /* it is open */
        return false;
    }
    return true;
}

static void compare(struct diff *d) {
    for (int i = 1; i < d->n; i++) {
        struct comparison *c = &d->comparisons[i];
        *c = (struct comparison){.from = &d->files[0], .to = &d->files[i]};
        c->change = cost_change_find(d->arena, &c->from->cost, &c->to->cost);
        c->differences = result_differences(d->arena, c->from, c->to, &c->n_differences);
    }
}

static int show(struct diff *d, const struct arguments *arguments) {
    struct text out = {.arena = d->arena};
    if (arguments->given[OPTION_JSON])
        return print_json(d->arena, diff_json(d), FIGURE_DIGITS);
    if (arguments->given[OPTION_CSV]) {
        bool inputs = strcmp(arguments->value[OPTION_CSV], "inputs") == 0;
        (inputs ? append_inputs_csv : append_steps_csv)(d, &out);
        return print_result(out.data, out.n);
    }
    if (arguments->given[OPTION_MARKDOWN]) {
        append_markdown(d, &out);
        return print_result(out.data, out.n);
    }
    (arguments->given[OPTION_QUIET] ? append_headlines : append_text)(d, &out);
    return print_text(d->arena, &out);
}

static bool check_options(const struct arguments *arguments, struct err *err) {
    const char *table = arguments->value[OPTION_CSV];
    if (arguments->given[OPTION_CSV] + arguments->given[OPTION_JSON] +
            arguments->given[OPTION_MARKDOWN] >
        1)
        return err_set(err, ERR_USAGE, "--json, --csv and --markdown: choose one");
    if (!table || strcmp(table, "steps") == 0 || strcmp(table, "inputs") == 0)
        return true;
    err_set(err, ERR_USAGE, "--csv: there is no table '%s'", table);
    err_hint(err, "diff has steps and inputs");
    return false;
}

int command_diff(struct arena *arena, const struct arguments *arguments) {
    struct diff d = {.arena = arena};
    struct err err = {0};
    int code;
    if (check_options(arguments, &err) && read_all(&d, arguments, &err)) {
        compare(&d);
        code = show(&d, arguments);
    } else {
        code = print_error(&err);
    }
    for (int i = 0; i < d.n; i++)
        result_close(&d.files[i]);
    return code;
}
