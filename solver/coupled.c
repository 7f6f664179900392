/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/coupled.h"

#include <math.h>
#include <stdlib.h>

#include "solver/coverage.h"

enum { RISES_MAX = 12, HALVINGS = 4 };

/* What a row counts of a slot, beside what is bought. */
static double slot_value(struct arena *arena, const struct coupling *row, struct cover *cover,
                         const struct fleet *fleet, int slot) {
    const struct market *market = cover->market;
    struct arena_mark mark = arena_mark(arena);
    double *units = arena_new(arena, double, market->n_goods);
    double *counted = arena_new(arena, double, market->n_goods), paid = 0;
    struct cover_detail detail;
    cover_detail_open(arena, market, &detail);
    if (!row->carbon) {
        fleet_units(market, fleet, slot, units);
        paid = cover_price(cover, slot, units, &detail);
    }
    if (row->counts != NULL) {
        paid = 0;
        fleet_units_of(market, fleet, slot, row->counts, counted);
        for (int g = 0; g < market->n_goods; g++)
            paid += counted[g] * cover_mean_usd(market, &detail, units, g);
    }
    arena_rewind(arena, mark);
    return paid + fleet_slot_direct(market, row, fleet, slot);
}

/* What a plan comes to in a row. */
static double coupling_value(struct arena *arena, const struct market *market,
                             const struct coupling *coupling, const struct fleet *fleet,
                             const double *amount) {
    struct cover_order order;
    struct cover cover;
    cover_order_build(arena, market, &order);
    cover_open(arena, market, &order, amount, &cover);
    double value = coupling->fixed;
    for (int p = market->n_owned; p < market->n_pools; p++)
        value += coupling->per_unit[p] * amount[p];
    for (int s = 0; s < market->n_slots; s++)
        value += coupling->hours[s] * slot_value(arena, coupling, &cover, fleet, s);
    return value;
}

static double beyond(const struct market *market, const struct coupling_gap *gap) {
    const struct coupling *row = &market->couplings[gap->coupling];
    return (gap->reached - row->limit) / coupling_scale(row);
}

/* Of the first limit that the plan breaks, the period that lacks most: that is what it must be
 * raised to. */
static struct coupling_gap find_gap(struct arena *arena, const struct market *market,
                                    const struct whole *plan) {
    struct coupling_gap gap = {.coupling = -1};
    double *values = arena_new(arena, double, market->n_couplings);
    for (int c = 0; c < market->n_couplings; c++) {
        const struct coupling *row = &market->couplings[c];
        values[c] = coupling_value(arena, market, row, &plan->fleet, plan->amount);
        if (coupling_kept(row, values[c]))
            continue;
        struct coupling_gap found = {c, values[c], NULL};
        if (gap.coupling < 0 || (coupling_shares_limit(&market->couplings[gap.coupling], row) &&
                                 beyond(market, &found) > beyond(market, &gap)))
            gap = found;
    }
    gap.values = values;
    return gap;
}

/* Which fleet runs decides it, not only what is bought for it. */
static bool is_of_the_fleet(const struct coupling *row) {
    return row->carbon || row->counts != NULL;
}

/* The limit of carbon, else the first budget of some workloads. */
static const struct coupling *priced_row(const struct market *market) {
    const struct coupling *row = NULL;
    for (int c = 0; c < market->n_couplings; c++)
        if (market->couplings[c].carbon || (row == NULL && market->couplings[c].counts != NULL))
            row = &market->couplings[c];
    return row;
}

/* What is priced of an instance hour: its carbon; its cost on demand where a budget counts it. */
static const double *priced_amounts(struct arena *arena, const struct market *market,
                                    const struct coupling *row) {
    if (row == NULL || row->carbon)
        return row == NULL ? NULL : row->kg_per_instance;
    double *amounts = arena_new(arena, double, market->n_machines);
    for (int m = 0; m < market->n_machines; m++)
        for (int c = 0; c < market->n_couplings; c++)
            if (market->couplings[c].counts != NULL &&
                coupling_counts(&market->couplings[c], market->machines[m].workload))
                amounts[m] = market->goods[market->machines[m].good].on_demand_usd;
    return amounts;
}

/* USD/kg, or a share of what counts, that the programme's price of the row comes to; one that
 * matters where it has none. */
