/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Places in a trace that is repeated over the planning week. */
#ifndef HEADROOM_SIM_TRAFFIC_ROWS_H
#define HEADROOM_SIM_TRAFFIC_ROWS_H

#include "sim/traffic.h"

/** The first row at or after an instant of the planning week: its index (n_requests: the first of
 * the next repetition). Repetition 0 starts at start_of_week_ns; those before it are negative. */
size_t traffic_rows_find(const struct traffic *traffic, int64_t in_week_ns, int64_t *repetition);

/** Number of the people's edition of a repetition in a planning week: 0 for repetition 0 of week 0,
 * never the same for a row that comes again. The week's first and last repetition, both cut, share
 * one where together they hold no row twice. */
uint64_t traffic_rows_edition(const struct traffic *traffic, int64_t week, int64_t repetition);

#endif
