/* SPDX-License-Identifier: GPL-3.0-or-later */
/** CHOOSE: the cheapest mix of instances and purchase options that carries the demand, by a linear
 * programme, then in whole instances.
 *
 *  What runs is decided per hour: whole instances of each candidate, on regular capacity (on demand
 * or covered by a commitment) or on spot, and the share of requests sent to functions and token
 * APIs. Commitments are bought as a month of the horizon begins and held until their term ends,
 * counted at their effective hourly rate in every hour of the horizon in which they are held (the
 * in-horizon share); what is still owed after the horizon is `liability`. A renewal is another
 * purchase. Model units are no choice of their own: where requests go to them they are held, from
 * the first segment of the horizon (sim/demand.h) in which any do and in whole terms until the last
 * one ends (or the horizon, if a term ends inside another segment), and cost all of that. A plan
 * without them that is cheaper is taken instead.
 *
 *  The LP relaxes counts to fractions and uses each candidate's best rate per replica, so its
 * optimum is a lower bound: shown to people as the theoretical minimum. The plan's cost is exact
 * for its whole instances in the LP's billing semantics (hours, not seconds); the provider's bill
 * of its replay stands beside both.
 *
 *  Spot may carry its share of a workload's demand: what runs on regular capacity and overflow must
 * carry the rest alone. With losses (plan_loss) what is left after each of them must carry the
 * demand. A workload without demand in an hour runs nothing. Within an hour commitments cover usage
 * in the provider's order (solver/cover.h).
 *
 *  All money here is double USD: the LP's world. docs/model.md section 5 has the programme. */
#ifndef HEADROOM_SOLVER_PLAN_H
#define HEADROOM_SOLVER_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "pricing/bill.h"
#include "pricing/offer.h"
#include "sim/capacity.h"
#include "sim/demand.h"

struct plan_policy {
    int term_years_max;     /* 0: no commitments, model units for months neither; 1, 3 */
    double coverage_max;    /* share 0..1 of regular instance hours and of functions' duration that
                               plans may cover (at on-demand dollars), for bought commitments; 0:
                               no model units for months either */
    double upfront_usd_max; /* < 0: no limit */
    double spot_share_max;  /* share 0..1 of each hour's demand of a workload that spot may carry */
    double spot_zone_share_max; /* the same that spot of one zone may (plan_spot.zones); 0: all of
                                   it */
    double
        spot_derating; /* 0 < d <= 1: useful share of a spot instance hour (interruptions, boot) */
};

struct plan_quota {
    const char *group; /* "G", "P", ... : vCPU of instances running at once, per region */
    bool spot;         /* the quota for spot requests; false: on demand and committed */
    double vcpu;
    const char *where; /* "scenario.yaml:12"; NULL: not told */
};

/** What can be had of an instance type on demand in its region without capacity held for it: what
 * runs beyond it must be in zonal reserved instances, capacity reservations or blocks. */
struct plan_supply {
    int offer;
    double at_once;    /* instances at the same time, >= 0 */
    const char *where; /* "scenario.yaml:12"; NULL: not told */
};

/** Where the scenario states what a plan can fail on, "scenario.yaml:12"; NULL: not told. */
struct plan_where {
    const char *const *workloads;  /* [demand->n_workloads] */
    const char *const *candidates; /* [n_candidates] of what is paid by use: its own limits */
    const char *purchase, *spot_share, *term, *upfront, *coverage;
};

/** A limit of money that the plan must keep. */
struct plan_budget {
    const char *name; /* "the budget of FY27 Q1" */
    double usd;
    const bool *months;    /* [demand->n_calendar] those it is for */
    bool cash;             /* counts as it is paid; else upfront payments spread over their term */
    double beside_usd;     /* of it, for what stands beside the plan and is paid anyway */
    const bool *workloads; /* [demand->n_workloads] those it is for: a commitment counts at its rate
                              as they use it, unused it does not; not in cash. NULL: all cost */
    const char *where;     /* "scenario.yaml:12"; NULL: not told */
};

/** Spot by the hour, in place of one price and one availability: [n_candidates * n_hours], index
 * candidate * n_hours + hour. Where zones are told these are of instances that are spread evenly
 * over those that the candidate may be in; where their prices are, all may be asked for in one of
 * them as well, each at its own price and availability. */
