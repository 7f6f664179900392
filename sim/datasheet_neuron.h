/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Rule `neuron-chips`: AWS Inferentia and Trainium from their datasheets, with shares and fixed
 * times fitted to the tables that AWS Neuron publishes (aws-neuron-sdk@81ce03a, 2026-08).
 *
 *  What differs from a GPU, and why the rule has a form of its own:
 *  - Programs are compiled for one sequence length. Each decode step reads the cache of that length
 *    for every sequence, however short its context is, so the cache costs by the sequence (d1) and
 *    not by the cached token (d2 = 0).
 *  - A model is spread over cores, two or more a chip (tensor_parallel counts chips). A core has
 *    whole heads: query heads are padded to a multiple of the cores, and a core without a key-value
 *    head of its own keeps a copy of one. Padding is memory that is read and arithmetic that is
 *    done. Each query head reads the keys and values it needs for itself.
 *  - The collective of a layer is inside the layer's time.
 *  - A prompt is encoded by a program of its own: a step with both runs one after the other.
 *
 *  docs/model.md section 2.2 has the equations, tests/sim/test_neuron.c the errors. Fitted on
 * inf2.48xlarge at 12 chips; fewer chips and Trainium are the same figures, never measured. Not
 * modelled: buckets (the engine may run a shorter program while contexts are short, up to 19 %
 * faster), padding of prompts and of the batch, mixtures of experts. */
#ifndef HEADROOM_SIM_DATASHEET_NEURON_H
#define HEADROOM_SIM_DATASHEET_NEURON_H

#include "sim/datasheet.h"

/** Make `device` (name, memory and rates set) one with these cores by rule neuron-chips. */
void neuron_set_device(struct device *device, int cores);

/** Weights of one layer with its heads padded to `cores` cores, all cores together. */
double neuron_layer_weights(const struct model *model, int cores);

/** Iteration time of a dense decoder on `chips` chips, compiled for device->compiled_tokens. */
struct iteration_time neuron_iteration_time(const struct model *model, enum precision precision,
                                            const struct device *device, int chips);

/** The time of programs compiled for `tokens` from that of programs compiled for `measured` tokens:
 * the cache that a step reads is that of the compiled length. */
void neuron_recompile(struct iteration_time *time, double measured, double tokens);

/** Batch times of an encoder, a vision or a diffusion model that has no measured profile: on one
 * core, of a diffusion model on one chip. */
struct encoder_times neuron_encoder(const struct model *model, enum precision precision,
                                    const struct device *device);

#endif
