/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two published traces where they lie ($HEADROOM_DATA): every figure that their pages state, to the
 * digits they print; and the fitted traffic, drawn again, must have the burstiness of the file. */
#include "published_trace.h"

#include <math.h>

#include "base/rng.h"
#include "sim/arrival_tape.h"
#include "sim/trace.h"

#define AZURE "traces/azure-llm-2023-code/AzureLLMInferenceTrace_code.csv"
#define MOONCAKE "traces/mooncake-conversation/conversation_trace.jsonl.zst"
#define NS_PER_HOUR 3600000000000LL

static void check_tokens(const char *what, const struct trace_tokens *tokens, const char *mean,
                         double min, const char *p50, const char *p95, const char *p99,
                         double max) {
    data_check_printed(what, tokens->mean, mean);
    data_check_printed(what, tokens->p50, p50);
    data_check_printed(what, tokens->p95, p95);
    data_check_printed(what, tokens->p99, p99);
    cr_expect(eq(dbl, tokens->min, min));
    cr_expect(eq(dbl, tokens->max, max));
    cr_expect(eq(sz, tokens->zeros, (size_t)0));
}

Test(trace_published, azure_code) {
    struct arena arena = {0};
    struct trace trace = data_read_trace(&arena, AZURE);
    struct trace_stats stats = {0};
    trace_stats(&arena, trace.requests, trace.n, trace.prompts, &stats);
    cr_expect(eq(int, trace.format, TRACE_AZURE_LLM));
    cr_expect(eq(sz, stats.n, (size_t)8819));
    cr_expect(eq(sz, trace.n_descents, (size_t)0));
    data_check_printed("duration", stats.span_s, "3435.9");
    data_check_printed("mean rate", stats.rate_per_second, "2.567");
    cr_expect(eq(i64, stats.peak_minute_requests, 632));
    data_check_printed("peak minute / mean", stats.peak_minute_ratio, "4.1");
    cr_expect(eq(i64, stats.peak_second_requests, 67));
    data_check_printed("gap mean", stats.gap_mean_s, "0.3897");
    data_check_printed("gap cv", stats.gap_cv, "13.2");
    data_check_printed("zero gaps", stats.gap_zero_share, "0.0000");
    data_check_printed("dispersion 1 s", stats.dispersion_1s, "13.2");
    data_check_printed("dispersion 60 s", stats.dispersion_60s, "164");
    check_tokens("input", &stats.input, "2047.8", 3, "1469.0", "7303.3", "7436.0", 7437);
    check_tokens("output", &stats.output, "27.883", 6, "13.0", "90.0", "251.5", 1899);
    arena_release(&arena);
}

Test(trace_published, mooncake_conversation) {
    struct arena arena = {0};
    struct trace trace = data_read_trace(&arena, MOONCAKE);
    struct trace_stats stats = {0};
    trace_stats(&arena, trace.requests, trace.n, trace.prompts, &stats);
    cr_expect(eq(int, trace.format, TRACE_MOONCAKE));
    cr_expect(eq(sz, stats.n, (size_t)12031));
    cr_expect(eq(sz, trace.n_descents, (size_t)0));
    data_check_printed("duration", stats.span_s, "3537.0");
    data_check_printed("mean rate", stats.rate_per_second, "3.401");
    cr_expect(eq(i64, stats.peak_minute_requests, 247));
    data_check_printed("peak minute / mean", stats.peak_minute_ratio, "1.21");
    cr_expect(eq(i64, stats.peak_second_requests, 28));
    data_check_printed("gap mean", stats.gap_mean_s, "0.294");
    data_check_printed("gap cv", stats.gap_cv, "3.03");
    data_check_printed("zero gaps", stats.gap_zero_share, "0.9020");
    data_check_printed("dispersion 1 s", stats.dispersion_1s, "7.89");
    data_check_printed("dispersion 60 s", stats.dispersion_60s, "2.89");
    check_tokens("input", &stats.input, "12035.1", 891, "6909.0", "39550.5", "85400.4", 126195);
    check_tokens("output", &stats.output, "342.62", 1, "350.0", "698.0", "1118.5", 2000);
    arena_release(&arena);
}

