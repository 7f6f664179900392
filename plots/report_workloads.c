/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workload by workload what runs for it: where the first page and the headline tell sums. */
#include <math.h>
#include <string.h>

#include "plots/report_pages.h"
#include "plots/words.h"

enum {
    TOLD_ON_PAGE_1 = 4,
    CHARTED_ALL = 10, /* all of so many have figures of their own; of more so many */
    CHARTED_MOST = 8
};

/* What each would pay for at list prices in the plan: the order of the rows, and that page 2 is of
 * the first of them. */
static const int *by_size(struct arena *arena, const struct study *study) {
    int n = study->scenario.n_workloads, *order = arena_new(arena, int, n);
    double *size = arena_new(arena, double, n);
    for (int w = 0; w < n; w++) {
        int at = w;
        size[w] = report_workload_size(study, w);
        for (; at > 0 && size[order[at - 1]] < size[w]; at--)
            order[at] = order[at - 1];
        order[at] = w;
    }
    return order;
}

static bool charts_all(const struct study *study) {
    return study->infeasible || study->scenario.n_workloads <= CHARTED_ALL;
}

const bool *report_charted(struct arena *arena, const struct study *study) {
    int n = study->scenario.n_workloads;
    bool *charted = arena_new(arena, bool, n);
    if (charts_all(study)) {
        memset(charted, 1, (size_t)n * sizeof *charted);
        return charted;
    }
    const int *order = by_size(arena, study);
    for (int i = 0; i < CHARTED_MOST; i++)
        charted[order[i]] = true;
    return charted;
}

static double peak_of(const struct study *study, int workload) {
    double peak = 0;
    for (int h = 0; h < study->demand.n_hours; h++)
        peak = fmax(peak, study->demand.rate_per_second[workload * study->demand.n_hours + h]);
    return peak;
}

bool report_has_workloads(const struct study *study) {
    return !study->infeasible && study->scenario.n_workloads > TOLD_ON_PAGE_1;
}

void report_workloads(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Workload", ALIGN_LEFT, 1, true},
        {"In the plan", ALIGN_LEFT, 1, false},
        {"In the baseline", ALIGN_LEFT, 0.8, false},
        {"Peak requests per second", ALIGN_RIGHT, 0.35, false},
        {"Worst window within target", ALIGN_RIGHT, 0.35, false},
        {"Asked", ALIGN_RIGHT, 0, false},
    };
    if (!report_has_workloads(study))
        return;
    struct arena *arena = flow->arena;
    int n = study->scenario.n_workloads;
    const int *order = by_size(arena, study);
    bool replayed = report_was_replayed(study);
    struct grid grid = GRID_OPEN(arena, columns, n);
    for (int i = 0; i < n; i++) {
        struct grid_cell *row = grid_row(&grid, i);
        int w = order[i];
        const struct workload *workload = &study->scenario.workloads[w];
        row[0] = (struct grid_cell){.text = workload->name, .strong = true};
        row[1].text = study_runs_words(arena, study, study->recommended.plan, w);
        row[2].text = study->baseline.plan ? study_runs_words(arena, study, study->baseline.plan, w)
                                           : "\u2014";
        row[3].text = words_number(arena, peak_of(study, w));
        row[4].text = replayed
                          ? words_share(arena, study_worst_window(study, &study->recommended, w))
                          : "\u2014";
        row[5].text = words_asked(arena, workload->slo.share);
    }
    grid.row_gap = 3.2;
    struct parts parts = {0};
    const char *subtitle = "The largest first, at list prices; instances over the hours of the "
                           "weeks that are planned";
    if (!charts_all(study))
        subtitle = arena_printf(arena,
                                "%s. The first %s have figures of their own; of the others: "
                                "headroom plot FIGURE SCENARIO --workload NAME, candidates.csv",
                                subtitle, words_count(arena, CHARTED_MOST, false));
    parts_add_table(flow, &parts, "What runs for each workload", subtitle, &grid);
    parts_draw(flow, REPORT_EVERY_WORKLOAD, &parts);
}
