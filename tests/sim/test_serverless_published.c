/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions on published logs. Calls of the Azure Functions 2021 sample, of ten functions of the
 * 2019 release (minute counts, one call's mean run time) and of Alibaba's image requests go through
 * the replay with the times that the logs tell; what is billed is the logs' own sum, millisecond by
 * millisecond, and who starts cold is what a plain list of copies says. Cold starts of the Alibaba
 * release: a table of quantiles reproduces their sum in a replay, a lognormal does where they are
 * one, and where they are not the same bound rejects it. */
#include <math.h>

#include "sim/trace.h"
#include "tests/sim/published_data.h"
#include "tests/sim/replay_help.h"

#define CALLS "traces/azure-functions-2021-sample200/Azure2021_200.csv"
#define GENAI "traces/alibaba-genai-2026/lora_request_trace.csv.zst"
#define MINUTES_10 "traces/azure-functions-2019-sample1000/original-format-10/invocations.csv"
#define DURATIONS_10 "traces/azure-functions-2019-sample1000/original-format-10/durations.csv"
#define BASE_MODELS "traces/alibaba-genai-2026/basemodel_update_latency_anon.csv"
#define LORAS "traces/alibaba-genai-2026/lora_update_latency_anon.csv"

enum { KEEP_ALIVE_S = 60 };

/* One millisecond a token: the log's run time is told as tokens. */
static struct function_service function_of_log(double keep_alive_s) {
    return (struct function_service){.memory_mb = 1024,
                                     .token_s = 0.001,
                                     .cold_start = delay_fixed(2),
                                     .keep_alive = delay_fixed(keep_alive_s),
                                     .concurrency_max = 1 << 20};
}

/* ---- a plain list of copies ---- */

struct copies {
    int64_t *idle_ms; /* when each ends its call */
    int n;
};

/* The copy that went idle last and is still kept; true: a new one starts. */
static bool starts_cold(struct arena *arena, struct copies *copies, int64_t now_ms,
                        int64_t run_ms) {
    int best = -1;
    for (int i = 0; i < copies->n; i++) {
        int64_t idle = copies->idle_ms[i];
        if (idle <= now_ms && now_ms - idle <= KEEP_ALIVE_S * 1000 &&
            (best < 0 || idle > copies->idle_ms[best]))
            best = i;
    }
    bool cold = best < 0;
    if (cold) {
        copies->idle_ms = arena_grow(arena, copies->idle_ms, (size_t)copies->n,
                                     (size_t)copies->n + 1, sizeof *copies->idle_ms);
        best = copies->n++;
    }
    copies->idle_ms[best] = now_ms + run_ms + (cold ? 2000 : 0);
    return cold;
}

/* ---- a log through the replay ---- */

static int64_t sum_of(const struct replay_result *result, enum usage_kind kind) {
    int64_t sum = 0;
    for (int i = 0; i < result->ledger.n_rows; i++)
        sum += result->ledger.rows[i].kind == kind ? result->ledger.rows[i].quantity : 0;
    return sum;
}

/* MB-ms that a replay bills for these calls. */
static int64_t billed_mb_ms(struct arena *arena, const struct request *calls, int64_t n,
                            double keep_alive_s) {
    int n_hours = (int)(calls[n - 1].arrival_ns / NS_PER_HOUR) + 1;
    double *share = arena_new(arena, double, n_hours);
    for (int hour = 0; hour < n_hours; hour++)
        share[hour] = 1;
    struct pool pool = {
        .name = "function",
        .service = {.kind = SERVICE_FUNCTION, .function = function_of_log(keep_alive_s)},
        .overflow_share = share};
    struct replay_input input = input_of(&pool, 1, n_hours);
    struct replay_result result = replay_list(arena, &input, calls, n, NULL);
    cr_assert(eq(i64, sum_of(&result, USAGE_FUNCTION_REQUESTS), n));
    return sum_of(&result, USAGE_FUNCTION_MB_MS);
}

/* Calls at whole milliseconds, their run times as input tokens. Mutant: copies that are kept a
 * tenth longer start fewer calls cold; how many of the functions show it is added to *told. */
static void check_replay(struct arena *arena, const struct request *calls, int64_t n, int *told) {
    int64_t run_ms = 0, n_cold = 0;
    struct copies copies = {0};
    for (int64_t i = 0; i < n; i++) {
        run_ms += calls[i].input_tokens;
        n_cold += starts_cold(arena, &copies, calls[i].arrival_ns / 1000000, calls[i].input_tokens);
    }
    int64_t expected = 1024 * (run_ms + 2000 * n_cold);
    cr_assert(eq(i64, billed_mb_ms(arena, calls, n, KEEP_ALIVE_S), expected));
    *told += billed_mb_ms(arena, calls, n, 1.1 * KEEP_ALIVE_S) != expected;
    cr_assert(gt(i64, n_cold, 0));
    cr_assert(lt(i64, n_cold, n));
}

static void check_log(const char *path) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace;
    struct source *source = source_open_memory(&arena, data_read(&arena, path), path, &err);
    cr_assert(source != NULL, "%s", err.what);
    cr_assert(trace_read(&arena, source, &trace, &err), "%s", err.what);
    source_close(source);
    cr_assert(ne(ptr, (void *)trace.duration_s, NULL));
    struct request *calls = arena_new(&arena, struct request, trace.n);
    for (size_t i = 0; i < trace.n; i++) {
        double run_ms = ceil(1000 * trace.duration_s[i]);
        calls[i] = trace.requests[i];
        calls[i].arrival_ns -= calls[i].arrival_ns % 1000000;
        calls[i].input_tokens = run_ms < 1 ? 1 : (int32_t)run_ms;
    }
    int told = 0;
    check_replay(&arena, calls, (int64_t)trace.n, &told);
    cr_assert(eq(int, told, 1), "a longer keep-alive changes nothing");
    arena_release(&arena);
}