/* The page counts blocks, the last of each prompt included although most are not full: 288500, of
 * which 182790 differ, 36.6 % found again. Read here from the bytes, with those ids as they stand,
 * and from the same ids the share of tokens in full blocks found again. */
struct reuse {
    size_t n, n_distinct;
    double n_tokens, n_found;
};

static struct reuse count_reuse(struct arena *arena, const char *text) {
    enum { IDS_MAX = 1 << 20 };
    bool *seen = arena_new(arena, bool, IDS_MAX), *seen_full = arena_new(arena, bool, IDS_MAX);
    struct reuse reuse = {0};
    for (const char *line = text; (line = strstr(line, "\"input_length\": ")) != NULL;) {
        long input = strtol(line + strlen("\"input_length\": "), NULL, 10);
        line = strchr(strstr(line, "\"hash_ids\""), '[') + 1;
        reuse.n_tokens += (double)input;
        for (long k = 0; *line != ']'; k++) {
            char *end;
            long id = strtol(line, &end, 10);
            cr_assert(id >= 0 && id < IDS_MAX && end > line);
            line = end + strspn(end, ", ");
            reuse.n++;
            reuse.n_distinct += !seen[id];
            seen[id] = true;
            if ((k + 1) * 512 <= input) {
                reuse.n_found += 512 * seen_full[id];
                seen_full[id] = true;
            }
        }
    }
    return reuse;
}

Test(trace_published, mooncake_prompts_in_common) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = data_read_trace(&arena, MOONCAKE);
    struct trace_stats stats = {0};
    trace_stats(&arena, trace.requests, trace.n, trace.prompts, &stats);
    struct source *source = source_open_memory(&arena, data_read(&arena, MOONCAKE), MOONCAKE, &err);
    struct bytes text;
    cr_assert(source && source_read_all(&arena, source, 1 << 26, &text, &err), "%s", err.what);
    source_close(source);
    struct reuse reuse = count_reuse(&arena, arena_strndup(&arena, text.data, text.n));
    cr_expect(eq(sz, reuse.n, (size_t)288500));
    cr_expect(eq(sz, reuse.n_distinct, (size_t)182790));
    data_check_printed("found again", 100 - 100.0 * (double)reuse.n_distinct / (double)reuse.n,
                       "36.6");
    cr_expect(epsilon_eq(dbl, stats.reusable_share, reuse.n_found / reuse.n_tokens, 1e-12));
    data_check_printed("of the tokens", 100 * stats.reusable_share, "37.3");
    arena_release(&arena);
}

/* What a cache that forgets nothing finds in the tape that SIZE plays, two turns of it: the
 * trace's own share within 3 % of itself. Mutants: rows drawn one by one, each other people's
 * prompt; and rows drawn one by one from one group of people. */
static double tape_share(const struct arrival_tape *tape, const struct prompt_blocks *prompts,
                         bool shuffled, bool one_edition) {
    struct arena arena = {0};
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    int n = 2 * tape->n;
    int64_t found = 0, tokens = 0;
    bool *seen = arena_new(&arena, bool, prompts->n_ids);
    for (int i = 0, edition = 0; i < n; i++) {
        struct request request = arrival_tape_request(tape, i, 0);
        if (shuffled) {
            request = arrival_tape_request(tape, (int64_t)rng_below(&rng, (uint64_t)tape->n), 0);
            request.edition = one_edition ? 0 : i;
        }
        if (request.edition != edition) {
            memset(seen, 0, prompts->n_ids * sizeof *seen);
            edition = request.edition;
        }
        tokens += request.input_tokens;
        for (uint32_t k = prompts->first[request.row]; k < prompts->first[request.row + 1]; k++) {
            found += seen[prompts->ids[k]] * prompts->block_tokens;
            seen[prompts->ids[k]] = true;
        }
    }
    arena_release(&arena);
    return (double)found / (double)tokens;
}

