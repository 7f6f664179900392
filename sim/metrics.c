/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/metrics.h"

static sim_ticks limit_of(double seconds) {
    if (seconds <= 0 || seconds >= (double)(TICKS_MAX / TICKS_PER_SECOND))
        return INT64_MAX;
    return ticks_from_seconds(seconds);
}

struct slo_limits slo_limits_of(const struct slo *slo) {
    return (struct slo_limits){limit_of(slo->ttft_s), limit_of(slo->tpot_s),
                               limit_of(slo->latency_s)};
}

bool slo_limits_hold(const struct slo_limits *limits, sim_ticks first_token, sim_ticks finish,
                     int32_t output_tokens) {
    sim_ticks decode = finish - first_token;
    int64_t gaps = output_tokens > 1 ? output_tokens - 1 : 0;
    return first_token <= limits->ttft && finish <= limits->latency &&
           (gaps == 0 || limits->tpot == INT64_MAX ||
            (double)decode <= (double)limits->tpot * (double)gaps);
}

struct metrics metrics_open(struct arena *arena, const struct slo *slo,
                            const struct traffic *traffic, struct replay_result *result) {
    struct metrics metrics = {.result = result,
                              .slo = *slo,
                              .limits = {slo_limits_of(slo)},
                              .by_group = result->n_groups > 1};
    result->n_streams = traffic ? traffic->n_streams : 0;
    result->stream_hours =
        arena_new(arena, struct replay_hour, result->n_streams * result->n_hours);
    result->stream_use = arena_new(arena, struct stream_use, result->n_streams);
    for (int stream = 0; stream < result->n_streams; stream++)
        metrics.limits[stream] = slo_limits_of(&traffic->streams[stream].slo);
    return metrics;
}

static struct group_result *group_of(struct metrics *metrics, const struct work *work) {
    return &metrics->result->groups[work->group];
}

static struct replay_hour *hour_of(struct metrics *metrics, const struct work *work) {
    return &metrics->result->hours[work->arrival / TICKS_PER_HOUR];
}

/* NULL: no mix. */
static struct replay_hour *stream_hour_of(struct metrics *metrics, const struct work *work) {
    struct replay_result *result = metrics->result;
    return result->n_streams > 0 ? &result->stream_hours[work->stream * result->n_hours +
                                                         work->arrival / TICKS_PER_HOUR]
                                 : NULL;
}

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93ULL;
    z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93ULL;
    return z ^ (z >> 32);
}

static void hash(struct metrics *metrics, int64_t id, sim_ticks first_token, sim_ticks finish) {
    uint64_t h = mix((uint64_t)id + 1);
    h = mix(h ^ (uint64_t)first_token);
    metrics->result->request_hash += mix(h ^ (uint64_t)finish);
}

void metrics_arrived(struct metrics *metrics, const struct work *work) {
    struct group_result *group = group_of(metrics, work);
    group->arrived++;
    if (metrics->by_group)
        group->hours[work->arrival / TICKS_PER_HOUR].arrived++;
    if (group->aside)
        return;
    struct replay_hour *stream = stream_hour_of(metrics, work);
    hour_of(metrics, work)->arrived++;
    if (stream)
        stream->arrived++;
}

void metrics_moved(struct metrics *metrics, const struct work *work, int to) {
    struct group_result *groups = metrics->result->groups;
    int64_t hour = work->arrival / TICKS_PER_HOUR;
    ENSURE(!groups[work->group].aside && !groups[to].aside);
    groups[work->group].arrived--;
    groups[to].arrived++;
    groups[work->group].hours[hour].arrived--;
    groups[to].hours[hour].arrived++;
}

void metrics_rejected(struct metrics *metrics, const struct work *work) {
    struct group_result *group = group_of(metrics, work);
    group->rejected++;
    metrics->result->lost.late += !group->aside && work->restarts > 0;
    hash(metrics, work->id, NO_TICKS, NO_TICKS);
}

void metrics_limited(struct metrics *metrics, const struct work *work) {
    struct group_result *group = group_of(metrics, work);
    if (metrics->by_group)
        group->hours[work->arrival / TICKS_PER_HOUR].limited++;
    if (!group->aside)
        hour_of(metrics, work)->limited++;
}

void metrics_left(struct metrics *metrics, const struct work *work, bool timed_out,
                  sim_ticks when) {
    struct group_result *group = group_of(metrics, work);
    *(timed_out ? &group->timed_out : &group->cancelled) += 1;
    hash(metrics, work->id, NO_TICKS, when);
}

static void use_pool(struct stream_use *use, const struct work *work, sim_ticks latency) {
    use->finished++;
    use->input_tokens += work->input_tokens;
    use->output_tokens += work->output_tokens;
    use->seconds += ticks_seconds(latency);
}

static void count_good(struct metrics *metrics, struct group_result *group,
                       const struct work *work) {
    group->good++;
    group->good_output_tokens += work->output_tokens;
    if (metrics->by_group)
        group->hours[work->arrival / TICKS_PER_HOUR].good++;
}

