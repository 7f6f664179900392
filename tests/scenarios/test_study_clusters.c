/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs that share a cluster, beside a small encoder: a year of two jobs by hand (who waits, who
 * gives way, node-hours, costs, the idle part); that without the priority the same jobs give other
 * figures (the mutant); failures; any number of threads; mistakes with their exact words. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/result.h"

#define RESEARCH                                                                                   \
    "clusters:\n"                                                                                  \
    "  - { name: research, instance: g4dn.xlarge, nodes: 4, region: us-east-1, mtbf: 36500d }\n"

/* Each day two hours on all four; each week 30 hours on all four, a checkpoint every 5. */
#define DAILY(priority)                                                                            \
    "  - name: daily\n    kind: batch_inference\n    every: 24h\n    nodes: 4\n"                   \
    "    cluster: research\n    priority: " priority "\n"                                          \
    "    run_on: [ { instance: g4dn.xlarge, alone: 8h } ]\n"
#define WEEKLY(priority, deadline)                                                                 \
    "  - name: weekly\n    kind: batch_inference\n    every: 7d\n    nodes: 4\n"                   \
    "    cluster: research\n    priority: " priority "\n    deadline: " deadline "\n"              \
    "    checkpoint: { every: 5h, write: 6min, restore: 12min }\n"                                 \
    "    run_on: [ { instance: g4dn.xlarge, alone: 120h } ]\n"

#define RATE 0.526

static struct study study_of(struct arena *arena, const char *clusters, const char *jobs,
                             int n_threads) {
    struct study study;
    struct memory_run run = {.text =
                                 arena_printf(arena, "%s%sjobs:\n%s", HEAD EMBED, clusters, jobs),
                             .n_threads = n_threads};
    const char *mistakes = memory_study(arena, run, &study);
    cr_assert(eq(int, (int)strlen(mistakes), 0), "%s", mistakes);
    return study;
}

/* Of a week: the daily run goes first (0 h to 2), the weekly starts at 2 and writes at 7, 12.1,
 * 17.2 and 22.3; at 24 it has 21.6 h and is asked to leave, writes until 24.1 and waits until 26.1;
 * it restores for 0.2, computes 5, writes 0.1, computes the last 3.4 and is over at 34.8. So it
 * waits 2 + 2 h, gives way once, holds 4 x (30 + 6 x 0.1 + 0.2) = 123.2 node-hours; the second
 * daily run waits 0.1 h. The 53rd week is one day: its weekly run is cut after 22 h. */
Test(study_clusters, a_year_by_hand) {
    struct arena arena = {0};
    struct study study = study_of(&arena, RESEARCH, DAILY("0") WEEKLY("5", "36h"), 1);
    const struct study_job_setup *daily = &study.jobs[0].setups[0];
    const struct study_job_setup *weekly = &study.jobs[1].setups[0];
    cr_expect(eq(int, strcmp(weekly->name, "4 x g4dn.xlarge of the cluster research"), 0));
    cr_expect(eq(dbl, study.jobs[0].runs, 365));
    cr_expect(eq(dbl, study.jobs[1].runs, 53));
    cr_expect(epsilon_eq(dbl, daily->waited_hours, 52 * 0.1 / 365, 1e-9));
    cr_expect(eq(dbl, daily->preemptions, 0));
    cr_expect(epsilon_eq(dbl, daily->hours, 2 + 52 * 0.1 / 365, 1e-9));
    cr_expect(epsilon_eq(dbl, weekly->hours, 34.8, 1e-9));
    cr_expect(epsilon_eq(dbl, weekly->hours_p95, 34.8, 1e-9));
    cr_expect(epsilon_eq(dbl, weekly->waited_hours, (52 * 4.0 + 2) / 53, 1e-9));
    cr_expect(epsilon_eq(dbl, weekly->preemptions, 52.0 / 53, 1e-9));
    cr_expect(eq(dbl, weekly->in_time_share, 1));
    double held = (52 * 123.2 + 88) / 53, used = 365 * 8 + 53 * held;
    cr_expect(epsilon_eq(dbl, weekly->usd_per_run, held * RATE, 1e-6));
    cr_expect(epsilon_eq(dbl, weekly->usd_per_run_p95, 123.2 * RATE, 1e-6));
    cr_expect(epsilon_eq(dbl, study.jobs[0].usd_horizon, 365 * 8 * RATE, 1e-6));
    const struct study_cluster *cluster = &study.clusters[0];
    cr_expect(epsilon_eq(dbl, cluster->usd_horizon, 4 * 8760 * RATE, 1e-6));
    cr_expect(epsilon_eq(dbl, cluster->used_share, used / (4 * 8760), 1e-9));
    cr_expect(epsilon_eq(dbl, cluster->idle_usd_horizon, (4 * 8760 - used) * RATE, 1e-6));
    cr_expect(epsilon_eq(dbl, cluster->unfinished, 1, 1e-12));
    cr_expect(epsilon_eq(dbl, study.jobs_usd_per_month, 4 * 730 * RATE, 1e-6));
    cr_expect(epsilon_eq(dbl, study_total_usd_per_month(&study),
                         study.recommended.bill_usd_per_month + 4 * 730 * RATE, 1e-6));
    cr_expect(not(study_job_missed(&study)));
    arena_release(&arena);
}

