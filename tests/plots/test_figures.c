/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures' derived numbers and findings, on fabricated studies: shares worked out from the
 * fixture's own demand, titles that change when the numbers do, and layouts without faults. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "plots/figure_table.h"
#include "plots/report_pages.h"
#include "scene_check.h"
#include "study_fixture.h"

static struct arena arena;

static void done(void) {
    arena_release(&arena);
}

TestSuite(figures, .fini = done);

static struct study *study_with(double held, int spot, double by_use) {
    struct fixture fixture = fixture_defaults();
    fixture.held = held;
    fixture.spot_max = spot;
    fixture.by_use = by_use;
    return fixture_study(&arena, &fixture);
}

static struct week_view view_of(const struct study *study) {
    return week_view_make(&arena, study, study->recommended.plan, 0, study->demand.n_weeks - 1);
}

/* ---- the week ---- */

/* By the straight lines through (0, 0) and the points of the first candidate's curve. */
static double instances_for(const struct study *study, double rate) {
    const struct capacity *curve = &study->capacities[0];
    double from = 0, at = 0, to = 0, carries = 0;
    for (int i = 0; i < curve->n_points; i++) {
        to = curve->points[i].replicas;
        carries = curve->points[i].rate_per_second;
        if (rate <= carries)
            return from + (rate - at) / (carries - at) * (to - from);
        from = to;
        at = carries;
    }
    return rate / carries * to;
}

/* One instance carries 10 requests/s, sixteen 480, 30 each: 1.3 take 13 % of one instance, not the
 * 4.3 % that the best rate would tell. Of another type of 15 each, two of which count as one here,
 * 60 take 4 of the 8 that run. */
Test(figures, the_need_is_that_of_the_curve) {
    struct study *study = study_with(0, 0, 0);
    struct plan plan = *study->recommended.plan;
    int n_hours = study->demand.n_hours;
    size_t n = (size_t)study->n_candidates * (size_t)n_hours;
    int32_t *regular = arena_new(&arena, int32_t, n);
    plan.regular = regular;
    plan.spot = arena_new(&arena, int32_t, n);
    plan.overflow_share = arena_new(&arena, double, n);
    plan.reserved = arena_new(&arena, double, n);
    plan.covered = arena_new(&arena, double, n);
    plan.n_commitments = 0;
    struct capacity *curves = (struct capacity *)(uintptr_t)study->capacities;
    for (int c = 0; c < 2; c++) {
        curves[c].feasible = true;
        curves[c].n_points = 2;
        curves[c].points[0].replicas = 1;
        curves[c].points[1].replicas = 16;
    }
    curves[0].points[0].rate_per_second = 10;
    curves[0].points[1].rate_per_second = 480;
    curves[1].points[0].rate_per_second = 15;
    curves[1].points[1].rate_per_second = 240;
    double *rate = study->demand.rate_per_second;
    for (int h = 0; h < n_hours; h++) {
        rate[h] = h % 2 ? 60 : 1.3;
        regular[h] = h % 2 ? 0 : 1;
        regular[n_hours + h] = h % 2 ? 8 : 0;
    }
    regular[2] = 2;
    rate[4] = 0;
    for (int h = 0; h < n_hours; h += 2)
        regular[h] += 15 * (h >= 100); /* so that the first type is the main one */
    struct week_view view = week_view_make(&arena, study, &plan, 0, 0);
    cr_assert(eq(int, view.main, 0));
    cr_expect(epsilon_eq(dbl, view.unit_rate, 30, 1e-9));
    cr_expect(epsilon_eq(dbl, view.need[0], 0.13, 1e-9));
    cr_expect(epsilon_eq(dbl, view.need[2], 0.13, 1e-9)); /* as the curve begins, not of two */
    cr_expect(epsilon_eq(dbl, view.on_demand[1], 4, 1e-9));
    cr_expect(epsilon_eq(dbl, view.need[1], 2, 1e-9)); /* half of what runs: 8 carry 120 */
    cr_expect(eq(dbl, view.need[4], 0));
}

