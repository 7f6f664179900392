/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts of time on 10,000 random ranges from three hours to a century in every zone: 3 to 9 of them,
 * inside the range, rising, and where people cut: at a local midnight, on a Monday, on the first of
 * a month, quarter or year. Days of 23 and 25 hours by hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "plots/report_pages.h"
#include "plots/time_axis.h"
#include "scene_check.h"

enum { DAY = 86400, HOUR = 3600 };

static bool is_cut(const struct time_axis *time, int64_t cut) {
    int64_t civil = cut + zone_east_s(time->zone, cut);
    int64_t day = civil / DAY - (civil % DAY < 0);
    struct date date = calendar_date(day);
    if (time->unit == TIME_HOURS) {
        int64_t missed = civil % ((int64_t)time->every * HOUR);
        return missed == 0 || (missed == HOUR && time->zone && time->zone->saving_s);
    }
    if (civil % DAY != 0)
        return false;
    switch (time->unit) {
    case TIME_WEEKS:
        return calendar_hour_of_week(day * 24) == 0;
    case TIME_MONTHS:
        return date.day == 1 && (date.month - 1) % time->every == 0;
    case TIME_QUARTERS:
        return date.day == 1 && (date.month - 1) % 3 == 0;
    case TIME_YEARS:
        return date.day == 1 && date.month == 1 && date.year % time->every == 0;
    default:
        return true;
    }
}

static bool is_good(const struct time_axis *time, int64_t from, int64_t to) {
    if (time->n < AXIS_TICKS_MIN || time->n > AXIS_TICKS_MAX)
        return false;
    for (int i = 0; i < time->n; i++)
        if (time->cuts[i] < from || time->cuts[i] > to || !is_cut(time, time->cuts[i]) ||
            (i > 0 && time->cuts[i] <= time->cuts[i - 1]))
            return false;
    return true;
}

Test(time_axis, ten_thousand_random_ranges) {
    struct rng rng = rng_open(20261101, 0, RNG_TEST, 0);
    int n_zones = 0;
    while (zone_name(n_zones))
        n_zones++;
    for (int i = 0; i < 10000; i++) {
        struct zone zone;
        cr_assert(zone_find(bytes_of(zone_name(i % n_zones)), &zone));
        int64_t width = (int64_t)(3 * HOUR * pow(290000, rng_uniform(&rng)));
        int64_t from = (int64_t)(4e9 * rng_uniform(&rng));
        struct time_axis time = time_axis_make(from, from + width, &zone, AXIS_TICKS_MAX, 0, 500);
        cr_assert(is_good(&time, from, from + width),
                  "%s: %lld s from %lld: %d cuts of unit %d x %d", zone_name(i % n_zones),
                  (long long)width, (long long)from, time.n, time.unit, time.every);
    }
}

/* The check above must be able to fail: cuts of UTC days are none in New York. */
Test(time_axis, the_property_rejects_other_cuts) {
    struct zone zone;
    cr_assert(zone_find(bytes_of("America/New_York"), &zone));
    int64_t from = calendar_days((struct date){2026, 6, 1}) * DAY, to = from + 7 * DAY;
    struct time_axis time = time_axis_make(from, to, NULL, AXIS_TICKS_MAX, 0, 500);
    cr_assert(is_good(&time, from, to));
    time.zone = &zone;
    cr_assert(not(is_good(&time, from, to)));
    time.zone = NULL;
    time.n = 2;
    cr_assert(not(is_good(&time, from, to)));
}

/* The clock goes to summer on 29 March 2026 in Berlin and back on 25 October. */
Test(time_axis, days_of_23_and_25_hours) {
    struct zone zone;
    cr_assert(zone_find(bytes_of("Europe/Berlin"), &zone));
    static const struct {
        struct date from;
        int hours; /* of the day that changes, the third */
    } cases[] = {{{2026, 3, 27}, 23}, {{2026, 10, 23}, 25}};
    for (int i = 0; i < 2; i++) {
        int64_t from = zone_utc_s(&zone, calendar_days(cases[i].from) * DAY);
        struct time_axis time = time_axis_make(from, from + 5 * DAY, &zone, AXIS_TICKS_MAX, 0, 500);
        cr_assert(eq(int, time.unit, TIME_DAYS));
        cr_assert(eq(int, (int)(time.cuts[1] - time.cuts[0]), DAY));
        cr_assert(eq(int, (int)(time.cuts[3] - time.cuts[2]), cases[i].hours *HOUR));
    }
}

Test(time_axis, words_of_each_unit) {
    struct arena arena = {0};
    int64_t cut = calendar_days((struct date){2027, 1, 1}) * DAY;
    static const struct {
        enum time_unit unit;
        const char *words;
    } cases[] = {{TIME_HOURS, "00:00"},     {TIME_DAYS, "Fri 1 Jan"},   {TIME_WEEKS, "1 Jan"},
                 {TIME_MONTHS, "Jan 2027"}, {TIME_QUARTERS, "Q1 2027"}, {TIME_YEARS, "2027"}};
    for (int i = 0; i < 6; i++) {
        struct time_axis time = {.unit = cases[i].unit, .every = 1};
        cr_assert(eq(str, (char *)time_axis_words(&arena, &time, cut), (char *)cases[i].words));
    }
    arena_release(&arena);
}

/* Names neither touch nor leave the page, on axes from 30 points on. */
Test(time_axis, names_do_not_touch) {
    struct arena arena = {0};
    struct err err = {0};
    struct rng rng = rng_open(5, 0, RNG_TEST, 0);
    struct typeset *type = report_typeset(&arena, &err);
    for (int i = 0; i < 500; i++) {
        struct scene scene = scene_open(&arena, type, paper_a4()->width, paper_a4()->height);
        int64_t width = (int64_t)(3 * HOUR * pow(290000, rng_uniform(&rng)));
        struct time_axis time = time_axis_make(1790000000, 1790000000 + width, NULL, AXIS_TICKS_MAX,
                                               80, 110 + 400 * rng_uniform(&rng));
        time_axis_draw(&scene, &time, 300);
        cr_assert(eq(int, scene_overlapping_texts(&scene) + scene_marks_outside(&scene), 0), "%d",
                  i);
    }
    typeset_close(type);
    arena_release(&arena);
}
