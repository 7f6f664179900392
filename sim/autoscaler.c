/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/autoscaler.h"

#include <math.h>

#include "sim/replica.h"
#include "sim/traffic.h"

enum { FIRST_CAPACITY = 16 };

#define TICKS_PER_MINUTE (60 * TICKS_PER_SECOND)

/* Whole numbers that arithmetic has missed by a hair count as whole. */
static const double CEIL_SLACK = 1e-9;

struct mark {
    sim_ticks time;
    int32_t value;
};

/* Marks in the order of time; old ones are dropped at the front. */
struct marks {
    struct mark *items;
    int first, n, capacity;
};

struct hour_sum {
    double sum;
    int n;
};

struct autoscaler_state {
    struct arena *arena;
    const struct autoscaler *parameters;
    int32_t current;
    sim_ticks now, out_until, in_until, idle_since;
    int32_t out_base;                      /* the count before the rise whose cooldown runs */
    struct marks wishes;                   /* of the stabilisation window, values falling */
    struct marks changes;                  /* of the last minute */
    struct hour_sum weeks[HOURS_PER_WEEK]; /* past weeks, by hour */
    struct hour_sum hour;                  /* the hour that runs */
    int64_t hour_index;
};

/* --- marks --- */

static void marks_drop(struct marks *marks, sim_ticks until) {
    while (marks->n > 0 && marks->items[marks->first].time <= until) {
        marks->first++;
        marks->n--;
    }
}

static void marks_push(struct marks *marks, struct arena *arena, struct mark mark) {
    if (marks->first + marks->n == marks->capacity) {
        if (marks->first < marks->capacity / 2 || marks->capacity == 0) {
            int capacity = marks->capacity ? 2 * marks->capacity : FIRST_CAPACITY;
            marks->items = arena_grow(arena, marks->items, (size_t)marks->capacity,
                                      (size_t)capacity, sizeof *marks->items);
            marks->capacity = capacity;
        } else {
            for (int i = 0; i < marks->n; i++)
                marks->items[i] = marks->items[marks->first + i];
            marks->first = 0;
        }
    }
    marks->items[marks->first + marks->n++] = mark;
}

/* --- metrics --- */

static const struct {
    const char *name, *doc;
    bool counts; /* requests that wait for an instance are part of it */
    bool engine; /* only engines that generate tokens have it */
} metrics[SCALING_METRICS] = {
    [SCALING_UTILISATION] = {"utilisation", "the share of its time that a replica has work", false,
                             false},
    [SCALING_CONCURRENCY] = {"concurrency", "requests at a replica, in service or queued", true,
                             false},
    [SCALING_QUEUE_LENGTH] = {"queue_length", "requests queued at a replica", true, false},
    [SCALING_TOKENS_IN_FLIGHT] = {"tokens_in_flight",
                                  "tokens of the requests in service at a replica", true, true},
    [SCALING_KV_USE] = {"kv_use", "the used share of a replica's KV blocks", false, true},
};

const char *autoscaler_metric_name(enum autoscaler_metric metric) {
    return metrics[metric].name;
}

const char *autoscaler_metric_doc(enum autoscaler_metric metric) {
    return metrics[metric].doc;
}

bool autoscaler_metric_fits(enum autoscaler_metric metric, enum service_kind kind) {
    if (!replica_model_of(kind))
        return false;
    return !metrics[metric].engine || kind == SERVICE_LLM || kind == SERVICE_SPLIT;
}

/* --- the policies' wishes --- */

static int32_t whole(double instances) {
    double up = ceil(instances - CEIL_SLACK);
    return up <= 0 ? 0 : up >= AUTOSCALER_INSTANCES_MAX ? AUTOSCALER_INSTANCES_MAX : (int32_t)up;
}

static int32_t most(int32_t a, int32_t b) {
    return a > b ? a : b;
}

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

/* The metric of nothing is no metric: hold, but answer who waits. */
static int32_t wish_blind(const struct autoscaler_state *state,
                          const struct autoscaler_observation *seen) {
    return seen->waiting > 0 ? most(state->current, 1) : state->current;
}

static int32_t planned_at(const struct autoscaler *a, int64_t hour) {
    if (!a->planned)
        return 0;
    return a->planned[hour < a->n_hours ? hour : a->n_hours - 1];
}

static double forecast_at(const struct autoscaler_state *state, int64_t hour) {
    struct hour_sum past = state->weeks[hour % HOURS_PER_WEEK];
    return past.n ? past.sum / past.n : 0;
}

