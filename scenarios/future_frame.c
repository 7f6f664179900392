/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/future_frame.h"

#include <math.h>
#include <string.h>

#include "scenarios/future_bins.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"

enum { WORST_OF_DEMAND, WORST_OF_PRICES, WORST_INPUTS };
enum { SALT_LEVEL = 100 }; /* the level of workload w is drawn as input SALT_LEVEL + w */

#define CONFIDENCE_Z95 1.959963984540054
#define LEVEL_SIGMA 0.1 /* assumed, as is what follows (docs/model.md 5.11) */
#define LEVEL_WEEKS 2
const struct future_spread future_on_demand_spread = {0.9, 1, 1.02};
const struct future_spread future_spot_spread = {0.75, 1, 1.3};
const struct future_spread future_loss_spread = {0.5, 1, 2};

/* ---- what is assumed ---- */

static struct future_spread growth_of(const struct growth_spec *growth) {
    if (!growth->is_interval || growth->low == growth->high)
        return (struct future_spread){1 + growth->mid, 1 + growth->mid, 1 + growth->mid};
    return future_spread_of(1 + growth->low, 1 + growth->mid, 1 + growth->high, growth->confidence);
}

static struct future_spread level_of(double sigma) {
    return (struct future_spread){exp(-FUTURE_Z90 * sigma), 1, exp(FUTURE_Z90 * sigma)};
}

/* What the weeks of the traffic say, and the assumption as if LEVEL_WEEKS more weeks had said it:
 * two weeks that happen to be alike are no proof. */
static double level_sigma(const struct trace_weeks *weeks) {
    double known = weeks->n < 2 ? 0 : weeks->n - 1;
    return sqrt((known * weeks->sd * weeks->sd + LEVEL_WEEKS * LEVEL_SIGMA * LEVEL_SIGMA) /
                (known + LEVEL_WEEKS));
}

/* The band of the basis (four of five rows: quantiles 10 and 90) and the sampling error of SIZE. */
static struct future_spread capacity_of(const struct capacity *capacity) {
    const struct capacity_point *point = capacity_best_point(capacity);
    if (!point || !(point->rate_per_second > 0))
        return (struct future_spread){1, 1, 1};
    double sampled = fmin(point->half_width / point->rate_per_second, 1) / CONFIDENCE_Z95;
    double low = capacity->rate_low > 0 ? fmin(capacity->rate_low, 1) : 1;
    double below = log(low), above = log(fmax(capacity->rate_high, 1));
    double also = FUTURE_Z90 * (isfinite(sampled) ? sampled : 0);
    return (struct future_spread){exp(-hypot(below, also)), 1, exp(hypot(above, also))};
}

void future_frame_open(struct arena *arena, const struct study *study, struct future_frame *out) {
    *out = (struct future_frame){.study = study, .base = study->plan_input};
    out->base.demand =
        future_bins(arena, &study->plan_input, &out->base.owned_left, &out->base.spot);
    int n = out->base.demand->n_workloads;
    out->growth = arena_new(arena, struct future_spread, n);
    out->level = arena_new(arena, struct future_spread, n);
    out->capacity = arena_new(arena, struct future_spread, out->base.n_candidates);
    for (int w = 0; w < n; w++) {
        int own = study_split_of(study, w);
        out->growth[w] = growth_of(&study->scenario.workloads[own].demand.growth);
        out->level[w] = level_of(level_sigma(&study->stats[own].weeks));
    }
    for (int c = 0; c < out->base.n_candidates; c++)
        out->capacity[c] = capacity_of(&study->capacities[c]);
}

double *future_as_planned(struct arena *arena, const struct future_frame *frame) {
    return arena_new(arena, double, FUTURE_INPUTS + frame->base.demand->n_workloads + WORST_INPUTS);
}

static int worst_at(const struct future_frame *f, int input) {
    return FUTURE_INPUTS + f->base.demand->n_workloads + input;
}

