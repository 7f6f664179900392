/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a candidate's hardware and model to a service model, or to the reason why there is none,
 * with the numbers. The arithmetic is in datasheet.c; this file decides what goes with what. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/datasheet.h"
#include "sim/sizing.h"

#define GIB 1073741824.0

enum { BLOCK_TOKENS = 16, BATCH_DEFAULT = 8, FUNCTION_CONCURRENCY_DEFAULT = 1000 };
#define BATCH_WAIT_DEFAULT_S 0.005
#define KEEP_ALIVE_DEFAULT_S 600.0
/* Cold start: fetching the weights at 0.1 GB/s and one second to start the runtime. */
#define COLD_BYTES_PER_S 0.1e9
#define COLD_RUNTIME_S 1.0
#define FUNCTION_RUNTIME_BYTES (256 * 1048576.0)

struct build {
    const struct catalog *catalog;
    const struct instance_type *instance;
    const struct serving_options *options;
    const struct model *model;
    struct candidate *candidate;
    struct capacity *capacity;
};

__attribute__((format(printf, 2, 3))) static bool reject(struct build *b, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(b->capacity->reason, sizeof b->capacity->reason, format, args);
    va_end(args);
    b->capacity->feasible = false;
    return false;
}

__attribute__((format(printf, 2, 3))) static void set_basis(struct build *b, const char *format,
                                                            ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(b->capacity->basis, sizeof b->capacity->basis, format, args);
    va_end(args);
    b->capacity->estimated = true;
}

/* Of the basis: four of five measured runs. */
static void set_band(struct build *b, double error_low, double error_high) {
    b->capacity->error_low = error_low;
    b->capacity->error_high = error_high;
}

/* ---- which device ---- */

static bool reject_precision(struct build *b, const struct accelerator *accelerator) {
    enum precision asked = b->options->precision;
    bool fp8 = accelerator->fp8_tflops > 0 && asked != PRECISION_FP8;
    bool int8 = accelerator->int8_tops > 0 && asked != PRECISION_INT8;
    const char *others = fp8 && int8 ? "bf16, fp8 or int8"
                         : fp8       ? "bf16 or fp8"
                         : int8      ? "bf16 or int8"
                                     : "bf16";
    return reject(b, "no %s rate is known for %s; try precision: %s", precision_word(asked),
                  accelerator->name, others);
}

static bool find_device(struct build *b, struct device *device) {
    const struct instance_type *type = b->instance;
    enum precision precision = b->options->precision;
    if (type->accelerators == 0) {
        if (datasheet_cpu(type->cpu, type->vcpu, type->memory_gib, precision, device))
            return true;
        struct device other;
        if (datasheet_cpu(type->cpu, type->vcpu, type->memory_gib, PRECISION_FP32, &other))
            return reject(b,
                          "no %s rate is known for %s (rule graviton-peak); try precision: fp32 "
                          "or bf16",
                          precision_word(precision), type->cpu);
        return reject(b,
                      "no service times are known for %s CPUs: only Graviton3 and Graviton4 have "
                      "a rule (graviton-peak)",
                      type->cpu);
    }
    const struct accelerator *accelerator = catalog_accelerator(b->catalog, type->accelerator);
    ENSURE(accelerator != NULL); /* catalog_read checked it */
    *device = datasheet_accelerator(accelerator, precision);
    return device->flops > 0 || reject_precision(b, accelerator);
}

static void set_candidate(struct build *b, const char *hardware, int tensor_parallel,
                          int replicas_per_instance) {
    struct candidate *candidate = b->candidate;
    candidate->hardware = hardware;
    candidate->accelerators = b->instance ? b->instance->accelerators : 0;
    candidate->tensor_parallel = tensor_parallel;
    candidate->replicas_per_instance = replicas_per_instance;
}

/* ---- decoders ---- */

static const char *device_word(const struct build *b) {
    return b->instance->accelerators ? b->instance->accelerator : b->instance->name;
}

