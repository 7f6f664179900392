/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The replay engine is fed from a tape, which can stop early, and watched by a probe, which counts
 * what the engine's own totals do not tell: requests after the warm-up and those of the last
 * quarter. */
#include "sim/steady_run.h"

#include <math.h>

#include "sim/iteration_time.h"
#include "sim/replay_engine.h"

#define NS_PER_S 1e9
#define NS_PER_HOUR 3600000000000LL
/* Requests alone spread over at most a year; a service so slow sends fewer of them. */
#define ALONE_HOURS (365 * 24)

struct watch {
    const struct steady_setup *setup;
    struct steady_outcome *outcome;
    struct tape_player player;
    int n_alone, i_alone;              /* requests to send alone, the next */
    int64_t alone_ns;                  /* when */
    sim_ticks counted_from, last_from; /* arrivals */
    struct slo_limits limits[STREAMS_MAX];
    int64_t stream_arrived[STREAMS_MAX], stream_good[STREAMS_MAX]; /* counted, of a mix */
    int64_t bad, bad_max; /* counted requests known to be bad; above bad_max the run is lost */
    int64_t last_arrived, last_good, n_finished;
    double latency_sum_s;
};

/* ---- arrivals ---- */

static void count_arrival(struct watch *watch, const struct request *request) {
    sim_ticks arrival = request->arrival_ns * TICKS_PER_NS;
    watch->outcome->arrived += arrival >= watch->counted_from;
    watch->stream_arrived[request->stream] += arrival >= watch->counted_from;
    watch->last_arrived += arrival >= watch->last_from;
}

static bool next_played(void *context, struct request *out) {
    struct watch *watch = context;
    if (watch->bad > watch->bad_max || !tape_player_next(&watch->player, out))
        return false;
    count_arrival(watch, out);
    return true;
}

/* Sent when the request before is surely done. */
static bool next_alone(void *context, struct request *out) {
    struct watch *watch = context;
    const struct arrival_tape *tape = watch->setup->tape;
    if (watch->i_alone == watch->n_alone || watch->alone_ns >= ALONE_HOURS * NS_PER_HOUR)
        return false;
    *out = arrival_tape_request(tape, watch->i_alone++, watch->alone_ns);
    double alone_s =
        steady_alone_s(&watch->setup->candidate->service, out->input_tokens, out->output_tokens);
    watch->alone_ns += (int64_t)(fmin(2 * alone_s, 1e8) * NS_PER_S) + 1000;
    count_arrival(watch, out);
    return true;
}

/* ---- the probe ---- */

static bool is_good(const struct watch *watch, const struct work *work, sim_ticks finish) {
    return slo_limits_hold(&watch->limits[work->stream], work->first_token - work->arrival,
                           finish - work->arrival, work->output_tokens);
}

static void watch_finished(void *context, const struct work *work, sim_ticks finish) {
    struct watch *watch = context;
    if (work->arrival < watch->counted_from)
        return;
    struct steady_outcome *outcome = watch->outcome;
    double ttft_s = ticks_seconds(work->first_token - work->arrival);
    double latency_s = ticks_seconds(finish - work->arrival);
    double gaps = work->output_tokens > 1 ? work->output_tokens - 1 : 0;
    quantile_record(&outcome->ttft_s, ttft_s);
    quantile_record(&outcome->tpot_s, gaps > 0 ? (latency_s - ttft_s) / gaps : 0);
    quantile_record(&outcome->latency_s, latency_s);
    watch->n_finished++;
    watch->latency_sum_s += latency_s;
    if (!is_good(watch, work, finish)) {
        watch->bad++;
        return;
    }
    outcome->good++;
    watch->stream_good[work->stream]++;
    if (work->arrival >= watch->last_from)
        watch->last_good++;
}

/* Inside context and cache, but more than one step takes, and prompts are not cut: the tokens that
 * it would have to hold (after a preemption the answer's, too). Else 0. */
static int64_t tokens_uncut(const struct service *service, const struct work *work) {
    const struct llm_service *llm = service_engine(service);
    int64_t output = work->output_tokens > 1 ? work->output_tokens : 1;
    int64_t tokens = work->input_tokens + output - 1;
    bool uncut = llm && llm->whole_prompts && tokens > llm->tokens_per_step_max &&
                 (int64_t)work->input_tokens + work->output_tokens <= llm->context_max &&
                 tokens <= llm->kv_blocks * llm->block_tokens;
    return uncut ? tokens : 0;
}

