/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/remedy.h"

#include <math.h>
#include <string.h>

#include "solver/whole.h"

enum { USE_RAISES = 8 };
enum { RAISES_MAX = 40 };   /* doublings and halvings of a quota step: 2^20 steps */
enum { SUPPLY_RAISES = 8 }; /* doublings of what can be had on demand: each is a plan */
enum { UPFRONT_TURNS = 4 };
enum { PAIRED_MAX = 5 }; /* rows of which every pair is tried */

bool remedy_coupling(struct arena *arena, const struct market *market, int coupling, double *extra,
                     struct err *err) {
    struct hourly_lp hourly;
    struct lp_solution solution;
    hourly_lp_build(arena, market, RELAX_COUPLING, coupling, &hourly);
    if (!lp_solve(arena, &hourly.lp, &solution, err))
        return false;
    *extra = solution.status == LP_OPTIMAL ? solution.primal[hourly.extra_column] : INFINITY;
    return true;
}

/* ---- the elastic programme ---- */

static void relax(const struct change *change, struct relaxed_rows *set) {
    if (change->kind == CHANGE_LIMIT)
        set->limits[change->index] = true;
    else if (change->kind == CHANGE_USE)
        set->uses[change->index] = true;
    else if (change->kind == CHANGE_ON_DEMAND)
        set->on_demand = true;
    else if (change->kind == CHANGE_SPOT)
        set->spot = true;
    else if (change->kind == CHANGE_UPFRONT)
        set->upfront = true;
    else if (change->kind == CHANGE_COVERAGE)
        set->coverage = true;
}

/* How much more these changes come to together: extra [n], NAN for what the policy allows.
 * *helps false: that is not enough. */
static bool solve_elastic(struct arena *arena, const struct market *market,
                          const struct change *changes, int n, bool *helps, double *extra,
                          struct err *err) {
    struct relaxed_rows set = {.limits = arena_new(arena, bool, market->n_limits),
                               .uses = arena_new(arena, bool, market->n_uses)};
    struct hourly_lp hourly;
    struct lp_solution solution;
    for (int i = 0; i < n; i++)
        relax(&changes[i], &set);
    hourly_lp_build_elastic(arena, market, &set, &hourly);
    if (!lp_solve(arena, &hourly.lp, &solution, err))
        return false;
    *helps = solution.status == LP_OPTIMAL;
    for (int i = 0; i < n && *helps; i++) {
        const struct change *change = &changes[i];
        int column = change->kind == CHANGE_LIMIT ? hourly.limit_extra[change->index]
                     : change->kind == CHANGE_USE ? hourly.use_extra[change->index]
                                                  : -1;
        extra[i] = column >= 0 ? solution.primal[column] : NAN;
    }
    return true;
}

/* Of one limit alone; INFINITY: more of it does not help. */
static bool need_more(struct arena *arena, const struct market *market, struct change change,
                      double *extra, struct err *err) {
    bool helps;
    if (!solve_elastic(arena, market, &change, 1, &helps, extra, err))
        return false;
    *extra = helps ? *extra : INFINITY;
    return true;
}

static double limit_step(const struct market *market, int limit) {
    double step = INFINITY;
    if (market->limits[limit].supply >= 0)
        return 1;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        if ((machine->limit_regular == limit || machine->limit_spot == limit) && machine->vcpu > 0)
            step = fmin(step, machine->vcpu);
    }
    return isfinite(step) ? step : 1;
}

/* --- what it costs --- */

struct changed {
    struct plan_input in;
    struct plan_quota *quotas;
    struct plan_supply *supply;
    struct capacity *capacities;
};

static void apply(const struct market *market, const struct change *change,
                  struct changed *changed) {
    if (change->kind == CHANGE_LIMIT) { /* a quota is the same in all regions */
        const struct limit *limit = &market->limits[change->index];
        double *now = limit->supply >= 0 ? &changed->supply[limit->supply].at_once
                                         : &changed->quotas[limit->quota].vcpu;
        *now = fmax(*now, change->to);
    } else if (change->kind == CHANGE_USE)
        changed->capacities[market->uses[change->index].candidate].rate_max_per_second *=
            change->to / market->uses[change->index].rate_max;
    else if (change->kind == CHANGE_ON_DEMAND)
        changed->in.allow_on_demand = true;
    else if (change->kind == CHANGE_SPOT)
        changed->in.policy.spot_share_max = 1;
    else if (change->kind == CHANGE_TERM)
        changed->in.policy.term_years_max = (int)change->to;
    else if (change->kind == CHANGE_UPFRONT)
        changed->in.policy.upfront_usd_max = change->to;
    else
        changed->in.policy.coverage_max = 1;
}

