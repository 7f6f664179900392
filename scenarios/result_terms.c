/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/result_terms.h"

#include <string.h>

#include "base/text.h"

/* The fields that nearly everything rests on. */
/* As it is expected: the ends of growth are for futures alone. */
#define TRAFFIC "workloads.N.demand -workloads.N.demand.growth.low -workloads.N.demand.growth.high "
#define TARGET "workloads.N.slo "
#define MACHINES "workloads.N.models workloads.N.run_on workloads.N.regions workloads.N.engine "
#define PRICES "prices purchase estate policy spot "
#define TIME "horizon "
#define SEED "simulation "
#define REPLAY TIME TRAFFIC TARGET MACHINES PRICES "scaling resilience workloads.N.scaling " SEED
#define PLAN TIME TRAFFIC TARGET MACHINES PRICES
#define FUTURES REPLAY "today +workloads.N.demand.growth"
#define BILL "the bill of each replayed week x its weight in the horizon, "

const struct result_term result_terms[] = {
    {"recommended.bill_usd_per_month",
     "what the fleet costs a month: its replay, billed by the provider's rules",
     BILL "x 730 / hours of the horizon",
     "9",
     REPLAY,
     {"recommended.bill_usd_horizon", "horizon.hours"}},
    {"recommended.bill_usd_horizon",
     "what the fleet costs over the horizon",
     BILL "summed",
     "9",
     REPLAY,
     {"recommended.bill_usd_per_month", "horizon.hours"}},
    {"recommended.same_usage_on_demand_usd_per_month",
     "what the same usage would cost on demand",
     "the list cost of every charge, weighted as the bill is; unused commitments count nothing",
     "9",
     REPLAY,
     {"recommended.bill_usd_per_month"}},
    {"saving_usd_per_month",
     "what the plan saves a month against the baseline",
     "(bill of the baseline + what it leaves missing of promised spend) - (bill of the plan + "
     "what it leaves missing + what unlisted commitments of today's bill add)",
     "9",
     REPLAY "today",
     {"baseline.bill_usd_per_month", "baseline.shortfall_usd_per_month",
      "recommended.bill_usd_per_month", "recommended.shortfall_usd_per_month",
      "recommended.unlisted_usd_per_month"}},
    {"saving_fraction",
     "the saving as a share of what the baseline pays",
     "saving / (bill of the baseline + what it leaves missing of promised spend)",
     "9",
     REPLAY "today",
     {"saving_usd_per_month", "baseline.bill_usd_per_month", "baseline.shortfall_usd_per_month"}},
    {"cost_of_waiting.usd",
     "what it costs to leave everything as it is for a quarter, or for all of a shorter horizon",
     "what the bills of the first months save, each at its own demand",
     "9",
     REPLAY "today",
     {"cost_of_waiting.months", "saving_usd_per_month"}},
    {"total_usd_per_month",
     "all that is paid month by month",
     "bill of the plan + jobs + stored data + stations + what is missing of promised spend + what "
     "unlisted commitments of today's bill add",
     "9",
     REPLAY "jobs storage clusters",
     {"recommended.bill_usd_per_month", "jobs_usd_per_month", "storage_usd_per_month",
      "shortfall_usd_per_month", "recommended.unlisted_usd_per_month"}},
    {"cost.usd_per_month",
     "all that is paid month by month, as `headroom diff` compares it",
     "the lines of `cost` and what is beside the plan",
     "9.2",
     REPLAY "jobs storage clusters",
     {"recommended.bill_usd_per_month"}},
    {"recommended.within_target",
     "share of requests inside all their limits",
     "good / arrived over all workloads, weeks by their weight",
     "9",
     REPLAY,
     {"recommended.good_requests_per_month", "recommended.requests_per_month"}},
    {"recommended.worst_window_within_target",
     "the least share of any window of the SLO",
     "good / arrived of the window; one with few requests is counted with the next",
     "3.1",
     REPLAY,
     {"recommended.within_target"}},
    {"recommended.requests_per_month",
     "requests that arrive a month",
     "arrivals of each replayed week x its weight, x 730 / hours of the horizon",
     "4",
     TIME TRAFFIC SEED,
     {"horizon.hours"}},
    {"recommended.usd_per_million_output_tokens",
     "cost of a million output tokens within target",
     "bill / output tokens of good requests x 1,000,000",
     "9",
     REPLAY,
     {"recommended.bill_usd_per_month", "recommended.good_output_tokens_per_month"}},
    {"recommended.usd_per_thousand_requests",
     "cost of a thousand requests within target",
     "bill / good requests x 1,000",
     "9",
     REPLAY,
     {"recommended.bill_usd_per_month", "recommended.good_requests_per_month"}},
    {"recommended.carbon.N.operation_kg_co2e_per_month.1",
     "kg CO2e a month of the electricity that a workload's instances use, middle of its range; "
     "tables tell the sum of workloads with what is embodied, from low (0) to high (2)",
     "kWh of the instances x what a kWh emits in their region",
     "7.1",
     REPLAY,
     {"recommended.carbon.N.kwh_per_month.1", "recommended.carbon.N.embodied_kg_co2e_per_month.1"}},
    {"three_numbers.theoretical_minimum_usd_per_month",
     "theoretical minimum: what no plan with these candidates and rates goes below",
     "optimum of the linear programme before any margin, whole instances not asked for",
     "5",
     PLAN,
     {"three_numbers.whole_instance_plan_usd_per_month"}},
    {"three_numbers.whole_instance_plan_usd_per_month",
     "the plan in whole instances, as the solver prices it",
     "theoretical minimum + margin for the target + rounding to whole instances",
     "5.6",
     PLAN,
     {"three_numbers.theoretical_minimum_usd_per_month", "three_numbers.margin",
      "three_numbers.rounding"}},
    {"three_numbers.bill_usd_per_month",
     "the bill of the replay",
     "whole-instance plan + billing rules + delay",
     "5.6",
     REPLAY,
     {"three_numbers.whole_instance_plan_usd_per_month", "three_numbers.billing_rules",
      "three_numbers.delay"}},
    {"three_numbers.margin",
     "what capacity kept free costs, so that the replay meets its target",
     "minimum of the last round - minimum of the first",
     "5.6",
     REPLAY,
     {"three_numbers.theoretical_minimum_usd_per_month"}},
    {"three_numbers.rounding",
     "what whole instances cost beyond the programme's fractions",
     "whole-instance plan - minimum of its round",
     "5.6",
     PLAN,
     {"three_numbers.whole_instance_plan_usd_per_month"}},
    {"three_numbers.billing_rules",
     "what the provider's rules add to the plan's own schedule",
     "the schedule billed - the plan",
     "5.6",
     REPLAY,
     {"three_numbers.whole_instance_plan_usd_per_month"}},
    {"three_numbers.delay",
     "what boots before the hour, drains after it and lost spot cost",
     "bill of the replay - the schedule billed",
     "5.6",
     REPLAY,
     {"three_numbers.bill_usd_per_month"}},
    {"three_numbers.of_the_bill.order",
     "what the provider's order of commitments adds to the cheapest",
     "the use paid in the provider's order - paid by the cheapest allocation of every clock hour",
     "5.6",
     REPLAY,
     {"three_numbers.bill_usd_per_month"}},
    {"three_numbers.of_the_bill.held_by_second",
     "what capacity held by the second adds to clock hours",
     "the use billed with held capacity by the second - by the clock hour",
     "5.6",
     REPLAY,
     {"three_numbers.bill_usd_per_month"}},
    {"three_numbers.of_the_bill.free_first_hour",
     "what spot costs less because the hour in which it is taken back first is free",
     "the use billed with that rule - without it",
     "5.6",
     REPLAY,
     {"three_numbers.bill_usd_per_month"}},
    {"three_numbers.of_the_bill.tiers",
     "what volume tiers and months of other lengths change against the first rate by 730 hours",
     "the use billed by tiers - all at the first rate",
     "5.6",
     REPLAY,
     {"three_numbers.bill_usd_per_month"}},
    {"three_numbers.of_the_bill.minimum",
     "what the least of 60 s a launch adds",
     "the use billed with the minimum - by the second",
     "5.6",
     REPLAY,
     {"three_numbers.bill_usd_per_month"}},
    {"plan.as_sold.usd_per_hour",
     "what commitments cost as they are sold, while what runs may be fractions",
     "the programme with whole reserved instances, the best amounts found",
     "5.4",
     PLAN,
     {"plan.as_sold.least_usd_per_hour"}},
    {"plan.as_sold.least_usd_per_hour",
     "what no commitments as they are sold cost less than",
     "least bound of the branches over how many are bought",
     "5.4",
     PLAN,
     {"plan.as_sold.usd_per_hour"}},
    {"plan.as_sold.gap",
     "how far the best amounts found can be from the least possible",
     "(as sold - least) / as sold",
     "5.4",
     PLAN,
     {"plan.as_sold.usd_per_hour", "plan.as_sold.least_usd_per_hour"}},
    {"plan.upfront_usd",
     "paid at the begin of what is bought",
     "upfront payments of all commitments that are bought",
     "5.3",
     PLAN,
     {0}},
    {"plan.liability_usd",
     "still owed after the horizon",
     "payments of what is bought that fall after the last hour of the horizon",
     "5.3",
     PLAN,
     {0}},
    {"plan.owned_liability_usd",
     "still owed after the horizon by what is owned already",
     "cost of the hours after the last hour of the horizon in which owned commitments are held",
     "5.3",
     PLAN,
     {0}},
    {"plan.prepaid_after_horizon_usd",
     "paid ahead for after the horizon",
     "the part of upfront payments that is for contract hours after the last hour of the horizon",
     "5.3",
     PLAN,
     {0}},
    {"plan.committed_usd_per_month.mean",
     "what commitments cost while they are in force",
     "effective cost of what is bought in the hours of the horizon in which it is held, a month of "
     "730 h; least_month and most_month: of one calendar month",
     "5.3",
     PLAN,
     {0}},
    {"plan.commitments.N.utilisation",
     "share of a commitment that is used",
     "hours (or dollars at plan rates) used / committed, over the horizon; with what jobs use",
     "5.3",
     PLAN,
     {"plan.commitments.N.usd_per_hour"}},
    {"plan.commitments.N.break_even",
     "share of the time from which a commitment pays",
     "its hourly cost / the on-demand rate of what it covers",
     "5.3",
     "prices purchase estate policy",
     {"plan.commitments.N.usd_per_hour"}},
    {"plan.commitments.N.saving_usd_over_horizon",
     "what a commitment saves",
     "cost of the plan without it, its usage on demand, - cost with it",
     "5.3",
     PLAN,
     {"plan.commitments.N.utilisation", "plan.commitments.N.break_even"}},
    {"candidates.N.usd_per_thousand_requests",
     "unit cost of a candidate at full load on demand",
     "hourly rate / (3600 x best rate of an instance) x 1,000; by use: its rates x the mean "
     "request",
     "9",
     MACHINES TARGET TRAFFIC "prices simulation",
     {"candidates.N.capacity.0.requests_per_second", "candidates.N.replicas_per_instance"}},
    {"candidates.N.capacity.N.requests_per_second",
     "the largest rate that so many replicas carry inside the SLO",
     "found by bisection over replays of the workload's requests, mean of the replications",
     "3",
     MACHINES TARGET TRAFFIC SEED,
     {"candidates.N.capacity.N.half_width"}},
    {"candidates.N.rate_low",
     "what the capacity becomes when service times are longer by the known error",
     "rate found with service times x (1 + error_high) / rate found",
     "3",
     MACHINES TARGET TRAFFIC SEED,
     {"candidates.N.error_high"}},
    {"candidates.N.rate_high",
     "what the capacity becomes when service times are shorter by the known error",
     "rate found with service times x (1 + error_low) / rate found",
     "3",
     MACHINES TARGET TRAFFIC SEED,
     {"candidates.N.error_low"}},
    {"unit_costs.N.usd_per_month",
     "what a workload costs a month, amortised",
     "what its payers bear of the bill over the horizon, a month",
     "9.1",
     REPLAY "allocation",
     {0}},
    {"unit_costs.N.usd_per_million_input_tokens",
     "cost of a million input tokens, amortised",
     "the part of the cost that input tokens bear / input tokens x 1,000,000",
     "9.1",
     REPLAY "allocation",
     {"unit_costs.N.usd_per_month"}},
    {"unit_costs.N.usd_per_million_output_tokens",
     "cost of a million output tokens, amortised",
     "the part of the cost that output tokens bear / output tokens x 1,000,000",
     "9.1",
     REPLAY "allocation",
     {"unit_costs.N.usd_per_month"}},
    {"unit_costs.N.usd_per_thousand_requests",
     "cost of a thousand requests, amortised",
     "cost / finished requests x 1,000",
     "9.1",
     REPLAY "allocation",
     {"unit_costs.N.usd_per_month"}},
    {"unit_costs.N.utilisation_tax",
     "what idle time adds to the cost of the work",
     "cost / cost at full load - 1",
     "9.1",
     REPLAY "allocation",
     {"unit_costs.N.usd_per_month", "unit_costs.N.full_load_usd_per_month"}},
    {"unit_costs.N.usd_per_business_unit",
     "cost of what the business counts",
     "cost / business units",
     "9.1",
     REPLAY "allocation workloads.N.value",
     {"unit_costs.N.usd_per_month", "unit_costs.N.business_units_per_month"}},
    {"effective_savings_rates.all_spend",
     "effective savings rate on all spend",
     "1 - everything used / its list prices, before the contract",
     "9.1",
     REPLAY,
     {0}},
    {"effective_savings_rates.eligible_usage",
     "effective savings rate on what commitments could cover",
     "1 - (on demand + commitments) / the same usage on demand",
     "9.1",
     REPLAY,
     {0}},
    {"effective_savings_rates.covered_usage",
     "effective savings rate on what commitments cover",
     "1 - commitments, used or not / what they covered on demand",
     "9.1",
     REPLAY,
     {0}},
    {"budgets.N.headroom_usd",
     "what a budget has left in a period",
     "limit - cost in the months of the period that the horizon has",
     "9.1",
     REPLAY "budgets finance",
     {"budgets.N.limit_usd", "budgets.N.cost_usd"}},
    {"one_off_usd",
     "what the models that the plan uses cost once",
     "`one_off` of each that runs, as stated",
     "5.8",
     PLAN,
     {0}},
    {"recommended.stations_usd_per_month",
     "what the stations of flows cost a month, beside the plan",
     "instances of each station x its on-demand rate x 730, without hours that commitments cover",
     "8.5",
     TIME TRAFFIC PRICES,
     {0}},
    {"steps_usd_per_month.right_size",
     "what running the plan's machines changes, each held at its peak",
     "the plan's peaks on demand - the baseline as it is priced, without what its bill adds",
     "9",
     REPLAY "today",
     {"baseline.bill_usd_per_month"}},
    {"steps_usd_per_month.schedule",
     "what following the hour of the week changes",
     "the plan's hours on demand - its peaks on demand",
     "9",
     REPLAY "today",
     {0}},
    {"steps_usd_per_month.spot",
     "what spot changes",
     "the plan's hours with its spot - all of them on demand",
     "9",
     REPLAY,
     {0}},
    {"steps_usd_per_month.commit",
     "what is committed to changes",
     "whole-instance plan - the plan's hours with its spot",
     "9",
     REPLAY,
     {"three_numbers.whole_instance_plan_usd_per_month"}},
    {"steps_usd_per_month.billing_and_delay",
     "what the provider's rules and delay add to the plan, less what they add to the baseline",
     "(bill of the replay - whole-instance plan) - (bill of the baseline - the baseline as it is "
     "priced)",
     "5.6",
     REPLAY,
     {"baseline.bill_usd_per_month", "three_numbers.bill_usd_per_month",
      "three_numbers.whole_instance_plan_usd_per_month"}},
    {"futures.plans.N.expected_usd_per_month",
     "what a plan costs a month on average over the futures",
     "mean over all futures that the quotas carry",
     "5.11",
     FUTURES,
     {"futures.n"}},
    {"futures.plans.N.p10_usd_per_month",
     "the low end of what a plan costs a month: eight of ten futures lie above it and below the "
     "high end",
     "quantile 10 over the futures",
     "5.11",
     FUTURES,
     {"futures.n"}},
    {"futures.plans.N.p90_usd_per_month",
     "the high end of what a plan costs a month",
     "quantile 90 over the futures",
     "5.11",
     FUTURES,
     {"futures.n"}},
    {"futures.plans.N.worst_5_percent_usd_per_month",
     "bad-case cost: what a plan costs a month in the worst 5% of the futures",
     "mean of the dearest 5% of the futures",
     "5.11",
     FUTURES,
     {"futures.n"}},
    {"futures.plans.N.expected_regret_usd_per_month",
     "what a plan costs on average above the cheapest of the set in the same future",
     "mean of its cost - the least cost of any plan told, future by future",
     "5.11",
     FUTURES,
     {"futures.plans.N.expected_usd_per_month"}},
    {"futures.plans.N.worst_case_usd_per_month",
     "what a plan costs a month with less demand and lower prices from the first day",
     "its commitments as bought + the rest of the demand at the lower prices, chosen anew",
     "5.11",
     FUTURES,
     {"futures.worst_case_demand_factor", "futures.worst_case_price_factor"}},
    {"levers.before_usd_per_month",
     "the plan without any lever, with what it leaves missing of promised spend",
     "whole instances for the expected demand, before the margins of later rounds and a replay",
     "5.3",
     PLAN,
     {"levers.after_usd_per_month"}},
    {"levers.after_usd_per_month",
     "the plan with all levers that go together",
     "the plan without any - what each step saves",
     "5.3",
     PLAN "levers",
     {"levers.before_usd_per_month"}},
    {"levers.steps.N.alone_usd_per_month",
     "what a lever saves a month by itself",
     "the plan without any lever - the plan with this one",
     "5.3",
     PLAN "levers",
     {"levers.before_usd_per_month"}},
    {"levers.steps.N.usd_per_month",
     "what a lever saves a month on top of the steps before it",
     "the plan with the steps before it - the plan with it too; all steps add up to before - after",
     "5.3",
     PLAN "levers",
     {"levers.before_usd_per_month", "levers.after_usd_per_month"}},
    {"levers.steps.N.minimum_usd_per_month",
     "what a lever takes off the theoretical minimum in its step",
     "minimum with the steps before it - minimum with it too",
     "5.3",
     PLAN "levers",
     {"levers.steps.N.usd_per_month"}},
    {"levers.steps.N.one_off_usd",
     "what a lever costs once",
     "`one_off`, as stated",
     "5.3",
     "levers",
     {0}},
    {"levers.steps.N.payback_months",
     "months until a lever has saved what it costs once",
     "what it costs once / what it saves a month in its step",
     "5.3",
     PLAN "levers",
     {"levers.steps.N.one_off_usd", "levers.steps.N.usd_per_month"}},
    {"jobs_usd_per_month",
     "what jobs cost a month, and what their clusters have idle",
     "runs over the horizon x cost of a run in the chosen way, less what commitments cover on "
     "demand, "
     "x 730 / hours of the horizon",
     "5",
     TIME "jobs clusters prices estate",
     {"jobs_usd_horizon", "horizon.hours"}},
    {"storage_usd_per_month",
     "what stored data cost a month",
     "each class by its rule of tiers and ages",
     "5",
     TIME "storage prices",
     {0}},
    {"steps_usd_per_month.promised_spend",
     "what of promised spend is missing and charged all the same, more than beside the baseline",
     "missing with the plan - missing with the baseline",
     "7",
     REPLAY "estate",
     {"recommended.shortfall_usd_per_month", "baseline.shortfall_usd_per_month"}},
    {"recommended.shortfall_usd_per_month",
     "what the fleet leaves missing of promised spend",
     "promised - spent on what the promise counts, where less is spent",
     "7",
     REPLAY "estate",
     {0}},
    {"steps_usd_per_month.unlisted_commitments",
     "what commitments of today's bill that estate.owned does not list cover no longer",
     "what they add to the plan - what they add to today's fleet, both at the book's rates",
     "5.7",
     REPLAY "estate today",
     {"recommended.unlisted_usd_per_month"}},
    {"recommended.unlisted_usd_per_month",
     "what commitments of today's bill that estate.owned does not list add beside the bill",
     "what they cost, used or not - what they cover of the fleet, on demand; in the baseline they "
     "are in the bill",
     "5.7",
     REPLAY "estate today",
     {0}},
    {"shortfall_usd_per_month",
     "what is missing of promised spend",
     "promised - spent on what the promise counts, where less is spent",
     "7",
     REPLAY "estate",
     {0}},
    {0},
};

