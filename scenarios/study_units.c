/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_units.h"

#include <math.h>

#include "scenarios/study.h"

enum { SECONDS_PER_HOUR = 3600 };

static double ratio(double a, double b) {
    return b > 0 ? a / b : NAN;
}

struct token_cost token_cost_of(double billed_input_usd, double billed_output_usd, double rest_usd,
                                double input_tokens, double output_tokens, double output_weight) {
    double weight = input_tokens + output_weight * output_tokens;
    if (weight <= 0)
        return (struct token_cost){0};
    return (struct token_cost){.input_usd = billed_input_usd + rest_usd * input_tokens / weight,
                               .output_usd = billed_output_usd +
                                             rest_usd * output_weight * output_tokens / weight};
}

/* ---- effective savings rates ---- */

/* On-demand cost at the provider's prices, before the contract's discounts. */
static double list_usd(const struct statement_row *row, const struct offer *offers) {
    if (row->offer < 0 || row->on_demand <= 0)
        return 0;
    const struct quote *quote = focus_quote(&offers[row->offer], row->usage);
    return row->on_demand * money_rate_usd(quote->list) / money_rate_usd(quote->rate);
}

/* The bill is rounded to whole nano-dollars a row, the prices beside it are not: what that leaves
 * is no saving, and no loss. */
static double saved(double usd, double of_usd) {
    double rate = 1 - ratio(usd, of_usd);
    return fabs(rate) < 1e-6 ? 0 : rate;
}

struct savings_rates savings_rates_of(const struct statement *statement,
                                      const struct offer *offers) {
    double spend = 0, list = 0, on_demand = 0, held = 0, eligible = 0, covered = 0;
    for (int i = 0; i < statement->n_rows; i++) {
        const struct statement_row *row = &statement->rows[i];
        double usd = money_amount_usd(row->effective);
        if (row->purchase != FOCUS_USAGE || statement_is_of_others(row))
            continue;
        spend += usd;
        list += list_usd(row, offers);
        if (row->commitment) {
            held += usd;
            covered += row->on_demand;
        }
        if (row->commitment || row->kind == CHARGE_ON_DEMAND)
            eligible += row->on_demand;
        if (row->kind == CHARGE_ON_DEMAND)
            on_demand += usd;
    }
    return (struct savings_rates){.all_spend = saved(spend, list),
                                  .eligible = saved(held + on_demand, eligible),
                                  .covered = saved(held, covered)};
}

/* ---- work ---- */

/* What a workload did in the average month. */
struct work_done {
    double finished, good, input, output, good_output;
    double on_instances; /* of the finished: served by instances */
    double full_load;    /* requests that its instance hours would carry at their best rate */
};

/* Requests a second that an instance of an offer carries at its best for a workload: the mean of
 * the plan's candidates on it. */
static double rate_of_instance(const struct study *study, int workload, int offer) {
    const struct plan *plan = study->recommended.plan;
    int n_hours = study->demand.n_hours;
    double sum = 0, n = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        if (candidate->workload != workload || candidate->offer != offer ||
            candidate->kind != CANDIDATE_INSTANCE)
            continue;
        double hours = 0;
        for (int h = 0; h < n_hours; h++) {
            size_t at = (size_t)c * (size_t)n_hours + (size_t)h;
            hours += study->demand.weight[h] * (plan->regular[at] + plan->spot[at]);
        }
        n += hours;
        sum += hours * capacity_best_rate_per_replica(&study->capacities[c]) *
               candidate->replicas_per_instance;
    }
    return n > 0 ? sum / n : 0;
}

static void add_week(const struct replay_result *r, const double *rates, double times,
                     struct work_done *work) {
    work->finished += times * (double)r->finished;
    work->good += times * (double)r->good;
    work->input += times * (double)r->input_tokens;
    work->output += times * (double)r->output_tokens;
    work->good_output += times * (double)r->good_output_tokens;
    for (int p = 0; p < r->n_pools; p++)
        if (r->pools[p].instance_hours > 0)
            work->on_instances += times * (double)r->pool_requests[p];
    for (int g = 0; g < r->n_groups; g++) /* calls of stations are no requests */
        if (r->groups[g].aside)
            work->on_instances -= times * (double)r->groups[g].finished;
    for (int i = 0; i < r->ledger.n_rows; i++) {
        const struct usage_row *row = &r->ledger.rows[i];
        if (row->kind == USAGE_INSTANCE)
            work->full_load += times * (double)(row->to_s - row->from_s) * (double)row->quantity *
                               rates[row->offer];
    }
}

