/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles from benchmark rows:
 *  - a device that is made up: its rows come from the engine in a closed loop with known numbers,
 *    and the fit must find them; the mutant has one regime the fit cannot know of;
 *  - AWS Neuron's Llama-2-70B rows and one group of aiconfigurator's vLLM rows (both measured):
 *    errors on held-back rows, bounds a little above those found, mutants in the rows;
 *  - each layout, small files made up to its public documentation (versions in the header), equal
 *    to the same rows as plain CSV; files that are refused, with their places and words. */
#include <math.h>
#include <stdio.h>

#include "published_data.h"
#include "sim/datasheet.h"
#include "sim/perf/closed_loop.h"
#include "sim/perf/fit_rows.h"

#define SILICON "groundtruth/aiconfigurator-silicon/dense_agg_half.csv"
#define NEURON "benchmarks/neuron/inf2-%s_data_decoder.csv"

int main(int argc, char *argv[]) {
    int missing = data_missing(SILICON);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}

static struct fit_setup setup_of(struct arena *arena, const char *model, const char *accelerator,
                                 enum precision precision, int tensor_parallel) {
    struct catalog *catalog = arena_new(arena, struct catalog, 1);
    struct err err = {0};
    cr_assert(catalog_shipped(arena, catalog, &err), "%s", err.what);
    struct fit_setup setup = {.model = catalog_model(catalog, bytes_of(model)),
                              .accelerator = catalog_accelerator(catalog, accelerator),
                              .precision = precision,
                              .kv_precision = PRECISION_BF16,
                              .tensor_parallel = tensor_parallel,
                              .engine = "vllm",
                              .version = "1",
                              .date = "2026-01-01",
                              .source = "a test"};
    cr_assert(setup.model && setup.accelerator);
    return setup;
}

/* ---- a device that is made up ---- */

static const struct {
    int clients, input, output;
} shapes[] = {{1, 128, 256},   {1, 1024, 128},  {1, 4096, 64},    {1, 8000, 128},  {1, 2048, 512},
              {4, 1024, 256},  {8, 4096, 128},  {16, 512, 512},   {16, 2048, 256}, {32, 1024, 256},
              {32, 4096, 128}, {64, 256, 256},  {64, 1024, 512},  {8, 16000, 64},  {24, 8000, 100},
              {1, 512, 300},   {128, 128, 128}, {12, 12000, 200}, {48, 2000, 200}, {2, 300, 400}};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

/* Rows of a service in a closed loop; deeper: quadratic time of many sequences, which no number of
 * the fit stands for. */
static struct benchmark_rows rows_of(struct arena *arena, const struct service *service,
                                     double deeper) {
    struct benchmark_rows rows = {N_SHAPES, N_SHAPES,
                                  arena_new(arena, struct benchmark_row, N_SHAPES)};
    for (int i = 0; i < N_SHAPES; i++) {
        struct closed_loop loop = {.clients = shapes[i].clients,
                                   .input_tokens = shapes[i].input,
                                   .output_tokens = shapes[i].output,
                                   .discarded = 2,
                                   .measured = 4};
        struct closed_loop_means means;
        struct err err = {0};
        cr_assert(closed_loop_run(arena, &loop, service, &means, &err), "%s", err.what);
        rows.rows[i] = (struct benchmark_row){
            .input_tokens = shapes[i].input,
            .output_tokens = shapes[i].output,
            .clients = shapes[i].clients,
            .ttft_ms = means.ttft_s * 1e3,
            .tpot_ms = means.tpot_s * 1e3 + deeper * shapes[i].clients * shapes[i].clients};
    }
    return rows;
}

