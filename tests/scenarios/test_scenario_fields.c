/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is made from the field table. The table itself: every range, default and example is read by
 * its own row. `init` runs as it is and with its optional parts. The schema is used: a small
 * validator of the draft-07 words that it uses accepts good scenarios and refuses broken ones. The
 * reference page in the tree is the one the table makes; after a change of the table,
 * HEADROOM_UPDATE_REFERENCE=1 writes it anew. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/scenario.h"
#include "scenarios/scenario_check.h"
#include "scenarios/scenario_fields.h"

/* ---- the table ---- */

/* One value, or each of a list, as the example has it. */
static void check_example(struct arena *arena, const struct field *row, const char *text) {
    struct mistakes mistakes = mistakes_new(arena, "example");
    struct tree_input input = tree_input_new(arena, NULL, &mistakes);
    struct tree root = {.kind = YAML_NODE_MAP, .name = ""};
    struct scalar scalar;
    tree_set(&input, &root, arena_printf(arena, "x=%s", text));
    cr_assert(eq(int, mistakes.n_total, 0), "%s: %s", row->path, text);
    const struct tree *value = root.items[0];
    if (value->kind == YAML_NODE_SCALAR)
        cr_expect(scalar_read(arena, row, value, &scalar, NULL), "%s: %s", row->path, text);
    else if (value->kind == YAML_NODE_LIST)
        cr_expect(value->n <= field_items_max(row) && value->n >= field_items_min(row), "%s",
                  row->path);
    for (int i = 0; i < value->n; i++)
        if (value->items[i]->kind == YAML_NODE_SCALAR)
            cr_expect(scalar_read(arena, row, value->items[i], &scalar, NULL), "%s: %s", row->path,
                      text);
}

Test(fields, rows_hold_together) {
    struct arena arena = {0};
    for (int i = 0; i < scenario_table_rows; i++) {
        const struct field *row = &scenario_table[i];
        const char *point = strrchr(row->path, '.');
        struct scalar scalar;
        cr_expect(eq(ptr, (void *)field_find(bytes_of(row->path)), (void *)row), "%s twice",
                  row->path);
        if (point) { /* its parent stands before it */
            size_t n = (size_t)(point - row->path);
            const struct field *parent = field_find((struct bytes){row->path, n});
            cr_expect(parent && parent < row, "%s", row->path);
            cr_expect(parent == NULL || field_has_children(parent), "%s", row->path);
        }
        cr_expect(ne(int, row->doc[0], 0), "%s", row->path);
        cr_expect(eq(int, row->doc[strlen(row->doc) - 1], '.'), "%s", row->path);
        cr_expect(eq(int, row->type == FIELD_CHOICE, row->choices != NULL), "%s", row->path);
        if (row->type != FIELD_NOTHING)
            cr_expect(ne(ptr, (void *)row->example, NULL), "%s", row->path);
        if (row->type == FIELD_QUANTITY && row->shape != FIELD_NAMED)
            cr_expect(ne(ptr, (void *)row->min, NULL), "%s has no range", row->path);
        if (row->example)
            check_example(&arena, row, row->example);
        if (row->fallback)
            cr_expect(scalar_default(&arena, row, &scalar), "%s", row->path);
        cr_expect(not(row->required && row->fallback), "%s", row->path);
    }
    cr_assert(ge(int, scenario_table_rows, 150));
    arena_release(&arena);
}

/* ---- init ---- */

static bool parses(struct arena *arena, const char *text, struct scenario *scenario) {
    struct err_list errs = {0};
    bool fine = scenario_parse(arena, bytes_of(text), "init.yaml", scenario, &errs);
    for (int i = 0; i < errs.n; i++)
        cr_expect(false, "%d: %s", errs.items[i].line, errs.items[i].what);
    return fine;
}

Test(fields, init_runs_as_it_is) {
    struct arena arena = {0};
    struct text text = {.arena = &arena};
    struct scenario s;
    scenario_fields_init(&text);
    cr_assert(parses(&arena, text.data, &s));
    cr_assert(eq(int, s.n_workloads, 1));
    cr_assert(eq(str, (char *)s.workloads[0].models[0].use, "llama-3.1-8b"));
    cr_assert(ge(int, s.workloads[0].n_run_on, 3));
    cr_assert(eq(int, s.workloads[0].demand.kind, DEMAND_GENERATE));
    cr_assert(ge(int, s.n_terms, 3));
    for (int i = 0; i < s.n_terms; i++)
        cr_assert(eq(int, s.terms[i].term_years, 1));
    arena_release(&arena);
}

