/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table of terms drives the reader and the writer. The reader notes where each value stands, so
 * that what does not fit together is told at its place, after the whole file has been read. */
#include "sim/profile.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"
#include "base/csv.h"
#include "base/embedded.h"

extern const struct embedded_file sim_embedded[];

/* ---- what a file holds ---- */

enum term_kind {
    TERM_KIND,
    TERM_MODEL,
    TERM_ACCELERATOR,
    TERM_PRECISION,
    TERM_TEXT,
    TERM_DATE,
    TERM_INT,
    TERM_INT64,
    TERM_NUMBER,
    TERM_YES_NO,
};

enum { IN_LLM = 1, IN_BATCHED = 2, IN_BOTH = 3 };

struct term {
    const char *name, *regime; /* a file lacks whole regimes more often than single terms */
    int kinds;                 /* of profiles that have it */
    enum term_kind kind;
    size_t offset;
    double low, high; /* numbers */
    const char *unit, *note;
};

#define AT(field) offsetof(struct profile, field)
#define TIME(field, regime, unit, note)                                                            \
    { #field, regime, IN_LLM, TERM_NUMBER, AT(time.field), 0, 1e12, unit, note }
#define TEXT(field, note)                                                                          \
    { #field, "setup", IN_BOTH, TERM_TEXT, AT(field), 0, 0, "", note }
#define RANGE(name, field, kinds, low, unit, note)                                                 \
    { name, "range", kinds, TERM_NUMBER, AT(range.field), low, 1e9, unit, note }
#define ERROR_OF(field, low, note)                                                                 \
    { #field, "error", IN_BOTH, TERM_NUMBER, AT(field), low, 1e3, "ratio", note }

static const struct term terms[] = {
    {"kind", "setup", IN_BOTH, TERM_KIND, AT(kind), 0, 0, "", "llm or batched"},
    {"model", "setup", IN_BOTH, TERM_MODEL, AT(model), 0, 0, "", "catalogue name"},
    {"accelerator", "setup", IN_BOTH, TERM_ACCELERATOR, AT(accelerator), 0, 0, "",
     "catalogue name"},
    {"tensor_parallel", "setup", IN_BOTH, TERM_INT, AT(tensor_parallel), 1, 1024, "devices", ""},
    {"precision", "setup", IN_BOTH, TERM_PRECISION, AT(precision), 0, 0, "", "of the weights"},
    {"kv_precision", "setup", IN_LLM, TERM_PRECISION, AT(kv_precision), 0, 0, "", "of the cache"},
    TEXT(engine, ""),
    TEXT(version, "of the engine"),
    {"date", "setup", IN_BOTH, TERM_DATE, AT(date), 0, 0, "", "of the measurement"},
    TEXT(method, ""),
    TEXT(source, "where the measurements are from"),
    TIME(layers, "step", "layers", ""),
    TIME(t0, "step", "us", "a step"),
    {"graphs", "step", IN_LLM, TERM_YES_NO, AT(time.graphs), 0, 0, "",
     "small steps are padded to CUDA-graph sizes"},
    TIME(a0, "linear", "us", "a layer: linear layers, bandwidth bound"),
    TIME(a1, "linear", "us", "a layer and token"),
    TIME(b0, "linear", "us", "a layer: linear layers, compute bound"),
    TIME(b1, "linear", "us", "a layer and token"),
    TIME(experts, "moe", "experts", "0: a dense model"),
    TIME(experts_chosen, "moe", "experts", "of a token"),
    TIME(x0, "moe", "us", "a layer: experts, bandwidth bound"),
    TIME(x1, "moe", "us", "a layer and expert hit"),
    TIME(y0, "moe", "us", "a layer: experts, compute bound"),
    TIME(y1, "moe", "us", "a layer and token"),
    TIME(d0, "decode", "us", "a layer: attention of decode-only steps"),
    TIME(d1, "decode", "us", "a layer and sequence"),
    TIME(d2, "decode", "us", "a layer and cached token"),
    TIME(p0, "prefill", "us", "a layer: attention of prefill-only steps"),
    TIME(p1, "prefill", "us", "a layer and chunk token"),
    TIME(p2, "prefill", "us", "a layer, chunk token and token before it"),
    TIME(p3, "prefill", "us", "a layer and cached prefix token"),
    TIME(m0, "mixed", "us", "a layer: attention of mixed steps"),
    TIME(m1, "mixed", "us", "a layer and chunk token"),
    TIME(m2, "mixed", "us", "a layer, chunk token and token before it"),
    TIME(m3, "mixed", "us", "a layer and cached prefix token"),
    TIME(m4, "mixed", "us", "a layer and decoding sequence"),
    TIME(m5, "mixed", "us", "a layer and cached token of those"),
    TIME(r0, "all-reduce", "us", "a layer: both all-reduces"),
    TIME(r1, "all-reduce", "us", "a layer and token"),
    TIME(h0, "head", "us", "a step: output head and sampler"),
    TIME(h1, "head", "us", "a step and sampled sequence"),
    {"base", "batch", IN_BATCHED, TERM_NUMBER, AT(base_s), 0, 1e6, "s", "a batch"},
    {"memory", "batch", IN_BATCHED, TERM_NUMBER, AT(memory_s), 0, 1e6, "s",
     "a batch at least, beside base"},
    {"item", "batch", IN_BATCHED, TERM_NUMBER, AT(item_s), 0, 1e6, "s", "an item"},
    {"token", "batch", IN_BATCHED, TERM_NUMBER, AT(token_s), 0, 1e6, "s", "a token"},
    {"kv_blocks", "cache", IN_LLM, TERM_INT64, AT(kv_blocks), 0, 1e12, "blocks",
     "of 16 tokens; 0: not measured"},
    RANGE("range_tokens", tokens, IN_BOTH, 0, "tokens",
          "measured up to so many in a step or batch"),
    RANGE("range_sequences", sequences, IN_BOTH, 1, "sequences", "or items of a batch"),
    RANGE("range_chunk", chunk, IN_LLM, 1, "tokens", "of a prompt in one step"),
    RANGE("range_cached", cached, IN_LLM, 0, "tokens", "before a chunk"),
    RANGE("range_context", decode_context, IN_LLM, 1, "tokens", "of a decoding sequence"),
    {"rows", "error", IN_BOTH, TERM_INT, AT(rows), 1, 1e9, "rows", "measurements fitted"},
    ERROR_OF(error_median, 0, "|predicted / measured - 1| of held-back rows"),
    ERROR_OF(error_low, -1, "measured / predicted - 1: four of five held-back rows"),
    ERROR_OF(error_high, -1, "lie between these two"),
};
enum { N_TERMS = sizeof terms / sizeof terms[0] };

static int kind_bit(enum profile_kind kind) {
    return kind == PROFILE_LLM ? IN_LLM : IN_BATCHED;
}

/* ---- one cell ---- */

struct reading {
    struct arena *arena;
    const struct catalog *catalog;
    const char *file;
    struct csv_reader *csv;
    struct csv_row row;
    int index[4]; /* term, value, unit, note */
    struct profile profile;
    bool seen[N_TERMS], good[N_TERMS];
    struct err place[N_TERMS]; /* of its value */
    struct err_list *errs;
};

enum { CELL_TERM, CELL_VALUE, CELL_UNIT };

static struct bytes cell(const struct reading *r, int c) {
    return bytes_trim(r->row.fields[r->index[c]].text);
}

static bool mistake(struct reading *r, int c, const char *hint, const char *what) {
    struct err err;
    csv_err(r->csv, &r->row, r->index[c], &err, "%s", what);
    if (hint)
        err_hint(&err, "%s", hint);
    return err_list_add(r->errs, &err);
}

static const char *did_you_mean(struct reading *r, struct bytes word, const char *const *names,
                                int n) {
    const char *near = text_nearest(word, names, (size_t)n);
    return near ? arena_printf(r->arena, "did you mean '%s'?", near) : NULL;
}

static bool read_kind(struct reading *r, struct bytes value, enum profile_kind *out) {
    if (!bytes_are(value, "llm") && !bytes_are(value, "batched"))
        return mistake(r, CELL_VALUE, NULL, "kind must be llm or batched");
    *out = bytes_are(value, "llm") ? PROFILE_LLM : PROFILE_BATCHED;
    return true;
}

static bool read_model(struct reading *r, struct bytes value, const char **out) {
    const struct model *model = catalog_model(r->catalog, value);
    if (model) {
        *out = model->name;
        return true;
    }
    int n;
    const char *const *names = catalog_model_names(r->catalog, r->arena, &n);
    return mistake(r, CELL_VALUE, did_you_mean(r, value, names, n),
                   arena_printf(r->arena, "unknown model '%.*s'", (int)value.n, value.data));
}

static bool read_accelerator(struct reading *r, struct bytes value, const char **out) {
    const char **names = arena_new(r->arena, const char *, r->catalog->n_accelerators);
    for (int i = 0; i < r->catalog->n_accelerators; i++) {
        names[i] = r->catalog->accelerators[i].name;
        if (bytes_are(value, names[i])) {
            *out = names[i];
            return true;
        }
    }
    return mistake(r, CELL_VALUE, did_you_mean(r, value, names, r->catalog->n_accelerators),
                   arena_printf(r->arena, "unknown accelerator '%.*s'", (int)value.n, value.data));
}

/* Words that end up on pages and in tables, and come back unchanged from a file. */
static bool read_text(struct reading *r, const struct term *term, struct bytes value,
                      const char **out) {
    char *copy = text_printable(r->arena, value);
    if (value.n == 0 || value.n > 200 || strlen(copy) != value.n ||
        memcmp(copy, value.data, value.n) != 0)
        return mistake(r, CELL_VALUE, NULL,
                       arena_printf(r->arena, "%s must be 1 to 200 printable bytes", term->name));
    if (strchr("=+-@", value.data[0]))
        return mistake(
            r, CELL_VALUE, "spreadsheets would compute it",
            arena_printf(r->arena, "%s must not begin with '%c'", term->name, value.data[0]));
    *out = copy;
    return true;
}

static bool read_date(struct reading *r, struct bytes value, const char **out) {
    struct date date;
    if (!calendar_parse_date(value, &date))
        return mistake(r, CELL_VALUE, NULL, "date must be a day as YYYY-MM-DD");
    *out = arena_strndup(r->arena, value.data, value.n);
    return true;
}

static bool read_yes_no(struct reading *r, const struct term *term, struct bytes value, bool *out) {
    *out = bytes_are(value, "yes");
    return *out || bytes_are(value, "no") ||
           mistake(r, CELL_VALUE, NULL, arena_printf(r->arena, "%s must be yes or no", term->name));
}

static bool read_number(struct reading *r, const struct term *term, struct bytes value,
                        double *out) {
    bool whole = term->kind != TERM_NUMBER;
    int64_t n = 0;
    bool ok = whole ? text_parse_int64(value, &n) : text_parse_double(value, out);
    if (ok && whole)
        *out = (double)n;
    if (ok && *out >= term->low && *out <= term->high)
        return true;
    return mistake(r, CELL_VALUE, NULL,
                   arena_printf(r->arena, "%s must be a %s from %.12g to %.12g, not '%.*s'",
                                term->name, whole ? "whole number" : "number", term->low,
                                term->high, (int)(value.n < 60 ? value.n : 60), value.data));
}

static bool read_value(struct reading *r, const struct term *term, struct bytes value) {
    void *at = (char *)&r->profile + term->offset;
    double number = 0;
    switch (term->kind) {
    case TERM_KIND:
        return read_kind(r, value, at);
    case TERM_MODEL:
        return read_model(r, value, at);
    case TERM_ACCELERATOR:
        return read_accelerator(r, value, at);
    case TERM_PRECISION:
        return precision_parse(value, at) ||
               mistake(r, CELL_VALUE, "fp32, bf16, fp8, int8, fp4 or int4",
                       arena_printf(r->arena, "unknown %s", term->name));
    case TERM_TEXT:
        return read_text(r, term, value, at);
    case TERM_DATE:
        return read_date(r, value, at);
    case TERM_YES_NO:
        return read_yes_no(r, term, value, at);
    case TERM_INT:
    case TERM_INT64:
    case TERM_NUMBER:
        break;
    }
    if (!read_number(r, term, value, &number))
        return false;
    if (term->kind == TERM_INT)
        *(int *)at = (int)number;
    else if (term->kind == TERM_INT64)
        *(int64_t *)at = (int64_t)number;
    else
        *(double *)at = number;
    return true;
}

/* ---- rows ---- */

static int find_term(struct reading *r) {
    struct bytes name = cell(r, CELL_TERM);
    const char *names[N_TERMS];
    int kind = kind_bit(r->profile.kind), n = 0;
    for (int t = 0; t < N_TERMS; t++) {
        if (!(terms[t].kinds & kind))
            continue;
        if (bytes_are(name, terms[t].name))
            return t;
        names[n++] = terms[t].name;
    }
    mistake(r, CELL_TERM, did_you_mean(r, name, names, n),
            arena_printf(r->arena, "unknown term '%.*s' of a profile of kind %s",
                         (int)(name.n < 60 ? name.n : 60), name.data,
                         kind == IN_LLM ? "llm" : "batched"));
    return -1;
}

static void read_row(struct reading *r) {
    if (r->row.n_fields != 4) {
        struct err err;
        csv_err(r->csv, &r->row, 0, &err, "this row has %d cells, the header 4", r->row.n_fields);
        err_list_add(r->errs, &err);
        return;
    }
    if (!r->seen[0] && !bytes_are(cell(r, CELL_TERM), "kind")) {
        mistake(r, CELL_TERM, NULL, "the first term must be kind: llm or batched");
        r->seen[0] = true; /* once; llm is what most are */
    }
    int t = find_term(r);
    if (t < 0)
        return;
    const struct term *term = &terms[t];
    if (r->seen[t]) {
        mistake(r, CELL_TERM, NULL, arena_printf(r->arena, "'%s' stands here twice", term->name));
        return;
    }
    r->seen[t] = true;
    if (!bytes_are(cell(r, CELL_UNIT), term->unit))
        mistake(r, CELL_UNIT, NULL,
                term->unit[0]
                    ? arena_printf(r->arena, "the unit of %s is %s", term->name, term->unit)
                    : arena_printf(r->arena, "%s has no unit", term->name));
    csv_err(r->csv, &r->row, r->index[CELL_VALUE], &r->place[t], "?");
    r->good[t] = read_value(r, term, cell(r, CELL_VALUE));
}

static void list_missing(struct reading *r, int last_line) {
    int kind = kind_bit(r->profile.kind);
    for (int t = 0; t < N_TERMS; t++) {
        if (t > 0 && strcmp(terms[t].regime, terms[t - 1].regime) == 0)
            continue;
        struct text names = {.arena = r->arena};
        int n = 0;
        for (int i = t; i < N_TERMS && strcmp(terms[i].regime, terms[t].regime) == 0; i++)
            if ((terms[i].kinds & kind) && !r->seen[i])
                text_printf(&names, "%s%s", n++ ? ", " : "", terms[i].name);
        if (n == 0)
            continue;
        struct err err;
        err_at(&err, r->file, last_line, 0, "the file ends without %s of '%s'", names.data,
               terms[t].regime);
        err_hint(&err, "every term must be stated; headroom perf fit writes all of them");
        err_list_add(r->errs, &err);
    }
}

/* ---- what must fit together ---- */

static int term_at(size_t offset) {
    int t = 0;
    while (terms[t].offset != offset)
        t++;
    return t;
}

static void misfit(struct reading *r, size_t offset, const char *what) {
    struct err err = r->place[term_at(offset)];
    memset(err.what, 0, sizeof err.what);
    memcpy(err.what, what, strlen(what) < sizeof err.what ? strlen(what) : sizeof err.what - 1);
    err_list_add(r->errs, &err);
}

static bool has(const struct reading *r, size_t offset) {
    return r->good[term_at(offset)];
}

static void check_equal(struct reading *r, size_t offset, const char *name, double got,
                        double want) {
    if (has(r, offset) && got != want)
        misfit(r, offset,
               arena_printf(r->arena, "%s has %.12g %s, not %.12g", r->profile.model, want, name,
                            got));
}

static void check_length(struct reading *r, size_t offset, double length, int context_max) {
    if (has(r, offset) && length > context_max)
        misfit(r, offset,
               arena_printf(r->arena, "%.12g tokens are beyond the context of %s, %d", length,
                            r->profile.model, context_max));
}

static void check_shape(struct reading *r, const struct model *model) {
    const struct profile *p = &r->profile;
    check_equal(r, AT(time.layers), "layers", p->time.layers, model->layers);
    check_equal(r, AT(time.experts), "experts", p->time.experts, model->experts);
    check_equal(r, AT(time.experts_chosen), "experts chosen by a token", p->time.experts_chosen,
                model->experts_chosen);
    check_length(r, AT(range.chunk), p->range.chunk, model->context_max);
    check_length(r, AT(range.cached), p->range.cached, model->context_max);
    check_length(r, AT(range.decode_context), p->range.decode_context, model->context_max);
    const struct iteration_time *t = &p->time;
    if (has(r, AT(time.a0)) && t->a0 + t->a1 + t->b0 + t->b1 <= 0)
        misfit(r, AT(time.a0), "the linear layers take no time: a0, a1, b0 and b1 are all 0");
    if (model->experts > 0 && has(r, AT(time.x0)) && t->x0 + t->x1 + t->y0 + t->y1 <= 0)
        misfit(r, AT(time.x0), "the experts take no time: x0, x1, y0 and y1 are all 0");
}

static void check_batch(struct reading *r) {
    const struct profile *p = &r->profile;
    if (has(r, AT(base_s)) && p->base_s + p->memory_s + p->item_s + p->token_s <= 0)
        misfit(r, AT(base_s), "a batch takes no time: base, memory, item and token are all 0");
}

static void check_together(struct reading *r) {
    const struct profile *p = &r->profile;
    if (has(r, AT(error_high)) && has(r, AT(error_low)) && p->error_low > p->error_high)
        misfit(r, AT(error_high), "error_high lies below error_low");
    if (!has(r, AT(model)))
        return;
    const struct model *model = catalog_model(r->catalog, bytes_of(p->model));
    if ((model->kind == MODEL_DECODER) != (p->kind == PROFILE_LLM))
        misfit(r, AT(model),
               arena_printf(r->arena, "%s is %s decoder: its profile is of kind %s", model->name,
                            model->kind == MODEL_DECODER ? "a" : "no",
                            model->kind == MODEL_DECODER ? "llm" : "batched"));
    else if (p->kind == PROFILE_LLM)
        check_shape(r, model);
    else
        check_batch(r);
}

/* ---- files ---- */

static bool read_first_line(struct reading *r) {
    struct err err = {0};
    if (!csv_next(r->csv, &r->row, &err))
        return err_list_add(r->errs, &err);
    bool ours = r->row.n_fields == 2 && bytes_are(r->row.fields[0].text, "headroom_profile");
    if (ours && bytes_are(r->row.fields[1].text, "1"))
        return true;
    if (r->row.n_fields == 0)
        err_set(&err, ERR_INPUT, "the file is empty");
    else
        csv_err(r->csv, &r->row, 0, &err, ours ? "unknown format version" : "not a profile");
    err_hint(&err, "the first line must be: headroom_profile,1");
    return err_list_add(r->errs, &err);
}

static void read_rows(struct reading *r) {
    static const char *const names[] = {"term", "value", "unit", "note"};
    struct err err = {0};
    if (!csv_header(r->csv, names, 4, false, r->index, &err)) {
        err_list_add(r->errs, &err);
        return;
    }
    for (int line = 2;; line = r->row.line) {
        if (!csv_next(r->csv, &r->row, &err)) {
            err_list_add(r->errs, &err);
            return;
        }
        if (r->row.n_fields == 0) {
            list_missing(r, line);
            check_together(r);
            return;
        }
        read_row(r);
    }
}

static const char *stem(struct arena *arena, const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = strlen(name);
    bool csv = n > 4 && strcmp(name + n - 4, ".csv") == 0;
    return arena_strndup(arena, name, csv ? n - 4 : n);
}

bool profile_read(struct arena *arena, const struct catalog *catalog, struct source *source,
                  struct profile *out, struct err_list *errs) {
    struct reading *r = arena_new(arena, struct reading, 1);
    struct err err = {0};
    int before = errs->n_total;
    *r = (struct reading){
        .arena = arena, .catalog = catalog, .errs = errs, .file = source_name(source)};
    r->profile.kv_precision = PRECISION_BF16;
    r->profile.name = stem(arena, r->file);
    r->csv = csv_open(arena, source, ',', &err);
    if (!r->csv)
        return err_list_add(errs, &err);
    if (read_first_line(r))
        read_rows(r);
    csv_close(r->csv);
    err_list_sort(errs);
    if (errs->n_total > before)
        return false;
    *out = r->profile;
    return true;
}

/* ---- writing ---- */

static const char *value_words(const struct profile *profile, const struct term *term,
                               char digits[32]) {
    const void *at = (const char *)profile + term->offset;
    switch (term->kind) {
    case TERM_KIND:
        return profile->kind == PROFILE_LLM ? "llm" : "batched";
    case TERM_MODEL:
    case TERM_ACCELERATOR:
    case TERM_TEXT:
    case TERM_DATE:
        return *(const char *const *)at;
    case TERM_PRECISION:
        return precision_word(*(const enum precision *)at);
    case TERM_YES_NO:
        return *(const bool *)at ? "yes" : "no";
    case TERM_INT:
        snprintf(digits, 32, "%d", *(const int *)at);
        break;
    case TERM_INT64:
        snprintf(digits, 32, "%lld", (long long)*(const int64_t *)at);
        break;
    case TERM_NUMBER:
        text_format_double(digits, *(const double *)at);
        break;
    }
    return digits;
}

void profile_for_each_term(const struct profile *profile, profile_visitor visit, void *context) {
    for (int t = 0; t < N_TERMS; t++) {
        char digits[32];
        bool is_number = terms[t].kind == TERM_INT || terms[t].kind == TERM_INT64 ||
                         terms[t].kind == TERM_NUMBER;
        if (terms[t].kinds & kind_bit(profile->kind))
            visit(context,
                  &(struct profile_term){terms[t].name, value_words(profile, &terms[t], digits),
                                         terms[t].unit, terms[t].note, is_number});
    }
}

static void append_term(void *context, const struct profile_term *term) {
    struct text *out = context;
    text_printf(out, "%s,", term->name);
    if (term->is_number)
        text_append_string(out, term->value);
    else
        csv_append_text(out, term->value);
    text_printf(out, ",%s,", term->unit);
    csv_append_text(out, term->note);
    text_append_string(out, "\n");
}

void profile_append_csv(struct text *out, const struct profile *profile) {
    text_append_string(out, "headroom_profile,1\nterm,value,unit,note\n");
    profile_for_each_term(profile, append_term, out);
}

bool profiles_shipped(struct arena *arena, const struct catalog *catalog,
                      const struct profile **out, int *n, struct err *err) {
    static const char folder[] = "sim/profiles/";
    int n_files = 0;
    for (const struct embedded_file *file = sim_embedded; file->path; file++)
        n_files += strncmp(file->path, folder, strlen(folder)) == 0;
    struct profile *profiles = arena_new(arena, struct profile, n_files);
    int at = 0;
    for (const struct embedded_file *file = sim_embedded; file->path; file++) {
        if (strncmp(file->path, folder, strlen(folder)) != 0)
            continue;
        struct err_list errs = {0};
        struct bytes bytes = {(const char *)file->data, file->n};
        struct source *source = source_open_memory(arena, bytes, file->path, err);
        bool ok = source && profile_read(arena, catalog, source, &profiles[at++], &errs);
        source_close(source);
        if (errs.n_total && err)
            *err = errs.items[0];
        if (!ok)
            return false;
    }
    *out = profiles;
    *n = n_files;
    return true;
}

const struct profile *profile_find(const struct profile *profiles, int n, const char *model,
                                   const char *accelerator, enum precision precision,
                                   enum precision kv_precision, int tensor_parallel) {
    for (int i = 0; i < n; i++) {
        const struct profile *p = &profiles[i];
        bool same_cache = p->kind == PROFILE_BATCHED || p->kv_precision == kv_precision;
        if (strcmp(p->model, model) == 0 && strcmp(p->accelerator, accelerator) == 0 &&
            p->precision == precision && same_cache && p->tensor_parallel == tensor_parallel)
            return p;
    }
    return NULL;
}

const struct profile *profile_named(const struct profile *profiles, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}
