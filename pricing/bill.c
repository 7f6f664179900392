/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger becomes one series of seconds per hour for each (what, offer, workload); a row costs
 * two edges and two steps of a running count, however many hours it lives. Then every hour is
 * billed on its own: coverage is taken from the series of an offer in nanoseconds, money from
 * running sums in 1e-12 dollars x nanoseconds / hour, all in 128 bits. */
#include "pricing/bill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 int128;

enum { HOUR_S = 3600, LAUNCH_MIN_S = 60, SPOT_FREE_S = 3600 };
#define NS_PER_S 1000000000LL
#define INSTANCES_MAX 1000000LL /* in a row; keeps every product below 128 bits */

/* 1e-12 dollars an hour, for one nanosecond, in a nano-dollar. */
#define BURN_PER_NANO ((int128)HOUR_S * NS_PER_S * 1000)

enum lane {
    LANE_ON_DEMAND,
    LANE_SPOT,
    LANE_SPOT_FREE,
    LANE_MB_MS,
    LANE_REQUESTS,
    LANE_INPUT_TOKENS,
    LANE_OUTPUT_TOKENS,
    LANE_CACHED_TOKENS,
    LANE_PROVISIONED_MB_MS,
    LANE_HELD_MB_S,
    LANE_MODEL_UNIT_S,
    LANES
};

struct series {
    enum lane lane;
    int offer, workload;
    int64_t *by_hour;      /* [n_hours] seconds, requests, ... */
    int64_t *count_change; /* [n_hours + 1] of instances running the whole hour */
    /* while an hour is billed */
    int128 used_ns, covered_ns;
};

/* A plan that can cover an offer of the ledger. */
struct pairing {
    int commitment, offer;
    usd_pico plan_rate, on_demand_rate;
    bool ec2;
};

/* The hour of one commitment. */
struct held {
    int64_t seconds;
    usd_nano cost, used;
    int128 burned, budget; /* of plans; reserved: burned only */
};

struct billing {
    struct arena *arena;
    const struct offer *offers;
    int n_offers, n_hours, n_workloads;
    int64_t n_seconds;
    const struct commitment *commitments;
    int n_commitments;
    struct held *held; /* [n_commitments] */

    int n_series;
    struct series **by_slot;          /* [LANES x n_offers x n_workloads] NULL: no such usage */
    struct series **series;           /* [n_series] in slot order */
    int *first_of_offer, *n_of_offer; /* [n_offers] on-demand series */
    int n_pairings;
    struct pairing *pairings; /* in the order in which plans are applied */

    int n_charges, charges_capacity;
    struct charge *charges;
    struct bill bill;
};

const char *charge_kind_word(enum charge_kind kind) {
    static const char *const words[CHARGE_KINDS] = {
        "on demand", "spot", "commitment used", "commitment unused", "function", "tokens"};
    ENSURE((size_t)kind < CHARGE_KINDS);
    return words[kind];
}

/* ---- checks ---- */

static bool has_rate(const struct quote *quote, const struct offer *offer, const char *what,
                     struct err *err) {
    if (quote->known && quote->rate > 0)
        return true;
    return err_set(err, ERR_BUG, "usage of %s in %s without its %s rate", offer->sku, offer->region,
                   what);
}

static bool check_rates(const struct offer *offer, const struct usage_row *row, struct err *err) {
    static const enum offer_kind kinds[USAGE_KINDS] = {
        OFFER_INSTANCE,  OFFER_FUNCTION, OFFER_FUNCTION, OFFER_TOKEN_API, OFFER_TOKEN_API,
        OFFER_TOKEN_API, OFFER_FUNCTION, OFFER_FUNCTION, OFFER_TOKEN_API};
    if (offer->kind != kinds[row->kind])
        return err_set(err, ERR_BUG, "usage of %s in %s is of another kind than the offer",
                       offer->sku, offer->region);
    switch (row->kind) {
    case USAGE_INSTANCE:
        return has_rate(&offer->on_demand, offer, "on-demand", err) &&
               (!row->spot || has_rate(&offer->spot, offer, "spot", err));
    case USAGE_FUNCTION_MB_MS:
        return has_rate(&offer->gb_second, offer, "GB-second", err);
    case USAGE_FUNCTION_REQUESTS:
        return has_rate(&offer->million_requests, offer, "request", err);
    case USAGE_INPUT_TOKENS:
        return has_rate(&offer->million_input_tokens, offer, "input token", err);
    case USAGE_OUTPUT_TOKENS:
        return has_rate(&offer->million_output_tokens, offer, "output token", err);
    case USAGE_CACHED_INPUT_TOKENS:
        return has_rate(&offer->million_cached_tokens, offer, "cached input token", err);
    case USAGE_FUNCTION_PROVISIONED_MB_MS:
        return has_rate(&offer->provisioned_gb_second, offer, "provisioned GB-second", err);
    case USAGE_FUNCTION_HELD_MB_S:
        return has_rate(&offer->held_gb_second, offer, "held GB-second", err);
    case USAGE_MODEL_UNIT_S:
        return has_rate(&offer->unit_hour, offer, "model unit", err);
    case USAGE_KINDS:
        break;
    }
    return false;
}

