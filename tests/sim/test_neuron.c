/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rule neuron-chips against the tables that AWS Neuron publishes, read at test time.
 *
 *  Decoders (inf2.48xlarge): the 42 distinct rows of the inf2 decoder tables (the throughput rows
 * of the 70B models repeat their latency rows). The rule's constants are fitted on the Llama-2
 * rows alone. The test makes the same fit again and finds the same constants; holds the rule to
 * the rows of the other models, to each Llama-2 model left out in turn, and the time to the first
 * token of batch 1 to each row left out in turn. Bars were set before the rule was fitted; each
 * test carries a mutant that must miss them.
 *
 *  Encoders (inf1, inf2): batch times of BERT-base, BERT-large, DistilBERT, each bound a little
 * above the median error measured when the rule was set. */
#include "sim/datasheet_neuron.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "neuron_rows.h"
#include "sim/perf/nnls.h"

int main(int argc, char *argv[]) {
    int missing = data_missing(NEURON "inf2-latency_data_decoder.csv");
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}

static bool fitted(const struct decoder_row *r) {
    return r->model < FITTED_MODELS;
}

static bool alone(const struct decoder_row *r) {
    return fitted(r) && r->batch == 1;
}

static struct device faster(struct device device, double factor) {
    device.bandwidth *= factor;
    device.flops *= factor;
    device.step_us /= factor;
    device.layer_us /= factor;
    device.prefill_layer_us /= factor;
    return device;
}

/* ---- the fit: least squares of the relative error ---- */

/* The rule with every share infinite and every fixed time zero, so that one alone shows its term.
 */
static struct device nothing(struct device device) {
    device.weight_share = device.cache_share = INFINITY;
    device.compute_share = device.attention_share = INFINITY;
    device.step_us = device.layer_us = device.prefill_layer_us = 0;
    return device;
}

typedef bool choose(const struct decoder_row *row);

enum { NONE = -1 };

enum { STEP, LAYER, WEIGHTS, CACHE, TPOT_TERMS };

/* The time per token, of step, layer, weights and cache; without one of them, or NONE. */
static struct device fit_tpot(const struct decoders *d, const struct device *device, choose *chosen,
                              int model_left_out, int term_left_out) {
    struct device terms[TPOT_TERMS];
    for (int k = 0; k < TPOT_TERMS; k++)
        terms[k] = nothing(*device);
    terms[STEP].step_us = terms[LAYER].layer_us = 1;
    terms[WEIGHTS].weight_share = terms[CACHE].cache_share = 1;
    struct arena arena = {0};
    struct nnls nnls = nnls_open(&arena, TPOT_TERMS);
    for (int i = 0; i < d->n; i++) {
        const struct decoder_row *r = &d->rows[i];
        if (!chosen(r) || r->model == model_left_out)
            continue;
        double features[TPOT_TERMS];
        for (int k = 0; k < TPOT_TERMS; k++)
            features[k] = k == term_left_out ? 0 : tpot_of(r, &terms[k]);
        nnls_add_relative(&nnls, features, r->tpot_us);
    }
    double x[TPOT_TERMS];
    cr_assert(nnls_solve(&nnls, x));
    arena_release(&arena);
    struct device fit = *device;
    fit.step_us = x[STEP];
    fit.layer_us = x[LAYER];
    fit.weight_share = 1 / x[WEIGHTS];
    fit.cache_share = 1 / x[CACHE];
    return fit;
}

/* The terms of the time to the first token: a layer's, the arithmetic's, the attention's. What the
 * device has beside them (step, head, weights) is fixed. A row is bound by its arithmetic or by
 * its weights, whichever is longer with the last fit. */
