/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs of a scenario beside a small encoder: costs by hand where nothing fails; which way is chosen
 * and the reason against each other; what cannot be in time; that the bill of the workloads does
 * not move; the same figures on any number of threads; mistakes with their exact words. */
#include "study_memory.h"

#include <math.h>

#define NO_FAILURES "    mtbf: 36500d\n"
#define REGION "    regions: [us-east-1]\n"

static struct study study_of(struct arena *arena, const char *jobs, int n_threads) {
    struct study study;
    struct memory_run run = {.text = arena_printf(arena, "%sjobs:\n%s", HEAD EMBED, jobs),
                             .n_threads = n_threads};
    const char *mistakes = memory_study(arena, run, &study);
    cr_assert(eq(int, (int)strlen(mistakes), 0), "%s", mistakes);
    return study;
}

static const struct study_job_setup *setup_of(const struct study *study, const char *name) {
    for (int i = 0; i < study->jobs[0].n_setups; i++)
        if (strcmp(study->jobs[0].setups[i].name, name) == 0)
            return &study->jobs[0].setups[i];
    cr_assert(false, "no way '%s'", name);
    return NULL;
}

/* 20 h on one g4dn.xlarge (0.526 USD/h), linear: 4 nodes hold 3 min of boot and 5 h each,
 * 4 x 5.05 x 0.526 = 10.6252 USD; 8760 h / 168 h: 53 runs begin in the year. */
Test(study_jobs, by_hand_without_failures) {
    struct arena arena = {0};
    struct study study = study_of(&arena,
                                  "  - name: prepare\n    kind: data_preparation\n    every: 7d\n"
                                  "    nodes: 4\n    deadline: 6h\n" NO_FAILURES
                                  "    run_on: [ { instance: g4dn.xlarge, alone: 20h } ]\n" REGION,
                                  1);
    const struct study_job *job = &study.jobs[0];
    cr_assert(eq(int, job->n_setups, 1));
    cr_assert(eq(int, job->chosen, 0));
    cr_expect(epsilon_eq(dbl, job->setups[0].usd_per_run, 4 * 5.05 * 0.526, 1e-6));
    cr_expect(epsilon_eq(dbl, job->setups[0].hours, 5.05, 1e-9));
    cr_expect(epsilon_eq(dbl, job->setups[0].useful_hours, 20, 1e-9));
    cr_expect(eq(dbl, job->runs, 53));
    cr_expect(epsilon_eq(dbl, job->usd_per_month, 53 * 4 * 5.05 * 0.526 * 730 / 8760, 1e-6));
    cr_expect(epsilon_eq(dbl, study.jobs_usd_per_month, job->usd_per_month, 1e-12));
    cr_expect(epsilon_eq(dbl, study_total_usd_per_month(&study),
                         study.recommended.bill_usd_per_month + job->usd_per_month, 1e-9));
    struct study without;
    memory_study(&arena, (struct memory_run){.text = HEAD EMBED}, &without);
    cr_expect(
        eq(dbl, without.recommended.bill_usd_per_month, study.recommended.bill_usd_per_month));
    cr_expect(strstr(study.headline, "a month beside it for 1 job") != NULL, "%s", study.headline);
    arena_release(&arena);
}

/* Checkpoints each 2 h of the 5: two of 6 min; setup 12 min. 5 + 0.05 + 0.2 + 0.2 = 5.45 h.
 * A block of 4 for a day: 4 x 24 x 0.30 = 28.80 USD, whatever runs in it. */
Test(study_jobs, checkpoints_and_blocks_by_hand) {
    struct arena arena = {0};
    struct study study = study_of(
        &arena,
        "  - name: train\n    kind: training\n    nodes: 4\n    scaling: { speedup: { 1: 1, 4: 4 } "
        "}\n"
        "    checkpoint: { every: 2h, write: 6min, restore: 5min }\n    setup: 12min\n" NO_FAILURES
        "    run_on: [ { instance: g4dn.xlarge, alone: 20h, "
        "block: { nodes: 4, length: 1d, rate: 0.30 USD/h } } ]\n" REGION,
        1);
    const struct study_job_setup *on_demand = setup_of(&study, "4 x g4dn.xlarge on demand");
    const struct study_job_setup *block = setup_of(&study, "4 x g4dn.xlarge in a capacity block");
    cr_expect(epsilon_eq(dbl, on_demand->hours, 5.45, 1e-9));
    cr_expect(epsilon_eq(dbl, on_demand->usd_per_run, 4 * 5.45 * 0.526, 1e-6));
    cr_expect(epsilon_eq(dbl, on_demand->checkpoint_hours, 4 * 0.2, 1e-9));
    cr_expect(epsilon_eq(dbl, block->usd_per_run, 28.8, 1e-9));
    cr_expect(block->in_time && study.jobs[0].chosen == 0);
    cr_expect(eq(int, strcmp(block->reason, "costs $17.3 more a run"), 0), "%s", block->reason);
    cr_expect(eq(dbl, study.jobs[0].runs, 1));
    arena_release(&arena);
}

