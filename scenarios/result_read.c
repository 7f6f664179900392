/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/result_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/result.h"
#include "sim/json_place.h"

/* Beyond these a figure is none, and sums in cents would not fit. */
#define USD_MAX 1e12
#define COUNT_MAX 1e18
#define LINE_MAX 1e9

/* A list of objects is read in one pass; the first key that is not what it must be is kept. */
struct reading {
    struct arena *arena;
    const char *list;  /* "cost" */
    const char *wrong; /* "usd_per_month of cost"; NULL: all is fine */
};

static void fail(struct reading *r, const char *key) {
    if (!r->wrong)
        r->wrong = key[0] ? arena_printf(r->arena, "'%s' in '%s'", key, r->list)
                          : arena_printf(r->arena, "'%s'", r->list);
}

static const char *text_of(struct reading *r, json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    if (json_is_string(value))
        return json_string_value(value);
    if (!json_is_null(value) || !value)
        fail(r, key);
    return NULL;
}

static const char *must_text(struct reading *r, json_t *object, const char *key) {
    const char *text = text_of(r, object, key);
    if (!text)
        fail(r, key);
    return text ? text : "";
}

static double number_of(struct reading *r, json_t *object, const char *key, double most) {
    json_t *value = json_object_get(object, key);
    double number = json_number_value(value);
    if (!json_is_number(value) || !(fabs(number) <= most)) {
        fail(r, key);
        return 0;
    }
    return number;
}

static size_t length_of(struct reading *r, json_t *array) {
    if (!json_is_array(array))
        fail(r, "");
    return json_array_size(array);
}

/* "g6e.xlarge in us-east-1" */
static const char *machine_of(struct reading *r, json_t *object) {
    const char *sku = text_of(r, object, "sku"), *region = text_of(r, object, "region");
    return sku ? arena_printf(r->arena, "%s%s%s", sku, region && region[0] ? " in " : "",
                              region ? region : "")
               : NULL;
}

/* ---- cost ---- */

static void read_lines(struct reading *r, json_t *array, struct cost_side *out) {
    size_t n = length_of(r, array);
    struct cost_line *lines = arena_new(r->arena, struct cost_line, n);
    for (size_t i = 0; i < n; i++) {
        json_t *object = json_array_get(array, i);
        bool idle = json_is_true(json_object_get(object, "idle"));
        lines[i] = (struct cost_line){
            .workload = idle ? NULL : text_of(r, object, "workload"),
            .machine = machine_of(r, object),
            .unit = must_text(r, object, "unit"),
            .paid = must_text(r, object, "paid"),
            .quantity = number_of(r, object, "quantity_per_month", COUNT_MAX),
            .usd = number_of(r, object, "usd_per_month", USD_MAX),
        };
    }
    out->n_lines = (int)n;
    out->lines = lines;
}

static void read_served(struct reading *r, json_t *array, struct cost_side *out) {
    size_t n = length_of(r, array);
    struct served_line *lines = arena_new(r->arena, struct served_line, n);
    for (size_t i = 0; i < n; i++) {
        json_t *object = json_array_get(array, i);
        lines[i] = (struct served_line){must_text(r, object, "workload"), machine_of(r, object),
                                        number_of(r, object, "requests_per_month", COUNT_MAX), NAN};
        if (json_object_get(object, "work_hours_per_month"))
            lines[i].work = number_of(r, object, "work_hours_per_month", COUNT_MAX);
    }
    out->n_served = (int)n;
    out->served = lines;
}

static void read_beside(struct reading *r, json_t *beside, struct cost_side *out) {
    struct beside_line *lines = arena_new(r->arena, struct beside_line, json_object_size(beside));
    const char *name;
    json_t *value;
    int n = 0;
    json_object_foreach(beside, name, value) {
        if (json_is_number(value))
            lines[n++] = (struct beside_line){name, number_of(r, beside, name, USD_MAX)};
    }
    out->n_beside = n;
    out->beside = lines;
}