static struct device fit_ttft(const struct decoders *d, const struct device *device, choose *chosen,
                              int model_left_out, const struct decoder_row *row_left_out) {
    struct device terms[3] = {nothing(*device), nothing(*device), nothing(*device)};
    struct device fit = *device, rest = *device;
    terms[0].prefill_layer_us = terms[1].compute_share = terms[2].attention_share = 1;
    rest.compute_share = rest.attention_share = INFINITY;
    rest.prefill_layer_us = 0;
    struct arena arena = {0};
    for (int round = 0; round < 20; round++) {
        struct nnls nnls = nnls_open(&arena, 3);
        for (int i = 0; i < d->n; i++) {
            const struct decoder_row *r = &d->rows[i];
            if (!chosen(r) || r->model == model_left_out || r == row_left_out)
                continue;
            struct iteration_time t = time_of(r, &fit);
            bool by_arithmetic = t.b1 * r->batch * r->input > t.a0;
            double fixed = ttft_of(r, &rest) - (by_arithmetic ? t.layers * t.a0 : 0);
            double features[3] = {ttft_of(r, &terms[0]), by_arithmetic ? ttft_of(r, &terms[1]) : 0,
                                  ttft_of(r, &terms[2])};
            nnls_add(&nnls, features, r->ttft_us - fixed, 1 / r->ttft_us);
        }
        double x[3];
        cr_assert(nnls_solve(&nnls, x));
        fit.prefill_layer_us = x[0];
        fit.compute_share = 1 / x[1];
        fit.attention_share = 1 / x[2];
    }
    arena_release(&arena);
    return fit;
}

/* ---- decoders ---- */

struct errors {
    int n;
    double values[ROWS_MAX]; /* computed / measured - 1 */
};

static double median_size(struct errors errors) {
    for (int i = 0; i < errors.n; i++)
        errors.values[i] = fabs(errors.values[i]);
    return data_median(errors.values, errors.n);
}

static void add_error(struct errors *errors, double computed, double measured) {
    errors->values[errors->n++] = computed / measured - 1;
}

static struct errors tpot_errors(const struct decoders *d, const struct device *device, int model) {
    struct errors errors = {0};
    for (int i = 0; i < d->n; i++)
        if (d->rows[i].model == model)
            add_error(&errors, tpot_of(&d->rows[i], device), d->rows[i].tpot_us);
    return errors;
}

static struct device shipped(const struct decoders *d) {
    return datasheet_accelerator(d->inf2, PRECISION_BF16);
}

/* The constants of the rule are the fit to the Llama-2 rows: 4 of 16 rows, 3 of 11. */
Test(neuron, constants_are_the_fit) {
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d);
    struct device fit = fit_tpot(&d, &rule, fitted, NONE, NONE);
    cr_assert(epsilon_eq(dbl, fit.step_us / rule.step_us, 1, 0.005), "%.1f", fit.step_us);
    cr_assert(epsilon_eq(dbl, fit.layer_us / rule.layer_us, 1, 0.005), "%.2f", fit.layer_us);
    cr_assert(epsilon_eq(dbl, fit.weight_share / rule.weight_share, 1, 0.005));
    cr_assert(epsilon_eq(dbl, fit.cache_share / rule.cache_share, 1, 0.005));
    fit = fit_ttft(&d, &rule, alone, NONE, NULL);
    cr_assert(epsilon_eq(dbl, fit.prefill_layer_us / rule.prefill_layer_us, 1, 0.005), "%.1f",
              fit.prefill_layer_us);
    cr_assert(epsilon_eq(dbl, fit.compute_share / rule.compute_share, 1, 0.005), "%.4f",
              fit.compute_share);
    cr_assert(epsilon_eq(dbl, fit.attention_share / rule.attention_share, 1, 0.005), "%.5f",
              fit.attention_share);
    arena_release(&d.arena);
}

static const double tpot_bars[MODELS] = {
    [LLAMA_2_7B] = 0.06,    [LLAMA_2_13B] = 0.06, [LLAMA_2_70B] = 0.06, [LLAMA_3_70B] = 0.06,
    [CODELLAMA_13B] = 0.06, [MISTRAL_7B] = 0.20,  [LLAMA_3_8B] = 0.20,
};