/* Of warnings: where the line is that a reader may want to change. */
static const struct {
    const char *id, *inputs;
} warning_inputs[] = {
    {"assumed-ready-delay", "scaling workloads.N.scaling workloads.N.run_on"},
    {"assumed-volume-size", "scaling.volume workloads.N.scaling workloads.N.models"},
    {"baseline-misses", "today workloads.N.demand workloads.N.slo"},
    {"block-ahead", "purchase horizon"},
    {"budget-at-risk", "budgets workloads.N.demand.growth horizon"},
    {"budget-broken", "budgets workloads.N.demand"},
    {"budget-exceeded", "budgets workloads.N.demand"},
    {"budget-of-nobody", "budgets workloads.N.tags"},
    {"cheaper-in-expectation", "policy.risk workloads.N.demand.growth purchase"},
    {"chosen-for-futures", "policy workloads.N.demand.growth purchase"},
    {"commitment-not-counted", "estate.owned"},
    {"commitment-outside", "estate.owned horizon"},
    {"contract-shortfall", "estate.discounts today workloads.N.demand"},
    {"estimated-capacity", "workloads.N.models workloads.N.run_on profiles"},
    {"estimated-job-price", "jobs prices"},
    {"estimated-lengths", "workloads.N.demand"},
    {"estimated-prices", "prices purchase policy.estimates workloads.N.run_on"},
    {"estimated-storage-prices", "storage prices policy.estimates"},
    {"extrapolated-profile", "workloads.N.demand workloads.N.models workloads.N.run_on profiles"},
    {"futures-not-carried", "estate.quotas estate.supply workloads.N.demand"},
    {"idle-commitment", "estate.owned workloads.N.demand"},
    {"idle-copies", "workloads.N.run_on workloads.N.demand"},
    {"idle-units", "workloads.N.models workloads.N.demand"},
    {"incomplete", "purchase horizon workloads.N.demand"},
    {"infeasible", "estate.quotas estate.supply policy budgets workloads.N.demand workloads.N.slo"},
    {"instance-loss-missed", "resilience workloads.N.slo"},
    {"job-not-in-time", "jobs clusters"},
    {"later-prices", "horizon.start prices"},
    {"missed-in-other-replays", "simulation workloads.N.slo workloads.N.demand"},
    {"on-demand-only", "horizon workloads.N.models workloads.N.run_on"},
    {"owned-discount", "estate.discounts estate.owned"},
    {"owned-jobs", "estate.owned jobs"},
    {"owned-zone", "estate.owned resilience purchase"},
    {"plan-dollars", "estate.discounts purchase"},
    {"plan-rates-paged", "estate.owned"},
    {"prepaid", "horizon purchase policy"},
    {"prices-change", "horizon prices"},
    {"rollout-impossible", "workloads.N.rollout workloads.N.run_on workloads.N.models"},
    {"rollout-missed", "workloads.N.rollout workloads.N.slo"},
    {"short-traffic", "workloads.N.demand purchase"},
    {"slo-missed", "workloads.N.slo workloads.N.demand"},
    {"slow-instance", "resilience workloads.N.slo"},
    {"spare-not-enough", "resilience workloads.N.slo workloads.N.demand"},
    {"spot-loss-missed", "resilience spot workloads.N.slo"},
    {"stale-prices", "horizon.start prices"},
    {"stand-ins", "estate.supply workloads.N.run_on"},
    {"station-too-small", "workloads.N.demand.flow"},
    {"supply-at-once", "estate.supply"},
    {"supply-at-start", "estate.supply horizon.start"},
    {"task-slo-missed", "workloads.N.slo workloads.N.demand.flow"},
    {"term-outlives-horizon", "horizon purchase policy workloads.N.models"},
    {"tiled-traffic", "workloads.N.demand"},
    {"today-bill", "today"},
    {"today-committed", "today estate.owned"},
    {"unused-profile", "profiles"},
    {"variant-left-out", "workloads.N.models"},
    {"weights-at-launches", "scaling.weights_over workloads.N.scaling"},
    {"zone-loss-missed", "resilience workloads.N.slo"},
};

