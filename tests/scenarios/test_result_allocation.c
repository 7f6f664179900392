/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who pays, in the tables of a study: every table adds up to the FOCUS export and to what stands
 * beside it, to the nano-dollar; cash and amortised cost of a term are equal; and no text cell of
 * any table is a formula to a spreadsheet, whatever things are named. */
#include "study_memory.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "base/csv.h"
#include "scenarios/result.h"

#define STREAM(name, tags)                                                                         \
    "{ name: " name ", " tags                                                                      \
    "generate: { rate: 0.01 req/s, input: 64 tokens, output: 0 tokens, weekday: "                  \
    "[0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] } }"

#define PLAIN                                                                                      \
    "  - name: plain\n"                                                                            \
    "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens }, flow: { "   \
    "steps: [ { name: a, next: { b: 100% } }, { name: b, station: NAME } ], stations: [ { name: "  \
    "NAME, instance: c7g.xlarge, service: 100ms, concurrency: 8 } ] } }\n"                         \
    "    slo: { latency: 500ms, share: 95% }\n"                                                    \
    "    models: [ { use: bert-base } ]\n"                                                         \
    "    run_on: [ { instance: g4dn.xlarge } ]\n"                                                  \
    "    regions: [us-east-1]\n"                                                                   \
    "    value: { unit: NAME }\n"
#define BESIDE                                                                                     \
    "jobs:\n"                                                                                      \
    "  - { name: NAME, kind: data_preparation, every: 7d, nodes: 1, run_on: [ { instance: "        \
    "c7g.4xlarge, alone: 3h } ], regions: [us-east-1], tags: { team: NAME } }\n"                   \
    "storage:\n"                                                                                   \
    "  - { name: NAME, region: us-east-1, written: 2 TB/month, object: 64 MiB, kept: 36, read: "   \
    "0%, tags: { team: data } }\n"

/* Two workloads, one of them a mix of two teams, the other with a station; a job, stored data; days
 * busy, nights empty, so that commitments stay unused in part. */
static const char scenario[] =
    HEAD "finance: { fiscal_year_starts: 02-01 }\n"
         "MORE"
         "purchase: [ on_demand, { reserved: standard, term: 1y, payment: [all_upfront] }, "
         "{ savings_plan: compute, term: 1y, payment: [no_upfront] } ]\n"
         "workloads:\n"
         "  - name: NAME\n"
         "    demand: { growth: 3%/month, mix: [ " STREAM(
             "search",
             "tags: { team: find }, ") ", " STREAM("batch",
                                                   "") " ] }\n"
                                                       "    slo: { latency: 500ms, share: 95% }\n"
                                                       "    models: [ { use: bert-base } ]\n"
                                                       "    run_on: [ { instance: g4dn.xlarge } ]\n"
                                                       "    regions: [us-east-1]\n"
                                                       "    tags: { team: NAME, cost_center: CC-1 "
                                                       "}\n" PLAIN BESIDE;

static const char *replaced(struct arena *arena, const char *text, const char *word,
                            const char *by) {
    struct text out = {.arena = arena};
    for (const char *at; (at = strstr(text, word)) != NULL; text = at + strlen(word)) {
        text_append(&out, text, (size_t)(at - text));
        text_append_string(&out, by);
    }
    text_append_string(&out, text);
    return out.data;
}

/* `name` is a YAML text. */
static const char *scenario_with(struct arena *arena, const char *name, const char *more) {
    return replaced(arena, replaced(arena, scenario, "NAME", name), "MORE", more);
}

