/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs: every way to run each (instance type, region, gang, option) is replayed STUDY_JOB_RUNS
 * times from its start to its end and each run is billed on its own; the cheapest way that is in
 * time in the share of runs that is asked is chosen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/workers.h"
#include "scenarios/study_job_cover.h"
#include "scenarios/study_offers.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_volumes.h"
#include "sim/datasheet.h"
#include "sim/job_replay.h"
#include "sim/spot_market.h"

#define GRADIENT_BYTES 2.0 /* bf16 */
enum { VOLUME_MIN_S = 60, LAUNCH_MIN_S = 60 };
#define SECONDS_PER_MONTH (HOURS_PER_MONTH * 3600.0)

const char *job_option_word(enum job_option option) {
    static const char *const words[] = {"on demand", "spot", "capacity block", "cluster"};
    return words[option];
}

/* ---- offers and names ---- */

static void check_instance(const struct study_offers *offers, const char *instance,
                           struct place place) {
    const struct catalog *catalog = &offers->study->catalog;
    if (catalog_instance(catalog, bytes_of(instance)))
        return;
    int n;
    const char *const *names = catalog_instance_names(catalog, offers->arena, &n);
    study_unknown_name(offers, place, "instance", instance, names, n,
                       "list what the price book has with: headroom prices list");
}

static void check_model(const struct study_offers *offers, const struct job_spec *job) {
    const struct catalog *catalog = &offers->study->catalog;
    if (!job->model[0] || catalog_model(catalog, bytes_of(job->model)))
        return;
    int n;
    const char *const *names = catalog_model_names(catalog, offers->arena, &n);
    study_unknown_name(offers, job->model_place, "model", job->model, names, n,
                       "state scaling.serial instead for a model that is not in the catalogue");
}

const struct study_job *study_open_jobs(struct study_offers *offers) {
    const struct scenario *scenario = &offers->study->scenario;
    struct study_job *jobs = arena_new(offers->arena, struct study_job, scenario->n_jobs);
    for (int c = 0; c < scenario->n_clusters; c++) {
        const struct job_cluster *cluster = &scenario->clusters[c];
        check_instance(offers, cluster->instance, cluster->instance_place);
        if (!study_known_region(offers, cluster->region))
            study_unknown_region(offers, cluster->region_place, cluster->region);
        else
            study_open_volume(offers, cluster->region);
    }
    for (int j = 0; j < scenario->n_jobs; j++) {
        const struct job_spec *spec = &scenario->jobs[j];
        int *indices = arena_new(offers->arena, int, spec->n_places * spec->n_regions);
        check_model(offers, spec);
        for (int p = 0; p < spec->n_places && spec->cluster < 0; p++)
            check_instance(offers, spec->places[p].instance, spec->places[p].place);
        for (int r = 0; r < spec->n_regions && spec->cluster < 0; r++)
            if (!study_known_region(offers, spec->regions[r]))
                study_unknown_region(offers, spec->region_places[r], spec->regions[r]);
            else
                study_open_volume(offers, spec->regions[r]);
        for (int i = 0; i < spec->n_places * spec->n_regions; i++)
            indices[i] = study_offers_get(offers, spec->places[i / spec->n_regions].instance,
                                          spec->regions[i % spec->n_regions], TIER_STANDARD);
        jobs[j] = (struct study_job){.offers = indices, .chosen = -1};
    }
    return jobs;
}

/* ---- the ways to run a job ---- */

struct setups {
    struct arena *arena;
    const struct study *study;
    const struct job_spec *spec;
    const int *offers;
    struct study_job_setup *items;
    int n;
};

/* The rate it is paid at; of a block the price book's, where none is stated. */
static const struct quote *quote_of(const struct study *study,
                                    const struct study_job_setup *setup) {
    const struct offer *offer = &study->offers[setup->offer];
    return setup->option == JOB_SPOT        ? &offer->spot
           : setup->option == JOB_ON_DEMAND ? &offer->on_demand
                                            : &offer->capacity_block;
}

