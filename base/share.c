/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/share.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

const char *share_words(struct arena *arena, double share) {
    if (!isfinite(share))
        return "n/a";
    /* The small term keeps 0.57 (a hair below in binary) from reading 56.99%. */
    double cut = floor(share * 10000 + 1e-9) / 100;
    return cut >= 100 ? "100%" : arena_printf(arena, "%.2f%%", cut);
}

const char *range_words(struct arena *arena, const char *low, const char *high) {
    return strcmp(low, high) == 0 ? low : arena_printf(arena, "%s to %s", low, high);
}
