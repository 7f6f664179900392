/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws on random scenarios, through the whole chain.
 *
 *  Each of 200 scenarios (law_case.h) is studied as drawn with three threads, and again with one
 * thread and its keys in another order; every second one with all prices doubled and quotas that
 * cannot bind; and where replicas serve one request at a time, with twice as many instances in
 * today's fleet. On top of each come variants of its programme. The seed is printed;
 * HEADROOM_LAW_SEED sets another. Scenarios that are refused as input, or that have no feasible
 * plan, are counted and more are drawn. Each law's predicate (laws.h) must also refuse tampered
 * numbers, and a law that speaks of special cases must have met some. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "law_case.h"
#include "law_optimum.h"
#include "scenarios/result.h"
#include "tests/solver/plan_fixture.h"

enum { DEARER_EACH = 3, REFUSED_MAX = LAW_CASES / 2 };

/* How often the laws had something to say. */
static struct tally {
    int refused, infeasible, options_less, dearer, bought, term_forbidden, upfront_forbidden;
    int would_buy, would_pay_upfront, spare, served_better, owned, rounds, doubled_exactly;
    int priorities, adapters, split, prefixes, whole_prompts;
    int moves, all_move, scaled, interrupted, retried, overflowed, tasks, streams, lost, jobs,
        replayed, answers;
} tally;

static void demand_law(bool holds, const struct law_case *c, const char *law, const char *what) {
    cr_expect(holds, "seed %" PRIu64 " case %" PRIu64 ": %s%s%s\n%s", c->seed, c->number, law,
              what ? ": " : "", what ? what : "", c->yaml);
}

/* ---- one study ---- */

static void moving_laws(const struct law_case *c, const struct workload *workload,
                        const struct replay_result *replay) {
    const struct front_door *door = &workload->front;
    if (front_door_used(door) || workload->fallback)
        demand_law(law_attempts_add_up(replay, door->attempts > 1 ? door->attempts : 1), c,
                   "attempts add up", NULL);
    demand_law(law_tasks_add_up(&replay->tasks), c, "tasks add up", NULL);
    demand_law(law_streams_add_up(replay), c, "streams add up", NULL);
}

static void fleet_laws(const struct law_case *c, const struct study *study,
                       const struct study_fleet *fleet) {
    const struct demand *demand = &study->demand;
    for (int i = 0; i < demand->n_workloads * demand->n_weeks; i++) {
        demand_law(law_requests_add_up(&fleet->replays[i]), c, "requests add up", fleet->name);
        moving_laws(c, &study->scenario.workloads[i / demand->n_weeks], &fleet->replays[i]);
        /* The calls of a task wait for each other, and so for the fleet. */
        bool flow = study->traffics[i / demand->n_weeks].flow != NULL;
        demand_law(flow || fleet->replays[i].arrived == study->recommended.replays[i].arrived, c,
                   "every fleet meets the same requests", fleet->name);
    }
    for (int week = 0; week < demand->n_weeks; week++)
        demand_law(law_bill_adds_up(&fleet->bills[week]), c, "the bill adds up", fleet->name);
}

static struct plan solved(struct arena *arena, const struct plan_input *input) {
    struct plan plan = {0};
    struct err err = {0};
    cr_assert(plan_solve(arena, input, &plan, &err), "%s", err.what);
    return plan;
}

/* Where a policy forbids something, the plan has none of it; what it would have done without the
 * policy shows that the law is not empty. */
static void policy_laws(struct arena *arena, const struct law_case *c, const struct study *study) {
    struct plan_input freed = study->plan_input;
    const struct plan *plan = study->recommended.plan;
    if (study->plan_input.policy.term_years_max == 0) {
        demand_law(law_buys_nothing(plan), c, "max_term: none commits to nothing", NULL);
        freed.policy.term_years_max = 3;
        struct plan other = solved(arena, &freed);
        tally.term_forbidden++;
        tally.would_buy += other.feasible && !law_buys_nothing(&other);
    } else if (study->plan_input.policy.upfront_usd_max == 0) {
        demand_law(law_pays_nothing_upfront(plan), c, "upfront_max: 0 USD pays nothing upfront",
                   NULL);
        freed.policy.upfront_usd_max = -1;
        struct plan other = solved(arena, &freed);
        tally.upfront_forbidden++;
        tally.would_pay_upfront += other.feasible && !law_pays_nothing_upfront(&other);
    }
    tally.bought += !law_buys_nothing(plan);
}

