/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What every fit of a performance profile takes and gives, whatever it was measured from.
 *
 *  A fit is judged on rows that it has not seen: the rows of a table are dealt to two halves, each
 * half is predicted by coefficients fitted to the other, and the coefficients that go into the
 * profile come from all rows. */
#ifndef HEADROOM_SIM_PERF_FIT_H
#define HEADROOM_SIM_PERF_FIT_H

#include "base/arena.h"
#include "sim/profile.h"

/** What was measured, as the user states it; goes into the profile unchanged. */
struct fit_setup {
    const struct model *model;
    const struct accelerator *accelerator;
    enum precision precision, kv_precision;
    int tensor_parallel;
    const char *engine, *version, *date, *source;
    int64_t kv_blocks; /* 0: not measured */
    double t0_us;      /* added to every step; kernel tables do not hold it */
};

/** A profile with all of that and nothing fitted yet. */
struct profile fit_profile(const struct fit_setup *setup, const char *method);

/** How far off predictions are: measured / predicted - 1 over rows. */
struct fit_error {
    int rows;
    double mean, median, max; /* of |predicted / measured - 1| */
    double low, high;         /* four of five rows lie between: their 10th and 90th percentile */
};

/** @param predicted, measured  [n], > 0; n = 0 gives zeros */
struct fit_error fit_error_of(struct arena *scratch, const double *predicted,
                              const double *measured, int n);

/** One regime of the model, with the rows behind it. */
struct fit_part {
    const char *name; /* "decode attention" */
    struct fit_error held_back;
};

enum { FIT_PARTS_MAX = 12, FIT_NOTES_MAX = 24 };

struct fit {
    struct profile profile;
    int n_parts, n_notes;
    struct fit_part parts[FIT_PARTS_MAX];
    const char
        *notes[FIT_NOTES_MAX]; /* what the reader of the profile must know, a sentence each */
};

void fit_add_part(struct fit *fit, const char *name, struct fit_error held_back);
void fit_add_note(struct fit *fit, struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
