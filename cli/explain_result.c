/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explain_result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/explain_names.h"
#include "cli/explained.h"
#include "cli/explained_rates.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "scenarios/result_terms.h"

enum { PATH_COLUMNS = 60, VALUE_COLUMNS = 18, LIST_DIGITS = 6, FACTS_MAX = 10 };

/* ---- what there is beside numbers ---- */

/* Fields that the choice rests on: what is served, for how long, on what, at which rates. */
#define PLANNED                                                                                    \
    "horizon workloads.N.demand -workloads.N.demand.growth.low -workloads.N.demand.growth.high "
#define SERVED                                                                                     \
    "workloads.N.slo workloads.N.models workloads.N.run_on workloads.N.regions "                   \
    "workloads.N.engine "

/* Of actions, by their kind. */
static const struct {
    const char *kind, *inputs;
} action_inputs[] = {
    {"run", PLANNED SERVED "today prices estate.quotas estate.supply"},
    {"follow", PLANNED SERVED "scaling workloads.N.scaling"},
    {"by_use", PLANNED SERVED "prices"},
    {"spot", PLANNED "purchase policy.spot_share_max spot estate.quotas prices"},
    {"commit", PLANNED "purchase policy -policy.spot_share_max estate.owned prices"},
    {"make", "workloads.N.models"},
    {"stop", "today"},
    {"promise", "estate.discounts today"},
};

#define CHOICE                                                                                     \
    "horizon today workloads.N.demand workloads.N.slo workloads.N.models workloads.N.run_on "      \
    "purchase policy estate prices spot "

struct fact {
    const char *name, *key;
};

/* One list of result.json whose items can be asked for, by their own name or as KIND-N. */
struct subject {
    const char *kind;  /* "action" */
    const char *list;  /* path of the list */
    const char *name;  /* key of an item's own name; NULL: it is KIND-N alone */
    const char *title; /* key of what an item is */
    bool numbered;     /* listed as KIND-N, with its title */
    const char *formula, *section;
    const char *inputs; /* of a term; NULL: it is about files alone, or a warning */
    const char *input;  /* key of the one line that is an item's own; NULL: it has none */
    bool rates;
    struct fact facts[FACTS_MAX];
};

static const struct subject subjects[] = {
    {"action",
     "actions",
     NULL,
     "text",
     true,
     "what the step saves: the cost before it - the cost after it, as plans are priced; the steps "
     "lead from the baseline to the plan (run, follow the demand, spot, commit), each on what the "
     "last has left",
     "9",
     CHOICE,
     NULL,
     true,
     {{"because", "reason"},
      {"step, USD a month", "saving_usd_per_month"},
      {"owed after the horizon, USD", "liability_usd"},
      {"reversible", "reversible"},
      {"effort", "effort"},
      {"rests on", "rests_on"}}},
    {"warning", "notices", "id", "text", false, NULL, NULL, NULL, NULL, false, {{0}}},
    {"purchase",
     "recommendations",
     "name",
     "name",
     true,
     "what it saves: the on-demand cost of what it covers - what is paid for it, in the average "
     "month in which it is held",
     "5.3",
     CHOICE,
     NULL,
     true,
     {{"found by", "method"},
      {"USD an hour", "HourlyCommitmentToPurchase"},
      {"instances", "instances"},
      {"USD up front", "UpfrontCost"},
      {"costs, USD in the window", "EstimatedSPCost"},
      {"saves, USD in the window", "EstimatedSavingsAmount"},
      {"hours of the window", "window_hours"},
      {"used, %", "EstimatedAverageUtilization"},
      {"coverage before, %", "CurrentAverageCoverage"},
      {"coverage with it, %", "EstimatedAverageCoverage"}}},
    {"rejection",
     "plan.rejections",
     NULL,
     "option",
     true,
     "the price below which the programme would choose it: found by solving it again at other "
     "prices",
     "5.3",
     CHOICE,
     NULL,
     true,
     {{"candidate", "candidate"},
      {"because", "reason"},
      {"price, USD", "price_usd"},
      {"chosen below, USD", "used_below_usd"},
      {"price for", "per"},
      {"one more is", "one_more"},
      {"adds, USD a month", "adds_usd_per_month"}}},
    {"lever",
     "levers.steps",
     "name",
     "name",
     true,
     "the plan before it - the plan with it; the steps follow each other, so that nothing counts "
     "twice",
     "5.3",
     CHOICE,
     "input",
     true,
     {{"saves alone, USD a month", "alone_usd_per_month"},
      {"saves in its step, USD a month", "usd_per_month"},
      {"costs once, USD", "one_off_usd"},
      {"paid back in months", "payback_months"},
      {"no plan with it", "reason"}}},
    {"candidate",
     "candidates",
     "name",
     "name",
     false,
     NULL,
     NULL,
     "workloads.N.slo workloads.N.models workloads.N.run_on workloads.N.regions "
     "workloads.N.engine simulation",
     NULL,
     false,
     {{"workload", "workload"},
      {"can serve", "feasible"},
      {"not chosen because", "reason"},
      {"requests a second of its first point", "capacity.0.requests_per_second"},
      {"USD per 1K requests at full load", "usd_per_thousand_requests"},
      {"service times from", "basis"},
      {"estimated", "estimated"},
      {"error of service times, low", "error_low"},
      {"error of service times, high", "error_high"}}},
};
enum { N_SUBJECTS = sizeof subjects / sizeof *subjects };

