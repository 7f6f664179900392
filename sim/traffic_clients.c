/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the windows of clients to a planning week, and what SIZE needs of it: how bursty it is, and
 * a sample of its lengths. */
#include <math.h>

#include "base/err.h"
#include "sim/client_windows.h"
#include "sim/traffic_fit.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_HOUR (3600 * NS_PER_SECOND)
#define NS_PER_DAY (24 * NS_PER_HOUR)
#define NS_PER_WEEK (7 * NS_PER_DAY)

enum { SAMPLE_ROWS = 65536, FIT_REQUESTS = 4000000, FIT_HOURS_MOST = 24 };

/* ---- the busiest week ---- */

static double *expected_requests(struct arena *arena, const struct client_windows *windows) {
    double *expected = arena_new(arena, double, windows->n_windows);
    for (int w = 0; w < windows->n_windows; w++)
        expected[w] = client_windows_requests(windows, w);
    return expected;
}

/* A week, whole days, or all: in windows. */
static int planned_windows(const struct client_windows *windows) {
    int64_t span_ns = windows->n_windows * windows->width_ns;
    int64_t days = span_ns / NS_PER_DAY;
    if (days == 0 || NS_PER_DAY % windows->width_ns != 0)
        return span_ns > NS_PER_WEEK ? (int)(NS_PER_WEEK / windows->width_ns) : windows->n_windows;
    return (int)((days < 7 ? days : 7) * (NS_PER_DAY / windows->width_ns));
}

/* First window of the busiest stretch that starts on an hour of the file; the earliest among
 * equals. */
static int busiest_window(const struct client_windows *windows, const double *expected, int n) {
    int step = (int)(NS_PER_HOUR / windows->width_ns), best = 0;
    double most = -1;
    for (int from = 0; from + n <= windows->n_windows; from += step > 0 ? step : 1) {
        double sum = 0;
        for (int w = 0; w < n; w++)
            sum += expected[from + w];
        if (sum > most * (1 + 1e-12)) {
            most = sum;
            best = from;
        }
    }
    return best;
}

static void fill_rates(const struct client_windows *windows, const double *expected,
                       struct traffic *out) {
    int64_t width_ns = windows->width_ns, span = out->span_ns / width_ns;
    int64_t first = out->start_of_week_ns / width_ns;
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++) {
        int64_t from_ns = hour * NS_PER_HOUR, to_ns = from_ns + NS_PER_HOUR;
        double sum = 0;
        for (int64_t cell = from_ns / width_ns; cell * width_ns < to_ns; cell++) {
            int64_t start_ns = cell * width_ns, end_ns = start_ns + width_ns;
            int64_t inside_ns =
                (end_ns < to_ns ? end_ns : to_ns) - (start_ns > from_ns ? start_ns : from_ns);
            int64_t window = (((cell - first) % span) + span) % span;
            sum += expected[out->first_window + window] * (double)inside_ns / (double)width_ns;
        }
        out->rate_per_second[hour] = sum / 3600;
    }
}

/* ---- what SIZE needs ---- */

/* Counts a second of the hours from the busiest on, as many as few million requests allow. */
static void fit_burstiness(struct arena *arena, struct traffic *out) {
    double *counts = arena_new(arena, double, 3660), *minutes = counts + 3600, requests = 0;
    struct count_moments by_second = {0}, by_minute = {0};
    int busiest = 0, n_hours = 0;
    for (int hour = 1; hour < HOURS_PER_WEEK; hour++)
        if (out->rate_per_second[hour] > out->rate_per_second[busiest])
            busiest = hour;
    while (n_hours < FIT_HOURS_MOST && requests < FIT_REQUESTS)
        requests += 3600 * out->rate_per_second[(busiest + n_hours++) % HOURS_PER_WEEK];
    struct traffic_window window = {
        .from_ns = busiest * NS_PER_HOUR, .to_ns = (busiest + n_hours) * NS_PER_HOUR, .growth = 1};
    struct client_process *process = client_process_open(arena, out, window);
    struct request request;
    uint64_t key;
    bool more = client_process_next(process, &request, &key);
    double n = 0;
    for (int hour = busiest; hour < busiest + n_hours; hour++) {
        for (int i = 0; i < 3660; i++)
            counts[i] = 0;
        for (; more && request.arrival_ns < (hour + 1) * NS_PER_HOUR; n++) {
            int64_t in_hour_ns = request.arrival_ns - hour * NS_PER_HOUR;
            if (in_hour_ns >= 0) {
                counts[in_hour_ns / NS_PER_SECOND]++;
                minutes[in_hour_ns / NS_PER_SECOND / 60]++;
            }
            more = client_process_next(process, &request, &key);
        }
        count_moments_add_hour(&by_second, counts, 3600);
        count_moments_add_hour(&by_minute, minutes, 60);
    }
    out->burstiness = by_minute.mean > 0
                          ? traffic_fit_moments(&by_second, &by_minute, n / (3600.0 * n_hours))
                          : (struct burstiness){.arrival_cv = 1};
}

/* A thin week: every client with its share. */
static void sample_lengths(struct arena *arena, struct traffic *out) {
    struct request *rows = arena_new(arena, struct request, SAMPLE_ROWS);
    double week = 0;
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        week += 3600 * out->rate_per_second[hour];
    struct traffic_window window = {.to_ns = NS_PER_WEEK,
                                    .growth = fmin(0.95 * SAMPLE_ROWS / week, 1)};
    struct client_process *process = client_process_open(arena, out, window);
    size_t n = 0;
    uint64_t key;
    while (n < SAMPLE_ROWS && client_process_next(process, &rows[n], &key))
        n++;
    if (n > 0) {
        out->requests = rows;
        out->n_requests = n;
    }
}

bool traffic_from_clients(struct arena *arena, const struct client_windows *clients,
                          const struct client_lengths *lengths, int64_t start_of_week_ns,
                          struct traffic *out, struct err *err) {
    int n_missing;
    if (lengths && client_lengths_missing(clients, lengths, arena, &n_missing) >= 1) {
        err_set(err, ERR_INPUT, "the lengths are of other clients: none of the windows' has any");
        err_hint(err, "clients are matched by their numbers");
        return false;
    }
    double *expected = expected_requests(arena, clients);
    int n = planned_windows(clients);
    bool fitted = !(out->burstiness.arrival_cv > 0);
    out->kind = TRAFFIC_CLIENTS;
    out->clients = clients;
    out->client_lengths = lengths;
    out->first_window = busiest_window(clients, expected, n);
    out->span_ns = n * clients->width_ns;
    out->start_of_week_ns =
        (start_of_week_ns + out->first_window * clients->width_ns) % NS_PER_WEEK;
    out->tiled = out->span_ns < NS_PER_WEEK;
    out->days = (double)(clients->n_windows * clients->width_ns) / (double)NS_PER_DAY;
    fill_rates(clients, expected, out);
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        if (!(out->rate_per_second[hour] <= 1e7))
            return err_set(err, ERR_INPUT, "more than 1e7 requests a second in hour %d", hour);
    if (fitted)
        fit_burstiness(arena, out);
    if (lengths)
        sample_lengths(arena, out);
    return true;
}
