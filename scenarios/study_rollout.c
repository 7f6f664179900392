/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An A/B split is part of the plan: the solver sees its sides as two workloads. A canary and a
 * blue-green rollout are a week of their own: planned for both sides with the plan's commitments,
 * replayed with each request on its side, and billed beside the week as the plan has it. */
#include "scenarios/study_rollout.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "scenarios/study_bills.h"
#include "scenarios/study_parts.h"
#include "sim/metrics.h"

/* ---- the sides ---- */

static const struct rollout_spec *rollout_of(const struct study *study, int workload) {
    return study->scenario.workloads[workload].rollout;
}

static bool is_split(const struct study *study, int workload) {
    const struct rollout_spec *spec = rollout_of(study, workload);
    return spec && spec->kind == ROLLOUT_AB;
}

static bool moves(const struct study *study, int workload) {
    return rollout_of(study, workload) && !is_split(study, workload);
}

static int count_rollouts(const struct study *study,
                          bool (*which)(const struct study *study, int workload)) {
    int n = 0;
    for (int w = 0; w < study->scenario.n_workloads; w++)
        n += which(study, w);
    return n;
}

int study_side(const struct study *study, int candidate) {
    const struct candidate *c = &study->candidates[candidate];
    const struct rollout_spec *spec = rollout_of(study, c->workload);
    return spec && (strcmp(c->model, spec->to) == 0 || strcmp(c->sku, spec->to) == 0);
}

const char *study_left_behind(const struct study *study, int candidate) {
    int workload = study->candidates[candidate].workload;
    return moves(study, workload) && study_side(study, candidate) == 0
               ? "the rollout leaves it, and the plan is for the time after"
               : "";
}

void study_check_rollouts(const struct study *study, struct mistakes *mistakes) {
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        const struct rollout_spec *spec = rollout_of(study, w);
        const struct candidate *by_use = NULL;
        int n[2] = {0};
        for (int c = 0; spec && c < study->n_choices; c++) {
            const struct candidate *candidate = &study->candidates[c];
            if (candidate->workload != w)
                continue;
            n[study_side(study, c)]++;
            if (candidate->kind != CANDIDATE_INSTANCE)
                by_use = candidate;
        }
        if (spec && n[1] == 0)
            mistakes_at(mistakes, spec->to_place,
                        "name a model of models, or an instance or function of run_on",
                        "'%s' is nothing that the workload '%s' can run on", spec->to,
                        study->scenario.workloads[w].name);
        else if (spec && n[0] == 0)
            mistakes_at(mistakes, spec->to_place, "list what it stands beside, too",
                        "'%s' is all that the workload '%s' can run on: there is no old side",
                        spec->to, study->scenario.workloads[w].name);
        else if (is_split(study, w) && study->scenario.resilience.buy_spare)
            mistakes_at(mistakes, spec->to_place,
                        "plan each side as a workload of its own, or let spare be reported",
                        "resilience.spare: buy is not for A/B splits: a loss is one side's");
        else if (by_use && is_split(study, w))
            mistakes_at(mistakes, spec->to_place, "take one of them out",
                        "an A/B split is between instances, and %s is paid by use", by_use->name);
    }
}

bool study_check_sides(struct arena *arena, const struct study *study, struct err_list *errs) {
    bool ok = true;
    for (int i = 0; i < 2 * study->scenario.n_workloads; i++) {
        int workload = i / 2, side = i % 2;
        bool any = !rollout_of(study, workload);
        struct text reasons = {.arena = arena};
        for (int c = 0; !any && c < study->n_choices; c++) {
            if (study->candidates[c].workload != workload || study_side(study, c) != side)
                continue;
            any = study->capacities[c].feasible;
            text_printf(&reasons, "%s%s: %s", reasons.n ? "; " : "", study->candidates[c].name,
                        study->capacities[c].reason);
        }
        if (any)
            continue;
        struct err err = {0};
        place_err(rollout_of(study, workload)->to_place, &err,
                  "no candidate of the %s side can serve the workload '%s'", side ? "new" : "old",
                  study->scenario.workloads[workload].name);
        err_hint(&err, "%s", reasons.data);
        ok = err_list_add(errs, &err);
    }
    return ok;
}

