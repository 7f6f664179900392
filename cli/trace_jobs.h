/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What `trace stats` says of a log of jobs: how many, how large, how long, and how long they would
 * wait on fewer nodes than they ran on at once. */
#ifndef HEADROOM_CLI_TRACE_JOBS_H
#define HEADROOM_CLI_TRACE_JOBS_H

#include <stdbool.h>

#include "base/source.h"

enum { NOT_JOBS = -1 };

/** Reads, prints and closes the source and returns the exit code, or leaves all as it was and
 * returns NOT_JOBS when its first line is not that of a log of jobs. */
int trace_jobs_stats(struct arena *arena, struct source *source, bool as_json);

#endif
