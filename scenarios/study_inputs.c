/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading: every file that goes into an answer is read here, once, and remembered with its hash. */
#include "scenarios/study_parts.h"

#include <string.h>

static void note_input(struct arena *arena, struct study *study, const char *role, const char *name,
                       const char sha256[65], const char *note) {
    struct study_input *grown = arena_grow(arena, study->inputs, (size_t)study->n_inputs,
                                           (size_t)study->n_inputs + 1, sizeof *grown);
    struct study_input *input = &grown[study->n_inputs];
    *input = (struct study_input){.role = role, .name = name, .note = note};
    memcpy(input->sha256, sha256, sizeof input->sha256);
    study->inputs = grown;
    study->n_inputs++;
}

static const char *newest_price(const struct price_book *book) {
    const char *newest = "";
    for (int i = 0; i < book->n_prices; i++)
        if (strcmp(book->prices[i].as_of, newest) > 0)
            newest = book->prices[i].as_of;
    return newest;
}

static bool load_book(struct arena *arena, const struct study_options *options, struct study *study,
                      struct err_list *errs) {
    const struct scenario *scenario = &study->scenario;
    bool own = scenario->prices[0] != '\0';
    struct err err = {0};
    struct source *source = own ? options->files->open(options->files->context, arena,
                                                       scenario->prices, scenario->file, &err)
                                : price_book_shipped(arena, NULL, &err);
    if (!source) {
        if (own)
            place_err(scenario->prices_place, &err, "cannot read the price book '%s'",
                      scenario->prices);
        return err_list_add(errs, &err);
    }
    bool ok = price_book_read(arena, source, &study->book, errs);
    source_close(source);
    if (!ok)
        return false;
    note_input(arena, study, "price book", study->book.name, study->book.sha256,
               arena_printf(arena, "%s, %d rates, newest of %s", own ? "yours" : "shipped",
                            study->book.n_prices, newest_price(&study->book)));
    return true;
}

static bool load_trace(struct arena *arena, const struct study_options *options,
                       struct study *study, const struct workload *workload,
                       struct traffic *traffic, struct trace_stats *stats, struct err *err) {
    const struct demand_spec *demand = &workload->demand;
    struct source *source = options->files->open(options->files->context, arena, demand->path,
                                                 study->scenario.file, err);
    if (!source) {
        char why[sizeof err->what];
        memcpy(why, err->what, sizeof why);
        return place_err(demand->path_place, err, "cannot read the traffic '%s': %s", demand->path,
                         why);
    }
    struct trace trace;
    bool ok = trace_read(arena, source, &trace, err);
    source_close(source);
    if (!ok)
        return false;
    if (demand->kind == DEMAND_HOURLY && trace.format != TRACE_HOURLY)
        return place_err(demand->path_place, err,
                         "'%s' is a request log (%s), not an hourly series", demand->path,
                         trace_format_name(trace.format));
    if (demand->kind == DEMAND_TRACE && trace.format == TRACE_HOURLY)
        return place_err(demand->path_place, err,
                         "'%s' is an hourly series: write it as `hourly:` and state the tokens",
                         demand->path);
    *traffic = demand->generate;
    if (!trace_to_traffic(arena, &trace, traffic, err))
        return false;
    if (trace.format != TRACE_HOURLY)
        trace_stats(arena, trace.requests, trace.n, stats);
    note_input(
        arena, study, "traffic", demand->path, trace.sha256,
        arena_printf(arena, "%s, workload %s", trace_format_name(trace.format), workload->name));
    return true;
}

bool study_load(struct arena *arena, const struct study_options *options, struct study *study,
                struct err_list *errs) {
    const struct scenario *scenario = &study->scenario;
    note_input(arena, study, "scenario", scenario->file, scenario->sha256, "");
    bool ok = load_book(arena, options, study, errs);

    struct err err = {0};
    if (!catalog_shipped(arena, &study->catalog, &err))
        ok = err_list_add(errs, &err);

    struct traffic *traffics = arena_new(arena, struct traffic, scenario->n_workloads);
    struct trace_stats *stats = arena_new(arena, struct trace_stats, scenario->n_workloads);
    for (int w = 0; w < scenario->n_workloads; w++) {
        const struct workload *workload = &scenario->workloads[w];
        if (workload->demand.kind == DEMAND_GENERATE)
            traffics[w] = workload->demand.generate;
        else if (!load_trace(arena, options, study, workload, &traffics[w], &stats[w], &err))
            ok = err_list_add(errs, &err);
    }
    study->traffics = traffics;
    study->stats = stats;
    return ok;
}
