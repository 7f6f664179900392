/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/llm_service.h"

#include <math.h>

#include "sim/finish_tree.h"
#include "sim/iteration_time.h"
#include "sim/lora.h"

enum {
    SEQUENCES_MAX = 1 << FINISH_SLOT_BITS,
    BLOCK_TOKENS_MAX = 4096,
    TOKENS_PER_STEP_MAX = 1 << 24,
};

#define KV_BLOCKS_MAX (1LL << 40)
#define STEP_US_MAX 3600e6

bool llm_service_check(const struct service *service, struct err *err) {
    const struct llm_service *llm = &service->llm;
    if (!iteration_time_valid(&llm->time))
        return err_set(err, ERR_INPUT, "llm: step time parameters must be finite and not negative");
    if (llm->tokens_per_step_max < 1 || llm->tokens_per_step_max > TOKENS_PER_STEP_MAX)
        return err_set(err, ERR_INPUT, "llm: tokens_per_step_max must be 1 to %d, not %d",
                       TOKENS_PER_STEP_MAX, llm->tokens_per_step_max);
    if (llm->sequences_max < 1 || llm->sequences_max > SEQUENCES_MAX)
        return err_set(err, ERR_INPUT, "llm: sequences_max must be 1 to %d, not %d", SEQUENCES_MAX,
                       llm->sequences_max);
    if (llm->block_tokens < 1 || llm->block_tokens > BLOCK_TOKENS_MAX)
        return err_set(err, ERR_INPUT, "llm: block_tokens must be 1 to %d, not %d",
                       BLOCK_TOKENS_MAX, llm->block_tokens);
    if (llm->kv_blocks < 1 || llm->kv_blocks > KV_BLOCKS_MAX || llm->context_max < 1)
        return err_set(err, ERR_INPUT, "llm: kv_blocks and context_max must be 1 or more");
    if (!lora_valid(&llm->lora))
        return err_set(err, ERR_INPUT,
                       "llm: %d LoRA adapters, %d resident, load_s %g, skew %g: resident must be 1 "
                       "to adapters, load_s and skew finite and not negative",
                       llm->lora.adapters, llm->lora.resident, llm->lora.load_s, llm->lora.skew);
    /* What the engine holds at once: each token of a step takes a place of its own in the cache. */
    double context = fmin((double)llm->kv_blocks * llm->block_tokens,
                          (double)llm->sequences_max * llm->context_max);
    double tokens = fmin(llm->tokens_per_step_max, context);
    double step_us =
        iteration_time_bound_us(&llm->time, (int64_t)tokens, llm->sequences_max, context);
    if (llm->lora.adapters > 0)
        step_us += llm->lora.resident * llm->lora.load_s * 1e6;
    if (step_us > STEP_US_MAX)
        return err_set(err, ERR_INPUT, "llm: one step could take %.3g s, more than an hour",
                       step_us / 1e6);
    return true;
}

/* The last token is never cached, so input + output - 1 tokens must fit. After a preemption they
 * may have to be computed again all at once. */
bool llm_service_can_serve(const struct service *service, const struct work *work) {
    const struct llm_service *llm = &service->llm;
    int64_t output = work->output_tokens > 1 ? work->output_tokens : 1;
    int64_t cached = work->input_tokens + output - 1;
    if (llm->whole_prompts && cached > llm->tokens_per_step_max)
        return false;
    return (int64_t)work->input_tokens + work->output_tokens <= llm->context_max &&
           cached <= llm->kv_blocks * llm->block_tokens;
}
