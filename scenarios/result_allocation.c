/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who pays: payments by month, the schedule of commitments, showback, chargeback. Amounts are
 * written with every digit, so that a column adds up to the bill. */
#include <math.h>

#include "scenarios/result.h"
#include "scenarios/result_cells.h"
#include "scenarios/scenario_finance.h"

/* "2,2027-01-01,2027,4" */
static void append_month(const struct study *study, int month, struct text *out) {
    struct date first = statement_month_starts(study->statement, month);
    struct fiscal_period period =
        fiscal_period_of(study_calendar_month(study, month), study->scenario.fiscal_month);
    char date[16];
    calendar_format_date(date, first);
    text_printf(out, "%d,%s,%d,%d", month + 1, date, period.year, period.quarter);
}

static void comma_payer(const struct payer *payer, struct text *out) {
    struct text tags = {.arena = out->arena};
    for (int i = 0; i < payer->n_tags; i++)
        text_printf(&tags, "%s%s=%s", i ? " " : "", payer->tags[i][0], payer->tags[i][1]);
    comma_text(out, payer->name);
    comma_text(out, payer_kind_word(payer->kind));
    comma_text(out, payer_tag(payer, "team"));
    comma_text(out, payer_tag(payer, "cost_center"));
    comma_text(out, tags.n ? tags.data : "");
}
#define MONTH_COLUMNS "month,starts,fiscal_year,fiscal_quarter"
#define PAYER_COLUMNS "payer,payer_kind,team,cost_center,tags"

/* ---- payments by month ---- */

void result_append_cash_csv(const struct study *study, struct text *out) {
    const struct statement *statement = study->statement;
    const struct allocation *allocation = study->allocation;
    usd_nano prepaid = 0;
    text_append_string(out, MONTH_COLUMNS ",by_use_usd,upfront_usd,recurring_usd,beside_usd,"
                                          "cash_usd,amortised_usd,prepaid_usd\n");
    for (int month = 0; statement && month < statement->n_months; month++) {
        usd_nano paid[3] = {0}, beside = 0, cash = 0, amortised = 0;
        for (int i = 0; i < statement->n_rows; i++) {
            const struct statement_row *row = &statement->rows[i];
            if (row->month != month)
                continue;
            paid[row->purchase] += row->billed;
            if (row->commitment && !row->commitment->commitment.owned)
                prepaid += row->billed - row->effective;
        }
        for (int i = 0; i < allocation->n_shares; i++) {
            const struct allocation_share *share = &allocation->shares[i];
            if (share->month != month)
                continue;
            beside += share->row < 0 ? share->cash : 0;
            cash += share->cash;
            amortised += share->amortised;
        }
        append_month(study, month, out);
        comma_money(out, paid[FOCUS_USAGE]);
        comma_money(out, paid[FOCUS_PAID_AT_START]);
        comma_money(out, paid[FOCUS_PAID_HOURLY]);
        comma_money(out, beside);
        comma_money(out, cash);
        comma_money(out, amortised);
        comma_money(out, prepaid);
        text_append_string(out, "\n");
    }
}

/* ---- the schedule of commitments ---- */

/* `from`: the first share of the month. */
static void append_schedule_row(const struct study *study, int month,
                                const struct plan_commitment *commitment, int payer, int from,
                                struct text *out) {
    const struct allocation *allocation = study->allocation;
    usd_nano by_kind[SHARE_KINDS] = {0}, amortised = 0, cash = 0;
    for (int i = from; i < allocation->n_shares; i++) {
        const struct allocation_share *share = &allocation->shares[i];
        if (share->month != month || share->row < 0)
            break;
        if (share->payer != payer || study->statement->rows[share->row].commitment != commitment)
            continue;
        by_kind[share->kind] += share->amortised;
        amortised += share->amortised;
        cash += share->cash;
    }
    if (amortised == 0 && cash == 0)
        return;
    append_month(study, month, out);
    comma_text(out, study_commitment_id(out->arena, study, commitment));
    comma_text(out, commitment->commitment.name);
    comma_payer(&allocation->payers[payer], out);
    comma_money(out, by_kind[SHARE_USED]);
    comma_money(out, by_kind[SHARE_IDLE]);
    comma_money(out, by_kind[SHARE_UNUSED]);
    comma_money(out, amortised);
    comma_money(out, cash);
    text_append_string(out, "\n");
}

void result_append_amortisation_csv(const struct study *study, struct text *out) {
    const struct plan *plan = study->recommended.plan;
    text_append_string(out, MONTH_COLUMNS ",commitment_id,commitment," PAYER_COLUMNS
                                          ",used_usd,idle_usd,unused_usd,amortised_usd,cash_usd\n");
    int from = 0; /* shares come month by month */
    for (int month = 0; study->statement && month < study->statement->n_months; month++) {
        const struct allocation *allocation = study->allocation;
        while (from < allocation->n_shares && allocation->shares[from].row >= 0 &&
               allocation->shares[from].month < month)
            from++;
        for (int c = 0; c < plan->n_commitments; c++)
            for (int payer = 0; payer < allocation->n_payers; payer++)
                append_schedule_row(study, month, &plan->commitments[c], payer, from, out);
    }
}

/* ---- showback and chargeback ---- */

