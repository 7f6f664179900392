/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who pays: what each workload, job and store costs and of it stands idle, and what a unit of its
 * work costs. */
#include <math.h>

#include "base/number.h"
#include "plots/parts.h"
#include "plots/report_pages.h"
#include "plots/words.h"

static const char *usd(struct arena *arena, double value) {
    return isfinite(value) ? money_words(arena, value) : "\u2014";
}

/* Of a sum over the horizon; less than a cent is nothing. */
static const char *a_month(struct arena *arena, const struct study *study, usd_nano horizon) {
    double value = money_amount_usd(horizon) * HOURS_PER_MONTH / study->demand.horizon_hours;
    return usd(arena, fabs(value) < 0.005 ? 0 : value);
}

static const char *tags_words(struct arena *arena, const struct payer *payer) {
    struct text words = {.arena = arena};
    for (int i = 0; i < payer->n_tags; i++)
        text_printf(&words, "%s%s", i ? " · " : "",
                    text_printable(arena, bytes_of(payer->tags[i][1])));
    return words.n ? words.data : NULL;
}

static void fill_payer(struct arena *arena, const struct study *study, const struct payer_sum *sum,
                       struct grid_cell *row) {
    row[1].text = a_month(arena, study, sum->by_kind[SHARE_USED] + sum->by_kind[SHARE_BESIDE]);
    row[2].text = a_month(arena, study, sum->by_kind[SHARE_IDLE]);
    row[3].text = a_month(arena, study, sum->by_kind[SHARE_UNUSED]);
    row[4].text = a_month(arena, study, sum->amortised);
    row[5].text = usd(arena, money_amount_usd(sum->cash));
}

static bool pays(const struct payer_sum *sum) {
    return sum->amortised != 0 || sum->cash != 0;
}

static int count_paying(const struct allocation *allocation) {
    int n = 0;
    for (int p = 0; p < allocation->n_payers; p++)
        n += pays(&allocation->sums[p]);
    return n;
}

static void add_payers(struct flow *flow, const struct study *study, const char *title,
                       struct parts *parts) {
    static const struct grid_column columns[] = {
        {"Payer", ALIGN_LEFT, 1, true},          {"At work a month", ALIGN_RIGHT, 0, false},
        {"Idle", ALIGN_RIGHT, 0, false},         {"Unused commitment", ALIGN_RIGHT, 0, false},
        {"Cost a month", ALIGN_RIGHT, 0, false}, {"Paid over the horizon", ALIGN_RIGHT, 0, false},
    };
    const struct allocation *allocation = study->allocation;
    struct payer_sum all = {0};
    struct grid grid = GRID_OPEN(flow->arena, columns, count_paying(allocation) + 1);
    int n = 0;
    for (int p = 0; p < allocation->n_payers; p++) {
        const struct payer_sum *sum = &allocation->sums[p];
        if (!pays(sum))
            continue;
        struct grid_cell *row = grid_row(&grid, n++);
        row[0].text = text_printable(flow->arena, bytes_of(allocation->payers[p].name));
        row[0].note = tags_words(flow->arena, &allocation->payers[p]);
        fill_payer(flow->arena, study, sum, row);
        for (int kind = 0; kind < SHARE_KINDS; kind++)
            all.by_kind[kind] += sum->by_kind[kind];
        all.amortised += sum->amortised;
        all.cash += sum->cash;
    }
    struct grid_cell *last = grid_row(&grid, n);
    fill_payer(flow->arena, study, &all, last);
    last[0].text = "All";
    for (int i = 0; i < 6; i++)
        last[i].strong = true;
    parts_add_table(flow, parts, title,
                    "Amortised cost a month; the last column is what is paid in the horizon",
                    &grid);
}

static const char *against_full(struct arena *arena, double tax) {
    return isfinite(tax) ? number_times(arena, 1 + tax) : "\u2014";
}

static void fill_value(struct arena *arena, const struct workload *workload,
                       const struct study_units *units, struct grid_cell *cell) {
    cell->text = "\u2014";
    if (!workload || !workload->value.unit)
        return;
    cell->text = arena_printf(arena, "%s per %s", usd(arena, units->usd_per_business_unit),
                              text_printable(arena, bytes_of(workload->value.unit)));
    if (isfinite(units->return_on_cost))
        cell->note =
            arena_printf(arena, "worth %s, %s its cost", usd(arena, workload->value.worth_usd),
                         number_times(arena, 1 + units->return_on_cost));
}

static const char *rates_words(struct arena *arena, const struct study *study) {
    const struct savings_rates *rates = &study->savings_rates;
    struct text words = {.arena = arena};
    text_printf(&words,
                "An output token counts as %.3g input tokens where the cost of a pool is divided; "
                "page 1 lays all of it on output tokens or requests. "
                "Effective savings rate on all spend, against list prices: %s",
                study->scenario.allocation.output_weight, words_percent(arena, rates->all_spend));
    if (isfinite(rates->covered))
        text_printf(&words, "; on what commitments could cover %s, on what they cover %s",
                    words_percent(arena, rates->eligible), words_percent(arena, rates->covered));
    text_append_string(&words, ".");
    return words.data;
}

