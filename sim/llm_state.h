/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What is in an llm replica: its running sequences in their lines, what the decoding ones need,
 * its KV blocks and the pending row of steps. Shared by llm_replica.c, which forms and ends steps,
 * and llm_leave.c, which takes work out from outside; nobody else looks inside. The functions stand
 * here because a step is a few of them. */
#ifndef HEADROOM_SIM_LLM_STATE_H
#define HEADROOM_SIM_LLM_STATE_H

#include "base/divisor.h"
#include "sim/finish_tree.h"
#include "sim/iteration_time.h"
#include "sim/llm_queue.h"
#include "sim/lora.h"
#include "sim/prefix_cache.h"
#include "sim/replica.h"
#include "sim/step_row.h"

enum { LLM_NONE = -1 };

/* A sequence that has KV blocks; a slot number names it. */
struct llm_sequence {
    struct work work;     /* generated: as of admission */
    int32_t older, newer; /* in its line; LLM_NONE at the ends. A free slot links through newer */
};

/* What only some settings ask for. */
struct llm_extra {
    struct prefix_hold hold;
    int32_t adapter;
    int64_t admitted; /* how many were before it */
    int64_t context;  /* of one that finishes */
};

/* Running sequences, victims last: all in order of admission, or one line a priority, each in order
 * of arrival. */
struct llm_line {
    int32_t oldest, newest;
};

/* In order of use, so that a step of the common kind stays within a few cache lines. */
struct llm_replica {
    /* the pending row of steps */
    sim_ticks anchor; /* where it starts */
    struct step_row row;
    struct wake wake;
    bool cut_on_arrival;
    bool whole_prompts, reserve_first_chunk;
    bool plain; /* neither of them, no cache, no adapters */
    bool step_by_step;

    uint32_t phase;    /* iteration modulo block_tokens */
    int64_t iteration; /* steps completed */
    int64_t context;   /* cached tokens of all decoding sequences */
    int64_t free_blocks;
    int64_t first_blocks; /* taken already for the first of the pending steps */
    int32_t n_decode, n_running;
    int32_t free_slot, sequences_max;
    int32_t n_completing;           /* sequences whose prompt completes in the pending step */
    int32_t partial;                /* the sequence whose prompt is under way, or LLM_NONE */
    struct min_tree finishes;       /* decoding sequences: when their last token is there */
    struct llm_sequence *sequences; /* [capacity] */
    struct llm_extra *extras;       /* [capacity]; NULL without prefix cache and adapters */
    int32_t *completing;            /* [capacity] */
    int32_t *due; /* [2 * block_tokens] decoding sequences by the iteration, modulo block_tokens, at
                     which they need a block; twice, so that what comes next lies in a row */
    sim_ticks *fixed; /* [capacity + 1] of a step of so many sequences; 0: not known yet */
    sim_ticks per_context;
    struct divisor block_tokens;
    int64_t budget;
    struct prefix_cache *cache; /* NULL: prefix caching is off */
    struct lora *lora;          /* NULL: no adapters */
    struct llm_queue waiting;
    const struct iteration_time *time;
    int32_t capacity, n_lines;
    struct llm_line lines[PRIORITIES_MAX];
    struct replica_setup setup;

    int64_t partial_done;   /* tokens of its prompt computed before the pending step */
    int64_t partial_chunk;  /* and in it */
    int64_t partial_blocks; /* it holds */
    int64_t n_admitted;
    sim_ticks load;     /* of one adapter */
    int32_t n_gone;     /* sequences whose client has gone, in the step under way */
    int32_t *gone;      /* [capacity when the first went] */
    int32_t gone_slots; /* that have room there */
};

static inline int64_t llm_blocks_for(int64_t tokens, struct divisor block_tokens) {
    return divisor_divide(block_tokens, (uint32_t)tokens + block_tokens.by - 1);
}

/* --- running sequences --- */

static inline struct llm_line *llm_line_of(struct llm_replica *r, const struct work *work) {
    return &r->lines[r->n_lines == 1 ? 0 : work->priority];
}

