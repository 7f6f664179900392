/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/survival.h"

#include <math.h>
#include <string.h>

enum { SECONDS_PER_HOUR = 3600 };

int replay_busiest_hour(const struct replay_result *result) {
    int busiest = 0;
    for (int hour = 1; hour < result->n_hours; hour++)
        if (result->hours[hour].arrived > result->hours[busiest].arrived)
            busiest = hour;
    return busiest;
}

/* Whether the workload's own requests are routed to it, so that its loss is the fleet's. */
static bool is_of_the_fleet(const struct replay_input *input, const struct pool *pool) {
    return pool->group == 0 ||
           (pool->group != input->front.overflow_group && !input->groups[pool->group - 1].aside);
}

int replay_heaviest_zone(const struct replay_input *input, int hour) {
    int heaviest = 0;
    double most = -1;
    for (int zone = 0; zone < input->n_zones; zone++) {
        double capacity = 0;
        for (int i = 0; i < input->n_pools; i++) {
            const struct pool *pool = &input->pools[i];
            if (pool->instances && pool->zone == zone && is_of_the_fleet(input, pool))
                capacity += pool->instances[hour] * pool->replicas_per_instance * pool->weight;
        }
        if (capacity > most) {
            most = capacity;
            heaviest = zone;
        }
    }
    return heaviest;
}

int replay_largest_instance(const struct replay_input *input, int hour) {
    int largest = -1;
    double most = 0;
    for (int i = 0; i < input->n_pools; i++) {
        const struct pool *pool = &input->pools[i];
        double capacity = pool->replicas_per_instance * pool->weight;
        if (pool->instances && pool->instances[hour] > 0 && capacity > most &&
            is_of_the_fleet(input, pool)) {
            most = capacity;
            largest = i;
        }
    }
    return largest;
}

bool replay_runs_spot(const struct replay_input *input, int hour) {
    for (int i = 0; i < input->n_pools; i++) {
        const struct pool *pool = &input->pools[i];
        if (pool->spot && pool->instances && pool->instances[hour] > 0 &&
            is_of_the_fleet(input, pool))
            return true;
    }
    return false;
}

static struct survival_part part_of(const struct replay_result *result, int from, int to) {
    struct survival_part part = {.share = 1};
    for (int hour = from; hour < to; hour++) {
        part.arrived += result->hours[hour].arrived;
        part.good += result->hours[hour].good;
    }
    if (part.arrived > 0)
        part.share = (double)part.good / (double)part.arrived;
    return part;
}

/* The stated faults and the loss. */
static const struct fault *faults_with(struct arena *arena, const struct replay_input *input,
                                       struct fault loss) {
    struct fault *faults = arena_new(arena, struct fault, input->n_faults + 1);
    if (input->n_faults > 0)
        memcpy(faults, input->faults, (size_t)input->n_faults * sizeof *faults);
    faults[input->n_faults] = loss;
    return faults;
}

/* First hour that is not touched by a loss at the beginning of `hour`. */
static int hour_after(int hour, double duration_s, int n_hours) {
    return (int)fmin(hour + fmax(1, ceil(duration_s / SECONDS_PER_HOUR)), n_hours);
}

bool replay_survives(struct arena *scratch, const struct replay_input *input,
                     const struct replay_result *usual, struct fault loss, int hour,
                     struct survival *out, struct err *err) {
    if (loss.kind == FAULT_SLOW)
        return err_set(err, ERR_INPUT, "survival: a zone, an instance or all spot is lost");
    if (hour < -1 || hour >= usual->n_hours)
        return err_set(err, ERR_INPUT, "survival: there is no hour %d", hour);
    if (loss.kind != FAULT_INSTANCE && !(loss.duration_s > 0))
        return err_set(err, ERR_INPUT, "survival: a zone is lost for more than 0 s");
    struct arena_mark mark = arena_mark(scratch);
    int n_hours = usual->n_hours;
    hour = hour >= 0 ? hour : replay_busiest_hour(usual);
    struct replay_input with_loss = *input;
    loss.at_s = (double)hour * SECONDS_PER_HOUR;
    with_loss.faults = faults_with(scratch, input, loss);
    with_loss.n_faults = input->n_faults + 1;
    with_loss.record_ledger = false;
    struct replay_result lost;
    bool ran = replay_run(scratch, &with_loss, &lost, err);
    if (ran) {
        int back = hour_after(hour, loss.duration_s, n_hours);
        *out = (struct survival){
            .hour = hour,
            .before = part_of(&lost, 0, hour),
            .during = part_of(&lost, hour, back),
            .after = part_of(&lost, back, n_hours),
            .usual = part_of(usual, hour, back),
            .restarted = lost.restarted - usual->restarted,
        };
        out->holds = out->during.share >= input->slo.share && out->after.share >= input->slo.share;
    }
    arena_rewind(scratch, mark);
    return ran;
}
