/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ranked actions, each with its money: the steps from the baseline to the plan, and what they
 * ask people to do. */
#include <math.h>
#include <string.h>

#include "base/calendar.h"
#include "base/number.h"
#include "scenarios/study_held.h"
#include "scenarios/study_parts.h"

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
    plan_price_fleet(arena, &study->plan_input, regular, spot,
                     variant == WITH_SPOT ? plan->spot_in_zone : NULL, plan->overflow_share,
                     &priced);
    return priced.usd_per_hour * HOURS_PER_MONTH;
}

/* What bills add to plans is a step of its own, for the baseline as for the plan: the same fleet
 * saves nothing by being run. */
static struct study_steps measure_steps(struct arena *arena, const struct study *study) {
    const struct study_fleet *before = &study->baseline, *after = &study->recommended;
    double planned = before->plan->usd_per_hour * HOURS_PER_MONTH;
    planned += study->today_bill.apart_usd_per_month;
    double today = study_unlisted_usd(&study->today_bill.unlisted_today); /* in its bill */
    double billed = study_usd_apart(before->bill_usd_per_month, today);
    double at_peak = variant_usd(arena, study, AT_PEAK);
    double hourly = variant_usd(arena, study, HOURLY);
    double with_spot = variant_usd(arena, study, WITH_SPOT);
    return (struct study_steps){
        .serve = study_usd_apart(planned, at_peak),
        .follow = study_usd_apart(at_peak, hourly),
        .spot = study_usd_apart(hourly, with_spot),
        .commit = study_usd_apart(with_spot, study->gaps.plan),
        .billing = study_usd_apart(study_usd_apart(after->bill_usd_per_month, study->gaps.plan),
                                   study_usd_apart(billed, planned)),
        .promises =
            study_usd_apart(after->shortfall_usd_per_month, before->shortfall_usd_per_month),
        .unlisted = study_usd_apart(study_unlisted_usd(&after->unlisted), today),
    };
}

/* ---- actions ---- */

static void add_action(struct arena *arena, struct study *study, struct study_action action) {
    struct study_action *grown = arena_grow(arena, study->actions, (size_t)study->n_actions,
                                            (size_t)study->n_actions + 1, sizeof *grown);
    grown[study->n_actions++] = action;
    study->actions = grown;
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
            study_running_of(study, study->recommended.plan, c).most == 0)
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
    return !scheduled                  ? ", scaled by what is seen"
           : study_follows_week(study) ? ", by the hour of the week"
                                       : "";
}

/* Whether an instance could serve the workload. */
static bool may_be_held(const struct study *study, int workload) {
    for (int c = 0; c < study->n_choices; c++)
        if (study->candidates[c].workload == workload && study->capacities[c].feasible &&
            study->candidates[c].kind == CANDIDATE_INSTANCE)
            return true;
    return false;
}

/* The units that carry what is sent to a candidate; NULL: it is paid by use. */
static const struct plan_commitment *units_of(const struct study *study, int candidate) {
    const struct plan *plan = study->recommended.plan;
    for (int i = 0; i < plan->n_commitments; i++)
        if (plan->commitments[i].commitment.terms.kind == COMMIT_MODEL_UNITS &&
            plan->commitments[i].commitment.offer == study->candidates[candidate].offer)
            return &plan->commitments[i];
    return NULL;
}

/* Money that stands against the same tokens on demand, where these are sold. */
static const char *units_reason(struct arena *arena, const struct plan_commitment *units) {
    const char *used =
        arena_printf(arena, "used %s of the time", number_percent(arena, units->utilisation));
    if (!isfinite(units->break_even))
        return arena_printf(arena, "%s; no on-demand rate of its tokens to compare with", used);
    if (units->break_even > 1)
        return arena_printf(arena, "%s; dearer than its tokens on demand at any use", used);
    return arena_printf(arena, "%s; breaks even with its tokens on demand at %s", used,
                        number_percent(arena, units->break_even));
}

static const char *locked_words(struct arena *arena, const struct study *study,
                                const struct commitment *units) {
    char date[16];
    calendar_format_date(date, study_day(study, units->to_s));
    return study_unit_terms(study, units) == 0 ? "any hour"
                                               : arena_printf(arena, "locked until %s", date);
}