/* Same architecture as a fitted model: 6 %; another one, or weights in int8: 20 %. A device 1.3
 * times as fast misses every bar. */
Test(neuron, time_per_token_of_each_model) {
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d), fast = faster(rule, 1.3);
    for (int m = 0; m < MODELS; m++) {
        double error = median_size(tpot_errors(&d, &rule, m));
        cr_log_info("%s: median error of TPOT %.3f", models[m].name, error);
        cr_assert(le(dbl, error, tpot_bars[m]), "%s", models[m].name);
        cr_assert(gt(dbl, median_size(tpot_errors(&d, &fast, m)), tpot_bars[m]));
    }
    arena_release(&d.arena);
}

/* Two ways to count the cache that the rows refute: read as far as the live context is (half way
 * through the output) and not as the program was compiled, the 13B rows come out too fast; and one
 * read a key-value head, the Llama-3-8B rows do. */
Test(neuron, cache_counts_compiled_length_and_query_heads) {
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d);
    struct errors live = {0}, compiled = {0}, heads = {0}, query = {0};
    for (int i = 0; i < d.n; i++) {
        const struct decoder_row *r = &d.rows[i];
        struct iteration_time t = time_of(r, &rule);
        double cache = t.layers * t.d1 * r->batch;
        double middle = r->input + (r->sequence - r->input) / 2;
        if (r->batch > 1 && r->input < 1024) { /* where the two lengths differ by half */
            add_error(&compiled, tpot_of(r, &rule), r->tpot_us);
            add_error(&live, tpot_of(r, &rule) - cache * (1 - middle / r->sequence), r->tpot_us);
        }
        if (r->model == LLAMA_3_8B && r->batch > 1) { /* 48 query heads with padding, 24 copies */
            add_error(&query, tpot_of(r, &rule), r->tpot_us);
            add_error(&heads, tpot_of(r, &rule) - cache / 2, r->tpot_us);
        }
    }
    cr_log_info("compiled %.3f, live %.3f; query heads %.3f, key-value heads %.3f",
                median_size(compiled), median_size(live), median_size(query), median_size(heads));
    cr_assert(le(dbl, median_size(compiled), 0.06));
    cr_assert(gt(dbl, median_size(live), 0.12));
    cr_assert(le(dbl, median_size(query), 0.06));
    cr_assert(gt(dbl, median_size(heads), 0.20));
    arena_release(&d.arena);
}

/* Fitted on two of the Llama-2 models, held to the third. Two models do not tell a step's time from
 * a layer's, so each is left out in turn: how far the answer depends on that choice is part of it.
 */
Test(neuron, time_per_token_of_a_model_left_out) {
    static const double bars[2] = {[STEP] = 0.10, [LAYER] = 0.06};
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d);
    for (int m = 0; m < FITTED_MODELS; m++)
        for (int term = STEP; term <= LAYER; term++) {
            struct device fit = fit_tpot(&d, &rule, fitted, m, term), fast = faster(fit, 1.3);
            double error = median_size(tpot_errors(&d, &fit, m));
            cr_log_info("%s left out, no %s time: median error of TPOT %.3f", models[m].name,
                        term == STEP ? "step" : "layer", error);
            cr_assert(le(dbl, error, bars[term]), "%s", models[m].name);
            cr_assert(gt(dbl, median_size(tpot_errors(&d, &fast, m)), bars[term]));
        }
    arena_release(&d.arena);
}

static double share_in_band(const struct decoders *d, const struct device *device, bool held_out) {
    int n = 0, inside = 0;
    for (int i = 0; i < d->n; i++) {
        if (held_out && fitted(&d->rows[i]))
            continue;
        double off = d->rows[i].tpot_us / tpot_of(&d->rows[i], device) - 1;
        inside += off >= device->error_low && off <= device->error_high;
        n++;
    }
    return (double)inside / n;
}