/* Llama-3.1-8B on an H100 with stated distances from the datasheet. */
static struct service made_up(const struct fit_setup *setup) {
    struct device device = datasheet_accelerator(setup->accelerator, setup->precision);
    device.weight_share = 0.7;
    device.cache_share = 0.5;
    device.compute_share = 0.4;
    device.attention_share = 0;
    device.step_us = 2000;
    device.layer_us = 0;
    device.prefill_layer_us = 30;
    struct iteration_time time =
        datasheet_iteration_time(setup->model, setup->precision, &device, 1);
    return (struct service){.kind = SERVICE_LLM,
                            .llm = {.time = time,
                                    .tokens_per_step_max = device.tokens_per_step_max,
                                    .sequences_max = device.sequences_max,
                                    .block_tokens = 16,
                                    .kv_blocks = setup->kv_blocks,
                                    .context_max = 131072}};
}

static double off(double got, double want) {
    return fabs(got / want - 1);
}

Test(perf_rows, finds_the_numbers_of_a_known_device) {
    struct arena arena = {0};
    struct fit_setup setup = setup_of(&arena, "llama-3.1-8b", "H100", PRECISION_BF16, 1);
    setup.kv_blocks = 25000;
    struct service service = made_up(&setup);
    struct benchmark_rows rows = rows_of(&arena, &service, 0);
    struct fit fit;
    struct err err = {0};
    cr_assert(fit_rows(&arena, &setup, &rows, &fit, &err), "%s", err.what);
    const struct iteration_time *got = &fit.profile.time, *want = &service.llm.time;
    cr_log_info("t0 %.1f a0 %.2f (%.2f) d2 %.3g (%.3g) b1 %.3g (%.3g) p0 %.2f; held back %.4f",
                got->t0, got->a0, want->a0, got->d2, want->d2, got->b1, want->b1, got->p0,
                fit.profile.error_median);
    cr_assert(lt(dbl, off(got->t0, 2000), 0.02));
    cr_assert(lt(dbl, off(got->a0, want->a0), 0.02));
    cr_assert(lt(dbl, off(got->d2, want->d2), 0.02));
    cr_assert(lt(dbl, off(got->b1, want->b1), 0.02));
    cr_assert(lt(dbl, off(got->p0, 30), 0.05));
    cr_assert(lt(dbl, fit.profile.error_median, 0.005));
    cr_assert(epsilon_eq(dbl, fit.profile.range.sequences, 128, 0));
    cr_assert(epsilon_eq(dbl, fit.profile.range.decode_context, 16064, 0));
    /* The mutant: a part of the device that no number stands for shows in the held-back error. */
    rows = rows_of(&arena, &service, 0.01);
    cr_assert(fit_rows(&arena, &setup, &rows, &fit, &err), "%s", err.what);
    cr_assert(gt(dbl, fit.profile.error_median, 0.02));
    arena_release(&arena);
}

/* Without times to the first token the fixed time of a prompt stays the rule's, and a note says so;
 * too few rows, and rows of one shape, are refused. */
Test(perf_rows, rows_that_cannot_tell) {
    struct arena arena = {0};
    struct fit_setup setup = setup_of(&arena, "llama-3.1-8b", "H100", PRECISION_BF16, 1);
    setup.kv_blocks = 25000;
    struct service service = made_up(&setup);
    struct benchmark_rows rows = rows_of(&arena, &service, 0);
    struct fit fit;
    struct err err = {0};
    for (int i = 0; i < rows.n; i++)
        rows.rows[i].ttft_ms = 0;
    cr_assert(fit_rows(&arena, &setup, &rows, &fit, &err), "%s", err.what);
    bool told = false;
    for (int i = 0; i < fit.n_notes; i++)
        told = told || strstr(fit.notes[i], "do not tell the fixed time of a ") != NULL;
    cr_assert(told);
    rows.n = 9;
    cr_assert(not(fit_rows(&arena, &setup, &rows, &fit, &err)));
    cr_assert(strstr(err.what, "9 times measured") && err.hint[0], "%s", err.what);
    rows = rows_of(&arena, &service, 0);
    for (int i = 0; i < rows.n; i++)
        rows.rows[i] = rows.rows[0];
    cr_assert(not(fit_rows(&arena, &setup, &rows, &fit, &err)));
    cr_assert(strstr(err.what, "the rows do not tell") && err.hint[0], "%s", err.what);
    arena_release(&arena);
}

/* ---- measured rows ---- */

