/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several streams in one traffic: each arrives as it would alone, the whole has their sum, requests
 * keep their stream's priority and limits through a replay, and a stream that misses is not paid
 * for by the others, in a replay and in SIZE. */
#include <math.h>

#include "replay_help.h"
#include "sim/arrival_tape.h"
#include "sim/metrics.h"
#include "sim/steady_run.h"

static struct traffic made(double rate, double tokens, uint64_t seed) {
    struct traffic traffic = {
        .kind = TRAFFIC_GENERATED,
        .name = "generated",
        .days = 7,
        .seed = seed,
        .burstiness = {.arrival_cv = 1},
        .input = {.kind = LENGTH_FIXED, .value = tokens, .min = 1, .max = 1 << 20},
        .output = {.kind = LENGTH_FIXED, .value = 1, .min = 0, .max = 1 << 20}};
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        traffic.rate_per_second[hour] = rate;
    return traffic;
}

static struct traffic mix_of(struct arena *arena, const struct traffic *a, const struct traffic *b,
                             struct slo slo_a, struct slo slo_b) {
    struct traffic mix = {.n_streams = 2,
                          .streams = {{.name = "a", .traffic = a, .priority = 3, .slo = slo_a},
                                      {.name = "b", .traffic = b, .priority = 0, .slo = slo_b}}};
    traffic_from_streams(arena, &mix);
    return mix;
}

static const struct slo NO_LIMITS = {.share = 0.99};

Test(mix, streams_arrive_as_they_would_alone) {
    struct arena arena = {0};
    struct traffic a = made(2, 10, 1), b = made(0.5, 700, 2);
    struct traffic mix = mix_of(&arena, &a, &b, NO_LIMITS, NO_LIMITS);
    struct traffic_window window = {
        .from_ns = NS_PER_HOUR, .to_ns = 3 * NS_PER_HOUR, .growth = 1.5};
    struct traffic_cursor *all = traffic_open(&arena, &mix, window);
    struct traffic_cursor *alone[] = {traffic_open(&arena, &a, window),
                                      traffic_open(&arena, &b, window)};
    struct request got, want;
    int64_t last_ns = 0, n[2] = {0};
    while (traffic_next(all, &got)) {
        cr_assert(got.stream == 0 || got.stream == 1);
        cr_assert(traffic_next(alone[got.stream], &want));
        cr_assert(eq(i64, got.arrival_ns, want.arrival_ns));
        cr_assert(eq(i32, got.input_tokens, want.input_tokens));
        cr_assert(got.arrival_ns >= last_ns);
        last_ns = got.arrival_ns;
        n[got.stream]++;
    }
    cr_assert(not(traffic_next(alone[0], &want)));
    cr_assert(not(traffic_next(alone[1], &want)));
    cr_expect(n[0] > 20000 && n[1] > 5000);
    cr_expect(eq(dbl, mix.rate_per_second[17], 2.5));
    arena_release(&arena);
}

/* What SIZE plays keeps the streams' shares and lengths: 4 in 5 are of 10 tokens. */
Test(mix, the_tape_has_the_shares) {
    enum { N = 20000 };
    struct arena arena = {0};
    struct traffic a = made(2, 10, 1), b = made(0.5, 700, 2);
    struct traffic mix = mix_of(&arena, &a, &b, NO_LIMITS, NO_LIMITS);
    struct arrival_tape tape = arrival_tape_record(&arena, &mix, N, 1, 0);
    double first = 0;
    for (int i = 0; i < tape.n; i++) {
        struct request request = arrival_tape_request(&tape, i, 0);
        cr_assert(eq(i32, request.input_tokens, request.stream == 0 ? 10 : 700));
        first += request.stream == 0;
    }
    cr_expect(epsilon_eq(dbl, first / tape.n, 0.8, 0.015));
    cr_expect(fabs(mix.burstiness.arrival_cv - 1) < 0.1, "%g", mix.burstiness.arrival_cv);
    arena_release(&arena);
}

/* 900 requests of stream 0 are good, 100 of stream 1 late: 90 % together, the share that is asked
 * for, but stream 1 has none. Without streams the same counts hold it: the mutant. */
