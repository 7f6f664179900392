/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/infeasible.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/number.h"
#include "solver/carried.h"
#include "solver/hourly_lp.h"
#include "solver/least_limit.h"
#include "solver/remedy.h"

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

bool infeasible_by_policy(const struct market *market) {
    for (int w = 0; w < market->in->demand->n_workloads; w++) {
        bool there = market->peak[w] <= 0 || has_way(market, w);
        for (int m = 0; m < market->n_machines && !there; m++)
            there = market->machines[m].workload == w;
        if (!there)
            return false;
    }
    return true;
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

/* "12,345.5 requests/s": all digits of a limit, since it is what one types. */
static const char *per_second(struct arena *arena, double rate) {
    const char *digits = number_digits(arena, rate, 9);
    return arena_printf(arena, "%s request%s/s", digits, number_plural(rate));
}

/* "60 requests/s", with the busiest minute that a limit by the minute is for. */
static const char *rate_words(struct arena *arena, const struct market *market, int use,
                              double rate) {
    const struct plan_input *in = market->in;
    double to = ceil(rate * 1000 - 1e-6) / 1000;
    double busiest =
        in->busiest_minute != NULL ? in->busiest_minute[market->uses[use].workload] : 1;
    if (busiest > 1)
        return arena_printf(
            arena, "%s, for the busiest minute of that hour (%s in its mean, times %.3g)",
            per_second(arena, ceil(busiest * to * 10) / 10), number_digits(arena, to, 9), busiest);
    return per_second(arena, to);
}

static const char *supply_words(struct arena *arena, const struct market *market, int limit) {
    const struct plan_supply *supply = &market->in->supply[market->limits[limit].supply];
    return arena_printf(arena, "the %g %s that can be had on demand at once in %s%s",
                        market->limits[limit].vcpu, market->in->offers[supply->offer].sku,
                        market->limits[limit].region, at(arena, supply->where));
}

static const char *quota_words(struct arena *arena, const struct market *market, int limit) {
    if (market->limits[limit].supply >= 0)
        return supply_words(arena, market, limit);
    const struct plan_quota *quota = &market->in->quotas[market->limits[limit].quota];
    return arena_printf(arena, "the quota of %g vCPU for %s%s instances in %s%s",
                        market->limits[limit].vcpu, quota->group, quota->spot ? " spot" : "",
                        market->limits[limit].region, at(arena, quota->where));
}

static const char *use_words(struct arena *arena, const struct market *market, int use) {
    const struct plan_input *in = market->in;
    int c = market->uses[use].candidate;
    return arena_printf(arena, "%s takes at most %s%s", in->candidates[c].name,
                        per_second(arena, market->uses[use].rate_max),
                        at(arena, in->where.candidates ? in->where.candidates[c] : NULL));
}

static const char *spot_words(struct arena *arena, const struct market *market) {
    return arena_printf(arena, "spot may carry at most %g%% of an hour's requests%s",
                        100 * market->in->policy.spot_share_max,
                        at(arena, market->in->where.spot_share));
}

static const char *years_words(struct arena *arena, double years) {
    return arena_printf(arena, "%g year%s", years, years == 1 ? "" : "s");
}

static const char *dollars(struct arena *arena, double usd) {
    return arena_printf(arena, "%s USD", number_digits(arena, usd, 12));
}

/* What the policy says, "on demand is not allowed (scenario.yaml:12)"; NULL: nothing of the kind.
 */
static const char *policy_words(struct arena *arena, const struct market *market,
                                enum change_kind kind) {
    const struct plan_policy *policy = &market->in->policy;
    const struct plan_where *where = &market->in->where;
    switch (kind) {
    case CHANGE_ON_DEMAND:
        return arena_printf(arena, "on demand is not allowed%s", at(arena, where->purchase));
    case CHANGE_SPOT:
        return spot_words(arena, market);
    case CHANGE_TERM:
        return policy->term_years_max == 0
                   ? arena_printf(arena, "no commitment is allowed%s", at(arena, where->term))
                   : arena_printf(arena, "terms of more than %s are not allowed%s",
                                  years_words(arena, policy->term_years_max),
                                  at(arena, where->term));
    case CHANGE_UPFRONT:
        return arena_printf(arena, "at most %s may be paid upfront%s",
                            dollars(arena, policy->upfront_usd_max), at(arena, where->upfront));
    case CHANGE_COVERAGE:
        return arena_printf(arena, "commitments may cover at most %g%%%s",
                            100 * policy->coverage_max, at(arena, where->coverage));
    default:
        return NULL;
    }
}

/* All that the policy says of it: that on demand is not allowed and how much spot may carry, and
 * what alone makes a plan possible once it is changed. */
static void tell_policy(struct arena *arena, const struct market *market,
                        const struct remedies *remedies, struct text *out) {
    const struct plan_input *in = market->in;
    const char *words[CHANGE_KINDS];
    int n = 0;
    for (int kind = CHANGE_ON_DEMAND; kind < CHANGE_KINDS; kind++) {
        bool said = (kind == CHANGE_ON_DEMAND && !in->allow_on_demand) ||
                    (kind == CHANGE_SPOT && in->allow_spot && in->policy.spot_share_max < 1) ||
                    remedies->alone[kind];
        if (said)
            words[n++] = policy_words(arena, market, (enum change_kind)kind);
    }
    for (int i = 0; i < n; i++)
        text_printf(out, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", words[i]);
}

/* What holds it back. */
static void tell_cause(struct arena *arena, const struct market *market,
                       const struct remedies *remedies, struct text *out) {
    const struct change *change = &remedies->best.changes[0];
    if (change->kind == CHANGE_LIMIT)
        text_printf(out, "%s %s used up", quota_words(arena, market, change->index),
                    market->limits[change->index].supply >= 0 ? "are" : "is");
    else if (change->kind == CHANGE_USE)
        text_append_string(out, use_words(arena, market, change->index));
    else
        tell_policy(arena, market, remedies, out);
}

/* "raise it to 32 vCPU"; `it` names what is raised. */
static const char *change_words(struct arena *arena, const struct market *market,
                                const struct change *change, const char *it) {
    switch (change->kind) {
    case CHANGE_LIMIT:
        return market->limits[change->index].supply >= 0
                   ? arena_printf(arena, "get %g at once, or hold capacity for them", change->to)
                   : arena_printf(arena, "raise %s to %g vCPU", it, change->to);
    case CHANGE_USE:
        return arena_printf(arena, "raise %s to %s", it,
                            rate_words(arena, market, change->index, change->to));
    case CHANGE_ON_DEMAND:
        return "allow on demand";
    case CHANGE_TERM:
        return arena_printf(arena, "allow terms of %s", years_words(arena, change->to));
    case CHANGE_UPFRONT:
        return arena_printf(arena, "let %s be paid upfront", dollars(arena, change->to));
    case CHANGE_COVERAGE:
        return "let commitments cover 100%";
    default:
        return "let spot carry all of an hour's requests";
    }
}

/* Several together: each is named with what it is now and what it must be. */
static void describe_several(struct arena *arena, const struct market *market,
                             const struct remedy *remedy, struct text *out) {
    text_append_string(out, "no single change is enough. Cheapest changes that work together:");
    for (int i = 0; i < remedy->n; i++) {
        const struct change *change = &remedy->changes[i];
        int c = change->kind == CHANGE_USE ? market->uses[change->index].candidate : 0;
        const char *it = change->kind == CHANGE_LIMIT ? quota_words(arena, market, change->index)
                         : change->kind == CHANGE_USE
                             ? arena_printf(arena, "the limit of %s of %s",
                                            per_second(arena, market->uses[change->index].rate_max),
                                            market->in->candidates[c].name)
                             : "";
        text_printf(out, "%s %s", i > 0 ? i + 1 < remedy->n ? "," : " and" : "",
                    change_words(arena, market, change, it));
    }
    text_append_string(out, cost_words(arena, remedy));
}

static void describe_remedy(struct arena *arena, const struct market *market,
                            const struct remedies *remedies, struct text *out) {
    const struct plan_input *in = market->in;
    const struct remedy *remedy = &remedies->best, *instead = &remedies->instead;
    if (remedy->n > 1) {
        describe_several(arena, market, remedy, out);
        return;
    }
    if (remedy->n == 1) {
        const struct change *change = &remedy->changes[0];
        const char *it = change->kind == CHANGE_USE ? "that limit" : "it";
        tell_cause(arena, market, remedies, out);
        text_printf(out, ". Cheapest change %sthat works: %s%s", instead->n > 0 ? "of limits " : "",
                    change_words(arena, market, change, it), cost_words(arena, remedy));
        if (instead->n > 0)
            text_printf(out, ". To %s instead is cheaper%s",
                        change_words(arena, market, &instead->changes[0], ""),
                        cost_words(arena, instead));
        return;
    }
    text_printf(out, "no change of limits is enough; at their limits are");
    for (int l = 0; l < market->n_limits; l++)
        if (market->limits[l].supply >= 0)
            text_printf(out, "%s %s", l > 0 ? "," : "", supply_words(arena, market, l));
        else
            text_printf(out, "%s %s%s in %s (%g vCPU)%s", l > 0 ? "," : "",
                        in->quotas[market->limits[l].quota].group,
                        in->quotas[market->limits[l].quota].spot ? " spot" : "",
                        market->limits[l].region, market->limits[l].vcpu,
                        at(arena, in->quotas[market->limits[l].quota].where));
    for (int u = 0; u < market->n_uses; u++)
        if (isfinite(market->uses[u].rate_max))
            text_printf(out, "%s %s (%s)", market->n_limits + u > 0 ? "," : "",
                        in->candidates[market->uses[u].candidate].name,
                        per_second(arena, market->uses[u].rate_max));
}

/* The hour and workload with the largest share of its peak missing in the elastic programme.
 * rates: [n_workloads] what of the hour's demand that carries. */
static bool find_worst(struct arena *arena, const struct market *market, int *slot, int *workload,
                       double *rates, struct err *err) {
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
            }
        }
    for (int w = 0; w < n && *slot >= 0; w++) {
        int column = hourly.missing_column[*slot * n + w];
        rates[w] = market->demand[w * market->n_slots + *slot] -
                   (column < 0 ? 0 : solution.primal[column] * hourly.unit[w]);
        rates[w] = fmax(0, rates[w]);
    }
    return *slot >= 0 || err_set(err, ERR_BUG, "nothing is missing, yet nothing fits");
}

