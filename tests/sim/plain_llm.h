/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plain simulation of one llm engine, to hold sim/llm_replica.c to: one step after another, one
 * sequence after another in running order, one KV block after another, each with the name of what
 * it holds, as the public scheduler does it. No jumps, no runs of blocks, no closed form. */
#ifndef HEADROOM_TESTS_SIM_PLAIN_LLM_H
#define HEADROOM_TESTS_SIM_PLAIN_LLM_H

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "sim/iteration_time.h"
#include "sim/traffic.h"
#include "sim/work.h"

enum { PLAIN_SEQUENCES = 160, PLAIN_BUCKETS = 1 << 12, PLAIN_LIST_END = -1 };

/* What a full block holds: a block id of its prompt, or the own content of one request. */
struct plain_content {
    bool own;
    int64_t name; /* id or request */
    int64_t edition, adapter, number;
};

struct plain_block {
    int users;
    bool findable;
    struct plain_content content;
    int same_bucket;
    int before, after; /* in the list of free blocks */
};

struct plain_sequence {
    struct work work;
    int adapter;
    int64_t cached, prompt, chunk; /* computed; to compute before decoding; in this step */
    int64_t n_blocks;
    int *blocks;
    int64_t n_named; /* of the blocks, from the first on, are findable or known not to be */
    bool copied;
    bool seen; /* admitted before */
    int64_t order;
};

struct plain {
    const struct llm_service *service;
    const struct prompt_blocks *prompts;
    const int *adapter_of; /* [n_requests] */
    /* Rules that a mutant breaks: */
    bool admit_after_preemption;
    bool front_first;     /* blocks are freed from the first to the last */
    bool newest_victim;   /* whatever its priority */
    bool unpadded;        /* to graph sizes */
    bool last_blocks;     /* a whole prompt can be found */
    bool one_content;     /* whatever the edition and the adapter */
    bool any_adapter_out; /* not the one unused for longest */
    struct plain_sequence running[PLAIN_SEQUENCES], waiting[PLAIN_SEQUENCES];
    int n_running, n_waiting;
    struct plain_block *blocks;
    int *buckets;
    int first_free, last_free;
    int64_t n_free;
    int64_t preemptions, prompt_tokens, cached_prompt_tokens, loads;
    int64_t loads_now;
    bool *resident;        /* by adapter */
    int64_t *unused_since; /* by adapter */
    int64_t clock;
    struct arena *arena;
    void (*finished)(void *context, const struct work *work, sim_ticks now);
    void *context;
};

/* --- blocks --- */

static inline void plain_append(struct plain *plain, int block) {
    struct plain_block *b = &plain->blocks[block];
    b->before = plain->last_free;
    b->after = PLAIN_LIST_END;
    if (plain->last_free == PLAIN_LIST_END)
        plain->first_free = block;
    else
        plain->blocks[plain->last_free].after = block;
    plain->last_free = block;
    plain->n_free++;
}

static inline void plain_unlink(struct plain *plain, int block) {
    struct plain_block *b = &plain->blocks[block];
    if (b->before == PLAIN_LIST_END)
        plain->first_free = b->after;
    else
        plain->blocks[b->before].after = b->after;
    if (b->after == PLAIN_LIST_END)
        plain->last_free = b->before;
    else
        plain->blocks[b->after].before = b->before;
    plain->n_free--;
}

static inline void plain_reset(struct plain *plain) {
    plain->n_running = plain->n_waiting = 0;
    plain->first_free = plain->last_free = PLAIN_LIST_END;
    plain->n_free = 0;
    for (int i = 0; i < PLAIN_BUCKETS; i++)
        plain->buckets[i] = PLAIN_LIST_END;
    for (int i = 0; i < plain->service->kv_blocks; i++) {
        plain->blocks[i] = (struct plain_block){0};
        plain_append(plain, i);
    }
    for (int i = 0; i < plain->service->lora.adapters; i++)
        plain->resident[i] = false;
}

