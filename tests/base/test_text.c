/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers against strtod (same bits) and back from their shortest form; UTF-8 by a table of the
 * standard's edge cases; cleaning and suggestions by hand-made cases. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "case_table.h"

Test(text, views) {
    cr_assert(eq(sz, bytes_of(NULL).n, 0));
    cr_assert(bytes_equal(bytes_of(NULL), bytes_of("")));
    cr_assert(bytes_are(bytes_of("abc"), "abc"));
    cr_assert(not(bytes_are(bytes_of("abc"), "abcd")));
    cr_assert(bytes_are(bytes_trim(bytes_of(" \t a b\r\n")), "a b"));
    cr_assert(eq(sz, bytes_trim(bytes_of(" \n ")).n, 0));
}

Test(text, grows) {
    struct arena arena = {0};
    struct text text = {.arena = &arena};
    for (int i = 0; i < 1000; i++)
        text_printf(&text, "%d,", i);
    text_append(&text, "ab", 1);
    text_append(&text, NULL, 0);
    text_append_string(&text, "");
    cr_assert(eq(sz, text.n, 10 * 2 + 90 * 3 + 900 * 4 + 1));
    cr_assert(eq(sz, strlen(text.data), text.n));
    cr_assert(eq(str, text.data + text.n - 5, "999,a"));
    arena_release(&arena);
}

/* ---- numbers ---- */

static const char *const good_numbers[] = {
    "0",
    "-0",
    "+7",
    "1.5",
    ".5",
    "5.",
    "00012.50",
    "1e3",
    "1E-3",
    "-2.5e+2",
    "9007199254740993",
    "0.1",
    "123456789012345678901234567890",
    "1e22",
    "1e23",
    "8.5e-320",
    "2.2250738585072011e-308",
    "1.7976931348623157e308",
    "0e99999",
    "0.0000166667",
    "6.02214076e23",
    "3.14159265358979323846264338327950288419716939937510582097494459",
    "9999999999999999999",
    "99999999999999999999e-5",
    "4.9e-324",
};

CASE_TEST(text, parses_doubles_as_strtod_does, good_numbers) {
    const char *number = good_numbers[*index];
    double got = NAN, want = strtod(number, NULL);
    cr_assert(text_parse_double(bytes_of(number), &got), "%s", number);
    cr_assert(eq(int, memcmp(&got, &want, sizeof got), 0), "%s: %.17g", number, got);
}

static const char *const bad_numbers[] = {
    "",
    "-",
    "+",
    ".",
    "e5",
    "1e",
    "1e+",
    " 1",
    "1 ",
    "1,5",
    "1_000",
    "0x10",
    "inf",
    "nan",
    "1.2.3",
    "--1",
    "1e5.0",
    "1e400",
    "1e-400",
    "1e999999999999",
    "\xEF\xBC\x91",
    "1\x00",
};

CASE_TEST(text, refuses_bad_doubles, bad_numbers) {
    double got = 7;
    struct bytes in = bytes_of(bad_numbers[*index]);
    if (*index == (int)(sizeof bad_numbers / sizeof bad_numbers[0]) - 1)
        in.n = 2; /* the NUL belongs to it */
    cr_assert(not(text_parse_double(in, &got)), "'%s'", bad_numbers[*index]);
    cr_assert(eq(dbl, got, 7));
}

Test(text, refuses_numbers_of_512_digits) {
    char digits[512];
    memset(digits, '1', sizeof digits);
    double got;
    cr_assert(not(text_parse_double((struct bytes){digits, 512}, &got)));
    cr_assert(not(text_parse_double((struct bytes){digits, 511}, &got))); /* 1e510 */
    digits[200] = '.';
    cr_assert(text_parse_double((struct bytes){digits, 511}, &got));
}

/* Every bit pattern is as likely as every other: all exponents, subnormals included. */
Test(text, shortest_form_reads_back) {
    struct rng rng = rng_open(2, 0, RNG_TEST, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = rng_next(&rng);
        if (i % 4 == 0)
            bits &= 0x800FFFFFFFFFFFFFULL; /* subnormal */
        double value, back;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        char out[32];
        text_format_double(out, value);
        cr_assert(text_parse_double(bytes_of(out), &back), "%s", out);
        cr_assert(eq(int, memcmp(&back, &value, sizeof back), 0), "%s", out);
    }
}

