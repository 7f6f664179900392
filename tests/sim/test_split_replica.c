/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prefill and decode apart: runs by hand; a plain simulation written here, step by step, sequence
 * by sequence, on random small configurations, to the tick; limits in which a split replica must
 * equal an engine of its own, and what a slow link adds, exactly. */
#include <math.h>

#include "tests/sim/replay_help.h"

enum { N_REQUESTS = 80, N_CONFIGURATIONS = 300, N_HOURS = 24 };

#define TICKS_PER_MS (1000 * TICKS_PER_US)

/* A step takes step_ms, whatever is in it. */
static struct llm_service steady_engine(double step_ms, int64_t kv_blocks) {
    return (struct llm_service){.time = {.layers = 1, .t0 = 1000 * step_ms},
                                .tokens_per_step_max = 1000,
                                .sequences_max = 100,
                                .block_tokens = 10,
                                .kv_blocks = kv_blocks,
                                .context_max = 100000};
}

/* 10 ms a prompt step, 20 ms a decode step, 1000 bytes a token at 1 MB/s: 1 ms a token. */
static struct service by_hand(int prefill, int decode) {
    return (struct service){.kind = SERVICE_SPLIT,
                            .split = {.prefill_engine = steady_engine(10, 1000),
                                      .decode_engine = steady_engine(20, 1000),
                                      .prefill = prefill,
                                      .decode = decode,
                                      .link_s = 0.005,
                                      .link_bytes_per_s = 1e6,
                                      .cache_bytes_per_token = 1000}};
}

static struct replay_result run(struct arena *arena, const struct service *service,
                                const struct request *requests, int64_t n, bool step_by_step,
                                struct outcome *outcomes) {
    struct pool pool = steady_pool(arena, *service, 1, N_HOURS);
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    input.step_by_step = step_by_step;
    return replay_list(arena, &input, requests, n, outcomes);
}

static void expect(const struct service *service, const struct request *requests, int n,
                   const int64_t *first_ms, const int64_t *finish_ms) {
    for (int steps = 0; steps < 2; steps++) {
        struct arena arena = {0};
        struct outcome outcomes[16];
        struct replay_result result = run(&arena, service, requests, n, steps, outcomes);
        cr_assert(eq(i64, result.finished, n));
        for (int i = 0; i < n; i++) {
            cr_assert(eq(i64, outcomes[i].first_token, first_ms[i] * TICKS_PER_MS), "%d", i);
            cr_assert(eq(i64, outcomes[i].finish, finish_ms[i] * TICKS_PER_MS), "%d", i);
        }
        arena_release(&arena);
    }
}

/* Prompt 0 - 10 ms, 100 ms on the link and 5 of latency, two tokens more at 20 ms. */
Test(split_replica, one_request) {
    struct service service = by_hand(1, 1);
    struct request requests[] = {{0, 100, 3}};
    expect(&service, requests, 1, (int64_t[]){10}, (int64_t[]){155});
}

/* The first answer of one token and the last of none end with their prompts, and leave the link to
 * the one between: 200 tokens, 10 + 200 + 5 + 20. */
Test(split_replica, one_token_never_travels) {
    struct service service = by_hand(1, 1);
    struct request requests[] = {{0, 100, 1}, {0, 200, 2}, {0, 300, 0}};
    expect(&service, requests, 3, (int64_t[]){10, 10, 10}, (int64_t[]){10, 235, 10});
}

/* Two prompts end at 10 ms. The first leaves at 110 and arrives at 115, the second leaves at 160
 * and arrives at 165: latencies overlap, bytes do not. The first decodes 115 - 135 - 155 - 175; the
 * second joins at the boundary at 175 and ends at 195, with the first's last. */
Test(split_replica, transfers_one_after_the_other) {
    struct service service = by_hand(1, 1);
    struct request requests[] = {{0, 100, 5}, {0, 50, 2}};
    expect(&service, requests, 2, (int64_t[]){10, 10}, (int64_t[]){195, 195});
}

/* With two engines of each, the second prompt (arriving at 1 ms) starts at once on the other engine
 * and ends at 11; it leaves at 160, arrives at 165, and decodes on the idle engine until 185. */
Test(split_replica, fewest_outstanding) {
    struct service service = by_hand(2, 2);
    struct request requests[] = {{0, 100, 5}, {1000000, 50, 2}};
    expect(&service, requests, 2, (int64_t[]){10, 11}, (int64_t[]){195, 185});
}