static bool check_tensor_parallel(struct build *b, const struct device *device, int tp) {
    const struct instance_type *type = b->instance;
    if (type->accelerators == 0 && tp > 1)
        return reject(b, "%s has no accelerators to spread a model over; leave tensor_parallel out",
                      type->name);
    if (type->accelerators && tp > type->accelerators)
        return reject(b, "tensor_parallel %d needs %d accelerators; %s has %d", tp, tp, type->name,
                      type->accelerators);
    if (device->heads_must_divide && b->model->heads % tp != 0)
        return reject(b, "tensor_parallel %d does not divide the %d attention heads of %s", tp,
                      b->model->heads, b->model->name);
    if (tp > 1 && device->linked && device->link <= 0)
        return reject(b, "no link rate is known between the %s of %s; use tensor_parallel: 1",
                      type->accelerator, type->name);
    return true;
}

/* Fewest devices of this instance type that hold the model; 0 when all do not. */
static int devices_that_fit(const struct build *b, const struct device *device) {
    for (int tp = 1; tp <= b->instance->accelerators; tp *= 2)
        if (datasheet_kv_blocks(b->model, b->options->precision, device, tp, BLOCK_TOKENS) >= 1 &&
            (!device->heads_must_divide || b->model->heads % tp == 0))
            return tp;
    return 0;
}

/* A smaller precision in which the same devices hold the model; NULL when there is none. */
static const char *precision_that_fits(const struct build *b, int tp) {
    static const enum precision smaller[] = {PRECISION_BF16, PRECISION_FP8, PRECISION_INT8};
    double bytes = precision_bytes(b->options->precision);
    const struct accelerator *accelerator =
        catalog_accelerator(b->catalog, b->instance->accelerator);
    for (int i = 0; i < 3 && accelerator; i++) {
        struct device device = datasheet_accelerator(accelerator, smaller[i]);
        if (precision_bytes(smaller[i]) < bytes && device.flops > 0 &&
            datasheet_kv_blocks(b->model, smaller[i], &device, tp, BLOCK_TOKENS) >= 1)
            return precision_word(smaller[i]);
    }
    return NULL;
}

static bool reject_too_big(struct build *b, const struct device *device, int tp) {
    enum precision precision = b->options->precision;
    int devices = devices_that_fit(b, device);
    const char *smaller = precision_that_fits(b, tp);
    char way_out[64] = "";
    if (devices)
        snprintf(way_out, sizeof way_out, "tensor_parallel: %d", devices);
    if (smaller)
        snprintf(way_out + strlen(way_out), sizeof way_out - strlen(way_out), "%sprecision: %s",
                 devices ? " or " : "", smaller);
    return reject(b,
                  "does not fit: weights %.1f GiB in %s%s + %.2f GiB reserve leave no room for "
                  "cache in %g x %.1f GiB of one %s; try %s",
                  datasheet_weight_bytes(b->model, precision) / tp / GIB, precision_word(precision),
                  tp > 1 ? " (the share of one)" : "", device->reserve_bytes / GIB,
                  device->memory_share, device->memory_bytes / GIB, device_word(b),
                  way_out[0] ? way_out : "a type with more memory");
}

/* One compiled length, and a slot of it for each sequence: the longest request and the batch that
 * the memory holds follow from it. */
static void set_compiled_shapes(struct device *device, const struct build *b, int64_t room) {
    int64_t tokens =
        b->options->context_max > 0 ? b->options->context_max : device->compiled_tokens;
    tokens = tokens < b->model->context_max ? tokens : b->model->context_max;
    tokens = tokens < room ? tokens : room;
    device->compiled_tokens = device->tokens_per_step_max = (int32_t)tokens;
    if (room / tokens < device->sequences_max)
        device->sequences_max = (int32_t)(room / tokens);
}

