/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Service models: how one replica (or one managed service) turns requests into time. Plain
 * parameters; the behaviour is in the .c file of each model and in docs/model.md. */
#ifndef HEADROOM_SIM_SERVICE_H
#define HEADROOM_SIM_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/delay.h"

enum service_kind {
    SERVICE_QUEUE, /* c servers, one service-time distribution, one queue: the oracle against theory
                    */
    SERVICE_LLM,   /* iteration-level continuous batching */
    SERVICE_BATCHED,   /* dynamic batching: up to N, or wait up to T */
    SERVICE_FUNCTION,  /* serverless function: cold starts, keep-alive, concurrency cap */
    SERVICE_TOKEN_API, /* managed model API: latency model, request and token quotas */
    SERVICE_SPLIT,     /* llm engines apart: some compute prompts, the others generate */
};

enum service_time_kind { SERVICE_EXPONENTIAL, SERVICE_DETERMINISTIC };

struct queue_service {
    int servers;
    enum service_time_kind time_kind;
    double mean_s;
};

/** Time of one engine step, microseconds (docs/model.md section 2.1).
 *
 *      step       = t0 + layers (linear + moe + attention + all_reduce) + h0 + h1 S
 *      linear     = max(a0 + a1 T', b0 + b1 T')
 *      moe        = max(x0 + x1 hit(T'), y0 + y1 T'),   hit(T) = experts (1 - (1 - chosen /
 * experts)^T) attention  = d0 + d1 n + d2 K                                     decode only = p0 +
 * p1 sum c + p2 sum c (p + c/2) + p3 sum p        prefill only = m0 + m1 sum c + m2 sum c (p + c/2)
 * + m3 sum p + m4 n + m5 K      mixed all_reduce = r0 + r1 T' 0 for one device
 *
 * T tokens in the step, T' = T padded to the next CUDA-graph size when graphs are on and T <= 512;
 * S sequences sampled; n decode sequences, K the sum of their contexts; chunk c on cached prefix p.
 * experts = 0: a dense model, no moe term. */
struct iteration_time {
    double layers, t0;
    double a0, a1, b0, b1;
    double x0, x1, y0, y1;
    double experts, experts_chosen; /* of a layer; chosen for each token */
    double d0, d1, d2;
    double p0, p1, p2, p3;
    double m0, m1, m2, m3, m4, m5;
    double r0, r1;
    double h0, h1;
    bool graphs; /* small steps are padded to CUDA-graph sizes: 1, 2, 4, 8..256 by 8, 272..512 by 16
                  */
};

enum admission { ADMISSION_FCFS, ADMISSION_PRIORITY };

/** LoRA adapters on one base model. Which adapter a request uses is a keyed draw with Zipf weights
 * 1 / rank^skew. At most `resident` adapters are in memory at once; one that is not is loaded in
 * the step that admits its request, which takes load_s longer. */
struct lora_service {
    int32_t adapters; /* 0: none */
    int32_t resident; /* 1 .. adapters */
    double load_s;
    double skew; /* >= 0 */
};

struct llm_service {
    struct iteration_time time;
    int32_t tokens_per_step_max; /* token budget of one step */
    int32_t sequences_max;
    int32_t block_tokens; /* KV block size, 16 */
    int64_t kv_blocks;
    int32_t context_max; /* input + output above it: rejected */
    enum admission admission;
    bool whole_prompts;       /* no chunked prefill: a prompt is computed in one step */
    bool reserve_first_chunk; /* admission takes blocks for the first chunk, not the whole prompt */
    bool prefix_caching;      /* full prompt blocks of known content are kept and found again */
    struct lora_service lora;
};

/** Prefill and decode apart, on one instance: `prefill` engines compute prompts and their first
 * token, then the cache goes over a link to one of `decode` engines. Each engine is an llm service;
 * both have the same context_max, and decode engines keep no prefixes. */
struct split_service {
    struct llm_service prefill_engine, decode_engine;
    int prefill, decode;          /* engines of each, 1 .. SPLIT_ENGINES_MAX */
    double link_s;                /* latency of one transfer, 0 .. 3600 */
    double link_bytes_per_s;      /* > 0; transfers of one replica share it one after the other */
    double cache_bytes_per_token; /* all layers, all devices of one engine */
};

enum { SPLIT_ENGINES_MAX = 64 };

/** latency of a batch = base_s + max(memory_s, items * item_s + tokens * token_s), items = requests
 * of the batch, tokens = sum of their (padded) input tokens. Vision and diffusion models have
 * token_s = 0, encoders item_s = 0. */
struct batched_service {
    int batch_max;
    double wait_max_s;
    double base_s, memory_s, item_s, token_s;
    bool padded; /* every sequence costs as much as the longest of its batch */
};

struct function_service {
    int memory_mb;
    double base_s, token_s;  /* duration = base_s + token_s * input tokens */
    struct delay cold_start; /* added to the first request of a new copy */
    struct delay keep_alive; /* how long an idle copy stays */
    int concurrency_max;     /* copies that run at once, provisioned ones among them; above:
                                throttled (rejected) */
    int provisioned;         /* 0 .. concurrency_max copies that are always ready */
    /* New copies come from a bucket of `ramp_copies` that fills evenly over ramp_s; empty:
     * throttled. 0: no limit. */
    int ramp_copies;
    double ramp_s; /* > 0 with ramp_copies */
};

/** Latencies are lognormal around stated medians; the SLO-bound user states them, no source does.
 */
struct token_api_service {
    double ttft_s, ttft_sigma; /* median and sigma of the log */
    double tpot_s, tpot_sigma;
    double tokens_ratio; /* tokens counted there per token of the traffic, > 0 */
    double requests_per_minute, tokens_per_minute; /* quotas, 0 = none stated; above: rejected */
    double cached_share;     /* 0 .. 1 of the input tokens, read from the provider's cache */
    int units;               /* model units held; their quota is tokens_per_minute; 0 = by token */
    double batch_deadline_s; /* > 0: batches; see sim/managed.h. Without latencies they end at it */
};

struct service {
    enum service_kind kind;
    union {
        struct queue_service queue;
        struct llm_service llm;
        struct batched_service batched;
        struct function_service function;
        struct token_api_service token_api;
        struct split_service split;
    };
};

const char *service_kind_word(enum service_kind kind);

/** The LLM engine of a service, of a split replica the one that decodes; NULL: not an LLM. */
const struct llm_service *service_engine(const struct service *service);
/** Tokens that the KV caches in which a replica generates hold; 0 when it has none. */
int64_t service_cache_tokens(const struct service *service);

/** The same service with every step, batch, call or service time `factor` times as long, factor >
 * 0. Waits, quotas, cold starts and stated latencies stay. */
struct service service_slowed(const struct service *service, double factor);

#endif
