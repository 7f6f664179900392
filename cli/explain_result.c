/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explain_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/shell.h"
#include "cli/terminal.h"
#include "scenarios/result_read.h"
#include "scenarios/result_terms.h"

enum { PATH_COLUMNS = 52, INPUTS_SHOWN = 40, RATES_SHOWN = 12 };

struct asking {
    struct arena *arena;
    struct result_file result;
    struct text out;
};

static const char *value_words(struct arena *arena, const json_t *value) {
    char number[32];
    if (json_is_string(value))
        return text_printable(arena, bytes_of(json_string_value(value)));
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    if (!json_is_number(value))
        return "unknown";
    text_format_double(number, json_number_value(value));
    return arena_strdup(arena, number);
}

static const char *string_at(struct asking *a, const char *path) {
    json_t *value = result_value(&a->result, path);
    return json_is_string(value) ? value_words(a->arena, value) : "";
}

/* ---- what it rests on ---- */

static const char *place_words(struct arena *arena, const struct result_input *input) {
    return strncmp(input->file, "--set", 5) == 0
               ? "--set"
               : arena_printf(arena, "%s:%d", input->file, input->line);
}

static void append_inputs(struct asking *a, const struct result_term *term) {
    int n = 0;
    for (int i = 0; i < a->result.n_inputs; i++) {
        const struct result_input *input = &a->result.inputs[i];
        if (!result_term_rests_on(term, input->path))
            continue;
        if (n == 0)
            text_append_string(&a->out, "\nIt rests on these lines:\n");
        if (n++ >= INPUTS_SHOWN)
            continue;
        text_append_string(&a->out, "  ");
        append_wrapped(&a->out,
                       arena_printf(a->arena, "%s: %s: %s", place_words(a->arena, input),
                                    input->label, input->value),
                       TERMINAL_WIDTH - 2, 6);
    }
    if (n > INPUTS_SHOWN)
        text_printf(&a->out, "  and %d more: `inputs` in %s\n", n - INPUTS_SHOWN, a->result.file);
}

/* Of the machines that the plan pays for. */
static bool is_paid_for(const struct asking *a, const char *machine) {
    for (int i = 0; i < a->result.cost.n_lines; i++) {
        const char *own = a->result.cost.lines[i].machine;
        if (own && strcmp(own, machine) == 0)
            return true;
    }
    return false;
}

static void append_rates(struct asking *a) {
    int n = 0;
    for (int i = 0; i < a->result.n_rates && n < RATES_SHOWN; i++) {
        const struct result_rate *rate = &a->result.rates[i];
        char number[32];
        if (!is_paid_for(a, rate->machine))
            continue;
        text_format_double(number, rate->usd);
        text_append_string(&a->out, n++ ? "" : "\non these rates of what the plan pays for:\n");
        text_append_string(&a->out, "  ");
        append_wrapped(&a->out,
                       arena_printf(a->arena, "%s, %s: $%s", rate->machine, rate->what, number),
                       TERMINAL_WIDTH - 2, 6);
    }
}

static void append_sources(struct asking *a) {
    text_append_string(&a->out, "\nand on these files:\n");
    for (int i = 0; i < a->result.n_sources; i++) {
        const struct result_source *source = &a->result.sources[i];
        text_append_string(&a->out, "  ");
        append_wrapped(&a->out,
                       arena_printf(a->arena, "%s: %s (sha256 %.12s)", source->role, source->name,
                                    source->sha256),
                       TERMINAL_WIDTH - 2, 6);
    }
}

/* ---- numbers ---- */

static void append_part(struct asking *a, const char *path) {
    json_t *value = result_value(&a->result, path);
    if (!value)
        return;
    text_append_string(&a->out, "  ");
    append_padded(&a->out, path, PATH_COLUMNS);
    append_padded(&a->out, value_words(a->arena, value), -20);
    text_append_string(&a->out, "\n");
}

static void explain_number(struct asking *a, const struct result_term *term, const char *path) {
    text_printf(&a->out, "%s = %s\n", path, value_words(a->arena, result_value(&a->result, path)));
    append_wrapped(&a->out, term->what, TERMINAL_WIDTH, 0);
    text_append_string(&a->out, "\n  ");
    append_wrapped(&a->out, arena_printf(a->arena, "= %s", term->formula), TERMINAL_WIDTH - 2, 4);
    text_printf(&a->out, "  (docs/model.md, section %s)\n", term->section);
    for (int i = 0; i < TERM_PARTS_MAX && term->parts[i]; i++)
        append_part(a, result_term_part(a->arena, term->parts[i], path));
    append_inputs(a, term);
    if (result_term_rests_on(term, "prices"))
        append_rates(a);
    append_sources(a);
}

