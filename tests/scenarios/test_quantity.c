/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantities against values worked out by hand: every unit of every kind once, the refusals, and
 * the schema's patterns, which must accept and refuse the same texts (regcomp is the oracle). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <regex.h>
#include <string.h>

#include "scenarios/quantity.h"

static const struct {
    enum quantity_kind kind;
    const char *text;
    double value;
} good[] = {
    {QUANTITY_NUMBER, "1.5", 1.5},
    {QUANTITY_NUMBER, "-.5e1", -5},
    {QUANTITY_COUNT, " 12 ", 12},
    {QUANTITY_COUNT, "-3", -3},
    {QUANTITY_DURATION, "500ms", 0.5},
    {QUANTITY_DURATION, "50 ms", 0.05},
    {QUANTITY_DURATION, "2s", 2},
    {QUANTITY_DURATION, "3min", 180},
    {QUANTITY_DURATION, "1.5h", 5400},
    {QUANTITY_DURATION, "21d", 1814400},
    {QUANTITY_DURATION, "1e3ms", 1},
    {QUANTITY_MONEY, "2.5 MUSD", 2.5e6},
    {QUANTITY_MONEY, "600 kUSD", 600e3},
    {QUANTITY_MONEY, "1.80 USD", 1.8},
    {QUANTITY_MONEY, "$1.80", 1.8},
    {QUANTITY_MONEY, "$600K", 600e3},
    {QUANTITY_MONEY, "$600k", 600e3},
    {QUANTITY_MONEY, "$1.2M", 1.2e6},
    {QUANTITY_MONEY_RATE, "40 USD/h", 40},
    {QUANTITY_MONEY_RATE, "1 kUSD/h", 1000},
    {QUANTITY_MONEY_RATE, "$0.5/h", 0.5},
    {QUANTITY_CARBON_PRICE, "100 USD/t", 0.1},
    {QUANTITY_CARBON_PRICE, "0.05 USD/kg", 0.05},
    {QUANTITY_SHARE, "40%", 0.4},
    {QUANTITY_SHARE, "99.9 %", 0.999},
    {QUANTITY_GROWTH, "3%/month", 0.03},
    {QUANTITY_RATE, "20 req/s", 20},
    {QUANTITY_RATE, "90 req/min", 1.5},
    {QUANTITY_RATE, "7200 req/h", 2},
    {QUANTITY_TOKENS, "400 tokens", 400},
    {QUANTITY_TOKENS, "1 token", 1},
    {QUANTITY_TOKENS, "8K tokens", 8000},
    {QUANTITY_TOKENS, "1M tokens", 1e6},
    {QUANTITY_TOKEN_RATE, "300K tokens/min", 5000},
    {QUANTITY_TOKEN_RATE, "60 tokens/min", 1},
    {QUANTITY_TOKEN_RATE, "2K tokens/s", 2000},
    {QUANTITY_MEMORY, "2048 MB", 2048},
    {QUANTITY_MEMORY, "2 GB", 2048},
    {QUANTITY_MEMORY, "2GiB", 2048},
    {QUANTITY_MEMORY, "1769 MiB", 1769},
    {QUANTITY_VCPU, "1152 vCPU", 1152},
    {QUANTITY_DATA_RATE, "50 GB/s", 50e9},
    {QUANTITY_DATA_RATE, "100 MB/s", 1e8},
    {QUANTITY_DATA_RATE, "0.9 TB/s", 9e11},
    {QUANTITY_DATA_RATE, "250 MiB/s", 262144000},
    {QUANTITY_DATA_MONTHLY, "500 GB/month", 5e11},
    {QUANTITY_DATA_MONTHLY, "500 GiB/month", 536870912000},
    {QUANTITY_DATA_MONTHLY, "2 TiB/month", 2199023255552},
    {QUANTITY_DATA_RATE, "400 Gbit/s", 50e9},
    {QUANTITY_DATA_RATE, "3.2 Tbit/s", 4e11},
};

