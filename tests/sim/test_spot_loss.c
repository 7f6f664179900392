/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a spot loss does to llm work, to the tick. The test draws the same keyed life as the fleet
 * (exponential, stream SPOT_LIFE, entity pool << 40 | launch), so it knows the instant of the loss
 * and can put a step boundary exactly there. */
#include "sim/replica.h"
#include "tests/sim/replay_help.h"

enum { N_HOURS = 3, DECODE_STEPS = 100 };

static const int32_t one_instance[N_HOURS] = {1, 1, 1};

static sim_ticks life_of(uint64_t seed, uint64_t pool, uint64_t launch) {
    uint64_t bits = rng_keyed(seed, 0, RNG_SPOT_LIFE, pool << 40 | launch);
    return service_ticks(-rng_log(rng_unit(bits)) * 3600);
}

/* One loss an hour on average. */
static struct pool llm_pool(struct service service, bool spot) {
    return (struct pool){
        .name = "llm",
        .service = service,
        .spot = spot,
        .interruptions_per_hour = spot ? 1 : 0,
        .replicas_per_instance = 1,
        .weight = 1,
        .boot_s = 100,
        .instances = one_instance,
    };
}

/* A step with a prefill takes `prefill`, one that only decodes takes `decode`, whatever is in it.
 */
static struct service fixed_steps(sim_ticks prefill, sim_ticks decode) {
    double prefill_us = (double)prefill / TICKS_PER_US, decode_us = (double)decode / TICKS_PER_US;
    return (struct service){
        .kind = SERVICE_LLM,
        .llm = {.time = {.layers = 1, .p0 = prefill_us, .m0 = prefill_us, .d0 = decode_us},
                .tokens_per_step_max = 1000,
                .sequences_max = 10,
                .block_tokens = 16,
                .kv_blocks = 1000,
                .context_max = 2000},
    };
}

/* The first seed whose life of the given pool's first instance lies between 1000 and 2000 s, and
 * whose replacement then lives for an hour. */
static uint64_t seed_with_one_loss(uint64_t pool) {
    for (uint64_t seed = 1;; seed++) {
        double first_s = ticks_seconds(life_of(seed, pool, 0));
        if (first_s > 1000 && first_s < 2000 && ticks_seconds(life_of(seed, pool, 1)) > 3600)
            return seed;
    }
}

/* The request is lost in the middle of its answer and starts from nothing on the replacement: all
 * of its prompt and all of its tokens again. */
Test(spot_loss, lost_work_starts_from_nothing) {
    struct arena arena = {0};
    uint64_t seed = seed_with_one_loss(0);
    sim_ticks loss = life_of(seed, 0, 0), decode = 10 * TICKS_PER_SECOND;
    struct pool pool = llm_pool(fixed_steps(500 * TICKS_PER_SECOND, decode), true);
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    input.seed = seed;
    struct request request = {0, 20, 1 + DECODE_STEPS * 2}; /* 2500 s */
    struct outcome outcome;
    struct replay_result result = replay_list(&arena, &input, &request, 1, &outcome);
    sim_ticks ready = loss + 100 * TICKS_PER_SECOND;
    cr_assert(eq(i64, result.restarted, 1));
    cr_assert(eq(i64, outcome.first_token, ready + 500 * TICKS_PER_SECOND));
    cr_assert(eq(i64, outcome.finish, outcome.first_token + 2 * DECODE_STEPS * decode));
    arena_release(&arena);
}

/* Two requests at 0, one on each of two pools; the second pool is lost at the very instant of the
 * hundredth decode boundary of the first. The lost request joins the step that begins there,
 * whether the boundary is inside a jump or a step of its own: first token one prefill step later.
 */
Test(spot_loss, work_returned_at_a_boundary_joins_its_step) {
    struct arena arena = {0};
    uint64_t seed = seed_with_one_loss(1);
    sim_ticks loss = life_of(seed, 1, 0), decode = TICKS_PER_SECOND;
    sim_ticks prefill = loss - DECODE_STEPS * decode;
    struct service service = fixed_steps(prefill, decode);
    struct pool pools[] = {llm_pool(service, false), llm_pool(service, true)};
    struct request requests[] = {{0, 20, 300}, {0, 20, 300}};
    for (int step_by_step = 0; step_by_step < 2; step_by_step++) {
        struct replay_input input = input_of(pools, 2, N_HOURS);
        input.seed = seed;
        input.step_by_step = step_by_step;
        struct outcome outcomes[2];
        struct replay_result result = replay_list(&arena, &input, requests, 2, outcomes);
        cr_assert(eq(i64, result.restarted, 1));
        cr_assert(eq(i64, outcomes[0].first_token, prefill));
        cr_assert(eq(i64, outcomes[1].first_token, loss + prefill));
    }
    arena_release(&arena);
}
