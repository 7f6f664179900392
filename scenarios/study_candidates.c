/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Candidates: workload x model x precision x (instance | function | token API) x region, each with
 * its offer and its service model, or the reason why it cannot serve. Unknown names are input
 * errors and point at the scenario's line; a candidate without a rate is a rejected row. */
#include "scenarios/study_parts.h"

#include <stdio.h>
#include <string.h>

struct builder {
    struct arena *arena;
    struct study *study;
    struct err_list *errs;
    bool ok;
    struct candidate *candidates;
    struct capacity *capacities;
    double *ratios;
    struct offer *offers;
    struct commitment_terms *terms; /* wanted quotes: what may be bought, and what is owned */
    int n, n_offers, n_terms;
};

static void grow(struct builder *b) {
    size_t n = (size_t)b->n;
    b->candidates = arena_grow(b->arena, b->candidates, n, n + 1, sizeof *b->candidates);
    b->capacities = arena_grow(b->arena, b->capacities, n, n + 1, sizeof *b->capacities);
    b->ratios = arena_grow(b->arena, b->ratios, n, n + 1, sizeof *b->ratios);
    b->ratios[n] = 1;
    b->n++;
}

static const struct instance_type *instance_of(const struct study *study, const char *sku) {
    return catalog_instance(&study->catalog, bytes_of(sku));
}

/* The offer of a SKU in a region, made once; -1 when the book has no rate for it there. */
static int offer_of(struct builder *b, const char *sku, const char *region) {
    for (int i = 0; i < b->n_offers; i++)
        if (strcmp(b->offers[i].sku, sku) == 0 && strcmp(b->offers[i].region, region) == 0)
            return i;
    if (!price_book_has_region(&b->study->book, sku, region))
        return -1;
    const struct scenario *scenario = &b->study->scenario;
    const struct instance_type *type = instance_of(b->study, sku);
    struct offer_request request = {
        .sku = sku,
        .region = region,
        .quota_group = type ? type->quota_group : "",
        .vcpu = type ? type->vcpu : 0,
        .accelerated = type && type->accelerator[0] != '\0',
        .commitments = b->terms,
        .n_commitments = b->n_terms,
        .discounts = scenario->discounts,
        .n_discounts = scenario->n_discounts,
        .estimates = scenario->estimates,
    };
    b->offers = arena_grow(b->arena, b->offers, (size_t)b->n_offers, (size_t)b->n_offers + 1,
                           sizeof *b->offers);
    b->offers[b->n_offers] = price_book_offer(&b->study->book, b->arena, &request);
    return b->n_offers++;
}

static void unknown_name(struct builder *b, struct place place, const char *what, const char *name,
                         const char *const *names, int n_names, const char *where) {
    struct err err = {0};
    place_err(place, &err, "unknown %s '%s'", what, name);
    const char *near = text_nearest(bytes_of(name), names, (size_t)n_names);
    if (near)
        err_hint(&err, "did you mean '%s'? %s", near, where);
    else
        err_hint(&err, "%s", where);
    b->ok = err_list_add(b->errs, &err);
}

/* How requests cost when one is served at a time by use: reasons a candidate cannot be bought at
 * all. */
static void reject_without_rate(struct builder *b, int index) {
    struct candidate *candidate = &b->candidates[index];
    struct capacity *capacity = &b->capacities[index];
    if (candidate->offer < 0) {
        capacity->feasible = false;
        snprintf(capacity->reason, sizeof capacity->reason, "no rate for %s in %s in the book %s",
                 candidate->sku, candidate->region, b->study->book.name);
        return;
    }
    const struct offer *offer = &b->offers[candidate->offer];
    const struct quote *needed = candidate->kind == CANDIDATE_INSTANCE ? &offer->on_demand
                                 : candidate->kind == CANDIDATE_FUNCTION
                                     ? &offer->gb_second
                                     : &offer->million_input_tokens;
    bool priced = needed->known;
    if (candidate->kind == CANDIDATE_TOKEN_API)
        priced = priced && offer->million_output_tokens.known;
    if (candidate->kind == CANDIDATE_FUNCTION)
        priced = priced && offer->million_requests.known;
    if (!priced) {
        capacity->feasible = false;
        snprintf(capacity->reason, sizeof capacity->reason, "no rate: %.150s", needed->reason);
    }
}

