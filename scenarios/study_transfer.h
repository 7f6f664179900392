/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The rate at which data move out of a region: over a way of the price book, or to another region
 * at the rate of the pair (cross-region/TO), where the book has none at that of cross-region.
 * What stays in its region costs nothing. Only study_*.c include this. */
#ifndef HEADROOM_SCENARIOS_STUDY_TRANSFER_H
#define HEADROOM_SCENARIOS_STUDY_TRANSFER_H

#include "scenarios/study_offers.h"

/** @param to  NULL: over `way`; else another region, and `way` is not looked at
 *  @return false: the book has no rate for it */
bool study_transfer_open(struct study_offers *offers, const char *way, const char *from,
                         const char *to);

/** Index of the offer that study_transfer_open has made; -1: nothing is paid. */
int study_transfer_offer(const struct study *study, const char *way, const char *from,
                         const char *to);

#endif
