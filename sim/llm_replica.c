/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `llm`: iteration-level continuous batching as vLLM's v1 scheduler does it.
 *
 * A step is formed at each boundary:
 *   1. every decoding sequence takes one token of the budget and, where its context crosses a
 * block, one KV block; while blocks are missing a victim is preempted, the newest sequence or, with
 * priorities, the least urgent: it loses its blocks and goes back to the queue (sim/llm_queue.h),
 * to compute its prompt and the tokens it already made again;
 *   2. the prompt that is under way (at most one) goes on with what is left of the budget. Where
 * admission took blocks for its first chunk only, it takes more now and may preempt;
 *   3. unless something was preempted, waiting requests are admitted in order while the budget, the
 * sequence limit and the free blocks last; the first that does not fit holds up the others.
 * Admission takes the blocks of the whole prompt, but for those that the prefix cache has and that
 * are in use (sim/prefix_cache.h); tokens found there are not computed again.
 * The step that completes a prompt yields a token, at the end of the step.
 *
 * Jumps. In a step that only decodes nothing changes but one more token of context a sequence, so
 * such steps run in a row up to the first finish, the step that lacks a KV block, or an arrival
 * that could be admitted (then the row is cut at the first boundary at or after it). A head of the
 * queue that does not fit cannot fit later in the row either: free blocks and what the cache holds
 * only shrink, the other limits stay. Their total is the closed form of sim/iteration_time.h, the
 * finish of a sequence is an iteration number in a tree of minima, and the iterations at which
 * sequences need their next block fall into block_tokens classes; so a jump costs the same whatever
 * its length, and its times are those of the steps, to the tick. */
#include "sim/llm_service.h"
#include "sim/llm_state.h"

enum { FIRST_CAPACITY = 16, COMMON_BLOCK_TOKENS = 16 };

/* --- parameters --- */

static void *llm_open(const struct replica_setup *setup) {
    const struct llm_service *llm = &setup->service->llm;
    struct llm_replica *r = arena_new(setup->arena, struct llm_replica, 1);
    *r = (struct llm_replica){
        .wake = {NEVER, EVENT_BOUNDARY},
        .free_blocks = llm->kv_blocks,
        .free_slot = LLM_NONE,
        .partial = LLM_NONE,
        .due = arena_new(setup->arena, int32_t, 2 * llm->block_tokens),
        .block_tokens = divisor_of((uint32_t)llm->block_tokens),
        .sequences_max = llm->sequences_max < llm->tokens_per_step_max ? llm->sequences_max
                                                                       : llm->tokens_per_step_max,
        .budget = llm->tokens_per_step_max,
        .per_context = iteration_time_decode_per_context(&llm->time),
        .n_lines = llm->admission == ADMISSION_PRIORITY ? PRIORITIES_MAX : 1,
        .whole_prompts = llm->whole_prompts,
        .reserve_first_chunk = llm->reserve_first_chunk,
        .step_by_step = setup->step_by_step,
        .waiting = {.by_priority = llm->admission == ADMISSION_PRIORITY, .arena = setup->arena},
        .lora = lora_open(setup->arena, &llm->lora, setup->seed, setup->replication),
        .load = llm->lora.adapters > 0 ? service_ticks(llm->lora.load_s) : 0,
        .time = &llm->time,
        .setup = *setup,
    };
    for (int i = 0; i < PRIORITIES_MAX; i++)
        r->lines[i] = (struct llm_line){LLM_NONE, LLM_NONE};
    if (llm->prefix_caching)
        r->cache =
            prefix_cache_open(setup->arena, setup->prompts, llm->block_tokens, llm->kv_blocks);
    r->plain = !r->cache && !r->lora && !r->whole_prompts && !r->reserve_first_chunk;
    return r;
}

/* --- running sequences --- */

