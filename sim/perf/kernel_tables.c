/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/perf/kernel_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sim/perf/measured_table.h"

/* No kernel takes an hour, and none takes nothing. */
#define TIME_LOW 1e-4
#define TIME_HIGH 3.6e9

enum { LAYERS_MAX = 64 };

/* ---- curves: the layers of a table summed at each size ---- */

/* How often a decoder layer has it; 0: the whole step has it once. */
static int times_a_layer(const char *name) {
    if (strcmp(name, "embedding") == 0 || strcmp(name, "final_layernorm") == 0)
        return 0;
    return strcmp(name, "layernorm") == 0 ? 2 : 1;
}

struct point {
    double at, time_us;
    int row;
};

static int by_size(const void *a, const void *b) {
    const struct point *p = a, *q = b;
    return p->at != q->at ? (p->at > q->at) - (p->at < q->at)
                          : (p->row > q->row) - (p->row < q->row);
}

/* Points at equal sizes averaged, in place; their number. */
static int average_equal(struct point *points, int n) {
    int kept = 0;
    qsort(points, (size_t)n, sizeof *points, by_size);
    for (int i = 0, end; i < n; i = end) {
        double sum = 0;
        for (end = i; end < n && points[end].at == points[i].at; end++)
            sum += points[end].time_us;
        points[kept] = points[i];
        points[kept++].time_us = sum / (end - i);
    }
    return kept;
}

/* One layer's points of a table; NULL takes all rows. */
static int layer_points(const struct measured_table *table, const char *layer, struct point *out) {
    int n = 0;
    for (int row = 0; row < table->n_rows; row++)
        if (!layer || strcmp(table->word[row], layer) == 0)
            out[n++] =
                (struct point){measured_cell(table, row, 1), measured_cell(table, row, 2), row};
    return average_equal(out, n);
}

static int list_layers(const struct measured_table *table, const char **names) {
    int n = 0;
    for (int row = 0; row < table->n_rows; row++) {
        int i = 0;
        while (i < n && strcmp(names[i], table->word[row]) != 0)
            i++;
        if (i == n && n < LAYERS_MAX)
            names[n++] = table->word[row];
    }
    return n;
}

struct curve_sum {
    struct kernel_curve curve;
    double *at, *time_us;
    const char *first; /* layer whose sizes all must have */
};

/* Add `times` of a layer to the sum; its sizes must be those of the first. */
static bool add_layer(struct arena *arena, struct curve_sum *sum,
                      const struct measured_table *table, const char *layer, int times,
                      struct err_list *errs) {
    struct point *points = arena_new(arena, struct point, table->n_rows);
    int n = layer_points(table, layer, points);
    if (!sum->first) {
        sum->first = layer;
        sum->curve.n = n;
        sum->at = arena_new(arena, double, n);
        sum->time_us = arena_new(arena, double, n);
        for (int i = 0; i < n; i++)
            sum->at[i] = points[i].at;
    }
    for (int i = 0; i < n || i < sum->curve.n; i++) {
        if (i < n && i < sum->curve.n && points[i].at == sum->at[i]) {
            sum->time_us[i] += times * points[i].time_us;
            continue;
        }
        bool extra = i < n && (i >= sum->curve.n || points[i].at < sum->at[i]);
        return measured_table_mistake(table, extra ? points[i].row : -1, errs,
                                      "%s has no row for size %.12g, %s has one",
                                      extra ? sum->first : layer, extra ? points[i].at : sum->at[i],
                                      extra ? layer : sum->first);
    }
    sum->curve.at = sum->at;
    sum->curve.time_us = sum->time_us;
    sum->curve.n_rows += n;
    return true;
}

static bool check_rows(const struct measured_table *table, int n, const char *what,
                       struct err_list *errs) {
    return n >= KERNEL_ROWS_LEAST ||
           measured_table_mistake(table, -1, errs, "%d %s: at least %d are needed", n, what,
                                  KERNEL_ROWS_LEAST);
}