/* ---- what each side is for, hour by hour ---- */

/* Shares of the workload's demand in an hour of the week. */
struct side_hour {
    double to_new;      /* of the requests */
    double capacity[2]; /* that each side is planned for */
};

static struct side_hour side_hour(const struct rollout_spec *spec, int hour) {
    if (spec->kind == ROLLOUT_BLUE_GREEN) {
        bool switched = hour >= spec->hour;
        bool old_stays = hour < spec->hour + spec->overlap_hours;
        return (struct side_hour){switched, {old_stays, switched}};
    }
    double share = spec->kind == ROLLOUT_AB ? spec->share : 0;
    for (int i = 0; i < spec->n_steps; i++)
        if (hour >= spec->steps[i].hour)
            share = spec->steps[i].share;
    return (struct side_hour){share, {1 - share, share}};
}

/* ---- for the solver ---- */

/* What is planned: over the horizon, A/B splits apart; in the week of the rollout all sides apart,
 * or each rollout on one side alone. */
enum phase { PHASE_HORIZON, PHASE_BOTH, PHASE_OLD, PHASE_NEW };

/* Index of the new side as a workload of the solver; -1: the workload is not split there. */
static int new_side_workload(const struct study *study, int workload, enum phase phase) {
    int index = study->scenario.n_workloads;
    for (int w = 0; w <= workload; w++) {
        bool apart = phase == PHASE_HORIZON ? is_split(study, w) : rollout_of(study, w) != NULL;
        if (w == workload)
            return apart ? index : -1;
        index += apart;
    }
    return -1;
}

static int solver_workloads(const struct study *study, enum phase phase) {
    int n = study->scenario.n_workloads;
    for (int w = 0; w < study->scenario.n_workloads; w++)
        n += new_side_workload(study, w, phase) >= 0;
    return n;
}

static double capacity_share(const struct rollout_spec *spec, enum phase phase, int side,
                             int hour) {
    if (phase == PHASE_OLD || phase == PHASE_NEW)
        return side == (phase == PHASE_NEW);
    return side_hour(spec, hour).capacity[side];
}

static const struct demand *split_demand(struct arena *arena, const struct study *study,
                                         const struct demand *demand, enum phase phase) {
    int n_hours = demand->n_hours, n = solver_workloads(study, phase);
    if (n == study->scenario.n_workloads)
        return demand;
    struct demand *split = arena_new(arena, struct demand, 1);
    *split = *demand;
    split->n_workloads = n;
    split->rate_per_second = arena_new(arena, double, n *n_hours);
    split->growth = arena_new(arena, double, n * demand->n_weeks);
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        int new_side = new_side_workload(study, w, phase);
        for (int side = 0; side < 2; side++) {
            int to = side == 0 ? w : new_side;
            for (int h = 0; to >= 0 && h < n_hours; h++) {
                double share = new_side < 0 ? 1
                                            : capacity_share(rollout_of(study, w), phase, side,
                                                             h % HOURS_PER_WEEK);
                split->rate_per_second[to * n_hours + h] =
                    share * demand->rate_per_second[w * n_hours + h];
            }
            for (int week = 0; to >= 0 && week < demand->n_weeks; week++)
                split->growth[to * demand->n_weeks + week] =
                    demand->growth[w * demand->n_weeks + week];
        }
    }
    return split;
}

static const struct candidate *split_candidates(struct arena *arena, const struct study *study,
                                                enum phase phase) {
    if (solver_workloads(study, phase) == study->scenario.n_workloads)
        return study->candidates;
    size_t n = (size_t)study->n_candidates;
    struct candidate *split = arena_grow(arena, study->candidates, n, n, sizeof *split);
    for (int c = 0; c < study->n_candidates; c++) {
        int new_side = new_side_workload(study, split[c].workload, phase);
        if (new_side >= 0 && study_side(study, c) == 1)
            split[c].workload = new_side;
    }
    return split;
}

