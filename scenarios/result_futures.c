/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/result_futures.h"

#include "scenarios/result.h"
#include "scenarios/result_cells.h"

/* ---- tables ---- */

void result_append_futures_csv(const struct study *study, struct text *out) {
    const struct study_futures *f = &study->futures;
    text_append_string(out, "future,demand,capacity,on_demand_price,spot_price,useful_spot_share,"
                            "plan,usd_per_month\n");
    for (int i = 0; i < f->n; i++)
        for (int p = 0; p < f->n_plans; p++) {
            const struct future_draw *draw = &f->draws[i];
            text_printf(out, "%d", i + 1);
            comma_number(out, draw->demand);
            comma_number(out, draw->capacity);
            comma_number(out, draw->on_demand);
            comma_number(out, draw->spot);
            comma_number(out, draw->useful);
            comma_text(out, f->plans[p].name);
            comma_number(out, f->plans[p].usd_per_month[i]);
            text_append_string(out, "\n");
        }
}

/* A named future: `usd` [n_plans]. */
static void regret_rows(const struct study_futures *f, const char *future, const double *usd,
                        struct text *out) {
    double least = INFINITY;
    for (int p = 0; p < f->n_plans; p++)
        least = fmin(least, isfinite(usd[p]) ? usd[p] : INFINITY);
    for (int p = 0; p < f->n_plans; p++) {
        csv_append_text(out, future);
        comma_text(out, f->plans[p].name);
        comma_number(out, usd[p]);
        comma_number(out, usd[p] - least);
        text_append_string(out, "\n");
    }
}

static const char *end_name(struct arena *arena, const struct future_end *end) {
    return arena_printf(arena, "%s %s", end->high ? "high" : "low", future_input_word(end->input));
}

void result_append_regret_csv(const struct study *study, struct text *out) {
    const struct study_futures *f = &study->futures;
    text_append_string(out, "future,plan,usd_per_month,regret_usd_per_month\n");
    if (f->n == 0)
        return;
    regret_rows(f, "as planned", f->as_planned_usd, out);
    for (int e = 0; e < f->n_ends; e++)
        regret_rows(f, end_name(out->arena, &f->ends[e]), f->ends[e].usd_per_month, out);
    regret_rows(f, "10% less demand", f->demand_less_usd, out);
    regret_rows(f, "10% more demand", f->demand_more_usd, out);
    regret_rows(f, "worst case", f->worst_case_usd, out);
}

/* The value of an input at an end; growth as growth. */
static double value_at(const struct study_futures *f, const struct future_end *end) {
    const struct future_spread *spread = &f->inputs[end->input].spread;
    return (end->high ? spread->high : spread->low) - (end->input == FUTURE_GROWTH);
}

void result_append_sensitivities_csv(const struct study *study, struct text *out) {
    const struct study_futures *f = &study->futures;
    text_append_string(out, "input,end,value,usd_per_month,change_usd_per_month,"
                            "best_usd_per_month,commitments_change,basis\n");
    for (int e = 0; f->n > 0 && e < f->n_ends; e++) {
        const struct future_end *end = &f->ends[e];
        csv_append_text(out, future_input_word(end->input));
        text_printf(out, ",%s", end->high ? "high" : "low");
        comma_number(out, value_at(f, end));
        comma_number(out, end->usd_per_month[0]);
        comma_number(out, end->usd_per_month[0] - f->as_planned_usd[0]);
        comma_number(out, end->best_usd_per_month);
        text_printf(out, ",%s", end->flips ? "yes" : "no");
        comma_text(out, f->inputs[end->input].basis);
        text_append_string(out, "\n");
    }
}

/* ---- result.json ---- */

static json_t *plans(const struct study_futures *f) {
    json_t *array = json_array();
    for (int p = 0; p < f->n_plans; p++) {
        const struct future_plan *plan = &f->plans[p];
        json_t *object = json_object();
        put(object, "name", json_string(plan->name));
        put(object, "committed_usd_per_hour", real(plan->committed_usd_per_hour));
        put(object, "expected_usd_per_month", real(plan->expected));
        put(object, "worst_5_percent_usd_per_month", real(plan->worst));
        put(object, "p10_usd_per_month", real(plan->low));
        put(object, "median_usd_per_month", real(plan->median));
        put(object, "p90_usd_per_month", real(plan->high));
        put(object, "expected_regret_usd_per_month", real(plan->regret));
        put(object, "most_regret_usd_per_month", real(plan->regret_most));
        put(object, "demand_less_usd_per_month", real(f->demand_less_usd[p]));
        put(object, "as_planned_usd_per_month", real(f->as_planned_usd[p]));
        put(object, "demand_more_usd_per_month", real(f->demand_more_usd[p]));
        put(object, "worst_case_usd_per_month", real(f->worst_case_usd[p]));
        push(array, object);
    }
    return array;
}

