/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading: every file that goes into an answer is read here, once, and remembered with its hash. */
#include <string.h>

#include "base/calendar.h"

#include "base/number.h"
#include "scenarios/study_offers.h"
#include "scenarios/study_parts.h"
#include "sim/profile.h"

void study_note_input(struct arena *arena, struct study *study, const char *role, const char *name,
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
    for (int i = 0; i < book->n_rows; i++)
        if (strcmp(book->rows[i].as_of, newest) > 0)
            newest = book->rows[i].as_of;
    return newest;
}

/* What a source could not be opened for, told where the scenario names it. Always false. */
static bool cannot_open(struct mistakes *mistakes, struct place place, const char *what,
                        const char *path, const struct err *why) {
    const char *hint =
        why->hint[0] ? why->hint : "paths start from the folder of the file that names them";
    mistakes_at(mistakes, place, hint, "cannot read the %s '%s': %s", what, path, why->what);
    return false;
}

static bool read_book(struct arena *arena, struct source *source, struct price_book *out,
                      struct err_list *errs) {
    bool ok = price_book_read(arena, source, out, errs);
    source_close(source);
    return ok;
}

/* The layers in force at the start of the horizon: the shipped book, and those of the user over it.
 */
static bool load_book(struct arena *arena, const struct study_options *options, struct study *study,
                      struct mistakes *mistakes, struct err_list *errs) {
    const struct scenario *scenario = &study->scenario;
    int shipped = !scenario->without_shipped_prices, n = shipped + scenario->n_prices;
    struct price_book *layers = arena_new(arena, struct price_book, n);
    struct err err = {0};
    bool ok = true;
    for (int i = 0; i < n; i++) {
        const struct named_file *file = i < shipped ? NULL : &scenario->prices[i - shipped];
        struct source *source = file ? options->files->open(options->files->context, arena,
                                                            file->path, file->relative_to, &err)
                                     : price_book_shipped(arena, NULL, &err);
        ok = (source ? read_book(arena, source, &layers[i], errs)
              : file ? cannot_open(mistakes, file->place, "price book", file->path, &err)
                     : err_list_add(errs, &err)) &&
             ok;
    }
    char day[16];
    calendar_format_date(day, scenario->start);
    if (!ok || n == 0 || !price_book_stack(arena, layers, n, day, &study->book, errs))
        return false;
    for (int i = 0; i < n; i++)
        study_note_input(arena, study, "price book", layers[i].name, layers[i].layers[0].sha256,
                         arena_printf(arena, "%s, %d rate%s, newest of %s",
                                      i < shipped ? "shipped" : "yours", layers[i].n_rows,
                                      number_plural(layers[i].n_rows), newest_price(&layers[i])));
    return true;
}

bool study_close_input(struct arena *arena, struct study *study, struct source *source, bool read,
                       const char *role, const char *name, const char *note) {
    char sha256[65];
    source_sha256(source, sha256);
    source_close(source);
    if (read)
        study_note_input(arena, study, role, name, sha256, note);
    return read;
}

static bool load_carbon(struct arena *arena, struct study *study, struct err_list *errs) {
    struct err err = {0};
    struct carbon_book *book = &study->carbon;
    struct source *source = carbon_book_shipped(arena, &err);
    if (!source)
        return err_list_add(errs, &err);
    bool read = carbon_book_read(arena, source, book, errs);
    return study_close_input(arena, study, source, read, "carbon book", book->name,
                             arena_printf(arena, "shipped, %d figures", book->n_figures));
}

static bool told(struct mistakes *mistakes, const struct err *err) {
    mistakes_add(mistakes, err);
    return false;
}

/* A series is named under hourly, all that has requests one by one under trace: the wrong key is a
 * mistake. */
