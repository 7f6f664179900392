/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Commitments chosen for the futures that may come, where policy.risk asks for it (docs/model.md
 * 5.13). */
#ifndef HEADROOM_SCENARIOS_STUDY_HEDGE_H
#define HEADROOM_SCENARIOS_STUDY_HEDGE_H

#include "scenarios/study.h"

/** What a plan buys, without what is owned: [*n]. */
const struct commitment *study_bought(struct arena *arena, const struct plan *plan, int *n);

/** Of the study's plan_input: the plan for the planned demand alone is replaced by one with the
 * commitments that cost least over the futures, of those that keep every limit of the plan; fills
 * study->hedge. Nothing changes without policy.risk, without a plan and where nothing is for sale.
 */
bool study_hedge_plan(struct arena *arena, struct study *study, const struct study_options *options,
                      struct plan *plan, struct err *err);

/** "commitments are chosen for ..."; "" where they are not. */
const char *study_hedge_words(struct arena *arena, const struct study *study);

#endif
