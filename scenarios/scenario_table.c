/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_table.h"

#include <string.h>

/* clang-format off */
#define MUST .required = true
#define LATER .later = true
#define MAP(name, ...) {.path = name, .shape = FIELD_MAP, .doc = __VA_ARGS__}
#define MAPS(name, ...) {.path = name, .shape = FIELD_MAPS, .doc = __VA_ARGS__}
#define TEXT(name, sample, ...) \
    {.path = name, .type = FIELD_TEXT, .example = sample, .doc = __VA_ARGS__}
#define FILE_NAME(name, sample, ...) \
    {.path = name, .type = FIELD_FILE, .example = sample, .doc = __VA_ARGS__}
#define DATE(name, sample, ...) \
    {.path = name, .type = FIELD_DATE, .example = sample, .doc = __VA_ARGS__}
#define WORD(name, words, sample, ...) \
    {.path = name, .type = FIELD_CHOICE, .choices = words, .example = sample, .doc = __VA_ARGS__}
#define NUMBER(name, kind, low, high, sample, ...) \
    {.path = name, .type = FIELD_QUANTITY, .unit = QUANTITY_##kind, .min = low, .max = high, \
     .example = sample, .doc = __VA_ARGS__}

#define MANY .shape = FIELD_MANY
#define DEFAULT(text) .fallback = text
#define SEED_MAX "9007199254740991"
#define COUNT_MAX "100000"

/* A token length, in three ways. */
#define LENGTH(name, low, text) \
    NUMBER(name, TOKENS, low, "1M tokens", "128 tokens", \
           text " One number (all alike), a lognormal (median, sigma, min, max) or quantiles.", MUST), \
    NUMBER(name ".median", TOKENS, "1 token", "1M tokens", "400 tokens", \
           "Median of the lognormal."), \
    NUMBER(name ".sigma", NUMBER, "0", "4", "1.0", \
           "Sigma of the logarithm of the lognormal: 0 means all alike.", DEFAULT("1.0")), \
    NUMBER(name ".min", TOKENS, low, "1M tokens", "16 tokens", \
           "Draws below are raised to it.", DEFAULT("1 token")), \
    NUMBER(name ".max", TOKENS, "1 token", "1M tokens", "8K tokens", \
           "Draws above are cut to it.", DEFAULT("128K tokens")), \
    {.path = name ".quantiles", .shape = FIELD_NAMED, .type = FIELD_QUANTITY, .unit = QUANTITY_NUMBER, \
     .min = "0", .max = "1000000", .items_min = 2, .items_max = 32, \
     .example = "{ 0: 6, 0.5: 13, 0.95: 90, 1: 1899 }", \
     .doc = "Share of requests: tokens, from share 0 to share 1, straight lines in between."}

/* A duration, in three ways. */
#define DELAY(name, low, high, sample, text, ...) \
    NUMBER(name, DURATION, low, high, sample, \
           text " One value, a lognormal (median, sigma) or quantiles.", __VA_ARGS__), \
    NUMBER(name ".median", DURATION, ">0ms", high, sample, "Median of the lognormal."), \
    NUMBER(name ".sigma", NUMBER, "0", "4", "0.6", \
           "Sigma of the logarithm of the lognormal.", DEFAULT("0.5")), \
    {.path = name ".quantiles", .shape = FIELD_NAMED, .type = FIELD_QUANTITY, .unit = QUANTITY_DURATION, \
     .min = "0ms", .max = high, .items_min = 2, .items_max = 16, \
     .example = "{ 0: 1s, 0.5: 2s, 0.95: 6s, 1: 20s }", \
     .doc = "Share: duration, from share 0 to share 1, straight lines in between."}

#define BURSTINESS(name) \
    MAP(name, "How the rate moves inside an hour."), \
    NUMBER(name ".minute_cv", NUMBER, "0", "4", "0.5", \
           "Coefficient of variation of the rate from minute to minute; 0 holds it for the hour.", \
           DEFAULT("0")), \
    NUMBER(name ".minute_correlation", NUMBER, "0", "0.99", "0.6", \
           "Correlation of one minute's rate with the next.", DEFAULT("0")), \
    NUMBER(name ".arrival_cv", NUMBER, "0.05", "50", "1.0", \
           "Coefficient of variation of the time between arrivals; 1 is Poisson.", DEFAULT("1.0")), \
    NUMBER(name ".busy_share", NUMBER, "0", "0.99", "0.2", \
           "Requests come only in this share of the time, in bursts (arrival_cv above 1); 0: no " \
           "such bursts.", DEFAULT("0"))

#define LIMIT(name, high, text) \
    NUMBER("workloads.slo." name, DURATION, "1ms", high, "500ms", text), \
    NUMBER("workloads.slo." name "_p50", DURATION, "1ms", high, "300ms", \
           "The same as " name " with share: 50%."), \
    NUMBER("workloads.slo." name "_p90", DURATION, "1ms", high, "400ms", \
           "The same as " name " with share: 90%."), \
    NUMBER("workloads.slo." name "_p95", DURATION, "1ms", high, "500ms", \
           "The same as " name " with share: 95%."), \
    NUMBER("workloads.slo." name "_p99", DURATION, "1ms", high, "800ms", \
           "The same as " name " with share: 99%.")

/* Where requests come from: of a workload, and again of each stream of a mix. */
#define SOURCE(name) \
    FILE_NAME(name ".trace", "chat-week.csv.zst", \
              "Request log, or windows of clients; relative to the file that names it. The formats " \
              "are in docs/formats.md."), \
    FILE_NAME(name ".hourly", "usage.csv", \
              "Series of requests by hour, minute or second, or a metric, when there is no request " \
              "log; tokens or lengths says how long they are."), \
    WORD(name ".values", "rate|count|counter", "counter", \
         "With hourly, of a metric that does not say it: a rate a second, a count of each step, or a " \
         "counter that rises."), \
    FILE_NAME(name ".lengths", "tokens.csv", \
              "Lengths of requests that come without: pairs of a vidur table, or ServeGen's " \
              "quantiles by client."), \
    MAP(name ".generate", "A made-up week, for a workload that has no log."), \
    NUMBER(name ".generate.rate", RATE, ">0 req/s", "1000000 req/s", "20 req/s", \
           "Mean over the week.", MUST), \
    NUMBER(name ".generate.weekday", NUMBER, "0", "1000", "[1,1,1,1,1,2,4,7,9,9,9,8,8,9,9,8,7,6,5,4,3,2,2,1]", \
           "Multipliers of the hours of a working day, UTC; scaled so that rate stays the mean.", \
           MANY, .items_min = 24, .items_max = 24), \
    NUMBER(name ".generate.weekend", NUMBER, "0", "1000", "[1,1,1,1,1,1,1,2,2,3,3,3,3,3,3,3,3,3,3,3,2,2,2,1]", \
           "The same for Saturday and Sunday.", MANY, .items_min = 24, .items_max = 24), \
    BURSTINESS(name ".generate.burstiness"), \
    LENGTH(name ".generate.input", "1 token", "Input tokens of a request."), \
    LENGTH(name ".generate.output", "0 tokens", \
           "Output tokens of a request; 0 tokens for encoders."), \
    NUMBER(name ".generate.seed", COUNT, "0", SEED_MAX, "1", "Seed of the week.", \
           DEFAULT("1")), \
    MAP(name ".tokens", "Lengths of requests that come without (hourly, calls)."), \
    LENGTH(name ".tokens.input", "1 token", "Input tokens of a request."), \
    LENGTH(name ".tokens.output", "0 tokens", \
           "Output tokens of a request; 0 tokens for encoders."), \
    BURSTINESS(name ".burstiness"), \
    NUMBER(name ".seed", COUNT, "0", SEED_MAX, "1", "Seed of what is drawn beside the file.", \
           DEFAULT("1"))

