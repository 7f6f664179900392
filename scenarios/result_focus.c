/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bill of the horizon, month by month. A month is made of the planning weeks that stand for it,
 * each for so many of its hours (sim/demand.h). What a commitment costs in a month is a difference
 * of running sums over its hours, so that its months add up to its term to the nano-dollar. */
#include <math.h>

#include "pricing/focus.h"
#include "scenarios/result.h"

__extension__ typedef __int128 int128;

enum { SECONDS_PER_HOUR = 3600, HOURS_PER_DAY = 24 };

/* Charges that differ in their hour only. */
struct sum {
    struct charge key; /* kind, usage, offer, workload; amounts and hour are not looked at */
    const struct plan_commitment *commitment; /* NULL: none */
    double quantity, effective_usd;           /* of a week; then of a month */
};

struct sums {
    int n;
    struct sum *items;
};

struct statement {
    const struct study *study;
    struct text *out;
    struct sums *weeks; /* [n_weeks] */
    int month;
    int64_t from_hour, to_hour; /* of the month, epoch hours */
};

/* ---- sums ---- */

static struct sum *sum_of(struct sums *sums, const struct charge *charge,
                          const struct plan_commitment *commitment) {
    for (int i = 0; i < sums->n; i++) {
        struct sum *s = &sums->items[i];
        if (s->key.kind == charge->kind && s->key.usage == charge->usage &&
            s->key.offer == charge->offer && s->key.workload == charge->workload &&
            s->commitment == commitment)
            return s;
    }
    struct sum *s = &sums->items[sums->n++];
    *s = (struct sum){.key = *charge, .commitment = commitment};
    return s;
}

static struct sums sum_week(struct arena *arena, const struct study *study, int week) {
    const struct bill *bill = &study->recommended.bills[week];
    struct sums sums = {.items = arena_new(arena, struct sum, bill->n_charges)};
    for (int i = 0; i < bill->n_charges; i++) {
        const struct charge *charge = &bill->charges[i];
        struct sum *s = sum_of(&sums, charge,
                               charge->commitment < 0
                                   ? NULL
                                   : study_charged_commitment(study, week, charge->commitment));
        s->quantity += (double)charge->quantity;
        s->effective_usd += money_amount_usd(charge->effective);
    }
    return sums;
}

/* Each hour of a week stands for the same number of the month's hours. */
static struct sums sum_month(struct statement *st) {
    const struct demand *demand = &st->study->demand;
    int most = 0;
    for (int k = 0; k < demand->n_weeks; k++)
        most += st->weeks[k].n;
    struct sums month = {.items = arena_new(st->out->arena, struct sum, most)};
    for (int k = 0; k < demand->n_weeks; k++) {
        double each = demand->month_hours[st->month * demand->n_weeks + k] / HOURS_PER_WEEK;
        for (int i = 0; each > 0 && i < st->weeks[k].n; i++) {
            const struct sum *week = &st->weeks[k].items[i];
            struct sum *s = sum_of(&month, &week->key, week->commitment);
            s->quantity += each * week->quantity;
            s->effective_usd += each * week->effective_usd;
        }
    }
    return month;
}

/* ---- rows ---- */

static const char *commitment_id(const struct statement *st, const struct plan_commitment *c) {
    int index = (int)(c - st->study->recommended.plan->commitments);
    return arena_printf(st->out->arena, "%s-commitment-%d", c->commitment.owned ? "owned" : "new",
                        index + 1);
}

static struct focus_row row_of(const struct statement *st, const struct plan_commitment *c,
                               int offer) {
    return (struct focus_row){
        .account = st->study->scenario.name,
        .billing_from_hour = st->from_hour,
        .billing_to_hour = st->to_hour,
        .charge_from_hour = st->from_hour,
        .charge_to_hour = st->to_hour,
        .offer = offer < 0 ? NULL : &st->study->offers[offer],
        .commitment = c ? &c->commitment : NULL,
        .commitment_id = c ? commitment_id(st, c) : NULL,
    };
}

static void append_usage(const struct statement *st, const struct sum *s, usd_nano effective) {
    struct focus_row row = row_of(st, s->commitment, s->key.offer);
    row.kind = s->key.kind;
    row.usage = s->key.usage;
    if (s->key.workload >= 0) {
        const struct workload *workload = &st->study->scenario.workloads[s->key.workload];
        row.workload = workload->name;
        row.tags = workload->tags;
        row.n_tags = workload->n_tags;
    }
    /* A plan's own row counts dollars, of which there are as many as it costs. */
    row.quantity = s->key.offer < 0 ? money_amount_usd(effective) : s->quantity;
    row.effective = effective;
    row.billed = s->commitment ? 0 : effective;
    focus_append_row(&row, st->out);
}

