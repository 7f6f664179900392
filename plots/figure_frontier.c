/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "plots/chart.h"
#include "plots/figures.h"
#include "plots/words.h"
#include "scenarios/result.h"

#define TICK_STRIP 30.0
#define TOP_STRIP 14.0
#define TOKENS_MIN 1.0 /* of an answer, on the mean: below it is no text that is generated */

/* ---- derivation ---- */

bool frontier_by_tokens(const struct study *study, int workload) {
    return traffic_mean_output(&study->traffics[workload]) >= TOKENS_MIN;
}

double frontier_unit_cost(const struct study *study, int candidate) {
    double per_thousand = result_usd_per_thousand_requests(study, candidate);
    double tokens = traffic_mean_output(&study->traffics[study->candidates[candidate].workload]);
    return tokens >= TOKENS_MIN ? per_thousand * 1000 / tokens : per_thousand;
}

bool candidate_is_used(const struct study *study, const struct plan *plan, int candidate) {
    int n_hours = study->demand.n_hours;
    for (int at = candidate * n_hours; at < (candidate + 1) * n_hours; at++)
        if (plan->regular[at] > 0 || plan->spot[at] > 0 || plan->overflow_share[at] > 0)
            return true;
    return false;
}

/* The point with the best rate per replica: where the unit cost is taken. */
static const struct capacity_point *full_load(const struct capacity *capacity) {
    const struct capacity_point *best = NULL;
    for (int i = 0; i < capacity->n_points; i++) {
        const struct capacity_point *point = &capacity->points[i];
        if (!best ||
            point->rate_per_second / point->replicas > best->rate_per_second / best->replicas)
            best = point;
    }
    return best;
}

enum { METRICS = 3 };
static const char *const metric_names[METRICS] = {"time to first token", "time per output token",
                                                  "end-to-end latency"};

static double metric_of(const struct capacity_point *point, int metric) {
    const double values[METRICS] = {point->ttft_p95_s, point->tpot_p95_s, point->latency_p95_s};
    return values[metric];
}

/* The limit that most candidates come nearest to; without limits, end-to-end latency. */
static int binding_metric(const struct study *study, int workload) {
    const struct slo *slo = &study->scenario.workloads[workload].slo;
    const double limits[METRICS] = {slo->ttft_s, slo->tpot_s, slo->latency_s};
    int votes[METRICS] = {0}, best = METRICS - 1;
    for (int m = METRICS - 1; m >= 0; m--)
        if (limits[m] > 0)
            best = m;
    for (int c = 0; c < study->n_candidates; c++) {
        const struct capacity_point *point = full_load(&study->capacities[c]);
        if (study->candidates[c].workload != workload || !point)
            continue;
        int nearest = -1;
        for (int m = 0; m < METRICS; m++)
            if (limits[m] > 0 && (nearest < 0 || metric_of(point, m) / limits[m] >
                                                     metric_of(point, nearest) / limits[nearest]))
                nearest = m;
        if (nearest >= 0)
            votes[nearest]++;
    }
    for (int m = 0; m < METRICS; m++)
        if (votes[m] > votes[best])
            best = m;
    return best;
}

static void mark_frontier(struct frontier *frontier) {
    for (int i = 0; i < frontier->n; i++) {
        struct frontier_point *p = &frontier->points[i];
        p->on_frontier = p->feasible;
        for (int k = 0; k < frontier->n; k++) {
            const struct frontier_point *q = &frontier->points[k];
            if (q->feasible && q->usd <= p->usd && q->seconds <= p->seconds &&
                (q->usd < p->usd || q->seconds < p->seconds))
                p->on_frontier = false;
        }
    }
}

struct frontier frontier_make(struct arena *arena, const struct study *study, int workload) {
    const struct slo *slo = &study->scenario.workloads[workload].slo;
    const double limits[METRICS] = {slo->ttft_s, slo->tpot_s, slo->latency_s};
    int metric = binding_metric(study, workload);
    struct frontier frontier = {
        .points = arena_new(arena, struct frontier_point, study->n_candidates),
        .cost_unit = frontier_by_tokens(study, workload) ? "1M output tokens" : "1K requests",
        .metric = metric_names[metric],
        .limit_seconds = limits[metric],
    };
    double least = INFINITY, most = 0;
    const struct plan *plan = study->recommended.plan;
    for (int c = 0; c < study->n_choices; c++) {
        const struct capacity *capacity = &study->capacities[c];
        const struct capacity_point *point = full_load(capacity);
        if (study->candidates[c].workload != workload)
            continue;
        frontier.n_infeasible += !capacity->feasible;
        double usd = frontier_unit_cost(study, c);
        if (!point || !isfinite(usd) || !isfinite(metric_of(point, metric)) || usd <= 0)
            continue;
        frontier.points[frontier.n++] = (struct frontier_point){
            .candidate = c,
            .name = study->candidates[c].name,
            .usd = usd,
            .seconds = metric_of(point, metric),
            .feasible = capacity->feasible,
            .chosen = plan && plan->feasible && candidate_is_used(study, plan, c),
        };
        least = fmin(least, usd);
        most = fmax(most, usd);
    }
    frontier.log_x = most > 20 * least;
    mark_frontier(&frontier);
    return frontier;
}