Test(mix, a_stream_is_not_paid_for_by_others) {
    for (int mixed = 0; mixed < 2; mixed++) {
        struct arena arena = {0};
        struct slo slo = {.ttft_s = 1, .share = 0.9}, loose = {.ttft_s = 10, .share = 0.9};
        struct traffic a = made(1, 1, 1), b = made(1, 1, 2);
        struct traffic mix = mix_of(&arena, &a, &b, loose, slo);
        struct replay_hour hour = {0};
        struct group_result group = {0};
        struct replay_result result = {.n_hours = 1,
                                       .hours = &hour,
                                       .n_groups = 1,
                                       .groups = &group,
                                       .ttft_s = quantile_open(&arena),
                                       .tpot_s = quantile_open(&arena),
                                       .latency_s = quantile_open(&arena)};
        struct metrics metrics =
            metrics_open(&arena, mixed ? &slo : &loose, mixed ? &mix : NULL, &result);
        for (int i = 0; i < 1000; i++) {
            int stream = i % 10 == 0;
            double first_s = stream ? (mixed ? 5 : 50) : 5;
            struct work work = {.id = i,
                                .stream = mixed ? stream : 0,
                                .first_token = ticks_from_seconds(first_s),
                                .output_tokens = 1};
            metrics_arrived(&metrics, &work);
            metrics_finished(&metrics, &work, work.first_token);
        }
        metrics_close(&metrics);
        cr_expect(eq(i64, result.good, 900));
        cr_expect(eq(int, result.slo_met, !mixed));
        cr_expect(epsilon_eq(dbl, result.worst_attainment, mixed ? 0 : 0.9, 1e-12));
        cr_expect(eq(int, result.n_streams, 2 * mixed));
        if (mixed) {
            cr_expect(eq(i64, result.stream_hours[0].good, 900));
            cr_expect(eq(i64, result.stream_hours[1].arrived, 100));
            cr_expect(eq(i64, result.stream_hours[1].good, 0));
        }
        arena_release(&arena);
    }
}

/* One server, services of 0.4 s, a request every 2 s: all inside 0.5 s, none inside 0.1 s. */
static bool size_holds(struct arena *arena, double limit_of_b_s) {
    struct slo slo = {.latency_s = 0.5, .share = 0.5}, tight = slo;
    struct traffic a = made(0.45, 10, 1), b = made(0.05, 700, 2);
    tight.latency_s = limit_of_b_s;
    struct traffic mix = mix_of(arena, &a, &b, slo, tight);
    struct arrival_tape tape = arrival_tape_record(arena, &mix, 2000, 1, 0);
    struct candidate candidate = {.kind = CANDIDATE_INSTANCE,
                                  .name = "queue",
                                  .service = queue_of(64, SERVICE_DETERMINISTIC, 0.4)};
    struct steady_setup setup = {.candidate = &candidate,
                                 .tape = &tape,
                                 .slo = {.latency_s = 0.5, .share = 0.5},
                                 .replicas = 1,
                                 .rate_per_second = 0.5,
                                 .warm_up_s = 10,
                                 .duration_s = 1800,
                                 .minute_s = 60,
                                 .n_minutes = 1,
                                 .minutes = {1},
                                 .to_the_end = true};
    return steady_run(arena, &setup).holds;
}

/* One request in ten cannot be in time: the share of one half holds in all, and not in its stream.
 */
Test(mix, size_holds_each_stream_to_its_limits) {
    struct arena arena = {0};
    cr_expect(size_holds(&arena, 0.5));
    cr_expect(not(size_holds(&arena, 0.1)));
    arena_release(&arena);
}

static void note_priority(void *context, const struct work *work, sim_ticks finish) {
    (void)finish;
    ((int *)context)[work->stream] = work->priority;
}

Test(mix, requests_have_the_priority_of_their_stream) {
    struct arena arena = {0};
    struct err err = {0};
    struct traffic a = made(1, 1, 1), b = made(1, 1, 2);
    struct traffic mix = mix_of(&arena, &a, &b, NO_LIMITS, NO_LIMITS);
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 0.001), 1, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[] = {{.arrival_ns = 1, .input_tokens = 1, .stream = 0},
                                 {.arrival_ns = 2, .input_tokens = 1, .stream = 1}};
    struct listed_arrivals list = {requests, 2, 0};
    struct replay_result result;
    int priorities[2] = {-1, -1};
    input.traffic = &mix;
    cr_assert(
        replay_engine_run(&arena, &input, (struct arrivals){.next = listed_next, .context = &list},
                          (struct replay_probe){.finished = note_priority, .context = priorities},
                          &result, &err),
        "%s", err.what);
    cr_expect(eq(int, priorities[0], 3));
    cr_expect(eq(int, priorities[1], 0));
    cr_expect(eq(i64, result.stream_hours[1].arrived, 1));
    arena_release(&arena);
}
