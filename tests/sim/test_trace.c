/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trace files from memory: every format's quirks, equal results plain, gzip and zstd and from
 * readers that give a few bytes at a time, the round trip through our own CSV, and broken files
 * with their exact messages. Compressed bytes are made here by the libraries' own compressors. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/rng.h"
#include "sim/trace.h"
#include "sim/trace_formats.h"
#include "tests/base/case_table.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_HOUR (3600 * NS_PER_SECOND)

static bool read_bytes(struct arena *arena, struct bytes bytes, struct trace *out,
                       struct err *err) {
    struct source *source = source_open_memory(arena, bytes, "t.csv", err);
    bool ok = source && trace_read(arena, source, out, err);
    source_close(source);
    return ok;
}

static struct trace read_text(struct arena *arena, const char *text) {
    struct err err = {0};
    struct trace trace = {0};
    cr_assert(read_bytes(arena, bytes_of(text), &trace, &err), "%s", err.what);
    return trace;
}

static void check_request(const struct trace *trace, size_t i, int64_t at_ns, int input,
                          int output) {
    cr_assert(lt(sz, i, trace->n));
    cr_assert(eq(i64, trace->requests[i].arrival_ns, at_ns), "row %zu", i);
    cr_assert(eq(i32, trace->requests[i].input_tokens, input));
    cr_assert(eq(i32, trace->requests[i].output_tokens, output));
}

/* ---- formats ---- */

/* CRLF, seven decimals, no final newline; 2023-11-16 is day 19677 of the epoch. */
Test(trace, azure) {
    struct arena arena = {0};
    struct trace trace = read_text(
        &arena, "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
                "2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109");
    cr_assert(eq(int, trace.format, TRACE_AZURE_LLM));
    cr_assert(eq(i64, trace.start_epoch_ns, (19677LL * 86400 + 65746) * NS_PER_SECOND + 680590000));
    cr_assert(eq(sz, trace.n, (size_t)2));
    check_request(&trace, 0, 0, 374, 44);
    check_request(&trace, 1, 4314579000, 396, 109);
    cr_assert(eq(sz, trace.n_descents, (size_t)0));
    cr_assert(eq(ptr, (void *)(uintptr_t)trace.prompts, NULL));
    arena_release(&arena);
}

struct unit_case {
    const char *text;
    int64_t second_ns; /* of the second row, the first being at 1 unit */
};

static const struct unit_case UNITS[] = {
    {"seconds,input,output\n1,5,6\n2.5,7,0\n", 1500000000},
    {"ms,input,output\n1,5,6\n2.5,7,0\n", 1500000},
    {"us,input,output\n1,5,6\n2.5,7,0\n", 1500},
    {"ns,input,output\n1,5,6\n2.5,7,0\n", 2}, /* 2.5 ns is 3 */
    {"output,input,seconds\n6,5,1\n0,7,2.500\n", 1500000000},
    {"\xEF\xBB\xBFseconds,input,output\r\n1,5,6\r\n\r\n2.50000000000000001,7,0", 1500000000},
    {"\"seconds\",\"input\",\"output\"\n\"1\",\"5\",\"6\"\n\"2.5\",\"7\",\"0\"\n", 1500000000},
    {"seconds,input,output\n1.0000000004,5,6\n2.0000000005,7,0\n", 1000000001},
};

CASE_TEST(trace, plain_units, UNITS) {
    struct arena arena = {0};
    struct trace trace = read_text(&arena, UNITS[*index].text);
    cr_assert(eq(int, trace.format, TRACE_PLAIN));
    cr_assert(eq(i64, trace.start_epoch_ns, -1));
    cr_assert(eq(sz, trace.n, (size_t)2));
    check_request(&trace, 0, 0, 5, 6);
    check_request(&trace, 1, UNITS[*index].second_ns, 7, 0);
    arena_release(&arena);
}

/* Below 2000-01-01 a stamp is relative and keeps its place in the planning week. */
Test(trace, epoch_stamps) {
    struct arena arena = {0};
    struct trace trace =
        read_text(&arena, "seconds,input,output\n1700158546.5,5,6\n1700158547,7,0\n");
    cr_assert(eq(i64, trace.start_epoch_ns, 1700158546500000000));
    trace = read_text(&arena, "ms,input,output\n946684799999,5,6\n946684800000,7,0\n");
    cr_assert(eq(i64, trace.start_epoch_ns, -1));
    cr_assert(eq(i64, trace.first_ns, 946684799999000000));
    trace = read_text(&arena, "ms,input,output\n946684800000,5,6\n946684800001,7,0\n");
    cr_assert(eq(i64, trace.start_epoch_ns, 946684800000000000));
    arena_release(&arena);
}

