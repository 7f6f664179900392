/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Finance asks: does it fit the budget, and when is the money back. */
#include <math.h>

#include "plots/figures.h"
#include "plots/time_axis.h"
#include "plots/words.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

/* ---- budgets ---- */

#define BULLET_PITCH 22.0
#define NAME_WIDTH 165.0
#define VALUE_WIDTH 120.0

static const char *budget_name(struct arena *arena, const struct study *study,
                               const struct study_budget *budget) {
    const struct budget_spec *spec = &study->scenario.budgets[budget->budget];
    return arena_printf(arena, "%s, %s%s", study_period_words(arena, budget->period), spec->name,
                        spec->cash ? " (cash)" : "");
}

struct budget_rows budget_rows_make(struct arena *arena, const struct study *study) {
    struct budget_rows out = {0};
    for (int i = 0; i < study->n_budgets; i++) {
        const struct study_budget *budget = &study->budgets[i];
        double limit = money_amount_usd(budget->limit), spent = money_amount_usd(budget->spent);
        struct budget_row row = {budget_name(arena, study, budget), limit, spent};
        out.n_over += spent > limit;
        if (i == 0 || spent * out.tightest.limit > out.tightest.spent * limit)
            out.tightest = row;
        if (out.n < BUDGET_ROWS_MAX)
            out.rows[out.n++] = row;
        else
            out.n_left_out++;
    }
    return out;
}

const char *figure_budgets_title(struct arena *arena, const struct budget_rows *budgets) {
    const struct budget_row *row = &budgets->tightest;
    const char *over = words_money(arena, fabs(row->spent - row->limit));
    if (budgets->n_over == 0)
        return arena_printf(arena, "Every budget holds; %s has the least left, %s", row->name,
                            over);
    return arena_printf(arena, "%s budget%s of %d %s overrun; %s by %s",
                        words_count(arena, budgets->n_over, true), words_plural(budgets->n_over),
                        budgets->n + budgets->n_left_out, budgets->n_over == 1 ? "is" : "are",
                        row->name, over);
}

static const char *budgets_alt(struct arena *arena, const struct budget_rows *budgets) {
    struct text out = {.arena = arena};
    text_append_string(&out, "Bars of spending against budgets.");
    for (int i = 0; i < budgets->n; i++)
        text_printf(&out, " %s: %s of %s.", budgets->rows[i].name,
                    words_money(arena, budgets->rows[i].spent),
                    words_money(arena, budgets->rows[i].limit));
    return out.data;
}

/* A pale bar to the limit, the spending over it, the limit as a tick. */
static void draw_bullet(struct scene *scene, const struct budget_row *row, const struct axis *x,
                        struct box box) {
    double middle = box.y + box.h / 2, limit = axis_at(x, row->limit),
           spent = axis_at(x, row->spent);
    bool over = row->spent > row->limit;
    const struct style style = {8, WEIGHT_REGULAR, COLOR_INK};
    scene_text(scene, x->from - 6, middle + 2.8, ALIGN_RIGHT, style,
               typeset_fit(scene->type, scene->arena, row->name, style, NAME_WIDTH - 8));
    scene_rect(scene, (struct box){x->from, middle - 7, fmax(limit - x->from, 0.8), 14},
               COLOR_GRID);
    scene_rect(scene, (struct box){x->from, middle - 3, fmax(spent - x->from, 0.8), 6},
               COLOR_MUTED);
    scene_line(scene, (struct point){limit, middle - 8}, (struct point){limit, middle + 8},
               (struct stroke){COLOR_THRESHOLD, 1.8, false, 0});
    const char *words = arena_printf(
        scene->arena, "%s, %s %s", words_money(scene->arena, row->spent),
        words_money(scene->arena, fabs(row->limit - row->spent)), over ? "over" : "left");
    scene_text(scene, x->to + 8, middle + 2.8, ALIGN_LEFT,
               over ? chart_strong_style(COLOR_THRESHOLD) : style, words);
}

