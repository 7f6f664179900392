/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of a replay on random fleets: closed-form jumps give what stepping gives, to the tick, for
 * every request and every count; the same seed gives the same bytes; conservation, Little's law and
 * arrival <= first token <= finish are ENSUREd by every run itself.
 *
 * The fleets mix instance types, replicas per instance, schedules that rise and fall, spot losses,
 * KV-starved and chunked replicas, prefill and decode apart, all routers and overflow. Fleets in
 * motion have autoscalers, spot markets with notice, migration, substitutes, launches that fail or
 * take long, lost zones, failing and slow instances as well. In half of them all times are round
 * numbers, so that arrivals, steps, boots and hours coincide. */
#include "sim/spot_market.h"
#include "tests/sim/replay_help.h"

enum { N_FLEETS = 240, N_REQUESTS = 300, N_HOURS = 3, N_POOLS = 3, N_FAULTS = 4, N_STEPS = 24 };

struct fleet_case {
    struct pool pools[N_POOLS];
    int32_t instances[N_POOLS][N_HOURS];
    double share[N_HOURS];
    struct request requests[N_REQUESTS];
    struct fault faults[N_FAULTS];
    struct spot_step steps[N_STEPS];
    struct spot_zone zone;
    struct spot_market market;
    struct ready_delay ready;
    struct autoscaler rules[2];
    struct replay_input input;
};

static double uniform(struct rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

static struct service random_llm(struct rng *rng, bool round) {
    static const int32_t budgets[] = {16, 256, 2048};
    static const int32_t sequences[] = {2, 16, 256};
    static const int64_t kv_tokens[] = {700, 2000, 100000};
    struct iteration_time time = {.layers = 1, .t0 = round ? 50000 : uniform(rng, 10000, 100000)};
    if (!round) {
        time.d2 = uniform(rng, 0, 2);
        time.p1 = time.m1 = uniform(rng, 0, 100);
        time.h1 = uniform(rng, 0, 50);
    }
    struct llm_service llm = {
        .time = time,
        .tokens_per_step_max = budgets[rng_below(rng, 3)],
        .sequences_max = sequences[rng_below(rng, 3)],
        .block_tokens = rng_below(rng, 2) ? 16 : 5,
        .context_max = 1000,
    };
    llm.kv_blocks = kv_tokens[rng_below(rng, 3)] / llm.block_tokens;
    return (struct service){.kind = SERVICE_LLM, .llm = llm};
}

static struct service random_split(struct rng *rng, bool round) {
    struct split_service split = {
        .prefill_engine = random_llm(rng, round).llm,
        .decode_engine = random_llm(rng, round).llm,
        .prefill = 1 + (int)rng_below(rng, 3),
        .decode = 1 + (int)rng_below(rng, 3),
        .link_s = round ? 0.05 : uniform(rng, 0, 0.1),
        .link_bytes_per_s = round ? 1e6 : uniform(rng, 1e5, 1e7),
        .cache_bytes_per_token = rng_below(rng, 4) ? 1000 : 0,
    };
    return (struct service){.kind = SERVICE_SPLIT, .split = split};
}

static void random_pool(struct rng *rng, struct fleet_case *fleet, int index, bool round) {
    struct pool *pool = &fleet->pools[index];
    *pool = (struct pool){
        .name = "llm",
        .service = rng_below(rng, 3) ? random_llm(rng, round) : random_split(rng, round),
        .spot = rng_below(rng, 2) == 0,
        .interruptions_per_hour = rng_below(rng, 3) == 0 ? 0 : uniform(rng, 0, 60),
        .replicas_per_instance = 1 + (int)rng_below(rng, 3),
        .weight = rng_below(rng, 2) ? 1 : uniform(rng, 0.5, 3),
        .usd_per_hour = uniform(rng, 0, 5),
        .outstanding_max = (double)rng_below(rng, 40),
        .boot_s = round ? 60 : uniform(rng, 0, 300),
        .instances = fleet->instances[index],
    };
    for (int hour = 0; hour < N_HOURS; hour++)
        fleet->instances[index][hour] = (int32_t)rng_below(rng, 4);
}

static void random_traffic(struct rng *rng, struct fleet_case *fleet, bool round) {
    int64_t now = 0, grid = 5000000;
    for (int i = 0; i < N_REQUESTS; i++) {
        /* Bursts, with gaps that spread them over the hours. */
        double gap_s = rng_below(rng, 40) == 0 ? 1000 : 0.5;
        now += (int64_t)(rng_exponential(rng, gap_s) * NS_PER_SECOND);
        if (now >= N_HOURS * NS_PER_HOUR)
            now = N_HOURS * NS_PER_HOUR - 1;
        fleet->requests[i] = (struct request){
            .arrival_ns = round ? now / grid * grid : now,
            .input_tokens = 1 + (int32_t)rng_below(rng, 500),
            .output_tokens = (int32_t)rng_below(rng, rng_below(rng, 5) == 0 ? 600 : 60),
        };
    }
}

static void random_fleet(uint64_t seed, struct fleet_case *fleet) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
    bool round = seed % 2 == 0;
    random_pool(&rng, fleet, 0, round);
    random_pool(&rng, fleet, 1, round);
    fleet->pools[2] = (struct pool){
        .name = "api",
        .service =
            {.kind = SERVICE_TOKEN_API,
             .token_api = {.tokens_ratio = 1, .ttft_s = 0.3, .ttft_sigma = 0.5, .tpot_s = 0.02}},
        .overflow_share = fleet->share,
    };
    for (int hour = 0; hour < N_HOURS; hour++)
        fleet->share[hour] = rng_below(&rng, 3) == 0 ? uniform(&rng, 0, 0.5) : 0;
    random_traffic(&rng, fleet, round);
    fleet->input = input_of(fleet->pools, N_POOLS, N_HOURS);
    fleet->input.seed = seed;
    fleet->input.slo.ttft_s = 1;
    fleet->input.slo.tpot_s = 0.05;
    fleet->input.router = (enum router_policy)(seed / 2 % ROUTER_POLICIES);
    fleet->input.router_choices = 1 + (uint32_t)rng_below(&rng, 3);
}

