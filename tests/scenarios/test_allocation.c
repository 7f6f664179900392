/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who pays: splits worked by hand, and on random statements the law that the shares of each row add
 * up to it to the nano-dollar, in both views. Two mutants must break the law: shares rounded one by
 * one, and a nano-dollar that moved to another row. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "scenarios/allocation.h"
#include "scenarios/scenario_finance.h"

#define USD(amount) ((usd_nano)((amount)*USD_NANO_PER_USD))

enum { PAYERS_MAX = 16, ROWS_MAX = 400 };

/* ---- by hand ---- */

/* Workloads a and b with a payer each, an idle and an unused row: payers 0 to 3. What others used
 * of a commitment goes to the row of the unused in these tests. */
struct small {
    struct payer payers[4];
    struct payer_group groups[2];
    struct statement statement;
    struct allocation_rules rules;
    struct plan_commitment commitment;
};

static const double ones[] = {1, 1, 1};
static const int64_t three_months[] = {0, 744, 1488, 2160};

static struct small small_case(const struct statement_row *rows, int n) {
    struct small s = {
        .payers = {{PAYER_WORKLOAD, "a", 0, NULL, 0},
                   {PAYER_WORKLOAD, "b", 1, NULL, 0},
                   {PAYER_IDLE, "idle capacity", -1, NULL, 0},
                   {PAYER_UNUSED, "unused commitments", -1, NULL, 0}},
        .groups = {{0, 1, ones}, {1, 1, ones}},
        .statement = {.n_months = 3, .month_hours = three_months, .n_rows = n, .rows = rows},
    };
    for (int i = 0; i < n; i++) {
        s.statement.effective += rows[i].effective;
        s.statement.billed += rows[i].billed;
    }
    return s;
}

static struct allocation_input small_input(const struct small *s) {
    return (struct allocation_input){.statement = &s->statement,
                                     .rules = &s->rules,
                                     .n_payers = 4,
                                     .payers = s->payers,
                                     .groups = s->groups,
                                     .idle_payer = 2,
                                     .unused_payer = 3,
                                     .others_payer = 3};
}

static struct allocation split_small(struct arena *arena, const struct small *s) {
    struct allocation_input input = small_input(s);
    return allocation_make(arena, &input);
}

static struct statement_row usage(int month, int workload, double usd, double idle_usd) {
    return (struct statement_row){.month = month,
                                  .workload = workload,
                                  .effective = USD(usd),
                                  .billed = USD(usd),
                                  .idle = USD(idle_usd)};
}

static void expect_sums(const struct allocation *got, const double *want) {
    for (int p = 0; p < 4; p++)
        cr_expect(eq(i64, got->sums[p].amortised, USD(want[p])), "%s", got->payers[p].name);
}

/* a costs 9, of which 3 idle; b costs 3. Owner: 9, 3. Own row: 6, 3, and 3 idle. Spread by what was
 * used, 6 : 3: 6 + 2, 3 + 1. */
Test(allocation, idle_time_by_each_rule) {
    const struct statement_row rows[] = {usage(0, 0, 9, 3), usage(0, 1, 3, 0)};
    static const double want[][4] = {
        [IDLE_OWNER] = {9, 3, 0, 0}, [IDLE_OWN_ROW] = {6, 3, 3, 0}, [IDLE_SPREAD] = {8, 4, 0, 0}};
    for (int rule = IDLE_OWNER; rule <= IDLE_SPREAD; rule++) {
        struct arena arena = {0};
        struct small s = small_case(rows, 2);
        s.rules.idle = (enum allocation_idle)rule;
        struct allocation got = split_small(&arena, &s);
        expect_sums(&got, want[rule]);
        cr_expect(eq(i64, got.cash, USD(12)));
        arena_release(&arena);
    }
}

/* One commitment, 5 a month and 15 paid in the first. Month 1: a uses 3, b 1, 1 is unused: spread
 * 0.75 and 0.25. Month 2: all 5 unused, and only b runs anything: b pays. Month 3: nothing runs at
 * all: it stays a row. Amortised: a 3.75, b 1.25 + 5 + 2 on demand, row 5.
 * Payment of 15 by what each bears of the commitment, 3.75 : 6.25 : 5: the same, as the term is
 * over. */
