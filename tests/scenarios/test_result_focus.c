/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bill of a study as FOCUS 1.2: every Static rule of the public validator (named by its id when
 * it fails), the specification's worked examples of commitments, and conservation: what a
 * commitment's usage costs effectively is what its purchase is billed, to the nano-dollar. */
#include "focus_rules.h"
#include "study_memory.h"

#include "../sim/published_data.h"
#include "pricing/focus.h"
#include "scenarios/result.h"

#define RULES "facts/focus/model-1.2.json"
#define EXAMPLE "facts/focus/commitment_discount_scenarios-commitment_discount_"

#define ROW(sku, option, term, payment, usd)                                                       \
    "instance," sku ",us-east-1," option "," term "," payment ",hour," usd                         \
    ",published,here,2026-11-01\n"
static const char book[] =
    "headroom_price_book,1,round,USD\n"
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n" ROW(
        "g4dn.xlarge", "on_demand", "", "", "1.1") ROW("g4dn.xlarge", "spot", "", "", "0.37")
        ROW("g4dn.xlarge", "reserved_standard", "1y", "no_upfront", "0.613")
            ROW("g4dn.xlarge", "reserved_standard", "1y", "partial_upfront", "0.6011")
                ROW("g4dn.xlarge", "reserved_standard", "1y", "all_upfront", "0.587003")
                    ROW("g4dn.xlarge", "plan_compute", "1y", "no_upfront", "0.63")
                        ROW("g4dn.xlarge", "plan_compute", "1y", "all_upfront",
                            "0.61") "token_api,acme/api,us-east-1,on_demand,,,1M input "
                                    "tokens,1,published,here,2026-11-01\n"
                                    "token_api,acme/api,us-east-1,on_demand,,,1M output "
                                    "tokens,2,published,here,2026-11-01\n";
static const char volumes[] =
    "headroom_price_book,1,volumes,USD\n"
    "kind,sku,region,option,unit,usd,status,source,as_of,access,zones_kept,free,included\n"
    "storage,ebs-gp3,us-east-1,on_demand,GB-month,0.08,published,here,2026-11-01,block,1,"
    "retrieval reads writes,\n"
    "storage,ebs-gp3,us-east-1,on_demand,IOPS-month,0.005,published,here,2026-11-01,,,,3000\n";

/* Busy days and empty nights, growing: what is committed to is used in part. */
#define SCENARIO(purchase)                                                                         \
    HEAD "prices: [book.csv, volumes.csv]\n"                                                       \
         "estate: { discounts: [ { applies_to: [ec2], rate: 9% } ] }\n"                            \
         "scaling: { volume: { size: 100 GiB, iops: 4000 } }\n"                                    \
         "purchase: " purchase "\n"                                                                \
         "workloads:\n"                                                                            \
         "  - name: embed\n"                                                                       \
         "    demand: { growth: 3%/month, generate: { rate: 0.02 req/s, input: 64 tokens, "        \
         "output: 0 tokens, weekday: [0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] } }\n"      \
         "    slo: { latency: 500ms, share: 95% }\n"                                               \
         "    models: [ { use: bert-base } ]\n"                                                    \
         "    run_on: [ { instance: g4dn.xlarge } ]\n"                                             \
         "    regions: [us-east-1]\n"                                                              \
         "    tags: { team: \"=SUM(A1)\", cost_center: CC-104 }\n"