static bool check_row(const struct billing *b, const struct usage_row *row, int index,
                      struct err *err) {
    bool instance = row->kind == USAGE_INSTANCE;
    if ((size_t)row->kind >= USAGE_KINDS || row->offer < 0 || row->offer >= b->n_offers ||
        row->workload < 0)
        return err_set(err, ERR_BUG, "usage row %d names no offer or workload", index);
    if (row->from_s < 0 || row->to_s < row->from_s || row->to_s > b->n_seconds ||
        (!instance && row->from_s >= b->n_seconds))
        return err_set(err, ERR_BUG, "usage row %d lies outside the ledger", index);
    if (row->quantity < 0 || (instance && row->quantity > INSTANCES_MAX) ||
        (!instance && row->spot) || (row->interrupted && !row->spot))
        return err_set(err, ERR_BUG, "usage row %d has an impossible quantity or mark", index);
    return check_rates(&b->offers[row->offer], row, err);
}

static bool check_commitment(const struct billing *b, const struct commitment *c, struct err *err) {
    const char *name = c->name ? c->name : "?";
    if (c->to_s < c->from_s)
        return err_set(err, ERR_BUG, "commitment '%s' ends before it begins", name);
    if (commitment_kind_is_plan(c->terms.kind)) {
        if (c->plan_usd_per_hour < 0 || !c->plan_rates)
            return err_set(err, ERR_BUG, "commitment '%s' has no plan rates", name);
        return true;
    }
    bool offer_ok =
        c->offer >= 0 && c->offer < b->n_offers && b->offers[c->offer].kind == OFFER_INSTANCE;
    if (!offer_ok || c->hourly <= 0 || !isfinite(c->count) || c->count < 0 ||
        c->count > (double)INSTANCES_MAX)
        return err_set(err, ERR_BUG, "commitment '%s' covers no offer", name);
    return true;
}

static bool check(struct billing *b, const struct usage_ledger *ledger, struct err *err) {
    if (ledger->n_seconds < 0 || ledger->n_rows < 0)
        return err_set(err, ERR_BUG, "a ledger of negative length");
    for (int i = 0; i < ledger->n_rows; i++)
        if (!check_row(b, &ledger->rows[i], i, err))
            return false;
    for (int i = 0; i < b->n_commitments; i++)
        if (!check_commitment(b, &b->commitments[i], err))
            return false;
    return true;
}

/* ---- ledger to series ---- */

static struct series *series_of(struct billing *b, enum lane lane, const struct usage_row *row) {
    size_t slot =
        ((size_t)lane * (size_t)b->n_offers + (size_t)row->offer) * (size_t)b->n_workloads +
        (size_t)row->workload;
    if (!b->by_slot[slot]) {
        struct series *s = arena_new(b->arena, struct series, 1);
        *s = (struct series){.lane = lane,
                             .offer = row->offer,
                             .workload = row->workload,
                             .by_hour = arena_new(b->arena, int64_t, b->n_hours),
                             .count_change = arena_new(b->arena, int64_t, b->n_hours + 1)};
        b->by_slot[slot] = s;
        b->n_series++;
    }
    return b->by_slot[slot];
}

static void add_instances(struct series *s, int64_t from, int64_t to, int64_t n) {
    if (to == from)
        return;
    int64_t first = from / HOUR_S, last = (to - 1) / HOUR_S;
    if (first == last) {
        s->by_hour[first] += n * (to - from);
        return;
    }
    s->by_hour[first] += n * ((first + 1) * HOUR_S - from);
    s->by_hour[last] += n * (to - last * HOUR_S);
    s->count_change[first + 1] += n;
    s->count_change[last] -= n;
}

