/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/lora.h"

#include "base/rng.h"
#include "sim/replica.h"

enum { NONE = -1, ADAPTERS_MAX = 1 << 20 };

/* Weights then span less than 1e-300. */
#define SKEW_MAX 50.0

struct adapter {
    double below_or_here; /* share of the requests with this adapter or a more popular one */
    int32_t running;
    bool resident;
    int32_t before, after; /* among those resident and unused, by the time of last use */
};

struct lora {
    struct adapter *adapters; /* [n] */
    int32_t n, n_resident, resident_max;
    int32_t longest_unused, last_used; /* ends of the list; NONE: all are in use */
    uint64_t seed, replication;
};

bool lora_valid(const struct lora_service *service) {
    if (service->adapters == 0)
        return true;
    return service->adapters > 0 && service->adapters <= ADAPTERS_MAX && service->resident >= 1 &&
           service->resident <= service->adapters && service_seconds_valid(service->load_s) &&
           service->skew >= 0 && service->skew <= SKEW_MAX;
}

struct lora *lora_open(struct arena *arena, const struct lora_service *service, uint64_t seed,
                       uint64_t replication) {
    if (service->adapters == 0)
        return NULL;
    struct lora *lora = arena_new(arena, struct lora, 1);
    *lora = (struct lora){
        .adapters = arena_new(arena, struct adapter, service->adapters),
        .n = service->adapters,
        .resident_max = service->resident,
        .seed = seed,
        .replication = replication,
    };
    double sum = 0;
    for (int32_t i = 0; i < lora->n; i++)
        lora->adapters[i].below_or_here = sum += rng_exp(-service->skew * rng_log(i + 1.0));
    for (int32_t i = 0; i < lora->n; i++)
        lora->adapters[i].below_or_here /= sum;
    lora_reset(lora);
    return lora;
}

/* The first adapter whose cumulated share reaches the draw. */
int32_t lora_adapter_of(const struct lora *lora, int64_t request) {
    double draw =
        rng_unit(rng_keyed(lora->seed, lora->replication, RNG_ADAPTER, (uint64_t)request));
    int32_t low = 0, high = lora->n - 1;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (lora->adapters[middle].below_or_here < draw)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool lora_has_room(const struct lora *lora, int32_t adapter) {
    return lora->adapters[adapter].resident || lora->n_resident < lora->resident_max ||
           lora->longest_unused != NONE;
}

static void unlink_unused(struct lora *lora, int32_t adapter) {
    struct adapter *a = &lora->adapters[adapter];
    *(a->before == NONE ? &lora->longest_unused : &lora->adapters[a->before].after) = a->after;
    *(a->after == NONE ? &lora->last_used : &lora->adapters[a->after].before) = a->before;
}

bool lora_begin(struct lora *lora, int32_t adapter) {
    struct adapter *a = &lora->adapters[adapter];
    bool loads = !a->resident;
    if (!loads && a->running == 0)
        unlink_unused(lora, adapter);
    if (loads && lora->n_resident == lora->resident_max) {
        int32_t out = lora->longest_unused;
        unlink_unused(lora, out);
        lora->adapters[out].resident = false;
        lora->n_resident--;
    }
    lora->n_resident += loads;
    a->resident = true;
    a->running++;
    return loads;
}

void lora_end(struct lora *lora, int32_t adapter) {
    struct adapter *a = &lora->adapters[adapter];
    if (--a->running > 0)
        return;
    a->before = lora->last_used;
    a->after = NONE;
    *(a->before == NONE ? &lora->longest_unused : &lora->adapters[a->before].after) = adapter;
    lora->last_used = adapter;
}

void lora_reset(struct lora *lora) {
    lora->longest_unused = lora->last_used = NONE;
    lora->n_resident = 0;
    for (int32_t i = 0; i < lora->n; i++) {
        lora->adapters[i].running = 0;
        lora->adapters[i].resident = false;
    }
}