static void draw_budgets(struct scene *scene, const void *data, struct box box) {
    const struct budget_rows *budgets = data;
    double most = 0;
    for (int i = 0; i < budgets->n; i++)
        most = fmax(most, fmax(budgets->rows[i].limit, budgets->rows[i].spent));
    double tick_strip = 16, room = box.h - tick_strip;
    struct axis x = axis_from_zero(most, 5, box.x + NAME_WIDTH, box.x + box.w - VALUE_WIDTH);
    for (int i = 0; i < x.n; i++) {
        double at = axis_at(&x, x.ticks[i]);
        scene_line(scene, (struct point){at, box.y}, (struct point){at, box.y + room},
                   (struct stroke){COLOR_GRID, 0.5, false, 0});
    }
    for (int i = 0; i < budgets->n; i++)
        draw_bullet(scene, &budgets->rows[i], &x,
                    (struct box){box.x, box.y + i * room / budgets->n, box.w, room / budgets->n});
    chart_ticks_x(scene, &x, TICK_MONEY, box.y + room, box.x + box.w);
}

static void csv_budgets(const void *data, struct text *out) {
    const struct budget_rows *budgets = data;
    text_append_string(out, "budget,limit_usd,spent_usd\n");
    for (int i = 0; i < budgets->n; i++)
        figure_csv_row(out, &budgets->rows[i].name, 1,
                       (double[]){budgets->rows[i].limit, budgets->rows[i].spent}, 2);
}

bool figure_budgets_open(struct arena *arena, const struct study *study, int workload,
                         struct figure_view *out) {
    (void)workload;
    if (study->infeasible || study->n_budgets == 0)
        return false;
    struct budget_rows *budgets = arena_new(arena, struct budget_rows, 1);
    *budgets = budget_rows_make(arena, study);
    *out = (struct figure_view){
        .title = figure_budgets_title(arena, budgets),
        .subtitle = budgets->n_left_out == 0
                        ? "Cost in each budget's period, against its limit"
                        : arena_printf(arena,
                                       "Cost in each budget's period, against its limit; the first "
                                       "%d of %d",
                                       budgets->n, budgets->n + budgets->n_left_out),
        .alt = budgets_alt(arena, budgets),
        .height = BULLET_PITCH * budgets->n + 16,
        .data = budgets,
        .draw = draw_budgets,
        .csv = csv_budgets,
    };
    return true;
}

/* ---- cash ---- */

/* A day's place among the days kept, rising; it is put there. */
static void keep_day(struct cash_flow *out, int64_t begins_s) {
    int at = out->n;
    while (at > 0 && out->begins[at - 1] > begins_s)
        at--;
    if (at > 0 && out->begins[at - 1] == begins_s)
        return;
    for (int i = out->n; i > at; i--)
        out->begins[i] = out->begins[i - 1];
    out->begins[at] = begins_s;
    out->n++;
}

/* `usd` of a span of time, evenly, to the spans that it covers. */
static void spread(const struct cash_flow *flow, double *into, int64_t from_s, int64_t to_s,
                   double usd) {
    for (int k = 0; k < flow->n; k++)
        if (flow->begins[k] >= from_s && flow->begins[k + 1] <= to_s)
            into[k + 1] +=
                usd * (double)(flow->begins[k + 1] - flow->begins[k]) / (double)(to_s - from_s);
}

static void find_crossing(const struct statement *statement, struct cash_flow *out) {
    int k = out->n;
    while (k > 0 && out->paid[k] + out->at_start[k] < out->otherwise[k])
        k--;
    out->ahead_from = k;
    if (k == out->n)
        return;
    double behind = out->paid[k] + out->at_start[k] - out->otherwise[k];
    double ahead = out->otherwise[k + 1] - out->paid[k + 1];
    double part = behind > 0 ? behind / (behind + ahead) : 0;
    int64_t when = out->begins[k] + (int64_t)(part * (double)(out->begins[k + 1] - out->begins[k]));
    int calendar = 0;
    while (statement->month_hours[calendar + 1] * HOUR_S <= when)
        calendar++;
    out->paid_back_month = statement_month_starts(statement, calendar);
    struct date start = calendar_date(out->begins[0] / DAY_S);
    while (calendar_days(calendar_add_months(start, out->paid_back + 1)) * DAY_S <= when)
        out->paid_back++;
}

