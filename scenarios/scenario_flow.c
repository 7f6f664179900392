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

/* Both lengths, or none: then the task's first call has them, which users have none of. */
static void read_lengths(struct view view, bool users, struct task_step *out) {
    bool input = view_get(view, "input"), output = view_get(view, "output");
    out->stated = input && output;
    out->input = fixed(view_number(view, "input"));
    out->output = fixed(view_number(view, "output"));
    if (!out->calls) {
        static const char *const of_calls[] = {"input", "output", "context"};
        view_refuse(view, of_calls, 3, "steps that call");
        return;
    }
    const char *why =
        users ? "users bring no lengths" : "a step states both of its lengths or none";
    if (output || users)
        view_need(view, "input", why);
    if (input || users)
        view_need(view, "output", why);
}

static void read_step(struct view view, bool users, const struct task_flow *flow,
                      struct task_step *out) {
    out->name = view_text(view, "name");
    out->calls = view_choice(view, "call") == 0;
    out->grows = view_choice(view, "context") == 1;
    out->delay_s = view_number(view, "delay");
    read_lengths(view, users, out);
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
        const char *nearest = text_nearest(bytes_of(item->name), names, (size_t)flow->n_steps);
        mistakes_at(view.mistakes, item->key,
                    nearest ? arena_printf(view.arena, "did you mean '%s'?", nearest)
                            : "name one of the flow's steps",
                    "there is no step '%s'", item->name);
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
    };
    int step;
    enum task_flow_fault fault = task_flow_check(flow, &step);
    if (fault != FLOW_FINE)
        mistakes_at(view.mistakes, view_place(view_item(view, "steps", step), "name"),
                    FAULTS[fault].hint, FAULTS[fault].what, flow->steps[step].name);
}

const struct task_flow *scenario_flow(struct view view) {
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
    for (; flow->n_steps < n && flow->n_steps < FLOW_STEPS_MAX; flow->n_steps++)
        read_step(view_item(view, "steps", flow->n_steps), users, flow,
                  &flow->steps[flow->n_steps]);
    for (int i = 0; i < flow->n_steps; i++)
        read_next(view_item(view, "steps", i), flow, &flow->steps[i]);
    if (flow->n_steps > 0 && view.mistakes->n_total == n_before)
        tell_fault(view, flow);
    return flow;
}