/* Parts of a decoder layer without a row; of experts their own table tells. */
static const char *missing_layers(struct arena *arena, const char *const *names, int n,
                                  bool experts) {
    static const char *const parts[] = {"layernorm",    "qkv_proj", "rotary_emb", "o_proj",
                                        "gate_up_proj", "act_fn",   "down_proj"};
    struct text missing = {.arena = arena};
    text_append_string(&missing, "");
    for (int p = 0; p < (experts ? 4 : 7); p++) {
        bool found = false;
        for (int i = 0; i < n && !found; i++)
            found = strcmp(names[i], parts[p]) == 0;
        if (!found)
            text_printf(&missing, "%s%s", missing.n ? ", " : "", parts[p]);
    }
    return missing.data;
}

static void read_dense(struct arena *arena, struct source *source, bool experts,
                       struct kernel_tables *out, struct err_list *errs) {
    static const struct measured_column columns[] = {
        {"layer", 0, 0, true}, {"tokens", 1, 1e9, false}, {"time_us", TIME_LOW, TIME_HIGH, false}};
    struct measured_table table;
    struct curve_sum layer = {0}, once = {0};
    const char *names[LAYERS_MAX];
    bool ok = true;
    if (!measured_table_read(arena, source, columns, 3, &table, errs))
        return;
    int n = list_layers(&table, names);
    for (int i = 0; i < n && ok; i++) {
        int times = times_a_layer(names[i]);
        ok = times ? add_layer(arena, &layer, &table, names[i], times, errs)
                   : add_layer(arena, &once, &table, names[i], 1, errs);
    }
    if (ok && check_rows(&table, layer.curve.n, "token counts of a decoder layer", errs)) {
        out->layer = layer.curve;
        out->once = once.curve;
        out->missing_layers = missing_layers(arena, names, n, experts);
    }
}

static void read_per_sequence(struct arena *arena, struct source *source, struct kernel_tables *out,
                              struct err_list *errs) {
    static const struct measured_column columns[] = {{"layer", 0, 0, true},
                                                     {"sequences", 1, 1e6, false},
                                                     {"time_us", TIME_LOW, TIME_HIGH, false}};
    struct measured_table table;
    struct curve_sum head = {0};
    const char *names[LAYERS_MAX];
    if (!measured_table_read(arena, source, columns, 3, &table, errs))
        return;
    int n = list_layers(&table, names);
    for (int i = 0; i < n; i++)
        if (!add_layer(arena, &head, &table, names[i], 1, errs))
            return;
    if (check_rows(&table, head.curve.n, "sequence counts", errs))
        out->head = head.curve;
}

/* ---- attention ---- */

static bool check_attention(const struct measured_table *table, int row, double context_max,
                            struct err_list *errs) {
    double chunk = measured_cell(table, row, 0), cached = measured_cell(table, row, 1);
    double decodes = measured_cell(table, row, 2), context = measured_cell(table, row, 3);
    if (chunk + cached > context_max || context > context_max)
        return measured_table_mistake(
            table, row, errs, "%.12g tokens are beyond the model's context, %.12g",
            context > context_max ? context : chunk + cached, context_max);
    if (chunk == 0 && decodes == 0)
        return measured_table_mistake(table, row, errs,
                                      "this step has neither a chunk nor decoding sequences");
    if (chunk == 0 && cached > 0)
        return measured_table_mistake(table, row, errs, "a cached prefix without a chunk");
    if (decodes > 0 && context == 0)
        return measured_table_mistake(table, row, errs, "decoding sequences without a context");
    return true;
}

static void read_attention(struct arena *arena, struct source *source, double context_max,
                           struct kernel_tables *out, struct err_list *errs) {
    static const struct measured_column columns[] = {{"prefill_chunk", 0, 1e9, false},
                                                     {"kv_prefill", 0, 1e9, false},
                                                     {"n_decode", 0, 1e6, false},
                                                     {"kv_decode", 0, 1e9, false},
                                                     {"time_us", TIME_LOW, TIME_HIGH, false}};
    static const char *const words[] = {"decode-only rows (prefill_chunk = 0)",
                                        "prefill-only rows (n_decode = 0)",
                                        "mixed rows (prefill_chunk and n_decode above 0)"};
    struct measured_table table;
    int n_of[3] = {0}, n = 0;
    bool ok = true;
    if (!measured_table_read(arena, source, columns, 5, &table, errs))
        return;
    struct attention_row *rows = arena_new(arena, struct attention_row, table.n_rows);
    for (int row = 0; row < table.n_rows; row++) {
        if (!check_attention(&table, row, context_max, errs)) {
            ok = false;
            continue;
        }
        const double *cells = &table.cells[(size_t)row * 5];
        rows[n++] = (struct attention_row){cells[0], cells[1], cells[2], cells[3], cells[4]};
        n_of[cells[0] == 0 ? 0 : cells[2] == 0 ? 1 : 2]++;
    }
    for (int regime = 0; regime < 3 && ok; regime++)
        check_rows(&table, n_of[regime], words[regime], errs);
    out->attention = rows;
    out->n_attention = n;
}

