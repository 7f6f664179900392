/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A study as text for a terminal of 80 columns: the answer first, then tables, then what to be
 * careful about. */
#ifndef HEADROOM_CLI_ANSWER_H
#define HEADROOM_CLI_ANSWER_H

#include "base/text.h"
#include "scenarios/study.h"

void answer_append(const struct study *study, struct text *out);            /* headroom run, plan */
void answer_append_candidates(const struct study *study, struct text *out); /* headroom size */

/** The same for a pull request. */
void answer_append_markdown(const struct study *study, struct text *out);
void answer_append_candidates_markdown(const struct study *study, struct text *out);

/** Requests a second that one instance of a candidate carries, "no cap" for what has none. */
const char *answer_rate_words(struct arena *arena, const struct study *study, int candidate);

#endif