static const char *quota_reason(const struct setups *setups, const struct study_job_setup *setup) {
    const struct study *study = setups->study;
    const char *sku = setups->spec->places[setup->place].instance;
    const struct instance_type *type = catalog_instance(&study->catalog, bytes_of(sku));
    for (int q = 0; type && q < study->scenario.n_quotas && setup->option != JOB_BLOCK; q++) {
        const struct plan_quota *quota = &study->scenario.quotas[q];
        double vcpu = type->vcpu * setup->nodes;
        if (strcmp(quota->group, type->quota_group) == 0 &&
            quota->spot == (setup->option == JOB_SPOT) && vcpu > quota->vcpu)
            return arena_printf(setups->arena, "needs %.0f vCPU, the quota %s%s is %.0f", vcpu,
                                quota->group, quota->spot ? " spot" : "", quota->vcpu);
    }
    return "";
}

static const char *reason_against(const struct setups *setups,
                                  const struct study_job_setup *setup) {
    const struct job_place *place = &setups->spec->places[setup->place];
    if (setup->option == JOB_BLOCK && place->block_usd_per_hour > 0)
        return "";
    if (setup->offer < 0)
        return arena_printf(setups->arena, "no rate for %s in %s in the book %s", place->instance,
                            setups->spec->regions[setup->region], setups->study->book.name);
    const struct offer *offer = &setups->study->offers[setup->offer];
    const struct quote *quote = quote_of(setups->study, setup);
    if (setup->option != JOB_BLOCK &&
        !offer->on_demand.known) /* the list cost of spot usage needs it too */
        quote = &offer->on_demand;
    return quote->known ? quota_reason(setups, setup)
                        : arena_printf(setups->arena, "no rate: %s", quote->reason);
}

static void add_setup(struct setups *setups, int place, int region, int nodes,
                      enum job_option option) {
    const struct job_spec *spec = setups->spec;
    setups->items = arena_grow(setups->arena, setups->items, (size_t)setups->n,
                               (size_t)setups->n + 1, sizeof *setups->items);
    struct study_job_setup *setup = &setups->items[setups->n++];
    static const char *const how[] = {"on demand", "on spot", "in a capacity block"};
    *setup = (struct study_job_setup){
        .place = place,
        .region = region,
        .option = option,
        .nodes = nodes,
        .offer = setups->offers[place * spec->n_regions + region],
        .name = arena_printf(setups->arena, "%d x %s%s%s %s", nodes, spec->places[place].instance,
                             spec->n_regions > 1 ? " in " : "",
                             spec->n_regions > 1 ? spec->regions[region] : "", how[option]),
    };
    setup->reason = reason_against(setups, setup);
    setup->possible = setup->reason[0] == '\0';
}

/* From the smallest, doubled, to the largest; in a block the largest that it holds. */
static void add_gangs(struct setups *setups, int place, int region) {
    const struct job_spec *spec = setups->spec;
    int block = spec->places[place].block_nodes, last = 0;
    for (int nodes = spec->nodes_min; nodes > last;) {
        int next = nodes > spec->nodes_max / 2 ? spec->nodes_max : 2 * nodes;
        if (spec->on_demand)
            add_setup(setups, place, region, nodes, JOB_ON_DEMAND);
        if (spec->spot)
            add_setup(setups, place, region, nodes, JOB_SPOT);
        if (block >= nodes && (next > block || next == nodes) && region == 0)
            add_setup(setups, place, region, nodes, JOB_BLOCK);
        last = nodes;
        nodes = next;
    }
}

/* ---- one way as jobs and pools ---- */

struct way {
    const struct study *study;
    const struct job_spec *spec;
    const struct study_job_setup *setup;
    struct job_scaling scaling;
    struct job job;
    struct job_pool pools[2]; /* where it starts, and on demand */
    bool comes_and_goes;      /* the first pool */
    struct offer offers[2];   /* those of its bills: its nodes, and their volumes */
    struct pool_volume volume;
};

