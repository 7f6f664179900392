/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A scenario file, checked: everything the user asks, every quantity in base units, every default
 * applied.
 *
 *  One field table (scenario_fields.c) drives the reader, the JSON Schema, `explain`, `init` and
 * the reference page scenarios/README.md. All mistakes of a file come in one pass. Names
 * (models, instances, SKUs, regions) are checked against the catalogue and the price book by the
 * study, with the places kept here. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_H
#define HEADROOM_SCENARIOS_SCENARIO_H

#include "base/arena.h"
#include "base/calendar.h"
#include "base/err.h"
#include "base/source.h"
#include "base/yaml.h"
#include "base/zone.h"
#include "pricing/price_book.h"
#include "scenarios/allocation.h"
#include "sim/autoscaler.h"
#include "sim/catalog.h"
#include "sim/demand.h"
#include "sim/front_door.h"
#include "sim/job.h"
#include "sim/ready_delay.h"
#include "sim/replay.h"
#include "sim/router.h"
#include "sim/sizing.h"
#include "sim/slo.h"
#include "sim/task_flow.h"
#include "sim/trace.h"
#include "sim/traffic.h"
#include "solver/plan.h"
#include "solver/recommend.h"
#include "solver/storage_plan.h"

/** Where a value stands, so that later checks can point at it. node NULL: the value is a default.
 */
struct place {
    const struct yaml_document *document;
    const struct yaml_node *node;
};

/** "scenario.yaml:12"; NULL for defaults. */
const char *place_words(struct arena *arena, struct place place);

