/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Futures are cells by index: a future and all plans in it, each in the worker's arena. */
#include "scenarios/study_futures.h"

#include <math.h>
#include <string.h>

#include "base/workers.h"
#include "scenarios/future_frame.h"
#include "scenarios/study_answers.h"
#include "scenarios/study_hedge.h"
#include "scenarios/study_held.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"

enum { TERCILES = 3 };

#define FLIP_SHARE 0.01
#define WORST_SHARE 0.05
const double future_quantiles[FUTURE_QUANTILES] = {0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975};

/* What is fixed in a plan: commitments; hours are chosen anew. */
struct fixed_plan {
    const char *name;
    int n;
    const struct commitment *held; /* [n] */
    bool without_spot;
    bool today;      /* the fleet of the baseline, and on demand what it lacks */
    double more_usd; /* an hour: its bill above what its hours cost, as planned */
};

struct futures {
    struct study *study;
    struct future_frame frame;
    int n_plans;
    struct fixed_plan plans[FUTURE_PLANS_MAX];
    struct fixed_plan wait[TERCILES]; /* after the wait, by the growth seen */
    int32_t *regular, *spot;          /* of today's fleet, when one is given */
    const double *overflow;
    int n_cells;
    double **z; /* [n_cells] as future_frame.h has it */
    /* [n_cells * (FUTURE_PLANS_MAX + 1) * n_weeks] USD per hour; the last plan is the wait's, from
     * then on. NAN: nothing carries the demand */
    double *week_usd;
};

enum { WAITED = FUTURE_PLANS_MAX };

static double *cell_weeks(const struct futures *f, int cell, int plan) {
    size_t at = (size_t)cell * (FUTURE_PLANS_MAX + 1) + (size_t)plan;
    return f->week_usd + at * (size_t)f->study->demand.n_weeks;
}

/* Requests/s that today's fleet carries of a workload. */
static double todays_capacity(const struct futures *f, const struct plan_input *input,
                              int workload) {
    double rate = 0;
    size_t n_hours = (size_t)f->study->demand.n_hours;
    for (int c = 0; c < input->n_candidates; c++) {
        const struct candidate *candidate = &input->candidates[c];
        size_t at = (size_t)c * n_hours; /* the same in all hours */
        int n = f->regular[at] + f->spot[at];
        if (candidate->workload == workload && candidate->kind == CANDIDATE_INSTANCE)
            rate += capacity_rate(&input->capacities[c], n * candidate->replicas_per_instance);
    }
    return rate;
}

/* Today's fleet runs as it is; what it lacks runs on whatever is cheapest by the hour. */
static bool cost_of_today(struct arena *arena, const struct futures *f,
                          const struct plan_input *future, const double *z, double *week_usd,
                          struct err *err) {
    struct plan_input *input = arena_new(arena, struct plan_input, 1);
    struct plan plan;
    *input = *future;
    input->demand = future_demand(arena, &f->frame, &f->study->demand, z);
    input->way_out_usd_per_request = study_ways_out(arena, f->study, &f->study->demand);
    input->owned_left = f->study->plan_input.owned_left;
    input->spot = f->study->plan_input.spot;
    plan_price_fleet(arena, input, f->regular, f->spot, NULL, f->overflow, &plan);
    struct plan_input lacking = *future;
    struct demand *demand = arena_new(arena, struct demand, 1);
    int n_hours = future->demand->n_hours;
    *demand = *future->demand;
    demand->rate_per_second = arena_new(arena, double, demand->n_workloads *n_hours);
    double missing = 0;
    for (int w = 0; w < demand->n_workloads; w++) {
        double carried = todays_capacity(f, future, w);
        for (int h = 0; h < n_hours; h++) {
            double *rate = &demand->rate_per_second[w * n_hours + h];
            *rate = fmax(future->demand->rate_per_second[w * n_hours + h] - carried, 0);
            missing += *rate;
        }
    }
    lacking.demand = demand;
    lacking.n_owned = 0;
    lacking.way_out_usd_per_request = NULL; /* that of all answers is in `plan` */
    double *more = arena_new(arena, double, demand->n_weeks);
    if (missing > 0 && !future_cost(arena, &lacking, more, err))
        return false;
    future_week_means(&f->study->demand, plan.hour_usd, week_usd);
    for (int week = 0; week < demand->n_weeks; week++)
        week_usd[week] += more[week];
    return true;
}

