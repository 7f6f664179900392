/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every hour is billed on its own from the series of pricing/usage_hours.h. A series is a line; the
 * lines that one step of coverage looks at together (one offer; of others, running or idle) lie
 * side by side. Coverage is taken in the line's units (nanoseconds, MB ms), money from running sums
 * in 1e-12 dollars x nanoseconds / hour, all in 128 bits. */
#include "pricing/bill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/bill_check.h"
#include "pricing/bill_meter.h"
#include "pricing/usage_hours.h"

__extension__ typedef __int128 int128;

#define NS_PER_HOUR ((int128)HOUR_S * NS_PER_S)

/* 1e-12 dollars an hour, for one nanosecond, in a nano-dollar. */
#define BURN_PER_NANO (NS_PER_HOUR * 1000)

/* Who is covered in which order. */
enum queue { QUEUE_OTHERS, QUEUE_RUNNING, QUEUE_IDLE, QUEUE_LAST, QUEUES };

/* A series while an hour is billed. */
struct line {
    const struct usage_series *series;
    const struct meter *meter;
    int64_t per;               /* ledger's units of one rate, in this month */
    const struct quote *quote; /* list */
    enum queue queue;
    int128 used, covered; /* ledger's units x grain */
};

struct span {
    int first, n;
};

/* A plan that can cover an offer of the ledger. */
struct pairing {
    int commitment, offer;
    enum cover_class cover_class;
    usd_pico plan_rate, on_demand_rate;
    enum commitment_kind group;
};

/* An offer that a reserved instance covers: `weight` of its own time for one of the offer's. */
struct target {
    int offer, weight;
};

/* One commitment, and its hour. */
struct held {
    int n_targets, own_weight; /* reserved */
    struct target *targets;    /* smallest size first */
    int128 burn_per_nano;
    int64_t seconds;
    usd_nano cost, used;
    int128 burned, budget; /* plans: dollars left; reserved: weighted nanoseconds left */
};

struct billing {
    struct arena *arena;
    const struct bill_input *in;
    struct usage_hours hours;
    struct held *held; /* [n_commitments] */

    int n_lines, n_instance_lines; /* those of instances and reservations come first */
    struct line *lines;            /* by lane, offer, queue, zone, workload */
    struct span *spans;            /* [COVER_CLASSES x n_offers x QUEUES] */
    int n_pairings;
    struct pairing *pairings; /* in the order in which plans are applied */

    int month;         /* of the hour, years x 12 + month */
    int128 *tier_used; /* [LANES x n_offers] of the month, not covered by plans */

    int n_charges, charges_capacity;
    struct charge *charges;
    struct bill bill;
};

const char *charge_kind_word(enum charge_kind kind) {
    static const char *const words[CHARGE_KINDS] = {
        "on demand", "spot",   "commitment used",          "commitment unused",
        "function",  "tokens", "reserved capacity unused", "transfer",
        "volume",    "weights"};
    ENSURE((size_t)kind < CHARGE_KINDS);
    return words[kind];
}

/* ---- lines ---- */

/* Reservations beside what runs on demand: a step of coverage sees them together. */
static int order_of_lane(enum lane lane) {
    return lane <= LANE_IDLE_RESERVATION ? 0 : (int)lane;
}

static int compare_lines(const void *left, const void *right) {
    const struct line *a = left, *b = right;
    const struct usage_series *x = a->series, *y = b->series;
    if (order_of_lane(x->lane) != order_of_lane(y->lane))
        return order_of_lane(x->lane) - order_of_lane(y->lane);
    if (x->offer != y->offer)
        return x->offer - y->offer;
    if (a->queue != b->queue)
        return (int)a->queue - (int)b->queue;
    if (x->lane != y->lane)
        return (int)x->lane - (int)y->lane;
    if (x->holder != y->holder)
        return x->holder - y->holder;
    if (x->zone != y->zone)
        return x->zone - y->zone;
    return x->workload - y->workload;
}

