/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One llm replica, driven without a fleet: requests with chosen priorities, prompts and adapters
 * come at chosen instants. */
#ifndef HEADROOM_TESTS_SIM_LLM_TRIAL_H
#define HEADROOM_TESTS_SIM_LLM_TRIAL_H

#include "sim/replica.h"
#include "tests/sim/replay_help.h"

enum { N_REQUESTS = 120 };

struct outcomes {
    struct outcome of[N_REQUESTS];
};

static inline void note_finished(void *context, uint32_t owner, const struct work *work,
                                 sim_ticks finish) {
    (void)owner;
    struct outcome *outcome = &((struct outcomes *)context)->of[work->id];
    cr_assert(eq(i64, outcome->finish, -1));
    *outcome = (struct outcome){work->first_token, finish, false};
}

/* A replica, its requests in the order in which they come to it (`since`), and an instant at which
 * it is lost and begins anew with all it had. */
struct trial {
    struct service service;
    struct prompt_blocks prompts;
    int n;
    struct work works[N_REQUESTS];
    int adapter_of[N_REQUESTS];
    sim_ticks lost; /* NEVER: it is not */
};

static inline int compare_works(const void *a, const void *b) {
    int64_t x = ((const struct work *)a)->id, y = ((const struct work *)b)->id;
    return (x > y) - (x < y);
}

/* They begin anew, the earliest first. */
static inline void begin_anew(struct work *works, int n) {
    qsort(works, (size_t)n, sizeof *works, compare_works);
    for (int i = 0; i < n; i++) {
        works[i].generated = 0;
        works[i].recompute = false;
        works[i].first_token = NO_TICKS;
    }
}

static inline struct wake lose_replica(void *replica, sim_ticks now) {
    struct work works[N_REQUESTS];
    struct wake wake = {NEVER, EVENT_BOUNDARY};
    int n = 0;
    while (llm_replica_model.evict(replica, &works[n]))
        n++;
    begin_anew(works, n);
    for (int i = 0; i < n; i++)
        wake = llm_replica_model.arrive(replica, &works[i], now);
    return wake;
}

static inline struct replica_counts run_replica(struct arena *arena, const struct trial *trial,
                                                bool step_by_step, struct outcomes *outcomes) {
    struct replica_counts counts = {0};
    struct replica_setup setup = {.arena = arena,
                                  .service = &trial->service,
                                  .prompts = trial->prompts.first ? &trial->prompts : NULL,
                                  .seed = 1,
                                  .step_by_step = step_by_step,
                                  .counts = &counts,
                                  .context = outcomes,
                                  .finished = note_finished};
    void *replica = llm_replica_model.open(&setup);
    struct wake wake = {NEVER, EVENT_BOUNDARY};
    bool lost = false;
    for (int at = 0;;) {
        sim_ticks arrival = at < trial->n ? trial->works[at].since : NEVER;
        bool first = wake.event_class < EVENT_ARRIVAL ? wake.time <= arrival : wake.time < arrival;
        if (!lost && trial->lost <= (first ? wake.time : arrival) && trial->lost < NEVER) {
            lost = true;
            wake = lose_replica(replica, trial->lost);
        } else if (wake.time == NEVER && arrival == NEVER) {
            return counts;
        } else if (first) {
            wake = llm_replica_model.advance(replica, wake.time, arrival != wake.time);
        } else if (llm_replica_model.can_serve(&trial->service, &trial->works[at])) {
            wake = llm_replica_model.arrive(replica, &trial->works[at++], arrival);
        } else {
            outcomes->of[at++].rejected = true;
        }
    }
}

static inline struct outcomes nothing_yet(void) {
    struct outcomes outcomes;
    for (int i = 0; i < N_REQUESTS; i++)
        outcomes.of[i] = (struct outcome){-1, -1, false};
    return outcomes;
}

#endif
