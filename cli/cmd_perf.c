/* SPDX-License-Identifier: GPL-3.0-or-later */
/* perf fit, perf show: performance profiles made from kernel tables or benchmark results, and what
 * they say. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"
#include "cli/command.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "cli/write_file.h"
#include "scenarios/quantity.h"
#include "sim/perf/fit_kernels.h"
#include "sim/perf/fit_rows.h"
#include "sim/perf/plausible.h"
#include "sim/profile.h"

enum { WIDTH = 78 };

/* ---- what a profile says ---- */

enum { NAME_WIDTH = 14 };

/* "484.3 + 0.947 T": zeros are left out, and a line ends before it is too long. */
static void append_sum(struct text *out, const double *terms, const char *const *features, int n) {
    int column = NAME_WIDTH;
    bool any = false;
    for (int i = 0; i < n; i++) {
        char term[64];
        if (terms[i] == 0)
            continue;
        int width = snprintf(term, sizeof term, "%s%.4g%s%s", any ? "+ " : "", terms[i],
                             features[i][0] ? " " : "", features[i]);
        bool wraps = column + 1 + width > WIDTH;
        if (wraps)
            text_printf(out, "\n%*s", NAME_WIDTH, "");
        text_printf(out, "%s%s", any && !wraps ? " " : "", term);
        column = (wraps ? NAME_WIDTH : column + 1) + width;
        any = true;
    }
    if (!any)
        text_append_string(out, "0");
}

static void append_line(struct text *out, const char *name, const double *terms,
                        const char *const *features, int n) {
    text_printf(out, "  %-*s", NAME_WIDTH - 2, name);
    append_sum(out, terms, features, n);
    text_append_string(out, "\n");
}

static void append_larger(struct text *out, const char *name, const double *left,
                          const char *left_of, const double *right, const char *right_of) {
    text_printf(out, "  %-*smax(", NAME_WIDTH - 2, name);
    append_sum(out, left, (const char *const[]){"", left_of}, 2);
    text_append_string(out, ", ");
    append_sum(out, right, (const char *const[]){"", right_of}, 2);
    text_append_string(out, ")\n");
}

static void append_llm_terms(struct text *out, const struct iteration_time *t) {
    static const char *const decode[] = {"", "n", "K"}, *const tokens[] = {"", "T"};
    static const char *const chunk[] = {"", "c", "c(p+c/2)", "p", "n", "K"};
    text_printf(out, "\nmicroseconds a step\n");
    append_line(out, "overhead", (const double[]){t->t0}, decode, 1);
    append_line(out, "head", (const double[]){t->h0, t->h1}, (const char *const[]){"", "S"}, 2);
    text_printf(out, "microseconds a layer, of %g\n", t->layers);
    append_larger(out, "linear", (const double[]){t->a0, t->a1}, "T",
                  (const double[]){t->b0, t->b1}, "T");
    if (t->experts > 0)
        append_larger(out, "experts", (const double[]){t->x0, t->x1}, "hit",
                      (const double[]){t->y0, t->y1}, "T");
    append_line(out, "decode", (const double[]){t->d0, t->d1, t->d2}, decode, 3);
    append_line(out, "prefill", (const double[]){t->p0, t->p1, t->p2, t->p3}, chunk, 4);
    append_line(out, "mixed", (const double[]){t->m0, t->m1, t->m2, t->m3, t->m4, t->m5}, chunk, 6);
    if (t->r0 + t->r1 > 0)
        append_line(out, "all-reduce", (const double[]){t->r0, t->r1}, tokens, 2);
    text_printf(out, "  T tokens, S sampled, n decoding with K cached, c chunk on p cached%s\n",
                t->graphs ? ";\n  T up to 512 is padded to the next CUDA graph" : "");
}

static void append_batched_terms(struct text *out, const struct profile *p) {
    text_printf(out, "\nseconds a batch\n  %.4g + max(%.4g, %.4g items + %.4g tokens)\n", p->base_s,
                p->memory_s, p->item_s, p->token_s);
}

static void append_head(struct text *out, const struct profile *p) {
    text_printf(out, "%s, %s on %s, tensor parallel %d\n%s %s, measured %s\n", p->model,
                precision_word(p->precision), p->accelerator, p->tensor_parallel, p->engine,
                p->version, p->date);
    struct text from = {.arena = out->arena};
    text_printf(&from, "%s, %d rows: %s", p->method, p->rows, p->source);
    append_wrapped(out, from.data, WIDTH, 2);
    if (p->kind == PROFILE_LLM)
        append_llm_terms(out, &p->time);
    else
        append_batched_terms(out, p);
}

