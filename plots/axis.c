/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/axis.h"

#include <math.h>

#include "base/err.h"

static const double step_digits[] = {1, 5, 2, 2.5, 4, 3};
enum { N_STEP_DIGITS = sizeof step_digits / sizeof step_digits[0] };

/* The paper's w . (simplicity, coverage, density); legibility is the same for all. */
static double score(int digit, double lo, double hi, double first, double last, int n, int wanted) {
    double range = hi - lo;
    bool has_zero = first <= 0 && last >= 0;
    double simplicity = 1 - (double)digit / (N_STEP_DIGITS - 1) + (has_zero ? 1 : 0);
    double below = first - lo, above = hi - last;
    double coverage = 1 - 0.5 * (below * below + above * above) / pow(0.1 * range, 2);
    double r = (n - 1) / (last - first), target = (wanted - 1) / range;
    double density = 2 - fmax(r / target, target / r);
    return 0.2 * simplicity + 0.25 * coverage + 0.5 * density;
}

static int best_ticks(double lo, double hi, int wanted, bool whole, double ticks[AXIS_TICKS_MAX]) {
    ENSURE(isfinite(lo) && isfinite(hi) && lo < hi);
    double best = -INFINITY, best_step = 0, best_first = 0;
    int best_n = 0, power = (int)floor(log10(hi - lo));
    for (int z = power - 2; z <= power; z++) {
        for (int digit = 0; digit < N_STEP_DIGITS; digit++) {
            double step =
                z < 0 ? step_digits[digit] / pow(10, -z) : step_digits[digit] * pow(10, z);
            if (whole && fabs(step - nearbyint(step)) > 1e-9)
                continue;
            double slack = 1e-9; /* of a step: ends that are ticks but for rounding */
            double first = ceil(lo / step - slack), last = floor(hi / step + slack);
            int n = last - first < AXIS_TICKS_MAX ? (int)(last - first) + 1 : AXIS_TICKS_MAX + 1;
            if (n < AXIS_TICKS_MIN || n > AXIS_TICKS_MAX)
                continue;
            double s = score(digit, lo, hi, first * step, last * step, n, wanted);
            if (s > best) {
                best = s;
                best_step = step;
                best_first = first;
                best_n = n;
            }
        }
    }
    for (int i = 0; i < best_n; i++)
        ticks[i] = (best_first + i) * best_step;
    return best_n;
}

int axis_round_ticks(double lo, double hi, int wanted, double ticks[AXIS_TICKS_MAX]) {
    return best_ticks(lo, hi, wanted, false, ticks);
}

struct axis axis_exact(double high, int wanted, double from, double to) {
    struct axis axis = {.hi = isfinite(high) && high > 0 ? high : 1, .from = from, .to = to};
    axis.n = axis_round_ticks(0, axis.hi, wanted, axis.ticks);
    return axis;
}

struct axis axis_from_zero(double high, int wanted, double from, double to) {
    struct axis axis = axis_exact(high, wanted, from, to);
    double step = axis.ticks[1] - axis.ticks[0], last = axis.ticks[axis.n - 1];
    if (last < axis.hi * (1 - 1e-9)) {
        axis.hi = last + step;
        if (axis.n < AXIS_TICKS_MAX)
            axis.ticks[axis.n++] = axis.hi;
    }
    return axis;
}

struct axis axis_counting(double high, int wanted, double from, double to) {
    struct axis axis = axis_exact(fmax(high, 1), wanted, from, to);
    if (axis.hi >= 3) {
        axis.n = best_ticks(0, axis.hi, wanted, true, axis.ticks);
    } else { /* one or two whole things */
        axis.n = (int)floor(axis.hi + 1e-9) + 1;
        for (int i = 0; i < axis.n; i++)
            axis.ticks[i] = i;
    }
    return axis;
}

struct axis axis_logarithmic(double low, double high, double from, double to) {
    ENSURE(low > 0 && high >= low && isfinite(high));
    struct axis axis = {.lo = low / 1.25, .hi = high * 1.25, .from = from, .to = to, .log = true};
    static const double every[] = {1, 2, 5}, wide[] = {1};
    int decades = (int)floor(log10(axis.hi)) - (int)ceil(log10(axis.lo)) + 1;
    const double *digits = decades > 2 ? wide : every;
    int n_digits = decades > 2 ? 1 : 3, skip = decades > AXIS_TICKS_MAX ? decades / 5 : 1;
    for (int z = (int)floor(log10(axis.lo)); z <= (int)floor(log10(axis.hi)); z += skip)
        for (int i = 0; i < n_digits; i++) {
            double tick = digits[i] * pow(10, z);
            if (tick >= axis.lo && tick <= axis.hi && axis.n < AXIS_TICKS_MAX)
                axis.ticks[axis.n++] = tick;
        }
    return axis;
}

double axis_at(const struct axis *axis, double value) {
    double lo = axis->lo, hi = axis->hi;
    if (axis->log) {
        lo = log(lo);
        hi = log(hi);
        value = log(value);
    }
    return axis->from + (value - lo) / (hi - lo) * (axis->to - axis->from);
}
