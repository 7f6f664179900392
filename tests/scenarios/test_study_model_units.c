/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model units held for months, from the scenario to the bill, by hand: what is billed over the
 * horizon and owed after it, what idles, and that every table says the same. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/result.h"

#define ROW(option, unit, usd)                                                                     \
    "token_api,acme.m-v1,us-east-1,acme/m," option "," unit "," usd ",published,here,2026-11-01\n"
#define COPIES(option, unit, usd)                                                                  \
    "function,lambda-arm64,us-east-1,," option "," unit "," usd ",published,here,2026-11-01\n"
#define BOOK                                                                                       \
    "headroom_price_book,1,mine,USD\n"                                                             \
    "kind,sku,region,alias,option,unit,usd,status,source,as_of\n" ROW(                             \
        "on_demand", "1M input tokens",                                                            \
        "10") ROW("on_demand", "1M output tokens",                                                 \
                  "20") ROW("provisioned", "hour",                                                 \
                            "20") ROW("provisioned_1m", "hour",                                    \
                                      "12") ROW("provisioned_6m", "hour",                          \
                                                "10") COPIES("on_demand", "GB-second",             \
                                                             "1") COPIES("on_demand",              \
                                                                         "1M requests", "1000000") \
        COPIES("provisioned", "GB-second", "0.8") COPIES(                                          \
            "provisioned", "GB-second held",                                                       \
            "0.2") "instance,g4dn.xlarge,us-east-1,,on_demand,hour,1,published,here,2026-11-01\n"

#define OR_BY_TOKEN "      - { use: acme/m, ttft: 400ms, tpot: 10ms }\n"
#define UNITS(tier) UNITS_AND(tier, "")
#define UNITS_AND(tier, more)                                                                      \
    "headroom: 1\n"                                                                                \
    "name: t\n"                                                                                    \
    "horizon: { start: 2026-12-01, months: 3 }\n"                                                  \
    "simulation: { replications: 1 }\n"                                                            \
    "prices: mine.csv\n"                                                                           \
    "workloads:\n"                                                                                 \
    "  - name: chat\n"                                                                             \
    "    demand: { generate: { rate: 0.5 req/s, input: 1000 tokens, output: 200 tokens } }\n"      \
    "    slo: { ttft: 5s, tpot: 50ms, share: 95% }\n"                                              \
    "    models:\n"                                                                                \
    "      - { use: acme/m, tier: " tier ", ttft: 400ms, tpot: 10ms,\n"                            \
    "          units: { count: 2, tokens_per_minute: 60K tokens/min } }\n" more                    \
    "    regions: [us-east-1]\n"

static struct study run(struct arena *arena, const char *text) {
    const struct memory_file files[] = {{"t.yaml", text}, {"mine.csv", BOOK}, {NULL, NULL}};
    struct study study;
    const char *mistakes =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)mistakes, ""));
    return study;
}

/* Sum of a column over the rows of a table whose line has a word. */
static double column_sum(const char *csv, const char *column, const char *word) {
    int at = 0;
    double sum = 0;
    const char *end = strchr(csv, '\n');
    for (const char *name = csv; strncmp(name, column, strlen(column)) != 0; at++) {
        name = memchr(name, ',', (size_t)(end - name));
        cr_assert(ne(ptr, (void *)name, NULL), "no column %s", column);
        name++;
    }
    for (const char *line = end + 1; *line; line = strchr(line, '\n') + 1) {
        const char *cell = line, *stop = strchr(line, '\n');
        const char *found = strstr(line, word);
        bool quoted = false;
        for (int k = 0; k < at; cell++) {
            quoted = quoted != (*cell == '"');
            k += *cell == ',' && !quoted;
        }
        if (found && found < stop)
            sum += strtod(cell, NULL);
    }
    return sum;
}

/* 90 days of two units at 10 USD: 43,200 USD billed, 14,600 a month of 730 h. Six months end on 1
 * June 2027, 92 days after the horizon: 44,160 owed. 36,000 of 120,000 tokens a minute: 30 % used.
 * A request costs 0.014 on demand, a full unit's hour of 3,000 of them 42: breaks even at 23.8 %.
 */
Test(study_model_units, six_months_over_a_horizon_of_three) {
    struct arena arena = {0};
    struct study study = run(&arena, UNITS("provisioned_6m"));
    const struct plan *plan = study.recommended.plan;
    cr_assert(eq(int, plan->n_commitments, 1));
    cr_expect(epsilon_eq(dbl, plan->liability_usd, 44160, 1e-6));
    cr_expect(epsilon_eq(dbl, plan->commitments[0].utilisation, 0.3, 1e-9));
    cr_expect(epsilon_eq(dbl, plan->commitments[0].break_even, 10 / 42.0, 1e-9));
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 14600, 1e-6));
    cr_expect(eq(i64, study.statement->billed, 43200 * (int64_t)USD_NANO_PER_USD));
    cr_expect(eq(i64, study.statement->effective, study.statement->billed));
    cr_expect(eq(int,
                 strncmp(study.headline,
                         "Hold 2 model units of acme.m-v1 for 6 months, send everything to "
                         "them: $14.6K a month",
                         84),
                 0),
              "%s", study.headline);
    cr_expect(ne(ptr, strstr(study.headline, "$44.2K still owed after it"), NULL));
    cr_assert(eq(int, study.n_actions, 1));
    cr_expect(eq(str, (char *)study.actions[0].text,
                 "Hold 2 model units of acme.m-v1 for 6 months and send 100% of chat to them"));
    cr_expect(epsilon_eq(dbl, study.actions[0].liability_usd, 44160, 1e-6));
    cr_expect(eq(str, (char *)study.actions[0].reversibility, "locked until 2027-06-01"));
    cr_expect(has_notice(&study, "idle-units"));
    cr_expect(has_notice(&study, "term-outlives-horizon"));
    arena_release(&arena);
}

