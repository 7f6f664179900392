/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules against published measurements, read at test time:
 *  - AWS Neuron decoder tables (inf2.48xlarge): the figures in datasheet.c were fitted on every
 * second distinct row; here they are held to the other rows.
 *  - AWS Neuron encoder tables (inf1, inf2): batch times of BERT-base, BERT-large, DistilBERT.
 * Each bound is a little above the median error measured when the rule was set, and each test
 * carries a mutant (a device 1.6 times as fast) that must miss it. GPUs: test_datasheet_gpu.c. */
#include "sim/datasheet.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "published_data.h"

#define NEURON "benchmarks/neuron/"

int main(int argc, char *argv[]) {
    int missing = data_missing(NEURON "inf2-latency_data_decoder.csv");
    if (missing)
        return missing;
    struct criterion_test_set *tests = criterion_initialize();
    int failed = 1;
    if (criterion_handle_args(argc, argv, true))
        failed = !criterion_run_all_tests(tests);
    criterion_finalize(tests);
    return failed;
}

/* Microseconds of one step (docs/model.md section 2.1); chunk tokens are one prompt each of a batch
 * of equal prompts. */
static double decode_step(const struct iteration_time *t, double n, double context) {
    double linear = fmax(t->a0 + t->a1 * n, t->b0 + t->b1 * n);
    double attention = t->d0 + t->d1 * n + t->d2 * context;
    return t->t0 + t->layers * (linear + attention + t->r0 + t->r1 * n) + t->h0 + t->h1 * n;
}

static double prefill_step(const struct iteration_time *t, double n, double prompt) {
    double tokens = n * prompt;
    double linear = fmax(t->a0 + t->a1 * tokens, t->b0 + t->b1 * tokens);
    double attention = t->p0 + t->p1 * tokens + t->p2 * tokens * prompt / 2;
    return t->t0 + t->layers * (linear + attention + t->r0 + t->r1 * tokens) + t->h0 + t->h1 * n;
}

static struct device faster(struct device device, double factor) {
    device.bandwidth *= factor;
    device.flops *= factor;
    device.step_us /= factor;
    device.layer_us /= factor;
    device.prefill_layer_us /= factor;
    return device;
}

/* ---- Neuron decoders ---- */

/* Architecture of the models of the tables, from their public configs. */
static const struct {
    const char *name;
    struct model model;
} neuron_models[] = {
    {"Llama-3-8B",
     {.layers = 32,
      .hidden = 4096,
      .heads = 32,
      .kv_heads = 8,
      .head_dim = 128,
      .vocabulary = 128256,
      .parameters = 8030261248}},
    {"Llama-3-70B",
     {.layers = 80,
      .hidden = 8192,
      .heads = 64,
      .kv_heads = 8,
      .head_dim = 128,
      .vocabulary = 128256,
      .parameters = 70553706496}},
    {"Llama-2-7b",
     {.layers = 32,
      .hidden = 4096,
      .heads = 32,
      .kv_heads = 32,
      .head_dim = 128,
      .vocabulary = 32000,
      .parameters = 6738415616}},
    {"Llama-2-13b",
     {.layers = 40,
      .hidden = 5120,
      .heads = 40,
      .kv_heads = 40,
      .head_dim = 128,
      .vocabulary = 32000,
      .parameters = 13015864320}},
    {"Llama-2-70b",
     {.layers = 80,
      .hidden = 8192,
      .heads = 64,
      .kv_heads = 8,
      .head_dim = 128,
      .vocabulary = 32000,
      .parameters = 68976648192}},
    {"Mistral-7B-Instruct-v0.2",
     {.layers = 32,
      .hidden = 4096,
      .heads = 32,
      .kv_heads = 8,
      .head_dim = 128,
      .vocabulary = 32000,
      .parameters = 7241732096}},
    {"CodeLlama-13b-hf",
     {.layers = 40,
      .hidden = 5120,
      .heads = 40,
      .kv_heads = 40,
      .head_dim = 128,
      .vocabulary = 32016,
      .parameters = 13016028160}},
};

