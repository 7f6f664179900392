/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/result_trials_json.h"

#include "scenarios/study_faults.h"

static json_t *slow_instances(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->scenario.resilience.n_slow; i++) {
        const struct slow_spec *slow = &study->scenario.resilience.slow[i];
        struct study_slow sum = study_slow_hours(study, i);
        json_t *object = json_object();
        put(object, "workload", json_string(study->scenario.workloads[slow->workload].name));
        put(object, "hour", json_integer(slow->hour));
        put(object, "lasts_s", real(slow->lasts_s));
        put(object, "slowdown", real(slow->slowdown));
        put(object, "within_target_during", real((double)sum.good / (double)sum.arrived));
        put(object, "within_target", real((double)sum.all_good / (double)sum.all_arrived));
        push(array, object);
    }
    return array;
}

static json_t *part_json(const struct survival_part *part) {
    return json_pack("{s:o,s:o,s:o}", "requests", json_integer(part->arrived), "good_requests",
                     json_integer(part->good), "within_target", real(part->share));
}

static json_t *survival_json(const struct study *study, const struct study_survival *lost) {
    const struct survival *survival = &lost->survival;
    json_t *object = json_object();
    put(object, "workload", json_string(study->scenario.workloads[lost->workload].name));
    put(object, "month", json_integer(study->demand.weeks[lost->week].month + 1));
    if (lost->what == SURVIVE_ZONE)
        put(object, "zone", json_integer(lost->zone + 1));
    else if (lost->what == SURVIVE_INSTANCE)
        put(object, "one_of", string(lost->pool));
    put(object, "outage_seconds", real(study->scenario.resilience.outage_s[lost->what]));
    put(object, "hour", json_integer(survival->hour));
    put(object, "usually", part_json(&survival->usual));
    put(object, "before", part_json(&survival->before));
    put(object, "during", part_json(&survival->during));
    put(object, "after", part_json(&survival->after));
    put(object, "restarted", json_integer(survival->restarted));
    put(object, "holds", json_boolean(survival->holds));
    return object;
}

static void put_survivals(json_t *root, const struct study *study) {
    static const char *const names[SURVIVE_KINDS] = {"zone_loss", "instance_loss", "spot_loss"};
    for (int what = 0; what < SURVIVE_KINDS; what++) {
        if (!study->scenario.resilience.survive[what])
            continue;
        json_t *array = json_array();
        for (int i = 0; i < study->n_survivals; i++)
            if (study->survivals[i].what == (enum survive)what)
                push(array, survival_json(study, &study->survivals[i]));
        put(root, names[what], array);
    }
}

static void put_spare(json_t *root, const struct study *study) {
    if (study->scenario.resilience.buy_spare)
        put(root, "spare",
            json_pack("{s:b,s:s,s:o,s:i}", "bought", study->spare.bought, "judged_by",
                      study->spare.by_size ? "size" : "replay", "usd_per_month",
                      real(study->spare.usd_per_month), "hours_lacking",
                      study->spare.hours_lacking));
}

static json_t *side_json(const struct study_side *side) {
    return json_pack("{s:o,s:o,s:o,s:o,s:b,s:o}", "requests", json_integer(side->arrived),
                     "good_requests", json_integer(side->good), "within_target", real(side->share),
                     "worst_window_within_target", real(side->worst), "holds", side->holds,
                     "instances_usd", real(side->usd));
}

static json_t *rollouts(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_rollouts; i++) {
        const struct study_rollout *rollout = &study->rollouts[i];
        const struct workload *workload = &study->scenario.workloads[rollout->workload];
        json_t *object = json_object();
        put(object, "workload", json_string(workload->name));
        put(object, "kind", json_string(study_rollout_word(workload->rollout->kind)));
        put(object, "to", string(workload->rollout->to));
        put(object, "possible", json_boolean(rollout->possible));
        put(object, "reason", string(rollout->why));
        if (rollout->possible) {
            put(object, "old_side", side_json(&rollout->sides[0]));
            put(object, "new_side", side_json(&rollout->sides[1]));
            put(object, "old_alone_usd", real(rollout->old_usd));
            put(object, "new_alone_usd", real(rollout->new_usd));
            put(object, "overlap_usd", real(rollout->overlap_usd));
            put(object, "bill_of_the_week_usd", real(rollout->bill_usd));
            put(object, "bill_of_the_plans_week_usd", real(rollout->usual_bill_usd));
        }
        push(array, object);
    }
    return array;
}

static json_t *interval_json(const struct interval *interval, double most) {
    json_t *object = json_object();
    put(object, "mean", real(interval->mean));
    put(object, "low", real(interval_low(interval)));
    put(object, "high", real(fmin(most, interval_high(interval))));
    return object;
}

static void put_intervals(json_t *object, const struct study_intervals *intervals) {
    put(object, "within_target", interval_json(&intervals->within_target, 1));
    put(object, "good_requests_per_month",
        interval_json(&intervals->good_requests_per_month, INFINITY));
}

static json_t *confidence_json(const struct study *study) {
    const struct study_confidence *confidence = &study->confidence;
    json_t *object = json_object(), *workloads = json_array();
    put(object, "level", real(0.95));
    put(object, "replays", json_integer(confidence->replays));
    put(object, "target_held_in", json_integer(confidence->held));
    put_intervals(object, &confidence->all);
    put(object, "bill_usd_per_month", interval_json(&confidence->bill_usd_per_month, INFINITY));
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        json_t *workload = json_object();
        put(workload, "workload", json_string(study->scenario.workloads[w].name));
        put_intervals(workload, &confidence->workloads[w]);
        push(workloads, workload);
    }
    put(object, "workloads", workloads);
    return object;
}

void result_put_trials(json_t *root, const struct study *study) {
    if (study->confidence.replays > 1)
        put(root, "confidence", confidence_json(study));
    if (study->scenario.resilience.n_slow > 0 && study->recommended.replays)
        put(root, "slow_instances", slow_instances(study));
    if (study->survivals)
        put_survivals(root, study);
    if (study->survivals || study->spare.by_size)
        put_spare(root, study);
    if (study->n_rollouts > 0)
        put(root, "rollouts", rollouts(study));
}
