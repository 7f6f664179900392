/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of what a replay and a bill say, on fabricated studies: sums to the cent, shares and
 * months worked out by hand, findings that change with the numbers, and every figure of the table
 * drawn without faults for hostile names, one payer and forty, nothing to pay, one hour, five
 * years. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "plots/figure_table.h"
#include "plots/report_pages.h"
#include "plots/week_view.h"
#include "plots/words.h"
#include "scene_check.h"
#include "study_extras.h"

static struct arena arena;

static void done(void) {
    arena_release(&arena);
}

TestSuite(figures_money, .fini = done);

static struct study *study_of(const struct extras *extras) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    extras_add(&arena, study, extras);
    return study;
}

static struct study *usual(void) {
    struct extras extras = extras_defaults();
    return study_of(&extras);
}

/* ---- waterfall ---- */

static bool adds_up(const struct waterfall *waterfall) {
    double sum = waterfall->rows[0].to;
    for (int i = 1; i + 1 < waterfall->n; i++) {
        sum += waterfall->rows[i].to - waterfall->rows[i].from;
        if (waterfall->rows[i].from != waterfall->rows[i - 1].to)
            return false;
    }
    return fabs(sum - waterfall->rows[waterfall->n - 1].to) < 0.001;
}

Test(figures_money, waterfall_adds_up_to_the_cent) {
    struct waterfall waterfall = waterfall_make(usual());
    cr_assert(adds_up(&waterfall));
    for (int i = 0; i < waterfall.n; i++)
        cr_assert(
            epsilon_eq(dbl, waterfall.rows[i].to, round(waterfall.rows[i].to * 100) / 100, 1e-9));
    cr_assert(eq(str, (char *)waterfall.rows[waterfall.n - 2].name, "Smaller steps")); /* spot */
    waterfall.rows[2].to += 0.01;
    cr_assert(not(adds_up(&waterfall)));
}

Test(figures_money, waterfall_names_the_largest_step) {
    struct study *study = usual();
    struct waterfall waterfall = waterfall_make(study);
    const char *title = figure_waterfall_title(&arena, &waterfall);
    cr_assert(strstr(title, "Right-size saves the most") != NULL, "%s", title);
    study->steps.follow += study->steps.serve;
    study->steps.serve = 0;
    waterfall = waterfall_make(study);
    title = figure_waterfall_title(&arena, &waterfall);
    cr_assert(strstr(title, "Schedule saves the most") != NULL, "%s", title);
    study->recommended.bill_usd_per_month = study->baseline.bill_usd_per_month + 100;
    waterfall = waterfall_make(study);
    title = figure_waterfall_title(&arena, &waterfall);
    cr_assert(strstr(title, "The plan costs $100 a month more") != NULL, "%s", title);
}

/* 1,000 of promised spend that the plan alone leaves missing is a step of the waterfall and a part
 * of the plan's bar; what both leave missing is in both totals. */
Test(figures_money, missing_promised_spend_is_a_step_and_a_part) {
    struct study *study = usual();
    double before = study->baseline.bill_usd_per_month;
    study->recommended.shortfall_usd_per_month = study->steps.promises = 1000;
    struct waterfall waterfall = waterfall_make(study);
    cr_expect(adds_up(&waterfall));
    const struct chart_step *last = &waterfall.rows[waterfall.n - 1];
    cr_expect(epsilon_eq(dbl, last->to, study->recommended.bill_usd_per_month + 1000, 0.005));
    cr_expect(epsilon_eq(dbl, waterfall.rows[0].to, before, 0.005));
    int steps = 0;
    for (int i = 0; i < waterfall.n; i++)
        if (strcmp(waterfall.rows[i].name, "Promised spend") == 0) {
            steps++;
            cr_expect(epsilon_eq(dbl, waterfall.rows[i].to - waterfall.rows[i].from, 1000, 0.011));
        }
    cr_expect(eq(int, steps, 1));
    study->baseline.shortfall_usd_per_month = 1000;
    study->steps.promises = 0;
    waterfall = waterfall_make(study);
    cr_expect(adds_up(&waterfall));
    cr_expect(epsilon_eq(dbl, waterfall.rows[0].to, before + 1000, 0.005));
    struct mix mix = mix_make("Plan", &study->recommended);
    double parts = 0;
    for (int i = 0; i < mix.n; i++)
        parts += mix.parts[i].usd;
    cr_expect(epsilon_eq(dbl, parts, mix.total, 0.002 * mix.total));
    cr_expect(eq(str, (char *)mix.parts[mix.n - 1].name, "Promise missed"));
    cr_expect(epsilon_eq(dbl, mix.parts[mix.n - 1].usd, 1000, 1e-9));
}

