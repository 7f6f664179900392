/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A scenario's whole answer for a command: options, progress and mistakes are handled as `run`
 * does.
 */
#ifndef HEADROOM_CLI_RUN_STUDY_H
#define HEADROOM_CLI_RUN_STUDY_H

#include "cli/command.h"
#include "scenarios/study.h"

/** @param scenario  as on the command line: a folder or a file
 *  @param options   how far to go; files, threads and progress are filled in
 *  @return 0, or the exit code after the mistakes were printed */
int run_study(struct arena *arena, const struct arguments *arguments, const char *scenario,
              struct study_options *options, struct study *study);

#endif