/* Sorted by time, equal times in file order; two rows go back. */
Test(trace, unsorted_rows) {
    struct arena arena = {0};
    struct trace trace =
        read_text(&arena, "seconds,input,output\n7,1,0\n3,2,0\n7,3,0\n3,4,0\n10,5,0\n");
    cr_assert(eq(sz, trace.n_descents, (size_t)2));
    check_request(&trace, 0, 0, 2, 0);
    check_request(&trace, 1, 0, 4, 0);
    check_request(&trace, 2, 4 * NS_PER_SECOND, 1, 0);
    check_request(&trace, 3, 4 * NS_PER_SECOND, 3, 0);
    check_request(&trace, 4, 7 * NS_PER_SECOND, 5, 0);
    arena_release(&arena);
}

Test(trace, mooncake) {
    struct arena arena = {0};
    struct trace trace = read_text(
        &arena,
        "{\"timestamp\": 3000, \"input_length\": 1030, \"output_length\": 0, \"hash_ids\": [7, 8, "
        "9]}\r\n"
        "\n{\"hash_ids\": [], \"output_length\": 3, \"input_length\": 1, \"timestamp\": 0}");
    cr_assert(eq(int, trace.format, TRACE_MOONCAKE));
    cr_assert(eq(sz, trace.n_descents, (size_t)1));
    check_request(&trace, 0, 0, 1, 3);
    check_request(&trace, 1, 3 * NS_PER_SECOND, 1030, 0);
    arena_release(&arena);
}

/* Three rows out of order, one stamp twice: sorted they are B (t 1), A and C (t 3), D (t 3), and
 * the ids move with them. A and C share their first block, D none; C's last block is not full and
 * A's list leaves it out. Dense ids in the order of the sorted rows: B 0 1, A 2 3, C 2 4, D 5. */
Test(trace, prompts_move_with_their_rows) {
    static const char TEXT[] =
        "{\"timestamp\": 3, \"input_length\": 1500, \"output_length\": 1, \"hash_ids\": [7, 8]}\n"
        "{\"timestamp\": 3, \"input_length\": 1500, \"output_length\": 2, \"hash_ids\": [7, 5, "
        "6]}\n"
        "{\"timestamp\": 1, \"input_length\": 1024, \"output_length\": 3, \"hash_ids\": [8, 7]}\n"
        "{\"timestamp\": 3, \"input_length\": 512, \"output_length\": 4, \"hash_ids\": [5]}\n"
        "{\"timestamp\": 9, \"input_length\": 600, \"output_length\": 5}\n";
    static const uint32_t first[] = {0, 2, 4, 6, 7, 7}, ids[] = {0, 1, 2, 3, 2, 4, 5};
    static const int32_t outputs[] = {3, 1, 2, 4, 5};
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = read_text(&arena, TEXT);
    cr_assert(ne(ptr, (void *)(uintptr_t)trace.prompts, NULL));
    cr_assert(eq(int, trace.prompts->block_tokens, 512));
    cr_assert(eq(u32, trace.prompts->n_ids, 6));
    for (int i = 0; i < 5; i++) {
        cr_assert(eq(i32, trace.requests[i].row, i));
        cr_assert(eq(i32, trace.requests[i].edition, 0));
        cr_assert(eq(i32, trace.requests[i].output_tokens, outputs[i]));
        cr_assert(eq(u32, trace.prompts->first[i + 1], first[i + 1]));
    }
    for (int k = 0; k < 7; k++)
        cr_assert(eq(u32, trace.prompts->ids[k], ids[k]));
    struct traffic traffic = {0};
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err), "%s", err.what);
    cr_assert(eq(ptr, (void *)(uintptr_t)traffic.prompts, (void *)(uintptr_t)trace.prompts));
    arena_release(&arena);
}

