/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a recommended action asks for and rests on, beside its money; and what becomes of it when
 * it is not taken. */
#ifndef HEADROOM_SCENARIOS_ADVICE_H
#define HEADROOM_SCENARIOS_ADVICE_H

#include "scenarios/study.h"

/** A practice of the AWS Well-Architected Framework or one of its lenses. Ids move between
 * versions: titles and addresses were compared with copies of the pages of PRACTICES_CHECKED. An
 * action relates to a practice; nothing is said of how well it is followed, or of a level of risk.
 */
struct practice {
    const char *id, *title, *uri;
};
#define PRACTICES_CHECKED "2026-05"
enum { ADVICE_PRACTICES_MAX = 2 };

struct advice {
    const char *effort;   /* "minutes", "hours", "days", "weeks" of one engineer: a rule of thumb by
                             the kind of action, not measured */
    const char *rests_on; /* "estimated times, made-up traffic"; "measured times"; "" */
    int n_practices;
    const struct practice *practices[ADVICE_PRACTICES_MAX];
};

/** @param action  of the study's */
struct advice study_advice(struct arena *arena, const struct study *study, int action);

/** "COST07-BP01, GENCOST02-BP02" */
const char *advice_practice_ids(struct arena *arena, const struct advice *advice);

/** The last day on which what the plan needs can be ordered: the start less the longest lead time
 * (estate.supply) of an instance type that it runs.
 *  @param instance  out, the type with that lead time; NULL: none has one */
struct date study_decide_by(const struct study *study, const char **instance);

#endif
