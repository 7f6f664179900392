/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What estimated service times mean for the plan: the instances that its hours would lack, and
 * their money at what the plan's own cost. */
#include <math.h>

#include "base/number.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"

/* Of one instance candidate in the plan. */
struct used {
    int32_t peak;    /* instances, regular and spot together */
    double list_usd; /* a month at the on-demand rate */
};

static struct used used_of(const struct study *study, int c) {
    const struct plan *plan = study->recommended.plan;
    const struct demand *demand = &study->demand;
    struct used used = {0};
    if (!plan || !plan->feasible || study->candidates[c].kind != CANDIDATE_INSTANCE)
        return used;
    double mean = 0;
    for (int h = 0; h < demand->n_hours; h++) {
        size_t at = (size_t)c * (size_t)demand->n_hours + (size_t)h;
        int32_t n = plan->regular[at] + plan->spot[at];
        used.peak = n > used.peak ? n : used.peak;
        mean += n * demand->weight[h] / demand->horizon_hours;
    }
    const struct offer *offer = &study->offers[study->candidates[c].offer];
    if (used.peak > 0 && offer->on_demand.known)
        used.list_usd = mean * money_rate_usd(offer->on_demand.rate) * HOURS_PER_MONTH;
    return used;
}

/* What the bill pays for one candidate's instances: its share by list price. NaN without a bill. */
static double billed_usd(const struct study *study, int candidate) {
    static const enum charge_kind kinds[] = {CHARGE_ON_DEMAND, CHARGE_SPOT, CHARGE_COMMITMENT_USED,
                                             CHARGE_COMMITMENT_UNUSED};
    double all = 0, list = 0;
    for (int k = 0; k < 4; k++)
        all += study->recommended.by_kind_usd_per_month[kinds[k]];
    for (int c = 0; c < study->n_candidates; c++)
        list += used_of(study, c).list_usd;
    if (!study->recommended.bills || list <= 0)
        return NAN;
    return all * used_of(study, candidate).list_usd / list;
}

static const char *name_of(struct arena *arena, const struct study *study, int c) {
    const struct candidate *candidate = &study->candidates[c];
    if (study->demand.n_workloads < 2)
        return candidate->name;
    return arena_printf(arena, "%s for %s", candidate->name,
                        study->scenario.workloads[candidate->workload].name);
}

static bool is_known(const struct capacity *capacity) {
    return capacity->error_low < 0 || capacity->error_high > 0;
}

/* ---- at the slow end of the band ---- */

static int32_t whole(double instances) {
    return (int32_t)fmax(ceil(instances - 1e-9), 0);
}

/* Instances that must join `running` ones of the candidate for the group to carry a rate. */
static int32_t missing(const struct study *study, int c, double running, double rate) {
    const struct capacity *k = &study->capacities[c];
    double each = study->candidates[c].replicas_per_instance;
    int replicas = capacity_replicas(k, rate);
    int32_t n = whole((replicas < 0 ? CAPACITY_REPLICAS_MAX : replicas) / each - running);
    while (n > 0 && capacity_rate(k, (running + n - 1) * each) >= rate)
        n--;
    return n;
}

/* What an hour asks of instances and what carries it: on regular capacity alone (`spot` 0), or with
 * spot at its useful share, as the plan counts. */
struct hour {
    int h;
    double spot;
    double needed; /* requests/s */
};

static double running(const struct study *study, int c, const struct hour *hour) {
    const struct plan *plan = study->recommended.plan;
    size_t at = (size_t)c * (size_t)study->demand.n_hours + (size_t)hour->h;
    return plan->regular[at] + hour->spot * plan->spot[at];
}

/* More instances of candidate c in an hour, if its steps take as long as the band's end and those
 * of the other candidates do not. */
static int32_t missing_in(const struct study *study, int c, const struct hour *hour) {
    double left = hour->needed;
    for (int other = 0; other < study->n_candidates; other++) {
        const struct candidate *candidate = &study->candidates[other];
        if (candidate->workload != study->candidates[c].workload)
            continue;
        size_t at = (size_t)other * (size_t)study->demand.n_hours + (size_t)hour->h;
        left -= study->recommended.plan->overflow_share[at] * hour->needed;
        if (other != c && candidate->kind == CANDIDATE_INSTANCE)
            left -= capacity_rate(&study->capacities[other],
                                  running(study, other, hour) * candidate->replicas_per_instance);
    }
    if (left <= 1e-6 * hour->needed)
        return 0;
    return missing(study, c, running(study, c, hour), left / study->capacities[c].rate_low);
}

/* What the slow end asks for beyond the plan, which carries more than its demand in most hours. */
struct more {
    int32_t most;       /* instances, in one hour */
    double hours, mean; /* share of the horizon's hours that need any, and instances over all */
};

