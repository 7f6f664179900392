/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cursor over all kinds. A trace is walked as an endless repetition of its rows, cut at the
 * edges of each planning week; with growth, one minute of the walk is copied, rotated and sorted at
 * a time. */
#include "sim/traffic.h"

#include <math.h>
#include <string.h>

#include "sim/client_windows.h"
#include "sim/length_sampler.h"
#include "sim/traffic_generate.h"
#include "sim/traffic_rows.h"

__extension__ typedef unsigned __int128 uint128;

#define NS_PER_MINUTE 60000000000LL
#define NS_PER_WEEK (HOURS_PER_WEEK * 60 * NS_PER_MINUTE)
#define LAST_NS INT64_MAX

enum {
    DRAWN_AHEAD = 32,
    SORT_SHIFT = 26, /* buckets of 67 ms */
    SORT_BUCKETS = (int)(NS_PER_MINUTE >> SORT_SHIFT) + 1,
};

/* ---- walking a trace ---- */

/* The next row: repetition `tile` of the trace inside planning week `week`, row `index`. */
struct trace_walk {
    const struct traffic *traffic;
    int64_t week, tile;
    uint64_t edition; /* of this repetition */
    size_t index;
};

static void walk_seek(struct trace_walk *walk, int64_t at_ns) {
    walk->week = at_ns / NS_PER_WEEK;
    walk->index = traffic_rows_find(walk->traffic, at_ns % NS_PER_WEEK, &walk->tile);
    walk->edition = traffic_rows_edition(walk->traffic, walk->week, walk->tile);
}

/* Time of the next row since planning hour 0. */
static int64_t walk_time(struct trace_walk *walk) {
    const struct traffic *traffic = walk->traffic;
    if (walk->index == traffic->n_requests) {
        walk->index = 0;
        walk->tile++;
        walk->edition = traffic_rows_edition(traffic, walk->week, walk->tile);
    }
    int64_t in_week = traffic->start_of_week_ns + walk->tile * traffic->span_ns +
                      traffic->requests[walk->index].arrival_ns;
    if (in_week < NS_PER_WEEK)
        return walk->week * NS_PER_WEEK + in_week;
    walk_seek(walk, (walk->week + 1) * NS_PER_WEEK);
    return walk_time(walk);
}

/* Differs between any two rows of the planning weeks that a replay can hold. */
static uint64_t walk_key(const struct trace_walk *walk) {
    return (uint64_t)walk->week << 56 ^ (uint64_t)walk->tile << 32 ^ (uint64_t)walk->index;
}

/* ---- the cursor ---- */

struct traffic_cursor {
    struct arena *arena;
    const struct traffic *traffic;
    struct traffic_window window;
    struct arrival_process process;              /* generated */
    struct client_process *clients;              /* clients */
    struct traffic_cursor *streams[STREAMS_MAX]; /* mix */
    struct request stream_next[STREAMS_MAX];     /* of each; arrival_ns LAST_NS: none */
    struct length_sampler input, output;
    uint64_t input_key, output_key;
    struct trace_walk walk;         /* trace */
    uint64_t n_copies;              /* of a row, at most */
    int64_t minute;                 /* trace with growth: the minute after the buffered one */
    int64_t *offsets;               /* [n_copies] of the copies of that minute */
    struct request *buffer, *spare; /* [capacity] what comes next, in order; for the sort */
    size_t n_buffer, next, capacity;
    size_t *bucket_ends; /* [SORT_BUCKETS] for the sort */
};

static void open_streams(struct traffic_cursor *cursor) {
    for (int i = 0; i < cursor->traffic->n_streams; i++) {
        cursor->streams[i] =
            traffic_open(cursor->arena, cursor->traffic->streams[i].traffic, cursor->window);
        if (!traffic_next(cursor->streams[i], &cursor->stream_next[i]))
            cursor->stream_next[i].arrival_ns = LAST_NS;
    }
}

