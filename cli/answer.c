/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/share.h"
#include "cli/answer_commit.h"
#include "cli/answer_money.h"
#include "cli/answer_pictures.h"
#include "cli/answer_words.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "plots/words.h"
#include "scenarios/result.h"

enum { WIDTH = 80, LABEL_WIDTH = 44 };

static const char *share(struct arena *arena, double fraction) {
    return arena_printf(arena, "%.2f%%", 100 * fraction);
}

static const char *count(struct arena *arena, double n) {
    return number_whole(arena, n);
}

static const char *seconds(struct arena *arena, double s) {
    return isfinite(s) ? arena_printf(arena, "%s s", number_whole(arena, s)) : "-";
}

static void row(struct text *out, const char *label, const char *baseline, const char *plan) {
    text_printf(out, "  %-*s %14s %14s\n", LABEL_WIDTH, label, baseline, plan);
}

static const char *kilograms(struct arena *arena, const struct study_carbon *c) {
    double low = c->kg_operation.low + c->kg_embodied.low;
    double high = c->kg_operation.high + c->kg_embodied.high;
    return c->known ? range_words(arena, number_rounded(arena, low, CARBON_DIGITS),
                                  number_rounded(arena, high, CARBON_DIGITS))
                    : "unknown";
}

/* A line below the table, indented by two. */
static void note(struct text *out, const char *line) {
    text_append_string(out, "  ");
    append_wrapped(out, line, WIDTH - 2, 4);
}

/* Between the minimum and the plan: what is bought whole, what runs in fractions. */
static void append_as_sold(const struct plan *plan, struct text *out) {
    const struct plan_as_sold *sold = &plan->as_sold;
    struct arena *arena = out->arena;
    double above = (sold->usd_per_hour - sold->least_usd_per_hour) * HOURS_PER_MONTH;
    if (!sold->known)
        return;
    const char *near = above < 0.01 ? "the least possible"
                                    : arena_printf(arena, "at most %s above the least possible",
                                                   money(arena, above));
    note(out,
         arena_printf(arena, "commitments as they are sold, instances in fractions: %s a month, %s",
                      money(arena, sold->usd_per_hour * HOURS_PER_MONTH), near));
}

/* What the solver alone knows of a plan that no replay has seen. */
static void append_unplayed(const struct study *study, struct text *out) {
    struct arena *arena = out->arena;
    const struct plan *plan = study->recommended.plan;
    text_printf(out, "  theoretical minimum %s, whole-instance plan %s a month\n",
                money(arena, plan->lp_usd_per_hour * HOURS_PER_MONTH),
                money(arena, plan->usd_per_hour * HOURS_PER_MONTH));
    append_as_sold(plan, out);
    if (plan->gap >= 1e-4)
        note(out, arena_printf(arena,
                               "proven: no plan is more than %s cheaper. Whole instances are found "
                               "by search: with one more restriction it may find a cheaper one, by "
                               "no more than that",
                               number_percent(arena, plan->gap)));
    if (plan->carbon_usd_per_hour > 0)
        note(out, study_priced_words(arena, study));
    if (study->scenario.resilience.buy_spare)
        note(out, study_spare_words(arena, study));
}

static void append_survivals(const struct study *study, struct text *out) {
    for (int i = 0; i < study->n_survivals; i++) {
        const struct study_survival *lost = &study->survivals[i];
        const struct survival *survival = &lost->survival;
        note(out, arena_printf(out->arena, "%s lost: %s %s within target meanwhile, %s after it",
                               study_survive_word(lost->what),
                               study->scenario.workloads[lost->workload].name,
                               share_words(out->arena, survival->during.share),
                               share_words(out->arena, survival->after.share)));
    }
    if (study->scenario.resilience.buy_spare)
        note(out, study_spare_words(out->arena, study));
}

static void append_confidence(const struct study *study, struct text *out) {
    text_append_string(out, "  ");
    append_wrapped(out, study_confidence_words(out->arena, study), WIDTH - 2, 2);
}

static void append_futures(const struct study *study, struct text *out) {
    const char *const words[] = {
        study_present_words(out->arena, study), study_futures_words(out->arena, study),
        study_wait_words(out->arena, study), study_sensitivity_words(out->arena, study)};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i][0]) {
            text_append_string(out, "  ");
            append_wrapped(out, words[i], WIDTH - 2, 4);
        }
}

