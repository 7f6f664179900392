/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What is left of a fleet when one of its zones or instances, or all spot, is lost in the busiest
 * hour: the same replay again, with that fault. */
#ifndef HEADROOM_SIM_SURVIVAL_H
#define HEADROOM_SIM_SURVIVAL_H

#include "sim/replay.h"

/** Requests of whole hours by arrival. */
struct survival_part {
    int64_t arrived, good;
    double share; /* good / arrived; 1 when nothing arrived */
};

struct survival {
    int hour;                                   /* lost at its beginning */
    struct survival_part before, during, after; /* the hours of the loss, in part or whole, at least
                                                   one, and those around them */
    struct survival_part usual;                 /* the hours of `during`, had nothing been lost */
    int64_t restarted;                          /* more than had nothing been lost */
    bool holds;                                 /* the SLO's share during and after */
};

/** @param usual  of the same input, which has no fault but stated ones
 *  @param loss  FAULT_ZONE or FAULT_SPOT for more than 0 s, or FAULT_INSTANCE; its time is not
 * looked at
 *  @param hour  at whose beginning it is lost; -1: the busiest
 *  @param scratch  for the replay; holds nothing afterwards that it did not hold before
 *  @return false, *err set: the input or the question makes no sense */
bool replay_survives(struct arena *scratch, const struct replay_input *input,
                     const struct replay_result *usual, struct fault loss, int hour,
                     struct survival *out, struct err *err);

/** The zone in which the most capacity is scheduled in that hour, beside groups that are
 * aside or only take over (front_door.overflow_group). */
int replay_heaviest_zone(const struct replay_input *input, int hour);
/** The pool with the largest instances that are scheduled in that hour, the first of them, beside
 * the same groups; -1: none is scheduled. */
int replay_largest_instance(const struct replay_input *input, int hour);
/** Whether something runs on spot in that hour, beside the same groups. */
bool replay_runs_spot(const struct replay_input *input, int hour);
/** The hour in which the most requests arrive, the first of them. */
int replay_busiest_hour(const struct replay_result *result);

#endif
