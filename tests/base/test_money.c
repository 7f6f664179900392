/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Money by hand: halves computed on paper, parsing at the edges of the range, splits that add up,
 * and the three ways of writing an amount. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "base/rng.h"
#include "case_table.h"

static const struct {
    const char *text;
    bool good;
    int64_t pico;
} rates[] = {
    {"0", true, 0},
    {"1", true, 1000000000000},
    {"0.0000166667", true, 16666700},
    {"98.32", true, 98320000000000},
    {".5", true, 500000000000},
    {"5.", true, 5000000000000},
    {"0.000000000001", true, 1},
    {"0.0000000000010000", true, 1}, /* zeros are not finer */
    {"9223372.036854775807", true, INT64_MAX},
    {"9223372.036854775808", false, 0},
    {"9223373", false, 0},
    {"99999999999999999999", false, 0},
    {"0.0000000000001", false, 0},
    {"-1", false, 0},
    {"+1", false, 0},
    {"", false, 0},
    {".", false, 0},
    {"1.2.3", false, 0},
    {"1e-3", false, 0},
    {"$1", false, 0},
    {"1,000", false, 0},
    {" 1", false, 0},
};

CASE_TEST(money, parses_rates_exactly, rates) {
    usd_pico got = -5;
    bool good = money_parse_rate(bytes_of(rates[*index].text), &got);
    cr_assert(eq(int, good, rates[*index].good), "'%s'", rates[*index].text);
    cr_assert(eq(i64, got, good ? rates[*index].pico : -5), "'%s'", rates[*index].text);
}

Test(money, parses_amounts_to_the_nano) {
    usd_nano got = 0;
    cr_assert(money_parse_amount(bytes_of("1234.567890001"), &got));
    cr_assert(eq(i64, got, 1234567890001));
    cr_assert(not(money_parse_amount(bytes_of("0.0000000001"), &got)));
    cr_assert(money_parse_amount(bytes_of("9223372036.854775807"), &got));
    cr_assert(eq(i64, got, INT64_MAX));
}

/* nano = quantity x pico / (1000 per). */
static const struct {
    int64_t quantity, per, pico, nano;
} charges[] = {
    {1, 1, 500, 0},    /* 0.5 -> 0, the even neighbour */
    {1, 1, 1500, 2},   /* 1.5 -> 2 */
    {1, 1, 2500, 2},   /* 2.5 -> 2 */
    {1, 1, 2501, 3},   /* past the half */
    {1, 1, 2499, 2},   /* before it */
    {3, 2, 1000, 2},   /* 3 x 1000 / 2000 = 1.5 -> 2 */
    {5, 2, 1000, 2},   /* 2.5 -> 2 */
    {7, 2, 1000, 4},   /* 3.5 -> 4 */
    {1, 3, 1000, 0},   /* 0.333 */
    {2, 3, 1000, 1},   /* 0.667 */
    {1, 1, -1500, -2}, /* credits round the same way */
    {1, 1, -2500, -2},
    {0, 3600, 98320000000000, 0},
    {1, 3600, 98320000000000, 27311111}, /* a second of 98.32 USD/h: 0.027311111 USD */
    {3600, 3600, 98320000000000, 98320000000},
    {750000, 1000000, 600000000000, 450000000}, /* 0.75 M tokens at 0.60 USD/M */
    {INT64_MAX, INT64_MAX, 1000, 1},
    {9223372036854775, 1000000, 1000000, 9223372036855}, /* ...036854.775 -> ...036855 */
};

CASE_TEST(money, charges_half_even, charges) {
    cr_assert(eq(i64,
                 money_charge(charges[*index].quantity, charges[*index].per, charges[*index].pico),
                 charges[*index].nano));
}

