/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A closed loop on one llm replica, the shape of most serving benchmarks: `clients` begin at once,
 * and each sends its next request at the instant at which the one before is done. All requests have
 * the same lengths, no two share a prefix. The first `discarded` requests of each client are not
 * counted, the next `measured` are; a client goes on until everyone is done, so that the load stays
 * what it was. */
#ifndef HEADROOM_TESTS_SIM_CLOSED_LOOP_H
#define HEADROOM_TESTS_SIM_CLOSED_LOOP_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "sim/replica.h"

enum { CLOSED_LOOP_CLIENTS_MAX = 1024 };

struct closed_loop {
    int32_t clients, input_tokens, output_tokens;
    int32_t discarded, measured; /* requests of one client */
    /* the answer: means over the counted requests */
    int64_t n;
    double ttft_s, tpot_s;
    /* inside */
    int32_t done[CLOSED_LOOP_CLIENTS_MAX];
    int32_t ready[CLOSED_LOOP_CLIENTS_MAX], n_ready; /* clients whose request is done */
};

static inline void closed_loop_finished(void *context, uint32_t owner, const struct work *work,
                                        sim_ticks finish) {
    struct closed_loop *loop = context;
    int32_t client = (int32_t)work->id, nth = loop->done[client]++;
    (void)owner;
    loop->ready[loop->n_ready++] = client;
    if (nth < loop->discarded || nth >= loop->discarded + loop->measured)
        return;
    double gaps = work->output_tokens > 1 ? work->output_tokens - 1 : 1;
    loop->n++;
    loop->ttft_s += ticks_seconds(work->first_token - work->arrival);
    loop->tpot_s += ticks_seconds(finish - work->first_token) / gaps;
}

static inline struct wake closed_loop_send(struct closed_loop *loop, void *replica, sim_ticks now) {
    struct wake wake = {NEVER, EVENT_BEGIN};
    for (int32_t i = 0; i < loop->n_ready; i++) {
        struct work work = {.id = loop->ready[i],
                            .arrival = now,
                            .since = now,
                            .first_token = NO_TICKS,
                            .input_tokens = loop->input_tokens,
                            .output_tokens = loop->output_tokens};
        wake = llm_replica_model.arrive(replica, &work, now);
    }
    loop->n_ready = 0;
    return wake;
}

/** Runs the loop and fills its answer. */
static inline void closed_loop_run(struct closed_loop *loop, const struct service *service) {
    struct arena arena = {0};
    struct replica_counts counts = {0};
    struct replica_setup setup = {.arena = &arena,
                                  .service = service,
                                  .counts = &counts,
                                  .context = loop,
                                  .finished = closed_loop_finished};
    int64_t wanted = (int64_t)loop->clients * loop->measured;
    struct err err = {0};
    cr_assert(llm_replica_model.check(service, &err), "%s", err.what);
    void *replica = llm_replica_model.open(&setup);
    cr_assert(le(i32, loop->clients, CLOSED_LOOP_CLIENTS_MAX));
    for (loop->n_ready = 0; loop->n_ready < loop->clients; loop->n_ready++)
        loop->ready[loop->n_ready] = loop->n_ready;
    struct wake wake = closed_loop_send(loop, replica, 0);
    while (loop->n < wanted) {
        sim_ticks now = wake.time;
        cr_assert(now != NEVER);
        llm_replica_model.advance(replica, now, false);
        closed_loop_send(loop, replica, now);
        wake = llm_replica_model.advance(replica, now, true);
    }
    loop->ttft_s /= (double)loop->n;
    loop->tpot_s /= (double)loop->n;
    arena_release(&arena);
}

#endif
