/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spot_fit on traces whose model is known, because the model drew them, and what it refuses. The
 * long probe (150 days) leaves little to chance; a fit that saw the zones without each other must
 * fail the check of correlation. */
#include "sim/spot_fit.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

enum { STEP_S = 600, N = 150 * 24 * 6, ZONES = 3 };

static const struct spot_region_model region[] = {
    {"r", {SPOT_LIFE_LOGNORMAL, 50000, 1.2}, {SPOT_LIFE_LOGNORMAL, 20000, 1}}};
static const struct spot_zone_model known[ZONES] = {
    {"ra",
     "r",
     {{SPOT_LIFE_LOGNORMAL, 60000, 1.5}, {SPOT_LIFE_LOGNORMAL, 3000, 1}},
     {{SPOT_LIFE_LOGNORMAL, 4000, 1.5}, {SPOT_LIFE_LOGNORMAL, 8000, 1}},
     1},
    {"rb",
     "r",
     {{SPOT_LIFE_LOGNORMAL, 30000, 1}, {SPOT_LIFE_LOGNORMAL, 4000, 1}},
     {{SPOT_LIFE_LOGNORMAL, 3000, 1}, {SPOT_LIFE_LOGNORMAL, 3000, 1}},
     1},
    {"rc",
     "r",
     {{SPOT_LIFE_LOGNORMAL, 40000, 1}, {SPOT_LIFE_LOGNORMAL, 8000, 1}},
     {{SPOT_LIFE_LOGNORMAL, 2000, 1}, {SPOT_LIFE_LOGNORMAL, 18000, 1}},
     1},
};
static const struct spot_model known_model = {ZONES, 1, known, region};

static struct spot_trace trace_of(struct arena *arena, const char *name, const unsigned char *up,
                                  int n) {
    struct spot_point *points = arena_new(arena, struct spot_point, n);
    struct spot_trace trace = {.name = name,
                               .step_ns = STEP_S * 1000000000LL,
                               .span_ns = n * (STEP_S * 1000000000LL),
                               .points = points,
                               .instances_max = 1};
    for (int k = 0; k < n; k++)
        if (k == 0 || up[k] != up[k - 1])
            points[trace.n++] = (struct spot_point){k * trace.step_ns, up[k]};
    return trace;
}

struct drawn {
    unsigned char up[ZONES][N];
    struct spot_trace traces[ZONES];
    struct spot_fit_zone zones[ZONES];
};

static void draw(struct arena *arena, const struct spot_model *model, uint64_t seed,
                 struct drawn *out) {
    for (int z = 0; z < ZONES; z++) {
        struct spot_zone zone;
        sim_ticks step = STEP_S * TICKS_PER_SECOND;
        spot_zone_draw(arena, model, z, seed, 0, N * step, &zone);
        spot_probe(&zone, step, N, out->up[z]);
        out->traces[z] = trace_of(arena, known[z].name, out->up[z], N);
        out->zones[z] = (struct spot_fit_zone){known[z].name, known[z].region, &out->traces[z], 7};
    }
}

/* The largest error of a pair's correlation, the fitted model's in closed form. */
static double correlation_error(const struct drawn *seen, const struct spot_model *model) {
    double worst = 0;
    for (int a = 0; a < ZONES; a++) {
        for (int b = 0; b < a; b++) {
            double fitted =
                spot_model_covariance(model, a, b) /
                sqrt(spot_model_covariance(model, a, a) * spot_model_covariance(model, b, b));
            worst = fmax(worst, fabs(spot_correlation(seen->up[a], seen->up[b], N) - fitted));
        }
    }
    return worst;
}

Test(spot_fit, finds_the_model_that_drew_the_traces) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_model model;
    struct drawn *seen = arena_new(&arena, struct drawn, 1);
    draw(&arena, &known_model, 5, seen);
    cr_assert(spot_fit(&arena, seen->zones, ZONES, &model, &err), "%s", err.what);
    cr_assert(eq(int, model.n_zones, ZONES));
    cr_assert(eq(int, model.n_regions, 1));
    double share = model.regions[0].shock.mean_s /
                   (model.regions[0].calm.mean_s + model.regions[0].shock.mean_s);
    cr_expect(epsilon_eq(dbl, share, 2.0 / 7, 0.08), "share of shocks %g", share);
    cr_expect(epsilon_eq(dbl, log(model.regions[0].shock.mean_s / 20000), 0, log(1.6)));
    for (int z = 0; z < ZONES; z++) {
        struct spot_runs runs = spot_runs_of(&arena, seen->up[z], N);
        cr_expect(epsilon_eq(dbl, spot_model_availability(&model, z), runs.availability, 1e-3));
        cr_expect(eq(i32, model.zones[z].instances, 7));
        double mean_h = model.zones[z].calm.up.mean_s / known[z].calm.up.mean_s;
        cr_expect(epsilon_eq(dbl, log(mean_h), 0, log(2)), "zone %d: up in calm x %g", z, mean_h);
        mean_h = model.zones[z].shock.up.mean_s / known[z].shock.up.mean_s;
        cr_expect(epsilon_eq(dbl, log(mean_h), 0, log(2)), "zone %d: up in shocks x %g", z, mean_h);
    }
    cr_expect(lt(dbl, correlation_error(seen, &model), 0.02));
    arena_release(&arena);
}

/* Fitted one by one, each zone has shocks of its own: right in itself, alone in the region. */
Test(spot_fit, a_fit_without_common_shocks_is_told) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_model model;
    struct drawn *seen = arena_new(&arena, struct drawn, 1);
    draw(&arena, &known_model, 5, seen);
    for (int z = 0; z < ZONES; z++)
        seen->zones[z].region = seen->zones[z].name;
    cr_assert(spot_fit(&arena, seen->zones, ZONES, &model, &err), "%s", err.what);
    cr_assert(eq(int, model.n_regions, ZONES));
    cr_expect(gt(dbl, correlation_error(seen, &model), 0.2));
    arena_release(&arena);
}

Test(spot_fit, refuses_what_it_cannot_fit) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_model model = {.n_zones = -7};
    static const unsigned char a[] = {1, 0, 1, 1}, b[] = {1, 1, 1, 1}, c[] = {1, 0, 1};
    struct spot_trace traces[] = {trace_of(&arena, "a.json", a, 4),
                                  trace_of(&arena, "b.json", b, 4),
                                  trace_of(&arena, "c.json", c, 3)};
    struct spot_fit_zone zones[] = {{"za", "z", &traces[0], 1}, {"zb", "z", &traces[1], 1}};
    cr_assert(not(spot_fit(&arena, zones, 2, &model, &err)));
    cr_assert(eq(str, err.what, "zone zb is up in all of the trace"));
    cr_assert(eq(str, (char *)err.file, "b.json"));
    zones[1].trace = &traces[2];
    cr_assert(not(spot_fit(&arena, zones, 2, &model, &err)));
    cr_assert(eq(str, err.what, "a fit needs traces of the same steps and length as a.json"));
    cr_assert(eq(int, model.n_zones, -7));
    arena_release(&arena);
}