struct cash_flow cash_flow_make(struct arena *arena, const struct statement *statement) {
    int n = statement->n_months, most = n + 1;
    for (int i = 0; i < statement->n_rows; i++)
        most += statement->rows[i].purchase == FOCUS_PAID_AT_START;
    struct cash_flow out = {.begins = arena_new(arena, int64_t, most),
                            .paid = arena_new(arena, double, most),
                            .at_start = arena_new(arena, double, most),
                            .otherwise = arena_new(arena, double, most)};
    for (int m = 0; m <= n; m++)
        keep_day(&out, statement->month_hours[m] * HOUR_S);
    for (int i = 0; i < statement->n_rows; i++)
        if (statement->rows[i].purchase == FOCUS_PAID_AT_START)
            keep_day(&out, statement->rows[i].from_hour * HOUR_S);
    out.n--;
    for (int i = 0; i < statement->n_rows; i++) {
        const struct statement_row *row = &statement->rows[i];
        int64_t from = statement->month_hours[row->month] * HOUR_S;
        int64_t to = statement->month_hours[row->month + 1] * HOUR_S;
        double billed = money_amount_usd(row->billed);
        if (row->purchase == FOCUS_PAID_AT_START) {
            int k = 0;
            while (out.begins[k] != row->from_hour * HOUR_S)
                k++;
            out.at_start[k] += billed;
            out.paid[k + 1] += billed;
        } else {
            spread(&out, out.paid, from, to, billed);
        }
        spread(&out, out.otherwise, from, to, row->on_demand);
    }
    for (int k = 1; k <= out.n; k++) {
        out.paid[k] += out.paid[k - 1];
        out.otherwise[k] += out.otherwise[k - 1];
    }
    find_crossing(statement, &out);
    return out;
}

/* Whether nothing but the same is ever paid. */
static bool is_flat(const struct cash_flow *cash) {
    for (int m = 0; m <= cash->n; m++)
        if (fabs(cash->paid[m] - cash->otherwise[m]) >= 0.005 || fabs(cash->at_start[m]) >= 0.005)
            return false;
    return true;
}

const char *figure_cash_title(struct arena *arena, const struct cash_flow *cash) {
    double saved = cash->otherwise[cash->n] - cash->paid[cash->n];
    if (fabs(saved) < 0.005)
        return arena_printf(arena,
                            "The plan pays what its usage would cost on demand: %s by the end",
                            words_money(arena, cash->paid[cash->n]));
    if (cash->ahead_from == cash->n)
        return arena_printf(arena, "Within the horizon the plan pays %s more than on demand would",
                            words_money(arena, -saved));
    if (cash->ahead_from == 0)
        return arena_printf(arena,
                            "From its first month on the plan pays less; %s saved by the end",
                            words_money(arena, saved));
    return arena_printf(arena, "Paid back in month %d, %s; %s saved by the end",
                        cash->paid_back + 1, words_month_short(arena, cash->paid_back_month),
                        words_money(arena, saved));
}

static const char *cash_alt(struct arena *arena, const struct cash_flow *cash) {
    return arena_printf(arena,
                        "Two lines of cash since the start of the horizon. %s. By its end: "
                        "plan %s, the same usage on demand %s.",
                        figure_cash_title(arena, cash), words_money(arena, cash->paid[cash->n]),
                        words_money(arena, cash->otherwise[cash->n]));
}

#define CASH_SIDE 104.0

