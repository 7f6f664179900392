/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_read in every format, plain, gzip or zstd: sorted requests inside the ranges of the header,
 * or one mistake; the same from memory and from a slow reader; then the planning week made of it
 * and its statistics. */
#include <math.h>
#include <string.h>

#include "sim/trace.h"
#include "target.h"

const char *const fuzz_name = "trace";
const bool fuzz_unpacks = true;
const char *const fuzz_words[] = {"TIMESTAMP,ContextTokens,GeneratedTokens\n",
                                  "seconds,input,output\n",
                                  "ns,input,output\n",
                                  "hour,requests\n",
                                  "hour,requests_per_second\n",
                                  "2023-11-16 18:17:03.9799600",
                                  "2262-04-11T23:47:16Z",
                                  "1677-09-21 00:12:44",
                                  "2023-11-16T23:00:00+14:00",
                                  "Timestamp,Request tokens,Response tokens\n",
                                  "end_timestamp,duration\n",
                                  "gmt_create,exec_time_seconds,predict_status\n",
                                  "HashFunction,minute_1,minute_2\n",
                                  "start_time,client,rate,cv,pattern,shape,scale\n",
                                  "Gamma",
                                  "Weibull",
                                  "Timestamp,Sum\n",
                                  "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",",
                                  "\"values\":[[1767571200,\"1\"],",
                                  "{\"Datapoints\":[{\"Timestamp\":",
                                  "\"SampleCount\":",
                                  "{\"MetricDataResults\":[",
                                  "{\"timestamp\": ",
                                  "\"input_length\": ",
                                  "\"hash_ids\": [",
                                  "]}",
                                  "9223372036854775807",
                                  "2147483647",
                                  "0.0000000005",
                                  "-1",
                                  "1e9",
                                  ",",
                                  "\n",
                                  "\r\n",
                                  "\"",
                                  NULL};

static void check_requests(const struct trace *trace) {
    ENSURE(trace->n == 0 || trace->requests[0].arrival_ns == 0);
    for (size_t i = 0; i < trace->n; i++) {
        const struct request *r = &trace->requests[i];
        ENSURE(r->input_tokens >= 1 && r->output_tokens >= 0);
        ENSURE(i == 0 || r->arrival_ns >= trace->requests[i - 1].arrival_ns);
    }
    for (int h = 0; h < trace->n_hours; h++)
        ENSURE(isfinite(trace->rate_per_second[h]) && trace->rate_per_second[h] >= 0);
}

static void plan_week(struct arena *arena, const struct trace *trace) {
    struct traffic traffic = {.input = {.kind = LENGTH_FIXED, .value = 10, .min = 1, .max = 100},
                              .output = {.kind = LENGTH_FIXED, .value = 10, .min = 1, .max = 100},
                              .burstiness = {.arrival_cv = 1}};
    struct err err = {0};
    if (!trace_to_traffic(arena, trace, &traffic, &err)) {
        fuzz_check_words(&err);
        return;
    }
    double sum = 0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        ENSURE(isfinite(traffic.rate_per_second[h]) && traffic.rate_per_second[h] >= 0);
        sum += traffic.rate_per_second[h];
    }
    ENSURE(sum > 0 && isfinite(traffic_mean_input(&traffic)));
    struct trace_stats stats;
    if (trace->n > 0) {
        trace_stats(arena, trace->requests, trace->n, trace->prompts, &stats);
        ENSURE(stats.n == trace->n && stats.span_s >= 0);
        ENSURE(trace->prompts ? stats.reusable_share >= 0 && stats.reusable_share < 1
                              : isnan(stats.reusable_share));
    }
}

/* A metric that does not say what its values are is read as each of the three. */
static enum trace_values told_values(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace;
    struct source *source = source_open_memory(&arena, bytes, "fuzzed", &err);
    bool untold = !trace_read(&arena, source, &trace, &err) &&
                  strncmp(err.what, "the file does not say", 21) == 0;
    source_close(source);
    arena_release(&arena);
    return untold ? (enum trace_values)(1 + bytes.n % 3) : TRACE_VALUES_UNTOLD;
}

bool fuzz_one(struct bytes bytes) {
    enum trace_values values = told_values(bytes);
    struct arena arena = {0};
    struct err err = {0}, slow_err = {0};
    struct trace trace = {.n_hours = -7}, slow = {.n_hours = -7};
    struct source *source = source_open_memory(&arena, bytes, "fuzzed", &err);
    ENSURE(source != NULL);
    bool fine = trace_read_values(&arena, source, values, &trace, &err);
    source_close(source);
    source = fuzz_open_slowly(&arena, bytes, "fuzzed");
    ENSURE(fine == trace_read_values(&arena, source, values, &slow, &slow_err));
    source_close(source);
    if (!fine) {
        fuzz_check_words(&err);
        ENSURE(strcmp(err.what, slow_err.what) == 0 && err.line == slow_err.line);
        ENSURE(trace.n_hours == -7);
    } else {
        ENSURE(trace.n == slow.n && trace.n_hours == slow.n_hours);
        ENSURE(strcmp(trace.sha256, slow.sha256) == 0);
        ENSURE(trace.n == 0 ||
               memcmp(trace.requests, slow.requests, trace.n * sizeof *trace.requests) == 0);
        check_requests(&trace);
        plan_week(&arena, &trace);
    }
    arena_release(&arena);
    return fine;
}