static bool several_catalogue_models(const struct study *study, const struct workload *workload) {
    int n = 0;
    for (int m = 0; m < workload->n_models; m++)
        n += catalog_model(&study->catalog, bytes_of(workload->models[m].use)) != NULL;
    return n > 1;
}

static void add_candidate(struct builder *b, int workload, enum candidate_kind kind,
                          const char *sku, const char *region, const struct model_use *use,
                          enum precision precision, const struct serving_options *serving) {
    const struct scenario *scenario = &b->study->scenario;
    const struct workload *w = &scenario->workloads[workload];
    grow(b);
    int index = b->n - 1;
    struct candidate *candidate = &b->candidates[index];
    bool api = kind == CANDIDATE_TOKEN_API;
    *candidate = (struct candidate){
        .kind = kind,
        .workload = workload,
        .sku = sku,
        .region = region,
        .model = use->use,
        .precision = api ? "" : precision_word(precision),
        .offer = offer_of(b, sku, region),
    };
    struct text name = {.arena = b->arena};
    text_append_string(&name, api ? use->use : sku);
    if (!api && several_catalogue_models(b->study, w))
        text_printf(&name, " %s", use->use);
    if (!api && (precision != PRECISION_BF16 || use->n_precisions > 1))
        text_printf(&name, " %s", precision_word(precision));
    if (serving->tensor_parallel > 1)
        text_printf(&name, " tp%d", serving->tensor_parallel);
    if (kind == CANDIDATE_FUNCTION && serving->memory_mb > 0)
        text_printf(&name, " %d MB", serving->memory_mb);
    if (w->n_regions > 1)
        text_printf(&name, " %s", region);
    candidate->name = name.data;

    struct serving_options options = *serving;
    options.model = use->use;
    options.precision = precision;
    if (api)
        b->ratios[index] = use->tokens_ratio > 0 ? use->tokens_ratio : 1;
    struct capacity *capacity = &b->capacities[index];
    capacity->feasible = service_build(
        &b->study->catalog, kind == CANDIDATE_INSTANCE ? instance_of(b->study, sku) : NULL,
        &options, candidate, capacity);
    if (capacity->feasible)
        reject_without_rate(b, index);
}

/* The SKU behind a run_on entry, or NULL after reporting it. */
static const char *run_on_sku(struct builder *b, const struct run_on *on) {
    const struct study *study = b->study;
    const char *sku = price_book_sku(&study->book, bytes_of(on->sku));
    bool known = on->is_function ? sku != NULL : instance_of(study, sku ? sku : on->sku) != NULL;
    if (!known) {
        int n;
        const char *const *names = on->is_function
                                       ? price_book_names(&study->book, b->arena, &n)
                                       : catalog_instance_names(&study->catalog, b->arena, &n);
        unknown_name(b, on->place, on->is_function ? "function" : "instance", on->sku, names, n,
                     arena_printf(b->arena, "list the %d rates of %s with: headroom prices list",
                                  study->book.n_prices, study->book.name));
        return NULL;
    }
    return sku ? sku : on->sku; /* a type without any rate stays, to be rejected with its reason */
}

static bool is_token_api(const struct study *study, const char *sku) {
    for (int i = 0; sku && i < study->book.n_prices; i++)
        if (strcmp(study->book.prices[i].sku, sku) == 0)
            return study->book.prices[i].kind == OFFER_TOKEN_API;
    return false;
}