/* Prompts of 100, 30 and 80 tokens end at 10 and arrive at 115, 145 and 225. The first decodes on
 * one engine for long; the second's four tokens end on the other at 225, which is free when the
 * third arrives at that instant: 245. On the first engine it would wait until 235. */
Test(split_replica, an_engine_that_is_done_takes_what_arrives) {
    struct service service = by_hand(1, 2);
    struct request requests[] = {{0, 100, 100}, {0, 30, 5}, {0, 80, 2}};
    expect(&service, requests, 3, (int64_t[]){10, 10, 10}, (int64_t[]){2095, 225, 245});
}

/* A link of no time, 6 blocks of 10 for two prompts of 20 with 21 and 2 tokens to come. Both
 * prompts end at 10 and decode in 3 blocks each (the 21st position of each is due in the first
 * step). The second ends at 30, the first at 10 + 20 x 20 = 410. With 5 blocks the second waits for
 * the first to end: 430. */
Test(split_replica, blocks_are_taken_on_admission) {
    struct service service = by_hand(1, 1);
    service.split.link_s = service.split.cache_bytes_per_token = 0;
    struct request requests[] = {{0, 20, 21}, {0, 20, 2}};
    service.split.decode_engine.kv_blocks = 6;
    expect(&service, requests, 2, (int64_t[]){10, 10}, (int64_t[]){410, 30});
    service.split.decode_engine.kv_blocks = 5;
    expect(&service, requests, 2, (int64_t[]){10, 10}, (int64_t[]){410, 430});
}

/* 6 blocks of 10, prompts of 15: two blocks each until context 20, five tokens on (5 x 20 = 100 ms:
 * 110), when both take their third. The first needs its fourth at context 30, ten steps later
 * (310): the second loses its cache of 30 tokens. It waits: 31 tokens are 4 blocks, and the first
 * has 4 of 6 until it ends, at 17 tokens made: 10 + 16 x 20 = 330. Then the second computes its 31
 * tokens again in one step of 20 ms, which gives its 17th token: 350. */
Test(split_replica, preempted_work_is_computed_where_it_decoded) {
    struct service service = by_hand(1, 1);
    service.split.link_s = service.split.cache_bytes_per_token = 0;
    service.split.decode_engine.kv_blocks = 6;
    struct request requests[] = {{0, 15, 17}, {0, 15, 17}};
    expect(&service, requests, 2, (int64_t[]){10, 10}, (int64_t[]){330, 350});
    struct arena arena = {0};
    struct outcome outcomes[2];
    struct replay_result result = run(&arena, &service, requests, 2, false, outcomes);
    cr_assert(eq(i64, result.counts.preemptions, 1));
    cr_assert(eq(i64, result.counts.prompt_tokens, 30));
    arena_release(&arena);
}

/* An adapter has to be in both engines: 3 s of loading in the step that admits, on either side. */
Test(split_replica, adapters_on_both_sides) {
    struct service service = by_hand(1, 1);
    struct lora_service lora = {.adapters = 1, .resident = 1, .load_s = 3};
    service.split.prefill_engine.lora = service.split.decode_engine.lora = lora;
    struct request requests[] = {{0, 100, 3}};
    expect(&service, requests, 1, (int64_t[]){3010}, (int64_t[]){6155});
}

Test(split_replica, what_cannot_be_served) {
    struct arena arena = {0};
    struct service service = by_hand(1, 1);
    service.split.prefill_engine.kv_blocks = 10; /* prompts of 100 */
    service.split.decode_engine.kv_blocks = 11;  /* 110 cached tokens */
    service.split.prefill_engine.context_max = service.split.decode_engine.context_max = 112;
    struct request requests[] = {{0, 100, 11}, {0, 101, 1}, {0, 100, 12},
                                 {0, 90, 22},  {0, 90, 21}, {0, 100, 1}};
    static const bool rejected[] = {false, true, true, true, false, false};
    struct outcome outcomes[6];
    run(&arena, &service, requests, 6, false, outcomes);
    for (int i = 0; i < 6; i++)
        cr_assert(eq(int, outcomes[i].rejected, rejected[i]), "%d", i);
    arena_release(&arena);
}

