/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commitments that today's bill shows and estate.owned does not list. What they cost, used and
 * unused, is owed whatever runs, as the bill does not tell when they end. They go on covering what
 * they cover today, as far as it still runs and nothing that is listed or bought covers it; the
 * programme does not know of them. docs/model.md 5.7.
 *
 * What is listed is taken off by its amount: reserved instances by the instances that they are for,
 * plans by the dollars of an hour. So nothing is paid for twice, and what is listed too small is
 * known by how much.
 */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "pricing/cloud_bill.h"
#include "scenarios/study_parts.h"

#define LISTED_ENOUGH 0.005 /* of an amount: less is missing by rounding alone */

/* A commitment's part for one type under run_on; of what covered nothing the type may be unknown.
 */
struct item {
    const char *id;
    enum cloud_bill_commitment_kind kind;
    const char *sku; /* NULL: not known */
    const struct offer *offer;
    double instances, hourly_usd; /* mean of the bill's hours, with what was not used */
    double covered, used_usd;     /* of them: what covered something */
    double left;                  /* share that nothing listed is */
};

struct matching {
    const struct study *study;
    int n;
    struct item *items;
    double *owned; /* [n_owed] of each listed what is not matched: instances, or USD an hour */
};

static const struct offer *offer_of(const struct study *study, const char *sku) {
    for (int o = 0; sku && o < study->n_offers; o++)
        if (study->offers[o].kind == OFFER_INSTANCE && strcmp(study->offers[o].sku, sku) == 0)
            return &study->offers[o];
    return NULL;
}

/* ---- what the bill has ---- */

static const struct cloud_bill_owed *owed_of(const struct cloud_bill *bill,
                                             const struct cloud_bill_commitment *commitment) {
    for (int i = 0; i < bill->n_owed; i++)
        if (bill->owed[i].kind == commitment->kind &&
            strcmp(bill->owed[i].id, commitment->id) == 0 && bill->owed[i].used_usd > 0)
            return &bill->owed[i];
    return NULL;
}

/* What a commitment did not use is of its types in proportion to what they used of it. */
static void add_used(struct matching *m, const struct study_today_bill *today,
                     const struct cloud_bill_commitment *commitment) {
    const struct cloud_bill *bill = today->bill;
    const char *sku = today->skus[commitment->type];
    double hours = (double)(bill->period_to_hour - bill->period_from_hour);
    if (!sku || commitment->hours <= 0)
        return;
    const struct cloud_bill_owed *owed = owed_of(bill, commitment);
    double usd = fmax(commitment->effective_usd, 0);
    double more = owed ? fmax(owed->unused_usd, 0) / owed->used_usd : 0;
    m->items[m->n++] = (struct item){.id = commitment->id,
                                     .kind = commitment->kind,
                                     .sku = sku,
                                     .offer = offer_of(m->study, sku),
                                     .instances = commitment->hours * (1 + more) / hours,
                                     .hourly_usd = usd * (1 + more) / hours,
                                     .covered = commitment->hours / hours,
                                     .used_usd = usd / hours,
                                     .left = 1};
}

/* Of what covered nothing at all: reserved instances of a type under run_on, and plans. */
static void add_unused(struct matching *m, const struct study_today_bill *today,
                       const struct cloud_bill_owed *owed) {
    const struct cloud_bill *bill = today->bill;
    const char *sku = NULL;
    if (owed->used_usd > 0 || owed->unused_usd <= 0)
        return;
    if (owed->instance[0] &&
        !(sku = study_listed_sku(m->study, &m->study->scenario.workloads[0], owed->instance)))
        return;
    if (!sku && owed->kind == BILLED_RESERVED)
        return;
    double hours = (double)(bill->period_to_hour - bill->period_from_hour);
    m->items[m->n++] = (struct item){.id = owed->id,
                                     .kind = owed->kind,
                                     .sku = sku,
                                     .offer = offer_of(m->study, sku),
                                     .hourly_usd = owed->unused_usd / hours,
                                     .left = 1};
}

/* Of reserved instances that covered nothing the bill has no count: they cost as much as others of
 * their type, if there are any. */
