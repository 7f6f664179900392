/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_pictures.h"

#include <ctype.h>
#include <math.h>

#include "base/number.h"
#include "base/share.h"
#include "cli/answer_words.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "plots/figures.h"
#include "plots/week_view.h"
#include "scenarios/result.h"

double answer_p95_s(const struct slo *slo, const struct capacity_point *point) {
    return slo->ttft_s > 0 ? point->ttft_p95_s : point->latency_p95_s;
}

/* ---- the week ---- */

enum { MARK_HOURS = 3, MARKS = HOURS_PER_WEEK / MARK_HOURS, NAME_COLUMNS = 15, ROWS_MAX = 4 };

struct week_row {
    double hours[HOURS_PER_WEEK]; /* from Monday on, by the scenario's clock */
    double least, most;
    int peak; /* of the planning week, in UTC */
};

/* Where the clock is moved two hours may be one. */
static void add_hour(struct week_row *row, const struct week_clock *clock, int hour, double value) {
    int shown = week_clock_hour(clock, hour);
    row->hours[shown] = fmax(row->hours[shown], value);
    row->least = fmin(row->least, value);
    if (value > row->most) {
        row->most = value;
        row->peak = hour;
    }
}

static struct week_row demand_row(const struct study *study, int workload, int week) {
    struct week_row row = {.least = INFINITY};
    struct week_clock clock = week_clock_of(study, week);
    const struct demand *demand = &study->demand;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        add_hour(&row, &clock, h,
                 demand->rate_per_second[workload * demand->n_hours + week * HOURS_PER_WEEK + h]);
    return row;
}

static struct week_row instance_row(const struct study *study, int workload, int week) {
    const struct plan *plan = study->recommended.plan;
    struct week_row row = {.least = INFINITY};
    struct week_clock clock = week_clock_of(study, week);
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double n = 0;
        for (int c = 0; c < study->n_candidates; c++) {
            int at = c * study->demand.n_hours + week * HOURS_PER_WEEK + h;
            if (study->candidates[c].workload == workload)
                n += plan->regular[at] + plan->spot[at];
        }
        add_hour(&row, &clock, h, n);
    }
    return row;
}

/* From zero to its own highest hour. */
static void append_marks(const char *name, const struct week_row *row, struct text *out) {
    text_append_string(out, "  ");
    append_padded(out, name, NAME_COLUMNS);
    for (int mark = 0; mark < MARKS; mark++) {
        double most = 0;
        for (int h = 0; h < MARK_HOURS; h++)
            most = fmax(most, row->hours[mark * MARK_HOURS + h]);
        text_append_string(out, mark % (24 / MARK_HOURS) == 0 ? " " : "");
        text_append_string(out, spark_mark(row->most > 0 ? most / row->most : 0));
    }
    text_append_string(out, "\n");
}

static int busiest_week(const struct study *study) {
    int best = 0;
    double most = -1;
    for (int week = 0; week < study->demand.n_weeks; week++) {
        double sum = 0;
        for (int w = 0; w < study->demand.n_workloads; w++)
            sum += demand_row(study, w, week).most;
        if (sum > most) {
            most = sum;
            best = week;
        }
    }
    return best;
}

static void append_workload_week(const struct study *study, int workload, int week,
                                 struct text *out) {
    struct week_row demand = demand_row(study, workload, week);
    struct week_row instances = instance_row(study, workload, week);
    const char *name = study->scenario.workloads[workload].name;
    struct text words = {.arena = out->arena};
    struct week_clock clock = week_clock_of(study, week);
    append_marks(name, &demand, out);
    if (instances.most > 0)
        append_marks("  instances", &instances, out);
    const char *most = number_words(out->arena, demand.most);
    text_printf(&words, "%s: up to %s request%s/s, %s", name, most, strcmp(most, "1") ? "s" : "",
                week_clock_words(out->arena, &clock, demand.peak));
    if (instances.most > 0)
        text_printf(&words, "; %s instance%s",
                    range_words(out->arena, number_whole(out->arena, instances.least),
                                number_whole(out->arena, instances.most)),
                    number_plural(instances.most));
    text_append_string(out, "    ");
    append_wrapped(out, words.data, TERMINAL_WIDTH - 4, 6);
}