static bool build_decoder(struct build *b) {
    const struct serving_options *o = b->options;
    const struct model *model = b->model;
    int tp = o->tensor_parallel > 0 ? o->tensor_parallel : 1;
    struct device device;
    if (!find_device(b, &device) || !check_tensor_parallel(b, &device, tp))
        return false;
    if (strcmp(device.name, "Inferentia1") == 0)
        return reject(b, "Inferentia1 has no rule for decoders: no decoder run on it is published");
    if (device.compiled_tokens && (model->experts > 0 || model->latent_values > 0))
        return reject(
            b,
            "%s has no rule for %s: rule neuron-chips is fitted to dense models with keys "
            "and values, and no other run is published",
            device.name, model->name);
    int64_t blocks = datasheet_kv_blocks(model, o->precision, &device, tp, BLOCK_TOKENS);
    if (blocks < 1)
        return reject_too_big(b, &device, tp);
    blocks = o->kv_blocks > 0 ? o->kv_blocks : blocks;
    int64_t room = blocks * BLOCK_TOKENS;
    int64_t context_max = room < model->context_max ? room : model->context_max;
    if (o->sequences_max > 0)
        device.sequences_max = o->sequences_max;
    if (device.compiled_tokens) {
        set_compiled_shapes(&device, b, room);
        context_max = device.compiled_tokens;
    }
    b->candidate->service = (struct service){
        .kind = SERVICE_LLM,
        .llm = {.time = datasheet_iteration_time(model, o->precision, &device, tp),
                .tokens_per_step_max = o->tokens_per_step_max > 0 ? o->tokens_per_step_max
                                                                  : device.tokens_per_step_max,
                .sequences_max = device.sequences_max,
                .block_tokens = BLOCK_TOKENS,
                .kv_blocks = blocks,
                .context_max = (int32_t)context_max,
                .whole_prompts = device.compiled_tokens > 0},
    };
    int devices = b->instance->accelerators;
    int replicas = o->replicas_per_instance > 0 ? o->replicas_per_instance
                   : devices                    ? devices / tp
                                                : 1;
    set_candidate(b, devices ? b->instance->accelerator : b->instance->cpu, tp, replicas);
    set_basis(b, "rule %s: %s, %s on %s, tensor parallel %d", device.rule, model->name,
              precision_word(o->precision), device.name, tp);
    set_band(b, device.error_low, device.error_high);
    return true;
}

/* ---- encoders, vision and diffusion models ---- */

static bool build_batched(struct build *b) {
    const struct serving_options *o = b->options;
    struct device device;
    if (!find_device(b, &device))
        return false;
    if (o->tensor_parallel > 1)
        return reject(b, "%s is no decoder and runs on one accelerator; leave tensor_parallel out",
                      b->model->name);
    struct encoder_times times = datasheet_encoder(b->model, o->precision, &device);
    double weights = datasheet_weight_bytes(b->model, o->precision) * times.replicas_per_device;
    if (weights + device.reserve_bytes > device.memory_share * device.memory_bytes)
        return reject_too_big(b, &device, 1);
    b->candidate->service = (struct service){
        .kind = SERVICE_BATCHED,
        .batched = {.batch_max = o->batch_max > 0 ? o->batch_max : BATCH_DEFAULT,
                    .wait_max_s = o->batch_wait_s > 0 ? o->batch_wait_s : BATCH_WAIT_DEFAULT_S,
                    .base_s = times.base_s,
                    .memory_s = times.memory_s,
                    .item_s = times.item_s,
                    .token_s = times.token_s,
                    .padded = true},
    };
    int devices = b->instance->accelerators;
    int replicas = o->replicas_per_instance > 0 ? o->replicas_per_instance
                   : devices                    ? devices * times.replicas_per_device
                                                : 1;
    set_candidate(b, devices ? b->instance->accelerator : b->instance->cpu, 1, replicas);
    set_basis(b, "rule %s: %s, %s on %s%s", device.rule, b->model->name,
              precision_word(o->precision), device.name,
              times.replicas_per_device > 1 ? ", one replica a core" : "");
    set_band(b, times.error_low, times.error_high);
    return true;
}

/* ---- functions ---- */

static const char *function_hardware(const char *sku) {
    return sku && strstr(sku, "x86") ? "AWS Lambda x86" : "AWS Lambda arm64";
}

static bool check_function_memory(struct build *b) {
    const struct serving_options *o = b->options;
    double needed = datasheet_weight_bytes(b->model, o->precision) + FUNCTION_RUNTIME_BYTES;
    if (o->memory_mb <= 0)
        return reject(b, "the function's memory is not stated");
    if (needed <= o->memory_mb * 1048576.0)
        return true;
    return reject(b,
                  "does not fit: weights %.0f MB in %s + 256 MB for the runtime exceed the "
                  "function's %d MB; try memory: %.0f MB",
                  datasheet_weight_bytes(b->model, o->precision) / 1048576,
                  precision_word(o->precision), o->memory_mb, ceil(needed / 1048576 / 128) * 128);
}