static struct study run(struct arena *arena, const char *text) {
    const struct memory_file files[] = {
        {"t.yaml", text}, {"book.csv", book}, {"volumes.csv", volumes}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

static struct focus_table export_of(struct arena *arena, const struct study *study) {
    struct text csv = {.arena = arena};
    result_append_focus_csv(study, &csv);
    return focus_table_read(arena, (struct bytes){csv.data, csv.n});
}

static int64_t nano(const struct focus_table *table, int row, const char *name) {
    return llround(atof(focus_cell(table, row, name)) * 1e9);
}

static struct offer vm(const char *sku, double usd) {
    usd_pico rate = (usd_pico)(usd * (double)USD_PICO_PER_USD);
    return (struct offer){.kind = OFFER_INSTANCE,
                          .sku = sku,
                          .region = "us-east-1",
                          .on_demand = {.known = true, .rate = rate, .list = rate}};
}

/* ---- the validator's rules ---- */

/* Rules of the file whose expression contradicts their own sentence; what the sentence says is
 * looked at below where a bill can break it. */
static const struct {
    const char *id, *why;
} contradictions[] = {
    {"CommitmentDiscountStatus-C-003-C", "asks for a status where there is no commitment"},
    {"CommitmentDiscountStatus-C-004-C", "asks for a status where there is no commitment"},
    {"InvoiceId-C-005-C",
     "asks for an invoice on every row, where C-004-C forbids it on every row"},
    {"CommitmentDiscountQuantity-C-005-C",
     "asks for a quantity where there is no commitment, which C-004-C excepts"},
    {"CommitmentDiscountStatus-C-005-M", "lists Active, Expired, Pending for Used, Unused"},
};

static bool contradicts_itself(const char *id) {
    for (size_t i = 0; i < sizeof contradictions / sizeof *contradictions; i++)
        if (strcmp(contradictions[i].id, id) == 0)
            return true;
    return false;
}

static int failures(struct arena *arena, const struct focus_table *table, struct text *names,
                    int *n_checked, int *n_dynamic) {
    struct bytes text = data_read(arena, RULES);
    json_t *model = json_loadb(text.data, text.n, 0, NULL);
    const json_t *rules = json_object_get(model, "ModelRules");
    cr_assert(rules != NULL);
    const char *id;
    json_t *rule;
    int n = 0;
    json_object_foreach((json_t *)rules, id, rule) {
        int row = 0;
        enum focus_verdict verdict = focus_check(table, rules, id, &row);
        *n_checked += verdict != FOCUS_NOT_CHECKED;
        *n_dynamic += verdict == FOCUS_NOT_CHECKED;
        bool composite = strcmp(focus_text(rule, "Function"), "Composite") == 0;
        if (verdict != FOCUS_FAILS || composite || contradicts_itself(id))
            continue;
        text_printf(names, "%s (row %d: %s)\n", id, row + 1,
                    focus_text(json_object_get(rule, "ValidationCriteria"), "MustSatisfy"));
        n++;
    }
    json_decref(model);
    return n;
}

#define ALL_WAYS                                                                                   \
    "[ on_demand, spot, { reserved: standard, term: 1y, payment: [no_upfront, partial_upfront, "   \
    "all_upfront] }, { savings_plan: compute, term: 1y, payment: [no_upfront, all_upfront] } ]"

Test(result_focus, every_static_rule_of_the_validator) {
    struct arena arena = {0};
    struct study study = run(&arena, SCENARIO(ALL_WAYS));
    struct focus_table table = export_of(&arena, &study);
    struct text names = {.arena = &arena};
    text_append_string(&names, "");
    int checked = 0, dynamic = 0;
    cr_assert(gt(int, table.n_rows, 12));
    failures(&arena, &table, &names, &checked, &dynamic);
    cr_expect(eq(str, names.data, ""));
    cr_expect(eq(int, checked, 420));
    cr_expect(eq(int, dynamic, 201)); /* not checked: they need more than the dataset */
    arena_release(&arena);
}

/* "| BilledCost | A-001-M A-002-M |" has the rule. */
static bool is_listed(const char *page, const char *id) {
    const char *dash = strchr(id, '-');
    char row[128], part[64];
    snprintf(row, sizeof row, "\n| %.*s |", (int)(dash - id), id);
    snprintf(part, sizeof part, " %s ", dash + 1);
    const char *at = strstr(page, row);
    const char *found = at ? strstr(at + strlen(row) - 1, part) : NULL;
    return found && found < strchr(at + 1, '\n');
}

/* The page that users read names every rule that is not looked at, and no other. */
Test(result_focus, rules_that_are_not_checked_are_listed) {
    struct arena arena = {0};
    char page[16384] = "";
    FILE *file = fopen("docs/focus.md", "rb");
    cr_assert(file != NULL);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    struct bytes text = data_read(&arena, RULES);
    json_t *model = json_loadb(text.data, text.n, 0, NULL);
    const char *id;
    json_t *rule;
    int n = 0, listed = 0;
    json_object_foreach(json_object_get(model, "ModelRules"), id, rule) {
        bool dynamic = strcmp(focus_text(rule, "Type"), "Static") != 0;
        n += dynamic;
        cr_expect(eq(int, is_listed(page, id), dynamic), "%s", id);
    }
    for (const char *at = strstr(page, "|---|---|"); (at = strstr(at, "-0")) != NULL; at++)
        listed++;
    cr_expect(eq(int, listed, n));
    json_decref(model);
    arena_release(&arena);
}

/* The page counts and names the rules that contradict themselves, and the specification of the
 * arithmetic leaves that to it. */
Test(result_focus, rules_that_contradict_themselves_are_told_once) {
    enum { N = sizeof contradictions / sizeof *contradictions };
    struct arena arena = {0};
    char page[16384] = "";
    FILE *file = fopen("docs/focus.md", "rb");
    cr_assert(file != NULL);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    const char *words = arena_printf(&arena, "%d of them contradict their own", (int)N);
    const char *at = strstr(page, words), *end = at ? strchr(at, ')') : NULL;
    cr_assert(end != NULL, "docs/focus.md does not say: %s", words);
    int named = 0;
    for (const char *dash = at; (dash = strstr(dash, "-C-0")) != NULL && dash < end; dash++)
        named++;
    cr_expect(eq(int, named, N));
    for (int i = 0; i < N; i++) {
        const char *id = strstr(at, contradictions[i].id);
        cr_expect(id != NULL && id < end, "%s", contradictions[i].id);
    }
    arena_release(&arena);
}

/* One broken cell each; the rule that must name it. */
static const struct {
    const char *column, *value, *id;
} breaks[] = {
    {"ChargeCategory", "Use", "ChargeCategory-C-003-M"},
    {"BilledCost", "", "BilledCost-C-003-M"},
    {"EffectiveCost", "1,5", "EffectiveCost-C-001-M"},
    {"ChargePeriodStart", "2026-12-01", "ChargePeriodStart-C-002-M"},
    {"ListCost", "1234", "ListUnitPrice-C-010-C"},
    {"ServiceName", "AWS Lambda", ""},
    {"ServiceSubcategory", "Serverless", "ServiceSubcategory-C-003-M"},
    {"ServiceCategory", "Networking", "ServiceSubcategory-C-004-M"},
    {"SkuId", "", "SkuId-C-005-C"},
    {"PricingUnit", "", "PricingUnit-C-006-C"},
    {"PricingUnit", "fortnights", "PricingUnit-C-003-O"},
    {"Tags", "team=support", "Tags-C-001-M"},
    {"BillingCurrency", "dollar", "BillingCurrency-C-003-M"},
    {"ProviderName", "", "ProviderName-C-003-M"},
    {"ResourceType", "vm", "ResourceType-C-004-C"},
    {"ChargeClass", "Mistake", "ChargeClass-C-005-C"},
    {"CapacityReservationStatus", "Unused", "CapacityReservationId-C-005-C"},
    {"CapacityReservationStatus", "Used", "CapacityReservationStatus-C-003-C"},
    {"CapacityReservationStatus", "Idle", "CapacityReservationStatus-C-006-M"},
    {"CapacityReservationId", "cr-1", "CapacityReservationStatus-C-004-C"},
};

Test(result_focus, a_broken_cell_is_named_by_its_rule) {
    struct arena arena = {0};
    struct study study = run(&arena, SCENARIO("[on_demand]"));
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        struct focus_table table = export_of(&arena, &study);
        struct text names = {.arena = &arena};
        text_append_string(&names, "");
        int n[2] = {0};
        int column = focus_column(&table, breaks[i].column);
        cr_assert(ge(int, column, 0), "%s", breaks[i].column);
        table.cells[table.n_rows - 1][column] = (char *)breaks[i].value;
        failures(&arena, &table, &names, &n[0], &n[1]);
        if (breaks[i].id[0])
            cr_expect(strstr(names.data, breaks[i].id) != NULL, "%s = '%s': %s", breaks[i].column,
                      breaks[i].value, names.data);
    }
    arena_release(&arena);
}

Test(result_focus, a_column_that_is_missing_is_named) {
    struct arena arena = {0};
    struct study study = run(&arena, SCENARIO("[on_demand]"));
    struct focus_table table = export_of(&arena, &study);
    table.names[focus_column(&table, "BilledCost")] = "billed_cost";
    struct text names = {.arena = &arena};
    int n[2] = {0};
    cr_expect(gt(int, failures(&arena, &table, &names, &n[0], &n[1]), 0));
    arena_release(&arena);
}

/* The sentences of the rules whose expressions say otherwise. */
Test(result_focus, a_status_stands_where_a_commitment_is_used_and_nowhere_else) {
    struct arena arena = {0};
    struct study study = run(&arena, SCENARIO(ALL_WAYS));
    struct focus_table table = export_of(&arena, &study);
    int with = 0;
    for (int i = 0; i < table.n_rows; i++) {
        const char *status = focus_cell(&table, i, "CommitmentDiscountStatus");
        bool used = focus_cell(&table, i, "CommitmentDiscountId")[0] &&
                    strcmp(focus_cell(&table, i, "ChargeCategory"), "Usage") == 0;
        with += used;
        cr_expect(eq(int, used, strcmp(status, "Used") == 0 || strcmp(status, "Unused") == 0));
        cr_expect(eq(int, !used, status[0] == '\0'));
    }
    cr_expect(gt(int, with, 0));
    arena_release(&arena);
}

/* ---- money ---- */

/* The exported bill is the bill: its effective cost is that of the horizon. */
Test(result_focus, adds_up_to_the_bill_of_the_horizon) {
    struct arena arena = {0};
    struct study study = run(&arena, SCENARIO(ALL_WAYS));
    struct focus_table table = export_of(&arena, &study);
    int64_t effective = 0;
    for (int i = 0; i < table.n_rows; i++)
        effective += nano(&table, i, "EffectiveCost");
    cr_expect(epsilon_eq(dbl, (double)effective * 1e-9, study.recommended.bill_usd_horizon, 1e-5));
    arena_release(&arena);
}

/* From 31 January, 12 months: every row is billed with a calendar month, from the 1st to the 1st,
 * and lies in it, but for what is paid at the start of a term; the rows add up to the same bill.
 * What has no discount is billed at its list price to the last digit. */
Test(result_focus, rows_lie_in_calendar_months) {
    static const char head[] = "2026-12-01", late[] = "2027-01-31";
    struct arena arena = {0};
    const char *plain = SCENARIO("[ on_demand, { reserved: standard, term: 1y, payment: "
                                 "partial_upfront } ]");
    char *text = arena_strndup(&arena, plain, strlen(plain));
    cr_assert(strstr(text, head) != NULL);
    memcpy(strstr(text, head), late, sizeof late - 1);
    struct study study = run(&arena, text);
    struct focus_table table = export_of(&arena, &study);
    int64_t effective = 0;
    int months = 0, equal = 0, at_start = 0;
    for (int i = 0; i < table.n_rows; i++) {
        const char *from = focus_cell(&table, i, "BillingPeriodStart");
        const char *to = focus_cell(&table, i, "BillingPeriodEnd");
        const char *begins = focus_cell(&table, i, "ChargePeriodStart");
        const char *ends = focus_cell(&table, i, "ChargePeriodEnd");
        bool once = strcmp(focus_cell(&table, i, "ChargeFrequency"), "One-Time") == 0;
        cr_expect(eq(str, (char *)from + 7, "-01T00:00:00Z"));
        cr_expect(eq(str, (char *)to + 7, "-01T00:00:00Z"));
        cr_expect(strcmp(begins, from) >= 0 && strcmp(begins, to) < 0, "%s", begins);
        cr_expect(once || strcmp(ends, to) <= 0, "%s after %s", ends, to);
        effective += nano(&table, i, "EffectiveCost");
        at_start += once;
        months += i == 0 || strcmp(from, focus_cell(&table, i - 1, "BillingPeriodStart")) != 0;
        bool listed = strcmp(focus_cell(&table, i, "ListUnitPrice"),
                             focus_cell(&table, i, "ContractedUnitPrice")) == 0 &&
                      !focus_cell(&table, i, "CommitmentDiscountId")[0];
        if (listed)
            cr_expect(eq(str, (char *)focus_cell(&table, i, "ListCost"),
                         (char *)focus_cell(&table, i, "BilledCost")));
        equal += listed;
    }
    cr_expect(eq(int, months, 13));
    cr_expect(eq(int, at_start, 1));
    cr_expect(gt(int, equal, 12), "volumes have no discount");
    cr_expect(epsilon_eq(dbl, (double)effective * 1e-9, study.recommended.bill_usd_horizon, 1e-5));
    arena_release(&arena);
}

/* The 366 days of 2028: a year's term is over on 30 December. It is paid once, nothing by the hour;
 * 8760 hours of it are used or not, at what is paid; and on the 31st nothing covers what runs. */
Test(result_focus, a_term_ends_a_day_before_a_leap_year_does) {
    static const char head[] = "2026-12-01", leap[] = "2028-01-01";
    struct arena arena = {0};
    const char *plain =
        SCENARIO("[ on_demand, { reserved: standard, term: 1y, payment: all_upfront } ]");
    char *text = arena_strndup(&arena, plain, strlen(plain));
    cr_assert(strstr(text, head) != NULL);
    memcpy(strstr(text, head), leap, sizeof leap - 1);
    struct study study = run(&arena, text);
    struct focus_table table = export_of(&arena, &study);
    int64_t effective = 0, billed = 0;
    double hours = 0, bought = 0, december = 0, november = 0;
    for (int i = 0; i < table.n_rows; i++) {
        bool purchase = strcmp(focus_cell(&table, i, "ChargeCategory"), "Purchase") == 0;
        const char *month = focus_cell(&table, i, "BillingPeriodStart");
        bool instance = strcmp(focus_cell(&table, i, "SkuMeter"), "Instance hours") == 0;
        if (!focus_cell(&table, i, "CommitmentDiscountId")[0]) {
            double usd = instance ? atof(focus_cell(&table, i, "BilledCost")) : 0;
            december += strncmp(month, "2028-12", 7) == 0 ? usd : 0;
            november += strncmp(month, "2028-11", 7) == 0 ? usd : 0;
            continue;
        }
        if (purchase)
            cr_expect(eq(str, (char *)focus_cell(&table, i, "ChargeFrequency"), "One-Time"));
        effective += nano(&table, i, "EffectiveCost");
        billed += nano(&table, i, "BilledCost");
        *(purchase ? &bought : &hours) += atof(focus_cell(&table, i, "CommitmentDiscountQuantity"));
    }
    cr_assert(gt(i64, billed, 0));
    cr_expect(eq(i64, effective, billed));
    cr_expect(epsilon_eq(dbl, hours, bought, 1e-6 * bought));
    cr_expect(epsilon_eq(dbl, fmod(bought, 8760), 0, 1e-6));
    cr_expect(gt(dbl, december, november), "one day without the term");
    arena_release(&arena);
}

/* List and contracted price of the same row: 9 % apart; the contract is not for volumes. */
Test(result_focus, list_prices_are_those_before_the_contract) {
    struct arena arena = {0};
    struct study study = run(&arena, SCENARIO("[on_demand]"));
    struct focus_table table = export_of(&arena, &study);
    int hours = 0;
    for (int i = 0; i < table.n_rows; i++) {
        const char *unit = focus_cell(&table, i, "PricingUnit");
        const char *list = strcmp(unit, "GB-Months") == 0     ? "0.08"
                           : strcmp(unit, "IOPS-Months") == 0 ? "0.005"
                                                              : "1.1";
        bool instance = strcmp(unit, "Hours") == 0;
        hours += instance;
        cr_expect(eq(str, (char *)focus_cell(&table, i, "ListUnitPrice"), (char *)list));
        cr_expect(eq(str, (char *)focus_cell(&table, i, "ContractedUnitPrice"),
                     (char *)(instance ? "1.001" : list)));
        cr_expect(eq(str, (char *)focus_cell(&table, i, "Tags"),
                     "{\"team\":\"=SUM(A1)\",\"cost_center\":\"CC-104\"}"));
    }
    cr_expect(eq(int, hours, 12));
    arena_release(&arena);
}

#define RESERVED(payment) "[ on_demand, { reserved: standard, term: 1y, payment: " payment " } ]"

static const struct {
    const char *name, *scenario;
} payments[] = {
    {"no upfront", SCENARIO(RESERVED("no_upfront"))},
    {"partial upfront", SCENARIO(RESERVED("partial_upfront"))},
    {"all upfront", SCENARIO(RESERVED("all_upfront"))},
};

/* 365 days are the whole term of what is bought on the first: in each way of paying, effective cost
 * of its usage = billed cost of its purchase, exactly; 2027 has no leap day. */
Test(result_focus, a_term_costs_what_its_purchase_is_billed) {
    for (int p = 0; p < 3; p++) {
        struct arena arena = {0};
        struct study study = run(&arena, payments[p].scenario);
        struct focus_table table = export_of(&arena, &study);
        int64_t used = 0, unused = 0, billed = 0, once = 0;
        double hours_once = 0, hours_hourly = 0;
        for (int i = 0; i < table.n_rows; i++) {
            if (!focus_cell(&table, i, "CommitmentDiscountId")[0])
                continue;
            bool is_unused =
                strcmp(focus_cell(&table, i, "CommitmentDiscountStatus"), "Unused") == 0;
            *(is_unused ? &unused : &used) += nano(&table, i, "EffectiveCost");
            billed += nano(&table, i, "BilledCost");
            bool at_once = strcmp(focus_cell(&table, i, "ChargeFrequency"), "One-Time") == 0;
            once += at_once ? nano(&table, i, "BilledCost") : 0;
            if (strcmp(focus_cell(&table, i, "ChargeCategory"), "Purchase") == 0)
                *(at_once ? &hours_once : &hours_hourly) +=
                    atof(focus_cell(&table, i, "PricingQuantity"));
        }
        /* each fee is for all hours of the term */
        double hours = 8760 * study.recommended.plan->commitments[0].commitment.count;
        cr_expect(eq(int, study.recommended.plan->n_commitments, 1));
        cr_expect(epsilon_eq(dbl, hours_once, p > 0 ? hours : 0, 1e-6));
        cr_expect(epsilon_eq(dbl, hours_hourly, p < 2 ? hours : 0, 1e-6));
        cr_expect(gt(i64, used, 0), "%s", payments[p].name);
        cr_expect(gt(i64, unused, 0), "%s: the nights are not used", payments[p].name);
        cr_expect(eq(i64, used + unused, billed), "%s", payments[p].name);
        /* The upfront share of the whole, to the nano-dollar that halves differ by. */
        cr_expect(le(i64, llabs(2 * once - (int64_t)p * billed), 1), "%s", payments[p].name);
        arena_release(&arena);
    }
}

/* Commitment by commitment, whatever is bought together: over a term used + unused = billed, in
 * dollars exactly, and in its own unit as what was purchased: a fee at the start and fees by the
 * hour are each for the same hours of an instance, and for dollars of their own of a plan. */
Test(result_focus, each_commitment_conserves_dollars_and_units) {
    struct arena arena = {0};
    struct study study = run(&arena, SCENARIO(ALL_WAYS));
    struct focus_table table = export_of(&arena, &study);
    int n = study.recommended.plan->n_commitments;
    cr_assert(gt(int, n, 0));
    for (int c = 0; c < n; c++) {
        const char *id =
            study_commitment_id(&arena, &study, &study.recommended.plan->commitments[c]);
        int64_t effective = 0, billed = 0;
        double used = 0, once = 0, hourly = 0;
        int rows = 0;
        const struct commitment *held = &study.recommended.plan->commitments[c].commitment;
        for (int i = 0; i < table.n_rows; i++) {
            if (strcmp(focus_cell(&table, i, "CommitmentDiscountId"), id) != 0)
                continue;
            bool purchase = strcmp(focus_cell(&table, i, "ChargeCategory"), "Purchase") == 0;
            rows++;
            effective += nano(&table, i, "EffectiveCost");
            billed += nano(&table, i, "BilledCost");
            bool at_once = strcmp(focus_cell(&table, i, "ChargeFrequency"), "One-Time") == 0;
            *(!purchase ? &used
              : at_once ? &once
                        : &hourly) += atof(focus_cell(&table, i, "CommitmentDiscountQuantity"));
            cr_expect(
                eq(i64, purchase ? nano(&table, i, "EffectiveCost") : nano(&table, i, "BilledCost"),
                   0));
        }
        cr_expect(gt(int, rows, 12), "%s", id);
        cr_expect(eq(i64, effective, billed), "%s", id);
        if (commitment_kind_is_plan(held->terms.kind))
            cr_expect(epsilon_eq(dbl, used, once + hourly, 1e-6 * used), "%s", id);
        double share = commitment_upfront_share(held);
        if (!commitment_kind_is_plan(held->terms.kind) && share > 0)
            cr_expect(epsilon_eq(dbl, used, once, 1e-6 * used), "%s", id);
        if (!commitment_kind_is_plan(held->terms.kind) && share < 1)
            cr_expect(epsilon_eq(dbl, used, hourly, 1e-6 * used), "%s", id);
    }
    arena_release(&arena);
}

/* A plan of 0.001 and of 0.3 USD/h at 1.3 covers 1/1300 and 3/13 of each hour of an instance that
 * runs all of January at 1.1 USD, neither a whole number of seconds: 0.572307692 h of 744 and
 * 171.692307692 h. Hours and list cost add up to those of what runs, and the rest is on demand at
 * its exact hours. */
Test(result_focus, parts_of_hours_add_up) {
    static const struct {
        const char *commitment, *used, *rest, *list_used, *list_rest;
    } cases[] = {{"0.001", "0.572307692", "743.427692308", "0.629538461", "817.770461539"},
                 {"0.3", "171.692307692", "572.307692308", "188.861538461", "629.538461539"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const struct memory_file files[] = {
            {"t.yaml",
             arena_printf(&arena,
                          "headroom: 1\nname: t\nhorizon: { start: 2027-01-01, months: 1 }\n"
                          "simulation: { replications: 1 }\nprices: [book.csv]\nscaling: { boot: "
                          "0s }\npurchase: [ on_demand ]\nestate: { owned: [ { savings_plan: "
                          "compute, commitment: %s USD/h, ends: 2028-01-16 } ] }\n%s",
                          cases[i].commitment, EMBED)},
            {"book.csv", "headroom_price_book,1,round,USD\n"
                         "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n" ROW(
                             "g4dn.xlarge", "on_demand", "", "", "1.1")
                             ROW("g4dn.xlarge", "plan_compute", "1y", "no_upfront", "1.3")},
            {NULL, NULL}};
        struct study study;
        const char *got =
            memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &study);
        cr_assert(eq(str, (char *)got, ""));
        struct focus_table table = export_of(&arena, &study);
        int seen = 0;
        for (int r = 0; r < table.n_rows; r++) {
            if (strcmp(focus_cell(&table, r, "x_Workload"), "embed") != 0)
                continue;
            bool used = focus_cell(&table, r, "CommitmentDiscountId")[0] != '\0';
            const char *hours = used ? cases[i].used : cases[i].rest;
            const char *list = used ? cases[i].list_used : cases[i].list_rest;
            seen++;
            cr_expect(eq(str, (char *)focus_cell(&table, r, "PricingQuantity"), (char *)hours));
            cr_expect(eq(str, (char *)focus_cell(&table, r, "ConsumedQuantity"), (char *)hours));
            cr_expect(eq(str, (char *)focus_cell(&table, r, "ListCost"), (char *)list));
            if (!used)
                cr_expect(eq(str, (char *)focus_cell(&table, r, "BilledCost"), (char *)list));
        }
        cr_expect(eq(int, seen, 2));
        arena_release(&arena);
    }
}

/* Sums of doubles print as the decimals that they stand for: 672 h, 59365 requests. */
Test(result_focus, quantities_are_decimals) {
    struct arena arena = {0};
    struct offer offer = vm("g6e.xlarge", 1.861);
    struct focus_row row = {.account = "t",
                            .charge_to_hour = 744,
                            .billing_to_hour = 744,
                            .kind = CHARGE_ON_DEMAND,
                            .usage = USAGE_INSTANCE,
                            .offer = &offer,
                            .workload = "w",
                            .quantity = 3600 * 672.0000000000001,
                            .billed = 1250592000000,
                            .effective = 1250592000000};
    static const struct focus_item reads = {FOCUS_OBJECTS, "s3",       "Requests",
                                            NULL,          "Requests", 4e-7};
    struct focus_row requests = row;
    requests.offer = NULL;
    requests.item = &reads;
    requests.quantity = 59364.99999999999;
    requests.billed = requests.effective = 23746000;
    struct text csv = {.arena = &arena};
    focus_append_header(&csv);
    focus_append_row(&row, &csv);
    focus_append_row(&requests, &csv);
    struct focus_table table = focus_table_read(&arena, (struct bytes){csv.data, csv.n});
    static const char *const want[] = {"672", "59365"};
    for (int i = 0; i < 2; i++) {
        cr_expect(eq(str, (char *)focus_cell(&table, i, "PricingQuantity"), (char *)want[i]));
        cr_expect(eq(str, (char *)focus_cell(&table, i, "ConsumedQuantity"), (char *)want[i]));
    }
    arena_release(&arena);
}

/* ---- what stands beside the workloads ---- */

#define BESIDE(promise)                                                                            \
    HEAD promise                                                                                   \
        "purchase: [ on_demand, { reserved: standard, term: 1y, payment: all_upfront } ]\n"        \
        "workloads:\n"                                                                             \
        "  - name: embed\n"                                                                        \
        "    demand: { generate: { rate: 0.2 req/s, input: 64 tokens, output: 0 tokens }, "        \
        "flow: { steps: [ { name: a, next: { b: 100% } }, { name: b, station: s } ], stations: [ " \
        "{ name: s, instance: c7g.xlarge, count: 2, service: 100ms, concurrency: 8 } ] } }\n"      \
        "    slo: { latency: 500ms, share: 95%, task: 2s }\n"                                      \
        "    models: [ { use: bert-base } ]\n"                                                     \
        "    run_on: [ { instance: g4dn.xlarge } ]\n"                                              \
        "    regions: [us-east-1]\n"                                                               \
        "storage:\n"                                                                               \
        "  - { name: logs, region: us-east-1, written: 2 TB/month, object: 64 MiB, kept: 36, "     \
        "read: 10%, instant: off, tags: { team: data } }\n"                                        \
        "clusters:\n"                                                                              \
        "  - { name: research, instance: g4dn.xlarge, region: us-east-1, nodes: 4 }\n"             \
        "jobs:\n"                                                                                  \
        "  - { name: tune, kind: data_preparation, every: 7d, nodes: 2, regions: "                 \
        "[us-east-1], run_on: [ { instance: g4dn.xlarge, alone: 20h } ], tags: { team: ml } }\n"   \
        "  - { name: sweep, kind: data_preparation, every: 7d, nodes: 2, cluster: research, "      \
        "run_on: "                                                                                 \
        "[ { instance: g4dn.xlarge, alone: 20h } ] }\n"
#define PROMISED                                                                                   \
    "estate: { discounts: [ { applies_to: [ec2], rate: 5%, commitment: 1 MUSD/year } ] }\n"

static double sum_for(const struct focus_table *table, const char *workload, const char *column) {
    double sum = 0;
    for (int i = 0; i < table->n_rows; i++)
        if (strcmp(focus_cell(table, i, "x_Workload"), workload) == 0)
            sum += atof(focus_cell(table, i, column));
    return sum;
}

/* Jobs, a cluster and what idles of it, a station, stored data and a promise that is missed: each
 * rule holds, and the sums are what is paid and what it costs, to the nano-dollar. Hours by hand:
 * two instances of the station all year; 2 x 10 h a run of `tune` in 53 runs, with their boots. */
Test(result_focus, the_whole_bill_to_the_nano_dollar) {
    struct arena arena = {0};
    struct study study;
    const char *got = memory_study(&arena, (struct memory_run){.text = BESIDE(PROMISED)}, &study);
    cr_assert(eq(str, (char *)got, ""));
    struct focus_table table = export_of(&arena, &study);
    struct text names = {.arena = &arena};
    int checked = 0, dynamic = 0, adjustments = 0;
    int64_t billed = 0, effective = 0;
    text_append_string(&names, "");
    failures(&arena, &table, &names, &checked, &dynamic);
    cr_expect(eq(str, names.data, ""));
    for (int i = 0; i < table.n_rows; i++) {
        billed += nano(&table, i, "BilledCost");
        effective += nano(&table, i, "EffectiveCost");
        adjustments += strcmp(focus_cell(&table, i, "ChargeCategory"), "Adjustment") == 0;
    }
    cr_expect(eq(i64, billed, study.allocation->cash));
    cr_expect(eq(i64, effective, study.allocation->amortised));
    cr_expect(gt(i64, study.allocation->beside, 0));
    cr_expect(eq(int, adjustments, 13)); /* what it costs by month, and its charge at the end */
    cr_expect(epsilon_eq(dbl, sum_for(&table, "embed: s", "PricingQuantity"), 2 * 8760, 1e-3));
    cr_expect(epsilon_eq(dbl, sum_for(&table, "tune", "PricingQuantity"), 53 * 20.1, 53 * 1.0));
    cr_expect(epsilon_eq(dbl, sum_for(&table, "logs", "EffectiveCost"),
                         study.storage[0].usd_per_month * 12, 1e-3));
    cr_expect(epsilon_eq(dbl, sum_for(&table, "logs", "PricingQuantity"),
                         2e12 / 1073741824 * 36 * 12, 1));
    cr_expect(gt(dbl, sum_for(&table, "sweep", "PricingQuantity"), 0));
    cr_expect(gt(dbl, sum_for(&table, "idle of research", "PricingQuantity"), 0));
    arena_release(&arena);
}

/* ---- capacity that is held ---- */

#define HELD(owned)                                                                                \
    HEAD "prices: book.csv\n"                                                                      \
         "estate:\n"                                                                               \
         "  owned:\n" owned "purchase: [on_demand]\n"                                              \
         "workloads:\n"                                                                            \
         "  - name: embed\n"                                                                       \
         "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens, "        \
         "weekday: [0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] } }\n"                        \
         "    slo: { latency: 500ms, share: 95% }\n"                                               \
         "    models: [ { use: bert-base } ]\n"                                                    \
         "    run_on: [ { instance: g4dn.xlarge } ]\n"                                             \
         "    regions: [us-east-1]\n"
#define RESERVATION                                                                                \
    "    - { capacity: reservation, instance: g4dn.xlarge, count: 2, ends: 2027-12-01 }\n"

static const struct {
    const char *name, *scenario, *id;
    bool covered, block;
    double held; /* instances */
} capacities[] = {
    {"reservation", HELD(RESERVATION), "owned-commitment-1", false, false, 2},
    {"under a plan",
     HELD(RESERVATION "    - { savings_plan: compute, commitment: 10 USD/h, ends: 2027-12-01 }\n"),
     "owned-commitment-1", true, false, 2},
    {"block",
     HELD("    - { capacity: block, instance: g4dn.xlarge, count: 3, rate: 0.5 USD/h, ends: "
          "2027-12-01 }\n"),
     "owned-commitment-1", true, true, 3},
};

/* What runs in it has a workload and is Used, what idles has none and is Unused; together they are
 * the capacity of the year, whoever pays. Only an unused commitment consumes nothing: what the
 * rules' ConsumedQuantity-C-004-C and the sentence of C-006-C say. */
Test(result_focus, held_capacity_is_used_or_unused) {
    for (size_t k = 0; k < sizeof capacities / sizeof *capacities; k++) {
        struct arena arena = {0};
        const char *name = capacities[k].name;
        struct study study = run(&arena, capacities[k].scenario);
        struct focus_table table = export_of(&arena, &study);
        struct text names = {.arena = &arena};
        double hours[2] = {0};
        int counts[2] = {0};
        text_append_string(&names, "");
        failures(&arena, &table, &names, &counts[0], &counts[1]);
        cr_expect(eq(str, names.data, ""), "%s", name);
        for (int i = 0; i < table.n_rows; i++) {
            const char *id = focus_cell(&table, i, "CapacityReservationId");
            const char *status = focus_cell(&table, i, "CapacityReservationStatus");
            bool usage = strcmp(focus_cell(&table, i, "ChargeCategory"), "Usage") == 0;
            bool nobodys = focus_cell(&table, i, "x_Workload")[0] == '\0';
            bool nothing =
                !usage || strcmp(focus_cell(&table, i, "CommitmentDiscountStatus"), "Unused") == 0;
            cr_expect(eq(int, nothing, !focus_cell(&table, i, "ConsumedQuantity")[0]), "%s", name);
            cr_expect(eq(int, focus_cell(&table, i, "CommitmentDiscountId")[0] != '\0',
                         focus_cell(&table, i, "CommitmentDiscountQuantity")[0] != '\0'));
            if (!id[0] || !usage) {
                cr_expect(eq(str, (char *)status, ""), "%s", name);
                continue;
            }
            cr_expect(eq(str, (char *)id, (char *)capacities[k].id), "%s", name);
            cr_expect(eq(str, (char *)status, nobodys ? "Unused" : "Used"), "%s", name);
            cr_expect(eq(int, capacities[k].covered,
                         focus_cell(&table, i, "CommitmentDiscountId")[0] != '\0'),
                      "%s", name);
            hours[nobodys] += atof(focus_cell(&table, i, "PricingQuantity"));
        }
        cr_expect(gt(dbl, hours[0], 0), "%s", name);
        cr_expect(gt(dbl, hours[1], 0), "%s", name);
        cr_expect(epsilon_eq(dbl, hours[0] + hours[1], capacities[k].held * 8760, 1), "%s: %g + %g",
                  name, hours[0], hours[1]);
        arena_release(&arena);
    }
}

/* Two reserved at 1.1 are paid all year, by charge of their own whether they run or not. */
Test(result_focus, a_reservation_is_billed_used_or_not) {
    struct arena arena = {0};
    struct study study = run(&arena, capacities[0].scenario);
    struct focus_table table = export_of(&arena, &study);
    int64_t billed = 0;
    for (int i = 0; i < table.n_rows; i++)
        if (focus_cell(&table, i, "CapacityReservationId")[0])
            billed += nano(&table, i, "BilledCost");
    cr_expect(epsilon_eq(dbl, (double)billed * 1e-9, 2 * 1.1 * 8760, 1));
    arena_release(&arena);
}

/* ---- the specification's worked examples ---- */

/* One dollar an hour for a year from 2023-01-01, as the examples have it. */
static struct commitment dollar_an_hour(enum payment payment) {
    return (struct commitment){.name = "Compute savings plan",
                               .terms = {COMMIT_PLAN_COMPUTE, 1, payment},
                               .offer = -1,
                               .plan_usd_per_hour = USD_NANO_PER_USD};
}

static const char *const compared[] = {
    "BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart",
    "ChargeCategory",     "ChargeFrequency",  "PricingCategory",
};
static const char *const amounts[] = {"BilledCost", "EffectiveCost", "CommitmentDiscountQuantity"};

static void expect_example(struct arena *arena, const char *file, const struct focus_row *rows,
                           int n) {
    struct focus_table example = focus_table_read(arena, data_read(arena, file));
    struct text csv = {.arena = arena};
    focus_append_header(&csv);
    for (int i = 0; i < n; i++)
        focus_append_row(&rows[i], &csv);
    struct focus_table ours = focus_table_read(arena, (struct bytes){csv.data, csv.n});
    cr_assert(ge(int, example.n_rows, n), "%s", file);
    for (int i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof compared / sizeof *compared; k++)
            cr_expect(eq(str, (char *)focus_cell(&ours, i, compared[k]),
                         (char *)focus_cell(&example, i, compared[k])),
                      "%s row %d %s", file, i + 1, compared[k]);
        for (size_t k = 0; k < sizeof amounts / sizeof *amounts; k++) {
            const char *want = focus_cell(&example, i, amounts[k]);
            if (strcmp(want, "null") == 0)
                want = "";
            cr_expect(eq(int, !focus_cell(&ours, i, amounts[k])[0], !want[0]), "%s", amounts[k]);
            cr_expect(epsilon_eq(dbl, atof(focus_cell(&ours, i, amounts[k])), atof(want), 1e-12),
                      "%s row %d %s", file, i + 1, amounts[k]);
        }
    }
}