/* What to change; where that works without budgets and the limit of carbon alone, *left says which
 * of these has to be raised as well. */
static bool find_remedy(struct arena *arena, const struct market *market, struct remedies *remedies,
                        const char **left, struct err *err) {
    *left = "";
    if (!remedy_find(arena, market, remedies, err))
        return false;
    if (remedies->best.n > 0 || market->n_couplings == 0)
        return true;
    struct market loose = *market;
    struct plan_input in = *market->in;
    in.n_budgets = 0;
    in.carbon = plan_carbon_price(arena, in.carbon);
    loose.in = &in;
    loose.n_couplings = 0;
    return remedy_find(arena, &loose, remedies, err) &&
           (remedies->best.n == 0 || remedy_left(arena, market, &remedies->best, left, err));
}

/* What whole instances carry of it; where the workloads of the hour do not fit together, what their
 * fractions do. */
static void tell_carried(struct arena *arena, bool fractions_fit, double demand, double carried,
                         struct text *out) {
    double missing = demand - carried;
    if (fractions_fit)
        text_append_string(out, "and no whole number of instances carries them");
    else
        text_printf(out, "only %s can be carried (%s missing)", number_digits(arena, carried, 4),
                    number_digits(arena, missing, 4));
    if (fractions_fit && missing > 0)
        text_printf(out, " (only %s, %s missing)", number_digits(arena, carried, 4),
                    number_digits(arena, missing, 4));
    text_append_string(out, ": ");
}

