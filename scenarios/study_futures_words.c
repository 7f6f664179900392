/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the futures say, in words computed from their numbers. */
#include <math.h>
#include <string.h>

#include "base/calendar.h"
#include "base/share.h"
#include "scenarios/study_parts.h"

#define BUDGET_AT_RISK 0.1 /* share of the futures from which a budget is worth a notice */
#define MOVES_SHARE 0.01   /* of the cost: less is no sensitivity worth a name */
#define MOVES_USD 0.005    /* nor less than is told as $0 */
#define CHEAPER_SHARE 0.01 /* another plan is told of when it saves so much in expectation */

const char *future_input_word(enum future_input input) {
    static const char *const words[] = {
        [FUTURE_GROWTH] = "growth",     [FUTURE_LEVEL] = "planned week",
        [FUTURE_CAPACITY] = "capacity", [FUTURE_ON_DEMAND] = "on-demand price",
        [FUTURE_SPOT] = "spot price",   [FUTURE_INTERRUPTIONS] = "lost spot time",
    };
    return words[input];
}

const char *study_futures_words(struct arena *arena, const struct study *study) {
    const struct study_futures *f = &study->futures;
    const struct future_plan *plan = &f->plans[0];
    if (f->n == 0)
        return "";
    return arena_printf(
        arena,
        "in %d futures the plan costs %s a month (eight of ten), %s on average; "
        "bad-case cost (worst 5%%) %s",
        f->n, range_words(arena, money_words(arena, plan->low), money_words(arena, plan->high)),
        money_words(arena, plan->expected), money_words(arena, plan->worst));
}

/* "$799 of it a month is commitments, whatever comes ($9.59K over their terms)"; where purchases
 * come and go the largest month too, beside what the plan pays in it. */
static const char *in_force_words(struct arena *arena, const struct study *study,
                                  const struct study_bound *bound) {
    const struct study_futures *f = &study->futures;
    const char *most = "";
    if (!study_is_same_usd(study, bound->most_usd_per_month - bound->least_usd_per_month)) {
        char month[16];
        calendar_format_date(month, study_month_counts(study, bound->month_most));
        most = arena_printf(arena, " on average, at most %s of %s in %.7s,",
                            money_words(arena, bound->most_usd_per_month),
                            money_words(arena, f->worst_case_month_usd[bound->month_most]), month);
    }
    return arena_printf(arena, "; %s of it%s is commitments, whatever comes (%s over their terms)",
                        money_words(arena, bound->usd_per_month), most,
                        money_words(arena, bound->terms_usd));
}

/* Of the plan's price there, what its commitments are; and whether they were worth it then. */
static const char *bound_words(struct arena *arena, const struct study *study) {
    const struct study_futures *f = &study->futures;
    struct study_bound bound = study_bound_of(study);
    double free = NAN;
    if (bound.terms_usd < 0.005)
        return "; nothing is committed, so nothing binds";
    for (int p = 0; p < f->n_plans; p++)
        if (strcmp(f->plans[p].name, FUTURE_PLAN_FREE) == 0)
            free = f->worst_case_usd[p];
    double more = f->worst_case_usd[0] - free;
    const char *dearer = "";
    if (isfinite(more) && study_is_same_usd(study, more))
        dearer = "; having none would cost the same";
    else if (isfinite(more))
        dearer = arena_printf(arena, "; having none would cost %s a month %s",
                              money_words(arena, fabs(more)), more > 0 ? "less" : "more");
    return arena_printf(arena, "%s%s", in_force_words(arena, study, &bound), dearer);
}

const char *study_worst_case_words(struct arena *arena, const struct study *study) {
    const struct study_futures *f = &study->futures;
    if (f->n == 0 || !isfinite(f->worst_case_usd[0]))
        return "";
    double nothing = f->worst_case_usd[f->n_plans - 1]; /* what is there now stands last */
    return arena_printf(
        arena,
        "with %.0f%% less demand and %.0f%% lower prices from the start the plan costs %s a "
        "month%s%s",
        100 * (1 - FUTURE_WORST_DEMAND), 100 * (1 - FUTURE_WORST_PRICE),
        money_words(arena, f->worst_case_usd[0]),
        isfinite(nothing) ? arena_printf(arena, ", doing nothing %s", money_words(arena, nothing))
                          : "",
        bound_words(arena, study));
}

