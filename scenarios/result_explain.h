/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What explains the plan's purchases, in result.json. */
#ifndef HEADROOM_SCENARIOS_RESULT_EXPLAIN_H
#define HEADROOM_SCENARIOS_RESULT_EXPLAIN_H

#include <jansson.h>

#include "scenarios/study.h"

json_t *result_recommendations(const struct study *study);
json_t *result_curves(const struct study *study);
json_t *result_worths(const struct study *study);
json_t *result_levers(const struct study *study);

#endif
