/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What to change where nothing carries the demand: the single change whose plan in whole instances
 * costs least or, where none works alone, several together. */
#ifndef HEADROOM_SOLVER_REMEDY_H
#define HEADROOM_SOLVER_REMEDY_H

#include "solver/hourly_lp.h"

enum { CHANGES_MAX = 6 };

enum change_kind {
    CHANGE_LIMIT,
    CHANGE_USE,
    CHANGE_ON_DEMAND, /* from here on of the policy */
    CHANGE_SPOT,
    CHANGE_TERM,
    CHANGE_UPFRONT,
    CHANGE_COVERAGE,
    CHANGE_KINDS
};

struct change {
    enum change_kind kind;
    int index; /* of the limit or use */
    double to; /* the new limit: vCPU, instances, requests/s; years of CHANGE_TERM, USD of
                  CHANGE_UPFRONT */
};

struct remedy {
    int n; /* 0: nothing of what is tried works */
    struct change changes[CHANGES_MAX];
    double growth; /* relative, of all limits together: of equals the smaller one is taken */
    double usd;    /* an hour, of the plan with it */
};

struct remedies {
    struct remedy best; /* a quota or limit of what is paid by use before what the policy forbids,
                           one before several */
    struct remedy instead;    /* the change of the policy alone that costs less; n 0: none does */
    bool alone[CHANGE_KINDS]; /* of the policy: whether that change alone makes a plan possible */
};

/** Of one kind the change whose plan costs least. Several: every pair where there are few limits,
 * and what the elastic programme raises, in which the relative growth of all limits is the least.
 */
bool remedy_find(struct arena *arena, const struct market *market, struct remedies *out,
                 struct err *err);

/** What still does not fit once the changes are made: rows over many hours. "" when all does. */
bool remedy_left(struct arena *arena, const struct market *market, const struct remedy *remedy,
                 const char **left, struct err *err);

/** How much more of its limit a row over many hours needs, and with it those that share the limit;
 * INFINITY: more of it alone does not help. */
bool remedy_coupling(struct arena *arena, const struct market *market, int coupling, double *extra,
                     struct err *err);

#endif
