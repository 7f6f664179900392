/* SPDX-License-Identifier: GPL-3.0-or-later */
/** For benches: CPU time of this process. */
#ifndef HEADROOM_TESTS_BENCH_HELP_H
#define HEADROOM_TESTS_BENCH_HELP_H

#include <time.h>

static inline double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#endif
