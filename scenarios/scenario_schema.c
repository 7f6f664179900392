/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field table as JSON Schema, draft-07. What the table cannot say (exactly one of several keys,
 * ranges of values with units) is left to `headroom check`. */
#include <jansson.h>
#include <stdlib.h>

#include "scenarios/scenario_check.h"
#include "scenarios/scenario_fields.h"

static json_t *row_schema(struct arena *arena, const struct field *row);

static json_t *words_array(const char *words) {
    json_t *array = json_array();
    struct bytes word;
    for (int i = 0; (word = field_word(words, i)).n > 0; i++)
        json_array_append_new(array, json_stringn(word.data, word.n));
    return array;
}

static json_t *pattern_schema(const char *pattern) {
    return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static void set_bounds(json_t *schema, const struct field *row) {
    struct quantity bound;
    bool open = row->min && row->min[0] == '>', whole = row->unit == QUANTITY_COUNT;
    if (!row->min)
        return;
    quantity_parse(row->unit, bytes_of(row->min + open), &bound);
    json_object_set_new(schema, open ? "exclusiveMinimum" : "minimum",
                        whole ? json_integer((json_int_t)bound.value) : json_real(bound.value));
    quantity_parse(row->unit, bytes_of(row->max), &bound);
    json_object_set_new(schema, "maximum",
                        whole ? json_integer((json_int_t)bound.value) : json_real(bound.value));
}

static json_t *quantity_schema(struct arena *arena, const struct field *row) {
    struct text pattern = {.arena = arena};
    if (quantity_is_plain(row->unit)) {
        json_t *schema =
            json_pack("{s:s}", "type", row->unit == QUANTITY_COUNT ? "integer" : "number");
        set_bounds(schema, row);
        return schema;
    }
    quantity_append_pattern(row->unit, &pattern);
    return pattern_schema(pattern.data);
}

static json_t *scalar_schema(struct arena *arena, const struct field *row) {
    switch (row->type) {
    case FIELD_QUANTITY:
        return quantity_schema(arena, row);
    case FIELD_CHOICE:
        return json_pack("{s:o}", "enum", words_array(row->choices));
    case FIELD_DATE:
        return pattern_schema("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
    case FIELD_TEXT: /* a name may look like a number */
        return json_pack("{s:[s,s]}", "type", "string", "number");
    case FIELD_FILE:
    case FIELD_NOTHING:
        break;
    }
    return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
}

static json_t *map_schema(struct arena *arena, const char *path) {
    json_t *properties = json_object(), *required = json_array();
    for (int i = 0; i < scenario_table_rows; i++) {
        const struct field *row = &scenario_table[i];
        if (!field_is_child(row, path))
            continue;
        json_object_set_new(properties, field_key(row), row_schema(arena, row));
        if (row->required)
            json_array_append_new(required, json_string(field_key(row)));
    }
    json_t *schema = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                               "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set_new(schema, "required", required);
    else
        json_decref(required);
    return schema;
}

static json_t *list_schema(const struct field *row, json_t *items) {
    return json_pack("{s:s, s:o, s:i, s:i}", "type", "array", "items", items, "minItems",
                     field_items_min(row), "maxItems", field_items_max(row));
}

static json_t *any_of(json_t *a, json_t *b) {
    return json_pack("{s:[o,o]}", "anyOf", a, b);
}

static json_t *named_schema(struct arena *arena, const struct field *row) {
    json_t *schema = json_pack("{s:s, s:o, s:i, s:i}", "type", "object", "additionalProperties",
                               scalar_schema(arena, row), "minProperties", field_items_min(row),
                               "maxProperties", field_items_max(row));
    if (row->keys)
        json_object_set_new(schema, "propertyNames",
                            json_pack("{s:o}", "enum", words_array(row->keys)));
    return schema;
}

static json_t *shape_schema(struct arena *arena, const struct field *row) {
    json_t *one;
    switch (row->shape) {
    case FIELD_MAP:
        return map_schema(arena, row->path);
    case FIELD_MAPS:
        return list_schema(row, map_schema(arena, row->path));
    case FIELD_NAMED:
        return named_schema(arena, row);
    case FIELD_MANY:
        one = list_schema(row, scalar_schema(arena, row));
        return field_items_min(row) > 1 ? one : any_of(scalar_schema(arena, row), one);
    case FIELD_MIXED:
        one = any_of(scalar_schema(arena, row), map_schema(arena, row->path));
        return any_of(list_schema(row, one),
                      any_of(scalar_schema(arena, row), map_schema(arena, row->path)));
    case FIELD_ONE:
        break;
    }
    one = scalar_schema(arena, row);
    return field_has_children(row) ? any_of(one, map_schema(arena, row->path)) : one;
}

static json_t *row_schema(struct arena *arena, const struct field *row) {
    json_t *schema = shape_schema(arena, row);
    struct text text = {.arena = arena};
    text_append_string(&text, row->doc);
    if (row->fallback)
        text_printf(&text, " Default: %s.", row->fallback);
    if (row->example)
        text_printf(&text, " Example: %s", row->example);
    json_object_set_new(schema, "description", json_string(text.data));
    return schema;
}

void scenario_fields_schema(struct text *out) {
    json_t *schema = json_pack("{s:s, s:s}", "$schema", "http://json-schema.org/draft-07/schema#",
                               "title", "headroom scenario");
    json_t *root = map_schema(out->arena, "");
    ENSURE(schema && root);
    json_object_update(schema, root);
    json_decref(root);
    char *dump = json_dumps(schema, JSON_INDENT(2));
    ENSURE(dump);
    text_append_string(out, dump);
    text_append_string(out, "\n");
    free(dump);
    json_decref(schema);
}