static int bought_plans(const struct plan *plan) {
    int n = 0;
    for (int i = 0; i < plan->n_commitments; i++)
        n += !plan->commitments[i].commitment.owned && plan->commitments[i].commitment.offer < 0;
    return n;
}

static void programme_laws(struct arena *arena, const struct law_case *c,
                           const struct study *study) {
    const struct plan_input *input = &study->plan_input;
    struct law_optimum all = law_optimum_of(arena, input);
    struct law_optimum of_plan = {true, study->recommended.plan->lp_usd_per_hour};
    demand_law(law_no_cheaper(all, of_plan) && law_no_cheaper(of_plan, all), c,
               "the plan's own input has the plan's own bound", NULL);
    for (int option = 0; option < law_options(input); option++) {
        struct plan_input less;
        if (!law_without_option(arena, input, option, &less))
            continue;
        demand_law(law_no_cheaper(all, law_optimum_of(arena, &less)), c,
                   "an option more never raises the optimum", NULL);
        tally.options_less++;
    }
    struct rng rng = rng_open(c->seed, c->number, RNG_TEST, 2);
    for (int i = 0; i < DEARER_EACH; i++) {
        struct plan_input dearer = law_dearer(arena, input, &rng);
        struct law_optimum optimum = law_optimum_of(arena, &dearer);
        demand_law(law_no_cheaper(all, optimum), c, "dearer prices never lower the optimum", NULL);
        tally.dearer += !law_no_cheaper(optimum, all);
    }
    struct plan_input twice = law_twice_as_dear(arena, input);
    struct law_optimum doubled = law_optimum_of(arena, &twice);
    char both[64];
    snprintf(both, sizeof both, "%.12g and %.12g", all.usd_per_hour, doubled.usd_per_hour);
    demand_law(law_doubled(all, doubled), c, "doubled prices double the optimum", both);
    struct plan_input unbound = law_unbound_quotas(arena, input);
    struct plan before = solved(arena, input), after = solved(arena, &unbound);
    struct plan dear = solved(arena, &twice);
    demand_law(law_doubled_in_steps(before.usd_per_hour, dear.usd_per_hour,
                                    bought_plans(&before) + bought_plans(&dear)),
               c, "doubled prices double the plan", NULL);
    demand_law(law_same_fleet(&before, &after, input->n_candidates, input->demand->n_hours) &&
                   before.usd_per_hour == after.usd_per_hour,
               c, "a quota that does not bind changes nothing", NULL);
}

/* Which engines the plans that were judged run. */
static void tally_engines(const struct study *study) {
    const struct study_fleet *fleet = &study->recommended;
    bool split = false, whole = false;
    int64_t hits = 0, loads = 0;
    for (int i = 0; i < study->demand.n_workloads * study->demand.n_weeks; i++) {
        hits += fleet->replays[i].counts.cached_prompt_tokens;
        loads += fleet->replays[i].counts.adapter_loads;
    }
    for (int w = 0; w < study->demand.n_workloads; w++)
        tally.priorities += study->scenario.workloads[w].demand.generate.n_priorities > 1;
    for (int c = 0; c < study->n_candidates; c++) {
        const struct service *service = &study->candidates[c].service;
        split = split || (study->capacities[c].feasible && service->kind == SERVICE_SPLIT);
        whole = whole || (study->capacities[c].feasible && service->kind == SERVICE_LLM &&
                          service->llm.whole_prompts);
    }
    tally.split += split;
    tally.whole_prompts += whole;
    tally.prefixes += hits > 0;
    tally.adapters += loads > 0;
}

static bool inside(const struct interval *interval) {
    return interval->half_width >= 0 && interval_low(interval) <= interval->mean &&
           interval->mean <= interval_high(interval);
}

