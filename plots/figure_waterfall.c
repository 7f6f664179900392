/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "plots/figures.h"
#include "plots/words.h"

#define SMALL 0.01 /* of the baseline: steps below are shown as one */

static double whole_cents(double usd) {
    return nearbyint(usd * 100) / 100;
}

struct waterfall waterfall_make(const struct study *study) {
    const struct study_steps *steps = &study->steps;
    double before = study_paid_usd_per_month(&study->baseline);
    const struct {
        const char *name, *note;
        double change;
        rgb fill;
    } all[] = {
        {"Right-size", "types and models", -steps->serve, COLOR_INK},
        {"Schedule", "counts by the hour", -steps->follow, COLOR_INK},
        {"Spot", "", -steps->spot, COLOR_SPOT},
        {"Commit", "", -steps->commit, COLOR_COMMITTED},
        {"Billing and delay", "boots, order, use", steps->billing, COLOR_INK},
        {"Promised spend", "missing, paid", steps->promises, COLOR_THRESHOLD},
        {"Unlisted commitments", "of today's bill", steps->unlisted, COLOR_THRESHOLD},
    };
    struct waterfall out = {.n = 1};
    const char *name = study->baseline_given ? "Today" : "Baseline";
    bool missed = study->baseline.shortfall_usd_per_month > 0;
    out.rows[0] = (struct chart_step){name, missed ? "with missing promises" : NULL,
                                      0,    whole_cents(before),
                                      true, COLOR_DISABLED,
                                      0,    0};
    double level = before, small = 0;
    /* the last where today's bill has any */
    int n = (int)(sizeof all / sizeof all[0]) - (study->today_bill.unlisted_usd_per_month <= 0);
    for (int i = 0; i < n; i++) {
        if (fabs(all[i].change) < SMALL * before) {
            small += all[i].change;
            continue;
        }
        out.rows[out.n++] = (struct chart_step){all[i].name,
                                                all[i].note,
                                                whole_cents(level),
                                                whole_cents(level + all[i].change),
                                                false,
                                                all[i].fill,
                                                0,
                                                0};
        level += all[i].change;
    }
    double beside =
        study_paid_usd_per_month(&study->recommended) - study->recommended.bill_usd_per_month;
    double after = whole_cents(study_paid_usd_per_month(&study->recommended));
    if (small != 0)
        out.rows[out.n++] = (struct chart_step){
            "Smaller steps", "under 1% each", whole_cents(level), after, false, COLOR_INK, 0, 0};
    const struct interval *bill = &study->confidence.bill_usd_per_month;
    bool known = study->confidence.replays > 1;
    out.rows[out.n++] = (struct chart_step){"Plan",
                                            known ? "95% interval of its replays" : NULL,
                                            0,
                                            after,
                                            true,
                                            COLOR_COMMITTED,
                                            known ? interval_low(bill) + beside : 0,
                                            known ? interval_high(bill) + beside : 0};
    return out;
}

const char *figure_waterfall_title(struct arena *arena, const struct waterfall *waterfall) {
    const struct chart_step *first = &waterfall->rows[0], *best = NULL;
    double saved = first->to - waterfall->rows[waterfall->n - 1].to;
    for (int i = 1; i + 1 < waterfall->n; i++)
        if (!best || waterfall->rows[i].to - waterfall->rows[i].from < best->to - best->from)
            best = &waterfall->rows[i];
    const char *before = first->name[0] == 'T' ? "today" : "the baseline";
    if (fabs(saved) < 0.005)
        return arena_printf(arena, "The plan costs the same as %s", before);
    if (saved < 0 || !best)
        return arena_printf(arena, "The plan costs %s a month %s than %s",
                            words_money(arena, fabs(saved)), saved < 0 ? "more" : "less", before);
    double most = best->from - best->to;
    if (most > saved)
        return arena_printf(arena, "%s saves the most, %s; the plan costs %s a month less",
                            best->name, words_money(arena, most), words_money(arena, saved));
    return arena_printf(arena, "%s saves the most: %s of %s a month", best->name,
                        words_money(arena, most), words_money(arena, saved));
}

static const char *alt_of(struct arena *arena, const struct waterfall *waterfall) {
    struct text out = {.arena = arena};
    text_append_string(&out, "Waterfall of cost per month.");
    for (int i = 0; i < waterfall->n; i++) {
        const struct chart_step *row = &waterfall->rows[i];
        text_printf(&out, " %s: %s.", row->name,
                    row->total ? words_money(arena, row->to)
                               : words_money_signed(arena, row->to - row->from));
    }
    return out.data;
}

static void draw(struct scene *scene, const void *data, struct box box) {
    const struct waterfall *waterfall = data;
    figure_steps_draw(scene, waterfall->rows, waterfall->n, box);
}

static void csv(const void *data, struct text *out) {
    const struct waterfall *waterfall = data;
    figure_steps_csv(waterfall->rows, waterfall->n, out);
}

/* Between the totals, none that shows. */
static bool has_no_step(const struct waterfall *waterfall) {
    for (int i = 0; i < waterfall->n; i++) {
        const struct chart_step *row = &waterfall->rows[i];
        if (!row->total && fabs(row->to - row->from) >= FIGURE_NOTHING_USD)
            return false;
    }
    return true;
}

bool figure_waterfall_open(struct arena *arena, const struct study *study, int workload,
                           struct figure_view *out) {
    (void)workload;
    if (study->infeasible || !study->recommended.replays)
        return false;
    struct waterfall *waterfall = arena_new(arena, struct waterfall, 1);
    *waterfall = waterfall_make(study);
    *out = (struct figure_view){
        .title = figure_waterfall_title(arena, waterfall),
        .subtitle = "Cost per month; each step is taken on what the one above it left",
        .alt = alt_of(arena, waterfall),
        .flat = has_no_step(waterfall),
        .height = 16 * waterfall->n,
        .data = waterfall,
        .draw = draw,
        .csv = csv,
    };
    return true;
}
