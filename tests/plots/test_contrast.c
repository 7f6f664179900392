/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contrast as WCAG 2.2 counts it, of every pair of colours that can meet: words on every
 * ground 4.5:1, fills on paper 3:1, and bars that touch 3:1, or a gap of paper between them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "plots/figure_file.h"
#include "plots/report_pages.h"
#include "study_fixture.h"

static struct arena arena;

#define N(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const rgb words[] = {
    COLOR_INK,       COLOR_MUTED,          COLOR_COMMITTED,      COLOR_SPOT_TEXT,
    COLOR_THRESHOLD, COLOR_ON_DEMAND_TEXT, COLOR_SERVERLESS_TEXT};
static const rgb grounds[] = {COLOR_PAPER, COLOR_PANEL, COLOR_ALARM};
static const rgb fills[] = {COLOR_COMMITTED,  COLOR_SPOT,      COLOR_ON_DEMAND,
                            COLOR_SERVERLESS, COLOR_THRESHOLD, COLOR_DISABLED};

/* 1 + 0.05 over 0 + 0.05, and the grey that WCAG's own technique names as just enough. */
Test(contrast, is_as_wcag_counts) {
    cr_assert(epsilon_eq(dbl, palette_contrast(0xFFFFFF, 0x000000), 21, 1e-9));
    cr_assert(epsilon_eq(dbl, palette_contrast(0xFFFFFF, 0x767676), 4.54, 0.005));
    cr_assert(lt(dbl, palette_contrast(0xFFFFFF, 0x888888), 4.5)); /* the check can fail */
}

Test(contrast, every_word_reads_on_every_ground) {
    for (int w = 0; w < N(words); w++)
        for (int g = 0; g < N(grounds); g++)
            cr_expect(ge(dbl, palette_contrast(words[w], grounds[g]), 4.5), "%06X on %06X",
                      (unsigned)words[w], (unsigned)grounds[g]);
}

/* Without colour what is left is contrast: one step from committed to spot, one to on demand. What
 * is paid by use is as light as on demand, so that it carries lines. */
#define GREY_STEP 1.7

static int dark_hatches(const struct scene *scene) {
    int n = 0;
    for (int i = 0; i < scene->n; i++)
        n += scene->marks[i].kind == MARK_SEGMENTS &&
             scene->marks[i].stroke.color == COLOR_SERVERLESS_TEXT;
    return n;
}

Test(contrast, the_weeks_bands_are_told_apart_in_grey) {
    cr_expect(ge(dbl, palette_contrast(COLOR_COMMITTED, COLOR_SPOT), GREY_STEP));
    cr_expect(ge(dbl, palette_contrast(COLOR_SPOT, COLOR_ON_DEMAND), GREY_STEP));
    cr_expect(lt(dbl, palette_contrast(0x28A197, COLOR_ON_DEMAND), GREY_STEP)); /* it can fail */
    cr_expect(lt(dbl, palette_contrast(COLOR_ON_DEMAND, COLOR_SERVERLESS), GREY_STEP));
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    for (int by_use = 0; by_use < 2; by_use++) {
        struct fixture fixture = fixture_defaults();
        struct figure_view view;
        fixture.by_use = 0.2 * by_use;
        struct study *study = fixture_study(&arena, &fixture);
        cr_assert(figure_week_open(&arena, study, 0, &view));
        struct scene scene = figure_scene(&arena, type, study, &view);
        cr_expect(eq(int, dark_hatches(&scene), by_use));
    }
    typeset_close(type);
}

Test(contrast, every_fill_is_seen_on_paper) {
    for (int f = 0; f < N(fills); f++)
        cr_expect(ge(dbl, palette_contrast(fills[f], COLOR_PAPER), 3), "%06X", (unsigned)fills[f]);
}

/* Touching: closer than half a point along one axis, beside each other for more than a point along
 * the other. */
static bool touch(struct box a, struct box b) {
    double x = fmin(a.x + a.w, b.x + b.w) - fmax(a.x, b.x);
    double y = fmin(a.y + a.h, b.y + b.h) - fmax(a.y, b.y);
    return (fabs(x) < 0.5 && y > 1) || (fabs(y) < 0.5 && x > 1);
}

static int faint_borders(const struct scene *scene) {
    int n = 0;
    for (int i = 0; i < scene->n; i++)
        for (int k = i + 1; k < scene->n; k++) {
            const struct mark *a = &scene->marks[i], *b = &scene->marks[k];
            bool bars = a->kind == MARK_RECT && b->kind == MARK_RECT && a->fill != b->fill &&
                        a->fill != COLOR_PAPER && b->fill != COLOR_PAPER;
            n += bars && touch(a->box, b->box) && palette_contrast(a->fill, b->fill) < 3;
        }
    return n;
}

Test(contrast, bars_that_touch_are_told_apart) {
    struct err err = {0};
    struct fixture fixture = fixture_defaults();
    fixture.by_use = 0.2; /* all four ways of paying stand beside each other */
    struct study *study = fixture_study(&arena, &fixture);
    struct typeset *type = report_typeset(&arena, &err);
    for (const struct figure *figure = figure_table; figure->id; figure++) {
        struct figure_view view;
        if (!figure->open(&arena, study, 0, &view))
            continue;
        struct scene scene = figure_scene(&arena, type, study, &view);
        cr_expect(eq(int, faint_borders(&scene), 0), "%s", figure->id);
    }
    struct scene planted = scene_open(&arena, type, 100, 100); /* the check can fail */
    scene_rect(&planted, (struct box){10, 10, 20, 20}, COLOR_SPOT);
    scene_rect(&planted, (struct box){30, 10, 20, 20}, COLOR_ON_DEMAND);
    cr_assert(eq(int, faint_borders(&planted), 1));
    typeset_close(type);
}