static bool check_format(struct mistakes *mistakes, const struct demand_spec *demand,
                         enum trace_format format) {
    enum trace_shape shape = trace_shape_of(format);
    bool hourly = demand->kind == DEMAND_HOURLY;
    if (shape == TRACE_LENGTHS)
        mistakes_at(mistakes, demand->path_place, "write it as lengths: beside trace: or hourly:",
                    "'%s' has lengths only (%s), no arrivals", demand->path,
                    trace_format_name(format));
    else if (shape == TRACE_SERIES && !hourly)
        mistakes_at(mistakes, demand->path_place,
                    "write it as hourly: and state the tokens of its requests",
                    "'%s' is a series (%s), not a request log", demand->path,
                    trace_format_name(format));
    else if (shape != TRACE_SERIES && hourly)
        mistakes_at(mistakes, demand->path_place, "write it as trace: instead of hourly:",
                    "'%s' is a request log (%s), not a series", demand->path,
                    trace_format_name(format));
    else
        return true;
    return false;
}

/* What stands beside the file must be what its format lacks. */
static bool check_beside(struct mistakes *mistakes, const struct demand_spec *demand,
                         enum trace_format format) {
    enum trace_shape shape = trace_shape_of(format);
    const struct {
        const char *key;
        struct place place;
        bool wanted;
    } keys[] = {{"tokens", demand->tokens_place, shape != TRACE_LOG},
                {"lengths", demand->lengths_place, shape != TRACE_LOG},
                {"burstiness", demand->burstiness_place, shape == TRACE_SERIES},
                {"seed", demand->seed_place, shape != TRACE_LOG}};
    bool fine = true;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].place.node && !keys[i].wanted) {
            mistakes_at(mistakes, keys[i].place, "take it out",
                        "'%s' is not for a file in %s format, which brings its own", keys[i].key,
                        trace_format_name(format));
            fine = false;
        }
    if (shape == TRACE_LOG || demand->tokens_place.node || demand->lengths_place.node)
        return fine;
    mistakes_at(mistakes, demand->path_place,
                "state tokens: { input: ..., output: ... }, or name a file of lengths:",
                "'%s' (%s) does not tell the lengths of requests", demand->path,
                trace_format_name(format));
    return false;
}

static bool read_file(struct arena *arena, const struct study_options *options, const char *path,
                      const char *relative_to, struct place place, enum trace_values values,
                      struct trace *out, struct mistakes *mistakes) {
    struct err err = {0};
    struct source *source =
        options->files->open(options->files->context, arena, path, relative_to, &err);
    if (!source)
        return cannot_open(mistakes, place, "traffic", path, &err);
    bool ok = trace_read_values(arena, source, values, out, &err);
    source_close(source);
    return ok || told(mistakes, &err);
}

static bool load_lengths(struct arena *arena, const struct study_options *options,
                         struct study *study, const char *whose, const struct demand_spec *demand,
                         enum trace_format format, struct traffic *traffic,
                         struct mistakes *mistakes) {
    struct trace trace;
    if (demand->lengths[0] == '\0')
        return true;
    if (!read_file(arena, options, demand->lengths, demand->relative_to, demand->lengths_place,
                   TRACE_VALUES_UNTOLD, &trace, mistakes))
        return false;
    bool by_client = trace.format == TRACE_SERVEGEN_LENGTHS;
    if (trace_shape_of(trace.format) != TRACE_LENGTHS || (by_client && format != TRACE_SERVEGEN)) {
        mistakes_at(mistakes, demand->lengths_place,
                    "pairs of a vidur table fit all, ServeGen's quantiles the windows of its "
                    "clients",
                    "'%s' (%s) has no lengths for requests of a file in %s format", demand->lengths,
                    trace_format_name(trace.format), trace_format_name(format));
        return false;
    }
    traffic->client_lengths = trace.lengths;
    traffic->requests = trace.requests;
    traffic->n_requests = trace.n;
    study_note_input(
        arena, study, "lengths", demand->lengths, trace.sha256,
        arena_printf(arena, "%s, workload %s", trace_format_name(trace.format), whose));
    return true;
}

