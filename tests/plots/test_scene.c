/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Typesetting, palette and the scene: measured widths, wrapping that loses nothing, shortening,
 * cleaning of hostile text; contrast of every colour pair that carries words; and the checks of
 * scene_check.c, each shown a fault that it must find. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "plots/report_pages.h"
#include "scene_check.h"

static struct arena arena;
static struct typeset *type;
static const struct style body = {8, WEIGHT_REGULAR, COLOR_INK};

static void open_type(void) {
    struct err err = {0};
    type = report_typeset(&arena, &err);
    cr_assert(type != NULL, "%s", err.what);
}

static void close_type(void) {
    typeset_close(type);
    arena_release(&arena);
}

TestSuite(scene, .init = open_type, .fini = close_type);

/* Inter's digits are tabular: all equally wide; sizes scale; 72 dpi, so 10 points of text are about
 * 10 points high (the 96-dpi bug makes everything a third larger). */
Test(scene, widths_are_exact_and_scale) {
    double ones = typeset_width(type, "1111111111", body);
    double eights = typeset_width(type, "8888888888", body);
    cr_assert(epsilon_eq(dbl, ones, eights, 0.01));
    struct style twice = body;
    twice.size = 16;
    cr_assert(epsilon_eq(dbl, typeset_width(type, "1111111111", twice), 2 * ones, 0.02));
    cr_assert(ones > 10 * 8 * 0.5 && ones < 10 * 8 * 0.75, "%g", ones);
    double word = typeset_width(type, "a", body), apart = typeset_width(type, "a a", body);
    cr_assert(gt(dbl, apart, 2 * word + 1.5)); /* blanks do not vanish */
}

Test(scene, wrapping_loses_nothing) {
    const char *text = "Commit to seven instances, not eight: the eighth is needed too seldom";
    const char *const *lines;
    int n = typeset_wrap(type, &arena, text, body, 90, &lines);
    cr_assert(ge(int, n, 3));
    struct text joined = {.arena = &arena};
    for (int i = 0; i < n; i++) {
        cr_assert(le(dbl, typeset_width(type, lines[i], body), 90.01));
        text_printf(&joined, "%s%s", i ? " " : "", lines[i]);
    }
    cr_assert(eq(str, joined.data, (char *)text));
}

Test(scene, shortening_keeps_to_the_width) {
    const char *text = "a-rather-long-name-of-an-instance-type.48xlarge";
    const char *cut = typeset_fit(type, &arena, text, body, 60);
    cr_assert(le(dbl, typeset_width(type, cut, body), 60));
    cr_assert(strstr(cut, "…") != NULL);
    cr_assert(strncmp(cut, "a-rather", 8) == 0);
    cr_assert(eq(str, (char *)typeset_fit(type, &arena, "short", body, 60), "short"));
}

static const struct {
    const char *given, *want;
    int missing;
} hostile[] = {
    {"plain", "plain", 0},
    {"<span size='99'>big</span>", "<span size='99'>big</span>", 0},
    {"a\x1b[31mred", "a?[31mred", 0},
    {"abc\xE2\x80\xAEgnp.exe", "abc?gnp.exe", 0}, /* right-to-left override */
    {"ok \xF0\x9F\x98\x80", "ok ?", 1},           /* emoji */
    {"\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2", "???", 2},
    {"bad\xFFutf8", "bad?utf8", 0},
    {"zero\xE2\x80\x8Bwidth", "zerowidth", 0},
    /* e and U+0301, o and U+0308, a Hangul syllable of three: one character each where there is
     * one, a mark of its own where the typeface has it, else '?'. */
    {"e\xCC\x81o\xCC\x88", "\xC3\xA9\xC3\xB6", 0},
    {"q\xCC\x83", "q\xCC\x83", 0},
    {"x\xE2\x83\xA7", "x?", 1}, /* U+20E7, annuity symbol */
    {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "?", 1},
    {"\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4", 0}, /* a heart and how to show it */
};

ParameterizedTestParameters(scene, cleaning) {
    static int index[sizeof hostile / sizeof hostile[0]];
    for (int i = 0; i < (int)(sizeof hostile / sizeof hostile[0]); i++)
        index[i] = i;
    return cr_make_param_array(int, index, sizeof hostile / sizeof hostile[0]);
}

ParameterizedTest(int *i, scene, cleaning) {
    const char *got = typeset_clean(type, &arena, hostile[*i].given);
    cr_assert(eq(str, (char *)got, (char *)hostile[*i].want));
    cr_assert(eq(int, typeset_missing(type), hostile[*i].missing));
}

Test(scene, a_missing_typeface_is_an_error_with_its_package) {
    struct err err = {0};
    cr_assert(typeset_open(&arena, "/nowhere", &err) == NULL);
    cr_assert(eq(int, err.kind, ERR_SYSTEM));
    cr_assert(strstr(err.hint, "fonts-inter") != NULL);
}

/* ---- the checks can fail ---- */

static struct scene page(void) {
    return scene_open(&arena, type, paper_a4()->width, paper_a4()->height);
}