static void add_units_action(struct arena *arena, struct study *study, int candidate,
                             const struct plan_commitment *units, double usd) {
    struct study_running r = study_running_of(study, study->recommended.plan, candidate);
    const char *held = study_commitment_words(arena, study, &units->commitment, 1);
    add_action(arena, study,
               (struct study_action){
                   .text = arena_printf(
                       arena, "Hold %s%s and send %s of %s to %s", held,
                       strchr(held, ',') ? "," : "", /* "for 6 months, renewed once, and" */
                       number_percent(arena, r.overflow_share),
                       study->scenario.workloads[study->candidates[candidate].workload].name,
                       units->commitment.count == 1 ? "it" : "them"),
                   .reason = units_reason(arena, units),
                   .usd_per_month = usd,
                   .liability_usd = units->liability_usd,
                   .reversibility = locked_words(arena, study, &units->commitment),
                   .kind = ACTION_COMMIT,
               });
}

/* What runs beyond the demand, told apart from it. */
static const char *spare_words(struct arena *arena, const struct study *study) {
    return study_holds_spare(study) ? arena_printf(arena, ", and spare for the loss of %s",
                                                   study_losses_words(arena, study))
                                    : "";
}

/* What a candidate's units save a month against their tokens on demand; 0: it has none, or these
 * are not sold so. */
static double units_save(const struct study *study, int candidate) {
    const struct plan_commitment *units = units_of(study, candidate);
    double usd = units ? units->saving_usd / study->demand.horizon_hours * HOURS_PER_MONTH : 0;
    return isfinite(usd) ? usd : 0;
}

/* Of what sending requests to other things than instances saves, the part of one candidate: units
 * save what they do by themselves, and the rest shares what is left by what it gets. */
static double use_saves(const struct study *study, int candidate, double all) {
    double left = all, share = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        double gets = study_running_of(study, study->recommended.plan, c).overflow_share;
        if (gets <= 0)
            continue;
        left -= units_save(study, c);
        share += units_of(study, c) ? 0 : gets;
    }
    double gets = study_running_of(study, study->recommended.plan, candidate).overflow_share;
    if (units_of(study, candidate))
        return units_save(study, candidate) + (share > 0 ? 0 : left);
    return left * gets / share;
}

/* What is sent elsewhere and is too little for a line of its own. */
static void list_brief_uses(struct arena *arena, const struct study *study, struct text *out) {
    for (int c = 0; c < study->n_candidates; c++) {
        double usd;
        if (units_of(study, c) || study_copies_words(arena, study, c) ||
            !study_is_brief_use(study, c, &usd))
            continue;
        double share = study_running_of(study, study->recommended.plan, c).overflow_share;
        text_printf(out, ", and send %s of %s to %s (%s a month)", number_percent(arena, share),
                    study->scenario.workloads[study->candidates[c].workload].name,
                    study->candidates[c].name, money_words(arena, usd));
    }
}

