/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calling thread works too, so a machine that refuses more threads still finishes the job. */
#include "base/workers.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/err.h"

struct job {
    atomic_int next_cell;
    int n_cells;
    workers_cell_fn cell;
    void *context;
};

static void *work(void *argument) {
    struct job *job = argument;
    struct arena scratch = {0};
    for (;;) {
        int cell = atomic_fetch_add_explicit(&job->next_cell, 1, memory_order_relaxed);
        if (cell >= job->n_cells)
            break;
        struct arena_mark mark = arena_mark(&scratch);
        job->cell(job->context, cell, &scratch);
        arena_rewind(&scratch, mark);
    }
    arena_release(&scratch);
    return NULL;
}

void workers_run(int n_threads, int n_cells, workers_cell_fn cell, void *context) {
    ENSURE(n_threads >= 1 && n_cells >= 0);
    ENSURE(n_cells < 1 << 30); /* the counter may run past the end once a thread */
    struct job job = {.n_cells = n_cells, .cell = cell, .context = context};
    if (n_threads > n_cells)
        n_threads = n_cells;
    struct arena arena = {0};
    pthread_t *threads = arena_new(&arena, pthread_t, n_threads);
    int n_started = 0;
    while (n_started < n_threads - 1 && pthread_create(&threads[n_started], NULL, work, &job) == 0)
        n_started++;
    work(&job);
    for (int i = 0; i < n_started; i++)
        ENSURE(pthread_join(threads[i], NULL) == 0);
    arena_release(&arena);
}
