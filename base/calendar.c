/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Days are counted from 1 March of year 0, so that the leap day is the last of its year and the
 * month lengths follow one linear formula (the usual civil-calendar arithmetic). */
#include "base/calendar.h"

#include <limits.h>

#include "base/err.h"

#define NS_PER_SECOND 1000000000LL

enum { DAYS_TO_1970 = 719468, DAYS_PER_ERA = 146097, HOURS_PER_WEEK = 168 };

static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int64_t days_from(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - DAYS_TO_1970;
}

static bool is_leap(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int calendar_days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    ENSURE(month >= 1 && month <= 12);
    return days[month - 1] + (month == 2 && is_leap(year));
}

int64_t calendar_days(struct date date) {
    ENSURE(date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31);
    return days_from(date.year, date.month, date.day);
}

struct date calendar_date(int64_t days) {
    days += DAYS_TO_1970;
    int64_t era = floor_divide(days, DAYS_PER_ERA);
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (int)((5 * day_of_year + 2) / 153);
    int64_t year = year_of_era + era * 400 + (month >= 10);
    ENSURE(year >= INT_MIN && year <= INT_MAX);
    return (struct date){.year = (int)year,
                         .month = month < 10 ? month + 3 : month - 9,
                         .day = (int)(day_of_year - (153 * month + 2) / 5 + 1)};
}

/* ---- reading ---- */

/* Two decimal digits, or a number above 99 when they are not. */
static unsigned two(const char *p) {
    unsigned high = (unsigned)(p[0] - '0'), low = (unsigned)(p[1] - '0');
    return high > 9 || low > 9 ? 1000 : high * 10 + low;
}

static bool read_date(const char *p, struct date *out) {
    unsigned century = two(p), year = two(p + 2), month = two(p + 5), day = two(p + 8);
    if (century > 99 || year > 99 || p[4] != '-' || p[7] != '-' || month - 1 > 11 || day - 1 > 30)
        return false;
    struct date date = {(int)(century * 100 + year), (int)month, (int)day};
    if (date.day > 28 && date.day > calendar_days_in_month(date.year, date.month))
        return false;
    *out = date;
    return true;
}

bool calendar_parse_date(struct bytes in, struct date *out) {
    return in.n == 10 && read_date(in.data, out);
}

/* Decimals of a second from `p` on: how many bytes they took (0: malformed). */
static size_t read_decimals(const char *p, size_t n, int64_t *ns) {
    static const int64_t scale[] = {0,     100000000, 10000000, 1000000, 100000,
                                    10000, 1000,      100,      10,      1};
    int64_t value = 0;
    size_t i = 0;
    for (; i < n && i < 9 && (unsigned)(p[i] - '0') <= 9; i++)
        value = value * 10 + (p[i] - '0');
    *ns = value * scale[i];
    return i;
}

/* "", "Z" or "+hh:mm" / "-hh:mm". */
static bool read_zone(const char *p, size_t n, int64_t *offset_seconds) {
    *offset_seconds = 0;
    if (n == 0 || (n == 1 && p[0] == 'Z'))
        return true;
    if (n != 6 || (p[0] != '+' && p[0] != '-') || p[3] != ':')
        return false;
    unsigned hours = two(p + 1), minutes = two(p + 4);
    if (hours > 23 || minutes > 59)
        return false;
    int64_t seconds = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    *offset_seconds = p[0] == '-' ? -seconds : seconds;
    return true;
}

bool calendar_parse_stamp_ns(struct bytes in, int64_t *out) {
    struct date date;
    const char *p = in.data;
    if (in.n < 19 || (p[10] != ' ' && p[10] != 'T') || p[13] != ':' || p[16] != ':' ||
        !read_date(p, &date))
        return false;
    unsigned hour = two(p + 11), minute = two(p + 14), second = two(p + 17);
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    size_t at = 19;
    int64_t ns = 0, offset_seconds = 0;
    if (at < in.n && p[at] == '.') {
        size_t n = read_decimals(p + at + 1, in.n - at - 1, &ns);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < in.n && !read_zone(p + at, in.n - at, &offset_seconds))
        return false;
    int64_t seconds = days_from(date.year, date.month, date.day) * 86400 + (int64_t)hour * 3600 +
                      (int64_t)minute * 60 + (int64_t)second - offset_seconds;
    int64_t stamp;
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &stamp) ||
        __builtin_add_overflow(stamp, ns, &stamp))
        return false;
    *out = stamp;
    return true;
}

/* ---- reckoning and writing ---- */

struct date calendar_add_months(struct date date, int months) {
    int64_t month = (int64_t)date.year * 12 + date.month - 1 + months;
    int64_t year = floor_divide(month, 12);
    ENSURE(year >= INT_MIN && year <= INT_MAX);
    struct date moved = {(int)year, (int)(month - year * 12) + 1, date.day};
    int last = calendar_days_in_month(moved.year, moved.month);
    moved.day = moved.day < last ? moved.day : last;
    return moved;
}

int calendar_hour_of_week(int64_t epoch_hour) {
    int64_t hour = epoch_hour % HOURS_PER_WEEK + 3 * 24; /* 1970-01-01 was a Thursday */
    return (int)((hour + HOURS_PER_WEEK) % HOURS_PER_WEEK);
}

static char *put_two(char *out, int value) {
    *out++ = (char)('0' + value / 10);
    *out++ = (char)('0' + value % 10);
    return out;
}

static char *put_date(char *out, struct date date) {
    ENSURE(date.year >= 0 && date.year <= 9999);
    out = put_two(put_two(out, date.year / 100), date.year % 100);
    *out++ = '-';
    out = put_two(out, date.month);
    *out++ = '-';
    return put_two(out, date.day);
}

void calendar_format_date(char out[16], struct date date) {
    *put_date(out, date) = '\0';
}

void calendar_format_hour(char out[32], int64_t epoch_hour) {
    int64_t days = floor_divide(epoch_hour, 24);
    out = put_date(out, calendar_date(days));
    *out++ = 'T';
    out = put_two(out, (int)(epoch_hour - days * 24));
    static const char rest[] = ":00:00Z";
    for (const char *p = rest; *p; p++)
        *out++ = *p;
    *out = '\0';
}

const char *calendar_month_name(int month) {
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    ENSURE(month >= 1 && month <= 12);
    return names[month - 1];
}

const char *calendar_day_name(int day_of_week) {
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    ENSURE(day_of_week >= 0 && day_of_week <= 6);
    return names[day_of_week];
}