static void draw_cash(struct scene *scene, const void *data, struct box box) {
    const struct cash_flow *cash = data;
    int n = cash->n;
    double bottom = box.y + box.h - 16, top = box.y + 14;
    double most = 0;
    for (int m = 0; m <= n; m++)
        most = fmax(most, fmax(cash->paid[m] + cash->at_start[m], cash->otherwise[m]));
    struct axis y = axis_from_zero(most, 5, bottom, top);
    double left = box.x + chart_label_width(scene, &y, TICK_MONEY) + 6;
    double right = box.x + box.w - CASH_SIDE;
    struct time_axis time =
        time_axis_make(cash->begins[0], cash->begins[n], NULL, AXIS_TICKS_MAX, left, right);
    chart_grid_y(scene, &y, TICK_MONEY, left, right);
    int n_points = 2 * n + 1; /* before and after what is due as a month begins */
    double *xs = arena_new(scene->arena, double, n_points);
    double *paid = arena_new(scene->arena, double, n_points);
    double *otherwise = arena_new(scene->arena, double, n_points);
    double *behind = arena_new(scene->arena, double, n_points);
    for (int i = 0; i < n_points; i++) {
        int month = i / 2;
        xs[i] = (double)cash->begins[month];
        paid[i] = cash->paid[month] + (i % 2 ? cash->at_start[month] : 0);
        otherwise[i] = cash->otherwise[month];
        behind[i] = fmax(paid[i], otherwise[i]);
    }
    chart_band(scene, &time.axis, &y, xs, otherwise, behind, n_points, COLOR_ALARM);
    chart_line(scene, &time.axis, &y, xs, otherwise, n_points,
               (struct stroke){COLOR_ON_DEMAND, 1.6, true, 0});
    chart_line(scene, &time.axis, &y, xs, paid, n_points,
               (struct stroke){COLOR_COMMITTED, 1.8, false, 0});
    struct chart_label labels[] = {
        {arena_printf(scene->arena, "On demand %s", words_money(scene->arena, cash->otherwise[n])),
         COLOR_ON_DEMAND_TEXT, axis_at(&y, cash->otherwise[n])},
        {arena_printf(scene->arena, "Plan %s", words_money(scene->arena, cash->paid[n])),
         COLOR_COMMITTED, axis_at(&y, cash->paid[n])}};
    chart_side_labels(scene, labels, 2, right + 8, top, bottom);
    if (cash->ahead_from > 0 && cash->ahead_from < n) {
        int m = cash->ahead_from + 1;
        struct point at = {axis_at(&time.axis, (double)cash->begins[m]),
                           axis_at(&y, cash->paid[m])};
        const char *words = arena_printf(scene->arena, "paid back in %s",
                                         words_month_short(scene->arena, cash->paid_back_month));
        double width = typeset_width(scene->type, words, chart_note_style());
        double x = fmin(at.x + 14, right - width), baseline = fmin(at.y + 26, bottom - 5);
        chart_note(scene, &words, 1, x, baseline, at);
    }
    time_axis_draw(scene, &time, bottom);
}

static void csv_cash(const void *data, struct text *out) {
    const struct cash_flow *cash = data;
    text_append_string(out, "until,paid_usd,paid_at_start_of_day_usd,on_demand_usd\n");
    for (int m = 0; m <= cash->n; m++) {
        char date[16];
        calendar_format_date(date, calendar_date(cash->begins[m] / DAY_S));
        const char *until = date;
        figure_csv_row(out, &until, 1,
                       (double[]){cash->paid[m], cash->at_start[m], cash->otherwise[m]}, 3);
    }
}

bool figure_cash_open(struct arena *arena, const struct study *study, int workload,
                      struct figure_view *out) {
    (void)workload;
    if (study->infeasible || !study->statement || study->statement->n_months < 1)
        return false;
    struct cash_flow *cash = arena_new(arena, struct cash_flow, 1);
    *cash = cash_flow_make(arena, study->statement);
    *out = (struct figure_view){
        .title = figure_cash_title(arena, cash),
        .flat = is_flat(cash),
        .subtitle = "Cash paid since the start (FOCUS BilledCost), and the same usage at on-demand "
                    "rates; shaded: ahead of on demand",
        .alt = cash_alt(arena, cash),
        .height = 180,
        .data = cash,
        .draw = draw_cash,
        .csv = csv_cash,
    };
    return true;
}
