/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The profiles of AWS Neuron chips under sim/profiles/ are what their published tables give: each
 * is fitted again from the tables and must come out byte for byte (HEADROOM_UPDATE_PROFILES=1
 * writes them anew). Every number in a profile is rounded to four digits, so that compilers agree.
 *
 *  Batches (BERT family, images): time of one core = base + items x item, from the batch sizes that
 * a model's tables have; models of the same layers share their rows. A core's batch time is batch x
 * cores at work / throughput; cores at work follow from the requests in flight = throughput x
 * latency / batch. Error: each row left out in turn; for images the same model under the release
 * before, which the fit did not see.
 *
 *  Decoders on 12 chips: rule neuron-chips with three factors of the model's own, on the step, on
 * the cache and on prompts. Error: the time per token of each row left out in turn.
 *
 *  No profile, because the rule is nearer to what was measured or nothing could be held back:
 * Mistral (8 x 16384 tokens took a third less than its other rows suggest),
 * Inferentia1 (rows of one model compiled in several ways), DistilBERT on Inferentia2 and Trainium1
 * (two rows). */
#include "sim/profile.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "neuron_rows.h"
#include "sim/perf/nnls.h"

#define DATE "2026-08-21" /* of the tables; when each was measured is not published */
#define SOURCE "aws-neuron/aws-neuron-sdk@81ce03a about-neuron/benchmarks, CC BY-SA 4.0"

int main(int argc, char *argv[]) {
    int missing = data_missing(NEURON "inf2-latency_data_decoder.csv");
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}

static double four_digits(double value) {
    char digits[32];
    snprintf(digits, sizeof digits, "%.4g", value);
    return strtod(digits, NULL);
}

/* What errors of held-back rows say: their median, and a band that holds every row and nought (four
 * of five of so few rows would be no more). */
static void set_error(struct profile *profile, const double *predicted, const double *measured,
                      int n) {
    double sizes[ROWS_MAX];
    profile->error_low = profile->error_high = 0;
    for (int i = 0; i < n; i++) {
        double off = measured[i] / predicted[i] - 1;
        sizes[i] = fabs(predicted[i] / measured[i] - 1);
        profile->error_low = fmin(profile->error_low, off);
        profile->error_high = fmax(profile->error_high, off);
    }
    profile->error_median = four_digits(data_median(sizes, n));
    profile->error_low = floor(profile->error_low * 1000) / 1000;
    profile->error_high = ceil(profile->error_high * 1000) / 1000;
}

/* ---- the file in the tree ---- */