Test(serverless_published, azure_calls_of_2021) {
    check_log(CALLS);
}

Test(serverless_published, alibaba_image_requests) {
    check_log(GENAI);
}

/* ---- ten functions of 2019 ---- */

/* The mean run time of a function, ms; its hash is the third column. */
static int32_t mean_run_ms(struct arena *arena, struct bytes function) {
    struct err err = {0};
    struct source *source =
        source_open_memory(arena, data_read(arena, DURATIONS_10), DURATIONS_10, &err);
    struct csv_reader *csv = csv_open(arena, source, ',', &err);
    struct csv_row row;
    double mean = 0;
    while (csv_next(csv, &row, &err) && row.n_fields > 0)
        if (row.fields[2].text.n == function.n &&
            memcmp(row.fields[2].text.data, function.data, function.n) == 0)
            mean = data_number(row.fields[3].text);
    csv_close(csv);
    source_close(source);
    return mean < 1 ? 1 : (int32_t)lround(mean);
}

/* A minute's calls at equal steps. */
static int64_t calls_of_minutes(struct arena *arena, const struct csv_row *row, int32_t run_ms,
                                struct request **out) {
    int64_t n = 0, sum = 0;
    for (int minute = 0; minute < 1440; minute++)
        sum += (int64_t)data_number(row->fields[4 + minute].text);
    *out = arena_new(arena, struct request, sum);
    for (int minute = 0; minute < 1440; minute++) {
        int64_t count = (int64_t)data_number(row->fields[4 + minute].text);
        for (int64_t i = 0; i < count; i++)
            (*out)[n++] =
                (struct request){.arrival_ns = (minute * 60000LL + 60000 * i / count) * 1000000,
                                 .input_tokens = run_ms};
    }
    return n;
}

Test(serverless_published, azure_functions_of_2019) {
    struct arena arena = {0};
    struct err err = {0};
    struct source *source =
        source_open_memory(&arena, data_read(&arena, MINUTES_10), MINUTES_10, &err);
    struct csv_reader *csv = csv_open(&arena, source, ',', &err);
    struct csv_row row;
    int n_functions = 0, told = 0;
    cr_assert(csv_next(csv, &row, &err));
    while (csv_next(csv, &row, &err) && row.n_fields > 0) {
        struct arena mine = {0};
        struct request *calls;
        cr_assert(eq(int, row.n_fields, 4 + 1440));
        int32_t run_ms = mean_run_ms(&mine, row.fields[2].text);
        int64_t n = calls_of_minutes(&mine, &row, run_ms, &calls);
        if (n > 1000) {
            check_replay(&mine, calls, n < 200000 ? n : 200000, &told);
            n_functions++;
        }
        arena_release(&mine);
    }
    cr_assert(ge(int, n_functions, 4));
    cr_assert(gt(int, told, 0), "a longer keep-alive changes nothing");
    csv_close(csv);
    source_close(source);
    arena_release(&arena);
}

