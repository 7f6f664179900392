/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every figure of the table as a file of every format: the same bytes twice, SVG that is well
 * formed and holds its words, PNG of the size of the scene, PDF that is sound, CSV that is the
 * figure's own numbers. Hostile names stay text. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plots/figure_file.h"
#include "plots/report_pages.h"
#include "scene_check.h"
#include "study_fixture.h"

#define HOSTILE "<span size='9999'>\x1b[2J\xE2\x80\xAE\xF0\x9F\x98\x80 & \x01 'x'</span>\""

static struct arena arena;

static struct figure_file render(const struct study *study, const struct figure *figure,
                                 enum figure_format format) {
    struct figure_file file;
    struct err err = {0};
    bool ok = figure_render(&arena, study, figure, 0, format, &file, &err);
    cr_assert(ok, "%s as %s: %s", figure->id, figure_format_name(format), err.what);
    return file;
}

static bool can_open(const struct study *study, const struct figure *figure) {
    struct figure_view view;
    return figure->open(&arena, study, 0, &view);
}

/* Elements open and close in order, no attribute is left open, and & begins one of the four names
 * that are written. NULL: it is well formed; else where it is not. */
static const char *malformed(const char *xml) {
    const char *open[64];
    int depth = 0;
    for (const char *at = strstr(xml, "<svg"); *at; at++) {
        if (*at == '&' && strncmp(at, "&amp;", 5) && strncmp(at, "&lt;", 4) &&
            strncmp(at, "&gt;", 4) && strncmp(at, "&quot;", 6))
            return at;
        if ((unsigned char)*at < ' ' && *at != '\n')
            return at;
        if (*at != '<')
            continue;
        const char *name = at + 1;
        bool quoted = false;
        for (at++; *at && (quoted || *at != '>'); at++) {
            if (*at == '"')
                quoted = !quoted;
            else if (*at == '<')
                return at;
        }
        if (!*at)
            return name;
        if (*name == '/') {
            if (depth == 0 || strncmp(open[--depth], name + 1, strcspn(name + 1, ">")) != 0)
                return name;
        } else if (at[-1] != '/') {
            if (depth == 64)
                return name;
            open[depth++] = name;
        }
    }
    return depth == 0 ? NULL : open[depth - 1];
}

Test(figure_file, the_check_of_svg_can_fail) {
    cr_assert(malformed("<svg a=\"1\"><g>x &amp; y</g></svg>\n") == NULL);
    cr_assert(malformed("<svg><g>x</svg>") != NULL);
    cr_assert(malformed("<svg>a & b</svg>") != NULL);
    cr_assert(malformed("<svg a=\"<\"></svg>") != NULL);
    cr_assert(malformed("<svg>\x01</svg>") != NULL);
}

Test(figure_file, names_say_the_format) {
    cr_assert(eq(int, figure_format_of("a/b.svg"), FIGURE_SVG));
    cr_assert(eq(int, figure_format_of("b.PNG"), FIGURE_PNG));
    cr_assert(eq(int, figure_format_of("svg"), FIGURE_FORMATS));
    cr_assert(eq(int, figure_format_of("a.svg/b"), FIGURE_FORMATS));
    cr_assert(eq(int, figure_format_of("a.svgz"), FIGURE_FORMATS));
}

Test(figure_file, every_figure_in_every_format_twice) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    int shown = 0;
    for (const struct figure *f = figure_table; f->id; f++) {
        if (!can_open(study, f))
            continue;
        shown++;
        for (enum figure_format format = 0; format < FIGURE_FORMATS; format++) {
            struct figure_file a = render(study, f, format), b = render(study, f, format);
            cr_assert(bytes_equal(a.data, b.data), "%s as %s", f->id, figure_format_name(format));
            cr_assert(eq(int, a.n_warnings, 0), "%s", f->id);
        }
    }
    cr_assert(ge(int, shown, 6));
}