static void count_unused(struct matching *m) {
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < m->n && m->items[i].instances <= 0; k++)
            if (m->items[i].kind != BILLED_PLAN && m->items[k].kind == m->items[i].kind &&
                m->items[k].covered > 0 && m->items[k].hourly_usd > 0 && m->items[i].sku &&
                strcmp(m->items[k].sku, m->items[i].sku) == 0)
                m->items[i].instances =
                    m->items[i].hourly_usd / m->items[k].hourly_usd * m->items[k].instances;
}

static struct matching collect(struct arena *arena, const struct study *study) {
    const struct study_today_bill *today = &study->today_bill;
    const struct cloud_bill *bill = today->bill;
    struct matching m = {.study = study};
    m.items = arena_new(arena, struct item, bill->n_commitments + bill->n_owed);
    m.owned = arena_new(arena, double, study->scenario.n_owned);
    for (int i = 0; i < bill->n_commitments; i++)
        add_used(&m, today, &bill->commitments[i]);
    for (int i = 0; i < bill->n_owed; i++)
        add_unused(&m, today, &bill->owed[i]);
    count_unused(&m);
    for (int k = 0; k < study->scenario.n_owned; k++) {
        const struct owned_spec *spec = &study->scenario.owned[k];
        m.owned[k] = commitment_kind_is_plan(spec->terms.kind) ? spec->usd_per_hour : spec->count;
    }
    return m;
}

/* ---- what is listed ---- */

static const char *region_of(const struct study *study, const struct owned_spec *spec) {
    return spec->region[0] ? spec->region : study->scenario.workloads[0].regions[0];
}

/* Hours of a listed reserved instance that one of the item's takes; 0: it is for something else. */
static double reserved_hours(const struct study *study, const struct owned_spec *spec,
                             const struct item *item) {
    const char *sku = price_book_sku(&study->book, bytes_of(spec->instance));
    if (!item->offer || !sku)
        return 0;
    for (int o = 0; o < study->n_offers; o++)
        if (study->offers[o].kind == OFFER_INSTANCE && strcmp(study->offers[o].sku, sku) == 0 &&
            strcmp(study->offers[o].region, region_of(study, spec)) == 0)
            return offer_reserved_hours(&study->offers[o], item->offer);
    return 0;
}

/* An item whose count is not known is listed where anything that it may be is left. */
static void take(struct item *item, double *listed, double amount, double each) {
    if (amount <= 0) {
        item->left = *listed > 0 ? 0 : item->left;
        return;
    }
    double taken = fmin(*listed / each, amount * item->left);
    item->left -= taken / amount;
    *listed -= taken * each;
    if (item->left < LISTED_ENOUGH)
        item->left = 0;
}

static void match_reserved(struct matching *m, bool exact) {
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < m->study->scenario.n_owned; k++) {
            const struct owned_spec *spec = &m->study->scenario.owned[k];
            bool reserved = spec->terms.kind == COMMIT_RESERVED_STANDARD ||
                            spec->terms.kind == COMMIT_RESERVED_CONVERTIBLE;
            if (m->items[i].kind == BILLED_PLAN || !reserved)
                continue;
            double each = reserved_hours(m->study, spec, &m->items[i]);
            if (each > 0 && (each == 1) == exact)
                take(&m->items[i], &m->owned[k], m->items[i].instances, each);
        }
}

static bool plan_is_for(const struct study *study, const struct owned_spec *spec,
                        const struct item *item) {
    const struct offer *offer = item->offer;
    if (spec->terms.kind == COMMIT_PLAN_COMPUTE)
        return true;
    return spec->terms.kind == COMMIT_PLAN_EC2 &&
           (!offer || (strcmp(offer->family, spec->family) == 0 &&
                       strcmp(offer->region, region_of(study, spec)) == 0));
}

static void match_plans(struct matching *m, enum commitment_kind kind) {
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < m->study->scenario.n_owned; k++) {
            const struct owned_spec *spec = &m->study->scenario.owned[k];
            if (spec->terms.kind == kind && m->items[i].kind != BILLED_RESERVED &&
                plan_is_for(m->study, spec, &m->items[i]))
                take(&m->items[i], &m->owned[k], m->items[i].hourly_usd, 1);
        }
}

/* ---- what is left ---- */

