/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors as values: what is stored, how it is cut and cleaned, the list's bound and order, the exit
 * codes, and that ENSURE ends the process with 70 and nothing on stdout. */
#include <string.h>

#include <stdio.h>

#include "base/err.h"
#include "case_table.h"

Test(err, set_keeps_kind_and_words) {
    struct err err = {.line = 7, .hint = "old"};
    cr_assert(not(err_set(&err, ERR_SYSTEM, "cannot open %s", "x.csv")));
    cr_assert(eq(int, err.kind, ERR_SYSTEM));
    cr_assert(eq(str, err.what, "cannot open x.csv"));
    cr_assert(eq(str, err.hint, ""));
    cr_assert(eq(int, err.line, 0));
}

Test(err, at_keeps_the_place) {
    struct err err;
    cr_assert(not(err_at(&err, "a.yaml", 14, 17, "unknown %s", "key")));
    err_hint(&err, "first");
    err_hint(&err, "did you mean '%s'?", "keys");
    cr_assert(eq(int, err.kind, ERR_INPUT));
    cr_assert(eq(str, (char *)err.file, "a.yaml"));
    cr_assert(eq(int, err.line, 14));
    cr_assert(eq(int, err.column, 17));
    cr_assert(eq(str, err.hint, "did you mean 'keys'?"));
}

Test(err, null_is_accepted_everywhere) {
    cr_assert(not(err_set(NULL, ERR_USAGE, "x")));
    cr_assert(not(err_at(NULL, "f", 1, 1, "x")));
    err_hint(NULL, "x");
    err_excerpt(NULL, "x", 1);
}

Test(err, may_be_rebuilt_from_its_own_words) {
    struct err err;
    err_set(&err, ERR_INPUT, "inner");
    err_set(&err, err.kind, "outer: %s", err.what);
    cr_assert(eq(str, err.what, "outer: inner"));
}

/* 239 bytes fit. 238 letters and a two-byte character would end inside it. */
Test(err, long_words_are_cut_at_a_character) {
    char words[400];
    memset(words, 'a', 238);
    strcpy(words + 238, "\xC3\xA9 and more");
    struct err err;
    err_set(&err, ERR_INPUT, "%s", words);
    cr_assert(eq(sz, strlen(err.what), 238));
    words[237] = '\0';
    strcat(words, "\xC3\xA9 and more");
    err_set(&err, ERR_INPUT, "%s", words);
    cr_assert(eq(sz, strlen(err.what), 239));
}

Test(err, excerpt_keeps_columns_and_no_controls) {
    struct err err = {0};
    err_excerpt(&err, "a\tb\x1b[31mc\x7f\r\n", 12);
    cr_assert(eq(str, err.excerpt, "a b?[31mc?"));
    err_excerpt(&err,
                "\xD7\xA9\xE2\x80\xAEgnp\xC2\x9B"
                "1m",
                12); /* an override, a C1 control */
    cr_assert(eq(str, err.excerpt, "\xD7\xA9???gnp??1m"));
    char line[500];
    memset(line, 'x', sizeof line);
    err_excerpt(&err, line, sizeof line);
    cr_assert(eq(sz, strlen(err.excerpt), sizeof err.excerpt - 1));
    err_excerpt(&err, line, 0);
    cr_assert(eq(str, err.excerpt, ""));
}

Test(err, list_counts_past_its_bound) {
    struct err_list list = {0};
    for (int i = 0; i < ERR_LIST_MAX + 5; i++) {
        struct err err;
        err_at(&err, "f", i, 1, "number %d", i);
        cr_assert(not(err_list_add(&list, &err)));
    }
    cr_assert(eq(int, list.n, ERR_LIST_MAX));
    cr_assert(eq(int, list.n_total, ERR_LIST_MAX + 5));
    cr_assert(eq(str, list.items[ERR_LIST_MAX - 1].what, "number 19"));
}

Test(err, sort_is_by_place_and_stable) {
    static const struct {
        int line, column;
        const char *what;
    } places[] = {{9, 1, "f"}, {2, 5, "c"}, {2, 1, "a"}, {2, 1, "b"}, {9, 0, "e"}, {3, 9, "d"}};
    struct err_list list = {0};
    for (int i = 0; i < 6; i++) {
        struct err err;
        err_at(&err, "f", places[i].line, places[i].column, "%s", places[i].what);
        err_list_add(&list, &err);
    }
    err_list_sort(&list);
    char order[8] = "";
    for (int i = 0; i < list.n; i++)
        strcat(order, list.items[i].what);
    cr_assert(eq(str, order, "abcdef"));
}

Test(err, exit_codes_are_the_documented_ones) {
    static const int codes[] = {0, 1, 2, 3, 4, 70};
    for (int kind = ERR_NONE; kind <= ERR_BUG; kind++)
        cr_assert(eq(int, err_exit_code((enum err_kind)kind), codes[kind]));
    cr_assert(eq(str, (char *)err_kind_words(ERR_ANSWER_NO), "the answer is no"));
}

Test(err, ensure_ends_the_process, .exit_code = 70) {
    int one = 1;
    ENSURE(one == 1);
    printf("a number that must not be printed");
    ENSURE(one == 2);
}
