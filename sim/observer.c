/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/observer.h"

#include <math.h>
#include <stdlib.h>

struct latency_record {
    int64_t finished, good;
    struct quantile_sketch wait_s, ttft_s, tpot_s, latency_s;
};

const char *fleet_event_word(enum fleet_event_kind kind) {
    static const char *const words[] = {
#define X(name, word) word,
        FLEET_EVENTS(X)
#undef X
    };
    ENSURE((size_t)kind < sizeof words / sizeof *words);
    return words[kind];
}

static struct latency_record *open_records(struct arena *arena, int n) {
    struct latency_record *records = arena_new(arena, struct latency_record, n);
    for (int i = 0; i < n; i++)
        records[i] = (struct latency_record){.wait_s = quantile_open(arena),
                                             .ttft_s = quantile_open(arena),
                                             .tpot_s = quantile_open(arena),
                                             .latency_s = quantile_open(arena)};
    return records;
}

static void empty(struct quantile_sketch *sketch) {
    memset(sketch->counts, 0, QUANTILE_BUCKETS * sizeof *sketch->counts);
    *sketch = (struct quantile_sketch){.min = INFINITY, .max = -INFINITY, .counts = sketch->counts};
}

static void percentiles(const struct quantile_sketch *sketch, double out[3]) {
    static const double shares[] = {0.5, 0.95, 0.99};
    for (int i = 0; i < 3; i++)
        out[i] = sketch->n > 0 ? quantile_at(sketch, shares[i]) : NAN;
}

static struct latency_summary summary_of(const struct latency_record *record) {
    struct latency_summary summary = {.finished = record->finished, .good = record->good};
    percentiles(&record->wait_s, summary.wait_s);
    percentiles(&record->ttft_s, summary.ttft_s);
    percentiles(&record->tpot_s, summary.tpot_s);
    percentiles(&record->latency_s, summary.latency_s);
    return summary;
}

struct observer *observer_open(struct arena *arena, int n_pools, int n_classes, int n_hours,
                               uint32_t aside) {
    struct observer *observer = arena_new(arena, struct observer, 1);
    *observer = (struct observer){
        .arena = arena,
        .n_pools = n_pools,
        .n_classes = n_classes,
        .n_hours = n_hours,
        .aside = aside,
        .pools = open_records(arena, n_pools),
        .classes = open_records(arena, n_classes),
        .hour_record = open_records(arena, 1),
        .hours = arena_new(arena, struct latency_summary, n_hours),
        .fleet = arena_new(arena, struct fleet_hour, n_hours),
        .looks = arena_new(arena, int, n_hours),
        .next_look = TICKS_PER_HOUR / 60,
    };
    return observer;
}

/* --- requests --- */

static void close_hour(struct observer *observer) {
    struct latency_record *record = observer->hour_record;
    observer->hours[observer->hour++] = summary_of(record);
    record->finished = record->good = 0;
    empty(&record->wait_s);
    empty(&record->ttft_s);
    empty(&record->tpot_s);
    empty(&record->latency_s);
}

/* The records that a request belongs to. */
struct records {
    struct latency_record *of[3];
    int n;
};

static struct records records_of(struct observer *observer, const struct work *work, int pool,
                                 sim_ticks now) {
    while (observer->hour < observer->n_hours - 1 && now >= (observer->hour + 1) * TICKS_PER_HOUR)
        close_hour(observer);
    int last = observer->n_classes - 1;
    return (struct records){{&observer->pools[pool], observer->hour_record,
                             &observer->classes[work->priority < last ? work->priority : last]},
                            observer->aside >> work->group & 1 ? 1 : 3};
}

void observer_started(struct observer *observer, const struct work *work, int pool, sim_ticks now) {
    struct records records = records_of(observer, work, pool, now);
    for (int i = 0; i < records.n; i++)
        quantile_record(&records.of[i]->wait_s, ticks_seconds(now - work->arrival));
}

void observer_finished(struct observer *observer, const struct work *work, int pool,
                       sim_ticks finish, sim_ticks now, bool good) {
    struct records records = records_of(observer, work, pool, now);
    int64_t gaps = work->output_tokens > 1 ? work->output_tokens - 1 : 0;
    double decode_s = ticks_seconds(finish - work->first_token);
    for (int i = 0; i < records.n; i++) {
        struct latency_record *record = records.of[i];
        record->finished++;
        record->good += good;
        quantile_record(&record->ttft_s, ticks_seconds(work->first_token - work->arrival));
        quantile_record(&record->tpot_s, gaps > 0 ? decode_s / (double)gaps : 0);
        quantile_record(&record->latency_s, ticks_seconds(finish - work->arrival));
    }
}

/* --- the fleet --- */

