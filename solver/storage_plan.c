/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes are (age, tier from which on one may choose); a stay goes from (a, t) to (b, t + 1), and a
 * free arc from (a, t) to (a, t + 1) passes a tier over. One unit flows from (0, 0) to the age of
 * deletion. */
#include "solver/storage_plan.h"

#include <math.h>
#include <string.h>

#include "pricing/usage.h"
#include "solver/lp.h"

#define DAYS_PER_MONTH (365.25 / 12)
#define MIB_PER_GB ((double)BYTES_PER_BILLED_GB / 1048576)
#define KIB_PER_GB ((double)BYTES_PER_BILLED_GB / 1024)

/* Share read in the month of age a, when the share halves every `halving` months. */
static double read_share(const struct storage_class *c, int month) {
    return c->read_first * exp2(-month / c->read_halving);
}

/* What a tiered tier takes off the price of what it holds in the month of age `month`, in which the
 * data came to it at the age `from`: the shares not read for one and for three months. */
static double tiered_off(const struct storage_tier *tier, const struct storage_class *c, int from,
                         int month) {
    double unread_1 = 0, unread_3 = 0;
    if (month - from >= 1)
        unread_1 = exp(-read_share(c, month - 1));
    if (month - from >= 3)
        unread_3 =
            exp(-read_share(c, month - 1) - read_share(c, month - 2) - read_share(c, month - 3));
    return c->gb_per_month * (unread_1 * (tier->usd_per_gb_month - tier->usd_per_gb_month_30) +
                              unread_3 * (tier->usd_per_gb_month_30 - tier->usd_per_gb_month_90));
}

struct storage_stay storage_stay_of(const struct storage_tier *tier, const struct storage_class *c,
                                    double held, int from_month, int to_month) {
    enum { WATCHED_KIB_MIN = 128 };
    double objects = c->gb_per_month * MIB_PER_GB / c->object_mib;
    double gb = fmax(c->gb_per_month, objects * tier->object_kib_min / KIB_PER_GB) +
                objects * tier->index_kib / KIB_PER_GB;
    double months = fmax(to_month - from_month, tier->days_min / DAYS_PER_MONTH);
    bool watched = tier->access == ACCESS_TIERED && c->object_mib * 1024 >= WATCHED_KIB_MIN;
    double keep = storage_keep_usd(tier, held, gb * months);
    double usd = keep + (tier->enter_usd_per_1k + tier->index_usd_per_1k * months) * objects / 1000;
    for (int month = from_month; month < to_month; month++) {
        usd += read_share(c, month) *
               (tier->read_usd_per_gb * c->gb_per_month + tier->read_usd_per_1k * objects / 1000);
        if (watched)
            usd += tier->watch_usd_per_1k * objects / 1000 - tiered_off(tier, c, from_month, month);
    }
    return (struct storage_stay){.from_month = from_month,
                                 .to_month = to_month,
                                 .gb = gb * months,
                                 .keep_usd = keep,
                                 .usd = usd};
}

static bool allowed(const struct storage_tier *tier, const char *region,
                    const struct storage_class *c) {
    if (strcmp(tier->region, region) != 0 || tier->unknown[0] || tier->zones < c->zones_min ||
        (tier->access == ACCESS_DELAYED && c->instant))
        return false;
    return c->tier ? strcmp(tier->name, c->tier) == 0
                   : tier->access == ACCESS_INSTANT || tier->access == ACCESS_DELAYED ||
                         tier->access == ACCESS_TIERED;
}

/* The tier that the class names, in the region; else told with the nearest name or the regions that
 * have it. */
static const struct storage_tier *named_tier(const struct storage_tiers *book, const char *region,
                                             const struct storage_class *c, struct arena *arena,
                                             struct err *err) {
    const char **here = arena_new(arena, const char *, book->n);
    struct text elsewhere = {.arena = arena};
    size_t n = 0;
    for (int t = 0; t < book->n; t++) {
        const struct storage_tier *tier = &book->tiers[t];
        bool named = strcmp(tier->name, c->tier) == 0;
        if (strcmp(tier->region, region) == 0) {
            if (named)
                return tier;
            here[n++] = tier->name;
        } else if (named) {
            text_printf(&elsewhere, "%s%s", elsewhere.n ? ", " : "", tier->region);
        }
    }
    err_set(err, ERR_INPUT, "storage '%s': there is no tier %s in %s", c->name, c->tier, region);
    const char *near = text_nearest(bytes_of(c->tier), here, n);
    if (elsewhere.n)
        err_hint(err, "the book has it in %s", elsewhere.data);
    else if (near)
        err_hint(err, "did you mean '%s'?", near);
    return NULL;
}

