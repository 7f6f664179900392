/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gangs by hand: every second of a job's life on paper; then against a plain scheduler that looks
 * at each second of tiny cases; then laws on random jobs, pools and failures: node-time adds up in
 * whole ticks and equals the ledger's, more nodes keep nobody waiting longer, a job whose fallback
 * never fails is never late (and a mutant of that rule is), the same seed gives the same bytes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "sim/job_replay.h"

#define S TICKS_PER_SECOND
#define END (100000 * S)

static const struct job_scaling LINEAR = {.serial = 0};

static struct job plain_job(double work_s, int nodes) {
    return (struct job){.work_s = work_s,
                        .nodes_min = nodes,
                        .nodes_max = nodes,
                        .scaling = &LINEAR,
                        .deadline = JOB_NO_DEADLINE,
                        .fallback = -1};
}

static struct job_replay_result replay(struct arena *arena, const struct job *jobs, int n_jobs,
                                       const struct job_pool *pools, int n_pools) {
    struct job_replay_input input = {.jobs = jobs,
                                     .n_jobs = n_jobs,
                                     .pools = pools,
                                     .n_pools = n_pools,
                                     .end = END,
                                     .seed = 1,
                                     .record_ledger = true};
    struct job_replay_result result;
    struct err err = {0};
    cr_assert(job_replay(arena, &input, &result, &err), "%s", err.what);
    return result;
}

static int64_t node_seconds(job_node_ticks ticks) {
    cr_expect(eq(i64, (int64_t)(ticks % S), 0));
    return (int64_t)(ticks / S);
}

/* A pool whose size is a list of (from, nodes). */
struct steps {
    int n;
    struct {
        int64_t from_s;
        int nodes;
    } at[40];
};

static int steps_at(void *context, sim_ticks now, sim_ticks *next) {
    const struct steps *steps = context;
    int i = 0;
    while (i + 1 < steps->n && steps->at[i + 1].from_s * S <= now)
        i++;
    *next = i + 1 < steps->n ? steps->at[i + 1].from_s * S : INT64_MAX;
    return steps->at[i].nodes;
}

/* ---- parameters ---- */

Test(job, speedup_by_law_and_table) {
    struct job_scaling law = {.serial = 0.05};
    struct job_scaling table = {.n_points = 3, .points = {{1, 1}, {2, 1.9}, {8, 6.7}}};
    cr_expect(eq(dbl, job_speedup(&LINEAR, 7), 7));
    cr_expect(epsilon_eq(dbl, job_speedup(&law, 8), 8 / 1.35, 1e-12));
    cr_expect(eq(dbl, job_speedup(&table, 2), 1.9));
    cr_expect(epsilon_eq(dbl, job_speedup(&table, 5), 1.9 + 0.5 * 4.8, 1e-12));
    /* 8e9 parameters in 2 bytes over 50 GB/s, beside a step of 12.8 s on one node. */
    cr_expect(epsilon_eq(dbl, job_serial_of_ring(16e9, 50e9, 12.8), 0.05, 1e-12));
}

/* The minimum by a fine scan of the function itself; Daly's formula beside it. */
Test(job, best_interval_is_the_minimum) {
    static const double writes[] = {1, 60, 600, 7200}, mtbfs[] = {3600, 86400, 864000};
    for (int w = 0; w < 4; w++)
        for (int m = 0; m < 3; m++) {
            double write = writes[w], mtbf = mtbfs[m], best = job_checkpoint_best_s(write, mtbf);
            double at_best = expm1((best + write) / mtbf) / best;
            for (double t = 0.5; t < 2; t += 0.01)
                cr_expect(at_best <= expm1((t * best + write) / mtbf) / (t * best) * (1 + 1e-12));
            double x = write / (2 * mtbf);
            double daly = sqrt(2 * write * mtbf) * (1 + sqrt(x) / 3 + x / 9) - write;
            if (write < mtbf / 10)
                cr_expect(epsilon_eq(dbl, best / daly, 1, 2e-3), "%g %g", write, mtbf);
        }
}

