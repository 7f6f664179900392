/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One reader for three tables: a table of columns says what a cell must be and where in the struct
 * it goes, so that every cell is checked in the same way and every message reads alike. */
#include "sim/catalog.h"

#include <stddef.h>
#include <string.h>

#include "base/csv.h"
#include "base/embedded.h"
#include "sim/profile.h"

extern const struct embedded_file sim_embedded[];

/* ---- what the files look like ---- */

enum cell_kind { CELL_NAME, CELL_TEXT, CELL_INT, CELL_NUMBER, CELL_YES_NO, CELL_MODEL_KIND };

struct column {
    const char *name;
    enum cell_kind kind;
    size_t offset;
    double low, high; /* numbers */
    bool may_be_empty;
};

enum { COLUMNS_MAX = 24 };

struct table {
    const char *word; /* of the first line, and of messages */
    size_t row_size;
    int n_columns;
    struct column columns[COLUMNS_MAX];
};

#define AT(type, field) offsetof(struct type, field)

enum model_column {
    M_NAME,
    M_KIND,
    M_LAYERS,
    M_HIDDEN,
    M_HEADS,
    M_KV_HEADS,
    M_HEAD_DIM,
    M_VOCABULARY,
    M_TIED,
    M_CONTEXT,
    M_PARAMETERS,
    M_EXPERTS,
    M_CHOSEN,
    M_MOE_LAYERS,
    M_EXPERT_PARAMETERS,
    M_LATENT,
    M_WINDOW,
    M_WINDOW_LAYERS,
    M_GFLOP,
    M_SOURCE,
    M_COLUMNS
};

/* What may be empty depends on the kind: check_model. */
static const struct table models_table = {
    "headroom_models",
    sizeof(struct model),
    M_COLUMNS,
    {
        [M_NAME] = {"name", CELL_NAME, AT(model, name), 0, 0, false},
        [M_KIND] = {"kind", CELL_MODEL_KIND, AT(model, kind), 0, 0, false},
        [M_LAYERS] = {"layers", CELL_INT, AT(model, layers), 1, 1000, true},
        [M_HIDDEN] = {"hidden", CELL_INT, AT(model, hidden), 1, 1e6, true},
        [M_HEADS] = {"heads", CELL_INT, AT(model, heads), 1, 10000, true},
        [M_KV_HEADS] = {"kv_heads", CELL_INT, AT(model, kv_heads), 1, 10000, true},
        [M_HEAD_DIM] = {"head_dim", CELL_INT, AT(model, head_dim), 1, 10000, true},
        [M_VOCABULARY] = {"vocabulary", CELL_INT, AT(model, vocabulary), 1, 1e7, true},
        [M_TIED] = {"tied_embeddings", CELL_YES_NO, AT(model, tied_embeddings), 0, 0, true},
        [M_CONTEXT] = {"context_max", CELL_INT, AT(model, context_max), 1, 1e8, true},
        [M_PARAMETERS] = {"parameters", CELL_NUMBER, AT(model, parameters), 1e5, 1e14, false},
        [M_EXPERTS] = {"experts", CELL_INT, AT(model, experts), 2, 10000, true},
        [M_CHOSEN] = {"experts_chosen", CELL_INT, AT(model, experts_chosen), 1, 10000, true},
        [M_MOE_LAYERS] = {"moe_layers", CELL_INT, AT(model, moe_layers), 1, 1000, true},
        [M_EXPERT_PARAMETERS] = {"expert_parameters", CELL_NUMBER, AT(model, expert_parameters), 1,
                                 1e12, true},
        [M_LATENT] = {"latent_values", CELL_INT, AT(model, latent_values), 1, 1e6, true},
        [M_WINDOW] = {"window", CELL_INT, AT(model, window), 1, 1e8, true},
        [M_WINDOW_LAYERS] = {"window_layers", CELL_INT, AT(model, window_layers), 1, 1000, true},
        [M_GFLOP] = {"gflop_per_item", CELL_NUMBER, AT(model, gflop_per_item), 1e-3, 1e9, true},
        [M_SOURCE] = {"source", CELL_TEXT, AT(model, source), 0, 0, false},
    },
};

