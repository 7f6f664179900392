/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resolve and check the input (market), solve the programme (hourly_lp), find whole instances
 * (whole), write the result down hour by hour (plan_table), explain. */
#include "solver/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "solver/coupled.h"
#include "solver/explain.h"
#include "solver/hourly_lp.h"
#include "solver/infeasible.h"
#include "solver/model_units.h"
#include "solver/plan_table.h"
#include "solver/whole.h"

bool plan_lp_bound(struct arena *arena, const struct plan_input *input, double *usd_per_hour,
                   bool *feasible, struct err *err) {
    struct arena scratch = {0};
    struct market market;
    struct hourly_lp hourly;
    struct lp_solution solution;
    (void)arena;
    bool solved = market_open(&scratch, input, &market, err) &&
                  hourly_lp_solve(&scratch, &market, &hourly, &solution, err);
    if (solved) {
        *feasible = solution.status == LP_OPTIMAL;
        *usd_per_hour = *feasible ? solution.objective : 0;
    }
    arena_release(&scratch);
    return solved;
}

/* What whoever solves the file has to know to compare its optimum with what the program prints. */
static const char *lp_note(struct arena *arena, const struct plan_input *input) {
    const struct plan_loss *loss = &input->loss;
    struct text note = {.arena = arena};
    text_append_string(&note, "USD an hour, mean over the horizon: 730 of them are a month\n");
    if (input->carbon != NULL && input->carbon->usd_per_kg > 0)
        text_printf(&note,
                    "the objective is money + %.9g USD x each kg CO2e emitted; the theoretical "
                    "minimum that headroom prints is of money alone\n",
                    input->carbon->usd_per_kg);
    if (loss->instance)
        text_append_string(&note, "demand rows ask for one instance more, which may be lost\n");
    if (loss->zones > 1)
        text_printf(&note, "instances count as what is left of them without one of %d zones\n",
                    loss->zones);
    if (loss->spot)
        text_append_string(&note, "what is not on spot carries the demand alone\n");
    if (loss->instance || loss->zones > 1 || loss->spot)
        text_append_string(&note,
                           "spare is what SIZE counts; the replay that loses it is the judge, "
                           "and headroom run adds where the target is missed\n");
    text_append_string(&note, "what couples consecutive hours (launches, minimum times) is no row: "
                              "the replay meets it\n");
    return note.data;
}

bool plan_write_lp(struct arena *arena, const struct plan_input *input, struct text *out,
                   struct err *err) {
    struct market market;
    struct hourly_lp hourly;
    (void)arena;
    struct arena scratch = {0};
    bool written = market_open(&scratch, input, &market, err);
    if (written) {
        hourly_lp_build(&scratch, &market, RELAX_NOTHING, 0, &hourly);
        hourly.lp.note = lp_note(&scratch, input);
        written = lp_write(&hourly.lp, out, err);
    }
    arena_release(&scratch);
    return written;
}

static bool say_infeasible(struct arena *arena, struct arena *scratch, const struct market *market,
                           int slot, int workload, struct plan *out, struct err *err) {
    plan_table_open(arena, market, out);
    if (market->in->unexplained)
        return true;
    bool unserved = infeasible_unserved(scratch, market, out->infeasible);
    if ((!unserved || infeasible_by_policy(market)) &&
        !infeasible_explain(scratch, market, slot, workload, out->infeasible, err))
        return false;
    explain_rejections(arena, market, NULL, NULL, NULL, out);
    return true;
}

static bool say_coupling(struct arena *arena, struct arena *scratch, const struct market *market,
                         struct coupling_gap gap, struct plan *out, struct err *err) {
    plan_table_open(arena, market, out);
    if (!infeasible_coupling(scratch, market, &gap, out->infeasible, err))
        return false;
    explain_rejections(arena, market, NULL, NULL, NULL, out);
    return true;
}

/* The first hour in which nothing covers an instance although on demand is not allowed, and the
 * workload that it is for; -1: none. */
