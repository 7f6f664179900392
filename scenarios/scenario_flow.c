/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_flow.h"

#include <string.h>

static int step_index(const struct task_flow *flow, const char *name) {
    for (int i = 0; i < flow->n_steps; i++)
        if (strcmp(flow->steps[i].name, name) == 0)
            return i;
    return -1;
}

static struct length_distribution fixed(double tokens) {
    return (struct length_distribution){
        .kind = LENGTH_FIXED, .value = tokens, .min = (int32_t)tokens, .max = (int32_t)tokens};
}

/* A name that is none of `names` [n]. */
static void unknown_name(struct view view, struct place place, const char *what, const char *name,
                         const char *const *names, int n) {
    const char *nearest = text_nearest(bytes_of(name), names, (size_t)n);
    mistakes_at(view.mistakes, place,
                nearest ? arena_printf(view.arena, "did you mean '%s'?", nearest)
                        : arena_printf(view.arena, "name one of the flow's %ss", what),
                "there is no %s '%s'", what, name);
}

/* ---- stations ---- */

static int station_index(const struct demand_spec *demand, const char *name) {
    for (int i = 0; i < demand->n_stations; i++)
        if (strcmp(demand->stations[i].name, name) == 0)
            return i;
    return -1;
}

static void read_station(struct view view, const struct demand_spec *demand,
                         struct station_spec *out) {
    static const char *const kinds[] = {"model", "service"};
    static const char *const of_models[] = {"precision", "tensor_parallel"};
    static const char *const of_services[] = {"times", "concurrency"};
    int kind = view_only_one(view, kinds, 2);
    *out = (struct station_spec){
        .name = view_text(view, "name"),
        .instance = view_text(view, "instance"),
        .region = view_get(view, "region") ? view_text(view, "region") : "",
        .model = kind == 0 ? view_text(view, "model") : "",
        .place = view_place(view, "name"),
        .instance_place = view_place(view, "instance"),
        .region_place = view_place(view, "region"),
        .model_place = view_place(view, "model"),
        .count = view_int(view, "count"),
        .precision = (enum precision)view_choice(view, "precision"),
        .tensor_parallel = view_int(view, "tensor_parallel"),
        .service = {.servers = view_int(view, "concurrency"),
                    .time_kind = view_choice(view, "times") == 1 ? SERVICE_EXPONENTIAL
                                                                 : SERVICE_DETERMINISTIC,
                    .mean_s = view_number(view, "service")},
    };
    if (kind == 0)
        view_refuse(view, of_services, 2, "stations with times of service");
    if (kind == 1)
        view_refuse(view, of_models, 2, "stations that serve a model");
    if (station_index(demand, out->name) >= 0)
        mistakes_at(view.mistakes, out->place, "give each station its own name",
                    "two stations have the name '%s'", out->name);
}

static void read_stations(struct view view, struct demand_spec *out) {
    int n = view_count(view, "stations");
    struct station_spec *stations = arena_new(view.arena, struct station_spec, n);
    out->stations = stations;
    for (; out->n_stations < n && out->n_stations < REPLAY_GROUPS_MAX - 1; out->n_stations++)
        read_station(view_item(view, "stations", out->n_stations), out, &stations[out->n_stations]);
}

static void check_called(struct view view, const struct demand_spec *demand) {
    for (int i = 0; i < demand->n_stations; i++) {
        bool called = false;
        for (int k = 0; k < demand->flow->n_steps; k++)
            called = called || demand->flow->steps[k].group == i + 1;
        if (!called)
            mistakes_at(view.mistakes, demand->stations[i].place,
                        arena_printf(view.arena, "write station: %s in a step, or take it out",
                                     demand->stations[i].name),
                        "no step calls the station '%s'", demand->stations[i].name);
    }
}

/* Group 0 for the workload's own models, and for names that are wrong. */
static void read_place_of_calls(struct view view, const struct demand_spec *demand,
                                struct task_step *out) {
    if (!view_get(view, "station"))
        return;
    const char *name = view_text(view, "station");
    int station = station_index(demand, name);
    out->group = station + 1;
    out->unheard = !out->grows;
    if (station >= 0)
        return;
    const char *names[REPLAY_GROUPS_MAX];
    for (int i = 0; i < demand->n_stations; i++)
        names[i] = demand->stations[i].name;
    unknown_name(view, view_place(view, "station"), "station", name, names, demand->n_stations);
}

/* ---- steps ---- */

/* Both lengths, or none: then the task's first call has them, which users have none of. Stations
 * that only take time need none. */
