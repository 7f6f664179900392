/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The field table: one row a key of the scenario format. Everything that knows keys is made from
 * it. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_FIELDS_H
#define HEADROOM_SCENARIOS_SCENARIO_FIELDS_H

#include "base/err.h"
#include "base/text.h"

/** Commented YAML that runs as it is (`headroom init`). */
void scenario_fields_init(struct text *out);
/** JSON Schema, draft-07 (`headroom schema`). */
void scenario_fields_schema(struct text *out);
/** The reference page's table, Markdown (scenarios/README.md holds it between two marks; a test
 * compares). */
void scenario_fields_reference(struct text *out);
/** What one field means (`headroom explain workloads.slo.ttft`): type, unit, range, default, doc,
 * example. false: *err says there is no such field and names the nearest. */
bool scenario_fields_explain(struct text *out, const char *path, struct err *err);

#endif
