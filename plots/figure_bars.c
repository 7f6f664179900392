/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Horizontal bars of money: what each way of paying costs, and the three numbers with the gaps
 * between them. All bars start at zero. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "plots/chart.h"
#include "plots/figures.h"
#include "plots/words.h"

#define NAME_WIDTH 118.0
#define VALUE_WIDTH 58.0

static const struct style name_style = {8.5, WEIGHT_SEMIBOLD, COLOR_INK};
static const struct style value_style = {8.5, WEIGHT_SEMIBOLD, COLOR_INK};

static struct axis money_axis(double most, struct box box) {
    return (struct axis){.lo = 0,
                         .hi = most > 0 ? most : 1,
                         .from = box.x + NAME_WIDTH,
                         .to = box.x + box.w - VALUE_WIDTH};
}

/* ---- mix ---- */

#define PART_MIN 0.001 /* thinner parts than this share of the whole cannot be seen */

/* Of what is neither an instance nor held. */
static double by_use_usd(const double *usd) {
    return usd[CHARGE_FUNCTION] + usd[CHARGE_TOKENS] + usd[CHARGE_TRANSFER] + usd[CHARGE_VOLUME] +
           usd[CHARGE_WEIGHTS];
}

/* What is paid by kind of charge, with what unlisted commitments of today's bill pay for. */
static void kinds_paid(const struct study_fleet *fleet, double *usd) {
    const struct study_unlisted *unlisted = &fleet->unlisted;
    memcpy(usd, fleet->by_kind_usd_per_month, sizeof fleet->by_kind_usd_per_month);
    usd[CHARGE_ON_DEMAND] -= unlisted->instead_usd_per_month;
    usd[CHARGE_COMMITMENT_USED] += unlisted->used_usd_per_month;
    usd[CHARGE_COMMITMENT_UNUSED] += unlisted->usd_per_month - unlisted->used_usd_per_month;
}

struct mix mix_make(const char *name, const struct study_fleet *fleet) {
    double usd[CHARGE_KINDS];
    kinds_paid(fleet, usd);
    const struct mix_part parts[MIX_PARTS_MAX] = {
        {"Committed", usd[CHARGE_COMMITMENT_USED], COLOR_COMMITTED, COLOR_COMMITTED, false},
        {"Committed, idle", usd[CHARGE_COMMITMENT_UNUSED] + usd[CHARGE_CAPACITY_UNUSED],
         COLOR_COMMITTED, COLOR_COMMITTED, true},
        {"Spot", usd[CHARGE_SPOT], COLOR_SPOT, COLOR_SPOT_TEXT, false},
        {"On demand", usd[CHARGE_ON_DEMAND], COLOR_ON_DEMAND, COLOR_ON_DEMAND_TEXT, false},
        {"By use", by_use_usd(usd), COLOR_SERVERLESS, COLOR_SERVERLESS_TEXT, false},
        {"Promise missed", fleet->shortfall_usd_per_month, COLOR_THRESHOLD, COLOR_THRESHOLD, false},
    };
    struct mix mix = {.name = name, .total = study_paid_usd_per_month(fleet)};
    for (int i = 0; i < MIX_PARTS_MAX; i++)
        if (parts[i].usd > PART_MIN * mix.total)
            mix.parts[mix.n++] = parts[i];
    return mix;
}

enum { MIX_GROUPS = 5 };

static double kind_usd(const struct study_fleet *fleet, int group) {
    double usd[CHARGE_KINDS];
    kinds_paid(fleet, usd);
    const double groups[MIX_GROUPS] = {
        usd[CHARGE_ON_DEMAND],
        usd[CHARGE_COMMITMENT_USED] + usd[CHARGE_COMMITMENT_UNUSED] + usd[CHARGE_CAPACITY_UNUSED],
        usd[CHARGE_SPOT], by_use_usd(usd), fleet->shortfall_usd_per_month};
    return groups[group];
}

/* Less than the digits shown has moved. */
static bool is_as_before(const struct study *study) {
    double moved = 0, all = 0;
    for (int i = 0; i < MIX_GROUPS; i++) {
        double before = kind_usd(&study->baseline, i);
        moved = fmax(moved, fabs(kind_usd(&study->recommended, i) - before));
        all += before;
    }
    return moved <= 0.0005 * all;
}

const char *figure_mix_title(struct arena *arena, const struct study *study) {
    static const char *const names[MIX_GROUPS] = {"on demand", "commitments", "spot", "pay-by-use",
                                                  "missing promised spend"};
    int largest = 0;
    double change = 0;
    for (int i = 0; i < MIX_GROUPS; i++) {
        double moved = kind_usd(&study->recommended, i) - kind_usd(&study->baseline, i);
        if (fabs(moved) > fabs(change)) {
            change = moved;
            largest = i;
        }
    }
    if (is_as_before(study))
        return "The plan pays for the same as the baseline";
    return arena_printf(arena, "The largest move: %s %s from %s to %s a month", names[largest],
                        change > 0 ? "rises" : "falls",
                        words_money(arena, kind_usd(&study->baseline, largest)),
                        words_money(arena, kind_usd(&study->recommended, largest)));
}

