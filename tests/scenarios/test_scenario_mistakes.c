/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Broken scenario files and the exact words they are answered with. Each case is a whole file and
 * every mistake of it, one a line: LINE:COLUMN+LENGTH what | hint. The words were read and judged
 * one by one; a changed word must be judged again. The files differ from a good one in one thing
 * each, except where many at once are the point. That the good file is good is the first test. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "scenarios/scenario.h"

#define HEAD "headroom: 1\nname: x\nhorizon: { start: 2026-12-01 }\n"
#define TRACE "{ trace: week.csv }"
#define LIMITS "{ ttft: 500ms, share: 99% }"
#define LLAMA "[ { use: llama-3.1-8b } ]"
#define A10G "[ { instance: g5.2xlarge } ]"
#define WORKLOAD(demand, slo, models, run_on)                                                      \
    "workloads:\n  - name: chat\n    demand: " demand "\n    slo: " slo "\n    models: " models    \
    "\n    run_on: " run_on "\n    regions: [us-east-1]\n"
#define WORK WORKLOAD(TRACE, LIMITS, LLAMA, A10G)
#define DEMAND(demand) WORKLOAD(demand, LIMITS, LLAMA, A10G)
#define SLO(slo) WORKLOAD(TRACE, slo, LLAMA, A10G)
#define MODELS(models) WORKLOAD(TRACE, LIMITS, models, A10G)
#define RUN_ON(run_on) WORKLOAD(TRACE, LIMITS, LLAMA, run_on)
#define ENGINE(engine) WORK "    engine: " engine "\n"
#define FRONT(rule) WORK "    " rule "\n"
#define PRIORITIES(shares)                                                                         \
    DEMAND("{ trace: week.csv, priorities: " shares " }") "    engine: { admission: priority }\n"

#define KEYS                                                                                       \
    "keys here: headroom, name, time_zone, include, prices, prices_over, profiles, finance, "      \
    "horizon, "                                                                                    \
    "today, "                                                                                      \
    "estate, "                                                                                     \
    "policy, allocation, "                                                                         \
    "budgets, workloads, clusters, jobs, purchase, resilience, scaling, spot, storage, levers, "   \
    "simulation"

#define FINANCE "keys here: currency, discount_rate, fiscal_year_starts"

