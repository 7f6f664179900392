/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Prefix caching: which free KV blocks of an llm replica still hold content that a request can
 * use.
 *
 *  As vLLM's v1 block pool does it. All blocks that no sequence holds stand in one list, in the
 * order in which they were freed, those of one sequence from its last block to its first. New
 * blocks are taken from the head of the list, which ends what they held. A full block of known
 * content can be found until then: sequences with the same prefix hold it together, and a free one
 * leaves the list when it is found.
 *
 *  Known to all is the content of a prompt's blocks with ids (struct prompt_blocks), within one
 * edition and one LoRA adapter. A block of the engine belongs to the id that covers its last token.
 * What follows, the rest of the prompt and the tokens made, only the request itself can find, after
 * a preemption. A block counts as full when the step that fills it is formed.
 *
 *  One rule is simpler than vLLM's. At least one token of a prompt is always computed, so the last
 * block of a prompt that is known to its end is computed again although it may be there. vLLM then
 * keeps two blocks that can be found; here the copy and what follows it cannot.
 *
 *  Blocks that always come together (prompts->runs) are one node, and what is freed together is one
 * entry of the list, so the cost of a call follows the changes, not the blocks. How many blocks are
 * free is the caller's to know: it takes no more than that. */
#ifndef HEADROOM_SIM_PREFIX_CACHE_H
#define HEADROOM_SIM_PREFIX_CACHE_H

#include "sim/traffic.h"
#include "sim/work.h"

struct prefix_cache;

/** What a running sequence holds of the content known to all. */
struct prefix_hold {
    int32_t node;    /* the deepest; -1: nothing */
    int32_t in_node; /* blocks of it */
    int32_t blocks;  /* from the first of the prompt on */
    uint32_t next;   /* the id after those of the node, counted from the prompt's first */
    bool copied;     /* the block after these was computed although its content was there */
};

struct prefix_hit {
    struct prefix_hold hold;
    int64_t blocks; /* found from the first on, own content included */
    int64_t in_use; /* of them held by running sequences; the others are free */
};

enum { PREFIX_CACHE_NO_RETURN = -1 };

/** Empty, with that many free blocks. prompts may be NULL: then only preempted requests find
 * something. */
struct prefix_cache *prefix_cache_open(struct arena *arena, const struct prompt_blocks *prompts,
                                       int32_t block_tokens, int64_t kv_blocks);
void prefix_cache_reset(struct prefix_cache *cache);

/** The longest prefix of the request that is there, at most `blocks_max` blocks. Changes nothing.
 *
 *  @param returning  what prefix_cache_preempt gave, or PREFIX_CACHE_NO_RETURN */
struct prefix_hit prefix_cache_find(const struct prefix_cache *cache, const struct work *work,
                                    int32_t adapter, int32_t returning, int64_t blocks_max);
/** A sequence holds what was found; ends `returning`. */
void prefix_cache_share(struct prefix_cache *cache, const struct prefix_hit *hit,
                        int32_t returning);
/** Take free blocks for new content. */
void prefix_cache_take(struct prefix_cache *cache, int64_t n);
/** The sequence's first `blocks` blocks are full: others can find those with ids. */
void prefix_cache_learn(struct prefix_cache *cache, const struct work *work, int32_t adapter,
                        struct prefix_hold *hold, int64_t blocks);
/** The request is done and gives all its `n` blocks back. Returns how many of them are free now. */
int64_t prefix_cache_finish(struct prefix_cache *cache, const struct prefix_hold *hold, int64_t n);
/** The same for a request that will return; of its n blocks the first `full` are full.
 *
 *  @param returning  out: a handle for find and share, or PREFIX_CACHE_NO_RETURN */
int64_t prefix_cache_preempt(struct prefix_cache *cache, const struct work *work, int32_t adapter,
                             struct prefix_hold *hold, int64_t full, int64_t n, int32_t *returning);

#endif
