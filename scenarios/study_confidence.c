/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recommended fleet over independent replications. Replication 0 is the replay that the answer
 * shows and bills; of the others only the figures are kept. */
#include <math.h>

#include "base/money.h"
#include "base/number.h"
#include "base/share.h"
#include "scenarios/study_parts.h"

#define SECONDS_PER_MONTH (HOURS_PER_MONTH * 3600.0)

struct figures {
    int n;                 /* replications */
    double *within, *good; /* [(1 + n_workloads) * n]: all first, then each workload */
    double *bill;          /* [n] */
};

static struct study_intervals intervals_of(const struct figures *figures, int group) {
    return (struct study_intervals){
        .within_target = interval_of(figures->within + group * figures->n, figures->n),
        .good_requests_per_month = interval_of(figures->good + group * figures->n, figures->n),
    };
}

static void take_workload(const struct study *study, const struct study_fleet *fleet, int workload,
                          double *within, double *good) {
    const struct demand *demand = &study->demand;
    double arrived = 0, served = 0;
    for (int week = 0; week < demand->n_weeks; week++) {
        const struct replay_result *r = &fleet->replays[workload * demand->n_weeks + week];
        arrived += (double)r->arrived * demand->weeks[week].weight;
        served += (double)r->good * demand->weeks[week].weight;
    }
    *within = arrived > 0 ? served / arrived : 1;
    *good = served * HOURS_PER_MONTH / demand->horizon_hours;
}

static void take(const struct study *study, const struct study_fleet *fleet, int replication,
                 struct figures *figures) {
    figures->within[replication] = fleet->attainment;
    figures->good[replication] = fleet->good_requests_per_month;
    figures->bill[replication] = fleet->bill_usd_per_month;
    for (int w = 0; w < study->demand.n_workloads; w++) {
        int at = (1 + w) * figures->n + replication;
        take_workload(study, fleet, w, &figures->within[at], &figures->good[at]);
    }
}

static void claim(struct arena *arena, struct study *study, const struct figures *figures) {
    struct study_confidence *out = &study->confidence;
    struct study_intervals *workloads =
        arena_new(arena, struct study_intervals, study->demand.n_workloads);
    for (int w = 0; w < study->demand.n_workloads; w++)
        workloads[w] = intervals_of(figures, 1 + w);
    out->all = intervals_of(figures, 0);
    out->bill_usd_per_month = interval_of(figures->bill, figures->n);
    out->workloads = workloads;
}

bool study_replicate(struct arena *arena, struct study *study, const struct study_options *options,
                     struct err *err) {
    int n = study->scenario.replays, groups = 1 + study->demand.n_workloads;
    study->confidence = (struct study_confidence){.replays = n};
    if (n <= 1)
        return true;
    struct figures figures = {.n = n,
                              .within = arena_new(arena, double, groups *n),
                              .good = arena_new(arena, double, groups *n),
                              .bill = arena_new(arena, double, n)};
    take(study, &study->recommended, 0, &figures);
    study->confidence.held = study->recommended.slo_met;
    for (int r = 1; r < n; r++) {
        struct arena scratch = {0};
        struct study_fleet fleet;
        if (options->progress)
            options->progress(options->progress_context, "replay", r, n);
        bool ran = study_fleet_run(&scratch, study, options, study->recommended.plan, "recommended",
                                   r, &fleet, err);
        if (ran) {
            take(study, &fleet, r, &figures);
            study->confidence.held += fleet.slo_met;
        }
        arena_release(&scratch);
        if (!ran)
            return false;
    }
    claim(arena, study, &figures);
    return true;
}

/* ---- words ---- */

static const char *a_second(struct arena *arena, double a_month) {
    return number_words(arena, a_month / SECONDS_PER_MONTH);
}

const char *study_confidence_words(struct arena *arena, const struct study *study) {
    const struct study_confidence *c = &study->confidence;
    if (c->replays <= 1)
        return "";
    const struct interval *within = &c->all.within_target, *bill = &c->bill_usd_per_month;
    const struct interval *good = &c->all.good_requests_per_month;
    return arena_printf(
        arena,
        "%s of requests within target, %s of them a second, %s a month (95%% intervals of the mean "
        "of %d replays); the target is held in %d of %d",
        range_words(arena, share_words(arena, interval_low(within)),
                    share_words(arena, fmin(1, interval_high(within)))),
        range_words(arena, a_second(arena, interval_low(good)),
                    a_second(arena, interval_high(good))),
        range_words(arena, money_words(arena, interval_low(bill)),
                    money_words(arena, interval_high(bill))),
        c->replays, c->held, c->replays);
}