static enum queue queue_of(const struct bill_input *in, const struct usage_series *s) {
    if (s->lane == LANE_IDLE_RESERVATION)
        return QUEUE_IDLE;
    if (s->workload == USAGE_OTHERS)
        return QUEUE_OTHERS;
    return usage_comes_last(in->last_workloads_from, s->workload) ? QUEUE_LAST : QUEUE_RUNNING;
}

static struct span *span_of(const struct billing *b, int cover_class, int offer, enum queue queue) {
    return &b->spans[(cover_class * b->in->n_offers + offer) * QUEUES + (int)queue];
}

static void build_lines(struct billing *b) {
    b->n_lines = b->hours.n_series;
    b->lines = arena_new(b->arena, struct line, b->n_lines);
    b->spans = arena_new(b->arena, struct span, COVER_CLASSES * b->in->n_offers * QUEUES);
    for (int i = 0; i < b->n_lines; i++) {
        const struct usage_series *s = &b->hours.series[i];
        const struct meter *meter = bill_meter_of(s->lane);
        const char *what;
        b->lines[i] =
            (struct line){.series = s,
                          .meter = meter,
                          .per = meter->per,
                          .quote = bill_quote_of(&b->in->offers[s->offer], meter->usage, &what),
                          .queue = queue_of(b->in, s)};
    }
    if (b->n_lines > 0)
        qsort(b->lines, (size_t)b->n_lines, sizeof *b->lines, compare_lines);
    for (int i = 0; i < b->n_lines; i++) {
        const struct line *line = &b->lines[i];
        b->n_instance_lines += line->series->lane <= LANE_IDLE_RESERVATION;
        if (line->meter->cover_class == COVER_CLASSES)
            continue;
        struct span *span = span_of(b, line->meter->cover_class, line->series->offer, line->queue);
        if (span->n++ == 0)
            span->first = i;
    }
}

/* ---- the order of commitments ---- */

/* EC2 Instance plans, Compute plans, SageMaker plans; then the highest saving, that is the lowest
 * share of the on-demand rate; then the lowest plan rate; the rest only makes the order total. */
static int compare_pairings(const void *left, const void *right) {
    const struct pairing *a = left, *b = right;
    if (a->group != b->group)
        return (int)a->group - (int)b->group;
    int128 share_a = (int128)a->plan_rate * b->on_demand_rate;
    int128 share_b = (int128)b->plan_rate * a->on_demand_rate;
    if (share_a != share_b)
        return share_a < share_b ? -1 : 1;
    if (a->plan_rate != b->plan_rate)
        return a->plan_rate < b->plan_rate ? -1 : 1;
    if (a->commitment != b->commitment)
        return a->commitment - b->commitment;
    if (a->offer != b->offer)
        return a->offer - b->offer;
    return (int)a->cover_class - (int)b->cover_class;
}

static bool in_ledger(const struct billing *b, int cover_class, int offer) {
    int n = 0;
    for (int queue = 0; queue < QUEUES; queue++)
        n += span_of(b, cover_class, offer, (enum queue)queue)->n;
    return n > 0;
}

static void pair_plan(struct billing *b, int k, int o, int cover_class) {
    static const enum usage_kind usages[COVER_CLASSES] = {USAGE_INSTANCE, USAGE_FUNCTION_MB_MS,
                                                          USAGE_FUNCTION_PROVISIONED_MB_MS,
                                                          USAGE_FUNCTION_HELD_MB_S};
    const struct commitment *c = &b->in->commitments[k];
    const struct offer *offer = &b->in->offers[o];
    usd_pico rate = bill_plan_rate(c, offer, o, cover_class);
    if (rate <= 0 || !in_ledger(b, cover_class, o))
        return;
    const char *what;
    b->pairings[b->n_pairings++] =
        (struct pairing){.commitment = k,
                         .offer = o,
                         .cover_class = (enum cover_class)cover_class,
                         .plan_rate = rate,
                         .on_demand_rate = bill_quote_of(offer, usages[cover_class], &what)->rate,
                         .group = c->terms.kind};
}

