/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variants that cost something once (a distilled, pruned or quantised model): which of them pay
 * back within the horizon. The sum that counts is the plan over the horizon plus what its variants
 * cost once. From the plan with all of them, the one whose absence saves most of that sum is taken
 * out, and so on until none does. */
#include <math.h>
#include <string.h>

#include "base/money.h"
#include "base/number.h"
#include "scenarios/study_parts.h"

#define SAME_USD 0.01 /* sums that differ by less are the same */

/* ---- which candidates are a variant's ---- */

static bool has_precision(const struct model_use *use, const char *word) {
    for (int i = 0; i < use->n_precisions; i++)
        if (strcmp(precision_word(use->precisions[i]), word) == 0)
            return true;
    return false;
}

/* A model stands once in each pair of precisions (study_candidates), so the first match is it. */
static bool is_of_use(const struct candidate *candidate, const struct model_use *use) {
    bool kv = false;
    if (strcmp(candidate->model, use->use) != 0)
        return false;
    for (int i = 0; i < use->n_kv; i++)
        kv = kv || strcmp(precision_word(use->kv[i]), candidate->kv_precision) == 0;
    return candidate->kind == CANDIDATE_TOKEN_API ||
           (kv && has_precision(use, candidate->precision));
}

static bool is_of_variant(const struct study *study, int candidate,
                          const struct study_variant *variant) {
    const struct candidate *c = &study->candidates[candidate];
    return c->workload == variant->workload &&
           is_of_use(c, &study->scenario.workloads[variant->workload].models[variant->use]);
}

int study_variant_of(const struct study *study, int candidate) {
    for (int v = 0; v < study->n_variants; v++)
        if (is_of_variant(study, candidate, &study->variants[v]))
            return v;
    return -1;
}

static bool variant_is_used(const struct study *study, int variant, const struct plan *plan) {
    size_t n_hours = (size_t)study->demand.n_hours;
    for (int c = 0; c < study->n_candidates; c++) {
        if (study_variant_of(study, c) != variant)
            continue;
        size_t first = (size_t)c * n_hours;
        for (size_t h = first; h < first + n_hours; h++)
            if (plan->regular[h] > 0 || plan->spot[h] > 0 || plan->overflow_share[h] > 0)
                return true;
    }
    return false;
}

/* "llama-3.1-8b in fp8", "llama-3.1-8b in fp8 for chat" */
static const char *name_of(struct arena *arena, const struct study *study, int workload,
                           const struct model_use *use) {
    struct text name = {.arena = arena};
    text_append_string(&name, use->use);
    for (int i = 0; i < use->n_precisions && !strchr(use->use, '/'); i++)
        text_printf(&name, "%s%s", i ? "/" : " in ", precision_word(use->precisions[i]));
    if (study->scenario.n_workloads > 1)
        text_printf(&name, " for %s", study->scenario.workloads[workload].name);
    return name.data;
}

void study_find_variants(struct arena *arena, struct study *study) {
    const struct scenario *scenario = &study->scenario;
    int n = 0;
    for (int w = 0; w < scenario->n_workloads; w++)
        n += scenario->workloads[w].n_models;
    struct study_variant *variants = arena_new(arena, struct study_variant, n);
    n = 0;
    for (int w = 0; w < scenario->n_workloads; w++)
        for (int m = 0; m < scenario->workloads[w].n_models; m++) {
            const struct model_use *use = &scenario->workloads[w].models[m];
            if (use->one_off_usd > 0)
                variants[n++] = (struct study_variant){.workload = w,
                                                       .use = m,
                                                       .name = name_of(arena, study, w, use),
                                                       .one_off_usd = use->one_off_usd,
                                                       .fate = VARIANT_UNUSED,
                                                       .usd_per_month_without = NAN,
                                                       .saving_usd_per_month = NAN,
                                                       .payback_months = NAN,
                                                       .closed = ""};
        }
    study->variants = variants;
    study->n_variants = n;
}

/* ---- one plan ---- */

struct trial {
    struct plan plan;
    bool *used;       /* [n_variants] */
    double total_usd; /* over the horizon, with what is paid once; INFINITY: no plan */
};

static bool every_workload_open(const struct study *study, const struct capacity *open) {
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        bool any = false;
        for (int c = 0; c < study->n_candidates; c++)
            any = any || (study->candidates[c].workload == w && open[c].feasible);
        if (!any)
            return false;
    }
    return true;
}

/* The plan without the variants that are `closed` [n_variants]. */
static bool try_without(struct arena *arena, const struct study *study, const bool *closed,
                        struct trial *out, struct err *err) {
    struct plan_input input = study->plan_input;
    struct capacity *open = study_open_capacities(arena, study, closed);
    input.capacities = open;
    *out = (struct trial){.used = arena_new(arena, bool, study->n_variants), .total_usd = INFINITY};
    if (!every_workload_open(study, open))
        return true;
    if (!plan_solve(arena, &input, &out->plan, err))
        return false;
    if (!out->plan.feasible)
        return true;
    out->total_usd = out->plan.usd_per_hour * study->demand.horizon_hours;
    for (int v = 0; v < study->n_variants; v++) {
        out->used[v] = variant_is_used(study, v, &out->plan);
        out->total_usd += out->used[v] ? study->variants[v].one_off_usd : 0;
    }
    return true;
}

/* ---- whether each pays back ---- */

struct choice {
    struct arena *arena;
    const struct study *study;
    struct study_variant *variants; /* [n_variants] */
    bool *closed;                   /* [n_variants] taken out so far */
    struct trial with;              /* the plan with the others */
};

