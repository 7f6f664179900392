/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The whole answer to one scenario: SIZE, demand, CHOOSE, REPLAY, BILL (docs/architecture.md), and
 * everything that was found on the way. plots and cli only show it. */
#ifndef HEADROOM_SCENARIOS_STUDY_H
#define HEADROOM_SCENARIOS_STUDY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/interval.h"
#include "base/source.h"
#include "pricing/bill.h"
#include "pricing/carbon.h"
#include "pricing/price_book.h"
#include "scenarios/allocation.h"
#include "scenarios/scenario.h"
#include "scenarios/scenario_finance.h"
#include "scenarios/study_futures.h"
#include "scenarios/study_units.h"
#include "sim/capacity.h"
#include "sim/catalog.h"
#include "sim/demand.h"
#include "sim/job_trace.h"
#include "sim/replay.h"
#include "sim/spot_market.h"
#include "sim/survival.h"
#include "sim/trace.h"
#include "solver/bill_gaps.h"
#include "solver/curve.h"
#include "solver/plan.h"
#include "solver/recommend.h"
#include "solver/worth.h"

/* For the target, and more of them for spare capacity. */
enum { STUDY_ROUNDS_MAX = 6, STUDY_SPARE_ROUNDS_MAX = 6 };

/** Commitments chosen for the futures that may come (policy.risk; docs/model.md 5.13). */
struct study_hedge {
    bool used;                  /* else nothing below is set */
    bool changed;               /* other commitments than for the planned demand alone */
    const struct plan *planned; /* for that */
    int n;                      /* futures that count */
    /* USD a month over the futures, of the plan in whole instances: what is minimised (mean and
     * mean of the worst 5 %, weighted), of what the plan buys and of `planned` */
    double usd_per_month, planned_usd_per_month;
    double more_as_planned_usd_per_month; /* if all comes as planned: of the plan, over `planned` */
};

struct study_options {
    const struct file_system *files;
    int n_threads;
    int lookback_days;      /* > 0: what the provider's method would buy, from so many days */
    double target_coverage; /* > 0: what would cover this share of that usage */
    bool size_only;         /* stop after SIZE */
    bool without_replay;    /* stop after CHOOSE */
    bool futures;           /* what plans would cost in futures that may come */
    const char *const *set; /* [n_set] */
    int n_set;
    /* told before each stage: "size", "choose", "replay", "explain", "levers", "bill"; may be NULL
     */
    void (*progress)(void *context, const char *stage, int done, int total);
    /* told within a stage, from any thread; may be NULL */
    void (*cells)(void *context, int done, int total);
    void *progress_context;
    /* NULL, or set from outside: CHOOSE ends with the best plan so far, marked INCOMPLETE */
    const volatile int *stop;
};

/** A file that went into the answer. */
struct study_input {
    const char *role; /* "scenario", "include", "override", "price book", "profile", "traffic",
                         "lengths" */
    const char *name;
    char sha256[65];
    const char *note; /* "shipped, prices of 2026-07-20" */
};

struct cloud_bill; /* pricing/cloud_bill.h */

/** What commitments of today's bill that estate.owned does not list come to beside a fleet, by the
 * month of 730 h. */
struct study_unlisted {
    double usd_per_month;         /* what they cost, amortised, used or not */
    double used_usd_per_month;    /* of it: for what they cover of the fleet */
    double instead_usd_per_month; /* what that would cost on demand */
};

/** What they add to a fleet that is billed without them; below 0: they are worth more. */
static inline double study_unlisted_usd(const struct study_unlisted *unlisted) {
    return unlisted->usd_per_month - unlisted->instead_usd_per_month;
}

/** A type under run_on that such commitments cover. */
struct study_unlisted_type {
    const char *sku;
    double instances;     /* mean number that they cover */
    double usd_per_month; /* for these, amortised */
    const double *week;   /* [168] instances that they cover on average in each hour of the week */
};

/** The provider's bill of today.focus, by the month of 730 h. */
struct study_today_bill {
    const char *name; /* NULL: none was given */
    int64_t hours;    /* of instances, from the first to the last */
    double billed_usd_per_month, effective_usd_per_month; /* all of it, tax and credits too */
    double serving_usd_per_month;                         /* effective, of the types under run_on */
    int64_t period_from_hour, period_to_hour;             /* epoch hours that the money is for */
    double billed_usd, effective_usd;                     /* as the bill has them, of its period */
    const struct cloud_bill *bill;
    const char *const *skus; /* [types of the bill] the type under run_on; NULL: none */
    /* paid by commitments that estate.owned does not list: for what serves, effective; with what of
     * them was not used */
    double covered_usd_per_month, unlisted_usd_per_month;
    int n_unlisted;
    const struct study_unlisted_type *unlisted;
    struct study_unlisted unlisted_today; /* in the bill of the baseline */
    double apart_usd_per_month; /* in it, for hours that ran beyond those that are replayed */
    const char *fleet, *covered, *owned; /* words: what ran; what is so covered, by which
                                            commitments; what estate.owned would have */
};

