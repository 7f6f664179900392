/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From kernel tables to a profile, one fit for each regime of docs/model.md section 2.1, each the
 * least sum of squared relative errors unless said otherwise:
 *
 *  - linear layers: the larger of two lines in tokens (sim/perf/fit_max.h);
 *  - attention of decode-only, prefill-only and mixed steps: sums of their features, errors
 * relative to the whole step, over the rows that the cache can hold;
 *  - head: a line in sequences; all-reduce: latency and bytes over a rate; both of least absolute
 *    relative errors; experts: the larger of a line in experts hit and one in tokens.
 *
 *  Every second row is held back. The error of the profile is that of whole steps: rows of the
 * attention table, with the measured time of the other layers at their size, against the model. */
#ifndef HEADROOM_SIM_PERF_FIT_KERNELS_H
#define HEADROOM_SIM_PERF_FIT_KERNELS_H

#include "sim/perf/fit.h"
#include "sim/perf/kernel_tables.h"

/** @param measured  as kernel_tables_read fills them; all_reduce for more than one device, moe for
 * a model with experts */
void fit_kernels(struct arena *arena, const struct fit_setup *setup,
                 const struct kernel_tables *measured, struct fit *out);

/** One curve as the larger of two lines, and its error on held-back points: what fit_kernels does
 * with the linear layers.
 *  @param lines  a0, a1, b0, b1 */
struct fit_error fit_two_lines(struct arena *scratch, const struct kernel_curve *curve,
                               double lines[4]);
/** One curve as a line, intercept and slope, of least absolute relative errors: what it does with
 * the head and the all-reduce. */
struct fit_error fit_one_line(struct arena *scratch, const struct kernel_curve *curve,
                              double line[2]);

#endif
