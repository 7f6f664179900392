/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of charts on 10,000 random sets: labels of series never overlap nor leave their strip,
 * bars begin at zero and are as long as what they show, values and names never overlap. Each check
 * has a mutant that it must reject. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "plots/chart.h"
#include "plots/report_pages.h"
#include "scene_check.h"

static struct arena arena, letters; /* the typeset's own: `arena` is rewound */
static struct typeset *type;

static void start(void) {
    struct err err = {0};
    type = report_typeset(&letters, &err);
}

static void done(void) {
    typeset_close(type);
    arena_release(&letters);
    arena_release(&arena);
}

TestSuite(chart, .init = start, .fini = done);

static const char *const names[] = {"Committed",
                                    "On demand",
                                    "x",
                                    "a name that goes on for far longer than any column is wide",
                                    "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
                                    "<span>&amp;</span>",
                                    "=1+1",
                                    "\x1b[31mred",
                                    "\xF0\x9F\x98\x80 emoji",
                                    ""};
enum { N_NAMES = sizeof names / sizeof names[0] };

static struct scene page(void) {
    return scene_open(&arena, type, paper_a4()->width, paper_a4()->height);
}

/* Boxes of the texts apart and between top and bottom. */
static bool labels_are_good(const struct scene *scene, double top, double bottom) {
    for (int i = 0; i < scene->n; i++) {
        const struct mark *a = &scene->marks[i];
        if (a->kind != MARK_TEXT)
            continue;
        if (a->box.y < top - 1 || a->box.y + a->box.h > bottom + 1)
            return false;
        for (int k = 0; k < i; k++)
            if (scene->marks[k].kind == MARK_TEXT && box_overlaps(a->box, scene->marks[k].box))
                return false;
    }
    return true;
}

Test(chart, ten_thousand_sets_of_labels) {
    struct rng rng = rng_open(31, 0, RNG_TEST, 0);
    for (int round = 0; round < 10000; round++) {
        struct arena_mark mark = arena_mark(&arena);
        struct chart_label labels[CHART_LABELS_MAX];
        int n = 1 + (int)rng_below(&rng, round % 10 == 0 ? CHART_LABELS_MAX : 8);
        double height = 12 + 300 * rng_uniform(&rng);
        for (int i = 0; i < n; i++)
            labels[i] = (struct chart_label){names[rng_below(&rng, N_NAMES)], COLOR_INK,
                                             80 + (height + 40) * rng_uniform(&rng)};
        struct scene scene = page();
        int shown = chart_side_labels(&scene, labels, n, 400, 100, 100 + height);
        int room = (int)(height / 11);
        cr_assert(eq(int, shown, n < room ? n : room), "round %d", round);
        cr_assert(labels_are_good(&scene, 100, 100 + height), "round %d", round);
        arena_rewind(&arena, mark);
    }
}

Test(chart, the_check_of_labels_can_fail) {
    struct scene scene = page();
    scene_text(&scene, 400, 150, ALIGN_LEFT, chart_note_style(), "one");
    cr_assert(labels_are_good(&scene, 100, 200));
    cr_assert(not(labels_are_good(&scene, 160, 200)));
    scene_text(&scene, 402, 153, ALIGN_LEFT, chart_note_style(), "two");
    cr_assert(not(labels_are_good(&scene, 100, 200)));
}

/* Rectangles of the rows: one after the other from zero, in proportion to their values. */
static bool bars_are_good(const struct scene *scene, const struct chart_bar *bars, int n,
                          const struct axis *x) {
    int at = 0;
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int k = 0; k < bars[i].n_parts; k++) {
            double value = bars[i].parts[k].value;
            if (value <= 0)
                continue;
            while (at < scene->n && scene->marks[at].kind != MARK_RECT)
                at++;
            if (at == scene->n)
                return false;
            struct box box = scene->marks[at++].box;
            double wide = value / x->hi * (x->to - x->from);
            if (fabs(box.x - (x->from + sum / x->hi * (x->to - x->from))) > 1e-3 ||
                (fabs(box.w - wide) > 0.81 && wide > 1))
                return false;
            sum += value;
        }
    }
    return x->lo == 0;
}

static void fill_bars(struct rng *rng, struct chart_bar *bars, int n) {
    for (int i = 0; i < n; i++) {
        struct chart_bar *bar = &bars[i];
        *bar = (struct chart_bar){.name = names[rng_below(rng, N_NAMES)],
                                  .value = "$12.3K",
                                  .note = rng_below(rng, 2) ? "a note beside it" : NULL,
                                  .strong = rng_below(rng, 4) == 0,
                                  .n_parts = 1 + (int)rng_below(rng, CHART_PARTS_MAX)};
        for (int k = 0; k < bar->n_parts; k++)
            bar->parts[k] =
                (struct chart_part){rng_below(rng, 5) ? pow(10, 6 * rng_uniform(rng)) : 0,
                                    COLOR_MUTED, rng_below(rng, 2) == 0};
        bar->low = pow(10, 6 * rng_uniform(rng));
        bar->high = rng_below(rng, 2) ? 1.5 * bar->low : 0;
    }
}