static void read_cost(struct reading *r, json_t *cost, struct result_file *out) {
    out->has_cost = json_is_object(cost);
    if (!out->has_cost)
        return;
    r->list = "cost";
    out->cost.usd = number_of(r, cost, "usd_per_month", USD_MAX);
    read_lines(r, json_object_get(cost, "lines"), &out->cost);
    read_served(r, json_object_get(cost, "served"), &out->cost);
    read_beside(r, json_object_get(cost, "beside"), &out->cost);
    double sum = 0;
    for (int i = 0; i < out->cost.n_lines; i++)
        sum += fabs(out->cost.lines[i].usd);
    for (int i = 0; i < out->cost.n_beside; i++)
        sum += fabs(out->cost.beside[i].usd);
    if (!(sum <= USD_MAX))
        fail(r, "lines");
}

/* ---- inputs, sources, rates ---- */

static const char *value_at(const struct result_file *out, const char *path) {
    for (int i = 0; i < out->n_inputs; i++)
        if (strcmp(out->inputs[i].path, path) == 0)
            return out->inputs[i].value;
    return NULL;
}

/* "workloads.0.slo" with a value at "workloads.0.name" is told as "workloads.chat.slo". */
static const char *label_of(struct arena *arena, const struct result_file *out, const char *path) {
    struct text label = {.arena = arena};
    for (const char *part = path; *part;) {
        size_t n = strcspn(part, ".");
        const char *name = NULL;
        if (strspn(part, "0123456789") == n && n > 0)
            name = value_at(out, arena_printf(arena, "%.*s.name", (int)(part + n - path), path));
        text_printf(&label, "%s%.*s", label.n ? "." : "", name ? (int)strlen(name) : (int)n,
                    name ? name : part);
        part += n + (part[n] == '.');
    }
    return label.n ? label.data : "";
}

static void read_inputs(struct reading *r, json_t *array, struct result_file *out) {
    r->list = "inputs";
    size_t n = length_of(r, array);
    struct result_input *inputs = arena_new(r->arena, struct result_input, n);
    for (size_t i = 0; i < n; i++) {
        json_t *object = json_array_get(array, i);
        inputs[i] = (struct result_input){
            .path = must_text(r, object, "path"),
            .value = must_text(r, object, "value"),
            .file = must_text(r, object, "file"),
            .line = (int)number_of(r, object, "line", LINE_MAX),
        };
    }
    out->inputs = inputs;
    out->n_inputs = (int)n;
    for (size_t i = 0; i < n; i++)
        inputs[i].label = label_of(r->arena, out, inputs[i].path);
}

static void read_sources(struct reading *r, json_t *array, struct result_file *out) {
    r->list = "provenance.inputs";
    size_t n = length_of(r, array);
    struct result_source *sources = arena_new(r->arena, struct result_source, n);
    for (size_t i = 0; i < n; i++) {
        json_t *object = json_array_get(array, i);
        sources[i] =
            (struct result_source){must_text(r, object, "role"), must_text(r, object, "name"),
                                   must_text(r, object, "sha256")};
    }
    out->sources = sources;
    out->n_sources = (int)n;
}

static void add_rate(struct reading *r, struct result_file *out, size_t *room, const char *machine,
                     const char *what, json_t *quote) {
    json_t *usd = json_object_get(quote, "usd");
    if (!machine || !json_is_number(usd))
        return;
    struct result_rate *rates = (struct result_rate *)out->rates;
    rates = arena_grow(r->arena, rates, *room, *room + 1, sizeof *rates);
    *room += 1;
    rates[out->n_rates++] = (struct result_rate){machine, what, json_number_value(usd)};
    out->rates = rates;
}