static void beside_laws(const struct law_case *c, const struct study *study) {
    for (int j = 0; j < study->scenario.n_jobs; j++)
        demand_law(law_chooses_the_cheapest_in_time(&study->jobs[j]), c,
                   "a job is run in the cheapest way that is in time", NULL);
    const struct study_confidence *sure = &study->confidence;
    if (sure->replays > 1)
        demand_law(inside(&sure->all.within_target) && inside(&sure->bill_usd_per_month) &&
                       sure->held >= study->recommended.slo_met && sure->held <= sure->replays,
                   c, "intervals hold their means", NULL);
}

/* What did move in the plans that were judged. */
static void tally_moving(const struct law_case *c, const struct study *study) {
    int64_t interrupted = 0, retried = 0, overflowed = 0, tasks = 0, streams = 0, lost = 0;
    for (int i = 0; i < study->demand.n_workloads * study->demand.n_weeks; i++) {
        const struct replay_result *r = &study->recommended.replays[i];
        interrupted += c->moves ? r->interruptions : 0;
        retried += r->front.attempts > r->arrived - r->front.cached;
        overflowed += r->front.overflowed;
        tasks += r->tasks.started;
        streams += r->n_streams;
        for (int p = 0; p < r->n_pools; p++)
            lost += r->pools[p].failed + r->pools[p].refused;
    }
    tally.moves += c->moves;
    tally.all_move += c->all_moves;
    tally.scaled += study->scenario.scaling.rules.policy != SCALING_SCHEDULE &&
                    study->recommended.launches_per_month > 0;
    tally.interrupted += interrupted > 0;
    tally.retried += retried > 0;
    tally.overflowed += overflowed > 0;
    tally.tasks += tasks > 0;
    tally.streams += streams > 0;
    tally.lost += lost > 0;
    tally.jobs += study->scenario.n_jobs > 0;
    tally.replayed += study->confidence.replays > 1;
}

/* Priced as a given fleet, with and without its way out. */
static void answers_law(struct arena *arena, const struct law_case *c, const struct study *study) {
    const struct study_fleet *fleet = &study->recommended;
    double billed = fleet->by_kind_usd_per_month[CHARGE_TRANSFER], usd[2];
    if (!study->plan_input.way_out_usd_per_request || fleet->unserved_share > 0.05)
        return;
    for (int with = 0; with < 2; with++) {
        struct plan_input input = study->plan_input;
        struct plan plan;
        if (!with)
            input.way_out_usd_per_request = NULL;
        plan_price_fleet(arena, &input, fleet->plan->regular, fleet->plan->spot,
                         fleet->plan->spot_in_zone, fleet->plan->overflow_share, &plan);
        usd[with] = plan.usd_per_hour * HOURS_PER_MONTH;
    }
    char what[96];
    snprintf(what, sizeof what, "planned %g, billed %g", usd[1] - usd[0], billed);
    demand_law(law_answers_are_in_the_plan(usd[1] - usd[0], billed), c,
               "what goes out is in the plan", what);
    const struct study_steps *steps = &study->steps;
    demand_law(fabs(study->baseline.bill_usd_per_month - steps->serve - steps->follow -
                    steps->spot - steps->commit + steps->billing - fleet->bill_usd_per_month) <=
                   1e-6 * (1 + study->baseline.bill_usd_per_month),
               c, "the steps lead from the baseline's bill to the plan's", NULL);
    tally.answers += billed > 0;
}

static void study_laws(struct arena *arena, const struct law_case *c, const struct study *study) {
    fleet_laws(c, study, &study->recommended);
    fleet_laws(c, study, &study->baseline);
    char gaps[256];
    snprintf(gaps, sizeof gaps, "lp %g + margin %g + rounding %g, plan %g, + %g + %g, bill %g",
             study->gaps.lp, study->gaps.margin, study->gaps.rounding, study->gaps.plan,
             study->gaps.billing_rules, study->gaps.delay, study->gaps.bill);
    demand_law(law_gaps_add_up(&study->gaps), c, "the gaps add up", gaps);
    demand_law(law_bound_is_below_the_plan(&study->gaps), c, "the bound is below the plan", gaps);
    policy_laws(arena, c, study);
    programme_laws(arena, c, study);
    tally.owned += study->scenario.n_owned > 0;
    tally.rounds += study->n_rounds > 1;
    tally_engines(study);
    beside_laws(c, study);
    answers_law(arena, c, study);
    tally_moving(c, study);
}

