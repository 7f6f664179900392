/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jumps against steps on published traces where they lie ($HEADROOM_DATA): the Azure code trace and
 * the Mooncake conversation with its block ids, answers as they are and ten times as long, on 1, 16
 * and 64 replicas behind the least-outstanding router, under each setting of the scheduler. The sum
 * over requests of a hash of (request, first token, finish) must be equal, and so must all counts;
 * that the sum sees a difference is seen with fewer blocks. Jumps take no more than 3.2 steps a
 * request beside preemptions and further chunks. And a cache that never fills finds what the ids
 * say there is to find. */
#include "published_trace.h"
#include "sim/prompt_blocks.h"
#include "sim/trace.h"
#include "tests/sim/replay_help.h"

#define AZURE "traces/azure-llm-2023-code/AzureLLMInferenceTrace_code.csv"
#define MOONCAKE "traces/mooncake-conversation/conversation_trace.jsonl.zst"

enum { N_HOURS = 48, SEQUENCES = 64, TOKENS_PER_STEP = 8192 };

int main(int argc, char *argv[]) {
    int missing = data_missing(AZURE);
    if (!missing)
        missing = data_missing(MOONCAKE);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}

static const struct setting {
    const char *name;
    enum admission admission;
    bool whole_prompts, first_chunk, prefix_caching, starved, adapters;
} settings[] = {
    {"plain", .admission = ADMISSION_FCFS},
    {"starved", .starved = true},
    {"priority", .admission = ADMISSION_PRIORITY},
    {"priority, starved", .admission = ADMISSION_PRIORITY, .starved = true},
    {"whole prompts", .whole_prompts = true},
    {"first chunk, starved", .first_chunk = true, .starved = true},
    {"first chunk, priority, starved", ADMISSION_PRIORITY, .first_chunk = true, .starved = true},
    {"prefix cache", .prefix_caching = true},
    {"prefix cache, starved", .prefix_caching = true, .starved = true},
    {"all", ADMISSION_PRIORITY, false, true, true, true, true},
};

enum { PLAIN, STARVED, PREFIX_CACHE = 7, N_SETTINGS = sizeof settings / sizeof *settings };

/* A GPU about eight times as fast as the one of tests/sim/test_measured_run.c, with a cache of
 * 320,000 tokens, or, starved, with just enough for the longest request of the trace. */
static struct service service_of(const struct setting *setting, int64_t longest) {
    struct llm_service llm = {
        .time = {.layers = 32,
                 .t0 = 500,
                 .a0 = 60,
                 .a1 = 0.12,
                 .b0 = 19,
                 .b1 = 0.35,
                 .d0 = 1.4,
                 .d1 = 0.025,
                 .d2 = 0.00055,
                 .p0 = 1,
                 .p1 = 0.004,
                 .p2 = 1.2e-5,
                 .p3 = 0.0027,
                 .m0 = 0.7,
                 .m1 = 0.007,
                 .m2 = 1.3e-5,
                 .m3 = 0.0027,
                 .m4 = 0.145,
                 .m5 = 0.0012,
                 .h0 = 140,
                 .h1 = 0.35,
                 .graphs = true},
        .tokens_per_step_max = setting->whole_prompts ? 1 << 18 : TOKENS_PER_STEP,
        .sequences_max = SEQUENCES,
        .block_tokens = 16,
        .kv_blocks = setting->starved ? longest / 16 + 1 : 20000,
        .context_max = 1 << 18,
        .admission = setting->admission,
        .whole_prompts = setting->whole_prompts,
        .reserve_first_chunk = setting->first_chunk,
        .prefix_caching = setting->prefix_caching,
    };
    if (setting->adapters)
        llm.lora = (struct lora_service){64, 16, 0.05, 1};
    return (struct service){.kind = SERVICE_LLM, .llm = llm};
}

/* As many times faster as there are replicas. */
static const struct request *stretched(struct arena *arena, const struct trace *trace, int replicas,
                                       int stretch) {
    struct request *requests = arena_new(arena, struct request, trace->n);
    for (size_t i = 0; i < trace->n; i++) {
        requests[i] = trace->requests[i];
        requests[i].arrival_ns /= replicas;
        requests[i].output_tokens *= stretch;
    }
    return requests;
}