/* clang-format off */
static const struct {
    const char *name, *text, *want;
} cases[] = {
    {"empty_file",
     "",
     "1:1+0 the file is empty | \n"},
    {"a_list",
     "- headroom: 1\n",
     "1:1+1 a scenario is a map of keys, not a list | begin with: headroom: 1\n"},
    {"a_word",
     "hello\n",
     "1:1+5 a scenario is a map of keys, not a single value | begin with: headroom: 1\n"},
    {"a_zone_misspelt",
     HEAD "time_zone: Europe/Berlyn\n" WORK,
     "4:1+9 'Europe/Berlyn' is no time zone that is known | did you mean Europe/Berlin?\n"},
    {"nothing_but_a_version",
     "headroom: 1\n",
     "0:0+0 'name' is missing | write for example name: Chat assistant 2027\n"
     "0:0+0 'horizon' is missing | write for example horizon: { start: 2026-12-01 }\n"
     "0:0+0 'workloads' is missing | write for example workloads: [ { name: chat, regions: [us-east-1] } ]\n"},
    {"not_yaml",
     "headroom: 1\n"
     "name: [ x\n",
     "3:1+0 not valid YAML: did not find expected ',' or ']', while parsing a flow sequence (begun on line 2) | \n"},
    {"an_anchor",
     "headroom: 1\n"
     "name: &x y\n",
     "2:7+0 anchors (&x) are not supported | write the value out; quote a text that begins with &\n"},
    {"an_alias",
     "headroom: 1\n"
     "name: *x\n",
     "2:7+0 aliases (*x) are not supported | write the value out; quote a text that begins with *\n"},
    {"a_tag",
     "headroom: !!int 1\n",
     "1:11+0 tags (tag:yaml.org,2002:int) are not supported | leave the tag out: the field decides the type; quote a text that begins with !\n"},
    {"a_key_twice",
     "headroom: 1\n"
     "name: x\n"
     "name: y\n",
     "3:1+4 duplicate key 'name' | it is already set on line 2; keep one of them\n"},
    {"two_documents",
     "headroom: 1\n"
     "---\n"
     "headroom: 1\n",
     "2:1+0 a second document begins here | one file holds one document: remove the line '---'\n"},
    {"not_utf8",
     "headroom: 1\n"
     "name: \xff\n",
     "2:7+0 not UTF-8 text (byte 0xff) | save the file as UTF-8\n"},
    {"future_version",
     "headroom: 2\n"
     "name: x\n"
     "horizon: { start: 2026-12-01 }\n" WORK,
     "1:11+1 'headroom' is 2, expected 1 | Version of this format.\n"},
    {"version_is_a_word",
     "headroom: one\n"
     "name: x\n"
     "horizon: { start: 2026-12-01 }\n" WORK,
     "1:11+3 'headroom' is a whole number, not 'one' | write for example 1\n"},
    {"name_is_empty",
     "headroom: 1\n"
     "name:\n"
     "horizon: { start: 2026-12-01 }\n" WORK,
     "2:6+0 'name' has no value | write for example Chat assistant 2027\n"},
    {"name_is_a_map",
     "headroom: 1\n"
     "name: { a: b }\n"
     "horizon: { start: 2026-12-01 }\n" WORK,
     "2:1+4 'name' is a single value, not a map | write for example name: Chat assistant 2027\n"},
    {"name_drives_a_terminal",
     "headroom: 1\n"
     "name: \"x\\e[31m\"\n"
     "horizon: { start: 2026-12-01 }\n" WORK,
     "2:7+9 'name' holds control or direction characters | take them out\n"},
    {"no_such_day",
     "headroom: 1\n"
     "name: x\n"
     "horizon: { start: 2026-02-30 }\n" WORK,
     "3:19+10 'horizon.start' is a date, not '2026-02-30' | write for example 2026-12-01\n"},
    {"months_past_five_years",
     "headroom: 1\n"
     "name: x\n"
     "horizon: { start: 2026-12-01, months: 61 }\n" WORK,
     "3:39+2 'horizon.months' is 61, expected 1 to 60 | Length of the plan in months.\n"},
    {"months_with_a_unit",
     "headroom: 1\n"
     "name: x\n"
     "horizon: { start: 2026-12-01, months: 12 months }\n" WORK,
     "3:39+9 'horizon.months' is a whole number without unit, not '12 months' | write 12\n"},
    {"months_in_parts",
     "headroom: 1\n"
     "name: x\n"
     "horizon: { start: 2026-12-01, months: 1.5 }\n" WORK,
     "3:39+3 'horizon.months' is a whole number, not '1.5' | write for example 12\n"},
    {"horizon_is_empty",
     "headroom: 1\n"
     "name: x\n"
     "horizon:\n" WORK,
     "3:1+7 'horizon' is a map, and nothing is given | write for example horizon: { start: 2026-12-01 }\n"},
    {"horizon_without_start",
     "headroom: 1\n"
     "name: x\n"
     "horizon: { months: 12 }\n" WORK,
     "3:1+7 'start' is missing in 'horizon' | write for example start: 2026-12-01\n"},
    {"misspelt_horizon",
     "headroom: 1\n"
     "name: x\n"
     "horizn: { start: 2026-12-01 }\n" WORK,
     "3:1+6 unknown key 'horizn' | did you mean 'horizon'?\n"},
    {"unknown_key",
     HEAD WORK "colour: blue\n",
     "11:1+6 unknown key 'colour' | " KEYS "\n"},
    {"misspelt_key",
     HEAD WORK "purchse: on_demand\n",
     "11:1+7 unknown key 'purchse' | did you mean 'purchase'?\n"},
    {"include_without_files",
     HEAD WORK "include: estate.yaml\n",
     "11:1+7 'include' needs a file to be relative to | write it all into one file\n"},
    {"currency",
     HEAD WORK "finance: { currency: EUR }\n",
     "11:22+3 'finance.currency' cannot be 'EUR' | choices: USD\n"},
    {"discount_rate",
     HEAD WORK "finance: { discount_rate: 9% }\n",
     "11:27+2 'finance.discount_rate' has the unknown unit '%' | units: %/month, %/year\n"},
    {"beyond_out_of_order",
     "headroom: 1\nname: x\nhorizon: { start: 2026-12-01, beyond: { growth: { low: 9%/year, mid: 0%/year } } }\n" WORK,
     "3:41+6 'growth' is no interval: 'low' is at most 'mid', and 'mid' at most 'high' | write for example { low: -20%/year, mid: 0%/year, high: 20%/year }\n"},
    {"fleet_count_missing",
     HEAD WORK "today: { fleet: [ { instance: g5.2xlarge } ] }\n",
     "11:19+1 'count' is missing in 'today.fleet' | write for example count: 12\n"},
    {"fleet_is_a_map",
     HEAD WORK "today: { fleet: { instance: g5.2xlarge, count: 2 } }\n",
     "11:10+5 'today.fleet' is a list of maps, not a map | write for example fleet: [ { instance: g5.2xlarge, count: 12 } ]\n"},
    {"fleet_of_another_workload",
     HEAD WORK "today: { fleet: [ { instance: g5.2xlarge, count: 2, workload: chta } ] }\n",
     "11:63+4 there is no workload 'chta' | did you mean 'chat'?\n"},
    {"discount_without_unit",
     HEAD WORK "estate: { discounts: [ { applies_to: ec2, rate: 0.09 } ] }\n",
     "11:49+4 'estate.discounts.rate' needs a unit: '0.09' | write 9%\n"},
    {"discount_of_everything",
     HEAD WORK "estate: { discounts: [ { applies_to: ec2, rate: 100% } ] }\n",
     "11:49+4 'estate.discounts.rate' is 100%, expected 0% to 99% | Part taken off the price.\n"},
    {"owned_plan_without_commitment",
     HEAD WORK "estate: { owned: [ { savings_plan: compute, ends: 2027-08-31 } ] }\n",
     "11:20+1 'commitment' is missing in 'estate.owned': a savings plan needs it | write for example commitment: 40 USD/h\n"},
    {"owned_ec2_plan_without_family",
     HEAD WORK "estate: { owned: [ { savings_plan: ec2, commitment: 4 USD/h, ends: 2027-08-31 } ] }\n",
     "11:20+1 'family' is missing in 'estate.owned': a plan of kind ec2 needs it | write for example family: g6e\n"},
    {"owned_plan_of_instances",
     HEAD WORK "estate: { owned: [ { savings_plan: compute, commitment: 4 USD/h, count: 3, ends: 2027-08-31 } ] }\n",
     "11:66+5 'estate.owned.count' is for reserved instances only | take it out\n"},
    {"owned_reserved_without_count",
     HEAD WORK "estate: { owned: [ { reserved: standard, instance: g5.2xlarge, ends: 2027-08-31 } ] }\n",
     "11:20+1 'count' is missing in 'estate.owned': reserved instances need it | write for example count: 4\n"},
    {"owned_both_kinds",
     HEAD WORK "estate: { owned: [ { reserved: standard, savings_plan: ec2, ends: 2027-08-31 } ] }\n",
     "11:22+8 'estate.owned' has both 'savings_plan' and 'reserved' | keep one of savings_plan, reserved or capacity\n"},
    {"owned_has_ended",
     HEAD WORK "estate: { owned: [ { savings_plan: compute, commitment: $4/h, ends: 2026-12-01 } ] }\n",
     "11:69+10 the commitment ends before the horizon starts | take the commitment out\n"},
    {"owned_commitment_a_month",
     HEAD WORK "estate: { owned: [ { savings_plan: compute, commitment: 4 USD/month, ends: 2027-08-31 } ] }\n",
     "11:57+11 'estate.owned.commitment' has the unknown unit 'USD/month' | units: USD/h, kUSD/h, $/h, $k/h, $K/h, USD/year, kUSD/year, "
     "MUSD/year, $/year, $M/year\n"},
    {"quota_without_unit",
     HEAD WORK "estate: { quotas: { P: 1152 } }\n",
     "11:24+4 'estate.quotas' needs a unit: '1152' | write 1152 vCPU\n"},
    {"quota_of_an_unknown_group",
     HEAD WORK "estate: { quotas: { Q: 1152 vCPU } }\n",
     "11:21+1 unknown name 'Q' in 'estate.quotas' | choices: Standard, G, P, Inf, Trn, X, Fargate, Standard spot, G spot, P spot, Inf spot, Trn spot, X spot\n"},
    {"coverage_above_all",
     HEAD WORK "policy: { coverage_max: 120% }\n",
     "11:25+4 'policy.coverage_max' is 120%, expected 0% to 100% | Largest share of regular instance hours, and of function time that plans cover, at on-demand prices, that new commitments may cover.\n"},
    {"coverage_as_a_fraction",
     HEAD WORK "policy: { coverage_max: 0.8 }\n",
     "11:25+3 'policy.coverage_max' needs a unit: '0.8' | write 80%\n"},
    {"upfront_with_separators",
     HEAD WORK "policy: { upfront_max: \"1,000,000 USD\" }\n",
     "11:24+15 'policy.upfront_max' is an amount of money, not '1,000,000 USD' | write digits without separators, with a point for decimals\n"},
    {"upfront_in_euro",
     HEAD WORK "policy: { upfront_max: 1 MEUR }\n",
     "11:24+6 'policy.upfront_max' has the unknown unit 'MEUR' | units: USD, kUSD, MUSD, $, $k, $K, $M\n"},
    {"term_of_two_years",
     HEAD WORK "policy: { max_term: 2y }\n",
     "11:21+2 'policy.max_term' cannot be '2y' | choices: none, 1y, 3y\n"},
    {"estimates_perhaps",
     HEAD WORK "policy: { estimates: makr }\n",
     "11:22+4 'policy.estimates' cannot be 'makr' | did you mean 'mark'? Choices: mark, refuse\n"},
    {"purchase_unknown_word",
     HEAD WORK "purchase: [ on_demnd ]\n",
     "11:13+8 'purchase' cannot be 'on_demnd' | did you mean 'on_demand'? Choices: on_demand, spot\n"},
    {"purchase_both_kinds",
     HEAD WORK "purchase: [ { reserved: standard, savings_plan: ec2 } ]\n",
     "11:35+12 'purchase' has both 'reserved' and 'savings_plan' | keep one of reserved, savings_plan or capacity\n"},
    {"purchase_neither_kind",
     HEAD WORK "purchase: [ { term: 1y } ]\n",
     "11:13+1 'purchase' has none of reserved, savings_plan or capacity | add one of reserved, savings_plan or capacity\n"},
    {"purchase_empty",
     HEAD WORK "purchase: []\n",
     "11:1+8 'purchase' is empty | write for example purchase: [on_demand, spot, { savings_plan: compute, term: 1y }]\n"},
    {"purchase_list_in_list",
     HEAD WORK "purchase: [ [ on_demand ] ]\n",
     "11:13+1 'purchase' is a word, a map or a list of them, not a list | write for example purchase: [on_demand, spot, { savings_plan: compute, term: 1y }]\n"},
    {"boot_without_unit",
     HEAD WORK "scaling: { boot: 180 }\n",
     "11:18+3 'scaling.boot' needs a unit: '180' | write 180min; units: ms, s, min, h, d\n"},
    {"seed_below_zero",
     HEAD WORK "simulation: { seed: -1 }\n",
     "11:21+2 'simulation.seed' is -1, expected 0 to 9007199254740991 | Seed of SIZE and of the replay; generated traffic has a seed of its own.\n"},
    {"seed_too_large",
     HEAD WORK "simulation: { seed: 18446744073709551615 }\n",
     "11:21+20 'simulation.seed' is 18446744073709551615, expected 0 to 9007199254740991 | Seed of SIZE and of the replay; generated traffic has a seed of its own.\n"},
    {"admission_of_nothing", HEAD FRONT("admission: {}"), "11:5+9 'workloads.admission' has neither outstanding nor tenants | write for example { outstanding: 40 }\n"},
    {"admission_of_other_classes", HEAD FRONT("admission: { outstanding: [4, 3] }"), "11:18+11 'workloads.admission.outstanding' has 2 numbers, and there is 1 class of priority | write one number for all, or one for each of demand.priorities\n"},
    {"tenants_of_half", HEAD FRONT("admission: { tenants: [ { share: 50%, rate: 1 req/s } ] }"), "11:18+7 the shares of 'workloads.admission.tenants' add up to 50%, not 100% | every request is some tenant's\n"},
    {"timeouts_of_nothing", HEAD FRONT("timeouts: {}"), "11:5+8 'workloads.timeouts' has neither queue nor total | write for example { queue: 10s, total: 60s }\n"},
    {"timeout_never_reached", HEAD FRONT("timeouts: { queue: 60s, total: 10s }"), "11:17+5 'workloads.timeouts.queue' never ends before 'workloads.timeouts.total' does | make it shorter, or take it out\n"},
    {"retries_of_nothing", HEAD FRONT("retries: { attempts: 3 }"), "11:5+7 'workloads.retries' never happen: nothing is refused and nothing times out | state admission, timeouts or fallback, or take it out\n"},
    {"retries_back_off_down", HEAD FRONT("retries: { attempts: 3, backoff: 10s, longest: 5s }"), "11:43+7 'workloads.retries.longest' is shorter than the first backoff | backoffs double from 'backoff' up to it\n"},
    {"retries_once", HEAD FRONT("retries: { attempts: 1 }"), "11:5+7 'workloads.retries' never happen: nothing is refused and nothing times out | state admission, timeouts or fallback, or take it out\n"
     "11:26+1 'workloads.retries.attempts' is 1, expected 2 to 100 | Attempts of a request, the first included.\n"},
    {"cancellations_without_patience", HEAD FRONT("cancellations: { share: 10% }"), "11:5+13 'after' is missing in 'workloads.cancellations' | write for example after: 30s\n"},
    {"cache_without_hits", HEAD FRONT("cache: { latency: 10ms }"), "11:5+5 'hits' is missing in 'workloads.cache' | write for example hits: 20%\n"},
    {"fallback_to_nowhere", HEAD FRONT("fallback: { above: 10 }"), "11:5+8 'to' is missing in 'workloads.fallback' | write for example to: bedrock/llama-3.1-8b\n"},
    {"router_unknown",
     HEAD WORK "simulation: { router: fastest }\n",
     "11:23+7 'simulation.router' cannot be 'fastest' | choices: round_robin, least_outstanding, random, shortest_of_d, most_free_kv, prefix_affinity, weighted, cheapest_first\n"},
    {"router_choices_of_another_router",
     HEAD WORK "simulation: { router: random, router_choices: 3 }\n",
     "11:31+14 'simulation.router_choices' is for the router shortest_of_d only | take it out\n"},
    {"router_choices_too_many",
     HEAD WORK "simulation: { router: shortest_of_d, router_choices: 17 }\n",
     "11:54+2 'simulation.router_choices' is 17, expected 1 to 16 | How many replicas shortest_of_d draws for a request.\n"},
    {"demand_empty_map",
     HEAD DEMAND("{}"),
     "6:5+6 'workloads.demand' has none of trace, hourly, generate or mix | add one of trace, hourly, generate or mix\n"},
    {"demand_trace_and_generate",
     HEAD DEMAND("{ trace: week.csv, generate: { rate: 1 req/s, input: 9 tokens, output: 9 tokens } }"),
     "6:32+8 'workloads.demand' has both 'trace' and 'generate' | keep one of trace, hourly, generate or mix\n"},
    {"demand_is_a_word",
     HEAD DEMAND("week.csv"),
     "6:13+8 'workloads.demand' is a map, not a single value | write for example demand: { trace: chat-week.csv.zst }\n"},
    {"demand_misspelt",
     HEAD DEMAND("{ trase: week.csv }"),
     "6:15+5 unknown key 'trase' in 'workloads.demand' | did you mean 'trace'?\n"},
    {"hourly_without_tokens",
     HEAD DEMAND("{ hourly: usage.csv }"),
     "6:5+6 'tokens' is missing in 'workloads.demand': a series does not tell the lengths of requests | write for example tokens: { input: 128 tokens, output: 128 tokens }\n"},
    {"tokens_with_a_made_up_week",
     HEAD DEMAND("{ tokens: { input: 9 tokens, output: 9 tokens }, generate: { rate: 1 req/s, input: 9 tokens, output: 9 tokens } }"),
     "6:15+6 'workloads.demand.tokens' is for demand from a file only | take it out\n"},
    {"drivers",
     HEAD DEMAND("{ drivers: { users: 210000 } }"),
     "6:5+6 'workloads.demand' has none of trace, hourly, generate or mix | add one of trace, hourly, generate or mix\n"
     "6:15+7 'requests_per_user' is missing in 'workloads.demand.drivers' | write for example requests_per_user: 14/day\n"},
    {"drivers_of_no_time",
     HEAD DEMAND("{ trace: week.csv, drivers: { users: 9, requests_per_user: 14/fortnight } }"),
     "6:72+12 '14/fortnight' is no number of requests in a time | write for example 14/day; units: hour, day, week, month\n"},
    {"drivers_of_no_time_and_made_up_requests", /* told once */
     HEAD DEMAND("{ generate: { input: 9 tokens, output: 9 tokens }, drivers: { users: 9, requests_per_user: 14/fortnight } }"),
     "6:104+12 '14/fortnight' is no number of requests in a time | write for example 14/day; units: hour, day, week, month\n"},
    {"drivers_beside_a_rate",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: 9 tokens, output: 9 tokens }, drivers: { users: 9, requests_per_user: 14/day } }"),
     "6:27+4 'drivers' and 'generate.rate' both say how much there is | keep one of them\n"},
    {"generate_without_rate",
     HEAD DEMAND("{ generate: { input: 9 tokens, output: 9 tokens } }"),
     "6:15+8 'rate' is missing in 'workloads.demand.generate': it is the mean of the week | write for example rate: 20 req/s\n"},
    {"event_backwards",
     HEAD DEMAND("{ trace: week.csv, events: [ { from: 2027-02-01, to: 2027-01-01, factor: 2 } ] }"),
     "6:66+10 the event ends before it begins | 'to' is the first day after the event\n"},
    {"event_outside",
     HEAD DEMAND("{ trace: week.csv, events: [ { from: 2026-11-01, to: 2026-12-01, factor: 2 } ] }"),
     "6:50+10 no day of the event is in the horizon, 2026-12-01 to before 2027-12-01 | take it out, or move the horizon\n"},
    {"growth_interval",
     HEAD DEMAND("{ trace: week.csv, growth: { low: 1%/month, mid: 3%/month } }"),
     "6:32+6 'high' is missing in 'workloads.demand.growth': an interval has two ends and what is planned for | write for example high: 6%/month\n"},
    {"growth_interval_out_of_order",
     HEAD DEMAND("{ trace: week.csv, growth: { low: 4%/month, mid: 3%/month, high: 6%/month } }"),
     "6:32+6 'growth' is no interval: 'low' is at most 'mid', and 'mid' at most 'high' | write for example { low: 1%/month, mid: 3%/month, high: 6%/month }\n"},
    {"growth_without_period",
     HEAD DEMAND("{ trace: week.csv, growth: 3% }"),
     "6:40+2 'workloads.demand.growth' has the unknown unit '%' | units: %/month, %/year\n"},
    {"rate_without_unit",
     HEAD DEMAND("{ generate: { rate: 20, input: 9 tokens, output: 9 tokens } }"),
     "6:33+2 'workloads.demand.generate.rate' needs a unit: '20' | write 20 req/s; units: req/s, req/min, req/h\n"},
    {"rate_of_zero",
     HEAD DEMAND("{ generate: { rate: 0 req/s, input: 9 tokens, output: 9 tokens } }"),
     "6:33+7 'workloads.demand.generate.rate' is 0 req/s, expected above 0 req/s to 1000000 req/s | Mean over the week; needed where no drivers say it.\n"},
    {"short_day",
     HEAD DEMAND("{ generate: { rate: 1 req/s, weekday: [1, 2, 3], input: 9 tokens, output: 9 tokens } }"),
     "6:42+7 'workloads.demand.generate.weekday' has 3 items, expected 24 | Multipliers of the hours of a working day, UTC; scaled so that rate stays the mean.\n"},
    {"one_number_for_a_day",
     HEAD DEMAND("{ generate: { rate: 1 req/s, weekday: 3, input: 9 tokens, output: 9 tokens } }"),
     "6:51+1 'workloads.demand.generate.weekday' is a list of values, not a single value | write for example weekday: [1,1,1,1,1,2,4,7,9,9,9,8,8,9,9,8,7,6,5,4,3,2,2,1]\n"},
    {"week_of_zeros",
     HEAD DEMAND("{ generate: { rate: 1 req/s, weekday: [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0], weekend: [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0], input: 9 tokens, output: 9 tokens } }"),
     "6:42+7 all hours of the week have the multiplier 0 | give at least one hour a multiplier above 0\n"},
    {"length_without_unit",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: 400, output: 9 tokens } }"),
     "6:49+3 'workloads.demand.generate.input' needs a unit: '400' | write 400 tokens; units: tokens, token, K tokens, M tokens\n"},
    {"length_without_way",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: { sigma: 1.0 }, output: 9 tokens } }"),
     "6:42+5 'workloads.demand.generate.input' has none of median or quantiles | add one of median or quantiles\n"},
    {"length_in_two_ways",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: { median: 9 tokens, quantiles: { 0: 1, 1: 2 } }, output: 9 tokens } }"),
     "6:69+9 'workloads.demand.generate.input' has both 'median' and 'quantiles' | keep one of median or quantiles\n"},
    {"length_min_above_max",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: { median: 9 tokens, min: 20 tokens, max: 10 tokens }, output: 9 tokens } }"),
     "6:69+3 'workloads.demand.generate.input' has a min of 20 above its max of 10 | swap them or take one out\n"},
    {"length_median_above_max",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: { median: 9K tokens, max: 8K tokens }, output: 9 tokens } }"),
     "6:51+6 'workloads.demand.generate.input' has a median of 9000 outside its min of 1 and max of 8000 | half of all requests are below the median\n"},
    {"quantiles_not_to_one",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: { quantiles: { 0: 1, 0.5: 2 } }, output: 9 tokens } }"),
     "6:70+3 quantiles rise from share 0 to share 1; '0.5' does not fit | write for example quantiles: { 0: 6, 0.5: 13, 0.95: 90, 1: 1899 }\n"},
    {"quantiles_fall",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: { quantiles: { 0: 6, 0.5: 3, 1: 9 } }, output: 9 tokens } }"),
     "6:75+1 tokens of a quantile never fall and are at least 1 | more requests cannot be shorter\n"},
    {"quantiles_of_words",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: { quantiles: { p0: 6, p100: 9 } }, output: 9 tokens } }"),
     "6:64+2 quantiles rise from share 0 to share 1; 'p0' does not fit | write for example quantiles: { 0: 6, 0.5: 13, 0.95: 90, 1: 1899 }\n"},
    {"empty_input",
     HEAD DEMAND("{ generate: { rate: 1 req/s, input: 0 tokens, output: 9 tokens } }"),
     "6:49+8 'workloads.demand.generate.input' is 0 tokens, expected 1 token to 1M tokens | Input tokens of a request. One number (all alike), a lognormal (median, sigma, min, max) or quantiles.\n"},
    {"limit_without_unit",
     HEAD SLO("{ ttft: 500, share: 99% }"),
     "7:18+3 'workloads.slo.ttft' needs a unit: '500' | write 500ms; units: ms, s, min, h, d\n"},
    {"limit_of_a_word",
     HEAD SLO("{ ttft: fast, share: 99% }"),
     "7:18+4 'workloads.slo.ttft' is a duration, not 'fast' | write for example 500ms\n"},
    {"limit_with_an_unknown_unit",
     HEAD SLO("{ ttft: 1 sec, share: 99% }"),
     "7:18+5 'workloads.slo.ttft' has the unknown unit 'sec' | units: ms, s, min, h, d\n"},
    {"limit_of_zero",
     HEAD SLO("{ ttft: 0ms, share: 99% }"),
     "7:18+3 'workloads.slo.ttft' is 0ms, expected 1ms to 1h | Time to the first token.\n"},
    {"no_limit",
     HEAD SLO("{ share: 99% }"),
     "7:5+3 'workloads.slo' has no limit: ttft, tpot or latency | write for example { ttft: 500ms, tpot: 50ms, share: 99% }\n"},
    {"limit_said_twice",
     HEAD SLO("{ ttft: 500ms, ttft_p95: 400ms }"),
     "7:25+8 'ttft' is given twice, as 'ttft' and 'ttft_p95' | keep one of them\n"},
    {"two_shares",
     HEAD SLO("{ ttft_p95: 500ms, tpot_p99: 50ms }"),
     "7:29+8 'tpot_p99' asks for a share of 99% and 'ttft_p95' for 95% | one objective has one share: write for example { ttft: 500ms, tpot: 50ms, share: 95% }\n"},
    {"share_against_percentile",
     HEAD SLO("{ ttft_p95: 500ms, share: 99% }"),
     "7:12+8 'ttft_p95' asks for a share of 95% and 'share' for 99% | one objective has one share: write for example { ttft: 500ms, tpot: 50ms, share: 95% }\n"},
    {"share_as_a_fraction",
     HEAD SLO("{ ttft: 500ms, share: 0.999 }"),
     "7:32+5 'workloads.slo.share' needs a unit: '0.999' | write 99.9%\n"},
    {"window_of_a_minute",
     HEAD SLO("{ ttft: 500ms, over: minute }"),
     "7:31+6 'workloads.slo.over' cannot be 'minute' | choices: hour, day, week\n"},
    {"no_models",
     HEAD MODELS("[]"),
     "8:5+6 'workloads.models' is empty | write for example models: [ { use: llama-3.1-8b } ]\n"},
    {"model_without_use",
     HEAD MODELS("[ { precision: bf16 } ]"),
     "8:15+1 'use' is missing in 'workloads.models' | write for example use: llama-3.1-8b\n"},
    {"unknown_precision",
     HEAD MODELS("[ { use: llama-3.1-8b, precision: [bf16, fp16] } ]"),
     "8:54+4 'workloads.models.precision' cannot be 'fp16' | choices: fp32, bf16, fp8, int8, fp4, int4\n"},
    {"precision_twice",
     HEAD MODELS("[ { use: llama-3.1-8b, precision: [bf16, bf16] } ]"),
     "8:54+4 'workloads.models.precision' names 'bf16' twice | keep one of them\n"},
    {"api_with_precision",
     HEAD MODELS("[ { use: bedrock/llama-3.1-8b, precision: bf16, ttft: 400ms } ]"),
     "8:44+9 a token API has no 'precision', and 'ttft' is for token APIs | take it out, or write two entries\n"},
    {"quota_without_unit_of_api",
     HEAD MODELS("[ { use: bedrock/llama-3.1-8b, requests_per_minute: 800 } ]"),
     "8:65+3 'workloads.models.requests_per_minute' needs a unit: '800' | write 800 req/min; units: req/s, req/min, req/h\n"},
    {"instance_and_function",
     HEAD RUN_ON("[ { instance: g5.2xlarge, function: lambda-arm64 } ]"),
     "9:39+8 'workloads.run_on' has both 'instance' and 'function' | keep one of instance or function\n"},
    {"instance_with_memory",
     HEAD RUN_ON("[ { instance: g5.2xlarge, memory: 2048 MB } ]"),
     "9:39+6 'workloads.run_on.memory' is for functions only | take it out\n"},
    {"function_with_batch",
     HEAD RUN_ON("[ { function: lambda-arm64, memory: 2048 MB, batch: 8 } ]"),
     "9:58+5 'workloads.run_on.batch' is for instances only | take it out\n"},
    {"memory_without_unit",
     HEAD RUN_ON("[ { function: lambda-arm64, memory: 2048 } ]"),
     "9:49+4 'workloads.run_on.memory' needs a unit: '2048' | write 2048 MB; units: MB, MiB, GB, GiB\n"},
    {"memory_too_large",
     HEAD RUN_ON("[ { function: lambda-arm64, memory: 16 GB } ]"),
     "9:49+5 'workloads.run_on.memory' is 16 GB, expected 128 MB to 10240 MB | Functions: memory as the provider counts, 1 GB = 1024 MB.\n"},
    {"units_of_a_batch",
     HEAD MODELS("[ { use: bedrock/x, tier: batch, units: { count: 2, tokens_per_minute: 9K tokens/min } } ]"),
     "8:46+5 'workloads.models.units' is for provisioned tiers only | take it out\n"},
    {"a_tier_without_units",
     HEAD MODELS("[ { use: bedrock/x, tier: provisioned, ttft: 1s, tpot: 1ms } ]"),
     "8:15+1 'units' is missing in 'workloads.models': a provisioned tier is a number of model units | write for example units: { count: 2, tokens_per_minute: 50K tokens/min }\n"},
    {"units_with_quota_and_cache",
     HEAD MODELS("[ { use: bedrock/x, tier: provisioned, tokens_per_minute: 1K tokens/min, cached_input: 5%, units: { count: 2, tokens_per_minute: 9K tokens/min } } ]"),
     "8:52+17 'workloads.models.tokens_per_minute' is for tiers that are paid by token only | take it out\n"
     "8:86+12 'workloads.models.cached_input' is for tiers that are paid by token only | take it out\n"},
    {"deadline_without_batch",
     HEAD MODELS("[ { use: bedrock/x, ttft: 1s, tpot: 1ms, deadline: 24h } ]"),
     "8:54+8 'workloads.models.deadline' is for the tier batch only | take it out\n"},
    {"tier_of_a_catalogue_model",
     HEAD MODELS("[ { use: llama-3.1-8b, tier: flex, precision: bf16 } ]"),
     "8:48+9 a token API has no 'precision', and 'tier' is for token APIs | take it out, or write two entries\n"},
    {"more_provisioned_than_run",
     HEAD RUN_ON("[ { function: lambda-x86, memory: 2 GB, concurrency: 5, provisioned: 9 } ]"),
     "9:82+1 'workloads.run_on.provisioned' is 9, and at most 5 copies may run at once | write provisioned: 5 or less\n"},
    {"cold_start_none",
     HEAD RUN_ON("[ { function: lambda-x86, memory: 2 GB, cold_start: 0s } ]"),
     "9:65+2 'workloads.run_on.cold_start' is 0s, expected above 0ms to 10min | Functions: time added to the first request of a new copy. One value, a lognormal (median, sigma) or quantiles.\n"},
    {"cold_start_quantiles",
     HEAD RUN_ON("[ { function: lambda-x86, memory: 2 GB, cold_start: { quantiles: { 0: 1s, 0.5: 3s, 1: 2s } } } ]"),
     "9:99+2 durations of quantiles never fall | a larger share cannot be shorter\n"},
    {"keep_alive_shares",
     HEAD RUN_ON("[ { function: lambda-x86, memory: 2 GB, keep_alive: { quantiles: { 0: 1s, 0.9: 3s } } } ]"),
     "9:87+3 quantiles rise from share 0 to share 1; '0.9' does not fit | write for example quantiles: { 0: 1s, 0.5: 2s, 0.95: 6s, 1: 20s }\n"},
    {"ramp_of_an_instance",
     HEAD RUN_ON("[ { instance: g5.2xlarge, ramp: { copies: 9 } } ]"),
     "9:39+4 'workloads.run_on.ramp' is for functions only | take it out\n"},
    {"run_on_words",
     HEAD RUN_ON("[ g5.2xlarge ]"),
     "9:15+10 'workloads.run_on' is a list of maps, not a single value | write for example run_on: [ { instance: g6e.2xlarge } ]\n"},
    {"profiles_empty",
     HEAD WORK "profiles: []\n",
     "11:1+8 'profiles' is empty | write for example profiles: [my-l40s.csv]\n"},
    {"profiles_as_a_map",
     HEAD WORK "profiles: { l40s: my.csv }\n",
     "11:1+8 'profiles' is a value or a list of values, not a map | write for example profiles: [my-l40s.csv]\n"},
    {"profile_twice",
     HEAD WORK "profiles: [ my.csv, my.csv ]\n",
     "11:21+6 'profiles' names 'my.csv' twice | keep one of them\n"},
    {"priorities_below_all",
     HEAD PRIORITIES("[20%, 70%]"),
     "6:32+10 'workloads.demand.priorities' add up to 90%, expected 100% | write for example priorities: [20%, 80%]\n"},
    {"priorities_above_all",
     HEAD PRIORITIES("[50%, 50%, 10%]"),
     "6:32+10 'workloads.demand.priorities' add up to 110%, expected 100% | write for example priorities: [20%, 80%]\n"},
    {"priorities_without_unit",
     HEAD PRIORITIES("[0.2, 0.8]"),
     "6:45+3 'workloads.demand.priorities' needs a unit: '0.2' | write 20%\n"
     "6:50+3 'workloads.demand.priorities' needs a unit: '0.8' | write 80%\n"},
    {"priorities_of_nothing",
     HEAD PRIORITIES("[0%, 100%]"),
     "6:45+2 'workloads.demand.priorities' is 0%, expected above 0% to 100% | Share of the requests in each class of priority, the most urgent first; together 100%. Without it all are of one class.\n"},
    {"too_many_priorities",
     HEAD PRIORITIES("[10%, 10%, 10%, 10%, 10%, 10%, 10%, 10%, 20%]"),
     "6:32+10 'workloads.demand.priorities' has 9 items, expected 1 to 8 | write for example priorities: [20%, 80%]\n"},
    {"priorities_as_a_map",
     HEAD PRIORITIES("{ urgent: 20% }"),
     "6:32+10 'workloads.demand.priorities' is a value or a list of values, not a map | write for example priorities: [20%, 80%]\n"},
    {"priorities_that_nobody_reads",
     HEAD DEMAND("{ trace: week.csv, priorities: [20%, 80%] }"),
     "6:32+10 no engine of the workload looks at its priorities | write engine: { admission: priority }, or take the priorities out\n"},
    {"engine_as_a_word",
     HEAD ENGINE("vllm"),
     "11:13+4 'workloads.engine' is a map, not a single value | write for example engine: { tokens_per_step: 2048 tokens }\n"},
    {"engine_unknown_knob",
     HEAD ENGINE("{ max_num_seqs: 64 }"),
     "11:15+12 unknown key 'max_num_seqs' in 'workloads.engine' | keys here: tokens_per_step, sequences, context, chunked_prefill, admission, reserve, prefix_caching, cuda_graphs, async_scheduling, step_overhead, memory_share\n"},
    {"engine_misspelt_knob",
     HEAD ENGINE("{ chunked_prefil: off }"),
     "11:15+14 unknown key 'chunked_prefil' in 'workloads.engine' | did you mean 'chunked_prefill'?\n"},
    {"engine_switch_is_true",
     HEAD ENGINE("{ chunked_prefill: true }"),
     "11:32+4 'workloads.engine.chunked_prefill' cannot be 'true' | choices: on, off\n"},
    {"engine_admission_unknown",
     HEAD ENGINE("{ admission: sjf }"),
     "11:26+3 'workloads.engine.admission' cannot be 'sjf' | choices: fcfs, priority\n"},
    {"engine_reserve_misspelt",
     HEAD ENGINE("{ reserve: whole_promt }"),
     "11:24+11 'workloads.engine.reserve' cannot be 'whole_promt' | did you mean 'whole_prompt'? Choices: whole_prompt, first_chunk\n"},
    {"engine_budget_without_unit",
     HEAD ENGINE("{ tokens_per_step: 2048 }"),
     "11:32+4 'workloads.engine.tokens_per_step' needs a unit: '2048' | write 2048 tokens; units: tokens, token, K tokens, M tokens\n"},
    {"engine_too_many_sequences",
     HEAD ENGINE("{ sequences: 65536 }"),
     "11:26+5 'workloads.engine.sequences' is 65536, expected 1 to 8192 | Requests in one step (max_num_seqs). Without it 1024 on GPUs of 70 GiB and more apart from A100, 8 on Neuron chips, 256 elsewhere.\n"},
    {"engine_more_sequences_than_tokens",
     HEAD ENGINE("{ sequences: 512, tokens_per_step: 256 tokens }"),
     "11:15+9 512 sequences do not fit into a step of 256 tokens: each takes one or more | take fewer sequences or more tokens_per_step\n"},
    {"engine_more_sequences_than_tokens_in_an_entry",
     HEAD WORKLOAD(TRACE, LIMITS, LLAMA, "[ { instance: g6e.2xlarge, tokens_per_step: 32 tokens } ]") "    engine: { sequences: 64 }\n",
     "9:40+15 64 sequences do not fit into a step of 32 tokens: each takes one or more | take fewer sequences or more tokens_per_step\n"},
    {"engine_memory_of_nothing",
     HEAD ENGINE("{ memory_share: 0.001% }"),
     "11:29+6 'workloads.engine.memory_share' is 0.001%, expected 10% to 100% | Part of a device's memory for weights, cache and activations (gpu_memory_utilization).\n"},
    {"engine_no_sequences",
     HEAD ENGINE("{ sequences: 0 }"),
     "11:26+1 'workloads.engine.sequences' is 0, expected 1 to 8192 | Requests in one step (max_num_seqs). Without it 1024 on GPUs of 70 GiB and more apart from A100, 8 on Neuron chips, 256 elsewhere.\n"},
    {"engine_context_in_requests",
     HEAD ENGINE("{ context: 8 req }"),
     "11:24+5 'workloads.engine.context' has the unknown unit 'req' | units: tokens, token, K tokens, M tokens\n"},
    {"engine_overhead_without_unit",
     HEAD ENGINE("{ step_overhead: 1.2 }"),
     "11:30+3 'workloads.engine.step_overhead' needs a unit: '1.2' | write 1.2ms; units: ms, s, min, h, d\n"},
    {"engine_overhead_below_zero",
     HEAD ENGINE("{ step_overhead: -1ms }"),
     "11:30+4 'workloads.engine.step_overhead' is -1ms, expected 0ms to 1s | Time that every step takes beside its kernels. Without it nothing on GPUs with async_scheduling, else what the profile or rule of the hardware says.\n"},
    {"engine_memory_as_a_fraction",
     HEAD ENGINE("{ memory_share: 0.85 }"),
     "11:29+4 'workloads.engine.memory_share' needs a unit: '0.85' | write 85%\n"},
    {"engine_memory_above_all",
     HEAD ENGINE("{ memory_share: 110% }"),
     "11:29+4 'workloads.engine.memory_share' is 110%, expected 10% to 100% | Part of a device's memory for weights, cache and activations (gpu_memory_utilization).\n"},
    {"engine_block_size",
     HEAD ENGINE("{ block_size: 32 }"),
     "11:15+10 unknown key 'block_size' in 'workloads.engine' | keys here: tokens_per_step, sequences, context, chunked_prefill, admission, reserve, prefix_caching, cuda_graphs, async_scheduling, step_overhead, memory_share\n"},
    {"engine_without_instances",
     HEAD WORKLOAD(TRACE, LIMITS, LLAMA, "[ { function: lambda-arm64, memory: 2 GB } ]") "    engine: { sequences: 64 }\n",
     "11:5+6 'workloads.engine' is for instances, and run_on has none | take it out\n"},
    {"function_with_an_engine",
     HEAD RUN_ON("[ { function: lambda-arm64, memory: 2 GB, prefix_caching: off, split: { prefill: 1, decode: 1 } } ]"),
     "9:55+14 'workloads.run_on.prefix_caching' is for instances only | take it out\n"
     "9:76+5 'workloads.run_on.split' is for instances only | take it out\n"},
    {"run_on_switch_unknown",
     HEAD RUN_ON("[ { instance: g5.2xlarge, async_scheduling: maybe } ]"),
     "9:57+5 'workloads.run_on.async_scheduling' cannot be 'maybe' | choices: on, off\n"},
    {"unknown_kv_precision",
     HEAD MODELS("[ { use: llama-3.1-8b, kv: int8 } ]"),
     "8:40+4 'workloads.models.kv' cannot be 'int8' | choices: bf16, fp8\n"},
    {"kv_twice",
     HEAD MODELS("[ { use: llama-3.1-8b, kv: [fp8, fp8] } ]"),
     "8:46+3 'workloads.models.kv' names 'fp8' twice | keep one of them\n"},
    {"three_kv_precisions",
     HEAD MODELS("[ { use: llama-3.1-8b, kv: [fp8, bf16, fp8] } ]"),
     "8:36+2 'workloads.models.kv' has 3 items, expected 1 to 2 | write for example kv: [bf16, fp8]\n"},
    {"one_off_below_zero",
     HEAD MODELS("[ { use: llama-3.1-8b, one_off: -40 kUSD } ]"),
     "8:45+8 'workloads.models.one_off' is -40 kUSD, expected 0 USD to 1000 MUSD | What making this entry's model costs once (distillation, pruning, quantisation); it is used where that pays back within the horizon.\n"},
    {"one_off_without_currency",
     HEAD MODELS("[ { use: llama-3.1-8b, one_off: 40000 } ]"),
     "8:45+5 'workloads.models.one_off' needs a unit: '40000' | write 40000 USD; units: USD, kUSD, MUSD, $, $k, $K, $M\n"},
    {"quality_as_a_list",
     HEAD MODELS("[ { use: llama-3.1-8b, quality: [good, fast] } ]"),
     "8:36+7 'workloads.models.quality' is a single value, not a list | write for example quality: -0.8 points MMLU\n"},
    {"quality_without_value",
     HEAD MODELS("[ { use: llama-3.1-8b, quality: } ]"),
     "8:45+0 'workloads.models.quality' has no value | write for example -0.8 points MMLU\n"},
    {"lora_as_a_number",
     HEAD MODELS("[ { use: llama-3.1-8b, lora: 20 } ]"),
     "8:42+2 'workloads.models.lora' is a map, not a single value | write for example lora: { adapters: 20, resident: 8 }\n"},
    {"lora_without_resident",
     HEAD MODELS("[ { use: llama-3.1-8b, lora: { adapters: 20 } } ]"),
     "8:36+4 'resident' is missing in 'workloads.models.lora' | write for example resident: 8\n"},
    {"more_resident_than_adapters",
     HEAD MODELS("[ { use: llama-3.1-8b, lora: { adapters: 20, resident: 21 } } ]"),
     "8:68+2 'workloads.models.lora.resident' is 21, and there are 20 adapters | write resident: 20 or less\n"},
    {"no_adapters",
     HEAD MODELS("[ { use: llama-3.1-8b, lora: { adapters: 0, resident: 1 } } ]"),
     "8:54+1 'workloads.models.lora.adapters' is 0, expected 1 to 100000 | Number of adapters; each request uses one.\n"},
    {"lora_rank_too_large",
     HEAD MODELS("[ { use: llama-3.1-8b, lora: { adapters: 4, resident: 4, rank: 1024 } } ]"),
     "8:76+4 'workloads.models.lora.rank' is 1024, expected 1 to 512 | Rank of the adapters (max_lora_rank).\n"},
    {"api_with_lora_and_kv",
     HEAD MODELS("[ { use: bedrock/llama-3.1-8b, ttft: 400ms, kv: fp8, lora: { adapters: 4, resident: 4 } } ]"),
     "8:57+2 a token API has no 'kv', and 'ttft' is for token APIs | take it out, or write two entries\n"
     "8:66+4 a token API has no 'lora', and 'ttft' is for token APIs | take it out, or write two entries\n"},
    {"split_without_decode",
     HEAD RUN_ON("[ { instance: g6.12xlarge, split: { prefill: 1 } } ]"),
     "9:40+5 'decode' is missing in 'workloads.run_on.split' | write for example decode: 3\n"},
    {"split_of_no_engine",
     HEAD RUN_ON("[ { instance: g6.12xlarge, split: { prefill: 0, decode: 4 } } ]"),
     "9:58+1 'workloads.run_on.split.prefill' is 0, expected 1 to 64 | Engines of a replica that compute prompts.\n"},
    {"split_link_without_unit",
     HEAD RUN_ON("[ { instance: g6.12xlarge, split: { prefill: 1, decode: 3, link: 50 } } ]"),
     "9:78+2 'workloads.run_on.split.link' needs a unit: '50' | write 50 GB/s; units: GB/s, MB/s, TB/s, Gbit/s, Tbit/s, MiB/s, GiB/s\n"},
    {"split_link_in_gigabytes",
     HEAD RUN_ON("[ { instance: g6.12xlarge, split: { prefill: 1, decode: 3, link: 50 GB } } ]"),
     "9:78+5 'workloads.run_on.split.link' has the unknown unit 'GB' | units: GB/s, MB/s, TB/s, Gbit/s, Tbit/s, MiB/s, GiB/s\n"},
    {"split_as_a_ratio",
     HEAD RUN_ON("[ { instance: g6.12xlarge, split: 1:3 } ]"),
     "9:47+3 'workloads.run_on.split' is a map, not a single value | write for example split: { prefill: 1, decode: 3 }\n"},
    {"name_used_twice",
     HEAD WORK "  - name: chat\n"
     "    demand: { trace: b.csv }\n"
     "    slo: { latency: 2s }\n"
     "    models: [ { use: bedrock/llama-3.1-8b } ]\n"
     "    regions: [us-east-1, us-east-1]\n",
     "11:11+4 two workloads have the name 'chat' | give each workload its own name\n"
     "15:26+9 'workloads.regions' names 'us-east-1' twice | keep one of them\n"},
    {"run_on_missing",
     "headroom: 1\n"
     "name: x\n"
     "horizon: { start: 2026-12-01 }\n"
     "workloads:\n"
     "  - name: chat\n"
     "    demand: { trace: week.csv }\n"
     "    slo: { ttft: 500ms }\n"
     "    models: [ { use: llama-3.1-8b } ]\n"
     "    regions: us-east-1\n",
     "5:5+1 'run_on' is missing in 'workloads': a model of the catalogue needs a place to run | write for example run_on: [ { instance: g6e.2xlarge } ]\n"},
    {"fleet_without_workload",
     "headroom: 1\n"
     "name: x\n"
     "horizon: { start: 2026-12-01 }\n"
     "workloads:\n"
     "  - name: chat\n"
     "    demand: { trace: week.csv }\n"
     "    slo: { ttft: 500ms, share: 99% }\n"
     "    models: [ { use: llama-3.1-8b } ]\n"
     "    run_on: [ { instance: g5.2xlarge } ]\n"
     "    regions: [us-east-1]\n"
     "  - name: other\n"
     "    demand: { trace: week.csv }\n"
     "    slo: { ttft: 500ms, share: 99% }\n"
     "    models: [ { use: llama-3.1-8b } ]\n"
     "    run_on: [ { instance: g5.2xlarge } ]\n"
     "    regions: [us-east-1]\n"
     "today: { fleet: [ { instance: g5.2xlarge, count: 1 } ] }\n",
     "17:19+1 'workload' is missing in 'today.fleet': there are several workloads | write for example workload: chat\n"},
    {"json",
     "{\n"
     "  \"headroom\": 1,\n"
     "  \"name\": \"x\",\n"
     "  \"horizon\": { \"start\": \"2026-12-01\", \"months\": \"twelve\" },\n"
     "  \"workloads\": []\n"
     "}\n",
     "4:49+8 'horizon.months' is a whole number, not 'twelve' | write for example 12\n"
     "5:3+11 'workloads' is empty | write for example workloads: [ { name: chat, regions: [us-east-1] } ]\n"},
    {"many_at_once",
     "headroom: 3\n"
     "nam: x\n"
     "horizon: { start: tomorrow, months: 0 }\n"
     "policy: { max_term: 5y, coverage_max: 80 }\n"
     "finance: { discount_rate: 9% }\n"
     "workloads:\n"
     "  - name: chat\n"
     "    demand: { trace: week.csv, hourly: usage.csv }\n"
     "    slo: { ttft: 500 }\n"
     "    models: [ { use: m, precison: bf16 } ]\n"
     "    run_on: [ { instance: g5.2xlarge, tensor_parallel: two } ]\n",
     "1:11+1 'headroom' is 3, expected 1 | Version of this format.\n"
     "2:1+3 unknown key 'nam' | did you mean 'name'?\n"
     "3:19+8 'horizon.start' is a date, not 'tomorrow' | write for example 2026-12-01\n"
     "3:37+1 'horizon.months' is 0, expected 1 to 60 | Length of the plan in months.\n"
     "4:21+2 'policy.max_term' cannot be '5y' | choices: none, 1y, 3y\n"
     "4:39+2 'policy.coverage_max' needs a unit: '80' | write 80%\n"
     "5:27+2 'finance.discount_rate' has the unknown unit '%' | units: %/month, %/year\n"
     "7:5+1 'regions' is missing in 'workloads' | write for example regions: [us-east-1]\n"
     "8:32+6 'workloads.demand' has both 'trace' and 'hourly' | keep one of trace, hourly, generate or mix\n"
     "9:18+3 'workloads.slo.ttft' needs a unit: '500' | write 500ms; units: ms, s, min, h, d\n"
     "10:25+8 unknown key 'precison' in 'workloads.models' | did you mean 'precision'?\n"
     "11:56+3 'workloads.run_on.tensor_parallel' is a whole number, not 'two' | write for example 1\n"},
    {"more_than_are_kept",
     "headroom: 1\n"
     "name: x\n"
     "horizon: { start: 2026-12-01 }\n"
     "workloads:\n"
     "  - name: chat\n"
     "    demand: { trace: week.csv }\n"
     "    slo: { ttft: 500ms, share: 99% }\n"
     "    models: [ { use: llama-3.1-8b } ]\n"
     "    run_on: [ { instance: g5.2xlarge } ]\n"
     "    regions: [us-east-1]\n"
     "finance:\n"
     "  k00: 1\n"
     "  k01: 1\n"
     "  k02: 1\n"
     "  k03: 1\n"
     "  k04: 1\n"
     "  k05: 1\n"
     "  k06: 1\n"
     "  k07: 1\n"
     "  k08: 1\n"
     "  k09: 1\n"
     "  k10: 1\n"
     "  k11: 1\n"
     "  k12: 1\n"
     "  k13: 1\n"
     "  k14: 1\n"
     "  k15: 1\n"
     "  k16: 1\n"
     "  k17: 1\n"
     "  k18: 1\n"
     "  k19: 1\n"
     "  k20: 1\n"
     "  k21: 1\n"
     "  k22: 1\n"
     "  k23: 1\n"
     "  k24: 1\n",
     "12:3+3 unknown key 'k00' in 'finance' | " FINANCE "\n"
     "13:3+3 unknown key 'k01' in 'finance' | " FINANCE "\n"
     "14:3+3 unknown key 'k02' in 'finance' | " FINANCE "\n"
     "15:3+3 unknown key 'k03' in 'finance' | " FINANCE "\n"
     "16:3+3 unknown key 'k04' in 'finance' | " FINANCE "\n"
     "17:3+3 unknown key 'k05' in 'finance' | " FINANCE "\n"
     "18:3+3 unknown key 'k06' in 'finance' | " FINANCE "\n"
     "19:3+3 unknown key 'k07' in 'finance' | " FINANCE "\n"
     "20:3+3 unknown key 'k08' in 'finance' | " FINANCE "\n"
     "21:3+3 unknown key 'k09' in 'finance' | " FINANCE "\n"
     "22:3+3 unknown key 'k10' in 'finance' | " FINANCE "\n"
     "23:3+3 unknown key 'k11' in 'finance' | " FINANCE "\n"
     "24:3+3 unknown key 'k12' in 'finance' | " FINANCE "\n"
     "25:3+3 unknown key 'k13' in 'finance' | " FINANCE "\n"
     "26:3+3 unknown key 'k14' in 'finance' | " FINANCE "\n"
     "27:3+3 unknown key 'k15' in 'finance' | " FINANCE "\n"
     "28:3+3 unknown key 'k16' in 'finance' | " FINANCE "\n"
     "29:3+3 unknown key 'k17' in 'finance' | " FINANCE "\n"
     "30:3+3 unknown key 'k18' in 'finance' | " FINANCE "\n"
     "31:3+3 unknown key 'k19' in 'finance' | " FINANCE "\n"
     "25 in all\n"},
};
/* clang-format on */

