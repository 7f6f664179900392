/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/words.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/money.h"
#include "base/number.h"
#include "base/share.h"

#define MINUS "\xE2\x88\x92"
#define COMMAS_BELOW 1e6 /* ticks without a currency; from here on they take units */

/* With the minus sign of paper. */
static const char *on_paper(struct arena *arena, const char *words) {
    return words[0] == '-' ? arena_printf(arena, MINUS "%s", words + 1) : words;
}

const char *words_money(struct arena *arena, double usd) {
    return on_paper(arena, money_words(arena, usd));
}

const char *words_money_signed(struct arena *arena, double usd) {
    if (fabs(usd) < 0.005) /* a step below a cent is noise */
        return "$0";
    const char *plain = words_money(arena, usd);
    return plain[0] == '$' && strcmp(plain, "$0") != 0 ? arena_printf(arena, "+%s", plain) : plain;
}

const char *words_number(struct arena *arena, double value) {
    return on_paper(arena, number_words(arena, value));
}

const char *words_percent(struct arena *arena, double share) {
    return on_paper(arena, number_percent(arena, share));
}

const char *words_band(struct arena *arena, double low, double high) {
    if (isnan(low) || isnan(high))
        return "unknown";
    return arena_printf(arena, "%s to +%s", words_percent(arena, low), words_percent(arena, high));
}

const char *words_share(struct arena *arena, double share) {
    return share_words(arena, share);
}

const char *words_asked(struct arena *arena, double share) {
    return arena_printf(arena, "%.4g%%", share * 100);
}

const char *words_whole(struct arena *arena, double value) {
    return on_paper(arena, number_whole(arena, value));
}

const char *words_seconds(struct arena *arena, double seconds) {
    if (!isfinite(seconds))
        return "n/a";
    if (seconds < 0.9995)
        return arena_printf(arena, "%s ms", number_words(arena, seconds * 1000));
    if (seconds < 120)
        return arena_printf(arena, "%s s", number_words(arena, seconds));
    return arena_printf(arena, "%s min", number_words(arena, seconds / 60));
}

const char *words_count(struct arena *arena, int n, bool capital) {
    static const char *const small[] = {"no",  "one",   "two",   "three", "four", "five",
                                        "six", "seven", "eight", "nine",  "ten"};
    if (n < 0 || n > 10)
        return arena_printf(arena, "%d", n);
    char *word = arena_strdup(arena, small[n]);
    if (capital)
        word[0] = (char)toupper((unsigned char)word[0]);
    return word;
}

const char *words_ordinal(struct arena *arena, int n) {
    static const char *const ends[] = {"th", "st", "nd", "rd"};
    int last = n % 10, teen = n % 100 / 10 == 1;
    return arena_printf(arena, "%d%s", n, !teen && last < 4 ? ends[last] : ends[0]);
}

const char *words_month(struct arena *arena, struct date date) {
    return arena_printf(arena, "%s %d", calendar_month_name(date.month), date.year);
}

const char *words_month_short(struct arena *arena, struct date date) {
    return arena_printf(arena, "%.3s %d", calendar_month_name(date.month), date.year);
}

static const char *words_day_short(struct arena *arena, struct date date) {
    return arena_printf(arena, "%d %s", date.day, words_month_short(arena, date));
}

const char *words_horizon(struct arena *arena, struct date start, int months) {
    struct date last = calendar_date(calendar_days(calendar_add_months(start, months)) - 1);
    if (start.day > 1)
        return arena_printf(arena, "%s to %s", words_day_short(arena, start),
                            words_day_short(arena, last));
    const char *first = words_month_short(arena, start);
    return months == 1 ? first
                       : arena_printf(arena, "%s to %s", first, words_month_short(arena, last));
}

const char *words_plural(double n) {
    return number_plural(n);
}

const char *words_list(struct arena *arena, const char *const *items, int n) {
    const char *out = n > 0 ? items[0] : "";
    for (int i = 1; i < n; i++)
        out = arena_printf(arena, "%s%s%s", out, i + 1 < n ? ", " : " and ", items[i]);
    return out;
}

/* "12,500", with the decimals of the step. */
static const char *with_commas(struct arena *arena, double size, int decimals) {
    if (decimals > 0)
        return arena_printf(arena, "%.*f", decimals, size);
    return number_whole(arena, size);
}

/* Decimals after which the step is a whole number. */
static int step_decimals(double step) {
    int decimals = 0;
    for (; decimals < 9 && fabs(step - nearbyint(step)) > 1e-6 * step; decimals++)
        step *= 10;
    return decimals;
}

/* Of all ticks alike: a unit that the largest has, from `first` on. */
static const char *scaled(struct arena *arena, double value, double step, double largest,
                          double first, const char *currency) {
    static const char *const units[] = {"", "K", "M", "B", "T"};
    int unit = 0;
    for (double s = fabs(largest); s >= first && s >= 999.5 && unit < 4; s /= 1000)
        unit++;
    double scale = pow(1000, unit);
    if (value == 0)
        return arena_printf(arena, "%s0", currency);
    return arena_printf(arena, "%s%s%s%s", value < 0 ? MINUS : "", currency,
                        with_commas(arena, fabs(value) / scale, step_decimals(step / scale)),
                        units[unit]);
}

const char *words_tick(struct arena *arena, double value, double step, double largest) {
    bool long_ones = fabs(largest) >= COMMAS_BELOW;
    return scaled(arena, value, step, largest, long_ones ? 0 : INFINITY, "");
}

const char *words_money_tick(struct arena *arena, double usd, double step, double largest) {
    return scaled(arena, usd, step, largest, 0, "$");
}

double words_two_digits(double value) {
    if (!(value > 0))
        return 0;
    double unit = pow(10, floor(log10(value)) - 1);
    return nearbyint(value / unit) * unit;
}
