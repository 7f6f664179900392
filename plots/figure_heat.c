/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/number.h"
#include "plots/chart.h"
#include "plots/figures.h"
#include "plots/words.h"

#define DAY_WIDTH 26.0
#define SIDE_WIDTH 92.0 /* bars of the days and their values */
#define TOP_HEIGHT 38.0 /* bars of the hours */
#define HOUR_STRIP 14.0
#define NOTE_STRIP 15.0
#define COLOR_COOL 0xE6ECF3u

enum { HOURS = 24, DAYS = 7 };

/* ---- derivation ---- */

/* An hour of UTC is parts of two hours where the clock is half an hour apart. `hours` counts what
 * is added: in a week when the clock is moved an hour comes twice or not at all. */
static void add_hour(struct heat *heat, double hours[HOURS_PER_WEEK], struct week_clock clock,
                     int hour, double usd, double weight) {
    int64_t utc = clock.from_s + (int64_t)hour * 3600;
    int64_t civil = utc + zone_east_s(clock.zone, utc);
    int first = calendar_hour_of_week(civil / 3600);
    double in_next = (double)(civil % 3600) / 3600;
    heat->zone = clock.zone_name;
    int next = (first + 1) % HOURS_PER_WEEK;
    heat->usd[first] += usd * weight * (1 - in_next);
    heat->usd[next] += usd * weight * in_next;
    hours[first] += weight * (1 - in_next);
    hours[next] += weight * in_next;
}

struct heat heat_make(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    const struct demand *demand = &study->demand;
    struct heat heat = {.zone = "UTC"};
    double hours[HOURS_PER_WEEK] = {0};
    for (int h = 0; h < demand->n_hours; h++) {
        int week = h / HOURS_PER_WEEK;
        add_hour(&heat, hours, week_clock_of(study, week), h % HOURS_PER_WEEK, plan->hour_usd[h],
                 demand->weeks[week].weight);
    }
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        heat.usd[h] = hours[h] > 0 ? heat.usd[h] / hours[h] : 0;
        heat.by_hour[h % HOURS] += heat.usd[h] / DAYS;
        heat.by_day[h / HOURS] += heat.usd[h];
        if (heat.usd[h] > heat.usd[heat.most])
            heat.most = h;
        if (heat.usd[h] < heat.usd[heat.least])
            heat.least = h;
    }
    return heat;
}

/* ---- findings ---- */

static const char *hour_words(struct arena *arena, int hour) {
    return arena_printf(arena, "%s %02d:00", calendar_day_name(hour / HOURS), hour % HOURS);
}

static bool is_flat(const struct heat *heat) {
    return heat->usd[heat->most] - heat->usd[heat->least] < 0.005 * heat->usd[heat->most];
}

const char *figure_heat_title(struct arena *arena, const struct heat *heat) {
    double most = heat->usd[heat->most], least = heat->usd[heat->least];
    if (most <= 0)
        return "Nothing is paid in any hour of the week";
    if (is_flat(heat))
        return arena_printf(arena, "Every hour of the week costs the same, %s",
                            words_money(arena, most));
    if (least <= 0)
        return arena_printf(arena, "%s is the dearest hour at %s; %s costs nothing",
                            hour_words(arena, heat->most), words_money(arena, most),
                            hour_words(arena, heat->least));
    return arena_printf(arena, "%s costs %s as much as %s", hour_words(arena, heat->most),
                        number_times(arena, most / least), hour_words(arena, heat->least));
}

static const char *alt_of(struct arena *arena, const struct heat *heat) {
    struct text out = {.arena = arena};
    text_printf(&out, "Heat map of cost by hour and day of the week. Dearest: %s, %s an hour.",
                hour_words(arena, heat->most), words_money(arena, heat->usd[heat->most]));
    text_printf(&out, " Cheapest: %s, %s.", hour_words(arena, heat->least),
                words_money(arena, heat->usd[heat->least]));
    for (int day = 0; day < DAYS; day++)
        text_printf(&out, " %s: %s.", calendar_day_name(day),
                    words_money(arena, heat->by_day[day]));
    return out.data;
}

/* ---- drawing ---- */

struct cells {
    double left, top, width, height; /* of one cell */
};

static struct box cell_box(const struct cells *cells, int hour) {
    return (struct box){cells->left + hour % HOURS * cells->width,
                        cells->top + hour / HOURS * cells->height, cells->width - 1,
                        cells->height - 1};
}

static void outline(struct scene *scene, struct box box, double width) {
    double right = box.x + box.w, bottom = box.y + box.h;
    scene_path(
        scene,
        (struct point[]){
            {box.x, box.y}, {right, box.y}, {right, bottom}, {box.x, bottom}, {box.x, box.y}},
        5, (struct stroke){COLOR_INK, width, false, 2.4 * width});
}

static void draw_cells(struct scene *scene, const struct heat *heat, const struct cells *cells) {
    double least = heat->usd[heat->least], range = heat->usd[heat->most] - least;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        scene_rect(scene, cell_box(cells, h),
                   palette_between(COLOR_COOL, COLOR_COMMITTED,
                                   range > 0 ? (heat->usd[h] - least) / range : 0));
    outline(scene, cell_box(cells, heat->least), 0.6);
    outline(scene, cell_box(cells, heat->most), 1.3);
    for (int day = 0; day < DAYS; day++)
        scene_text(scene, cells->left - 5, cells->top + (day + 0.5) * cells->height + 2.2,
                   ALIGN_RIGHT, chart_tick_style(), calendar_day_name(day));
    for (int hour = 0; hour < HOURS; hour += 3)
        scene_text(scene, cells->left + (hour + 0.5) * cells->width - 0.5,
                   cells->top + DAYS * cells->height + 9, ALIGN_CENTRE, chart_tick_style(),
                   arena_printf(scene->arena, "%02d", hour));
}

