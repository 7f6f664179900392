/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What `trace stats` says of a provider's bill, and `trace convert` makes of it: the instances
 * that ran in each hour of the week. */
#ifndef HEADROOM_CLI_TRACE_BILL_H
#define HEADROOM_CLI_TRACE_BILL_H

#include <stdbool.h>

#include "base/source.h"

/** Whether the file begins like a bill (FOCUS, CUR 2.0) or like Parquet. */
bool trace_bill_is(struct source *source);
/** Reads, prints and closes the source; the exit code. */
int trace_bill_stats(struct arena *arena, struct source *source, bool as_json);
/** The instances of each hour of the week, on demand and covered by commitments, as
 * estate.other_usage reads them, in *out; closes the source. False: told on stderr, *code set. */
bool trace_bill_convert(struct arena *arena, struct source *source, struct text *out, int *code);

#endif
