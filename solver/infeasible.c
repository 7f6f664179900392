/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/infeasible.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "solver/hourly_lp.h"
#include "solver/whole.h"

enum { USE_RAISES = 8 };
enum { RAISES_MAX = 40 }; /* doublings and halvings of a quota step: 2^20 steps */

/* One way out. */
struct remedy {
    enum relaxation relaxation; /* RELAX_NOTHING: none works alone */
    int index;                  /* of the limit or use */
    double to;                  /* the new limit */
    double growth;              /* relative, to compare */
    double usd;                 /* an hour, of the plan with it */
};

static bool has_way(const struct market *market, int workload) {
    for (int m = 0; m < market->n_machines; m++)
        if (market->machines[m].workload == workload &&
            (market->machines[m].regular || market->machines[m].spot))
            return true;
    for (int u = 0; u < market->n_uses; u++)
        if (market->uses[u].workload == workload)
            return true;
    return false;
}

bool infeasible_unserved(struct arena *arena, const struct market *market,
                         char text[INFEASIBLE_TEXT]) {
    const struct plan_input *in = market->in;
    for (int w = 0; w < in->demand->n_workloads; w++) {
        if (market->peak[w] <= 0 || has_way(market, w))
            continue;
        struct text why = {.arena = arena};
        text_printf(&why, "%s: no candidate can serve it", in->workload_names[w]);
        int n = 0;
        for (int e = 0; e < market->n_exclusions; e++) {
            const struct exclusion *excluded = &market->exclusions[e];
            if (excluded->candidate < 0 || in->candidates[excluded->candidate].workload != w ||
                strcmp(excluded->option, "all") != 0)
                continue;
            text_printf(&why, "%s %s: %s", n > 0 ? ";" : ".",
                        in->candidates[excluded->candidate].name, excluded->reason);
            n++;
        }
        snprintf(text, INFEASIBLE_TEXT, "%s", why.data);
        return true;
    }
    return false;
}

/* --- remedies --- */

/* How much more the programme needs of one limit; INFINITY: more of it alone does not help. */
static bool programme_extra(struct arena *arena, const struct market *market,
                            enum relaxation relaxation, int index, double *extra, struct err *err) {
    struct hourly_lp hourly;
    struct lp_solution solution;
    hourly_lp_build(arena, market, relaxation, index, &hourly);
    if (!lp_solve(arena, &hourly.lp, &solution, err))
        return false;
    *extra = solution.status != LP_OPTIMAL ? INFINITY
             : hourly.extra_column >= 0    ? solution.primal[hourly.extra_column]
                                           : 0;
    return true;
}

static bool whole_fits(struct arena *arena, const struct market *market, int limit, double vcpu) {
    struct arena_mark mark = arena_mark(arena);
    struct market raised = *market;
    raised.limits = arena_new(arena, struct limit, market->n_limits);
    memcpy(raised.limits, market->limits, (size_t)market->n_limits * sizeof *raised.limits);
    raised.limits[limit].vcpu = vcpu;
    int workload;
    bool fits = whole_first_gap(arena, &raised, &workload) < 0;
    arena_rewind(arena, mark);
    return fits;
}

static double limit_step(const struct market *market, int limit) {
    double step = INFINITY;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        if ((machine->limit_regular == limit || machine->limit_spot == limit) && machine->vcpu > 0)
            step = fmin(step, machine->vcpu);
    }
    return isfinite(step) ? step : 1;
}

/* The smallest multiple of the smallest instance's vCPU, at least `from`, that whole instances can
 * work with. */
static double raise_limit(struct arena *arena, const struct market *market, int limit,
                          double from) {
    double step = limit_step(market, limit);
    double base = ceil(from / step - 1e-6), high = 0, low = -1;
    for (int i = 0; !whole_fits(arena, market, limit, (base + high) * step); i++) {
        if (i == RAISES_MAX / 2)
            return INFINITY;
        low = high;
        high = high > 0 ? 2 * high : 1;
    }
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (whole_fits(arena, market, limit, (base + middle) * step))
            high = middle;
        else
            low = middle;
    }
    return (base + high) * step;
}