Test(split_replica, parameters_are_checked) {
    struct service good = by_hand(1, 1), bad[9];
    for (int i = 0; i < 9; i++)
        bad[i] = good;
    bad[0].split.prefill = 0;
    bad[1].split.decode = SPLIT_ENGINES_MAX + 1;
    bad[2].split.link_s = -1;
    bad[3].split.link_bytes_per_s = 0;
    bad[4].split.link_bytes_per_s = INFINITY;
    bad[5].split.cache_bytes_per_token = NAN;
    bad[6].split.decode_engine.context_max = 7;
    bad[7].split.decode_engine.prefix_caching = true;
    bad[8].split.prefill_engine.kv_blocks = 0;
    struct err err = {0};
    const struct replica_model *model = replica_model_of(SERVICE_SPLIT);
    cr_assert(model->check(&good, &err));
    for (int i = 0; i < 9; i++)
        cr_assert(not(model->check(&bad[i], &err)), "%d", i);
}

/* One replica by itself: its wakes, and what it calls finished. */
static void count_finished(void *context, uint32_t owner, const struct work *work,
                           sim_ticks finish) {
    (void)owner;
    (void)work;
    *(sim_ticks *)context = finish;
}

static sim_ticks run_alone(void *replica, const sim_ticks *finish, struct work work,
                           sim_ticks now) {
    work.arrival = work.since = now;
    struct wake wake = split_replica_model.arrive(replica, &work, now);
    while (wake.time != NEVER)
        wake = split_replica_model.advance(replica, wake.time, true);
    return *finish - now;
}

/* Lost with work in each engine and on the link, all of it comes back once; what comes next finds
 * an empty replica, its link included (200 tokens of the lost transfers would take until 410 ms).
 */
Test(split_replica, what_is_lost_leaves_nothing_behind) {
    struct arena arena = {0};
    struct service service = by_hand(1, 1);
    sim_ticks finish = -1;
    struct replica_counts counts = {0};
    struct replica_setup setup = {.arena = &arena,
                                  .service = &service,
                                  .counts = &counts,
                                  .context = &finish,
                                  .finished = count_finished};
    void *replica = split_replica_model.open(&setup);
    struct work work = {.first_token = NO_TICKS, .input_tokens = 100, .output_tokens = 1000};
    struct wake wake = {0};
    for (work.id = 0; work.id < 4; work.id++) {
        work.arrival = work.since = work.id * 20 * TICKS_PER_MS;
        wake = split_replica_model.arrive(replica, &work, work.since);
        while (wake.time < work.since + 20 * TICKS_PER_MS)
            wake = split_replica_model.advance(replica, wake.time, true);
    }
    while (wake.time < 120 * TICKS_PER_MS) /* the first decodes, the others wait for the link */
        wake = split_replica_model.advance(replica, wake.time, true);
    work.arrival = work.since = 120 * TICKS_PER_MS;
    split_replica_model.arrive(replica, &work, work.since);
    bool seen[5] = {false};
    for (struct work out; split_replica_model.evict(replica, &out); seen[out.id] = true)
        cr_assert(not(seen[out.id]));
    for (int i = 0; i < 5; i++)
        cr_assert(seen[i]);
    work.output_tokens = 3;
    cr_assert(eq(i64, run_alone(replica, &finish, work, 121 * TICKS_PER_MS), 155 * TICKS_PER_MS));
    arena_release(&arena);
}

/* --- random configurations --- */