/* The knobs of an engine: of a workload, with defaults, and again where one machine needs others. */
#define ENGINE(name, DOC, ELSE) \
    NUMBER(name ".tokens_per_step", TOKENS, "16 tokens", "1M tokens", "2048 tokens", \
           DOC("tokens_per_step", "Token budget of one step (max_num_batched_tokens). Without it 8192 " \
               "on GPUs of 70 GiB and more apart from A100, context on Neuron chips, 2048 elsewhere.")), \
    NUMBER(name ".sequences", COUNT, "1", "8192", "256", \
           DOC("sequences", "Requests in one step (max_num_seqs). Without it 1024 on GPUs of 70 GiB " \
               "and more apart from A100, 8 on Neuron chips, 256 elsewhere.")), \
    NUMBER(name ".context", TOKENS, "16 tokens", "10M tokens", "8192 tokens", \
           DOC("context", "Longest prompt and answer together (max_model_len); longer requests are " \
               "rejected. Without it what the model and the memory allow, on Neuron chips at most " \
               "8192 tokens: there it is the length that programs are compiled for.")), \
    WORD(name ".chunked_prefill", "on|off", "off", \
         DOC("chunked_prefill", "Whether a prompt may be spread over several steps " \
             "(enable_chunked_prefill)."), ELSE("on")), \
    WORD(name ".admission", "fcfs|priority", "priority", \
         DOC("admission", "Who is let in first: by arrival, or by class of demand.priorities " \
             "(scheduling_policy)."), ELSE("fcfs")), \
    WORD(name ".reserve", "whole_prompt|first_chunk", "first_chunk", \
         DOC("reserve", "What must be free in the cache before a request is let in " \
             "(scheduler_reserve_full_isl)."), ELSE("whole_prompt")), \
    WORD(name ".prefix_caching", "on|off", "off", \
         DOC("prefix_caching", "Whether the cache of a prompt's known beginning is found again " \
             "(enable_prefix_caching); only traces with block ids know it."), ELSE("on")), \
    WORD(name ".cuda_graphs", "on|off", "off", \
         DOC("cuda_graphs", "Whether small steps are padded to the sizes of recorded CUDA graphs " \
             "(enforce_eager turns it off)."), ELSE("on")), \
    WORD(name ".async_scheduling", "on|off", "off", \
         DOC("async_scheduling", "Whether the next step is prepared while one runs " \
             "(async_scheduling)."), ELSE("on")), \
    NUMBER(name ".step_overhead", DURATION, "0ms", "1s", "1.2ms", \
           DOC("step_overhead", "Time that every step takes beside its kernels. Without it nothing on GPUs " \
               "with async_scheduling, else what the profile or rule of the hardware says.")), \
    NUMBER(name ".memory_share", SHARE, "10%", "100%", "90%", \
           DOC("memory_share", "Part of a device's memory for weights, cache and activations " \
               "(gpu_memory_utilization)."), ELSE("90%"))
#define IN_FULL(key, text) text
#define FOR_ENTRY(key, text) "Instances: engine." key " for this entry."
#define NO_DEFAULT(text) .fallback = NULL

