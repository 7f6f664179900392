/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The plainest biller: it walks every second of every row, knows no workloads, keeps usage in long
 * double seconds and money in long double dollars, and picks the next best plan by looking through
 * all of them. It shares nothing with the biller but the rules of docs/model.md section 6.
 *
 *  `mutant` breaks one rule, for tests that must notice. */
#ifndef HEADROOM_TESTS_PRICING_NAIVE_BILLER_H
#define HEADROOM_TESTS_PRICING_NAIVE_BILLER_H

#include <math.h>
#include <string.h>

#include "pricing/bill.h"

enum naive_mutant {
    NAIVE_SOUND,
    NAIVE_NO_MINIMUM,
    NAIVE_NO_REFUND,
    NAIVE_LOWEST_SAVING_FIRST,
    NAIVE_LARGEST_AMOUNT_FIRST, /* of dollars saved, not of their share */
    NAIVE_COMPUTE_BEFORE_EC2,
    NAIVE_LARGEST_SIZE_FIRST,
    NAIVE_ALL_FLEXIBLE,
    NAIVE_ZONAL_ANYWHERE,
    NAIVE_UNUSED_CARRIES,
    NAIVE_BLOCK_BY_THE_HOUR,
    NAIVE_OTHERS_LAST,
    NAIVE_IDLE_FREE,
    NAIVE_TIERS_NEVER_END,
    NAIVE_NO_TIERS,
    NAIVE_TYPICAL_MONTHS, /* of 730 h, for volumes */
    NAIVE_PLANS_ON_FUNCTIONS_NOT,
    NAIVE_PLANS_ON_SAGEMAKER,
    NAIVE_DECIMAL_GB,
    NAIVE_WEIGHTS_IN_OWN_TIERS,
    NAIVE_MUTANTS
};

enum { NAIVE_OFFERS_MAX = 16, NAIVE_HELD_MAX = 16, NAIVE_ZONES = 4 };

typedef long double naive_money;
__extension__ typedef __int128 naive_int128;

struct naive_bill {
    naive_money by_kind[CHARGE_KINDS], list;
    naive_money used[NAIVE_HELD_MAX], unused[NAIVE_HELD_MAX];
};

/* What ran in an hour, and what of it is still to be paid. */
struct naive_hour {
    naive_money others[NAIVE_OFFERS_MAX][NAIVE_ZONES], outside[NAIVE_OFFERS_MAX][NAIVE_ZONES];
    naive_money reserved[NAIVE_OFFERS_MAX], idle[NAIVE_OFFERS_MAX];
    naive_money use[2][USAGE_KINDS][NAIVE_OFFERS_MAX]; /* of others, ours */
};

struct naive {
    const struct bill_input *in;
    enum naive_mutant mutant;
    struct naive_bill *out;
    struct naive_hour hour;
    naive_money left[NAIVE_HELD_MAX]; /* dollars, or seconds x quarters */
    naive_money tier_used[USAGE_KINDS][NAIVE_OFFERS_MAX];
    naive_money month_s; /* of the hour's calendar month; of a typical one */
};

static inline naive_money naive_usd(usd_pico rate) {
    return (naive_money)rate / 1e12L;
}

static inline naive_money naive_least(naive_money a, naive_money b) {
    return a < b ? a : b;
}

static inline bool naive_free(const struct naive *n, const struct usage_row *row) {
    return n->mutant != NAIVE_NO_REFUND && row->interrupted && row->to_s - row->from_s < 3600;
}

static inline bool naive_runs(const struct naive *n, const struct usage_row *row, int64_t s) {
    int64_t to = row->to_s;
    bool minimum =
        n->mutant != NAIVE_NO_MINIMUM && !(row->interrupted && row->to_s - row->from_s < 3600);
    if (minimum && to < row->from_s + 60)
        to = row->from_s + 60;
    return row->kind == USAGE_INSTANCE && s >= row->from_s && s < to;
}

