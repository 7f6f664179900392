/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The llm replica against the plain simulation of plain_llm.h: first-token and finish times must be
 * equal to the tick on random configurations, with jumps and step by step, and so must the counts.
 * The configurations cover every setting; a plain simulation with one rule changed must be seen to
 * differ. Then cases by hand. */
#include <math.h>

#include "llm_trial.h"
#include "plain_llm.h"
#include "sim/lora.h"
#include "sim/prompt_runs.h"
#include "tests/sim/replay_help.h"

enum { N_ROWS = 40, N_CONFIGURATIONS = 400 };

/* --- the plain simulation, driven alike --- */

static void note_plain(void *context, const struct work *work, sim_ticks finish) {
    note_finished(context, 0, work, finish);
}

static void lose_plain(struct plain *plain) {
    struct work works[N_REQUESTS];
    int n = 0;
    for (int i = 0; i < plain->n_running; i++)
        works[n++] = plain->running[i].work;
    for (int i = 0; i < plain->n_waiting; i++)
        works[n++] = plain->waiting[i].work;
    begin_anew(works, n);
    plain_reset(plain);
    for (int i = 0; i < n; i++)
        plain_arrive(plain, &works[i]);
}

/* Those that come until `until`. */
static int plain_arrivals(struct plain *plain, const struct trial *trial, int at, sim_ticks until,
                          struct outcomes *outcomes) {
    for (; at < trial->n && trial->works[at].since <= until; at++) {
        if (plain_can_serve(plain, &trial->works[at]))
            plain_arrive(plain, &trial->works[at]);
        else
            outcomes->of[at].rejected = true;
    }
    return at;
}

/* A step that is under way when the replica is lost brings nothing. */
static void run_plain(struct arena *arena, const struct trial *trial, struct plain *plain,
                      struct outcomes *outcomes) {
    plain->service = &trial->service.llm;
    plain->prompts = &trial->prompts;
    plain->adapter_of = trial->adapter_of;
    plain->finished = note_plain;
    plain->context = outcomes;
    plain_open(plain, arena);
    bool lost = trial->lost == NEVER;
    sim_ticks now = 0;
    for (int at = 0;;) {
        at = plain_arrivals(plain, trial, at, now, outcomes);
        bool running = plain_form(plain);
        sim_ticks next = at < trial->n ? trial->works[at].since : NEVER;
        if (running)
            next = now + plain_step_ticks(plain);
        if (!lost && trial->lost <= next) {
            lost = true;
            now = trial->lost;
            at = plain_arrivals(plain, trial, at, now - 1, outcomes);
            lose_plain(plain);
            continue;
        }
        if (next == NEVER)
            return;
        now = next;
        if (running)
            plain_complete(plain, now);
    }
}

/* --- random configurations --- */