/* Of all weeks of the plan. */
static void append_tenant(const struct study *study, int workload, int index, struct text *out) {
    struct tenant_counts sum = {0};
    for (int week = 0; week < study->demand.n_weeks; week++) {
        const struct replay_result *r =
            &study->recommended.replays[workload * study->demand.n_weeks + week];
        const struct tenant_counts *tenant = &r->front.tenants[index];
        sum.arrived += tenant->arrived;
        sum.good += tenant->good;
        sum.attempts += tenant->attempts;
        sum.refused += tenant->refused;
    }
    if (sum.arrived == 0)
        return;
    note(out, arena_printf(
                  out->arena, "%s of %s: %s within target, %.2f%% of attempts refused by its rate",
                  study->scenario.workloads[workload].front.tenants[index].name,
                  study->scenario.workloads[workload].name,
                  share_words(out->arena, (double)sum.good / (double)sum.arrived),
                  sum.attempts > 0 ? 100 * (double)sum.refused / (double)sum.attempts : 0));
}

static void append_tenants(const struct study *study, struct text *out) {
    for (int w = 0; w < study->scenario.n_workloads; w++)
        for (int i = 0; i < study->scenario.workloads[w].front.n_tenants; i++)
            append_tenant(study, w, i, out);
}

static void append_rollout(const struct study *study, int rollout, struct text *out) {
    text_append_string(out, "  ");
    append_wrapped(out, study_rollout_words(out->arena, study, rollout), WIDTH - 2, 4);
}

/* Of the workload with the least margin to its own target. */
static void append_worst_window(const struct study *study, struct text *out) {
    struct arena *arena = out->arena;
    struct study_margin least = study_least_margin(study, &study->recommended);
    const char *of =
        study->scenario.n_workloads == 1
            ? ""
            : arena_printf(arena, " of %s", study->scenario.workloads[least.workload].name);
    const char *label =
        arena_printf(arena, "  worst %s%s (asked %.4g%%)", study_window_word(study, least.workload),
                     of, 100 * least.asked);
    const char *today =
        share_words(arena, study_worst_window(study, &study->baseline, least.workload));
    if (text_columns(bytes_of(label)) > LABEL_WIDTH) { /* a long name on lines of its own */
        text_append_string(out, "  ");
        append_wrapped(out, label, WIDTH - 2, 4);
        label = "";
    }
    text_printf(out, "  %s %14s %14s\n", padded(arena, label, LABEL_WIDTH), today,
                share_words(arena, least.worst));
}