/* What a request adds to one set of latencies. */
static void record(struct quantile_sketch *ttft_s, struct quantile_sketch *tpot_s,
                   struct quantile_sketch *latency_s, const struct work *work, sim_ticks finish) {
    int64_t gaps = work->output_tokens > 1 ? work->output_tokens - 1 : 0;
    double decode_s = ticks_seconds(finish - work->first_token);
    quantile_record(ttft_s, ticks_seconds(work->first_token - work->arrival));
    quantile_record(tpot_s, gaps > 0 ? decode_s / (double)gaps : 0);
    quantile_record(latency_s, ticks_seconds(finish - work->arrival));
}

bool metrics_finished(struct metrics *metrics, const struct work *work, sim_ticks finish) {
    struct replay_result *result = metrics->result;
    struct group_result *group = group_of(metrics, work);
    sim_ticks ttft = work->first_token - work->arrival, latency = finish - work->arrival;
    ENSURE(0 <= ttft && ttft <= latency);
    group->finished++;
    group->input_tokens += work->input_tokens;
    group->output_tokens += work->output_tokens;
    hash(metrics, work->id, work->first_token, finish);
    if (metrics->by_group)
        record(&group->ttft_s, &group->tpot_s, &group->latency_s, work, finish);
    if (group->aside) {
        count_good(metrics, group, work);
        return true;
    }
    if (result->n_streams > 0)
        use_pool(&result->stream_use[work->stream], work, latency);
    record(&result->ttft_s, &result->tpot_s, &result->latency_s, work, finish);
    if (!slo_limits_hold(&metrics->limits[work->stream], ttft, latency, work->output_tokens)) {
        result->lost.late += work->restarts > 0;
        return false;
    }
    struct replay_hour *stream = stream_hour_of(metrics, work);
    count_good(metrics, group, work);
    hour_of(metrics, work)->good++;
    if (stream)
        stream->good++;
    return true;
}

static int hours_per_window(enum slo_window window) {
    switch (window) {
    case SLO_OVER_HOUR:
        return 1;
    case SLO_OVER_DAY:
        return 24;
    case SLO_OVER_WEEK:
        break;
    }
    return HOURS_PER_WEEK;
}

struct window {
    int first_hour;
    int64_t arrived, good;
};

static double share_of(const struct window *window) {
    return window->arrived > 0 ? (double)window->good / (double)window->arrived : 1;
}

struct worst_window {
    double share;
    int first_hour;
};

static void keep_worst(struct worst_window *worst, const struct window *window) {
    if (share_of(window) < worst->share)
        *worst = (struct worst_window){share_of(window), window->first_hour};
}

/* A window of too few requests goes into the next one; what is left at the end, into the last. */
static void find_worst_window(struct worst_window *worst, const struct replay_hour *hours,
                              int n_hours, int hours_each) {
    struct window last = {0}, open = {0};
    for (int hour = 0; hour < n_hours; hour++) {
        open.arrived += hours[hour].arrived;
        open.good += hours[hour].good;
        bool window_ends = (hour + 1) % hours_each == 0;
        if (!window_ends || open.arrived < SLO_WINDOW_REQUESTS_MIN)
            continue;
        if (last.arrived > 0)
            keep_worst(worst, &last);
        last = open;
        open = (struct window){.first_hour = hour + 1};
    }
    if (last.arrived > 0) {
        open.first_hour = last.first_hour;
        open.arrived += last.arrived;
        open.good += last.good;
    }
    keep_worst(worst, &open);
}

double metrics_worst_window(const struct slo *slo, const struct replay_hour *hours, int n_hours) {
    struct worst_window worst = {.share = 1};
    find_worst_window(&worst, hours, n_hours, hours_per_window(slo->over));
    return worst.share;
}

static void add_up(struct replay_result *result) {
    for (int i = 0; i < result->n_groups; i++) {
        const struct group_result *group = &result->groups[i];
        if (group->aside)
            continue;
        result->arrived += group->arrived;
        result->finished += group->finished;
        result->rejected += group->rejected;
        result->front.timed_out += group->timed_out;
        result->front.cancelled += group->cancelled;
        result->unfinished += group->unfinished;
        result->good += group->good;
        result->input_tokens += group->input_tokens;
        result->output_tokens += group->output_tokens;
        result->good_output_tokens += group->good_output_tokens;
    }
}

void metrics_close(struct metrics *metrics) {
    struct replay_result *result = metrics->result;
    add_up(result);
    result->attainment = result->arrived > 0 ? (double)result->good / (double)result->arrived : 1;
    int hours_each = hours_per_window(metrics->slo.over);
    struct worst_window worst = {.share = 1};
    find_worst_window(&worst, result->hours, result->n_hours, hours_each);
    for (int stream = 0; stream < result->n_streams; stream++)
        find_worst_window(&worst, result->stream_hours + stream * result->n_hours, result->n_hours,
                          hours_each);
    result->worst_attainment = worst.share;
    result->worst_window_hour = worst.first_hour;
    result->slo_met = result->worst_attainment >= metrics->slo.share;
}
