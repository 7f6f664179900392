/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `split`: llm replicas inside one replica. Those that compute prompts hand each request over when
 * its first token is known; its cache crosses the link and one of the others goes on with it.
 *
 * What happens at one instant happens in the order of sim/replica.h inside as well: steps end,
 * which may free an engine, caches arrive there, which may cut a row of decode steps, then steps
 * begin. */
#include <math.h>

#include "base/err.h"
#include "sim/replica.h"

enum { CLIENT_GONE = -1 /* for an id */ };

#define LINK_S_MAX 3600.0

struct engine {
    void *state; /* of llm_replica_model */
    struct wake wake;
    int64_t outstanding;
};

struct split_replica {
    struct service prefill, decode;
    struct engine *engines; /* [n_engines] first those that compute prompts */
    uint32_t n_prefill, n_engines;
    struct work_ring link;      /* in the order of their first tokens; the head is on its way */
    sim_ticks link_free;        /* when the last that was started has left */
    sim_ticks latency, arrival; /* of a transfer; of the head's, NEVER without one */
    double link_bytes_per_s, bytes_per_token;
    struct replica_setup setup;
};

/* ---- parameters ---- */

static struct service engine_of(const struct llm_service *llm) {
    return (struct service){.kind = SERVICE_LLM, .llm = *llm};
}

static bool check_link(const struct split_service *split, struct err *err) {
    if (!(split->link_s >= 0 && split->link_s <= LINK_S_MAX))
        return err_set(err, ERR_INPUT, "split: the link's latency must be 0 to %g s, not %g",
                       LINK_S_MAX, split->link_s);
    if (!(split->link_bytes_per_s > 0) || isinf(split->link_bytes_per_s))
        return err_set(err, ERR_INPUT, "split: the link's rate must be above 0 bytes/s, not %g",
                       split->link_bytes_per_s);
    if (!(split->cache_bytes_per_token >= 0) || isinf(split->cache_bytes_per_token))
        return err_set(err, ERR_INPUT, "split: a token's cache must be 0 bytes or more, not %g",
                       split->cache_bytes_per_token);
    return true;
}

static bool split_check(const struct service *service, struct err *err) {
    const struct split_service *split = &service->split;
    if (split->prefill < 1 || split->prefill > SPLIT_ENGINES_MAX || split->decode < 1 ||
        split->decode > SPLIT_ENGINES_MAX)
        return err_set(err, ERR_INPUT, "split: engines must be 1 to %d of each, not %d and %d",
                       SPLIT_ENGINES_MAX, split->prefill, split->decode);
    if (split->prefill_engine.context_max != split->decode_engine.context_max)
        return err_set(err, ERR_INPUT, "split: context_max is %d for prefill and %d for decode",
                       split->prefill_engine.context_max, split->decode_engine.context_max);
    if (split->decode_engine.prefix_caching)
        return err_set(err, ERR_INPUT, "split: decode engines keep no prefixes");
    struct service prefill = engine_of(&split->prefill_engine);
    struct service decode = engine_of(&split->decode_engine);
    return check_link(split, err) && llm_replica_model.check(&prefill, err) &&
           llm_replica_model.check(&decode, err);
}

/* One engine has to hold the prompt, and unless that gives the whole answer another one both. */
static bool split_can_serve(const struct service *service, const struct work *work) {
    const struct split_service *split = &service->split;
    struct service prefill = engine_of(&split->prefill_engine);
    struct service decode = engine_of(&split->decode_engine);
    struct work prompt = *work;
    prompt.output_tokens = work->output_tokens < 1 ? work->output_tokens : 1;
    return (int64_t)work->input_tokens + work->output_tokens <= split->prefill_engine.context_max &&
           llm_replica_model.can_serve(&prefill, &prompt) &&
           (work->output_tokens <= 1 || llm_replica_model.can_serve(&decode, work));
}

/* ---- between the engines ---- */