static void append_numbers(const struct study *study, struct text *out) {
    struct arena *arena = out->arena;
    const struct study_fleet *a = &study->baseline, *b = &study->recommended;
    row(out, "", study->baseline_given ? "today" : "baseline", "plan");
    row(out, "cost a month of 730 hours", money(arena, a->bill_usd_per_month),
        money(arena, b->bill_usd_per_month));
    if (study->n_promises > 0) {
        row(out, "missing of promised spend, paid on top", money(arena, a->shortfall_usd_per_month),
            money(arena, b->shortfall_usd_per_month));
    }
    if (study->today_bill.unlisted_usd_per_month > 0)
        row(out, "commitments of its bill, not listed", "in it",
            money(arena, study_unlisted_usd(&b->unlisted)));
    if (study->n_promises > 0 || study->today_bill.unlisted_usd_per_month > 0)
        row(out, "cost with it, which savings count", money(arena, study_paid_usd_per_month(a)),
            money(arena, study_paid_usd_per_month(b)));
    row(out, "requests within target", share_words(arena, a->attainment),
        share_words(arena, b->attainment));
    append_worst_window(study, out);
    if (study_has_front_door(study)) {
        if (study_has_fallback_model(study))
            row(out, "requests served by the smaller model", share(arena, a->fallback_share),
                share(arena, b->fallback_share));
        row(out, "requests refused, timed out or given up", share(arena, a->unserved_share),
            share(arena, b->unserved_share));
        row(out, "attempts a request", arena_printf(arena, "%.3f", a->attempts_per_request),
            arena_printf(arena, "%.3f", b->attempts_per_request));
    }
    if (isfinite(b->usd_per_million_output_tokens))
        row(out, "cost per 1M output tokens within target",
            money(arena, a->usd_per_million_output_tokens),
            money(arena, b->usd_per_million_output_tokens));
    row(out, "cost per 1K requests within target", money(arena, a->usd_per_thousand_requests),
        money(arena, b->usd_per_thousand_requests));
    struct study_carbon before = study_fleet_carbon(arena, study, a);
    struct study_carbon after = study_fleet_carbon(arena, study, b);
    row(out, "carbon of instances, kg CO2e a month", kilograms(arena, &before),
        kilograms(arena, &after));
    if (study_scaling_shows(study)) {
        row(out, "launches a month", count(arena, a->launches_per_month),
            count(arena, b->launches_per_month));
        row(out, "  ready after, on average", seconds(arena, a->ready_delay_mean_s),
            seconds(arena, b->ready_delay_mean_s));
    }
    if (study->scenario.resilience.mtbf_s > 0)
        row(out, "instances that fail a month",
            arena_printf(arena, "%.2f", a->failed_instances_per_month),
            arena_printf(arena, "%.2f", b->failed_instances_per_month));
    row(out, "paid upfront", "", money(arena, b->plan->upfront_usd));
    struct study_bound bound = study_bound_of(study);
    row(out, "owed after the horizon", "", money(arena, b->plan->liability_usd));
    if (bound.owned_owed_usd >= 0.005)
        row(out, "  and by what is owned already", "", money(arena, bound.owned_owed_usd));
    row(out, "paid ahead for after the horizon", "", money(arena, bound.prepaid_usd));
    const struct study_gaps *g = &study->gaps;
    text_append_string(out, "\n");
    note(out, arena_printf(arena,
                           "theoretical minimum %s, whole-instance plan %s, bill of the replay %s",
                           total(arena, g->lp), total(arena, g->plan), total(arena, g->bill)));
    note(out,
         arena_printf(arena, "(margin for the target %s, rounding %s, billing rules %s, delay %s)",
                      total(arena, g->margin), total(arena, g->rounding),
                      total(arena, g->billing_rules), total(arena, g->delay)));
    const char *rules = study_bill_causes_words(arena, study);
    if (rules[0])
        note(out, rules);
    append_as_sold(b->plan, out);
    if (study->confidence.replays > 1)
        append_confidence(study, out);
    append_futures(study, out);
    if (study_scaling_shows(study))
        note(out,
             arena_printf(arena, "scaling of the plan: %s", study_scaling_words(arena, study)));
    if (b->plan->carbon_usd_per_hour > 0)
        note(out, study_priced_words(arena, study));
    append_survivals(study, out);
    for (int i = 0; i < study->n_rollouts; i++)
        append_rollout(study, i, out);
    append_tenants(study, out);
    if (!study->baseline_given)
        note(out, arena_printf(arena, "baseline: %s", study->baseline_name));
}

/* "4 x g5.2xlarge on spot: $12.30 a run, 52.2 runs in the horizon; 5.2 h, 95% within 7.1 h, in time
 * in 99.5% of 200 runs". */
static void append_job(const struct study *study, int index, struct text *out) {
    struct arena *arena = out->arena;
    const struct job_spec *spec = &study->scenario.jobs[index];
    const struct study_job *job = &study->jobs[index];
    struct text line = {.arena = arena};
    text_printf(&line, "- %s (%s): ", spec->name, job_kind_word(spec->kind));
    if (job->chosen < 0) {
        text_append_string(&line, "no way to run it is in time.");
    } else {
        const struct study_job_setup *setup = &job->setups[job->chosen];
        text_printf(&line, "%s, %s a month: %s of %s over the horizon; %s h each, 95%% within %s h",
                    setup->name, money(arena, job->usd_per_month),
                    number_counted(arena, job->runs, "run"), money(arena, setup->usd_per_run),
                    number_words(arena, setup->hours), number_words(arena, setup->hours_p95));
        if (spec->deadline_s > 0)
            text_printf(&line, ", in time (%s h) in %s of %d replayed runs",
                        number_words(arena, spec->deadline_s / 3600),
                        share_words(arena, setup->in_time_share), job->runs_replayed);
        if (job->covered_usd_horizon > 0)
            text_printf(&line, "; commitments cover %s of its node-hours, %s on demand",
                        number_words(arena, job->covered_node_hours),
                        money(arena, job->covered_usd_horizon));
        if (setup->moved_share > 0)
            text_printf(&line, "; %s end on demand", number_percent(arena, setup->moved_share));
        if (spec->cluster >= 0)
            text_printf(&line, "; priority %d, waits %s h and gives way %s times a run",
                        spec->priority, number_words(arena, setup->waited_hours),
                        number_words(arena, setup->preemptions));
        text_append_string(&line, ".");
    }
    append_wrapped(out, line.data, WIDTH, 2);
}

