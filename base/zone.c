/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/zone.h"

#include <string.h>

#include "base/calendar.h"

enum { HOUR = 3600, DAY = 86400 };

/* First and last day of summer. */
#define NONE                                                                                       \
    {0}, {                                                                                         \
        0                                                                                          \
    }
#define EUROPE(east) /* at 01:00 UTC everywhere */                                                 \
    {3, 5, 6, HOUR + (east)}, {                                                                    \
        10, 5, 6, 2 * HOUR + (east)                                                                \
    }
#define AMERICA                                                                                    \
    {3, 2, 6, 2 * HOUR}, {                                                                         \
        11, 1, 6, 2 * HOUR                                                                         \
    }
#define AUSTRALIA                                                                                  \
    {10, 1, 6, 2 * HOUR}, {                                                                        \
        4, 1, 6, 3 * HOUR                                                                          \
    }
#define NEW_ZEALAND                                                                                \
    {9, 5, 6, 2 * HOUR}, {                                                                         \
        4, 1, 6, 3 * HOUR                                                                          \
    }

static const struct {
    const char *name;
    struct zone zone;
} zones[] = {
    {"UTC", {0, 0, NONE}},
    {"America/Anchorage", {-9 * HOUR, HOUR, AMERICA}},
    {"America/Los_Angeles", {-8 * HOUR, HOUR, AMERICA}},
    {"America/Denver", {-7 * HOUR, HOUR, AMERICA}},
    {"America/Phoenix", {-7 * HOUR, 0, NONE}},
    {"America/Chicago", {-6 * HOUR, HOUR, AMERICA}},
    {"America/New_York", {-5 * HOUR, HOUR, AMERICA}},
    {"America/Toronto", {-5 * HOUR, HOUR, AMERICA}},
    {"America/Sao_Paulo", {-3 * HOUR, 0, NONE}},
    {"Europe/London", {0, HOUR, EUROPE(0)}},
    {"Europe/Dublin", {0, HOUR, EUROPE(0)}},
    {"Europe/Berlin", {HOUR, HOUR, EUROPE(HOUR)}},
    {"Europe/Madrid", {HOUR, HOUR, EUROPE(HOUR)}},
    {"Europe/Paris", {HOUR, HOUR, EUROPE(HOUR)}},
    {"Europe/Rome", {HOUR, HOUR, EUROPE(HOUR)}},
    {"Europe/Stockholm", {HOUR, HOUR, EUROPE(HOUR)}},
    {"Europe/Warsaw", {HOUR, HOUR, EUROPE(HOUR)}},
    {"Europe/Zurich", {HOUR, HOUR, EUROPE(HOUR)}},
    {"Europe/Helsinki", {2 * HOUR, HOUR, EUROPE(2 * HOUR)}},
    {"Africa/Johannesburg", {2 * HOUR, 0, NONE}},
    {"Europe/Istanbul", {3 * HOUR, 0, NONE}},
    {"Asia/Dubai", {4 * HOUR, 0, NONE}},
    {"Asia/Kolkata", {5 * HOUR + HOUR / 2, 0, NONE}},
    {"Asia/Jakarta", {7 * HOUR, 0, NONE}},
    {"Asia/Shanghai", {8 * HOUR, 0, NONE}},
    {"Asia/Singapore", {8 * HOUR, 0, NONE}},
    {"Asia/Seoul", {9 * HOUR, 0, NONE}},
    {"Asia/Tokyo", {9 * HOUR, 0, NONE}},
    {"Australia/Sydney", {10 * HOUR, HOUR, AUSTRALIA}},
    {"Pacific/Auckland", {12 * HOUR, HOUR, NEW_ZEALAND}},
};
enum { N_ZONES = sizeof zones / sizeof zones[0] };

const char *zone_name(int index) {
    return index >= 0 && index < N_ZONES ? zones[index].name : NULL;
}

/* "UTC+05:30" */
static bool read_fixed(struct bytes name, struct zone *out) {
    if (name.n != 9 || memcmp(name.data, "UTC", 3) != 0 || name.data[6] != ':' ||
        (name.data[3] != '+' && name.data[3] != '-'))
        return false;
    int digits[4];
    static const int places[4] = {4, 5, 7, 8};
    for (int i = 0; i < 4; i++) {
        digits[i] = name.data[places[i]] - '0';
        if (digits[i] < 0 || digits[i] > 9)
            return false;
    }
    int minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
    if (digits[2] > 5 || minutes > 14 * 60)
        return false;
    *out = (struct zone){.east_s = (name.data[3] == '-' ? -60 : 60) * minutes};
    return true;
}

bool zone_find(struct bytes name, struct zone *out) {
    for (int i = 0; i < N_ZONES; i++)
        if (bytes_are(name, zones[i].name)) {
            *out = zones[i].zone;
            return true;
        }
    return read_fixed(name, out);
}

/* The day of a change in a year, in days since 1970. */
static int64_t change_day(const struct zone_change *change, int year) {
    int last = calendar_days_in_month(year, change->month);
    int64_t first = calendar_days((struct date){year, change->month, 1});
    int weekday = calendar_hour_of_week(first * 24) / 24;
    int day = (change->weekday - weekday + 7) % 7 + 7 * (change->nth - 1); /* from 0 */
    while (day >= last)
        day -= 7;
    return first + day;
}

int32_t zone_east_s(const struct zone *zone, int64_t utc_s) {
    if (!zone)
        return 0;
    if (zone->saving_s == 0)
        return zone->east_s;
    int64_t standard = utc_s + zone->east_s;
    int64_t day = standard / DAY - (standard % DAY < 0);
    int year = calendar_date(day).year;
    int64_t begins = change_day(&zone->begins, year) * DAY + zone->begins.second - zone->east_s;
    int64_t ends =
        change_day(&zone->ends, year) * DAY + zone->ends.second - zone->east_s - zone->saving_s;
    bool summer = begins < ends ? utc_s >= begins && utc_s < ends
                                : utc_s >= begins || utc_s < ends; /* south of the equator */
    return zone->east_s + (summer ? zone->saving_s : 0);
}

int64_t zone_utc_s(const struct zone *zone, int64_t civil_s) {
    if (!zone)
        return civil_s;
    int64_t in_summer = civil_s - zone->east_s - zone->saving_s;
    int64_t in_winter = civil_s - zone->east_s;
    if (zone_east_s(zone, in_summer) == zone->east_s + zone->saving_s)
        return in_summer;
    if (zone_east_s(zone, in_winter) == zone->east_s)
        return in_winter;
    /* Skipped: the clock jumps over it somewhere between the two. */
    int64_t low = in_summer, high = in_winter;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (zone_east_s(zone, middle) == zone->east_s)
            low = middle;
        else
            high = middle;
    }
    return high;
}