/* The series or log that demand names, a provider's bill as the series that it stands for. */
static bool read_demand(struct arena *arena, const struct study_options *options,
                        const struct study *study, const struct workload *workload,
                        const struct demand_spec *demand, struct trace *out,
                        struct mistakes *mistakes) {
    struct err err = {0};
    struct source *source = options->files->open(options->files->context, arena, demand->path,
                                                 demand->relative_to, &err);
    if (!source)
        return cannot_open(mistakes, demand->path_place, "traffic", demand->path, &err);
    bool bill = study_is_bill(source), ok;
    if (bill)
        ok = study_read_bill_demand(arena, study, workload, demand, source, out, mistakes);
    else
        ok = trace_read_values(arena, source, demand->values, out, &err) || told(mistakes, &err);
    source_close(source);
    if (!ok || bill || demand->per_instance_hour <= 0)
        return ok;
    mistakes_at(mistakes, demand->per_instance_hour_place, "take it out",
                "'per_instance_hour' is for a provider's bill, and '%s' is a %s", demand->path,
                trace_format_name(out->format));
    return false;
}

static bool load_trace(struct arena *arena, const struct study_options *options,
                       struct study *study, const char *whose, const struct workload *workload,
                       const struct demand_spec *demand, struct traffic *traffic,
                       struct trace_stats *stats, struct mistakes *mistakes) {
    struct trace trace;
    struct err err = {0};
    if (!read_demand(arena, options, study, workload, demand, &trace, mistakes) ||
        !check_format(mistakes, demand, trace.format) ||
        !check_beside(mistakes, demand, trace.format))
        return false;
    *traffic = demand->generate;
    if (!load_lengths(arena, options, study, whose, demand, trace.format, traffic, mistakes))
        return false;
    if (!trace_to_traffic(arena, &trace, traffic, &err))
        return told(mistakes, &err);
    if (trace_shape_of(trace.format) == TRACE_LOG)
        trace_stats(arena, trace.requests, trace.n, trace.prompts, stats);
    if (trace_shape_of(trace.format) == TRACE_LOG || trace_shape_of(trace.format) == TRACE_SERIES)
        stats->weeks = trace_weeks(&trace);
    study_note_input(
        arena, study, "traffic", demand->path, trace.sha256,
        arena_printf(arena, "%s, workload %s", trace_format_name(trace.format), whose));
    return true;
}

/* Limits of the workload where a stream states none; its share and window always. */
static struct slo stream_slo(const struct slo *own, const struct slo *of_workload) {
    struct slo slo = *of_workload;
    if (own->ttft_s <= 0 && own->tpot_s <= 0 && own->latency_s <= 0)
        return slo;
    slo.ttft_s = own->ttft_s;
    slo.tpot_s = own->tpot_s;
    slo.latency_s = own->latency_s;
    return slo;
}

static bool load_mix(struct arena *arena, const struct study_options *options, struct study *study,
                     const struct workload *workload, struct traffic *traffic,
                     struct mistakes *mistakes) {
    const struct demand_spec *mix = &workload->demand;
    struct traffic *traffics = arena_new(arena, struct traffic, mix->n_streams);
    bool ok = true;
    traffic->n_streams = mix->n_streams;
    for (int i = 0; i < mix->n_streams; i++) {
        const struct stream_spec *stream = &mix->streams[i];
        const char *whose = arena_printf(arena, "%s, stream %s", workload->name, stream->name);
        struct trace_stats stats;
        if (stream->demand.kind == DEMAND_GENERATE)
            traffics[i] = stream->demand.generate;
        else
            ok = load_trace(arena, options, study, whose, workload, &stream->demand, &traffics[i],
                            &stats, mistakes) &&
                 ok;
        traffic->streams[i] =
            (struct traffic_stream){.name = stream->name,
                                    .traffic = &traffics[i],
                                    .priority = stream->priority,
                                    .slo = stream_slo(&stream->slo, &workload->slo)};
    }
    if (ok)
        traffic_from_streams(arena, traffic);
    return ok;
}