static struct study run(struct arena *arena, const char *text) {
    struct study study;
    const char *got = memory_study(arena, (struct memory_run){.text = text}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

/* A table as rows of cells. */
struct table {
    int n_rows, n_columns;
    const char **names;
    const char ***cells;
};

static const char *copy(struct arena *arena, struct bytes text) {
    return arena_strndup(arena, text.data, text.n);
}

static struct table read_table(struct arena *arena, const struct study *study, const char *name) {
    const struct result_table *table = result_tables;
    while (strcmp(table->name, name) != 0)
        table++;
    struct text csv = {.arena = arena};
    table->append(study, &csv);
    struct err err = {0};
    struct source *source =
        source_open_memory(arena, (struct bytes){csv.data, csv.n}, table->name, &err);
    struct csv_reader *reader = csv_open(arena, source, ',', &err);
    struct csv_row row;
    cr_assert(csv_next(reader, &row, &err), "%s: %s", name, err.what);
    struct table out = {.n_columns = row.n_fields,
                        .names = arena_new(arena, const char *, row.n_fields),
                        .cells = arena_new(arena, const char **, 100000)};
    for (int i = 0; i < row.n_fields; i++)
        out.names[i] = copy(arena, row.fields[i].text);
    while (csv_next(reader, &row, &err) && row.n_fields > 0) {
        cr_assert(eq(int, row.n_fields, out.n_columns), "%s line %d", name, row.line);
        cr_assert(lt(int, out.n_rows, 100000));
        out.cells[out.n_rows] = arena_new(arena, const char *, row.n_fields);
        for (int i = 0; i < row.n_fields; i++)
            out.cells[out.n_rows][i] = copy(arena, row.fields[i].text);
        out.n_rows++;
    }
    cr_assert(eq(int, err.kind, ERR_NONE), "%s: %s", name, err.what);
    csv_close(reader);
    source_close(source);
    return out;
}

static const char *cell(const struct table *table, int row, const char *name) {
    for (int i = 0; i < table->n_columns; i++)
        if (strcmp(table->names[i], name) == 0)
            return table->cells[row][i];
    cr_assert(false, "no column %s", name);
    return "";
}

/* Exact: cells have at most nine decimals. */
static int64_t nano(const char *digits) {
    return llroundl(strtold(digits, NULL) * 1e9L);
}

static int64_t column_sum(const struct table *table, const char *name) {
    int64_t sum = 0;
    for (int i = 0; i < table->n_rows; i++)
        sum += nano(cell(table, i, name));
    return sum;
}

static const char *const rules[] = {
    "",
    "allocation: { shared: seconds, idle: own_row, unused: spread }\n",
    "allocation: { shared: requests, idle: spread, unused: spread }\n",
};

Test(result_allocation, every_table_adds_up_to_the_bill) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct arena arena = {0};
        struct study study = run(&arena, scenario_with(&arena, "mixed", rules[i]));
        struct table focus = read_table(&arena, &study, "focus");
        struct table cash = read_table(&arena, &study, "cash");
        struct table showback = read_table(&arena, &study, "showback");
        struct table chargeback = read_table(&arena, &study, "chargeback");
        int64_t amortised = column_sum(&focus, "EffectiveCost");
        int64_t paid = column_sum(&focus, "BilledCost");
        int64_t beside = llround(study.jobs_usd_horizon * 1e9) +
                         llround(study.storage[0].usd_per_month * study.demand.horizon_hours /
                                 HOURS_PER_MONTH * 1e9) +
                         INT64_C(1270200000000); /* the station: 0.145 USD x 8760 h */
        cr_assert(gt(i64, amortised, beside));
        cr_expect(eq(i64, column_sum(&showback, "amortised_usd"), amortised));
        cr_expect(eq(i64, column_sum(&showback, "cash_usd"), paid));
        cr_expect(eq(i64, column_sum(&chargeback, "amortised_usd"), amortised));
        cr_expect(eq(i64, column_sum(&chargeback, "cash_usd"), paid));
        cr_expect(eq(i64, column_sum(&cash, "amortised_usd"), amortised));
        cr_expect(eq(i64, column_sum(&cash, "cash_usd"), paid));
        cr_expect(eq(i64, column_sum(&cash, "beside_usd"), beside));
        cr_expect(eq(i64, column_sum(&showback, "beside_usd"), beside));
        /* one total: the plan, jobs, storage and stations of a month are what all payers pay */
        double total = study_total_usd_per_month(&study);
        cr_expect(epsilon_eq(dbl, total,
                             money_amount_usd(study.allocation->amortised) * HOURS_PER_MONTH /
                                 study.demand.horizon_hours,
                             1e-6 * total));
        cr_expect(eq(i64,
                     column_sum(&showback, "used_usd") + column_sum(&showback, "idle_usd") +
                         column_sum(&showback, "unused_usd"),
                     amortised - beside));
        /* both streams finish alike many requests; each pays about half, and has its own tags */
        cr_expect(eq(str, (char *)cell(&showback, 0, "payer"), "mixed: search"));
        cr_expect(eq(str, (char *)cell(&showback, 0, "team"), "find"));
        cr_expect(eq(str, (char *)cell(&showback, 0, "cost_center"), "CC-1"));
        cr_expect(eq(str, (char *)cell(&showback, 1, "team"), "mixed"));
        double first = atof(cell(&showback, 0, "used_usd"));
        cr_expect(epsilon_eq(dbl, first, atof(cell(&showback, 1, "used_usd")), 0.05 * first));
        arena_release(&arena);
    }
}

