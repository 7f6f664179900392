/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What can be bought to serve what: the plan's input, checked and resolved to plain numbers, as
 * the programme, the whole-instance search and the explanations read it.
 *
 *  Machines are instance candidates with a price, uses are functions and token APIs, pools are
 * commitments: those owned, then each one that may be bought. A pool holds an amount (instances for
 * a reserved instance, plan-rate dollars an hour for a savings plan); an instance hour of offer o
 * that it covers draws use[o] from it, and each unit held costs `rate` an hour. A reserved instance
 * is thus a pool with use 1 on one offer, and with size flexibility the ratio of sizes on the
 * others of its family.
 *
 *  A commitment may be bought as a month of the horizon begins: one pool for each such day. It is
 * held from then until its term ends; a renewal is another purchase.
 *
 *  Hours with the same demand in which the same commitments are held are one slot (exact merging).
 *
 *  Ownership: everything in the arena; points into the plan_input, which must outlive it. */
#ifndef HEADROOM_SOLVER_MARKET_H
#define HEADROOM_SOLVER_MARKET_H

#include "solver/plan.h"
#include "solver/use_price.h"

#define PLAN_STEP_USD 0.001 /* savings plans are sold in steps of this many dollars an hour */

struct machine {
    int candidate, workload;
    int zone; /* of plan_spot: it is the candidate on spot in that zone alone; -1: the candidate on
                 regular capacity, and on spot spread over its zones */
    int n_group; /* of a machine without a zone: with it and those of its zones, which follow it;
                    they pool their capacity. 1 of those */
    int good;    /* index in market.goods: candidates of several workloads may share an offer */
    double rate; /* requests/s of one instance at the best group size, capacity factor included */
    bool regular, spot; /* may run on regular capacity, on spot */
    double
        spot_usd;     /* USD/h of one that runs, when spot: mean over the horizon, with the time in
                         which on demand stands in, and what its answers cost more on their way out */
    double extra_usd; /* of every instance hour that runs, however it is paid: what its carbon costs
                           the choice */
    double spot_useful; /* share of an instance that one on spot counts as while it runs, > 0 when
                           spot */
    const double *spot_price; /* [n_hours] over spot_usd; NULL: the same in every hour */
    const double *spot_runs;  /* [n_hours] share of the hour in which one asked for runs, 0: the
                                 market has none; NULL: always */
    double spot_price_least;  /* least of spot_price */
    double way_out_usd; /* USD/h beside what instances cost, when it carries `rate`: its volume, and
                           what its answers cost on their way out more than where that is cheapest;
                           spot has its own in spot_usd */
    double volume_usd;  /* USD/h of that for the volume, whatever it carries */
    double vcpu;
    int limit_regular, limit_spot; /* index in market.limits, -1 none */
    /* by whole instances, up to what the peak needs (n_rates of them, 0 included) */
    int n_rates;
    const double *rates;     /* requests/s of n instances */
    const double *best_each; /* highest rate per instance of any group up to n instances */
    double steepest;         /* the most that one more instance of such a group adds */
};

/** What a commitment may cover: an hour of an instance type that some machine runs on, or what one
 * request a second, for an hour, takes of a function's times that plans have rates for. */
struct good {
    int offer;
    int use;                   /* of a function: index in market.uses; -1: instances */
    struct function_time time; /* of a request on a function: what may be covered */
    double on_demand_usd;      /* USD/h, list */
    double uncovered_usd;      /* what an instance hour without commitment costs: on demand, or a
                                  prohibitive price where on demand is not allowed */
    int supply;                /* index in market.limits: what can be had on demand; -1: all */
};

struct use {
    int candidate, workload;
    int good;               /* index in market.goods: what plans may cover of it; -1: nothing */
    double usd_per_request; /* with what its way out costs more than the cheapest */
    double rest_usd_per_request; /* without the good: all of it where there is none */
    double rate_max;             /* requests/s, INFINITY: none */
};

struct pool {
    bool owned, reserved;
    bool zonal;   /* reserved in a zone: of its own type alone, and before regional ones */
    bool holds;   /* capacity: what runs in it need not be had on demand */
    bool refunds; /* a reservation of capacity: its hours are on-demand usage, run or not, and
                     what commitments cover of them costs `refund_usd` less */
    int good;     /* of it: its instance hours */
    double refund_usd;
    int zones;        /* bought zonal: as many instances in each of so many; else 0 */
    int owned_index;  /* in plan_input.owned */
    const char *name; /* of capacity that may be bought, else NULL */
    struct commitment_terms terms;
    int offer;                   /* reserved */
    const char *family, *region; /* EC2 Instance plans */
    double amount;               /* owned or fixed: what is held */
    double rate;                 /* USD/h per unit while it is held; plans: 1 */
    double upfront_usd;          /* per unit */
    double step;                 /* amounts are multiples of it: 1, one in each zone of zonal ones,
                                    plans PLAN_STEP_USD */
    bool fixed;                  /* a what-if: exactly `amount` is bought */
    int month;                   /* bought as this month of the horizon begins */
    int from_day, to_day;        /* of the horizon: held in [from, to); to INT_MAX: past its end */
    double held;                 /* share of the horizon, 0..1; `rate` x it is the mean USD/h */
    const double *use;           /* [n_goods] per unit of the good, 0: not covered */
    const usd_pico *plan_rates;  /* [n_offers], plans */
    const struct function_plan_rates *function_rates; /* [n_offers], Compute plans; or NULL */
    usd_pico hourly;                                  /* reserved */
};

