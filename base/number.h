/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Figures in sentences and tables for people: three significant digits, zeros among them, never an
 * exponent; what is whole is written whole. One rule for terminal, Markdown, notices and report;
 * tables for programs keep their digits. Money: base/money.h. */
#ifndef HEADROOM_BASE_NUMBER_H
#define HEADROOM_BASE_NUMBER_H

#include "base/arena.h"

/** "0.0385", "23.7", "2.90", "5", "497K", "1.24M", "-950"; "n/a" when not finite. */
const char *number_words(struct arena *arena, double value);
/** Significant digits, all before the point, without a unit: "12,346", "2,047.8", "0.0123";
 * "unknown" when not finite. */
const char *number_digits(struct arena *arena, double value, int digits);
/** Rounded to so many digits, zeros among them, without a unit: "0.030", "6.3", "1,300"; for
 * figures whose error allows no more. */
const char *number_rounded(struct arena *arena, double value, int digits);
/** Of a share: whole percents, below ten two digits: "48%", "6.9%", "-1,897%"; never "100%" of less
 * than all ("over 99%"), nor "0%" of something ("under 0.01%"). */
const char *number_percent(struct arena *arena, double share);
/** How many times as much: "1.26 times", "384 times", "4,930 times". */
const char *number_times(struct arena *arena, double ratio);
/** "8,760"; "n/a" when not finite or beyond 1e15. */
const char *number_whole(struct arena *arena, double value);
/** The ending of what is counted: "" for one, "s" for others. */
const char *number_plural(double n);
/** "the only rate", "1 of the 2 rates", "all 2 rates": 1 <= n <= all. */
const char *number_part(struct arena *arena, int n, int all, const char *unit);
/** "1 month", "9.1 months": the words of n and what it counts, which takes an s. */
const char *number_counted(struct arena *arena, double n, const char *unit);
/** The same of months, to a tenth. */
const char *number_months(struct arena *arena, double n);

#endif
