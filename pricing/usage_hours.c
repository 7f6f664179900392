/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/usage_hours.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "pricing/bill.h"

__extension__ typedef __int128 int128;

/* ---- rows to series ---- */

/* A series while rows are added. */
struct builder {
    int64_t *by_hour;
    int64_t *count_change; /* [n_hours + 1] of instances running the whole hour */
};

struct slots {
    struct arena *arena;
    int n_hours, n_offers, n_workloads; /* workloads from USAGE_OTHERS */
    int n_zones;
    bool zoned; /* zones are told apart; of spot they always are, for its prices */
    unsigned left_out;
    struct builder *at; /* [LANES x n_offers x n_zones x n_workloads] */
};

static int zone_of(bool zoned, const struct usage_row *row) {
    return zoned || row->spot ? row->zone : 0;
}

static size_t slot_of(const struct slots *slots, enum lane lane, const struct usage_row *row) {
    size_t at = (size_t)lane * (size_t)slots->n_offers + (size_t)row->offer;
    at = at * (size_t)slots->n_zones + (size_t)zone_of(slots->zoned, row);
    return at * (size_t)slots->n_workloads + (size_t)(row->workload - USAGE_OTHERS);
}

static struct builder *builder_of(struct slots *slots, enum lane lane,
                                  const struct usage_row *row) {
    struct builder *b = &slots->at[slot_of(slots, lane, row)];
    if (!b->by_hour) {
        b->by_hour = arena_new(slots->arena, int64_t, slots->n_hours);
        b->count_change = arena_new(slots->arena, int64_t, slots->n_hours + 1);
    }
    return b;
}

static bool is_left_out(unsigned left_out, enum bill_rule rule) {
    return (left_out >> rule & 1) != 0;
}

/* Interrupted by the provider within the first hour. */
static bool is_free(const struct usage_row *row, unsigned left_out) {
    return row->interrupted && row->to_s - row->from_s < SPOT_FREE_S &&
           !is_left_out(left_out, BILL_RULE_FREE_HOUR);
}

/* First second after a row's billed life: 60 s at the least unless it is free, never past
 * n_seconds. */
static int64_t billed_end(const struct usage_row *row, int64_t n_seconds, unsigned left_out) {
    int64_t end = row->from_s + LAUNCH_MIN_S;
    if (row->to_s > end || is_free(row, left_out) || is_left_out(left_out, BILL_RULE_MINIMUM))
        end = row->to_s;
    return end < n_seconds ? end : n_seconds;
}

static void add_instances(struct builder *b, int64_t from, int64_t to, int64_t n) {
    if (to == from)
        return;
    int64_t first = from / HOUR_S, last = (to - 1) / HOUR_S;
    if (first == last) {
        b->by_hour[first] += n * (to - from);
        return;
    }
    b->by_hour[first] += n * ((first + 1) * HOUR_S - from);
    b->by_hour[last] += n * (to - last * HOUR_S);
    b->count_change[first + 1] += n;
    b->count_change[last] -= n;
}

static enum lane lane_of(const struct usage_row *row, unsigned left_out) {
    static const enum lane lanes[USAGE_KINDS] = {
        LANE_ON_DEMAND,     LANE_MB_MS,          LANE_REQUESTS,          LANE_INPUT_TOKENS,
        LANE_OUTPUT_TOKENS, LANE_CACHED_TOKENS,  LANE_PROVISIONED_MB_MS, LANE_HELD_MB_S,
        LANE_MODEL_UNIT_S,  LANE_TRANSFER_BYTES, LANE_VOLUME_GB_S,       LANE_VOLUME_IOPS_S,
        LANE_VOLUME_MBPS_S, LANE_WEIGHT_BYTES,   LANE_WEIGHT_READS};
    if (!row->spot)
        return lanes[row->kind];
    return is_free(row, left_out) ? LANE_SPOT_FREE : LANE_SPOT;
}

static void add_row(struct slots *slots, const struct usage_row *row, int64_t n_seconds) {
    struct builder *b = builder_of(slots, lane_of(row, slots->left_out), row);
    if (row->kind == USAGE_INSTANCE) {
        add_instances(b, row->from_s, billed_end(row, n_seconds, slots->left_out), row->quantity);
        return;
    }
    int64_t *sum = &b->by_hour[row->from_s / HOUR_S];
    ENSURE(!__builtin_add_overflow(*sum, row->quantity, sum));
}