static void build_pairings(struct billing *b) {
    size_t most = (size_t)b->in->n_commitments * (size_t)b->in->n_offers * COVER_CLASSES;
    b->pairings = arena_new(b->arena, struct pairing, most);
    for (int k = 0; k < b->in->n_commitments; k++)
        for (int o = 0; o < b->in->n_offers; o++)
            for (int class = 0; class < COVER_CLASSES; class ++)
                if (commitment_kind_is_plan(b->in->commitments[k].terms.kind))
                    pair_plan(b, k, o, class);
    if (b->n_pairings > 0)
        qsort(b->pairings, (size_t)b->n_pairings, sizeof *b->pairings, compare_pairings);
}

static int compare_targets(const void *left, const void *right) {
    const struct target *a = left, *b = right;
    return a->weight != b->weight ? a->weight - b->weight : a->offer - b->offer;
}

static bool is_reserved(const struct commitment *c) {
    return commitment_kind_is_reserved(c->terms.kind);
}

static bool is_flexible(const struct billing *b, const struct commitment *c) {
    return is_reserved(c) && c->zone == 0 && offer_size_flexible(&b->in->offers[c->offer]);
}

/* What a reserved instance covers. */
static void find_targets(struct billing *b, int k) {
    const struct commitment *c = &b->in->commitments[k];
    struct held *held = &b->held[k];
    held->own_weight = 1;
    const struct offer *own = &b->in->offers[c->offer];
    bool flexible = is_flexible(b, c);
    if (flexible)
        held->own_weight = offer_size_quarters(own);
    held->targets = arena_new(b->arena, struct target, b->in->n_offers);
    for (int o = 0; o < b->in->n_offers; o++) {
        const struct offer *offer = &b->in->offers[o];
        if (offer->kind != OFFER_INSTANCE || strcmp(offer->region, own->region) != 0)
            continue;
        if (flexible && offer_size_flexible(offer) && strcmp(offer->family, own->family) == 0)
            held->targets[held->n_targets++] = (struct target){o, offer_size_quarters(offer)};
        else if (!flexible && strcmp(offer->sku, own->sku) == 0)
            held->targets[held->n_targets++] = (struct target){o, 1};
    }
    qsort(held->targets, (size_t)held->n_targets, sizeof *held->targets, compare_targets);
}

