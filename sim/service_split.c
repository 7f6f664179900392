/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an engine on its accelerators to a replica whose prompts and tokens are computed apart. */
#include <stdio.h>
#include <string.h>

#include "sim/service_build.h"

/* Setting up one transfer inside a host: what inference-sim assumes, nobody's measurement. */
#define LINK_LATENCY_S 50e-6

static bool check_engines(struct build *b, int tp) {
    const struct serving_options *o = b->options;
    const struct instance_type *type = b->instance;
    int prefill = o->split_prefill, decode = o->split_decode;
    if (prefill < 1 || decode < 1 || prefill > SPLIT_ENGINES_MAX || decode > SPLIT_ENGINES_MAX)
        return build_reject(b, "split needs 1 to %d engines of each kind, not %d and %d",
                            SPLIT_ENGINES_MAX, prefill, decode);
    if (type->accelerators == 0)
        return build_reject(b,
                            "%s has no accelerators to give engines of their own; leave split "
                            "out",
                            type->name);
    int engines = prefill + decode, of_replica = engines * tp;
    int replicas = o->replicas_per_instance > 0      ? o->replicas_per_instance
                   : type->accelerators > of_replica ? type->accelerators / of_replica
                                                     : 1;
    if (replicas * of_replica == type->accelerators)
        return true;
    return build_reject(b,
                        "%d replica%s of %d + %d engines with tensor_parallel %d need %d "
                        "accelerators; %s has %d, and none may be left over",
                        replicas, replicas > 1 ? "s" : "", prefill, decode, tp,
                        replicas * of_replica, type->name, type->accelerators);
}

static bool find_link(struct build *b, const struct device *device, double *bytes_per_s) {
    double stated = b->options->split_link_bytes_per_s;
    *bytes_per_s = stated > 0 ? stated : device->link;
    if (*bytes_per_s > 0)
        return true;
    return build_reject(b, "no link rate is known between the %s of %s; state the link of split",
                        b->instance->accelerator, b->instance->name);
}

bool build_split(struct build *b, const struct device *device, int tp) {
    const struct serving_options *o = b->options;
    double link;
    if (!check_engines(b, tp) || !find_link(b, device, &link))
        return false;
    struct llm_service engine = b->candidate->service.llm;
    struct split_service split = {
        .prefill_engine = engine,
        .decode_engine = engine,
        .prefill = o->split_prefill,
        .decode = o->split_decode,
        .link_s = LINK_LATENCY_S,
        .link_bytes_per_s = link,
        .cache_bytes_per_token = datasheet_cache_bytes(b->model, device, tp),
    };
    split.decode_engine.prefix_caching = false;
    b->candidate->service = (struct service){.kind = SERVICE_SPLIT, .split = split};
    b->candidate->replicas_per_instance =
        b->instance->accelerators / ((o->split_prefill + o->split_decode) * tp);
    size_t n = strlen(b->capacity->basis);
    snprintf(b->capacity->basis + n, sizeof b->capacity->basis - n,
             "; %d prefill + %d decode, link %.4g GB/s", o->split_prefill, o->split_decode,
             link / 1e9);
    return true;
}
