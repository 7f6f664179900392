/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_money.h"

#include <math.h>

#include "base/number.h"
#include "cli/answer_words.h"
#include "cli/shell.h"
#include "cli/terminal.h"

enum { WIDTH = 80, NAME_WIDTH = 30 };
enum { ROWS_ALL = 12, ROWS_MOST = 10 }; /* of a table: all of so many; of more so many */
#define LINE "  %s %10s %10s %10s %10s\n"

/* Of a sum over the horizon, a month; less than a cent is nothing. */
static const char *monthly(struct arena *arena, const struct study *study, usd_nano horizon) {
    return total(arena, money_amount_usd(horizon) * HOURS_PER_MONTH / study->demand.horizon_hours);
}

/* A name that is too long stands on lines of its own. */
static const char *beside(const char *name, struct text *out) {
    if (text_columns(bytes_of(name)) <= NAME_WIDTH)
        return padded(out->arena, name, NAME_WIDTH);
    text_append_string(out, "  ");
    append_wrapped(out, name, WIDTH - 2, 4);
    return padded(out->arena, "", NAME_WIDTH);
}

static const char *payer_words(struct arena *arena, const struct payer *payer) {
    const char *team = payer_tag(payer, "team");
    return team[0] ? arena_printf(arena, "%s (%s)", payer->name, team) : payer->name;
}

static void append_sum(const struct study *study, const char *name, const struct payer_sum *sum,
                       struct text *out) {
    struct arena *arena = out->arena;
    text_printf(out, LINE, beside(name, out),
                monthly(arena, study, sum->by_kind[SHARE_USED] + sum->by_kind[SHARE_BESIDE]),
                monthly(arena, study, sum->by_kind[SHARE_IDLE]),
                monthly(arena, study, sum->by_kind[SHARE_UNUSED]),
                monthly(arena, study, sum->amortised));
}

static void add_sum(struct payer_sum *to, const struct payer_sum *sum) {
    for (int kind = 0; kind < SHARE_KINDS; kind++)
        to->by_kind[kind] += sum->by_kind[kind];
    to->amortised += sum->amortised;
}

/* Those that pay, the first `*n_named` of them by name: of many those that pay most, in the order
 * of the scenario; *n is how many there are. */
static const int *payers_of(struct arena *arena, const struct allocation *allocation, int *n_named,
                            int *n) {
    int *payers = arena_new(arena, int, allocation->n_payers);
    bool *named = arena_new(arena, bool, allocation->n_payers);
    *n = *n_named = 0;
    for (int p = 0; p < allocation->n_payers; p++)
        *n += allocation->sums[p].amortised != 0 || allocation->sums[p].cash != 0;
    int most = *n <= ROWS_ALL ? *n : ROWS_MOST;
    while (*n_named < most) {
        int next = -1;
        for (int p = 0; p < allocation->n_payers; p++) {
            const struct payer_sum *sum = &allocation->sums[p];
            if (!named[p] && (sum->amortised != 0 || sum->cash != 0) &&
                (next < 0 || sum->amortised > allocation->sums[next].amortised))
                next = p;
        }
        named[next] = true;
        ++*n_named;
    }
    int at = 0, behind = *n_named;
    for (int p = 0; p < allocation->n_payers; p++) {
        if (named[p])
            payers[at++] = p;
        else if (allocation->sums[p].amortised != 0 || allocation->sums[p].cash != 0)
            payers[behind++] = p;
    }
    return payers;
}

static void append_payers(const struct study *study, struct text *out) {
    const struct allocation *allocation = study->allocation;
    struct arena *arena = out->arena;
    struct payer_sum all = {0}, others = {0};
    int n, n_named;
    const int *payers = payers_of(arena, allocation, &n_named, &n);
    text_append_string(out, "\nWho pays, a month (amortised):\n");
    text_printf(out, LINE, beside("", out), "at work", "idle", "unused", "total");
    for (int i = 0; i < n; i++) {
        const struct payer_sum *sum = &allocation->sums[payers[i]];
        add_sum(&all, sum);
        if (i < n_named)
            append_sum(study, payer_words(arena, &allocation->payers[payers[i]]), sum, out);
        else
            add_sum(&others, sum);
    }
    if (n_named < n)
        append_sum(study, arena_printf(arena, "%d others: showback.csv", n - n_named), &others,
                   out);
    append_sum(study, "all", &all, out);
}

/* The dearest month. */
static void append_cash(const struct study *study, struct text *out) {
    const struct statement *statement = study->statement;
    usd_nano most = 0;
    int when = 0;
    for (int month = 0; month < statement->n_months; month++) {
        usd_nano cash = 0;
        for (int i = 0; i < study->allocation->n_shares; i++)
            if (study->allocation->shares[i].month == month)
                cash += study->allocation->shares[i].cash;
        if (cash > most) {
            most = cash;
            when = month;
        }
    }
    struct date day = study_calendar_month(study, when);
    const char *where =
        statement->n_months < 2
            ? ""
            : arena_printf(out->arena, ", most in %s %d: %s", calendar_month_name(day.month),
                           day.year, money(out->arena, money_amount_usd(most)));
    text_append_string(out, "  ");
    append_wrapped(out,
                   arena_printf(out->arena,
                                "paid over the horizon %s%s (by the calendar: its months are not "
                                "of 730 hours)",
                                money(out->arena, money_amount_usd(study->allocation->cash)),
                                where),
                   WIDTH - 2, 4);
}