/* ---- two studies ---- */

/* The list of where each field stands: lines move with the order of keys. */
static void cut_places(struct text *json) {
    char *from = strstr(json->data, "\n  \"inputs\": [");
    char *to = from ? strstr(from, "\n  ]") : NULL;
    cr_assert(to != NULL);
    memmove(from, to, strlen(to) + 1);
    json->n -= (size_t)(to - from);
}

/* Everything that is written about a study, without the scenario's bytes' hash and lines. */
static struct text answer_of(struct arena *arena, const struct study *study) {
    struct text text = {.arena = arena};
    result_append_json(study, &text);
    cut_places(&text);
    for (const struct result_table *table = result_tables; table->name; table++)
        table->append(study, &text);
    char *hash = strstr(text.data, study->scenario.sha256);
    cr_assert(hash != NULL);
    memset(hash, '-', strlen(study->scenario.sha256));
    return text;
}

/* Law: the same seed gives the same bytes, with one thread and with three, and the order of keys
 * in the scenario does not matter. Catches results merged in the order of finishing, and a default
 * that depends on what was read before. */
static void same_bytes(struct arena *arena, const struct law_case *c, const struct study *study) {
    struct law_change change = {.other_order = true};
    struct law_case other = law_case_draw(arena, c->seed, c->number, change);
    struct study again;
    const char *mistakes = law_case_study(arena, &other, 1, &again);
    demand_law(mistakes == NULL, &other, "the order of keys does not matter", mistakes);
    if (mistakes)
        return;
    struct text a = answer_of(arena, study), b = answer_of(arena, &again);
    size_t at = 0;
    while (at < a.n && at < b.n && a.data[at] == b.data[at])
        at++;
    size_t from = at > 60 ? at - 60 : 0;
    demand_law(a.n == b.n && at == a.n, &other,
               "same bytes with one thread and three, in any order of keys",
               at < b.n ? arena_printf(arena, "%.120s | %.120s", a.data + from, b.data + from)
                        : NULL);
}

/* Law: with every price and every sum of money doubled, the fleet is the same and costs twice as
 * much; quotas of ten million vCPU in the same run change nothing. Savings plans are sold in steps
 * of $0.001 an hour, an absolute threshold in money: where they are bought, another fleet may be
 * cheaper by as much. */
static void doubled_prices(struct arena *arena, const struct law_case *c,
                           const struct study *study) {
    struct law_change change = {.money = 2, .free_quotas = true};
    struct law_case other = law_case_draw(arena, c->seed, c->number, change);
    struct study twice;
    const char *mistakes = law_case_study(arena, &other, 2, &twice);
    demand_law(mistakes == NULL, &other, "prices may be doubled", mistakes);
    if (mistakes)
        return;
    if (twice.infeasible) {
        demand_law(false, &other, "doubled prices keep the plan feasible", NULL);
        return;
    }
    demand_law(law_doubled((struct law_optimum){true, study->lp_usd_per_hour},
                           (struct law_optimum){!twice.infeasible, twice.lp_usd_per_hour}),
               c, "doubled prices double the optimum", NULL);
    for (int week = 0; week < study->demand.n_weeks; week++)
        demand_law(law_bill_doubled(&study->baseline.bills[week], &twice.baseline.bills[week]), c,
                   "doubled prices double the bill", "baseline");
    const struct plan *plan = study->recommended.plan, *double_plan = twice.recommended.plan;
    if (bought_plans(plan) + bought_plans(double_plan) > 0)
        return;
    tally.doubled_exactly++;
    demand_law(law_same_fleet(plan, double_plan, study->n_candidates, study->demand.n_hours), c,
               "doubled prices and free quotas keep the fleet", NULL);
    for (int week = 0; week < study->demand.n_weeks; week++)
        demand_law(
            law_bill_doubled(&study->recommended.bills[week], &twice.recommended.bills[week]), c,
            "doubled prices double the bill", "recommended");
}

