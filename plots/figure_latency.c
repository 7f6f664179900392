/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares stand on a scale of nines (90 %, 99 %, 99.9 % evenly apart), so that the tail, which the
 * target is about, takes most of the room. */
#include <math.h>
#include <string.h>

#include "plots/chart.h"
#include "plots/figures.h"
#include "plots/words.h"

#define TICK_STRIP 17.0
#define HEAD_STRIP 16.0
#define PANEL_GAP 22.0
#define SLOWEST_SHARE 0.9999 /* the right end */
#define LOWEST_TIME                                                                                \
    0.003 /* of the limit or the longest: what takes less is all alike to the left */

static const char *const metrics[LATENCY_PANELS_MAX] = {
    "Time to first token", "Time per output token", "End-to-end latency"};

/* ---- derivation ---- */

/* One metric of the replays of a fleet. */
struct source {
    const struct study *study;
    const struct study_fleet *fleet;
    int workload, metric;
};

static const struct replay_result *replay_of(const struct source *source, int week) {
    return &source->fleet->replays[source->workload * source->study->demand.n_weeks + week];
}

static const struct quantile_sketch *sketch_of(const struct source *source, int week) {
    const struct replay_result *replay = replay_of(source, week);
    const struct quantile_sketch *const sketches[] = {&replay->ttft_s, &replay->tpot_s,
                                                      &replay->latency_s};
    return sketches[source->metric];
}

/* Of all that arrived over the horizon, answered within the time. */
static double share_within(const struct source *source, double seconds) {
    double within = 0, arrived = 0;
    for (int week = 0; week < source->study->demand.n_weeks; week++) {
        const struct quantile_sketch *sketch = sketch_of(source, week);
        double weight = source->study->demand.weeks[week].weight;
        arrived += weight * fmax((double)replay_of(source, week)->arrived, (double)sketch->n);
        if (sketch->n > 0)
            within += weight * (double)sketch->n * quantile_share_below(sketch, seconds);
    }
    return arrived > 0 ? within / arrived : NAN;
}

struct reach {
    double low, high; /* seconds */
};

static void widen(const struct source *source, struct reach *reach) {
    for (int week = 0; source->fleet->replays && week < source->study->demand.n_weeks; week++) {
        const struct quantile_sketch *sketch = sketch_of(source, week);
        if (sketch->n == 0)
            continue;
        reach->low = fmin(reach->low, quantile_at(sketch, 0.02));
        reach->high = fmax(reach->high, quantile_at(sketch, SLOWEST_SHARE));
    }
}