Test(figures, week_view_adds_up) {
    struct study *study = study_with(4, 2, 0.2);
    struct week_view view = view_of(study);
    int n_hours = study->demand.n_hours, first = n_hours - HOURS_PER_WEEK;
    double capacity = study->capacities[0].points[4].rate_per_second / 16;
    cr_assert(eq(str, (char *)view.unit, "g6e.2xlarge instances"));
    cr_assert(epsilon_eq(dbl, view.held, 4, 1e-9));
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double rate = study->demand.rate_per_second[first + h];
        const struct plan *plan = study->recommended.plan;
        double left = rate * (1 - plan->overflow_share[5 * n_hours + first + h]);
        cr_assert(epsilon_eq(dbl, view.rate[h], rate, 1e-9));
        cr_assert(epsilon_eq(dbl, view.need[h], instances_for(study, left), 1e-6));
        cr_assert(
            epsilon_eq(dbl, view.committed[h] + view.on_demand[h], plan->regular[first + h], 1e-9));
        cr_assert(epsilon_eq(dbl, view.spot[h], plan->spot[first + h], 1e-9));
        cr_assert(epsilon_eq(dbl, view.overflow[h],
                             plan->overflow_share[5 * n_hours + first + h] * rate / capacity,
                             1e-9));
    }
}

static const struct {
    double held;
    int spot;
    double by_use;
    const char *part; /* of the title */
} week_titles[] = {
    {4, 2, 0, "spot and on demand carry the rest"},
    {4, 0, 0, "on demand carries the rest"},
    {4, 0, 0.3, "on demand and pay-by-use carry the rest"},
    {20, 0, 0, "Commitments carry the whole week and idle"},
    {0, 2, 0, "nothing is committed"},
    {0, 0, 0, "On demand follows the demand"},
    {0, 0, 1, "Pay-by-use carries"},
};

ParameterizedTestParameters(figures, week_titles) {
    static int index[sizeof week_titles / sizeof week_titles[0]];
    for (int i = 0; i < (int)(sizeof week_titles / sizeof week_titles[0]); i++)
        index[i] = i;
    return cr_make_param_array(int, index, sizeof week_titles / sizeof week_titles[0]);
}

ParameterizedTest(int *i, figures, week_titles, .fini = done) {
    struct study *study =
        study_with(week_titles[*i].held, week_titles[*i].spot, week_titles[*i].by_use);
    struct week_view view = view_of(study);
    const char *title = figure_week_title(&arena, &view);
    cr_assert(strstr(title, week_titles[*i].part) != NULL, "%s", title);
}

/* Highest place that a band or line reaches, over the room between the axis' ends. */
static double share_of_room(const struct scene *scene, double top, double bottom) {
    double highest = bottom;
    for (int i = 0; i < scene->n; i++)
        for (int p = 0; scene->marks[i].kind == MARK_AREA && p < scene->marks[i].n_points; p++)
            highest = fmin(highest, scene->marks[i].points[p].y);
    return (bottom - highest) / (bottom - top);
}

/* What is less than one fills its axis as what is more than one does. */
Test(figures, week_of_less_than_one_fills_its_axis, .fini = done) {
    static const double peaks[] = {0.003, 0.04, 0.3, 0.99, 1.01, 40};
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    for (size_t k = 0; k < sizeof peaks / sizeof *peaks; k++) {
        struct week_view view = view_of(study_with(0, 0, 1));
        double top = week_view_top(&view);
        for (int h = 0; h < view.n_hours; h++) {
            double *const all[] = {view.committed, view.spot, view.on_demand,
                                   view.overflow,  view.rate, view.need};
            for (size_t s = 0; s < sizeof all / sizeof *all; s++)
                all[s][h] *= peaks[k] / top;
        }
        struct scene scene = scene_open(&arena, type, 500, 300);
        figure_week_draw(&scene, &view, (struct box){10, 10, 480, 280});
        double share = share_of_room(&scene, 10, 290);
        cr_expect(ge(dbl, share, 0.4), "%g reaches %g", peaks[k], share);
        cr_expect(eq(int, scene_overlapping_texts(&scene), 0), "%g", peaks[k]);
    }
    typeset_close(type);
}

/* ---- load duration ---- */

/* Shares by counting hours here, apart from the figure's own pass. */
Test(figures, load_duration_counts_hours) {
    struct study *study = study_with(4, 2, 0);
    struct load_duration load = load_duration_make(&arena, study, study->recommended.plan, 0);
    cr_assert(ge(int, load.n, 5));
    for (int level = 0; level < load.n; level++) {
        int hours = 0;
        for (int h = 0; h < study->demand.n_hours; h++)
            hours +=
                capacity_replicas(&study->capacities[0], study->demand.rate_per_second[h]) > level;
        cr_assert(epsilon_eq(dbl, load.share[level], (double)hours / study->demand.n_hours, 1e-9));
    }
    cr_assert(epsilon_eq(dbl, load.break_even, 0.739, 1e-9));
    cr_assert(load.bought);
}