struct traffic_cursor *traffic_open(struct arena *arena, const struct traffic *traffic,
                                    struct traffic_window window) {
    if (traffic->kind == TRAFFIC_FLOW)
        return traffic_open(arena, traffic->tasks, window);
    ENSURE(window.from_ns >= 0 && window.from_ns <= window.to_ns && window.growth > 0);
    struct traffic_cursor *cursor = arena_new(arena, struct traffic_cursor, 1);
    cursor->arena = arena;
    cursor->traffic = traffic;
    cursor->window = window;
    if (traffic->kind == TRAFFIC_MIX) {
        open_streams(cursor);
        return cursor;
    }
    if (traffic->kind != TRAFFIC_TRACE) {
        if (traffic->kind == TRAFFIC_CLIENTS)
            cursor->clients = client_process_open(arena, traffic, window);
        else
            cursor->process = arrival_process_open(arena, traffic, window);
        cursor->input = length_sampler_open(arena, &traffic->input);
        cursor->output = length_sampler_open(arena, &traffic->output);
        cursor->input_key = rng_key(traffic->seed, window.replication, RNG_INPUT_TOKENS);
        cursor->output_key = rng_key(traffic->seed, window.replication, RNG_OUTPUT_TOKENS);
        cursor->buffer = arena_new(arena, struct request, DRAWN_AHEAD);
        return cursor;
    }
    ENSURE(traffic->n_requests > 0 && traffic->span_ns > 0);
    cursor->minute = window.from_ns / NS_PER_MINUTE;
    cursor->n_copies = (uint64_t)ceil(window.growth);
    if (window.growth != 1.0) {
        cursor->offsets = arena_new(arena, int64_t, cursor->n_copies);
        cursor->bucket_ends = arena_new(arena, size_t, SORT_BUCKETS);
    }
    cursor->walk.traffic = traffic;
    walk_seek(&cursor->walk,
              window.growth == 1.0 ? window.from_ns : cursor->minute * NS_PER_MINUTE);
    return cursor;
}

/* ---- generated ---- */

static uint64_t draw(const struct traffic_cursor *cursor, enum rng_stream stream, uint64_t key) {
    return rng_keyed(cursor->traffic->seed, cursor->window.replication, stream, key);
}

static void draw_lengths(struct traffic_cursor *cursor, uint64_t key, struct request *request) {
    const struct traffic *traffic = cursor->traffic;
    if (traffic->requests) {
        uint64_t bits = draw(cursor, RNG_ROW_SAMPLE, key);
        size_t row = (size_t)((uint128)bits * traffic->n_requests >> 64);
        request->input_tokens = traffic->requests[row].input_tokens;
        request->output_tokens = traffic->requests[row].output_tokens;
        request->stream = traffic->requests[row].stream;
        return;
    }
    request->input_tokens =
        length_sampler_at(&cursor->input, rng_unit(rng_at(cursor->input_key, key)));
    request->output_tokens =
        length_sampler_at(&cursor->output, rng_unit(rng_at(cursor->output_key, key)));
}

/* Draw some requests ahead: no draw waits for the one before it, and none for the replay. False
 * when none is left. */
static bool draw_ahead(struct traffic_cursor *cursor) {
    uint64_t keys[DRAWN_AHEAD];
    size_t n = 0;
    int64_t arrival_ns = 0;
    while (n < DRAWN_AHEAD && arrival_process_next(&cursor->process, &arrival_ns, &keys[n])) {
        if (arrival_ns < cursor->window.from_ns)
            continue;
        if (arrival_ns >= cursor->window.to_ns)
            break;
        cursor->buffer[n++].arrival_ns = arrival_ns - cursor->window.from_ns;
    }
    for (size_t i = 0; i < n; i++) {
        cursor->buffer[i].row = -1;
        cursor->buffer[i].stream = 0;
        draw_lengths(cursor, keys[i], &cursor->buffer[i]);
    }
    cursor->n_buffer = n;
    cursor->next = 0;
    return n > 0;
}

static bool next_generated(struct traffic_cursor *cursor, struct request *request) {
    if (cursor->next == cursor->n_buffer && !draw_ahead(cursor))
        return false;
    *request = cursor->buffer[cursor->next++];
    return true;
}

/* ---- clients ---- */

