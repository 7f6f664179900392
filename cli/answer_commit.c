/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_commit.h"

#include <math.h>

#include "base/number.h"
#include "cli/answer_words.h"
#include "cli/shell.h"

enum { WIDTH = 80 };

static const char *money_hourly(struct arena *arena, const struct recommendation *row) {
    const char *usd = money(arena, row->hourly_usd);
    if (row->is_plan)
        return arena_printf(arena, "%s an hour", usd);
    if (isnan(row->normalised_units))
        return arena_printf(arena, "%g at %s an hour", row->count, usd);
    return arena_printf(arena, "%g (%g normalized units, %.3g used) at %s an hour", row->count,
                        row->normalised_units, row->normalised_used, usd);
}

const char *answer_failed_guardrails(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int i = 0; i < study->n_recommendations; i++) {
        const struct recommendation *row = &study->recommendations[i];
        const char *failed = recommend_failed_words(arena, row);
        if (failed[0])
            text_printf(&out, "%s%s: %s", out.n ? "; " : "", row->name, failed);
    }
    return out.data;
}

static void append_purchase(const struct recommendation *row, struct text *out) {
    struct arena *arena = out->arena;
    struct text line = {.arena = arena};
    text_printf(&line, "- %s, %s: for %s a month it saves %s against on demand", row->name,
                money_hourly(arena, row), money(arena, row->cost_usd),
                money(arena, row->savings_usd));
    if (row->held_share < 0.995)
        text_printf(&line, " while it is held, %s a month over the horizon",
                    money(arena, row->savings_usd * row->held_share));
    text_printf(&line, " (%s of what it may cover); covers %s of it, %s before",
                number_percent(arena, row->savings_share), number_percent(arena, row->coverage),
                number_percent(arena, row->coverage_now));
    if (row->is_capacity) {
        text_printf(&line, "; used %s.", number_percent(arena, row->utilisation));
        append_wrapped(out, line.data, WIDTH, 2);
        return;
    }
    const char *failed = recommend_failed_words(arena, row);
    text_printf(&line, "%s%s.",
                failed[0] ? ". Outside the guardrails: " : ". Inside the guardrails", failed);
    append_wrapped(out, line.data, WIDTH, 2);
}

static const char *level(struct arena *arena, const struct commitment_curve *curve, double units) {
    return curve->is_plan ? arena_printf(arena, "%s an hour", money(arena, units))
                          : number_words(arena, units);
}

static void append_curve(const struct commitment_curve *curve, struct text *out) {
    struct arena *arena = out->arena;
    double none = curve->points[0].plan_usd;
    struct text line = {.arena = arena};
    if (!isfinite(curve->best_usd) || none <= curve->best_usd)
        return;
    if (!isfinite(none)) {
        text_printf(&line,
                    "- %s: with instances chosen anew for each level, %s costs least; without any "
                    "not all hours are carried.",
                    curve->name, level(arena, curve, curve->best_units));
        append_wrapped(out, line.data, WIDTH, 2);
        return;
    }
    text_printf(&line,
                "- %s: with instances chosen anew for each level, %s costs least (%s a month less "
                "than none); %s is enough for %g%% of that.",
                curve->name, level(arena, curve, curve->best_units),
                money(arena, (none - curve->best_usd) * HOURS_PER_MONTH),
                level(arena, curve, curve->near_units), 100 * CURVE_NEAR);
    append_wrapped(out, line.data, WIDTH, 2);
}

static void append_look_back(const struct study *study, const struct study_look_back *back,
                             struct text *out) {
    struct arena *arena = out->arena;
    struct text line = {.arena = arena};
    const char *asked = isnan(back->target_coverage)
                            ? arena_printf(arena, "The provider's method on the last %s",
                                           number_counted(arena, back->days, "day"))
                            : arena_printf(arena, "%s coverage of the last %s",
                                           number_percent(arena, back->target_coverage),
                                           number_counted(arena, back->days, "day"));
    if (back->n_rows == 0)
        text_printf(&line, "- %s buys no %d-year %s: nothing of it would have saved", asked,
                    back->terms.term_years, commitment_kind_word(back->terms.kind));
    for (int i = 0; i < back->n_rows; i++) {
        const struct recommendation *row = &back->rows[i];
        text_printf(&line,
                    "%s %s %s of the %s: %s a month saved in those days (%s), used %s, coverage %s",
                    i == 0 ? arena_printf(arena, "- %s", asked) : ";",
                    isnan(back->target_coverage) ? "buys" : "takes", money_hourly(arena, row),
                    row->name, money(arena, row->savings_usd * HOURS_PER_MONTH / row->window_hours),
                    number_percent(arena, row->savings_share),
                    number_percent(arena, row->utilisation), number_percent(arena, row->coverage));
    }
    text_printf(
        &line, ". The horizon then costs at least %s a month; with this plan's choice at least %s.",
        money(arena, back->horizon_usd_per_month),
        money(arena, study->recommended.plan->lp_usd_per_hour * HOURS_PER_MONTH));
    append_wrapped(out, line.data, WIDTH, 2);
}

void answer_append_commitments(const struct study *study, struct text *out) {
    if (study->n_recommendations + study->n_look_backs == 0)
        return;
    text_append_string(out, "\nCommitments:\n");
    for (int i = 0; i < study->n_recommendations; i++)
        append_purchase(&study->recommendations[i], out);
    for (int i = 0; i < study->n_curves; i++)
        append_curve(&study->curves[i], out);
    for (int i = 0; i < study->n_look_backs; i++)
        append_look_back(study, &study->look_backs[i], out);
}

static void append_lever(const struct study_lever *lever, struct text *out) {
    struct arena *arena = out->arena;
    struct text line = {.arena = arena};
    bool saves = isfinite(lever->payback_months);
    text_printf(&line, "%d. %s: ", lever->step, lever->name);
    if (lever->usd_per_month < -0.005)
        text_printf(&line, "%s a month more", money(arena, -lever->usd_per_month));
    else
        text_printf(&line, "saves %s a month", money(arena, fmax(0, lever->usd_per_month)));
    text_printf(&line, " (alone %s, of the theoretical minimum %s)",
                money(arena, lever->alone_usd_per_month),
                money(arena, lever->minimum_usd_per_month));
    if (lever->one_off_usd > 0 && saves)
        text_printf(&line, ", %s once, paid back in %s", money(arena, lever->one_off_usd),
                    number_months(arena, lever->payback_months));
    else if (lever->one_off_usd > 0)
        text_printf(&line, ", %s once, never paid back", money(arena, lever->one_off_usd));
    append_wrapped(out, line.data, WIDTH, 3);
}

void answer_append_levers(const struct study *study, struct text *out) {
    if (study->n_levers == 0)
        return;
    text_printf(out,
                "\nLevers, each on top of those before:\n"
                "   plans before margins, from %s to %s a month\n",
                money(out->arena, study->levers_before_usd_per_month),
                money(out->arena, study->levers_after_usd_per_month));
    for (int i = 0; i < study->n_levers; i++)
        if (study->levers[i].step > 0)
            append_lever(&study->levers[i], out);
        else
            append_wrapped(out,
                           arena_printf(out->arena, "-  %s: no plan with it: %s",
                                        study->levers[i].name, study->levers[i].why),
                           WIDTH, 3);
}