double *future_all_demand(struct arena *arena, const struct future_frame *f, double factor) {
    double *z = future_as_planned(arena, f);
    z[worst_at(f, WORST_OF_DEMAND)] = log(factor);
    return z;
}

double *future_worst_case(struct arena *arena, const struct future_frame *f) {
    double *z = future_all_demand(arena, f, FUTURE_WORST_DEMAND);
    z[worst_at(f, WORST_OF_PRICES)] = log(FUTURE_WORST_PRICE);
    return z;
}

double **future_draw(struct arena *arena, const struct future_frame *frame) {
    double **z = arena_new(arena, double *, STUDY_FUTURES);
    double normals[STUDY_FUTURES];
    for (int k = 0; k < STUDY_FUTURES; k++)
        z[k] = future_as_planned(arena, frame);
    for (int i = 0; i < FUTURE_INPUTS + frame->base.demand->n_workloads; i++) {
        uint64_t input = (uint64_t)(i < FUTURE_INPUTS ? i : SALT_LEVEL + i - FUTURE_INPUTS);
        future_normals(frame->study->scenario.seed, input, STUDY_FUTURES, normals);
        for (int k = 0; k < STUDY_FUTURES; k++)
            z[k][i] = normals[k];
    }
    return z;
}

/* ---- a future's input ---- */

static double z_of_level(const double *z, int workload) {
    return z[FUTURE_INPUTS + workload];
}

double future_demand_factor(const struct future_frame *f, const double *z, int workload, int week) {
    double growth = future_factor(&f->growth[workload], z[FUTURE_GROWTH]);
    double per_month = growth / f->growth[workload].median - 1;
    return demand_grown(per_month, f->base.demand->weeks[week].month) *
           future_factor(&f->level[workload], z_of_level(z, workload)) *
           exp(z[worst_at(f, WORST_OF_DEMAND)]);
}

const struct demand *future_demand(struct arena *arena, const struct future_frame *f,
                                   const struct demand *like, const double *z) {
    struct demand *demand = arena_new(arena, struct demand, 1);
    int per_week = like->n_hours / like->n_weeks;
    *demand = *like;
    demand->rate_per_second = arena_new(arena, double, like->n_workloads * like->n_hours);
    for (int w = 0; w < like->n_workloads; w++)
        for (int week = 0; week < like->n_weeks; week++) {
            double factor = future_demand_factor(f, z, w, week);
            for (int i = 0; i < per_week; i++) {
                int at = w * like->n_hours + week * per_week + i;
                demand->rate_per_second[at] = factor * like->rate_per_second[at];
            }
        }
    return demand;
}

static const struct capacity *capacities_in(struct arena *arena, const struct future_frame *f,
                                            const double *z) {
    size_t n = (size_t)f->base.n_candidates;
    struct capacity *out = arena_grow(arena, f->base.capacities, n, n, sizeof *out);
    for (size_t c = 0; c < n; c++)
        if (f->base.candidates[c].kind == CANDIDATE_INSTANCE)
            for (int i = 0; i < out[c].n_points; i++)
                out[c].points[i].rate_per_second *=
                    future_factor(&f->capacity[c], z[FUTURE_CAPACITY]);
    return out;
}

static void scale_quote(struct quote *quote, double factor) {
    if (quote->known)
        quote->rate = llround((double)quote->rate * factor);
}

/* What is paid by use. */
static void scale_use(struct offer *offer, double factor) {
    struct quote *const quotes[] = {&offer->gb_second,
                                    &offer->million_requests,
                                    &offer->provisioned_gb_second,
                                    &offer->held_gb_second,
                                    &offer->million_input_tokens,
                                    &offer->million_output_tokens,
                                    &offer->million_cached_tokens};
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++)
        scale_quote(quotes[i], factor);
    if (offer_tier_term_months(offer->tier) == 0) /* else bought at today's rate */
        scale_quote(&offer->unit_hour, factor);
}