void answer_append_week(const struct study *study, struct text *out) {
    const struct plan *plan = study->recommended.plan;
    if (!plan || !plan->feasible)
        return;
    int week = busiest_week(study), n = study->demand.n_workloads;
    struct week_clock clock = week_clock_of(study, week);
    struct text head = {.arena = out->arena};
    text_printf(&head, "The busiest week (month %d), three hours a mark, %s:",
                study->demand.weeks[week].month + 1, week_clock_name(out->arena, &clock));
    text_append_string(out, "\n");
    append_wrapped(out, head.data, TERMINAL_WIDTH, 2);
    text_printf(out, "  %*s", NAME_COLUMNS, "");
    text_append_string(out, " Mon      Tue      Wed      Thu      Fri      Sat      Sun\n");
    for (int w = 0; w < n && w < ROWS_MAX; w++)
        append_workload_week(study, w, week, out);
    if (n > ROWS_MAX)
        text_printf(out, "    and %s: hours.csv\n",
                    number_counted(out->arena, n - ROWS_MAX, "more workload"));
}

/* ---- cost against latency ---- */

enum { PLOT_COLUMNS = 66, ROWS_FEW = 5, ROWS_MANY = 9, POINTS_MAX = 26 };

struct dot {
    int candidate;
    double usd, p95_s;
    bool used;
    int column, row;
};

struct axis_range {
    double low, high;
    bool logarithmic;
};

static int find_dots(const struct study *study, int workload, struct dot *dots) {
    const struct plan *plan = study->recommended.plan;
    int n = 0;
    for (int c = 0; c < study->n_choices && n < POINTS_MAX; c++) {
        const struct capacity *capacity = &study->capacities[c];
        if (study->candidates[c].workload != workload || !capacity->feasible)
            continue;
        struct dot dot = {
            .candidate = c,
            .usd = result_usd_per_thousand_requests(study, c),
            .p95_s = answer_p95_s(&study->scenario.workloads[workload].slo,
                                  capacity_best_point(capacity)),
            .used = plan && plan->feasible && candidate_is_used(study, plan, c),
        };
        if (!(dot.usd > 0) || !(dot.p95_s > 0) || !isfinite(dot.usd + dot.p95_s))
            continue;
        int at = n++;
        for (; at > 0 && dots[at - 1].usd > dot.usd; at--)
            dots[at] = dots[at - 1];
        dots[at] = dot;
    }
    return n;
}

static struct axis_range range_of(const double *values, int n) {
    struct axis_range range = {INFINITY, -INFINITY, false};
    for (int i = 0; i < n; i++) {
        range.low = fmin(range.low, values[i]);
        range.high = fmax(range.high, values[i]);
    }
    range.logarithmic = range.high > 10 * range.low;
    return range;
}

/* 0..cells-1 */
static int cell_of(struct axis_range range, double value, int cells) {
    if (range.high <= range.low)
        return cells / 2;
    double share = range.logarithmic ? log(value / range.low) / log(range.high / range.low)
                                     : (value - range.low) / (range.high - range.low);
    return (int)lround(share * (cells - 1));
}

static char letter_of(const struct dot *dots, int i) {
    return (char)(dots[i].used ? toupper('a' + i) : 'a' + i);
}

static bool is_taken(const struct dot *dots, int i) {
    for (int k = 0; k < i; k++)
        if (dots[k].row == dots[i].row && dots[k].column == dots[i].column)
            return true;
    return false;
}

static int plot_rows(int n) {
    return n < 4 ? ROWS_FEW : ROWS_MANY;
}

/* Two of one cell stand side by side. */
static void place(struct dot *dots, int n, struct axis_range usd, struct axis_range p95) {
    int rows = plot_rows(n);
    for (int i = 0; i < n; i++) {
        dots[i].column = cell_of(usd, dots[i].usd, PLOT_COLUMNS);
        dots[i].row = rows - 1 - cell_of(p95, dots[i].p95_s, rows);
        int wanted = dots[i].column;
        for (int step = 1; is_taken(dots, i) && step < 2 * PLOT_COLUMNS; step++) {
            int column = wanted + (step % 2 ? 1 : -1) * ((step + 1) / 2);
            if (column >= 0 && column < PLOT_COLUMNS)
                dots[i].column = column;
        }
    }
}

