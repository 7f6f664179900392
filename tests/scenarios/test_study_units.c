/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What work costs: the division between input and output, the savings rates and the value of a
 * workload by hand; on a whole study the parts add up to the bill. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/result.h"
#include "scenarios/study_units.h"

/* 14 dollars over 3M input and 0.8M output tokens at 5 : 1 are 6 and 8, beside what is billed. */
Test(study_units, input_and_output_by_hand) {
    struct token_cost got = token_cost_of(2, 6, 14, 3e6, 0.8e6, 5);
    cr_expect(epsilon_eq(dbl, got.input_usd, 8, 1e-12));
    cr_expect(epsilon_eq(dbl, got.output_usd, 14, 1e-12));
    got = token_cost_of(0, 0, 14, 3e6, 0, 5); /* an encoder */
    cr_expect(epsilon_eq(dbl, got.input_usd, 14, 1e-12));
    cr_expect(epsilon_eq(dbl, got.output_usd, 0, 1e-12));
    got = token_cost_of(0, 0, 14, 0, 0, 5);
    cr_expect(epsilon_eq(dbl, got.input_usd + got.output_usd, 0, 1e-12));
}

#define QUOTE(rate_usd, list_usd)                                                                  \
    {                                                                                              \
        .known = true, .rate = (usd_pico)((rate_usd)*USD_PICO_PER_USD),                            \
        .list = (usd_pico)((list_usd)*USD_PICO_PER_USD)                                            \
    }

/* An instance at 2 USD in the list and 1.80 by contract. Ten hours on demand: 18. Ten hours covered
 * for 9, and 1 of the commitment unused. Ten hours on spot for 6. Tokens for 5, without a discount.
 *   all spend  1 - (18 + 9 + 1 + 6 + 5) / (20 + 20 + 20 + 5) = 1 - 39 / 65 = 0.4
 *   eligible   1 - (18 + 9 + 1) / (18 + 18) = 2/9
 *   covered    1 - (9 + 1) / 18 = 4/9
 * The last two save the same dollars: 36 x 2/9 = 18 x 4/9 = 8. A payment is no usage. */
Test(study_units, savings_rates_by_hand) {
    const struct offer offers[] = {
        {.kind = OFFER_INSTANCE, .on_demand = QUOTE(1.8, 2)},
        {.kind = OFFER_TOKEN_API, .million_input_tokens = QUOTE(1, 1)},
    };
    struct plan_commitment c = {0};
    const usd_nano usd = USD_NANO_PER_USD;
    const struct statement_row rows[] = {
        {.kind = CHARGE_ON_DEMAND, .effective = 18 * usd, .on_demand = 18},
        {.kind = CHARGE_COMMITMENT_USED, .commitment = &c, .effective = 9 * usd, .on_demand = 18},
        {.kind = CHARGE_COMMITMENT_UNUSED, .commitment = &c, .offer = -1, .effective = usd},
        {.kind = CHARGE_SPOT, .effective = 6 * usd, .on_demand = 18},
        {.kind = CHARGE_TOKENS,
         .usage = USAGE_INPUT_TOKENS,
         .offer = 1,
         .effective = 5 * usd,
         .on_demand = 5},
        {.purchase = FOCUS_PAID_AT_START, .commitment = &c, .offer = -1, .billed = 99 * usd},
        /* what others used of it is neither cost nor saving of ours */
        {.kind = CHARGE_COMMITMENT_USED, .commitment = &c, .workload = -1, .effective = 7 * usd},
    };
    struct statement statement = {.n_rows = 7, .rows = rows};
    struct savings_rates got = savings_rates_of(&statement, offers);
    cr_expect(epsilon_eq(dbl, got.all_spend, 0.4, 1e-12));
    cr_expect(epsilon_eq(dbl, got.eligible, 2.0 / 9, 1e-12));
    cr_expect(epsilon_eq(dbl, got.covered, 4.0 / 9, 1e-12));
    statement.n_rows = 1;
    got = savings_rates_of(&statement, offers);
    cr_expect(epsilon_eq(dbl, got.all_spend, 0.1, 1e-12));
    /* Reserved capacity that idles, ten hours covered for 9: what it costs is ours, and nothing of
     * it is worth an on-demand price. 1 - 27 / 20; 1 - 27 / 18; 9 for nothing. */
    const struct statement_row held[] = {
        rows[0],
        {.kind = CHARGE_COMMITMENT_USED,
         .commitment = &c,
         .reservation = &c,
         .workload = -1,
         .effective = 9 * usd},
    };
    statement.rows = held;
    statement.n_rows = 2;
    got = savings_rates_of(&statement, offers);
    cr_expect(epsilon_eq(dbl, got.all_spend, -0.35, 1e-12));
    cr_expect(epsilon_eq(dbl, got.eligible, -0.5, 1e-12));
    statement.n_rows = 1;
    cr_expect(isnan(got.covered), "nothing is covered");
    const struct offer at_list[] = {{.kind = OFFER_INSTANCE, .on_demand = QUOTE(2, 2)}};
    const struct statement_row rounded = {
        .kind = CHARGE_ON_DEMAND, .effective = 20 * usd + 1, .on_demand = 20};
    statement.rows = &rounded;
    got = savings_rates_of(&statement, at_list);
    cr_expect(got.all_spend == 0 && !signbit(got.all_spend), "a rounded row saves nothing");
}