Test(figures, the_finding_flips_at_break_even) {
    struct study *study = study_with(4, 2, 0);
    struct load_duration load = load_duration_make(&arena, study, study->recommended.plan, 0);
    struct load_duration at = load;
    at.held = 3;
    double share = load.share[3]; /* how often the fourth instance is needed */
    at.break_even = share + 0.01;
    at.worth = 3;
    const char *title = figure_load_duration_title(&arena, &at);
    cr_assert(strstr(title, "Commit to 3, not 4: the 4th is needed in") != NULL, "%s", title);
    at.worth = 4; /* as load_duration_make finds when break-even falls below the share */
    title = figure_load_duration_title(&arena, &at);
    cr_assert(strstr(title, "Four instances are needed often enough") != NULL, "%s", title);
    at.break_even = NAN;
    title = figure_load_duration_title(&arena, &at);
    cr_assert(strstr(title, "No commitment is on offer") != NULL, "%s", title);
}

/* What is drawn is what the plan runs, hour by hour: sums over the columns are those of the plan,
 * counted here apart, the hours that need most first.
 * @param reduced  there are more hours that differ than columns, each the mean of its hours */
static void check_columns(const struct study *study, bool reduced) {
    const struct plan *plan = study->recommended.plan;
    struct load_duration load = load_duration_make(&arena, study, plan, 0);
    double share = 0, spot = 0, on_demand = 0, committed = 0, needed = 0;
    double plan_spot = 0, plan_covered = 0, plan_regular = 0, plan_needed = 0;
    int n_hours = study->demand.n_hours;
    for (int h = 0; h < n_hours; h++) {
        plan_spot += plan->spot[h];
        plan_regular += plan->regular[h];
        plan_covered += fmin(plan->reserved[h] + plan->covered[h], plan->regular[h]);
        plan_needed += capacity_replicas(&study->capacities[0], study->demand.rate_per_second[h]);
    }
    cr_expect(eq(int, load.n_columns == LOAD_COLUMNS_MAX, reduced));
    for (int i = 0; i < load.n_columns; i++) {
        const struct load_column *column = &load.columns[i];
        share += column->share;
        spot += column->share * column->spot;
        on_demand += column->share * column->on_demand;
        committed += column->share * column->committed;
        needed += column->share * column->needed;
        if (i > 0)
            cr_expect(le(dbl, column->needed, load.columns[i - 1].needed + 1e-9));
    }
    cr_expect(epsilon_eq(dbl, share, 1, 1e-9));
    cr_expect(epsilon_eq(dbl, spot, plan_spot / n_hours, 1e-6));
    cr_expect(epsilon_eq(dbl, committed, plan_covered / n_hours, 1e-6));
    cr_expect(epsilon_eq(dbl, on_demand, (plan_regular - plan_covered) / n_hours, 1e-6));
    cr_expect(epsilon_eq(dbl, needed, plan_needed / n_hours, 1e-6));
    struct text csv = {.arena = &arena};
    figure_load_duration_csv(&load, &csv);
    int rows = 0;
    for (const char *at = csv.data; (at = strchr(at, '\n')) != NULL; at++)
        rows++;
    cr_expect(eq(int, rows, 1 + load.n_columns));
}

/* Spot in every third hour, whatever the hour needs: it is drawn in a third of them. */
Test(figures, load_duration_draws_what_runs) {
    struct study *study = study_with(4, 2, 0);
    struct plan *plan = arena_new(&arena, struct plan, 1);
    int n = study->n_candidates * study->demand.n_hours;
    int32_t *spot = arena_new(&arena, int32_t, n);
    *plan = *study->recommended.plan;
    for (int h = 0; h < study->demand.n_hours; h++)
        spot[h] = h % 3 == 0 ? 2 : 0;
    plan->spot = spot;
    study->recommended.plan = plan;
    check_columns(study, false);
    struct load_duration load = load_duration_make(&arena, study, plan, 0);
    double with_spot = 0;
    for (int i = 0; i < load.n_columns; i++)
        with_spot += load.columns[i].spot > 0 ? load.columns[i].share : 0;
    cr_expect(epsilon_eq(dbl, with_spot, 1.0 / 3, 1e-9));
}

