/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/service_profile.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/datasheet_neuron.h"
#include "sim/profile.h"
#include "sim/service_build.h"

/* What asynchronous scheduling hides: docs/model.md section 2.1. */
#define STEP_US 1000.0
#define LAYER_US 10.0
#define MEMORY_SHARE_DEFAULT 0.9

static const struct profile *find(const struct catalog *catalog,
                                  const struct instance_type *instance,
                                  const struct serving_options *o) {
    if (!instance || instance->accelerators == 0)
        return NULL;
    enum precision kv = o->kv_precision == PRECISION_FP8 ? PRECISION_FP8 : PRECISION_BF16;
    int devices = o->tensor_parallel > 0 ? o->tensor_parallel : 1;
    return profile_find(catalog->profiles, catalog->n_profiles, o->model, instance->accelerator,
                        o->precision, kv, devices);
}

/* ---- the basis ---- */

__attribute__((format(printf, 2, 3))) static void append(struct capacity *capacity,
                                                         const char *format, ...) {
    size_t used = strlen(capacity->basis);
    va_list args;
    va_start(args, format);
    vsnprintf(capacity->basis + used, sizeof capacity->basis - used, format, args);
    va_end(args);
}

static void reaches(struct capacity *capacity, double limit, double measured, const char *what) {
    if (limit <= measured)
        return;
    append(capacity, "%s%.0f %s", capacity->extrapolated ? ", " : "; extrapolates above ", measured,
           what);
    capacity->extrapolated = true;
}

static void set_basis(struct capacity *capacity, const struct profile *p) {
    capacity->basis[0] = '\0';
    append(capacity, "profile: %s, %s on %s tp%d, %.40s %.20s, measured %s", p->model,
           precision_word(p->precision), p->accelerator, p->tensor_parallel, p->engine, p->version,
           p->date);
    capacity->estimated = false;
    capacity->extrapolated = false;
    capacity->error_low = fmax(fmin(p->error_low, 0), -0.99);
    capacity->error_high = fmax(p->error_high, 0);
}

/* ---- times ---- */

static void set_times(const struct serving_options *o, const struct profile *p, bool compiled,
                      struct llm_service *llm) {
    struct iteration_time time = p->time;
    time.graphs = time.graphs && !o->no_graphs;
    if (!isnan(o->step_overhead_s))
        time.t0 = o->step_overhead_s * 1e6;
    else if (o->no_async_scheduling && !compiled)
        time.t0 = fmax(time.t0, STEP_US + LAYER_US * time.layers);
    if (compiled)
        neuron_recompile(&time, p->range.decode_context, llm->context_max);
    llm->time = time;
}

static void set_blocks(const struct serving_options *o, const struct profile *p, int context_max,
                       struct llm_service *llm) {
    bool other_share = o->memory_share > 0 && o->memory_share != MEMORY_SHARE_DEFAULT;
    if (p->kv_blocks == 0 || o->kv_blocks > 0 || o->adapters > 0 || other_share)
        return;
    llm->kv_blocks = p->kv_blocks;
    int64_t longest = o->context_max > 0 ? o->context_max : context_max;
    if (longest > p->kv_blocks * llm->block_tokens)
        longest = p->kv_blocks * llm->block_tokens;
    if (llm->whole_prompts && longest > llm->tokens_per_step_max)
        longest = llm->tokens_per_step_max;
    llm->context_max = (int32_t)longest;
}

static void apply_llm(const struct serving_options *o, const struct profile *p,
                      const struct model *model, bool compiled, struct llm_service *llm,
                      struct capacity *capacity) {
    set_blocks(o, p, model->context_max, llm);
    set_times(o, p, compiled, llm);
    set_basis(capacity, p);
    if (p->kv_precision == PRECISION_FP8)
        append(capacity, ", cache fp8");
    if (o->adapters > 0)
        append(capacity, ", %d adapters", (int)build_adapters_resident(o));
    double sequences = fmin(llm->sequences_max, (double)llm->kv_blocks);
    reaches(capacity, llm->tokens_per_step_max, p->range.tokens, "tokens a step");
    reaches(capacity, sequences, p->range.sequences, "sequences");
    reaches(capacity, llm->context_max, p->range.decode_context, "tokens of context");
}

static void apply_batched(const struct profile *p, struct batched_service *batched,
                          struct capacity *capacity) {
    batched->base_s = p->base_s;
    batched->memory_s = p->memory_s;
    batched->item_s = p->item_s;
    batched->token_s = p->token_s;
    set_basis(capacity, p);
    reaches(capacity, batched->batch_max, p->range.sequences, "items a batch");
}

bool service_profile_apply(const struct catalog *catalog, const struct instance_type *instance,
                           const struct serving_options *options, struct candidate *candidate,
                           struct capacity *capacity) {
    const struct profile *p = find(catalog, instance, options);
    if (!p)
        return false;
    const struct model *model = catalog_model(catalog, bytes_of(p->model));
    const struct accelerator *accelerator = catalog_accelerator(catalog, p->accelerator);
    if (p->kind == PROFILE_LLM)
        apply_llm(options, p, model, accelerator->neuron_cores > 0, &candidate->service.llm,
                  capacity);
    else
        apply_batched(p, &candidate->service.batched, capacity);
    return true;
}
