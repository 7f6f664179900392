/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_held.h"

#include <math.h>

#include "base/calendar.h"
#include "base/number.h"
#include "scenarios/scenario_block.h"
#include "scenarios/study_parts.h"

#define IDLE_SHARE 0.5 /* less use than that is told */

/* ---- model units ---- */

bool study_is_held(const struct commitment *commitment) {
    return commitment_kind_holds_capacity(commitment->terms.kind) ||
           commitment->terms.kind == COMMIT_MODEL_UNITS;
}

int study_unit_terms(const struct study *study, const struct commitment *units) {
    int months = offer_tier_term_months(study->offers[units->offer].tier);
    double held = (double)(units->to_s - units->from_s) / 3600 / HOURS_PER_MONTH;
    return months > 0 ? (int)lround(held / months) : 0;
}

/* "2 model units of llama-3.1-70b for 6 months, renewed once" */
const char *study_unit_words(struct arena *arena, const struct study *study,
                             const struct commitment *units) {
    const struct offer *offer = &study->offers[units->offer];
    int months = offer_tier_term_months(offer->tier), terms = study_unit_terms(study, units);
    struct text out = {.arena = arena};
    text_printf(&out, "%g model unit%s of %s", units->count, number_plural(units->count),
                offer->sku);
    if (months == 0)
        text_append_string(&out, " by the hour");
    else
        text_printf(&out, " for %s", number_counted(arena, months, "month"));
    if (terms == 2)
        text_append_string(&out, ", renewed once");
    else if (terms > 2)
        text_printf(&out, ", renewed %d times", terms - 1);
    if (units->from_s > 0) {
        char from[16];
        calendar_format_date(from, study_day(study, units->from_s));
        text_printf(&out, ", from %s", from);
    }
    return out.data;
}

/* Units that are paid for and carry less than half of what they could. */
static void notice_units(struct arena *arena, struct study *study) {
    const struct plan *plan = study->recommended.plan;
    for (int i = 0; plan && plan->feasible && i < plan->n_commitments; i++) {
        const struct plan_commitment *held = &plan->commitments[i];
        if (held->commitment.terms.kind != COMMIT_MODEL_UNITS || held->utilisation >= IDLE_SHARE)
            continue;
        double needless = floor(held->commitment.count * (1 - held->utilisation));
        study_add_notice(
            arena, study, "idle-units",
            arena_printf(
                arena, "%s: tokens take %s of what is held%s",
                study_commitment_words(arena, study, &held->commitment, 1),
                number_percent(arena, held->utilisation),
                needless >= 1 && needless < held->commitment.count
                    ? arena_printf(arena, ", as much as %s by the average hour",
                                   number_counted(arena, held->commitment.count - needless, "unit"))
                    : ""));
    }
}

/* ---- copies of functions that are always ready ---- */

static int copies_of(const struct study *study, int c) {
    const struct candidate *candidate = &study->candidates[c];
    return candidate->kind == CANDIDATE_FUNCTION ? candidate->service.function.provisioned : 0;
}

const char *study_copies_words(struct arena *arena, const struct study *study, int candidate) {
    int n = copies_of(study, candidate);
    const struct plan *plan = study->recommended.plan; /* NULL: only sizes were asked for */
    if (n == 0 || !plan || study_running_of(study, plan, candidate).overflow_share <= 0)
        return NULL;
    return arena_printf(arena, "%d provisioned cop%s of %s", n, n == 1 ? "y" : "ies",
                        study->candidates[candidate].sku);
}

double study_copies_used(const struct study *study, int candidate) {
    const struct candidate *of = &study->candidates[candidate];
    double held_mb_s = 0, run_mb_s = 0;
    for (int week = 0; study->recommended.bills && week < study->demand.n_weeks; week++) {
        const struct bill *bill = &study->recommended.bills[week];
        double weight = study->demand.weeks[week].weight;
        for (int i = 0; i < bill->n_charges; i++) {
            const struct charge *c = &bill->charges[i];
            if (c->offer != of->offer || c->workload != of->workload)
                continue;
            double quantity = charge_units(c) * weight;
            held_mb_s += c->usage == USAGE_FUNCTION_HELD_MB_S ? quantity : 0;
            run_mb_s += c->usage == USAGE_FUNCTION_PROVISIONED_MB_MS ? quantity / 1000 : 0;
        }
    }
    return held_mb_s > 0 ? run_mb_s / held_mb_s : NAN;
}

static void notice_copies(struct arena *arena, struct study *study) {
    for (int c = 0; !study->infeasible && c < study->n_candidates; c++) {
        const char *copies = study_copies_words(arena, study, c);
        double used = copies ? study_copies_used(study, c) : NAN;
        if (used < IDLE_SHARE)
            study_add_notice(arena, study, "idle-copies",
                             arena_printf(arena, "%s: calls take %s of what is held", copies,
                                          number_percent(arena, used)));
    }
}

/* ---- blocks that cannot be bought on day one ---- */

static void notice_blocks(struct arena *arena, struct study *study) {
    for (int i = 0; i < study->scenario.n_capacity; i++) {
        const struct capacity_option *option = &study->scenario.capacity[i];
        if (option->kind != COMMIT_CAPACITY_BLOCK || option->from_day <= BLOCK_DAYS_AHEAD)
            continue;
        char starts[16], from[16];
        int64_t start = calendar_days(study->scenario.start);
        calendar_format_date(starts, calendar_date(start + option->from_day));
        calendar_format_date(from, calendar_date(start + option->from_day - BLOCK_DAYS_AHEAD));
        study_add_notice(
            arena, study, "block-ahead",
            arena_printf(arena,
                         "the capacity block of %s begins on %s, %d days after the horizon does; "
                         "it is sold 8 weeks ahead, from %s on, at that day's rate and if there "
                         "is one then",
                         option->instance, starts, option->from_day, from));
    }
}

void study_notice_held(struct arena *arena, struct study *study) {
    notice_blocks(arena, study);
    notice_units(arena, study);
    notice_copies(arena, study);
}