static void add_units(struct flow *flow, const struct study *study, struct parts *parts) {
    static const struct grid_column columns[] = {
        {"Workload", ALIGN_LEFT, 1, true},
        {"1M input tokens", ALIGN_RIGHT, 0, false},
        {"1M output tokens", ALIGN_RIGHT, 0, false},
        {"1K requests", ALIGN_RIGHT, 0, false},
        {"Against full load", ALIGN_RIGHT, 0, false},
        {"Of the business", ALIGN_LEFT, 1, false},
    };
    int n = study->demand.n_workloads;
    struct grid grid = GRID_OPEN(flow->arena, columns, study_units_told(study));
    for (int i = 0; i < grid.n_rows; i++) {
        const struct study_units *u = &study->units[i];
        const struct workload *workload = i < n ? &study->scenario.workloads[i] : NULL;
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = workload ? workload->name : "All";
        row[1].text = usd(flow->arena, u->usd_per_million_input);
        row[2].text = usd(flow->arena, u->usd_per_million_output);
        row[3].text = usd(flow->arena, u->usd_per_thousand_requests);
        row[4].text = against_full(flow->arena, u->utilisation_tax);
        fill_value(flow->arena, workload, u, &row[5]);
        for (int k = 0; k < 6; k++)
            row[k].strong = !workload;
    }
    parts_add_table(flow, parts, "What the work costs",
                    grid.n_rows > n
                        ? "Amortised; what is a row of nobody's above is in the last row alone"
                        : "Amortised; idle time and unused commitments are in it",
                    &grid);
    parts_add_note(parts, rates_words(flow->arena, study));
}

/* Two digits are all that the figures behind carbon allow. */
static const char *range(struct arena *arena, struct carbon_range r) {
    return arena_printf(arena, "%s to %s", number_rounded(arena, r.low, CARBON_DIGITS),
                        number_rounded(arena, r.high, CARBON_DIGITS));
}

static void add_carbon(struct flow *flow, const struct study *study, struct parts *parts) {
    static const struct grid_column columns[] = {
        {"Workload", ALIGN_LEFT, 1, true},
        {"kWh a month", ALIGN_RIGHT, 0, false},
        {"kg CO2e a month", ALIGN_RIGHT, 0, false},
        {"kWh per 1M tokens", ALIGN_RIGHT, 0, false},
        {"kg CO2e per 1M tokens", ALIGN_RIGHT, 0, false},
    };
    int n = study->demand.n_workloads;
    struct grid grid = GRID_OPEN(flow->arena, columns, n);
    bool any = false;
    for (int w = 0; w < n; w++) {
        const struct study_units *u = &study->units[w];
        const struct study_carbon *c = &study->recommended.carbon[w];
        struct grid_cell *row = grid_row(&grid, w);
        struct carbon_range kg = {c->kg_operation.low + c->kg_embodied.low,
                                  c->kg_operation.value + c->kg_embodied.value,
                                  c->kg_operation.high + c->kg_embodied.high};
        row[0].text = study->scenario.workloads[w].name;
        row[1].text = c->known ? range(flow->arena, c->kwh) : "\u2014";
        row[2].text = c->known ? range(flow->arena, kg) : "\u2014";
        bool tokens = u->carbon_known && isfinite(u->kwh_per_million_tokens.value);
        row[3].text = tokens ? range(flow->arena, u->kwh_per_million_tokens) : "\u2014";
        row[4].text = tokens ? range(flow->arena, u->kg_per_million_tokens) : "\u2014";
        any = any || c->known;
    }
    if (!any)
        return;
    parts_add_table(flow, parts, "Energy and carbon",
                    "Ranges of the figures behind them; tokens in and out", &grid);
}

void report_payers(struct flow *flow, const struct study *study) {
    if (!study->statement)
        return;
    struct arena *arena = flow->arena;
    const struct allocation *allocation = study->allocation;
    usd_nano idle = 0;
    for (int p = 0; p < allocation->n_payers; p++)
        idle += allocation->sums[p].by_kind[SHARE_IDLE] + allocation->sums[p].by_kind[SHARE_UNUSED];
    struct parts parts = {0};
    add_payers(flow, study,
               allocation->amortised < USD_NANO_PER_USD / 100
                   ? "Nobody pays anything"
                   : arena_printf(arena, "%s of %s a month stands idle or is unused commitment",
                                  a_month(arena, study, idle),
                                  a_month(arena, study, allocation->amortised)),
               &parts);
    if (count_paying(allocation) > 1) /* of one the table tells all */
        parts_add_figure(flow, &parts, study, 0, figure_payers_open);
    add_units(flow, study, &parts);
    const bool *charted = report_charted(arena, study);
    for (int w = 0; w < study->scenario.n_workloads; w++)
        if (charted[w])
            parts_add_figure(flow, &parts, study, w, figure_units_open);
    parts_add_figure(flow, &parts, study, 0, figure_carbon_open);
    if (study->recommended.carbon)
        add_carbon(flow, study, &parts);
    parts_draw(flow, "Who pays", &parts);
}