/** Fill *err at a place (or, for defaults, at the scenario as a whole). Always returns false. */
bool place_err(struct place place, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum demand_kind { DEMAND_TRACE, DEMAND_HOURLY, DEMAND_GENERATE, DEMAND_MIX, DEMAND_USERS };

/** Growth of a demand, fractions a month. `mid` is what is planned for. */
struct growth_spec {
    double low, mid, high;
    bool is_interval;  /* false: low and high are mid, and nothing is said of the error */
    double confidence; /* of an interval: share of outcomes inside it, above 0 */
};

struct demand_spec {
    enum demand_kind kind;
    const char *path;        /* trace or hourly series; "" for generated demand */
    const char *relative_to; /* the file whose folder `path` starts from */
    struct place path_place;
    enum trace_values values; /* of a metric, as the user tells */
    double per_instance_hour; /* of a bill: requests that an instance serves; 0: not given */
    struct place per_instance_hour_place;
    const char *lengths; /* path of a file of lengths, "" = none */
    /* of keys that not every format of a file takes; node NULL: not given */
    struct place lengths_place, tokens_place, burstiness_place, seed_place;
    struct traffic generate; /* generate: complete; others: lengths, burstiness, seed where they
                                are stated; all: priorities */
    struct growth_spec growth;
    double
        driven_rate_per_second; /* mean over the week that the drivers say; 0: the source's own */
    int n_events;
    const struct demand_event *events; /* their workload is not filled in */
    struct place events_place;
    const struct task_flow *flow; /* NULL: requests come alone */
    int n_stations;               /* of the flow; station i is group i + 1 of its steps */
    const struct station_spec *stations;
    int n_streams; /* of a mix */
    const struct stream_spec *streams;
};

/** What steps of a flow call beside the workload's own models. */
struct station_spec {
    const char *name, *instance;
    const char *region; /* "" : the first of the workload */
    const char *model;  /* "" : calls take what `service` says */
    struct place place, instance_place, region_place, model_place;
    int count;
    enum precision precision;
    int tensor_parallel;
    struct queue_service service; /* of one instance */
};

/** One stream of a mix. */
struct stream_spec {
    const char *name;
    struct place place;
    struct demand_spec demand; /* trace, hourly or generated */
    int32_t priority;
    struct slo slo;               /* limits; all 0: those of the workload */
    const char *const (*tags)[2]; /* key, value: beside those of the workload, or in their place */
    int n_tags;
};

struct model_use {
    const char
        *use; /* catalogue model, or a token API of the price book ("bedrock/llama-3.1-8b") */
    struct place place;
    int n_precisions; /* >= 1; default bf16 */
    enum precision precisions[PRECISIONS];
    int n_kv; /* 1 or 2; default bf16 */
    enum precision kv[2];
    const char *quality;            /* "" : not stated */
    double one_off_usd;             /* to make it, whatever the precision; 0: nothing */
    double tokens_ratio;            /* token APIs: tokens there per token here */
    struct serving_options serving; /* token APIs: stated latency and quotas; others: adapters */
    const char *api_key;            /* the first key given that is for token APIs, or NULL */
    struct place api_place;
};

/* In the order of the words in the table. */
enum rollout_kind { ROLLOUT_AB, ROLLOUT_CANARY, ROLLOUT_BLUE_GREEN };

enum { ROLLOUT_STEPS_MAX = 16 };

/** Two ways to serve a workload side by side. Hours are of the week. */
struct rollout_spec {
    enum rollout_kind kind;
    const char *to; /* a model of models, or a SKU of run_on: the new side */
    struct place to_place;
    double share; /* ab: of the new side */
    int n_steps;  /* canary: rising in both, the last is 1 */
    struct {
        int hour;
        double share;
    } steps[ROLLOUT_STEPS_MAX];
    int hour, overlap_hours; /* blue_green */
};

struct run_on {
    bool is_function;
    const char *sku; /* instance type, or function architecture ("lambda-arm64") */
    struct place place, split_place;
    /* first key that only engines of decoders read, and only batches of other models; "" : none */
    const char *engine_key, *batch_key;
    struct place engine_place, batch_place;
    struct serving_options serving; /* the workload's engine with what this entry changes */
};

/** What a served request is worth. */
struct workload_value {
    const char *unit; /* "resolved ticket"; NULL: not given */
    double requests_per_unit;
    double worth_usd; /* of one unit; 0: not given */
};

/** What goes out with the answers. */
struct answers_spec {
    const char *over; /* transfer SKU; NULL: nothing is stated */
    const char *to;   /* region; NULL: not told */
    double bytes_per_request, bytes_per_token;
    struct place place, to_place;
};

struct workload {
    const char *name;
    struct place place;
    struct demand_spec demand;
    struct slo slo;
    struct place slo_place;
    struct serving_options engine; /* knobs of the engine alone */
    struct place engine_place;     /* of its key; no node: not given */
    struct front_door front;       /* overflow_pool is the replay's to fill */
    struct answers_spec answers;
    const char *fallback;    /* a token API or a function, with fallback_on a model; NULL: none */
    const char *fallback_on; /* instance type; NULL: no instances */
    int fallback_count;
    enum precision fallback_precision;
    struct place fallback_place, fallback_on_place;
    const struct rollout_spec *rollout; /* NULL: none */
    int n_models, n_run_on, n_regions, n_tags;
    const struct model_use *models;
    const struct run_on *run_on;
    const char *const *regions;
    const struct place *region_places;
    const char *const (*tags)[2]; /* key, value */
    struct workload_value value;
};

/* In the order of the words in the table. */
enum job_kind {
    JOB_TRAINING,
    JOB_FINE_TUNING,
    JOB_RETRAINING,
    JOB_DATA_PREPARATION,
    JOB_BATCH_INFERENCE
};
const char *job_kind_word(enum job_kind kind); /* "fine tuning" */

/** An instance type that may run a job. */
struct job_place {
    const char *instance;
    struct place place;
    double alone_s;             /* of a run on one instance, > 0 */
    double network_bytes_per_s; /* of one instance; 0: not stated */
    int block_nodes;            /* capacity block; 0: none */
    double block_s, block_usd_per_hour;
};

/** Instances held over the whole horizon, which several jobs share. */
struct job_cluster {
    const char *name, *instance, *region;
    struct place place, instance_place, region_place;
    int nodes;
    double usd_per_hour; /* of one instance; 0: the book's on demand */
    double mtbf_s;
    int n_tags;
    const char *const (*tags)[2]; /* key, value */
};

struct job_spec {
    const char *name;
    struct place place;
    enum job_kind kind;
    double every_s;    /* 0: it runs once */
    double deadline_s; /* 0: none */
    double confidence;
    int nodes_min, nodes_max; /* gangs to compare */
    bool elastic;
    double tokens;              /* of a run; 0: not stated */
    struct job_scaling scaling; /* with a model: made by the study for each place */
    const char *model;          /* "" : none */
    struct place model_place;
    double step_tokens;
    bool checkpoints;
    double checkpoint_every_s; /* 0: what wastes least */
    double write_s, restore_s, setup_s, mtbf_s;
    double spot_up_s, spot_down_s; /* 0: nodes are lost one by one */
    bool on_demand, spot;
    int cluster;     /* of the scenario's; -1: none. Then n_places and n_regions are 1 */
    const char *log; /* file of its runs, on a cluster; "": they are described here */
    const char *log_relative_to;
    struct place log_place;
    int priority; /* on its cluster, 0 the most urgent */
    int n_places, n_regions, n_tags;
    const char *const (*tags)[2]; /* key, value */
    const struct job_place *places;
    const char *const *regions;
    const struct place *region_places;
};

struct today_instance {
    const char *instance;
    struct place place;
    int count; /* the most that run at once */
    /** [168] mean number in each hour of the week, at most count; NULL: count in all hours */
    const double *by_hour;
    bool spot;
    int workload; /* index; -1 when there is one workload only */
};

struct owned_spec {
    struct commitment_terms terms; /* plans: kind COMMIT_PLAN_COMPUTE, _EC2 or _SAGEMAKER */
    struct place place;
    const char *instance;     /* reserved and capacity */
    const char *family;       /* EC2 Instance plans */
    const char *region;       /* "" : the first region of the scenario */
    double count;             /* reserved and capacity: instances */
    int zone;                 /* 1..; 0: none is stated */
    struct date starts;       /* year 0: before the horizon */
    double usd_per_hour;      /* plans: commitment */
    double rate_usd_per_hour; /* reserved: what one instance costs; 0: the price book's rate */
    struct date ends;         /* first day without it */
    const char *rates;        /* plans: path of their own rates, "" none */
    const char *rates_relative_to;
    struct place rates_place;
};

/** A block or a reservation of capacity that may be bought. */
struct capacity_option {
    enum commitment_kind kind;
    struct place place;
    const char *instance;
    const char *region;  /* "" : the first of the first workload */
    int from_day, days;  /* of the horizon */
    double usd_per_hour; /* blocks: of one instance; 0: the price book's */
};

/** What the target of a scaling policy is said in. */
enum scaling_unit { SCALING_SHARE, SCALING_REQUESTS, SCALING_TOKENS };

/** The volume that instances are launched with. */
struct volume_spec {
    const char *tier;  /* of the price book; NULL: there is none */
    double gib;        /* 0: by the weights */
    double iops, mbps; /* 0: what it has without charge */
    struct place place;
};

/** How the pools of the plan scale, and how long their launches take. Per pool the study fills in
 * what depends on it: target, max, planned, past and lead, and the bytes of the weights. */
struct scaling_spec {
    struct autoscaler rules; /* steps: values in parts of the target */
    struct place metric_place;
    enum scaling_unit unit;
    double target; /* of a replica: a share, requests, tokens */
    bool max_given;
    bool parts;               /* ready: parts; else `ready` has only a boot */
    struct ready_delay ready; /* but the weights */
    struct load_link link;
    const char *assumed;      /* parts that are defaults, in words; "" */
    const char *weights_over; /* "s3", "internet", else a transfer SKU; NULL: not told */
    struct place weights_place;
    const char *weights_from; /* region; NULL: not told */
    struct place weights_from_place;
    struct volume_spec volume;
};

/** What can be had of an instance type on demand. */
struct supply_spec {
    const char *instance;
    double obtainable; /* share of launches that succeed */
    double at_once;    /* instances in a region without capacity held for them; -1: all */
    const char *at_once_where;
    double lead_s;
    struct place place;
    int n_substitutes; /* instance types that stand in for launches that fail, best first */
    const char *const *substitutes;
    const struct place *substitute_places;
};

/** One instance of a workload that is slow for a time. */
struct slow_spec {
    int workload, hour; /* of the week */
    double lasts_s, slowdown;
};

/* In the order of the words in the table. */
enum survive { SURVIVE_ZONE, SURVIVE_INSTANCE, SURVIVE_SPOT, SURVIVE_KINDS };

struct resilience_spec {
    int zones;     /* >= 1 */
    double mtbf_s; /* of one instance; 0: none fails by itself */
    int n_slow;
    const struct slow_spec *slow;
    bool survive[SURVIVE_KINDS];
    int zone_lost;                  /* from 0; -1: the heaviest */
    int outage_hour;                /* of the week; -1: the busiest */
    double outage_s[SURVIVE_KINDS]; /* instance: 0, another is launched at once */
    bool buy_spare;
};

/** Spend that the contract promises for discounts first .. first + n - 1. */
struct promised_spend {
    double usd_per_hour;
    bool by_year; /* stated a year: of each year of the contract; else of the whole horizon */
    int first, n;
};

/** A file that the scenario names, in a list of such. */
struct named_file {
    const char *path, *relative_to;
    struct place place;
};

/** Data in object storage. */
struct storage_spec {
    struct storage_class data;
    const char *const (*tags)[2]; /* [n_tags] key, value */
    int n_tags;
    const char *region;
    struct place place;
};

/** A limit of money in each month, fiscal quarter or year. */
struct budget_spec {
    const char *name;    /* "all", "team=support" */
    const char *tag_key; /* NULL: all of it */
    const char *tag_value;
    double usd;
    bool by_year, by_month, cash; /* else by quarter, amortised */
    bool enforce;                 /* the plan has to keep it */
    struct place place;           /* of that */
};

enum { SPOT_ZONES_MAX = 16 };

/** What could be held in one zone, and when. */
struct spot_zone_spec {
    const char *zone, *region, *trace, *relative_to;
    struct place place, trace_place;
    int instances; /* where the trace is at its maximum; 0: as the trace counts */
};

/** A price history of one instance type in one region. */
struct spot_prices_spec {
    const char *path, *relative_to;
    struct place place;
};

struct spot_spec {
    int n_zones; /* 0: no market, lives by the book's rate of interruptions */
    const struct spot_zone_spec *zones;
    struct place place;
    bool by_model; /* fitted to the traces and drawn, instead of replayed */
    double from_s; /* where in the traces a week begins */
    double notice_s;
    enum notice_action on_notice;
    bool fallback; /* on demand */
    int n_prices;
    const struct spot_prices_spec *prices;
    struct date prices_from; /* year 0: where all zones of a file have a price */
};

/** A value as the scenario, an include or an override gives it. */
struct scenario_line {
    const char *path;  /* "workloads.0.slo.ttft", as --set takes it */
    const char *value; /* printable; "[a, b]" of a list */
    struct place place;
};

/* In the order of the words in the table. */
enum lever_change {
    LEVER_PROMPTS,
    LEVER_ANSWERS,
    LEVER_SLO,
    LEVER_PRECISION,
    LEVER_MODEL,
    LEVER_ANSWER_CACHE,
    LEVER_CACHED_INPUT
};

/** What engineering could change. */
struct lever_spec {
    enum lever_change change;
    double share;             /* prompts, answers: shorter by; slo: longer by; answer_cache: of the
                                 requests; cached_input: of the input tokens not yet cached */
    double longer_s;          /* slo: added in place of share; 0: not given */
    enum precision precision; /* of weights */
    const char *model;
    int workload; /* index; -1: all that it fits */
    double one_off_usd;
    struct place place;
};

struct scenario {
    const char *file, *name;
    char sha256[65];
    int n_documents;
    const struct yaml_document *documents; /* [n_documents] the file and its includes */
    const char (*documents_sha256)[65];    /* [n_documents] of their raw bytes */
    int n_lines;
    const struct scenario_line *lines; /* [n_lines] all that they and the overrides say */
    struct bytes yaml;                 /* the same as one file (scenarios/scenario_yaml.h) */

    struct date start;
    int months;
    const char *zone_name; /* of the clock on charts; NULL: UTC */
    struct zone zone;
    int fiscal_month;          /* on whose first day a fiscal year starts */
    double discount_per_month; /* of later money */
    struct growth_spec beyond; /* of demand after the horizon; without an interval it stays */
    struct allocation_rules allocation;
    int n_budgets;
    const struct budget_spec *budgets;
    int n_prices;
    const struct named_file *prices; /* layers over the shipped price book, the lowest first */
    bool without_shipped_prices;     /* they are all there is */
    int n_profiles;
    const struct named_file *profiles;

    int n_today;
    const struct today_instance *today; /* empty: no current fleet given */
    const char *today_focus;            /* the provider's bill instead; "" : none */
    const char *today_focus_relative_to;
    struct place today_focus_place;
    int n_discounts;
    const struct discount *discounts;
    const struct place *discount_places; /* [n_discounts] */
    int n_promises;
    const struct promised_spend *promises;
    int n_owned;
    const struct owned_spec *owned;
    const char *other_usage; /* path, "" none */
    const char *other_usage_relative_to;
    struct place other_usage_place;
    int n_quotas;
    const struct plan_quota *quotas;
    struct plan_policy policy;
    double carbon_kg_max;     /* 0: no limit */
    double carbon_usd_per_kg; /* 0: no price */
    bool hedged;         /* commitments for the least expected cost, not for the planned demand */
    double worst_weight; /* with it: of the worst 5 % in what is minimised, 0..1 */
    bool estimates;      /* false: refuse */
    struct guardrail_limits guardrails;
    const char *purchase_where, *spot_share_where, *term_where, *upfront_where, *coverage_where,
        *carbon_where; /* "scenario.yaml:12"; NULL: defaults */

    int n_workloads;
    const struct workload *workloads;
    int n_clusters;
    const struct job_cluster *clusters;
    int n_jobs;
    const struct job_spec *jobs;

    bool purchase_said; /* the key stands there; else on demand alone */
    bool allow_on_demand, allow_spot;
    int n_terms;
    const struct commitment_terms *terms;
    const uint64_t *start_months;    /* [n_terms] as in struct plan_input */
    const struct place *term_places; /* [n_terms] */
    struct place spot_place;         /* in purchase */
    const bool *zonal_terms;         /* [n_terms] reserved instances in each of resilience.zones */
    int n_capacity;
    const struct capacity_option *capacity;

    int n_storage;
    const struct storage_spec *storage;

    struct spot_spec spot;

    int n_levers;
    const struct lever_spec *levers;

    double boot_s; /* mean of all the time that a launch takes but the weights */
    struct scaling_spec scaling;
    const struct scaling_spec *own_scaling; /* [n_workloads] of each; what it states itself comes
                                               before `scaling` */
    struct resilience_spec resilience;
    int n_supply;
    const struct supply_spec *supply;
    enum router_policy router;
    struct place router_place;
    int router_choices;
    uint64_t seed;
    int replications; /* of SIZE */
    int replays;      /* of the recommended fleet */
};

/** Read a scenario and its includes. false: *errs holds every mistake found, *out untouched.
 *  @param files  how includes are opened
 *  @param set    [n_set] overrides "a.b=c" from the command line, applied last */
bool scenario_read(struct arena *arena, const struct file_system *files, const char *path,
                   const char *const *set, int n_set, struct scenario *out, struct err_list *errs);

/** The same from bytes, without includes. */
bool scenario_parse(struct arena *arena, struct bytes text, const char *file, struct scenario *out,
                    struct err_list *errs);

#endif
