/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_supply.h"

#include <string.h>

#include "base/number.h"
#include "base/share.h"
#include "scenarios/study_rollout.h"
#include "sim/observer.h"

static bool runs(const struct study *study, int candidate, int workload, const char *sku) {
    const struct candidate *c = &study->candidates[candidate];
    return c->kind == CANDIDATE_INSTANCE && c->workload == workload && strcmp(c->sku, sku) == 0;
}

static const struct supply_spec *supply_of(const struct study *study, int candidate) {
    const struct scenario *scenario = &study->scenario;
    for (int i = 0; i < scenario->n_supply; i++)
        if (strcmp(study->candidates[candidate].sku, scenario->supply[i].instance) == 0)
            return &scenario->supply[i];
    return NULL;
}

/* ---- who can stand in ---- */

/* How good a substitute `to` is for `from`; the higher the better. */
static double likeness(const struct study *study, int from, int to) {
    const struct candidate *a = &study->candidates[from], *b = &study->candidates[to];
    bool model = strcmp(a->model, b->model) == 0;
    bool precision = model && strcmp(a->precision, b->precision) == 0;
    double rate = capacity_best_rate_per_replica(&study->capacities[to]) * b->replicas_per_instance;
    return model + precision + rate / (1 + rate);
}

/* The candidate that stands in for another on instances of a type; -1: none can, *why says so. */
static int best_on(const struct study *study, int from, const char *sku, const char **why) {
    const struct candidate *c = &study->candidates[from];
    int best = -1;
    *why = "it is not in its run_on";
    for (int i = 0; i < study->n_choices; i++) {
        if (!runs(study, i, c->workload, sku) || strcmp(study->candidates[i].region, c->region) ||
            study_side(study, i) != study_side(study, from))
            continue;
        if (!study->capacities[i].feasible)
            *why = study->capacities[i].reason;
        else if (best < 0 || likeness(study, from, i) > likeness(study, from, best))
            best = i;
    }
    return best;
}

int study_substitutes_max(const struct study *study) {
    int most = 0;
    for (int i = 0; i < study->scenario.n_supply; i++)
        if (study->scenario.supply[i].n_substitutes > most)
            most = study->scenario.supply[i].n_substitutes;
    return most;
}

int study_substitutes(const struct study *study, int candidate, int *out) {
    const struct supply_spec *supply = supply_of(study, candidate);
    const char *why;
    int n = 0;
    for (int i = 0; supply && i < supply->n_substitutes; i++) {
        int found = best_on(study, candidate, supply->substitutes[i], &why);
        if (found >= 0)
            out[n++] = found;
    }
    return n;
}

/* ---- what is wrong with it ---- */

/* Some workload that runs on the instance type must be served by its substitute. */
static void check_substitute(const struct study *study, const struct supply_spec *supply, int index,
                             struct mistakes *mistakes) {
    const char *why = NULL, *reason = "";
    int told = -1;
    for (int c = 0; c < study->n_candidates; c++) {
        if (!runs(study, c, study->candidates[c].workload, supply->instance))
            continue;
        if (best_on(study, c, supply->substitutes[index], &why) >= 0)
            return;
        if (told < 0) {
            told = study->candidates[c].workload;
            reason = why;
        }
    }
    if (told >= 0)
        mistakes_at(mistakes, supply->substitute_places[index],
                    "add it to run_on of the workload with what it needs there, or take it out",
                    "'%s' cannot stand in for '%s' of '%s': %s", supply->substitutes[index],
                    supply->instance, study->scenario.workloads[told].name, reason);
}

/* Each workload that runs on the instance type needs one of its substitutes. */
static void check_workload(const struct study *study, const struct supply_spec *supply,
                           int workload, struct mistakes *mistakes) {
    const char *why;
    bool runs_on_it = false;
    for (int c = 0; c < study->n_candidates; c++) {
        if (!runs(study, c, workload, supply->instance))
            continue;
        runs_on_it = true;
        for (int i = 0; i < supply->n_substitutes; i++)
            if (best_on(study, c, supply->substitutes[i], &why) >= 0)
                return;
    }
    if (runs_on_it)
        mistakes_at(mistakes, supply->place, "add one that is in its run_on",
                    "no substitute of '%s' can serve '%s'", supply->instance,
                    study->scenario.workloads[workload].name);
}

