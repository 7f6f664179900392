/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A fabricated but plausible study to draw: chat traffic with day, night and weekend, eight
 * candidates of which two are rejected, a commitment, spot and on demand, a baseline, estimates and
 * notices. Not a result of the simulator. */
#ifndef HEADROOM_TESTS_STUDY_FIXTURE_H
#define HEADROOM_TESTS_STUDY_FIXTURE_H

#include "scenarios/study.h"

struct fixture {
    int n_weeks;        /* 1 or 3 */
    int n_workloads;    /* 1 or 2 */
    int n_candidates;   /* 1 .. 8 of each workload */
    double held;        /* instances committed to */
    int spot_max;       /* spot instances at most */
    double by_use;      /* share of requests sent to the token API when demand is high */
    double scale;       /* of demand */
    double price_scale; /* of all prices; 0: everything is free */
    bool encoder;       /* no output tokens */
    bool infeasible;    /* no plan */
    bool slo_missed;
    bool no_notices;
    const char *name; /* of the scenario, the workload and the first candidate; NULL: usual */
    bool variants;    /* the first candidate costs 40,000 USD once; the engines count */
};

struct fixture fixture_defaults(void);
/** Lives in the arena. */
struct study *fixture_study(struct arena *arena, const struct fixture *fixture);

#endif
