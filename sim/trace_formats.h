/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Readers of the trace formats: bytes to rows in file order. */
#ifndef HEADROOM_SIM_TRACE_FORMATS_H
#define HEADROOM_SIM_TRACE_FORMATS_H

#include "base/csv.h"
#include "sim/trace.h"

enum { MOONCAKE_BLOCK_TOKENS = 512, QWEN_BLOCK_TOKENS = 16, TABLE_COLUMNS_MAX = 16 };

/** What a reader found, in file order. */
struct trace_rows {
    struct arena *arena;
    struct source *source;
    enum trace_format format;
    enum trace_values values; /* told by the user */
    bool dated;               /* stamps are dates: arrival_ns and start_ns count from 1970 */
    size_t n, capacity;
    struct request *requests; /* [n] */
    uint64_t **block_ids;     /* JSON lines: [n] */
    int *n_block_ids;
    double *duration_s; /* calls: [n] */
    size_t n_failed;
    int n_hours, hours_capacity; /* hourly */
    double *rate_per_second;     /* [n_hours] */
    int64_t start_ns;            /* of the first hour */
    struct rate_series series;   /* other series; n = 0: none */
    int n_sources;
    struct client_windows *windows;
    struct client_lengths *lengths;
};

void trace_rows_push(struct trace_rows *rows, struct request request);

/** Tells the CSV format by the header and reads all rows. */
bool trace_read_csv(struct trace_rows *rows, struct source *source, struct err *err);
/** JSON lines: Mooncake, Qwen-Bailian, LLMServingSim, told by the keys of the first. */
bool trace_read_json_lines(struct trace_rows *rows, struct source *source, struct err *err);
/** One JSON document: Prometheus or CloudWatch. */
bool trace_is_metric(struct bytes start);
bool trace_read_metric(struct trace_rows *rows, struct source *source, struct err *err);
/** Numbers and blanks. */
bool trace_is_rate_list(struct bytes start);
bool trace_read_rate_list(struct trace_rows *rows, struct source *source, struct err *err);

/** ServeGen: one client's file without a header; the tables of all clients, told by their headers,
 * whose columns are then in columns [TABLE_COLUMNS_MAX]. */
bool trace_is_servegen(struct bytes start);
bool trace_read_servegen(struct trace_rows *rows, struct source *source, struct err *err);
bool trace_is_client_windows(const struct csv_row *header, int *columns);
bool trace_read_client_windows(struct trace_rows *rows, struct csv_reader *reader,
                               const int *columns, struct err *err);
bool trace_is_client_lengths(const struct csv_row *header, int *columns);
bool trace_read_client_lengths(struct trace_rows *rows, struct csv_reader *reader,
                               const int *columns, struct err *err);

/** Azure Functions: a row a function, a column a minute. */
bool trace_is_function_minutes(const struct csv_row *header);
bool trace_read_function_minutes(struct trace_rows *rows, struct csv_reader *reader,
                                 const struct csv_row *header, struct err *err);

/** Samples of a metric, in any order: each stands for one step of time; the step is the smallest
 * distance between two of one source (a label set). Sources are added up; one that begins late or
 * ends early was not there. */
struct metric_sample {
    int64_t at_ns; /* from 1970 */
    double value;
    int source;
    size_t index; /* in its source, or its line: for `place` */
};

struct metric {
    struct trace_rows *rows;
    size_t n, capacity;
    struct metric_sample *samples;
    enum trace_values values;
    bool at_end;        /* a sample stands for the step before it, else for the one after */
    bool gaps_are_zero; /* else a missing sample is an error */
    void (*place)(void *context, const struct metric_sample *sample, int *line, int *column);
    void *context;
};

void metric_push(struct metric *metric, struct metric_sample sample);
/** From at least one sample, sorted here; values: not UNTOLD. */
bool trace_take_metric(const struct metric *metric, struct err *err);
/** The file says what its values are: the user must not have told something else. */
bool trace_check_values(const struct trace_rows *rows, enum trace_values said, struct err *err);

/** Nanoseconds of a decimal number of units of 10^decimals ns (0 .. 9), to the nearest; digits by
 * hand. *out is written only when fine. */
enum number_fault {
    NUMBER_FINE,
    NUMBER_EMPTY,
    NUMBER_MALFORMED,
    NUMBER_NEGATIVE,
    NUMBER_TOO_LARGE
};
enum number_fault trace_parse_time(struct bytes in, int decimals, int64_t *out);
enum number_fault trace_parse_tokens(struct bytes in, int32_t *out);

#endif