/* The cheapest single choice at the peak of this future. */
static bool cost_of_peak(struct arena *arena, const struct futures *f,
                         const struct plan_input *future, const double *z, double *week_usd) {
    struct plan_input *input = arena_new(arena, struct plan_input, 1);
    size_t n = (size_t)future->n_candidates * (size_t)f->study->demand.n_hours;
    int32_t *regular = arena_new(arena, int32_t, n), *spot = arena_new(arena, int32_t, n);
    double *overflow = arena_new(arena, double, n);
    struct plan plan;
    *input = *future;
    const struct demand *expected = study_split_demand(arena, f->study, &f->study->demand);
    input->demand = future_demand(arena, &f->frame, expected, z);
    input->way_out_usd_per_request = study_ways_out(arena, f->study, expected);
    input->owned_left = f->study->plan_input.owned_left;
    input->spot = f->study->plan_input.spot;
    if (!study_peak_fleet(arena, f->study, input, regular, overflow)) {
        future_no_cost(input->demand->n_weeks, week_usd);
        return true;
    }
    plan_price_fleet(arena, input, study_with_fallbacks(arena, f->study, regular), spot, NULL,
                     overflow, &plan);
    future_week_means(input->demand, plan.hour_usd, week_usd);
    return true;
}

static bool cost_of_plan(struct arena *arena, const struct futures *f,
                         const struct fixed_plan *plan, const double *z, double *week_usd,
                         struct err *err) {
    struct plan_input *input = arena_new(arena, struct plan_input, 1);
    *input = future_input(arena, &f->frame, z);
    if (plan->today && f->regular)
        return cost_of_today(arena, f, input, z, week_usd, err);
    if (plan->today)
        return cost_of_peak(arena, f, input, z, week_usd);
    if (plan->without_spot)
        input->allow_spot = false;
    future_hold(arena, plan->n, plan->held, input);
    return future_cost(arena, input, week_usd, err);
}

/* Whether a plan for what is planned may hold these amounts: a plan made for another future keeps
 * the policy's limits (coverage, upfront, budgets) there, and may break them here. */
static bool keeps_limits(struct arena *arena, const struct futures *f, const struct plan *of,
                         bool *kept, struct err *err) {
    struct plan_input *input = arena_new(arena, struct plan_input, 1);
    struct plan *plan = arena_new(arena, struct plan, 1);
    *input = future_input(arena, &f->frame, future_as_planned(arena, &f->frame));
    future_open_sale(&f->frame, input);
    input->bought = of->bought;
    input->n_bought = of->n_bought;
    input->unexplained = true;
    if (!plan_solve(arena, input, plan, err))
        return false;
    *kept = plan->feasible;
    return true;
}

/* Commitments of a whole plan for a future, for the months from `from_month` on. *feasible false:
 * nothing carries it; or, of a choice for all months, what is planned rules it out. */
static bool choose_for(struct arena *arena, const struct futures *f, const double *z,
                       int from_month, struct fixed_plan *out, bool *feasible, struct err *err) {
    struct plan_input *input = arena_new(arena, struct plan_input, 1);
    *input = future_input(arena, &f->frame, z);
    future_open_sale(&f->frame, input);
    struct demand *demand = arena_new(arena, struct demand, 1);
    *demand = *input->demand;
    demand->weight = arena_new(arena, double, demand->n_hours);
    for (int h = 0; h < demand->n_hours; h++) {
        int week = h / (demand->n_hours / demand->n_weeks);
        double hours = 0;
        for (int m = from_month; m < demand->n_months; m++)
            hours += demand->month_hours[m * demand->n_weeks + week];
        double share = hours / (HOURS_PER_WEEK * demand->weeks[week].weight);
        demand->weight[h] = fmax(input->demand->weight[h] * share, 1e-6);
    }
    input->demand = demand;
    struct plan *plan = arena_new(arena, struct plan, 1);
    if (!plan_solve(arena, input, plan, err))
        return false;
    out->held = study_bought(arena, plan, &out->n);
    *feasible = plan->feasible;
    return !plan->feasible || from_month > 0 || plan->n_bought == 0 ||
           keeps_limits(arena, f, plan, feasible, err);
}

/* ---- a cell ---- */

static int tercile(double z) {
    static const double edge = 0.4307272992954576; /* the standard normal's quantile 2/3 */
    return z < -edge ? 0 : z > edge ? 2 : 1;
}

