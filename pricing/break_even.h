/* SPDX-License-Identifier: GPL-3.0-or-later */
/** When a commitment pays, against the same hours on demand. With e the effective hourly rate of
 * the commitment, p the on-demand rate, T the hours of the term and s the share of the whole cost e
 * T that is paid at purchase:
 *
 *   utilisation   e / p                     of the term's hours must be used
 *   full months   T e / p / 730             of full use cost as much on demand as the whole term
 *   cash months   s e T / (p - (1 - s) e) / 730   of full use, and less has been paid than on
 * demand
 *
 *  A month is 730 h, a year 8760 h. Payments are not discounted (docs/model.md 5.3). */
#ifndef HEADROOM_PRICING_BREAK_EVEN_H
#define HEADROOM_PRICING_BREAK_EVEN_H

#include "pricing/offer.h"

struct break_even {
    double utilisation; /* above 1: it never pays */
    double full_months; /* INFINITY: never within the term */
    double cash_months; /* 0: from the first hour on; INFINITY: never within the term */
};

/** @param on_demand   > 0, after the same discounts as the quote
 *  @param commitment  with a known effective rate */
struct break_even break_even_of(usd_pico on_demand, const struct commitment_quote *commitment);

#endif