static void check_instance(const struct study *study, const struct supply_spec *supply,
                           struct mistakes *mistakes) {
    bool used = false;
    for (int c = 0; c < study->n_candidates; c++)
        used = used || runs(study, c, study->candidates[c].workload, supply->instance);
    if (!used)
        mistakes_at(mistakes, supply->place, "write an instance of run_on or of today's fleet",
                    "no workload runs on '%s'", supply->instance);
    int told = mistakes->n_total;
    for (int i = 0; used && i < supply->n_substitutes; i++)
        check_substitute(study, supply, i, mistakes);
    for (int w = 0; used && supply->n_substitutes > 0 && mistakes->n_total == told &&
                    w < study->scenario.n_workloads;
         w++)
        check_workload(study, supply, w, mistakes);
}

void study_check_supply(const struct study *study, struct mistakes *mistakes) {
    for (int i = 0; i < study->scenario.n_supply; i++)
        check_instance(study, &study->scenario.supply[i], mistakes);
}

const struct plan_supply *study_plan_supply(struct arena *arena, const struct study *study,
                                            int *n) {
    struct plan_supply *out = arena_new(arena, struct plan_supply, study->n_offers);
    *n = 0;
    for (int o = 0; o < study->n_offers; o++)
        for (int i = 0; i < study->scenario.n_supply; i++) {
            const struct supply_spec *supply = &study->scenario.supply[i];
            const struct offer *offer = &study->offers[o];
            if (supply->at_once >= 0 && offer->kind == OFFER_INSTANCE &&
                strcmp(offer->sku, supply->instance) == 0)
                out[(*n)++] = (struct plan_supply){o, supply->at_once, supply->at_once_where};
        }
    return out;
}

const bool *study_scarce(struct arena *arena, const struct study *study) {
    bool *scarce = arena_new(arena, bool, study->n_offers);
    for (int o = 0; o < study->n_offers; o++)
        for (int i = 0; i < study->scenario.n_supply; i++)
            scarce[o] =
                scarce[o] || strcmp(study->offers[o].sku, study->scenario.supply[i].instance) == 0;
    return scarce;
}

/* Blocks, reservations of capacity and what is reserved in a zone. */
static bool holds_capacity(const struct commitment *c) {
    return commitment_kind_holds_capacity(c->terms.kind) || c->zone > 0;
}

int32_t *study_guaranteed(struct arena *arena, const struct study *study, const struct plan *plan,
                          int candidate, int week) {
    const struct candidate *own = &study->candidates[candidate];
    double held = 0;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct commitment *c = &plan->commitments[i].commitment;
        if (holds_capacity(c) && c->offer == own->offer &&
            plan_commitment_active(&study->demand, week * HOURS_PER_WEEK, c))
            held += c->count;
    }
    const struct supply_spec *supply = supply_of(study, candidate);
    if (held < 1 || !supply ||
        (supply->obtainable >= 1 && supply->lead_s <= 0 && supply->at_once < 0))
        return NULL;
    size_t n_hours = (size_t)study->demand.n_hours, first = (size_t)week * HOURS_PER_WEEK;
    int32_t *counts = arena_new(arena, int32_t, HOURS_PER_WEEK);
    for (size_t h = 0; h < HOURS_PER_WEEK; h++) {
        int32_t left = (int32_t)held, n = plan->regular[(size_t)candidate * n_hours + first + h];
        for (int c = 0; c < candidate; c++)
            if (study->candidates[c].offer == own->offer)
                left -= plan->regular[(size_t)c * n_hours + first + h];
        counts[h] = left < 0 ? 0 : left < n ? left : n;
    }
    return counts;
}

