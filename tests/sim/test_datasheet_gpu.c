/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The GPU rule, and its band, against published runs on H100, H200 and B200 in bf16 and fp8
 * (ai-dynamo/aiconfigurator@095f58a, systems/silicon_sample.csv, a random half): mean time per
 * output token and to the first token of closed loops under vLLM, TensorRT-LLM and SGLang. No
 * constant of the rule was fitted to them; the band was, to every second row, and is judged on the
 * others.
 *
 * What the source does not tell is assumed: clients begin at once, lengths are the nominal ones,
 * the first two requests of each client are not counted, the next four are
 * (sim/perf/closed_loop.h). The service is the one a user gets from the name of an instance type:
 * with asynchronous scheduling, the default of today's releases, and without, as in the releases of
 * these runs as far as they are known.
 *
 * Bounds lie a little above the errors found; each test has mutants that it must refuse. */
#include <math.h>

#include "published_data.h"
#include "sim/perf/closed_loop.h"
#include "sim/sizing.h"

#define SILICON "groundtruth/aiconfigurator-silicon/dense_agg_half.csv"

enum { ROWS_MAX = 500, DISCARDED = 2, MEASURED = 4 };

int main(int argc, char *argv[]) {
    int missing = data_missing(SILICON);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}

static const char *const models[][2] = {
    {"Qwen/Qwen3-32B", "qwen3-32b"},
    {"meta-llama/Llama-3.1-70B", "llama-3.1-70b"},
    {"meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"},
    {"nvidia/Llama-3.1-8B-Instruct-FP8", "llama-3.1-8b"},
};
static const char *const systems[][2] = {
    {"h100_sxm", "p5.48xlarge"}, {"h200_sxm", "p5en.48xlarge"}, {"b200_sxm", "p6-b200.48xlarge"}};
static const char *const precisions[][2] = {
    {"", "bf16"}, {"fp8", "fp8"}, {"fp8_block", "fp8"}, {"nvfp4", "fp4"}};

/* NULL: not in the table. */
static const char *translate(struct bytes word, const char *const table[][2], int n) {
    for (int i = 0; i < n; i++)
        if (bytes_are(word, table[i][0]))
            return table[i][1];
    return NULL;
}

struct run {
    const char *engine, *model, *instance, *precision;
    int tensor_parallel, clients, input_tokens, output_tokens;
    double ttft_s, tpot_s; /* measured */
    struct service service;
    double error_low, error_high;  /* the band that users see */
    double got_ttft_s, got_tpot_s; /* computed */
};

struct runs {
    struct arena arena;
    int n;
    struct run items[ROWS_MAX];
};

static void build_service(const struct catalog *catalog, struct run *run, bool async) {
    struct serving_options options = {.model = run->model,
                                      .tensor_parallel = run->tensor_parallel,
                                      .no_async_scheduling = !async,
                                      .step_overhead_s = NAN};
    struct candidate candidate = {.kind = CANDIDATE_INSTANCE, .name = "run"};
    struct capacity capacity;
    cr_assert(precision_parse(bytes_of(run->precision), &options.precision));
    const struct instance_type *type = catalog_instance(catalog, bytes_of(run->instance));
    cr_assert(service_build(catalog, type, &options, &candidate, &capacity), "%s", capacity.reason);
    run->service = candidate.service;
    run->error_low = capacity.error_low;
    run->error_high = capacity.error_high;
}

static const char *engine_of(struct bytes word) {
    return bytes_are(word, "vllm") ? "vllm" : bytes_are(word, "sglang") ? "sglang" : "trtllm";
}

