/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levers: what engineering could change, each planned for anew: traffic, objective or models are
 * changed, SIZE finds the candidates' capacities again with the same seeds, and the plan is made in
 * whole instances. Then in sequence: the one that saves most is applied, the others are planned for
 * on top of it, and so on, so that nothing counts twice and the steps add up. */
#include <math.h>
#include <string.h>

#include "base/money.h"
#include "scenarios/study_parts.h"

#define SAME_USD 0.01 /* a month: less is no saving */

/* ---- what a lever changes ---- */

static struct length_distribution shorter(struct length_distribution length, double factor,
                                          int32_t least) {
    length.value *= factor;
    length.median *= factor;
    length.min = (int32_t)fmax(least, round(length.min * factor));
    length.max = (int32_t)fmax(length.min, round(length.max * factor));
    for (int i = 0; i < length.n; i++)
        length.tokens[i] *= factor;
    return length;
}

/* What had a token keeps one. */
static int32_t fewer(int32_t tokens, double factor) {
    return tokens > 0 ? (int32_t)fmax(1, round(tokens * factor)) : tokens;
}

static void shorten(struct arena *arena, struct traffic *traffic, double prompts, double answers) {
    struct request *requests = arena_new(arena, struct request, traffic->n_requests);
    for (size_t i = 0; i < traffic->n_requests; i++) {
        requests[i] = traffic->requests[i];
        requests[i].input_tokens = fewer(requests[i].input_tokens, prompts);
        requests[i].output_tokens = fewer(requests[i].output_tokens, answers);
    }
    if (traffic->n_requests > 0)
        traffic->requests = requests;
    traffic->input = shorter(traffic->input, prompts, 1);
    traffic->output = shorter(traffic->output, answers, 0);
}

static void loosen(const struct lever_spec *lever, struct slo *slo) {
    double factor = lever->longer_s > 0 ? 1 : 1 + lever->share;
    slo->tpot_s *= factor;
    slo->ttft_s = slo->ttft_s > 0 ? slo->ttft_s * factor + lever->longer_s : 0;
    slo->latency_s = slo->latency_s > 0 ? slo->latency_s * factor + lever->longer_s : 0;
}

static bool has_precision(const struct model_use *use, enum precision precision) {
    for (int i = 0; i < use->n_precisions; i++)
        if (use->precisions[i] == precision)
            return true;
    return false;
}

/* Whether any entry for the model of `use` has it: a model stands once in each pair of precisions.
 */
static bool listed_in(const struct workload *workload, const struct model_use *use,
                      enum precision precision) {
    for (int m = 0; m < workload->n_models; m++)
        if (strcmp(workload->models[m].use, use->use) == 0 &&
            has_precision(&workload->models[m], precision))
            return true;
    return false;
}

static bool in_catalogue(const struct study *study, const char *model) {
    return catalog_model(&study->catalog, bytes_of(model)) != NULL;
}

/* Paid by the token. */
static bool is_cached_api(const struct study *study, const struct model_use *use) {
    return !in_catalogue(study, use->use) && !offer_tier_is_provisioned(use->serving.tier);
}

static void cache_input(struct arena *arena, const struct study *study, double share,
                        struct workload *workload) {
    size_t n = (size_t)workload->n_models;
    struct model_use *models = arena_grow(arena, workload->models, n, n, sizeof *models);
    for (size_t m = 0; m < n; m++)
        if (is_cached_api(study, &models[m]))
            models[m].serving.cached_share += share * (1 - models[m].serving.cached_share);
    workload->models = models;
}

static void open_models(struct arena *arena, const struct study *study,
                        const struct lever_spec *lever, struct workload *workload) {
    struct model_use *models = arena_new(arena, struct model_use, workload->n_models + 1);
    int n = workload->n_models;
    memcpy(models, workload->models, (size_t)n * sizeof *models);
    for (int m = 0; lever->change == LEVER_PRECISION && m < n; m++)
        if (in_catalogue(study, models[m].use) &&
            !listed_in(workload, &models[m], lever->precision)) {
            models[m].precisions[models[m].n_precisions++] = lever->precision;
            workload->models = models; /* the next entry of this model sees it */
        }
    if (lever->change == LEVER_MODEL)
        models[n++] = (struct model_use){.use = lever->model,
                                         .place = lever->place,
                                         .n_precisions = 1,
                                         .precisions = {PRECISION_BF16},
                                         .n_kv = 1,
                                         .kv = {PRECISION_BF16},
                                         .quality = "",
                                         .tokens_ratio = 1};
    workload->models = models;
    workload->n_models = n;
}

/* ---- where it makes sense ---- */

