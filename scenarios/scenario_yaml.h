/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A scenario as it is read, its includes and overrides merged, in one fixed form of YAML: two
 * files that say the same in the same order give the same text, and the text reads as what it is
 * of. Comments are not kept; paths are as they were written. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_YAML_H
#define HEADROOM_SCENARIOS_SCENARIO_YAML_H

#include "base/text.h"
#include "scenarios/scenario_tree.h"

/** @param root  a map */
void scenario_append_yaml(const struct tree *root, struct text *out);

#endif
