/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Philly training jobs of 2017 where they lie ($HEADROOM_DATA), as jobs.log of a scenario: jobs
 * and useful node-hours are the file's; on more nodes they wait less and the cluster's cost, not
 * the jobs', is what grows; the idle part and the jobs' come to the cluster's. The mutant: on fewer
 * nodes the wait must be longer by far. */
#include "../sim/published_data.h"
#include "study_memory.h"

#define PHILLY "traces/philly-jobs-2017/philly.csv.zst"

static struct source *open_either(void *context, struct arena *arena, const char *path,
                                  const char *relative_to, struct err *err) {
    (void)relative_to;
    return strcmp(path, "t.yaml") == 0
               ? source_open_memory(arena, bytes_of(context), path, err)
               : source_open_memory(arena, data_read(arena, PHILLY), path, err);
}

static struct study study_on(struct arena *arena, int nodes) {
    char *text = arena_printf(
        arena,
        "%s%sclusters:\n  - { name: philly, instance: g4dn.xlarge, nodes: %d, region: us-east-1, "
        "mtbf: 36500d }\njobs:\n  - { name: log, kind: training, log: philly.csv.zst, cluster: "
        "philly }\n",
        HEAD, EMBED, nodes);
    struct file_system files = {text, open_either};
    struct study_options options = {.files = &files, .n_threads = 2, .without_replay = true};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    struct study study;
    cr_assert(study_run(arena, "t.yaml", &options, &study, errs), "%s", errs->items[0].what);
    return study;
}

Test(study_clusters_published, philly) {
    struct arena arena = {0};
    struct study few = study_on(&arena, 450), many = study_on(&arena, 600);
    struct study *both[] = {&few, &many};
    for (int i = 0; i < 2; i++) {
        const struct study_job *job = &both[i]->jobs[0];
        const struct study_cluster *cluster = &both[i]->clusters[0];
        cr_expect(eq(dbl, job->runs, 82247));
        cr_expect(epsilon_eq(dbl, job->setups[0].useful_hours * job->runs,
                             job_trace_node_hours(&both[i]->job_logs[0]), 1e-3));
        cr_expect(epsilon_eq(dbl, job->setups[0].useful_hours * job->runs, 978078, 0.5));
        cr_expect(eq(dbl, cluster->unfinished, 0));
        cr_expect(epsilon_eq(dbl, cluster->idle_usd_horizon + job->usd_horizon,
                             cluster->usd_horizon, 1e-3));
        cr_log_info("%d nodes: wait %.3f h, used %.4f", both[i]->scenario.clusters[0].nodes,
                    job->setups[0].waited_hours, cluster->used_share);
    }
    cr_expect(gt(dbl, few.jobs[0].setups[0].waited_hours,
                 2 * many.jobs[0].setups[0].waited_hours + 0.01));
    arena_release(&arena);
}

int main(int argc, char **argv) {
    int missing = data_missing(PHILLY);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}