bool infeasible_explain(struct arena *arena, const struct market *market, int slot, int workload,
                        char text[INFEASIBLE_TEXT], struct err *err) {
    bool fractions_fit = slot >= 0;
    double *rates = arena_new(arena, double, market->in->demand->n_workloads), carried;
    for (int w = 0; w < market->in->demand->n_workloads && fractions_fit; w++)
        rates[w] = market->demand[w * market->n_slots + slot];
    if (!fractions_fit && !find_worst(arena, market, &slot, &workload, rates, err))
        return false;
    if (!carried_in_whole(arena, market, slot, workload, rates, &carried, err))
        return false;
    struct remedies remedies;
    const char *left;
    if (!find_remedy(arena, market, &remedies, &left, err))
        return false;
    if (remedies.best.n == 0 && infeasible_unserved(arena, market, text))
        return true;
    double demand = market->demand[workload * market->n_slots + slot];
    struct text why = {.arena = arena};
    const struct plan_where *where = &market->in->where;
    text_printf(&why, "%s%s: in the hour %s %s request%s/s arrive%s, ",
                market->in->workload_names[workload],
                at(arena, where->workloads ? where->workloads[workload] : NULL),
                market_hour_name(arena, market, market->hour_of_slot[slot]),
                number_digits(arena, demand, 4), number_plural(demand), demand == 1 ? "s" : "");
    tell_carried(arena, fractions_fit, demand, isnan(carried) ? rates[workload] : carried, &why);
    describe_remedy(arena, market, &remedies, &why);
    if (*left)
        text_printf(&why, ". Then %s", left); /* ends with a full stop */
    snprintf(text, INFEASIBLE_TEXT, "%s%s", why.data, *left ? "" : ".");
    return true;
}