static void add_row(struct billing *b, const struct usage_row *row) {
    static const enum lane lanes[USAGE_KINDS] = {
        LANE_ON_DEMAND,         LANE_MB_MS,         LANE_REQUESTS,
        LANE_INPUT_TOKENS,      LANE_OUTPUT_TOKENS, LANE_CACHED_TOKENS,
        LANE_PROVISIONED_MB_MS, LANE_HELD_MB_S,     LANE_MODEL_UNIT_S};
    if (row->kind != USAGE_INSTANCE) {
        int64_t *sum = &series_of(b, lanes[row->kind], row)->by_hour[row->from_s / HOUR_S];
        ENSURE(!__builtin_add_overflow(*sum, row->quantity, sum));
        return;
    }
    bool free_of_charge = row->interrupted && row->to_s - row->from_s < SPOT_FREE_S;
    enum lane lane = !row->spot ? LANE_ON_DEMAND : free_of_charge ? LANE_SPOT_FREE : LANE_SPOT;
    int64_t at_least = row->from_s + (lane == LANE_SPOT_FREE ? 0 : LAUNCH_MIN_S);
    if (at_least > b->n_seconds)
        at_least = b->n_seconds;
    add_instances(series_of(b, lane, row), row->from_s, row->to_s > at_least ? row->to_s : at_least,
                  row->quantity);
}

static void build_series(struct billing *b, const struct usage_ledger *ledger) {
    for (int i = 0; i < ledger->n_rows; i++)
        if (ledger->rows[i].workload >= b->n_workloads)
            b->n_workloads = ledger->rows[i].workload + 1;
    size_t n_slots = (size_t)LANES * (size_t)b->n_offers * (size_t)b->n_workloads;
    b->by_slot = arena_new(b->arena, struct series *, n_slots);
    for (int i = 0; i < ledger->n_rows; i++)
        add_row(b, &ledger->rows[i]);
    b->series = arena_new(b->arena, struct series *, b->n_series);
    b->first_of_offer = arena_new(b->arena, int, b->n_offers);
    b->n_of_offer = arena_new(b->arena, int, b->n_offers);
    int n = 0;
    for (size_t i = 0; i < n_slots; i++) {
        struct series *s = b->by_slot[i];
        if (!s)
            continue;
        int64_t running = 0;
        for (int h = 0; h < b->n_hours; h++) {
            running += s->count_change[h];
            s->by_hour[h] += running * HOUR_S;
        }
        if (s->lane == LANE_ON_DEMAND && b->n_of_offer[s->offer]++ == 0)
            b->first_of_offer[s->offer] = n;
        b->series[n++] = s;
    }
}

/* ---- the order of plans ---- */

static bool plan_covers(const struct commitment *c, const struct offer *offer, int index) {
    if (offer->kind != OFFER_INSTANCE || c->plan_rates[index] <= 0)
        return false;
    if (c->terms.kind == COMMIT_PLAN_COMPUTE)
        return true;
    return (!c->family || strcmp(c->family, offer->family) == 0) &&
           (!c->region || strcmp(c->region, offer->region) == 0);
}

/* EC2 Instance plans before Compute plans; then the highest saving, that is the lowest share of the
 * on-demand rate; then the lowest plan rate; the rest only makes the order total. */
static int compare_pairings(const void *left, const void *right) {
    const struct pairing *a = left, *b = right;
    if (a->ec2 != b->ec2)
        return a->ec2 ? -1 : 1;
    int128 share_a = (int128)a->plan_rate * b->on_demand_rate;
    int128 share_b = (int128)b->plan_rate * a->on_demand_rate;
    if (share_a != share_b)
        return share_a < share_b ? -1 : 1;
    if (a->plan_rate != b->plan_rate)
        return a->plan_rate < b->plan_rate ? -1 : 1;
    if (a->commitment != b->commitment)
        return a->commitment - b->commitment;
    return a->offer - b->offer;
}