/* The plan with the change made, USD an hour; INFINITY: there is still none. */
static bool price_change(struct arena *arena, const struct market *market,
                         const struct remedy *remedy, double *usd, struct err *err) {
    struct plan_input changed = *market->in;
    struct plan_quota *quotas = arena_new(arena, struct plan_quota, changed.n_quotas);
    struct capacity *capacities = arena_new(arena, struct capacity, changed.n_candidates);
    if (changed.n_quotas > 0)
        memcpy(quotas, changed.quotas, (size_t)changed.n_quotas * sizeof *quotas);
    memcpy(capacities, changed.capacities, (size_t)changed.n_candidates * sizeof *capacities);
    changed.quotas = quotas;
    changed.capacities = capacities;
    changed.unexplained = true;
    if (remedy->relaxation == RELAX_LIMIT)
        quotas[market->limits[remedy->index].quota].vcpu = remedy->to;
    else if (remedy->relaxation == RELAX_USE)
        capacities[market->uses[remedy->index].candidate].rate_max_per_second *=
            remedy->to / market->uses[remedy->index].rate_max;
    else if (remedy->relaxation == RELAX_ON_DEMAND)
        changed.allow_on_demand = true;
    else
        changed.policy.spot_share_max = 1;
    struct plan plan;
    *usd = INFINITY;
    if (!plan_solve(arena, &changed, &plan, err))
        return false;
    if (plan.feasible)
        *usd = plan.usd_per_hour;
    return true;
}

/* The cheaper one stays; of equals the smaller change. */
static bool offer(struct arena *arena, const struct market *market, struct remedy next,
                  struct remedy *best, struct err *err) {
    if (!price_change(arena, market, &next, &next.usd, err))
        return false;
    double slack = 1e-9 * (1 + best->usd);
    if (isfinite(next.usd) && (best->relaxation == RELAX_NOTHING || next.usd < best->usd - slack ||
                               (next.usd <= best->usd + slack && next.growth < best->growth)))
        *best = next;
    return true;
}

static bool try_limits(struct arena *arena, const struct market *market, struct remedy *best,
                       struct err *err) {
    for (int l = 0; l < market->n_limits; l++) {
        double extra, now = market->limits[l].vcpu;
        if (!programme_extra(arena, market, RELAX_LIMIT, l, &extra, err))
            return false;
        if (!isfinite(extra))
            continue;
        double to = raise_limit(arena, market, l, now + extra);
        struct remedy next = {RELAX_LIMIT, l, to, (to - now) / fmax(now, 1), 0};
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
        if (!programme_extra(arena, market, RELAX_USE, u, &extra, err))
            return false;
        if (!isfinite(extra))
            continue;
        double all = market->peak[use->workload];
        struct remedy next = {RELAX_USE, u, now + extra, extra / fmax(now, 1e-9), 0};
        for (int i = 0; i < USE_RAISES && !isfinite(usd); i++) {
            next.to = i == 0 ? now + extra : next.to + (fmax(all, next.to) - next.to) / 4;
            next.to = i == USE_RAISES - 1 ? fmax(all, next.to) : next.to;
            if (!price_change(arena, market, &next, &usd, err))
                return false;
        }
        next.growth = (next.to - now) / fmax(now, 1e-9);
        if (!offer(arena, market, next, best, err))
            return false;
    }
    return true;
}

static bool find_remedy(struct arena *arena, const struct market *market, struct remedy *best,
                        struct err *err) {
    *best = (struct remedy){.relaxation = RELAX_NOTHING};
    if (!try_limits(arena, market, best, err) || !try_uses(arena, market, best, err))
        return false;
    /* What the policy forbids is asked for last. */
    if (best->relaxation == RELAX_NOTHING && !market->in->allow_on_demand &&
        !offer(arena, market, (struct remedy){.relaxation = RELAX_ON_DEMAND}, best, err))
        return false;
    return best->relaxation != RELAX_NOTHING || !market->in->allow_spot ||
           offer(arena, market, (struct remedy){.relaxation = RELAX_SPOT}, best, err);
}