Test(neuron, band_contains_four_of_five_rows) {
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d), fast = faster(rule, 1.3);
    cr_log_info("band %+.2f .. %+.2f: %.2f of the held-out rows, %.2f of all", rule.error_low,
                rule.error_high, share_in_band(&d, &rule, true), share_in_band(&d, &rule, false));
    cr_assert(ge(dbl, share_in_band(&d, &rule, true), 0.8));
    cr_assert(ge(dbl, share_in_band(&d, &rule, false), 0.8));
    cr_assert(lt(dbl, share_in_band(&d, &fast, true), 0.8));
    cr_assert(le(dbl, rule.error_high - rule.error_low, 0.3)); /* a band that says something */
    arena_release(&d.arena);
}

/* A longer prompt of the same model at batch 1 that came sooner: no sum of times can follow it. */
static bool monotone(const struct decoders *d, int model) {
    for (int i = 0; i < d->n; i++)
        for (int j = 0; j < d->n; j++) {
            const struct decoder_row *a = &d->rows[i], *b = &d->rows[j];
            if (a->model == model && b->model == model && a->batch == 1 && b->batch == 1 &&
                a->input < b->input && a->ttft_us > b->ttft_us)
                return false;
        }
    return true;
}

/* Batch 1, each Llama-2 row left out of the fit in turn; then, with the rule as it is, the rows of
 * the other models. Mistral is excluded: 4096 tokens of prompt took 558 ms and 8192 took 540 ms. */
Test(neuron, time_to_first_token_of_batch_1) {
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d);
    struct errors left_out = {0}, fast_left_out = {0}, others = {0};
    for (int i = 0; i < d.n; i++) {
        const struct decoder_row *r = &d.rows[i];
        if (r->batch > 1 || !monotone(&d, r->model))
            continue;
        if (!fitted(r)) {
            add_error(&others, ttft_of(r, &rule), r->ttft_us);
            continue;
        }
        struct device fit = fit_ttft(&d, &rule, alone, NONE, r), fast = faster(fit, 1.5);
        add_error(&left_out, ttft_of(r, &fit), r->ttft_us);
        add_error(&fast_left_out, ttft_of(r, &fast), r->ttft_us);
    }
    cr_log_info("TTFT of batch 1: median error %.3f of %d rows left out, %.3f of %d other rows",
                median_size(left_out), left_out.n, median_size(others), others.n);
    cr_assert(eq(int, left_out.n, 11));
    cr_assert(eq(int, others.n, 13));
    for (int m = 0; m < MODELS; m++)
        cr_assert(eq(int, monotone(&d, m), m != MISTRAL_7B));
    cr_assert(le(dbl, median_size(left_out), 0.20));
    cr_assert(gt(dbl, median_size(fast_left_out), 0.20));
    cr_assert(le(dbl, median_size(others), 0.20));
    arena_release(&d.arena);
}

/* What the rule cannot do, kept in sight: several prompts at once, and prompts far longer than the
 * fit saw. */
Test(neuron, time_to_first_token_reported) {
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d);
    struct errors batches = {0};
    for (int i = 0; i < d.n; i++)
        if (d.rows[i].batch > 1)
            add_error(&batches, ttft_of(&d.rows[i], &rule), d.rows[i].ttft_us);
    cr_log_info("TTFT of batches: median error %.3f of %d rows", median_size(batches), batches.n);
    cr_assert(eq(int, batches.n, 15));
    cr_assert(le(dbl, median_size(batches), 0.50));
    for (int m = 0; m < FITTED_MODELS; m++) {
        struct device fit = fit_ttft(&d, &rule, alone, m, NULL);
        struct errors errors = {0};
        for (int i = 0; i < d.n; i++)
            if (alone(&d.rows[i]) && d.rows[i].model == m)
                add_error(&errors, ttft_of(&d.rows[i], &fit), d.rows[i].ttft_us);
        cr_log_info("%s left out: median error of TTFT %.3f", models[m].name, median_size(errors));
        cr_assert(gt(int, errors.n, 0));
    }
    arena_release(&d.arena);
}

