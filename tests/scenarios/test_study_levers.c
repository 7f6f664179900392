/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levers: of a log that is paid by the token what each saves is known by hand, and the sequence
 * adds up; on instances each lever is the study of the scenario written that way. */
#include <math.h>

#include "scenarios/result.h"
#include "study_memory.h"

#define ROW(kind, sku, unit, usd)                                                                  \
    kind "," sku ",us-east-1,on_demand," unit "," usd ",published,here,2026-11-01\n"
static const char book[] =
    "headroom_price_book,1,round,USD\n"
    "kind,sku,region,option,unit,usd,status,source,as_of\n" ROW(
        "instance", "c7g.xlarge", "hour", "1") ROW("instance", "g4dn.xlarge", "hour", "1")
        ROW("token_api", "acme/api", "1M input tokens", "1000")
            ROW("token_api", "acme/api", "1M cached input tokens", "400")
                ROW("token_api", "acme/api", "1M output tokens", "2000");

#define API(levers)                                                                                \
    HEAD "prices: book.csv\nlevers:\n" levers "workloads:\n"                                       \
         "  - name: chat\n"                                                                        \
         "    demand: { trace: week.csv }\n"                                                       \
         "    slo: { ttft: 5s, share: 90% }\n"                                                     \
         "    models: [ { use: acme/api, ttft: 1s, tpot: 1ms } ]\n"                                \
         "    regions: [us-east-1]\n"
#define EMBEDDING(rate, on, levers, models, latency)                                               \
    HEAD "prices: book.csv\nscaling: { boot: 0s }\n" levers "workloads:\n"                         \
         "  - name: embed\n"                                                                       \
         "    demand: { generate: { rate: " rate                                                   \
         " req/s, input: 512 tokens, output: 0 tokens } }\n"                                       \
         "    slo: { latency: " latency ", share: 90%% }\n"                                        \
         "    models: [ " models " ]\n"                                                            \
         "    run_on: [ { instance: " on " } ]\n"                                                  \
         "    regions: [us-east-1]\n"
#define LARGE "{ use: bert-large, precision: fp32 }"

static const char *run(struct arena *arena, const char *text, struct study *study) {
    const struct memory_file files[] = {
        {"t.yaml", text}, {"book.csv", book}, {"week.csv", steady_log(arena)}, {NULL, NULL}};
    return memory_study(
        arena, (struct memory_run){.files = files, .alone = true, .without_replay = true}, study);
}

static struct study levers_of(struct arena *arena, const char *text) {
    struct study study;
    cr_assert(eq(str, (char *)run(arena, text, &study), ""));
    return study;
}

/* Whether savings lead from the plan of none to the plan of all, to a hundredth of a cent. */
static bool adds_up(const struct study *study, double (*saving)(const struct study_lever *)) {
    double sum = 0;
    for (int i = 0; i < study->n_levers; i++)
        sum += saving(&study->levers[i]);
    double all = study->levers_before_usd_per_month - study->levers_after_usd_per_month;
    return fabs(sum - all) < 1e-4;
}
static double in_sequence(const struct study_lever *lever) {
    return lever->usd_per_month;
}
static double counted_twice(const struct study_lever *lever) {
    return lever->alone_usd_per_month;
}

/* Prompts of 80 save 4380 x 20 x 0.001 = 87.60; answers of 8 save 4380 x 2 x 0.002 = 17.52; what
 * is paid by the token is no cheaper for being slower. 876 / 87.60 = 10 months. */