enum { N_CASES = sizeof cases / sizeof cases[0] };

static const char *mistakes_of(struct arena *arena, const char *text) {
    struct scenario scenario;
    struct err_list errs = {0};
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    scenario_parse(arena, bytes_of(text), "s.yaml", &scenario, &errs);
    for (int i = 0; i < errs.n; i++) {
        const struct err *err = &errs.items[i];
        cr_assert(eq(int, err->kind, ERR_INPUT));
        cr_assert(eq(str, (char *)err->file, "s.yaml"));
        text_printf(&out, "%d:%d+%d %s | %s\n", err->line, err->column, err->length, err->what,
                    err->hint);
    }
    if (errs.n_total > errs.n)
        text_printf(&out, "%d in all\n", errs.n_total);
    return out.data;
}

Test(mistakes, the_good_file_has_none) {
    struct arena arena = {0};
    cr_assert(eq(str, (char *)mistakes_of(&arena, HEAD WORK), ""));
    arena_release(&arena);
}

Test(mistakes, every_broken_file_is_told_exactly) {
    struct arena arena = {0};
    for (int i = 0; i < N_CASES; i++) {
        const char *got = mistakes_of(&arena, cases[i].text);
        cr_expect(eq(str, (char *)got, (char *)cases[i].want), "%s", cases[i].name);
    }
    cr_assert(ge(int, N_CASES, 140));
    arena_release(&arena);
}