static struct benchmark_rows read_file(struct arena *arena, const struct fit_setup *setup,
                                       const char *text, const char *name,
                                       struct benchmark_rows rows) {
    struct err_list errs = {0};
    struct benchmark_limits limits = fit_rows_limits(setup);
    struct source *source = source_open_memory(arena, bytes_of(text), name, NULL);
    cr_assert(benchmark_rows_read(arena, source, &limits, &rows, &errs), "%s: %s", name,
              errs.items[0].what);
    source_close(source);
    return rows;
}

static struct benchmark_rows neuron_rows(struct arena *arena, const struct fit_setup *setup) {
    static const char *const files[] = {"latency", "throughput"};
    struct benchmark_rows rows = {0};
    for (int i = 0; i < 2; i++) {
        char path[80];
        snprintf(path, sizeof path, NEURON, files[i]);
        struct bytes bytes = data_read(arena, path);
        rows = read_file(arena, setup, arena_strndup(arena, bytes.data, bytes.n), path, rows);
    }
    return rows;
}

Test(perf_rows, neuron_tables) {
    struct arena arena = {0};
    struct fit_setup setup = setup_of(&arena, "llama-2-70b", "Inferentia2", PRECISION_BF16, 12);
    struct benchmark_rows rows = neuron_rows(&arena, &setup);
    struct fit fit;
    struct err err = {0};
    cr_assert(fit_rows(&arena, &setup, &rows, &fit, &err), "%s", err.what);
    for (int i = 0; i < fit.n_parts; i++)
        cr_log_info("%s: %d rows, median %.3f", fit.parts[i].name, fit.parts[i].held_back.rows,
                    fit.parts[i].held_back.median);
    cr_assert(lt(dbl, fit.profile.error_median, 0.06));
    /* The mutant: rows whose times say nothing about their lengths. */
    for (int i = 0; i < rows.n; i++)
        rows.rows[i].tpot_ms = i % 2 ? 10 : 20;
    bool refused = !fit_rows(&arena, &setup, &rows, &fit, &err);
    cr_assert(refused || fit.profile.error_median > 0.06);
    arena_release(&arena);
}

/* vLLM, Qwen3-32B in bf16 on H100: the three groups of one setup with most rows. No row has one
 * client. */
static struct benchmark_rows silicon_rows(struct arena *arena, const struct fit_setup *setup) {
    static const char *const names[] = {
        "backend", "model_path", "system",  "precision",       "isl",
        "osl",     "batch_size", "tp_size", "silicon_ttft_ms", "silicon_tpot_ms"};
    struct text text = {.arena = arena};
    struct csv_row row;
    int at[10];
    struct source *source = source_open_memory(arena, data_read(arena, SILICON), SILICON, NULL);
    struct csv_reader *csv = csv_open(arena, source, ',', NULL);
    cr_assert(csv_header(csv, names, 10, true, at, NULL));
    text_append_string(&text, "input_tokens,output_tokens,concurrency,ttft_ms,tpot_ms\n");
    while (csv_next(csv, &row, NULL) && row.n_fields) {
        struct bytes cells[10];
        for (int i = 0; i < 10; i++)
            cells[i] = row.fields[at[i]].text;
        if (!bytes_are(cells[0], "vllm") || !bytes_are(cells[2], "h100_sxm") || cells[3].n > 0 ||
            data_number(cells[7]) != setup->tensor_parallel ||
            !memmem(cells[1].data, cells[1].n, "32B", 3))
            continue;
        text_printf(&text, "%g,%g,%g,%g,%g\n", data_number(cells[4]), data_number(cells[5]),
                    data_number(cells[6]), data_number(cells[8]), data_number(cells[9]));
    }
    csv_close(csv);
    source_close(source);
    return read_file(arena, setup, text.data, "silicon", (struct benchmark_rows){0});
}

