/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan runs, in words. A cut of the horizon may leave days that stand for next to nothing:
 * 1 day after a term of 3 years that meets a leap day, days before an owned commitment begins. What
 * runs in them alone, or in next to no hour of the week, is told as what it is: after the rest,
 * with its time and its money. A day of an event is no such day: somebody asked for it. */
#include <math.h>
#include <string.h>

#include "base/calendar.h"
#include "base/number.h"
#include "scenarios/study_parts.h"

#define BRIEF_SHARE 0.01 /* of the hours, and of the plan's cost: less is told briefly */

/* Of the planning weeks, by cut: whether so few hours of the horizon lie between two of them. */
struct brief_weeks {
    bool is[DEMAND_WEEKS_MAX];
};

/* Ordinary hours of the horizon from one cut to the next. */
static double segment_hours(const struct demand *demand, int from_day) {
    double hours = 0;
    for (int w = 0; w < demand->n_weeks; w++)
        if (demand->weeks[w].event.year == 0 && demand->weeks[w].from_day == from_day)
            hours += HOURS_PER_WEEK * demand->weeks[w].weight;
    return hours;
}

/* None, where they are many and together no small part. */
static struct brief_weeks brief_weeks_of(const struct demand *demand) {
    struct brief_weeks brief = {{false}};
    double most = BRIEF_SHARE * demand->horizon_hours, all = 0;
    for (int w = 0; w < demand->n_weeks; w++) {
        brief.is[w] = demand->weeks[w].event.year == 0 &&
                      segment_hours(demand, demand->weeks[w].from_day) < most;
        all += brief.is[w] ? HOURS_PER_WEEK * demand->weeks[w].weight : 0;
    }
    return all < most ? brief : (struct brief_weeks){{false}};
}

void study_mark_brief_weeks(const struct demand *demand, bool *brief) {
    struct brief_weeks weeks = brief_weeks_of(demand);
    memcpy(brief, weeks.is, (size_t)demand->n_weeks * sizeof *brief);
}

/* What an hour of the instances costs at their rates, without what commitments cover. */
static double hour_usd(const struct study *study, const struct plan *plan, int candidate, int h) {
    size_t at = (size_t)candidate * (size_t)study->demand.n_hours + (size_t)h;
    const struct offer *offer = &study->offers[study->candidates[candidate].offer];
    double covered = fmin(plan->reserved[at] + plan->covered[at], plan->regular[at]);
    double usd = 0, spot = study->plan_input.spot ? study->plan_input.spot->price[at] : 1;
    if (plan->regular[at] > covered)
        usd += (plan->regular[at] - covered) * money_rate_usd(offer->on_demand.rate);
    if (plan->spot[at] > 0)
        usd += plan->spot[at] * spot * money_rate_usd(offer->spot.rate);
    return usd;
}

struct study_running study_running_of(const struct study *study, const struct plan *plan,
                                      int candidate) {
    const struct demand *demand = &study->demand;
    size_t first = (size_t)candidate * (size_t)demand->n_hours;
    const double *rate =
        demand->rate_per_second + study->candidates[candidate].workload * demand->n_hours;
    struct study_running r = {.low = INT32_MAX};
    struct brief_weeks brief = brief_weeks_of(demand);
    double requests = 0, sent = 0, hours = 0;
    for (int h = 0; h < demand->n_hours; h++) {
        int32_t n = plan->regular[first + (size_t)h] + plan->spot[first + (size_t)h];
        int32_t spot = plan->spot[first + (size_t)h];
        double weight = demand->weight[h];
        bool usual = !brief.is[h / HOURS_PER_WEEK];
        r.low = usual && n < r.low ? n : r.low;
        r.high = usual && n > r.high ? n : r.high;
        r.most = n > r.most ? n : r.most;
        r.spot_high = spot > r.spot_high ? spot : r.spot_high;
        requests += rate[h] * weight;
        sent += rate[h] * weight * plan->overflow_share[first + (size_t)h];
        hours += n > 0 ? weight : 0;
        if (n > 0 && plan->reserved && study->candidates[candidate].kind == CANDIDATE_INSTANCE)
            r.usd += weight * hour_usd(study, plan, candidate, h);
    }
    r.overflow_share = requests > 0 ? sent / requests : 0;
    r.hours_share = hours / demand->horizon_hours;
    bool rare = r.hours_share < BRIEF_SHARE &&
                r.usd < BRIEF_SHARE * plan->usd_per_hour * demand->horizon_hours;
    r.brief = r.most > 0 && (r.high == 0 || rare);
    return r;
}

bool study_is_brief_use(const struct study *study, int candidate, double *usd_per_month) {
    const struct study_fleet *fleet = &study->recommended;
    const struct demand *demand = &study->demand;
    double share = study_running_of(study, fleet->plan, candidate).overflow_share, usd = 0;
    for (int w = 0; fleet->bills && w < demand->n_weeks; w++)
        for (int i = 0; i < fleet->bills[w].n_charges; i++) {
            const struct charge *charge = &fleet->bills[w].charges[i];
            if (charge->offer == study->candidates[candidate].offer &&
                charge->workload == study->candidates[candidate].workload)
                usd += money_amount_usd(charge->effective) * demand->weeks[w].weight;
        }
    *usd_per_month = usd / demand->horizon_hours * HOURS_PER_MONTH;
    return share > 0 && share < BRIEF_SHARE &&
           *usd_per_month < BRIEF_SHARE * fleet->bill_usd_per_month;
}

bool study_follows_week(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    int n_hours = study->demand.n_hours;
    for (int c = 0; c < study->n_candidates; c++)
        for (int h = 1; h < n_hours; h++) {
            size_t at = (size_t)c * (size_t)n_hours + (size_t)h;
            if (h % HOURS_PER_WEEK != 0 &&
                plan->regular[at] + plan->spot[at] != plan->regular[at - 1] + plan->spot[at - 1])
                return true;
        }
    return false;
}

