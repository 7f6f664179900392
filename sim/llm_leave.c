/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work that leaves an llm replica other than by being done: all of it when the replica is lost or
 * drained, one request when its client goes. */
#include "sim/llm_state.h"

enum { CLIENT_GONE = -1 }; /* for an id */

static void drop_from_completing(struct llm_replica *r, int32_t slot) {
    int32_t n = 0;
    for (int32_t i = 0; i < r->n_completing; i++)
        if (r->completing[i] != slot)
            r->completing[n++] = r->completing[i];
    r->n_completing = n;
}

void llm_drop_gone(struct llm_replica *r, int32_t slot) {
    int64_t blocks;
    if (finish_tree_has(&r->finishes, (uint32_t)slot)) {
        blocks = llm_blocks_for(llm_end_decode(r, slot), r->block_tokens);
    } else if (slot == r->partial) {
        blocks = r->partial_blocks;
        r->partial = LLM_NONE;
        r->partial_done = r->partial_chunk = 0;
        llm_unlink(r, slot);
    } else {
        const struct work *work = &r->sequences[slot].work;
        blocks = llm_blocks_for((int64_t)work->input_tokens + work->generated, r->block_tokens);
        drop_from_completing(r, slot);
        llm_unlink(r, slot);
    }
    if (r->cache)
        blocks = prefix_cache_finish(r->cache, &r->extras[slot].hold, blocks);
    r->free_blocks += blocks;
    if (r->lora)
        lora_end(r->lora, r->extras[slot].adapter);
}

/* The rest of the row is not made: what follows is eviction. */
void llm_settle(void *replica, sim_ticks now) {
    struct llm_replica *r = replica;
    int64_t done = llm_steps_done(r, now);
    r->context += done * r->n_decode;
    llm_count_iterations(r, done);
    r->row.k = 0;
}

/* Running sequences first, those that are preempted last before the others. */
static int32_t first_to_leave(const struct llm_replica *r) {
    for (int line = 0; line < r->n_lines; line++)
        if (r->lines[line].oldest != LLM_NONE)
            return r->lines[line].oldest;
    return LLM_NONE;
}

/* Take a sequence out of a replica whose memory will be empty. */
static void forget(struct llm_replica *r, int32_t slot) {
    if (finish_tree_has(&r->finishes, (uint32_t)slot))
        llm_end_decode(r, slot);
    else
        llm_unlink(r, slot);
}

/* A replica that is being lost keeps its step counter; nothing depends on where it starts. Its
 * memory is empty afterwards. */
bool llm_evict(void *replica, struct work *out) {
    struct llm_replica *r = replica;
    r->row.k = 0;
    r->n_completing = 0;
    r->partial_chunk = 0;
    r->wake = (struct wake){NEVER, EVENT_BOUNDARY};
    while (r->n_gone > 0)
        forget(r, r->gone[--r->n_gone]);
    int32_t slot = first_to_leave(r);
    if (slot != LLM_NONE) {
        bool decoding = finish_tree_has(&r->finishes, (uint32_t)slot);
        forget(r, slot);
        *out = r->sequences[slot].work; /* the slot is free, but as it was */
        out->recompute = !decoding && out->generated > 0;
        return true;
    }
    if (r->waiting.n > 0) {
        struct llm_waiting waiting = llm_queue_pop(&r->waiting);
        *out = waiting.work;
        out->recompute = waiting.preempted && out->generated > 0;
        return true;
    }
    r->partial = LLM_NONE;
    r->partial_done = 0;
    r->free_blocks = r->setup.service->llm.kv_blocks;
    if (r->cache)
        prefix_cache_reset(r->cache);
    if (r->lora)
        lora_reset(r->lora);
    return false;
}

static int32_t running_slot(const struct llm_replica *r, int64_t id) {
    for (int line = 0; line < r->n_lines; line++)
        for (int32_t slot = r->lines[line].oldest; slot != LLM_NONE;
             slot = r->sequences[slot].newer)
            if (r->sequences[slot].work.id == id)
                return slot;
    return LLM_NONE;
}

static void note_gone(struct llm_replica *r, int32_t slot) {
    if (r->gone_slots < r->capacity) {
        r->gone = arena_grow(r->setup.arena, r->gone, (size_t)r->n_gone, (size_t)r->capacity,
                             sizeof *r->gone);
        r->gone_slots = r->capacity;
    }
    r->gone[r->n_gone++] = slot;
}

/* What leaves the queue may let the next one in, and what runs leaves room behind: the row ends. */
bool llm_cancel(void *replica, int64_t id, bool waiting_only, sim_ticks now, struct work *out,
                struct wake *wake) {
    struct llm_replica *r = replica;
    struct llm_waiting waiting;
    if (llm_queue_remove(&r->waiting, id, waiting_only, &waiting)) {
        *out = waiting.work;
    } else {
        int32_t slot = waiting_only ? LLM_NONE : running_slot(r, id);
        if (slot == LLM_NONE)
            return false;
        *out = r->sequences[slot].work;
        r->sequences[slot].work.id = CLIENT_GONE;
        if (r->row.k == 0)
            llm_drop_gone(r, slot);
        else
            note_gone(r, slot);
    }
    if (r->row.k > 1)
        llm_cut_row(r, now);
    *wake = r->wake;
    return true;
}
