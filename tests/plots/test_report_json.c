/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report written as JSON and read again: the same marks and the same PDF, on both papers, of
 * awkward studies too. Of each value that is broken by hand the message names the place; of two
 * thousand random changes every one is either drawn or told with a place. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/rng.h"
#include "plots/pdf.h"
#include "plots/refit.h"
#include "plots/report_json.h"
#include "plots/report_pages.h"
#include "scene_check.h"
#include "sim/json_place.h"
#include "study_extras.h"

#define HOSTILE "<span size='9999'>\"\\\x1b[2J\xE2\x80\xAE\xF0\x9F\x98\x80 & \x01 'x'</span>"

static const struct {
    const char *paper;
    int n_workloads;
    bool infeasible;
    const char *name;
} cases[] = {
    {"a4", 1, false, NULL},    {"letter", 1, false, NULL}, {"a4", 3, false, HOSTILE},
    {"letter", 2, true, NULL}, {"a4", 40, false, NULL},
};
enum { N_CASES = sizeof cases / sizeof cases[0] };

ParameterizedTestParameters(report_json, is_drawn_again_byte_for_byte) {
    static int index[N_CASES];
    for (int i = 0; i < N_CASES; i++)
        index[i] = i;
    return cr_make_param_array(int, index, N_CASES);
}

static const struct study *study_of(struct arena *arena, int i) {
    struct fixture fixture = fixture_defaults();
    struct extras extras = extras_defaults();
    fixture.n_workloads = cases[i].n_workloads;
    fixture.infeasible = cases[i].infeasible;
    fixture.name = cases[i].name;
    struct study *study = fixture_study(arena, &fixture);
    if (!fixture.infeasible)
        extras_add(arena, study, &extras);
    return study;
}

static struct report rendered(struct arena *arena, int i) {
    struct report report;
    struct err err = {0};
    struct report_options options = {paper_named(cases[i].paper)};
    cr_assert(report_render(arena, study_of(arena, i), &options, &report, &err), "%s", err.what);
    return report;
}

/* As it stands in result.json. */
static struct bytes member(struct arena *arena, struct bytes json) {
    const char *text = arena_printf(arena, "{\n  \"schema_version\": 1,\n  \"report\": %.*s\n}\n",
                                    (int)json.n, json.data);
    return bytes_of(text);
}

/* The caller closes it. */
static struct result_file result_of(struct bytes text) {
    struct err err = {0};
    struct result_file result = {
        .file = "r.json", .text = text, .root = json_read(text, "r", &err)};
    cr_assert(result.root != NULL, "%d:%d %s", err.line, err.column, err.what);
    return result;
}

ParameterizedTest(int *i, report_json, is_drawn_again_byte_for_byte) {
    struct arena arena = {0};
    struct err err = {0};
    struct report first = rendered(&arena, *i), again;
    struct result_file result = result_of(member(&arena, first.json));
    cr_assert(report_redraw(&arena, &result, NULL, &again, &err), "%d:%d: %s", err.line, err.column,
              err.what);
    cr_assert(bytes_equal(first.pdf, again.pdf));
    cr_expect(eq(int, first.n_warnings, again.n_warnings));
    for (int w = 0; w < first.n_warnings; w++)
        cr_expect(eq(str, (char *)first.warnings[w], (char *)again.warnings[w]));
    result_close(&result);
    arena_release(&arena);
}

/* Marks that differ in nothing but a thousandth of a point give other bytes: the comparison above
 * can fail. */
Test(report_json, a_mark_that_moved_is_another_file) {
    struct arena arena = {0};
    struct err err = {0};
    struct report first = rendered(&arena, 0), again;
    char *moved = arena_strndup(&arena, first.json.data, first.json.n);
    char *at = strstr(moved, "[\"text\",");
    at += strlen("[\"text\",");
    *at = *at == '9' ? '8' : (char)(*at + 1);
    struct result_file result = result_of(member(&arena, bytes_of(moved)));
    cr_assert(report_redraw(&arena, &result, NULL, &again, &err), "%s", err.what);
    cr_assert(not(bytes_equal(first.pdf, again.pdf)));
    result_close(&result);
    arena_release(&arena);
}

