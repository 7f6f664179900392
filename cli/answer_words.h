/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Figures as the answer's files write them. */
#ifndef HEADROOM_CLI_ANSWER_WORDS_H
#define HEADROOM_CLI_ANSWER_WORDS_H

#include "scenarios/study.h"

/** Three significant digits; "-" when unknown. */
const char *money(struct arena *arena, double usd);
/** The same of a sum for the month: less than a cent is nothing. */
const char *total(struct arena *arena, double usd);

/** The notices in words, those that are alike in one.
 *  @return how many texts *out has */
int answer_notices(struct arena *arena, const struct study *study, const char *const **out);

#endif
