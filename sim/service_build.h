/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the files behind service_build (sim/sizing.h) share: the candidate being built, and how to
 * refuse it or say where its times come from. */
#ifndef HEADROOM_SIM_SERVICE_BUILD_H
#define HEADROOM_SIM_SERVICE_BUILD_H

#include "sim/datasheet.h"
#include "sim/sizing.h"

enum { KV_BLOCK_TOKENS = 16 };

struct build {
    const struct catalog *catalog;
    const struct instance_type *instance; /* NULL: functions, token APIs */
    const struct serving_options *options;
    const struct model *model; /* NULL: token APIs */
    struct candidate *candidate;
    struct capacity *capacity;
};

/** The candidate cannot serve, for this reason; always false. */
__attribute__((format(printf, 2, 3))) bool build_reject(struct build *b, const char *format, ...);

/** Whether the accelerator runs models in this precision: decoders also where it is only how
 * weights are stored, everything else where a rate for it is known. */
bool build_has_precision(const struct accelerator *accelerator, enum precision precision,
                         bool decoder);

/** LoRA adapters in memory at once; 0 without any. */
int32_t build_adapters_resident(const struct serving_options *options);
/** Of one adapter on one device. */
double build_adapter_bytes(const struct build *b, int tensor_parallel);

/** KV blocks of a decoder beside its weights, adapters and the reserve, or as the options state
 * them; false: refused with the numbers and ways out, as is a stated context that they do not hold.
 */
bool build_kv_blocks(struct build *b, const struct device *device, int tensor_parallel,
                     int64_t *blocks);
/** The candidate's engine, of tensor_parallel accelerators, becomes the two kinds of a split
 * replica, and its basis says so. Without a stated rate, caches move at the link of one
 * accelerator, one way. False: refused, when the engines do not use up the instance, or no link
 * rate is known. */
bool build_split(struct build *b, const struct device *device, int tensor_parallel);
/** Whether `copies` of another model's weights fit one device; false: refused likewise. */
bool build_weights_fit(struct build *b, const struct device *device, int copies);

#endif