#define SERVED                                                                                     \
    HEAD                                                                                           \
        "purchase: [ on_demand, { reserved: standard, term: 1y, payment: no_upfront } ]\n"         \
        "workloads:\n" WORKLOAD(                                                                   \
            "embed", "0.02 req/s",                                                                 \
            "[ { instance: g4dn.xlarge } ]") "    value: { unit: document, requests_per_unit: 4, " \
                                             "worth: 0.25 USD }\n" WORKLOAD("plain", "0.01 req/s", \
                                                                            "[ { instance: "       \
                                                                            "g4dn.xlarge } ]")

Test(study_units, parts_add_up_to_the_bill) {
    struct arena arena = {0};
    struct study study;
    const char *got = memory_study(&arena, (struct memory_run){.text = SERVED}, &study);
    cr_assert(eq(str, (char *)got, ""));
    double bill =
        money_amount_usd(study.statement->effective) * HOURS_PER_MONTH / study.demand.horizon_hours;
    const struct study_units *all = &study.units[2];
    cr_expect(epsilon_eq(dbl, all->usd_per_month, bill, 1e-9 * bill));
    for (int w = 0; w < 3; w++) {
        const struct study_units *u = &study.units[w];
        cr_expect(epsilon_eq(dbl, u->usd_per_million_input * u->input_tokens / 1e6,
                             u->usd_per_month, 1e-9 * bill));
        cr_expect(isnan(u->usd_per_million_output), "an encoder makes no tokens");
        cr_expect(epsilon_eq(dbl, u->usd_per_thousand_requests * u->requests / 1e3,
                             u->usd_per_month, 1e-9 * bill));
        cr_expect(gt(dbl, u->utilisation_tax, 1)); /* far from full */
        cr_expect(epsilon_eq(dbl, u->full_load_usd_per_month * (1 + u->utilisation_tax),
                             u->usd_per_month, 1e-9 * bill));
        cr_expect(u->carbon_known);
    }
    /* 0.25 USD for four good requests */
    const struct study_units *u = &study.units[0];
    cr_expect(epsilon_eq(dbl, u->business_units, u->good_requests / 4, 1e-9 * u->good_requests));
    cr_expect(epsilon_eq(dbl, u->usd_per_business_unit * u->business_units, u->usd_per_month,
                         1e-9 * bill));
    cr_expect(epsilon_eq(dbl, u->worth_usd_per_month, u->business_units * 0.25, 1e-9 * bill));
    cr_expect(
        epsilon_eq(dbl, u->return_on_cost, u->worth_usd_per_month / u->usd_per_month - 1, 1e-9));
    cr_expect(isnan(study.units[1].usd_per_business_unit), "no value is given");
    cr_expect(epsilon_eq(dbl, all->worth_usd_per_month, u->worth_usd_per_month, 1e-9));
    /* 64 tokens a request, all on instances: energy of the fleet over them. */
    struct study_carbon carbon = study_fleet_carbon(&arena, &study, &study.recommended);
    cr_expect(epsilon_eq(dbl, all->kwh_per_million_tokens.value,
                         carbon.kwh.value / (64 * all->requests) * 1e6,
                         1e-9 * all->kwh_per_million_tokens.value));
    /* dollars saved by commitments, seen from both sides */
    arena_release(&arena);
}

/* One request every ten minutes is 4380 a month, all of them in time: at 6 a ticket 730 tickets.
 * The one machine costs 1 USD an hour, 730 a month, so 1 USD a ticket; worth 1.80 each they return
 * 1314, 80 % more than they cost. 64 tokens in: 730 / 0.28032 M; 730 / 4.38 a thousand requests. */
