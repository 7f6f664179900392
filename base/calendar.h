/* SPDX-License-Identifier: GPL-3.0-or-later */
/** UTC dates as numbers: days and hours since 1970-01-01, nanosecond stamps. No time zone, no
 * clock. */
#ifndef HEADROOM_BASE_CALENDAR_H
#define HEADROOM_BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct date {
    int year, month, day; /* month 1..12, day 1..31 */
};

int64_t calendar_days(struct date date); /* proleptic Gregorian */
struct date calendar_date(int64_t days);
bool calendar_parse_date(struct bytes in, struct date *out); /* YYYY-MM-DD, checked */

/** ISO stamp, blank or T between, 0 to 9 decimals, optional Z or +00:00 -> ns since the epoch.
 *  Other zones are converted. False when malformed. A fast path for the Azure form is expected. */
bool calendar_parse_stamp_ns(struct bytes in, int64_t *out);

struct date calendar_add_months(struct date date, int months); /* day clipped to the month */
int calendar_days_in_month(int year, int month);
int calendar_hour_of_week(int64_t epoch_hour); /* 0 = Monday 00:00 UTC, 167 = Sunday 23:00 */

/** "2026-12-01" ; "2026-12-01T00:00:00Z" */
void calendar_format_date(char out[16], struct date date);
void calendar_format_hour(char out[32], int64_t epoch_hour);
const char *calendar_month_name(int month);     /* "January" */
const char *calendar_day_name(int day_of_week); /* 0 = "Mon" */

#endif
