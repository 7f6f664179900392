/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/datasheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/datasheet_neuron.h"

#define GIB 1073741824.0
#define MICRO 1e6 /* microseconds of a second */

/* GPUs, when nothing is measured. Shares and fixed times: docs/model.md section 2 (effective values
 * of public kernel profiles on A100, H100, A40: 0.71-0.86 of the bandwidth, 0.63-0.78 of the
 * FLOP/s). */
#define GPU_BANDWIDTH_SHARE 0.8
#define GPU_COMPUTE_SHARE 0.6
#define STEP_US 1000.0
#define LAYER_US 10.0
/* A 75 W board does not hold its boost clock: T4 reaches 0.30 of 65 TFLOPS on BERT-base and 0.31 on
 * BERT-large, batch 128 of 128 tokens (NVIDIA/TensorRT@007c347 demo/BERT/README.md). */
#define T4_COMPUTE_SHARE 0.30
/* Hidden sizes of 384-1024 fill a GPU less than a decoder's: A100 0.59, A30 0.50 of their peak on
 * BERT-base at batch 64 (same source). */
#define ENCODER_COMPUTE_SHARE 0.5

/* Of GPU decoders, measured / computed - 1 of the time per token in a closed loop: what holds nine
 * tenths of every second of the 423 bf16 and fp8 runs on H100, H200 and B200
 * (ai-dynamo/aiconfigurator@095f58a, 2026-11), computed with asynchronous scheduling: -0.295 to
 * +0.373, rounded outwards to a twentieth (the runs' own releases, as far as known, had none: their
 * steps are longer, hence the longer upper side). tests/sim/test_datasheet_gpu.c holds it to four
 * of five of the other rows. */
#define GPU_ERROR_LOW (-0.30)
#define GPU_ERROR_HIGH 0.40

#define MEMORY_SHARE 0.9 /* vLLM's default gpu_memory_utilization */
/* The one measured value: Llama-3.1-8B on an RTX 4090, 2588 blocks (vLLM 0.19). */
#define RESERVE_BYTES (1.15 * GIB)
/* A mixed step reads the cache slower than a decode-only one: 1.6-2.1 times on two measured GPUs.
 */
#define MIXED_CACHE_FACTOR 1.8
/* Share of the head's arithmetic that shows beside reading its weights: 2.8 of 10.6 us a sequence
 * on the measured RTX 4090. */
#define HEAD_COMPUTE_SHOWN 0.25
/* All-reduce inside one host: 17-38 us and 0.5-0.8 of the link's one-way rate, measured on A100 and
 * H100 (public kernel profiles). */
#define ALL_REDUCE_US 20.0
#define LINK_SHARE 0.7
/* PCIe Gen4 x16 carries 32 GB/s one way; copies from pinned memory see about 25 (by rule). */
#define HOST_RATE 25e9

#define CPU_COMPUTE_SHARE 0.5
#define CPU_BANDWIDTH_SHARE 0.8

/* Kernels that expand fp4 weights on the way need compute capability 8.0 (vLLM,
 * quantization/utils/marlin_utils_fp4.py): Ampere and later. */
static bool expands_fp4(const struct accelerator *a) {
    return a->neuron_cores == 0 && strcmp(a->name, "T4") != 0 && strncmp(a->name, "V100", 4) != 0;
}

bool datasheet_weights_only(const struct accelerator *a, enum precision precision) {
    if (a->neuron_cores)
        return precision == PRECISION_INT8 || precision == PRECISION_FP32;
    return precision == PRECISION_INT4 || (precision == PRECISION_FP4 && !(a->fp4_tflops > 0));
}

static double accelerator_flops(const struct accelerator *a, enum precision precision) {
    switch (precision) {
    case PRECISION_BF16:
        return a->bf16_tflops * 1e12;
    case PRECISION_FP8:
        return a->fp8_tflops * 1e12;
    case PRECISION_INT8: /* Neuron: int8 is how weights are stored; the arithmetic stays bf16 */
        return (a->neuron_cores ? a->bf16_tflops : a->int8_tops) * 1e12;
    case PRECISION_FP4: /* without a rate of its own it is how weights are stored */
        if (a->fp4_tflops > 0)
            return a->fp4_tflops * 1e12;
        return expands_fp4(a) ? a->bf16_tflops * 1e12 : 0;
    case PRECISION_INT4: /* how weights are stored; the arithmetic stays bf16 */
        return a->neuron_cores ? 0 : a->bf16_tflops * 1e12;
    case PRECISIONS:
        break;
    case PRECISION_FP32: /* Neuron compiles fp32 matrix products to bf16 */
        return a->neuron_cores ? a->bf16_tflops * 1e12 : 0;
    }
    return 0;
}