Test(figures, load_duration_of_many_hours_draws_their_means) {
    struct fixture fixture = fixture_defaults();
    fixture.n_weeks = 3;
    fixture.held = 4;
    struct study *study = fixture_study(&arena, &fixture);
    struct plan *plan = arena_new(&arena, struct plan, 1);
    int n = study->n_candidates * study->demand.n_hours;
    int32_t *spot = arena_new(&arena, int32_t, n);
    *plan = *study->recommended.plan;
    for (int h = 0; h < study->demand.n_hours; h++) {
        spot[h] = h; /* no two hours alike */
        study->demand.weight[h] = 1;
    }
    plan->spot = spot;
    study->recommended.plan = plan;
    check_columns(study, true);
}

/* What is held for a loss is told apart from what the demand needs: with N+1 each hour asks for one
 * more, of three zones a third must be to spare. */
Test(figures, need_and_spare_are_told_apart) {
    struct study *study = study_with(4, 2, 0);
    struct load_duration plain = load_duration_make(&arena, study, study->recommended.plan, 0);
    cr_assert(plain.spare == NULL && plain.worth == plain.worth_needed);
    study->scenario.resilience.survive[SURVIVE_INSTANCE] = true;
    study->plan_input.loss.instance = true;
    struct load_duration load = load_duration_make(&arena, study, study->recommended.plan, 0);
    cr_assert(eq(int, load.n, plain.n + 1));
    for (int level = 0; level < plain.n; level++) {
        cr_expect(eq(dbl, load.share[level], plain.share[level]));
        cr_expect(eq(dbl, load.asked[level + 1], plain.share[level]));
    }
    cr_expect(eq(int, load.worth_needed, plain.worth));
    cr_expect(eq(int, load.worth, plain.worth + 1));
    load.held = load.held_least = load.held_most = load.worth;
    const char *title = figure_load_duration_title(&arena, &load);
    const char *want =
        arena_printf(&arena, "Commit to %d: %d for the demand, 1 spare for the loss of an instance",
                     load.worth, plain.worth);
    cr_expect(eq(str, (char *)title, (char *)want));
    load.held_least = 1; /* purchases of other dates */
    title = figure_load_duration_title(&arena, &load);
    want = arena_printf(&arena, "the plan commits to 1 to %d over the horizon", load.worth);
    cr_expect(strstr(title, want) != NULL, "%s", title);
    study->plan_input.loss = (struct plan_loss){.zones = 3};
    load = load_duration_make(&arena, study, study->recommended.plan, 0);
    int n = plain.n; /* the fewest of which, less a third rounded up, plain.n are left */
    while (n - (n + 2) / 3 < plain.n)
        n++;
    cr_expect(eq(int, load.n, n));
}

Test(figures, worth_is_the_count_of_levels_at_or_above_break_even) {
    struct study *study = study_with(4, 2, 0);
    struct load_duration load = load_duration_make(&arena, study, study->recommended.plan, 0);
    cr_assert(load.worth < load.n && load.share[load.worth] < load.break_even);
    cr_assert(load.worth == 0 || load.share[load.worth - 1] >= load.break_even);
}

Test(figures, without_a_purchase_the_cheapest_offer_breaks_even) {
    struct study *study = study_with(0, 0, 0);
    struct load_duration load = load_duration_make(&arena, study, study->recommended.plan, 0);
    cr_assert(not(load.bought));
    cr_assert(epsilon_eq(dbl, load.break_even, 0.588, 1e-6));
    study->scenario.n_terms = 0;
    load = load_duration_make(&arena, study, study->recommended.plan, 0);
    cr_assert(isnan(load.break_even));
}

/* A block holds capacity for days: its price breaks even with nothing, and what is held in an
 * event's week is not what the horizon holds. */
