/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One loop: the next arrival or the earliest event of the fleet, whichever comes first. Arrivals
 * never enter the event queue. Of a request of the traffic and one of the later queue that come at
 * one instant the traffic's goes first. */
#include "sim/replay_engine.h"

#include <math.h>

#include "base/rng.h"
#include "sim/front_desk.h"
#include "sim/replay_fleet.h"

/* Sums of shares that miss 1 by rounding mean 1. */
#define SHARE_SLACK 1e-9

struct engine {
    const struct replay_input *input;
    struct replay_result *result;
    struct arrivals arrivals;
    struct replay_probe probe;
    struct arena *arena;
    struct replay_fleet *fleet;
    struct ledger ledger;
    struct metrics metrics;
    struct observer *observer; /* NULL: nobody asks for details */
    void **managed;            /* [n_pools] state of functions and token APIs, NULL for others */
    int64_t running_managed[REPLAY_GROUPS_MAX]; /* calls that end after the deadline */
    sim_ticks end, deadline;                    /* of the window; an hour later */
    struct work arrivals_read[2];
    struct work *next; /* one of them: the traffic's next; its time is NEVER when there is none */
    struct later_queue later;
    struct front_desk *desk;      /* NULL: no front door */
    const sim_ticks *clock_first; /* its first clock's time, or `never` */
    sim_ticks never;
    bool overflows; /* some pool is a function or a token API */
    bool splits;    /* requests are drawn to other groups than the main one */
};

/* --- arrivals --- */

/* Which of the traffic's priorities this request has: of a mix its stream's. Rounding may leave the
 * last share short: the last priority that has any takes the rest. */
static int32_t priority_of(const struct replay_input *input, int32_t stream, int64_t id) {
    const struct traffic *traffic = input->traffic;
    if (traffic && traffic->n_streams > 0)
        return traffic->streams[stream].priority;
    if (!traffic || traffic->n_priorities <= 1)
        return 0;
    double draw =
        rng_unit(rng_keyed(input->seed, input->window.replication, RNG_PRIORITY, (uint64_t)id));
    double below = 0;
    int32_t last = 0;
    for (int32_t priority = 0; priority < traffic->n_priorities; priority++) {
        below += traffic->priority_share[priority];
        if (draw < below)
            return priority;
        if (traffic->priority_share[priority] > 0)
            last = priority;
    }
    return last;
}

/* Of its input, or the main one. */
static const struct replay_group *other_group(const struct engine *engine, int group) {
    return &engine->input->groups[group - 1];
}

/* The group of a request that names none. */
static void draw_group(const struct engine *engine, struct work *work) {
    const struct replay_input *input = engine->input;
    int64_t hour = work->arrival / TICKS_PER_HOUR;
    double below = 0;
    if (work->group != 0)
        return;
    double draw =
        rng_unit(rng_keyed(input->seed, input->window.replication, RNG_GROUP, (uint64_t)work->id));
    for (int group = 1; group <= input->n_groups; group++) {
        const double *share = other_group(engine, group)->share;
        below += share ? share[hour] : 0;
        if (draw < below) {
            work->group = (uint8_t)group;
            return;
        }
    }
}

/* The arrival that was next stays where it is until the one after the next is read. */
static void read_arrival(struct engine *engine) {
    const struct work *previous = engine->next;
    struct work *next = &engine->arrivals_read[previous == &engine->arrivals_read[0]];
    struct request request = {.row = -1};
    engine->next = next;
    if (!engine->arrivals.next(engine->arrivals.context, &request)) {
        next->arrival = NEVER;
        return;
    }
    sim_ticks arrival = request.arrival_ns * TICKS_PER_NS;
    ENSURE(arrival >= previous->arrival && arrival < engine->end);
    int64_t id = previous->id + 1;
    work_from_request(next, &request, id, arrival, priority_of(engine->input, request.stream, id));
    if (engine->splits)
        draw_group(engine, next);
}

/* Or the next thing that the front door does. */
static sim_ticks next_arrival(const struct engine *engine) {
    sim_ticks known = engine->next->arrival, later = engine->later.first;
    sim_ticks clock = *engine->clock_first, request = known <= later ? known : later;
    return clock <= request ? clock : request;
}

/* --- ends of requests --- */