/** A warning that people must see: on the terminal, in JSON, on page 1. */
struct study_notice {
    const char *id;    /* "estimated-prices", "slo-missed", ... */
    const char *text;  /* one sentence with its numbers */
    const char *about; /* what it is about, by the name that `text` has; NULL: no one thing */
    size_t n_before;   /* bytes of `text` before that name */
    double weight;     /* the more, the graver among those of its kind; 0: they are alike */
};

/** Energy and carbon of one workload's share of a fleet, per average month: its instances, at the
 * share of time in which their replicas had work. */
struct study_carbon {
    bool known, estimated; /* known: some of it has figures */
    const char *left_out;  /* what has none, and why; "" when all has */
    struct carbon_range kwh, kg_operation, kg_embodied;
};

/** What a pool of a replay is. */
struct study_pool {
    int candidate;
    int stands_in_for; /* candidate whose launches fail (estate.supply.substitutes); -1: none */
};

/** A station of a workload's flow: stated capacity beside the plan. */
struct study_station {
    int workload, group; /* of pools, in the workload's replays */
    const struct station_spec *spec;
    const char *region;
    int offer;        /* of its own */
    int volume_offer; /* likewise; -1: no volumes */
    double weight_bytes;
    struct service service;
    int replicas_per_instance;
    const char *basis; /* where its times come from; "stated" */
    bool estimated;    /* its times are */
};

/** A station in the replays of a fleet, per average month. */
struct study_station_use {
    double usd_per_month; /* on demand, with its volumes */
    double volumes_usd_per_month;
    double calls_per_month, rejected_per_month;
    double busy_share;   /* of its replicas' time, in which they had work */
    double wait_p95_s;   /* for service to begin, in the worst week; NAN: not looked at */
    double latency_s[3]; /* of calls: percentiles 50, 95 and 99 */
};

/** The tasks of a workload with a flow, per average month. */
struct study_tasks {
    double started_per_month, completed_per_month, failed_per_month;
    double cut_per_month;                /* of the completed: ended by calls_max */
    double attainment, worst_attainment; /* of those that ended; without a limit: completed */
    bool slo_missed;
    double latency_s[3];      /* of the completed: percentiles 50, 95 and 99 */
    double usd_per_completed; /* with its stations; of several workloads its own charges alone,
                                 without commitments not used */
};

/** A substitute in the replays of a fleet, per average month. */
struct study_stand_in {
    int candidate, stands_in_for;
    double launches_per_month, hours_per_month;
    double usd_per_month;                               /* at its on-demand rate */
    double requests_per_month, good_requests_per_month; /* that it served */
};

/** A stretch of the horizon over which a promised spend is held against what is spent: a year of
 * the contract, 12 calendar months from the horizon's first day, or what of the last one is in the
 * horizon; of a promise by the hour the whole horizon. */
struct study_promise_year {
    int promise;
    int months;                 /* of the horizon's; of a whole year 12 */
    int64_t from_hour, to_hour; /* epoch hours */
    double promised_usd;        /* of the part of it that is in the horizon */
    double spend_usd, shortfall_usd, baseline_spend_usd, baseline_shortfall_usd;
    /* of them, of what stands beside the fleet: jobs, stations, stored data */
    double beside_usd, baseline_beside_usd;
};

/** A spend that the contract promises, USD per average month: the means of its years. */
struct study_promise {
    const char *applies_to; /* "ec2, lambda" */
    bool by_year;
    int first_year, n_years; /* of study.promise_years */
    double promised_usd_per_month;
    double spend_usd_per_month, shortfall_usd_per_month; /* of the plan, jobs, stations */
    double baseline_spend_usd_per_month, baseline_shortfall_usd_per_month;
};

