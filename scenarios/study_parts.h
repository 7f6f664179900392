/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The steps of a study, one file each; only study.c calls them, in this order. Each fills its part
 * of *study in `arena`. */
#ifndef HEADROOM_SCENARIOS_STUDY_PARTS_H
#define HEADROOM_SCENARIOS_STUDY_PARTS_H

#include <math.h>

#include "scenarios/mistakes.h"
#include "scenarios/study.h"

/** study_inputs.c: price book, catalogue, profiles, traffic; notes every file in study->inputs. */
bool study_load(struct arena *arena, const struct study_options *options, struct study *study,
                struct err_list *errs);

/** study_inputs.c: a file that went into the answer, beside those noted before. */
void study_note_input(struct arena *arena, struct study *study, const char *role, const char *name,
                      const char sha256[65], const char *note);

/** study_spot.c: the traces of the scenario's spot zones; a model of them where it asks for one. */
bool study_load_spot(struct arena *arena, const struct study_options *options, struct study *study,
                     struct mistakes *mistakes);
/** study_spot.c: the spot rate of a SKU in a region by the scenario's price histories. */
bool study_spot_quote(const struct study *study, const char *sku, const char *region,
                      struct quote *out);
/** study_spot.c: the same by the hour of the replayed week and zone; NULL: no history has it. */
const struct spot_hours *study_spot_hours(const struct study *study, const char *sku,
                                          const char *region);
/** Where the book has a spot rate of every zone of spot.zones in the offer's region, each is paid
 * its own: their mean is the offer's spot rate. What a price history tells comes before. */
void study_price_zones(struct arena *arena, const struct study *study, struct offer *offer);
/** study_spot.c: the market of one replayed week; without zones where the scenario has none. */
const struct spot_market *study_spot_market(struct arena *arena, const struct study *study,
                                            uint64_t replication);
/** study_spot.c: the most instances of all types together that the market of a zone of spot.zones
 * ever holds in a replayed week; SPOT_UNLIMITED: whatever is asked for. */
int32_t study_spot_room(const struct study *study, int zone);
/** study_spot_had.c: [n_candidates] share of the instance hours asked for on spot that the market
 * has over the planning weeks, where its policy asks for the most in the busiest hour; 1 where
 * nothing is known. NULL: the scenario has no market. */
const double *study_spot_availability(struct arena *arena, const struct study *study);
/** study_spot_had.c: what the market has and takes in each hour of the input's demand, whose hours
 * are those of weeks; NULL: the scenario has no market. */
const struct plan_spot *study_plan_spot(struct arena *arena, const struct study *study,
                                        const struct plan_input *input);
/** study_spot.c: what a spot pool becomes on the market, into pools [n_zones squared, at least
 * one]; itself where no zone is of its region. on_demand stands in where the scenario allows it,
 * and must stay where it is. @return how many
 *  @param in_zone  [n_zones] of its instances those that the plan asks for in the zone, in each
 * hour of the week; the others are spread evenly. NULL: all are */
int study_spot_pools(struct arena *arena, const struct study *study,
                     const struct spot_market *market, const struct pool *like,
                     const int32_t *const *in_zone, struct pool *on_demand, struct pool *pools);

/** study_inputs.c: close what was read, and note it with its hash when it could be read. Returns
 * `read`. */
bool study_close_input(struct arena *arena, struct study *study, struct source *source, bool read,
                       const char *role, const char *name, const char *note);

/** study_storage.c: tiers for each class of data; a class that nothing may hold is told. */
bool study_plan_storage(struct arena *arena, struct study *study, struct err_list *errs);

/** study_inputs.c: "llama-3.1-8b in fp8, kv bf16 on L40S, tensor parallel 2" */
const char *study_profile_words(struct arena *arena, const struct profile *profile);

/** study_candidates.c: the candidates and offers that the scenario spans, services built; names
 * checked against book and catalogue, all mistakes in one pass. Candidates that only today's fleet
 * uses come last: study->n_choices are open to the plan. */
bool study_candidates(struct arena *arena, struct study *study, const struct study_options *options,
                      struct err_list *errs);

/** study_candidates.c: whether a candidate can be what a row of today's fleet runs: of its type and
 * workload, with a service and the rates it is billed at. study_candidates has refused rows without
 * any. */
bool study_can_run_today(const struct study *study, const struct today_instance *today,
                         int candidate);

/** study_plan_input.c: after SIZE, what the solver is asked: without the variants that are closed.
 */
void study_plan_input(struct arena *arena, struct study *study);
/** study_plan_input.c: [n_candidates] what is open to a plan without the variants in `closed`
 * [n_variants]. */
struct capacity *study_open_capacities(struct arena *arena, const struct study *study,
                                       const bool *closed);

