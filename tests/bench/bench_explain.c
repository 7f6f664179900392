/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What it takes to explain a plan beside finding its programme's optimum, on the instances of
 * bench_plan: the price at which each unused option would be used, the curve of a commitment, and
 * what a step of each limit is worth. CPU seconds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench_help.h"
#include "plan_instance.h"
#include "solver/flip.h"
#include "solver/worth.h"

static void must(bool done, const struct err *err) {
    if (done)
        return;
    fprintf(stderr, "bench_explain: %s\n", err->what);
    exit(1);
}

static void show(const char *name, double before, double single, int n) {
    double seconds = cpu_seconds() - before;
    printf("    %-44s %8.2f s  %6.1f times the single solve", name, seconds, seconds / single);
    if (n > 0)
        printf("  (%d of them)", n);
    printf("\n");
    fflush(stdout);
}

/* Every option of every machine, use and pool, as the rejections of a plan name them. */
static int list_options(struct arena *arena, const struct market *market, struct plan *plan) {
    int n = 0, most = 2 * market->n_machines + market->n_uses + market->n_pools;
    struct plan_rejection *rows = arena_new(arena, struct plan_rejection, most);
    const struct plan_flip flip = {.scale = 1, .of = "it", .per = "an hour", .unit = "one"};
    for (int m = 0; m < 2 * market->n_machines + market->n_uses + market->n_pools; m++) {
        struct plan_flip *own = &rows[n].flip;
        *own = flip;
        rows[n++].reason = "";
        int machines = market->n_machines;
        own->kind = m < machines                        ? FLIP_ON_DEMAND
                    : m < 2 * machines                  ? FLIP_SPOT
                    : m < 2 * machines + market->n_uses ? FLIP_USE
                                                        : FLIP_POOL;
        own->index = own->kind == FLIP_ON_DEMAND ? m
                     : own->kind == FLIP_SPOT    ? m - machines
                     : own->kind == FLIP_USE     ? m - 2 * machines
                                                 : m - 2 * machines - market->n_uses;
    }
    *plan = (struct plan){.feasible = true, .n_rejections = n, .rejections = rows};
    return n;
}

static void curve(struct arena *arena, const struct market *market, int pool, double planned,
                  struct err *err) {
    enum { STEPS = 13 };
    struct programme_memory memory = {0};
    struct what_if what_if;
    struct what_if_answer answer;
    what_if_open(arena, market, &memory, &what_if);
    what_if.market.pools[pool].fixed = true;
    for (int i = 0; i < STEPS; i++) {
        what_if.market.pools[pool].amount = 1.25 * planned * i / (STEPS - 1);
        must(what_if_solve(arena, &what_if, &answer, err), err);
    }
    programme_forget(&memory);
}

static void explain(int n_workloads, int n_options, int n_hours) {
    struct arena arena = {0};
    struct plan_instance instance;
    struct market market;
    struct err err = {0};
    struct what_if what_if;
    struct what_if_answer answer;
    struct programme_memory memory = {0};
    struct plan plan;
    const struct worth *worths;
    int n_worths;
    bool feasible;
    double usd;
    instance_open(&arena, 1, n_workloads, n_options, n_hours, &instance);
    must(market_open(&arena, &instance.input, &market, &err), &err);
    double before = cpu_seconds();
    must(plan_lp_bound(&arena, &instance.input, &usd, &feasible, &err), &err);
    double single = cpu_seconds() - before;
    printf("%d workloads, %d options, %d h: %.2f s, %.8g USD/h\n", n_workloads, n_options, n_hours,
           single, usd);

    before = cpu_seconds();
    what_if_open(&arena, &market, &memory, &what_if);
    must(what_if_solve(&arena, &what_if, &answer, &err), &err);
    show("once with all ways", before, single, 0);
    before = cpu_seconds();
    must(what_if_solve(&arena, &what_if, &answer, &err), &err);
    show("the same again", before, single, 0);
    programme_forget(&memory);

    int most = 0;
    for (int p = 0; p < market.n_pools; p++)
        if (answer.amount[p] * market.pools[p].rate > answer.amount[most] * market.pools[most].rate)
            most = p;
    before = cpu_seconds();
    curve(&arena, &market, most, answer.amount[most], &err);
    show("a curve of 13 levels", before, single, 0);

    before = cpu_seconds();
    must(worth_of_limits(&arena, &instance.input, &worths, &n_worths, &err), &err);
    show("what a step of each limit is worth", before, single, n_worths);

    int n = list_options(&arena, &market, &plan);
    before = cpu_seconds();
    must(plan_price_options(&arena, &instance.input, &plan, &err), &err);
    show("at which price each option is used", before, single, n);
    arena_release(&arena);
}

int main(int argc, char *argv[]) {
    if (argc == 4) {
        explain(atoi(argv[1]), atoi(argv[2]), atoi(argv[3]));
        return 0;
    }
    explain(5, 20, 8760);
    explain(20, 40, 8760);
    return 0;
}
