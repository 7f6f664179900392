/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window at a time: the gaps of each client are drawn once for their sum, once more up to the
 * phase, and go on from there, round the circle. So nothing is kept of a client but its place. */
#include <math.h>

#include "base/err.h"
#include "sim/client_windows.h"

#define NS_PER_WEEK (HOURS_PER_WEEK * 3600000000000LL)

/* ---- lengths ---- */

static const double quantile_shares[CLIENT_QUANTILES] = {0.01, 0.05, 0.1,  0.25, 0.5,
                                                         0.75, 0.9,  0.95, 0.99, 1};
enum { MEDIAN = 4 };

/* Straight lines; above the median curves x^k with a mean of `bend` = 1 / (k + 1), which rise late
 * where a few are long. */
double client_length_at(const struct client_length *length, double u) {
    int i = 0;
    while (quantile_shares[i] < u && i < CLIENT_QUANTILES - 1)
        i++;
    if (i == 0)
        return length->tokens[0];
    double low = quantile_shares[i - 1];
    double x = fmin((u - low) / (quantile_shares[i] - low), 1);
    if (i > MEDIAN && length->bend != 0.5)
        x = rng_exp(rng_log(x) * (1 / length->bend - 1));
    return length->tokens[i - 1] + x * (length->tokens[i] - length->tokens[i - 1]);
}

double client_length_bend(const struct client_length *length, double mean) {
    const double *shares = quantile_shares, *tokens = length->tokens;
    double below = shares[0] * tokens[0], rise = 0;
    for (int i = 1; i < CLIENT_QUANTILES; i++) {
        double share = shares[i] - shares[i - 1], step = tokens[i] - tokens[i - 1];
        below += share * (i > MEDIAN ? tokens[i - 1] : tokens[i - 1] + 0.5 * step);
        rise += i > MEDIAN ? share * step : 0;
    }
    return rise > 0 ? fmin(fmax((mean - below) / rise, 0.02), 0.98) : 0.5;
}

/* ---- one client in one window ---- */

struct client_place {
    const struct client_length *input, *output; /* in this window; NULL: drawn from the pool */
    const struct client_window *row;
    uint64_t key;
    struct rng start, rng; /* before the first gap; now */
    int64_t n, next;       /* requests; index of the next in the order of the gaps */
    int64_t n_left;
    double sum, at, phase; /* of the gaps; the next one's end; where the window starts */
    double scale;          /* the law's other parameter */
};

struct pool_entry {
    const struct client_length *input, *output;
    double below; /* cumulative weight */
};

struct client_process {
    const struct traffic *traffic;
    const struct client_windows *windows;
    uint64_t replication;
    double growth;
    int64_t cell, cell_end; /* windows since planning hour 0: that which is open, the first not */
    struct client_place *places;
    struct winner_tree tree; /* next arrival of each client, ns in the window */
    size_t n_pool;
    struct pool_entry *pool;
};

static double draw_gap(struct client_place *place) {
    if (!place->row->weibull)
        return rng_gamma(&place->rng, place->row->shape, 1);
    return rng_exp(rng_log(rng_exponential(&place->rng, 1)) * place->scale);
}

static void rewind_place(struct client_place *place) {
    place->rng = place->start;
    place->next = 0;
    place->at = draw_gap(place);
}

static void step_place(struct client_place *place) {
    if (++place->next == place->n)
        rewind_place(place);
    else
        place->at += draw_gap(place);
}

/* The instant of the next request, in the window. Before the phase: the next round's. */
static int64_t time_of(const struct client_process *process, const struct client_place *place) {
    int64_t width_ns = process->windows->width_ns;
    double from_phase = place->at - place->phase;
    if (from_phase < 0)
        from_phase += place->sum;
    int64_t ns = (int64_t)(from_phase / place->sum * (double)width_ns);
    return ns < width_ns ? ns : width_ns - 1;
}

static void schedule(struct client_process *process, int client, int64_t least_ns) {
    struct client_place *place = &process->places[client];
    winner_key key = WINNER_NONE;
    if (place->n_left > 0) {
        int64_t ns = time_of(process, place);
        key = winner_key_of((uint64_t)(ns > least_ns ? ns : least_ns), (uint64_t)client);
    }
    winner_tree_set(&process->tree, (uint32_t)client, key);
}

