/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Traffic told by client and window of time (ServeGen): in each window a client has a mean rate
 * and a law of the gaps between its requests; and how long its requests are, in wider windows.
 *
 *  Requests: a window of W seconds at rate r has r W requests, a fraction one more at random. Their
 * gaps are drawn from the law, scaled so that they add up to W, and laid on the window as on a
 * circle from a phase that is drawn evenly. So a window has all its requests and is as bursty as
 * the law says, and nothing happens at its edges: no instant of a window is likelier than another.
 * Input and output lengths are drawn apart.
 *
 *  A draw is keyed by (seed, replication, window, client, index): any window can be drawn alone. */
#ifndef HEADROOM_SIM_CLIENT_WINDOWS_H
#define HEADROOM_SIM_CLIENT_WINDOWS_H

#include "base/arena.h"
#include "base/rng.h"
#include "sim/traffic.h"
#include "sim/winner_tree.h"

struct client_window {
    int32_t client; /* index of the client, in rising order of its number in the file */
    int32_t window; /* since the first window of the file */
    double rate_per_second;
    double shape; /* of the law; its mean is 1 / rate */
    bool weibull; /* else gamma */
};

struct client_windows {
    int64_t start_ns, width_ns; /* of the first window; of all */
    int n_windows;              /* to the last that has traffic */
    int n_clients;
    const int32_t *client_numbers; /* [n_clients] as in the file */
    size_t n;
    const struct client_window *rows; /* [n] by window, then client; rate > 0 */
    const size_t *first;              /* [n_windows + 1] row of each window */
};

enum { CLIENT_QUANTILES = 10 };

/** One field's lengths of one client from start_ns on. */
struct client_length {
    int32_t number; /* of the client in the file */
    bool output;
    int64_t start_ns;
    double tokens[CLIENT_QUANTILES]; /* P1, 5, 10, 25, 50, 75, 90, 95, 99 and the largest */
    double bend; /* of the parts above the median: the share of the way up that their mean has, so
                    that the mean of all is the one published */
};

struct client_lengths {
    size_t n;
    const struct client_length *rows; /* [n] by output, client, start */
};

/** Tokens at probability u in (0, 1). */
double client_length_at(const struct client_length *length, double u);
/** The bend that gives tokens[] this mean, as near as 0.02 .. 0.98 allows; 1/2 is straight. */
double client_length_bend(const struct client_length *length, double mean);

/** Requests of all clients, in order of arrival. */
struct client_process;

/** From the window's planning week: the traffic's windows, as in sim/traffic.h. */
struct client_process *client_process_open(struct arena *arena, const struct traffic *traffic,
                                           struct traffic_window window);
/** arrival_ns since planning hour 0, and the key of the request's own draws; false at the end. */
bool client_process_next(struct client_process *process, struct request *request, uint64_t *key);

/** Clients with traffic and without lengths of both fields, and their share of the requests. They
 * draw from the lengths of all others, by their requests. Share 1: there is nothing to draw from.
 */
double client_lengths_missing(const struct client_windows *windows,
                              const struct client_lengths *lengths, struct arena *scratch,
                              int *n_clients);

/** Requests expected in a window of the file. */
double client_windows_requests(const struct client_windows *windows, int window);

#endif
