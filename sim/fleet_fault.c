/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/fleet_fault.h"

#include "base/rng.h"
#include "sim/fleet_instance.h"

static void end_after(struct replay_fleet *fleet, int index, sim_ticks now) {
    sim_ticks end = now + service_ticks(fleet->input->faults[index].duration_s);
    fleet->faults[index].under_way = true;
    fleet_change_at(fleet, end, fleet_fault_slot(fleet, index));
}

/* A zone, or -1: all on spot. */
static void lose_all(struct replay_fleet *fleet, int zone, sim_ticks now) {
    for (uint32_t i = 0; i < fleet->n_instances; i++) {
        const struct instance *instance = &fleet->instances[i];
        const struct pool *pool = &fleet->input->pools[instance->pool];
        if (instance->state != INSTANCE_GONE && (zone < 0 ? pool->spot : pool->zone == zone))
            fleet_instance_lose(fleet, i, now, LOSS_FAILED);
    }
}

/* One of the pool's instances that serve, at their usual speed where that matters. */
static int64_t draw_instance(const struct replay_fleet *fleet, int index) {
    const struct fault *fault = &fleet->input->faults[index];
    bool slow = fault->kind == FAULT_SLOW;
    uint64_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        uint64_t bits = rng_keyed(fleet->input->seed, fleet->input->window.replication,
                                  RNG_FAULT_TARGET, (uint64_t)index);
        uint64_t wanted = n > 0 ? bits % n : 0;
        for (uint32_t i = 0; i < fleet->n_instances; i++) {
            const struct instance *instance = &fleet->instances[i];
            bool fits = instance->pool == fault->target && instance->state == INSTANCE_READY &&
                        !(slow && fleet->replicas[instance->first_replica].usual);
            if (fits && pass == 1 && wanted-- == 0)
                return i;
            n += fits && pass == 0;
        }
    }
    return NO_INSTANCE;
}

static void begin_slow(struct replay_fleet *fleet, int index, sim_ticks now) {
    const struct fault *fault = &fleet->input->faults[index];
    struct fleet_fault *state = &fleet->faults[index];
    int64_t instance = draw_instance(fleet, index);
    if (instance == NO_INSTANCE)
        return;
    state->instance = (uint32_t)instance;
    state->ordinal = fleet->instances[instance].ordinal;
    state->service = service_slowed(&fleet->input->pools[fault->target].service, fault->slowdown);
    fleet_instance_change_speed(fleet, state->instance, &state->service, now);
    end_after(fleet, index, now);
}

/* The instance may have gone, and its place been used again. */
static void end_slow(struct replay_fleet *fleet, int index, sim_ticks now) {
    const struct fleet_fault *state = &fleet->faults[index];
    const struct instance *instance = &fleet->instances[state->instance];
    if (instance->state != INSTANCE_GONE && instance->ordinal == state->ordinal)
        fleet_instance_change_speed(fleet, state->instance, NULL, now);
}

static void begin(struct replay_fleet *fleet, int index, sim_ticks now) {
    const struct fault *fault = &fleet->input->faults[index];
    switch (fault->kind) {
    case FAULT_ZONE:
        fleet->zones_lost[fault->target]++;
        lose_all(fleet, fault->target, now);
        end_after(fleet, index, now);
        break;
    case FAULT_SPOT:
        fleet->spot_lost++;
        lose_all(fleet, -1, now);
        end_after(fleet, index, now);
        break;
    case FAULT_INSTANCE: {
        int64_t instance = draw_instance(fleet, index);
        if (instance == NO_INSTANCE)
            break;
        fleet_instance_lose(fleet, (uint32_t)instance, now, LOSS_FAILED);
        if (fault->duration_s > 0) {
            fleet->pools[fault->target].withheld++;
            end_after(fleet, index, now);
        }
        break;
    }
    case FAULT_SLOW:
        begin_slow(fleet, index, now);
        break;
    }
}

void fleet_fault_change(struct replay_fleet *fleet, int index, sim_ticks now) {
    if (!fleet->faults[index].under_way) {
        begin(fleet, index, now);
        return;
    }
    const struct fault *fault = &fleet->input->faults[index];
    switch (fault->kind) {
    case FAULT_ZONE:
        fleet->zones_lost[fault->target]--;
        break;
    case FAULT_SPOT:
        fleet->spot_lost--;
        break;
    case FAULT_INSTANCE:
        fleet->pools[fault->target].withheld--;
        break;
    case FAULT_SLOW:
        end_slow(fleet, index, now);
        break;
    }
}

void fleet_fault_open(struct replay_fleet *fleet) {
    for (int i = 0; i < fleet->input->n_faults; i++)
        fleet_change_at(fleet, service_ticks(fleet->input->faults[i].at_s),
                        fleet_fault_slot(fleet, i));
}
