/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each setting of the llm replica by hand, arithmetic in the comments. A step takes 1000 us plus
 * 100 us a prompt token computed; a step that only decodes 1000 us plus 10 us a cached token.
 * Blocks of 10 tokens, 100 of them; at most 100 tokens and 8 sequences a step. All times in
 * microseconds. */
#include <math.h>

#include "llm_trial.h"
#include "sim/lora.h"
#include "sim/prompt_runs.h"

static struct trial trial_of(int n) {
    struct trial trial = {.n = n, .lost = NEVER};
    trial.service = (struct service){
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
    return trial;
}

static struct work work_of(int64_t id, int64_t arrival_us, int32_t input, int32_t output) {
    sim_ticks arrival = arrival_us * TICKS_PER_US;
    return (struct work){.id = id,
                         .arrival = arrival,
                         .since = arrival,
                         .first_token = NO_TICKS,
                         .input_tokens = input,
                         .output_tokens = output,
                         .row = -1};
}

static struct replica_counts run(const struct trial *trial, struct outcomes *outcomes) {
    struct arena arena = {0};
    *outcomes = nothing_yet();
    struct replica_counts counts = run_replica(&arena, trial, false, outcomes);
    arena_release(&arena);
    return counts;
}

static int64_t finish_us(const struct outcomes *outcomes, int64_t id) {
    return outcomes->of[id].finish / TICKS_PER_US;
}

/* 10 us a token in the step: the prompt of 50 counts as 56, the step of one token as 1.
 *   1000 + 56 x 10 = 1560, then 1000 + 10 = 1010 */
Test(llm_settings, small_steps_are_padded) {
    struct trial trial = trial_of(1);
    trial.service.llm.time =
        (struct iteration_time){.layers = 1, .t0 = 1000, .a1 = 10, .graphs = true};
    trial.works[0] = work_of(0, 0, 50, 2);
    struct outcomes got;
    run(&trial, &got);
    cr_assert(eq(i64, finish_us(&got, 0), 2570));
}

/* One at a time, 2000 each. The last to come is more urgent than the second. */
Test(llm_settings, the_urgent_go_first) {
    struct trial trial = trial_of(3);
    trial.service.llm.sequences_max = 1;
    for (int i = 0; i < 3; i++)
        trial.works[i] = work_of(i, i, 10, 1);
    trial.works[1].priority = 2;
    trial.works[2].priority = 1;
    struct outcomes got;
    run(&trial, &got);
    cr_assert(eq(i64, finish_us(&got, 1), 4000));
    cr_assert(eq(i64, finish_us(&got, 2), 6000));
    trial.service.llm.admission = ADMISSION_PRIORITY;
    run(&trial, &got);
    cr_assert(eq(i64, finish_us(&got, 1), 6000));
    cr_assert(eq(i64, finish_us(&got, 2), 4000));
}

/* Five blocks. A is less urgent and comes first: prompt 20, 3000. At 3000 it decodes with three
 * blocks while B computes 20, 1000 + 2000. At 6000 B needs a third block: A goes, with two tokens.
 *   B    9 tokens on 20..28    9 x 1000 + 10 x 216 = 11160, ends at 17160
 *   A    20 + 2 tokens         1000 + 2200 = 3200, token 3 at 20360
 *        7 tokens on 22..28    7 x 1000 + 10 x 175 = 8750, ends at 29110 */
Test(llm_settings, the_least_urgent_is_preempted) {
    struct trial trial = trial_of(2);
    trial.service.llm.kv_blocks = 5;
    trial.service.llm.admission = ADMISSION_PRIORITY;
    trial.works[0] = work_of(0, 0, 20, 10);
    trial.works[0].priority = 1;
    trial.works[1] = work_of(1, 1, 20, 10);
    struct outcomes got;
    struct replica_counts counts = run(&trial, &got);
    cr_assert(eq(i64, counts.preemptions, 1));
    cr_assert(eq(i64, finish_us(&got, 1), 17160));
    cr_assert(eq(i64, finish_us(&got, 0), 29110));
}

/* Two prompts of 60. In chunks: 60 + 40 in 11000, the last 20 in 3000. Whole: 7000 each. */
Test(llm_settings, prompts_in_one_step) {
    struct trial trial = trial_of(2);
    trial.works[0] = work_of(0, 0, 60, 1);
    trial.works[1] = work_of(1, 0, 60, 1);
    struct outcomes got;
    run(&trial, &got);
    cr_assert(eq(i64, finish_us(&got, 0), 11000));
    cr_assert(eq(i64, finish_us(&got, 1), 14000));
    trial.service.llm.whole_prompts = true;
    run(&trial, &got);
    cr_assert(eq(i64, finish_us(&got, 0), 7000));
    cr_assert(eq(i64, finish_us(&got, 1), 14000));
}

/* What was preempted with all its tokens but the last has to fit the step again. */
Test(llm_settings, prompts_beyond_one_step_are_rejected) {
    struct trial trial = trial_of(3);
    trial.service.llm.whole_prompts = true;
    trial.works[0] = work_of(0, 0, 101, 1);
    trial.works[1] = work_of(1, 0, 50, 51);
    trial.works[2] = work_of(2, 0, 50, 52);
    struct outcomes got;
    run(&trial, &got);
    cr_assert(got.of[0].rejected);
    cr_assert(not(got.of[1].rejected));
    cr_assert(got.of[2].rejected);
}

/* Ten blocks, 50 tokens a step; A: 20 tokens, two answers; B: 90 tokens.
 * Whole: 2 + 9 blocks do not fit, B waits.
 *   A 3000, then 1200: ends at 4200; B 50 in 6000, 40 in 5000: ends at 15200
 * First chunk: B begins with 30 tokens in 3 blocks, 6000. Its next 49 need 5 more, A one: 11 in
 * all, so B goes, and A decodes alone, 1200: ends at 7200; B 6000 and 5000: ends at 18200. */
Test(llm_settings, blocks_for_the_first_chunk_only) {
    struct trial trial = trial_of(2);
    trial.service.llm.kv_blocks = 10;
    trial.service.llm.tokens_per_step_max = 50;
    trial.works[0] = work_of(0, 0, 20, 2);
    trial.works[1] = work_of(1, 0, 90, 1);
    struct outcomes got;
    struct replica_counts counts = run(&trial, &got);
    cr_assert(eq(i64, counts.preemptions, 0));
    cr_assert(eq(i64, finish_us(&got, 0), 4200));
    cr_assert(eq(i64, finish_us(&got, 1), 15200));
    trial.service.llm.reserve_first_chunk = true;
    counts = run(&trial, &got);
    cr_assert(eq(i64, counts.preemptions, 1));
    cr_assert(eq(i64, finish_us(&got, 0), 7200));
    cr_assert(eq(i64, finish_us(&got, 1), 18200));
}

/* --- prefix caching: ids of 20 tokens, two prompts that begin with the same one; 20 us a cached
 * token --- */

static struct trial prefix_trial(struct arena *arena, int n) {
    static const uint32_t first[] = {0, 2, 4}, ids[] = {0, 1, 0, 2};
    struct trial trial = trial_of(n);
    trial.service.llm.prefix_caching = true;
    trial.service.llm.time.p3 = 20;
    trial.prompts = (struct prompt_blocks){20, first, ids, 3, NULL};
    trial.prompts.runs = prompt_runs(arena, &trial.prompts, 2);
    return trial;
}

/* 50 tokens of row 0; 50 of row 1, of which 20 are there; 40 of row 0, all there but the block of
 * the last token is computed again; row 0 of another edition, unknown.
 *   1000 + 5000;  1000 + 3000 + 400;  1000 + 1000 + 600;  1000 + 5000 */
Test(llm_settings, known_prefixes_are_found) {
    struct arena arena = {0};
    struct trial trial = prefix_trial(&arena, 4);
    static const int32_t rows[] = {0, 1, 0, 0}, inputs[] = {50, 50, 40, 50};
    static const int64_t us[] = {6000, 4400, 2600, 6000};
    for (int i = 0; i < 4; i++) {
        trial.works[i] = work_of(i, i * 10000, inputs[i], 1);
        trial.works[i].row = rows[i];
    }
    trial.works[3].edition = 1;
    struct outcomes got;
    struct replica_counts counts = run(&trial, &got);
    for (int i = 0; i < 4; i++)
        cr_assert(eq(i64, finish_us(&got, i), i * 10000 + us[i]), "%d", i);
    cr_assert(eq(i64, counts.prompt_tokens, 190));
    cr_assert(eq(i64, counts.cached_prompt_tokens, 50));
    arena_release(&arena);
}

/* Five blocks. The second request keeps id 0 and takes the first one's last three: its own and
 * id 1. So the third finds 20 tokens, not 30: 1000 + 2000 + 400. */
Test(llm_settings, last_blocks_are_forgotten_first) {
    struct arena arena = {0};
    struct trial trial = prefix_trial(&arena, 3);
    trial.service.llm.kv_blocks = 5;
    static const int32_t rows[] = {0, 1, 0}, inputs[] = {50, 50, 40};
    for (int i = 0; i < 3; i++) {
        trial.works[i] = work_of(i, i * 10000, inputs[i], 1);
        trial.works[i].row = rows[i];
    }
    struct outcomes got;
    run(&trial, &got);
    cr_assert(eq(i64, finish_us(&got, 1), 14400));
    cr_assert(eq(i64, finish_us(&got, 2), 23400));
    arena_release(&arena);
}

/* At the same instant: the second finds what the first is about to compute in the same step, and
 * both together take four blocks, so that four are enough.
 *   1000 + 30 x 100 + 10 x 100 + 20 x 20 */
Test(llm_settings, what_is_being_computed_is_found) {
    struct arena arena = {0};
    struct trial trial = prefix_trial(&arena, 2);
    trial.service.llm.kv_blocks = 4;
    for (int i = 0; i < 2; i++) {
        trial.works[i] = work_of(i, 0, 30, 1);
        trial.works[i].row = i;
    }
    static const uint32_t first[] = {0, 1, 2}, ids[] = {0, 0};
    trial.prompts.first = first;
    trial.prompts.ids = ids;
    struct outcomes got;
    run(&trial, &got);
    cr_assert(eq(i64, finish_us(&got, 0), 5400));
    cr_assert(eq(i64, finish_us(&got, 1), 5400));
    arena_release(&arena);
}

/* Five blocks, two prompts of 20 that nobody knows. The younger is preempted at 5000 with 20 tokens
 * computed; the older takes one block that never held anything, and ends at 16160. The younger
 * finds its two blocks again and computes one token: 1000 + 100 + 20 x 20, then 8 tokens on 21..28:
 * 9960. */
Test(llm_settings, a_preempted_request_finds_its_own) {
    struct arena arena = {0};
    struct trial trial = prefix_trial(&arena, 2);
    trial.service.llm.kv_blocks = 5;
    trial.works[0] = work_of(0, 0, 20, 10);
    trial.works[1] = work_of(1, 0, 20, 10);
    struct outcomes got;
    struct replica_counts counts = run(&trial, &got);
    cr_assert(eq(i64, counts.preemptions, 1));
    cr_assert(eq(i64, finish_us(&got, 0), 16160));
    cr_assert(eq(i64, finish_us(&got, 1), 16160 + 1500 + 9960));
    cr_assert(eq(i64, counts.cached_prompt_tokens, 0), "only first admissions are counted");
    arena_release(&arena);
}

/* --- adapters --- */

/* Two adapters, room for one, 500 us a load. The second request waits for the first one's end, then
 * loads its own; the third loads the first one's again; the fourth finds it. */
Test(llm_settings, adapters_are_loaded) {
    struct arena arena = {0};
    struct trial trial = trial_of(4);
    trial.service.llm.lora = (struct lora_service){2, 1, 500e-6, 0};
    struct lora *lora = lora_open(&arena, &trial.service.llm.lora, 1, 0);
    int64_t first[3], other = 0; /* ids with one adapter, and one with the other */
    for (int64_t id = 0, n = 0; n < 3; id++) {
        if (lora_adapter_of(lora, id) == 0)
            first[n++] = id;
        else
            other = id;
    }
    cr_assert(eq(int, lora_adapter_of(lora, other), 1));
    trial.works[0] = work_of(first[0], 0, 10, 1);
    trial.works[1] = work_of(other, 0, 10, 1);
    trial.works[2] = work_of(first[1], 6000, 10, 1);
    trial.works[3] = work_of(first[2], 9000, 10, 1);
    struct outcomes got;
    struct replica_counts counts = run(&trial, &got);
    cr_assert(eq(i64, finish_us(&got, first[0]), 2500));
    cr_assert(eq(i64, finish_us(&got, other), 5000));
    cr_assert(eq(i64, finish_us(&got, first[1]), 8500));
    cr_assert(eq(i64, finish_us(&got, first[2]), 11000));
    cr_assert(eq(i64, counts.adapter_loads, 3));
    arena_release(&arena);
}

/* --- what makes no sense --- */

static const struct {
    const char *name;
    struct lora_service lora;
    bool sense;
} adapters[] = {
    {"none", {0, 0, -1, -1}, true},
    {"all resident", {4, 4, 0, 0}, true},
    {"more resident than there are", {4, 5, 0, 0}, false},
    {"none resident", {4, 0, 0, 0}, false},
    {"negative", {-1, 1, 0, 0}, false},
    {"load below nothing", {4, 1, -1, 0}, false},
    {"load not a number", {4, 1, NAN, 0}, false},
    {"skew below nothing", {4, 1, 0, -0.5}, false},
    {"skew not a number", {4, 1, 0, NAN}, false},
    {"two hours to load all", {4, 4, 1800, 1}, false},
};

Test(llm_settings, senseless_adapters_are_errors) {
    for (size_t i = 0; i < sizeof adapters / sizeof *adapters; i++) {
        struct trial trial = trial_of(0);
        struct err err = {0};
        trial.service.llm.lora = adapters[i].lora;
        cr_assert(eq(int, llm_replica_model.check(&trial.service, &err), adapters[i].sense), "%s",
                  adapters[i].name);
    }
}

static const struct {
    const char *name;
    double experts, chosen;
    bool sense;
} experts[] = {
    {"dense", 0, 0, true},          {"8 choose 2", 8, 2, true}, {"all", 8, 8, true},
    {"more than all", 8, 9, false}, {"none", 8, 0, false},      {"negative", -8, 2, false},
};

Test(llm_settings, senseless_experts_are_errors) {
    for (size_t i = 0; i < sizeof experts / sizeof *experts; i++) {
        struct trial trial = trial_of(0);
        struct err err = {0};
        trial.service.llm.time.experts = experts[i].experts;
        trial.service.llm.time.experts_chosen = experts[i].chosen;
        cr_assert(eq(int, llm_replica_model.check(&trial.service, &err), experts[i].sense), "%s",
                  experts[i].name);
    }
}