const char *result_warning_inputs(const char *id) {
    for (size_t i = 0; i < sizeof warning_inputs / sizeof *warning_inputs; i++)
        if (strcmp(warning_inputs[i].id, id) == 0)
            return warning_inputs[i].inputs;
    return NULL;
}

/* Lengths in step: a key, or N against digits. */
static bool matches(const char *pattern, const char *path) {
    while (*pattern && *path) {
        size_t n = strcspn(pattern, "."), m = strcspn(path, ".");
        bool index = n == 1 && *pattern == 'N' && m > 0 && strspn(path, "0123456789") == m;
        if (!index && (n != m || memcmp(pattern, path, n) != 0))
            return false;
        pattern += n + (pattern[n] == '.');
        path += m + (path[m] == '.');
    }
    return !*pattern && !*path;
}

static const char *as_recommended(const char *path) {
    return strncmp(path, "baseline.", 9) == 0 ? path + 9 : NULL;
}

const struct result_term *result_term_find(const char *path) {
    const char *of_baseline = as_recommended(path);
    for (const struct result_term *term = result_terms; term->path; term++) {
        bool is_fleet = strncmp(term->path, "recommended.", 12) == 0;
        if (matches(term->path, path) ||
            (of_baseline && is_fleet && matches(term->path + 12, of_baseline)))
            return term;
    }
    for (const struct result_term *term = result_terms; term->path && !strchr(path, '.'); term++) {
        const char *key = strrchr(term->path, '.');
        if (key && !strstr(term->path, ".N.") && strcmp(key + 1, path) == 0)
            return term;
    }
    return NULL;
}