/** A quota in one region that has machines; or what can be had of an instance type on demand. */
struct limit {
    int quota;  /* -1: of a supply */
    int supply; /* index in plan_input.supply; -1: of a quota */
    const char *region;
    double vcpu; /* of a supply: instances */
};

/** A limit over many hours of the horizon:
 *
 *      fixed + Sum_p per_unit_p y_p + Sum_s hours_s (what runs in an hour of s) <= limit
 *
 *  Of money what runs counts at its cost (an instance hour under a commitment nothing), of carbon
 * at kg, however it is paid. */
struct coupling {
    const char *name;  /* "the budget of FY27 Q1" */
    const char *where; /* "scenario.yaml:12"; NULL: not told */
    bool carbon;       /* kg CO2e; else USD */
    double limit, fixed;
    const double *hours;    /* [n_slots] hours of the horizon that count */
    const double *per_unit; /* [n_pools] of a unit bought */
    const bool *counts;     /* [n_workloads] money of these alone, and what covers them at its
                               rate as they use it; NULL: all */
    const double *kg_per_instance; /* [n_machines] an hour; NULL: money. What is paid by use has no
                                      figure: with a limit of carbon it is not in the market */
};

/** Why something of the market cannot be used at all. */
struct exclusion {
    int candidate; /* -1: a commitment */
    const char *option, *reason;
};

struct market {
    const struct plan_input *in;
    int n_machines, n_uses, n_goods, n_pools, n_owned, n_limits, n_slots, n_exclusions, n_couplings;
    struct machine *machines; /* by workload, in the order of candidates */
    struct use *uses;         /* by workload, cheapest first */
    struct good *goods;
    struct pool *pools; /* [n_pools] the first n_owned are owned */
    struct limit *limits;
    double beyond_supply_usd; /* an instance hour that can not be had costs so much: prohibitive */
    struct exclusion *exclusions;
    struct coupling *couplings;
    bool all_pools, all_ways; /* what another one beats stays in the programme too */
    int *slot_of_hour;        /* [n_hours] */
    int *hour_of_slot;        /* [n_slots] first hour of the slot */
    double *demand;           /* [n_workloads * n_slots] index workload * n_slots + slot */
    double *share;            /* [n_slots] of the horizon; sums to 1 */
    double *open;      /* [n_slots * n_pools] index slot * n_pools + pool: share of the amount held
                          that can be used (of what is bought: all), 0 where it is not held */
    double *fixed_usd; /* [n_slots] what is paid whatever runs: what is owned and active there,
                          and the cheapest way out of the answers */
    double *way_out;   /* [n_workloads] of that USD for a request */
    double *peak;      /* [n_workloads] */
    /* What losses ask for, as the programme has it (market_loss.c): */
    double keep;          /* share of an instance that is left when a zone is lost; 1: none is */
    double *spare;        /* [n_workloads] requests/s planned for beyond the demand: one instance */
    double regular_share; /* of the demand, that must be carried without spot */
    double spot_share;    /* of the demand, that spot may carry of what is left */
};

/** Of an instance asked for on spot in a slot: the share of the hour in which it runs, its price
 * while it runs over the machine's mean. */
static inline double market_spot_runs(const struct market *market, const struct machine *machine,
                                      int slot) {
    return machine->spot_runs ? machine->spot_runs[market->hour_of_slot[slot]] : 1;
}
static inline double market_spot_price(const struct market *market, const struct machine *machine,
                                       int slot) {
    return machine->spot_price ? machine->spot_price[market->hour_of_slot[slot]] : 1;
}

/** What it costs, USD/h, and what share of an instance it counts as. */
static inline double market_spot_usd(const struct market *market, const struct machine *machine,
                                     int slot) {
    return machine->spot_usd * market_spot_price(market, machine, slot) *
           market_spot_runs(market, machine, slot);
}
static inline double market_spot_useful(const struct market *market, const struct machine *machine,
                                        int slot) {
    return machine->spot_useful * market_spot_runs(market, machine, slot);
}

