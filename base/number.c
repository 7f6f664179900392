/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/number.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

enum { DECIMALS_MAX = 9 };
#define WHOLE 1e-9 /* of a value: no more than rounding lies between it and a whole one */

static const char *with_sign(struct arena *arena, double value, const char *size) {
    return value < 0 && strspn(size, "0.,%") < strlen(size) ? arena_printf(arena, "-%s", size)
                                                            : size;
}

/* Decimals that leave so many significant digits of 0 < value < 10^digits. */
static int decimals_of(double value, int digits) {
    int before = (int)floor(log10(value)) + 1, decimals = digits - before;
    if (value + 0.5 * pow(10, -decimals) >= pow(10, before))
        decimals--; /* 9.996 reads 10.0 */
    return decimals < 0 ? 0 : decimals > DECIMALS_MAX ? DECIMALS_MAX : decimals;
}

/* All of them, so that figures below each other are alike; what is whole has none after the point.
 */
static const char *significant(struct arena *arena, double value, int digits) {
    double whole = nearbyint(value);
    if (fabs(value - whole) <= WHOLE * value || value < 0.5 * pow(10, -DECIMALS_MAX))
        return arena_printf(arena, "%.0f", whole);
    return arena_printf(arena, "%.*f", decimals_of(value, digits), value);
}

/* The same without zeros at the end. */
static const char *shortest(struct arena *arena, double value, int digits) {
    char *out = arena_strdup(arena, significant(arena, value, digits));
    if (strchr(out, '.')) {
        size_t n = strlen(out);
        while (out[n - 1] == '0')
            out[--n] = '\0';
        if (out[n - 1] == '.')
            out[--n] = '\0';
    }
    return out;
}

const char *number_words(struct arena *arena, double value) {
    static const char *const units[] = {"", "K", "M", "B", "T"};
    double size = fabs(value);
    int unit = 0;
    if (!isfinite(value))
        return "n/a";
    for (; size >= 999.5 && unit < 4; unit++)
        size /= 1000;
    const char *digits = size < 999.5 ? significant(arena, size, 3) : number_whole(arena, size);
    return with_sign(arena, value, arena_printf(arena, "%s%s", digits, units[unit]));
}

/* "12345.6" as "12,345.6". */
static const char *with_commas(struct arena *arena, const char *digits) {
    struct text out = {.arena = arena};
    for (size_t left = strcspn(digits, "."); left > 0; left--) {
        text_append(&out, digits++, 1);
        if (left > 1 && left % 3 == 1)
            text_append_string(&out, ",");
    }
    text_append_string(&out, digits);
    return out.data;
}

const char *number_digits(struct arena *arena, double value, int digits) {
    double size = fabs(value);
    if (!isfinite(value))
        return "unknown";
    return with_sign(arena, value,
                     size < pow(10, digits) - 0.5
                         ? with_commas(arena, shortest(arena, size, digits))
                         : number_whole(arena, size));
}

const char *number_rounded(struct arena *arena, double value, int digits) {
    double size = fabs(value);
    if (!isfinite(value))
        return "n/a";
    if (size < 0.5 * pow(10, -DECIMALS_MAX))
        return "0";
    double unit = pow(10, floor(log10(size)) + 1 - digits);
    return with_sign(arena, value,
                     unit >= 1 ? number_whole(arena, unit * nearbyint(size / unit))
                               : arena_printf(arena, "%.*f", decimals_of(size, digits), size));
}

const char *number_whole(struct arena *arena, double value) {
    if (!isfinite(value) || fabs(value) >= 1e15)
        return "n/a";
    return with_sign(arena, value, with_commas(arena, arena_printf(arena, "%.0f", fabs(value))));
}

const char *number_percent(struct arena *arena, double share) {
    double percent = 100 * fabs(share);
    if (!isfinite(share))
        return "n/a";
    if (percent > 0 && percent < 0.01)
        return "under 0.01%";
    if (percent > 99.5 && percent < 100 * (1 - WHOLE))
        return with_sign(arena, share, "over 99%");
    const char *digits =
        percent < 9.95 ? shortest(arena, percent, 2) : number_whole(arena, percent);
    return with_sign(arena, share, arena_printf(arena, "%s%%", digits));
}

const char *number_times(struct arena *arena, double ratio) {
    if (!isfinite(ratio))
        return "n/a";
    return arena_printf(arena, "%s times", number_rounded(arena, ratio, 3));
}

const char *number_plural(double n) {
    return n == 1 ? "" : "s";
}

const char *number_part(struct arena *arena, int n, int all, const char *unit) {
    if (n == all)
        return all == 1 ? arena_printf(arena, "the only %s", unit)
                        : arena_printf(arena, "all %d %ss", all, unit);
    return arena_printf(arena, "%d of the %d %ss", n, all, unit);
}

const char *number_counted(struct arena *arena, double n, const char *unit) {
    const char *digits =
        fabs(n) < 999.5 ? with_sign(arena, n, shortest(arena, fabs(n), 3)) : number_words(arena, n);
    return arena_printf(arena, "%s %s%s", digits, unit,
                        number_plural(strcmp(digits, "1") == 0 ? 1 : 2));
}

const char *number_months(struct arena *arena, double n) {
    return number_counted(arena, nearbyint(10 * n) / 10, "month");
}