/** One fleet, replayed over the planning weeks and billed. */
struct study_fleet {
    const char *name;        /* "recommended", or the baseline's name */
    const struct plan *plan; /* counts, commitments and price in LP semantics */
    const struct replay_result
        *replays; /* [n_workloads * n_weeks], index workload * n_weeks + week */
    const struct study_pool *const *pools; /* [n_workloads * n_weeks] of each replay, [n_pools] */
    const struct bill *bills;              /* [n_weeks] all workloads together */
    struct bill_months months;             /* what of them is counted by the calendar month */
    /* over the planning weeks, weighted to the horizon, per average month (730 h) */
    double bill_usd_per_month;
    double shortfall_usd_per_month; /* of all promised spend, beside the bill */
    /* beside the bill of the plan; 0 in the baseline, whose bill is what today's bill paid */
    struct study_unlisted unlisted;
    double on_demand_usd_per_month; /* the same usage at the contract's on-demand rates */
    double bill_usd_horizon;
    double by_kind_usd_per_month[CHARGE_KINDS];
    double attainment, worst_attainment; /* over workloads and weeks */
    double attempts_per_request;         /* of those that no cache answered */
    double fallback_share; /* served by smaller models on instances, of all requests */
    double unserved_share; /* rejected, timed out or given up, of all requests */
    bool slo_met;
    double launches_per_month; /* of instances, beside those there at a week's begin */
    double ready_delay_mean_s; /* from launch to ready, of those that became ready; NaN: none */
    double refused_launches_per_month, failed_instances_per_month;
    int n_stand_ins;
    const struct study_stand_in *stand_ins;
    double good_output_tokens_per_month, requests_per_month, good_requests_per_month;
    double usd_per_million_output_tokens,
        usd_per_thousand_requests;            /* of the bill, within-SLO only */
    const struct study_carbon *carbon;        /* [n_workloads] */
    const struct study_station_use *stations; /* [n_stations] not in the bills above */
    double stations_usd_per_month, stations_usd_horizon;
    const struct study_tasks *tasks; /* [n_workloads] zeroed where there is no flow */
};

/** 95 % intervals of means over independent replications (base/interval.h). */
struct study_intervals {
    struct interval within_target; /* share of requests */
    struct interval good_requests_per_month;
};

/** The recommended fleet replayed several times, each with draws of its own: of the traffic, of
 * launches, of spot lives and of everything else that a seed decides. The plan is the same. */
struct study_confidence {
    int replays; /* up to 1: nothing is claimed and the rest is empty */
    int held;    /* in which every window of every workload was inside the target */
    struct study_intervals all;
    struct interval bill_usd_per_month;
    const struct study_intervals *workloads; /* [n_workloads] */
};

/** The three numbers over the same weeks and what lies between them, USD per average month:
 *  lp + margin + rounding = plan; plan + billing_rules + delay = bill. */
struct study_gaps {
    double lp; /* theoretical minimum: the LP of the first round */
    double
        margin; /* capacity kept free so that the replay meets the SLO (the rounds that tighten) */
    double rounding;      /* whole instances, and what few replicas carry less than many */
    double plan;          /* whole-instance plan */
    double billing_rules; /* the plan's own schedule, billed, minus plan: order, clock hours,
                             seconds, and what is paid by use as it came */
    double delay; /* bill minus the billed schedule: boots before the hour, drains after it, spot
                     lost */
    double bill;  /* bill of the replay */
    double causes[BILL_CAUSES]; /* of the bill of the replay: what each rule adds to the cheapest
                                   way to pay for the same usage by the clock hour (part of
                                   billing_rules and delay) */
};

/** What an action is about, for what it asks for beside money (scenarios/advice.h). */
enum action_kind {
    ACTION_RUN,    /* these instance types */
    ACTION_FOLLOW, /* the demand, hour by hour */
    ACTION_BY_USE, /* send requests to what is paid by use */
    ACTION_SPOT,
    ACTION_COMMIT,
    ACTION_MAKE,    /* a variant of a model */
    ACTION_STOP,    /* what runs today */
    ACTION_PROMISE, /* spend that the contract promises */
    ACTION_LIST,    /* commitments of today's bill, under estate.owned */
    ACTION_KINDS
};

/** "run", "follow", "by_use", "spot", "commit", "make", "stop", "promise". */
const char *action_kind_word(enum action_kind kind);

/** From what the baseline pays to what the plan does (study_paid_usd_per_month), each step on the
 * residue of the last; USD per average month, positive: saves. They are plans priced hour by hour
 * (plan_price_fleet), so what the replay and the provider's rules add stands apart: baseline -
 * serve - follow - spot - commit + billing + promises + unlisted = the plan. */
struct study_steps {
    double serve;    /* the plan's instances and models, held at each week's peak, on demand */
    double follow;   /* counts by the hour of the week */
    double spot;     /* its spot */
    double commit;   /* its commitments */
    double billing;  /* what the bill of the replay adds to the plan as it is priced, less what it
                        adds to the baseline */
    double promises; /* promised spend that the plan leaves missing, less what the baseline does */
    double unlisted; /* what unlisted commitments of today's bill add, less what they do today */
};

/** One recommended action, computed from the plan; ranked by money. */
struct study_action {
    const char *text;   /* "Commit to 3 x inf2.8xlarge, 1-year Compute savings plan, no upfront" */
    const char *reason; /* "needed in 100% of hours; breaks even at 74%" */
    double usd_per_month; /* saving against the baseline's way of serving, > 0 saves; NaN when not
                             attributable */
    double liability_usd;
    const char *reversibility; /* "any hour", "locked until 2027-12-01" */
    enum action_kind kind;
    /* What is paid a month before and after it, as plans are priced: steps follow each other from
     * the baseline to the plan, run, follow, spot, commit. NaN: not attributable. */
    double before_usd_per_month, after_usd_per_month;
};