Test(job, mistakes_are_told) {
    struct job_pool pool = {.nodes = 4};
    struct job_scaling short_table = {.n_points = 2, .points = {{1, 1}, {2, 1.9}}};
    struct job_scaling descends = {.n_points = 3, .points = {{1, 1}, {4, 3}, {2, 2}}};
    struct job cases[] = {plain_job(0, 1),  plain_job(NAN, 1), plain_job(10, 0),
                          plain_job(10, 5), plain_job(10, 3),  plain_job(10, 3),
                          plain_job(10, 1), plain_job(10, 1),  plain_job(10, 1)};
    static const char *const words[] = {"work above it",
                                        "work above it",
                                        "nodes must be 1 to 100000",
                                        "it needs 5 nodes, the pool has 4",
                                        "speedup of 3 nodes is not given",
                                        "ascending",
                                        "no such pool",
                                        "outside the replay",
                                        "work above it"};
    cases[4].scaling = &short_table;
    cases[5].scaling = &descends;
    cases[6].fallback = 0;
    cases[7].arrival = -1;
    cases[8].write_s = INFINITY;
    for (int i = 0; i < 9; i++) {
        struct err err = {0};
        cr_expect(not(job_check(&cases[i], &pool, 1, &err)), "%d", i);
        cr_expect(strstr(err.what, words[i]) != NULL, "%d: %s", i, err.what);
    }
}

/* ---- by hand ---- */

/* 1000 s of one node on 4: 10 boot, 5 setup, then 250 of computing with a checkpoint of 20 after
 * 100 and 200: 10 + 5 + 100 + 20 + 100 + 20 + 50 = 305. */
Test(job, without_failures_by_hand) {
    struct arena arena = {0};
    struct job job = plain_job(1000, 4);
    job.arrival = 7 * S;
    job.every_s = 100;
    job.write_s = 20;
    job.setup_s = 5;
    job.restore_s = 1000; /* nothing to restore */
    struct job_pool pool = {.nodes = 4, .boot_s = 10};
    struct job_replay_result r = replay(&arena, &job, 1, &pool, 1);
    cr_expect(eq(i64, r.jobs[0].started, 7 * S));
    cr_expect(eq(i64, r.jobs[0].finished, 312 * S));
    cr_expect(eq(i64, node_seconds(r.account.allocated), 4 * 305));
    cr_expect(eq(i64, node_seconds(r.account.useful), 1000));
    cr_expect(eq(i64, node_seconds(r.account.checkpoint), 4 * 40));
    cr_expect(eq(i64, node_seconds(r.account.restore), 4 * 15));
    cr_expect(eq(i64, node_seconds(r.account.lost), 0));
    cr_expect(eq(int, r.jobs[0].checkpoints, 2));
    cr_assert(eq(int, r.ledger.n_rows, 1));
    cr_expect(eq(i64, r.ledger.rows[0].from_s, 7));
    cr_expect(eq(i64, r.ledger.rows[0].to_s, 312));
    cr_expect(eq(i64, r.ledger.rows[0].quantity, 4));
    cr_expect(eq(i64, r.ledger.n_seconds, 312));
    arena_release(&arena);
}

/* Work 300 on one node. The pool goes at 155 and is back at 200.
 * 0-10 boot, 10-110 compute, 110-130 write, 130-155 compute (lost). 200-210 boot, 210-240 restore,
 * 240-340, 340-360 write, 360-460. */
