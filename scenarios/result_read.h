/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A result.json read back, as far as later commands need it, and what differs between two. */
#ifndef HEADROOM_SCENARIOS_RESULT_READ_H
#define HEADROOM_SCENARIOS_RESULT_READ_H

#include <jansson.h>

#include "base/err.h"
#include "base/text.h"
#include "scenarios/cost_change.h"

enum { RESULT_BYTES_MAX = 256 << 20 };

/** A value of the scenario, an include or an override. */
struct result_input {
    const char *path;  /* "workloads.0.slo.ttft" */
    const char *label; /* "workloads.chat.slo.ttft": items that have a name are told by it */
    const char *value, *file;
    int line;
};

/** A file that went in. */
struct result_source {
    const char *role, *name, *sha256;
};

/** A rate that the price book gave. */
struct result_rate {
    const char *machine; /* "g6e.xlarge in us-east-1" */
    const char *what;    /* "on demand hour", "1-year reserved instance, all upfront" */
    double usd;
};

struct result_file {
    const char *file;
    struct bytes text; /* as it was given, for places in messages */
    json_t *root;      /* owns all strings below that are not in the arena */
    const char *scenario, *headline;
    bool has_cost; /* it was replayed and billed */
    struct cost_side cost;
    int n_inputs, n_sources, n_rates;
    const struct result_input *inputs;
    const struct result_source *sources;
    const struct result_rate *rates;
};

/** @return false: *err at the file, ERR_INPUT: no JSON, not of this schema, or a part is not what
 * it must be. true: close it when done. */
bool result_read(struct arena *arena, struct bytes text, const char *file, struct result_file *out,
                 struct err *err);
void result_close(struct result_file *result);

/** A value by its path of keys and indices, "recommended.replays.0.arrived"; NULL: not there. */
json_t *result_value(const struct result_file *result, const char *path);
/** The same as a number; NAN: not there, null, or no number. */
double result_number(const struct result_file *result, const char *path);

enum result_part { RESULT_INPUT, RESULT_SOURCE, RESULT_RATE };

struct result_difference {
    enum result_part part;
    const char *what;           /* the label, "traffic week.csv", "g6e.xlarge in us-east-1: spot" */
    const char *before, *after; /* NULL: not there */
    const char *file;           /* of the newer side, else of the older; NULL: none */
    int line;
};

/** Inputs in the order of the newer side, then those that are gone; files but the scenario's own;
 * rates that both have and that changed. *n of them. */
const struct result_difference *result_differences(struct arena *arena,
                                                   const struct result_file *from,
                                                   const struct result_file *to, int *n);

#endif
