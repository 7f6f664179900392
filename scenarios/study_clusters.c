/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clusters: a fixed number of nodes held over the horizon. All runs of all jobs on one go through
 * one replay of its first year (STUDY_CLUSTER_RUNS times, with other failures), by priority. The
 * nodes are paid all hours; a job bears those that it holds. */
#include <math.h>

#include "base/money.h"
#include "base/workers.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_volumes.h"
#include "sim/job_replay.h"

#define YEAR_HOURS 8760.0
#define NS_PER_HOUR 3600e9
#define MOST_URGENT 7 /* the engine's highest priority; the scenario counts from 0 downwards */

/* A job of the cluster: its runs stand at `from` .. `from + n` in the replay. */
struct sharer {
    const struct job_spec *spec;
    const struct job_trace *log;
    struct study_job_setup *setup;
    struct job_scaling scaling;
    int from, n;
    int n_finished, n_judged, n_in_time;
    double *hours, *usd; /* [n * STUDY_CLUSTER_RUNS] of those that finished */
};

struct cells {
    const struct study *study;
    struct study_job_setup *setups; /* [n_jobs] of those on clusters */
    struct study_cluster *clusters;
    struct err *errs; /* [n_clusters] */
};

static double replayed_hours(const struct study *study) {
    return fmin(study->demand.horizon_hours, YEAR_HOURS);
}

/* That arrive in the replay. */
static int runs_of(const struct study *study, int job) {
    const struct job_spec *spec = &study->scenario.jobs[job];
    const struct job_trace *log = &study->job_logs[job];
    double hours = replayed_hours(study);
    int n = 0;
    while ((size_t)n < log->n && (double)log->rows[n].arrival_ns < hours * NS_PER_HOUR)
        n++;
    return log->n > 0 ? n : spec->every_s > 0 ? (int)ceil(hours * 3600 / spec->every_s) : 1;
}

/* ---- the jobs ---- */

static bool add_log(struct arena *arena, const struct sharer *sharer, struct job *jobs,
                    struct err *err) {
    const struct job *rows;
    if (!job_trace_jobs(arena, sharer->log, 0, &rows, err))
        return false;
    for (int i = 0; i < sharer->n; i++) {
        jobs[sharer->from + i] = rows[i];
        jobs[sharer->from + i].priority = MOST_URGENT - sharer->spec->priority;
    }
    return true;
}

static void add_runs(const struct sharer *sharer, struct job *jobs) {
    const struct job_spec *spec = sharer->spec;
    struct job job = {
        .work_s = spec->places[0].alone_s,
        .nodes_min = spec->nodes_min,
        .nodes_max = spec->nodes_max,
        .scaling = &sharer->scaling,
        .every_s = sharer->setup->checkpoint_every_s,
        .write_s = spec->checkpoints ? spec->write_s : 0,
        .restore_s = spec->checkpoints ? spec->restore_s : 0,
        .setup_s = spec->setup_s,
        .priority = MOST_URGENT - spec->priority,
        .fallback = -1,
    };
    for (int i = 0; i < sharer->n; i++) {
        job.arrival = ticks_from_seconds(i * spec->every_s);
        job.deadline = spec->deadline_s > 0 ? job.arrival + ticks_from_seconds(spec->deadline_s)
                                            : JOB_NO_DEADLINE;
        jobs[sharer->from + i] = job;
    }
}

static struct sharer *find_sharers(struct arena *arena, struct cells *cells, int cluster,
                                   int *n_sharers, int *n_runs) {
    const struct study *study = cells->study;
    const struct scenario *scenario = &study->scenario;
    struct sharer *sharers = arena_new(arena, struct sharer, scenario->n_jobs);
    for (int j = 0; j < scenario->n_jobs; j++) {
        const struct job_spec *spec = &scenario->jobs[j];
        if (spec->cluster != cluster)
            continue;
        int n = runs_of(study, j), all = n * STUDY_CLUSTER_RUNS;
        sharers[(*n_sharers)++] =
            (struct sharer){.spec = spec,
                            .log = &study->job_logs[j],
                            .setup = &cells->setups[j],
                            .scaling = study_job_scaling(study, spec, &spec->places[0]),
                            .from = *n_runs,
                            .n = n,
                            .hours = arena_new(arena, double, all),
                            .usd = arena_new(arena, double, all)};
        *n_runs += n;
    }
    return sharers;
}

/* ---- the figures ---- */

/* A run that the end cuts before its deadline says nothing about the deadline. */
static void judge(struct sharer *sharer, const struct job *job, const struct job_result *run,
                  sim_ticks end) {
    bool over = run->finished >= 0;
    sharer->n_judged += over || job->deadline <= end;
    sharer->n_in_time += over && !run->late;
}