/* ---- latency ---- */

/* Every request of the sketch is within its largest value; one in 2,000 was not answered. */
Test(figures_money, latency_stays_below_one_where_requests_were_not_answered) {
    struct latency_chart chart = latency_chart_make(usual(), 0);
    cr_assert(eq(int, chart.n, 2)); /* first token and per token have limits */
    const struct latency_line *plan = &chart.panels[0].lines[0];
    cr_assert(epsilon_eq(dbl, plan->share[LATENCY_POINTS - 1], 0.9995, 2e-4));
    for (int i = 1; i < LATENCY_POINTS; i++)
        cr_assert(plan->share[i] >= plan->share[i - 1] && plan->share[i] < 1);
}

/* The 99 % of the fixture's values v = s 0.02 50^(q^6): q = 0.99 / 0.9995 of 2,000 values. */
Test(figures_money, latency_of_the_asked_share_by_hand) {
    struct latency_chart chart = latency_chart_make(usual(), 0);
    double q = 0.99 / 0.9995, expected = 1.6 * 0.02 * pow(50, pow(q, 6));
    cr_assert(epsilon_eq(dbl, chart.panels[0].lines[0].slow_s / expected, 1, 0.01));
    cr_assert(epsilon_eq(dbl, chart.panels[0].lines[1].slow_s / (0.4 * expected), 1, 0.01));
}

Test(figures_money, latency_tells_when_too_few_are_answered) {
    struct extras extras = extras_defaults();
    extras.answered = 0.97;
    struct latency_chart chart = latency_chart_make(study_of(&extras), 0);
    cr_assert(isnan(chart.panels[0].lines[0].slow_s));
    const char *title = figure_latency_title(&arena, &chart);
    cr_assert(strstr(title, "Fewer than 99%") != NULL, "%s", title);
}

/* ---- heat ---- */

Test(figures_money, heat_adds_up_to_the_plan) {
    struct study *study = usual();
    struct heat heat = heat_make(study);
    double days = 0, hours = 0, weighted = 0, weight = 0;
    for (int day = 0; day < 7; day++)
        days += heat.by_day[day];
    for (int hour = 0; hour < 24; hour++)
        hours += 7 * heat.by_hour[hour];
    for (int h = 0; h < study->demand.n_hours; h++) {
        weighted += study->recommended.plan->hour_usd[h] * study->demand.weight[h];
        weight += study->demand.weight[h];
    }
    cr_assert(epsilon_eq(dbl, days, hours, 1e-9 * hours));
    cr_assert(epsilon_eq(dbl, days / 168, weighted / weight, 1e-9 * weighted));
    cr_assert(eq(int, heat.most % 24, 12));
    cr_assert(eq(int, heat.least % 24, 0));
}

/* By another clock the same money lies in other hours; half an hour apart it is split. */
Test(figures_money, heat_follows_the_clock) {
    static const struct {
        const char *zone;
        int most; /* hour of the day; noon in UTC */
    } cases[] = {{"UTC", 12}, {"Asia/Tokyo", 21}, {"America/Phoenix", 5}};
    struct study *study = usual();
    double sum[4] = {0};
    for (int i = 0; i < 3; i++) {
        cr_assert(zone_find(bytes_of(cases[i].zone), &study->scenario.zone));
        study->scenario.zone_name = cases[i].zone;
        struct heat heat = heat_make(study);
        cr_assert(eq(int, heat.most % 24, cases[i].most), "%s", cases[i].zone);
        for (int h = 0; h < 168; h++)
            sum[i] += heat.usd[h];
    }
    cr_assert(zone_find(bytes_of("Asia/Kolkata"), &study->scenario.zone));
    struct heat heat = heat_make(study);
    for (int h = 0; h < 168; h++)
        sum[3] += heat.usd[h];
    cr_assert(epsilon_eq(dbl, heat.by_hour[17], heat.by_hour[18], 1e-5)); /* noon is 17:30 */
    for (int i = 1; i < 4; i++)
        cr_assert(epsilon_eq(dbl, sum[i], sum[0], 1e-9 * sum[0]));
}

/* The month from 31 March is April, when New York's clocks are four hours behind; that from 15
 * March is March, whose first Monday, the 1st, is before their change. The first is named April
 * too. */
