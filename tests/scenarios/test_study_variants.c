/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variants that cost something once, with payback worked by hand. One instance costs 1 USD an hour,
 * the demand is the same in every hour and half as much again as one instance carries with the
 * plain model: two instances. The variant carries it with one. It saves 1 USD an hour, 730 USD a
 * month, 8760 USD in a year. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/result.h"

static const char book[] =
    "headroom_price_book,1,round,USD\n"
    "kind,sku,region,option,unit,usd,status,source,as_of\n"
    "instance,c7g.xlarge,us-east-1,on_demand,hour,1,published,here,2026-11-01\n";

#define ROUND HEAD "prices: book.csv\nscaling: { boot: 0s }\nworkloads:\n"
#define PLAIN "{ use: bert-large, precision: fp32 }"
#define SMALL(once) "{ use: bert-base, precision: fp32, quality: 2 points less, one_off: " once " }"
#define SMALL_NUMBERS(once) "{ use: bert-base, precision: bf16, one_off: " once " }"

static const char *workload(struct arena *arena, const char *name, double rate,
                            const char *models) {
    return arena_printf(arena,
                        "  - name: %s\n"
                        "    demand: { generate: { rate: %.6f req/s, input: 512 tokens, output: 0 "
                        "tokens } }\n"
                        "    slo: { latency: 5s, share: 90%% }\n"
                        "    models: [ %s ]\n"
                        "    run_on: [ { instance: c7g.xlarge } ]\n"
                        "    regions: [us-east-1]\n",
                        name, rate, models);
}

static struct study study_of(struct arena *arena, const char *text, struct memory_run how) {
    struct study study;
    const struct memory_file files[] = {{"t.yaml", text}, {"book.csv", book}, {NULL, NULL}};
    how.files = files;
    cr_assert(eq(str, (char *)memory_study(arena, how, &study), ""));
    return study;
}

/* Half as much again as one instance carries with the plain model. */
static double rate_of_two(struct arena *arena) {
    const char *text = arena_printf(
        arena, "%s%s", ROUND,
        workload(arena, "w", 0.01, PLAIN ", " SMALL("1 USD") ", " SMALL_NUMBERS("1 USD")));
    struct study study = study_of(arena, text, (struct memory_run){.size_only = true});
    cr_assert(eq(int, study.n_candidates, 3));
    double rate = 1.5 * study.capacities[0].points[0].rate_per_second;
    for (int c = 1; c < 3; c++)
        cr_assert(gt(dbl, study.capacities[c].points[0].rate_per_second, rate));
    return rate;
}

static struct study planned(struct arena *arena, const char *models) {
    const char *text =
        arena_printf(arena, "%s%s", ROUND, workload(arena, "w", rate_of_two(arena), models));
    return study_of(arena, text, (struct memory_run){.without_replay = true});
}

static bool has_action(const struct study *study, const char *text, const char *reason) {
    for (int i = 0; i < study->n_actions; i++)
        if (strcmp(study->actions[i].text, text) == 0)
            return strcmp(study->actions[i].reason, reason) == 0;
    return false;
}

/* 2336 / 730 = 3.2 months. The baseline is the plain model: nobody makes a variant for it. */
Test(study_variants, that_pay_back_are_recommended_with_their_payback) {
    struct arena arena = {0};
    struct text json = {.arena = &arena}, csv = {.arena = &arena};
    const char *text =
        arena_printf(&arena, "%s%s", ROUND,
                     workload(&arena, "w", rate_of_two(&arena), PLAIN ", " SMALL("2336 USD")));
    struct study study = study_of(&arena, text, (struct memory_run){0});
    cr_assert(eq(int, study.n_variants, 1));
    const struct study_variant *variant = &study.variants[0];
    cr_expect(eq(str, (char *)variant->name, "bert-base in fp32"));
    cr_expect(eq(int, (int)variant->fate, VARIANT_USED));
    cr_expect(epsilon_eq(dbl, variant->usd_per_month_with, 730, 1e-6));
    cr_expect(epsilon_eq(dbl, variant->usd_per_month_without, 1460, 1e-6));
    cr_expect(epsilon_eq(dbl, variant->payback_months, 3.2, 1e-9));
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 730, 0.5));
    cr_expect(epsilon_eq(dbl, study.baseline.bill_usd_per_month, 1460, 0.5));
    cr_expect(eq(dbl, study_one_off_usd(&study), 2336));
    cr_expect(has_action(&study, "Make bert-base in fp32 for $2.34K once, paid back in 3.2 months",
                         "saves $730 a month, counted in the lines above; quality as stated: 2 "
                         "points less"));
    cr_expect(ne(ptr, strstr(study.headline, "$2.34K once for its models"), NULL), "%s",
              study.headline);
    result_append_json(&study, &json);
    cr_expect(ne(ptr, strstr(json.data, "\"payback_months\": 3.2"), NULL));
    cr_expect(ne(ptr, strstr(json.data, "\"fate\": \"chosen\""), NULL));
    result_append_candidates_csv(&study, &csv);
    cr_expect(ne(ptr, strstr(csv.data, ",2 points less,2336\n"), NULL));
    arena_release(&arena);
}

