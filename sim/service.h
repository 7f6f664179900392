/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Service models: how one replica (or one managed service) turns requests into time. Plain
 * parameters; the behaviour is in the .c file of each model and in docs/model.md. */
#ifndef HEADROOM_SIM_SERVICE_H
#define HEADROOM_SIM_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

enum service_kind {
    SERVICE_QUEUE, /* c servers, one service-time distribution, one queue: the oracle against theory
                    */
    SERVICE_LLM,   /* iteration-level continuous batching */
    SERVICE_BATCHED,   /* dynamic batching: up to N, or wait up to T */
    SERVICE_FUNCTION,  /* serverless function: cold starts, keep-alive, concurrency cap */
    SERVICE_TOKEN_API, /* managed model API: latency model, request and token quotas */
};

enum service_time_kind { SERVICE_EXPONENTIAL, SERVICE_DETERMINISTIC };

struct queue_service {
    int servers;
    enum service_time_kind time_kind;
    double mean_s;
};

/** Time of one engine step, microseconds (docs/model.md section 2; equations after the public fits
 * of vLLM kernels): step = t0 + layers * (linear + attention + all_reduce) + h0 + h1 * S linear =
 * max(a0 + a1 T, b0 + b1 T)                              T = tokens in the step, S = sequences
 * sampled attention = d0 + d1 n + d2 K                                       decode only: n
 * sequences, K = sum of contexts = p0 + p1 sum c + p2 sum c (p + c/2) + p3 sum p          prefill
 * only: chunk c on cached prefix p = m0 + m1 sum c + m2 sum c (p + c/2) + m3 sum p + m4 n + m5 K
 * mixed all_reduce = r0 + r1 T                                             0 for one chip */
struct iteration_time {
    double layers, t0;
    double a0, a1, b0, b1;
    double d0, d1, d2;
    double p0, p1, p2, p3;
    double m0, m1, m2, m3, m4, m5;
    double r0, r1;
    double h0, h1;
};

struct llm_service {
    struct iteration_time time;
    int32_t tokens_per_step_max; /* token budget of one step (chunked prefill) */
    int32_t sequences_max;
    int32_t block_tokens; /* KV block size, 16 */
    int64_t kv_blocks;
    int32_t context_max; /* input + output above it: rejected */
};

/** latency of a batch = base_s + max(memory_s, tokens * token_s), tokens = sum of the batch's
 * (padded) input tokens. */
struct batched_service {
    int batch_max;
    double wait_max_s;
    double base_s, memory_s, token_s;
    bool padded; /* every sequence costs as much as the longest of its batch */
};

struct function_service {
    int memory_mb;
    double base_s, token_s; /* duration = base_s + token_s * input tokens */
    double cold_start_s;    /* added to the first request of a new instance */
    double keep_alive_s;
    int concurrency_max; /* above: throttled (rejected) */
};

/** Latencies are lognormal around stated medians; the SLO-bound user states them, no source does.
 */
struct token_api_service {
    double ttft_s, ttft_sigma; /* median and sigma of the log */
    double tpot_s, tpot_sigma;
    double tokens_ratio; /* tokens counted there per token of the traffic, > 0 */
    double requests_per_minute, tokens_per_minute; /* quotas, 0 = none stated; above: rejected */
};

struct service {
    enum service_kind kind;
    union {
        struct queue_service queue;
        struct llm_service llm;
        struct batched_service batched;
        struct function_service function;
        struct token_api_service token_api;
    };
};

const char *service_kind_word(enum service_kind kind);

#endif