Test(figures_money, a_week_is_of_the_month_that_it_counts_in) {
    static const struct {
        struct date start, monday;
        int at_noon;
        const char *month;
    } cases[] = {{{2027, 3, 31}, {2027, 4, 5}, 8, "Apr 2027"},
                 {{2027, 3, 15}, {2027, 3, 1}, 7, "Mar 2027"},
                 {{2028, 1, 30}, {2028, 2, 7}, 7, "Feb 2028"}};
    struct study *study = usual();
    cr_assert(zone_find(bytes_of("America/New_York"), &study->scenario.zone));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        study->scenario.start = cases[i].start;
        study->demand.weeks[0].month = 0;
        struct week_clock clock = week_clock_of(study, 0);
        cr_expect(eq(i64, clock.from_s, calendar_days(cases[i].monday) * 86400));
        cr_expect(eq(int, week_clock_hour(&clock, 12), cases[i].at_noon));
        cr_expect(eq(str, (char *)words_month_short(&arena, study_month_counts(study, 0)),
                     (char *)cases[i].month));
    }
}

/* Whose clock a chart is by, and when it is changed: in New York on the second Sunday of March and
 * the first of November, in Berlin on the last of March, nowhere in UTC and in Kolkata. The first
 * Monday of March 2027 begins at 00:00 UTC, which is Sunday 19:00 in New York and 05:30 in Kolkata;
 * the numbers of the figure and of the terminal are by the clock that is drawn. */
Test(figures_money, weeks_name_their_clock_and_count_by_it) {
    static const struct {
        const char *zone;
        struct date start;
        const char *name, *first;
    } cases[] = {
        {"UTC", {2027, 3, 1}, "UTC", "UTC,Mon,0,"},
        {"Asia/Kolkata", {2027, 3, 1}, "Asia/Kolkata", "Asia/Kolkata,Mon,5.5,"},
        {"UTC-03:00", {2027, 3, 1}, "UTC-03:00", "UTC-03:00,Sun,21,"},
        {"America/New_York",
         {2027, 3, 1},
         "America/New_York, UTC-05:00; clock changes on 14 March",
         "America/New_York,Sun,19,"},
        {"America/New_York",
         {2026, 11, 1},
         "America/New_York, UTC-05:00; clock changes on 1 November",
         "America/New_York,Sun,19,"},
        {"America/New_York",
         {2027, 4, 1},
         "America/New_York, UTC-04:00",
         "America/New_York,Sun,20,"},
        {"Europe/Berlin",
         {2027, 3, 1},
         "Europe/Berlin, UTC+01:00; clock changes on 28 March",
         "Europe/Berlin,Mon,1,"},
    };
    struct study *study = usual();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(zone_find(bytes_of(cases[i].zone), &study->scenario.zone));
        study->scenario.zone_name = cases[i].zone;
        study->scenario.start = cases[i].start;
        study->demand.weeks[0].month = 0;
        struct week_view view = week_view_make(&arena, study, study->recommended.plan, 0, 0);
        struct text csv = {.arena = &arena};
        cr_expect(eq(str, (char *)week_clock_name(&arena, &view.clock), (char *)cases[i].name));
        cr_expect(strstr(figure_week_subtitle(&arena, study, &view), cases[i].name) != NULL);
        figure_week_csv(&view, &csv);
        cr_expect(strncmp(csv.data, "planning_week,unit,clock,weekday,hour,", 38) == 0);
        const char *row = strchr(csv.data, '\n') + 1;
        cr_expect(strstr(row, cases[i].first) != NULL &&
                      strstr(row, cases[i].first) < strchr(row, '\n'),
                  "%.60s", row);
    }
}

/* ---- cash ---- */

/* 2,000 a month: 1,500 each month and 6,000 at the start; on demand 2,800. After m months
 * 6,000 + 1,500 m < 2,800 m from m = 5 on, so the fifth month pays back. */
Test(figures_money, cash_is_paid_back_in_the_fifth_month) {
    struct study *study = usual();
    struct cash_flow cash = cash_flow_make(&arena, study->statement);
    cr_assert(epsilon_eq(dbl, cash.at_start[0], 6000, 1e-6));
    cr_assert(epsilon_eq(dbl, cash.paid[12], 24000, 1e-6));
    cr_assert(epsilon_eq(dbl, cash.otherwise[12], 33600, 1e-6));
    cr_assert(eq(int, cash.ahead_from, 4));
    const char *title = figure_cash_title(&arena, &cash);
    cr_assert(strstr(title, "Paid back in month 5, Apr 2027") != NULL, "%s", title);
}