Test(allocation, unused_commitments_spread_to_their_users) {
    struct arena arena = {0};
    struct plan_commitment c = {0};
    struct statement_row rows[] = {
        usage(0, 0, 3, 0),
        usage(0, 1, 1, 0),
        usage(0, -1, 1, 0),
        usage(1, -1, 5, 0),
        usage(1, 1, 2, 0),
        usage(2, -1, 5, 0),
        {.month = 0, .purchase = FOCUS_PAID_AT_START, .workload = -1, .billed = USD(15)}};
    for (int i = 0; i < 7; i++)
        if (i != 4) {
            rows[i].kind = rows[i].workload < 0 ? CHARGE_COMMITMENT_UNUSED : CHARGE_COMMITMENT_USED;
            rows[i].commitment = &c;
            rows[i].billed = i == 6 ? rows[i].billed : 0;
        }
    struct small s = small_case(rows, 7);
    s.rules.unused = UNUSED_SPREAD;
    struct allocation got = split_small(&arena, &s);
    expect_sums(&got, (double[]){3.75, 1.25 + 5 + 2, 0, 5});
    cr_expect(eq(i64, got.sums[0].cash, USD(3.75)));
    cr_expect(eq(i64, got.sums[1].cash, USD(6.25 + 2)));
    cr_expect(eq(i64, got.sums[3].cash, USD(5)));
    s.rules.unused = UNUSED_OWN_ROW;
    got = split_small(&arena, &s);
    expect_sums(&got, (double[]){3, 1 + 2, 0, 11});
    /* 15 by 3 : 1 : 11 */
    cr_expect(eq(i64, got.sums[3].cash, USD(11)));
    arena_release(&arena);
}

/* A commitment of 10 a month: a uses 3, others of the organisation 5, 2 stay unused. Others bear
 * their 5 and half of the payment whatever becomes of the 2. */
Test(allocation, what_others_use_is_theirs) {
    struct arena arena = {0};
    struct plan_commitment c = {0};
    struct statement_row rows[] = {
        usage(0, 0, 3, 0),
        usage(0, -1, 5, 0),
        usage(0, -1, 2, 0),
        {.month = 0, .purchase = FOCUS_PAID_HOURLY, .workload = -1, .billed = USD(10)}};
    for (int i = 0; i < 4; i++) {
        rows[i].commitment = &c;
        rows[i].billed = i == 3 ? rows[i].billed : 0;
        rows[i].kind = i == 2 ? CHARGE_COMMITMENT_UNUSED : CHARGE_COMMITMENT_USED;
    }
    struct small s = small_case(rows, 4);
    struct payer payers[5] = {
        s.payers[0], s.payers[1], s.payers[2], s.payers[3], {PAYER_OTHERS, "others", -1, NULL, 0}};
    struct allocation_input input = small_input(&s);
    input.n_payers = 5;
    input.payers = payers;
    input.others_payer = 4;
    for (int rule = UNUSED_OWN_ROW; rule <= UNUSED_SPREAD; rule++) {
        s.rules.unused = (enum allocation_unused)rule;
        struct allocation got = allocation_make(&arena, &input);
        cr_expect(eq(i64, got.sums[0].amortised, USD(rule == UNUSED_SPREAD ? 5 : 3)));
        cr_expect(eq(i64, got.sums[3].amortised, USD(rule == UNUSED_SPREAD ? 0 : 2)));
        cr_expect(eq(i64, got.sums[4].amortised, USD(5)));
        cr_expect(eq(i64, got.sums[4].cash, USD(5)));
    }
    arena_release(&arena);
}

/* A commitment of 10 a month: a uses 3, and 7 cover capacity reserved by the scenario that idles.
 * No others are there: the 7 are unused, a row of their own or spread to a. */