const struct field scenario_table[] = {
    NUMBER("headroom", COUNT, "1", "1", "1", "Version of this format.", MUST),
    TEXT("name", "Chat assistant 2027", "Name of the scenario, shown on the report.", MUST),
    FILE_NAME("include", "estate.yaml",
              "Files merged into this one, key by key; relative to this file and below its folder.",
              MANY, .items_max = 15),
    FILE_NAME("prices", "[my-book.csv]",
              "Price books of your own over the shipped one: a rate is that of the last book which has it.",
              MANY, .items_max = 8),
    WORD("prices_over", "shipped|nothing", "nothing",
         "What the books of prices lie over: nothing, and only they count.", DEFAULT("shipped")),
    FILE_NAME("profiles", "[my-l40s.csv]",
              "Performance profiles of your own, made by headroom perf fit: for the model, "
              "accelerator, precisions and tensor parallelism that they name they come before the "
              "shipped ones and before the datasheet.", MANY, .items_max = 64),

    MAP("finance", "Money conventions."),
    WORD("finance.currency", "USD", "USD", "Currency of every amount.", DEFAULT("USD")),
    NUMBER("finance.discount_rate", GROWTH, "0%/year", "100%/year", "9%/year",
           "Rate at which later payments are discounted.", LATER),
    TEXT("finance.fiscal_year_starts", "02-01",
         "Month and day on which the fiscal year starts; it is named after the year in which it ends.",
         DEFAULT("01-01")),

    MAP("horizon", "The months to plan for.", MUST),
    DATE("horizon.start", "2026-12-01",
         "First day of the plan; ages of prices and ends of commitments count from it.", MUST),
    NUMBER("horizon.months", COUNT, "1", "60", "12", "Length of the plan in months.", DEFAULT("12")),
    MAP("horizon.beyond", "What is assumed after the horizon.", LATER),
    MAP("horizon.beyond.growth", "Growth of demand after the horizon.", LATER),
    NUMBER("horizon.beyond.growth.low", GROWTH, "-100%/year", "1000%/year", "-20%/year",
           "Lower end.", LATER),
    NUMBER("horizon.beyond.growth.mid", GROWTH, "-100%/year", "1000%/year", "0%/year",
           "Middle.", LATER),
    NUMBER("horizon.beyond.growth.high", GROWTH, "-100%/year", "1000%/year", "20%/year",
           "Upper end.", LATER),

    MAP("today", "What runs now: the baseline of all savings."),
    MAPS("today.fleet", "Instances that run now, all hours of the week."),
    TEXT("today.fleet.instance", "g5.2xlarge", "Instance type.", MUST),
    NUMBER("today.fleet.count", COUNT, "1", COUNT_MAX, "12", "Number of instances.", MUST),
    WORD("today.fleet.option", "on_demand|spot", "on_demand", "How they are bought.",
         DEFAULT("on_demand")),
    TEXT("today.fleet.workload", "chat", "Workload they serve; needed when there are several."),
    FILE_NAME("today.focus", "bill.csv",
              "The provider's bill (FOCUS or AWS CUR 2.0 as CSV) in place of the fleet: of each type under run_on its mean "
              "number, rounded up."),

    MAP("estate", "What is already agreed with the provider."),
    MAPS("estate.discounts", "Discounts of the contract, multiplied one after the other."),
    TEXT("estate.discounts.applies_to", "[ec2]",
         "What the discount is for: ec2 (all instances but ml. types), sagemaker (these), lambda, bedrock, "
         "transfer, a family (g6e) or a SKU.",
         MUST, MANY),
    NUMBER("estate.discounts.rate", SHARE, "0%", "99%", "9%", "Part taken off the price.", MUST),
    NUMBER("estate.discounts.commitment", MONEY_RATE, ">0 USD/h", "1000 kUSD/h", "1 MUSD/year",
           "Spend on what the discount is for, after it, that the contract promises; what is missing is "
           "charged."),
    MAPS("estate.owned",
         "Commitments already held: each a savings_plan, a reserved or a capacity entry."),
    WORD("estate.owned.savings_plan", "compute|ec2|sagemaker", "compute", "Kind of the plan."),
    WORD("estate.owned.reserved", "standard|convertible", "standard",
         "Kind of the reserved instances."),
    WORD("estate.owned.capacity", "block|reservation", "block",
         "Capacity that is held: a block is paid as a whole, a reservation at the on-demand rate, used or "
         "not."),
    NUMBER("estate.owned.commitment", MONEY_RATE, ">0 USD/h", "1000 kUSD/h", "40 USD/h",
           "Plans: hourly commitment."),
    TEXT("estate.owned.family", "g6e", "EC2 plans: instance family they cover."),
    TEXT("estate.owned.instance", "g5.2xlarge", "Reserved and capacity: instance type."),
    NUMBER("estate.owned.count", COUNT, "1", COUNT_MAX, "4", "Reserved and capacity: number of instances."),
    WORD("estate.owned.term", "1y|3y", "1y", "Term that was bought; it sets the rate.",
         DEFAULT("1y")),
    WORD("estate.owned.payment", "no_upfront|partial_upfront|all_upfront", "no_upfront",
         "Payment option that was bought; it sets the rate.", DEFAULT("no_upfront")),
    NUMBER("estate.owned.rate", MONEY_RATE, ">0 USD/h", "10 kUSD/h", "0.88 USD/h",
           "Reserved and blocks: effective cost of one instance hour; blocks need it, reserved instances have "
           "the price book's rate without it."),
    TEXT("estate.owned.region", "us-east-1",
         "Region it covers; without it the first region of the first workload."),
    NUMBER("estate.owned.zone", COUNT, "1", "6", "1",
           "Reserved and capacity: the zone of resilience.zones that it is in. Zonal reserved instances cover "
           "no other zone and no other size; without it they are regional."),
    DATE("estate.owned.starts", "2027-01-15",
         "First day with the commitment; without it, it is held when the horizon starts."),
    DATE("estate.owned.ends", "2027-08-31", "First day without the commitment.", MUST),
    FILE_NAME("estate.owned.rates", "sp-rates.json",
              "Compute and EC2 plans: their own rates, as aws savingsplans describe-savings-plans-offering-rates (or the "
              "bulk list) has them. Instances that the file does not have are not covered; without it the price book's "
              "rates hold."),
    FILE_NAME("estate.other_usage", "ec2-hourly-nonai.csv",
              "What others of the organisation use in a week: CSV with sku, region, quantity (instance hours or "
              "GB-seconds in an hour) and hour_of_week (0 to 167 from Monday 00:00 UTC; empty: every hour). It "
              "comes first at what is owned and fills volume tiers."),
    {.path = "estate.quotas", .shape = FIELD_NAMED, .type = FIELD_QUANTITY, .unit = QUANTITY_VCPU,
     .keys = "Standard|G|P|Inf|Trn|X|Standard spot|G spot|P spot|Inf spot|Trn spot|X spot",
     .min = "0 vCPU", .max = "10000000 vCPU", .example = "{ P: 1152 vCPU, P spot: 384 vCPU }",
     .doc = "vCPU that may run at once in a region, by quota group; 'P spot' is the quota for spot "
            "requests."},
    MAPS("estate.supply", "What can be obtained of an instance type on demand."),
    TEXT("estate.supply.instance", "p5.48xlarge", "Instance type.", MUST),
    NUMBER("estate.supply.obtainable", SHARE, "0%", "100%", "30%",
           "Share of launches that succeed; one that fails is tried again each minute.",
           DEFAULT("100%")),
    NUMBER("estate.supply.lead_time", DURATION, "0s", "366d", "21d",
           "Time from the order to the launch; the plan's hours are ordered so long ahead.",
           DEFAULT("0s")),
    TEXT("estate.supply.substitutes", "[g6e.4xlarge, g5.12xlarge]",
         "Instance types of run_on that stand in for launches that fail, best first: at once, until "
         "the type itself is ready.", MANY, .items_max = 8),

    MAP("policy", "Rules that the plan must keep."),
    WORD("policy.max_term", "none|1y|3y", "1y", "Longest commitment allowed.", DEFAULT("3y")),
    NUMBER("policy.coverage_max", SHARE, "0%", "100%", "80%",
           "Largest share of regular instance hours, at on-demand prices, that new commitments may "
           "cover.", DEFAULT("100%")),
    NUMBER("policy.upfront_max", MONEY, "0 USD", "1000 MUSD", "1 MUSD",
           "Largest sum paid up front; without it there is no limit."),
    NUMBER("policy.spot_share_max", SHARE, "0%", "100%", "40%",
           "Largest share of a workload's demand that spot may carry in any hour.", DEFAULT("50%")),
    NUMBER("policy.spot_derating", SHARE, ">0%", "100%", "90%",
           "Useful share of a spot hour, after interruptions and starts.", DEFAULT("90%")),
    WORD("policy.estimates", "mark|refuse", "mark",
         "Rates that no source gives: use estimates and mark them, or refuse them.",
         DEFAULT("mark")),

    MAP("allocation", "Who pays for what is not used by one alone."),
    WORD("allocation.shared", "tokens|seconds|requests", "requests",
         "What the streams of a mix share the cost of their pool by: input and output tokens, time from "
         "arrival to end, or requests; each of those that finished.", DEFAULT("tokens")),
    WORD("allocation.idle", "owner|own_row|spread", "own_row",
         "Instance time in which replicas had no work: with the workload whose pool it is, a row of its "
         "own, or spread over all by what they used in the month.", DEFAULT("owner")),
    WORD("allocation.unused", "own_row|spread", "spread",
         "Commitments not used: a row of their own, or spread by what each used of them in the month.",
         DEFAULT("own_row")),
    NUMBER("allocation.output_weight", NUMBER, ">0", "1000", "5",
           "Input tokens that an output token counts as, where the cost of a pool is divided between "
           "the two; 5 is the median of the shipped book's token APIs.", DEFAULT("5")),

    MAPS("budgets", "Limits of money, compared with what the plan, jobs, storage and stations cost: each of all or of "
         "a tag, by fiscal quarter or year. Of a period that the horizon has in part, its months in it "
         "count.", .items_max = 64),
    WORD("budgets.scope", "all", "all", "All cost."),
    TEXT("budgets.tag", "team=support", "The cost of those with this tag, as the allocation has it."),
    NUMBER("budgets.quarter", MONEY, "0 USD", "1000 MUSD", "2.5 MUSD", "Limit of a fiscal quarter."),
    NUMBER("budgets.year", MONEY, "0 USD", "1000 MUSD", "600 kUSD", "Limit of a fiscal year."),
    WORD("budgets.basis", "cash|amortised", "cash",
         "When a cost counts: as it is paid, or upfront payments spread over their term.",
         DEFAULT("amortised")),

    MAPS("workloads", "What is served: each with its demand, objective, models and places to run.",
         MUST, .items_max = 64),
    TEXT("workloads.name", "chat", "Name, unique in the scenario.", MUST),
    MAP("workloads.demand", "Traffic: exactly one of trace, hourly, generate or mix.", MUST),
    SOURCE("workloads.demand"),
    MAP("workloads.demand.drivers", "Demand from business numbers.", LATER),
    NUMBER("workloads.demand.drivers.users", COUNT, "0", SEED_MAX, "210000", "Users.", LATER),
    TEXT("workloads.demand.drivers.requests_per_user", "14/day", "Requests of one user.", LATER),
    NUMBER("workloads.demand.growth", GROWTH, "-50%/month", "100%/month", "3%/month",
           "Growth of the demand, compounding.", DEFAULT("0%/month")),
    NUMBER("workloads.demand.growth.low", GROWTH, "-50%/month", "100%/month", "1%/month",
           "Growth as an interval: lower end.", LATER),
    NUMBER("workloads.demand.growth.mid", GROWTH, "-50%/month", "100%/month", "3%/month",
           "Growth as an interval: middle.", LATER),
    NUMBER("workloads.demand.growth.high", GROWTH, "-50%/month", "100%/month", "6%/month",
           "Growth as an interval: upper end.", LATER),
    NUMBER("workloads.demand.growth.confidence", SHARE, ">0%", "100%", "80%",
           "Growth as an interval: share of outcomes inside it.", LATER),
    NUMBER("workloads.demand.priorities", SHARE, ">0%", "100%", "[20%, 80%]",
           "Share of the requests in each class of priority, the most urgent first; together 100%. "
           "Without it all are of one class.", MANY, .items_max = 8),
    MAPS("workloads.demand.mix",
         "Streams that share the workload's pool: each exactly one of trace, hourly or generate.",
         .items_min = 2, .items_max = 8),
    TEXT("workloads.demand.mix.name", "interactive", "Name, unique in the mix.", MUST),
    SOURCE("workloads.demand.mix"),
    NUMBER("workloads.demand.mix.priority", COUNT, "0", "7", "0",
           "Class of priority of its requests, 0 the most urgent; the engine's admission must look at "
           "it.", DEFAULT("0")),
    MAP("workloads.demand.mix.slo",
        "Limits of its requests; without it those of the workload. Each stream must reach the share."),
    NUMBER("workloads.demand.mix.slo.ttft", DURATION, "1ms", "1h", "500ms",
           "Time to the first token."),
    NUMBER("workloads.demand.mix.slo.tpot", DURATION, "1ms", "1h", "50ms",
           "Mean time of an output token after the first."),
    NUMBER("workloads.demand.mix.slo.latency", DURATION, "1ms", "1h", "30s",
           "Time to the end of the answer."),
    {.path = "workloads.demand.mix.tags", .shape = FIELD_NAMED, .type = FIELD_TEXT, .items_max = 50,
     .example = "{ team: search }",
     .doc = "Beside the workload's tags, or in their place: whose part of the shared pool it is."},
    MAP("workloads.demand.flow",
        "Requests that follow one another: tasks of several calls, each from the demand's source or "
        "from a number of users."),
    NUMBER("workloads.demand.flow.users", COUNT, "1", "1000000", "500",
           "Users who think, begin a task, and think again when it ended; in place of a source."),
    NUMBER("workloads.demand.flow.think", DURATION, "1ms", "7d", "30s",
           "With users: mean time between a task and the next, exponential."),
    NUMBER("workloads.demand.flow.calls_max", COUNT, "1", "63", "12",
           "A task makes at most so many calls; needed where steps go in a loop."),
    MAPS("workloads.demand.flow.steps", "Where a task goes; it begins with the first.", MUST,
         .items_max = 16),
    TEXT("workloads.demand.flow.steps.name", "plan", "Name, unique in the flow.", MUST),
    WORD("workloads.demand.flow.steps.call", "on|off", "off",
         "Whether the step calls the model, or only waits (a tool).", DEFAULT("on")),
    TEXT("workloads.demand.flow.steps.station", "embedder",
         "Station that its calls go to; without it the workload's own models. At a station, what is "
         "asked and answered is in later prompts only with context: grows."),
    NUMBER("workloads.demand.flow.steps.parallel", COUNT, "1", "63", "4",
           "Calls side by side; the task goes on when all have ended.", DEFAULT("1")),
    NUMBER("workloads.demand.flow.steps.delay", DURATION, "0s", "7d", "2s",
           "Mean time before it, exponential: a tool, or a user who reads and types.", DEFAULT("0s")),
    WORD("workloads.demand.flow.steps.context", "own|grows", "grows",
         "Whether its prompt begins with all prompts and answers of the task so far.",
         DEFAULT("own")),
    NUMBER("workloads.demand.flow.steps.input", TOKENS, "1 token", "1M tokens", "200 tokens",
           "Its own part of the prompt; without it that of the task's first call."),
    NUMBER("workloads.demand.flow.steps.output", TOKENS, "0 tokens", "1M tokens", "80 tokens",
           "Its answer; without it that of the task's first call."),
    {.path = "workloads.demand.flow.steps.next", .shape = FIELD_NAMED, .type = FIELD_QUANTITY,
     .unit = QUANTITY_SHARE, .min = ">0%", .max = "100%", .items_max = 16,
     .example = "{ tool: 70%, answer: 30% }",
     .doc = "Share of the tasks that go on to each step; what is left of 100% ends."},
    MAPS("workloads.demand.flow.stations",
         "What steps call beside the workload's own models: an embedder, a vector store, a guardrail. "
         "Their capacity is stated, on demand, and beside the plan; a model of the catalogue, or times "
         "of service.", .items_max = 12),
    TEXT("workloads.demand.flow.stations.name", "embedder", "Name, unique in the flow.", MUST),
    TEXT("workloads.demand.flow.stations.instance", "g6.xlarge", "Instance type.", MUST),
    NUMBER("workloads.demand.flow.stations.count", COUNT, "1", "10000", "2", "Instances, always.",
           DEFAULT("1")),
    TEXT("workloads.demand.flow.stations.region", "us-east-1",
         "Region; without it the first of the workload."),
    TEXT("workloads.demand.flow.stations.model", "bge-base-en-v1.5",
         "Model of the catalogue that it serves."),
    WORD("workloads.demand.flow.stations.precision", "fp32|bf16|fp8|int8|fp4|int4", "fp8",
         "With model: its number format.", DEFAULT("bf16")),
    NUMBER("workloads.demand.flow.stations.tensor_parallel", COUNT, "1", "64", "2",
           "With model: accelerators of one replica.", DEFAULT("1")),
    NUMBER("workloads.demand.flow.stations.service", DURATION, "0.01ms", "1h", "12ms",
           "In place of model: mean time of a call on an instance that has room for it."),
    WORD("workloads.demand.flow.stations.times", "fixed|exponential", "exponential",
         "With service: how the times of calls vary.", DEFAULT("fixed")),
    NUMBER("workloads.demand.flow.stations.concurrency", COUNT, "1", "100000", "32",
           "With service: calls that an instance serves at once; others wait.", DEFAULT("1")),
    MAPS("workloads.demand.events", "Days with more or less traffic than the week says.", LATER),
    DATE("workloads.demand.events.from", "2027-11-24", "First day.", LATER),
    DATE("workloads.demand.events.to", "2027-12-01", "First day after.", LATER),
    NUMBER("workloads.demand.events.factor", NUMBER, "0", "1000", "2.5", "Multiple of the demand.",
           LATER),

    MAP("workloads.slo", "Limits that a request must meet, and how many must meet all of them.",
        MUST),
    LIMIT("ttft", "1h", "Time to the first token."),
    LIMIT("tpot", "1h", "Mean time of an output token after the first."),
    LIMIT("latency", "7d", "Time to the end of the answer."),
    NUMBER("workloads.slo.task", DURATION, "1ms", "7d", "30s",
           "With demand.flow: time from a task's first call to its end. Tasks have their own share; the "
           "plan is not made dearer for it, a miss is told."),
    NUMBER("workloads.slo.share", SHARE, ">0%", "100%", "99%",
           "Share of the requests that must be inside all limits.", DEFAULT("99%")),
    WORD("workloads.slo.over", "hour|day|week", "hour",
         "The share must be reached in every such window.", DEFAULT("hour")),

    MAPS("workloads.models", "Models that may serve the workload.", MUST, .items_max = 16),
    TEXT("workloads.models.use", "llama-3.1-8b",
         "Model of the catalogue, or a token API of the price book (bedrock/llama-3.1-8b).", MUST),
    WORD("workloads.models.precision", "fp32|bf16|fp8|int8|fp4|int4", "[bf16, fp8]",
         "Number formats to compare.", MANY, .items_max = 6, DEFAULT("bf16")),
    WORD("workloads.models.kv", "bf16|fp8", "[bf16, fp8]",
         "Number formats of the KV cache to compare.", MANY, .items_max = 2, DEFAULT("bf16")),
    TEXT("workloads.models.quality", "-0.8 points MMLU",
         "How good this variant is, in your words; shown beside it, not weighed."),
    NUMBER("workloads.models.one_off", MONEY, "0 USD", "1000 MUSD", "40000 USD",
           "What making this entry's model costs once (distillation, pruning, quantisation); it is "
           "used where that pays back within the horizon."),
    MAP("workloads.models.lora", "LoRA adapters that share the base model in memory."),
    NUMBER("workloads.models.lora.adapters", COUNT, "1", COUNT_MAX, "20",
           "Number of adapters; each request uses one.", MUST),
    NUMBER("workloads.models.lora.resident", COUNT, "1", "4096", "8",
           "Adapters in memory at once (max_loras); another is loaded when a request needs it.", MUST),
    NUMBER("workloads.models.lora.rank", COUNT, "1", "512", "16",
           "Rank of the adapters (max_lora_rank).", DEFAULT("16")),
    NUMBER("workloads.models.lora.skew", NUMBER, "0", "4", "1",
           "How unevenly they are used: weights 1 / place^skew; 0 is evenly.", DEFAULT("1")),
    NUMBER("workloads.models.tokens_ratio", NUMBER, ">0", "10", "1.0",
           "Token APIs: tokens there for each token of the traffic.", DEFAULT("1.0")),
    NUMBER("workloads.models.ttft", DURATION, "1ms", "1h", "400ms",
           "Token APIs: median time to the first token; without it the API takes no traffic."),
    NUMBER("workloads.models.ttft_sigma", NUMBER, "0", "3", "0.4",
           "Token APIs: sigma of its logarithm.", DEFAULT("0")),
    NUMBER("workloads.models.tpot", DURATION, ">0ms", "1h", "12ms",
           "Token APIs: median time of an output token after the first."),
    NUMBER("workloads.models.tpot_sigma", NUMBER, "0", "3", "0.2",
           "Token APIs: sigma of its logarithm.", DEFAULT("0")),
    NUMBER("workloads.models.requests_per_minute", RATE, ">0 req/min", "1000000 req/s",
           "800 req/min", "Token APIs: request quota."),
    NUMBER("workloads.models.tokens_per_minute", TOKEN_RATE, ">0 tokens/min", "1000000M tokens/min",
           "300K tokens/min", "Token APIs: token quota, input and output together."),

    WORD("workloads.models.tier", "standard|batch|flex|priority|provisioned|provisioned_1m|provisioned_6m",
         "batch",
         "Token APIs: how it is bought. batch: a queue that the quotas drain, at the price of batches; "
         "flex and priority: state their latency, the price is the book's; provisioned: model units by "
         "the hour, without a term or for one or six months.", DEFAULT("standard")),
    NUMBER("workloads.models.deadline", DURATION, "1min", "7d", "24h",
           "Token APIs, batch: what ends later is refused; without stated latency all ends then.",
           DEFAULT("24h")),
    NUMBER("workloads.models.cached_input", SHARE, "0%", "100%", "40%",
           "Token APIs: share of the input tokens that the provider reads from its cache.",
           DEFAULT("0%")),
    MAP("workloads.models.units", "Token APIs, provisioned: model units held, used or not."),
    NUMBER("workloads.models.units.count", COUNT, "1", COUNT_MAX, "2", "Their number.", MUST),
    NUMBER("workloads.models.units.tokens_per_minute", TOKEN_RATE, ">0 tokens/min",
           "1000000M tokens/min", "50K tokens/min",
           "What one carries, input and output together; its provider tells.", MUST),

    MAP("workloads.engine", "How the engines of its decoders run; names in parentheses and defaults "
        "are those of vLLM 0.19 (V1 engine)."),
    ENGINE("workloads.engine", IN_FULL, DEFAULT),
    MAPS("workloads.run_on",
         "Where the models may run: each an instance or a function; not needed for token APIs.",
         .items_max = 64),
    TEXT("workloads.run_on.instance", "g6e.2xlarge", "Instance type."),
    TEXT("workloads.run_on.function", "lambda-arm64", "Serverless function of the price book."),
    NUMBER("workloads.run_on.tensor_parallel", COUNT, "1", "64", "1",
           "Instances: accelerators of one replica; without it 1."),
    NUMBER("workloads.run_on.replicas_per_instance", COUNT, "1", "64", "8",
           "Instances: without it as many as the accelerators allow."),
    ENGINE("workloads.run_on", FOR_ENTRY, NO_DEFAULT),
    MAP("workloads.run_on.split", "Instances: prefill and decode on engines of their own."),
    NUMBER("workloads.run_on.split.prefill", COUNT, "1", "64", "1",
           "Engines of a replica that compute prompts.", MUST),
    NUMBER("workloads.run_on.split.decode", COUNT, "1", "64", "3",
           "Engines of a replica that generate.", MUST),
    NUMBER("workloads.run_on.split.link", DATA_RATE, ">0 GB/s", "100 TB/s", "50 GB/s",
           "Rate at which a prompt's cache moves from one to the other; without it the link between "
           "the accelerators."),
    NUMBER("workloads.run_on.kv_blocks", COUNT, "1", "1000000000", "12000",
           "Instances: cache blocks of 16 tokens; without it what the memory holds."),
    NUMBER("workloads.run_on.batch", COUNT, "1", "4096", "8",
           "Instances, encoders: largest batch; without it by hardware."),
    NUMBER("workloads.run_on.batch_wait", DURATION, "0ms", "10s", "5ms",
           "Instances, encoders: longest wait for a fuller batch; without it by hardware."),
    NUMBER("workloads.run_on.memory", MEMORY, "128 MB", "10240 MB", "2048 MB",
           "Functions: memory as the provider counts, 1 GB = 1024 MB."),
    NUMBER("workloads.run_on.vcpu_max", NUMBER, ">0", "6", "2",
           "Functions: vCPU that the work of one request can use at once; without it all that the "
           "memory brings."),
    DELAY("workloads.run_on.cold_start", ">0ms", "10min", "4s",
          "Functions: time added to the first request of a new copy.", NO_DEFAULT("")),
    DELAY("workloads.run_on.keep_alive", ">0ms", "1d", "10min", "Functions: time an idle copy stays.",
          NO_DEFAULT("")),
    NUMBER("workloads.run_on.concurrency", COUNT, "1", COUNT_MAX, "1000",
           "Functions: copies that may run at once, provisioned ones among them."),
    NUMBER("workloads.run_on.provisioned", COUNT, "1", COUNT_MAX, "20",
           "Functions: copies that are always ready, paid by the hour whether used or not."),
    MAP("workloads.run_on.ramp",
        "Functions: how fast new copies may start; without it 1000 every 10 s, as AWS Lambda."),
    NUMBER("workloads.run_on.ramp.copies", COUNT, "1", COUNT_MAX, "1000",
           "So many at once, and again after `every`, filled evenly.", MUST),
    NUMBER("workloads.run_on.ramp.every", DURATION, "1ms", "1h", "10s", "Time to fill.",
           DEFAULT("10s")),
    MAP("workloads.scaling", "How the pools of this workload follow the demand, instead of what the "
        "scenario's scaling says of it. What is not stated here is as there; with a policy of its own only the "
        "launches are, with a metric or a target of its own no target."),
    WORD("workloads.scaling.policy", "schedule|target_tracking|predictive", "target_tracking",
         "As in scaling."),
    WORD("workloads.scaling.metric", "utilisation|concurrency|queue_length|tokens_in_flight|kv_use",
         "queue_length", "As in scaling."),
    NUMBER("workloads.scaling.target", SHARE, ">0%", "100%", "60%", "As in scaling."),
    NUMBER("workloads.scaling.target_requests", NUMBER, ">0", "100000", "12", "As in scaling."),
    NUMBER("workloads.scaling.target_tokens", TOKENS, "1 token", "100M tokens", "20K tokens",
           "As in scaling."),
    NUMBER("workloads.scaling.min", COUNT, "1", COUNT_MAX, "2", "As in scaling."),
    NUMBER("workloads.scaling.max", COUNT, "1", COUNT_MAX, "20", "As in scaling."),
    NUMBER("workloads.scaling.cooldown_out", DURATION, "0s", "1d", "3min", "As in scaling."),
    NUMBER("workloads.scaling.cooldown_in", DURATION, "0s", "1d", "5min", "As in scaling."),
    NUMBER("workloads.scaling.stabilisation", DURATION, "0s", "1d", "5min", "As in scaling."),
    NUMBER("workloads.scaling.scale_to_zero_after", DURATION, "1s", "30d", "15min", "As in scaling."),
    MAP("workloads.admission",
        "Who is let in, before the router. SIZE and the plan do not count on it."),
    NUMBER("workloads.admission.outstanding", NUMBER, ">0", "1000000", "40",
           "Requests a ready replica with which the next is refused: one number for all, or one for "
           "each of demand.priorities.", MANY, .items_max = 8),
    MAPS("workloads.admission.tenants", "Whose requests they are, each with a rate of its own.",
         .items_max = 16),
    TEXT("workloads.admission.tenants.name", "search", "Name in the answer; without it tenant 1, 2, ..."),
    NUMBER("workloads.admission.tenants.share", SHARE, ">0%", "100%", "70%",
           "Part of the requests; they add up to 100%.", MUST),
    NUMBER("workloads.admission.tenants.rate", RATE, ">0 req/min", "1000000 req/s", "5 req/s",
           "What is let in, evenly; above it requests are refused.", MUST),
    NUMBER("workloads.admission.tenants.burst", COUNT, "1", COUNT_MAX, "20",
           "Requests that may come at once after a pause.", DEFAULT("1")),
    MAP("workloads.fallback", "Where requests go while the fleet is overloaded."),
    NUMBER("workloads.fallback.above", NUMBER, ">0", "1000000", "30",
           "Requests a ready replica with which the next goes there.", MUST),
    TEXT("workloads.fallback.to", "bedrock/llama-3.1-8b",
         "A token API of models, or a function of run_on, which may refuse; with on, a smaller model of the "
         "catalogue.", MUST),
    TEXT("workloads.fallback.on", "g6.xlarge", "Instances that run `to`, for this alone."),
    NUMBER("workloads.fallback.count", COUNT, "1", "10000", "2",
           "With on: how many; they are there all the time, on demand, and do not scale."),
    WORD("workloads.fallback.precision", "fp32|bf16|fp8|int8|fp4|int4", "bf16",
         "With on: number format of `to`.", DEFAULT("bf16")),
    MAP("workloads.timeouts", "When an attempt is taken back from the fleet, a function or a token API."),
    NUMBER("workloads.timeouts.queue", DURATION, "1ms", "1d", "10s",
           "After this time if nothing of it was served."),
    NUMBER("workloads.timeouts.total", DURATION, "1ms", "1d", "60s",
           "After this time, whatever was served."),
    MAP("workloads.cancellations", "Clients that give up."),
    NUMBER("workloads.cancellations.share", SHARE, ">0%", "100%", "20%",
           "Part of the clients that have limited patience.", MUST),
    NUMBER("workloads.cancellations.after", DURATION, "1ms", "1d", "30s",
           "Mean of their patience, which is exponential.", MUST),
    MAP("workloads.retries", "What clients do when an attempt is refused or times out."),
    NUMBER("workloads.retries.attempts", COUNT, "2", "100", "4",
           "Attempts of a request, the first included.", MUST),
    NUMBER("workloads.retries.backoff", DURATION, "1ms", "1h", "500ms",
           "Wait before the second attempt; it doubles with each.", DEFAULT("1s")),
    NUMBER("workloads.retries.longest", DURATION, "1ms", "1h", "30s", "The longest wait.",
           DEFAULT("60s")),
    NUMBER("workloads.retries.jitter", SHARE, "0%", "100%", "50%",
           "Part of the wait that is drawn evenly.", DEFAULT("50%")),
    MAP("workloads.cache", "Answers that are known already. SIZE and the plan do not count on it."),
    NUMBER("workloads.cache.hits", SHARE, ">0%", "100%", "20%",
           "Part of the requests that are answered from it.", MUST),
    NUMBER("workloads.cache.latency", DURATION, "0ms", "1min", "20ms", "Time of such an answer.",
           DEFAULT("20ms")),
    MAP("workloads.rollout", "Two ways to serve the workload side by side: what is new, and what is old, "
        "which is all else of models and run_on. canary and blue_green happen in the first week of the "
        "horizon; the plan is for the time after it."),
    WORD("workloads.rollout.kind", "ab|canary|blue_green", "canary",
         "ab: a fixed part of the requests, over the whole horizon; canary: a part that grows by steps; "
         "blue_green: all at once, with the old fleet kept for a time.", MUST),
    TEXT("workloads.rollout.to", "g6e.2xlarge",
         "What is new: a model of models, or an instance or function of run_on.", MUST),
    NUMBER("workloads.rollout.share", SHARE, ">0%", "99%", "20%",
           "ab: part of the requests that the new side gets."),
    MAPS("workloads.rollout.steps", "canary: from when on the new side gets which part; before the first it gets "
         "none, the last is 100%.", .items_max = 16),
    NUMBER("workloads.rollout.steps.at", DURATION, "0s", "167h", "24h",
           "Whole hours from the start of the week.", MUST),
    NUMBER("workloads.rollout.steps.share", SHARE, ">0%", "100%", "10%", "Part of the requests.", MUST),
    NUMBER("workloads.rollout.at", DURATION, "0s", "167h", "24h",
           "blue_green: when all requests go to the new fleet, in whole hours from the start of the week.",
           DEFAULT("0s")),
    NUMBER("workloads.rollout.overlap", DURATION, "1h", "168h", "12h",
           "blue_green: how long the old fleet then stays as it was, in whole hours."),
    TEXT("workloads.regions", "[us-east-1]", "Regions that may serve the workload.", MUST, MANY,
         .items_max = 32),
    MAP("workloads.value", "What a request within the limits is worth."),
    TEXT("workloads.value.unit", "resolved ticket", "Unit of the business, in the singular.", MUST),
    NUMBER("workloads.value.requests_per_unit", NUMBER, ">0", "1000000", "6",
           "Requests behind one unit.", DEFAULT("1")),
    NUMBER("workloads.value.worth", MONEY, ">0 USD", "1000 MUSD", "1.80 USD",
           "Worth of one unit; without it no return is told."),
    {.path = "workloads.tags", .shape = FIELD_NAMED, .type = FIELD_TEXT, .items_max = 50,
     .example = "{ team: support, cost_center: CC-104 }",
     .doc = "Names and values that the cost is reported by."},

    MAPS("clusters", "Instances held over the whole horizon that jobs share by priority. Each job bears the "
         "node-hours it holds; what is idle is a cost of its own.", .items_max = 16),
    TEXT("clusters.name", "research", "Name, unique in the scenario.", MUST),
    TEXT("clusters.instance", "p4d.24xlarge", "Instance type.", MUST),
    NUMBER("clusters.nodes", COUNT, "1", "4096", "8", "How many of them.", MUST),
    TEXT("clusters.region", "us-east-1", "Where they are.", MUST),
    NUMBER("clusters.rate", MONEY_RATE, ">0 USD/h", "10 kUSD/h", "19.22 USD/h",
           "Cost of one instance an hour; without it on demand by the price book."),
    NUMBER("clusters.mtbf", DURATION, "1h", "36500d", "264d",
           "Mean time between failures of one node, as jobs.mtbf.", DEFAULT("264d")),
    {.path = "clusters.tags", .shape = FIELD_NAMED, .type = FIELD_TEXT, .items_max = 50,
     .example = "{ team: research }",
     .doc = "Names and values that its idle cost is reported by."},

    MAPS("jobs", "Work that is done, not served, by gangs of nodes (an instance is a node). Jobs share "
         "no instance with the workloads and no commitment.", .items_max = 64),
    TEXT("jobs.name", "weekly-retraining", "Name, unique in the scenario.", MUST),
    WORD("jobs.kind", "training|fine_tuning|retraining|data_preparation|batch_inference", "retraining",
         "What it is: the nodes of the first three talk to each other, so that scaling must say how "
         "the speed grows; the others are taken to be twice as fast on twice the nodes.", MUST),
    TEXT("jobs.cluster", "research", "The cluster that it shares with others; run_on then has the cluster's "
         "instance alone, and regions, purchase, spot and mtbf are the cluster's."),
    FILE_NAME("jobs.log", "jobs.csv",
              "In place of one described job a log of jobs, from the start of the horizon: timestamp, duration, "
              "num_gpus (Philly) or seconds, duration, nodes; each is a gang of so many instances of the cluster."),
    NUMBER("jobs.priority", COUNT, "0", "7", "2",
           "On a cluster: 0 the most urgent. More urgent jobs go first, and make others that write "
           "checkpoints give way.", DEFAULT("0")),
    NUMBER("jobs.every", DURATION, "1h", "366d", "7d",
           "It runs again and again, first at the start of the horizon; without it once."),
    NUMBER("jobs.deadline", DURATION, "1min", "366d", "36h",
           "A run must be over so long after its start; without it there is no hurry (366 d)."),
    NUMBER("jobs.confidence", SHARE, ">0%", "99%", "95%",
           "Share of the runs that must meet the deadline.", DEFAULT("95%")),
    NUMBER("jobs.nodes", COUNT, "1", "4096", "8",
           "Nodes of the gang; as a map the gangs to compare: min, doubled up to max.", DEFAULT("1")),
    NUMBER("jobs.nodes.min", COUNT, "1", "4096", "1", "Smallest gang."),
    NUMBER("jobs.nodes.max", COUNT, "1", "4096", "16", "Largest gang."),
    WORD("jobs.elastic", "on|off", "on",
         "Whether a gang goes on with fewer nodes, down to nodes.min, when some are lost.",
         DEFAULT("off")),
    NUMBER("jobs.tokens", TOKENS, "1 token", "100000000M tokens", "2000M tokens",
           "Tokens of a run; needed where rate or scaling.model is given."),
    MAP("jobs.scaling", "How the speed grows with the gang: exactly one of serial, speedup or model."),
    NUMBER("jobs.scaling.serial", SHARE, "0%", "100%", "2%",
           "Serial share s: n nodes are n / (1 + s (n - 1)) times as fast as one."),
    {.path = "jobs.scaling.speedup", .shape = FIELD_NAMED, .type = FIELD_QUANTITY,
     .unit = QUANTITY_NUMBER, .min = ">0", .max = "4096", .items_min = 2, .items_max = 64,
     .example = "{ 1: 1, 2: 1.9, 8: 6.7 }",
     .doc = "Nodes: how many times as fast as one node, from 1 node on, straight lines in between."},
    TEXT("jobs.scaling.model", "llama-3.1-8b",
         "Model of the catalogue that is trained, data-parallel: its gradients (2 bytes a parameter) "
         "go around all nodes in every step, over run_on.network."),
    NUMBER("jobs.scaling.step", TOKENS, "1 token", "1000M tokens", "4M tokens",
           "With model: tokens of a step, all nodes together."),
    MAP("jobs.checkpoint", "Saves what is done; without it an interrupted run begins again."),
    NUMBER("jobs.checkpoint.write", DURATION, ">0ms", "1d", "3min",
           "Time to write one; nothing is computed meanwhile.", MUST),
    NUMBER("jobs.checkpoint.restore", DURATION, "0ms", "1d", "5min", "Time to read one.", MUST),
    NUMBER("jobs.checkpoint.every", DURATION, "1s", "366d", "1h",
           "Time of computing between two; without it what wastes least (Young and Daly)."),
    NUMBER("jobs.setup", DURATION, "0s", "1d", "5min",
           "At every start, after scaling.boot: image, data, compilation.", DEFAULT("0s")),
    NUMBER("jobs.mtbf", DURATION, "1h", "36500d", "264d",
           "Mean time between failures of one node. 264 d is that of eight GPUs in the training of "
           "Llama 3 (419 unexpected interruptions of 16384 GPUs in 54 days).", DEFAULT("264d")),
    MAPS("jobs.run_on", "Instance types that may run it; needed without a log.", .items_max = 16),
    TEXT("jobs.run_on.instance", "p4d.24xlarge", "Instance type.", MUST),
    NUMBER("jobs.run_on.alone", DURATION, "1s", "36500d", "96h",
           "Time that a run takes on one such instance, without interruptions."),
    NUMBER("jobs.run_on.rate", TOKEN_RATE, ">0 tokens/min", "1000000M tokens/min", "120K tokens/s",
           "Tokens that one such instance gets through; in place of alone."),
    NUMBER("jobs.run_on.network", DATA_RATE, ">0 GB/s", "100 TB/s", "400 Gbit/s",
           "Network of one instance; scaling.model needs it."),
    MAP("jobs.run_on.block", "A capacity block: so many instances for so long, paid as a whole; the "
        "deadline counts from its start."),
    NUMBER("jobs.run_on.block.nodes", COUNT, "1", "4096", "8", "Instances of the block.", MUST),
    NUMBER("jobs.run_on.block.length", DURATION, "1h", "182d", "7d", "How long it is held.", MUST),
    NUMBER("jobs.run_on.block.rate", MONEY_RATE, ">0 USD/h", "10 kUSD/h", "31.44 USD/h",
           "Cost of one of its instances an hour.", MUST),
    WORD("jobs.purchase", "on_demand|spot", "[on_demand, spot]",
         "Ways to buy; without it those of purchase. A job on spot moves to on demand when only that "
         "is sure to be in time.", MANY),
    MAP("jobs.spot", "How spot capacity comes and goes, exponential, for all nodes of a gang at once; "
        "without it nodes are lost one by one at the rate of the price book and replaced."),
    NUMBER("jobs.spot.up", DURATION, "10min", "366d", "6h", "Mean time that it is there.", MUST),
    NUMBER("jobs.spot.down", DURATION, "1s", "366d", "1h", "Mean time that it is not.", MUST),
    TEXT("jobs.regions", "[us-east-1]", "Regions that may run it; needed without a cluster.", MANY, .items_max = 32),
    {.path = "jobs.tags", .shape = FIELD_NAMED, .type = FIELD_TEXT, .items_max = 50,
     .example = "{ team: research }",
     .doc = "Names and values that its cost is reported by."},

    {.path = "purchase", .shape = FIELD_MIXED, .type = FIELD_CHOICE, .choices = "on_demand|spot",
     .example = "[on_demand, spot, { savings_plan: compute, term: 1y }]", .fallback = "on_demand",
     .doc = "Ways to buy that the plan may use: on_demand, spot, and commitments as maps."},
    WORD("purchase.reserved", "standard|convertible", "standard", "Reserved instances of this kind.",
         MANY),
    WORD("purchase.savings_plan", "compute|ec2|sagemaker", "[compute, ec2]", "Savings plans of this kind.",
         MANY),
    WORD("purchase.term", "1y|3y", "[1y, 3y]", "Terms allowed.", MANY, DEFAULT("1y")),
    WORD("purchase.payment", "no_upfront|partial_upfront|all_upfront", "no_upfront",
         "Payment options allowed.", MANY, DEFAULT("no_upfront")),

    MAP("resilience", "What must be survived."),
    NUMBER("resilience.zones", COUNT, "1", "6", "3",
           "Zones that each pool of instances is spread over evenly. A policy that scales does so in "
           "each zone by itself: min and max are then those of a zone.", DEFAULT("1")),
    WORD("resilience.survive", "zone|instance", "[zone, instance]",
         "What may fail: the replay of each workload's busiest week is run again with that lost in its "
         "busiest hour, and what is left is reported. instance: one of the largest that run then (N+1).",
         MANY, .items_max = 2),
    NUMBER("resilience.zone_lost", COUNT, "1", "6", "2",
           "Which zone is lost; without it the one with the most capacity in that hour."),
    NUMBER("resilience.outage", DURATION, "1s", "7d", "1h",
           "How long nothing can be launched for what is lost. Without it 1h for a zone; for an instance "
           "another is launched at once."),
    NUMBER("resilience.outage_hour", COUNT, "0", "167", "34",
           "Hour of the week at whose beginning it is lost; without it the workload's busiest."),
    WORD("resilience.spare", "report|buy", "buy",
         "What is done about it. buy: the plan is widened until, in every hour, what is left after the "
         "loss carries the demand, and the replay with the loss holds the objective; the cost of that is "
         "told.", DEFAULT("report")),
    NUMBER("resilience.mtbf", DURATION, "1h", "36500d", "60d",
           "Mean time between failures of one instance, in every replay: its work starts again elsewhere "
           "and another is launched. Without it none fails by itself."),
    MAPS("resilience.slow", "Instances that are slow for a time, in the replay of every week.",
         .items_max = 16),
    TEXT("resilience.slow.workload", "chat", "Whose instance, when there are several workloads."),
    NUMBER("resilience.slow.hour", COUNT, "0", "167", "34", "Hour of the week in which it begins.", MUST),
    NUMBER("resilience.slow.lasts", DURATION, "1s", "7d", "30min", "How long it is slow.", MUST),
    NUMBER("resilience.slow.slowdown", NUMBER, ">1", "1000", "3",
           "All its times are so many times as long.", MUST),

    MAP("scaling", "How the fleet follows the demand, and how long a launch takes."),
    WORD("scaling.policy", "schedule|target_tracking|step|predictive", "target_tracking",
         "Who says how many instances a pool of the plan has. schedule: the plan, hour by hour; "
         "target_tracking: as many as hold a metric at its target; step: more or fewer when the "
         "metric passes a step; predictive: target tracking, and never fewer than the plan and the "
         "same hours of past weeks ask for.", DEFAULT("schedule")),
    WORD("scaling.metric", "utilisation|concurrency|queue_length|tokens_in_flight|kv_use",
         "concurrency",
         "What the policy watches, of a replica: the share of its time with work, its requests in "
         "service or queued, those queued, the tokens of those in service, the used share of its "
         "cache.", DEFAULT("concurrency")),
    WORD("scaling.weights_over", "s3|cross-zone|cross-region|nat-gateway", "nat-gateway",
         "The way that the weights take into each instance that is launched. s3 of the region costs nothing; "
         "the others cost the price book's rate per GB of that name.", DEFAULT("s3")),
    NUMBER("scaling.target", SHARE, ">0%", "100%", "70%",
           "Level that is held. utilisation: of the time; kv_use: of the cache; concurrency: of the "
           "requests that a replica holds at its simulated capacity.", DEFAULT("70%")),
    NUMBER("scaling.target_requests", NUMBER, ">0", "100000", "12",
           "The level in requests a replica: for queue_length, or for concurrency instead of target."),
    NUMBER("scaling.target_tokens", TOKENS, "1 token", "100M tokens", "20K tokens",
           "The level in tokens a replica: for tokens_in_flight."),
    NUMBER("scaling.tolerance", SHARE, "0%", "100%", "10%",
           "Nothing changes while the metric is this near its target.", DEFAULT("10%")),
    MAPS("scaling.steps", "What policy step does at which level.", .items_max = 16),
    NUMBER("scaling.steps.at", SHARE, "0%", "1000%", "120%",
           "Level, in percent of the target. Steps that add hold at and above it, steps that "
           "remove at and below it; of several, the one furthest out.", MUST),
    NUMBER("scaling.steps.add", COUNT, "1", COUNT_MAX, "2", "Instances more."),
    NUMBER("scaling.steps.add_share", SHARE, ">0%", "1000%", "50%",
           "The same in percent of the instances, rounded down, at least one."),
    NUMBER("scaling.steps.remove", COUNT, "1", COUNT_MAX, "1", "Instances fewer."),
    NUMBER("scaling.steps.remove_share", SHARE, ">0%", "100%", "25%",
           "The same in percent of the instances, rounded down, at least one."),
    NUMBER("scaling.min", COUNT, "1", COUNT_MAX, "2", "Fewest instances of a pool.", DEFAULT("1")),
    NUMBER("scaling.max", COUNT, "1", COUNT_MAX, "20",
           "Most instances of a pool. Without it what the plan has in the busiest hour of the week."),
    NUMBER("scaling.interval", DURATION, "1s", "1h", "15s", "Time between two decisions.",
           DEFAULT("15s")),
    NUMBER("scaling.cooldown_out", DURATION, "0s", "1d", "3min",
           "No rise for so long after a rise. Without it 5min for policy step, else none."),
    NUMBER("scaling.cooldown_in", DURATION, "0s", "1d", "5min",
           "No fall for so long after a fall.", DEFAULT("0s")),
    NUMBER("scaling.stabilisation", DURATION, "0s", "1d", "5min",
           "A fall goes no lower than the most that was asked for in so long.", DEFAULT("5min")),
    NUMBER("scaling.scale_to_zero_after", DURATION, "1s", "30d", "15min",
           "A pool without any request for so long is switched off; the next request that finds "
           "none ready brings back its fewest. Without it never."),
    NUMBER("scaling.add_per_minute", COUNT, "1", COUNT_MAX, "4",
           "Most instances that a minute adds. With add_share_per_minute the larger of the two; "
           "without either there is no limit."),
    NUMBER("scaling.add_share_per_minute", SHARE, ">0%", "10000%", "100%",
           "The same in percent of the instances a minute ago, rounded up."),
    NUMBER("scaling.remove_per_minute", COUNT, "1", COUNT_MAX, "1",
           "Most instances that a minute removes. With remove_share_per_minute the larger of the "
           "two; without either there is no limit."),
    NUMBER("scaling.remove_share_per_minute", SHARE, ">0%", "100%", "10%",
           "The same in percent of the instances a minute ago, rounded up."),
    WORD("scaling.ready", "total|parts", "parts",
         "How the time from a launch to the first request is said. total: as one time, boot; parts: "
         "boot, image, weights over the bandwidths below, warm_up.", DEFAULT("total")),
    DELAY("scaling.boot", "0s", "1h", "3min", "From the start of an instance to its first request, or with "
           "ready: parts to its operating system. Without it 3min, with ready: parts 40s.",
           NO_DEFAULT("")),
    DELAY("scaling.image", "0s", "1h", "90s", "Pull and unpacking of the container image.", DEFAULT("5min")),
    DELAY("scaling.warm_up", "0s", "1h", "30s", "From the weights in memory to the first request: start of the "
           "engine, compilation.", DEFAULT("60s")),
    DELAY("scaling.resume", "0s", "1h", "15s", "Start of an instance of the warm pool, instead of boot and "
           "image.", DEFAULT("15s")),
    NUMBER("scaling.load_bandwidth", DATA_RATE, "1 MB/s", "100 TB/s", "10 GB/s",
           "What all instances of a workload that load weights at one time share. Without it there "
           "is no such limit."),
    NUMBER("scaling.instance_bandwidth", DATA_RATE, "1 MB/s", "100 TB/s", "5 GB/s",
           "The most at which one instance loads weights.", DEFAULT("1.2 GB/s")),
    NUMBER("scaling.warm_pool", COUNT, "0", "10000", "2",
           "Stopped instances that each pool keeps: a launch takes one and skips boot and image.",
           DEFAULT("0")),

    MAP("spot", "Spot capacity zone by zone, from traces of what could be held. Without it instances "
        "are lost one by one, by the price book's rate of interruptions."),
    MAPS("spot.zones", "Zones that spot instances are spread over, those of the candidate's region; one that "
         "is lost is replaced in the next.", MUST, .items_max = 16),
    TEXT("spot.zones.zone", "us-west-2a", "The zone: its region and a letter.", MUST),
    FILE_NAME("spot.zones.trace", "us-west-2a.json",
              "What could be held: SkyPilot JSON, events (ms,add|remove,node) or counts (date, time, "
              "instances).", MUST),
    NUMBER("spot.zones.instances", COUNT, "1", COUNT_MAX, "8",
           "Instances that can be held where the trace is at its maximum. Without it as the trace counts; "
           "one that never shows more than one instance bounds nothing while it is up."),
    WORD("spot.source", "trace|model", "model",
         "Whether the traces are replayed step by step, or a model with heavy-tailed lives and regional "
         "shocks is fitted to them and drawn for each week.", DEFAULT("trace")),
    NUMBER("spot.from", DURATION, "0s", "366d", "3d", "Where in the traces each replayed week begins.",
           DEFAULT("0s")),
    NUMBER("spot.notice", DURATION, "0s", "1h", "2min", "From the notice to the end of an instance.",
           DEFAULT("2min")),
    WORD("spot.on_notice", "drain|migrate|restart", "migrate",
         "What an instance does with its work meanwhile: take no more, hand it to others at once, or serve "
         "on; what is not done at the end starts again elsewhere.", DEFAULT("drain")),
    WORD("spot.fallback", "on_demand|none", "none",
         "What stands in while no zone of the region has room.", DEFAULT("on_demand")),
    FILE_NAME("spot.prices", "[us-east-1-g5.2xlarge.json]",
              "Spot price histories as aws ec2 describe-spot-price-history prints them, one instance type and "
              "region each. Their mean over the replayed week and the zones is the spot rate of the plan; the bill of "
              "the replay has the mean of each hour in the zone.",
              MANY, .items_max = 32),
    DATE("spot.prices_from", "2026-11-02",
         "Where in the price histories the replayed week begins; without it where all their zones have a "
         "price."),

    MAPS("storage", "Data in object storage beside the workloads: training data, weights, vectors, logs. Each "
         "gets the cheapest tier for each age, and the lifecycle rule."),
    TEXT("storage.name", "training-data", "Name, unique in the scenario.", MUST),
    TEXT("storage.region", "us-east-1", "Region it is in.", MUST),
    NUMBER("storage.written", DATA_MONTHLY, ">0 GB/month", "1000000 TB/month", "500 GB/month",
           "Written every month.", MUST),
    NUMBER("storage.object", DATA_SIZE, ">0 KiB", "100000 GiB", "4 MiB", "Mean size of an object.", MUST),
    NUMBER("storage.kept", COUNT, "1", "120", "24", "Months until it is deleted.", MUST),
    NUMBER("storage.read", SHARE, "0%", "100000%", "50%",
           "Share of it that is read again in its first month; 200% is twice.", MUST),
    NUMBER("storage.read_halves", NUMBER, ">0", "1000", "2",
           "Months in which that share halves; without it, it stays."),
    WORD("storage.instant", "on|off", "off", "Whether a read must start at once.", DEFAULT("on")),
    NUMBER("storage.zones", COUNT, "1", "3", "2", "Zones that must hold a copy.", DEFAULT("2")),
    {.path = "storage.tags", .shape = FIELD_NAMED, .type = FIELD_TEXT, .items_max = 50,
     .example = "{ team: data }",
     .doc = "Names and values that its cost is reported by."},

    MAP("simulation", "How the replay is done."),
    NUMBER("simulation.seed", COUNT, "0", SEED_MAX, "1", "Seed of SIZE and of the replay; generated traffic has a seed of its own.",
           DEFAULT("1")),
    NUMBER("simulation.replications", COUNT, "1", "100", "3",
           "Repetitions of SIZE with fresh draws, for its confidence intervals.", DEFAULT("3")),
    NUMBER("simulation.replays", COUNT, "1", "100", "5",
           "Times that the recommended fleet is replayed, each with fresh draws, for 95% intervals of what it serves and costs. 1: none are claimed.",
           DEFAULT("1")),
    WORD("simulation.router",
         "round_robin|least_outstanding|random|shortest_of_d|most_free_kv|prefix_affinity|weighted|cheapest_first",
         "least_outstanding", "Which replica a request goes to.", DEFAULT("least_outstanding")),
    NUMBER("simulation.router_choices", COUNT, "1", "16", "2",
           "How many replicas shortest_of_d draws for a request.", DEFAULT("2")),
};
/* clang-format on */