static void tell_ended(struct engine *engine, const struct work *work, enum request_end end,
                       sim_ticks when) {
    if (engine->arrivals.ended)
        engine->arrivals.ended(engine->arrivals.context, &engine->later, work, end, when);
}

static bool is_aside(const struct engine *engine, const struct work *work) {
    return engine->result->groups[work->group].aside;
}

/* Does the front door know this request? */
static bool at_desk(const struct engine *engine, const struct work *work) {
    return engine->desk && !is_aside(engine, work);
}

static struct tenant_counts *tenant_of(struct engine *engine, const struct work *work) {
    if (!at_desk(engine, work) || engine->input->front.n_tenants == 0)
        return NULL;
    return &engine->result->front.tenants[front_desk_tenant(engine->desk, work->id)];
}

static void tell_finished(struct engine *engine, const struct work *work, sim_ticks finish) {
    struct tenant_counts *tenant = tenant_of(engine, work);
    if (tenant) {
        tenant->finished++;
        tenant->good += slo_limits_hold(&engine->metrics.limits[work->stream],
                                        work->first_token - work->arrival, finish - work->arrival,
                                        work->output_tokens);
    }
    if (engine->probe.finished)
        engine->probe.finished(engine->probe.context, work, finish);
    tell_ended(engine, work, REQUEST_FINISHED, finish);
}

/* The probe of the fleet, which may be ahead of the loop. */
static void finished_by_fleet(void *context, const struct work *work, sim_ticks finish) {
    struct engine *engine = context;
    engine->later.now = finish;
    if (at_desk(engine, work))
        front_desk_leave(engine->desk, work->id);
    tell_finished(engine, work, finish);
}

/* --- routing --- */

/* The attempt failed and another will come; else the request is out. */
static bool tries_again(struct engine *engine, const struct work *work, sim_ticks now) {
    struct front_request *request = front_desk_find(engine->desk, work->id);
    if (front_desk_retry(engine->desk, request, now))
        return true;
    front_desk_leave(engine->desk, work->id);
    return false;
}

/* @return whether that was its last attempt */
static bool reject(struct engine *engine, const struct work *work) {
    if (at_desk(engine, work) && tries_again(engine, work, work->since))
        return false;
    metrics_rejected(&engine->metrics, work);
    if (engine->observer)
        observer_event(engine->observer, FLEET_REJECTED, -1, work->id, work->since);
    if (engine->probe.rejected)
        engine->probe.rejected(engine->probe.context, work);
    engine->later.now = work->since;
    tell_ended(engine, work, REQUEST_REJECTED, work->since);
    return true;
}

/* The clocks of an attempt begin when it first has a place. */
static void note_place(struct engine *engine, const struct work *work, enum front_place place) {
    struct front_request *request = front_desk_find(engine->desk, work->id);
    bool first = request->place == FRONT_NOWHERE;
    request->place = place;
    request->replica = engine->fleet->given;
    if (first)
        front_desk_start_clocks(engine->desk, request);
}

/* The work's `since` is now; next_arrival as in replay_fleet_give. */
static void route(struct engine *engine, const struct work *work, sim_ticks next_arrival) {
    struct fleet_group *group = &engine->fleet->groups[work->group];
    switch (replay_fleet_give(engine->fleet, work, next_arrival)) {
    case REPLAY_FLEET_TOOK:
        if (at_desk(engine, work))
            note_place(engine, work, FRONT_AT_REPLICA);
        break;
    case REPLAY_FLEET_CANNOT_SERVE:
        reject(engine, work);
        break;
    case REPLAY_FLEET_NONE_READY:
        if (!replay_fleet_may_come(group)) {
            reject(engine, work);
            break;
        }
        work_ring_push_back(engine->arena, &group->waiting, work);
        if (at_desk(engine, work))
            note_place(engine, work, FRONT_WAITING);
        break;
    }
}

/* Capacity changed: what waits goes first, then what lost its replica. */
static void route_again(struct engine *engine, sim_ticks now) {
    for (int i = 0; i < engine->fleet->n_groups; i++) {
        struct work_ring *waiting = &engine->fleet->groups[i].waiting;
        for (uint32_t n = waiting->n; n > 0; n--) {
            struct work work = work_ring_pop_front(waiting);
            work.since = now;
            route(engine, &work, now);
        }
    }
    while (engine->fleet->returned.n > 0) {
        struct work work = work_ring_pop_front(&engine->fleet->returned);
        work.since = now;
        route(engine, &work, now);
    }
}