/* "- idle of research (8 x p4d.24xlarge): $9,876.54 of $40,000.00 a month; jobs hold 75.3% of its
 * node-hours." */
static void append_cluster(const struct study *study, int index, struct text *out) {
    const struct job_cluster *spec = &study->scenario.clusters[index];
    const struct study_cluster *cluster = &study->clusters[index];
    struct text line = {.arena = out->arena};
    if (!cluster->possible)
        return;
    text_printf(
        &line, "- idle of %s (%d x %s): %s of %s a month; jobs hold %s of its node-hours",
        spec->name, spec->nodes, spec->instance, money(out->arena, cluster->idle_usd_per_month),
        money(out->arena, cluster->usd_per_month), number_percent(out->arena, cluster->used_share));
    if (cluster->unfinished > 0)
        text_printf(&line, "; not over at the end: %s",
                    number_counted(out->arena, cluster->unfinished, "run"));
    text_append_string(&line, ".");
    append_wrapped(out, line.data, WIDTH, 2);
}

static void append_jobs(const struct study *study, struct text *out) {
    if (!study_jobs_ran(study))
        return;
    text_append_string(out, "\nJobs:\n");
    for (int j = 0; j < study->scenario.n_jobs; j++)
        append_job(study, j, out);
    for (int c = 0; c < study->scenario.n_clusters; c++)
        append_cluster(study, c, out);
    if (study->scenario.n_jobs + study->scenario.n_clusters > 1)
        text_printf(out, "  jobs %s a month\n", total(out->arena, study->jobs_usd_per_month));
}

/* "- search (rag): 2 x r7i.2xlarge in us-east-1, $1,234.00 a month; 3.1M calls, 12.3% of its time
 * with work; 95% wait less than 0.01 s and end within 0.02 s." */
static void append_stations(const struct study *study, struct text *out) {
    struct arena *arena = out->arena;
    const struct study_fleet *fleet = &study->recommended;
    if (study->n_stations == 0 || !fleet->stations)
        return;
    text_append_string(out, "\nStations, beside the plan:\n");
    for (int i = 0; i < study->n_stations; i++) {
        const struct study_station *station = &study->stations[i];
        const struct study_station_use *use = &fleet->stations[i];
        struct text line = {.arena = out->arena};
        text_printf(
            &line,
            "- %s (%s): %d x %s in %s%s%s%s, %s a month; %s calls a month, %s of its time "
            "with work; 95%% wait up to %s in the worst week and end within %s",
            station->spec->name, study->scenario.workloads[station->workload].name,
            station->spec->count, station->spec->instance, station->region,
            station->spec->model[0] ? " with " : "", station->spec->model,
            station->estimated ? " (times estimated)" : "", money(out->arena, use->usd_per_month),
            number_words(arena, use->calls_per_month), number_percent(arena, use->busy_share),
            words_seconds(arena, use->wait_p95_s), words_seconds(arena, use->latency_s[1]));
        if (use->rejected_per_month > 0)
            text_printf(&line, "; %s calls a month are rejected",
                        number_words(arena, use->rejected_per_month));
        text_append_string(&line, ".");
        append_wrapped(out, line.data, WIDTH, 2);
    }
    if (study->n_stations > 1)
        text_printf(out, "  stations %s a month\n",
                    total(out->arena, fleet->stations_usd_per_month));
}