static void run_cell(void *context, int cell, struct arena *scratch) {
    struct futures *f = context;
    struct err err;
    const double *z = f->z[cell];
    int n_weeks = f->study->demand.n_weeks;
    for (int p = 0; p < f->n_plans; p++)
        if (!cost_of_plan(scratch, f, &f->plans[p], z, cell_weeks(f, cell, p), &err))
            future_no_cost(n_weeks, cell_weeks(f, cell, p));
    const struct fixed_plan *wait = &f->wait[tercile(z[FUTURE_GROWTH])];
    if (wait->name && !cost_of_plan(scratch, f, wait, z, cell_weeks(f, cell, WAITED), &err))
        future_no_cost(n_weeks, cell_weeks(f, cell, WAITED));
}

static int scenario_workload(const struct futures *f, int solver_workload) {
    return study_split_of(f->study, solver_workload);
}

/* The candidate with most instance hours in the plan; -1: none runs. */
static int main_candidate(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    int best = -1, n_hours = study->demand.n_hours;
    double most = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        double hours = 0;
        for (int h = 0; h < n_hours; h++)
            hours += study->demand.weight[h] *
                     (plan->regular[c * n_hours + h] + plan->spot[c * n_hours + h]);
        if (hours > most) {
            most = hours;
            best = c;
        }
    }
    return best;
}

static void assume(struct arena *arena, struct futures *f) {
    struct study *study = f->study;
    struct study_futures *out = &study->futures;
    int n = f->frame.base.demand->n_workloads;
    for (int w = 0; w < n; w++) {
        const struct workload *workload = &study->scenario.workloads[scenario_workload(f, w)];
        struct future_assumption *growth = &out->inputs[FUTURE_GROWTH];
        if (f->frame.growth[w].low < f->frame.growth[w].high && !growth->known)
            *growth = (struct future_assumption){
                f->frame.growth[w], true,
                arena_printf(arena, "growth interval of %s", workload->name)};
    }
    if (!out->inputs[FUTURE_GROWTH].known)
        out->inputs[FUTURE_GROWTH] =
            (struct future_assumption){f->frame.growth[0], false, "no interval is given"};
    int weeks = study->stats[0].weeks.n;
    out->inputs[FUTURE_LEVEL] = (struct future_assumption){
        f->frame.level[0], true,
        weeks < 2 ? "assumed" : arena_printf(arena, "%d weeks of traffic", weeks)};
    int most = main_candidate(study);
    out->inputs[FUTURE_CAPACITY] = (struct future_assumption){
        most < 0 ? (struct future_spread){1, 1, 1} : f->frame.capacity[most],
        most >= 0 && f->frame.capacity[most].low < f->frame.capacity[most].high,
        most < 0 ? "no instances run"
        : f->frame.capacity[most].low == f->frame.capacity[most].high
            ? "no error is known"
            : arena_printf(arena, "error of the profile of %s", study->candidates[most].name)};
    bool spot = f->frame.base.allow_spot && f->frame.base.policy.spot_share_max > 0;
    const char *without = "spot is not allowed";
    out->inputs[FUTURE_ON_DEMAND] =
        (struct future_assumption){future_on_demand_spread, true, "assumed"};
    out->inputs[FUTURE_SPOT] =
        (struct future_assumption){future_spot_spread, spot, spot ? "assumed" : without};
    out->inputs[FUTURE_INTERRUPTIONS] =
        (struct future_assumption){future_loss_spread, spot, spot ? "assumed" : without};
}

/* ---- the plans ---- */

/* Mean an hour of the horizon, of what is in force. */
static double committed_usd(const struct futures *f, const struct fixed_plan *plan) {
    double sum = 0, hours = f->study->demand.horizon_hours;
    for (int i = 0; i < plan->n; i++) {
        const struct commitment *held = &plan->held[i];
        double usd = commitment_kind_is_plan(held->terms.kind)
                         ? money_amount_usd(held->plan_usd_per_hour)
                         : held->count * money_rate_usd(held->hourly);
        sum += usd * study_held_hours(held, 0, hours) / hours;
    }
    return sum;
}

/* What is held for months costs the same in every future in which requests go there. */
static double units_usd(const struct futures *f) {
    const struct plan *plan = f->study->recommended.plan;
    double sum = 0, hours = f->study->demand.horizon_hours;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *held = &plan->commitments[i];
        if (held->commitment.terms.kind == COMMIT_MODEL_UNITS &&
            study_unit_terms(f->study, &held->commitment) > 0)
            sum += held->usd_per_hour * study_held_hours(&held->commitment, 0, hours) / hours;
    }
    return sum;
}