/* Why no tier may hold the class, and the way out where there is one. */
static bool no_tier(const struct storage_tiers *book, const char *region,
                    const struct storage_class *c, struct arena *arena, struct err *err) {
    if (!c->tier)
        return err_set(err, ERR_INPUT, "storage '%s': no tier in %s may hold it", c->name, region);
    const struct storage_tier *tier = named_tier(book, region, c, arena, err);
    if (!tier)
        return false;
    if (tier->unknown[0]) {
        err_set(err, ERR_INPUT, "storage '%s' cannot be in %s: %s", c->name, c->tier,
                tier->unknown);
        err_hint(err, "put that rate into a price book of your own");
    } else if (tier->zones < c->zones_min) {
        err_set(err, ERR_INPUT, "storage '%s' cannot be in %s: it has copies in %d zone%s, not %d",
                c->name, c->tier, tier->zones, tier->zones == 1 ? "" : "s", c->zones_min);
        err_hint(err, "write zones: %d, if the data may be lost with %s, or name another tier",
                 tier->zones, tier->zones == 1 ? "it" : "them");
    } else {
        err_set(err, ERR_INPUT, "storage '%s' cannot be in %s: its reads must wait", c->name,
                c->tier);
        err_hint(err, "write instant: off, if they may, or name another tier");
    }
    return false;
}

static bool check(const struct storage_class *c, struct err *err) {
    if (!(c->gb_per_month > 0 && c->gb_per_month <= 1e12) ||
        !(c->object_mib > 0 && c->object_mib <= 1e9))
        return err_set(err, ERR_INPUT, "storage '%s': sizes must be above 0 and finite", c->name);
    if (c->months < 1 || c->months > STORAGE_MONTHS_MAX)
        return err_set(err, ERR_INPUT, "storage '%s': kept for 1 to %d months, not %d", c->name,
                       STORAGE_MONTHS_MAX, c->months);
    if (!(c->iops >= 0 && c->iops <= 1e9) || !(c->mbps >= 0 && c->mbps <= 1e9))
        return err_set(err, ERR_INPUT, "storage '%s': IOPS and throughput must be finite", c->name);
    if (!(c->read_first >= 0 && c->read_first <= 1000) || !(c->read_halving > 0))
        return err_set(err, ERR_INPUT, "storage '%s': the share read must be 0 to 1000", c->name);
    return true;
}

struct stays {
    int n;
    struct storage_stay *items;
    int *columns; /* of the programme */
};

/* All stays in the n tiers open to the class, and the network of them. */
static void build(struct lp *lp, const struct storage_tiers *book, const struct storage_class *c,
                  const double *held, const int *tiers, int n, struct stays *stays) {
    int *nodes = arena_new(lp->arena, int, (c->months + 1) * (n + 1));
    for (int age = 0; age <= c->months; age++)
        for (int t = 0; t <= n; t++) {
            double supply = age == 0 && t == 0 ? 1 : age == c->months && t == n ? -1 : 0;
            nodes[age * (n + 1) + t] = lp_add_row(lp, supply, supply, "age_%d_tier_%d", age, t);
        }
    stays->items = arena_new(lp->arena, struct storage_stay, n * c->months * (c->months + 1) / 2);
    stays->columns = arena_new(lp->arena, int, n * c->months * (c->months + 1) / 2);
    for (int age = 0; age <= c->months; age++)
        for (int t = 0; t < n; t++) {
            int pass = lp_add_column(lp, 0, 0, 1, "pass_%d_%d", age, t);
            lp_set(lp, nodes[age * (n + 1) + t], pass, 1);
            lp_set(lp, nodes[age * (n + 1) + t + 1], pass, -1);
            for (int to = age + 1; to <= c->months; to++) {
                struct storage_stay item =
                    storage_stay_of(&book->tiers[tiers[t]], c, held ? held[tiers[t]] : 0, age, to);
                item.tier = tiers[t];
                int stay = lp_add_column(lp, item.usd, 0, 1, "stay_%d_%d_%d", age, to, t);
                lp_set(lp, nodes[age * (n + 1) + t], stay, 1);
                lp_set(lp, nodes[to * (n + 1) + t + 1], stay, -1);
                stays->columns[stays->n] = stay;
                stays->items[stays->n++] = item;
            }
        }
}