static struct replay_result replay(struct arena *arena, const struct traffic *traffic,
                                   struct service service, int replicas, bool step_by_step) {
    struct pool pool = steady_pool(arena, service, replicas, N_HOURS);
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    input.traffic = traffic;
    input.step_by_step = step_by_step;
    input.record_ledger = false;
    return replay_list(arena, &input, traffic->requests, (int64_t)traffic->n_requests, NULL);
}

/* Returns the hash. */
static uint64_t jumps_equal_steps(const struct traffic *traffic, const struct setting *setting,
                                  int replicas, int stretch) {
    struct arena arena = {0};
    int64_t longest = 0, further_chunks = 0;
    for (size_t i = 0; i < traffic->n_requests; i++) {
        const struct request *r = &traffic->requests[i];
        int64_t tokens = r->input_tokens + r->output_tokens;
        longest = tokens > longest ? tokens : longest;
        further_chunks += (r->input_tokens - 1) / TOKENS_PER_STEP;
    }
    struct service service = service_of(setting, longest);
    struct replay_result jumps = replay(&arena, traffic, service, replicas, false);
    struct replay_result steps = replay(&arena, traffic, service, replicas, true);
    cr_log_info("%s, %d replicas, answers x %d: %ld and %ld steps, %ld preemptions", setting->name,
                replicas, stretch, (long)jumps.steps, (long)steps.steps,
                (long)jumps.counts.preemptions);
    cr_expect(eq(u64, jumps.request_hash, steps.request_hash), "%s", setting->name);
    cr_expect(eq(i64, jumps.finished, steps.finished));
    cr_expect(eq(i64, jumps.counts.preemptions, steps.counts.preemptions));
    cr_expect(eq(i64, jumps.counts.cached_prompt_tokens, steps.counts.cached_prompt_tokens));
    cr_expect(eq(i64, jumps.counts.adapter_loads, steps.counts.adapter_loads));
    /* Without its blocks a long prompt is begun and given up again and again. */
    if (!setting->first_chunk) {
        cr_expect(eq(i64, jumps.finished, (int64_t)traffic->n_requests));
        double most = 3.2 * (double)jumps.finished + (double)jumps.counts.preemptions;
        cr_expect(le(dbl, (double)jumps.steps, most + (double)further_chunks), "%s", setting->name);
    }
    arena_release(&arena);
    return jumps.request_hash;
}

static void check_trace(const char *path) {
    static const int fleets[] = {1, 16, 64};
    struct arena arena = {0};
    struct trace trace = data_read_trace(&arena, path);
    for (int i = 0; i < 3; i++)
        for (int stretch = 1; stretch <= 10; stretch += 9) {
            struct traffic traffic = {.requests = stretched(&arena, &trace, fleets[i], stretch),
                                      .n_requests = trace.n,
                                      .prompts = trace.prompts,
                                      .n_priorities = 3,
                                      .priority_share = {0.2, 0.5, 0.3}};
            uint64_t hashes[N_SETTINGS];
            for (int k = 0; k < N_SETTINGS; k++)
                hashes[k] = jumps_equal_steps(&traffic, &settings[k], fleets[i], stretch);
            cr_expect(ne(u64, hashes[PLAIN], hashes[STARVED]));
        }
    arena_release(&arena);
}

Test(llm_jumps, azure_code) {
    check_trace(AZURE);
}

Test(llm_jumps, mooncake_conversation) {
    check_trace(MOONCAKE);
}

/* One replica, in order of arrival, with room for all: each request finds the blocks that an
 * earlier one has. (No prompt of this trace is known to its last token, which is always computed.)
 */
Test(llm_jumps, an_endless_cache_finds_what_there_is) {
    struct arena arena = {0};
    struct trace trace = data_read_trace(&arena, MOONCAKE);
    struct traffic traffic = {
        .requests = trace.requests, .n_requests = trace.n, .prompts = trace.prompts};
    struct service service = service_of(&settings[PREFIX_CACHE], 0);
    service.llm.kv_blocks = 1 << 24;
    struct replay_result result = replay(&arena, &traffic, service, 1, false);
    int64_t want = prompt_blocks_found(&arena, trace.prompts, trace.requests, trace.n, trace.n);
    cr_assert(gt(i64, want, result.counts.prompt_tokens / 4));
    cr_assert(eq(i64, result.counts.cached_prompt_tokens, want));
    arena_release(&arena);
}