/* From 16 December, 5,500 at the start = 1,300 m at m = 4.23, on 7 April 2027: in the fourth month
 * of the horizon, which ends on the 15th, though in the fifth of the calendar. */
Test(figures_money, months_are_those_of_the_horizon) {
    struct study *study = usual();
    struct statement statement = *study->statement;
    struct statement_row rows[64];
    int64_t hours[64];
    memcpy(hours, statement.month_hours, (size_t)(statement.n_months + 1) * sizeof *hours);
    hours[0] += 15 * 24;
    for (int r = 0; r < statement.n_rows; r++) {
        rows[r] = statement.rows[r];
        if (rows[r].purchase == FOCUS_PAID_AT_START) {
            rows[r].from_hour = hours[0];
            rows[r].billed = 5500 * USD_NANO_PER_USD;
        }
    }
    statement.rows = rows;
    statement.month_hours = hours;
    struct cash_flow cash = cash_flow_make(&arena, &statement);
    const char *title = figure_cash_title(&arena, &cash);
    cr_assert(strstr(title, "Paid back in month 4, Apr 2027") != NULL, "%s", title);
}

/* 1,500 a month, 2,800 on demand; 6,000 on 15 December 2026 on top of it: the lines cross when
 * 6,000 = 1,300 m, 4.6 months after 1 December, so in April 2027, its fifth month. With 2,600 more
 * on 15 February 2027 they cross at m = 6.6, in June; counted from the first of their months both
 * are the same, but on 1 February nothing of the second is paid. */
Test(figures_money, cash_is_paid_on_its_date) {
    static const struct {
        double second;
        const char *title;
    } cases[] = {{0, "Paid back in month 5, Apr 2027"}, {2600, "Paid back in month 7, Jun 2027"}};
    for (int i = 0; i < 2; i++) {
        struct study *study = usual();
        struct statement statement = *study->statement;
        struct statement_row rows[64];
        int n = 0;
        for (int r = 0; r < statement.n_rows; r++) {
            rows[n] = statement.rows[r];
            if (rows[n++].purchase == FOCUS_PAID_AT_START)
                rows[n - 1].from_hour = 24 * calendar_days((struct date){2026, 12, 15});
        }
        rows[n++] =
            (struct statement_row){.month = 2,
                                   .purchase = FOCUS_PAID_AT_START,
                                   .from_hour = 24 * calendar_days((struct date){2027, 2, 15}),
                                   .billed = (usd_nano)(cases[i].second * 1e9)};
        statement.rows = rows;
        statement.n_rows = n;
        struct cash_flow cash = cash_flow_make(&arena, &statement);
        cr_assert(eq(int, cash.n, 14));
        cr_expect(epsilon_eq(dbl, cash.at_start[0], 0, 1e-9));
        cr_expect(epsilon_eq(dbl, cash.at_start[1], 6000, 1e-6));
        cr_expect(epsilon_eq(dbl, cash.paid[1], 1500 * 14 / 31.0, 1e-6));
        cr_expect(epsilon_eq(dbl, cash.paid[2], 7500, 1e-6));
        const char *title = figure_cash_title(&arena, &cash);
        cr_expect(strstr(title, cases[i].title) != NULL, "%s", title);
    }
}

static const struct {
    double upfront;
    const char *part;
} cash_titles[] = {{0, "From its first month on the plan pays less"},
                   {24000, "Paid back in month 9"},
                   {12000, "Paid back in month 7"}};

Test(figures_money, cash_titles_follow_the_upfront_payment) {
    for (int i = 0; i < 3; i++) {
        struct extras extras = extras_defaults();
        extras.upfront_usd = cash_titles[i].upfront;
        struct cash_flow cash = cash_flow_make(&arena, study_of(&extras)->statement);
        const char *title = figure_cash_title(&arena, &cash);
        cr_assert(strstr(title, cash_titles[i].part) != NULL, "%s", title);
    }
}

/* ---- payers, units, budgets ---- */

Test(figures_money, payers_sum_to_the_bill_however_many) {
    static const int counts[] = {1, 3, 13, 14, 15, 40};
    for (int i = 0; i < 6; i++) {
        struct extras extras = extras_defaults();
        extras.n_payers = counts[i];
        struct study *study = study_of(&extras);
        struct payer_shares shares = payer_shares_make(&arena, study);
        double sum = 0, month = HOURS_PER_MONTH / study->demand.horizon_hours;
        for (int k = 0; k < shares.n; k++)
            sum += shares.rows[k].used + shares.rows[k].idle + shares.rows[k].unused;
        double all = month * money_amount_usd(study->allocation->amortised);
        cr_assert(epsilon_eq(dbl, sum, all, 1e-6 * all), "%d payers", counts[i]);
        cr_assert(epsilon_eq(dbl, shares.total, all, 1e-6 * all));
        cr_assert(shares.n <= PAYER_ROWS_MAX);
        for (int k = 1; k < shares.n - 3; k++)
            cr_assert(shares.rows[k].used <= shares.rows[k - 1].used);
    }
}