static const struct table accelerators_table = {
    "headroom_accelerators",
    sizeof(struct accelerator),
    10,
    {
        {"name", CELL_NAME, AT(accelerator, name), 0, 0, false},
        {"memory_gib", CELL_NUMBER, AT(accelerator, memory_gib), 0.1, 1e5, false},
        {"bandwidth_gbps", CELL_NUMBER, AT(accelerator, bandwidth_gbps), 0.1, 1e6, false},
        {"bf16_tflops", CELL_NUMBER, AT(accelerator, bf16_tflops), 0.01, 1e6, true},
        {"fp8_tflops", CELL_NUMBER, AT(accelerator, fp8_tflops), 0.01, 1e6, true},
        {"int8_tops", CELL_NUMBER, AT(accelerator, int8_tops), 0.01, 1e6, true},
        {"fp4_tflops", CELL_NUMBER, AT(accelerator, fp4_tflops), 0.01, 1e6, true},
        {"link_gbps", CELL_NUMBER, AT(accelerator, link_gbps), 0.01, 1e6, true},
        {"neuron_cores", CELL_INT, AT(accelerator, neuron_cores), 0, 64, false},
        {"source", CELL_TEXT, AT(accelerator, source), 0, 0, false},
    },
};

static const struct table instances_table = {
    "headroom_instances",
    sizeof(struct instance_type),
    9,
    {
        {"name", CELL_NAME, AT(instance_type, name), 0, 0, false},
        {"family", CELL_TEXT, AT(instance_type, family), 0, 0, false},
        {"quota_group", CELL_TEXT, AT(instance_type, quota_group), 0, 0, false},
        {"vcpu", CELL_NUMBER, AT(instance_type, vcpu), 0.25, 10000, false},
        {"memory_gib", CELL_NUMBER, AT(instance_type, memory_gib), 0.1, 1e6, false},
        {"accelerator", CELL_TEXT, AT(instance_type, accelerator), 0, 0, true},
        {"accelerators", CELL_INT, AT(instance_type, accelerators), 0, 1024, false},
        {"cpu", CELL_TEXT, AT(instance_type, cpu), 0, 0, true},
        {"source", CELL_TEXT, AT(instance_type, source), 0, 0, false},
    },
};

/* ---- cells ---- */

struct reading {
    struct arena *arena;
    const struct table *table;
    struct csv_reader *csv;
    struct csv_row row;
    int index[COLUMNS_MAX];
    struct err_list *errs;
};

static bool mistake(struct reading *r, int column, const char *hint, const char *what) {
    struct err err;
    csv_err(r->csv, &r->row, r->index[column], &err, "%s", what);
    if (hint)
        err_hint(&err, "%s", hint);
    return err_list_add(r->errs, &err);
}

static bool read_number(struct reading *r, int c, struct bytes cell, double *out) {
    const struct column *column = &r->table->columns[c];
    bool whole = column->kind == CELL_INT;
    int64_t n = 0;
    bool ok = whole ? text_parse_int64(cell, &n) : text_parse_double(cell, out);
    if (ok && whole)
        *out = (double)n;
    if (ok && *out >= column->low && *out <= column->high)
        return true;
    return mistake(r, c, NULL,
                   arena_printf(r->arena, "%s must be a %s from %.12g to %.12g, not '%.*s'",
                                column->name, whole ? "whole number" : "number", column->low,
                                column->high, (int)cell.n, cell.data));
}

static const char *const yes_no_words[] = {"no", "yes", NULL};
static const char *const model_kind_words[] = {[MODEL_DECODER] = "decoder",
                                               [MODEL_ENCODER] = "encoder",
                                               [MODEL_VISION] = "vision",
                                               [MODEL_DIFFUSION] = "diffusion",
                                               NULL};