static int64_t count_of(const struct client_process *process, const struct client_window *row,
                        uint64_t key) {
    double expected =
        row->rate_per_second * process->growth * ((double)process->windows->width_ns * 1e-9);
    double whole = floor(expected + 1e-6); /* a rate is a count over the width, rounded */
    double part = fmax(expected - whole, 0);
    return (int64_t)whole + (part > 1e-6 && rng_unit(rng_at(key, 1)) < part);
}

static void open_place(struct client_process *process, const struct client_window *row) {
    struct client_place *place = &process->places[row->client];
    uint64_t entity = (uint64_t)process->cell << 24 ^ (uint64_t)row->client;
    uint64_t seed = process->traffic->seed;
    place->row = row;
    place->key = rng_keyed(seed, process->replication, RNG_ARRIVAL, entity);
    place->n = place->n_left = count_of(process, row, place->key);
    if (place->n == 0)
        return;
    place->start = rng_open(seed, process->replication, RNG_ARRIVAL, entity);
    place->scale = 1 / row->shape;
    rewind_place(place);
    for (int64_t i = 1; i < place->n; i++)
        step_place(place);
    place->sum = fmax(place->at, 1e-300);
    place->phase = rng_unit(rng_at(place->key, 2)) * place->sum;
    rewind_place(place);
    while (place->at < place->phase && place->next < place->n - 1)
        step_place(place);
    schedule(process, row->client, 0);
}

/* ---- whose lengths ---- */

static int compare_lengths(const struct client_length *row, bool output, int32_t number,
                           int64_t start_ns) {
    if (row->output != output)
        return row->output ? 1 : -1;
    if (row->number != number)
        return row->number > number ? 1 : -1;
    return (row->start_ns > start_ns) - (row->start_ns < start_ns);
}

/* The client's latest lengths from that time or before, else its earliest; NULL: it has none. */
static const struct client_length *find_lengths(const struct client_lengths *lengths, bool output,
                                                int32_t number, int64_t at_ns) {
    size_t low = 0, high = lengths->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_lengths(&lengths->rows[middle], output, number, at_ns) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low > 0 ? low - 1 : 0; i <= low && i < lengths->n; i++)
        if (lengths->rows[i].number == number && lengths->rows[i].output == output)
            return &lengths->rows[i];
    return NULL;
}

/* [n_clients] sums of rates. */
static double *client_weights(struct arena *arena, const struct client_windows *windows) {
    double *weights = arena_new(arena, double, windows->n_clients);
    for (size_t i = 0; i < windows->n; i++)
        weights[windows->rows[i].client] += windows->rows[i].rate_per_second;
    return weights;
}

double client_lengths_missing(const struct client_windows *windows,
                              const struct client_lengths *lengths, struct arena *scratch,
                              int *n_clients) {
    const double *weights = client_weights(scratch, windows);
    double missing = 0, all = 0;
    *n_clients = 0;
    for (int client = 0; client < windows->n_clients; client++) {
        int32_t number = windows->client_numbers[client];
        bool has = find_lengths(lengths, false, number, INT64_MIN) &&
                   find_lengths(lengths, true, number, INT64_MIN);
        *n_clients += !has && weights[client] > 0;
        missing += has ? 0 : weights[client];
        all += weights[client];
    }
    return *n_clients == windows->n_clients ? 1 : missing / all;
}

/* Clients without lengths draw from those of the others, by their requests. */
static void fill_pool(struct arena *arena, struct client_process *process) {
    const struct client_windows *windows = process->windows;
    const struct client_lengths *lengths = process->traffic->client_lengths;
    const double *weights = client_weights(arena, windows);
    const struct client_length *end = lengths->rows + lengths->n;
    double below = 0;
    process->pool = arena_new(arena, struct pool_entry, lengths->n);
    for (int client = 0; client < windows->n_clients; client++) {
        int32_t number = windows->client_numbers[client];
        const struct client_length *first = find_lengths(lengths, false, number, INT64_MIN);
        int n_rows = 0;
        while (first && first + n_rows < end && first[n_rows].number == number &&
               !first[n_rows].output)
            n_rows++;
        for (int i = 0; i < n_rows; i++) {
            const struct client_length *output =
                find_lengths(lengths, true, number, first[i].start_ns);
            if (!output)
                continue;
            below += weights[client] / n_rows;
            process->pool[process->n_pool++] = (struct pool_entry){&first[i], output, below};
        }
    }
}

