/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may come: which input moves the cost, how far the months may be off, and which plan is sorry
 * least. Greys, because the colours stand for ways of paying. */
#include <math.h>
#include <stdlib.h>

#include "plots/figures.h"
#include "plots/time_axis.h"
#include "plots/words.h"

enum { DAY_S = 86400 };

static bool has_futures(const struct study *study) {
    return !study->infeasible && study->futures.n > 0;
}

/* ---- tornado ---- */

#define ROW_PITCH 22.0
#define INPUT_WIDTH 84.0
#define END_WIDTH 58.0 /* for the value of an input beside its end */
#define TICK_STRIP 17.0

static double span(const struct tornado_row *row) {
    return fabs(row->ends[1].usd - row->ends[0].usd);
}

static int by_span(const void *left, const void *right) {
    double a = span(left), b = span(right);
    return (a < b) - (a > b);
}

static const char *input_value(struct arena *arena, enum future_input input, double factor) {
    double percent = 100 * (factor - 1);
    const char *sign = percent < 0 ? "\u2212" : "+";
    return input == FUTURE_GROWTH ? arena_printf(arena, "%s%.1f%%/month", sign, fabs(percent))
                                  : arena_printf(arena, "%s%.0f%%", sign, fabs(percent));
}

struct tornado tornado_make(struct arena *arena, const struct study *study) {
    const struct study_futures *futures = &study->futures;
    struct tornado out = {.base = futures->as_planned_usd[0]};
    for (int e = 0; e + 1 < futures->n_ends && out.n < TORNADO_ROWS_MAX; e += 2) {
        enum future_input input = futures->ends[e].input;
        const struct future_spread *spread = &futures->inputs[input].spread;
        struct tornado_row *row = &out.rows[out.n++];
        row->name = future_input_word(input);
        for (int i = 0; i < 2; i++)
            row->ends[i] = (struct tornado_end){
                .value = input_value(arena, input, i ? spread->high : spread->low),
                .factor = i ? spread->high : spread->low,
                .usd = futures->ends[e + i].usd_per_month[0],
                .flips = futures->ends[e + i].flips};
    }
    if (out.n > 0)
        qsort(out.rows, (size_t)out.n, sizeof *out.rows, by_span);
    return out;
}

static int count_flips(const struct tornado *tornado) {
    int n = 0;
    for (int i = 0; i < tornado->n; i++)
        n += tornado->rows[i].ends[0].flips || tornado->rows[i].ends[1].flips;
    return n;
}

static bool moves_nothing(const struct tornado *tornado) {
    return span(&tornado->rows[0]) < FIGURE_NOTHING_USD && count_flips(tornado) == 0;
}

const char *figure_tornado_title(struct arena *arena, const struct tornado *tornado) {
    const struct tornado_row *row = &tornado->rows[0];
    int n_flips = count_flips(tornado);
    if (moves_nothing(tornado))
        return arena_printf(arena, "No input alone moves the cost of %s a month",
                            words_money(arena, tornado->base));
    double least = fmin(row->ends[0].usd, row->ends[1].usd);
    double most = fmax(row->ends[0].usd, row->ends[1].usd);
    const char *moved =
        arena_printf(arena, "The %s moves the cost most, %s to %s a month", row->name,
                     words_money(arena, least), words_money(arena, most));
    if (n_flips == 0)
        return arena_printf(arena, "%s; no input alone changes what to commit to", moved);
    return arena_printf(arena, "%s; %s input%s would change what to commit to", moved,
                        words_count(arena, n_flips, false), words_plural(n_flips));
}

static const char *tornado_alt(struct arena *arena, const struct tornado *tornado) {
    struct text out = {.arena = arena};
    text_printf(&out, "Tornado of cost per month around %s.", words_money(arena, tornado->base));
    for (int i = 0; i < tornado->n; i++) {
        const struct tornado_row *row = &tornado->rows[i];
        text_printf(&out, " %s:", row->name);
        for (int k = 0; k < 2; k++)
            text_printf(&out, "%s %s at %s%s", k ? "," : "", words_money(arena, row->ends[k].usd),
                        row->ends[k].value, row->ends[k].flips ? ", other commitments" : "");
        text_append_string(&out, ".");
    }
    return out.data;
}

