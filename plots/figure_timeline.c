/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two panels on one scale of time, no second y axis: work above, queue below. Means hide bursts, so
 * each hour shows its highest minute too. */
#include <math.h>

#include "plots/figures.h"
#include "plots/time_axis.h"
#include "plots/words.h"
#include "sim/observer.h"

#define HEAD_STRIP 16.0
#define EVENT_STRIP 12.0
#define DAY_STRIP 15.0
#define SIDE_WIDTH 82.0
#define WORK_SHARE 0.55 /* of the height, above */

enum { HOUR_S = 3600 };

/* ---- derivation ---- */

/* The replayed week in which most requests waited at once. */
static int fullest(const struct study *study, int workload) {
    int best = -1;
    double most = -1;
    for (int week = 0; week < study->demand.n_weeks; week++) {
        const struct observed *seen =
            study->recommended.replays[workload * study->demand.n_weeks + week].observed;
        for (int h = 0; seen && h < seen->n_hours; h++)
            if (seen->fleet[h].waiting_max > most) {
                most = seen->fleet[h].waiting_max;
                best = week;
            }
    }
    return best;
}

static void add_events(struct arena *arena, const struct observed *seen, struct timeline *out) {
    struct timeline_event *events = arena_new(arena, struct timeline_event, seen->n_events);
    for (int i = 0; i < seen->n_events; i++) {
        const struct fleet_event *event = &seen->events[i];
        bool lost = event->kind == FLEET_INTERRUPTED || event->kind == FLEET_FAILED;
        double hour = ticks_seconds(event->time) / HOUR_S;
        if ((!lost && event->kind != FLEET_LAUNCHED) || hour < 0 || hour > out->n)
            continue;
        events[out->n_events++] = (struct timeline_event){hour, lost};
        out->n_lost += lost;
    }
    out->events = events;
}

struct timeline timeline_make(struct arena *arena, const struct study *study, int workload) {
    int week = study->recommended.replays ? fullest(study, workload) : -1;
    struct timeline out = {0};
    if (week < 0)
        return out;
    const struct observed *seen =
        study->recommended.replays[workload * study->demand.n_weeks + week].observed;
    out.clock = week_clock_of(study, week);
    out.n = seen->n_hours;
    out.busy_mean = arena_new(arena, double, out.n);
    out.busy_most = arena_new(arena, double, out.n);
    out.waiting_mean = arena_new(arena, double, out.n);
    out.waiting_most = arena_new(arena, double, out.n);
    for (int h = 0; h < out.n; h++) {
        out.busy_mean[h] = seen->fleet[h].busy_mean;
        out.busy_most[h] = seen->fleet[h].busy_max;
        out.waiting_mean[h] = seen->fleet[h].waiting_mean;
        out.waiting_most[h] = seen->fleet[h].waiting_max;
    }
    add_events(arena, seen, &out);
    return out;
}

/* ---- findings ---- */

struct extremes {
    double busy; /* mean share */
    double most; /* requests waiting */
    int hour;    /* in which */
};

static struct extremes extremes_of(const struct timeline *timeline) {
    struct extremes out = {0};
    int seen = 0;
    for (int h = 0; h < timeline->n; h++) {
        if (isnan(timeline->busy_mean[h]))
            continue;
        seen++;
        out.busy += timeline->busy_mean[h];
        if (timeline->waiting_most[h] > out.most) {
            out.most = timeline->waiting_most[h];
            out.hour = h;
        }
    }
    out.busy /= seen > 0 ? seen : 1;
    return out;
}

const char *figure_timeline_title(struct arena *arena, const struct timeline *timeline) {
    struct extremes e = extremes_of(timeline);
    if (e.most <= 0)
        return arena_printf(arena, "No request waits; replicas have work %s of the time",
                            words_percent(arena, e.busy));
    return arena_printf(arena,
                        "At most %s request%s wait%s at once, on %s; replicas have work %s of the "
                        "time",
                        words_whole(arena, e.most), words_plural(e.most), e.most == 1 ? "s" : "",
                        week_clock_words(arena, &timeline->clock, e.hour),
                        words_percent(arena, e.busy));
}

static const char *alt_of(struct arena *arena, const struct timeline *timeline) {
    bool waits = extremes_of(timeline).most > 0;
    return arena_printf(arena, "%s. %s. %d instances were launched, %d lost.",
                        waits ? "Two timelines of one week: the share of replicas with work, and "
                                "requests waiting"
                              : "A timeline of one week: the share of replicas with work",
                        figure_timeline_title(arena, timeline),
                        timeline->n_events - timeline->n_lost, timeline->n_lost);
}

/* ---- drawing ---- */

static const struct stroke mean_stroke = {COLOR_COMMITTED, 1.1, false, 0};

static void draw_series(struct scene *scene, const struct axis *x, const struct axis *y,
                        const double *mean, const double *most, int n, double label_x,
                        double label_top) {
    chart_step_band(scene, x, y, mean, most, n, COLOR_RANGE);
    chart_step_line(scene, x, y, mean, n, mean_stroke);
    int last = n - 1;
    while (last > 0 && isnan(mean[last]))
        last--;
    double at_mean = isnan(mean[last]) ? 0 : mean[last],
           at_most = isnan(most[last]) ? 0 : most[last];
    struct chart_label labels[] = {
        {"mean of the hour", COLOR_COMMITTED, axis_at(y, at_mean)},
        {"highest minute", COLOR_MUTED, fmin(axis_at(y, at_most), axis_at(y, at_mean) - 1)}};
    chart_side_labels(scene, labels, 2, label_x, label_top, y->from);
}