/* ---- what a pool is shared by ---- */

#define OF_LENGTH(name, rate, tokens)                                                              \
    "{ name: " name ", generate: { rate: " rate ", input: " tokens ", output: 0 tokens } }"
#define SHARED(rule)                                                                               \
    HEAD "allocation: { shared: " rule " }\n"                                                      \
         "workloads:\n"                                                                            \
         "  - name: embed\n"                                                                       \
         "    demand: { mix: [ " OF_LENGTH("short", "0.02 req/s", "64 tokens") ", " OF_LENGTH(     \
             "long", "0.01 req/s", "384 tokens") " ] }\n"                                          \
                                                 "    slo: { latency: 500ms, share: 95% }\n"       \
                                                 "    models: [ { use: bert-base } ]\n"            \
                                                 "    run_on: [ { instance: g4dn.xlarge } ]\n"     \
                                                 "    regions: [us-east-1]\n"

/* Twice as many short requests as long ones, which have six times the tokens: 2 : 1 by requests,
 * 2 x 64 : 384 = 1 : 3 by tokens. By time a long one takes longer than a short one, but less than
 * six times as long. */
Test(result_allocation, a_pool_is_shared_by_each_rule) {
    static const char *const texts[] = {SHARED("requests"), SHARED("tokens"), SHARED("seconds")};
    double share[3];
    for (int i = 0; i < 3; i++) {
        struct arena arena = {0};
        struct study study = run(&arena, texts[i]);
        const struct payer_sum *sums = study.allocation->sums;
        share[i] = (double)sums[0].amortised / (double)study.allocation->amortised;
        const struct replay_result *replay = &study.recommended.replays[0];
        int64_t finished = 0, tokens = 0;
        for (int s = 0; s < replay->n_streams; s++) {
            finished += replay->stream_use[s].finished;
            tokens += replay->stream_use[s].input_tokens + replay->stream_use[s].output_tokens;
        }
        cr_expect(eq(i64, finished, replay->finished));
        cr_expect(eq(i64, tokens, replay->input_tokens + replay->output_tokens));
        arena_release(&arena);
    }
    cr_expect(epsilon_eq(dbl, share[0], 2.0 / 3, 0.01));
    cr_expect(epsilon_eq(dbl, share[1], 1.0 / 4, 0.01));
    cr_expect(lt(dbl, share[2], 0.66));
    cr_expect(gt(dbl, share[2], 0.26));
}

/* An all-upfront instance that was bought before: amortised, it costs what it costs, in cash
 * nothing, and nothing of it is prepaid here. */