Test(chart, ten_thousand_sets_of_bars) {
    struct rng rng = rng_open(32, 0, RNG_TEST, 0);
    for (int round = 0; round < 10000; round++) {
        struct arena_mark mark = arena_mark(&arena);
        struct chart_bar bars[40];
        int n = 1 + (int)rng_below(&rng, round % 100 == 0 ? 40 : 6);
        fill_bars(&rng, bars, n);
        struct scene scene = page();
        struct axis x = chart_bars(&scene, bars, n, (struct box){50, 100, 495, 15.0 * n});
        cr_assert(bars_are_good(&scene, bars, n, &x), "round %d", round);
        if (round % 20 == 0)
            cr_assert(eq(int, scene_overlapping_texts(&scene) + scene_marks_outside(&scene), 0),
                      "round %d", round);
        arena_rewind(&arena, mark);
    }
}

Test(chart, the_check_of_bars_can_fail) {
    struct chart_bar bar = {
        .name = "a", .value = "5", .n_parts = 1, .parts = {{5, COLOR_MUTED, false}}};
    struct scene scene = page();
    struct axis x = chart_bars(&scene, &bar, 1, (struct box){50, 100, 495, 15});
    cr_assert(bars_are_good(&scene, &bar, 1, &x));
    for (int i = 0; i < scene.n; i++)
        if (scene.marks[i].kind == MARK_RECT)
            scene.marks[i].box.w /= 2; /* an axis that does not begin at zero */
    cr_assert(not(bars_are_good(&scene, &bar, 1, &x)));
}

static const char *number(struct arena *out, const struct chart_step *step) {
    return arena_printf(out, "%.0f", step->to - step->from);
}

Test(chart, steps_hang_together_and_are_to_scale) {
    struct rng rng = rng_open(33, 0, RNG_TEST, 0);
    for (int round = 0; round < 1000; round++) {
        struct arena_mark mark = arena_mark(&arena);
        struct chart_step steps[8] = {{.name = "from", .to = 100, .total = true}};
        int n = 3 + (int)rng_below(&rng, 6);
        for (int i = 1; i < n; i++)
            steps[i] = (struct chart_step){.name = names[rng_below(&rng, 3)],
                                           .note = "a note",
                                           .from = steps[i - 1].to,
                                           .to = 200 * rng_uniform(&rng)};
        steps[n - 1].total = true;
        steps[n - 1].from = 0;
        struct scene scene = page();
        chart_steps(&scene, steps, n, number, (struct box){50, 100, 495, 16.0 * n});
        double scale = NAN;
        int at = 0;
        for (int i = 0; i < n; i++) {
            while (scene.marks[at].kind != MARK_RECT)
                at++;
            double size = fabs(steps[i].to - steps[i].from), wide = scene.marks[at++].box.w;
            scale = i == 0 ? wide / size : scale;
            cr_assert(wide <= 0.8 + 1e-9 || fabs(wide - scale * size) < 2e-3, "round %d", round);
        }
        cr_assert(eq(int, scene_overlapping_texts(&scene) + scene_marks_outside(&scene), 0),
                  "round %d", round);
        arena_rewind(&arena, mark);
    }
}

Test(chart, lines_and_bands_stop_at_what_is_unknown) {
    struct axis x = {.hi = 5, .from = 100, .to = 200}, y = {.hi = 5, .from = 300, .to = 200};
    const double xs[] = {0, 1, 2, 3, 4, 5}, ys[] = {1, 2, NAN, 3, 4, 5}, zero[6] = {0};
    struct scene scene = page();
    chart_line(&scene, &x, &y, xs, ys, 6, (struct stroke){COLOR_INK, 1, false, 0});
    cr_assert(eq(int, scene.n, 2));
    cr_assert(eq(int, scene.marks[0].n_points, 2));
    cr_assert(eq(int, scene.marks[1].n_points, 3));
    chart_band(&scene, &x, &y, xs, zero, ys, 6, COLOR_RANGE);
    cr_assert(eq(int, scene.n, 4));
    cr_assert(eq(int, scene.marks[3].n_points, 6));
    chart_step_line(&scene, &x, &y, ys, 6, (struct stroke){COLOR_INK, 1, false, 0});
    cr_assert(eq(int, scene.n, 6));
    cr_assert(eq(int, scene.marks[4].n_points, 4));
}
