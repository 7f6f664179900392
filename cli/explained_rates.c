/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explained_rates.h"

#include <string.h>

#define ON_DEMAND "on demand hour"
#define SPOT "spot hour"

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* "1-year reserved instance, all upfront" */
static bool is_commitment(const struct result_rate *rate) {
    return strstr(rate->what, "-year ") != NULL;
}

/* "million input tokens", "gb second" */
static bool is_by_use(const struct result_rate *rate) {
    return !is_commitment(rate) && strcmp(rate->what, ON_DEMAND) != 0 &&
           strcmp(rate->what, SPOT) != 0;
}

/* What the rates of use are for, and the unit of lines that are paid by them. */
static const struct {
    const char *what, *unit;
} uses[] = {
    {"million input tokens", "input token"},
    {"million output tokens", "output token"},
    {"million cached tokens", "cached input token"},
    {"million requests", "invocation"},
    {"gb second", "MB-ms"},
    {"provisioned gb second", "provisioned MB-ms"},
    {"held gb second", "held MB-second"},
    {"unit hour", "model unit-second"},
};

static bool pays(const struct cost_line *line, const struct result_rate *rate) {
    if (!line->machine || strcmp(line->machine, rate->machine) != 0)
        return false;
    if (is_commitment(rate))
        return strcmp(line->paid, rate->what) == 0;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        if (strcmp(uses[i].what, rate->what) == 0)
            return strcmp(line->unit, uses[i].unit) == 0;
    return strcmp(line->unit, COST_HELD_UNIT) == 0 && begins(rate->what, line->paid);
}

static bool plan_pays(const struct result_file *result, const struct result_rate *rate) {
    for (int i = 0; i < result->cost.n_lines; i++)
        if (pays(&result->cost.lines[i], rate))
            return true;
    return false;
}

/* ---- the baseline ---- */

/* Whether a rate is of a machine type: "g6e.xlarge in us-east-1" is of "g6e.xlarge". */
static bool is_of_type(const struct result_rate *rate, const char *type, size_t n) {
    return strncmp(rate->machine, type, n) == 0 &&
           (rate->machine[n] == '\0' || rate->machine[n] == ' ');
}

/* Whether a list such as "16 x g6.2xlarge, on demand" names the rate's machine. */
static bool names_type(const char *words, const struct result_rate *rate) {
    while (*words) {
        size_t n = strcspn(words, " ,:");
        if (n > 1 && is_of_type(rate, words, n))
            return true;
        words += n + strspn(words + n, " ,:");
    }
    return false;
}

static const char *given(const struct result_file *result, const char *entry, size_t n,
                         const char *key) {
    for (int i = 0; i < result->n_inputs; i++) {
        const char *path = result->inputs[i].path;
        if (strncmp(path, entry, n) == 0 && strcmp(path + n, key) == 0)
            return result->inputs[i].value;
    }
    return NULL;
}

static bool today_pays(const struct result_file *result, const struct result_rate *rate) {
    for (int i = 0; i < result->n_inputs; i++) {
        const struct result_input *input = &result->inputs[i];
        size_t n = strlen(input->path), key = strlen("instance");
        if (!begins(input->path, "today.fleet.") || n < key ||
            strcmp(input->path + n - key, "instance") != 0 ||
            !is_of_type(rate, input->value, strlen(input->value)))
            continue;
        const char *option = given(result, input->path, n - key, "option");
        if (strcmp(rate->what, option && strcmp(option, "spot") == 0 ? SPOT : ON_DEMAND) == 0)
            return true;
    }
    return false;
}

/* Without a fleet of today's: the machines that its name tells, on demand or by use. */
static bool baseline_pays(const struct result_file *result, const struct result_rate *rate) {
    for (int i = 0; i < result->n_inputs; i++)
        if (begins(result->inputs[i].path, "today."))
            return today_pays(result, rate);
    const json_t *name = result_value(result, "baseline_name");
    return json_is_string(name) && names_type(json_string_value(name), rate) &&
           (is_by_use(rate) || strcmp(rate->what, ON_DEMAND) == 0);
}