/* 3 x 512 = 1536 and one more: 3 full blocks, 4 in all. */
Test(trace, another_block_size_is_refused) {
    static const char *const LISTS[] = {"[]",      "[1]",       "[1,2]",
                                        "[1,2,3]", "[1,2,3,4]", "[1,2,3,4,5]"};
    static const bool FINE[] = {true, false, false, true, true, false};
    struct arena arena = {0};
    for (int i = 0; i < 6; i++) {
        struct err err = {0};
        struct trace trace;
        const char *line = arena_printf(&arena,
                                        "{\"timestamp\": 0, \"input_length\": 1537, "
                                        "\"output_length\": 1, \"hash_ids\": %s}\n",
                                        LISTS[i]);
        cr_assert(eq(int, read_bytes(&arena, bytes_of(line), &trace, &err), FINE[i]), "%s",
                  LISTS[i]);
        if (!FINE[i]) {
            const char *what =
                arena_printf(&arena, "hash_ids has %d ids, but 1537 tokens are 4 blocks of 512", i);
            cr_assert(eq(str, err.what, (char *)(uintptr_t)what));
            cr_assert(eq(int, err.line, 1));
            cr_assert(eq(int, err.column, 60));
        }
    }
    arena_release(&arena);
}

Test(trace, hourly_counts_and_rates) {
    struct arena arena = {0};
    struct trace trace = read_text(&arena, "hour,requests\n0,7200\n1,0\n2,1800.5\n");
    cr_assert(eq(int, trace.format, TRACE_HOURLY));
    cr_assert(eq(int, trace.n_hours, 3));
    cr_assert(eq(i64, trace.start_epoch_ns, -1));
    cr_assert(epsilon_eq(dbl, trace.rate_per_second[0], 2, 1e-12));
    cr_assert(eq(dbl, trace.rate_per_second[1], 0));
    cr_assert(epsilon_eq(dbl, trace.rate_per_second[2], 1800.5 / 3600, 1e-12));
    trace = read_text(&arena, "hour,requests_per_second\n2023-11-16T23:00:00Z,1e1\n"
                              "2023-11-17T00:00:00Z,0.25\n");
    cr_assert(eq(i64, trace.start_epoch_ns, (19677LL * 24 + 23) * NS_PER_HOUR));
    cr_assert(eq(dbl, trace.rate_per_second[0], 10));
    cr_assert(eq(dbl, trace.rate_per_second[1], 0.25));
    arena_release(&arena);
}

/* ---- numbers ---- */

static const struct {
    const char *text;
    enum number_fault fault;
    int64_t ns;
} TIMES[] = {
    {"0", NUMBER_FINE, 0},
    {"12.000000001", NUMBER_FINE, 12000000001},
    {"9223372035.999999999", NUMBER_FINE, 9223372035999999999},
    {"9223372037", NUMBER_TOO_LARGE, 0},
    {"9223372036.854775807", NUMBER_FINE, INT64_MAX},
    {"9223372036.854775808", NUMBER_TOO_LARGE, 0},
    {"99999999999999999999999", NUMBER_TOO_LARGE, 0},
    {"00001.5", NUMBER_FINE, 1500000000},
    {"-0", NUMBER_NEGATIVE, 0},
    {"-1.5", NUMBER_NEGATIVE, 0},
    {"", NUMBER_EMPTY, 0},
    {"-", NUMBER_MALFORMED, 0},
    {".5", NUMBER_MALFORMED, 0},
    {"5.", NUMBER_MALFORMED, 0},
    {"1e3", NUMBER_MALFORMED, 0},
    {"+1", NUMBER_MALFORMED, 0},
    {"0x10", NUMBER_MALFORMED, 0},
    {"nan", NUMBER_MALFORMED, 0},
    {"inf", NUMBER_MALFORMED, 0},
    {"1,5", NUMBER_MALFORMED, 0},
    {"1 ", NUMBER_MALFORMED, 0},
};

CASE_TEST(trace, times_by_hand, TIMES) {
    int64_t ns = -7;
    cr_assert(eq(int, trace_parse_time(bytes_of(TIMES[*index].text), 9, &ns), TIMES[*index].fault));
    cr_assert(eq(i64, ns, TIMES[*index].fault == NUMBER_FINE ? TIMES[*index].ns : -7));
}

static const struct {
    const char *text;
    enum number_fault fault;
    int32_t tokens;
} TOKENS[] = {
    {"0", NUMBER_FINE, 0},
    {"2147483647", NUMBER_FINE, INT32_MAX},
    {"007", NUMBER_FINE, 7},
    {"2147483648", NUMBER_TOO_LARGE, 0},
    {"18446744073709551617", NUMBER_TOO_LARGE, 0},
    {"-3", NUMBER_NEGATIVE, 0},
    {"", NUMBER_EMPTY, 0},
    {"-", NUMBER_MALFORMED, 0},
    {"3.0", NUMBER_MALFORMED, 0},
    {"ten", NUMBER_MALFORMED, 0},
};