static void add_plan(struct futures *f, struct fixed_plan plan) {
    ENSURE(f->n_plans < FUTURE_PLANS_MAX);
    f->plans[f->n_plans++] = plan;
}

/* The commitments that the plan buys, and half of them: of reserved instances at most. */
static void add_recommended(struct arena *arena, struct futures *f) {
    const struct plan *plan = f->study->recommended.plan;
    struct commitment *all = arena_new(arena, struct commitment, plan->n_commitments);
    struct commitment *half = arena_new(arena, struct commitment, plan->n_commitments);
    int n = 0;
    for (int i = 0; i < plan->n_commitments; i++) {
        if (plan->commitments[i].commitment.owned ||
            plan->commitments[i].commitment.terms.kind == COMMIT_MODEL_UNITS)
            continue; /* units are held where requests go to them, in every future */
        all[n] = half[n] = plan->commitments[i].commitment;
        half[n].count = floor(half[n].count / 2);
        half[n++].plan_usd_per_hour /= 2;
    }
    add_plan(f, (struct fixed_plan){.name = "recommended", .n = n, .held = all});
    struct fixed_plan halved = {.name = "half the commitments", .n = n, .held = half};
    if (committed_usd(f, &halved) > 0)
        add_plan(f, halved);
}

/* What would be bought for the planned demand alone, where the plan buys something else. */
static void add_planned(struct arena *arena, struct futures *f) {
    const struct study_hedge *hedge = &f->study->hedge;
    if (!hedge->changed)
        return;
    struct fixed_plan plan = {.name = "made for what is planned"};
    plan.held = study_bought(arena, hedge->planned, &plan.n);
    add_plan(f, plan);
}

static bool any_growth_unknown(const struct futures *f) {
    return f->study->futures.inputs[FUTURE_GROWTH].known;
}

/* Plans for a low and a high future: of growth where an interval is given, else of the level. */
static bool add_made_for(struct arena *arena, struct futures *f, struct err *err) {
    static const char *const names[2][2] = {{"made for a low week", "made for a high week"},
                                            {"made for low growth", "made for high growth"}};
    bool growth = any_growth_unknown(f);
    for (int end = 0; end < 2 && f->frame.base.n_terms > 0; end++) {
        bool feasible;
        double *z = future_as_planned(arena, &f->frame), at = end ? FUTURE_Z90 : -FUTURE_Z90;
        struct fixed_plan plan = {.name = names[growth][end]};
        if (growth)
            z[FUTURE_GROWTH] = at;
        for (int w = 0; !growth && w < f->frame.base.demand->n_workloads; w++)
            z[FUTURE_INPUTS + w] = at;
        if (!choose_for(arena, f, z, 0, &plan, &feasible, err))
            return false;
        if (feasible)
            add_plan(f, plan);
    }
    return true;
}

static bool add_wait(struct arena *arena, struct futures *f, struct err *err) {
    static const double middle[TERCILES] = {-0.967421566101701, 0, 0.967421566101701};
    struct study *study = f->study;
    study->futures.waits = any_growth_unknown(f) && f->frame.base.n_terms > 0 &&
                           study->scenario.months > FUTURE_WAIT_MONTHS;
    for (int t = 0; t < TERCILES && study->futures.waits; t++) {
        double *z = future_as_planned(arena, &f->frame);
        bool feasible;
        z[FUTURE_GROWTH] = middle[t];
        f->wait[t].name = "waited";
        if (!choose_for(arena, f, z, FUTURE_WAIT_MONTHS, &f->wait[t], &feasible, err))
            return false;
        study->futures.waits = study->futures.waits && feasible;
    }
    return true;
}

static void find_today(struct arena *arena, struct futures *f) {
    const struct study *study = f->study;
    if (!study->baseline_given)
        return;
    size_t n = (size_t)study->n_candidates * (size_t)study->demand.n_hours;
    f->regular = arena_new(arena, int32_t, n);
    f->spot = arena_new(arena, int32_t, n);
    f->overflow = arena_new(arena, double, n);
    memcpy(f->regular, study->baseline.plan->regular, n * sizeof *f->regular);
    memcpy(f->spot, study->baseline.plan->spot, n * sizeof *f->spot);
}

