/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a candidate's hardware and model to a service model, or to the reason why there is none,
 * with the numbers. The arithmetic is in datasheet.c; this file decides what goes with what. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/replica.h"
#include "sim/service_build.h"
#include "sim/service_profile.h"

enum { BATCH_DEFAULT = 8, FUNCTION_CONCURRENCY_DEFAULT = 1000, RAMP_COPIES_DEFAULT = 1000 };
#define BATCH_WAIT_DEFAULT_S 0.005
#define KEEP_ALIVE_DEFAULT_S 600.0
#define RAMP_DEFAULT_S 10.0 /* AWS Lambda, "Lambda scaling behavior" */
/* Cold start: fetching the weights at 0.1 GB/s and one second to start the runtime. */
#define COLD_BYTES_PER_S 0.1e9
#define COLD_RUNTIME_S 1.0
#define FUNCTION_RUNTIME_BYTES (256 * 1048576.0)

bool build_reject(struct build *b, const char *format, ...) {
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

bool build_has_precision(const struct accelerator *accelerator, enum precision precision,
                         bool decoder) {
    if (!decoder && precision == PRECISION_INT4)
        return false;
    if (!decoder && precision == PRECISION_FP4)
        return accelerator->fp4_tflops > 0;
    return datasheet_accelerator(accelerator, precision).flops > 0;
}

static bool reject_precision(struct build *b, const struct accelerator *accelerator) {
    static const enum precision all[] = {PRECISION_BF16, PRECISION_FP8, PRECISION_INT8,
                                         PRECISION_INT4, PRECISION_FP4};
    bool decoder = b->model->kind == MODEL_DECODER;
    const char *words[5];
    char others[40] = "";
    int n = 0;
    for (int i = 0; i < (accelerator->fp4_tflops > 0 ? 5 : 4); i++)
        if (build_has_precision(accelerator, all[i], decoder))
            words[n++] = precision_word(all[i]);
    for (int i = 0; i < n; i++) {
        size_t used = strlen(others);
        snprintf(others + used, sizeof others - used, "%s%s",
                 i == 0       ? ""
                 : i + 1 == n ? " or "
                              : ", ",
                 words[i]);
    }
    return build_reject(b, "no %s rate is known for %s; try precision: %s",
                        precision_word(b->options->precision), accelerator->name, others);
}

/* A cache in fp8 is GPU engines'; nothing is published of the others'. */
static bool set_cache(struct build *b, struct device *device) {
    enum precision kv = b->options->kv_precision;
    if (kv == PRECISION_FP8 && b->model->kind == MODEL_DECODER) {
        if (b->instance->accelerators == 0 || device->compiled_tokens > 0)
            return build_reject(b, "no cache in fp8 is known for %s; use kv: bf16", device->name);
        device->cache_value_bytes = 1;
    }
    return true;
}

static bool find_device(struct build *b, struct device *device) {
    const struct instance_type *type = b->instance;
    enum precision precision = b->options->precision;
    if (type->accelerators == 0) {
        if (datasheet_cpu(type->cpu, type->vcpu, type->memory_gib, precision, device))
            return true;
        struct device other;
        if (datasheet_cpu(type->cpu, type->vcpu, type->memory_gib, PRECISION_FP32, &other))
            return build_reject(
                b,
                "no %s rate is known for %s (rule graviton-peak); try precision: fp32 "
                "or bf16",
                precision_word(precision), type->cpu);
        return build_reject(b,
                            "no service times are known for %s CPUs: only Graviton2 (Fargate on "
                            "ARM), Graviton3 and Graviton4 have "
                            "a rule (graviton-peak)",
                            type->cpu);
    }
    const struct accelerator *accelerator = catalog_accelerator(b->catalog, type->accelerator);
    ENSURE(accelerator != NULL); /* catalog_read checked it */
    if (!build_has_precision(accelerator, precision, b->model->kind == MODEL_DECODER))
        return reject_precision(b, accelerator);
    *device = datasheet_accelerator(accelerator, precision);
    return true;
}

static void set_candidate(struct build *b, const char *hardware, int tensor_parallel,
                          int replicas_per_instance) {
    struct candidate *candidate = b->candidate;
    candidate->hardware = hardware;
    candidate->accelerators = b->instance ? b->instance->accelerators : 0;
    candidate->tensor_parallel = tensor_parallel;
    candidate->replicas_per_instance = replicas_per_instance;
}

/* Each replica has accelerators of its own: their times are those of a device that nobody shares.
 */
static bool check_replicas(struct build *b, int replicas, int tp, int of_device) {
    const struct instance_type *type = b->instance;
    int most = type->accelerators ? type->accelerators * of_device / tp : 1;
    if (replicas <= most)
        return true;
    return build_reject(b,
                        "%d replicas do not fit: %s has room for %d; take fewer "
                        "replicas_per_instance",
                        replicas, type->name, most);
}

/* ---- decoders ---- */

static bool check_tensor_parallel(struct build *b, const struct device *device, int tp) {
    const struct instance_type *type = b->instance;
    if (type->accelerators == 0 && tp > 1)
        return build_reject(
            b, "%s has no accelerators to spread a model over; leave tensor_parallel out",
            type->name);
    if (type->accelerators && tp > type->accelerators)
        return build_reject(b, "tensor_parallel %d needs %d accelerators; %s has %d", tp, tp,
                            type->name, type->accelerators);
    if (device->heads_must_divide && b->model->heads % tp != 0)
        return build_reject(b, "tensor_parallel %d does not divide the %d attention heads of %s",
                            tp, b->model->heads, b->model->name);
    if (tp > 1 && device->linked && device->link <= 0)
        return build_reject(b, "no link rate is known between the %s of %s; use tensor_parallel: 1",
                            type->accelerator, type->name);
    return true;
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

/* Before the format: no other would help. */
static bool check_neuron_rule(struct build *b) {
    const struct accelerator *a = catalog_accelerator(b->catalog, b->instance->accelerator);
    if (!a || a->neuron_cores == 0)
        return true;
    if (strcmp(a->name, "Inferentia1") == 0)
        return build_reject(
            b, "Inferentia1 has no rule for decoders: no decoder run on it is published");
    if (b->model->experts > 0 || b->model->latent_values > 0)
        return build_reject(
            b,
            "%s has no rule for %s: rule neuron-chips is fitted to dense models with keys "
            "and values, and no other run is published",
            a->name, b->model->name);
    return true;
}

/* What the options say of the device and its engine. */
static bool find_decoder_device(struct build *b, struct device *device, int tp) {
    const struct serving_options *o = b->options;
    if (!check_neuron_rule(b) || !find_device(b, device) || !check_tensor_parallel(b, device, tp) ||
        !set_cache(b, device))
        return false;
    if (o->context_max > b->model->context_max)
        return build_reject(b, "a context of %d tokens is beyond the %d of %s", (int)o->context_max,
                            b->model->context_max, b->model->name);
    if (o->sequences_max > 0)
        device->sequences_max = o->sequences_max;
    if (o->memory_share > 0)
        device->memory_share = o->memory_share;
    device->graphs = device->graphs && !o->no_graphs;
    return true;
}

static struct iteration_time decoder_time(const struct build *b, const struct device *device,
                                          int tp) {
    const struct serving_options *o = b->options;
    struct iteration_time time = datasheet_iteration_time(b->model, o->precision, device, tp);
    if (!isnan(o->step_overhead_s))
        time.t0 = o->step_overhead_s * 1e6;
    else if (device->overlaps && !o->no_async_scheduling)
        time.t0 = 0;
    return time;
}

static struct lora_service lora_of(const struct build *b, const struct device *device, int tp) {
    const struct serving_options *o = b->options;
    if (o->adapters == 0)
        return (struct lora_service){0};
    return (struct lora_service){
        .adapters = o->adapters,
        .resident = build_adapters_resident(o),
        .load_s = build_adapter_bytes(b, tp) / datasheet_host_rate(device),
        .skew = o->adapter_skew,
    };
}

/* The band is of dense models in bf16, fp8 and, where that has a rate, fp4: nothing else has been
 * compared. */
static void set_decoder_basis(struct build *b, const struct device *device, int tp, int64_t room) {
    const struct serving_options *o = b->options;
    const struct model *model = b->model;
    char more[80] = "";
    size_t n = 0;
    if (device->cache_value_bytes == 1)
        n += (size_t)snprintf(more + n, sizeof more - n, ", cache fp8");
    if (o->adapters > 0)
        n += (size_t)snprintf(more + n, sizeof more - n, ", %d adapters",
                              (int)build_adapters_resident(o));
    if (room < model->context_max && o->context_max == 0)
        snprintf(more + n, sizeof more - n, "; cache of %lld tokens", (long long)room);
    const struct accelerator *a = catalog_accelerator(b->catalog, b->instance->accelerator);
    bool weights_only = a && datasheet_weights_only(a, o->precision);
    set_basis(b, "rule %s: %s, %s%s on %s, tensor parallel %d%s", device->rule, model->name,
              precision_word(o->precision), weights_only ? " weights computed in bf16" : "",
              device->name, tp, more);
    bool compared = o->precision == PRECISION_BF16 || o->precision == PRECISION_FP8 ||
                    (o->precision == PRECISION_FP4 && device->flops > device->wide_flops) ||
                    device->compiled_tokens > 0;
    if (compared && model->experts == 0 && model->latent_values == 0)
        set_band(b, device->error_low, device->error_high);
}

/* Blocks as the scenario or a profile states them, more than any engine of the device has. */
static bool check_blocks(struct build *b, const struct device *device, int tp) {
    int64_t blocks = b->candidate->service.llm.kv_blocks;
    int64_t most =
        datasheet_kv_blocks_most(b->model, b->options->precision, device, tp, KV_BLOCK_TOKENS);
    return blocks <= most ||
           build_reject(b,
                        "%lld cache blocks are more than fit beside the weights on %s: at most "
                        "%lld; take fewer kv_blocks, or leave them out",
                        (long long)blocks, device->name, (long long)most);
}

static int32_t smaller(int64_t a, int32_t b) {
    return a < b ? (int32_t)a : b;
}

static bool build_decoder(struct build *b) {
    const struct serving_options *o = b->options;
    int tp = o->tensor_parallel > 0 ? o->tensor_parallel : 1;
    struct device device;
    int64_t blocks;
    if (!find_decoder_device(b, &device, tp) || !build_kv_blocks(b, &device, tp, &blocks))
        return false;
    int64_t room = blocks * KV_BLOCK_TOKENS;
    int32_t context_max =
        smaller(room, o->context_max > 0 ? o->context_max : b->model->context_max);
    if (device.compiled_tokens) {
        set_compiled_shapes(&device, b, room);
        context_max = device.compiled_tokens;
    }
    /* As vLLM does: a step has to hold the longest prompt when prompts are not cut. */
    if (o->whole_prompts && device.tokens_per_step_max < context_max)
        device.tokens_per_step_max = context_max;
    /* Nor can a budget cut what a compiled program takes whole. */
    if (o->tokens_per_step_max > device.compiled_tokens)
        device.tokens_per_step_max = o->tokens_per_step_max;
    b->candidate->service = (struct service){
        .kind = SERVICE_LLM,
        .llm = {.time = decoder_time(b, &device, tp),
                .tokens_per_step_max = device.tokens_per_step_max,
                .sequences_max = device.sequences_max,
                .block_tokens = KV_BLOCK_TOKENS,
                .kv_blocks = blocks,
                .context_max = context_max,
                .admission = o->admission,
                .whole_prompts = o->whole_prompts || device.compiled_tokens > 0,
                .reserve_first_chunk = o->reserve_first_chunk,
                .prefix_caching = !o->no_prefix_caching && device.compiled_tokens == 0,
                .lora = lora_of(b, &device, tp)},
    };
    int devices = b->instance->accelerators;
    int replicas = o->replicas_per_instance > 0 ? o->replicas_per_instance
                   : devices                    ? devices / tp
                                                : 1;
    if (!check_replicas(b, replicas, tp, 1))
        return false;
    set_candidate(b, devices ? b->instance->accelerator : b->instance->cpu, tp, replicas);
    set_decoder_basis(b, &device, tp, room);
    service_profile_apply(b->catalog, b->instance, o, b->candidate, b->capacity);
    if (!check_blocks(b, &device, tp))
        return false;
    if (o->split_prefill > 0 || o->split_decode > 0)
        return build_split(b, &device, tp);
    return true;
}

/* ---- encoders, vision and diffusion models ---- */

/* Adapters and a cache are of decoders: a scenario that asks for them means another model. */
static bool check_no_decoder_options(struct build *b) {
    if (b->options->adapters > 0)
        return build_reject(b, "%s is no decoder and has no LoRA adapters; leave lora out",
                            b->model->name);
    if (b->options->kv_precision == PRECISION_FP8)
        return build_reject(b, "%s is no decoder and keeps no cache; leave kv out", b->model->name);
    if (b->options->split_prefill > 0 || b->options->split_decode > 0)
        return build_reject(b, "%s is no decoder and generates nothing; leave split out",
                            b->model->name);
    return true;
}

static bool build_batched(struct build *b) {
    const struct serving_options *o = b->options;
    struct device device;
    if (!check_no_decoder_options(b))
        return false;
    if (!find_device(b, &device))
        return false;
    if (o->tensor_parallel > 1)
        return build_reject(
            b, "%s is no decoder and runs on one accelerator; leave tensor_parallel out",
            b->model->name);
    struct encoder_times times = datasheet_encoder(b->model, o->precision, &device);
    if (!build_weights_fit(b, &device, times.replicas_per_device))
        return false;
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
    if (!check_replicas(b, replicas, 1, times.replicas_per_device))
        return false;
    set_candidate(b, devices ? b->instance->accelerator : b->instance->cpu, 1, replicas);
    set_basis(b, "rule %s: %s, %s on %s%s", device.rule, b->model->name,
              precision_word(o->precision), device.name,
              times.replicas_per_device > 1 ? ", one replica a core" : "");
    set_band(b, times.error_low, times.error_high);
    service_profile_apply(b->catalog, b->instance, o, b->candidate, b->capacity);
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
        return build_reject(b, "the function's memory is not stated");
    if (needed <= o->memory_mb * 1048576.0)
        return true;
    return build_reject(b,
                        "does not fit: weights %.0f MB in %s + 256 MB for the runtime exceed the "
                        "function's %d MB; try memory: %.0f MB",
                        datasheet_weight_bytes(b->model, o->precision) / 1048576,
                        precision_word(o->precision), o->memory_mb,
                        ceil(needed / 1048576 / 128) * 128);
}

static bool stated(const struct delay *delay) {
    return delay->kind != DELAY_FIXED || delay->value_s > 0;
}

static struct delay stated_or(const struct delay *delay, double seconds) {
    return stated(delay) ? *delay : delay_fixed(seconds);
}

static bool build_function(struct build *b) {
    const struct serving_options *o = b->options;
    const struct model *model = b->model;
    if (model->kind == MODEL_DECODER)
        return build_reject(b,
                            "%s is a decoder: functions serve one request at a time and stream no "
                            "tokens, so there is no service model for it",
                            model->name);
    if (!check_no_decoder_options(b))
        return false;
    if (o->precision != PRECISION_FP32 && o->precision != PRECISION_BF16)
        return build_reject(b, "no %s rate is known for functions; try precision: fp32 or bf16",
                            precision_word(o->precision));
    if (!check_function_memory(b))
        return false;
    int concurrency = o->concurrency_max > 0 ? o->concurrency_max : FUNCTION_CONCURRENCY_DEFAULT;
    if (o->provisioned > concurrency)
        return build_reject(b, "%d copies are provisioned, but at most %d may run at once",
                            o->provisioned, concurrency);
    struct device device =
        datasheet_function(o->memory_mb, o->vcpu_max > 0 ? o->vcpu_max : INFINITY);
    struct encoder_times times = datasheet_encoder(model, o->precision, &device);
    double bytes = datasheet_weight_bytes(model, o->precision);
    b->candidate->service = (struct service){
        .kind = SERVICE_FUNCTION,
        .function = {.memory_mb = o->memory_mb,
                     /* One item a request. Reading the weights is added, not overlapped: an upper
                      * bound, as one request has no batch to hide it behind. */
                     .base_s = times.base_s + times.memory_s + times.item_s,
                     .token_s = times.token_s,
                     .cold_start =
                         stated_or(&o->cold_start, COLD_RUNTIME_S + bytes / COLD_BYTES_PER_S),
                     .keep_alive = stated_or(&o->keep_alive, KEEP_ALIVE_DEFAULT_S),
                     .concurrency_max = concurrency,
                     .provisioned = o->provisioned,
                     .ramp_copies = o->ramp_copies > 0 ? o->ramp_copies : RAMP_COPIES_DEFAULT,
                     .ramp_s = o->ramp_s > 0 ? o->ramp_s : RAMP_DEFAULT_S},
    };
    set_candidate(b, function_hardware(b->candidate->sku), 1, 1);
    set_basis(b, "rule lambda-cpu: %s, %s on %s%s", model->name, precision_word(o->precision),
              device.name, stated(&o->cold_start) ? "" : "; cold start by rule");
    return true;
}

/* ---- token APIs ---- */

static bool build_token_api(struct build *b) {
    const struct serving_options *o = b->options;
    bool batch = o->tier == TIER_BATCH, stated_latency = o->ttft_s > 0 && o->tpot_s > 0;
    if (!stated_latency && !batch)
        return build_reject(
            b, "no latency stated: no source gives the latency of a token API, so state "
               "its ttft and tpot (rule token-api-latency)");
    b->candidate->service = (struct service){
        .kind = SERVICE_TOKEN_API,
        .token_api = {.ttft_s = stated_latency ? o->ttft_s : 0,
                      .ttft_sigma = o->ttft_sigma,
                      .tpot_s = stated_latency ? o->tpot_s : 0,
                      .tpot_sigma = o->tpot_sigma,
                      .tokens_ratio = o->tokens_ratio > 0 ? o->tokens_ratio : 1,
                      .requests_per_minute = o->requests_per_minute,
                      .tokens_per_minute = o->tokens_per_minute,
                      .cached_share = o->cached_share,
                      .units = o->units,
                      .batch_deadline_s = batch ? o->batch_deadline_s : 0},
    };
    set_candidate(b, "token API", 1, 1);
    if (stated_latency)
        set_basis(b, "latency and quotas as stated by the scenario (rule token-api-latency)");
    else
        set_basis(b, "a batch without stated latency ends at its deadline, %g h after the request",
                  o->batch_deadline_s / 3600);
    return true;
}

/* What no replay takes is refused here. Sizing tries the slow end of the error band too. */
static bool check_replayable(struct build *b) {
    struct service slowed =
        service_slowed(&b->candidate->service, 1 + fmax(b->capacity->error_high, 0));
    struct err err = {0};
    if (replica_model_of(slowed.kind)->check(&slowed, &err))
        return true;
    return build_reject(b, "%s; take fewer tokens_per_step, sequences or kv_blocks", err.what);
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
        return build_reject(&b, "unknown model '%.80s'", options->model ? options->model : "");
    if (candidate->kind == CANDIDATE_FUNCTION)
        return build_function(&b);
    ENSURE(instance != NULL);
    return (b.model->kind == MODEL_DECODER ? build_decoder(&b) : build_batched(&b)) &&
           check_replayable(&b);
}
