/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares are cut, so that no miss reads as a hit; ranges say the same thing once. By hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/share.h"

static struct arena arena;

static char *words(double share) {
    return (char *)share_words(&arena, share);
}

Test(share, misses_never_read_as_hits) {
    cr_expect(eq(str, words(0.98999), "98.99%")); /* printf's rounding would say 99.00% */
    cr_expect(eq(str, words(0.99), "99.00%"));
    cr_expect(eq(str, words(0.57), "57.00%")); /* a hair below in binary */
    cr_expect(eq(str, words(0.999999), "99.99%"));
    cr_expect(eq(str, words(1), "100%"));
    cr_expect(eq(str, words(1 - 1e-13), "100%"));   /* a sum of fractions that lost a bit */
    cr_expect(eq(str, words(1 - 1e-12), "99.99%")); /* one request of a trillion */
    cr_expect(eq(str, words(NAN), "n/a"));
    for (int i = 0; i < 100000; i++) { /* every share of 1e5 requests against every whole target */
        double read = atof(words(i / 1e5));
        for (int target = 90; target < 100; target++)
            cr_assert(read < target || i >= target * 1000, "%d against %d", i, target);
    }
}

Test(share, ranges_say_the_same_once) {
    cr_expect(eq(str, (char *)range_words(&arena, "$1.84K", "$1.84K"), "$1.84K"));
    cr_expect(eq(str, (char *)range_words(&arena, "$1.84K", "$1.85K"), "$1.84K to $1.85K"));
}