/* The chosen rows of jobs.csv come to the cost of all jobs. */
Test(study_clusters, rows_add_up) {
    struct arena arena = {0};
    struct study study = study_of(&arena, RESEARCH, DAILY("0") WEEKLY("5", "36h"), 1);
    struct text csv = {.arena = &arena};
    result_append_jobs_csv(&study, &csv);
    double sum = 0;
    int rows = 0;
    for (char *line = strtok(csv.data, "\n"); (line = strtok(NULL, "\n")); rows++) {
        int column = 0;
        char *at = line;
        for (; column < 23; column++)
            at = strchr(at, ',') + 1;
        sum += strtod(at, NULL);
        int commas = column;
        for (; *at; at++)
            commas += *at == ',';
        cr_expect(eq(int, commas, 26), "%s", line);
    }
    cr_expect(eq(int, rows, 3));
    cr_expect(epsilon_eq(dbl, sum, study.jobs_usd_per_month, 1e-4));
    arena_release(&arena);
}

/* Were priority not read, or read the other way round, the figures above would be these: the weekly
 * run goes first, is over at 30.5 (five checkpoints) and nobody gives way; the daily runs of 0 h
 * and 24 h wait 30.5 and 8.5 h. */
Test(study_clusters, priority_is_what_decides) {
    struct arena arena = {0};
    struct study study = study_of(&arena, RESEARCH, DAILY("5") WEEKLY("0", "36h"), 1);
    cr_expect(epsilon_eq(dbl, study.jobs[1].setups[0].hours, 30.5, 1e-9));
    cr_expect(eq(dbl, study.jobs[1].setups[0].preemptions, 0));
    cr_expect(gt(dbl, study.jobs[0].setups[0].waited_hours, 52 * 39.0 / 365));
    arena_release(&arena);
}

Test(study_clusters, late_is_said_and_paid) {
    struct arena arena = {0};
    struct study study = study_of(&arena, RESEARCH, DAILY("0") WEEKLY("5", "34h"), 1);
    cr_expect(eq(dbl, study.jobs[1].setups[0].in_time_share, 0));
    cr_expect(study_job_missed(&study));
    cr_expect(strstr(study.headline, "1 job cannot be run in time") != NULL, "%s", study.headline);
    cr_expect(epsilon_eq(dbl, study.jobs_usd_per_month, 4 * 730 * RATE, 1e-6));
    arena_release(&arena);
}

/* A stated rate is what is paid; nodes that fail cost work, and more when they fail more often;
 * the same bytes on four threads. */
Test(study_clusters, failures_rates_and_threads) {
    struct arena arena = {0};
    const char *two = "clusters:\n"
                      "  - { name: research, instance: g4dn.xlarge, nodes: 4, region: us-east-1, "
                      "rate: 0.25 USD/h, mtbf: 40d }\n"
                      "  - { name: other, instance: g4dn.xlarge, nodes: 2, region: us-east-1 }\n";
    const char *jobs = DAILY("0") WEEKLY(
        "5", "60h") "  - name: third\n    kind: batch_inference\n    every: 7d\n    nodes: 2\n"
                    "    cluster: other\n    run_on: [ { instance: g4dn.xlarge, alone: 40h } ]\n";
    struct study one = study_of(&arena, two, jobs, 1), four = study_of(&arena, two, jobs, 4);
    const struct study_job_setup *weekly = &one.jobs[1].setups[0];
    cr_expect(epsilon_eq(dbl, one.clusters[0].usd_horizon, 4 * 8760 * 0.25, 1e-6));
    cr_expect(epsilon_eq(dbl, one.clusters[1].usd_horizon, 2 * 8760 * RATE, 1e-6));
    /* 30 h of 4 nodes at 1/40 a day */
    cr_expect(epsilon_eq(dbl, weekly->interruptions, 30.8 * 4 / 960, 0.03));
    cr_expect(gt(dbl, weekly->lost_hours, 0));
    for (int j = 0; j < 3; j++) {
        cr_expect(eq(dbl, one.jobs[j].usd_horizon, four.jobs[j].usd_horizon));
        cr_expect(eq(dbl, one.jobs[j].setups[0].hours_p95, four.jobs[j].setups[0].hours_p95));
    }
    arena_release(&arena);
}

/* ---- logs ---- */

#define LOGGED                                                                                     \
    HEAD EMBED RESEARCH                                                                            \
        "jobs:\n  - { name: old, kind: training, cluster: research, log: log.csv }\n"

/* Four nodes: 2 of them from 0 to 1 h; 3 wait from 0 to 1 h and run to 3 h; 1 arrives at 0.5 h,
 * waits behind them until 1 h and runs an hour. 2 + 6 + 1 node-hours. */
