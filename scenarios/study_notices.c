/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The warnings that people must see, and their order. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/share.h"
#include "scenarios/study_faults.h"
#include "scenarios/study_hedge.h"
#include "scenarios/study_held.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_supply.h"
#include "sim/profile.h"

enum { SHORT_TRAFFIC_DAYS = 30 };

static void add(struct arena *arena, struct study *study, struct study_notice notice) {
    struct study_notice *grown = arena_grow(arena, study->notices, (size_t)study->n_notices,
                                            (size_t)study->n_notices + 1, sizeof *grown);
    grown[study->n_notices++] = notice;
    study->notices = grown;
}

void study_add_notice(struct arena *arena, struct study *study, const char *id, const char *text) {
    add(arena, study, (struct study_notice){.id = id, .text = text});
}

void study_add_notice_about(struct arena *arena, struct study *study, const char *id,
                            const struct notice_about *about) {
    add(arena, study,
        (struct study_notice){.id = id,
                              .text = arena_printf(arena, "%s%s%s", about->before,
                                                   about->name ? about->name : "", about->after),
                              .about = about->name,
                              .n_before = strlen(about->before),
                              .weight = about->weight});
}

/* The longest term that the plan buys, in years; 0 for none. */
static int longest_term(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    int years = 0;
    for (int i = 0; plan && plan->feasible && i < plan->n_commitments; i++) {
        const struct commitment *held = &plan->commitments[i].commitment;
        if (!held->owned && held->terms.term_years > years)
            years = held->terms.term_years;
    }
    return years;
}

static void notice_terms(struct arena *arena, struct study *study) {
    const struct plan *plan = study->recommended.plan;
    const char *beyond = study_beyond_words(arena, study);
    double prepaid = 0;
    for (int i = 0; plan && plan->feasible && i < plan->n_commitments; i++)
        prepaid += plan->commitments[i].commitment.owned ? 0 : plan->commitments[i].prepaid_usd;
    if (beyond[0])
        study_add_notice(arena, study, "term-outlives-horizon", beyond);
    if (prepaid >= 1) {
        study_add_notice(arena, study, "prepaid",
                         arena_printf(arena,
                                      "%s of the upfront payments is for hours after the horizon",
                                      money_words(arena, prepaid)));
    }
}

/* A scenario that names no way to buy has its answer for on demand alone, which its reader may take
 * for "no commitment pays". */
static void notice_purchase(struct arena *arena, struct study *study) {
    if (study->scenario.purchase_said)
        return;
    bool on_instances = false;
    for (int c = 0; c < study->n_choices; c++)
        on_instances = on_instances || study->candidates[c].kind == CANDIDATE_INSTANCE;
    if (on_instances)
        study_add_notice(arena, study, "on-demand-only",
                         "only on demand is compared, for the scenario has no key 'purchase': "
                         "neither new commitments nor spot were looked at");
}

/* Clients of a file of windows that no lengths are known of. */
static void notice_pooled(struct arena *arena, struct study *study, const char *name,
                          const struct traffic *traffic) {
    int n_clients = 0;
    double share =
        traffic->client_lengths
            ? client_lengths_missing(traffic->clients, traffic->client_lengths, arena, &n_clients)
            : 0;
    if (n_clients > 0)
        study_add_notice(arena, study, "estimated-lengths",
                         arena_printf(arena,
                                      "%s of %s, %.3g%% of its requests, %s no lengths: "
                                      "they draw from those of the others",
                                      number_counted(arena, n_clients, "client"), name, 100 * share,
                                      n_clients == 1 ? "has" : "have"));
}

const char *study_days_words(struct arena *arena, double days) {
    if (24 * days < 2)
        return number_counted(arena, nearbyint(1440 * days), "minute");
    return days < 2 ? number_counted(arena, nearbyint(240 * days) / 10, "hour")
                    : number_counted(arena, nearbyint(10 * days) / 10, "day");
}

static void notice_traffic(struct arena *arena, struct study *study) {
    int years = longest_term(study);
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        const struct traffic *traffic = &study->traffics[w];
        const char *name = study->scenario.workloads[w].name;
        notice_pooled(arena, study, name, traffic);
        if (traffic->tiled)
            study_add_notice_about(
                arena, study, "tiled-traffic",
                &(struct notice_about){
                    "the traffic of ", name,
                    arena_printf(arena,
                                 " covers %s, repeated to fill the week: night and weekend are "
                                 "unknown",
                                 study_days_words(arena, traffic->days)),
                    0});
        bool made_up = traffic->kind != TRAFFIC_MIX && traffic->sha256[0] == '\0';
        bool interval = study->scenario.workloads[w].demand.growth.is_interval;
        if (years == 0 || traffic->days >= SHORT_TRAFFIC_DAYS || (interval && !made_up))
            continue;
        const char *term = arena_printf(arena, "a term of %d year%s", years, number_plural(years));
        const char *after =
            made_up
                ? arena_printf(arena, " is made up, not measured: %s rests on an assumption", term)
                : arena_printf(arena,
                               " covers %s and has one growth figure: %s rests on less than "
                               "%d days",
                               study_days_words(arena, traffic->days), term, SHORT_TRAFFIC_DAYS);
        study_add_notice_about(arena, study, "short-traffic",
                               &(struct notice_about){"the traffic of ", name, after, 0});
    }
}

