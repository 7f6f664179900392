/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/replay.h"

#include "sim/replay_engine.h"

static bool next_of_traffic(void *context, struct request *out) {
    return traffic_next(context, out);
}

bool replay_run(struct arena *arena, const struct replay_input *input, struct replay_result *out,
                struct err *err) {
    int n_hours;
    if (!replay_check(input, &n_hours, err))
        return false;
    struct arrivals arrivals = {
        .next = next_of_traffic,
        .context = traffic_open(arena, input->traffic, input->window),
    };
    return replay_engine_run(arena, input, arrivals, (struct replay_probe){0}, out, err);
}
