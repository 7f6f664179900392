/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "base/calendar.h"
#include "plots/chart.h"
#include "plots/figures.h"
#include "plots/time_axis.h"
#include "plots/words.h"

#define NOTE_STRIP 20.0 /* above the plot, so that no note lies over data */
#define SIDE_WIDTH 66.0
#define DAY_STRIP 15.0

static const struct stroke need_stroke = {COLOR_INK, 1.0, false, 2.8};
static const struct stroke idle_stroke = {COLOR_PAPER, 0.8, false, 0};
static const struct stroke by_use_stroke = {COLOR_SERVERLESS_TEXT, 0.5, false, 0};
static const struct stroke seam_stroke = {COLOR_PAPER, 0.7, false, 0};

/* ---- findings ---- */

struct week_sums {
    double demand, by_commitments, by_spot, by_overflow; /* requests per second, times hours */
    double held, idle;                                   /* unit hours, of commitments */
    double spare;                                        /* the same of all that is held or runs */
    double lowest, highest;                              /* units running on demand and spot */
};

static struct week_sums sum(const struct week_view *view) {
    struct week_sums sums = {.lowest = INFINITY};
    for (int h = 0; h < view->n_hours; h++) {
        double by_use = view->overflow[h] * view->unit_rate;
        double need = view->main < 0 ? 0 : view->need[h];
        double each = need > 0 ? (view->rate[h] - by_use) / need : 0; /* of the units needed */
        double committed = fmin(need, view->held), spot = fmin(need - committed, view->spot[h]);
        double running = view->committed[h] + view->spot[h] + view->on_demand[h];
        sums.demand += view->rate[h];
        sums.by_commitments += committed * each;
        sums.by_spot += spot * each;
        sums.by_overflow += by_use;
        sums.held += view->held;
        sums.idle += fmax(view->held - need, 0);
        sums.spare += fmax(fmax(running, view->held + running - view->committed[h]) - need, 0);
        sums.lowest = fmin(sums.lowest, running);
        sums.highest = fmax(sums.highest, running);
    }
    return sums;
}

/* "spot and on demand carry": what carries demand beside commitments; NULL: nothing does. */
static const char *rest_of(struct arena *arena, const struct week_sums *sums) {
    double least = 1e-6 * sums->demand; /* less is rounding of converted types */
    double on_demand = sums->demand - sums->by_commitments - sums->by_spot - sums->by_overflow;
    const char *ways[3];
    int n = 0;
    if (sums->by_spot > least)
        ways[n++] = "spot";
    if (on_demand > least)
        ways[n++] = "on demand";
    if (sums->by_overflow > least)
        ways[n++] = "pay-by-use";
    if (n == 0)
        return NULL;
    return arena_printf(arena, "%s %s", words_list(arena, ways, n), n == 1 ? "carries" : "carry");
}

/* "g6e.2xlarge" */
static const char *type_of(struct arena *arena, const struct week_view *view) {
    return arena_strndup(arena, view->unit, strcspn(view->unit, " "));
}

#define UNSEEN 0.02 /* of the stack: a line so low lies on the axis */

/* The same runs in every hour, and the line of the need is level or cannot be seen. */
static bool is_flat(const struct week_view *view) {
    double least = INFINITY, most = week_view_peak_need(view, NULL);
    for (int h = 0; h < view->n_hours; h++) {
        if (fabs(view->committed[h] - view->committed[0]) > 1e-6 ||
            fabs(view->spot[h] - view->spot[0]) > 1e-6 || view->overflow[h] > 0 ||
            fabs(view->on_demand[h] - view->on_demand[0]) > 1e-6)
            return false;
        least = fmin(least, view->need[h]);
    }
    return most - least <= 0.005 * most || most <= UNSEEN * week_view_top(view);
}