struct plan_spot {
    int n_hours;         /* of the demand */
    const double *price; /* of an instance that runs, over the offer's spot rate, > 0 */
    const double *had;   /* 0..1: share of the hour that the market has one asked for */
    int n_zones;
    const char *const *zones; /* [n_zones] "us-west-2a" */
    const bool *in_zone;      /* [n_candidates * n_zones] whether it may be there */
    /** [n_candidates * n_zones * n_hours], index (candidate * n_zones + zone) * n_hours + hour, the
     * same of all that is asked for in the zone; price 0: the zone's own is not known. */
    const double *zone_price, *zone_had;
    double move_hours; /* of an instance, that each one moved to another zone is paid for twice */
};

/** What each hour must be able to lose: what is left of it carries the hour's demand. Functions and
 * token APIs are not lost. */
struct plan_loss {
    bool instance; /* one of the largest (N+1) */
    int zones; /* one of so many, over which each candidate's instances, and apart from them those
                  on spot, are spread evenly; <= 1: none */
    bool spot; /* all spot at once */
};

/** What may be emitted, and what it costs the choice: money that is on no bill. A candidate without
 * a figure is not used. */
struct plan_carbon {
    const char *name;                   /* of the limit */
    double kg_max;                      /* kg CO2e over the horizon; INFINITY: no limit */
    const double *kg_per_instance_hour; /* [n_candidates] NAN: not known */
    double usd_per_kg;                  /* >= 0 */
    const char *where;                  /* of the limit, "scenario.yaml:12"; NULL: not told */
};

/** Capacity that may be bought for a time set in advance. */
struct plan_capacity {
    const char *name; /* "capacity block of 14 days from 2027-03-01, p5.48xlarge us-east-1" */
    enum commitment_kind kind; /* a block, paid as a whole as it begins, or a reservation */
    int offer;
    usd_pico hourly;    /* of one instance */
    int from_day, days; /* of the horizon; days >= 1 */
    int month;          /* in which it begins */
};

struct plan_input {
    const struct demand *demand;
    const char *const *workload_names; /* [demand->n_workloads] for messages */
    bool unexplained;                  /* that nothing fits is an answer without words */
    struct plan_where where;           /* the same */
    const double *busiest_minute; /* [demand->n_workloads] >= 1: rate of the busiest minute of an
                                     hour over the hour's, for messages; NULL = all 1 */
    const struct candidate
        *candidates; /* [n_candidates]; infeasible ones are rejected with their reason */
    const struct capacity *capacities; /* [n_candidates] */
    int n_candidates;
    const struct offer *offers; /* [n_offers] */
    int n_offers;
    bool allow_on_demand, allow_spot;
    const struct commitment_terms *terms; /* [n_terms] commitments that may be bought */
    int n_terms;
    const uint64_t *start_months; /* [n_terms] bit m: may be bought as month m of the horizon
                                     begins; 0, or NULL: on day one, and again as the term ends */
    const int *term_zones; /* [n_terms] 0: regional; else reserved instances that are zonal, as many
                              in each of so many zones; NULL: all regional */
    const bool *scarce;    /* [n_offers] where terms allow zonal and regional ones, zonal alone are
                              bought of these, and regional alone of others; NULL: none is */
    const struct plan_capacity *capacity; /* [n_capacity] */
    int n_capacity;
    struct date start;    /* of the horizon, for terms of months; year 0: a month is 730 hours */
    const bool *stand_by; /* [n_candidates] model units that are held though the plan sends nothing
                             there; NULL: none */
    /** [n_bought] what plan_solve must buy, in the order of plan.bought; NULL: what is best for
     * this demand. The programme's optimum stays that of any purchases. */
    const double *bought;
    int n_bought;
    struct plan_policy policy;
    struct plan_loss loss;
    const struct plan_budget *budgets; /* [n_budgets] */
    int n_budgets;
    const struct plan_carbon *carbon; /* NULL: neither a limit nor a price */
    const struct plan_quota *quotas;  /* [n_quotas] */
    int n_quotas;
    const struct plan_supply *supply; /* [n_supply] at most one of an offer; any other is there */
    int n_supply;
    const struct commitment
        *owned; /* [n_owned] commitments already held; from_s/to_s in horizon seconds */
    int n_owned;
    const double *owned_left; /* [n_owned * demand->n_hours] share 0..1 of each that is ours to use
                                 in that hour; NULL: all of it */
    const double *way_out_usd_per_request; /* [n_candidates] what a request's answer costs on its
                                              way out, beside what serves it; NULL = all 0 */
    const double *volume_usd_per_hour;     /* [n_candidates] what the volume of an instance costs
                                              while it lives, however it is paid; NULL = all 0 */
    const double *capacity_factor; /* [n_candidates] in (0,1]: share of simulated capacity to plan
                                      with (the replay tightens it); NULL = all 1 */
    /** [n_candidates] in 0..1: share of the spot instance hours asked for that the market has; NULL
     * = all 1. With spot_fallback the rest runs on demand and costs so, else it carries nothing and
     * costs nothing. */
    const double *spot_availability;
    const struct plan_spot *spot; /* NULL: the offer's rate and spot_availability in every hour */
    bool spot_fallback;
    int n_threads;            /* for the programme; 0 and 1: one. No answer depends on it */
    const volatile int *stop; /* NULL, or set from outside: the best so far, incomplete */
};

