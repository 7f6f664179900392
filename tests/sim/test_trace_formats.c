/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats beyond logs of tokens, from memory: what a few rows of each become, by hand, their
 * quirks, and broken files with their places and messages. */
#include <math.h>

#include "sim/trace.h"
#include "tests/base/case_table.h"

#define NS_PER_SECOND 1000000000LL

static bool read_told(struct arena *arena, const char *text, enum trace_values values,
                      struct trace *out, struct err *err) {
    struct source *source = source_open_memory(arena, bytes_of(text), "t", err);
    bool ok = source && trace_read_values(arena, source, values, out, err);
    source_close(source);
    return ok;
}

static struct trace read_text(struct arena *arena, const char *text) {
    struct err err = {0};
    struct trace trace = {0};
    cr_assert(read_told(arena, text, TRACE_VALUES_UNTOLD, &trace, &err), "%s", err.what);
    return trace;
}

/* ---- logs ---- */

struct log_case {
    const char *text;
    enum trace_format format;
    int64_t second_ns; /* of the second row; the first is 5 in, 6 out, the second 7 in, 0 out */
};

static const struct log_case LOGS[] = {
    {"Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
     "5,ChatGPT,5,6,11,Conversation log\n6.5,GPT-4,7,0,7,API log\n",
     TRACE_BURSTGPT, 1500000000},
    {"Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log "
     "Type\n5,,1,ChatGPT,5,6,11,Conversation log\n7,3,0,GPT-4,7,0,7,API log\n",
     TRACE_BURSTGPT, 2 * NS_PER_SECOND},
    {"arrived_at,num_prefill_tokens,num_decode_tokens\n0.5,5,6\n0.75,7,0\n", TRACE_VIDUR,
     250000000},
    {"{\"input_toks\": 5, \"output_toks\": 6, \"arrival_time_ns\": 100}\n"
     "{\"input_toks\": 7, \"output_toks\": 0, \"arrival_time_ns\": 350}\n",
     TRACE_LLM_SERVING_SIM, 250},
    {"{\"chat_id\": 1, \"parent_chat_id\": -1, \"timestamp\": 61.114, \"input_length\": 5, "
     "\"output_length\": 6, \"type\": \"text\", \"turn\": 1, \"hash_ids\": [3]}\n"
     "{\"chat_id\": 2, \"parent_chat_id\": 1, \"timestamp\": 62, \"input_length\": 7, "
     "\"output_length\": 0, \"type\": \"text\", \"turn\": 2, \"hash_ids\": [3]}\n",
     TRACE_QWEN_BAILIAN, 886000000},
};

CASE_TEST(trace_formats, logs, LOGS) {
    struct arena arena = {0};
    const struct log_case *c = &LOGS[*index];
    struct trace trace = read_text(&arena, c->text);
    cr_assert(eq(int, trace.format, c->format));
    cr_assert(eq(int, trace_shape_of(trace.format), TRACE_LOG));
    cr_assert(eq(sz, trace.n, (size_t)2));
    cr_assert(eq(i64, trace.requests[1].arrival_ns, c->second_ns));
    cr_assert(eq(i32, trace.requests[0].input_tokens, 5));
    cr_assert(eq(i32, trace.requests[0].output_tokens, 6));
    cr_assert(eq(i32, trace.requests[1].input_tokens, 7));
    cr_assert(eq(i32, trace.requests[1].output_tokens, 0));
    cr_assert(eq(sz, trace.n_failed, (size_t)(c->format == TRACE_BURSTGPT)));
    arena_release(&arena);
}

/* Blocks of 16 tokens: 33 tokens have two full blocks and a rest. */
Test(trace_formats, qwen_blocks_are_of_16) {
    static const char LINE[] =
        "{\"chat_id\": 1, \"parent_chat_id\": -1, \"timestamp\": 0, \"input_length\": 33, "
        "\"output_length\": 6, \"type\": \"text\", \"turn\": 1, \"hash_ids\": [3, 4%s]}\n";
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = read_text(&arena, arena_printf(&arena, LINE, ", 5"));
    cr_assert(eq(int, trace.prompts->block_tokens, 16));
    cr_assert(not(read_told(&arena, arena_printf(&arena, LINE, ", 5, 6"), TRACE_VALUES_UNTOLD,
                            &trace, &err)));
    cr_assert(eq(str, err.what, "hash_ids has 4 ids, but 33 tokens are 3 blocks of 16"));
    arena_release(&arena);
}

