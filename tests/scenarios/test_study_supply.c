/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Supply of a scenario: limits at the instance they name, substitutes chosen by model, whole small
 * studies whose launches always fail, worked out by hand, and what cannot stand in, told at its
 * place before anything runs or when SIZE has found out. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/study_supply.h"

static const char *sized(struct arena *arena, const char *text, struct study *study) {
    return memory_study(arena, (struct memory_run){.text = text, .size_only = true}, study);
}

Test(study_supply, is_that_of_its_instance) {
    struct arena arena = {0};
    struct study study;
    const char *text =
        HEAD EMBED "estate: { supply: [ { instance: g4dn.xlarge, obtainable: 30%, lead_time: 2h } "
                   "] }\n";
    cr_assert(eq(str, (char *)sized(&arena, text, &study), ""));
    struct pool pool = {0};
    study_limit_supply(&arena, &study, NULL, 0, 0, &pool);
    cr_assert(epsilon_eq(dbl, pool.launch_failure, 0.7, 1e-12));
    cr_assert(eq(dbl, pool.lead_s, 7200));
    cr_assert(eq(int, study_substitutes_max(&study), 0));
    arena_release(&arena);
}

/* Five of p5 at once beside a block of two, in which candidates that come first run first. In hour
 * 0 chat (two candidates, 1 + 1) is in the block, code runs 3 and mail 1: one is left, so that chat
 * may have 1, code 4 and mail 2. In hour 1 they run 2, 2 and 1 beside the block, which is all. In
 * hour 2 they would be 1, 6 and 2, more than there are: in turn 1, 4 and none. Another type is not
 * in it. */
Test(study_supply, workloads_share_what_can_be_had_at_once) {
    static const struct {
        int workload, offer;
        int32_t regular[3];
    } rows[] = {{0, 0, {1, 3, 3}},
                {0, 0, {1, 1, 0}},
                {1, 0, {3, 2, 6}},
                {1, 1, {9, 9, 9}},
                {2, 0, {1, 1, 2}}};
    static const int32_t left[3][3] = {{1, 2, 1}, {4, 2, 4}, {2, 1, 0}};
    enum { N = sizeof rows / sizeof *rows };
    struct arena arena = {0};
    struct supply_spec supply = {
        .instance = "p5.48xlarge", .obtainable = 1, .at_once = 5, .place = {0}};
    struct candidate candidates[N];
    struct plan_commitment block = {.commitment = {.terms = {.kind = COMMIT_CAPACITY_BLOCK},
                                                   .count = 2,
                                                   .to_s = 1000LL * 86400}};
    int32_t *regular = arena_new(&arena, int32_t, N * HOURS_PER_WEEK);
    for (int c = 0; c < N; c++) {
        candidates[c] = (struct candidate){.kind = CANDIDATE_INSTANCE,
                                           .workload = rows[c].workload,
                                           .offer = rows[c].offer,
                                           .sku = rows[c].offer ? "g6.xlarge" : "p5.48xlarge"};
        for (int h = 0; h < 3; h++)
            regular[c * HOURS_PER_WEEK + h] = rows[c].regular[h];
    }
    struct plan plan = {.regular = regular, .commitments = &block, .n_commitments = 1};
    struct study study = {.scenario = {.supply = &supply, .n_supply = 1},
                          .candidates = candidates,
                          .n_candidates = N,
                          .demand = {.n_hours = HOURS_PER_WEEK, .n_weeks = 1}};
    for (int c = 0; c < N; c++) {
        struct pool pool = {0};
        study_limit_supply(&arena, &study, &plan, c, 0, &pool);
        cr_assert(eq(int, pool.supply, rows[c].offer ? 0 : 1));
        for (int h = 0; h < 3 && !rows[c].offer; h++)
            cr_expect(eq(i32, pool.at_once[h], left[rows[c].workload][h]), "candidate %d, hour %d",
                      c, h);
    }
    arena_release(&arena);
}

#define BERTS(run_on)                                                                              \
    HEAD "workloads:\n"                                                                            \
         "  - name: embed\n"                                                                       \
         "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens } }\n"    \
         "    slo: { latency: 500ms, share: 95% }\n"                                               \
         "    models: [ { use: bert-large, precision: [bf16, int8] }, { use: bert-base } ]\n"      \
         "    run_on: " run_on "\n"                                                                \
         "    regions: [us-east-1]\n"