static inline void plain_open(struct plain *plain, struct arena *arena) {
    plain->arena = arena;
    plain->blocks = arena_new(arena, struct plain_block, plain->service->kv_blocks);
    plain->buckets = arena_new(arena, int, PLAIN_BUCKETS);
    plain->resident = arena_new(arena, bool, plain->service->lora.adapters);
    plain->unused_since = arena_new(arena, int64_t, plain->service->lora.adapters);
    plain_reset(plain);
}

static inline int64_t plain_blocks_for(const struct plain *plain, int64_t tokens) {
    int64_t size = plain->service->block_tokens;
    return tokens / size + (tokens % size > 0);
}

/* --- what blocks hold --- */

static inline bool plain_same(const struct plain_content *a, const struct plain_content *b) {
    return a->own == b->own && a->name == b->name && a->edition == b->edition &&
           a->adapter == b->adapter && a->number == b->number;
}

static inline int *plain_bucket(const struct plain *plain, const struct plain_content *content) {
    uint64_t key = (uint64_t)content->name * 31 + (uint64_t)content->number;
    key = key * 31 + (uint64_t)content->edition * 7 + (uint64_t)content->adapter;
    return &plain->buckets[key * 0x9E3779B97F4A7C15ULL >> 52];
}

static inline int plain_find(const struct plain *plain, const struct plain_content *content) {
    int at = *plain_bucket(plain, content);
    while (at != PLAIN_LIST_END && !plain_same(&plain->blocks[at].content, content))
        at = plain->blocks[at].same_bucket;
    return at;
}

static inline void plain_forget(struct plain *plain, int block) {
    struct plain_block *b = &plain->blocks[block];
    if (!b->findable)
        return;
    int *link = plain_bucket(plain, &b->content);
    while (*link != block)
        link = &plain->blocks[*link].same_bucket;
    *link = b->same_bucket;
    b->findable = false;
}

/* Block `number` of the sequence: the id that covers its last token names it. */
static inline struct plain_content
plain_content_of(const struct plain *plain, const struct plain_sequence *sequence, int64_t number) {
    struct plain_content content = {.own = true,
                                    .name = sequence->work.id,
                                    .edition = 0,
                                    .adapter = sequence->adapter,
                                    .number = number};
    int32_t row = sequence->work.row;
    if (!plain->prompts || row < 0)
        return content;
    int64_t last_token = (number + 1) * plain->service->block_tokens - 1;
    int64_t at = plain->prompts->first[row] + last_token / plain->prompts->block_tokens;
    if (at >= plain->prompts->first[row + 1])
        return content;
    content.own = false;
    content.name = plain->prompts->ids[at];
    content.edition = plain->one_content ? 0 : sequence->work.edition;
    content.adapter = plain->one_content ? 0 : sequence->adapter;
    return content;
}

/* The first `tokens` tokens are computed when this step is done: name the blocks they fill. */
static inline void plain_name(struct plain *plain, struct plain_sequence *sequence,
                              int64_t tokens) {
    int64_t full = tokens / plain->service->block_tokens;
    for (; plain->service->prefix_caching && sequence->n_named < full; sequence->n_named++) {
        struct plain_content content = plain_content_of(plain, sequence, sequence->n_named);
        if (sequence->copied || plain_find(plain, &content) != PLAIN_LIST_END) {
            sequence->copied = true;
            continue;
        }
        int block = sequence->blocks[sequence->n_named];
        int *bucket = plain_bucket(plain, &content);
        plain->blocks[block].findable = true;
        plain->blocks[block].content = content;
        plain->blocks[block].same_bucket = *bucket;
        *bucket = block;
    }
}

/* Blocks for the first `tokens` tokens; false: there are not enough. */
static inline bool plain_allocate(struct plain *plain, struct plain_sequence *sequence,
                                  int64_t tokens) {
    int64_t needed = plain_blocks_for(plain, tokens) - sequence->n_blocks;
    if (needed > plain->n_free)
        return false;
    for (; needed > 0; needed--) {
        int block = plain->first_free;
        plain_unlink(plain, block);
        plain_forget(plain, block);
        plain->blocks[block].users = 1;
        sequence->blocks[sequence->n_blocks++] = block;
    }
    return true;
}