/* --- fleets in motion --- */

static void random_market(struct rng *rng, struct fleet_case *fleet, bool round) {
    double step_s = (double)(N_HOURS * 3600) / N_STEPS;
    for (int i = 0; i < N_STEPS; i++) {
        double shift_s = round || i == 0 ? 0 : uniform(rng, 0, step_s / 2);
        fleet->steps[i] = (struct spot_step){ticks_from_seconds(i * step_s + shift_s),
                                             (int32_t)rng_below(rng, 4)};
    }
    fleet->zone = (struct spot_zone){.name = "a", .region = "a"};
    fleet->zone.n_steps = N_STEPS;
    fleet->zone.steps = fleet->steps;
    fleet->market = (struct spot_market){1, &fleet->zone, N_HOURS * TICKS_PER_HOUR};
}

static void random_faults(struct rng *rng, struct fleet_case *fleet, bool round) {
    for (int i = 0; i < N_FAULTS; i++) {
        double at_s = uniform(rng, 0, N_HOURS * 3600), duration_s = uniform(rng, 0, 3600);
        fleet->faults[i] = (struct fault){
            .kind = rng_below(rng, 3),
            .at_s = round ? (int)(at_s / 60) * 60 : at_s,
            .duration_s = round ? (int)(duration_s / 60) * 60 : duration_s,
            .target = (int)rng_below(rng, 2),
            .slowdown = round ? 2 : uniform(rng, 0.5, 4),
        };
    }
    fleet->input.faults = fleet->faults;
    fleet->input.n_faults = N_FAULTS;
}

static void move(struct rng *rng, struct fleet_case *fleet, struct pool *pool, bool round) {
    bool llm = fleet->pools[0].service.kind == fleet->pools[1].service.kind;
    pool->usd_per_hour = 1;
    pool->notice_s = rng_below(rng, 3) ? 120 : 0;
    pool->on_notice = rng_below(rng, llm ? 3 : 2) == 0 ? NOTICE_RESTART : NOTICE_DRAIN;
    if (llm && rng_below(rng, 2))
        pool->on_notice = NOTICE_MIGRATE;
    pool->migration.link_s = round ? 0.05 : uniform(rng, 0, 1);
    pool->migration.bytes_per_s = 1e6;
    pool->migration.cache_bytes_per_token = rng_below(rng, 2) ? 5000 : 0;
    if (rng_below(rng, 2)) {
        pool->spot = true;
        pool->market = &fleet->market;
        pool->interruptions_per_hour = 0;
    }
    pool->launch_failure = rng_below(rng, 3) ? 0 : uniform(rng, 0, 1);
    pool->lead_s = rng_below(rng, 3) ? 0 : 240;
    pool->failures_per_hour = rng_below(rng, 3) ? 0 : uniform(rng, 0, 10);
}

