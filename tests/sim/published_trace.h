/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A published log as the trace that users would read from it. */
#ifndef HEADROOM_TESTS_SIM_PUBLISHED_TRACE_H
#define HEADROOM_TESTS_SIM_PUBLISHED_TRACE_H

#include "published_data.h"
#include "sim/trace.h"

static inline struct trace data_read_trace(struct arena *arena, const char *path) {
    struct err err = {0};
    struct trace trace;
    struct source *source = source_open_memory(arena, data_read(arena, path), path, &err);
    cr_assert(source && trace_read(arena, source, &trace, &err), "%s", err.what);
    source_close(source);
    return trace;
}

#endif