Test(study_units, the_return_of_a_workload_by_hand) {
    struct arena arena = {0};
    struct study study;
    struct text log = {.arena = &arena};
    text_append_string(&log, "seconds,input,output\n");
    for (int i = 0; i < 1008; i++)
        text_printf(&log, "%d,64,0\n", 600 * i);
    const struct memory_file files[] = {
        {"t.yaml",
         HEAD "prices: one.csv\n"
              "workloads:\n"
              "  - name: tickets\n"
              "    demand: { trace: week.csv }\n"
              "    slo: { latency: 500ms, share: 95% }\n"
              "    models: [ { use: bert-base } ]\n"
              "    run_on: [ { instance: g4dn.xlarge } ]\n"
              "    regions: [us-east-1]\n"
              "    value: { unit: resolved ticket, requests_per_unit: 6, worth: 1.80 USD }\n"},
        {"one.csv", "headroom_price_book,1,one,USD\n"
                    "kind,sku,region,option,unit,usd,status,source,as_of\n"
                    "instance,g4dn.xlarge,us-east-1,on_demand,hour,1,published,here,2026-11-01\n"},
        {"week.csv", log.data},
        {NULL, NULL}};
    const char *got =
        memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    const struct study_units *u = &study.units[0];
    cr_expect(epsilon_eq(dbl, u->usd_per_month, 730, 1e-6));
    cr_expect(epsilon_eq(dbl, u->requests, 4380, 1e-6));
    cr_expect(epsilon_eq(dbl, u->business_units, 730, 1e-6));
    cr_expect(epsilon_eq(dbl, u->usd_per_business_unit, 1, 1e-9));
    cr_expect(epsilon_eq(dbl, u->worth_usd_per_month, 1314, 1e-6));
    cr_expect(epsilon_eq(dbl, u->return_on_cost, 0.8, 1e-9));
    cr_expect(epsilon_eq(dbl, u->usd_per_million_input, 730 / 0.28032, 1e-6));
    cr_expect(epsilon_eq(dbl, u->usd_per_thousand_requests, 730 / 4.38, 1e-6));
    struct text csv = {.arena = &arena};
    result_append_units_csv(&study, &csv);
    cr_expect(strstr(csv.data, ",resolved ticket,730,1,1314,0.8,") != NULL, "%s", csv.data);
    arena_release(&arena);
}

/* One replica of known best rate r that runs all day serves q requests a second: it costs r / q as
 * much as full ones would, less one is the tax. */
Test(study_units, the_tax_of_a_single_replica) {
    struct arena arena = {0};
    struct study study;
    const char *got = memory_study(
        &arena,
        (struct memory_run){.text = HEAD "workloads:\n" WORKLOAD("embed", "0.5 req/s",
                                                                 "[ { instance: g4dn.xlarge } ]")},
        &study);
    cr_assert(eq(str, (char *)got, ""));
    const struct study_units *u = &study.units[0];
    double best = capacity_best_rate_per_replica(&study.capacities[0]) *
                  study.candidates[0].replicas_per_instance;
    double q = u->requests / (HOURS_PER_MONTH * 3600);
    double instances = (double)study.recommended.plan->regular[0];
    cr_expect(epsilon_eq(dbl, u->utilisation_tax, instances * best / q - 1, 0.01 * best / q));
    arena_release(&arena);
}

/* ---- budgets ---- */

#define BUDGETED(budgets)                                                                          \
    HEAD "finance: { fiscal_year_starts: 02-01 }\n"                                                \
         "purchase: [ on_demand, { reserved: standard, term: 1y, payment: all_upfront } ]\n"       \
         "budgets: " budgets "\n" EMBED "    tags: { team: find }\n"

/* December and January are the last two months of FY2027, November the first of the last quarter of
 * FY2028. The reserved instance is paid in December: cash is over the limit in the first quarter
 * alone, amortised cost, a third of it a quarter, in none. */
Test(study_units, budgets_by_quarter_and_year) {
    static const struct {
        int year, quarter, months;
    } quarters[] = {{2027, 4, 2}, {2028, 1, 3}, {2028, 2, 3}, {2028, 3, 3}, {2028, 4, 1}};
    struct arena arena = {0};
    struct study study;
    const char *got = memory_study(
        &arena,
        (struct memory_run){
            .text = BUDGETED("[ { scope: all, quarter: 2 kUSD, basis: cash }, { tag: team=find, "
                             "quarter: 2 kUSD }, { tag: team=other, year: 1 USD } ]")},
        &study);
    cr_assert(eq(str, (char *)got, ""));
    cr_assert(eq(int, study.n_budgets, 5 + 5 + 2));
    usd_nano cash = 0, amortised = 0;
    for (int i = 0; i < 5; i++) {
        const struct study_budget *b = &study.budgets[i], *tag = &study.budgets[5 + i];
        cr_expect(eq(int, b->period.year, quarters[i].year));
        cr_expect(eq(int, b->period.quarter, quarters[i].quarter));
        cr_expect(eq(int, b->months, quarters[i].months));
        cr_expect(eq(int, b->spent > b->limit, i == 0));
        cr_expect(le(i64, tag->spent, tag->limit));
        cash += b->spent;
        amortised += tag->spent;
    }
    cr_expect(eq(i64, cash, study.statement->billed));
    int n_quarters;
    const struct study_quarter *of_all = study_quarters(&arena, &study, &n_quarters);
    cr_assert(eq(int, n_quarters, 5));
    for (int i = 0; i < 5; i++) {
        cr_expect(eq(int, of_all[i].months, quarters[i].months));
        cr_expect(eq(i64, of_all[i].cash, study.budgets[i].spent));
    }
    cr_expect(eq(i64, amortised, study.statement->effective - study.allocation->sums[2].amortised),
              "unused commitments have no tag");
    cr_expect(eq(i64, study.budgets[10].spent, 0), "nobody has that tag");
    cr_expect(eq(str, (char *)study_period_words(&arena, study.budgets[11].period), "FY2028"));
    int notices = 0, of_nobody = 0;
    for (int i = 0; i < study.n_notices; i++)
        if (strcmp(study.notices[i].id, "budget-of-nobody") == 0) {
            of_nobody++;
            cr_expect(eq(str, (char *)study.notices[i].text,
                         "nothing has the tag team=other: its budget counts no cost"));
        } else if (strcmp(study.notices[i].id, "budget-exceeded") == 0) {
            notices++;
            cr_expect(strstr(study.notices[i].text, "in FY2027 Q4 of a budget of $2.00K for all") !=
                          NULL,
                      "%s", study.notices[i].text);
        }
    cr_expect(eq(int, notices, 1));
    cr_expect(eq(int, of_nobody, 1));
    arena_release(&arena);
}