static inline bool naive_is_held(const struct commitment *c, int64_t s) {
    return s >= c->from_s && s < c->to_s;
}

static inline naive_money naive_hourly(const struct bill_input *in, int offer) {
    return naive_usd(in->offers[offer].on_demand.rate);
}

/* One second: what runs where, and what blocks and reservations take of it. */
static inline void naive_second(struct naive *n, int64_t s) {
    int64_t runs[NAIVE_OFFERS_MAX][NAIVE_ZONES] = {{0}};
    const struct usage_ledger *ledger = &n->in->parts[0];
    for (int i = 0; i < ledger->n_rows; i++) {
        const struct usage_row *row = &ledger->rows[i];
        if (!naive_runs(n, row, s))
            continue;
        const struct offer *offer = &n->in->offers[row->offer];
        naive_money list = (naive_money)row->quantity * naive_usd(offer->on_demand.rate) / 3600;
        if (row->workload == USAGE_OTHERS) {
            n->hour.others[row->offer][row->zone] += (naive_money)row->quantity;
            continue;
        }
        n->out->list += list;
        if (!row->spot)
            runs[row->offer][row->zone] += row->quantity;
        else if (!naive_free(n, row))
            n->out->by_kind[CHARGE_SPOT] +=
                (naive_money)row->quantity * naive_usd(offer->spot.rate) / 3600;
    }
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < n->in->n_commitments; k++) {
            const struct commitment *c = &n->in->commitments[k];
            bool block = c->terms.kind == COMMIT_CAPACITY_BLOCK;
            if (!commitment_kind_holds_capacity(c->terms.kind) || block != (pass == 0) ||
                !naive_is_held(c, s))
                continue;
            int64_t *ran = &runs[c->offer][c->zone], taken = (int64_t)c->count;
            if (block && n->mutant == NAIVE_BLOCK_BY_THE_HOUR) /* as if it were reserved */
                continue;
            taken = taken < *ran ? taken : *ran;
            *ran -= taken;
            if (block) {
                n->out->used[k] += (naive_money)taken * naive_usd(c->hourly) / 3600;
                n->out->unused[k] +=
                    ((naive_money)c->count - (naive_money)taken) * naive_usd(c->hourly) / 3600;
            } else {
                n->hour.reserved[c->offer] += (naive_money)taken;
                n->hour.idle[c->offer] += (naive_money)c->count - (naive_money)taken;
            }
        }
    for (int o = 0; o < n->in->n_offers; o++)
        for (int z = 0; z < NAIVE_ZONES; z++)
            n->hour.outside[o][z] += (naive_money)runs[o][z];
}

/* ---- reserved instances ---- */

static inline bool naive_flexible(const struct naive *n, const struct commitment *c) {
    const struct offer *offer = &n->in->offers[c->offer];
    bool family = n->mutant == NAIVE_ALL_FLEXIBLE || strcmp(offer->family, "m5") == 0;
    return c->zone == 0 && family;
}

static inline naive_money naive_size(const struct offer *offer) {
    const char *size = strchr(offer->sku, '.') + 1;
    return strcmp(size, "large") == 0 ? 4 : strcmp(size, "xlarge") == 0 ? 8 : 16;
}

/* Seconds of an offer taken out of what a queue has left; a zone of -1 is all of them. */
static inline naive_money naive_take(struct naive *n, int queue, int offer, int zone,
                                     naive_money most) {
    naive_money taken = 0;
    struct naive_hour *hour = &n->hour;
    for (int z = 0; z < NAIVE_ZONES; z++) {
        if (zone >= 0 && z != zone)
            continue;
        naive_money *have = queue == 0 ? &hour->others[offer][z] : &hour->outside[offer][z];
        naive_money part = queue == 2 ? 0 : naive_least(*have, most - taken);
        *have -= part;
        taken += part;
    }
    naive_money *rest = queue == 2 ? &hour->idle[offer] : &hour->reserved[offer];
    if (queue > 0 && zone < 0) {
        naive_money part = naive_least(*rest, most - taken);
        *rest -= part;
        taken += part;
    }
    return taken;
}

