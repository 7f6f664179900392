/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does it fit: weights, adapters and the reserve against the memory of a device; what they leave is
 * the cache. A refusal tells the numbers and what would help: more accelerators of the type, fewer
 * bytes a weight, else the smallest listed type that holds the model. */
#include <stdio.h>

#include "sim/service_build.h"

#define GIB 1073741824.0

enum { ADAPTER_RANK_DEFAULT = 16 }; /* vLLM's max_lora_rank */

int32_t build_adapters_resident(const struct serving_options *options) {
    int32_t all = options->adapters, resident = options->adapters_resident;
    return resident > 0 && resident < all ? resident : all;
}

double build_adapter_bytes(const struct build *b, int tp) {
    int rank = b->options->adapter_rank > 0 ? b->options->adapter_rank : ADAPTER_RANK_DEFAULT;
    return datasheet_adapter_bytes(b->model, rank) / tp;
}

/* Blocks that the memory holds; below 1 the model does not fit. */
static int64_t blocks_beside(const struct build *b, enum precision precision,
                             const struct device *device, int tp) {
    struct device loaded = *device;
    int32_t adapters = build_adapters_resident(b->options);
    if (adapters > 0)
        loaded.reserve_bytes += adapters * build_adapter_bytes(b, tp);
    return datasheet_kv_blocks(b->model, precision, &loaded, tp, KV_BLOCK_TOKENS);
}

static bool weights_fit(const struct build *b, enum precision precision,
                        const struct device *device, int copies) {
    double needed = copies * datasheet_weight_bytes(b->model, precision) + device->reserve_bytes;
    return needed <= device->memory_share * device->memory_bytes;
}

static bool fits(const struct build *b, enum precision precision, const struct device *device,
                 int tp) {
    if (b->model->kind == MODEL_DECODER)
        return blocks_beside(b, precision, device, tp) >= 1;
    int copies = datasheet_encoder(b->model, precision, device).replicas_per_device;
    return weights_fit(b, precision, device, copies);
}

/* ---- ways out ---- */

/* The device with what the options say of it, in another precision or of another type. */
static struct device device_like(const struct device *device, const struct accelerator *accelerator,
                                 enum precision precision) {
    struct device other = datasheet_accelerator(accelerator, precision);
    other.memory_share = device->memory_share;
    other.cache_value_bytes = device->cache_value_bytes;
    return other;
}

/* Fewest accelerators of a type that hold the model; 0 when all do not. */
static int devices_that_fit(const struct build *b, const struct instance_type *type,
                            const struct device *device) {
    bool decoder = b->model->kind == MODEL_DECODER;
    for (int tp = 1; tp <= (decoder ? type->accelerators : 1); tp *= 2)
        if (fits(b, b->options->precision, device, tp) &&
            (tp == 1 || !device->linked || device->link > 0) &&
            (!device->heads_must_divide || tp == 1 || b->model->heads % tp == 0))
            return tp;
    return 0;
}

/* A smaller precision in which the same devices hold the model; NULL when there is none. */
static const char *precision_that_fits(const struct build *b, const struct device *device, int tp) {
    static const enum precision smaller[] = {PRECISION_BF16, PRECISION_FP8, PRECISION_INT8,
                                             PRECISION_INT4};
    bool decoder = b->model->kind == MODEL_DECODER;
    double bytes = precision_bytes(b->options->precision);
    const struct accelerator *accelerator =
        catalog_accelerator(b->catalog, b->instance->accelerator);
    for (size_t i = 0; i < sizeof smaller / sizeof smaller[0] && accelerator; i++) {
        struct device other = device_like(device, accelerator, smaller[i]);
        if (precision_bytes(smaller[i]) < bytes &&
            build_has_precision(accelerator, smaller[i], decoder) &&
            fits(b, smaller[i], &other, tp))
            return precision_word(smaller[i]);
    }
    return NULL;
}

/* Listed types by what they offer of memory to one replica. */
struct other_types {
    const struct instance_type *smallest, *largest; /* that holds the model; of all */
    int devices;                                    /* of the smallest, for one replica */
    double smallest_gib, largest_gib;
};

static struct other_types find_types(const struct build *b, const struct device *device) {
    struct other_types found = {0};
    bool decoder = b->model->kind == MODEL_DECODER;
    for (int i = 0; i < b->catalog->n_instances; i++) {
        const struct instance_type *type = &b->catalog->instances[i];
        const struct accelerator *a = catalog_accelerator(b->catalog, type->accelerator);
        if (!a || !build_has_precision(a, b->options->precision, decoder))
            continue;
        struct device other = device_like(device, a, b->options->precision);
        if (decoder && other.compiled_tokens && !device->compiled_tokens)
            continue; /* rule neuron-chips does not serve every decoder */
        double gib = type->accelerators * a->memory_gib;
        if (gib > found.largest_gib) {
            found.largest = type;
            found.largest_gib = gib;
        }
        int devices = devices_that_fit(b, type, &other);
        if (devices && (!found.smallest || devices * a->memory_gib < found.smallest_gib)) {
            found.smallest = type;
            found.devices = devices;
            found.smallest_gib = devices * a->memory_gib;
        }
    }
    return found;
}

