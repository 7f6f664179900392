/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The distinct rows of AWS Neuron's inf2 decoder tables, and what rule neuron-chips says of them.
 */
#ifndef HEADROOM_TESTS_SIM_NEURON_ROWS_H
#define HEADROOM_TESTS_SIM_NEURON_ROWS_H

#include <math.h>

#include "published_data.h"
#include "sim/datasheet_neuron.h"

#define NEURON "benchmarks/neuron/"

enum { CHIPS = 12, ROWS_MAX = 64 };

enum { LLAMA_2_7B, LLAMA_2_13B, LLAMA_2_70B, LLAMA_3_70B, CODELLAMA_13B, MISTRAL_7B, LLAMA_3_8B };
enum { FITTED_MODELS = LLAMA_2_70B + 1, MODELS = LLAMA_3_8B + 1 };

/* Architecture of the models of the tables, from their public configs. */
static const struct model models[MODELS] = {
    {.name = "Llama-2-7b",
     .layers = 32,
     .hidden = 4096,
     .heads = 32,
     .kv_heads = 32,
     .head_dim = 128,
     .vocabulary = 32000,
     .parameters = 6738415616},
    {.name = "Llama-2-13b",
     .layers = 40,
     .hidden = 5120,
     .heads = 40,
     .kv_heads = 40,
     .head_dim = 128,
     .vocabulary = 32000,
     .parameters = 13015864320},
    {.name = "Llama-2-70b",
     .layers = 80,
     .hidden = 8192,
     .heads = 64,
     .kv_heads = 8,
     .head_dim = 128,
     .vocabulary = 32000,
     .parameters = 68976648192},
    {.name = "Llama-3-70B",
     .layers = 80,
     .hidden = 8192,
     .heads = 64,
     .kv_heads = 8,
     .head_dim = 128,
     .vocabulary = 128256,
     .parameters = 70553706496},
    {.name = "CodeLlama-13b-hf",
     .layers = 40,
     .hidden = 5120,
     .heads = 40,
     .kv_heads = 40,
     .head_dim = 128,
     .vocabulary = 32016,
     .parameters = 13016028160},
    {.name = "Mistral-7B-Instruct-v0.2",
     .layers = 32,
     .hidden = 4096,
     .heads = 32,
     .kv_heads = 8,
     .head_dim = 128,
     .vocabulary = 32000,
     .parameters = 7241732096},
    {.name = "Llama-3-8B",
     .layers = 32,
     .hidden = 4096,
     .heads = 32,
     .kv_heads = 8,
     .head_dim = 128,
     .vocabulary = 128256,
     .parameters = 8030261248},
};

struct decoder_row {
    int model;
    enum precision precision;
    double batch, sequence, input, ttft_us, tpot_us;
};

static inline bool same_run(const struct decoder_row *a, const struct decoder_row *b) {
    return a->model == b->model && a->batch == b->batch && a->sequence == b->sequence &&
           a->input == b->input;
}

static inline struct decoder_row row_of(const struct csv_row *row, const int at[7]) {
    struct decoder_row r = {.model = -1};
    for (int m = 0; m < MODELS; m++)
        if (bytes_are(row->fields[at[0]].text, models[m].name))
            r.model = m;
    cr_assert(ge(int, r.model, 0));
    r.batch = data_number(row->fields[at[1]].text);
    r.sequence = data_number(row->fields[at[2]].text);
    r.input = data_number(row->fields[at[3]].text);
    bool int8 = bytes_are(row->fields[at[4]].text, "int8");
    r.precision = int8 ? PRECISION_INT8 : PRECISION_BF16;
    r.ttft_us = data_number(row->fields[at[5]].text) * 1e3;
    r.tpot_us = data_number(row->fields[at[6]].text) * 1e3;
    return r;
}

/* The distinct rows of one more file. */
static inline int read_rows(struct arena *arena, const char *path, struct decoder_row *rows,
                            int n) {
    static const char *const names[] = {"Model",
                                        "Batch Size",
                                        "Sequence Length",
                                        "Input Length",
                                        "Weight Storage Data Type",
                                        "TTFT Latency P50 (ms)",
                                        "TPOT Latency P50 (ms)"};
    struct source *source = source_open_memory(arena, data_read(arena, path), path, NULL);
    struct csv_reader *csv = csv_open(arena, source, ',', NULL);
    struct csv_row row;
    int at[7];
    cr_assert(csv_header(csv, names, 7, true, at, NULL));
    while (csv_next(csv, &row, NULL) && row.n_fields) {
        struct decoder_row r = row_of(&row, at);
        bool seen = false;
        for (int i = 0; i < n; i++)
            seen = seen || same_run(&rows[i], &r);
        if (!seen)
            rows[n++] = r;
    }
    csv_close(csv);
    source_close(source);
    return n;
}

/* What every decoder test works on. */
struct decoders {
    struct arena arena;
    const struct accelerator *inf2;
    int n;
    struct decoder_row rows[ROWS_MAX];
};

static inline void open_decoders(struct decoders *d) {
    struct catalog catalog;
    *d = (struct decoders){0};
    cr_assert(catalog_shipped(&d->arena, &catalog, NULL));
    d->inf2 = catalog_accelerator(&catalog, "Inferentia2");
    d->n = read_rows(&d->arena, NEURON "inf2-latency_data_decoder.csv", d->rows, 0);
    d->n = read_rows(&d->arena, NEURON "inf2-throughput_data_decoder.csv", d->rows, d->n);
    cr_assert(eq(int, d->n, 42));
}

static inline double decode_step(const struct iteration_time *t, double n, double context) {
    double linear = fmax(t->a0 + t->a1 * n, t->b0 + t->b1 * n);
    double attention = t->d0 + t->d1 * n + t->d2 * context;
    return t->t0 + t->layers * (linear + attention) + t->h0 + t->h1 * n;
}

/* `n` equal prompts in one step. */
static inline double prefill_step(const struct iteration_time *t, double n, double prompt) {
    double tokens = n * prompt;
    double linear = fmax(t->a0 + t->a1 * tokens, t->b0 + t->b1 * tokens);
    double attention = t->p0 + t->p1 * tokens + t->p2 * tokens * prompt / 2;
    return t->t0 + t->layers * (linear + attention) + t->h0 + t->h1 * n;
}

static inline struct iteration_time time_of(const struct decoder_row *r,
                                            const struct device *device) {
    struct device compiled = *device;
    compiled.compiled_tokens = (int32_t)r->sequence;
    return neuron_iteration_time(&models[r->model], r->precision, &compiled, CHIPS);
}

static inline double tpot_of(const struct decoder_row *r, const struct device *device) {
    struct iteration_time t = time_of(r, device);
    return decode_step(&t, r->batch, 0);
}

static inline double ttft_of(const struct decoder_row *r, const struct device *device) {
    struct iteration_time t = time_of(r, device);
    return prefill_step(&t, r->batch, r->input);
}

#endif