Test(job, restarts_from_the_last_checkpoint) {
    struct arena arena = {0};
    struct job job = plain_job(300, 1);
    job.every_s = 100;
    job.write_s = 20;
    job.restore_s = 30;
    struct steps steps = {3, {{0, 1}, {155, 0}, {200, 1}}};
    struct job_pool pool = {.boot_s = 10, .spot = true, .nodes_at = steps_at, .context = &steps};
    struct job_replay_result r = replay(&arena, &job, 1, &pool, 1);
    cr_expect(eq(i64, r.jobs[0].finished, 460 * S));
    cr_expect(eq(i64, r.jobs[0].waited, 45 * S));
    cr_expect(eq(i64, node_seconds(r.account.lost), 25));
    cr_expect(eq(i64, node_seconds(r.account.restore), 10 + 40));
    cr_expect(eq(i64, node_seconds(r.account.checkpoint), 40));
    cr_expect(eq(i64, node_seconds(r.account.useful), 300));
    cr_expect(eq(int, r.jobs[0].interruptions, 1));
    cr_assert(eq(int, r.ledger.n_rows, 2));
    cr_expect(r.ledger.rows[0].interrupted && !r.ledger.rows[1].interrupted);
    arena_release(&arena);
}

/* The same, told 22 s before. At 155: computed until 133, so that 3 more are saved by a write of
 * 20, and 2 idle; 197 left after 240: 100, write, 97: 457. At 115, five seconds into the write:
 * computed until 93; 217 left: 240 + 100 + 20 + 100 + 20 + 17 = 497. A write of 23 does not fit. */
Test(job, a_notice_saves_what_fits) {
    struct arena arena = {0};
    struct job job = plain_job(300, 1);
    job.every_s = 100;
    job.write_s = 20;
    job.restore_s = 30;
    struct steps steps = {3, {{0, 1}, {155, 0}, {200, 1}}};
    struct job_pool pool = {
        .boot_s = 10, .spot = true, .notice_s = 22, .nodes_at = steps_at, .context = &steps};
    struct job_replay_result r = replay(&arena, &job, 1, &pool, 1);
    cr_expect(eq(i64, r.jobs[0].finished, 457 * S));
    cr_expect(eq(i64, node_seconds(r.account.lost), 0));
    cr_expect(eq(i64, node_seconds(r.account.useful), 300));
    cr_expect(eq(i64, node_seconds(r.account.checkpoint), 60));
    cr_expect(eq(i64, node_seconds(r.account.idle), 2));
    steps.at[1].from_s = 115;
    r = replay(&arena, &job, 1, &pool, 1);
    cr_expect(eq(i64, r.jobs[0].finished, 497 * S));
    cr_expect(eq(i64, node_seconds(r.account.lost), 0));
    steps.at[1].from_s = 155;
    job.write_s = 23;
    r = replay(&arena, &job, 1, &pool, 1);
    cr_expect(eq(i64, node_seconds(r.account.lost), 155 - 133));
    arena_release(&arena);
}

/* Without checkpoints all of it is lost; a write that is cut off saves nothing. */
Test(job, unsaved_work_is_lost) {
    struct arena arena = {0};
    struct job job = plain_job(300, 1);
    struct steps steps = {3, {{0, 1}, {115, 0}, {200, 1}}};
    struct job_pool pool = {.nodes_at = steps_at, .context = &steps};
    struct job_replay_result r = replay(&arena, &job, 1, &pool, 1);
    cr_expect(eq(i64, r.jobs[0].finished, 500 * S));
    cr_expect(eq(i64, node_seconds(r.account.lost), 115));
    job.every_s = 100;
    job.write_s = 20;
    r = replay(&arena, &job, 1, &pool, 1);
    cr_expect(eq(i64, node_seconds(r.account.lost), 115));
    cr_expect(eq(i64, r.jobs[0].finished, (200 + 300 + 40) * S));
    arena_release(&arena);
}

/* An elastic gang of 1 to 4: 4 nodes until 150, 2 until 1000, 4 again. Work 2000, linear.
 * 0-100 at 4 (400), write 10, 110-150 lost (160 node-s). 150-155 restore, 155-255 at 2 (200 more),
 * write 265, ... each 110 s 200 more: at 265 600, 375 800, 485 1000, 595 1200, 705 1400, 815 1600,
 * 925 1800; then the last 100 s: 1025. The pool grows at 1000, when no checkpoint comes any more.
 */
