/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of llm work between the notice and the end of its instance, to the tick, in steps of
 * fixed length. Two replicas on spot, of which the market takes one at 1000 s (a draw tells which,
 * so both hold the same); the other one takes what moves or starts again. */
#include "sim/spot_market.h"
#include "tests/sim/replay_help.h"

enum { N_HOURS = 2, PREFILL_S = 100, DECODE_S = 10, NOTICE_S = 120, NOTICED_S = 1000 };

static const int32_t two[N_HOURS] = {2, 2};
static const struct spot_step steps[] = {{0, 2}, {NOTICED_S * TICKS_PER_SECOND, 1}};
static const struct spot_zone zone = {.name = "a", .region = "a", .n_steps = 2, .steps = steps};
static const struct spot_market market = {1, &zone, N_HOURS *TICKS_PER_HOUR};

static struct pool llm_pool(enum notice_action on_notice) {
    struct llm_service llm = {
        .time = {.layers = 1, .p0 = PREFILL_S * 1e6, .m0 = PREFILL_S * 1e6, .d0 = DECODE_S * 1e6},
        .tokens_per_step_max = 1000,
        .sequences_max = 10,
        .block_tokens = 16,
        .kv_blocks = 1000,
        .context_max = 2000,
    };
    return (struct pool){
        .name = "llm",
        .service = {.kind = SERVICE_LLM, .llm = llm},
        .spot = true,
        .market = &market,
        .notice_s = NOTICE_S,
        .on_notice = on_notice,
        .replicas_per_instance = 1,
        .weight = 1,
        .instances = two,
    };
}

/* Two requests at 0, each with its first token at 100 s and a token each 10 s: of the 91 made at
 * 1000 s the last is made at that very instant. Their end is at 100 + 10 (tokens - 1). */
static struct replay_result run(struct arena *arena, const struct pool *pool, int32_t tokens,
                                bool step_by_step, struct outcome outcomes[2]) {
    struct request requests[] = {{0, 21, tokens}, {0, 21, tokens}};
    struct replay_input input = input_of(pool, 1, N_HOURS);
    input.step_by_step = step_by_step;
    input.slo.latency_s = 100 + 10 * (tokens - 1);
    return replay_list(arena, &input, requests, 2, outcomes);
}

static sim_ticks later_of(const struct outcome outcomes[2]) {
    return outcomes[0].finish > outcomes[1].finish ? outcomes[0].finish : outcomes[1].finish;
}

static sim_ticks sooner_of(const struct outcome outcomes[2]) {
    return outcomes[0].finish < outcomes[1].finish ? outcomes[0].finish : outcomes[1].finish;
}

#define AT(seconds) ((seconds)*TICKS_PER_SECOND)

/* Done within the notice: nothing happens to it. */
Test(fleet_notice, work_that_fits_into_the_notice_is_finished) {
    struct arena arena = {0};
    for (int step_by_step = 0; step_by_step < 2; step_by_step++) {
        struct pool pool = llm_pool(NOTICE_DRAIN);
        struct outcome outcomes[2];
        struct replay_result result = run(&arena, &pool, 100, step_by_step, outcomes);
        cr_assert(eq(i64, later_of(outcomes), AT(1090)));
        cr_assert(eq(i64, result.restarted, 0));
        cr_assert(eq(i64, result.lost.late, 0));
    }
    arena_release(&arena);
}

/* 150 tokens are due at 1590 s. At 1120 s 103 have been made, and are lost with the 21 of the
 * prompt: the request begins again in the step after the one that ends at 1120 s. The other one
 * waits for its prefill: its end is 100 s later. Draining and serving on differ in what is taken
 * meanwhile, not in this. */
Test(fleet_notice, the_rest_starts_again_at_the_end) {
    struct arena arena = {0};
    for (int mode = 0; mode < 4; mode++) {
        struct pool pool = llm_pool(mode & 1 ? NOTICE_RESTART : NOTICE_DRAIN);
        struct outcome outcomes[2];
        struct replay_result result = run(&arena, &pool, 150, mode & 2, outcomes);
        cr_assert(eq(i64, sooner_of(outcomes), AT(1590 + PREFILL_S - DECODE_S)));
        cr_assert(eq(i64, later_of(outcomes), AT(1120 + PREFILL_S + 149 * DECODE_S)));
        cr_assert(eq(i64, result.restarted, 1));
        cr_assert(eq(i64, result.lost.migrated, 0));
        cr_assert(eq(i64, result.lost.recomputed_tokens, 21 + 103));
        cr_assert(eq(i64, result.lost.late, 1));
    }
    arena_release(&arena);
}