Test(study_levers, of_a_token_bill_save_what_is_known_by_hand) {
    struct arena arena = {0};
    struct text csv = {.arena = &arena}, json = {.arena = &arena};
    struct study study =
        levers_of(&arena, API("  - { change: slo, longer: 10ms, one_off: 5 USD }\n"
                              "  - { change: answers }\n"
                              "  - { change: prompts, by: 20%, one_off: 876 USD }\n"));
    cr_assert(eq(int, study.n_levers, 3));
    const struct {
        const char *name;
        double usd, payback;
    } expected[] = {{"prompts 20% shorter", 87.60, 10},
                    {"answers 20% shorter", 17.52, 0},
                    {"latency limits 10 ms longer", 0, INFINITY}};
    for (int i = 0; i < 3; i++) {
        const struct study_lever *lever = &study.levers[i];
        cr_expect(eq(str, (char *)lever->name, (char *)expected[i].name));
        cr_expect(eq(int, lever->step, i + 1));
        cr_expect(epsilon_eq(dbl, lever->alone_usd_per_month, expected[i].usd, 1e-4));
        cr_expect(epsilon_eq(dbl, lever->usd_per_month, expected[i].usd, 1e-4));
        cr_expect(isinf(expected[i].payback)
                      ? isinf(lever->payback_months)
                      : fabs(lever->payback_months - expected[i].payback) < 1e-4);
    }
    cr_expect(epsilon_eq(dbl, study.levers_before_usd_per_month, 525.60, 1e-4));
    cr_expect(epsilon_eq(dbl, study.levers_after_usd_per_month, 420.48, 1e-4));
    cr_expect(adds_up(&study, in_sequence));
    cr_expect(epsilon_eq(dbl, study.levers[0].minimum_usd_per_month, 87.60, 1e-4));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour * 730, 525.60, 1e-4));
    result_append_levers_csv(&study, &csv);
    cr_expect(ne(ptr, strstr(csv.data, "1,prompts 20% shorter,87.6"), NULL), "%s", csv.data);
    result_append_json(&study, &json);
    cr_expect(ne(ptr, strstr(json.data, "\"name\": \"prompts 20% shorter\""), NULL));
    arena_release(&arena);
}

/* With 10 % off the month costs 473.04, prompts save 78.84 and answers 15.768. Of 5,000 USD
 * promised a year, 416.67 a month, all is spent; shorter prompts leave 394.20 and 22.47 missing: of
 * them 56.37 is saved, and nothing by the answers then, though alone they spend 457.27 and save
 * all. Of 6,000 (500 a month) 26.96 are missing already and no lever saves anything; what is
 * promised for something else is missing whatever is done here. */
Test(study_levers, save_no_more_than_the_promised_spend_leaves) {
    static const struct {
        const char *of, *commitment;
        double before, prompts, prompts_alone, answers, answers_alone;
    } cases[] = {{"bedrock", "5 kUSD/year", 473.04, 56.3733, 56.3733, 0, 15.768},
                 {"bedrock", "6 kUSD/year", 500, 0, 0, 0, 0},
                 {"lambda", "1.2 kUSD/year", 473.04 + 100, 78.84, 78.84, 15.768, 15.768}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const char *levers = API("  - { change: prompts, by: 20% }\n"
                                 "  - { change: answers }\n");
        const char *text = arena_printf(
            &arena,
            "%sestate: { discounts: [ { applies_to: %s, rate: 10%%, commitment: %s }%s ] }\n",
            levers, cases[i].of, cases[i].commitment,
            i == 2 ? ", { applies_to: bedrock, rate: 10% }" : "");
        const struct memory_file files[] = {
            {"t.yaml", text}, {"book.csv", book}, {"week.csv", steady_log(&arena)}, {NULL, NULL}};
        struct study study;
        const char *got =
            memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &study);
        cr_assert(eq(str, (char *)got, ""));
        cr_expect(epsilon_eq(dbl, study.levers_before_usd_per_month, cases[i].before, 1e-3), "%zu",
                  i);
        cr_expect(
            epsilon_eq(dbl, study_paid_usd_per_month(&study.recommended), cases[i].before, 1e-3),
            "%zu", i);
        for (int l = 0; l < 2; l++) {
            const struct study_lever *lever = &study.levers[l];
            bool prompts = strncmp(lever->name, "prompts", 7) == 0;
            cr_expect(epsilon_eq(dbl, lever->usd_per_month,
                                 prompts ? cases[i].prompts : cases[i].answers, 1e-3),
                      "%zu: %s", i, lever->name);
            cr_expect(epsilon_eq(dbl, lever->alone_usd_per_month,
                                 prompts ? cases[i].prompts_alone : cases[i].answers_alone, 1e-3),
                      "%zu: %s", i, lever->name);
        }
        cr_expect(adds_up(&study, in_sequence));
        arena_release(&arena);
    }
}