static double time_of_share(const struct source *source, double share, struct reach reach) {
    double low = reach.low / 2, high = reach.high * 2;
    if (!(share_within(source, high) >= share))
        return NAN;
    for (int i = 0; i < 50; i++) {
        double middle = sqrt(low * high);
        if (share_within(source, middle) >= share)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static bool add_panel(const struct study *study, int workload, int metric, double limit,
                      struct latency_chart *chart) {
    const struct study_fleet *fleets[] = {&study->recommended, &study->baseline};
    struct reach reach = {INFINITY, 0};
    for (int i = 0; i < LATENCY_LINES_MAX; i++)
        widen(&(struct source){study, fleets[i], workload, metric}, &reach);
    if (!(reach.high > 0))
        return false;
    reach.low = fmax(reach.low, fmax(limit, reach.high) * LOWEST_TIME);
    reach.low = limit > 0 ? fmin(reach.low, limit / 1.25) : reach.low;
    reach.high = fmax(reach.high, fmax(1.25 * limit, 1.5 * reach.low));
    struct latency_panel *panel = &chart->panels[chart->n++];
    panel->metric = metrics[metric];
    panel->limit_s = limit;
    for (int i = 0; i < LATENCY_POINTS; i++)
        panel->seconds[i] =
            reach.low * pow(reach.high / reach.low, (double)i / (LATENCY_POINTS - 1));
    for (int i = 0; i < LATENCY_LINES_MAX; i++) {
        struct source source = {study, fleets[i], workload, metric};
        if (!fleets[i]->replays || isnan(share_within(&source, reach.high)))
            continue;
        struct latency_line *line = &panel->lines[panel->n_lines++];
        line->name = i == 0 ? "Plan" : study->baseline_given ? "Today" : "Baseline";
        line->color = i == 0 ? COLOR_COMMITTED : COLOR_MUTED;
        for (int k = 0; k < LATENCY_POINTS; k++)
            line->share[k] = share_within(&source, panel->seconds[k]);
        line->slow_s = time_of_share(&source, chart->asked, reach);
    }
    return true;
}

struct latency_chart latency_chart_make(const struct study *study, int workload) {
    const struct slo *slo = &study->scenario.workloads[workload].slo;
    const double limits[] = {slo->ttft_s, slo->tpot_s, slo->latency_s};
    struct latency_chart chart = {.asked = slo->share > 0 ? slo->share : 0.99};
    for (int metric = 0; metric < LATENCY_PANELS_MAX; metric++)
        if (limits[metric] > 0)
            add_panel(study, workload, metric, limits[metric], &chart);
    if (chart.n == 0)
        add_panel(study, workload, LATENCY_PANELS_MAX - 1, 0, &chart);
    return chart;
}

/* ---- findings ---- */

/* The panel whose plan comes nearest to its limit. */
static const struct latency_panel *binding(const struct latency_chart *chart) {
    const struct latency_panel *best = &chart->panels[0];
    for (int i = 1; i < chart->n; i++) {
        const struct latency_panel *panel = &chart->panels[i];
        if (isnan(panel->lines[0].slow_s) ||
            panel->lines[0].slow_s / panel->limit_s > best->lines[0].slow_s / best->limit_s)
            best = panel;
    }
    return best;
}

static const char *lower(struct arena *arena, const char *text) {
    char *out = arena_strdup(arena, text);
    out[0] = (char)(out[0] + ('a' - 'A'));
    return out;
}

const char *figure_latency_title(struct arena *arena, const struct latency_chart *chart) {
    const struct latency_panel *panel = binding(chart);
    const char *asked = words_asked(arena, chart->asked), *metric = lower(arena, panel->metric);
    double slow = panel->lines[0].slow_s;
    if (isnan(slow))
        return arena_printf(arena, "Fewer than %s of requests are answered at all", asked);
    if (panel->limit_s <= 0)
        return arena_printf(arena, "%s of requests are answered within %s", asked,
                            words_seconds(arena, slow));
    return arena_printf(arena, "%s of requests have %s %s of at most %s; the limit is %s", asked,
                        strchr("aeiou", metric[0]) ? "an" : "a", metric, words_seconds(arena, slow),
                        words_seconds(arena, panel->limit_s));
}

static const char *alt_of(struct arena *arena, const struct latency_chart *chart) {
    struct text out = {.arena = arena};
    text_append_string(&out, "Distributions of latency with their tails.");
    for (int i = 0; i < chart->n; i++)
        for (int k = 0; k < chart->panels[i].n_lines; k++) {
            const struct latency_panel *panel = &chart->panels[i];
            const struct latency_line *line = &panel->lines[k];
            text_printf(&out, " %s, %s: %s of requests within %s", panel->metric, line->name,
                        words_asked(arena, chart->asked), words_seconds(arena, line->slow_s));
            if (panel->limit_s > 0)
                text_printf(&out, ", limit %s", words_seconds(arena, panel->limit_s));
            text_append_string(&out, ".");
        }
    return out.data;
}

/* ---- drawing ---- */

static const double tick_shares[] = {0, 0.5, 0.9, 0.99, 0.999, 0.9999};
enum { N_TICKS = sizeof tick_shares / sizeof tick_shares[0] };

static double nines(double share) {
    return share < 1 ? -log10(1 - fmax(share, 0)) : INFINITY;
}

static struct axis share_axis(double asked, double bottom, double top) {
    struct axis y = {.hi = asked >= 0.999 ? 4 : 3, .from = bottom, .to = top};
    for (int i = 0; i < N_TICKS && nines(tick_shares[i]) <= y.hi + 1e-9; i++)
        y.ticks[y.n++] = nines(tick_shares[i]);
    return y;
}

static const char *share_words(struct arena *arena, int tick) {
    return arena_printf(arena, "%g%%", 100 * tick_shares[tick]);
}

static double share_labels(struct scene *scene, const struct axis *y) {
    double width = 0;
    for (int i = 0; i < y->n; i++)
        width = fmax(width,
                     typeset_width(scene->type, share_words(scene->arena, i), chart_tick_style()));
    return width;
}

static void draw_shares(struct scene *scene, const struct axis *y, double x0, double x1,
                        bool named) {
    for (int i = 0; i < y->n; i++) {
        double at = axis_at(y, y->ticks[i]);
        if (i > 0)
            scene_line(scene, (struct point){x0, at}, (struct point){x1, at},
                       (struct stroke){COLOR_GRID, 0.5, false, 0});
        if (named)
            scene_text(scene, x0 - 5, at + 2.7, ALIGN_RIGHT, chart_tick_style(),
                       share_words(scene->arena, i));
    }
}

static void draw_limit(struct scene *scene, const struct latency_panel *panel, const struct axis *x,
                       const struct axis *y, double head) {
    if (panel->limit_s <= 0)
        return;
    double at = axis_at(x, panel->limit_s);
    scene_line(scene, (struct point){at, y->to - 2}, (struct point){at, y->from},
               (struct stroke){COLOR_THRESHOLD, 1.1, true, 0});
    scene_text(scene, x->to, head, ALIGN_RIGHT, chart_strong_style(COLOR_THRESHOLD),
               arena_printf(scene->arena, "limit %s", words_seconds(scene->arena, panel->limit_s)));
}

/* Each line's points on the page, and boxes that its label must not touch. */
static int line_points(struct scene *scene, const struct latency_panel *panel, int line,
                       const struct axis *x, const struct axis *y, struct point **out) {
    struct point *points = arena_new(scene->arena, struct point, LATENCY_POINTS);
    int n = 0;
    for (int i = 0; i < LATENCY_POINTS; i++) {
        double at = nines(panel->lines[line].share[i]);
        points[n++] = (struct point){axis_at(x, panel->seconds[i]), axis_at(y, fmin(at, y->hi))};
        if (at >= y->hi)
            break;
    }
    *out = points;
    return n;
}

static void draw_lines(struct scene *scene, const struct latency_panel *panel, const struct axis *x,
                       const struct axis *y) {
    struct box *taken = arena_new(scene->arena, struct box, 2 * LATENCY_POINTS + 4);
    struct point *points[LATENCY_LINES_MAX];
    int n[LATENCY_LINES_MAX], n_taken = 0;
    for (int k = panel->n_lines - 1; k >= 0; k--) { /* the plan over the baseline */
        n[k] = line_points(scene, panel, k, x, y, &points[k]);
        if (n[k] > 1)
            scene_path(scene, points[k], n[k],
                       (struct stroke){panel->lines[k].color, k == 0 ? 1.6 : 1.2, k > 0, 0});
        for (int i = 1; i < n[k]; i++) {
            struct point a = points[k][i - 1], b = points[k][i];
            taken[n_taken++] = (struct box){fmin(a.x, b.x) - 1, fmin(a.y, b.y) - 1,
                                            fabs(a.x - b.x) + 2, fabs(a.y - b.y) + 2};
        }
    }
    if (panel->limit_s > 0)
        taken[n_taken++] =
            (struct box){axis_at(x, panel->limit_s) - 2, y->to - 20, 4, y->from - y->to + 20};
    struct box bounds = {x->from + 2, y->to + 1, x->to - x->from - 4, y->from - y->to - 5};
    for (int k = 0; k < panel->n_lines; k++) {
        struct style style = chart_strong_style(panel->lines[k].color);
        double width = typeset_width(scene->type, panel->lines[k].name, style);
        int middle = 0;
        while (middle < n[k] && points[k][middle].y > (y->from + y->to) / 2)
            middle++;
        for (int tried = 0; tried < 2 * n[k]; tried++) { /* half way up, else further along */
            int i = middle + (tried % 2 ? -1 : 1) * (tried + 1) / 2;
            struct box box;
            if (i < 0 || i >= n[k] ||
                !labels_place(points[k][i], 1, width, 9, bounds, taken, n_taken, &box))
                continue;
            taken[n_taken++] = box;
            scene_text_backed(scene, box.x, box.y + TYPESET_ASCENT * 8 + 0.6, ALIGN_LEFT, style,
                              panel->lines[k].name);
            break;
        }
    }
}

static void draw_panel(struct scene *scene, const struct latency_chart *chart, int index,
                       const struct axis *y, struct box box) {
    const struct latency_panel *panel = &chart->panels[index];
    struct axis x = axis_logarithmic(panel->seconds[0], panel->seconds[LATENCY_POINTS - 1], box.x,
                                     box.x + box.w);
    draw_shares(scene, y, x.from, x.to, index == 0);
    scene_text(scene, box.x, box.y + 7, ALIGN_LEFT, chart_strong_style(COLOR_INK), panel->metric);
    draw_limit(scene, panel, &x, y, box.y + 7);
    draw_lines(scene, panel, &x, y);
    chart_ticks_x(scene, &x, TICK_SECONDS, y->from, box.x + box.w);
}

static void draw(struct scene *scene, const void *data, struct box box) {
    const struct latency_chart *chart = data;
    struct axis y = share_axis(chart->asked, box.y + box.h - TICK_STRIP, box.y + HEAD_STRIP);
    double left = box.x + share_labels(scene, &y) + 6;
    double width = (box.x + box.w - left - PANEL_GAP * (chart->n - 1)) / chart->n;
    for (int i = 0; i < chart->n; i++)
        draw_panel(scene, chart, i, &y,
                   (struct box){left + i * (width + PANEL_GAP), box.y, width, box.h});
}

static void csv(const void *data, struct text *out) {
    const struct latency_chart *chart = data;
    text_append_string(out, "metric,fleet,seconds,share_within,limit_s,asked_share\n");
    for (int i = 0; i < chart->n; i++)
        for (int k = 0; k < chart->panels[i].n_lines; k++)
            for (int p = 0; p < LATENCY_POINTS; p++) {
                const struct latency_panel *panel = &chart->panels[i];
                figure_csv_row(out, (const char *const[]){panel->metric, panel->lines[k].name}, 2,
                               (double[]){panel->seconds[p], panel->lines[k].share[p],
                                          panel->limit_s > 0 ? panel->limit_s : NAN, chart->asked},
                               4);
            }
}

bool figure_latency_open(struct arena *arena, const struct study *study, int workload,
                         struct figure_view *out) {
    if (study->infeasible || !study->recommended.replays)
        return false;
    struct latency_chart *chart = arena_new(arena, struct latency_chart, 1);
    *chart = latency_chart_make(study, workload);
    if (chart->n == 0 || chart->panels[0].n_lines == 0)
        return false;
    *out = (struct figure_view){
        .title = figure_latency_title(arena, chart),
        .subtitle = arena_printf(arena,
                                 "Share of the requests of %s answered within a time, log scales; "
                                 "replays of all planning weeks",
                                 study->scenario.workloads[workload].name),
        .alt = alt_of(arena, chart),
        .height = 190,
        .data = chart,
        .draw = draw,
        .csv = csv,
    };
    return true;
}
