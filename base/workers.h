/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Run independent cells on threads. Cells are taken by index from an atomic counter; each writes
 * only its own slot, so results do not depend on the number of threads or on who finishes first. */
#ifndef HEADROOM_BASE_WORKERS_H
#define HEADROOM_BASE_WORKERS_H

#include "base/arena.h"

/** One cell. `scratch` is the worker's own arena, rewound after every cell: nothing in a result may
 * point into it. */
typedef void (*workers_cell_fn)(void *context, int cell, struct arena *scratch);

/** n_threads >= 1 (1 runs in the calling thread). Returns when every cell has run. */
void workers_run(int n_threads, int n_cells, workers_cell_fn cell, void *context);

#endif