/* Two such workloads: one lever is for one of them, the other for both, also after the first. */
Test(study_levers, change_the_workloads_that_they_are_for) {
    struct arena arena = {0};
    struct study study = levers_of(
        &arena, API("  - { change: answers, workload: code }\n"
                    "  - { change: prompts }\n") "  - name: code\n"
                                                 "    demand: { trace: week.csv }\n"
                                                 "    slo: { ttft: 5s, share: 90% }\n"
                                                 "    models: [ { use: acme/api, ttft: 1s, tpot: "
                                                 "1ms } ]\n"
                                                 "    regions: [us-east-1]\n");
    cr_assert(eq(int, study.n_levers, 2));
    cr_expect(epsilon_eq(dbl, study.levers_before_usd_per_month, 2 * 525.60, 1e-4));
    cr_expect(epsilon_eq(dbl, study.levers[0].usd_per_month, 2 * 87.60, 1e-4));
    cr_expect(eq(str, (char *)study.levers[1].name, "answers 20% shorter for code"));
    cr_expect(epsilon_eq(dbl, study.levers[1].usd_per_month, 17.52, 1e-4));
    arena_release(&arena);
}

/* Generated lengths are scaled as distributions: of fixed 512 tokens 10 % less are 461. */
Test(study_levers, scale_generated_lengths) {
    struct arena arena = {0};
    struct study study =
        levers_of(&arena, HEAD
                  "prices: book.csv\nlevers: [ { change: prompts, by: 10% } ]\nworkloads:\n"
                  "  - name: chat\n"
                  "    demand: { generate: { rate: 1 req/s, input: 512 tokens, output: 10 tokens "
                  "} }\n"
                  "    slo: { ttft: 5s, share: 90% }\n"
                  "    models: [ { use: acme/api, ttft: 1s, tpot: 1ms } ]\n"
                  "    regions: [us-east-1]\n");
    double requests = 730 * 3600.0;
    cr_assert(eq(int, study.n_levers, 1));
    cr_expect(epsilon_eq(dbl, study.levers_before_usd_per_month, requests * 0.532, 1));
    cr_expect(epsilon_eq(dbl, study.levers[0].usd_per_month, requests * 0.051, 1));
    arena_release(&arena);
}

/* Answers of 10 tokens: a half less are 5 (43.80), and a fifth less of these 4 (8.76, alone 17.52).
 * Savings of each alone do not add up. */
Test(study_levers, count_nothing_twice) {
    struct arena arena = {0};
    struct study study = levers_of(&arena, API("  - { change: answers, by: 20% }\n"
                                               "  - { change: answers, by: 50% }\n"));
    cr_assert(eq(int, study.n_levers, 2));
    cr_expect(epsilon_eq(dbl, study.levers[0].usd_per_month, 43.80, 1e-4));
    cr_expect(epsilon_eq(dbl, study.levers[1].usd_per_month, 8.76, 1e-4));
    cr_expect(epsilon_eq(dbl, study.levers[1].alone_usd_per_month, 17.52, 1e-4));
    cr_expect(adds_up(&study, in_sequence));
    cr_expect(not(adds_up(&study, counted_twice)));
    arena_release(&arena);
}

/* Half of 438 USD of prompts at 0.4 of the price saves 438 x 0.5 x 0.6 = 131.40. Of the 394.20 that
 * are left a cache answers a fifth, 78.84, where alone it saves 105.12; a second one a fifth of
 * what the first leaves. The mutant is money that is counted twice. */