const int scenario_table_rows = (int)(sizeof scenario_table / sizeof scenario_table[0]);

const struct field *field_find(struct bytes path) {
    for (int i = 0; i < scenario_table_rows; i++)
        if (bytes_are(path, scenario_table[i].path))
            return &scenario_table[i];
    return NULL;
}

bool field_is_child(const struct field *row, const char *path) {
    size_t n = strlen(path);
    if (n == 0)
        return !strchr(row->path, '.');
    return strncmp(row->path, path, n) == 0 && row->path[n] == '.' &&
           !strchr(row->path + n + 1, '.');
}

const char *field_key(const struct field *row) {
    const char *point = strrchr(row->path, '.');
    return point ? point + 1 : row->path;
}

const struct field *field_child(const char *path, struct bytes key) {
    for (int i = 0; i < scenario_table_rows; i++)
        if (field_is_child(&scenario_table[i], path) &&
            bytes_are(key, field_key(&scenario_table[i])))
            return &scenario_table[i];
    return NULL;
}

bool field_has_children(const struct field *row) {
    const struct field *next = row + 1;
    return next < scenario_table + scenario_table_rows && field_is_child(next, row->path);
}

const struct field *field_later(const struct field *row) {
    for (const char *point = strchr(row->path, '.'); point; point = strchr(point + 1, '.')) {
        const struct field *outer =
            field_find((struct bytes){row->path, (size_t)(point - row->path)});
        if (outer && outer->later)
            return outer;
    }
    return row->later ? row : NULL;
}

int field_items_min(const struct field *row) {
    return row->items_min ? row->items_min : 1;
}

int field_items_max(const struct field *row) {
    return row->items_max ? row->items_max : FIELD_ITEMS_MAX;
}

struct bytes field_word(const char *words, int i) {
    for (; i > 0; i--) {
        words = strchr(words, '|');
        if (!words)
            return (struct bytes){"", 0};
        words++;
    }
    return (struct bytes){words, strcspn(words, "|")};
}

int field_word_index(const char *words, struct bytes word) {
    struct bytes candidate;
    for (int i = 0; (candidate = field_word(words, i)).n > 0; i++)
        if (bytes_equal(candidate, word))
            return i;
    return -1;
}
