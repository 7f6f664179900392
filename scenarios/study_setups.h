/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The entries of run_on: what each runs on, and how it is set up, in the words that tell it from
 * others of its type. Names that are unknown, splits that do not fit on the type and entries that
 * say the same are mistakes at the entry's line. Only study_*.c include this. */
#ifndef HEADROOM_SCENARIOS_STUDY_SETUPS_H
#define HEADROOM_SCENARIOS_STUDY_SETUPS_H

#include "scenarios/study_offers.h"

struct setup {
    const struct run_on *on;
    const char *sku;   /* NULL: the name is unknown, which has been told */
    const char *words; /* what is stated, for the candidate's name: " tp2" */
};

/** [n_run_on] of the workload. */
const struct setup *study_setups(const struct study_offers *offers,
                                 const struct workload *workload);

/** The SKU behind an entry, or NULL after telling that its name is unknown. */
const char *study_run_on_sku(const struct study_offers *offers, const struct run_on *on);

#endif
