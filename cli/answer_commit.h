/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What is committed to, for the terminal: savings, guardrails, how flat the optimum is, and what
 * the provider's method would buy. */
#ifndef HEADROOM_CLI_ANSWER_COMMIT_H
#define HEADROOM_CLI_ANSWER_COMMIT_H

#include "scenarios/study.h"

/** Nothing where nothing is committed to. */
void answer_append_commitments(const struct study *study, struct text *out);
/** What engineering could change, in the order in which it is applied; nothing without levers. */
void answer_append_levers(const struct study *study, struct text *out);

/** "1-year ...: used 74%, guardrail 80%" for each guardrail that fails; "" when all hold. */
const char *answer_failed_guardrails(struct arena *arena, const struct study *study);

#endif
