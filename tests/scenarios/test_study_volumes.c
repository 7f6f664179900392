/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The volumes that instances are launched with: by hand in the bill, in every number of the plan,
 * under a reserved instance that does not reach them, and what the price book cannot sell. */
#include "focus_cells.h"
#include "study_memory.h"

#include "scenarios/result.h"
#include "scenarios/study_volumes.h"

#include <math.h>

#define MONTH_H 730.0

/* An instance at 1 USD an hour; gp3 at 0.08 a GB-month, 0.005 beyond 3000 IOPS, 0.04 beyond 125. */
#define BOOK                                                                                       \
    "headroom_price_book,1,vol,USD\n"                                                              \
    "kind,sku,region,option,unit,usd,status,source,as_of,access,zones_kept,free,included\n"        \
    "instance,g4dn.xlarge,us-east-1,on_demand,hour,1,published,here,2026-11-01,,,,\n"              \
    "instance,g4dn.xlarge,us-east-1,spot,hour,0.3,published,here,2026-11-01,,,,\n"                 \
    "storage,ebs-gp3,us-east-1,on_demand,GB-month,0.08,published,here,2026-11-01,block,1,"         \
    "retrieval reads writes,\n"                                                                    \
    "storage,ebs-gp3,us-east-1,on_demand,IOPS-month,0.005,published,here,2026-11-01,,,,3000\n"     \
    "storage,ebs-gp3,us-east-1,on_demand,MBps-month,0.04,published,here,2026-11-01,,,,125\n"       \
    "storage,ebs-io2,us-east-1,on_demand,GB-month,0.125,published,here,2026-11-01,block,1,"        \
    "retrieval reads writes,\n"                                                                    \
    "storage,ebs-io2,us-east-1,on_demand,IOPS-month,0.065,published,here,2026-11-01,,,,\n"         \
    "storage,s3,us-east-1,on_demand,GB-month,0.02,published,here,2026-11-01,instant,3,"            \
    "retrieval reads writes,\n"

static const char *run_into(struct arena *arena, const char *text, struct study *study) {
    const struct memory_file files[] = {{"t.yaml", text}, {"vol.csv", BOOK}, {NULL, NULL}};
    return memory_study(arena, (struct memory_run){.files = files, .alone = true}, study);
}

static struct study run(struct arena *arena, const char *text) {
    struct study study;
    const char *mistakes = run_into(arena, text, &study);
    cr_assert(eq(str, (char *)mistakes, ""));
    return study;
}

#define WITH(volume) HEAD "prices: vol.csv\nscaling: { boot: 0s, volume: { " volume " } }\n"
#define FULL "size: 100 GiB, iops: 3730, throughput: 130 MiB/s"

/* One instance, always: 730 USD a month. 100 GB x 0.08 + 730 IOPS x 0.005 + 5 MiB/s x 0.04 = 11.85
 * more, in the bill, the plan and the baseline alike, and as much in the part of an instance that
 * the theoretical minimum has; so nothing of it is delay or billing. What size is not told is 50
 * GiB and the weights of bert-base, 110 M parameters in bf16 = 0.2 GiB, in whole GiB: 51 x 0.08
 * = 4.08. */
Test(study_volumes, are_in_every_number_of_the_plan) {
    static const struct {
        const char *text;
        double usd;
    } cases[] = {{WITH(FULL) EMBED, 11.85}, {WITH("tier: ebs-gp3") EMBED, 4.08}};
    for (int i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct study study = run(&arena, cases[i].text);
        struct study none = run(&arena, HEAD "prices: vol.csv\nscaling: { boot: 0s }\n" EMBED);
        const struct study_gaps *gaps = &study.gaps;
        double want = 730 + cases[i].usd;
        cr_expect(epsilon_eq(dbl, study.recommended.by_kind_usd_per_month[CHARGE_VOLUME],
                             cases[i].usd, 1e-5));
        cr_expect(epsilon_eq(dbl, gaps->lp / none.gaps.lp, want / 730, 1e-9));
        cr_expect(epsilon_eq(dbl, gaps->plan, want, 1e-3));
        cr_expect(epsilon_eq(dbl, gaps->bill, want, 1e-3));
        cr_expect(epsilon_eq(dbl, gaps->delay, 0, 1e-3));
        cr_expect(epsilon_eq(dbl, gaps->billing_rules, 0, 1e-3));
        cr_expect(epsilon_eq(dbl, study.baseline.plan->usd_per_hour * MONTH_H, want, 1e-3));
        cr_expect(epsilon_eq(dbl, study.baseline.bill_usd_per_month, want, 1e-3));
        arena_release(&arena);
    }
}

