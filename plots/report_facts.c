/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/calendar.h"
#include "base/source.h"
#include "plots/figures.h"
#include "plots/report_pages.h"
#include "plots/words.h"

bool report_was_replayed(const struct study *study) {
    return !study->infeasible && study->recommended.replays && study->recommended.bills;
}

const char *report_sentence(struct arena *arena, const char *text) {
    size_t n = strlen(text);
    if (n == 0)
        return "";
    bool ended = strchr(".!?", text[n - 1]) != NULL;
    char *out = arena_printf(arena, "%s%s", text, ended ? "" : ".");
    out[0] = (char)toupper((unsigned char)out[0]);
    return out;
}

const char *report_slo_words(struct arena *arena, const struct slo *slo) {
    static const char *const windows[] = {"hour", "day", "week"};
    const char *parts[3];
    int n = 0;
    if (slo->ttft_s > 0)
        parts[n++] = arena_printf(arena, "%s to first token", words_seconds(arena, slo->ttft_s));
    if (slo->tpot_s > 0)
        parts[n++] = arena_printf(arena, "%s per output token", words_seconds(arena, slo->tpot_s));
    if (slo->latency_s > 0)
        parts[n++] = arena_printf(arena, "%s end to end", words_seconds(arena, slo->latency_s));
    return arena_printf(arena, "%s for %s of requests in every %s",
                        n ? words_list(arena, parts, n) : "no limit",
                        words_asked(arena, slo->share), windows[slo->over]);
}

/* ---- head line ---- */

static const char *regions(struct arena *arena, const struct study *study) {
    const char **names = arena_new(arena, const char *, study->n_candidates + 1);
    int n = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        bool seen = !study->candidates[c].region || !study->candidates[c].region[0];
        for (int i = 0; i < n && !seen; i++)
            seen = strcmp(names[i], study->candidates[c].region) == 0;
        if (!seen)
            names[n++] = study->candidates[c].region;
    }
    if (n > 3)
        return arena_printf(arena, "%d regions", n);
    return n ? words_list(arena, names, n) : "no region";
}

static const char *prices_as_of(struct arena *arena, const struct study *study) {
    const char *first = NULL, *last = NULL;
    for (int i = 0; i < study->n_offers; i++) {
        const struct quote *quote = offer_main_quote(&study->offers[i]);
        if (!quote->known || !quote->as_of || !quote->as_of[0])
            continue;
        if (!first || strcmp(quote->as_of, first) < 0)
            first = quote->as_of;
        if (!last || strcmp(quote->as_of, last) > 0)
            last = quote->as_of;
    }
    if (!first)
        return "unknown date";
    if (strcmp(first, last) == 0)
        return first;
    return arena_printf(arena, "%.7s to %.7s", first, last); /* months are enough for a range */
}

static const char *kicker_tail(struct arena *arena, const struct study *study, const char *as_of) {
    int weeks = study->demand.n_weeks;
    const char *when = words_horizon(arena, study->scenario.start, study->scenario.months);
    return arena_printf(arena, " · %s · %s, %d planning week%s · prices of %s",
                        regions(arena, study), when, weeks, words_plural(weeks), as_of);
}

/* SHA-256 of the inputs' SHA-256, each with a line end, as `printf '%s\n' HASH.. | sha256sum`. */
static const char *inputs_id(struct arena *arena, const struct study *study) {
    struct text all = {.arena = arena};
    text_append_string(&all, "");
    for (int i = 0; i < study->n_inputs; i++)
        text_printf(&all, "%s\n", study->inputs[i].sha256);
    struct err err = {0};
    struct bytes whole;
    struct source *source =
        source_open_memory(arena, (struct bytes){all.data, all.n}, "inputs", &err);
    char digest[65] = "";
    if (source && source_read_all(arena, source, all.n + 1, &whole, &err))
        source_sha256(source, digest);
    source_close(source);
    return arena_strndup(arena, digest, 8);
}

/* ---- numbers ---- */

static void add(struct report_facts *facts, const char *id, const char *printed, double value) {
    ENSURE(facts->n_numbers < REPORT_NUMBERS_MAX);
    facts->numbers[facts->n_numbers++] = (struct report_number){id, printed, value};
}

