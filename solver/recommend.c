/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/recommend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "solver/commitment_lp.h"
#include "solver/held.h"
#include "solver/model_units.h"
#include "solver/what_if.h"

const char *guardrail_word(enum guardrail_kind kind) {
    static const char *const words[GUARDRAILS] = {"utilisation", "break-even", "return", "ladder"};
    return words[kind];
}

struct guardrail_limits guardrail_defaults(void) {
    return (struct guardrail_limits){{0.8, 9, 0.1, 0.5}};
}

static const char *check_words(struct arena *arena, enum guardrail_kind kind,
                               const struct guardrail_check *check) {
    switch (kind) {
    case GUARDRAIL_UTILISATION:
        return arena_printf(arena, "used %s (at least %g%%)", number_percent(arena, check->value),
                            100 * check->limit);
    case GUARDRAIL_BREAK_EVEN:
        return arena_printf(arena, "paid back after %s of its use (at most %g)",
                            number_months(arena, check->value), check->limit);
    case GUARDRAIL_ROI:
        return arena_printf(arena, "returns %s (more than %g%%)",
                            number_percent(arena, check->value), 100 * check->limit);
    case GUARDRAIL_LADDER:
        return check->value < 1 - 1e-9
                   ? arena_printf(arena,
                                  "%s of the most that is held at once starts on one day (at most "
                                  "%g%%)",
                                  number_percent(arena, check->value), 100 * check->limit)
                   : arena_printf(arena,
                                  "all that is held starts on one day, as there is nothing beside "
                                  "it (at most %g%%)",
                                  100 * check->limit);
    case GUARDRAILS:
        break;
    }
    return "";
}

const char *recommend_failed_words(struct arena *arena, const struct recommendation *row) {
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int k = 0; k < GUARDRAILS && !row->is_capacity; k++)
        if (!row->checks[k].holds)
            text_printf(&out, "%s%s", out.n ? ", " : "",
                        check_words(arena, (enum guardrail_kind)k, &row->checks[k]));
    return out.data;
}

bool recommend_all_hold(const struct recommendation *rows, int n) {
    for (int i = 0; i < n; i++)
        for (int k = 0; k < GUARDRAILS && !rows[i].is_capacity; k++)
            if (!rows[i].checks[k].holds)
                return false;
    return true;
}

/* --- the fields of one pool --- */

/* Means an hour over what is in the window while the pool is held. */
struct usage_sums {
    double used, covered_usd; /* of the pool: units; their on-demand value */
    double left_usd;          /* of the usage it may cover, covered by nothing */
    double others_usd;        /* covered by other commitments */
    double least, most;       /* of left + covered in an hour */
};

static bool may_cover(const struct pool *pool, int good) {
    return pool->use[good] > 0;
}

static struct usage_sums sum_usage(struct arena *arena, const struct held *held,
                                   const double *amount, int p) {
    const struct market *market = &held->market;
    const struct pool *pool = &market->pools[p];
    struct arena_mark mark = arena_mark(arena);
    struct cover cover;
    struct cover_detail detail;
    cover_open(arena, market, &held->order, amount, &cover);
    cover_detail_open(arena, market, &detail);
    struct usage_sums sums = {.least = INFINITY};
    for (int h = 0; h < held->n_hours; h++) {
        int slot = market->slot_of_hour[h];
        double share = held->share[h] / pool->held;
        if (market->open[slot * market->n_pools + p] <= 0)
            continue;
        const double *units = &held->units[h * market->n_goods];
        cover_price(&cover, slot, units, &detail);
        double usage = 0, covered = 0;
        for (int g = 0; g < market->n_goods; g++) {
            double list = market->goods[g].on_demand_usd;
            if (!may_cover(pool, g))
                continue;
            usage += units[g] * list;
            covered += (detail.reserved[g] + detail.planned[g]) * list;
            if (pool->holds)
                continue;
            usage += detail.idle[g] * list; /* a reservation's hours are on-demand usage */
            covered += (detail.idle[g] - detail.idle_left[g] - detail.inside[g]) * list;
        }
        double now = usage - covered + detail.saved[p];
        sums.used += share * detail.used[p];
        sums.covered_usd += share * detail.saved[p];
        sums.left_usd += share * (usage - covered);
        sums.others_usd += share * (covered - detail.saved[p]);
        sums.least = fmin(sums.least, now);
        sums.most = fmax(sums.most, now);
    }
    arena_rewind(arena, mark);
    return sums;
}