/* IOPS and throughput of the one volume that holds a class, beside its gigabytes. */
static bool add_provisioned(const struct storage_tiers *book, const struct storage_class *c,
                            struct storage_plan *out, struct err *err) {
    double usd = 0;
    const char *reason = "";
    if (c->iops <= 0 && c->mbps <= 0)
        return true;
    const struct storage_tier *tier = &book->tiers[out->stays[0].tier];
    if (tier->access != ACCESS_BLOCK)
        return err_set(err, ERR_INPUT,
                       "storage '%s': only a volume has IOPS and throughput, %s "
                       "is none",
                       c->name, tier->name);
    if (!storage_volume_usd(tier, c->iops, c->mbps, &usd, &reason))
        return err_set(err, ERR_INPUT, "storage '%s': %s", c->name, reason);
    out->stays[0].usd += usd;
    out->usd_per_month += usd;
    out->warmest_usd_per_month += usd;
    out->estimated = out->estimated || (c->iops > 0 && tier->iops.status == PRICE_ESTIMATED) ||
                     (c->mbps > 0 && tier->mbps.status == PRICE_ESTIMATED);
    return true;
}

bool storage_plan_solve(struct arena *arena, const struct storage_tiers *book, const char *region,
                        const struct storage_class *c, const double *held, struct storage_plan *out,
                        struct err *err) {
    int tiers[STORAGE_TIERS_MAX], n = 0;
    if (!check(c, err))
        return false;
    for (int t = 0; t < book->n; t++) {
        if (!allowed(&book->tiers[t], region, c))
            continue;
        if (n == STORAGE_TIERS_MAX)
            return err_set(err, ERR_INPUT, "more than %d tiers of storage in %s", n, region);
        tiers[n++] = t;
    }
    if (n == 0)
        return no_tier(book, region, c, arena, err);
    struct lp lp;
    struct stays stays = {0};
    struct lp_solution solution;
    lp_open(&lp, arena, "storage");
    build(&lp, book, c, held, tiers, n, &stays);
    if (!lp_solve(arena, &lp, &solution, err))
        return false;
    ENSURE(solution.status == LP_OPTIMAL); /* one tier for the whole life is a path */
    struct storage_stay warmest =
        storage_stay_of(&book->tiers[tiers[0]], c, held ? held[tiers[0]] : 0, 0, c->months);
    warmest.tier = tiers[0];
    *out = (struct storage_plan){.warmest_usd_per_month = warmest.usd, .warmest = warmest};
    /* Columns were made by age, so the stays of the path come in order. */
    for (int i = 0; i < stays.n; i++) {
        if (solution.primal[stays.columns[i]] < 0.5)
            continue;
        ENSURE(out->n < STORAGE_TIERS_MAX);
        out->stays[out->n++] = stays.items[i];
        out->usd_per_month += stays.items[i].usd;
        out->estimated = out->estimated || book->tiers[stays.items[i].tier].estimated;
    }
    ENSURE(out->n > 0 && out->stays[out->n - 1].to_month == c->months);
    return add_provisioned(book, c, out, err);
}

/* ---- who pays for the volume tiers ---- */

/* What a stay's gigabytes cost as their share of all that the tier holds; returns what it adds. */
static double share_keep(const struct storage_tiers *book, struct storage_stay *stay, double all) {
    double usd = storage_keep_usd(&book->tiers[stay->tier], 0, all) * (stay->gb / all);
    double more = usd - stay->keep_usd;
    stay->keep_usd = usd;
    stay->usd += more;
    return more;
}

/* Gigabytes of a plan in a tier, which it enters once at most. */
static double kept_in(const struct storage_plan *plan, int tier) {
    for (int s = 0; s < plan->n; s++)
        if (plan->stays[s].tier == tier)
            return plan->stays[s].gb;
    return 0;
}

void storage_plan_share(const struct storage_tiers *book, struct storage_plan *plans, int n,
                        const double *held) {
    for (int i = 0; i < n; i++) {
        struct storage_plan *plan = &plans[i];
        struct storage_stay *warmest = &plan->warmest;
        double others = held[warmest->tier] - kept_in(plan, warmest->tier);
        plan->warmest_usd_per_month += share_keep(book, warmest, others + warmest->gb);
        for (int s = 0; s < plan->n; s++)
            plan->usd_per_month += share_keep(book, &plan->stays[s], held[plan->stays[s].tier]);
    }
}