static inline void naive_reserved(struct naive *n, int queue, int k) {
    const struct commitment *c = &n->in->commitments[k];
    bool flexible = naive_flexible(n, c);
    int zone = c->zone > 0 && n->mutant != NAIVE_ZONAL_ANYWHERE ? c->zone : -1;
    naive_money own = naive_size(&n->in->offers[c->offer]);
    for (int step = 0; step < 3; step++) { /* large, xlarge, 2xlarge */
        naive_money size = n->mutant == NAIVE_LARGEST_SIZE_FIRST ? 16 >> step : 4 << step;
        for (int o = 0; o < n->in->n_offers; o++) {
            const struct offer *offer = &n->in->offers[o], *mine = &n->in->offers[c->offer];
            if (offer->kind != OFFER_INSTANCE || naive_size(offer) != size ||
                strcmp(offer->family, mine->family) != 0 ||
                strcmp(offer->region, mine->region) != 0 || (!flexible && o != c->offer))
                continue;
            naive_money taken = naive_take(n, queue, o, zone, n->left[k] / size);
            n->left[k] -= taken * size;
            n->out->used[k] += taken * size / own * naive_usd(c->hourly) / 3600;
        }
    }
}

/* ---- plans ---- */

/* What a plan may cover: an instance by the hour, a function by the GB-second. */
static const enum usage_kind naive_covered[] = {USAGE_INSTANCE, USAGE_FUNCTION_MB_MS,
                                                USAGE_FUNCTION_PROVISIONED_MB_MS,
                                                USAGE_FUNCTION_HELD_MB_S};

static inline usd_pico naive_list_rate(const struct offer *offer, enum usage_kind usage) {
    return usage == USAGE_FUNCTION_MB_MS               ? offer->gb_second.rate
           : usage == USAGE_FUNCTION_PROVISIONED_MB_MS ? offer->provisioned_gb_second.rate
           : usage == USAGE_FUNCTION_HELD_MB_S         ? offer->held_gb_second.rate
           : usage == USAGE_FUNCTION_REQUESTS          ? offer->million_requests.rate
           : usage_is_of_transfer(usage)               ? offer->gigabyte.rate
           : usage == USAGE_WEIGHT_READS               ? offer->thousand_reads.rate
           : usage == USAGE_VOLUME_GB_S                ? offer->gb_month.rate
           : usage == USAGE_VOLUME_IOPS_S              ? offer->iops_month.rate
           : usage == USAGE_VOLUME_MBPS_S              ? offer->mbps_month.rate
                                                       : offer->on_demand.rate;
}

static inline naive_money naive_per(enum usage_kind usage) {
    return usage == USAGE_INSTANCE             ? 3600
           : usage == USAGE_FUNCTION_HELD_MB_S ? 1024
           : usage == USAGE_FUNCTION_REQUESTS  ? 1000000
           : usage_is_of_transfer(usage)       ? 1073741824
           : usage == USAGE_WEIGHT_READS       ? 1000
                                               : 1024000;
}

static inline usd_pico naive_plan_rate(const struct naive *n, int k, int o, enum usage_kind usage) {
    const struct commitment *c = &n->in->commitments[k];
    const struct offer *offer = &n->in->offers[o];
    if (usage != USAGE_INSTANCE) {
        if (offer->kind != OFFER_FUNCTION || c->terms.kind != COMMIT_PLAN_COMPUTE ||
            n->mutant == NAIVE_PLANS_ON_FUNCTIONS_NOT)
            return 0;
        const struct function_plan_rates *rates = &c->function_rates[o];
        return usage == USAGE_FUNCTION_MB_MS               ? rates->gb_second
               : usage == USAGE_FUNCTION_PROVISIONED_MB_MS ? rates->provisioned_gb_second
                                                           : rates->held_gb_second;
    }
    if (offer->kind != OFFER_INSTANCE)
        return 0;
    bool sagemaker = strcmp(offer->family, "ml") == 0;
    if (sagemaker != (c->terms.kind == COMMIT_PLAN_SAGEMAKER) &&
        n->mutant != NAIVE_PLANS_ON_SAGEMAKER)
        return 0;
    if (c->terms.kind == COMMIT_PLAN_EC2 &&
        (strcmp(c->family, offer->family) != 0 || strcmp(c->region, offer->region) != 0))
        return 0;
    return c->plan_rates[o];
}