static void draw_hours(struct scene *scene, const struct heat *heat, const struct cells *cells,
                       double top) {
    int most = 0;
    for (int hour = 1; hour < HOURS; hour++)
        if (heat->by_hour[hour] > heat->by_hour[most])
            most = hour;
    double bottom = cells->top - 4;
    struct axis y = {
        .hi = heat->by_hour[most] > 0 ? heat->by_hour[most] : 1, .from = bottom, .to = top + 11};
    for (int hour = 0; hour < HOURS; hour++) {
        double at = axis_at(&y, heat->by_hour[hour]);
        scene_rect(
            scene,
            (struct box){cells->left + hour * cells->width, at, cells->width - 1, bottom - at},
            COLOR_MUTED);
    }
    const char *words = arena_printf(scene->arena, "%s an hour at %02d:00, mean of the days",
                                     words_money(scene->arena, heat->by_hour[most]), most);
    double width = typeset_width(scene->type, words, chart_tick_style());
    double centre = cells->left + (most + 0.5) * cells->width;
    double low = cells->left + width / 2, high = cells->left + HOURS * cells->width - width / 2;
    scene_text(scene, fmin(fmax(centre, low), high), top + 7, ALIGN_CENTRE, chart_tick_style(),
               words);
}

static void draw_days(struct scene *scene, const struct heat *heat, const struct cells *cells,
                      double right) {
    double most = 0, left = cells->left + HOURS * cells->width + 5, label = 0;
    for (int day = 0; day < DAYS; day++) {
        most = fmax(most, heat->by_day[day]);
        label = fmax(label, typeset_width(scene->type, words_money(scene->arena, heat->by_day[day]),
                                          chart_tick_style()));
    }
    struct axis x = {.hi = most > 0 ? most : 1, .from = left, .to = right - label - 5};
    for (int day = 0; day < DAYS; day++) {
        double end = axis_at(&x, heat->by_day[day]), top = cells->top + day * cells->height;
        scene_rect(scene, (struct box){left, top, end - left, cells->height - 1}, COLOR_MUTED);
        scene_text(scene, end + 4, top + cells->height / 2 + 2.2, ALIGN_LEFT, chart_tick_style(),
                   words_money(scene->arena, heat->by_day[day]));
    }
    scene_text(scene, left, cells->top - 6, ALIGN_LEFT, chart_tick_style(), "by day");
}

static double draw_extreme(struct scene *scene, const struct heat *heat, int hour, const char *word,
                           double x, double baseline) {
    double least = heat->usd[heat->least], range = heat->usd[heat->most] - least;
    struct box swatch = {x, baseline - 6.5, 8, 7};
    scene_rect(scene, swatch,
               palette_between(COLOR_COOL, COLOR_COMMITTED,
                               range > 0 ? (heat->usd[hour] - least) / range : 0));
    outline(scene, swatch, hour == heat->most ? 1.3 : 0.6);
    struct box printed = scene_text(scene, x + 13, baseline, ALIGN_LEFT, chart_note_style(),
                                    arena_printf(scene->arena, "%s: %s, %s an hour", word,
                                                 hour_words(scene->arena, hour),
                                                 words_money(scene->arena, heat->usd[hour])));
    return printed.x + printed.w + 18;
}

static void draw(struct scene *scene, const void *data, struct box box) {
    const struct heat *heat = data;
    struct cells cells = {
        .left = box.x + DAY_WIDTH,
        .top = box.y + TOP_HEIGHT,
        .width = (box.w - DAY_WIDTH - SIDE_WIDTH) / HOURS,
        .height = (box.h - TOP_HEIGHT - HOUR_STRIP - NOTE_STRIP) / DAYS,
    };
    draw_hours(scene, heat, &cells, box.y);
    draw_cells(scene, heat, &cells);
    draw_days(scene, heat, &cells, box.x + box.w);
    double baseline = box.y + box.h - 3;
    double next = draw_extreme(scene, heat, heat->most, "Dearest", cells.left, baseline);
    if (heat->most != heat->least)
        draw_extreme(scene, heat, heat->least, "cheapest", next, baseline);
}

static void csv(const void *data, struct text *out) {
    const struct heat *heat = data;
    text_append_string(out, "clock,weekday,hour,usd_per_hour\n");
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        const char *day = calendar_day_name(h / HOURS);
        figure_csv_row(out, (const char *const[]){heat->zone, day}, 2,
                       (double[]){h % HOURS, heat->usd[h]}, 2);
    }
}

bool figure_heat_open(struct arena *arena, const struct study *study, int workload,
                      struct figure_view *out) {
    (void)workload;
    const struct plan *plan = study->recommended.plan;
    if (study->infeasible || !plan || !plan->hour_usd)
        return false;
    struct heat *heat = arena_new(arena, struct heat, 1);
    *heat = heat_make(study);
    *out = (struct figure_view){
        .title = figure_heat_title(arena, heat),
        .subtitle = arena_printf(arena,
                                 "Cost of the plan by hour and day of the week (%s), mean over the "
                                 "horizon; commitments cost the same in every hour",
                                 heat->zone),
        .alt = alt_of(arena, heat),
        .flat = is_flat(heat) || heat->usd[heat->most] <= 0,
        .height = 200,
        .data = heat,
        .draw = draw,
        .csv = csv,
    };
    return true;
}