/* "on_demand_hour" as words. */
static const char *spaced(struct arena *arena, const char *key) {
    char *words = arena_strdup(arena, key);
    for (char *c = words; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return words;
}

static void read_rates(struct reading *r, json_t *offers, struct result_file *out) {
    r->list = "offers";
    size_t room = 0, n = length_of(r, offers);
    for (size_t i = 0; i < n; i++) {
        json_t *offer = json_array_get(offers, i), *value;
        const char *machine = machine_of(r, offer), *key;
        json_object_foreach(offer, key, value) {
            if (json_is_object(value))
                add_rate(r, out, &room, machine, spaced(r->arena, key), value);
        }
        json_t *terms = json_object_get(offer, "commitments"), *effective;
        for (size_t k = 0; k < json_array_size(terms); k++) {
            json_t *term = json_array_get(terms, k);
            const char *what =
                arena_printf(r->arena, "%d-year %s, %s", (int)number_of(r, term, "term_years", 100),
                             must_text(r, term, "kind"), must_text(r, term, "payment"));
            effective = json_object_get(term, "effective_hour");
            add_rate(r, out, &room, machine, what,
                     effective ? effective : json_object_get(term, "effective_gb_second"));
        }
    }
}

/* Members may be added within a version; docs/formats.md has the rule. NULL: it is ours. */
static const char *wrong_version(struct arena *arena, json_t *root) {
    json_t *value = json_object_get(root, "schema_version");
    if (!json_is_integer(value))
        return "no result.json: it has no schema_version";
    json_int_t version = json_integer_value(value);
    if (version == RESULT_SCHEMA_VERSION)
        return NULL;
    return arena_printf(arena, "a result of schema version %lld, of %s headroom: this one reads %d",
                        (long long)version,
                        version < RESULT_SCHEMA_VERSION ? "an older" : "a newer",
                        RESULT_SCHEMA_VERSION);
}

bool result_read(struct arena *arena, struct bytes text, const char *file, struct result_file *out,
                 struct err *err) {
    struct result_file result = {.file = file, .text = text, .root = json_read(text, file, err)};
    if (!result.root)
        return false;
    const char *wrong = wrong_version(arena, result.root);
    struct reading r = {.arena = arena, .list = "result"};
    if (!wrong && !json_object_get(result.root, "inputs"))
        wrong = "a result without its inputs, of an older headroom";
    if (!wrong) {
        result.scenario = must_text(&r, result.root, "scenario");
        result.headline = text_of(&r, result.root, "headline");
        read_inputs(&r, json_object_get(result.root, "inputs"), &result);
        read_sources(&r, result_value(&result, "provenance.inputs"), &result);
        read_rates(&r, json_object_get(result.root, "offers"), &result);
        read_cost(&r, json_object_get(result.root, "cost"), &result);
        if (r.wrong)
            wrong = arena_printf(arena, "%s is not what it must be", r.wrong);
    }
    if (!wrong) {
        *out = result;
        return true;
    }
    json_decref(result.root);
    err_at(err, file, 0, 0, "%s", wrong);
    err_hint(err, "make it again: headroom run SCENARIO writes result.json");
    return false;
}

void result_close(struct result_file *result) {
    json_decref(result->root);
    result->root = NULL;
}

json_t *result_value(const struct result_file *result, const char *path) {
    json_t *at = result->root;
    while (at && *path) {
        char key[128];
        size_t n = strcspn(path, ".");
        if (n >= sizeof key)
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        bool index = n > 0 && strspn(key, "0123456789") == n;
        at = json_is_array(at) ? (index ? json_array_get(at, strtoul(key, NULL, 10)) : NULL)
                               : json_object_get(at, key);
        path += n + (path[n] == '.');
    }
    return at;
}

double result_number(const struct result_file *result, const char *path) {
    json_t *value = result_value(result, path);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* ---- differences ---- */

struct differences {
    struct arena *arena;
    struct result_difference *items;
    size_t n;
};

static void differ(struct differences *d, struct result_difference one) {
    d->items = arena_grow(d->arena, d->items, d->n, d->n + 1, sizeof *d->items);
    d->items[d->n++] = one;
}

static const struct result_input *input_named(const struct result_file *result, const char *label) {
    for (int i = 0; i < result->n_inputs; i++)
        if (strcmp(result->inputs[i].label, label) == 0)
            return &result->inputs[i];
    return NULL;
}

static void compare_inputs(struct differences *d, const struct result_file *from,
                           const struct result_file *to) {
    for (int i = 0; i < to->n_inputs; i++) {
        const struct result_input *now = &to->inputs[i], *was = input_named(from, now->label);
        if (!was || strcmp(was->value, now->value) != 0)
            differ(d, (struct result_difference){RESULT_INPUT, now->label, was ? was->value : NULL,
                                                 now->value, now->file, now->line});
    }
    for (int i = 0; i < from->n_inputs; i++) {
        const struct result_input *was = &from->inputs[i];
        if (!input_named(to, was->label))
            differ(d, (struct result_difference){RESULT_INPUT, was->label, was->value, NULL,
                                                 was->file, was->line});
    }
}

/* What the scenario's own files say is compared value by value. */
static bool is_scenario(const struct result_source *source) {
    return strcmp(source->role, "scenario") == 0 || strcmp(source->role, "include") == 0 ||
           strcmp(source->role, "override") == 0;
}

static const struct result_source *source_named(const struct result_file *result,
                                                const struct result_source *like) {
    for (int i = 0; i < result->n_sources; i++)
        if (strcmp(result->sources[i].role, like->role) == 0 &&
            strcmp(result->sources[i].name, like->name) == 0)
            return &result->sources[i];
    return NULL;
}

static const char *short_hash(struct arena *arena, const struct result_source *source) {
    return source ? arena_printf(arena, "%.12s", source->sha256) : NULL;
}

static void compare_sources(struct differences *d, const struct result_file *from,
                            const struct result_file *to) {
    const struct result_file *const sides[] = {to, from};
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < sides[s]->n_sources; i++) {
            const struct result_source *own = &sides[s]->sources[i];
            const struct result_source *other = source_named(sides[1 - s], own);
            if (is_scenario(own) || (other && (s == 1 || strcmp(own->sha256, other->sha256) == 0)))
                continue;
            const struct result_source *was = s == 0 ? other : own, *now = s == 0 ? own : other;
            differ(d, (struct result_difference){
                          .part = RESULT_SOURCE,
                          .what = arena_printf(d->arena, "%s %s", own->role, own->name),
                          .before = short_hash(d->arena, was),
                          .after = short_hash(d->arena, now)});
        }
}

static const char *rate_words(struct arena *arena, double usd) {
    char number[32];
    text_format_double(number, usd);
    return arena_printf(arena, "$%s", number);
}

static void compare_rates(struct differences *d, const struct result_file *from,
                          const struct result_file *to) {
    for (int i = 0; i < to->n_rates; i++)
        for (int k = 0; k < from->n_rates; k++) {
            const struct result_rate *now = &to->rates[i], *was = &from->rates[k];
            if (strcmp(now->machine, was->machine) != 0 || strcmp(now->what, was->what) != 0)
                continue;
            if (now->usd != was->usd)
                differ(d, (struct result_difference){
                              .part = RESULT_RATE,
                              .what = arena_printf(d->arena, "%s: %s", now->machine, now->what),
                              .before = rate_words(d->arena, was->usd),
                              .after = rate_words(d->arena, now->usd)});
            break;
        }
}

const struct result_difference *result_differences(struct arena *arena,
                                                   const struct result_file *from,
                                                   const struct result_file *to, int *n) {
    struct differences d = {.arena = arena};
    compare_inputs(&d, from, to);
    compare_sources(&d, from, to);
    compare_rates(&d, from, to);
    *n = (int)d.n;
    return d.items;
}