Test(report_json, reading_and_writing_gives_the_same_text) {
    struct arena arena = {0};
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    struct report first = rendered(&arena, 2);
    struct bytes text = member(&arena, first.json);
    struct result_file result = result_of(text);
    struct report_sheets sheets;
    cr_assert(report_read_json(&arena, type, result.root, text, "r.json", &sheets, &err));
    struct text again = {.arena = &arena};
    report_append_json(&sheets, &again);
    cr_assert(eq(sz, again.n, first.json.n));
    cr_assert(memcmp(again.data, first.json.data, again.n) == 0);
    result_close(&result);
    typeset_close(type);
    arena_release(&arena);
}

/* On the other sheet every mark is there, within it, at the same share of the old one: a corner of
 * A4 (595.276 x 841.89) comes 26.0 points right of Letter's (612 x 792) left edge and on its top.
 */
Test(report_json, another_sheet_has_the_same_marks_at_scale) {
    struct arena arena = {0};
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    struct bytes text = member(&arena, rendered(&arena, 0).json);
    struct result_file result = result_of(text);
    struct report_sheets before, after;
    cr_assert(report_read_json(&arena, type, result.root, text, "r.json", &before, &err));
    cr_assert(report_read_json(&arena, type, result.root, text, "r.json", &after, &err));
    flow_refit(&after.flow, paper_named("letter"));
    cr_assert(eq(int, after.flow.n_pages, before.flow.n_pages));
    double scale = 792 / 841.89, left = (612 - scale * 595.276) / 2;
    cr_assert(epsilon_eq(dbl, left, 26.0, 0.05));
    for (int p = 0; p < before.flow.n_pages; p++) {
        const struct scene *was = &before.flow.pages[p].scene, *is = &after.flow.pages[p].scene;
        cr_assert(eq(int, is->n, was->n));
        cr_expect(eq(int, scene_marks_outside(is), 0));
        cr_expect(eq(int, scene_overlapping_texts(is), 0));
        for (int m = 0; m < is->n; m++) {
            const struct mark *a = &was->marks[m], *b = &is->marks[m];
            cr_assert(eq(int, (int)a->kind, (int)b->kind));
            if (a->kind == MARK_TEXT) {
                cr_expect(eq(str, (char *)b->text, (char *)a->text));
                cr_expect(epsilon_eq(dbl, b->box.x, left + scale * a->box.x, 0.001));
                cr_expect(epsilon_eq(dbl, b->baseline, scale * a->baseline, 0.001));
                cr_expect(epsilon_eq(dbl, b->style.size, scale * a->style.size, 0.001));
            }
            for (int i = 0; i < a->n_points; i++)
                cr_expect(epsilon_eq(dbl, b->points[i].x, left + scale * a->points[i].x, 0.001));
        }
    }
    for (int i = 0; i < before.flow.n_chapters; i++)
        cr_expect(
            epsilon_eq(dbl, after.flow.chapters[i].y, scale * before.flow.chapters[i].y, 0.001));
    result_close(&result);
    typeset_close(type);
    arena_release(&arena);
}

/* A small report by hand, a line each; `line` of the message is the line that was changed. */
#define COLUMNS                                                                                    \
    "\"columns\": {\"rect\": [\"x\",\"y\",\"width\",\"height\",\"fill\"],"                         \
    "\"area\": [\"fill\",\"points\"],"                                                             \
    "\"path\": [\"color\",\"line\",\"dashed\",\"halo\",\"points\"],"                               \
    "\"segments\": [\"color\",\"line\",\"dashed\",\"halo\",\"points\"],"                           \
    "\"dot\": [\"x\",\"y\",\"width\",\"height\",\"fill\",\"ring\"],"                               \
    "\"text\": [\"x\",\"baseline\",\"size\",\"weight\",\"color\",\"backed\",\"words\"],"           \
    "\"open\": [\"tag\",\"alt\",\"link\"],\"close\": [\"tag\"]},\n"
