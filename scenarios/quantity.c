/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units that are powers of ten shift the decimal point of the text before it becomes a double, so
 * that 99.9% is the double nearest to 0.999. */
#include "scenarios/quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { UNITS_MAX = 14 };

struct unit {
    const char *name; /* "$..." : the form with the sign in front of the number */
    int exponent;     /* of ten, and then */
    double multiply, divide;
    bool yearly; /* compounding: a year's growth as twelve equal months */
};

/* The first unit of a kind is the one that hints show. */
static const struct unit units[QUANTITY_KINDS][UNITS_MAX] = {
    [QUANTITY_DURATION] = {{"ms", -3, 1, 1, false},
                           {"s", 0, 1, 1, false},
                           {"min", 0, 60, 1, false},
                           {"h", 0, 3600, 1, false},
                           {"d", 0, 86400, 1, false}},
    [QUANTITY_MONEY] = {{"USD", 0, 1, 1, false},
                        {"kUSD", 3, 1, 1, false},
                        {"MUSD", 6, 1, 1, false},
                        {"$", 0, 1, 1, false},
                        {"$k", 3, 1, 1, false},
                        {"$K", 3, 1, 1, false},
                        {"$M", 6, 1, 1, false}},
    [QUANTITY_MONEY_RATE] = {{"USD/h", 0, 1, 1, false},
                             {"kUSD/h", 3, 1, 1, false},
                             {"$/h", 0, 1, 1, false},
                             {"$k/h", 3, 1, 1, false},
                             {"$K/h", 3, 1, 1, false},
                             {"USD/year", 0, 1, 8760, false},
                             {"kUSD/year", 3, 1, 8760, false},
                             {"MUSD/year", 6, 1, 8760, false},
                             {"$/year", 0, 1, 8760, false},
                             {"$M/year", 6, 1, 8760, false}},
    [QUANTITY_SHARE] = {{"%", -2, 1, 1, false}},
    [QUANTITY_GROWTH] = {{"%/month", -2, 1, 1, false}, {"%/year", -2, 1, 1, true}},
    [QUANTITY_RATE] = {{"req/s", 0, 1, 1, false},
                       {"req/min", 0, 1, 60, false},
                       {"req/h", 0, 1, 3600, false}},
    [QUANTITY_TOKENS] = {{"tokens", 0, 1, 1, false},
                         {"token", 0, 1, 1, false},
                         {"K tokens", 3, 1, 1, false},
                         {"M tokens", 6, 1, 1, false}},
    [QUANTITY_TOKEN_RATE] = {{"tokens/min", 0, 1, 60, false},
                             {"K tokens/min", 3, 1, 60, false},
                             {"M tokens/min", 6, 1, 60, false},
                             {"tokens/s", 0, 1, 1, false},
                             {"K tokens/s", 3, 1, 1, false}},
    [QUANTITY_MEMORY] = {{"MB", 0, 1, 1, false},
                         {"MiB", 0, 1, 1, false},
                         {"GB", 0, 1024, 1, false},
                         {"GiB", 0, 1024, 1, false}},
    [QUANTITY_VCPU] = {{"vCPU", 0, 1, 1, false}},
    [QUANTITY_DATA_RATE] = {{"GB/s", 9, 1, 1, false},
                            {"MB/s", 6, 1, 1, false},
                            {"TB/s", 12, 1, 1, false},
                            {"Gbit/s", 9, 1, 8, false},
                            {"Tbit/s", 12, 1, 8, false},
                            {"MiB/s", 0, 1048576, 1, false},
                            {"GiB/s", 0, 1073741824, 1, false}},
    [QUANTITY_DATA_SIZE] = {{"MiB", 0, 1, 1, false},
                            {"KiB", 0, 1, 1024, false},
                            {"GiB", 0, 1024, 1, false},
                            {"B", 0, 1, 1048576, false},
                            {"KB", 3, 1, 1048576, false},
                            {"MB", 6, 1, 1048576, false},
                            {"GB", 9, 1, 1048576, false}},
    [QUANTITY_DATA_MONTHLY] = {{"GB/month", 9, 1, 1, false},
                               {"MB/month", 6, 1, 1, false},
                               {"TB/month", 12, 1, 1, false},
                               {"GiB/month", 0, 1073741824, 1, false},
                               {"TiB/month", 0, 1099511627776, 1, false}},
    [QUANTITY_MASS] = {{"kg", 0, 1, 1, false}, {"t", 3, 1, 1, false}},
    [QUANTITY_CARBON_PRICE] = {{"USD/t", -3, 1, 1, false},
                               {"USD/kg", 0, 1, 1, false},
                               {"$/t", -3, 1, 1, false}},
};