static struct usage_series *add_series(struct arena *arena, struct usage_hours *hours,
                                       struct usage_series series) {
    if (hours->n_series == hours->capacity) {
        int capacity = hours->capacity ? 2 * hours->capacity : 32;
        hours->series = arena_grow(arena, hours->series, (size_t)hours->n_series, (size_t)capacity,
                                   sizeof *hours->series);
        hours->capacity = capacity;
    }
    hours->series[hours->n_series] = series;
    return &hours->series[hours->n_series++];
}

static void close_slots(const struct slots *slots, struct usage_hours *hours) {
    size_t at = 0;
    for (int lane = 0; lane < LANES; lane++)
        for (int o = 0; o < slots->n_offers; o++)
            for (int z = 0; z < slots->n_zones; z++)
                for (int w = 0; w < slots->n_workloads; w++, at++) {
                    const struct builder *b = &slots->at[at];
                    int64_t running = 0;
                    for (int h = 0; b->by_hour && h < hours->n_hours; h++) {
                        running += b->count_change[h];
                        b->by_hour[h] += running * HOUR_S;
                    }
                    if (b->by_hour)
                        add_series(slots->arena, hours,
                                   (struct usage_series){(enum lane)lane, o, z, w + USAGE_OTHERS,
                                                         -1, b->by_hour});
                }
}

/* ---- capacity that is held ----
 *
 * A block or a reservation takes instances second by second, not by the clock hour. Each offer
 * with one is walked from one launch or end to the next; in each stretch blocks take what runs,
 * then reservations, in the order given, each from all workloads in proportion. */

struct edge {
    int64_t at;
    int user;
    int64_t change;
};

/* The walk over one offer. */
struct walk {
    struct arena *arena;
    struct usage_hours *hours;
    const struct commitment *commitments;
    int n_holders, n_users;
    bool zoned;
    int last_workloads_from;
    unsigned left_out;
    int *holders;              /* commitments, blocks first */
    int *users;                /* series on demand */
    int *taken;                /* [n_holders x n_users] series that it moves to, -1 none yet */
    int *idle;                 /* [n_holders] series of what nothing runs in, -1 none yet */
    int64_t *running, *left_s; /* [n_users] */
};

static int compare_edges(const void *left, const void *right) {
    const struct edge *a = left, *b = right;
    return a->at < b->at ? -1 : a->at > b->at;
}

/* The series of a holder, made when it is first needed. */
static int64_t *hour_of(const struct walk *walk, int *slot, struct usage_series like, int hour) {
    if (*slot < 0) {
        like.by_hour = arena_new(walk->arena, int64_t, walk->hours->n_hours);
        *slot = walk->hours->n_series;
        add_series(walk->arena, walk->hours, like);
    }
    return &walk->hours->series[*slot].by_hour[hour];
}

static bool may_take(const struct commitment *c, const struct usage_series *user) {
    return c->zone == 0 || c->zone == user->zone;
}

/* Whole seconds: floors of a running sum, so the shares add up and none exceeds what is left. */
static void take_share(const struct walk *walk, int h, int64_t held_s, int hour) {
    int k = walk->holders[h];
    const struct commitment *c = &walk->commitments[k];
    bool block = c->terms.kind == COMMIT_CAPACITY_BLOCK;
    int64_t open = 0, seen = 0, given = 0;
    for (int u = 0; u < walk->n_users; u++)
        if (may_take(c, &walk->hours->series[walk->users[u]]))
            open += walk->left_s[u];
    int64_t cover = held_s < open ? held_s : open;
    for (int u = 0; u < walk->n_users && given < cover; u++) {
        const struct usage_series user = walk->hours->series[walk->users[u]];
        if (!may_take(c, &user))
            continue;
        seen += walk->left_s[u];
        int64_t upto = (int64_t)((int128)cover * seen / open), share = upto - given;
        given = upto;
        if (share == 0)
            continue;
        walk->left_s[u] -= share;
        user.by_hour[hour] -= share;
        struct usage_series to = user;
        to.lane = block ? LANE_IN_BLOCK : LANE_IN_RESERVATION;
        to.holder = k;
        *hour_of(walk, &walk->taken[h * walk->n_users + u], to, hour) += share;
    }
    struct usage_series rest = {.lane = LANE_IDLE_RESERVATION,
                                .offer = c->offer,
                                .zone = c->zone,
                                .workload = USAGE_OTHERS,
                                .holder = k};
    if (!block && held_s > cover)
        *hour_of(walk, &walk->idle[h], rest, hour) += held_s - cover;
}

