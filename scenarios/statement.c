/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/statement.h"

#include <math.h>

__extension__ typedef __int128 int128;

enum { SECONDS_PER_HOUR = 3600, HOURS_PER_DAY = 24 };

/* Hours of instances are told to the billionth. */
#define HOUR_PARTS 1e9

/* Charges that differ in their hour only. */
struct sum {
    struct charge key; /* kind, usage, offer, workload, zone; amounts and hour are not looked at */
    const struct plan_commitment *commitment, *reservation;  /* NULL: none */
    double quantity, effective_usd, idle_usd, on_demand_usd; /* of a week; then of a month */
};

struct sums {
    int n, last; /* found last: charges of an hour come in the order of the hour before */
    struct sum *items;
};

struct making {
    struct arena *arena;
    const struct statement_input *in;
    struct sums *weeks; /* [n_weeks] */
    int month;
    int64_t from_hour, to_hour; /* of the month, epoch hours */
    int n_rows, rows_capacity;
    struct statement_row *rows;
    usd_nano billed, effective;
};

/* ---- sums ---- */

static struct sum *sum_of(struct sums *sums, const struct charge *charge,
                          const struct plan_commitment *commitment,
                          const struct plan_commitment *reservation) {
    for (int k = 1; k <= sums->n; k++) {
        int i = (sums->last + k) % sums->n;
        struct sum *s = &sums->items[i];
        if (s->key.kind == charge->kind && s->key.usage == charge->usage &&
            s->key.offer == charge->offer && s->key.workload == charge->workload &&
            s->key.zone == charge->zone && s->commitment == commitment &&
            s->reservation == reservation) {
            sums->last = i;
            return s;
        }
    }
    sums->last = sums->n;
    struct sum *s = &sums->items[sums->n++];
    *s = (struct sum){.key = *charge, .commitment = commitment, .reservation = reservation};
    return s;
}

/* Part of the time of held copies of a function in which no call runs on them. Charges of an hour
 * stand together. */
static double idle_copies(const struct bill *bill, int index) {
    const struct charge *held = &bill->charges[index];
    double held_mb_s = 0, run_mb_s = 0;
    int first = index;
    while (first > 0 && bill->charges[first - 1].hour == held->hour)
        first--;
    for (int i = first; i < bill->n_charges && bill->charges[i].hour == held->hour; i++) {
        const struct charge *c = &bill->charges[i];
        if (c->offer != held->offer || c->workload != held->workload)
            continue;
        held_mb_s += c->usage == USAGE_FUNCTION_HELD_MB_S ? (double)c->quantity : 0;
        run_mb_s += c->usage == USAGE_FUNCTION_PROVISIONED_MB_MS ? (double)c->quantity / 1000 : 0;
    }
    return held_mb_s > 0 ? 1 - fmin(run_mb_s / held_mb_s, 1) : 0;
}

/* Part of an instance's time without work; with no replica ready all of it. What is paid by use has
 * none. */
static double idle_share(const struct making *m, int index, int week) {
    const struct charge *charge = &m->in->bills[week].charges[index];
    if (charge->usage == USAGE_FUNCTION_HELD_MB_S && charge->workload >= 0)
        return idle_copies(&m->in->bills[week], index);
    bool aside = m->in->aside && charge->offer >= 0 && m->in->aside[charge->offer];
    bool replayed = charge->workload >= 0 && charge->workload < m->in->demand->n_workloads;
    if (charge->usage != USAGE_INSTANCE || !replayed || aside)
        return 0;
    const struct replay_result *replay =
        &m->in->replays[charge->workload * m->in->demand->n_weeks + week];
    if (charge->hour >= replay->n_hours)
        return 0;
    double busy = replay->hours[charge->hour].busy_fraction;
    return isnan(busy) ? 1 : 1 - fmin(fmax(busy, 0), 1);
}

static const struct plan_commitment *charged(const struct making *m, int week, int index) {
    return index < 0 ? NULL : m->in->charged(m->in->context, week, index);
}