Test(allocation, idle_reserved_capacity_that_is_covered_is_unused) {
    struct arena arena = {0};
    struct plan_commitment c = {0}, reservation = {0};
    struct statement_row rows[] = {
        usage(0, 0, 3, 0),
        usage(0, -1, 7, 0),
        {.month = 0, .purchase = FOCUS_PAID_HOURLY, .workload = -1, .billed = USD(10)}};
    for (int i = 0; i < 3; i++) {
        rows[i].commitment = &c;
        rows[i].billed = i == 2 ? rows[i].billed : 0;
        rows[i].kind = CHARGE_COMMITMENT_USED;
    }
    rows[1].reservation = &reservation;
    struct small s = small_case(rows, 3);
    struct payer payers[5] = {
        s.payers[0], s.payers[1], s.payers[2], s.payers[3], {PAYER_OTHERS, "others", -1, NULL, 0}};
    struct allocation_input input = {.statement = &s.statement,
                                     .rules = &s.rules,
                                     .n_payers = 5,
                                     .payers = payers,
                                     .groups = s.groups,
                                     .idle_payer = 2,
                                     .unused_payer = 3,
                                     .others_payer = 4};
    for (int rule = UNUSED_OWN_ROW; rule <= UNUSED_SPREAD; rule++) {
        bool spread = rule == UNUSED_SPREAD;
        s.rules.unused = (enum allocation_unused)rule;
        struct allocation got = allocation_make(&arena, &input);
        cr_expect(eq(i64, got.sums[0].amortised, USD(spread ? 10 : 3)));
        cr_expect(eq(i64, got.sums[0].by_kind[SHARE_UNUSED], USD(spread ? 7 : 0)));
        cr_expect(eq(i64, got.sums[0].cash, USD(spread ? 10 : 3)));
        cr_expect(eq(i64, got.sums[3].amortised, USD(spread ? 0 : 7)));
        cr_expect(eq(i64, got.sums[4].amortised, 0));
    }
    arena_release(&arena);
}

/* 10.000000001 by tokens 1 : 2 in month 1: 3.333333333667 and 6.666666667333, floors leave a
 * nano-dollar, which goes to the larger remainder. In month 2 by 3 : 1. */
Test(allocation, streams_share_their_pool) {
    struct arena arena = {0};
    const struct statement_row rows[] = {
        {.month = 0, .effective = 10000000001, .billed = 10000000001}, usage(1, 0, 8, 0)};
    static const double weights[] = {1, 2, 3, 1, 0, 0};
    struct small s = small_case(rows, 2);
    s.groups[0] = (struct payer_group){0, 2, weights};
    struct allocation got = split_small(&arena, &s);
    cr_expect(eq(i64, got.sums[0].amortised, 3333333334 + USD(6)));
    cr_expect(eq(i64, got.sums[1].amortised, 6666666667 + USD(2)));
    arena_release(&arena);
}

/* Beside the bill: 9 over 744 + 744 + 672 hours: 3.1, 3.1, 2.8; paid at once or month by month. */
Test(allocation, what_is_beside_the_bill) {
    struct arena arena = {0};
    struct small s = small_case(NULL, 0);
    const struct payer_extra extras[] = {{0, USD(9), false}, {1, USD(9), true}};
    struct allocation_input input = small_input(&s);
    input.n_extras = 2;
    input.extras = extras;
    struct allocation got = allocation_make(&arena, &input);
    static const double amortised[] = {3.1, 3.1, 2.8};
    cr_assert(eq(int, got.n_shares, 6));
    for (int i = 0; i < 6; i++) {
        const struct allocation_share *share = &got.shares[i];
        cr_expect(eq(i64, share->amortised, USD(amortised[share->month])));
        cr_expect(eq(i64, share->cash,
                     share->payer == 0   ? USD(amortised[share->month])
                     : share->month == 0 ? USD(9)
                                         : 0));
    }
    cr_expect(eq(i64, got.beside, USD(18)));
    arena_release(&arena);
}

/* A year that ends on 15 February 2028: 90 USD over 17 x 24 h of January (from the 15th), 14 x 24 h
 * of February and none of March, 90 x 17 / 31 and 90 x 14 / 31; all paid in February. One that ends
 * with January is paid in January, its last hour. */