/* The function or token-API pool of its group that this request overflows to; -1: the instances. */
static int overflow_pool(const struct engine *engine, const struct work *work) {
    const struct replay_input *input = engine->input;
    double draw = -1, below = 0;
    for (int pool = 0; pool < input->n_pools; pool++) {
        if (!engine->managed[pool] || input->pools[pool].group != work->group)
            continue;
        below += input->pools[pool].overflow_share[work->arrival / TICKS_PER_HOUR];
        if (below >= 1 - SHARE_SLACK)
            return pool; /* whatever the draw */
        if (draw < 0)
            draw = rng_unit(rng_keyed(input->seed, input->window.replication, RNG_OVERFLOW,
                                      (uint64_t)work->id));
        if (draw < below)
            return pool;
    }
    return -1;
}

/* What is paid of a call that is taken back. */
static void pay_part(struct engine *engine, int pool, const struct work *work,
                     const struct served *served, sim_ticks back) {
    struct work part = *work;
    sim_ticks decode = served->finish - served->first_token;
    bool runs_on = engine->input->pools[pool].service.kind == SERVICE_FUNCTION;
    if (!runs_on && served->begins > back)
        return;
    if (!runs_on && back < served->first_token)
        part.output_tokens = 0;
    else if (!runs_on && decode > 0)
        part.output_tokens = 1 + (int32_t)((double)(work->output_tokens - 1) *
                                           ((double)(back - served->first_token) / (double)decode));
    ledger_add_call(&engine->ledger, pool, &part, served);
}

/* The call has a clock that ends before it: it is inside until then. */
static bool waits_in_vain(struct engine *engine, int pool, const struct work *work,
                          const struct served *served) {
    struct front_request *request = front_desk_find(engine->desk, work->id);
    sim_ticks back = front_desk_takes_back(engine->desk, request, served->begins, served->finish);
    if (back == NEVER)
        return false;
    pay_part(engine, pool, work, served, back);
    request->place = FRONT_CALLED;
    request->begins = served->begins;
    engine->desk->n_called[work->group]++;
    front_desk_start_clocks(engine->desk, request);
    return true;
}

static void call_managed(struct engine *engine, int pool, const struct work *work) {
    const struct managed_model *model = managed_model_of(engine->input->pools[pool].service.kind);
    struct served served;
    if (!model->serve(engine->managed[pool], work, work->since, &served)) {
        reject(engine, work);
        return;
    }
    if (at_desk(engine, work) && waits_in_vain(engine, pool, work, &served))
        return;
    ledger_add_call(&engine->ledger, pool, work, &served);
    if (at_desk(engine, work))
        front_desk_leave(engine->desk, work->id);
    if (served.finish > engine->end + model->grace(&engine->input->pools[pool].service)) {
        engine->running_managed[work->group]++;
        return;
    }
    struct work done = *work;
    done.first_token = served.first_token;
    done.generated = work->output_tokens;
    engine->result->pool_requests[pool]++;
    bool good = metrics_finished(&engine->metrics, &done, served.finish);
    if (engine->observer) {
        observer_started(engine->observer, &done, pool, work->since);
        observer_finished(engine->observer, &done, pool, served.finish, work->since, good);
    }
    tell_finished(engine, &done, served.finish);
}

static void serve(struct engine *engine, const struct work *work) {
    int pool = engine->overflows ? overflow_pool(engine, work) : -1;
    if (pool >= 0)
        call_managed(engine, pool, work);
    else
        route(engine, work, next_arrival(engine));
}

/* --- the front door --- */

/* Are there so many requests or more for each ready replica of the group? 0: no limit. */
static bool reached(const struct engine *engine, int index, double outstanding_per_replica) {
    const struct fleet_group *group = &engine->fleet->groups[index];
    int64_t ready = group->busy.n_ready;
    int64_t outstanding = group->n_outstanding + group->waiting.n;
    return outstanding_per_replica > 0 &&
           (double)outstanding >= outstanding_per_replica * (double)(ready > 0 ? ready : 1);
}

/* A request that is in the overflow group already stays there. */
static bool overflows_now(const struct engine *engine, const struct work *work) {
    const struct front_door *door = &engine->input->front;
    bool there = door->overflow_group > 0 && work->group == door->overflow_group;
    return !there && reached(engine, work->group, door->overflow_outstanding);
}

