/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What `trace stats` says of a file of spot availability or spot prices. */
#ifndef HEADROOM_CLI_TRACE_SPOT_H
#define HEADROOM_CLI_TRACE_SPOT_H

#include <stdbool.h>

#include "base/source.h"

enum { NOT_SPOT = -1 };

/** Reads, prints and closes the source and returns the exit code, or leaves all as it was and
 * returns NOT_SPOT when the file begins like none of the two. */
int trace_spot_stats(struct arena *arena, struct source *source, bool as_json);

#endif
