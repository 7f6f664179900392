/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `llm`: iteration-level continuous batching as vLLM's v1 scheduler does it.
 *
 * A step is formed at each boundary:
 *   1. every decoding sequence takes one token of the budget and, where its context crosses a
 * block, one KV block; while blocks are missing the newest sequence is preempted: it loses its
 * blocks and goes back to the head of the queue, to compute its prompt and the tokens it already
 * made again;
 *   2. the prompt that is under way (at most one, always the newest) goes on with what is left of
 *      the budget;
 *   3. unless something was preempted, waiting requests are admitted in order while the budget, the
 *      sequence limit and the free blocks last; admission reserves the blocks of the whole prompt.
 * The step that completes a prompt yields a token, at the end of the step.
 *
 * Jumps. In a step that only decodes nothing changes but one more token of context a sequence, so
 * such steps run in a row up to the first finish, the step that lacks a KV block, or an arrival
 * that could be admitted (then the row is cut at the first boundary at or after it). Their total is
 * the closed form of sim/iteration_time.h, the finish of a sequence is an iteration number in a
 * heap, and the iterations at which sequences need their next block fall into block_tokens classes;
 * so a jump costs the same whatever its length, and its times are those of the steps, to the tick.
 */
#include <math.h>

#include "base/err.h"
#include "sim/iteration_time.h"
#include "sim/replica.h"

__extension__ typedef __int128 int128;

enum {
    NONE = -1,
    SEQUENCES_MAX = 1 << 20,
    BLOCK_TOKENS_MAX = 4096,
    TOKENS_PER_STEP_MAX = 1 << 24,
    FIRST_CAPACITY = 16,
};

#define KV_BLOCKS_MAX (1LL << 40)
#define STEP_US_MAX 3600e6

/* A sequence that has KV blocks; a slot number names it. */
struct sequence {
    struct work work;         /* generated: as of admission */
    int64_t finish_iteration; /* decoding: the boundary at which its last token is there */
    int32_t heap_index;       /* NONE: prompt not yet complete */
    int32_t older, newer;     /* by admission; NONE at the ends. A free slot links through newer */
};

struct finish {
    int64_t iteration;
    int32_t slot;
};

struct llm_replica {
    /* the pending row of steps */
    sim_ticks anchor; /* where it starts */
    int64_t k;        /* its length; 0: none pending */
    sim_ticks first;  /* time of its first step */
    sim_ticks rise;   /* by which each step is longer than the one before */
    bool cut_on_arrival;
    struct wake wake;

    uint32_t phase;    /* iteration modulo block_tokens */
    int64_t iteration; /* steps completed */
    int64_t context;   /* cached tokens of all decoding sequences */
    int64_t free_blocks;
    int32_t n_decode, n_running;
    int32_t oldest, newest, free_slot;
    int32_t partial;       /* the sequence whose prompt is under way, or NONE */
    int64_t partial_done;  /* its tokens computed before the pending step */
    int64_t partial_chunk; /* its tokens in the pending step */
    int32_t n_completing;  /* sequences whose prompt completes in the pending step */

    struct sequence *sequences; /* [capacity] */
    struct finish *heap;        /* [capacity], n_decode of them in use */
    int32_t *completing;        /* [capacity] */
    int32_t capacity;
    int32_t *due; /* [block_tokens] decoding sequences by the iteration, modulo block_tokens, at
                     which they need a block */
    struct work_ring waiting;

    uint32_t block_tokens;
    int32_t sequences_max;
    int64_t budget;
    sim_ticks per_context;
    int64_t fixed_n; /* n for which `fixed` holds */
    sim_ticks fixed;
    const struct iteration_time *time;
    struct replica_setup setup;
};

/* --- parameters --- */

/* Token counts of one sequence fit 32 bits; so divided they cost a third. */
static int64_t blocks_for(int64_t tokens, uint32_t block_tokens) {
    uint32_t n = (uint32_t)tokens;
    return n / block_tokens + (n % block_tokens > 0);
}