/** The supply that an instance of a machine draws on, by one, when `pool` (-1: none) pays for it;
 * -1: it need not be had on demand, or all can be. */
static inline int market_supply_of(const struct market *market, int machine, int pool) {
    return pool >= 0 && market->pools[pool].holds
               ? -1
               : market->goods[market->machines[machine].good].supply;
}

/** Whether what is held of a pool may cover the hours of a reservation. What holds capacity itself
 * reaches nothing in another's. */
static inline bool market_refunds(const struct market *market, int pool, int reservation) {
    const struct pool *of = &market->pools[reservation], *by = &market->pools[pool];
    return of->refunds && !by->holds && by->use[of->good] > 0;
}

/** By how many instances these units of goods [n_goods] are more than can be had in a slot with
 * these amounts [n_pools] held, and which supply lacks most (-1: none). */
double market_beyond_supply(const struct market *market, int slot, const double *units,
                            const double *amount, int *limit);

/** What a plan runs of a machine in an hour: it tells a candidate's instances together. */
int32_t market_regular_in(const struct market *market, const struct plan *plan, int machine,
                          int hour);
int32_t market_spot_in(const struct market *market, const struct plan *plan, int machine, int hour);

/** Index of what a machine that is in a zone has in a plan's spot_in_zone in an hour. */
size_t market_zone_cell(const struct market *market, const struct machine *machine, int hour);

/** "us-west-2a" of a machine that is on spot in one zone; NULL: it is not. */
const char *market_zone_name(const struct market *market, const struct machine *machine);

/** Whether one zone may carry less than spot may. */
bool market_limits_zones(const struct market *market);

/** Share of a machine's spot that is in a zone: all, none or, spread evenly, its part. */
double market_part_in_zone(const struct market *market, const struct machine *machine, int zone);

/** Requests/s that these spot counts [n_machines] could carry in zones beyond what spot of one may:
 * they count for nothing. */
double market_beyond_zones(const struct market *market, int workload, int slot,
                           const int32_t *spot);

/** What must be planned for: the demand, with its spare. */
static inline double market_need(const struct market *market, int workload, int slot) {
    double demand = market->demand[workload * market->n_slots + slot];
    return demand > 0 ? demand + market->spare[workload] : 0;
}

/** Requests/s that the counts [n_machines] of a machine without a zone and of those of its zones
 * carry together, without the zone that may be lost. Where an instance may be, *lost is raised to
 * what one of them carries of it. */
double market_left(const struct market *market, int machine, int slot, const int32_t *regular,
                   const int32_t *spot, double *lost);

/** false: *err says which number is bad. */
bool market_open(struct arena *arena, const struct plan_input *input, struct market *out,
                 struct err *err);

/** Requests/s that `instances` (derated, may be fractional) of a machine carry together. */
double market_rate(const struct market *market, const struct machine *machine, double instances);

/** Fewest whole instances that carry `rate`; INT_MAX when no number does. */
int market_instances(const struct market *market, const struct machine *machine, double rate);

/** Demand and rates that differ by less than this share count as equal, so that whole counts are
 * not tipped by rounding. */
#define MARKET_SLACK 1e-9

/** "Mon 14:00 UTC", with "in week 2 of 3 (month 6)" when demand grows; in the arena. */
const char *market_hour_name(struct arena *arena, const struct market *market, int hour);

/** "1-year reserved g6e.2xlarge us-east-1, no upfront" for terms on what they cover. */
const char *market_pool_name(struct arena *arena, const struct market *market,
                             const struct pool *pool);

/** Whether something limits what may be bought: coverage, upfront payments, rows over many hours.
 */
bool market_limits_commitments(const struct market *market);

/** Whether somebody waits for what there is (plan_input.stop): a search that has something to show
 * ends here. */
bool market_is_stopped(const struct market *market);

/** The cheapest way out of all answers in a slot, USD/h. */
double market_way_out(const struct market *market, int slot);

/** Whether a pool is held in a planning hour. */
bool market_pool_held(const struct market *market, const struct pool *pool, int hour);

/** Whether a row has anything of a workload. */
static inline bool coupling_counts(const struct coupling *coupling, int workload) {
    return coupling->counts == NULL || coupling->counts[workload];
}

/** What an instance hour that costs `usd` counts in a coupling, and a request/s for an hour. */
double coupling_of_instance(const struct coupling *coupling, int machine, double usd);
double coupling_of_use(const struct coupling *coupling, double usd);

/** What the row is divided by before a solver sees it, > 0. */
double coupling_scale(const struct coupling *coupling);

/** Whether two rows are one limit of the scenario's, in two periods: raising it raises both. */
bool coupling_shares_limit(const struct coupling *a, const struct coupling *b);

/** Whether a value keeps the row's limit. */
bool coupling_kept(const struct coupling *coupling, double value);

#endif
