/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The cheapest tier for each age of a class of data (training data, weights, vectors, logs), and
 * the lifecycle rule that follows.
 *
 *  A class is what is written each month and kept for so many months; at age a (months) a share of
 * it is read again each month. In the steady state, what one month writes costs over its life what
 * the whole class costs each month, so one cohort is planned: it stands in a tier from age a to age
 * b, then in a colder one, until it is deleted. A programme on GLPK over all such stays; its matrix
 * is that of a path in a network, so its optimum is whole.
 *
 *      stay (a, b, tier) = keep x GB' x max(b - a, days_min / 30.44) + read + enter
 *      GB' = GB, each object at least the tier's smallest;   reads by the gigabyte and by request
 *
 *  A class of objects may go through all tiers of objects; volumes and file systems are for a class
 *  that names its tier. Data that may not wait stay in tiers that read at once; data that must
 * survive a zone stay in tiers with copies in several. */
#ifndef HEADROOM_SOLVER_STORAGE_PLAN_H
#define HEADROOM_SOLVER_STORAGE_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "pricing/storage.h"

enum { STORAGE_MONTHS_MAX = 120, STORAGE_TIERS_MAX = 32 };

struct storage_class {
    const char *name;
    double gb_per_month; /* written, > 0 */
    double object_mib;   /* mean size of an object, > 0 */
    int months;          /* kept, 1 .. STORAGE_MONTHS_MAX */
    double read_first;   /* share read again in the first month, 0 .. 1000 (1 = once) */
    double read_halving; /* months in which that share halves; INFINITY: it stays */
    bool instant;        /* a read may not wait */
    int zones_min;       /* copies in at least so many zones */
    const char *tier;    /* the one tier that it is kept in; NULL: the cheapest of objects */
};

struct storage_stay {
    int tier; /* index in the book */
    int from_month, to_month;
    double usd; /* of one month's cohort, over the stay */
};

struct storage_plan {
    int n;
    struct storage_stay stays[STORAGE_TIERS_MAX];
    double usd_per_month;         /* of the whole class in its steady state */
    double warmest_usd_per_month; /* the same, all its life in the first tier that is allowed */
    bool estimated;               /* a tier of it has an estimated rate */
};

/** @param book  every tier of the book; at most STORAGE_TIERS_MAX that may hold the class
 *  @return false, *err set: no tier may hold the class (ERR_INPUT), or numbers out of range */
bool storage_plan_solve(struct arena *arena, const struct storage_tiers *book, const char *region,
                        const struct storage_class *class_of_data, struct storage_plan *out,
                        struct err *err);

/** What a stay costs for one month's cohort. */
double storage_stay_usd(const struct storage_tier *tier, const struct storage_class *class_of_data,
                        int from_month, int to_month);

#endif