static double uniform(struct rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

static struct iteration_time random_time(struct rng *rng) {
    struct iteration_time time = {
        .layers = 32,
        .t0 = uniform(rng, 0, 1000),
        .a0 = uniform(rng, 50, 500),
        .a1 = uniform(rng, 0, 1),
        .b0 = uniform(rng, 0, 150),
        .b1 = uniform(rng, 0, 3),
        .d0 = uniform(rng, 0, 12),
        .d1 = uniform(rng, 0, 0.2),
        .d2 = rng_below(rng, 4) == 0 ? 0 : uniform(rng, 0, 0.005),
        .p0 = 7,
        .p1 = uniform(rng, 0, 0.1),
        .p2 = uniform(rng, 0, 2e-4),
        .p3 = uniform(rng, 0, 0.03),
        .m0 = 5,
        .m1 = uniform(rng, 0, 0.1),
        .m2 = uniform(rng, 0, 2e-4),
        .m3 = uniform(rng, 0, 0.03),
        .m4 = uniform(rng, 0, 2),
        .m5 = uniform(rng, 0, 0.01),
        .r0 = rng_below(rng, 2) ? 0 : uniform(rng, 0, 30),
        .r1 = uniform(rng, 0, 0.2),
        .h0 = uniform(rng, 0, 1000),
        .h1 = uniform(rng, 0, 3),
        .graphs = rng_below(rng, 2),
    };
    if (rng_below(rng, 3) == 0) {
        time.experts = 1 + (double)rng_below(rng, 64);
        time.experts_chosen = 1 + (double)rng_below(rng, (uint64_t)time.experts);
        time.x0 = uniform(rng, 0, 10);
        time.x1 = uniform(rng, 0, 20);
        time.y0 = uniform(rng, 0, 50);
        time.y1 = uniform(rng, 0, 2);
    }
    return time;
}

static struct service random_service(struct rng *rng) {
    static const int32_t budgets[] = {16, 64, 256, 2048};
    static const int32_t sequences[] = {1, 3, 16, 256};
    static const int32_t block_sizes[] = {1, 7, 16, 64};
    static const int64_t kv_tokens[] = {700, 1500, 6000, 50000};
    struct llm_service llm = {
        .time = random_time(rng),
        .tokens_per_step_max = budgets[rng_below(rng, 4)],
        .sequences_max = sequences[rng_below(rng, 4)],
        .block_tokens = block_sizes[rng_below(rng, 4)],
        .context_max = 1000,
        .admission = rng_below(rng, 2) ? ADMISSION_PRIORITY : ADMISSION_FCFS,
        .whole_prompts = rng_below(rng, 4) == 0,
        .reserve_first_chunk = rng_below(rng, 3) == 0,
        .prefix_caching = rng_below(rng, 3) > 0,
    };
    if (rng_below(rng, 3) == 0) {
        llm.lora.adapters = 1 + (int32_t)rng_below(rng, 12);
        llm.lora.resident = 1 + (int32_t)rng_below(rng, (uint64_t)llm.lora.adapters);
        llm.lora.load_s = uniform(rng, 0, 0.2);
        llm.lora.skew = uniform(rng, 0, 1.5);
    }
    if (llm.whole_prompts)
        llm.tokens_per_step_max = 1000;
    llm.kv_blocks = kv_tokens[rng_below(rng, 4)] / llm.block_tokens;
    return (struct service){.kind = SERVICE_LLM, .llm = llm};
}

/* Prompts that begin like an earlier one, up to some block, and go on in their own way. */
static struct prompt_blocks random_prompts(struct arena *arena, struct rng *rng) {
    static const int32_t sizes[] = {5, 16, 40, 100};
    struct prompt_blocks prompts = {.block_tokens = sizes[rng_below(rng, 4)]};
    uint32_t most = 400 / (uint32_t)prompts.block_tokens;
    uint32_t *first = arena_new(arena, uint32_t, N_ROWS + 1);
    uint32_t *ids = arena_new(arena, uint32_t, N_ROWS * most);
    for (int row = 0; row < N_ROWS; row++) {
        uint32_t n = (uint32_t)rng_below(rng, most + 1), shared = 0, *mine = &ids[first[row]];
        if (row > 0 && rng_below(rng, 4) > 0) {
            uint64_t like = rng_below(rng, (uint64_t)row);
            shared = (uint32_t)rng_below(rng, first[like + 1] - first[like] + 1);
            shared = shared < n ? shared : n;
            memcpy(mine, &ids[first[like]], shared * sizeof *ids);
        }
        for (uint32_t i = shared; i < n; i++)
            mine[i] = prompts.n_ids++;
        first[row + 1] = first[row] + n;
    }
    prompts.first = first;
    prompts.ids = ids;
    prompts.runs = prompt_runs(arena, &prompts, N_ROWS);
    return prompts;
}

/* Some at the same instant, some far apart, some too long, some that lost another replica before;
 * about every third prompt ends with its last known block. */
static void random_works(struct rng *rng, struct trial *trial) {
    int64_t now = 0;
    double gap_s = uniform(rng, 0.001, 0.5);
    int n_priorities = 1 + (int)rng_below(rng, PRIORITIES_MAX), n_editions = 1;
    n_editions += rng_below(rng, 2) ? 0 : 2;
    trial->n = N_REQUESTS;
    for (int i = 0; i < N_REQUESTS; i++) {
        if (rng_below(rng, 5) > 0)
            now += ticks_from_seconds(rng_exponential(rng, gap_s));
        struct work work = {.id = i, .arrival = now, .since = now, .first_token = NO_TICKS};
        if (rng_below(rng, 4) == 0)
            work.arrival = (sim_ticks)(rng_uniform(rng) * (double)now);
        work.row = rng_below(rng, 8) == 0 ? -1 : (int32_t)rng_below(rng, N_ROWS);
        work.edition = (int32_t)rng_below(rng, (uint64_t)n_editions);
        work.priority = (int32_t)rng_below(rng, (uint64_t)n_priorities);
        work.output_tokens = (int32_t)rng_below(rng, rng_below(rng, 4) == 0 ? 700 : 60);
        const struct prompt_blocks *prompts = &trial->prompts;
        if (work.row < 0)
            work.input_tokens = (int32_t)rng_below(rng, 400);
        else
            work.input_tokens = (int32_t)(prompts->first[work.row + 1] - prompts->first[work.row]) *
                                    prompts->block_tokens +
                                (int32_t)(rng_below(rng, 3) == 0 ? 0 : rng_below(rng, 80));
        work.input_tokens += work.input_tokens == 0;
        trial->works[i] = work;
    }
}

static struct trial random_trial(struct arena *arena, uint64_t seed) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
    struct trial trial = {.service = random_service(&rng), .prompts = random_prompts(arena, &rng)};
    random_works(&rng, &trial);
    sim_ticks last = trial.works[N_REQUESTS - 1].since;
    trial.lost = rng_below(&rng, 4) ? NEVER : (sim_ticks)(rng_uniform(&rng) * (double)last);
    struct lora *lora = lora_open(arena, &trial.service.llm.lora, 1, 0);
    for (int i = 0; lora && i < N_REQUESTS; i++)
        trial.adapter_of[i] = lora_adapter_of(lora, i);
    return trial;
}