/* Law: where each replica serves one request at a time and the router goes round, twice the
 * instances never make a request later. Request i goes to replica i mod n, and i mod 2n picks a
 * part of those: a first-come, first-served queue that loses some of its arrivals starts none of
 * the others later (Lindley). It does not hold for batches (a batch formed later may be better
 * filled), for other routers, or for n + 1 instances, which deal the requests out anew. */
static void spare_capacity(struct arena *arena, const struct law_case *c,
                           const struct study *study) {
    struct law_change change = {.fleet = 2};
    struct law_case other = law_case_draw(arena, c->seed, c->number, change);
    struct study spare;
    const char *mistakes = law_case_study(arena, &other, 2, &spare);
    cr_assert(mistakes == NULL, "%s", mistakes);
    for (int i = 0; i < study->demand.n_weeks; i++) {
        const struct replay_result *few = &study->baseline.replays[i];
        const struct replay_result *many = &spare.baseline.replays[i];
        demand_law(law_serves_as_well(few, many), c,
                   "twice the instances never serve fewer requests in time", NULL);
        tally.served_better += !law_serves_as_well(many, few);
        tally.spare++;
    }
}

/* ---- the predicates can fail ---- */

static struct replay_hour hours[2] = {{.arrived = 6, .good = 5}, {.arrived = 4, .good = 3}};
static const struct replay_result replay = {.n_hours = 2,
                                            .hours = hours,
                                            .arrived = 10,
                                            .finished = 8,
                                            .rejected = 1,
                                            .unfinished = 1,
                                            .good = 8,
                                            .worst_attainment = 0.75};

Test(laws, tampered_replays_are_refused) {
    cr_assert(law_requests_add_up(&replay));
    cr_assert(law_serves_as_well(&replay, &replay));
    struct replay_result lost = replay, twice = replay, early = replay;
    lost.finished--;
    twice.rejected++;
    early.good++; /* and one more than the hours hold */
    cr_expect(not(law_requests_add_up(&lost)));
    cr_expect(not(law_requests_add_up(&twice)));
    cr_expect(not(law_requests_add_up(&early)));
    struct replay_hour fewer[2] = {hours[0], hours[1]}, others[2] = {hours[0], hours[1]};
    fewer[1].good--;
    others[0].arrived++;
    struct replay_result worse = replay, other = replay;
    worse.hours = fewer;
    other.hours = others;
    cr_expect(not(law_serves_as_well(&replay, &worse)));
    cr_expect(not(law_serves_as_well(&replay, &other)));
    cr_expect(not(law_requests_add_up(&other)));
}

Test(laws, tampered_moves_are_refused) {
    const struct replay_result door = {
        .arrived = 10,
        .finished = 6,
        .rejected = 2,
        .front = {.timed_out = 2, .cached = 3, .attempts = 12, .refused = 3, .taken_back = 2}};
    struct replay_result cached = door, few = door, many = door;
    cr_assert(law_attempts_add_up(&door, 3));
    cached.front.cached = 7; /* more than finished */
    few.front.attempts = 6;  /* somebody was not let try */
    many.front.attempts = 22;
    cr_expect(not(law_attempts_add_up(&cached, 3)));
    cr_expect(not(law_attempts_add_up(&few, 3)));
    cr_expect(not(law_attempts_add_up(&many, 3)));
    const struct task_counts tasks = {
        .started = 9, .completed = 6, .failed = 2, .cut = 1, .calls = 20};
    struct task_counts lost = tasks, empty = tasks;
    cr_assert(law_tasks_add_up(&tasks));
    lost.failed = 4;
    empty.calls = 5;
    cr_expect(not(law_tasks_add_up(&lost)));
    cr_expect(not(law_tasks_add_up(&empty)));
    struct replay_hour parts[4] = {
        {.arrived = 4, .good = 3}, {.arrived = 4, .good = 3}, {.arrived = 2, .good = 2}, {0}};
    struct replay_result mix = replay;
    mix.n_streams = 2;
    mix.stream_hours = parts;
    cr_assert(law_streams_add_up(&mix));
    parts[3].arrived = 1;
    cr_expect(not(law_streams_add_up(&mix)));
    struct study_job_setup setups[2] = {{.possible = true, .in_time = true, .usd_per_run = 3},
                                        {.possible = true, .in_time = true, .usd_per_run = 2}};
    struct study_job job = {.n_setups = 2, .setups = setups, .chosen = 1};
    cr_assert(law_chooses_the_cheapest_in_time(&job));
    job.chosen = 0;
    cr_expect(not(law_chooses_the_cheapest_in_time(&job)));
    job.chosen = -1;
    cr_expect(not(law_chooses_the_cheapest_in_time(&job)));
    job.chosen = 1;
    setups[1].in_time = false;
    cr_expect(not(law_chooses_the_cheapest_in_time(&job)));
}