enum variant_fate { VARIANT_UNUSED, VARIANT_USED, VARIANT_DROPPED };

/** A model of a workload that costs something once to make (models.one_off). Costs are those of
 * whole-instance plans for the expected demand, before the rounds. */
struct study_variant {
    int workload, use; /* index of its entry in the workload's models */
    const char *name;  /* "llama-3.1-8b in fp8" */
    double one_off_usd;
    enum variant_fate fate; /* dropped: it would be used, but a plan without it costs less over the
                               horizon */
    double usd_per_month_with, usd_per_month_without; /* NaN: not in use; no plan without it */
    double saving_usd_per_month;
    double payback_months; /* one_off / saving; INFINITY: saves nothing */
    const char *closed;    /* why it is not open to the plan; "" */
};

enum { STUDY_JOB_RUNS = 200 }; /* replayed of each way to run a job */

enum { STUDY_CLUSTER_RUNS = 16 }; /* replays of a cluster with all its jobs */

enum job_option { JOB_ON_DEMAND, JOB_SPOT, JOB_BLOCK, JOB_CLUSTER };
const char *job_option_word(enum job_option option); /* "capacity block" */

/** One way to run a job. Figures are of one run: means over STUDY_JOB_RUNS of them; on a cluster
 * over the runs of all its replays, hours and in_time_share without those that the end cuts. */
struct study_job_setup {
    int place, region; /* of the job's places and regions */
    enum job_option option;
    int nodes;          /* of the gang */
    int offer;          /* -1: the book has no rate there */
    const char *name;   /* "4 x p4d.24xlarge on spot" */
    bool possible;      /* it was replayed */
    bool in_time;       /* in the share of runs that is asked */
    const char *reason; /* why it is not chosen; "" */
    double usd_per_run, usd_per_run_p95;
    double volumes_usd_per_run; /* of that */
    /* of that on demand, what commitments would cover in this way after the jobs before it; 0 where
     * they cannot, or where there is one way only */
    double covered_usd_per_run;
    double hours, hours_p95; /* from the start of the run to its end */
    double in_time_share;    /* over by the deadline; without one, over within 366 days */
    double moved_share;      /* of spot runs: ended on demand */
    double interruptions, waited_hours;
    double preemptions;        /* by jobs of higher priority */
    double checkpoint_every_s; /* of computing; 0: none are written */
    double useful_hours, checkpoint_hours, restore_hours, lost_hours, idle_hours; /* node-hours */
};

struct study_job {
    int n_setups;
    const struct study_job_setup *setups;
    const int *offers; /* [n_places * n_regions] index in the study's offers, or -1 */
    int chosen; /* the cheapest that is in time, beside what is covered; -1: none is. On a cluster
                   its only way */
    int runs_replayed;
    double runs;                       /* over the horizon */
    double usd_horizon, usd_per_month; /* of the chosen, beside what commitments cover; 0 when there
                                          is none */
    /* over the horizon, of its hours on demand: node-hours that commitments of the plan cover, what
     * they cost on demand, and what of the commitments' cost they are (in the plan's bill) */
    double covered_node_hours, covered_usd_horizon, commitments_usd_horizon;
};

/** A cluster over the horizon; means over STUDY_CLUSTER_RUNS replays of its first year. Its cost is
 * that of its jobs, by the node-hours they hold, and of what is idle. */
struct study_cluster {
    bool possible;       /* it has a rate */
    double usd_per_hour; /* of one instance with its volume */
    double volume_usd_per_hour;
    double used_share; /* of its node-hours, held by jobs */
    double unfinished; /* runs that the end cuts */
    double usd_horizon, usd_per_month;
    double idle_usd_horizon, idle_usd_per_month;
};

/** A workload in its busiest week, with something lost in the busiest hour of it. */
struct study_survival {
    int workload, week; /* of the demand's weeks */
    enum survive what;
    int zone;                 /* from 0 */
    const char *pool;         /* that the instance is one of; NULL: none runs in that hour */
    struct survival survival; /* all served, and held, where there was nothing to lose */
};

/** What the spare capacity for a loss costs, where the plan is to buy it. */
struct study_spare {
    bool bought;          /* with it every loss is survived, and by SIZE in every hour */
    bool by_size;         /* SIZE alone was asked: there was no replay to lose anything in */
    double usd_per_month; /* more than the round without it; 0: nothing had to be bought */
    int hours_lacking;    /* of all workloads, where what is left does not carry the demand */
    const char *no_plan;  /* by_size and not bought: why there is no plan with it */
};

