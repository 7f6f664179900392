/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the final plan is explained with, beside its own words: everything here solves the programme
 * again and changes nothing that was decided. */
#include "scenarios/study_parts.h"

enum { CURVES_MAX = 2 };

bool study_explain(struct arena *arena, struct study *study, struct err *err) {
    struct plan *plan = arena_new(arena, struct plan, 1);
    *plan = *study->recommended.plan;
    study->recommended.plan = plan;
    const struct plan_input *input = &study->plan_input;
    return plan_price_as_sold(arena, input, plan, err) &&
           plan_price_options(arena, input, plan, err) &&
           recommend_purchases(arena, input, plan, &study->scenario.guardrails,
                               &study->recommendations, &study->n_recommendations, err) &&
           curve_commitments(arena, input, plan, CURVES_MAX, &study->curves, &study->n_curves,
                             err) &&
           worth_of_limits(arena, input, &study->worths, &study->n_worths, err);
}
