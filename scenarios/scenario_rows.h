/* SPDX-License-Identifier: GPL-3.0-or-later */
/** How a row of the field table is written, for scenario_table.c alone: a kind of row a macro, and
 * a macro for each group of rows that stands in several places. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_ROWS_H
#define HEADROOM_SCENARIOS_SCENARIO_ROWS_H

/* clang-format off */
#define MUST .required = true
#define MAP(name, ...) {.path = name, .shape = FIELD_MAP, .doc = __VA_ARGS__}
#define MAPS(name, ...) {.path = name, .shape = FIELD_MAPS, .doc = __VA_ARGS__}
#define TEXT(name, sample, ...) \
    {.path = name, .type = FIELD_TEXT, .example = sample, .doc = __VA_ARGS__}
#define FILE_NAME(name, sample, ...) \
    {.path = name, .type = FIELD_FILE, .example = sample, .doc = __VA_ARGS__}
#define DATE(name, sample, ...) \
    {.path = name, .type = FIELD_DATE, .example = sample, .doc = __VA_ARGS__}
#define WORD(name, words, sample, ...) \
    {.path = name, .type = FIELD_CHOICE, .choices = words, .example = sample, .doc = __VA_ARGS__}
#define NUMBER(name, kind, low, high, sample, ...) \
    {.path = name, .type = FIELD_QUANTITY, .unit = QUANTITY_##kind, .min = low, .max = high, \
     .example = sample, .doc = __VA_ARGS__}

#define MANY .shape = FIELD_MANY
#define DEFAULT(text) .fallback = text
#define SEED_MAX "9007199254740991"
#define COUNT_MAX "100000"

/* A token length, in three ways. */
#define LENGTH(name, low, text) \
    NUMBER(name, TOKENS, low, "1M tokens", "128 tokens", \
           text " One number (all alike), a lognormal (median, sigma, min, max) or quantiles.", MUST), \
    NUMBER(name ".median", TOKENS, "1 token", "1M tokens", "400 tokens", \
           "Median of the lognormal."), \
    NUMBER(name ".sigma", NUMBER, "0", "4", "1.0", \
           "Sigma of the logarithm of the lognormal: 0 means all alike.", DEFAULT("1.0")), \
    NUMBER(name ".min", TOKENS, low, "1M tokens", "16 tokens", \
           "Draws below are raised to it.", DEFAULT("1 token")), \
    NUMBER(name ".max", TOKENS, "1 token", "1M tokens", "8K tokens", \
           "Draws above are cut to it.", DEFAULT("128K tokens")), \
    {.path = name ".quantiles", .shape = FIELD_NAMED, .type = FIELD_QUANTITY, .unit = QUANTITY_NUMBER, \
     .min = "0", .max = "1000000", .items_min = 2, .items_max = 32, \
     .example = "{ 0: 6, 0.5: 13, 0.95: 90, 1: 1899 }", \
     .doc = "Share of requests: tokens, from share 0 to share 1, straight lines in between."}

/* A duration, in three ways. */
#define DELAY(name, low, high, sample, text, ...) \
    NUMBER(name, DURATION, low, high, sample, \
           text " One value, a lognormal (median, sigma) or quantiles.", __VA_ARGS__), \
    NUMBER(name ".median", DURATION, ">0ms", high, sample, "Median of the lognormal."), \
    NUMBER(name ".sigma", NUMBER, "0", "4", "0.6", \
           "Sigma of the logarithm of the lognormal.", DEFAULT("0.5")), \
    {.path = name ".quantiles", .shape = FIELD_NAMED, .type = FIELD_QUANTITY, .unit = QUANTITY_DURATION, \
     .min = "0ms", .max = high, .items_min = 2, .items_max = 16, \
     .example = "{ 0: 1s, 0.5: 2s, 0.95: 6s, 1: 20s }", \
     .doc = "Share: duration, from share 0 to share 1, straight lines in between."}