static const char *why_not_lengths(const struct lever_spec *lever, const struct traffic *traffic) {
    if (traffic->n_streams > 0 || traffic->flow)
        return "its lengths are those of streams or of the steps of a flow";
    if (traffic->client_lengths)
        return "its lengths are told by client";
    if (lever->change == LEVER_PROMPTS && traffic->prompts)
        return "its log tells what prompts have in common, and not what of that would go";
    if (lever->change == LEVER_ANSWERS && !(traffic_mean_output(traffic) > 0))
        return "it has no answers of tokens";
    return NULL;
}

static const char *why_not_slo(const struct lever_spec *lever, const struct workload *workload) {
    const struct slo *slo = &workload->slo;
    if (workload->demand.n_streams > 0)
        return "its streams have limits of their own";
    if (lever->longer_s > 0 && slo->ttft_s <= 0 && slo->latency_s <= 0)
        return "it has no limit on the first token or on the whole answer";
    return slo->ttft_s <= 0 && slo->tpot_s <= 0 && slo->latency_s <= 0
               ? "it has no limit on the latency of a request"
               : NULL;
}

static const char *why_not_models(const struct study *study, const struct lever_spec *lever,
                                  const struct workload *workload) {
    bool decided = lever->change == LEVER_PRECISION, any = false;
    for (int m = 0; m < workload->n_models; m++) {
        const struct model_use *use = &workload->models[m];
        if (lever->change == LEVER_MODEL && strcmp(use->use, lever->model) == 0)
            return "the plan may choose this model already";
        if (!in_catalogue(study, use->use))
            continue;
        any = true;
        decided = decided && listed_in(workload, use, lever->precision);
    }
    if (workload->n_run_on == 0 || (lever->change == LEVER_PRECISION && !any))
        return "it runs on nothing whose models could be changed";
    return decided ? "the plan may choose this precision already" : NULL;
}

static const char *why_not_cached(const struct study *study, const struct workload *workload) {
    for (int m = 0; m < workload->n_models; m++)
        if (is_cached_api(study, &workload->models[m]))
            return NULL;
    return "it may use no token API that is paid by the token";
}

/* NULL: the lever can change the workload. */
static const char *why_not(const struct study *study, const struct lever_spec *lever, int w) {
    const struct workload *workload = &study->scenario.workloads[w];
    if (lever->workload >= 0 && lever->workload != w)
        return "it is not the workload of this lever";
    switch (lever->change) {
    case LEVER_PROMPTS:
    case LEVER_ANSWERS:
        return why_not_lengths(lever, &study->traffics[w]);
    case LEVER_SLO:
        return why_not_slo(lever, workload);
    case LEVER_ANSWER_CACHE:
        return study->traffics[w].flow ? "its requests are the steps of a flow" : NULL;
    case LEVER_CACHED_INPUT:
        return why_not_cached(study, workload);
    case LEVER_PRECISION:
    case LEVER_MODEL:
        break;
    }
    return why_not_models(study, lever, workload);
}

void study_check_levers(const struct study *study, struct mistakes *mistakes) {
    for (int l = 0; l < study->scenario.n_levers; l++) {
        const struct lever_spec *lever = &study->scenario.levers[l];
        const char *why = NULL;
        int of = -1;
        bool any = false;
        if (lever->change == LEVER_MODEL && !in_catalogue(study, lever->model)) {
            mistakes_at(mistakes, lever->place, "list models with: headroom explain models",
                        "the catalogue has no model '%s'", lever->model);
            continue;
        }
        for (int w = 0; w < study->scenario.n_workloads; w++) {
            const char *here = why_not(study, lever, w);
            any = any || !here;
            if (here && (of < 0 || lever->workload == w)) {
                why = here;
                of = w;
            }
        }
        if (!any)
            mistakes_at(mistakes, lever->place, "take the lever out",
                        "the lever changes nothing of the workload '%s': %s",
                        study->scenario.workloads[of].name, why);
    }
}

/* ---- one plan ---- */

static void apply(struct arena *arena, const struct study *study, const struct lever_spec *lever,
                  int w, struct workload *workload, struct traffic *traffic) {
    double factor = 1 - lever->share;
    if (why_not(study, lever, w))
        return;
    if (lever->change == LEVER_PROMPTS)
        shorten(arena, traffic, factor, 1);
    else if (lever->change == LEVER_ANSWERS)
        shorten(arena, traffic, 1, factor);
    else if (lever->change == LEVER_SLO)
        loosen(lever, &workload->slo);
    else if (lever->change == LEVER_CACHED_INPUT)
        cache_input(arena, study, lever->share, workload);
    else if (lever->change != LEVER_ANSWER_CACHE) /* the demand's: spare_cached */
        open_models(arena, study, lever, workload);
}

