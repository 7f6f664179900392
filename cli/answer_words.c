/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_words.h"

#include <math.h>

#include "base/money.h"

const char *money(struct arena *arena, double usd) {
    char text[32] = "-";
    if (isfinite(usd))
        money_format_short(text, usd);
    return arena_strdup(arena, text);
}

const char *total(struct arena *arena, double usd) {
    return money(arena, fabs(usd) < 0.005 ? 0 : usd);
}
