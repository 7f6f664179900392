/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The plan's programme (docs/model.md 5.2) in two stages, on made instances (plan_instance.h): CPU
 * seconds, memory, proven gap; what 16 scenarios of demand and a cap over the year cost beside
 * one uncapped; and, where glpsol and clp are installed, the same instance in one piece, their
 * reading of it counted: the full programme, every purchase of every type for every workload, and
 * what plan_write_lp exports, without what another purchase always beats. With the word `year` also
 * Clp on a year of 5 workloads, which takes minutes; with `scenarios` the scenarios alone. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench_help.h"
#include "plan_instance.h"
#include "solver/as_sold.h"
#include "solver/hourly_lp.h"

struct timed {
    struct two_stage_answer answer;
    double seconds;
};

static struct timed solve(struct arena *arena, const struct two_stage *problem, double tolerance) {
    struct two_stage_options options = {.tolerance = tolerance, .n_threads = 1};
    struct timed out;
    struct err err = {0};
    double before = cpu_seconds();
    if (!two_stage_solve(arena, problem, &options, &out.answer, &err)) {
        fprintf(stderr, "bench_plan: %s\n", err.what);
        exit(1);
    }
    out.seconds = cpu_seconds() - before;
    return out;
}

static void open_programme(struct arena *arena, uint64_t seed, int n_workloads, int n_options,
                           int n_hours, struct programme *out) {
    struct plan_instance *instance = arena_new(arena, struct plan_instance, 1);
    struct market *market = arena_new(arena, struct market, 1);
    struct err err = {0};
    instance_open(arena, seed, n_workloads, n_options, n_hours, instance);
    ENSURE(market_open(arena, &instance->input, market, &err));
    programme_open(arena, market, 1e3, out);
}

