/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well each workload is served in the replays: latencies with their tail, and why requests
 * wait. One chapter, so that the figures of many workloads fill its pages; their subtitles name
 * the workload. */
#include "plots/parts.h"
#include "plots/report_pages.h"

void report_service(struct flow *flow, const struct study *study) {
    struct parts parts = {0};
    const bool *charted = report_charted(flow->arena, study);
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        if (!charted[w])
            continue;
        parts_add_figure(flow, &parts, study, w, figure_latency_open);
        parts_add_figure(flow, &parts, study, w, figure_timeline_open);
    }
    parts_draw(flow, "Service", &parts);
}
