/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan costs against how much is committed to, and what the provider's method would buy.
 */
#include <math.h>

#include "plots/chart.h"
#include "plots/figures.h"
#include "plots/words.h"

/* ---- the curves ---- */

#define SIDE 92.0
#define HEAD 14.0
#define PANEL_HEIGHT 150.0

struct curve_views curve_views_make(struct arena *arena, const struct study *study) {
    struct curve_views out = {0};
    for (int i = 0; i < study->n_curves && out.n < CURVE_VIEWS_MAX; i++) {
        const struct commitment_curve *curve = &study->curves[i];
        struct curve_view *view = &out.views[out.n];
        if (curve->n < 2)
            continue;
        *view = (struct curve_view){.name = curve->name,
                                    .is_plan = curve->is_plan,
                                    .planned = curve->planned,
                                    .best = curve->best_units,
                                    .near = curve->near_units,
                                    .best_usd = HOURS_PER_MONTH * curve->best_usd,
                                    .n = curve->n,
                                    .units = arena_new(arena, double, curve->n),
                                    .plan_usd = arena_new(arena, double, curve->n),
                                    .least_usd = arena_new(arena, double, curve->n)};
        for (int p = 0; p < curve->n; p++) {
            const struct curve_point *point = &curve->points[p];
            view->units[p] = point->units;
            view->plan_usd[p] = isfinite(point->plan_usd) ? HOURS_PER_MONTH * point->plan_usd : NAN;
            view->least_usd[p] =
                isfinite(point->programme_usd) ? HOURS_PER_MONTH * point->programme_usd : NAN;
        }
        out.n++;
    }
    return out;
}

static const char *level_words(struct arena *arena, const struct curve_view *view, double units) {
    return view->is_plan ? arena_printf(arena, "%s an hour", words_money(arena, units))
                         : words_number(arena, units);
}

const char *figure_curve_title(struct arena *arena, const struct curve_views *curves) {
    const struct curve_view *view = &curves->views[0];
    const char *enough = view->near < view->best
                             ? arena_printf(arena, "; %s is enough for %g%% of the saving",
                                            level_words(arena, view, view->near), 100 * CURVE_NEAR)
                             : "";
    if (isfinite(view->best_usd) && !isfinite(view->plan_usd[0]))
        return arena_printf(arena, "Committing to %s costs least; without any not all is carried",
                            level_words(arena, view, view->best));
    if (!isfinite(view->best_usd) || view->best_usd >= view->plan_usd[0])
        return "No level of commitment costs less than none";
    return arena_printf(arena, "Committing to %s costs least, %s a month less than none%s",
                        level_words(arena, view, view->best),
                        words_money(arena, view->plan_usd[0] - view->best_usd), enough);
}

static const char *curve_alt(struct arena *arena, const struct curve_views *curves) {
    struct text out = {.arena = arena};
    text_append_string(&out, "Lines of cost per month against how much is committed to.");
    for (int i = 0; i < curves->n; i++) {
        const struct curve_view *view = &curves->views[i];
        if (!isfinite(view->plan_usd[0])) {
            text_printf(&out,
                        " %s: the plan has %s; least cost %s a month at %s; without any not all is "
                        "carried.",
                        view->name, level_words(arena, view, view->planned),
                        words_money(arena, view->best_usd), level_words(arena, view, view->best));
            continue;
        }
        text_printf(
            &out,
            " %s: the plan has %s; least cost %s a month at %s, without any %s; %g%% of the "
            "saving from %s on.",
            view->name, level_words(arena, view, view->planned), words_money(arena, view->best_usd),
            level_words(arena, view, view->best), words_money(arena, view->plan_usd[0]),
            100 * CURVE_NEAR, level_words(arena, view, view->near));
    }
    return out.data;
}

/* Of the line at a number of units, straight between its points. */
static double cost_at(const struct curve_view *view, double units) {
    for (int i = 1; i < view->n; i++) {
        double from = view->units[i - 1], to = view->units[i];
        if (units <= to && to > from)
            return view->plan_usd[i - 1] +
                   (view->plan_usd[i] - view->plan_usd[i - 1]) * (units - from) / (to - from);
    }
    return view->plan_usd[view->n - 1];
}

/* A word over a place of the line, kept inside the panel. */
static void mark(struct scene *scene, const struct axis *x, const struct axis *y, double units,
                 double usd, bool ring, const char *words, double lift) {
    struct point at = {axis_at(x, units), axis_at(y, usd)};
    if (!isfinite(usd))
        return;
    double half = typeset_width(scene->type, words, chart_note_style()) / 2;
    double centre = fmin(fmax(at.x, x->from + half), x->to - half);
    double baseline = at.y - lift;
    scene_line(scene, at, (struct point){at.x, baseline + 3},
               (struct stroke){COLOR_INK, 0.6, false, 0});
    if (ring)
        scene_dot(scene, at, 3.4, COLOR_PAPER, false);
    scene_dot(scene, at, 3.4, COLOR_COMMITTED, ring);
    scene_text_backed(scene, centre, baseline, ALIGN_CENTRE, chart_note_style(), words);
}