struct decoder_row {
    const struct model *model;
    enum precision precision;
    double batch, sequence, input, output, ttft_us, tpot_us;
};

static bool same_run(const struct decoder_row *a, const struct decoder_row *b) {
    return a->model == b->model && a->batch == b->batch && a->sequence == b->sequence &&
           a->input == b->input;
}

static int read_decoder_rows(struct arena *arena, const char *path, struct decoder_row *rows,
                             int n) {
    static const char *const names[] = {"Model",
                                        "Batch Size",
                                        "Sequence Length",
                                        "Input Length",
                                        "Output Length",
                                        "Weight Storage Data Type",
                                        "TTFT Latency P50 (ms)",
                                        "TPOT Latency P50 (ms)"};
    struct source *source = source_open_memory(arena, data_read(arena, path), path, NULL);
    struct csv_reader *csv = csv_open(arena, source, ',', NULL);
    struct csv_row row;
    int at[8];
    cr_assert(csv_header(csv, names, 8, true, at, NULL));
    while (csv_next(csv, &row, NULL) && row.n_fields) {
        struct decoder_row *r = &rows[n];
        *r = (struct decoder_row){0};
        for (size_t m = 0; m < sizeof neuron_models / sizeof neuron_models[0]; m++)
            if (bytes_are(row.fields[at[0]].text, neuron_models[m].name))
                r->model = &neuron_models[m].model;
        cr_assert(r->model != NULL);
        r->batch = data_number(row.fields[at[1]].text);
        r->sequence = data_number(row.fields[at[2]].text);
        r->input = data_number(row.fields[at[3]].text);
        r->output = data_number(row.fields[at[4]].text);
        bool int8 = bytes_are(row.fields[at[5]].text, "int8");
        r->precision = int8 ? PRECISION_INT8 : PRECISION_BF16;
        r->ttft_us = data_number(row.fields[at[6]].text) * 1e3;
        r->tpot_us = data_number(row.fields[at[7]].text) * 1e3;
        bool seen = false; /* rows whose best batch is 1 stand in both tables */
        for (int i = 0; i < n; i++)
            seen = seen || same_run(&rows[i], r);
        n += !seen;
    }
    csv_close(csv);
    source_close(source);
    return n;
}

static void decoder_errors(struct arena *arena, double speed, double *ttft, double *tpot) {
    struct decoder_row rows[100];
    int n = read_decoder_rows(arena, NEURON "inf2-latency_data_decoder.csv", rows, 0);
    n = read_decoder_rows(arena, NEURON "inf2-throughput_data_decoder.csv", rows, n);
    cr_assert(eq(int, n, 42));
    struct catalog catalog;
    cr_assert(catalog_shipped(arena, &catalog, NULL));
    const struct accelerator *inf2 = catalog_accelerator(&catalog, "Inferentia2");
    double ttft_errors[100], tpot_errors[100];
    int held_out = 0;
    for (int i = 1; i < n; i += 2, held_out++) { /* the fit saw rows 0, 2, 4, ... */
        const struct decoder_row *r = &rows[i];
        struct device device = faster(datasheet_accelerator(inf2, r->precision), speed);
        struct iteration_time t = datasheet_iteration_time(r->model, r->precision, &device, 12);
        double context = r->batch * (r->input + r->output / 2);
        ttft_errors[held_out] = fabs(prefill_step(&t, r->batch, r->input) / r->ttft_us - 1);
        tpot_errors[held_out] = fabs(decode_step(&t, r->batch, context) / r->tpot_us - 1);
    }
    *ttft = data_median(ttft_errors, held_out);
    *tpot = data_median(tpot_errors, held_out);
    cr_log_info("Neuron decoders, speed %g: median error TTFT %.3f, TPOT %.3f", speed, *ttft,
                *tpot);
}