/* A quality without a cost is told where the model is to be run. */
Test(study_variants, that_cost_nothing_are_told_with_their_quality) {
    struct arena arena = {0};
    const char *text = arena_printf(
        &arena, "%s%s", ROUND,
        workload(&arena, "w", 0.01, "{ use: bert-base, precision: fp32, quality: 2 points less }"));
    struct study study = study_of(&arena, text, (struct memory_run){0});
    cr_assert(eq(int, study.n_variants, 0));
    const char *told = strstr(study.actions[0].reason, "; quality of ");
    cr_assert(told != NULL, "%s", study.actions[0].reason);
    cr_expect(eq(str, (char *)told, "; quality of bert-base in fp32 as stated: 2 points less"));
    arena_release(&arena);
}

/* What the engines of a replay did is in result.json; a hit rate where anything was found. */
Test(study_variants, results_tell_what_the_engines_did) {
    struct arena arena = {0};
    const char *text = arena_printf(&arena, "%s%s", ROUND, workload(&arena, "w", 0.01, PLAIN));
    struct study study = study_of(&arena, text, (struct memory_run){0});
    struct text none = {.arena = &arena}, some = {.arena = &arena};
    result_append_json(&study, &none);
    cr_expect(ne(ptr, strstr(none.data, "\"prefix_cache_hit_rate\": null"), NULL));
    struct replay_result *replays = arena_new(&arena, struct replay_result, study.demand.n_weeks);
    memcpy(replays, study.recommended.replays, (size_t)study.demand.n_weeks * sizeof *replays);
    replays[0].counts = (struct replica_counts){
        .preemptions = 7, .prompt_tokens = 800, .cached_prompt_tokens = 200, .adapter_loads = 3};
    study.recommended.replays = replays;
    result_append_json(&study, &some);
    cr_expect(ne(ptr, strstr(some.data, "\"prefix_cache_hit_rate\": 0.25"), NULL));
    cr_expect(ne(ptr, strstr(some.data, "\"preemptions\": 7"), NULL));
    cr_expect(ne(ptr, strstr(some.data, "\"adapter_loads\": 3"), NULL));
    arena_release(&arena);
}

/* 14,600 / 730 = 20 months of 12. */
Test(study_variants, that_do_not_pay_back_within_the_horizon_are_left_out) {
    struct arena arena = {0};
    struct study study = planned(&arena, PLAIN ", " SMALL("14600 USD"));
    const struct study_variant *variant = &study.variants[0];
    cr_expect(eq(int, (int)variant->fate, VARIANT_DROPPED));
    cr_expect(epsilon_eq(dbl, variant->payback_months, 20, 1e-9));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour, 2, 1e-9));
    cr_expect(eq(dbl, study_one_off_usd(&study), 0));
    cr_expect(eq(str, (char *)study_candidate_reason(&study, 0), ""));
    cr_expect(eq(str, (char *)study_candidate_reason(&study, 1),
                 "costs $14.6K once and would pay back in 20 months, the plan is for 12"));
    cr_expect(eq(str, (char *)notice_of(&study, "variant-left-out"),
                 "bert-base in fp32 is left out: it costs $14.6K once and would pay back in 20 "
                 "months, the plan is for 12"));
    cr_expect(eq(ptr, strstr(study.headline, " once"), NULL));
    arena_release(&arena);
}