void result_append_showback_csv(const struct study *study, struct text *out) {
    const struct allocation *allocation = study->allocation;
    text_append_string(out, PAYER_COLUMNS ",used_usd,idle_usd,unused_usd,beside_usd,amortised_usd,"
                                          "cash_usd,share\n");
    for (int p = 0; allocation && p < allocation->n_payers; p++) {
        const struct payer_sum *sum = &allocation->sums[p];
        struct text row = {.arena = out->arena};
        if (sum->amortised == 0 && sum->cash == 0)
            continue;
        comma_payer(&allocation->payers[p], &row);
        text_append_string(out, row.data + 1); /* without its comma */
        comma_money(out, sum->by_kind[SHARE_USED]);
        comma_money(out, sum->by_kind[SHARE_IDLE]);
        comma_money(out, sum->by_kind[SHARE_UNUSED]);
        comma_money(out, sum->by_kind[SHARE_BESIDE]);
        comma_money(out, sum->amortised);
        comma_money(out, sum->cash);
        comma_number(out, (double)sum->amortised / (double)allocation->amortised);
        text_append_string(out, "\n");
    }
}

static void comma_charge(const struct study *study, const struct statement_row *row,
                         struct text *out) {
    comma_text(out, !row                                   ? ""
                    : row->purchase == FOCUS_PAID_AT_START ? "paid upfront"
                    : row->purchase == FOCUS_PAID_HOURLY   ? "paid hourly"
                                                           : charge_kind_word(row->kind));
    comma_text(out, row && row->offer >= 0 ? study->offers[row->offer].sku : "");
    comma_text(out, row && row->offer >= 0 ? study->offers[row->offer].region : "");
    comma_text(out, row && row->commitment ? study_commitment_id(out->arena, study, row->commitment)
                                           : "");
}

void result_append_chargeback_csv(const struct study *study, struct text *out) {
    const struct allocation *allocation = study->allocation;
    text_append_string(out, MONTH_COLUMNS "," PAYER_COLUMNS
                                          ",part,charge,sku,region,commitment_id,amortised_usd,"
                                          "cash_usd\n");
    for (int i = 0; allocation && i < allocation->n_shares; i++) {
        const struct allocation_share *share = &allocation->shares[i];
        append_month(study, share->month, out);
        comma_payer(&allocation->payers[share->payer], out);
        comma_text(out, share_kind_word(share->kind));
        comma_charge(study, share->row < 0 ? NULL : &study->statement->rows[share->row], out);
        comma_money(out, share->amortised);
        comma_money(out, share->cash);
        text_append_string(out, "\n");
    }
}

/* ---- unit costs and budgets ---- */

static void comma_range(struct text *out, const struct carbon_range *range, bool known) {
    comma_number(out, known ? range->low : NAN);
    comma_number(out, known ? range->value : NAN);
    comma_number(out, known ? range->high : NAN);
}

void result_append_units_csv(const struct study *study, struct text *out) {
    int n = study->demand.n_workloads;
    text_append_string(
        out,
        "workload,usd_per_month,usd_per_million_input_tokens,usd_per_million_output_tokens,"
        "usd_per_thousand_requests,usd_per_thousand_requests_within_target,"
        "usd_per_million_output_tokens_within_target,full_load_usd_per_month,utilisation_tax,"
        "business_unit,business_units_per_month,usd_per_business_unit,worth_usd_per_month,"
        "return_on_cost,kwh_per_million_tokens_low,kwh_per_million_tokens,"
        "kwh_per_million_tokens_high,kg_co2e_per_million_tokens_low,kg_co2e_per_million_tokens,"
        "kg_co2e_per_million_tokens_high\n");
    for (int i = 0; study->units && i <= n; i++) {
        const struct study_units *u = &study->units[i];
        const struct workload *workload = i < n ? &study->scenario.workloads[i] : NULL;
        const double costs[] = {u->usd_per_month,
                                u->usd_per_million_input,
                                u->usd_per_million_output,
                                u->usd_per_thousand_requests,
                                u->usd_per_thousand_good_requests,
                                u->usd_per_million_good_output,
                                u->full_load_usd_per_month,
                                u->utilisation_tax};
        const double values[] = {u->business_units, u->usd_per_business_unit,
                                 u->worth_usd_per_month, u->return_on_cost};
        csv_append_text(out, workload ? workload->name : "");
        for (size_t k = 0; k < sizeof costs / sizeof *costs; k++)
            comma_number(out, costs[k]);
        comma_text(out, workload && workload->value.unit ? workload->value.unit : "");
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            comma_number(out, values[k]);
        comma_range(out, &u->kwh_per_million_tokens, u->carbon_known);
        comma_range(out, &u->kg_per_million_tokens, u->carbon_known);
        text_append_string(out, "\n");
    }
}

void result_append_budgets_csv(const struct study *study, struct text *out) {
    text_append_string(
        out, "budget,basis,period,months_in_horizon,limit_usd,cost_usd,headroom_usd,exceeded\n");
    for (int i = 0; i < study->n_budgets; i++) {
        const struct study_budget *b = &study->budgets[i];
        const struct budget_spec *spec = &study->scenario.budgets[b->budget];
        csv_append_text(out, spec->name);
        text_printf(out, ",%s,%s,%.10g", spec->cash ? "cash" : "amortised",
                    study_period_words(out->arena, b->period), b->months);
        comma_money(out, b->limit);
        comma_money(out, b->spent);
        comma_money(out, b->limit - b->spent);
        text_printf(out, ",%s\n", b->spent > b->limit ? "yes" : "no");
    }
}