/* An autoscaler that looks at any of the metrics, every half minute, and acts at once. */
static void scale(struct rng *rng, struct fleet_case *fleet, int index, bool round) {
    static const double targets[SCALING_METRICS] = {0.5, 3, 1, 500, 0.3};
    struct autoscaler *rules = &fleet->rules[index];
    *rules = autoscaler_defaults(SCALING_TARGET_TRACKING);
    rules->metric = rng_below(rng, SCALING_METRICS);
    rules->target = targets[rules->metric];
    rules->tolerance = 0;
    rules->interval = 30 * TICKS_PER_SECOND;
    rules->stabilisation = rng_below(rng, 2) ? 0 : 60 * TICKS_PER_SECOND;
    rules->scale_to_zero_after = rng_below(rng, 3) ? 0 : 120 * TICKS_PER_SECOND;
    rules->min = 1;
    rules->max = 5;
    fleet->ready = (struct ready_delay){.boot = delay_fixed(round ? 60 : uniform(rng, 0, 200)),
                                        .weight_bytes = 1000000000,
                                        .warm_pool = (int)rng_below(rng, 2)};
    fleet->input.link = (struct load_link){rng_below(rng, 2) ? 20000000 : 0, 0};
    fleet->pools[index].autoscaler = rules;
    fleet->pools[index].ready = &fleet->ready;
}

/* The same fleets, set in motion. */
static void random_motion(uint64_t seed, struct fleet_case *fleet) {
    static const char *const zones[] = {"a", "b"};
    struct rng rng = rng_open(seed, 1, RNG_TEST, 0);
    bool round = seed % 2 == 0;
    random_fleet(seed, fleet);
    random_market(&rng, fleet, round);
    random_faults(&rng, fleet, round);
    for (int i = 0; i < 2; i++)
        move(&rng, fleet, &fleet->pools[i], round);
    fleet->input.zones = zones;
    fleet->input.n_zones = 2;
    fleet->pools[1].zone = (int)rng_below(&rng, 2);
    for (int i = 0; i < 2; i++)
        if (rng_below(&rng, 2))
            scale(&rng, fleet, i, round);
    fleet->pools[0].fallback = rng_below(&rng, 3) ? &fleet->pools[1] : NULL;
}

/* A row of the ledger is a life, in seconds begun: each end is less than a second away. */
static void same_hours(uint64_t seed, const struct replay_result *result) {
    double ledger_s = 0, metered_s = 0, usd = 0;
    int n = 0;
    for (int i = 0; i < result->ledger.n_rows; i++) {
        const struct usage_row *row = &result->ledger.rows[i];
        if (row->kind != USAGE_INSTANCE)
            continue;
        ledger_s += (double)(row->to_s - row->from_s);
        n++;
    }
    for (int pool = 0; pool < N_POOLS; pool++) {
        metered_s += result->pools[pool].instance_hours * 3600;
        usd += result->pools[pool].usd;
    }
    cr_assert(metered_s <= ledger_s + 1e-6 && ledger_s <= metered_s + 2 * n, "seed %lu: %g %g",
              (unsigned long)seed, metered_s, ledger_s);
    cr_assert(epsilon_eq(dbl, usd, metered_s / 3600, 1e-6));
}

static void same_ledger(uint64_t seed, const struct usage_ledger *a, const struct usage_ledger *b) {
    cr_assert(a->n_rows == b->n_rows, "seed %lu", (unsigned long)seed);
    for (int i = 0; i < a->n_rows; i++) {
        const struct usage_row *x = &a->rows[i], *y = &b->rows[i];
        cr_assert(x->kind == y->kind && x->offer == y->offer && x->spot == y->spot &&
                      x->interrupted == y->interrupted && x->from_s == y->from_s &&
                      x->to_s == y->to_s && x->quantity == y->quantity,
                  "seed %lu row %d", (unsigned long)seed, i);
    }
}