const char *figure_week_title(struct arena *arena, const struct week_view *view) {
    struct week_sums sums = sum(view);
    if (sums.demand <= 0)
        return "Nothing is asked in this week";
    if (view->main < 0)
        return "Everything is served by use: no instance runs";
    double committed = sums.by_commitments / sums.demand, spot = sums.by_spot / sums.demand;
    const char *rest = rest_of(arena, &sums);
    if (view->held > 0 && rest)
        return arena_printf(arena, "Commitments carry %s of the week's demand; %s the rest",
                            words_percent(arena, committed), rest);
    if (view->held > 0)
        return arena_printf(arena, "Commitments carry the whole week and idle %s of their hours",
                            words_percent(arena, sums.idle / sums.held));
    if (sums.by_spot > 0)
        return arena_printf(arena, "Spot carries %s of the week's demand; nothing is committed",
                            words_percent(arena, spot));
    if (sums.by_overflow > 0)
        return arena_printf(arena, "Pay-by-use carries %s of the week's demand, on demand the rest",
                            words_percent(arena, sums.by_overflow / sums.demand));
    if (sums.highest - sums.lowest < 1e-6)
        return arena_printf(arena, "%s x %s run%s on demand in every hour; the busiest needs %s",
                            words_number(arena, sums.highest), type_of(arena, view),
                            sums.highest == 1 ? "s" : "",
                            words_number(arena, week_view_peak_need(view, NULL)));
    return arena_printf(arena, "On demand follows the demand: %s running at most, %s at least",
                        words_number(arena, sums.highest), words_number(arena, sums.lowest));
}

/* "December 2026", "the event of 2026-12-22" */
static const char *when_words(struct arena *arena, const struct study *study, int week) {
    const struct demand_week *of = &study->demand.weeks[week];
    char date[16];
    if (of->event.year == 0)
        return words_month(arena, study_month_counts(study, of->month));
    calendar_format_date(date, of->event);
    return arena_printf(arena, "the event of %s", date);
}

static const char *unit_words(struct arena *arena, const struct study *study,
                              const struct week_view *view) {
    const char *name = study->scenario.workloads[view->workload].name;
    if (view->main < 0)
        return arena_printf(arena, "Requests per second of %s, by purchase option", name);
    return arena_printf(arena, "%s running for %s, by purchase option%s", view->unit, name,
                        view->mixed ? ", other types converted by their capacity" : "");
}

const char *figure_week_subtitle(struct arena *arena, const struct study *study,
                                 const struct week_view *view) {
    struct week_sums sums = sum(view);
    return arena_printf(arena,
                        "%s, hourly (%s), at the demand of %s. Line: needed to carry %s within "
                        "target.%s",
                        unit_words(arena, study, view), week_clock_name(arena, &view->clock),
                        when_words(arena, study, view->week),
                        view->main >= 0 && sums.by_overflow > 0 ? "what is not paid by use"
                                                                : "the demand",
                        sums.spare > 1e-6 ? " Hatched: held or running beyond it." : "");
}

const char *figure_week_alt(struct arena *arena, const struct week_view *view) {
    struct week_sums sums = sum(view);
    int hour = 0;
    double peak = week_view_peak_need(view, &hour);
    return arena_printf(
        arena,
        "Stepped area chart of one week. %s. The need peaks at %s %s on %s. Commitments "
        "cover %s and stand idle in %s of their hours.",
        figure_week_title(arena, view), words_number(arena, peak), view->unit,
        week_clock_words(arena, &view->clock, hour), words_number(arena, view->held),
        words_percent(arena, sums.held > 0 ? sums.idle / sums.held : 0));
}

/* ---- drawing ---- */

struct bands {
    double *edges[5]; /* [n_hours] 0 = nothing .. 4 = top of the stack */
};

static struct bands stack(struct arena *arena, const struct week_view *view) {
    struct bands bands;
    for (int b = 0; b < 5; b++)
        bands.edges[b] = arena_new(arena, double, view->n_hours);
    for (int h = 0; h < view->n_hours; h++) {
        bands.edges[1][h] = fmax(view->committed[h], view->held);
        bands.edges[2][h] = bands.edges[1][h] + view->spot[h];
        bands.edges[3][h] = bands.edges[2][h] + view->on_demand[h];
        bands.edges[4][h] = bands.edges[3][h] + view->overflow[h];
    }
    return bands;
}

static const struct {
    const char *name;
    rgb fill, text;
} band_looks[4] = {
    {"Committed", COLOR_COMMITTED, COLOR_COMMITTED},
    {"Spot", COLOR_SPOT, COLOR_SPOT_TEXT},
    {"On demand", COLOR_ON_DEMAND, COLOR_ON_DEMAND_TEXT},
    {"By use", COLOR_SERVERLESS, COLOR_SERVERLESS_TEXT},
};

