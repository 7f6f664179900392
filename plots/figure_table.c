/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/figure_table.h"

#include <string.h>

#include "base/csv.h"

const struct figure figure_table[] = {
    {"mix", "cost a month by how it is paid for, before and after", false, figure_mix_open},
    {"bridge", "the theoretical minimum, the plan and the bill, and what lies between", false,
     figure_bridge_open},
    {"week", "what runs in the busiest week by purchase option, and what is needed", true,
     figure_week_open},
    {"load-duration", "how often each further instance is needed, and what breaks even", true,
     figure_load_duration_open},
    {"growth", "the planning weeks side by side on one scale", true, figure_growth_open},
    {"frontier", "cost against latency of every candidate", true, figure_frontier_open},
    {0},
};

const struct figure *figure_find(const char *id) {
    for (const struct figure *figure = figure_table; figure->id; figure++)
        if (strcmp(figure->id, id) == 0)
            return figure;
    return NULL;
}

int figure_views(const struct figure *figure, const struct study *study) {
    return figure->of_workload ? study->scenario.n_workloads : 1;
}

void figure_csv_row(struct text *out, const char *const *texts, int n_texts, const double *numbers,
                    int n_numbers) {
    for (int i = 0; i < n_texts; i++) {
        text_append_string(out, i ? "," : "");
        csv_append_text(out, texts[i]);
    }
    for (int i = 0; i < n_numbers; i++) {
        text_append_string(out, i || n_texts ? "," : "");
        csv_append_number(out, numbers[i]);
    }
    text_append_string(out, "\n");
}