static void build_held(struct billing *b) {
    b->held = arena_new(b->arena, struct held, b->in->n_commitments);
    for (int k = 0; k < b->in->n_commitments; k++) {
        b->held[k].own_weight = 1;
        if (is_reserved(&b->in->commitments[k]))
            find_targets(b, k);
        b->held[k].burn_per_nano = BURN_PER_NANO * b->held[k].own_weight;
    }
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

/* Money of a line's units at a rate. */
static usd_nano cost_of(const struct line *line, int128 units, usd_pico rate) {
    return divide_round(units * rate, (int128)line->per * line->meter->grain * 1000);
}

static int64_t in_ledger_units(const struct line *line, int128 units) {
    return divide_round(units, line->meter->grain);
}

/* What whole units leave of them. */
static double part_of(int128 units, int64_t whole, int64_t grain) {
    return (double)(units - (int128)whole * grain) / (double)grain;
}

static void add_charge(struct billing *b, struct charge charge) {
    if (charge.quantity == 0 && charge.part == 0 && charge.effective == 0 && charge.list == 0)
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

/* Take the next units of a line out of the hour: quantity and list cost from its running place. */
static struct charge take(struct line *line, int hour, int128 units) {
    const struct usage_series *s = line->series;
    int128 before = line->covered, after = before + units;
    line->covered = after;
    usd_pico rate = line->quote->rate;
    int64_t whole = in_ledger_units(line, after) - in_ledger_units(line, before);
    return (struct charge){
        .kind = line->meter->kind,
        .usage = line->meter->usage,
        .hour = hour,
        .offer = s->offer,
        .workload = s->workload,
        .commitment = -1,
        .reservation =
            s->lane == LANE_IN_RESERVATION || s->lane == LANE_IDLE_RESERVATION ? s->holder : -1,
        .quantity = whole,
        .part = part_of(units, whole, line->meter->grain),
        .list = line->queue == QUEUE_RUNNING || line->queue == QUEUE_LAST
                    ? cost_of(line, after, rate) - cost_of(line, before, rate)
                    : 0};
}

/* A zonal reserved instance reaches its zone alone, outside of capacity reservations. */
static bool reaches(int zone, const struct line *line) {
    return zone == 0 || (line->series->zone == zone && line->series->lane == LANE_ON_DEMAND);
}

static int128 uncovered(const struct billing *b, struct span span, int zone) {
    int128 sum = 0;
    for (int i = span.first; i < span.first + span.n; i++)
        if (reaches(zone, &b->lines[i]))
            sum += b->lines[i].used - b->lines[i].covered;
    return sum;
}

static usd_nano burn_cost(const struct held *held, int128 burned) {
    return divide_round(burned, held->burn_per_nano);
}

/* A commitment pays for the next units of a line. */
static void charge_used(struct billing *b, int hour, int k, struct line *line, int128 units,
                        int128 burn) {
    struct held *held = &b->held[k];
    usd_nano before = burn_cost(held, held->burned);
    held->burned += burn;
    struct charge charge = take(line, hour, units);
    charge.kind = CHARGE_COMMITMENT_USED;
    charge.commitment = k;
    charge.effective = burn_cost(held, held->burned) - before;
    held->used += charge.effective;
    add_charge(b, charge);
}

/* Cover `cover` of the `open` units of a span, each line its share: floors of a running sum, so the
 * shares add up and none exceeds its usage. What the shares burn, `each` a unit, adds up to `burn`:
 * the last one takes what is left of it. */
static void cover_span(struct billing *b, int hour, int k, struct span span, int zone, int128 cover,
                       int128 open, int128 each, int128 burn) {
    int128 seen = 0, given = 0;
    ENSURE(open <= (int128)10 * NS_PER_S * NS_PER_S);
    for (int i = span.first; i < span.first + span.n && given < cover; i++) {
        struct line *line = &b->lines[i];
        if (!reaches(zone, line))
            continue;
        seen += line->used - line->covered;
        int128 upto = cover * seen / open, share = upto - given;
        given = upto;
        if (share == 0)
            continue;
        int128 part = given == cover ? burn : share * each;
        burn -= part;
        charge_used(b, hour, k, line, share, part);
    }
    ENSURE(given == cover);
}

/* Nanoseconds of instances that a commitment to instances pays for in this hour. */
static int128 held_ns(const struct commitment *c, const struct held *held) {
    return (int128)llround(c->count * (double)NS_PER_S) * held->seconds;
}

static void apply_reserved(struct billing *b, int hour, int k, enum queue queue) {
    const struct commitment *c = &b->in->commitments[k];
    struct held *held = &b->held[k];
    for (int t = 0; t < held->n_targets && held->budget > 0; t++) {
        const struct target *target = &held->targets[t];
        struct span span = *span_of(b, COVER_INSTANCE, target->offer, queue);
        int128 open = uncovered(b, span, c->zone), cover = held->budget / target->weight;
        if (cover > open)
            cover = open;
        if (cover == 0)
            continue;
        int128 each = (int128)c->hourly * target->weight;
        held->budget -= cover * target->weight;
        cover_span(b, hour, k, span, c->zone, cover, open, each, cover * each);
    }
}

/* Burn of one unit of a line at 1e-12 dollars: whole, by the choice of the grains. */
static int128 burn_of_unit(const struct line *line) {
    return NS_PER_HOUR / ((int128)line->meter->per * line->meter->grain);
}

static void apply_plan(struct billing *b, int hour, const struct pairing *pairing,
                       enum queue queue) {
    struct held *held = &b->held[pairing->commitment];
    struct span span = *span_of(b, (int)pairing->cover_class, pairing->offer, queue);
    int128 open = uncovered(b, span, 0), cover = open;
    if (open == 0)
        return;
    int128 each = pairing->plan_rate * burn_of_unit(&b->lines[span.first]), burn = open * each;
    if (burn > held->budget) {
        cover = held->budget / each;
        burn = held->budget; /* the last fraction of a unit is used, not lost */
    }
    if (cover == 0)
        return;
    held->budget -= burn;
    cover_span(b, hour, pairing->commitment, span, 0, cover, open, each, burn);
}

/* Burn of a second of a model unit at 1e-12 dollars an hour. */
static int128 unit_burn(const struct commitment *c) {
    return (int128)c->hourly * NS_PER_S;
}

/* Model units carry the tokens of their own offer, whoever sends them. */
static void apply_units(struct billing *b, int hour, int k, enum queue queue) {
    const struct commitment *c = &b->in->commitments[k];
    struct held *held = &b->held[k];
    struct span span = *span_of(b, COVER_UNITS, c->offer, queue);
    int128 open = uncovered(b, span, 0), cover = held->budget < open ? held->budget : open;
    if (cover == 0)
        return;
    held->budget -= cover;
    cover_span(b, hour, k, span, 0, cover, open, unit_burn(c), cover * unit_burn(c));
}

/* ---- an hour ---- */

static void open_month(struct billing *b, int hour) {
    struct date start = b->in->start;
    if (start.year == 0)
        return;
    struct date day = calendar_date(calendar_days(start) + hour / 24);
    int month = day.year * 12 + day.month;
    if (month == b->month)
        return;
    memset(b->tier_used, 0, (size_t)LANES * (size_t)b->in->n_offers * sizeof *b->tier_used);
    b->month = month;
    for (int i = 0; i < b->n_lines; i++)
        if (usage_is_of_volume(b->lines[i].meter->usage))
            b->lines[i].per = 86400LL * calendar_days_in_month(day.year, day.month);
}

static void open_hour(struct billing *b, int hour) {
    int64_t from = (int64_t)hour * HOUR_S, to = from + HOUR_S;
    if (to > b->hours.n_seconds)
        to = b->hours.n_seconds;
    for (int k = 0; k < b->in->n_commitments; k++) {
        const struct commitment *c = &b->in->commitments[k];
        struct held *held = &b->held[k];
        int64_t begin = c->from_s > from ? c->from_s : from, end = c->to_s < to ? c->to_s : to;
        held->seconds = end > begin ? end - begin : 0;
        held->cost = held->used = 0;
        held->burned = held->budget = 0;
        if (commitment_kind_is_plan(c->terms.kind)) {
            held->budget = (int128)c->plan_usd_per_hour * 1000 * held->seconds * NS_PER_S;
            held->cost = burn_cost(held, held->budget);
        } else if (c->terms.kind == COMMIT_MODEL_UNITS) {
            held->budget = (int128)llround(c->count) * held->seconds;
            held->cost = burn_cost(held, held->budget * unit_burn(c));
        } else if (c->terms.kind != COMMIT_CAPACITY_RESERVATION) {
            held->budget = held_ns(c, held) * held->own_weight;
            held->cost = burn_cost(held, held->budget * c->hourly);
        }
    }
    for (int i = 0; i < b->n_lines; i++) {
        struct line *line = &b->lines[i];
        line->used = (int128)line->series->by_hour[hour] * line->meter->grain;
        line->covered = 0;
    }
    open_month(b, hour);
}

static void charge_blocks(struct billing *b, int hour) {
    for (int i = b->n_instance_lines; i < b->n_lines; i++) {
        struct line *line = &b->lines[i];
        if (line->series->lane == LANE_IN_BLOCK && line->used > 0)
            charge_used(b, hour, line->series->holder, line, line->used,
                        line->used * b->in->commitments[line->series->holder].hourly);
    }
}

/* Zonal, then regional, then those with size flexibility. */
static void apply_all_reserved(struct billing *b, int hour, enum queue queue) {
    for (int pass = 0; pass < 3; pass++)
        for (int k = 0; k < b->in->n_commitments; k++) {
            const struct commitment *c = &b->in->commitments[k];
            int own_pass = c->zone > 0 ? 0 : is_flexible(b, c) ? 2 : 1;
            if (is_reserved(c) && own_pass == pass && (c->owned || queue != QUEUE_OTHERS))
                apply_reserved(b, hour, k, queue);
        }
}

static void apply_all_units(struct billing *b, int hour) {
    for (int queue = 0; queue < QUEUES; queue++)
        for (int k = 0; k < b->in->n_commitments; k++)
            if (b->in->commitments[k].terms.kind == COMMIT_MODEL_UNITS &&
                (b->in->commitments[k].owned || queue != QUEUE_OTHERS))
                apply_units(b, hour, k, (enum queue)queue);
}

/* Each group of plans on others, on what runs, on what idles and on what comes last. */
static void apply_all_plans(struct billing *b, int hour) {
    for (int first = 0, next; first < b->n_pairings; first = next) {
        for (next = first;
             next < b->n_pairings && b->pairings[next].group == b->pairings[first].group;)
            next++;
        for (int queue = 0; queue < QUEUES; queue++)
            for (int i = first; i < next; i++)
                if (queue != QUEUE_OTHERS || b->in->commitments[b->pairings[i].commitment].owned)
                    apply_plan(b, hour, &b->pairings[i], (enum queue)queue);
    }
}

static void charge_unused(struct billing *b, int hour, int k) {
    const struct commitment *c = &b->in->commitments[k];
    const struct held *held = &b->held[k];
    bool plan = commitment_kind_is_plan(c->terms.kind);
    ENSURE(held->used <= held->cost);
    struct charge charge = {.kind = CHARGE_COMMITMENT_UNUSED,
                            .usage = c->terms.kind == COMMIT_MODEL_UNITS ? USAGE_MODEL_UNIT_S
                                                                         : USAGE_INSTANCE,
                            .hour = hour,
                            .offer = plan ? -1 : c->offer,
                            .workload = -1,
                            .commitment = k,
                            .reservation = -1,
                            .effective = held->cost - held->used};
    if (!plan && c->terms.kind != COMMIT_CAPACITY_RESERVATION) {
        int128 ns = held->burned / c->hourly / held->own_weight;
        charge.quantity = divide_round(held_ns(c, held), NS_PER_S) - divide_round(ns, NS_PER_S);
        charge.part = part_of(held_ns(c, held) - ns, charge.quantity, NS_PER_S);
    }
    add_charge(b, charge);
    b->bill.committed += held->cost;
}

/* What the month's units from `before` to `after` cost in tiers. */
static int128 tier_cost(const struct billing *b, const struct line *line, int128 before,
                        int128 after) {
    const struct quote *quote = line->quote;
    bool typical = b->in->start.year == 0;
    int128 sum = 0, from = before;
    for (int t = 0; t <= quote->n_tiers && from < after; t++) {
        int128 to = after;
        if (t < quote->n_tiers) {
            int128 bound = (int128)quote->tiers[t].from * line->per * line->meter->grain;
            bound = typical ? bound * b->hours.n_seconds / USAGE_MONTH_S : bound;
            to = bound < after ? bound : after;
        }
        if (to <= from)
            continue;
        sum += (to - from) * (t == 0 ? quote->rate : quote->tiers[t - 1].rate);
        from = to;
    }
    return sum;
}

/* Of a clock hour in a zone of the ledger. */
static usd_pico spot_rate(const struct offer *offer, int zone, int hour) {
    const struct spot_hours *by_hour = offer->spot_hours;
    usd_pico rate = 0;
    if (by_hour && zone >= 1 && zone <= by_hour->n_zones && hour < by_hour->n_hours)
        rate = by_hour->rates[(zone - 1) * by_hour->n_hours + hour];
    return rate > 0 ? rate : offer->spot.rate;
}

/* What nothing covers. Others pay their own, but their use counts for the tiers. */
static void charge_rest(struct billing *b, struct line *line, int hour) {
    const struct usage_series *s = line->series;
    int128 rest = line->used - line->covered;
    if (rest == 0)
        return;
    int counted = s->lane == LANE_WEIGHT_BYTES ? LANE_TRANSFER_BYTES : (int)s->lane;
    int128 *tier_used = &b->tier_used[counted * b->in->n_offers + s->offer];
    int128 before = *tier_used;
    *tier_used += rest;
    if (line->queue == QUEUE_OTHERS)
        return;
    usd_nano effective = 0;
    struct charge charge = take(line, hour, rest);
    if ((s->lane == LANE_SPOT || s->lane == LANE_SPOT_FREE) &&
        b->in->offers[s->offer].spot_hours != NULL)
        charge.zone = s->zone;
    if (line->queue == QUEUE_IDLE)
        effective = cost_of(line, line->used, line->quote->rate) -
                    cost_of(line, line->used - rest, line->quote->rate);
    else if (line->quote->n_tiers > 0 && (b->in->left_out >> BILL_RULE_TIERS & 1) == 0)
        charge.list = effective = divide_round(tier_cost(b, line, before, *tier_used),
                                               (int128)line->per * line->meter->grain * 1000);
    else if (s->lane == LANE_SPOT)
        effective = cost_of(line, rest, spot_rate(&b->in->offers[s->offer], s->zone, hour));
    else if (s->lane != LANE_SPOT_FREE)
        effective = charge.list;
    charge.effective = effective;
    add_charge(b, charge);
}

static void bill_hour(struct billing *b, int hour) {
    open_hour(b, hour);
    charge_blocks(b, hour);
    for (int queue = 0; queue < QUEUES; queue++)
        apply_all_reserved(b, hour, (enum queue)queue);
    apply_all_plans(b, hour);
    apply_all_units(b, hour);
    for (int i = 0; i < b->n_instance_lines; i++)
        charge_rest(b, &b->lines[i], hour);
    for (int k = 0; k < b->in->n_commitments; k++)
        charge_unused(b, hour, k);
    for (int i = b->n_instance_lines; i < b->n_lines; i++)
        charge_rest(b, &b->lines[i], hour);
}

static void add_monthly(struct billing *b) {
    struct bill_monthly *all = arena_new(b->arena, struct bill_monthly, LANES * b->in->n_offers);
    for (int i = 0; i < LANES * b->in->n_offers && b->in->start.year == 0; i++) {
        const struct meter *meter = bill_meter_of((enum lane)(i / b->in->n_offers));
        int offer = i % b->in->n_offers;
        const char *what;
        if (b->tier_used[i] > 0 &&
            (usage_is_of_volume(meter->usage) ||
             bill_quote_of(&b->in->offers[offer], meter->usage, &what)->n_tiers > 0))
            all[b->bill.n_monthly++] = (struct bill_monthly){
                meter->usage, offer, (double)b->tier_used[i] / (double)meter->grain};
    }
    b->bill.monthly = all;
}

bool bill_compute(struct arena *arena, const struct bill_input *input, struct bill *out,
                  struct err *err) {
    if (!bill_check(input, err))
        return false;
    struct billing b = {.arena = arena,
                        .in = input,
                        .tier_used = arena_new(arena, int128, LANES * input->n_offers)};
    usage_hours_build(arena, input->parts, input->n_parts, input->n_offers, input->commitments,
                      input->n_commitments, input->last_workloads_from, input->left_out, &b.hours);
    build_lines(&b);
    build_held(&b);
    build_pairings(&b);
    for (int hour = 0; hour < b.hours.n_hours; hour++)
        bill_hour(&b, hour);
    b.bill.n_charges = b.n_charges;
    b.bill.charges = b.charges;
    add_monthly(&b);
    ENSURE(b.bill.total_by_kind[CHARGE_COMMITMENT_USED] +
               b.bill.total_by_kind[CHARGE_COMMITMENT_UNUSED] ==
           b.bill.committed);
    *out = b.bill;
    return true;
}
