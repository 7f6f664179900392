/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Futures in result.json. */
#ifndef HEADROOM_SCENARIOS_RESULT_FUTURES_H
#define HEADROOM_SCENARIOS_RESULT_FUTURES_H

#include "scenarios/json_tree.h"
#include "scenarios/study.h"

/** Key `futures`, where they were looked at. */
void result_put_futures(json_t *root, const struct study *study);

#endif
