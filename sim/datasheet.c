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

#define CPU_COMPUTE_SHARE 0.5
#define CPU_BANDWIDTH_SHARE 0.8

static double accelerator_flops(const struct accelerator *a, enum precision precision) {
    switch (precision) {
    case PRECISION_BF16:
        return a->bf16_tflops * 1e12;
    case PRECISION_FP8:
        return a->fp8_tflops * 1e12;
    case PRECISION_INT8: /* Neuron: int8 is how weights are stored; the arithmetic stays bf16 */
        return (a->neuron_cores ? a->bf16_tflops : a->int8_tops) * 1e12;
    case PRECISION_FP4:
        return a->fp4_tflops * 1e12;
    case PRECISION_INT4: /* how weights are stored; the arithmetic stays bf16 */
        return a->bf16_tflops * 1e12;
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
    if (a->neuron_cores)
        neuron_set_device(&device, a->neuron_cores);
    return device;
}

/* Rule graviton-peak: clock x FP32 FLOP a cycle, and each vCPU's part of the socket's bandwidth. */
static void set_cpu(struct device *device, double vcpu, double ghz, double flop_per_cycle,
                    double bandwidth_per_vcpu) {
    device->flops = vcpu * ghz * 1e9 * flop_per_cycle;
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

bool datasheet_cpu(const char *cpu, int vcpu, double memory_gib, enum precision precision,
                   struct device *out) {
    bool third = strcmp(cpu, "Graviton3") == 0, fourth = strcmp(cpu, "Graviton4") == 0;
    bool wide = precision == PRECISION_FP32 || precision == PRECISION_BF16;
    if ((!third && !fourth) || !wide)
        return false;
    *out = (struct device){.rule = "graviton-peak", .memory_bytes = memory_gib * GIB};
    snprintf(out->name, sizeof out->name, "%d vCPU of %s", vcpu, cpu);
    if (third)
        set_cpu(out, vcpu, 2.6, 32, 307e9 / 64);
    else
        set_cpu(out, vcpu, 2.8, 32, 536e9 / 96);
    return true;
}

/* Functions run on Graviton2-class cores (2.5 GHz, two 128-bit FMA pipes = 16 FP32 FLOP a cycle,
 * 204.8 GB/s per 64 vCPU; public core descriptions, unverified): half a Graviton3. */
struct device datasheet_function(int memory_mb) {
    double vcpu = memory_mb / 1769.0;
    struct device device = {.rule = "lambda-cpu", .memory_bytes = memory_mb * 1048576.0};
    vcpu = vcpu > 6 ? 6 : vcpu;
    snprintf(device.name, sizeof device.name, "%.2f vCPU of a function", vcpu);
    set_cpu(&device, vcpu, 2.5, 16, 204.8e9 / 64);
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

double datasheet_weight_bytes(const struct model *model, enum precision precision) {
    return datasheet_layer_parameters(model) * precision_bytes(precision) +
           embedding_parameters(model) * wide_bytes(precision);
}

/* Of one token in one layer on one device. With more cores than KV heads each core keeps a copy. */
static double cache_bytes(const struct model *model, const struct device *device, int tp) {
    double heads = device->cores * ceil((double)model->kv_heads / (tp * device->cores));
    return 2 * heads * model->head_dim * 2;
}

static void set_all_reduce(struct iteration_time *t, const struct model *model,
                           const struct device *device, int tp) {
    if (tp == 1 || !device->linked)
        return;
    double bytes_per_token = model->hidden * 2.0 * 2 * (tp - 1) / tp;
    t->r0 = 2 * ALL_REDUCE_US;
    t->r1 = 2 * bytes_per_token / (LINK_SHARE * device->link) * MICRO;
}

struct iteration_time datasheet_iteration_time(const struct model *model, enum precision precision,
                                               const struct device *device, int tp) {
    if (device->compiled_tokens)
        return neuron_iteration_time(model, precision, device, tp);
    double weight_rate = device->weight_share * device->bandwidth;
    double cache_rate = device->cache_share * device->bandwidth;
    double compute_rate = device->compute_share * device->flops;
    double per_layer = datasheet_layer_parameters(model) / model->layers / tp;
    double head = (double)model->vocabulary * model->hidden / tp;
    double cached = cache_bytes(model, device, tp) / cache_rate * MICRO;
    /* Scores and values: 4 FLOP for each pair of a query and a key, head and dimension. */
    double attention = 4.0 * model->heads * model->head_dim / tp / compute_rate * MICRO;
    struct iteration_time t = {
        .layers = model->layers,
        .t0 = device->step_us,
        .a0 = per_layer * precision_bytes(precision) / weight_rate * MICRO,
        .b1 = 2 * per_layer / compute_rate * MICRO,
        .d0 = device->layer_us,
        .d2 = cached,
        .p0 = device->prefill_layer_us,
        .p2 = attention,
        .p3 = cached,
        .m0 = device->prefill_layer_us,
        .m2 = attention,
        .m3 = cached,
        .m5 = MIXED_CACHE_FACTOR * cached,
        .h0 = head * wide_bytes(precision) / weight_rate * MICRO,
        .h1 = HEAD_COMPUTE_SHOWN * 2 * head / compute_rate * MICRO,
    };
    set_all_reduce(&t, model, device, tp);
    return t;
}

int64_t datasheet_kv_blocks(const struct model *model, enum precision precision,
                            const struct device *device, int tp, int block_tokens) {
    double left = device->memory_bytes * device->memory_share -
                  datasheet_weight_bytes(model, precision) / tp - device->reserve_bytes;
    double block = block_tokens * model->layers * cache_bytes(model, device, tp);
    return (int64_t)floor(left / block);
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
