/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan's commitments cover of jobs, in whole studies whose sums stand in the comments: an
 * encoder on g4dn.xlarge (1 USD/h, a Compute plan 0.8) beside jobs on it and on c7g.xlarge (0.4, a
 * Compute plan 0.2). Nothing fails and nothing boots. The year has 8760 h. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/result.h"

#define YEAR_H 8760.0
#define ROW(sku, option, term, payment, usd)                                                       \
    "instance," sku ",us-east-1," option "," term "," payment ",hour," usd                         \
    ",published,here,2026-11-01\n"
static const char book[] =
    "headroom_price_book,1,round,USD\n"
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n" ROW(
        "g4dn.xlarge", "on_demand", "", "", "1") ROW("g4dn.xlarge", "spot", "", "", "0.3")
        ROW("g4dn.xlarge", "reserved_standard", "1y", "no_upfront", "0.6")
            ROW("g4dn.xlarge", "plan_ec2", "1y", "no_upfront", "0.7")
                ROW("g4dn.xlarge", "plan_compute", "1y", "no_upfront", "0.8")
                    ROW("c7g.xlarge", "on_demand", "", "", "0.4")
                        ROW("c7g.xlarge", "plan_ec2", "1y", "no_upfront", "0.15")
                            ROW("c7g.xlarge", "plan_compute", "1y", "no_upfront", "0.2");

#define TOP HEAD "prices: book.csv\nscaling: { boot: 0s }\npurchase: [ on_demand ]\n"
#define RESERVED(count)                                                                            \
    "{ reserved: standard, instance: g4dn.xlarge, count: " count ", rate: 0.6 USD/h, "             \
    "ends: 2028-01-01 }"
#define PLAN(kind, usd)                                                                            \
    "{ savings_plan: " kind ", commitment: " usd " USD/h, term: 1y, payment: no_upfront, "         \
    "ends: 2028-01-01 }"
#define OWNED(what) "estate: { owned: [ " what " ] }\n"
#define JOB(name, more, instance, alone)                                                           \
    "  - { name: " name ", kind: data_preparation, mtbf: 36500d, regions: [us-east-1], " more      \
    ", run_on: [ { instance: " instance ", alone: " alone " } ] }\n"

