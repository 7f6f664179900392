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
 *      stay (a, b, tier) = keep (GB' x max(b - a, days_min / 30.44)) + read + enter
 *      GB' = GB, each object at least the tier's smallest;   reads by the gigabyte and by request
 *
 *  A class holds each tier once, so all it keeps there in a month is GB' x (b - a), and keep() goes
 *  through the tier's volume tiers; what classes before it hold fills them first. In a tiered one
 *  (Intelligent-Tiering) reads of an object are taken as independent: after a month of age without
 * a read, probability exp(-share read), it costs less, after three less again; objects below 128
 * KiB are not watched and never do.
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
    double gb_per_month; /* written, in GB as they are billed (pricing/usage.h), > 0 */
    double object_mib;   /* mean size of an object, > 0 */
    int months;          /* kept, 1 .. STORAGE_MONTHS_MAX */
    double read_first;   /* share read again in the first month, 0 .. 1000 (1 = once) */
    double read_halving; /* months in which that share halves; INFINITY: it stays */
    bool instant;        /* a read may not wait */
    int zones_min;       /* copies in at least so many zones */
    const char *tier;    /* the one tier that it is kept in; NULL: the cheapest of objects */
    double iops, mbps;   /* of the one volume that it is kept on, MiB/s; 0: what comes with it */
};

struct storage_stay {
    int tier; /* index in the book */
    int from_month, to_month;
    double gb;       /* as billed, held in the tier in each month of the steady state */
    double keep_usd; /* of `usd`, what these gigabytes cost by the tier's volume tiers */
    double usd;      /* of one month's cohort, over the stay */
};

struct storage_plan {
    int n;
    struct storage_stay stays[STORAGE_TIERS_MAX];
    double usd_per_month;         /* of the whole class in its steady state */
    double warmest_usd_per_month; /* the same, all its life in the first tier that is allowed */
    struct storage_stay warmest;  /* that stay; its usd without what is provisioned */
    bool estimated;               /* a tier of it has an estimated rate */
};

/** @param book  every tier of the book; at most STORAGE_TIERS_MAX that may hold the class
 *  @param held  [book->n] gigabytes that other classes keep in each tier; NULL: none
 *  @return false, *err set: no tier may hold the class (ERR_INPUT, with the way out as its hint
 *          where the class names its tier), or numbers out of range */
bool storage_plan_solve(struct arena *arena, const struct storage_tiers *book, const char *region,
                        const struct storage_class *class_of_data, const double *held,
                        struct storage_plan *out, struct err *err);

/** Who pays for the volume tiers: of all that the plans keep in a tier, each stay has the share of
 * its gigabytes, whichever plan was solved first; their sum stays what it was. A plan's warmest
 * cost becomes its share of the first tier beside what the others keep there.
 *
 *  @param plans  [n] each solved with the gigabytes of those before it as `held`
 *  @param held   [book->n] gigabytes that all of them keep in each tier */
void storage_plan_share(const struct storage_tiers *book, struct storage_plan *plans, int n,
                        const double *held);

/** A stay of one month's cohort, but for the tier's index.
 *
 *  @param held  gigabytes of other classes in the tier */
struct storage_stay storage_stay_of(const struct storage_tier *tier,
                                    const struct storage_class *class_of_data, double held,
                                    int from_month, int to_month);

#endif
