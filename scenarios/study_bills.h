/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a week of a plan's fleet is billed: its ledger, the commitments in force and what others
 * use on the same consolidated bill. A commitment is held all of a planning week or not at all. */
#ifndef HEADROOM_SCENARIOS_STUDY_BILLS_H
#define HEADROOM_SCENARIOS_STUDY_BILLS_H

#include "scenarios/study.h"

/** What all workloads and their stations used in a week, in one ledger, for they share commitments.
 *  @param replays  [n_workloads * n_weeks] */
struct usage_ledger study_week_ledger(struct arena *arena, const struct study *study,
                                      const struct replay_result *replays, int week);

/** The plan's commitments that are held in a week, as if for the seconds of its ledger, in the
 * order that study_held_commitment counts. *n of them. */
struct commitment *study_week_commitments(struct arena *arena, const struct study *study,
                                          const struct plan *plan, int week, int64_t n_seconds,
                                          int *n);

/** What the biller is asked of a week's ledger; a planning week is typical of its months.
 *  @param held  [n_held] of study_week_commitments
 *  @param parts  [2] out: the ledger and that of others. The input points to it */
struct bill_input study_week_input(const struct study *study, const struct usage_ledger *ledger,
                                   const struct commitment *held, int n_held,
                                   struct usage_ledger *parts);

/** The bill of that in two parts: the plan's, with all that commitments cost whatever they cover,
 * and what stations are charged beside them. false: *err set (bill_compute). */
bool study_bill_ledger(struct arena *arena, const struct study *study,
                       const struct usage_ledger *ledger, const struct commitment *held, int n_held,
                       struct bill *out, struct bill *stations, struct err *err);

/** Both parts of the bill of one week of replays [n_workloads * n_weeks] under the plan's
 * commitments. false: *err set. */
bool study_bill_week(struct arena *arena, const struct study *study, const struct plan *plan,
                     const struct replay_result *replays, int week, struct bill *out,
                     struct bill *stations, struct err *err);

/** Puts into the bills [n_weeks] of all planning weeks what is counted by the calendar month
 * (pricing/bill_months.h). @return the months */
struct bill_months study_bill_months(struct arena *arena, const struct study *study,
                                     struct bill *bills);

#endif
