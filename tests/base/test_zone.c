/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks of people: known instants of 2026 around each kind of change (as `date -u` and `date`
 * print them with the IANA database), and for every zone and every hour of five years that the
 * clock goes on by the hour but for the changes, and that going there and back is the same. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/calendar.h"
#include "base/zone.h"

static int64_t at(int year, int month, int day, int hour) {
    return (calendar_days((struct date){year, month, day}) * 24 + hour) * 3600;
}

static const struct {
    const char *zone;
    int month, day, hour; /* UTC, 2026 */
    double east;          /* hours */
} known[] = {
    {"Europe/Berlin", 3, 29, 0, 1},      {"Europe/Berlin", 3, 29, 1, 2},
    {"Europe/Berlin", 10, 25, 0, 2},     {"Europe/Berlin", 10, 25, 1, 1},
    {"Europe/London", 7, 1, 12, 1},      {"Europe/London", 1, 1, 12, 0},
    {"America/New_York", 3, 8, 6, -5},   {"America/New_York", 3, 8, 7, -4},
    {"America/New_York", 11, 1, 5, -4},  {"America/New_York", 11, 1, 6, -5},
    {"Australia/Sydney", 4, 4, 15, 11},  {"Australia/Sydney", 4, 4, 16, 10},
    {"Australia/Sydney", 10, 3, 15, 10}, {"Australia/Sydney", 10, 3, 16, 11},
    {"Asia/Kolkata", 6, 1, 0, 5.5},      {"UTC-03:30", 6, 1, 0, -3.5},
};

Test(zone, known_instants) {
    for (int i = 0; i < (int)(sizeof known / sizeof known[0]); i++) {
        struct zone zone;
        cr_assert(zone_find(bytes_of(known[i].zone), &zone), "%s", known[i].zone);
        int64_t when = at(2026, known[i].month, known[i].day, known[i].hour);
        cr_assert(eq(int, zone_east_s(&zone, when), (int)(known[i].east * 3600)), "%s, row %d",
                  known[i].zone, i);
    }
}

Test(zone, there_and_back) {
    for (int z = 0; zone_name(z); z++) {
        struct zone zone;
        cr_assert(zone_find(bytes_of(zone_name(z)), &zone));
        int changes = 0;
        for (int64_t utc = at(2026, 1, 1, 0); utc < at(2031, 1, 1, 0); utc += 3600) {
            int east = zone_east_s(&zone, utc), next = zone_east_s(&zone, utc + 3600);
            int64_t back = zone_utc_s(&zone, utc + east);
            bool twice = east == zone.east_s && back == utc - zone.saving_s;
            changes += east != next;
            cr_assert(back == utc || twice, "%s at %lld", zone_name(z), (long long)utc);
        }
        cr_assert(eq(int, changes, zone.saving_s ? 10 : 0), "%s", zone_name(z));
    }
}

/* 02:30 of the night on which Berlin's clock goes from 02:00 to 03:00 is the change itself. */
Test(zone, a_time_that_does_not_exist) {
    struct zone zone;
    cr_assert(zone_find(bytes_of("Europe/Berlin"), &zone));
    cr_assert(eq(i64, zone_utc_s(&zone, at(2026, 3, 29, 2) + 1800), at(2026, 3, 29, 1)));
}

Test(zone, unknown_names) {
    static const char *const wrong[] = {"",          "Berlin",    "UTC+5",        "UTC+05:60",
                                        "UTC+15:00", "UTC*05:00", "europe/berlin"};
    struct zone zone;
    for (int i = 0; i < (int)(sizeof wrong / sizeof wrong[0]); i++)
        cr_assert(not(zone_find(bytes_of(wrong[i]), &zone)), "%s", wrong[i]);
    cr_assert(zone_name(-1) == NULL);
}
