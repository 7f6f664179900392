/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Readers of the trace formats: bytes to rows in file order. */
#ifndef HEADROOM_SIM_TRACE_FORMATS_H
#define HEADROOM_SIM_TRACE_FORMATS_H

#include "base/csv.h"
#include "sim/trace.h"

enum { MOONCAKE_BLOCK_TOKENS = 512 };

/** What a reader found, in file order. */
struct trace_rows {
    struct arena *arena;
    enum trace_format format;
    bool dated; /* Azure, hourly with stamps: arrival_ns and start_ns count from 1970 */
    size_t n, capacity;
    struct request *requests; /* [n] */
    uint64_t **block_ids;     /* Mooncake: [n] */
    int *n_block_ids;
    int n_hours, hours_capacity; /* hourly */
    double *rate_per_second;     /* [n_hours] */
    int64_t start_ns;            /* of the first hour */
};

void trace_rows_push(struct trace_rows *rows, struct request request);

/** Tells the CSV format by the header and reads all rows. */
bool trace_read_csv(struct trace_rows *rows, struct source *source, struct err *err);
bool trace_read_mooncake(struct trace_rows *rows, struct source *source, struct err *err);

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
