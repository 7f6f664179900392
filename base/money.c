/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All products are formed in 128 bits and divided once. */
#include "base/money.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

__extension__ typedef __int128 int128;

static bool parse_scaled(struct bytes in, int n_decimals, int64_t *out) {
    size_t i = 0;
    int64_t value = 0;
    int decimals = -1; /* -1: before the point */
    bool any = false;
    for (; i < in.n; i++) {
        char c = in.data[i];
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9')
            return false;
        any = true;
        if (decimals >= n_decimals) {
            if (c != '0')
                return false;
            continue;
        }
        if (decimals >= 0)
            decimals++;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, c - '0', &value))
            return false;
    }
    for (int k = decimals < 0 ? 0 : decimals; k < n_decimals; k++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    if (any)
        *out = value;
    return any;
}

bool money_parse_rate(struct bytes in, usd_pico *out) {
    return parse_scaled(in, 12, out);
}

bool money_parse_amount(struct bytes in, usd_nano *out) {
    return parse_scaled(in, 9, out);
}

/* numerator / denominator to the nearest whole, halves to even; denominator > 0. */
static int64_t divide_half_even(int128 numerator, int128 denominator) {
    int128 quotient = numerator / denominator;
    int128 rest = numerator % denominator;
    int128 twice = 2 * (rest < 0 ? -rest : rest);
    if (twice > denominator || (twice == denominator && quotient % 2 != 0))
        quotient += numerator < 0 ? -1 : 1;
    ENSURE(quotient >= INT64_MIN && quotient <= INT64_MAX);
    return (int64_t)quotient;
}

usd_nano money_charge(int64_t quantity, int64_t per, usd_pico rate) {
    ENSURE(quantity >= 0 && per > 0);
    return divide_half_even((int128)quantity * rate,
                            (int128)per * (USD_PICO_PER_USD / USD_NANO_PER_USD));
}

usd_pico money_scale_rate(usd_pico rate, int64_t numerator, int64_t denominator) {
    ENSURE(denominator > 0);
    return divide_half_even((int128)rate * numerator, denominator);
}

/* ---- splitting ---- */

struct remainder {
    int128 rest;
    size_t index;
};

static int larger_first(const void *left, const void *right) {
    const struct remainder *a = left, *b = right;
    if (a->rest != b->rest)
        return a->rest > b->rest ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Weights become whole numbers by one power of two that brings the largest to 62 bits: weights
 * within 2^9 of it stay exact, and so does every product below. */
static int128 whole_weights(const double *weights, size_t n, int64_t *whole) {
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        ENSURE(isfinite(weights[i]) && weights[i] >= 0);
        largest = weights[i] > largest ? weights[i] : largest;
    }
    int exponent = 0;
    frexp(largest, &exponent);
    int128 sum = 0;
    for (size_t i = 0; i < n; i++) {
        whole[i] = (int64_t)ldexp(weights[i], 62 - exponent);
        sum += whole[i];
    }
    return sum;
}

void money_split(usd_nano total, const double *weights, size_t n, usd_nano *parts) {
    ENSURE(n > 0);
    struct arena arena = {0};
    int64_t *whole = arena_new(&arena, int64_t, n);
    struct remainder *rests = arena_new(&arena, struct remainder, n);
    int128 sum = whole_weights(weights, n, whole);
    if (sum == 0) {
        whole[0] = 1;
        sum = 1;
    }
    int128 magnitude = total < 0 ? -(int128)total : total;
    int128 left = magnitude;
    int sign = total < 0 ? -1 : 1;
    for (size_t i = 0; i < n; i++) {
        int128 product = magnitude * whole[i];
        int128 part = product / sum;
        rests[i] = (struct remainder){product % sum, i};
        parts[i] = (usd_nano)(sign * part);
        left -= part;
    }
    qsort(rests, n, sizeof *rests, larger_first);
    ENSURE(left >= 0 && (size_t)left < n);
    for (size_t i = 0; i < (size_t)left; i++)
        parts[rests[i].index] += sign;
    arena_release(&arena);
}

/* ---- to and from double ---- */

double money_rate_usd(usd_pico rate) {
    return (double)rate / (double)USD_PICO_PER_USD;
}

double money_amount_usd(usd_nano amount) {
    return (double)amount / (double)USD_NANO_PER_USD;
}

usd_pico money_rate_from_usd(double usd) {
    double pico = usd * (double)USD_PICO_PER_USD;
    ENSURE(isfinite(pico) && fabs(pico) < 9.2e18);
    return llround(pico);
}

/* ---- for people ---- */