static bool build_function(struct build *b) {
    const struct serving_options *o = b->options;
    const struct model *model = b->model;
    if (model->kind == MODEL_DECODER)
        return reject(b,
                      "%s is a decoder: functions serve one request at a time and stream no "
                      "tokens, so there is no service model for it",
                      model->name);
    if (o->precision != PRECISION_FP32 && o->precision != PRECISION_BF16)
        return reject(b, "no %s rate is known for functions; try precision: fp32 or bf16",
                      precision_word(o->precision));
    if (!check_function_memory(b))
        return false;
    struct device device = datasheet_function(o->memory_mb);
    struct encoder_times times = datasheet_encoder(model, o->precision, &device);
    double bytes = datasheet_weight_bytes(model, o->precision);
    b->candidate->service = (struct service){
        .kind = SERVICE_FUNCTION,
        .function = {.memory_mb = o->memory_mb,
                     /* One item a request. Reading the weights is added, not overlapped: an upper
                      * bound, as one request has no batch to hide it behind. */
                     .base_s = times.base_s + times.memory_s + times.item_s,
                     .token_s = times.token_s,
                     .cold_start_s = o->cold_start_s > 0
                                         ? o->cold_start_s
                                         : COLD_RUNTIME_S + bytes / COLD_BYTES_PER_S,
                     .keep_alive_s = o->keep_alive_s > 0 ? o->keep_alive_s : KEEP_ALIVE_DEFAULT_S,
                     .concurrency_max = o->concurrency_max > 0 ? o->concurrency_max
                                                               : FUNCTION_CONCURRENCY_DEFAULT},
    };
    set_candidate(b, function_hardware(b->candidate->sku), 1, 1);
    set_basis(b, "rule lambda-cpu: %s, %s on %s%s", model->name, precision_word(o->precision),
              device.name, o->cold_start_s > 0 ? "" : "; cold start by rule");
    return true;
}

/* ---- token APIs ---- */

static bool build_token_api(struct build *b) {
    const struct serving_options *o = b->options;
    if (o->ttft_s <= 0 || o->tpot_s <= 0)
        return reject(b, "no latency stated: no source gives the latency of a token API, so state "
                         "its ttft and tpot (rule token-api-latency)");
    b->candidate->service = (struct service){
        .kind = SERVICE_TOKEN_API,
        .token_api = {.ttft_s = o->ttft_s,
                      .ttft_sigma = o->ttft_sigma,
                      .tpot_s = o->tpot_s,
                      .tpot_sigma = o->tpot_sigma,
                      .tokens_ratio = o->tokens_ratio > 0 ? o->tokens_ratio : 1,
                      .requests_per_minute = o->requests_per_minute,
                      .tokens_per_minute = o->tokens_per_minute},
    };
    set_candidate(b, "token API", 1, 1);
    set_basis(b, "latency and quotas as stated by the scenario (rule token-api-latency)");
    return true;
}

bool service_build(const struct catalog *catalog, const struct instance_type *instance,
                   const struct serving_options *options, struct candidate *candidate,
                   struct capacity *capacity) {
    struct build b = {.catalog = catalog,
                      .instance = instance,
                      .options = options,
                      .candidate = candidate,
                      .capacity = capacity};
    *capacity = (struct capacity){.feasible = true, .rate_low = 1, .rate_high = 1};
    set_candidate(&b, "", 1, 1);
    if (candidate->kind == CANDIDATE_TOKEN_API)
        return build_token_api(&b);
    b.model = catalog_model(catalog, bytes_of(options->model));
    if (!b.model)
        return reject(&b, "unknown model '%.80s'", options->model ? options->model : "");
    if (candidate->kind == CANDIDATE_FUNCTION)
        return build_function(&b);
    ENSURE(instance != NULL);
    return b.model->kind == MODEL_DECODER ? build_decoder(&b) : build_batched(&b);
}