struct pulling {
    struct arena *arena;
    const struct study *study;
    const struct study_options *options;
    struct err_list *errs;
    bool *applied; /* [n_levers] */
    double *spend; /* [study.n_promise_years] of the plan without levers; NULL: not known yet */
};

/* The scenario with the levers that are applied; models come before precisions, which all models
 * may be had in. */
static struct study *changed(struct arena *arena, const struct pulling *pulling) {
    const struct study *study = pulling->study;
    size_t n = (size_t)study->scenario.n_workloads;
    struct study *out = arena_new(arena, struct study, 1);
    struct workload *workloads = arena_new(arena, struct workload, n);
    struct traffic *traffics = arena_new(arena, struct traffic, n);
    memcpy(workloads, study->scenario.workloads, n * sizeof *workloads);
    memcpy(traffics, study->traffics, n * sizeof *traffics);
    for (int pass = 0; pass < 2; pass++)
        for (int l = 0; l < study->scenario.n_levers; l++) {
            const struct lever_spec *lever = &study->scenario.levers[l];
            if (!pulling->applied[l] || (pass == 0) != (lever->change == LEVER_MODEL))
                continue;
            for (size_t w = 0; w < n; w++)
                apply(arena, study, lever, (int)w, &workloads[w], &traffics[w]);
        }
    *out = *study;
    out->scenario.workloads = workloads;
    out->traffics = traffics;
    return out;
}

/* Requests that a cache answers reach no fleet. */
static void spare_cached(const struct pulling *pulling, struct demand *demand) {
    const struct study *study = pulling->study;
    for (int l = 0; l < study->scenario.n_levers; l++) {
        const struct lever_spec *lever = &study->scenario.levers[l];
        for (int w = 0; w < demand->n_workloads && pulling->applied[l]; w++)
            for (int h = 0; h < demand->n_hours && lever->change == LEVER_ANSWER_CACHE; h++)
                if (!why_not(study, lever, w))
                    demand->rate_per_second[w * demand->n_hours + h] *= 1 - lever->share;
    }
}

/* A month of a plan with what it leaves missing of promised spend, and the theoretical minimum of
 * its programme, which moves with the smallest change where whole instances do not. NAN: there is
 * no plan. */
struct month {
    double usd, minimum_usd;
    const char *why; /* there is none; "" */
};

/* "": each workload has a candidate that can serve it. */
static const char *unserved(struct arena *arena, const struct study *study) {
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        bool any = false;
        for (int c = 0; c < study->n_choices; c++)
            any = any ||
                  (study->candidates[c].workload == w && study->plan_input.capacities[c].feasible);
        if (!any)
            return arena_printf(arena, "no candidate can serve the workload '%s'",
                                study->scenario.workloads[w].name);
    }
    return "";
}

/* What is missing of promised spend, USD a month: the plan with levers spends less than the one
 * without by what the two are priced at, and that one what its bill does. */
static double missing_with(struct arena *scratch, struct pulling *pulling,
                           const struct study *changed_study, const struct plan *plan) {
    int n = pulling->study->n_promise_years;
    double *more = arena_new(scratch, double, n);
    study_plan_spend(scratch, changed_study, plan, more);
    if (!pulling->spend) {
        pulling->spend = arena_new(pulling->arena, double, n);
        memcpy(pulling->spend, more, (size_t)n * sizeof *more);
    }
    for (int i = 0; i < n; i++)
        more[i] -= pulling->spend[i];
    return study_missing_with_more(pulling->study, more);
}

/* With the levers that are applied. What does not go together with them is no mistake of the
 * scenario: there is no plan with them, and why. */
static bool plan_with(struct pulling *pulling, struct month *out) {
    struct arena scratch = {0};
    struct study_options options = *pulling->options;
    struct study *study = changed(&scratch, pulling);
    struct err_list *mistakes = arena_new(&scratch, struct err_list, 1);
    struct plan plan = {0};
    struct err err = {0};
    const char *why;
    bool ok = true;
    options.cells = NULL;
    if (study_candidates(&scratch, study, &options, mistakes)) {
        study_size(&scratch, study, &options);
        study_build_demand(&scratch, study);
        spare_cached(pulling, &study->demand);
        study_plan_input(&scratch, study);
        why = unserved(&scratch, study);
        if (!why[0]) {
            ok = plan_solve(&scratch, &study->plan_input, &plan, &err) ||
                 err_list_add(pulling->errs, &err);
            why = plan.infeasible;
        }
    } else {
        why = mistakes->items[0].what;
    }
    double missing = 0;
    if (plan.feasible && study->n_promise_years > 0)
        missing = missing_with(&scratch, pulling, study, &plan);
    *out = plan.feasible ? (struct month){plan.usd_per_hour * HOURS_PER_MONTH + missing,
                                          plan.lp_usd_per_hour * HOURS_PER_MONTH, ""}
                         : (struct month){NAN, NAN, arena_strdup(pulling->arena, why)};
    arena_release(&scratch);
    return ok;
}