Test(money, scales_rates_half_even) {
    cr_assert(eq(i64, money_scale_rate(1000, 91, 100), 910));
    cr_assert(eq(i64, money_scale_rate(5, 1, 2), 2)); /* 2.5 */
    cr_assert(eq(i64, money_scale_rate(7, 1, 2), 4)); /* 3.5 */
    cr_assert(eq(i64, money_scale_rate(7, -1, 2), -4));
    cr_assert(eq(i64, money_scale_rate(INT64_MAX, 1, 1), INT64_MAX));
}

Test(money, charge_past_the_range_is_a_bug, .exit_code = 70) {
    money_charge(INT64_MAX, 1, USD_PICO_PER_USD);
}

Test(money, negative_quantity_is_a_bug, .exit_code = 70) {
    money_charge(-1, 1, 1);
}

Test(money, zero_divisor_is_a_bug, .exit_code = 70) {
    money_scale_rate(1, 1, 0);
}

/* ---- splits ---- */

static const struct {
    usd_nano total;
    double weights[4];
    size_t n;
    usd_nano parts[4];
} splits[] = {
    {10, {1, 1, 1}, 3, {4, 3, 3}}, /* 3.33 each; the tie goes to the first */
    {11, {1, 1, 1}, 3, {4, 4, 3}}, /* 3.67 each */
    {10, {1, 2, 4}, 3, {1, 3, 6}}, /* 1.43 2.86 5.71: .86 then .71 round up */
    {-10, {1, 1, 1}, 3, {-4, -3, -3}},
    {7, {0, 0, 0}, 3, {7, 0, 0}}, /* no weight: the first */
    {7, {0, 1, 0}, 3, {0, 7, 0}},
    {5, {0.1, 0.1, 0.1, 0.1}, 4, {2, 1, 1, 1}},
    {3, {1e-300, 1e300}, 2, {0, 3}},
    {0, {1, 2}, 2, {0, 0}},
    {INT64_MAX, {1, 1}, 2, {INT64_MAX / 2 + 1, INT64_MAX / 2}},
    {INT64_MIN, {1}, 1, {INT64_MIN}},
};

CASE_TEST(money, splits_by_largest_remainder, splits) {
    usd_nano parts[4] = {0};
    money_split(splits[*index].total, splits[*index].weights, splits[*index].n, parts);
    for (size_t i = 0; i < splits[*index].n; i++)
        cr_assert(eq(i64, parts[i], splits[*index].parts[i]), "case %d part %zu", *index, i);
}

/* Parts add up and none is a whole nano-dollar away from its exact share. */
Test(money, random_splits_add_up) {
    struct rng rng = rng_open(3, 0, RNG_TEST, 0);
    for (int round = 0; round < 500; round++) {
        double weights[300], sum = 0;
        usd_nano parts[300], added = 0;
        size_t n = 1 + (size_t)rng_below(&rng, 300);
        for (size_t i = 0; i < n; i++)
            sum += weights[i] = rng_below(&rng, 5) ? rng_exponential(&rng, 3) : 0;
        usd_nano total = (usd_nano)rng_below(&rng, 1000000000000) - 500000000000;
        money_split(total, weights, n, parts);
        for (size_t i = 0; i < n; i++) {
            added += parts[i];
            double share = sum > 0 ? (double)total * weights[i] / sum : i == 0 ? (double)total : 0;
            cr_assert(lt(dbl, fabs((double)parts[i] - share), 1.01));
        }
        cr_assert(eq(i64, added, total), "round %d", round);
    }
}

Test(money, negative_weight_is_a_bug, .exit_code = 70) {
    usd_nano parts[2];
    money_split(10, (double[]){1, -1}, 2, parts);
}

Test(money, infinite_weight_is_a_bug, .exit_code = 70) {
    usd_nano parts[2];
    money_split(10, (double[]){1, INFINITY}, 2, parts);
}

/* ---- doubles and writing ---- */

