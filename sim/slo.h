/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The service-level objective: limits per request, and the share of requests that must be inside
 * all of them in every window with at least SLO_WINDOW_REQUESTS_MIN requests (a window with fewer
 * is merged with the next). */
#ifndef HEADROOM_SIM_SLO_H
#define HEADROOM_SIM_SLO_H

#include <stdbool.h>

#include "sim/ticks.h"

enum { SLO_WINDOW_REQUESTS_MIN = 100 };
enum slo_window { SLO_OVER_HOUR, SLO_OVER_DAY, SLO_OVER_WEEK };

struct slo {
    double ttft_s;    /* time to first token, 0 = no limit */
    double tpot_s;    /* mean time per output token after the first, 0 = no limit */
    double latency_s; /* end to end, 0 = no limit */
    double task_s;    /* of a flow: a whole task, 0 = no limit; tasks count by themselves */
    double share;     /* 0 < share <= 1 */
    enum slo_window over;
};

/** The limits in ticks; INT64_MAX: none. */
struct slo_limits {
    sim_ticks ttft, tpot, latency;
};

struct slo_limits slo_limits_of(const struct slo *slo);
/** Is a request of `output_tokens` inside all of them? `first_token` and `finish` count from its
 * arrival. */
bool slo_limits_hold(const struct slo_limits *limits, sim_ticks first_token, sim_ticks finish,
                     int32_t output_tokens);

#endif