Test(job, elastic_gang_shrinks) {
    struct arena arena = {0};
    struct job job = plain_job(2000, 1);
    job.nodes_max = 4;
    job.every_s = 100;
    job.write_s = 10;
    job.restore_s = 5;
    struct steps steps = {3, {{0, 4}, {150, 2}, {1000, 4}}};
    struct job_pool pool = {.nodes_at = steps_at, .context = &steps};
    struct job_replay_result r = replay(&arena, &job, 1, &pool, 1);
    cr_expect(eq(i64, r.jobs[0].finished, 1025 * S));
    cr_expect(eq(i64, node_seconds(r.account.lost), 160));
    cr_expect(eq(i64, node_seconds(r.account.useful), 2000));
    cr_expect(eq(i64, node_seconds(r.account.restore), 10));
    cr_expect(eq(i64, r.jobs[0].waited, 0));
    arena_release(&arena);
}

/* It grows at the checkpoint at 110: 1 node did 100 of 2000; the other 1900 on 4 take 475 after a
 * start of 5 + 20, with checkpoints after 100, 200, 300, 400: 110 + 25 + 475 + 40 = 650. */
Test(job, elastic_gang_grows_at_a_checkpoint) {
    struct arena arena = {0};
    struct job job = plain_job(2000, 1);
    job.nodes_max = 4;
    job.every_s = 100;
    job.write_s = 10;
    job.restore_s = 5;
    struct steps steps = {2, {{0, 1}, {50, 4}}};
    struct job_pool pool = {.boot_s = 20, .nodes_at = steps_at, .context = &steps};
    struct job_replay_result r = replay(&arena, &job, 1, &pool, 1);
    cr_expect(eq(i64, r.jobs[0].finished, (20 + 650) * S));
    cr_expect(eq(i64, node_seconds(r.account.restore), 20 + 4 * 25));
    arena_release(&arena);
}

/* Two nodes. Job 0 (priority 0, 2 nodes, 1000 s of one) runs; job 1 (priority 1, 1 node, 50 s)
 * arrives at 140 while 30 s are unsaved: written 140-150, job 1 runs 150-200. Job 0, which needs
 * both, goes on at 200: restore 5, 500 - 130 = 370 left with a write after 100, 200, 300:
 * 205 + 370 + 30 = 605. It wrote at 100-110 too. */
Test(job, higher_priority_takes_over_at_a_checkpoint) {
    struct arena arena = {0};
    struct job jobs[] = {plain_job(1000, 2), plain_job(50, 1)};
    jobs[0].every_s = 100;
    jobs[0].write_s = 10;
    jobs[0].restore_s = 5;
    jobs[1].priority = 1;
    jobs[1].arrival = 140 * S;
    struct job_pool pool = {.nodes = 2};
    struct job_replay_result r = replay(&arena, jobs, 2, &pool, 1);
    cr_expect(eq(i64, r.jobs[1].started, 150 * S));
    cr_expect(eq(i64, r.jobs[1].finished, 200 * S));
    cr_expect(eq(i64, r.jobs[0].finished, (200 + 5 + 370 + 30) * S));
    cr_expect(eq(int, r.jobs[0].preemptions, 1));
    cr_expect(eq(i64, node_seconds(r.account.lost), 0));
    jobs[0].every_s = 0; /* writes no checkpoint: it is left alone */
    r = replay(&arena, jobs, 2, &pool, 1);
    cr_expect(eq(i64, r.jobs[1].started, 500 * S));
    arena_release(&arena);
}

/* Spot goes at 100 for good. Deadline 1000, on demand: boot 10 + restore 5 + compute.
 * Work 600, checkpoints each 50 + 2. At 100: one checkpoint (50) saved at 52, 48 lost. On demand
 * needs 10 + 5 + 550 + 10 x 2 = 585: it moves at 415 and ends at 1000, not a second before. */
