/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What is held and paid whether used or not, beside what is committed to: capacity, model units of
 * token APIs, copies of functions that are always ready. */
#ifndef HEADROOM_SCENARIOS_STUDY_HELD_H
#define HEADROOM_SCENARIOS_STUDY_HELD_H

#include "scenarios/study.h"

/** Held, where others are committed to: capacity and model units. */
bool study_is_held(const struct commitment *commitment);

/** How often model units are bought for their term; 0: held by the hour. */
int study_unit_terms(const struct study *study, const struct commitment *units);
/** "2 model units of llama-3.1-70b for 6 months, renewed once" */
const char *study_unit_words(struct arena *arena, const struct study *study,
                             const struct commitment *units);

/** "3 provisioned copies of lambda-x86"; NULL: the plan holds none of the candidate's. */
const char *study_copies_words(struct arena *arena, const struct study *study, int candidate);
/** Part of their time in which calls run on them, by the bill; NAN without one. Of candidates that
 * share an offer and a workload all together. */
double study_copies_used(const struct study *study, int candidate);

/** Tells units and copies that are used less than half. */
void study_notice_held(struct arena *arena, struct study *study);

#endif