/* The optional parts, uncommented as the text says. */
Test(fields, init_runs_with_its_optional_parts) {
    struct arena arena = {0};
    struct text text = {.arena = &arena}, out = {.arena = &arena};
    struct scenario s;
    scenario_fields_init(&text);
    for (const char *line = text.data; *line;) {
        size_t n = strcspn(line, "\n") + 1;
        bool optional = strncmp(line, "# today:", 8) == 0 || strncmp(line, "# estate:", 9) == 0 ||
                        strncmp(line, "#   ", 4) == 0;
        text_append(&out, line + (optional ? 2 : 0), n - (optional ? 2 : 0));
        line += n;
    }
    cr_assert(parses(&arena, out.data, &s));
    cr_assert(eq(int, s.n_today, 1));
    cr_assert(eq(int, s.n_discounts, 1));
    cr_assert(eq(int, s.n_quotas, 2));
    arena_release(&arena);
}

/* ---- explain ---- */

static const char *explain(struct arena *arena, const char *path) {
    struct text text = {.arena = arena};
    struct err err = {0};
    if (scenario_fields_explain(&text, path, &err))
        return text.data;
    return arena_printf(arena, "%s | %s", err.what, err.hint);
}

Test(fields, explain_tells_all_about_a_field) {
    struct arena arena = {0};
    static const char ttft[] = "workloads.slo.ttft\n"
                               "  Time to the first token.\n\n"
                               "  value:    a duration (ms, s, min, h, d)\n"
                               "  range:    1ms to 1h\n"
                               "  default:  none, it may be left out\n"
                               "  example:  ttft: 500ms\n";
    cr_assert(eq(str, (char *)explain(&arena, "workloads.slo.ttft"), (char *)ttft));
    cr_assert(eq(str, (char *)explain(&arena, "workloads[0].slo.ttft"), (char *)ttft));
    cr_assert(eq(str, (char *)explain(&arena, "workloads.12.slo.ttft"), (char *)ttft));
    cr_assert(ne(ptr, strstr(explain(&arena, "policy.max_term"), "none, 1y, 3y"), NULL));
    cr_assert(ne(ptr, strstr(explain(&arena, "policy"), "    coverage_max "), NULL));
    cr_assert(ne(ptr, strstr(explain(&arena, "workloads.tags.team"), "workloads.tags\n"), NULL));
    cr_assert(eq(str, (char *)explain(&arena, "ttft"),
                 "there is no field 'ttft' | did you mean 'workloads.slo.ttft'?"));
    cr_assert(eq(str, (char *)explain(&arena, "polcy.max_term"),
                 "there is no field 'polcy.max_term' | did you mean 'policy.max_term'?"));
    cr_assert(eq(str, (char *)explain(&arena, "colour"),
                 "there is no field 'colour' | the fields are listed in scenarios/README.md; begin "
                 "with: workloads"));
    arena_release(&arena);
}

/* ---- schema: a validator of the words it uses ---- */

static bool valid(const json_t *schema, const json_t *value);

static bool valid_any(const json_t *schemas, const json_t *value) {
    size_t i;
    json_t *schema;
    json_array_foreach(schemas, i, schema) if (valid(schema, value)) return true;
    return false;
}

static bool type_is(const char *type, const json_t *value) {
    return (strcmp(type, "object") == 0 && json_is_object(value)) ||
           (strcmp(type, "array") == 0 && json_is_array(value)) ||
           (strcmp(type, "string") == 0 && json_is_string(value)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(type, "number") == 0 && json_is_number(value));
}

static bool valid_type(const json_t *type, const json_t *value) {
    size_t i;
    json_t *word;
    if (json_is_string(type))
        return type_is(json_string_value(type), value);
    json_array_foreach(type, i, word) if (type_is(json_string_value(word), value)) return true;
    return false;
}

static bool in_enum(const json_t *words, const json_t *value) {
    size_t i;
    json_t *word;
    json_array_foreach(words, i, word) if (json_equal(word, value)) return true;
    return false;
}

static bool matches(const char *pattern, const char *text) {
    regex_t regex;
    cr_assert(eq(int, regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0), "%s", pattern);
    bool fine = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return fine;
}

