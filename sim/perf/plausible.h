/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Whether what is to be fitted can be: a setup that no engine can have is refused, coefficients
 * faster than the device's peak become warnings. Measurements stand all the same: a table from warm
 * caches, or of the wrong device, is what they are for. */
#ifndef HEADROOM_SIM_PERF_PLAUSIBLE_H
#define HEADROOM_SIM_PERF_PLAUSIBLE_H

#include "base/err.h"
#include "sim/perf/fit.h"
#include "sim/perf/kernel_tables.h"

/** False, *err set with the numbers: the device does not run the format, the weights are more than
 * its memory, or the stated cache blocks are more than fit beside them. */
bool plausible_setup(const struct fit_setup *setup, struct err *err);

/** Adds a note for each warning: a format that is only how weights are stored, parts of a layer
 * that the dense table lacks, and terms of the fit that are faster than the device's bandwidth or
 * arithmetic at their peak (GPUs).
 *  @param tables  NULL: fitted to benchmark results */
void plausible_warn(struct arena *arena, const struct fit_setup *setup,
                    const struct kernel_tables *tables, struct fit *fit);

#endif