/* "%.2e" gives the three digits already rounded, carry included; only its digits are used, so the
 * locale's decimal point has no say. */
static int three_digits(double magnitude, char digits[4]) {
    char buffer[40];
    snprintf(buffer, sizeof buffer, "%.2e", magnitude);
    int n = 0;
    const char *p = buffer;
    for (; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9' && n < 3)
            digits[n++] = *p;
    digits[n] = '\0';
    return (int)strtol(p + 1, NULL, 10);
}

/* digits x 10^(exponent - 2) as a plain decimal, -20 <= exponent <= 20. All three are shown, so
 * that amounts below each other are alike. */
static char *put_decimal(char *out, const char *digits, int exponent) {
    if (exponent < 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = -1; i > exponent; i--)
            *out++ = '0';
    }
    for (int i = 0; i < 3 || i <= exponent; i++) {
        if (exponent >= 0 && i == exponent + 1)
            *out++ = '.';
        *out++ = i < 3 ? digits[i] : '0';
    }
    return out;
}

void money_format_short(char out[32], double usd) {
    if (!isfinite(usd)) {
        memcpy(out, "n/a", 4);
        return;
    }
    char digits[4];
    int exponent = three_digits(fabs(usd), digits);
    if (usd == 0 || exponent < -9) { /* finer than any amount of money here */
        memcpy(out, "$0", 3);
        return;
    }
    if (usd < 0)
        *out++ = '-';
    *out++ = '$';
    if (exponent > 17) {
        snprintf(out, 28, "%c%c%ce%d", digits[0], digits[1], digits[2], exponent - 2);
        return;
    }
    static const char units[] = {'\0', 'K', 'M', 'B', 'T'};
    int unit = exponent < 3 ? 0 : exponent / 3;
    if (unit > 4)
        unit = 4;
    out = put_decimal(out, digits, exponent - 3 * unit);
    if (unit > 0)
        *out++ = units[unit];
    *out = '\0';
}

const char *money_words(struct arena *arena, double usd) {
    char text[32];
    money_format_short(text, usd);
    return arena_strdup(arena, text);
}

static uint64_t magnitude_of(int64_t value) {
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* `digits` significant ones of the larger of two, as a plain decimal. */
static void put_digits(char out[32], double usd, double larger, int digits) {
    int decimals = digits - 1 - (int)floor(log10(larger));
    char number[64];
    snprintf(number, sizeof number, "%s$%.*f", usd < 0 ? "-" : "", decimals > 0 ? decimals : 0,
             fabs(usd));
    snprintf(out, 32, "%.31s", number);
}

void money_format_apart(char a_out[32], char b_out[32], double a, double b) {
    enum { DIGITS_MAX = 6 };
    money_format_short(a_out, a);
    money_format_short(b_out, b);
    double larger = fmax(fabs(a), fabs(b));
    if (!isfinite(larger) || fabs(a - b) <= 1e-9 * larger || larger < 1e-9 || larger > 1e12)
        return;
    for (int digits = 4; strcmp(a_out, b_out) == 0 && digits <= DIGITS_MAX; digits++) {
        put_digits(a_out, a, larger, digits);
        put_digits(b_out, b, larger, digits);
    }
    if (strcmp(a_out, b_out) == 0) {
        money_format_short(a_out, a);
        money_format_short(b_out, b);
    }
}

void money_format_cents(char out[40], usd_nano amount) {
    int64_t cents = divide_half_even(amount, USD_NANO_PER_USD / 100);
    uint64_t magnitude = magnitude_of(cents);
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)(magnitude / 100));
    if (cents < 0)
        *out++ = '-';
    *out++ = '$';
    for (int i = 0; i < n; i++) {
        *out++ = digits[i];
        if (i + 1 < n && (n - i - 1) % 3 == 0)
            *out++ = ',';
    }
    *out++ = '.';
    *out++ = (char)('0' + magnitude % 100 / 10);
    *out++ = (char)('0' + magnitude % 10);
    *out = '\0';
}

void money_format_plain(char out[40], usd_nano amount) {
    uint64_t magnitude = magnitude_of(amount);
    uint64_t fraction = magnitude % (uint64_t)USD_NANO_PER_USD;
    int n = snprintf(out, 40, "%s%llu.%09llu", amount < 0 ? "-" : "",
                     (unsigned long long)(magnitude / (uint64_t)USD_NANO_PER_USD),
                     (unsigned long long)fraction);
    while (out[n - 1] == '0')
        n--;
    if (out[n - 1] == '.')
        n--;
    out[n] = '\0';
}
