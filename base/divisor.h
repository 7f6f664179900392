/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Division of 32-bit numbers by one divisor, again and again: a multiplication in place of a
 * division, exact (Lemire, Kaser and Kurz, Software: Practice and Experience 49, 2019). */
#ifndef HEADROOM_BASE_DIVISOR_H
#define HEADROOM_BASE_DIVISOR_H

#include <stdint.h>

struct divisor {
    uint64_t inverse; /* 2^64 / by, rounded up; 0 for by = 1 */
    uint32_t by;
};

/** by >= 1. */
static inline struct divisor divisor_of(uint32_t by) {
    return (struct divisor){by == 1 ? 0 : UINT64_MAX / by + 1, by};
}

/** n / by, rounded down. */
static inline uint32_t divisor_divide(struct divisor divisor, uint32_t n) {
    __extension__ typedef unsigned __int128 uint128;
    return divisor.by == 1 ? n : (uint32_t)((uint128)divisor.inverse * n >> 64);
}

/** n modulo by. */
static inline uint32_t divisor_remainder(struct divisor divisor, uint32_t n) {
    return n - divisor_divide(divisor, n) * divisor.by;
}

#endif