static void same_result(uint64_t seed, const struct replay_result *a,
                        const struct replay_result *b) {
    cr_assert(a->request_hash == b->request_hash, "seed %lu: hash", (unsigned long)seed);
    cr_assert(a->finished == b->finished && a->rejected == b->rejected &&
                  a->unfinished == b->unfinished && a->good == b->good &&
                  a->counts.preemptions == b->counts.preemptions &&
                  a->interruptions == b->interruptions && a->restarted == b->restarted &&
                  a->lost.migrated == b->lost.migrated && a->lost.late == b->lost.late &&
                  a->lost.recomputed_tokens == b->lost.recomputed_tokens,
              "seed %lu: counts", (unsigned long)seed);
    for (int hour = 0; hour < N_HOURS; hour++) {
        double x = a->hours[hour].busy_fraction, y = b->hours[hour].busy_fraction;
        cr_assert(a->hours[hour].good == b->hours[hour].good && (x == y || (x != x && y != y)),
                  "seed %lu: hour %d", (unsigned long)seed, hour);
    }
    same_ledger(seed, &a->ledger, &b->ledger);
}

static struct replay_result run(struct arena *arena, struct fleet_case *fleet, bool step_by_step) {
    fleet->input.step_by_step = step_by_step;
    return replay_list(arena, &fleet->input, fleet->requests, N_REQUESTS, NULL);
}

/* Adds the counts of the fleet's replay to `sum`. */
static void jump_and_step(uint64_t seed, void (*draw)(uint64_t seed, struct fleet_case *fleet),
                          struct replay_result *sum) {
    struct arena arena = {0};
    struct fleet_case *fleet = arena_new(&arena, struct fleet_case, 1);
    draw(seed, fleet);
    struct replay_result jumps = run(&arena, fleet, false);
    struct replay_result again = run(&arena, fleet, false);
    struct replay_result steps = run(&arena, fleet, true);
    same_result(seed, &jumps, &steps);
    same_result(seed, &jumps, &again);
    cr_assert(jumps.steps == again.steps && jumps.steps <= steps.steps);
    sum->counts.preemptions += jumps.counts.preemptions;
    sum->interruptions += jumps.interruptions;
    sum->restarted += jumps.restarted;
    sum->rejected += jumps.rejected;
    sum->unfinished += jumps.unfinished;
    sum->finished += jumps.finished;
    sum->lost.migrated += jumps.lost.migrated;
    sum->lost.recomputed_tokens += jumps.lost.recomputed_tokens;
    sum->lost.late += jumps.lost.late;
    for (int pool = 0; pool < N_POOLS; pool++) {
        sum->pools[0].refused += jumps.pools[pool].refused;
        sum->pools[0].failed += jumps.pools[pool].failed;
        sum->pools[0].lent += jumps.pools[pool].lent;
        sum->pools[0].made_ready += jumps.pools[pool].made_ready;
    }
    if (fleet->input.n_faults > 0)
        same_hours(seed, &jumps);
    arena_release(&arena);
}

Test(replay_laws, jumps_equal_steps) {
    struct pool_life life = {0};
    struct replay_result sum = {.pools = &life};
    for (uint64_t seed = 1; seed <= N_FLEETS; seed++)
        jump_and_step(seed, random_fleet, &sum);
    /* The random fleets must reach what the law is about. */
    cr_assert(gt(i64, sum.counts.preemptions, 500));
    cr_assert(gt(i64, sum.interruptions, 500));
    cr_assert(gt(i64, sum.restarted, 100));
    cr_assert(gt(i64, sum.rejected, 100));
    cr_assert(gt(i64, sum.finished, 30000));
}

Test(replay_laws, fleets_in_motion_jump_as_they_step) {
    struct pool_life life = {0};
    struct replay_result sum = {.pools = &life};
    for (uint64_t seed = 1; seed <= N_FLEETS; seed++)
        jump_and_step(seed, random_motion, &sum);
    cr_assert(gt(i64, sum.interruptions, 500));
    cr_assert(gt(i64, sum.restarted, 500));
    cr_assert(gt(i64, sum.finished, 20000));
    cr_assert(gt(i64, sum.lost.migrated, 100));
    cr_assert(gt(i64, sum.lost.recomputed_tokens, 1000));
    cr_assert(gt(i64, sum.lost.late, 100));
    cr_assert(gt(i64, life.refused, 100));
    cr_assert(gt(i64, life.failed, 300));
    cr_assert(gt(i64, life.lent, 200));
    cr_assert(gt(i64, life.made_ready, 2000));
}