static void compare(struct arena *arena, const struct profile *profile) {
    struct text text = {.arena = arena};
    char path[160];
    snprintf(path, sizeof path, "sim/profiles/%s-%s-%s-tp%d.csv", profile->model,
             precision_word(profile->precision), profile->accelerator, profile->tensor_parallel);
    for (char *c = path; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    profile_append_csv(&text, profile);
    if (getenv("HEADROOM_UPDATE_PROFILES")) {
        FILE *out = fopen(path, "wb");
        cr_assert(out && fwrite(text.data, 1, text.n, out) == text.n && fclose(out) == 0);
        return;
    }
    static char shipped[65536];
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s: run this test with HEADROOM_UPDATE_PROFILES=1", path);
    size_t n = fread(shipped, 1, sizeof shipped - 1, file);
    fclose(file);
    shipped[n] = '\0';
    cr_expect(eq(str, shipped, text.data),
              "%s: run this test with HEADROOM_UPDATE_PROFILES=1 and read the difference", path);
}

/* ---- batches ---- */

struct family {
    const char *accelerator, *instance, *throughput;
    int cores;
    const char *paths[2], *paths_before[2]; /* before: of an earlier release */
};

#define INF2_IMAGES(kind)                                                                          \
    {                                                                                              \
        "Inferentia2", "Inf2.xlarge", "Throughput (inference/sec)", 2,                             \
            {NEURON "inf2-latency_data_vision_" kind ".csv",                                       \
             NEURON "inf2-throughput_data_vision_" kind ".csv"},                                   \
        {                                                                                          \
            NEURON "inf2-latency_data_vision.csv", NEURON "inf2-throughput_data_vision.csv"        \
        }                                                                                          \
    }

static const struct family inf2 = {
    "Inferentia2",
    "Inf2.xlarge",
    "Throughput (inference/second)",
    2,
    {NEURON "inf2-latency_data_encoder.csv", NEURON "inf2-throughput_data_encoder.csv"},
    {NULL, NULL}};
static const struct family trn1 = {
    "Trainium1",
    "trn1.2xlarge",
    "Throughput (inference/sec)",
    2,
    {NEURON "trn1-latency_data_encoder.csv", NEURON "trn1-throughput_data_encoder.csv"},
    {NULL, NULL}};
static const struct family inf2_cnn = INF2_IMAGES("cnn");
static const struct family inf2_vit = INF2_IMAGES("transformers");
static const struct family inf2_sd = INF2_IMAGES("sd");

static const struct batched_case {
    const struct family *family;
    const char *models[2]; /* of the catalogue, with these layers */
    const char *rows[4];   /* in the tables, ditto */
    double tokens;         /* of an item; 0: images */
    bool whole_chip;       /* a replica is a chip, not a core */
} batched_cases[] = {
    {&inf2,
     {"bert-base", "bge-base-en-v1.5"},
     {"bert-base-uncased", "roberta-base", "google/electra-base-discriminator"},
     128,
     false},
    {&inf2,
     {"bert-large", "bge-large-en-v1.5"},
     {"bert-large-uncased", "roberta-large"},
     128,
     false},
    {&trn1,
     {"bert-base", "bge-base-en-v1.5"},
     {"bert-base-uncased", "roberta-base", "google/electra-base-discriminator"},
     128,
     false},
    {&trn1,
     {"bert-large", "bge-large-en-v1.5"},
     {"bert-large-uncased", "roberta-large"},
     128,
     false},
    {&inf2_cnn, {"resnet-50"}, {"resnet50"}, 0, false},
    {&inf2_vit, {"vit-base"}, {"google/vit-base-patch16-224"}, 0, false},
    {&inf2_sd, {"sd-1.5"}, {"Stable Diffusion 1.5"}, 0, true},
    {&inf2_sd, {"sdxl-1.0"}, {"Stable Diffusion XL Base"}, 0, true},
};
enum { BATCHED_CASES = sizeof batched_cases / sizeof batched_cases[0] };

struct batch_row {
    double items, seconds; /* of a core, or of a chip */
    char version[16];
};

static bool of_case(const struct batched_case *c, const struct csv_row *row, const int at[6]) {
    bool named = false;
    for (int i = 0; i < 4 && c->rows[i]; i++)
        named = named || bytes_are(row->fields[at[0]].text, c->rows[i]);
    return named && bytes_are(row->fields[at[1]].text, c->family->instance);
}

static int read_batches(struct arena *arena, const struct batched_case *c, const char *path,
                        struct batch_row *rows, int n) {
    const char *names[] = {"Model",      "Inst. Type",    c->family->throughput, "Latency P50 (ms)",
                           "Batch Size", "Neuron Version"};
    struct source *source = source_open_memory(arena, data_read(arena, path), path, NULL);
    struct csv_reader *csv = csv_open(arena, source, ',', NULL);
    struct csv_row row;
    int at[6];
    cr_assert(csv_header(csv, names, 6, true, at, NULL));
    while (csv_next(csv, &row, NULL) && row.n_fields) {
        if (!of_case(c, &row, at))
            continue;
        double rate = data_number(row.fields[at[2]].text);
        double latency_s = data_number(row.fields[at[3]].text) / 1e3;
        struct batch_row r = {.items = data_number(row.fields[at[4]].text)};
        double in_flight = fmax(1, round(rate * latency_s / r.items));
        r.seconds = r.items / rate * (c->whole_chip ? 1 : fmin(in_flight, c->family->cores));
        snprintf(r.version, sizeof r.version, "%.*s", (int)row.fields[at[5]].text.n,
                 row.fields[at[5]].text.data);
        bool seen = false; /* in the other table, too */
        for (int i = 0; i < n; i++)
            seen = seen || (rows[i].items == r.items && rows[i].seconds == r.seconds);
        if (!seen)
            rows[n++] = r;
    }
    csv_close(csv);
    source_close(source);
    return n;
}

/* Base (none when a single batch size is known) and item. */
static void fit_batches(const struct batched_case *c, const struct batch_row *rows, int n,
                        int left_out, double x[2]) {
    struct arena arena = {0};
    struct nnls nnls = nnls_open(&arena, 2);
    for (int i = 0; i < n; i++) {
        double features[2] = {c->whole_chip ? 0 : 1, rows[i].items};
        if (i != left_out)
            nnls_add_relative(&nnls, features, rows[i].seconds);
    }
    cr_assert(nnls_solve(&nnls, x));
    arena_release(&arena);
}

static struct profile batched_profile(struct arena *arena, const struct batched_case *c) {
    struct batch_row rows[ROWS_MAX], before[ROWS_MAX];
    double x[2], predicted[ROWS_MAX], measured[ROWS_MAX];
    int n = 0, n_before = 0, n_held = 0;
    for (int i = 0; i < 2; i++)
        n = read_batches(arena, c, c->family->paths[i], rows, n);
    for (int i = 0; i < 2 && c->family->paths_before[i]; i++)
        n_before = read_batches(arena, c, c->family->paths_before[i], before, n_before);
    for (int i = 0; i < n && !n_before; i++, n_held++) {
        fit_batches(c, rows, n, i, x);
        predicted[n_held] = x[0] + x[1] * rows[i].items;
        measured[n_held] = rows[i].seconds;
    }
    fit_batches(c, rows, n, -1, x);
    for (int i = 0; i < n_before; i++, n_held++) {
        predicted[n_held] = x[0] + x[1] * before[i].items;
        measured[n_held] = before[i].seconds;
    }
    struct profile p = {.kind = PROFILE_BATCHED,
                        .model = c->models[0],
                        .accelerator = c->family->accelerator,
                        .precision = PRECISION_BF16,
                        .kv_precision = PRECISION_BF16,
                        .tensor_parallel = 1,
                        .engine = "aws-neuron",
                        .date = DATE,
                        .source = SOURCE,
                        .base_s = four_digits(x[0]),
                        .item_s = c->tokens > 0 ? 0 : four_digits(x[1]),
                        .token_s = c->tokens > 0 ? four_digits(x[1] / c->tokens) : 0,
                        .rows = n};
    const char *first = rows[0].version, *last = rows[0].version;
    for (int i = 0; i < n; i++) {
        p.range.sequences = fmax(p.range.sequences, rows[i].items);
        first = strcmp(rows[i].version, first) < 0 ? rows[i].version : first;
        last = strcmp(rows[i].version, last) > 0 ? rows[i].version : last;
    }
    p.range.tokens = p.range.sequences * c->tokens;
    p.version = strcmp(first, last) ? arena_printf(arena, "%s to %s", first, last)
                                    : arena_printf(arena, "%s", first);
    struct text method = {.arena = arena};
    text_printf(&method, "batches of one %s", c->whole_chip ? "chip" : "core");
    for (int i = 0; i < 4 && c->rows[i]; i++)
        text_printf(&method, "%s %s", i ? "," : ":", c->rows[i]);
    text_printf(&method, "%s", c->tokens > 0 ? "; 128 tokens an item" : "");
    p.method = method.data;
    set_error(&p, predicted, measured, n_held);
    return p;
}

Test(neuron_profiles, batches_are_the_fit) {
    for (int i = 0; i < BATCHED_CASES; i++) {
        struct arena arena = {0};
        struct profile p = batched_profile(&arena, &batched_cases[i]);
        cr_log_info("%s on %s: base %g, item %g, token %g s; held back %.3f (%+.3f .. %+.3f)",
                    p.model, p.accelerator, p.base_s, p.item_s, p.token_s, p.error_median,
                    p.error_low, p.error_high);
        cr_assert(ge(int, p.rows, batched_cases[i].whole_chip ? 1 : 2));
        cr_expect(le(dbl, p.error_median, 0.15), "%s on %s", p.model, p.accelerator);
        for (int m = 0; m < 2 && batched_cases[i].models[m]; m++) {
            p.model = batched_cases[i].models[m];
            compare(&arena, &p);
        }
        arena_release(&arena);
    }
}

/* ---- the rule beside the profiles ---- */

static bool images(const struct batched_case *c) {
    return c->tokens == 0;
}

/* Geometric mean of the shares of the FLOP/s that the profiles of images reach, but one. */
static double share_of_images(struct arena *arena, const struct catalog *catalog, int left_out) {
    double flops = catalog_accelerator(catalog, "Inferentia2")->bf16_tflops * 1e12;
    double logs = 0;
    int n = 0;
    for (int i = 0; i < BATCHED_CASES; i++) {
        if (!images(&batched_cases[i]) || i == left_out)
            continue;
        struct profile p = batched_profile(arena, &batched_cases[i]);
        double work = catalog_model(catalog, bytes_of(p.model))->gflop_per_item * 1e9;
        logs += log(work / p.item_s / (batched_cases[i].whole_chip ? flops : flops / 2));
        n++;
    }
    return exp(logs / n);
}

/* The rows of BERT on Inferentia2, the first of their cases, are what the rule was fitted on. */
static struct batched_case unseen(struct batched_case c) {
    if (c.family == &inf2)
        memmove(c.rows, c.rows + 1, sizeof c.rows - sizeof c.rows[0]);
    return c;
}

/* Rows inside the rule's band when chips were `speed` times as fast as measured. */
static double share_in_band(bool of_images, double speed) {
    struct arena arena = {0};
    struct catalog catalog;
    int n_inside = 0, n_rows = 0;
    cr_assert(catalog_shipped(&arena, &catalog, NULL));
    double all = share_of_images(&arena, &catalog, -1);
    for (int i = 0; i < BATCHED_CASES; i++) {
        if (images(&batched_cases[i]) != of_images)
            continue;
        struct batched_case c = unseen(batched_cases[i]);
        struct device device = datasheet_accelerator(
            catalog_accelerator(&catalog, c.family->accelerator), PRECISION_BF16);
        struct encoder_times t = datasheet_encoder(catalog_model(&catalog, bytes_of(c.models[0])),
                                                   PRECISION_BF16, &device);
        cr_assert(eq(int, t.replicas_per_device, c.whole_chip ? 1 : 2));
        if (of_images)
            t.item_s *= all / share_of_images(&arena, &catalog, i);
        struct batch_row rows[ROWS_MAX];
        int n = 0;
        for (int k = 0; k < 2; k++)
            n = read_batches(&arena, &c, c.family->paths[k], rows, n);
        for (int k = 0; k < n; k++, n_rows++) {
            double work = rows[k].items * (t.item_s + c.tokens * t.token_s);
            double off = rows[k].seconds / speed / (t.base_s + fmax(t.memory_s, work)) - 1;
            n_inside += off >= t.error_low && off <= t.error_high;
        }
    }
    cr_log_info("%s, speed %g: %d of %d rows in the band", of_images ? "images" : "encoders", speed,
                n_inside, n_rows);
    arena_release(&arena);
    return (double)n_inside / n_rows;
}

Test(neuron_profiles, band_of_the_rule) {
    cr_assert(ge(dbl, share_in_band(false, 1), 0.8));
    cr_assert(lt(dbl, share_in_band(false, 1.3), 0.8));
    cr_assert(ge(dbl, share_in_band(true, 1), 0.8));
    cr_assert(lt(dbl, share_in_band(true, 1.8), 0.8));
}

/* ---- decoders ---- */

static const struct decoder_case {
    const char *model; /* of the catalogue */
    int rows;          /* in the tables: a model of the same layers */
    int context_max;   /* of the catalogue: what its programs are compiled for at most */
} decoder_cases[] = {
    {"llama-2-7b", LLAMA_2_7B, 4096},   {"llama-2-13b", LLAMA_2_13B, 4096},
    {"llama-2-70b", LLAMA_2_70B, 4096}, {"codellama-13b", CODELLAMA_13B, 16384},
    {"llama-3-8b", LLAMA_3_8B, 8192},   {"llama-3.1-8b", LLAMA_3_8B, 131072},
    {"llama-3-70b", LLAMA_3_70B, 8192}, {"llama-3.1-70b", LLAMA_3_70B, 131072},
};
enum { DECODER_CASES = sizeof decoder_cases / sizeof decoder_cases[0] };

enum { STEP, CACHE, PROMPT };

/* The rule's times with the model's own factors. A mixed step stays a prompt step and a decode step
 * (sim/datasheet_neuron.h). */
static struct iteration_time scaled(struct iteration_time t, const double factors[3]) {
    double *const of_step[] = {&t.t0, &t.a0, &t.d0, &t.h0};
    double *const of_prompt[] = {&t.b1, &t.p0, &t.p2};
    for (int i = 0; i < 4; i++)
        *of_step[i] *= factors[STEP];
    for (int i = 0; i < 3; i++)
        *of_prompt[i] *= factors[PROMPT];
    t.d1 *= factors[CACHE];
    t.p3 *= factors[CACHE];
    t.m0 = t.p0 + t.a0 + t.d0 + (t.t0 + t.h0) / t.layers;
    t.m2 = t.p2;
    t.m3 = t.p3;
    t.m4 = t.d1;
    return t;
}

/* Step and cache from the times per token, then prompts from the first tokens of batch 1: what is
 * scaled with prompts is bound by arithmetic where that takes longer than the weights do. */
static void fit_factors(const struct decoders *d, const struct device *rule, int model,
                        const struct decoder_row *left_out, double factors[3]) {
    struct arena arena = {0};
    struct nnls nnls = nnls_open(&arena, 2);
    for (int i = 0; i < d->n; i++) {
        const struct decoder_row *r = &d->rows[i];
        struct iteration_time t = time_of(r, rule);
        double cache = t.layers * t.d1 * r->batch;
        double features[2] = {decode_step(&t, r->batch, 0) - cache, cache};
        if (r->model == model && r != left_out)
            nnls_add_relative(&nnls, features, r->tpot_us);
    }
    cr_assert(nnls_solve(&nnls, factors));
    factors[PROMPT] = 1;
    for (int round = 0; round < 20; round++) {
        struct nnls prompts = nnls_open(&arena, 1);
        for (int i = 0; i < d->n; i++) {
            const struct decoder_row *r = &d->rows[i];
            struct iteration_time t = scaled(time_of(r, rule), factors);
            bool by_arithmetic = t.b1 * r->input > t.a0;
            double fixed = t.t0 + t.h0 + (by_arithmetic ? 0 : t.layers * t.a0);
            double feature = (prefill_step(&t, 1, r->input) - fixed) / factors[PROMPT];
            if (r->model == model && r->batch == 1)
                nnls_add(&prompts, &feature, r->ttft_us - fixed, 1 / r->ttft_us);
        }
        cr_assert(nnls_solve(&prompts, &factors[PROMPT]));
    }
    arena_release(&arena);
}

static struct profile decoder_profile(struct arena *arena, const struct decoders *d,
                                      const struct decoder_case *c) {
    struct device rule = datasheet_accelerator(d->inf2, PRECISION_BF16);
    struct profile p = {.kind = PROFILE_LLM,
                        .model = c->model,
                        .accelerator = "Inferentia2",
                        .kv_precision = PRECISION_BF16,
                        .tensor_parallel = CHIPS,
                        .engine = "transformers-neuronx",
                        .version = "Neuron 2.18",
                        .date = DATE,
                        .source = SOURCE};
    double predicted[ROWS_MAX], measured[ROWS_MAX], factors[3];
    struct decoder_row longest = {.model = c->rows};
    for (int i = 0; i < d->n; i++) {
        const struct decoder_row *r = &d->rows[i];
        if (r->model != c->rows)
            continue;
        fit_factors(d, &rule, c->rows, r, factors);
        struct iteration_time t = scaled(time_of(r, &rule), factors);
        predicted[p.rows] = decode_step(&t, r->batch, 0);
        measured[p.rows++] = r->tpot_us;
        p.precision = longest.precision = r->precision;
        p.range.sequences = fmax(p.range.sequences, r->batch);
        p.range.chunk = fmax(p.range.chunk, fmin(r->input, c->context_max));
        longest.sequence = fmax(longest.sequence, fmin(r->sequence, c->context_max));
    }
    p.range.tokens = p.range.chunk;
    p.range.decode_context = longest.sequence;
    fit_factors(d, &rule, c->rows, NULL, factors);
    p.time = scaled(time_of(&longest, &rule), factors);
    p.method = arena_printf(
        arena,
        "rule neuron-chips x %.3f (step), x %.3f (cache), x %.3f (prompts) by least squares on the "
        "rows of %s; compiled for %g tokens",
        factors[STEP], factors[CACHE], factors[PROMPT], models[c->rows].name, longest.sequence);
    double *terms = (double *)&p.time;
    for (size_t i = 0; i < offsetof(struct iteration_time, graphs) / sizeof *terms; i++)
        terms[i] = four_digits(terms[i]);
    set_error(&p, predicted, measured, p.rows);
    return p;
}

Test(neuron_profiles, decoders_are_the_fit) {
    struct decoders d;
    open_decoders(&d);
    for (int i = 0; i < DECODER_CASES; i++) {
        struct profile p = decoder_profile(&d.arena, &d, &decoder_cases[i]);
        cr_log_info("%s: %s; held back %.3f (%+.3f .. %+.3f) of %d rows", p.model, p.method,
                    p.error_median, p.error_low, p.error_high, p.rows);
        cr_expect(le(dbl, p.error_median, 0.07), "%s", p.model);
        compare(&d.arena, &p);
    }
    arena_release(&d.arena);
}