static void append_range(struct text *out, const struct profile *p) {
    const struct profile_range *r = &p->range;
    struct text words = {.arena = out->arena};
    if (p->kind == PROFILE_LLM)
        text_printf(&words,
                    "Measured up to %g tokens and %g sequences in a step, chunks of %g tokens on "
                    "%g cached, and %g tokens of context: beyond any of these the profile "
                    "extrapolates.",
                    r->tokens, r->sequences, r->chunk, r->cached, r->decode_context);
    else
        text_printf(&words,
                    "Measured up to %g items and %g tokens in a batch: beyond these the profile "
                    "extrapolates.",
                    r->sequences, r->tokens);
    if (p->kv_blocks > 0)
        text_printf(&words, " Its engine had %lld KV blocks of 16 tokens.",
                    (long long)p->kv_blocks);
    text_append_string(out, "\n");
    append_wrapped(out, words.data, WIDTH, 0);
}

/* In percent to one digit, without a signed zero. */
static double percent(double share) {
    return fabs(share) < 0.0005 ? 0 : 100 * share;
}

static void append_parts(struct text *out, const struct fit *fit) {
    text_printf(out, "\n%-22s %6s %9s %9s %9s   %s\n", "held-back rows", "rows", "median", "mean",
                "largest", "4 of 5 within");
    for (int i = 0; i < fit->n_parts; i++) {
        const struct fit_error *e = &fit->parts[i].held_back;
        text_printf(out, "%-22s %6d %8.1f%% %8.1f%% %8.1f%%   %+.1f .. %+.1f%%\n",
                    fit->parts[i].name, e->rows, 100 * e->median, 100 * e->mean, 100 * e->max,
                    percent(e->low), percent(e->high));
    }
}

static void append_fit(struct text *out, const struct fit *fit) {
    append_head(out, &fit->profile);
    append_parts(out, fit);
    append_range(out, &fit->profile);
    for (int i = 0; i < fit->n_notes; i++)
        append_wrapped(out, fit->notes[i], WIDTH, 0);
}

/* ---- as JSON ---- */

static void add_term(void *context, const struct profile_term *term) {
    struct bytes word = bytes_of(term->value);
    double number = 0;
    int64_t whole = 0;
    json_t *value = !term->is_number                   ? json_string(term->value)
                    : text_parse_int64(word, &whole)   ? json_integer(whole)
                    : text_parse_double(word, &number) ? json_real(number)
                                                       : json_null();
    json_object_set_new(context, term->name, value);
}

static void append_fit_json(struct text *out, const struct fit *fit) {
    json_t *root = json_pack("{s:i}", "schema_version", 1), *terms = json_object();
    ENSURE(root != NULL && terms != NULL);
    profile_for_each_term(&fit->profile, add_term, terms);
    json_object_set_new(root, "profile", terms);
    if (fit->n_parts) {
        json_t *parts = json_array();
        for (int i = 0; i < fit->n_parts; i++) {
            const struct fit_error *e = &fit->parts[i].held_back;
            json_array_append_new(parts, json_pack("{s:s,s:i,s:f,s:f,s:f,s:f,s:f}", "regime",
                                                   fit->parts[i].name, "rows", e->rows, "median",
                                                   e->median, "mean", e->mean, "largest", e->max,
                                                   "low", e->low, "high", e->high));
        }
        json_object_set_new(root, "held_back", parts);
        json_t *notes = json_array();
        for (int i = 0; i < fit->n_notes; i++)
            json_array_append_new(notes, json_string(fit->notes[i]));
        json_object_set_new(root, "notes", notes);
    }
    append_json(out, root, FIGURE_DIGITS);
}

/* ---- perf fit ---- */

struct fitting {
    struct arena *arena;
    const struct arguments *arguments;
    struct file_system files;
    struct catalog catalog;
    struct fit_setup setup;
    struct err err;
    struct err_list *errs;
};

static const char *value_of(const struct fitting *f, enum option_id id) {
    return f->arguments->value[id];
}

static bool need(struct fitting *f, enum option_id id, const char *what) {
    if (value_of(f, id))
        return true;
    err_set(&f->err, ERR_USAGE, "perf fit needs %s", what);
    err_hint(&f->err, "headroom help perf has an example");
    return false;
}

static bool read_whole(struct fitting *f, enum option_id id, const char *name, int64_t low,
                       int64_t high, int64_t *out) {
    if (!value_of(f, id))
        return true;
    return (text_parse_int64(bytes_of(value_of(f, id)), out) && *out >= low && *out <= high) ||
           err_set(&f->err, ERR_USAGE, "--%s must be a whole number from %lld to %lld", name,
                   (long long)low, (long long)high);
}

