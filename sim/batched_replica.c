/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `batched`: one batch at a time. An idle replica launches when batch_max requests wait, or when
 * the oldest has waited wait_max_s (measured from its arrival at this replica); a batch takes from
 * the head of the queue. All of a batch finish together. Output tokens play no part: the first
 * token is the finish. A launch that is due at an instant happens after that instant's arrivals. */
#include "base/err.h"
#include "sim/replica.h"

enum { BATCH_MAX = 1 << 16, CLIENT_GONE = -1 /* for an id: its place in the batch is computed */ };

struct batched_replica {
    struct replica_setup setup;
    sim_ticks wait_max;
    struct work *running; /* [batch_max] */
    uint32_t n_running;
    struct work_ring waiting;
    struct wake wake;
};

static bool batched_check(const struct service *service, struct err *err) {
    const struct batched_service *batched = &service->batched;
    if (batched->batch_max < 1 || batched->batch_max > BATCH_MAX)
        return err_set(err, ERR_INPUT, "batched: batch_max must be 1 to %d, not %d", BATCH_MAX,
                       batched->batch_max);
    if (!service_seconds_valid(batched->wait_max_s) || !service_seconds_valid(batched->base_s) ||
        !service_seconds_valid(batched->memory_s) || !service_seconds_valid(batched->item_s) ||
        !service_seconds_valid(batched->token_s))
        return err_set(err, ERR_INPUT, "batched: times must be 0 s or more and finite");
    return true;
}

static bool batched_can_serve(const struct service *service, const struct work *work) {
    (void)service, (void)work;
    return true;
}

static void *batched_open(const struct replica_setup *setup) {
    struct batched_replica *replica = arena_new(setup->arena, struct batched_replica, 1);
    replica->setup = *setup;
    replica->wait_max = service_ticks(setup->service->batched.wait_max_s);
    replica->running = arena_new(setup->arena, struct work, setup->service->batched.batch_max);
    replica->wake = (struct wake){NEVER, EVENT_BOUNDARY};
    return replica;
}

static sim_ticks batch_latency(const struct batched_service *service, const struct work *batch,
                               uint32_t n) {
    int64_t sum = 0, longest = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += batch[i].input_tokens;
        if (batch[i].input_tokens > longest)
            longest = batch[i].input_tokens;
    }
    double tokens = (double)(service->padded ? longest * (int64_t)n : sum);
    double compute_s = n * service->item_s + tokens * service->token_s;
    double rest_s = compute_s > service->memory_s ? compute_s : service->memory_s;
    return service_ticks(service->base_s + rest_s);
}

static void launch(struct batched_replica *replica, sim_ticks now) {
    const struct batched_service *service = &replica->setup.service->batched;
    while (replica->waiting.n > 0 && replica->n_running < (uint32_t)service->batch_max)
        replica->running[replica->n_running++] = work_ring_pop_front(&replica->waiting);
    const struct replica_setup *setup = &replica->setup;
    for (uint32_t i = 0; setup->started && i < replica->n_running; i++)
        setup->started(setup->context, setup->owner, &replica->running[i], now);
    sim_ticks latency = batch_latency(service, replica->running, replica->n_running);
    replica->wake = (struct wake){now + latency, EVENT_BOUNDARY};
}

/* The replica is idle: launch now, or say when. */
static struct wake launch_or_wait(struct batched_replica *replica, sim_ticks now) {
    if (replica->waiting.n >= (uint32_t)replica->setup.service->batched.batch_max) {
        launch(replica, now);
    } else if (replica->waiting.n > 0) {
        sim_ticks due = work_ring_front(&replica->waiting)->since + replica->wait_max;
        replica->wake = (struct wake){due > now ? due : now, EVENT_BEGIN};
    } else {
        replica->wake = (struct wake){NEVER, EVENT_BOUNDARY};
    }
    return replica->wake;
}

static struct wake batched_arrive(void *state, const struct work *work, sim_ticks now) {
    struct batched_replica *replica = state;
    work_ring_push_back(replica->setup.arena, &replica->waiting, work);
    return replica->n_running > 0 ? replica->wake : launch_or_wait(replica, now);
}

static struct wake batched_advance(void *state, sim_ticks now, bool last) {
    (void)last;
    struct batched_replica *replica = state;
    if (replica->n_running == 0) {
        launch(replica, now);
        return replica->wake;
    }
    const struct replica_setup *setup = &replica->setup;
    for (uint32_t i = 0; i < replica->n_running; i++) {
        if (replica->running[i].id == CLIENT_GONE)
            continue;
        replica->running[i].first_token = now;
        replica->running[i].generated = replica->running[i].output_tokens;
        setup->finished(setup->context, setup->owner, &replica->running[i], now);
    }
    replica->n_running = 0;
    return launch_or_wait(replica, now);
}

static bool batched_evict(void *state, struct work *out) {
    struct batched_replica *replica = state;
    replica->wake = (struct wake){NEVER, EVENT_BOUNDARY};
    while (replica->n_running > 0) {
        /* Oldest first: close the gap rather than take from the end. */
        *out = replica->running[0];
        replica->n_running--;
        for (uint32_t i = 0; i < replica->n_running; i++)
            replica->running[i] = replica->running[i + 1];
        if (out->id != CLIENT_GONE)
            return true;
    }
    if (replica->waiting.n == 0)
        return false;
    *out = work_ring_pop_front(&replica->waiting);
    return true;
}

static void batched_load(const void *replica, sim_ticks now, struct replica_load *out) {
    const struct batched_replica *batched = replica;
    (void)now;
    *out = (struct replica_load){.waiting = batched->waiting.n, .running = batched->n_running};
}

static bool batched_cancel(void *state, int64_t id, bool waiting_only, sim_ticks now,
                           struct work *out, struct wake *wake) {
    struct batched_replica *replica = state;
    bool found = work_ring_remove(&replica->waiting, id, out);
    if (found && replica->n_running == 0)
        launch_or_wait(replica, now);
    for (uint32_t i = 0; !found && !waiting_only && i < replica->n_running; i++)
        if (replica->running[i].id == id) {
            *out = replica->running[i];
            replica->running[i].id = CLIENT_GONE;
            found = true;
        }
    *wake = replica->wake;
    return found;
}

const struct replica_model batched_replica_model = {
    .check = batched_check,
    .can_serve = batched_can_serve,
    .open = batched_open,
    .arrive = batched_arrive,
    .advance = batched_advance,
    .evict = batched_evict,
    .load = batched_load,
    .cancel = batched_cancel,
};
