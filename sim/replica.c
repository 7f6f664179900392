/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/replica.h"

const struct replica_model *replica_model_of(enum service_kind kind) {
    static const struct replica_model *const models[] = {
        [SERVICE_QUEUE] = &queue_station_model,
        [SERVICE_LLM] = &llm_replica_model,
        [SERVICE_BATCHED] = &batched_replica_model,
        [SERVICE_FUNCTION] = NULL,
        [SERVICE_TOKEN_API] = NULL,
        [SERVICE_SPLIT] = &split_replica_model,
    };
    return models[kind];
}

bool service_seconds_valid(double seconds) {
    return seconds >= 0 && seconds <= (double)(TICKS_MAX / TICKS_PER_SECOND);
}

sim_ticks service_ticks(double seconds) {
    double longest_s = (double)(TICKS_MAX / TICKS_PER_SECOND);
    return ticks_from_seconds(seconds < longest_s ? seconds : longest_s);
}