/** A commitment bought by the plan (or owned), with what a buyer asks about it. */
struct plan_commitment {
    struct commitment commitment;
    double usd_per_hour;           /* effective cost */
    double upfront_usd;            /* paid on purchase */
    double liability_usd;          /* still to pay for contract hours after the horizon */
    double prepaid_usd;            /* paid upfront for contract hours after the horizon */
    double utilisation;            /* used / held over the horizon, weighted */
    double break_even;             /* utilisation above which it beats on demand */
    double saving_usd;             /* over the horizon against on demand for what it covered */
    double on_demand_usd_per_hour; /* on-demand value of one unit at full use: an instance, or one
                                      plan dollar */
};

enum plan_flip_kind { FLIP_NONE, FLIP_POOL, FLIP_ON_DEMAND, FLIP_SPOT, FLIP_USE };

/** The price below which an unused option would be used, all else as it is (solver/flip.h). */
struct plan_flip {
    enum plan_flip_kind kind;  /* FLIP_NONE: nothing is told, and the rest is not set */
    int index;                 /* of the market's pool, machine or use */
    double scale;              /* a price here = the market's number times this */
    const char *of;            /* "1-year Compute savings plan, no upfront"; "g6.xlarge on spot" */
    const char *per;           /* "an hour of g6.xlarge", "1,000 requests" */
    double price_usd;          /* now */
    bool in_fractions;         /* the programme uses it today, whole instances do not */
    double flips_at_usd;       /* 0: not even for nothing; NAN: not known */
    const char *unit;          /* what is added: "one instance", "1 USD an hour" */
    double adds_usd_per_month; /* at least, by the first such unit at today's price; NAN */
};

/** An option that the plan does not use, and why, in the user's words. */
struct plan_rejection {
    int candidate;      /* -1: about a commitment kind */
    const char *option; /* "spot", "1-year reserved, no upfront", "all" */
    const char *reason;
    struct plan_flip flip;
};

/** The least that commitments cost as they are sold (whole reserved instances), while what runs may
 * still be fractions: between the programme's optimum and the plan. USD per hour as
 * lp_usd_per_hour.
 */
struct plan_as_sold {
    bool known;
    double usd_per_hour;       /* of the best amounts found */
    double least_usd_per_hour; /* proven: no others cost less */
    const double *amount;      /* [n_bought] */
    int n_solves;              /* of the programme */
};

struct plan {
    bool feasible;
    char infeasible[600]; /* which workload, hour, quota; how much is missing; the smallest
                             relaxation that works */

    bool incomplete;        /* stopped before the programme's optimum was proven */
    double lp_usd_per_hour; /* LP optimum (a proven lower bound of it, within 1e-9), mean over the
                               horizon, owned commitments included */
    double usd_per_hour;    /* whole-instance plan, same semantics */
    double
        carbon_usd_per_hour; /* its carbon at plan_carbon.usd_per_kg: in neither figure. Where it is
                                priced, lp_usd_per_hour is a bound of plans that emit no more */
    double lp_priced_usd_per_hour; /* least that money and priced carbon come to together: the
                                      objective of plan_write_lp, likewise proven */
    double gap;                    /* (plan - lp) / plan */
    const double *lp_hour_usd; /* [n_hours] cost of each planning hour in the LP, commitments per
                                  hour included */
    const double *hour_usd;    /* [n_hours] the same for the whole-instance plan */

    /* [n_candidates * n_hours], index candidate * n_hours + hour */
    const int32_t *regular;      /* instances on demand or covered by a commitment */
    const int32_t *spot;         /* instances on spot */
    int n_zones;                 /* as in plan_spot */
    const int32_t *spot_in_zone; /* [n_candidates * n_zones * n_hours] as in plan_spot: those of
                                    them that are asked for in one zone; the others are spread
                                    evenly. NULL: all are */
    const double
        *overflow_share; /* functions and APIs: share of the workload's requests in that hour */
    const double *
        reserved; /* of regular: covered by reserved instances (may be fractional within an hour) */
    const double *covered; /* of regular: covered by savings plans */