Test(study_levers, caches_save_what_is_known_by_hand) {
    struct arena arena = {0};
    struct study study =
        levers_of(&arena, API("  - { change: cached_input, by: 50% }\n"
                              "  - { change: answer_cache }\n"
                              "  - { change: answer_cache, one_off: 840.96 USD }\n"));
    const double alone[] = {131.40, 105.12, 105.12}, step[] = {131.40, 78.84, 63.072};
    cr_assert(eq(int, study.n_levers, 3));
    for (int i = 0; i < 3; i++) {
        cr_expect(epsilon_eq(dbl, study.levers[i].alone_usd_per_month, alone[i], 1e-4), "%s",
                  study.levers[i].name);
        cr_expect(epsilon_eq(dbl, study.levers[i].usd_per_month, step[i], 1e-4), "%s",
                  study.levers[i].name);
    }
    cr_expect(eq(str, (char *)study.levers[1].name, "20% of requests answered from a cache"));
    cr_expect(adds_up(&study, in_sequence));
    cr_expect(not(adds_up(&study, counted_twice)));
    arena_release(&arena);
}

/* On instances: the lever's plan is that of the scenario written so, found by a study of its own.
 */
static void is_as_written(struct arena *arena, const char *with_lever, const char *written_so) {
    struct study study = levers_of(arena, with_lever), written = levers_of(arena, written_so);
    cr_assert(eq(int, study.n_levers, 1));
    const struct study_lever *lever = &study.levers[0];
    cr_expect(epsilon_eq(dbl, study.levers_before_usd_per_month,
                         730 * study.first_plan->usd_per_hour, 1e-6));
    cr_expect(epsilon_eq(dbl, study.levers_after_usd_per_month,
                         730 * written.first_plan->usd_per_hour, 1e-6));
    cr_expect(epsilon_eq(dbl, lever->minimum_usd_per_month,
                         730 * (study.lp_usd_per_hour - written.lp_usd_per_hour), 1e-6));
    cr_expect(gt(dbl, lever->usd_per_month, 1), "%s saves nothing", lever->name);
}

#define CHANGE(text) "levers: [ { change: " text " } ]\n"
#define ON_CPU(levers, models, latency)                                                            \
    arena_printf(&arena, EMBEDDING("3", "c7g.xlarge", levers, models, latency))
#define ON_GPU(levers, models)                                                                     \
    arena_printf(&arena, EMBEDDING("100", "g4dn.xlarge", levers, models, "5s"))

/* Where a promise is for all instances, owned ones among them, every month costs the greater of the
 * plan and the promise: here a third of the way from the plan without the lever to that with it. */
Test(study_levers, of_instances_save_down_to_the_promise) {
    struct arena arena = {0};
    struct study studies[2];
    double promise = 0;
    for (int i = 0; i < 2; i++) {
        const char *text = arena_printf(
            &arena,
            "%spurchase: [ on_demand ]\nestate:\n"
            "  owned: [ { reserved: standard, instance: c7g.xlarge, count: 1, rate: 0.4 USD/h, "
            "ends: 2028-01-01 } ]\n"
            "  discounts: [ { applies_to: ec2, rate: 10%%%s } ]\n",
            ON_CPU(CHANGE("model, model: bert-base"), LARGE, "5s"),
            i ? arena_printf(&arena, ", commitment: %.0f USD/year", 12 * promise) : "");
        const struct memory_file files[] = {
            {"t.yaml", text}, {"book.csv", book}, {"week.csv", ""}, {NULL, NULL}};
        const char *got =
            memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &studies[i]);
        cr_assert(eq(str, (char *)got, ""));
        promise = floor(
            (2 * studies[0].levers_before_usd_per_month + studies[0].levers_after_usd_per_month) /
            3);
    }
    const struct study *plain = &studies[0], *promised = &studies[1];
    cr_assert(gt(dbl, plain->levers_before_usd_per_month, promise + 1));
    cr_assert(lt(dbl, plain->levers_after_usd_per_month, promise - 1));
    cr_expect(epsilon_eq(dbl, promised->levers_before_usd_per_month,
                         plain->levers_before_usd_per_month, 1e-3));
    double more = plain->recommended.bill_usd_per_month - plain->levers_before_usd_per_month;
    cr_expect(epsilon_eq(dbl, promised->levers_after_usd_per_month, promise - more, 1e-3));
    arena_release(&arena);
}

