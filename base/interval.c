/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/interval.h"

#include <math.h>

#include "base/err.h"

double interval_student_t(int degrees_of_freedom) {
    static const double table[16] = {0,     12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
                                     2.306, 2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131};
    ENSURE(degrees_of_freedom >= 1);
    if (degrees_of_freedom < 16)
        return table[degrees_of_freedom];
    /* Cornish and Fisher's expansion about the normal quantile, two terms */
    double z = 1.959964, z3 = z * z * z, z5 = z3 * z * z, n = degrees_of_freedom;
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n);
}

struct interval interval_of(const double *values, int n) {
    struct interval interval = {.half_width = NAN};
    double squares = 0;
    ENSURE(n >= 1);
    for (int i = 0; i < n; i++)
        interval.mean += values[i] / n;
    for (int i = 0; i < n; i++)
        squares += (values[i] - interval.mean) * (values[i] - interval.mean);
    if (n > 1)
        interval.half_width = interval_student_t(n - 1) * sqrt(squares / (n - 1) / n);
    return interval;
}

double interval_low(const struct interval *interval) {
    return fmax(0, interval->mean - interval->half_width);
}

double interval_high(const struct interval *interval) {
    return interval->mean + interval->half_width;
}