static int first_forbidden_hour(const struct market *market, const struct plan *plan,
                                int *workload) {
    const struct demand *demand = market->in->demand;
    int first = -1;
    for (int c = 0; c < market->in->n_candidates && !market->in->allow_on_demand; c++)
        for (int h = 0; h < demand->n_hours; h++) {
            int at = c * demand->n_hours + h;
            if (plan->regular[at] - plan->reserved[at] - plan->covered[at] <= 1e-3)
                continue;
            if (first < 0 || h < first) {
                first = h;
                *workload = market->in->candidates[c].workload;
            }
            break;
        }
    return first;
}

/* The first slot in which more runs than can be had, and what lacks most there; -1: none. */
static int first_beyond_supply(struct arena *scratch, const struct market *market,
                               const struct whole *whole, int *limit) {
    double *units = arena_new(scratch, double, market->n_goods);
    for (int s = 0; s < market->n_slots && market->in->n_supply > 0; s++) {
        fleet_units(market, &whole->fleet, s, units);
        if (market_beyond_supply(market, s, units, whole->amount, limit) > 1e-6)
            return s;
    }
    return -1;
}

static int workload_on(const struct market *market, int limit) {
    for (int m = 0; m < market->n_machines; m++)
        if (market->goods[market->machines[m].good].supply == limit)
            return market->machines[m].workload;
    return 0;
}

/* The least that any plan costs, whatever it emits: the programme without a price of carbon. */
static bool solve_unpriced(struct arena *arena, const struct market *market,
                           struct hourly_lp *hourly, struct lp_solution *solution,
                           struct err *err) {
    struct market *money = arena_new(arena, struct market, 1);
    *money = *market;
    money->machines = arena_new(arena, struct machine, market->n_machines);
    for (int m = 0; m < market->n_machines; m++) {
        money->machines[m] = market->machines[m];
        money->machines[m].extra_usd = 0;
    }
    return hourly_lp_solve(arena, money, hourly, solution, err);
}

/* The price of an hour's carbon. */
static double hour_carbon_usd(const struct market *market, const struct plan *plan, int h) {
    double usd = 0;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        double runs = market_spot_runs(market, machine, market->slot_of_hour[h]);
        usd += (market_regular_in(market, plan, m, h) + market_spot_in(market, plan, m, h) * runs) *
               machine->extra_usd;
    }
    return usd;
}

static double mean_carbon_usd(const struct market *market, const struct plan *plan) {
    const struct demand *demand = market->in->demand;
    double sum = 0, weights = 0;
    for (int h = 0; h < demand->n_hours; h++) {
        sum += demand->weight[h] * hour_carbon_usd(market, plan, h);
        weights += demand->weight[h];
    }
    return sum / weights;
}

const struct plan_carbon *plan_carbon_price(struct arena *arena, const struct plan_carbon *carbon) {
    if (carbon == NULL || carbon->usd_per_kg <= 0)
        return NULL;
    struct plan_carbon *price = arena_new(arena, struct plan_carbon, 1);
    *price = *carbon;
    price->kg_max = INFINITY;
    return price;
}

/* The plan of what was found, without what the programme and the reasons say of it. */
static void fill_tables(struct arena *arena, struct arena *scratch, const struct market *market,
                        const struct whole *whole, struct plan *out) {
    plan_table_open(arena, market, out);
    plan_table_fill(arena, scratch, market, &whole->fleet, whole->amount, out);
    double *bought = arena_new(arena, double, market->n_pools);
    for (int p = market->n_owned; p < market->n_pools; p++)
        bought[p - market->n_owned] = whole->amount[p];
    out->bought = bought;
    out->n_bought = market->n_pools - market->n_owned;
}

/* --- which model units are worth all of their time --- */

struct choice {
    struct plan plan; /* its tables, before units are held */
    struct whole whole;
    double usd;         /* an hour, with all of the time of its units and the price of carbon */
    bool fits;          /* else the rest is not set */
    bool *closed;       /* [n_candidates] units that it may not hold; NULL: none */
    const char **words; /* [n_candidates] why; NULL: all may be held */
};

