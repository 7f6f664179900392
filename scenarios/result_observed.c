/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the replay of the plan was seen to do: tables by pool, class and hour, and the log. */
#include <jansson.h>
#include <stdlib.h>

#include "base/csv.h"
#include "scenarios/result.h"
#include "sim/observer.h"

/* The replays of the plan with the workload and month that they are of. */
struct cell {
    const struct observed *observed;
    const char *workload;
    int month; /* from 1 */
};

static int n_cells(const struct study *study) {
    return study->recommended.replays ? study->demand.n_workloads * study->demand.n_weeks : 0;
}

static struct cell cell_at(const struct study *study, int index) {
    int week = index % study->demand.n_weeks;
    return (struct cell){
        .observed = study->recommended.replays[index].observed,
        .workload = study->scenario.workloads[index / study->demand.n_weeks].name,
        .month = study->demand.weeks[week].month + 1,
    };
}

static void comma_number(struct text *out, double value) {
    text_append_string(out, ",");
    csv_append_number(out, value);
}

static void append_latency(const struct cell *cell, const char *by, const char *which,
                           const struct latency_summary *summary, struct text *out) {
    const double *percentiles[] = {summary->wait_s, summary->ttft_s, summary->tpot_s,
                                   summary->latency_s};
    csv_append_text(out, cell->workload);
    text_printf(out, ",%d,%s,", cell->month, by);
    csv_append_text(out, which);
    text_printf(out, ",%lld,%lld", (long long)summary->finished, (long long)summary->good);
    for (int i = 0; i < 4; i++)
        for (int p = 0; p < 3; p++)
            comma_number(out, percentiles[i][p]);
    text_append_string(out, "\n");
}

static const char *pool_words(struct arena *arena, const struct observed_pool *pool) {
    return arena_printf(arena, "%s%s%s%s", pool->name, pool->spot ? " spot" : "",
                        pool->zone[0] ? " in " : "", pool->zone);
}

void result_append_latency_csv(const struct study *study, struct text *out) {
    text_append_string(out,
                       "workload,month,by,which,finished,good,wait_p50_s,wait_p95_s,wait_p99_s,"
                       "ttft_p50_s,ttft_p95_s,ttft_p99_s,tpot_p50_s,tpot_p95_s,tpot_p99_s,"
                       "latency_p50_s,latency_p95_s,latency_p99_s\n");
    for (int i = 0; i < n_cells(study); i++) {
        struct cell cell = cell_at(study, i);
        const struct observed *o = cell.observed;
        for (int p = 0; p < o->n_pools; p++)
            append_latency(&cell, "pool", pool_words(out->arena, &o->labels[p]), &o->pools[p], out);
        for (int c = 0; c < o->n_classes; c++)
            append_latency(&cell, "class", arena_printf(out->arena, "%d", c), &o->classes[c], out);
        for (int h = 0; h < o->n_hours; h++)
            append_latency(&cell, "hour", arena_printf(out->arena, "%d", h), &o->hours[h], out);
    }
}

void result_append_fleet_csv(const struct study *study, struct text *out) {
    text_append_string(out, "workload,month,hour,ready_mean,ready_max,outstanding_mean,"
                            "outstanding_max,waiting_mean,waiting_max,busy_mean,busy_max,"
                            "kv_used_mean,kv_used_max\n");
    for (int i = 0; i < n_cells(study); i++) {
        struct cell cell = cell_at(study, i);
        for (int h = 0; h < cell.observed->n_hours; h++) {
            const struct fleet_hour *hour = &cell.observed->fleet[h];
            const double cells[] = {hour->ready_mean,       hour->ready_max,
                                    hour->outstanding_mean, hour->outstanding_max,
                                    hour->waiting_mean,     hour->waiting_max,
                                    hour->busy_mean,        hour->busy_max,
                                    hour->kv_mean,          hour->kv_max};
            csv_append_text(out, cell.workload);
            text_printf(out, ",%d,%d", cell.month, h);
            for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
                comma_number(out, cells[k]);
            text_append_string(out, "\n");
        }
    }
}

static json_t *event_json(const struct cell *cell, const struct fleet_event *event) {
    json_t *object =
        json_pack("{s:s, s:i, s:f, s:s}", "workload", cell->workload, "month", cell->month,
                  "second", ticks_seconds(event->time), "event", fleet_event_word(event->kind));
    if (event->pool >= 0) {
        const struct observed_pool *pool = &cell->observed->labels[event->pool];
        json_object_set_new(object, "pool", json_string(pool->name));
        json_object_set_new(object, "option", json_string(pool->spot ? "spot" : "on demand"));
        if (pool->zone[0])
            json_object_set_new(object, "zone", json_string(pool->zone));
    }
    const char *number = event->kind == FLEET_REJECTED  ? "request"
                         : event->kind == FLEET_REFUSED ? "instances"
                                                        : "instance";
    json_object_set_new(object, number, json_integer(event->number));
    return object;
}

static void append_line(json_t *object, struct text *out) {
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    text_append_string(out, line ? line : "");
    text_append_string(out, "\n");
    free(line);
}

void result_append_events(const struct study *study, struct text *out) {
    text_append_string(out, "");
    for (int i = 0; i < n_cells(study); i++) {
        struct cell cell = cell_at(study, i);
        for (int e = 0; e < cell.observed->n_events; e++)
            append_line(event_json(&cell, &cell.observed->events[e]), out);
        if (cell.observed->events_left_out > 0)
            append_line(json_pack("{s:s, s:i, s:s, s:I}", "workload", cell.workload, "month",
                                  cell.month, "event", "left out", "events",
                                  (json_int_t)cell.observed->events_left_out),
                        out);
    }
}