static const struct pool_entry *pool_pick(const struct client_process *process, double u) {
    double at = u * process->pool[process->n_pool - 1].below;
    size_t low = 0, high = process->n_pool - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (process->pool[middle].below < at)
            low = middle + 1;
        else
            high = middle;
    }
    return &process->pool[low];
}

static int32_t whole_tokens(double tokens, int32_t least) {
    double rounded = floor(tokens + 0.5);
    return rounded < least ? least : (int32_t)fmin(rounded, INT32_MAX);
}

static uint64_t key_of(const struct client_place *place) {
    return 16 + 4 * (uint64_t)place->n_left;
}

static void draw_lengths(const struct client_process *process, const struct client_place *place,
                         struct request *request) {
    uint64_t index = key_of(place);
    const struct client_length *input = place->input, *output = place->output;
    if (!input || !output) {
        const struct pool_entry *entry =
            pool_pick(process, rng_unit(rng_at(place->key, index + 2)));
        input = entry->input;
        output = entry->output;
    }
    double in = client_length_at(input, rng_unit(rng_at(place->key, index)));
    double out = client_length_at(output, rng_unit(rng_at(place->key, index + 1)));
    request->input_tokens = whole_tokens(in, 1);
    request->output_tokens = whole_tokens(out, 0);
}

/* ---- windows ---- */

/* Which window of the file a cell of the planning weeks is. */
static int window_of_cell(const struct client_process *process, int64_t cell) {
    int64_t width_ns = process->windows->width_ns;
    int64_t in_week = cell % (NS_PER_WEEK / width_ns);
    int64_t span = process->traffic->span_ns / width_ns;
    int64_t from_start = (in_week - process->traffic->start_of_week_ns / width_ns) % span;
    return (int)(process->traffic->first_window +
                 (from_start < 0 ? from_start + span : from_start));
}

static void open_cell(struct client_process *process) {
    const struct client_windows *windows = process->windows;
    const struct client_lengths *lengths = process->traffic->client_lengths;
    int window = window_of_cell(process, process->cell);
    int64_t at_ns = windows->start_ns + window * windows->width_ns;
    if (window >= windows->n_windows)
        return;
    for (size_t i = windows->first[window]; i < windows->first[window + 1]; i++) {
        const struct client_window *row = &windows->rows[i];
        struct client_place *place = &process->places[row->client];
        int32_t number = windows->client_numbers[row->client];
        place->input = lengths ? find_lengths(lengths, false, number, at_ns) : NULL;
        place->output = lengths ? find_lengths(lengths, true, number, at_ns) : NULL;
        open_place(process, row);
    }
}

struct client_process *client_process_open(struct arena *arena, const struct traffic *traffic,
                                           struct traffic_window window) {
    const struct client_windows *windows = traffic->clients;
    struct client_process *process = arena_new(arena, struct client_process, 1);
    *process = (struct client_process){
        .traffic = traffic,
        .windows = windows,
        .replication = window.replication,
        .growth = window.growth,
        .cell = window.from_ns / windows->width_ns - 1,
        .cell_end = (window.to_ns + windows->width_ns - 1) / windows->width_ns,
        .places = arena_new(arena, struct client_place, windows->n_clients),
        .tree = winner_tree_open(arena),
    };
    for (int client = 0; client < windows->n_clients; client++)
        winner_tree_grow(&process->tree, arena, (uint32_t)client);
    if (traffic->client_lengths)
        fill_pool(arena, process);
    return process;
}

bool client_process_next(struct client_process *process, struct request *request, uint64_t *key) {
    winner_key least = winner_tree_least(&process->tree);
    while (least == WINNER_NONE) {
        if (process->cell + 1 >= process->cell_end)
            return false;
        process->cell++;
        open_cell(process);
        least = winner_tree_least(&process->tree);
    }
    int client = (int)(uint32_t)least;
    int64_t in_window_ns = (int64_t)winner_high(least);
    struct client_place *place = &process->places[client];
    request->arrival_ns = process->cell * process->windows->width_ns + in_window_ns;
    request->row = -1;
    *key = rng_at(place->key, key_of(place) + 3);
    if (process->traffic->client_lengths)
        draw_lengths(process, place, request);
    place->n_left--;
    step_place(place);
    schedule(process, client, in_window_ns);
    return true;
}

double client_windows_requests(const struct client_windows *windows, int window) {
    double sum = 0;
    for (size_t i = windows->first[window]; i < windows->first[window + 1]; i++)
        sum += windows->rows[i].rate_per_second * (double)windows->width_ns * 1e-9;
    return sum;
}