/* The bar from the base to an end, its input's value beside it, a ring where the decision flips. */
static void draw_end(struct scene *scene, const struct tornado_end *end, bool right, bool high,
                     double base, const struct axis *x, double middle) {
    double at = axis_at(x, end->usd), from = axis_at(x, base);
    scene_rect(scene, (struct box){fmin(at, from), middle - 6, fmax(fabs(at - from), 0.8), 12},
               high ? COLOR_MUTED : COLOR_DISABLED);
    double words_at = right ? fmax(at, from) + 5 : fmin(at, from) - 5;
    if (end->flips) {
        scene_dot(scene, (struct point){words_at + (right ? 3 : -3), middle}, 3.4, COLOR_THRESHOLD,
                  true);
        words_at += right ? 11 : -11;
    }
    scene_text_backed(scene, words_at, middle + 2.7, right ? ALIGN_LEFT : ALIGN_RIGHT,
                      end->flips ? (struct style){7.5, WEIGHT_SEMIBOLD, COLOR_THRESHOLD}
                                 : chart_tick_style(),
                      end->value);
}

static void draw_row(struct scene *scene, const struct tornado_row *row, double base,
                     const struct axis *x, double left, double middle) {
    bool high_is_right = row->ends[1].usd >= row->ends[0].usd;
    scene_text(scene, left, middle + 2.8, ALIGN_LEFT, (struct style){8, WEIGHT_REGULAR, COLOR_INK},
               row->name);
    for (int k = 0; k < 2; k++)
        draw_end(scene, &row->ends[k], (k == 1) == high_is_right, k == 1, base, x, middle);
}

static void draw_tornado(struct scene *scene, const void *data, struct box box) {
    const struct tornado *tornado = data;
    double least = tornado->base, most = tornado->base;
    for (int i = 0; i < tornado->n; i++)
        for (int k = 0; k < 2; k++) {
            least = fmin(least, tornado->rows[i].ends[k].usd);
            most = fmax(most, tornado->rows[i].ends[k].usd);
        }
    double room = fmax(most - least, 0.01 * fabs(tornado->base) + FIGURE_NOTHING_USD);
    struct axis x = {.lo = least - 0.02 * room,
                     .hi = most + 0.02 * room,
                     .from = box.x + INPUT_WIDTH + END_WIDTH,
                     .to = box.x + box.w - END_WIDTH};
    x.n = axis_round_ticks(x.lo, x.hi, 5, x.ticks);
    double bottom = box.y + box.h - TICK_STRIP, top = box.y + 12,
           pitch = (bottom - top) / tornado->n;
    for (int i = 0; i < x.n; i++) {
        double at = axis_at(&x, x.ticks[i]);
        scene_line(scene, (struct point){at, top}, (struct point){at, bottom},
                   (struct stroke){COLOR_GRID, 0.5, false, 0});
    }
    double base = axis_at(&x, tornado->base);
    for (int i = 0; i < tornado->n; i++)
        draw_row(scene, &tornado->rows[i], tornado->base, &x, box.x, top + (i + 0.5) * pitch);
    scene_line(scene, (struct point){base, top - 2}, (struct point){base, bottom},
               (struct stroke){COLOR_INK, 1, false, 0});
    scene_text(
        scene, base, box.y + 7, ALIGN_CENTRE, chart_strong_style(COLOR_INK),
        arena_printf(scene->arena, "as planned %s", words_money(scene->arena, tornado->base)));
    chart_ticks_x(scene, &x, TICK_MONEY, bottom, box.x + box.w);
}