Test(result_allocation, what_is_owned_and_paid_is_no_cash) {
    struct arena arena = {0};
    struct study study = run(
        &arena, HEAD "estate: { owned: [ { reserved: standard, instance: g4dn.xlarge, count: 1, "
                     "payment: all_upfront, rate: 0.3 USD/h, ends: 2028-01-01 } ] }\n" EMBED);
    struct table cash = read_table(&arena, &study, "cash");
    struct table schedule = read_table(&arena, &study, "amortisation");
    cr_assert(eq(int, cash.n_rows, 12));
    cr_expect(eq(i64, column_sum(&cash, "upfront_usd") + column_sum(&cash, "recurring_usd"), 0));
    cr_expect(eq(i64, column_sum(&schedule, "amortised_usd"), llround(0.3 * 8760 * 1e9)));
    cr_expect(eq(i64, column_sum(&schedule, "cash_usd"), 0));
    cr_expect(eq(i64, column_sum(&cash, "prepaid_usd"), 0));
    arena_release(&arena);
}

/* ---- result.json ---- */

static double number_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    bool found = json_is_number(value);
    cr_assert(found, "%s", key);
    return json_number_value(value);
}

Test(result_allocation, the_json_says_the_same) {
    struct arena arena = {0};
    struct study study =
        run(&arena, scenario_with(&arena, "mixed", "budgets: [ { scope: all, year: 1 USD } ]\n"));
    struct text text = {.arena = &arena};
    result_append_json(&study, &text);
    json_t *root = json_loadb(text.data, text.n, 0, NULL);
    const json_t *allocation = json_object_get(root, "allocation"), *item;
    double payers = 0, months = 0, budgets = 0;
    size_t i;
    json_array_foreach(json_object_get(allocation, "payers"), i, item) payers +=
        number_of(item, "amortised_usd");
    json_array_foreach(json_object_get(root, "payments"), i, item) months +=
        number_of(item, "amortised_usd");
    json_array_foreach(json_object_get(root, "budgets"), i, item) budgets +=
        number_of(item, "cost_usd");
    double all = number_of(allocation, "amortised_usd");
    cr_expect(epsilon_eq(dbl, all, money_amount_usd(study.allocation->amortised), 1e-6));
    cr_expect(epsilon_eq(dbl, payers, all, 1e-6));
    cr_expect(epsilon_eq(dbl, months, all, 1e-6));
    cr_expect(epsilon_eq(dbl, budgets, all, 1e-6));
    json_array_foreach(json_object_get(root, "unit_costs"), i, item)
        cr_expect(gt(dbl, number_of(item, "usd_per_thousand_requests"), 0));
    cr_expect(eq(int, (int)i, 3));
    cr_expect(epsilon_eq(dbl,
                         number_of(json_object_get(root, "effective_savings_rates"), "all_spend"),
                         study.savings_rates.all_spend, 1e-9));
    json_decref(root);
    arena_release(&arena);
}

/* 2027 has no leap day: 12 months from 1 December 2026 are one term. What is bought is all paid and
 * all used up, so the prepaid balance ends at zero; it is highest after the first month. */
Test(result_allocation, a_term_is_paid_and_used_up) {
    struct arena arena = {0};
    struct study study = run(&arena, scenario_with(&arena, "mixed", ""));
    struct table cash = read_table(&arena, &study, "cash");
    struct table schedule = read_table(&arena, &study, "amortisation");
    cr_assert(eq(int, cash.n_rows, 12));
    cr_assert(gt(int, schedule.n_rows, 12));
    cr_expect(gt(i64, nano(cell(&cash, 0, "upfront_usd")), 0));
    for (int month = 1; month < 12; month++) {
        cr_expect(eq(i64, nano(cell(&cash, month, "upfront_usd")), 0));
        cr_expect(lt(i64, nano(cell(&cash, month, "prepaid_usd")),
                     nano(cell(&cash, month - 1, "prepaid_usd"))));
    }
    cr_expect(eq(i64, nano(cell(&cash, 11, "prepaid_usd")), 0));
    cr_expect(eq(i64, column_sum(&cash, "amortised_usd"), column_sum(&cash, "cash_usd")));
    cr_expect(eq(i64, column_sum(&schedule, "amortised_usd"), column_sum(&schedule, "cash_usd")));
    cr_expect(eq(i64, column_sum(&schedule, "cash_usd"),
                 column_sum(&cash, "upfront_usd") + column_sum(&cash, "recurring_usd")));
    /* December and January are the last quarter of the fiscal year 2027. */
    cr_expect(eq(str, (char *)cell(&cash, 1, "starts"), "2027-01-01"));
    cr_expect(eq(str, (char *)cell(&cash, 1, "fiscal_year"), "2027"));
    cr_expect(eq(str, (char *)cell(&cash, 1, "fiscal_quarter"), "4"));
    cr_expect(eq(str, (char *)cell(&cash, 2, "fiscal_year"), "2028"));
    arena_release(&arena);
}