static void overflow(struct engine *engine, struct front_request *request) {
    const struct front_door *door = &engine->input->front;
    engine->result->front.overflowed++;
    if (door->overflow_group > 0) {
        metrics_moved(&engine->metrics, &request->work, door->overflow_group);
        request->work.group = (uint8_t)door->overflow_group;
    }
    struct work work = request->work;
    if (door->overflow_group > 0)
        serve(engine, &work);
    else
        call_managed(engine, door->overflow_pool, &work);
}

static void attempt(struct engine *engine, struct front_request *request, sim_ticks now) {
    const struct front_door *door = &engine->input->front;
    struct front_door_counts *counts = &engine->result->front;
    request->work.since = now;
    request->place = FRONT_NOWHERE;
    request->attempt++;
    counts->attempts++;
    struct work work = request->work;
    struct tenant_counts *tenant = tenant_of(engine, &work);
    if (tenant)
        tenant->attempts++;
    if (!front_desk_tenant_admits(engine->desk, &work)) {
        tenant->refused++;
        counts->refused++;
        if (reject(engine, &work))
            metrics_limited(&engine->metrics, &work);
    } else if (overflows_now(engine, &work)) {
        overflow(engine, request);
    } else if (reached(engine, work.group, door->outstanding_max[work.priority])) {
        counts->refused++;
        reject(engine, &work);
    } else {
        serve(engine, &work);
    }
}

static void answer_from_cache(struct engine *engine, const struct work *work) {
    struct work done = *work;
    done.first_token = work->since + service_ticks(engine->input->front.cache_s);
    done.generated = work->output_tokens;
    engine->result->front.cached++;
    metrics_finished(&engine->metrics, &done, done.first_token);
    tell_finished(engine, &done, done.first_token);
}

static void begin_request(struct engine *engine, const struct work *work) {
    struct tenant_counts *tenant = tenant_of(engine, work);
    metrics_arrived(&engine->metrics, work);
    if (tenant)
        tenant->arrived++;
    if (!at_desk(engine, work))
        serve(engine, work);
    else if (front_desk_has_cached(engine->desk, work))
        answer_from_cache(engine, work);
    else
        attempt(engine, front_desk_enter(engine->desk, work), work->arrival);
}

/* Take the attempt back from where it is; false: its service has begun and only waiting counts. */
static bool take_back(struct engine *engine, const struct front_request *request, bool waiting_only,
                      sim_ticks now) {
    struct work work;
    if (request->place == FRONT_AT_REPLICA)
        return replay_fleet_cancel(engine->fleet, request->replica, request->work.id, waiting_only,
                                   now, &work);
    if (request->place == FRONT_CALLED) {
        if (waiting_only && request->begins <= now)
            return false;
        engine->desk->n_called[request->work.group]--;
    }
    if (request->place == FRONT_WAITING)
        ENSURE(work_ring_remove(&engine->fleet->groups[request->work.group].waiting,
                                request->work.id, &work));
    return true;
}

static void end_unserved(struct engine *engine, const struct work *work, enum request_end end,
                         sim_ticks now) {
    metrics_left(&engine->metrics, work, end == REQUEST_TIMED_OUT, now);
    engine->later.now = now;
    tell_ended(engine, work, end, now);
}

static void handle_clock(struct engine *engine) {
    struct front_request *request;
    struct front_clock clock = front_desk_pop(engine->desk, &request);
    if (!request)
        return;
    struct work work = request->work;
    if (clock.kind == CLOCK_RETRY) {
        engine->desk->n_backing_off[work.group]--;
        attempt(engine, request, clock.time);
    } else if (clock.kind == CLOCK_GIVE_UP) {
        take_back(engine, request, false, clock.time);
        front_desk_leave(engine->desk, work.id);
        end_unserved(engine, &work, REQUEST_CANCELLED, clock.time);
    } else if (take_back(engine, request, clock.kind == CLOCK_QUEUE_TIMEOUT, clock.time)) {
        engine->result->front.taken_back++;
        if (!tries_again(engine, &work, clock.time))
            end_unserved(engine, &work, REQUEST_TIMED_OUT, clock.time);
    }
}