static void add_replay(struct sharer *sharer, const struct job *jobs,
                       const struct job_result *results, sim_ticks end, double usd_per_hour) {
    struct study_job_setup *sum = sharer->setup;
    for (int i = sharer->from; i < sharer->from + sharer->n; i++) {
        const struct job_result *run = &results[i];
        double usd = job_node_hours(run->account.allocated) * usd_per_hour;
        judge(sharer, &jobs[i], run, end);
        if (run->finished >= 0) {
            double hours = ticks_seconds(run->finished - jobs[i].arrival) / 3600;
            sum->hours += hours;
            sharer->hours[sharer->n_finished] = hours;
            sharer->usd[sharer->n_finished++] = usd;
        }
        sum->usd_per_run += usd;
        sum->interruptions += run->interruptions;
        sum->preemptions += run->preemptions;
        sum->waited_hours += ticks_seconds(run->waited) / 3600;
        sum->useful_hours += job_node_hours(run->account.useful);
        sum->checkpoint_hours += job_node_hours(run->account.checkpoint);
        sum->restore_hours += job_node_hours(run->account.restore);
        sum->lost_hours += job_node_hours(run->account.lost);
        sum->idle_hours += job_node_hours(run->account.idle);
    }
}

static void take_means(struct sharer *sharer) {
    struct study_job_setup *setup = sharer->setup;
    double *sums[] = {&setup->usd_per_run,   &setup->interruptions, &setup->preemptions,
                      &setup->waited_hours,  &setup->useful_hours,  &setup->checkpoint_hours,
                      &setup->restore_hours, &setup->lost_hours,    &setup->idle_hours};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        *sums[i] /= sharer->n * STUDY_CLUSTER_RUNS;
    setup->hours /= sharer->n_finished > 0 ? sharer->n_finished : 1;
    setup->hours_p95 = study_p95(sharer->hours, sharer->n_finished);
    setup->usd_per_run_p95 = study_p95(sharer->usd, sharer->n_finished);
    setup->in_time_share = sharer->n_judged > 0 ? (double)sharer->n_in_time / sharer->n_judged : 0;
    setup->in_time = setup->in_time_share >= sharer->spec->confidence - 1e-9;
}

/* ---- one cluster ---- */

static void run_cluster(void *context, int c, struct arena *scratch) {
    struct cells *cells = context;
    const struct study *study = cells->study;
    const struct job_cluster *spec = &study->scenario.clusters[c];
    struct study_cluster *cluster = &cells->clusters[c];
    if (!cluster->possible)
        return;
    int n_sharers = 0, n_runs = 0;
    struct sharer *sharers = find_sharers(scratch, cells, c, &n_sharers, &n_runs);
    struct job *jobs = arena_new(scratch, struct job, n_runs);
    for (int s = 0; s < n_sharers; s++)
        if (sharers[s].log->n == 0)
            add_runs(&sharers[s], jobs);
        else if (!add_log(scratch, &sharers[s], jobs, &cells->errs[c]))
            return;
    struct job_pool pool = {.node_mtbf_s = spec->mtbf_s, .nodes = spec->nodes};
    struct job_replay_input input = {.jobs = jobs,
                                     .n_jobs = n_runs,
                                     .pools = &pool,
                                     .n_pools = 1,
                                     .end = ticks_from_seconds(replayed_hours(study) * 3600),
                                     .seed = study->scenario.seed};
    for (int r = 0; r < STUDY_CLUSTER_RUNS; r++) {
        struct job_replay_result result;
        struct arena_mark mark = arena_mark(scratch);
        input.replication = (uint64_t)r;
        if (!job_replay(scratch, &input, &result, &cells->errs[c]))
            return;
        for (int s = 0; s < n_sharers; s++)
            add_replay(&sharers[s], jobs, result.jobs, input.end, cluster->usd_per_hour);
        cluster->used_share += job_node_hours(result.account.allocated) / spec->nodes /
                               replayed_hours(study) / STUDY_CLUSTER_RUNS;
        cluster->unfinished += (double)(n_runs - result.finished) / STUDY_CLUSTER_RUNS;
        arena_rewind(scratch, mark);
    }
    for (int s = 0; s < n_sharers; s++)
        take_means(&sharers[s]);
}

/* ---- rates, ways and costs ---- */

static int largest_of(const struct job_trace *log) {
    int largest = 0;
    for (size_t i = 0; i < log->n; i++)
        largest = log->rows[i].nodes > largest ? log->rows[i].nodes : largest;
    return largest;
}

static const char *way_name(struct arena *arena, const struct job_spec *spec,
                            const struct job_trace *log, const struct job_cluster *cluster) {
    if (log->n > 0)
        return arena_printf(arena, "a log of %zu jobs on %d x %s of the cluster %s", log->n,
                            cluster->nodes, cluster->instance, cluster->name);
    return arena_printf(arena, "%s%d x %s of the cluster %s",
                        spec->nodes_min < spec->nodes_max ? "up to " : "", spec->nodes_max,
                        cluster->instance, cluster->name);
}

