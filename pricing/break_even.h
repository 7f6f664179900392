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

#include "pricing/price_book.h"

struct break_even {
    double utilisation; /* above 1: it never pays */
    double full_months; /* INFINITY: never within the term */
    double cash_months; /* 0: from the first hour on; INFINITY: never within the term */
};

/** @param on_demand   > 0, after the same discounts as the quote
 *  @param commitment  with a known effective rate */
struct break_even break_even_of(usd_pico on_demand, const struct commitment_quote *commitment);

/** A model unit, which is paid used or not, against the same model's tokens on demand: with e its
 * hourly rate, p the on-demand rate of a million tokens and m the months of its term
 *
 *   tokens a minute   1e6 e / p / 60         cost as much on demand; in the mean over all hours
 * utilisation            e / e_0                of the term's hours in which a unit by the hour, at
 *                                               e_0, costs as much as the term; m times it in
 * months
 */
struct unit_break_even {
    int term_months; /* 0: by the hour */
    double term_usd; /* of the whole term, of one unit; 0: by the hour */
    double input_tokens_per_minute, output_tokens_per_minute; /* of these alone; NAN: not known */
    double utilisation; /* above 1: units by the hour cost less; NAN: no term, or not known */
    double months_by_the_hour; /* NAN: no term, or units are not known by the hour; INFINITY: they
                                  never cost as much within it */
};

/** @param unit  a rate of a provisioned tier of a token API, by the hour */
struct unit_break_even unit_break_even_of(const struct price_book *book, const struct price *unit);

#endif