static double held_usd(struct arena *arena, const struct market *market, const struct plan *plan) {
    struct plan held = *plan;
    model_units_hold(arena, market->in, &held);
    return held.usd_per_hour + mean_carbon_usd(market, plan);
}

/* The market without what some candidates offer by use: nothing that plans cover. */
static const struct market *without_uses(struct arena *arena, const struct market *market,
                                         const bool *closed) {
    struct market *less = arena_new(arena, struct market, 1);
    int *now = arena_new(arena, int, market->n_uses);
    *less = *market;
    less->n_uses = 0;
    less->uses = arena_new(arena, struct use, market->n_uses);
    for (int u = 0; u < market->n_uses; u++) {
        now[u] = less->n_uses;
        if (!closed[market->uses[u].candidate])
            less->uses[less->n_uses++] = market->uses[u];
    }
    less->goods = arena_new(arena, struct good, market->n_goods);
    for (int g = 0; g < market->n_goods; g++) {
        less->goods[g] = market->goods[g];
        less->goods[g].use = market->goods[g].use < 0 ? -1 : now[market->goods[g].use];
    }
    return less;
}

static bool try_closed(struct arena *arena, struct arena *scratch, const struct market *market,
                       struct choice *trial, struct err *err) {
    const struct market *less = without_uses(scratch, market, trial->closed);
    struct hourly_lp *hourly = arena_new(scratch, struct hourly_lp, 1);
    struct lp_solution solution;
    struct coupling_gap gap;
    int limit, workload;
    trial->fits = false;
    if (!hourly_lp_solve(scratch, less, hourly, &solution, err))
        return false;
    if (solution.status == LP_INFEASIBLE)
        return true;
    if (!coupled_plan(scratch, less, hourly, &solution, &trial->whole, &gap, err))
        return false;
    if (trial->whole.failed_slot >= 0 || gap.coupling >= 0)
        return true;
    trial->plan = (struct plan){0};
    fill_tables(arena, scratch, less, &trial->whole, &trial->plan);
    trial->fits = first_forbidden_hour(less, &trial->plan, &workload) < 0 &&
                  first_beyond_supply(scratch, less, &trial->whole, &limit) < 0;
    trial->usd = trial->fits ? held_usd(scratch, market, &trial->plan) : INFINITY;
    return true;
}

/* Units that the plan holds, or that the next one may. */
enum others { OTHERS_CLOSED, OTHERS_OPEN };

static bool holds(const struct plan_input *in, const struct plan *plan, int c) {
    bool sent = false;
    for (int h = 0; h < in->demand->n_hours; h++)
        sent = sent || plan->overflow_share[c * in->demand->n_hours + h] > 0;
    return sent;
}

/* The plan without the units of `c` (-1: without any), and only with others that `best` holds or
 * with all. Kept where it is cheaper. */
static bool try_without(struct arena *arena, struct arena *scratch, const struct market *market,
                        int c, enum others others, struct choice *best, struct err *err) {
    const struct plan_input *in = market->in;
    struct choice trial = {.closed = arena_new(scratch, bool, in->n_candidates),
                           .words = arena_new(arena, const char *, in->n_candidates)};
    for (int k = 0; k < in->n_candidates; k++)
        trial.closed[k] =
            model_units_may_close(in, k) &&
            (k == c || c < 0 || (others == OTHERS_CLOSED && !holds(in, &best->plan, k)));
    if (!try_closed(arena, scratch, market, &trial, err))
        return false;
    if (!trial.fits || trial.usd >= best->usd * (1 - 1e-9))
        return true;
    for (int k = 0; k < in->n_candidates; k++) {
        struct plan_commitment held;
        trial.words[k] = best->words[k];
        if (trial.closed[k] && model_units_held(scratch, in, &best->plan, k, &held))
            trial.words[k] = model_units_closed_words(arena, &held, best->usd, trial.usd);
    }
    *best = trial;
    return true;
}