static const struct {
    enum quantity_kind kind;
    const char *text;
    enum quantity_problem problem;
} bad[] = {
    {QUANTITY_DURATION, "", QUANTITY_NOT_A_NUMBER},
    {QUANTITY_DURATION, "fast", QUANTITY_NOT_A_NUMBER},
    {QUANTITY_DURATION, "ms", QUANTITY_NOT_A_NUMBER},
    {QUANTITY_DURATION, ".ms", QUANTITY_NOT_A_NUMBER},
    {QUANTITY_DURATION, "1e999ms", QUANTITY_NOT_A_NUMBER},
    {QUANTITY_DURATION, "1e308d", QUANTITY_NOT_A_NUMBER},
    {QUANTITY_DURATION, "nan ms", QUANTITY_NOT_A_NUMBER},
    {QUANTITY_DURATION, "inf", QUANTITY_NOT_A_NUMBER},
    {QUANTITY_DURATION, "0x10ms", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_DURATION, "500", QUANTITY_UNIT_MISSING},
    {QUANTITY_DURATION, "500MS", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_DURATION, "5 sec", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_DURATION, "$5", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_DURATION, "1,000ms", QUANTITY_SEPARATOR},
    {QUANTITY_MONEY, "1_000 USD", QUANTITY_SEPARATOR},
    {QUANTITY_MONEY, "5 EUR", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_MONEY, "$5 USD", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_MONEY, "5$", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_MONEY, "5", QUANTITY_UNIT_MISSING},
    {QUANTITY_MONEY_RATE, "5 USD", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_SHARE, "0.4", QUANTITY_UNIT_MISSING},
    {QUANTITY_GROWTH, "3%", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_NUMBER, "1.0x", QUANTITY_UNIT_UNKNOWN},
    {QUANTITY_NUMBER, "$1", QUANTITY_NOT_A_NUMBER},
    {QUANTITY_COUNT, "1.5", QUANTITY_NOT_WHOLE},
    {QUANTITY_COUNT, "1e3", QUANTITY_NOT_WHOLE},
};

enum { N_GOOD = sizeof good / sizeof good[0], N_BAD = sizeof bad / sizeof bad[0] };

Test(quantity, units_in_base_units_exactly) {
    for (int i = 0; i < N_GOOD; i++) {
        struct quantity got;
        enum quantity_problem problem = quantity_parse(good[i].kind, bytes_of(good[i].text), &got);
        cr_expect(eq(int, problem, QUANTITY_FINE), "%s", good[i].text);
        cr_expect(eq(dbl, got.value, good[i].value), "%s", good[i].text);
    }
}

/* Twelve equal months make the year: 1.2 = (1 + g)^12. */
Test(quantity, a_year_is_twelve_compounding_months) {
    struct quantity got;
    quantity_parse(QUANTITY_GROWTH, bytes_of("20%/year"), &got);
    cr_assert(epsilon_eq(dbl, pow(1 + got.value, 12), 1.2, 1e-12));
    cr_assert(lt(dbl, got.value, 0.2 / 12)); /* not a twelfth */
}

Test(quantity, refusals) {
    for (int i = 0; i < N_BAD; i++) {
        struct quantity got;
        enum quantity_problem problem = quantity_parse(bad[i].kind, bytes_of(bad[i].text), &got);
        cr_expect(eq(int, problem, bad[i].problem), "%s", bad[i].text);
    }
}

static bool pattern_matches(struct arena *arena, enum quantity_kind kind, const char *text) {
    struct text pattern = {.arena = arena};
    regex_t regex;
    quantity_append_pattern(kind, &pattern);
    cr_assert(eq(int, regcomp(&regex, pattern.data, REG_EXTENDED | REG_NOSUB), 0), "%s",
              pattern.data);
    bool matches = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

Test(quantity, patterns_agree_with_the_parser) {
    struct arena arena = {0};
    for (int i = 0; i < N_GOOD; i++)
        if (!quantity_is_plain(good[i].kind))
            cr_expect(pattern_matches(&arena, good[i].kind, good[i].text), "%s", good[i].text);
    for (int i = 0; i < N_BAD; i++) /* size is not a pattern's business */
        if (!quantity_is_plain(bad[i].kind) && !strstr(bad[i].text, "e999") &&
            !strstr(bad[i].text, "e308"))
            cr_expect(not(pattern_matches(&arena, bad[i].kind, bad[i].text)), "%s", bad[i].text);
    arena_release(&arena);
}

Test(quantity, every_kind_reads_its_own_example) {
    for (int kind = 0; kind < QUANTITY_KINDS; kind++) {
        struct quantity got;
        const char *example = quantity_example((enum quantity_kind)kind);
        cr_expect(eq(int, quantity_parse((enum quantity_kind)kind, bytes_of(example), &got),
                     QUANTITY_FINE),
                  "%s", example);
    }
}