static void add_type(struct study_today_bill *today, struct study_unlisted_type *types,
                     const struct item *item) {
    int t = 0;
    while (t < today->n_unlisted && strcmp(types[t].sku, item->sku) != 0)
        t++;
    if (t == today->n_unlisted)
        types[today->n_unlisted++] = (struct study_unlisted_type){.sku = item->sku};
    types[t].instances += item->left * item->covered;
    types[t].usd_per_month += item->left * item->used_usd * HOURS_PER_MONTH;
}

/* The covered hours of a week, as many as are not listed. */
static const double *week_of(struct arena *arena, const struct study_today_bill *today,
                             const struct study_unlisted_type *type) {
    const struct cloud_bill *bill = today->bill;
    double *week = arena_new(arena, double, HOURS_PER_WEEK), sum = 0;
    bool *wanted = arena_new(arena, bool, bill->n_types);
    for (int i = 0; i < bill->n_types; i++)
        wanted[i] = bill->types[i].option == BILLED_COMMITTED && today->skus[i] &&
                    strcmp(today->skus[i], type->sku) == 0;
    if (!cloud_bill_week(bill, wanted, week))
        return week;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        sum += week[h];
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        week[h] *= type->instances * HOURS_PER_WEEK / sum;
    return week;
}

/* "1 of 2 x g4dn.xlarge (ri-1, sp-1 and 3 more)"; what was never used stands apart. */
static void name_type(const struct matching *m, const struct study_unlisted_type *type,
                      struct text *out) {
    enum { NAMED_MAX = 3 };
    struct arena *arena = out->arena;
    double all = 0;
    int n = 0;
    for (int i = 0; i < m->n; i++)
        if (m->items[i].sku && strcmp(m->items[i].sku, type->sku) == 0)
            all += m->items[i].covered;
    text_printf(out, "%s%s", out->n ? ", " : "", number_digits(arena, type->instances, 3));
    if (type->instances < all * (1 - LISTED_ENOUGH))
        text_printf(out, " of %s", number_digits(arena, all, 3));
    text_printf(out, " x %s (", type->sku);
    for (int i = 0; i < m->n; i++) {
        const struct item *item = &m->items[i];
        if (item->covered <= 0 || item->left <= 0 || strcmp(item->sku, type->sku) != 0)
            continue;
        if (++n <= NAMED_MAX)
            text_printf(out, "%s%s", n > 1 ? ", " : "",
                        item->id[0] ? item->id : "one without an id");
    }
    if (n > NAMED_MAX)
        text_printf(out, " and %d more", n - NAMED_MAX);
    text_append_string(out, ")");
}

static void name_unused(const struct matching *m, struct text *out) {
    for (int i = 0; i < m->n; i++) {
        const struct item *item = &m->items[i];
        if (item->covered > 0 || item->left <= 0)
            continue;
        text_printf(out, "%snothing (%s%s%s)", out->n ? ", " : "",
                    item->id[0] ? item->id : "one without an id", item->sku ? ", " : "",
                    item->sku ? item->sku : "");
    }
}

/* What estate.owned would say, with the amounts that it lacks: reserved instances by type, plans in
 * one. What the bill does not tell apart may be either. */
static void name_owned(const struct matching *m, struct text *out) {
    double usd = 0, either = 0;
    for (int i = 0; i < m->n; i++) {
        const struct item *item = &m->items[i];
        double instances = 0;
        bool first = item->left > 0 && item->kind != BILLED_PLAN && item->sku;
        usd += item->kind == BILLED_PLAN ? item->left * item->hourly_usd : 0;
        either += item->kind == BILLED_ANY_COMMITMENT ? item->left * item->hourly_usd : 0;
        for (int k = 0; k < m->n && first; k++) {
            const struct item *other = &m->items[k];
            if (other->kind == BILLED_PLAN || !other->sku || other->left <= 0 ||
                strcmp(other->sku, item->sku) != 0)
                continue;
            first = k >= i;
            instances += other->left * other->instances;
        }
        if (first)
            text_printf(out, "%s{ reserved: standard, instance: %s, count: %.0f, ends: DATE }",
                        out->n ? ", " : "", item->sku, fmax(ceil(instances - LISTED_ENOUGH), 1));
    }
    if (usd + either > 0)
        text_printf(out, "%s{ savings_plan: compute, commitment: %s USD/h, ends: DATE }",
                    !out->n   ? ""
                    : usd > 0 ? ", "
                              : " or ",
                    number_digits(out->arena, usd + either, 4));
}

