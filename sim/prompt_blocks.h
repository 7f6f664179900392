/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Building and measuring what prompts have in common (struct prompt_blocks of sim/traffic.h). */
#ifndef HEADROOM_SIM_PROMPT_BLOCKS_H
#define HEADROOM_SIM_PROMPT_BLOCKS_H

#include "sim/traffic.h"

/** From the ids of a log to dense ones. A dense id stands for its block and all blocks before it,
 * whether or not the log's own ids did. A last block that is not full is left out.
 *
 *  @param requests  [n] their input tokens
 *  @param ids       [n] arrays of n_ids[i] ids of block_tokens tokens each; NULL where n_ids[i] = 0
 */
const struct prompt_blocks *prompt_blocks_chain(struct arena *arena, int32_t block_tokens, size_t n,
                                                const struct request *requests,
                                                uint64_t *const *ids, const int *n_ids);

/** Prompt tokens that a cache which forgets nothing finds again, when `requests` [n] arrive in
 * order and it is empty before each `run` >= 1 of them; a last run may be shorter. */
int64_t prompt_blocks_found(struct arena *scratch, const struct prompt_blocks *prompts,
                            const struct request *requests, size_t n, size_t run);

#endif
