/* SPDX-License-Identifier: GPL-3.0-or-later */
/** `queue`: c servers, one queue, first come first served. The service time is drawn by request, so
 * a request needs the same time on every candidate. It has no tokens: its first token is its
 * finish. */
#ifndef HEADROOM_SIM_QUEUE_STATION_H
#define HEADROOM_SIM_QUEUE_STATION_H

#include "sim/service.h"
#include "sim/ticks.h"

/** Service time of request `id`. */
sim_ticks queue_station_service(const struct queue_service *service, uint64_t seed,
                                uint64_t replication, int64_t id);

#endif