static struct focus_row example_row(const struct commitment *c) {
    int64_t start = 24 * calendar_days((struct date){2023, 1, 1});
    return (struct focus_row){.account = "example",
                              .billing_from_hour = start,
                              .billing_to_hour = start + 24 * 31,
                              .charge_from_hour = start,
                              .charge_to_hour = start + 1,
                              .commitment = c,
                              .commitment_id = "c"};
}

/* All upfront: 8760 USD at once. No upfront: 1 USD every hour. */
Test(result_focus, the_examples_of_purchases) {
    struct arena arena = {0};
    struct commitment all = dollar_an_hour(PAY_ALL_UPFRONT), none = dollar_an_hour(PAY_NO_UPFRONT);
    struct focus_row once = example_row(&all), hourly = example_row(&none);
    once.purchase = FOCUS_PAID_AT_START;
    once.charge_to_hour = once.charge_from_hour + 8760;
    once.quantity = 8760;
    once.billed = 8760 * USD_NANO_PER_USD;
    expect_example(&arena, EXAMPLE "purchase_scenario_1.csv", &once, 1);
    hourly.purchase = FOCUS_PAID_HOURLY;
    hourly.quantity = 1;
    hourly.billed = USD_NANO_PER_USD;
    expect_example(&arena, EXAMPLE "purchase_scenario_2.csv", &hourly, 1);
    /* half of it at once, half by the hour */
    struct commitment part = dollar_an_hour(PAY_PARTIAL_UPFRONT);
    struct focus_row both[] = {example_row(&part), example_row(&part)};
    both[0].purchase = FOCUS_PAID_AT_START;
    both[0].quantity = 4380;
    both[0].billed = 4380 * USD_NANO_PER_USD;
    both[1].purchase = FOCUS_PAID_HOURLY;
    both[1].quantity = 0.5;
    both[1].billed = USD_NANO_PER_USD / 2;
    expect_example(&arena, EXAMPLE "purchase_scenario_3.csv", both, 2);
    arena_release(&arena);
}