static void draw_panel(struct scene *scene, const struct curve_view *view, int n_ticks,
                       struct box box) {
    double bottom = box.y + box.h - 26, top = box.y + HEAD + 22, most = 0;
    for (int i = 0; i < view->n; i++)
        most = fmax(most, fmax(isfinite(view->plan_usd[i]) ? view->plan_usd[i] : 0,
                               isfinite(view->least_usd[i]) ? view->least_usd[i] : 0));
    struct axis y = axis_from_zero(most, n_ticks, bottom, top);
    double left = box.x + chart_label_width(scene, &y, TICK_MONEY) + 6;
    double right = box.x + box.w - SIDE;
    double last = view->units[view->n - 1];
    struct axis x =
        view->is_plan ? axis_exact(last, 5, left, right) : axis_counting(last, 5, left, right);
    scene_text(
        scene, box.x, box.y + 8, ALIGN_LEFT, chart_strong_style(COLOR_INK),
        typeset_fit(scene->type, scene->arena, view->name, chart_strong_style(COLOR_INK), box.w));
    chart_grid_y(scene, &y, TICK_MONEY, left, right);
    chart_line(scene, &x, &y, view->units, view->least_usd, view->n,
               (struct stroke){COLOR_MUTED, 1.1, true, 0});
    chart_line(scene, &x, &y, view->units, view->plan_usd, view->n,
               (struct stroke){COLOR_COMMITTED, 1.8, false, 0});
    bool same = fabs(view->planned - view->best) < 1e-6 * fmax(1, last);
    if (!same)
        mark(scene, &x, &y, view->best, cost_at(view, view->best), true, "least", 26);
    mark(scene, &x, &y, view->planned, cost_at(view, view->planned), false,
         same ? "the plan, at the least cost" : "the plan", 13);
    double at_end = view->plan_usd[view->n - 1], least_end = view->least_usd[view->n - 1];
    struct chart_label labels[2];
    int n = 0;
    if (isfinite(at_end))
        labels[n++] = (struct chart_label){"whole instances", COLOR_COMMITTED, axis_at(&y, at_end)};
    if (isfinite(least_end))
        labels[n++] =
            (struct chart_label){"theoretical least", COLOR_MUTED, axis_at(&y, least_end)};
    chart_side_labels(scene, labels, n, right + 8, top, bottom);
    chart_ticks_x(scene, &x, view->is_plan ? TICK_MONEY : TICK_PLAIN, bottom, box.x + box.w);
    scene_text(scene, right, bottom + 23, ALIGN_RIGHT, chart_tick_style(),
               view->is_plan ? "committed to, $ an hour" : "instances committed to");
}

static void draw_curves(struct scene *scene, const void *data, struct box box) {
    const struct curve_views *curves = data;
    double height = box.h / curves->n;
    for (int i = 0; i < curves->n; i++)
        draw_panel(scene, &curves->views[i], curves->n > 1 ? 2 : 4,
                   (struct box){box.x, box.y + i * height, box.w, height});
}

static void csv_curves(const void *data, struct text *out) {
    const struct curve_views *curves = data;
    text_append_string(out,
                       "commitment,units,plan_usd_per_month,theoretical_least_usd_per_month\n");
    for (int i = 0; i < curves->n; i++)
        for (int p = 0; p < curves->views[i].n; p++)
            figure_csv_row(out, &curves->views[i].name, 1,
                           (double[]){curves->views[i].units[p], curves->views[i].plan_usd[p],
                                      curves->views[i].least_usd[p]},
                           3);
}

bool figure_curve_open(struct arena *arena, const struct study *study, int workload,
                       struct figure_view *out) {
    (void)workload;
    struct curve_views *curves = arena_new(arena, struct curve_views, 1);
    *curves = curve_views_make(arena, study);
    if (study->infeasible || curves->n == 0)
        return false;
    *out = (struct figure_view){
        .title = figure_curve_title(arena, curves),
        .subtitle = "Cost per month against how much is committed to: instances chosen anew at "
                    "each level, all else as it is; and the theoretical minimum with so much",
        .alt = curve_alt(arena, curves),
        .height = PANEL_HEIGHT * curves->n,
        .data = curves,
        .draw = draw_curves,
        .csv = csv_curves,
    };
    return true;
}

/* ---- the provider's method ---- */

#define BAR_PITCH 17.0

