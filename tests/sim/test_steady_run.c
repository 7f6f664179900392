/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests alone, on every kind of engine: simulated they never take longer than the equations of
 * steady_alone_s say, since the next one is sent when those say that the one before is done; nor do
 * the equations say much more than they take. */
#include "sim/steady_run.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "sim/sizing.h"

static const struct {
    const char *instance;
    struct serving_options options;
    bool images;
} cases[] = {
    {"g6e.2xlarge", {.model = "llama-3.1-8b", .precision = PRECISION_BF16}, false},
    {"g6e.2xlarge",
     {.model = "llama-3.1-8b", .precision = PRECISION_BF16, .no_async_scheduling = true},
     false},
    {"p5.48xlarge", {.model = "qwen3-30b-a3b", .precision = PRECISION_FP8}, false},
    {"p5.48xlarge",
     {.model = "llama-3.1-8b",
      .precision = PRECISION_BF16,
      .adapters = 4,
      .adapters_resident = 1,
      .adapter_rank = 16},
     false},
    {"p5.48xlarge",
     {.model = "llama-3.1-8b",
      .precision = PRECISION_BF16,
      .split_prefill = 4,
      .split_decode = 4,
      .split_link_bytes_per_s = 1e9},
     false},
    {"g6e.2xlarge", {.model = "bert-base", .precision = PRECISION_BF16}, false},
    {"g6e.2xlarge", {.model = "resnet-50", .precision = PRECISION_BF16}, true},
};

static struct traffic lengths(int input, int output) {
    struct traffic traffic = {
        .kind = TRAFFIC_GENERATED,
        .burstiness = {.arrival_cv = 1},
        .input = {.kind = LENGTH_FIXED, .value = input, .min = 1, .max = 100000},
        .output = {.kind = LENGTH_FIXED, .value = output, .min = 0, .max = 100000}};
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        traffic.rate_per_second[h] = 1;
    return traffic;
}

static void check(struct arena *arena, const struct candidate *candidate, int input, int output) {
    struct traffic traffic = lengths(input, output);
    struct arrival_tape tape = arrival_tape_record(arena, &traffic, 3, 1, 0);
    struct steady_setup setup = {
        .candidate = candidate, .tape = &tape, .slo = {.share = 1}, .replicas = 1};
    struct steady_outcome outcome = steady_run_alone(arena, &setup, 3);
    double said = steady_alone_s(&candidate->service, input, output);
    cr_assert(eq(i64, outcome.good, 3));
    cr_assert(le(dbl, outcome.latency_mean_s, said * (1 + 1e-9)), "%s: %d + %d", candidate->model,
              input, output);
    cr_assert(gt(dbl, outcome.latency_mean_s, 0.4 * said), "%s: %d + %d", candidate->model, input,
              output);
}

Test(steady_run, alone_takes_no_longer_than_said) {
    struct arena arena = {0};
    struct catalog catalog;
    struct err err = {0};
    cr_assert(catalog_shipped(&arena, &catalog, &err), "%s", err.what);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct serving_options options = cases[i].options;
        struct candidate candidate = {.kind = CANDIDATE_INSTANCE, .model = options.model};
        struct capacity capacity;
        options.step_overhead_s = NAN;
        const struct instance_type *type = catalog_instance(&catalog, bytes_of(cases[i].instance));
        cr_assert(service_build(&catalog, type, &options, &candidate, &capacity), "%s",
                  capacity.reason);
        for (int input = 1; input < (cases[i].images ? 2 : 400); input = 3 * input + 1)
            for (int output = 0; output < 3000; output = 5 * output + 1)
                check(&arena, &candidate, input, output);
        if (candidate.service.kind != SERVICE_BATCHED)
            check(&arena, &candidate, 20000, 300);
    }
    arena_release(&arena);
}
