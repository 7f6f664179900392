/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stations of flows in whole small studies: what they cost by hand and who pays it, that one which
 * is too small shows as waiting and makes tasks miss their target, that the plan does not know of
 * them; and what is wrong with them, told at its place. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/study_parts.h"
#include "scenarios/study_units.h"

/* A question is embedded by the workload itself and looked up at `station`. */
#define LOOKED_UP(slo, station)                                                                    \
    HEAD "workloads:\n"                                                                            \
         "  - name: embed\n"                                                                       \
         "    demand: { generate: { rate: 0.2 req/s, input: 64 tokens, output: 0 tokens }, "       \
         "flow: { steps: [ { name: a, next: { b: 100% } }, { name: b, station: s } ], "            \
         "stations: [ " station " ] } }\n"                                                         \
         "    slo: " slo "\n"                                                                      \
         "    models: [ { use: bert-base } ]\n"                                                    \
         "    run_on: [ { instance: g4dn.xlarge } ]\n"                                             \
         "    regions: [us-east-1]\n"                                                              \
         "purchase: on_demand\n"
#define ROOMY "{ name: s, instance: c7g.xlarge, count: 2, service: 100ms, concurrency: 8 }"
#define SMALL "{ name: s, instance: c7g.xlarge, service: 4.5s, times: exponential }"

static double rate_of(const struct study *study, int station) {
    return money_rate_usd(study->offers[study->stations[station].offer].on_demand.rate);
}

/* Two instances all month; nobody waits; the plan costs what it costs without any station. */
Test(study_stations, cost_their_hours_beside_the_plan) {
    struct arena arena = {0};
    struct study study, alone;
    cr_assert(eq(str,
                 (char *)memory_study(
                     &arena,
                     (struct memory_run){
                         .text = LOOKED_UP("{ latency: 500ms, share: 95%, task: 2s }", ROOMY)},
                     &study),
                 ""));
    cr_assert(eq(str,
                 (char *)memory_study(
                     &arena,
                     (struct memory_run){
                         .text = HEAD "workloads:\n" WORKLOAD(
                             "embed", "0.2 req/s", "[ { instance: g4dn.xlarge } ]") "purchase: "
                                                                                    "on_demand\n"},
                     &alone),
                 ""));
    const struct study_fleet *fleet = &study.recommended;
    double by_hand = 2 * rate_of(&study, 0) * 730;
    cr_expect(epsilon_eq(dbl, fleet->stations_usd_per_month, by_hand, 1e-6 * by_hand));
    cr_expect(epsilon_eq(dbl, fleet->stations[0].usd_per_month, by_hand, 1e-6 * by_hand));
    cr_expect(epsilon_eq(dbl, fleet->bill_usd_per_month, alone.recommended.bill_usd_per_month,
                         1e-9 * fleet->bill_usd_per_month));
    cr_expect(epsilon_eq(dbl, study_total_usd_per_month(&study),
                         fleet->bill_usd_per_month + by_hand, 1e-6 * by_hand));
    cr_expect(epsilon_eq(dbl, fleet->stations[0].latency_s[1], 0.1, 0.001));
    cr_expect(eq(dbl, fleet->stations[0].wait_p95_s, 0));
    cr_expect(eq(dbl, fleet->stations[0].rejected_per_month, 0));
    /* Each task calls both once; requests are those of the own model alone. */
    const struct study_tasks *tasks = &fleet->tasks[0];
    cr_expect(epsilon_eq(dbl, fleet->stations[0].calls_per_month, fleet->requests_per_month, 2));
    cr_expect(epsilon_eq(dbl, tasks->completed_per_month, fleet->requests_per_month, 2));
    cr_expect(epsilon_eq(dbl, tasks->usd_per_completed,
                         (fleet->bill_usd_per_month + by_hand) / tasks->completed_per_month, 1e-9));
    cr_expect(eq(dbl, tasks->attainment, 1));
    cr_expect(not(study_tasks_missed(&study, fleet)));
    cr_expect(not(has_notice(&study, "station-too-small")));
    cr_expect(not(has_notice(&study, "task-slo-missed")));
    arena_release(&arena);
}

/* ---- commitments ---- */

#define OWNED(what) "estate: { owned: [ { " what ", ends: 2028-01-01 } ] }\n"
#define RESERVED(type, n) "reserved: standard, instance: " type ", count: " n ", rate: 0.1 USD/h"
#define PLAIN(type) "{ name: s, instance: " type ", count: 2, service: 100ms, concurrency: 8 }"