struct look_back_bars look_back_bars_make(struct arena *arena, const struct study *study) {
    struct look_back_bars out = {.planned_usd =
                                     HOURS_PER_MONTH * study->recommended.plan->lp_usd_per_hour};
    for (int i = 0; i < study->n_look_backs && out.n < LOOK_BACKS_MAX; i++) {
        const struct study_look_back *back = &study->look_backs[i];
        struct look_back_bar *bar = &out.bars[out.n++];
        struct text name = {.arena = arena};
        text_printf(&name, "%s, %d year%s, %s", commitment_kind_word(back->terms.kind),
                    back->terms.term_years, words_plural(back->terms.term_years),
                    payment_word(back->terms.payment));
        *bar = (struct look_back_bar){.name = name.data,
                                      .days = back->days,
                                      .target = back->target_coverage,
                                      .usd = back->horizon_usd_per_month};
        for (int r = 0; r < back->n_rows; r++)
            bar->hourly_usd += back->rows[r].hourly_usd;
    }
    return out;
}

const char *figure_look_back_title(struct arena *arena, const struct look_back_bars *bars) {
    double least = INFINITY;
    for (int i = 0; i < bars->n; i++)
        least = fmin(least, bars->bars[i].usd);
    double more = least - bars->planned_usd;
    if (!isfinite(least))
        return "What the provider's method buys fits no plan of the horizon";
    if (fabs(more) < 0.005 * fmax(bars->planned_usd, 1e-9))
        return "The provider's method would do as well over the horizon";
    return arena_printf(arena, "Bought by the provider's method, the horizon costs %s a month %s",
                        words_money(arena, fabs(more)), more > 0 ? "more" : "less");
}

static const char *bought_words(struct arena *arena, const struct look_back_bar *bar) {
    return bar->hourly_usd > 0
               ? arena_printf(arena, "buys %s an hour", words_money(arena, bar->hourly_usd))
               : "buys nothing";
}

static const char *look_back_alt(struct arena *arena, const struct look_back_bars *bars) {
    struct text out = {.arena = arena};
    text_printf(&out,
                "Bars of the least cost per month over the horizon. With this plan's choice %s.",
                words_money(arena, bars->planned_usd));
    for (int i = 0; i < bars->n; i++)
        text_printf(
            &out, " %s: %s, then %s.", bars->bars[i].name, bought_words(arena, &bars->bars[i]),
            isfinite(bars->bars[i].usd) ? words_money(arena, bars->bars[i].usd) : "nothing fits");
    return out.data;
}

static void draw_look_backs(struct scene *scene, const void *data, struct box box) {
    const struct look_back_bars *bars = data;
    struct chart_bar rows[LOOK_BACKS_MAX + 1] = {
        {.name = "this plan's choice",
         .value = words_money(scene->arena, bars->planned_usd),
         .strong = true,
         .n_parts = 1,
         .parts = {{bars->planned_usd, COLOR_COMMITTED, false}}}};
    for (int i = 0; i < bars->n; i++) {
        const struct look_back_bar *bar = &bars->bars[i];
        bool fits = isfinite(bar->usd);
        rows[i + 1] =
            (struct chart_bar){.name = bar->name,
                               .value = fits ? words_money(scene->arena, bar->usd) : "nothing fits",
                               .note = bought_words(scene->arena, bar),
                               .n_parts = 1,
                               .parts = {{fits ? bar->usd : 0, COLOR_MUTED, false}}};
    }
    chart_bars(scene, rows, bars->n + 1, box);
}

static void csv_look_backs(const void *data, struct text *out) {
    const struct look_back_bars *bars = data;
    text_append_string(out, "bought,days,target_coverage,hourly_usd,usd_per_month\n");
    const char *own = "this plan's choice";
    figure_csv_row(out, &own, 1, (double[]){NAN, NAN, NAN, bars->planned_usd}, 4);
    for (int i = 0; i < bars->n; i++) {
        const struct look_back_bar *bar = &bars->bars[i];
        figure_csv_row(out, &bar->name, 1,
                       (double[]){bar->days, bar->target, bar->hourly_usd,
                                  isfinite(bar->usd) ? bar->usd : NAN},
                       4);
    }
}

bool figure_look_back_open(struct arena *arena, const struct study *study, int workload,
                           struct figure_view *out) {
    (void)workload;
    if (study->infeasible || study->n_look_backs == 0)
        return false;
    struct look_back_bars *bars = arena_new(arena, struct look_back_bars, 1);
    *bars = look_back_bars_make(arena, study);
    const struct look_back_bar *first = &bars->bars[0];
    *out = (struct figure_view){
        .title = figure_look_back_title(arena, bars),
        .subtitle =
            isnan(first->target)
                ? arena_printf(arena,
                               "Least cost per month over the horizon (theoretical minimum), when "
                               "what would have saved most in the last %d days is bought",
                               first->days)
                : arena_printf(arena,
                               "Least cost per month over the horizon (theoretical minimum), when "
                               "%s of the last %d days' usage is covered",
                               words_percent(arena, first->target), first->days),
        .alt = look_back_alt(arena, bars),
        .height = BAR_PITCH * (bars->n + 1),
        .data = bars,
        .draw = draw_look_backs,
        .csv = csv_look_backs,
    };
    return true;
}