static void append_tasks(const struct study *study, struct text *out) {
    struct arena *arena = out->arena;
    const struct study_fleet *fleet = &study->recommended;
    bool any = false;
    for (int w = 0; fleet->tasks && w < study->demand.n_workloads; w++) {
        const struct workload *workload = &study->scenario.workloads[w];
        const struct study_tasks *tasks = &fleet->tasks[w];
        struct text line = {.arena = out->arena};
        if (!workload->demand.flow)
            continue;
        text_printf(
            &line,
            "- %s: %s completed a month, %s each; half within %s s, 95%% within %s s, 99%% "
            "within %s s",
            workload->name, number_words(arena, tasks->completed_per_month),
            isfinite(tasks->usd_per_completed) ? money(arena, tasks->usd_per_completed) : "-",
            number_words(arena, tasks->latency_s[0]), number_words(arena, tasks->latency_s[1]),
            number_words(arena, tasks->latency_s[2]));
        if (workload->slo.task_s > 0)
            text_printf(&line, "; %s within the target of %.4g s (%s in the worst window)",
                        share_words(out->arena, tasks->attainment), workload->slo.task_s,
                        share_words(out->arena, tasks->worst_attainment));
        if (tasks->failed_per_month > 0)
            text_printf(&line, "; %s failed", number_words(arena, tasks->failed_per_month));
        if (tasks->cut_per_month > 0)
            text_printf(&line, "; %s cut at %s", number_words(arena, tasks->cut_per_month),
                        number_counted(arena, workload->demand.flow->calls_max, "call"));
        text_append_string(&line, ".");
        text_append_string(out, any ? "" : "\nTasks:\n");
        append_wrapped(out, line.data, WIDTH, 2);
        any = true;
    }
}

static void append_total(const struct study *study, struct text *out) {
    if (study_has_beside(study) && !study->infeasible)
        text_printf(out, "\nThe plan and all beside it: %s a month\n",
                    money(out->arena, study_total_usd_per_month(study)));
}

enum { ACTIONS_ALL = 12, ACTIONS_MOST = 10 }; /* all of so many; of more so many */

static void append_actions(const struct study *study, struct text *out) {
    const char *rest = study_rest_words(out->arena, study);
    text_append_string(out, "\n");
    append_wrapped(out,
                   arena_printf(out->arena,
                                "Do (savings are steps from the baseline to the plan%s%s):",
                                rest[0] ? "; " : "", rest),
                   WIDTH, 2);
    int n = study->n_actions, told = n <= ACTIONS_ALL ? n : ACTIONS_MOST;
    for (int i = 0; i < told; i++) {
        const struct study_action *action = &study->actions[i];
        struct text line = {.arena = out->arena};
        text_printf(&line, "  %d. %s", i + 1, action->text);
        const char *saved = study_step_words(out->arena, study, action);
        if (saved[0])
            text_printf(&line, " (%s)", saved);
        text_printf(&line, ": %s.", action->reason);
        append_wrapped(out, line.data + 2, WIDTH - 2, 5);
    }
    if (told < n)
        text_printf(out, "   %d more: actions.csv\n", n - told);
}

static void append_storage(const struct study *study, struct text *out) {
    if (study->scenario.n_storage > 0)
        text_append_string(out, "\nStore (beside the costs above):\n");
    for (int i = 0; i < study->scenario.n_storage; i++) {
        const struct storage_plan *plan = &study->storage[i];
        struct text line = {.arena = out->arena};
        double saved = plan->warmest_usd_per_month - plan->usd_per_month;
        text_printf(&line, "- %s: %s: %s a month%s, %s %s than all in the warmest tier.",
                    study->scenario.storage[i].data.name, study_storage_rule(out->arena, study, i),
                    total(out->arena, plan->usd_per_month), plan->estimated ? " (estimated)" : "",
                    total(out->arena, fabs(saved)), saved < 0 ? "more" : "less");
        append_wrapped(out, line.data, WIDTH, 2);
    }
    if (study->scenario.n_storage > 1)
        text_printf(out, "  stored data %s a month\n",
                    total(out->arena, study_storage_usd_per_month(study)));
}

static void append_notices(const struct study *study, struct text *out) {
    if (study->n_notices)
        text_append_string(out, "\nBe careful:\n");
    const char *const *notices;
    int n = answer_notices(out->arena, study, &notices);
    for (int i = 0; i < n; i++)
        append_wrapped(out, arena_printf(out->arena, "- %s.", notices[i]), WIDTH, 2);
}

/* What the scenario states about the variant, on a line of its own. */
static void append_variant(const struct candidate *c, struct text *out) {
    struct text line = {.arena = out->arena};
    if (c->one_off_usd > 0)
        text_printf(&line, "%s once", money(out->arena, c->one_off_usd));
    if (c->quality && c->quality[0])
        text_printf(&line, "%squality: %s", line.n ? "; " : "", c->quality);
    if (line.n) {
        text_append_string(out, "      ");
        append_wrapped(out, line.data, WIDTH - 6, 6);
    }
}