struct naive_step {
    int k, o;
    enum usage_kind usage;
    usd_pico rate, list;
};

static inline bool naive_before(const struct naive *n, const struct naive_step *a,
                                const struct naive_step *b) {
    if (n->mutant == NAIVE_LARGEST_AMOUNT_FIRST)
        return a->list - a->rate > b->list - b->rate;
    naive_int128 x = (naive_int128)a->rate * b->list, y = (naive_int128)b->rate * a->list;
    if (x != y)
        return (x < y) != (n->mutant == NAIVE_LOWEST_SAVING_FIRST);
    return a->rate < b->rate;
}

/* The plans of a group on one queue: the next best until there is none. */
static inline void naive_plans(struct naive *n, enum commitment_kind group, int queue) {
    bool done[NAIVE_HELD_MAX][NAIVE_OFFERS_MAX][4] = {{{false}}};
    for (;;) {
        struct naive_step best = {.k = -1};
        int best_use = 0;
        for (int k = 0; k < n->in->n_commitments; k++)
            for (int o = 0; o < n->in->n_offers; o++)
                for (int u = 0; u < 4; u++) {
                    const struct commitment *c = &n->in->commitments[k];
                    if (c->terms.kind != group || done[k][o][u] || (queue == 0 && !c->owned))
                        continue;
                    struct naive_step step = {k, o, naive_covered[u],
                                              naive_plan_rate(n, k, o, naive_covered[u]),
                                              naive_list_rate(&n->in->offers[o], naive_covered[u])};
                    if (step.rate > 0 && (best.k < 0 || naive_before(n, &step, &best))) {
                        best = step;
                        best_use = u;
                    }
                }
        if (best.k < 0)
            return;
        done[best.k][best.o][best_use] = true;
        naive_money each = naive_usd(best.rate) / naive_per(best.usage);
        naive_money most = n->left[best.k] / each, taken = 0;
        if (best.usage == USAGE_INSTANCE) {
            taken = naive_take(n, queue, best.o, -1, most);
        } else if (queue < 2) {
            naive_money *use = &n->hour.use[queue][best.usage][best.o];
            taken = naive_least(*use, most);
            *use -= taken;
        }
        n->left[best.k] -= taken * each;
        n->out->used[best.k] += taken * each;
        if (queue == 1 && best.usage != USAGE_INSTANCE) /* instances: by the second */
            n->out->list += taken * naive_usd(best.list) / naive_per(best.usage);
    }
}

/* ---- what nothing covers ---- */

static inline const struct quote *naive_tiered(const struct offer *offer, enum usage_kind usage) {
    return usage == USAGE_FUNCTION_MB_MS ? &offer->gb_second
           : usage_is_of_transfer(usage) ? &offer->gigabyte
                                         : NULL;
}

/* Cost of a month's first `units`. */
static inline naive_money naive_tier_cost(const struct naive *n, const struct quote *quote,
                                          naive_money units, naive_money per) {
    naive_money share =
        n->in->start.year ? 1 : (naive_money)n->in->parts[0].n_seconds / (730 * 3600);
    naive_money cost = units * naive_usd(quote->rate) / per;
    for (int t = 0; t < quote->n_tiers && n->mutant != NAIVE_NO_TIERS; t++) {
        naive_money bound = floorl((naive_money)quote->tiers[t].from * per * share); /* units */
        usd_pico above = t == 0 ? quote->rate : quote->tiers[t - 1].rate;
        if (units > bound)
            cost -= (units - bound) * naive_usd(above - quote->tiers[t].rate) / per;
    }
    return cost;
}

