/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_front.h"

#include <math.h>
#include <string.h>

#define SHARE_SLACK 1e-9

/* One limit for all, or one for each class of priority. */
static void read_limits(struct view admission, const struct workload *workload,
                        struct front_door *door) {
    int n = view_count(admission, "outstanding"), classes = workload->demand.generate.n_priorities;
    classes = classes > 0 ? classes : 1;
    if (n > 1 && n != classes) {
        mistakes_at(admission.mistakes, view_key_place(admission, "outstanding"),
                    "write one number for all, or one for each of demand.priorities",
                    "'%s.outstanding' has %d numbers, and there %s %d class%s of priority",
                    admission.path, n, classes == 1 ? "is" : "are", classes,
                    classes == 1 ? "" : "es");
        return;
    }
    for (int i = 0; i < PRIORITIES_MAX && n > 0; i++) {
        struct scalar scalar;
        const struct tree *tree = view_value(admission, "outstanding", n == 1 ? 0 : i);
        if (i < classes && tree && view_scalar(admission, "outstanding", tree, &scalar))
            door->outstanding_max[i] = scalar.number;
    }
}

static void read_tenants(struct view admission, struct front_door *door) {
    int n = view_count(admission, "tenants");
    double sum = 0;
    if (n > TENANTS_MAX)
        return;
    for (int i = 0; i < n; i++) {
        struct view tenant = view_item(admission, "tenants", i);
        door->tenants[i] = (struct tenant){
            .name = view_get(tenant, "name") ? view_text(tenant, "name")
                                             : arena_printf(admission.arena, "tenant %d", i + 1),
            .share = view_number(tenant, "share"),
            .rate_per_second = view_number(tenant, "rate"),
            .burst = view_number(tenant, "burst"),
        };
        sum += door->tenants[i].share;
    }
    door->n_tenants = n;
    if (n > 0 && fabs(sum - 1) > SHARE_SLACK)
        mistakes_at(admission.mistakes, view_key_place(admission, "tenants"),
                    "every request is some tenant's",
                    "the shares of '%s.tenants' add up to %.6g%%, not 100%%", admission.path,
                    100 * sum);
}

static void read_admission(struct view admission, const struct workload *workload,
                           struct front_door *door) {
    if (!admission.map)
        return;
    if (!view_get(admission, "outstanding") && !view_get(admission, "tenants"))
        mistakes_at(admission.mistakes, tree_place(admission.map),
                    "write for example { outstanding: 40 }",
                    "'%s' has neither outstanding nor tenants", admission.path);
    read_limits(admission, workload, door);
    read_tenants(admission, door);
}

static void read_timeouts(struct view timeouts, struct front_door *door) {
    if (!timeouts.map)
        return;
    bool queue = view_get(timeouts, "queue"), total = view_get(timeouts, "total");
    door->queue_timeout_s = queue ? view_number(timeouts, "queue") : 0;
    door->timeout_s = total ? view_number(timeouts, "total") : 0;
    if (!queue && !total)
        mistakes_at(timeouts.mistakes, tree_place(timeouts.map),
                    "write for example { queue: 10s, total: 60s }",
                    "'%s' has neither queue nor total", timeouts.path);
    if (queue && total && door->queue_timeout_s >= door->timeout_s)
        mistakes_at(timeouts.mistakes, view_key_place(timeouts, "queue"),
                    "make it shorter, or take it out",
                    "'%s.queue' never ends before '%s.total' does", timeouts.path, timeouts.path);
}

/* A function, or a token API that states its latency (others take no traffic): it may throttle. */
static bool may_throttle(const struct workload *workload) {
    bool any = false;
    for (int i = 0; i < workload->n_run_on; i++)
        any = any || workload->run_on[i].is_function;
    for (int i = 0; i < workload->n_models; i++)
        any = any || workload->models[i].api_key != NULL;
    return any;
}

static void read_retries(struct view retries, const struct workload *workload,
                         struct front_door *door) {
    if (!retries.map)
        return;
    door->attempts = view_int(retries, "attempts");
    door->backoff_s = view_number(retries, "backoff");
    door->backoff_max_s = view_number(retries, "longest");
    door->jitter = view_number(retries, "jitter");
    if (door->backoff_max_s < door->backoff_s)
        mistakes_at(retries.mistakes, view_key_place(retries, "longest"),
                    "backoffs double from 'backoff' up to it",
                    "'%s.longest' is shorter than the first backoff", retries.path);
    else if (!(door->outstanding_max[0] > 0) && door->n_tenants == 0 &&
             door->overflow_outstanding <= 0 && door->queue_timeout_s <= 0 &&
             door->timeout_s <= 0 && !may_throttle(workload))
        mistakes_at(retries.mistakes, tree_place(retries.map),
                    "state admission, timeouts or fallback, or take it out",
                    "'%s' never happen: nothing is refused and nothing times out", retries.path);
}

static void read_fallback(struct view fallback, struct workload *out) {
    static const char *const of_instances[] = {"count", "precision"};
    if (!fallback.map)
        return;
    out->front.overflow_outstanding = view_number(fallback, "above");
    out->fallback = view_text(fallback, "to");
    out->fallback_place = view_place(fallback, "to");
    if (!view_get(fallback, "on")) {
        view_refuse(fallback, of_instances, 2, "fallbacks on instances");
        return;
    }
    view_need(fallback, "count", "the plan does not size a fallback");
    out->fallback_on = view_text(fallback, "on");
    out->fallback_on_place = view_place(fallback, "on");
    out->fallback_count = view_get(fallback, "count") ? view_int(fallback, "count") : 0;
    out->fallback_precision = (enum precision)view_choice(fallback, "precision");
    for (int i = 0; i < out->n_models; i++)
        if (strcmp(out->models[i].use, out->fallback) == 0)
            mistakes_at(fallback.mistakes, out->fallback_place,
                        "name a smaller one, which models does not list",
                        "'%s' is what the workload runs anyway: it is no fallback", out->fallback);
}

void scenario_front(struct view workload, struct workload *out) {
    struct view cancellations = view_map(workload, "cancellations");
    struct view cache = view_map(workload, "cache");
    read_admission(view_map(workload, "admission"), out, &out->front);
    read_timeouts(view_map(workload, "timeouts"), &out->front);
    if (cancellations.map) {
        out->front.impatient_share = view_number(cancellations, "share");
        out->front.patience_s = view_number(cancellations, "after");
    }
    if (cache.map) {
        out->front.cache_share = view_number(cache, "hits");
        out->front.cache_s = view_number(cache, "latency");
    }
    read_fallback(view_map(workload, "fallback"), out);
    read_retries(view_map(workload, "retries"), out, &out->front);
}