struct asking {
    struct arena *arena;
    struct result_file result;
};

static json_t *value_at(const struct asking *a, const char *path, const char *key) {
    return result_value(&a->result, key ? arena_printf(a->arena, "%s.%s", path, key) : path);
}

static const char *string_at(const struct asking *a, const char *path, const char *key) {
    json_t *value = value_at(a, path, key);
    return json_is_string(value) ? explained_value_words(a->arena, value) : "";
}

static size_t count_of(const struct asking *a, const struct subject *subject) {
    return json_array_size(result_value(&a->result, subject->list));
}

static const char *item_path(const struct asking *a, const struct subject *subject, size_t index) {
    return arena_printf(a->arena, "%s.%zu", subject->list, index);
}

static const char *numbered(const struct asking *a, const struct subject *subject, size_t index) {
    return arena_printf(a->arena, "%s-%zu", subject->kind, index + 1);
}

/* ---- what it rests on ---- */

static void add_value(struct asking *a, struct explained_value **list, int *n,
                      struct explained_value value) {
    *list = arena_grow(a->arena, *list, (size_t)*n, (size_t)*n + 1, sizeof **list);
    (*list)[(*n)++] = value;
}

static void add_text(struct asking *a, struct explained *e, const char *text) {
    e->texts = arena_grow(a->arena, e->texts, (size_t)e->n_texts, (size_t)e->n_texts + 1,
                          sizeof *e->texts);
    e->texts[e->n_texts++] = text;
}

static void add_inputs(struct asking *a, const struct result_term *term, struct explained *e) {
    e->inputs = arena_new(a->arena, const struct result_input *, a->result.n_inputs);
    for (int i = 0; i < a->result.n_inputs; i++)
        if (result_term_rests_on(term, a->result.inputs[i].path))
            e->inputs[e->n_inputs++] = &a->result.inputs[i];
}

static bool has_today(const struct asking *a) {
    for (int i = 0; i < a->result.n_inputs; i++)
        if (strncmp(a->result.inputs[i].path, "today.", 6) == 0)
            return true;
    return false;
}

static void add_rates(struct asking *a, enum rates_of of, struct explained *e) {
    e->rates_words = rates_of_words(of);
    e->rates = arena_new(a->arena, const struct result_rate *, a->result.n_rates);
    for (int i = 0; i < a->result.n_rates; i++)
        if (rates_have(of, &a->result, &a->result.rates[i]))
            e->rates[e->n_rates++] = &a->result.rates[i];
}

static void add_rates_of_action(struct asking *a, const char *path, struct explained *e) {
    const char *kind = string_at(a, path, "kind"), *text = string_at(a, path, "text");
    e->rates_words = "these rates";
    e->rates = arena_new(a->arena, const struct result_rate *, a->result.n_rates);
    for (int i = 0; i < a->result.n_rates; i++)
        if (rates_have_of_action(kind, text, &a->result, &a->result.rates[i]))
            e->rates[e->n_rates++] = &a->result.rates[i];
}