/* Each budget in its tightest period. */
static void append_budgets(const struct study *study, struct text *out) {
    for (int i = 0; i < study->scenario.n_budgets && study->n_budgets > 0; i++) {
        const struct budget_spec *spec = &study->scenario.budgets[i];
        const struct study_budget *tight = NULL;
        for (int k = 0; k < study->n_budgets; k++) {
            const struct study_budget *b = &study->budgets[k];
            if (b->budget == i && (!tight || b->limit - b->spent < tight->limit - tight->spent))
                tight = b;
        }
        usd_nano left = tight->limit - tight->spent;
        struct text line = {.arena = out->arena};
        text_printf(&line, "budget of %s: %s %s in %s, where it is tightest: %s of %s", spec->name,
                    money(out->arena, fabs(money_amount_usd(left))),
                    left >= 0 ? "left" : "too much", study_period_words(out->arena, tight->period),
                    money(out->arena, money_amount_usd(tight->spent)),
                    money(out->arena, money_amount_usd(tight->limit)));
        text_append_string(out, "  ");
        append_wrapped(out, line.data, WIDTH - 2, 4);
    }
}

static void append_units(const struct study *study, struct text *out) {
    struct arena *arena = out->arena;
    int n = study->demand.n_workloads, told = n <= ROWS_ALL ? n : ROWS_MOST;
    bool by_tokens = false;
    text_append_string(out, "\nWhat the work costs (amortised):\n");
    text_printf(out, LINE, beside("", out), "1M input", "1M output", "1K reqs", "vs full");
    for (int i = 0; i < study_units_told(study); i++) {
        const struct study_units *u = &study->units[i];
        by_tokens = by_tokens || isfinite(u->usd_per_million_output);
        if (i == told && told < n)
            text_printf(out, "  %d more workloads: units.csv\n", n - told);
        if (i >= told && i < n)
            continue;
        text_printf(out, LINE, beside(i == n ? "all" : study->scenario.workloads[i].name, out),
                    money(arena, u->usd_per_million_input), money(arena, u->usd_per_million_output),
                    money(arena, u->usd_per_thousand_requests),
                    isfinite(u->utilisation_tax) ? number_times(arena, 1 + u->utilisation_tax)
                                                 : "-");
    }
    if (by_tokens) {
        text_append_string(out, "  ");
        append_wrapped(out,
                       "(input and output tokens of all requests share the cost here; \"1M output "
                       "tokens within target\" above carry all of it)",
                       WIDTH - 2, 3);
    }
}

static void append_values(const struct study *study, struct text *out) {
    for (int w = 0; w < study->demand.n_workloads; w++) {
        const struct study_units *u = &study->units[w];
        const struct workload *workload = &study->scenario.workloads[w];
        struct text line = {.arena = out->arena};
        if (!workload->value.unit)
            continue;
        text_printf(&line, "%s: %s per %s", workload->name,
                    money(out->arena, u->usd_per_business_unit), workload->value.unit);
        if (isfinite(u->return_on_cost))
            text_printf(&line, " that is worth %s: %s a month, %s for each dollar of cost",
                        money(out->arena, workload->value.worth_usd),
                        money(out->arena, u->worth_usd_per_month),
                        money(out->arena, 1 + u->return_on_cost));
        text_append_string(out, "  ");
        append_wrapped(out, line.data, WIDTH - 2, 4);
    }
}

static void append_rates(const struct study *study, struct text *out) {
    const struct savings_rates *rates = &study->savings_rates;
    const struct study_units *all = &study->units[study->demand.n_workloads];
    struct arena *arena = out->arena;
    if (all->carbon_known)
        text_printf(out, "  energy and carbon of 1M tokens: %s to %s kWh, %s to %s kg CO2e\n",
                    number_rounded(arena, all->kwh_per_million_tokens.low, CARBON_DIGITS),
                    number_rounded(arena, all->kwh_per_million_tokens.high, CARBON_DIGITS),
                    number_rounded(arena, all->kg_per_million_tokens.low, CARBON_DIGITS),
                    number_rounded(arena, all->kg_per_million_tokens.high, CARBON_DIGITS));
    if (!isfinite(rates->all_spend)) /* nothing is paid at list prices */
        return;
    text_printf(out, "  saved: %s of list prices", number_percent(arena, rates->all_spend));
    if (isfinite(rates->covered))
        text_printf(out, "; by commitments %s of what they could cover,\n  %s of what they cover",
                    number_percent(arena, rates->eligible), number_percent(arena, rates->covered));
    text_append_string(out, "\n");
}

void answer_append_money(const struct study *study, struct text *out) {
    if (!study->statement)
        return;
    append_payers(study, out);
    append_cash(study, out);
    append_budgets(study, out);
    append_units(study, out);
    append_values(study, out);
    append_rates(study, out);
}