/* ---- findings ---- */

static const struct frontier_point *cheapest(const struct frontier *frontier, bool chosen_only) {
    const struct frontier_point *best = NULL;
    for (int i = 0; i < frontier->n; i++) {
        const struct frontier_point *p = &frontier->points[i];
        if (p->feasible && (p->chosen || !chosen_only) && (!best || p->usd < best->usd))
            best = p;
    }
    return best;
}

const char *figure_frontier_title(struct arena *arena, const struct frontier *frontier) {
    const struct frontier_point *least = cheapest(frontier, false);
    const struct frontier_point *chosen = cheapest(frontier, true);
    if (!least)
        return "No candidate holds the target at any rate";
    if (frontier->n == 1)
        return arena_printf(
            arena,
            "%s is the only candidate%s: %s per %s at full load, 95%% of requests with at "
            "most %s of %s",
            least->name, frontier->n_infeasible > 0 ? " that holds the target" : "",
            words_money(arena, least->usd), frontier->cost_unit,
            words_seconds(arena, least->seconds), frontier->metric);
    if (!chosen || chosen == least)
        return arena_printf(arena, "%s is the cheapest at full load: %s per %s", least->name,
                            words_money(arena, least->usd), frontier->cost_unit);
    return arena_printf(arena, "%s is chosen although %s costs less at full load", chosen->name,
                        least->name);
}

const char *figure_frontier_subtitle(struct arena *arena, const struct frontier *frontier) {
    return arena_printf(arena,
                        "On-demand cost per %s at the candidate's best full load%s, against the "
                        "95th percentile of %s there",
                        frontier->cost_unit, frontier->log_x ? " (log scale)" : "",
                        frontier->metric);
}

const char *figure_frontier_alt(struct arena *arena, const struct frontier *frontier) {
    struct text out = {.arena = arena};
    text_printf(&out, "Scatter of cost against latency for %d candidates.", frontier->n);
    for (int i = 0; i < frontier->n; i++) {
        const struct frontier_point *p = &frontier->points[i];
        text_printf(&out, " %s: %s, %s%s%s.", p->name, words_money(arena, p->usd),
                    words_seconds(arena, p->seconds), p->chosen ? ", chosen" : "",
                    p->feasible ? "" : ", misses the target");
    }
    return out.data;
}

/* ---- drawing ---- */

static struct point place(const struct frontier_point *p, const struct axis *x,
                          const struct axis *y) {
    return (struct point){axis_at(x, p->usd), axis_at(y, p->seconds)};
}

/* Steps between the frontier's points: what the best known candidate gives at each price. [returned
 * count] points. */
