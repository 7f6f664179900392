/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The llm replica against a plain simulation written here: one step after another, one sequence
 * after another, blocks counted sequence by sequence, preemption in running order as the public
 * scheduler does it. No jumps, no heaps, no closed form. First-token and finish times must be equal
 * to the tick on random configurations, with jumps and step by step. Then cases by hand. */
#include <math.h>

#include "tests/sim/replay_help.h"

enum { N_REQUESTS = 120, N_CONFIGURATIONS = 300, N_HOURS = 24 };

/* --- the plain simulation --- */

struct plain_sequence {
    int64_t id;
    int64_t cached, blocks, prompt; /* tokens in the cache, blocks held, tokens to prefill */
    int64_t generated;
    int64_t chunk; /* in the pending step */
};

struct plain {
    const struct llm_service *service;
    const struct request *requests;
    struct outcome *outcomes;
    struct plain_sequence running[N_REQUESTS], waiting[N_REQUESTS];
    int n_running, n_waiting;
    int64_t free_blocks, preemptions;
};

static int64_t plain_blocks(const struct plain *plain, int64_t tokens) {
    int64_t size = plain->service->block_tokens;
    return tokens / size + (tokens % size > 0);
}

static void plain_enqueue(struct plain *plain, int64_t id) {
    plain->waiting[plain->n_waiting++] =
        (struct plain_sequence){.id = id, .prompt = plain->requests[id].input_tokens};
}

static void plain_preempt_last(struct plain *plain) {
    struct plain_sequence victim = plain->running[--plain->n_running];
    plain->free_blocks += victim.blocks;
    for (int i = plain->n_waiting++; i > 0; i--)
        plain->waiting[i] = plain->waiting[i - 1];
    plain->waiting[0] = (struct plain_sequence){
        .id = victim.id,
        .prompt = plain->requests[victim.id].input_tokens + victim.generated,
        .generated = victim.generated,
    };
    plain->preemptions++;
}

/* Decide the chunks of the next step; false: nothing to do. */
static bool plain_form(struct plain *plain) {
    int64_t budget = plain->service->tokens_per_step_max;
    bool preempted = false;
    for (int i = 0; i < plain->n_running; i++) {
        struct plain_sequence *sequence = &plain->running[i];
        if (sequence->cached < sequence->prompt) {
            int64_t left = sequence->prompt - sequence->cached;
            sequence->chunk = left < budget ? left : budget;
        } else {
            int64_t needed = plain_blocks(plain, sequence->cached + 1) - sequence->blocks;
            while (needed > plain->free_blocks && plain->n_running > i) {
                plain_preempt_last(plain);
                preempted = true;
            }
            if (plain->n_running == i)
                break;
            plain->free_blocks -= needed;
            sequence->blocks += needed;
            sequence->chunk = 1;
        }
        budget -= sequence->chunk;
    }
    int sequences_max = plain->service->sequences_max < plain->service->tokens_per_step_max
                            ? plain->service->sequences_max
                            : plain->service->tokens_per_step_max;
    while (!preempted && plain->n_waiting > 0 && budget > 0 && plain->n_running < sequences_max) {
        struct plain_sequence next = plain->waiting[0];
        next.blocks = plain_blocks(plain, next.prompt);
        if (next.blocks > plain->free_blocks)
            break;
        plain->free_blocks -= next.blocks;
        next.chunk = next.prompt < budget ? next.prompt : budget;
        budget -= next.chunk;
        plain->running[plain->n_running++] = next;
        plain->n_waiting--;
        for (int i = 0; i < plain->n_waiting; i++)
            plain->waiting[i] = plain->waiting[i + 1];
    }
    return plain->n_running > 0;
}

static double larger(double a, double b) {
    return a > b ? a : b;
}

/* The equations of sim/service.h over the pending step. */
static sim_ticks plain_step_ticks(const struct plain *plain) {
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
    double linear = larger(t->a0 + t->a1 * tokens, t->b0 + t->b1 * tokens);
    double other = t->t0 + t->layers * (linear + t->r0 + t->r1 * tokens) + t->h0 + t->h1 * sampled;
    sim_ticks ticks = llround((other + t->layers * attention) * TICKS_PER_US);
    if (c == 0) /* a whole number of ticks for each cached token */
        ticks += llround(t->layers * t->d2 * TICKS_PER_US) * (sim_ticks)context;
    return ticks;
}

static void plain_complete(struct plain *plain, sim_ticks now) {
    int kept = 0;
    for (int i = 0; i < plain->n_running; i++) {
        struct plain_sequence sequence = plain->running[i];
        struct outcome *outcome = &plain->outcomes[sequence.id];
        sequence.cached += sequence.chunk;
        sequence.chunk = 0;
        if (sequence.cached >= sequence.prompt) {
            sequence.generated++;
            if (outcome->first_token < 0)
                outcome->first_token = now;
        }
        if (sequence.generated > 0 && sequence.cached >= sequence.prompt &&
            sequence.generated >= plain->requests[sequence.id].output_tokens) {
            outcome->finish = now;
            plain->free_blocks += sequence.blocks;
        } else {
            plain->running[kept++] = sequence;
        }
    }
    plain->n_running = kept;
}