static bool next_of_clients(struct traffic_cursor *cursor, struct request *request) {
    uint64_t key;
    *request = (struct request){0};
    do {
        if (!client_process_next(cursor->clients, request, &key))
            return false;
    } while (request->arrival_ns < cursor->window.from_ns);
    if (request->arrival_ns >= cursor->window.to_ns)
        return false;
    if (!cursor->traffic->client_lengths)
        draw_lengths(cursor, key, request);
    request->arrival_ns -= cursor->window.from_ns;
    return true;
}

/* ---- a mix ---- */

/* Of requests at one instant the first stream's comes first. */
static bool next_of_streams(struct traffic_cursor *cursor, struct request *request) {
    struct request *next = cursor->stream_next;
    int least = 0;
    for (int i = 1; i < cursor->traffic->n_streams; i++)
        if (next[i].arrival_ns < next[least].arrival_ns)
            least = i;
    if (next[least].arrival_ns == LAST_NS)
        return false;
    *request = next[least];
    request->stream = least;
    request->row = -1;
    if (!traffic_next(cursor->streams[least], &next[least]))
        next[least].arrival_ns = LAST_NS;
    return true;
}

/* ---- trace ---- */

/* Of one copy of the next row. Beyond 2^31 editions numbers come again; nothing is cached so long.
 */
static int32_t edition_of(const struct traffic_cursor *cursor, int copy) {
    return (int32_t)((cursor->walk.edition * cursor->n_copies + (uint64_t)copy) & INT32_MAX);
}

static bool next_row(struct traffic_cursor *cursor, struct request *request) {
    int64_t at_ns = walk_time(&cursor->walk);
    if (at_ns >= cursor->window.to_ns)
        return false;
    *request = cursor->traffic->requests[cursor->walk.index++];
    request->arrival_ns = at_ns - cursor->window.from_ns;
    request->edition = edition_of(cursor, 0);
    return true;
}

static void buffer_reserve(struct traffic_cursor *cursor, size_t n) {
    if (cursor->capacity - cursor->n_buffer >= n)
        return;
    size_t capacity = cursor->capacity ? 2 * cursor->capacity : 256;
    while (capacity - cursor->n_buffer < n)
        capacity *= 2;
    cursor->buffer = arena_grow(cursor->arena, cursor->buffer, cursor->n_buffer, capacity,
                                sizeof *cursor->buffer);
    cursor->spare = arena_new(cursor->arena, struct request, capacity);
    cursor->capacity = capacity;
}

/* Stable merge sort by arrival, so that equal times keep their order on every machine. */
static void merge_sort(struct request *rows, struct request *spare, size_t n) {
    if (n < 2)
        return;
    size_t half = n / 2;
    merge_sort(rows, spare, half);
    merge_sort(rows + half, spare, n - half);
    memcpy(spare, rows, half * sizeof *rows);
    size_t left = 0, right = half, out = 0;
    while (left < half)
        rows[out++] = right < n && rows[right].arrival_ns < spare[left].arrival_ns ? rows[right++]
                                                                                   : spare[left++];
}

static size_t bucket_of(const struct traffic_cursor *cursor, const struct request *request) {
    return (size_t)(request->arrival_ns - cursor->minute * NS_PER_MINUTE) >> SORT_SHIFT;
}

/* The copies of a minute by arrival, equal times in the order in which they were pushed: first into
 * buckets of time, then each bucket by itself. */
static void sort_buffer(struct traffic_cursor *cursor) {
    size_t *ends = cursor->bucket_ends, n = cursor->n_buffer;
    memset(ends, 0, SORT_BUCKETS * sizeof *ends);
    for (size_t i = 0; i < n; i++)
        ends[bucket_of(cursor, &cursor->buffer[i])]++;
    for (size_t bucket = 0, start = 0; bucket < SORT_BUCKETS; bucket++) {
        size_t count = ends[bucket];
        ends[bucket] = start;
        start += count;
    }
    for (size_t i = 0; i < n; i++)
        cursor->spare[ends[bucket_of(cursor, &cursor->buffer[i])]++] = cursor->buffer[i];
    struct request *sorted = cursor->spare;
    cursor->spare = cursor->buffer;
    cursor->buffer = sorted;
    for (size_t bucket = 0, start = 0; bucket < SORT_BUCKETS; start = ends[bucket++])
        merge_sort(sorted + start, cursor->spare, ends[bucket] - start);
}

