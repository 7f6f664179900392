/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences computed from numbers: the headline, the ranked actions, and the warnings that people
 * must see. Words are those of docs/glossary.md: people commit to, they do not "reserve"; shares
 * are of requests within target. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"
#include "base/number.h"
#include "base/share.h"
#include "scenarios/study_faults.h"
#include "scenarios/study_hedge.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_supply.h"
#include "sim/profile.h"

enum { SHORT_TRAFFIC_DAYS = 30 };

/* ---- what the plan runs ---- */

struct running {
    int32_t low, high; /* instances over the hours, regular and spot together */
    int32_t spot_high;
    double mean; /* weighted over the horizon */
    double spot_mean;
    double overflow_share; /* of the workload's requests, weighted by requests */
};

static struct running running_of(const struct study *study, const struct plan *plan,
                                 int candidate) {
    const struct demand *demand = &study->demand;
    size_t first = (size_t)candidate * (size_t)demand->n_hours;
    const double *rate =
        demand->rate_per_second + study->candidates[candidate].workload * demand->n_hours;
    struct running r = {.low = INT32_MAX};
    double requests = 0, sent = 0;
    for (int h = 0; h < demand->n_hours; h++) {
        int32_t n = plan->regular[first + (size_t)h] + plan->spot[first + (size_t)h];
        int32_t spot = plan->spot[first + (size_t)h];
        double weight = demand->weight[h];
        r.low = n < r.low ? n : r.low;
        r.high = n > r.high ? n : r.high;
        r.spot_high = spot > r.spot_high ? spot : r.spot_high;
        r.mean += n * weight / demand->horizon_hours;
        r.spot_mean += spot * weight / demand->horizon_hours;
        requests += rate[h] * weight;
        sent += rate[h] * weight * plan->overflow_share[first + (size_t)h];
    }
    r.overflow_share = requests > 0 ? sent / requests : 0;
    return r;
}

static const char *count_range(struct arena *arena, int32_t low, int32_t high) {
    return low == high ? arena_printf(arena, "%d", low)
                       : arena_printf(arena, "%d to %d", low, high);
}

/* "3 x g6e.xlarge as 1-year reserved instances, all upfront"; "$12.5/h of a 1-year Compute savings
 * plan, no upfront, from 2027-03-01". zones: it and so many like it, one a zone; 1: it alone. */
static const char *commitment_words(struct arena *arena, const struct study *study,
                                    const struct commitment *commitment, int zones) {
    const struct commitment_terms *terms = &commitment->terms;
    const char *kind = commitment_kind_word(terms->kind), *payment = payment_word(terms->payment);
    char from[16];
    calendar_format_date(from, study_day(study, commitment->from_s));
    if (!commitment->owned && commitment->from_s > 0)
        payment = arena_printf(arena, "%s, from %s", payment, from);
    if (commitment_kind_holds_capacity(terms->kind)) {
        char to[16];
        calendar_format_date(to, study_day(study, commitment->to_s));
        return arena_printf(arena, "%g x %s in a %s, from %s to %s", commitment->count,
                            study->offers[commitment->offer].sku, kind, from, to);
    }
    if (commitment->offer >= 0) {
        const char *where = zones > 1 ? arena_printf(arena, " in each of %d zones", zones)
                            : commitment->zone > 0
                                ? arena_printf(arena, " in zone %d", commitment->zone)
                                : "";
        double all = commitment->count * zones;
        return arena_printf(arena, "%g x %s%s as %s%d-year %s%s, %s", commitment->count,
                            study->offers[commitment->offer].sku, where, all == 1 ? "a " : "",
                            terms->term_years, kind, number_plural(all), payment);
    }
    char usd[32];
    money_format_short(usd, money_amount_usd(commitment->plan_usd_per_hour));
    return arena_printf(arena, "%s/h of a %d-year %s%s%s, %s", usd, terms->term_years, kind,
                        commitment->family && commitment->family[0] ? " for " : "",
                        commitment->family ? commitment->family : "", payment);
}

/* ---- the steps from the baseline to the plan ---- */

enum variant { AT_PEAK, HOURLY, WITH_SPOT };

/* The plan's instances with what is owned but nothing new committed to, USD per month: held at each
 * week's peak, or hour by hour, all on demand or with its spot. What is paid by use costs the same
 * in all. */