/* An instance whose on-demand price is 2 USD covered at 1 USD an hour; another half dollar of usage
 * that is not covered. */
Test(result_focus, the_examples_of_usage) {
    struct arena arena = {0};
    struct commitment c = dollar_an_hour(PAY_ALL_UPFRONT);
    struct offer offer = {
        .kind = OFFER_INSTANCE,
        .sku = "vm",
        .region = "us-east-1",
        .on_demand = {.known = true, .rate = 2 * USD_PICO_PER_USD, .list = 2 * USD_PICO_PER_USD}};
    struct focus_row rows[] = {example_row(&c), example_row(NULL)};
    for (int i = 0; i < 2; i++) {
        rows[i].offer = &offer;
        rows[i].usage = USAGE_INSTANCE;
        rows[i].quantity = 3600;
    }
    rows[0].kind = CHARGE_COMMITMENT_USED;
    rows[0].effective = USD_NANO_PER_USD;
    rows[1].kind = CHARGE_ON_DEMAND;
    rows[1].billed = rows[1].effective = USD_NANO_PER_USD / 2;
    expect_example(&arena, EXAMPLE "usage_scenario_1.csv", rows, 1);
    expect_example(&arena, EXAMPLE "usage_scenario_4.csv", rows, 2);
    /* nothing used; then three quarters */
    rows[1] = example_row(&c);
    rows[1].kind = CHARGE_COMMITMENT_UNUSED;
    rows[1].quantity = 1;
    rows[1].effective = USD_NANO_PER_USD;
    expect_example(&arena, EXAMPLE "usage_scenario_2.csv", &rows[1], 1);
    rows[1].quantity = 0.25;
    rows[0].effective = USD_NANO_PER_USD * 3 / 4;
    rows[1].effective = USD_NANO_PER_USD / 4;
    expect_example(&arena, EXAMPLE "usage_scenario_3.csv", rows, 2);
    arena_release(&arena);
}