static void csv_tornado(const void *data, struct text *out) {
    const struct tornado *tornado = data;
    text_append_string(out, "input,end,decision,factor,usd_per_month,as_planned_usd_per_month\n");
    for (int i = 0; i < tornado->n; i++)
        for (int k = 0; k < 2; k++) {
            const struct tornado_end *end = &tornado->rows[i].ends[k];
            figure_csv_row(out,
                           (const char *const[]){tornado->rows[i].name, k ? "high" : "low",
                                                 end->flips ? "flips" : "holds"},
                           3, (double[]){end->factor, end->usd, tornado->base}, 3);
        }
}

bool figure_tornado_open(struct arena *arena, const struct study *study, int workload,
                         struct figure_view *out) {
    (void)workload;
    if (!has_futures(study) || study->futures.n_ends < 2)
        return false;
    struct tornado *tornado = arena_new(arena, struct tornado, 1);
    *tornado = tornado_make(arena, study);
    *out = (struct figure_view){
        .title = figure_tornado_title(arena, tornado),
        .subtitle =
            "Cost per month, one input alone at its 10% (light) or 90% end (dark); ring: other "
            "commitments are 1% cheaper",
        .alt = tornado_alt(arena, tornado),
        .flat = moves_nothing(tornado),
        .height = ROW_PITCH * tornado->n + 12 + TICK_STRIP,
        .data = tornado,
        .draw = draw_tornado,
        .csv = csv_tornado,
    };
    return true;
}

/* ---- fan ---- */

#define FAN_SIDE 96.0
enum { MEDIAN = FUTURE_QUANTILES / 2, BANDS = FUTURE_QUANTILES / 2 };

static const struct {
    const char *name;
    rgb fill;
} fan_bands[BANDS] = {{"95% of futures", 0xDCE3EBu}, {"80%", 0xB7C5D5u}, {"50%", 0x8AA1BAu}};

static int months_of(struct fiscal_period period) {
    return period.month > 0 ? 1 : period.quarter > 0 ? 3 : 12;
}

#define BESIDE_SHARE 0.001 /* of a budget: less is rounding */

/* A month's part of the budget that counts in it, those of the whole cost as it accrues; NAN: none.
 */
static double of_budget(const struct study *study, struct date date, int *budget) {
    struct fiscal_period period = fiscal_period_of(date, study->scenario.fiscal_month);
    for (int b = 0; b < study->n_budgets; b++) {
        const struct study_budget *in = &study->budgets[b];
        const struct budget_spec *spec = &study->scenario.budgets[in->budget];
        bool of_month = in->period.year == date.year && in->period.month == date.month;
        bool of_more = in->period.year == period.year && in->period.month == 0 &&
                       (in->period.quarter == 0 || in->period.quarter == period.quarter);
        if ((of_month || of_more) && !spec->tag_key && !spec->cash) {
            *budget = b;
            return money_amount_usd(in->limit) / months_of(in->period);
        }
    }
    return NAN;
}

struct fan fan_make(struct arena *arena, const struct study *study) {
    const struct study_futures *futures = &study->futures;
    struct fan out = {.n = futures->n_months,
                      .begins = arena_new(arena, int64_t, futures->n_months + 1),
                      .usd = arena_new(arena, double, futures->n_months *FUTURE_QUANTILES),
                      .share = arena_new(arena, double, futures->n_months),
                      .budget = arena_new(arena, double, futures->n_months),
                      .low = futures->plans[0].low,
                      .high = futures->plans[0].high,
                      .nothing = true};
    for (int m = 0; m <= out.n; m++) {
        int budget = -1;
        out.begins[m] = study->demand.calendar_from[m] * 3600;
        if (m == out.n)
            continue;
        out.share[m] = study_month_share(study, m);
        out.in_part = out.in_part || out.share[m] < 1;
        for (int q = 0; q < FUTURE_QUANTILES; q++) {
            double usd = futures->month_usd[m * FUTURE_QUANTILES + q] / out.share[m];
            out.usd[m * FUTURE_QUANTILES + q] = usd;
            out.nothing = out.nothing && fabs(usd) < FIGURE_NOTHING_USD;
        }
        out.budget[m] = of_budget(study, study_calendar_month(study, m), &budget);
        if (budget < 0)
            continue;
        out.nothing = false;
        double beside = futures->beside_usd[budget] / study->budgets[budget].months;
        out.beside = out.beside || fabs(beside) > BESIDE_SHARE * out.budget[m];
        out.budget[m] -= beside;
        double over = futures->over_budget[budget];
        if (!out.riskiest || over > out.over) {
            out.over = over;
            out.riskiest = study_period_words(arena, study->budgets[budget].period);
        }
    }
    return out;
}