Test(allocation, a_stretch_is_paid_in_the_month_in_which_it_ends) {
    const int64_t begins[] = {24 * calendar_days((struct date){2028, 1, 15}),
                              24 * calendar_days((struct date){2028, 2, 1}),
                              24 * calendar_days((struct date){2028, 3, 1}),
                              24 * calendar_days((struct date){2028, 3, 15})};
    struct arena arena = {0};
    struct small s = small_case(NULL, 0);
    s.statement.month_hours = begins;
    const struct payer_extra extras[] = {
        {.payer = 0, .total = USD(90), .from_hour = begins[0], .to_hour = begins[1] + 24 * 14},
        {.payer = 1, .total = USD(7), .from_hour = begins[0], .to_hour = begins[1]}};
    struct allocation_input input = {.statement = &s.statement,
                                     .rules = &s.rules,
                                     .n_payers = 4,
                                     .payers = s.payers,
                                     .groups = s.groups,
                                     .idle_payer = 2,
                                     .unused_payer = 3,
                                     .others_payer = 3,
                                     .n_extras = 2,
                                     .extras = extras};
    struct allocation got = allocation_make(&arena, &input);
    static const struct {
        int payer, month;
        double amortised, cash;
    } want[] = {{0, 0, 90.0 * 17 / 31, 0}, {0, 1, 90.0 * 14 / 31, 90}, {1, 0, 7, 7}};
    cr_assert(eq(int, got.n_shares, 3));
    for (int i = 0; i < 3; i++) {
        cr_expect(eq(int, got.shares[i].payer, want[i].payer));
        cr_expect(eq(int, got.shares[i].month, want[i].month));
        cr_expect(
            epsilon_eq(dbl, money_amount_usd(got.shares[i].amortised), want[i].amortised, 1e-8));
        cr_expect(epsilon_eq(dbl, money_amount_usd(got.shares[i].cash), want[i].cash, 1e-8));
    }
    arena_release(&arena);
}

/* Data kept from 15 January to 14 March 2028 cost the same in every calendar month: of 31 USD
 * 17 / 31, all and 14 / 31. By hours they would be 17, 29 and 14 of 60 parts of 62 USD. */
Test(allocation, data_kept_cost_the_same_in_every_month) {
    const int64_t begins[] = {24 * calendar_days((struct date){2028, 1, 15}),
                              24 * calendar_days((struct date){2028, 2, 1}),
                              24 * calendar_days((struct date){2028, 3, 1}),
                              24 * calendar_days((struct date){2028, 3, 15})};
    static const double days[] = {17, 31, 14};
    struct arena arena = {0};
    struct small s = small_case(NULL, 0);
    s.statement.month_hours = begins;
    const struct payer_extra extra = {0, USD(62), false, true};
    struct allocation_input input = small_input(&s);
    input.n_extras = 1;
    input.extras = &extra;
    struct allocation got = allocation_make(&arena, &input);
    cr_assert(eq(int, got.n_shares, 3));
    for (int i = 0; i < 3; i++)
        cr_expect(eq(i64, got.shares[i].amortised, USD(days[got.shares[i].month])));
    arena_release(&arena);
}

/* ---- the law ---- */

struct random_case {
    struct payer payers[PAYERS_MAX];
    struct payer_group groups[4];
    double weights[4][6 * 3];
    struct plan_commitment commitments[3];
    struct statement_row rows[ROWS_MAX];
    struct statement statement;
    struct allocation_rules rules;
    struct payer_extra extras[2];
    int n_workloads, n_payers, n_extras;
};

static int below(struct rng *rng, int n) {
    return (int)rng_below(rng, (uint64_t)n);
}

static usd_nano amount(struct rng *rng) {
    return (usd_nano)rng_below(rng, below(rng, 3) ? 7 : 1000000000000);
}

