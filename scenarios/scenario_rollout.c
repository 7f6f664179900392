/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_rollout.h"

#include <math.h>

enum { SECONDS_PER_HOUR = 3600, WEEK_HOURS = 168 };

/* The replay splits the requests by the hour. */
static int whole_hours(struct view view, const char *key) {
    double hours = view_number(view, key) / SECONDS_PER_HOUR, whole = round(hours);
    if (fabs(hours - whole) > 1e-9)
        mistakes_at(view.mistakes, view_key_place(view, key), "write for example 6h",
                    "'%s.%s' is no whole number of hours", view.path, key);
    return (int)whole;
}

static void read_steps(struct view view, struct rollout_spec *out) {
    int n = view_count(view, "steps");
    view_need(view, "steps", "a canary grows by steps");
    if (n < 1 || n > ROLLOUT_STEPS_MAX)
        return;
    for (int i = 0; i < n; i++) {
        struct view step = view_item(view, "steps", i);
        out->steps[i].hour = whole_hours(step, "at");
        out->steps[i].share = view_number(step, "share");
        if (i > 0 && out->steps[i].hour <= out->steps[i - 1].hour)
            mistakes_at(view.mistakes, view_key_place(step, "at"), "write them in order of time",
                        "a step does not begin after the one before it");
        if (i > 0 && out->steps[i].share <= out->steps[i - 1].share)
            mistakes_at(view.mistakes, view_key_place(step, "share"), "let the shares rise",
                        "a step has no greater share than the one before it");
    }
    out->n_steps = n;
    if (out->steps[n - 1].share < 1)
        mistakes_at(view.mistakes, view_key_place(view_item(view, "steps", n - 1), "share"),
                    "end with 100%; what stays shared is kind: ab",
                    "the last step leaves requests on the old side");
}

const struct rollout_spec *scenario_rollout(struct view view) {
    static const char *const of_ab[] = {"share"}, *const of_canary[] = {"steps"};
    static const char *const of_blue_green[] = {"at", "overlap"};
    int kind = view.map ? view_choice(view, "kind") : -1;
    if (kind < 0)
        return NULL;
    struct rollout_spec *out = arena_new(view.arena, struct rollout_spec, 1);
    out->kind = (enum rollout_kind)kind;
    out->to = view_text(view, "to");
    out->to_place = view_key_place(view, "to");
    if (out->kind == ROLLOUT_AB) {
        view_need(view, "share", "an A/B split needs the part of the new side");
        out->share = view_get(view, "share") ? view_number(view, "share") : 0;
    } else {
        view_refuse(view, of_ab, 1, "kind: ab");
    }
    if (out->kind == ROLLOUT_CANARY)
        read_steps(view, out);
    else
        view_refuse(view, of_canary, 1, "kind: canary");
    if (out->kind != ROLLOUT_BLUE_GREEN) {
        view_refuse(view, of_blue_green, 2, "kind: blue_green");
        return out;
    }
    view_need(view, "overlap", "the old fleet stays beside the new one for a time");
    out->hour = whole_hours(view, "at");
    out->overlap_hours = view_get(view, "overlap") ? whole_hours(view, "overlap") : 0;
    if (out->hour + out->overlap_hours > WEEK_HOURS)
        mistakes_at(view.mistakes, view_key_place(view, "overlap"),
                    "begin earlier, or make it shorter",
                    "the replayed week of 168 hours is over before '%s.overlap' is", view.path);
    return out;
}