const char *study_wait_words(struct arena *arena, const struct study *study) {
    const struct study_futures *f = &study->futures;
    double worth = f->wait_worth_usd_per_month;
    if (f->n == 0 || !f->waits)
        return "";
    if (study_is_same_usd(study, worth))
        return arena_printf(
            arena,
            "committing to nothing for %d months, then by the growth seen, costs as "
            "much on average",
            FUTURE_WAIT_MONTHS);
    return arena_printf(arena,
                        "committing to nothing for %d months, then by the growth seen, costs %s a "
                        "month %s on average",
                        FUTURE_WAIT_MONTHS, money_words(arena, fabs(worth)),
                        worth > 0 ? "less" : "more");
}

/* How far apart the ends of an input are. */
static double span(const struct study_futures *f, int end) {
    return fabs(f->ends[end].usd_per_month[0] - f->ends[end + 1].usd_per_month[0]);
}

enum { FLIPS_TOLD = 4 }; /* by name; a longer list is counted */

const char *study_sensitivity_words(struct arena *arena, const struct study *study) {
    const struct study_futures *f = &study->futures;
    struct text flips = {.arena = arena};
    int widest = 0, n = 0;
    if (f->n == 0 || f->n_ends == 0)
        return "";
    for (int e = 0; e + 1 < f->n_ends; e += 2) {
        widest = span(f, e) > span(f, widest) ? e : widest;
        for (int end = e; end < e + 2; end++)
            if (f->ends[end].flips)
                text_printf(&flips, "%s%s %s", n++ ? ", " : "", f->ends[end].high ? "high" : "low",
                            future_input_word(f->ends[end].input));
    }
    const double *low = f->ends[widest].usd_per_month, *high = f->ends[widest + 1].usd_per_month;
    const char *most = "no input alone moves it by 1%";
    if (span(f, widest) >= fmax(MOVES_SHARE * f->as_planned_usd[0], MOVES_USD))
        most = arena_printf(arena, "most of it is the %s: %s alone",
                            future_input_word(f->ends[widest].input),
                            range_words(arena, money_words(arena, fmin(*low, *high)),
                                        money_words(arena, fmax(*low, *high))));
    return arena_printf(arena, "%s%s%s", most,
                        n == 0           ? "; no end of any input asks for other commitments"
                        : n > FLIPS_TOLD ? ""
                                         : "; other commitments would be better at: ",
                        n == 0           ? ""
                        : n > FLIPS_TOLD ? arena_printf(arena,
                                                        "; other commitments would be better at %d "
                                                        "of the %d ends of these inputs",
                                                        n, f->n_ends)
                                         : flips.data);
}

static void notice_budgets_at_risk(struct arena *arena, struct study *study) {
    for (int b = 0; b < study->n_budgets; b++) {
        const struct study_budget *budget = &study->budgets[b];
        double over = study->futures.over_budget[b];
        if (over < BUDGET_AT_RISK || budget->spent > budget->limit)
            continue;
        study_add_notice(arena, study, "budget-at-risk",
                         arena_printf(arena,
                                      "the budget of %s in %s is exceeded in %.0f%% of the futures",
                                      study->scenario.budgets[budget->budget].name,
                                      study_period_words(arena, budget->period), 100 * over));
    }
}

static void notice_cheaper(struct arena *arena, struct study *study) {
    const struct study_futures *f = &study->futures;
    int best = 0;
    for (int p = 1; p < f->n_plans; p++)
        if (f->plans[p].expected < f->plans[best].expected)
            best = p;
    double saves = f->plans[0].expected - f->plans[best].expected;
    if (saves < CHEAPER_SHARE * f->plans[0].expected)
        return;
    study_add_notice(arena, study, "cheaper-in-expectation",
                     arena_printf(arena,
                                  "over all futures the plan '%s' costs %s a month less than the "
                                  "recommended one, which is made for what is %s",
                                  f->plans[best].name, money_words(arena, saves),
                                  study->hedge.used ? "weighed by policy.risk and keeps its limits"
                                                    : "expected"));
}

void study_notice_futures(struct arena *arena, struct study *study) {
    if (study->futures.n == 0)
        return;
    notice_budgets_at_risk(arena, study);
    notice_cheaper(arena, study);
    int n_failed = study->futures.n_failed;
    if (n_failed > 0)
        study_add_notice(
            arena, study, "futures-not-carried",
            arena_printf(arena,
                         "%d of %d futures %s for more than the quotas allow and %s left out of "
                         "what futures cost",
                         n_failed, study->futures.n + n_failed, n_failed == 1 ? "asks" : "ask",
                         n_failed == 1 ? "is" : "are"));
}
