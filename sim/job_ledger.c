/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/job_ledger.h"

enum { FIRST_ROWS = 64, FIRST_HOLDS = 2 };

static void add_row(struct job_ledger *ledger, const struct job_hold *hold, sim_ticks now,
                    int nodes, struct job_return why) {
    if (!ledger->record || now == hold->from)
        return;
    if (ledger->n_rows == ledger->capacity) {
        int capacity = ledger->capacity > 0 ? 2 * ledger->capacity : FIRST_ROWS;
        ledger->rows = arena_grow(ledger->arena, ledger->rows, (size_t)ledger->n_rows,
                                  (size_t)capacity, sizeof *ledger->rows);
        ledger->capacity = capacity;
    }
    ledger->rows[ledger->n_rows++] = (struct usage_row){
        .kind = USAGE_INSTANCE,
        .offer = why.pool->offer,
        .workload = why.workload,
        .spot = why.pool->spot,
        .interrupted = why.pool->spot && why.taken,
        .from_s = hold->from / TICKS_PER_SECOND,
        .to_s = (now + TICKS_PER_SECOND - 1) / TICKS_PER_SECOND,
        .quantity = nodes,
    };
}

void job_ledger_take(struct job_ledger *ledger, struct job_held *held, sim_ticks now, int nodes) {
    if (held->n == held->capacity) {
        int capacity = held->capacity > 0 ? 2 * held->capacity : FIRST_HOLDS;
        held->items = arena_grow(ledger->arena, held->items, (size_t)held->n, (size_t)capacity,
                                 sizeof *held->items);
        held->capacity = capacity;
    }
    held->items[held->n++] = (struct job_hold){now, nodes};
}

job_node_ticks job_ledger_give(struct job_ledger *ledger, struct job_held *held, sim_ticks now,
                               int nodes, struct job_return why) {
    job_node_ticks sum = 0;
    while (nodes > 0) {
        ENSURE(held->n > 0);
        struct job_hold *last = &held->items[held->n - 1];
        int given = last->nodes < nodes ? last->nodes : nodes;
        add_row(ledger, last, now, given, why);
        sum += (job_node_ticks)given * (now - last->from);
        last->nodes -= given;
        nodes -= given;
        held->n -= last->nodes == 0;
    }
    return sum;
}

job_node_ticks job_ledger_give_one(struct job_ledger *ledger, struct job_held *held, sim_ticks now,
                                   int index, struct job_return why) {
    int i = 0;
    while (i < held->n && index >= held->items[i].nodes)
        index -= held->items[i++].nodes;
    ENSURE(i < held->n);
    struct job_hold *hold = &held->items[i];
    add_row(ledger, hold, now, 1, why);
    job_node_ticks sum = now - hold->from;
    if (--hold->nodes == 0) {
        for (int k = i; k + 1 < held->n; k++)
            held->items[k] = held->items[k + 1];
        held->n--;
    }
    return sum;
}