static bool add_plans(struct arena *arena, struct futures *f, struct err *err) {
    add_recommended(arena, f);
    if (!add_made_for(arena, f, err))
        return false;
    add_planned(arena, f);
    add_plan(f, (struct fixed_plan){.name = FUTURE_PLAN_FREE});
    add_plan(f, (struct fixed_plan){.name = "on demand only", .without_spot = true});
    find_today(arena, f);
    add_plan(f, (struct fixed_plan){.name = f->study->baseline_given ? "today's fleet kept"
                                                                     : "held at the peak",
                                    .today = true});
    return add_wait(arena, f, err);
}

/* ---- cells ---- */

/* The first as planned, then both ends of each input, then the futures, and behind them: */
enum { CELL_LESS, CELL_MORE, CELL_WORST, CELLS_BEHIND };

static int cell_behind(const struct futures *f, int which) {
    return f->n_cells - CELLS_BEHIND + which;
}

static void draw_cells(struct arena *arena, struct futures *f) {
    struct study_futures *out = &f->study->futures;
    int n_workloads = f->frame.base.demand->n_workloads;
    struct future_end *ends = arena_new(arena, struct future_end, 2 * FUTURE_INPUTS);
    for (int i = 0; i < FUTURE_INPUTS; i++)
        for (int high = 0; high < 2 && out->inputs[i].known; high++)
            ends[out->n_ends++] =
                (struct future_end){.input = (enum future_input)i, .high = high == 1};
    out->ends = ends;
    f->n_cells = 1 + out->n_ends + STUDY_FUTURES + CELLS_BEHIND;
    f->z = arena_new(arena, double *, f->n_cells);
    size_t weeks = (size_t)f->n_cells * (FUTURE_PLANS_MAX + 1) * (size_t)f->study->demand.n_weeks;
    f->week_usd = arena_new(arena, double, weeks);
    for (int i = 0; i < 1 + out->n_ends; i++)
        f->z[i] = future_as_planned(arena, &f->frame);
    for (int e = 0; e < out->n_ends; e++) {
        double at = ends[e].high ? FUTURE_Z90 : -FUTURE_Z90;
        f->z[1 + e][ends[e].input] = at;
        for (int w = 0; ends[e].input == FUTURE_LEVEL && w < n_workloads; w++)
            f->z[1 + e][FUTURE_INPUTS + w] = at;
    }
    double **drawn = future_draw(arena, &f->frame);
    for (int k = 0; k < STUDY_FUTURES; k++)
        f->z[1 + out->n_ends + k] = drawn[k];
    f->z[cell_behind(f, CELL_LESS)] = future_all_demand(arena, &f->frame, FUTURE_DEMAND_LESS);
    f->z[cell_behind(f, CELL_MORE)] = future_all_demand(arena, &f->frame, FUTURE_DEMAND_MORE);
    f->z[cell_behind(f, CELL_WORST)] = future_worst_case(arena, &f->frame);
}

/* ---- sums ---- */

/* What the recommended plan, or what is compared with it, costs in so many hours of each week. */
static double over_hours(const struct futures *f, const double *hours, const double *week_usd) {
    double sum = 0;
    for (int week = 0; week < f->study->demand.n_weeks; week++)
        sum += hours[week] * (week_usd[week] + f->plans[0].more_usd);
    return sum;
}

static double in_calendar_month(const struct futures *f, int c, const double *week_usd) {
    const struct demand *demand = &f->study->demand;
    return over_hours(f, &demand->calendar_hours[c * demand->n_weeks], week_usd);
}

/* What a plan whose bill adds `more` an hour costs in the year of a promise, the months from `turn`
 * on by other weeks. */
static double in_promise_year(const struct futures *f, int index, const double *early,
                              const double *late, int turn, double more) {
    const struct study_promise_year *year = &f->study->promise_years[index];
    const struct demand *demand = &f->study->demand;
    int first = 12 * (index - f->study->promises[year->promise].first_year);
    double usd = 0;
    for (int m = first; m < first + year->months; m++)
        for (int week = 0; week < demand->n_weeks; week++)
            usd += demand->month_hours[m * demand->n_weeks + week] *
                   ((m < turn ? early : late)[week] + more);
    return usd;
}

/* What a plan leaves missing of promised spend, USD a month; where everything is as planned that of
 * its bill. Plans that were not billed spend as the recommended one does. */