static void add_serve_actions(struct arena *arena, struct study *study, struct study_steps steps) {
    struct text fleet = {.arena = arena};
    study_list_instances(arena, study, &fleet);
    bool apart = steps.serve >= 0 && steps.follow > 0.5; /* each step saves by itself */
    if (fleet.n) {
        text_append_string(&fleet, apart ? "" : followed_words(study));
        list_brief_uses(arena, study, &fleet);
        const char *floor = money_words(arena, study->gaps.lp);
        add_action(
            arena, study,
            (struct study_action){
                .text = arena_printf(arena, "Run %s", fleet.data),
                .reason = arena_printf(arena,
                                       "carries the demand of every hour%s; the theoretical "
                                       "minimum of these candidates is %s a month%s",
                                       spare_words(arena, study), floor, qualities(arena, study)),
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
    bool any_units = false;
    for (int c = 0; c < study->n_candidates; c++)
        any_units = any_units || units_of(study, c);
    for (int c = 0; c < study->n_candidates; c++) {
        struct study_running r = study_running_of(study, study->recommended.plan, c);
        if (r.overflow_share <= 0)
            continue;
        const struct plan_commitment *units = units_of(study, c);
        double usd = fleet.n ? NAN : use_saves(study, c, steps.serve + steps.follow);
        if (units) {
            add_units_action(arena, study, c, units, usd);
            continue;
        }
        const char *copies = study_copies_words(arena, study, c);
        double brief_usd;
        if (fleet.n && !copies && study_is_brief_use(study, c, &brief_usd))
            continue; /* told with the instances */
        const char *sent = number_percent(arena, r.overflow_share);
        const char *workload = study->scenario.workloads[study->candidates[c].workload].name;
        add_action(
            arena, study,
            (struct study_action){
                .text = copies ? arena_printf(arena, "Hold %s and send %s of %s there", copies,
                                              sent, workload)
                               : arena_printf(arena, "Send %s of %s to %s", sent, workload,
                                              study->candidates[c].name),
                .reason = copies ? arena_printf(arena, "calls take %s of the time they are held",
                                                number_percent(arena, study_copies_used(study, c)))
                          : fleet.n
                              ? "cheaper than an instance that would stand idle most of the hour"
                          : may_be_held(study, study->candidates[c].workload)
                              ? "cheaper by use than any instance held for it"
                          : any_units ? "what the units that are held do not carry"
                                      : "the cheapest of what may serve it, and nothing is held",
                .usd_per_month = usd,
                .reversibility = "any hour",
                .kind = ACTION_BY_USE,
            });
    }
}

static bool runs_in_zone(const struct study *study, int candidate, int zone) {
    const struct candidate *c = &study->candidates[candidate];
    return c->kind == CANDIDATE_INSTANCE &&
           strcmp(study->scenario.spot.zones[zone].region, study->offers[c->offer].region) == 0;
}

/* The most that is wanted of a candidate in a zone of its region: what the plan chose, or its even
 * share. */
static int32_t wanted_in_zone(const struct study *study, int candidate, int zone) {
    const struct plan *plan = study->recommended.plan;
    int n_hours = study->demand.n_hours;
    int32_t most = 0;
    int n_zones = 0;
    for (int z = 0; z < study->scenario.spot.n_zones; z++)
        n_zones += runs_in_zone(study, candidate, z);
    for (int h = 0; h < n_hours; h++) {
        int32_t count =
            plan->spot_in_zone
                ? plan->spot_in_zone[((size_t)candidate * (size_t)plan->n_zones + (size_t)zone) *
                                         (size_t)n_hours +
                                     (size_t)h]
                : (plan->spot[candidate * n_hours + h] + n_zones - 1) / n_zones;
        most = count > most ? count : most;
    }
    return most;
}

/* " (us-west-2a up to 4, us-west-2b up to 2)": the zones that the plan chose for a candidate, no
 * more of them than the market has room for. Returns what it has room for in the whole region. */
static int32_t list_spot_zones(const struct study *study, int candidate, struct text *out) {
    const struct spot_spec *spot = &study->scenario.spot;
    int64_t room_of_region = 0;
    int n = 0, n_here = 0;
    for (int z = 0; z < spot->n_zones; z++) {
        if (!runs_in_zone(study, candidate, z))
            continue;
        int32_t room = study_spot_room(study, z), wanted = wanted_in_zone(study, candidate, z);
        int32_t told = wanted < room ? wanted : room;
        n_here++;
        room_of_region += room;
        if (study->recommended.plan->spot_in_zone && told > 0)
            text_printf(out, "%s%s up to %d", n++ ? ", " : " (", spot->zones[z].zone, told);
    }
    text_append_string(out, n ? ")" : "");
    return n_here == 0 || room_of_region > INT32_MAX ? INT32_MAX : (int32_t)room_of_region;
}

/* "us-west-2a 4, us-west-2b 2": the zones where a candidate is wanted more than there is room. */
static const char *short_zones(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int z = 0; z < study->scenario.spot.n_zones; z++) {
        int32_t room = study_spot_room(study, z);
        bool is_short = false;
        for (int c = 0; c < study->n_candidates; c++)
            is_short =
                is_short || (runs_in_zone(study, c, z) && wanted_in_zone(study, c, z) > room);
        if (is_short)
            text_printf(&out, "%s%s %d", out.n ? ", " : "", study->scenario.spot.zones[z].zone,
                        room);
    }
    return out.data;
}

static const char *beyond_words(const struct study *study) {
    bool several = study->scenario.spot.n_zones > 1, fallback = study->scenario.spot.fallback;
    return several && fallback ? "goes to other zones with room, then on demand"
           : fallback          ? "goes on demand"
           : several           ? "goes to other zones with room, or is not had"
                               : "is not had";
}

static void add_spot_action(struct arena *arena, struct study *study, struct study_steps steps) {
    struct text what = {.arena = arena};
    double worst = 0;
    int n = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        struct study_running r = study_running_of(study, study->recommended.plan, c);
        if (r.spot_high == 0)
            continue;
        worst = fmax(worst, study->offers[study->candidates[c].offer].interruptions_per_month);
        struct text zones = {.arena = arena};
        text_append_string(&zones, "");
        int32_t room = list_spot_zones(study, c, &zones);
        text_printf(&what, "%sup to %d x %s%s", n++ ? ", " : "",
                    r.spot_high < room ? r.spot_high : room, study->candidates[c].name, zones.data);
    }
    if (!n)
        return;
    struct study_counts on_spot = {.spot = study->recommended.plan->spot};
    struct study_machines machines = study_machines_of(arena, study, &on_spot, true);
    const char *full = short_zones(arena, study);
    const char *beyond = full[0] ? arena_printf(arena, "; what is beyond the market's room (%s) %s",
                                                full, beyond_words(study))
                                 : "";
    add_action(arena, study,
               (struct study_action){
                   .text = arena_printf(arena, "Use spot for %s",
                                        machines.summed ? machines.words : what.data),
                   .reason = arena_printf(
                       arena,
                       "up to %s of instances reclaimed a month; spot "
                       "carries at most %s of an hour's demand%s",
                       number_percent(arena, worst),
                       number_percent(arena, study->scenario.policy.spot_share_max), beyond),
                   .usd_per_month = steps.spot,
                   .reversibility = "any hour",
                   .kind = ACTION_SPOT,
               });
}

/* "; outside the guardrails: used 71% (at least 80%)"; "" where all of them hold. */
static const char *outside_words(struct arena *arena, const struct study *study,
                                 const struct commitment *bought) {
    for (int i = 0; i < study->n_recommendations; i++) {
        const struct recommendation *row = &study->recommendations[i];
        const char *failed =
            strcmp(row->name, bought->name) == 0 ? recommend_failed_words(arena, row) : "";
        if (failed[0])
            return arena_printf(arena, "; outside the guardrails: %s", failed);
    }
    return "";
}

static void add_commitment_actions(struct arena *arena, struct study *study,
                                   struct study_steps steps) {
    const struct plan *plan = study->recommended.plan;
    double total = 0;
    const char *as_spare = study_holds_spare(study) ? ", as spare capacity too" : "";
    for (int i = 0; i < plan->n_commitments; i++)
        if (!plan->commitments[i].commitment.owned &&
            plan->commitments[i].commitment.terms.kind != COMMIT_MODEL_UNITS)
            total += plan->commitments[i].saving_usd;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *bought = &plan->commitments[i];
        if (bought->commitment.owned || bought->commitment.terms.kind == COMMIT_MODEL_UNITS)
            continue;
        struct date begins = study_day(study, bought->commitment.from_s);
        char date[16];
        bool capacity = commitment_kind_holds_capacity(bought->commitment.terms.kind);
        struct date ends =
            capacity
                ? study_day(study, bought->commitment.to_s)
                : calendar_date(calendar_days(begins) + (int64_t)HOURS_PER_TERM_YEAR / 24 *
                                                            bought->commitment.terms.term_years);
        calendar_format_date(date, ends);
        add_action(
            arena, study,
            (struct study_action){
                .text = arena_printf(arena, "%s %s", capacity ? "Hold" : "Commit to",
                                     study_commitment_words(arena, study, &bought->commitment, 1)),
                .reason = arena_printf(arena, "used %s of the time%s; breaks even at %s%s",
                                       number_percent(arena, bought->utilisation), as_spare,
                                       number_percent(arena, bought->break_even),
                                       outside_words(arena, study, &bought->commitment)),
                .usd_per_month = total > 0 ? steps.commit * bought->saving_usd / total : NAN,
                .liability_usd = bought->liability_usd,
                .reversibility = bought->commitment.terms.kind == COMMIT_CAPACITY_RESERVATION
                                     ? "any hour"
                                     : arena_printf(arena, "locked until %s", date),
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
        const char *once = money_words(arena, variant->one_off_usd);
        bool known = isfinite(variant->payback_months);
        const char *quality = quality_of(study, variant);
        const char *back = known ? arena_printf(arena, "paid back in %s",
                                                number_months(arena, variant->payback_months))
                                 : "nothing else carries the demand";
        const char *why = known
                              ? arena_printf(arena, "saves %s a month, counted in the lines above",
                                             money_words(arena, variant->saving_usd_per_month))
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
            struct study_running r = study_running_of(study, study->recommended.plan, c);
            int32_t regular = r.high > r.spot_high ? r.high - r.spot_high : 0;
            if (!r.brief)
                kept += today->spot ? r.spot_high : regular;
        }
    return kept;
}

/* What a commitment pays for saves nothing when it stops. */
static const char *stop_reason(struct arena *arena, const struct study *study,
                               const struct today_instance *today) {
    double covered = today->spot ? 0 : study_unlisted_instances(study, today->instance);
    if (covered <= 0)
        return "the lines above take its place and count the saving";
    return arena_printf(arena,
                        "on average %s of them are paid by commitments that estate.owned does not "
                        "list: stopping those saves nothing until they end",
                        number_digits(arena, covered, 3));
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
                .reason = stop_reason(arena, study, today),
                .usd_per_month = NAN,
                .reversibility = "any hour, while the type is on sale",
                .kind = ACTION_STOP,
            });
    }
}