/* What is known beforehand for now and the time that a launch takes. */
static int32_t floor_ahead(const struct autoscaler_state *state, sim_ticks now, bool forecast) {
    const struct autoscaler *a = state->parameters;
    int64_t last = (now + a->lead) / TICKS_PER_HOUR;
    int32_t floor = 0;
    for (int64_t hour = now / TICKS_PER_HOUR; hour <= last; hour++) {
        floor = most(floor, planned_at(a, hour));
        if (forecast)
            floor = most(floor, whole(forecast_at(state, hour)));
    }
    return floor;
}

static int32_t wish_schedule(const struct autoscaler_state *state, sim_ticks now,
                             const struct autoscaler_observation *seen) {
    (void)seen;
    return floor_ahead(state, now, false);
}

static int32_t wish_target(const struct autoscaler_state *state, sim_ticks now,
                           const struct autoscaler_observation *seen) {
    (void)now;
    const struct autoscaler *a = state->parameters;
    if (seen->ready == 0 && !metrics[a->metric].counts)
        return wish_blind(state, seen);
    double need = seen->value / a->target;
    if (state->current > 0 && fabs(need / state->current - 1) <= a->tolerance + CEIL_SLACK)
        return state->current;
    return whole(need);
}

static int32_t wish_predictive(const struct autoscaler_state *state, sim_ticks now,
                               const struct autoscaler_observation *seen) {
    return most(wish_target(state, now, seen), floor_ahead(state, now, true));
}

/* Towards zero, but at least one. */
static int32_t step_change(const struct autoscaler_step *step, int32_t base) {
    double change = step->percent ? step->change * base : step->change;
    return change <= 1 ? 1 : whole(floor(change + CEIL_SLACK));
}

/* The `in` step with the lowest value that is reached, or the `out` step with the highest. */
static const struct autoscaler_step *step_reached(const struct autoscaler *a, double value) {
    const struct autoscaler_step *reached = NULL;
    for (int i = 0; i < a->n_steps; i++) {
        const struct autoscaler_step *step = &a->steps[i];
        if (step->in && value <= step->value && !reached)
            reached = step;
        if (!step->in && value >= step->value)
            reached = step;
    }
    return reached;
}

static int32_t wish_step(const struct autoscaler_state *state, sim_ticks now,
                         const struct autoscaler_observation *seen) {
    const struct autoscaler *a = state->parameters;
    if (seen->ready == 0)
        return wish_blind(state, seen);
    const struct autoscaler_step *step = step_reached(a, seen->value / seen->ready);
    if (!step)
        return state->current;
    if (step->in)
        return most(0, state->current - step_change(step, state->current));
    int32_t base = now < state->out_until ? state->out_base : state->current;
    return most(state->current, least(base + step_change(step, base), AUTOSCALER_INSTANCES_MAX));
}

static const struct {
    const char *name, *doc;
    int32_t (*wish)(const struct autoscaler_state *state, sim_ticks now,
                    const struct autoscaler_observation *seen);
    bool free;      /* the wish is the decision */
    bool relative;  /* its rises know the cooldown themselves */
    bool forecasts; /* past weeks count */
    int cooldown_s; /* default of cooldown_out */
} policies[SCALING_POLICIES] = {
    [SCALING_SCHEDULE] = {"schedule", "the plan's instances of each hour", wish_schedule, true,
                          false, false, 0},
    [SCALING_TARGET_TRACKING] = {"target_tracking", "as many as hold a metric at its target",
                                 wish_target, false, false, false, 0},
    [SCALING_STEP] = {"step", "more or fewer when a metric passes a threshold", wish_step, false,
                      true, false, 300},
    [SCALING_PREDICTIVE] = {"predictive",
                            "target tracking, and never fewer than the plan and the same hours of "
                            "past weeks ask for",
                            wish_predictive, false, false, true, 0},
};

const char *autoscaler_policy_name(enum autoscaler_policy policy) {
    return policies[policy].name;
}

const char *autoscaler_policy_doc(enum autoscaler_policy policy) {
    return policies[policy].doc;
}

/* --- what holds a wish back --- */

/* The highest wish of the window: values fall from the front, so it is the first. */
static int32_t stabilised(struct autoscaler_state *state, sim_ticks now, int32_t wish) {
    struct marks *wishes = &state->wishes;
    while (wishes->n > 0 && wishes->items[wishes->first + wishes->n - 1].value <= wish)
        wishes->n--;
    marks_push(wishes, state->arena, (struct mark){now, wish});
    marks_drop(wishes, now - state->parameters->stabilisation);
    int32_t highest = wishes->n > 0 ? wishes->items[wishes->first].value : wish;
    return wish >= state->current ? wish : least(state->current, most(highest, wish));
}

