/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer as a pull request or a chat wants it: headline, one table, what to do, what to mind.
 */

#include "base/share.h"
#include "cli/answer.h"
#include "cli/answer_pictures.h"
#include "cli/answer_words.h"
#include "cli/shell.h"
#include "scenarios/advice.h"
#include "scenarios/result.h"

static void row(struct text *out, const char *label, const char *baseline, const char *plan) {
    text_printf(out, "| %s | %s | %s |\n", label, baseline, plan);
}

static void append_numbers(const struct study *study, struct text *out) {
    struct arena *arena = out->arena;
    const struct study_fleet *a = &study->baseline, *b = &study->recommended;
    text_printf(out, "\n| | %s | plan |\n|---|---:|---:|\n",
                study->baseline_given ? "today" : "baseline");
    row(out, "cost a month of 730 hours", total(arena, a->bill_usd_per_month),
        total(arena, b->bill_usd_per_month));
    if (study->n_promises > 0) {
        row(out, "missing of promised spend, paid on top", total(arena, a->shortfall_usd_per_month),
            total(arena, b->shortfall_usd_per_month));
    }
    if (study->today_bill.unlisted_usd_per_month > 0)
        row(out, "commitments of its bill, not listed", "in it",
            total(arena, study_unlisted_usd(&b->unlisted)));
    if (study->n_promises > 0 || study->today_bill.unlisted_usd_per_month > 0)
        row(out, "cost with it, which savings count", total(arena, study_paid_usd_per_month(a)),
            total(arena, study_paid_usd_per_month(b)));
    if (study_has_beside(study))
        row(out, "with all that is beside it", "", total(arena, study_total_usd_per_month(study)));
    row(out, "requests within target", share_words(arena, a->attainment),
        share_words(arena, b->attainment));
    struct study_margin least = study_least_margin(study, b);
    row(out,
        arena_printf(arena, "worst %s of %s (asked %.4g%%)",
                     study_window_word(study, least.workload),
                     markdown_cell(arena, study->scenario.workloads[least.workload].name),
                     100 * least.asked),
        share_words(arena, study_worst_window(study, a, least.workload)),
        share_words(arena, least.worst));
    row(out, "cost per 1K requests within target", money(arena, a->usd_per_thousand_requests),
        money(arena, b->usd_per_thousand_requests));
    row(out, "theoretical minimum", "", total(arena, study->gaps.lp));
    row(out, "paid upfront", "", total(arena, b->plan->upfront_usd));
    struct study_bound bound = study_bound_of(study);
    row(out, "owed after the horizon", "", total(arena, b->plan->liability_usd));
    if (bound.owned_owed_usd >= 0.005)
        row(out, "and by what is owned already", "", total(arena, bound.owned_owed_usd));
    row(out, "paid ahead for after the horizon", "", total(arena, bound.prepaid_usd));
    if (!study->baseline_given)
        text_printf(out, "\nBaseline: %s.\n", markdown_cell(arena, study->baseline_name));
}

static void append_actions(const struct study *study, struct text *out) {
    const char *rest = study_rest_words(out->arena, study);
    if (study->n_actions)
        text_printf(out, "\nWhat to do; savings are steps from the baseline to the plan%s%s:\n\n",
                    rest[0] ? "; " : "", rest);
    for (int i = 0; i < study->n_actions; i++) {
        const struct study_action *action = &study->actions[i];
        text_printf(out, "%d. **%s**", i + 1, markdown_cell(out->arena, action->text));
        const char *saved = study_step_words(out->arena, study, action);
        if (saved[0])
            text_printf(out, " (%s)", saved);
        text_printf(out, ": %s.", markdown_cell(out->arena, action->reason));
        if (action->reversibility && action->reversibility[0])
            text_printf(out, " Reversible: %s.", markdown_cell(out->arena, action->reversibility));
        struct advice advice = study_advice(out->arena, study, i);
        for (int k = 0; k < advice.n_practices; k++)
            text_printf(out, "%s[%s](%s)", k ? ", " : " Relates to ", advice.practices[k]->id,
                        advice.practices[k]->uri);
        text_append_string(out, advice.n_practices ? ".\n" : "\n");
    }
}

static void append_notices(const struct study *study, struct text *out) {
    text_append_string(out, study->n_notices ? "\nBe careful:\n\n" : "");
    const char *const *notices;
    int n = answer_notices(out->arena, study, &notices);
    for (int i = 0; i < n; i++)
        text_printf(out, "- %s.\n", markdown_cell(out->arena, notices[i]));
}

void answer_append_markdown(const struct study *study, struct text *out) {
    text_printf(out, "**%s**\n", markdown_cell(out->arena, study->headline));
    if (!study->infeasible && study->recommended.bills)
        append_numbers(study, out);
    append_actions(study, out);
    append_notices(study, out);
}

void answer_append_candidates_markdown(const struct study *study, struct text *out) {
    struct arena *arena = out->arena;
    text_append_string(out, "| workload | candidate | req/s each | $/1K requests | p95 | |\n"
                            "|---|---|---:|---:|---:|---|\n");
    for (int i = 0; i < study->n_candidates; i++) {
        const struct candidate *c = &study->candidates[i];
        const struct capacity *k = &study->capacities[i];
        const struct workload *w = &study->scenario.workloads[c->workload];
        text_printf(out, "| %s | %s ", markdown_cell(arena, w->name),
                    markdown_cell(arena, c->name));
        if (k->feasible)
            text_printf(out, "| %s | %s | %.0f ms | |\n", answer_rate_words(arena, study, i),
                        money(arena, result_usd_per_thousand_requests(study, i)),
                        1000 * answer_p95_s(&w->slo, capacity_best_point(k)));
        else
            text_printf(out, "| | | | no: %s |\n", markdown_cell(arena, k->reason));
    }
    append_notices(study, out);
}