/* Of the ways to run on a substitute the one with the same model and precision, ranked as written,
 * whatever carries more. */
Test(study_supply, substitutes_run_what_they_stand_in_for) {
    struct arena arena = {0};
    struct study study;
    const char *text = BERTS("[ { instance: g5.xlarge }, { instance: g4dn.xlarge }, { instance: "
                             "g6.xlarge } ]") "estate: { supply: [ { instance: g5.xlarge, "
                                              "obtainable: 50%, substitutes: [g6.xlarge, "
                                              "g4dn.xlarge] } ] }\n";
    cr_assert(eq(str, (char *)sized(&arena, text, &study), ""));
    cr_assert(eq(int, study_substitutes_max(&study), 2));
    int checked = 0;
    for (int c = 0; c < study.n_candidates; c++) {
        const struct candidate *from = &study.candidates[c];
        int found[2], n = study_substitutes(&study, c, found);
        if (strcmp(from->sku, "g5.xlarge") != 0) {
            cr_assert(eq(int, n, 0));
            continue;
        }
        cr_assert(eq(int, n, 2));
        for (int i = 0; i < 2; i++) {
            const struct candidate *to = &study.candidates[found[i]];
            cr_assert(eq(str, (char *)to->sku, i == 0 ? "g6.xlarge" : "g4dn.xlarge"));
            cr_assert(eq(str, (char *)to->model, (char *)from->model));
            bool has = false; /* the same precision, where that can serve there */
            for (int k = 0; k < study.n_candidates; k++)
                has = has || (strcmp(study.candidates[k].sku, to->sku) == 0 &&
                              strcmp(study.candidates[k].model, from->model) == 0 &&
                              strcmp(study.candidates[k].precision, from->precision) == 0 &&
                              study.capacities[k].feasible);
            cr_assert(eq(int, strcmp(to->precision, from->precision) == 0, has));
            checked++;
        }
    }
    cr_assert(ge(int, checked, 4));
    arena_release(&arena);
}

/* ---- whole studies ---- */

/* Requests in hours 24 to 47 of the week only: 36 in each. */
static const char *one_day(struct arena *arena) {
    struct text text = {.arena = arena};
    text_append_string(&text, "hour,requests\n");
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        text_printf(&text, "%d,%d\n", h, h / 24 == 1 ? 36 : 0);
    return text.data;
}

#define DAY(run_on)                                                                                \
    HEAD "workloads:\n"                                                                            \
         "  - name: embed\n"                                                                       \
         "    demand: { hourly: day.csv, tokens: { input: 64 tokens, output: 0 tokens } }\n"       \
         "    slo: { latency: 500ms, share: 95%, over: week }\n"                                   \
         "    models: [ { use: bert-base } ]\n"                                                    \
         "    run_on: " run_on "\n"                                                                \
         "    regions: [us-east-1]\n"
#define BOTH "[ { instance: g4dn.xlarge }, { instance: g4dn.2xlarge } ]"

static struct study study_of(struct arena *arena, const char *text) {
    struct study study;
    const struct memory_file files[] = {
        {"t.yaml", text}, {"day.csv", one_day(arena)}, {NULL, NULL}};
    cr_assert(
        eq(str, (char *)memory_study(arena, (struct memory_run){.files = files}, &study), ""));
    return study;
}

#define WEEKS_A_MONTH (HOURS_PER_MONTH / (double)HOURS_PER_WEEK)

/* One instance for a day, asked for 180 s before it and never had: the substitute is launched then,
 * takes 180 s and holds until the day ends: 24 h and 180 s at 0.752 USD each week. */