struct job_scaling study_job_scaling(const struct study *study, const struct job_spec *spec,
                                     const struct job_place *place) {
    struct job_scaling scaling = spec->scaling;
    if (!spec->model[0])
        return scaling;
    const struct model *model = catalog_model(&study->catalog, bytes_of(spec->model));
    double step_s = place->alone_s * spec->step_tokens / spec->tokens;
    scaling.serial =
        job_serial_of_ring(GRADIENT_BYTES * model->parameters, place->network_bytes_per_s, step_s);
    return scaling;
}

/* Failures of one node, a second. */
static double spot_loss_rate(const struct way *way) {
    double share = fmin(way->offers[0].interruptions_per_month, 0.999);
    return way->comes_and_goes || share <= 0 ? 0 : -log1p(-share) / SECONDS_PER_MONTH;
}

double study_job_every_s(const struct job_spec *spec, double gang_losses_per_second) {
    if (!spec->checkpoints)
        return 0;
    if (spec->checkpoint_every_s > 0)
        return spec->checkpoint_every_s;
    return fmax(1, job_checkpoint_best_s(spec->write_s, 1 / gang_losses_per_second));
}

/* What failures on demand cost on average is kept in hand; whether that does, the runs show. */
static sim_ticks margin_of(const struct way *way, double boot_s) {
    const struct job *job = &way->job;
    double alone_s = job->work_s / job_speedup(&way->scaling, job->nodes_max);
    double failures = alone_s * job->nodes_max / way->spec->mtbf_s;
    double redone_s = job->every_s > 0 ? fmin(job->every_s, alone_s) / 2 : alone_s / 2;
    double seconds = failures * (boot_s + job->setup_s + job->restore_s + job->write_s + redone_s);
    return ticks_from_seconds(fmin(seconds, way->spec->deadline_s));
}

static void fill_job(struct way *way) {
    const struct job_spec *spec = way->spec;
    const struct study_job_setup *setup = way->setup;
    double boot_s = way->study->scenario.boot_s, node_rate = 1 / spec->mtbf_s;
    bool spot = setup->option == JOB_SPOT, block = setup->option == JOB_BLOCK;
    double here = node_rate + (spot ? spot_loss_rate(way) : 0);
    double gang = here * setup->nodes + (way->comes_and_goes ? 1 / spec->spot_up_s : 0);
    double deadline_s = spec->deadline_s;
    if (block) /* past its end there is no node left */
        deadline_s = deadline_s > 0 ? fmin(deadline_s, spec->places[setup->place].block_s)
                                    : spec->places[setup->place].block_s;
    way->job = (struct job){
        .work_s = spec->places[setup->place].alone_s,
        .nodes_min = spec->elastic && !block ? spec->nodes_min : setup->nodes,
        .nodes_max = setup->nodes,
        .scaling = &way->scaling,
        .every_s = study_job_every_s(spec, gang),
        .write_s = spec->checkpoints ? spec->write_s : 0,
        .restore_s = spec->checkpoints ? spec->restore_s : 0,
        .setup_s = spec->setup_s,
        .deadline = deadline_s > 0 ? ticks_from_seconds(deadline_s) : JOB_NO_DEADLINE,
        .fallback = spot && spec->on_demand && deadline_s > 0 ? 1 : -1,
    };
    way->job.margin = way->job.fallback >= 0 ? margin_of(way, boot_s) : 0;
    way->pools[0] = (struct job_pool){
        .spot = spot, .boot_s = boot_s, .node_mtbf_s = 1 / here, .nodes = JOB_NODES_MAX};
    way->pools[1] =
        (struct job_pool){.boot_s = boot_s, .node_mtbf_s = spec->mtbf_s, .nodes = JOB_NODES_MAX};
}