/* ---- its examples of flexibility ---- */

/* A reserved VM: 1.50 an hour for one whose on-demand price is 3.00, no upfront. */
#define FLEXIBILITY "facts/focus/commitment_discount_flexibility-"

static const char *const flexible[] = {"ChargeCategory",
                                       "ChargeFrequency",
                                       "PricingCategory",
                                       "ChargePeriodEnd",
                                       "CommitmentDiscountCategory",
                                       "CommitmentDiscountStatus"};

/* `columns` of numbers: what is null in the example is null here. */
static void expect_flexible(struct arena *arena, const char *file, const struct focus_row *rows,
                            int n, const char *const *columns, int n_columns) {
    struct focus_table example =
        focus_table_read(arena, data_read(arena, arena_printf(arena, FLEXIBILITY "%s.csv", file)));
    struct text csv = {.arena = arena};
    focus_append_header(&csv);
    for (int i = 0; i < n; i++)
        focus_append_row(&rows[i], &csv);
    struct focus_table ours = focus_table_read(arena, (struct bytes){csv.data, csv.n});
    cr_assert(eq(int, example.n_rows, n), "%s", file);
    for (int i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof flexible / sizeof *flexible; k++) {
            const char *want = focus_cell(&example, i, flexible[k]);
            cr_expect(eq(str, (char *)focus_cell(&ours, i, flexible[k]),
                         strcmp(want, "null") == 0 ? "" : (char *)want),
                      "%s row %d %s", file, i + 1, flexible[k]);
        }
        for (int k = 0; k < n_columns; k++)
            cr_expect(epsilon_eq(dbl, atof(focus_cell(&ours, i, columns[k])),
                                 atof(focus_cell(&example, i, columns[k])), 1e-12),
                      "%s row %d %s", file, i + 1, columns[k]);
    }
}