static struct work_done work_of(struct arena *arena, const struct study *study, int workload) {
    const struct demand *demand = &study->demand;
    double to_month = HOURS_PER_MONTH / demand->horizon_hours;
    double *rates = arena_new(arena, double, study->n_offers);
    struct work_done work = {0};
    for (int offer = 0; offer < study->n_offers; offer++)
        rates[offer] = rate_of_instance(study, workload, offer);
    for (int week = 0; week < demand->n_weeks; week++)
        add_week(&study->recommended.replays[workload * demand->n_weeks + week], rates,
                 demand->weeks[week].weight * to_month, &work);
    return work;
}

/* ---- cost ---- */

/* Of a workload, a month. */
struct work_cost {
    double input_usd, output_usd, rest_usd; /* billed by the token, and the rest: what it bears */
    double instance_usd, by_use_usd;        /* of its own rows, whoever bears them */
};

static double a_month(const struct study *study, usd_nano horizon) {
    return money_amount_usd(horizon) * HOURS_PER_MONTH / study->demand.horizon_hours;
}

static struct work_cost cost_of(const struct study *study, int workload) {
    const struct statement *statement = study->statement;
    struct work_cost cost = {0};
    for (int i = 0; i < study->allocation->n_shares; i++) {
        const struct allocation_share *share = &study->allocation->shares[i];
        if (share->row < 0 || study->allocation->payers[share->payer].workload != workload)
            continue;
        const struct statement_row *row = &statement->rows[share->row];
        double usd = a_month(study, share->amortised);
        bool by_token = row->kind == CHARGE_TOKENS && row->usage != USAGE_MODEL_UNIT_S;
        if (!by_token)
            cost.rest_usd += usd;
        else if (row->usage == USAGE_OUTPUT_TOKENS)
            cost.output_usd += usd;
        else
            cost.input_usd += usd;
    }
    for (int i = 0; i < statement->n_rows; i++) {
        const struct statement_row *row = &statement->rows[i];
        if (row->workload != workload || row->purchase != FOCUS_USAGE)
            continue;
        bool held = row->usage == USAGE_INSTANCE || usage_is_of_volume(row->usage) ||
                    row->kind == CHARGE_WEIGHTS;
        *(held ? &cost.instance_usd : &cost.by_use_usd) += a_month(study, row->effective);
    }
    return cost;
}

/* ---- units ---- */

static struct carbon_range scaled(struct carbon_range a, struct carbon_range b, double by) {
    return (struct carbon_range){(a.low + b.low) * by, (a.value + b.value) * by,
                                 (a.high + b.high) * by};
}

/* Tokens of what instances served: the others' energy is not known. */
static void measure_carbon(struct study_units *units, const struct study_carbon *carbon,
                           double instance_tokens) {
    units->carbon_known = carbon->known && instance_tokens > 0;
    if (!units->carbon_known)
        return;
    units->kwh_per_million_tokens =
        scaled(carbon->kwh, (struct carbon_range){0}, 1e6 / instance_tokens);
    units->kg_per_million_tokens =
        scaled(carbon->kg_operation, carbon->kg_embodied, 1e6 / instance_tokens);
}

static void measure_value(struct study_units *units, const struct workload_value *value) {
    units->business_units = units->usd_per_business_unit = NAN;
    units->worth_usd_per_month = units->return_on_cost = NAN;
    if (!value->unit)
        return;
    units->business_units = units->good_requests / value->requests_per_unit;
    units->usd_per_business_unit = ratio(units->usd_per_month, units->business_units);
    if (value->worth_usd > 0) {
        units->worth_usd_per_month = units->business_units * value->worth_usd;
        units->return_on_cost =
            ratio(units->worth_usd_per_month - units->usd_per_month, units->usd_per_month);
    }
}