static inline void naive_use(struct naive *n) {
    for (int u = 1; u < USAGE_KINDS; u++)
        for (int o = 0; o < n->in->n_offers; o++) {
            enum usage_kind usage = (enum usage_kind)u;
            const struct offer *offer = &n->in->offers[o];
            naive_money others = n->hour.use[0][u][o], ours = n->hour.use[1][u][o];
            if (others + ours <= 0)
                continue;
            bool decimal = n->mutant == NAIVE_DECIMAL_GB && usage_is_of_transfer(usage);
            int counted = usage == USAGE_WEIGHT_BYTES && n->mutant != NAIVE_WEIGHTS_IN_OWN_TIERS
                              ? USAGE_TRANSFER_BYTES
                              : u;
            naive_money per = decimal                     ? 1e9L
                              : usage_is_of_volume(usage) ? n->month_s
                                                          : naive_per(usage);
            naive_money usd = ours * naive_usd(naive_list_rate(offer, usage)) / per;
            const struct quote *tiered = naive_tiered(offer, usage);
            if (tiered) {
                naive_money from = n->tier_used[counted][o] + others, to = from + ours;
                usd = naive_tier_cost(n, tiered, to, per) - naive_tier_cost(n, tiered, from, per);
                n->tier_used[counted][o] = to;
            }
            n->out->list += usd;
            n->out->by_kind[usage == USAGE_TRANSFER_BYTES ? CHARGE_TRANSFER
                            : usage_is_of_volume(usage)   ? CHARGE_VOLUME
                            : usage >= USAGE_WEIGHT_BYTES ? CHARGE_WEIGHTS
                                                          : CHARGE_FUNCTION] += usd;
        }
}

static inline void naive_open_hour(struct naive *n, int64_t from, int64_t to) {
    struct naive_hour *hour = &n->hour;
    memset(hour, 0, sizeof *hour);
    for (int k = 0; k < n->in->n_commitments; k++) {
        const struct commitment *c = &n->in->commitments[k];
        int64_t seconds = 0;
        for (int64_t s = from; s < to; s++)
            seconds += naive_is_held(c, s);
        naive_money held = (naive_money)seconds;
        bool reserved = !commitment_kind_holds_capacity(c->terms.kind);
        if (n->mutant != NAIVE_UNUSED_CARRIES)
            n->left[k] = 0;
        if (commitment_kind_is_plan(c->terms.kind))
            n->left[k] += (naive_money)c->plan_usd_per_hour / 1e9L * held / 3600;
        else if (reserved ||
                 (n->mutant == NAIVE_BLOCK_BY_THE_HOUR && c->terms.kind == COMMIT_CAPACITY_BLOCK))
            n->left[k] += (naive_money)c->count * held * naive_size(&n->in->offers[c->offer]);
    }
    const struct usage_ledger *ledger = &n->in->parts[0];
    for (int i = 0; i < ledger->n_rows; i++) {
        const struct usage_row *row = &ledger->rows[i];
        if (row->kind != USAGE_INSTANCE && row->from_s >= from && row->from_s < to)
            hour->use[row->workload != USAGE_OTHERS][row->kind][row->offer] +=
                (naive_money)row->quantity;
    }
    for (int64_t s = from; s < to; s++)
        naive_second(n, s);
}

/* Zonal, regional, with size flexibility. */
static inline int naive_pass(const struct naive *n, const struct commitment *c) {
    return c->zone > 0 ? 0 : naive_flexible(n, c) ? 2 : 1;
}