/* What a station of two is charged a month beside an estate, and the bill above that without any
 * estate; used and unused hours of what is owned add up. */
static void check_covered(const char *station, const char *estate, double beside, double owned) {
    struct arena arena = {0};
    struct study study, without;
    const char *head = arena_printf(
        &arena, "%s%s", LOOKED_UP("{ latency: 500ms, share: 95%, task: 2s }", "STATION"), estate);
    const char *at = strstr(head, "STATION");
    const char *text =
        arena_printf(&arena, "%.*s%s%s", (int)(at - head), head, station, at + strlen("STATION"));
    cr_assert(eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &study), ""));
    text = arena_printf(&arena, "%.*s%s\n", (int)(strstr(text, "estate:") - text), text, "");
    cr_assert(
        eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &without), ""));
    const struct study_fleet *fleet = &study.recommended;
    double before = without.recommended.bill_usd_per_month;
    cr_expect(epsilon_eq(dbl, fleet->stations_usd_per_month, beside, 1e-6), "%s: %s", station,
              estate);
    cr_expect(epsilon_eq(dbl, fleet->bill_usd_per_month, before + owned, 1e-6), "%s", estate);
    usd_nano shares = 0;
    for (int i = 0; i < study.allocation->n_shares; i++)
        shares += study.allocation->shares[i].amortised;
    cr_expect(epsilon_eq(dbl, money_amount_usd(shares), 12 * (before + owned + beside), 1e-4));
    for (int week = 0; week < study.demand.n_weeks; week++)
        cr_expect(eq(i64, fleet->bills[week].committed,
                     fleet->bills[week].total_by_kind[CHARGE_COMMITMENT_USED] +
                         fleet->bills[week].total_by_kind[CHARGE_COMMITMENT_UNUSED]));
    arena_release(&arena);
}

/* Owned for what a station runs on, whether sizes are flexible (c7g) or not (g5): all of it, half
 * of it, more than it; of another type or size nothing. */
Test(study_stations, are_covered_by_what_is_owned) {
    double rate = 0.145 * 730, of_g5 = 1.006 * 730;
    check_covered(PLAIN("c7g.xlarge"), OWNED(RESERVED("c7g.xlarge", "2")), 0, 146);
    check_covered(PLAIN("c7g.xlarge"), OWNED(RESERVED("c7g.xlarge", "1")), rate, 73);
    check_covered(PLAIN("c7g.xlarge"), OWNED(RESERVED("c7g.2xlarge", "3")), 0, 219);
    check_covered(PLAIN("c7g.xlarge"), OWNED(RESERVED("m7g.xlarge", "2")), 2 * rate, 146);
    check_covered(PLAIN("g5.xlarge"), OWNED(RESERVED("g5.xlarge", "1")), of_g5, 73);
    check_covered(PLAIN("g5.xlarge"), OWNED(RESERVED("g5.2xlarge", "1")), 2 * of_g5, 73);
}

/* ---- who pays ---- */

#define YEAR_NANO INT64_C(2540400000000) /* 2 x 0.145 USD x 8760 h */

/* All money that is shown is that of the bill and of two c7g.xlarge for 8760 hours. */
static bool money_adds_up(const struct study *study) {
    const struct allocation *a = study->allocation;
    usd_nano amortised = 0, cash = 0, beside = 0;
    for (int i = 0; i < a->n_shares; i++) {
        amortised += a->shares[i].amortised;
        cash += a->shares[i].cash;
        beside += a->shares[i].row < 0 ? a->shares[i].amortised : 0;
    }
    return amortised == study->statement->effective + YEAR_NANO &&
           cash == study->statement->billed + YEAR_NANO && beside == YEAR_NANO &&
           a->amortised == amortised && a->cash == cash && a->beside == beside;
}

/* 0.29 USD an hour: 215.76 in the 744 hours of December, 194.88 in the 672 of February; to the
 * nano-dollar, in cash as amortised, by the tags of the workload, and in its budget. */