static double variant_usd(struct arena *arena, const struct study *study, enum variant variant) {
    const struct demand *demand = &study->demand;
    const struct plan *plan = study->recommended.plan;
    size_t n_hours = (size_t)demand->n_hours, n = (size_t)study->n_candidates * n_hours;
    int32_t *regular = arena_new(arena, int32_t, n), *spot = arena_new(arena, int32_t, n);
    for (size_t first = 0; first < n; first += HOURS_PER_WEEK) {
        int32_t peak = 0;
        for (size_t h = first; h < first + HOURS_PER_WEEK; h++)
            peak =
                plan->regular[h] + plan->spot[h] > peak ? plan->regular[h] + plan->spot[h] : peak;
        for (size_t h = first; h < first + HOURS_PER_WEEK; h++) {
            spot[h] = variant == WITH_SPOT ? plan->spot[h] : 0;
            regular[h] = variant == AT_PEAK ? peak : plan->regular[h] + plan->spot[h] - spot[h];
        }
    }
    struct plan priced;
    plan_price_fleet(arena, &study->plan_input, regular, spot, plan->overflow_share, &priced);
    return priced.usd_per_hour * HOURS_PER_MONTH;
}

static struct study_steps measure_steps(struct arena *arena, const struct study *study) {
    double at_peak = variant_usd(arena, study, AT_PEAK);
    double hourly = variant_usd(arena, study, HOURLY);
    double with_spot = variant_usd(arena, study, WITH_SPOT);
    return (struct study_steps){
        .serve = study_usd_apart(study->baseline.bill_usd_per_month, at_peak),
        .follow = study_usd_apart(at_peak, hourly),
        .spot = study_usd_apart(hourly, with_spot),
        .commit = study_usd_apart(with_spot, study->gaps.plan),
        .billing = study_usd_apart(study->recommended.bill_usd_per_month, study->gaps.plan),
    };
}

/* ---- actions ---- */

static void add_action(struct arena *arena, struct study *study, struct study_action action) {
    struct study_action *grown = arena_grow(arena, study->actions, (size_t)study->n_actions,
                                            (size_t)study->n_actions + 1, sizeof *grown);
    grown[study->n_actions++] = action;
    study->actions = grown;
}

static void list_instances(struct arena *arena, const struct study *study, struct text *out) {
    int n = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        struct running r = running_of(study, study->recommended.plan, c);
        if (study->candidates[c].kind != CANDIDATE_INSTANCE || r.high == 0)
            continue;
        text_printf(out, "%s%s x %s", n++ ? ", " : "", count_range(arena, r.low, r.high),
                    study->candidates[c].name);
        if (study->demand.n_workloads > 1)
            text_printf(out, " for %s",
                        study->scenario.workloads[study->candidates[c].workload].name);
    }
}

/* What the scenario says of the models that run, each once; a variant that is made has a line of
 * its own. */
static const char *qualities(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        const char *quality = candidate->quality;
        if (candidate->kind != CANDIDATE_INSTANCE || !quality[0] || candidate->one_off_usd > 0 ||
            running_of(study, study->recommended.plan, c).high == 0)
            continue;
        const char *words = arena_printf(arena, "; quality of %s in %s as stated: %s",
                                         candidate->model, candidate->precision, quality);
        if (!strstr(out.data, words))
            text_append_string(&out, words);
    }
    return out.data;
}

static const char *followed_words(const struct study *study) {
    bool scheduled = true;
    for (int w = 0; study->scenario.own_scaling && w < study->scenario.n_workloads; w++)
        scheduled = scheduled && study->scenario.own_scaling[w].rules.policy == SCALING_SCHEDULE;
    return scheduled ? ", by the hour of the week" : ", scaled by what is seen";
}

/* Whether an instance could serve the workload. */
static bool may_be_held(const struct study *study, int workload) {
    for (int c = 0; c < study->n_choices; c++)
        if (study->candidates[c].workload == workload && study->capacities[c].feasible &&
            study->candidates[c].kind == CANDIDATE_INSTANCE)
            return true;
    return false;
}