static void notice_slo(struct arena *arena, struct study *study) {
    const struct study_fleet *fleet = &study->recommended;
    if (!fleet->replays || fleet->slo_met)
        return;
    const struct demand *demand = &study->demand;
    for (int w = 0; w < demand->n_workloads; w++) {
        const struct workload *workload = &study->scenario.workloads[w];
        const struct replay_result *worst = &fleet->replays[w * demand->n_weeks];
        int missed = 0;
        for (int week = 0; week < demand->n_weeks; week++) {
            const struct replay_result *r = &fleet->replays[w * demand->n_weeks + week];
            missed += !r->slo_met;
            worst = r->worst_attainment < worst->worst_attainment ? r : worst;
        }
        if (missed)
            study_add_notice_about(
                arena, study, "slo-missed",
                &(struct notice_about){
                    "the target of ", workload->name,
                    arena_printf(arena,
                                 " is missed: in the worst window %s of requests are within it, "
                                 "%.4g%% are asked",
                                 share_words(arena, worst->worst_attainment),
                                 100 * workload->slo.share),
                    workload->slo.share - worst->worst_attainment});
    }
}

static void notice_tasks(struct arena *arena, struct study *study) {
    const struct study_fleet *fleet = &study->recommended;
    for (int w = 0; fleet->tasks && w < study->demand.n_workloads; w++)
        if (fleet->tasks[w].slo_missed)
            study_add_notice(
                arena, study, "task-slo-missed",
                arena_printf(arena,
                             "%s misses its target for tasks: in the worst window %s end within "
                             "%.4g s, %.4g%% are asked; P95 is %.3g s",
                             study->scenario.workloads[w].name,
                             share_words(arena, fleet->tasks[w].worst_attainment),
                             study->scenario.workloads[w].slo.task_s,
                             100 * study->scenario.workloads[w].slo.share,
                             fleet->tasks[w].latency_s[1]));
}

/* A queue, not a batch that fills, in which calls are for most of their time. */
static void notice_stations(struct arena *arena, struct study *study) {
    const struct study_fleet *fleet = &study->recommended;
    for (int i = 0; fleet->stations && i < study->n_stations; i++) {
        const struct study_station_use *use = &fleet->stations[i];
        const struct service *service = &study->stations[i].service;
        double batch_s = service->kind == SERVICE_BATCHED ? service->batched.wait_max_s : 0;
        if (use->wait_p95_s - batch_s > 0.5 * use->latency_s[1])
            study_add_notice(
                arena, study, "station-too-small",
                arena_printf(
                    arena,
                    "calls of the station %s wait: P95 %.3g s in the worst week, of %.3g s "
                    "that they take in all",
                    study->stations[i].spec->name, use->wait_p95_s, use->latency_s[1]));
    }
}

static void notice_variants(struct arena *arena, struct study *study) {
    for (int v = 0; v < study->n_variants; v++)
        if (study->variants[v].fate == VARIANT_DROPPED)
            study_add_notice(arena, study, "variant-left-out",
                             arena_printf(arena, "%s is left out: it %s", study->variants[v].name,
                                          study->variants[v].closed));
}

static bool has_setup(const struct study *study, const struct profile *profile) {
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        bool same_cache =
            profile->kind == PROFILE_BATCHED ||
            strcmp(candidate->kv_precision, precision_word(profile->kv_precision)) == 0;
        if (strcmp(candidate->model, profile->model) == 0 && same_cache &&
            strcmp(candidate->hardware, profile->accelerator) == 0 &&
            strcmp(candidate->precision, precision_word(profile->precision)) == 0 &&
            candidate->tensor_parallel == profile->tensor_parallel)
            return true;
    }
    return false;
}

/* A profile of another setup than the candidates have helps none of them. */
static void notice_profiles(struct arena *arena, struct study *study) {
    for (int i = 0; i < study->n_own_profiles; i++)
        if (!has_setup(study, &study->catalog.profiles[i]))
            study_add_notice(arena, study, "unused-profile",
                             arena_printf(arena,
                                          "the profile %s is for %s, and no candidate is that",
                                          study->scenario.profiles[i].path,
                                          study_profile_words(arena, &study->catalog.profiles[i])));
}