static void open_job(struct arena *arena, const struct study *study, int index,
                     struct study_job *job, struct study_job_setup *setup,
                     struct study_cluster *cluster) {
    const struct job_spec *spec = &study->scenario.jobs[index];
    const struct job_trace *log = &study->job_logs[index];
    const struct job_cluster *shared = &study->scenario.clusters[spec->cluster];
    int offer = job->offers[0];
    const struct quote *quote = offer >= 0 ? &study->offers[offer].on_demand : NULL;
    bool stated = shared->usd_per_hour > 0;
    *setup = (struct study_job_setup){
        .option = JOB_CLUSTER,
        .nodes = log->n > 0 ? largest_of(log) : spec->nodes_max,
        .offer = offer,
        .possible = stated || (quote && quote->known),
        .name = way_name(arena, spec, log, shared),
        .reason = "",
        .checkpoint_every_s = study_job_every_s(spec, spec->nodes_max / shared->mtbf_s)};
    struct pool_volume volume =
        study_volume_with(study, study_volume_offer(study, shared->region), 0);
    cluster->volume_usd_per_hour = study_volume_rate(study, &volume);
    if (setup->possible)
        cluster->usd_per_hour = (stated ? shared->usd_per_hour : money_rate_usd(quote->rate)) +
                                cluster->volume_usd_per_hour;
    else
        setup->reason = arena_printf(arena, "no rate for %s in %s in the book %s%s%s",
                                     shared->instance, shared->region, study->book.name,
                                     quote ? ": " : "", quote ? quote->reason : "");
    cluster->possible = setup->possible;
    job->setups = setup;
    job->n_setups = 1;
    job->chosen = setup->possible ? 0 : -1;
    int n = runs_of(study, index);
    job->runs = spec->every_s > 0 ? n * study->demand.horizon_hours / replayed_hours(study) : n;
    job->runs_replayed = STUDY_CLUSTER_RUNS * n;
}

static void close_job(struct arena *arena, const struct study *study, const struct job_spec *spec,
                      struct study_job *job, struct study_job_setup *setup) {
    if (!setup->possible)
        return;
    if (!setup->in_time)
        setup->reason =
            arena_printf(arena, "in time in %.3g%% of %d runs, %.3g%% are asked",
                         100 * setup->in_time_share, job->runs_replayed, 100 * spec->confidence);
    job->usd_horizon = setup->usd_per_run * job->runs;
    job->usd_per_month = job->usd_horizon / study->demand.horizon_hours * HOURS_PER_MONTH;
}

static void add_costs(struct study *study, const struct job_cluster *spec,
                      struct study_cluster *cluster, double jobs_usd) {
    double hours = study->demand.horizon_hours, a_month = HOURS_PER_MONTH / hours;
    if (!cluster->possible)
        return;
    cluster->usd_horizon = spec->nodes * hours * cluster->usd_per_hour;
    cluster->usd_per_month = cluster->usd_horizon * a_month;
    cluster->idle_usd_horizon = cluster->usd_horizon - jobs_usd;
    cluster->idle_usd_per_month = cluster->idle_usd_horizon * a_month;
    study->jobs_usd_horizon += cluster->usd_horizon;
    study->jobs_usd_per_month += cluster->usd_per_month;
}

bool study_run_clusters(struct arena *arena, struct study *study,
                        const struct study_options *options, struct study_job *jobs,
                        struct err *err) {
    const struct scenario *scenario = &study->scenario;
    int n = scenario->n_clusters;
    struct cells cells = {.study = study,
                          .setups = arena_new(arena, struct study_job_setup, scenario->n_jobs),
                          .clusters = arena_new(arena, struct study_cluster, n),
                          .errs = arena_new(arena, struct err, n)};
    for (int j = 0; j < scenario->n_jobs; j++)
        if (scenario->jobs[j].cluster >= 0)
            open_job(arena, study, j, &jobs[j], &cells.setups[j],
                     &cells.clusters[scenario->jobs[j].cluster]);
    workers_run(options->n_threads, n, run_cluster, &cells);
    study->clusters = cells.clusters;
    for (int c = 0; c < n; c++) {
        double jobs_usd = 0;
        if (cells.errs[c].kind != ERR_NONE) {
            *err = cells.errs[c];
            return false;
        }
        for (int j = 0; j < scenario->n_jobs; j++)
            if (scenario->jobs[j].cluster == c) {
                close_job(arena, study, &scenario->jobs[j], &jobs[j], &cells.setups[j]);
                jobs_usd += jobs[j].usd_horizon;
            }
        add_costs(study, &scenario->clusters[c], &cells.clusters[c], jobs_usd);
    }
    return true;
}
