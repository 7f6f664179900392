/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adapters: shares of the draw against Zipf weights, with a mutant skew that must be rejected, and
 * what is in memory by hand. */
#include "sim/lora.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

enum { ADAPTERS = 20, DRAWS = 200000 };

/* Chi-squared of DRAWS draws against weights 1 / rank^skew. */
static double misfit(double drawn_skew, double skew) {
    struct arena arena = {0};
    struct lora_service service = {ADAPTERS, 4, 0, drawn_skew};
    struct lora *lora = lora_open(&arena, &service, 7, 0);
    double counts[ADAPTERS] = {0}, sum = 0, result = 0;
    for (int64_t i = 0; i < DRAWS; i++)
        counts[lora_adapter_of(lora, i)]++;
    for (int i = 0; i < ADAPTERS; i++)
        sum += pow(i + 1, -skew);
    for (int i = 0; i < ADAPTERS; i++) {
        double expected = DRAWS * pow(i + 1, -skew) / sum;
        result += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    arena_release(&arena);
    return result;
}

/* 19 degrees of freedom: 60 has a probability of 4e-6. */
Test(lora, draws_follow_zipf) {
    static const double skews[] = {0, 0.7, 1, 2};
    for (int i = 0; i < 4; i++) {
        cr_assert(lt(dbl, misfit(skews[i], skews[i]), 60));
        cr_assert(gt(dbl, misfit(skews[i], skews[i] + 0.05), 60));
    }
}

Test(lora, none_without_adapters) {
    struct arena arena = {0};
    cr_assert(lora_open(&arena, &(struct lora_service){0}, 1, 0) == NULL);
}

/* Two places. Adapters 3 and 5 come in; with both in use nothing else has room. 3 ends, then 5: 3
 * has been unused for longer and gives way to 7. Used again, 5 stays and 7 goes when it ends. */
Test(lora, the_longest_unused_goes) {
    struct arena arena = {0};
    struct lora_service service = {ADAPTERS, 2, 0, 0};
    struct lora *lora = lora_open(&arena, &service, 1, 0);
    cr_assert(lora_begin(lora, 3));
    cr_assert(lora_begin(lora, 5));
    cr_assert(not(lora_begin(lora, 5)));
    cr_assert(not(lora_has_room(lora, 7)));
    cr_assert(lora_has_room(lora, 3));
    lora_end(lora, 3);
    lora_end(lora, 5);
    lora_end(lora, 5);
    cr_assert(lora_begin(lora, 7));
    cr_assert(not(lora_begin(lora, 5)));
    cr_assert(not(lora_has_room(lora, 3)));
    lora_end(lora, 7);
    cr_assert(lora_begin(lora, 3));
    cr_assert(not(lora_has_room(lora, 7)));
    lora_reset(lora);
    cr_assert(lora_begin(lora, 5));
    arena_release(&arena);
}