static const char *const *split_names(struct arena *arena, const struct study *study,
                                      const char *const *names, enum phase phase) {
    const char **split = arena_new(arena, const char *, solver_workloads(study, phase));
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        int new_side = new_side_workload(study, w, phase);
        split[w] = names[w];
        if (new_side < 0)
            continue;
        split[w] = arena_printf(arena, "%s (old side)", names[w]);
        split[new_side] = arena_printf(arena, "%s (on %s)", names[w], rollout_of(study, w)->to);
    }
    return split;
}

const struct demand *study_split_demand(struct arena *arena, const struct study *study,
                                        const struct demand *demand) {
    return split_demand(arena, study, demand, PHASE_HORIZON);
}

const struct candidate *study_split_candidates(struct arena *arena, const struct study *study) {
    return split_candidates(arena, study, PHASE_HORIZON);
}

const char *const *study_split_names(struct arena *arena, const struct study *study,
                                     const char *const *names) {
    return split_names(arena, study, names, PHASE_HORIZON);
}

int study_split_of(const struct study *study, int solver_workload) {
    for (int w = 0; w < study->scenario.n_workloads; w++)
        if (new_side_workload(study, w, PHASE_HORIZON) == solver_workload)
            return w;
    return solver_workload;
}

double study_planned_rate(const struct study *study, int workload, int hour) {
    const struct demand *planned = study->plan_input.demand;
    int new_side = new_side_workload(study, workload, PHASE_HORIZON);
    double rate = planned->rate_per_second[workload * planned->n_hours + hour];
    return new_side < 0 ? rate
                        : rate + planned->rate_per_second[new_side * planned->n_hours + hour];
}

/* ---- for the replay ---- */

void study_split_replay(struct arena *arena, const struct study *study, int workload,
                        bool week_of_rollout, struct pool *pools, const int *candidates,
                        struct replay_input *input) {
    const struct rollout_spec *spec = rollout_of(study, workload);
    if (!spec || !(is_split(study, workload) || week_of_rollout))
        return;
    double *share = arena_new(arena, double, HOURS_PER_WEEK);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        share[h] = side_hour(spec, h).to_new;
    struct replay_group *group = arena_new(arena, struct replay_group, 1);
    *group = (struct replay_group){.name = spec->to,
                                   .share = share,
                                   .router = input->router,
                                   .router_choices = input->router_choices};
    for (int p = 0; p < input->n_pools; p++)
        pools[p].group = study_side(study, candidates[p]);
    input->groups = group;
    input->n_groups = 1;
}

/* Sides are the main group and the first other one that is the workload's own. */
static const struct group_result *group_of_side(const struct replay_result *result, int side) {
    int group = 0;
    if (side == 1)
        while (group == 0 || (group < result->n_groups && result->groups[group].aside))
            group++;
    return group < result->n_groups ? &result->groups[group] : NULL;
}

const struct replay_hour *study_judged_hours(const struct study *study, int workload,
                                             const struct replay_result *result, int side) {
    const struct group_result *group = group_of_side(result, side);
    return is_split(study, workload) && result->n_groups > 1 && group ? group->hours : NULL;
}

double study_worst_attainment(const struct study *study, int workload,
                              const struct replay_result *result) {
    const struct slo *slo = &study->scenario.workloads[workload].slo;
    double worst = result->worst_attainment;
    for (int side = 0; side < 2; side++) {
        const struct replay_hour *hours = study_judged_hours(study, workload, result, side);
        if (hours)
            worst = fmin(worst, metrics_worst_window(slo, hours, result->n_hours));
    }
    return worst;
}

/* ---- the week of the rollout ---- */