static void add_random_row(struct rng *rng, struct random_case *c, int month) {
    struct statement_row *row = &c->rows[c->statement.n_rows++];
    *row = (struct statement_row){.month = month, .workload = -1, .offer = -1};
    switch (below(rng, 5)) {
    case 0:
    case 1: /* on demand, with idle time */
        row->workload = below(rng, c->n_workloads);
        row->effective = row->billed = amount(rng);
        row->idle = (usd_nano)rng_below(rng, (uint64_t)row->effective + 1);
        break;
    case 2: /* covered */
        row->workload = below(rng, c->n_workloads);
        row->commitment = &c->commitments[below(rng, 3)];
        row->effective = amount(rng);
        row->idle = (usd_nano)rng_below(rng, (uint64_t)row->effective + 1);
        break;
    case 3: /* not used */
        row->kind = below(rng, 4) ? CHARGE_COMMITMENT_UNUSED : CHARGE_COMMITMENT_USED;
        row->commitment = &c->commitments[below(rng, 3)];
        row->effective = amount(rng);
        break;
    default:
        row->purchase = below(rng, 2) ? FOCUS_PAID_AT_START : FOCUS_PAID_HOURLY;
        row->commitment = &c->commitments[below(rng, 3)];
        row->billed = amount(rng);
        break;
    }
    c->statement.effective += row->effective;
    c->statement.billed += row->billed;
}

static void random_statement(struct rng *rng, struct random_case *c) {
    static const int64_t begins[] = {0, 744, 1416, 2160, 2880, 3624, 4344};
    *c = (struct random_case){.n_workloads = 1 + below(rng, 4)};
    c->statement =
        (struct statement){.n_months = 1 + below(rng, 6), .month_hours = begins, .rows = c->rows};
    c->rules = (struct allocation_rules){.idle = (enum allocation_idle)below(rng, 3),
                                         .unused = (enum allocation_unused)below(rng, 2)};
    for (int w = 0; w < c->n_workloads; w++) {
        int n = 1 + below(rng, 3);
        for (int i = 0; i < n * c->statement.n_months; i++)
            c->weights[w][i] = below(rng, 4) ? rng_uniform(rng) : 0;
        c->groups[w] = (struct payer_group){c->n_payers, n, c->weights[w]};
        for (int i = 0; i < n; i++)
            c->payers[c->n_payers++] = (struct payer){PAYER_STREAM, "stream", w, NULL, 0};
    }
    c->n_extras = below(rng, 3);
    for (int i = 0; i < c->n_extras; i++) {
        c->extras[i] = (struct payer_extra){c->n_payers, amount(rng), below(rng, 2) == 0};
        c->payers[c->n_payers++] = (struct payer){PAYER_JOB, "job", -1, NULL, 0};
    }
    c->payers[c->n_payers++] = (struct payer){PAYER_OTHERS, "others", -1, NULL, 0};
    c->payers[c->n_payers++] = (struct payer){PAYER_IDLE, "idle", -1, NULL, 0};
    c->payers[c->n_payers++] = (struct payer){PAYER_UNUSED, "unused", -1, NULL, 0};
    for (int month = 0; month < c->statement.n_months; month++)
        for (int n = below(rng, 30); n > 0; n--)
            add_random_row(rng, c, month);
}

static struct allocation split(struct arena *arena, const struct random_case *c) {
    struct allocation_input input = {.statement = &c->statement,
                                     .rules = &c->rules,
                                     .n_payers = c->n_payers,
                                     .payers = c->payers,
                                     .groups = c->groups,
                                     .idle_payer = c->n_payers - 2,
                                     .unused_payer = c->n_payers - 1,
                                     .others_payer = c->n_payers - 3,
                                     .n_extras = c->n_extras,
                                     .extras = c->extras};
    return allocation_make(arena, &input);
}

/* The shares of every row add up to it in both views, and those of a payer to its sum. */
static bool law_shares_add_up(const struct statement *statement, const struct allocation *a) {
    usd_nano amortised[ROWS_MAX] = {0}, cash[ROWS_MAX] = {0}, of_payer[PAYERS_MAX] = {0};
    bool ok = true;
    for (int i = 0; i < a->n_shares; i++) {
        const struct allocation_share *share = &a->shares[i];
        of_payer[share->payer] += share->amortised;
        if (share->row < 0)
            continue;
        ok = ok && share->month == statement->rows[share->row].month;
        amortised[share->row] += share->amortised;
        cash[share->row] += share->cash;
    }
    for (int i = 0; i < statement->n_rows; i++)
        ok = ok && amortised[i] == statement->rows[i].effective &&
             cash[i] == statement->rows[i].billed;
    for (int p = 0; p < a->n_payers; p++)
        ok = ok && of_payer[p] == a->sums[p].amortised;
    return ok;
}