/** A budget in a fiscal quarter or year, or in the months of it that the horizon has. */
struct study_budget {
    int budget;                  /* of the scenario's */
    struct fiscal_period period; /* quarter 0: the year */
    double months;               /* of it in the horizon, parts of them as parts */
    usd_nano limit, spent;
};

/** One side of a rollout, in its week. */
struct study_side {
    int64_t arrived, good;
    double share, worst; /* within target: of all, and in the worst window */
    bool holds;
    double usd; /* its scheduled instances, at on-demand and spot rates */
};

/** A rollout in the first week of the horizon. Costs of instances are at on-demand and spot rates,
 * without commitments; bills are those of all workloads. */
struct study_rollout {
    int workload;
    bool possible;
    const char *why;                 /* not; "" */
    struct study_side sides[2];      /* old, new */
    double old_usd, new_usd;         /* the week on one side alone */
    double overlap_usd;              /* both sides, beyond what each alone would for its requests */
    double bill_usd, usual_bill_usd; /* of the week, and as the plan has it */
};

/** One more or less tight round of CHOOSE and REPLAY. */
struct study_round {
    double usd_per_month;
    double worst_attainment;
    bool slo_met;
    const char *tightened; /* what was tightened for the next round; "" at the end */
    double worst_survival; /* during and after the losses; NAN: not looked at */
};

/** What the provider's recommendation method would buy (solver/recommend.h). */
struct study_look_back {
    int days;
    struct commitment_terms terms;
    double target_coverage; /* NAN: what saves most */
    int n_rows;
    const struct recommendation *rows; /* over the days */
    double horizon_usd_per_month; /* the least that the horizon costs with this alone; compares with
                                     the theoretical minimum */
};

/** What engineering could change, as a whole-instance plan for the expected demand tells, before
 * the rounds. */
struct study_lever {
    const char *name;           /* "answers 20% shorter" */
    int spec;                   /* index of the scenario's lever */
    double alone_usd_per_month; /* saved by it alone; < 0: dearer; NAN: there is no plan with it */
    int step;                   /* from 1, in which it is applied; 0: there is no plan with it */
    double usd_per_month;       /* saved on top of the steps before; NAN where it is not applied */
    double minimum_usd_per_month; /* the same of the theoretical minimum, which whole instances do
                                     not hide */
    double one_off_usd;
    double payback_months; /* one_off / usd_per_month; INFINITY: saves nothing */
    const char *why;       /* there is no plan with it; "" */
};

/** What a price history says of the replayed week. */
struct spot_rate {
    const char *instance, *region, *source;
    char as_of[16];
    double usd_per_hour, least, most; /* mean of the zones, and the zones' means */
    const struct spot_hours *hours;   /* by zone of the scenario's market */
};

/** What is paid over the horizon, and what that is worth on its first day; USD. */
struct study_present {
    bool known; /* the scenario discounts, and there is a statement */
    double plan_usd, plan_paid_usd;
    double baseline_usd, baseline_paid_usd; /* as its bills come */
};

/** The plan's commitments after the horizon. */
struct study_beyond {
    double months;       /* until the last of them ends; 0: none outlives the horizon */
    double owed_usd;     /* what they cost then, prepaid or owed */
    double worth_usd[3]; /* what hours would cost more without them, at low, mid and high growth;
                            NAN: nothing carries that demand */
};

struct study {
    struct scenario scenario;
    struct price_book book;
    struct carbon_book carbon;
    struct storage_tiers storage_tiers; /* when the scenario has storage */
    const struct storage_plan *storage; /* [scenario.n_storage] beside the fleet's money */
    struct catalog catalog;             /* its first n_own_profiles profiles are the scenario's */
    int n_own_profiles;
    const struct price_book *owned_rates; /* [scenario.n_owned] of the plans' own files */
    const bool *owned_paged;    /* [scenario.n_owned] the plan's file is one page of several */
    struct usage_ledger others; /* a week of others of the organisation; no rows: none are told */

    const struct spot_zone *spot_zones;  /* [scenario.spot.n_zones] replayed ones, of every week */
    const struct spot_model *spot_model; /* NULL: replayed */
    const struct spot_rate *spot_rates;  /* [scenario.spot.n_prices] */

    const struct traffic *traffics;  /* [n_workloads] */
    const struct trace_stats *stats; /* [n_workloads]; n = 0 for hourly and generated */
    struct demand demand;

    int n_offers;
    const struct offer *offers;
    int n_candidates; /* all; the first n_choices are open to the plan, the rest only run in today's
                         fleet */
    int n_choices;
    const struct candidate *candidates;
    const struct capacity *capacities;

    int n_variants;
    const struct study_variant *variants; /* those with a one-off cost, by workload and model */

