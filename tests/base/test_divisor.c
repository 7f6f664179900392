/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against the division of the machine: all pairs of small numbers, and the neighbours of multiples
 * and powers of two up to 2^32 - 1, where a rounded inverse would fail first. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/divisor.h"
#include "base/rng.h"

static void is_exact(uint32_t n, uint32_t by) {
    struct divisor divisor = divisor_of(by);
    cr_assert(divisor_divide(divisor, n) == n / by && divisor_remainder(divisor, n) == n % by,
              "%u by %u", n, by);
}

Test(divisor, small_numbers) {
    for (uint32_t by = 1; by < 300; by++)
        for (uint32_t n = 0; n < 2000; n++)
            is_exact(n, by);
}

Test(divisor, edges) {
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    for (int i = 0; i < 200000; i++) {
        uint32_t by = (uint32_t)(rng_next(&rng) >> (32 + rng_below(&rng, 32)));
        by += by == 0;
        uint32_t multiple = (uint32_t)(rng_next(&rng) >> 32) / by * by;
        is_exact(multiple - 1, by);
        is_exact(multiple, by);
        is_exact(UINT32_MAX, by);
        is_exact(UINT32_MAX / by * by - 1, by);
    }
}