Test(perf_rows, rows_of_one_measured_setup) {
    static const struct {
        int tensor_parallel, rows;
        double bound;
    } groups[] = {{2, 14, 0.12}, {4, 14, 0.07}, {8, 17, 0.07}};
    struct arena arena = {0};
    for (int g = 0; g < 3; g++) {
        struct fit_setup setup =
            setup_of(&arena, "qwen3-32b", "H100", PRECISION_BF16, groups[g].tensor_parallel);
        struct benchmark_rows rows = silicon_rows(&arena, &setup);
        struct fit fit;
        struct err err = {0};
        cr_assert(eq(int, rows.n, groups[g].rows));
        cr_assert(fit_rows(&arena, &setup, &rows, &fit, &err), "%s", err.what);
        cr_log_info("tensor parallel %d: held-back median %.3f, %+.3f .. %+.3f",
                    setup.tensor_parallel, fit.profile.error_median, fit.profile.error_low,
                    fit.profile.error_high);
        cr_assert(lt(dbl, fit.profile.error_median, groups[g].bound));
        /* The mutant: each row with the lengths of its neighbour. */
        for (int i = 0; i + 1 < rows.n; i += 2) {
            double input = rows.rows[i].input_tokens, clients = rows.rows[i].clients;
            rows.rows[i].input_tokens = rows.rows[i + 1].input_tokens;
            rows.rows[i].clients = rows.rows[i + 1].clients;
            rows.rows[i + 1].input_tokens = input;
            rows.rows[i + 1].clients = clients;
        }
        bool refused = !fit_rows(&arena, &setup, &rows, &fit, &err);
        cr_assert(refused || fit.profile.error_median > groups[g].bound);
    }
    arena_release(&arena);
}

/* ---- layouts ---- */

#define PLAIN "input_tokens,output_tokens,concurrency,ttft_ms,tpot_ms\n"
#define VLLM(completed, clients)                                                                   \
    "{\"backend\": \"vllm\", \"completed\": " completed ", \"total_input_tokens\": 10240,"         \
    " \"total_output_tokens\": 1280, \"max_concurrency\": " clients                                \
    ", \"mean_ttft_ms\": 50.5, \"mean_tpot_ms\": 9.25, \"request_rate\": \"inf\"}\n"
#define MEAN(key, value) "\"" key "\": {\"successful\": {\"mean\": " value "}}"
#define GUIDELLM(clients)                                                                          \
    "{\"metadata\": {\"version\": 1}, \"benchmarks\": [\n{\"metrics\": {" MEAN(                    \
        "prompt_token_count",                                                                      \
        "1024") ", " MEAN("output_token_count",                                                    \
                          "128") ", " clients MEAN("time_to_first_token_ms",                       \
                                                   "50.5") ", " MEAN("inter_token_latency_ms",     \
                                                                     "9.25") "}}]}"
#define AIPERF(unit)                                                                               \
    "{\"input_config\": {\"loadgen\": {\"concurrency\": 8}},\n \"input_sequence_length\": "        \
    "{\"unit\": \"tokens\", \"avg\": 1024}, \"output_sequence_length\": {\"avg\": 128},\n"         \
    " \"time_to_first_token\": {\"unit\": \"ms\", \"avg\": 50.5},\n \"inter_token_latency\": "     \
    "{\"unit\": \"" unit "\", \"avg\": 9.25}}"

static const struct {
    const char *name, *text;
} same[] = {
    {"plain", PLAIN "1024,128,8,50.5,9.25\n"},
    {"other order", "tpot_ms,gpu,concurrency,output_tokens,input_tokens,ttft_ms\n"
                    "9.25,x,8,128,1024,50.5\n"},
    {"repeated", PLAIN "1024,128,8,50.5,9.25\n1024,128,8,50.5,9.25\n"},
    {"vllm", VLLM("10", "8")},
    {"vllm, appended", VLLM("10", "8") VLLM("10", "8")},
    {"guidellm", GUIDELLM(MEAN("request_concurrency", "8") ", ")},
    {"aiperf", AIPERF("ms")},
    {"neuron", "Model,TP Degree,Batch Size,Sequence Length,Input Length,Output Length,TTFT Latency "
               "P50 (ms),TPOT Latency P50 (ms)\nLlama-3.1-8B,1,8,0001,1024,128,50.5,9.25\n"
               "Mistral,1,8,1,1024,128,50.5,9.25\n"},
};