    struct plan_input plan_input;  /* of the recommended plan. Its capacities are those open to the
                                      plan: a candidate closed there (a worse setup of the same
                                      machine, today's only) has its reason there */
    double lp_usd_per_hour;        /* optimum of the first round, before any margin */
    const double *lp_hour_usd;     /* [demand.n_hours] its cost of each planning hour */
    const struct plan *first_plan; /* of the first round */
    struct study_fleet baseline, recommended;
    struct study_today_bill today_bill;
    const char *baseline_name; /* "today's fleet" or "no current fleet given: 6 x g6e.2xlarge on
                                  demand ..." */
    bool baseline_given;
    struct study_gaps gaps;
    struct study_confidence confidence;
    struct study_present present;
    struct study_beyond beyond;
    struct study_hedge hedge;
    struct study_futures futures;        /* n is 0 where they were not asked for */
    const struct statement *statement;   /* of the plan's replay; NULL without one */
    const struct allocation *allocation; /* of the statement and what is beside it; NULL likewise */
    const struct study_units *units;     /* [n_workloads + 1] the last is all; NULL likewise */
    struct savings_rates savings_rates;
    int n_budgets;
    const struct study_budget *budgets; /* [n_budgets] by budget and period */
    int n_survivals; /* of the recommended fleet: what the scenario names, for each workload */
    const struct study_survival *survivals; /* [n_survivals] */
    struct study_spare spare;               /* where resilience.spare is buy */
    int n_rollouts;
    const struct study_rollout *rollouts; /* [n_rollouts] */

    int n_rounds;
    struct study_round rounds[STUDY_ROUNDS_MAX + STUDY_SPARE_ROUNDS_MAX];
    struct study_steps steps;
    int n_recommendations; /* of the plan's purchases */
    const struct recommendation *recommendations;
    int n_curves;
    const struct commitment_curve *curves;
    int n_worths; /* of the plan's limits, by the programme */
    const struct worth *worths;
    int n_levers;
    const struct study_lever *levers; /* as they are applied; those without a plan last */
    double levers_before_usd_per_month, levers_after_usd_per_month; /* of none and of all applied */
    int n_look_backs;
    const struct study_look_back *look_backs;
    int n_actions;
    const struct study_action *actions;
    int n_notices;
    const struct study_notice *notices;
    int n_inputs;
    const struct study_input *inputs;

    int n_stations;
    const struct study_station *stations;

    int n_promises, n_promise_years;
    const struct study_promise *promises;
    const struct study_promise_year *promise_years; /* promise by promise, in order */

    const struct study_job *jobs;         /* [scenario.n_jobs] */
    const struct job_trace *job_logs;     /* [scenario.n_jobs] n is 0 where there is none */
    const struct study_cluster *clusters; /* [scenario.n_clusters] */
    double jobs_usd_per_month, jobs_usd_horizon;

    bool infeasible; /* plan.infeasible says why; baseline and recommended.replays are then empty */
    double saving_usd_per_month, saving_fraction; /* study_paid_usd_per_month of
                                                     the baseline - that of the plan */
    const char *headline; /* the decision in one sentence, computed from the numbers */
};

/** Everything that can be wrong before anything runs: the scenario, its names, prices and traffic.
 * NULL: *errs filled. The study lives in the arena (its parts point at each other) and has no
 * results yet. */
struct study *study_open(struct arena *arena, const char *scenario_path,
                         const struct study_options *options, struct err_list *errs);

/** What the traffic's own rate is multiplied with so that it is what the drivers say; 1 without. */
double study_demand_scale(const struct study *study, int workload);

/** The knobs of an engine that are not vLLM's defaults: "4096 tokens a step, by priority"; "". */
const char *study_engine_words(struct arena *arena, const struct serving_options *engine);

/** Who scales the plan's fleet: "schedule"; "target_tracking, concurrency at 70%". */
const char *study_scaling_words(struct arena *arena, const struct study *study);
/** The volumes that instances are launched with, and where their size comes from; or that none is
 * in the bill. */
const char *study_volumes_words(struct arena *arena, const struct study *study);
/** How the weights that launches load come, and what a launch pays for them. */
const char *study_weights_words(struct arena *arena, const struct study *study);
/** "99.58% to 99.64% of requests within target, ..." over all replays; "" of one. */
const char *study_confidence_words(struct arena *arena, const struct study *study);
/** "zone 1 of 3 lost for 60 min in hour 34 of the week: ..." */
const char *study_survival_words(struct arena *arena, const struct study *study, int survival);
/** "spare for the loss of a zone: $1,200.00 a month"; that none had to be bought, or did not fit.
 */
const char *study_spare_words(struct arena *arena, const struct study *study);