/* A promise whose missing part the plan changes: what it adds, or no longer loses. */
static void add_promise_actions(struct arena *arena, struct study *study) {
    for (int i = 0; i < study->n_promises; i++) {
        const struct study_promise *p = &study->promises[i];
        double saved =
            study_usd_apart(p->baseline_shortfall_usd_per_month, p->shortfall_usd_per_month);
        if (study_is_same_usd(study, saved))
            continue;
        add_action(
            arena, study,
            (struct study_action){
                .text = p->shortfall_usd_per_month > 0
                            ? arena_printf(arena,
                                           "Pay %s a month that is missing of the spend "
                                           "promised for %s",
                                           money_words(arena, p->shortfall_usd_per_month),
                                           p->applies_to)
                            : arena_printf(arena, "Spend what is promised for %s", p->applies_to),
                .reason = arena_printf(arena, "promised: %s a month; spent: %s, where %s spends %s",
                                       money_words(arena, p->promised_usd_per_month),
                                       money_words(arena, p->spend_usd_per_month),
                                       study->baseline_given ? "today's fleet" : "the baseline",
                                       money_words(arena, p->baseline_spend_usd_per_month)),
                .usd_per_month = saved,
                .reversibility = "when the contract is renewed",
                .kind = ACTION_PROMISE,
            });
    }
}