/* One step to a cheaper plan: first without what saves least for its money. */
static bool leave_one(struct arena *arena, struct arena *scratch, const struct market *market,
                      struct choice *best, struct err *err) {
    const struct plan_input *in = market->in;
    bool *tried = arena_new(scratch, bool, in->n_candidates);
    double before = best->usd;
    int n_held = 0, n_others = 0;
    for (int k = 0; k < in->n_candidates; k++) {
        n_held += model_units_may_close(in, k) && holds(in, &best->plan, k);
        n_others += model_units_may_close(in, k) && !holds(in, &best->plan, k);
    }
    for (int c = 0; c >= 0 && best->usd == before;) {
        c = model_units_weakest(scratch, in, &best->plan, tried);
        if (c < 0 || market_is_stopped(market))
            return true;
        tried[c] = true;
        if (!try_without(arena, scratch, market, c, OTHERS_CLOSED, best, err))
            return false;
        if (n_others > 0 && best->usd == before &&
            !try_without(arena, scratch, market, c, OTHERS_OPEN, best, err))
            return false;
    }
    return n_held < 2 || best->usd < before ||
           try_without(arena, scratch, market, -1, OTHERS_CLOSED, best, err);
}

/* The programme weighs units by the request, a bound (solver/use_price.h): those that are not worth
 * all of their time are left as long as the plan gets cheaper by it. */
static bool leave_units(struct arena *arena, struct arena *scratch, const struct market *market,
                        struct choice *best, struct err *err) {
    const struct plan_input *in = market->in;
    bool any = false;
    for (int c = 0; c < in->n_candidates; c++)
        any = any || (model_units_may_close(in, c) && holds(in, &best->plan, c));
    if (!any)
        return true;
    best->words = arena_new(arena, const char *, in->n_candidates);
    best->usd = held_usd(scratch, market, &best->plan);
    double before;
    do {
        before = best->usd;
        if (!leave_one(arena, scratch, market, best, err))
            return false;
    } while (best->usd < before);
    for (int c = 0; c < in->n_candidates; c++)
        if (best->closed && best->closed[c] && !best->words[c])
            best->words[c] = model_units_unheld_words(arena, best->usd);
    return true;
}

/* --- the plan --- */

static bool fill_plan(struct arena *arena, struct arena *scratch, const struct market *market,
                      const struct hourly_lp *hourly, const struct lp_solution *solution,
                      const struct whole *whole, struct plan *out, struct err *err) {
    fill_tables(arena, scratch, market, whole, out);
    int workload, hour = first_forbidden_hour(market, out, &workload);
    if (hour >= 0)
        return say_infeasible(arena, scratch, market, market->slot_of_hour[hour], workload, out,
                              err);
    int limit, slot = first_beyond_supply(scratch, market, whole, &limit);
    if (slot >= 0)
        return say_infeasible(arena, scratch, market, slot, workload_on(market, limit), out, err);
    struct choice best = {.plan = *out, .whole = *whole};
    if (!leave_units(arena, scratch, market, &best, err))
        return false;
    *out = best.plan;
    double *lp_hours = arena_new(arena, double, market->in->demand->n_hours);
    hourly_lp_hours(hourly, solution, lp_hours);
    out->feasible = true;
    out->lp_hour_usd = lp_hours;
    /* What its carbon costs is in no figure of money: it is taken off the programme's too, which is
     * then the least that plans cost which emit no more. */
    out->carbon_usd_per_hour = mean_carbon_usd(market, out);
    for (int h = 0; h < market->in->demand->n_hours; h++)
        lp_hours[h] -= hour_carbon_usd(market, out, h);
    out->lp_priced_usd_per_hour = solution->objective;
    out->lp_usd_per_hour = solution->objective - out->carbon_usd_per_hour;
    if (out->carbon_usd_per_hour > 0) {
        struct hourly_lp *money = arena_new(scratch, struct hourly_lp, 1);
        struct lp_solution unpriced;
        if (!solve_unpriced(scratch, market, money, &unpriced, err))
            return false;
        if (unpriced.status == LP_OPTIMAL && unpriced.objective > out->lp_usd_per_hour) {
            out->lp_usd_per_hour = unpriced.objective;
            hourly_lp_hours(money, &unpriced, lp_hours);
        }
    }
    out->incomplete = hourly->incomplete || market_is_stopped(market);
    /* The plan is feasible in the programme, so it cannot be cheaper. */
    ENSURE(out->usd_per_hour >= out->lp_usd_per_hour - 1e-6 * (1 + out->lp_usd_per_hour));
    /* Settling hours can only find something cheaper (where a search ended on its node budget), but
     * for spot that stays in a zone because moving costs more. */
    bool stays = out->spot_in_zone != NULL && market->in->spot->move_hours > 0;
    ENSURE(stays || out->usd_per_hour <= best.whole.cost + 1e-6 * (1 + best.whole.cost));
    explain_rejections(arena, market, best.whole.amount, best.whole.alone_usd, best.words, out);
    model_units_hold(arena, market->in, out);
    out->gap = out->usd_per_hour > 0
                   ? fmax(0, (out->usd_per_hour - out->lp_usd_per_hour) / out->usd_per_hour)
                   : 0;
    return true;
}

