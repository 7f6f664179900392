/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A closed loop on one llm replica, the shape of most serving benchmarks: `clients` begin at once,
 * and each sends its next request at the instant at which the one before is done. All requests have
 * the same lengths, no two share a prefix. The first `discarded` requests of each client are not
 * counted, the next `measured` are; a client goes on until everyone is done, so that the load stays
 * what it was. */
#ifndef HEADROOM_SIM_PERF_CLOSED_LOOP_H
#define HEADROOM_SIM_PERF_CLOSED_LOOP_H

#include "base/arena.h"
#include "base/err.h"
#include "sim/service.h"

enum { CLOSED_LOOP_CLIENTS_MAX = 1024 };

struct closed_loop {
    int32_t clients, input_tokens, output_tokens; /* clients 1 .. CLOSED_LOOP_CLIENTS_MAX */
    int32_t discarded, measured;                  /* requests of one client; measured >= 1 */
};

struct closed_loop_means {
    int64_t n;             /* requests counted */
    double ttft_s, tpot_s; /* their means; tpot_s is 0 for answers of one token */
};

/** @return false, *err set: the service makes no sense, or such a request can never be served. */
bool closed_loop_run(struct arena *scratch, const struct closed_loop *loop,
                     const struct service *service, struct closed_loop_means *out, struct err *err);

#endif