/* What today's commitments cover no longer, as the plan does not know of them. */
static void add_list_action(struct arena *arena, struct study *study, struct study_steps steps) {
    const struct study_today_bill *bill = &study->today_bill;
    if (bill->unlisted_usd_per_month <= 0)
        return;
    add_action(
        arena, study,
        (struct study_action){
            .text = arena_printf(arena, "List under estate.owned what %s shows: %s", bill->name,
                                 bill->owned),
            .reason = arena_printf(
                arena,
                "%s a month is owed for them, used or not: of today's fleet they cover %s on "
                "demand, of the plan's, which is chosen without them, %s",
                money_words(arena, bill->unlisted_usd_per_month),
                money_words(arena, bill->unlisted_today.instead_usd_per_month),
                money_words(arena, study->recommended.unlisted.instead_usd_per_month)),
            .usd_per_month = 0 - steps.unlisted,
            .reversibility = "any hour",
            .kind = ACTION_LIST,
        });
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

enum { MONTHS_OF_QUARTER = 3 };

int study_months_to_wait(const struct study *study) {
    int months = study->scenario.months;
    return months < MONTHS_OF_QUARTER ? months : MONTHS_OF_QUARTER;
}

const char *action_kind_word(enum action_kind kind) {
    static const char *const words[ACTION_KINDS] = {
        [ACTION_RUN] = "run",   [ACTION_FOLLOW] = "follow",   [ACTION_BY_USE] = "by_use",
        [ACTION_SPOT] = "spot", [ACTION_COMMIT] = "commit",   [ACTION_MAKE] = "make",
        [ACTION_STOP] = "stop", [ACTION_PROMISE] = "promise", [ACTION_LIST] = "list"};
    return words[kind];
}

/* Each on what the last has left, whatever order they are told in. */
static void set_levels(struct study_action *actions, int n, double baseline_usd_per_month) {
    static const enum action_kind order[] = {ACTION_RUN, ACTION_FOLLOW, ACTION_SPOT, ACTION_COMMIT};
    double level = baseline_usd_per_month;
    for (int i = 0; i < n; i++)
        actions[i].before_usd_per_month = actions[i].after_usd_per_month = NAN;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (int i = 0; i < n; i++) {
            if (actions[i].kind != order[k] || isnan(actions[i].usd_per_month))
                continue;
            actions[i].before_usd_per_month = level;
            level -= actions[i].usd_per_month;
            actions[i].after_usd_per_month = level;
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
    add_promise_actions(arena, study);
    add_list_action(arena, study, steps);
    struct study_action *ranked = arena_grow(arena, study->actions, (size_t)study->n_actions,
                                             (size_t)study->n_actions, sizeof *ranked);
    rank_actions(ranked, study->n_actions);
    set_levels(ranked, study->n_actions, study->baseline.plan->usd_per_hour * HOURS_PER_MONTH);
    study->actions = ranked;
}