static bool load_demand(struct arena *arena, const struct study_options *options,
                        struct study *study, const struct workload *workload,
                        struct traffic *traffic, struct trace_stats *stats,
                        struct mistakes *mistakes) {
    const struct demand_spec *demand = &workload->demand;
    switch (demand->kind) {
    case DEMAND_GENERATE:
        *traffic = demand->generate;
        return true;
    case DEMAND_USERS:
        *traffic = demand->generate;
        return true;
    case DEMAND_MIX:
        return load_mix(arena, options, study, workload, traffic, mistakes);
    case DEMAND_TRACE:
    case DEMAND_HOURLY:
        break;
    }
    return load_trace(arena, options, study, workload->name, workload, demand, traffic, stats,
                      mistakes);
}

/* With a flow what was loaded are the tasks. */
static bool load_flow(struct arena *arena, const struct study_options *options, struct study *study,
                      const struct workload *workload, struct traffic *traffic,
                      struct trace_stats *stats, struct mistakes *mistakes) {
    if (!load_demand(arena, options, study, workload, traffic, stats, mistakes))
        return false;
    if (!workload->demand.flow || mistakes->n_total > 0)
        return true;
    struct traffic *tasks = arena_new(arena, struct traffic, 1);
    *tasks = *traffic;
    traffic_from_flow(arena, workload->demand.flow, tasks, traffic);
    return true;
}

/* ---- profiles ---- */

const char *study_profile_words(struct arena *arena, const struct profile *profile) {
    const char *kv = profile->kind == PROFILE_LLM && profile->kv_precision != profile->precision
                         ? arena_printf(arena, ", kv %s", precision_word(profile->kv_precision))
                         : "";
    const char *tp = profile->tensor_parallel > 1
                         ? arena_printf(arena, ", tensor parallel %d", profile->tensor_parallel)
                         : "";
    return arena_printf(arena, "%s in %s%s on %s%s", profile->model,
                        precision_word(profile->precision), kv, profile->accelerator, tp);
}

static bool load_profile(struct arena *arena, const struct study_options *options,
                         struct study *study, const struct named_file *file, struct profile *out,
                         struct mistakes *mistakes, struct err_list *errs) {
    struct err err = {0};
    struct source *source =
        options->files->open(options->files->context, arena, file->path, file->relative_to, &err);
    if (!source)
        return cannot_open(mistakes, file->place, "profile", file->path, &err);
    bool ok = profile_read(arena, &study->catalog, source, out, errs);
    char sha256[65];
    source_sha256(source, sha256);
    source_close(source);
    if (ok)
        study_note_input(arena, study, "profile", file->path, sha256,
                         arena_printf(arena, "%s, %s %s, measured %s",
                                      study_profile_words(arena, out), out->engine, out->version,
                                      out->date));
    return ok;
}

/* The user's come first: the first profile of a setup is the one that is used. */
static bool load_profiles(struct arena *arena, const struct study_options *options,
                          struct study *study, struct mistakes *mistakes, struct err_list *errs) {
    const struct scenario *scenario = &study->scenario;
    struct catalog *catalog = &study->catalog;
    struct profile *all =
        arena_new(arena, struct profile, scenario->n_profiles + catalog->n_profiles);
    bool ok = true;
    int n = 0;
    for (int i = 0; i < scenario->n_profiles; i++) {
        struct profile *p = &all[n];
        if (!load_profile(arena, options, study, &scenario->profiles[i], p, mistakes, errs)) {
            ok = false;
            continue;
        }
        if (profile_find(all, n, p->model, p->accelerator, p->precision, p->kv_precision,
                         p->tensor_parallel)) {
            mistakes_at(mistakes, scenario->profiles[i].place, "keep one of them",
                        "two profiles are for %s", study_profile_words(arena, p));
            ok = false;
        }
        n++;
    }
    study->n_own_profiles = n;
    for (int i = 0; i < catalog->n_profiles; i++)
        all[n++] = catalog->profiles[i];
    catalog->profiles = all;
    catalog->n_profiles = n;
    return ok;
}

/* ---- logs of jobs ---- */