/* What becomes of the capacity when the service times are off. */
static const char *off_words(struct arena *arena, const struct study *study, int index) {
    struct band band = result_band(&study->capacities[index]);
    if (study->candidates[index].kind == CANDIDATE_TOKEN_API)
        return "stated";
    if (isnan(band.rate_low))
        return "unknown";
    return arena_printf(arena, "%+.0f%% %+.0f%%", 100 * (band.rate_low - 1),
                        100 * (band.rate_high - 1));
}

/* Columns of the table: a name, then what does not fit beside it in figures. */
enum { NAME_WIDTH = 28, REASON_INDENT = NAME_WIDTH + 3 };
#define CANDIDATE_LINE "  %s %10s %12s %13s %8s\n"

const char *answer_rate_words(struct arena *arena, const struct study *study, int candidate) {
    const struct candidate *c = &study->candidates[candidate];
    const struct capacity *k = &study->capacities[candidate];
    double rate = c->kind == CANDIDATE_INSTANCE
                      ? capacity_best_rate_per_replica(k) * c->replicas_per_instance
                      : k->rate_max_per_second;
    return rate > 0 ? number_words(arena, rate) : "no cap";
}

static void append_candidate(const struct study *study, int index, struct text *out) {
    const struct candidate *c = &study->candidates[index];
    const struct capacity *k = &study->capacities[index];
    const struct workload *w = &study->scenario.workloads[c->workload];
    struct text name = {.arena = out->arena};
    if (study->scenario.n_workloads > 1)
        text_printf(&name, "%s: ", w->name);
    text_append_string(&name, c->name);
    const char *beside = name.data;
    if (text_columns((struct bytes){name.data, name.n}) > NAME_WIDTH) { /* on lines of its own */
        text_append_string(out, "  ");
        append_wrapped(out, name.data, WIDTH - 2, 4);
        beside = "";
    }
    if (!k->feasible) {
        text_printf(out, "  %s ", padded(out->arena, beside, NAME_WIDTH));
        append_hanging(out, arena_printf(out->arena, "no: %s", k->reason), REASON_INDENT);
        append_variant(c, out);
        return;
    }
    const struct capacity_point *point = capacity_best_point(k);
    text_printf(out, CANDIDATE_LINE, padded(out->arena, beside, NAME_WIDTH),
                answer_rate_words(out->arena, study, index), off_words(out->arena, study, index),
                money(out->arena, result_usd_per_thousand_requests(study, index)),
                arena_printf(out->arena, "%.0f ms", 1000 * answer_p95_s(&w->slo, point)));
    append_variant(c, out);
}

static bool same_error(const struct capacity *a, const struct capacity *b) {
    return a->feasible && b->feasible && a->error_low == b->error_low &&
           a->error_high == b->error_high;
}

/* Whether another candidate with these words has another error. */
static bool is_shared(const struct study *study, int i,
                      const char *(*words)(struct arena *, const struct candidate *),
                      struct arena *arena) {
    const char *own = words(arena, &study->candidates[i]);
    for (int j = 0; j < study->n_candidates; j++)
        if (study->capacities[j].feasible &&
            !same_error(&study->capacities[i], &study->capacities[j]) &&
            strcmp(own, words(arena, &study->candidates[j])) == 0)
            return true;
    return false;
}

static const char *hardware_words(struct arena *arena, const struct candidate *c) {
    (void)arena;
    return c->hardware;
}

static const char *model_words(struct arena *arena, const struct candidate *c) {
    return arena_printf(arena, "%s with %s", c->hardware, c->model);
}

static const char *format_words(struct arena *arena, const struct candidate *c) {
    return arena_printf(arena, "%s with %s in %s", c->hardware, c->model, c->precision);
}

/* What has the error of candidate i, in as few words as tell it from other errors. */
static const char *error_of(struct arena *arena, const struct study *study, int i) {
    const struct candidate *c = &study->candidates[i];
    if (!is_shared(study, i, hardware_words, arena))
        return c->hardware;
    if (!is_shared(study, i, model_words, arena))
        return model_words(arena, c);
    if (!is_shared(study, i, format_words, arena))
        return format_words(arena, c);
    return c->name;
}