static inline void plain_free(struct plain *plain, struct plain_sequence *sequence) {
    for (int64_t i = 0; i < sequence->n_blocks; i++) {
        int64_t at = plain->front_first ? i : sequence->n_blocks - 1 - i;
        if (--plain->blocks[sequence->blocks[at]].users == 0)
            plain_append(plain, sequence->blocks[at]);
    }
    sequence->n_blocks = sequence->n_named = 0;
}

/* --- the queue --- */

static inline int64_t plain_compare(const struct work *a, const struct work *b) {
    if (a->priority != b->priority)
        return a->priority - b->priority;
    return a->arrival != b->arrival ? a->arrival - b->arrival : a->id - b->id;
}

static inline void plain_arrive(struct plain *plain, const struct work *work) {
    plain->waiting[plain->n_waiting++] = (struct plain_sequence){
        .work = *work,
        .adapter = plain->adapter_of ? plain->adapter_of[work->id] : 0,
        .prompt = work->input_tokens,
        .blocks = arena_new(plain->arena, int, work->input_tokens + work->output_tokens + 1),
    };
}

static inline int plain_head(const struct plain *plain) {
    int head = 0;
    for (int i = 1; plain->service->admission == ADMISSION_PRIORITY && i < plain->n_waiting; i++)
        if (plain_compare(&plain->waiting[i].work, &plain->waiting[head].work) < 0)
            head = i;
    return head;
}

static inline void plain_stop_adapter(struct plain *plain, int adapter) {
    for (int i = 0; i < plain->n_running; i++)
        if (plain->running[i].adapter == adapter)
            return;
    if (plain->service->lora.adapters > 0)
        plain->unused_since[adapter] = plain->clock++;
}

static inline int plain_victim(const struct plain *plain) {
    int victim = plain->n_running - 1;
    if (plain->service->admission == ADMISSION_FCFS || plain->newest_victim)
        return victim;
    for (int i = 0; i < plain->n_running; i++)
        if (plain_compare(&plain->running[i].work, &plain->running[victim].work) > 0)
            victim = i;
    return victim;
}

static inline void plain_preempt(struct plain *plain, int index) {
    struct plain_sequence victim = plain->running[index];
    plain->n_running--;
    for (int i = index; i < plain->n_running; i++)
        plain->running[i] = plain->running[i + 1];
    plain_free(plain, &victim);
    plain_stop_adapter(plain, victim.adapter);
    for (int i = plain->n_waiting++; i > 0; i--)
        plain->waiting[i] = plain->waiting[i - 1];
    victim.prompt = victim.work.input_tokens + victim.work.generated;
    victim.cached = victim.chunk = 0;
    victim.copied = false;
    victim.seen = true;
    plain->waiting[0] = victim;
    plain->preemptions++;
}

/* --- adapters --- */

/* Which adapter goes when one is loaded: the one unused for longest; -1: none has to, -2: all are
 * in use. */
static inline int plain_adapter_out(const struct plain *plain) {
    int n = 0, out = -2;
    for (int i = 0; i < plain->service->lora.adapters; i++) {
        bool used = false;
        for (int k = 0; k < plain->n_running; k++)
            used |= plain->running[k].adapter == i;
        n += plain->resident[i];
        if (plain->resident[i] && !used &&
            (out < 0 ||
             (!plain->any_adapter_out && plain->unused_since[i] < plain->unused_since[out])))
            out = i;
    }
    return n < plain->service->lora.resident ? -1 : out;
}

static inline bool plain_load_adapter(struct plain *plain, int adapter, bool try_only) {
    if (plain->service->lora.adapters == 0 || plain->resident[adapter])
        return true;
    int out = plain_adapter_out(plain);
    if (out == -2 || try_only)
        return out != -2;
    if (out >= 0)
        plain->resident[out] = false;
    plain->resident[adapter] = true;
    plain->loads++;
    plain->loads_now++;
    return true;
}