/* The year's 8760 hours at 1 USD: to the dollar. */
Test(study_variants, pay_back_to_the_dollar) {
    struct arena arena = {0};
    struct study in = planned(&arena, PLAIN ", " SMALL("8759 USD"));
    struct study out = planned(&arena, PLAIN ", " SMALL("8761 USD"));
    cr_expect(eq(int, (int)in.variants[0].fate, VARIANT_USED));
    cr_expect(eq(int, (int)out.variants[0].fate, VARIANT_DROPPED));
    arena_release(&arena);
}

/* Either carries the demand with one instance, and each alone pays back (6.8 and 0.1 months), but
 * only the cheaper one is made. */
Test(study_variants, that_do_the_same_for_more_are_left_out) {
    struct arena arena = {0};
    struct study study = planned(&arena, PLAIN ", " SMALL("5 kUSD") ", " SMALL_NUMBERS("100 USD"));
    cr_assert(eq(int, study.n_variants, 2));
    cr_expect(eq(int, (int)study.variants[0].fate, VARIANT_DROPPED));
    cr_expect(eq(str, (char *)study.variants[0].closed,
                 "costs $5.00K once, and a plan without it costs less over the 12 months"));
    cr_expect(eq(int, (int)study.variants[1].fate, VARIANT_USED));
    cr_expect(epsilon_eq(dbl, study.variants[1].payback_months, 100 / 730.0, 1e-9));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour, 1, 1e-9));
    cr_expect(eq(dbl, study_one_off_usd(&study), 100));
    arena_release(&arena);
}

/* Neither pays back: both are left out, and the plain model stays. */
Test(study_variants, of_which_none_pays_back_are_all_left_out) {
    struct arena arena = {0};
    struct study study = planned(&arena, PLAIN ", " SMALL("20 kUSD") ", " SMALL_NUMBERS("10 kUSD"));
    for (int v = 0; v < 2; v++)
        cr_expect(eq(int, (int)study.variants[v].fate, VARIANT_DROPPED), "%d", v);
    cr_expect(epsilon_eq(dbl, study.variants[1].payback_months, 10000 / 730.0, 1e-9));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour, 2, 1e-9));
    arena_release(&arena);
}

/* One workload's variant pays back and the other's does not; each is weighed for itself. */
Test(study_variants, of_two_workloads_are_weighed_one_by_one) {
    struct arena arena = {0};
    double rate = rate_of_two(&arena);
    const char *text = arena_printf(&arena, "%s%s%s", ROUND,
                                    workload(&arena, "a", rate, PLAIN ", " SMALL("1460 USD")),
                                    workload(&arena, "b", rate, PLAIN ", " SMALL("9 kUSD")));
    struct study study = study_of(&arena, text, (struct memory_run){.without_replay = true});
    cr_assert(eq(int, study.n_variants, 2));
    cr_expect(eq(str, (char *)study.variants[1].name, "bert-base in fp32 for b"));
    cr_expect(eq(int, (int)study.variants[0].fate, VARIANT_USED));
    cr_expect(epsilon_eq(dbl, study.variants[0].payback_months, 2, 1e-9));
    cr_expect(eq(int, (int)study.variants[1].fate, VARIANT_DROPPED));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour, 3, 1e-9));
    arena_release(&arena);
}

/* Nothing saves over a plan that does not exist: the variant is made, and that is said. */
Test(study_variants, without_which_nothing_serves_are_made) {
    struct arena arena = {0};
    struct study study = planned(&arena, SMALL("99 kUSD"));
    cr_expect(eq(int, (int)study.variants[0].fate, VARIANT_USED));
    cr_expect(isnan(study.variants[0].payback_months));
    cr_expect(eq(dbl, study_one_off_usd(&study), 99e3));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour, 1, 1e-9));
    arena_release(&arena);
}

/* A variant that the plan has no use for costs nothing and is not told as left out. */
Test(study_variants, that_save_nothing_are_not_used) {
    struct arena arena = {0};
    const char *text =
        arena_printf(&arena, "%s%s", ROUND, workload(&arena, "w", 0.01, PLAIN ", " SMALL("1 USD")));
    struct study study = study_of(&arena, text, (struct memory_run){.without_replay = true});
    cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour, 1, 1e-9));
    cr_expect(eq(dbl, study_one_off_usd(&study), 0));
    cr_expect(ne(int, (int)study.variants[0].fate, VARIANT_USED));
    arena_release(&arena);
}
