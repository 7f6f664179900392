/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spot model against its closed forms by the interval test of tests/theory/test_queueing.c: 32
 * independent replications of 366 days, |t31| > 6 rejects.
 *
 * - exponential lives, one zone: share of time up = mean up / (mean up + mean down), from the very
 *   first instant on (the draw begins in its equilibrium);
 * - lognormal lives and regional shocks: the same by spot_model_availability, and the share of time
 *   in which two zones are both up by spot_model_covariance.
 *
 * Mutants that must be rejected: down lives 5 % longer, a draw whose zones start up, zones of which
 * each has shocks of its own. */
#include "sim/spot_market.h"
#include "tests/theory/t_statistic.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

enum { REPLICATIONS = 32, EARLY_DRAWS = 400 };

static bool up_at(const struct spot_zone *zone, int step) {
    return zone->steps[step].instances > 0;
}

/* Share of 0 .. end in which both zones are up. */
static double both_up(const struct spot_zone *a, const struct spot_zone *b, sim_ticks end) {
    sim_ticks now = 0, up = 0;
    for (int i = 0, j = 0; now < end;) {
        sim_ticks next_a = i + 1 < a->n_steps ? a->steps[i + 1].from : end;
        sim_ticks next_b = j + 1 < b->n_steps ? b->steps[j + 1].from : end;
        sim_ticks next = next_a < next_b ? next_a : next_b;
        up += up_at(a, i) && up_at(b, j) ? next - now : 0;
        i += next_a == next && next < end;
        j += next_b == next && next < end;
        now = next;
    }
    return (double)up / (double)end;
}

static double t_of_both(const struct spot_model *model, int a, int b, double theory) {
    double means[REPLICATIONS];
    for (unsigned r = 0; r < REPLICATIONS; r++) {
        struct arena arena = {0};
        struct spot_zone zone_a, zone_b;
        spot_zone_draw(&arena, model, a, 11, r, TICKS_MAX, &zone_a);
        spot_zone_draw(&arena, model, b, 11, r, TICKS_MAX, &zone_b);
        means[r] = both_up(&zone_a, &zone_b, TICKS_MAX);
        arena_release(&arena);
    }
    return t_statistic(means, REPLICATIONS, theory);
}

/* --- exponential lives --- */

static struct spot_zone_model plain_zone(double down_s) {
    return (struct spot_zone_model){
        "z", "r", .calm = {{SPOT_LIFE_EXPONENTIAL, 7200, 0}, {SPOT_LIFE_EXPONENTIAL, down_s, 0}},
        .instances = 1};
}

Test(theory_spot, exponential_lives_have_their_stationary_availability) {
    struct spot_zone_model zone = plain_zone(1800), mutant = plain_zone(1800 * 1.05);
    struct spot_model model = {1, 0, &zone, NULL}, longer = {1, 0, &mutant, NULL};
    double theory = 7200.0 / (7200 + 1800);
    cr_assert(epsilon_eq(dbl, spot_model_availability(&model, 0), theory, 1e-15));
    cr_expect(lt(dbl, fabs(t_of_both(&model, 0, 0, theory)), T_LIMIT));
    cr_expect(gt(dbl, fabs(t_of_both(&longer, 0, 0, theory)), T_LIMIT));
}

/* Over many short draws of an hour: a process that began up would be up for too long in it. */
Test(theory_spot, begins_in_its_equilibrium) {
    struct spot_zone_model zone = {
        "z", "r", .calm = {{SPOT_LIFE_LOGNORMAL, 7200, 1.5}, {SPOT_LIFE_LOGNORMAL, 3600, 1}},
        .instances = 1};
    struct spot_model model = {1, 0, &zone, NULL};
    double means[REPLICATIONS], started_up[REPLICATIONS];
    for (int r = 0; r < REPLICATIONS; r++) {
        double sum = 0, sum_up = 0;
        int n_up = 0;
        for (int i = 0; i < EARLY_DRAWS; i++) {
            struct arena arena = {0};
            struct spot_zone drawn;
            unsigned replication = (unsigned)(r * EARLY_DRAWS + i);
            spot_zone_draw(&arena, &model, 0, 12, replication, TICKS_PER_HOUR, &drawn);
            double up = both_up(&drawn, &drawn, TICKS_PER_HOUR);
            sum += up;
            sum_up += up_at(&drawn, 0) ? up : 0;
            n_up += up_at(&drawn, 0);
            arena_release(&arena);
        }
        means[r] = sum / EARLY_DRAWS;
        started_up[r] = sum_up / n_up;
    }
    cr_expect(lt(dbl, fabs(t_statistic(means, REPLICATIONS, 2.0 / 3)), T_LIMIT));
    cr_expect(gt(dbl, fabs(t_statistic(started_up, REPLICATIONS, 2.0 / 3)), T_LIMIT));
}

/* --- shocks --- */

static const struct spot_region_model regions[] = {
    {"r", {SPOT_LIFE_LOGNORMAL, 30000, 1.2}, {SPOT_LIFE_LOGNORMAL, 12000, 1}},
    {"s", {SPOT_LIFE_LOGNORMAL, 30000, 1.2}, {SPOT_LIFE_LOGNORMAL, 12000, 1}}};
static const struct spot_lives calm = {{SPOT_LIFE_LOGNORMAL, 20000, 1.5},
                                       {SPOT_LIFE_LOGNORMAL, 2000, 1}};
static const struct spot_lives shock = {{SPOT_LIFE_EXPONENTIAL, 1500, 0},
                                        {SPOT_LIFE_LOGNORMAL, 6000, 1.3}};

Test(theory_spot, zones_share_the_shocks_of_their_region) {
    struct spot_zone_model zones[] = {{"ra", "r", calm, shock, 3}, {"rb", "r", calm, shock, 3}};
    struct spot_zone_model apart[] = {{"ra", "r", calm, shock, 3}, {"rb", "s", calm, shock, 3}};
    struct spot_model model = {2, 2, zones, regions}, mutant = {2, 2, apart, regions};
    double up = spot_model_availability(&model, 0);
    double share = 12000.0 / 42000, fall = 20.0 / 22 - 1.5 / 7.5;
    cr_assert(epsilon_eq(dbl, up, 20.0 / 22 - share * fall, 1e-12));
    cr_assert(epsilon_eq(dbl, spot_model_covariance(&model, 0, 1),
                         fall * fall * share * (1 - share), 1e-12));
    cr_assert(eq(dbl, spot_model_covariance(&mutant, 0, 1), 0));
    double theory = up * up + spot_model_covariance(&model, 0, 1);
    cr_expect(lt(dbl, fabs(t_of_both(&model, 0, 0, up)), T_LIMIT));
    cr_expect(lt(dbl, fabs(t_of_both(&model, 0, 1, theory)), T_LIMIT));
    cr_expect(gt(dbl, fabs(t_of_both(&mutant, 0, 1, theory)), T_LIMIT));
    cr_expect(lt(dbl, fabs(t_of_both(&mutant, 0, 1, up * up)), T_LIMIT));
}