/* --- words --- */

/* " (scenario.yaml:12)", or nothing. */
static const char *at(struct arena *arena, const char *where) {
    return where != NULL ? arena_printf(arena, " (%s)", where) : "";
}

static const char *cost_words(struct arena *arena, const struct remedy *remedy) {
    char usd[32];
    money_format_short(usd, remedy->usd * HOURS_PER_MONTH);
    return arena_printf(arena, "; the plan then costs %s a month", usd);
}

static void describe_use(struct arena *arena, const struct market *market,
                         const struct remedy *remedy, struct text *out) {
    const struct plan_input *in = market->in;
    const struct use *use = &market->uses[remedy->index];
    double to = ceil(remedy->to * 1000 - 1e-6) / 1000;
    double busiest = in->busiest_minute != NULL ? in->busiest_minute[use->workload] : 1;
    text_printf(out,
                "%s takes at most %g requests/s%s. Cheapest change that works: raise that limit",
                in->candidates[use->candidate].name, use->rate_max,
                at(arena, in->where.candidates ? in->where.candidates[use->candidate] : NULL));
    if (busiest > 1)
        text_printf(out,
                    " to %g requests/s, for the busiest minute of that hour (%g in its mean, times "
                    "%.3g)",
                    ceil(busiest * to * 10) / 10, to, busiest);
    else
        text_printf(out, " to %g requests/s", to);
    text_append_string(out, cost_words(arena, remedy));
}

static void describe_remedy(struct arena *arena, const struct market *market,
                            const struct remedy *remedy, struct text *out) {
    const struct plan_input *in = market->in;
    switch (remedy->relaxation) {
    case RELAX_LIMIT: {
        const struct limit *limit = &market->limits[remedy->index];
        const struct plan_quota *quota = &in->quotas[limit->quota];
        text_printf(out,
                    "the quota of %g vCPU for %s%s instances in %s%s is used up. Cheapest change "
                    "that works: raise it to %g vCPU%s",
                    limit->vcpu, quota->group, quota->spot ? " spot" : "", limit->region,
                    at(arena, quota->where), remedy->to, cost_words(arena, remedy));
        return;
    }
    case RELAX_USE:
        describe_use(arena, market, remedy, out);
        return;
    case RELAX_ON_DEMAND:
        text_printf(out, "on demand is not allowed%s", at(arena, in->where.purchase));
        if (in->allow_spot)
            text_printf(out, " and spot may carry at most %g%% of an hour's requests%s",
                        100 * in->policy.spot_share_max, at(arena, in->where.spot_share));
        text_printf(out, ". Cheapest change that works: allow on demand%s",
                    cost_words(arena, remedy));
        return;
    case RELAX_SPOT:
        text_printf(out,
                    "spot may carry at most %g%% of an hour's requests%s. Cheapest change that "
                    "works: let it carry all of them%s",
                    100 * in->policy.spot_share_max, at(arena, in->where.spot_share),
                    cost_words(arena, remedy));
        return;
    case RELAX_NOTHING:
    case RELAX_DEMAND:
    case RELAX_COUPLING:
        break;
    }
    text_printf(out, "no single limit is the cause; at their limits are");
    for (int l = 0; l < market->n_limits; l++)
        text_printf(out, "%s %s%s in %s (%g vCPU)%s", l > 0 ? "," : "",
                    in->quotas[market->limits[l].quota].group,
                    in->quotas[market->limits[l].quota].spot ? " spot" : "",
                    market->limits[l].region, market->limits[l].vcpu,
                    at(arena, in->quotas[market->limits[l].quota].where));
    for (int u = 0; u < market->n_uses; u++)
        if (isfinite(market->uses[u].rate_max))
            text_printf(out, "%s %s (%g requests/s)", market->n_limits + u > 0 ? "," : "",
                        in->candidates[market->uses[u].candidate].name, market->uses[u].rate_max);
}

