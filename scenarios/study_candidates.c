/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Candidates: workload x model x precision x (instance | function | token API) x region, each with
 * its offer and its service model, or the reason why it cannot serve. Unknown names, names that
 * stand twice and a fleet of today that cannot run are input errors and point at the scenario's
 * line; a candidate without a rate is a rejected row. */
#include <stdio.h>
#include <string.h>

#include "scenarios/study_answers.h"
#include "scenarios/study_offers.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"
#include "scenarios/study_scaling.h"
#include "scenarios/study_setups.h"
#include "scenarios/study_stations.h"
#include "scenarios/study_supply.h"
#include "scenarios/study_volumes.h"
#include "sim/datasheet.h"
#include "solver/use_price.h"

struct builder {
    struct arena *arena;
    struct study *study;
    struct mistakes *mistakes;
    struct study_offers offers;
    struct candidate *candidates;
    struct capacity *capacities;
    int n;
    bool sound; /* no name of a workload is wrong: what follows from the candidates can be told */
};

/* What one candidate is to be. */
struct wanted {
    enum candidate_kind kind;
    int workload;
    const char *sku, *region;
    const struct model_use *use;
    enum precision precision, kv;
    const struct serving_options *serving;
    const char *words;
};

static const struct instance_type *instance_of(const struct study *study, const char *sku) {
    return catalog_instance(&study->catalog, bytes_of(sku));
}

static const char *token_api(const struct study *study, const struct model_use *use) {
    const char *sku = price_book_sku(&study->book, bytes_of(use->use));
    return study_sold_as(study, sku, OFFER_TOKEN_API) ? sku : NULL;
}

static bool in_catalogue(const struct study *study, const struct model_use *use) {
    return catalog_model(&study->catalog, bytes_of(use->use)) != NULL;
}

/* ---- one candidate ---- */

static void reject_without_rate(struct builder *b, int index) {
    struct candidate *candidate = &b->candidates[index];
    struct capacity *capacity = &b->capacities[index];
    if (candidate->offer < 0) {
        capacity->feasible = false;
        snprintf(capacity->reason, sizeof capacity->reason, "no rate for %s in %s in the book %s",
                 candidate->sku, candidate->region, b->study->book.name);
        return;
    }
    const struct quote *missing = use_missing_quote(candidate, &b->offers.offers[candidate->offer]);
    if (missing) {
        capacity->feasible = false;
        snprintf(capacity->reason, sizeof capacity->reason, "no rate: %.150s", missing->reason);
    }
}

static bool several_catalogue_models(const struct study *study, const struct workload *workload) {
    const char *first = NULL;
    for (int m = 0; m < workload->n_models; m++) {
        const struct model_use *use = &workload->models[m];
        if (!in_catalogue(study, use))
            continue;
        if (first && strcmp(first, use->use) != 0)
            return true;
        first = use->use;
    }
    return false;
}

/* fp4 on a machine that does not compute in it: its throughput is not what the format's name
 * suggests. */
static bool is_fp4_storage(const struct study *study, const struct wanted *wanted) {
    const struct instance_type *type =
        wanted->kind == CANDIDATE_INSTANCE ? instance_of(study, wanted->sku) : NULL;
    const struct accelerator *a =
        type ? catalog_accelerator(&study->catalog, type->accelerator) : NULL;
    return a && wanted->precision == PRECISION_FP4 && datasheet_weights_only(a, PRECISION_FP4);
}

/* Unique within the workload, because no two wanted of it are alike (check_run_on, check_models).
 */
static const char *name_of(const struct builder *b, const struct wanted *wanted) {
    const struct workload *workload = &b->study->scenario.workloads[wanted->workload];
    const struct model_use *use = wanted->use;
    bool api = wanted->kind == CANDIDATE_TOKEN_API;
    struct text name = {.arena = b->arena};
    text_append_string(&name, api ? use->use : wanted->sku);
    if (!api && several_catalogue_models(b->study, workload))
        text_printf(&name, " %s", use->use);
    if (!api && (wanted->precision != PRECISION_BF16 || use->n_precisions > 1))
        text_printf(&name, " %s%s", precision_word(wanted->precision),
                    is_fp4_storage(b->study, wanted) ? " weights" : "");
    if (!api && (wanted->kv != PRECISION_BF16 || use->n_kv > 1))
        text_printf(&name, " kv %s", precision_word(wanted->kv));
    text_append_string(&name, wanted->words);
    if (workload->n_regions > 1)
        text_printf(&name, " %s", wanted->region);
    return name.data;
}