static double peak_mb(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static void show(const char *name, const struct timed *timed) {
    const struct two_stage_answer *answer = &timed->answer;
    printf("%-34s %8.2f s  gap %.1e  %6ld vectors %7ld hours solved  %.8g USD/h  %4.0f MB\n", name,
           timed->seconds, answer->gap, answer->n_vertices, answer->n_blocks, answer->lower,
           peak_mb());
    fflush(stdout);
}

/* Commitments as they are sold, whole reserved instances; the first solve included. */
static void show_as_sold(struct arena *arena, const struct programme *programme) {
    struct programme_memory memory = {0};
    struct as_sold found;
    struct err err = {0};
    double before = cpu_seconds();
    if (!as_sold_find(arena, programme->hourly.market, &memory, NULL, 1e-4, 6, &found, &err)) {
        fprintf(stderr, "bench_plan: %s\n", err.what);
        exit(1);
    }
    printf(
        "    commitments as they are sold   %8.2f s  gap %.1e  %d solves  %.8g USD/h  %4.0f MB\n",
        cpu_seconds() - before,
        (found.usd_per_hour - found.least_usd_per_hour) / found.usd_per_hour, found.n_solves,
        found.usd_per_hour, peak_mb());
    fflush(stdout);
    programme_forget(&memory);
}

/* --- the same instance elsewhere --- */

/* CPU seconds of a command, reading its input included; NAN when `key` is not in what it says. */
static double seconds_of(const char *command, const char *key) {
    struct rusage before, after;
    getrusage(RUSAGE_CHILDREN, &before);
    FILE *out = popen(command, "r");
    char line[1024];
    bool said = false;
    while (out != NULL && fgets(line, sizeof line, out) != NULL)
        said = said || strstr(line, key) != NULL;
    if (out != NULL)
        pclose(out);
    getrusage(RUSAGE_CHILDREN, &after);
    return !said ? NAN
                 : (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
                       1e-6 * (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec);
}

/* In one piece, with all purchases or without what another one beats: the optimum is the same. */
static void write_lp(int n_workloads, int n_options, int n_hours, bool full, const char *path) {
    struct arena arena = {0};
    struct plan_instance instance;
    struct market market;
    struct hourly_lp hourly;
    struct text text = {.arena = &arena};
    struct err err = {0};
    instance_open(&arena, 1, n_workloads, n_options, n_hours, &instance);
    ENSURE(market_open(&arena, &instance.input, &market, &err));
    market.all_pools = market.all_ways = full;
    hourly_lp_build(&arena, &market, RELAX_NOTHING, 0, &hourly);
    ENSURE(lp_write(&hourly.lp, &text, &err));
    FILE *file = fopen(path, "wb");
    ENSURE(file != NULL && fwrite(text.data, 1, text.n, file) == text.n && fclose(file) == 0);
    printf("    %s programme in one piece: %d columns, %d rows\n",
           full ? "the full" : "the reduced", hourly.lp.n_columns, hourly.lp.n_rows);
    arena_release(&arena);
}

static void elsewhere(int n_workloads, int n_options, int n_hours, double own, bool full,
                      bool glpk) {
    static const char path[] = "bench_plan.lp";
    write_lp(n_workloads, n_options, n_hours, full, path);
    double clp = seconds_of("clp bench_plan.lp -dualsimplex 2>/dev/null", "Optimal objective");
    printf("        Clp, dual simplex: %.2f s, %.1f times as long\n", clp, clp / own);
    if (glpk) {
        double glpsol =
            seconds_of("glpsol --dual --lp bench_plan.lp 2>/dev/null", "OPTIMAL LP SOLUTION FOUND");
        printf("        GLPK, dual simplex with presolve: %.1f s, %.1f times as long\n", glpsol,
               glpsol / own);
    }
    fflush(stdout);
    remove(path);
}

/* --- scenarios and caps --- */

/* Years of demand one beside the other, common amounts. */
static struct two_stage beside(struct arena *arena, const struct programme *years, int n_years) {
    struct two_stage out = years[0].problem;
    int n = out.n_slots, all = n * n_years;
    double *share = arena_new(arena, double, all),
           *fixed = arena_new(arena, double, out.n_rows *all);
    double *demand = arena_new(arena, double, out.n_workloads *all);
    int *class_of_slot = arena_new(arena, int, all);
    struct two_stage_amount *amounts = arena_new(arena, struct two_stage_amount, out.n_amounts);
    memcpy(amounts, out.amounts, (size_t)out.n_amounts * sizeof *amounts);
    for (int y = 0; y < n_years; y++) {
        const struct two_stage *year = &years[y].problem;
        ENSURE(year->n_slots == n && year->n_rows == out.n_rows);
        for (int s = 0; s < n; s++) {
            share[y * n + s] = year->share[s] / n_years;
            for (int r = 0; r < out.n_rows; r++)
                fixed[r * all + y * n + s] = year->fixed[r * n + s];
            for (int w = 0; w < out.n_workloads; w++)
                demand[w * all + y * n + s] = year->demand[w * n + s];
        }
        for (int p = 0; p < out.n_amounts; p++)
            amounts[p].upper = fmax(amounts[p].upper, year->amounts[p].upper);
    }
    out.n_slots = all;
    out.share = share;
    out.fixed = fixed;
    out.demand = demand;
    out.amounts = amounts;
    out.class_of_slot = class_of_slot;
    return out;
}

/* The same purchases on other demand: every year scaled and noised anew. */
static void make_years(struct arena *arena, int n_years, struct programme *years) {
    for (int y = 0; y < n_years; y++) {
        struct rng rng = rng_open(9, (uint64_t)y, RNG_TEST, 0);
        open_programme(arena, 1, 5, 20, 8760, &years[y]);
        const struct two_stage *problem = &years[y].problem;
        double *demand = arena_new(arena, double, problem->n_workloads * problem->n_slots);
        for (int w = 0; w < problem->n_workloads; w++) {
            double scale = instance_draw(&rng, 0.7, 1.3);
            for (int s = 0; s < problem->n_slots; s++)
                demand[w * problem->n_slots + s] = problem->demand[w * problem->n_slots + s] *
                                                   scale * instance_draw(&rng, 0.9, 1.1);
        }
        years[y].problem.demand = demand;
        struct two_stage_amount *amounts =
            arena_new(arena, struct two_stage_amount, problem->n_amounts);
        for (int p = 0; p < problem->n_amounts; p++) {
            amounts[p] = problem->amounts[p];
            amounts[p].upper *= 1.5;
        }
        years[y].problem.amounts = amounts;
    }
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* 16 years together and the first of them alone, in turn; what one takes hangs on the machine's
 * minute, so the ratio is of the best and of the middle of all turns. */
static void show_scenarios(void) {
    enum { YEARS = 16, TURNS = 5 };
    struct arena arena = {0}, answers = {0};
    struct programme *years = arena_new(&arena, struct programme, YEARS);
    make_years(&arena, YEARS, years);
    struct two_stage together = beside(&arena, years, YEARS);
    double one[TURNS], all[TURNS];
    for (int k = 0; k < TURNS; k++) {
        struct timed alone = solve(&answers, &years[0].problem, 1e-6);
        struct timed both = solve(&answers, &together, 1e-6);
        one[k] = alone.seconds;
        all[k] = both.seconds;
        if (k == 0) {
            show("5 x 20 x 8760 h to 1e-6", &alone);
            show("    16 scenarios of demand", &both);
        }
        arena_release(&answers);
    }
    qsort(one, TURNS, sizeof *one, by_size);
    qsort(all, TURNS, sizeof *all, by_size);
    printf("    %.1f times one (best of %d turns: %.2f and %.2f s), of the medians %.1f\n",
           all[0] / one[0], TURNS, all[0], one[0], all[TURNS / 2] / one[TURNS / 2]);
    arena_release(&arena);
}

/* Rows over many hours beside the free answer: what each emits or costs is limited to a share of
 * what it does there. */
enum row_kind { CARBON, FIRST_MONTH, COVERAGE };

/* Of a unit of a way in slots of a class; every type emits a figure of its own. */
static double row_weight(const struct programme *programme, enum row_kind kind, int j, double kg,
                         bool first_month, double share) {
    const struct way *way = &programme->hourly.ways[programme->way_of[j]];
    const struct market *market = programme->hourly.market;
    if (kind == CARBON)
        return kg;
    if (kind == FIRST_MONTH)
        return first_month && way->kind != WAY_POOL ? programme->problem.classes[0].cost[j] : 0;
    if (way->machine < 0 || way->kind == WAY_SPOT)
        return 0;
    double list = market->goods[market->machines[way->machine].good].on_demand_usd;
    return way->kind == WAY_POOL ? list * (1 - share) : -share * list;
}

/* The first month's slots are classes of their own. */
static void split_months(struct arena *arena, struct two_stage *problem, int n_rows) {
    int n = problem->n_classes, *class_of = arena_new(arena, int, problem->n_slots);
    struct two_stage_class *classes = arena_new(arena, struct two_stage_class, 2 * n);
    for (int c = 0; c < 2 * n; c++) {
        classes[c] = problem->classes[c % n];
        classes[c].coupling = arena_new(arena, double, n_rows * problem->n_ways);
    }
    for (int s = 0; s < problem->n_slots; s++)
        class_of[s] = problem->class_of_slot[s] + (s < problem->n_slots / 12 ? n : 0);
    problem->classes = classes;
    problem->n_classes = 2 * n;
    problem->class_of_slot = class_of;
}

static double row_used(const struct two_stage *problem, const struct two_stage_answer *answer,
                       int k) {
    double used = 0;
    for (int p = 0; p < problem->n_amounts; p++)
        used += problem->coupling_use[k * problem->n_amounts + p] * answer->amount[p];
    for (int s = 0; s < problem->n_slots; s++)
        for (int u = answer->first_use[s]; u < answer->first_use[s + 1]; u++)
            used += problem->share[s] * answer->uses[u].amount *
                    problem->classes[problem->class_of_slot[s]]
                        .coupling[k * problem->n_ways + answer->uses[u].way];
    return used;
}

static struct two_stage with_rows(struct arena *arena, const struct programme *programme,
                                  const struct two_stage_answer *free, int n,
                                  const enum row_kind *kinds, const double *shares) {
    struct two_stage out = programme->problem;
    struct rng rng = rng_open(11, 0, RNG_TEST, 0);
    double *kg = arena_new(arena, double, out.n_ways), *bound = arena_new(arena, double, n);
    double *use = arena_new(arena, double, n *out.n_amounts);
    for (int j = 0; j < out.n_ways; j++) {
        const struct way *way = &programme->hourly.ways[programme->way_of[j]];
        kg[j] = way->machine < 0 ? 0.5 * way->cost
                                 : instance_draw(&rng, 0.2, 1) * out.ways[j].rate / 10;
    }
    split_months(arena, &out, n);
    for (int k = 0; k < n; k++) {
        for (int c = 0; c < out.n_classes; c++)
            for (int j = 0; j < out.n_ways; j++)
                ((double *)out.classes[c].coupling)[k * out.n_ways + j] =
                    row_weight(programme, kinds[k], j, kg[j], c >= out.n_classes / 2, shares[k]);
        for (int p = 0; p < out.n_amounts && kinds[k] == FIRST_MONTH; p++)
            use[k * out.n_amounts + p] = out.amounts[p].cost / 12;
    }
    out.n_couplings = n;
    out.coupling_use = use;
    out.coupling_bound = bound;
    for (int k = 0; k < n; k++)
        bound[k] = kinds[k] == COVERAGE ? 0 : shares[k] * row_used(&out, free, k);
    return out;
}

static void show_rows(struct arena *arena, const char *name, const struct programme *programme,
                      const struct timed *free, int n, const enum row_kind *kinds,
                      const double *shares) {
    struct two_stage problem = with_rows(arena, programme, &free->answer, n, kinds, shares);
    struct timed timed = solve(arena, &problem, 1e-6);
    double broken;
    two_stage_upper(&problem, &timed.answer, &broken);
    show(name, &timed);
    printf("    %.1f times the free one, %ld prices tried, rows exceeded by %.0e\n",
           timed.seconds / free->seconds, timed.answer.n_prices, broken);
}

int main(int argc, char *argv[]) {
    struct arena arena = {0};
    struct programme programme;
    bool year = argc > 1 && strcmp(argv[1], "year") == 0;
    if (argc > 1 && strcmp(argv[1], "scenarios") == 0) {
        show_scenarios();
        return 0;
    }
    open_programme(&arena, 1, 20, 40, 8760, &programme);
    struct timed big = solve(&arena, &programme.problem, 1e-6);
    show("20 workloads, 40 options, 8760 h", &big);
    show_as_sold(&arena, &programme);
    static const enum row_kind carbon[] = {CARBON, COVERAGE}, month[] = {FIRST_MONTH};
    static const double at_85[] = {0.85, 0.85}, at_99_5[] = {0.995};
    show_rows(&arena, "    with a cap at 85%", &programme, &big, 1, carbon, at_85);
    show_rows(&arena, "    with a month's budget at 99.5%", &programme, &big, 1, month, at_99_5);
    arena_release(&arena);

    open_programme(&arena, 1, 20, 40, 168, &programme);
    struct timed week = solve(&arena, &programme.problem, 1e-9);
    show("20 workloads, 40 options, 168 h", &week);
    elsewhere(20, 40, 168, week.seconds, false, true);
    elsewhere(20, 40, 168, week.seconds, true, true);
    arena_release(&arena);

    open_programme(&arena, 1, 5, 20, 8760, &programme);
    struct timed small = solve(&arena, &programme.problem, 1e-9);
    show("5 workloads, 20 options, 8760 h", &small);
    show_as_sold(&arena, &programme);
    struct timed small_free = solve(&arena, &programme.problem, 1e-6);
    show_rows(&arena, "    to 1e-6 with a cap at 85%", &programme, &small_free, 1, carbon, at_85);
    show_rows(&arena, "    with coverage to 85% too", &programme, &small_free, 2, carbon, at_85);
    if (year)
        elsewhere(5, 20, 8760, small.seconds, false, false);
    arena_release(&arena);
    show_scenarios();
    return 0;
}