static double uniform(struct rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

static struct llm_service random_engine(struct rng *rng) {
    static const int32_t budgets[] = {8, 64, 1000};
    static const int32_t sequences[] = {2, 5, 100};
    static const int64_t kv_tokens[] = {150, 300, 2000};
    int32_t block_tokens = rng_below(rng, 2) ? 16 : 5;
    return (struct llm_service){
        .time = {.layers = 1,
                 .t0 = uniform(rng, 10000, 100000),
                 .p1 = uniform(rng, 0, 100),
                 .d2 = uniform(rng, 0, 50),
                 .m1 = uniform(rng, 0, 100),
                 .h1 = uniform(rng, 0, 5000)},
        .tokens_per_step_max = budgets[rng_below(rng, 3)],
        .sequences_max = sequences[rng_below(rng, 3)],
        .block_tokens = block_tokens,
        .kv_blocks = kv_tokens[rng_below(rng, 3)] / block_tokens,
        .context_max = 250,
    };
}

static struct split_service random_split(struct rng *rng) {
    return (struct split_service){
        .prefill_engine = random_engine(rng),
        .decode_engine = random_engine(rng),
        .prefill = 1 + (int)rng_below(rng, 3),
        .decode = 1 + (int)rng_below(rng, 3),
        .link_s = rng_below(rng, 2) ? uniform(rng, 0, 0.1) : 0,
        .link_bytes_per_s = uniform(rng, 1e5, 1e7),
        .cache_bytes_per_token = rng_below(rng, 4) ? 1000 : 0,
    };
}

static void random_requests(struct rng *rng, double gap_s, struct request *requests, int n) {
    int64_t now = 0;
    for (int i = 0; i < n; i++) {
        now += (int64_t)(rng_exponential(rng, gap_s) * NS_PER_SECOND);
        requests[i] = (struct request){.arrival_ns = now,
                                       .input_tokens = 1 + (int32_t)rng_below(rng, 120),
                                       .output_tokens = (int32_t)rng_below(rng, 60)};
    }
}

/* --- the plain simulation --- */

struct plain_sequence {
    int64_t id, cached, blocks, generated, chunk;
    bool computed; /* waits with its cache */
};

struct plain_engine {
    const struct llm_service *llm;
    bool prompts_only;
    struct plain_sequence running[N_REQUESTS], waiting[N_REQUESTS];
    int n_running, n_waiting;
    int64_t free_blocks;
    sim_ticks end; /* of the step; NEVER: idle */
};

struct plain_transfer {
    int64_t id;
    sim_ticks arrival;
};

struct plain_split {
    const struct split_service *split;
    const struct request *requests;
    struct outcome *outcomes;
    struct plain_engine engines[6];
    struct plain_transfer transfers[N_REQUESTS];
    int n_transfers, n_delivered;
    sim_ticks link_free;
    int64_t preemptions;
};

static int64_t plain_blocks(const struct plain_engine *engine, int64_t tokens) {
    return (tokens + engine->llm->block_tokens - 1) / engine->llm->block_tokens;
}

static int64_t plain_prompt(const struct plain_split *plain, const struct plain_sequence *s) {
    return plain->requests[s->id].input_tokens + s->generated;
}

static void plain_insert(struct plain_engine *engine, int at, struct plain_sequence sequence) {
    for (int i = engine->n_waiting++; i > at; i--)
        engine->waiting[i] = engine->waiting[i - 1];
    engine->waiting[at] = sequence;
}

static void plain_preempt_last(struct plain_split *plain, struct plain_engine *engine) {
    struct plain_sequence victim = engine->running[--engine->n_running];
    engine->free_blocks += victim.blocks;
    plain_insert(engine, 0,
                 (struct plain_sequence){.id = victim.id, .generated = victim.generated});
    plain->preemptions++;
}

/* Decode when all but the last token made is cached, else the prompt goes on. */
static bool plain_decodes(const struct plain_split *plain, const struct plain_sequence *s) {
    return s->generated > 0 && s->cached >= plain_prompt(plain, s) - 1 && s->computed;
}

static bool plain_grow(struct plain_split *plain, struct plain_engine *engine, int i) {
    struct plain_sequence *s = &engine->running[i];
    int64_t needed = plain_blocks(engine, s->cached + 1) - s->blocks;
    while (needed > engine->free_blocks && engine->n_running > i)
        plain_preempt_last(plain, engine);
    if (engine->n_running == i)
        return false;
    engine->free_blocks -= needed;
    s->blocks += needed;
    s->chunk = 1;
    return true;
}

static void plain_admit(struct plain_split *plain, struct plain_engine *engine, int64_t budget) {
    int most = engine->llm->sequences_max < engine->llm->tokens_per_step_max
                   ? engine->llm->sequences_max
                   : engine->llm->tokens_per_step_max;
    while (engine->n_waiting > 0 && budget > 0 && engine->n_running < most) {
        struct plain_sequence next = engine->waiting[0];
        int64_t left = plain_prompt(plain, &next) - next.cached;
        next.blocks = plain_blocks(engine, plain_prompt(plain, &next));
        if (next.blocks > engine->free_blocks)
            break;
        engine->free_blocks -= next.blocks;
        next.chunk = left < budget ? left : budget;
        budget -= next.chunk;
        engine->running[engine->n_running++] = next;
        engine->n_waiting--;
        for (int i = 0; i < engine->n_waiting; i++)
            engine->waiting[i] = engine->waiting[i + 1];
    }
}

static sim_ticks plain_step_ticks(const struct plain_split *plain,
                                  const struct plain_engine *engine) {
    const struct iteration_time *t = &engine->llm->time;
    double chunks = 0, sampled = 0, n = 0;
    int64_t context = 0;
    for (int i = 0; i < engine->n_running; i++) {
        const struct plain_sequence *s = &engine->running[i];
        bool decodes = plain_decodes(plain, s);
        n += decodes;
        context += decodes ? s->cached : 0;
        chunks += decodes ? 0 : (double)s->chunk;
        sampled += decodes || s->cached + s->chunk == plain_prompt(plain, s);
    }
    double us = t->t0 + t->h1 * sampled + (n > 0 ? t->m1 : t->p1) * chunks;
    sim_ticks ticks = llround(us * TICKS_PER_US);
    return chunks > 0 ? ticks : ticks + llround(t->d2 * TICKS_PER_US) * context;
}

static void plain_begin(struct plain_split *plain, struct plain_engine *engine, sim_ticks now) {
    int64_t budget = engine->llm->tokens_per_step_max, before = plain->preemptions;
    for (int i = 0; i < engine->n_running; i++) {
        struct plain_sequence *s = &engine->running[i];
        if (!plain_decodes(plain, s)) {
            int64_t left = plain_prompt(plain, s) - s->cached;
            s->chunk = left < budget ? left : budget;
        } else if (!plain_grow(plain, engine, i)) {
            break;
        }
        budget -= s->chunk;
    }
    if (plain->preemptions == before)
        plain_admit(plain, engine, budget);
    if (engine->n_running > 0)
        engine->end = now + plain_step_ticks(plain, engine);
}

static void plain_send(struct plain_split *plain, int64_t id, sim_ticks now) {
    const struct split_service *split = plain->split;
    double bytes = plain->requests[id].input_tokens * split->cache_bytes_per_token;
    sim_ticks start = now > plain->link_free ? now : plain->link_free;
    plain->link_free = start + ticks_from_seconds(bytes / split->link_bytes_per_s);
    plain->transfers[plain->n_transfers++] =
        (struct plain_transfer){id, plain->link_free + ticks_from_seconds(split->link_s)};
}

static void plain_end(struct plain_split *plain, struct plain_engine *engine, sim_ticks now) {
    int kept = 0;
    engine->end = NEVER;
    for (int i = 0; i < engine->n_running; i++) {
        struct plain_sequence s = engine->running[i];
        struct outcome *outcome = &plain->outcomes[s.id];
        bool made = plain_decodes(plain, &s) || s.cached + s.chunk == plain_prompt(plain, &s);
        s.cached += s.chunk;
        s.chunk = 0;
        if (made) {
            s.generated++;
            s.computed = true;
            if (outcome->first_token < 0)
                outcome->first_token = now;
        }
        bool done = made && s.generated >= plain->requests[s.id].output_tokens;
        bool leaves = done || (made && engine->prompts_only);
        if (done)
            outcome->finish = now;
        else if (leaves)
            plain_send(plain, s.id, now);
        if (leaves)
            engine->free_blocks += s.blocks;
        else
            engine->running[kept++] = s;
    }
    engine->n_running = kept;
}

static struct plain_engine *plain_least(struct plain_split *plain, int from, int n) {
    struct plain_engine *best = &plain->engines[from];
    for (int i = from; i < from + n; i++) {
        struct plain_engine *engine = &plain->engines[i];
        if (engine->n_running + engine->n_waiting < best->n_running + best->n_waiting)
            best = engine;
    }
    return best;
}

static bool plain_can_serve(const struct plain_split *plain, const struct request *request) {
    const struct plain_engine *prefill = &plain->engines[0];
    const struct plain_engine *decode = &plain->engines[plain->split->prefill];
    int64_t all = (int64_t)request->input_tokens + request->output_tokens;
    if (all > prefill->llm->context_max ||
        plain_blocks(prefill, request->input_tokens) > prefill->llm->kv_blocks)
        return false;
    return request->output_tokens <= 1 || plain_blocks(decode, all - 1) <= decode->llm->kv_blocks;
}

static void plain_arrive(struct plain_split *plain, int64_t id) {
    if (!plain_can_serve(plain, &plain->requests[id])) {
        plain->outcomes[id].rejected = true;
        return;
    }
    struct plain_engine *engine = plain_least(plain, 0, plain->split->prefill);
    plain_insert(engine, engine->n_waiting, (struct plain_sequence){.id = id});
}

static void plain_deliver(struct plain_split *plain) {
    int64_t id = plain->transfers[plain->n_delivered++].id;
    struct plain_engine *engine = plain_least(plain, plain->split->prefill, plain->split->decode);
    struct plain_sequence s = {
        .id = id, .cached = plain->requests[id].input_tokens, .generated = 1, .computed = true};
    plain_insert(engine, engine->n_waiting, s);
}

/* All that happens at the earliest instant at which something does; false: nothing is left. */
static bool plain_instant(struct plain_split *plain, int64_t *next, int64_t n) {
    int n_engines = plain->split->prefill + plain->split->decode;
    sim_ticks now = *next < n ? plain->requests[*next].arrival_ns * TICKS_PER_NS : NEVER;
    if (plain->n_delivered < plain->n_transfers &&
        plain->transfers[plain->n_delivered].arrival < now)
        now = plain->transfers[plain->n_delivered].arrival;
    for (int i = 0; i < n_engines; i++)
        now = plain->engines[i].end < now ? plain->engines[i].end : now;
    if (now == NEVER)
        return false;
    for (int i = 0; i < n_engines; i++)
        if (plain->engines[i].end == now)
            plain_end(plain, &plain->engines[i], now);
    while (plain->n_delivered < plain->n_transfers &&
           plain->transfers[plain->n_delivered].arrival == now)
        plain_deliver(plain);
    for (; *next < n && plain->requests[*next].arrival_ns * TICKS_PER_NS == now; ++*next)
        plain_arrive(plain, *next);
    for (int i = 0; i < n_engines; i++)
        if (plain->engines[i].end == NEVER)
            plain_begin(plain, &plain->engines[i], now);
    return true;
}

static void plain_run(struct plain_split *plain, const struct split_service *split,
                      const struct request *requests, int64_t n, struct outcome *outcomes) {
    *plain = (struct plain_split){.split = split, .requests = requests, .outcomes = outcomes};
    for (int i = 0; i < split->prefill + split->decode; i++) {
        bool prefill = i < split->prefill;
        const struct llm_service *llm = prefill ? &split->prefill_engine : &split->decode_engine;
        plain->engines[i] = (struct plain_engine){
            .llm = llm, .prompts_only = prefill, .free_blocks = llm->kv_blocks, .end = NEVER};
    }
    for (int64_t i = 0; i < n; i++)
        outcomes[i] = (struct outcome){-1, -1, false};
    for (int64_t next = 0; plain_instant(plain, &next, n);)
        continue;
}

Test(split_replica, equals_the_plain_simulation) {
    static struct plain_split plain;
    int64_t preemptions = 0, travelled = 0, rejected = 0;
    for (uint64_t seed = 1; seed <= N_CONFIGURATIONS; seed++) {
        struct arena arena = {0};
        struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
        struct service service = {.kind = SERVICE_SPLIT, .split = random_split(&rng)};
        struct request requests[N_REQUESTS];
        struct outcome want[N_REQUESTS], got[N_REQUESTS];
        random_requests(&rng, uniform(&rng, 0.05, 1), requests, N_REQUESTS);
        plain_run(&plain, &service.split, requests, N_REQUESTS, want);
        for (int steps = 0; steps < 2; steps++) {
            struct replay_result result = run(&arena, &service, requests, N_REQUESTS, steps, got);
            cr_assert(eq(i64, result.counts.preemptions, plain.preemptions));
            for (int i = 0; i < N_REQUESTS; i++) {
                cr_assert(got[i].rejected == want[i].rejected, "seed %d request %d", (int)seed, i);
                cr_assert(got[i].first_token == want[i].first_token &&
                              got[i].finish == want[i].finish,
                          "seed %d request %d: %lld %lld, plain %lld %lld", (int)seed, i,
                          (long long)got[i].first_token, (long long)got[i].finish,
                          (long long)want[i].first_token, (long long)want[i].finish);
            }
        }
        preemptions += plain.preemptions;
        travelled += plain.n_transfers;
        for (int i = 0; i < N_REQUESTS; i++)
            rejected += want[i].rejected;
        arena_release(&arena);
    }
    /* The configurations must reach what the comparison is about. */
    cr_assert(gt(i64, preemptions, 1000));
    cr_assert(gt(i64, travelled, 10000));
    cr_assert(gt(i64, rejected, 500));
}

/* --- limits --- */

/* Answers of one token: the prefill engine alone, under any load. */
Test(split_replica, one_token_answers_equal_one_engine) {
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct arena arena = {0};
        struct rng rng = rng_open(seed, 1, RNG_TEST, 0);
        struct service service = {.kind = SERVICE_SPLIT, .split = random_split(&rng)};
        service.split.prefill = 1;
        struct service alone = {.kind = SERVICE_LLM, .llm = service.split.prefill_engine};
        struct request requests[N_REQUESTS];
        struct outcome want[N_REQUESTS], got[N_REQUESTS];
        random_requests(&rng, 0.1, requests, N_REQUESTS);
        for (int i = 0; i < N_REQUESTS; i++)
            requests[i].output_tokens = (int32_t)rng_below(&rng, 2);
        struct replay_result a = run(&arena, &service, requests, N_REQUESTS, false, got);
        struct replay_result b = run(&arena, &alone, requests, N_REQUESTS, false, want);
        cr_assert(eq(u64, a.request_hash, b.request_hash));
        arena_release(&arena);
    }
}