Test(study_stations, are_paid_by_the_tags_of_their_workload) {
    struct arena arena = {0};
    struct study study;
    const char *text = LOOKED_UP("{ latency: 500ms, share: 95% }",
                                 ROOMY) "budgets: [ { tag: \"team=find\", year: 1 USD } ]\n";
    cr_assert(
        eq(str,
           (char *)memory_study(
               &arena, (struct memory_run){.text = text, .set = {"workloads.0.tags.team=find"}},
               &study),
           ""));
    const struct allocation *a = study.allocation;
    int p = 0, n = 0;
    while (p < a->n_payers && a->payers[p].kind != PAYER_STATION)
        p++;
    cr_assert(lt(int, p, a->n_payers));
    cr_expect(eq(str, (char *)a->payers[p].name, "embed: s"));
    cr_expect(eq(str, (char *)payer_tag(&a->payers[p], "team"), "find"));
    cr_expect(eq(i64, a->sums[p].by_kind[SHARE_BESIDE], YEAR_NANO));
    cr_expect(eq(i64, a->sums[p].amortised, YEAR_NANO));
    cr_expect(eq(i64, a->sums[p].cash, YEAR_NANO));
    static const usd_nano by_hand[] = {INT64_C(215760000000), INT64_C(215760000000),
                                       INT64_C(194880000000)};
    for (int i = 0; i < a->n_shares; i++) {
        const struct allocation_share *share = &a->shares[i];
        if (share->payer != p)
            continue;
        n++;
        cr_expect(eq(i64, share->cash, share->amortised));
        if (share->month < 3)
            cr_expect(eq(i64, share->amortised, by_hand[share->month]));
    }
    cr_expect(eq(int, n, 12));
    cr_expect(money_adds_up(&study));
    usd_nano budget = 0;
    for (int i = 0; i < study.n_budgets; i++)
        budget += study.budgets[i].spent;
    cr_expect(eq(i64, budget, a->amortised));
    for (int i = 0; i < study.statement->n_rows; i++) /* FOCUS carries the bill of workloads */
        cr_expect(ne(int, study.statement->rows[i].offer, study.stations[0].offer));
    struct study mutant = study; /* without them */
    mutant.n_stations = mutant.n_budgets = 0;
    study_allocate(&arena, &mutant);
    cr_expect(not(money_adds_up(&mutant)));
    arena_release(&arena);
}

/* What a contract promises for instances is spent on stations too, after the discount. */
Test(study_stations, count_for_promised_spend) {
    struct arena arena = {0};
    struct study study;
    const char *text = LOOKED_UP("{ latency: 500ms, share: 95% }",
                                 ROOMY) "estate: { discounts: [ { applies_to: ec2, rate: 10%, "
                                        "commitment: 1 MUSD/year } ] }\n";
    cr_assert(eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &study), ""));
    double stations = 0.9 * 0.29 * 730, bill = study.recommended.bill_usd_per_month;
    double missing = 1e6 / 12 - bill - stations;
    cr_assert(eq(int, study.n_promises, 1));
    cr_expect(epsilon_eq(dbl, study.promises[0].spend_usd_per_month, bill + stations, 1e-4));
    cr_expect(epsilon_eq(dbl, study_total_usd_per_month(&study), bill + stations + missing, 1e-4));
    arena_release(&arena);
}

/* Without a replay they are in the total as stated: 0.29 USD x 730 h. */
Test(study_stations, are_in_the_total_without_a_replay) {
    struct arena arena = {0};
    struct study study;
    cr_assert(eq(str,
                 (char *)memory_study(
                     &arena,
                     (struct memory_run){.text = LOOKED_UP("{ latency: 500ms, share: 95% }", ROOMY),
                                         .without_replay = true},
                     &study),
                 ""));
    double plan = study.recommended.plan->usd_per_hour * HOURS_PER_MONTH;
    cr_expect(epsilon_eq(dbl, study_total_usd_per_month(&study), plan + 0.29 * 730, 1e-9));
    arena_release(&arena);
}

/* Unit costs are of the bill alone, by the workload's own requests: calls of a station, as many as
 * those, are not served by its instances. */
Test(study_stations, calls_are_no_requests_in_unit_costs) {
    struct arena arena = {0};
    struct study study;
    cr_assert(eq(
        str,
        (char *)memory_study(
            &arena, (struct memory_run){.text = LOOKED_UP("{ latency: 500ms, share: 95% }", ROOMY)},
            &study),
        ""));
    const struct study_units *u = &study.units[0];
    double bill = study.recommended.bill_usd_per_month, tokens = u->input_tokens + u->output_tokens;
    cr_expect(epsilon_eq(dbl, u->usd_per_month, bill, 1e-6 * bill));
    cr_expect(epsilon_eq(dbl, u->usd_per_thousand_requests, 1e3 * bill / u->requests, 1e-6 * bill));
    cr_assert(u->carbon_known);
    double kwh = study.recommended.carbon[0].kwh.value;
    cr_expect(epsilon_eq(dbl, u->kwh_per_million_tokens.value * tokens / 1e6, kwh, 1e-6 * kwh));
    double best = capacity_best_rate_per_replica(&study.capacities[0]);
    double hours = study.recommended.bill_usd_per_month /
                   money_rate_usd(study.offers[study.candidates[0].offer].on_demand.rate);
    double load = u->requests / (hours * 3600 * best * study.candidates[0].replicas_per_instance);
    cr_expect(epsilon_eq(dbl, u->full_load_usd_per_month, bill * load, 1e-3 * bill * load));
    arena_release(&arena);
}

