/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What an hour's regular instances cost under given commitments.
 *
 *  The provider's order, on whole hours: capacity blocks, then reservations of capacity, whose
 * hours are on-demand usage whether something runs in them or not; then reserved instances (zonal
 * ones first, outside reservations; those owned before those bought; of one with size flexibility
 * the smallest size first), then EC2 Instance savings plans, then Compute savings plans, in each
 * group what runs before what idles in reservations, and
 * the usage with the highest saving over on demand first, ties to the lowest plan rate; the rest on
 * demand. With one group of plans this is also the cheapest allocation; with several the forced
 * order can cost more, and then this cost, like the bill, is above what the programme would
 * allocate. */
#ifndef HEADROOM_SOLVER_COVER_H
#define HEADROOM_SOLVER_COVER_H

#include "solver/market.h"

/** Whose hours a pool is applied to. */
enum cover_part { COVER_OUTSIDE, COVER_INSIDE, COVER_IDLE };

/** A pool applied to a good, in the order of application. */
struct cover_step {
    int pool, good;
    enum cover_part part;
    int reservation; /* the pool that it runs inside of, or idles in; outside: -1 */
    double use;
};

/** Ready to price hours under one set of amounts. */
struct cover {
    const struct market *market;
    const double *amount; /* [n_pools] units held; they count only where they are open */
    int n_steps;
    struct cover_step *steps;         /* of pools that hold something */
    double *left_amount, *left_units; /* scratch */
    double *inside, *idle; /* scratch, [n_pools] of reservations: what runs, what idles */
};

/** Where the hour's units went; arrays of the caller, zeroed by cover_price. */
struct cover_detail {
    double *used;      /* [n_pools] units of the pool */
    double *reserved;  /* [n_goods] instance hours covered by reserved instances, or paid for by
                          the reservation that they run in */
    double *planned;   /* [n_goods] by savings plans */
    double *saved;     /* [n_pools] on-demand value of what the pool covered */
    double *effective; /* [n_goods] USD of what covered them, at its rate */
    double *inside;    /* [n_goods] of `reserved`: run in a reservation, and no commitment covers */
    double *idle;      /* [n_goods] reserved, and nothing runs */
    double *idle_left; /* [n_goods] of it: no commitment covers */
};

/** The order of all pools; computed once for a market. */
struct cover_order {
    int n_steps;
    struct cover_step *steps;
};

void cover_order_build(struct arena *arena, const struct market *market, struct cover_order *out);

/** @param amount  [n_pools], kept by reference */
void cover_open(struct arena *arena, const struct market *market, const struct cover_order *order,
                const double *amount, struct cover *out);
/** After the amounts behind it changed. */
void cover_refresh(const struct cover_order *order, struct cover *cover);

/** USD of the instance hours that no commitment covers, less what commitments cover of
 * reservations, which are paid in full with their pools: it may be below 0; of those that cannot be
 * had, a price that is never worth it beside. units [n_goods]; detail may be NULL. */
double cover_price(struct cover *cover, int slot, const double *units, struct cover_detail *detail);

/** The mean cost of a unit of a good with what covers it at its rate, of units that were priced. */
double cover_mean_usd(const struct market *market, const struct cover_detail *detail,
                      const double *units, int good);

void cover_detail_open(struct arena *arena, const struct market *market, struct cover_detail *out);

#endif