static bool same_outcome(const struct outcome *a, const struct outcome *b) {
    return a->first_token == b->first_token && a->finish == b->finish && a->rejected == b->rejected;
}

static struct replica_counts compare_with_plain(uint64_t seed) {
    static struct plain plain;
    struct arena arena = {0};
    struct trial trial = random_trial(&arena, seed);
    struct outcomes want = nothing_yet();
    plain = (struct plain){0};
    run_plain(&arena, &trial, &plain, &want);
    struct replica_counts counts = {0};
    for (int steps = 0; steps < 2; steps++) {
        struct outcomes got = nothing_yet();
        counts = run_replica(&arena, &trial, steps, &got);
        for (int i = 0; i < N_REQUESTS; i++)
            cr_assert(same_outcome(&got.of[i], &want.of[i]),
                      "seed %lu request %d: first token %ld, want %ld; finish %ld, want %ld",
                      (unsigned long)seed, i, (long)got.of[i].first_token,
                      (long)want.of[i].first_token, (long)got.of[i].finish,
                      (long)want.of[i].finish);
        cr_assert(eq(i64, counts.preemptions, plain.preemptions));
        cr_assert(eq(i64, counts.prompt_tokens, plain.prompt_tokens));
        cr_assert(eq(i64, counts.cached_prompt_tokens, plain.cached_prompt_tokens));
        cr_assert(eq(i64, counts.adapter_loads, plain.loads));
    }
    arena_release(&arena);
    return counts;
}

Test(llm_replica, equals_the_plain_simulation) {
    struct replica_counts sum = {0};
    for (uint64_t seed = 1; seed <= N_CONFIGURATIONS; seed++) {
        struct replica_counts counts = compare_with_plain(seed);
        sum.preemptions += counts.preemptions;
        sum.cached_prompt_tokens += counts.cached_prompt_tokens;
        sum.prompt_tokens += counts.prompt_tokens;
        sum.adapter_loads += counts.adapter_loads;
    }
    cr_log_info("%ld preemptions, %ld of %ld prompt tokens cached, %ld loads",
                (long)sum.preemptions, (long)sum.cached_prompt_tokens, (long)sum.prompt_tokens,
                (long)sum.adapter_loads);
    cr_assert(gt(i64, sum.preemptions, 1000), "the configurations must cover preemption");
    cr_assert(gt(i64, sum.cached_prompt_tokens, sum.prompt_tokens / 20));
    cr_assert(gt(i64, sum.adapter_loads, 1000));
}