CASE_TEST(trace, tokens_by_hand, TOKENS) {
    int32_t tokens = -7;
    cr_assert(
        eq(int, trace_parse_tokens(bytes_of(TOKENS[*index].text), &tokens), TOKENS[*index].fault));
    cr_assert(eq(i32, tokens, TOKENS[*index].fault == NUMBER_FINE ? TOKENS[*index].tokens : -7));
}

/* ---- compressed and in small pieces ---- */

static struct bytes gzip(struct arena *arena, struct bytes in) {
    z_stream z = {0};
    cr_assert(
        eq(int, deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK));
    size_t capacity = deflateBound(&z, in.n) + 64;
    char *out = arena_alloc(arena, capacity, 1);
    z.next_in = (Bytef *)(uintptr_t)in.data;
    z.avail_in = (uInt)in.n;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)capacity;
    cr_assert(eq(int, deflate(&z, Z_FINISH), Z_STREAM_END));
    deflateEnd(&z);
    return (struct bytes){out, z.total_out};
}

static struct bytes zstd(struct arena *arena, struct bytes in) {
    size_t capacity = ZSTD_compressBound(in.n);
    char *out = arena_alloc(arena, capacity, 1);
    size_t n = ZSTD_compress(out, capacity, in.data, in.n, 3);
    cr_assert(not(ZSTD_isError(n)));
    return (struct bytes){out, n};
}

struct drip {
    struct bytes left;
    size_t bite;
};

static long drip_read(void *context, char *buffer, size_t n) {
    struct drip *drip = context;
    n = n < drip->bite ? n : drip->bite;
    n = n < drip->left.n ? n : drip->left.n;
    if (n > 0)
        memcpy(buffer, drip->left.data, n);
    drip->left = (struct bytes){drip->left.data + n, drip->left.n - n};
    return (long)n;
}

/* A few thousand rows of a format, past several blocks of 64 KiB, with rows that go back. */
static struct bytes sample(struct arena *arena, enum trace_format format) {
    struct text text = {.arena = arena};
    struct rng rng = rng_open(31, 0, RNG_TEST, format);
    if (format == TRACE_AZURE_LLM)
        text_append_string(&text, "TIMESTAMP,ContextTokens,GeneratedTokens\r\n");
    if (format == TRACE_PLAIN)
        text_append_string(&text, "seconds,input,output\n");
    for (int i = 0; i < 6000; i++) {
        int s = i / 2 + (int)rng_below(&rng, 3), input = 1 + (int)rng_below(&rng, 4000),
            output = (int)rng_below(&rng, 500), part = (int)rng_below(&rng, 10000000);
        if (format == TRACE_AZURE_LLM)
            text_printf(&text, "2024-02-29 %02d:%02d:%02d.%07d,%d,%d\r\n", s / 3600, s / 60 % 60,
                        s % 60, part, input, output);
        else if (format == TRACE_PLAIN)
            text_printf(&text, "%d.%07d,%d,%d\n", s, part, input, output);
        else
            text_printf(&text,
                        "{\"timestamp\": %d, \"input_length\": %d, \"output_length\": %d, "
                        "\"hash_ids\": [%d, %d]}\n",
                        s * 1000 + part % 1000, 513 + input % 1000, output, i % 50, part);
    }
    return (struct bytes){text.data, text.n};
}

static void check_equal(const struct trace *a, const struct trace *b) {
    cr_assert(eq(int, a->format, b->format));
    cr_assert(eq(sz, a->n, b->n));
    cr_assert(eq(sz, a->n_descents, b->n_descents));
    cr_assert(eq(i64, a->start_epoch_ns, b->start_epoch_ns));
    cr_assert(eq(i64, a->first_ns, b->first_ns));
    cr_assert(eq(int, memcmp(a->requests, b->requests, a->n * sizeof *a->requests), 0));
    cr_assert(eq(int, a->prompts != NULL, b->prompts != NULL));
    if (!a->prompts)
        return;
    const uint32_t *first = a->prompts->first;
    cr_assert(eq(int, memcmp(first, b->prompts->first, (a->n + 1) * sizeof *first), 0));
    cr_assert(eq(int, memcmp(a->prompts->ids, b->prompts->ids, first[a->n] * sizeof *first), 0));
}

