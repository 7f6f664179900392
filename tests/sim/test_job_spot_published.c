/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job of 24 hours that must be over within 36, on the spot availability of nine zones as it was
 * ($HEADROOM_DATA: V100, February to April 2023, SkyPilot), begun at every twelfth hour of the six
 * weeks, and on demand when only that is sure: it is never late, and costs less where spot is there
 * more. Without the fallback it is late in every zone (the mutant). Spot at 0.3 of the price on
 * demand, as p3.2xlarge then was. */
#include "published_data.h"

#include <math.h>

#include "sim/job_replay.h"
#include "sim/spot_market.h"

#define ZONES "traces/skypilot-spot-dev/availability/1-node/aws-02-15-2023/"
#define HOUR_NS 3600000000000LL
#define SPOT_PRICE 0.3

static const char *const zones[] = {"us-west-2b", "us-west-2c", "us-west-2a",
                                    "us-east-2a", "us-east-2b", "us-east-1f",
                                    "us-east-1c", "us-east-1d", "us-east-1a"};
enum { N_ZONES = 9, WORK_H = 24, DEADLINE_H = 36, EVERY_H = 12 };

static const struct job_scaling LINEAR = {.serial = 0};

static int nodes_at(void *context, sim_ticks now, sim_ticks *next) {
    *next = spot_market_next_change(context, 0, now);
    return spot_market_capacity(context, 0, now) > 0;
}

struct outcome {
    int runs, late, moved;
    double cost; /* of the same work on demand without interruptions: mean */
    double availability;
};

static struct job_replay_result run_from(struct arena *arena, const struct spot_trace *trace,
                                         int64_t offset_ns, bool falls_back) {
    struct err err = {0};
    struct spot_zone zone;
    struct spot_replay replay = {.offset_ns = offset_ns, .instances = 1};
    sim_ticks end = DEADLINE_H * TICKS_PER_HOUR;
    cr_assert(spot_zone_replay(arena, trace, &replay, end, &zone, &err), "%s", err.what);
    struct spot_market market = {.n_zones = 1, .zones = &zone, .end = end};
    struct job_pool pools[] = {
        {.spot = true, .boot_s = 180, .nodes_at = nodes_at, .context = &market},
        {.boot_s = 180, .nodes = 1}};
    struct job job = {.work_s = WORK_H * 3600,
                      .nodes_min = 1,
                      .nodes_max = 1,
                      .scaling = &LINEAR,
                      .every_s = 1200,
                      .write_s = 30,
                      .restore_s = 120,
                      .deadline = end,
                      .fallback = falls_back ? 1 : -1};
    struct job_replay_input input = {
        .jobs = &job, .n_jobs = 1, .pools = pools, .n_pools = 2, .end = end, .record_ledger = true};
    struct job_replay_result result;
    cr_assert(job_replay(arena, &input, &result, &err), "%s", err.what);
    return result;
}

static double cost_of(const struct usage_ledger *ledger) {
    double alone_s = WORK_H * 3600 + 180 + 30 * (WORK_H * 3 - 1), sum = 0;
    for (int i = 0; i < ledger->n_rows; i++)
        sum += (double)(ledger->rows[i].to_s - ledger->rows[i].from_s) *
               (ledger->rows[i].spot ? SPOT_PRICE : 1);
    return sum / alone_s;
}

static struct outcome run_zone(const char *name, bool falls_back) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_trace trace;
    const char *path = arena_printf(&arena, ZONES "%s_v100_1.json", name);
    struct source *source = source_open_memory(&arena, data_read(&arena, path), path, &err);
    cr_assert(source && spot_trace_read(&arena, source, &trace, &err), "%s", err.what);
    source_close(source);
    struct outcome outcome = {.availability = spot_trace_stats(&arena, &trace).availability};
    for (int64_t at = 0; at + DEADLINE_H * HOUR_NS <= trace.span_ns; at += EVERY_H * HOUR_NS) {
        struct job_replay_result result = run_from(&arena, &trace, at, falls_back);
        outcome.runs++;
        outcome.late += result.late;
        outcome.moved += result.jobs[0].moved;
        outcome.cost += cost_of(&result.ledger);
    }
    outcome.cost /= outcome.runs;
    arena_release(&arena);
    return outcome;
}

Test(job_spot_published, never_late_and_cheaper_where_spot_is_there) {
    double mean = 0, dearest_west = 0, cheapest_east_1 = INFINITY;
    for (int z = 0; z < N_ZONES; z++) {
        struct outcome with = run_zone(zones[z], true), without = run_zone(zones[z], false);
        cr_log_info("%s: there %.0f%%, %d runs, cost %.0f%%, %d moved; without fallback %d late",
                    zones[z], 100 * with.availability, with.runs, 100 * with.cost, with.moved,
                    without.late);
        cr_expect(ge(int, with.runs, 80));
        cr_expect(eq(int, with.late, 0), "%s", zones[z]);
        cr_expect(gt(int, without.late, 0), "%s: nothing is late without the rule", zones[z]);
        cr_expect(lt(dbl, with.cost, 1.05), "%s", zones[z]);
        mean += with.cost / N_ZONES;
        if (z < 3)
            dearest_west = fmax(dearest_west, with.cost);
        if (z >= 5)
            cheapest_east_1 = fmin(cheapest_east_1, with.cost);
    }
    cr_log_info("mean cost %.1f%%", 100 * mean);
    cr_expect(lt(dbl, dearest_west, cheapest_east_1));
}

int main(int argc, char **argv) {
    int missing = data_missing(ZONES "us-west-2a_v100_1.json");
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}
