/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Label layout on random wishes: no overlap, inside, as near as possible. The 1-D spread is
 * compared with brute force over a fine grid on three labels (its least squares must not be
 * beaten). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "plots/labels.h"

static double cost(const double *wanted, const double *placed, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (wanted[i] - placed[i]) * (wanted[i] - placed[i]);
    return sum;
}

static bool is_spread(const double *placed, const double *size, int n, double lo, double hi) {
    for (int i = 0; i < n; i++) {
        if (placed[i] - size[i] / 2 < lo - 1e-9 || placed[i] + size[i] / 2 > hi + 1e-9)
            return false;
        for (int k = 0; k < i; k++)
            if (fabs(placed[i] - placed[k]) < (size[i] + size[k]) / 2 - 1e-9)
                return false;
    }
    return true;
}

Test(labels, spread_never_overlaps) {
    struct rng rng = rng_open(11, 0, RNG_TEST, 0);
    for (int round = 0; round < 2000; round++) {
        int n = 1 + (int)rng_below(&rng, 12);
        double wanted[12], size[12], placed[12];
        for (int i = 0; i < n; i++) {
            wanted[i] = 220 * rng_uniform(&rng) - 10;
            size[i] = 5 + 10 * rng_uniform(&rng);
        }
        labels_spread(wanted, size, n, 0, 200, placed);
        cr_assert(is_spread(placed, size, n, 0, 200), "round %d", round);
    }
}

Test(labels, the_check_sees_overlaps) {
    cr_assert(not(is_spread((double[]){10, 15}, (double[]){8, 8}, 2, 0, 100)));
    cr_assert(not(is_spread((double[]){2}, (double[]){8}, 1, 0, 100)));
}

Test(labels, spread_is_not_beaten_by_brute_force) {
    struct rng rng = rng_open(12, 0, RNG_TEST, 0);
    const double size[3] = {10, 10, 10};
    for (int round = 0; round < 20; round++) {
        double wanted[3], placed[3], best = INFINITY;
        for (int i = 0; i < 3; i++)
            wanted[i] = 50 * rng_uniform(&rng);
        labels_spread(wanted, size, 3, 0, 50, placed);
        for (double a = 5; a <= 45; a += 0.5)
            for (double b = 5; b <= 45; b += 0.5)
                for (double c = 5; c <= 45; c += 0.5)
                    if (is_spread((double[]){a, b, c}, size, 3, 0, 50))
                        best = fmin(best, cost(wanted, (double[]){a, b, c}, 3));
        cr_assert(cost(wanted, placed, 3) <= best + 1e-6, "round %d: %g against %g", round,
                  cost(wanted, placed, 3), best);
    }
}

Test(labels, too_many_are_squeezed_inside) {
    double wanted[4] = {1, 2, 3, 4}, size[4] = {10, 10, 10, 10}, placed[4];
    labels_spread(wanted, size, 4, 0, 20, placed);
    for (int i = 0; i < 4; i++)
        cr_assert(placed[i] >= 0 && placed[i] <= 20);
    for (int i = 1; i < 4; i++)
        cr_assert(gt(dbl, placed[i], placed[i - 1]));
}

Test(labels, placed_boxes_stay_apart) {
    struct rng rng = rng_open(13, 0, RNG_TEST, 0);
    struct box bounds = {0, 0, 400, 300};
    int placed_total = 0;
    for (int round = 0; round < 300; round++) {
        struct box taken[40];
        struct point dots[20];
        int n = 0;
        for (int i = 0; i < 20; i++) {
            dots[i] = (struct point){400 * rng_uniform(&rng), 300 * rng_uniform(&rng)};
            taken[n++] = (struct box){dots[i].x - 4, dots[i].y - 4, 8, 8};
        }
        for (int i = 0; i < 20; i++) {
            struct box box;
            if (!labels_place(dots[i], 4, 60, 10, bounds, taken, n, &box))
                continue;
            placed_total++;
            cr_assert(box_inside(box, bounds));
            for (int k = 0; k < n; k++)
                cr_assert(not(box_overlaps(box, taken[k])), "round %d", round);
            taken[n++] = box;
        }
    }
    cr_assert(gt(int, placed_total, 300 * 15)); /* most find room */
}

Test(labels, segments_and_boxes) {
    struct box box = {10, 10, 20, 10};
    cr_assert(box_crossed(box, (struct point){0, 15}, (struct point){50, 15}));
    cr_assert(box_crossed(box, (struct point){15, 12}, (struct point){16, 13}));
    cr_assert(not(box_crossed(box, (struct point){0, 0}, (struct point){50, 5})));
    cr_assert(not(box_crossed(box, (struct point){0, 20}, (struct point){50, 20})));
    cr_assert(not(box_crossed(box, (struct point){0, 40}, (struct point){9, 0})));
}