static void add_serve_actions(struct arena *arena, struct study *study, struct study_steps steps) {
    struct text fleet = {.arena = arena};
    list_instances(arena, study, &fleet);
    bool apart = steps.serve >= 0 && steps.follow > 0.5; /* each step saves by itself */
    if (fleet.n) {
        char floor[32];
        money_format_short(floor, study->gaps.lp);
        add_action(arena, study,
                   (struct study_action){
                       .text = arena_printf(arena, "Run %s%s", fleet.data,
                                            apart ? "" : followed_words(study)),
                       .reason = arena_printf(arena,
                                              "carries the demand of every hour; the theoretical "
                                              "minimum of these candidates is %s a month%s",
                                              floor, qualities(arena, study)),
                       .usd_per_month = apart ? steps.serve : steps.serve + steps.follow,
                       .reversibility = "any hour",
                       .kind = ACTION_RUN,
                   });
        if (apart)
            add_action(arena, study,
                       (struct study_action){
                           .text = "Let the count follow the hour of the week",
                           .reason = "the peak lasts a few hours; nights and weekends need less",
                           .usd_per_month = steps.follow,
                           .reversibility = "any hour",
                           .kind = ACTION_FOLLOW,
                       });
    }
    for (int c = 0; c < study->n_candidates; c++) {
        struct running r = running_of(study, study->recommended.plan, c);
        if (r.overflow_share <= 0)
            continue;
        add_action(
            arena, study,
            (struct study_action){
                .text = arena_printf(arena, "Send %s of %s to %s",
                                     number_percent(arena, r.overflow_share),
                                     study->scenario.workloads[study->candidates[c].workload].name,
                                     study->candidates[c].name),
                .reason = fleet.n
                              ? "cheaper than an instance that would stand idle most of the hour"
                          : may_be_held(study, study->candidates[c].workload)
                              ? "cheaper by use than any instance held for it"
                              : "the cheapest of what may serve it, and nothing is held",
                .usd_per_month = fleet.n ? NAN : steps.serve + steps.follow,
                .reversibility = "any hour",
                .kind = ACTION_BY_USE,
            });
    }
}

static void add_spot_action(struct arena *arena, struct study *study, struct study_steps steps) {
    struct text what = {.arena = arena};
    double worst = 0;
    int n = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        struct running r = running_of(study, study->recommended.plan, c);
        if (r.spot_high == 0)
            continue;
        worst = fmax(worst, study->offers[study->candidates[c].offer].interruptions_per_month);
        text_printf(&what, "%sup to %d x %s", n++ ? ", " : "", r.spot_high,
                    study->candidates[c].name);
    }
    if (n)
        add_action(
            arena, study,
            (struct study_action){
                .text = arena_printf(arena, "Use spot for %s", what.data),
                .reason = arena_printf(arena,
                                       "up to %.0f%% of instances reclaimed a month; spot "
                                       "carries at most %.0f%% of an hour's demand",
                                       100 * worst, 100 * study->scenario.policy.spot_share_max),
                .usd_per_month = steps.spot,
                .reversibility = "any hour",
                .kind = ACTION_SPOT,
            });
}

static void add_commitment_actions(struct arena *arena, struct study *study,
                                   struct study_steps steps) {
    const struct plan *plan = study->recommended.plan;
    double total = 0;
    for (int i = 0; i < plan->n_commitments; i++)
        if (!plan->commitments[i].commitment.owned)
            total += plan->commitments[i].saving_usd;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *bought = &plan->commitments[i];
        if (bought->commitment.owned)
            continue;
        struct date begins = study_day(study, bought->commitment.from_s);
        char date[16];
        bool capacity = commitment_kind_holds_capacity(bought->commitment.terms.kind);
        struct date ends =
            capacity ? study_day(study, bought->commitment.to_s)
                     : calendar_add_months(begins, 12 * bought->commitment.terms.term_years);
        calendar_format_date(date, ends);
        add_action(
            arena, study,
            (struct study_action){
                .text = arena_printf(arena, "Commit to %s",
                                     commitment_words(arena, study, &bought->commitment, 1)),
                .reason = arena_printf(arena, "used %.0f%% of the time; breaks even at %.0f%%",
                                       100 * bought->utilisation, 100 * bought->break_even),
                .usd_per_month = total > 0 ? steps.commit * bought->saving_usd / total : NAN,
                .liability_usd = bought->liability_usd,
                .reversibility = arena_printf(arena, "locked until %s", date),
                .kind = ACTION_COMMIT,
            });
    }
}