static double missing_of(const struct futures *f, int plan, const double *early, const double *late,
                         int turn, double more) {
    const struct study *study = f->study;
    bool today = plan < f->n_plans && f->plans[plan].today;
    int billed = today ? plan : 0;
    const double *planned = cell_weeks(f, 0, billed);
    double usd = 0;
    for (int i = 0; i < study->n_promise_years; i++) {
        double there = in_promise_year(f, i, early, late, turn, more);
        double base = in_promise_year(f, i, planned, planned, 0, f->plans[billed].more_usd);
        usd += study_missing_in_year(study, i, today, base > 0 ? there / base : 1);
    }
    return usd * HOURS_PER_MONTH / study->demand.horizon_hours;
}

/* The same in a cell. */
static double missing_in_cell(const struct futures *f, int cell, int plan, double more) {
    const double *weeks = cell_weeks(f, cell, plan);
    return missing_of(f, plan, weeks, weeks, 0, more);
}

/* Where everything is as planned the recommended plan costs its bill, and so does today's fleet:
 * what whole instances, boots and billing rules add is taken to be the same in every future. */
static bool compare_with_bills(struct arena *arena, struct futures *f) {
    struct study *study = f->study;
    double *planned = arena_new(arena, double, f->n_plans);
    double base = future_over_weeks(study, cell_weeks(f, 0, 0));
    if (!isfinite(base))
        return false;
    for (int p = 0; p < f->n_plans; p++) {
        double own = future_over_weeks(study, cell_weeks(f, 0, p));
        double more = f->plans[p].today ? study->baseline.bill_usd_per_month - own
                                        : study->recommended.bill_usd_per_month - base +
                                              study_unlisted_usd(&study->recommended.unlisted);
        f->plans[p].more_usd = more / HOURS_PER_MONTH;
        planned[p] = own + more + missing_in_cell(f, 0, p, f->plans[p].more_usd);
    }
    study->futures.as_planned_usd = planned;
    return true;
}

static double cost_in_cell(const struct futures *f, int cell, int plan) {
    double more = f->plans[plan].more_usd;
    return future_over_weeks(f->study, cell_weeks(f, cell, plan)) + more * HOURS_PER_MONTH +
           missing_in_cell(f, cell, plan, more);
}

/* Some plan has no cost there: nothing carries the demand. */
static bool cell_failed(const struct futures *f, int cell) {
    for (int p = 0; p < f->n_plans; p++)
        if (!isfinite(cost_in_cell(f, cell, p)))
            return true;
    return false;
}

static struct future_draw draw_of(const struct futures *f, int cell) {
    const double *z = f->z[cell];
    const struct demand *demand = f->frame.base.demand;
    double planned = 0, drawn = 0;
    for (int w = 0; w < demand->n_workloads; w++)
        for (int h = 0; h < demand->n_hours; h++) {
            double requests = demand->weight[h] * demand->rate_per_second[w * demand->n_hours + h];
            planned += requests;
            drawn += requests *
                     future_demand_factor(&f->frame, z, w, h / (demand->n_hours / demand->n_weeks));
        }
    return (struct future_draw){
        .demand = planned > 0 ? drawn / planned : 1,
        .capacity =
            future_factor(&f->study->futures.inputs[FUTURE_CAPACITY].spread, z[FUTURE_CAPACITY]),
        .on_demand = future_factor(&future_on_demand_spread, z[FUTURE_ON_DEMAND]),
        .spot = future_factor(&future_spot_spread, z[FUTURE_SPOT]),
        .useful = future_useful(&f->frame, z),
    };
}

/* @param cells  [n] of the futures that count */
static void sum_plans(struct arena *arena, const struct futures *f, const int *cells) {
    struct study_futures *out = &f->study->futures;
    double *least = arena_new(arena, double, out->n), *regret = arena_new(arena, double, out->n);
    for (int i = 0; i < out->n; i++) {
        least[i] = INFINITY;
        for (int p = 0; p < f->n_plans; p++)
            least[i] = fmin(least[i], cost_in_cell(f, cells[i], p));
    }
    out->n_plans = f->n_plans;
    for (int p = 0; p < f->n_plans; p++) {
        double *usd = arena_new(arena, double, out->n), most = 0;
        for (int i = 0; i < out->n; i++) {
            usd[i] = cost_in_cell(f, cells[i], p);
            regret[i] = usd[i] - least[i];
            most = fmax(most, regret[i]);
        }
        out->plans[p] = (struct future_plan){
            .name = f->plans[p].name,
            .committed_usd_per_hour = committed_usd(f, &f->plans[p]) + (p == 0 ? units_usd(f) : 0),
            .expected = future_mean(usd, out->n),
            .worst = future_worst(arena, usd, out->n, WORST_SHARE),
            .low = future_quantile(arena, usd, out->n, 0.1),
            .median = future_quantile(arena, usd, out->n, 0.5),
            .high = future_quantile(arena, usd, out->n, 0.9),
            .regret = future_mean(regret, out->n),
            .regret_most = most,
            .usd_per_month = usd,
        };
    }
}

