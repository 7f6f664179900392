/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Time zones for people who read charts: how far east of UTC the clock stands, daylight saving
 * included.
 *
 *  Rules are those in force in 2026 (IANA time zone database, release 2025b), held to for all
 * years: a law that changes later is not known here. Zones that share a rule are listed by one
 * city each; a clock that never changes can be written as "UTC+05:30". */
#ifndef HEADROOM_BASE_ZONE_H
#define HEADROOM_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/** A change of the clock: on the n-th such weekday of a month (5: the last), at a second of that
 * day by the clock before the change. */
struct zone_change {
    int month, nth, weekday; /* weekday 0 = Monday */
    int second;
};

struct zone {
    int32_t east_s;                  /* standard time */
    int32_t saving_s;                /* more in summer; 0: no daylight saving */
    struct zone_change begins, ends; /* of summer */
};

/** By name ("Europe/Berlin", "UTC", "UTC-03:00"). false: unknown, *out untouched. */
bool zone_find(struct bytes name, struct zone *out);

/** The names that are known, in order; NULL after the last. */
const char *zone_name(int index);

/** Seconds east of UTC at an instant; of NULL 0. */
int32_t zone_east_s(const struct zone *zone, int64_t utc_s);

/** The instant at which the clock shows this civil time, in seconds since 1970-01-01 00:00 of the
 * clock itself. Of two such instants the first; of none (skipped in spring) the change. */
int64_t zone_utc_s(const struct zone *zone, int64_t civil_s);

#endif