/* $2,000 for 1,000 million tokens: $2 each, of which 40 % above full load. */
Test(figures_money, unit_cost_of_the_plan_by_hand) {
    struct unit_costs costs = unit_costs_make(usual(), 0);
    cr_assert(costs.rows[0].replayed);
    cr_assert(epsilon_eq(dbl, costs.rows[0].usd, 2, 1e-9));
    cr_assert(epsilon_eq(dbl, costs.rows[0].idle_usd, 0.8, 1e-9));
    const char *title = figure_units_title(&arena, &costs);
    cr_assert(strstr(title, "67% more than on instances always full") != NULL, "%s", title);
    for (int i = 2; i < costs.n; i++)
        cr_assert(costs.rows[i].usd >= costs.rows[i - 1].usd);
}

Test(figures_money, budgets_tell_the_tightest) {
    struct study *study = usual(); /* 2.4, 2.7, 3.0 and 3.3 of 3 */
    struct budget_rows budgets = budget_rows_make(&arena, study);
    cr_assert(eq(int, budgets.n_over, 1));
    const char *title = figure_budgets_title(&arena, &budgets);
    cr_assert(strstr(title, "One budget is of 4 overrun") == NULL, "%s", title);
    cr_assert(strstr(title, "One budget of 4 is overrun; FY2027 Q4, support (cash) by $600") !=
                  NULL,
              "%s", title);
    study->n_budgets = 3;
    budgets = budget_rows_make(&arena, study);
    title = figure_budgets_title(&arena, &budgets);
    cr_assert(strstr(title, "Every budget holds") != NULL, "%s", title);
}

Test(figures_money, carbon_says_about_where_ranges_overlap) {
    struct carbon_cost carbon = carbon_cost_make(&arena, usual());
    const char *title = figure_carbon_title(&arena, &carbon);
    cr_assert(strstr(title, "about 38% less carbon") != NULL, "%s", title); /* 1 - 10 / 16 */
    carbon.after.kg.high = carbon.before.kg.low - 1;
    title = figure_carbon_title(&arena, &carbon);
    cr_assert(strstr(title, "about") == NULL, "%s", title);
}

/* ---- the timeline ---- */

Test(figures_money, timeline_tells_the_longest_queue_and_losses) {
    struct timeline timeline = timeline_make(&arena, usual(), 0);
    cr_assert(eq(int, timeline.n, 168));
    cr_assert(eq(int, timeline.n_lost, 3));
    const char *title = figure_timeline_title(&arena, &timeline);
    cr_assert(strstr(title, "At most 11 requests wait at once, on Mon 10:00") != NULL, "%s", title);
}

/* Where nothing waits the title says so, and no empty panel. */
Test(figures_money, timeline_without_a_queue_has_one_panel) {
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    for (int waits = 0; waits < 2; waits++) {
        struct extras extras = extras_defaults();
        extras.waiting = waits ? extras.waiting : 0;
        struct study *study = study_of(&extras);
        struct figure_view view;
        cr_assert(figure_timeline_open(&arena, study, 0, &view));
        cr_expect(eq(int, strstr(view.title, "No request waits") == NULL, waits), "%s", view.title);
        cr_expect(eq(int, strstr(view.alt, "Two timelines") != NULL, waits), "%s", view.alt);
        struct scene scene = scene_open(&arena, type, paper_a4()->width, paper_a4()->height);
        view.draw(&scene, view.data, (struct box){50, 100, 495, view.height});
        cr_expect(eq(int, scene_count_text(&scene, "Requests waiting"), waits));
        cr_expect(eq(int, scene_count_text(&scene, "Replicas with work"), 1));
        cr_expect(eq(int, scene_overlapping_texts(&scene), 0));
        cr_expect(eq(int, scene_marks_outside(&scene), 0));
    }
    typeset_close(type);
}

/* ---- what may come ---- */

