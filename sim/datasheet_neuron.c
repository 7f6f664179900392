/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/datasheet_neuron.h"

#include <math.h>
#include <string.h>

#define MICRO 1e6 /* microseconds of a second */

/* Decoders: least squares of the relative error over the Llama-2 7B, 13B and 70B rows of the inf2
 * decoder tables (P50 figures, neuron 2.18, inf2.48xlarge = 12 chips, 24 cores). The first four on
 * the time per token of 16 rows, batch 1-8, compiled for 256-16384 tokens; then the last three on
 * the time to the first token of the 11 rows of batch 1, prompts of 128-8192 tokens. */
#define WEIGHT_SHARE 0.541
#define CACHE_SHARE 0.495
#define STEP_US 1664.0
#define LAYER_US 45.7
#define COMPUTE_SHARE 0.311
#define ATTENTION_SHARE 0.0217 /* scores pass through the vector engine and memory */
#define PREFILL_LAYER_US 594.0

/* Of the time per token, measured / computed - 1: the tenth and the ninetieth hundredth of the 26
 * rows of the models that the fit did not see, -0.03 and +0.18, rounded outwards to a twentieth. */
#define ERROR_LOW (-0.05)
#define ERROR_HIGH 0.20

/* Largest batch in those rows: beyond it nothing is known. */
#define SEQUENCES_MAX 8
/* Longest that the tables have at that batch for most models. */
#define COMPILED_TOKENS 8192

/* Encoders, from the inf1 and inf2 encoder tables (BERT-base, BERT-large and DistilBERT, 128
 * tokens). Inferentia1 keeps the weights on the chip. */
#define INF1_ENCODER_COMPUTE_SHARE 0.40
#define INF1_ENCODER_LAYER_US 150.0
#define INF2_ENCODER_COMPUTE_SHARE 0.36
#define INF2_ENCODER_LAYER_US 30.0
#define ENCODER_BANDWIDTH_SHARE 0.8
/* Of a batch: the tenth and the ninetieth hundredth of 18 rows that those shares were not fitted on
 * (RoBERTa and ELECTRA on Inferentia2, the same and BERT on Trainium1), -0.18 and +0.01. */
#define ENCODER_ERROR_LOW (-0.20)
#define ENCODER_ERROR_HIGH 0.05

/* Images on Inferentia2: between four models (ResNet-50, ViT, Stable Diffusion 1.5 and XL) whose
 * profiles reach 0.21 to 0.52 of the FLOP/s, their geometric mean; a batch of the first two takes
 * 0.4-0.6 ms beside. The band holds four of five of their rows when the share comes from the other
 * three models. On Inferentia1 nothing is known: the encoders' share. */
#define IMAGE_COMPUTE_SHARE 0.29
#define IMAGE_BASE_US 500.0
#define IMAGE_ERROR_LOW (-0.45)
#define IMAGE_ERROR_HIGH 0.50

void neuron_set_device(struct device *device, int cores) {
    device->rule = "neuron-chips";
    device->weight_share = WEIGHT_SHARE;
    device->cache_share = CACHE_SHARE;
    device->compute_share = COMPUTE_SHARE;
    device->attention_share = ATTENTION_SHARE;
    device->step_us = STEP_US;
    device->layer_us = LAYER_US;
    device->prefill_layer_us = PREFILL_LAYER_US;
    device->cores = cores;
    device->heads_must_divide = false;
    device->linked = false;
    device->sequences_max = SEQUENCES_MAX;
    device->compiled_tokens = COMPILED_TOKENS;
    device->error_low = ERROR_LOW;
    device->error_high = ERROR_HIGH;
}

/* Of `heads` spread over `cores`, on one core. */
static double heads_per_core(int heads, int cores) {
    return ceil((double)heads / cores);
}

double neuron_layer_weights(const struct model *model, int cores) {
    double of_a_head = (double)model->hidden * model->head_dim;
    double attention = of_a_head * 2 * (model->heads + model->kv_heads);
    double padded = of_a_head * 2 * cores *
                    (heads_per_core(model->heads, cores) + heads_per_core(model->kv_heads, cores));
    return datasheet_layer_parameters(model) / model->layers - attention + padded;
}

struct iteration_time neuron_iteration_time(const struct model *model, enum precision precision,
                                            const struct device *device, int chips) {
    int cores = device->cores * chips;
    double weight_rate = device->weight_share * device->bandwidth;
    double compute_rate = device->compute_share * device->flops;
    double weights = neuron_layer_weights(model, cores) / chips;
    /* Query heads of one chip, each with keys and values of 2 bytes. */
    double heads = device->cores * heads_per_core(model->heads, cores);
    double cached = 2 * heads * model->head_dim * 2 / (device->cache_share * device->bandwidth);
    /* Scores and values: 4 FLOP for each pair of a query and a key, head and dimension. */
    double attention = 4 * heads * model->head_dim / (device->attention_share * device->flops);
    double head =
        (double)model->vocabulary * model->hidden / chips * fmax(precision_bytes(precision), 2);
    struct iteration_time t = {
        .layers = model->layers,
        .t0 = device->step_us,
        .a0 = weights * precision_bytes(precision) / weight_rate * MICRO,
        .b1 = 2 * weights / compute_rate * MICRO,
        .d0 = device->layer_us,
        .d1 = device->compiled_tokens * cached * MICRO,
        .p0 = device->prefill_layer_us,
        .p2 = attention * MICRO,
        .p3 = cached * MICRO,
        .h0 = head / weight_rate * MICRO,
    };
    /* A prompt's program, then a decode program: the weights are read again. */
    t.m0 = t.p0 + t.a0 + t.d0 + (t.t0 + t.h0) / t.layers;
    t.m2 = t.p2;
    t.m3 = t.p3;
    t.m4 = t.d1;
    return t;
}

void neuron_recompile(struct iteration_time *time, double measured, double tokens) {
    time->d1 *= tokens / measured;
    time->m4 *= tokens / measured;
}

struct encoder_times neuron_encoder(const struct model *model, enum precision precision,
                                    const struct device *device) {
    bool first = strcmp(device->name, "Inferentia1") == 0;
    bool images = model->gflop_per_item > 0;
    double parameters = datasheet_layer_parameters(model);
    /* The two passes of guidance run on two cores: a replica of a diffusion model is a chip. */
    int replicas = model->kind == MODEL_DIFFUSION ? 1 : device->cores;
    double bandwidth = ENCODER_BANDWIDTH_SHARE * device->bandwidth / replicas;
    double layers_us = (first ? INF1_ENCODER_LAYER_US : INF2_ENCODER_LAYER_US) * model->layers;
    double share = first    ? INF1_ENCODER_COMPUTE_SHARE
                   : images ? IMAGE_COMPUTE_SHARE
                            : INF2_ENCODER_COMPUTE_SHARE;
    double rate = share * device->flops / replicas;
    struct encoder_times times = {
        .base_s = (images ? IMAGE_BASE_US : layers_us) / MICRO,
        .memory_s = first ? 0 : parameters * precision_bytes(precision) / bandwidth,
        .item_s = images ? model->gflop_per_item * 1e9 / rate : 0,
        .token_s = images ? 0 : 2 * parameters / rate,
        .replicas_per_device = replicas,
    };
    if (!first || !images) {
        times.error_low = images ? IMAGE_ERROR_LOW : ENCODER_ERROR_LOW;
        times.error_high = images ? IMAGE_ERROR_HIGH : ENCODER_ERROR_HIGH;
    }
    return times;
}
