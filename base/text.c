/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers are read and written without the locale: the C library sees only digits and exponents,
 * never a decimal point. */
#include "base/text.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { NUMBER_BYTES_MAX = 512, WORD_BYTES_MAX = 64 };

struct bytes bytes_of(const char *text) {
    return (struct bytes){text, text ? strlen(text) : 0};
}

bool bytes_equal(struct bytes a, struct bytes b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.data, b.data, a.n) == 0);
}

bool bytes_are(struct bytes a, const char *text) {
    return bytes_equal(a, bytes_of(text));
}

static bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct bytes bytes_trim(struct bytes a) {
    while (a.n > 0 && is_blank(a.data[0]))
        a = (struct bytes){a.data + 1, a.n - 1};
    while (a.n > 0 && is_blank(a.data[a.n - 1]))
        a.n--;
    return a;
}

/* ---- growing text ---- */

static void reserve(struct text *text, size_t more) {
    ENSURE(more < SIZE_MAX / 4 && text->n < SIZE_MAX / 4);
    size_t need = text->n + more + 1;
    if (need <= text->capacity)
        return;
    size_t capacity = text->capacity ? 2 * text->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    text->data = arena_grow(text->arena, text->data, text->n, capacity, 1);
    text->capacity = capacity;
}

void text_append(struct text *text, const char *data, size_t n) {
    reserve(text, n);
    if (n > 0)
        memcpy(text->data + text->n, data, n);
    text->n += n;
    text->data[text->n] = '\0';
}

void text_append_string(struct text *text, const char *string) {
    text_append(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ENSURE(n >= 0);
    reserve(text, (size_t)n);
    vsnprintf(text->data + text->n, (size_t)n + 1, format, again);
    va_end(again);
    text->n += (size_t)n;
}

/* ---- numbers ---- */

/* A decimal number taken apart: value = digits x 10^exponent. */
struct decimal {
    bool negative, any_digit, nonzero, exact; /* exact: `leading` holds every digit */
    uint64_t leading;
    int exponent;
    size_t n_digits;
    char *digits; /* [NUMBER_BYTES_MAX], the caller's: clearing it would cost more than the rest */
};

static void take_digit(struct decimal *decimal, char c) {
    decimal->any_digit = true;
    if (decimal->n_digits == 0 && c == '0')
        return; /* leading zeros carry nothing */
    decimal->nonzero = true;
    decimal->digits[decimal->n_digits++] = c;
    if (decimal->n_digits <= 19)
        decimal->leading = decimal->leading * 10 + (uint64_t)(c - '0');
    else
        decimal->exact = false;
}

static bool take_exponent(struct decimal *decimal, const char *p, const char *end) {
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return false;
    int exponent = 0;
    for (; p < end; p++) {
        if (!is_digit(*p))
            return false;
        if (exponent < 100000)
            exponent = exponent * 10 + (*p - '0');
    }
    decimal->exponent += negative ? -exponent : exponent;
    return true;
}

static bool take_apart(struct bytes in, char *digits, struct decimal *decimal) {
    if (in.n == 0 || in.n >= NUMBER_BYTES_MAX)
        return false;
    const char *p = in.data, *end = in.data + in.n;
    *decimal = (struct decimal){.exact = true, .negative = *p == '-', .digits = digits};
    if (*p == '-' || *p == '+')
        p++;
    for (; p < end && is_digit(*p); p++)
        take_digit(decimal, *p);
    if (p < end && *p == '.') {
        for (p++; p < end && is_digit(*p); p++) {
            take_digit(decimal, *p);
            decimal->exponent--;
        }
    }
    if (!decimal->any_digit)
        return false;
    if (p < end && (*p == 'e' || *p == 'E'))
        return take_exponent(decimal, p + 1, end);
    return p == end;
}

/* Both operands of the fast path are exact doubles, so its one operation is rounded correctly. The
 * rest goes through strtod as "digits e exponent", in which no locale has a say. */
bool text_parse_double(struct bytes in, double *out) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    char all_digits[NUMBER_BYTES_MAX];
    struct decimal decimal;
    if (!take_apart(in, all_digits, &decimal))
        return false;
    double value;
    if (!decimal.nonzero) {
        value = 0;
    } else if (decimal.exact && decimal.leading <= 1ULL << 53 && abs(decimal.exponent) <= 22) {
        double digits = (double)decimal.leading;
        value = decimal.exponent < 0 ? digits / powers[-decimal.exponent]
                                     : digits * powers[decimal.exponent];
    } else {
        char buffer[NUMBER_BYTES_MAX + 16];
        snprintf(buffer, sizeof buffer, "%.*se%d", (int)decimal.n_digits, decimal.digits,
                 decimal.exponent);
        value = strtod(buffer, NULL);
        if (!isfinite(value) || value == 0)
            return false;
    }
    *out = decimal.negative ? -value : value;
    return true;
}