Test(figures_money, tornado_is_sorted_and_counts_flips) {
    struct tornado tornado = tornado_make(&arena, usual());
    cr_assert(eq(int, tornado.n, FUTURE_INPUTS));
    for (int i = 0; i < tornado.n; i++) { /* 0.1, 0.2 ... of 2,000, half as much downwards */
        double share = 0.1 * (FUTURE_INPUTS - i);
        cr_assert(epsilon_eq(dbl, tornado.rows[i].ends[1].usd, 2000 * (1 + share), 1e-6));
        cr_assert(epsilon_eq(dbl, tornado.rows[i].ends[0].usd, 2000 * (1 - share / 2), 1e-6));
    }
    const char *title = figure_tornado_title(&arena, &tornado);
    cr_assert(strstr(title, "The lost spot time moves the cost most, $1.40K to $3.20K") != NULL,
              "%s", title);
    cr_assert(strstr(title, "one input would change what to commit to") != NULL, "%s", title);
    tornado.rows[FUTURE_INPUTS - 2].ends[1].flips = false;
    title = figure_tornado_title(&arena, &tornado);
    cr_assert(strstr(title, "no input alone changes") != NULL, "%s", title);
}

/* Quarters of 3 x 2,000: 2,000 a month from January on; December is in none of them. */
Test(figures_money, fan_stands_against_the_monthly_part_of_the_budget) {
    struct extras extras = extras_defaults();
    struct study *study = study_of(&extras);
    struct fan fan = fan_make(&arena, study);
    for (int m = 0; m < fan.n; m++)
        cr_assert(isnan(fan.budget[m])); /* of cash: another basis than the months' */
    extras.cash_budgets = false;
    study = study_of(&extras);
    fan = fan_make(&arena, study);
    cr_assert(isnan(fan.budget[0]));
    for (int m = 1; m < fan.n; m++)
        cr_assert(epsilon_eq(dbl, fan.budget[m], 2000, 1e-6), "%d", m);
    /* Of the first quarter one month is within the horizon: its part is still a third. */
    struct study_budget *first = arena_new(&arena, struct study_budget, study->n_budgets);
    memcpy(first, study->budgets, (size_t)study->n_budgets * sizeof *first);
    first[0].months = 1;
    study->budgets = first;
    cr_assert(epsilon_eq(dbl, fan_make(&arena, study).budget[1], 2000, 1e-6));
    /* A budget of a month is of that month alone. */
    first[0].period = (struct fiscal_period){.year = 2026, .month = 12};
    first[0].limit = 700 * USD_NANO_PER_USD;
    struct fan by_month = fan_make(&arena, study);
    cr_assert(epsilon_eq(dbl, by_month.budget[0], 700, 1e-6));
    cr_assert(isnan(by_month.budget[1]));
    cr_assert(epsilon_eq(dbl, by_month.budget[4], 2000, 1e-6));
    /* Jobs of 300 a quarter leave 1,900 a month for the fleet, which the futures are of. */
    double *beside = arena_new(&arena, double, study->n_budgets);
    first[1].months = 3;
    beside[1] = 300;
    study->futures.beside_usd = beside;
    struct fan with_jobs = fan_make(&arena, study);
    cr_assert(with_jobs.beside);
    cr_assert(epsilon_eq(dbl, with_jobs.budget[4], 1900, 1e-6));
    struct figure_view view;
    cr_assert(figure_fan_open(&arena, study, 0, &view));
    cr_assert(strstr(view.subtitle, "what the budget leaves for it") != NULL, "%s", view.subtitle);
    const char *title = figure_fan_title(&arena, &fan);
    cr_assert(strstr(title, "30% of futures exceed the budget of FY2027 Q4") != NULL, "%s", title);
}

/* From 16 December on 16 of its 31 days are in the horizon: what they cost is drawn as a whole
 * month, and the last one is labelled so. */
Test(figures_money, fan_draws_part_months_as_whole_ones) {
    struct study *study = usual();
    cr_expect(not(fan_make(&arena, study).in_part));
    int n = study->futures.n_months;
    int64_t *from = arena_new(&arena, int64_t, n + 1);
    memcpy(from, study->demand.calendar_from, (size_t)(n + 1) * sizeof *from);
    from[0] += 15 * 24;
    study->demand.calendar_from = from;
    struct fan fan = fan_make(&arena, study);
    cr_expect(fan.in_part);
    cr_expect(epsilon_eq(dbl, fan.share[0], 16.0 / 31, 1e-12));
    for (int q = 0; q < FUTURE_QUANTILES; q++) {
        cr_expect(epsilon_eq(dbl, fan.usd[q], study->futures.month_usd[q] * 31 / 16, 1e-6));
        cr_expect(
            eq(dbl, fan.usd[FUTURE_QUANTILES + q], study->futures.month_usd[FUTURE_QUANTILES + q]));
    }
    struct figure_view view;
    cr_assert(figure_fan_open(&arena, study, 0, &view));
    cr_expect(strstr(view.subtitle, "part months as whole ones") != NULL, "%s", view.subtitle);
}

