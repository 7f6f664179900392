/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well each workload is served in the replays: latencies with their tail, and why requests
 * wait. */
#include "plots/report_pages.h"

#define GAP 18.0

void report_service(struct flow *flow, const struct study *study) {
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        struct figure_view views[2];
        int n = figure_latency_open(flow->arena, study, w, &views[0]);
        n += figure_timeline_open(flow->arena, study, w, &views[n]);
        double height = 0;
        for (int i = 0; i < n; i++)
            height += report_figure_title_height(flow, &views[i]) + views[i].height + GAP;
        if (n == 0)
            continue;
        const char *title = "Service";
        if (study->scenario.n_workloads > 1)
            title = arena_printf(flow->arena, "Service: %s", study->scenario.workloads[w].name);
        flow_chapter(flow, title, height);
        for (int i = 0; i < n; i++) {
            if (i > 0)
                flow_space(flow, GAP);
            report_figure(flow, &views[i], views[i].height);
        }
    }
}