static bool load_job_log(struct arena *arena, const struct study_options *options,
                         struct study *study, const struct job_spec *job, struct job_trace *out,
                         struct mistakes *mistakes) {
    const struct job_cluster *cluster = &study->scenario.clusters[job->cluster];
    struct err err = {0};
    struct source *source =
        options->files->open(options->files->context, arena, job->log, job->log_relative_to, &err);
    if (!source)
        return cannot_open(mistakes, job->log_place, "log of jobs", job->log, &err);
    bool ok = job_trace_read(arena, source, out, &err);
    source_close(source);
    if (!ok)
        return told(mistakes, &err);
    int largest = 0;
    for (size_t i = 0; i < out->n; i++)
        largest = out->rows[i].nodes > largest ? out->rows[i].nodes : largest;
    if (largest > cluster->nodes) {
        mistakes_at(mistakes, job->log_place, "take a larger cluster",
                    "the cluster '%s' has %d nodes, the log '%s' a job of %d", cluster->name,
                    cluster->nodes, job->log, largest);
        return false;
    }
    study_note_input(arena, study, "log of jobs", job->log, out->sha256,
                     arena_printf(arena, "%zu jobs, %.0f node-hours, job %s", out->n,
                                  job_trace_node_hours(out), job->name));
    return true;
}

static bool load_job_logs(struct arena *arena, const struct study_options *options,
                          struct study *study, struct mistakes *mistakes) {
    const struct scenario *scenario = &study->scenario;
    struct job_trace *logs = arena_new(arena, struct job_trace, scenario->n_jobs);
    bool ok = true;
    for (int j = 0; j < scenario->n_jobs; j++)
        if (scenario->jobs[j].log[0])
            ok = load_job_log(arena, options, study, &scenario->jobs[j], &logs[j], mistakes) && ok;
    study->job_logs = logs;
    return ok;
}

/* The scenario, its includes and what the command line changes in them: each moves the answer, so
 * each stands among the inputs. */
static bool note_documents(struct arena *arena, const struct study_options *options,
                           struct study *study, struct err_list *errs) {
    const struct scenario *scenario = &study->scenario;
    for (int i = 0; i < scenario->n_documents; i++)
        study_note_input(arena, study, i == 0 ? "scenario" : "include", scenario->documents[i].file,
                         scenario->documents_sha256[i], "");
    for (int i = 0; i < options->n_set; i++) {
        struct bytes text = bytes_of(options->set[i]), all;
        const char *name = text_printable(arena, text);
        struct err err = {0};
        char sha256[65];
        struct source *source = source_open_memory(arena, text, name, &err);
        if (!source)
            return err_list_add(errs, &err);
        bool ok = source_read_all(arena, source, text.n, &all, &err);
        source_sha256(source, sha256);
        source_close(source);
        if (!ok)
            return err_list_add(errs, &err);
        study_note_input(arena, study, "override", name, sha256, "");
    }
    return true;
}

bool study_load(struct arena *arena, const struct study_options *options, struct study *study,
                struct err_list *errs) {
    const struct scenario *scenario = &study->scenario;
    struct mistakes mistakes = study_mistakes(arena, scenario);
    bool ok = note_documents(arena, options, study, errs);
    ok = load_book(arena, options, study, &mistakes, errs) && ok;

    struct err err = {0};
    if (!catalog_shipped(arena, &study->catalog, &err))
        ok = err_list_add(errs, &err);
    else
        ok = load_profiles(arena, options, study, &mistakes, errs) && ok;

    struct traffic *traffics = arena_new(arena, struct traffic, scenario->n_workloads);
    struct trace_stats *stats = arena_new(arena, struct trace_stats, scenario->n_workloads);
    for (int w = 0; w < scenario->n_workloads; w++) {
        const struct workload *workload = &scenario->workloads[w];
        ok = load_flow(arena, options, study, workload, &traffics[w], &stats[w], &mistakes) && ok;
    }
    study->traffics = traffics;
    study->stats = stats;
    ok = ok && study_load_today(arena, options, study, &mistakes);
    ok = study_load_spot(arena, options, study, &mistakes) && ok;
    ok = load_job_logs(arena, options, study, &mistakes) && ok;
    ok = load_carbon(arena, study, errs) && ok;
    mistakes_move(&mistakes, errs);
    return ok;
}