/* "-0.8 points MMLU" where the scenario states it. */
static const char *quality_of(const struct study *study, const struct study_variant *variant) {
    return study->scenario.workloads[variant->workload].models[variant->use].quality;
}

static void add_variant_actions(struct arena *arena, struct study *study) {
    for (int v = 0; v < study->n_variants; v++) {
        const struct study_variant *variant = &study->variants[v];
        if (variant->fate != VARIANT_USED)
            continue;
        char once[32], saved[32];
        money_format_short(once, variant->one_off_usd);
        bool known = isfinite(variant->payback_months);
        const char *quality = quality_of(study, variant);
        if (known)
            money_format_short(saved, variant->saving_usd_per_month);
        const char *back = known ? arena_printf(arena, "paid back in %s",
                                                number_months(arena, variant->payback_months))
                                 : "nothing else carries the demand";
        const char *why =
            known ? arena_printf(arena, "saves %s a month, counted in the lines above", saved)
                  : "without it there is no plan";
        add_action(
            arena, study,
            (struct study_action){
                .text = arena_printf(arena, "Make %s for %s once, %s", variant->name, once, back),
                .reason = arena_printf(arena, "%s; quality %s%s", why,
                                       quality[0] ? "as stated: " : "not stated", quality),
                .usd_per_month = NAN,
                .reversibility = "spent once",
                .kind = ACTION_MAKE,
            });
    }
}

/* Peak of one type for one workload in the plan, in the region that today's fleet runs in. */
static int32_t kept_of(const struct study *study, const struct today_instance *today) {
    const char *sku = price_book_sku(&study->book, bytes_of(today->instance));
    int w = today->workload < 0 ? 0 : today->workload;
    int32_t kept = 0;
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].workload == w && sku &&
            strcmp(study->candidates[c].sku, sku) == 0) {
            struct running r = running_of(study, study->recommended.plan, c);
            kept += today->spot ? r.spot_high : r.high - r.spot_high;
        }
    return kept;
}

static void add_stop_actions(struct arena *arena, struct study *study) {
    for (int t = 0; t < study->scenario.n_today; t++) {
        const struct today_instance *today = &study->scenario.today[t];
        int32_t kept = kept_of(study, today);
        if (kept >= today->count)
            continue;
        add_action(
            arena, study,
            (struct study_action){
                .text = arena_printf(arena, "Stop %d of today's %d x %s%s", today->count - kept,
                                     today->count, today->instance, today->spot ? " on spot" : ""),
                .reason = "the lines above take its place and count the saving",
                .usd_per_month = NAN,
                .reversibility = "any hour, while the type is on sale",
                .kind = ACTION_STOP,
            });
    }
}

/* By money, unattributed ones last; equal ones keep their order. */
static void rank_actions(struct study_action *actions, int n) {
    for (int i = 1; i < n; i++) {
        struct study_action moved = actions[i];
        double key = isnan(moved.usd_per_month) ? -INFINITY : moved.usd_per_month;
        int j = i;
        for (; j > 0; j--) {
            double before = actions[j - 1].usd_per_month;
            if ((isnan(before) ? -INFINITY : before) >= key)
                break;
            actions[j] = actions[j - 1];
        }
        actions[j] = moved;
    }
}

void study_write_actions(struct arena *arena, struct study *study) {
    if (study->infeasible || !study->recommended.bills)
        return;
    struct study_steps steps = study->steps = measure_steps(arena, study);
    add_serve_actions(arena, study, steps);
    add_spot_action(arena, study, steps);
    add_commitment_actions(arena, study, steps);
    add_variant_actions(arena, study);
    add_stop_actions(arena, study);
    struct study_action *ranked = arena_grow(arena, study->actions, (size_t)study->n_actions,
                                             (size_t)study->n_actions, sizeof *ranked);
    rank_actions(ranked, study->n_actions);
    study->actions = ranked;
}

/* ---- notices ---- */