/* A paper-coloured line where two bands touch. */
static void draw_seams(struct scene *scene, const struct axis *x, const struct axis *y,
                       const struct bands *bands, int n) {
    for (int b = 1; b < 4; b++)
        for (int h = 0; h < n;) {
            int end = h;
            while (end < n && bands->edges[b][end] > 0 &&
                   bands->edges[4][end] > bands->edges[b][end])
                end++;
            if (end > h) {
                struct axis part = *x;
                part.from = axis_at(x, h);
                part.to = axis_at(x, h + n);
                chart_step_line(scene, &part, y, bands->edges[b] + h, end - h, seam_stroke);
            }
            h = end > h ? end : h + 1;
        }
}

/* In grey what is paid by use is as light as on demand. */
static void hatch_by_use(struct scene *scene, const struct axis *x, const struct axis *y,
                         const struct bands *bands, int n) {
    struct box *boxes = arena_new(scene->arena, struct box, n);
    int n_boxes = 0;
    for (int h = 0; h < n; h++) {
        double left = axis_at(x, h), top = axis_at(y, bands->edges[4][h]);
        double height = axis_at(y, bands->edges[3][h]) - top;
        if (height > 0)
            boxes[n_boxes++] = (struct box){left, top, axis_at(x, h + 1) - left, height};
    }
    if (n_boxes > 0)
        scene_hatch(scene, boxes, n_boxes, by_use_stroke, 2.6);
}

static void draw_bands(struct scene *scene, const struct axis *x, const struct axis *y,
                       const struct bands *bands, const struct week_view *view) {
    int n = view->n_hours, n_idle = 0;
    for (int b = 0; b < 4; b++)
        chart_step_band(scene, x, y, bands->edges[b], bands->edges[b + 1], n, band_looks[b].fill);
    hatch_by_use(scene, x, y, bands, n);
    draw_seams(scene, x, y, bands, n);
    struct box *idle = arena_new(scene->arena, struct box, n);
    for (int h = 0; h < n; h++) {
        double need = view->need[h], held = bands->edges[3][h];
        if (need >= held)
            continue;
        double left = axis_at(x, h), top = axis_at(y, held);
        idle[n_idle++] =
            (struct box){left, top, axis_at(x, h + 1) - left, axis_at(y, fmax(need, 0)) - top};
    }
    if (n_idle > 0)
        scene_hatch(scene, idle, n_idle, idle_stroke, 4.2);
    chart_step_line(scene, x, y, view->need, n, need_stroke);
}

static void label_days(struct scene *scene, const struct week_view *view, const struct axis *x,
                       double bottom) {
    int64_t from_s = view->clock.from_s;
    struct time_axis time = time_axis_make(from_s, from_s + view->n_hours * 3600LL,
                                           view->clock.zone, AXIS_TICKS_MAX, x->from, x->to);
    time.any_week = true;
    time_axis_draw(scene, &time, bottom);
}

static void label_peak(struct scene *scene, const struct axis *x, const struct axis *y,
                       const struct week_view *view, double top) {
    int hour = 0;
    double peak = week_view_peak_need(view, &hour);
    if (peak <= 0)
        return;
    const char *text =
        arena_printf(scene->arena, "Peak need %s %s, %s", words_number(scene->arena, peak),
                     view->main < 0                                       ? "requests/s"
                     : strcmp(words_number(scene->arena, peak), "1") == 0 ? "instance"
                                                                          : "instances",
                     week_clock_words(scene->arena, &view->clock, hour));
    struct point at = {axis_at(x, hour + 0.5), axis_at(y, peak)};
    double width = typeset_width(scene->type, text, chart_note_style());
    bool left = at.x + 12 + width > x->to;
    double baseline = top + 8;
    struct point end = {left ? at.x - 8 : at.x + 8, baseline - 2.8};
    scene_path(scene, (struct point[]){at, {at.x, end.y}, end}, 3,
               (struct stroke){COLOR_INK, 0.6, false, 0});
    scene_text(scene, left ? end.x - 3 : end.x + 3, baseline, left ? ALIGN_RIGHT : ALIGN_LEFT,
               chart_note_style(), text);
}

static void label_bands(struct scene *scene, const struct axis *y, const struct bands *bands, int n,
                        double x) {
    struct chart_label labels[4];
    int n_labels = 0;
    for (int b = 0; b < 4; b++) {
        double middle = 0, height = 0;
        for (int h = 0; h < n; h++) {
            double thick = bands->edges[b + 1][h] - bands->edges[b][h];
            height += thick;
            middle += thick * (bands->edges[b + 1][h] + bands->edges[b][h]) / 2;
        }
        if (height > 0)
            labels[n_labels++] = (struct chart_label){band_looks[b].name, band_looks[b].text,
                                                      axis_at(y, middle / height)};
    }
    chart_side_labels(scene, labels, n_labels, x, y->to, y->from);
}