static void walk_stretch(const struct walk *walk, int64_t from, int64_t to) {
    for (int u = 0; u < walk->n_users; u++)
        walk->left_s[u] = walk->running[u] * (to - from);
    for (int h = 0; h < walk->n_holders; h++) {
        const struct commitment *c = &walk->commitments[walk->holders[h]];
        if (c->from_s <= from && to <= c->to_s)
            take_share(walk, h, llround(c->count) * (to - from), (int)(from / HOUR_S));
    }
}

static int64_t next_stop(const struct walk *walk, int64_t now) {
    int64_t stop = (now / HOUR_S + 1) * HOUR_S;
    if (stop > walk->hours->n_seconds)
        stop = walk->hours->n_seconds;
    for (int h = 0; h < walk->n_holders; h++) {
        const struct commitment *c = &walk->commitments[walk->holders[h]];
        if (c->from_s > now && c->from_s < stop)
            stop = c->from_s;
        if (c->to_s > now && c->to_s < stop)
            stop = c->to_s;
    }
    return stop;
}

static int user_of(const struct walk *walk, const struct usage_row *row) {
    for (int u = 0; u < walk->n_users; u++) {
        const struct usage_series *s = &walk->hours->series[walk->users[u]];
        if (s->workload == row->workload && (s->zone == row->zone || !walk->zoned))
            return u;
    }
    ENSURE(false);
    return -1;
}

static struct edge *edges_of(const struct walk *walk, const struct usage_ledger *parts, int n_parts,
                             int offer, size_t *n) {
    size_t most = 0;
    for (int p = 0; p < n_parts; p++)
        most += 2 * (size_t)parts[p].n_rows;
    struct edge *edges = arena_new(walk->arena, struct edge, most);
    *n = 0;
    for (int p = 0; p < n_parts; p++)
        for (int i = 0; i < parts[p].n_rows; i++) {
            const struct usage_row *row = &parts[p].rows[i];
            if (row->kind != USAGE_INSTANCE || row->spot || row->offer != offer ||
                row->workload == USAGE_OTHERS ||
                usage_comes_last(walk->last_workloads_from, row->workload))
                continue;
            int user = user_of(walk, row);
            edges[(*n)++] = (struct edge){row->from_s, user, row->quantity};
            edges[(*n)++] = (struct edge){billed_end(row, walk->hours->n_seconds, walk->left_out),
                                          user, -row->quantity};
        }
    if (*n > 0)
        qsort(edges, *n, sizeof *edges, compare_edges);
    return edges;
}

static void walk_offer(struct walk *walk, const struct usage_ledger *parts, int n_parts,
                       int offer) {
    size_t n_edges, next = 0;
    const struct edge *edges = edges_of(walk, parts, n_parts, offer, &n_edges);
    for (int64_t now = 0; now < walk->hours->n_seconds;) {
        for (; next < n_edges && edges[next].at <= now; next++)
            walk->running[edges[next].user] += edges[next].change;
        int64_t stop = next_stop(walk, now);
        if (next < n_edges && edges[next].at < stop)
            stop = edges[next].at;
        walk_stretch(walk, now, stop);
        now = stop;
    }
}

/* Hour by hour: what runs in one may be held whenever it runs. */
static void walk_hours(struct walk *walk) {
    for (int hour = 0; hour < walk->hours->n_hours; hour++) {
        int64_t from = (int64_t)hour * HOUR_S, to = from + HOUR_S;
        if (to > walk->hours->n_seconds)
            to = walk->hours->n_seconds;
        for (int u = 0; u < walk->n_users; u++)
            walk->left_s[u] = walk->hours->series[walk->users[u]].by_hour[hour];
        for (int h = 0; h < walk->n_holders; h++) {
            const struct commitment *c = &walk->commitments[walk->holders[h]];
            int64_t begin = c->from_s > from ? c->from_s : from, end = c->to_s < to ? c->to_s : to;
            if (end > begin)
                take_share(walk, h, llround(c->count) * (end - begin), hour);
        }
    }
}

