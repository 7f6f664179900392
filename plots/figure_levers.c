/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What engineering could change, one step on the next, in money. */

#include "plots/chart.h"
#include "plots/figures.h"
#include "plots/words.h"

#define ROW_PITCH 17.0

struct lever_steps lever_steps_make(struct arena *arena, const struct study *study) {
    struct lever_steps out = {.before = study->levers_before_usd_per_month,
                              .after = study->levers_after_usd_per_month};
    double at = out.before;
    out.rows[out.n++] =
        (struct chart_step){.name = "As planned", .to = at, .total = true, .fill = COLOR_MUTED};
    for (int i = 0; i < study->n_levers; i++) {
        const struct study_lever *lever = &study->levers[i];
        if (lever->step == 0)
            continue;
        if (out.n == LEVER_ROWS_MAX - 2) { /* what does not fit, in one step */
            out.n_merged++;
            continue;
        }
        double to = at - lever->usd_per_month;
        const char *once =
            lever->one_off_usd > 0
                ? arena_printf(arena, "%s once", words_money(arena, lever->one_off_usd))
                : "";
        out.rows[out.n++] = (struct chart_step){
            .name = lever->name, .note = once, .from = at, .to = to, .fill = COLOR_COMMITTED};
        at = to;
    }
    if (out.n_merged > 0)
        out.rows[out.n++] =
            (struct chart_step){.name = arena_printf(arena, "%d more", out.n_merged),
                                .note = "",
                                .from = at,
                                .to = out.after,
                                .fill = COLOR_COMMITTED};
    out.rows[out.n++] = (struct chart_step){
        .name = "All applied", .to = out.after, .total = true, .fill = COLOR_COMMITTED};
    return out;
}

/* The one that saves most on top of those before it; NULL: none saves. */
static const struct chart_step *largest(const struct lever_steps *steps) {
    const struct chart_step *best = NULL;
    for (int i = 1; i + 1 < steps->n; i++)
        if (steps->rows[i].from - steps->rows[i].to > 0.005 &&
            (!best || steps->rows[i].from - steps->rows[i].to > best->from - best->to))
            best = &steps->rows[i];
    return best;
}

const char *figure_levers_title(struct arena *arena, const struct lever_steps *steps) {
    const struct chart_step *best = largest(steps);
    double saves = steps->before - steps->after;
    if (!best || saves < 0.005)
        return "No lever brings the cost down";
    return arena_printf(arena, "All levers together save %s of %s a month, %s most: %s",
                        words_money(arena, saves), words_money(arena, steps->before), best->name,
                        words_money(arena, best->from - best->to));
}

static const char *levers_alt(struct arena *arena, const struct lever_steps *steps) {
    struct text out = {.arena = arena};
    text_printf(&out, "Steps of cost per month. As planned %s.", words_money(arena, steps->before));
    for (int i = 1; i + 1 < steps->n; i++)
        text_printf(&out, " %s: %s%s%s.", steps->rows[i].name,
                    words_money_signed(arena, steps->rows[i].to - steps->rows[i].from),
                    steps->rows[i].note[0] ? ", " : "", steps->rows[i].note);
    text_printf(&out, " All applied: %s.", words_money(arena, steps->after));
    return out.data;
}

static void draw_levers(struct scene *scene, const void *data, struct box box) {
    const struct lever_steps *steps = data;
    figure_steps_draw(scene, steps->rows, steps->n, box);
}

static void csv_levers(const void *data, struct text *out) {
    const struct lever_steps *steps = data;
    figure_steps_csv(steps->rows, steps->n, out);
}

bool figure_levers_open(struct arena *arena, const struct study *study, int workload,
                        struct figure_view *out) {
    (void)workload;
    int n = 0;
    for (int i = 0; i < study->n_levers; i++)
        n += study->levers[i].step > 0;
    if (study->infeasible || n == 0)
        return false;
    struct lever_steps *steps = arena_new(arena, struct lever_steps, 1);
    *steps = lever_steps_make(arena, study);
    *out = (struct figure_view){
        .title = figure_levers_title(arena, steps),
        .subtitle = "Cost per month of whole-instance plans for the expected demand, before the "
                    "rounds; each lever on top of those above it",
        .alt = levers_alt(arena, steps),
        .height = ROW_PITCH * steps->n,
        .data = steps,
        .draw = draw_levers,
        .csv = csv_levers,
    };
    return true;
}
