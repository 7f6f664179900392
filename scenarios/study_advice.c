/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "scenarios/advice.h"
#include "scenarios/study_parts.h"

enum { TERM_TRAFFIC_DAYS = 30, DAY_S = 86400 }; /* a term rests on at least so many */

#define LATEST "https://docs.aws.amazon.com/wellarchitected/latest/"

static const struct practice hardware = {"MLCOST05-BP02", "Explore cost effective hardware options",
                                         LATEST "machine-learning-lens/mlcost05-bp02.html"};
static const struct practice hosting = {"GENCOST02-BP02",
                                        "Optimize resource consumption to minimize hosting costs",
                                        LATEST "generative-ai-lens/gencost02-bp02.html"};
static const struct practice paradigm = {
    "GENCOST02-BP01", "Balance cost and performance when selecting inference paradigms",
    LATEST "generative-ai-lens/gencost02-bp01.html"};
static const struct practice model = {"GENCOST01-BP01",
                                      "Right-size model selection to optimize inference costs",
                                      LATEST "generative-ai-lens/gencost01-bp01.html"};
static const struct practice supply = {"COST09-BP03", "Supply resources dynamically",
                                       LATEST
                                       "framework/cost_manage_demand_resources_dynamic.html"};
static const struct practice pricing = {"COST07-BP01", "Perform pricing model analysis",
                                        LATEST "framework/cost_pricing_model_analysis.html"};

static const struct {
    const char *effort;
    const struct practice *practices[ADVICE_PRACTICES_MAX];
} kinds[ACTION_KINDS] = {
    [ACTION_RUN] = {"days", {&hardware, &hosting}}, [ACTION_FOLLOW] = {"days", {&supply}},
    [ACTION_BY_USE] = {"days", {&paradigm}},        [ACTION_SPOT] = {"days", {&pricing}},
    [ACTION_COMMIT] = {"minutes", {&pricing}},      [ACTION_MAKE] = {"weeks", {&model}},
    [ACTION_STOP] = {"minutes", {&hosting}},        [ACTION_PROMISE] = {"days", {&pricing}},
    [ACTION_LIST] = {"minutes", {&pricing}},
};

static bool runs_instances_of(const struct study *study, int candidate) {
    const struct plan *plan = study->recommended.plan;
    int n_hours = study->demand.n_hours;
    for (int h = 0; h < n_hours; h++)
        if (plan->regular[candidate * n_hours + h] + plan->spot[candidate * n_hours + h] > 0)
            return true;
    return false;
}

/* Of the instances that run. */
static const char *times_words(const struct study *study) {
    bool any = false, estimated = false, beyond = false;
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].kind == CANDIDATE_INSTANCE && runs_instances_of(study, c)) {
            any = true;
            estimated = estimated || study->capacities[c].estimated;
            beyond = beyond || study->capacities[c].extrapolated;
        }
    return !any        ? ""
           : beyond    ? "times beyond their profile"
           : estimated ? "estimated times"
                       : "measured times";
}

static const char *traffic_words(struct arena *arena, const struct study *study, bool term) {
    bool made_up = false, tiled = false;
    double days = INFINITY;
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        const struct traffic *traffic = &study->traffics[w];
        made_up = made_up || (traffic->kind != TRAFFIC_MIX && traffic->sha256[0] == '\0');
        tiled = tiled || traffic->tiled;
        days = fmin(days, traffic->days);
    }
    if (made_up)
        return "made-up traffic";
    if (tiled || (term && days < TERM_TRAFFIC_DAYS))
        return arena_printf(arena, "%s of traffic", study_days_words(arena, days));
    return "";
}

static const struct quote *spot_quote(const struct study *study, int candidate) {
    return &study->offers[study->candidates[candidate].offer].spot;
}

/* Whether a rate that the action is about is estimated by rule. */
static bool rate_is_estimated(const struct study *study, enum action_kind kind) {
    const struct plan *plan = study->recommended.plan;
    int n_hours = study->demand.n_hours;
    for (int c = 0; kind == ACTION_SPOT && c < study->n_candidates; c++)
        for (int h = 0; study->candidates[c].kind == CANDIDATE_INSTANCE && h < n_hours; h++)
            if (plan->spot[c * n_hours + h] > 0 && spot_quote(study, c)->status == PRICE_ESTIMATED)
                return true;
    for (int i = 0; kind == ACTION_COMMIT && i < plan->n_commitments; i++) {
        const struct commitment *held = &plan->commitments[i].commitment;
        for (int o = 0; !held->owned && o < study->n_offers; o++) {
            const struct commitment_quote *quote = offer_commitment(&study->offers[o], held->terms);
            bool covers = held->offer >= 0 ? held->offer == o : held->plan_rates[o] > 0;
            if (quote && covers && quote->effective.status == PRICE_ESTIMATED)
                return true;
        }
    }
    return false;
}

static const char *rests_on(struct arena *arena, const struct study *study, enum action_kind kind) {
    if (kind == ACTION_STOP || kind == ACTION_MAKE)
        return "";
    const char *parts[3] = {times_words(study),
                            rate_is_estimated(study, kind) ? "an estimated rate" : "",
                            traffic_words(arena, study, kind == ACTION_COMMIT)};
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int i = 0; i < 3; i++)
        if (parts[i][0])
            text_printf(&out, "%s%s", out.n ? ", " : "", parts[i]);
    return out.data;
}

/* Whether all that the plan runs is what runs today: nothing has to be set up. */
static bool runs_already(const struct study *study) {
    for (int c = 0; c < study->n_candidates; c++) {
        bool there =
            study->candidates[c].kind != CANDIDATE_INSTANCE || !runs_instances_of(study, c);
        for (int t = 0; t < study->scenario.n_today && !there; t++) {
            const char *sku =
                price_book_sku(&study->book, bytes_of(study->scenario.today[t].instance));
            there = sku && strcmp(sku, study->candidates[c].sku) == 0;
        }
        if (!there)
            return false;
    }
    return true;
}

struct advice study_advice(struct arena *arena, const struct study *study, int action) {
    enum action_kind kind = study->actions[action].kind;
    struct advice advice = {.effort = kinds[kind].effort, .rests_on = rests_on(arena, study, kind)};
    if (kind == ACTION_RUN && runs_already(study))
        advice.effort = "hours";
    while (advice.n_practices < ADVICE_PRACTICES_MAX && kinds[kind].practices[advice.n_practices]) {
        advice.practices[advice.n_practices] = kinds[kind].practices[advice.n_practices];
        advice.n_practices++;
    }
    return advice;
}

const char *advice_practice_ids(struct arena *arena, const struct advice *advice) {
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int i = 0; i < advice->n_practices; i++)
        text_printf(&out, "%s%s", i ? ", " : "", advice->practices[i]->id);
    return out.data;
}

struct date study_decide_by(const struct study *study, const char **instance) {
    double longest = 0;
    *instance = NULL;
    for (int i = 0; i < study->scenario.n_supply; i++) {
        const struct supply_spec *spec = &study->scenario.supply[i];
        const char *sku = price_book_sku(&study->book, bytes_of(spec->instance));
        for (int c = 0; c < study->n_candidates; c++)
            if (sku && study->candidates[c].kind == CANDIDATE_INSTANCE && spec->lead_s > longest &&
                strcmp(sku, study->candidates[c].sku) == 0 && runs_instances_of(study, c)) {
                longest = spec->lead_s;
                *instance = spec->instance;
            }
    }
    return calendar_date(calendar_days(study->scenario.start) - (int64_t)ceil(longest / DAY_S));
}