/* Of one action, each practice once. */
static void add_practices(struct asking *a, const char *action, struct explained *e) {
    json_t *practices = value_at(a, action, "relates_to");
    for (size_t i = 0; i < json_array_size(practices); i++) {
        const char *own = arena_printf(a->arena, "%s.relates_to.%zu", action, i);
        struct explained_value practice = {string_at(a, own, "id"), "id", value_at(a, own, "uri")};
        bool told = !practice.value;
        for (int k = 0; k < e->n_practices && !told; k++)
            told = strcmp(e->practices[k].name, practice.name) == 0;
        if (!told)
            add_value(a, &e->practices, &e->n_practices, practice);
    }
}

/* ---- items ---- */

/* The plan without any lever, and what each step up to this one saves: with it the plan costs what
 * that leaves. */
static void add_steps(struct asking *a, const char *list, size_t index, struct explained *e) {
    const char *before = "levers.before_usd_per_month";
    add_value(a, &e->parts, &e->n_parts,
              (struct explained_value){before, before, result_value(&a->result, before)});
    for (size_t i = 0; i <= index; i++) {
        const char *path = arena_printf(a->arena, "%s.%zu.usd_per_month", list, i);
        json_t *value = result_value(&a->result, path);
        if (json_is_number(value))
            add_value(a, &e->parts, &e->n_parts, (struct explained_value){path, path, value});
    }
}

static void add_part(struct asking *a, const char *path, struct explained *e) {
    json_t *value = result_value(&a->result, path);
    if (json_is_number(value))
        add_value(a, &e->parts, &e->n_parts, (struct explained_value){path, path, value});
}

/* What is paid before the step and after it. */
static void add_levels(struct asking *a, const char *action, struct explained *e) {
    add_part(a, arena_printf(a->arena, "%s.before_usd_per_month", action), e);
    add_part(a, arena_printf(a->arena, "%s.after_usd_per_month", action), e);
}

/* Options of a candidate that were not taken. */
static void add_rejections(struct asking *a, const char *candidate, struct explained *e) {
    json_t *rejections = result_value(&a->result, "plan.rejections");
    for (size_t i = 0; i < json_array_size(rejections); i++) {
        const char *row = arena_printf(a->arena, "plan.rejections.%zu", i);
        const char *option = string_at(a, row, "option");
        if (strcmp(string_at(a, row, "candidate"), candidate) == 0)
            add_value(a, &e->facts, &e->n_facts,
                      (struct explained_value){arena_printf(a->arena, "not %s", option),
                                               arena_printf(a->arena, "not_%s", option),
                                               value_at(a, row, "reason")});
    }
}

static void explain_item(struct asking *a, const struct subject *subject, size_t index,
                         struct explained *e) {
    const char *path = item_path(a, subject, index);
    add_text(a, e, string_at(a, path, subject->title));
    for (const struct fact *fact = subject->facts; fact < subject->facts + FACTS_MAX && fact->key;
         fact++) {
        json_t *value = value_at(a, path, fact->key);
        if (value && !json_is_null(value))
            add_value(a, &e->facts, &e->n_facts,
                      (struct explained_value){fact->name, fact->key, value});
    }
    add_practices(a, path, e);
    if (strcmp(subject->kind, "candidate") == 0)
        add_rejections(a, string_at(a, path, "name"), e);
    if (strcmp(subject->kind, "action") == 0)
        add_levels(a, path, e);
    if (strcmp(subject->kind, "lever") == 0)
        add_steps(a, subject->list, index, e);
}

static const char *inputs_of_action(const char *kind) {
    for (size_t i = 0; i < sizeof action_inputs / sizeof *action_inputs; i++)
        if (strcmp(action_inputs[i].kind, kind) == 0)
            return action_inputs[i].inputs;
    return CHOICE;
}