/* ---- the schedule by month and cost centre ---- */

/* Amortised cost of commitments in a month by cost centre, "" for what has none. */
static int64_t centre_sum(const struct table *table, int month, const char *centre,
                          const char *commitment) {
    int64_t sum = 0;
    for (int i = 0; i < table->n_rows; i++)
        if (atoi(cell(table, i, "month")) == month && cell(table, i, "commitment_id")[0] &&
            (!centre || strcmp(cell(table, i, "cost_center"), centre) == 0) &&
            (!commitment || strcmp(cell(table, i, "commitment_id"), commitment) == 0))
            sum += nano(cell(table, i, "amortised_usd"));
    return sum;
}

/* Two cost centres on three machines reserved at 0.50 USD an hour, one of them unused. The schedule
 * of a month adds up to 3 x 0.50 x 24 = 36 USD a day; each centre's part is its part of
 * the chargeback; unused hours are nobody's unless they are spread. A mutant that gives a row to
 * the other centre is told apart. */
Test(result_allocation, the_schedule_adds_up_by_month_and_cost_centre) {
    static const int days[] = {31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30};
    static const char *const centres[] = {"CC-1", "CC-2", ""};
    for (int spread = 0; spread < 2; spread++) {
        struct arena arena = {0};
        struct study study = run(
            &arena,
            arena_printf(&arena,
                         HEAD "allocation: { unused: %s }\n"
                              "estate: { owned: [ { reserved: standard, instance: g4dn.xlarge, "
                              "count: 3, payment: no_upfront, rate: 0.5 USD/h, ends: 2027-12-01 } "
                              "] }\npurchase: [ on_demand ]\nworkloads:\n%s%s%s%s",
                         spread ? "spread" : "own_row",
                         WORKLOAD("a", "0.02 req/s", "[ { instance: g4dn.xlarge } ]"),
                         "    tags: { cost_center: CC-1 }\n",
                         WORKLOAD("b", "0.01 req/s", "[ { instance: g4dn.xlarge } ]"),
                         "    tags: { cost_center: CC-2 }\n"));
        struct table schedule = read_table(&arena, &study, "amortisation");
        struct table chargeback = read_table(&arena, &study, "chargeback");
        cr_assert(gt(int, schedule.n_rows, 24));
        const char *id = cell(&schedule, 0, "commitment_id");
        for (int month = 1; month <= 12; month++) {
            int64_t all = 0;
            for (int c = 0; c < 3; c++) {
                int64_t part = centre_sum(&schedule, month, centres[c], NULL);
                cr_expect(eq(i64, part, centre_sum(&chargeback, month, centres[c], NULL)),
                          "month %d %s", month, centres[c]);
                cr_expect(c == 2 ? (part > 0) == !spread : part > 0, "month %d %s", month,
                          centres[c]);
                all += part;
            }
            cr_expect(eq(i64, all, INT64_C(36000000000) * days[month - 1]), "month %d", month);
            cr_expect(eq(i64, all, centre_sum(&schedule, month, NULL, id)), "month %d", month);
        }
        int64_t before = centre_sum(&schedule, 1, "CC-1", NULL);
        for (int i = 0; i < schedule.n_columns; i++)
            if (strcmp(schedule.names[i], "cost_center") == 0)
                schedule.cells[0][i] = strcmp(schedule.cells[0][i], "CC-1") == 0 ? "CC-2" : "CC-1";
        cr_expect(ne(i64, centre_sum(&schedule, 1, "CC-1", NULL), before));
        arena_release(&arena);
    }
}