void study_find_unlisted(struct arena *arena, struct study *study) {
    struct study_today_bill *today = &study->today_bill;
    struct text covered = {.arena = arena}, owned = {.arena = arena};
    if (!today->name)
        return;
    struct matching m = collect(arena, study);
    match_reserved(&m, true);
    match_reserved(&m, false);
    match_plans(&m, COMMIT_PLAN_EC2);
    match_plans(&m, COMMIT_PLAN_COMPUTE);
    struct study_unlisted_type *types = arena_new(arena, struct study_unlisted_type, m.n);
    text_append_string(&covered, "");
    text_append_string(&owned, "");
    for (int i = 0; i < m.n; i++) {
        const struct item *item = &m.items[i];
        today->unlisted_usd_per_month += item->left * item->hourly_usd * HOURS_PER_MONTH;
        today->covered_usd_per_month += item->left * item->used_usd * HOURS_PER_MONTH;
        if (item->left > 0 && item->covered > 0)
            add_type(today, types, item);
    }
    for (int t = 0; t < today->n_unlisted; t++) {
        types[t].week = week_of(arena, today, &types[t]);
        name_type(&m, &types[t], &covered);
    }
    name_unused(&m, &covered);
    name_owned(&m, &owned);
    today->unlisted = types;
    today->covered = covered.data;
    today->owned = owned.data;
}

double study_unlisted_instances(const struct study *study, const char *sku) {
    const struct study_today_bill *today = &study->today_bill;
    for (int t = 0; t < today->n_unlisted; t++)
        if (strcmp(today->unlisted[t].sku, sku) == 0)
            return today->unlisted[t].instances;
    return 0;
}

/* ---- in money ---- */

/* What a type runs on demand, or on spot, in the bills of a fleet, by the month. */
struct run {
    double hours, usd;
};

static struct run run_of(const struct study *study, const struct study_fleet *fleet,
                         enum charge_kind kind, const char *sku) {
    struct run out = {0};
    double to_month = HOURS_PER_MONTH / study->demand.horizon_hours;
    for (int week = 0; week < study->demand.n_weeks; week++) {
        double weight = study->demand.weeks[week].weight * to_month;
        const struct bill *bill = &fleet->bills[week];
        for (int i = 0; i < bill->n_charges; i++) {
            const struct charge *charge = &bill->charges[i];
            if (charge->kind != kind || charge->usage != USAGE_INSTANCE || charge->workload < 0 ||
                strcmp(study->offers[charge->offer].sku, sku) != 0)
                continue;
            out.hours += weight * (double)charge->quantity / 3600;
            out.usd += weight * money_amount_usd(charge->effective);
        }
    }
    return out;
}

/* Hours by the month in which a fleet runs on demand what the commitments cover today. */
static double hours_met(const struct study *study, const struct plan *plan,
                        const struct study_unlisted_type *type) {
    const struct demand *demand = &study->demand;
    double hours = 0;
    for (int h = 0; h < demand->n_hours; h++) {
        double free = 0;
        for (int c = 0; c < study->n_candidates; c++) {
            size_t at = (size_t)c * (size_t)demand->n_hours + (size_t)h;
            if (study->candidates[c].kind == CANDIDATE_INSTANCE &&
                strcmp(study->candidates[c].sku, type->sku) == 0)
                free += fmax(plan->regular[at] - plan->reserved[at] - plan->covered[at], 0);
        }
        hours +=
            demand->weeks[h / HOURS_PER_WEEK].weight * fmin(free, type->week[h % HOURS_PER_WEEK]);
    }
    return hours * HOURS_PER_MONTH / demand->horizon_hours;
}

