/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiers of object storage: the scenario's classes of data against the storage book. */
#include "scenarios/study_parts.h"

bool study_load_storage(struct arena *arena, struct study *study, struct err_list *errs) {
    struct err err = {0};
    struct storage_book *book = &study->storage_book;
    if (study->scenario.n_storage == 0)
        return true;
    struct source *source = storage_book_shipped(arena, &err);
    if (!source)
        return err_list_add(errs, &err);
    bool read = storage_book_read(arena, source, book, errs);
    return study_close_input(arena, study, source, read, "storage book", book->name,
                             arena_printf(arena, "shipped, %d tiers", book->n));
}

bool study_plan_storage(struct arena *arena, struct study *study, struct err_list *errs) {
    const struct scenario *scenario = &study->scenario;
    struct storage_plan *plans = arena_new(arena, struct storage_plan, scenario->n_storage);
    bool ok = true;
    for (int i = 0; i < scenario->n_storage; i++) {
        const struct storage_spec *spec = &scenario->storage[i];
        struct err why = {0};
        if (storage_plan_solve(arena, &study->storage_book, spec->region, &spec->data, &plans[i],
                               &why))
            continue;
        struct err err = {0};
        place_err(spec->place, &err, "%s", why.what);
        err_hint(&err, "prices of storage are at hand for us-east-1; see pricing/books");
        ok = err_list_add(errs, &err);
    }
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
        const char *tier = study->storage_book.tiers[stay->tier].name;
        if (i == 0)
            text_printf(&rule, "%s", tier);
        else
            text_printf(&rule, ", after %d month%s %s", stay->from_month,
                        stay->from_month == 1 ? "" : "s", tier);
    }
    text_printf(&rule, ", deleted after %d months", plan->stays[plan->n - 1].to_month);
    return rule.data;
}