/* bert-base has 109.5M parameters, 219 MB of gradients; twice that over 1 GB/s beside a step of
 * 1 s (1M tokens at 1M tokens/s): s = 0.438, so 4 nodes are 4 / (1 + 3 s) as fast. */
Test(study_jobs, ring_of_a_model) {
    struct arena arena = {0};
    struct study study = study_of(
        &arena,
        "  - name: train\n    kind: training\n    nodes: { min: 1, max: 4 }\n"
        "    tokens: 36000M tokens\n    scaling: { model: bert-base, step: 1M tokens "
        "}\n" NO_FAILURES
        "    run_on: [ { instance: g4dn.xlarge, rate: 1000K tokens/s, network: 1 GB/s } ]\n" REGION,
        1);
    const struct model *model = catalog_model(&study.catalog, bytes_of("bert-base"));
    double s = 2 * 2 * model->parameters / 1e9;
    cr_expect(epsilon_eq(dbl, s, 0.438, 0.005));
    cr_expect(epsilon_eq(dbl, setup_of(&study, "1 x g4dn.xlarge on demand")->hours, 10.05, 1e-6));
    cr_expect(epsilon_eq(dbl, setup_of(&study, "4 x g4dn.xlarge on demand")->hours,
                         10 * (1 + 3 * s) / 4 + 0.05, 1e-5));
    arena_release(&arena);
}

#define WEEKLY(more)                                                                               \
    "  - name: retrain\n    kind: retraining\n    every: 7d\n    deadline: 30h\n"                  \
    "    nodes: { min: 1, max: 2 }\n    scaling: { serial: 2% }\n"                                 \
    "    checkpoint: { write: 2min, restore: 4min }\n    purchase: [on_demand, spot]\n"            \
    "    run_on: [ { instance: g4dn.xlarge, alone: 20h } ]\n" more REGION

/* Spot is cheaper and comes back soon enough; where it hardly ever is there, on demand is chosen.
 * Whatever spot does, the runs are in time. */
Test(study_jobs, spot_where_it_pays) {
    struct arena arena = {0};
    struct study good = study_of(&arena, WEEKLY("    spot: { up: 6h, down: 1h }\n"), 2);
    struct study bad = study_of(&arena, WEEKLY("    spot: { up: 10min, down: 30d }\n"), 2);
    const struct study_job_setup *chosen = &good.jobs[0].setups[good.jobs[0].chosen];
    cr_expect(eq(int, chosen->option, JOB_SPOT));
    cr_expect(chosen->interruptions > 0.5 && chosen->lost_hours > 0 && chosen->waited_hours > 0);
    cr_expect(gt(dbl, chosen->checkpoint_every_s, 600));
    cr_expect(gt(dbl, chosen->hours_p95, chosen->hours));
    for (int i = 0; i < good.jobs[0].n_setups; i++) {
        cr_expect(ge(dbl, good.jobs[0].setups[i].in_time_share, 0.95));
        cr_expect(ge(dbl, bad.jobs[0].setups[i].in_time_share, 0.95));
    }
    chosen = &bad.jobs[0].setups[bad.jobs[0].chosen];
    cr_expect(eq(int, chosen->option, JOB_ON_DEMAND));
    cr_expect(gt(dbl, setup_of(&bad, "2 x g4dn.xlarge on spot")->moved_share, 0.9));
    arena_release(&arena);
}

Test(study_jobs, threads_do_not_matter) {
    struct arena arena = {0};
    struct study one = study_of(&arena, WEEKLY("    elastic: on\n"), 1);
    struct study four = study_of(&arena, WEEKLY("    elastic: on\n"), 4);
    for (int i = 0; i < one.jobs[0].n_setups; i++) {
        const struct study_job_setup *a = &one.jobs[0].setups[i], *b = &four.jobs[0].setups[i];
        cr_expect(eq(dbl, a->usd_per_run, b->usd_per_run));
        cr_expect(eq(dbl, a->hours_p95, b->hours_p95));
    }
    arena_release(&arena);
}

static bool is_told(const struct study *study, const char *id, const char *words) {
    for (int i = 0; i < study->n_notices; i++)
        if (strcmp(study->notices[i].id, id) == 0 && strstr(study->notices[i].text, words))
            return true;
    return false;
}