struct device datasheet_accelerator(const struct accelerator *a, enum precision precision) {
    struct device device = {
        .rule = "datasheet",
        .memory_bytes = a->memory_gib * GIB,
        .bandwidth = a->bandwidth_gbps * 1e9,
        .flops = accelerator_flops(a, precision),
        .wide_flops = a->bf16_tflops * 1e12,
        .cache_value_bytes = 2,
        .link = a->link_gbps * 1e9 / 2,
        .weight_share = GPU_BANDWIDTH_SHARE,
        .cache_share = GPU_BANDWIDTH_SHARE,
        .compute_share = strcmp(a->name, "T4") == 0 ? T4_COMPUTE_SHARE : GPU_COMPUTE_SHARE,
        .step_us = STEP_US,
        .layer_us = LAYER_US,
        .prefill_layer_us = LAYER_US,
        .memory_share = MEMORY_SHARE,
        .reserve_bytes = RESERVE_BYTES,
        .cores = 1,
        .heads_must_divide = true,
        .linked = true,
        .graphs = true,
        .overlaps = true,
        .tokens_per_step_max = 2048,
        .sequences_max = 256,
        .error_low = GPU_ERROR_LOW,
        .error_high = GPU_ERROR_HIGH,
    };
    snprintf(device.name, sizeof device.name, "%s", a->name);
    /* vLLM's defaults by class of GPU. */
    if (a->memory_gib >= 70 && strncmp(a->name, "A100", 4) != 0) {
        device.tokens_per_step_max = 8192;
        device.sequences_max = 1024;
    }
    if (a->neuron_cores) {
        neuron_set_device(&device, a->neuron_cores);
        device.graphs = device.overlaps = false;
    }
    return device;
}

/* Graviton2: two 128-bit FMA pipes; bytes per second of one of 64 vCPU (public core descriptions,
 * unverified). */
#define GRAVITON2_GHZ 2.5
#define GRAVITON2_FLOP 16
#define GRAVITON2_BANDWIDTH (204.8e9 / 64)

/* Rule graviton-peak: clock x FP32 FLOP a cycle, and each vCPU's part of the socket's bandwidth. */
static void set_cpu(struct device *device, double vcpu, double ghz, double flop_per_cycle,
                    double bandwidth_per_vcpu) {
    device->flops = device->wide_flops = vcpu * ghz * 1e9 * flop_per_cycle;
    device->cache_value_bytes = 2;
    device->bandwidth = vcpu * bandwidth_per_vcpu;
    device->weight_share = device->cache_share = CPU_BANDWIDTH_SHARE;
    device->compute_share = CPU_COMPUTE_SHARE;
    device->step_us = STEP_US;
    device->layer_us = device->prefill_layer_us = LAYER_US;
    device->memory_share = MEMORY_SHARE;
    device->reserve_bytes = RESERVE_BYTES;
    device->cores = 1;
    device->tokens_per_step_max = 2048;
    device->sequences_max = 256;
}

bool datasheet_cpu(const char *cpu, double vcpu, double memory_gib, enum precision precision,
                   struct device *out) {
    bool second = strcmp(cpu, "Graviton2") == 0, third = strcmp(cpu, "Graviton3") == 0;
    bool wide = precision == PRECISION_FP32 || precision == PRECISION_BF16;
    if ((!second && !third && strcmp(cpu, "Graviton4") != 0) || !wide)
        return false;
    *out = (struct device){.rule = "graviton-peak", .memory_bytes = memory_gib * GIB};
    snprintf(out->name, sizeof out->name, "%g vCPU of %s", vcpu, cpu);
    if (second)
        set_cpu(out, vcpu, GRAVITON2_GHZ, GRAVITON2_FLOP, GRAVITON2_BANDWIDTH);
    else if (third)
        set_cpu(out, vcpu, 2.6, 32, 307e9 / 64);
    else
        set_cpu(out, vcpu, 2.8, 32, 536e9 / 96);
    return true;
}

/* Functions run on Graviton2-class cores: half a Graviton3. */
struct device datasheet_function(int memory_mb, double vcpu_max) {
    double vcpu = memory_mb / 1769.0;
    struct device device = {.rule = "lambda-cpu", .memory_bytes = memory_mb * 1048576.0};
    vcpu = fmin(vcpu, fmin(6, vcpu_max));
    snprintf(device.name, sizeof device.name, "%.2f vCPU of a function", vcpu);
    set_cpu(&device, vcpu, GRAVITON2_GHZ, GRAVITON2_FLOP, GRAVITON2_BANDWIDTH);
    return device;
}