Test(figures, blocks_and_events_are_no_commitment_of_the_horizon) {
    struct fixture fixture = fixture_defaults();
    fixture.n_weeks = 3;
    fixture.held = 4;
    struct study *study = fixture_study(&arena, &fixture);
    struct plan plan = *study->recommended.plan;
    struct plan_commitment block = plan.commitments[0];
    block.commitment.terms.kind = COMMIT_CAPACITY_BLOCK;
    plan.commitments = &block;
    plan.n_commitments = 1;
    struct load_duration load = load_duration_make(&arena, study, study->recommended.plan, 0);
    cr_assert(load.bought);
    double held = load.held;
    load = load_duration_make(&arena, study, &plan, 0);
    cr_assert(not(load.bought));
    double *reserved = arena_new(&arena, double, study->n_candidates * study->demand.n_hours);
    study->demand.weeks[2].weight /= 50; /* the last week becomes an event's, with ten more */
    study->demand.weeks[2].event = (struct date){2027, 1, 10};
    plan = *study->recommended.plan;
    memcpy(reserved, plan.reserved,
           (size_t)(study->n_candidates * study->demand.n_hours) * sizeof *reserved);
    for (int h = 2 * HOURS_PER_WEEK; h < study->demand.n_hours; h++)
        reserved[h] += 10;
    plan.reserved = reserved;
    cr_assert(gt(dbl, week_view_make(&arena, study, &plan, 0, 2).held, held));
    load = load_duration_make(&arena, study, &plan, 0);
    cr_assert(epsilon_eq(dbl, load.held, held, 1e-9));
}

/* The event of January stands between December and the month of the second week. */
Test(figures, weeks_of_events_stand_where_they_are) {
    struct fixture fixture = fixture_defaults();
    struct figure_view view;
    fixture.n_weeks = 3;
    struct study *study = fixture_study(&arena, &fixture);
    study->demand.weeks[2].event = (struct date){2027, 1, 10};
    study->demand.weeks[2].month = 1;
    cr_assert(figure_growth_open(&arena, study, 0, &view));
    const char *event = strstr(view.alt, "the event of 2027-01-10");
    const char *first = strstr(view.alt, "December 2026");
    cr_assert(event != NULL && first != NULL && first < event, "%s", view.alt);
    cr_assert(strstr(event, "2027: peak") != NULL, "%s", view.alt); /* the second week comes last */
}

/* ---- money ---- */

Test(figures, bridge_steps_lead_from_bar_to_bar) {
    struct study *study = study_with(4, 2, 0);
    struct chart_step rows[BRIDGE_ROWS];
    bridge_make(&study->gaps, rows);
    for (int i = 1; i < BRIDGE_ROWS; i++) /* each bar starts or ends where the last one ended */
        cr_assert(epsilon_eq(dbl, rows[i].total ? rows[i].to : rows[i].from, rows[i - 1].to, 1e-6),
                  "%s", rows[i].name);
    for (int i = 0; i < BRIDGE_ROWS; i++)
        if (rows[i].total)
            cr_assert(eq(dbl, rows[i].from, 0));
}

Test(figures, mix_parts_sum_to_the_bill) {
    struct study *study = study_with(4, 2, 0.3);
    struct mix mix = mix_make("Plan", &study->recommended);
    double sum = 0;
    for (int i = 0; i < mix.n; i++)
        sum += mix.parts[i].usd;
    cr_assert(epsilon_eq(dbl, sum, mix.total, 1e-6 * mix.total));
    cr_assert(eq(int, mix.n, 5));
}

/* ---- frontier ---- */

Test(figures, frontier_points_are_not_dominated) {
    struct study *study = study_with(4, 2, 0);
    struct frontier frontier = frontier_make(&arena, study, 0);
    cr_assert(eq(int, frontier.n_infeasible, 2));
    int on = 0;
    for (int i = 0; i < frontier.n; i++) {
        const struct frontier_point *p = &frontier.points[i];
        bool dominated = false;
        for (int k = 0; k < frontier.n; k++)
            dominated =
                dominated || (frontier.points[k].feasible && frontier.points[k].usd < p->usd &&
                              frontier.points[k].seconds < p->seconds);
        if (p->on_frontier)
            cr_assert(p->feasible && !dominated, "%s", p->name);
        on += p->on_frontier;
    }
    cr_assert(ge(int, on, 2));
}

/* g6e.2xlarge carries 5.2 requests/s of 236 output tokens at $2.24208 an hour:
 * 2.24208 / 3600 / 5.2 / 236 * 1e6 = 0.50749. */
Test(figures, unit_cost_by_hand) {
    struct study *study = study_with(4, 2, 0);
    cr_assert(epsilon_eq(dbl, frontier_unit_cost(study, 0), 0.50749, 1e-4));
    /* $0.22 per 1M tokens in and out, 820 in, 236 out: 0.22 * 1056 / 236. */
    cr_assert(epsilon_eq(dbl, frontier_unit_cost(study, 5), 0.98441, 1e-4));
}