static void grow(struct llm_replica *r) {
    struct arena *arena = r->setup.arena;
    size_t old = (size_t)r->capacity, capacity = old > 0 ? 2 * old : FIRST_CAPACITY;
    r->sequences = arena_grow(arena, r->sequences, old, capacity, sizeof *r->sequences);
    min_tree_grow(&r->finishes, arena, (uint32_t)capacity);
    r->completing = arena_grow(arena, r->completing, old, capacity, sizeof *r->completing);
    r->fixed = arena_grow(arena, r->fixed, old + (old > 0), capacity + 1, sizeof *r->fixed);
    if (r->cache || r->lora)
        r->extras = arena_grow(arena, r->extras, old, capacity, sizeof *r->extras);
    for (int32_t slot = (int32_t)capacity; slot-- > r->capacity;) {
        r->sequences[slot].newer = r->free_slot;
        r->free_slot = slot;
    }
    r->capacity = (int32_t)capacity;
}

/* Whom the sequence comes right after in its line. */
static int32_t place_in_line(const struct llm_replica *r, const struct llm_line *line,
                             const struct work *work) {
    int32_t at = line->newest;
    if (r->n_lines > 1)
        while (at != LLM_NONE && llm_queue_before(work, &r->sequences[at].work))
            at = r->sequences[at].older;
    return at;
}

static int32_t add_running(struct llm_replica *r, const struct work *work) {
    if (r->free_slot == LLM_NONE)
        grow(r);
    int32_t slot = r->free_slot;
    struct llm_sequence *sequence = &r->sequences[slot];
    r->free_slot = sequence->newer;
    struct llm_line *line = llm_line_of(r, work);
    int32_t older = place_in_line(r, line, work);
    int32_t *link = older == LLM_NONE ? &line->oldest : &r->sequences[older].newer;
    sequence->work = *work;
    sequence->older = older;
    sequence->newer = *link;
    *(*link == LLM_NONE ? &line->newest : &r->sequences[*link].older) = slot;
    *link = slot;
    r->n_running++;
    return slot;
}

/* --- KV blocks --- */

/* Sequences that need a block in the next n steps, 0 <= n < block_tokens. Common blocks are short:
 * a sum of a known number of terms is a few vector instructions and no surprise. */
static int64_t due_within(const struct llm_replica *r, uint32_t n) {
    const int32_t *due = &r->due[r->phase];
    int32_t sum = 0;
    if (r->block_tokens.by == COMMON_BLOCK_TOKENS) {
        for (uint32_t i = 0; i < COMMON_BLOCK_TOKENS; i++)
            sum += due[i] & -(int32_t)(i < n);
        return sum;
    }
    for (uint32_t i = 0; i < n; i++)
        sum += due[i];
    return sum;
}

/* Blocks that the decoding sequences take in their next k steps. */
static int64_t blocks_taken(const struct llm_replica *r, int64_t k) {
    uint32_t cycles = divisor_divide(r->block_tokens, (uint32_t)k);
    uint32_t rest = (uint32_t)k - cycles * r->block_tokens.by;
    return (int64_t)cycles * r->n_decode + due_within(r, rest);
}

static void take_blocks(struct llm_replica *r, int64_t n) {
    r->free_blocks -= n;
    if (r->cache)
        prefix_cache_take(r->cache, n);
}

/* --- a boundary: what the pending steps brought --- */

/* It is done, or goes on elsewhere with the first token made. */
static void finish_sequence(struct llm_replica *r, int32_t slot, int64_t context, sim_ticks now) {
    int64_t blocks = llm_blocks_for(context, r->block_tokens);
    if (r->cache)
        blocks = prefix_cache_finish(r->cache, &r->extras[slot].hold, blocks);
    r->free_blocks += blocks;
    if (r->lora)
        lora_end(r->lora, r->extras[slot].adapter);
    /* The slot is free, but nothing takes it before this returns. */
    const struct work *work = &r->sequences[slot].work;
    bool goes_on = work->generated < work->output_tokens;
    (goes_on ? r->setup.prompt_done : r->setup.finished)(r->setup.context, r->setup.owner, work,
                                                         now);
}