/* The cache of 21 + 91 - 1 tokens goes over in 11.1 s and half a second of latency: it joins the
 * step that begins at 1020 s, with 59 tokens to go, and nobody computes anything twice. */
Test(fleet_notice, work_moves_with_its_cache) {
    struct arena arena = {0};
    for (int step_by_step = 0; step_by_step < 2; step_by_step++) {
        struct pool pool = llm_pool(NOTICE_MIGRATE);
        pool.migration = (struct migration){0.5, 1e6, 1e5};
        struct outcome outcomes[2];
        struct replay_result result = run(&arena, &pool, 150, step_by_step, outcomes);
        cr_assert(eq(i64, sooner_of(outcomes), AT(1590)));
        cr_assert(eq(i64, later_of(outcomes), AT(1020 + 59 * DECODE_S)));
        cr_assert(eq(i64, outcomes[0].first_token, AT(100)));
        cr_assert(eq(i64, outcomes[1].first_token, AT(100)));
        cr_assert(eq(i64, result.restarted, 0));
        cr_assert(eq(i64, result.lost.migrated, 1));
        cr_assert(eq(i64, result.lost.recomputed_tokens, 0));
        cr_assert(eq(i64, result.lost.late, 1));
    }
    arena_release(&arena);
}

/* Without room for the cache on the link, or without one, the prompt and the 91 tokens are computed
 * again where it goes: a prefill from 1010 s on (it arrives half a second after 1000 s), which
 * makes the 92nd token; 58 follow. */
Test(fleet_notice, a_cache_that_cannot_move_is_computed_again) {
    struct arena arena = {0};
    const struct migration links[] = {{0.5, 0, 0}, {0.5, 1e6, 2e6}};
    for (int mode = 0; mode < 4; mode++) {
        struct pool pool = llm_pool(NOTICE_MIGRATE);
        pool.migration = links[mode & 1];
        struct outcome outcomes[2];
        struct replay_result result = run(&arena, &pool, 150, mode & 2, outcomes);
        cr_assert(eq(i64, sooner_of(outcomes), AT(1590 + PREFILL_S - DECODE_S)));
        cr_assert(eq(i64, later_of(outcomes), AT(1010 + PREFILL_S + 58 * DECODE_S)));
        cr_assert(eq(i64, result.lost.recomputed_tokens, 21 + 91));
        cr_assert(eq(i64, result.lost.migrated, 1));
    }
    arena_release(&arena);
}

/* Work that other kinds of replica hold cannot be gone on with: it starts again at the notice. */
Test(fleet_notice, other_services_start_again_at_the_notice) {
    struct arena arena = {0};
    struct pool pool = llm_pool(NOTICE_MIGRATE);
    pool.service = queue_of(1, SERVICE_DETERMINISTIC, 500);
    struct request requests[] = {{700 * NS_PER_SECOND, 1, 1}, {700 * NS_PER_SECOND, 1, 1}};
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    struct outcome outcomes[2];
    struct replay_result result = replay_list(&arena, &input, requests, 2, outcomes);
    cr_assert(eq(i64, sooner_of(outcomes), AT(1200)));
    cr_assert(eq(i64, later_of(outcomes), AT(1700)));
    cr_assert(eq(i64, result.restarted, 1));
    arena_release(&arena);
}

/* An llm's requests cannot go on in a pool of another kind. */
Test(fleet_notice, llm_work_moves_to_llm_pools_only) {
    struct arena arena = {0};
    struct pool pools[] = {llm_pool(NOTICE_MIGRATE), llm_pool(NOTICE_DRAIN)};
    pools[1].service = queue_of(1, SERVICE_DETERMINISTIC, 500);
    struct replay_input input = input_of(pools, 2, N_HOURS);
    struct replay_result result;
    struct err err = {0};
    struct listed_arrivals nothing = {0};
    cr_assert(not(replay_engine_run(&arena, &input, (struct arrivals){listed_next, &nothing},
                                    (struct replay_probe){0}, &result, &err)));
    cr_assert(strstr(err.what, "cannot move to") != NULL);
    arena_release(&arena);
}
