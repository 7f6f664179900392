/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Places in a trace that is repeated over the planning week. */
#ifndef HEADROOM_SIM_TRAFFIC_ROWS_H
#define HEADROOM_SIM_TRAFFIC_ROWS_H

#include "sim/traffic.h"

/** The first row at or after an instant of the planning week: its index (n_requests: the first of
 * the next repetition). Repetition 0 starts at start_of_week_ns; those before it are negative. */
size_t traffic_rows_find(const struct traffic *traffic, int64_t in_week_ns, int64_t *repetition);

#endif