static struct engine *fewest_outstanding(struct split_replica *r, uint32_t from, uint32_t end) {
    struct engine *best = &r->engines[from];
    for (uint32_t i = from + 1; i < end; i++)
        if (r->engines[i].outstanding < best->outstanding)
            best = &r->engines[i];
    return best;
}

static void give(struct engine *engine, const struct work *work, sim_ticks now) {
    engine->outstanding++;
    engine->wake = llm_replica_model.arrive(engine->state, work, now);
}

static void start_transfer(struct split_replica *r) {
    r->arrival = NEVER;
    if (r->link.n == 0)
        return;
    const struct work *head = work_ring_front(&r->link);
    sim_ticks start = head->first_token > r->link_free ? head->first_token : r->link_free;
    double bytes = head->input_tokens * r->bytes_per_token;
    r->link_free = start + service_ticks(bytes / r->link_bytes_per_s);
    r->arrival = r->link_free + r->latency;
}

static void prompt_done(void *context, uint32_t owner, const struct work *work, sim_ticks now) {
    struct split_replica *r = context;
    ENSURE(work->first_token == now);
    r->engines[owner].outstanding--;
    work_ring_push_back(r->setup.arena, &r->link, work);
    if (r->link.n == 1)
        start_transfer(r);
}

static void engine_started(void *context, uint32_t owner, const struct work *work, sim_ticks now) {
    struct split_replica *r = context;
    (void)owner; /* one of the engines */
    r->setup.started(r->setup.context, r->setup.owner, work, now);
}

static void engine_finished(void *context, uint32_t owner, const struct work *work,
                            sim_ticks finish) {
    struct split_replica *r = context;
    r->engines[owner].outstanding--;
    r->setup.finished(r->setup.context, r->setup.owner, work, finish);
}

/* ---- the interface ---- */

static void *split_open(const struct replica_setup *setup) {
    const struct split_service *split = &setup->service->split;
    struct split_replica *r = arena_new(setup->arena, struct split_replica, 1);
    *r = (struct split_replica){
        .prefill = engine_of(&split->prefill_engine),
        .decode = engine_of(&split->decode_engine),
        .n_prefill = (uint32_t)split->prefill,
        .n_engines = (uint32_t)(split->prefill + split->decode),
        .latency = service_ticks(split->link_s),
        .arrival = NEVER,
        .link_bytes_per_s = split->link_bytes_per_s,
        .bytes_per_token = split->cache_bytes_per_token,
        .setup = *setup,
    };
    r->engines = arena_new(setup->arena, struct engine, r->n_engines);
    for (uint32_t i = 0; i < r->n_engines; i++) {
        struct replica_setup inner = *setup;
        bool prefill = i < r->n_prefill;
        inner.service = prefill ? &r->prefill : &r->decode;
        inner.owner = i;
        inner.context = r;
        inner.finished = engine_finished;
        inner.started = setup->started && prefill ? engine_started : NULL;
        inner.prompt_done = prefill ? prompt_done : NULL;
        r->engines[i] = (struct engine){llm_replica_model.open(&inner), {NEVER, EVENT_BOUNDARY}, 0};
    }
    return r;
}

static struct wake earlier(struct wake a, struct wake b) {
    if (a.time != b.time)
        return a.time < b.time ? a : b;
    return a.event_class < b.event_class ? a : b;
}

static struct wake next_wake(const struct split_replica *r) {
    struct wake wake = {r->arrival, EVENT_BOUNDARY};
    for (uint32_t i = 0; i < r->n_engines; i++)
        wake = earlier(wake, r->engines[i].wake);
    return wake;
}

static struct wake split_arrive(void *replica, const struct work *work, sim_ticks now) {
    struct split_replica *r = replica;
    give(fewest_outstanding(r, 0, r->n_prefill), work, now);
    return next_wake(r);
}