/* ---- calls ---- */

/* Ends 1.5, 1.2 and durations 0.5, 1.0: arrivals 1.0 and 0.2. */
Test(trace_formats, a_call_arrives_when_it_began) {
    struct arena arena = {0};
    struct trace trace =
        read_text(&arena, "app,func,end_timestamp,duration\na,f,1.5,0.5\nb,g,1.2,1.0\n");
    cr_assert(eq(int, trace_shape_of(trace.format), TRACE_CALLS));
    cr_assert(eq(sz, trace.n_descents, (size_t)1));
    cr_assert(eq(i64, trace.first_ns, 200000000));
    cr_assert(eq(i64, trace.requests[1].arrival_ns, 800000000));
    cr_assert(eq(dbl, trace.duration_s[0], 1.0));
    cr_assert(eq(dbl, trace.duration_s[1], 0.5));
    arena_release(&arena);
}

/* Lengths stated beside calls are drawn for each row; without them a call is one token in. */
Test(trace_formats, calls_take_lengths_from_the_scenario) {
    static const char TEXT[] =
        "exec_time_seconds,gmt_create,predict_status\n32.0,2024-11-15 16:57:50,SUCCEED\n"
        "0,2024-11-15 16:57:52,FAILED\n";
    struct request pairs[] = {{.input_tokens = 40, .output_tokens = 4}};
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = read_text(&arena, TEXT);
    struct traffic plain = {0}, drawn = {.requests = pairs, .n_requests = 1},
                   fixed = {.input = {.kind = LENGTH_FIXED, .value = 9, .min = 9, .max = 9},
                            .output = {.kind = LENGTH_FIXED, .value = 2, .min = 2, .max = 2}};
    cr_assert(eq(sz, trace.n_failed, (size_t)1));
    cr_assert(eq(i64, trace.requests[1].arrival_ns, 2 * NS_PER_SECOND));
    cr_assert(trace_to_traffic(&arena, &trace, &plain, &err), "%s", err.what);
    cr_assert(trace_to_traffic(&arena, &trace, &drawn, &err), "%s", err.what);
    cr_assert(trace_to_traffic(&arena, &trace, &fixed, &err), "%s", err.what);
    cr_assert(eq(dbl, traffic_mean_input(&plain), 1));
    cr_assert(eq(dbl, traffic_mean_input(&drawn), 40));
    cr_assert(eq(dbl, traffic_mean_output(&drawn), 4));
    cr_assert(eq(dbl, traffic_mean_input(&fixed), 9));
    arena_release(&arena);
}

/* ---- series ---- */

struct series_case {
    const char *text;
    enum trace_values values;
    enum trace_format format;
    int64_t step_s, n;
    double requests;   /* in all */
    double first_rate; /* of the first hour of the clock that is kept */
    int n_hours;
    int64_t start_s; /* of that hour; -1: relative */
};

/* 1767571200 is Monday 2026-01-05 00:00:00. */
#define PROMETHEUS(values)                                                                         \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"      \
    "\"values\":[" values "]}]}}"
#define HOUR_1 "[1767574800,\"100\"]"
#define HOUR_2 "[1767578400,\"400\"]"
#define HOUR_3 "[1767582000,\"50\"]"