/* From here on exactly what is told is bought. */
static bool fix_bought(struct market *market, struct err *err) {
    const struct plan_input *in = market->in;
    if (in->bought == NULL)
        return true;
    if (in->n_bought != market->n_pools - market->n_owned)
        return err_set(err, ERR_BUG, "%d amounts are told to be bought and %d commitments are sold",
                       in->n_bought, market->n_pools - market->n_owned);
    for (int p = market->n_owned; p < market->n_pools; p++) {
        market->pools[p].fixed = true;
        market->pools[p].amount = in->bought[p - market->n_owned];
    }
    return true;
}

static bool solve_in(struct arena *arena, struct arena *scratch, const struct plan_input *input,
                     struct plan *out, struct err *err) {
    /* Names and reasons of the market end up in the plan, so it lives in the caller's arena. */
    struct market market;
    if (!market_open(arena, input, &market, err))
        return false;
    char unserved[INFEASIBLE_TEXT];
    if (infeasible_unserved(scratch, &market, unserved))
        return say_infeasible(arena, scratch, &market, -1, -1, out, err);
    struct hourly_lp hourly;
    struct lp_solution solution;
    if (!hourly_lp_solve(scratch, &market, &hourly, &solution, err))
        return false;
    struct market loose = market; /* without limits over many hours */
    loose.n_couplings = 0;
    if (solution.status == LP_INFEASIBLE && market.n_couplings > 0 &&
        !hourly_lp_solve(scratch, &loose, &hourly, &solution, err))
        return false;
    if (solution.status == LP_INFEASIBLE)
        return say_infeasible(arena, scratch, &market, -1, -1, out, err);
    if (!fix_bought(&market, err))
        return false;
    struct whole whole;
    struct coupling_gap gap;
    if (!coupled_plan(scratch, &market, &hourly, &solution, &whole, &gap, err))
        return false;
    if (whole.failed_slot >= 0 && input->bought != NULL) {
        plan_table_open(arena, &market, out);
        snprintf(out->infeasible, sizeof out->infeasible,
                 "with what it is told to buy no plan keeps every limit");
        return true;
    }
    if (whole.failed_slot >= 0)
        return say_infeasible(arena, scratch, &market, whole.failed_slot, whole.failed_workload,
                              out, err);
    if (gap.coupling >= 0)
        return say_coupling(arena, scratch, &market, gap, out, err);
    return fill_plan(arena, scratch, &market, &hourly, &solution, &whole, out, err);
}

