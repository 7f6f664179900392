/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Performance profiles: step times of one model on one device, fitted to measurements, with where
 * they come from, how far they reach and how far off they are.
 *
 *  A profile is a CSV file (sim/profiles/, or the user's own): `headroom_profile,1`, the header
 * `term,value,unit,note`, then one row a term, `kind` first. Every term of every regime must be
 * there: a profile with a missing regime is an error, never a fallback. `headroom perf fit` writes
 * them. */
#ifndef HEADROOM_SIM_PROFILE_H
#define HEADROOM_SIM_PROFILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/source.h"
#include "base/text.h"
#include "sim/catalog.h"
#include "sim/service.h"

enum profile_kind { PROFILE_LLM, PROFILE_BATCHED };

/** The largest of each that was measured; beyond it the profile extrapolates. */
struct profile_range {
    double tokens;         /* in one step (batched: in one batch) */
    double sequences;      /* decoding together (batched: items) */
    double chunk;          /* prompt tokens of one step */
    double cached;         /* prefix that a chunk came on top of */
    double decode_context; /* of one decoding sequence */
};

struct profile {
    const char *name; /* of its file, without folder and .csv */
    enum profile_kind kind;
    const char *model, *accelerator; /* catalogue names */
    enum precision precision, kv_precision;
    int tensor_parallel;          /* accelerators */
    const char *engine, *version; /* "vllm", "0.19.0" */
    const char *date;             /* of the measurement, YYYY-MM-DD */
    const char *method, *source;  /* "kernel tables", ...; where the measurements are from */
    struct iteration_time time;   /* PROFILE_LLM */
    double base_s, memory_s, item_s, token_s; /* PROFILE_BATCHED, as in struct batched_service */
    int64_t kv_blocks;                        /* measured for this setup; 0: not measured */
    struct profile_range range;
    int rows;                     /* measurements fitted */
    double error_median;          /* of held-back rows, |predicted / measured - 1| */
    double error_low, error_high; /* four of five held-back rows: measured / predicted - 1 */
};

/** Read to the end, not closed. All mistakes are listed, each with file:line:column.
 *  @param catalog  names and ranges are checked against it */
bool profile_read(struct arena *arena, const struct catalog *catalog, struct source *source,
                  struct profile *out, struct err_list *errs);

/** The file of a profile; reads back equal. */
void profile_append_csv(struct text *out, const struct profile *profile);

/** The profiles in the binary; false only when the build shipped a damaged one. */
bool profiles_shipped(struct arena *arena, const struct catalog *catalog,
                      const struct profile **out, int *n, struct err *err);

/** The first of `profiles` for exactly this setup; NULL when there is none. */
const struct profile *profile_find(const struct profile *profiles, int n, const char *model,
                                   const char *accelerator, enum precision precision,
                                   enum precision kv_precision, int tensor_parallel);

/** NULL when there is none of this name. */
const struct profile *profile_named(const struct profile *profiles, int n, const char *name);

/** Terms as they stand in the file, in its order. */
struct profile_term {
    const char *name, *value, *unit, *note;
    bool is_number;
};
typedef void (*profile_visitor)(void *context, const struct profile_term *term);
void profile_for_each_term(const struct profile *profile, profile_visitor visit, void *context);

#endif