static void handle_arrival(struct engine *engine) {
    if (*engine->clock_first <= engine->later.first &&
        *engine->clock_first <= engine->next->arrival) {
        handle_clock(engine);
        return;
    }
    if (engine->later.first < engine->next->arrival) {
        struct work work = later_queue_pop(&engine->later);
        if (engine->splits)
            draw_group(engine, &work);
        begin_request(engine, &work);
        return;
    }
    const struct work *work = engine->next;
    read_arrival(engine);
    begin_request(engine, work);
}

/* --- the loop --- */

/* Requests of a group, but those that functions and token APIs will answer. */
static int64_t inside(const struct engine *engine, int index) {
    const struct fleet_group *group = &engine->fleet->groups[index];
    const struct front_desk *desk = engine->desk;
    int64_t outside = desk ? desk->n_backing_off[index] + desk->n_called[index] : 0;
    return group->n_outstanding + group->waiting.n + outside;
}

/* Nobody is inside, but at functions and token APIs that will answer. */
static bool is_idle(const struct engine *engine) {
    for (int i = 0; i < engine->fleet->n_groups; i++)
        if (inside(engine, i) > 0)
            return false;
    return true;
}

static void look(struct engine *engine, sim_ticks now) {
    struct fleet_look look = replay_fleet_look(engine->fleet, now);
    observer_look(engine->observer, &look, now);
}

/* Returns the instant at which the replay ended. */
static sim_ticks run(struct engine *engine) {
    sim_ticks now = 0;
    for (;;) {
        struct event event = replay_fleet_next(engine->fleet);
        sim_ticks arrival = next_arrival(engine);
        bool arrives =
            arrival < event.time || (arrival == event.time && event.event_class > EVENT_ARRIVAL);
        sim_ticks time = arrives ? arrival : event.time;
        if (time >= engine->end) {
            if (is_idle(engine))
                return now > engine->end ? now : engine->end;
            if (time > engine->deadline)
                return engine->deadline;
        }
        now = time;
        if (engine->observer && now >= engine->observer->next_look)
            look(engine, now);
        if (arrives)
            handle_arrival(engine);
        else if (replay_fleet_handle(engine->fleet, event, arrival))
            route_again(engine, now);
    }
}

/* --- the run's own accounting --- */

static const struct observed_pool *labels(const struct engine *engine) {
    const struct replay_input *input = engine->input;
    struct observed_pool *labels = arena_new(engine->arena, struct observed_pool, input->n_pools);
    for (int i = 0; i < input->n_pools; i++)
        labels[i] = (struct observed_pool){
            .name = arena_strdup(engine->arena, input->pools[i].name),
            .zone = input->n_zones > 0 ? input->zones[input->pools[i].zone] : "",
            .spot = input->pools[i].spot,
        };
    return labels;
}

/* Of the whole: all groups that are not aside. */
static void date_busy(const struct replay_fleet *fleet, struct replay_result *result, int hour) {
    ticks_sum ready = 0, busy = 0;
    for (int i = 0; i < fleet->n_groups; i++) {
        const struct fleet_group *group = &fleet->groups[i];
        ready += group->aside ? 0 : group->busy.ready[hour];
        busy += group->aside ? 0 : group->busy.busy[hour];
        if (result->groups[i].hours)
            result->groups[i].hours[hour].busy_fraction = busy_time_fraction(&group->busy, hour);
    }
    result->hours[hour].busy_fraction = ready > 0 ? (double)busy / (double)ready : NAN;
}

static void close_engine(struct engine *engine, sim_ticks now) {
    struct replay_result *result = engine->result;
    struct replay_fleet *fleet = engine->fleet;
    replay_fleet_close(fleet, now);
    for (int i = 0; i < fleet->n_groups; i++) {
        struct group_result *group = &result->groups[i];
        group->unfinished = inside(engine, i) + engine->running_managed[i];
        ENSURE(group->arrived == group->finished + group->rejected + group->timed_out +
                                     group->cancelled + group->unfinished);
        /* Little's law, in integers: the integral of the number at replicas is the sum of their
         * stays. */
        ENSURE(fleet->groups[i].outstanding_time == fleet->groups[i].sojourn_time);
        result->outstanding_time += fleet->groups[i].outstanding_time;
        ENSURE(group->good <= group->finished);
    }
    for (int hour = 0; hour < result->n_hours; hour++)
        date_busy(fleet, result, hour);
    result->ledger = ledger_close(&engine->ledger);
    metrics_close(&engine->metrics);
    if (engine->observer)
        result->observed = observer_close(engine->observer, labels(engine));
}

