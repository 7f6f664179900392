/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The pages of the report, one file each, and the facts that they share. Only report.c calls the
 * pages, in this order. */
#ifndef HEADROOM_PLOTS_REPORT_PAGES_H
#define HEADROOM_PLOTS_REPORT_PAGES_H

#include "plots/figures.h"
#include "plots/flow.h"
#include "plots/parts.h"
#include "plots/report.h"
#include "scenarios/notice_groups.h"

enum { REPORT_NUMBERS_MAX = 24 };

struct report_facts {
    struct report_number numbers[REPORT_NUMBERS_MAX];
    int n_numbers;
    const char *kicker_head, *kicker_tail; /* before and after the scenario's name */
    const char *unit;                      /* "1M output tokens", "1K requests" */
    const char *prices_as_of;              /* "2026-07-20", "2026-06 to 2026-07" */
    const char *inputs_id;                 /* 8 hex digits over all inputs' sha256 */
};

struct report_facts report_facts_make(struct arena *arena, const struct study *study);
/** The printed form of a number of page 1; ENSUREs that it exists. */
const char *report_printed(const struct report_facts *facts, const char *id);
/** "500 ms to first token, 50 ms per token, 99% of requests in every hour" */
const char *report_slo_words(struct arena *arena, const struct slo *slo);
const char *report_sentence(struct arena *arena, const char *text); /* capital, full stop */
/** "headroom 0.1.0 · inputs 98120830 · ...": at the foot of everything that is drawn. */
const char *report_source(struct arena *arena, const struct study *study,
                          const struct report_facts *facts);
/** The study with names that fit into titles, labels and cells; the flow keeps the full ones of
 * those it shortened. */
struct study report_short_names(struct flow *flow, const struct study *study);
bool report_was_replayed(const struct study *study);
/** A figure under its title, tagged with its words. */
void report_figure(struct flow *flow, const struct figure_view *figure, double height);
double report_figure_title_height(struct flow *flow, const struct figure_view *figure);

/** The typeface, and all pages laid out but not drawn: what report_render draws, and tests look at.
 */
struct typeset *report_typeset(struct arena *arena, struct err *err);
struct flow report_lay_out(struct arena *arena, struct typeset *type, const struct paper *paper,
                           const struct study *study);

/** Parts of the first page. */
struct grid report_actions_grid(struct flow *flow, const struct study *study);
struct grid report_otherwise_grid(struct flow *flow, const struct study *study,
                                  const struct report_facts *facts);
/** "Paid upfront: $9.59K. Still owed when the horizon ends (liability): $0." */
const char *report_obligations(struct arena *arena, const struct study *study,
                               const struct report_facts *facts);

/** Chapters that committee pages point to. */
#define REPORT_FURTHER "Further actions and warnings"
#define REPORT_EVERY_WORKLOAD "Every workload"
#define REPORT_COMMITTED_IN_DETAIL "What is committed to, in detail"

/** What has no room on the first page. */
struct report_rest {
    int first_action;                          /* of those that are left; n_actions: none */
    int n_notices, n_shown;                    /* in all, and from the first on */
    const struct notice_group *const *notices; /* [n_notices] */
};
struct report_rest report_decision(struct flow *flow, const struct study *study,
                                   const struct report_facts *facts);
/** Nothing when nothing is left. */
void report_further(struct flow *flow, const struct study *study, const struct report_rest *rest);
/** Of the workload that pays most. */
void report_demand(struct flow *flow, const struct study *study);
/** What a workload's instances would cost on demand, USD over the horizon. */
double report_workload_size(const struct study *study, int workload);
/** What runs for each, where there are more than the first page names. */
bool report_has_workloads(const struct study *study);
/** [n_workloads] whether a workload has figures and candidates of its own: all of ten, of more the
 * eight largest, as the pages of many alike tell nobody anything. */
const bool *report_charted(struct arena *arena, const struct study *study);
void report_workloads(struct flow *flow, const struct study *study);
/** A page for each of the others. */
void report_other_demands(struct flow *flow, const struct study *study);
/** All that is committed to, where the page of the demand cannot hold it. */
void report_add_held(struct flow *flow, const struct study *study, struct parts *parts);
/** Nothing when the planning weeks are alike. */
void report_growth(struct flow *flow, const struct study *study);
void report_candidates(struct flow *flow, const struct study *study);
/** Nothing without a replay. */
void report_service(struct flow *flow, const struct study *study);
/** Nothing when the scenario has no jobs. */
void report_jobs(struct flow *flow, const struct study *study);
/** These three: nothing without a replay. */
void report_money(struct flow *flow, const struct study *study);
void report_money_detail(struct flow *flow, const struct study *study);
void report_payers(struct flow *flow, const struct study *study);
/** What is bought, in the provider's fields, and what else could be; nothing where nothing is. */
void report_purchases(struct flow *flow, const struct study *study);
void report_levers(struct flow *flow, const struct study *study);
/** Tasks and stations, when there is a flow. */
void report_stations(struct flow *flow, const struct study *study);
void report_assumptions(struct flow *flow, const struct study *study,
                        const struct report_facts *facts);

#endif
