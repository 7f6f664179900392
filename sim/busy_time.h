/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Replica time by hour: how much was ready, and in how much of that there was work. Integrals in
 * whole ticks, brought up to date before every change. */
#ifndef HEADROOM_SIM_BUSY_TIME_H
#define HEADROOM_SIM_BUSY_TIME_H

#include "base/arena.h"
#include "sim/ticks.h"

struct busy_time {
    int64_t n_ready, n_busy; /* now */
    sim_ticks settled;
    int hour, n_hours;
    ticks_sum *ready, *busy; /* [n_hours] */
};

struct busy_time busy_time_open(struct arena *arena, int n_hours);
void busy_time_settle(struct busy_time *time, sim_ticks now);
/** Busy share of the ready time of an hour; NaN when nothing was ready. Settle first. */
double busy_time_fraction(const struct busy_time *time, int hour);

#endif