/* "1,234.56 USD", "12.3 t CO2e"; rounded up, so that the limit that is named works. */
static const char *coupling_words(struct arena *arena, const struct coupling *coupling,
                                  double value) {
    if (coupling->carbon)
        return arena_printf(arena, "%.0f kg CO2e", ceil(value - 1e-6));
    char usd[32];
    double cents = ceil(value * 100 - 1e-4) + 0.0; /* -0 is 0 */
    money_format_short(usd, cents / 100);
    return value < 1e4 ? arena_printf(arena, "%.2f USD", cents / 100)
                       : arena_printf(arena, "%s (%.0f USD)", usd, ceil(value - 1e-4));
}

/* Raising the one limit of all such periods to what this one needs is enough. */
static bool is_raised_too(const struct market *market, const struct coupling_gap *gap, int c) {
    const struct coupling *row = &market->couplings[c], *raised = &market->couplings[gap->coupling];
    return coupling_shares_limit(row, raised) &&
           gap->values[c] - row->limit <= (gap->reached - raised->limit) * (1 + 1e-9);
}

/* The other rows that the same plan is over. */
static void tell_others(struct arena *arena, const struct market *market,
                        const struct coupling_gap *gap, struct text *out) {
    enum { TOLD = 3 };
    int n = 0;
    for (int c = 0; c < market->n_couplings && gap->values != NULL; c++) {
        const struct coupling *row = &market->couplings[c];
        if (c == gap->coupling || coupling_kept(row, gap->values[c]) ||
            is_raised_too(market, gap, c))
            continue;
        if (n++ < TOLD)
            text_printf(out, "%s %s (%s of %s)", n == 1 ? ". That plan is over" : ",", row->name,
                        coupling_words(arena, row, gap->values[c]),
                        coupling_words(arena, row, row->limit));
    }
    if (n > TOLD)
        text_printf(out, " and %d more", n - TOLD);
}

bool infeasible_coupling(struct arena *arena, const struct market *market,
                         const struct coupling_gap *gap, char text[INFEASIBLE_TEXT],
                         struct err *err) {
    const struct coupling *row = &market->couplings[gap->coupling];
    double extra;
    if (!remedy_coupling(arena, market, gap->coupling, &extra, err))
        return false;
    struct text why = {.arena = arena};
    text_printf(&why, "%s of %s%s cannot be kept", row->name,
                coupling_words(arena, row, row->limit), at(arena, row->where));
    if (isfinite(extra) && extra > 0)
        text_printf(&why, ": no plan comes below %s",
                    coupling_words(arena, row, row->limit + extra));
    double least = NAN;
    if (isfinite(extra) && gap->reached > row->limit &&
        !least_limit(arena, market, gap, row->limit + fmax(extra, 0), &least, err))
        return false;
    text_printf(&why, ". In whole instances the least that was found is %s: raise it to that",
                coupling_words(arena, row, isnan(least) ? gap->reached : least));
    if (isnan(least))
        tell_others(arena, market, gap, &why);
    snprintf(text, INFEASIBLE_TEXT, "%s.", why.data);
    return true;
}
