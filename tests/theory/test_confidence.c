/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do 95 % intervals of few replications hold the truth in 95 % of cases? The engine replays an
 * M/M/1 queue, of which the share of requests inside a limit x is known: 1 - e^-((mu - lambda) x).
 * A thousand intervals, each over three replications of an hour; what they hold is binomial with a
 * standard deviation of 0.7 %, and beyond 95 +- 2.5 % the interval is refused. The queue starts
 * empty, which moves the mean of an hour by about a thirtieth of its standard deviation.
 *
 * Mutants that must be refused: the normal quantile in place of Student's (81 % in theory), and
 * replications that draw the same. */
#include <math.h>

#include "base/interval.h"
#include "tests/sim/replay_help.h"

enum { INTERVALS = 1000, EACH = 3 };

#define RATE_PER_SECOND 0.5
#define SERVICE_S 1.0
#define LIMIT_S 3.0
#define NORMAL_QUANTILE 1.96

struct poisson {
    struct rng rng;
    double now_s;
};

static bool poisson_next(void *context, struct request *out) {
    struct poisson *poisson = context;
    poisson->now_s += rng_exponential(&poisson->rng, 1 / RATE_PER_SECOND);
    *out = (struct request){(int64_t)(poisson->now_s * NS_PER_SECOND), 1, 1};
    return poisson->now_s < 3600;
}

static double attainment_of(uint64_t replication) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_EXPONENTIAL, SERVICE_S), 1, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    input.slo = (struct slo){.latency_s = LIMIT_S, .share = 0.5};
    input.window.replication = replication;
    struct poisson poisson = {rng_open(1, replication, RNG_ARRIVAL, 0), 0};
    struct replay_result result;
    struct err err = {0};
    cr_assert(replay_engine_run(&arena, &input,
                                (struct arrivals){.next = poisson_next, .context = &poisson},
                                (struct replay_probe){0}, &result, &err),
              "%s", err.what);
    arena_release(&arena);
    return result.attainment;
}

static struct interval intervals[INTERVALS];

static void simulate(bool alike) {
    for (int i = 0; i < INTERVALS; i++) {
        double values[EACH];
        for (int r = 0; r < EACH; r++)
            values[r] = alike && r > 0 ? values[0] : attainment_of((uint64_t)(i * EACH + r));
        intervals[i] = interval_of(values, EACH);
    }
}

/* Share of the intervals, with widths `scale` times theirs, that hold the truth. */
static double coverage(double scale) {
    double truth = 1 - exp(-(1 / SERVICE_S - RATE_PER_SECOND) * LIMIT_S);
    int n = 0;
    for (int i = 0; i < INTERVALS; i++)
        n += fabs(intervals[i].mean - truth) <= scale * intervals[i].half_width;
    return (double)n / INTERVALS;
}

static bool holds_its_promise(double covered) {
    return fabs(covered - 0.95) <= 0.025;
}

Test(confidence, intervals_hold_the_truth_in_95_of_100_cases) {
    simulate(false);
    double covered = coverage(1), mutant = coverage(NORMAL_QUANTILE / interval_student_t(EACH - 1));
    cr_expect(holds_its_promise(covered), "%g", covered);
    cr_expect(not(holds_its_promise(mutant)), "normal quantile: %g", mutant);
    cr_log_info("coverage %g, with the normal quantile %g", covered, mutant);
}

Test(confidence, replications_that_draw_the_same_are_found_out) {
    simulate(true);
    cr_expect(not(holds_its_promise(coverage(1))));
}
