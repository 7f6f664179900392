/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warnings that differ by a name alone are one sentence with the names; of a kind with many
 * sentences the gravest stands for all. Every notice and every name is in what a group tells or in
 * what it keeps. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "scenarios/notice_groups.h"

static struct study_notice about(struct arena *arena, const char *id, const char *name,
                                 const char *after, double weight) {
    static const char before[] = "the target of ";
    return (struct study_notice){.id = id,
                                 .text = arena_printf(arena, "%s%s%s", before, name, after),
                                 .about = name,
                                 .n_before = strlen(before),
                                 .weight = weight};
}

static const char *letter(struct arena *arena, int i) {
    return arena_printf(arena, "%c", 'a' + i);
}

static int group_letters(struct arena *arena, int n, struct notice_group **groups) {
    struct study_notice *notices = arena_new(arena, struct study_notice, n);
    for (int i = 0; i < n; i++)
        notices[i] = about(arena, "missed", letter(arena, i), " is missed", 0);
    return notice_groups_of(arena, notices, n, groups);
}

static const struct {
    int n, n_left_out;
    const char *text;
} by_name[] = {
    {1, 0, "the target of a is missed"},
    {2, 0, "the target of a and b is missed"},
    {4, 0, "the target of a, b, c and d is missed"},
    {5, 2, "the target of a, b, c and 2 others is missed"},
    {20, 17, "the target of a, b, c and 17 others is missed"},
};

ParameterizedTestParameters(notice_groups, one_sentence_with_its_names) {
    static int index[sizeof by_name / sizeof *by_name];
    for (int i = 0; i < (int)(sizeof by_name / sizeof *by_name); i++)
        index[i] = i;
    return cr_make_param_array(int, index, sizeof by_name / sizeof *by_name);
}

ParameterizedTest(int *at, notice_groups, one_sentence_with_its_names) {
    struct arena arena = {0};
    struct notice_group *groups;
    int n = by_name[*at].n;
    cr_assert(eq(int, group_letters(&arena, n, &groups), 1));
    cr_expect(eq(str, (char *)groups[0].text, (char *)by_name[*at].text));
    cr_expect(eq(int, groups[0].n, n));
    cr_expect(eq(int, groups[0].n_left_out, by_name[*at].n_left_out));
    cr_assert(eq(int, groups[0].n_more, by_name[*at].n_left_out > 0));
    if (groups[0].n_more) { /* all the names */
        const char *last = arena_printf(&arena, " and %s is missed", letter(&arena, n - 1));
        cr_expect(strstr(groups[0].more[0], "the target of a, b, c, d") == groups[0].more[0]);
        cr_expect(strstr(groups[0].more[0], last) != NULL);
    }
    arena_release(&arena);
}

/* Not the same kind, not the same figures, or nobody's name: apart, and in the order given. */
Test(notice_groups, others_stay_apart) {
    struct arena arena = {0};
    struct notice_group *groups;
    const struct study_notice notices[] = {
        about(&arena, "missed", "a", " is missed by 1%", 0),
        {.id = "stale", .text = "a price is old"},
        about(&arena, "missed", "b", " is missed by 2%", 0),
        about(&arena, "late", "c", " is missed by 1%", 0),
        about(&arena, "missed", "d", " is missed by 1%", 0),
        {.id = "stale", .text = "a price is old"},
    };
    static const char *const texts[] = {
        "the target of a and d is missed by 1%",
        "a price is old",
        "the target of b is missed by 2%",
        "the target of c is missed by 1%",
        "a price is old",
    };
    cr_assert(eq(int, notice_groups_of(&arena, notices, 6, &groups), 5));
    for (int i = 0; i < 5; i++) {
        cr_expect(eq(str, (char *)groups[i].text, (char *)texts[i]));
        cr_expect(eq(int, groups[i].n_more, 0));
    }
    arena_release(&arena);
}

/* Six of a kind in five sentences: the gravest is told, the others are counted and kept whole. */
Test(notice_groups, the_gravest_stands_for_many) {
    struct arena arena = {0};
    struct notice_group *groups;
    const struct study_notice notices[] = {
        about(&arena, "missed", "a", " is missed by 1%", 1),
        about(&arena, "missed", "b", " is missed by 4%", 4),
        about(&arena, "missed", "c", " is missed by 9%", 9),
        about(&arena, "missed", "d", " is missed by 2%", 2),
        about(&arena, "missed", "e", " is missed by 3%", 3),
        about(&arena, "missed", "f", " is missed by 1%", 1),
    };
    static const char *const more[] = {
        "the target of a and f is missed by 1%",
        "the target of b is missed by 4%",
        "the target of d is missed by 2%",
        "the target of e is missed by 3%",
    };
    cr_assert(eq(int, notice_groups_of(&arena, notices, 6, &groups), 1));
    cr_expect(eq(str, (char *)groups[0].text,
                 "the target of c is missed by 9%; 5 more such warnings, of a, f, b and 2 others"));
    cr_expect(eq(int, groups[0].n, 6));
    cr_expect(eq(int, groups[0].n_left_out, 5));
    cr_assert(eq(int, groups[0].n_more, 4));
    for (int i = 0; i < 4; i++)
        cr_expect(eq(str, (char *)groups[0].more[i], (char *)more[i]));
    /* four sentences are told one by one */
    cr_expect(eq(int, notice_groups_of(&arena, notices, 4, &groups), 4));
    arena_release(&arena);
}

/* What names nobody is counted without names, and the names of a gravest with many are kept. */
Test(notice_groups, nothing_is_lost) {
    struct arena arena = {0};
    struct notice_group *groups;
    struct study_notice notices[10];
    for (int i = 0; i < 5; i++)
        notices[i] = (struct study_notice){.id = "missed", .text = letter(&arena, i)};
    for (int i = 5; i < 10; i++)
        notices[i] = about(&arena, "missed", letter(&arena, i), " is missed", 1);
    cr_assert(eq(int, notice_groups_of(&arena, notices, 10, &groups), 1));
    cr_expect(eq(str, (char *)groups[0].text,
                 "the target of f, g, h and 2 others is missed; 5 more such warnings"));
    cr_expect(eq(int, groups[0].n_left_out, 7));
    cr_assert(eq(int, groups[0].n_more, 6));
    cr_expect(eq(str, (char *)groups[0].more[0], "the target of f, g, h, i and j is missed"));
    for (int i = 0; i < 5; i++)
        cr_expect(eq(str, (char *)groups[0].more[1 + i], (char *)notices[i].text));
    arena_release(&arena);
}