Test(study_supply, a_substitute_serves_what_cannot_be_launched) {
    struct arena arena = {0};
    struct study study =
        study_of(&arena, DAY(BOTH) "estate: { supply: [ { instance: g4dn.xlarge, obtainable: 0%, "
                                   "substitutes: [g4dn.2xlarge] } ] }\n");
    const struct study_fleet *fleet = &study.recommended;
    cr_assert(eq(int, fleet->n_stand_ins, 1));
    const struct study_stand_in *s = &fleet->stand_ins[0];
    double hours = 24 + 180 / 3600.0;
    cr_assert(eq(str, (char *)study.candidates[s->candidate].sku, "g4dn.2xlarge"));
    cr_assert(eq(str, (char *)study.candidates[s->stands_in_for].sku, "g4dn.xlarge"));
    cr_assert(epsilon_eq(dbl, s->launches_per_month, WEEKS_A_MONTH, 1e-9));
    cr_assert(epsilon_eq(dbl, s->hours_per_month, hours * WEEKS_A_MONTH, 1e-6));
    cr_assert(epsilon_eq(dbl, s->usd_per_month, 0.752 * hours * WEEKS_A_MONTH, 1e-6));
    cr_assert(epsilon_eq(dbl, fleet->bill_usd_per_month, s->usd_per_month, 0.01));
    cr_assert(epsilon_eq(dbl, s->requests_per_month, fleet->requests_per_month, 1e-6));
    cr_assert(gt(dbl, fleet->attainment, 0.95));
    cr_assert(gt(dbl, fleet->refused_launches_per_month, 0));
    cr_assert(has_notice(&study, "stand-ins"));
    arena_release(&arena);
}

/* The mutant: without the substitute nothing is served and nothing is paid. */
Test(study_supply, without_substitutes_nothing_is_served) {
    struct arena arena = {0};
    struct study study = study_of(
        &arena, DAY("[ { instance: g4dn.xlarge } ]") "estate: { supply: [ { instance: g4dn.xlarge, "
                                                     "obtainable: 0% } ] }\n");
    cr_assert(eq(int, study.recommended.n_stand_ins, 0));
    cr_assert(eq(dbl, study.recommended.bill_usd_per_month, 0));
    cr_assert(eq(dbl, study.recommended.attainment, 0));
    arena_release(&arena);
}

/* An instance that runs all week is there when the week begins, whatever its launches do: that is
 * told. One of the day above is not there at the start of a week, and nothing is said of it. */
Test(study_supply, what_is_taken_as_got_is_told) {
    struct arena arena = {0};
    static const char limited[] =
        "estate: { supply: [ { instance: g4dn.xlarge, obtainable: 0% } ] }\n";
    struct study study;
    const char *text = arena_printf(&arena, "%s%s", HEAD EMBED, limited);
    cr_assert(eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &study), ""));
    const char *words = study_supply_words(&arena, &study, 0);
    cr_assert(words != NULL);
    cr_expect(eq(str, (char *)words,
                 "0% of the launches of g4dn.xlarge on demand succeed: up to 1 with which a "
                 "replayed week begins is taken as got before it"));
    study = study_of(&arena,
                     arena_printf(&arena, "%s%s", DAY("[ { instance: g4dn.xlarge } ]"), limited));
    cr_expect(study_supply_words(&arena, &study, 0) == NULL);
    arena_release(&arena);
}

/* The first of two cannot be had either; the second stands in, for the type that was asked for. */
Test(study_supply, the_next_in_rank_stands_in) {
    struct arena arena = {0};
    struct study study = study_of(
        &arena,
        DAY("[ { instance: g4dn.xlarge }, { instance: g4dn.2xlarge }, { instance: g4dn.4xlarge "
            "} ]") "estate: { supply: [ { instance: g4dn.xlarge, obtainable: 0%, substitutes: "
                   "[g4dn.2xlarge, g4dn.4xlarge] }, { instance: g4dn.2xlarge, obtainable: 0% } "
                   "] }\n");
    const struct study_fleet *fleet = &study.recommended;
    cr_assert(eq(int, fleet->n_stand_ins, 2));
    double hours[2];
    for (int i = 0; i < 2; i++) {
        bool second =
            strcmp(study.candidates[fleet->stand_ins[i].candidate].sku, "g4dn.4xlarge") == 0;
        hours[second] = fleet->stand_ins[i].hours_per_month;
        cr_assert(eq(str, (char *)study.candidates[fleet->stand_ins[i].stands_in_for].sku,
                     "g4dn.xlarge"));
    }
    cr_assert(eq(dbl, hours[0], 0));
    cr_assert(epsilon_eq(dbl, hours[1], (24 + 180 / 3600.0) * WEEKS_A_MONTH, 1e-6));
    arena_release(&arena);
}

/* None can be had on demand: the plan runs on the dearer type, or, where it may, in capacity that
 * it holds all week at the price of on demand; both are there in the replay. */
