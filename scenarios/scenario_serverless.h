/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a scenario says about functions (the keys of an entry of run_on that instances do not have)
 * and about token APIs (the keys of a model that models of the catalogue do not have). */
#ifndef HEADROOM_SCENARIOS_SCENARIO_SERVERLESS_H
#define HEADROOM_SCENARIOS_SCENARIO_SERVERLESS_H

#include "scenarios/scenario_view.h"
#include "sim/sizing.h"

/** A duration in one of three ways: one value, a lognormal (median, sigma) or quantiles; zeroed
 * when the key is not given. The row of the table has these three as children. */
void scenario_delay(struct view view, const char *key, struct delay *out);

/** Of an entry of run_on that is a function. */
void scenario_function(struct view view, struct serving_options *out);
/** Each of a function's keys that an instance has is a mistake. */
void scenario_refuse_function(struct view view);

/** Of a model that may be a token API: latency, quotas, tier. */
void scenario_token_api(struct view view, struct serving_options *out);
/** The first key given that is for token APIs, or NULL. */
const char *scenario_token_api_key(struct view view);

#endif
