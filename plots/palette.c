/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/palette.h"

#include <math.h>

static double channel(rgb color, int shift) {
    double c = (double)((color >> shift) & 0xFF) / 255;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(rgb color) {
    return 0.2126 * channel(color, 16) + 0.7152 * channel(color, 8) + 0.0722 * channel(color, 0);
}

double palette_contrast(rgb a, rgb b) {
    double x = luminance(a), y = luminance(b);
    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

rgb palette_between(rgb from, rgb to, double share) {
    rgb out = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        double a = (from >> shift) & 0xFF, b = (to >> shift) & 0xFF;
        out |= (rgb)lround(a + (b - a) * share) << shift;
    }
    return out;
}