static inline void llm_unlink(struct llm_replica *r, int32_t slot) {
    struct llm_sequence *sequence = &r->sequences[slot];
    struct llm_line *line = llm_line_of(r, &sequence->work);
    int32_t older = sequence->older, newer = sequence->newer;
    *(older == LLM_NONE ? &line->oldest : &r->sequences[older].newer) = newer;
    *(newer == LLM_NONE ? &line->newest : &r->sequences[newer].older) = older;
    sequence->newer = r->free_slot;
    r->free_slot = slot;
    r->n_running--;
}

/* --- decoding --- */

static inline int64_t llm_generated(const struct llm_replica *r, int32_t slot) {
    int64_t left = finish_tree_of(&r->finishes, (uint32_t)slot) - r->iteration;
    return r->sequences[slot].work.output_tokens - left;
}

/* The iteration, modulo block_tokens, at which a context of so many tokens now is full blocks. */
static inline uint32_t llm_due_of(const struct llm_replica *r, int64_t context) {
    uint32_t past = divisor_remainder(r->block_tokens, (uint32_t)context);
    uint32_t at = r->phase - past;
    return at + (r->block_tokens.by & -(at >> 31)); /* without a branch that chance decides */
}

static inline void llm_count_due(struct llm_replica *r, int64_t context, int32_t change) {
    uint32_t at = llm_due_of(r, context);
    r->due[at] += change;
    r->due[at + r->block_tokens.by] += change;
}

/* Its prompt is cached and its next token made. The last one made is never in the context. */
static inline void llm_begin_decode(struct llm_replica *r, int32_t slot) {
    const struct work *work = &r->sequences[slot].work;
    int64_t context = (int64_t)work->input_tokens + work->generated - 1;
    int64_t finish = r->iteration + work->output_tokens - work->generated;
    r->context += context;
    llm_count_due(r, context, +1);
    finish_tree_set(&r->finishes, (uint32_t)slot, finish);
    r->n_decode++;
}

/* Take a decoding sequence out; its blocks are the caller's. Returns its context. */
static inline int64_t llm_end_decode(struct llm_replica *r, int32_t slot) {
    struct work *work = &r->sequences[slot].work;
    work->generated = (int32_t)llm_generated(r, slot);
    int64_t context = (int64_t)work->input_tokens + work->generated - 1;
    r->context -= context;
    llm_count_due(r, context, -1);
    r->n_decode--;
    finish_tree_clear(&r->finishes, (uint32_t)slot);
    llm_unlink(r, slot);
    return context;
}

static inline void llm_count_iterations(struct llm_replica *r, int64_t k) {
    r->iteration += k;
    r->phase += divisor_remainder(r->block_tokens, (uint32_t)k);
    r->phase -= r->phase >= r->block_tokens.by ? r->block_tokens.by : 0;
}

/* --- the pending row --- */

/* Steps of the pending row that have ended; boundaries at `now` come before this is asked. */
static inline int64_t llm_steps_done(const struct llm_replica *r, sim_ticks now) {
    if (r->row.k <= 1 || now == r->anchor)
        return 0;
    int64_t j = step_row_reach(&r->row, now - r->anchor);
    return step_row_ticks(&r->row, j) == now - r->anchor ? j : j - 1;
}

/* The pending row ends at its first boundary at `now` or after it. */
static inline void llm_cut_row(struct llm_replica *r, sim_ticks now) {
    r->row.k = step_row_reach(&r->row, now - r->anchor);
    r->cut_on_arrival = false;
    r->wake.time = r->anchor + step_row_ticks(&r->row, r->row.k);
}

/* --- llm_leave.c: work that goes from outside --- */

/** Take a sequence out whose client has gone: nobody hears of it. Between steps. */
void llm_drop_gone(struct llm_replica *r, int32_t slot);

/** As struct replica_model has them (sim/replica.h). */
bool llm_evict(void *replica, struct work *out);
void llm_settle(void *replica, sim_ticks now);
bool llm_cancel(void *replica, int64_t id, bool waiting_only, sim_ticks now, struct work *out,
                struct wake *wake);

#endif
