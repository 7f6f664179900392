/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_read: a result whose cost is in bounds, that costs as much as itself, and that export
 * writes or refuses; or an error with its place. */
#include <math.h>

#include "scenarios/export.h"
#include "scenarios/result_read.h"
#include "target.h"

const char *const fuzz_name = "result";
const bool fuzz_unpacks = false;
const char *const fuzz_words[] = {"\"schema_version\": 1,",
                                  "\"inputs\": [",
                                  "\"cost\": {",
                                  "\"lines\": [",
                                  "\"fleet\": [",
                                  "\"usd_per_month\": ",
                                  "\"workload\": \"chat\",",
                                  "\"path\": \"workloads.0.name\",",
                                  "1e308",
                                  "-1e12",
                                  "1e999",
                                  "9223372036854775807",
                                  "null",
                                  "true",
                                  "\"\\u202e\"",
                                  "\"\\u0000\"",
                                  "{}",
                                  "[]",
                                  ",",
                                  ":",
                                  "\xff",
                                  NULL};

static void check_read(struct arena *arena, const struct result_file *result) {
    if (result->has_cost) {
        struct cost_change none = cost_change_find(arena, &result->cost, &result->cost);
        ENSURE(isfinite(result->cost.usd) && none.from_cents == none.to_cents);
        for (int e = 0; e < COST_EFFECT_COUNT; e++)
            ENSURE(cost_change_effect_cents(&none, (enum cost_effect)e) == 0);
    }
    int n;
    result_differences(arena, result, result, &n);
    for (int format = 0; format < EXPORT_FORMAT_COUNT; format++) {
        struct text out = {.arena = arena};
        struct err err = {0};
        if (!export_append(result, (enum export_format)format, NULL, &out, &err))
            fuzz_check_words(&err);
    }
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct result_file result = {.n_inputs = -7};
    bool fine = result_read(&arena, bytes, "fuzzed.json", &result, &err);
    ENSURE(fine ? result.n_inputs >= 0 : result.n_inputs == -7);
    if (fine) {
        check_read(&arena, &result);
        result_close(&result);
    } else {
        fuzz_check_words(&err);
    }
    arena_release(&arena);
    return fine;
}
