/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Why one plan costs more than another: the difference of two monthly costs as steps that add up
 * to it, to the cent.
 *
 *  A workload's cost is (work + idle hours) x price, summed over machines and ways to pay ("hours"
 * stands for any quantity that is paid for: seconds, tokens, invocations):
 *
 *      cost = sum over machines r:  (V . x_r + y_r) . sum over ways to pay o:  m_ro . p_ro
 *
 *  V requests served, x_r hours of work on r per request of the workload, y_r hours that r is held
 * beyond its work, m_ro share of the hours on r paid by o, p_ro dollars an hour. Work of instances
 * is what the requests take at full load inside the target, so that a fleet which mostly idles is
 * told to idle, and not to need many hours for a request; all that is paid by use is work.
 * Starting from the old plan one factor after the other takes its new value, and each step is what
 * the cost moves by (docs/model.md 9.2):
 *
 *  1. volume: V. Old machines, old prices: the cost of work grows as the requests do.
 *  2. efficiency: work per request that a machine serves, on machines that both plans use.
 *  3. machines: x_r becomes new: other machines, or another split between them, at the old average
 *     price of each; a machine without an old price comes at its new one.
 *  4. idle capacity: y_r becomes new, at the same prices.
 *  5. purchase: m_ro becomes new: another way to pay, at old prices where there are any.
 *  6. price: p_ro becomes new, at new quantities.
 *
 *  The steps telescope, so nothing is left over; another order would give other steps (the
 * interaction goes to the later one). Workloads that only one side has are steps of their own, as
 * are commitments that nobody uses and what is paid beside the plan. */
#ifndef HEADROOM_SCENARIOS_COST_CHANGE_H
#define HEADROOM_SCENARIOS_COST_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/** USD and quantities a month. Lines with the same keys are added up. */
struct cost_line {
    const char *workload; /* NULL: of none, such as an unused commitment */
    const char *machine;  /* "g6e.xlarge in us-east-1"; NULL: none */
    const char *unit;     /* "instance-hour" */
    const char *paid;     /* "on demand" */
    double quantity, usd; /* quantity 0: only `usd` counts */
};

/** The unit of what is held, whether there is work or not; all others are paid by use. */
#define COST_HELD_UNIT "instance-hour"

struct served_line {
    const char *workload, *machine;
    double requests;
    double work; /* hours they take at full load; NAN: not told, and no idle time is told apart */
};

struct beside_line {
    const char *name; /* "jobs" */
    double usd;
};

struct cost_side {
    double usd; /* all of it */
    int n_lines, n_served, n_beside;
    const struct cost_line *lines;
    const struct served_line *served;
    const struct beside_line *beside;
};

/* id, word, what it is */
#define COST_EFFECTS(X)                                                                            \
    X(REMOVED, "removed workloads") /* workloads that are no longer there */                       \
    X(ADDED, "new workloads")       /* workloads that were not there */                            \
    X(VOLUME, "volume")             /* requests served, on the old machines at old prices */       \
    X(EFFICIENCY, "efficiency")     /* time or tokens a request needs where both plans serve */    \
    X(MACHINES, "mix: machines")    /* other machines, or another split between them */            \
    X(CAPACITY, "idle capacity") /* instance-hours beyond what the requests take at full load */   \
    X(PURCHASE, "mix: ways to pay") /* on demand, spot and commitments in other shares */          \
    X(PRICE, "price")               /* rates of what is used now */                                \
    X(UNUSED, "unused commitments") /* committed to and not used */                                \
    X(BESIDE, "beside the plan")    /* jobs, stored data, stations, missing promised spend */      \
    X(REST, "not told apart") /* workloads that serve nothing, and what lines do not add up to */

enum cost_effect {
#define X(id, word) COST_##id,
    COST_EFFECTS(X)
#undef X
        COST_EFFECT_COUNT,
};
const char *cost_effect_word(enum cost_effect effect);

struct cost_step {
    enum cost_effect effect;
    const char *what; /* the workload, or what is beside; else "" */
    double usd;
    int64_t cents; /* `usd` rounded so that all steps add up */
};

struct cost_change {
    double from_usd, to_usd;
    int64_t from_cents, to_cents; /* from + all steps = to */
    int n_steps;
    const struct cost_step *steps; /* in the order of the effects; none is below 1e-6 USD */
};

struct cost_change cost_change_find(struct arena *arena, const struct cost_side *from,
                                    const struct cost_side *to);

/** Cents of all steps of one effect. */
int64_t cost_change_effect_cents(const struct cost_change *change, enum cost_effect effect);

#endif