/* One request after another over a link of no time, engines alike: the unsplit engine, to the
 * tick. */
Test(split_replica, an_idle_replica_with_an_instant_link_equals_one_engine) {
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct arena arena = {0};
        struct rng rng = rng_open(seed, 2, RNG_TEST, 0);
        struct service service = {.kind = SERVICE_SPLIT, .split = random_split(&rng)};
        service.split.decode_engine = service.split.prefill_engine;
        service.split.link_s = service.split.cache_bytes_per_token = 0;
        struct service alone = {.kind = SERVICE_LLM, .llm = service.split.prefill_engine};
        struct request requests[N_REQUESTS];
        struct outcome want[N_REQUESTS], got[N_REQUESTS];
        random_requests(&rng, 0.1, requests, N_REQUESTS);
        for (int i = 0; i < N_REQUESTS; i++)
            requests[i].arrival_ns = 30 * i * NS_PER_SECOND;
        struct replay_result a = run(&arena, &service, requests, N_REQUESTS, false, got);
        struct replay_result b = run(&arena, &alone, requests, N_REQUESTS, false, want);
        cr_assert(eq(u64, a.request_hash, b.request_hash));
        cr_assert(gt(i64, a.finished, N_REQUESTS / 2));
        arena_release(&arena);
    }
}