static void build_pairings(struct billing *b) {
    size_t most = (size_t)b->n_commitments * (size_t)b->n_offers;
    b->pairings = arena_new(b->arena, struct pairing, most);
    for (int k = 0; k < b->n_commitments; k++) {
        const struct commitment *c = &b->commitments[k];
        for (int o = 0; commitment_kind_is_plan(c->terms.kind) && o < b->n_offers; o++) {
            if (b->n_of_offer[o] == 0 || !plan_covers(c, &b->offers[o], o))
                continue;
            b->pairings[b->n_pairings++] =
                (struct pairing){.commitment = k,
                                 .offer = o,
                                 .plan_rate = c->plan_rates[o],
                                 .on_demand_rate = b->offers[o].on_demand.rate,
                                 .ec2 = c->terms.kind == COMMIT_PLAN_EC2};
        }
    }
    if (b->n_pairings > 0)
        qsort(b->pairings, (size_t)b->n_pairings, sizeof *b->pairings, compare_pairings);
}

/* ---- charges ---- */

/* Half-even, for numerators that are not negative. */
static int64_t divide_round(int128 numerator, int128 denominator) {
    int128 quotient = numerator / denominator;
    int128 twice = 2 * (numerator % denominator);
    if (twice > denominator || (twice == denominator && quotient % 2 != 0))
        quotient++;
    ENSURE(quotient <= INT64_MAX);
    return (int64_t)quotient;
}

static usd_nano burn_cost(int128 burned) {
    return divide_round(burned, BURN_PER_NANO);
}

static int64_t whole_seconds(int128 ns) {
    return divide_round(ns, NS_PER_S);
}

static void add_charge(struct billing *b, struct charge charge) {
    if (charge.quantity == 0 && charge.effective == 0 && charge.list == 0)
        return;
    if (b->n_charges == b->charges_capacity) {
        int capacity = b->charges_capacity ? 2 * b->charges_capacity : 1024;
        b->charges = arena_grow(b->arena, b->charges, (size_t)b->n_charges, (size_t)capacity,
                                sizeof *b->charges);
        b->charges_capacity = capacity;
    }
    b->charges[b->n_charges++] = charge;
    b->bill.total += charge.effective;
    b->bill.total_by_kind[charge.kind] += charge.effective;
    b->bill.list_total += charge.list;
}

/* Take the next `ns` of a series out of the hour: quantity and list cost from its running place. */
static struct charge take(const struct billing *b, struct series *s, int hour, int128 ns) {
    usd_pico rate = b->offers[s->offer].on_demand.rate;
    int128 before = s->covered_ns, after = before + ns;
    s->covered_ns = after;
    return (struct charge){.usage = USAGE_INSTANCE,
                           .hour = hour,
                           .offer = s->offer,
                           .workload = s->workload,
                           .commitment = -1,
                           .quantity = whole_seconds(after) - whole_seconds(before),
                           .list = burn_cost(after * rate) - burn_cost(before * rate)};
}

static int128 uncovered(const struct billing *b, int offer) {
    int128 sum = 0;
    for (int i = 0; i < b->n_of_offer[offer]; i++) {
        const struct series *s = b->series[b->first_of_offer[offer] + i];
        sum += s->used_ns - s->covered_ns;
    }
    return sum;
}

/* Cover `cover` of the `open` ns of an offer, each workload its share in whole `grain`s (both are
 * multiples of it): floors of a running sum, so the shares add up and none exceeds its usage. What
 * the shares burn at `rate` adds up to `burn`: the last one takes what is left of it. */
static void cover_offer(struct billing *b, int hour, int commitment, int offer, int128 cover,
                        int128 open, int128 grain, usd_pico rate, int128 burn) {
    struct held *held = &b->held[commitment];
    int128 seen = 0, given = 0;
    ENSURE(open <= (int128)10 * NS_PER_S * NS_PER_S);
    for (int i = 0; i < b->n_of_offer[offer] && given < cover; i++) {
        struct series *s = b->series[b->first_of_offer[offer] + i];
        seen += s->used_ns - s->covered_ns;
        int128 upto = (cover / grain) * (seen / grain) / (open / grain) * grain;
        int128 share = upto - given;
        given = upto;
        if (share == 0)
            continue;
        int128 part = given == cover ? burn : share * rate;
        burn -= part;
        usd_nano before = burn_cost(held->burned);
        held->burned += part;
        struct charge charge = take(b, s, hour, share);
        charge.kind = CHARGE_COMMITMENT_USED;
        charge.commitment = commitment;
        charge.effective = burn_cost(held->burned) - before;
        held->used += charge.effective;
        add_charge(b, charge);
    }
    ENSURE(given == cover);
}