static const struct series_case SERIES[] = {
    {"3 0 4\n5", 0, TRACE_RATE_LIST, 1, 4, 12, 3, 1, -1},
    {"HashFunction,HashApp,HashOwner,minute_1,minute_2\nf,a,o,60,0\ng,b,o,1,59\n", 0,
     TRACE_FUNCTION_MINUTES, 60, 2, 120, 1, 1, -1},
    {"HashOwner,HashApp,HashFunction,Trigger,1,2\nf,a,o,http,60,0\n", 0, TRACE_FUNCTION_MINUTES, 60,
     2, 60, 0.5, 1, -1},
    /* A sample tells of the hour before it. */
    {PROMETHEUS(HOUR_1 "," HOUR_2 "," HOUR_3), TRACE_VALUES_COUNT, TRACE_PROMETHEUS, 3600, 3, 550,
     100.0 / 3600, 3, 1767571200},
    {PROMETHEUS(HOUR_3 "," HOUR_1 "," HOUR_2), TRACE_VALUES_RATE, TRACE_PROMETHEUS, 3600, 3,
     550 * 3600, 100, 3, 1767571200},
    /* 100 to 400, then a restart: 50 since it. */
    {PROMETHEUS(HOUR_1 "," HOUR_2 "," HOUR_3), TRACE_VALUES_COUNTER, TRACE_PROMETHEUS, 3600, 2, 350,
     300.0 / 3600, 2, 1767574800},
    /* Two pods; the second is there for the last hour only. */
    {"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
     "{\"metric\":{\"pod\":\"a\"},\"values\":[" HOUR_1 "," HOUR_2 "," HOUR_3 "]},"
     "{\"metric\":{\"pod\":\"b\"},\"values\":[" HOUR_2 "," HOUR_3 "]}]}}",
     TRACE_VALUES_COUNT, TRACE_PROMETHEUS, 3600, 3, 1000, 100.0 / 3600, 3, 1767571200},
    /* The stamp is the start of the period, the order is any, and what is not there is 0. */
    {"{\"Label\":\"Invocations\",\"Datapoints\":["
     "{\"Timestamp\":\"2026-01-05T03:00:00Z\",\"Sum\":7.0,\"Unit\":\"Count\"},"
     "{\"Timestamp\":\"2026-01-05T00:00:00Z\",\"Sum\":3600.0,\"Unit\":\"Count\"},"
     "{\"Timestamp\":\"2026-01-05T01:00:00Z\",\"Sum\":5.0,\"Unit\":\"Count\"}]}",
     0, TRACE_CLOUDWATCH, 3600, 4, 3612, 1, 4, 1767571200},
    {"{\"Datapoints\":[{\"Timestamp\":\"2026-01-05T00:00:00+00:00\",\"SampleCount\":60,\"Sum\":9,"
     "\"Unit\":\"Milliseconds\"},{\"Timestamp\":\"2026-01-05T00:01:00+00:00\",\"SampleCount\":60}]"
     "}",
     0, TRACE_CLOUDWATCH, 60, 2, 120, 1, 1, 1767571200},
    {"{\"MetricDataResults\":[{\"Id\":\"m1\",\"Label\":\"x\",\"Timestamps\":["
     "\"2026-01-05T01:00:00Z\",\"2026-01-05T00:00:00Z\"],\"Values\":[2.0,3600.0],"
     "\"StatusCode\":\"Complete\"}]}",
     TRACE_VALUES_COUNT, TRACE_CLOUDWATCH, 3600, 2, 3602, 1, 2, 1767571200},
    {"Timestamp,Sum,Unit\n2026-01-05 01:00:00,2,Count\n2026-01-05 00:00:00,3600,Count\n", 0,
     TRACE_CLOUDWATCH, 3600, 2, 3602, 1, 2, 1767571200},
    /* From 00:45 to 02:15 in steps of 15 min: the last hour is a quarter and falls away, the first
     * too, and its start with it. */
    {"{\"Datapoints\":[{\"Timestamp\":\"2026-01-05T00:45:00Z\",\"SampleCount\":900},"
     "{\"Timestamp\":\"2026-01-05T01:00:00Z\",\"SampleCount\":1800},"
     "{\"Timestamp\":\"2026-01-05T02:00:00Z\",\"SampleCount\":900}]}",
     0, TRACE_CLOUDWATCH, 900, 6, 3600, 0.5, 1, 1767574800},
};

CASE_TEST(trace_formats, series, SERIES) {
    const struct series_case *c = &SERIES[*index];
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = {0};
    cr_assert(read_told(&arena, c->text, c->values, &trace, &err), "%s", err.what);
    cr_expect(eq(int, trace.format, c->format));
    cr_expect(eq(i64, trace.series.step_ns, c->step_s * NS_PER_SECOND));
    cr_expect(eq(i64, trace.series.n, c->n));
    cr_expect(epsilon_eq(dbl, trace.series.steps.sum, c->requests, 1e-9));
    cr_expect(eq(int, trace.n_hours, c->n_hours));
    cr_expect(epsilon_eq(dbl, trace.rate_per_second[0], c->first_rate, 1e-12));
    cr_expect(eq(i64, trace.start_epoch_ns, c->start_s < 0 ? -1 : c->start_s * NS_PER_SECOND));
    arena_release(&arena);
}

