/* SPDX-License-Identifier: GPL-3.0-or-later */
/** How sure a mean of independent replications is: its 95 % interval by Student's t. It takes the
 * replications for draws of one normal distribution; means over many requests are close to that. */
#ifndef HEADROOM_BASE_INTERVAL_H
#define HEADROOM_BASE_INTERVAL_H

struct interval {
    double mean;
    double half_width; /* >= 0; NaN of one value: nothing is claimed */
};

/** values [n >= 1], finite. */
struct interval interval_of(const double *values, int n);

/** Its ends; the lower one not below 0, which no figure here is. */
double interval_low(const struct interval *interval);
double interval_high(const struct interval *interval);

/** The 0.975 quantile of Student's t, within 0.05 %.
 *  @param degrees_of_freedom  >= 1 */
double interval_student_t(int degrees_of_freedom);

#endif