static const char *count_range(struct arena *arena, int32_t low, int32_t high) {
    return low == high ? arena_printf(arena, "%d", low)
                       : arena_printf(arena, "%d to %d", low, high);
}

static int32_t most_in_week(const struct study *study, int candidate, int week) {
    const struct plan *plan = study->recommended.plan;
    size_t first =
        (size_t)candidate * (size_t)study->demand.n_hours + (size_t)week * HOURS_PER_WEEK;
    int32_t most = 0;
    for (size_t at = first; at < first + HOURS_PER_WEEK; at++)
        most =
            plan->regular[at] + plan->spot[at] > most ? plan->regular[at] + plan->spot[at] : most;
    return most;
}

/* "on 2029-11-30", "on 3 days from 2029-11-28", "on 9 days": those of brief weeks in which more
 * than `above` run; NULL: there are none. */
static const char *days_above(struct arena *arena, const struct study *study, int candidate,
                              int32_t above) {
    const struct demand *demand = &study->demand;
    struct brief_weeks brief = brief_weeks_of(demand);
    int segments = 0, from_day = -1;
    double hours = 0;
    for (int w = 0; w < demand->n_weeks; w++) {
        if (!brief.is[w] || most_in_week(study, candidate, w) <= above)
            continue;
        segments += demand->weeks[w].from_day != from_day;
        from_day = demand->weeks[w].from_day;
        hours += HOURS_PER_WEEK * demand->weeks[w].weight;
    }
    if (segments == 0)
        return NULL;
    double days = fmax(rint(hours / 24), 1);
    char date[16];
    calendar_format_date(date, study_day(study, from_day * (int64_t)86400));
    const char *counted = number_counted(arena, days, "day");
    return segments > 1 ? arena_printf(arena, "on %s", counted)
           : days == 1  ? arena_printf(arena, "on %s", date)
                        : arena_printf(arena, "on %s from %s", counted, date);
}

/* " on demand", " on spot"; "" of both and of what commitments cover. */
static const char *way_words(const struct study *study, int candidate) {
    const struct plan *plan = study->recommended.plan;
    int n_hours = study->demand.n_hours;
    bool on_demand = false, spot = false, covered = false;
    for (int h = 0; h < n_hours; h++) {
        size_t at = (size_t)candidate * (size_t)n_hours + (size_t)h;
        on_demand = on_demand || plan->regular[at] > 0;
        spot = spot || plan->spot[at] > 0;
        covered = covered || plan->reserved[at] + plan->covered[at] > 0;
    }
    return covered || (on_demand && spot) ? "" : spot ? " on spot" : " on demand";
}

static const char *for_words(struct arena *arena, const struct study *study, int candidate) {
    int w = study->candidates[candidate].workload;
    return study->demand.n_workloads > 1
               ? arena_printf(arena, " for %s", study->scenario.workloads[w].name)
               : "";
}

static void list_brief(struct arena *arena, const struct study *study, int candidate,
                       struct study_running r, struct text *out) {
    bool days_alone = r.high == 0;
    const char *when = days_alone ? days_above(arena, study, candidate, 0) : NULL;
    double months = study->demand.horizon_hours / HOURS_PER_MONTH;
    const char *usd = money_words(arena, when ? r.usd : r.usd / months);
    text_printf(out, "%s%d x %s%s%s ", r.most > 1 ? "up to " : "", r.most,
                study->candidates[candidate].name, for_words(arena, study, candidate),
                way_words(study, candidate));
    if (when)
        text_printf(out, "%s (%s)", when, usd);
    else
        text_printf(out, "in %s of hours (%s a month)", number_percent(arena, r.hours_share), usd);
}

const char *study_runs_words(struct arena *arena, const struct study *study,
                             const struct plan *plan, int workload) {
    struct text out = {.arena = arena};
    for (int c = 0; c < study->n_candidates; c++) {
        if (study->candidates[c].workload != workload)
            continue;
        struct study_running r = study_running_of(study, plan, c);
        const char *name = study->candidates[c].name;
        if (r.most > 0)
            text_printf(&out, "%s%s x %s", out.n ? ", " : "", count_range(arena, r.low, r.most),
                        name);
        if (r.overflow_share > 0)
            text_printf(&out, "%s%s by %s", out.n ? ", " : "",
                        number_percent(arena, r.overflow_share), name);
    }
    return out.n ? out.data : "nothing";
}

struct study_machines study_plan_machines(struct arena *arena, const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    struct study_counts counts = {.regular = plan->regular, .spot = plan->spot};
    return study_machines_of(arena, study, &counts, true);
}

void study_list_instances(struct arena *arena, const struct study *study, struct text *out) {
    const struct plan *plan = study->recommended.plan;
    struct study_machines machines = study_plan_machines(arena, study);
    int n = 0;
    if (machines.summed) {
        text_append_string(out, machines.words);
        return;
    }
    for (int brief = 0; brief <= 1; brief++)
        for (int c = 0; c < study->n_candidates; c++) {
            struct study_running r = study_running_of(study, plan, c);
            if (study->candidates[c].kind != CANDIDATE_INSTANCE || r.most == 0 || r.brief != brief)
                continue;
            text_append_string(out, n++ == 0 ? "" : brief ? ", and " : ", ");
            if (brief) {
                list_brief(arena, study, c, r, out);
                continue;
            }
            text_printf(out, "%s x %s%s", count_range(arena, r.low, r.high),
                        study->candidates[c].name, for_words(arena, study, c));
            if (r.most > r.high)
                text_printf(out, " (%d %s)", r.most, days_above(arena, study, c, r.high));
        }
}