/* One server that is busy nine tenths of the time: an M/M/1 whose stay is 45 s on average, of which
 * 95 % end within ln 20 x 45 s. Requests keep their target, tasks miss theirs. */
Test(study_stations, one_that_is_too_small_is_told) {
    struct arena arena = {0};
    struct study study;
    cr_assert(eq(str,
                 (char *)memory_study(
                     &arena,
                     (struct memory_run){
                         .text = LOOKED_UP("{ latency: 500ms, share: 95%, task: 30s }", SMALL)},
                     &study),
                 ""));
    const struct study_fleet *fleet = &study.recommended;
    double p95_s = log(20) * 45;
    cr_expect(epsilon_eq(dbl, fleet->stations[0].busy_share, 0.9, 0.02));
    cr_expect(epsilon_eq(dbl, fleet->stations[0].latency_s[1], p95_s, 0.2 * p95_s));
    cr_expect(gt(dbl, fleet->stations[0].wait_p95_s, 0.7 * p95_s));
    cr_expect(fleet->slo_met);
    cr_expect(study_tasks_missed(&study, fleet));
    cr_expect(lt(dbl, fleet->tasks[0].attainment, 0.7));
    cr_expect(has_notice(&study, "station-too-small"));
    cr_expect(has_notice(&study, "task-slo-missed"));
    cr_expect(strstr(study.headline, "tasks miss their target") != NULL, "%s", study.headline);
    arena_release(&arena);
}

/* Both sides of a split call the same station, which is neither of them. */
Test(study_stations, stand_beside_both_sides_of_a_rollout) {
    struct arena arena = {0};
    struct study study;
    const char *text =
        HEAD "workloads:\n"
             "  - name: embed\n"
             "    demand: { generate: { rate: 0.2 req/s, input: 64 tokens, output: 0 tokens }, "
             "flow: { steps: [ { name: a, next: { b: 100% } }, { name: b, station: s } ], "
             "stations: [ " ROOMY " ] } }\n"
             "    slo: { latency: 500ms, share: 95% }\n"
             "    models: [ { use: bert-base } ]\n"
             "    run_on: [ { instance: g4dn.xlarge }, { instance: g5.xlarge } ]\n"
             "    rollout: { kind: ab, to: g5.xlarge, share: 30% }\n"
             "    regions: [us-east-1]\n"
             "purchase: on_demand\n";
    cr_assert(eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &study), ""));
    const struct replay_result *replay = &study.recommended.replays[0];
    cr_assert(eq(int, replay->n_groups, 3));
    cr_expect(replay->groups[1].aside);
    cr_expect(eq(i64, replay->groups[0].arrived + replay->groups[2].arrived, replay->arrived));
    cr_expect(eq(i64, replay->groups[1].arrived, replay->tasks.calls - replay->arrived));
    const struct study_side *sides = study.rollouts[0].sides;
    double n = (double)replay->arrived;
    cr_expect(eq(i64, sides[0].arrived + sides[1].arrived, replay->arrived));
    cr_expect(epsilon_eq(dbl, (double)sides[1].arrived, 0.3 * n, 5 * sqrt(0.21 * n)));
    arena_release(&arena);
}

/* A model of the catalogue at a station has the times that a candidate of that setup has. */
Test(study_stations, serve_models_as_candidates_do) {
    struct arena arena = {0};
    struct study study;
    const char *text = LOOKED_UP("{ latency: 500ms, share: 95% }",
                                 "{ name: s, instance: g4dn.xlarge, model: bert-base }");
    cr_assert(eq(
        str,
        (char *)memory_study(&arena, (struct memory_run){.text = text, .size_only = true}, &study),
        ""));
    cr_assert(eq(int, study.n_stations, 1));
    cr_expect(eq(int,
                 memcmp(&study.stations[0].service.batched, &study.candidates[0].service.batched,
                        sizeof study.stations[0].service.batched),
                 0));
    cr_expect(study.stations[0].offer != study.candidates[0].offer);
    arena_release(&arena);
}

