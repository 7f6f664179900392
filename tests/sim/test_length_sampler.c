/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sampler against length_at, its definition: at a million random probabilities, and at the
 * places where a table could be wrong: on both sides of every rounding edge of a range of lengths,
 * at the edges of cells, and in the tails. A sampler whose allowance for the cubic's error is taken
 * away must fail the same comparison. */
#include <math.h>

#include "base/rng.h"
#include "sim/length_sampler.h"
#include "sim/traffic_generate.h"
#include "tests/base/case_table.h"

struct sampler_case {
    const char *name;
    struct length_distribution lengths;
    bool has_table;
};

static const struct sampler_case CASES[] = {
    {"fixed", {.kind = LENGTH_FIXED, .value = 100, .min = 1, .max = 999}, false},
    {"chat",
     {.kind = LENGTH_LOGNORMAL, .median = 800, .sigma = 0.85, .min = 16, .max = 6000},
     true},
    {"one or two", {.kind = LENGTH_LOGNORMAL, .median = 1.5, .sigma = 0.1, .max = 9}, true},
    {"no spread", {.kind = LENGTH_LOGNORMAL, .median = 42.5, .sigma = 0, .max = 99}, true},
    {"wide",
     {.kind = LENGTH_LOGNORMAL, .median = 1e5, .sigma = 10, .min = 1, .max = INT32_MAX},
     true},
    {"huge",
     {.kind = LENGTH_LOGNORMAL, .median = 2e9, .sigma = 1, .min = 1, .max = INT32_MAX},
     true},
    {"table",
     {.kind = LENGTH_TABLE, .min = 1, .max = 999, .n = 3, .p = {0, 0.9, 1}, .tokens = {1, 30, 900}},
     false},
};

static int64_t differences(struct length_sampler *sampler, double from, double step, int n) {
    int64_t wrong = 0;
    for (int i = 0; i < n; i++) {
        double u = from + i * step;
        if (u > 0 && u < 1)
            wrong += length_sampler_at(sampler, u) != length_at(sampler->lengths, u);
    }
    return wrong;
}

CASE_TEST(length_sampler, equals_length_at_at_random, CASES) {
    struct arena arena = {0};
    struct length_sampler sampler = length_sampler_open(&arena, &CASES[*index].lengths);
    cr_assert(eq(int, sampler.cells != NULL, CASES[*index].has_table));
    struct rng rng = rng_open(7, 0, RNG_TEST, (uint64_t)*index);
    for (int i = 0; i < 1000000; i++) {
        double u = rng_uniform(&rng);
        cr_assert(length_sampler_at(&sampler, u) == length_at(sampler.lengths, u), "%a", u);
    }
    arena_release(&arena);
}

CASE_TEST(length_sampler, equals_length_at_at_cell_edges, CASES) {
    struct arena arena = {0};
    struct length_sampler sampler = length_sampler_open(&arena, &CASES[*index].lengths);
    for (int cell = 0; cell <= LENGTH_CELLS; cell++)
        cr_assert(
            eq(i64, differences(&sampler, (double)cell / LENGTH_CELLS - 8e-16, 0x1p-53, 16), 0));
    cr_assert(eq(i64, differences(&sampler, 0x1p-53, 0x1p-53, 1000), 0));
    cr_assert(eq(i64, differences(&sampler, 1 - 0x1p-53, -0x1p-53, 1000), 0));
    arena_release(&arena);
}

/* The smallest probability with at least so many tokens. */
static double edge_of(const struct length_distribution *lengths, int32_t tokens) {
    double low = 0x1p-53, high = 1 - 0x1p-53;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if (length_at(lengths, middle) >= tokens)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static int64_t differences_at_edges(struct length_sampler *sampler) {
    int64_t wrong = 0;
    for (int32_t tokens = 100; tokens < 3000; tokens += 13) {
        double edge = edge_of(sampler->lengths, tokens);
        wrong += differences(sampler, edge - 16 * 0x1p-53, 0x1p-53, 32);
        wrong += differences(sampler, edge - 16e-12, 1e-12, 32);
        wrong += differences(sampler, edge - 16e-9, 1e-9, 32);
    }
    return wrong;
}

Test(length_sampler, equals_length_at_at_rounding_edges) {
    struct arena arena = {0};
    struct length_sampler sampler = length_sampler_open(&arena, &CASES[1].lengths);
    cr_assert(eq(i64, differences_at_edges(&sampler), 0));
    for (int cell = 0; cell < LENGTH_CELLS; cell++)
        if (sampler.cells[cell].slack < 1)
            sampler.cells[cell].slack = 1e-300; /* the mutant: no allowance */
    cr_assert(gt(i64, differences_at_edges(&sampler), 100));
    arena_release(&arena);
}

/* The table must serve nearly all draws, or it is not worth having. */
Test(length_sampler, few_cells_need_the_exact_way) {
    struct arena arena = {0};
    struct length_sampler sampler = length_sampler_open(&arena, &CASES[1].lengths);
    differences(&sampler, 1e-4, 1e-4, 9999);
    int exact = 0;
    for (int cell = 0; cell < LENGTH_CELLS; cell++)
        exact += sampler.cells[cell].slack == INFINITY;
    cr_assert(lt(int, exact, 12));
    arena_release(&arena);
}