static bool llm_check(const struct service *service, struct err *err) {
    const struct llm_service *llm = &service->llm;
    if (!iteration_time_valid(&llm->time))
        return err_set(err, ERR_INPUT, "llm: step time parameters must be finite and not negative");
    if (llm->tokens_per_step_max < 1 || llm->tokens_per_step_max > TOKENS_PER_STEP_MAX)
        return err_set(err, ERR_INPUT, "llm: tokens_per_step_max must be 1 to %d, not %d",
                       TOKENS_PER_STEP_MAX, llm->tokens_per_step_max);
    if (llm->sequences_max < 1 || llm->sequences_max > SEQUENCES_MAX)
        return err_set(err, ERR_INPUT, "llm: sequences_max must be 1 to %d, not %d", SEQUENCES_MAX,
                       llm->sequences_max);
    if (llm->block_tokens < 1 || llm->block_tokens > BLOCK_TOKENS_MAX)
        return err_set(err, ERR_INPUT, "llm: block_tokens must be 1 to %d, not %d",
                       BLOCK_TOKENS_MAX, llm->block_tokens);
    if (llm->kv_blocks < 1 || llm->kv_blocks > KV_BLOCKS_MAX || llm->context_max < 1)
        return err_set(err, ERR_INPUT, "llm: kv_blocks and context_max must be 1 or more");
    double context = (double)llm->kv_blocks * llm->block_tokens;
    double step_us =
        iteration_time_bound_us(&llm->time, llm->tokens_per_step_max, llm->sequences_max, context);
    if (step_us > STEP_US_MAX)
        return err_set(err, ERR_INPUT, "llm: one step could take %.3g s, more than an hour",
                       step_us / 1e6);
    return true;
}

/* The last token is never cached, so input + output - 1 tokens must fit. */
static bool llm_can_serve(const struct service *service, const struct work *work) {
    const struct llm_service *llm = &service->llm;
    int64_t output = work->output_tokens > 1 ? work->output_tokens : 1;
    int64_t cached = work->input_tokens + output - 1;
    return (int64_t)work->input_tokens + work->output_tokens <= llm->context_max &&
           blocks_for(cached, (uint32_t)llm->block_tokens) <= llm->kv_blocks;
}

static void *llm_open(const struct replica_setup *setup) {
    const struct llm_service *llm = &setup->service->llm;
    struct llm_replica *r = arena_new(setup->arena, struct llm_replica, 1);
    *r = (struct llm_replica){
        .wake = {NEVER, EVENT_BOUNDARY},
        .free_blocks = llm->kv_blocks,
        .oldest = NONE,
        .newest = NONE,
        .free_slot = NONE,
        .partial = NONE,
        .due = arena_new(setup->arena, int32_t, llm->block_tokens),
        .block_tokens = (uint32_t)llm->block_tokens,
        .sequences_max = llm->sequences_max < llm->tokens_per_step_max ? llm->sequences_max
                                                                       : llm->tokens_per_step_max,
        .budget = llm->tokens_per_step_max,
        .per_context = iteration_time_decode_per_context(&llm->time),
        .time = &llm->time,
        .setup = *setup,
    };
    return r;
}

/* --- running sequences --- */

static void grow(struct llm_replica *r) {
    struct arena *arena = r->setup.arena;
    size_t old = (size_t)r->capacity, capacity = old > 0 ? 2 * old : FIRST_CAPACITY;
    r->sequences = arena_grow(arena, r->sequences, old, capacity, sizeof *r->sequences);
    r->heap = arena_grow(arena, r->heap, old, capacity, sizeof *r->heap);
    r->completing = arena_grow(arena, r->completing, old, capacity, sizeof *r->completing);
    for (int32_t slot = (int32_t)capacity; slot-- > r->capacity;) {
        r->sequences[slot].newer = r->free_slot;
        r->free_slot = slot;
    }
    r->capacity = (int32_t)capacity;
}

static int32_t add_newest(struct llm_replica *r, const struct work *work) {
    if (r->free_slot == NONE)
        grow(r);
    int32_t slot = r->free_slot;
    struct sequence *sequence = &r->sequences[slot];
    r->free_slot = sequence->newer;
    sequence->work = *work;
    sequence->heap_index = NONE;
    sequence->older = r->newest;
    sequence->newer = NONE;
    if (r->newest == NONE)
        r->oldest = slot;
    else
        r->sequences[r->newest].newer = slot;
    r->newest = slot;
    r->n_running++;
    return slot;
}

static void unlink_running(struct llm_replica *r, int32_t slot) {
    struct sequence *sequence = &r->sequences[slot];
    if (sequence->older == NONE)
        r->oldest = sequence->newer;
    else
        r->sequences[sequence->older].newer = sequence->newer;
    if (sequence->newer == NONE)
        r->newest = sequence->older;
    else
        r->sequences[sequence->newer].older = sequence->older;
    sequence->newer = r->free_slot;
    r->free_slot = slot;
    r->n_running--;
}

