/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A planning week stands for many weeks, in some of which a job runs and in others not. These are
 * its cases, each with the share of the weeks that it is: the ledger of each is the fleet's and
 * that of the jobs that run in it, and jobs come last in it. The fleet's charges are then the same
 * in all cases; what is unused of a commitment becomes in part the jobs'. */
#include "scenarios/study_job_cover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/study_bills.h"
#include "scenarios/study_parts.h"

enum { HOUR_S = 3600, LAUNCH_MIN_S = 60, ROUGH_CUTS = 9 };

#define WHOLE 1e-9    /* runs a week this near to a whole number are one */
#define ROUNDING 1e-6 /* part of a job's cost that is no money */

/* A job that commitments may cover. */
struct user {
    int job, offer;
    struct study_job_hours hours; /* of one run */
    double runs_per_week;
};

struct covering {
    struct arena *arena;
    struct arena scratch; /* of one case */
    struct study *study;
    int n_users, n_cuts;
    struct user *users;
    double *cuts; /* [n_cuts] rising, 0 first and 1 last: a case lies between two */
};

/* ---- who runs when ---- */

static int layers_of(const struct user *user) {
    return (user->hours.n + HOURS_PER_WEEK - 1) / HOURS_PER_WEEK;
}

/* The part of its runs a week that is no whole run. */
static double odd_share(const struct user *user) {
    double odd = user->runs_per_week - floor(user->runs_per_week + WHOLE);
    return odd > WHOLE ? odd : 0;
}

/* A run longer than a week is in several, one layer of it in each. Layer l is in the odd share of
 * the weeks that follows the share of the layer before it, around the circle of all weeks. */