Test(figures_money, regret_names_a_plan_that_is_sorry_less) {
    struct study *study = usual();
    const char *title = figure_regret_title(&arena, &study->futures);
    cr_assert(strstr(title, "The recommended plan misses the best choice") != NULL, "%s", title);
    study->futures.plans[1].regret = 10;
    title = figure_regret_title(&arena, &study->futures);
    cr_assert(strstr(title, "'nothing committed' would miss the best choice by less, $10") != NULL,
              "%s", title);
}

/* ---- curves, look-backs, levers ---- */

/* 1.4 of the bill without any, falling by a tenth a unit: at 4 units 0.4 x 2,000 less than none,
 * and 3 units are told as enough. */
Test(figures_money, curve_tells_the_least_and_what_is_enough) {
    struct study *study = usual();
    struct curve_views curves = curve_views_make(&arena, study);
    const char *title = figure_curve_title(&arena, &curves);
    cr_assert(eq(int, curves.n, 2));
    cr_assert(epsilon_eq(dbl, curves.views[0].plan_usd[0], 2800, 1e-6));
    cr_assert(isnan(curves.views[0].least_usd[8])); /* forbidden there */
    cr_assert(eq(str, (char *)title,
                 "Committing to 4 costs least, $800 a month less than none; 3 is enough for 95% of "
                 "the saving"));
    struct commitment_curve dear = study->curves[0];
    dear.best_usd = 2800.0 / 730;
    study->curves = &dear;
    study->n_curves = 1;
    curves = curve_views_make(&arena, study);
    cr_assert(eq(str, (char *)figure_curve_title(&arena, &curves),
                 "No level of commitment costs less than none"));
}

Test(figures_money, look_backs_are_held_against_the_plan) {
    struct study *study = usual();
    struct plan *plan = arena_new(&arena, struct plan, 1);
    *plan = *study->recommended.plan;
    study->recommended.plan = plan;
    plan->lp_usd_per_hour = 1800.0 / 730;
    struct look_back_bars bars = look_back_bars_make(&arena, study);
    cr_assert(eq(int, bars.n, 3));
    cr_assert(eq(str, (char *)figure_look_back_title(&arena, &bars),
                 "Bought by the provider's method, the horizon costs $200 a month more"));
    plan->lp_usd_per_hour = 2100.0 / 730;
    bars = look_back_bars_make(&arena, study);
    cr_assert(eq(str, (char *)figure_look_back_title(&arena, &bars),
                 "Bought by the provider's method, the horizon costs $100 a month less"));
}

/* 600, 300 and 150 of 2,000; the fourth has no plan and no step. */
Test(figures_money, levers_add_up_and_name_the_largest) {
    struct lever_steps steps = lever_steps_make(&arena, usual());
    double sum = steps.before;
    cr_assert(eq(int, steps.n, 5));
    for (int i = 1; i + 1 < steps.n; i++)
        sum += steps.rows[i].to - steps.rows[i].from;
    cr_assert(epsilon_eq(dbl, sum, steps.rows[4].to, 1e-9));
    cr_assert(eq(str, (char *)figure_levers_title(&arena, &steps),
                 "All levers together save $1.05K of $2.00K a month, support most: $600"));
    struct extras many = extras_defaults();
    many.n_levers = 41;
    steps = lever_steps_make(&arena, study_of(&many));
    cr_assert(eq(int, steps.n, LEVER_ROWS_MAX));
    cr_assert(eq(int, steps.n_merged, 40 - (LEVER_ROWS_MAX - 3)));
    cr_assert(epsilon_eq(dbl, steps.rows[LEVER_ROWS_MAX - 2].to, steps.after, 1e-9));
}

/* ---- layouts ---- */

