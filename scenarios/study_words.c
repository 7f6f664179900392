/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan commits to, in words, and the headline. Words are those of
 * docs/glossary.md: people commit to, they do not "reserve"; shares are of requests within target.
 */
#include <math.h>

#include "base/calendar.h"
#include "base/money.h"
#include "base/number.h"
#include "scenarios/study_held.h"
#include "scenarios/study_parts.h"

#define BILL_CAUSE_TOLD_USD 0.005 /* a month: less is told as nothing */

/* ---- what the plan commits to ---- */

const char *study_commitment_words(struct arena *arena, const struct study *study,
                                   const struct commitment *commitment, int zones) {
    const struct commitment_terms *terms = &commitment->terms;
    const char *kind = commitment_kind_word(terms->kind), *payment = payment_word(terms->payment);
    char from[16];
    calendar_format_date(from, study_day(study, commitment->from_s));
    if (terms->kind == COMMIT_MODEL_UNITS)
        return study_unit_words(arena, study, commitment);
    if (!commitment->owned && commitment->from_s > 0)
        payment = arena_printf(arena, "%s, from %s", payment, from);
    if (commitment_kind_holds_capacity(terms->kind)) {
        char to[16];
        calendar_format_date(to, study_day(study, commitment->to_s));
        return arena_printf(arena, "%g x %s in a %s, from %s to %s", commitment->count,
                            study->offers[commitment->offer].sku, kind, from, to);
    }
    if (commitment->offer >= 0) {
        const char *where = zones > 1 ? arena_printf(arena, " in each of %d zones", zones)
                            : commitment->zone > 0
                                ? arena_printf(arena, " in zone %d", commitment->zone)
                                : "";
        double all = commitment->count * zones;
        return arena_printf(arena, "%g x %s%s as %s%d-year %s%s, %s", commitment->count,
                            study->offers[commitment->offer].sku, where, all == 1 ? "a " : "",
                            terms->term_years, kind, number_plural(all), payment);
    }
    const char *usd = money_words(arena, money_amount_usd(commitment->plan_usd_per_hour));
    return arena_printf(arena, "%s/h of a %d-year %s%s%s, %s", usd, terms->term_years, kind,
                        commitment->family && commitment->family[0] ? " for " : "",
                        commitment->family ? commitment->family : "", payment);
}

/* ---- headline ---- */

/* The same bought in the next zone. */
static bool is_next_zone(const struct commitment *a, const struct commitment *b) {
    return !a->owned && !b->owned && a->zone > 0 && b->zone == a->zone + 1 &&
           a->offer == b->offer && a->count == b->count && a->from_s == b->from_s &&
           a->terms.kind == b->terms.kind && a->terms.term_years == b->terms.term_years &&
           a->terms.payment == b->terms.payment;
}

/* People commit to lower rates, and hold what is there whether they use it or not. */
struct list_of_held {
    int n;
    bool held; /* the last one */
};

static void add_held(struct list_of_held *list, bool held, const char *words, struct text *out) {
    const char *verb = list->n == 0         ? (held ? "Hold " : "Commit to ")
                       : list->held == held ? " and "
                       : held               ? ", hold "
                                            : ", commit to ";
    text_printf(out, "%s%s", verb, words);
    *list = (struct list_of_held){list->n + 1, held};
}

static void headline_copies(struct arena *arena, const struct study *study,
                            struct list_of_held *list, struct text *out) {
    for (int c = 0; c < study->n_candidates; c++) {
        const char *copies = study_copies_words(arena, study, c);
        if (copies)
            add_held(list, true, copies, out);
    }
}

/* How many of the plan's commitments from `first` on are the same in neighbouring zones. */
static int zones_of(const struct plan *plan, int first) {
    int zones = 1;
    while (first + zones < plan->n_commitments &&
           is_next_zone(&plan->commitments[first + zones - 1].commitment,
                        &plan->commitments[first + zones].commitment))
        zones++;
    return zones;
}

/* A headline names so many purchases one by one, and is so long: three lines of page 1. */
enum { NAMED_MAX = 2, LETTERS_MAX = 225 };

/* What is bought, and copies of functions that are always ready. */
static int purchases_of(struct arena *arena, const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    int n = 0;
    for (int i = 0; i < plan->n_commitments; i += zones_of(plan, i))
        n += !plan->commitments[i].commitment.owned;
    for (int c = 0; c < study->n_candidates; c++)
        n += study_copies_words(arena, study, c) != NULL;
    return n;
}

/* Of many how many, by when, and what they cost; the actions name each. */
static void headline_purchases(struct arena *arena, const struct study *study, int n,
                               struct text *out) {
    const struct plan *plan = study->recommended.plan;
    int64_t last = 0;
    int later = 0;
    for (int i = 0; i < plan->n_commitments; i += zones_of(plan, i)) {
        const struct commitment *held = &plan->commitments[i].commitment;
        later += !held->owned && held->from_s > 0;
        last = !held->owned && held->from_s > last ? held->from_s : last;
    }
    text_printf(out, "Make %d purchases (", n);
    if (later > 0) {
        char date[16];
        calendar_format_date(date, study_day(study, last));
        text_printf(out, "%d now, %d later, the last on %s; ", n - later, later, date);
    }
    text_printf(out, "%s over their terms)", money_words(arena, study_bound_of(study).terms_usd));
}