static bool plain_can_serve(const struct plain *plain, const struct request *request) {
    int64_t output = request->output_tokens > 1 ? request->output_tokens : 1;
    return request->input_tokens + request->output_tokens <= plain->service->context_max &&
           plain_blocks(plain, request->input_tokens + output - 1) <= plain->service->kv_blocks;
}

static void plain_run(struct plain *plain, const struct request *requests, int64_t n,
                      struct outcome *outcomes) {
    plain->requests = requests;
    plain->outcomes = outcomes;
    plain->free_blocks = plain->service->kv_blocks;
    for (int64_t i = 0; i < n; i++)
        outcomes[i] = (struct outcome){-1, -1, false};
    sim_ticks now = 0;
    for (int64_t at = 0;;) {
        for (; at < n && requests[at].arrival_ns * TICKS_PER_NS <= now; at++) {
            if (plain_can_serve(plain, &requests[at]))
                plain_enqueue(plain, at);
            else
                outcomes[at].rejected = true;
        }
        if (plain_form(plain)) {
            now += plain_step_ticks(plain);
            plain_complete(plain, now);
        } else if (at < n) {
            now = requests[at].arrival_ns * TICKS_PER_NS;
        } else {
            return;
        }
    }
}

/* --- random configurations --- */

static double uniform(struct rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

static struct iteration_time random_time(struct rng *rng) {
    return (struct iteration_time){
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
    };
}

static struct service random_service(struct rng *rng) {
    static const int32_t budgets[] = {16, 64, 256, 2048};
    static const int32_t sequences[] = {1, 3, 16, 256};
    static const int32_t block_sizes[] = {1, 7, 16, 64};
    static const int64_t kv_tokens[] = {700, 1500, 6000, 100000};
    struct llm_service llm = {
        .time = random_time(rng),
        .tokens_per_step_max = budgets[rng_below(rng, 4)],
        .sequences_max = sequences[rng_below(rng, 4)],
        .block_tokens = block_sizes[rng_below(rng, 4)],
        .context_max = 1000,
    };
    llm.kv_blocks = kv_tokens[rng_below(rng, 4)] / llm.block_tokens;
    return (struct service){.kind = SERVICE_LLM, .llm = llm};
}

/* Some at the same instant, some far apart, some too long. */
static void random_requests(struct rng *rng, struct request *requests, int64_t n) {
    int64_t now = 0;
    double gap_s = uniform(rng, 0.001, 0.5);
    for (int64_t i = 0; i < n; i++) {
        if (rng_below(rng, 5) > 0)
            now += (int64_t)(rng_exponential(rng, gap_s) * NS_PER_SECOND);
        requests[i] = (struct request){
            .arrival_ns = now,
            .input_tokens = 1 + (int32_t)rng_below(rng, 400),
            .output_tokens = (int32_t)rng_below(rng, rng_below(rng, 4) == 0 ? 700 : 60),
        };
    }
}

static int64_t compare_with_plain(uint64_t seed, bool step_by_step) {
    struct arena arena = {0};
    struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
    struct request requests[N_REQUESTS];
    struct outcome want[N_REQUESTS], got[N_REQUESTS];
    struct service service = random_service(&rng);
    random_requests(&rng, requests, N_REQUESTS);
    struct plain plain = {.service = &service.llm};
    plain_run(&plain, requests, N_REQUESTS, want);
    struct pool pool = steady_pool(&arena, service, 1, N_HOURS);
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    input.step_by_step = step_by_step;
    struct replay_result result = replay_list(&arena, &input, requests, N_REQUESTS, got);
    for (int i = 0; i < N_REQUESTS; i++) {
        cr_assert(got[i].first_token == want[i].first_token && got[i].finish == want[i].finish &&
                      got[i].rejected == want[i].rejected,
                  "seed %lu request %d: first token %ld, want %ld; finish %ld, want %ld",
                  (unsigned long)seed, i, (long)got[i].first_token, (long)want[i].first_token,
                  (long)got[i].finish, (long)want[i].finish);
    }
    cr_assert(eq(i64, result.counts.preemptions, plain.preemptions));
    arena_release(&arena);
    return result.counts.preemptions;
}

Test(llm_replica, equals_the_plain_simulation) {
    int64_t preemptions = 0;
    for (uint64_t seed = 1; seed <= N_CONFIGURATIONS; seed++) {
        preemptions += compare_with_plain(seed, false);
        compare_with_plain(seed, true);
    }
    cr_assert(gt(i64, preemptions, 100), "the configurations must cover preemption");
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