static bool valid_object(const json_t *schema, const json_t *value) {
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    const json_t *more = json_object_get(schema, "additionalProperties");
    const json_t *names = json_object_get(schema, "propertyNames");
    const char *key;
    json_t *item;
    size_t i;
    json_array_foreach(required, i,
                       item) if (!json_object_get(value, json_string_value(item))) return false;
    json_object_foreach((json_t *)value, key, item) {
        const json_t *property = json_object_get(properties, key);
        json_t *name = json_string(key);
        bool fine = !names || valid(names, name);
        json_decref(name);
        if (!fine || (!property && json_is_false(more)))
            return false;
        if (!valid(property ? property : more, item))
            return false;
    }
    return true;
}

static bool valid(const json_t *schema, const json_t *value) {
    const json_t *word;
    size_t i;
    json_t *item;
    if ((word = json_object_get(schema, "not")) && valid(word, value))
        return false;
    if ((word = json_object_get(schema, "anyOf")) && !valid_any(word, value))
        return false;
    if ((word = json_object_get(schema, "type")) && !valid_type(word, value))
        return false;
    if ((word = json_object_get(schema, "enum")) && !in_enum(word, value))
        return false;
    if ((word = json_object_get(schema, "pattern")) && json_is_string(value) &&
        !matches(json_string_value(word), json_string_value(value)))
        return false;
    if (json_is_number(value)) {
        double number = json_number_value(value);
        if ((word = json_object_get(schema, "minimum")) && number < json_number_value(word))
            return false;
        if ((word = json_object_get(schema, "exclusiveMinimum")) &&
            number <= json_number_value(word))
            return false;
        if ((word = json_object_get(schema, "maximum")) && number > json_number_value(word))
            return false;
    }
    if (json_is_array(value) && (word = json_object_get(schema, "items"))) {
        size_t n = json_array_size(value);
        if (n < (size_t)json_integer_value(json_object_get(schema, "minItems")) ||
            n > (size_t)json_integer_value(json_object_get(schema, "maxItems")))
            return false;
        json_array_foreach(value, i, item) if (!valid(word, item)) return false;
    }
    return !json_is_object(value) || !json_object_get(schema, "type") ||
           valid_object(schema, value);
}

/* A YAML tree as an editor's YAML reader sees it: plain numbers are numbers, the rest is text. */
static json_t *json_of(const struct yaml_node *node) {
    if (node->kind == YAML_NODE_SCALAR) {
        int64_t whole;
        double number;
        if (!node->quoted && text_parse_int64(node->text, &whole))
            return json_integer(whole);
        if (!node->quoted && text_parse_double(node->text, &number))
            return json_real(number);
        return json_stringn(node->text.data, node->text.n);
    }
    json_t *json = node->kind == YAML_NODE_LIST ? json_array() : json_object();
    for (int i = 0; i < node->n; i++)
        if (node->kind == YAML_NODE_LIST)
            json_array_append_new(json, json_of(node->items[i]));
        else
            json_object_set_new(json, node->keys[i]->text.data, json_of(node->items[i]));
    return json;
}

static json_t *read_schema(struct arena *arena) {
    struct text text = {.arena = arena};
    json_error_t error;
    scenario_fields_schema(&text);
    json_t *schema = json_loads(text.data, JSON_REJECT_DUPLICATES, &error);
    cr_assert(ne(ptr, schema, NULL), "%s", error.text);
    return schema;
}

static bool schema_accepts(struct arena *arena, const json_t *schema, const char *text) {
    struct yaml_document document;
    struct err err = {0};
    cr_assert(yaml_parse(arena, bytes_of(text), "s.yaml", &document, &err), "%s", err.what);
    json_t *json = json_of(document.root);
    bool accepts = valid(schema, json);
    json_decref(json);
    return accepts;
}

#define GOOD(slo)                                                                                  \
    "headroom: 1\nname: x\nhorizon: { start: 2026-12-01 }\nworkloads:\n  - name: chat\n"           \
    "    demand: { trace: week.csv }\n    slo: " slo "\n    models: [ { use: llama-3.1-8b } ]\n"   \
    "    run_on: [ { instance: g5.2xlarge } ]\n    regions: us-east-1\n"