Test(figures, the_frontier_title_names_the_choice) {
    struct study *study = study_with(4, 2, 0);
    struct frontier frontier = frontier_make(&arena, study, 0);
    const char *title = figure_frontier_title(&arena, &frontier);
    cr_assert(strstr(title, "g6e.2xlarge bf16 is the cheapest at full load") != NULL, "%s", title);
    for (int i = 0; i < frontier.n; i++)
        frontier.points[i].chosen = strcmp(frontier.points[i].name, "p5.48xlarge fp8") == 0;
    title = figure_frontier_title(&arena, &frontier);
    cr_assert(strstr(title, "p5.48xlarge fp8 is chosen although") != NULL, "%s", title);
    frontier.n = 0;
    title = figure_frontier_title(&arena, &frontier);
    cr_assert(strstr(title, "No candidate holds the target") != NULL, "%s", title);
}

/* Texts over dots of the scene. */
static int covered_dots(const struct scene *scene) {
    int n = 0;
    for (int t = 0; t < scene->n; t++)
        for (int d = 0; d < scene->n; d++)
            n += scene->marks[t].kind == MARK_TEXT && scene->marks[d].kind == MARK_DOT &&
                 box_overlaps(scene->marks[t].box, scene->marks[d].box);
    return n;
}

static struct mark *limit_label(const struct scene *scene) {
    for (int m = 0; m < scene->n; m++)
        if (scene->marks[m].kind == MARK_TEXT && strstr(scene->marks[m].text, "Limit per request"))
            return &scene->marks[m];
    return NULL;
}

static struct frontier random_frontier(struct rng *rng, struct frontier_point *points) {
    static const char *const names[] = {"g6.2xlarge fp8", "inf2.8xlarge", "p5.48xlarge", "c7g"};
    int n = 1 + (int)rng_below(rng, 10);
    for (int i = 0; i < n; i++) { /* about half of them near the limit */
        double seconds = rng_below(rng, 2) ? 1.6 * rng_uniform(rng) : 1 + 0.15 * rng_uniform(rng);
        points[i] = (struct frontier_point){.name = names[rng_below(rng, 4)],
                                            .usd = 1 + 9 * rng_uniform(rng),
                                            .seconds = seconds,
                                            .feasible = rng_below(rng, 3) > 0,
                                            .chosen = i == 0};
    }
    return (struct frontier){.points = points,
                             .n = n,
                             .cost_unit = "1K requests",
                             .metric = "end-to-end latency",
                             .limit_seconds = 1};
}

/* On random sets; at its right end, where it stands when nothing is in the way, the words would
 * cover a dot in many of them, and that is seen. */
Test(figures, no_label_of_the_frontier_covers_a_dot) {
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    struct rng rng = rng_open(14, 0, RNG_TEST, 0);
    int would = 0;
    for (int round = 0; round < 300; round++) {
        struct frontier_point points[10];
        struct frontier frontier = random_frontier(&rng, points);
        struct scene scene = scene_open(&arena, type, 560, 260);
        figure_frontier_draw(&scene, &frontier, (struct box){20, 20, 512, 215});
        cr_assert(eq(int, covered_dots(&scene), 0), "round %d", round);
        struct mark *label = limit_label(&scene);
        if (!label) /* too far above the points to be shown */
            continue;
        label->box.x = 532 - label->box.w;
        would += covered_dots(&scene) > 0;
    }
    cr_expect(gt(int, would, 30));
    typeset_close(type);
}

/* ---- every figure of the table ---- */

Test(figures, names_are_found_and_unlike) {
    for (const struct figure *f = figure_table; f->id; f++) {
        cr_assert(figure_find(f->id) == f, "%s", f->id);
        cr_assert(f->doc[0] != '\0');
    }
    cr_assert(figure_find("") == NULL);
}

Test(figures, nothing_is_shown_of_a_plan_that_does_not_exist) {
    struct fixture fixture = fixture_defaults();
    fixture.infeasible = true;
    struct study *study = fixture_study(&arena, &fixture);
    struct figure_view view;
    for (const struct figure *f = figure_table; f->id; f++)
        if (strcmp(f->id, "frontier") != 0) /* shows what was measured before */
            cr_assert(not(f->open(&arena, study, 0, &view)), "%s", f->id);
}

