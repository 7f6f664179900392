/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_words.h"

#include <math.h>
#include <string.h>

#include "base/money.h"

const char *money(struct arena *arena, double usd) {
    return isfinite(usd) ? money_words(arena, usd) : "-";
}

const char *total(struct arena *arena, double usd) {
    return money(arena, fabs(usd) < 0.005 ? 0 : usd);
}

const char *answer_notice(struct arena *arena, const struct study *study, int index) {
    enum { TOLD = 3 };
    const struct study_notice *notice = &study->notices[index];
    int before = 0, after = 0;
    for (int i = 0; i < study->n_notices; i++)
        if (i != index && strcmp(study->notices[i].id, notice->id) == 0)
            *(i < index ? &before : &after) += 1;
    if (before < TOLD || (before == TOLD && after == 0))
        return notice->text;
    return before == TOLD ? arena_printf(arena, "%d more such warnings (%s): result.json has all",
                                         after + 1, notice->id)
                          : NULL;
}