static const enum trace_format SAMPLED[] = {TRACE_AZURE_LLM, TRACE_PLAIN, TRACE_MOONCAKE};

CASE_TEST(trace, compressed_is_equal, SAMPLED) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace plain, packed;
    struct bytes text = sample(&arena, SAMPLED[*index]);
    cr_assert(read_bytes(&arena, text, &plain, &err), "%s", err.what);
    cr_assert(eq(sz, plain.n, (size_t)6000));
    cr_assert(gt(sz, plain.n_descents, (size_t)100));
    cr_assert(read_bytes(&arena, gzip(&arena, text), &packed, &err), "%s", err.what);
    check_equal(&plain, &packed);
    cr_assert(ne(str, plain.sha256, packed.sha256)); /* of the file as it is */
    cr_assert(read_bytes(&arena, zstd(&arena, text), &packed, &err), "%s", err.what);
    check_equal(&plain, &packed);
    arena_release(&arena);
}

CASE_TEST(trace, small_pieces_are_equal, SAMPLED) {
    static const size_t BITES[] = {1, 7, 100, 65535};
    struct arena arena = {0};
    struct err err = {0};
    struct trace whole, pieces;
    struct bytes text = sample(&arena, SAMPLED[*index]);
    cr_assert(read_bytes(&arena, text, &whole, &err), "%s", err.what);
    for (int i = 0; i < 4; i++) {
        struct drip drip = {text, BITES[i]};
        struct source *source = source_open_reader(&arena, drip_read, &drip, "t.csv", &err);
        cr_assert(trace_read(&arena, source, &pieces, &err), "%s", err.what);
        source_close(source);
        check_equal(&whole, &pieces);
        cr_assert(eq(str, whole.sha256, pieces.sha256));
    }
    arena_release(&arena);
}

/* What trace_append_csv writes reads back the same, up to the first arrival. */
CASE_TEST(trace, own_csv_round_trip, SAMPLED) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace, again;
    cr_assert(read_bytes(&arena, sample(&arena, SAMPLED[*index]), &trace, &err));
    struct text text = {.arena = &arena};
    trace_append_csv(&text, trace.requests, trace.n, true);
    cr_assert(read_bytes(&arena, (struct bytes){text.data, text.n}, &again, &err), "%s", err.what);
    cr_assert(eq(sz, again.n, trace.n));
    cr_assert(eq(int, memcmp(again.requests, trace.requests, trace.n * sizeof *trace.requests), 0));
    arena_release(&arena);
}

/* ---- to traffic ---- */

/* 2023-11-16 was a Thursday: 18:15 lies at hour 3 x 24 + 18 of the week. */
Test(trace, stamped_trace_lies_in_its_week) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = read_text(&arena, "TIMESTAMP,ContextTokens,GeneratedTokens\n"
                                           "2023-11-16 18:15:00,1,1\n2023-11-16 18:16:00,1,1\n"
                                           "2023-11-16 18:17:00,1,1\n");
    struct traffic traffic = {0};
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err));
    cr_assert(eq(i64, traffic.start_of_week_ns, 90 * NS_PER_HOUR + 900 * NS_PER_SECOND));
    cr_assert(eq(i64, traffic.span_ns, 180 * NS_PER_SECOND + 1));
    cr_assert(epsilon_eq(dbl, traffic.rate_per_second[0], 1.0 / 60, 1e-3));
    cr_assert(traffic.tiled);
    cr_assert(eq(str, (char *)(uintptr_t)traffic.format, "Azure LLM CSV"));
    cr_assert(eq(str, traffic.sha256, trace.sha256));
    arena_release(&arena);
}

