/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_resilience.h"

const char *const study_zones[] = {"zone 1", "zone 2", "zone 3", "zone 4", "zone 5", "zone 6"};

static const int32_t *part_of(struct arena *arena, const int32_t *whole, int part, int parts) {
    int32_t *instances = arena_new(arena, int32_t, HOURS_PER_WEEK);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        instances[h] = whole[h] / parts + (part < whole[h] % parts);
    return instances;
}

int study_spread(struct arena *arena, const struct study *study, struct pool *pools,
                 int *candidates, int n_pools) {
    int zones = study->scenario.resilience.zones, n = n_pools;
    int *others = arena_new(arena, int, n_pools); /* where each pool's parts after the first are */
    for (int p = 0; p < n_pools && zones > 1; p++) {
        const int32_t *whole = pools[p].instances;
        if (!whole)
            continue;
        if (pools[p].market) {
            pools[p].zone = pools[p].market_zone % zones;
            continue;
        }
        others[p] = n;
        for (int part = 0; part < zones; part++) {
            int at = part == 0 ? p : n++;
            pools[at] = pools[p];
            candidates[at] = candidates[p];
            pools[at].zone = (p + part) % zones;
            pools[at].instances = part_of(arena, whole, part, zones);
        }
    }
    for (int p = 0; p < n_pools && zones > 1; p++) {
        const struct pool *fallback = pools[p].market ? NULL : pools[p].fallback;
        for (int part = 1; fallback && part < zones; part++)
            pools[others[p] + part - 1].fallback = &pools[others[fallback - pools] + part - 1];
    }
    return n;
}