/* What has the error of candidate i, each once: L4 and L40S are two. */
static void append_hardware(const struct study *study, int i, struct text *line) {
    for (int j = i, n = 0; j < study->n_candidates; j++) {
        if (!same_error(&study->capacities[i], &study->capacities[j]))
            continue;
        const char *words = error_of(line->arena, study, j);
        bool told = false;
        for (int k = i; k < j && !told; k++)
            told = same_error(&study->capacities[i], &study->capacities[k]) &&
                   strcmp(words, error_of(line->arena, study, k)) == 0;
        if (!told)
            text_printf(line, "%s %s", n++ ? "," : "", words);
    }
}

/* Each error once, with the hardware that has it. */
static void append_errors(const struct study *study, struct text *line) {
    int n = 0;
    for (int i = 0; i < study->n_candidates; i++) {
        const struct capacity *k = &study->capacities[i];
        bool told = !k->feasible || isnan(result_band(k).error_low);
        for (int j = 0; j < i && !told; j++)
            told = same_error(k, &study->capacities[j]);
        if (told)
            continue;
        text_printf(line, "%s%+.0f%% to %+.0f%% on", n++ ? "; " : " ", 100 * k->error_low,
                    100 * k->error_high);
        append_hardware(study, i, line);
    }
}

static void append_off_note(const struct study *study, struct text *out) {
    struct text errors = {.arena = out->arena}, line = {.arena = out->arena};
    bool unknown = false;
    for (int i = 0; i < study->n_candidates; i++)
        unknown = unknown || (study->capacities[i].feasible &&
                              study->candidates[i].kind != CANDIDATE_TOKEN_API &&
                              isnan(result_band(&study->capacities[i]).rate_low));
    append_errors(study, &errors);
    if (!errors.n && !unknown)
        return;
    text_append_string(&line, "if off: what that becomes when service times are as far from the "
                              "computed ones as in four of five measured runs");
    text_printf(&line, "%s%s%s", errors.n ? "," : "", errors.n ? errors.data : "",
                unknown ? "; unknown: no measured error is known" : "");
    text_append_string(out, "\n  ");
    append_wrapped(out, line.data, WIDTH - 2, 2);
}

/* Candidates that can serve nothing stand in no plan and no picture: what the scenario lists is
 * never left out in silence. */
static void append_left_out(const struct study *study, struct text *out) {
    enum { TOLD = 3 };
    int n = 0;
    for (int c = 0; c < study->n_choices; c++) {
        if (study->capacities[c].feasible)
            continue;
        if (n == 0)
            text_append_string(out, "\nLeft out:\n");
        if (n++ < TOLD)
            append_wrapped(out,
                           arena_printf(out->arena, "- %s: %s", study->candidates[c].name,
                                        study->capacities[c].reason),
                           WIDTH, 2);
    }
    if (n > TOLD)
        text_printf(out, "- %s: candidates.csv\n",
                    number_counted(out->arena, n - TOLD, "more candidate"));
}

void answer_append_candidates(const struct study *study, struct text *out) {
    text_printf(out, CANDIDATE_LINE, padded(out->arena, "candidate", NAME_WIDTH), "req/s each",
                "if off", "$/1K requests", "p95");
    for (int i = 0; i < study->n_candidates; i++)
        append_candidate(study, i, out);
    append_off_note(study, out);
    answer_append_frontier(study, out);
    append_notices(study, out);
}

void answer_append(const struct study *study, struct text *out) {
    append_wrapped(out, study->headline, WIDTH, 0);
    if (study->infeasible) {
        append_jobs(study, out);
        append_notices(study, out);
        return;
    }
    text_append_string(out, "\n");
    if (study->recommended.bills)
        append_numbers(study, out);
    else
        append_unplayed(study, out);
    if (study->n_actions)
        append_actions(study, out);
    answer_append_week(study, out);
    answer_append_frontier(study, out);
    append_left_out(study, out);
    answer_append_commitments(study, out);
    answer_append_levers(study, out);
    append_storage(study, out);
    append_tasks(study, out);
    append_stations(study, out);
    append_jobs(study, out);
    append_total(study, out);
    answer_append_money(study, out);
    append_notices(study, out);
}
