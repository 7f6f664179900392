/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs: how each is run, and the best of the other ways. */

#include "plots/parts.h"
#include "plots/report_pages.h"
#include "plots/words.h"

static const char *deadline_words(struct arena *arena, const struct job_spec *spec,
                                  const struct study_job_setup *setup) {
    if (spec->deadline_s <= 0)
        return "no deadline";
    return arena_printf(arena, "%.3g%% within %.3g h", 100 * setup->in_time_share,
                        spec->deadline_s / 3600);
}

static int count_clusters(const struct study *study) {
    int n = 0;
    for (int c = 0; c < study->scenario.n_clusters; c++)
        n += study->clusters[c].possible;
    return n;
}

static void fill_idle(struct arena *arena, struct grid *grid, const struct study *study) {
    int n = study->scenario.n_jobs;
    for (int c = 0; c < study->scenario.n_clusters; c++) {
        const struct job_cluster *spec = &study->scenario.clusters[c];
        const struct study_cluster *cluster = &study->clusters[c];
        if (!cluster->possible)
            continue;
        struct grid_cell *row = grid_row(grid, n++);
        row[0].text = arena_printf(arena, "idle of %s", spec->name);
        row[1].text = arena_printf(arena, "%d x %s", spec->nodes, spec->instance);
        row[1].note = arena_printf(arena, "jobs hold %.3g%%", 100 * cluster->used_share);
        row[2].text = money_words(arena, cluster->idle_usd_per_month);
        row[2].note = arena_printf(arena, "of %s", money_words(arena, cluster->usd_per_month));
    }
}

static struct grid chosen_grid(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Job", ALIGN_LEFT, 1, true},
        {"Runs on", ALIGN_LEFT, 1.4, false},
        {"Cost a month", ALIGN_RIGHT, 0, false},
        {"A run", ALIGN_RIGHT, 0, false},
        {"Hours, 95% within", ALIGN_RIGHT, 0, false},
        {"In time", ALIGN_RIGHT, 0, false},
    };
    struct arena *arena = flow->arena;
    struct grid grid = GRID_OPEN(arena, columns, study->scenario.n_jobs + count_clusters(study));
    for (int j = 0; j < study->scenario.n_jobs; j++) {
        const struct job_spec *spec = &study->scenario.jobs[j];
        const struct study_job *job = &study->jobs[j];
        struct grid_cell *row = grid_row(&grid, j);
        row[0].text = spec->name;
        row[0].note = job_kind_word(spec->kind);
        row[1].text = "no way is in time";
        if (job->chosen < 0)
            continue;
        const struct study_job_setup *setup = &job->setups[job->chosen];
        row[1].text = setup->name;
        if (setup->moved_share > 0)
            row[1].note =
                arena_printf(arena, "%.3g%% of runs end on demand", 100 * setup->moved_share);
        row[2].text = money_words(arena, job->usd_per_month);
        row[2].note = arena_printf(arena, "%.0f run%s", job->runs, job->runs == 1 ? "" : "s");
        row[3].text = money_words(arena, setup->usd_per_run);
        row[4].text = arena_printf(arena, "%.3g, %.3g", setup->hours, setup->hours_p95);
        row[5].text = deadline_words(arena, spec, setup);
    }
    fill_idle(arena, &grid, study);
    return grid;
}

/* Of each instance type and way to buy, the gang that costs least or comes nearest to the deadline;
 * not the chosen. */
static bool stands_for(const struct study_job *job, int index) {
    const struct study_job_setup *a = &job->setups[index];
    for (int i = 0; i < job->n_setups; i++) {
        const struct study_job_setup *b = &job->setups[i];
        if (i == index || b->place != a->place || b->region != a->region || b->option != a->option)
            continue;
        bool better = b->in_time != a->in_time ? b->in_time
                      : a->in_time             ? b->usd_per_run < a->usd_per_run
                                               : b->in_time_share > a->in_time_share;
        bool worse = b->in_time != a->in_time ? a->in_time
                     : a->in_time             ? b->usd_per_run > a->usd_per_run
                                              : b->in_time_share < a->in_time_share;
        if (better || (!worse && i < index))
            return false;
    }
    return index != job->chosen;
}

static int count_others(const struct study *study) {
    int n = 0;
    for (int j = 0; j < study->scenario.n_jobs; j++)
        for (int i = 0; i < study->jobs[j].n_setups; i++)
            n += stands_for(&study->jobs[j], i);
    return n;
}

static void add_others(struct flow *flow, const struct study *study, struct parts *parts) {
    static const struct grid_column columns[] = {
        {"Job", ALIGN_LEFT, 1, true},
        {"Could run on", ALIGN_LEFT, 1.2, false},
        {"A run", ALIGN_RIGHT, 0, false},
        {"Why not", ALIGN_LEFT, 1.6, false},
    };
    struct grid grid = GRID_OPEN(flow->arena, columns, count_others(study));
    int n = 0;
    for (int j = 0; j < study->scenario.n_jobs; j++)
        for (int i = 0; i < study->jobs[j].n_setups; i++) {
            const struct study_job_setup *setup = &study->jobs[j].setups[i];
            if (!stands_for(&study->jobs[j], i))
                continue;
            struct grid_cell *row = grid_row(&grid, n++);
            row[0].text = study->scenario.jobs[j].name;
            row[1].text = setup->name;
            row[2].text = setup->possible ? money_words(flow->arena, setup->usd_per_run) : "\u2014";
            row[3].text = setup->reason;
        }
    if (n > 0)
        parts_add_table(flow, parts, "Other ways to run them",
                        "The best gang of each instance type and way to buy", &grid);
}

/* Whom commitments cover. */
static const char *covered_words(struct arena *arena, const struct study *study) {
    double usd = 0;
    for (int j = 0; j < study->scenario.n_jobs; j++)
        usd += study->jobs[j].covered_usd_horizon;
    if (usd <= 0)
        return "Jobs are billed apart: they share no instance and no commitment with the "
               "workloads.";
    return arena_printf(arena,
                        "Jobs share no instance with the workloads. What these leave of the plan's "
                        "commitments covers %s a month of jobs on demand, which is not in the sum.",
                        money_words(arena, usd / study->demand.horizon_hours * HOURS_PER_MONTH));
}

void report_jobs(struct flow *flow, const struct study *study) {
    if (!study_jobs_ran(study))
        return;
    struct arena *arena = flow->arena;
    const char *title =
        arena_printf(arena, "Jobs cost %s a month", money_words(arena, study->jobs_usd_per_month));
    if (!study->infeasible)
        title = arena_printf(arena, "%s; the plan and all beside it %s", title,
                             money_words(arena, study_total_usd_per_month(study)));
    struct grid chosen = chosen_grid(flow, study);
    struct parts parts = {0};
    parts_add_table(flow, &parts, title,
                    arena_printf(arena, "Means of %d replayed runs of each way to run a job%s",
                                 STUDY_JOB_RUNS,
                                 count_clusters(study) > 0
                                     ? arena_printf(arena, ", and of %d replays of a cluster",
                                                    STUDY_CLUSTER_RUNS)
                                     : ""),
                    &chosen);
    parts_add_note(&parts, covered_words(arena, study));
    add_others(flow, study, &parts);
    parts_draw(flow, "Jobs", &parts);
}
