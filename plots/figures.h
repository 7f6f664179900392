/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The figures of a study. Each is derived first (a plain struct that tests can ask), gets its
 * title as a finding computed from that, and is then drawn into a box of a scene. */
#ifndef HEADROOM_PLOTS_FIGURES_H
#define HEADROOM_PLOTS_FIGURES_H

#include "plots/scene.h"
#include "plots/week_view.h"
#include "scenarios/study.h"

/** A figure of one study, ready to be shown: its words, how it is drawn, and its numbers. */
struct figure_view {
    const char *title; /* the finding */
    const char *subtitle;
    const char *alt;
    double height;    /* points that look well at the width of a page; less works */
    const void *data; /* derived from the study; lives in its arena */
    void (*draw)(struct scene *scene, const void *data, struct box box);
    void (*csv)(const void *data, struct text *out); /* exactly the numbers that are drawn */
};

/** Every figure has such a function; plots/figure_table.h lists them.
 *  @param workload  whose figure; those of the whole study do not read it
 *  @return false: the study has nothing for it, *out untouched */
typedef bool figure_open(struct arena *arena, const struct study *study, int workload,
                         struct figure_view *out);

figure_open figure_week_open, figure_growth_open, figure_load_duration_open, figure_mix_open,
    figure_bridge_open, figure_frontier_open;

/** A row of CSV: text cells, then numbers (NAN: empty). */
void figure_csv_row(struct text *out, const char *const *texts, int n_texts, const double *numbers,
                    int n_numbers);

/* ---- figure_week.c: what runs hour by hour, and what is needed ---- */

const char *figure_week_title(struct arena *arena, const struct week_view *view);
const char *figure_week_subtitle(struct arena *arena, const struct study *study,
                                 const struct week_view *view);
const char *figure_week_alt(struct arena *arena, const struct week_view *view);
void figure_week_draw(struct scene *scene, const struct week_view *view, struct box box);
void figure_week_csv(const struct week_view *view, struct text *out);

/** The planning weeks side by side on one scale. [n] views of one workload. */
const char *figure_growth_title(struct arena *arena, const struct study *study,
                                const struct week_view *views, int n);
const char *figure_growth_alt(struct arena *arena, const struct study *study,
                              const struct week_view *views, int n);
void figure_growth_draw(struct scene *scene, const struct study *study,
                        const struct week_view *views, int n, struct box box);
void figure_growth_csv(const struct week_view *views, int n, struct text *out);

/* ---- figure_load_duration.c: how often each further instance is needed ---- */

struct load_duration {
    int main; /* candidate; -1: no instances, no figure */
    const char *sku;
    int n;               /* levels: the most instances needed in any hour */
    const double *share; /* [n] share of the horizon's hours that need more than i instances,
                            falling */
    double held;         /* instances covered by commitments when fully used */
    double spot;         /* most spot instances in any hour */
    bool mixed;          /* other types run too: the bars are as if all were this one */
    double break_even;   /* share of hours; NaN when no commitment is on offer */
    const char *terms;   /* "1-year Compute savings plan, no upfront" */
    bool bought;         /* the terms are what the plan commits to; else the cheapest on offer */
    int worth;           /* levels needed at least as often as break-even */
};

struct load_duration load_duration_make(struct arena *arena, const struct study *study,
                                        const struct plan *plan, int workload);
const char *figure_load_duration_title(struct arena *arena, const struct load_duration *load);
const char *figure_load_duration_subtitle(struct arena *arena, const struct load_duration *load);
const char *figure_load_duration_alt(struct arena *arena, const struct load_duration *load);
void figure_load_duration_draw(struct scene *scene, const struct load_duration *load,
                               struct box box);
void figure_load_duration_csv(const struct load_duration *load, struct text *out);

/* ---- figure_bars.c: where the money goes ---- */

struct mix_part {
    const char *name;
    double usd;
    rgb fill, ink; /* ink: for the word */
    bool idle;     /* hatched */
};
enum { MIX_PARTS_MAX = 5 };
struct mix {
    const char *name; /* "Today", "Plan" */
    double total;
    int n; /* parts that can be seen */
    struct mix_part parts[MIX_PARTS_MAX];
};

struct mix mix_make(const char *name, const struct study_fleet *fleet);
const char *figure_mix_title(struct arena *arena, const struct study *study);
const char *figure_mix_alt(struct arena *arena, const struct mix *mixes, int n);
/** Rows share the height of the box; 29 points each are enough. */
void figure_mix_draw(struct scene *scene, const struct mix *mixes, int n, struct box box);
void figure_mix_csv(const struct mix *mixes, int n, struct text *out);

/** Totals and the steps between them, all bars from zero. */
struct bridge_row {
    const char *name, *note;
    double from, to; /* total: from = 0 */
    bool total;
    rgb fill;
};
enum { BRIDGE_ROWS = 7 };

void bridge_make(const struct study_gaps *gaps, struct bridge_row rows[BRIDGE_ROWS]);
const char *figure_bridge_title(struct arena *arena, const struct study_gaps *gaps);
const char *figure_bridge_alt(struct arena *arena, const struct bridge_row rows[BRIDGE_ROWS]);
/** 14 points a row are enough. */
void figure_bridge_draw(struct scene *scene, const struct bridge_row rows[BRIDGE_ROWS],
                        struct box box);
void figure_bridge_csv(const struct bridge_row rows[BRIDGE_ROWS], struct text *out);

/* ---- figure_frontier.c: cost against latency ---- */

struct frontier_point {
    int candidate;
    const char *name;
    double usd, seconds; /* at the candidate's best full-load rate, on demand */
    bool feasible, chosen, on_frontier;
};

struct frontier {
    int n;
    struct frontier_point *points;
    const char *cost_unit; /* "1M output tokens", "1K requests" */
    const char *metric;    /* "time to first token" */
    double limit_seconds;  /* of the SLO; 0: none */
    bool log_x;            /* costs span more than a factor of 20 */
    int n_infeasible;      /* of the workload's candidates, drawn or not */
};

/** Cost of one candidate per `cost_unit` of its workload; NaN when unknown. */
double frontier_unit_cost(const struct study *study, int candidate);
/** Per 1M output tokens for workloads that generate text, else per 1K requests. */
bool frontier_by_tokens(const struct study *study, int workload);
bool candidate_is_used(const struct study *study, const struct plan *plan, int candidate);

struct frontier frontier_make(struct arena *arena, const struct study *study, int workload);
const char *figure_frontier_title(struct arena *arena, const struct frontier *frontier);
const char *figure_frontier_subtitle(struct arena *arena, const struct frontier *frontier);
const char *figure_frontier_alt(struct arena *arena, const struct frontier *frontier);
void figure_frontier_draw(struct scene *scene, const struct frontier *frontier, struct box box);
void figure_frontier_csv(const struct frontier *frontier, struct text *out);

#endif
