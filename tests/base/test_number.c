/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures in sentences, by hand: three digits, no exponent at any size, units that agree. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static struct arena arena;

#define READS(words, text) cr_expect(eq(str, (char *)(words), (text)))

Test(number, numbers_have_three_digits_and_a_unit) {
    READS(number_words(&arena, 497000), "497K");
    READS(number_words(&arena, 0.922), "0.922");
    READS(number_words(&arena, 9.996), "10");
    READS(number_words(&arena, 999.6), "1K");
    READS(number_words(&arena, 5.00), "5");
    READS(number_words(&arena, 0), "0");
    READS(number_words(&arena, -1234567), "-1.23M");
    READS(number_words(&arena, 1e-13), "0");
    READS(number_words(&arena, -1e-13), "0");
    READS(number_words(&arena, 3.2e18), "3,200,000T");
    READS(number_words(&arena, INFINITY), "n/a");
}

Test(number, digits_are_as_many_as_asked) {
    READS(number_digits(&arena, 123456, 5), "123,456");
    READS(number_digits(&arena, 88.75, 5), "88.75");
    READS(number_digits(&arena, 18006.4, 6), "18,006.4");
    READS(number_digits(&arena, 100, 3), "100");
    READS(number_digits(&arena, 88.754321, 5), "88.754");
    READS(number_digits(&arena, 99999.7, 5), "100,000");
    READS(number_digits(&arena, 0.0000123456, 4), "0.00001235");
    READS(number_digits(&arena, -1.5, 4), "-1.5");
    READS(number_digits(&arena, NAN, 4), "unknown");
}

Test(number, percents_stay_readable) {
    READS(number_percent(&arena, -18.97), "-1,897%");
    READS(number_percent(&arena, 0.4812), "48.1%");
    READS(number_percent(&arena, 1), "100%");
    READS(number_percent(&arena, 0), "0%");
    READS(number_percent(&arena, 3e-6), "under 0.01%");
    READS(number_percent(&arena, NAN), "n/a");
}

Test(number, whole_numbers_are_separated) {
    READS(number_whole(&arena, 8760), "8,760");
    READS(number_whole(&arena, 999.4), "999");
    READS(number_whole(&arena, -1234567.4), "-1,234,567");
    READS(number_whole(&arena, -0.4), "0");
    READS(number_whole(&arena, 1e15), "n/a");
}

Test(number, units_agree_with_what_is_read) {
    READS(number_counted(&arena, 1, "month"), "1 month");
    READS(number_counted(&arena, 1.0004, "hour"), "1 hour");
    READS(number_counted(&arena, 0, "run"), "0 runs");
    READS(number_months(&arena, 9.08), "9.1 months");
    READS(number_months(&arena, 0.98), "1 month");
    READS(number_part(&arena, 1, 1, "rate"), "the only rate");
    READS(number_part(&arena, 1, 2, "rate"), "1 of the 2 rates");
    READS(number_part(&arena, 2, 2, "rate"), "all 2 rates");
}

/* Whatever the size: no exponent, and within half a unit of the third digit. */
Test(number, no_size_needs_an_exponent) {
    for (int exponent = -8; exponent < 15; exponent++)
        for (int digits = 100; digits < 1000; digits += 7) {
            double value = digits * pow(10, exponent - 2);
            const char *words = number_words(&arena, value);
            cr_assert(strpbrk(words, "eE") == NULL, "%s", words);
            char *end;
            double read = strtod(words, &end);
            read *= pow(1000, *end ? (double)(strchr("KMBT", *end) - "KMBT" + 1) : 0);
            cr_assert(fabs(read - value) <= 0.5001 * pow(10, exponent - 2) + 1e-9, "%s for %g",
                      words, value);
        }
}