void study_add_notice(struct arena *arena, struct study *study, const char *id, const char *text) {
    struct study_notice *grown = arena_grow(arena, study->notices, (size_t)study->n_notices,
                                            (size_t)study->n_notices + 1, sizeof *grown);
    grown[study->n_notices++] = (struct study_notice){.id = id, .text = text};
    study->notices = grown;
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
        char usd[32];
        money_format_short(usd, prepaid);
        study_add_notice(
            arena, study, "prepaid",
            arena_printf(arena, "%s of the upfront payments is for hours after the horizon", usd));
    }
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
            study_add_notice(arena, study, "tiled-traffic",
                             arena_printf(arena,
                                          "the traffic of %s covers %s, repeated to fill the "
                                          "week: night and weekend are unknown",
                                          name, study_days_words(arena, traffic->days)));
        bool made_up = traffic->kind != TRAFFIC_MIX && traffic->sha256[0] == '\0';
        bool interval = study->scenario.workloads[w].demand.growth.is_interval;
        if (years == 0 || traffic->days >= SHORT_TRAFFIC_DAYS || (interval && !made_up))
            continue;
        const char *term = arena_printf(arena, "a term of %d year%s", years, number_plural(years));
        if (made_up)
            study_add_notice(
                arena, study, "short-traffic",
                arena_printf(arena,
                             "the traffic of %s is made up, not measured: %s rests on an "
                             "assumption",
                             name, term));
        else
            study_add_notice(arena, study, "short-traffic",
                             arena_printf(arena,
                                          "%s has %s of traffic and one growth figure: %s rests on "
                                          "less than %d days",
                                          name, study_days_words(arena, traffic->days), term,
                                          SHORT_TRAFFIC_DAYS));
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
            study_add_notice(
                arena, study, "slo-missed",
                arena_printf(arena,
                             "%s misses its target: in the worst window %s of requests "
                             "are within target, %.4g%% are asked",
                             workload->name, share_words(arena, worst->worst_attainment),
                             100 * workload->slo.share));
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

static void notice_survival(struct arena *arena, struct study *study) {
    static const char *const ids[SURVIVE_KINDS] = {"zone-loss-missed", "instance-loss-missed",
                                                   "spot-loss-missed"};
    for (int i = 0; i < study->n_survivals; i++) {
        const struct study_survival *lost = &study->survivals[i];
        if (!lost->survival.holds)
            study_add_notice(arena, study, ids[lost->what],
                             arena_printf(arena, "%s does not hold its target when %s is lost: %s",
                                          study->scenario.workloads[lost->workload].name,
                                          study_survive_word(lost->what),
                                          study_survival_words(arena, study, i)));
    }
    if (study->n_rounds > 0 && study->scenario.resilience.buy_spare && !study->spare.bought)
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
    if (study->baseline.replays && study->baseline_given && !study->baseline.slo_met)
        study_add_notice(
            arena, study, "baseline-misses",
            arena_printf(arena,
                         "today's fleet itself misses the target under this demand (%s in "
                         "its worst window): the saving compares with a fleet that is too "
                         "small",
                         share_words(arena, study->baseline.worst_attainment)));
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
    study_notice_owned(arena, study);
    study_write_price_notices(arena, study);
    study_write_estimates(arena, study);
    notice_terms(arena, study);
    notice_traffic(arena, study);
}

/* ---- headline ---- */

/* The same bought in the next zone. */
static bool is_next_zone(const struct commitment *a, const struct commitment *b) {
    return !a->owned && !b->owned && a->zone > 0 && b->zone == a->zone + 1 &&
           a->offer == b->offer && a->count == b->count && a->from_s == b->from_s &&
           a->terms.kind == b->terms.kind && a->terms.term_years == b->terms.term_years &&
           a->terms.payment == b->terms.payment;
}

static void headline_commitments(struct arena *arena, const struct study *study, struct text *out) {
    const struct plan *plan = study->recommended.plan;
    int n = 0;
    for (int i = 0, zones; i < plan->n_commitments; i += zones) {
        const struct commitment *first = &plan->commitments[i].commitment;
        zones = 1;
        while (i + zones < plan->n_commitments &&
               is_next_zone(&plan->commitments[i + zones - 1].commitment,
                            &plan->commitments[i + zones].commitment))
            zones++;
        if (!first->owned)
            text_printf(out, "%s%s", n++ ? " and " : "Commit to ",
                        commitment_words(arena, study, first, zones));
    }
    if (n == 0)
        text_append_string(out, "Commit to nothing yet");
}

static void headline_beside(struct arena *arena, double usd_per_month, int n, const char *unit,
                            struct text *out) {
    text_printf(out, "; %s a month beside it for %s", money_words(arena, usd_per_month),
                number_counted(arena, n, unit));
}