/* Of whole things; what tokens carry by use alone may be a small part of one a second, or of an
 * instance, and would be a line on the floor of an axis to 1. */
static struct axis units_axis(double high, int wanted, double from, double to) {
    return high < 1 ? axis_from_zero(high, wanted, from, to)
                    : axis_counting(1.02 * high, wanted, from, to);
}

void figure_week_draw(struct scene *scene, const struct week_view *view, struct box box) {
    double bottom = box.y + box.h - DAY_STRIP, top = box.y + NOTE_STRIP;
    struct axis y = units_axis(week_view_top(view), 5, bottom, top);
    double left = box.x + chart_label_width(scene, &y, TICK_PLAIN) + 6;
    struct axis x = {.lo = 0, .hi = view->n_hours, .from = left, .to = box.x + box.w - SIDE_WIDTH};
    struct bands bands = stack(scene->arena, view);
    chart_grid_y(scene, &y, TICK_PLAIN, x.from, x.to);
    draw_bands(scene, &x, &y, &bands, view);
    label_days(scene, view, &x, bottom);
    label_peak(scene, &x, &y, view, box.y);
    label_bands(scene, &y, &bands, view->n_hours, x.to + 6);
}

/* ---- growth ---- */

const char *figure_growth_title(struct arena *arena, const struct study *study,
                                const struct week_view *views, int n) {
    const char *name = study->scenario.workloads[views[0].workload].name;
    int from = 0, to = n - 1; /* events aside */
    while (from < to && study->demand.weeks[views[from].week].event.year != 0)
        from++;
    while (to > from && study->demand.weeks[views[to].week].event.year != 0)
        to--;
    double first = week_view_peak_need(&views[from], NULL);
    double last = week_view_peak_need(&views[to], NULL);
    const char *change = last > first ? "grows" : last < first ? "falls" : "stays";
    if (first == last)
        return arena_printf(arena, "The peak need of %s stays at %s %s", name,
                            words_number(arena, first), views[0].unit);
    return arena_printf(arena, "The peak need of %s %s from %s to %s %s over the horizon", name,
                        change, words_number(arena, first), words_number(arena, last),
                        views[0].unit);
}

const char *figure_growth_alt(struct arena *arena, const struct study *study,
                              const struct week_view *views, int n) {
    struct text out = {.arena = arena};
    text_printf(&out, "%d planning weeks side by side.", n);
    for (int i = 0; i < n; i++)
        text_printf(&out, " %s: peak need %s, at most %s running or committed.",
                    when_words(arena, study, views[i].week),
                    words_number(arena, week_view_peak_need(&views[i], NULL)),
                    words_number(arena, week_view_top(&views[i])));
    return out.data;
}

void figure_growth_draw(struct scene *scene, const struct study *study,
                        const struct week_view *views, int n, struct box box) {
    double top_value = 0;
    for (int i = 0; i < n; i++)
        top_value = fmax(top_value, week_view_top(&views[i]));
    double bottom = box.y + box.h - DAY_STRIP, top = box.y + 13;
    struct axis y = units_axis(top_value, 4, bottom, top);
    double left = box.x + chart_label_width(scene, &y, TICK_PLAIN) + 6, gap = 14;
    double width = (box.x + box.w - left - gap * (n - 1)) / n;
    chart_grid_y(scene, &y, TICK_PLAIN, left, box.x + box.w);
    for (int i = 0; i < n; i++) {
        double from = left + i * (width + gap);
        struct axis x = {.lo = 0, .hi = views[i].n_hours, .from = from, .to = from + width};
        struct bands bands = stack(scene->arena, &views[i]);
        draw_bands(scene, &x, &y, &bands, &views[i]);
        label_days(scene, &views[i], &x, bottom);
        scene_text(scene, from, box.y + 7, ALIGN_LEFT, chart_strong_style(COLOR_INK),
                   when_words(scene->arena, study, views[i].week));
    }
}

/* ---- data and the two figures as views ---- */

static void append_hours(const struct week_view *view, struct text *out) {
    const char *month = arena_printf(out->arena, "%d", view->week + 1);
    for (int h = 0; h < view->n_hours; h++) {
        double shown = week_clock_shown(&view->clock, h);
        const char *day = calendar_day_name((int)shown / 24);
        figure_csv_row(out, (const char *const[]){month, view->unit, view->clock.zone_name, day}, 4,
                       (double[]){fmod(shown, 24), view->held, view->committed[h], view->spot[h],
                                  view->on_demand[h], view->overflow[h], view->need[h]},
                       7);
    }
}