/* The first week of the planned demand, with its margins, of the scenario's workloads. */
static const struct demand *first_week(struct arena *arena, const struct study *study) {
    int n_workloads = study->scenario.n_workloads;
    struct demand *week = arena_new(arena, struct demand, 1);
    *week = (struct demand){
        .n_workloads = n_workloads,
        .n_weeks = 1,
        .n_hours = HOURS_PER_WEEK,
        .weeks = {{.month = study->demand.weeks[0].month, .weight = 1}},
        .growth = arena_new(arena, double, n_workloads),
        .rate_per_second = arena_new(arena, double, n_workloads *HOURS_PER_WEEK),
        .weight = arena_new(arena, double, HOURS_PER_WEEK),
        .n_months = 1,
        .month_hours = arena_new(arena, double, 1),
        .n_calendar = 1,
        .calendar_from = study->demand.calendar_from,
        .horizon_hours = HOURS_PER_WEEK,
    };
    week->month_hours[0] = HOURS_PER_WEEK;
    week->calendar_hours = week->month_hours;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        week->weight[h] = 1;
    for (int w = 0; w < n_workloads; w++) {
        week->growth[w] = study->demand.growth[w * study->demand.n_weeks];
        for (int h = 0; h < HOURS_PER_WEEK; h++)
            week->rate_per_second[w * HOURS_PER_WEEK + h] = study_planned_rate(study, w, h);
    }
    return week;
}

/* Both sides are open in the week of the rollout. */
static const struct capacity *open_sides(struct arena *arena, const struct study *study) {
    size_t n = (size_t)study->n_candidates;
    struct capacity *open = arena_grow(arena, study->plan_input.capacities, n, n, sizeof *open);
    for (int c = 0; c < study->n_candidates; c++)
        if (study_left_behind(study, c)[0] && c < study->n_choices)
            open[c] = study->capacities[c];
    study_keep_best_setup(study, open);
    return open;
}

/* What the plan has committed to is there in that week too. */
static const struct commitment *held(struct arena *arena, const struct plan *plan, int *n) {
    struct commitment *held = arena_new(arena, struct commitment, plan->n_commitments);
    *n = 0;
    for (int i = 0; i < plan->n_commitments; i++) {
        if (plan->commitments[i].commitment.terms.kind == COMMIT_MODEL_UNITS)
            continue; /* held where requests go to them */
        held[*n] = plan->commitments[i].commitment;
        held[(*n)++].owned = true;
    }
    return held;
}

static const int32_t *lay_out_zones(struct arena *arena, const struct study *study,
                                    const struct plan *plan) {
    size_t rows = (size_t)study->n_candidates * (size_t)plan->n_zones;
    size_t n_hours = (size_t)study->demand.n_hours;
    if (plan->spot_in_zone == NULL)
        return NULL;
    int32_t *in_zone = arena_new(arena, int32_t, rows * n_hours);
    for (size_t r = 0; r < rows; r++)
        memcpy(&in_zone[r * n_hours], &plan->spot_in_zone[r * HOURS_PER_WEEK],
               HOURS_PER_WEEK * sizeof *in_zone);
    return in_zone;
}

/* Counts of a week, laid out as those of a plan of all weeks. */
static void lay_out(struct arena *arena, const struct study *study, struct plan *plan) {
    size_t n_hours = (size_t)study->demand.n_hours, n = (size_t)study->n_candidates * n_hours;
    int32_t *regular = arena_new(arena, int32_t, n), *spot = arena_new(arena, int32_t, n);
    double *share = arena_new(arena, double, n);
    for (size_t c = 0; c < (size_t)study->n_candidates; c++)
        for (size_t h = 0; h < HOURS_PER_WEEK; h++) {
            regular[c * n_hours + h] = plan->regular[c * HOURS_PER_WEEK + h];
            spot[c * n_hours + h] = plan->spot[c * HOURS_PER_WEEK + h];
            share[c * n_hours + h] = plan->overflow_share[c * HOURS_PER_WEEK + h];
        }
    plan->regular = regular;
    plan->spot = spot;
    plan->spot_in_zone = lay_out_zones(arena, study, plan);
    plan->overflow_share = share;
}