struct pool_volume study_job_volume(const struct study *study, const struct job_spec *spec,
                                    int region) {
    const struct model *model =
        spec->model[0] ? catalog_model(&study->catalog, bytes_of(spec->model)) : NULL;
    return study_volume_with(study, study_volume_offer(study, spec->regions[region]),
                             model ? datasheet_weight_bytes(model, PRECISION_BF16) : 0);
}

static struct way way_of(const struct study *study, const struct job_spec *spec,
                         const struct study_job_setup *setup) {
    const struct job_place *place = &spec->places[setup->place];
    struct way way = {.study = study, .spec = spec, .setup = setup};
    if (setup->offer >= 0)
        way.offers[0] = study->offers[setup->offer];
    if (setup->option == JOB_BLOCK) {
        usd_pico rate = place->block_usd_per_hour > 0
                            ? money_rate_from_usd(place->block_usd_per_hour)
                            : quote_of(study, setup)->rate;
        way.offers[0] =
            (struct offer){.kind = OFFER_INSTANCE, .sku = place->instance, .region = ""};
        way.offers[0].on_demand.known = true;
        way.offers[0].on_demand.rate = rate;
    }
    way.volume = study_job_volume(study, spec, setup->region);
    if (way.volume.gb > 0)
        way.offers[1] = study->offers[way.volume.offer];
    way.volume.offer = 1;
    way.scaling = study_job_scaling(study, spec, place);
    way.comes_and_goes = setup->option == JOB_SPOT && spec->spot_up_s > 0;
    return way;
}

/* ---- one run ---- */

static int market_nodes(void *context, sim_ticks now, sim_ticks *next) {
    const struct spot_market *market = context;
    *next = spot_market_next_change(market, 0, now);
    return spot_market_capacity(market, 0, now);
}

struct run_figures {
    double usd, volumes_usd, hours;
    bool in_time, moved;
    struct job_result result;
};

/* A block is paid as a whole. */
static struct usage_row block_row(const struct way *way) {
    const struct job_place *place = &way->spec->places[way->setup->place];
    return (struct usage_row){.kind = USAGE_INSTANCE,
                              .to_s = (int64_t)ceil(place->block_s),
                              .quantity = place->block_nodes};
}

/* The nodes and their volumes, which are there as long as they and a minute at least. */
static struct usage_ledger with_volumes(struct arena *arena, const struct way *way,
                                        struct usage_ledger nodes) {
    struct usage_row *rows = arena_new(arena, struct usage_row, nodes.n_rows + 3);
    int64_t seconds = 0;
    if (way->volume.gb == 0 || nodes.n_seconds == 0)
        return nodes;
    for (int i = 0; i < nodes.n_rows; i++) {
        const struct usage_row *row = &nodes.rows[i];
        rows[i] = nodes.rows[i];
        seconds +=
            row->quantity *
            (row->to_s - row->from_s < VOLUME_MIN_S ? VOLUME_MIN_S : row->to_s - row->from_s);
    }
    nodes.n_rows += study_volume_seconds(
        &way->volume, seconds, (struct usage_row){.offer = way->volume.offer}, rows + nodes.n_rows);
    nodes.rows = rows;
    return nodes;
}

static bool replay_once(struct arena *arena, struct way *way, int replication,
                        struct job_replay_result *out, struct err *err) {
    const struct scenario *scenario = &way->study->scenario;
    bool block = way->setup->option == JOB_BLOCK;
    struct spot_zone zone;
    struct spot_market market = {.n_zones = 1, .zones = &zone, .end = TICKS_MAX};
    if (way->comes_and_goes) {
        struct spot_lives calm = {{SPOT_LIFE_EXPONENTIAL, way->spec->spot_up_s, 0},
                                  {SPOT_LIFE_EXPONENTIAL, way->spec->spot_down_s, 0}};
        struct spot_zone_model lives = {
            .name = "jobs", .region = "jobs", .calm = calm, .instances = JOB_NODES_MAX};
        struct spot_model model = {.n_zones = 1, .zones = &lives};
        spot_zone_draw(arena, &model, 0, scenario->seed, (uint64_t)replication, TICKS_MAX, &zone);
        way->pools[0].nodes_at = market_nodes;
        way->pools[0].context = &market;
    }
    struct job_replay_input input = {.jobs = &way->job,
                                     .n_jobs = 1,
                                     .pools = way->pools,
                                     .n_pools = 2,
                                     .end = block ? way->job.deadline : TICKS_MAX,
                                     .seed = scenario->seed,
                                     .replication = (uint64_t)replication,
                                     .record_ledger = true};
    return job_replay(arena, &input, out, err);
}

