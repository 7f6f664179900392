/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rendered pages and figures of the fabricated study against small grey pictures of them
 * (tests/plots/baseline, six points of paper a pixel), by the root of the mean squared difference.
 * It sees what moved or vanished, not one digit. HEADROOM_UPDATE_BASELINES=1 writes them anew: look
 * at the pages before you commit that. */
#include <cairo.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/draw.h"
#include "plots/figure_file.h"
#include "plots/report_pages.h"
#include "study_extras.h"

#define POINTS_A_PIXEL 6.0
#define RMS_MAX 6.0 /* of 255 */
enum { PAGES = 3 };

static struct arena arena;

struct grey {
    int width, height;
    unsigned char *pixels; /* [width * height] */
};

static struct grey render(const struct scene *scene) {
    struct grey grey = {(int)ceil(scene->width / POINTS_A_PIXEL),
                        (int)ceil(scene->height / POINTS_A_PIXEL), NULL};
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, grey.width, grey.height);
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_scale(cairo, 1 / POINTS_A_PIXEL, 1 / POINTS_A_PIXEL);
    draw_scene(cairo, scene, false);
    cairo_destroy(cairo);
    cairo_surface_flush(surface);
    const unsigned char *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    grey.pixels = arena_new(&arena, unsigned char, grey.width *grey.height);
    for (int y = 0; y < grey.height; y++)
        for (int x = 0; x < grey.width; x++) {
            uint32_t color;
            memcpy(&color, data + y * stride + 4 * x, sizeof color);
            grey.pixels[y * grey.width + x] =
                (unsigned char)(0.2126 * ((color >> 16) & 255) + 0.7152 * ((color >> 8) & 255) +
                                0.0722 * (color & 255) + 0.5);
        }
    cairo_surface_destroy(surface);
    return grey;
}

/* Infinity: of another size. */
static double rms(const struct grey *a, const struct grey *b) {
    if (a->width != b->width || a->height != b->height)
        return INFINITY;
    double sum = 0;
    for (int i = 0; i < a->width * a->height; i++)
        sum += pow((double)a->pixels[i] - b->pixels[i], 2);
    return sqrt(sum / (a->width * a->height));
}

static const char *path_of(const char *name) {
    return arena_printf(&arena, "tests/plots/baseline/%s.pgm", name);
}

static struct grey read_baseline(const char *name) {
    struct grey grey = {0};
    FILE *file = fopen(path_of(name), "rb");
    cr_assert(file != NULL, "%s is missing: HEADROOM_UPDATE_BASELINES=1 writes it", path_of(name));
    cr_assert(eq(int, fscanf(file, "P5 %d %d 255", &grey.width, &grey.height), 2), "%s", name);
    cr_assert(fgetc(file) == '\n' && grey.width > 0 && grey.width < 1000 && grey.height < 1000);
    size_t n = (size_t)grey.width * (size_t)grey.height;
    grey.pixels = arena_new(&arena, unsigned char, n);
    cr_assert(eq(sz, fread(grey.pixels, 1, n, file), n), "%s", name);
    fclose(file);
    return grey;
}

static void compare(const char *name, const struct scene *scene) {
    struct grey now = render(scene);
    if (getenv("HEADROOM_UPDATE_BASELINES")) {
        FILE *file = fopen(path_of(name), "wb");
        cr_assert(file != NULL, "%s", path_of(name));
        fprintf(file, "P5 %d %d 255\n", now.width, now.height);
        fwrite(now.pixels, 1, (size_t)now.width * (size_t)now.height, file);
        fclose(file);
    }
    struct grey then = read_baseline(name);
    double difference = rms(&now, &then);
    cr_expect(le(dbl, difference, RMS_MAX), "%s", name);
}

/* With all that a replay, a bill and futures add. */
static struct study *whole_study(void) {
    struct fixture fixture = fixture_defaults();
    struct extras extras = extras_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    extras_add(&arena, study, &extras);
    return study;
}

static struct flow lay_out(const struct paper *paper) {
    struct err err = {0};
    return report_lay_out(&arena, report_typeset(&arena, &err), paper, whole_study());
}

Test(baseline, pages_look_as_they_did) {
    for (int letter = 0; letter < 2; letter++) {
        const char *paper = letter ? "letter" : "a4";
        struct flow flow = lay_out(paper_named(paper));
        for (int p = 0; p < PAGES; p++)
            compare(arena_printf(&arena, "%s-page-%d", paper, p + 1), &flow.pages[p].scene);
        typeset_close(flow.type);
    }
}

Test(baseline, figures_look_as_they_did) {
    struct err err = {0};
    struct study *study = whole_study();
    struct typeset *type = report_typeset(&arena, &err);
    for (const struct figure *figure = figure_table; figure->id; figure++) {
        struct figure_view view;
        if (!figure->open(&arena, study, 0, &view))
            continue;
        struct scene scene = figure_scene(&arena, type, study, &view);
        compare(figure->id, &scene);
    }
    typeset_close(type);
}

/* Mutants that the comparison must reject: a page moved by two lines, a figure without its bars, a
 * page in the place of another. */
Test(baseline, what_moved_or_vanished_is_seen) {
    struct flow flow = lay_out(paper_a4());
    struct grey page = render(&flow.pages[1].scene), other = render(&flow.pages[0].scene);
    struct grey moved = {page.width, page.height, NULL};
    moved.pixels = arena_new(&arena, unsigned char, page.width *page.height);
    memset(moved.pixels, 255, (size_t)(page.width * page.height));
    memcpy(moved.pixels + 4 * page.width, page.pixels, (size_t)((page.height - 4) * page.width));
    cr_expect(gt(dbl, rms(&page, &moved), 2 * RMS_MAX));
    cr_expect(gt(dbl, rms(&page, &other), 2 * RMS_MAX));
    struct scene bare = flow.pages[1].scene;
    bare.marks = arena_new(&arena, struct mark, bare.n);
    int n = 0;
    for (int m = 0; m < bare.n; m++)
        if (flow.pages[1].scene.marks[m].kind != MARK_AREA)
            bare.marks[n++] = flow.pages[1].scene.marks[m];
    bare.n = n;
    struct grey without = render(&bare);
    cr_expect(gt(dbl, rms(&page, &without), 2 * RMS_MAX));
    typeset_close(flow.type);
}