/* Normalisation factor of what is bought; NAN: it covers one size alone. */
static double factor_of(const struct market *market, const struct pool *pool) {
    if (!pool->reserved || pool->zonal || commitment_kind_holds_capacity(pool->terms.kind) ||
        !offer_size_flexible(&market->in->offers[pool->offer]))
        return NAN;
    return offer_size_quarters(&market->in->offers[pool->offer]) / 4.0;
}

static struct recommendation describe(struct arena *arena, const struct held *held,
                                      const double *amount, int p, double window_hours) {
    const struct market *market = &held->market;
    const struct pool *pool = &market->pools[p];
    struct usage_sums sums = sum_usage(arena, held, amount, p);
    double hourly = amount[p] * pool->rate, now = sums.left_usd + sums.covered_usd;
    double usage = now + sums.others_usd, savings = sums.covered_usd - hourly;
    return (struct recommendation){
        .name = market_pool_name(arena, market, pool),
        .is_plan = !pool->reserved,
        .is_capacity = pool->name != NULL,
        .held_share = pool->held,
        .count = pool->reserved ? amount[p] : 0,
        .normalised_units = factor_of(market, pool) * amount[p],
        .normalised_used = factor_of(market, pool) * sums.used,
        .window_hours = window_hours,
        .hourly_usd = hourly,
        .upfront_usd = amount[p] * pool->upfront_usd,
        .cost_usd = hourly * window_hours,
        .on_demand_left_usd = sums.left_usd * window_hours,
        .on_demand_now_usd = now * window_hours,
        .savings_usd = savings * window_hours,
        .savings_share = now > 0 ? savings / now : 0,
        .roi = hourly > 0 ? savings / hourly : 0,
        .utilisation = amount[p] > 0 ? sums.used / amount[p] : 0,
        .hourly_now_mean_usd = now,
        .hourly_now_least_usd = isfinite(sums.least) ? sums.least : 0,
        .hourly_now_most_usd = sums.most,
        .coverage_now = usage > 0 ? sums.others_usd / usage : 0,
        .coverage = usage > 0 ? (sums.others_usd + sums.covered_usd) / usage : 0,
    };
}

/* --- the plan's purchases --- */

static int term_months(const struct plan_input *input, const struct commitment *commitment) {
    return commitment->terms.kind == COMMIT_MODEL_UNITS
               ? offer_tier_term_months(input->offers[commitment->offer].tier)
               : 12 * commitment->terms.term_years;
}

/* Model units are in no pool: what they may cover are the tokens of their workload, at what these
 * cost on demand. Those held by the hour, and those whose tokens are not sold on demand, are there
 * to be had. */
static struct recommendation describe_units(const struct plan_input *input, const struct plan *plan,
                                            int i) {
    const struct plan_commitment *held = &plan->commitments[i];
    struct units_use use = model_units_use(input, plan, i);
    double cost = held->usd_per_hour * HOURS_PER_MONTH;
    bool unknown = !isfinite(use.covered_usd);
    double covered = unknown ? 0 : use.covered_usd * HOURS_PER_MONTH;
    double now = unknown ? 0 : use.usage_usd * HOURS_PER_MONTH, savings = covered - cost;
    return (struct recommendation){
        .name = held->commitment.name,
        .is_capacity = unknown || term_months(input, &held->commitment) == 0,
        .held_share = use.held_share,
        .count = held->commitment.count,
        .normalised_units = NAN,
        .normalised_used = NAN,
        .window_hours = HOURS_PER_MONTH,
        .hourly_usd = held->usd_per_hour,
        .cost_usd = cost,
        .on_demand_left_usd = now - covered,
        .on_demand_now_usd = now,
        .savings_usd = savings,
        .savings_share = now > 0 ? savings / now : 0,
        .roi = cost > 0 ? savings / cost : 0,
        .utilisation = held->utilisation,
        .hourly_now_mean_usd = unknown ? 0 : use.usage_usd,
        .hourly_now_least_usd = unknown ? 0 : use.least_usd,
        .hourly_now_most_usd = unknown ? 0 : use.most_usd,
        .coverage = now > 0 ? covered / now : 0,
    };
}