static const char *const lines[] = {
    "{\"report\": {\n",
    COLUMNS,
    "\"title\": \"t\",\n",
    "\"subject\": \"s\",\n",
    "\"date\": \"2026-12-01\",\n",
    "\"missing\": null,\n",
    "\"width\": 595276,\n",
    "\"height\": 841890,\n",
    "\"chapters\": [[\"Decision\",0,100]],\n",
    "\"pages\": [[\n",
    "[\"rect\",0,0,1000,1000,\"#12436D\"],\n",
    "[\"open\",\"Figure\",\"a line\",null],\n",
    "[\"path\",\"#000000\",500,0,0,[0,0,1000,1000]],\n",
    "[\"close\",\"Figure\"],\n",
    "[\"open\",\"Link\",null,\"https://example.org\"],\n",
    "[\"text\",1000,20000,8500,0,\"#222222\",0,\"words\"],\n",
    "[\"close\",\"Link\"]\n",
    "]]}}\n",
};
enum { N_LINES = sizeof lines / sizeof lines[0] };

static struct bytes by_hand(struct arena *arena, int changed, const char *with) {
    struct text out = {.arena = arena};
    for (int i = 0; i < N_LINES; i++)
        text_append_string(&out, i + 1 == changed ? with : lines[i]);
    return (struct bytes){out.data, out.n};
}

Test(report_json, what_is_wrong_is_told_at_its_place) {
    static const struct {
        int line; /* that is changed, from 1; 0: none */
        int told; /* line of the message */
        const char *with, *what;
    } wrongs[] = {
        {0, 0, "", NULL},
        {1, 1, "{\"rapport\": {\n", NULL},
        {2, 2, "\"columns\": {\"rect\": [\"x\"]},\n",
         "expected the columns of this headroom; another version laid this report out"},
        {3, 3, "\"title\": 7,\n", "expected words"},
        {5, 5, "\"date\": \"2026-02-30\",\n", "expected a day such as 2026-12-01"},
        {6, 6, "\"missing\": 1,\n", "expected words or null"},
        {7, 7, "\"width\": 10,\n", "expected a whole number from 72000 to 5000000"},
        {8, 8, "\"height\": 841.89,\n", "expected a whole number from 72000 to 5000000"},
        {9, 9, "\"chapters\": [[\"Decision\",1,100]],\n", "expected a whole number from 0 to 0"},
        {9, 9, "\"chapters\": 4,\n", "expected chapters"},
        {10, 10, "\"pages\": [],\"other\": [[\n", "expected pages"},
        {10, 10, "\"pages\": [{}],\"other\": [[\n", "expected the marks of a page"},
        {11, 11, "[\"rect\",0,0,1000,1000],\n", "expected a colour such as \"#12436D\""},
        {11, 11, "[\"rect\",0,0,1000,1000,\"#12436d\"],\n",
         "expected a colour such as \"#12436D\""},
        {11, 11, "[\"rect\",0,0,1000,1000,\"#000000\",1],\n", "expected 6 values of a 'rect'"},
        {11, 11, "[\"rect\",0,99999999,1000,1000,\"#000000\"],\n",
         "expected a whole number from -20000000 to 20000000"},
        {11, 11, "[\"star\",0],\n", "expected the kind of a mark; a newer headroom may know it"},
        {11, 11, "7,\n", "expected the kind of a mark; a newer headroom may know it"},
        {12, 12, "[\"open\",\"Figure\",null,null],\n",
         "expected words for a Figure, null for other tags"},
        {12, 12, "[\"open\",\"Script\",\"a\",null],\n", "expected the name of a structure tag"},
        {13, 13, "[\"path\",\"#000000\",-1,0,0,[0,0]],\n",
         "expected a whole number from 0 to 5000000"},
        {13, 13, "[\"path\",\"#000000\",500,2,0,[0,0]],\n", "expected a whole number from 0 to 1"},
        {13, 13, "[\"path\",\"#000000\",500,0,0,[0,0,1]],\n", "expected x and y of every point"},
        {13, 13, "[\"path\",\"#000000\",500,0,0,[0,null]],\n",
         "expected a whole number from -20000000 to 20000000"},
        {14, 14, "[\"close\",\"P\"],\n", "expected the end of the tag that was opened last"},
        {15, 15, "[\"open\",\"Link\",null,\"javascript:alert(1)\"],\n",
         "expected an address that begins with https://"},
        {15, 15, "[\"open\",\"Link\",null,\"https://a b\"],\n",
         "expected an address in plain characters"},
        {16, 16, "[\"text\",1000,20000,8500,3,\"#222222\",0,\"words\"],\n",
         "expected a whole number from 0 to 2"},
        {16, 16, "[\"text\",1000,20000,8500,0,\"#222222\",0,null],\n", "expected words"},
        {17, 10, "[\"rect\",0,0,1,1,\"#12436D\"]\n",
         "expected every tag of the page to be closed on it"},
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct report report;
        struct result_file result = result_of(by_hand(&arena, wrongs[i].line, wrongs[i].with));
        bool ok = report_redraw(&arena, &result, NULL, &report, &err);
        cr_expect(eq(int, ok, wrongs[i].line == 0), "%zu: %s", i, err.what);
        cr_expect(eq(int, err.line, wrongs[i].what ? wrongs[i].told : 0), "%zu", i);
        if (wrongs[i].what) {
            cr_expect(eq(str, err.what, (char *)wrongs[i].what));
            cr_expect(eq(int, err.kind, ERR_INPUT));
        }
        result_close(&result);
        arena_release(&arena);
    }
}

