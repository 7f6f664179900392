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
    READS(number_words(&arena, 9.996), "10.0");
    READS(number_words(&arena, 999.6), "1.00K");
    READS(number_words(&arena, 2.9), "2.90");
    READS(number_words(&arena, 1302.7), "1.30K");
    READS(number_words(&arena, 34000), "34K");
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
    READS(number_percent(&arena, 0.4812), "48%");
    READS(number_percent(&arena, 0.0691), "6.9%");
    READS(number_percent(&arena, 0.08), "8%");
    READS(number_percent(&arena, 0.0996), "10%");
    READS(number_percent(&arena, 0.004), "0.4%");
    READS(number_percent(&arena, 0.9971), "over 99%");
    READS(number_percent(&arena, 1), "100%");
    READS(number_percent(&arena, 0), "0%");
    READS(number_percent(&arena, -0.12), "-12%");
    READS(number_percent(&arena, 3e-6), "under 0.01%");
    READS(number_percent(&arena, NAN), "n/a");
}

Test(number, ratios_are_so_many_times) {
    READS(number_times(&arena, 1.264), "1.26 times");
    READS(number_times(&arena, 2.9), "2.90 times");
    READS(number_times(&arena, 8), "8.00 times");
    READS(number_times(&arena, 384.4), "384 times");
    READS(number_times(&arena, 4927), "4,930 times");
    READS(number_times(&arena, 585123), "585,000 times");
    READS(number_times(&arena, INFINITY), "n/a");
}

Test(number, rounded_figures_keep_their_digits) {
    READS(number_rounded(&arena, 0.0299, 2), "0.030");
    READS(number_rounded(&arena, 6.3, 2), "6.3");
    READS(number_rounded(&arena, 9.96, 2), "10");
    READS(number_rounded(&arena, 124.9, 2), "120");
    READS(number_rounded(&arena, 1302.7, 2), "1,300");
    READS(number_rounded(&arena, 0, 2), "0");
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

/* Digits from the first that is not 0 to the end. */
static int digits_of(const char *words) {
    int n = 0;
    for (const char *p = words; *p; p++)
        n += *p >= '0' && *p <= '9' && (n > 0 || *p != '0');
    return n;
}

/* What is not whole has three digits, whatever they are; a mutant that drops zeros at the end would
 * show fewer for one in ten. */
Test(number, zeros_at_the_end_stay) {
    srand(7);
    for (int i = 0; i < 10000; i++) {
        double value = pow(10, -6.0 + 20.0 * rand() / RAND_MAX) * (1 + 1e-6 * rand() / RAND_MAX);
        const char *words = number_words(&arena, value);
        bool whole = strchr(words, '.') == NULL;
        cr_assert(digits_of(words) == 3 || (whole && digits_of(words) < 3) || value < 1e-5 ||
                      value >= 1e15,
                  "%s for %.17g", words, value);
        if (value > 1e-5 && value < 100 && fabs(value - nearbyint(value)) > 1e-6 * value)
            cr_assert(not(whole), "%s for %.17g", words, value);
    }
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