static json_t *months(const struct study_futures *f) {
    json_t *array = json_array();
    for (int m = 0; m < f->n_months; m++) {
        json_t *month = json_array();
        for (int q = 0; q < FUTURE_QUANTILES; q++)
            push(month, real(f->month_usd[m * FUTURE_QUANTILES + q]));
        push(array, month);
    }
    return array;
}

static json_t *quantiles(void) {
    json_t *array = json_array();
    for (int q = 0; q < FUTURE_QUANTILES; q++)
        push(array, real(future_quantiles[q]));
    return array;
}

static json_t *budgets(const struct study *study) {
    json_t *array = json_array();
    for (int b = 0; b < study->n_budgets; b++) {
        const struct study_budget *budget = &study->budgets[b];
        json_t *object = json_object();
        put(object, "budget", json_string(study->scenario.budgets[budget->budget].name));
        put(object, "year", json_integer(budget->period.year));
        if (budget->period.quarter > 0)
            put(object, "quarter", json_integer(budget->period.quarter));
        if (budget->period.month > 0)
            put(object, "month", json_integer(budget->period.month));
        put(object, "probability_over", real(study->futures.over_budget[b]));
        push(array, object);
    }
    return array;
}

static json_t *sensitivities(const struct study_futures *f) {
    json_t *array = json_array();
    for (int e = 0; e < f->n_ends; e++) {
        const struct future_end *end = &f->ends[e];
        json_t *object = json_object();
        put(object, "input", json_string(future_input_word(end->input)));
        put(object, "end", json_string(end->high ? "high" : "low"));
        put(object, "value", real(value_at(f, end)));
        put(object, "usd_per_month", real(end->usd_per_month[0]));
        put(object, "best_usd_per_month", real(end->best_usd_per_month));
        put(object, "commitments_change", json_boolean(end->flips));
        put(object, "basis", json_string(f->inputs[end->input].basis));
        push(array, object);
    }
    return array;
}

static json_t *hedge(const struct study *study) {
    const struct study_hedge *hedge = &study->hedge;
    json_t *object = json_object();
    put(object, "futures", json_integer(hedge->n));
    put(object, "worst_weight", real(study->scenario.worst_weight));
    put(object, "commitments_changed", json_boolean(hedge->changed));
    put(object, "usd_per_month", real(hedge->usd_per_month));
    put(object, "planned_usd_per_month", real(hedge->planned_usd_per_month));
    put(object, "more_as_planned_usd_per_month", real(hedge->more_as_planned_usd_per_month));
    return object;
}

void result_put_futures(json_t *root, const struct study *study) {
    const struct study_futures *f = &study->futures;
    if (study->hedge.used)
        put(root, "chosen_for_futures", hedge(study));
    if (f->n == 0)
        return;
    json_t *object = json_object();
    put(object, "n", json_integer(f->n));
    put(object, "not_carried", json_integer(f->n_failed));
    put(object, "plans", plans(f));
    put(object, "demand_less_factor", real(FUTURE_DEMAND_LESS));
    put(object, "demand_more_factor", real(FUTURE_DEMAND_MORE));
    put(object, "worst_case_demand_factor", real(FUTURE_WORST_DEMAND));
    put(object, "worst_case_price_factor", real(FUTURE_WORST_PRICE));
    put(object, "quantiles", quantiles());
    put(object, "cost_by_month_usd", months(f));
    put(object, "budgets", budgets(study));
    put(object, "sensitivities", sensitivities(f));
    if (f->waits) {
        put(object, "waiting_usd_per_month", real(f->wait_usd_per_month));
        put(object, "worth_of_waiting_usd_per_month", real(f->wait_worth_usd_per_month));
    }
    put(root, "futures", object);
}