/* Nanoseconds of instances that a reserved commitment pays for in this hour. */
static int128 reserved_ns(const struct commitment *c, const struct held *held) {
    return (int128)llround(c->count * (double)NS_PER_S) * held->seconds;
}

static void apply_reserved(struct billing *b, int hour, int k) {
    const struct commitment *c = &b->commitments[k];
    int128 open = uncovered(b, c->offer);
    int128 cover = reserved_ns(c, &b->held[k]) / NS_PER_S * NS_PER_S;
    if (cover > open)
        cover = open;
    if (cover > 0)
        cover_offer(b, hour, k, c->offer, cover, open, NS_PER_S, c->hourly, cover * c->hourly);
}

static void apply_plan(struct billing *b, int hour, const struct pairing *pairing) {
    struct held *held = &b->held[pairing->commitment];
    int128 open = uncovered(b, pairing->offer);
    int128 cover = open, burn = open * pairing->plan_rate;
    if (burn > held->budget) {
        cover = held->budget / pairing->plan_rate;
        burn = held->budget; /* the last fraction of a nanosecond is used, not lost */
    }
    if (cover == 0)
        return;
    held->budget -= burn;
    cover_offer(b, hour, pairing->commitment, pairing->offer, cover, open, 1, pairing->plan_rate,
                burn);
}

static void open_hour(struct billing *b, int hour) {
    int64_t from = (int64_t)hour * HOUR_S, to = from + HOUR_S;
    if (to > b->n_seconds)
        to = b->n_seconds;
    for (int k = 0; k < b->n_commitments; k++) {
        const struct commitment *c = &b->commitments[k];
        struct held *held = &b->held[k];
        int64_t begin = c->from_s > from ? c->from_s : from, end = c->to_s < to ? c->to_s : to;
        *held = (struct held){.seconds = end > begin ? end - begin : 0};
        if (commitment_kind_is_plan(c->terms.kind)) {
            held->budget = (int128)c->plan_usd_per_hour * 1000 * held->seconds * NS_PER_S;
            held->cost = burn_cost(held->budget);
        } else {
            held->cost = burn_cost(reserved_ns(c, held) * c->hourly);
        }
    }
    for (int i = 0; i < b->n_series && b->series[i]->lane == LANE_ON_DEMAND; i++) {
        b->series[i]->used_ns = (int128)b->series[i]->by_hour[hour] * NS_PER_S;
        b->series[i]->covered_ns = 0;
    }
}

static void charge_unused(struct billing *b, int hour, int k) {
    const struct commitment *c = &b->commitments[k];
    const struct held *held = &b->held[k];
    ENSURE(held->used <= held->cost);
    struct charge charge = {.kind = CHARGE_COMMITMENT_UNUSED,
                            .usage = USAGE_INSTANCE,
                            .hour = hour,
                            .offer = commitment_kind_is_plan(c->terms.kind) ? -1 : c->offer,
                            .workload = -1,
                            .commitment = k,
                            .effective = held->cost - held->used};
    if (!commitment_kind_is_plan(c->terms.kind))
        charge.quantity =
            (int64_t)(reserved_ns(c, held) / NS_PER_S) - whole_seconds(held->burned / c->hourly);
    add_charge(b, charge);
    b->bill.committed += held->cost;
}

static void charge_on_demand(struct billing *b, struct series *s, int hour) {
    if (s->used_ns == s->covered_ns)
        return;
    struct charge charge = take(b, s, hour, s->used_ns - s->covered_ns);
    charge.kind = CHARGE_ON_DEMAND;
    charge.effective = charge.list;
    add_charge(b, charge);
}

/* What is used and not an instance: `per` units of the ledger for `rate`. */
struct price_of_use {
    enum charge_kind kind;
    enum usage_kind usage;
    int64_t per;
    usd_pico rate;
};