/* A generated week written as a trace comes back as the same week. */
Test(trace, generated_week_round_trip) {
    struct arena arena = {0};
    struct err err = {0};
    struct traffic made = {.kind = TRAFFIC_GENERATED, .seed = 3, .burstiness = {0.3, 0.5, 2, 0.4}};
    made.input = made.output = (struct length_distribution){LENGTH_LOGNORMAL, .median = 90,
                                                            .sigma = 1, .min = 1, .max = 999};
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        made.rate_per_second[h] = 0.01 * (1 + h % 24);
    struct traffic_window week = {0, HOURS_PER_WEEK * NS_PER_HOUR, 1, 0};
    struct traffic_cursor *cursor = traffic_open(&arena, &made, week);
    struct text text = {.arena = &arena};
    struct request request, again;
    trace_append_csv(&text, NULL, 0, true);
    while (traffic_next(cursor, &request))
        trace_append_csv(&text, &request, 1, false);
    struct trace trace;
    struct traffic traffic = {0};
    cr_assert(read_bytes(&arena, (struct bytes){text.data, text.n}, &trace, &err), "%s", err.what);
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err));
    cr_assert(not(traffic.tiled));
    struct traffic_cursor *a = traffic_open(&arena, &made, week);
    struct traffic_cursor *b = traffic_open(&arena, &traffic, week);
    while (traffic_next(a, &request)) {
        cr_assert(traffic_next(b, &again));
        again.row = request.row; /* generated requests have none */
        cr_assert(eq(int, memcmp(&request, &again, sizeof request), 0));
    }
    cr_assert(not(traffic_next(b, &again)));
    arena_release(&arena);
}

/* Ten days of hours, day d with d requests an hour: the busiest week is days 3 .. 9; it starts at
 * hour 72, which is Thursday of a series that starts on Monday. */
Test(trace, busiest_week_of_hours) {
    struct arena arena = {0};
    struct err err = {0};
    struct text text = {.arena = &arena};
    text_append_string(&text, "hour,requests_per_second\n");
    for (int h = 0; h < 240; h++)
        text_printf(&text, "%d,%d\n", h, h / 24);
    struct trace trace;
    cr_assert(read_bytes(&arena, (struct bytes){text.data, text.n}, &trace, &err));
    struct traffic traffic = {.burstiness = {0, 0, 1, 0}};
    traffic.input = traffic.output =
        (struct length_distribution){LENGTH_FIXED, .value = 9, .min = 1, .max = 9};
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err), "%s", err.what);
    cr_assert(eq(int, traffic.kind, TRAFFIC_GENERATED));
    cr_assert(not(traffic.tiled));
    cr_assert(eq(dbl, traffic.days, 10));
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        int day = h / 24 < 3 ? h / 24 + 7 : h / 24;
        cr_assert(eq(dbl, traffic.rate_per_second[h], day), "hour %d", h);
    }
    arena_release(&arena);
}

/* Thirty hours: the busiest 24 (hours 6 .. 29) are tiled in phase. */
Test(trace, short_hours_are_tiled) {
    struct arena arena = {0};
    struct err err = {0};
    struct text text = {.arena = &arena};
    text_append_string(&text, "hour,requests_per_second\n");
    for (int h = 0; h < 30; h++)
        text_printf(&text, "%d,%d\n", h, h < 24 ? h + 1 : 100 + h);
    struct trace trace;
    cr_assert(read_bytes(&arena, (struct bytes){text.data, text.n}, &trace, &err));
    struct traffic traffic = {.burstiness = {0, 0, 1, 0}};
    traffic.input = traffic.output =
        (struct length_distribution){LENGTH_FIXED, .value = 9, .min = 1, .max = 9};
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err), "%s", err.what);
    cr_assert(traffic.tiled);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        cr_assert(eq(dbl, traffic.rate_per_second[h], h % 24 < 6 ? 124 + h % 24 : h % 24 + 1));
    arena_release(&arena);
}

/* ---- broken files ---- */

#define KNOWN                                                                                      \
    "known headers: 'TIMESTAMP,ContextTokens,GeneratedTokens' (Azure LLM), "                       \
    "'seconds,input,output' (or ms, us, ns first), 'hour,requests', 'hour,requests_per_second'; "  \
    "or Mooncake JSON lines; docs/formats.md has all"
#define PLAIN "seconds,input,output\n1,5,6\n"
#define AZURE "TIMESTAMP,ContextTokens,GeneratedTokens\n"
#define LINE "{\"timestamp\": 0, \"input_length\": 1, \"output_length\": 1, \"hash_ids\": []}\n"