const char *model_kind_word(enum model_kind kind) {
    return model_kind_words[kind];
}

/* "a, b or c" */
static const char *words_listed(struct arena *arena, const char *const *words) {
    struct text text = {.arena = arena};
    for (int i = 0; words[i]; i++)
        text_printf(&text, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
    return text.data;
}

static bool read_word(struct reading *r, int c, struct bytes cell, const char *const *words,
                      int *out) {
    for (*out = 0; words[*out]; (*out)++)
        if (bytes_are(cell, words[*out]))
            return true;
    return mistake(r, c, NULL,
                   arena_printf(r->arena, "%s must be %s, not '%.*s'", r->table->columns[c].name,
                                words_listed(r->arena, words), (int)cell.n, cell.data));
}

static struct bytes cell_text(const struct reading *r, int c) {
    return bytes_trim(r->row.fields[r->index[c]].text);
}

static bool missing(struct reading *r, int c) {
    return mistake(r, c, NULL,
                   arena_printf(r->arena, "the %s is missing", r->table->columns[c].name));
}

static bool read_cell(struct reading *r, int c, char *row) {
    const struct column *column = &r->table->columns[c];
    struct bytes cell = cell_text(r, c);
    void *at = row + column->offset;
    if (cell.n == 0 && column->may_be_empty) {
        if (column->kind == CELL_TEXT)
            *(const char **)at = "";
        return true;
    }
    if (cell.n == 0)
        return missing(r, c);
    double number = 0;
    int word = 0;
    bool ok = true;
    switch (column->kind) {
    case CELL_NAME:
    case CELL_TEXT:
        *(const char **)at = arena_strndup(r->arena, cell.data, cell.n);
        break;
    case CELL_INT:
        if ((ok = read_number(r, c, cell, &number)))
            *(int *)at = (int)number;
        break;
    case CELL_NUMBER:
        if ((ok = read_number(r, c, cell, &number)))
            *(double *)at = number;
        break;
    case CELL_YES_NO:
        if ((ok = read_word(r, c, cell, yes_no_words, &word)))
            *(bool *)at = word == 1;
        break;
    case CELL_MODEL_KIND:
        if ((ok = read_word(r, c, cell, model_kind_words, &word)))
            *(enum model_kind *)at = (enum model_kind)word;
        break;
    }
    return ok;
}

/* ---- rows ---- */

static const char *row_name(const char *row) {
    const char *name;
    memcpy(&name, row, sizeof name); /* the name is the first member of every row */
    return name;
}

static bool is_empty(const struct reading *r, int c) {
    return cell_text(r, c).n == 0;
}

/* Columns first .. last hold something in this row, or all of them are empty. */
static bool check_together(struct reading *r, int first, int last) {
    int n = 0;
    for (int c = first; c <= last; c++)
        n += !is_empty(r, c);
    for (int c = first; c <= last && n > 0; c++)
        if (is_empty(r, c))
            return missing(r, c);
    return true;
}

static double embedding_parameters(const struct model *model) {
    return (model->tied_embeddings ? 1.0 : 2.0) * model->vocabulary * model->hidden;
}

static bool check_experts(struct reading *r, const struct model *model) {
    if (!check_together(r, M_EXPERTS, M_EXPERT_PARAMETERS))
        return false;
    if (model->experts_chosen > model->experts)
        return mistake(r, M_CHOSEN, NULL,
                       arena_printf(r->arena, "%d experts cannot be chosen of %d",
                                    model->experts_chosen, model->experts));
    if (model->moe_layers > model->layers)
        return mistake(r, M_MOE_LAYERS, NULL,
                       arena_printf(r->arena, "the model has %d layers, so not %d with experts",
                                    model->layers, model->moe_layers));
    double experts = (double)model->experts * model->moe_layers * model->expert_parameters;
    if (experts + embedding_parameters(model) >= model->parameters)
        return mistake(r, M_EXPERT_PARAMETERS, "expert_parameters counts one expert in one layer",
                       "the experts and embeddings alone are more than all parameters");
    return true;
}

static bool check_attention(struct reading *r, const struct model *model) {
    if (model->heads % model->kv_heads != 0)
        return mistake(r, M_KV_HEADS, NULL,
                       arena_printf(r->arena, "kv_heads must divide the %d heads", model->heads));
    if (model->latent_values >= 2.0 * model->kv_heads * model->head_dim)
        return mistake(r, M_LATENT, "it counts what is cached of one token in one layer",
                       "latent_values must be fewer than the keys and values it stands for");
    if (!check_together(r, M_WINDOW, M_WINDOW_LAYERS))
        return false;
    if (model->window >= model->context_max && model->window > 0)
        return mistake(r, M_WINDOW, NULL, "a window is shorter than the context");
    if (model->window_layers > model->layers)
        return mistake(r, M_WINDOW_LAYERS, NULL,
                       arena_printf(r->arena, "the model has %d layers, so not %d with a window",
                                    model->layers, model->window_layers));
    return true;
}

/* Decoders and encoders are told by their architecture, the others by their arithmetic. */
static bool check_model(struct reading *r, const struct model *model) {
    bool language = model->kind == MODEL_DECODER || model->kind == MODEL_ENCODER;
    const char *kind = model_kind_words[model->kind];
    for (int c = M_LAYERS; c <= M_CONTEXT && language; c++)
        if (is_empty(r, c))
            return missing(r, c);
    if (language != is_empty(r, M_GFLOP))
        return language
                   ? mistake(r, M_GFLOP, NULL, "gflop_per_item is for vision and diffusion models")
                   : missing(r, M_GFLOP);
    for (int c = M_EXPERTS; c < M_GFLOP && model->kind != MODEL_DECODER; c++)
        if (!is_empty(r, c))
            return mistake(r, c, "leave it empty",
                           arena_printf(r->arena, "%s is for decoders, not for %s models",
                                        r->table->columns[c].name, kind));
    if (!language)
        return true;
    if (embedding_parameters(model) >= model->parameters)
        return mistake(r, M_PARAMETERS, "parameters counts every weight",
                       "the embeddings alone are more than all parameters");
    return check_attention(r, model) && check_experts(r, model);
}

static bool check_instance(struct reading *r, const struct instance_type *type,
                           const struct catalog *catalog) {
    bool accelerated = type->accelerator[0] != '\0';
    if (accelerated && !catalog_accelerator(catalog, type->accelerator))
        return mistake(r, 5, "accelerators.csv lists the known ones",
                       arena_printf(r->arena, "unknown accelerator '%s'", type->accelerator));
    if (accelerated != (type->accelerators > 0))
        return mistake(r, 6, NULL,
                       accelerated ? "a type with an accelerator has at least one of it"
                                   : "a type without an accelerator has 0 of it");
    if (accelerated == (type->cpu[0] != '\0'))
        return mistake(r, 7, NULL, "a type names either its accelerator or its cpu");
    return true;
}

static bool check_row(struct reading *r, const char *row, const struct catalog *catalog) {
    if (r->table == &models_table)
        return check_model(r, (const struct model *)(const void *)row);
    if (r->table == &instances_table)
        return check_instance(r, (const struct instance_type *)(const void *)row, catalog);
    return true;
}

static bool check_name_is_new(struct reading *r, const char *rows, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(row_name(rows + (size_t)i * r->table->row_size), name) == 0)
            return mistake(r, 0, NULL, arena_printf(r->arena, "'%s' is listed twice", name));
    return true;
}