Test(laws, tampered_bills_are_refused) {
    struct charge charges[2] = {
        {.kind = CHARGE_COMMITMENT_USED, .effective = 70, .list = 100},
        {.kind = CHARGE_COMMITMENT_UNUSED, .effective = 30},
    };
    const struct bill bill = {
        .n_charges = 2,
        .charges = charges,
        .total = 100,
        .total_by_kind = {[CHARGE_COMMITMENT_USED] = 70, [CHARGE_COMMITMENT_UNUSED] = 30},
        .list_total = 100,
        .committed = 100};
    struct bill more = bill, moved = bill, sum = bill, cut = bill;
    cr_assert(law_bill_adds_up(&bill));
    more.committed++;
    moved.total_by_kind[CHARGE_ON_DEMAND]++;
    sum.total--;
    cut.n_charges = 1;
    cr_expect(not(law_bill_adds_up(&more)));
    cr_expect(not(law_bill_adds_up(&moved)));
    cr_expect(not(law_bill_adds_up(&sum)));
    cr_expect(not(law_bill_adds_up(&cut)));
    struct bill twice = bill;
    twice.total = 2 * bill.total + 4; /* half a nano-dollar a charge and bill */
    cr_expect(law_bill_doubled(&bill, &twice));
    twice.total++;
    cr_expect(not(law_bill_doubled(&bill, &twice)));
    twice = bill;
    twice.n_charges--;
    cr_expect(not(law_bill_doubled(&bill, &twice)));
    cr_expect(law_doubled_in_steps(1, 2.003, 1));
    cr_expect(not(law_doubled_in_steps(1, 2.005, 1)));
    cr_expect(not(law_doubled_in_steps(1, 2.001, 0)));
}

Test(laws, tampered_gaps_are_refused) {
    const struct study_gaps gaps = {60, 5, 35, 100, 3, 7, 110};
    cr_assert(law_gaps_add_up(&gaps));
    cr_assert(law_bound_is_below_the_plan(&gaps));
    double *parts[7];
    for (int i = 0; i < 7; i++) {
        struct study_gaps off = gaps;
        parts[0] = &off.lp, parts[1] = &off.margin, parts[2] = &off.rounding, parts[3] = &off.plan;
        parts[4] = &off.billing_rules, parts[5] = &off.delay, parts[6] = &off.bill;
        *parts[i] += 0.001;
        cr_expect(not(law_gaps_add_up(&off)), "part %d", i);
        *parts[i] = NAN;
        cr_expect(not(law_gaps_add_up(&off)), "part %d", i);
    }
    struct study_gaps above = {101, 0, -1, 100, 3, 7, 110}, less = {60, -0.001, 40, 100, 3, 7, 110};
    cr_expect(not(law_bound_is_below_the_plan(&above)));
    cr_expect(not(law_bound_is_below_the_plan(&less)));
}

Test(laws, tampered_answers_are_refused) {
    cr_expect(law_answers_are_in_the_plan(95, 100));
    cr_expect(law_answers_are_in_the_plan(0, 0));
    cr_expect(not(law_answers_are_in_the_plan(0, 100)));
    cr_expect(not(law_answers_are_in_the_plan(200, 100)));
    cr_expect(not(law_answers_are_in_the_plan(NAN, 100)));
}