static void watch_rejected(void *context, const struct work *work) {
    struct watch *watch = context;
    struct steady_outcome *outcome = watch->outcome;
    if (work->arrival < watch->counted_from)
        return;
    int64_t uncut = tokens_uncut(&watch->setup->candidate->service, work);
    outcome->rejected_uncut += uncut > 0;
    outcome->uncut_tokens = uncut > outcome->uncut_tokens ? uncut : outcome->uncut_tokens;
    outcome->rejected++;
    watch->bad++;
}

/* ---- the run ---- */

static struct steady_outcome open_outcome(struct arena *arena) {
    return (struct steady_outcome){.ttft_s = quantile_open(arena),
                                   .tpot_s = quantile_open(arena),
                                   .latency_s = quantile_open(arena)};
}

/* The limits of a stream; those of SIZE's own (setup->slo) where they are tighter. */
static struct slo_limits stream_limits(const struct slo *own, const struct slo *of_stream) {
    struct slo_limits a = slo_limits_of(own), b = slo_limits_of(of_stream);
    return (struct slo_limits){a.ttft < b.ttft ? a.ttft : b.ttft, a.tpot < b.tpot ? a.tpot : b.tpot,
                               a.latency < b.latency ? a.latency : b.latency};
}

static struct watch open_watch(const struct steady_setup *setup, struct steady_outcome *outcome) {
    const struct traffic *traffic = setup->tape->traffic;
    struct watch watch = {.setup = setup,
                          .outcome = outcome,
                          .limits = {slo_limits_of(&setup->slo)},
                          .last_from = INT64_MAX,
                          .bad_max = INT64_MAX};
    for (int stream = 0; stream < traffic->n_streams; stream++)
        watch.limits[stream] = stream_limits(&setup->slo, &traffic->streams[stream].slo);
    return watch;
}

static void add_use(struct steady_outcome *outcome, const struct usage_ledger *ledger) {
    for (int i = 0; i < ledger->n_rows; i++) {
        const struct usage_row *row = &ledger->rows[i];
        outcome->calls += row->kind == USAGE_FUNCTION_REQUESTS ? row->quantity : 0;
        outcome->mb_ms += row->kind == USAGE_FUNCTION_MB_MS ? row->quantity : 0;
        outcome->provisioned_mb_ms +=
            row->kind == USAGE_FUNCTION_PROVISIONED_MB_MS ? row->quantity : 0;
    }
}

static void replay(struct arena *arena, struct watch *watch, bool (*next)(void *, struct request *),
                   int n_hours) {
    const struct steady_setup *setup = watch->setup;
    struct arena_mark mark = arena_mark(arena);
    int32_t *instances = arena_new(arena, int32_t, n_hours);
    double *share = arena_new(arena, double, n_hours);
    for (int hour = 0; hour < n_hours; hour++) {
        instances[hour] = setup->replicas;
        share[hour] = 1;
    }
    bool managed = setup->candidate->kind != CANDIDATE_INSTANCE;
    struct pool pool = {.name = setup->candidate->name,
                        .service = setup->candidate->service,
                        .replicas_per_instance = 1,
                        .weight = 1,
                        .instances = managed ? NULL : instances,
                        .overflow_share = managed ? share : NULL};
    struct replay_input input = {.traffic = setup->tape->traffic,
                                 .window = {0, n_hours * NS_PER_HOUR, 1, setup->replication},
                                 .slo = setup->slo,
                                 .router = ROUTER_LEAST_OUTSTANDING,
                                 .pools = &pool,
                                 .n_pools = 1,
                                 .seed = setup->seed,
                                 .record_ledger = managed};
    struct replay_probe probe = {watch_finished, watch_rejected, watch};
    struct replay_result result;
    struct err err = {0};
    bool ran = replay_engine_run(arena, &input, (struct arrivals){.next = next, .context = watch},
                                 probe, &result, &err);
    ENSURE(ran); /* service_build and the scenario checked what it is given */
    add_use(watch->outcome, &result.ledger);
    arena_rewind(arena, mark);
}

static bool share_holds(int64_t good, int64_t arrived, double bad_allowed) {
    return (double)(arrived - good) <= bad_allowed * (double)arrived + 1e-9;
}

static void judge(const struct watch *watch, double bad_allowed) {
    struct steady_outcome *outcome = watch->outcome;
    outcome->latency_mean_s =
        watch->n_finished ? watch->latency_sum_s / (double)watch->n_finished : 0;
    bool streams_hold = true; /* none is paid for by the others */
    for (int stream = 0; stream < watch->setup->tape->traffic->n_streams; stream++)
        streams_hold = streams_hold && share_holds(watch->stream_good[stream],
                                                   watch->stream_arrived[stream], bad_allowed);
    outcome->holds = streams_hold && outcome->arrived > 0 && watch->bad <= watch->bad_max &&
                     share_holds(outcome->good, outcome->arrived, bad_allowed) &&
                     share_holds(watch->last_good, watch->last_arrived, 2 * bad_allowed);
}