static const char *time_words(struct arena *arena, double s) {
    static const struct {
        double from_s, unit_s;
        const char *name;
    } units[] = {{3600, 3600, "h"}, {120, 60, "min"}, {1, 1, "s"}, {0, 1e-3, "ms"}};
    int i = 0;
    while (s < units[i].from_s)
        i++;
    return arena_printf(arena, "%s %s", number_words(arena, s / units[i].unit_s), units[i].name);
}

static void append_plot(const struct dot *dots, int n, struct axis_range usd, struct axis_range p95,
                        struct text *out) {
    struct arena *arena = out->arena;
    int rows = plot_rows(n);
    for (int row = 0; row < rows; row++) {
        char line[PLOT_COLUMNS + 1];
        for (int c = 0; c < PLOT_COLUMNS; c++)
            line[c] = ' ';
        int end = 0;
        for (int i = 0; i < n; i++)
            if (dots[i].row == row) {
                line[dots[i].column] = letter_of(dots, i);
                end = dots[i].column >= end ? dots[i].column + 1 : end;
            }
        line[end] = '\0';
        const char *label = row == 0          ? time_words(arena, p95.high)
                            : row == rows - 1 ? time_words(arena, p95.low)
                                              : "";
        text_append_string(out, "  ");
        append_padded(out, label, -9);
        text_printf(out, " │%s\n", line);
    }
    text_printf(out, "  %9s └", "");
    append_repeated(out, "─", PLOT_COLUMNS);
    const char *left = money(arena, usd.low);
    const char *right = arena_printf(arena, "%s per 1K requests", money(arena, usd.high));
    text_printf(out, "\n  %9s  %s", "", left);
    append_padded(out, right, -(PLOT_COLUMNS - text_columns(bytes_of(left))));
    text_append_string(out, "\n");
}

static void append_names(const struct study *study, const struct dot *dots, int n,
                         struct text *out) {
    struct text words = {.arena = out->arena};
    for (int i = 0; i < n; i++)
        text_printf(&words, "%s%c %s", i ? ", " : "", letter_of(dots, i),
                    study->candidates[dots[i].candidate].name);
    text_append_string(out, "  ");
    append_wrapped(out, words.data, TERMINAL_WIDTH - 2, 2);
}

static void append_workload_frontier(const struct study *study, int workload, struct text *out) {
    struct dot dots[POINTS_MAX];
    double usd[POINTS_MAX], p95[POINTS_MAX];
    int n = find_dots(study, workload, dots);
    bool any_used = false;
    if (n < 2)
        return;
    for (int i = 0; i < n; i++) {
        usd[i] = dots[i].usd;
        p95[i] = dots[i].p95_s;
        any_used = any_used || dots[i].used;
    }
    struct axis_range across = range_of(usd, n), up = range_of(p95, n);
    place(dots, n, across, up);
    const struct workload *w = &study->scenario.workloads[workload];
    struct text title = {.arena = out->arena};
    text_printf(
        &title, "Cost against latency of %s: 95%% are within this %s, at full load%s%s:", w->name,
        w->slo.ttft_s > 0 ? "to the first token" : "end to end",
        across.logarithmic || up.logarithmic
            ? up.logarithmic ? across.logarithmic ? ", both logarithmic" : ", latency logarithmic"
                             : ", cost logarithmic"
            : "",
        any_used ? "; capitals are in the plan" : "");
    text_append_string(out, "\n");
    append_wrapped(out, title.data, TERMINAL_WIDTH, 2);
    append_plot(dots, n, across, up, out);
    append_names(study, dots, n, out);
}

void answer_append_frontier(const struct study *study, struct text *out) {
    for (int w = 0; w < study->scenario.n_workloads && w < ROWS_MAX; w++)
        append_workload_frontier(study, w, out);
}
