/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells run once each, with clean scratch, and their results do not depend on the threads. */
#include <stdatomic.h>
#include <string.h>

#include "base/rng.h"
#include "base/workers.h"
#include "case_table.h"

enum { N_CELLS = 500 };

struct board {
    uint64_t results[N_CELLS];
    atomic_int runs[N_CELLS];
    atomic_int unclean;
};

static void cell(void *context, int index, struct arena *scratch) {
    struct board *board = context;
    size_t n = 100 + (size_t)index % 7 * 3000;
    if (scratch->allocated != 0)
        atomic_fetch_add(&board->unclean, 1);
    unsigned char *memory = arena_alloc(scratch, n, 1);
    for (size_t i = 0; i < n; i++)
        if (memory[i] != 0)
            atomic_fetch_add(&board->unclean, 1);
    memset(memory, 0xFF, n);
    struct rng rng = rng_open(9, 0, RNG_TEST, (uint64_t)index);
    uint64_t sum = 0;
    for (int i = 0; i < 1000; i++)
        sum += rng_next(&rng);
    board->results[index] = sum;
    atomic_fetch_add(&board->runs[index], 1);
}

Test(workers, results_do_not_depend_on_threads) {
    static struct board alone, together;
    workers_run(1, N_CELLS, cell, &alone);
    for (int n_threads = 2; n_threads <= 9; n_threads += 7) {
        memset(&together, 0, sizeof together);
        workers_run(n_threads, N_CELLS, cell, &together);
        cr_assert(eq(int, memcmp(alone.results, together.results, sizeof alone.results), 0));
        cr_assert(eq(int, atomic_load(&together.unclean), 0));
        cr_assert(eq(int, atomic_load(&alone.unclean), 0));
        for (int i = 0; i < N_CELLS; i++)
            cr_assert(eq(int, atomic_load(&together.runs[i]), 1), "cell %d", i);
    }
}

Test(workers, few_cells_and_none) {
    static struct board board;
    workers_run(8, 0, cell, &board);
    cr_assert(eq(int, atomic_load(&board.runs[0]), 0));
    workers_run(8, 1, cell, &board);
    cr_assert(eq(int, atomic_load(&board.runs[0]), 1));
    cr_assert(eq(int, atomic_load(&board.runs[1]), 0));
}

Test(workers, no_thread_is_a_bug, .exit_code = 70) {
    static struct board board;
    workers_run(0, 1, cell, &board);
}