/* --- heap of finishing iterations --- */

static void heap_place(struct llm_replica *r, int32_t index, struct finish finish) {
    r->heap[index] = finish;
    r->sequences[finish.slot].heap_index = index;
}

static void heap_up(struct llm_replica *r, int32_t index, struct finish finish) {
    while (index > 0 && finish.iteration < r->heap[(index - 1) / 2].iteration) {
        heap_place(r, index, r->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    heap_place(r, index, finish);
}

static void heap_down(struct llm_replica *r, int32_t index, int32_t n, struct finish finish) {
    for (int32_t child; (child = 2 * index + 1) < n; index = child) {
        if (child + 1 < n && r->heap[child + 1].iteration < r->heap[child].iteration)
            child++;
        if (r->heap[child].iteration >= finish.iteration)
            break;
        heap_place(r, index, r->heap[child]);
    }
    heap_place(r, index, finish);
}

/* n: entries after the removal. */
static void heap_remove(struct llm_replica *r, int32_t index, int32_t n) {
    struct finish last = r->heap[n];
    if (index == n)
        return;
    if (index > 0 && last.iteration < r->heap[(index - 1) / 2].iteration)
        heap_up(r, index, last);
    else
        heap_down(r, index, n, last);
}

/* --- decoding --- */

static int64_t generated_of(const struct llm_replica *r, const struct sequence *sequence) {
    return sequence->work.output_tokens - (sequence->finish_iteration - r->iteration);
}

/* Cached tokens of a decoding sequence: all it has but the last one made. */
static int64_t context_of(const struct llm_replica *r, const struct sequence *sequence) {
    return sequence->work.input_tokens + generated_of(r, sequence) - 1;
}

/* The iteration, modulo block_tokens, at which a context of so many tokens now is full blocks. */
static uint32_t due_of(const struct llm_replica *r, int64_t context) {
    uint32_t past = (uint32_t)context % r->block_tokens;
    return r->phase >= past ? r->phase - past : r->phase + r->block_tokens - past;
}

/* Its prompt is cached and its next token made. */
static void begin_decode(struct llm_replica *r, int32_t slot) {
    struct sequence *sequence = &r->sequences[slot];
    struct work *work = &sequence->work;
    sequence->finish_iteration = r->iteration + work->output_tokens - work->generated;
    int64_t context = context_of(r, sequence);
    r->context += context;
    r->due[due_of(r, context)]++;
    heap_up(r, r->n_decode, (struct finish){sequence->finish_iteration, slot});
    r->n_decode++;
}

/* Take a decoding sequence out and give its blocks back. */
static void end_decode(struct llm_replica *r, int32_t slot) {
    struct sequence *sequence = &r->sequences[slot];
    int64_t context = context_of(r, sequence);
    sequence->work.generated = (int32_t)generated_of(r, sequence);
    r->context -= context;
    r->due[due_of(r, context)]--;
    r->free_blocks += blocks_for(context, r->block_tokens);
    r->n_decode--;
    heap_remove(r, sequence->heap_index, r->n_decode);
    unlink_running(r, slot);
}

/* Blocks that the decoding sequences take in their next k steps. */
static int64_t blocks_taken(const struct llm_replica *r, int64_t k) {
    uint32_t cycles = (uint32_t)k / r->block_tokens, rest = (uint32_t)k % r->block_tokens;
    uint32_t end = r->phase + rest, wrapped = end > r->block_tokens ? end - r->block_tokens : 0;
    int64_t taken = (int64_t)cycles * r->n_decode;
    for (uint32_t at = r->phase; at < end - wrapped; at++)
        taken += r->due[at];
    for (uint32_t at = 0; at < wrapped; at++)
        taken += r->due[at];
    return taken;
}

static void count_iterations(struct llm_replica *r, int64_t k) {
    r->iteration += k;
    r->phase = (r->phase + (uint32_t)k % r->block_tokens) % r->block_tokens;
}

/* --- time of a row of decode steps --- */

/* S(j) of the pending row; exact for j <= k because S(k) fits. */
static sim_ticks row_ticks(const struct llm_replica *r, int64_t j) {
    return j * r->first + r->rise * (j * (j - 1) / 2);
}

/* Fewest steps of the pending row, at least one, that take `elapsed` or more. The root of the
 * quadratic in doubles, then put right in integers. */
static int64_t steps_to_reach(const struct llm_replica *r, sim_ticks elapsed) {
    double rise = (double)r->rise, half = (double)r->first - rise / 2, target = (double)elapsed;
    double root = 2 * target / (half + sqrt(half * half + 2 * rise * target));
    int64_t j = root < (double)r->k ? (int64_t)root : r->k;
    if (j < 1)
        j = 1;
    while (j > 1 && row_ticks(r, j - 1) >= elapsed)
        j--;
    while (j < r->k && row_ticks(r, j) < elapsed)
        j++;
    return j;
}

/* --- a boundary: what the pending steps brought --- */

static void finish_sequence(struct llm_replica *r, struct work *work, sim_ticks now) {
    r->setup.finished(r->setup.context, r->setup.owner, work, now);
}

static void complete_prompts(struct llm_replica *r, sim_ticks now) {
    for (int32_t i = 0; i < r->n_completing; i++) {
        int32_t slot = r->completing[i];
        struct work *work = &r->sequences[slot].work;
        int64_t prompt = (int64_t)work->input_tokens + work->generated;
        if (work->first_token == NO_TICKS)
            work->first_token = now;
        work->generated++;
        if (work->generated < work->output_tokens) {
            begin_decode(r, slot);
            continue;
        }
        struct work done = *work;
        r->free_blocks += blocks_for(prompt, r->block_tokens);
        unlink_running(r, slot);
        finish_sequence(r, &done, now);
    }
    r->n_completing = 0;
}

static void complete_row(struct llm_replica *r, sim_ticks now) {
    r->free_blocks -= blocks_taken(r, r->k);
    r->context += r->n_decode * r->k;
    count_iterations(r, r->k);
    r->k = 0;
    while (r->n_decode > 0 && r->heap[0].iteration == r->iteration) {
        int32_t slot = r->heap[0].slot;
        end_decode(r, slot);
        struct work done = r->sequences[slot].work;
        finish_sequence(r, &done, now);
    }
    r->partial_done += r->partial_chunk;
    r->partial_chunk = 0;
    complete_prompts(r, now);
}

/* --- the next step --- */

/* The newest goes back to the head of the queue with the tokens it made. */
static void preempt_newest(struct llm_replica *r) {
    int32_t slot = r->newest;
    struct sequence *sequence = &r->sequences[slot];
    if (slot == r->partial) {
        int64_t prompt = (int64_t)sequence->work.input_tokens + sequence->work.generated;
        r->free_blocks += blocks_for(prompt, r->block_tokens);
        r->partial = NONE;
        r->partial_done = 0;
        unlink_running(r, slot);
    } else {
        end_decode(r, slot);
    }
    work_ring_push_front(r->setup.arena, &r->waiting, &sequence->work);
    r->setup.counts->preemptions++;
}

/* The oldest alone always fits (llm_can_serve), so this ends with something running. */
static bool make_room(struct llm_replica *r) {
    bool preempted = false;
    while (r->due[r->phase] > r->free_blocks) {
        preempt_newest(r);
        preempted = true;
    }
    return preempted;
}

/* Put up to `budget` tokens of the sequence's prompt into the step. */
static void add_chunk(struct llm_replica *r, int32_t slot, int64_t done, int64_t budget,
                      struct prefill_step *step) {
    const struct work *work = &r->sequences[slot].work;
    int64_t left = (int64_t)work->input_tokens + work->generated - done;
    int64_t chunk = left < budget ? left : budget;
    step->chunk_tokens += chunk;
    step->chunk_context_twice += chunk * (2 * done + chunk);
    step->cached_tokens += done;
    if (chunk == left) {
        r->completing[r->n_completing++] = slot;
        r->partial = NONE;
        r->partial_done = 0;
    } else {
        r->partial = slot;
        r->partial_done = done;
        r->partial_chunk = chunk;
    }
}

static void admit(struct llm_replica *r, int64_t budget, struct prefill_step *step) {
    int64_t free_blocks = r->free_blocks - r->due[r->phase];
    while (r->waiting.n > 0 && r->n_running < r->sequences_max && step->chunk_tokens < budget) {
        const struct work *head = work_ring_front(&r->waiting);
        int64_t prompt = (int64_t)head->input_tokens + head->generated;
        int64_t blocks = blocks_for(prompt, r->block_tokens);
        if (blocks > free_blocks)
            break;
        struct work work = work_ring_pop_front(&r->waiting);
        free_blocks -= blocks;
        r->free_blocks -= blocks;
        add_chunk(r, add_newest(r, &work), 0, budget - step->chunk_tokens, step);
    }
}

/* Longest row of decode steps in which nothing else happens; make_room vouches for the first. */
static int64_t row_length(const struct llm_replica *r) {
    int64_t k = r->heap[0].iteration - r->iteration;
    if (((uint32_t)k / r->block_tokens + 1LL) * r->n_decode <= r->free_blocks)
        return k;
    int64_t cycles = r->free_blocks / r->n_decode, left = r->free_blocks % r->n_decode;
    int64_t steps = cycles * r->block_tokens;
    for (uint32_t at = r->phase; r->due[at] <= left; steps++) {
        left -= r->due[at];
        at = at + 1 == r->block_tokens ? 0 : at + 1;
    }
    return steps < k ? steps : k;
}

static void begin_row(struct llm_replica *r, int64_t k) {
    if (r->fixed_n != r->n_decode) {
        r->fixed = iteration_time_decode_fixed(r->time, r->n_decode);
        r->fixed_n = r->n_decode;
    }
    r->first = r->fixed + r->per_context * r->context;
    r->rise = r->per_context * r->n_decode;
    /* A row beyond any replay is cut: in pieces it takes the same time. */
    while (k > 1 && (int128)k * r->first + (int128)r->rise * (k * (k - 1) / 2) > TICKS_MAX)
        k /= 2;
    r->k = k;
    r->cut_on_arrival = k > 1 && r->waiting.n == 0 && r->n_running < r->sequences_max;
}

static struct wake begin_step(struct llm_replica *r, sim_ticks now) {
    struct prefill_step step = {0};
    bool preempted = make_room(r);
    int64_t budget = r->budget - r->n_decode;
    int32_t n_decode = r->n_decode;
    if (r->partial != NONE)
        add_chunk(r, r->partial, r->partial_done, budget, &step);
    if (!preempted)
        admit(r, budget, &step);
    r->anchor = now;
    if (r->n_running == 0) {
        r->wake = (struct wake){NEVER, EVENT_BOUNDARY};
        return r->wake;
    }
    if (step.chunk_tokens == 0) {
        begin_row(r, preempted || r->setup.step_by_step ? 1 : row_length(r));
        r->wake = (struct wake){now + row_ticks(r, r->k), EVENT_BOUNDARY};
        return r->wake;
    }
    step.n_decode = n_decode;
    step.decode_context = r->context;
    step.n_sampled = n_decode + r->n_completing;
    r->k = 1;
    r->cut_on_arrival = false;
    r->wake = (struct wake){now + iteration_time_prefill(r->time, &step), EVENT_BOUNDARY};
    return r->wake;
}

/* --- the interface --- */

static struct wake llm_arrive(void *replica, const struct work *work, sim_ticks now) {
    struct llm_replica *r = replica;
    work_ring_push_back(r->setup.arena, &r->waiting, work);
    if (r->k == 0) {
        r->wake = (struct wake){now, EVENT_BEGIN};
    } else if (r->cut_on_arrival) {
        r->k = steps_to_reach(r, now - r->anchor);
        r->cut_on_arrival = false;
        r->wake.time = r->anchor + row_ticks(r, r->k);
    }
    return r->wake;
}

static struct wake llm_advance(void *replica, sim_ticks now, bool last) {
    struct llm_replica *r = replica;
    if (r->k > 0)
        complete_row(r, now);
    if (last)
        return begin_step(r, now);
    r->wake = (struct wake){now, EVENT_BEGIN};
    return r->wake;
}

/* A replica that is being lost keeps its step counter; nothing depends on where it starts. */
static bool llm_evict(void *replica, struct work *out) {
    struct llm_replica *r = replica;
    r->k = 0;
    r->n_completing = 0;
    r->partial_chunk = 0;
    r->wake = (struct wake){NEVER, EVENT_BOUNDARY};
    if (r->oldest != NONE) {
        int32_t slot = r->oldest;
        *out = r->sequences[slot].work;
        if (r->sequences[slot].heap_index != NONE)
            end_decode(r, slot);
        else
            unlink_running(r, slot);
        return true;
    }
    r->partial = NONE;
    r->partial_done = 0;
    r->free_blocks = r->setup.service->llm.kv_blocks;
    if (r->waiting.n == 0)
        return false;
    *out = work_ring_pop_front(&r->waiting);
    return true;
}

const struct replica_model llm_replica_model = {
    .check = llm_check,
    .can_serve = llm_can_serve,
    .open = llm_open,
    .arrive = llm_arrive,
    .advance = llm_advance,
    .evict = llm_evict,
};