static void check_regions(struct builder *b, const struct workload *workload) {
    const struct price_book *book = &b->study->book;
    for (int r = 0; r < workload->n_regions; r++) {
        bool known = false;
        for (int i = 0; i < book->n_prices && !known; i++)
            known = strcmp(book->prices[i].region, workload->regions[r]) == 0;
        if (known)
            continue;
        const char **names = arena_new(b->arena, const char *, book->n_prices);
        for (int i = 0; i < book->n_prices; i++)
            names[i] = book->prices[i].region;
        unknown_name(b, workload->region_places[r], "region", workload->regions[r], names,
                     book->n_prices,
                     arena_printf(b->arena, "the price book %s has no rate there", book->name));
    }
}

static void add_decoder_or_encoder(struct builder *b, int w, const struct model_use *use) {
    const struct workload *workload = &b->study->scenario.workloads[w];
    for (int o = 0; o < workload->n_run_on; o++) {
        const struct run_on *on = &workload->run_on[o];
        const char *sku = run_on_sku(b, on);
        if (!sku)
            continue;
        enum candidate_kind kind = on->is_function ? CANDIDATE_FUNCTION : CANDIDATE_INSTANCE;
        for (int p = 0; p < use->n_precisions; p++)
            for (int r = 0; r < workload->n_regions; r++)
                add_candidate(b, w, kind, sku, workload->regions[r], use, use->precisions[p],
                              &on->serving);
    }
}

static void add_workload(struct builder *b, int w) {
    const struct study *study = b->study;
    const struct workload *workload = &study->scenario.workloads[w];
    check_regions(b, workload);
    for (int m = 0; m < workload->n_models; m++) {
        const struct model_use *use = &workload->models[m];
        const char *sku = price_book_sku(&study->book, bytes_of(use->use));
        if (is_token_api(study, sku)) {
            for (int r = 0; r < workload->n_regions; r++)
                add_candidate(b, w, CANDIDATE_TOKEN_API, sku, workload->regions[r], use,
                              PRECISION_BF16, &use->serving);
        } else if (catalog_model(&study->catalog, bytes_of(use->use))) {
            add_decoder_or_encoder(b, w, use);
        } else {
            int n_models, n_book;
            const char *const *models = catalog_model_names(&study->catalog, b->arena, &n_models);
            const char *const *book = price_book_names(&study->book, b->arena, &n_book);
            const char **names = arena_new(b->arena, const char *, n_models + n_book);
            memcpy(names, models, (size_t)n_models * sizeof *names);
            memcpy(names + n_models, book, (size_t)n_book * sizeof *names);
            unknown_name(b, use->place, "model", use->use, names, n_models + n_book,
                         "models are in the catalogue, token APIs in the price book");
        }
    }
}

static int find_candidate(const struct builder *b, int workload, const char *sku) {
    for (int i = 0; i < b->n; i++)
        if (b->candidates[i].workload == workload && strcmp(b->candidates[i].sku, sku) == 0)
            return i;
    return -1;
}

/* Types that run today but that the scenario does not list under run_on: candidates of the baseline
 * only. */
static void add_today(struct builder *b) {
    const struct scenario *scenario = &b->study->scenario;
    for (int t = 0; t < scenario->n_today; t++) {
        const struct today_instance *today = &scenario->today[t];
        int w = today->workload < 0 ? 0 : today->workload;
        struct run_on on = {.sku = today->instance, .place = today->place};
        const char *sku = run_on_sku(b, &on);
        if (!sku || find_candidate(b, w, sku) >= 0)
            continue;
        const struct workload *workload = &scenario->workloads[w];
        for (int m = 0; m < workload->n_models; m++) {
            const struct model_use *use = &workload->models[m];
            if (!catalog_model(&b->study->catalog, bytes_of(use->use)))
                continue;
            add_candidate(b, w, CANDIDATE_INSTANCE, sku, workload->regions[0], use,
                          use->precisions[0], &on.serving);
            break;
        }
    }
}