static bool read_precision(struct fitting *f, enum option_id id, const char *name,
                           enum precision *out) {
    *out = PRECISION_BF16;
    return !value_of(f, id) || precision_parse(bytes_of(value_of(f, id)), out) ||
           err_set(&f->err, ERR_USAGE, "--%s must be fp32, bf16, fp8, int8, fp4 or int4", name);
}

static bool read_overhead(struct fitting *f) {
    struct quantity duration = {0};
    const char *value = value_of(f, OPTION_STEP_OVERHEAD);
    if (value && (quantity_parse(QUANTITY_DURATION, bytes_of(value), &duration) != QUANTITY_FINE ||
                  !(duration.value >= 0 && duration.value <= 10)))
        return err_set(&f->err, ERR_USAGE, "--step-overhead must be a duration such as 0.5ms");
    f->setup.t0_us = duration.value * 1e6;
    return true;
}

static bool find_names(struct fitting *f) {
    int n;
    const char *model = value_of(f, OPTION_MODEL);
    const char *accelerator = value_of(f, OPTION_ACCELERATOR);
    f->setup.model = catalog_model(&f->catalog, bytes_of(model));
    if (!f->setup.model) {
        const char *const *names = catalog_model_names(&f->catalog, f->arena, &n);
        const char *near = text_nearest(bytes_of(model), names, (size_t)n);
        err_set(&f->err, ERR_INPUT, "unknown model '%s'", model);
        err_hint(&f->err, near ? "did you mean '%s'?" : "headroom explain models lists them", near);
        return false;
    }
    f->setup.accelerator = catalog_accelerator(&f->catalog, accelerator);
    if (f->setup.accelerator)
        return true;
    const char **names = arena_new(f->arena, const char *, f->catalog.n_accelerators);
    for (n = 0; n < f->catalog.n_accelerators; n++)
        names[n] = f->catalog.accelerators[n].name;
    const char *near = text_nearest(bytes_of(accelerator), names, (size_t)n);
    err_set(&f->err, ERR_INPUT, "unknown accelerator '%s'", accelerator);
    err_hint(&f->err, near ? "did you mean '%s'?" : "headroom explain accelerators lists them",
             near);
    return false;
}