/* ---- of numbers and actions ---- */

static const struct {
    const char *begin;
    enum rates_of of;
} numbers[] = {
    {"recommended.within", RATES_OF_NOTHING},
    {"recommended.worst", RATES_OF_NOTHING},
    {"recommended.requests", RATES_OF_NOTHING},
    {"baseline.within", RATES_OF_NOTHING},
    {"baseline.worst", RATES_OF_NOTHING},
    {"baseline.requests", RATES_OF_NOTHING},
    {"baseline.", RATES_OF_BASELINE},
    {"saving_", RATES_OF_BOTH},
    {"cost_of_waiting.", RATES_OF_BOTH},
    {"steps_usd_per_month.", RATES_OF_BOTH},
    {"three_numbers.theoretical_minimum_usd_per_month", RATES_COMPARED},
    {"three_numbers.margin", RATES_COMPARED},
    {"three_numbers.rounding", RATES_COMPARED},
    {"plan.as_sold.", RATES_COMPARED},
    {"futures.", RATES_COMPARED},
    {"levers.", RATES_COMPARED},
};

enum rates_of rates_of_number(const char *path) {
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (begins(path, numbers[i].begin))
            return numbers[i].of;
    return RATES_OF_PLAN;
}

bool rates_have(enum rates_of of, const struct result_file *result,
                const struct result_rate *rate) {
    switch (of) {
    case RATES_OF_NOTHING:
        return false;
    case RATES_OF_PLAN:
        return plan_pays(result, rate);
    case RATES_OF_BASELINE:
        return baseline_pays(result, rate);
    case RATES_OF_BOTH:
        return plan_pays(result, rate) || baseline_pays(result, rate);
    case RATES_COMPARED:
        return true;
    }
    return false;
}

/* Whether the plan pays for the rate's machine in a way of which `holds` says yes. */
static bool plan_buys(const struct result_file *result, const struct result_rate *rate,
                      const char *text, const char *way) {
    for (int i = 0; i < result->cost.n_lines; i++) {
        const struct cost_line *line = &result->cost.lines[i];
        if (line->machine && strcmp(line->machine, rate->machine) == 0 &&
            (way ? strcmp(line->paid, way) == 0 : strstr(text, line->paid) != NULL))
            return true;
    }
    return false;
}

bool rates_have_of_action(const char *kind, const char *text, const struct result_file *result,
                          const struct result_rate *rate) {
    bool on_demand = strcmp(rate->what, ON_DEMAND) == 0;
    if (strcmp(kind, "commit") == 0)
        return (on_demand && plan_buys(result, rate, text, NULL)) ||
               (is_commitment(rate) && strstr(text, rate->what) && plan_pays(result, rate));
    if (strcmp(kind, "spot") == 0)
        return (on_demand || strcmp(rate->what, SPOT) == 0) &&
               plan_buys(result, rate, text, "spot");
    if (strcmp(kind, "by_use") == 0)
        return is_by_use(rate) && plan_pays(result, rate);
    if (strcmp(kind, "stop") == 0)
        return baseline_pays(result, rate);
    if (strcmp(kind, "run") == 0 || strcmp(kind, "follow") == 0) {
        for (int i = 0; i < result->cost.n_lines && on_demand; i++)
            if (result->cost.lines[i].machine &&
                strcmp(result->cost.lines[i].machine, rate->machine) == 0)
                return true;
        return baseline_pays(result, rate) || (is_by_use(rate) && plan_pays(result, rate));
    }
    return plan_pays(result, rate);
}

const char *rates_of_words(enum rates_of of) {
    return of == RATES_OF_BASELINE ? "these rates of what the baseline pays for"
           : of == RATES_OF_BOTH   ? "these rates of what the plan and the baseline pay for"
           : of == RATES_COMPARED  ? "these rates, from which the plan was chosen"
                                   : "these rates of what the plan pays for";
}