/* A reserved instance at 0.4 an hour is 292 USD a month and covers no volume: 292 + 11.85. */
Test(study_volumes, no_commitment_covers_them) {
    struct arena arena = {0};
    struct study study =
        run(&arena, WITH(FULL) "estate:\n  owned: [ { reserved: standard, instance: g4dn.xlarge, "
                               "count: 1, rate: 0.4 USD/h, ends: 2027-12-01 } ]\n" EMBED);
    cr_expect(epsilon_eq(dbl, study.gaps.plan, 303.85, 1e-3));
    cr_expect(epsilon_eq(dbl, study.gaps.bill, 303.85, 1e-3));
    cr_expect(epsilon_eq(dbl, study.gaps.billing_rules, 0, 1e-3));
    arena_release(&arena);
}

/* A contract's 10 % off storage is off volumes: 730 + 0.9 x 11.85. */
Test(study_volumes, have_the_discounts_of_storage) {
    struct arena arena = {0};
    struct study study =
        run(&arena,
            WITH(FULL) "estate: { discounts: [ { applies_to: [storage], rate: 10% } ] }\n" EMBED);
    cr_expect(epsilon_eq(dbl, study.gaps.plan, 730 + 0.9 * 11.85, 1e-3));
    cr_expect(epsilon_eq(dbl, study.gaps.bill, 730 + 0.9 * 11.85, 1e-3));
    arena_release(&arena);
}

/* The ledger has the seconds of every launch: 168 h x 100 GB, and 730 and 5 of what is paid. */
Test(study_volumes, the_ledger_has_their_seconds) {
    struct arena arena = {0};
    struct study study = run(&arena, WITH(FULL) EMBED);
    const struct usage_ledger *ledger = &study.recommended.replays[0].ledger;
    int64_t sums[3] = {0};
    for (int i = 0; i < ledger->n_rows; i++)
        if (usage_is_of_volume(ledger->rows[i].kind))
            sums[ledger->rows[i].kind - USAGE_VOLUME_GB_S] += ledger->rows[i].quantity;
    cr_expect(eq(i64, sums[0], 168 * 3600 * 100));
    cr_expect(eq(i64, sums[1], 168 * 3600 * 730));
    cr_expect(eq(i64, sums[2], 168 * 3600 * 5));
    cr_expect(eq(str, (char *)study_volume_words(&arena, &study, 0),
                 "ebs-gp3 of 100 GiB, 3730 IOPS, 130 MiB/s"));
    arena_release(&arena);
}

/* What a tier does not sell is told where the scenario names it. */
Test(study_volumes, what_is_not_sold_is_told) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {WITH("tier: ebs-gp9") EMBED,
         "t.yaml:6:38 the price book vol has no such volume 'ebs-gp9' in us-east-1"},
        {WITH("tier: s3") EMBED, "'s3' in us-east-1: it is no volume that an instance mounts"},
        {WITH("tier: ebs-io2") EMBED, "it has no iops without charge: say how much"},
        {WITH("tier: ebs-io2, iops: 100, throughput: 5 MiB/s") EMBED,
         "has no throughput rate for ebs-io2"},
    };
    for (int i = 0; i < 4; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got = run_into(&arena, cases[i].text, &study);
        cr_expect(strstr(got, cases[i].want) != NULL, "%s", got);
        arena_release(&arena);
    }
}

/* A month of 730 h of the export: 100 GB-months, 730 IOPS-months, 5 MBps-months at their rates, and
 * together what the bill has. */
Test(study_volumes, are_rows_of_the_focus_export) {
    struct arena arena = {0};
    struct study study = run(&arena, WITH(FULL) EMBED);
    double usd = 0, units[3] = {0}, by_month[12] = {0};
    for (int i = 0; i < study.statement->n_rows; i++) {
        const struct statement_row *row = &study.statement->rows[i];
        if (!usage_is_of_volume(row->usage))
            continue;
        cr_expect(eq(int, (int)row->kind, CHARGE_VOLUME));
        usd += money_amount_usd(row->billed);
        by_month[row->month] += money_amount_usd(row->billed);
        units[row->usage - USAGE_VOLUME_GB_S] += row->quantity / USAGE_MONTH_S;
    }
    cr_expect(epsilon_eq(dbl, usd, 11.85 * 12, 1e-4)); /* 8760 h */
    for (int m = 0; m < 12; m++)                       /* February as January */
        cr_expect(epsilon_eq(dbl, by_month[m], 11.85, 1e-5), "month %d", m);
    cr_expect(epsilon_eq(dbl, units[0], 1200, 1e-6));
    cr_expect(epsilon_eq(dbl, units[1], 8760, 1e-6));
    cr_expect(epsilon_eq(dbl, units[2], 60, 1e-6));
    arena_release(&arena);
}

/* ---- beside the plan ---- */

#define FOCUS_OF(study, csv)                                                                       \
    struct text csv = {.arena = &arena};                                                           \
    result_append_focus_csv(&(study), &(csv))

/* Two instances of a station at 1 USD an hour: 2 x (730 + 11.85) a month beside a plan that does
 * not move; in the export 2 x 12 x 100 GB-months and all of the money. */