static void notice_ready_delay(struct arena *arena, struct study *study) {
    const char *assumed = study->scenario.scaling.assumed;
    if (assumed[0])
        study_add_notice(arena, study, "assumed-ready-delay",
                         arena_printf(arena,
                                      "%s are assumed, from set-ups of other people; state what "
                                      "your launches take under scaling",
                                      assumed));
}

static void notice_volumes(struct arena *arena, struct study *study) {
    if (study->scenario.scaling.volume.tier && study->scenario.scaling.volume.gib <= 0)
        study_add_notice(
            arena, study, "assumed-volume-size",
            arena_printf(arena, "volumes of instances: %s; state yours in scaling.volume.size",
                         study_volumes_words(arena, study)));
}

/* What comes over a paid way could come from a bucket of the region for its requests alone. */
static void notice_weights(struct arena *arena, struct study *study) {
    const struct scaling_spec *scaling = &study->scenario.scaling;
    const struct study_fleet *fleet = &study->recommended;
    double usd = fleet->by_kind_usd_per_month[CHARGE_WEIGHTS];
    if (!(usd > 0) || strcmp(scaling->weights_over, "s3") == 0)
        return;
    char words[32];
    money_format_short(words, usd);
    study_add_notice(
        arena, study, "weights-at-launches",
        arena_printf(
            arena,
            "launches load weights over %s for %s a month, %.2g%% of the bill; a bucket of "
            "the region asks for its requests alone (scaling.weights_over: s3)",
            scaling->weights_over, words, 100 * usd / fleet->bill_usd_per_month));
}

static void notice_survival(struct arena *arena, struct study *study) {
    static const char *const ids[SURVIVE_KINDS] = {"zone-loss-missed", "instance-loss-missed",
                                                   "spot-loss-missed"};
    for (int i = 0; i < study->n_survivals; i++) {
        const struct study_survival *lost = &study->survivals[i];
        if (!lost->survival.holds)
            study_add_notice_about(
                arena, study, ids[lost->what],
                &(struct notice_about){"the target of ",
                                       study->scenario.workloads[lost->workload].name,
                                       arena_printf(arena, " is not held when %s is lost: %s",
                                                    study_survive_word(lost->what),
                                                    study_survival_words(arena, study, i)),
                                       0});
    }
    bool asked = study->n_rounds > 0 || study->spare.by_size;
    if (asked && study->scenario.resilience.buy_spare && !study->spare.bought)
        study_add_notice(arena, study, "spare-not-enough", study_spare_words(arena, study));
}

static void notice_stand_ins(struct arena *arena, struct study *study) {
    const struct study_fleet *fleet = &study->recommended;
    for (int i = 0; i < fleet->n_stand_ins; i++)
        if (fleet->stand_ins[i].launches_per_month > 0)
            study_add_notice(arena, study, "stand-ins",
                             study_stand_in_words(arena, study, &fleet->stand_ins[i]));
}

static void notice_supply(struct arena *arena, struct study *study) {
    for (int i = 0; study->recommended.replays && i < study->scenario.n_supply; i++) {
        const char *words = study_supply_words(arena, study, i);
        if (words)
            study_add_notice(arena, study, "supply-at-start", words);
    }
}

static void notice_at_once(struct arena *arena, struct study *study) {
    for (int i = 0; i < study->plan_input.n_supply; i++) {
        const char *words = study_at_once_words(arena, study, i);
        if (words)
            study_add_notice(arena, study, "supply-at-once", words);
    }
}

static void notice_replays(struct arena *arena, struct study *study) {
    const struct study_confidence *c = &study->confidence;
    if (c->replays > 1 && study->recommended.slo_met && c->held < c->replays)
        study_add_notice(arena, study, "missed-in-other-replays",
                         arena_printf(arena,
                                      "with other draws the plan misses its target in some window "
                                      "of %d of %d replays: one replay that holds it is no proof",
                                      c->replays - c->held, c->replays));
}

static void notice_slow(struct arena *arena, struct study *study) {
    for (int i = 0; study->recommended.replays && i < study->scenario.resilience.n_slow; i++)
        study_add_notice(arena, study, "slow-instance", study_slow_words(arena, study, i));
}

static void notice_rollouts(struct arena *arena, struct study *study) {
    for (int i = 0; i < study->n_rollouts; i++) {
        const struct study_rollout *rollout = &study->rollouts[i];
        if (!rollout->possible || !rollout->sides[0].holds || !rollout->sides[1].holds)
            study_add_notice(arena, study,
                             rollout->possible ? "rollout-missed" : "rollout-impossible",
                             study_rollout_words(arena, study, i));
    }
}