/* A rule changed in the plain simulation: the comparison must see it. */
static bool differs_from_plain(uint64_t seed, struct plain mutant) {
    static struct plain plain;
    struct arena arena = {0};
    struct trial trial = random_trial(&arena, seed);
    struct outcomes want = nothing_yet(), got = nothing_yet();
    plain = mutant;
    run_plain(&arena, &trial, &plain, &want);
    run_replica(&arena, &trial, false, &got);
    bool differs = false;
    for (int i = 0; i < N_REQUESTS; i++)
        differs |= !same_outcome(&got.of[i], &want.of[i]);
    arena_release(&arena);
    return differs;
}

Test(llm_replica, sees_a_changed_rule) {
    static const struct plain mutants[] = {
        {.admit_after_preemption = true},
        {.front_first = true},
        {.newest_victim = true},
        {.unpadded = true},
        {.last_blocks = true},
        {.one_content = true},
        {.any_adapter_out = true},
    };
    for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
        int n_different = 0;
        for (uint64_t seed = 1; seed <= 60; seed++)
            n_different += differs_from_plain(seed, mutants[i]);
        cr_assert(gt(int, n_different, 0), "mutant %zu", i);
        cr_log_info("mutant %zu: %d", i, n_different);
    }
}

/* --- by hand --- */

/* A step of 1000 us, plus 100 us a prompt token and 10 us a cached token when it only decodes. */
static struct service simple_service(void) {
    return (struct service){
        .kind = SERVICE_LLM,
        .llm =
            {
                .time = {.layers = 1, .t0 = 1000, .p1 = 100, .m1 = 100, .d2 = 10},
                .tokens_per_step_max = 100,
                .sequences_max = 8,
                .block_tokens = 10,
                .kv_blocks = 100,
                .context_max = 1000,
            },
    };
}