static const struct {
    const char *text, *message;
} BROKEN[] = {
    {"", "t.csv:1:1: the file is empty; " KNOWN},
    {"seconds,input,output\n", "t.csv:0:0: the trace has no row below its header; "},
    {"1,2,3\n", "t.csv:1:1: the first line must name the columns; " KNOWN},
    {"when,who\n1,2\n", "t.csv:1:0: unknown trace header; " KNOWN},
    {"timestamp_ms,input,output\n1,2,3\n",
     "t.csv:1:1: unknown trace header: column 'timestamp_ms'; did you mean 'ms'? " KNOWN},
    {"second,input,output\n1,2,3\n",
     "t.csv:1:1: unknown trace header: column 'second'; did you mean 'seconds'? " KNOWN},
    {"timestamp,input,output\n1,2,3\n",
     "t.csv:1:1: the unit of column 'timestamp' is ambiguous; name it by its unit: seconds, ms, us "
     "or ns"},
    {"input,output,Time\n1,2,3.5\n",
     "t.csv:1:14: the unit of column 'Time' is ambiguous; name it by its unit: seconds, ms, us or "
     "ns"},
    {"timestamp,x\n2023-11-16,2\n",
     "t.csv:1:1: unknown trace header: column 'timestamp'; did you mean 'TIMESTAMP'? " KNOWN},
    {"seconds,input\n1,2\n", "t.csv:1:0: column 'output' is missing; " KNOWN},
    {"seconds,input,output,model\n1,2,3,x\n", "t.csv:1:22: unknown column 'model' in a trace in "
                                              "plain CSV format; it has the columns seconds, "
                                              "input, output"},
    {"seconds,input,output,outputs\n1,2,3,x\n",
     "t.csv:1:22: unknown column 'outputs' in a trace in plain CSV format; did you mean 'output'?"},
    {"seconds,input,output,input\n1,2,3,4\n", "t.csv:1:22: column 'input' appears twice; "},
    {PLAIN "2,5\n", "t.csv:3:0: the row has 2 fields, the header has 3; "},
    {PLAIN "2,5,6,7\n", "t.csv:3:0: the row has 4 fields, the header has 3; "},
    {PLAIN ",5,6\n", "t.csv:3:1: seconds is empty, expected a number; "},
    {PLAIN "NaN,5,6\n", "t.csv:3:1: seconds is 'NaN', expected a number; "},
    {PLAIN "1e3,5,6\n",
     "t.csv:3:1: seconds is '1e3', expected a number written without an exponent; "},
    {PLAIN "-2.5,5,6\n", "t.csv:3:1: seconds is negative: -2.5; "},
    {PLAIN "99999999999,5,6\n", "t.csv:3:1: seconds is too large: 99999999999; "},
    {PLAIN "2,-5,6\n", "t.csv:3:3: input is negative: -5; "},
    {PLAIN "2,0,6\n", "t.csv:3:3: input is 0, expected at least 1; "},
    {PLAIN "2,5.5,6\n", "t.csv:3:3: input is '5.5', expected a whole number of tokens; "},
    {PLAIN "2,5,3000000000\n", "t.csv:3:5: output is too large: 3000000000; "},
    {PLAIN "2,5,\n", "t.csv:3:5: output is empty, expected a whole number of tokens; "},
    {PLAIN "2,\"5,6\n", "t.csv:3:3: the quote opened here is never closed; close the quote, or "
                        "double a quote that belongs to the text"},
    {AZURE "2023-02-29 00:00:00,5,6\n",
     "t.csv:2:1: TIMESTAMP is '2023-02-29 00:00:00', expected an "
     "ISO stamp; such as 2023-11-16 18:15:46.6805900"},
    {AZURE "17.5,5,6\n",
     "t.csv:2:1: TIMESTAMP is '17.5', expected an ISO stamp; such as 2023-11-16 "
     "18:15:46.6805900"},
    {AZURE "2023-11-16 18:15:46.68,none,6\n",
     "t.csv:2:24: ContextTokens is 'none', expected a whole number of tokens; "},
    {"hour,requests\n0,5\n2,5\n",
     "t.csv:3:1: expected hour 1; every hour needs its row, in order, with 0 where nothing came"},
    {"hour,requests\n1,5\n",
     "t.csv:2:1: expected hour 0; every hour needs its row, in order, with 0 where nothing came"},
    {"hour,requests\n0.5,5\n",
     "t.csv:2:1: '0.5' is not on the hour; add up the requests of each hour first"},
    {"hour,requests\n2023-11-16T18:00:00Z,5\n2023-11-16T18:30:00Z,5\n",
     "t.csv:3:1: '2023-11-16T18:30:00Z' is not on the hour; add up the requests of each hour "
     "first"},
    {"hour,requests\n2023-11-16T18:00:00Z,5\n2023-11-16T20:00:00Z,5\n",
     "t.csv:3:1: expected hour 2023-11-16T19:00:00Z; every hour needs its row, in order, with 0 "
     "where nothing came"},
    {"hour,requests\n0,-5\n", "t.csv:2:3: requests is negative: -5; "},
    {"hour,requests\n0,inf\n", "t.csv:2:3: requests is 'inf', expected a number; "},
    {"hour,requests_per_second\n0,1e9\n", "t.csv:2:3: requests_per_second is too large: 1e9; "},
    {LINE "{\"timestamp\": 0,", "t.csv:2:16: the line is not JSON: string or '}' expected near end "
                                "of file; "},
    {LINE "{\"timestamp\": NaN}", "t.csv:2:17: the line is not JSON: invalid token near 'NaN'; "},
    {"{\"timestamp\": 1, \"timestamp\": 2}",
     "t.csv:1:28: the line is not JSON: duplicate object key "
     "near '\"timestamp\"'; "},
    {LINE "[1]\n", "t.csv:2:1: the line is not a JSON object; "},
    {LINE "{\"timestamp\": 0, \"input_length\": 1}\n",
     "t.csv:2:1: key 'output_length' is missing; "},
    {LINE "{\"timestamp\": 0, \"input_lenght\": 1}\n",
     "t.csv:2:18: unknown key 'input_lenght'; did you mean 'input_length'?"},
    {"{\"chat\": 4, \"timestamp\": 1.5}\n",
     "t.csv:1:2: unknown key 'chat'; Mooncake lines have timestamp (ms), input_length, "
     "output_length and hash_ids"},
    {"{\"timestamp\": 0.5, \"input_length\": 1, \"output_length\": 1}\n",
     "t.csv:1:2: timestamp is not a whole number of milliseconds; "},
    {"{\"timestamp\": 5, \"input_length\": -1, \"output_length\": 1}\n",
     "t.csv:1:18: input_length is negative: -1; "},
    {"{\"timestamp\": 5, \"input_length\": 0, \"output_length\": 1}\n",
     "t.csv:1:18: input_length is 0, expected at least 1; "},
    {"{\"timestamp\": 5, \"input_length\": 1, \"output_length\": 3000000000}\n",
     "t.csv:1:37: output_length is too large: 3000000000; "},
    {"{\"timestamp\": 5, \"input_length\": 1, \"output_length\": 1, \"hash_ids\": [1, \"a\"]}\n",
     "t.csv:1:57: hash_ids[1] is not a whole number; "},
    {"\x1f\x8b\x08 not gzip at all", "t.csv:0:0: damaged gzip data after 0 decompressed bytes: "
                                     "unknown header flags set; copy or download the file again; "
                                     "'gzip -t' or 'zstd -t' tests it"},
};

