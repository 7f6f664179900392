/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes are (age, tier from which on one may choose); a stay goes from (a, t) to (b, t + 1), and a
 * free arc from (a, t) to (a, t + 1) passes a tier over. One unit flows from (0, 0) to the age of
 * deletion. */
#include "solver/storage_plan.h"

#include <math.h>
#include <string.h>

#include "solver/lp.h"

#define DAYS_PER_MONTH (365.25 / 12)
#define MIB_PER_GB (1e9 / 1048576)
#define KIB_PER_GB (1e9 / 1024)

/* Share read in the month of age a, when the share halves every `halving` months. */
static double read_share(const struct storage_class *c, int month) {
    return c->read_first * exp2(-month / c->read_halving);
}

double storage_stay_usd(const struct storage_tier *tier, const struct storage_class *c,
                        int from_month, int to_month) {
    double objects = c->gb_per_month * MIB_PER_GB / c->object_mib;
    double gb = fmax(c->gb_per_month, objects * tier->object_kib_min / KIB_PER_GB);
    double months = fmax(to_month - from_month, tier->days_min / DAYS_PER_MONTH);
    double usd = tier->usd_per_gb_month * gb * months + tier->enter_usd_per_1k * objects / 1000;
    for (int month = from_month; month < to_month; month++)
        usd += read_share(c, month) *
               (tier->read_usd_per_gb * c->gb_per_month + tier->read_usd_per_1k * objects / 1000);
    return usd;
}

static bool allowed(const struct storage_tier *tier, const char *region,
                    const struct storage_class *c) {
    if (strcmp(tier->region, region) != 0 || tier->unknown[0] || tier->zones < c->zones_min ||
        (tier->access == ACCESS_DELAYED && c->instant))
        return false;
    return c->tier ? strcmp(tier->name, c->tier) == 0
                   : tier->access == ACCESS_INSTANT || tier->access == ACCESS_DELAYED;
}

/* Why no tier may hold the class. */
static bool no_tier(const struct storage_tiers *book, const char *region,
                    const struct storage_class *c, struct err *err) {
    for (int t = 0; t < book->n; t++) {
        const struct storage_tier *tier = &book->tiers[t];
        if (!c->tier || strcmp(tier->name, c->tier) != 0 || strcmp(tier->region, region) != 0)
            continue;
        return err_set(err, ERR_INPUT, "storage '%s' cannot be in %s: %s", c->name, c->tier,
                       tier->unknown[0]             ? tier->unknown
                       : tier->zones < c->zones_min ? "it has copies in fewer zones"
                                                    : "its reads must wait");
    }
    return err_set(err, ERR_INPUT, "storage '%s': no tier in %s may hold it", c->name, region);
}

static bool check(const struct storage_class *c, struct err *err) {
    if (!(c->gb_per_month > 0 && c->gb_per_month <= 1e12) ||
        !(c->object_mib > 0 && c->object_mib <= 1e9))
        return err_set(err, ERR_INPUT, "storage '%s': sizes must be above 0 and finite", c->name);
    if (c->months < 1 || c->months > STORAGE_MONTHS_MAX)
        return err_set(err, ERR_INPUT, "storage '%s': kept for 1 to %d months, not %d", c->name,
                       STORAGE_MONTHS_MAX, c->months);
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
                  const int *tiers, int n, struct stays *stays) {
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
                double usd = storage_stay_usd(&book->tiers[tiers[t]], c, age, to);
                int stay = lp_add_column(lp, usd, 0, 1, "stay_%d_%d_%d", age, to, t);
                lp_set(lp, nodes[age * (n + 1) + t], stay, 1);
                lp_set(lp, nodes[to * (n + 1) + t + 1], stay, -1);
                stays->columns[stays->n] = stay;
                stays->items[stays->n++] = (struct storage_stay){tiers[t], age, to, usd};
            }
        }
}

bool storage_plan_solve(struct arena *arena, const struct storage_tiers *book, const char *region,
                        const struct storage_class *c, struct storage_plan *out, struct err *err) {
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
        return no_tier(book, region, c, err);
    struct lp lp;
    struct stays stays = {0};
    struct lp_solution solution;
    lp_open(&lp, arena, "storage");
    build(&lp, book, c, tiers, n, &stays);
    if (!lp_solve(arena, &lp, &solution, err))
        return false;
    ENSURE(solution.status == LP_OPTIMAL); /* one tier for the whole life is a path */
    *out = (struct storage_plan){.warmest_usd_per_month =
                                     storage_stay_usd(&book->tiers[tiers[0]], c, 0, c->months)};
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
    return true;
}