#define BURSTINESS(name) \
    MAP(name, "How the rate moves inside an hour."), \
    NUMBER(name ".minute_cv", NUMBER, "0", "4", "0.5", \
           "Coefficient of variation of the rate from minute to minute; 0 holds it for the hour.", \
           DEFAULT("0")), \
    NUMBER(name ".minute_correlation", NUMBER, "0", "0.99", "0.6", \
           "Correlation of one minute's rate with the next.", DEFAULT("0")), \
    NUMBER(name ".arrival_cv", NUMBER, "0.05", "50", "1.0", \
           "Coefficient of variation of the time between arrivals; 1 is Poisson.", DEFAULT("1.0")), \
    NUMBER(name ".busy_share", NUMBER, "0", "0.99", "0.2", \
           "Requests come only in this share of the time, in bursts (arrival_cv above 1); 0: no " \
           "such bursts.", DEFAULT("0"))

#define LIMIT(name, high, text) \
    NUMBER("workloads.slo." name, DURATION, "1ms", high, "500ms", text), \
    NUMBER("workloads.slo." name "_p50", DURATION, "1ms", high, "300ms", \
           "The same as " name " with share: 50%."), \
    NUMBER("workloads.slo." name "_p90", DURATION, "1ms", high, "400ms", \
           "The same as " name " with share: 90%."), \
    NUMBER("workloads.slo." name "_p95", DURATION, "1ms", high, "500ms", \
           "The same as " name " with share: 95%."), \
    NUMBER("workloads.slo." name "_p99", DURATION, "1ms", high, "800ms", \
           "The same as " name " with share: 99%.")

/* Where requests come from: of a workload, and again of each stream of a mix. */
#define SOURCE(name) \
    FILE_NAME(name ".trace", "chat-week.csv.zst", \
              "Request log, or windows of clients; relative to the file that names it. The formats " \
              "are in docs/formats.md."), \
    FILE_NAME(name ".hourly", "usage.csv", \
              "Series of requests by hour, minute or second, or a metric, when there is no request " \
              "log; or the provider's bill (FOCUS or AWS CUR 2.0 as CSV) with per_instance_hour. " \
              "tokens or lengths says how long requests are."), \
    NUMBER(name ".per_instance_hour", NUMBER, ">0", "1000000000", "3600", \
           "With hourly, of the provider's bill: requests that one instance serves in an hour. The " \
           "instances of the types under run_on in each hour of the bill, times it, are the demand."), \
    WORD(name ".values", "rate|count|counter", "counter", \
         "With hourly, of a metric that does not say it: a rate a second, a count of each step, or a " \
         "counter that rises."), \
    FILE_NAME(name ".lengths", "tokens.csv", \
              "Lengths of requests that come without: pairs of a vidur table, or ServeGen's " \
              "quantiles by client."), \
    MAP(name ".generate", "A made-up week, for a workload that has no log."), \
    NUMBER(name ".generate.rate", RATE, ">0 req/s", "1000000 req/s", "20 req/s", \
           "Mean over the week; needed where no drivers say it."), \
    NUMBER(name ".generate.weekday", NUMBER, "0", "1000", "[1,1,1,1,1,2,4,7,9,9,9,8,8,9,9,8,7,6,5,4,3,2,2,1]", \
           "Multipliers of the hours of a working day, UTC; scaled so that rate stays the mean.", \
           MANY, .items_min = 24, .items_max = 24), \
    NUMBER(name ".generate.weekend", NUMBER, "0", "1000", "[1,1,1,1,1,1,1,2,2,3,3,3,3,3,3,3,3,3,3,3,2,2,2,1]", \
           "The same for Saturday and Sunday.", MANY, .items_min = 24, .items_max = 24), \
    BURSTINESS(name ".generate.burstiness"), \
    LENGTH(name ".generate.input", "1 token", "Input tokens of a request."), \
    LENGTH(name ".generate.output", "0 tokens", \
           "Output tokens of a request; 0 tokens for encoders."), \
    NUMBER(name ".generate.seed", COUNT, "0", SEED_MAX, "1", "Seed of the week.", \
           DEFAULT("1")), \
    MAP(name ".tokens", "Lengths of requests that come without (hourly, calls)."), \
    LENGTH(name ".tokens.input", "1 token", "Input tokens of a request."), \
    LENGTH(name ".tokens.output", "0 tokens", \
           "Output tokens of a request; 0 tokens for encoders."), \
    BURSTINESS(name ".burstiness"), \
    NUMBER(name ".seed", COUNT, "0", SEED_MAX, "1", "Seed of what is drawn beside the file.", \
           DEFAULT("1"))