static void begin_item(struct asking *a, const struct subject *subject, size_t index,
                       const char *id, struct explained *e) {
    const char *own =
        subject->input ? string_at(a, item_path(a, subject, index), subject->input) : "";
    e->kind = subject->kind;
    e->id = id;
    e->formula = subject->formula;
    e->section = subject->section;
    const char *path = item_path(a, subject, index);
    bool is_action = strcmp(subject->kind, "action") == 0;
    const char *inputs = strcmp(subject->kind, "warning") == 0
                             ? result_warning_inputs(string_at(a, path, subject->name))
                         : is_action ? inputs_of_action(string_at(a, path, "kind"))
                                     : subject->inputs;
    if (inputs)
        add_inputs(a,
                   &(struct result_term){
                       .inputs = own[0] ? arena_printf(a->arena, "%s %s", own, inputs) : inputs},
                   e);
    if (is_action)
        add_rates_of_action(a, path, e);
    else if (subject->rates)
        add_rates(a, RATES_COMPARED, e);
}

/* By its own name, each item that has it; or by its number. */
static bool find_item(struct asking *a, const struct subject *subject, const char *what,
                      struct explained *e) {
    size_t n = count_of(a, subject), n_found = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name =
            subject->name ? string_at(a, item_path(a, subject, i), subject->name) : NULL;
        if ((!name || strcmp(name, what) != 0) && strcmp(numbered(a, subject, i), what) != 0)
            continue;
        if (n_found++ == 0)
            begin_item(a, subject, i, what, e);
        explain_item(a, subject, i, e);
    }
    return n_found > 0;
}

/* ---- numbers ---- */

/* Which of the plans over the futures a number is of. */
static void add_name_of_plan(struct asking *a, const char *path, struct explained *e) {
    const char *list = "futures.plans.";
    size_t n = strlen(list);
    if (strncmp(path, list, n) != 0)
        return;
    const char *own = arena_printf(a->arena, "%.*s", (int)(n + strcspn(path + n, ".")), path);
    json_t *name = value_at(a, own, "name");
    if (name)
        add_value(a, &e->facts, &e->n_facts, (struct explained_value){"plan", "name", name});
}

static bool is_bill_of_plan(const char *path) {
    return strcmp(path, "recommended.bill_usd_per_month") == 0 ||
           strcmp(path, "cost.usd_per_month") == 0 || strcmp(path, "total_usd_per_month") == 0;
}

/* What the bill adds up from: how much of what is used and how it is paid, and what it costs. */
static void add_cost_lines(struct asking *a, struct explained *e) {
    for (int i = 0; i < a->result.cost.n_lines; i++) {
        const struct cost_line *line = &a->result.cost.lines[i];
        const char *path = arena_printf(a->arena, "cost.lines.%d", i);
        const char *told = arena_printf(
            a->arena, "%s, %s, %s: %ss a month", line->workload ? line->workload : "unused",
            line->machine ? line->machine : "no machine", line->paid, line->unit);
        json_t *quantity = value_at(a, path, "quantity_per_month");
        if (json_is_number(quantity))
            add_value(a, &e->facts, &e->n_facts,
                      (struct explained_value){
                          told, arena_printf(a->arena, "%s.quantity_per_month", path), quantity});
        add_part(a, arena_printf(a->arena, "%s.usd_per_month", path), e);
    }
}

/* Which kinds of actions make up a step. */
static bool leads_to(const struct asking *a, const char *path, size_t action) {
    static const struct {
        const char *step, *kinds;
    } steps[] = {{"right_size", "run by_use make stop"},
                 {"schedule", "follow run"},
                 {"spot", "spot"},
                 {"commit", "commit"},
                 {"billing_and_delay", ""},
                 {"promised_spend", "promise"}};
    const char *step = strncmp(path, "steps_usd_per_month.", 20) == 0 ? path + 20 : NULL;
    const char *kind = string_at(a, item_path(a, &subjects[0], action), "kind");
    for (size_t i = 0; step && i < sizeof steps / sizeof *steps; i++)
        if (strcmp(steps[i].step, step) == 0)
            return strstr(steps[i].kinds, kind) != NULL;
    return true;
}