/* Shares as they would be if each were rounded by itself. */
static bool rounded_one_by_one_breaks_it(struct arena *arena, const struct random_case *c,
                                         const struct allocation *a) {
    struct allocation mutant = *a;
    struct allocation_share *shares = arena_new(arena, struct allocation_share, a->n_shares);
    for (int i = 0; i < a->n_shares; i++) {
        shares[i] = a->shares[i];
        const struct statement_row *row =
            shares[i].row < 0 ? NULL : &c->statement.rows[shares[i].row];
        if (!row || row->workload < 0 || shares[i].kind != SHARE_USED)
            continue;
        const struct payer_group *group = &c->groups[row->workload];
        double sum = 0;
        for (int k = 0; k < group->n; k++)
            sum += group->weights[row->month * group->n + k];
        if (sum > 0)
            shares[i].amortised =
                llround((double)(row->effective - row->idle) / sum *
                        group->weights[row->month * group->n + shares[i].payer - group->first]);
    }
    mutant.shares = shares;
    return !law_shares_add_up(&c->statement, &mutant);
}

static bool a_moved_nano_breaks_it(struct arena *arena, const struct random_case *c,
                                   const struct allocation *a) {
    struct allocation mutant = *a;
    struct allocation_share *shares = arena_new(arena, struct allocation_share, a->n_shares);
    for (int i = 0; i < a->n_shares; i++)
        shares[i] = a->shares[i];
    shares[0].amortised--;
    shares[a->n_shares - 1].amortised++;
    mutant.shares = shares;
    return !law_shares_add_up(&c->statement, &mutant);
}

Test(allocation, shares_add_up_on_random_statements) {
    static struct random_case c;
    int broken_by_rounding = 0, broken_by_moving = 0, with_shares = 0;
    for (uint64_t number = 0; number < 2000; number++) {
        struct arena arena = {0};
        struct rng rng = rng_open(20261123, number, RNG_TEST, 0);
        random_statement(&rng, &c);
        struct allocation a = split(&arena, &c);
        cr_assert(law_shares_add_up(&c.statement, &a), "case %d", (int)number);
        if (a.n_shares > 1 && a.shares[0].row != a.shares[a.n_shares - 1].row) {
            with_shares++;
            broken_by_rounding += rounded_one_by_one_breaks_it(&arena, &c, &a);
            broken_by_moving += a_moved_nano_breaks_it(&arena, &c, &a);
        }
        arena_release(&arena);
    }
    cr_expect(gt(int, with_shares, 1000));
    cr_expect(eq(int, broken_by_moving, with_shares));
    cr_expect(gt(int, broken_by_rounding, with_shares / 10));
}

/* ---- the fiscal year ---- */

static const struct {
    struct date day;
    int starts_month, year, quarter;
} fiscal_days[] = {
    {{2026, 12, 1}, 1, 2026, 4},                              /* the calendar year */
    {{2027, 1, 1}, 1, 2027, 1},  {{2026, 12, 1}, 2, 2027, 4}, /* February to January: month 11 of
                                                                 the year that ends in 2027 */
    {{2027, 1, 31}, 2, 2027, 4}, {{2027, 2, 1}, 2, 2028, 1},   {{2027, 4, 30}, 2, 2028, 1},
    {{2027, 5, 1}, 2, 2028, 2},  {{2027, 9, 30}, 10, 2027, 4}, {{2027, 10, 1}, 10, 2028, 1},
    {{2028, 2, 29}, 3, 2028, 4}, /* from 1 March: the leap day is its last */
    {{2028, 3, 1}, 3, 2029, 1},
};

Test(allocation, fiscal_years_are_named_after_their_end) {
    for (size_t i = 0; i < sizeof fiscal_days / sizeof *fiscal_days; i++) {
        struct fiscal_period got =
            fiscal_period_of(fiscal_days[i].day, fiscal_days[i].starts_month);
        cr_expect(eq(int, got.year, fiscal_days[i].year), "case %d", (int)i);
        cr_expect(eq(int, got.quarter, fiscal_days[i].quarter), "case %d", (int)i);
    }
}