/* Runs in bf16 and fp8, or in fp4, in the order of the file. */
static struct runs *read_runs(bool fp4, bool async) {
    static const char *const names[] = {"backend",
                                        "model_path",
                                        "system",
                                        "isl",
                                        "osl",
                                        "gemm_quant_mode",
                                        "batch_size",
                                        "tp_size",
                                        "silicon_ttft_ms",
                                        "silicon_tpot_ms"};
    static struct runs runs;
    struct catalog catalog;
    struct csv_row row;
    int at[10];
    runs.n = 0;
    cr_assert(catalog_shipped(&runs.arena, &catalog, NULL));
    struct source *source =
        source_open_memory(&runs.arena, data_read(&runs.arena, SILICON), SILICON, NULL);
    struct csv_reader *csv = csv_open(&runs.arena, source, ',', NULL);
    cr_assert(csv_header(csv, names, 10, true, at, NULL));
    while (csv_next(csv, &row, NULL) && row.n_fields) {
        struct run run = {.engine = engine_of(row.fields[at[0]].text),
                          .model = translate(row.fields[at[1]].text, models, 4),
                          .instance = translate(row.fields[at[2]].text, systems, 3),
                          .input_tokens = (int)data_number(row.fields[at[3]].text),
                          .output_tokens = (int)data_number(row.fields[at[4]].text),
                          .precision = translate(row.fields[at[5]].text, precisions, 4),
                          .clients = (int)data_number(row.fields[at[6]].text),
                          .tensor_parallel = (int)data_number(row.fields[at[7]].text),
                          .ttft_s = data_number(row.fields[at[8]].text) / 1e3,
                          .tpot_s = data_number(row.fields[at[9]].text) / 1e3};
        cr_assert(run.model && run.precision);
        if (!run.instance || (strcmp(run.precision, "fp4") == 0) != fp4)
            continue;
        cr_assert(lt(int, runs.n, ROWS_MAX));
        build_service(&catalog, &run, async);
        runs.items[runs.n++] = run;
    }
    csv_close(csv);
    source_close(source);
    return &runs;
}

static void play(struct run *run, const struct closed_loop *loop, const struct service *service) {
    struct arena scratch = {0};
    struct closed_loop_means means;
    struct err err = {0};
    cr_assert(closed_loop_run(&scratch, loop, service, &means, &err), "%s", err.what);
    run->got_ttft_s = means.ttft_s;
    run->got_tpot_s = means.tpot_s;
    arena_release(&scratch);
}

static void simulate(struct runs *runs, double slower) {
    for (int i = 0; i < runs->n; i++) {
        struct run *run = &runs->items[i];
        struct service service = service_slowed(&run->service, slower);
        struct closed_loop loop = {.clients = run->clients,
                                   .input_tokens = run->input_tokens,
                                   .output_tokens = run->output_tokens,
                                   .discarded = DISCARDED,
                                   .measured = MEASURED};
        play(run, &loop, &service);
    }
}

/* ---- medians ---- */

static bool is(const char *asked, const char *word) {
    return !asked || strcmp(asked, word) == 0;
}

/* NULL and 0: any. */
struct slice {
    const char *engine, *instance, *model, *precision;
    int tensor_parallel;
};

static bool in_slice(const struct slice *slice, const struct run *run) {
    return is(slice->engine, run->engine) && is(slice->instance, run->instance) &&
           is(slice->model, run->model) && is(slice->precision, run->precision) &&
           (!slice->tensor_parallel || slice->tensor_parallel == run->tensor_parallel);
}

struct errors {
    int n;
    double tpot, ttft;           /* median |computed / measured - 1| */
    double tpot_bias, ttft_bias; /* median computed / measured - 1 */
};

static struct errors errors_of(const struct runs *runs, struct slice slice) {
    struct errors errors = {0};
    double tpot[ROWS_MAX], ttft[ROWS_MAX], tpot_bias[ROWS_MAX], ttft_bias[ROWS_MAX];
    for (int i = 0; i < runs->n; i++) {
        const struct run *run = &runs->items[i];
        if (!in_slice(&slice, run))
            continue;
        tpot_bias[errors.n] = run->got_tpot_s / run->tpot_s - 1;
        ttft_bias[errors.n] = run->got_ttft_s / run->ttft_s - 1;
        tpot[errors.n] = fabs(tpot_bias[errors.n]);
        ttft[errors.n] = fabs(ttft_bias[errors.n]);
        errors.n++;
    }
    if (errors.n == 0)
        return errors;
    errors.tpot = data_median(tpot, errors.n);
    errors.ttft = data_median(ttft, errors.n);
    errors.tpot_bias = data_median(tpot_bias, errors.n);
    errors.ttft_bias = data_median(ttft_bias, errors.n);
    return errors;
}