/* Steps that end now, in the order of the engines. */
static void end_steps(struct split_replica *r, sim_ticks now) {
    for (uint32_t i = 0; i < r->n_engines; i++) {
        struct engine *engine = &r->engines[i];
        if (engine->wake.time == now && engine->wake.event_class == EVENT_BOUNDARY)
            engine->wake = llm_replica_model.advance(engine->state, now, false);
    }
}

static void deliver(struct split_replica *r, sim_ticks now) {
    while (r->arrival <= now) {
        struct work work = work_ring_pop_front(&r->link);
        start_transfer(r);
        if (work.id == CLIENT_GONE)
            continue;
        give(fewest_outstanding(r, r->n_prefill, r->n_engines), &work, now);
    }
}

static struct wake split_advance(void *replica, sim_ticks now, bool last) {
    struct split_replica *r = replica;
    end_steps(r, now);
    deliver(r, now);
    for (uint32_t i = 0; last && i < r->n_engines; i++) {
        struct engine *engine = &r->engines[i];
        if (engine->wake.time == now)
            engine->wake = llm_replica_model.advance(engine->state, now, true);
    }
    return next_wake(r);
}

static bool split_evict(void *replica, struct work *out) {
    struct split_replica *r = replica;
    for (uint32_t i = r->n_engines; i-- > 0;) {
        struct engine *engine = &r->engines[i];
        engine->wake = (struct wake){NEVER, EVENT_BOUNDARY};
        if (llm_replica_model.evict(engine->state, out)) {
            engine->outstanding--;
            return true;
        }
    }
    r->arrival = NEVER;
    r->link_free = 0;
    while (r->link.n > 0) {
        *out = work_ring_pop_front(&r->link);
        if (out->id != CLIENT_GONE)
            return true;
    }
    return false;
}

/* What crosses the link crosses it to the end. */
static bool cancel_on_link(struct split_replica *r, int64_t id, struct work *out) {
    if (r->link.n == 0)
        return false;
    struct work *head = &r->link.items[r->link.head];
    if (head->id != id)
        return work_ring_remove(&r->link, id, out);
    *out = *head;
    head->id = CLIENT_GONE;
    return true;
}

/* A cache on the link is in no engine's memory. */
static void split_load(const void *replica, sim_ticks now, struct replica_load *out) {
    const struct split_replica *r = replica;
    *out = (struct replica_load){.running = r->link.n};
    for (uint32_t i = 0; i < r->n_engines; i++) {
        struct replica_load engine;
        llm_replica_model.load(r->engines[i].state, now, &engine);
        out->waiting += engine.waiting;
        out->running += engine.running;
        out->tokens += engine.tokens;
        out->kv_used += engine.kv_used;
        out->kv_blocks += engine.kv_blocks;
    }
}

static void split_settle(void *replica, sim_ticks now) {
    struct split_replica *r = replica;
    for (uint32_t i = 0; i < r->n_engines; i++)
        llm_replica_model.settle(r->engines[i].state, now);
}

static bool split_cancel(void *replica, int64_t id, bool waiting_only, sim_ticks now,
                         struct work *out, struct wake *wake) {
    struct split_replica *r = replica;
    uint32_t n = waiting_only ? r->n_prefill : r->n_engines;
    bool found = false;
    for (uint32_t i = 0; i < n && !found; i++) {
        struct engine *engine = &r->engines[i];
        found = llm_replica_model.cancel(engine->state, id, waiting_only, now, out, &engine->wake);
        engine->outstanding -= found;
    }
    if (!found && !waiting_only)
        found = cancel_on_link(r, id, out);
    *wake = next_wake(r);
    return found;
}

const struct replica_model split_replica_model = {
    .check = split_check,
    .can_serve = split_can_serve,
    .open = split_open,
    .arrive = split_arrive,
    .advance = split_advance,
    .evict = split_evict,
    .load = split_load,
    .settle = split_settle,
    .cancel = split_cancel,
};