/* ---- models ---- */

static double embedding_parameters(const struct model *model) {
    double matrix = (double)model->vocabulary * model->hidden;
    return model->tied_embeddings ? matrix : 2 * matrix;
}

double datasheet_layer_parameters(const struct model *model) {
    return model->parameters - embedding_parameters(model);
}

static double wide_bytes(enum precision precision) {
    return fmax(precision_bytes(precision), 2);
}

static double expert_parameters(const struct model *model) {
    return (double)model->experts * model->moe_layers * model->expert_parameters;
}

/* Of the layers' weights outside the experts. */
static enum precision dense_precision(const struct model *model, enum precision precision) {
    return model->experts > 0 && precision == PRECISION_FP4 ? PRECISION_BF16 : precision;
}

double datasheet_weight_bytes(const struct model *model, enum precision precision) {
    double experts = expert_parameters(model);
    double dense = datasheet_layer_parameters(model) - experts;
    return dense * precision_bytes(dense_precision(model, precision)) +
           experts * precision_bytes(precision) +
           embedding_parameters(model) * wide_bytes(precision);
}

/* Of one token in one layer on one device. With more cores than KV heads each core keeps a copy;
 * latent values are of all heads, so that every device keeps them whole. */
static double cache_bytes(const struct model *model, const struct device *device, int tp) {
    if (model->latent_values)
        return model->latent_values * device->cache_value_bytes;
    double heads = device->cores * ceil((double)model->kv_heads / (tp * device->cores));
    return 2 * heads * model->head_dim * device->cache_value_bytes;
}

/* Gated feed-forward, three matrices of hidden x width, is what the dense weights of a layer leave
 * beside attention and the router. */
static double feed_forward_width(const struct model *model) {
    double dense = (datasheet_layer_parameters(model) - expert_parameters(model)) / model->layers;
    double attention = 2.0 * model->hidden * model->head_dim * (model->heads + model->kv_heads);
    double router = (double)model->experts * model->hidden;
    return fmax(floor((dense - attention - router) / (3.0 * model->hidden)), 0);
}

double datasheet_adapter_bytes(const struct model *model, int rank) {
    double hidden = model->hidden, queries = (double)model->heads * model->head_dim;
    double keys = (double)model->kv_heads * model->head_dim, width = feed_forward_width(model);
    double attention = 2 * (hidden + queries) + 2 * (hidden + keys);
    double feed_forward = width > 0 ? 3 * (hidden + width) : 0;
    return 2.0 * rank * model->layers * (attention + feed_forward);
}

double datasheet_host_rate(const struct device *device) {
    return device->link > 0 ? fmin(HOST_RATE, device->link) : HOST_RATE;
}

static void set_all_reduce(struct iteration_time *t, const struct model *model,
                           const struct device *device, int tp) {
    if (tp == 1 || !device->linked)
        return;
    double bytes_per_token = model->hidden * 2.0 * 2 * (tp - 1) / tp;
    t->r0 = 2 * ALL_REDUCE_US;
    t->r1 = 2 * bytes_per_token / (LINK_SHARE * device->link) * MICRO;
}

/* Weights of an average layer: what each token passes, and the experts that some layers have. */
static void set_linear(struct iteration_time *t, const struct model *model,
                       enum precision precision, const struct device *device, int tp) {
    enum precision dense_in = dense_precision(model, precision);
    double dense_flops = dense_in == precision ? device->flops : device->wide_flops;
    double dense =
        (datasheet_layer_parameters(model) - expert_parameters(model)) / model->layers / tp;
    double expert = model->expert_parameters * model->moe_layers / model->layers / tp;
    double weight_rate = device->weight_share * device->bandwidth;
    t->a0 = dense * precision_bytes(dense_in) / weight_rate * MICRO;
    t->b1 = 2 * dense / (device->compute_share * dense_flops) * MICRO;
    t->x1 = expert * precision_bytes(precision) / weight_rate * MICRO;
    t->y1 = 2 * model->experts_chosen * expert / (device->compute_share * device->flops) * MICRO;
    t->experts = model->experts;
    t->experts_chosen = model->experts_chosen;
}

/* Layers with a window read at most its tokens, however long the context: by the sequence when it
 * decodes, by the token in a prompt. Shorter contexts are charged the whole window. */
