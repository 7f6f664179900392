/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of jobs on a fabricated study: no faults of layout with ordinary, long and many jobs; a
 * job without a way says so; of the ways not chosen the best of each type and option stands there,
 * with its reason; a study without jobs has no such page. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "plots/report_pages.h"
#include "scene_check.h"
#include "study_fixture.h"

#define TEN "long-name-"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

enum { SETUPS = 4 };

/* Chosen: spot at 10 USD; on demand with two gangs at 30 and 25; a type that is too slow. */
static struct study_job_setup *make_setups(struct arena *arena, bool in_time) {
    struct study_job_setup *setups = arena_new(arena, struct study_job_setup, SETUPS);
    const struct study_job_setup made[SETUPS] = {
        {.option = JOB_SPOT, .name = "4 x g5.12xlarge on spot", .reason = "", .usd_per_run = 10},
        {.option = JOB_ON_DEMAND,
         .name = "8 x g5.12xlarge on demand",
         .reason = "costs $20 more a run",
         .usd_per_run = 30},
        {.option = JOB_ON_DEMAND,
         .name = "4 x g5.12xlarge on demand",
         .reason = "costs $15 more a run",
         .usd_per_run = 25},
        {.place = 1,
         .name = "1 x g4dn.xlarge on demand",
         .reason = "in time in 3.5% of 200 runs, 95% are asked",
         .in_time_share = 0.035,
         .usd_per_run = 5},
    };
    for (int i = 0; i < SETUPS; i++) {
        setups[i] = made[i];
        setups[i].possible = true;
        setups[i].in_time = in_time && i < 3;
        setups[i].hours = 23.1;
        setups[i].hours_p95 = 28.8;
        setups[i].moved_share = i == 0 ? 0.125 : 0;
    }
    return setups;
}

static struct study *make_study(struct arena *arena, int n_jobs, const char *name, bool in_time) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(arena, &fixture);
    struct job_spec *specs = arena_new(arena, struct job_spec, n_jobs);
    struct study_job *jobs = arena_new(arena, struct study_job, n_jobs);
    for (int j = 0; j < n_jobs; j++) {
        specs[j] = (struct job_spec){
            .name = name, .kind = JOB_RETRAINING, .deadline_s = j % 2 ? 0 : 36 * 3600};
        jobs[j] = (struct study_job){.n_setups = SETUPS,
                                     .setups = make_setups(arena, in_time),
                                     .chosen = in_time ? 0 : -1,
                                     .runs = 53,
                                     .usd_per_month = in_time ? 44.17 : 0};
        study->jobs_usd_per_month += jobs[j].usd_per_month;
    }
    study->scenario.n_jobs = n_jobs;
    study->scenario.jobs = specs;
    study->jobs = jobs;
    return study;
}

static struct flow lay_out(struct arena *arena, const struct study *study) {
    struct err err = {0};
    return report_lay_out(arena, report_typeset(arena, &err), paper_a4(), study);
}

static void finish(struct arena *arena, struct flow *flow) {
    typeset_close(flow->type);
    arena_release(arena);
}

Test(report_jobs, what_is_chosen_and_what_not) {
    struct arena arena = {0};
    struct flow flow = lay_out(&arena, make_study(&arena, 1, "retrain", true));
    cr_expect(eq(int, flow_faults(&flow), 0));
    cr_expect(flow_contains(&flow, "Jobs cost $44.2 a month; the plan and all beside it"));
    cr_expect(flow_contains(&flow, "12.5% of runs end on demand"));
    cr_expect(flow_contains(&flow, "53 runs"));
    cr_expect(flow_contains(&flow, "4 x g5.12xlarge on demand"));
    cr_expect(not(flow_contains(&flow, "8 x g5.12xlarge on demand")), "not the best of its kind");
    cr_expect(flow_contains(&flow, "in time in 3.5% of 200 runs"));
    finish(&arena, &flow);
}

Test(report_jobs, a_job_without_a_way) {
    struct arena arena = {0};
    struct flow flow = lay_out(&arena, make_study(&arena, 1, "retrain", false));
    cr_expect(eq(int, flow_faults(&flow), 0));
    cr_expect(flow_contains(&flow, "no way is in time"));
    finish(&arena, &flow);
}

Test(report_jobs, many_jobs_with_long_names_go_on_overleaf) {
    struct arena arena = {0};
    struct flow flow = lay_out(&arena, make_study(&arena, 40, LONG, true));
    cr_expect(eq(int, flow_faults(&flow), 0));
    finish(&arena, &flow);
}

Test(report_jobs, no_jobs_no_page) {
    struct arena arena = {0};
    struct flow with = lay_out(&arena, make_study(&arena, 1, "retrain", true));
    struct flow without = lay_out(&arena, make_study(&arena, 0, "", true));
    cr_expect(eq(int, without.n_pages, with.n_pages - 1));
    cr_expect(not(flow_contains(&without, "Jobs cost")));
    typeset_close(with.type);
    finish(&arena, &without);
}
