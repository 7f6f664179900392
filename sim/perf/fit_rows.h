/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From rows of serving benchmarks to a profile.
 *
 *  A benchmark tells a few means, not the time of each kernel. So what is fitted is how far the
 * device stays behind its datasheet, in five or six numbers, each a factor or a time:
 *
 *      step       microseconds of every step
 *      weights    reading weights, times what the datasheet's bandwidth would take
 *      cache      reading the KV cache, likewise
 *      compute    arithmetic, times what the datasheet's rate would take
 *      attention  the same of prompts' attention (Neuron chips; elsewhere it is `compute`)
 *      prompt     microseconds of every layer of a step that has a prompt
 *
 *  A row's means are those of a closed loop (sim/perf/closed_loop.h: all clients begin at once, the
 * first two requests of each are not counted, the next four are) played through the engine itself.
 * Step times are sums of the numbers times what the step works on, so the means are as well, as
 * long as the same side of each max() holds: the numbers are found by non-negative least squares on
 * relative errors over the derivatives, again until they stand still. Times to the first token
 * count only in rows of one client: with more they tell how the benchmark was started. */
#ifndef HEADROOM_SIM_PERF_FIT_ROWS_H
#define HEADROOM_SIM_PERF_FIT_ROWS_H

#include "base/err.h"
#include "sim/perf/benchmark_rows.h"
#include "sim/perf/fit.h"

/** Cores of one replica, and what else rows of this setup are checked against. */
struct benchmark_limits fit_rows_limits(const struct fit_setup *setup);

/** @param rows  as benchmark_rows_read fills them
 *  @return false, *err set: rows too few, or they cannot tell the numbers apart */
bool fit_rows(struct arena *arena, const struct fit_setup *setup, const struct benchmark_rows *rows,
              struct fit *out, struct err *err);

#endif