static const struct offer *offers_in(struct arena *arena, const struct future_frame *f,
                                     const double *z) {
    size_t n = (size_t)f->base.n_offers;
    struct offer *out = arena_grow(arena, f->base.offers, n, n, sizeof *out);
    double all = exp(z[worst_at(f, WORST_OF_PRICES)]);
    for (size_t o = 0; o < n; o++) {
        scale_use(&out[o], all);
        scale_quote(&out[o].on_demand,
                    all * future_factor(&future_on_demand_spread, z[FUTURE_ON_DEMAND]));
        scale_quote(&out[o].spot, all * future_factor(&future_spot_spread, z[FUTURE_SPOT]));
    }
    return out;
}

double future_useful(const struct future_frame *f, const double *z) {
    double lost = 1 - f->base.policy.spot_derating;
    return fmax(1 - lost * future_factor(&future_loss_spread, z[FUTURE_INTERRUPTIONS]), 0.05);
}

/* As the plan's, in bins, with nothing for sale. */
struct plan_input future_input(struct arena *arena, const struct future_frame *f, const double *z) {
    struct plan_input input = f->base;
    input.demand = future_demand(arena, f, f->base.demand, z);
    input.capacities = capacities_in(arena, f, z);
    input.offers = offers_in(arena, f, z);
    input.policy.spot_derating = future_useful(f, z);
    input.n_terms = input.n_capacity = 0;
    input.n_budgets = 0; /* what a future costs, not what may be spent */
    input.carbon = plan_carbon_price(arena, f->base.carbon);
    return input;
}

void future_open_sale(const struct future_frame *frame, struct plan_input *input) {
    input->n_terms = frame->base.n_terms;
    input->n_capacity = frame->base.n_capacity;
    input->n_budgets = frame->base.n_budgets; /* a choice keeps within what it may spend */
    input->carbon = frame->base.carbon;
}

/* ---- what is held costs in it ---- */

void future_hold(struct arena *arena, int n_held, const struct commitment *more,
                 struct plan_input *input) {
    int n = input->n_owned + n_held, n_hours = input->demand->n_hours;
    struct commitment *held = arena_new(arena, struct commitment, n);
    double *left = arena_new(arena, double, n *n_hours);
    for (int i = 0; i < n * n_hours; i++)
        left[i] = i < input->n_owned * n_hours ? input->owned_left[i] : 1;
    if (input->n_owned > 0)
        memcpy(held, input->owned, (size_t)input->n_owned * sizeof *held);
    for (int i = 0; i < n_held; i++) {
        held[input->n_owned + i] = more[i];
        held[input->n_owned + i].owned = true;
    }
    input->owned = held;
    input->owned_left = left;
    input->n_owned = n;
}

void future_week_means(const struct demand *demand, const double *hour_usd, double *week_usd) {
    int per_week = demand->n_hours / demand->n_weeks;
    for (int week = 0; week < demand->n_weeks; week++) {
        double sum = 0, weight = 0;
        for (int h = week * per_week; h < (week + 1) * per_week; h++) {
            sum += demand->weight[h] * hour_usd[h];
            weight += demand->weight[h];
        }
        week_usd[week] = sum / weight;
    }
}

void future_no_cost(int n_weeks, double *week_usd) {
    for (int week = 0; week < n_weeks; week++)
        week_usd[week] = NAN;
}

bool future_cost(struct arena *arena, const struct plan_input *input, double *week_usd,
                 struct err *err) {
    double *hour_usd = arena_new(arena, double, input->demand->n_hours);
    bool feasible;
    if (!plan_price_hours(arena, input, hour_usd, &feasible, err))
        return false;
    if (feasible)
        future_week_means(input->demand, hour_usd, week_usd);
    else
        future_no_cost(input->demand->n_weeks, week_usd);
    return true;
}

double future_over_weeks(const struct study *study, const double *week_usd) {
    double sum = 0;
    for (int week = 0; week < study->demand.n_weeks; week++)
        sum += study->demand.weeks[week].weight * HOURS_PER_WEEK * week_usd[week];
    return sum / study->demand.horizon_hours * HOURS_PER_MONTH;
}