static bool read_row(struct reading *r, char *row) {
    if (r->row.n_fields != r->table->n_columns) {
        struct err err;
        csv_err(r->csv, &r->row, 0, &err, "this row has %d cells, the header %d", r->row.n_fields,
                r->table->n_columns);
        return err_list_add(r->errs, &err);
    }
    bool ok = true;
    for (int c = 0; c < r->table->n_columns; c++)
        ok = read_cell(r, c, row) && ok;
    return ok;
}

/* ---- files ---- */

static bool read_first_line(struct reading *r) {
    struct err err = {0};
    if (!csv_next(r->csv, &r->row, &err))
        return err_list_add(r->errs, &err);
    bool ours = r->row.n_fields == 2 && bytes_are(r->row.fields[0].text, r->table->word);
    if (ours && bytes_are(r->row.fields[1].text, "1"))
        return true;
    if (r->row.n_fields == 0)
        err_set(&err, ERR_INPUT, "the file is empty");
    else
        csv_err(r->csv, &r->row, 0, &err, ours ? "unknown format version" : "not a %s file",
                r->table->word + strlen("headroom_"));
    err_hint(&err, "the first line must be: %s,1", r->table->word);
    return err_list_add(r->errs, &err);
}

static bool read_header(struct reading *r) {
    const char *names[COLUMNS_MAX];
    for (int c = 0; c < r->table->n_columns; c++)
        names[c] = r->table->columns[c].name;
    struct err err = {0};
    if (csv_header(r->csv, names, r->table->n_columns, false, r->index, &err))
        return true;
    return err_list_add(r->errs, &err);
}