static void measure_unit_costs(struct study_units *units, struct token_cost tokens) {
    double usd = units->usd_per_month;
    units->usd_per_million_input = ratio(1e6 * tokens.input_usd, units->input_tokens);
    units->usd_per_million_output = ratio(1e6 * tokens.output_usd, units->output_tokens);
    units->usd_per_thousand_requests = ratio(1e3 * usd, units->requests);
    units->usd_per_thousand_good_requests = ratio(1e3 * usd, units->good_requests);
    units->usd_per_million_good_output = ratio(1e6 * usd, units->good_output_tokens);
    double times = ratio(usd, units->full_load_usd_per_month);
    units->utilisation_tax = fabs(times - 1) < 1e-12 ? 0 : times - 1; /* no dust of sums */
}

/* The rows that are nobody's are divided as the rest of all workloads is. */
static void measure_all(struct arena *arena, const struct study *study, struct study_units *units,
                        struct token_cost tokens, double instance_tokens) {
    int n = study->demand.n_workloads;
    struct study_units *all = &units[n];
    double own = 0, beside = 0;
    for (int p = 0; p < study->allocation->n_payers; p++) {
        const struct payer_sum *sum = &study->allocation->sums[p];
        bool nobody = study->allocation->payers[p].workload < 0;
        if (study->allocation->payers[p].kind == PAYER_OTHERS)
            continue;
        double usd = a_month(study, sum->amortised - sum->by_kind[SHARE_BESIDE]);
        own += nobody ? usd : 0;
        beside += nobody ? 0 : usd;
    }
    all->usd_per_month = own + beside;
    double more = ratio(own, tokens.input_usd + tokens.output_usd);
    if (!isnan(more)) {
        tokens.input_usd *= 1 + more;
        tokens.output_usd *= 1 + more;
    }
    measure_unit_costs(all, tokens);
    struct study_carbon carbon = study_fleet_carbon(arena, study, &study->recommended);
    measure_carbon(all, &carbon, instance_tokens);
    measure_value(all, &(struct workload_value){0});
    for (int w = 0; w < n; w++) {
        double worth = units[w].worth_usd_per_month;
        if (isnan(worth))
            continue;
        all->worth_usd_per_month =
            (isnan(all->worth_usd_per_month) ? 0 : all->worth_usd_per_month) + worth;
    }
}

int study_units_told(const struct study *study) {
    int n = study->demand.n_workloads;
    double nobody = study->units[n].usd_per_month - study->units[0].usd_per_month;
    return n > 1 || !study_is_same_usd(study, nobody) ? n + 1 : n;
}

const struct study_units *study_measure_units(struct arena *arena, const struct study *study) {
    int n = study->demand.n_workloads;
    struct study_units *units = arena_new(arena, struct study_units, n + 1), *all = &units[n];
    struct token_cost sum = {0};
    double all_instance_tokens = 0;
    for (int w = 0; w < n; w++) {
        struct work_done work = work_of(arena, study, w);
        struct work_cost cost = cost_of(study, w);
        struct study_units *u = &units[w];
        struct token_cost tokens =
            token_cost_of(cost.input_usd, cost.output_usd, cost.rest_usd, work.input, work.output,
                          study->scenario.allocation.output_weight);
        double instance_tokens = (work.input + work.output) *
                                 (work.finished > 0 ? work.on_instances / work.finished : 0);
        double load = ratio(work.on_instances, work.full_load);
        *u = (struct study_units){.usd_per_month = cost.input_usd + cost.output_usd + cost.rest_usd,
                                  .requests = work.finished,
                                  .good_requests = work.good,
                                  .input_tokens = work.input,
                                  .output_tokens = work.output,
                                  .good_output_tokens = work.good_output,
                                  .full_load_usd_per_month =
                                      cost.by_use_usd +
                                      (cost.instance_usd > 0 ? cost.instance_usd * load : 0)};
        measure_unit_costs(u, tokens);
        measure_carbon(u, &study->recommended.carbon[w], instance_tokens);
        measure_value(u, &study->scenario.workloads[w].value);
        sum.input_usd += tokens.input_usd;
        sum.output_usd += tokens.output_usd;
        all_instance_tokens += instance_tokens;
        all->requests += u->requests;
        all->good_requests += u->good_requests;
        all->input_tokens += u->input_tokens;
        all->output_tokens += u->output_tokens;
        all->good_output_tokens += u->good_output_tokens;
        all->full_load_usd_per_month += u->full_load_usd_per_month;
    }
    measure_all(arena, study, units, sum, all_instance_tokens);
    return units;
}