/* Used 30 % of the time: what is used is what full units would cost, and what idles is a row of its
 * own, so that the workload by itself is at full load and all together cost 1 / 0.3 of it. Both are
 * told, and one alone where the workload bears what idles. */
Test(study_model_units, what_idles_counts_against_full_load) {
    struct arena arena = {0};
    struct study study = run(&arena, UNITS("provisioned_6m"));
    cr_expect(epsilon_eq(dbl, study.units[0].utilisation_tax, 0, 1e-9));
    cr_expect(epsilon_eq(dbl, 1 + study.units[1].utilisation_tax, 1 / 0.3, 0.07));
    cr_expect(epsilon_eq(dbl, study.units[1].usd_per_month, 14600, 1e-6));
    cr_expect(eq(int, study_units_told(&study), 2));
    study = run(&arena, UNITS("provisioned_6m") "allocation: { unused: spread }\n");
    cr_expect(epsilon_eq(dbl, 1 + study.units[0].utilisation_tax, 1 / 0.3, 0.07));
    cr_expect(eq(int, study_units_told(&study), 1));
    arena_release(&arena);
}

/* The tables add up to 43,200: used and idle as rows of their own, about 30 % and 70 %. */
Test(study_model_units, every_table_says_the_same) {
    struct arena arena = {0};
    struct study study = run(&arena, UNITS("provisioned_6m"));
    struct text focus = {.arena = &arena}, schedule = {.arena = &arena}, show = {.arena = &arena};
    result_append_focus_csv(&study, &focus);
    result_append_amortisation_csv(&study, &schedule);
    result_append_showback_csv(&study, &show);
    double used = column_sum(focus.data, "EffectiveCost", ",Used,");
    double unused = column_sum(focus.data, "EffectiveCost", ",Unused,");
    cr_expect(epsilon_eq(dbl, used, 0.3 * 43200, 0.02 * 43200));
    cr_expect(epsilon_eq(dbl, used + unused, 43200, 1e-6));
    cr_expect(epsilon_eq(dbl, column_sum(focus.data, "BilledCost", "Purchase"), 43200, 1e-6));
    cr_expect(epsilon_eq(dbl, column_sum(focus.data, "CommitmentDiscountQuantity", "Purchase"),
                         2 * 90 * 24, 1e-6));
    cr_expect(epsilon_eq(dbl, column_sum(schedule.data, "used_usd", ""), used, 1e-6));
    cr_expect(epsilon_eq(dbl, column_sum(schedule.data, "unused_usd", ""), unused, 1e-6));
    cr_expect(epsilon_eq(dbl, column_sum(schedule.data, "cash_usd", ""), 43200, 1e-6));
    cr_expect(epsilon_eq(dbl, column_sum(show.data, "amortised_usd", "chat"), used, 1e-6));
    cr_expect(epsilon_eq(dbl, column_sum(show.data, "amortised_usd", "unused commitments"), unused,
                         1e-6));
    arena_release(&arena);
}

/* Units by the hour can be given back: twice the money, nothing owed. */
Test(study_model_units, units_by_the_hour_owe_nothing) {
    struct arena arena = {0};
    struct study study = run(&arena, UNITS("provisioned"));
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 29200, 1e-6));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->liability_usd, 0, 1e-9));
    cr_expect(
        eq(int, strncmp(study.headline, "Hold 2 model units of acme.m-v1 by the hour", 43), 0),
        "%s", study.headline);
    cr_expect(eq(str, (char *)study.actions[0].reversibility, "any hour"));
    arena_release(&arena);
}

/* Three terms of a month: what follows their renewals is set off by a comma. */
Test(study_model_units, a_term_of_a_month_is_renewed) {
    struct arena arena = {0};
    struct study study = run(&arena, UNITS("provisioned_1m"));
    cr_assert(eq(int, study.n_actions, 1));
    cr_expect(eq(str, (char *)study.actions[0].text,
                 "Hold 2 model units of acme.m-v1 for 1 month, renewed 2 times, and send 100% of "
                 "chat to them"));
    arena_release(&arena);
}

/* After the horizon 92 days of the term are left: 44,160 owed. The tokens that the units take then
 * would cost 25.2 USD an hour on demand: 92 x 24 x 25.2 = 55,641.6. */