Test(job, moves_when_only_the_fallback_is_in_time) {
    struct arena arena = {0};
    struct job job = plain_job(600, 1);
    job.every_s = 50;
    job.write_s = 2;
    job.restore_s = 5;
    job.fallback = 1;
    job.deadline = 1000 * S;
    struct steps steps = {2, {{0, 1}, {100, 0}}};
    struct job_pool pools[] = {{.spot = true, .nodes_at = steps_at, .context = &steps},
                               {.boot_s = 10, .nodes = 1}};
    struct job_replay_result r = replay(&arena, &job, 1, pools, 2);
    cr_expect(eq(i64, r.jobs[0].finished, 1000 * S));
    cr_expect(eq(i64, r.jobs[0].waited, 315 * S));
    cr_expect(r.jobs[0].moved && !r.jobs[0].late);
    job.margin = 15 * S;
    r = replay(&arena, &job, 1, pools, 2);
    cr_expect(eq(i64, r.jobs[0].finished, 985 * S));
    job.deadline = 600 * S; /* never feasible: on demand at once, and late */
    r = replay(&arena, &job, 1, pools, 2);
    cr_expect(eq(i64, r.jobs[0].started, 0));
    cr_expect(r.jobs[0].late && r.late == 1);
    arena_release(&arena);
}

/* ---- first come, first served, against a plain scheduler ---- */

/* Whole seconds, no boots, failures or checkpoints: each second, ends first, then the queue in its
 * order until one does not fit. */
static void plain_schedule(const struct job *jobs, int n, int nodes, int64_t *start) {
    int64_t end[8];
    int free_nodes = nodes;
    for (int i = 0; i < n; i++)
        start[i] = end[i] = -1;
    for (int64_t t = 0; t < 400; t++) {
        for (int i = 0; i < n; i++)
            if (end[i] == t)
                free_nodes += jobs[i].nodes_min;
        for (;;) {
            int head = -1;
            for (int i = 0; i < n; i++)
                if (start[i] < 0 && jobs[i].arrival <= t * S &&
                    (head < 0 || jobs[i].priority > jobs[head].priority ||
                     (jobs[i].priority == jobs[head].priority &&
                      jobs[i].arrival < jobs[head].arrival)))
                    head = i;
            if (head < 0 || jobs[head].nodes_min > free_nodes)
                break;
            start[head] = t;
            end[head] = t + (int64_t)(jobs[head].work_s / jobs[head].nodes_min);
            free_nodes -= jobs[head].nodes_min;
        }
    }
}

Test(job, equals_a_plain_scheduler) {
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct arena arena = {0};
        struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
        struct job jobs[8];
        int n = 2 + (int)rng_below(&rng, 7), nodes = 2 + (int)rng_below(&rng, 4);
        for (int i = 0; i < n; i++) {
            int gang = 1 + (int)rng_below(&rng, (uint64_t)nodes);
            jobs[i] = plain_job((double)(gang * (int)(1 + rng_below(&rng, 15))), gang);
            jobs[i].arrival = (sim_ticks)rng_below(&rng, 20) * S;
            jobs[i].priority = (int)rng_below(&rng, 2);
        }
        struct job_pool pool = {.nodes = nodes};
        struct job_replay_result r = replay(&arena, jobs, n, &pool, 1);
        int64_t start[8];
        plain_schedule(jobs, n, nodes, start);
        for (int i = 0; i < n; i++)
            cr_assert(eq(i64, r.jobs[i].started, start[i] * S), "seed %d job %d", (int)seed, i);
        arena_release(&arena);
    }
}

/* ---- laws ---- */

struct random_case {
    struct job jobs[12];
    struct job_pool pools[2];
    struct steps steps;
    int n;
};

