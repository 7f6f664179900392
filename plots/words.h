/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Numbers as people read them on paper: three significant digits, a true minus sign. */
#ifndef HEADROOM_PLOTS_WORDS_H
#define HEADROOM_PLOTS_WORDS_H

#include "base/arena.h"
#include "base/calendar.h"

const char *words_money(struct arena *arena, double usd);        /* "$12.7K", "−$950", "n/a" */
const char *words_money_signed(struct arena *arena, double usd); /* "+$12.7K" */
/** Without a unit: "23.7", "1.24M". */
const char *words_number(struct arena *arena, double value);
/** "31%", "0.41%", "−12%". */
const char *words_percent(struct arena *arena, double share);
/** "−25% to +31%"; "unknown" when either is NaN. */
const char *words_band(struct arena *arena, double low, double high);
/** A share of requests within target, cut and never rounded up, so that a missed target never looks
 * met: "98.99%". */
const char *words_share(struct arena *arena, double share);
/** What was asked: exact to four digits, "99%", "99.95%". */
const char *words_asked(struct arena *arena, double share);
const char *words_seconds(struct arena *arena, double seconds); /* "412 ms", "1.32 s" */
/** "Seven", "seven", "23". */
const char *words_count(struct arena *arena, int n, bool capital);
const char *words_ordinal(struct arena *arena, int n);                /* "8th" */
const char *words_month(struct arena *arena, struct date date);       /* "December 2026" */
const char *words_month_short(struct arena *arena, struct date date); /* "Dec 2026" */
/** "Dec 2026 to Feb 2027" where it begins on the 1st; else with its first and last day. */
const char *words_horizon(struct arena *arena, struct date start, int months);
const char *words_whole(struct arena *arena, double value); /* "8,760" */
/** "" for one, "s" for others. */
const char *words_plural(double n);
/** "a", "a and b", "a, b and c". */
const char *words_list(struct arena *arena, const char *const *items, int n);
/** As axis ticks, with the decimals of the step: "2,500"; all in the unit (M) that the largest
 * needs from a million on. */
const char *words_tick(struct arena *arena, double value, double step, double largest);
/** "$2.5K": in the unit that the largest amount has anywhere. */
const char *words_money_tick(struct arena *arena, double usd, double step, double largest);

/** A value above zero to two significant digits; else 0. */
double words_two_digits(double value);

#endif
