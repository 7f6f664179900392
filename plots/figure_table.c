/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/figure_table.h"

#include <string.h>

#include "base/csv.h"

const struct figure figure_table[] = {
    {"waterfall", "from the baseline's bill to the plan's, step by step", false,
     figure_waterfall_open, NULL},
    {"mix", "cost a month by how it is paid for, before and after", false, figure_mix_open, NULL},
    {"bridge", "the theoretical minimum, the plan and the bill, and what lies between", false,
     figure_bridge_open, NULL},
    {"week", "what runs in the busiest week by purchase option, and what is needed", true,
     figure_week_open, NULL},
    {"load-duration", "how often each further instance is needed, and what breaks even", true,
     figure_load_duration_open, "a plan that holds instances"},
    {"growth", "the planning weeks side by side on one scale", true, figure_growth_open,
     "more than one planning week: several months, or events"},
    {"heat", "cost by hour and day of the week", false, figure_heat_open, NULL},
    {"frontier", "cost against latency of every candidate", true, figure_frontier_open, NULL},
    {"latency", "how long requests take, with the tail, before and after", true,
     figure_latency_open, NULL},
    {"timeline", "replicas with work and requests waiting through the fullest week", true,
     figure_timeline_open, NULL},
    {"unit-cost", "what a unit of work costs under the plan and by candidate", true,
     figure_units_open, NULL},
    {"allocation", "who pays how much of the bill, idle and unused with it", false,
     figure_payers_open, NULL},
    {"budgets", "cost in each budget's period against its limit", false, figure_budgets_open,
     "`budgets` in the scenario"},
    {"cash", "cash since the start against on demand, and the month it is paid back", false,
     figure_cash_open, NULL},
    {"fan", "cost by month in futures that may come, against the budget", false, figure_fan_open,
     NULL},
    {"tornado", "which input moves the cost, and which changes what to commit to", false,
     figure_tornado_open, NULL},
    {"regret", "what each plan costs over all futures, and misses against the best", false,
     figure_regret_open, NULL},
    {"curve", "cost against how much is committed to", false, figure_curve_open,
     "commitments in `purchase`"},
    {"look-back", "what the provider's method would buy, and cost over the horizon", false,
     figure_look_back_open, "--lookback or --target-coverage, and commitments in `purchase`"},
    {"levers", "what engineering could change, each step on top of those before", false,
     figure_levers_open, "`levers` in the scenario"},
    {"carbon", "carbon against cost, before and after", false, figure_carbon_open, NULL},
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