static double first_price(const struct market *market, const struct hourly_lp *hourly,
                          const struct lp_solution *solution, const struct coupling *row) {
    int index = (int)(row - market->couplings);
    double hours = 0;
    for (int s = 0; s < market->n_slots; s++)
        hours += row->hours[s];
    if (hourly->market->n_couplings == 0)
        return 0;
    return hours * hourly_lp_coupling_price(hourly, solution, index);
}

static double least_price(const struct market *market, const double *amounts) {
    double least = INFINITY;
    for (int m = 0; m < market->n_machines; m++)
        if (amounts[m] > 0)
            least = fmin(least, market->goods[market->machines[m].good].on_demand_usd / amounts[m]);
    return isfinite(least) && least > 0 ? least / 16 : 1;
}

/* ---- a limit of carbon, or of what some workloads cost ---- */

struct hunt {
    struct arena *arena;
    const struct market *market;
    const struct coupling *row;
    const double *amounts; /* [n_machines] priced of an instance hour */
    const struct hourly_lp *hourly;
    const struct lp_solution *solution;
    struct whole best, over; /* over: of the highest price that does not keep the limit */
    struct coupling_gap gap; /* of the best */
    double over_price;
};

static bool is_found(const struct whole *plan) {
    return plan->fleet.regular != NULL;
}

/* Kept where it keeps all rows and costs less, or comes nearer. */
static void take_better(struct hunt *hunt, const struct whole *found, struct coupling_gap gap) {
    bool kept = gap.coupling < 0;
    bool nearer = hunt->gap.coupling >= 0 && !kept &&
                  beyond(hunt->market, &gap) < beyond(hunt->market, &hunt->gap);
    bool cheaper = kept && (hunt->gap.coupling >= 0 || found->cost < hunt->best.cost);
    if (is_found(&hunt->best) && !nearer && !cheaper)
        return;
    hunt->best = *found;
    hunt->gap = gap;
}

/* The fleet at a price, with what is best to buy for it at no price. */
static bool at_no_price(struct hunt *hunt, double usd, struct whole *found, struct err *err) {
    if (hunt->row->carbon) {
        found->cost -= usd * fleet_mean_kg(hunt->market, hunt->row, &found->fleet);
        return true;
    }
    return whole_commit(hunt->arena, hunt->market, &found->fleet, found->amount, &found->cost, err);
}

/* The plan where a kg, or a dollar that counts, costs `usd`. */
static bool try_price(struct hunt *hunt, double usd, bool *kept, struct err *err) {
    const struct market *market = hunt->market;
    struct market priced = *market;
    priced.machines = arena_new(hunt->arena, struct machine, market->n_machines);
    for (int m = 0; m < market->n_machines; m++) {
        priced.machines[m] = market->machines[m];
        priced.machines[m].extra_usd += usd * hunt->amounts[m];
    }
    priced.uses = arena_new(hunt->arena, struct use, market->n_uses);
    for (int u = 0; u < market->n_uses; u++) {
        priced.uses[u] = market->uses[u];
        bool counts = hunt->row->counts != NULL && hunt->row->counts[market->uses[u].workload];
        priced.uses[u].usd_per_request *= counts ? 1 + usd : 1;
        priced.uses[u].rest_usd_per_request *= counts ? 1 + usd : 1;
    }
    struct whole found;
    if (!coverage_plan(hunt->arena, &priced, hunt->hourly, hunt->solution, &found, err))
        return false;
    *kept = false;
    if (found.failed_slot >= 0) {
        if (!is_found(&hunt->best))
            hunt->best = found;
        return true;
    }
    if (!at_no_price(hunt, usd, &found, err))
        return false;
    struct coupling_gap gap = find_gap(hunt->arena, market, &found);
    *kept = gap.coupling < 0;
    take_better(hunt, &found, gap);
    if (!*kept && usd >= hunt->over_price) {
        hunt->over = found;
        hunt->over_price = usd;
    }
    return true;
}

struct swap {
    int slot;
    double amount, usd; /* more and less over the horizon, with the other plan's fleet */
};

static int by_worth(const void *a, const void *b) {
    const struct swap *x = a, *y = b;
    double first = x->usd * y->amount, second = y->usd * x->amount;
    if (first != second)
        return first > second ? -1 : 1;
    return x->slot - y->slot;
}

