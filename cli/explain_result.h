/* SPDX-License-Identifier: GPL-3.0-or-later */
/** `headroom explain RESULT [WHAT]`: a number of a result, or an action, a warning, a purchase, an
 * option that was not taken, a lever or a candidate, back to the lines that it rests on. */
#ifndef HEADROOM_CLI_EXPLAIN_RESULT_H
#define HEADROOM_CLI_EXPLAIN_RESULT_H

#include "cli/command.h"

int explain_result(struct arena *arena, const struct arguments *arguments);

#endif
