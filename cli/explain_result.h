/* SPDX-License-Identifier: GPL-3.0-or-later */
/** `headroom explain RESULT [WHAT]`: a number, an action, a warning or a candidate of a result,
 * back to the lines that it rests on. */
#ifndef HEADROOM_CLI_EXPLAIN_RESULT_H
#define HEADROOM_CLI_EXPLAIN_RESULT_H

#include "cli/command.h"

int explain_result(struct arena *arena, const struct arguments *arguments);

#endif
