/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_outlook.h"

#include <math.h>

#include <string.h>

#include "sim/demand.h"

enum { SECONDS_PER_HOUR = 3600 };

/* ---- growth ---- */

/* One value, or { low, mid, high, confidence }. */
static void read_growth(struct view view, struct growth_spec *out) {
    static const char *const ends[] = {"low", "mid", "high"};
    struct view interval = view_map(view, "growth");
    if (!interval.map) {
        out->mid = out->low = out->high = view_number(view, "growth");
        return;
    }
    for (int i = 0; i < 3; i++)
        view_need(interval, ends[i], "an interval has two ends and what is planned for");
    *out = (struct growth_spec){.low = view_number(interval, "low"),
                                .mid = view_number(interval, "mid"),
                                .high = view_number(interval, "high"),
                                .is_interval = true,
                                .confidence = view_number(interval, "confidence")};
    bool all = view_get(interval, "low") && view_get(interval, "mid") && view_get(interval, "high");
    if (all && (out->low > out->mid || out->mid > out->high))
        mistakes_at(view.mistakes, view_key_place(view, "growth"),
                    "write for example { low: 1%/month, mid: 3%/month, high: 6%/month }",
                    "'growth' is no interval: 'low' is at most 'mid', and 'mid' at most 'high'");
}

void scenario_beyond(struct view horizon, struct growth_spec *out) {
    struct view growth = view_map(view_map(horizon, "beyond"), "growth");
    if (!growth.map)
        return;
    double mid = view_number(growth, "mid");
    *out = (struct growth_spec){
        .low = view_get(growth, "low") ? view_number(growth, "low") : mid,
        .mid = mid,
        .high = view_get(growth, "high") ? view_number(growth, "high") : mid,
        .is_interval = true,
    };
    if (out->low > out->mid || out->mid > out->high)
        mistakes_at(growth.mistakes, view_key_place(view_map(horizon, "beyond"), "growth"),
                    "write for example { low: -20%/year, mid: 0%/year, high: 20%/year }",
                    "'growth' is no interval: 'low' is at most 'mid', and 'mid' at most 'high'");
}

/* ---- events ---- */

static void check_event(struct view view, const struct scenario *scenario,
                        const struct demand_event *event) {
    if (event->from.year == 0 || event->to.year == 0 || scenario->start.year == 0)
        return; /* told */
    int64_t from = calendar_days(event->from), to = calendar_days(event->to);
    char first[16], last[16];
    if (to <= from) {
        mistakes_at(view.mistakes, view_place(view, "to"), "'to' is the first day after the event",
                    "the event ends before it begins");
        return;
    }
    struct date end = calendar_add_months(scenario->start, scenario->months);
    if (to > calendar_days(scenario->start) && from < calendar_days(end))
        return;
    calendar_format_date(first, scenario->start);
    calendar_format_date(last, end);
    mistakes_at(view.mistakes, view_place(view, "from"), "take it out, or move the horizon",
                "no day of the event is in the horizon, %s to before %s", first, last);
}

static void read_events(struct view view, const struct scenario *scenario,
                        struct demand_spec *out) {
    int n = view_count(view, "events");
    struct demand_event *events = arena_new(view.arena, struct demand_event, n);
    for (int i = 0; i < n; i++) {
        struct view item = view_item(view, "events", i);
        events[i] = (struct demand_event){.from = view_date(item, "from"),
                                          .to = view_date(item, "to"),
                                          .factor = view_number(item, "factor")};
        check_event(item, scenario, &events[i]);
    }
    out->n_events = n;
    out->events = events;
    out->events_place = view_key_place(view, "events");
}

/* ---- drivers ---- */

/* "14/day" in requests per second; < 0: not that. */
static double per_second(const char *text) {
    static const struct {
        const char *unit;
        double hours;
    } units[] = {{"hour", 1}, {"day", 24}, {"week", 168}, {"month", 730}};
    const char *slash = strchr(text, '/');
    double value;
    if (!slash ||
        !text_parse_double(bytes_trim((struct bytes){text, (size_t)(slash - text)}), &value) ||
        !(value >= 0))
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (bytes_are(bytes_trim(bytes_of(slash + 1)), units[i].unit))
            return value / (units[i].hours * SECONDS_PER_HOUR);
    return -1;
}

double scenario_driven_rate(struct view demand) {
    struct view view = view_map(demand, "drivers");
    if (!view.map || !view_get(view, "requests_per_user"))
        return 0;
    return fmax(0, per_second(view_text(view, "requests_per_user"))) * view_number(view, "users");
}

static void check_drivers(struct view demand) {
    struct view view = view_map(demand, "drivers");
    if (!view.map || !view_get(view, "requests_per_user"))
        return;
    const char *each = view_text(view, "requests_per_user");
    if (per_second(each) < 0)
        mistakes_at(view.mistakes, view_place(view, "requests_per_user"),
                    "write for example 14/day; units: hour, day, week, month",
                    "'%s' is no number of requests in a time",
                    mistakes_shown(view.arena, bytes_of(each)));
    else if (scenario_driven_rate(demand) == 0 && demand.mistakes->n_total == 0)
        mistakes_at(demand.mistakes, view_key_place(demand, "drivers"), "give it some users",
                    "the drivers make no requests");
}

void scenario_outlook(struct view demand, const struct scenario *scenario,
                      struct demand_spec *out) {
    read_growth(demand, &out->growth);
    read_events(demand, scenario, out);
    out->driven_rate_per_second = scenario_driven_rate(demand);
    check_drivers(demand);
}