static void add_money(struct report_facts *facts, struct arena *arena, const char *id, double usd) {
    add(facts, id, words_money(arena, usd), usd);
}

static bool all_by_tokens(const struct study *study) {
    for (int w = 0; w < study->scenario.n_workloads; w++)
        if (!frontier_by_tokens(study, w))
            return false;
    return study->scenario.n_workloads > 0;
}

static double unit_cost(const struct study_fleet *fleet, bool by_tokens) {
    return by_tokens ? fleet->usd_per_million_output_tokens : fleet->usd_per_thousand_requests;
}

static void add_replayed(struct report_facts *facts, struct arena *arena,
                         const struct study *study) {
    const struct study_fleet *before = &study->baseline, *after = &study->recommended;
    bool by_tokens = all_by_tokens(study);
    add_money(facts, arena, "cost_today", study_paid_usd_per_month(before));
    add_money(facts, arena, "cost_plan", study_paid_usd_per_month(after));
    if (study->n_promises > 0)
        add_money(facts, arena, "missing_of_promise", after->shortfall_usd_per_month);
    if (study->today_bill.unlisted_usd_per_month > 0)
        add_money(facts, arena, "unlisted_commitments", study_unlisted_usd(&after->unlisted));
    add_money(facts, arena, "saving", study->saving_usd_per_month);
    add(facts, "saving_share", words_percent(arena, fabs(study->saving_fraction)),
        study->saving_fraction);
    add(facts, "within_target_today", words_share(arena, before->attainment), before->attainment);
    add(facts, "within_target_plan", words_share(arena, after->attainment), after->attainment);
    double worst = study_least_margin(study, after).worst;
    add(facts, "worst_window_plan", words_share(arena, worst), worst);
    add_money(facts, arena, "unit_cost_today", unit_cost(before, by_tokens));
    add_money(facts, arena, "unit_cost_plan", unit_cost(after, by_tokens));
    const struct study_gaps *gaps = &study->gaps;
    add_money(facts, arena, "theoretical_minimum", gaps->lp);
    add_money(facts, arena, "whole_instance_plan", gaps->plan);
    add_money(facts, arena, "bill", gaps->bill);
    add(facts, "gap_margin", words_money_signed(arena, gaps->margin), gaps->margin);
    add(facts, "gap_rounding", words_money_signed(arena, gaps->rounding), gaps->rounding);
    add(facts, "gap_delay", words_money_signed(arena, gaps->delay), gaps->delay);
    add(facts, "gap_billing_rules", words_money_signed(arena, gaps->billing_rules),
        gaps->billing_rules);
}

struct report_facts report_facts_make(struct arena *arena, const struct study *study) {
    struct report_facts facts = {0};
    add(&facts, "headline", text_printable(arena, bytes_of(study->headline)), NAN);
    if (report_was_replayed(study))
        add_replayed(&facts, arena, study);
    if (!study->infeasible) {
        add_money(&facts, arena, "upfront", study->recommended.plan->upfront_usd);
        add_money(&facts, arena, "liability", study->recommended.plan->liability_usd);
        add_money(&facts, arena, "prepaid_after", study_bound_of(study).prepaid_usd);
    }
    facts.unit = all_by_tokens(study) ? "1M output tokens" : "1K requests";
    facts.prices_as_of = prices_as_of(arena, study);
    facts.kicker_head = "CAPACITY PLAN · ";
    facts.kicker_tail = kicker_tail(arena, study, facts.prices_as_of);
    facts.inputs_id = inputs_id(arena, study);
    return facts;
}

const char *report_printed(const struct report_facts *facts, const char *id) {
    const char *printed = NULL;
    for (int i = 0; i < facts->n_numbers; i++)
        if (strcmp(facts->numbers[i].id, id) == 0)
            printed = facts->numbers[i].printed;
    ENSURE(printed != NULL); /* every number on page 1 has its row */
    return printed;
}

int report_numbers(struct arena *arena, const struct study *study,
                   const struct report_number **out) {
    struct report_facts facts = report_facts_make(arena, study);
    struct report_number *numbers = arena_new(arena, struct report_number, facts.n_numbers);
    for (int i = 0; i < facts.n_numbers; i++)
        numbers[i] = facts.numbers[i];
    *out = numbers;
    return facts.n_numbers;
}