static void *read_rows(struct reading *r, const struct catalog *catalog, int *n) {
    char *rows = NULL;
    size_t size = r->table->row_size;
    int capacity = 0;
    struct err err = {0};
    for (*n = 0;;) {
        if (!csv_next(r->csv, &r->row, &err)) {
            err_list_add(r->errs, &err);
            return NULL;
        }
        if (r->row.n_fields == 0)
            return rows;
        if (*n == capacity) {
            int wider = capacity ? 2 * capacity : 32;
            rows = arena_grow(r->arena, rows, (size_t)capacity, (size_t)wider, size);
            capacity = wider;
        }
        char *row = rows + (size_t)*n * size;
        if (read_row(r, row) && check_name_is_new(r, rows, *n, row_name(row)) &&
            check_row(r, row, catalog))
            (*n)++;
        else
            memset(row, 0, size);
    }
}

static void *read_table(struct arena *arena, const struct table *table, struct source *source,
                        const struct catalog *catalog, int *n, struct err_list *errs) {
    struct reading r = {.arena = arena, .table = table, .errs = errs};
    struct err err = {0};
    r.csv = csv_open(arena, source, ',', &err);
    if (!r.csv) {
        err_list_add(errs, &err);
        return NULL;
    }
    void *rows = NULL;
    if (read_first_line(&r) && read_header(&r))
        rows = read_rows(&r, catalog, n);
    csv_close(r.csv);
    if (errs->n_total == 0 && *n == 0) {
        err_at(&err, source_name(source), 0, 0, "the file has no rows");
        err_list_add(errs, &err);
    }
    return errs->n_total ? NULL : rows;
}

bool catalog_read(struct arena *arena, struct source *models, struct source *accelerators,
                  struct source *instances, struct catalog *out, struct err_list *errs) {
    struct catalog catalog = {0};
    catalog.models = read_table(arena, &models_table, models, &catalog, &catalog.n_models, errs);
    if (!catalog.models)
        return false;
    catalog.accelerators = read_table(arena, &accelerators_table, accelerators, &catalog,
                                      &catalog.n_accelerators, errs);
    if (!catalog.accelerators)
        return false;
    catalog.instances =
        read_table(arena, &instances_table, instances, &catalog, &catalog.n_instances, errs);
    if (!catalog.instances)
        return false;
    *out = catalog;
    return true;
}

