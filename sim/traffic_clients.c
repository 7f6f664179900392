/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the windows of clients to a planning week. */
#include "base/err.h"
#include "sim/client_windows.h"

#define NS_PER_HOUR 3600000000000LL
#define NS_PER_DAY (24 * NS_PER_HOUR)
#define NS_PER_WEEK (7 * NS_PER_DAY)

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
        traffic_fit_sampled(arena, out);
    if (lengths)
        traffic_sample_week(arena, out);
    return true;
}