static struct plan_input with_changes(struct arena *arena, const struct market *market,
                                      const struct remedy *remedy) {
    struct changed changed = {.in = *market->in};
    struct plan_input *in = &changed.in;
    changed.quotas = arena_new(arena, struct plan_quota, in->n_quotas);
    changed.supply = arena_new(arena, struct plan_supply, in->n_supply);
    changed.capacities = arena_new(arena, struct capacity, in->n_candidates);
    if (in->n_supply > 0)
        memcpy(changed.supply, in->supply, (size_t)in->n_supply * sizeof *changed.supply);
    if (in->n_quotas > 0)
        memcpy(changed.quotas, in->quotas, (size_t)in->n_quotas * sizeof *changed.quotas);
    memcpy(changed.capacities, in->capacities,
           (size_t)in->n_candidates * sizeof *changed.capacities);
    in->quotas = changed.quotas;
    in->supply = changed.supply;
    in->capacities = changed.capacities;
    for (int i = 0; i < remedy->n; i++)
        apply(market, &remedy->changes[i], &changed);
    return changed.in;
}

static bool solve_changed(struct arena *arena, const struct market *market,
                          const struct remedy *remedy, struct plan *plan, struct err *err) {
    struct plan_input *in = arena_new(arena, struct plan_input, 1);
    *in = with_changes(arena, market, remedy);
    in->unexplained = true;
    return plan_solve(arena, in, plan, err);
}

static struct change *upfront_of(struct remedy *remedy) {
    for (int i = 0; i < remedy->n; i++)
        if (remedy->changes[i].kind == CHANGE_UPFRONT)
            return &remedy->changes[i];
    return NULL;
}

/* The plan with the changes made, USD an hour; INFINITY: there is still none. What may be paid
 * upfront becomes what the plan without that limit pays, as far as the search finds it again. */
static bool price(struct arena *arena, const struct market *market, struct remedy *remedy,
                  double *usd, struct err *err) {
    struct change *upfront = upfront_of(remedy);
    struct plan plan;
    *usd = INFINITY;
    if (upfront != NULL)
        upfront->to = -1; /* no limit */
    if (!solve_changed(arena, market, remedy, &plan, err))
        return false;
    if (!plan.feasible || upfront == NULL) {
        *usd = plan.feasible ? plan.usd_per_hour : INFINITY;
        return true;
    }
    double pays = plan.upfront_usd;
    for (int turn = 0; turn < UPFRONT_TURNS && !isfinite(*usd); turn++) {
        upfront->to = ceil(pays * (1 + 0.02 * turn) - 1e-6);
        if (!solve_changed(arena, market, remedy, &plan, err))
            return false;
        *usd = plan.feasible ? plan.usd_per_hour : INFINITY;
    }
    return true;
}

bool remedy_left(struct arena *arena, const struct market *market, const struct remedy *remedy,
                 const char **left, struct err *err) {
    struct plan_input *in = arena_new(arena, struct plan_input, 1);
    struct plan plan;
    *in = with_changes(arena, market, remedy);
    if (!plan_solve(arena, in, &plan, err))
        return false;
    *left = plan.feasible ? "" : arena_strdup(arena, plan.infeasible);
    return true;
}

static void take_better(const struct remedy *next, struct remedy *best) {
    double slack = 1e-9 * (1 + best->usd);
    if (isfinite(next->usd) && (best->n == 0 || next->usd < best->usd - slack ||
                                (next->usd <= best->usd + slack && next->growth < best->growth)))
        *best = *next;
}

/* The cheaper one stays; of equals the smaller change. */
static bool offer(struct arena *arena, const struct market *market, struct remedy next,
                  struct remedy *best, struct err *err) {
    if (!price(arena, market, &next, &next.usd, err))
        return false;
    take_better(&next, best);
    return true;
}

/* --- one change --- */

/* Whether whole instances can work with so much of it. What is not to be had on demand costs a
 * prohibitive price in the search, so that only a plan tells. */
static bool whole_fits(struct arena *arena, const struct market *market, int limit, double amount,
                       bool *fits, struct err *err) {
    struct arena_mark mark = arena_mark(arena);
    bool solved = true;
    if (market->limits[limit].supply >= 0) {
        struct remedy next = {1, {{CHANGE_LIMIT, limit, amount}}, 0, 0};
        double usd;
        solved = price(arena, market, &next, &usd, err);
        *fits = solved && isfinite(usd);
    } else {
        struct market raised = *market;
        raised.limits = arena_new(arena, struct limit, market->n_limits);
        memcpy(raised.limits, market->limits, (size_t)market->n_limits * sizeof *raised.limits);
        raised.limits[limit].vcpu = amount;
        int workload;
        *fits = whole_first_gap(arena, &raised, &workload) < 0;
    }
    arena_rewind(arena, mark);
    return solved;
}