static bool run_once(struct arena *arena, struct way *way, int replication, struct run_figures *out,
                     struct err *err) {
    bool block = way->setup->option == JOB_BLOCK;
    struct job_replay_result result;
    struct bill bill;
    if (!replay_once(arena, way, replication, &result, err))
        return false;
    struct usage_row whole = block ? block_row(way) : (struct usage_row){0};
    struct usage_ledger paid = with_volumes(
        arena, way, block ? (struct usage_ledger){whole.to_s, 1, &whole} : result.ledger);
    struct bill_input billed = {.offers = way->offers,
                                .n_offers = way->volume.gb > 0 ? 2 : 1,
                                .parts = &paid,
                                .n_parts = 1};
    if (!bill_compute(arena, &billed, &bill, err))
        return false;
    const struct job_result *job = &result.jobs[0];
    sim_ticks end = job->finished >= 0 ? job->finished : result.ended;
    *out = (struct run_figures){.usd = money_amount_usd(bill.total),
                                .volumes_usd = money_amount_usd(bill.total_by_kind[CHARGE_VOLUME]),
                                .hours = ticks_seconds(end) / 3600,
                                .in_time = job->finished >= 0 && !job->late,
                                .moved = job->moved,
                                .result = *job};
    return true;
}

/* ---- what a run holds, hour by hour ---- */

/* Billed seconds of a row of instances: a minute a launch at least. */
static void add_seconds(const struct usage_row *row, double share, struct study_job_hours *out) {
    int64_t to = row->to_s - row->from_s < LAUNCH_MIN_S ? row->from_s + LAUNCH_MIN_S : row->to_s;
    for (int64_t from = row->from_s, next; from < to; from = next) {
        int64_t hour = from / 3600;
        next = (hour + 1) * 3600 < to ? (hour + 1) * 3600 : to;
        if (hour >= STUDY_JOB_HOURS_MAX)
            return;
        out->seconds[hour] += share * (double)(row->quantity * (next - from));
        out->n = hour >= out->n ? (int)hour + 1 : out->n;
    }
}

bool study_job_hours(struct arena *arena, const struct study *study, const struct job_spec *spec,
                     const struct study_job_setup *setup, struct study_job_hours *out,
                     struct err *err) {
    struct way way = way_of(study, spec, setup);
    *out = (struct study_job_hours){.seconds = arena_new(arena, double, STUDY_JOB_HOURS_MAX)};
    fill_job(&way);
    for (int r = 0; r < STUDY_JOB_RUNS; r++) {
        struct arena_mark mark = arena_mark(arena);
        struct job_replay_result result;
        if (!replay_once(arena, &way, r, &result, err))
            return false;
        for (int i = 0; i < result.ledger.n_rows; i++)
            add_seconds(&result.ledger.rows[i], 1.0 / STUDY_JOB_RUNS, out);
        arena_rewind(arena, mark);
    }
    return true;
}

/* ---- all runs of one way ---- */

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double study_p95(double *values, int n) {
    if (n == 0)
        return 0;
    qsort(values, (size_t)n, sizeof *values, compare_doubles);
    return values[((int64_t)n * 95 + 99) / 100 - 1];
}

