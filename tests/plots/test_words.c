/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as people read them: one case a line, worked out by hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "plots/words.h"

typedef const char *(*words_fn)(struct arena *, double);

static const struct {
    words_fn words;
    double value;
    const char *want;
} cases[] = {
    {words_money, 12712.4, "$12.7K"},
    {words_money, -950, "−$950"},
    {words_money, 0, "$0"},
    {words_money, NAN, "n/a"},
    {words_money_signed, 12, "+$12.0"},
    {words_money_signed, -12, "−$12.0"},
    {words_money_signed, 0.004, "$0"},
    {words_number, 23.71, "23.7"},
    {words_number, 5, "5"},
    {words_number, 0.5, "0.500"},
    {words_number, 9.996, "10.0"},
    {words_number, 999.4, "999"},
    {words_number, 999.6, "1.00K"},
    {words_number, 1240000, "1.24M"},
    {words_number, -3.25, "−3.25"},
    {words_percent, 0.314, "31%"},
    {words_percent, 0.004, "0.4%"},
    {words_percent, 0.0001, "0.01%"},
    {words_percent, 0.00001, "under 0.01%"},
    {words_percent, 0.0691, "6.9%"},
    {words_percent, 0.998, "over 99%"},
    {words_percent, 1, "100%"},
    {words_percent, 0, "0%"},
    {words_percent, -0.12, "−12%"},
    {words_share, 0.9962, "99.62%"},
    {words_share, 0.98999, "98.99%"}, /* never rounded up to what was asked */
    {words_share, 0.99, "99.00%"},
    {words_share, 0.57, "57.00%"},
    {words_share, 0.999999, "99.99%"},
    {words_share, 1, "100%"},
    {words_asked, 0.99, "99%"},
    {words_asked, 0.9995, "99.95%"},
    {words_seconds, 0.412, "412 ms"},
    {words_seconds, 0.0382, "38.2 ms"},
    {words_seconds, 0.9999, "1.00 s"},
    {words_seconds, 1.316, "1.32 s"},
    {words_seconds, 180, "3 min"},
    {words_whole, 8760, "8,760"},
    {words_whole, 999, "999"},
    {words_whole, 1234567.4, "1,234,567"},
    {words_whole, -1000, "−1,000"},
};

ParameterizedTestParameters(words, cases) {
    static int index[sizeof cases / sizeof cases[0]];
    for (int i = 0; i < (int)(sizeof cases / sizeof cases[0]); i++)
        index[i] = i;
    return cr_make_param_array(int, index, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(int *i, words, cases) {
    struct arena arena = {0};
    const char *got = cases[*i].words(&arena, cases[*i].value);
    cr_assert(eq(str, (char *)got, (char *)cases[*i].want), "%.9g", cases[*i].value);
    arena_release(&arena);
}

Test(words, counts_ordinals_and_lists) {
    struct arena arena = {0};
    cr_assert(eq(str, (char *)words_count(&arena, 7, true), "Seven"));
    cr_assert(eq(str, (char *)words_count(&arena, 0, false), "no"));
    cr_assert(eq(str, (char *)words_count(&arena, 23, true), "23"));
    cr_assert(eq(str, (char *)words_ordinal(&arena, 1), "1st"));
    cr_assert(eq(str, (char *)words_ordinal(&arena, 12), "12th"));
    cr_assert(eq(str, (char *)words_ordinal(&arena, 22), "22nd"));
    const char *items[] = {"a", "b", "c"};
    cr_assert(eq(str, (char *)words_list(&arena, items, 3), "a, b and c"));
    cr_assert(eq(str, (char *)words_list(&arena, items, 1), "a"));
    arena_release(&arena);
}

Test(words, ticks_share_their_decimals) {
    struct arena arena = {0};
    cr_assert(eq(str, (char *)words_tick(&arena, 5, 2.5, 10), "5.0"));
    cr_assert(eq(str, (char *)words_tick(&arena, 0, 2.5, 10), "0"));
    cr_assert(eq(str, (char *)words_money_tick(&arena, 0.4, 0.2, 1), "$0.4"));
    cr_assert(eq(str, (char *)words_money_tick(&arena, 5000, 5000, 20000), "$5K"));
    cr_assert(eq(str, (char *)words_money_tick(&arena, 2500, 500, 3000), "$2.5K"));
    cr_assert(eq(str, (char *)words_money_tick(&arena, 1250, 250, 2000), "$1.25K"));
    cr_assert(eq(str, (char *)words_tick(&arena, 2500, 500, 3000), "2,500"));
    cr_assert(eq(str, (char *)words_tick(&arena, 2e6, 5e5, 2e6), "2.0M"));
    arena_release(&arena);
}

/* An axis and the words beside it write an amount with the same unit. */
Test(words, ticks_take_the_unit_of_words) {
    struct arena arena = {0};
    struct rng rng = rng_open(5, 0, RNG_TEST, 1);
    for (int i = 0; i < 10000; i++) {
        double step = ceil(9 * rng_uniform(&rng)) * pow(10, floor(10 * rng_uniform(&rng)) - 2);
        double largest = step * ceil(3 + 6 * rng_uniform(&rng));
        const char *tick = words_money_tick(&arena, largest, step, largest);
        const char *words = words_money(&arena, largest);
        cr_assert(eq(chr, tick[strlen(tick) - 1] > '9' ? tick[strlen(tick) - 1] : ' ',
                     words[strlen(words) - 1] > '9' ? words[strlen(words) - 1] : ' '),
                  "%s and %s", tick, words);
    }
    arena_release(&arena);
}

/* The days are told where the months are not whole. */
Test(words, the_horizon_by_its_months_or_its_days) {
    static const struct {
        struct date start;
        int months;
        const char *want;
    } horizons[] = {{{2027, 2, 1}, 3, "Feb 2027 to Apr 2027"},
                    {{2026, 12, 1}, 1, "Dec 2026"},
                    {{2027, 1, 31}, 3, "31 Jan 2027 to 29 Apr 2027"},
                    {{2028, 1, 15}, 1, "15 Jan 2028 to 14 Feb 2028"},
                    {{2028, 2, 29}, 12, "29 Feb 2028 to 27 Feb 2029"}};
    for (size_t i = 0; i < sizeof horizons / sizeof *horizons; i++) {
        struct arena arena = {0};
        cr_expect(eq(str, (char *)words_horizon(&arena, horizons[i].start, horizons[i].months),
                     (char *)horizons[i].want));
        arena_release(&arena);
    }
}