/* Jobs of all kinds on a pool whose size jumps, with failures; the fallback always has nodes. */
static void draw_case(uint64_t seed, struct random_case *c) {
    struct rng rng = rng_open(seed, 1, RNG_TEST, 0);
    memset(c, 0, sizeof *c);
    c->n = 1 + (int)rng_below(&rng, 12);
    c->steps.n = 40;
    for (int i = 0; i < 40; i++) {
        c->steps.at[i].from_s =
            i == 0 ? 0 : c->steps.at[i - 1].from_s + 1 + (int64_t)rng_below(&rng, 400);
        c->steps.at[i].nodes = (int)rng_below(&rng, 9);
    }
    c->steps.at[39].nodes = 8;
    c->pools[0] = (struct job_pool){.spot = true,
                                    .boot_s = (double)rng_below(&rng, 20),
                                    .node_mtbf_s = rng_uniform(&rng) < 0.5 ? 0 : 2000,
                                    .notice_s = rng_uniform(&rng) < 0.5 ? 0 : 10,
                                    .nodes_at = steps_at,
                                    .context = &c->steps};
    c->pools[1] =
        (struct job_pool){.offer = 1, .boot_s = (double)rng_below(&rng, 20), .nodes = 1000000};
    for (int i = 0; i < c->n; i++) {
        struct job *job = &c->jobs[i];
        *job = plain_job(10 + 3000 * rng_uniform(&rng), 1 + (int)rng_below(&rng, 8));
        if (rng_uniform(&rng) < 0.4)
            job->nodes_min = 1 + (int)rng_below(&rng, (uint64_t)job->nodes_max);
        job->arrival = (sim_ticks)rng_below(&rng, 2000) * S + (sim_ticks)rng_below(&rng, 1000);
        job->every_s = rng_uniform(&rng) < 0.7 ? 10 + 200 * rng_uniform(&rng) : 0;
        job->write_s = (double)rng_below(&rng, 15);
        job->restore_s = (double)rng_below(&rng, 15);
        job->setup_s = (double)rng_below(&rng, 5);
        job->priority = (int)rng_below(&rng, 3);
        if (rng_uniform(&rng) < 0.6) {
            job->fallback = 1;
            job->deadline = job->arrival + (sim_ticks)(rng_uniform(&rng) * 8000) * S;
        }
    }
}

/* Of a job that starts on the fallback at its arrival. */
static sim_ticks needs_s(const struct random_case *c, const struct job *job) {
    double compute = job->work_s / job->nodes_max;
    double checkpoints = job->every_s > 0 ? ceil(compute / job->every_s) : 0;
    return (
        sim_ticks)((compute + checkpoints * job->write_s + job->setup_s + c->pools[1].boot_s + 1) *
                   (double)S);
}

static job_node_ticks ledger_seconds(const struct usage_ledger *ledger) {
    job_node_ticks sum = 0;
    for (int i = 0; i < ledger->n_rows; i++)
        sum += (job_node_ticks)(ledger->rows[i].to_s - ledger->rows[i].from_s) *
               ledger->rows[i].quantity;
    return sum;
}

static job_node_ticks ledger_nodes(const struct usage_ledger *ledger) {
    job_node_ticks sum = 0;
    for (int i = 0; i < ledger->n_rows; i++)
        sum += ledger->rows[i].quantity;
    return sum;
}

Test(job, laws_on_random_jobs) {
    int moved = 0, interrupted = 0, preempted = 0, in_time = 0;
    for (uint64_t seed = 0; seed < 1500; seed++) {
        struct arena arena = {0};
        struct random_case *c = arena_new(&arena, struct random_case, 1);
        draw_case(seed, c);
        struct job_replay_result r = replay(&arena, c->jobs, c->n, c->pools, 2);
        struct job_replay_result again = replay(&arena, c->jobs, c->n, c->pools, 2);
        cr_assert(memcmp(r.jobs, again.jobs, (size_t)c->n * sizeof *r.jobs) == 0);
        for (int i = 0; i < c->n; i++) {
            const struct job *job = &c->jobs[i];
            const struct job_result *j = &r.jobs[i];
            cr_assert(j->started >= job->arrival && j->finished > j->started, "seed %d", (int)seed);
            cr_assert(j->waited >= 0 && j->waited <= j->finished - job->arrival);
            bool linear = job->nodes_min == job->nodes_max; /* useful = work, to a tick a node */
            double useful = (double)j->account.useful / (double)S;
            cr_assert(linear ? fabs(useful - job->work_s) < 1e-6 * job->work_s
                             : useful >= job->work_s * (1 - 1e-6));
            bool feasible =
                job->deadline != JOB_NO_DEADLINE && job->deadline - job->arrival >= needs_s(c, job);
            cr_assert(not(feasible && j->late), "seed %d: job %d is late", (int)seed, i);
            in_time += feasible;
            moved += j->moved;
            interrupted += j->interruptions;
            preempted += j->preemptions;
        }
        /* each row is rounded out by less than two seconds a node */
        job_node_ticks seconds = ledger_seconds(&r.ledger) * S;
        cr_assert(seconds >= r.account.allocated &&
                  seconds - r.account.allocated <= 2 * S * ledger_nodes(&r.ledger));
        arena_release(&arena);
    }
    cr_expect(moved > 500 && interrupted > 1000 && preempted > 100 && in_time > 500,
              "the cases are too tame: %d %d %d %d", moved, interrupted, preempted, in_time);
}

