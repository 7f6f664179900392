/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a replay and the bill of a horizon add to the fabricated study: latencies, a fleet
 * seen minute by minute, a statement with an upfront payment, payers, unit costs, budgets, carbon,
 * futures, curves, look-backs, levers. Not a result of the simulator. */
#ifndef HEADROOM_TESTS_STUDY_EXTRAS_H
#define HEADROOM_TESTS_STUDY_EXTRAS_H

#include "study_fixture.h"

struct extras {
    int months;     /* of the horizon, 1 .. 60 */
    int seen_hours; /* of the fleet, 1 .. 168 */
    int n_payers;   /* beside idle and unused, >= 1 */
    int n_budgets;
    int n_levers;       /* >= 1; the last has no plan */
    double usd;         /* a month; 0: everything is free */
    double upfront_usd; /* in the first month, instead of as much in all months together */
    double waiting;     /* requests at most */
    double slowest_s;   /* latency */
    double answered;    /* share of requests */
    const char *name;   /* of payers and budgets */
    bool cash_budgets;  /* else amortised */
};

struct extras extras_defaults(void);
/** The study of fixture_study, feasible. */
void extras_add(struct arena *arena, struct study *study, const struct extras *extras);

#endif