/* The knobs of an engine: of a workload, with defaults, and again where one machine needs others. */
#define ENGINE(name, DOC, ELSE) \
    NUMBER(name ".tokens_per_step", TOKENS, "16 tokens", "1M tokens", "2048 tokens", \
           DOC("tokens_per_step", "Token budget of one step (max_num_batched_tokens). Without it 8192 " \
               "on GPUs of 70 GiB and more apart from A100, context on Neuron chips, 2048 elsewhere.")), \
    NUMBER(name ".sequences", COUNT, "1", "8192", "256", \
           DOC("sequences", "Requests in one step (max_num_seqs). Without it 1024 on GPUs of 70 GiB " \
               "and more apart from A100, 8 on Neuron chips, 256 elsewhere.")), \
    NUMBER(name ".context", TOKENS, "16 tokens", "10M tokens", "8192 tokens", \
           DOC("context", "Longest prompt and answer together (max_model_len); longer requests are " \
               "rejected. Without it what the model and the memory allow, on Neuron chips at most " \
               "8192 tokens: there it is the length that programs are compiled for.")), \
    WORD(name ".chunked_prefill", "on|off", "off", \
         DOC("chunked_prefill", "Whether a prompt may be spread over several steps " \
             "(enable_chunked_prefill)."), ELSE("on")), \
    WORD(name ".admission", "fcfs|priority", "priority", \
         DOC("admission", "Who is let in first: by arrival, or by class of demand.priorities " \
             "(scheduling_policy)."), ELSE("fcfs")), \
    WORD(name ".reserve", "whole_prompt|first_chunk", "first_chunk", \
         DOC("reserve", "What must be free in the cache before a request is let in " \
             "(scheduler_reserve_full_isl)."), ELSE("whole_prompt")), \
    WORD(name ".prefix_caching", "on|off", "off", \
         DOC("prefix_caching", "Whether the cache of a prompt's known beginning is found again " \
             "(enable_prefix_caching); only traces with block ids know it."), ELSE("on")), \
    WORD(name ".cuda_graphs", "on|off", "off", \
         DOC("cuda_graphs", "Whether small steps are padded to the sizes of recorded CUDA graphs " \
             "(enforce_eager turns it off)."), ELSE("on")), \
    WORD(name ".async_scheduling", "on|off", "off", \
         DOC("async_scheduling", "Whether the next step is prepared while one runs " \
             "(async_scheduling)."), ELSE("on")), \
    NUMBER(name ".step_overhead", DURATION, "0ms", "1s", "1.2ms", \
           DOC("step_overhead", "Time that every step takes beside its kernels. Without it nothing on GPUs " \
               "with async_scheduling, else what the profile or rule of the hardware says.")), \
    NUMBER(name ".memory_share", SHARE, "10%", "100%", "90%", \
           DOC("memory_share", "Part of a device's memory for weights, cache and activations " \
               "(gpu_memory_utilization)."), ELSE("90%"))
#define IN_FULL(key, text) text
#define FOR_ENTRY(key, text) "Instances: engine." key " for this entry."
#define NO_DEFAULT(text) .fallback = NULL
/* clang-format on */

#endif