/** What the provider's rules add to the cheapest way to pay for what the replay used, each with its
 * money a month; "": nothing. */
const char *study_bill_causes_words(struct arena *arena, const struct study *study);

/** What the price of carbon is of the plan's month and what the choice minimises with it; "":
 * carbon has no price. */
const char *study_priced_words(struct arena *arena, const struct study *study);
/** "canary of chat to g6e.2xlarge: overlap $310 in the week, ..." */
const char *study_rollout_words(struct arena *arena, const struct study *study, int rollout);
const char *study_rollout_word(enum rollout_kind kind); /* "blue-green" */
/** "a zone", "an instance" */
const char *study_survive_word(enum survive what);
/** "a zone or an instance", of what the scenario wants survived. */
const char *study_losses_words(struct arena *arena, const struct study *study);
/** Whether the recommended plan holds spare capacity for a loss in every hour. */
bool study_holds_spare(const struct study *study);
/** Whether launches are more than a schedule that is met to the minute, so that they are worth a
 * line. */
bool study_scaling_shows(const struct study *study);

/** "present value of what the plan pays, at 9% a year: ..."; "" where nothing is discounted. */
const char *study_present_words(struct arena *arena, const struct study *study);
/** What outlives the horizon, and its worth; "" where nothing does. */
const char *study_beyond_words(struct arena *arena, const struct study *study);

/** Whether the tasks of some workload miss their objective. */
bool study_tasks_missed(const struct study *study, const struct study_fleet *fleet);

/** Index of the variant whose model a candidate runs; -1: its model costs nothing once. */
int study_variant_of(const struct study *study, int candidate);
/** What the variants in the plan cost once, together. */
double study_one_off_usd(const struct study *study);

/** Whether the contract's discounts are off what a commitment costs, and why; "" without discounts,
 * and of what is bought at no hourly rate of the book. */
const char *study_commitment_discount(struct arena *arena, const struct study *study,
                                      const struct commitment *held);

/** The commitment that a charge of a week's bill of a fleet names by its index. */
const struct plan_commitment *study_held_commitment(const struct study *study,
                                                    const struct plan *plan, int week, int index);
/** The same of the recommended plan. */
const struct plan_commitment *study_charged_commitment(const struct study *study, int week,
                                                       int index);

/** What the plan's new commitments cost while they are in force. Purchases of other dates may take
 * each other's place: what all cost together may never be paid in one month. */
struct study_bound {
    int n, later;         /* commitments; of them those that begin after the first day */
    double usd_per_month; /* mean over the horizon, of what is in force */
    /* of the horizon's calendar months, each as if it had 730 h */
    double least_usd_per_month, most_usd_per_month;
    int month_most;     /* from 0 */
    double terms_usd;   /* over their whole terms */
    double prepaid_usd; /* paid upfront for time after the horizon; what is owed is in the plan */
    double owned_owed_usd; /* after the horizon, by what was owned before the plan */
};
/** Needs a feasible plan. */
struct study_bound study_bound_of(const struct study *study);
/** Hours between two times of the horizon in which a commitment is held. */
double study_held_hours(const struct commitment *commitment, double from_hours, double to_hours);

/** Whether a difference a month is below what the model can tell apart: 0.05 % of the dearer of
 * baseline and plan, or less than a cent. People are told that both cost the same. */
bool study_is_same_usd(const struct study *study, double apart_usd_per_month);
/** "$560 a month saved", "$20 a month added", "costs the same"; "" where it is not attributable. */
const char *study_step_words(struct arena *arena, const struct study *study,
                             const struct study_action *action);

/** For how long waiting is priced: a quarter, or all months of a shorter horizon. */
int study_months_to_wait(const struct study *study);

/** [n_weeks] whether a planning week is brief: between two cuts of the horizon that stand for under
 * 1 % of its hours, as the one day after a term that meets a leap day. */
void study_mark_brief_weeks(const struct demand *demand, bool *brief);

/** "1 to 2 x g6.2xlarge, 30% by bedrock/llama-3.1-8b": what a plan runs for one workload, and where
 * else its requests go; "nothing". */
const char *study_runs_words(struct arena *arena, const struct study *study,
                             const struct plan *plan, int workload);

/** "the bill's rules and delays take back $1.96K a month": what lies between the savings of the
 * actions and that of the plan; "" where they add up to it. */
const char *study_rest_words(struct arena *arena, const struct study *study);

/** The workload of a replayed fleet that is nearest to its own target, or farthest below it. */
struct study_margin {
    int workload;
    double worst, asked; /* share in its worst window, and of its target */
};
struct study_margin study_least_margin(const struct study *study, const struct study_fleet *fleet);
/** A workload's worst window over all planning weeks. */
double study_worst_window(const struct study *study, const struct study_fleet *fleet, int workload);
/** "hour", "day", "week": over which a workload's target is held. */
const char *study_window_word(const struct study *study, int workload);

