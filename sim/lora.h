/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The LoRA adapters in the memory of one llm replica.
 *
 *  An adapter stays while a running sequence uses it. The ones that nobody uses stay too, until a
 * load needs their place: the one unused for the longest goes first. */
#ifndef HEADROOM_SIM_LORA_H
#define HEADROOM_SIM_LORA_H

#include "base/arena.h"
#include "sim/service.h"

struct lora;

/** Counts in range, skew and load_s finite and not negative? */
bool lora_valid(const struct lora_service *service);

/** NULL when the service has no adapters. */
struct lora *lora_open(struct arena *arena, const struct lora_service *service, uint64_t seed,
                       uint64_t replication);

/** Adapter of a request, 0 .. adapters - 1, 0 the most popular: a keyed draw with Zipf weights. */
int32_t lora_adapter_of(const struct lora *lora, int64_t request);

/** May a sequence of that adapter begin to run: is it there, or is there a place for it? */
bool lora_has_room(const struct lora *lora, int32_t adapter);
/** One more sequence of it runs; it must have room. True: it had to be loaded. */
bool lora_begin(struct lora *lora, int32_t adapter);
/** One sequence of it less runs. */
void lora_end(struct lora *lora, int32_t adapter);
/** Nothing runs and nothing is in memory. */
void lora_reset(struct lora *lora);

#endif
