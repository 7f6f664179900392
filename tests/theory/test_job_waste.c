/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gangs that fail against closed forms, by the interval test: 32 replications of 60 jobs, |t31| > 6
 * rejects (two-sided p = 1.2e-6). Seeds are fixed.
 *
 * With failures at rate l (of the whole gang), a replacement after D and a start of R in which it
 * may fail too, x seconds without interruption take (1/l + D) e^(l R) (e^(l x) - 1) on average
 * (Daly 2006 with D; by conditioning on the first failure). Mutants that must be rejected: the same
 * without failures in the start, one node more in the rate, a write half as long again.
 *
 * The best interval: the simulated waste at half and at twice the computed interval is larger,
 * beyond doubt. The mutant computes the interval for nodes that live ten times as long. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "sim/job_replay.h"
#include "tests/theory/t_statistic.h"

enum { REPLICATIONS = 32, JOBS = 60, NODES = 4 };

static const struct job_scaling LINEAR = {.serial = 0};

struct setup {
    double compute_s; /* of the gang */
    double every_s, write_s, setup_s, boot_s, node_mtbf_s;
};

/* Mean seconds from arrival to finish, of each replication. */
static void simulate(const struct setup *setup, double means[REPLICATIONS]) {
    struct job jobs[JOBS];
    for (int i = 0; i < JOBS; i++)
        jobs[i] = (struct job){.work_s = setup->compute_s * NODES,
                               .nodes_min = NODES,
                               .nodes_max = NODES,
                               .scaling = &LINEAR,
                               .every_s = setup->every_s,
                               .write_s = setup->write_s,
                               .setup_s = setup->setup_s,
                               .deadline = JOB_NO_DEADLINE,
                               .fallback = -1};
    struct job_pool pool = {
        .boot_s = setup->boot_s, .node_mtbf_s = setup->node_mtbf_s, .nodes = NODES * JOBS};
    for (int r = 0; r < REPLICATIONS; r++) {
        struct arena arena = {0};
        struct job_replay_input input = {.jobs = jobs,
                                         .n_jobs = JOBS,
                                         .pools = &pool,
                                         .n_pools = 1,
                                         .end = TICKS_MAX,
                                         .seed = 3,
                                         .replication = (uint64_t)r};
        struct job_replay_result result;
        struct err err = {0};
        cr_assert(job_replay(&arena, &input, &result, &err), "%s", err.what);
        cr_assert(eq(int, result.finished, JOBS));
        means[r] = 0;
        for (int i = 0; i < JOBS; i++)
            means[r] += ticks_seconds(result.jobs[i].finished) / JOBS;
        arena_release(&arena);
    }
}

/* x seconds in one piece, after a start. */
static double piece(double rate, double D, double R, double x) {
    return (1 / rate + D) * exp(rate * R) * expm1(rate * x);
}

/* The whole job: its first start boots too, its last segment is not written. */
static double expected(const struct setup *s, double rate) {
    double D = s->boot_s, R = s->setup_s;
    double retries = (1 / rate + D) * expm1(rate * R);
    double first = -expm1(-rate * (D + R)) / rate - expm1(-rate * (D + R)) * (D + retries);
    double segments = ceil(s->compute_s / s->every_s) - 1,
           last = s->compute_s - segments * s->every_s;
    return first + segments * piece(rate, D, R, s->every_s + s->write_s) + piece(rate, D, R, last);
}

static const struct setup SETUPS[] = {
    {100000, 600, 60, 120, 0, 3600 * NODES},
    {100000, 1000, 30, 60, 90, 7200 * NODES},
    {20000, 400, 40, 300, 200, 1800 * NODES},
    {50000, 60000, 0, 0, 30, 30000 * NODES}, /* no checkpoint before the end */
};
enum { SETUPS_N = sizeof SETUPS / sizeof *SETUPS };

Test(job_waste, completion_time) {
    for (int i = 0; i < SETUPS_N; i++) {
        const struct setup *s = &SETUPS[i];
        double means[REPLICATIONS], rate = NODES / s->node_mtbf_s;
        simulate(s, means);
        double t = t_statistic(means, REPLICATIONS, expected(s, rate));
        cr_expect(fabs(t) < T_LIMIT, "setup %d: t = %g", i, t);
        double one_more = t_statistic(means, REPLICATIONS, expected(s, rate * (NODES + 1) / NODES));
        cr_expect(fabs(one_more) > T_LIMIT, "setup %d: a node more passes, t = %g", i, one_more);
    }
}

Test(job_waste, mutants_are_rejected) {
    struct setup s = SETUPS[2];
    double means[REPLICATIONS], rate = NODES / s.node_mtbf_s;
    simulate(&s, means);
    double sure_start = expected(&s, rate) * (1 / rate + s.boot_s + s.setup_s) /
                        ((1 / rate + s.boot_s) * exp(rate * s.setup_s));
    cr_expect(fabs(t_statistic(means, REPLICATIONS, sure_start)) > T_LIMIT);
    s.write_s *= 1.5;
    simulate(&s, means);
    cr_expect(fabs(t_statistic(means, REPLICATIONS, expected(&SETUPS[2], rate))) > T_LIMIT);
}

/* Whether `every` wastes less than half and twice of it, each beyond doubt: the differences are
 * taken within a replication, and a t below the limit is doubt. */
static bool is_best(struct setup s, double every) {
    double here[REPLICATIONS], there[REPLICATIONS];
    s.every_s = every;
    simulate(&s, here);
    for (int side = 0; side < 2; side++) {
        s.every_s = side == 0 ? every / 2 : every * 2;
        simulate(&s, there);
        for (int r = 0; r < REPLICATIONS; r++)
            there[r] -= here[r];
        if (t_statistic(there, REPLICATIONS, 0) < T_LIMIT)
            return false;
    }
    return true;
}

Test(job_waste, best_interval) {
    for (int i = 0; i < 3; i++) {
        const struct setup *s = &SETUPS[i];
        double mtbf = s->node_mtbf_s / NODES, best = job_checkpoint_best_s(s->write_s, mtbf);
        cr_expect(is_best(*s, best), "setup %d", i);
        double mutant = job_checkpoint_best_s(s->write_s, 10 * mtbf);
        cr_expect(not(is_best(*s, mutant)), "setup %d: the mutant passes", i);
    }
}