/* ---- all-reduce and experts ---- */

static void read_all_reduce(struct arena *arena, struct source *source, int workers,
                            struct kernel_tables *out, struct err_list *errs) {
    static const struct measured_column columns[] = {
        {"?max_devices_per_node", 1, 1e6, false},
        {"size", 1, 1e12, false},
        {"time_stats.all_reduce.median", TIME_LOW / 1e3, TIME_HIGH / 1e3, false},
        {"num_workers", 1, 1e6, false},
        {"devices_per_node", 1, 1e6, false}};
    struct measured_table table;
    if (!measured_table_read(arena, source, columns, 5, &table, errs))
        return;
    struct point *points = arena_new(arena, struct point, table.n_rows);
    int n = 0;
    for (int row = 0; row < table.n_rows; row++) {
        const double *cells = &table.cells[(size_t)row * 5];
        double most = table.has[0] ? cells[0] : cells[3];
        if (cells[3] == workers && cells[4] == (workers < most ? workers : most))
            points[n++] = (struct point){cells[1], cells[2] * 1e3, row};
    }
    n = average_equal(points, n);
    char what[80];
    snprintf(what, sizeof what, "sizes of num_workers = %d inside one node", workers);
    if (!check_rows(&table, n, what, errs))
        return;
    double *at = arena_new(arena, double, n), *time_us = arena_new(arena, double, n);
    for (int i = 0; i < n; i++) {
        at[i] = points[i].at;
        time_us[i] = points[i].time_us;
    }
    out->all_reduce = (struct kernel_curve){n, n, at, time_us};
}

static int by_tokens(const void *a, const void *b) {
    const struct moe_row *p = a, *q = b;
    return p->tokens != q->tokens ? (p->tokens > q->tokens) - (p->tokens < q->tokens)
                                  : (p->hit > q->hit) - (p->hit < q->hit);
}

static void read_moe(struct arena *arena, struct source *source, const struct kernel_limits *limits,
                     struct kernel_tables *out, struct err_list *errs) {
    const struct measured_column columns[] = {{"tokens", 1, 1e9, false},
                                              {"?experts_hit", 1, limits->experts, false},
                                              {"?activated_experts", 1, limits->experts, false},
                                              {"time_us", TIME_LOW, TIME_HIGH, false}};
    struct measured_table table;
    if (!measured_table_read(arena, source, columns, 4, &table, errs))
        return;
    if (table.has[1] == table.has[2]) {
        measured_table_mistake(&table, -1, errs, "column 'experts_hit' is missing");
        return;
    }
    struct moe_row *rows = arena_new(arena, struct moe_row, table.n_rows);
    for (int row = 0; row < table.n_rows; row++) {
        const double *cells = &table.cells[(size_t)row * 4];
        rows[row] = (struct moe_row){cells[0], cells[table.has[1] ? 1 : 2], cells[3]};
    }
    qsort(rows, (size_t)table.n_rows, sizeof *rows, by_tokens);
    if (check_rows(&table, table.n_rows, "rows", errs)) {
        out->moe = rows;
        out->n_moe = table.n_rows;
    }
}

bool kernel_tables_read(struct arena *arena, const struct kernel_sources *sources,
                        const struct kernel_limits *limits, struct kernel_tables *out,
                        struct err_list *errs) {
    struct kernel_tables tables = {0};
    int before = errs->n_total;
    read_dense(arena, sources->dense, limits->experts > 0, &tables, errs);
    read_attention(arena, sources->attention, limits->context_max, &tables, errs);
    read_per_sequence(arena, sources->per_sequence, &tables, errs);
    if (sources->all_reduce)
        read_all_reduce(arena, sources->all_reduce, limits->tensor_parallel, &tables, errs);
    if (sources->moe)
        read_moe(arena, sources->moe, limits, &tables, errs);
    if (errs->n_total > before)
        return false;
    *out = tables;
    return true;
}