/* One request after another: against an instant link, the second token and all after it come later
 * by latency and bytes / rate, the first does not. */
Test(split_replica, a_link_delays_by_bytes_over_rate) {
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct arena arena = {0};
        struct rng rng = rng_open(seed, 3, RNG_TEST, 0);
        struct service slow = {.kind = SERVICE_SPLIT, .split = random_split(&rng)}, fast;
        slow.split.cache_bytes_per_token = 12345;
        slow.split.link_bytes_per_s = 1e6;
        fast = slow;
        fast.split.link_s = fast.split.cache_bytes_per_token = 0;
        struct request requests[N_REQUESTS];
        struct outcome with[N_REQUESTS], without[N_REQUESTS];
        random_requests(&rng, 0.1, requests, N_REQUESTS);
        for (int i = 0; i < N_REQUESTS; i++)
            requests[i].arrival_ns = 30 * i * NS_PER_SECOND;
        run(&arena, &slow, requests, N_REQUESTS, false, with);
        run(&arena, &fast, requests, N_REQUESTS, false, without);
        for (int i = 0; i < N_REQUESTS; i++) {
            if (with[i].rejected)
                continue;
            sim_ticks link = ticks_from_seconds(requests[i].input_tokens * 12345 / 1e6) +
                             ticks_from_seconds(slow.split.link_s);
            sim_ticks later = requests[i].output_tokens > 1 ? link : 0;
            cr_assert(eq(i64, with[i].first_token, without[i].first_token));
            cr_assert(eq(i64, with[i].finish, without[i].finish + later), "%d", i);
        }
        arena_release(&arena);
    }
}