    int n_commitments; /* owned first, then bought, then model units */
    const struct plan_commitment *commitments;
    double upfront_usd, liability_usd; /* of what is bought */
    int n_bought;
    const double *bought; /* [n_bought] of each commitment that was for sale, in the market's order:
                             instances, or plan dollars an hour */
    struct plan_as_sold as_sold; /* known once plan_price_as_sold was asked */

    int n_rejections;
    const struct plan_rejection *rejections;
};

/** Whether a commitment is held in a planning hour: on the first day of its week's segment of the
 * horizon, which is cut where one begins or ends (sim/demand.h). The bill of the replay uses the
 * same rule. */
bool plan_commitment_active(const struct demand *demand, int hour,
                            const struct commitment *commitment);

enum plan_rounding { PLAN_NEAREST, PLAN_DOWN, PLAN_UP };

/** Amounts in the order of plan.bought as they are sold: rounded in place, and as commitments.
 *  @param amount  [n] n as plan.n_bought
 *  @param held    [n] out: those above zero, *n_held of them */
bool plan_sell(struct arena *arena, const struct plan_input *input, enum plan_rounding rounding,
               int n, double *amount, struct commitment *held, int *n_held, struct err *err);

/** Whether a commitment of so many years may be bought as month `month` begins; `start_months` as
 * in struct plan_input. */
bool plan_may_start(int term_years, uint64_t start_months, int month);

/** The price of carbon without its limit; NULL: there is none. */
const struct plan_carbon *plan_carbon_price(struct arena *arena, const struct plan_carbon *carbon);

/** Solve. false: *err set for bad numbers (NaN, negative, no candidate) or a solver failure; an
 * infeasible problem is an answer: true with plan->feasible = false. */
bool plan_solve(struct arena *arena, const struct plan_input *input, struct plan *out,
                struct err *err);

/** The LP alone: its optimum in USD per hour (mean over the horizon). For tests, laws and what-if.
 */
bool plan_lp_bound(struct arena *arena, const struct plan_input *input, double *usd_per_hour,
                   bool *feasible, struct err *err);

/** What each hour costs in whole instances when nothing but `owned` is held, by one quick search:
 * hour_usd [n_hours], commitments included. `terms`, budgets, `supply` and what is coupled over
 * hours are not looked at. *feasible false: some hour cannot be carried. Everything of it in the
 * arena. */
bool plan_price_hours(struct arena *arena, const struct plan_input *input, double *hour_usd,
                      bool *feasible, struct err *err);

/** Price a given fleet in the same semantics: `regular` and `spot` [n_candidates * n_hours], and
 * how many of `spot` are in one zone (plan.spot_in_zone; NULL: they are spread evenly), overflow
 * shares, owned commitments only. Whether it carries the demand is not looked at; the LP's figures
 * stay 0. Every candidate that runs needs its rates (ENSURE). Used for the baseline. */
void plan_price_fleet(struct arena *arena, const struct plan_input *input, const int32_t *regular,
                      const int32_t *spot, const int32_t *spot_in_zone,
                      const double *overflow_share, struct plan *out);

/** Baseline when no current fleet is given: per workload the feasible candidate that is cheapest on
 * demand when held at its peak all week (functions and APIs: per use; model units for months only
 * where nothing else is there); quotas, policy and owned commitments are not looked at. Fills
 * `regular`/`overflow_share` [n_candidates * n_hours]. false: no candidate is feasible. */
bool plan_peak_fleet(struct arena *arena, const struct plan_input *input, int32_t *regular,
                     double *overflow_share);

/** Fill the flips of a plan's rejections, and say them in the reasons: some solves of the programme
 * each.
 *  @param input  of the plan */
bool plan_price_options(struct arena *arena, const struct plan_input *input, struct plan *plan,
                        struct err *err);

/** Fill plan->as_sold: some solves of the programme. Not known where nothing is for sale, where no
 * amounts fit or where carbon is priced: its money is no part of the figures.
 *  @param input  of the plan */
bool plan_price_as_sold(struct arena *arena, const struct plan_input *input, struct plan *plan,
                        struct err *err);

/** The LP in CPLEX-LP text, for any other solver. */
bool plan_write_lp(struct arena *arena, const struct plan_input *input, struct text *out,
                   struct err *err);

#endif