/** study_variants.c: the variants that cost something once, none of them in use yet. */
void study_find_variants(struct arena *arena, struct study *study);
/** study_variants.c: which of them pay back; closes the others and asks the solver anew. */
bool study_choose_variants(struct arena *arena, struct study *study, struct err *err);
/** study_variants.c: after the rounds: what the plan does not run after all need not be made. */
void study_settle_variants(struct arena *arena, struct study *study);

/** study_rounds.c: CHOOSE and REPLAY until the replay holds every SLO, at most STUDY_ROUNDS_MAX
 * times; fills recommended, rounds, infeasible, lp_usd_per_hour and plan_input.demand. */
bool study_choose_and_replay(struct arena *arena, struct study *study,
                             const struct study_options *options, struct err *err);

/** study_fleet.c: replay a plan over the planning weeks, one cell a workload and week, and bill it.
 *  @param replication  0: as the answer shows it. Others have other draws (of the traffic too) and
 *                      neither `observed` nor stand-ins
 */
bool study_fleet_run(struct arena *arena, const struct study *study,
                     const struct study_options *options, const struct plan *plan, const char *name,
                     int replication, struct study_fleet *out, struct err *err);

/** study_confidence.c: the recommended fleet replayed again, as often as the scenario asks. */
bool study_replicate(struct arena *arena, struct study *study, const struct study_options *options,
                     struct err *err);

/** study_fleet.c: what one workload's week of a plan's fleet is replayed with.
 *  @param week_of_rollout  canaries and blue-green rollouts are under way */
struct replay_input study_replay_input(struct arena *arena, const struct study *study,
                                       const struct plan *plan, int workload, int week,
                                       bool week_of_rollout);

/** study_plan_input.c: of several setups of one machine for one side of a workload only the one
 * that carries most stays open in `open` [n_candidates]. */
void study_keep_best_setup(const struct study *study, struct capacity *open);

/** study_rollout.c: the rollouts in their week, in study->rollouts. */
bool study_run_rollouts(struct arena *arena, struct study *study, struct err *err);

/** study_explain.c: prices at which the plan's unused options would be used, its purchases in the
 * provider's words with their guardrails, their cost curves, and what its limits are worth. */
bool study_explain(struct arena *arena, struct study *study, struct err *err);
/** study_where.c: the scenario's lines that an answer that nothing fits names, and busiest minutes.
 */
void study_tell_where(struct arena *arena, const struct study *study, struct plan_input *input);
/** study_look_back.c: what the provider's method would buy, where the options ask for it. */
bool study_look_back(struct arena *arena, struct study *study, const struct study_options *options,
                     struct err *err);

/** study.c: SIZE of all candidates; the demand of the scenario's traffics. */
void study_size(struct arena *arena, struct study *study, const struct study_options *options);
void study_build_demand(struct arena *arena, struct study *study);

/** study_levers.c: before anything runs: what no workload can change is told. */
void study_check_levers(const struct study *study, struct mistakes *mistakes);
/** study_levers.c: what each lever saves, alone and in sequence; nothing decided is changed. */
bool study_pull_levers(struct arena *arena, struct study *study,
                       const struct study_options *options, struct err_list *errs);

/** study_survival.c: what is left of the recommended fleet when what the scenario names is lost, in
 * study->survivals. */
bool study_check_survival(struct arena *arena, struct study *study,
                          const struct study_options *options, struct err *err);

/** study_spare.c: hours in which what is left of the recommended plan after the loss of what the
 * scenario names does not carry `need` [n_workloads * n_hours] requests per second by SIZE. */
int study_lacking_spare(const struct study *study, const double *need);
/** study_spare.c: what the programme is asked to survive in every hour. */
struct plan_loss study_losses(const struct study *study);

/** study_carbon.c: [n_workloads] energy and carbon of a fleet that was replayed. */
const struct study_carbon *study_measure_carbon(struct arena *arena, const struct study *study,
                                                const struct study_fleet *fleet);

/** study_allocation.c: statement and allocation of the plan's replay, when there is one; after the
 * jobs. */
void study_allocate(struct arena *arena, struct study *study);

/** study_budgets.c: budgets against the shares; and notices of those that are exceeded. */
void study_check_budgets(struct arena *arena, struct study *study);

/** The budgets that the plan has to keep, one for each of their periods. */
const struct plan_budget *study_enforced_budgets(struct arena *arena, const struct study *study,
                                                 const struct demand *demand, int *n);

/** The limit and the price of carbon with what an instance hour of each candidate stands for; NULL:
 * neither. */
const struct plan_carbon *study_plan_carbon(struct arena *arena, const struct study *study);
void study_notice_budgets(struct arena *arena, struct study *study);

/** study_baseline.c: today's fleet; or, when none is given, the cheapest feasible candidate on
 * demand, held at each week's peak (no single one carries it: the plan's own mix, so held). Priced
 * as a plan. */