static void read_lengths(struct view view, bool users, const struct demand_spec *demand,
                         struct task_step *out) {
    bool input = view_get(view, "input"), output = view_get(view, "output");
    out->stated = input && output;
    out->input = fixed(view_number(view, "input"));
    out->output = fixed(view_number(view, "output"));
    if (!out->calls) {
        static const char *const of_calls[] = {"input", "output", "context", "station", "parallel"};
        view_refuse(view, of_calls, 5, "steps that call");
        return;
    }
    users = users && (out->group == 0 || demand->stations[out->group - 1].model[0]);
    const char *why =
        users ? "users bring no lengths" : "a step states both of its lengths or none";
    if (output || users)
        view_need(view, "input", why);
    if (input || users)
        view_need(view, "output", why);
}

static void read_step(struct view view, bool users, const struct task_flow *flow,
                      const struct demand_spec *demand, struct task_step *out) {
    out->name = view_text(view, "name");
    out->calls = view_choice(view, "call") == 0;
    out->grows = view_choice(view, "context") == 1;
    out->delay_s = view_number(view, "delay");
    out->parallel = view_int(view, "parallel");
    read_place_of_calls(view, demand, out);
    read_lengths(view, users, demand, out);
    if (step_index(flow, out->name) >= 0)
        mistakes_at(view.mistakes, view_place(view, "name"), "give each step its own name",
                    "two steps have the name '%s'", out->name);
}

static void read_next(struct view view, struct task_flow *flow, struct task_step *step) {
    const struct tree *tree = view_get(view, "next");
    if (!tree || tree->kind != YAML_NODE_MAP)
        return;
    for (int i = 0; i < tree->n; i++) {
        const struct tree *item = tree->items[i];
        int next = step_index(flow, item->name);
        struct scalar share;
        if (!view_scalar(view, "next", item, &share))
            continue;
        if (next >= 0) {
            step->next[next] = share.number;
            continue;
        }
        const char *names[FLOW_STEPS_MAX];
        for (int k = 0; k < flow->n_steps; k++)
            names[k] = flow->steps[k].name;
        unknown_name(view, item->key, "step", item->name, names, flow->n_steps);
    }
}

static void tell_fault(struct view view, const struct task_flow *flow) {
    static const struct {
        const char *what, *hint;
    } FAULTS[] = {
        [FLOW_FIRST_WAITS] = {"the first step, '%s', does not call at once",
                              "a task begins with a call: put the step that calls first"},
        [FLOW_SHARES] = {"the shares of step '%s' add up to more than 100%%",
                         "what is left of 100% ends the task"},
        [FLOW_NEVER_CALLS] = {"step '%s' is on a loop of steps that only wait",
                              "let one of them call"},
        [FLOW_UNBOUNDED] = {"step '%s' is on a loop, and nothing ends it",
                            "state calls_max, the most calls of a task"},
        [FLOW_OUT_OF_REACH] = {"no path leads to step '%s'", "name it under a step's next"},
        [FLOW_TOO_LONG] = {"from step '%s' on a task can make more calls than the most",
                           "a task makes at most calls_max calls, and never more than 63"},
        [FLOW_NO_OWN_CALL] = {"from step '%s' on no step calls the workload's own models",
                              "let one step call without a station, or make the station the "
                              "workload"},
    };
    int step;
    enum task_flow_fault fault = task_flow_check(flow, &step);
    if (fault != FLOW_FINE)
        mistakes_at(view.mistakes, view_place(view_item(view, "steps", step), "name"),
                    FAULTS[fault].hint, FAULTS[fault].what, flow->steps[step].name);
}

void scenario_flow(struct view view, struct demand_spec *out) {
    struct task_flow *flow = arena_new(view.arena, struct task_flow, 1);
    int n = view_count(view, "steps"), n_before = view.mistakes->n_total;
    bool users = view_get(view, "users");
    flow->users = users ? view_int(view, "users") : 0;
    flow->think_s = view_number(view, "think");
    flow->calls_max = view_get(view, "calls_max") ? view_int(view, "calls_max") : 0;
    if (users)
        view_need(view, "think", "users think between tasks");
    else if (view_get(view, "think"))
        view_need(view, "users", "it is they who think");
    out->flow = flow;
    read_stations(view, out);
    for (; flow->n_steps < n && flow->n_steps < FLOW_STEPS_MAX; flow->n_steps++)
        read_step(view_item(view, "steps", flow->n_steps), users, flow, out,
                  &flow->steps[flow->n_steps]);
    for (int i = 0; i < flow->n_steps; i++)
        read_next(view_item(view, "steps", i), flow, &flow->steps[i]);
    if (flow->n_steps > 0 && view.mistakes->n_total == n_before)
        tell_fault(view, flow);
    if (view.mistakes->n_total == n_before)
        check_called(view, out);
}
