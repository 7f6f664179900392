/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Who pays and what a unit of work costs, for the terminal. */
#ifndef HEADROOM_CLI_ANSWER_MONEY_H
#define HEADROOM_CLI_ANSWER_MONEY_H

#include "scenarios/study.h"

/** Nothing without a replay. */
void answer_append_money(const struct study *study, struct text *out);

#endif