/** What is paid and what it costs in a fiscal quarter, or in the months of it in the horizon. */
struct study_quarter {
    struct fiscal_period period;
    double months; /* of it in the horizon, parts of them as parts */
    usd_nano cash, amortised;
};
/** One after the other; *n of them. Needs an allocation. */
const struct study_quarter *study_quarters(struct arena *arena, const struct study *study, int *n);

/** What the plan saves in the first `months` of the horizon, in USD: by the bills of their own
 * demand; what is no part of these (promised spend) as in the mean of the horizon. Of a plan that
 * was replayed. */
double study_first_months_saving_usd(const struct study *study, int months);

/** The day of a second of the horizon; before it for what was held already. */
static inline struct date study_day(const struct study *study, int64_t seconds) {
    return calendar_date(calendar_days(study->scenario.start) + seconds / 86400);
}

/** The middle day of calendar month c of the horizon, of its days in it: a day of the fiscal
 * quarter and year that the whole month is of. */
static inline struct date study_calendar_month(const struct study *study, int c) {
    const int64_t *from = study->demand.calendar_from;
    return calendar_date((from[c] + from[c + 1]) / 48);
}

/** The part of calendar month c that is in the horizon. */
static inline double study_month_share(const struct study *study, int c) {
    const int64_t *from = study->demand.calendar_from;
    struct date first = calendar_date(from[c] / 24);
    return (double)(from[c + 1] - from[c]) /
           (24.0 * calendar_days_in_month(first.year, first.month));
}

/** The day whose calendar month a planning week of a month of the horizon is named after: the
 * middle of that month, where most of it is. */
static inline struct date study_month_counts(const struct study *study, int month) {
    struct date start = study->scenario.start;
    int64_t from = calendar_days(calendar_add_months(start, month));
    int64_t to = calendar_days(calendar_add_months(start, month + 1));
    return calendar_date((from + to + (start.day > 15 ? 1 : -1)) / 2);
}

/** Of the budgets that the plan had to keep, the one that its bill breaks by the most; NULL: none.
 */
const struct study_budget *study_broken_budget(const struct study *study);

/** "FY2027 Q4", or "FY2027" for a year. */
const char *study_period_words(struct arena *arena, struct fiscal_period period);

/** "new-commitment-1": what names a commitment of the plan in tables. */
const char *study_commitment_id(struct arena *arena, const struct study *study,
                                const struct plan_commitment *commitment);

/** "S3 Standard, after 2 months S3 Glacier Instant Retrieval, deleted after 24 months" */
const char *study_storage_rule(struct arena *arena, const struct study *study, int index);

/** All workloads of a fleet together. */
struct study_carbon study_fleet_carbon(struct arena *arena, const struct study *study,
                                       const struct study_fleet *fleet);

/** Does a smaller model take over on instances of its own when a fleet is overloaded? */
bool study_has_fallback_model(const struct study *study);
/** Does something stand before the fleet of a workload (sim/front_door.h)? */
bool study_has_front_door(const struct study *study);
/** What a fleet makes be paid a month: its bill, what is missing of promised spend, which is
 * charged on top of it, and what commitments of today's bill that nothing lists add. Savings are
 * differences of it. */
static inline double study_paid_usd_per_month(const struct study_fleet *fleet) {
    return fleet->bill_usd_per_month + fleet->shortfall_usd_per_month +
           study_unlisted_usd(&fleet->unlisted);
}

/** All that is paid month by month: the plan's bill and beside it jobs, storage, stations, what is
 * missing of promised spend and what unlisted commitments of today's bill add; models made once are
 * not in it (study_one_off_usd). Without a replay the plan as the solver prices it and stations at
 * their rates. */
double study_total_usd_per_month(const struct study *study);
double study_storage_usd_per_month(const struct study *study);
double study_stations_usd_per_month(const struct study *study);
/** Whether anything but models made once stands beside the plan's bill. */
bool study_has_beside(const struct study *study);
/** Whether there are jobs and they were replayed (not with size_only). */
bool study_jobs_ran(const struct study *study);
/** Whether it is run, and in time. */
bool study_job_in_time(const struct study_job *job);
/** Whether some job can be run in time in no way. */
bool study_job_missed(const struct study *study);

/** Why a candidate is not open to the plan: its own reason, or why another stands for it; "" when
 * open. */
const char *study_candidate_reason(const struct study *study, int candidate);

/** @return false: *errs filled (input mistakes, exit 3; or one system error). true: read
 * `infeasible` and `recommended.slo_met` for the answer. */
bool study_run(struct arena *arena, const char *scenario_path, const struct study_options *options,
               struct study *out, struct err_list *errs);

#endif