static void add_candidate(struct builder *b, const struct wanted *wanted) {
    size_t n = (size_t)b->n;
    b->candidates = arena_grow(b->arena, b->candidates, n, n + 1, sizeof *b->candidates);
    b->capacities = arena_grow(b->arena, b->capacities, n, n + 1, sizeof *b->capacities);
    int index = b->n++;
    bool api = wanted->kind == CANDIDATE_TOKEN_API;
    struct candidate *candidate = &b->candidates[index];
    *candidate = (struct candidate){
        .kind = wanted->kind,
        .workload = wanted->workload,
        .name = name_of(b, wanted),
        .sku = wanted->sku,
        .region = wanted->region,
        .model = wanted->use->use,
        .precision = api ? "" : precision_word(wanted->precision),
        .kv_precision = api ? "" : precision_word(wanted->kv),
        .setup = wanted->words,
        .quality = wanted->use->quality,
        .one_off_usd = wanted->use->one_off_usd,
        .offer = study_offers_get(&b->offers, wanted->sku, wanted->region, wanted->serving->tier),
    };
    if (api && offer_tier_is_provisioned(wanted->serving->tier)) /* what its tokens cost else */
        study_offers_get(&b->offers, wanted->sku, wanted->region, TIER_STANDARD);
    struct serving_options options = *wanted->serving;
    options.model = wanted->use->use;
    options.precision = wanted->precision;
    options.kv_precision = wanted->kv;
    options.adapters = wanted->use->serving.adapters;
    options.adapters_resident = wanted->use->serving.adapters_resident;
    options.adapter_rank = wanted->use->serving.adapter_rank;
    options.adapter_skew = wanted->use->serving.adapter_skew;
    options.tokens_ratio = wanted->use->tokens_ratio;
    struct capacity *capacity = &b->capacities[index];
    const struct instance_type *type =
        wanted->kind == CANDIDATE_INSTANCE ? instance_of(b->study, wanted->sku) : NULL;
    capacity->feasible = service_build(&b->study->catalog, type, &options, candidate, capacity);
    if (capacity->feasible)
        reject_without_rate(b, index);
}

/* What has been built so far, where the rest of the study looks for it. */
static void publish(struct builder *b) {
    b->study->candidates = b->candidates;
    b->study->capacities = b->capacities;
    b->study->n_candidates = b->n;
    b->study->offers = b->offers.offers;
    b->study->n_offers = b->offers.n;
}

/* ---- workloads ---- */

static bool share_one(const enum precision *a, int n_a, const enum precision *b, int n_b) {
    for (int i = 0; i < n_a; i++)
        for (int j = 0; j < n_b; j++)
            if (a[i] == b[j])
                return true;
    return false;
}

static bool shares_precision(const struct model_use *a, const struct model_use *b) {
    return share_one(a->precisions, a->n_precisions, b->precisions, b->n_precisions) &&
           share_one(a->kv, a->n_kv, b->kv, b->n_kv);
}

/* A token API has one latency, one quota and one tokens_ratio in each tier of a workload; a model
 * stands once in each pair of precisions. */
static void check_models(struct builder *b, const struct workload *workload) {
    const struct study *study = b->study;
    for (int i = 0; i < workload->n_models; i++)
        for (int j = 0; j < i; j++) {
            const struct model_use *use = &workload->models[i], *before = &workload->models[j];
            const char *api = token_api(study, use), *api_before = token_api(study, before);
            bool twice = api ? api_before && strcmp(api, api_before) == 0 &&
                                   use->serving.tier == before->serving.tier
                             : strcmp(use->use, before->use) == 0 && shares_precision(use, before);
            if (!twice)
                continue;
            mistakes_at(b->mistakes, use->place,
                        api ? "keep one: it has one tokens_ratio, one latency and one quota"
                            : "keep one, or give it another precision",
                        "models of '%s' lists '%s' twice", workload->name, api ? api : use->use);
            break;
        }
}

/* Engines are of decoders, batches of all other models: knobs that nothing in the workload reads.
 * Unknown models have been told. */