/* Llama-2-7B on 12 chips, 24 cores: 32 heads are padded to 48, so attention has 4 x 4096 x 128 x 48
 * = 100663296 weights and not 67108864; a layer (6738415616 - 2 x 32000 x 4096) / 32 = 202383360
 * becomes 235937792, a chip's part 19661482.67.
 *   a0 = 19661482.67 x 2 B / (0.541 x 820 GB/s) = 88.641 us
 *   d1 = 4096 tokens x 2 x 4 heads x 128 x 2 B / (0.495 x 820 GB/s) = 20.667 us
 *   h0 = 32000 x 4096 / 12 x 2 B / (0.541 x 820 GB/s) = 49.243 us
 * Llama-3-8B: 48 query heads, 24 key-value heads: 2 x 4096 x 128 x 72 = 75497472 in place of
 * 41943040 of attention. */
Test(neuron, coefficients_by_hand) {
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d);
    rule.compiled_tokens = 4096;
    struct iteration_time t =
        neuron_iteration_time(&models[LLAMA_2_7B], PRECISION_BF16, &rule, CHIPS);
    cr_assert(epsilon_eq(dbl, t.a0, 88.641, 0.001));
    cr_assert(epsilon_eq(dbl, t.d1, 20.667, 0.001));
    cr_assert(epsilon_eq(dbl, t.h0, 49.243, 0.001));
    cr_assert(epsilon_eq(dbl, t.d2, 0, 0));
    double layer = datasheet_layer_parameters(&models[LLAMA_3_8B]) / 32;
    cr_assert(epsilon_eq(dbl, neuron_layer_weights(&models[LLAMA_3_8B], 24),
                         layer - 41943040 + 75497472, 1));
    cr_assert(epsilon_eq(dbl, neuron_layer_weights(&models[LLAMA_3_8B], 8), layer, 1));
    arena_release(&d.arena);
}

/* A step with a prompt and decoding sequences is the one step, then the other. */
Test(neuron, a_mixed_step_is_two_programs) {
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d);
    struct iteration_time t =
        neuron_iteration_time(&models[LLAMA_2_7B], PRECISION_BF16, &rule, CHIPS);
    double prompt = 4096, sequences = 5, tokens = prompt + sequences;
    double mixed = t.t0 + t.h0 +
                   t.layers * (fmax(t.a0, t.b1 * tokens) + t.m0 + t.m1 * prompt +
                               t.m2 * prompt * prompt / 2 + t.m4 * sequences + t.m5 * 12345);
    double apart = prefill_step(&t, 1, prompt) + decode_step(&t, sequences, 12345);
    cr_assert(epsilon_eq(dbl, mixed / apart, 1, 0.002)); /* 5 tokens more in b1 */
    arena_release(&d.arena);
}

/* A time that was measured at one compiled length, at another: what the rule says of that one. */
Test(neuron, recompiled_for_another_length) {
    struct decoders d;
    open_decoders(&d);
    struct device rule = shipped(&d);
    rule.compiled_tokens = 4096;
    struct iteration_time t =
        neuron_iteration_time(&models[LLAMA_3_8B], PRECISION_INT8, &rule, CHIPS);
    rule.compiled_tokens = 16384;
    struct iteration_time longer =
        neuron_iteration_time(&models[LLAMA_3_8B], PRECISION_INT8, &rule, CHIPS);
    cr_assert(gt(dbl, decode_step(&longer, 8, 0), 1.5 * decode_step(&t, 8, 0)));
    neuron_recompile(&t, 4096, 16384);
    cr_assert(epsilon_eq(dbl, t.d1, longer.d1, 1e-9));
    cr_assert(epsilon_eq(dbl, t.m4, longer.m4, 1e-9));
    cr_assert(epsilon_eq(dbl, decode_step(&t, 8, 0), decode_step(&longer, 8, 0), 1e-6));
    arena_release(&d.arena);
}

/* ---- encoders ---- */

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

Test(neuron, encoders) {
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