static struct sums sum_week(const struct making *m, int week) {
    const struct bill *bill = &m->in->bills[week];
    struct sums sums = {.items = arena_new(m->arena, struct sum, bill->n_charges)};
    for (int i = 0; i < bill->n_charges; i++) {
        const struct charge *charge = &bill->charges[i];
        struct sum *s = sum_of(&sums, charge, charged(m, week, charge->commitment),
                               charged(m, week, charge->reservation));
        double usd = money_amount_usd(charge->effective);
        s->quantity += charge_units(charge);
        s->effective_usd += usd;
        s->idle_usd += usd * idle_share(m, i, week);
        s->on_demand_usd += money_amount_usd(charge->list);
    }
    return sums;
}

/* ---- hours of instances ---- */

static bool is_run(const struct sum *s) {
    return s->key.usage == USAGE_INSTANCE &&
           (s->key.kind == CHARGE_COMMITMENT_USED || s->key.kind == CHARGE_ON_DEMAND ||
            s->key.kind == CHARGE_CAPACITY_UNUSED);
}

/* Whether both are parts of what one workload runs of an offer, however it is paid. */
static bool runs_beside(const struct sum *a, const struct sum *b) {
    return is_run(a) && is_run(b) && a->key.offer == b->key.offer &&
           a->key.workload == b->key.workload && a->reservation == b->reservation;
}

/* Parts of what runs as whole billionths of an hour that add up to it: the last one is what the
 * others leave. */
static void share_hours(struct sums *month) {
    for (int i = 0; i < month->n; i++) {
        int first = -1, last = -1;
        double seconds = 0;
        for (int k = 0; k < month->n; k++)
            if (runs_beside(&month->items[i], &month->items[k])) {
                seconds += month->items[k].quantity;
                first = first < 0 ? k : first;
                last = k;
            }
        if (first != i || first == last) /* once for all parts; a whole is as it is */
            continue;
        int64_t left = llround(seconds / SECONDS_PER_HOUR * HOUR_PARTS);
        for (int k = 0; k <= last; k++) {
            struct sum *s = &month->items[k];
            if (!runs_beside(&month->items[i], s))
                continue;
            int64_t parts = k < last ? llround(s->quantity / SECONDS_PER_HOUR * HOUR_PARTS) : left;
            left -= parts;
            s->quantity = (double)parts / HOUR_PARTS * SECONDS_PER_HOUR;
        }
    }
}

/* What no commitment covers costs its hours at the rate, rounded once. */
static void price_hours(const struct making *m, struct sums *month) {
    for (int i = 0; m->in->offers && i < month->n; i++) {
        struct sum *s = &month->items[i];
        if (!is_run(s) || s->commitment)
            continue;
        double rate = money_rate_usd(m->in->offers[s->key.offer].on_demand.rate);
        s->effective_usd = s->quantity / SECONDS_PER_HOUR * rate;
        if (s->key.kind == CHARGE_ON_DEMAND)
            s->on_demand_usd = s->effective_usd;
    }
}

/* Each hour of a week stands for the same number of the month's hours. */
static struct sums sum_month(const struct making *m) {
    const struct demand *demand = m->in->demand;
    int most = 0;
    for (int k = 0; k < demand->n_weeks; k++)
        most += m->weeks[k].n;
    struct sums month = {.items = arena_new(m->arena, struct sum, most)};
    for (int k = 0; k < demand->n_weeks; k++) {
        double each = demand->calendar_hours[m->month * demand->n_weeks + k] / HOURS_PER_WEEK;
        for (int i = 0; each > 0 && i < m->weeks[k].n; i++) {
            const struct sum *week = &m->weeks[k].items[i];
            struct sum *s = sum_of(&month, &week->key, week->commitment, week->reservation);
            double rate =
                m->in->rates ? bill_months_unit_usd(m->in->rates, &week->key, m->month) : NAN;
            bool monthly = !isnan(rate);
            s->quantity += each * week->quantity;
            s->effective_usd += each * (monthly ? rate * week->quantity : week->effective_usd);
            s->idle_usd += each * week->idle_usd;
            s->on_demand_usd += each * (monthly ? rate * week->quantity : week->on_demand_usd);
        }
    }
    share_hours(&month);
    price_hours(m, &month);
    return month;
}