static struct study run(struct arena *arena, const char *text) {
    const struct memory_file files[] = {{"t.yaml", text}, {"book.csv", book}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

static double paid_by(const struct study *study, enum payer_kind kind, int index) {
    double usd = 0;
    for (int p = 0; p < study->allocation->n_payers; p++)
        if (study->allocation->payers[p].kind == kind &&
            study->allocation->payers[p].index == index)
            usd += money_amount_usd(study->allocation->sums[p].amortised);
    return usd;
}

/* The effective cost of all rows of the export: the sum of a column whose rows name no comma. */
static double exported_usd(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    result_append_focus_csv(study, &out);
    double usd = 0;
    int column = 0, wanted = -1, row = 0;
    bool quoted = false;
    const char *cell = out.data;
    for (const char *at = out.data; *at; at++) {
        quoted = *at == '"' ? !quoted : quoted;
        if (quoted || (*at != ',' && *at != '\n'))
            continue;
        if (row == 0 && strncmp(cell, "EffectiveCost", 13) == 0)
            wanted = column;
        if (row > 0 && column == wanted)
            usd += strtod(cell, NULL);
        column = *at == '\n' ? 0 : column + 1;
        row += *at == '\n';
        cell = at + 1;
    }
    cr_assert(wanted >= 0);
    return usd;
}

/* Bill, allocation and export are of the same money, and a job pays what it used of commitments and
 * what they left of it. */
static void check_sums(struct arena *arena, const struct study *study) {
    double horizon = study->recommended.bill_usd_horizon + study->jobs_usd_horizon;
    cr_expect(epsilon_eq(dbl, money_amount_usd(study->allocation->amortised), horizon, 0.005));
    cr_expect(epsilon_eq(dbl, exported_usd(arena, study), horizon, 0.005));
    for (int j = 0; j < study->scenario.n_jobs; j++) {
        const struct study_job *job = &study->jobs[j];
        cr_expect(epsilon_eq(dbl, paid_by(study, PAYER_JOB, j),
                             job->usd_horizon + job->commitments_usd_horizon, 0.005));
        cr_expect(epsilon_eq(dbl, job->usd_horizon + job->covered_usd_horizon,
                             job->setups[job->chosen].usd_per_run * job->runs, 0.005));
    }
}

/* Two are owned, one is idle. 53 runs of 20 h begin in the year, 53 x 20 = 1060 h, which cost 1060
 * USD on demand: they take 1060 x 0.6 = 636 USD of it and pay nothing beside. 8760 x 0.6 - 636 =
 * 4620 stay unused; used are (8760 + 1060) / (2 x 8760) = 56.05 %. The bill is 2 x 0.6 x 8760. */
Test(study_job_cover, idle_hours_of_what_is_reserved) {
    struct arena arena = {0};
    struct study study =
        run(&arena, TOP OWNED(RESERVED("2")) EMBED
            "jobs:\n" JOB("tune", "every: 7d, purchase: [ on_demand ]", "g4dn.xlarge", "20h"));
    const struct study_job *job = &study.jobs[0];
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_horizon, 2 * 0.6 * YEAR_H, 0.005));
    cr_expect(epsilon_eq(dbl, job->covered_node_hours, 1060, 1e-6));
    cr_expect(epsilon_eq(dbl, job->covered_usd_horizon, 1060, 1e-6));
    cr_expect(epsilon_eq(dbl, job->commitments_usd_horizon, 636, 1e-5));
    cr_expect(zero(dbl, study.jobs_usd_horizon));
    cr_expect(zero(dbl, study.jobs_usd_per_month));
    cr_expect(epsilon_eq(dbl, paid_by(&study, PAYER_UNUSED, 0), 4620, 0.005));
    cr_expect(epsilon_eq(dbl, paid_by(&study, PAYER_WORKLOAD, 0), 0.6 * YEAR_H, 0.005));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->commitments[0].utilisation,
                         (YEAR_H + 1060) / (2 * YEAR_H), 1e-6));
    cr_expect(epsilon_eq(
        dbl, study.recommended.by_kind_usd_per_month[CHARGE_COMMITMENT_UNUSED] * 12, 4620, 0.005));
    check_sums(&arena, &study);
    arena_release(&arena);
}

/* One is owned, which the workload has from noon to midnight. 20 h from each midnight on: 12 are
 * covered, in 8 the workload has it. 365 x 12 = 4380 h, 365 x 8 = 2920 USD. The workload's own bill
 * is as it is without the job. */
Test(study_job_cover, the_workload_comes_first) {
    struct arena arena = {0};
    struct study alone = run(&arena, TOP OWNED(RESERVED("1")) AFTERNOONS);
    struct study study =
        run(&arena, TOP OWNED(RESERVED("1")) AFTERNOONS
            "jobs:\n" JOB("tune", "every: 1d, purchase: [ on_demand ]", "g4dn.xlarge", "20h"));
    cr_expect(epsilon_eq(dbl, study.jobs[0].covered_node_hours, 4380, 1e-6));
    cr_expect(epsilon_eq(dbl, study.jobs_usd_horizon, 2920, 1e-6));
    cr_expect(eq(dbl, study.recommended.bill_usd_horizon, alone.recommended.bill_usd_horizon));
    cr_expect(epsilon_eq(dbl, paid_by(&study, PAYER_WORKLOAD, 0),
                         paid_by(&alone, PAYER_WORKLOAD, 0), 1e-6));
    check_sums(&arena, &study);
    arena_release(&arena);
}

/* Of a Compute plan of 1 USD/h the workload takes 0.8; 0.2 is an hour of c7g.xlarge in each hour.
 * Two of them for 6 h a day: one is covered. 365 x 6 = 2190 h: 438 USD of the plan in place of 876
 * on demand; the other one costs 876. */