/* ---- what a spreadsheet would run ---- */

static const char *const names[] = {"\"=cmd()\"", "\"-1\"", "\"@a,\\\"b\\\"\"", "\"+a;b\""};

static bool is_number(const char *text) {
    char *end;
    strtod(text, &end);
    return end != text && *end == '\0';
}

/* As a spreadsheet reads them: quotes are off, and no cell but a number begins like a formula. Each
 * row has as many cells as the header (read_table). */
Test(result_allocation, no_cell_of_any_table_is_a_formula) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct arena arena = {0};
        struct study study =
            run(&arena,
                scenario_with(&arena, names[i], "budgets: [ { tag: \"+a=b\", year: 1 USD } ]\n"));
        bool seen = false;
        for (const struct result_table *table = result_tables; table->name; table++) {
            struct table got = read_table(&arena, &study, table->name);
            for (int row = 0; row < got.n_rows; row++)
                for (int column = 0; column < got.n_columns; column++) {
                    const char *text = got.cells[row][column];
                    bool formula = text[0] && strchr("=+-@\t\r\n", text[0]) && !is_number(text);
                    cr_expect(not(formula), "%s %s: %s", table->name, got.names[column], text);
                    seen = seen || text[0] == '\'';
                }
        }
        cr_expect(seen, "%s", names[i]);
        arena_release(&arena);
    }
}

Test(result_allocation, the_fiscal_year_starts_on_a_day) {
    static const char *const days[] = {"13-01", "02-30", "02-29", "1"};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        struct arena arena = {0};
        struct study study;
        const char *text = replaced(&arena, scenario_with(&arena, "a", ""), "02-01", days[i]);
        const char *got = memory_study(&arena, (struct memory_run){.text = text}, &study);
        const char *want = arena_printf(&arena,
                                        "t.yaml:5:12 '%s' is no day of a year | write month and "
                                        "day, for example 02-01\n",
                                        days[i]);
        cr_expect(eq(str, (char *)got, (char *)want));
        arena_release(&arena);
    }
}

/* Bills are of calendar months, and no rule divides one between two fiscal years. */
Test(result_allocation, the_fiscal_year_starts_on_the_1st) {
    struct arena arena = {0};
    struct study study;
    const char *text = replaced(&arena, scenario_with(&arena, "a", ""), "02-01", "04-06");
    const char *got = memory_study(&arena, (struct memory_run){.text = text}, &study);
    cr_expect(eq(str, (char *)got,
                 "t.yaml:5:12 a fiscal year that starts on day 6 of a month cannot be counted in "
                 "bills | bills are of calendar months; write 04-01, or the month after\n"));
    arena_release(&arena);
}

/* ---- horizons that start at the end of a month ---- */

/* Bills come by calendar month: the first and the last lie in the horizon in part. By hand, with
 * the days of each; fiscal years from 1 February, so that the quarters change on the 1st too. */
static const struct {
    const char *start;
    int n;
    const char *begins[13];
    int days[13], quarter_first, quarter_last, year_first, year_last;
} starts[] = {
    {"2027-01-31",
     13,
     {"2027-01-31", "2027-02-01", "2027-03-01", "2027-04-01", "2027-05-01", "2027-06-01",
      "2027-07-01", "2027-08-01", "2027-09-01", "2027-10-01", "2027-11-01", "2027-12-01",
      "2028-01-01"},
     {1, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 30},
     4,
     4,
     2027,
     2028},
    /* 29 days of February; 2028-02-29 to 2029-02-27 has 365 days */
    {"2028-02-29",
     13,
     {"2028-02-29", "2028-03-01", "2028-04-01", "2028-05-01", "2028-06-01", "2028-07-01",
      "2028-08-01", "2028-09-01", "2028-10-01", "2028-11-01", "2028-12-01", "2029-01-01",
      "2029-02-01"},
     {1, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 27},
     1,
     1,
     2029,
     2030},
    {"2027-04-15",
     13,
     {"2027-04-15", "2027-05-01", "2027-06-01", "2027-07-01", "2027-08-01", "2027-09-01",
      "2027-10-01", "2027-11-01", "2027-12-01", "2028-01-01", "2028-02-01", "2028-03-01",
      "2028-04-01"},
     {16, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29, 31, 14},
     1,
     1,
     2028,
     2029},
    /* on the 1st every month is whole, the leap February too */
    {"2027-04-01",
     12,
     {"2027-04-01", "2027-05-01", "2027-06-01", "2027-07-01", "2027-08-01", "2027-09-01",
      "2027-10-01", "2027-11-01", "2027-12-01", "2028-01-01", "2028-02-01", "2028-03-01"},
     {30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29, 31},
     1,
     1,
     2028,
     2029},
};