static void headline_commitments(struct arena *arena, const struct study *study, bool tight,
                                 struct text *out) {
    const struct plan *plan = study->recommended.plan;
    int all = purchases_of(arena, study);
    if (all > NAMED_MAX || (tight && all > 1)) {
        headline_purchases(arena, study, all, out);
        return;
    }
    struct list_of_held list = {0};
    for (int i = 0, zones; i < plan->n_commitments; i += zones) {
        const struct commitment *first = &plan->commitments[i].commitment;
        zones = zones_of(plan, i);
        if (!first->owned)
            add_held(&list, study_is_held(first),
                     study_commitment_words(arena, study, first, zones), out);
    }
    headline_copies(arena, study, &list, out);
    if (list.n == 0)
        text_append_string(out, "Commit to nothing yet");
}

/* Where requests go that no instance serves. */
static const char *by_use_words(const struct study *study) {
    int on_units = 0, others = 0;
    for (int c = 0; c < study->n_candidates; c++)
        if (study_running_of(study, study->recommended.plan, c).overflow_share > 0) {
            bool units = study->candidates[c].kind == CANDIDATE_TOKEN_API &&
                         study->candidates[c].service.token_api.units > 0;
            on_units += units;
            others += !units;
        }
    return on_units == 0 ? ", run everything by use"
           : others == 0 ? ", send everything to them"
                         : ", run the rest by use";
}

/* What runs where; `tight`: of much of it how much, the actions name each. */
static const char *headline_fleet(struct arena *arena, const struct study *study, bool tight) {
    struct text named = {.arena = arena}, sent = {.arena = arena};
    struct study_machines machines = study_plan_machines(arena, study);
    int groups = 0, sends = 0;
    text_append_string(&sent, "");
    for (int c = 0; c < study->n_candidates; c++) {
        struct study_running r = study_running_of(study, study->recommended.plan, c);
        groups += study->candidates[c].kind == CANDIDATE_INSTANCE && r.most > 0 && !r.brief;
        if (r.overflow_share > 0.01 && ++sends)
            text_printf(&sent, ", send %s of %s to %s", number_percent(arena, r.overflow_share),
                        study->scenario.workloads[study->candidates[c].workload].name,
                        study->candidates[c].name);
    }
    if (machines.most == 0)
        return by_use_words(study);
    if (tight && sends > 1) {
        sent.n = 0;
        text_append_string(&sent, ", send a part to what is paid by use");
    }
    study_list_instances(arena, study, &named);
    if (tight && groups > 1)
        return arena_printf(arena, ", run up to %d instances of %s%s%s", machines.most,
                            number_counted(arena, machines.n_kinds, "kind"),
                            study->demand.n_workloads > 1 ? arena_printf(arena, " for %d workloads",
                                                                         study->demand.n_workloads)
                                                          : "",
                            sent.data);
    return arena_printf(arena, ", run %s%s", named.data, sent.data);
}

static void headline_beside(struct arena *arena, double usd_per_month, int n, const char *unit,
                            struct text *out) {
    text_printf(out, "; %s a month beside it for %s", money_words(arena, usd_per_month),
                number_counted(arena, n, unit));
}

static void headline_stations(struct arena *arena, const struct study *study, struct text *out) {
    if (study_tasks_missed(study, &study->recommended))
        text_append_string(out, "; tasks miss their target");
    if (study->n_stations == 0 || !study->recommended.stations)
        return;
    if (study->recommended.stations_usd_per_month > 0)
        headline_beside(arena, study->recommended.stations_usd_per_month, study->n_stations,
                        "station", out);
    else
        text_printf(out, "; its commitments cover %s too",
                    number_counted(arena, study->n_stations, "station"));
}

static void headline_storage(struct arena *arena, const struct study *study, struct text *out) {
    int n = study->scenario.n_storage;
    if (n == 0 || !study->storage)
        return;
    headline_beside(arena, study_storage_usd_per_month(study), n, "kind", out);
    text_append_string(out, " of stored data");
}

static void headline_jobs(struct arena *arena, const struct study *study, struct text *out) {
    int n = 0, missed = 0;
    for (int j = 0; j < study->scenario.n_jobs; j++) {
        n += study->jobs[j].chosen >= 0;
        missed += !study_job_in_time(&study->jobs[j]);
    }
    if (n > 0)
        headline_beside(arena, study->jobs_usd_per_month, n, "job", out);
    if (missed > 0)
        text_printf(out, "; %s cannot be run in time", number_counted(arena, missed, "job"));
}