static struct focus_row of_instance(const struct offer *offer, const struct commitment *c,
                                    enum charge_kind kind, double usd) {
    struct focus_row row = example_row(c);
    row.kind = kind;
    row.usage = USAGE_INSTANCE;
    row.offer = offer;
    row.quantity = 3600;
    row.effective = (usd_nano)(usd * (double)USD_NANO_PER_USD);
    row.billed = c ? 0 : row.effective;
    return row;
}

static struct focus_row hour_of(const struct offer *offer, const struct commitment *c, double usd) {
    struct focus_row row = of_instance(offer, c, CHARGE_ON_DEMAND, 0);
    row.purchase = FOCUS_PAID_HOURLY;
    row.billed = (usd_nano)(usd * (double)USD_NANO_PER_USD);
    return row;
}

/* Without flexibility all numbers; an hour that is used in full, and one that is not used while a
 * smaller VM runs on demand. The example's ConsumedQuantity of the unused hour is left out: rule
 * ConsumedQuantity-C-005-C forbids it. With flexibility all but the quantities, which count in the
 * family's smallest size; the third example's covered row has 0.333 x 3.00 = 3.00, so it is not
 * compared. */
Test(result_focus, the_examples_of_flexibility) {
    static const char *const numbers[] = {"PricingQuantity", "ListUnitPrice",
                                          "ListCost",        "BilledCost",
                                          "EffectiveCost",   "CommitmentDiscountQuantity"};
    struct arena arena = {0};
    struct offer large = vm("VM_LARGE", 3), medium = vm("VM_MEDIUM", 2), xl = vm("VM_XLARGE", 4);
    struct commitment c = {
        .name = "reserved VM", .terms = {COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT}, .count = 1};
    const struct focus_row used[] = {hour_of(&large, &c, 1.5),
                                     of_instance(&large, &c, CHARGE_COMMITMENT_USED, 1.5)};
    expect_flexible(&arena,
                    "one_hundred_percent_utilization_without_commitment_discount_flexibility", used,
                    2, numbers, 6);
    const struct focus_row unused[] = {hour_of(&large, &c, 1.5),
                                       of_instance(&large, &c, CHARGE_COMMITMENT_UNUSED, 1.5),
                                       of_instance(&medium, NULL, CHARGE_ON_DEMAND, 2)};
    expect_flexible(&arena, "zero_percent_utilization_without_commitment_discount_flexibility",
                    unused, 3, numbers, 6);
    const struct focus_row two[] = {hour_of(&xl, &c, 2),
                                    of_instance(&medium, &c, CHARGE_COMMITMENT_USED, 1),
                                    of_instance(&medium, &c, CHARGE_COMMITMENT_USED, 1)};
    expect_flexible(&arena,
                    "one_hundred_percent_utilization_with_commitment_discount_flexibility_with_2_"
                    "resources",
                    two, 3, numbers, 5);
    arena_release(&arena);
}