/* --- a step --- */

static inline void plain_run_on(struct plain *plain, int64_t *budget, bool *preempted) {
    for (int i = 0; i < plain->n_running;) {
        struct plain_sequence *sequence = &plain->running[i];
        int64_t left = sequence->prompt - sequence->cached;
        int64_t chunk = left <= 0 ? 1 : left < *budget ? left : *budget;
        bool gone = false;
        while (!gone && !plain_allocate(plain, sequence, sequence->cached + chunk)) {
            int victim = plain_victim(plain);
            *budget += victim < i ? plain->running[victim].chunk : 0;
            gone = victim == i;
            plain_preempt(plain, victim);
            *preempted = true;
            if (victim < i)
                sequence = &plain->running[--i];
        }
        if (gone)
            continue;
        sequence->chunk = chunk;
        *budget -= chunk;
        i++;
    }
    for (int i = 0; i < plain->n_running; i++)
        plain_name(plain, &plain->running[i], plain->running[i].cached + plain->running[i].chunk);
}

/* Blocks at the front of the sequence's content that are there, the last token's never. */
static inline int64_t plain_find_prefix(const struct plain *plain,
                                        const struct plain_sequence *sequence, int *found,
                                        int64_t *n_used) {
    int64_t last = sequence->prompt - !plain->last_blocks;
    int64_t most = last / plain->service->block_tokens, n = 0;
    for (*n_used = 0; plain->service->prefix_caching && n < most; n++) {
        struct plain_content content = plain_content_of(plain, sequence, n);
        int block = plain_find(plain, &content);
        if (block == PLAIN_LIST_END)
            break;
        found[n] = block;
        *n_used += plain->blocks[block].users > 0;
    }
    return n;
}

static inline bool plain_admit(struct plain *plain, int64_t *budget) {
    const struct llm_service *service = plain->service;
    int head = plain_head(plain);
    struct plain_sequence next = plain->waiting[head];
    if (!plain_load_adapter(plain, next.adapter, true))
        return false;
    int64_t n_used, n_found = plain_find_prefix(plain, &next, next.blocks, &n_used);
    int64_t cached = n_found * service->block_tokens, left = next.prompt - cached;
    if (service->whole_prompts && left > *budget)
        return false;
    int64_t chunk = left < *budget ? left : *budget;
    int64_t reserved = service->reserve_first_chunk ? cached + chunk : next.prompt;
    if (plain_blocks_for(plain, reserved) - n_used > plain->n_free)
        return false;
    plain_load_adapter(plain, next.adapter, false);
    for (int64_t i = 0; i < n_found; i++)
        if (plain->blocks[next.blocks[i]].users++ == 0)
            plain_unlink(plain, next.blocks[i]);
    next.n_blocks = next.n_named = n_found;
    next.cached = cached;
    next.chunk = chunk;
    plain_allocate(plain, &next, reserved);
    plain_name(plain, &next, cached + chunk);
    plain->prompt_tokens += next.seen ? 0 : next.prompt;
    plain->cached_prompt_tokens += next.seen ? 0 : cached;
    *budget -= chunk;
    plain->running[plain->n_running++] = next;
    plain->n_waiting--;
    for (int i = head; i < plain->n_waiting; i++)
        plain->waiting[i] = plain->waiting[i + 1];
    return true;
}

/* Decide the chunks of the next step; false: nothing to do. */
static inline bool plain_form(struct plain *plain) {
    const struct llm_service *service = plain->service;
    int64_t budget = service->tokens_per_step_max;
    bool preempted = false;
    plain->loads_now = 0;
    plain_run_on(plain, &budget, &preempted);
    int sequences_max = service->sequences_max < service->tokens_per_step_max
                            ? service->sequences_max
                            : service->tokens_per_step_max;
    while ((!preempted || plain->admit_after_preemption) && plain->n_waiting > 0 && budget > 0 &&
           plain->n_running < sequences_max)
        if (!plain_admit(plain, &budget))
            break;
    return plain->n_running > 0;
}