/* Two hours of minutes, 0 and 120 requests in turn. Inside an hour: mean 60, variance 3600, the
 * correlation of neighbours below 0, so all is the minutes' own; of 60 independent minutes the
 * hour's mean takes out a sixtieth: sqrt((3600 - 60) / (59/60)) / 60. Stated burstiness wins; a
 * series of hours has none and reads as Poisson. */
Test(trace_formats, minutes_tell_how_bursty_they_are) {
    struct arena arena = {0};
    struct err err = {0};
    struct text text = {.arena = &arena};
    struct trace trace;
    struct traffic traffic = {.input = {.kind = LENGTH_FIXED, .value = 1, .min = 1, .max = 1}};
    struct traffic fitted = traffic, stated = traffic, hours = traffic;
    text_append_string(&text, "HashFunction");
    for (int m = 1; m <= 120; m++)
        text_printf(&text, ",minute_%d", m);
    text_append_string(&text, "\nf");
    for (int m = 0; m < 120; m++)
        text_append_string(&text, m % 2 ? ",120" : ",0");
    trace = read_text(&arena, text.data);
    stated.burstiness = (struct burstiness){.arrival_cv = 3};
    cr_assert(trace_to_traffic(&arena, &trace, &fitted, &err), "%s", err.what);
    cr_assert(trace_to_traffic(&arena, &trace, &stated, &err), "%s", err.what);
    cr_expect(
        epsilon_eq(dbl, fitted.burstiness.minute_cv, sqrt(3540.0 / (1 - 1.0 / 60)) / 60, 1e-9));
    cr_expect(eq(dbl, fitted.burstiness.arrival_cv, 1));
    cr_expect(eq(dbl, stated.burstiness.minute_cv, 0));
    cr_expect(eq(dbl, stated.burstiness.arrival_cv, 3));
    trace = read_text(&arena, "hour,requests\n0,5\n1,5\n");
    cr_assert(trace_to_traffic(&arena, &trace, &hours, &err), "%s", err.what);
    cr_expect(eq(dbl, hours.burstiness.arrival_cv, 1));
    arena_release(&arena);
}

/* ---- windows ---- */

/* One client's file without a header: 600 s at 0.5 a second, an empty window, 600 s at 0.25. */
Test(trace_formats, windows_of_one_client) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace =
        read_text(&arena, "0,0.5,1,Gamma,1,2\n600,0,0,,0,0\n1200,0.25,2.0,Weibull,0.5,1\n");
    struct traffic traffic = {.input = {.kind = LENGTH_FIXED, .value = 8, .min = 8, .max = 8}};
    cr_assert(eq(int, trace_shape_of(trace.format), TRACE_WINDOWS));
    cr_assert(eq(int, trace.windows->n_windows, 3));
    cr_assert(eq(sz, trace.windows->n, (size_t)2));
    cr_assert(trace.windows->rows[1].weibull);
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err), "%s", err.what);
    cr_expect(traffic.tiled);
    struct traffic_cursor *cursor = traffic_open(
        &arena, &traffic, (struct traffic_window){.to_ns = 1800 * NS_PER_SECOND, .growth = 1});
    struct request request;
    int in[3] = {0};
    while (traffic_next(cursor, &request)) {
        in[request.arrival_ns / (600 * NS_PER_SECOND)]++;
        cr_assert(eq(i32, request.input_tokens, 8));
    }
    cr_expect(eq(int, in[0], 300));
    cr_expect(eq(int, in[1], 0));
    cr_expect(eq(int, in[2], 150));
    arena_release(&arena);
}

/* A table whose mean is above that of straight lines bends; u = 1/2 is the median either way. By
 * hand: below the median straight lines have 0.01 x 1 + 0.04 x 1 + 0.05 x 1.5 + 0.15 x 2.5 +
 * 0.25 x 3.5 = 1.375; the parts above start at 4, 5, 6, 7, 8 and rise by 1 each but the last. */