Test(scene, checks_find_planted_faults) {
    struct scene scene = page();
    scene_text(&scene, 100, 100, ALIGN_LEFT, body, "first words");
    cr_assert(eq(int,
                 scene_overlapping_texts(&scene) + scene_marks_outside(&scene) +
                     scene_crossed_texts(&scene) + scene_unreadable_texts(&scene),
                 0));
    scene_text(&scene, 120, 102, ALIGN_LEFT, body, "second words");
    cr_assert(eq(int, scene_overlapping_texts(&scene), 1));
    scene_line(&scene, (struct point){90, 98}, (struct point){200, 98},
               (struct stroke){COLOR_INK, 1, false, 0});
    cr_assert(eq(int, scene_crossed_texts(&scene), 2));
    scene_rect(&scene, (struct box){500, 300, 200, 10}, COLOR_COMMITTED);
    cr_assert(eq(int, scene_marks_outside(&scene), 1));
    scene_text(&scene, 505, 308, ALIGN_LEFT, body, "ink on blue");
    cr_assert(eq(int, scene_unreadable_texts(&scene), 1));
    scene_tag_open(&scene, "P", NULL);
    cr_assert(eq(int, scene_broken_tags(&scene), 1));
}

/* Every segment of the hatch lies inside its box. */
Test(scene, hatch_keeps_to_its_boxes) {
    struct scene scene = page();
    struct box boxes[] = {{100, 100, 30, 7}, {200, 150, 3, 60}, {300, 300, 0.5, 0.5}};
    scene_hatch(&scene, boxes, 3, (struct stroke){COLOR_PAPER, 1, false, 0}, 4);
    const struct mark *mark = &scene.marks[0];
    cr_assert(gt(int, mark->n_points, 20));
    for (int i = 0; i < mark->n_points; i++) {
        bool inside = false;
        for (int b = 0; b < 3; b++) {
            struct box grown = {boxes[b].x - 1e-9, boxes[b].y - 1e-9, boxes[b].w + 2e-9,
                                boxes[b].h + 2e-9};
            inside = inside ||
                     box_inside((struct box){mark->points[i].x, mark->points[i].y, 0, 0}, grown);
        }
        cr_assert(inside, "point %d", i);
    }
}

/* A five-year series of hours over 400 points of page: what is left has the same highest and lowest
 * place in every strip, and is a small part of it. A series that can be seen is left as it is. */
Test(scene, long_series_keep_their_envelope) {
    enum { HOURS = 43848 };
    struct scene scene = page();
    struct point *points = arena_new(&arena, struct point, HOURS);
    for (int i = 0; i < HOURS; i++)
        points[i] = (struct point){scene_place(100 + 400.0 * i / HOURS),
                                   scene_place(300 + 100 * sin(i * 0.7) * cos(i * 1e-3))};
    scene_path(&scene, points, HOURS, (struct stroke){COLOR_INK, 1, false, 0});
    const struct mark *mark = &scene.marks[0];
    cr_assert(lt(int, mark->n_points, 4 * 2002));
    double ends[2][2] = {{0, 1e9}, {0, 1e9}}; /* full, thinned: highest, lowest of a strip */
    int k = 0;
    for (int i = 0; i < HOURS; i++) {
        double strip = floor(points[i].x / SCENE_STRIP);
        ends[0][0] = fmax(ends[0][0], points[i].y), ends[0][1] = fmin(ends[0][1], points[i].y);
        if (i + 1 < HOURS && floor(points[i + 1].x / SCENE_STRIP) == strip)
            continue;
        for (; k < mark->n_points && floor(mark->points[k].x / SCENE_STRIP) == strip; k++) {
            ends[1][0] = fmax(ends[1][0], mark->points[k].y);
            ends[1][1] = fmin(ends[1][1], mark->points[k].y);
        }
        cr_assert(ends[0][0] == ends[1][0] && ends[0][1] == ends[1][1], "strip %g", strip);
        ends[0][0] = ends[1][0] = 0, ends[0][1] = ends[1][1] = 1e9;
    }
    cr_assert(eq(int, k, mark->n_points));
    scene_path(&scene, points, 50, (struct stroke){COLOR_INK, 1, false, 0});
    for (int i = 0; i < 50;
         i++) /* one point in each hundredth of a point of page: not to be seen */
        points[i].x = 100 + i;
    scene_path(&scene, points, 50, (struct stroke){COLOR_INK, 1, false, 0});
    cr_assert(eq(int, scene.marks[2].n_points, 50));
}

Test(scene, dump_is_the_layout_as_text) {
    struct scene scene = page();
    scene_tag_open(&scene, "Figure", "two marks");
    scene_rect(&scene, (struct box){60, 70, 10.26, 5}, COLOR_SPOT);
    scene_line(&scene, (struct point){60, 70}, (struct point){80, 70},
               (struct stroke){COLOR_THRESHOLD, 1.2, true, 0});
    scene_tag_close(&scene, "Figure");
    struct text out = {.arena = &arena};
    scene_dump(&scene, &out);
    cr_assert(eq(str, out.data,
                 "<Figure> two marks\n"
                 "rect 60.0 70.0 10.3 5.0 #18756D\n"
                 "path n=2 60.0,70.0 .. 80.0,70.0 #801650 1.20 dashed\n"
                 "</Figure>\n"));
}