bool text_parse_int64(struct bytes in, int64_t *out) {
    size_t i = in.n > 0 && (in.data[0] == '-' || in.data[0] == '+') ? 1 : 0;
    if (i == in.n)
        return false;
    bool negative = in.data[0] == '-';
    int64_t value = 0;
    for (; i < in.n; i++) {
        if (!is_digit(in.data[i]))
            return false;
        int digit = in.data[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return false;
    }
    *out = value;
    return true;
}

/* The C library may write the decimal point of some locale; every run of foreign bytes is one
 * point. */
static void copy_with_point(char out[32], const char *number) {
    size_t n = 0;
    bool in_point = false;
    for (const char *p = number; *p && n < 31; p++) {
        bool own = is_digit(*p) || *p == '-' || *p == '+' || *p == 'e';
        if (own)
            out[n++] = *p;
        else if (!in_point)
            out[n++] = '.';
        in_point = !own;
    }
    out[n] = '\0';
}

/* Every decimal of up to 15 digits survives the way through a normal double, so 15 digits with the
 * trailing zeros dropped are the shortest whenever they read back; subnormal numbers hold fewer. */
void text_format_double(char out[32], double value) {
    if (!isfinite(value)) {
        memcpy(out, "null", 5);
        return;
    }
    char buffer[40];
    bool subnormal = value != 0 && fabs(value) < DBL_MIN;
    for (int digits = subnormal ? 1 : 15; digits <= 17; digits++) {
        snprintf(buffer, sizeof buffer, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value)
            break;
    }
    copy_with_point(out, buffer);
}

/* ---- UTF-8 ---- */

/* The character at `p`: its length in bytes, 0 when malformed (overlong, surrogate, past U+10FFFF,
 * cut). */
static size_t utf8_next(const unsigned char *p, size_t n, uint32_t *code) {
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    size_t length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (p[0] < 0xC2 || p[0] > 0xF4 || length > n)
        return 0;
    uint32_t value = p[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3F);
    }
    if (value < smallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code = value;
    return length;
}

bool text_is_utf8(struct bytes in, size_t *bad_offset) {
    for (size_t i = 0; i < in.n;) {
        uint64_t eight;
        if (in.n - i >= 8 && (memcpy(&eight, in.data + i, 8), (eight & 0x8080808080808080) == 0)) {
            i += 8;
            continue;
        }
        uint32_t code;
        size_t length = utf8_next((const unsigned char *)in.data + i, in.n - i, &code);
        if (length == 0) {
            if (bad_offset)
                *bad_offset = i;
            return false;
        }
        i += length;
    }
    return true;
}

static bool is_harmful(uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || /* controls */
           code == 0x61C || code == 0x200E || code == 0x200F ||
           (code >= 0x2028 && code <= 0x202E) || /* line ends, overrides */
           (code >= 0x2066 && code <= 0x2069) || /* isolates */
           (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE; /* never characters */
}

size_t text_harmful_bytes(struct bytes in) {
    uint32_t code = 0;
    size_t length = utf8_next((const unsigned char *)in.data, in.n, &code);
    return length > 0 && is_harmful(code) ? length : 0;
}

char *text_printable(struct arena *arena, struct bytes in) {
    char *out = arena_alloc(arena, in.n + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < in.n;) {
        uint32_t code = 0;
        size_t length = utf8_next((const unsigned char *)in.data + i, in.n - i, &code);
        if (length == 0 || is_harmful(code)) {
            out[n++] = code == '\t' ? ' ' : '?';
        } else {
            memcpy(out + n, in.data + i, length);
            n += length;
        }
        i += length ? length : 1;
    }
    return out;
}

/* ---- did you mean ---- */

static unsigned char lower(char c) {
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int smaller(int a, int b) {
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`, letter case
 * aside; three rows of the usual table are enough. Both are at most WORD_BYTES_MAX long. */
static int edit_distance(struct bytes a, struct bytes b) {
    int rows[3][WORD_BYTES_MAX + 1];
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= a.n; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= b.n; j++) {
            unsigned char x = lower(a.data[i - 1]), y = lower(b.data[j - 1]);
            int best = smaller(above[j], row[j - 1]) + 1;
            best = smaller(best, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b.data[j - 2]) && lower(a.data[i - 2]) == y)
                best = smaller(best, above2[j - 2] + 1);
            row[j] = best;
        }
    }
    return rows[a.n % 3][b.n];
}

/* The shortest that goes on where the word ends: "bge-large-en-v1.5" for "bge-large". */
static const char *longer(struct bytes word, const char *const *candidates, size_t n_candidates) {
    enum { BYTES_MIN = 4 };
    const char *best = NULL;
    for (size_t i = 0; word.n >= BYTES_MIN && i < n_candidates; i++) {
        struct bytes candidate = bytes_of(candidates[i]);
        if (candidate.n > word.n && memcmp(candidate.data, word.data, word.n) == 0 &&
            (!best || candidate.n < strlen(best)))
            best = candidates[i];
    }
    return best;
}

const char *text_nearest(struct bytes word, const char *const *candidates, size_t n_candidates) {
    if (word.n == 0 || word.n > WORD_BYTES_MAX)
        return NULL;
    const char *nearest = longer(word, candidates, n_candidates);
    int limit = nearest ? 1 : word.n / 3 > 1 ? (int)(word.n / 3) : 1;
    for (size_t i = 0; i < n_candidates; i++) {
        struct bytes candidate = bytes_of(candidates[i]);
        if (candidate.n == 0 || candidate.n > WORD_BYTES_MAX)
            continue;
        int distance = edit_distance(word, candidate);
        if (distance <= limit) {
            nearest = candidates[i];
            limit = distance - 1; /* later ones must be strictly nearer */
        }
    }
    return nearest;
}
