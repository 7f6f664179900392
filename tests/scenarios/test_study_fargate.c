/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks of Fargate as candidates: served by rule, billed like instances, reached by Compute savings
 * plans and by no other commitment. */
#include "study_memory.h"

#include <math.h>

#define MONTH_H 730.0
#define TASK "fargate-arm64.4vcpu-16gb"

/* A task at 0.16 USD an hour; 0.12 under a Compute plan. The rates of what does not reach it would
 * be cheaper still. */
#define ROW(option, term, payment, usd)                                                            \
    "instance," TASK ",us-east-1," option "," term "," payment ",hour," usd                        \
    ",published,here,2026-11-01\n"
static const char book[] =
    "headroom_price_book,1,tasks,USD\n"
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n" ROW(
        "on_demand", "", "", "0.16") ROW("plan_compute", "1y", "no_upfront",
                                         "0.12") ROW("plan_ec2", "1y", "no_upfront", "0.05")
        ROW("reserved_standard", "1y", "no_upfront",
            "0.04") "instance,fargate-x86.4vcpu-16gb,us-east-1,on_demand,,,hour,0.2,published,here,"
                    "2026-11-01\n";

static struct study run(struct arena *arena, const char *text) {
    const struct memory_file files[] = {{"t.yaml", text}, {"tasks.csv", book}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

#define SERVED(purchase, where)                                                                    \
    HEAD "prices: tasks.csv\nscaling: { boot: 0s }\npurchase: " purchase                           \
         "\nworkloads:\n" WORKLOAD("embed", "0.02 req/s", where)
#define EVERY_WAY                                                                                  \
    "[ on_demand, { savings_plan: [compute, ec2], term: 1y, payment: no_upfront }, "               \
    "{ reserved: standard, term: 1y, payment: no_upfront } ]"

/* One task day and night: 730 x 0.16. Its service is half that of Graviton3's four vCPU or less, so
 * that an answer takes longer, and it has a rule to be told. */
Test(study_fargate, tasks_serve_and_are_billed) {
    struct arena arena = {0};
    struct study study = run(&arena, SERVED("[on_demand]", "[ { instance: " TASK " } ]"));
    cr_assert(eq(int, study.n_candidates, 1));
    cr_assert(study.capacities[0].feasible, "%s", study.capacities[0].reason);
    cr_expect(strstr(study.capacities[0].basis, "graviton-peak") != NULL, "%s",
              study.capacities[0].basis);
    cr_expect(strstr(study.candidates[0].hardware, "Graviton2") != NULL, "%s",
              study.candidates[0].hardware);
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 0.16 * MONTH_H, 1e-6));
    arena_release(&arena);
}

/* Of three commitments with rates two are refused, though they are said to be cheaper; the Compute
 * plan is bought: 730 x 0.12. */
Test(study_fargate, compute_plans_alone_reach_them) {
    struct arena arena = {0};
    const struct memory_file files[] = {{"t.yaml", SERVED(EVERY_WAY, "[ { instance: " TASK " } ]")},
                                        {"tasks.csv", book},
                                        {NULL, NULL}};
    struct study refused;
    const char *got =
        memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &refused);
    cr_expect(eq(str, (char *)got,
                 "t.yaml:7:26 no candidate has a rate for a 1-year EC2 Instance savings plan, no "
                 "upfront: not " TASK " in us-east-1 | only Compute savings plans cover Fargate; "
                 "take it out of purchase, or add the rate to a book of your own\n"
                 "t.yaml:7:91 no candidate has a rate for a 1-year reserved instance, no upfront: "
                 "not " TASK " in us-east-1 | only Compute savings plans cover Fargate; take it "
                 "out of purchase, or add the rate to a book of your own\n"));
    struct study study = run(
        &arena, SERVED("[ on_demand, { savings_plan: compute, term: 1y, payment: no_upfront } ]",
                       "[ { instance: " TASK " } ]"));
    cr_assert(eq(int, study.recommended.plan->n_commitments, 1));
    cr_expect(eq(int, (int)study.recommended.plan->commitments[0].commitment.terms.kind,
                 COMMIT_PLAN_COMPUTE));
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 0.12 * MONTH_H, 1e-4));
    arena_release(&arena);
}