Test(study_supply, what_cannot_be_had_is_not_planned) {
    struct arena arena = {0};
    static const char none[] = "estate: { supply: [ { instance: g4dn.xlarge, at_once: 0 } ] }\n";
    struct study study = study_of(&arena, arena_printf(&arena, "%s%s", DAY(BOTH), none));
    cr_assert(eq(int, study.infeasible, false));
    for (int c = 0; c < study.n_candidates; c++)
        for (int h = 0; h < study.demand.n_hours; h++)
            if (strcmp(study.candidates[c].sku, "g4dn.xlarge") == 0)
                cr_assert(
                    eq(int, study.recommended.plan->regular[c * study.demand.n_hours + h], 0));
    cr_expect(gt(dbl, study.recommended.attainment, 0.95));
    study = study_of(
        &arena, arena_printf(&arena, "%s%s%s", DAY("[ { instance: g4dn.xlarge } ]"), none,
                             "purchase:\n  - on_demand\n  - { capacity: reservation, instance: "
                             "g4dn.xlarge, starts: 2026-12-01, days: 365 }\n"));
    cr_assert(eq(int, study.infeasible, false));
    cr_expect(gt(dbl, study.recommended.attainment, 0.95));
    const char *words = study_at_once_words(&arena, &study, 0);
    cr_assert(words != NULL);
    cr_expect(
        eq(str, (char *)words,
           "at most 0 g4dn.xlarge can be had on demand at once in us-east-1: the plan runs up "
           "to 1, with capacity held for 1"));
    arena_release(&arena);
}

/* ---- mistakes ---- */

static const struct {
    const char *supply, *want;
} mistakes[] = {
    {"{ instance: p5.48xlarge }",
     "t.yaml:12:33 no workload runs on 'p5.48xlarge' | write an instance of run_on or of today's "
     "fleet\n"},
    {"{ instance: g4dn.xlarge, obtainable: 50%, substitutes: [g5.xlarge] }",
     "t.yaml:12:77 'g5.xlarge' cannot stand in for 'g4dn.xlarge' of 'embed': it is not in its "
     "run_on | add it to run_on of the workload with what it needs there, or take it out\n"},
    {"{ instance: g4dn.xlarge, substitutes: [g4dn.2xlarge] }",
     "t.yaml:12:21 'obtainable' is missing in 'estate.supply': substitutes stand in for launches "
     "that "
     "fail | write for example obtainable: 30%\n"},
    {"{ instance: g4dn.xlarge, obtainable: 50% }, { instance: g4dn.xlarge, obtainable: 0% }",
     "t.yaml:12:77 the supply of 'g4dn.xlarge' stands here twice | keep one of them\n"},
    {"{ instance: g4dn.xlarge, obtainable: 50%, substitutes: [g4dn.xlarge] }",
     "t.yaml:12:77 'g4dn.xlarge' stands for 'g4dn.xlarge' already, or is it | take it out\n"},
};

Test(study_supply, mistakes_stand_where_they_are_made) {
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct arena arena = {0};
        struct study study;
        const char *text = arena_printf(&arena, "%sestate: { supply: [ %s ] }\n",
                                        HEAD "workloads:\n" WORKLOAD("embed", "0.02 req/s", BOTH),
                                        mistakes[i].supply);
        cr_expect(eq(str, (char *)sized(&arena, text, &study), (char *)mistakes[i].want));
        arena_release(&arena);
    }
}

/* That an instance is too slow is known only after SIZE. */
Test(study_supply, a_substitute_that_misses_the_target_is_told) {
    struct arena arena = {0};
    struct study study;
    const char *text = HEAD
        "workloads:\n"
        "  - name: chat\n"
        "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 8 tokens } }\n"
        "    slo: { tpot: 9ms, share: 90% }\n"
        "    models: [ { use: llama-3.2-1b } ]\n"
        "    run_on: [ { instance: g5.xlarge }, { instance: g6.xlarge } ]\n"
        "    regions: [us-east-1]\n"
        "estate: { supply: [ { instance: g5.xlarge, obtainable: 50%, substitutes: [g6.xlarge] } ] "
        "}\n";
    const char *got = memory_study(&arena, (struct memory_run){.text = text}, &study);
    static const char want[] =
        "t.yaml:12:75 'g6.xlarge' cannot stand in for 'g5.xlarge' of 'chat': ";
    cr_assert(eq(str, arena_strndup(&arena, got, strlen(want)), (char *)want), "%s", got);
    arena_release(&arena);
}