static double slot_usd(struct cover *cover, const struct fleet *fleet, int slot, double *units) {
    fleet_units(cover->market, fleet, slot, units);
    return fleet_direct_usd(cover->market, fleet, slot) + cover_price(cover, slot, units, NULL);
}

/* A price moves all alike slots at once. Between the best plan and the one of a price just too low:
 * slots of that one as far as the limit allows, those first that save most for what they count. */
static bool mix(struct hunt *hunt, struct err *err) {
    const struct market *market = hunt->market;
    struct whole mixed = hunt->best;
    fleet_open(hunt->arena, market, &mixed.fleet);
    fleet_copy(market, &hunt->best.fleet, &mixed.fleet);
    mixed.amount = arena_new(hunt->arena, double, market->n_pools);
    for (int p = 0; p < market->n_pools; p++)
        mixed.amount[p] = hunt->best.amount[p];
    struct cover_order order;
    struct cover cover;
    cover_order_build(hunt->arena, market, &order);
    cover_open(hunt->arena, market, &order, mixed.amount, &cover);
    double *units = arena_new(hunt->arena, double, market->n_goods);
    struct swap *swaps = arena_new(hunt->arena, struct swap, market->n_slots);
    int n = 0;
    for (int s = 0; s < market->n_slots; s++) {
        double hours = hunt->row->hours[s];
        struct swap swap = {s,
                            hours *
                                (slot_value(hunt->arena, hunt->row, &cover, &hunt->over.fleet, s) -
                                 slot_value(hunt->arena, hunt->row, &cover, &hunt->best.fleet, s)),
                            hours * (slot_usd(&cover, &hunt->best.fleet, s, units) -
                                     slot_usd(&cover, &hunt->over.fleet, s, units))};
        if (swap.amount > 0 && swap.usd > 0)
            swaps[n++] = swap;
    }
    qsort(swaps, (size_t)n, sizeof *swaps, by_worth);
    double left = hunt->row->limit - coupling_value(hunt->arena, market, hunt->row,
                                                    &hunt->best.fleet, hunt->best.amount);
    for (int i = 0; i < n; i++)
        if (swaps[i].amount <= left) {
            fleet_copy_slot(market, &hunt->over.fleet, swaps[i].slot, &mixed.fleet);
            left -= swaps[i].amount;
        }
    if (!whole_commit(hunt->arena, market, &mixed.fleet, mixed.amount, &mixed.cost, err))
        return false;
    take_better(hunt, &mixed, find_gap(hunt->arena, market, &mixed));
    return true;
}

static bool keep_row(struct hunt *hunt, struct err *err) {
    double low = 0, price = first_price(hunt->market, hunt->hourly, hunt->solution, hunt->row);
    bool kept = false;
    for (int i = 0; i < RISES_MAX && !kept; i++) {
        if (i > 0) {
            low = price;
            price = fmax(2 * price, least_price(hunt->market, hunt->amounts));
        }
        if (!try_price(hunt, price, &kept, err))
            return false;
        if (!is_found(&hunt->best) ||
            (hunt->gap.coupling >= 0 &&
             !is_of_the_fleet(&hunt->market->couplings[hunt->gap.coupling])))
            return true; /* no matter of the row */
    }
    for (int i = 0; kept && price > 0 && i < HALVINGS; i++) {
        double middle = (low + price) / 2;
        bool there;
        if (!try_price(hunt, middle, &there, err))
            return false;
        *(there ? &price : &low) = middle;
    }
    return !kept || !is_found(&hunt->over) || mix(hunt, err);
}

bool coupled_plan(struct arena *arena, const struct market *market, const struct hourly_lp *hourly,
                  const struct lp_solution *solution, struct whole *out, struct coupling_gap *gap,
                  struct err *err) {
    struct hunt hunt = {.arena = arena,
                        .market = market,
                        .row = priced_row(market),
                        .hourly = hourly,
                        .solution = solution,
                        .gap = {.coupling = -1}};
    hunt.amounts = priced_amounts(arena, market, hunt.row);
    *gap = hunt.gap;
    if (hunt.row == NULL) {
        bool solved = coverage_plan(arena, market, hourly, solution, out, err);
        if (solved && out->failed_slot < 0)
            *gap = find_gap(arena, market, out);
        return solved;
    }
    if (!keep_row(&hunt, err))
        return false;
    *out = hunt.best;
    *gap = hunt.gap;
    return true;
}