Test(datasheet, neuron_decoders_on_held_out_rows) {
    struct arena arena = {0};
    double ttft, tpot;
    decoder_errors(&arena, 1, &ttft, &tpot);
    cr_assert(le(dbl, ttft, 0.30));
    cr_assert(le(dbl, tpot, 0.10));
    decoder_errors(&arena, 1.6, &ttft, &tpot);
    cr_assert(gt(dbl, ttft, 0.30));
    cr_assert(gt(dbl, tpot, 0.10));
    arena_release(&arena);
}

/* ---- Neuron encoders ---- */

/* DistilBERT: the first six layers of BERT-base. Cores: 2 of one Inferentia2, 4 of one Inferentia1.
 * A core's batch time is batch x cores / throughput. */
static double encoder_error(struct arena *arena, const char *chip, double speed, const char *path,
                            const char *throughput) {
    static const char *const known[] = {"bert-base-uncased",
                                        "bert-large-uncased",
                                        "distilbert-base-uncased",
                                        "BERT base (bert-base-cased)",
                                        "BERT base (bert-base-uncased)",
                                        "DistilBERT base (distilbert-base-uncased)"};
    static const bool large[] = {0, 1, 0, 0, 0, 0}, distil[] = {0, 0, 1, 0, 0, 1};
    const char *names[] = {"Model", throughput, "Batch Size"};
    struct catalog catalog;
    cr_assert(catalog_shipped(arena, &catalog, NULL));
    struct device device =
        faster(datasheet_accelerator(catalog_accelerator(&catalog, chip), PRECISION_BF16), speed);
    struct source *source = source_open_memory(arena, data_read(arena, path), path, NULL);
    struct csv_reader *csv = csv_open(arena, source, ',', NULL);
    struct csv_row row;
    int at[3], n = 0;
    double errors[50];
    cr_assert(csv_header(csv, names, 3, true, at, NULL));
    while (csv_next(csv, &row, NULL) && row.n_fields)
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
            if (!bytes_are(row.fields[at[0]].text, known[k]))
                continue;
            struct model model =
                *catalog_model(&catalog, bytes_of(large[k] ? "bert-large" : "bert-base"));
            if (distil[k]) {
                model.parameters -= datasheet_layer_parameters(&model) / 2;
                model.layers = 6;
            }
            struct encoder_times times = datasheet_encoder(&model, PRECISION_BF16, &device);
            double batch = data_number(row.fields[at[2]].text);
            double measured = batch * device.cores / data_number(row.fields[at[1]].text);
            double time = times.base_s + fmax(times.memory_s / speed, batch * 128 * times.token_s);
            errors[n++] = fabs(time / measured - 1);
        }
    csv_close(csv);
    source_close(source);
    cr_assert(ge(int, n, 3));
    double median = data_median(errors, n);
    cr_log_info("%s encoders, speed %g: median error %.3f of %d rows", chip, speed, median, n);
    return median;
}

static const struct {
    const char *chip, *path, *throughput;
    double bound;
} encoders[] = {
    {"Inferentia2", NEURON "inf2-latency_data_encoder.csv", "Throughput (inference/second)", 0.15},
    {"Inferentia2", NEURON "inf2-throughput_data_encoder.csv", "Throughput (inference/second)",
     0.15},
    {"Inferentia1", NEURON "inf1-throughput_data_encoder.csv", "Avg Throughput (/sec)", 0.15},
};

Test(datasheet, neuron_encoders) {
    for (size_t i = 0; i < sizeof encoders / sizeof encoders[0]; i++) {
        struct arena arena = {0};
        const char *chip = encoders[i].chip, *path = encoders[i].path;
        cr_assert(le(dbl, encoder_error(&arena, chip, 1, path, encoders[i].throughput),
                     encoders[i].bound));
        cr_assert(gt(dbl, encoder_error(&arena, chip, 1.6, path, encoders[i].throughput),
                     encoders[i].bound));
        arena_release(&arena);
    }
}