Test(laws, tampered_plans_are_refused) {
    struct law_optimum one = {true, 1}, lower = {true, 0.999}, two = {true, 2.001}, none = {0};
    cr_expect(law_no_cheaper(one, one));
    cr_expect(law_no_cheaper(one, none));
    cr_expect(not(law_no_cheaper(one, lower)));
    cr_expect(not(law_no_cheaper(none, one)));
    cr_expect(not(law_doubled(one, two)));
    cr_expect(not(law_doubled(one, none)));
    int32_t regular[2] = {1, 2}, spot[2] = {0, 1}, others[2] = {1, 3};
    double share[2] = {0.5, 0}, more[2] = {0.5, 0.001};
    const struct plan plan = {
        .feasible = true, .regular = regular, .spot = spot, .overflow_share = share};
    struct plan a = plan, b = plan, c = plan, no = {0};
    a.regular = others;
    b.spot = others;
    c.overflow_share = more;
    cr_expect(law_same_fleet(&plan, &plan, 1, 2));
    cr_expect(not(law_same_fleet(&plan, &a, 1, 2)));
    cr_expect(not(law_same_fleet(&plan, &b, 1, 2)));
    cr_expect(not(law_same_fleet(&plan, &c, 1, 2)));
    cr_expect(not(law_same_fleet(&plan, &no, 1, 2)));
    struct plan_commitment held = {.commitment = {.owned = true}, .upfront_usd = 100};
    struct plan buys = {.n_commitments = 1, .commitments = &held};
    cr_expect(law_buys_nothing(&buys));
    cr_expect(law_pays_nothing_upfront(&buys));
    held.commitment.owned = false;
    cr_expect(not(law_buys_nothing(&buys)));
    cr_expect(not(law_pays_nothing_upfront(&buys)));
    held.upfront_usd = 0;
    cr_expect(law_pays_nothing_upfront(&buys));
    held.commitment.terms.payment = PAY_PARTIAL_UPFRONT;
    cr_expect(not(law_pays_nothing_upfront(&buys)));
}

/* ---- where a law ends ---- */

/* One a of $1 is owned and carries its workload; one b of $1 carries the other, $0.50 when
 * committed to. coverage_max 25 % of 2 on-demand dollars covers half of b: 0.5 + 0.25. With a at $2
 * it is 25 % of 3 dollars, three quarters of b: 0.25 + 0.375, although nobody pays for a on demand.
 */
Test(laws, dearer_on_demand_can_lower_the_optimum_beside_owned_hours) {
    static struct plan_fixture f;
    fixture_open(&f, 2, 1);
    fixture_demand(&f, 0, (double[]){10});
    fixture_demand(&f, 1, (double[]){10});
    int a = fixture_instance(&f, 0, "a", 10, 1, -1), b = fixture_instance(&f, 1, "b", 10, 1, -1);
    fixture_commitment(&f, f.candidates[b].offer, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.5);
    f.owned[0] = (struct commitment){.name = "one a",
                                     .terms = {COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT},
                                     .owned = true,
                                     .offer = f.candidates[a].offer,
                                     .count = 1,
                                     .to_s = INT64_MAX};
    f.input.n_owned = 1;
    f.input.policy.coverage_max = 0.25;
    cr_expect(epsilon_eq(dbl, law_optimum_of(&f.arena, &f.input).usd_per_hour, 0.75, 1e-9));
    f.offers[f.candidates[a].offer].on_demand = fixture_quote(2);
    cr_expect(epsilon_eq(dbl, law_optimum_of(&f.arena, &f.input).usd_per_hour, 0.625, 1e-9));
    fixture_close(&f);
}

/* ---- all of it ---- */

