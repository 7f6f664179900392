/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plan_write_lp exports, solved by other programs: with glpsol (package glpk-utils) and with
 * Clp (coinor-clp), which `dev` installs, it has the optimum that the decomposition proves, to the
 * digits they print. The mutant is the same file with prices raised by a thousandth. */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <unistd.h>

#include "plan_fixture.h"

enum { CASES = 12 };

static void draw_case(struct plan_fixture *f, uint64_t seed) {
    struct rng rng = rng_open(seed, 5, RNG_TEST, 1);
    int n_hours = 24;
    fixture_open(f, 2, n_hours);
    for (int o = 0; o < 3; o++) {
        static const char *const skus[] = {"g4", "g5", "g6"};
        double list = fixture_draw(&rng, 0.5, 3);
        fixture_offer(f, skus[o], skus[o], list, 0.5 * list);
        fixture_commitment(f, o, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 0.6 * list);
        fixture_commitment(f, o, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT,
                           list * fixture_draw(&rng, 0.65, 0.8));
    }
    for (int w = 0; w < 2; w++) {
        for (int o = 0; o < 3; o++)
            fixture_candidate(f, w, o, fixture_draw(&rng, 5, 25));
        fixture_api(f, w, "api", fixture_draw(&rng, 0.00002, 0.0001), 30);
        for (int h = 0; h < n_hours; h++)
            f->demand.rate_per_second[w * n_hours + h] = fixture_draw(&rng, 5, 60);
    }
    fixture_quota(f, "G", true, 20);
    f->input.allow_spot = true;
    f->input.policy.spot_share_max = 0.4;
    f->input.policy.coverage_max = 0.6;
    f->input.policy.upfront_usd_max = 20000;
}

/* The number after `key` in what a command prints or writes; NAN when it is not there. */
static double number_after(const char *command, const char *key) {
    FILE *out = popen(command, "r");
    char line[1024];
    double value = NAN;
    cr_assert(ne(ptr, out, NULL));
    while (fgets(line, sizeof line, out) != NULL) {
        const char *at = strstr(line, key);
        if (at != NULL)
            value = strtod(at + strlen(key), NULL);
    }
    pclose(out);
    return value;
}

static double glpsol(const char *path) {
    char command[512];
    snprintf(command, sizeof command,
             "glpsol --lp %s -w %s.sol >/dev/null 2>&1; grep '^s bas' %s.sol | sed 's/.* /at /'",
             path, path, path);
    return number_after(command, "at ");
}

static double clp(const char *path) {
    char command[512];
    snprintf(command, sizeof command, "clp %s -dualsimplex 2>/dev/null", path);
    return number_after(command, "Optimal objective");
}

static void write_to(const char *path, const struct text *text) {
    FILE *file = fopen(path, "wb");
    cr_assert(ne(ptr, file, NULL));
    cr_assert(eq(sz, fwrite(text->data, 1, text->n, file), text->n));
    fclose(file);
}

static double exported(struct plan_fixture *f, const char *path, double (*solve)(const char *)) {
    struct text text = {.arena = &f->arena};
    struct err err = {0};
    cr_assert(plan_write_lp(&f->arena, &f->input, &text, &err), "%s", err.what);
    write_to(path, &text);
    return solve(path);
}

static void compare(double (*solve)(const char *)) {
    char path[] = "/tmp/headroom_lp_XXXXXX.lp";
    int file = mkstemps(path, 3);
    cr_assert(ge(int, file, 0));
    close(file);
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct plan_fixture f;
        struct err err = {0};
        double usd;
        bool feasible;
        draw_case(&f, seed);
        cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
        cr_assert(feasible);
        cr_expect(epsilon_eq(dbl, exported(&f, path, solve), usd, 1.5e-9 * usd), "seed %llu",
                  (unsigned long long)seed);
        f.offers[0].on_demand.rate = f.offers[0].on_demand.rate / 1000 * 1001;
        f.offers[1].on_demand.rate = f.offers[1].on_demand.rate / 1000 * 1001;
        f.offers[2].on_demand.rate = f.offers[2].on_demand.rate / 1000 * 1001;
        cr_expect(gt(dbl, exported(&f, path, solve), usd * (1 + 1e-8)), "the mutant of seed %llu",
                  (unsigned long long)seed);
        fixture_close(&f);
    }
    char solution[64];
    snprintf(solution, sizeof solution, "%s.sol", path);
    unlink(solution);
    unlink(path);
}

Test(write_lp, glpsol_finds_the_same_optimum) {
    cr_assert(eq(int, system("command -v glpsol >/dev/null"), 0), "install glpk-utils");
    compare(glpsol);
}

Test(write_lp, clp_finds_the_same_optimum) {
    cr_assert(eq(int, system("command -v clp >/dev/null"), 0), "install coinor-clp");
    compare(clp);
}

/* With a price of carbon the objective is money and carbon together, which is told in the file; the
 * plan's minimum is of money alone. With losses to survive the rows have the spare. */
Test(write_lp, carbon_and_losses_are_in_the_file) {
    static const double kg[] = {0.5, 0.1, 0.2, 0.5, 0.5, 0.1, 0.2, 0.5};
    struct plan_carbon carbon = {.name = "", .kg_max = INFINITY, .usd_per_kg = 2};
    struct plan_fixture f;
    struct plan plan;
    struct err err = {0};
    char path[] = "/tmp/headroom_lp_XXXXXX.lp";
    int file = mkstemps(path, 3);
    cr_assert(ge(int, file, 0));
    close(file);
    draw_case(&f, 3);
    carbon.kg_per_instance_hour = kg;
    f.input.carbon = &carbon;
    for (int losses = 0; losses < 2; losses++) {
        f.input.loss.instance = losses == 1;
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
        cr_assert(plan.feasible, "%s", plan.infeasible);
        double optimum = exported(&f, path, clp);
        cr_expect(epsilon_eq(dbl, optimum, plan.lp_priced_usd_per_hour, 1e-8 * optimum));
        cr_expect(gt(dbl, optimum, plan.lp_usd_per_hour * 1.01));
        struct text text = {.arena = &f.arena};
        cr_assert(plan_write_lp(&f.arena, &f.input, &text, &err), "%s", err.what);
        cr_expect(ne(ptr, strstr(text.data, "money + 2 USD x each kg CO2e"), NULL));
        cr_expect(eq(int, strstr(text.data, "one instance more") != NULL, losses == 1));
    }
    unlink(path);
    fixture_close(&f);
}
