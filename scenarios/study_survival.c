/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left of the recommended fleet when a zone, an instance or all spot is lost: each
 * workload's busiest week is replayed again with each loss that the scenario names. */
#include "base/number.h"
#include "base/share.h"
#include "base/workers.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_resilience.h"

struct survival_cells {
    const struct study *study;
    struct study_survival *survivals; /* [n] */
    struct err *errors;               /* [n] */
};

static int busiest_week(const struct study *study, int workload) {
    int n_weeks = study->demand.n_weeks, busiest = 0;
    const struct replay_result *replays = &study->recommended.replays[workload * n_weeks];
    for (int week = 1; week < n_weeks; week++)
        if (replays[week].arrived > replays[busiest].arrived)
            busiest = week;
    return busiest;
}

/* Nothing runs that could be lost. */
static struct survival untouched(const struct replay_result *usual, int hour) {
    const struct replay_hour *at = &usual->hours[hour];
    struct survival_part part = {at->arrived, at->good, 1};
    if (at->arrived > 0)
        part.share = (double)at->good / (double)at->arrived;
    return (struct survival){.hour = hour,
                             .before = {.share = 1},
                             .during = part,
                             .after = {.share = 1},
                             .usual = part,
                             .holds = true};
}

static void lose(void *context, int index, struct arena *scratch) {
    struct survival_cells *cells = context;
    const struct study *study = cells->study;
    const struct resilience_spec *spec = &study->scenario.resilience;
    struct study_survival *out = &cells->survivals[index];
    out->week = busiest_week(study, out->workload);
    const struct replay_result *usual =
        &study->recommended.replays[out->workload * study->demand.n_weeks + out->week];
    struct replay_input input = study_replay_input(scratch, study, study->recommended.plan,
                                                   out->workload, out->week, false);
    int hour = spec->outage_hour >= 0 ? spec->outage_hour : replay_busiest_hour(usual), target;
    if (out->what == SURVIVE_ZONE) {
        target = spec->zone_lost >= 0 ? spec->zone_lost : replay_heaviest_zone(&input, hour);
        out->zone = target;
    } else if (out->what == SURVIVE_SPOT) {
        target = replay_runs_spot(&input, hour) ? 0 : -1;
        out->pool = target < 0 ? NULL : "spot";
    } else {
        target = replay_largest_instance(&input, hour);
        out->pool = target >= 0 ? input.pools[target].name : NULL;
    }
    if (target < 0) {
        out->survival = untouched(usual, hour);
        return;
    }
    static const enum fault_kind kinds[SURVIVE_KINDS] = {FAULT_ZONE, FAULT_INSTANCE, FAULT_SPOT};
    struct fault loss = {
        .kind = kinds[out->what], .duration_s = spec->outage_s[out->what], .target = target};
    replay_survives(scratch, &input, usual, loss, hour, &out->survival, &cells->errors[index]);
}

bool study_check_survival(struct arena *arena, struct study *study,
                          const struct study_options *options, struct err *err) {
    int n = 0, n_workloads = study->demand.n_workloads;
    struct study_survival *survivals =
        arena_new(arena, struct study_survival, SURVIVE_KINDS * n_workloads);
    for (int what = 0; what < SURVIVE_KINDS; what++)
        for (int w = 0; study->scenario.resilience.survive[what] && w < n_workloads; w++)
            survivals[n++] = (struct study_survival){.workload = w, .what = (enum survive)what};
    struct survival_cells cells = {study, survivals, arena_new(arena, struct err, n)};
    workers_run(options->n_threads, n, lose, &cells);
    for (int i = 0; i < n; i++)
        if (cells.errors[i].kind != ERR_NONE) {
            *err = cells.errors[i];
            return false;
        }
    study->n_survivals = n;
    study->survivals = survivals;
    return true;
}

/* ---- words ---- */

const char *study_survive_word(enum survive what) {
    static const char *const words[SURVIVE_KINDS] = {"a zone", "an instance", "all spot"};
    return words[what];
}

static const char *lost_words(struct arena *arena, const struct study *study,
                              const struct study_survival *lost) {
    const struct resilience_spec *spec = &study->scenario.resilience;
    double minutes = spec->outage_s[lost->what] / 60;
    if (lost->what == SURVIVE_ZONE)
        return arena_printf(arena, "%s of %d lost for %.4g min", study_zones[lost->zone],
                            spec->zones, minutes);
    if (!lost->pool)
        return lost->what == SURVIVE_SPOT ? "no spot to lose" : "no instance to lose";
    if (lost->what == SURVIVE_SPOT)
        return arena_printf(arena, "all spot lost for %.4g min", minutes);
    if (minutes > 0)
        return arena_printf(arena, "one of %s lost for %.4g min", lost->pool, minutes);
    return arena_printf(arena, "one of %s lost until another is ready", lost->pool);
}

const char *study_survival_words(struct arena *arena, const struct study *study, int index) {
    const struct study_survival *lost = &study->survivals[index];
    const struct survival *survival = &lost->survival;
    return arena_printf(
        arena,
        "%s in hour %d of the week: %s within target in that time (usually %s), "
        "%s after it",
        lost_words(arena, study, lost), survival->hour, share_words(arena, survival->during.share),
        share_words(arena, survival->usual.share), share_words(arena, survival->after.share));
}

const char *study_losses_words(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    for (int what = 0; what < SURVIVE_KINDS; what++)
        if (study->scenario.resilience.survive[what])
            text_printf(&out, "%s%s", out.n ? " or " : "", study_survive_word((enum survive)what));
    return out.data;
}

const char *study_spare_words(struct arena *arena, const struct study *study) {
    const struct study_spare *spare = &study->spare;
    const char *of = study_losses_words(arena, study);
    char usd[32];
    money_format_short(usd, spare->usd_per_month);
    if (!spare->bought && !spare->by_size && study->n_rounds == 0)
        return arena_printf(arena, "spare for the loss of %s: not planned yet", of);
    if (spare->by_size && !spare->bought)
        return arena_printf(arena,
                            "no plan has spare for the loss of %s, so this one is without (%s lack "
                            "it): %s",
                            of, number_counted(arena, spare->hours_lacking, "planning hour"),
                            spare->no_plan);
    if (spare->by_size)
        return arena_printf(
            arena,
            "spare for the loss of %s in every hour, as SIZE counts it: %s a month; "
            "no replay has lost one yet, which headroom run does, and adds to where "
            "the target is missed",
            of, usd);
    if (!spare->bought)
        return arena_printf(arena,
                            "spare for the loss of %s: not enough in %s at %s "
                            "a month more",
                            of, number_counted(arena, spare->hours_lacking, "planning hour"), usd);
    if (spare->usd_per_month == 0)
        return arena_printf(arena, "spare for the loss of %s: the plan has enough", of);
    return arena_printf(arena, "spare for the loss of %s: %s a month", of, usd);
}
