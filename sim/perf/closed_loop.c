/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/perf/closed_loop.h"

#include "sim/replica.h"

struct running {
    const struct closed_loop *loop;
    struct closed_loop_means means;
    void *replica;
    int32_t *done;  /* [clients] requests of each */
    int32_t *ready; /* [n_ready] clients whose request is done */
    int32_t n_ready;
};

static void finished(void *context, uint32_t owner, const struct work *work, sim_ticks finish) {
    struct running *r = context;
    const struct closed_loop *loop = r->loop;
    int32_t client = (int32_t)work->id, nth = r->done[client]++;
    (void)owner;
    r->ready[r->n_ready++] = client;
    if (nth < loop->discarded || nth >= loop->discarded + loop->measured)
        return;
    double gaps = work->output_tokens > 1 ? work->output_tokens - 1 : 1;
    r->means.n++;
    r->means.ttft_s += ticks_seconds(work->first_token - work->arrival);
    r->means.tpot_s += ticks_seconds(finish - work->first_token) / gaps;
}

static struct work next_request(const struct closed_loop *loop, int32_t client, sim_ticks now) {
    return (struct work){.id = client,
                         .arrival = now,
                         .since = now,
                         .first_token = NO_TICKS,
                         .input_tokens = loop->input_tokens,
                         .output_tokens = loop->output_tokens,
                         .row = -1};
}

static struct wake send(struct running *r, sim_ticks now) {
    struct wake wake = {NEVER, EVENT_BEGIN};
    for (int32_t i = 0; i < r->n_ready; i++) {
        struct work work = next_request(r->loop, r->ready[i], now);
        wake = llm_replica_model.arrive(r->replica, &work, now);
    }
    r->n_ready = 0;
    return wake;
}

bool closed_loop_run(struct arena *scratch, const struct closed_loop *loop,
                     const struct service *service, struct closed_loop_means *out,
                     struct err *err) {
    struct work work = next_request(loop, 0, 0);
    if (!llm_replica_model.check(service, err))
        return false;
    if (!llm_replica_model.can_serve(service, &work))
        return err_set(err, ERR_INPUT, "requests of %d + %d tokens can never be served",
                       loop->input_tokens, loop->output_tokens);
    struct arena_mark mark = arena_mark(scratch);
    struct replica_counts counts = {0};
    struct running r = {.loop = loop,
                        .done = arena_new(scratch, int32_t, loop->clients),
                        .ready = arena_new(scratch, int32_t, loop->clients)};
    struct replica_setup setup = {.arena = scratch,
                                  .service = service,
                                  .counts = &counts,
                                  .context = &r,
                                  .finished = finished};
    r.replica = llm_replica_model.open(&setup);
    for (r.n_ready = 0; r.n_ready < loop->clients; r.n_ready++)
        r.ready[r.n_ready] = r.n_ready;
    struct wake wake = send(&r, 0);
    while (r.means.n < (int64_t)loop->clients * loop->measured) {
        sim_ticks now = wake.time;
        ENSURE(now != NEVER);
        llm_replica_model.advance(r.replica, now, false);
        send(&r, now);
        wake = llm_replica_model.advance(r.replica, now, true);
    }
    r.means.ttft_s /= (double)r.means.n;
    r.means.tpot_s /= (double)r.means.n;
    *out = r.means;
    arena_rewind(scratch, mark);
    return true;
}
