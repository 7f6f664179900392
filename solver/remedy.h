/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What to change where nothing carries the demand: the single change whose plan in whole instances
 * costs least or, where none works alone, several together. */
#ifndef HEADROOM_SOLVER_REMEDY_H
#define HEADROOM_SOLVER_REMEDY_H

#include "solver/hourly_lp.h"

enum { CHANGES_MAX = 6 };

struct change {
    enum relaxation relaxation; /* RELAX_LIMIT, _USE, _ON_DEMAND or _SPOT */
    int index;                  /* of the limit or use */
    double to;                  /* the new limit */
};

struct remedy {
    int n; /* 0: nothing of what is tried works */
    struct change changes[CHANGES_MAX];
    double growth; /* relative, of all limits together: of equals the smaller one is taken */
    double usd;    /* an hour, of the plan with it */
};

/** Quotas and limits of what is paid by use before what the policy forbids; one before several.
 * Several: every pair where there are few limits, and what the elastic programme raises, in which
 * the relative growth of all limits is the least. */
bool remedy_find(struct arena *arena, const struct market *market, struct remedy *best,
                 struct err *err);

/** What still does not fit once the changes are made: rows over many hours. "" when all does. */
bool remedy_left(struct arena *arena, const struct market *market, const struct remedy *remedy,
                 const char **left, struct err *err);

/** How much more the programme needs of one row; INFINITY: more of it alone does not help. */
bool remedy_extra(struct arena *arena, const struct market *market, enum relaxation relaxation,
                  int index, double *extra, struct err *err);

#endif
