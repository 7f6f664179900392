/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who pays: payments by month, the schedule of commitments, showback, chargeback. Amounts are
 * written with every digit, so that a column adds up to the bill. */
#include "scenarios/result.h"
#include "scenarios/result_cells.h"
#include "scenarios/scenario_finance.h"

enum { HOURS_PER_DAY = 24 };

/* "2,2027-01-01,2027,4" */
static void append_month(const struct study *study, int month, struct text *out) {
    const struct scenario *scenario = &study->scenario;
    struct date first = calendar_date(study->statement->month_hours[month] / HOURS_PER_DAY);
    struct fiscal_period period =
        fiscal_period_of(first, scenario->fiscal_month, scenario->fiscal_day);
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

static void append_schedule_row(const struct study *study, int month,
                                const struct plan_commitment *commitment, int payer,
                                struct text *out) {
    const struct allocation *allocation = study->allocation;
    usd_nano by_kind[SHARE_KINDS] = {0}, amortised = 0, cash = 0;
    for (int i = 0; i < allocation->n_shares; i++) {
        const struct allocation_share *share = &allocation->shares[i];
        if (share->month != month || share->payer != payer || share->row < 0 ||
            study->statement->rows[share->row].commitment != commitment)
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
    for (int month = 0; study->statement && month < study->statement->n_months; month++)
        for (int c = 0; c < plan->n_commitments; c++)
            for (int payer = 0; payer < study->allocation->n_payers; payer++)
                append_schedule_row(study, month, &plan->commitments[c], payer, out);
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