static void add_run(struct study_job_setup *setup, const struct run_figures *run) {
    const struct job_account *account = &run->result.account;
    setup->usd_per_run += run->usd;
    setup->volumes_usd_per_run += run->volumes_usd;
    setup->hours += run->hours;
    setup->in_time_share += run->in_time;
    setup->moved_share += run->moved;
    setup->interruptions += run->result.interruptions;
    setup->waited_hours += ticks_seconds(run->result.waited) / 3600;
    setup->useful_hours += job_node_hours(account->useful);
    setup->checkpoint_hours += job_node_hours(account->checkpoint);
    setup->restore_hours += job_node_hours(account->restore);
    setup->lost_hours += job_node_hours(account->lost);
    setup->idle_hours += job_node_hours(account->idle);
}

static void take_means(struct study_job_setup *setup) {
    double *sums[] = {&setup->volumes_usd_per_run, &setup->usd_per_run,  &setup->hours,
                      &setup->in_time_share,       &setup->moved_share,  &setup->interruptions,
                      &setup->waited_hours,        &setup->useful_hours, &setup->checkpoint_hours,
                      &setup->restore_hours,       &setup->lost_hours,   &setup->idle_hours};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        *sums[i] /= STUDY_JOB_RUNS;
}

struct cells {
    const struct study *study;
    const struct job_spec *spec;
    struct study_job_setup *setups;
    struct err *errs; /* [n_setups] */
};

static void run_setup(void *context, int cell, struct arena *scratch) {
    struct cells *cells = context;
    struct study_job_setup *setup = &cells->setups[cell];
    if (!setup->possible)
        return;
    struct way way = way_of(cells->study, cells->spec, setup);
    double usd[STUDY_JOB_RUNS], hours[STUDY_JOB_RUNS];
    fill_job(&way);
    setup->checkpoint_every_s = way.job.every_s;
    for (int r = 0; r < STUDY_JOB_RUNS; r++) {
        struct run_figures run;
        struct arena_mark mark = arena_mark(scratch);
        if (!run_once(scratch, &way, r, &run, &cells->errs[cell]))
            return;
        add_run(setup, &run);
        usd[r] = run.usd;
        hours[r] = run.hours;
        arena_rewind(scratch, mark);
    }
    take_means(setup);
    setup->usd_per_run_p95 = study_p95(usd, STUDY_JOB_RUNS);
    setup->hours_p95 = study_p95(hours, STUDY_JOB_RUNS);
    setup->in_time = setup->in_time_share >= cells->spec->confidence - 1e-9;
}

/* ---- the choice ---- */

/* Beside what commitments cover. */
static double left_usd(const struct study_job_setup *setup) {
    return setup->usd_per_run - setup->covered_usd_per_run;
}

static int cheapest(const struct study_job_setup *setups, int n) {
    int best = -1;
    for (int i = 0; i < n; i++)
        if (setups[i].in_time && (best < 0 || left_usd(&setups[i]) < left_usd(&setups[best])))
            best = i;
    return best;
}

static void give_reasons(struct arena *arena, const struct job_spec *spec,
                         struct study_job_setup *setups, int n, int chosen) {
    for (int i = 0; i < n; i++) {
        struct study_job_setup *setup = &setups[i];
        if (!setup->possible)
            continue;
        char more[32];
        if (i == chosen) {
            setup->reason = "";
        } else if (setup->in_time) {
            money_format_short(more, left_usd(setup) - left_usd(&setups[chosen]));
            setup->reason = arena_printf(arena, "costs %s more a run", more);
        } else {
            setup->reason = arena_printf(
                arena, "%s in %.3g%% of %d runs, %.3g%% are asked",
                spec->deadline_s > 0 || setup->option == JOB_BLOCK ? "in time" : "over in 366 days",
                100 * setup->in_time_share, STUDY_JOB_RUNS, 100 * spec->confidence);
        }
    }
}

