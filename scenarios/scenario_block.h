/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The lengths of capacity blocks and the days on which they may begin, as AWS sells them (EC2 User
 * Guide, "Capacity Blocks for ML"): days up to 14, then weeks up to 26 (182 days), from at most 8
 * weeks after the day of purchase on. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_BLOCK_H
#define HEADROOM_SCENARIOS_SCENARIO_BLOCK_H

#include "scenarios/scenario_view.h"

enum { BLOCK_DAYS_AHEAD = 56 };

/** Whether a block of so many days is sold; if not, the nearest shorter and longer ones that are, 0
 * where there is none. */
bool block_length_sold(double days, int *shorter, int *longer);

/** A mistake at the key unless a block of so many days is sold; none of a value that was refused
 * already (0). */
void block_check_length(struct view view, const char *key, double days);

#endif