/* ---- rows ---- */

static struct statement_row row_of(const struct making *m, const struct plan_commitment *c,
                                   int offer) {
    return (struct statement_row){.month = m->month,
                                  .offer = offer,
                                  .workload = -1,
                                  .commitment = c,
                                  .from_hour = m->from_hour,
                                  .to_hour = m->to_hour};
}

static void add_row(struct making *m, struct statement_row row) {
    if (m->n_rows == m->rows_capacity) {
        int capacity = m->rows_capacity ? 2 * m->rows_capacity : 256;
        m->rows =
            arena_grow(m->arena, m->rows, (size_t)m->n_rows, (size_t)capacity, sizeof *m->rows);
        m->rows_capacity = capacity;
    }
    m->rows[m->n_rows++] = row;
    m->billed += row.billed;
    m->effective += row.effective;
}

static usd_nano nano(double usd) {
    return (usd_nano)llround(usd * (double)USD_NANO_PER_USD);
}

/* What the tokens that units carry cost by token; where they are not sold so, nothing is saved. */
static double units_on_demand(const struct sum *s, usd_nano effective) {
    double each = s->commitment->on_demand_usd_per_hour;
    if (!isfinite(each))
        return money_amount_usd(effective);
    return s->key.kind == CHARGE_COMMITMENT_USED ? s->quantity / SECONDS_PER_HOUR * each : 0;
}

static void add_usage(struct making *m, const struct sum *s, usd_nano effective) {
    struct statement_row row = row_of(m, s->commitment, s->key.offer);
    row.kind = s->key.kind;
    row.usage = s->key.usage;
    row.workload = s->key.workload;
    row.zone = s->key.zone;
    row.reservation = s->reservation;
    /* A plan's own row counts dollars, of which there are as many as it costs. */
    row.quantity = s->key.offer < 0 ? money_amount_usd(effective) : s->quantity;
    row.effective = effective;
    row.billed = s->commitment ? 0 : effective;
    row.idle = nano(s->idle_usd) < effective ? nano(s->idle_usd) : effective;
    row.on_demand = s->commitment && s->commitment->commitment.terms.kind == COMMIT_MODEL_UNITS
                        ? units_on_demand(s, effective)
                        : s->on_demand_usd;
    add_row(m, row);
}

/* Hours for which a commitment has been held, of the first `hours` of the horizon: a year of its
 * term has 365 days, a leap year too. */
static int64_t held_until(const struct commitment *c, int64_t hours) {
    int64_t from = c->from_s / SECONDS_PER_HOUR, to = c->to_s / SECONDS_PER_HOUR;
    int64_t term = (int64_t)HOURS_PER_TERM_YEAR * c->terms.term_years;
    if (!c->owned && term > 0 && to > from + term)
        to = from + term;
    int64_t end = hours < to ? hours : to;
    return end > from ? end - from : 0;
}

/* What a commitment costs in its first `hours`, rounded once. */
static usd_nano cost_until(const struct commitment *c, int64_t hours, double share) {
    int128 pico = commitment_kind_is_plan(c->terms.kind)
                      ? (int128)c->plan_usd_per_hour * 1000
                      : (int128)llround((double)c->hourly * c->count);
    return (usd_nano)llroundl((long double)(pico * hours) / 1000 * (long double)share);
}

static int64_t hours_before(const struct making *m) {
    return m->from_hour - HOURS_PER_DAY * calendar_days(m->in->start);
}

/* The rows of what a commitment covered, and of the rest, add up to what it costs in the month. */
static void add_coverage(struct making *m, const struct sums *month,
                         const struct plan_commitment *c, usd_nano cost) {
    const struct sum *last = NULL;
    usd_nano left = cost;
    for (int i = 0; i < month->n; i++) {
        const struct sum *s = &month->items[i];
        if (s->commitment != c)
            continue;
        if (last) {
            usd_nano part = nano(last->effective_usd);
            part = part < left ? part : left;
            add_usage(m, last, part);
            left -= part;
        }
        last = s;
    }
    ENSURE(last);
    add_usage(m, last, left);
}