static void check_knobs(struct builder *b, const struct workload *workload) {
    bool decoders = false, others = false, unknown = false;
    for (int m = 0; m < workload->n_models; m++) {
        const struct model_use *use = &workload->models[m];
        const struct model *model = catalog_model(&b->study->catalog, bytes_of(use->use));
        if (model)
            *(model->kind == MODEL_DECODER ? &decoders : &others) = true;
        unknown = unknown || (!model && !token_api(b->study, use));
    }
    const char *engine_hint = "take it out; other models run in batches: batch, batch_wait";
    if (workload->engine_place.node && !decoders && !unknown)
        mistakes_at(b->mistakes, workload->engine_place, engine_hint,
                    "'engine' is for decoders, and '%s' has none", workload->name);
    for (int i = 0; i < workload->n_run_on; i++) {
        const struct run_on *on = &workload->run_on[i];
        if (on->engine_key[0] && !decoders && !unknown)
            mistakes_at(b->mistakes, on->engine_place, engine_hint,
                        "'%s' is for engines of decoders, and '%s' has none", on->engine_key,
                        workload->name);
        if (on->batch_key[0] && !others && !unknown)
            mistakes_at(b->mistakes, on->batch_place,
                        "take it out; engines of decoders have sequences and tokens_per_step",
                        "'%s' is for models that are no decoders, and '%s' has none", on->batch_key,
                        workload->name);
    }
}

static void check_regions(struct builder *b, const struct workload *workload) {
    for (int r = 0; r < workload->n_regions; r++)
        if (!study_known_region(&b->offers, workload->regions[r]))
            study_unknown_region(&b->offers, workload->region_places[r], workload->regions[r]);
}

static void unknown_model(struct builder *b, const struct model_use *use) {
    int n_models, n_book;
    const char *const *models = catalog_model_names(&b->study->catalog, b->arena, &n_models);
    const char *const *book = price_book_names(&b->study->book, b->arena, &n_book);
    const char **names = arena_new(b->arena, const char *, n_models + n_book);
    memcpy(names, models, (size_t)n_models * sizeof *names);
    memcpy(names + n_models, book, (size_t)n_book * sizeof *names);
    study_unknown_name(
        &b->offers, use->place, "model", use->use, names, n_models + n_book,
        "list models with: headroom explain models, token APIs with: headroom prices list");
}

static void add_setup(struct builder *b, int w, const struct model_use *use,
                      const struct setup *setup) {
    const struct workload *workload = &b->study->scenario.workloads[w];
    struct wanted wanted = {.kind =
                                setup->on->is_function ? CANDIDATE_FUNCTION : CANDIDATE_INSTANCE,
                            .workload = w,
                            .sku = setup->sku,
                            .use = use,
                            .serving = &setup->on->serving,
                            .words = setup->words};
    for (int p = 0; p < use->n_precisions; p++)
        for (int k = 0; k < use->n_kv; k++)
            for (int r = 0; r < workload->n_regions; r++) {
                wanted.precision = use->precisions[p];
                wanted.kv = use->kv[k];
                wanted.region = workload->regions[r];
                add_candidate(b, &wanted);
            }
}

static const char *tier_words(struct arena *arena, const struct model_use *use) {
    enum offer_tier tier = use->serving.tier;
    return tier == TIER_STANDARD ? "" : arena_printf(arena, " %s", offer_tier_word(tier));
}

static void add_workload(struct builder *b, int w) {
    const struct study *study = b->study;
    const struct workload *workload = &study->scenario.workloads[w];
    check_regions(b, workload);
    check_models(b, workload);
    check_knobs(b, workload);
    const struct setup *setups = study_setups(&b->offers, workload);
    for (int m = 0; m < workload->n_models; m++) {
        const struct model_use *use = &workload->models[m];
        struct wanted api = {.kind = CANDIDATE_TOKEN_API,
                             .workload = w,
                             .sku = token_api(study, use),
                             .use = use,
                             .precision = PRECISION_BF16,
                             .kv = PRECISION_BF16,
                             .serving = &use->serving,
                             .words = tier_words(b->arena, use)};
        for (int r = 0; api.sku && r < workload->n_regions; r++) {
            api.region = workload->regions[r];
            add_candidate(b, &api);
        }
        if (api.sku)
            continue;
        if (!in_catalogue(study, use))
            unknown_model(b, use);
        else if (use->api_key)
            mistakes_at(b->mistakes, use->api_place, "take it out",
                        "'%s' is for token APIs, and '%s' is a model of the catalogue",
                        use->api_key, use->use);
        for (int i = 0; in_catalogue(study, use) && i < workload->n_run_on; i++)
            if (setups[i].sku)
                add_setup(b, w, use, &setups[i]);
    }
}

/* ---- today ---- */

static int today_workload(const struct today_instance *today) {
    return today->workload < 0 ? 0 : today->workload;
}