/* Commas outside quotes. */
static int commas(const char *line) {
    int n = 0;
    bool quoted = false;
    for (; *line; line++) {
        quoted = quoted != (*line == '"');
        n += *line == ',' && !quoted;
    }
    return n;
}

/* Every row has as many fields as the head. */
Test(figures, data_are_tidy) {
    struct study *study = study_with(4, 2, 0.3);
    for (const struct figure *f = figure_table; f->id; f++) {
        struct figure_view view;
        if (!f->open(&arena, study, 0, &view))
            continue;
        struct text out = {.arena = &arena};
        view.csv(view.data, &out);
        char *line = strtok(out.data, "\n");
        int fields = commas(line), rows = 0;
        while ((line = strtok(NULL, "\n"))) {
            cr_assert(eq(int, commas(line), fields), "%s: %s", f->id, line);
            rows++;
        }
        cr_assert(gt(int, rows, 0), "%s", f->id);
        cr_assert(strlen(view.title) > 10 && strlen(view.alt) > 20, "%s", f->id);
    }
}

/* ---- layout of each figure alone ---- */

static bool draw(struct scene *scene, const struct figure *figure, const struct study *study) {
    struct figure_view view;
    if (!figure->open(&arena, study, 0, &view))
        return false;
    view.draw(scene, view.data, (struct box){50, 100, 495, view.height});
    return true;
}

static const struct {
    double held;
    int spot;
    double by_use, scale, price;
} layouts[] = {
    {4, 2, 0, 1, 1},       {4, 2, 0.3, 1, 1}, {0, 0, 0, 1, 1},      {20, 0, 0, 1, 1},
    {1, 1, 0, 0.1, 1},     {4, 2, 0, 40, 1},  {2.4, 1, 0.1, 1, 30}, {4, 2, 0, 1, 0},
    {300, 99, 0, 90, 0.2}, {0, 9, 0, 3, 1e4}, {0, 0, 1, 1, 1},      {4, 2, 0, 0.001, 1},
};

enum { N_LAYOUTS = sizeof layouts / sizeof layouts[0] };

ParameterizedTestParameters(figures, layouts) {
    static int index[N_LAYOUTS];
    for (int i = 0; i < N_LAYOUTS; i++)
        index[i] = i;
    return cr_make_param_array(int, index, N_LAYOUTS);
}

ParameterizedTest(int *row, figures, layouts, .fini = done) {
    struct fixture fixture = fixture_defaults();
    fixture.held = layouts[*row].held;
    fixture.spot_max = layouts[*row].spot;
    fixture.by_use = layouts[*row].by_use;
    fixture.scale = layouts[*row].scale;
    fixture.price_scale = layouts[*row].price;
    struct study *study = fixture_study(&arena, &fixture);
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    int drawn = 0;
    for (const struct figure *f = figure_table; f->id; f++) {
        struct scene scene = scene_open(&arena, type, paper_a4()->width, paper_a4()->height);
        drawn += draw(&scene, f, study);
        int faults = scene_overlapping_texts(&scene) + scene_marks_outside(&scene) +
                     scene_crossed_texts(&scene) + scene_unreadable_texts(&scene);
        cr_assert(eq(int, faults, 0), "%s of layout %d", f->id, *row);
    }
    cr_assert(ge(int, drawn, 6)); /* those that need no replay */
    typeset_close(type);
}

Test(figures, every_series_of_the_week_has_a_label_and_each_day_a_name) {
    struct study *study = study_with(4, 2, 0.3);
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    struct scene scene = scene_open(&arena, type, paper_a4()->width, paper_a4()->height);
    draw(&scene, figure_find("week"), study);
    static const char *const labels[] = {"Committed", "Spot", "On demand", "By use", "Mon", "Tue",
                                         "Wed",       "Thu",  "Fri",       "Sat",    "Sun"};
    for (int i = 0; i < (int)(sizeof labels / sizeof labels[0]); i++)
        cr_assert(eq(int, scene_count_text(&scene, labels[i]), 1), "%s", labels[i]);
    struct text dump = {.arena = &arena};
    scene_dump(&scene, &dump);
    cr_assert(strstr(dump.data, "\"Peak need") != NULL);
    cr_assert(strstr(dump.data, "segments n=") != NULL); /* the hatch of idle commitments */
    typeset_close(type);
}
