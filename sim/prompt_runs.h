/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Which blocks of known prompts always come together: `runs` of struct prompt_blocks. */
#ifndef HEADROOM_SIM_PROMPT_RUNS_H
#define HEADROOM_SIM_PROMPT_RUNS_H

#include "sim/traffic.h"

/** For each id the number of blocks from it on that every prompt with it has, itself included.
 *  Since an id stands for all blocks before it too, the next block belongs to the run when it comes
 * in as many prompts.
 *
 *  @param prompts  all but `runs`
 *  @return [n_ids] */
const uint32_t *prompt_runs(struct arena *arena, const struct prompt_blocks *prompts,
                            size_t n_rows);

#endif