#define TEN "long-name-"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
    const char *what, *name;
    int months, seen_hours, n_payers, n_budgets, n_workloads;
    double usd, upfront, waiting, slowest, answered, price;
} layouts[] = {
    {"usual", "support", 12, 168, 3, 4, 1, 2000, 6000, 12, 1.6, 0.9995, 1},
    {"long name", LONG, 12, 168, 3, 4, 1, 2000, 6000, 12, 1.6, 0.9995, 1},
    {"right to left", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xE2\x80\xAEtxt", 12, 168, 3, 4, 1, 2000, 0,
     0, 1.6, 1, 1},
    {"controls", "a\x1b[31m\tb\r\nc", 12, 168, 3, 4, 1, 2000, 6000, 12, 1.6, 0.9995, 1},
    {"markup", "<span foreground='red'>x</span>&amp;", 12, 168, 3, 4, 1, 2e6, 6000, 1, 30, 0.99, 9},
    {"emoji", "\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 12, 168, 3, 4, 1, 2000, 6000, 12, 1.6, 0.9995, 1},
    {"formula", "=cmd|' /C calc'!A0", 12, 168, 3, 4, 1, 2000, 6000, 12, 1.6, 0.9995, 1},
    {"empty", "", 12, 168, 3, 4, 1, 2000, 6000, 12, 1.6, 0.9995, 1},
    {"one payer", "a", 1, 168, 1, 1, 1, 2000, 0, 12, 1.6, 1, 1},
    {"forty of all", "team", 12, 168, 40, 40, 40, 2000, 6000, 900, 1.6, 0.9995, 1},
    {"free", "a", 12, 168, 3, 4, 1, 0, 0, 0, 1e-3, 1, 0},
    {"one hour", "a", 1, 1, 2, 1, 1, 3, 0, 1, 0.2, 0.5, 1},
    {"five years", "a", 60, 168, 3, 20, 1, 5e6, 9e7, 5000, 200, 0.97, 900},
};
enum { N_LAYOUTS = sizeof layouts / sizeof layouts[0] };

static struct study *study_at(int row) {
    struct fixture fixture = fixture_defaults();
    fixture.name = layouts[row].name;
    fixture.n_workloads = layouts[row].n_workloads;
    fixture.price_scale = layouts[row].price;
    struct study *study = fixture_study(&arena, &fixture);
    struct extras extras = {
        layouts[row].months,    layouts[row].seen_hours,   layouts[row].n_payers,
        layouts[row].n_budgets, layouts[row].n_payers + 1, layouts[row].usd,
        layouts[row].upfront,   layouts[row].waiting,      layouts[row].slowest,
        layouts[row].answered,  layouts[row].name,         row % 2 == 0};
    extras_add(&arena, study, &extras);
    return study;
}

ParameterizedTestParameters(figures_money, layouts) {
    static int index[N_LAYOUTS];
    for (int i = 0; i < N_LAYOUTS; i++)
        index[i] = i;
    return cr_make_param_array(int, index, N_LAYOUTS);
}

/* Horizontal lines of the gridlines' colour. */
static int gridlines(const struct scene *scene) {
    int n = 0;
    for (int i = 0; i < scene->n; i++) {
        const struct mark *mark = &scene->marks[i];
        n += mark->kind == MARK_PATH && mark->stroke.color == COLOR_GRID && mark->n_points == 2 &&
             mark->points[0].y == mark->points[1].y;
    }
    return n;
}

ParameterizedTest(int *row, figures_money, layouts, .fini = done) {
    struct study *study = study_at(*row);
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    for (const struct figure *f = figure_table; f->id; f++) {
        struct scene scene = scene_open(&arena, type, paper_a4()->width, paper_a4()->height);
        struct figure_view view;
        if (!f->open(&arena, study, study->scenario.n_workloads - 1, &view))
            continue;
        view.draw(&scene, view.data, (struct box){50, 100, 495, view.height});
        int faults = scene_overlapping_texts(&scene) + scene_marks_outside(&scene) +
                     scene_crossed_texts(&scene) + scene_unreadable_texts(&scene);
        cr_assert(eq(int, faults, 0), "%s: %s", layouts[*row].what, f->id);
        cr_assert(le(int, gridlines(&scene), 10), "%s: %s", layouts[*row].what, f->id);
        struct text data = {.arena = &arena};
        view.csv(view.data, &data);
        cr_assert(strstr(data.data, "\n=") == NULL && strstr(data.data, ",inf,") == NULL &&
                      strstr(data.data, ",nan") == NULL,
                  "%s: %s", layouts[*row].what, f->id);
    }
    typeset_close(type);
}

Test(figures_money, every_figure_is_drawn_of_the_usual_study) {
    struct study *study = study_at(0);
    struct figure_view view;
    for (const struct figure *f = figure_table; f->id; f++)
        cr_assert(f->open(&arena, study, 0, &view), "%s", f->id);
}