/* An allowed purchase option that no candidate has a rate for is a mistake in the scenario or the
 * book, not a silent nothing (design.md section 3). */
static void check_options(struct builder *b) {
    const struct scenario *scenario = &b->study->scenario;
    for (int t = 0; t < scenario->n_terms; t++) {
        bool any = false, instances = false;
        const char *why = "";
        for (int i = 0; i < b->n_offers; i++) {
            if (b->offers[i].kind != OFFER_INSTANCE)
                continue;
            instances = true;
            const struct commitment_quote *quote =
                offer_commitment(&b->offers[i], scenario->terms[t]);
            any = any || (quote && quote->effective.known);
            if (quote && !quote->effective.known)
                why = quote->effective.reason;
        }
        if (any || !instances)
            continue;
        struct err err = {0};
        err_at(&err, scenario->file, 0, 0, "purchase: no candidate has a rate for a %d-year %s, %s",
               scenario->terms[t].term_years, commitment_kind_word(scenario->terms[t].kind),
               payment_word(scenario->terms[t].payment));
        err_hint(&err, "%s",
                 why[0] ? why : "take it out of purchase, or add the rate to your book");
        b->ok = err_list_add(b->errs, &err);
    }
}

static void collect_terms(struct builder *b) {
    const struct scenario *scenario = &b->study->scenario;
    b->terms = arena_new(b->arena, struct commitment_terms, scenario->n_terms + scenario->n_owned);
    for (int i = 0; i < scenario->n_terms + scenario->n_owned; i++) {
        struct commitment_terms terms = i < scenario->n_terms
                                            ? scenario->terms[i]
                                            : scenario->owned[i - scenario->n_terms].terms;
        bool seen = false;
        for (int j = 0; j < b->n_terms; j++)
            seen = seen || memcmp(&b->terms[j], &terms, sizeof terms) == 0;
        if (!seen)
            b->terms[b->n_terms++] = terms;
    }
}

bool study_candidates(struct arena *arena, struct study *study, struct err_list *errs) {
    struct builder b = {.arena = arena, .study = study, .errs = errs, .ok = true};
    collect_terms(&b);
    for (int w = 0; w < study->scenario.n_workloads; w++)
        add_workload(&b, w);
    int n_choices = b.n;
    add_today(&b);
    if (b.ok)
        check_options(&b);
    if (!b.ok) {
        err_list_sort(errs);
        return false;
    }
    study->candidates = b.candidates;
    study->capacities = b.capacities;
    study->tokens_ratio = b.ratios;
    study->offers = b.offers;
    study->n_offers = b.n_offers;
    study->n_candidates = b.n;
    study->n_choices = n_choices;
    return true;
}

/* Commitments already held, as the solver and the biller see them. Times are seconds of the
 * horizon. */