Test(study_clusters, a_log_by_hand) {
    struct arena arena = {0};
    struct memory_file files[] = {
        {"t.yaml", LOGGED},
        {"log.csv", "seconds,duration,nodes\n0,3600,2\n0,7200,3\n1800,3600,1\n"},
        {0}};
    struct study study;
    const char *mistakes = memory_study(&arena, (struct memory_run){.files = files}, &study);
    cr_assert(eq(int, (int)strlen(mistakes), 0), "%s", mistakes);
    const struct study_job *job = &study.jobs[0];
    cr_expect(eq(dbl, job->runs, 3));
    cr_expect(epsilon_eq(dbl, job->setups[0].waited_hours, 0.5, 1e-9));
    cr_expect(epsilon_eq(dbl, job->setups[0].hours, (1 + 3 + 1.5) / 3, 1e-9));
    cr_expect(epsilon_eq(dbl, job->usd_horizon, 9 * RATE, 1e-6));
    cr_expect(eq(int, job->setups[0].nodes, 3));
    cr_expect(epsilon_eq(dbl, study.clusters[0].used_share, 9.0 / (4 * 8760), 1e-9));
    arena_release(&arena);
}

static const struct {
    const char *log, *want;
} logs[] = {
    {"seconds,duration\n0,1\n",
     "log.csv:1:1 the header names no number of nodes, or two | known headers: "
     "'timestamp,duration,num_gpus' and 'seconds,duration,nodes'\n"},
    {"seconds,duration,nodes\n0,1,5\n", "t.yaml:15:58 the cluster 'research' has 4 nodes, the log "
                                        "'log.csv' a job of 5 | take a larger "
                                        "cluster\n"},
};

Test(study_clusters, mistakes_in_logs) {
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        struct arena arena = {0};
        struct memory_file files[] = {{"t.yaml", LOGGED}, {"log.csv", logs[i].log}, {0}};
        struct study study;
        const char *got = memory_study(&arena, (struct memory_run){.files = files}, &study);
        cr_expect(eq(int, strcmp(got, logs[i].want), 0), "%zu: got\n%swant\n%s", i, got,
                  logs[i].want);
        arena_release(&arena);
    }
}

/* ---- mistakes ---- */

#define ON(more)                                                                                   \
    "  - { name: a, kind: batch_inference, run_on: [ { instance: g4dn.xlarge, alone: 1h } ]" more  \
    " }\n"

static const struct {
    const char *clusters, *job, *want;
} cases[] = {
    {RESEARCH, ON(", cluster: reserch"),
     "t.yaml:15:98 unknown cluster 'reserch' | there are: research\n"},
    {"", ON(", cluster: research"),
     "t.yaml:13:98 unknown cluster 'research' | describe it under clusters:\n"},
    {RESEARCH, ON(", cluster: research, nodes: 5"),
     "t.yaml:15:115 the cluster 'research' has 4 nodes, the gang 5 | take a larger cluster\n"},
    {"", ON(", regions: [us-east-1], priority: 2"),
     "t.yaml:13:111 'jobs.priority' is for jobs on a cluster only | take it out\n"},
    {"", ON(""),
     "t.yaml:13:5 'regions' is missing in 'jobs': a job that is on no cluster is bought somewhere "
     "| write for example regions: [us-east-1]\n"},
    {RESEARCH, ON(", cluster: research, regions: [us-east-1]"),
     "t.yaml:15:108 'jobs.regions' is for jobs that are on no cluster only | take it out\n"},
    {RESEARCH, ON(", cluster: research, nodes: { min: 1, max: 4 }"),
     "t.yaml:15:108 on a cluster gangs are not compared | add elastic: on, or give one\n"},
    {"clusters:\n  - { name: research, instance: p5.48xlarge, nodes: 4, region: us-east-1 }\n",
     ON(", cluster: research"),
     "t.yaml:15:61 the cluster 'research' has p5.48xlarge only | let run_on have p5.48xlarge "
     "alone\n"},
    {RESEARCH, ON(", cluster: research, log: a.csv"),
     "t.yaml:15:39 'jobs.run_on' is for jobs without a log only | take it out\n"},
    {"", "  - { name: a, kind: training, log: a.csv, regions: [us-east-1] }\n",
     "t.yaml:13:5 'cluster' is missing in 'jobs': a log of jobs runs on one | write for example "
     "cluster: research\n"},
    {RESEARCH, ON(", regions: [us-east-1]"),
     "t.yaml:13:13 no job is on the cluster 'research' | name it in a job, or take it out\n"},
};

Test(study_clusters, mistakes) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study;
        const char *text =
            arena_printf(&arena, "%s%sjobs:\n%s", HEAD EMBED, cases[i].clusters, cases[i].job);
        const char *got = memory_study(&arena, (struct memory_run){.text = text}, &study);
        cr_expect(eq(int, strcmp(got, cases[i].want), 0), "%zu: got\n%swant\n%s", i, got,
                  cases[i].want);
        arena_release(&arena);
    }
}