const char *figure_mix_alt(struct arena *arena, const struct mix *mixes, int n) {
    struct text out = {.arena = arena};
    text_append_string(&out, "Stacked bars of cost per month.");
    for (int i = 0; i < n; i++) {
        text_printf(&out, " %s %s:", mixes[i].name, words_money(arena, mixes[i].total));
        for (int k = 0; k < mixes[i].n; k++)
            text_printf(&out, "%s %s %s", k ? "," : "", mixes[i].parts[k].name,
                        words_money(arena, mixes[i].parts[k].usd));
        text_append_string(&out, ".");
    }
    return out.data;
}

#define GAP_MIN 4.0 /* between words */
#define GAP_MAX 12.0

/* Words under their part, moved sideways so that they do not touch. */
static void label_parts(struct scene *scene, const struct mix *mix, const double *centres,
                        double baseline, struct axis x) {
    double widths[MIX_PARTS_MAX], placed[MIX_PARTS_MAX], room = x.to + VALUE_WIDTH - x.from,
                                                         sum = 0;
    const char *words[MIX_PARTS_MAX];
    for (int i = 0; i < mix->n; i++) {
        words[i] = arena_printf(scene->arena, "%s %s", mix->parts[i].name,
                                words_money(scene->arena, mix->parts[i].usd));
        widths[i] = typeset_width(scene->type, words[i], chart_strong_style(mix->parts[i].ink));
        sum += widths[i];
    }
    double gap = fmin(fmax((room - sum) / fmax(mix->n - 1, 1), GAP_MIN), GAP_MAX);
    for (int i = 0; i < mix->n; i++)
        widths[i] += gap;
    labels_spread(centres, widths, mix->n, x.from - gap / 2, x.from + room + gap / 2, placed);
    for (int i = 0; i < mix->n; i++)
        scene_text(scene, placed[i], baseline, ALIGN_CENTRE, chart_strong_style(mix->parts[i].ink),
                   words[i]);
}

static void draw_mix(struct scene *scene, const struct mix *mix, const struct axis *x, double left,
                     double top) {
    double height = 15, at = 0, centres[MIX_PARTS_MAX], end = x->from;
    scene_text(scene, left, top + 11, ALIGN_LEFT, name_style, mix->name);
    for (int i = 0; i < mix->n; i++) {
        double from = axis_at(x, at), to = axis_at(x, at + mix->parts[i].usd);
        struct box bar = {from, top, fmax(to - from - (i + 1 < mix->n ? 0.8 : 0), 0.4), height};
        scene_rect(scene, bar, mix->parts[i].fill);
        if (mix->parts[i].idle)
            scene_hatch(scene, &bar, 1, (struct stroke){COLOR_PAPER, 0.8, false, 0}, 4.2);
        at += mix->parts[i].usd;
        centres[i] = (from + to) / 2;
        end = to;
    }
    scene_text(scene, end + 6, top + 11, ALIGN_LEFT, value_style,
               words_money(scene->arena, mix->total));
    label_parts(scene, mix, centres, top + height + 9.5, *x);
}

void figure_mix_draw(struct scene *scene, const struct mix *mixes, int n, struct box box) {
    double most = 0;
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int k = 0; k < mixes[i].n; k++)
            sum += mixes[i].parts[k].usd;
        most = fmax(most, sum);
    }
    struct axis x = money_axis(most, box);
    for (int i = 0; i < n; i++)
        draw_mix(scene, &mixes[i], &x, box.x, box.y + i * box.h / n);
}

void figure_mix_csv(const struct mix *mixes, int n, struct text *out) {
    text_append_string(out, "fleet,paid,usd_per_month\n");
    for (int i = 0; i < n; i++)
        for (int k = 0; k < mixes[i].n; k++)
            figure_csv_row(out, (const char *const[]){mixes[i].name, mixes[i].parts[k].name}, 2,
                           &mixes[i].parts[k].usd, 1);
}

enum { MIXES = 2 }; /* before and after */

static void draw_mixes(struct scene *scene, const void *data, struct box box) {
    figure_mix_draw(scene, data, MIXES, box);
}

static void csv_mixes(const void *data, struct text *out) {
    figure_mix_csv(data, MIXES, out);
}

/* Bills are known of what was replayed. */
static bool is_billed(const struct study *study) {
    return !study->infeasible && study->recommended.replays;
}

bool figure_mix_open(struct arena *arena, const struct study *study, int workload,
                     struct figure_view *out) {
    (void)workload;
    if (!is_billed(study))
        return false;
    struct mix *mixes = arena_new(arena, struct mix, MIXES);
    mixes[0] = mix_make(study->baseline_given ? "Today" : "Baseline", &study->baseline);
    mixes[1] = mix_make("Plan", &study->recommended);
    *out = (struct figure_view){
        .title = figure_mix_title(arena, study),
        .subtitle = "Cost per month by how it is paid for",
        .alt = figure_mix_alt(arena, mixes, MIXES),
        .flat = is_as_before(study),
        .height = 64,
        .data = mixes,
        .draw = draw_mixes,
        .csv = csv_mixes,
    };
    return true;
}

