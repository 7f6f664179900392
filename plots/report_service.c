/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well each workload is served in the replays: latencies with their tail, and why requests
 * wait. */
#include "plots/report_pages.h"

void report_service(struct flow *flow, const struct study *study) {
    static figure_open *const figures[] = {figure_latency_open, figure_timeline_open};
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        const char *title = "Service";
        if (study->scenario.n_workloads > 1)
            title = arena_printf(flow->arena, "Service: %s", study->scenario.workloads[w].name);
        report_figures(flow, study, w, title, figures, 2);
    }
}
