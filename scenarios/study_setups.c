/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_setups.h"

#include <math.h>
#include <string.h>

static const char *const *function_names(const struct study_offers *offers, int *n) {
    const struct price_book *book = &offers->study->book;
    int n_all, count = 0;
    const char *const *all = price_book_names(book, offers->arena, &n_all);
    const char **names = arena_new(offers->arena, const char *, n_all);
    for (int i = 0; i < n_all; i++)
        if (study_sold_as(offers->study, price_book_sku(book, bytes_of(all[i])), OFFER_FUNCTION))
            names[count++] = all[i];
    *n = count;
    return names;
}

static void unknown_run_on(const struct study_offers *offers, const struct run_on *on) {
    int n;
    const char *const *names =
        on->is_function ? function_names(offers, &n)
                        : catalog_instance_names(&offers->study->catalog, offers->arena, &n);
    bool priced = price_book_sku(&offers->study->book, bytes_of(on->sku)) != NULL;
    const char *where =
        priced && !on->is_function
            ? "the price book has it, but the catalogue of instance types does not"
            : arena_printf(offers->arena, "list the %d rates of %s with: headroom prices list",
                           offers->study->book.n_prices, offers->study->book.name);
    study_unknown_name(offers, on->place, on->is_function ? "function" : "instance", on->sku, names,
                       n, where);
}

const char *study_run_on_sku(const struct study_offers *offers, const struct run_on *on) {
    const struct study *study = offers->study;
    const char *sku = price_book_sku(&study->book, bytes_of(on->sku));
    bool known = on->is_function
                     ? study_sold_as(study, sku, OFFER_FUNCTION)
                     : catalog_instance(&study->catalog, bytes_of(sku ? sku : on->sku)) != NULL;
    if (known)
        return sku ? sku : on->sku; /* without any rate it stays, to be rejected with its reason */
    unknown_run_on(offers, on);
    return NULL;
}

/* The switches that an entry sets otherwise than its workload. */
static void append_switches(struct text *out, const struct serving_options *s,
                            const struct serving_options *engine, const char *before) {
    const struct {
        bool here, there;
        const char *on, *off;
    } switches[] = {
        {s->whole_prompts, engine->whole_prompts, "whole prompts", "chunked prompts"},
        {s->admission == ADMISSION_PRIORITY, engine->admission == ADMISSION_PRIORITY, "by priority",
         "first come"},
        {s->reserve_first_chunk, engine->reserve_first_chunk, "reserve chunk", "reserve prompt"},
        {s->no_prefix_caching, engine->no_prefix_caching, "no prefix cache", "prefix cache"},
        {s->no_graphs, engine->no_graphs, "no graphs", "graphs"},
        {s->no_async_scheduling, engine->no_async_scheduling, "not async", "async"},
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (switches[i].here != switches[i].there)
            text_printf(out, "%s%s", before, switches[i].here ? switches[i].on : switches[i].off);
    if (!isnan(s->step_overhead_s) && !(s->step_overhead_s == engine->step_overhead_s))
        text_printf(out, "%sstep + %.10g ms", before, 1e3 * s->step_overhead_s);
}

/* What an entry states, for its candidates' names. Entries of one type are told apart by all that
 * the workload's engine does not have in common, others by what changes the hardware of a replica.
 */
static const char *setup_words(struct arena *arena, const struct serving_options *s,
                               const struct serving_options *engine, bool all, const char *before) {
    const struct {
        double value, common;
        const char *before, *after;
        bool always;
    } parts[] = {
        {s->tensor_parallel > 1 ? s->tensor_parallel : 0, 0, "tp", "", true},
        {s->memory_mb, 0, "", " MB", true},
        {s->replicas_per_instance, 0, "", " replicas", false},
        {s->split_prefill, 0, "", " prefill", true},
        {s->split_decode, 0, "", " decode", true},
        {1e-9 * s->split_link_bytes_per_s, 0, "link ", " GB/s", false},
        {s->tokens_per_step_max, engine->tokens_per_step_max, "", " tokens a step", false},
        {s->sequences_max, engine->sequences_max, "", " sequences", false},
        {s->context_max, engine->context_max, "context ", "", false},
        {100 * s->memory_share, 100 * engine->memory_share, "", "% memory", false},
        {(double)s->kv_blocks, 0, "", " blocks", false},
        {s->batch_max, 0, "batch ", "", false},
        {1e3 * s->batch_wait_s, 0, "wait ", " ms", false},
        {s->provisioned, 0, "", " provisioned", true},
        {s->vcpu_max, 0, "at most ", " vCPU", false},
        {delay_quantile_s(&s->cold_start, 0.5), 0, "cold start ", " s", false},
        {s->cold_start.sigma, 0, "sigma ", "", false},
        {delay_quantile_s(&s->keep_alive, 0.5), 0, "keep alive ", " s", false},
        {s->keep_alive.sigma, 0, "sigma ", "", false},
        {s->concurrency_max, 0, "", " copies", false},
        {s->ramp_copies, 0, "ramp ", "", false},
        {s->ramp_s, s->ramp_copies > 0 ? 10 : 0, "every ", " s", false},
    };
    struct text words = {.arena = arena};
    text_append_string(&words, "");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].value > 0 && parts[i].value != parts[i].common && (all || parts[i].always))
            text_printf(&words, "%s%s%.10g%s", before, parts[i].before, parts[i].value,
                        parts[i].after);
    if (all)
        append_switches(&words, s, engine, before);
    return words.data;
}

