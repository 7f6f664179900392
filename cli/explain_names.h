/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The words that people have for numbers of a result: those of the terminal's table, of the tiles
 * of page 1, and the plain ones. */
#ifndef HEADROOM_CLI_EXPLAIN_NAMES_H
#define HEADROOM_CLI_EXPLAIN_NAMES_H

#include "base/arena.h"
#include "scenarios/result_read.h"

/** The path in result.json, or the id, that a name means: "Saving per month" is
 * "saving_usd_per_month", "2" is "action-2". Letters' case, a star at the end, what is in brackets,
 * and whether words are joined by blanks, "_" or "-" make no difference. NULL: no name; the number
 * may still be missing in this result. */
const char *explain_name(struct arena *arena, const struct result_file *result, const char *name);

/** All names, as explain_name reads them: [*n]. */
const char *const *explain_names(struct arena *arena, size_t *n);

#endif