void study_choose_job_way(struct arena *arena, const struct study *study,
                          const struct job_spec *spec, struct study_job_setup *setups,
                          struct study_job *job) {
    job->setups = setups;
    job->chosen = cheapest(setups, job->n_setups);
    give_reasons(arena, spec, setups, job->n_setups, job->chosen);
    if (job->chosen >= 0) {
        job->usd_horizon = setups[job->chosen].usd_per_run * job->runs;
        job->usd_per_month = job->usd_horizon / study->demand.horizon_hours * HOURS_PER_MONTH;
    }
}

static bool run_job(struct arena *arena, const struct study *study,
                    const struct study_options *options, const struct job_spec *spec,
                    struct study_job *job, struct err *err) {
    struct setups setups = {.arena = arena, .study = study, .spec = spec, .offers = job->offers};
    for (int p = 0; p < spec->n_places; p++)
        for (int r = 0; r < spec->n_regions; r++)
            add_gangs(&setups, p, r);
    struct cells cells = {.study = study,
                          .spec = spec,
                          .setups = setups.items,
                          .errs = arena_new(arena, struct err, setups.n)};
    workers_run(options->n_threads, setups.n, run_setup, &cells);
    for (int i = 0; i < setups.n; i++)
        if (cells.errs[i].kind != ERR_NONE) {
            *err = cells.errs[i];
            return false;
        }
    job->n_setups = setups.n;
    job->runs_replayed = STUDY_JOB_RUNS;
    job->runs = spec->every_s > 0 ? ceil(study->demand.horizon_hours * 3600 / spec->every_s) : 1;
    study_choose_job_way(arena, study, spec, setups.items, job);
    return true;
}

bool study_run_jobs(struct arena *arena, struct study *study, const struct study_options *options,
                    struct err *err) {
    int n = study->scenario.n_jobs;
    struct study_job *jobs = arena_grow(arena, study->jobs, (size_t)n, (size_t)n, sizeof *jobs);
    for (int j = 0; j < n; j++) {
        if (study->scenario.jobs[j].cluster >= 0)
            continue;
        if (!run_job(arena, study, options, &study->scenario.jobs[j], &jobs[j], err))
            return false;
        study->jobs_usd_per_month += jobs[j].usd_per_month;
        study->jobs_usd_horizon += jobs[j].usd_horizon;
    }
    study->jobs = jobs;
    return study_run_clusters(arena, study, options, jobs, err);
}

bool study_jobs_ran(const struct study *study) {
    return study->scenario.n_jobs > 0 && study->jobs[0].n_setups > 0;
}

bool study_job_in_time(const struct study_job *job) {
    return job->chosen >= 0 && job->setups[job->chosen].in_time;
}

bool study_job_missed(const struct study *study) {
    for (int j = 0; study_jobs_ran(study) && j < study->scenario.n_jobs; j++)
        if (!study_job_in_time(&study->jobs[j]))
            return true;
    return false;
}

/* Without a replay as they are stated. */
double study_stations_usd_per_month(const struct study *study) {
    if (study->recommended.stations)
        return study->recommended.stations_usd_per_month;
    double usd = 0;
    for (int i = 0; i < study->n_stations; i++) {
        const struct study_station *station = &study->stations[i];
        struct pool_volume volume =
            study_volume_with(study, station->volume_offer, station->weight_bytes);
        usd += station->spec->count * HOURS_PER_MONTH *
               (money_rate_usd(study->offers[station->offer].on_demand.rate) +
                study_volume_rate(study, &volume));
    }
    return usd;
}

double study_total_usd_per_month(const struct study *study) {
    double served = study->recommended.bills ? study->recommended.bill_usd_per_month
                    : study->infeasible      ? 0
                                        : study->recommended.plan->usd_per_hour * HOURS_PER_MONTH;
    return served + study->jobs_usd_per_month + study_storage_usd_per_month(study) +
           study_stations_usd_per_month(study) + study->recommended.shortfall_usd_per_month +
           study_unlisted_usd(&study->recommended.unlisted);
}

bool study_has_beside(const struct study *study) {
    return study->n_promises > 0 || study_jobs_ran(study) || study->n_stations > 0 ||
           study->scenario.n_storage > 0;
}
