/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiers of storage: the scenario's classes of data against the rates of the price book. */
#include "base/number.h"
#include "scenarios/study_parts.h"

bool study_plan_storage(struct arena *arena, struct study *study, struct err_list *errs) {
    const struct scenario *scenario = &study->scenario;
    struct storage_plan *plans = arena_new(arena, struct storage_plan, scenario->n_storage);
    bool ok = true;
    const struct offer_request like = {.discounts = scenario->discounts,
                                       .n_discounts = scenario->n_discounts,
                                       .estimates = scenario->estimates};
    if (scenario->n_storage > 0)
        study->storage_tiers = storage_tiers_of(arena, &study->book, &like);
    double *held = arena_new(arena, double, study->storage_tiers.n);
    for (int i = 0; i < scenario->n_storage; i++) {
        const struct storage_spec *spec = &scenario->storage[i];
        struct err why = {0};
        if (storage_plan_solve(arena, &study->storage_tiers, spec->region, &spec->data, held,
                               &plans[i], &why)) {
            for (int s = 0; s < plans[i].n; s++) /* what is decided later finds it there */
                held[plans[i].stays[s].tier] += plans[i].stays[s].gb;
            continue;
        }
        struct err err = {0};
        place_err(spec->place, &err, "%s", why.what);
        err_hint(&err, "%s",
                 why.hint[0] ? why.hint
                             : "headroom prices search storage shows the tiers of the book and "
                               "their regions");
        ok = err_list_add(errs, &err);
    }
    if (ok)
        storage_plan_share(&study->storage_tiers, plans, scenario->n_storage, held);
    study->storage = plans;
    return ok;
}

double study_storage_usd_per_month(const struct study *study) {
    double usd = 0;
    for (int i = 0; study->storage && i < study->scenario.n_storage; i++)
        usd += study->storage[i].usd_per_month;
    return usd;
}

const char *study_storage_rule(struct arena *arena, const struct study *study, int index) {
    const struct storage_plan *plan = &study->storage[index];
    struct text rule = {.arena = arena};
    for (int i = 0; i < plan->n; i++) {
        const struct storage_stay *stay = &plan->stays[i];
        const char *tier = study->storage_tiers.tiers[stay->tier].name;
        if (i == 0)
            text_printf(&rule, "%s", tier);
        else
            text_printf(&rule, ", after %s %s", number_counted(arena, stay->from_month, "month"),
                        tier);
    }
    text_printf(&rule, ", deleted after %s",
                number_counted(arena, plan->stays[plan->n - 1].to_month, "month"));
    return rule.data;
}