/* What commitments cost an hour at a time of the horizon. */
static double in_force(const struct plan *plan, int64_t at_s) {
    double usd = 0;
    for (int k = 0; k < plan->n_commitments; k++) {
        const struct commitment *held = &plan->commitments[k].commitment;
        usd += held->from_s <= at_s && at_s < held->to_s ? plan->commitments[k].usd_per_hour : 0;
    }
    return usd;
}

/* Of the most that is held at once in the horizon the share that starts with commitment i. Against
 * what is in force on its own day the first of any ladder would be all. */
static double bought_at_once(const struct plan *plan, int i) {
    int64_t date = plan->commitments[i].commitment.from_s;
    double together = 0, most = in_force(plan, 0);
    for (int k = 0; k < plan->n_commitments; k++) {
        const struct commitment *other = &plan->commitments[k].commitment;
        together += !other->owned && other->from_s == date ? plan->commitments[k].usd_per_hour : 0;
        most = fmax(most, other->from_s > 0 ? in_force(plan, other->from_s) : 0);
    }
    return together / most;
}

static void check(struct recommendation *row, enum guardrail_kind kind, double value,
                  const struct guardrail_limits *limits) {
    const double slack = 1e-9; /* of exact limits met by sums of many hours */
    double limit = limits->limit[kind];
    bool holds = kind == GUARDRAIL_UTILISATION ? value >= limit - slack
                 : kind == GUARDRAIL_ROI       ? value > limit
                                               : value <= limit + slack;
    row->checks[kind] = (struct guardrail_check){value, limit, holds};
}

static void check_all(const struct plan_input *input, const struct plan *plan, int i,
                      const struct guardrail_limits *limits, struct recommendation *row) {
    double covered = row->savings_usd + row->cost_usd;
    double months = term_months(input, &plan->commitments[i].commitment);
    check(row, GUARDRAIL_UTILISATION, row->utilisation, limits);
    check(row, GUARDRAIL_BREAK_EVEN, covered > 0 ? months * row->cost_usd / covered : INFINITY,
          limits);
    check(row, GUARDRAIL_ROI, row->roi, limits);
    check(row, GUARDRAIL_LADDER, bought_at_once(plan, i), limits);
}

bool recommend_purchases(struct arena *arena, const struct plan_input *input,
                         const struct plan *plan, const struct guardrail_limits *limits,
                         const struct recommendation **rows, int *n, struct err *err) {
    struct arena scratch = {0};
    struct held held;
    bool opened = held_open(&scratch, input, plan, &held, err);
    struct recommendation *made = arena_new(arena, struct recommendation, plan->n_commitments);
    *n = 0;
    for (int i = 0; opened && i < plan->n_commitments; i++) {
        bool told = i > 0 && held.pool_of[i] >= 0 &&
                    held.pool_of[i] == held.pool_of[i - 1]; /* in another zone */
        if (plan->commitments[i].commitment.owned || told)
            continue;
        struct recommendation *row = &made[(*n)++];
        *row = held.pool_of[i] < 0
                   ? describe_units(input, plan, i)
                   : describe(arena, &held, held.amount, held.pool_of[i], HOURS_PER_MONTH);
        if (!row->is_capacity)
            check_all(input, plan, i, limits, row);
    }
    *rows = made;
    arena_release(&scratch);
    return opened;
}

/* --- the provider's method --- */