/* A result from elsewhere: its sentences go to a terminal, where a control character is an order.
 */
Test(report_json, words_cannot_drive_a_terminal) {
    struct arena arena = {0};
    struct err err = {0};
    struct report report;
    struct result_file result =
        result_of(by_hand(&arena, 6, "\"missing\": \"\\u001b[2J\\u202e\\n!\",\n"));
    cr_assert(report_redraw(&arena, &result, NULL, &report, &err), "%s", err.what);
    cr_assert(ge(int, report.n_warnings, 1));
    cr_expect(eq(str, (char *)report.warnings[0],
                 "?[2J?"
                 "?!"));
    result_close(&result);
    arena_release(&arena);
}

/* A code that never is a character, which cairo would refuse with the whole PDF. */
Test(report_json, codes_that_are_no_characters_are_drawn) {
    struct arena arena = {0};
    struct err err = {0};
    struct report report;
    for (int line = 3; line <= 4; line++) {
        const char *with = line == 3 ? "\"title\": \"\\uffff\",\n" : "\"subject\": \"\\ufdd0\",\n";
        struct result_file result = result_of(by_hand(&arena, line, with));
        cr_expect(report_redraw(&arena, &result, NULL, &report, &err), "%s", err.what);
        result_close(&result);
    }
    struct result_file result =
        result_of(by_hand(&arena, 12, "[\"open\",\"Figure\",\"a \\uffff line\",null],\n"));
    cr_expect(report_redraw(&arena, &result, NULL, &report, &err), "%s", err.what);
    result_close(&result);
    arena_release(&arena);
}

/* Digits, letters and signs change at random; what still is JSON is drawn or told. */
Test(report_json, random_changes_are_drawn_or_told) {
    struct arena whole = {0};
    struct err err = {0};
    struct typeset *type = report_typeset(&whole, &err);
    struct rng rng = rng_open(20261201, 0, RNG_FUTURE, 7);
    const struct pdf_about about = {"t", "a", "s", "k", "2026-12-01T00:00:00Z"};
    int drawn = 0, told = 0;
    for (int i = 0; i < 2000; i++) {
        struct arena arena = {0};
        struct report_sheets sheets;
        struct pdf pdf;
        struct bytes text = by_hand(&arena, 0, "");
        char *copy = arena_strndup(&arena, text.data, text.n);
        for (int k = 0; k < 1 + i % 3; k++)
            copy[rng_below(&rng, text.n)] = "0179-,[]\"#eLPx "[rng_below(&rng, 15)];
        json_t *root = json_read(bytes_of(copy), "r.json", &err);
        if (root) {
            bool ok = report_read_json(&arena, type, root, bytes_of(copy), "r.json", &sheets, &err);
            drawn += ok;
            told += !ok;
            cr_assert(ok || (err.kind == ERR_INPUT && strcmp(err.file, "r.json") == 0));
            if (ok)
                cr_assert(pdf_render(&arena, &sheets.flow, &about, &pdf, &err), "%s", err.what);
            json_decref(root);
        }
        arena_release(&arena);
    }
    cr_assert(gt(int, drawn, 50));
    cr_assert(gt(int, told, 50));
    typeset_close(type);
    arena_release(&whole);
}