static inline void naive_cover(struct naive *n) {
    static const enum commitment_kind orders[2][3] = {
        {COMMIT_PLAN_EC2, COMMIT_PLAN_COMPUTE, COMMIT_PLAN_SAGEMAKER},
        {COMMIT_PLAN_COMPUTE, COMMIT_PLAN_EC2, COMMIT_PLAN_SAGEMAKER}};
    static const int queues[2][3] = {{0, 1, 2}, {1, 2, 0}};
    const int *queue = queues[n->mutant == NAIVE_OTHERS_LAST];
    for (int q = 0; q < 3; q++)
        for (int pass = 0; pass < 3; pass++)
            for (int k = 0; k < n->in->n_commitments; k++) {
                const struct commitment *c = &n->in->commitments[k];
                bool reserved = c->terms.kind == COMMIT_RESERVED_STANDARD ||
                                c->terms.kind == COMMIT_RESERVED_CONVERTIBLE ||
                                (c->terms.kind == COMMIT_CAPACITY_BLOCK &&
                                 n->mutant == NAIVE_BLOCK_BY_THE_HOUR);
                if (reserved && naive_pass(n, c) == pass && (queue[q] > 0 || c->owned))
                    naive_reserved(n, queue[q], k);
            }
    for (int g = 0; g < 3; g++)
        for (int q = 0; q < 3; q++)
            naive_plans(n, orders[n->mutant == NAIVE_COMPUTE_BEFORE_EC2][g], queue[q]);
}

static inline void naive_close_hour(struct naive *n, bool last) {
    for (int o = 0; o < n->in->n_offers; o++) {
        if (n->in->offers[o].kind != OFFER_INSTANCE)
            continue;
        naive_money seconds = n->hour.reserved[o];
        for (int z = 0; z < NAIVE_ZONES; z++)
            seconds += n->hour.outside[o][z];
        n->out->by_kind[CHARGE_ON_DEMAND] += seconds * naive_hourly(n->in, o) / 3600;
        if (n->mutant != NAIVE_IDLE_FREE)
            n->out->by_kind[CHARGE_CAPACITY_UNUSED] +=
                n->hour.idle[o] * naive_hourly(n->in, o) / 3600;
    }
    naive_use(n);
    for (int k = 0; k < n->in->n_commitments; k++) {
        const struct commitment *c = &n->in->commitments[k];
        if (n->mutant == NAIVE_UNUSED_CARRIES && !last)
            continue;
        naive_money left = n->left[k];
        if (!commitment_kind_is_plan(c->terms.kind))
            left = left / naive_size(&n->in->offers[c->offer]) * naive_usd(c->hourly) / 3600;
        n->out->unused[k] += left;
    }
}

static inline struct naive_bill naive_bill_of(const struct bill_input *in,
                                              enum naive_mutant mutant) {
    struct naive_bill out = {{0}, 0, {0}, {0}};
    struct naive n = {.in = in, .mutant = mutant, .out = &out};
    int64_t end = in->parts[0].n_seconds;
    for (int64_t from = 0; from < end; from += 3600) {
        int64_t to = from + 3600 < end ? from + 3600 : end;
        struct date day = in->start;
        n.month_s = 730 * 3600;
        if (day.year && mutant != NAIVE_TYPICAL_MONTHS) {
            struct date now = calendar_date(calendar_days(day) + from / 86400);
            n.month_s = 86400 * calendar_days_in_month(now.year, now.month);
        }
        if (day.year && from % 86400 == 0 && mutant != NAIVE_TIERS_NEVER_END) {
            struct date today = calendar_date(calendar_days(day) + from / 86400);
            if (today.day == 1)
                memset(n.tier_used, 0, sizeof n.tier_used);
        }
        naive_open_hour(&n, from, to);
        naive_cover(&n);
        naive_close_hour(&n, to == end);
    }
    for (int k = 0; k < in->n_commitments; k++) {
        out.by_kind[CHARGE_COMMITMENT_USED] += out.used[k];
        out.by_kind[CHARGE_COMMITMENT_UNUSED] += out.unused[k];
    }
    return out;
}

#endif
