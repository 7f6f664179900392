/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What SIZE needs of traffic that has no rows of its own, and mixes of streams. */
#include <math.h>

#include "base/err.h"
#include "sim/traffic.h"
#include "sim/traffic_fit.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_HOUR (3600 * NS_PER_SECOND)
#define NS_PER_WEEK (HOURS_PER_WEEK * NS_PER_HOUR)

enum {
    SAMPLE_ROWS = 65536,
    FIT_REQUESTS = 4000000,
    FIT_HOURS_MOST = 24,
    SECONDS_AN_HOUR = 3600,
    MINUTES_AN_HOUR = 60
};

static int busiest_hour(const struct traffic *traffic) {
    int busiest = 0;
    for (int hour = 1; hour < HOURS_PER_WEEK; hour++)
        if (traffic->rate_per_second[hour] > traffic->rate_per_second[busiest])
            busiest = hour;
    return busiest;
}

/* Hours from the busiest on, as many as a few million requests allow. */
static int hours_to_fit(const struct traffic *traffic, int busiest) {
    double requests = 0;
    int n_hours = 0;
    while (n_hours < FIT_HOURS_MOST && requests < FIT_REQUESTS)
        requests += 3600 * traffic->rate_per_second[(busiest + n_hours++) % HOURS_PER_WEEK];
    return n_hours;
}

void traffic_fit_sampled(struct arena *arena, struct traffic *traffic) {
    int busiest = busiest_hour(traffic), n_hours = hours_to_fit(traffic, busiest);
    struct traffic_window window = {
        .from_ns = busiest * NS_PER_HOUR, .to_ns = (busiest + n_hours) * NS_PER_HOUR, .growth = 1};
    double *seconds = arena_new(arena, double, SECONDS_AN_HOUR), n = 0;
    double *minutes = arena_new(arena, double, MINUTES_AN_HOUR);
    struct count_moments by_second = {0}, by_minute = {0};
    struct traffic_cursor *cursor = traffic_open(arena, traffic, window);
    struct request request;
    bool more = traffic_next(cursor, &request);
    for (int hour = 0; hour < n_hours; hour++) {
        for (int i = 0; i < SECONDS_AN_HOUR; i++)
            seconds[i] = minutes[i / MINUTES_AN_HOUR] = 0;
        for (; more && request.arrival_ns < (hour + 1) * NS_PER_HOUR; n++) {
            int64_t second = (request.arrival_ns - hour * NS_PER_HOUR) / NS_PER_SECOND;
            seconds[second]++;
            minutes[second / 60]++;
            more = traffic_next(cursor, &request);
        }
        count_moments_add_hour(&by_second, seconds, SECONDS_AN_HOUR);
        count_moments_add_hour(&by_minute, minutes, MINUTES_AN_HOUR);
    }
    traffic->burstiness = by_minute.mean > 0
                              ? traffic_fit_moments(&by_second, &by_minute, n / (3600.0 * n_hours))
                              : (struct burstiness){.arrival_cv = 1};
}

void traffic_sample_week(struct arena *arena, struct traffic *traffic) {
    struct request *rows = arena_new(arena, struct request, SAMPLE_ROWS);
    double week = 0;
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        week += 3600 * traffic->rate_per_second[hour];
    struct traffic_window window = {.to_ns = NS_PER_WEEK,
                                    .growth = fmin(0.95 * SAMPLE_ROWS / week, 1)};
    struct traffic_cursor *cursor = traffic_open(arena, traffic, window);
    size_t n = 0;
    while (n < SAMPLE_ROWS && traffic_next(cursor, &rows[n]))
        n++;
    if (n > 0) {
        traffic->requests = rows;
        traffic->n_requests = n;
    }
}

void traffic_from_streams(struct arena *arena, struct traffic *out) {
    struct traffic mix = {.kind = TRAFFIC_MIX,
                          .name = "mix",
                          .format = "mix",
                          .days = INFINITY,
                          .n_streams = out->n_streams,
                          .seed = out->streams[0].traffic->seed};
    ENSURE(mix.n_streams >= 1 && mix.n_streams <= STREAMS_MAX);
    for (int i = 0; i < mix.n_streams; i++) {
        const struct traffic *stream = out->streams[i].traffic;
        ENSURE(stream->kind != TRAFFIC_MIX);
        mix.streams[i] = out->streams[i];
        mix.tiled = mix.tiled || stream->tiled;
        mix.days = fmin(mix.days, stream->days);
        for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
            mix.rate_per_second[hour] += stream->rate_per_second[hour];
    }
    traffic_fit_sampled(arena, &mix);
    traffic_sample_week(arena, &mix);
    *out = mix;
}