/* Marks nearer than half a point are one. */
static void draw_events(struct scene *scene, const struct timeline *timeline, const struct axis *x,
                        double top, double label_x) {
    static const rgb colors[2] = {COLOR_DISABLED, COLOR_THRESHOLD};
    for (int lost = 0; lost < 2; lost++) {
        double last = -INFINITY;
        struct point *points = arena_new(scene->arena, struct point, 2 * timeline->n_events);
        int n = 0;
        for (int i = 0; i < timeline->n_events; i++) {
            double at = axis_at(x, timeline->events[i].hour);
            if (timeline->events[i].lost != (lost == 1) || at - last < 0.5)
                continue;
            last = at;
            points[n++] = (struct point){at, top};
            points[n++] = (struct point){at, top + (lost ? 8 : 5)};
        }
        for (int i = 0; i < n; i += 2)
            scene_line(scene, points[i], points[i + 1], (struct stroke){colors[lost], 0.9, 0, 0});
    }
    int launched = timeline->n_events - timeline->n_lost;
    const char *words = timeline->n_lost > 0 ? arena_printf(scene->arena, "%d launched, %d lost",
                                                            launched, timeline->n_lost)
                                             : arena_printf(scene->arena, "%d launched", launched);
    scene_text(scene, label_x, top + 6, ALIGN_LEFT,
               chart_strong_style(timeline->n_lost ? COLOR_THRESHOLD : COLOR_MUTED), words);
}

/* Where nothing waits there is no panel of it: the title says so. */
static void draw(struct scene *scene, const void *data, struct box box) {
    const struct timeline *timeline = data;
    double most = extremes_of(timeline).most;
    bool waits = most > 0;
    double room = box.h - HEAD_STRIP - EVENT_STRIP - DAY_STRIP - (waits ? HEAD_STRIP : 0);
    double work_top = box.y + HEAD_STRIP, work_bottom = work_top + (waits ? WORK_SHARE : 1) * room;
    double queue_top = work_bottom + EVENT_STRIP + HEAD_STRIP,
           queue_bottom = box.y + box.h - DAY_STRIP;
    struct axis work = axis_exact(1, 5, work_bottom, work_top);
    struct axis queue = axis_counting(fmax(most, 1), 4, queue_bottom, queue_top);
    double labels = fmax(chart_label_width(scene, &work, TICK_PERCENT),
                         waits ? chart_label_width(scene, &queue, TICK_PLAIN) : 0);
    double left = box.x + labels + 6, right = box.x + box.w - SIDE_WIDTH;
    struct time_axis time = time_axis_make(timeline->clock.from_s,
                                           timeline->clock.from_s + (int64_t)timeline->n * HOUR_S,
                                           timeline->clock.zone, AXIS_TICKS_MAX, left, right);
    time.any_week = true;
    struct axis x = {.hi = timeline->n, .from = left, .to = right};
    scene_text(scene, box.x, box.y + 7, ALIGN_LEFT, chart_strong_style(COLOR_INK),
               "Replicas with work");
    chart_grid_y(scene, &work, TICK_PERCENT, left, right);
    draw_series(scene, &x, &work, timeline->busy_mean, timeline->busy_most, timeline->n, right + 8,
                work_top);
    scene_line(scene, (struct point){left, work_bottom}, (struct point){right, work_bottom},
               (struct stroke){COLOR_MUTED, 0.8, false, 0});
    if (timeline->n_events > 0)
        draw_events(scene, timeline, &x, work_bottom + 3, right + 8);
    time_axis_draw(scene, &time, queue_bottom);
    if (!waits)
        return;
    scene_text(scene, box.x, queue_top - 9, ALIGN_LEFT, chart_strong_style(COLOR_INK),
               "Requests waiting");
    chart_grid_y(scene, &queue, TICK_PLAIN, left, right);
    draw_series(scene, &x, &queue, timeline->waiting_mean, timeline->waiting_most, timeline->n,
                right + 8, queue_top);
}

static void csv(const void *data, struct text *out) {
    const struct timeline *timeline = data;
    text_append_string(out, "hour,busy_mean,busy_highest_minute,waiting_mean,"
                            "waiting_highest_minute,launched,lost\n");
    for (int h = 0; h < timeline->n; h++) {
        int counts[2] = {0, 0};
        for (int i = 0; i < timeline->n_events; i++)
            if ((int)timeline->events[i].hour == h)
                counts[timeline->events[i].lost]++;
        figure_csv_row(out, NULL, 0,
                       (double[]){h, timeline->busy_mean[h], timeline->busy_most[h],
                                  timeline->waiting_mean[h], timeline->waiting_most[h], counts[0],
                                  counts[1]},
                       7);
    }
}

bool figure_timeline_open(struct arena *arena, const struct study *study, int workload,
                          struct figure_view *out) {
    if (study->infeasible)
        return false;
    struct timeline *timeline = arena_new(arena, struct timeline, 1);
    *timeline = timeline_make(arena, study, workload);
    if (timeline->n == 0)
        return false;
    bool waits = extremes_of(timeline).most > 0;
    *out = (struct figure_view){
        .title = figure_timeline_title(arena, timeline),
        .subtitle = arena_printf(arena,
                                 "The plan's fleet for %s in %s (%s); marks: instances launched "
                                 "and lost",
                                 study->scenario.workloads[workload].name,
                                 waits ? "the week with the longest queue" : "the first week",
                                 week_clock_name(arena, &timeline->clock)),
        .alt = alt_of(arena, timeline),
        .height = waits ? 190 : 120,
        .data = timeline,
        .draw = draw,
        .csv = csv,
    };
    return true;
}
