/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/ledger.h"

#include <math.h>

enum { FIRST_CAPACITY = 64, SECONDS_PER_HOUR = 3600 };

struct ledger ledger_open(struct arena *arena, const struct replay_input *input, int n_hours) {
    size_t n_cells = (size_t)input->n_pools * (size_t)n_hours;
    return (struct ledger){
        .arena = arena,
        .input = input,
        .end = n_hours * TICKS_PER_HOUR,
        .n_hours = n_hours,
        .managed = arena_new(arena, struct managed_hour, n_cells),
    };
}

static void add_row(struct ledger *ledger, int pool, struct usage_row row) {
    if (ledger->n_rows == ledger->capacity) {
        int capacity = ledger->capacity > 0 ? 2 * ledger->capacity : FIRST_CAPACITY;
        ledger->rows = arena_grow(ledger->arena, ledger->rows, (size_t)ledger->n_rows,
                                  (size_t)capacity, sizeof *ledger->rows);
        ledger->capacity = capacity;
    }
    row.offer = ledger->input->pools[pool].offer;
    row.workload = ledger->input->workload;
    row.spot = ledger->input->pools[pool].spot;
    ledger->rows[ledger->n_rows++] = row;
}

void ledger_add_life(struct ledger *ledger, int pool, sim_ticks launched, sim_ticks ended,
                     bool interrupted) {
    if (!ledger->input->record_ledger || launched >= ledger->end)
        return;
    if (ended > ledger->end) {
        ended = ledger->end;
        interrupted = false;
    }
    struct usage_row row = {
        .kind = USAGE_INSTANCE,
        .interrupted = interrupted,
        .from_s = launched / TICKS_PER_SECOND,
        .to_s = (ended + TICKS_PER_SECOND - 1) / TICKS_PER_SECOND,
        .quantity = 1,
    };
    add_row(ledger, pool, row);
}

void ledger_add_call(struct ledger *ledger, int pool, const struct work *work,
                     const struct served *served) {
    size_t hour = (size_t)(work->arrival / TICKS_PER_HOUR);
    struct managed_hour *cell = &ledger->managed[(size_t)pool * (size_t)ledger->n_hours + hour];
    const struct service *service = &ledger->input->pools[pool].service;
    cell->requests++;
    if (service->kind == SERVICE_FUNCTION)
        cell->mb_ms += service->function.memory_mb * served->billed_ms;
    if (service->kind != SERVICE_TOKEN_API)
        return;
    cell->input_tokens += llround(work->input_tokens * service->token_api.tokens_ratio);
    cell->output_tokens += llround(work->output_tokens * service->token_api.tokens_ratio);
}

static void add_hour(struct ledger *ledger, int pool, int hour, enum usage_kind kind,
                     int64_t quantity) {
    if (quantity == 0)
        return;
    struct usage_row row = {
        .kind = kind,
        .from_s = (int64_t)hour * SECONDS_PER_HOUR,
        .to_s = (int64_t)(hour + 1) * SECONDS_PER_HOUR,
        .quantity = quantity,
    };
    add_row(ledger, pool, row);
}

static void add_managed_pool(struct ledger *ledger, int pool) {
    const struct managed_hour *hours = &ledger->managed[(size_t)pool * (size_t)ledger->n_hours];
    for (int hour = 0; hour < ledger->n_hours; hour++) {
        if (ledger->input->pools[pool].service.kind == SERVICE_FUNCTION) {
            add_hour(ledger, pool, hour, USAGE_FUNCTION_MB_MS, hours[hour].mb_ms);
            add_hour(ledger, pool, hour, USAGE_FUNCTION_REQUESTS, hours[hour].requests);
        } else {
            add_hour(ledger, pool, hour, USAGE_INPUT_TOKENS, hours[hour].input_tokens);
            add_hour(ledger, pool, hour, USAGE_OUTPUT_TOKENS, hours[hour].output_tokens);
        }
    }
}

struct usage_ledger ledger_close(struct ledger *ledger) {
    for (int pool = 0; ledger->input->record_ledger && pool < ledger->input->n_pools; pool++)
        if (managed_model_of(ledger->input->pools[pool].service.kind))
            add_managed_pool(ledger, pool);
    return (struct usage_ledger){
        .n_seconds = (int64_t)ledger->n_hours * SECONDS_PER_HOUR,
        .n_rows = ledger->n_rows,
        .rows = ledger->rows,
    };
}