static bool is_today_type(const struct study *study, const struct today_instance *today,
                          int candidate) {
    const struct candidate *c = &study->candidates[candidate];
    const char *sku = price_book_sku(&study->book, bytes_of(today->instance));
    return c->workload == today_workload(today) && c->kind == CANDIDATE_INSTANCE &&
           strcmp(c->sku, sku ? sku : today->instance) == 0;
}

/* Why a candidate of the type cannot be what runs today; NULL when it can. That it misses its
 * objective is no reason. */
static const char *why_not_today(const struct study *study, const struct today_instance *today,
                                 int candidate) {
    const struct candidate *c = &study->candidates[candidate];
    bool served = c->hardware[0] != '\0'; /* service_build names it when it succeeds */
    if (!served || c->offer < 0 || !study->offers[c->offer].on_demand.known)
        return study->capacities[candidate].reason;
    const struct quote *spot = &study->offers[c->offer].spot;
    return today->spot && !spot->known ? spot->reason : NULL;
}

bool study_is_fallback(const struct study *study, int candidate) {
    if (candidate < study->n_choices)
        return false;
    const struct candidate *c = &study->candidates[candidate];
    const struct workload *workload = &study->scenario.workloads[c->workload];
    return workload->fallback_on && strcmp(c->model, workload->fallback) == 0;
}

bool study_can_run_today(const struct study *study, const struct today_instance *today,
                         int candidate) {
    return is_today_type(study, today, candidate) && !study_is_fallback(study, candidate) &&
           !why_not_today(study, today, candidate);
}

/* A candidate of a type that run_on does not list: the first model, precision and region that can
 * run. NULL, or why there is none. */
static const char *add_unlisted(struct builder *b, const struct today_instance *today,
                                const char *sku) {
    const struct workload *workload = &b->study->scenario.workloads[today_workload(today)];
    const char *first = NULL;
    for (int m = 0; m < workload->n_models; m++)
        for (int p = 0; p < workload->models[m].n_precisions; p++)
            for (int r = 0; r < workload->n_regions; r++) {
                const struct model_use *use = &workload->models[m];
                if (!in_catalogue(b->study, use))
                    continue;
                add_candidate(b, &(struct wanted){.kind = CANDIDATE_INSTANCE,
                                                  .workload = today_workload(today),
                                                  .sku = sku,
                                                  .region = workload->regions[r],
                                                  .use = use,
                                                  .precision = use->precisions[p],
                                                  .kv = use->kv[0],
                                                  .serving = &workload->engine,
                                                  .words = ""});
                publish(b);
                const char *why = why_not_today(b->study, today, b->n - 1);
                if (!why)
                    return NULL;
                first = first ? first : arena_strdup(b->arena, why);
                b->n--;
                publish(b);
            }
    return first ? first : "none of its models runs on instances";
}

static void add_today_row(struct builder *b, const struct today_instance *today) {
    struct run_on on = {.sku = today->instance, .place = today->place};
    const char *sku = study_run_on_sku(&b->offers, &on), *why = NULL;
    if (!sku || !b->sound)
        return;
    for (int i = 0; i < b->n; i++) {
        if (study_can_run_today(b->study, today, i))
            return;
        if (!why && is_today_type(b->study, today, i))
            why = why_not_today(b->study, today, i);
    }
    if (!why)
        why = add_unlisted(b, today, sku);
    if (why)
        mistakes_at(b->mistakes, today->place,
                    "list the type under run_on as it is set up (precision, tensor_parallel), put "
                    "missing rates into a price book of your own, or leave today out",
                    "today's %s%s cannot serve '%s': %s", today->spot ? "spot " : "", sku,
                    b->study->scenario.workloads[today_workload(today)].name, why);
}

/* Types that run today but that the scenario does not list under run_on: candidates of the baseline
 * only. A baseline that leaves a workload unserved would be no baseline. */
static void add_today(struct builder *b) {
    const struct scenario *scenario = &b->study->scenario;
    for (int t = 0; t < scenario->n_today; t++)
        add_today_row(b, &scenario->today[t]);
    for (int w = 0; w < scenario->n_workloads; w++) {
        bool any = scenario->n_today == 0;
        for (int t = 0; t < scenario->n_today; t++)
            any = any || today_workload(&scenario->today[t]) == w;
        if (!any)
            mistakes_at(b->mistakes, scenario->workloads[w].place,
                        arena_printf(b->arena,
                                     "add what serves it to today.fleet, with workload: %s; or "
                                     "leave today out",
                                     scenario->workloads[w].name),
                        "today's fleet has nothing for the workload '%s'",
                        scenario->workloads[w].name);
    }
}