static void explain_number(struct asking *a, const struct result_term *term, const char *path,
                           struct explained *e) {
    e->kind = "number";
    e->id = path;
    e->value = result_value(&a->result, path);
    add_text(a, e, term->what);
    e->formula = term->formula;
    e->section = term->section;
    for (int i = 0; i < TERM_PARTS_MAX && term->parts[i]; i++) {
        const char *part = result_term_part(a->arena, term->parts[i], path);
        json_t *value = result_value(&a->result, part);
        if (value)
            add_value(a, &e->parts, &e->n_parts, (struct explained_value){part, part, value});
    }
    bool baseline = strncmp(path, "baseline.", 9) == 0;
    enum rates_of rates = rates_of_number(path);
    struct result_term own = *term;
    if (baseline)
        own.inputs = result_baseline_inputs(has_today(a), rates != RATES_OF_NOTHING);
    add_inputs(a, &own, e);
    add_name_of_plan(a, path, e);
    if (is_bill_of_plan(path))
        add_cost_lines(a, e);
    if (result_term_rests_on(&own, "prices"))
        add_rates(a, rates, e);
    for (size_t i = 0; !baseline && rates != RATES_OF_NOTHING && i < count_of(a, &subjects[0]); i++)
        if (result_term_rests_on(&own, "purchase") && leads_to(a, path, i))
            add_practices(a, item_path(a, &subjects[0], i), e);
}

static bool find_exact(struct asking *a, const char *what, struct explained *e) {
    *e = (struct explained){.result = &a->result};
    for (int s = 0; s < N_SUBJECTS; s++)
        if (find_item(a, &subjects[s], what, e))
            return true;
    const struct result_term *term = result_term_find(what);
    const char *path = term && !strchr(what, '.') ? term->path : what;
    if (!term || !result_value(&a->result, path))
        return false;
    explain_number(a, term, path, e);
    return true;
}

/* Names of the result's own come first: a candidate may be called "total". */
static bool find(struct asking *a, const char *what, struct explained *e) {
    if (find_exact(a, what, e))
        return true;
    const char *meant = explain_name(a->arena, &a->result, what);
    return meant && find_exact(a, meant, e);
}

/* ---- all that can be asked for ---- */

/* Numbers that the result has, then the rest, each once. */
struct listing {
    const char **names, **kinds;
    json_t **values; /* a number's, or what an item is */
    size_t n;
};

static void list_name(struct asking *a, struct listing *list, const char *kind, const char *name,
                      json_t *value) {
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->names[i], name) == 0)
            return;
    list->names = arena_grow(a->arena, list->names, list->n, list->n + 1, sizeof *list->names);
    list->kinds = arena_grow(a->arena, list->kinds, list->n, list->n + 1, sizeof *list->kinds);
    list->values = arena_grow(a->arena, list->values, list->n, list->n + 1, sizeof *list->values);
    list->names[list->n] = name;
    list->kinds[list->n] = kind;
    list->values[list->n++] = value;
}

static struct listing list_all(struct asking *a) {
    struct listing list = {0};
    for (const struct result_term *term = result_terms; term->path; term++) {
        const char *path = result_term_part(a->arena, term->path, "0.0.0");
        json_t *value = result_value(&a->result, path);
        if (value)
            list_name(a, &list, "number", path, value);
        const char *fleet = "recommended.";
        bool of_fleet = strncmp(path, fleet, strlen(fleet)) == 0;
        const char *baseline =
            arena_printf(a->arena, "baseline.%s", of_fleet ? path + strlen(fleet) : "");
        json_t *of_baseline = of_fleet ? result_value(&a->result, baseline) : NULL;
        if (of_baseline)
            list_name(a, &list, "number", baseline, of_baseline);
        for (int i = 1; value && strncmp(path, "futures.plans.0.", 16) == 0; i++) {
            const char *other = arena_printf(a->arena, "futures.plans.%d.%s", i, path + 16);
            value = result_value(&a->result, other);
            if (value)
                list_name(a, &list, "number", other, value);
        }
    }
    for (const struct subject *s = subjects; s < subjects + N_SUBJECTS; s++)
        for (size_t i = 0; i < count_of(a, s); i++) {
            const char *path = item_path(a, s, i);
            list_name(a, &list, s->kind,
                      s->numbered ? numbered(a, s, i) : string_at(a, path, s->name),
                      s->numbered ? value_at(a, path, s->title) : NULL);
        }
    return list;
}

/* Rounded: the number itself tells all digits. */
static const char *listed_words(struct arena *arena, const json_t *value) {
    char rounded[40], number[32];
    if (!json_is_number(value))
        return explained_value_words(arena, value);
    snprintf(rounded, sizeof rounded, "%.*g", LIST_DIGITS, json_number_value(value));
    text_format_double(number, fabs(strtod(rounded, NULL)) < 1e-6 ? 0 : strtod(rounded, NULL));
    return arena_strdup(arena, number);
}

