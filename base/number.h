/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Figures in sentences: three significant digits, never an exponent. One rule for terminal,
 * notices and report; tables for programs keep their digits. */
#ifndef HEADROOM_BASE_NUMBER_H
#define HEADROOM_BASE_NUMBER_H

#include "base/arena.h"

/** "0.0385", "23.7", "497K", "1.24M", "-950"; "n/a" when not finite. */
const char *number_words(struct arena *arena, double value);
/** Significant digits, all before the point, without a unit: "12,346", "2,047.8", "0.0123";
 * "unknown" when not finite. */
const char *number_digits(struct arena *arena, double value, int digits);
/** Of a share: "48.1%", "100%", "-1,897%"; "under 0.01%" of what is left of nothing. */
const char *number_percent(struct arena *arena, double share);
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