static struct more more_of(const struct study *study, int c) {
    const struct demand *demand = &study->demand;
    const struct plan_policy *policy = &study->plan_input.policy;
    struct more more = {0};
    for (int h = 0; h < demand->n_hours; h++) {
        double rate = study_planned_rate(study, study->candidates[c].workload, h);
        struct hour all = {h, policy->spot_derating, rate};
        struct hour regular = {h, 0, (1 - policy->spot_share_max) * rate};
        int32_t n = missing_in(study, c, &all), without = missing_in(study, c, &regular);
        n = n > without ? n : without;
        double share = demand->weight[h] / demand->horizon_hours;
        more.most = n > more.most ? n : more.most;
        more.hours += n > 0 ? share : 0;
        more.mean += n * share;
    }
    return more;
}

/* Instances by use in the mean, as the bill of the candidate counts them. */
static double mean_instances(const struct study *study, int c) {
    const struct demand *demand = &study->demand;
    double mean = 0;
    for (int h = 0; h < demand->n_hours; h++)
        mean += running(study, c, &(struct hour){h, 1, 0}) * demand->weight[h];
    return mean / demand->horizon_hours;
}

static const char *hours_word(struct arena *arena, double share) {
    return share < 0.01 ? "less than 1%" : arena_printf(arena, "%.0f%%", 100 * share);
}

/* *more_usd: what the slow end adds to a month's bill; not set where it adds nothing known. */
static const char *consequence(struct arena *arena, const struct study *study, int c,
                               double *more_usd) {
    const struct capacity *k = &study->capacities[c];
    if (k->rate_low <= 0)
        return "cannot hold the target at any rate";
    struct more more = more_of(study, c);
    const char *less = arena_printf(arena, "carries %.0f%% less", 100 * (1 - k->rate_low));
    if (study_is_fallback(study, c))
        return less;
    if (more.most == 0)
        return arena_printf(arena, "%s, which the plan has to spare", less);
    double usd = billed_usd(study, c) * more.mean / mean_instances(study, c);
    const char *money = isfinite(usd) ? money_words(arena, usd) : "";
    *more_usd = isfinite(usd) ? usd : 0;
    return arena_printf(arena, "%s, and the plan needs up to %d more, in %s of hours%s%s%s", less,
                        (int)more.most, hours_word(arena, more.hours), money[0] ? ": about " : "",
                        money, money[0] ? " more a month" : "");
}

static void notice_planned(struct arena *arena, struct study *study, int c) {
    const struct capacity *k = &study->capacities[c];
    double usd = 0;
    const char *after =
        is_known(k)
            ? arena_printf(arena,
                           " are estimated: four of five measured runs took from %.0f%% less to "
                           "%.0f%% more time; at %.0f%% more it %s",
                           -100 * k->error_low, 100 * k->error_high, 100 * k->error_high,
                           consequence(arena, study, c, &usd))
            : " are estimated, and no measured error of such estimates is known: measure before "
              "you commit";
    study_add_notice_about(
        arena, study, "estimated-capacity",
        &(struct notice_about){"the service times of ", name_of(arena, study, c), after, usd});
}

/* The latency of a token API is the user's own statement. */
static bool is_estimate(const struct study *study, int c) {
    return study->capacities[c].feasible && study->capacities[c].estimated &&
           study->candidates[c].kind != CANDIDATE_TOKEN_API;
}

static void notice_candidates(struct arena *arena, struct study *study) {
    int n = 0, n_all = 0;
    for (int c = 0; c < study->n_choices; c++) {
        n += is_estimate(study, c);
        n_all += study->capacities[c].feasible && study->candidates[c].kind != CANDIDATE_TOKEN_API;
    }
    if (n)
        study_add_notice(arena, study, "estimated-capacity",
                         arena_printf(arena,
                                      "the service times of %s are estimated by rule, not measured",
                                      number_part(arena, n, n_all, "candidate")));
}

static void notice_extrapolated(struct arena *arena, struct study *study, bool plans) {
    for (int c = 0; c < study->n_choices; c++)
        if (study->capacities[c].feasible && study->capacities[c].extrapolated &&
            (!plans || used_of(study, c).peak > 0))
            study_add_notice_about(
                arena, study, "extrapolated-profile",
                &(struct notice_about){"the profile of ", name_of(arena, study, c),
                                       arena_printf(arena,
                                                    " is used beyond what was measured for it (%s)",
                                                    study->capacities[c].basis),
                                       0});
}

void study_write_estimates(struct arena *arena, struct study *study) {
    const struct plan *plan = study->recommended.plan;
    bool plans = plan && plan->feasible;
    if (!plans)
        notice_candidates(arena, study);
    for (int c = 0; plans && c < study->n_candidates; c++)
        if (is_estimate(study, c) && used_of(study, c).peak > 0)
            notice_planned(arena, study, c);
    notice_extrapolated(arena, study, plans);
}
