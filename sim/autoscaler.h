/* SPDX-License-Identifier: GPL-3.0-or-later */
/** How many instances a pool should have, decided again every `interval` from what is seen of it.
 *
 *  A decision goes through these steps, each a pure function of the state and the observation:
 *
 *  1. the policy's own wish (one row of a table each; docs/extending.md):
 *     - schedule: what the plan has for this hour, or for the hour `lead` ahead if that is more;
 *       the steps below are not taken;
 *     - target tracking: ceil(sum of the metric / target), and no change while the sum is within
 *       `tolerance` of current * target. This is what Kubernetes' HPA does (autoscaling/v2: ready
 *       pods only, those not ready counted as zero when it scales out) and AWS' target tracking in
 *       proportion to its metric;
 *     - step: AWS' step scaling: the step that the mean of the metric per ready instance reaches
 *       adds or removes instances or percent of them (percent round as AWS does: towards zero, but
 *       at least one);
 *     - predictive: the most of target tracking, of the plan and of a forecast for the hours up to
 *       `lead` ahead. The forecast of an hour is the mean of the same hour of past weeks. Like AWS'
 *       predictive scaling it never asks for less than the reactive rule;
 *  2. stabilisation (HPA): a fall goes no lower than the highest wish of the window;
 *  3. cooldowns (AWS Application Auto Scaling): after a rise no rise for `cooldown_out`, except
 *     that a larger step counts what the first one added as part of its own; after a fall no fall
 *     for `cooldown_in`; a rise ends the cooldown of a fall;
 *  4. rates (HPA behavior policies): instances and share of the count a minute ago that one minute
 *     may add or remove; of the two, the one that allows more;
 *  5. min and max;
 *  6. scale to zero (KEDA): nothing was held or waited for `scale_to_zero_after`: none; when
 *     requests wait again: min.
 *
 *  Not modelled: CloudWatch's alarm periods (AWS waits 3 minutes above and 15 minutes below a
 *  target; `stabilisation` stands for the second), metrics that arrive late.
 *
 *  Sources: kubernetes.io "Horizontal Pod Autoscaling", algorithm details and defaults (15 s,
 * tolerance 0.1, window 300 s); docs.aws.amazon.com Application Auto Scaling "target tracking",
 * "step scaling", API StepScalingPolicyConfiguration (cooldown 300 s), EC2 Auto Scaling "predictive
 * scaling"; keda.sh ScaledObject specification 2.15 (cooldownPeriod 300 s). All read 2026-11. */
#ifndef HEADROOM_SIM_AUTOSCALER_H
#define HEADROOM_SIM_AUTOSCALER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sim/service.h"
#include "sim/ticks.h"

enum autoscaler_policy {
    SCALING_SCHEDULE,
    SCALING_TARGET_TRACKING,
    SCALING_STEP,
    SCALING_PREDICTIVE,
    SCALING_POLICIES
};

/** Of one instance: the busy share of its replicas' time; its requests in service or queued; those
 * queued; the tokens (prompt and generated so far) of those in service; the used share of its KV
 * blocks. */
enum autoscaler_metric {
    SCALING_UTILISATION,
    SCALING_CONCURRENCY,
    SCALING_QUEUE_LENGTH,
    SCALING_TOKENS_IN_FLIGHT,
    SCALING_KV_USE,
    SCALING_METRICS
};

/** At `value` of the metric per ready instance, or beyond: change the count. */
struct autoscaler_step {
    bool in;       /* at or below `value` remove; else at or above it add */
    double value;  /* in the metric's unit */
    bool percent;  /* `change` is a share of the count */
    double change; /* > 0 */
};

/** What one minute may change; both 0: no limit. */
struct autoscaler_rate {
    int32_t instances;
    double share;
};

enum { AUTOSCALER_STEPS_MAX = 16, AUTOSCALER_INSTANCES_MAX = 1 << 20 };

struct autoscaler {
    enum autoscaler_policy policy;
    enum autoscaler_metric metric;
    double target;    /* of the metric per instance, > 0 */
    double tolerance; /* 0 .. 1 */
    int32_t min, max; /* 1 <= min <= max */
    sim_ticks interval;
    sim_ticks cooldown_out, cooldown_in, stabilisation;
    sim_ticks scale_to_zero_after; /* 0: never */
    struct autoscaler_rate out, in;
    int n_steps;
    const struct autoscaler_step *steps; /* rises by value, first the `in` ones */
    sim_ticks lead;         /* schedule, predictive: how long before the need to launch */
    int n_hours;            /* schedule, predictive: of `planned`; the last hour goes on */
    const int32_t *planned; /* [n_hours] instances of the plan; NULL: none */
    int n_past_hours;       /* predictive: whole weeks, in hours */
    const double *past; /* [n_past_hours] instances needed at target; hour 0 is that of the replay
                         */
};

/** Everything but target, min, max and the policy's own data. */
struct autoscaler autoscaler_defaults(enum autoscaler_policy policy);
bool autoscaler_check(const struct autoscaler *parameters, struct err *err);

/** "target_tracking"; one sentence. */
const char *autoscaler_policy_name(enum autoscaler_policy policy);
const char *autoscaler_policy_doc(enum autoscaler_policy policy);
/** "kv_use"; one sentence. */
const char *autoscaler_metric_name(enum autoscaler_metric metric);
const char *autoscaler_metric_doc(enum autoscaler_metric metric);
/** Whether instances of such a service have the metric. */
bool autoscaler_metric_fits(enum autoscaler_metric metric, enum service_kind kind);

struct autoscaler_observation {
    int32_t ready; /* instances that take requests; not those booting or draining */
    /** The metric summed over them, whole instances (utilisation of 3 instances: 0 .. 3):
     * utilisation over the time since the last decision, the others now. Concurrency, queue length
     * and tokens include what waits because nothing is ready. */
    double value;
    int64_t waiting; /* requests that wait because nothing is ready */
    bool idle;       /* since the last decision nothing was held and nothing waited */
};

struct autoscaler_state;

/** @param start  instances at time 0
 *  @param parameters  outlive the state; checked */
struct autoscaler_state *autoscaler_open(struct arena *arena, const struct autoscaler *parameters,
                                         int32_t start);

/** How many instances there should be from now on. Times must not fall. */
int32_t autoscaler_decide(struct autoscaler_state *state, sim_ticks now,
                          const struct autoscaler_observation *seen);

/** The last decision. */
int32_t autoscaler_current(const struct autoscaler_state *state);

#endif