CASE_TEST(trace, broken_files_say_where_and_what, BROKEN) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = {.n = 42};
    cr_assert(not(read_bytes(&arena, bytes_of(BROKEN[*index].text), &trace, &err)));
    char *said = arena_printf(&arena, "%s:%d:%d: %s; %s", err.file ? err.file : "", err.line,
                              err.column, err.what, err.hint);
    cr_assert(eq(int, strcmp(said, BROKEN[*index].message), 0), "got  %s\nwant %s", said,
              BROKEN[*index].message);
    cr_assert(eq(int, err.kind, ERR_INPUT));
    cr_assert(eq(sz, trace.n, (size_t)42)); /* untouched */
    arena_release(&arena);
}

Test(trace, planning_fault_names_the_file) {
    struct arena arena = {0};
    struct err err = {0};
    struct traffic traffic = {0};
    struct trace trace = read_text(&arena, PLAIN);
    cr_assert(not(trace_to_traffic(&arena, &trace, &traffic, &err)));
    cr_assert(eq(str, (char *)(uintptr_t)err.file, "t.csv"));
    cr_assert(eq(str, err.what, "a trace needs at least two requests at different times"));
    trace = read_text(&arena, "hour,requests\n0,5\n");
    cr_assert(not(trace_to_traffic(&arena, &trace, &traffic, &err)));
    cr_assert(eq(str, err.what, "input lengths need 1 <= min <= max")); /* the caller gave none */
    arena_release(&arena);
}