static struct price_of_use price_of_use(enum lane lane, const struct offer *o) {
    switch (lane) {
    case LANE_MB_MS:
        return (struct price_of_use){CHARGE_FUNCTION, USAGE_FUNCTION_MB_MS, 1024 * 1000,
                                     o->gb_second.rate};
    case LANE_REQUESTS:
        return (struct price_of_use){CHARGE_FUNCTION, USAGE_FUNCTION_REQUESTS, 1000000,
                                     o->million_requests.rate};
    case LANE_PROVISIONED_MB_MS:
        return (struct price_of_use){CHARGE_FUNCTION, USAGE_FUNCTION_PROVISIONED_MB_MS, 1024 * 1000,
                                     o->provisioned_gb_second.rate};
    case LANE_HELD_MB_S:
        return (struct price_of_use){CHARGE_FUNCTION, USAGE_FUNCTION_HELD_MB_S, 1024,
                                     o->held_gb_second.rate};
    case LANE_INPUT_TOKENS:
        return (struct price_of_use){CHARGE_TOKENS, USAGE_INPUT_TOKENS, 1000000,
                                     o->million_input_tokens.rate};
    case LANE_OUTPUT_TOKENS:
        return (struct price_of_use){CHARGE_TOKENS, USAGE_OUTPUT_TOKENS, 1000000,
                                     o->million_output_tokens.rate};
    case LANE_CACHED_TOKENS:
        return (struct price_of_use){CHARGE_TOKENS, USAGE_CACHED_INPUT_TOKENS, 1000000,
                                     o->million_cached_tokens.rate};
    case LANE_MODEL_UNIT_S:
        return (struct price_of_use){CHARGE_TOKENS, USAGE_MODEL_UNIT_S, HOUR_S, o->unit_hour.rate};
    case LANE_ON_DEMAND:
    case LANE_SPOT:
    case LANE_SPOT_FREE:
    case LANES:
        break;
    }
    ENSURE(false);
    return (struct price_of_use){0};
}

/* Everything that no commitment touches: one rounding a charge. */
static void charge_simple(struct billing *b, const struct series *s, int hour) {
    const struct offer *o = &b->offers[s->offer];
    int64_t n = s->by_hour[hour];
    struct charge charge = {
        .hour = hour, .offer = s->offer, .workload = s->workload, .commitment = -1, .quantity = n};
    if (s->lane == LANE_SPOT || s->lane == LANE_SPOT_FREE) {
        charge.kind = CHARGE_SPOT;
        charge.usage = USAGE_INSTANCE;
        charge.list = money_charge(n, HOUR_S, o->on_demand.rate);
        charge.effective = s->lane == LANE_SPOT ? money_charge(n, HOUR_S, o->spot.rate) : 0;
        add_charge(b, charge);
        return;
    }
    const struct price_of_use use = price_of_use(s->lane, o);
    charge.kind = use.kind;
    charge.usage = use.usage;
    charge.effective = money_charge(n, use.per, use.rate);
    charge.list = charge.effective;
    add_charge(b, charge);
}

static void bill_hour(struct billing *b, int hour) {
    open_hour(b, hour);
    for (int k = 0; k < b->n_commitments; k++)
        if (!commitment_kind_is_plan(b->commitments[k].terms.kind))
            apply_reserved(b, hour, k);
    for (int i = 0; i < b->n_pairings; i++)
        apply_plan(b, hour, &b->pairings[i]);
    int i = 0;
    for (; i < b->n_series && b->series[i]->lane == LANE_ON_DEMAND; i++)
        charge_on_demand(b, b->series[i], hour);
    for (int k = 0; k < b->n_commitments; k++)
        charge_unused(b, hour, k);
    for (; i < b->n_series; i++)
        charge_simple(b, b->series[i], hour);
}

bool bill_compute(struct arena *arena, const struct offer *offers, int n_offers,
                  const struct usage_ledger *ledger, const struct commitment *commitments,
                  int n_commitments, struct bill *out, struct err *err) {
    struct billing b = {.arena = arena,
                        .offers = offers,
                        .n_offers = n_offers,
                        .n_seconds = ledger->n_seconds,
                        .commitments = commitments,
                        .n_commitments = n_commitments,
                        .held = arena_new(arena, struct held, n_commitments)};
    if (!check(&b, ledger, err))
        return false;
    b.n_hours = (int)((ledger->n_seconds + HOUR_S - 1) / HOUR_S);
    build_series(&b, ledger);
    build_pairings(&b);
    for (int hour = 0; hour < b.n_hours; hour++)
        bill_hour(&b, hour);
    b.bill.n_charges = b.n_charges;
    b.bill.charges = b.charges;
    ENSURE(b.bill.total_by_kind[CHARGE_COMMITMENT_USED] +
               b.bill.total_by_kind[CHARGE_COMMITMENT_UNUSED] ==
           b.bill.committed);
    *out = b.bill;
    return true;
}