static void append_other_type(char *out, size_t size, const struct build *b,
                              const struct device *device) {
    struct other_types types = find_types(b, device);
    if (types.smallest && types.devices > 1)
        snprintf(out, size, "try %s with tensor_parallel: %d", types.smallest->name, types.devices);
    else if (types.smallest)
        snprintf(out, size, "try %s", types.smallest->name);
    else if (types.largest)
        snprintf(out, size, "no listed type holds it in %s: the largest, %s, has %.0f GiB",
                 precision_word(b->options->precision), types.largest->name, types.largest_gib);
    else
        snprintf(out, size, "no listed accelerator runs %s", precision_word(b->options->precision));
}

static void find_way_out(char *out, size_t size, const struct build *b, const struct device *device,
                         int tp) {
    int devices = devices_that_fit(b, b->instance, device);
    const char *smaller = precision_that_fits(b, device, tp);
    struct build bare = *b;
    struct serving_options options = *b->options;
    options.adapters = 0;
    bare.options = &options;
    if (b->options->adapters > 0 && fits(&bare, options.precision, device, tp)) {
        snprintf(out, size, "try fewer resident adapters");
        return;
    }
    if (devices > 1 && smaller)
        snprintf(out, size, "try tensor_parallel: %d or precision: %s", devices, smaller);
    else if (devices > 1)
        snprintf(out, size, "try tensor_parallel: %d", devices);
    else if (smaller)
        snprintf(out, size, "try precision: %s", smaller);
    else
        append_other_type(out, size, b, device);
}

/* ---- refusals ---- */

static const char *device_word(const struct build *b) {
    return b->instance->accelerators ? b->instance->accelerator : b->instance->name;
}

static bool reject_too_big(struct build *b, const struct device *device, int tp, int copies,
                           const char *problem) {
    enum precision precision = b->options->precision;
    int32_t adapters = build_adapters_resident(b->options);
    char way_out[100], with_adapters[40] = "";
    find_way_out(way_out, sizeof way_out, b, device, tp);
    if (adapters > 0)
        snprintf(with_adapters, sizeof with_adapters, " + %.2f GiB of %d adapters",
                 adapters * build_adapter_bytes(b, tp) / GIB, (int)adapters);
    return build_reject(b,
                        "does not fit: weights %.1f GiB in %s%s%s + %.2f GiB reserve %s %g x %.1f "
                        "GiB of one %s; %s",
                        datasheet_weight_bytes(b->model, precision) * copies / tp / GIB,
                        precision_word(precision), tp > 1 ? " (the share of one)" : "",
                        with_adapters, device->reserve_bytes / GIB, problem, device->memory_share,
                        device->memory_bytes / GIB, device_word(b), way_out);
}

/* The context that was asked for needs more cache than there is. */
static bool reject_context(struct build *b, const struct device *device, int tp, int64_t room) {
    int32_t context = b->options->context_max;
    struct device narrow = *device;
    narrow.cache_value_bytes = 1;
    int64_t narrow_room = blocks_beside(b, b->options->precision, &narrow, tp) * KV_BLOCK_TOKENS;
    bool helps = b->options->kv_blocks == 0 && device->cache_value_bytes > 1 &&
                 !device->compiled_tokens && narrow_room >= context;
    return build_reject(b,
                        "the cache holds %lld tokens, fewer than the context of %d; try %scontext: "
                        "%lld tokens, a larger tensor_parallel or a smaller precision",
                        (long long)room, (int)context, helps ? "kv: fp8, " : "", (long long)room);
}

bool build_kv_blocks(struct build *b, const struct device *device, int tp, int64_t *blocks) {
    const struct serving_options *o = b->options;
    double share = datasheet_weight_bytes(b->model, o->precision) / tp;
    *blocks = blocks_beside(b, o->precision, device, tp);
    /* Who states the blocks has seen the engine start; the weights are in memory all the same. */
    if (o->kv_blocks > 0 && share < device->memory_bytes)
        *blocks = o->kv_blocks;
    if (*blocks < 1)
        return reject_too_big(b, device, tp, 1, "leave no room for cache in");
    if (o->context_max > *blocks * KV_BLOCK_TOKENS)
        return reject_context(b, device, tp, *blocks * KV_BLOCK_TOKENS);
    return true;
}

bool build_weights_fit(struct build *b, const struct device *device, int copies) {
    return weights_fit(b, b->options->precision, device, copies) ||
           reject_too_big(b, device, 1, copies, "are more than");
}
