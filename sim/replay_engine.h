/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The replay behind replay_run, fed by any source of arrivals and watched request by request: what
 * tests and theory use. */
#ifndef HEADROOM_SIM_REPLAY_ENGINE_H
#define HEADROOM_SIM_REPLAY_ENGINE_H

#include "sim/later_queue.h"
#include "sim/replay.h"
#include "sim/work.h"

enum request_end { REQUEST_FINISHED, REQUEST_REJECTED, REQUEST_TIMED_OUT, REQUEST_CANCELLED };

/** Requests in order of arrival, inside the window. */
struct arrivals {
    bool (*next)(void *context, struct request *out);
    void *context;
    /** What became of a request at `when`; NULL: nobody asks. It may push the requests that follow
     * (later_queue_push), at `when` or after it. Requests that end at one instant may end in any
     * order: what is pushed must not depend on it. Calls of functions and token APIs end when they
     * are made, as far as this function is concerned; `when` then lies ahead of later->now. */
    void (*ended)(void *context, struct later_queue *later, const struct work *work,
                  enum request_end end, sim_ticks when);
};

/** Called for every request that finishes; NULL functions are not called. */
struct replay_probe {
    void (*finished)(void *context, const struct work *work, sim_ticks finish);
    void (*rejected)(void *context, const struct work *work);
    void *context;
};

/** Of input->traffic, which may be NULL, only the prompts and the priorities are read. */
bool replay_engine_run(struct arena *arena, const struct replay_input *input,
                       struct arrivals arrivals, struct replay_probe probe,
                       struct replay_result *out, struct err *err);

/** Does the input make sense? *n_hours is the length of its window. */
bool replay_check(const struct replay_input *input, int *n_hours, struct err *err);

#endif