static struct commitment *owned_commitments(struct arena *arena, const struct study *study,
                                            int *n) {
    const struct scenario *scenario = &study->scenario;
    struct commitment *owned = arena_new(arena, struct commitment, scenario->n_owned);
    *n = 0;
    for (int i = 0; i < scenario->n_owned; i++) {
        const struct owned_spec *spec = &scenario->owned[i];
        const char *region = spec->region[0] ? spec->region : scenario->workloads[0].regions[0];
        int64_t days = calendar_days(spec->ends) - calendar_days(scenario->start);
        struct commitment c = {
            .terms = spec->terms,
            .owned = true,
            .offer = -1,
            .region = region,
            .family = spec->family,
            .count = spec->count,
            .plan_usd_per_hour = (usd_nano)(spec->usd_per_hour * (double)USD_NANO_PER_USD + 0.5),
            .hourly = money_rate_from_usd(spec->rate_usd_per_hour),
            .to_s = days > 0 ? days * 86400 : 0,
        };
        usd_pico *rates = arena_new(arena, usd_pico, study->n_offers);
        for (int o = 0; o < study->n_offers; o++) {
            const struct offer *offer = &study->offers[o];
            const struct commitment_quote *quote = offer_commitment(offer, spec->terms);
            bool same_region = strcmp(offer->region, region) == 0;
            if (spec->instance[0] && same_region && strcmp(offer->sku, spec->instance) == 0) {
                c.offer = o;
                if (c.hourly == 0 && quote && quote->effective.known)
                    c.hourly = quote->effective.rate;
            }
            bool covers = spec->terms.kind == COMMIT_PLAN_COMPUTE ||
                          (spec->terms.kind == COMMIT_PLAN_EC2 && same_region &&
                           strcmp(offer->family, spec->family) == 0);
            if (covers && quote && quote->effective.known)
                rates[o] = quote->effective.rate;
        }
        c.plan_rates = rates;
        c.name = spec->instance[0]
                     ? arena_printf(arena, "owned: %g x %s %s", spec->count, spec->instance,
                                    commitment_kind_word(spec->terms.kind))
                     : arena_printf(arena, "owned: $%g/h %s", spec->usd_per_hour,
                                    commitment_kind_word(spec->terms.kind));
        if (c.to_s > 0)
            owned[(*n)++] = c;
    }
    return owned;
}

/* The same machine for the same workload, set up in several ways (precision, parallelism): only
 * the one that carries most is open to the plan: an instance is not set up anew every hour. */
static void keep_best_setup(const struct study *study, struct capacity *open) {
    for (int i = 0; i < study->n_candidates; i++) {
        const struct candidate *a = &study->candidates[i];
        for (int j = 0; j < study->n_candidates && open[i].feasible; j++) {
            const struct candidate *b = &study->candidates[j];
            if (i == j || a->kind != CANDIDATE_INSTANCE || a->workload != b->workload ||
                a->offer != b->offer || !open[j].feasible)
                continue;
            double here = capacity_best_rate_per_replica(&open[i]) * a->replicas_per_instance;
            double there = capacity_best_rate_per_replica(&open[j]) * b->replicas_per_instance;
            if (there < here || (there == here && j > i))
                continue;
            open[i].feasible = false;
            snprintf(open[i].reason, sizeof open[i].reason,
                     "the same instance carries %.3g requests/s as %.60s, %.3g this way", there,
                     b->name, here);
        }
    }
}

void study_plan_input(struct arena *arena, struct study *study) {
    const struct scenario *scenario = &study->scenario;
    struct capacity *open = arena_new(arena, struct capacity, study->n_candidates);
    memcpy(open, study->capacities, (size_t)study->n_candidates * sizeof *open);
    for (int i = 0; i < study->n_candidates; i++) {
        open[i].input_tokens_per_request *= study->tokens_ratio[i];
        open[i].output_tokens_per_request *= study->tokens_ratio[i];
        if (i >= study->n_choices && open[i].feasible) {
            open[i].feasible = false;
            snprintf(open[i].reason, sizeof open[i].reason,
                     "runs today, but run_on does not list it");
        }
    }
    keep_best_setup(study, open);
    const char **names = arena_new(arena, const char *, scenario->n_workloads);
    for (int w = 0; w < scenario->n_workloads; w++)
        names[w] = scenario->workloads[w].name;
    int n_owned;
    struct commitment *owned = owned_commitments(arena, study, &n_owned);
    study->plan_input = (struct plan_input){
        .demand = &study->demand,
        .workload_names = names,
        .candidates = study->candidates,
        .capacities = open,
        .n_candidates = study->n_candidates,
        .offers = study->offers,
        .n_offers = study->n_offers,
        .allow_on_demand = scenario->allow_on_demand,
        .allow_spot = scenario->allow_spot,
        .terms = scenario->terms,
        .n_terms = scenario->n_terms,
        .policy = scenario->policy,
        .quotas = scenario->quotas,
        .n_quotas = scenario->n_quotas,
        .owned = owned,
        .n_owned = n_owned,
    };
}