static int32_t cooled(const struct autoscaler_state *state, sim_ticks now, int32_t wish) {
    bool relative = policies[state->parameters->policy].relative;
    if (wish > state->current && now < state->out_until && !relative)
        return state->current;
    return wish < state->current && now < state->in_until ? state->current : wish;
}

static int32_t limited(struct autoscaler_state *state, sim_ticks now, int32_t wish) {
    const struct autoscaler *a = state->parameters;
    marks_drop(&state->changes, now - TICKS_PER_MINUTE);
    int32_t minute_ago = state->current;
    for (int i = 0; i < state->changes.n; i++)
        minute_ago -= state->changes.items[state->changes.first + i].value;
    const struct autoscaler_rate *rate = wish > state->current ? &a->out : &a->in;
    if (rate->instances == 0 && rate->share <= 0)
        return wish;
    if (wish > state->current) {
        double limit = fmax(minute_ago + rate->instances, ceil(minute_ago * (1 + rate->share)));
        return most(state->current, least(wish, whole(limit)));
    }
    double limit = fmin(minute_ago - rate->instances, floor(minute_ago * (1 - rate->share)));
    return least(state->current, most(wish, whole(limit)));
}

static bool stays_at_zero(const struct autoscaler_state *state, sim_ticks now,
                          const struct autoscaler_observation *seen) {
    const struct autoscaler *a = state->parameters;
    if (a->scale_to_zero_after == 0 || !seen->idle)
        return false;
    if (policies[a->policy].forecasts && floor_ahead(state, now, true) > 0)
        return false;
    return state->current == 0 || now - state->idle_since >= a->scale_to_zero_after;
}

static void change_to(struct autoscaler_state *state, sim_ticks now, int32_t count) {
    const struct autoscaler *a = state->parameters;
    if (count == state->current)
        return;
    marks_push(&state->changes, state->arena, (struct mark){now, count - state->current});
    if (count > state->current) {
        if (now >= state->out_until)
            state->out_base = state->current;
        state->out_until = now + a->cooldown_out;
        state->in_until = now;
    } else {
        state->in_until = now + a->cooldown_in;
    }
    state->current = count;
}

/* --- past weeks --- */

static void remember_hour(struct autoscaler_state *state) {
    if (state->hour.n == 0)
        return;
    struct hour_sum *past = &state->weeks[state->hour_index % HOURS_PER_WEEK];
    past->sum += state->hour.sum / state->hour.n;
    past->n++;
    state->hour = (struct hour_sum){0};
}

static void remember(struct autoscaler_state *state, sim_ticks now,
                     const struct autoscaler_observation *seen) {
    if (!policies[state->parameters->policy].forecasts)
        return;
    if (now / TICKS_PER_HOUR != state->hour_index) {
        remember_hour(state);
        state->hour_index = now / TICKS_PER_HOUR;
    }
    state->hour.sum += seen->value / state->parameters->target;
    state->hour.n++;
}

/* --- the interface --- */

struct autoscaler autoscaler_defaults(enum autoscaler_policy policy) {
    return (struct autoscaler){
        .policy = policy,
        .metric = SCALING_UTILISATION,
        .tolerance = 0.1,
        .interval = 15 * TICKS_PER_SECOND,
        .cooldown_out = policies[policy].cooldown_s * TICKS_PER_SECOND,
        .stabilisation = 300 * TICKS_PER_SECOND,
    };
}

static bool check_steps(const struct autoscaler *a, struct err *err) {
    if (a->n_steps < 1 || a->n_steps > AUTOSCALER_STEPS_MAX)
        return err_set(err, ERR_INPUT, "step scaling needs 1 to %d steps", AUTOSCALER_STEPS_MAX);
    for (int i = 0; i < a->n_steps; i++) {
        const struct autoscaler_step *step = &a->steps[i], *before = step - (i > 0);
        if (!(isfinite(step->value) && step->value >= 0 && step->change > 0 &&
              step->change <= AUTOSCALER_INSTANCES_MAX))
            return err_set(err, ERR_INPUT, "step %d needs a value >= 0 and a change > 0", i + 1);
        if (i > 0 && (step->value <= before->value || (step->in && !before->in)))
            return err_set(err, ERR_INPUT,
                           "steps must rise by value, those that remove below those that add");
        if (i == 0 || step->in != before->in)
            continue;
        if (step->percent != before->percent)
            return err_set(err, ERR_INPUT, "steps one way are all in instances or all in percent");
        if (step->in ? step->change > before->change : step->change < before->change)
            return err_set(err, ERR_INPUT, "a step further out must not change less");
    }
    return true;
}