static const struct {
    const char *text, *want;
} broken[] = {
    {BUDGETED("[ { tag: find, year: 1 kUSD } ]"),
     "t.yaml:7:14 'find' is no tag | write name and value, for example team=support\n"},
    {BUDGETED("[ { scope: all, year: 1 kUSD, quarter: 1 kUSD } ]"), "t.yaml:7:"},
    {BUDGETED("[ { scope: all, tag: a=b, year: 1 kUSD } ]"), "t.yaml:7:"},
    {BUDGETED("[ { scope: all } ]"), "t.yaml:7:"},
};

Test(study_units, broken_budgets_are_told_at_their_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got = memory_study(&arena, (struct memory_run){.text = broken[i].text}, &study);
        cr_expect(strncmp(got, broken[i].want, strlen(broken[i].want)) == 0, "%s", got);
        arena_release(&arena);
    }
}

/* A fiscal year from 1 February; the horizon begins on 10 January 2027. 100 USD are paid upfront on
 * that day and 22 for what runs until the 31st: all in the last quarter of FY2027. The 28 of
 * February are in the first of FY2028. */
Test(study_units, a_calendar_month_is_of_one_quarter) {
    struct arena arena = {0};
    struct study study = {0};
    struct date start = {2027, 1, 10};
    const int64_t from[] = {24 * calendar_days(start),
                            24 * calendar_days((struct date){2027, 2, 1}),
                            24 * calendar_days((struct date){2027, 3, 1})};
    const struct statement_row rows[] = {
        {.purchase = FOCUS_PAID_AT_START, .from_hour = from[0], .billed = 100},
        {.from_hour = from[0], .to_hour = from[1], .billed = 22, .effective = 22},
        {.month = 1, .from_hour = from[1], .to_hour = from[2], .billed = 28, .effective = 28}};
    const struct statement statement = {
        .n_months = 2, .month_hours = from, .n_rows = 3, .rows = rows};
    const struct payer payer = {.kind = PAYER_WORKLOAD, .name = "chat"};
    const struct allocation_share shares[] = {
        {.kind = SHARE_PAYMENT, .row = 0, .cash = 100},
        {.kind = SHARE_USED, .row = 1, .cash = 22, .amortised = 22},
        {.kind = SHARE_USED, .row = 2, .month = 1, .cash = 28, .amortised = 28}};
    const struct allocation allocation = {
        .n_payers = 1, .payers = &payer, .n_shares = 3, .shares = shares};
    study.scenario.start = start;
    study.scenario.fiscal_month = 2;
    study.demand.n_calendar = 2;
    study.demand.calendar_from = from;
    study.statement = &statement;
    study.allocation = &allocation;
    int n;
    const struct study_quarter *quarters = study_quarters(&arena, &study, &n);
    cr_assert(eq(int, n, 2));
    cr_expect(eq(i64, quarters[0].cash, 122));
    cr_expect(eq(i64, quarters[0].amortised, 22));
    cr_expect(epsilon_eq(dbl, quarters[0].months, 22.0 / 31, 1e-12));
    cr_expect(eq(int, quarters[0].period.year, 2027));
    cr_expect(eq(int, quarters[0].period.quarter, 4));
    cr_expect(eq(i64, quarters[1].cash, 28));
    cr_expect(epsilon_eq(dbl, quarters[1].months, 1, 1e-12));
    cr_expect(eq(int, quarters[1].period.year, 2028));
    cr_expect(eq(int, quarters[1].period.quarter, 1));
    arena_release(&arena);
}