void study_baseline_plan(struct arena *arena, struct study *study, struct plan *out);

/** study_baseline.c: the cheapest single choice for each workload, held at each week's peak of the
 * input's demand (plan_peak_fleet). false: none carries it. */
bool study_peak_fleet(struct arena *arena, const struct study *study,
                      const struct plan_input *input, int32_t *regular, double *overflow);

/** study_gaps.c: the three numbers and what lies between them. */
bool study_measure_gaps(struct arena *arena, struct study *study, struct err *err);

/** study_jobs.c: replay every way to run each job, and choose. */
bool study_run_jobs(struct arena *arena, struct study *study, const struct study_options *options,
                    struct err *err);

/** study_jobs.c: how a job's speed grows with its gang on a place; seconds of computing between its
 * checkpoints, 0: none; the 95th percentile of values that it sorts, 0 when there are none. */
struct job_scaling study_job_scaling(const struct study *study, const struct job_spec *spec,
                                     const struct job_place *place);
double study_job_every_s(const struct job_spec *spec, double gang_losses_per_second);
double study_p95(double *values, int n);

/** study_clusters.c: replay each cluster with its jobs; fills their study_job and study->clusters,
 * adds the cost to the study's sums. */
bool study_run_clusters(struct arena *arena, struct study *study,
                        const struct study_options *options, struct study_job *jobs,
                        struct err *err);

/** study_today.c: the fleet of today.focus, in place of today.fleet; what the bill comes to. */
bool study_load_today(struct arena *arena, const struct study_options *options, struct study *study,
                      struct mistakes *mistakes);
void study_notice_today(struct arena *arena, struct study *study);
/** The SKU of an instance type that a workload lists under run_on; NULL: it lists none. */
const char *study_listed_sku(const struct study *study, const struct workload *workload,
                             const char *instance);

/** study_bill_demand.c: whether a file is a provider's bill, by its begin. */
bool study_is_bill(struct source *source);
/** The series of requests that the bill under demand.hourly stands for. */
bool study_read_bill_demand(struct arena *arena, const struct study *study,
                            const struct workload *workload, const struct demand_spec *demand,
                            struct source *source, struct trace *out, struct mistakes *mistakes);

/** study_unlisted.c: which commitments of today's bill estate.owned does not list, of how much;
 * what they come to in the baseline's bill and beside the plan. */
void study_find_unlisted(struct arena *arena, struct study *study);
/** After both are billed: today's fleet by what ran, where whole instances ran more or less, and by
 * what the bill says of unlisted commitments; these beside the plan too. */
void study_bill_today(struct study *study);
/** Mean number of instances of a type that they cover. */
double study_unlisted_instances(const struct study *study, const char *sku);

/** study_running.c: a candidate in a plan. Brief weeks are those between two cuts of the horizon
 * that stand for under 1 % of its hours; those of events never are. */
struct study_running {
    int32_t low, high; /* instances over the hours outside brief weeks, regular and spot together */
    int32_t most;      /* the same over all hours */
    int32_t spot_high;
    double hours_share; /* of the horizon's hours, in which any runs */
    double usd;         /* over the horizon, at its rates, without what commitments cover */
    bool brief; /* runs in brief weeks alone, or in under 1 % of the hours for under 1 % of the
                   cost */
    double overflow_share; /* of the workload's requests, weighted by requests */
};
struct study_running study_running_of(const struct study *study, const struct plan *plan,
                                      int candidate);
/** study_machines.c: the instances of a fleet, and where else requests go. */
struct study_counts {
    const int32_t *regular, *spot; /* [n_candidates * n_hours]; NULL: none */
    const double *overflow;        /* the same, share of the workload's requests; NULL: none told */
};
struct study_machines {
    /** "2 to 5 x g6e.xlarge, 1 x inf2.xlarge"; of more than four candidates what they come to by
     * machine, the most first: "14 to 16 x g6.2xlarge for 16 workloads". "": nothing runs. */
    const char *words;
    bool summed;
    int n;        /* that `words` tells of */
    int n_kinds;  /* of instances */
    int32_t most; /* instances in any one hour */
};
/** workloads: whether to say whom each is for, where there are several. */
struct study_machines study_machines_of(struct arena *arena, const struct study *study,
                                        const struct study_counts *counts, bool workloads);
/** study_running.c: the same of the recommended plan's instances. */
struct study_machines study_plan_machines(struct arena *arena, const struct study *study);
/** study_running.c: what is sent to a candidate is under 1 % of its workload's requests and of the
 * bill; *usd_per_month what it costs. */