/* At this commitment, the on-demand value of the next plan dollar falls, in one hour. */
struct corner {
    double at, fall;
};

static int by_place(const void *a, const void *b) {
    const struct corner *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* What each hour leaves uncovered when only what is owned is held. */
static void net_of_owned(struct arena *arena, struct held *held) {
    const struct market *market = &held->market;
    double *owned = arena_new(arena, double, market->n_pools);
    for (int p = 0; p < market->n_owned; p++)
        owned[p] = market->pools[p].amount;
    struct cover cover;
    struct cover_detail detail;
    cover_open(arena, market, &held->order, owned, &cover);
    cover_detail_open(arena, market, &detail);
    for (int h = 0; h < held->n_hours; h++) {
        double *units = &held->units[h * market->n_goods];
        cover_price(&cover, market->slot_of_hour[h], units, &detail);
        for (int g = 0; g < market->n_goods; g++)
            units[g] = fmax(0, units[g] - detail.reserved[g] - detail.planned[g]) +
                       detail.inside[g] + detail.idle_left[g];
    }
}

struct value_curve {
    double first; /* mean on-demand value of the first plan dollar */
    int n;
    struct corner *corners; /* [n] by place */
};

/* Each hour is covered in the provider's order: the goods of the pool, highest saving first. */
static struct value_curve value_of_dollars(struct arena *arena, const struct held *held, int p) {
    const struct market *market = &held->market;
    const struct pool *pool = &market->pools[p];
    struct value_curve curve = {
        .corners = arena_new(arena, struct corner, held->n_hours * market->n_goods)};
    for (int h = 0; h < held->n_hours; h++) {
        double at = 0, before = 0;
        for (int i = 0; i < held->order.n_steps; i++) {
            const struct cover_step *step = &held->order.steps[i];
            double units = held->units[h * market->n_goods + step->good];
            if (step->pool != p || units <= 0)
                continue;
            double value = market->goods[step->good].on_demand_usd / step->use;
            if (at == 0)
                curve.first += held->share[h] * value;
            else
                curve.corners[curve.n++] = (struct corner){at, held->share[h] * (before - value)};
            at += units * pool->use[step->good];
            before = value;
        }
        if (at > 0)
            curve.corners[curve.n++] = (struct corner){at, held->share[h] * before};
    }
    qsort(curve.corners, (size_t)curve.n, sizeof *curve.corners, by_place);
    return curve;
}

/* Where the value of the next dollar falls to one dollar; 0: the first is not worth it. */
static double best_commitment(const struct value_curve *curve) {
    double value = curve->first;
    for (int i = 0; i < curve->n; i++) {
        if (value <= 1 + 1e-12)
            return i > 0 ? curve->corners[i - 1].at : 0;
        value -= curve->corners[i].fall;
    }
    return curve->n > 0 ? curve->corners[curve->n - 1].at : 0;
}

/* The least that covers `usd` an hour of on-demand value in the mean; all of it, when even that
 * does not. */
static double covering(const struct value_curve *curve, double usd) {
    double value = curve->first, at = 0, covered = 0;
    for (int i = 0; i < curve->n; i++) {
        double next = covered + value * (curve->corners[i].at - at);
        if (next >= usd && value > 0)
            return at + (usd - covered) / value;
        covered = next;
        at = curve->corners[i].at;
        value -= curve->corners[i].fall;
    }
    return at;
}

/* On-demand value an hour of what is owned covers of the usage that pool p may cover. */
static double owned_covers_usd(struct arena *arena, const struct held *held, int p) {
    const struct market *market = &held->market;
    double *owned = arena_new(arena, double, market->n_pools);
    for (int o = 0; o < market->n_owned; o++)
        owned[o] = market->pools[o].amount;
    return sum_usage(arena, held, owned, p).others_usd;
}

static double on_demand_usd(struct arena *arena, const struct held *held, int p) {
    return sum_usage(arena, held, arena_new(arena, double, held->market.n_pools), p).left_usd;
}

static double round_up(double usd) {
    return ceil(usd / PLAN_STEP_USD - 1e-6) * PLAN_STEP_USD;
}

/* The amount that is asked for: what saves most, or what covers a share of all usage. */
static double wanted_amount(struct arena *arena, const struct held *net, int p, double owned_usd,
                            double target_coverage) {
    struct value_curve curve = value_of_dollars(arena, net, p);
    if (isnan(target_coverage))
        return commitment_round(&net->market.pools[p], best_commitment(&curve));
    double usage = owned_usd + on_demand_usd(arena, net, p);
    return round_up(covering(&curve, fmax(0, target_coverage * usage - owned_usd)));
}

/* Only plans of the terms, and as the provider sees them: no policy, no budget, from today on. */
static struct plan_input as_provider(const struct plan_input *input,
                                     const struct commitment_terms *terms) {
    struct plan_input open = *input;
    open.terms = terms;
    open.n_terms = 1;
    open.start_months = NULL;
    open.term_zones = NULL;
    open.n_budgets = open.n_capacity = 0;
    open.carbon = NULL;
    open.policy.term_years_max = terms->term_years;
    open.policy.coverage_max = 1;
    return open;
}

bool recommend_from_usage(struct arena *arena, const struct plan_input *input,
                          const struct plan *plan, struct commitment_terms terms,
                          double target_coverage, const struct recommendation **rows, int *n,
                          struct err *err) {
    struct arena scratch = {0};
    struct plan_input open = as_provider(input, &terms);
    struct plan usage = *plan;
    usage.n_commitments = input->n_owned;
    struct held held;
    *n = 0;
    if (!held_open(&scratch, &open, &usage, &held, err)) {
        arena_release(&scratch);
        return false;
    }
    const struct market *market = &held.market;
    double *owned_usd = arena_new(&scratch, double, market->n_pools);
    for (int p = market->n_owned; p < market->n_pools; p++)
        owned_usd[p] = owned_covers_usd(&scratch, &held, p);
    net_of_owned(&scratch, &held);
    struct recommendation *made = arena_new(arena, struct recommendation, market->n_pools);
    double *amount = arena_new(&scratch, double, market->n_pools);
    for (int p = market->n_owned; p < market->n_pools; p++) {
        amount[p] = wanted_amount(&scratch, &held, p, owned_usd[p], target_coverage);
        if (amount[p] > 0) {
            struct recommendation *row = &made[(*n)++];
            *row = describe(arena, &held, amount, p, input->demand->horizon_hours);
            double now = row->hourly_now_mean_usd, usage_usd = now + owned_usd[p];
            row->coverage_now = owned_usd[p] / usage_usd;
            row->coverage = (owned_usd[p] + row->coverage * now) / usage_usd;
        }
        amount[p] = 0;
    }
    *rows = made;
    arena_release(&scratch);
    return true;
}

bool recommend_over_horizon(const struct plan_input *input, struct commitment_terms terms,
                            const struct recommendation *rows, int n, double *usd_per_hour,
                            struct err *err) {
    struct arena scratch = {0};
    struct plan_input open = as_provider(input, &terms);
    struct market market;
    struct what_if what_if;
    struct what_if_answer answer = {0};
    struct programme_memory memory = {0};
    bool solved = market_open(&scratch, &open, &market, err);
    if (solved) {
        what_if_open(&scratch, &market, &memory, &what_if);
        for (int p = market.n_owned; p < market.n_pools; p++) {
            struct pool *pool = &what_if.market.pools[p];
            const char *name = market_pool_name(&scratch, &market, pool);
            pool->fixed = true;
            for (int i = 0; i < n && pool->from_day == 0; i++)
                pool->amount += strcmp(name, rows[i].name) == 0 ? rows[i].hourly_usd : 0;
        }
        solved = what_if_solve(&scratch, &what_if, &answer, err);
    }
    *usd_per_hour = answer.feasible ? answer.usd_per_hour : INFINITY;
    programme_forget(&memory);
    arena_release(&scratch);
    return solved;
}
