/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Stations of flows: what steps call beside a workload's own models. Their capacity is stated and
 * always there; they are replayed with the fleet, in groups of pools of their own, and billed on
 * one ledger with it: what commitments leave of their hours is charged on demand, beside the plan,
 * which does not count on them. Only study_*.c and results include this. */
#ifndef HEADROOM_SCENARIOS_STUDY_STATIONS_H
#define HEADROOM_SCENARIOS_STUDY_STATIONS_H

#include "scenarios/study_offers.h"

/** The study's stations, by workload, each with an offer of its own. A name, a region, a rate or a
 * model that is wrong is told at its place. */
const struct study_station *study_open_stations(struct study_offers *offers, int *n);

/** Add a workload's stations to its replay: the first groups beside the main one, as its flow names
 * them; groups that are there come after them.
 *
 *  @param pools  of the input, with room for study_station_pools_max more
 *  @param candidates  of each pool; -1: a station */
void study_add_stations(struct arena *arena, const struct study *study, int workload,
                        struct replay_input *input, struct pool *pools, int *candidates);
int study_station_pools_max(const struct study *study);

/** Index of the station whose own offer this is, of its instances or its volumes; -1: none. */
int study_station_of_offer(const struct study *study, int offer);
/** The share of an hour's ready time in which the station's replicas had work, over a week. */
double study_station_busy(const struct study *study, int station,
                          const struct replay_result *replay);

/** After a fleet was replayed and billed: its stations and tasks.
 *
 *  @param bills  [n_weeks] what stations are charged in each */
void study_sum_stations(struct arena *arena, const struct study *study, const struct bill *bills,
                        struct study_fleet *fleet);

#endif