static void append_listing(struct asking *a, const struct listing *list, struct text *out) {
    append_wrapped(out, a->result.headline ? a->result.headline : a->result.scenario,
                   TERMINAL_WIDTH, 0);
    text_printf(out,
                "\nheadroom explain %s WHAT, with a word of the tables\n"
                "(cost, saving, baseline, total, carbon, 'paid upfront', 2 for the second action,\n"
                "...) or one of:\n",
                a->result.file);
    for (size_t i = 0; i < list->n; i++) {
        const json_t *value = list->values[i];
        if (strcmp(list->kinds[i], "number") == 0) {
            text_append_string(out, "  ");
            append_padded(out, list->names[i], PATH_COLUMNS);
            append_padded(out, listed_words(a->arena, value), -VALUE_COLUMNS);
            text_append_string(out, "\n");
        } else {
            text_append_string(out, "  ");
            append_wrapped(out,
                           value ? arena_printf(a->arena, "%s: %s", list->names[i],
                                                explained_value_words(a->arena, value))
                                 : list->names[i],
                           TERMINAL_WIDTH - 2, 4);
        }
    }
}

static json_t *listing_json(struct asking *a, const struct listing *list) {
    json_t *array = json_array();
    for (size_t i = 0; i < list->n; i++)
        json_array_append_new(array, json_pack("{s:s,s:s,s:O?}", "kind", list->kinds[i], "id",
                                               list->names[i], "value", list->values[i]));
    return json_pack("{s:i,s:s,s:s?,s:o}", "schema_version", 1, "result", a->result.file,
                     "headline", a->result.headline, "what", array);
}

static int unknown(struct asking *a, const char *what) {
    struct listing list = list_all(a);
    struct err err = {0};
    err_at(&err, a->result.file, 0, 0, "nothing to explain is called '%s'", what);
    const char *near = text_nearest(bytes_of(what), list.names, list.n);
    for (const struct subject *s = subjects; s < subjects + N_SUBJECTS; s++) {
        size_t n = strlen(s->kind),
               digits = strlen(what) > n ? strspn(what + n + 1, "0123456789") : 0;
        if (strncmp(what, s->kind, n) != 0 || what[n] != '-' || digits == 0 || what[n + 1 + digits])
            continue;
        size_t count = count_of(a, s);
        if (count > 0)
            err_hint(&err, "there %s %zu: %s-1%s%s", count == 1 ? "is" : "are", count, s->kind,
                     count > 1 ? " to " : "", count > 1 ? numbered(a, s, count - 1) : "");
        else
            err_hint(&err, "there is none of them: headroom explain %s lists what there is",
                     a->result.file);
        return print_error(&err);
    }
    size_t n_words;
    const char *const *words = explain_names(a->arena, &n_words);
    near = near ? near : text_nearest(bytes_of(what), words, n_words);
    err_hint(&err, near ? "did you mean '%s'?" : "headroom explain %s lists what there is",
             near ? near : a->result.file);
    return print_error(&err);
}

/* ---- the command ---- */

static int show_all(struct asking *a, bool json) {
    struct listing list = list_all(a);
    struct text out = {.arena = a->arena};
    if (json)
        return print_json(a->arena, listing_json(a, &list), FIGURE_DIGITS);
    append_listing(a, &list, &out);
    return print_text(a->arena, &out);
}

static int show_one(struct asking *a, const char *what, bool json) {
    struct explained explained;
    struct text out = {.arena = a->arena};
    if (!find(a, what, &explained))
        return unknown(a, what);
    if (json)
        return print_json(a->arena, explained_json(&explained), FIGURE_DIGITS);
    explained_append_text(&explained, &out);
    return print_text(a->arena, &out);
}

int explain_result(struct arena *arena, const struct arguments *arguments) {
    struct asking a = {.arena = arena};
    struct err err = {0};
    bool json = arguments->given[OPTION_JSON];
    if (!open_result(arena, arguments->words[0], &a.result, &err))
        return print_error(&err);
    int code =
        arguments->n_words == 1 ? show_all(&a, json) : show_one(&a, arguments->words[1], json);
    result_close(&a.result);
    return code;
}