static struct plan *plan_week(struct arena *arena, const struct study *study, enum phase phase,
                              struct err *err) {
    struct plan_input input = study->plan_input;
    const char **names = arena_new(arena, const char *, study->scenario.n_workloads);
    for (int w = 0; w < study->scenario.n_workloads; w++)
        names[w] = study->scenario.workloads[w].name;
    input.demand = split_demand(arena, study, first_week(arena, study), phase);
    input.candidates = split_candidates(arena, study, phase);
    input.workload_names = split_names(arena, study, names, phase);
    input.spot = study_plan_spot(arena, study, &input);
    input.capacities = open_sides(arena, study);
    input.n_terms = input.n_capacity = input.n_budgets = 0;
    input.carbon = plan_carbon_price(arena, input.carbon);
    input.owned = held(arena, study->recommended.plan, &input.n_owned);
    struct plan *plan = arena_new(arena, struct plan, 1);
    if (!plan_solve(arena, &input, plan, err))
        return NULL;
    if (plan->feasible) {
        lay_out(arena, study, plan);
        plan->regular = study_with_fallbacks(arena, study, plan->regular);
    }
    return plan;
}

/* ---- what it costs, and how each side does ---- */

static double usd_of(const struct quote *quote) {
    return quote->known ? money_rate_usd(quote->rate) : 0;
}

/* An hour's instances of a workload at their rates without commitments. side -1: of both. */
static double hour_usd(const struct study *study, const struct plan *plan, int workload, int side,
                       int hour) {
    double usd = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        size_t at = (size_t)c * (size_t)study->demand.n_hours + (size_t)hour;
        if (candidate->workload != workload || candidate->kind != CANDIDATE_INSTANCE ||
            candidate->offer < 0 || study_is_fallback(study, c) ||
            (side >= 0 && study_side(study, c) != side))
            continue;
        const struct offer *offer = &study->offers[candidate->offer];
        usd +=
            plan->regular[at] * usd_of(&offer->on_demand) + plan->spot[at] * usd_of(&offer->spot);
    }
    return usd;
}

static struct study_side measure_side(const struct study *study,
                                      const struct study_rollout *rollout, int side,
                                      const struct plan *both, const struct replay_result *result) {
    const struct slo *slo = &study->scenario.workloads[rollout->workload].slo;
    const struct group_result *group = group_of_side(result, side);
    struct study_side out = {
        .arrived = group->arrived,
        .good = group->good,
        .share = group->arrived > 0 ? (double)group->good / (double)group->arrived : 1,
        .worst = metrics_worst_window(slo, group->hours, result->n_hours),
    };
    out.holds = out.worst >= slo->share;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        out.usd += hour_usd(study, both, rollout->workload, side, h);
    return out;
}

/* Overlap: what both sides cost in an hour beyond what each alone would for its requests. */
static void sum_costs(const struct study *study, const struct plan *const plans[3],
                      struct study_rollout *rollout) {
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double to_new = side_hour(rollout_of(study, rollout->workload), h).to_new, usd[3];
        for (int i = 0; i < 3; i++)
            usd[i] = hour_usd(study, plans[i], rollout->workload, -1, h);
        double apart = (1 - to_new) * usd[1] + to_new * usd[2];
        rollout->old_usd += usd[1];
        rollout->new_usd += usd[2];
        rollout->overlap_usd += usd[0] - apart;
    }
}

struct week_of_rollout {
    const struct plan *plans[3];   /* both, old and new alone */
    struct replay_result *replays; /* [n_workloads * n_weeks], of the first week */
    double usual_usd, bill_usd;
};

static bool replay_week(struct arena *arena, const struct study *study,
                        struct week_of_rollout *week, struct err *err) {
    int n_weeks = study->demand.n_weeks, n = study->demand.n_workloads * n_weeks;
    week->replays =
        arena_grow(arena, study->recommended.replays, (size_t)n, (size_t)n, sizeof *week->replays);
    for (int w = 0; w < study->demand.n_workloads; w++) {
        if (!moves(study, w))
            continue;
        struct replay_input input = study_replay_input(arena, study, week->plans[0], w, 0, true);
        input.record_detail = false;
        if (!replay_run(arena, &input, &week->replays[w * n_weeks], err))
            return false;
    }
    struct bill bill, stations;
    if (!study_bill_week(arena, study, study->recommended.plan, week->replays, 0, &bill, &stations,
                         err))
        return false;
    bill = bill_months_apply(arena, &study->recommended.months, 0, &bill);
    week->bill_usd = money_amount_usd(bill.total);
    week->usual_usd = money_amount_usd(study->recommended.bills[0].total);
    return true;
}