/* One offset for a whole minute's copies: a copy is then as bursty as the original. */
static void draw_offsets(struct traffic_cursor *cursor) {
    for (uint64_t copy = 1; copy < cursor->n_copies; copy++) {
        uint64_t key = (uint64_t)cursor->minute << 16 ^ copy;
        cursor->offsets[copy] =
            (int64_t)((uint128)draw(cursor, RNG_GROWTH_SHIFT, key) * NS_PER_MINUTE >> 64);
    }
}

static void push_copies(struct traffic_cursor *cursor, int64_t at_ns) {
    double whole = floor(cursor->window.growth), part = cursor->window.growth - whole;
    uint64_t bits = draw(cursor, RNG_GROWTH_COPY, walk_key(&cursor->walk));
    int n_copies = (int)whole + (rng_unit(bits) < part);
    struct request request = cursor->traffic->requests[cursor->walk.index];
    int64_t start_ns = cursor->minute * NS_PER_MINUTE;
    buffer_reserve(cursor, (size_t)n_copies);
    for (int copy = 0; copy < n_copies; copy++) {
        int64_t rotated = at_ns - start_ns + cursor->offsets[copy];
        request.arrival_ns =
            start_ns + (rotated < NS_PER_MINUTE ? rotated : rotated - NS_PER_MINUTE);
        request.edition = edition_of(cursor, copy);
        cursor->buffer[cursor->n_buffer++] = request;
    }
}

/* Fill the buffer with the next minute that has requests; false at the end of the window. */
static bool fill_buffer(struct traffic_cursor *cursor) {
    cursor->n_buffer = cursor->next = 0;
    while (cursor->n_buffer == 0) {
        int64_t at_ns = walk_time(&cursor->walk);
        int64_t minute = at_ns / NS_PER_MINUTE;
        if (minute * NS_PER_MINUTE >= cursor->window.to_ns)
            return false;
        cursor->minute = minute;
        draw_offsets(cursor);
        for (; at_ns / NS_PER_MINUTE == minute; at_ns = walk_time(&cursor->walk)) {
            push_copies(cursor, at_ns);
            cursor->walk.index++;
        }
    }
    sort_buffer(cursor);
    return true;
}

static bool next_copy(struct traffic_cursor *cursor, struct request *request) {
    do {
        if (cursor->next == cursor->n_buffer && !fill_buffer(cursor))
            return false;
        *request = cursor->buffer[cursor->next++];
    } while (request->arrival_ns < cursor->window.from_ns);
    if (request->arrival_ns >= cursor->window.to_ns)
        return false;
    request->arrival_ns -= cursor->window.from_ns;
    return true;
}

bool traffic_next(struct traffic_cursor *cursor, struct request *request) {
    if (cursor->traffic->kind == TRAFFIC_GENERATED)
        return next_generated(cursor, request);
    if (cursor->traffic->kind == TRAFFIC_CLIENTS)
        return next_of_clients(cursor, request);
    if (cursor->traffic->kind == TRAFFIC_MIX)
        return next_of_streams(cursor, request);
    return cursor->window.growth == 1.0 ? next_row(cursor, request) : next_copy(cursor, request);
}

/* ---- steady traffic and means ---- */

struct traffic traffic_steady(const struct traffic *of, double rate_per_second) {
    struct traffic steady = *of;
    steady.kind = TRAFFIC_GENERATED;
    steady.tiled = false;
    steady.days = 7;
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        steady.rate_per_second[hour] = rate_per_second;
    return steady;
}

double traffic_mean_input(const struct traffic *traffic) {
    if (!traffic->requests)
        return length_mean(&traffic->input);
    double sum = 0;
    for (size_t i = 0; i < traffic->n_requests; i++)
        sum += traffic->requests[i].input_tokens;
    return sum / (double)traffic->n_requests;
}