static void log_slice(const struct runs *runs, struct slice slice) {
    struct errors e = errors_of(runs, slice);
    if (e.n)
        cr_log_info("%-7s %-16s %-14s %-5s tp %d: %3d runs, TPOT median %4.1f %% (bias %+5.1f), "
                    "TTFT %4.1f %% (%+5.1f)",
                    slice.engine ? slice.engine : "all", slice.instance ? slice.instance : "",
                    slice.model ? slice.model : "", slice.precision ? slice.precision : "",
                    slice.tensor_parallel, e.n, 100 * e.tpot, 100 * e.tpot_bias, 100 * e.ttft,
                    100 * e.ttft_bias);
}

static void log_slices(const struct runs *runs, const char *engine) {
    log_slice(runs, (struct slice){.engine = engine});
    for (int i = 0; i < 3; i++)
        log_slice(runs, (struct slice){.engine = engine, .instance = systems[i][1]});
    for (int i = 0; i < 3; i++)
        log_slice(runs, (struct slice){.engine = engine, .model = models[i][1]});
    for (int i = 0; i < 2; i++)
        log_slice(runs, (struct slice){.engine = engine, .precision = precisions[i][1]});
    for (int tp = 1; tp <= 8; tp *= 2)
        log_slice(runs, (struct slice){.engine = engine, .tensor_parallel = tp});
}

/* ---- the tests ---- */

static const struct slice everything, vllm = {.engine = "vllm"};

static void check_medians(bool async, double bound_vllm, double bound_all) {
    struct runs *runs = read_runs(false, async);
    static const char *const engines[] = {NULL, "vllm", "trtllm", "sglang"};
    cr_assert(eq(int, runs->n, 423));
    simulate(runs, 1);
    for (int i = 0; i < 4; i++)
        log_slices(runs, engines[i]);
    cr_assert(eq(int, errors_of(runs, vllm).n, 135));
    cr_assert(le(dbl, errors_of(runs, vllm).tpot, bound_vllm));
    cr_assert(le(dbl, errors_of(runs, everything).tpot, bound_all));
    static const double mutants[2] = {0.8, 1.25};
    for (int i = 0; i < 2; i++) {
        simulate(runs, mutants[i]);
        cr_assert(gt(dbl, errors_of(runs, vllm).tpot, bound_vllm), "%g", mutants[i]);
        cr_assert(gt(dbl, errors_of(runs, everything).tpot, bound_all), "%g", mutants[i]);
    }
}

Test(datasheet_gpu, time_per_token_in_a_closed_loop) {
    check_medians(false, 0.10, 0.14);
}

Test(datasheet_gpu, time_per_token_with_asynchronous_scheduling) {
    check_medians(true, 0.13, 0.14);
}

/* Decision 10: scheduling ahead hides what the host does for a step, not the shortest time of a
 * layer's kernels. A rule without it is 4.9 points worse on vLLM's runs and 3.0 on all. */
Test(datasheet_gpu, a_layer_has_a_shortest_time_with_asynchronous_scheduling) {
    struct runs *runs = read_runs(false, true);
    simulate(runs, 1);
    struct errors with[2] = {errors_of(runs, vllm), errors_of(runs, everything)};
    for (int i = 0; i < runs->n; i++) {
        struct iteration_time *time = &runs->items[i].service.llm.time;
        cr_assert(eq(dbl, time->t0, 0));
        time->d0 = time->p0 = time->m0 = 0;
    }
    simulate(runs, 1);
    struct errors without[2] = {errors_of(runs, vllm), errors_of(runs, everything)};
    cr_log_info("TPOT median without: %.3f of vLLM's, %.3f of all", without[0].tpot,
                without[1].tpot);
    for (int i = 0; i < 2; i++)
        cr_assert(gt(dbl, without[i].tpot, with[i].tpot + 0.02));
}