Test(study_model_units, what_is_left_of_the_term_is_worth_the_tokens) {
    struct arena arena = {0};
    struct study study = run(&arena, UNITS_AND("provisioned_6m", OR_BY_TOKEN));
    cr_expect(epsilon_eq(dbl, study.beyond.owed_usd, 44160, 1e-6));
    cr_expect(epsilon_eq(dbl, study.beyond.worth_usd[1], 55641.6, 1));
    cr_expect(gt(dbl, study.saving_usd_per_month, 0));
    arena_release(&arena);
}

#define OTHER(workload)                                                                            \
    "headroom: 1\n"                                                                                \
    "name: t\n"                                                                                    \
    "horizon: { start: 2026-12-01, months: 3 }\n"                                                  \
    "simulation: { replications: 1 }\n"                                                            \
    "prices: mine.csv\n" workload

/* One copy of 2 GB is held for 7,200 GB-seconds an hour, 2160 h long, at 0.2: 3,110,400 USD. What
 * no call takes of them idles. */
Test(study_model_units, provisioned_copies_are_held_and_idle) {
    struct arena arena = {0};
    struct study study = run(
        &arena,
        OTHER("workloads:\n"
              "  - name: search\n"
              "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens } }\n"
              "    slo: { latency: 5s, share: 90% }\n"
              "    models: [ { use: bert-base } ]\n"
              "    run_on: [ { function: lambda-arm64, memory: 2048 MB, provisioned: 1 } ]\n"
              "    regions: [us-east-1]\n"));
    double held_mb_s = 0, run_mb_s = 0, usd = 0, idle = 0;
    for (int i = 0; i < study.statement->n_rows; i++) {
        const struct statement_row *row = &study.statement->rows[i];
        bool held = row->usage == USAGE_FUNCTION_HELD_MB_S;
        held_mb_s += held ? row->quantity : 0;
        usd += held ? money_amount_usd(row->effective) : 0;
        run_mb_s += row->usage == USAGE_FUNCTION_PROVISIONED_MB_MS ? row->quantity / 1000 : 0;
        idle += money_amount_usd(row->idle);
    }
    cr_expect(epsilon_eq(dbl, usd, 3110400, 1e-3));
    cr_expect(gt(dbl, run_mb_s, 0));
    cr_expect(epsilon_eq(dbl, idle, usd * (1 - run_mb_s / held_mb_s), 1e-3 * usd));
    cr_expect(eq(int, strncmp(study.headline, "Hold 1 provisioned copy of lambda-arm64", 39), 0),
              "%s", study.headline);
    cr_expect(has_notice(&study, "idle-copies"));
    arena_release(&arena);
}

/* A reservation of capacity can be ended: told to last 30 days longer than the horizon it owes
 * nothing after it. */
Test(study_model_units, a_reservation_owes_nothing) {
    struct arena arena = {0};
    struct study study = run(
        &arena,
        OTHER("purchase: [ { capacity: reservation, instance: g4dn.xlarge, days: 120 } ]\n") EMBED);
    const struct plan *plan = study.recommended.plan;
    cr_assert(eq(int, plan->n_commitments, 1));
    cr_expect(epsilon_eq(dbl, plan->liability_usd, 0, 1e-9));
    cr_expect(
        eq(int, strncmp(study.headline, "Hold 1 x g4dn.xlarge in a capacity reservation", 46), 0),
        "%s", study.headline);
    cr_expect(eq(ptr, strstr(study.headline, "still owed"), NULL));
    cr_expect(not(has_notice(&study, "term-outlives-horizon")));
    for (int i = 0; i < study.n_actions; i++)
        cr_expect(eq(str, (char *)study.actions[i].reversibility, "any hour"));
    arena_release(&arena);
}

/* One unit carries 50 of 90 requests a minute: it saves what it does by itself, what goes by token
 * the rest, and both together what sending them saves. */
Test(study_model_units, two_ways_of_use_share_the_saving) {
    struct arena arena = {0};
    struct study study =
        run(&arena,
            OTHER("workloads:\n"
                  "  - name: chat\n"
                  "    demand: { generate: { rate: 1.5 req/s, input: 1000 tokens, output: 200 "
                  "tokens } }\n"
                  "    slo: { ttft: 5s, tpot: 50ms, share: 50% }\n"
                  "    models:\n"
                  "      - { use: acme/m, tier: provisioned_6m, ttft: 400ms, tpot: 10ms,\n"
                  "          units: { count: 1, tokens_per_minute: 60K tokens/min } }\n" OR_BY_TOKEN
                  "    regions: [us-east-1]\n"));
    const struct plan_commitment *units = &study.recommended.plan->commitments[0];
    cr_expect(ne(ptr, strstr(study.headline, "for 6 months, run the rest by use"), NULL), "%s",
              study.headline);
    cr_assert(eq(int, study.n_actions, 2));
    cr_expect(
        epsilon_eq(dbl, study.actions[0].usd_per_month, units->saving_usd / 2160 * 730, 1e-6));
    cr_expect(epsilon_eq(dbl, study.actions[0].usd_per_month + study.actions[1].usd_per_month,
                         study.steps.serve + study.steps.follow, 1e-6));
    arena_release(&arena);
}