struct steady_outcome steady_run(struct arena *arena, const struct steady_setup *setup) {
    struct steady_outcome outcome = open_outcome(arena);
    struct watch watch = open_watch(setup, &outcome);
    double end_s = setup->warm_up_s + setup->duration_s;
    double bad_allowed = 1 - setup->slo.share;
    double expected = setup->rate_per_second * setup->duration_s;
    watch.player = tape_player_open(setup->tape, setup->rate_per_second, setup->warm_up_s,
                                    setup->minute_s, setup->n_minutes, setup->minutes, end_s);
    watch.counted_from = ticks_from_seconds(setup->warm_up_s);
    /* Without busy and quiet minutes bad requests are spread evenly, unless a queue grows. */
    if (!setup->tape->bursts)
        watch.last_from = ticks_from_seconds(end_s - setup->duration_s / 4);
    if (!setup->to_the_end) /* half more than expected may come */
        watch.bad_max = (int64_t)(1.5 * bad_allowed * expected) + 10;
    replay(arena, &watch, next_played, (int)ceil(end_s / 3600));
    judge(&watch, bad_allowed);
    outcome.rate_per_second = (double)outcome.arrived / setup->duration_s;
    return outcome;
}

struct steady_outcome steady_run_alone(struct arena *arena, const struct steady_setup *setup,
                                       int n) {
    struct steady_outcome outcome = open_outcome(arena);
    struct watch watch = open_watch(setup, &outcome);
    watch.n_alone = n;
    replay(arena, &watch, next_alone, ALONE_HOURS + 1);
    judge(&watch, 1 - setup->slo.share);
    return outcome;
}

/* ---- one request alone ---- */

/* Its prompt and first token: each of the steps is counted as the last, whose context is longest.
 */
static double prompt_alone_s(const struct llm_service *llm, double input) {
    double steps = ceil(input / llm->tokens_per_step_max);
    int64_t tokens = (int64_t)input;
    int64_t chunk = tokens < llm->tokens_per_step_max ? tokens : llm->tokens_per_step_max;
    struct prefill_step step = {.chunk_tokens = chunk,
                                .chunk_context_twice = chunk * (2 * (tokens - chunk) + chunk),
                                .cached_tokens = tokens - chunk,
                                .n_sampled = 1};
    double load_s = llm->lora.adapters > 0 ? llm->lora.load_s : 0;
    return steps * ticks_seconds(iteration_time_prefill(&llm->time, &step)) + load_s;
}

/* Tokens after the first, each counted as the last. */
static double decode_alone_s(const struct llm_service *llm, double input, double output) {
    sim_ticks step = iteration_time_decode_fixed(&llm->time, 1) +
                     iteration_time_decode_per_context(&llm->time) * (int64_t)(input + output);
    return output > 1 ? (output - 1) * ticks_seconds(step) : 0;
}

static double split_alone_s(const struct split_service *split, double input, double output) {
    double prompt_s = prompt_alone_s(&split->prefill_engine, input);
    if (output <= 1)
        return prompt_s;
    const struct llm_service *decode = &split->decode_engine;
    return prompt_s + split->link_s +
           input * split->cache_bytes_per_token / split->link_bytes_per_s +
           (decode->lora.adapters > 0 ? decode->lora.load_s : 0) +
           decode_alone_s(decode, input, output);
}

double steady_alone_s(const struct service *service, double input, double output) {
    switch (service->kind) {
    case SERVICE_LLM:
        return prompt_alone_s(&service->llm, input) + decode_alone_s(&service->llm, input, output);
    case SERVICE_SPLIT:
        return split_alone_s(&service->split, input, output);
    case SERVICE_BATCHED:
        return service->batched.wait_max_s + service->batched.base_s +
               fmax(service->batched.memory_s,
                    service->batched.item_s + service->batched.token_s * input);
    case SERVICE_FUNCTION:
        return delay_mean_s(&service->function.cold_start) + service->function.base_s +
               service->function.token_s * input;
    case SERVICE_TOKEN_API:
        return service->token_api.ttft_s + service->token_api.tpot_s * output;
    case SERVICE_QUEUE:
        break;
    }
    /* An exponential service time is above 40 means once in 1e17. */
    return service->queue.mean_s * (service->queue.time_kind == SERVICE_EXPONENTIAL ? 40 : 1);
}