static bool ticks_valid(sim_ticks ticks) {
    return ticks >= 0 && ticks <= TICKS_MAX;
}

static bool rate_valid(struct autoscaler_rate rate) {
    return rate.instances >= 0 && rate.share >= 0 && isfinite(rate.share);
}

static bool check_data(const struct autoscaler *a, struct err *err) {
    if (a->policy == SCALING_SCHEDULE && !a->planned)
        return err_set(err, ERR_INPUT, "the schedule needs a plan");
    if (a->planned && a->n_hours < 1)
        return err_set(err, ERR_INPUT, "a plan needs at least one hour");
    if (a->n_past_hours < 0 || a->n_past_hours % HOURS_PER_WEEK != 0)
        return err_set(err, ERR_INPUT, "past hours must be whole weeks");
    for (int i = 0; i < a->n_past_hours; i++)
        if (!(a->past[i] >= 0 && isfinite(a->past[i])))
            return err_set(err, ERR_INPUT, "hour %d of the past weeks has no need >= 0", i);
    return true;
}

bool autoscaler_check(const struct autoscaler *a, struct err *err) {
    if (!ticks_valid(a->interval) || a->interval == 0)
        return err_set(err, ERR_INPUT, "an autoscaler needs an interval above 0");
    if (!ticks_valid(a->lead))
        return err_set(err, ERR_INPUT, "the lead of an autoscaler is out of range");
    if (!check_data(a, err))
        return false;
    if (a->policy == SCALING_SCHEDULE)
        return true;
    if (!(a->target > 0 && isfinite(a->target)) && a->policy != SCALING_STEP)
        return err_set(err, ERR_INPUT, "the target of %s must be above 0", metrics[a->metric].name);
    if (!(a->tolerance >= 0 && a->tolerance <= 1))
        return err_set(err, ERR_INPUT, "the tolerance must be from 0 to 1");
    if (a->min < 1 || a->max < a->min || a->max > AUTOSCALER_INSTANCES_MAX)
        return err_set(err, ERR_INPUT, "an autoscaler needs 1 <= min <= max <= %d",
                       AUTOSCALER_INSTANCES_MAX);
    if (!ticks_valid(a->cooldown_out) || !ticks_valid(a->cooldown_in) ||
        !ticks_valid(a->stabilisation) || !ticks_valid(a->scale_to_zero_after))
        return err_set(err, ERR_INPUT, "a cooldown or window is out of range");
    if (!rate_valid(a->out) || !rate_valid(a->in))
        return err_set(err, ERR_INPUT, "a rate limit must be >= 0");
    return a->policy != SCALING_STEP || check_steps(a, err);
}

struct autoscaler_state *autoscaler_open(struct arena *arena, const struct autoscaler *parameters,
                                         int32_t start) {
    struct autoscaler_state *state = arena_new(arena, struct autoscaler_state, 1);
    *state = (struct autoscaler_state){.arena = arena, .parameters = parameters, .current = start};
    for (int i = 0; i < parameters->n_past_hours; i++) {
        state->weeks[i % HOURS_PER_WEEK].sum += parameters->past[i];
        state->weeks[i % HOURS_PER_WEEK].n++;
    }
    return state;
}

int32_t autoscaler_decide(struct autoscaler_state *state, sim_ticks now,
                          const struct autoscaler_observation *seen) {
    const struct autoscaler *a = state->parameters;
    ENSURE(now >= state->now);
    if (!seen->idle)
        state->idle_since = now;
    state->now = now;
    remember(state, now, seen);
    int32_t wish = policies[a->policy].wish(state, now, seen);
    if (policies[a->policy].free) {
        change_to(state, now, wish);
        return state->current;
    }
    wish = cooled(state, now, stabilised(state, now, wish));
    wish = limited(state, now, wish);
    wish = most(a->min, least(wish, a->max));
    change_to(state, now, stays_at_zero(state, now, seen) ? 0 : wish);
    return state->current;
}

int32_t autoscaler_current(const struct autoscaler_state *state) {
    return state->current;
}