static const char week_columns[] =
    "planning_week,unit,clock,weekday,hour,held,committed,spot,on_demand,by_use,needed\n";

void figure_week_csv(const struct week_view *view, struct text *out) {
    text_append_string(out, week_columns);
    append_hours(view, out);
}

void figure_growth_csv(const struct week_view *views, int n, struct text *out) {
    text_append_string(out, week_columns);
    for (int i = 0; i < n; i++)
        append_hours(&views[i], out);
}

/* At most as many weeks as fit side by side, evenly chosen. */
enum { STRIP_WEEKS = 4 };

struct weeks {
    const struct study *study;
    struct week_view views[STRIP_WEEKS];
    int n;
};

static void draw_one(struct scene *scene, const void *data, struct box box) {
    figure_week_draw(scene, data, box);
}

static void csv_one(const void *data, struct text *out) {
    figure_week_csv(data, out);
}

static bool has_plan(const struct study *study) {
    return !study->infeasible && study->recommended.plan;
}

static double peak_rate(const struct week_view *view) {
    double peak = 0;
    for (int h = 0; h < view->n_hours; h++)
        peak = fmax(peak, view->rate[h]);
    return peak;
}

/* The week with the highest demand. */
bool figure_week_open(struct arena *arena, const struct study *study, int workload,
                      struct figure_view *out) {
    if (!has_plan(study))
        return false;
    struct week_view *busiest = arena_new(arena, struct week_view, 1);
    for (int week = 0; week < study->demand.n_weeks; week++) {
        struct week_view view =
            week_view_make(arena, study, study->recommended.plan, workload, week);
        if (week == 0 || peak_rate(&view) > peak_rate(busiest))
            *busiest = view;
    }
    *out = (struct figure_view){
        .title = figure_week_title(arena, busiest),
        .subtitle = figure_week_subtitle(arena, study, busiest),
        .alt = figure_week_alt(arena, busiest),
        .flat = is_flat(busiest),
        .height = 260,
        .data = busiest,
        .draw = draw_one,
        .csv = csv_one,
    };
    return true;
}

/* Days of the horizon, with events among the months. */
static int64_t first_day(const struct study *study, int week) {
    const struct demand_week *of = &study->demand.weeks[week];
    struct date month = calendar_add_months(study->scenario.start, of->month);
    return calendar_days(of->event.year ? of->event : month);
}

/* The weeks' indices as the horizon has them; events stand last in the demand. */
static const int *by_date(struct arena *arena, const struct study *study) {
    int n = study->demand.n_weeks, *order = arena_new(arena, int, n);
    for (int i = 0; i < n; i++) {
        int k = i;
        for (; k > 0 && first_day(study, order[k - 1]) > first_day(study, i); k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
    return order;
}

static void draw_strip(struct scene *scene, const void *data, struct box box) {
    const struct weeks *weeks = data;
    figure_growth_draw(scene, weeks->study, weeks->views, weeks->n, box);
}

static void csv_strip(const void *data, struct text *out) {
    const struct weeks *weeks = data;
    figure_growth_csv(weeks->views, weeks->n, out);
}

bool figure_growth_open(struct arena *arena, const struct study *study, int workload,
                        struct figure_view *out) {
    int n_weeks = study->demand.n_weeks;
    if (!has_plan(study) || n_weeks < 2)
        return false;
    struct weeks *weeks = arena_new(arena, struct weeks, 1);
    weeks->study = study;
    weeks->n = n_weeks < STRIP_WEEKS ? n_weeks : STRIP_WEEKS;
    const int *order = by_date(arena, study);
    for (int i = 0; i < weeks->n; i++)
        weeks->views[i] = week_view_make(arena, study, study->recommended.plan, workload,
                                         order[i * (n_weeks - 1) / (weeks->n - 1)]);
    *out = (struct figure_view){
        .title = figure_growth_title(arena, study, weeks->views, weeks->n),
        .subtitle = arena_printf(arena, "The planning weeks on one scale (%s)",
                                 weeks->views[0].clock.zone_name),
        .alt = figure_growth_alt(arena, study, weeks->views, weeks->n),
        .height = 125,
        .data = weeks,
        .draw = draw_strip,
        .csv = csv_strip,
    };
    return true;
}