const char *result_term_part(struct arena *arena, const char *part, const char *path) {
    struct text out = {.arena = arena};
    const char *digits = path;
    if (as_recommended(path) && strncmp(part, "recommended.", 12) == 0) {
        text_append_string(&out, "baseline.");
        part += 12;
    }
    while (*part) {
        size_t n = strcspn(part, ".");
        if (n == 1 && *part == 'N') { /* the next index of the number's own path */
            digits += strcspn(digits, "0123456789");
            size_t m = strspn(digits, "0123456789");
            text_append(&out, digits, m);
            digits += m;
        } else {
            text_append(&out, part, n);
        }
        part += n;
        if (*part)
            text_append(&out, part++, 1);
    }
    return out.data;
}

const char *result_baseline_inputs(bool given, bool money) {
    static const char today[] = TIME "today prices estate.discounts estate.owned scaling ";
    static const char served[] = TIME "today " TRAFFIC TARGET MACHINES SEED;
    static const char found[] =
        TIME TRAFFIC TARGET MACHINES "prices estate.discounts scaling " SEED;
    return !given ? found : money ? today : served;
}

/* Whether a field begins as one of the paths does that have the mark, '\0': none. */
static bool is_listed(const char *inputs, char mark, const char *field) {
    for (const char *begin = inputs; *begin;) {
        char own = *begin == '-' || *begin == '+' ? *begin++ : '\0';
        size_t n = strcspn(begin, " ");
        const char *at = field, *want = begin;
        bool ok = true;
        while (ok && want < begin + n) {
            size_t k = strcspn(want, ". "), m = strcspn(at, ".");
            bool index = k == 1 && *want == 'N' && m > 0 && strspn(at, "0123456789") == m;
            ok = index || (k == m && memcmp(want, at, k) == 0);
            want += k + (want[k] == '.');
            at += m + (at[m] == '.');
        }
        if (ok && own == mark)
            return true;
        begin += n + strspn(begin + n, " ");
    }
    return false;
}

bool result_term_rests_on(const struct result_term *term, const char *field) {
    return is_listed(term->inputs, '+', field) ||
           (is_listed(term->inputs, '\0', field) && !is_listed(term->inputs, '-', field));
}