static bool one_case(uint64_t seed, uint64_t number) {
    struct arena arena = {0};
    struct law_case c = law_case_draw(&arena, seed, number, (struct law_change){0});
    struct study study;
    const char *mistakes = law_case_study(&arena, &c, 3, &study);
    bool answered = mistakes == NULL && !study.infeasible;
    if (mistakes) {
        tally.refused++;
    } else if (study.infeasible) {
        demand_law(study.recommended.plan->infeasible[0] != '\0', &c, "an infeasible plan says why",
                   NULL);
        same_bytes(&arena, &c, &study);
        tally.infeasible++;
    } else {
        study_laws(&arena, &c, &study);
        same_bytes(&arena, &c, &study);
        if (number % 2 == 0)
            doubled_prices(&arena, &c, &study);
        if (c.one_at_a_time)
            spare_capacity(&arena, &c, &study);
    }
    arena_release(&arena);
    return answered;
}

Test(laws, hold_on_random_scenarios) {
    uint64_t seed = law_seed(), number = 0;
    for (int n = 0; n < LAW_CASES; number++) {
        n += one_case(seed, number);
        cr_assert(lt(i32, tally.refused + tally.infeasible, REFUSED_MAX), "seed %" PRIu64, seed);
    }
    fprintf(stderr,
            "laws: seed %" PRIu64 ", %d scenarios (%d refused, %d infeasible): %d with more than "
            "one round, %d that own, %d that buy; max_term none %d, of which %d would buy; "
            "upfront_max 0 %d, of which %d would pay; %d options less, %d dearer; spare capacity "
            "%d, better %d; priorities %d, adapters %d, split %d, prefixes found %d, whole prompts "
            "%d; %d move, %d in all ways: scaled %d, interrupted %d, retried %d, overflowed %d, "
            "tasks %d, streams %d, lost or refused %d, jobs %d, replayed again %d\n",
            seed, LAW_CASES, tally.refused, tally.infeasible, tally.rounds, tally.owned,
            tally.bought, tally.term_forbidden, tally.would_buy, tally.upfront_forbidden,
            tally.would_pay_upfront, tally.options_less, tally.dearer, tally.spare,
            tally.served_better, tally.priorities, tally.adapters, tally.split, tally.prefixes,
            tally.whole_prompts, tally.moves, tally.all_move, tally.scaled, tally.interrupted,
            tally.retried, tally.overflowed, tally.tasks, tally.streams, tally.lost, tally.jobs,
            tally.replayed);
    /* The laws were not true for want of a subject. */
    const struct {
        const char *what;
        int n, least;
    } met[] = {
        {"rounds", tally.rounds, LAW_CASES / 20},
        {"owned", tally.owned, LAW_CASES / 20},
        {"bought", tally.bought, LAW_CASES / 10},
        {"doubled exactly", tally.doubled_exactly, LAW_CASES / 20},
        {"would buy", tally.would_buy, LAW_CASES / 50},
        {"would pay upfront", tally.would_pay_upfront, LAW_CASES / 100},
        {"options less", tally.options_less, LAW_CASES},
        {"dearer", tally.dearer, LAW_CASES},
        {"spare capacity", tally.spare, LAW_CASES / 10},
        {"served better", tally.served_better, LAW_CASES / 40},
        {"priorities", tally.priorities, LAW_CASES / 25},
        {"adapters", tally.adapters, LAW_CASES / 50},
        {"split", tally.split, LAW_CASES / 100},
        {"prefixes", tally.prefixes, LAW_CASES / 50},
        {"whole prompts", tally.whole_prompts, LAW_CASES / 50},
        {"moves", tally.moves, LAW_CASES / 10},
        {"moves in all ways", tally.all_move, LAW_CASES / 40},
        {"scaled", tally.scaled, LAW_CASES / 40},
        {"interrupted", tally.interrupted, LAW_CASES / 100},
        {"retried", tally.retried, LAW_CASES / 50},
        {"overflowed", tally.overflowed, LAW_CASES / 200},
        {"tasks", tally.tasks, LAW_CASES / 100},
        {"streams", tally.streams, LAW_CASES / 50},
        {"lost or refused", tally.lost, LAW_CASES / 50},
        {"jobs", tally.jobs, LAW_CASES / 40},
        {"replayed again", tally.replayed, LAW_CASES / 40},
        {"answers", tally.answers, LAW_CASES / 25},
    };
    for (size_t i = 0; i < sizeof met / sizeof *met; i++)
        cr_expect(ge(i32, met[i].n, met[i].least), "%s", met[i].what);
}