const char *figure_fan_title(struct arena *arena, const struct fan *fan) {
    if (fan->nothing)
        return "The plan costs nothing in any month of any of the futures";
    if (fan->riskiest && fan->over > 0)
        return arena_printf(arena,
                            "%s of futures exceed the budget of %s; eight of ten cost %s to "
                            "%s a month",
                            words_percent(arena, fan->over), fan->riskiest,
                            words_money(arena, fan->low), words_money(arena, fan->high));
    return arena_printf(arena, "Eight of ten futures cost %s to %s a month%s",
                        words_money(arena, fan->low), words_money(arena, fan->high),
                        fan->riskiest ? "; none exceeds the budget of a month" : "");
}

static const char *fan_alt(struct arena *arena, const struct fan *fan) {
    const double *last = fan->usd + (fan->n - 1) * FUTURE_QUANTILES;
    return arena_printf(
        arena,
        "Fan of cost by month. %s. In the last month%s: median %s, half of futures %s "
        "to %s, 95%% of them %s to %s.",
        figure_fan_title(arena, fan), fan->share[fan->n - 1] < 1 ? ", as a whole one" : "",
        words_money(arena, last[MEDIAN]), words_money(arena, last[2]), words_money(arena, last[4]),
        words_money(arena, last[0]), words_money(arena, last[6]));
}

/* Months as steps: each value holds from its begin to its end. */
static double *stepped(struct arena *arena, const struct fan *fan, const double *values,
                       int stride) {
    double *out = arena_new(arena, double, 2 * fan->n);
    for (int m = 0; m < fan->n; m++)
        out[2 * m] = out[2 * m + 1] = values[m * stride];
    return out;
}

static void label_fan(struct scene *scene, const struct fan *fan, const struct axis *y, double x,
                      double top) {
    const double *last = fan->usd + (fan->n - 1) * FUTURE_QUANTILES;
    struct chart_label labels[BANDS + 2];
    int n = 0;
    labels[n++] = (struct chart_label){
        arena_printf(scene->arena, "median %s", words_money(scene->arena, last[MEDIAN])),
        COLOR_COMMITTED, axis_at(y, last[MEDIAN])};
    double budget = fan->budget[fan->n - 1];
    if (isfinite(budget))
        labels[n++] =
            (struct chart_label){arena_printf(scene->arena, fan->beside ? "for it %s" : "budget %s",
                                              words_money(scene->arena, budget)),
                                 COLOR_THRESHOLD, axis_at(y, budget)};
    for (int b = 0; b < BANDS; b++)
        labels[n++] = (struct chart_label){
            fan_bands[b].name, COLOR_MUTED,
            axis_at(y, (last[FUTURE_QUANTILES - 1 - b] + last[FUTURE_QUANTILES - 2 - b]) / 2)};
    chart_side_labels(scene, labels, n, x, top, y->from);
}