static const struct {
    const char *text, *want;
} broken[] = {
    {LOOKED_UP("{ latency: 500ms }", "{ name: t, instance: c7g.xlarge, service: 1s }"),
     "there is no station 's'"},
    {LOOKED_UP("{ latency: 500ms }", ROOMY ", { name: t, instance: c7g.xlarge, service: 1s }"),
     "no step calls the station 't'"},
    {LOOKED_UP("{ latency: 500ms }", ROOMY ", " ROOMY), "two stations have the name 's'"},
    {LOOKED_UP("{ latency: 500ms }", "{ name: s, instance: c7g.xlarg, service: 1s }"),
     "unknown instance 'c7g.xlarg'"},
    {LOOKED_UP("{ latency: 500ms }", "{ name: s, instance: g4dn.xlarge, model: bert-bas }"),
     "unknown model 'bert-bas'"},
    {LOOKED_UP("{ latency: 500ms }", "{ name: s, instance: c7g.xlarge, model: llama-3.1-70b }"),
     "the station 's' cannot serve llama-3.1-70b on c7g.xlarge"},
    {LOOKED_UP("{ latency: 500ms }", "{ name: s, instance: c7g.xlarge }"), "model or service"},
    {LOOKED_UP("{ latency: 500ms }",
               "{ name: s, instance: c7g.xlarge, service: 1s, tensor_parallel: 2 }"),
     "stations that serve a model"},
    {LOOKED_UP("{ latency: 500ms }",
               "{ name: s, instance: g4dn.xlarge, model: bert-base, concurrency: 2 }"),
     "stations with times of service"},
    {LOOKED_UP("{ latency: 500ms }",
               "{ name: s, instance: c7g.xlarge, service: 1s, region: mars-north-1 }"),
     "mars-north-1"},
};

Test(study_stations, mistakes_have_their_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct study study;
        const char *told =
            memory_study(&arena, (struct memory_run){.text = broken[i].text}, &study);
        cr_expect(strstr(told, broken[i].want) != NULL, "case %zu: %s", i, told);
        cr_expect(strncmp(told, "t.yaml:", 7) == 0, "case %zu: %s", i, told);
        arena_release(&arena);
    }
}

/* The book knows the region, but no rate of the type there. */
Test(study_stations, one_without_a_price_is_a_mistake) {
    struct arena arena = {0};
    struct study study;
    const char *told = memory_study(
        &arena,
        (struct memory_run){
            .text = LOOKED_UP("{ latency: 500ms }",
                              "{ name: s, instance: c7g.xlarge, service: 1s, region: eu-west-1 }")},
        &study);
    cr_expect(strstr(told, "t.yaml:7:") == told, "%s", told);
    cr_expect(strstr(told, "the station 's' has no price") != NULL, "%s", told);
    arena_release(&arena);
}

/* An objective of tasks without tasks; and a flow that never calls the workload itself. */
Test(study_stations, tasks_need_a_flow_and_a_call) {
    struct arena arena = {0};
    struct study study;
    const char *told = memory_study(
        &arena,
        (struct memory_run){
            .text = HEAD
            "workloads:\n"
            "  - name: embed\n"
            "    demand: { generate: { rate: 0.2 req/s, input: 64 tokens, output: 0 tokens } }\n"
            "    slo: { latency: 500ms, task: 5s }\n"
            "    models: [ { use: bert-base } ]\n"
            "    run_on: [ { instance: g4dn.xlarge } ]\n"
            "    regions: [us-east-1]\n"},
        &study);
    cr_expect(strstr(told, "t.yaml:8:") == told, "%s", told);
    cr_expect(strstr(told, "workloads with demand.flow") != NULL, "%s", told);
    told = memory_study(
        &arena,
        (struct memory_run){
            .text = HEAD
            "workloads:\n"
            "  - name: embed\n"
            "    demand: { generate: { rate: 0.2 req/s, input: 64 tokens, output: 0 tokens }, "
            "flow: { steps: [ { name: a, station: s } ], stations: [ " ROOMY " ] } }\n"
            "    slo: { latency: 500ms }\n"
            "    models: [ { use: bert-base } ]\n"
            "    run_on: [ { instance: g4dn.xlarge } ]\n"
            "    regions: [us-east-1]\n"},
        &study);
    cr_expect(strstr(told, "t.yaml:7:") == told, "%s", told);
    cr_expect(strstr(told, "no step calls the workload's own models") != NULL, "%s", told);
    arena_release(&arena);
}