/* ---- bridge ---- */

void bridge_make(const struct study_gaps *gaps, struct chart_step rows[BRIDGE_ROWS]) {
    double with_margin = gaps->lp + gaps->margin, with_rules = gaps->plan + gaps->billing_rules;
    const struct chart_step made[BRIDGE_ROWS] = {
        {"Theoretical minimum", "parts of instances", 0, gaps->lp, true, COLOR_DISABLED, 0, 0},
        {"Spare capacity", "to stay within target", gaps->lp, with_margin, false, COLOR_INK, 0, 0},
        {"Rounding", "whole instances", with_margin, gaps->plan, false, COLOR_INK, 0, 0},
        {"Whole-instance plan", "hour by hour", 0, gaps->plan, true, COLOR_DISABLED, 0, 0},
        {"Billing rules", "order, hours, use", gaps->plan, with_rules, false, COLOR_INK, 0, 0},
        {"Delay", "boots, drains, spot lost", with_rules, gaps->bill, false, COLOR_INK, 0, 0},
        {"Bill of the replay", "what you would pay", 0, gaps->bill, true, COLOR_COMMITTED, 0, 0},
    };
    for (int i = 0; i < BRIDGE_ROWS; i++)
        rows[i] = made[i];
}

static bool is_nothing(const struct study_gaps *gaps) {
    return fmax(fabs(gaps->lp), fmax(fabs(gaps->plan), fabs(gaps->bill))) < FIGURE_NOTHING_USD;
}

const char *figure_bridge_title(struct arena *arena, const struct study_gaps *gaps) {
    if (is_nothing(gaps))
        return "The theoretical minimum, the plan and the bill of the replay are $0 a month";
    if (!(gaps->lp > 0))
        return arena_printf(arena, "The replay is billed at %s a month",
                            words_money(arena, gaps->bill));
    double over = gaps->bill / gaps->lp - 1;
    if (over >= 1)
        return arena_printf(arena, "The bill is %s the theoretical minimum of %s a month",
                            number_times(arena, over + 1), words_money(arena, gaps->lp));
    return arena_printf(arena, "The bill is %s %s the theoretical minimum of %s a month",
                        words_percent(arena, fabs(over)), over < 0 ? "below" : "above",
                        words_money(arena, gaps->lp));
}

const char *figure_bridge_alt(struct arena *arena, const struct chart_step rows[BRIDGE_ROWS]) {
    struct text out = {.arena = arena};
    text_append_string(&out, "Bars of cost per month.");
    for (int i = 0; i < BRIDGE_ROWS; i++)
        text_printf(&out, " %s: %s.", rows[i].name,
                    rows[i].total ? words_money(arena, rows[i].to)
                                  : words_money_signed(arena, rows[i].to - rows[i].from));
    return out.data;
}

static const char *step_words(struct arena *arena, const struct chart_step *step) {
    return step->total ? words_money(arena, step->to)
                       : words_money_signed(arena, step->to - step->from);
}

void figure_steps_draw(struct scene *scene, const struct chart_step *steps, int n, struct box box) {
    chart_steps(scene, steps, n, step_words, box);
}

void figure_bridge_draw(struct scene *scene, const struct chart_step rows[BRIDGE_ROWS],
                        struct box box) {
    figure_steps_draw(scene, rows, BRIDGE_ROWS, box);
}

void figure_steps_csv(const struct chart_step *steps, int n, struct text *out) {
    text_append_string(out, "row,what,from_usd_per_month,to_usd_per_month,low,high\n");
    for (int i = 0; i < n; i++) {
        bool known = steps[i].high > steps[i].low;
        figure_csv_row(out, (const char *const[]){steps[i].name, steps[i].total ? "total" : "step"},
                       2,
                       (double[]){steps[i].from, steps[i].to, known ? steps[i].low : NAN,
                                  known ? steps[i].high : NAN},
                       4);
    }
}

void figure_bridge_csv(const struct chart_step rows[BRIDGE_ROWS], struct text *out) {
    figure_steps_csv(rows, BRIDGE_ROWS, out);
}

static void draw_bridge(struct scene *scene, const void *data, struct box box) {
    figure_bridge_draw(scene, data, box);
}

static void csv_bridge(const void *data, struct text *out) {
    figure_bridge_csv(data, out);
}

bool figure_bridge_open(struct arena *arena, const struct study *study, int workload,
                        struct figure_view *out) {
    (void)workload;
    if (!is_billed(study))
        return false;
    struct chart_step *rows = arena_new(arena, struct chart_step, BRIDGE_ROWS);
    bridge_make(&study->gaps, rows);
    *out = (struct figure_view){
        .title = figure_bridge_title(arena, &study->gaps),
        .subtitle = "Cost per month over the same weeks, and what lies between",
        .alt = figure_bridge_alt(arena, rows),
        .flat = is_nothing(&study->gaps),
        .height = 116,
        .data = rows,
        .draw = draw_bridge,
        .csv = csv_bridge,
    };
    return true;
}