double traffic_mean_output(const struct traffic *traffic) {
    if (!traffic->requests)
        return length_mean(&traffic->output);
    double sum = 0;
    for (size_t i = 0; i < traffic->n_requests; i++)
        sum += traffic->requests[i].output_tokens;
    return sum / (double)traffic->n_requests;
}

/* ---- checks ---- */

static bool inside(double value, double low, double high) {
    return value >= low && value <= high; /* false for NaN */
}

static bool check_rates(const struct traffic *traffic, struct err *err) {
    double sum = 0;
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++) {
        if (!inside(traffic->rate_per_second[hour], 0, 1e7))
            return err_set(err, ERR_INPUT,
                           "the rate of hour %d of the week is not 0 to 1e7 a second", hour);
        sum += traffic->rate_per_second[hour];
    }
    return sum > 0 || err_set(err, ERR_INPUT, "no hour of the week has a request");
}

static bool check_burstiness(struct burstiness b, struct err *err) {
    if (!inside(b.minute_cv, 0, 4))
        return err_set(err, ERR_INPUT, "the minute CV is not 0 to 4");
    if (!inside(b.minute_correlation, 0, 1) || b.minute_correlation >= 1)
        return err_set(err, ERR_INPUT, "the minute correlation is not 0 to below 1");
    if (!inside(b.arrival_cv, 0.05, 50))
        return err_set(err, ERR_INPUT, "the arrival CV is not 0.05 to 50");
    if (!(b.busy_share == 0 || inside(b.busy_share, 0.001, 0.99)))
        return err_set(err, ERR_INPUT, "the busy share is neither 0 nor 0.1%% to 99%%");
    if (b.busy_share > 0 && b.arrival_cv < 1.01) {
        err_set(err, ERR_INPUT, "a busy share needs an arrival CV above 1");
        err_hint(err,
                 "arrivals in busy spells are burstier than Poisson; leave the busy share out");
        return false;
    }
    return true;
}

static bool check_table(const struct length_distribution *lengths, const char *which,
                        struct err *err) {
    if (lengths->n < 2 || lengths->n > LENGTH_TABLE_MAX || lengths->p[0] != 0 ||
        lengths->p[lengths->n - 1] != 1)
        return err_set(err, ERR_INPUT, "the %s table needs 2 to %d quantiles from 0 to 1", which,
                       LENGTH_TABLE_MAX);
    for (int i = 1; i < lengths->n; i++)
        if (!(lengths->p[i] > lengths->p[i - 1]) || !(lengths->tokens[i] >= lengths->tokens[i - 1]))
            return err_set(err, ERR_INPUT, "the %s table does not rise at its row %d", which,
                           i + 1);
    return inside(lengths->tokens[0], 0, INT32_MAX) &&
                   inside(lengths->tokens[lengths->n - 1], 0, INT32_MAX)
               ? true
               : err_set(err, ERR_INPUT, "the %s table has lengths out of range", which);
}

static bool check_lengths(const struct length_distribution *lengths, int32_t least,
                          const char *which, struct err *err) {
    if (lengths->min < least || lengths->max < lengths->min)
        return err_set(err, ERR_INPUT, "%s lengths need %d <= min <= max", which, (int)least);
    switch (lengths->kind) {
    case LENGTH_FIXED:
        return inside(lengths->value, 0, INT32_MAX) ||
               err_set(err, ERR_INPUT, "the fixed %s length is out of range", which);
    case LENGTH_LOGNORMAL:
        return (inside(lengths->median, 1e-3, INT32_MAX) && inside(lengths->sigma, 0, 10)) ||
               err_set(err, ERR_INPUT, "the %s median or sigma is out of range", which);
    case LENGTH_TABLE:
        return check_table(lengths, which, err);
    }
    return err_set(err, ERR_INPUT, "unknown kind of %s lengths", which);
}

bool traffic_check(const struct traffic *traffic, struct err *err) {
    return check_rates(traffic, err) && check_burstiness(traffic->burstiness, err) &&
           (traffic->requests || (check_lengths(&traffic->input, 1, "input", err) &&
                                  check_lengths(&traffic->output, 0, "output", err)));
}