/* ---- purchase ---- */

/* The quote of one way to buy: of `terms`, or spot without them. */
static const struct quote *quote_of(const struct offer *offer,
                                    const struct commitment_terms *terms) {
    if (!terms)
        return &offer->spot;
    const struct commitment_quote *quote = offer_commitment(offer, *terms);
    ENSURE(quote);
    return &quote->effective;
}

/* A plan may be for functions alone. */
static bool plan_for_function(const struct builder *b, int candidate,
                              const struct commitment_terms *terms) {
    if (!terms || b->candidates[candidate].kind != CANDIDATE_FUNCTION ||
        terms->kind != COMMIT_PLAN_COMPUTE)
        return false;
    const struct commitment_quote *quote =
        offer_commitment(&b->offers.offers[b->candidates[candidate].offer], *terms);
    return quote && quote->effective.known;
}

/* "g5.xlarge in us-east-1, g6.xlarge in us-east-1 and 3 more": each offer of an instance once. */
static const char *instances_words(const struct builder *b) {
    enum { NAMES_MAX = 2 };
    struct text words = {.arena = b->arena};
    int n = 0;
    for (int i = 0; i < b->n; i++) {
        const struct candidate *c = &b->candidates[i];
        bool seen = c->kind != CANDIDATE_INSTANCE || c->offer < 0;
        for (int j = 0; j < i; j++)
            seen = seen || b->candidates[j].offer == c->offer;
        if (!seen && n++ < NAMES_MAX)
            text_printf(&words, "%s%s in %s", n > 1 ? ", " : "", c->sku, c->region);
    }
    if (n > NAMES_MAX)
        text_printf(&words, " and %d more", n - NAMES_MAX);
    return words.data;
}

/* An allowed purchase option that no candidate has a rate for is a mistake in the scenario or the
 * book, not a silent nothing. */
static void check_option(struct builder *b, const struct commitment_terms *terms,
                         struct place place, const char *words) {
    const char *why = NULL;
    for (int i = 0; i < b->n; i++) {
        if (b->candidates[i].offer >= 0 && plan_for_function(b, i, terms))
            return;
        if (b->candidates[i].kind != CANDIDATE_INSTANCE || b->candidates[i].offer < 0)
            continue;
        const struct quote *quote = quote_of(&b->offers.offers[b->candidates[i].offer], terms);
        if (quote->known)
            return;
        why = why ? why : quote->reason;
    }
    if (why)
        mistakes_at(b->mistakes, place,
                    arena_printf(b->arena,
                                 "%s%stake it out of purchase, or add the rate to a book "
                                 "of your own",
                                 why, why[0] ? "; " : ""),
                    "no candidate has a rate for %s: not %s", words, instances_words(b));
}

static void check_options(struct builder *b) {
    const struct scenario *scenario = &b->study->scenario;
    if (scenario->allow_spot && scenario->policy.spot_share_max > 0)
        check_option(b, NULL, scenario->spot_place, "spot");
    for (int t = 0; t < scenario->n_terms; t++)
        check_option(b, &scenario->terms[t], scenario->term_places[t],
                     arena_printf(b->arena, "a %d-year %s, %s", scenario->terms[t].term_years,
                                  commitment_kind_word(scenario->terms[t].kind),
                                  payment_word(scenario->terms[t].payment)));
}

/* ---- routing ---- */

static void check_router(struct builder *b) {
    const struct scenario *scenario = &b->study->scenario;
    bool needs_cache = router_policy_counts_tokens(scenario->router);
    for (int i = 0; i < b->n && needs_cache; i++) {
        const struct candidate *candidate = &b->candidates[i];
        if (candidate->kind != CANDIDATE_INSTANCE || !b->capacities[i].feasible ||
            service_cache_tokens(&candidate->service) > 0)
            continue;
        mistakes_at(b->mistakes, scenario->router_place,
                    "take another router: headroom explain simulation.router",
                    "the router %s needs decoders: %s of the workload '%s' has no KV cache",
                    router_policy_name(scenario->router), candidate->name,
                    scenario->workloads[candidate->workload].name);
        return;
    }
}