static struct replay_result run_simple(struct arena *arena, struct service service,
                                       const struct request *requests, int64_t n,
                                       struct outcome *outcomes) {
    struct pool pool = steady_pool(arena, service, 1, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    return replay_list(arena, &input, requests, n, outcomes);
}

/* Prompt of 50: 1000 + 50 x 100 = 6000 us. Then decode steps on 50, 51, 52 cached tokens:
 * 1500 + 1510 + 1520 us. */
Test(llm_replica, one_request_by_hand) {
    struct arena arena = {0};
    struct outcome outcome;
    struct request request = {0, 50, 4};
    struct replay_result result = run_simple(&arena, simple_service(), &request, 1, &outcome);
    cr_assert(eq(i64, outcome.first_token, 6000 * TICKS_PER_US));
    cr_assert(eq(i64, outcome.finish, (6000 + 4530) * TICKS_PER_US));
    cr_assert(epsilon_eq(dbl, quantile_mean(&result.tpot_s), 4.53e-3 / 3, 1e-12));
    cr_assert(eq(i64, result.steps, 3)); /* start, prompt, one jump */
    arena_release(&arena);
}

/* Prompt of 250 on a budget of 100: chunks 100, 100, 50 at 11000, 11000, 6000 us. */
Test(llm_replica, chunks_by_hand) {
    struct arena arena = {0};
    struct outcome outcome;
    struct request request = {0, 250, 1};
    run_simple(&arena, simple_service(), &request, 1, &outcome);
    cr_assert(eq(i64, outcome.first_token, 28000 * TICKS_PER_US));
    cr_assert(eq(i64, outcome.finish, outcome.first_token));
    arena_release(&arena);
}

/* The second request comes at 7000 us, inside the first decode step (6000 .. 7500): it joins the
 * step at 7500. That step decodes one sequence and prefills 20 tokens: 1000 + 2000 us. */
Test(llm_replica, arrival_joins_the_next_boundary) {
    struct arena arena = {0};
    struct outcome outcomes[2];
    struct request requests[] = {{0, 50, 100}, {7000000, 20, 1}};
    run_simple(&arena, simple_service(), requests, 2, outcomes);
    cr_assert(eq(i64, outcomes[1].first_token, 10500 * TICKS_PER_US));
    arena_release(&arena);
}

/* At exactly the boundary at 7500 us it joins that boundary's step. */
Test(llm_replica, arrival_at_a_boundary_joins_it) {
    struct arena arena = {0};
    struct outcome outcomes[2];
    struct request requests[] = {{0, 50, 100}, {7500000, 20, 1}};
    run_simple(&arena, simple_service(), requests, 2, outcomes);
    cr_assert(eq(i64, outcomes[1].first_token, 10500 * TICKS_PER_US));
    arena_release(&arena);
}

/* Two prompts of 20 in 5 blocks of 10, two blocks each: the older takes the fifth block for its
 * 21st token, the younger finds none and is preempted at once. Alone, the older runs to its end at
 * 29 cached tokens; only then is the younger admitted, to prefill 20 + 1 tokens again.
 *   step 1   prefill 40               1000 + 4000 = 5000; both have one token
 *   older    9 more tokens on 20..28  9 x 1000 + 10 x 216 = 11160, ends at 16160 us
 *   younger  prefill 21               3100 -> token 2 at 19260 us
 *            8 more tokens on 21..28  8 x 1000 + 10 x 196 = 9960, ends at 29220 us */
Test(llm_replica, preemption_by_hand) {
    struct arena arena = {0};
    struct service service = simple_service();
    service.llm.kv_blocks = 5;
    struct outcome outcomes[2];
    struct request requests[] = {{0, 20, 10}, {0, 20, 10}};
    struct replay_result result = run_simple(&arena, service, requests, 2, outcomes);
    cr_assert(eq(i64, result.counts.preemptions, 1));
    cr_assert(eq(i64, outcomes[1].first_token, 5000 * TICKS_PER_US));
    cr_assert(eq(i64, outcomes[0].finish, 16160 * TICKS_PER_US));
    cr_assert(eq(i64, outcomes[1].finish, 29220 * TICKS_PER_US));
    arena_release(&arena);
}

static const struct {
    const char *name;
    int32_t input, output;
    bool served;
} limits[] = {
    {"fills every block: 1000 + 1 - 1 cached", 1000, 1, false}, /* context_max counts 1001 */
    {"at context_max", 999, 1, true},
    {"output counts", 500, 500, true},
    {"above context_max", 500, 501, false},
    {"no output", 10, 0, true},
};

Test(llm_replica, what_never_fits_is_rejected) {
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct arena arena = {0};
        struct outcome outcome;
        struct request request = {0, limits[i].input, limits[i].output};
        run_simple(&arena, simple_service(), &request, 1, &outcome);
        cr_assert(eq(int, outcome.rejected, !limits[i].served), "%s", limits[i].name);
        cr_assert(eq(int, outcome.finish >= 0, limits[i].served), "%s", limits[i].name);
        arena_release(&arena);
    }
}

Test(llm_replica, more_than_all_blocks_is_rejected) {
    struct arena arena = {0};
    struct service service = simple_service();
    service.llm.context_max = 5000;
    struct outcome outcomes[2];
    struct request requests[] = {{0, 900, 101}, {0, 900, 102}}; /* 1000 and 1001 cached tokens */
    run_simple(&arena, service, requests, 2, outcomes);
    cr_assert(not(outcomes[0].rejected));
    cr_assert(outcomes[1].rejected);
    arena_release(&arena);
}

static const struct {
    const char *name;
    size_t offset;
    double value;
} bad_times[] = {
    {"negative", offsetof(struct iteration_time, a1), -1},
    {"not a number", offsetof(struct iteration_time, m5), NAN},
    {"infinite", offsetof(struct iteration_time, h0), INFINITY},
    {"an hour a step", offsetof(struct iteration_time, t0), 4e9},
};

Test(llm_replica, senseless_parameters_are_errors) {
    for (size_t i = 0; i < sizeof bad_times / sizeof *bad_times; i++) {
        struct arena arena = {0};
        struct service service = simple_service();
        memcpy((char *)&service.llm.time + bad_times[i].offset, &bad_times[i].value,
               sizeof(double));
        struct pool pool = steady_pool(&arena, service, 1, 1);
        struct replay_input input = input_of(&pool, 1, 1);
        int n_hours;
        struct err err = {0};
        cr_assert(not(replay_check(&input, &n_hours, &err)), "%s", bad_times[i].name);
        cr_assert(eq(int, err.kind, ERR_INPUT));
        arena_release(&arena);
    }
}