bool study_is_brief_use(const struct study *study, int candidate, double *usd_per_month);
/** study_running.c: whether the count of any candidate changes within a planning week. */
bool study_follows_week(const struct study *study);
/** study_running.c: "2 to 5 x g6e.xlarge, 1 x inf2.xlarge, and 1 x g5.xlarge on demand on
 * 2029-11-30 ($24.1)": what the recommended plan runs; what is brief last, with its money: over the
 * horizon where it has dates, else a month. Of more than four candidates study_machines.words. */
void study_list_instances(struct arena *arena, const struct study *study, struct text *out);
/** study_words.c: "3 x g6e.xlarge as 1-year reserved instances, all upfront"; "$12.5/h of a 1-year
 * Compute savings plan, no upfront, from 2027-03-01". zones: it and so many like it, one a zone; 1:
 * it alone. */
const char *study_commitment_words(struct arena *arena, const struct study *study,
                                   const struct commitment *commitment, int zones);
/** study_words.c: the sentence that stands first, computed from the numbers. */
void study_write_headline(struct arena *arena, struct study *study);

/** study_actions.c: what to do, the most money first; fills study->steps too. */
void study_write_actions(struct arena *arena, struct study *study);

/** study_notices.c: the warnings, in the order in which they are told. */
void study_write_notices(struct arena *arena, struct study *study);
void study_add_notice(struct arena *arena, struct study *study, const char *id, const char *text);
/** One about something with a name, of which there may be many: the text is `before`, the name and
 * `after`, and reads as well with several names in its place. */
struct notice_about {
    const char *before, *name, *after; /* name NULL: each stands by itself */
    double weight;                     /* struct study_notice */
};
void study_add_notice_about(struct arena *arena, struct study *study, const char *id,
                            const struct notice_about *about);
/** How long a log is: "7 days", "1 hour". */
const char *study_days_words(struct arena *arena, double days);

/** study_present.c: present values, after the statement. */
void study_discount(struct study *study);
/** study_present.c: what outlives the horizon; needs a feasible plan. */
bool study_weigh_beyond(struct arena *arena, struct study *study, struct err *err);

/** study_promises.c: what each promised spend is met with, and a notice of what is missing. */
void study_sum_promises(struct arena *arena, struct study *study);
/** What is missing in a year of a promise, USD, where a fleet costs other than as billed: what it
 * spends on what the promise is for moves with its cost, what stands beside it stays.
 *
 *  @param year      index of study.promise_years
 *  @param baseline  the fleet of the baseline; else of the plan
 *  @param scale     its cost in that year over that of the bill */
double study_missing_in_year(const struct study *study, int year, bool baseline, double scale);
/** What a plan spends in each year on what its promise is for, USD, as the plan is priced.
 *
 *  @param study  whose plan_input the plan is of
 *  @param usd    [n_promise_years] out */
void study_plan_spend(struct arena *arena, const struct study *study, const struct plan *plan,
                      double *usd);
/** What is missing of all promised spend, USD a month, where the fleet spends `more`
 * [n_promise_years] in each year than the recommended one was billed. */
double study_missing_with_more(const struct study *study, const double *more);
/** study_allocation.c: the bill of a replayed fleet by calendar month. */
struct statement study_statement(struct arena *arena, const struct study *study,
                                 const struct study_fleet *fleet);

/** study_prices.c: notices on estimated, old and coming prices: of all that were compared, and of
 * those that the plan's bill is made of. */
void study_write_price_notices(struct arena *arena, struct study *study);

/** study_estimates.c: notices on estimated and extrapolated service times. With a plan, about what
 * it runs: what the slow end of the band would mean in instances and money. */
void study_write_estimates(struct arena *arena, struct study *study);

/** study_candidates.c: the candidate is the smaller model that takes over on instances of its own.
 */
bool study_is_fallback(const struct study *study, int candidate);
/** study_fleet.c: [n_candidates * n_hours] the counts with the stated instances of fallbacks. */
const int32_t *study_with_fallbacks(struct arena *arena, const struct study *study,
                                    const int32_t *regular);
/** study_fleet.c: the plan with them, in its counts and in its costs. */
void study_add_fallbacks(struct arena *arena, const struct study *study, struct plan *plan);

/** The candidate that takes a workload's requests while its fleet is overloaded: the first token
 * API or function of that name that can serve; -1: there is none, *why says so. */
int study_fallback(const struct study *study, int workload, const char **why);

/** study_owned.c: what is owned and idle, for nothing in the plan, or not counted. */
void study_notice_owned(struct arena *arena, struct study *study);

/** a - b of two sums of money; less than a micro-dollar, or a billionth of them, is what arithmetic
 * and rows rounded to the nano-dollar leave, and 0. */
static inline double study_usd_apart(double a, double b) {
    return fabs(a - b) < fmax(1e-6, 1e-9 * fabs(a)) ? 0 : a - b;
}

#endif