/* How much `hours` of a commitment are, in the units of a purchase: of a plan the dollars that are
 * paid, of instances the time that they may run, whatever part of its cost is paid now. */
static double purchased_quantity(const struct commitment *c, double share, double hours) {
    return commitment_kind_is_plan(c->terms.kind)
               ? money_amount_usd(c->plan_usd_per_hour) * share * hours
               : c->count * hours * SECONDS_PER_HOUR;
}

static void add_hourly_fee(struct making *m, const struct plan_commitment *c, double upfront,
                           struct statement_row row) {
    const struct commitment *held = &c->commitment;
    int64_t from = held_until(held, hours_before(m));
    int64_t to = held_until(held, hours_before(m) + m->to_hour - m->from_hour);
    double share = 1 - upfront;
    row.purchase = FOCUS_PAID_HOURLY;
    row.billed = cost_until(held, to, share) - cost_until(held, from, share);
    row.quantity = purchased_quantity(held, share, (double)(to - from));
    if (upfront < 1)
        add_row(m, row);
}

static void add_fees(struct making *m, const struct plan_commitment *c) {
    const struct commitment *held = &c->commitment;
    double upfront = commitment_upfront_share(held);
    int64_t before = hours_before(m), hours = m->to_hour - m->from_hour;
    int64_t term = held->terms.term_years > 0
                       ? (int64_t)HOURS_PER_TERM_YEAR * held->terms.term_years
                       : (held->to_s - held->from_s) / SECONDS_PER_HOUR;
    struct statement_row row =
        row_of(m, c, commitment_kind_is_plan(held->terms.kind) ? -1 : held->offer);
    row.usage = held->terms.kind == COMMIT_MODEL_UNITS ? USAGE_MODEL_UNIT_S : USAGE_INSTANCE;
    add_hourly_fee(m, c, upfront, row);
    int64_t start = held->from_s / SECONDS_PER_HOUR;
    if (upfront <= 0 || held->owned || start < before || start >= before + hours)
        return;
    row.purchase = FOCUS_PAID_AT_START;
    row.from_hour = m->from_hour + start - before;
    row.to_hour = row.from_hour + term;
    row.billed = cost_until(held, term, 1) - cost_until(held, term, 1 - upfront);
    row.quantity = purchased_quantity(held, upfront, (double)term);
    add_row(m, row);
}

static void add_month(struct making *m) {
    struct sums month = sum_month(m);
    for (int i = 0; i < month.n; i++)
        if (!month.items[i].commitment)
            add_usage(m, &month.items[i], nano(month.items[i].effective_usd));
    for (int i = 0; i < m->in->plan->n_commitments; i++) {
        const struct plan_commitment *c = &m->in->plan->commitments[i];
        bool held = false;
        for (int k = 0; k < month.n; k++)
            held = held || month.items[k].commitment == c;
        if (!held)
            continue;
        int64_t before = hours_before(m), hours = m->to_hour - m->from_hour;
        add_coverage(m, &month, c,
                     cost_until(&c->commitment, held_until(&c->commitment, before + hours), 1) -
                         cost_until(&c->commitment, held_until(&c->commitment, before), 1));
        add_fees(m, c);
    }
}

struct statement statement_make(struct arena *arena, const struct statement_input *input) {
    const struct demand *demand = input->demand;
    struct making m = {
        .arena = arena, .in = input, .weeks = arena_new(arena, struct sums, demand->n_weeks)};
    const int64_t *begins = demand->calendar_from;
    for (int week = 0; week < demand->n_weeks; week++)
        m.weeks[week] = sum_week(&m, week);
    for (m.month = 0; m.month < demand->n_calendar; m.month++) {
        m.from_hour = begins[m.month];
        m.to_hour = begins[m.month + 1];
        add_month(&m);
    }
    return (struct statement){.n_months = demand->n_calendar,
                              .month_hours = begins,
                              .n_rows = m.n_rows,
                              .rows = m.rows,
                              .billed = m.billed,
                              .effective = m.effective};
}
