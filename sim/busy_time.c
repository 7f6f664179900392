/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/busy_time.h"

#include <math.h>

struct busy_time busy_time_open(struct arena *arena, int n_hours) {
    return (struct busy_time){
        .n_hours = n_hours,
        .ready = arena_new(arena, ticks_sum, n_hours),
        .busy = arena_new(arena, ticks_sum, n_hours),
    };
}

void busy_time_settle(struct busy_time *time, sim_ticks now) {
    while (time->settled < now && time->hour < time->n_hours) {
        sim_ticks hour_end = (time->hour + 1) * TICKS_PER_HOUR;
        sim_ticks until = now < hour_end ? now : hour_end;
        sim_ticks span = until - time->settled;
        time->ready[time->hour] += (ticks_sum)time->n_ready * span;
        time->busy[time->hour] += (ticks_sum)time->n_busy * span;
        time->settled = until;
        time->hour += until == hour_end;
    }
}

double busy_time_fraction(const struct busy_time *time, int hour) {
    if (time->ready[hour] == 0)
        return NAN;
    return (double)time->busy[hour] / (double)time->ready[hour];
}