/* ---- pools ---- */

/* What a workload may have at once in each hour of a week. */
static const int32_t *left_at_once(struct arena *arena, const struct study *study,
                                   const struct plan *plan, int candidate, int week, int at_once) {
    const struct candidate *own = &study->candidates[candidate];
    size_t n_hours = (size_t)study->demand.n_hours, first = (size_t)week * HOURS_PER_WEEK;
    int32_t *left = arena_new(arena, int32_t, HOURS_PER_WEEK);
    int32_t *before = arena_new(arena, int32_t, HOURS_PER_WEEK);
    int32_t *mine = arena_new(arena, int32_t, HOURS_PER_WEEK);
    for (size_t h = 0; h < HOURS_PER_WEEK; h++)
        left[h] = at_once;
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *one = &study->candidates[c];
        if (one->kind != CANDIDATE_INSTANCE || one->offer != own->offer)
            continue;
        const int32_t *safe = study_guaranteed(arena, study, plan, c, week);
        for (size_t h = 0; h < HOURS_PER_WEEK; h++) {
            int32_t open = plan->regular[(size_t)c * n_hours + first + h] - (safe ? safe[h] : 0);
            mine[h] += one->workload == own->workload ? open : 0;
            left[h] -= one->workload == own->workload ? 0 : open;
            before[h] += one->workload < own->workload ? open : 0;
        }
    }
    for (size_t h = 0; h < HOURS_PER_WEEK; h++) {
        int32_t turn = at_once > before[h] ? at_once - before[h] : 0;
        int32_t least = mine[h] < turn ? mine[h] : turn;
        left[h] = left[h] > least ? left[h] : least;
    }
    return left;
}

void study_limit_supply(struct arena *arena, const struct study *study, const struct plan *plan,
                        int candidate, int week, struct pool *pool) {
    const struct supply_spec *supply = supply_of(study, candidate);
    if (!supply)
        return;
    pool->launch_failure = 1 - supply->obtainable;
    pool->lead_s = supply->lead_s;
    if (supply->at_once >= 0) {
        pool->supply = study->candidates[candidate].offer + 1;
        pool->at_once = left_at_once(arena, study, plan, candidate, week, (int)supply->at_once);
    }
}

/* ---- what is taken as there ---- */

/* Instances of the type, not spot, with which some replayed week begins; the most of them. */
static int there_at_start(const struct study *study, const struct supply_spec *supply) {
    const struct plan *plan = study->recommended.plan;
    const struct demand *demand = &study->demand;
    int most = 0;
    for (int week = 0; plan && plan->feasible && week < demand->n_weeks; week++) {
        int n = 0;
        for (int c = 0; c < study->n_candidates; c++)
            if (supply_of(study, c) == supply && study->candidates[c].kind == CANDIDATE_INSTANCE)
                n += plan->regular[(size_t)c * (size_t)demand->n_hours +
                                   (size_t)week * HOURS_PER_WEEK];
        most = n > most ? n : most;
    }
    return most;
}

const char *study_supply_words(struct arena *arena, const struct study *study, int index) {
    const struct supply_spec *supply = &study->scenario.supply[index];
    int n = there_at_start(study, supply);
    if (n == 0 || (supply->obtainable >= 1 && supply->lead_s <= 0))
        return NULL;
    const char *limit =
        supply->obtainable < 1
            ? arena_printf(arena, "%.3g%% of the launches of %s on demand succeed",
                           100 * supply->obtainable, supply->instance)
            : arena_printf(arena, "%s is there %s after the order", supply->instance,
                           number_counted(arena, supply->lead_s / 3600, "hour"));
    return arena_printf(arena,
                        "%s: up to %d with which a replayed week begins %s taken as got before it",
                        limit, n, n == 1 ? "is" : "are");
}