static void draw_fan(struct scene *scene, const void *data, struct box box) {
    const struct fan *fan = data;
    double bottom = box.y + box.h - 16, top = box.y + 6, most = FIGURE_NOTHING_USD;
    for (int m = 0; m < fan->n; m++)
        most = fmax(most, fmax(fan->usd[(m + 1) * FUTURE_QUANTILES - 1],
                               isfinite(fan->budget[m]) ? fan->budget[m] : 0));
    struct axis y = axis_from_zero(most, 5, bottom, top);
    double left = box.x + chart_label_width(scene, &y, TICK_MONEY) + 6;
    struct time_axis time = time_axis_make(fan->begins[0], fan->begins[fan->n], NULL,
                                           AXIS_TICKS_MAX, left, box.x + box.w - FAN_SIDE);
    double *xs = arena_new(scene->arena, double, 2 * fan->n);
    for (int m = 0; m < fan->n; m++) {
        xs[2 * m] = (double)fan->begins[m];
        xs[2 * m + 1] = (double)fan->begins[m + 1];
    }
    chart_grid_y(scene, &y, TICK_MONEY, left, time.axis.to);
    for (int b = 0; b < BANDS; b++)
        chart_band(
            scene, &time.axis, &y, xs, stepped(scene->arena, fan, fan->usd + b, FUTURE_QUANTILES),
            stepped(scene->arena, fan, fan->usd + FUTURE_QUANTILES - 1 - b, FUTURE_QUANTILES),
            2 * fan->n, fan_bands[b].fill);
    chart_line(scene, &time.axis, &y, xs,
               stepped(scene->arena, fan, fan->usd + MEDIAN, FUTURE_QUANTILES), 2 * fan->n,
               (struct stroke){COLOR_COMMITTED, 1.6, false, 0});
    chart_line(scene, &time.axis, &y, xs, stepped(scene->arena, fan, fan->budget, 1), 2 * fan->n,
               (struct stroke){COLOR_THRESHOLD, 1.3, true, 0});
    label_fan(scene, fan, &y, time.axis.to + 8, top);
    time_axis_draw(scene, &time, bottom);
}

static void csv_fan(const void *data, struct text *out) {
    const struct fan *fan = data;
    text_append_string(out, "month,q2_5_usd,q10_usd,q25_usd,median_usd,q75_usd,q90_usd,q97_5_usd,"
                            "budget_usd,part_of_month\n");
    for (int m = 0; m < fan->n; m++) {
        char date[16];
        double row[FUTURE_QUANTILES + 2];
        calendar_format_date(date, calendar_date(fan->begins[m] / DAY_S));
        const char *month = date;
        for (int q = 0; q < FUTURE_QUANTILES; q++)
            row[q] = fan->usd[m * FUTURE_QUANTILES + q];
        row[FUTURE_QUANTILES] = fan->budget[m];
        row[FUTURE_QUANTILES + 1] = fan->share[m];
        figure_csv_row(out, &month, 1, row, FUTURE_QUANTILES + 2);
    }
}

bool figure_fan_open(struct arena *arena, const struct study *study, int workload,
                     struct figure_view *out) {
    (void)workload;
    if (!has_futures(study) || study->futures.n_months < 1)
        return false;
    struct fan *fan = arena_new(arena, struct fan, 1);
    *fan = fan_make(arena, study);
    *out = (struct figure_view){
        .title = figure_fan_title(arena, fan),
        .subtitle =
            arena_printf(arena,
                         "Cost of the recommended plan by month in %d futures of growth, "
                         "demand, capacity and prices; nothing beside the fleet%s%s",
                         study->futures.n, fan->in_part ? "; part months as whole ones" : "",
                         fan->beside ? ". Dashed: what the budget leaves for it" : ""),
        .alt = fan_alt(arena, fan),
        .flat = fan->nothing,
        .height = 170,
        .data = fan,
        .draw = draw_fan,
        .csv = csv_fan,
    };
    return true;
}

/* ---- regret ---- */

#define REGRET_PITCH 17.0

static const struct future_plan *sorry_least(const struct study_futures *futures) {
    const struct future_plan *best = &futures->plans[0];
    for (int p = 1; p < futures->n_plans; p++)
        if (futures->plans[p].regret < best->regret)
            best = &futures->plans[p];
    return best;
}