static int copies_at(const struct user *user, int layer, double at) {
    double odd = odd_share(user), from = layer * odd, behind = at - (from - floor(from));
    return (int)floor(user->runs_per_week + WHOLE) + (behind - floor(behind) < odd ? 1 : 0);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void find_cuts(struct covering *c) {
    int most = 2;
    for (int i = 0; i < c->n_users; i++)
        most += layers_of(&c->users[i]) + 1;
    c->cuts = arena_new(c->arena, double, most);
    c->n_cuts = 0;
    c->cuts[c->n_cuts++] = 0;
    for (int i = 0; i < c->n_users; i++)
        for (int l = 0; l <= layers_of(&c->users[i]); l++) {
            double at = l * odd_share(&c->users[i]);
            c->cuts[c->n_cuts++] = at - floor(at);
        }
    c->cuts[c->n_cuts++] = 1;
    qsort(c->cuts, (size_t)c->n_cuts, sizeof *c->cuts, compare_doubles);
}

/* Runs of a week begin evenly apart at full hours, the first with the week; what goes over its end
 * comes from the week before. */
static void place_runs(const struct user *user, double at, double seconds[HOURS_PER_WEEK]) {
    memset(seconds, 0, HOURS_PER_WEEK * sizeof *seconds);
    for (int l = 0; l < layers_of(user); l++)
        for (int n = copies_at(user, l, at), i = 0; i < n; i++)
            for (int h = 0; h < HOURS_PER_WEEK && l * HOURS_PER_WEEK + h < user->hours.n; h++) {
                int64_t start = (int64_t)HOURS_PER_WEEK * i / n;
                seconds[(start + h) % HOURS_PER_WEEK] +=
                    user->hours.seconds[l * HOURS_PER_WEEK + h];
            }
}

/* Commitments count the seconds of a clock hour whenever and on however many instances they ran;
 * no row is shorter than what a launch is billed. */
static int rows_of_hour(struct usage_row like, int hour, int64_t seconds,
                        struct usage_row rows[3]) {
    int64_t whole = seconds / HOUR_S, rest = seconds % HOUR_S;
    bool halved = whole > 0 && rest > 0 && rest < LAUNCH_MIN_S;
    const int64_t lengths[3] = {HOUR_S, halved ? HOUR_S / 2 : rest, halved ? HOUR_S / 2 + rest : 0};
    int n = 0;
    for (int i = 0; i < 3; i++) {
        rows[n] = like;
        rows[n].from_s = (int64_t)hour * HOUR_S;
        rows[n].to_s = rows[n].from_s + lengths[i];
        rows[n].quantity = i == 0 ? whole - halved : 1;
        n += rows[n].quantity > 0 && lengths[i] >= LAUNCH_MIN_S;
    }
    return n;
}

static struct usage_ledger ledger_of_case(struct covering *c, double at, int64_t n_seconds) {
    int most = 3 * HOURS_PER_WEEK * c->n_users, n = 0;
    struct usage_row *rows = arena_new(&c->scratch, struct usage_row, most);
    for (int u = 0; u < c->n_users; u++) {
        const struct user *user = &c->users[u];
        double seconds[HOURS_PER_WEEK];
        struct usage_row like = {.kind = USAGE_INSTANCE,
                                 .offer = user->offer,
                                 .workload = c->study->scenario.n_workloads + user->job};
        place_runs(user, at, seconds);
        for (int h = 0; h < HOURS_PER_WEEK && (int64_t)(h + 1) * HOUR_S <= n_seconds; h++)
            n += rows_of_hour(like, h, llround(seconds[h]), &rows[n]);
    }
    return (struct usage_ledger){.n_seconds = n_seconds, .n_rows = n, .rows = rows};
}

/* ---- a week ---- */

/* What a commitment covers of a job in an hour, the mean of the cases. */
struct part {
    struct charge key; /* hour, commitment, offer, workload */
    double units, effective, list;
};

struct parts {
    int n, capacity;
    struct part *items;
};

static int compare_parts(const void *left, const void *right) {
    const struct charge *a = &((const struct part *)left)->key;
    const struct charge *b = &((const struct part *)right)->key;
    if (a->hour != b->hour)
        return a->hour - b->hour;
    if (a->commitment != b->commitment)
        return a->commitment - b->commitment;
    if (a->workload != b->workload)
        return a->workload - b->workload;
    return a->offer - b->offer;
}

/* Those of several cases become one. */
static void merge_parts(struct parts *parts) {
    int n = 0;
    if (parts->n > 0)
        qsort(parts->items, (size_t)parts->n, sizeof *parts->items, compare_parts);
    for (int i = 0; i < parts->n; i++) {
        struct part *last = n > 0 ? &parts->items[n - 1] : NULL;
        const struct part *part = &parts->items[i];
        if (!last || compare_parts(last, part) != 0) {
            parts->items[n++] = *part;
            continue;
        }
        last->units += part->units;
        last->effective += part->effective;
        last->list += part->list;
    }
    parts->n = n;
}

/* What is full is merged before it grows: there are many cases, and most of them are alike. */
static void add_part(const struct covering *c, struct part part, struct parts *parts) {
    bool full = parts->n == parts->capacity;
    if (full)
        merge_parts(parts);
    if (full && 2 * parts->n >= parts->capacity) {
        int capacity = parts->capacity ? 2 * parts->capacity : 256;
        parts->items = arena_grow(c->arena, parts->items, (size_t)parts->n, (size_t)capacity,
                                  sizeof *parts->items);
        parts->capacity = capacity;
    }
    parts->items[parts->n++] = part;
}

static void add_parts(const struct covering *c, const struct bill *bill, double share,
                      struct parts *parts) {
    for (int i = 0; i < bill->n_charges; i++) {
        const struct charge *charge = &bill->charges[i];
        if (charge->kind == CHARGE_COMMITMENT_USED && charge->effective > 0 &&
            study_job_of_workload(c->study, charge->workload) >= 0)
            add_part(c,
                     (struct part){*charge, share * charge_units(charge),
                                   share * (double)charge->effective, share * (double)charge->list},
                     parts);
    }
}

static bool find_parts(struct covering *c, int week, struct parts *parts, struct err *err) {
    const struct study *study = c->study;
    const struct study_fleet *fleet = &study->recommended;
    struct usage_ledger ledger = study_week_ledger(c->arena, study, fleet->replays, week);
    int n_held;
    const struct commitment *held =
        study_week_commitments(c->arena, study, fleet->plan, week, ledger.n_seconds, &n_held);
    for (int i = 0; i + 1 < c->n_cuts; i++) {
        double share = c->cuts[i + 1] - c->cuts[i];
        struct usage_ledger pieces[3];
        struct bill bill;
        if (share < WHOLE)
            continue;
        struct arena_mark mark = arena_mark(&c->scratch);
        struct bill_input input = study_week_input(study, &ledger, held, n_held, pieces);
        pieces[input.n_parts++] =
            ledger_of_case(c, (c->cuts[i] + c->cuts[i + 1]) / 2, ledger.n_seconds);
        input.last_workloads_from = study->scenario.n_workloads;
        if (!bill_compute(&c->scratch, &input, &bill, err))
            return false;
        add_parts(c, &bill, share, parts);
        arena_rewind(&c->scratch, mark);
    }
    merge_parts(parts);
    return true;
}

static void set_units(struct charge *charge, double units) {
    charge->quantity = llround(units);
    charge->part = units - (double)charge->quantity;
}

/* The charge of a part, at most what is left unused. */
static struct charge charge_of(const struct part *part, const struct charge *unused) {
    struct charge charge = part->key;
    charge.effective = llround(part->effective);
    charge.effective = charge.effective < unused->effective ? charge.effective : unused->effective;
    charge.list = llround(part->list);
    set_units(&charge, part->units);
    return charge;
}

static bool is_part_of(const struct part *part, const struct charge *unused) {
    return unused->kind == CHARGE_COMMITMENT_UNUSED && part->key.hour == unused->hour &&
           part->key.commitment == unused->commitment;
}

/* The bill of the fleet with the parts in place of what was unused. Both come hour by hour, and in
 * an hour commitment by commitment. */
static struct bill with_parts(struct arena *arena, const struct bill *alone,
                              const struct parts *parts) {
    struct bill out = *alone;
    struct charge *charges = arena_new(arena, struct charge, alone->n_charges + parts->n);
    int n = 0, next = 0;
    for (int i = 0; i < alone->n_charges; i++) {
        struct charge charge = alone->charges[i];
        double whole = (double)charge.effective, units = charge_units(&charge);
        for (; next < parts->n && is_part_of(&parts->items[next], &charge); next++) {
            struct charge used = charge_of(&parts->items[next], &charge);
            charge.effective -= used.effective;
            set_units(&charge, units * (double)charge.effective / whole);
            out.total_by_kind[CHARGE_COMMITMENT_USED] += used.effective;
            out.total_by_kind[CHARGE_COMMITMENT_UNUSED] -= used.effective;
            out.list_total += used.list;
            charges[n++] = used;
        }
        if (charge.effective != 0 || alone->charges[i].effective == 0)
            charges[n++] = charge;
    }
    ENSURE(next == parts->n);
    out.n_charges = n;
    out.charges = charges;
    return out;
}

/* ---- what it comes to ---- */

static void sum_week(const struct covering *c, int week, const struct bill *alone,
                     const struct bill *with, struct study_job *jobs) {
    struct study_fleet *fleet = &c->study->recommended;
    double weight = c->study->demand.weeks[week].weight;
    double to_month = weight * HOURS_PER_MONTH / c->study->demand.horizon_hours;
    fleet->on_demand_usd_per_month +=
        to_month * money_amount_usd(with->list_total - alone->list_total);
    for (int k = 0; k < CHARGE_KINDS; k++)
        fleet->by_kind_usd_per_month[k] +=
            to_month * money_amount_usd(with->total_by_kind[k] - alone->total_by_kind[k]);
    for (int i = 0; i < with->n_charges; i++) {
        const struct charge *charge = &with->charges[i];
        int j = study_job_of_workload(c->study, charge->workload);
        if (j < 0)
            continue;
        jobs[j].covered_node_hours += weight * charge_units(charge) / HOUR_S;
        jobs[j].covered_usd_horizon += weight * money_amount_usd(charge->list);
        jobs[j].commitments_usd_horizon += weight * money_amount_usd(charge->effective);
    }
}

/* What is covered is not paid again. */
static void take_covered(const struct study *study, struct study_job *job) {
    double left = job->usd_horizon - job->covered_usd_horizon;
    if (job->covered_usd_horizon <= 0)
        return;
    job->usd_horizon = left > ROUNDING * job->usd_horizon ? left : 0;
    job->usd_per_month = job->usd_horizon / study->demand.horizon_hours * HOURS_PER_MONTH;
}

/* A job on a cluster is in what the cluster costs. */
static void sum_jobs(struct study *study) {
    const struct scenario *scenario = &study->scenario;
    study->jobs_usd_horizon = study->jobs_usd_per_month = 0;
    for (int j = 0; j < scenario->n_jobs; j++)
        if (scenario->jobs[j].cluster < 0) {
            study->jobs_usd_horizon += study->jobs[j].usd_horizon;
            study->jobs_usd_per_month += study->jobs[j].usd_per_month;
        }
    for (int i = 0; i < scenario->n_clusters; i++) {
        study->jobs_usd_horizon += study->clusters[i].usd_horizon;
        study->jobs_usd_per_month += study->clusters[i].usd_per_month;
    }
}

/* What the replay's bill uses of each commitment, jobs with the fleet, in place of what the plan
 * counts for the fleet alone. */
static struct plan *with_utilisation(const struct covering *c) {
    const struct study *study = c->study;
    const struct study_fleet *fleet = &study->recommended;
    struct plan *plan = arena_new(c->arena, struct plan, 1);
    *plan = *fleet->plan;
    struct plan_commitment *held = arena_new(c->arena, struct plan_commitment, plan->n_commitments);
    double *of_jobs = arena_new(c->arena, double, plan->n_commitments);
    double *all = arena_new(c->arena, double, plan->n_commitments);
    for (int week = 0; week < study->demand.n_weeks; week++)
        for (int i = 0; i < fleet->bills[week].n_charges; i++) {
            const struct charge *charge = &fleet->bills[week].charges[i];
            if (charge->commitment < 0)
                continue;
            double usd = study->demand.weeks[week].weight * money_amount_usd(charge->effective);
            long k = study_charged_commitment(study, week, charge->commitment) -
                     fleet->plan->commitments;
            all[k] += usd;
            of_jobs[k] += study_job_of_workload(study, charge->workload) >= 0 ? usd : 0;
        }
    for (int k = 0; k < plan->n_commitments; k++) {
        held[k] = fleet->plan->commitments[k];
        held[k].utilisation += all[k] > 0 ? of_jobs[k] / all[k] : 0;
        held[k].utilisation = fmin(held[k].utilisation, 1);
    }
    plan->commitments = held;
    return plan;
}

/* ---- all ---- */

static bool may_be_covered(const struct study_job_setup *setup) {
    return setup->in_time && setup->option == JOB_ON_DEMAND && setup->offer >= 0;
}

static bool add_user(struct covering *c, int j, const struct study_job_setup *setup,
                     struct err *err) {
    const struct study *study = c->study;
    struct user *user = &c->users[c->n_users++];
    *user = (struct user){.job = j,
                          .offer = setup->offer,
                          .runs_per_week =
                              study->jobs[j].runs * HOURS_PER_WEEK / study->demand.horizon_hours};
    return study_job_hours(c->arena, study, &study->scenario.jobs[j], setup, &user->hours, err);
}

/* Ways are compared at a few even cuts where there are many: the bill itself is of all cases. */
static void cut_roughly(struct covering *c) {
    find_cuts(c);
    for (int i = 0; c->n_cuts > ROUGH_CUTS && i < ROUGH_CUTS; i++)
        c->cuts[i] = (double)i / (ROUGH_CUTS - 1);
    c->n_cuts = c->n_cuts > ROUGH_CUTS ? ROUGH_CUTS : c->n_cuts;
}

/* What commitments cover of all users, on demand over the horizon. */
static bool covered_usd(struct covering *c, double *usd, struct err *err) {
    struct arena_mark mark = arena_mark(c->arena);
    *usd = 0;
    cut_roughly(c);
    for (int week = 0; c->n_users > 0 && week < c->study->demand.n_weeks; week++) {
        struct parts parts = {0};
        if (!find_parts(c, week, &parts, err))
            return false;
        for (int i = 0; i < parts.n; i++)
            *usd += c->study->demand.weeks[week].weight * parts.items[i].list / USD_NANO_PER_USD;
    }
    arena_rewind(c->arena, mark);
    return true;
}

/* What a way of a job adds to what is covered of the jobs before it. */
static bool weigh_way(struct covering *c, int j, double before, struct study_job_setup *setup,
                      struct err *err) {
    struct arena_mark mark = arena_mark(c->arena);
    double with;
    if (!add_user(c, j, setup, err) || !covered_usd(c, &with, err))
        return false;
    c->n_users--;
    arena_rewind(c->arena, mark);
    double covered = with - before;
    if (covered > ROUNDING * setup->usd_per_run * c->study->jobs[j].runs)
        setup->covered_usd_per_run = covered / c->study->jobs[j].runs;
    return true;
}

static bool has_choice(const struct study_job *job) {
    int n = 0, covered = 0;
    for (int i = 0; i < job->n_setups; i++) {
        n += job->setups[i].in_time;
        covered += may_be_covered(&job->setups[i]);
    }
    return n > 1 && covered > 0;
}

/* A way on demand may be cheaper than the cheapest one where commitments cover it. */
static bool choose_way(struct covering *c, int j, struct study_job *job, struct err *err) {
    size_t n = (size_t)job->n_setups;
    double before;
    if (!has_choice(job))
        return true;
    struct study_job_setup *setups = arena_grow(c->arena, job->setups, n, n, sizeof *setups);
    if (!covered_usd(c, &before, err))
        return false;
    for (int i = 0; i < job->n_setups; i++)
        if (may_be_covered(&setups[i]) && !weigh_way(c, j, before, &setups[i], err))
            return false;
    study_choose_job_way(c->arena, c->study, &c->study->scenario.jobs[j], setups, job);
    return true;
}

static bool choose_ways(struct covering *c, struct study_job *jobs, struct err *err) {
    for (int j = 0; j < c->study->scenario.n_jobs; j++) {
        struct study_job *job = &jobs[j];
        if (!choose_way(c, j, job, err))
            return false;
        if (job->chosen >= 0 && may_be_covered(&job->setups[job->chosen]) &&
            !add_user(c, j, &job->setups[job->chosen], err))
            return false;
    }
    return true;
}

/* The bills with the parts of jobs in them, and all that follows from them. */
static bool bill_with_jobs(struct covering *c, struct err *err) {
    struct study *study = c->study;
    struct study_fleet *fleet = &study->recommended;
    int n_jobs = study->scenario.n_jobs, n_weeks = study->demand.n_weeks;
    struct study_job *jobs =
        arena_grow(c->arena, study->jobs, (size_t)n_jobs, (size_t)n_jobs, sizeof *jobs);
    if (!choose_ways(c, jobs, err))
        return false;
    find_cuts(c);
    struct bill *bills = arena_new(c->arena, struct bill, n_weeks);
    for (int week = 0; week < n_weeks; week++) {
        struct parts parts = {0};
        if (!find_parts(c, week, &parts, err))
            return false;
        bills[week] = with_parts(c->arena, &fleet->bills[week], &parts);
        sum_week(c, week, &fleet->bills[week], &bills[week], jobs);
    }
    fleet->bills = bills;
    for (int j = 0; j < n_jobs; j++)
        take_covered(study, &jobs[j]);
    study->jobs = jobs;
    sum_jobs(study);
    fleet->plan = with_utilisation(c);
    return true;
}

bool study_cover_jobs(struct arena *arena, struct study *study, struct err *err) {
    const struct study_fleet *fleet = &study->recommended;
    struct covering c = {.arena = arena, .study = study};
    if (!study_jobs_ran(study) || !fleet->bills || fleet->plan->n_commitments == 0)
        return true;
    c.users = arena_new(arena, struct user, study->scenario.n_jobs);
    bool ok = bill_with_jobs(&c, err);
    arena_release(&c.scratch);
    return ok;
}

const char *study_user_name(const struct study *study, int workload) {
    int job = study_job_of_workload(study, workload);
    return job >= 0 ? study->scenario.jobs[job].name : study->scenario.workloads[workload].name;
}

const char *const (*study_user_tags(const struct study *study, int workload, int *n))[2] {
    int job = study_job_of_workload(study, workload);
    *n = job >= 0 ? study->scenario.jobs[job].n_tags : study->scenario.workloads[workload].n_tags;
    return job >= 0 ? study->scenario.jobs[job].tags : study->scenario.workloads[workload].tags;
}
