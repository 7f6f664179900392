/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/result_money_json.h"

#include "scenarios/scenario_finance.h"

static json_t *usd(usd_nano amount) {
    return json_real(money_amount_usd(amount));
}

static json_t *payer_json(const struct payer *payer, const struct payer_sum *sum) {
    json_t *object = json_object(), *tags = json_object();
    for (int t = 0; t < payer->n_tags; t++)
        put(tags, payer->tags[t][0], json_string(payer->tags[t][1]));
    put(object, "name", json_string(payer->name));
    put(object, "kind", json_string(payer_kind_word(payer->kind)));
    put(object, "tags", tags);
    put(object, "used_usd", usd(sum->by_kind[SHARE_USED]));
    put(object, "idle_usd", usd(sum->by_kind[SHARE_IDLE]));
    put(object, "unused_usd", usd(sum->by_kind[SHARE_UNUSED]));
    put(object, "beside_usd", usd(sum->by_kind[SHARE_BESIDE]));
    put(object, "amortised_usd", usd(sum->amortised));
    put(object, "cash_usd", usd(sum->cash));
    return object;
}

static json_t *allocation_json(const struct study *study) {
    static const char *const shared[] = {"tokens", "seconds", "requests"};
    static const char *const idle[] = {"owner", "own_row", "spread"};
    static const char *const unused[] = {"own_row", "spread"};
    const struct allocation *allocation = study->allocation;
    const struct allocation_rules *rules = &study->scenario.allocation;
    json_t *object = json_object(), *payers = json_array();
    put(object, "shared_by", json_string(shared[rules->shared]));
    put(object, "idle", json_string(idle[rules->idle]));
    put(object, "unused", json_string(unused[rules->unused]));
    for (int p = 0; p < allocation->n_payers; p++)
        if (allocation->sums[p].amortised != 0 || allocation->sums[p].cash != 0)
            push(payers, payer_json(&allocation->payers[p], &allocation->sums[p]));
    put(object, "payers", payers);
    put(object, "amortised_usd", usd(allocation->amortised));
    put(object, "cash_usd", usd(allocation->cash));
    put(object, "beside_usd", usd(allocation->beside));
    return object;
}

static json_t *payments_json(const struct study *study) {
    json_t *array = json_array();
    for (int month = 0; month < study->statement->n_months; month++) {
        struct date first = statement_month_starts(study->statement, month);
        struct fiscal_period period =
            fiscal_period_of(study_calendar_month(study, month), study->scenario.fiscal_month);
        usd_nano amortised = 0, cash = 0;
        for (int i = 0; i < study->allocation->n_shares; i++)
            if (study->allocation->shares[i].month == month) {
                amortised += study->allocation->shares[i].amortised;
                cash += study->allocation->shares[i].cash;
            }
        char date[16];
        calendar_format_date(date, first);
        json_t *object = json_object();
        put(object, "starts", json_string(date));
        put(object, "fiscal_year", json_integer(period.year));
        put(object, "fiscal_quarter", json_integer(period.quarter));
        put(object, "amortised_usd", usd(amortised));
        put(object, "cash_usd", usd(cash));
        push(array, object);
    }
    return array;
}

static json_t *budgets_json(const struct study *study) {
    struct arena arena = {0};
    json_t *array = json_array();
    for (int i = 0; i < study->n_budgets; i++) {
        const struct study_budget *b = &study->budgets[i];
        const struct budget_spec *spec = &study->scenario.budgets[b->budget];
        json_t *object = json_object();
        put(object, "budget", json_string(spec->name));
        put(object, "basis", json_string(spec->cash ? "cash" : "amortised"));
        put(object, "period", json_string(study_period_words(&arena, b->period)));
        put(object, "months_in_horizon", json_real(b->months));
        put(object, "limit_usd", usd(b->limit));
        put(object, "cost_usd", usd(b->spent));
        put(object, "headroom_usd", usd(b->limit - b->spent));
        push(array, object);
    }
    arena_release(&arena);
    return array;
}

static json_t *range(const struct carbon_range *range, bool known) {
    return known ? json_pack("[o,o,o]", real(range->low), real(range->value), real(range->high))
                 : json_null();
}

static json_t *unit_costs_json(const struct study *study, int index) {
    bool all = index == study->demand.n_workloads;
    const struct study_units *u = &study->units[index];
    const struct workload_value *value = all ? NULL : &study->scenario.workloads[index].value;
    json_t *object = json_object();
    put(object, "workload", all ? json_null() : json_string(study->scenario.workloads[index].name));
    put(object, "usd_per_month", real(u->usd_per_month));
    put(object, "usd_per_million_input_tokens", real(u->usd_per_million_input));
    put(object, "usd_per_million_output_tokens", real(u->usd_per_million_output));
    put(object, "usd_per_thousand_requests", real(u->usd_per_thousand_requests));
    put(object, "usd_per_thousand_requests_within_target", real(u->usd_per_thousand_good_requests));
    put(object, "usd_per_million_output_tokens_within_target",
        real(u->usd_per_million_good_output));
    put(object, "full_load_usd_per_month", real(u->full_load_usd_per_month));
    put(object, "utilisation_tax", real(u->utilisation_tax));
    put(object, "business_unit", string(value ? value->unit : NULL));
    put(object, "business_units_per_month", real(u->business_units));
    put(object, "usd_per_business_unit", real(u->usd_per_business_unit));
    put(object, "worth_usd_per_month", real(u->worth_usd_per_month));
    put(object, "return_on_cost", real(u->return_on_cost));
    put(object, "kwh_per_million_tokens", range(&u->kwh_per_million_tokens, u->carbon_known));
    put(object, "kg_co2e_per_million_tokens", range(&u->kg_per_million_tokens, u->carbon_known));
    return object;
}

void result_put_money(json_t *root, const struct study *study) {
    if (!study->statement)
        return;
    json_t *units = json_array(), *rates = json_object();
    put(root, "allocation", allocation_json(study));
    put(root, "payments", payments_json(study));
    if (study->n_budgets > 0)
        put(root, "budgets", budgets_json(study));
    for (int i = 0; i <= study->demand.n_workloads; i++)
        push(units, unit_costs_json(study, i));
    put(root, "unit_costs", units);
    put(rates, "all_spend", real(study->savings_rates.all_spend));
    put(rates, "eligible_usage", real(study->savings_rates.eligible));
    put(rates, "covered_usage", real(study->savings_rates.covered));
    put(root, "effective_savings_rates", rates);
}
