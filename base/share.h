/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Shares of requests within target, and ranges, as people read them: one rule for terminal,
 * notices and report. */
#ifndef HEADROOM_BASE_SHARE_H
#define HEADROOM_BASE_SHARE_H

#include "base/arena.h"

/** Per cent with two decimals, cut and never rounded up, so that a missed target never looks met:
 * 0.98999 is "98.99%". "n/a" when not finite. */
const char *share_words(struct arena *arena, double share);

/** "LOW to HIGH"; what reads the same at both ends is said once. */
const char *range_words(struct arena *arena, const char *low, const char *high);

#endif