Test(study_levers, on_instances_are_the_scenario_written_so) {
    struct arena arena = {0};
    is_as_written(&arena, ON_CPU(CHANGE("model, model: bert-base"), LARGE, "5s"),
                  ON_CPU("", LARGE ", { use: bert-base }", "5s"));
    is_as_written(&arena, ON_CPU(CHANGE("slo, by: 90%%"), LARGE, "5s"),
                  ON_CPU("", LARGE, "9500ms"));
    is_as_written(&arena, ON_CPU(CHANGE("slo, longer: 4500ms"), LARGE, "5s"),
                  ON_CPU("", LARGE, "9500ms"));
    is_as_written(&arena, ON_GPU(CHANGE("precision, precision: int8"), "{ use: bert-large }"),
                  ON_GPU("", "{ use: bert-large, precision: [bf16, int8] }"));
    arena_release(&arena);
}

/* A router that counts tokens of a cache takes no encoder: found when the model is opened, told
 * with the lever, and the other levers go on. */
Test(study_levers, without_a_plan_are_told_with_their_reason) {
    struct arena arena = {0};
    struct text csv = {.arena = &arena};
    struct study study = levers_of(
        &arena,
        "headroom: 1\nname: t\nhorizon: { start: 2026-12-01, months: 12 }\n"
        "simulation: { replications: 1, router: most_free_kv }\n"
        "levers: [ { change: model, model: bert-base }, { change: answers } ]\n"
        "workloads:\n"
        "  - name: chat\n"
        "    demand: { generate: { rate: 1 req/s, input: 128 tokens, output: 50 tokens } }\n"
        "    slo: { ttft: 2s, share: 90% }\n"
        "    models: [ { use: llama-3.1-8b } ]\n"
        "    run_on: [ { instance: g6e.xlarge } ]\n"
        "    regions: [us-east-1]\n");
    cr_assert(eq(int, study.n_levers, 2));
    cr_expect(eq(str, (char *)study.levers[0].name, "answers 20% shorter"));
    cr_expect(eq(int, study.levers[0].step, 1));
    cr_expect(eq(int, study.levers[1].step, 0));
    cr_expect(isnan(study.levers[1].usd_per_month));
    cr_expect(ne(ptr, strstr(study.levers[1].why, "the router most_free_kv needs decoders"), NULL),
              "%s", study.levers[1].why);
    result_append_levers_csv(&study, &csv);
    cr_expect(ne(ptr, strstr(csv.data, "\n,bert-base,,,,0,,the router"), NULL), "%s", csv.data);
    arena_release(&arena);
}

Test(study_levers, that_change_nothing_are_refused) {
    struct arena arena = {0};
    struct study study;
    const struct {
        const char *lever, *what;
    } wrong[] = {
        {"change: answers", "the lever changes nothing of the workload 'embed': it has no answers "
                            "of tokens | take the lever out\n"},
        {"change: precision, precision: fp32",
         "the lever changes nothing of the workload 'embed': the plan may choose this precision "
         "already | take the lever out\n"},
        {"change: model, model: bert-large",
         "the lever changes nothing of the workload 'embed': the plan may choose this model "
         "already | take the lever out\n"},
        {"change: model, model: bert-huge",
         "the catalogue has no model 'bert-huge' | list models with: headroom explain models\n"},
        {"change: slo, by: 10%, longer: 10ms", "'by' and 'longer' say the same"},
        {"change: slo, model: bert-base", "'levers.model' is for model only"},
        {"change: prompts, workload: nobody", "there is no workload 'nobody'"},
        {"change: precision", "'precision' is missing"},
        {"change: cached_input", "it may use no token API that is paid by the token"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *got = run(
            &arena,
            arena_printf(&arena, EMBEDDING("3", "c7g.xlarge", "levers: [ { %s } ]\n", LARGE, "5s"),
                         wrong[i].lever),
            &study);
        cr_expect(ne(ptr, strstr(got, wrong[i].what), NULL), "%s: %s", wrong[i].lever, got);
    }
    arena_release(&arena);
}