static struct source *open_shipped(struct arena *arena, const char *path, struct err *err) {
    const struct embedded_file *file = embedded_find(sim_embedded, path);
    ENSURE(file != NULL);
    struct bytes bytes = {(const char *)file->data, file->n};
    return source_open_memory(arena, bytes, path, err);
}

bool catalog_shipped(struct arena *arena, struct catalog *out, struct err *err) {
    static const char *const paths[3] = {"sim/catalog/models.csv", "sim/catalog/accelerators.csv",
                                         "sim/catalog/instances.csv"};
    struct source *sources[3] = {NULL, NULL, NULL};
    struct err_list errs = {0};
    bool ok = true;
    for (int i = 0; i < 3 && ok; i++)
        ok = (sources[i] = open_shipped(arena, paths[i], err)) != NULL;
    if (ok && !catalog_read(arena, sources[0], sources[1], sources[2], out, &errs)) {
        *err = errs.items[0];
        ok = false;
    }
    ok = ok && profiles_shipped(arena, out, &out->profiles, &out->n_profiles, err);
    for (int i = 0; i < 3; i++)
        source_close(sources[i]);
    return ok;
}

/* ---- look-ups: the tables are short, a walk is enough ---- */

const struct model *catalog_model(const struct catalog *catalog, struct bytes name) {
    for (int i = 0; i < catalog->n_models; i++)
        if (bytes_are(name, catalog->models[i].name))
            return &catalog->models[i];
    return NULL;
}

const struct accelerator *catalog_accelerator(const struct catalog *catalog, const char *name) {
    for (int i = 0; i < catalog->n_accelerators; i++)
        if (strcmp(name, catalog->accelerators[i].name) == 0)
            return &catalog->accelerators[i];
    return NULL;
}

const struct instance_type *catalog_instance(const struct catalog *catalog, struct bytes name) {
    if (name.n > 3 && memcmp(name.data, "ml.", 3) == 0) /* SageMaker's name of the same machine */
        name = (struct bytes){name.data + 3, name.n - 3};
    for (int i = 0; i < catalog->n_instances; i++)
        if (bytes_are(name, catalog->instances[i].name))
            return &catalog->instances[i];
    return NULL;
}

const char *const *catalog_model_names(const struct catalog *catalog, struct arena *arena, int *n) {
    const char **names = arena_new(arena, const char *, catalog->n_models);
    for (*n = 0; *n < catalog->n_models; (*n)++)
        names[*n] = catalog->models[*n].name;
    return names;
}

const char *const *catalog_instance_names(const struct catalog *catalog, struct arena *arena,
                                          int *n) {
    const char **names = arena_new(arena, const char *, catalog->n_instances);
    for (*n = 0; *n < catalog->n_instances; (*n)++)
        names[*n] = catalog->instances[*n].name;
    return names;
}

/* ---- precisions ---- */

/* With its scale: one of 8 bits for every 32 weights (MXFP4, OCP Microscaling Formats 1.0); int4
 * with 16-bit scales and zeros for every 128 is as wide. */
#define FOUR_BITS (4.25 / 8)

static const struct {
    const char *word;
    double bytes;
} precisions[] = {
    [PRECISION_FP32] = {"fp32", 4},       [PRECISION_BF16] = {"bf16", 2},
    [PRECISION_FP8] = {"fp8", 1},         [PRECISION_INT8] = {"int8", 1},
    [PRECISION_FP4] = {"fp4", FOUR_BITS}, [PRECISION_INT4] = {"int4", FOUR_BITS},
};

bool precision_parse(struct bytes in, enum precision *out) {
    for (size_t i = 0; i < sizeof precisions / sizeof precisions[0]; i++)
        if (bytes_are(in, precisions[i].word)) {
            *out = (enum precision)i;
            return true;
        }
    return false;
}

const char *precision_word(enum precision precision) {
    return precisions[precision].word;
}

double precision_bytes(enum precision precision) {
    return precisions[precision].bytes;
}