static void sum_months(struct arena *arena, const struct futures *f, const int *cells) {
    struct study_futures *out = &f->study->futures;
    out->n_months = f->study->demand.n_calendar;
    double *months = arena_new(arena, double, out->n_months *FUTURE_QUANTILES);
    double *usd = arena_new(arena, double, out->n);
    for (int m = 0; m < out->n_months; m++) {
        for (int i = 0; i < out->n; i++)
            usd[i] = in_calendar_month(f, m, cell_weeks(f, cells[i], 0));
        for (int q = 0; q < FUTURE_QUANTILES; q++)
            months[m * FUTURE_QUANTILES + q] =
                future_quantile(arena, usd, out->n, future_quantiles[q]);
    }
    out->month_usd = months;
}

static bool month_in(const struct study *study, int month, struct fiscal_period period) {
    struct date day = study_calendar_month(study, month);
    if (period.month > 0)
        return day.year == period.year && day.month == period.month;
    struct fiscal_period of = fiscal_period_of(day, study->scenario.fiscal_month);
    return of.year == period.year && (period.quarter == 0 || of.quarter == period.quarter);
}

/* What the budget is met with, plus what the future's fleet costs more than as planned; of a tag,
 * in proportion. */
static void check_budgets(struct arena *arena, const struct futures *f, const int *cells) {
    struct study *study = f->study;
    double *over = arena_new(arena, double, study->n_budgets);
    double *beside = arena_new(arena, double, study->n_budgets);
    for (int b = 0; b < study->n_budgets; b++) {
        const struct study_budget *budget = &study->budgets[b];
        bool tag = study->scenario.budgets[budget->budget].tag_key != NULL;
        double spent = money_amount_usd(budget->spent), planned = 0;
        for (int m = 0; m < study->demand.n_calendar; m++)
            if (month_in(study, m, budget->period))
                planned += in_calendar_month(f, m, cell_weeks(f, 0, 0));
        beside[b] = tag ? NAN : spent - planned;
        for (int i = 0; i < study->futures.n; i++) {
            double usd = 0;
            for (int m = 0; m < study->demand.n_calendar; m++)
                if (month_in(study, m, budget->period))
                    usd += in_calendar_month(f, m, cell_weeks(f, cells[i], 0));
            double there =
                tag ? (planned > 0 ? spent * usd / planned : spent) : spent + usd - planned;
            over[b] += there > money_amount_usd(budget->limit);
        }
        over[b] /= study->futures.n;
    }
    study->futures.over_budget = over;
    study->futures.beside_usd = beside;
}

static bool is_cheaper(double usd, double than) {
    double saves = than - usd; /* below a cent it is no money */
    return saves > than * FLIP_SHARE && saves >= 0.01;
}

/* The plan to compare the ends with: the recommended one, unless another is cheaper already where
 * everything is as planned. Told at every end, that would change nothing there. */
static int answer_as_planned(const struct study_futures *f, int n_plans) {
    int best = 0;
    for (int p = 1; p < n_plans; p++)
        if (f->as_planned_usd[p] < f->as_planned_usd[best])
            best = p;
    return is_cheaper(f->as_planned_usd[best], f->as_planned_usd[0]) ? best : 0;
}

static void sum_ends(struct arena *arena, const struct futures *f) {
    struct study_futures *out = &f->study->futures;
    int answer = answer_as_planned(out, f->n_plans);
    struct future_end *ends = arena_new(arena, struct future_end, out->n_ends);
    for (int e = 0; e < out->n_ends; e++) {
        double *usd = arena_new(arena, double, f->n_plans);
        for (int p = 0; p < f->n_plans; p++)
            usd[p] = cost_in_cell(f, 1 + e, p);
        ends[e] = out->ends[e];
        ends[e].usd_per_month = usd;
        ends[e].best_usd_per_month = INFINITY;
        for (int p = 0; p < f->n_plans; p++)
            ends[e].best_usd_per_month = fmin(ends[e].best_usd_per_month, usd[p]);
        ends[e].flips = is_cheaper(ends[e].best_usd_per_month, usd[answer]);
    }
    out->ends = ends;
}