static void notice_incomplete(struct arena *arena, struct study *study) {
    const struct plan *plan = study->recommended.plan;
    if (!plan || !plan->feasible || !plan->incomplete)
        return;
    study_add_notice(arena, study, "incomplete",
                     arena_printf(arena,
                                  "INCOMPLETE: the search for commitments ended before its optimum "
                                  "was proven; the theoretical minimum still holds, and at most %s "
                                  "of the plan's cost lies above it",
                                  number_percent(arena, plan->gap)));
}

static void notice_baseline(struct arena *arena, struct study *study) {
    if (!study->baseline.replays || !study->baseline_given || study->baseline.slo_met)
        return;
    struct study_margin least = study_least_margin(study, &study->baseline);
    study_add_notice(
        arena, study, "baseline-misses",
        arena_printf(arena,
                     "today's fleet itself misses the target under this demand (%s of %s in its "
                     "worst %s): the saving compares with a fleet that is too small",
                     share_words(arena, least.worst),
                     study->scenario.workloads[least.workload].name,
                     study_window_word(study, least.workload)));
}

static void notice_jobs(struct arena *arena, struct study *study) {
    for (int j = 0; j < study->scenario.n_jobs; j++) {
        const struct job_spec *spec = &study->scenario.jobs[j];
        const struct study_job *job = &study->jobs[j];
        const struct study_job_setup *best = NULL;
        for (int i = 0; i < job->n_setups && job->chosen < 0; i++)
            if (!best || job->setups[i].in_time_share > best->in_time_share)
                best = &job->setups[i];
        if (best)
            study_add_notice(arena, study, "job-not-in-time",
                             arena_printf(arena,
                                          "the job %s can be run in no way that is asked for, and "
                                          "its cost is in no sum; nearest: %s, %s",
                                          spec->name, best->name, best->reason));
        if (job->chosen >= 0 && !study_job_in_time(job))
            study_add_notice(arena, study, "job-not-in-time",
                             arena_printf(arena, "the job %s on %s is %s", spec->name,
                                          job->setups[0].name, job->setups[0].reason));
        if (job->chosen < 0)
            continue;
        const struct study_job_setup *chosen = &job->setups[job->chosen];
        const struct offer *offer = chosen->offer >= 0 ? &study->offers[chosen->offer] : NULL;
        const struct quote *quote =
            !offer                            ? NULL
            : chosen->option == JOB_SPOT      ? &offer->spot
            : chosen->option == JOB_ON_DEMAND ? &offer->on_demand
            : chosen->option == JOB_CLUSTER &&
                    !(study->scenario.clusters[spec->cluster].usd_per_hour > 0)
                ? &offer->on_demand
                : NULL;
        if (quote && quote->status == PRICE_ESTIMATED)
            study_add_notice(arena, study, "estimated-job-price",
                             arena_printf(arena, "the rate of the job %s is estimated by rule (%s)",
                                          spec->name, quote->rule));
    }
}

void study_write_notices(struct arena *arena, struct study *study) {
    if (study->infeasible) {
        const char *why = study->recommended.plan->infeasible;
        size_t n = strlen(why);
        while (n > 0 && why[n - 1] == '.')
            n--; /* a notice carries no full stop of its own */
        study_add_notice(arena, study, "infeasible", arena_strndup(arena, why, n));
    }
    notice_slo(arena, study);
    study_notice_budgets(arena, study);
    notice_tasks(arena, study);
    notice_stations(arena, study);
    notice_jobs(arena, study);
    notice_replays(arena, study);
    notice_survival(arena, study);
    if (study->hedge.used)
        study_add_notice(arena, study, "chosen-for-futures", study_hedge_words(arena, study));
    study_notice_futures(arena, study);
    notice_rollouts(arena, study);
    notice_supply(arena, study);
    notice_at_once(arena, study);
    notice_stand_ins(arena, study);
    notice_slow(arena, study);
    notice_incomplete(arena, study);
    notice_baseline(arena, study);
    study_notice_today(arena, study);
    notice_variants(arena, study);
    notice_profiles(arena, study);
    notice_ready_delay(arena, study);
    notice_volumes(arena, study);
    notice_weights(arena, study);
    study_notice_owned(arena, study);
    study_notice_held(arena, study);
    study_write_price_notices(arena, study);
    study_write_estimates(arena, study);
    notice_purchase(arena, study);
    notice_terms(arena, study);
    notice_traffic(arena, study);
}