/* All plans cost the same in every future. */
static bool is_flat(const struct study_futures *futures) {
    for (int p = 0; p < futures->n_plans; p++) {
        const struct future_plan *plan = &futures->plans[p], *first = &futures->plans[0];
        double least = 0.0005 * first->expected;
        if (plan->regret_most > least || fabs(plan->expected - first->expected) > least)
            return false;
    }
    return true;
}

const char *figure_regret_title(struct arena *arena, const struct study_futures *futures) {
    const struct future_plan *first = &futures->plans[0], *best = sorry_least(futures);
    const char *regret = words_money(arena, first->regret);
    if (is_flat(futures))
        return "No other plan would cost less, or more, in any of the futures";
    if (first->regret_most < 0.005)
        return "In each future no other plan would cost less than the recommended one";
    if (best == first || first->regret - best->regret < 0.005)
        return arena_printf(arena,
                            "The recommended plan misses the best choice of each future by "
                            "least: %s a month on average, %s at most",
                            regret, words_money(arena, first->regret_most));
    return arena_printf(arena,
                        "The plan '%s' would miss the best choice by less, %s a month on average "
                        "instead of %s",
                        best->name, words_money(arena, best->regret), regret);
}

static const char *regret_alt(struct arena *arena, const struct study_futures *futures) {
    struct text out = {.arena = arena};
    text_append_string(&out, "Bars of expected cost per month by plan.");
    for (int p = 0; p < futures->n_plans; p++) {
        const struct future_plan *plan = &futures->plans[p];
        text_printf(&out, " %s: %s, eight of ten futures %s to %s, of it regret %s.", plan->name,
                    words_money(arena, plan->expected), words_money(arena, plan->low),
                    words_money(arena, plan->high), words_money(arena, plan->regret));
    }
    return out.data;
}

static void draw_regret(struct scene *scene, const void *data, struct box box) {
    const struct study_futures *futures = data;
    struct chart_bar bars[FUTURE_PLANS_MAX] = {0};
    for (int p = 0; p < futures->n_plans; p++) {
        const struct future_plan *plan = &futures->plans[p];
        double regret = fmin(fmax(plan->regret, 0), plan->expected);
        bars[p] = (struct chart_bar){
            .name = plan->name,
            .value = words_money(scene->arena, plan->expected),
            .note = arena_printf(scene->arena, "regret %s", words_money(scene->arena, regret)),
            .strong = p == 0,
            .n_parts = 2,
            .parts = {{plan->expected - regret, p == 0 ? COLOR_MUTED : COLOR_DISABLED, false},
                      {regret, COLOR_MUTED, true}},
            .low = plan->low,
            .high = plan->high,
        };
    }
    chart_bars(scene, bars, futures->n_plans, box);
}

static void csv_regret(const void *data, struct text *out) {
    const struct study_futures *futures = data;
    text_append_string(out, "plan,expected_usd_per_month,q10_usd,q90_usd,worst_5_percent_usd,"
                            "regret_usd,regret_most_usd\n");
    for (int p = 0; p < futures->n_plans; p++) {
        const struct future_plan *plan = &futures->plans[p];
        figure_csv_row(out, &plan->name, 1,
                       (double[]){plan->expected, plan->low, plan->high, plan->worst, plan->regret,
                                  plan->regret_most},
                       6);
    }
}

bool figure_regret_open(struct arena *arena, const struct study *study, int workload,
                        struct figure_view *out) {
    (void)workload;
    if (!has_futures(study) || study->futures.n_plans < 2)
        return false;
    *out = (struct figure_view){
        .title = figure_regret_title(arena, &study->futures),
        .subtitle =
            "Expected cost per month; hatched: regret, what the best of these saves in each "
            "future; lines: eight of ten",
        .alt = regret_alt(arena, &study->futures),
        .flat = is_flat(&study->futures),
        .height = REGRET_PITCH * study->futures.n_plans,
        .data = &study->futures,
        .draw = draw_regret,
        .csv = csv_regret,
    };
    return true;
}