/* What is paid or owed beside the cost of a month. */
static void headline_owed(struct arena *arena, const struct study *study, struct text *out) {
    double once = study_one_off_usd(study), owed = study->recommended.plan->liability_usd;
    double prepaid = study_bound_of(study).prepaid_usd;
    if (once > 0)
        text_printf(out, ", %s once for its models", money_words(arena, once));
    if (owed >= 1)
        text_printf(out, ", %s still owed after it", money_words(arena, owed));
    if (prepaid >= 1)
        text_printf(out, ", %s paid ahead for after it", money_words(arena, prepaid));
}

/* What is paid a month, with what of it pays for nothing. */
static const char *headline_paid(struct arena *arena, const struct study *study) {
    const struct study_fleet *plan = &study->recommended;
    const char *paid = money_words(arena, study_paid_usd_per_month(plan));
    double unlisted = study_unlisted_usd(&plan->unlisted);
    if (study->today_bill.unlisted_usd_per_month > 0 && !study_is_same_usd(study, unlisted))
        return arena_printf(arena, "%s a month (with %s for commitments of today's bill)", paid,
                            money_words(arena, unlisted));
    if (plan->shortfall_usd_per_month <= 0 ||
        study_is_same_usd(study, plan->shortfall_usd_per_month))
        return arena_printf(arena, "%s a month", paid);
    return arena_printf(arena, "%s a month (%s of it promised spend that is missing)", paid,
                        money_words(arena, plan->shortfall_usd_per_month));
}

/* Chosen and not replayed: what the schedule costs, which no bill confirms. */
static void headline_plan(struct arena *arena, const struct study *study, struct text *out) {
    text_printf(out, ": %s a month as planned",
                money_words(arena, study->recommended.plan->usd_per_hour * HOURS_PER_MONTH));
    headline_owed(arena, study, out);
    text_append_string(out, ", not replayed");
}

/* The money, whether the target is held, and what is beside the plan. */
static void headline_tail(struct arena *arena, const struct study *study, struct text *out) {
    if (study->recommended.bills) {
        const char *cost = headline_paid(arena, study);
        const char *saved = money_words(arena, fabs(study->saving_usd_per_month));
        bool saves = study->saving_usd_per_month >= 0;
        const char *than =
            study->baseline_given ? "today's fleet" : "the cheapest single choice on demand";
        if (study_is_same_usd(study, study->saving_usd_per_month))
            text_printf(out, ": %s, as much as %s", cost, than);
        else
            text_printf(out, ": %s, %s %s than %s", cost, saved, saves ? "less" : "more", than);
        headline_owed(arena, study, out);
        text_printf(out, study->recommended.slo_met ? ", inside the target in every window"
                                                    : ", but the target is missed");
    } else {
        headline_plan(arena, study, out);
    }
    if (study_broken_budget(study))
        text_printf(out, "; the budget of %s is not kept",
                    study_period_words(arena, study_broken_budget(study)->period));
    headline_stations(arena, study, out);
    headline_storage(arena, study, out);
    headline_jobs(arena, study, out);
}

/* In as many words as there is room for before a tail of so many letters. */
static void headline_head(struct arena *arena, const struct study *study, size_t tail,
                          struct text *out) {
    size_t before = out->n;
    for (int tight = 0; tight <= 2; tight++) {
        out->n = before;
        headline_commitments(arena, study, tight > 0, out);
        text_append_string(out, headline_fleet(arena, study, tight > 1));
        if (out->n + tail <= LETTERS_MAX)
            return;
    }
}

void study_write_headline(struct arena *arena, struct study *study) {
    struct text text = {.arena = arena};
    if (study->plan_input.stop && *study->plan_input.stop)
        text_append_string(&text, "INCOMPLETE: ");
    if (study->infeasible) {
        const struct plan_input *input = &study->plan_input;
        text_printf(&text, "No mix inside your quotas%s%s and policy carries the demand",
                    input->n_supply > 0 ? ", supply" : "",
                    input->n_budgets > 0                ? ", budgets"
                    : study->scenario.carbon_kg_max > 0 ? ", carbon limit"
                                                        : "");
        study->headline = text.data;
        return;
    }
    struct text tail = {.arena = arena};
    headline_tail(arena, study, &tail);
    headline_head(arena, study, tail.n, &text);
    text_append_string(&text, tail.data);
    study->headline = text.data;
}

/* ---- the bill ---- */

const char *study_bill_causes_words(struct arena *arena, const struct study *study) {
    const struct study_gaps *gaps = &study->gaps;
    struct text out = {.arena = arena};
    double sum = 0;
    for (int c = 0; c < BILL_CAUSES; c++) {
        char usd[32];
        sum += gaps->causes[c];
        if (fabs(gaps->causes[c]) < BILL_CAUSE_TOLD_USD)
            continue;
        money_format_short(usd, gaps->causes[c]);
        text_printf(&out, "%s %s %s", out.n ? "," : "", bill_cause_words((enum bill_cause)c), usd);
    }
    if (!out.n)
        return "";
    char least[32];
    money_format_short(least, gaps->bill - sum);
    return arena_printf(arena,
                        "the cheapest way to pay for what the replay used is %s before the "
                        "bill's rules, of which come%s",
                        least, out.data);
}
