/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What estimated service times mean for the plan: in instances and in money, by scaling what the
 * plan runs. */
#include <math.h>

#include "scenarios/study_parts.h"

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

/* At the slow end of the band. */
static const char *consequence(struct arena *arena, const struct study *study, int c) {
    const struct capacity *k = &study->capacities[c];
    if (k->rate_low <= 0)
        return "cannot hold the target at any rate";
    double more = 1 / k->rate_low - 1, usd = more * billed_usd(study, c);
    double instances = ceil(more * used_of(study, c).peak - 1e-9);
    char money[32] = "";
    if (isfinite(usd))
        money_format_short(money, usd);
    return arena_printf(arena,
                        "carries %.0f%% less, and the plan needs about %.0f more "
                        "at the peak%s%s%s",
                        100 * (1 - k->rate_low), instances, money[0] ? ", about " : "", money,
                        money[0] ? " more a month" : "");
}

static const char *planned(struct arena *arena, const struct study *study, int c) {
    const struct capacity *k = &study->capacities[c];
    const char *name = name_of(arena, study, c);
    if (!is_known(k))
        return arena_printf(arena,
                            "the service times of %s are estimated, and no measured error of such "
                            "estimates is known: measure before you commit",
                            name);
    return arena_printf(arena,
                        "the service times of %s are estimated: four of five measured runs took "
                        "from %.0f%% less to %.0f%% more time; at %.0f%% more it %s",
                        name, -100 * k->error_low, 100 * k->error_high, 100 * k->error_high,
                        consequence(arena, study, c));
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
        study_add_notice(
            arena, study, "estimated-capacity",
            arena_printf(arena,
                         "the service times of %d of %d candidates are estimated by rule, not "
                         "measured",
                         n, n_all));
}

static void notice_extrapolated(struct arena *arena, struct study *study, bool plans) {
    for (int c = 0; c < study->n_choices; c++)
        if (study->capacities[c].feasible && study->capacities[c].extrapolated &&
            (!plans || used_of(study, c).peak > 0))
            study_add_notice(arena, study, "extrapolated-profile",
                             arena_printf(arena,
                                          "the profile of %s is used beyond what was measured for "
                                          "it (%s)",
                                          name_of(arena, study, c), study->capacities[c].basis));
}

void study_write_estimates(struct arena *arena, struct study *study) {
    const struct plan *plan = study->recommended.plan;
    bool plans = plan && plan->feasible;
    if (!plans)
        notice_candidates(arena, study);
    for (int c = 0; plans && c < study->n_candidates; c++)
        if (is_estimate(study, c) && used_of(study, c).peak > 0)
            study_add_notice(arena, study, "estimated-capacity", planned(arena, study, c));
    notice_extrapolated(arena, study, plans);
}
