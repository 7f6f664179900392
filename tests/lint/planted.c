/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults on purpose, one a build (PLANTED_LEAK, PLANTED_OVERFLOW, PLANTED_UNDEFINED), inside a
 * Criterion test as real ones would be. tests/lint/sanitized.sh demands that each is caught. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>

Test(planted, fault) {
    volatile int n = 8;
#if defined(PLANTED_LEAK)
    volatile char *volatile lost = malloc((size_t)n);
    lost[0] = 1;
    lost = NULL;
#elif defined(PLANTED_OVERFLOW)
    volatile char *block = malloc((size_t)n);
    block[n] = 1;
    free((void *)block);
#else
    volatile int big = INT_MAX;
    n = big + n;
#endif
    cr_assert_neq(n, 0);
}