static const struct {
    double value;
    const char *text;
} shortest[] = {
    {0, "0"},
    {1, "1"},
    {-2.5, "-2.5"},
    {0.1, "0.1"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1e22, "1e+22"},
    {123456, "123456"},
    {5e-324, "5e-324"},
    {NAN, "null"},
    {-INFINITY, "null"},
    {1.0 / 3, "0.3333333333333333"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {1e-5, "1e-05"},
};

CASE_TEST(text, formats_the_shortest_decimal, shortest) {
    char out[32];
    text_format_double(out, shortest[*index].value);
    cr_assert(eq(str, out, (char *)shortest[*index].text));
}

static const struct {
    const char *text;
    bool good;
    int64_t value;
} integers[] = {
    {"0", true, 0},
    {"-17", true, -17},
    {"+5", true, 5},
    {"007", true, 7},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"99999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"1.0", false, 0},
    {" 1", false, 0},
    {"1e3", false, 0},
    {"0x1", false, 0},
};

CASE_TEST(text, parses_integers, integers) {
    int64_t got = 42;
    bool good = text_parse_int64(bytes_of(integers[*index].text), &got);
    cr_assert(eq(int, good, integers[*index].good), "'%s'", integers[*index].text);
    cr_assert(eq(i64, got, good ? integers[*index].value : 42));
}

/* ---- UTF-8 ---- */

static const struct {
    const char *text;
    int bad_offset; /* -1: fine */
} encodings[] = {
    {"", -1},
    {"plain", -1},
    {"\xC2\x80 \xDF\xBF", -1},
    {"\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF", -1},
    {"\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF", -1},
    {"12345678\x80", 8},        /* lone continuation, after a block of eight */
    {"a\xC0\x80", 1},           /* overlong */
    {"a\xC1\xBF", 1},           /* overlong */
    {"\xE0\x9F\xBF", 0},        /* overlong */
    {"\xF0\x8F\xBF\xBF", 0},    /* overlong */
    {"\xED\xA0\x80", 0},        /* surrogate */
    {"\xF4\x90\x80\x80", 0},    /* past the last code */
    {"\xF5\x80\x80\x80", 0},    /* never a first byte */
    {"abc\xE2\x82", 3},         /* cut */
    {"abc\xE2\x28\xA1", 3},     /* broken off */
    {"latin\xE9 text here", 5}, /* Latin-1 */
};

CASE_TEST(text, tells_utf8, encodings) {
    size_t bad = 999;
    bool good = text_is_utf8(bytes_of(encodings[*index].text), &bad);
    cr_assert(eq(int, good, encodings[*index].bad_offset < 0));
    cr_assert(eq(sz, bad, good ? 999 : (size_t)encodings[*index].bad_offset));
}

static const struct {
    const char *in, *out;
} printables[] = {
    {"plain caf\xC3\xA9", "plain caf\xC3\xA9"},
    {"a\tb\nc\x1b[31m\x7f", "a b?c?[31m?"},
    {"\xC2\x9B"
     "31m",
     "?31m"}, /* C1 control sequence introducer */
    {"a\xE2\x80\xAE"
     "cba",
     "a?cba"}, /* right-to-left override */
    {"a\xE2\x81\xA6"
     "b\xE2\x80\xA8",
     "a?b?"}, /* isolate, line separator */
    {"bad\xFFok\xC3", "bad?ok?"},
    {"a\xEF\xBF\xBF\xEF\xBF\xBE\xEF\xB7\x90z", "a???z"}, /* U+FFFF, U+FFFE, U+FDD0: no characters */
    {"\xF4\x8F\xBF\xBF\xEF\xBF\xBD\xEF\xB7\x8F",
     "?\xEF\xBF\xBD\xEF\xB7\x8F"}, /* U+10FFFF; not beside */
};

CASE_TEST(text, printable_replaces_what_drives_a_terminal, printables) {
    struct arena arena = {0};
    cr_assert(eq(str, text_printable(&arena, bytes_of(printables[*index].in)),
                 (char *)printables[*index].out));
    arena_release(&arena);
}

/* ---- did you mean ---- */

static const char *const names[] = {"g6e.2xlarge", "g6.2xlarge", "g5.2xlarge", "p5.48xlarge",
                                    "ttft",        "tpot",       "share",      "on_demand"};

static const struct {
    const char *word, *nearest;
} suggestions[] = {
    {"g6e.2xlrge", "g6e.2xlarge"}, /* one letter missing */
    {"G5.2XLARGE", "g5.2xlarge"},  /* letter case is no edit */
    {"g7.2xlarge", "g6.2xlarge"},  /* g6 and g5 are both one edit away: the first wins */
    {"tftt", "ttft"},              /* a swap is one edit; two replacements would be too far */
    {"shrea", NULL},               /* insert a, drop the last a: 2 edits, max(1, 5 / 3) = 1 */
    {"on-demand", "on_demand"},
    {"g6e.", "g6e.2xlarge"}, /* what the word begins */
    {"xyz", NULL},
    {"completely different", NULL},
    {"", NULL},
};

CASE_TEST(text, suggests_near_names_only, suggestions) {
    const char *want = suggestions[*index].nearest;
    const char *got =
        text_nearest(bytes_of(suggestions[*index].word), names, sizeof names / sizeof names[0]);
    cr_assert(eq(str, (char *)(got ? got : "none"), (char *)(want ? want : "none")));
}

Test(text, suggestion_bounds) {
    char word[200];
    memset(word, 'a', sizeof word);
    const char *const long_name[] = {"aaaa"};
    cr_assert(eq(ptr, (void *)text_nearest((struct bytes){word, 200}, long_name, 1), NULL));
    cr_assert(eq(ptr, (void *)text_nearest(bytes_of("aaaa"), NULL, 0), NULL));
}