static void measure(const struct study *study, const struct week_of_rollout *week,
                    struct study_rollout *rollout) {
    const struct replay_result *result = &week->replays[rollout->workload * study->demand.n_weeks];
    rollout->possible = true;
    for (int side = 0; side < 2; side++)
        rollout->sides[side] = measure_side(study, rollout, side, week->plans[0], result);
    sum_costs(study, week->plans, rollout);
    rollout->bill_usd = week->bill_usd;
    rollout->usual_bill_usd = week->usual_usd;
}

static bool is_rolled_out(const struct study *study, int workload) {
    return rollout_of(study, workload) != NULL;
}

bool study_run_rollouts(struct arena *arena, struct study *study, struct err *err) {
    int n = count_rollouts(study, is_rolled_out);
    if (n == 0)
        return true;
    struct study_rollout *rollouts = arena_new(arena, struct study_rollout, n);
    struct week_of_rollout week = {0};
    const char *why = "";
    study->rollouts = rollouts;
    for (int w = 0; w < study->scenario.n_workloads; w++)
        if (rollout_of(study, w))
            rollouts[study->n_rollouts++] = (struct study_rollout){.workload = w};
    for (int i = 0; i < 3; i++) {
        if (i == 0 && count_rollouts(study, moves) == 0) {
            week.plans[0] = study->recommended.plan;
            continue;
        }
        week.plans[i] = plan_week(arena, study, (enum phase)(PHASE_BOTH + i), err);
        if (!week.plans[i])
            return false;
        if (!week.plans[i]->feasible && why[0] == '\0')
            why = week.plans[i]->infeasible;
    }
    if (why[0] == '\0' && !replay_week(arena, study, &week, err))
        return false;
    for (int i = 0; i < n; i++) {
        rollouts[i].why = why;
        if (why[0] == '\0')
            measure(study, &week, &rollouts[i]);
    }
    return true;
}

/* ---- words ---- */

const char *study_rollout_word(enum rollout_kind kind) {
    static const char *const words[] = {"A/B split", "canary", "blue-green"};
    return words[kind];
}

const char *study_rollout_words(struct arena *arena, const struct study *study, int index) {
    const struct study_rollout *rollout = &study->rollouts[index];
    const struct workload *workload = &study->scenario.workloads[rollout->workload];
    const struct rollout_spec *spec = workload->rollout;
    if (!rollout->possible)
        return arena_printf(arena, "%s of %s to %s: cannot be done: %s",
                            study_rollout_word(spec->kind), workload->name, spec->to, rollout->why);
    double more = rollout->bill_usd - rollout->usual_bill_usd;
    char overlap[32], extra[32], old[32], new[32];
    money_format_short(overlap, rollout->overlap_usd);
    money_format_short(extra, fabs(more));
    money_format_short(old, rollout->old_usd);
    money_format_short(new, rollout->new_usd);
    struct text text = {.arena = arena};
    text_printf(&text, "%s of %s to %s: overlap %s in the week (all old %s, all new %s)",
                study_rollout_word(spec->kind), workload->name, spec->to, overlap, old, new);
    if (spec->kind != ROLLOUT_AB)
        text_printf(&text, ", its bill %s %s than that of the plan's week", extra,
                    more < 0 ? "less" : "more");
    text_printf(&text, "; within target %s of %lld requests old, %s of %lld new",
                share_words(arena, rollout->sides[0].share), (long long)rollout->sides[0].arrived,
                share_words(arena, rollout->sides[1].share), (long long)rollout->sides[1].arrived);
    return text.data;
}
