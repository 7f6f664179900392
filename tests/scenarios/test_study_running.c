/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan runs, in words: what is next to nothing stands after the rest, with its time and
 * its money, and is no action of its own. Sums in the comments. */
#include "study_memory.h"

#include "scenarios/study_parts.h"

/* Committed to for 3 years the first type is the cheapest, on demand the second. */
static const char book[] =
    "headroom_price_book,1,round,USD\n"
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"
    "instance,g4dn.xlarge,us-east-1,on_demand,,,hour,1,published,here,2026-11-01\n"
    "instance,g4dn.xlarge,us-east-1,reserved_standard,3y,no_upfront,hour,0.3,published,here,2026-"
    "11-01\n"
    "instance,g4dn.2xlarge,us-east-1,on_demand,,,hour,0.5,published,here,2026-11-01\n"
    "token_api,acme/api,us-east-1,on_demand,,,1M input tokens,80,published,here,2026-11-01\n"
    "token_api,acme/api,us-east-1,on_demand,,,1M output tokens,80,published,here,2026-11-01\n";

#define HORIZON(months)                                                                            \
    "headroom: 1\nname: t\nhorizon: { start: 2026-12-01, months: " months " }\n"                   \
    "simulation: { replications: 1 }\nprices: book.csv\nscaling: { boot: 0s }\n"                   \
    "purchase: [ on_demand, { reserved: standard, term: 3y } ]\n"
#define TWO_TYPES "[ { instance: g4dn.xlarge }, { instance: g4dn.2xlarge } ]"

static struct study run(struct arena *arena, const char *text) {
    const struct memory_file files[] = {{"t.yaml", text}, {"book.csv", book}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

static const char *instances_of(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    study_list_instances(arena, study, &out);
    return out.data;
}

static int actions_with(const struct study *study, const char *words) {
    int n = 0;
    for (int i = 0; i < study->n_actions; i++)
        n += strstr(study->actions[i].text, words) != NULL;
    return n;
}

/* December 2026 to November 2029 has 1096 days, a term of 3 years 1095. On the last day the second
 * type runs for 24 x 0.5 = 12 USD; with 1095 x 24 x 0.3 = 7884 USD that is all that is paid. */
Test(study_running, a_day_after_the_term) {
    struct arena arena = {0};
    struct study study =
        run(&arena, HORIZON("36") "workloads:\n" WORKLOAD("embed", "0.02 req/s", TWO_TYPES));
    const char *words = "1 x g4dn.xlarge, and 1 x g4dn.2xlarge on demand on 2029-11-30 ($12.0)";
    cr_expect(eq(str, (char *)instances_of(&arena, &study), (char *)words));
    cr_expect(strstr(study.headline, words) != NULL, "%s", study.headline);
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_horizon, 7896, 0.01));
    cr_expect(eq(int, actions_with(&study, "g4dn.2xlarge"), 1));
    cr_expect(eq(int, actions_with(&study, "by the hour of the week"), 0));
    arena_release(&arena);
}

/* Owned until ten days before the end of the year: 2.7 % is no trifle, and told as what runs. Until
 * three days before, it is. */
Test(study_running, days_after_what_is_owned) {
    struct arena arena = {0};
    static const struct {
        const char *ends, *words;
    } cases[] = {
        {"2027-11-21", "0 to 1 x g4dn.xlarge, 0 to 1 x g4dn.2xlarge"},
        {"2027-11-28", "1 x g4dn.xlarge, and 1 x g4dn.2xlarge on demand on 3 days from 2027-11-28 "
                       "($36.0)"},
    };
    for (int i = 0; i < 2; i++) {
        const char *text = arena_printf(
            &arena, "%s%s%s%s", HORIZON("12"),
            "estate: { owned: [ { reserved: standard, instance: g4dn.xlarge, count: 1, "
            "rate: 0.3 USD/h, ends: ",
            cases[i].ends, " } ] }\nworkloads:\n" WORKLOAD("embed", "0.02 req/s", TWO_TYPES));
        struct study study = run(&arena, text);
        cr_expect(eq(str, (char *)instances_of(&arena, &study), (char *)cases[i].words));
    }
    arena_release(&arena);
}

/* Half of each day, every day: the count does follow the week. */
Test(study_running, the_week_is_followed) {
    struct arena arena = {0};
    struct study study = run(&arena, HORIZON("12") AFTERNOONS);
    cr_expect(eq(str, (char *)instances_of(&arena, &study), "0 to 1 x g4dn.xlarge"));
    cr_expect(study_follows_week(&study));
    struct study flat =
        run(&arena, HORIZON("12") "workloads:\n" WORKLOAD("embed", "0.02 req/s", TWO_TYPES));
    cr_expect(not(study_follows_week(&flat)));
    arena_release(&arena);
}

/* By use a day of 0.02 x 86400 requests of 64 tokens costs 8.85 USD: more than the commitment's
 * 7.20, less than 24 on demand. It is sent there on the last day alone, 1 of 1096: 0.246 USD of
 * each of the 36.03 months of 730 hours. */
Test(study_running, a_day_by_use) {
    struct arena arena = {0};
    struct study study =
        run(&arena, HORIZON("36") "workloads:\n"
                                  "  - name: embed\n"
                                  "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, "
                                  "output: 0 tokens } }\n"
                                  "    slo: { latency: 500ms, share: 95% }\n"
                                  "    models: [ { use: bert-base }, { use: acme/api, ttft: 100ms, "
                                  "tpot: 1ms } ]\n"
                                  "    run_on: [ { instance: g4dn.xlarge } ]\n"
                                  "    regions: [us-east-1]\n");
    const char *words =
        "Run 1 x g4dn.xlarge, and send 0.091% of embed to acme/api ($0.246 a month)";
    cr_expect(eq(int, actions_with(&study, words), 1));
    cr_expect(eq(int, actions_with(&study, "acme/api"), 1));
    cr_expect(strstr(study.headline, "acme/api") == NULL, "%s", study.headline);
    arena_release(&arena);
}