/* ---- actions, warnings, candidates ---- */

/* Fields that every action rests on: what is served, for how long, on what, at which rates. */
static const struct result_term action_term = {
    .inputs = "horizon today workloads.N.demand workloads.N.slo workloads.N.models "
              "workloads.N.run_on purchase policy estate prices spot",
};

static void append_fact(struct asking *a, const char *name, const char *path) {
    json_t *value = result_value(&a->result, path);
    if (!value || json_is_null(value))
        return;
    text_append_string(&a->out, "  ");
    append_wrapped(&a->out, arena_printf(a->arena, "%s: %s", name, value_words(a->arena, value)),
                   TERMINAL_WIDTH - 2, 4);
}

static void append_practices(struct asking *a, const char *action) {
    json_t *practices = result_value(&a->result, arena_printf(a->arena, "%s.relates_to", action));
    for (size_t i = 0; i < json_array_size(practices); i++) {
        const char *own = arena_printf(a->arena, "%s.relates_to.%zu", action, i);
        text_printf(&a->out, "  relates to %s:\n    %s\n",
                    string_at(a, arena_printf(a->arena, "%s.id", own)),
                    string_at(a, arena_printf(a->arena, "%s.uri", own)));
    }
}

static void explain_action(struct asking *a, size_t index) {
    static const struct {
        const char *name, *key;
    } facts[] = {{"because", "reason"},
                 {"saves, USD a month", "saving_usd_per_month"},
                 {"owed after the horizon, USD", "liability_usd"},
                 {"reversible", "reversible"},
                 {"effort", "effort"},
                 {"rests on", "rests_on"}};
    const char *path = arena_printf(a->arena, "actions.%zu", index);
    append_wrapped(&a->out,
                   arena_printf(a->arena, "action-%zu: %s", index + 1,
                                string_at(a, arena_printf(a->arena, "%s.text", path))),
                   TERMINAL_WIDTH, 2);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        append_fact(a, facts[i].name, arena_printf(a->arena, "%s.%s", path, facts[i].key));
    append_practices(a, path);
    text_append_string(&a->out, "\n  ");
    append_wrapped(
        &a->out,
        "Savings are steps from the baseline to the plan, each on what the last has left "
        "(docs/model.md, section 9).",
        TERMINAL_WIDTH - 2, 2);
    append_inputs(a, &action_term);
    append_rates(a);
    append_sources(a);
}

static void explain_notice(struct asking *a, size_t index) {
    const char *path = arena_printf(a->arena, "notices.%zu", index);
    append_wrapped(&a->out,
                   arena_printf(a->arena, "%s: %s.",
                                string_at(a, arena_printf(a->arena, "%s.id", path)),
                                string_at(a, arena_printf(a->arena, "%s.text", path))),
                   TERMINAL_WIDTH, 2);
    append_sources(a);
}

static const struct result_term candidate_term = {
    .inputs = "workloads.N.slo workloads.N.models workloads.N.run_on workloads.N.regions "
              "workloads.N.engine simulation",
};

static void explain_candidate(struct asking *a, size_t index) {
    static const struct {
        const char *name, *key;
    } facts[] = {{"workload", "workload"},
                 {"can serve", "feasible"},
                 {"not used because", "reason"},
                 {"requests a second of its first point", "capacity.0.requests_per_second"},
                 {"USD per 1K requests at full load", "usd_per_thousand_requests"},
                 {"service times from", "basis"},
                 {"estimated", "estimated"},
                 {"error of service times, low", "error_low"},
                 {"error of service times, high", "error_high"}};
    const char *path = arena_printf(a->arena, "candidates.%zu", index);
    const char *name = string_at(a, arena_printf(a->arena, "%s.name", path));
    text_printf(&a->out, "candidate %s\n", name);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        append_fact(a, facts[i].name, arena_printf(a->arena, "%s.%s", path, facts[i].key));
    json_t *rejections = result_value(&a->result, "plan.rejections");
    for (size_t i = 0; i < json_array_size(rejections); i++) {
        const char *row = arena_printf(a->arena, "plan.rejections.%zu", i);
        if (strcmp(string_at(a, arena_printf(a->arena, "%s.candidate", row)), name) == 0)
            append_fact(a,
                        arena_printf(a->arena, "not %s",
                                     string_at(a, arena_printf(a->arena, "%s.option", row))),
                        arena_printf(a->arena, "%s.reason", row));
    }
    append_inputs(a, &candidate_term);
    append_sources(a);
}

