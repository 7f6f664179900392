/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_block.h"

#include <math.h>

#include "base/number.h"

enum { DAYS_SINGLE = 14, DAYS_STEP = 7, DAYS_MAX = 182 };

bool block_length_sold(double days, int *shorter, int *longer) {
    int step = days < DAYS_SINGLE ? 1 : DAYS_STEP;
    double steps = days / step;
    *shorter = days > DAYS_MAX ? DAYS_MAX : step * (int)floor(steps);
    *longer = days > DAYS_MAX ? 0 : step * (int)ceil(steps);
    return *shorter == *longer && days > 0;
}

void block_check_length(struct view view, const char *key, double days) {
    int shorter, longer;
    bool told = !(days > 0); /* not there, or not a length at all */
    if (told || block_length_sold(days, &shorter, &longer))
        return;
    const char *nearest =
        shorter && longer
            ? arena_printf(view.arena, "%d or %d days are", shorter, longer)
            : arena_printf(view.arena, "%s %s", number_counted(view.arena, shorter + longer, "day"),
                           shorter + longer == 1 ? "is" : "are");
    mistakes_at(view.mistakes, view_key_place(view, key),
                arena_printf(view.arena, "%s: whole days up to 14, then whole weeks up to 182 days",
                             nearest),
                "no capacity block of %s is sold",
                days == floor(days) ? number_counted(view.arena, days, "day")
                                    : arena_printf(view.arena, "%g days", days));
}
