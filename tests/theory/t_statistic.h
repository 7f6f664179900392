/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The interval test of independent replications: rejected beyond T_LIMIT, which chance reaches
 * once in 800,000 (two-sided, 31 degrees of freedom); each test carries a mutant that it rejects.
 */
#ifndef HEADROOM_TESTS_THEORY_T_STATISTIC_H
#define HEADROOM_TESTS_THEORY_T_STATISTIC_H

#include <math.h>

#define T_LIMIT 6.0

/** means [n >= 2] of the replications against what theory expects. */
static inline double t_statistic(const double *means, int n, double theory) {
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += means[i];
    double mean = sum / n;
    for (int i = 0; i < n; i++)
        squares += (means[i] - mean) * (means[i] - mean);
    return (mean - theory) / sqrt(squares / (n - 1) / n);
}

#endif