/* What a commitment costs in its first `hours`, rounded once. */
static usd_nano cost_until(const struct commitment *c, int64_t hours, double share) {
    int128 pico = commitment_kind_is_plan(c->terms.kind)
                      ? (int128)c->plan_usd_per_hour * 1000
                      : (int128)llround((double)c->hourly * c->count);
    return (usd_nano)llroundl((long double)(pico * hours) / 1000 * (long double)share);
}

static int64_t hours_before(const struct statement *st) {
    return st->from_hour - HOURS_PER_DAY * calendar_days(st->study->scenario.start);
}

/* The rows of what a commitment covered, and of the rest, add up to what it costs in the month. */
static void append_coverage(const struct statement *st, const struct sums *month,
                            const struct plan_commitment *c, usd_nano cost) {
    const struct sum *last = NULL;
    usd_nano left = cost;
    for (int i = 0; i < month->n; i++) {
        const struct sum *s = &month->items[i];
        if (s->commitment != c)
            continue;
        if (last) {
            usd_nano part = (usd_nano)llround(last->effective_usd * (double)USD_NANO_PER_USD);
            part = part < left ? part : left;
            append_usage(st, last, part);
            left -= part;
        }
        last = s;
    }
    ENSURE(last);
    append_usage(st, last, left);
}

/* How much of a commitment `hours` of it are, in the units of a purchase. */
static double purchased_quantity(const struct commitment *c, double hours) {
    return commitment_kind_is_plan(c->terms.kind) ? money_amount_usd(c->plan_usd_per_hour) * hours
                                                  : c->count * hours * SECONDS_PER_HOUR;
}

static void append_fees(const struct statement *st, const struct plan_commitment *c) {
    const struct commitment *held = &c->commitment;
    double upfront = payment_upfront_share(held->terms.payment);
    int64_t before = hours_before(st), hours = st->to_hour - st->from_hour;
    int64_t term = (int64_t)HOURS_PER_TERM_YEAR * held->terms.term_years;
    struct focus_row row =
        row_of(st, c, commitment_kind_is_plan(held->terms.kind) ? -1 : held->offer);
    if (upfront < 1) {
        row.purchase = FOCUS_PAID_HOURLY;
        row.billed =
            cost_until(held, before + hours, 1 - upfront) - cost_until(held, before, 1 - upfront);
        row.quantity = purchased_quantity(held, (1 - upfront) * (double)hours);
        focus_append_row(&row, st->out);
    }
    /* Bought at the start of the horizon and, as the plan counts it, again when its term ends. */
    int64_t start = (before + term - 1) / term * term;
    if (upfront <= 0 || held->owned || start >= before + hours)
        return;
    row.purchase = FOCUS_PAID_AT_START;
    row.charge_from_hour = st->from_hour + start - before;
    row.charge_to_hour = row.charge_from_hour + term;
    row.billed = cost_until(held, term, 1) - cost_until(held, term, 1 - upfront);
    row.quantity = purchased_quantity(held, upfront * (double)term);
    focus_append_row(&row, st->out);
}

static void append_month(struct statement *st) {
    const struct scenario *scenario = &st->study->scenario;
    st->from_hour = HOURS_PER_DAY * calendar_days(calendar_add_months(scenario->start, st->month));
    st->to_hour =
        HOURS_PER_DAY * calendar_days(calendar_add_months(scenario->start, st->month + 1));
    struct sums month = sum_month(st);
    for (int i = 0; i < month.n; i++)
        if (!month.items[i].commitment)
            append_usage(
                st, &month.items[i],
                (usd_nano)llround(month.items[i].effective_usd * (double)USD_NANO_PER_USD));
    const struct plan *plan = st->study->recommended.plan;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *c = &plan->commitments[i];
        bool held = false;
        for (int k = 0; k < month.n; k++)
            held = held || month.items[k].commitment == c;
        if (!held)
            continue;
        int64_t before = hours_before(st), hours = st->to_hour - st->from_hour;
        append_coverage(st, &month, c,
                        cost_until(&c->commitment, before + hours, 1) -
                            cost_until(&c->commitment, before, 1));
        append_fees(st, c);
    }
}

void result_append_focus_csv(const struct study *study, struct text *out) {
    struct statement st = {.study = study, .out = out};
    focus_append_header(out);
    if (!study->recommended.bills)
        return;
    st.weeks = arena_new(out->arena, struct sums, study->demand.n_weeks);
    for (int week = 0; week < study->demand.n_weeks; week++)
        st.weeks[week] = sum_week(out->arena, study, week);
    for (st.month = 0; st.month < study->demand.n_months; st.month++)
        append_month(&st);
}