static void open_managed(struct engine *engine) {
    const struct replay_input *input = engine->input;
    engine->managed = arena_new(engine->arena, void *, input->n_pools);
    for (int pool = 0; pool < input->n_pools; pool++) {
        const struct managed_model *model = managed_model_of(input->pools[pool].service.kind);
        struct managed_setup setup = {
            .arena = engine->arena,
            .service = &input->pools[pool].service,
            .seed = input->seed,
            .replication = input->window.replication,
        };
        if (!model)
            continue;
        engine->managed[pool] = model->open(&setup);
        engine->overflows = true;
    }
}

static void open_groups(struct arena *arena, const struct replay_input *input,
                        struct replay_result *out) {
    out->n_groups = 1 + input->n_groups;
    out->groups = arena_new(arena, struct group_result, out->n_groups);
    for (int i = 0; i < out->n_groups && input->n_groups > 0; i++)
        out->groups[i] = (struct group_result){
            .aside = i > 0 && input->groups[i - 1].aside,
            .hours = arena_new(arena, struct replay_hour, out->n_hours),
            .ttft_s = quantile_open(arena),
            .tpot_s = quantile_open(arena),
            .latency_s = quantile_open(arena),
        };
}

static bool draws_groups(const struct replay_input *input) {
    for (int i = 0; i < input->n_groups; i++)
        if (input->groups[i].share)
            return true;
    return false;
}

static uint32_t groups_aside(const struct replay_input *input) {
    uint32_t aside = 0;
    for (int i = 0; i < input->n_groups; i++)
        aside |= (uint32_t)input->groups[i].aside << (i + 1);
    return aside;
}

bool replay_engine_run(struct arena *arena, const struct replay_input *input,
                       struct arrivals arrivals, struct replay_probe probe,
                       struct replay_result *out, struct err *err) {
    int n_hours;
    if (!replay_check(input, &n_hours, err))
        return false;
    *out = (struct replay_result){
        .n_hours = n_hours,
        .hours = arena_new(arena, struct replay_hour, n_hours),
        .n_pools = input->n_pools,
        .pool_requests = arena_new(arena, int64_t, input->n_pools),
        .pools = arena_new(arena, struct pool_life, input->n_pools),
        .ttft_s = quantile_open(arena),
        .tpot_s = quantile_open(arena),
        .latency_s = quantile_open(arena),
    };
    open_groups(arena, input, out);
    struct engine *engine = arena_new(arena, struct engine, 1);
    *engine = (struct engine){
        .input = input,
        .result = out,
        .arrivals = arrivals,
        .probe = probe,
        .arena = arena,
        .ledger = ledger_open(arena, input, n_hours),
        .metrics = metrics_open(arena, &input->slo, input->traffic, out),
        .end = n_hours * TICKS_PER_HOUR,
        .deadline = (n_hours + 1) * TICKS_PER_HOUR,
        .arrivals_read = {{.id = -1}},
        .splits = draws_groups(input),
    };
    engine->next = &engine->arrivals_read[0];
    engine->later = later_queue_open(arena, engine->end);
    engine->never = NEVER;
    engine->clock_first = &engine->never;
    if (front_door_used(&input->front)) {
        engine->desk =
            front_desk_open(arena, &input->front, input->seed, input->window.replication);
        engine->clock_first = &engine->desk->first;
    }
    if (arrivals.ended || engine->desk)
        probe = (struct replay_probe){.finished = finished_by_fleet, .context = engine};
    engine->fleet =
        replay_fleet_open(arena, input, n_hours, out, &engine->metrics, &engine->ledger, probe);
    engine->fleet->later = arrivals.ended ? &engine->later : NULL;
    if (input->record_detail) {
        int n_classes =
            input->traffic && input->traffic->n_priorities > 1 ? input->traffic->n_priorities : 1;
        engine->observer =
            observer_open(arena, input->n_pools, n_classes, n_hours, groups_aside(input));
        engine->fleet->observer = engine->observer;
    }
    open_managed(engine);
    read_arrival(engine);
    close_engine(engine, run(engine));
    return true;
}