/* Zones matter when a commitment is in one. */
static bool is_zoned(const struct commitment *commitments, int n) {
    bool zoned = false;
    for (int k = 0; k < n; k++)
        zoned = zoned || commitments[k].zone > 0;
    return zoned;
}

static void hold_capacity(struct arena *arena, struct usage_hours *hours,
                          const struct usage_ledger *parts, int n_parts, int offer,
                          const struct commitment *commitments, int n_commitments,
                          int last_workloads_from, unsigned left_out) {
    struct walk walk = {.arena = arena,
                        .hours = hours,
                        .commitments = commitments,
                        .zoned = is_zoned(commitments, n_commitments),
                        .last_workloads_from = last_workloads_from,
                        .left_out = left_out,
                        .holders = arena_new(arena, int, n_commitments),
                        .users = arena_new(arena, int, hours->n_series)};
    for (int reservations = 0; reservations < 2; reservations++)
        for (int k = 0; k < n_commitments; k++)
            if (commitments[k].offer == offer &&
                commitments[k].terms.kind ==
                    (reservations ? COMMIT_CAPACITY_RESERVATION : COMMIT_CAPACITY_BLOCK))
                walk.holders[walk.n_holders++] = k;
    if (walk.n_holders == 0)
        return;
    for (int i = 0; i < hours->n_series; i++)
        if (hours->series[i].lane == LANE_ON_DEMAND && hours->series[i].offer == offer &&
            hours->series[i].workload != USAGE_OTHERS &&
            !usage_comes_last(last_workloads_from, hours->series[i].workload))
            walk.users[walk.n_users++] = i;
    int n_slots = walk.n_holders * walk.n_users;
    walk.taken = arena_new(arena, int, n_slots);
    walk.idle = arena_new(arena, int, walk.n_holders);
    for (int i = 0; i < n_slots; i++)
        walk.taken[i] = -1;
    for (int h = 0; h < walk.n_holders; h++)
        walk.idle[h] = -1;
    walk.running = arena_new(arena, int64_t, walk.n_users);
    walk.left_s = arena_new(arena, int64_t, walk.n_users);
    if (is_left_out(left_out, BILL_RULE_SECONDS))
        walk_hours(&walk);
    else
        walk_offer(&walk, parts, n_parts, offer);
}

/* ---- all ---- */

static struct slots open_slots(struct arena *arena, const struct usage_ledger *parts, int n_parts,
                               int n_offers, int n_hours, bool zoned) {
    struct slots slots = {.arena = arena,
                          .n_hours = n_hours,
                          .n_offers = n_offers,
                          .n_zones = 1,
                          .zoned = zoned,
                          .n_workloads = 0 - USAGE_OTHERS};
    for (int p = 0; p < n_parts; p++)
        for (int i = 0; i < parts[p].n_rows; i++) {
            const struct usage_row *row = &parts[p].rows[i];
            if (row->workload - USAGE_OTHERS >= slots.n_workloads)
                slots.n_workloads = row->workload - USAGE_OTHERS + 1;
            if (zone_of(zoned, row) >= slots.n_zones)
                slots.n_zones = row->zone + 1;
        }
    size_t n = (size_t)LANES * (size_t)n_offers * (size_t)slots.n_zones * (size_t)slots.n_workloads;
    slots.at = arena_new(arena, struct builder, n);
    return slots;
}

void usage_hours_build(struct arena *arena, const struct usage_ledger *parts, int n_parts,
                       int n_offers, const struct commitment *commitments, int n_commitments,
                       int last_workloads_from, unsigned left_out, struct usage_hours *out) {
    *out = (struct usage_hours){0};
    for (int p = 0; p < n_parts; p++)
        if (parts[p].n_seconds > out->n_seconds)
            out->n_seconds = parts[p].n_seconds;
    out->n_hours = (int)((out->n_seconds + HOUR_S - 1) / HOUR_S);
    struct slots slots = open_slots(arena, parts, n_parts, n_offers, out->n_hours,
                                    is_zoned(commitments, n_commitments));
    slots.left_out = left_out;
    for (int p = 0; p < n_parts; p++)
        for (int i = 0; i < parts[p].n_rows; i++)
            add_row(&slots, &parts[p].rows[i], out->n_seconds);
    close_slots(&slots, out);
    for (int o = 0; o < n_offers; o++)
        hold_capacity(arena, out, parts, n_parts, o, commitments, n_commitments,
                      last_workloads_from, left_out);
}