Test(study_volumes, of_stations_are_paid_beside_the_plan) {
    struct arena arena = {0};
#define FLOW                                                                                       \
    "workloads:\n"                                                                                 \
    "  - name: embed\n"                                                                            \
    "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens }, flow: { "   \
    "steps: [ { name: a, next: { b: 100% } }, { name: b, station: s } ], stations: [ { name: s, "  \
    "instance: g4dn.xlarge, count: 2, service: 100ms, concurrency: 8 } ] } }\n"                    \
    "    slo: { latency: 500ms, share: 95% }\n"                                                    \
    "    models: [ { use: bert-base } ]\n"                                                         \
    "    run_on: [ { instance: g4dn.xlarge } ]\n"                                                  \
    "    regions: [us-east-1]\n"
    struct study study = run(&arena, WITH(FULL) FLOW);
    const struct study_fleet *fleet = &study.recommended;
    cr_expect(epsilon_eq(dbl, fleet->bill_usd_per_month, MONTH_H + 11.85, 1e-4));
    cr_expect(epsilon_eq(dbl, fleet->stations_usd_per_month, 2 * (MONTH_H + 11.85), 1e-4));
    cr_expect(epsilon_eq(dbl, fleet->stations[0].volumes_usd_per_month, 2 * 11.85, 1e-4));
    FOCUS_OF(study, csv);
    double gb = focus_sum(csv.data, "ebs-gp3/Volume storage", "PricingQuantity");
    cr_expect(epsilon_eq(dbl, gb, (1 + 2) * 1200, 1e-3));
    double paid = focus_sum(csv.data, ",", "BilledCost");
    cr_expect(epsilon_eq(dbl, paid, 3 * (8760 + 12 * 11.85), 1e-3));
    arena_release(&arena);
}

/* 20 h of work on 4 nodes for 5 h: 20 node-hours at 1 USD and 11.85 / 730 an hour; two weeks apart
 * for a year, 27 runs. */
Test(study_volumes, of_jobs_are_in_the_cost_of_a_run) {
    struct arena arena = {0};
    struct study study =
        run(&arena, WITH(FULL) EMBED "jobs:\n"
                                     "  - name: prepare\n    kind: data_preparation\n"
                                     "    every: 14d\n    nodes: 4\n    mtbf: 36500d\n"
                                     "    run_on: [ { instance: g4dn.xlarge, alone: 20h } ]\n"
                                     "    regions: [us-east-1]\n");
    const struct study_job_setup *setup = &study.jobs[0].setups[study.jobs[0].chosen];
    cr_expect(epsilon_eq(dbl, setup->usd_per_run, 20 * (1 + 11.85 / MONTH_H), 1e-6));
    cr_expect(epsilon_eq(dbl, setup->volumes_usd_per_run, 20 * 11.85 / MONTH_H, 1e-6));
    FOCUS_OF(study, csv);
    double hours = focus_sum(csv.data, "prepare", "PricingQuantity");
    double gb = 27 * 20 * 100 / MONTH_H, iops = 27 * 20, mbps = 27 * 20 * 5 / MONTH_H;
    cr_expect(epsilon_eq(dbl, hours, 27 * 20 + gb + iops + mbps, 1e-3));
    double paid = focus_sum(csv.data, "prepare", "BilledCost");
    cr_expect(epsilon_eq(dbl, paid, 27 * setup->usd_per_run, 1e-6));
    arena_release(&arena);
}

/* Four nodes all year, 8 of 96 node-hours a day used: 4 x (730 + 11.85) a month, and of each job
 * and of what is idle the same part is the volumes'. */
Test(study_volumes, of_clusters_are_there_all_the_time) {
    struct arena arena = {0};
    struct study study =
        run(&arena, WITH(FULL) EMBED
            "clusters:\n"
            "  - { name: research, instance: g4dn.xlarge, nodes: 4, region: us-east-1, mtbf: "
            "36500d }\n"
            "jobs:\n"
            "  - name: daily\n    kind: batch_inference\n    every: 24h\n    nodes: 4\n"
            "    cluster: research\n    run_on: [ { instance: g4dn.xlarge, alone: 8h } ]\n");
    double hour = 1 + 11.85 / MONTH_H;
    cr_expect(epsilon_eq(dbl, study.clusters[0].usd_per_month, 4 * MONTH_H * hour, 1e-6));
    cr_expect(epsilon_eq(dbl, study.jobs[0].setups[0].usd_per_run, 8 * hour, 1e-6));
    FOCUS_OF(study, csv);
    double gb = focus_sum(csv.data, "ebs-gp3/Volume storage", "PricingQuantity");
    cr_expect(epsilon_eq(dbl, gb, (1 + 4) * 1200, 1e-3)); /* with the workload's own */
    double hours = focus_sum(csv.data, "g4dn.xlarge/Instance hours", "PricingQuantity");
    cr_expect(epsilon_eq(dbl, hours, 5 * 8760, 1e-3));
    arena_release(&arena);
}