/* The mutant: a fallback that needs longer to boot than the rule believes. */
Test(job, a_rule_that_is_wrong_by_a_boot_is_late) {
    int late = 0;
    for (uint64_t seed = 0; seed < 1500 && late == 0; seed++) {
        struct arena arena = {0};
        struct random_case *c = arena_new(&arena, struct random_case, 1);
        draw_case(seed, c);
        sim_ticks boot = (sim_ticks)(c->pools[1].boot_s + 1) * S;
        for (int i = 0; i < c->n; i++) {
            struct job *job = &c->jobs[i];
            if (job->deadline == JOB_NO_DEADLINE ||
                job->deadline - job->arrival < needs_s(c, job) + boot)
                job->deadline = JOB_NO_DEADLINE;
            else
                job->deadline += boot; /* what the rule sees */
        }
        struct job_replay_result r = replay(&arena, c->jobs, c->n, c->pools, 2);
        for (int i = 0; i < c->n; i++)
            late += c->jobs[i].deadline != JOB_NO_DEADLINE &&
                    r.jobs[i].finished > c->jobs[i].deadline - boot;
        arena_release(&arena);
    }
    cr_expect(late > 0);
}

/* First come, first served, one node each: one more node keeps nobody waiting longer. */
Test(job, more_nodes_keep_nobody_waiting_longer) {
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct arena arena = {0};
        struct rng rng = rng_open(seed, 2, RNG_TEST, 0);
        struct job jobs[40];
        for (int i = 0; i < 40; i++) {
            jobs[i] = plain_job(1 + 200 * rng_uniform(&rng), 1);
            jobs[i].arrival = (sim_ticks)(1000 * rng_uniform(&rng) * (double)S);
        }
        struct job_pool few = {.nodes = 1 + (int)(seed % 5)}, more = {.nodes = few.nodes + 1};
        struct job_replay_result a = replay(&arena, jobs, 40, &few, 1);
        struct job_replay_result b = replay(&arena, jobs, 40, &more, 1);
        for (int i = 0; i < 40; i++)
            cr_assert(b.jobs[i].started <= a.jobs[i].started);
        arena_release(&arena);
    }
}

/* What does not end is cut: its time adds up, and it is late. */
Test(job, the_end_cuts) {
    struct arena arena = {0};
    struct job jobs[] = {plain_job(1e9, 2), plain_job(10, 2)};
    jobs[0].deadline = 50 * S;
    struct job_pool pool = {.nodes = 2};
    struct job_replay_result r = replay(&arena, jobs, 2, &pool, 1);
    cr_expect(eq(int, r.finished, 0));
    cr_expect(r.jobs[0].late && !r.jobs[1].late);
    cr_expect(eq(i64, r.jobs[0].finished, -1));
    cr_expect(eq(i64, r.jobs[1].started, -1));
    cr_expect(eq(i64, r.jobs[1].waited, END));
    cr_expect(eq(i64, node_seconds(r.account.useful), 2 * END / S));
    cr_expect(eq(i64, r.ledger.n_seconds, END / S));
    arena_release(&arena);
}