/* The smallest multiple of the smallest instance's vCPU (of what can be had, of one), at least
 * `from`, that whole instances can work with. */
static bool raise_limit(struct arena *arena, const struct market *market, int limit, double from,
                        double *to, struct err *err) {
    double step = limit_step(market, limit);
    double base = ceil(from / step - 1e-6), high = 0, low = -1;
    int doublings = market->limits[limit].supply >= 0 ? SUPPLY_RAISES : RAISES_MAX / 2;
    bool fits;
    for (int i = 0;; i++) {
        if (!whole_fits(arena, market, limit, (base + high) * step, &fits, err))
            return false;
        if (fits)
            break;
        if (i == doublings) {
            *to = INFINITY;
            return true;
        }
        low = high;
        high = high > 0 ? 2 * high : 1;
    }
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (!whole_fits(arena, market, limit, (base + middle) * step, &fits, err))
            return false;
        *(fits ? &high : &low) = middle;
    }
    *to = (base + high) * step;
    return true;
}

static bool try_limits(struct arena *arena, const struct market *market, struct remedy *best,
                       struct err *err) {
    for (int l = 0; l < market->n_limits; l++) {
        double extra, now = market->limits[l].vcpu;
        if (!need_more(arena, market, (struct change){CHANGE_LIMIT, l, now}, &extra, err))
            return false;
        if (!isfinite(extra))
            continue;
        double to;
        if (!raise_limit(arena, market, l, now + extra, &to, err))
            return false;
        struct remedy next = {1, {{CHANGE_LIMIT, l, to}}, (to - now) / fmax(now, 1), 0};
        if (isfinite(to) && !offer(arena, market, next, best, err))
            return false;
    }
    return true;
}

/* A limit of what is paid by use is a limit in every minute, the demand a mean of the hour. Where
 * whole instances carry less than their fractions, the programme's amount is too small: it is
 * raised until a plan fits. */
static bool try_uses(struct arena *arena, const struct market *market, struct remedy *best,
                     struct err *err) {
    for (int u = 0; u < market->n_uses; u++) {
        const struct use *use = &market->uses[u];
        double extra, now = use->rate_max, usd = INFINITY;
        if (!isfinite(now))
            continue;
        if (!need_more(arena, market, (struct change){CHANGE_USE, u, now}, &extra, err))
            return false;
        if (!isfinite(extra))
            continue;
        double all = market->peak[use->workload];
        struct remedy next = {1, {{CHANGE_USE, u, now + extra}}, 0, 0};
        double *to = &next.changes[0].to;
        for (int i = 0; i < USE_RAISES && !isfinite(usd); i++) {
            *to = i == 0 ? now + extra : *to + (fmax(all, *to) - *to) / 4;
            *to = i == USE_RAISES - 1 ? fmax(all, *to) : *to;
            if (!price(arena, market, &next, &usd, err))
                return false;
        }
        next.growth = (*to - now) / fmax(now, 1e-9);
        if (!offer(arena, market, next, best, err))
            return false;
    }
    return true;
}

/* Of a term that is on offer and longer than allowed, the least; 0: there is none. */
static int longer_term(const struct plan_input *in, int than) {
    int least = 0;
    for (int t = 0; t < in->n_terms; t++) {
        int years = in->terms[t].term_years;
        if (years > than && (least == 0 || years < least))
            least = years;
    }
    return least;
}

/* What the policy forbids. Returns how many, at most POLICY_MAX. */
enum { POLICY_MAX = 6 };

static int list_policy(const struct plan_input *in, struct change *out) {
    const struct plan_policy *policy = &in->policy;
    int n = 0;
    if (!in->allow_on_demand)
        out[n++] = (struct change){.kind = CHANGE_ON_DEMAND};
    if (in->allow_spot && policy->spot_share_max < 1)
        out[n++] = (struct change){.kind = CHANGE_SPOT};
    if (in->n_terms > 0 && policy->upfront_usd_max >= 0)
        out[n++] = (struct change){.kind = CHANGE_UPFRONT, .to = -1};
    if (in->n_terms > 0 && policy->coverage_max < 1)
        out[n++] = (struct change){.kind = CHANGE_COVERAGE};
    for (int years = policy->term_years_max; n < POLICY_MAX && longer_term(in, years) > 0;) {
        years = longer_term(in, years);
        out[n++] = (struct change){.kind = CHANGE_TERM, .to = years};
    }
    return n;
}

static bool try_policy(struct arena *arena, const struct market *market, struct remedies *out,
                       struct remedy *best, struct err *err) {
    struct change policy[POLICY_MAX];
    int n = list_policy(market->in, policy);
    for (int i = 0; i < n; i++) {
        struct remedy next = {.n = 1, .changes = {policy[i]}};
        if (!price(arena, market, &next, &next.usd, err))
            return false;
        out->alone[policy[i].kind] = out->alone[policy[i].kind] || isfinite(next.usd);
        take_better(&next, best);
    }
    return true;
}