static const struct {
    const char *words, *example;
} kinds[QUANTITY_KINDS] = {
#define X(name, words, example) {words, example},
    QUANTITY_KINDS_LIST(X)
#undef X
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static size_t skip_digits(struct bytes in, size_t i) {
    while (i < in.n && is_digit(in.data[i]))
        i++;
    return i;
}

/* The longest prefix that is a decimal number; an 'e' belongs to it only before digits, and a
 * point only beside one. 0: no number. */
static size_t number_length(struct bytes in) {
    size_t i = in.n > 0 && (in.data[0] == '-' || in.data[0] == '+') ? 1 : 0;
    size_t whole = skip_digits(in, i), n_digits = whole - i;
    i = whole;
    if (i < in.n && in.data[i] == '.') {
        size_t end = skip_digits(in, i + 1);
        n_digits += end - (i + 1);
        i = end;
    }
    if (n_digits == 0)
        return 0;
    if (i < in.n && (in.data[i] == 'e' || in.data[i] == 'E')) {
        size_t j = i + 1 < in.n && (in.data[i + 1] == '-' || in.data[i + 1] == '+') ? i + 2 : i + 1;
        if (j < in.n && is_digit(in.data[j]))
            i = skip_digits(in, j);
    }
    return i;
}

static const struct unit *find_unit(enum quantity_kind kind, struct bytes name, bool dollar) {
    for (const struct unit *unit = units[kind]; unit < units[kind] + UNITS_MAX && unit->name;
         unit++) {
        bool in_front = unit->name[0] == '$';
        if (in_front == dollar && bytes_are(name, unit->name + in_front))
            return unit;
    }
    return NULL;
}

static enum quantity_problem parse_plain(enum quantity_kind kind, struct quantity *out) {
    if (out->unit.n > 0)
        return QUANTITY_UNIT_UNKNOWN;
    if (kind != QUANTITY_COUNT)
        return QUANTITY_FINE;
    size_t sign = is_digit(out->number.data[0]) ? 0 : 1;
    return skip_digits(out->number, sign) == out->number.n ? QUANTITY_FINE : QUANTITY_NOT_WHOLE;
}

/* The number times a power of ten; a number with an exponent of its own is multiplied instead. */
static bool shift(struct bytes number, int exponent, double *value) {
    char shifted[128];
    bool plain = !memchr(number.data, 'e', number.n) && !memchr(number.data, 'E', number.n);
    if (plain && number.n < sizeof shifted - 16) {
        int n = snprintf(shifted, sizeof shifted, "%.*se%d", (int)number.n, number.data, exponent);
        return text_parse_double((struct bytes){shifted, (size_t)n}, value);
    }
    *value *= pow(10, exponent);
    return true;
}

static double in_base_units(const struct unit *unit, double value) {
    double base = value * unit->multiply / unit->divide;
    if (!unit->yearly)
        return base;
    return base > -1 ? pow(1 + base, 1.0 / 12) - 1 : -1;
}

enum quantity_problem quantity_parse(enum quantity_kind kind, struct bytes in,
                                     struct quantity *out) {
    *out = (struct quantity){0};
    in = bytes_trim(in);
    bool dollar = in.n > 0 && in.data[0] == '$';
    if (dollar)
        in = (struct bytes){in.data + 1, in.n - 1};
    size_t n = number_length(in);
    if (n == 0)
        return QUANTITY_NOT_A_NUMBER;
    out->number = (struct bytes){in.data, n};
    out->unit = bytes_trim((struct bytes){in.data + n, in.n - n});
    if (out->unit.n > 0 && (out->unit.data[0] == ',' || out->unit.data[0] == '_'))
        return QUANTITY_SEPARATOR;
    if (!text_parse_double(out->number, &out->value))
        return QUANTITY_NOT_A_NUMBER;
    if (quantity_is_plain(kind))
        return dollar ? QUANTITY_NOT_A_NUMBER : parse_plain(kind, out);
    if (out->unit.n == 0 && !dollar)
        return QUANTITY_UNIT_MISSING;
    const struct unit *unit = find_unit(kind, out->unit, dollar);
    if (!unit)
        return QUANTITY_UNIT_UNKNOWN;
    if (!shift(out->number, unit->exponent, &out->value))
        return QUANTITY_NOT_A_NUMBER;
    out->value = in_base_units(unit, out->value);
    return isfinite(out->value) ? QUANTITY_FINE : QUANTITY_NOT_A_NUMBER;
}

const char *quantity_words(enum quantity_kind kind) {
    return kinds[kind].words;
}

const char *quantity_example(enum quantity_kind kind) {
    return kinds[kind].example;
}

bool quantity_is_plain(enum quantity_kind kind) {
    return kind == QUANTITY_NUMBER || kind == QUANTITY_COUNT;
}

void quantity_append_units(enum quantity_kind kind, struct text *out) {
    for (int i = 0; i < UNITS_MAX && units[kind][i].name; i++)
        text_printf(out, "%s%s", i ? ", " : "", units[kind][i].name);
}

const char *quantity_nearest_unit(enum quantity_kind kind, struct bytes unit) {
    const char *names[UNITS_MAX];
    size_t n = 0;
    for (; n < UNITS_MAX && units[kind][n].name; n++)
        names[n] = units[kind][n].name;
    return text_nearest(unit, names, n);
}

static void append_escaped(struct text *out, const char *name) {
    for (const char *c = name; *c; c++)
        text_printf(out, *c == '$' || *c == '.' ? "\\%c" : "%c", *c);
}

/* "(a|b)" of the units with, or without, the sign in front; false when there are none. */
static bool append_unit_choice(enum quantity_kind kind, bool dollar, struct text *out) {
    int n = 0;
    for (int i = 0; i < UNITS_MAX && units[kind][i].name; i++) {
        const char *name = units[kind][i].name;
        if ((name[0] == '$') != dollar)
            continue;
        text_append_string(out, n++ ? "|" : "(");
        append_escaped(out, name + dollar);
    }
    if (n)
        text_append_string(out, ")");
    return n > 0;
}

void quantity_append_pattern(enum quantity_kind kind, struct text *out) {
    static const char number[] = "[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?";
    struct text in_front = {.arena = out->arena};
    text_printf(out, "^ *(%s", number);
    if (!quantity_is_plain(kind)) {
        text_append_string(out, " *");
        append_unit_choice(kind, false, out);
    }
    if (append_unit_choice(kind, true, &in_front))
        text_printf(out, "|\\$%s *%s", number, in_front.data);
    text_append_string(out, ") *$");
}
