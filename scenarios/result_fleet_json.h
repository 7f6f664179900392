/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A fleet of result.json: what it costs, and what became of the requests. */
#ifndef HEADROOM_SCENARIOS_RESULT_FLEET_JSON_H
#define HEADROOM_SCENARIOS_RESULT_FLEET_JSON_H

#include "scenarios/json_tree.h"
#include "scenarios/study.h"

/** A fleet that was replayed and billed. */
json_t *result_fleet_json(const struct study *study, const struct study_fleet *fleet);

#endif