/* ---- names ---- */

static const char *name_of(struct arena *arena, const struct study *study, int l) {
    const struct lever_spec *lever = &study->scenario.levers[l];
    struct text name = {.arena = arena};
    switch (lever->change) {
    case LEVER_PROMPTS:
        text_printf(&name, "prompts %.3g%% shorter", 100 * lever->share);
        break;
    case LEVER_ANSWERS:
        text_printf(&name, "answers %.3g%% shorter", 100 * lever->share);
        break;
    case LEVER_SLO:
        if (lever->longer_s > 0)
            text_printf(&name, "latency limits %.4g ms longer", 1e3 * lever->longer_s);
        else
            text_printf(&name, "latency limits %.3g%% longer", 100 * lever->share);
        break;
    case LEVER_PRECISION:
        text_printf(&name, "weights in %s", precision_word(lever->precision));
        break;
    case LEVER_MODEL:
        text_printf(&name, "%s", lever->model);
        break;
    case LEVER_ANSWER_CACHE:
        text_printf(&name, "%.3g%% of requests answered from a cache", 100 * lever->share);
        break;
    case LEVER_CACHED_INPUT:
        text_printf(&name, "%.3g%% of uncached input tokens from the provider's cache",
                    100 * lever->share);
        break;
    }
    if (lever->workload >= 0)
        text_printf(&name, " for %s", study->scenario.workloads[lever->workload].name);
    return name.data;
}

/* ---- the sequence ---- */

/* The cheaper plan; of plans that cost the same the one with the lower minimum. */
static bool is_less(const struct month *a, const struct month *b) {
    bool same = fabs(a->usd - b->usd) < SAME_USD;
    return same ? a->minimum_usd < b->minimum_usd : a->usd < b->usd;
}

/* The lever that is not yet applied (those from `first` on) and costs least with those that are;
 * -1: none has a plan. *least: what is paid then. */
static bool find_best(struct pulling *pulling, struct study_lever *levers, int first,
                      const struct month *before, int *best, struct month *least) {
    *best = -1;
    for (int i = first; i < pulling->study->scenario.n_levers; i++) {
        struct month month;
        pulling->applied[levers[i].spec] = true;
        bool ok = plan_with(pulling, &month);
        pulling->applied[levers[i].spec] = false;
        if (!ok)
            return false;
        levers[i].why = month.why;
        if (first == 0)
            levers[i].alone_usd_per_month = study_usd_apart(before->usd, month.usd);
        if (!isnan(month.usd) && (*best < 0 || is_less(&month, least))) {
            *best = i;
            *least = month;
        }
    }
    return true;
}

/* The best becomes the next step; those that it comes before keep their order. */
static void take(struct pulling *pulling, struct study_lever *levers, int best, int step,
                 const struct month *before, const struct month *after) {
    struct study_lever lever = levers[best];
    double saved = study_usd_apart(before->usd, after->usd);
    lever.step = step + 1;
    lever.usd_per_month = saved;
    lever.minimum_usd_per_month = before->minimum_usd - after->minimum_usd;
    lever.why = "";
    lever.payback_months = saved > SAME_USD ? lever.one_off_usd / saved : INFINITY;
    pulling->applied[lever.spec] = true;
    memmove(&levers[step + 1], &levers[step], (size_t)(best - step) * sizeof *levers);
    levers[step] = lever;
}

bool study_pull_levers(struct arena *arena, struct study *study,
                       const struct study_options *options, struct err_list *errs) {
    int n = study->scenario.n_levers;
    struct study_lever *levers = arena_new(arena, struct study_lever, n);
    struct pulling pulling = {arena, study, options, errs, arena_new(arena, bool, n), NULL};
    struct month now, least = {NAN, NAN, ""};
    for (int l = 0; l < n; l++)
        levers[l] = (struct study_lever){.name = name_of(arena, study, l),
                                         .spec = l,
                                         .one_off_usd = study->scenario.levers[l].one_off_usd,
                                         .alone_usd_per_month = NAN,
                                         .usd_per_month = NAN,
                                         .minimum_usd_per_month = NAN,
                                         .payback_months = NAN};
    if (!plan_with(&pulling, &now))
        return false;
    study->levers_before_usd_per_month = now.usd;
    for (int step = 0, best = 0; step < n; step++) {
        if (!find_best(&pulling, levers, step, &now, &best, &least))
            return false;
        if (best < 0)
            break;
        take(&pulling, levers, best, step, &now, &least);
        now = least;
    }
    study->levers_after_usd_per_month = now.usd;
    study->levers = levers;
    study->n_levers = n;
    return true;
}