/* What share of the runs that the band has not seen it holds. */
static double share_inside(const struct runs *runs, struct slice slice, double factor) {
    int n = 0, inside = 0;
    for (int i = 1; i < runs->n; i += 2) { /* the band saw runs 0, 2, 4, ... */
        const struct run *run = &runs->items[i];
        double error = run->tpot_s / run->got_tpot_s - 1;
        if (!in_slice(&slice, run))
            continue;
        n++;
        inside += error >= factor * run->error_low && error <= factor * run->error_high;
    }
    return (double)inside / n;
}

/* Of vLLM's runs and of all, by default and without asynchronous scheduling; a band of half the
 * width, or times half as long again, must miss it. */
Test(datasheet_gpu, the_band_holds_four_of_five_runs_that_it_has_not_seen) {
    for (int async = 0; async < 2; async++) {
        struct runs *runs = read_runs(false, async);
        simulate(runs, 1);
        cr_log_info("inside the band, asynchronous %d: %.3f of all, %.3f of vLLM's", async,
                    share_inside(runs, everything, 1), share_inside(runs, vllm, 1));
        cr_assert(ge(dbl, share_inside(runs, everything, 1), 0.8));
        cr_assert(ge(dbl, share_inside(runs, vllm, 1), 0.8));
        cr_assert(lt(dbl, share_inside(runs, everything, 0.5), 0.8));
        cr_assert(lt(dbl, share_inside(runs, vllm, 0.5), 0.8));
        simulate(runs, 1.5);
        cr_assert(lt(dbl, share_inside(runs, everything, 1), 0.8));
        cr_assert(lt(dbl, share_inside(runs, vllm, 1), 0.8));
    }
}

/* Llama-3.1-70B on B200 in fp4, which neither a constant nor the band has seen. */
Test(datasheet_gpu, time_per_token_in_fp4) {
    static const double bounds[2] = {0.11, 0.19}; /* without, with asynchronous scheduling */
    for (int async = 0; async < 2; async++) {
        struct runs *runs = read_runs(true, async);
        cr_assert(eq(int, runs->n, 65));
        simulate(runs, 1);
        log_slice(runs, everything);
        log_slice(runs, vllm);
        cr_log_info("inside the band: %.3f", share_inside(runs, everything, 1));
        cr_assert(le(dbl, errors_of(runs, everything).tpot, bounds[async]));
        cr_assert(ge(dbl, share_inside(runs, everything, 1), 0.8));
        cr_assert(lt(dbl, share_inside(runs, everything, 0.4), 0.8));
        simulate(runs, 0.8);
        cr_assert(gt(dbl, errors_of(runs, everything).tpot, bounds[async]));
        simulate(runs, 1.6);
        cr_assert(gt(dbl, errors_of(runs, everything).tpot, bounds[async]));
    }
}

/* The start-up rule moves the time to the first token, not the time per token: with every request
 * counted, the burst of the start included, the median stays within two points. */
Test(datasheet_gpu, the_start_hardly_moves_the_time_per_token) {
    struct runs *runs = read_runs(false, false);
    double error[2], ttft[2];
    for (int counted = 0; counted < 2; counted++) {
        for (int i = 0; i < runs->n; i++) {
            struct run *run = &runs->items[i];
            struct closed_loop loop = {.clients = run->clients,
                                       .input_tokens = run->input_tokens,
                                       .output_tokens = run->output_tokens,
                                       .discarded = counted ? 0 : DISCARDED,
                                       .measured = counted ? 10 : MEASURED};
            play(run, &loop, &run->service);
        }
        error[counted] = errors_of(runs, vllm).tpot;
        ttft[counted] = errors_of(runs, vllm).ttft_bias;
    }
    cr_log_info("start counted: TPOT %.3f, TTFT bias %+.3f; not: %.3f, %+.3f", error[1], ttft[1],
                error[0], ttft[0]);
    cr_assert(epsilon_eq(dbl, error[1], error[0], 0.02));
}