/* One machine all the time, at 1 USD an hour: a day costs 24. */
Test(result_allocation, bills_by_calendar_month_whatever_day_it_starts) {
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct arena arena = {0};
        const struct memory_file files[] = {
            {"t.yaml", arena_printf(&arena,
                                    "headroom: 1\nname: t\nhorizon: { start: %s, months: 12 }\n"
                                    "simulation: { replications: 1 }\nprices: one.csv\n"
                                    "finance: { fiscal_year_starts: 02-01 }\n"
                                    "budgets: [ { scope: all, month: 1 kUSD } ]\n%s",
                                    starts[i].start, EMBED)},
            {"one.csv", "headroom_price_book,1,one,USD\n"
                        "kind,sku,region,option,unit,usd,status,source,as_of\n"
                        "instance,g4dn.xlarge,us-east-1,on_demand,hour,1,published,here,"
                        "2026-11-01\n"},
            {NULL, NULL}};
        struct study study;
        const char *got =
            memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &study);
        cr_assert(eq(str, (char *)got, ""));
        struct table cash = read_table(&arena, &study, "cash");
        struct table budgets = read_table(&arena, &study, "budgets");
        int n = starts[i].n;
        cr_assert(eq(int, cash.n_rows, n));
        cr_assert(eq(int, budgets.n_rows, n));
        for (int m = 0; m < n; m++) {
            const char *begins = starts[i].begins[m];
            cr_expect(eq(str, (char *)cell(&cash, m, "starts"), (char *)begins));
            cr_expect(eq(i64, nano(cell(&cash, m, "cash_usd")),
                         starts[i].days[m] * 24 * INT64_C(1000000000)),
                      "%s month %d", starts[i].start, m + 1);
            struct date first = {.year = atoi(begins), .month = atoi(begins + 5), .day = 1};
            double days_of_month =
                (double)(calendar_days(calendar_add_months(first, 1)) - calendar_days(first));
            cr_expect(epsilon_eq(dbl, atof(cell(&budgets, m, "months_in_horizon")),
                                 (double)starts[i].days[m] / days_of_month, 1e-9));
            cr_expect(eq(str, (char *)cell(&budgets, m, "period"),
                         (char *)arena_printf(&arena, "%.7s", begins)));
        }
        cr_expect(eq(int, atoi(cell(&cash, 0, "fiscal_quarter")), starts[i].quarter_first));
        cr_expect(eq(int, atoi(cell(&cash, n - 1, "fiscal_quarter")), starts[i].quarter_last));
        cr_expect(eq(int, atoi(cell(&cash, 0, "fiscal_year")), starts[i].year_first));
        cr_expect(eq(int, atoi(cell(&cash, n - 1, "fiscal_year")), starts[i].year_last));
        arena_release(&arena);
    }
}

/* Names that would begin with a tab or break a line are refused when they are read. */
Test(result_allocation, names_have_no_control_characters) {
    static const char *const refused[] = {"\"\\t=1\"", "\"a\\nb\"", "\"\\r=1\""};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct arena arena = {0};
        struct study study;
        const char *text = scenario_with(&arena, refused[i], "");
        const char *got = memory_study(&arena, (struct memory_run){.text = text}, &study);
        cr_expect(strstr(got, "'workloads.name' holds control") != NULL, "%s", got);
        arena_release(&arena);
    }
}
