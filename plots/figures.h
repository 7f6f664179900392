/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The figures of a study. Each is derived first (a plain struct that tests can ask), gets its
 * title as a finding computed from that, and is then drawn into a box of a scene. */
#ifndef HEADROOM_PLOTS_FIGURES_H
#define HEADROOM_PLOTS_FIGURES_H

#include "plots/chart.h"
#include "plots/week_view.h"
#include "scenarios/study.h"
#include "scenarios/study_futures.h"

/** A figure of one study, ready to be shown: its words, how it is drawn, and its numbers. */
struct figure_view {
    const char *title; /* the finding */
    const char *subtitle;
    const char *alt;
    bool flat;        /* one value, or marks that coincide: the title tells all there is to see */
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
    figure_bridge_open, figure_frontier_open, figure_waterfall_open, figure_latency_open,
    figure_heat_open, figure_timeline_open, figure_units_open, figure_payers_open,
    figure_budgets_open, figure_cash_open, figure_carbon_open, figure_tornado_open, figure_fan_open,
    figure_regret_open, figure_curve_open, figure_look_back_open, figure_levers_open;

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

/** Hours of the horizon side by side in which the same runs, in instances of the main type. */
struct load_column {
    double share;         /* of the horizon's hours */
    double needed, asked; /* whole instances; of many hours together the mean, as the others */
    double held;          /* that commitments cover when fully used */
    double committed, spot, on_demand; /* what runs, as it is paid */
};
enum { LOAD_COLUMNS_MAX = 240 };

struct load_duration {
    int main; /* candidate; -1: no instances, no figure */
    const char *sku;
    int n;               /* levels: the most instances needed in any hour */
    const double *share; /* [n] share of the horizon's hours that need more than i instances,
                            falling */
    /* [n] the same with what the plan must hold beyond the demand for a loss */
    const double *asked;
    const char *spare; /* "a zone or an instance", whose loss that is for; NULL: none is held */
    double held;       /* instances covered by commitments when fully used, in the planning week
                          that stands for most hours */
    double held_least, held_most; /* over the planning weeks, events apart */
    double spot;                  /* most spot instances in any hour */
    bool mixed;                   /* other types run too: the bars are as if all were this one */
    double break_even;            /* share of hours; NaN when no commitment is on offer */
    const char *terms;            /* "1-year Compute savings plan, no upfront" */
    bool bought;      /* the terms are what the plan commits to; else the cheapest on offer */
    int worth;        /* levels asked for at least as often as break-even */
    int worth_needed; /* of them those that the demand alone needs so often */
    int n_columns;    /* hours by what they need, the busiest first; of those that need the same,
                         those in which most runs */
    const struct load_column *columns; /* [n_columns] */
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
enum { MIX_PARTS_MAX = 6 };
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

/** Totals and the steps between them, all bars from zero; USD a month. */
void figure_steps_draw(struct scene *scene, const struct chart_step *steps, int n, struct box box);
void figure_steps_csv(const struct chart_step *steps, int n, struct text *out);

enum { BRIDGE_ROWS = 7 };

void bridge_make(const struct study_gaps *gaps, struct chart_step rows[BRIDGE_ROWS]);
const char *figure_bridge_title(struct arena *arena, const struct study_gaps *gaps);
const char *figure_bridge_alt(struct arena *arena, const struct chart_step rows[BRIDGE_ROWS]);
/** 14 points a row are enough. */
void figure_bridge_draw(struct scene *scene, const struct chart_step rows[BRIDGE_ROWS],
                        struct box box);
void figure_bridge_csv(const struct chart_step rows[BRIDGE_ROWS], struct text *out);

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

/* ---- figure_waterfall.c: from the baseline's bill to the plan's ---- */

enum { WATERFALL_ROWS_MAX = 9 };
struct waterfall {
    int n;
    struct chart_step rows[WATERFALL_ROWS_MAX]; /* whole cents: the steps add up to the cent */
};

struct waterfall waterfall_make(const struct study *study);
const char *figure_waterfall_title(struct arena *arena, const struct waterfall *waterfall);

/* ---- figure_latency.c: how long requests take, to the slowest of a thousand ---- */

enum { LATENCY_POINTS = 160, LATENCY_LINES_MAX = 2, LATENCY_PANELS_MAX = 3 };

struct latency_line {
    const char *name;
    rgb color;
    double share[LATENCY_POINTS]; /* of all that arrived, answered within the time; it stays below 1
                                     where some were not answered */
    double slow_s;                /* what the asked share is answered within; NAN: never */
};

struct latency_panel {
    const char *metric;
    double limit_s;                 /* 0: none */
    double seconds[LATENCY_POINTS]; /* rising, evenly on a log scale */
    int n_lines;
    struct latency_line lines[LATENCY_LINES_MAX]; /* the plan first */
};

struct latency_chart {
    double asked; /* share of requests */
    int n;
    struct latency_panel panels[LATENCY_PANELS_MAX];
};

/** Of the replays of the plan and of the baseline, planning weeks by their weight. */
struct latency_chart latency_chart_make(const struct study *study, int workload);
const char *figure_latency_title(struct arena *arena, const struct latency_chart *chart);

/* ---- figure_heat.c: which hours of the week cost how much ---- */

struct heat {
    double usd[HOURS_PER_WEEK]; /* of the plan in that hour by the clock, mean over the horizon */
    double by_hour[24], by_day[7];
    int most, least;  /* hours of the week */
    const char *zone; /* of the hours: "UTC" */
};

struct heat heat_make(const struct study *study);
const char *figure_heat_title(struct arena *arena, const struct heat *heat);

/* ---- figure_timeline.c: why requests wait ---- */

struct timeline_event {
    double hour;
    bool lost; /* by spot or a fault; else launched */
};

struct timeline {
    struct week_clock clock;
    int n;                               /* hours */
    double *busy_mean, *busy_most;       /* [n] share of the replicas with work; NAN: not seen */
    double *waiting_mean, *waiting_most; /* [n] requests */
    int n_events, n_lost;
    const struct timeline_event *events;
};

struct timeline timeline_make(struct arena *arena, const struct study *study, int workload);
const char *figure_timeline_title(struct arena *arena, const struct timeline *timeline);

/* ---- figure_units.c: what a unit of work costs, and who pays ---- */

enum { UNIT_ROWS_MAX = 12 };
struct unit_row {
    const char *name;
    double usd, idle_usd; /* idle_usd: of usd, above what full instances would cost */
    double low, high;     /* by the known error of its service times; low >= high: not known */
    bool replayed;        /* with its demand; else at full load on demand */
};
struct unit_costs {
    const char *unit; /* "1M output tokens" */
    int n, n_left_out;
    struct unit_row rows[UNIT_ROWS_MAX]; /* the plan first, then candidates from the cheapest */
};

struct unit_costs unit_costs_make(const struct study *study, int workload);
const char *figure_units_title(struct arena *arena, const struct unit_costs *costs);

enum { PAYER_ROWS_MAX = 16 };
struct payer_row {
    const char *name;
    double used, idle, unused; /* USD a month */
};
struct payer_shares {
    int n;
    struct payer_row rows[PAYER_ROWS_MAX]; /* falling; the last may be all others; then what is
                                              nobody's */
    double total;
};

struct payer_shares payer_shares_make(struct arena *arena, const struct study *study);
const char *figure_payers_title(struct arena *arena, const struct payer_shares *shares);

/* ---- figure_cash.c: budgets, and cash against on demand ---- */

enum { BUDGET_ROWS_MAX = 16 };
struct budget_row {
    const char *name;
    double limit, spent; /* USD, in the period's months of the horizon */
};
struct budget_rows {
    int n, n_over, n_left_out;
    struct budget_row rows[BUDGET_ROWS_MAX];
    struct budget_row tightest; /* of all, shown or not: the least left as a share of its limit */
};

struct budget_rows budget_rows_make(struct arena *arena, const struct study *study);
const char *figure_budgets_title(struct arena *arena, const struct budget_rows *budgets);

/** By calendar month, and from the days on which something is paid upfront. */
struct cash_flow {
    int n;             /* spans between such days */
    int64_t *begins;   /* [n + 1] UTC seconds */
    double *paid;      /* [n + 1] USD since the start, when a span begins; the last: at the end */
    double *at_start;  /* [n + 1] what is due upfront as it begins */
    double *otherwise; /* [n + 1] as `paid`, the same usage on demand */
    int ahead_from;    /* span from whose end on less is paid than otherwise; n: in none */
    int paid_back;     /* month of the horizon in which the lines cross, from 0 */
    struct date paid_back_month; /* the calendar month that has it */
};

struct cash_flow cash_flow_make(struct arena *arena, const struct statement *statement);
const char *figure_cash_title(struct arena *arena, const struct cash_flow *cash);

/* ---- figure_curve.c: what committing to more or less would cost ---- */

enum { CURVE_VIEWS_MAX = 2, LOOK_BACKS_MAX = 12 };
struct curve_view {
    const char *name;
    bool is_plan;               /* units are USD an hour; else instances */
    double planned, best, near; /* units; near: the least with 95 % of the best saving */
    double best_usd;            /* USD a month, as all of them */
    int n;
    double *units, *plan_usd, *least_usd; /* [n] NAN: nothing fits; units from 0, rising */
};
struct curve_views {
    int n;
    struct curve_view views[CURVE_VIEWS_MAX];
};

struct curve_views curve_views_make(struct arena *arena, const struct study *study);
const char *figure_curve_title(struct arena *arena, const struct curve_views *curves);

struct look_back_bar {
    const char *name;
    int days;
    double target;     /* coverage asked for; NAN: what saves most */
    double hourly_usd; /* that is bought */
    double usd;        /* least of the horizon with it, a month; INFINITY: nothing fits */
};
struct look_back_bars {
    double planned_usd; /* the theoretical minimum of the last round, a month */
    int n;
    struct look_back_bar bars[LOOK_BACKS_MAX];
};

struct look_back_bars look_back_bars_make(struct arena *arena, const struct study *study);
const char *figure_look_back_title(struct arena *arena, const struct look_back_bars *bars);

/* ---- figure_levers.c: what engineering could change ---- */

enum { LEVER_ROWS_MAX = 14 };
struct lever_steps {
    double before, after; /* USD a month */
    int n, n_merged;      /* merged: levers in the last step */
    struct chart_step rows[LEVER_ROWS_MAX];
};

struct lever_steps lever_steps_make(struct arena *arena, const struct study *study);
const char *figure_levers_title(struct arena *arena, const struct lever_steps *steps);

/* ---- figure_carbon.c: carbon against cost ---- */

struct carbon_point {
    const char *name;
    double usd;             /* a month */
    struct carbon_range kg; /* CO2e a month, operation and hardware */
};
struct carbon_cost {
    struct carbon_point before, after;
    const char *left_out; /* what has no figure; "" */
};

struct carbon_cost carbon_cost_make(struct arena *arena, const struct study *study);
const char *figure_carbon_title(struct arena *arena, const struct carbon_cost *carbon);

/* ---- figure_risk.c: what may come (scenarios/study_futures.h) ---- */

enum { TORNADO_ROWS_MAX = FUTURE_INPUTS };
struct tornado_end {
    const char *value; /* of the input: "+12%" */
    double factor;     /* the same as a factor; growth: 1 + g a month */
    double usd;        /* of the recommended plan, a month */
    bool flips;        /* other commitments would be better */
};
struct tornado_row {
    const char *name;
    struct tornado_end ends[2]; /* of the input: low, high */
};
struct tornado {
    double base; /* as planned */
    int n;
    struct tornado_row rows[TORNADO_ROWS_MAX]; /* the widest first */
};

struct tornado tornado_make(struct arena *arena, const struct study *study);
const char *figure_tornado_title(struct arena *arena, const struct tornado *tornado);

/** Amounts below it are told as $0: a chart of them would show nothing but rounding. */
#define FIGURE_NOTHING_USD 0.005

struct fan {
    int n;           /* months */
    int64_t *begins; /* [n + 1] UTC seconds */
    double *share;   /* [n] of the calendar month, in the horizon */
    bool in_part;    /* some month is there in part */
    double *usd;     /* [n * FUTURE_QUANTILES] of a whole month: what a part costs over its share */
    double *budget;  /* [n] a month's part of the amortised budget of everything, less what of it is
                        for things beside the fleet; NAN: none */
    bool beside;     /* there is something beside it */
    const char *riskiest; /* period of the budget that most futures exceed; NULL: none */
    double over;          /* share of them */
    double low, high;     /* quantiles 10 and 90 of the mean month */
    bool nothing;         /* no month of any future costs anything, and there is no budget */
};

struct fan fan_make(struct arena *arena, const struct study *study);
const char *figure_fan_title(struct arena *arena, const struct fan *fan);
const char *figure_regret_title(struct arena *arena, const struct study_futures *futures);

#endif