void observer_event(struct observer *observer, enum fleet_event_kind kind, int pool, int64_t number,
                    sim_ticks now) {
    if (observer->n_events == OBSERVER_EVENTS_MAX) {
        observer->events_left_out++;
        return;
    }
    if (observer->n_events == observer->events_capacity) {
        int capacity = observer->events_capacity ? 2 * observer->events_capacity : 256;
        observer->events = arena_grow(observer->arena, observer->events, (size_t)observer->n_events,
                                      (size_t)capacity, sizeof *observer->events);
        observer->events_capacity = capacity;
    }
    observer->events[observer->n_events++] = (struct fleet_event){now, kind, pool, number};
}

static void add(double *mean, double *max, double value) {
    *mean += value;
    *max = fmax(*max, value);
}

void observer_look(struct observer *observer, const struct fleet_look *look, sim_ticks now) {
    sim_ticks minute = TICKS_PER_HOUR / 60;
    observer->next_look = (now / minute + 1) * minute;
    int hour = (int)(now / TICKS_PER_HOUR);
    if (hour >= observer->n_hours)
        return;
    struct fleet_hour *sums = &observer->fleet[hour];
    double ready = (double)look->ready;
    observer->looks[hour]++;
    add(&sums->ready_mean, &sums->ready_max, ready);
    add(&sums->outstanding_mean, &sums->outstanding_max, (double)look->outstanding);
    add(&sums->waiting_mean, &sums->waiting_max, (double)look->waiting);
    add(&sums->busy_mean, &sums->busy_max, ready > 0 ? (double)look->busy / ready : 0);
    add(&sums->kv_mean, &sums->kv_max,
        look->kv_blocks > 0 ? (double)look->kv_used / (double)look->kv_blocks : 0);
}

/* --- the end --- */

static void divide(struct fleet_hour *hour, int looks) {
    double *means[] = {&hour->ready_mean, &hour->outstanding_mean, &hour->waiting_mean,
                       &hour->busy_mean, &hour->kv_mean};
    double *maxima[] = {&hour->ready_max, &hour->outstanding_max, &hour->waiting_max,
                        &hour->busy_max, &hour->kv_max};
    for (int i = 0; i < 5; i++) {
        *means[i] = looks > 0 ? *means[i] / looks : NAN;
        *maxima[i] = looks > 0 ? *maxima[i] : NAN;
    }
}

static const struct latency_summary *summaries(struct arena *arena,
                                               const struct latency_record *records, int n) {
    struct latency_summary *out = arena_new(arena, struct latency_summary, n);
    for (int i = 0; i < n; i++)
        out[i] = summary_of(&records[i]);
    return out;
}

/* A launch may be told after what it is dated back before: by time, then as told. */
struct dated {
    struct fleet_event event;
    int told;
};

static int compare_dated(const void *left, const void *right) {
    const struct dated *a = left, *b = right;
    if (a->event.time != b->event.time)
        return a->event.time < b->event.time ? -1 : 1;
    return a->told - b->told;
}

static void sort_events(struct observer *observer) {
    struct dated *dated = arena_new(observer->arena, struct dated, observer->n_events);
    for (int i = 0; i < observer->n_events; i++)
        dated[i] = (struct dated){observer->events[i], i};
    if (observer->n_events > 0)
        qsort(dated, (size_t)observer->n_events, sizeof *dated, compare_dated);
    for (int i = 0; i < observer->n_events; i++)
        observer->events[i] = dated[i].event;
}

struct observed *observer_close(struct observer *observer, const struct observed_pool *labels) {
    struct arena *arena = observer->arena;
    struct observed *out = arena_new(arena, struct observed, 1);
    while (observer->hour < observer->n_hours)
        close_hour(observer);
    for (int hour = 0; hour < observer->n_hours; hour++)
        divide(&observer->fleet[hour], observer->looks[hour]);
    sort_events(observer);
    *out = (struct observed){
        .n_pools = observer->n_pools,
        .n_classes = observer->n_classes,
        .n_hours = observer->n_hours,
        .n_events = observer->n_events,
        .events_left_out = observer->events_left_out,
        .labels = labels,
        .pools = summaries(arena, observer->pools, observer->n_pools),
        .classes = summaries(arena, observer->classes, observer->n_classes),
        .hours = observer->hours,
        .fleet = observer->fleet,
        .events = observer->events,
    };
    return out;
}

#define COPY(field, n)                                                                             \
    copy->field = arena_grow(arena, from->field, (size_t)(n), (size_t)(n), sizeof *copy->field)

struct observed *observed_copy(struct arena *arena, const struct observed *from) {
    struct observed *copy = arena_new(arena, struct observed, 1);
    *copy = *from;
    COPY(pools, from->n_pools);
    COPY(classes, from->n_classes);
    COPY(hours, from->n_hours);
    COPY(fleet, from->n_hours);
    COPY(events, from->n_events);
    struct observed_pool *labels = arena_new(arena, struct observed_pool, from->n_pools);
    for (int i = 0; i < from->n_pools; i++) {
        labels[i] = from->labels[i];
        labels[i].name = arena_strdup(arena, from->labels[i].name);
    }
    copy->labels = labels;
    return copy;
}
