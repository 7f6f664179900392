/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What statistics of every kind of traffic file have in common. */
#ifndef HEADROOM_CLI_TRACE_WORDS_H
#define HEADROOM_CLI_TRACE_WORDS_H

#include "base/text.h"

enum { TRACE_NAME_COLUMNS = 15 };

struct trace_spread {
    double mean, min, p50, p95, p99, max;
};

/** "  input tokens   mean 212, min 3, P50 128, P95 790, P99 1,502, max 4,096" and what is told
 * after it, in lines of 80. */
void trace_append_spread(struct text *out, const char *name, struct trace_spread spread,
                         const char *after);

#endif
