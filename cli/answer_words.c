/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_words.h"

#include <math.h>

#include "base/money.h"
#include "scenarios/notice_groups.h"

const char *money(struct arena *arena, double usd) {
    return isfinite(usd) ? money_words(arena, usd) : "-";
}

const char *total(struct arena *arena, double usd) {
    return money(arena, fabs(usd) < 0.005 ? 0 : usd);
}

int answer_notices(struct arena *arena, const struct study *study, const char *const **out) {
    struct notice_group *groups;
    int n = notice_groups_of(arena, study->notices, study->n_notices, &groups);
    const char **words = arena_new(arena, const char *, n);
    for (int i = 0; i < n; i++)
        words[i] = groups[i].n_left_out > 0
                       ? arena_printf(arena, "%s (each by itself: result.json)", groups[i].text)
                       : groups[i].text;
    *out = words;
    return n;
}