Test(study_job_cover, what_is_left_of_a_compute_plan) {
    struct arena arena = {0};
    struct study study = run(&arena, TOP OWNED(PLAN("compute", "1")) EMBED "jobs:\n" JOB(
                                         "prepare", "every: 1d, nodes: 2, purchase: [ on_demand ]",
                                         "c7g.xlarge", "12h"));
    const struct study_job *job = &study.jobs[0];
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_horizon, YEAR_H, 0.005));
    cr_expect(epsilon_eq(dbl, job->covered_node_hours, 2190, 1e-6));
    cr_expect(epsilon_eq(dbl, job->covered_usd_horizon, 876, 1e-6));
    cr_expect(epsilon_eq(dbl, job->commitments_usd_horizon, 438, 1e-6));
    cr_expect(epsilon_eq(dbl, job->usd_horizon, 876, 1e-6));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->commitments[0].utilisation,
                         (0.8 * YEAR_H + 438) / YEAR_H, 1e-6));
    check_sums(&arena, &study);
    arena_release(&arena);
}

/* One of two reserved g4dn.xlarge is idle, and all of an EC2 Instance plan for g4dn: neither is for
 * c7g.xlarge, 365 x 12 h x 0.4 = 1752 USD on demand. A Compute plan of 0.2 is. */
Test(study_job_cover, another_family) {
    struct arena arena = {0};
    static const char *const owned[] = {
        OWNED(RESERVED("2") ", { savings_plan: ec2, family: g4dn, commitment: 0.7 USD/h, "
                            "term: 1y, payment: no_upfront, ends: 2028-01-01 }"),
        OWNED(RESERVED("2") ", { savings_plan: ec2, family: g4dn, commitment: 0.7 USD/h, "
                            "term: 1y, payment: no_upfront, ends: 2028-01-01 }, " PLAN("compute",
                                                                                       "0.2")),
    };
    for (int compute = 0; compute < 2; compute++) {
        struct study study =
            run(&arena, arena_printf(&arena, "%s%s%s%s", TOP, owned[compute], EMBED "jobs:\n",
                                     JOB("prepare", "every: 1d, purchase: [ on_demand ]",
                                         "c7g.xlarge", "12h")));
        cr_expect(epsilon_eq(dbl, study.jobs[0].covered_usd_horizon, compute ? 1752 : 0, 1e-6));
        cr_expect(epsilon_eq(dbl, study.jobs_usd_horizon, compute ? 0 : 1752, 1e-6));
        check_sums(&arena, &study);
    }
    arena_release(&arena);
}

/* Reserved instances first, then EC2 Instance plans, then Compute plans. Five nodes for 2 h a day:
 * one in the idle reserved one, one for 0.7 of the EC2 Instance plan, two for 1.6 of the Compute
 * plan, one on demand: 730 h of each. */
Test(study_job_cover, the_order_of_commitments) {
    struct arena arena = {0};
    struct study study =
        run(&arena, TOP OWNED(RESERVED("2") ", { savings_plan: ec2, family: g4dn, commitment: 0.7 "
                                            "USD/h, term: 1y, payment: no_upfront, ends: "
                                            "2028-01-01 }, " PLAN("compute", "1.6")) EMBED
            "jobs:\n" JOB("tune", "every: 1d, nodes: 5, purchase: [ on_demand ]", "g4dn.xlarge",
                          "10h"));
    const struct study_job *job = &study.jobs[0];
    cr_expect(epsilon_eq(dbl, job->covered_node_hours, 4 * 730, 1e-5));
    cr_expect(epsilon_eq(dbl, job->commitments_usd_horizon, 730 * (0.6 + 0.7 + 1.6), 1e-4));
    cr_expect(epsilon_eq(dbl, job->usd_horizon, 730, 1e-5));
    check_sums(&arena, &study);
    arena_release(&arena);
}

/* A commitment never covers spot. */
Test(study_job_cover, spot_is_not_covered) {
    struct arena arena = {0};
    struct study study =
        run(&arena, TOP OWNED(RESERVED("2") ", " PLAN("compute", "5")) EMBED
            "jobs:\n" JOB("tune", "every: 1d, purchase: [ spot ]", "g4dn.xlarge", "2h"));
    const struct study_job *job = &study.jobs[0];
    cr_expect(eq(int, (int)job->setups[job->chosen].option, (int)JOB_SPOT));
    cr_expect(zero(dbl, job->covered_usd_horizon));
    cr_expect(epsilon_eq(dbl, job->usd_horizon, job->setups[job->chosen].usd_per_run * 365, 1e-6));
    cr_expect(job->usd_horizon > 0);
    arena_release(&arena);
}