/* 3 GB of which one pays 0.10 and two pay 0.05 USD: 0.20 USD are the list price, and with 20 % off
 * 0.16 are paid. At the first rate both would read 0.30 and 0.24. */
Test(result_focus, the_tiers_of_a_rate_are_no_discount) {
    struct arena arena = {0};
    for (int off = 0; off < 2; off++) {
        const usd_pico cent = USD_PICO_PER_USD / 100;
        const struct price_tier tier = {.from = 1, .rate = off ? 4 * cent : 5 * cent};
        struct offer out = {
            .kind = OFFER_TRANSFER,
            .sku = "data-transfer-out",
            .region = "us-east-1",
            .gigabyte = {.known = true, .rate = off ? 8 * cent : 10 * cent, .list = 10 * cent}};
        out.gigabyte.n_tiers = 1;
        out.gigabyte.tiers = &tier;
        struct focus_row row = example_row(NULL);
        row.kind = CHARGE_TRANSFER;
        row.usage = USAGE_TRANSFER_BYTES;
        row.offer = &out;
        row.quantity = 3.0 * (double)BYTES_PER_BILLED_GB;
        row.billed = row.effective = USD_NANO_PER_USD / 100 * (off ? 16 : 20);
        struct text csv = {.arena = &arena};
        focus_append_header(&csv);
        focus_append_row(&row, &csv);
        struct focus_table table = focus_table_read(&arena, (struct bytes){csv.data, csv.n});
        cr_expect(eq(i64, nano(&table, 0, "BilledCost"), row.billed));
        cr_expect(eq(i64, nano(&table, 0, "ContractedCost"), row.billed));
        cr_expect(eq(i64, nano(&table, 0, "ListCost"), USD_NANO_PER_USD / 5));
        cr_expect(epsilon_eq(dbl, atof(focus_cell(&table, 0, "ListUnitPrice")), 0.2 / 3, 1e-12));
    }
    arena_release(&arena);
}

int main(int argc, char *argv[]) {
    int code = data_missing(RULES);
    if (code != 0)
        return code;
    return data_run_tests(argc, argv);
}