/* The hour and workload with the largest share of its peak missing in the elastic programme. */
static bool find_worst(struct arena *arena, const struct market *market, int *slot, int *workload,
                       double *missing, struct err *err) {
    struct hourly_lp hourly;
    struct lp_solution solution;
    hourly_lp_build(arena, market, RELAX_DEMAND, 0, &hourly);
    if (!lp_solve(arena, &hourly.lp, &solution, err))
        return false;
    if (solution.status != LP_OPTIMAL)
        return err_set(err, ERR_BUG, "the elastic programme has no optimum");
    int n = market->in->demand->n_workloads;
    double worst = 0;
    for (int s = 0; s < market->n_slots; s++)
        for (int w = 0; w < n; w++) {
            int column = hourly.missing_column[s * n + w];
            double rate = column < 0 ? 0 : solution.primal[column] * hourly.unit[w];
            if (rate / market->peak[w] > worst + 1e-9) {
                worst = rate / market->peak[w];
                *slot = s;
                *workload = w;
                *missing = rate;
            }
        }
    return *slot >= 0 || err_set(err, ERR_BUG, "nothing is missing, yet nothing fits");
}

bool infeasible_explain(struct arena *arena, const struct market *market, int slot, int workload,
                        char text[INFEASIBLE_TEXT], struct err *err) {
    bool fractions_fit = slot >= 0;
    double missing = 0;
    if (!fractions_fit && !find_worst(arena, market, &slot, &workload, &missing, err))
        return false;
    struct remedy remedy;
    if (!find_remedy(arena, market, &remedy, err))
        return false;
    double demand = market->demand[workload * market->n_slots + slot];
    struct text why = {.arena = arena};
    const struct plan_where *where = &market->in->where;
    text_printf(&why, "%s%s: in the hour %s %.4g requests/s arrive, ",
                market->in->workload_names[workload],
                at(arena, where->workloads ? where->workloads[workload] : NULL),
                market_hour_name(arena, market, market->hour_of_slot[slot]), demand);
    if (fractions_fit)
        text_printf(&why, "and no whole number of instances carries them: ");
    else
        text_printf(&why, "only %.4g can be carried (%.4g missing): ", demand - missing, missing);
    describe_remedy(arena, market, &remedy, &why);
    snprintf(text, INFEASIBLE_TEXT, "%s.", why.data);
    return true;
}

/* "1,234.56 USD", "12.3 t CO2e"; rounded up, so that the limit that is named works. */
static const char *coupling_words(struct arena *arena, const struct coupling *coupling,
                                  double value) {
    if (coupling->carbon)
        return arena_printf(arena, "%.0f kg CO2e", ceil(value - 1e-6));
    char usd[32];
    money_format_short(usd, ceil(value * 100 - 1e-4) / 100);
    return value < 1e4 ? arena_printf(arena, "%.2f USD", ceil(value * 100 - 1e-4) / 100)
                       : arena_printf(arena, "%s (%.0f USD)", usd, ceil(value - 1e-4));
}

bool infeasible_coupling(struct arena *arena, const struct market *market, int coupling,
                         double reached, char text[INFEASIBLE_TEXT], struct err *err) {
    const struct coupling *row = &market->couplings[coupling];
    double extra;
    if (!programme_extra(arena, market, RELAX_COUPLING, coupling, &extra, err))
        return false;
    struct text why = {.arena = arena};
    text_printf(&why, "%s of %s cannot be kept", row->name, coupling_words(arena, row, row->limit));
    if (isfinite(extra) && extra > 0)
        text_printf(&why, ": no plan comes below %s",
                    coupling_words(arena, row, row->limit + extra));
    text_printf(&why, ". In whole instances the least that was found is %s: raise it to that",
                coupling_words(arena, row, reached));
    snprintf(text, INFEASIBLE_TEXT, "%s.", why.data);
    return true;
}
