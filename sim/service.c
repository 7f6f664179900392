/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/service.h"

#include <stddef.h>

const char *service_kind_word(enum service_kind kind) {
    static const char *const words[] = {
        [SERVICE_QUEUE] = "queue",         [SERVICE_LLM] = "llm",
        [SERVICE_BATCHED] = "batched",     [SERVICE_FUNCTION] = "function",
        [SERVICE_TOKEN_API] = "token_api", [SERVICE_SPLIT] = "split",
    };
    return words[kind];
}

const struct llm_service *service_engine(const struct service *service) {
    return service->kind == SERVICE_LLM     ? &service->llm
           : service->kind == SERVICE_SPLIT ? &service->split.decode_engine
                                            : NULL;
}

/* All terms but the counts: layers, experts. */
static void slow_steps(struct iteration_time *t, double factor) {
    double *const terms[] = {&t->t0, &t->a0, &t->a1, &t->b0, &t->b1, &t->x0, &t->x1, &t->y0, &t->y1,
                             &t->d0, &t->d1, &t->d2, &t->p0, &t->p1, &t->p2, &t->p3, &t->m0, &t->m1,
                             &t->m2, &t->m3, &t->m4, &t->m5, &t->r0, &t->r1, &t->h0, &t->h1};
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        *terms[i] *= factor;
}

struct service service_slowed(const struct service *service, double factor) {
    struct service slowed = *service;
    switch (service->kind) {
    case SERVICE_QUEUE:
        slowed.queue.mean_s *= factor;
        break;
    case SERVICE_LLM:
        slow_steps(&slowed.llm.time, factor);
        break;
    case SERVICE_BATCHED:
        slowed.batched.base_s *= factor;
        slowed.batched.memory_s *= factor;
        slowed.batched.item_s *= factor;
        slowed.batched.token_s *= factor;
        break;
    case SERVICE_FUNCTION:
        slowed.function.base_s *= factor;
        slowed.function.token_s *= factor;
        break;
    case SERVICE_SPLIT:
        slow_steps(&slowed.split.prefill_engine.time, factor);
        slow_steps(&slowed.split.decode_engine.time, factor);
        break;
    case SERVICE_TOKEN_API:
        break;
    }
    return slowed;
}

static int64_t cache_tokens(const struct llm_service *llm) {
    return llm->kv_blocks * llm->block_tokens;
}

int64_t service_cache_tokens(const struct service *service) {
    if (service->kind == SERVICE_LLM)
        return cache_tokens(&service->llm);
    if (service->kind == SERVICE_SPLIT)
        return service->split.decode * cache_tokens(&service->split.decode_engine);
    return 0;
}