static int frontier_path(struct arena *arena, const struct frontier *frontier, const struct axis *x,
                         const struct axis *y, struct point **out) {
    int *order = arena_new(arena, int, frontier->n);
    int n = 0, at = 0;
    for (int i = 0; i < frontier->n; i++) {
        if (!frontier->points[i].on_frontier)
            continue;
        int k = n++;
        for (; k > 0 && frontier->points[order[k - 1]].usd > frontier->points[i].usd; k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
    struct point *path = arena_new(arena, struct point, 2 * n);
    for (int i = 0; i < n; i++) {
        struct point p = place(&frontier->points[order[i]], x, y);
        if (i > 0) {
            path[at] = (struct point){p.x, path[at - 1].y};
            at++;
        }
        path[at++] = p;
    }
    *out = path;
    return at;
}

static struct box around(struct point a, struct point b) {
    return (struct box){fmin(a.x, b.x) - 1, fmin(a.y, b.y) - 1, fabs(a.x - b.x) + 2,
                        fabs(a.y - b.y) + 2};
}

static void draw_points(struct scene *scene, const struct frontier *frontier, const struct axis *x,
                        const struct axis *y) {
    for (int i = 0; i < frontier->n; i++) {
        const struct frontier_point *p = &frontier->points[i];
        struct point at = place(p, x, y);
        if (p->chosen)
            scene_dot(scene, at, 5, COLOR_COMMITTED, false);
        else
            scene_dot(scene, at, 3.6, p->feasible ? COLOR_MUTED : COLOR_DISABLED, !p->feasible);
    }
}

static bool is_same_place(struct point a, struct point b) {
    return fabs(a.x - b.x) < 4 && fabs(a.y - b.y) < 4;
}

/* The name, with those of later points that lie under the same dot. */
static const char *point_label(struct arena *arena, const struct frontier *frontier, int i,
                               const struct axis *x, const struct axis *y) {
    const char *label = frontier->points[i].name;
    for (int k = i + 1; k < frontier->n; k++)
        if (is_same_place(place(&frontier->points[i], x, y), place(&frontier->points[k], x, y)))
            label = arena_printf(arena, "%s, %s", label, frontier->points[k].name);
    return frontier->points[i].chosen ? arena_printf(arena, "%s (chosen)", label) : label;
}

static bool is_under_another(const struct frontier *frontier, int i, const struct axis *x,
                             const struct axis *y) {
    for (int k = 0; k < i; k++)
        if (is_same_place(place(&frontier->points[i], x, y), place(&frontier->points[k], x, y)))
            return true;
    return false;
}

/* Names beside their dots, the chosen and the frontier first; a name without room is left to the
 * table below. */
static void label_points(struct scene *scene, const struct frontier *frontier, const struct axis *x,
                         const struct axis *y, struct box bounds, struct box limit) {
    struct point *path;
    int n_path = frontier_path(scene->arena, frontier, x, y, &path), n_taken = 0;
    struct box *taken = arena_new(scene->arena, struct box, 4 * frontier->n + 1);
    for (int i = 1; i < n_path; i++)
        taken[n_taken++] = around(path[i - 1], path[i]);
    for (int i = 0; i < frontier->n; i++) {
        struct point at = place(&frontier->points[i], x, y);
        taken[n_taken++] = (struct box){at.x - 5, at.y - 5, 10, 10};
    }
    taken[n_taken++] = limit;
    for (int rank = 0; rank < 3; rank++)
        for (int i = 0; i < frontier->n; i++) {
            const struct frontier_point *p = &frontier->points[i];
            if (rank != (p->chosen        ? 0
                         : p->on_frontier ? 1
                                          : 2) ||
                is_under_another(frontier, i, x, y))
                continue;
            struct style style = p->chosen ? chart_strong_style(COLOR_COMMITTED)
                                           : (struct style){8, WEIGHT_REGULAR, COLOR_MUTED};
            const char *text =
                typeset_fit(scene->type, scene->arena, point_label(scene->arena, frontier, i, x, y),
                            style, 190);
            struct box box;
            double width = typeset_width(scene->type, text, style);
            if (!labels_place(place(p, x, y), p->chosen ? 5 : 3.6, width, 9, bounds, taken, n_taken,
                              &box))
                continue;
            taken[n_taken++] = box;
            scene_text_backed(scene, box.x, box.y + TYPESET_ASCENT * 8 + 0.6, ALIGN_LEFT, style,
                              text);
        }
}

#define DOT_ROOM 5.5 /* around a point, in every direction: its disc and a little paper */

/* Whether no dot is under the box. */
static bool is_clear(const struct frontier *frontier, const struct axis *x, const struct axis *y,
                     struct box box) {
    for (int i = 0; i < frontier->n; i++) {
        struct point at = place(&frontier->points[i], x, y);
        if (box_overlaps(
                box, (struct box){at.x - DOT_ROOM, at.y - DOT_ROOM, 2 * DOT_ROOM, 2 * DOT_ROOM}))
            return false;
    }
    return true;
}

/* Where words of a size stand clear of the dots: above the line as far to the right as can be, else
 * below it, else a little further off; at the right end where all is full. Returns their box. */
static struct box place_limit(const struct frontier *frontier, const struct axis *x,
                              const struct axis *y, double width, double size) {
    enum { STEP = 2, OFF_STEP = 4, OFF_MAX = 24 };
    double line = axis_at(y, frontier->limit_seconds), height = 1.2 * size;
    double above = line - 4 - TYPESET_ASCENT * size, below = line + 3;
    for (int off = 0; off <= OFF_MAX; off += OFF_STEP)
        for (int side = 0; side < 2; side++) {
            double top = side ? below + off : above - off;
            if (top < y->to - TOP_STRIP || top + height > y->from)
                continue;
            for (double right = x->to; right - width >= x->from; right -= STEP) {
                struct box box = {right - width, top, width, height};
                if (is_clear(frontier, x, y, box))
                    return box;
            }
        }
    return (struct box){x->to - width, above, width, height};
}

/* Returns the room of the line and its words; empty when it is not drawn. */
static struct box draw_limit(struct scene *scene, const struct frontier *frontier,
                             const struct axis *x, const struct axis *y) {
    if (frontier->limit_seconds <= 0 || frontier->limit_seconds > y->hi)
        return (struct box){0};
    double at = axis_at(y, frontier->limit_seconds);
    struct style style = chart_strong_style(COLOR_THRESHOLD);
    const char *text = arena_printf(scene->arena, "Limit per request: %s",
                                    words_seconds(scene->arena, frontier->limit_seconds));
    scene_line(scene, (struct point){x->from, at}, (struct point){x->to, at},
               (struct stroke){COLOR_THRESHOLD, 1.1, true, 0});
    struct box room =
        place_limit(frontier, x, y, typeset_width(scene->type, text, style), style.size);
    struct box words = scene_text_backed(scene, room.x, room.y + TYPESET_ASCENT * style.size,
                                         ALIGN_LEFT, style, text);
    double top = fmin(words.y, at - 1), bottom = fmax(words.y + words.h, at + 1);
    return (struct box){x->from, top, x->to - x->from, bottom - top};
}

void figure_frontier_draw(struct scene *scene, const struct frontier *frontier, struct box box) {
    double least = INFINITY, most = 0, slowest = 0;
    for (int i = 0; i < frontier->n; i++) {
        least = fmin(least, frontier->points[i].usd);
        most = fmax(most, frontier->points[i].usd);
        slowest = fmax(slowest, frontier->points[i].seconds);
    }
    if (frontier->n == 0)
        return;
    double bottom = box.y + box.h - TICK_STRIP, top = box.y + TOP_STRIP;
    /* The limit is shown unless that would squeeze the points into a corner. */
    if (frontier->limit_seconds < 4 * slowest)
        slowest = fmax(slowest, frontier->limit_seconds * 1.02);
    struct axis y = axis_from_zero(slowest, 5, bottom, top);
    double left = box.x + chart_label_width(scene, &y, TICK_SECONDS) + 6, right = box.x + box.w;
    struct axis x = frontier->log_x ? axis_logarithmic(least, most, left, right)
                                    : axis_from_zero(most * 1.05, 6, left, right);
    chart_grid_y(scene, &y, TICK_SECONDS, left, right);
    chart_ticks_x(scene, &x, TICK_MONEY, bottom, box.x + box.w);
    scene_text(scene, right, bottom + 24, ALIGN_RIGHT, chart_tick_style(),
               arena_printf(scene->arena, "cost per %s", frontier->cost_unit));
    struct box limit = draw_limit(scene, frontier, &x, &y);
    struct point *path;
    int n_path = frontier_path(scene->arena, frontier, &x, &y, &path);
    if (n_path > 1)
        scene_path(scene, path, n_path, (struct stroke){COLOR_DISABLED, 1, false, 0});
    struct box bounds = {left + 2, top - 12, right - left - 2, bottom - top + 10};
    label_points(scene, frontier, &x, &y, bounds, limit);
    draw_points(scene, frontier, &x, &y);
}

/* ---- data and view ---- */

void figure_frontier_csv(const struct frontier *frontier, struct text *out) {
    text_append_string(out, "candidate,cost_unit,metric,state,usd_per_unit,p95_s,limit_s\n");
    for (int i = 0; i < frontier->n; i++) {
        const struct frontier_point *p = &frontier->points[i];
        const char *state = p->chosen        ? "chosen"
                            : p->on_frontier ? "frontier"
                            : p->feasible    ? "dominated"
                                             : "misses target";
        figure_csv_row(
            out, (const char *const[]){p->name, frontier->cost_unit, frontier->metric, state}, 4,
            (double[]){p->usd, p->seconds,
                       frontier->limit_seconds > 0 ? frontier->limit_seconds : NAN},
            3);
    }
}

static void draw_data(struct scene *scene, const void *data, struct box box) {
    figure_frontier_draw(scene, data, box);
}

static void csv_data(const void *data, struct text *out) {
    figure_frontier_csv(data, out);
}

bool figure_frontier_open(struct arena *arena, const struct study *study, int workload,
                          struct figure_view *out) {
    struct frontier *frontier = arena_new(arena, struct frontier, 1);
    *frontier = frontier_make(arena, study, workload);
    if (frontier->n == 0)
        return false;
    *out = (struct figure_view){
        .title = figure_frontier_title(arena, frontier),
        .subtitle = figure_frontier_subtitle(arena, frontier),
        .alt = figure_frontier_alt(arena, frontier),
        .flat = frontier->n == 1,
        .height = 215,
        .data = frontier,
        .draw = draw_data,
        .csv = csv_data,
    };
    return true;
}
