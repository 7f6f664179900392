/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The programme of a study with one thing changed. */
#ifndef HEADROOM_TESTS_LAWS_LAW_OPTIMUM_H
#define HEADROOM_TESTS_LAWS_LAW_OPTIMUM_H

#include "base/rng.h"
#include "laws.h"

/** Stops the test when the input is refused. */
struct law_optimum law_optimum_of(struct arena *arena, const struct plan_input *input);

/** One option less: candidates first, then ways to commit, then spot. false: there is no such
 * option (any more). */
bool law_without_option(struct arena *arena, const struct plan_input *input, int option,
                        struct plan_input *out);
int law_options(const struct plan_input *input);

/** Each rate raised by chance, by up to 60 %, those of owned reserved instances too. On-demand
 * rates stay where the law does not hold for them: the dollars of owned hours count in the base of
 * coverage_max, but nobody pays them. */
struct plan_input law_dearer(struct arena *arena, const struct plan_input *input, struct rng *rng);

/** Each rate and each sum of money doubled. */
struct plan_input law_twice_as_dear(struct arena *arena, const struct plan_input *input);

/** Quotas of ten million vCPU for every group, on demand and spot. */
struct plan_input law_unbound_quotas(struct arena *arena, const struct plan_input *input);

#endif
