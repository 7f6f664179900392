/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates against the C library (timegm, gmtime_r) on every day of 1583..2500; stamps by a table of
 * good and bad forms; months and weeks by hand. */
#include <time.h>

#include "base/calendar.h"
#include "case_table.h"

Test(calendar, agrees_with_the_c_library_day_by_day) {
    struct tm first = {.tm_year = 1583 - 1900, .tm_mon = 0, .tm_mday = 1};
    int64_t day = timegm(&first) / 86400;
    for (;; day++) {
        time_t seconds = (time_t)day * 86400;
        struct tm want;
        gmtime_r(&seconds, &want);
        if (want.tm_year + 1900 > 2500)
            break;
        struct date got = calendar_date(day);
        cr_assert(got.year == want.tm_year + 1900 && got.month == want.tm_mon + 1 &&
                      got.day == want.tm_mday,
                  "day %ld", (long)day);
        cr_assert(eq(i64, calendar_days(got), day));
        cr_assert(le(int, got.day, calendar_days_in_month(got.year, got.month)));
        int hour_of_week = (want.tm_wday + 6) % 7 * 24 + 5;
        cr_assert(eq(int, calendar_hour_of_week(day * 24 + 5), hour_of_week));
    }
    cr_assert(gt(i64, day, 190000));
}

static const struct {
    const char *text;
    bool good;
} dates[] = {
    {"2026-12-01", true},     {"2024-02-29", true},   {"2000-02-29", true},  {"2023-02-29", false},
    {"1900-02-29", false},    {"2023-04-31", false},  {"2023-13-01", false}, {"2023-00-01", false},
    {"2023-01-00", false},    {"2023-1-01", false},   {"2023-01-1", false},  {"2023/01/01", false},
    {"20230101", false},      {"2023-01-01 ", false}, {"", false},           {"-023-01-01", false},
    {"2023-01-3\xB2", false},
};

CASE_TEST(calendar, parses_dates, dates) {
    struct date date = {1, 2, 3};
    bool good = calendar_parse_date(bytes_of(dates[*index].text), &date);
    cr_assert(eq(int, good, dates[*index].good), "'%s'", dates[*index].text);
    char back[16];
    calendar_format_date(back, date);
    cr_assert(eq(str, back, (char *)(good ? dates[*index].text : "0001-02-03")));
}

/* 2023-11-16 is day 19677 (19677 x 86400 = 1700092800); 18:15:46 is second 65746. */
#define AZURE_SECONDS (1700092800LL + 65746)

static const struct {
    const char *text;
    bool good;
    int64_t seconds, ns;
} stamps[] = {
    {"2023-11-16 18:15:46.6805900", true, AZURE_SECONDS, 680590000},
    {"2023-11-16T18:15:46.680590000Z", true, AZURE_SECONDS, 680590000},
    {"2023-11-16 18:15:46", true, AZURE_SECONDS, 0},
    {"2023-11-16 18:15:46Z", true, AZURE_SECONDS, 0},
    {"2023-11-16T18:15:46.1", true, AZURE_SECONDS, 100000000},
    {"2023-11-16T18:15:46.000000001+00:00", true, AZURE_SECONDS, 1},
    {"2023-11-16T18:15:46+01:30", true, AZURE_SECONDS - 5400, 0},
    {"2023-11-16T18:15:46-01:30", true, AZURE_SECONDS + 5400, 0},
    {"1970-01-01T00:00:00", true, 0, 0},
    {"1969-12-31 23:59:59.999999999", true, -1, 999999999},
    {"1677-09-21 00:12:44", true, -9223372036, 0},
    {"1677-09-21 00:12:43", false, 0, 0}, /* before the first 64-bit nanosecond */
    {"2262-04-11 23:47:16.854775807", true, 9223372036, 854775807},
    {"2262-04-11 23:47:16.854775808", false, 0, 0},
    {"2023-11-16 18:15:46.", false, 0, 0},
    {"2023-11-16 18:15:46.1234567890", false, 0, 0},
    {"2023-11-16 18:15:46.12x", false, 0, 0},
    {"2023-11-16 18:15:60", false, 0, 0},
    {"2023-11-16 24:00:00", false, 0, 0},
    {"2023-11-16 18:60:00", false, 0, 0},
    {"2023-02-30 18:15:46", false, 0, 0},
    {"2023-11-16_18:15:46", false, 0, 0},
    {"2023-11-16 18-15-46", false, 0, 0},
    {"2023-11-16 18:15", false, 0, 0},
    {"2023-11-16", false, 0, 0},
    {"2023-11-16 18:15:46 UTC", false, 0, 0},
    {"2023-11-16 18:15:46+0100", false, 0, 0},
    {"2023-11-16 18:15:46+24:00", false, 0, 0},
    {"2023-11-16 18:15:46ZZ", false, 0, 0},
    {"", false, 0, 0},
};

CASE_TEST(calendar, parses_stamps, stamps) {
    int64_t got = 77;
    bool good = calendar_parse_stamp_ns(bytes_of(stamps[*index].text), &got);
    cr_assert(eq(int, good, stamps[*index].good), "'%s'", stamps[*index].text);
    int64_t want = stamps[*index].seconds * 1000000000 + stamps[*index].ns;
    cr_assert(eq(i64, got, good ? want : 77), "'%s'", stamps[*index].text);
}

static const struct {
    struct date from;
    int months;
    struct date to;
} moves[] = {
    {{2026, 1, 31}, 1, {2026, 2, 28}},   {{2024, 1, 31}, 1, {2024, 2, 29}},
    {{2026, 12, 1}, 1, {2027, 1, 1}},    {{2026, 12, 1}, 12, {2027, 12, 1}},
    {{2026, 1, 15}, -1, {2025, 12, 15}}, {{2024, 2, 29}, -12, {2023, 2, 28}},
    {{2026, 5, 31}, 0, {2026, 5, 31}},   {{2026, 3, 30}, -1, {2026, 2, 28}},
    {{2026, 6, 30}, 61, {2031, 7, 30}},
};

CASE_TEST(calendar, adds_months_and_clips_the_day, moves) {
    struct date got = calendar_add_months(moves[*index].from, moves[*index].months);
    cr_assert(eq(i64, calendar_days(got), calendar_days(moves[*index].to)));
}

Test(calendar, writes) {
    char out[32];
    calendar_format_hour(out, calendar_days((struct date){2026, 12, 1}) * 24 + 7);
    cr_assert(eq(str, out, "2026-12-01T07:00:00Z"));
    calendar_format_hour(out, -1);
    cr_assert(eq(str, out, "1969-12-31T23:00:00Z"));
    cr_assert(eq(str, (char *)calendar_month_name(12), "December"));
    cr_assert(eq(str, (char *)calendar_day_name(6), "Sun"));
    cr_assert(eq(int, calendar_hour_of_week(-1), 71)); /* Wednesday 23:00 */
}

Test(calendar, month_13_is_a_bug, .exit_code = 70) {
    calendar_month_name(13);
}

Test(calendar, date_of_month_0_is_a_bug, .exit_code = 70) {
    calendar_days((struct date){2026, 0, 1});
}