Test(fields, schema_accepts_what_is_good_and_refuses_what_is_not) {
    static const char *const refused[] = {
        GOOD("{ ttft: 500 }"),
        GOOD("{ ttft: 500ms, share: 0.99 }"),
        GOOD("{ ttft: 500ms, over: minute }"),
        GOOD("{ ttft: 500ms, pace: 3 }"),
        GOOD("{ ttft: 500ms }") "colour: blue\n",
        GOOD("{ ttft: 500ms }") "finance: { discount_rate: 9% }\n",
        GOOD("{ ttft: 500ms }") "purchase: [ on_demnd ]\n",
        GOOD("{ ttft: 500ms }") "purchase: [ { term: 2y } ]\n",
        GOOD("{ ttft: 500ms }") "simulation: { seed: -1 }\n",
        GOOD("{ ttft: 500ms }") "simulation: { seed: 1.5 }\n",
        GOOD("{ ttft: 500ms }") "estate: { quotas: { Q: 3 vCPU } }\n",
        "headroom: 1\nname: x\nhorizon: { start: 2026-12-01 }\n",
        "headroom: 2\n",
    };
    struct arena arena = {0};
    struct text init = {.arena = &arena};
    json_t *schema = read_schema(&arena);
    scenario_fields_init(&init);
    cr_assert(schema_accepts(&arena, schema, init.data));
    cr_assert(schema_accepts(&arena, schema, GOOD("{ ttft: 500ms, share: 99% }")));
    cr_assert(schema_accepts(&arena, schema,
                             GOOD("{ ttft: 500ms }") "purchase: { savings_plan: compute }\n"));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        cr_expect(not(schema_accepts(&arena, schema, refused[i])), "%s", refused[i]);
    json_decref(schema);
    arena_release(&arena);
}

/* The schema of a path: through properties, list items and alternatives. */
static const json_t *schema_of(const json_t *schema, const char *key) {
    const json_t *found = json_object_get(json_object_get(schema, "properties"), key);
    const json_t *items = json_object_get(schema, "items");
    size_t i;
    json_t *way;
    if (!found && items)
        found = schema_of(items, key);
    json_array_foreach(json_object_get(schema, "anyOf"), i, way) if (!found) found =
        schema_of(way, key);
    return found;
}

Test(fields, schema_has_every_field) {
    struct arena arena = {0};
    json_t *schema = read_schema(&arena);
    for (int i = 0; i < scenario_table_rows; i++) {
        const struct field *row = &scenario_table[i];
        const json_t *at = schema;
        for (const char *key = row->path; at && *key;) {
            size_t n = strcspn(key, ".");
            at = schema_of(at, arena_strndup(&arena, key, n));
            key += n + (key[n] == '.');
        }
        cr_expect(ne(ptr, (void *)at, NULL), "%s", row->path);
        cr_expect(ne(ptr, (void *)json_object_get(at, "description"), NULL), "%s", row->path);
    }
    json_decref(schema);
    arena_release(&arena);
}

/* ---- the reference page ---- */

static const char page[] = "scenarios/README.md";
static const char begin[] = "<!-- keys: begin (made from the field table) -->\n";
static const char end[] = "<!-- keys: end -->\n";

static char *read_page(struct arena *arena) {
    struct text text = {.arena = arena};
    char buffer[4096];
    FILE *file = fopen(page, "rb");
    cr_assert(ne(ptr, file, NULL), "run from the root of the tree");
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_append(&text, buffer, n);
    fclose(file);
    return text.data;
}

static void update_page(const char *before, size_t n_before, const char *table, const char *after) {
    FILE *file = fopen(page, "wb");
    cr_assert(ne(ptr, file, NULL));
    fwrite(before, 1, n_before, file);
    fputs(table, file);
    fputs(after, file);
    fclose(file);
}

Test(fields, the_reference_page_is_the_tables) {
    struct arena arena = {0};
    struct text table = {.arena = &arena};
    char *text = read_page(&arena);
    char *from = strstr(text, begin), *to = strstr(text, end);
    cr_assert(from && to && from < to, "the two marks are missing");
    from += strlen(begin);
    text_append_string(&table, "\n");
    scenario_fields_reference(&table);
    text_append_string(&table, "\n");
    if (getenv("HEADROOM_UPDATE_REFERENCE"))
        update_page(text, (size_t)(from - text), table.data, to);
    else
        cr_assert(eq(str, arena_strndup(&arena, from, (size_t)(to - from)), table.data),
                  "run this test with HEADROOM_UPDATE_REFERENCE=1 and read the difference");
    arena_release(&arena);
}

/* The page's complete example is one. */
Test(fields, the_pages_example_runs) {
    struct arena arena = {0};
    struct scenario s;
    const char *text = read_page(&arena), *from = strstr(text, "```yaml\n");
    cr_assert(ne(ptr, (void *)from, NULL));
    from += strlen("```yaml\n");
    const char *to = strstr(from, "```\n");
    cr_assert(ne(ptr, (void *)to, NULL));
    cr_assert(parses(&arena, arena_strndup(&arena, from, (size_t)(to - from)), &s));
    cr_assert(eq(int, s.n_workloads, 1));
    arena_release(&arena);
}