/* A run of 400 h is in three weeks of the year, 168 + 168 + 64 h, and one idle instance is there
 * for one node in each: of two nodes for 200 h (two weeks) one is covered, 200 h. */
Test(study_job_cover, a_run_of_weeks) {
    struct arena arena = {0};
    struct study study = run(&arena, TOP OWNED(RESERVED("2")) EMBED "jobs:\n" JOB(
                                         "one", "purchase: [ on_demand ]", "g4dn.xlarge", "400h"));
    cr_expect(epsilon_eq(dbl, study.jobs[0].covered_node_hours, 400, 1e-6));
    cr_expect(zero(dbl, study.jobs_usd_horizon));
    struct study two =
        run(&arena, TOP OWNED(RESERVED("2")) EMBED
            "jobs:\n" JOB("two", "nodes: 2, purchase: [ on_demand ]", "g4dn.xlarge", "400h"));
    cr_expect(epsilon_eq(dbl, two.jobs[0].covered_node_hours, 200, 1e-6));
    cr_expect(epsilon_eq(dbl, two.jobs_usd_horizon, 200, 0.005));
    check_sums(&arena, &two);
    arena_release(&arena);
}

/* Two jobs that begin with the same week share the one that is idle: 365 x 2 h of it to both alike,
 * and each pays 365 h beside. */
Test(study_job_cover, jobs_of_the_same_hours) {
    struct arena arena = {0};
    struct study study =
        run(&arena, TOP OWNED(RESERVED("2")) EMBED
            "jobs:\n" JOB("a", "every: 1d, purchase: [ on_demand ]", "g4dn.xlarge", "2h")
                JOB("b", "every: 1d, purchase: [ on_demand ]", "g4dn.xlarge", "2h"));
    for (int j = 0; j < 2; j++) {
        cr_expect(epsilon_eq(dbl, study.jobs[j].covered_node_hours, 365, 1e-6));
        cr_expect(epsilon_eq(dbl, study.jobs[j].usd_horizon, 365, 1e-6));
    }
    check_sums(&arena, &study);
    arena_release(&arena);
}

/* On spot an hour costs 0.3 and more, for work that is lost. The first job takes the idle hours,
 * which cost nothing more; the second finds them taken and stays on spot. Of five nodes one would
 * be covered: 4 of 5 USD on demand are dearer than spot. */
Test(study_job_cover, a_way_that_is_covered_is_cheaper) {
    struct arena arena = {0};
    struct study study =
        run(&arena, TOP OWNED(RESERVED("2")) EMBED
            "jobs:\n" JOB("a", "every: 1d, purchase: [ on_demand, spot ]", "g4dn.xlarge", "2h")
                JOB("b", "every: 1d, purchase: [ on_demand, spot ]", "g4dn.xlarge", "2h"));
    const struct study_job_setup *first = &study.jobs[0].setups[study.jobs[0].chosen];
    const struct study_job_setup *second = &study.jobs[1].setups[study.jobs[1].chosen];
    cr_expect(eq(int, (int)first->option, (int)JOB_ON_DEMAND));
    cr_expect(eq(str, (char *)first->reason, ""));
    cr_expect(epsilon_eq(dbl, first->usd_per_run, 2, 0.005));
    cr_expect(epsilon_eq(dbl, first->covered_usd_per_run, 2, 0.005));
    cr_expect(zero(dbl, study.jobs[0].usd_horizon));
    cr_expect(eq(int, (int)second->option, (int)JOB_SPOT));
    cr_expect(epsilon_eq(dbl, study.jobs[1].usd_horizon, 365 * second->usd_per_run, 0.005));
    cr_expect(epsilon_eq(dbl, study.jobs_usd_horizon, study.jobs[1].usd_horizon, 1e-6));
    check_sums(&arena, &study);
    struct study five = run(&arena, TOP OWNED(RESERVED("2")) EMBED
                            "jobs:\n" JOB("a", "every: 1d, nodes: 5, purchase: [ on_demand, spot ]",
                                          "g4dn.xlarge", "10h"));
    cr_expect(eq(int, (int)five.jobs[0].setups[five.jobs[0].chosen].option, (int)JOB_SPOT));
    cr_expect(zero(dbl, five.jobs[0].covered_usd_horizon));
    arena_release(&arena);
}