/* Hours by the month that the bill has of a type. */
static double hours_ran(const struct study *study, const char *sku, bool spot) {
    double hours = 0;
    for (int t = 0; t < study->scenario.n_today; t++) {
        const struct today_instance *today = &study->scenario.today[t];
        for (int k = 0; k < HOURS_PER_WEEK; k++)
            if (today->spot == spot && strcmp(today->instance, sku) == 0)
                hours += today->by_hour[k] * HOURS_PER_MONTH / HOURS_PER_WEEK;
    }
    return hours;
}

/* Today's fleet is replayed in whole instances, with boots of its own; its bill is of the hours
 * that ran. What listed commitments cover costs the same however much of it runs. */
static struct run as_ran(const struct study *study, const char *sku, bool spot) {
    const struct study_fleet *fleet = &study->baseline;
    struct run run = run_of(study, fleet, spot ? CHARGE_SPOT : CHARGE_ON_DEMAND, sku);
    double covered = spot ? 0 : run_of(study, fleet, CHARGE_COMMITMENT_USED, sku).hours;
    double hours = fmax(hours_ran(study, sku, spot) - covered, 0);
    return run.hours > 0 ? (struct run){hours, run.usd * hours / run.hours} : run;
}

static struct study_unlisted cover(const struct study *study, const struct study_fleet *fleet,
                                   bool as_today) {
    const struct study_today_bill *today = &study->today_bill;
    struct study_unlisted out = {.usd_per_month = today->unlisted_usd_per_month};
    for (int t = 0; t < today->n_unlisted; t++) {
        const struct study_unlisted_type *type = &today->unlisted[t];
        struct run on_demand = as_today ? as_ran(study, type->sku, false)
                                        : run_of(study, fleet, CHARGE_ON_DEMAND, type->sku);
        double all = type->instances * HOURS_PER_MONTH;
        double hours = fmin(as_today ? all : hours_met(study, fleet->plan, type), on_demand.hours);
        if (hours <= 0 || all <= 0)
            continue;
        out.used_usd_per_month += type->usd_per_month * hours / all;
        out.instead_usd_per_month += on_demand.usd * hours / on_demand.hours;
    }
    return out;
}

static void add_to_bill(const struct study *study, struct study_fleet *fleet, double usd) {
    double before = fleet->bill_usd_per_month;
    double share = before > 0 ? (before + usd) / before : 1;
    fleet->bill_usd_per_month += usd;
    fleet->bill_usd_horizon += usd * study->demand.horizon_hours / HOURS_PER_MONTH;
    fleet->usd_per_million_output_tokens *= share;
    fleet->usd_per_thousand_requests *= share;
}

static void bill_what_ran(struct study *study, struct study_fleet *fleet) {
    for (int t = 0; t < study->scenario.n_today; t++) {
        const struct today_instance *today = &study->scenario.today[t];
        enum charge_kind kind = today->spot ? CHARGE_SPOT : CHARGE_ON_DEMAND;
        struct run run = run_of(study, fleet, kind, today->instance);
        double usd = as_ran(study, today->instance, today->spot).usd - run.usd;
        fleet->by_kind_usd_per_month[kind] += usd;
        study->today_bill.apart_usd_per_month += usd;
    }
    add_to_bill(study, fleet, study->today_bill.apart_usd_per_month);
}

/* Today's fleet is billed by the book; what commitments covered costs what the bill says. */
static void bill_covered(const struct study *study, const struct study_unlisted *unlisted,
                         struct study_fleet *fleet) {
    double *kinds = fleet->by_kind_usd_per_month;
    kinds[CHARGE_ON_DEMAND] -= unlisted->instead_usd_per_month;
    kinds[CHARGE_COMMITMENT_USED] += unlisted->used_usd_per_month;
    kinds[CHARGE_COMMITMENT_UNUSED] += unlisted->usd_per_month - unlisted->used_usd_per_month;
    add_to_bill(study, fleet, study_unlisted_usd(unlisted));
}

void study_bill_today(struct study *study) {
    struct study_today_bill *today = &study->today_bill;
    if (!today->name || !study->baseline.bills)
        return;
    bill_what_ran(study, &study->baseline);
    if (today->unlisted_usd_per_month <= 0)
        return;
    today->unlisted_today = cover(study, &study->baseline, true);
    bill_covered(study, &today->unlisted_today, &study->baseline);
    study->recommended.unlisted = cover(study, &study->recommended, false);
}