/* ---- which ---- */

/* Index of the item of a list whose key has a value; -1: none. */
static int item_with(struct asking *a, const char *list, const char *key, const char *wanted) {
    json_t *array = result_value(&a->result, list);
    for (size_t i = 0; i < json_array_size(array); i++) {
        json_t *value = json_object_get(json_array_get(array, i), key);
        if (json_is_string(value) && strcmp(json_string_value(value), wanted) == 0)
            return (int)i;
    }
    return -1;
}

static bool find(struct asking *a, const char *what) {
    int64_t rank;
    size_t n_actions = json_array_size(result_value(&a->result, "actions"));
    if (strncmp(what, "action-", 7) == 0 && text_parse_int64(bytes_of(what + 7), &rank) &&
        rank >= 1 && (size_t)rank <= n_actions) {
        explain_action(a, (size_t)rank - 1);
        return true;
    }
    int index = item_with(a, "notices", "id", what);
    if (index >= 0) {
        explain_notice(a, (size_t)index);
        return true;
    }
    index = item_with(a, "candidates", "name", what);
    if (index >= 0) {
        explain_candidate(a, (size_t)index);
        return true;
    }
    const struct result_term *term = result_term_find(what);
    const char *path = term && !strchr(what, '.') ? term->path : what;
    if (!term || !result_value(&a->result, path))
        return false;
    explain_number(a, term, path);
    return true;
}

/* Everything that can be asked for, with its value: numbers that the result has, then the rest. */
struct listing {
    const char **names;
    size_t n;
};

static void list_name(struct asking *a, struct listing *list, const char *name) {
    list->names = arena_grow(a->arena, list->names, list->n, list->n + 1, sizeof *list->names);
    list->names[list->n++] = name;
}

static struct listing list_all(struct asking *a) {
    struct listing list = {0};
    static const struct {
        const char *list, *key;
    } items[] = {{"notices", "id"}, {"candidates", "name"}};
    for (const struct result_term *term = result_terms; term->path; term++) {
        const char *path = result_term_part(a->arena, term->path, "0.0.0");
        if (result_value(&a->result, path))
            list_name(a, &list, path);
    }
    for (size_t i = 0; i < json_array_size(result_value(&a->result, "actions")); i++)
        list_name(a, &list, arena_printf(a->arena, "action-%zu", i + 1));
    for (size_t k = 0; k < sizeof items / sizeof *items; k++)
        for (size_t i = 0; i < json_array_size(result_value(&a->result, items[k].list)); i++)
            list_name(
                a, &list,
                string_at(a, arena_printf(a->arena, "%s.%zu.%s", items[k].list, i, items[k].key)));
    return list;
}

static void append_listing(struct asking *a) {
    struct listing list = list_all(a);
    append_wrapped(&a->out, a->result.headline ? a->result.headline : a->result.scenario,
                   TERMINAL_WIDTH, 0);
    text_printf(&a->out, "\nheadroom explain %s WHAT, with one of:\n", a->result.file);
    for (size_t i = 0; i < list.n; i++) {
        json_t *value = result_value(&a->result, list.names[i]);
        text_append_string(&a->out, "  ");
        if (value) {
            append_padded(&a->out, list.names[i], PATH_COLUMNS);
            append_padded(&a->out, value_words(a->arena, value), -20);
        } else {
            append_padded(&a->out, list.names[i], TERMINAL_WIDTH - 2);
        }
        while (a->out.n > 0 && a->out.data[a->out.n - 1] == ' ')
            a->out.n--;
        text_append_string(&a->out, "\n");
    }
}

static void unknown(struct asking *a, const char *what, struct err *err) {
    struct listing list = list_all(a);
    err_at(err, a->result.file, 0, 0, "nothing to explain is called '%s'", what);
    const char *near = text_nearest(bytes_of(what), list.names, list.n);
    err_hint(err, near ? "did you mean '%s'?" : "headroom explain %s lists what there is",
             near ? near : a->result.file);
}

int explain_result(struct arena *arena, const struct arguments *arguments) {
    struct asking a = {.arena = arena, .out = {.arena = arena}};
    struct err err = {0};
    int code = 0;
    if (!open_result(arena, arguments->words[0], &a.result, &err))
        return print_error(&err);
    if (arguments->n_words == 1) {
        append_listing(&a);
    } else if (!find(&a, arguments->words[1])) {
        unknown(&a, arguments->words[1], &err);
        code = print_error(&err);
    }
    result_close(&a.result);
    return code ? code : print_text(arena, &a.out);
}