static bool read_setup(struct fitting *f) {
    struct fit_setup *s = &f->setup;
    struct date date;
    int64_t devices = 1;
    if (!need(f, OPTION_MODEL, "--model") || !need(f, OPTION_ACCELERATOR, "--accelerator") ||
        !need(f, OPTION_ENGINE, "--engine") ||
        !need(f, OPTION_ENGINE_VERSION, "--engine-version") ||
        !need(f, OPTION_DATE, "--date, the day of the measurement") || !find_names(f) ||
        !read_precision(f, OPTION_PRECISION, "precision", &s->precision) ||
        !read_precision(f, OPTION_KV_PRECISION, "kv-precision", &s->kv_precision) ||
        !read_whole(f, OPTION_TENSOR_PARALLEL, "tensor-parallel", 1, 1024, &devices) ||
        !read_whole(f, OPTION_KV_BLOCKS, "kv-blocks", 1, (int64_t)1e12, &s->kv_blocks) ||
        !read_overhead(f))
        return false;
    s->tensor_parallel = (int)devices;
    s->engine = value_of(f, OPTION_ENGINE);
    s->version = value_of(f, OPTION_ENGINE_VERSION);
    s->date = value_of(f, OPTION_DATE);
    return calendar_parse_date(bytes_of(s->date), &date) ||
           err_set(&f->err, ERR_USAGE, "--date must be a day as YYYY-MM-DD");
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Where the measurements are from: as stated, else the names of the files. */
static const char *source_words(struct fitting *f, const enum option_id *files, int n) {
    if (value_of(f, OPTION_SOURCE))
        return value_of(f, OPTION_SOURCE);
    struct text words = {.arena = f->arena};
    for (int i = 0; i < n; i++)
        if (value_of(f, files[i]))
            text_printf(&words, "%s%s", words.n ? ", " : "", base_name(value_of(f, files[i])));
    return words.data;
}

static bool check_kernel_options(struct fitting *f) {
    const struct fit_setup *s = &f->setup;
    if (!need(f, OPTION_DENSE, "--dense, the table of the linear layers") ||
        !need(f, OPTION_ATTENTION, "--attention, the table of attention") ||
        !need(f, OPTION_PER_SEQUENCE, "--per-sequence, the table of the output head"))
        return false;
    if (s->model->kind != MODEL_DECODER)
        return err_set(&f->err, ERR_INPUT, "%s is no decoder: kernel tables are of decoders",
                       s->model->name);
    if (s->model->experts > 0 &&
        !need(f, OPTION_MOE, "--moe, the table of the experts, for this model"))
        return false;
    if (s->model->experts == 0 && value_of(f, OPTION_MOE))
        return err_set(&f->err, ERR_USAGE, "%s has no experts: leave --moe out", s->model->name);
    if (s->tensor_parallel == 1 && value_of(f, OPTION_ALL_REDUCE))
        return err_set(&f->err, ERR_USAGE, "one device has no all-reduce: leave --all-reduce out");
    return s->tensor_parallel == 1 ||
           need(f, OPTION_ALL_REDUCE, "--all-reduce for more than one device");
}

static bool fit_kernel_files(struct fitting *f, struct fit *out) {
    static const enum option_id ids[5] = {OPTION_DENSE, OPTION_ATTENTION, OPTION_PER_SEQUENCE,
                                          OPTION_ALL_REDUCE, OPTION_MOE};
    struct source *sources[5] = {NULL};
    if (!check_kernel_options(f) || !plausible_setup(&f->setup, &f->err))
        return false;
    f->setup.source = source_words(f, ids, 5);
    bool ok = true;
    for (int i = 0; i < 5 && ok; i++)
        if (value_of(f, ids[i]))
            ok = (sources[i] = f->files.open(f->files.context, f->arena, value_of(f, ids[i]), NULL,
                                             &f->err)) != NULL;
    struct kernel_tables tables;
    struct kernel_limits limits = {f->setup.model->context_max, f->setup.model->experts,
                                   f->setup.tensor_parallel};
    ok = ok && kernel_tables_read(f->arena,
                                  &(struct kernel_sources){sources[0], sources[1], sources[2],
                                                           sources[3], sources[4]},
                                  &limits, &tables, f->errs);
    for (int i = 0; i < 5; i++)
        source_close(sources[i]);
    if (!ok)
        return false;
    fit_kernels(f->arena, &f->setup, &tables, out);
    plausible_warn(f->arena, &f->setup, &tables, out);
    return true;
}

/* ---- from benchmark results ---- */

/* Files are the words after `fit`. */
static bool check_row_options(struct fitting *f) {
    static const enum option_id kernels[] = {OPTION_DENSE,        OPTION_ATTENTION,
                                             OPTION_PER_SEQUENCE, OPTION_ALL_REDUCE,
                                             OPTION_MOE,          OPTION_STEP_OVERHEAD};
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++)
        if (value_of(f, kernels[i]))
            return err_set(&f->err, ERR_USAGE,
                           "benchmark results and kernel tables are fitted apart: leave one out");
    return f->setup.model->kind == MODEL_DECODER ||
           err_set(&f->err, ERR_INPUT, "%s is no decoder: benchmark results are of decoders",
                   f->setup.model->name);
}

static bool fit_row_files(struct fitting *f, struct fit *out) {
    struct benchmark_rows rows = {0};
    struct text names = {.arena = f->arena};
    if (!check_row_options(f) || !plausible_setup(&f->setup, &f->err))
        return false;
    struct benchmark_limits limits = fit_rows_limits(&f->setup);
    for (int i = 1; i < f->arguments->n_words; i++) {
        const char *path = f->arguments->words[i];
        struct source *source = f->files.open(f->files.context, f->arena, path, NULL, &f->err);
        if (!source)
            return false;
        benchmark_rows_read(f->arena, source, &limits, &rows, f->errs);
        source_close(source);
        text_printf(&names, "%s%s", i > 1 ? ", " : "", base_name(path));
    }
    f->setup.source = value_of(f, OPTION_SOURCE) ? value_of(f, OPTION_SOURCE) : names.data;
    if (f->errs->n > 0 || !fit_rows(f->arena, &f->setup, &rows, out, &f->err))
        return false;
    plausible_warn(f->arena, &f->setup, NULL, out);
    return true;
}

/* What is written must read back: a mistake here is one of an option's words. */
static bool check_written(struct fitting *f, const struct text *csv) {
    struct profile back;
    struct bytes bytes = {csv->data, csv->n};
    struct source *source = source_open_memory(f->arena, bytes, "profile", &f->err);
    bool ok = source && profile_read(f->arena, &f->catalog, source, &back, f->errs);
    source_close(source);
    return ok;
}