/* --- several --- */

/* The rows that can be raised, and what the policy may allow. */
static int list_changes(const struct market *market, struct change *out) {
    int n = 0;
    for (int l = 0; l < market->n_limits; l++)
        out[n++] = (struct change){CHANGE_LIMIT, l, market->limits[l].vcpu};
    for (int u = 0; u < market->n_uses; u++)
        if (isfinite(market->uses[u].rate_max))
            out[n++] = (struct change){CHANGE_USE, u, market->uses[u].rate_max};
    struct change policy[POLICY_MAX];
    int n_policy = list_policy(market->in, policy);
    for (int i = 0; i < n_policy; i++)
        if (policy[i].kind != CHANGE_TERM) /* other commitments: another programme */
            out[n++] = policy[i];
    return n;
}

/* What the elastic programme raises of these rows, as changes. n stays 0 where that does not help.
 */
static bool raise_rows(struct arena *arena, const struct market *market,
                       const struct change *changes, int n, struct remedy *out, struct err *err) {
    double *extra = arena_new(arena, double, n);
    bool helps;
    *out = (struct remedy){0};
    if (!solve_elastic(arena, market, changes, n, &helps, extra, err))
        return false;
    for (int i = 0; i < n && helps; i++) {
        struct change change = changes[i];
        if (extra[i] <= 1e-9 * (1 + change.to))
            continue;
        if (out->n == CHANGES_MAX) {
            out->n = 0;
            return true;
        }
        change.to += isnan(extra[i]) ? 0 : extra[i];
        out->changes[out->n++] = change;
    }
    return true;
}

static double limit_now(const struct market *market, const struct change *change) {
    return change->kind == CHANGE_LIMIT ? market->limits[change->index].vcpu
           : change->kind == CHANGE_USE ? market->uses[change->index].rate_max
                                        : 0;
}

/* To what whole instances can work with: quotas up to the next of their smallest instance, and on
 * from there, a quarter of the way to the peak for what is paid by use. */
static void raise_further(const struct market *market, int turn, struct change *change) {
    if (change->kind == CHANGE_LIMIT) {
        double step = limit_step(market, change->index);
        change->to = (ceil(change->to / step - 1e-6) + (turn > 0 ? 1 << (turn - 1) : 0)) * step;
    } else if (change->kind == CHANGE_USE && turn > 0) {
        double all = fmax(market->peak[market->uses[change->index].workload], change->to);
        change->to += turn == USE_RAISES - 1 ? all - change->to : (all - change->to) / 4;
    }
}

static bool try_rows(struct arena *arena, const struct market *market, const struct change *changes,
                     int n, struct remedy *best, struct err *err) {
    struct remedy next;
    if (!raise_rows(arena, market, changes, n, &next, err))
        return false;
    next.usd = INFINITY;
    for (int turn = 0; turn < USE_RAISES && next.n > 0 && !isfinite(next.usd); turn++) {
        for (int i = 0; i < next.n; i++)
            raise_further(market, turn, &next.changes[i]);
        if (!price(arena, market, &next, &next.usd, err))
            return false;
    }
    for (int i = 0; i < next.n; i++) {
        double now = limit_now(market, &next.changes[i]);
        next.growth += (next.changes[i].to - now) / fmax(now, 1);
    }
    if (next.n > 0)
        take_better(&next, best);
    return true;
}

static bool try_several(struct arena *arena, const struct market *market, struct remedy *best,
                        struct err *err) {
    struct change *all =
        arena_new(arena, struct change, market->n_limits + market->n_uses + POLICY_MAX);
    int n = list_changes(market, all);
    for (int i = 0; n <= PAIRED_MAX && i < n; i++)
        for (int j = i + 1; j < n; j++) {
            struct change pair[] = {all[i], all[j]};
            if (!try_rows(arena, market, pair, 2, best, err))
                return false;
        }
    return best->n > 0 || n < 2 || try_rows(arena, market, all, n, best, err);
}

bool remedy_find(struct arena *arena, const struct market *market, struct remedies *out,
                 struct err *err) {
    struct remedy of_policy = {0};
    *out = (struct remedies){0};
    if (!try_limits(arena, market, &out->best, err) || !try_uses(arena, market, &out->best, err) ||
        !try_policy(arena, market, out, &of_policy, err))
        return false;
    if (out->best.n == 0)
        out->best = of_policy;
    else if (of_policy.n > 0 && of_policy.usd < out->best.usd * (1 - 1e-9))
        out->instead = of_policy;
    return out->best.n > 0 || try_several(arena, market, &out->best, err);
}