static void complete_prompts(struct llm_replica *r, sim_ticks now) {
    for (int32_t i = 0; i < r->n_completing; i++) {
        int32_t slot = r->completing[i];
        struct work *work = &r->sequences[slot].work;
        int64_t prompt = (int64_t)work->input_tokens + work->generated;
        if (work->first_token == NO_TICKS)
            work->first_token = now;
        work->generated++;
        if (work->generated < work->output_tokens && !r->setup.prompt_done) {
            llm_begin_decode(r, slot);
            continue;
        }
        llm_unlink(r, slot);
        finish_sequence(r, slot, prompt, now);
    }
    r->n_completing = 0;
}

static void finish_first(struct llm_replica *r, sim_ticks now) {
    int32_t slot = (int32_t)finish_tree_first(&r->finishes);
    int64_t context = llm_end_decode(r, slot);
    finish_sequence(r, slot, context, now);
}

static bool finishes_now(const struct llm_replica *r) {
    return r->n_decode > 0 && finish_tree_least(&r->finishes) == r->iteration;
}

/* With a prefix cache or adapters it matters who ends first: in order of admission. */
static void finish_in_order(struct llm_replica *r, sim_ticks now) {
    int32_t *slots = &r->completing[r->n_completing];
    int n = 0;
    while (finishes_now(r)) {
        int32_t slot = (int32_t)finish_tree_first(&r->finishes);
        r->extras[slot].context = llm_end_decode(r, slot);
        int at = n++;
        for (; at > 0 && r->extras[slots[at - 1]].admitted > r->extras[slot].admitted; at--)
            slots[at] = slots[at - 1];
        slots[at] = slot;
    }
    for (int i = 0; i < n; i++)
        finish_sequence(r, slots[i], r->extras[slots[i]].context, now);
}

static void complete_row(struct llm_replica *r, sim_ticks now) {
    if (r->row.k > 1)
        take_blocks(r, blocks_taken(r, r->row.k) - r->first_blocks);
    r->context += r->n_decode * r->row.k;
    llm_count_iterations(r, r->row.k);
    r->row.k = 0;
    for (int32_t i = 0; i < r->n_gone; i++)
        llm_drop_gone(r, r->gone[i]);
    r->n_gone = 0;
    if (r->extras)
        finish_in_order(r, now);
    else
        while (finishes_now(r))
            finish_first(r, now);
    r->partial_done += r->partial_chunk;
    r->partial_chunk = 0;
    complete_prompts(r, now);
}

/* --- the next step --- */

/* What the step that is being formed has so far. */
struct forming {
    struct prefill_step prefill;
    sim_ticks now;  /* when it begins */
    int64_t budget; /* tokens left */
    int64_t loads;  /* of adapters */
    bool preempted;
};

/* The victim goes back to the queue with the tokens it made. */
static void preempt(struct llm_replica *r, struct forming *forming) {
    int line = r->n_lines - 1;
    while (r->lines[line].newest == LLM_NONE)
        line--;
    int32_t slot = r->lines[line].newest;
    int64_t cached, blocks;
    if (slot == r->partial) {
        cached = r->partial_done;
        blocks = r->partial_blocks;
        r->partial = LLM_NONE;
        r->partial_done = 0;
        llm_unlink(r, slot);
    } else {
        cached = llm_end_decode(r, slot);
        blocks = llm_blocks_for(cached, r->block_tokens);
    }
    struct llm_waiting waiting = {r->sequences[slot].work, PREFIX_CACHE_NO_RETURN, true};
    if (r->cache) {
        struct llm_extra *extra = &r->extras[slot];
        blocks = prefix_cache_preempt(r->cache, &waiting.work, extra->adapter, &extra->hold,
                                      cached / r->block_tokens.by, blocks, &waiting.cached);
    }
    r->free_blocks += blocks;
    if (r->lora)
        lora_end(r->lora, r->extras[slot].adapter);
    llm_queue_return(&r->waiting, &waiting);
    r->setup.counts->preemptions++;
    forming->preempted = true;
}