/* What variant v saves a month: against the plan that lacks it and all that is not in use. */
static bool measure(struct choice *choice, int v, double *without_usd, struct err *err) {
    const struct study *study = choice->study;
    struct study_variant *variant = &choice->variants[v];
    bool *closed = arena_new(choice->arena, bool, study->n_variants);
    struct trial without;
    for (int i = 0; i < study->n_variants; i++)
        closed[i] = i == v || !choice->with.used[i];
    if (!try_without(choice->arena, study, closed, &without, err))
        return false;
    *without_usd = without.total_usd;
    variant->usd_per_month_with = choice->with.plan.usd_per_hour * HOURS_PER_MONTH;
    variant->usd_per_month_without = NAN;
    variant->saving_usd_per_month = variant->payback_months = NAN;
    if (!isfinite(without.total_usd))
        return true;
    variant->usd_per_month_without = without.plan.usd_per_hour * HOURS_PER_MONTH;
    variant->saving_usd_per_month = variant->usd_per_month_without - variant->usd_per_month_with;
    variant->payback_months = variant->saving_usd_per_month > SAME_USD
                                  ? variant->one_off_usd / variant->saving_usd_per_month
                                  : INFINITY;
    return true;
}

/* The same with what is not in use open: another variant may take its place for less. */
static bool measure_others(struct choice *choice, int v, double *without_usd, struct err *err) {
    const struct study *study = choice->study;
    bool *closed = arena_new(choice->arena, bool, study->n_variants), others = false;
    struct trial without;
    for (int i = 0; i < study->n_variants; i++) {
        closed[i] = i == v || choice->closed[i];
        others = others || (!closed[i] && !choice->with.used[i]);
    }
    if (!others)
        return true;
    if (!try_without(choice->arena, study, closed, &without, err))
        return false;
    *without_usd = fmin(*without_usd, without.total_usd);
    return true;
}

/* The used variant without which most is saved, or -1. */
static bool find_worst(struct choice *choice, int *worst, struct err *err) {
    double most = SAME_USD;
    *worst = -1;
    for (int v = 0; v < choice->study->n_variants; v++) {
        double without = INFINITY;
        if (!choice->with.used[v])
            continue;
        if (!measure(choice, v, &without, err) || !measure_others(choice, v, &without, err))
            return false;
        if (choice->with.total_usd - without > most) {
            most = choice->with.total_usd - without;
            *worst = v;
        }
    }
    return true;
}

static const char *why_dropped(struct arena *arena, const struct study *study,
                               const struct study_variant *variant) {
    char usd[32];
    double months = study->demand.horizon_hours / HOURS_PER_MONTH;
    money_format_short(usd, variant->one_off_usd);
    if (isinf(variant->payback_months))
        return arena_printf(arena, "costs %s once and saves nothing", usd);
    if (variant->payback_months > months)
        return arena_printf(arena, "costs %s once and would pay back in %s, the plan is for %d",
                            usd, number_months(arena, variant->payback_months),
                            study->scenario.months);
    return arena_printf(arena, "costs %s once, and a plan without it costs less over the %s", usd,
                        number_counted(arena, study->scenario.months, "month"));
}

static const char *why_unused(struct arena *arena, const struct study_variant *variant) {
    char usd[32];
    money_format_short(usd, variant->one_off_usd);
    return arena_printf(arena, "costs %s once, and the plan is no cheaper with it", usd);
}

bool study_choose_variants(struct arena *arena, struct study *study, struct err *err) {
    size_t n = (size_t)study->n_variants;
    if (n == 0)
        return true;
    struct choice choice = {.arena = arena,
                            .study = study,
                            .variants =
                                arena_grow(arena, study->variants, n, n, sizeof *choice.variants),
                            .closed = arena_new(arena, bool, n)};
    for (int worst = 0; worst >= 0;) {
        if (!try_without(arena, study, choice.closed, &choice.with, err))
            return false;
        if (!isfinite(choice.with.total_usd))
            return true; /* no plan at all: the first round says why */
        if (!find_worst(&choice, &worst, err))
            return false;
        if (worst < 0)
            break;
        choice.closed[worst] = true;
        choice.variants[worst].fate = VARIANT_DROPPED;
        choice.variants[worst].closed = why_dropped(arena, study, &choice.variants[worst]);
    }
    for (size_t v = 0; v < n; v++) {
        struct study_variant *variant = &choice.variants[v];
        if (choice.with.used[v])
            variant->fate = VARIANT_USED;
        else if (variant->fate != VARIANT_DROPPED)
            variant->closed = why_unused(arena, variant);
    }
    study->variants = choice.variants;
    study_plan_input(arena, study);
    return true;
}

void study_settle_variants(struct arena *arena, struct study *study) {
    size_t n = (size_t)study->n_variants;
    if (n == 0 || study->infeasible)
        return;
    struct study_variant *variants =
        arena_grow(arena, study->variants, n, n, sizeof *study->variants);
    for (int v = 0; v < study->n_variants; v++)
        if (variants[v].fate == VARIANT_USED && !variant_is_used(study, v, study->recommended.plan))
            variants[v].fate = VARIANT_UNUSED;
    study->variants = variants;
}

double study_one_off_usd(const struct study *study) {
    double usd = 0;
    for (int v = 0; v < study->n_variants; v++)
        usd += study->variants[v].fate == VARIANT_USED ? study->variants[v].one_off_usd : 0;
    return usd;
}