static int fit_profile_of(struct fitting *f) {
    struct fit fit;
    struct text csv = {.arena = f->arena}, out = {.arena = f->arena};
    const char *path = value_of(f, OPTION_OUT);
    bool ok = catalog_shipped(f->arena, &f->catalog, &f->err) && read_setup(f) &&
              (f->arguments->n_words > 1 ? fit_row_files(f, &fit) : fit_kernel_files(f, &fit));
    if (ok) {
        profile_append_csv(&csv, &fit.profile);
        ok = check_written(f, &csv) && (!path || write_file(path, csv.data, csv.n, &f->err));
    }
    if (!ok)
        return f->errs->n ? print_errors(f->errs) : print_error(&f->err);
    bool json = f->arguments->given[OPTION_JSON];
    if (json)
        append_fit_json(&out, &fit);
    else
        append_fit(&out, &fit);
    if (path && !json)
        text_printf(&out, "\n%s\n", path);
    return print_form(f->arena, &out, json);
}

/* ---- perf show ---- */

static void append_list(struct text *out, const struct catalog *catalog) {
    for (int i = 0; i < catalog->n_profiles; i++) {
        const struct profile *p = &catalog->profiles[i];
        text_printf(out, "%s\n    ", p->name);
        append_wrapped(out,
                       arena_printf(out->arena, "%s, %s on %s x %d, %s %s, %s, median error %.1f%%",
                                    p->model, precision_word(p->precision), p->accelerator,
                                    p->tensor_parallel, p->engine, p->version, p->date,
                                    100 * p->error_median),
                       WIDTH - 4, 6);
    }
    if (catalog->n_profiles)
        text_append_string(out, "\n");
    text_append_string(out, "headroom perf show NAME (or FILE) has the terms of one.\n");
}

/* A file when the argument looks like one, else the name of a shipped profile. */
static bool find_profile(struct fitting *f, const char *argument, struct profile *out) {
    const struct catalog *catalog = &f->catalog;
    if (strchr(argument, '/') || strstr(argument, ".csv")) {
        struct source *source = f->files.open(f->files.context, f->arena, argument, NULL, &f->err);
        bool ok = source && profile_read(f->arena, catalog, source, out, f->errs);
        source_close(source);
        return ok;
    }
    const struct profile *named = profile_named(catalog->profiles, catalog->n_profiles, argument);
    if (named) {
        *out = *named;
        return true;
    }
    const char **names = arena_new(f->arena, const char *, catalog->n_profiles);
    for (int i = 0; i < catalog->n_profiles; i++)
        names[i] = catalog->profiles[i].name;
    const char *near = text_nearest(bytes_of(argument), names, (size_t)catalog->n_profiles);
    err_set(&f->err, ERR_INPUT, "no profile is named '%s'", argument);
    err_hint(&f->err, near ? "did you mean '%s'?" : "headroom perf show lists them", near);
    return false;
}

static int show(struct fitting *f) {
    struct fit fit = {.n_parts = 0};
    struct text out = {.arena = f->arena};
    if (!catalog_shipped(f->arena, &f->catalog, &f->err))
        return print_error(&f->err);
    if (f->arguments->n_words < 2) {
        append_list(&out, &f->catalog);
        return print_text(f->arena, &out);
    }
    if (!find_profile(f, f->arguments->words[1], &fit.profile))
        return f->errs->n ? print_errors(f->errs) : print_error(&f->err);
    if (f->arguments->given[OPTION_JSON]) {
        append_fit_json(&out, &fit);
        return print_result(out.data, out.n);
    }
    append_head(&out, &fit.profile);
    text_printf(&out, "\nheld-back rows: median error %.1f%%, four of five %+.1f .. %+.1f%%\n",
                100 * fit.profile.error_median, percent(fit.profile.error_low),
                percent(fit.profile.error_high));
    append_range(&out, &fit.profile);
    return print_text(f->arena, &out);
}

int command_perf(struct arena *arena, const struct arguments *arguments) {
    struct path_files paths = {.allow_outside = true};
    struct fitting f = {.arena = arena,
                        .arguments = arguments,
                        .files = path_file_system(&paths),
                        .errs = arena_new(arena, struct err_list, 1)};
    if (strcmp(arguments->words[0], "fit") == 0)
        return fit_profile_of(&f);
    if (strcmp(arguments->words[0], "show") == 0 && arguments->n_words <= 2)
        return show(&f);
    err_set(&f.err, ERR_USAGE, "unknown command 'perf %s%s'", arguments->words[0],
            arguments->n_words > 1 ? " ..." : "");
    err_hint(
        &f.err,
        "there are: perf fit --dense FILE ..., perf fit ... FILE..., perf show [NAME or FILE]");
    return print_error(&f.err);
}