/* Put a chunk of the sequence's prompt into the step; `left` of its tokens are to be done. */
static void add_chunk(struct llm_replica *r, int32_t slot, int64_t done, int64_t left,
                      struct forming *forming) {
    int64_t chunk = left < forming->budget ? left : forming->budget;
    forming->budget -= chunk;
    forming->prefill.chunk_tokens += chunk;
    forming->prefill.chunk_context_twice += chunk * (2 * done + chunk);
    forming->prefill.cached_tokens += done;
    if (chunk < left) {
        r->partial = slot;
        r->partial_done = done;
        r->partial_chunk = chunk;
        return;
    }
    r->completing[r->n_completing++] = slot;
    if (r->cache)
        prefix_cache_learn(r->cache, &r->sequences[slot].work, r->extras[slot].adapter,
                           &r->extras[slot].hold, (done + chunk) / r->block_tokens.by);
}

/* The prompt under way goes on; it may be preempted for want of blocks, last of all. */
static void go_on(struct llm_replica *r, struct forming *forming) {
    int32_t slot = r->partial;
    const struct work *work = &r->sequences[slot].work;
    int64_t done = r->partial_done, left = (int64_t)work->input_tokens + work->generated - done;
    int64_t chunk = left < forming->budget ? left : forming->budget;
    int64_t blocks = 0;
    if (r->reserve_first_chunk)
        blocks = llm_blocks_for(done + chunk, r->block_tokens) - r->partial_blocks;
    while (r->due[r->phase] + blocks > r->free_blocks) {
        preempt(r, forming);
        if (r->partial == LLM_NONE)
            return;
    }
    take_blocks(r, blocks);
    r->partial_blocks += blocks;
    r->partial = LLM_NONE;
    r->partial_done = 0;
    add_chunk(r, slot, done, left, forming);
}

/* A request that was not here before begins to be served. */
static void count_begun(struct llm_replica *r, const struct llm_waiting *head, int64_t prompt,
                        int64_t cached, const struct forming *forming) {
    const struct replica_setup *setup = &r->setup;
    if (head->preempted)
        return;
    setup->counts->prompt_tokens += prompt;
    setup->counts->cached_prompt_tokens += cached;
    if (setup->started)
        setup->started(setup->context, setup->owner, &head->work, forming->now);
}

/* No prefix cache, no adapters, prompts in chunks and reserved whole: the way of most. */
static bool admit_plain(struct llm_replica *r, struct forming *forming) {
    const struct llm_waiting *head = llm_queue_head(&r->waiting);
    int64_t prompt = (int64_t)head->work.input_tokens + head->work.generated;
    int64_t blocks = llm_blocks_for(prompt, r->block_tokens);
    if (blocks > r->free_blocks)
        return false;
    count_begun(r, head, prompt, 0, forming);
    int32_t slot = add_running(r, &head->work);
    llm_queue_drop(&r->waiting);
    r->free_blocks -= blocks;
    r->partial_blocks = blocks;
    add_chunk(r, slot, 0, prompt, forming);
    return true;
}

static bool admit(struct llm_replica *r, struct forming *forming) {
    const struct llm_waiting *head = llm_queue_head(&r->waiting);
    int64_t prompt = (int64_t)head->work.input_tokens + head->work.generated;
    struct llm_extra extra = {.hold = {.node = LLM_NONE}, .admitted = r->n_admitted};
    struct prefix_hit hit = {.hold = {.node = LLM_NONE}};
    if (r->lora) {
        extra.adapter = lora_adapter_of(r->lora, head->work.id);
        if (!lora_has_room(r->lora, extra.adapter))
            return false;
    }
    if (r->cache)
        hit = prefix_cache_find(r->cache, &head->work, extra.adapter, head->cached,
                                (prompt - 1) / r->block_tokens.by);
    int64_t done = hit.blocks * r->block_tokens.by, left = prompt - done;
    if (r->whole_prompts && left > forming->budget)
        return false;
    bool reserve_all = !r->reserve_first_chunk || left <= forming->budget;
    int64_t reserved = reserve_all ? prompt : done + forming->budget;
    int64_t blocks = llm_blocks_for(reserved, r->block_tokens);
    if (blocks - hit.in_use > r->free_blocks)
        return false;
    count_begun(r, head, prompt, done, forming);
    struct llm_waiting next = llm_queue_pop(&r->waiting);
    int32_t slot = add_running(r, &next.work);
    if (r->cache)
        prefix_cache_share(r->cache, &hit, next.cached);
    if (r->lora)
        forming->loads += lora_begin(r->lora, extra.adapter);
    extra.hold = hit.hold;
    if (r->extras)
        r->extras[slot] = extra;
    r->n_admitted++;
    r->free_blocks -= hit.blocks - hit.in_use;
    take_blocks(r, blocks - hit.blocks);
    r->partial_blocks = blocks;
    add_chunk(r, slot, done, left, forming);
    return true;
}

