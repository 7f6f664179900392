/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/labels.h"

#include <math.h>

#include "base/err.h"

enum { LABELS_MAX = 64 };

bool box_overlaps(struct box a, struct box b) {
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

bool box_inside(struct box inner, struct box outer) {
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

/* Liang-Barsky: the part of the segment inside each of the four half planes. */
bool box_crossed(struct box box, struct point a, struct point b) {
    double p[4] = {a.x - b.x, b.x - a.x, a.y - b.y, b.y - a.y};
    double q[4] = {a.x - box.x, box.x + box.w - a.x, a.y - box.y, box.y + box.h - a.y};
    double enter = 0, leave = 1;
    for (int i = 0; i < 4; i++) {
        if (p[i] == 0) {
            if (q[i] <= 0)
                return false;
        } else if (p[i] < 0) {
            enter = fmax(enter, q[i] / p[i]);
        } else {
            leave = fmin(leave, q[i] / p[i]);
        }
    }
    return enter < leave;
}

struct block {
    double centre_sum; /* of (wish - offset inside the block) */
    int n;
    double start, length;
};

/* Pool adjacent violators: each label starts as its own block at its wish; blocks that overlap
 * merge and sit at the mean of what their labels want. */
void labels_spread(const double *wanted, const double *size, int n, double lo, double hi,
                   double *placed) {
    ENSURE(n <= LABELS_MAX);
    int order[LABELS_MAX];
    double total = 0;
    for (int i = 0; i < n; i++) {
        int k = i;
        for (; k > 0 && wanted[order[k - 1]] > wanted[i]; k--)
            order[k] = order[k - 1];
        order[k] = i;
        total += size[i];
    }
    double squeeze = total > hi - lo ? (hi - lo) / total : 1;
    struct block blocks[LABELS_MAX];
    int n_blocks = 0;
    for (int i = 0; i < n; i++) {
        double h = size[order[i]] * squeeze;
        struct block block = {.centre_sum = wanted[order[i]] - h / 2, .n = 1, .length = h};
        for (;;) {
            double start = block.centre_sum / block.n;
            block.start = fmin(fmax(start, lo), hi - block.length);
            struct block *above = n_blocks > 0 ? &blocks[n_blocks - 1] : 0;
            if (!above || above->start + above->length <= block.start)
                break;
            block.centre_sum = above->centre_sum + block.centre_sum - block.n * above->length;
            block.n += above->n;
            block.length += above->length;
            n_blocks--;
        }
        blocks[n_blocks++] = block;
    }
    for (int b = 0, i = 0; b < n_blocks; b++) {
        double at = blocks[b].start;
        for (int k = 0; k < blocks[b].n; k++, i++) {
            double h = size[order[i]] * squeeze;
            placed[order[i]] = at + h / 2;
            at += h;
        }
    }
}

static bool is_free(struct box box, const struct box *taken, int n_taken) {
    for (int i = 0; i < n_taken; i++)
        if (box_overlaps(box, taken[i]))
            return false;
    return true;
}

bool labels_place(struct point anchor, double radius, double w, double h, struct box bounds,
                  const struct box *taken, int n_taken, struct box *out) {
    static const struct {
        double dx, dy; /* -1, 0, 1: which side of the anchor */
    } sides[] = {{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {1, -1}, {1, 1}, {-1, -1}, {-1, 1}};
    for (double reach = radius + 3; reach < radius + 20; reach += 4)
        for (int i = 0; i < (int)(sizeof sides / sizeof sides[0]); i++) {
            struct box box = {anchor.x + sides[i].dx * (reach + w / 2) - w / 2,
                              anchor.y + sides[i].dy * (reach + h / 2) - h / 2, w, h};
            if (box_inside(box, bounds) && is_free(box, taken, n_taken)) {
                *out = box;
                return true;
            }
        }
    return false;
}