const char *study_engine_words(struct arena *arena, const struct serving_options *engine) {
    static const struct serving_options defaults = {.memory_share = 0.9, .step_overhead_s = NAN};
    const char *words = setup_words(arena, engine, &defaults, true, ", ");
    return words[0] ? words + strlen(", ") : words;
}

static bool same_type(const struct setup *a, const struct setup *b) {
    return a->sku && b->sku && a->on->is_function == b->on->is_function &&
           strcmp(a->sku, b->sku) == 0;
}

/* A replica has all of its engines on one instance. */
static void check_split(const struct study_offers *offers, const struct run_on *on,
                        const char *sku) {
    const struct serving_options *s = &on->serving;
    const struct instance_type *type =
        sku ? catalog_instance(&offers->study->catalog, bytes_of(sku)) : NULL;
    int tp = s->tensor_parallel > 0 ? s->tensor_parallel : 1;
    int needed = (s->split_prefill + s->split_decode) * tp;
    if (!type || needed <= type->accelerators || s->split_prefill + s->split_decode == 0)
        return;
    const char *each = tp > 1 ? arena_printf(offers->arena, " with %d accelerators each", tp) : "";
    mistakes_at(offers->mistakes, on->split_place,
                type->accelerators ? "take fewer engines, fewer accelerators for each, or a larger "
                                     "type"
                                   : "take it out",
                "%d + %d engines%s need %d accelerators; %s has %d", s->split_prefill,
                s->split_decode, each, needed, type->name, type->accelerators);
}

const struct setup *study_setups(const struct study_offers *offers,
                                 const struct workload *workload) {
    int n = workload->n_run_on;
    struct setup *setups = arena_new(offers->arena, struct setup, n);
    for (int i = 0; i < n; i++) {
        setups[i].on = &workload->run_on[i];
        setups[i].sku = study_run_on_sku(offers, setups[i].on);
        check_split(offers, setups[i].on, setups[i].sku);
    }
    for (int i = 0; i < n; i++) {
        bool shared = false;
        for (int j = 0; j < n; j++)
            shared = shared || (i != j && same_type(&setups[i], &setups[j]));
        const struct serving_options *serving = &setups[i].on->serving;
        const struct serving_options *common =
            setups[i].on->is_function ? serving : &workload->engine;
        setups[i].words = setup_words(offers->arena, serving, common, shared, " ");
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            if (same_type(&setups[i], &setups[j]) &&
                strcmp(setups[i].words, setups[j].words) == 0) {
                mistakes_at(offers->mistakes, setups[i].on->place,
                            "keep one; a type may stand twice with another setup, such as "
                            "tensor_parallel, memory or batch",
                            "run_on of '%s' lists '%s' twice", workload->name, setups[i].sku);
                break;
            }
    return setups;
}