Test(study_jobs, what_cannot_be_in_time_has_a_reason) {
    struct arena arena = {0};
    struct study study =
        study_of(&arena,
                 "  - name: rush\n    kind: batch_inference\n    nodes: 2\n    deadline: 4h\n"
                 "    run_on: [ { instance: g4dn.xlarge, alone: 20h } ]\n" REGION,
                 1);
    cr_expect(eq(int, study.jobs[0].chosen, -1));
    cr_expect(study_job_missed(&study));
    cr_expect(eq(dbl, study.jobs_usd_per_month, 0));
    cr_expect(is_told(&study, "job-not-in-time", "in time in 0% of 200 runs, 95% are asked"));
    cr_expect(strstr(study.headline, "1 job cannot be run in time") != NULL, "%s", study.headline);
    arena_release(&arena);
}

/* ---- mistakes ---- */

static const struct {
    const char *job, *want;
} cases[] = {
    {"  - { name: a, kind: training, run_on: [ { instance: g4dn.xlarge, alone: 1h } ], regions: "
     "[us-east-1], nodes: 2 }\n",
     "t.yaml:13:5 'scaling' is missing in 'jobs': a gang whose nodes talk to each other needs it | "
     "write for example scaling: { serial: 2% }\n"},
    {"  - { name: a, kind: retraining, run_on: [ { instance: g4dn.xlarge, alone: 1h } ], regions: "
     "[us-east-1] }\n",
     "t.yaml:13:5 'every' is missing in 'jobs': retraining comes again | write for example every: "
     "7d\n"},
    {"  - name: a\n    kind: batch_inference\n    run_on: [ { instance: g4dn.xlarge, rate: 5 "
     "tokens/s } ]\n    regions: [us-east-1]\n",
     "t.yaml:13:5 'tokens' is missing in 'jobs': a rate needs the tokens of a run | write for "
     "example tokens: 2000M tokens\n"},
    {"  - name: a\n    kind: batch_inference\n    run_on: [ { instance: g4dn.xlarge } ]\n    "
     "regions: [us-east-1]\n",
     "t.yaml:15:15 'jobs.run_on' has none of alone or rate | add one of alone or rate\n"},
    {"  - name: a\n    kind: training\n    nodes: { min: 4, max: 2 }\n    scaling: { speedup: { 1: "
     "1, 3: 2, 2: 2 } }\n    run_on: [ { instance: g4dn.xlarge, alone: 1h } ]\n    regions: "
     "[us-east-1]\n",
     "t.yaml:15:14 'jobs.nodes' has a min of 4 above its max of 2 | swap them or take one out\n"
     "t.yaml:16:39 nodes of a speedup are whole and rise from 1; '2' does not fit | write for "
     "example speedup: { 1: 1, 2: 1.9, 8: 6.7 }\n"},
    {"  - name: a\n    kind: training\n    nodes: 8\n    scaling: { speedup: { 1: 1, 4: 3 } }\n"
     "    run_on: [ { instance: g4dn.xlarge, alone: 1h } ]\n    regions: [us-east-1]\n",
     "t.yaml:16:16 the speedup ends at 4 nodes, the largest gang has 8 | add the speedup of 8 "
     "nodes\n"},
    {"  - name: a\n    kind: batch_inference\n    elastic: on\n    spot: { up: 1h, down: 1h }\n"
     "    run_on: [ { instance: g4dn.xlarge, alone: 1h } ]\n    regions: [us-east-1]\n",
     "t.yaml:15:5 an elastic gang needs nodes.min below nodes.max | write for example nodes: { "
     "min: 2, max: 8 }\n"
     "t.yaml:16:5 'jobs.spot' is for jobs whose purchase has spot only | take it out\n"},
    {"  - name: a\n    kind: batch_inference\n    run_on: [ { instance: g4dn.xlrge, alone: 1h } "
     "]\n    regions: [us-est-1]\n",
     "t.yaml:15:27 unknown instance 'g4dn.xlrge' | did you mean 'g4dn.xlarge'? list what the price "
     "book has with: headroom prices list\n"
     "t.yaml:16:15 unknown region 'us-est-1' | did you mean 'us-east-1'? the price book "
     "aws-2026-07 has no rate there\n"},
    {"  - name: a\n    kind: training\n    nodes: 2\n    tokens: 1M tokens\n    scaling: { model: "
     "bert-bas, step: 1K tokens }\n    run_on: [ { instance: g4dn.xlarge, alone: 1h, network: 1 "
     "GB/s } ]\n    regions: [us-east-1]\n",
     "t.yaml:17:23 unknown model 'bert-bas' | did you mean 'bert-base'? state scaling.serial "
     "instead for a model that is not in the catalogue\n"},
};

Test(study_jobs, mistakes) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got =
            memory_study(&arena,
                         (struct memory_run){
                             .text = arena_printf(&arena, "%sjobs:\n%s", HEAD EMBED, cases[i].job)},
                         &study);
        cr_expect(eq(int, strcmp(got, cases[i].want), 0), "%zu: got\n%swant\n%s", i, got,
                  cases[i].want);
        arena_release(&arena);
    }
}