Test(perf_rows, layouts_say_the_same) {
    struct arena arena = {0};
    struct fit_setup setup = setup_of(&arena, "llama-3.1-8b", "H100", PRECISION_BF16, 1);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct benchmark_rows rows =
            read_file(&arena, &setup, same[i].text, same[i].name, (struct benchmark_rows){0});
        cr_assert(eq(int, rows.n, 1), "%s", same[i].name);
        struct benchmark_row row = rows.rows[0];
        cr_assert(row.input_tokens == 1024 && row.output_tokens == 128 && row.clients == 8 &&
                      row.ttft_ms == 50.5 && row.tpot_ms == 9.25,
                  "%s", same[i].name);
    }
    arena_release(&arena);
}

static const struct {
    const char *text;
    int line, column;
    const char *what;
} broken[] = {
    {"", 1, 1, "no known layout of benchmark results"},
    {"a,b,c\n1,2,3\n", 1, 1, "no known layout of benchmark results"},
    {"{\"a\": 1}", 1, 0, "no known layout of benchmark results"},
    {"[1, 2]", 1, 0, "no known layout of benchmark results"},
    {"{\"mean_tpot_ms\": 1,\n oops}", 2, 5, "no valid JSON"},
    {PLAIN, 0, 0, "the table has no rows"},
    {PLAIN "1024,128,8,50,-9\n", 2, 15, "tpot_ms must be a number from 0"},
    {PLAIN "1024,128,8,50,nan\n", 2, 15, "tpot_ms must be a number from 0"},
    {PLAIN "1024,128,8,50,0\n", 2, 0, "the time per output token must be above 0 ms"},
    {PLAIN "1024,1,8,50,9\n", 2, 0, "at least 1 input token and 2 output tokens"},
    {PLAIN "130000,2000,8,50,9\n", 2, 0, "130000 + 2000 tokens exceed the 131072"},
    {PLAIN "1024,128,0,50,9\n", 2, 0, "0 requests in flight"},
    {PLAIN "1024,128,5000,50,9\n", 2, 0, "5000 requests in flight; 1 to 1024"},
    {"input_tokens,output_tokens,concurrency\n1,2,3\n", 1, 0, "tpot_ms"},
    {VLLM("10", "null"), 1, 0, "the run of vllm bench serve: no number at max_concurrency"},
    {VLLM("0", "8"), 1, 0, "completed must be 1 or more"},
    {VLLM("10", "8") VLLM("10", "-2"), 2, 0, "-2 requests in flight"},
    {GUIDELLM(""), 2, 0, "benchmark 1 of GuideLLM: no number at metrics.request_concurrency"},
    {"{\"benchmarks\": 3}", 1, 0, "'benchmarks' is not a list with benchmarks"},
    {AIPERF("s"), 4, 0, "the unit of inter_token_latency is 's', not 'ms'"},
};

Test(perf_rows, broken_files_are_told) {
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct arena arena = {0};
        struct fit_setup setup = setup_of(&arena, "llama-3.1-8b", "H100", PRECISION_BF16, 1);
        struct benchmark_limits limits = fit_rows_limits(&setup);
        struct benchmark_rows rows = {0};
        struct err_list errs = {0};
        struct source *source = source_open_memory(&arena, bytes_of(broken[i].text), "f", NULL);
        cr_assert(not(benchmark_rows_read(&arena, source, &limits, &rows, &errs)), "case %zu", i);
        cr_expect(strstr(errs.items[0].what, broken[i].what) != NULL, "case %zu: %s", i,
                  errs.items[0].what);
        cr_expect(errs.items[0].line == broken[i].line &&
                      (!broken[i].column || errs.items[0].column == broken[i].column),
                  "case %zu: %d:%d", i, errs.items[0].line, errs.items[0].column);
        source_close(source);
        arena_release(&arena);
    }
}