Test(money, doubles) {
    cr_assert(eq(i64, money_rate_from_usd(0.0042), 4200000000));
    cr_assert(eq(i64, money_rate_from_usd(98.32), 98320000000000));
    cr_assert(eq(i64, money_rate_from_usd(1e-13), 0));
    cr_assert(eq(dbl, money_rate_usd(98320000000000), 98.32));
    cr_assert(eq(dbl, money_amount_usd(1500000000), 1.5));
}

Test(money, rate_that_is_not_finite_is_a_bug, .exit_code = 70) {
    money_rate_from_usd(NAN);
}

static const struct {
    double usd;
    const char *text;
} shorts[] = {
    {0.0042, "$0.00420"},
    {950, "$950"},
    {12700, "$12.7K"},
    {1240000, "$1.24M"},
    {2903.2, "$2.90K"},
    {12, "$12.0"},
    {0, "$0"},
    {-0.0, "$0"},
    {1.5, "$1.50"},
    {1.234, "$1.23"},
    {2, "$2.00"},
    {12.5, "$12.5"},
    {99.96, "$100"},
    {999.4, "$999"},
    {999.5, "$1.00K"},
    {1000, "$1.00K"},
    {999600, "$1.00M"},
    {100000, "$100K"},
    {120, "$120"},
    {-950, "-$950"},
    {-12700, "-$12.7K"},
    {2.5e9, "$2.50B"},
    {3.21e12, "$3.21T"},
    {4.5e15, "$4500T"},
    {4.2e-7, "$0.000000420"},
    {0.1, "$0.100"},
    {0.0999999, "$0.100"},
    {1e-30, "$0"},
    {1.23e30, "$123e28"},
    {NAN, "n/a"},
    {-4.2e-7, "-$0.000000420"},
    {1.23e-9, "$0.00000000123"},
    {1.23e-10, "$0"},
};

CASE_TEST(money, short_form_has_three_digits, shorts) {
    char out[32];
    money_format_short(out, shorts[*index].usd);
    cr_assert(eq(str, out, (char *)shorts[*index].text));
}

/* All amounts have the same number of digits, so that columns of them are even. */
Test(money, short_form_never_drops_a_zero) {
    srand(11);
    for (int i = 0; i < 10000; i++) {
        double usd = pow(10, -8.0 + 20.0 * rand() / RAND_MAX);
        usd = i % 2 ? usd : (double)(1 + rand() % 9) * pow(10, rand() % 14 - 4);
        char out[32];
        money_format_short(out, usd);
        int n = 0;
        for (const char *p = out; *p; p++)
            n += *p >= '0' && *p <= '9' && (n > 0 || *p != '0');
        cr_assert(eq(int, n, 3), "%s for %.17g", out, usd);
    }
}

static const struct {
    usd_nano amount;
    const char *cents, *plain;
} amounts[] = {
    {0, "$0.00", "0"},
    {1234567890000001, "$1,234,567.89", "1234567.890000001"},
    {5000000, "$0.00", "0.005"},  /* half a cent -> 0, even */
    {15000000, "$0.02", "0.015"}, /* 1.5 cents -> 2 */
    {25000000, "$0.02", "0.025"}, /* 2.5 cents -> 2 */
    {-5000000, "$0.00", "-0.005"},
    {-1230000000, "-$1.23", "-1.23"},
    {999995000001, "$1,000.00", "999.995000001"},
    {100000000000, "$100.00", "100"},
    {1, "$0.00", "0.000000001"},
    {INT64_MAX, "$9,223,372,036.85", "9223372036.854775807"},
    {INT64_MIN, "-$9,223,372,036.85", "-9223372036.854775808"},
};

CASE_TEST(money, writes_cents_and_exact_decimals, amounts) {
    char out[40];
    money_format_cents(out, amounts[*index].amount);
    cr_assert(eq(str, out, (char *)amounts[*index].cents));
    money_format_plain(out, amounts[*index].amount);
    cr_assert(eq(str, out, (char *)amounts[*index].plain));
}