/* Instances of an offer in an hour of the plan, and of those the ones in held capacity. */
static int in_hour(const struct study *study, const struct plan *plan, int offer, int hour,
                   double *held) {
    int n = 0;
    *held = 0;
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].kind == CANDIDATE_INSTANCE && study->candidates[c].offer == offer)
            n += plan->regular[(size_t)c * (size_t)study->demand.n_hours + (size_t)hour];
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct commitment *c = &plan->commitments[i].commitment;
        if (holds_capacity(c) && c->offer == offer &&
            plan_commitment_active(&study->demand, hour, c))
            *held += c->count;
    }
    return n;
}

const char *study_at_once_words(struct arena *arena, const struct study *study, int index) {
    const struct plan *plan = study->recommended.plan;
    const struct plan_input *input = &study->plan_input;
    const struct offer *offer = &study->offers[input->supply[index].offer];
    double at_once = input->supply[index].at_once, most_held = 0;
    int most = 0;
    for (int h = 0; plan && plan->feasible && h < study->demand.n_hours; h++) {
        double held;
        int n = in_hour(study, plan, input->supply[index].offer, h, &held);
        if (n > most) {
            most = n;
            most_held = held;
        }
    }
    if (most == 0 || most < at_once)
        return NULL;
    return arena_printf(arena,
                        "at most %g %s can be had on demand at once in %s: the plan runs up to %d, "
                        "with capacity held for %g",
                        at_once, offer->sku, offer->region, most, most_held);
}

/* ---- what they did ---- */

static struct study_stand_in *stand_in_of(struct study_stand_in *all, int *n, int candidate,
                                          int stands_in_for) {
    for (int i = 0; i < *n; i++)
        if (all[i].candidate == candidate && all[i].stands_in_for == stands_in_for)
            return &all[i];
    all[*n] = (struct study_stand_in){.candidate = candidate, .stands_in_for = stands_in_for};
    return &all[(*n)++];
}

void study_sum_stand_ins(struct arena *arena, const struct study *study,
                         struct study_fleet *fleet) {
    const struct demand *demand = &study->demand;
    double to_month = HOURS_PER_MONTH / demand->horizon_hours;
    int most = study->n_candidates * study_substitutes_max(study);
    struct study_stand_in *all = arena_new(arena, struct study_stand_in, most);
    for (int cell = 0; cell < demand->n_workloads * demand->n_weeks; cell++) {
        const struct replay_result *r = &fleet->replays[cell];
        double weight = demand->weeks[cell % demand->n_weeks].weight * to_month;
        for (int p = 0; p < r->n_pools; p++) {
            const struct study_pool *pool = &fleet->pools[cell][p];
            if (pool->stands_in_for < 0)
                continue;
            struct study_stand_in *sum =
                stand_in_of(all, &fleet->n_stand_ins, pool->candidate, pool->stands_in_for);
            sum->launches_per_month += (double)r->pools[p].launched * weight;
            sum->hours_per_month += r->pools[p].instance_hours * weight;
            sum->usd_per_month += r->pools[p].usd * weight;
            sum->requests_per_month += (double)r->observed->pools[p].finished * weight;
            sum->good_requests_per_month += (double)r->observed->pools[p].good * weight;
        }
    }
    fleet->stand_ins = all;
}

const char *study_stand_in_words(struct arena *arena, const struct study *study,
                                 const struct study_stand_in *stand_in) {
    const struct candidate *to = &study->candidates[stand_in->candidate];
    const struct candidate *from = &study->candidates[stand_in->stands_in_for];
    char usd[32];
    money_format_short(usd, stand_in->usd_per_month);
    const char *served = stand_in->requests_per_month > 0
                             ? arena_printf(arena, "%s of the requests it served within target",
                                            share_words(arena, stand_in->good_requests_per_month /
                                                                   stand_in->requests_per_month))
                             : "it served nothing";
    return arena_printf(arena, "%s stands in for %s %s times a month: %s h, %s on demand, %s",
                        to->name, from->name, number_words(arena, stand_in->launches_per_month),
                        number_words(arena, stand_in->hours_per_month), usd, served);
}