bool plan_solve(struct arena *arena, const struct plan_input *input, struct plan *out,
                struct err *err) {
    struct arena scratch = {0};
    struct plan plan = {0};
    bool solved = solve_in(arena, &scratch, input, &plan, err);
    if (solved && !plan.feasible && input->stop != NULL && *input->stop != 0) {
        /* A search that was cut short has not shown that there is no plan. */
        struct plan_input patient = *input;
        patient.stop = NULL;
        arena_release(&scratch);
        solved = solve_in(arena, &scratch, &patient, &plan, err);
    }
    if (solved)
        *out = plan;
    arena_release(&scratch);
    return solved;
}

bool plan_sell(struct arena *arena, const struct plan_input *input, enum plan_rounding rounding,
               int n, double *amount, struct commitment *held, int *n_held, struct err *err) {
    struct market market;
    if (!market_open(arena, input, &market, err))
        return false;
    if (n != market.n_pools - market.n_owned)
        return err_set(err, ERR_BUG, "%d amounts and %d commitments for sale", n,
                       market.n_pools - market.n_owned);
    *n_held = 0;
    for (int a = 0; a < n; a++) {
        const struct pool *pool = &market.pools[market.n_owned + a];
        double steps = amount[a] / pool->step;
        amount[a] = pool->step * (rounding == PLAN_DOWN ? floor(steps + 1e-6)
                                  : rounding == PLAN_UP ? ceil(steps - 1e-6)
                                                        : round(steps));
        if (amount[a] > 0)
            held[(*n_held)++] = plan_table_as_sold(arena, &market, market.n_owned + a,
                                                   pool->zonal ? 1 : 0, amount[a]);
    }
    return true;
}

bool plan_price_hours(struct arena *arena, const struct plan_input *input, double *hour_usd,
                      bool *feasible, struct err *err) {
    struct plan_input *held = arena_new(arena, struct plan_input, 1);
    struct market market;
    *held = *input;
    held->n_terms = held->n_capacity = held->n_budgets = held->n_supply = 0;
    held->carbon = plan_carbon_price(arena, input->carbon);
    if (!market_open(arena, held, &market, err))
        return false;
    double *slot_usd = arena_new(arena, double, market.n_slots);
    *feasible = whole_slots(arena, &market, slot_usd);
    for (int h = 0; *feasible && h < input->demand->n_hours; h++)
        hour_usd[h] = slot_usd[market.slot_of_hour[h]];
    return true;
}

/* --- a given fleet --- */

/* What a fleet costs does not depend on what it can carry nor on what the plan may choose. */
static struct plan_input priced_as_given(struct arena *arena, const struct plan_input *input) {
    struct plan_input given = *input;
    struct capacity *capacities = arena_new(arena, struct capacity, input->n_candidates);
    memcpy(capacities, input->capacities, (size_t)input->n_candidates * sizeof *capacities);
    for (int c = 0; c < input->n_candidates; c++)
        if (!capacities[c].feasible) {
            capacities[c].feasible = true;
            capacities[c].n_points = 1;
            capacities[c].points[0] = (struct capacity_point){.replicas = 1, .rate_per_second = 1};
        }
    given.capacities = capacities;
    given.allow_on_demand = given.allow_spot = true;
    given.policy.spot_share_max = 1;
    given.policy.term_years_max = given.policy.term_years_max > 0 ? given.policy.term_years_max : 1;
    given.policy.coverage_max = 1;
    given.n_terms = given.n_capacity = given.n_quotas = given.n_supply = given.n_budgets = 0;
    given.carbon = NULL;
    return given;
}

void plan_price_fleet(struct arena *arena, const struct plan_input *input, const int32_t *regular,
                      const int32_t *spot, const int32_t *spot_in_zone,
                      const double *overflow_share, struct plan *out) {
    struct plan_input *given = arena_new(arena, struct plan_input, 1);
    *given = priced_as_given(arena, input);
    struct market market;
    struct err err = {0};
    ENSURE(market_open(arena, given, &market, &err));
    *out = (struct plan){.feasible = true};
    plan_table_open(arena, &market, out);
    plan_table_price(arena, &market, regular, spot, spot_in_zone, overflow_share, out);
    model_units_hold(arena, input, out);
}