int study_fallback(const struct study *study, int workload, const char **why) {
    const char *to = study->scenario.workloads[workload].fallback;
    *why = "the workload has no token API and no function of that name";
    for (int i = 0; i < study->n_candidates; i++) {
        const struct candidate *c = &study->candidates[i];
        bool named = strcmp(c->model, to) == 0 || strcmp(c->sku, to) == 0;
        if (c->workload != workload || c->kind == CANDIDATE_INSTANCE || !named)
            continue;
        if (c->offer >= 0 && study->capacities[i].feasible)
            return i;
        *why = study->capacities[i].reason;
    }
    return -1;
}

/* The smaller model on instances, for each region until one can run it. */
static void add_fallback(struct builder *b, int w) {
    const struct workload *workload = &b->study->scenario.workloads[w];
    struct run_on on = {.sku = workload->fallback_on, .place = workload->fallback_on_place};
    struct model_use *use = arena_new(b->arena, struct model_use, 1);
    *use = (struct model_use){
        .use = workload->fallback,
        .place = workload->fallback_place,
        .n_precisions = 1,
        .precisions = {workload->fallback_precision},
        .n_kv = 1,
        .kv = {PRECISION_BF16},
        .quality = "",
        .tokens_ratio = 1,
    };
    if (!in_catalogue(b->study, use)) {
        unknown_model(b, use);
        return;
    }
    const char *sku = study_run_on_sku(&b->offers, &on), *why = NULL;
    for (int r = 0; sku && r < workload->n_regions; r++) {
        add_candidate(b, &(struct wanted){.kind = CANDIDATE_INSTANCE,
                                          .workload = w,
                                          .sku = sku,
                                          .region = workload->regions[r],
                                          .use = use,
                                          .precision = workload->fallback_precision,
                                          .kv = PRECISION_BF16,
                                          .serving = &workload->engine,
                                          .words = ""});
        struct candidate *made = &b->candidates[b->n - 1];
        made->name = arena_printf(b->arena, "%s %s as fallback", sku, workload->fallback);
        const struct capacity *capacity = &b->capacities[b->n - 1];
        if (capacity->feasible && b->offers.offers[made->offer].on_demand.known)
            return;
        why = arena_strdup(b->arena, capacity->reason);
        b->n--;
    }
    if (sku)
        mistakes_at(b->mistakes, workload->fallback_on_place,
                    "take a larger type, or a smaller model", "%s cannot serve '%s': %s", sku,
                    workload->fallback, why ? why : "there is no region");
}

static void add_fallbacks(struct builder *b) {
    for (int w = 0; w < b->study->scenario.n_workloads; w++)
        if (b->study->scenario.workloads[w].fallback_on)
            add_fallback(b, w);
    publish(b);
}

static void check_fallbacks(struct builder *b) {
    for (int w = 0; w < b->study->scenario.n_workloads; w++) {
        const struct workload *workload = &b->study->scenario.workloads[w];
        const char *why;
        if (workload->fallback && !workload->fallback_on && study_fallback(b->study, w, &why) < 0)
            mistakes_at(b->mistakes, workload->fallback_place,
                        "name a token API of models, or a function of run_on",
                        "'%s' cannot take over: %s", workload->fallback, why);
    }
}

bool study_candidates(struct arena *arena, struct study *study, const struct study_options *options,
                      struct err_list *errs) {
    struct mistakes mistakes = study_mistakes(arena, &study->scenario);
    struct builder b = {.arena = arena, .study = study, .mistakes = &mistakes};
    b.offers = study_offers_open(arena, study, &mistakes);
    study_check_discounts(&b.offers);
    int told = mistakes.n_total;
    for (int w = 0; w < study->scenario.n_workloads; w++)
        add_workload(&b, w);
    b.sound = mistakes.n_total == told;
    publish(&b);
    study->n_choices = b.n;
    if (b.sound)
        check_options(&b);
    add_today(&b);
    add_fallbacks(&b);
    study_add_weights(&b.offers, b.candidates, b.n);
    study_add_ways_out(&b.offers, b.candidates, b.n);
    study_add_volumes(&b.offers, b.candidates, b.n);
    study_add_owned(&b.offers, options, study, b.sound);
    study_add_others(&b.offers, options, study);
    study->jobs = study_open_jobs(&b.offers);
    study->stations = study_open_stations(&b.offers, &study->n_stations);
    publish(&b);
    check_router(&b);
    if (b.sound) {
        study_check_scaling(study, &mistakes);
        check_fallbacks(&b);
        study_check_rollouts(study, &mistakes);
        study_check_supply(study, &mistakes);
        study_check_capacity(study, &mistakes);
    }
    mistakes_move(&mistakes, errs);
    return mistakes.n_total == 0;
}