/* A task has 4 vCPU: an account of so many may run it, one of 3 may not. */
Test(study_fargate, the_quota_of_the_account_binds) {
    for (int vcpu = 3; vcpu <= 4; vcpu++) {
        struct arena arena = {0};
        struct study study =
            run(&arena, arena_printf(&arena, "%sestate: { quotas: { Fargate: %d vCPU } }\n",
                                     SERVED("[on_demand]", "[ { instance: " TASK " } ]"), vcpu));
        cr_expect(eq(int, study.infeasible, vcpu == 3));
        if (study.infeasible)
            cr_expect(strstr(study.recommended.plan->infeasible, "Fargate") != NULL, "%s",
                      study.recommended.plan->infeasible);
        arena_release(&arena);
    }
}

/* Tasks of a quarter and of half a vCPU, at 0.01 and 0.02 USD an hour, one day and night: 7.30 and
 * 14.60 a month. A task takes its part of the account's quota: 0.25 are enough for the smaller. */
Test(study_fargate, tasks_of_parts_of_a_vcpu) {
    static const char small[] =
        "headroom_price_book,1,tasks,USD\n"
        "kind,sku,region,option,unit,usd,status,source,as_of\n"
        "instance,fargate-arm64.0.25vcpu-2gb,us-east-1,on_demand,hour,0.01,published,here,"
        "2026-11-01\n"
        "instance,fargate-arm64.0.5vcpu-4gb,us-east-1,on_demand,hour,0.02,published,here,2026-11-01"
        "\n";
    static const struct {
        const char *task, *quota;
        double usd; /* 0: none may run */
    } cases[] = {{"0.25vcpu-2gb", "0.25", 7.30},
                 {"0.25vcpu-2gb", "0.2", 0},
                 {"0.5vcpu-4gb", "0.5", 14.60},
                 {"0.5vcpu-4gb", "0.25", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const char *text =
            arena_printf(&arena,
                         HEAD "prices: tasks.csv\nscaling: { boot: 0s }\npurchase: [on_demand]\n"
                              "estate: { quotas: { Fargate: %s vCPU } }\nworkloads:\n%s",
                         cases[i].quota,
                         WORKLOAD("embed", "0.002 req/s", "[ { instance: fargate-arm64.TASK } ]"));
        const char *at = strstr(text, "TASK");
        text = arena_printf(&arena, "%.*s%s%s", (int)(at - text), text, cases[i].task, at + 4);
        const struct memory_file files[] = {{"t.yaml", text}, {"tasks.csv", small}, {NULL, NULL}};
        struct study study;
        const char *got =
            memory_study(&arena,
                         (struct memory_run){
                             .files = files, .alone = true, .set = {"workloads.0.slo.latency=60s"}},
                         &study);
        cr_assert(eq(str, (char *)got, ""));
        cr_expect(eq(int, study.infeasible, cases[i].usd == 0), "%zu", i);
        if (!study.infeasible)
            cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, cases[i].usd, 1e-6),
                      "%zu", i);
        arena_release(&arena);
    }
}

/* No source gives a rate of Fargate's spot: it is refused at its line, never guessed. */
Test(study_fargate, spot_has_no_rate) {
    struct arena arena = {0};
    const struct memory_file files[] = {
        {"t.yaml", SERVED("[ on_demand, spot ]", "[ { instance: " TASK " } ]")},
        {"tasks.csv", book},
        {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_expect(
        eq(str, (char *)got,
           "t.yaml:7:24 no candidate has a rate for spot: not " TASK
           " in us-east-1 | price book tasks has no spot rate for " TASK
           " in us-east-1; take it out of purchase, or add the rate to a book of your own\n"));
    arena_release(&arena);
}

/* x86 tasks run on no one processor: the candidate is rejected with that reason, beside one that
 * serves. */
Test(study_fargate, x86_tasks_have_no_service_times) {
    struct arena arena = {0};
    struct study study =
        run(&arena, SERVED("[on_demand]",
                           "[ { instance: " TASK " }, { instance: fargate-x86.4vcpu-16gb } ]"));
    cr_assert(eq(int, study.n_candidates, 2));
    cr_expect(not(study.capacities[1].feasible));
    cr_expect(strstr(study_candidate_reason(&study, 1), "no service times are known for x86") !=
                  NULL,
              "%s", study_candidate_reason(&study, 1));
    arena_release(&arena);
}