static void headline_stations(struct arena *arena, const struct study *study, struct text *out) {
    if (study_tasks_missed(study, &study->recommended))
        text_append_string(out, "; tasks miss their target");
    if (study->n_stations == 0 || !study->recommended.stations)
        return;
    headline_beside(arena, study->recommended.stations_usd_per_month, study->n_stations, "station",
                    out);
}

static void headline_storage(struct arena *arena, const struct study *study, struct text *out) {
    int n = study->scenario.n_storage;
    if (n == 0 || !study->storage)
        return;
    headline_beside(arena, study_storage_usd_per_month(study), n, "kind", out);
    text_append_string(out, " of stored data");
}

static void headline_jobs(struct arena *arena, const struct study *study, struct text *out) {
    int n = 0, missed = 0;
    for (int j = 0; j < study->scenario.n_jobs; j++) {
        n += study->jobs[j].chosen >= 0;
        missed += !study_job_in_time(&study->jobs[j]);
    }
    if (n > 0)
        headline_beside(arena, study->jobs_usd_per_month, n, "job", out);
    if (missed > 0)
        text_printf(out, "; %s cannot be run in time", number_counted(arena, missed, "job"));
}

/* What is paid or owed beside the cost of a month. */
static void headline_owed(struct arena *arena, const struct study *study, struct text *out) {
    double once = study_one_off_usd(study), owed = study->recommended.plan->liability_usd;
    if (once > 0)
        text_printf(out, ", %s once for its models", money_words(arena, once));
    if (owed >= 1)
        text_printf(out, ", %s still owed after it", money_words(arena, owed));
}

/* Chosen and not replayed: what the schedule costs, which no bill confirms. */
static void headline_plan(struct arena *arena, const struct study *study, struct text *out) {
    text_printf(out, ": %s a month as planned",
                money_words(arena, study->recommended.plan->usd_per_hour * HOURS_PER_MONTH));
    headline_owed(arena, study, out);
    text_append_string(out, ", not replayed");
}

void study_write_headline(struct arena *arena, struct study *study) {
    struct text text = {.arena = arena};
    if (study->plan_input.stop && *study->plan_input.stop)
        text_append_string(&text, "INCOMPLETE: ");
    if (study->infeasible) {
        const struct plan_input *input = &study->plan_input;
        text_printf(&text, "No mix inside your quotas%s%s and policy carries the demand",
                    input->n_supply > 0 ? ", supply" : "",
                    input->n_budgets > 0                ? ", budgets"
                    : study->scenario.carbon_kg_max > 0 ? ", carbon limit"
                                                        : "");
        study->headline = text.data;
        return;
    }
    headline_commitments(arena, study, &text);
    struct text fleet = {.arena = arena};
    list_instances(arena, study, &fleet);
    text_printf(&text, ", run %s", fleet.n ? fleet.data : "everything by use");
    for (int c = 0; fleet.n && c < study->n_candidates; c++) {
        struct running r = running_of(study, study->recommended.plan, c);
        if (r.overflow_share > 0.01)
            text_printf(&text, ", send %.*f%% of %s to %s", r.overflow_share < 0.1,
                        100 * r.overflow_share,
                        study->scenario.workloads[study->candidates[c].workload].name,
                        study->candidates[c].name);
    }
    if (study->recommended.bills) {
        char cost[32], saved[32];
        money_format_short(cost, study->recommended.bill_usd_per_month);
        money_format_short(saved, fabs(study->saving_usd_per_month));
        bool saves = study->saving_usd_per_month >= 0;
        const char *than =
            study->baseline_given ? "today's fleet" : "the cheapest single choice on demand";
        if (fabs(study->saving_fraction) < 0.0005)
            text_printf(&text, ": %s a month, as much as %s", cost, than);
        else
            text_printf(&text, ": %s a month, %s %s than %s", cost, saved, saves ? "less" : "more",
                        than);
        headline_owed(arena, study, &text);
        text_printf(&text, study->recommended.slo_met ? ", inside the target in every window"
                                                      : ", but the target is missed");
    } else {
        headline_plan(arena, study, &text);
    }
    if (study_broken_budget(study))
        text_printf(&text, "; the budget of %s is not kept",
                    study_period_words(arena, study_broken_budget(study)->period));
    headline_stations(arena, study, &text);
    headline_storage(arena, study, &text);
    headline_jobs(arena, study, &text);
    study->headline = text.data;
}