static void set_attention(struct iteration_time *t, const struct model *model,
                          const struct device *device, double rate, int tp) {
    double windowed = (double)model->window_layers / model->layers;
    double read = cache_bytes(model, device, tp) / (device->cache_share * device->bandwidth);
    /* Scores and values: 4 FLOP for each pair of a query and a key, head and dimension. Latent
     * values are used as they are cached, each by every head: 4 FLOP a head and value. */
    double pair = 4.0 * model->heads * model->head_dim / tp / rate;
    double latent_pair = 4.0 * model->heads * model->latent_values / tp / rate;
    double cached = fmax(read, latent_pair) * MICRO, attention = pair * MICRO;
    t->d0 = device->layer_us;
    t->d1 = windowed * model->window * cached;
    t->d2 = (1 - windowed) * cached;
    t->p0 = t->m0 = device->prefill_layer_us;
    t->p1 = t->m1 = windowed * model->window * attention;
    t->p2 = t->m2 = (1 - windowed) * attention;
    t->p3 = t->m3 = (1 - windowed) * read * MICRO;
    t->m4 = MIXED_CACHE_FACTOR * t->d1;
    t->m5 = MIXED_CACHE_FACTOR * t->d2;
}

struct iteration_time datasheet_iteration_time(const struct model *model, enum precision precision,
                                               const struct device *device, int tp) {
    if (device->compiled_tokens)
        return neuron_iteration_time(model, precision, device, tp);
    /* Attention and the head of models in fp4 compute in bf16. */
    double flops = precision == PRECISION_FP4 ? device->wide_flops : device->flops;
    double rate = device->compute_share * flops;
    double weight_rate = device->weight_share * device->bandwidth;
    double head = (double)model->vocabulary * model->hidden / tp;
    struct iteration_time t = {
        .layers = model->layers,
        .t0 = device->step_us,
        .h0 = head * wide_bytes(precision) / weight_rate * MICRO,
        .h1 = HEAD_COMPUTE_SHOWN * 2 * head / rate * MICRO,
        .graphs = device->graphs,
    };
    set_linear(&t, model, precision, device, tp);
    set_attention(&t, model, device, rate, tp);
    set_all_reduce(&t, model, device, tp);
    return t;
}

int64_t datasheet_kv_blocks(const struct model *model, enum precision precision,
                            const struct device *device, int tp, int block_tokens) {
    double left = device->memory_bytes * device->memory_share -
                  datasheet_weight_bytes(model, precision) / tp - device->reserve_bytes;
    double token = cache_bytes(model, device, tp); /* in one layer */
    double tokens = left / (token * model->layers);
    int unbounded = model->layers - model->window_layers;
    if (model->window_layers > 0 && unbounded > 0) {
        double windows = (double)device->sequences_max * model->window * model->window_layers;
        tokens = fmax(tokens, (left - windows * token) / (token * unbounded));
    }
    return (int64_t)floor(tokens / block_tokens);
}

int64_t datasheet_kv_blocks_most(const struct model *model, enum precision precision,
                                 const struct device *device, int tp, int block_tokens) {
    struct device all = *device;
    all.memory_share = 1;
    all.reserve_bytes = 0;
    all.sequences_max = 1;
    return datasheet_kv_blocks(model, precision, &all, tp, block_tokens);
}

double datasheet_cache_bytes(const struct model *model, const struct device *device, int tp) {
    return tp * model->layers * cache_bytes(model, device, tp);
}

/* ---- encoders, vision and diffusion models ---- */

struct encoder_times datasheet_encoder(const struct model *model, enum precision precision,
                                       const struct device *device) {
    if (device->compiled_tokens)
        return neuron_encoder(model, precision, device);
    double parameters = datasheet_layer_parameters(model);
    double base_us = device->step_us + device->layer_us * model->layers;
    double share = device->compute_share;
    double bandwidth = device->bandwidth * device->weight_share;
    if (share > ENCODER_COMPUTE_SHARE)
        share = ENCODER_COMPUTE_SHARE;
    double rate = share * device->flops;
    bool images = model->gflop_per_item > 0;
    return (struct encoder_times){
        .base_s = base_us / MICRO,
        .memory_s = parameters * precision_bytes(precision) / bandwidth,
        .item_s = images ? model->gflop_per_item * 1e9 / rate : 0,
        .token_s = images ? 0 : 2 * parameters / rate,
        .replicas_per_device = 1,
    };
}