/* What bills add is paid at the lower prices too; what is owed for unlisted commitments of today's
 * bill is not. */
static double more_at_worst(const struct futures *f, int plan) {
    double owed = f->study->today_bill.unlisted_usd_per_month / HOURS_PER_MONTH;
    return FUTURE_WORST_PRICE * (f->plans[plan].more_usd - owed) + owed;
}

static void sum_worst_case(struct arena *arena, const struct futures *f) {
    double *usd = arena_new(arena, double, f->n_plans);
    int worst = cell_behind(f, CELL_WORST);
    for (int p = 0; p < f->n_plans; p++) {
        double more = more_at_worst(f, p);
        usd[p] = future_over_weeks(f->study, cell_weeks(f, worst, p)) + more * HOURS_PER_MONTH +
                 missing_in_cell(f, worst, p, more);
    }
    f->study->futures.worst_case_usd = usd;
    const struct demand *demand = &f->study->demand;
    const double *weeks = cell_weeks(f, cell_behind(f, CELL_WORST), 0);
    double *months = arena_new(arena, double, demand->n_months);
    for (int m = 0; m < demand->n_months; m++) {
        double hours = 0;
        for (int k = 0; k < demand->n_weeks; k++) {
            double share = demand->month_hours[m * demand->n_weeks + k];
            months[m] += share * (weeks[k] + more_at_worst(f, 0));
            hours += share;
        }
        months[m] *= HOURS_PER_MONTH / hours;
    }
    f->study->futures.worst_case_month_usd = months;
}

static const double *sum_behind(struct arena *arena, const struct futures *f, int which) {
    double *usd = arena_new(arena, double, f->n_plans);
    for (int p = 0; p < f->n_plans; p++)
        usd[p] = cost_in_cell(f, cell_behind(f, which), p);
    return usd;
}

/* Nothing committed in the first months, what was waited for in the others. */
static void sum_wait(const struct futures *f, const int *cells) {
    struct study *study = f->study;
    struct study_futures *out = &study->futures;
    int nothing = 0;
    while (strcmp(f->plans[nothing].name, FUTURE_PLAN_FREE) != 0)
        nothing++;
    double sum = 0, missing = 0;
    for (int i = 0; i < out->n && out->waits; i++) {
        for (int m = 0; m < study->demand.n_months; m++)
            sum += over_hours(f, &study->demand.month_hours[m * study->demand.n_weeks],
                              cell_weeks(f, cells[i], m < FUTURE_WAIT_MONTHS ? nothing : WAITED));
        missing +=
            missing_of(f, WAITED, cell_weeks(f, cells[i], nothing), cell_weeks(f, cells[i], WAITED),
                       FUTURE_WAIT_MONTHS, f->plans[0].more_usd);
    }
    out->wait_usd_per_month =
        sum / out->n / study->demand.horizon_hours * HOURS_PER_MONTH + missing / out->n;
    out->wait_worth_usd_per_month = out->plans[0].expected - out->wait_usd_per_month;
}

bool study_run_futures(struct arena *arena, struct study *study, int n_threads, struct err *err) {
    struct futures f = {.study = study};
    struct study_futures *out = &study->futures;
    future_frame_open(arena, study, &f.frame);
    assume(arena, &f);
    if (!add_plans(arena, &f, err))
        return false;
    draw_cells(arena, &f);
    workers_run(n_threads, f.n_cells, run_cell, &f);
    if (!compare_with_bills(arena, &f))
        return true;
    int *cells = arena_new(arena, int, STUDY_FUTURES);
    struct future_draw *draws = arena_new(arena, struct future_draw, STUDY_FUTURES);
    for (int i = 1 + out->n_ends; i < 1 + out->n_ends + STUDY_FUTURES; i++) {
        if (cell_failed(&f, i)) {
            out->n_failed++;
            continue;
        }
        draws[out->n] = draw_of(&f, i);
        cells[out->n++] = i;
    }
    if (out->n == 0)
        return true;
    out->draws = draws;
    sum_plans(arena, &f, cells);
    sum_months(arena, &f, cells);
    check_budgets(arena, &f, cells);
    sum_ends(arena, &f);
    sum_worst_case(arena, &f);
    out->demand_less_usd = sum_behind(arena, &f, CELL_LESS);
    out->demand_more_usd = sum_behind(arena, &f, CELL_MORE);
    sum_wait(&f, cells);
    return true;
}