static inline double plain_padded(const struct plain *plain, double tokens) {
    static const int small[] = {1, 2, 4};
    if (!plain->service->time.graphs || plain->unpadded || tokens > 512)
        return tokens;
    for (int i = 0; i < 3; i++)
        if (tokens <= small[i])
            return small[i];
    int size = 8;
    while (size < tokens)
        size += size < 256 ? 8 : 16;
    return size;
}

static inline double plain_larger(double a, double b) {
    return a > b ? a : b;
}

/* The equations of sim/service.h over the pending step. The experts that tokens reach are the
 * product's own sum, which has a test of its own: another logarithm would round apart. */
static inline sim_ticks plain_step_ticks(const struct plain *plain) {
    const struct iteration_time *t = &plain->service->time;
    double tokens = 0, n = 0, context = 0, c = 0, c_context = 0, p = 0, sampled = 0;
    for (int i = 0; i < plain->n_running; i++) {
        const struct plain_sequence *sequence = &plain->running[i];
        tokens += (double)sequence->chunk;
        if (sequence->cached >= sequence->prompt) {
            n++;
            sampled++;
            context += (double)sequence->cached;
        } else {
            c += (double)sequence->chunk;
            p += (double)sequence->cached;
            c_context +=
                (double)sequence->chunk * ((double)sequence->cached + (double)sequence->chunk / 2);
            sampled += sequence->cached + sequence->chunk == sequence->prompt;
        }
    }
    double attention =
        t->m0 + t->m1 * c + t->m2 * c_context + t->m3 * p + t->m4 * n + t->m5 * context;
    if (n == 0)
        attention = t->p0 + t->p1 * c + t->p2 * c_context + t->p3 * p;
    if (c == 0)
        attention = t->d0 + t->d1 * n;
    tokens = plain_padded(plain, tokens);
    double layer =
        plain_larger(t->a0 + t->a1 * tokens, t->b0 + t->b1 * tokens) + t->r0 + t->r1 * tokens;
    if (t->experts > 0)
        layer += plain_larger(t->x0 + t->x1 * iteration_time_experts_hit(t, tokens),
                              t->y0 + t->y1 * tokens);
    double other = t->t0 + t->layers * layer + t->h0 + t->h1 * sampled;
    sim_ticks ticks = llround((other + t->layers * attention) * TICKS_PER_US);
    if (c == 0) /* a whole number of ticks for each cached token */
        ticks += llround(t->layers * t->d2 * TICKS_PER_US) * (sim_ticks)context;
    return ticks + plain->loads_now * ticks_from_seconds(plain->service->lora.load_s);
}

static inline void plain_complete(struct plain *plain, sim_ticks now) {
    for (int i = 0; i < plain->n_running;) {
        struct plain_sequence *sequence = &plain->running[i];
        struct work *work = &sequence->work;
        sequence->cached += sequence->chunk;
        sequence->chunk = 0;
        bool sampled = sequence->cached >= sequence->prompt;
        work->generated += sampled;
        if (sampled && work->first_token == NO_TICKS)
            work->first_token = now;
        if (!sampled || work->generated < work->output_tokens) {
            i++;
            continue;
        }
        struct plain_sequence done = *sequence;
        plain->n_running--;
        for (int k = i; k < plain->n_running; k++)
            plain->running[k] = plain->running[k + 1];
        plain_free(plain, &done);
        plain_stop_adapter(plain, done.adapter);
        plain->finished(plain->context, &done.work, now);
    }
}

static inline bool plain_can_serve(const struct plain *plain, const struct work *work) {
    const struct llm_service *service = plain->service;
    int64_t output = work->output_tokens > 1 ? work->output_tokens : 1;
    int64_t cached = work->input_tokens + output - 1;
    return work->input_tokens + work->output_tokens <= service->context_max &&
           plain_blocks_for(plain, cached) <= service->kv_blocks &&
           (!service->whole_prompts || cached <= service->tokens_per_step_max);
}

#endif