Test(trace_formats, lengths_have_their_mean) {
    enum { N = 100000 };
    struct client_length length = {.tokens = {1, 1, 2, 3, 4, 5, 6, 7, 8, 108}};
    static const double MEANS[] = {4.0, 4.2, 4.6};
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        length.bend = client_length_bend(&length, MEANS[i]);
        for (int k = 0; k < N; k++)
            sum += client_length_at(&length, (k + 0.5) / N);
        cr_expect(epsilon_eq(dbl, sum / N, MEANS[i], 2e-3), "%g for %g", sum / N, MEANS[i]);
        cr_expect(eq(dbl, client_length_at(&length, 0.5), 4));
    }
}

/* ---- broken files ---- */

struct broken {
    const char *text;
    enum trace_values values;
    const char *message;
};

#define WINDOW_HEADER "start_time,client,rate,cv,pattern,shape,scale\n"
#define LENGTH_HEADER "start_time,client,field,mean,p1,p5,p10,p25,p50,p75,p90,p95,p99,max\n"

static const struct broken BROKEN[] = {
    {"1 2 3\n4 x 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28", 0,
     "t:1:0: unknown trace header"},
    {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27\n28 -3", 0,
     "t:2:4: a list of requests a second has numbers and blanks only"},
    {"1 99999999 3", 0, "t:1:3: more than 10000000 requests in a second"},
    {"HashFunction,minute_1,minute_3\nf,1,2\n", 0, "t:1:0: minute 2 is missing"},
    {"HashFunction,minute_1,minute_1\nf,1,2\n", 0, "t:1:23: minute 1 appears twice"},
    {"HashFunction,minute_1,Owner\nf,1,2\n", 0,
     "t:1:23: unknown column 'Owner' in a table of minutes"},
    {"HashFunction,minute_1\nf,1.5\n", 0,
     "t:2:3: minute 1 is '1.5', expected a whole number of requests"},
    {"HashFunction,minute_1\nf\n", 0, "t:2:0: the row has 1 fields, the header has 2"},
    {"HashFunction,minute_1\n", 0, "t:0:0: the trace has no row below its header"},
    {"app,func,end_timestamp,duration\na,b,1,x\n", 0,
     "t:2:7: duration is 'x', expected a number of seconds"},
    {"seconds,input,output\n0,10,10\n1e15,10,10\n", 0,
     "t:3:1: seconds is '1e15', expected a number written without an exponent"},
    {"gmt_create,predict_status,exec_time_seconds\n2024-11-15 16:57:50,DONE,1\n", 0,
     "t:2:21: predict_status is 'DONE', expected SUCCEED, FAILED, PENDING or PROCESSING"},
    {"Timestamp,Request tokens,Response tokens,Cost\n1,2,3,4\n", 0,
     "t:1:42: unknown column 'Cost' in a trace in BurstGPT CSV format"},
    {"0,0.5,1,Pareto,1,2\n600,0.5,1,Gamma,1,2\n", 0,
     "t:1:9: pattern is 'Pareto', expected Gamma or Weibull, or nothing where the rate is 0"},
    {"0,0.5,1,Gamma,0,2\n600,0.5,1,Gamma,1,2\n", 0,
     "t:1:15: shape is '0', expected a number from 1e-05 to 1e+06"},
    {"0,0.5,1,Gamma,1,2\n", 0, "t:0:0: one window does not tell how wide windows are"},
    {"0,0.5,1,Gamma,1,2\n600,0.5,1,Gamma,1,2\n1500,0.5,1,Gamma,1,2\n", 0,
     "t:0:0: the windows are 600 s wide, but one starts at 1500 s, off their grid"},
    {"0,0,0,,0,0\n600,0,0,,0,0\n", 0, "t:0:0: no window has any traffic"},
    {WINDOW_HEADER "0,1,0.5,1,Gamma,1,2\n600,1,0.5,1,Gamma,1,2\n0,1,0.5,1,Gamma,1,2\n", 0,
     "t:0:0: client 1 has two rows for the window at 0 s"},
    {LENGTH_HEADER "0,1,image_tokens,5,1,2,3,4,5,6,7,8,9,10\n", 0,
     "t:2:5: field is 'image_tokens', expected input_tokens or output_tokens"},
    {LENGTH_HEADER "0,1,input_tokens,5,1,2,3,4,5,6,7,8,9,1\n", 0,
     "t:2:38: max is '1', expected a number from 9 to 2.14748e+09"},
    {LENGTH_HEADER "0,1,input_tokens,5,1,2,3,4,5,6,7,8,9,10\n", 0,
     "t:0:0: no row has the field output_tokens"},
    {PROMETHEUS(HOUR_1 "," HOUR_2), 0, "t:0:0: the file does not say what its values are"},
    {PROMETHEUS(HOUR_1 "," HOUR_2 ",[1767585600,\"1\"]"), TRACE_VALUES_RATE,
     "t:1:122: samples are missing before this one (1767585600 s, in the hour "
     "2026-01-05T04:00:00Z)"},
    {PROMETHEUS(HOUR_1 ",[1767578400,\"NaN\"]"), TRACE_VALUES_RATE,
     "t:1:103: a value that is no number (1767578400 s, in the hour 2026-01-05T02:00:00Z)"},
    {PROMETHEUS(HOUR_1 ",[1767578400,\"-1\"]"), TRACE_VALUES_RATE,
     "t:1:103: a negative value (1767578400 s, in the hour 2026-01-05T02:00:00Z)"},
    {PROMETHEUS(HOUR_1 "," HOUR_1), TRACE_VALUES_RATE,
     "t:1:103: two samples of one time (1767574800 s, in the hour 2026-01-05T01:00:00Z)"},
    {PROMETHEUS("[1,\"1\"],[8,\"1\"]"), TRACE_VALUES_RATE,
     "t:0:0: samples every 7 s: a step must divide an hour or be whole hours"},
    {"{\"status\":\"error\",\"error\":\"timeout\"}", TRACE_VALUES_RATE,
     "t:0:0: the query failed: its status is not 'success'"},
    {"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
     TRACE_VALUES_RATE, "t:0:0: the result is not a matrix"},
    {PROMETHEUS(""), TRACE_VALUES_RATE, "t:0:0: the metric has no samples"},
    {"{\"status\":\"success\",", TRACE_VALUES_RATE,
     "t:1:20: the file is not JSON: string or '}' expected near end of file"},
    {"{\"Datapoints\":[{\"Timestamp\":\"2026-01-05T00:00:00Z\",\"Average\":3.0}]}", 0,
     "t:1:16: a data point without a statistic that counts requests (0 s, in the hour "
     "1970-01-01T00:00:00Z)"},
    {"{\"Datapoints\":[{\"Timestamp\":\"2026-01-05T00:00:00Z\",\"SampleCount\":3},"
     "{\"Timestamp\":\"2026-01-05T01:00:00Z\",\"SampleCount\":3}]}",
     TRACE_VALUES_RATE, "t:0:0: the file's values are counts"},
    {"{\"MetricDataResults\":[{\"Timestamps\":[],\"Values\":[],\"StatusCode\":\"PartialData\"}]}",
     TRACE_VALUES_COUNT, "t:0:0: a result is not complete"},
    {"Timestamp,Sum,Unit\n2026-01-05 01:00:00,2,Bytes\n", 0,
     "t:2:23: a Sum of 'Bytes' counts no requests"},
    {"hour,requests\n0,1\n", TRACE_VALUES_RATE,
     "t:0:0: values is for metrics, and this is a file of hourly series CSV"},
};

CASE_TEST(trace_formats, broken_files_say_where_and_what, BROKEN) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = {.n = 42};
    cr_assert(not(read_told(&arena, BROKEN[*index].text, BROKEN[*index].values, &trace, &err)));
    char *said = arena_printf(&arena, "%s:%d:%d: %s", err.file, err.line, err.column, err.what);
    cr_assert(eq(int, strcmp(said, BROKEN[*index].message), 0), "got  %s\nwant %s", said,
              BROKEN[*index].message);
    cr_assert(eq(int, err.kind, ERR_INPUT));
    cr_assert(eq(sz, trace.n, (size_t)42)); /* untouched */
    arena_release(&arena);
}