/* Titles and labels are text in SVG, as they are on the scene. */
Test(figure_file, svg_holds_the_words_of_the_scene) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    for (const struct figure *f = figure_table; f->id; f++) {
        struct figure_view view;
        if (!f->open(&arena, study, 0, &view))
            continue;
        const char *svg = render(study, f, FIGURE_SVG).data.data;
        cr_assert(malformed(svg) == NULL, "%s: %.60s", f->id, malformed(svg));
        struct err err = {0};
        struct typeset *type = report_typeset(&arena, &err);
        struct scene scene = figure_scene(&arena, type, study, &view);
        for (int m = 0; m < scene.n; m++)
            if (scene.marks[m].kind == MARK_TEXT && !strpbrk(scene.marks[m].text, "<>&\""))
                cr_assert(strstr(svg, arena_printf(&arena, ">%s</text>", scene.marks[m].text)) !=
                              NULL,
                          "%s: %s", f->id, scene.marks[m].text);
        cr_assert(eq(int, scene_overlapping_texts(&scene), 0), "%s", f->id);
        cr_assert(eq(int, scene_unreadable_texts(&scene), 0), "%s", f->id);
        cr_assert(eq(int, scene_broken_tags(&scene), 0), "%s", f->id);
        for (int m = 0; m < scene.n; m++)
            if (scene.marks[m].kind == MARK_TEXT)
                cr_assert(scene.marks[m].box.x > 5 && scene.marks[m].box.y > 5 &&
                              scene.marks[m].box.x + scene.marks[m].box.w < scene.width - 5 &&
                              scene.marks[m].box.y + scene.marks[m].box.h < scene.height - 5,
                          "%s: \"%s\" leaves the sheet", f->id, scene.marks[m].text);
        typeset_close(type);
    }
}

static unsigned big_endian(const char *at) {
    const unsigned char *b = (const unsigned char *)at;
    return (unsigned)b[0] << 24 | (unsigned)b[1] << 16 | (unsigned)b[2] << 8 | b[3];
}

Test(figure_file, png_is_two_pixels_a_point) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    struct bytes png = render(study, figure_find("bridge"), FIGURE_PNG).data;
    cr_assert(memcmp(png.data, "\x89PNG\r\n\x1a\n", 8) == 0);
    cr_assert(eq(u32, big_endian(png.data + 16), 2 * 540));
    cr_assert(lt(sz, png.n, 200000));
}

Test(figure_file, pdf_is_sound_and_described) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    struct bytes pdf = render(study, figure_find("load-duration"), FIGURE_PDF).data;
    char path[] = "/tmp/headroom-figure-XXXXXX";
    int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, pdf.data, pdf.n) == (ssize_t)pdf.n);
    close(file);
    int check = system(arena_printf(&arena, "qpdf --check %s >/dev/null 2>&1", path));
    int alt = system(
        arena_printf(&arena, "qpdf --qdf --object-streams=disable %s - | grep -aq '/Alt '", path));
    unlink(path);
    cr_assert(eq(int, check, 0));
    cr_assert(eq(int, alt, 0));
}

Test(figure_file, csv_is_the_figures_own) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    struct figure_view view;
    cr_assert(figure_find("bridge")->open(&arena, study, 0, &view));
    struct text csv = {.arena = &arena};
    view.csv(view.data, &csv);
    struct bytes got = render(study, figure_find("bridge"), FIGURE_CSV).data;
    cr_assert(bytes_equal(got, (struct bytes){csv.data, csv.n}));
}

Test(figure_file, hostile_names_stay_text) {
    struct fixture fixture = fixture_defaults();
    fixture.name = HOSTILE;
    struct study *study = fixture_study(&arena, &fixture);
    for (const struct figure *f = figure_table; f->id; f++) {
        if (!can_open(study, f))
            continue;
        struct figure_file file = render(study, f, FIGURE_SVG);
        cr_assert(malformed(file.data.data) == NULL, "%s: %.60s", f->id, malformed(file.data.data));
        cr_assert(strstr(file.data.data, "<span") == NULL);
        cr_assert(eq(int, file.n_warnings, 1), "%s", f->id); /* the emoji */
    }
}

Test(figure_file, nothing_to_draw_is_said) {
    struct fixture fixture = fixture_defaults();
    fixture.infeasible = true;
    struct study *study = fixture_study(&arena, &fixture);
    struct figure_file file;
    struct err err = {0};
    cr_assert(not(figure_render(&arena, study, figure_find("bridge"), 0, FIGURE_SVG, &file, &err)));
    cr_assert(eq(int, err.kind, ERR_INPUT));
}