static double mean_rate(const struct market *market, int workload) {
    double mean = 0;
    for (int s = 0; s < market->n_slots; s++)
        mean += market->share[s] * market->demand[workload * market->n_slots + s];
    return mean;
}

/* Held at its peak all week, or paid per use. INFINITY: cannot carry the peak. */
static double peak_usd(const struct market *market, const struct machine *machine,
                       const struct use *use) {
    if (machine != NULL) {
        int n = market_instances(market, machine, market->peak[machine->workload]);
        double out = (machine->way_out_usd - machine->volume_usd) / machine->rate *
                     mean_rate(market, machine->workload);
        double usd = market->goods[machine->good].on_demand_usd + machine->volume_usd;
        return n == INT32_MAX ? INFINITY : n * usd + out;
    }
    if (use->rate_max < market->peak[use->workload] * (1 - MARKET_SLACK))
        return INFINITY;
    return 3600 * use->usd_per_request * mean_rate(market, use->workload);
}

/* The largest rate of a workload in the planning week that holds an hour. */
static double week_peak(const struct demand *demand, int workload, int hour) {
    int per_week = demand->n_weeks > 0 ? demand->n_hours / demand->n_weeks : demand->n_hours;
    int first = hour - hour % per_week;
    double peak = 0;
    for (int h = first; h < first + per_week; h++)
        peak = fmax(peak, demand->rate_per_second[workload * demand->n_hours + h]);
    return peak;
}

/* Of model units that are bought for months: nothing that is had on demand. */
static bool has_term(const struct market *market, int use) {
    const struct candidate *candidate = &market->in->candidates[market->uses[use].candidate];
    return offer_tier_term_months(market->in->offers[candidate->offer].tier) > 0;
}

bool plan_peak_fleet(struct arena *arena, const struct plan_input *input, int32_t *regular,
                     double *overflow_share) {
    struct plan_input *open = arena_new(arena, struct plan_input, 1);
    *open = *input;
    open->allow_on_demand = true;
    open->n_terms = open->n_capacity = open->n_quotas = open->n_supply = open->n_owned = 0;
    open->n_budgets = 0;
    open->carbon = NULL;
    struct market market;
    struct err err = {0};
    if (!market_open(arena, open, &market, &err))
        return false;
    int n_hours = input->demand->n_hours;
    size_t cells = (size_t)input->n_candidates * (size_t)n_hours;
    memset(regular, 0, cells * sizeof *regular);
    for (size_t i = 0; i < cells; i++)
        overflow_share[i] = 0;
    for (int w = 0; w < input->demand->n_workloads; w++) {
        const struct machine *machine = NULL;
        const struct use *use = NULL;
        double best = INFINITY;
        for (int m = 0; m < market.n_machines; m++)
            if (market.machines[m].workload == w &&
                peak_usd(&market, &market.machines[m], NULL) < best) {
                machine = &market.machines[m];
                best = peak_usd(&market, machine, NULL);
            }
        for (int pass = 0; pass < 2 && (pass == 0 || !isfinite(best)); pass++)
            for (int u = 0; u < market.n_uses; u++)
                if (market.uses[u].workload == w && has_term(&market, u) == (pass == 1) &&
                    peak_usd(&market, NULL, &market.uses[u]) < best) {
                    use = &market.uses[u];
                    best = peak_usd(&market, NULL, use);
                }
        if (!isfinite(best))
            return false;
        for (int h = 0; h < n_hours; h++) {
            if (use != NULL)
                overflow_share[use->candidate * n_hours + h] = 1;
            else
                regular[machine->candidate * n_hours + h] =
                    market_instances(&market, machine, week_peak(input->demand, w, h));
        }
    }
    return true;
}
