/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Simulated time: one integer type, 10 ps a tick, relative to the start of a replay of at most 366
 * days. Integer time makes closed-form jumps equal to stepping, and ties exact. */
#ifndef HEADROOM_SIM_TICKS_H
#define HEADROOM_SIM_TICKS_H

#include <stdint.h>

typedef int64_t sim_ticks;
__extension__ typedef __int128 ticks_sum; /* of many */

#define TICKS_PER_NS 100LL
#define TICKS_PER_US 100000LL
#define TICKS_PER_SECOND 100000000000LL
#define TICKS_PER_HOUR (3600 * TICKS_PER_SECOND)
#define TICKS_MAX (366LL * 24 * TICKS_PER_HOUR)
#define NEVER INT64_MAX

static inline double ticks_seconds(sim_ticks ticks) {
    return (double)ticks / (double)TICKS_PER_SECOND;
}

/** Nearest tick; the caller keeps |seconds| within a replay. */
static inline sim_ticks ticks_from_seconds(double seconds) {
    double ticks = seconds * (double)TICKS_PER_SECOND;
    return (sim_ticks)(ticks < 0 ? ticks - 0.5 : ticks + 0.5);
}

#endif
