/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From a datasheet to service times, by the rule of the roofline: a step takes as long as its
 * arithmetic or its memory traffic, whichever is longer, at the share of the peak that programs
 * reach, plus a fixed time a step and a layer.
 *
 *  The shares are the rules' names for users: `datasheet` (GPUs), `neuron-chips` (AWS Inferentia
 * and Trainium, fitted to published runs; sim/datasheet_neuron.h), `graviton-peak` (CPUs),
 * `lambda-cpu` (functions). Each is an estimate, never a measurement of the engine at hand;
 * docs/model.md section 2 has the equations and every figure's source. Not modelled: kernels too
 * small to fill a device (errors up to 50 % for small models on many devices), the routing of
 * tokens to experts, speculative decoding. */
#ifndef HEADROOM_SIM_DATASHEET_H
#define HEADROOM_SIM_DATASHEET_H

#include "sim/catalog.h"
#include "sim/service.h"

/** One device at one precision. */
struct device {
    char name[64];       /* "L40S", "16 vCPU of Graviton3" */
    const char *rule;    /* name of the estimate rule */
    double memory_bytes; /* of the device */
    double bandwidth;    /* memory, bytes/s at its peak */
    double flops;        /* dense, FLOP/s at its peak; 0 = it does not compute in this precision */
    double wide_flops;   /* the same in bf16 */
    double cache_value_bytes; /* of a key or a value in the cache: 2, or 1 in fp8 */
    double link;              /* to each peer, bytes/s one way; 0 = not stated */
    double weight_share;      /* of the bandwidth, reading weights */
    double cache_share;       /* of the bandwidth, reading the KV cache */
    double compute_share;     /* of the FLOP/s */
    double attention_share;   /* of the FLOP/s, in the attention of prompts; 0: as compute_share */
    double step_us, layer_us; /* fixed time of a step and of each of its layers */
    double prefill_layer_us;  /* of each layer of a step that has a prompt */
    double memory_share;      /* of the memory that weights, cache and reserve may take */
    double reserve_bytes;     /* activations and the runtime */
    int cores;                /* that keep a KV head each; 1 for a GPU */
    bool heads_must_divide;   /* tensor_parallel has to divide the attention heads */
    bool linked;              /* all-reduce costs extra (else it is inside layer_us) */
    bool graphs;              /* its engine pads small steps to CUDA-graph sizes */
    bool overlaps;            /* asynchronous scheduling of its engine hides step_us */
    int32_t tokens_per_step_max, sequences_max; /* defaults of its engine */
    int32_t compiled_tokens; /* its programs have one sequence length, this one; 0: any length */
    /* Decoders: four of five measured runs lie within [1 + error_low, 1 + error_high] of their
     * computed times; both 0: no error is known (docs/fidelity.md). */
    double error_low, error_high;
};

/** Decoders on one accelerator of the catalogue. Formats that its arithmetic does not have may
 * still be how weights are stored, computed in bf16 (datasheet_weights_only). flops = 0: neither.
 */
struct device datasheet_accelerator(const struct accelerator *accelerator,
                                    enum precision precision);
/** Whether this format is only how decoders' weights are stored there: int4 on every GPU, fp4 on
 * GPUs from Ampere on without a rate for it (decision 11), int8 and fp32 on Neuron chips. */
bool datasheet_weights_only(const struct accelerator *accelerator, enum precision precision);
/** A Graviton host by rule graviton-peak; false when the rule has no figures for this CPU or
 * precision. */
bool datasheet_cpu(const char *cpu, double vcpu, double memory_gib, enum precision precision,
                   struct device *out);
/** A function of `memory_mb` by rule lambda-cpu, its work on at most vcpu_max > 0 at once. */
struct device datasheet_function(int memory_mb, double vcpu_max);

/** All weights at this precision: layers in it, embeddings and head at 2 bytes or more; of mixtures
 * of experts in fp4 only the experts are in it, the other layers in bf16 (as gpt-oss is published).
 */
double datasheet_weight_bytes(const struct model *model, enum precision precision);
/** Weights of the layers, experts included: all but the embeddings and the head. */
double datasheet_layer_parameters(const struct model *model);

/** Iteration time of a decoder on `tensor_parallel` devices; each has its share of every expert. */
struct iteration_time datasheet_iteration_time(const struct model *model, enum precision precision,
                                               const struct device *device, int tensor_parallel);
/** KV blocks of `block_tokens` that fit beside the weights; negative when the weights do not.
 *
 *  Layers with a window keep its tokens only. Either every layer keeps every token, or the windows
 * of device->sequences_max sequences are set aside and blocks are of the other layers: what gives
 * more blocks. Both are never more than an engine has that keeps each layer's cache apart. */
int64_t datasheet_kv_blocks(const struct model *model, enum precision precision,
                            const struct device *device, int tensor_parallel, int block_tokens);
/** More than that no engine can have: all of the memory beside the weights, nothing in reserve, and
 * of layers with a window one sequence's. */
int64_t datasheet_kv_blocks_most(const struct model *model, enum precision precision,
                                 const struct device *device, int tensor_parallel,
                                 int block_tokens);

/** Cache of one token, all layers, on all tensor_parallel devices together. Layers with a window
 * count as all others: of a prompt longer than the window it is too much. */
double datasheet_cache_bytes(const struct model *model, const struct device *device,
                             int tensor_parallel);

/** One LoRA adapter: two matrices of `rank` at every projection of attention and of the dense
 * feed-forward (none at experts), 2 bytes a weight. */
double datasheet_adapter_bytes(const struct model *model, int rank);
/** Bytes/s from the host's memory to the device: 25 GB/s (PCIe Gen4 x16 as programs see it), or the
 * device's link where that is slower. */
double datasheet_host_rate(const struct device *device);

/** Batch times of an encoder (by the token), a vision or a diffusion model (by the item). Their
 * weights count as read once a batch, also by diffusion models, whose arithmetic outweighs the
 * readings of every pass. replicas_per_device copies share a device's rates and memory: one for
 * GPUs and CPUs, one a core on Neuron chips. */
struct encoder_times {
    double base_s, memory_s, item_s, token_s; /* as in struct batched_service */
    int replicas_per_device;
    double error_low, error_high; /* as in struct device; both 0: no error is known */
};
struct encoder_times datasheet_encoder(const struct model *model, enum precision precision,
                                       const struct device *device);

#endif