Test(trace_published, tape_keeps_what_prompts_have_in_common) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = data_read_trace(&arena, MOONCAKE);
    struct trace_stats stats = {0};
    trace_stats(&arena, trace.requests, trace.n, trace.prompts, &stats);
    struct traffic traffic = {0};
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err), "%s", err.what);
    struct arrival_tape tape = arrival_tape_record(&arena, &traffic, 1 << 15, 1, 0);
    double kept = tape_share(&tape, trace.prompts, false, false) / stats.reusable_share;
    cr_expect(lt(dbl, fabs(kept - 1), 0.03), "%g", kept);
    kept = tape_share(&tape, trace.prompts, true, false) / stats.reusable_share;
    cr_expect(lt(dbl, kept, 0.01), "%g", kept);
    kept = tape_share(&tape, trace.prompts, true, true) / stats.reusable_share;
    cr_expect(gt(dbl, kept, 1.3), "%g", kept);
    arena_release(&arena);
}

/* Sized at its own rate, the code trace's traffic must be as bursty as the file: medians of 15
 * hours. Mutant: the same without bursts. */
static void redrawn(struct traffic steady, double *dispersion_1s, double *dispersion_60s) {
    enum { N_HOURS = 15, ROWS_MAX = 50000 };
    static struct request rows[ROWS_MAX];
    double at_1s[N_HOURS], at_60s[N_HOURS];
    for (int hour = 0; hour < N_HOURS; hour++) {
        struct arena arena = {0};
        struct traffic_window window = {0, NS_PER_HOUR, 1, (uint64_t)hour};
        struct traffic_cursor *cursor = traffic_open(&arena, &steady, window);
        struct trace_stats stats = {0};
        size_t n = 0;
        while (n < ROWS_MAX && traffic_next(cursor, &rows[n]))
            n++;
        trace_stats(&arena, rows, n, NULL, &stats);
        at_1s[hour] = stats.dispersion_1s;
        at_60s[hour] = stats.dispersion_60s;
        arena_release(&arena);
    }
    *dispersion_1s = data_median(at_1s, N_HOURS);
    *dispersion_60s = data_median(at_60s, N_HOURS);
}

Test(trace_published, steady_code_traffic_is_as_bursty) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = data_read_trace(&arena, AZURE);
    struct traffic traffic = {0};
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err), "%s", err.what);
    struct traffic steady = traffic_steady(&traffic, 2.567);
    double at_1s, at_60s;
    redrawn(steady, &at_1s, &at_60s);
    cr_expect(lt(dbl, fabs(at_1s / 13.2 - 1), 0.1), "%g", at_1s);
    cr_expect(lt(dbl, fabs(at_60s / 164 - 1), 0.2), "%g", at_60s);
    steady.burstiness = (struct burstiness){.arrival_cv = 1};
    redrawn(steady, &at_1s, &at_60s);
    cr_expect(gt(dbl, fabs(at_1s / 13.2 - 1), 0.1), "%g", at_1s);
    cr_expect(gt(dbl, fabs(at_60s / 164 - 1), 0.2), "%g", at_60s);
    arena_release(&arena);
}

/* A replay of the file itself: tiled from Thursday 18:17 over the week, all of it in each span. */
Test(trace_published, code_trace_tiles_the_week) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = data_read_trace(&arena, AZURE);
    struct traffic traffic = {0};
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err), "%s", err.what);
    cr_assert(traffic.tiled);
    cr_assert(eq(i64, traffic.start_of_week_ns / NS_PER_HOUR, 3 * 24 + 18));
    struct traffic_window window = {traffic.start_of_week_ns + traffic.span_ns,
                                    traffic.start_of_week_ns + 2 * traffic.span_ns, 1, 0};
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, window);
    struct request request;
    for (size_t i = 0; i < trace.n; i++) {
        cr_assert(traffic_next(cursor, &request));
        cr_assert(eq(i32, request.row, (int32_t)i));
        cr_assert(eq(i32, request.edition, 1));
        request.edition = 0;
        cr_assert(eq(int, memcmp(&request, &trace.requests[i], sizeof request), 0));
    }
    cr_assert(not(traffic_next(cursor, &request)));
    arena_release(&arena);
}

int main(int argc, char **argv) {
    int missing = data_missing(AZURE);
    if (missing == 0)
        missing = data_missing(MOONCAKE);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}