/* ---- cold starts ---- */

static double *read_seconds(struct arena *arena, const char *path, int *n) {
    static const char *const names[] = {"value"};
    struct err err = {0};
    struct source *source = source_open_memory(arena, data_read(arena, path), path, &err);
    struct csv_reader *csv = csv_open(arena, source, ',', &err);
    int index[1];
    cr_assert(csv_header(csv, names, 1, true, index, &err), "%s", err.what);
    double *values = arena_new(arena, double, 1 << 16);
    struct csv_row row;
    *n = 0;
    while (csv_next(csv, &row, &err) && row.n_fields > 0)
        values[(*n)++] = data_number(row.fields[index[0]].text) / 1000;
    csv_close(csv);
    source_close(source);
    qsort(values, (size_t)*n, sizeof *values, data_compare_doubles);
    return values;
}

static struct delay fit_lognormal(const double *seconds, int n) {
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += log(seconds[i]);
    for (int i = 0; i < n; i++)
        squares += (log(seconds[i]) - sum / n) * (log(seconds[i]) - sum / n);
    return (struct delay){
        .kind = DELAY_LOGNORMAL, .value_s = exp(sum / n), .sigma = sqrt(squares / n)};
}

static struct delay fit_table(const double *seconds, int n) {
    static const double p[] = {0,   0.02, 0.05, 0.1, 0.2,  0.3,  0.4,   0.5,
                               0.6, 0.7,  0.8,  0.9, 0.95, 0.98, 0.995, 1};
    struct delay table = {.kind = DELAY_TABLE, .n = DELAY_TABLE_MAX};
    for (int i = 0; i < table.n; i++) {
        table.p[i] = p[i];
        table.seconds[i] = seconds[(int)lround(p[i] * (n - 1))];
    }
    return table;
}

/* Billed seconds a cold start: n calls that find no copy. */
static double replayed_mean_s(const struct delay *cold_start, int n) {
    enum { HOURS = 24 };
    struct arena arena = {0};
    static double share[HOURS];
    struct request *calls = arena_new(&arena, struct request, n);
    for (int i = 0; i < n; i++)
        calls[i] = (struct request){.arrival_ns = i * 2000000LL, .input_tokens = 1};
    for (int hour = 0; hour < HOURS; hour++)
        share[hour] = 1;
    struct pool pool = {
        .name = "function",
        .service = {.kind = SERVICE_FUNCTION, .function = function_of_log(KEEP_ALIVE_S)},
        .overflow_share = share};
    pool.service.function.token_s = 0;
    pool.service.function.cold_start = *cold_start;
    pool.service.function.keep_alive = delay_fixed(0);
    struct replay_input input = input_of(&pool, 1, HOURS);
    struct replay_result result = replay_list(&arena, &input, calls, n, NULL);
    double mean = (double)sum_of(&result, USAGE_FUNCTION_MB_MS) / 1024 / 1000 / n;
    arena_release(&arena);
    return mean;
}

static void check_cold_starts(const char *path, bool lognormal) {
    struct arena arena = {0};
    int n;
    const double *seconds = read_seconds(&arena, path, &n);
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        sum += seconds[i];
        squares += seconds[i] * seconds[i];
    }
    double mean = sum / n, error = sqrt((squares / n - mean * mean) / n);
    struct delay table = fit_table(seconds, n), fitted = fit_lognormal(seconds, n);
    double by_table = replayed_mean_s(&table, n), by_lognormal = replayed_mean_s(&fitted, n);
    double bound = 0.03 * mean + 4 * error; /* 3 % of bias, and the noise of one replay */
    cr_expect(fabs(by_table - mean) <= bound, "%s: %g s by table, %g", path, by_table, mean);
    bool fits = fabs(by_lognormal - mean) <= bound;
    cr_expect(fits == lognormal, "%s: %g s by lognormal, %g (%g)", path, by_lognormal, mean, bound);
    arena_release(&arena);
}

Test(serverless_published, cold_starts_of_loras) {
    check_cold_starts(LORAS, true);
}

/* Two modes, models in a cache and not: no lognormal. */
Test(serverless_published, cold_starts_of_base_models) {
    check_cold_starts(BASE_MODELS, false);
}

int main(int argc, char *argv[]) {
    int missing = data_missing(CALLS);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}