/* The head comes with its cache: it takes its blocks, the next one of this step included, and
 * decodes from this step on. */
static bool admit_computed(struct llm_replica *r, struct forming *forming) {
    const struct work *head = &llm_queue_head(&r->waiting)->work;
    int64_t context = (int64_t)head->input_tokens + head->generated - 1;
    int64_t blocks = llm_blocks_for(context + 1, r->block_tokens);
    struct llm_extra extra = {.hold = {.node = LLM_NONE}, .admitted = r->n_admitted};
    if (blocks > r->free_blocks)
        return false;
    if (r->lora) {
        extra.adapter = lora_adapter_of(r->lora, head->id);
        if (!lora_has_room(r->lora, extra.adapter))
            return false;
        forming->loads += lora_begin(r->lora, extra.adapter);
    }
    struct llm_waiting next = llm_queue_pop(&r->waiting);
    int32_t slot = add_running(r, &next.work);
    if (r->extras)
        r->extras[slot] = extra;
    r->n_admitted++;
    r->first_blocks -= r->due[r->phase];
    llm_begin_decode(r, slot);
    r->first_blocks += r->due[r->phase];
    take_blocks(r, blocks);
    forming->budget--;
    return true;
}

static bool admit_next(struct llm_replica *r, struct forming *forming) {
    const struct llm_waiting *head = llm_queue_head(&r->waiting);
    if (head->work.generated > 0 && !head->preempted)
        return admit_computed(r, forming);
    return r->plain ? admit_plain(r, forming) : admit(r, forming);
}

static void admit_waiting(struct llm_replica *r, struct forming *forming) {
    while (r->waiting.n > 0 && r->n_running < r->sequences_max && forming->budget > 0)
        if (!admit_next(r, forming))
            return;
}

/* Longest row of decode steps in which nothing else happens; the first has its blocks. */
static int64_t row_length(const struct llm_replica *r) {
    int64_t k = finish_tree_least(&r->finishes) - r->iteration;
    int64_t free_blocks = r->free_blocks + r->first_blocks;
    if ((divisor_divide(r->block_tokens, (uint32_t)k) + 1LL) * r->n_decode <= free_blocks)
        return k;
    int64_t cycles = free_blocks / r->n_decode, left = free_blocks % r->n_decode;
    int64_t steps = cycles * r->block_tokens.by;
    for (const int32_t *due = &r->due[r->phase]; *due <= left; steps++)
        left -= *due++;
    return steps < k ? steps : k;
}

static void begin_row(struct llm_replica *r, int64_t k) {
    sim_ticks *fixed = &r->fixed[r->n_decode];
    if (*fixed == 0)
        *fixed = iteration_time_decode_fixed(r->time, r->n_decode);
    r->row = step_row_of(*fixed + r->per_context * r->context, r->per_context * r->n_decode, k);
    r->cut_on_arrival = r->row.k > 1 && (r->waiting.n == 0 || r->waiting.by_priority) &&
                        r->n_running < r->sequences_max;
}