Test(mistakes, excerpts_are_the_lines_themselves) {
    struct arena arena = {0};
    struct scenario scenario;
    struct err_list errs = {0};
    scenario_parse(&arena, bytes_of(HEAD SLO("{ ttft: fast }")), "s.yaml", &scenario, &errs);
    cr_assert(eq(int, errs.n, 1));
    cr_assert(eq(str, errs.items[0].excerpt, "    slo: { ttft: fast }"));
    cr_assert(eq(int, errs.items[0].excerpt[errs.items[0].column - 1], 'f'));
    arena_release(&arena);
}

Test(mistakes, the_output_stays_untouched) {
    struct arena arena = {0};
    struct scenario scenario = {.months = 77};
    struct err_list errs = {0};
    cr_assert(not(scenario_parse(&arena, bytes_of("headroom: 1\n"), "s.yaml", &scenario, &errs)));
    cr_assert(eq(int, scenario.months, 77));
    arena_release(&arena);
}

/* Limits of size, depth and number of values hold for scenarios too. */
Test(mistakes, limits) {
    struct arena arena = {0};
    struct text deep = {.arena = &arena}, wide = {.arena = &arena}, large = {.arena = &arena};
    text_append_string(&deep, "headroom: ");
    for (int i = 0; i < 40; i++)
        text_append_string(&deep, "[");
    text_append_string(&wide, "name: [ ");
    for (int i = 0; i < 11000; i++)
        text_append_string(&wide, "1,");
    text_append_string(&large, "# ");
    for (int i = 0; i < 17000; i++)
        text_append_string(&large,
                           "sixty-four characters of comment in a line that goes on and on..");
    cr_assert(eq(str, (char *)mistakes_of(&arena, deep.data),
                 "1:42+0 nested deeper than 32 levels | \n"));
    cr_assert(
        ne(ptr, (void *)strstr(mistakes_of(&arena, wide.data), "more than 10000 values"), NULL));
    cr_assert(ne(ptr, (void *)mistakes_of(&arena, large.data), NULL));
    cr_assert(ne(int, (int)mistakes_of(&arena, large.data)[0], 0));
    arena_release(&arena);
}
