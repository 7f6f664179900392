/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/ledger.h"

#include <math.h>

enum { FIRST_CAPACITY = 64, SECONDS_PER_HOUR = 3600, VOLUME_MIN_S = 60 };

struct ledger ledger_open(struct arena *arena, const struct replay_input *input, int n_hours) {
    size_t n_cells = (size_t)input->n_pools * (size_t)n_hours;
    return (struct ledger){
        .arena = arena,
        .input = input,
        .end = n_hours * TICKS_PER_HOUR,
        .n_hours = n_hours,
        .managed = arena_new(arena, struct managed_hour, n_cells),
        .volume_s = arena_new(arena, int64_t, n_cells),
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

/* A volume exists as long as its instance, and is billed for at least a minute. */
static void add_volume(struct ledger *ledger, int pool, const struct usage_row *life) {
    int64_t *hours = ledger->volume_s + (size_t)pool * (size_t)ledger->n_hours;
    int64_t end = (int64_t)ledger->n_hours * SECONDS_PER_HOUR, least = life->from_s + VOLUME_MIN_S;
    int64_t to = life->to_s > least ? life->to_s : least < end ? least : end;
    for (int64_t from = life->from_s; from < to;) {
        int64_t next = (from / SECONDS_PER_HOUR + 1) * SECONDS_PER_HOUR;
        hours[from / SECONDS_PER_HOUR] += (next < to ? next : to) - from;
        from = next;
    }
}

static void add_hour_of(struct ledger *ledger, int pool, int hour, enum usage_kind kind,
                        int64_t quantity, int offer) {
    int before = ledger->n_rows;
    add_hour(ledger, pool, hour, kind, quantity);
    if (ledger->n_rows == before)
        return;
    ledger->rows[before].offer = offer;
    ledger->rows[before].spot = false;
}

static void add_weights(struct ledger *ledger, int pool, int hour) {
    const struct pool_weights *weights = &ledger->input->pools[pool].weights;
    add_hour_of(ledger, pool, hour, USAGE_WEIGHT_BYTES, weights->bytes, weights->offer);
    add_hour_of(ledger, pool, hour, USAGE_WEIGHT_READS, weights->reads, weights->offer);
}

static struct usage_row life_of(const struct ledger *ledger, int pool, sim_ticks launched,
                                sim_ticks ended, bool interrupted) {
    const struct pool *of = &ledger->input->pools[pool];
    sim_ticks end = ended < ledger->end ? ended : ledger->end;
    return (struct usage_row){
        .kind = USAGE_INSTANCE,
        .zone = of->market                                ? of->market_zone + 1
                : ledger->input->n_zones > 0 && !of->spot ? of->zone + 1
                                                          : 0,
        .interrupted = interrupted && ended <= ledger->end,
        .from_s = launched / TICKS_PER_SECOND,
        .to_s = (end + TICKS_PER_SECOND - 1) / TICKS_PER_SECOND,
        .quantity = 1,
    };
}

void ledger_add_refill(struct ledger *ledger, int pool, sim_ticks from, sim_ticks to) {
    if (ledger->input->record_ledger && from < ledger->end)
        add_row(ledger, pool, life_of(ledger, pool, from, to, false));
}

void ledger_add_life(struct ledger *ledger, int pool, sim_ticks launched, sim_ticks ended,
                     bool interrupted) {
    if (!ledger->input->record_ledger || launched >= ledger->end)
        return;
    struct usage_row row = life_of(ledger, pool, launched, ended, interrupted);
    add_row(ledger, pool, row);
    if (ledger->input->pools[pool].volume.gb > 0)
        add_volume(ledger, pool, &row);
    if (launched > 0) /* what runs at the start was launched before */
        add_weights(ledger, pool, (int)(launched / TICKS_PER_HOUR));
}

void ledger_add_call(struct ledger *ledger, int pool, const struct work *work,
                     const struct served *served) {
    size_t hour = (size_t)(work->arrival / TICKS_PER_HOUR);
    struct managed_hour *cell = &ledger->managed[(size_t)pool * (size_t)ledger->n_hours + hour];
    const struct service *service = &ledger->input->pools[pool].service;
    cell->requests++;
    if (service->kind == SERVICE_FUNCTION) {
        int64_t *sum = served->provisioned ? &cell->provisioned_mb_ms : &cell->mb_ms;
        *sum += service->function.memory_mb * served->billed_ms;
        return;
    }
    const struct token_api_service *api = &service->token_api;
    int64_t input = llround(work->input_tokens * api->tokens_ratio);
    int64_t cached = llround((double)input * api->cached_share);
    cell->input_tokens += input - cached;
    cell->cached_tokens += cached;
    cell->output_tokens += llround(work->output_tokens * api->tokens_ratio);
}

static void add_function_hour(struct ledger *ledger, int pool, int hour,
                              const struct managed_hour *used) {
    const struct function_service *function = &ledger->input->pools[pool].service.function;
    add_hour(ledger, pool, hour, USAGE_FUNCTION_MB_MS, used->mb_ms);
    add_hour(ledger, pool, hour, USAGE_FUNCTION_REQUESTS, used->requests);
    add_hour(ledger, pool, hour, USAGE_FUNCTION_PROVISIONED_MB_MS, used->provisioned_mb_ms);
    add_hour(ledger, pool, hour, USAGE_FUNCTION_HELD_MB_S,
             (int64_t)function->provisioned * function->memory_mb * SECONDS_PER_HOUR);
}

/* Of the units that are held, the seconds that the hour's tokens take at their quota. What a quota
 * lets through as an hour begins may have been saved up in the last minute of the one before. */
static int64_t unit_seconds(const struct token_api_service *api, const struct managed_hour *used) {
    double tokens = (double)(used->input_tokens + used->cached_tokens + used->output_tokens);
    double seconds = api->units * tokens / (api->tokens_per_minute / 60);
    return llround(fmin(seconds, (double)api->units * SECONDS_PER_HOUR));
}

/* Model units are paid for the time they are held (pricing/commitment.h), not by their tokens. */
static void add_token_hour(struct ledger *ledger, int pool, int hour,
                           const struct managed_hour *used) {
    const struct token_api_service *api = &ledger->input->pools[pool].service.token_api;
    if (api->units > 0) {
        add_hour(ledger, pool, hour, USAGE_MODEL_UNIT_S, unit_seconds(api, used));
        return;
    }
    add_hour(ledger, pool, hour, USAGE_INPUT_TOKENS, used->input_tokens);
    add_hour(ledger, pool, hour, USAGE_OUTPUT_TOKENS, used->output_tokens);
    add_hour(ledger, pool, hour, USAGE_CACHED_INPUT_TOKENS, used->cached_tokens);
}

static void add_managed_pool(struct ledger *ledger, int pool) {
    const struct managed_hour *hours = &ledger->managed[(size_t)pool * (size_t)ledger->n_hours];
    bool function = ledger->input->pools[pool].service.kind == SERVICE_FUNCTION;
    for (int hour = 0; hour < ledger->n_hours; hour++)
        if (function)
            add_function_hour(ledger, pool, hour, &hours[hour]);
        else
            add_token_hour(ledger, pool, hour, &hours[hour]);
}

/* A place of the warm pool always has its volume: of the stopped instance, or of the one that is
 * made ready to be stopped there. */
static void add_volumes(struct ledger *ledger, int pool) {
    const struct pool *of = &ledger->input->pools[pool];
    const struct pool_volume *volume = &of->volume;
    int64_t stopped = of->ready ? of->ready->warm_pool : 0;
    for (int hour = 0; hour < ledger->n_hours; hour++) {
        int64_t seconds = ledger->volume_s[(size_t)pool * (size_t)ledger->n_hours + (size_t)hour] +
                          stopped * SECONDS_PER_HOUR;
        add_hour_of(ledger, pool, hour, USAGE_VOLUME_GB_S, volume->gb * seconds, volume->offer);
        add_hour_of(ledger, pool, hour, USAGE_VOLUME_IOPS_S, volume->iops * seconds, volume->offer);
        add_hour_of(ledger, pool, hour, USAGE_VOLUME_MBPS_S, volume->mbps * seconds, volume->offer);
    }
}

struct usage_ledger ledger_close(struct ledger *ledger) {
    for (int pool = 0; ledger->input->record_ledger && pool < ledger->input->n_pools; pool++)
        if (managed_model_of(ledger->input->pools[pool].service.kind))
            add_managed_pool(ledger, pool);
        else
            add_volumes(ledger, pool);
    return (struct usage_ledger){
        .n_seconds = (int64_t)ledger->n_hours * SECONDS_PER_HOUR,
        .n_rows = ledger->n_rows,
        .rows = ledger->rows,
    };
}