static struct wake begin_step(struct llm_replica *r, sim_ticks now) {
    struct forming forming = {.now = now};
    /* One that runs alone always fits (llm_service_can_serve), so this ends with something running.
     */
    while (r->due[r->phase] > r->free_blocks)
        preempt(r, &forming);
    forming.budget = r->budget - r->n_decode;
    if (r->partial != LLM_NONE)
        go_on(r, &forming);
    r->first_blocks = r->due[r->phase];
    take_blocks(r, r->first_blocks);
    if (!forming.preempted)
        admit_waiting(r, &forming);
    r->anchor = now;
    if (r->n_running == 0) {
        r->wake = (struct wake){NEVER, EVENT_BOUNDARY};
        return r->wake;
    }
    if (forming.prefill.chunk_tokens == 0) {
        bool one = forming.preempted || forming.loads > 0 || r->step_by_step;
        begin_row(r, one ? 1 : row_length(r));
        r->row.first += forming.loads * r->load;
        r->setup.counts->adapter_loads += forming.loads;
        r->wake = (struct wake){now + step_row_ticks(&r->row, r->row.k), EVENT_BOUNDARY};
        return r->wake;
    }
    forming.prefill.n_decode = r->n_decode;
    forming.prefill.decode_context = r->context;
    forming.prefill.n_sampled = r->n_decode + r->n_completing;
    r->row.k = 1;
    r->cut_on_arrival = false;
    r->setup.counts->adapter_loads += forming.loads;
    sim_ticks ticks = iteration_time_prefill(r->time, &forming.prefill) + forming.loads * r->load;
    r->wake = (struct wake){now + ticks, EVENT_BOUNDARY};
    return r->wake;
}

/* --- the interface --- */

static struct wake llm_arrive(void *replica, const struct work *work, sim_ticks now) {
    struct llm_replica *r = replica;
    llm_queue_push(&r->waiting, work);
    if (r->row.k == 0) {
        r->wake = (struct wake){now, EVENT_BEGIN};
    } else if (r->cut_on_arrival && llm_queue_head(&r->waiting)->work.id == work->id) {
        llm_cut_row(r, now);
    }
    return r->wake;
}

static struct wake llm_advance(void *replica, sim_ticks now, bool last) {
    struct llm_replica *r = replica;
    if (r->row.k > 0)
        complete_row(r, now);
    if (last)
        return begin_step(r, now);
    r->wake = (struct wake){now, EVENT_BEGIN};
    return r->wake;
}

/* Its prompt is cached whole or in part, or about to be: it counts as a whole. */
static int64_t prompt_of(const struct llm_replica *r, int32_t slot) {
    return (int64_t)r->sequences[slot].work.input_tokens + r->sequences[slot].work.generated;
}

static void llm_load(const void *replica, sim_ticks now, struct replica_load *out) {
    const struct llm_replica *r = replica;
    int64_t done = llm_steps_done(r, now), tokens = r->context + done * r->n_decode;
    bool begun =
        done == 0 || step_row_ticks(&r->row, done) < now - r->anchor; /* the step after them */
    int64_t ahead = r->row.k > 1 ? blocks_taken(r, done + begun) - r->first_blocks : 0;
    for (int32_t i = 0; i < r->n_completing; i++)
        tokens += prompt_of(r, r->completing[i]);
    if (r->partial != LLM_NONE)
        tokens += prompt_of(r, r->partial);
    int64_t kv_blocks = r->setup.service->llm.kv_blocks;
    *out = (struct replica_load){
        .waiting = r->waiting.n,
        .running = r->n_running,
        .tokens = tokens,
        .kv_used = kv_blocks - r->free_blocks + ahead,
        .kv_blocks = kv_blocks,
    };
}

const struct replica_model llm_replica_model = {
    .check = llm_service_check,
    .can_serve = llm_service_can_serve,
    .open = llm_open,
    .arrive = llm_arrive,
    .advance = llm_advance,
    .evict = llm_evict,
    .load = llm_load,
    .settle = llm_settle,
    .goes_on = true,
    .cancel = llm_cancel,
};
