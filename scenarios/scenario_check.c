/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_check.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 200, FILE_BYTES_MAX = 1000, WORDS_MAX = 64 };

/* ---- hints ---- */

const char *scalar_choices(struct arena *arena, const char *words) {
    struct text text = {.arena = arena};
    struct bytes word;
    for (int i = 0; (word = field_word(words, i)).n > 0; i++)
        text_printf(&text, "%s%.*s", i ? ", " : "", (int)word.n, word.data);
    return text.data;
}

const char *scalar_range(struct arena *arena, const struct field *row) {
    if (!row->min)
        return "";
    bool open = row->min[0] == '>';
    if (strcmp(row->min, row->max) == 0)
        return row->min;
    return arena_printf(arena, "%s%s to %s", open ? "above " : "", row->min + open, row->max);
}

static const char *nearest_word(struct arena *arena, const char *words, struct bytes text) {
    const char *candidates[WORDS_MAX];
    size_t n = 0;
    struct bytes word;
    for (; n < WORDS_MAX && (word = field_word(words, (int)n)).n > 0; n++)
        candidates[n] = arena_strndup(arena, word.data, word.n);
    return text_nearest(text, candidates, n);
}

/* A word of one or two letters is near to everything: nothing is guessed then. */
static const char *choices_hint(struct arena *arena, const char *words, struct bytes text) {
    const char *nearest = text.n > 2 ? nearest_word(arena, words, text) : NULL;
    const char *all = scalar_choices(arena, words);
    return nearest ? arena_printf(arena, "did you mean '%s'? Choices: %s", nearest, all)
                   : arena_printf(arena, "choices: %s", all);
}

/* What the user wrote, with the unit that the row's example shows: "write 500ms". */
static const char *with_unit(struct arena *arena, const struct field *row,
                             const struct quantity *quantity) {
    struct quantity example = {0};
    int n = (int)quantity->number.n;
    quantity_parse(row->unit, bytes_of(row->example), &example);
    if (example.unit.n == 0) /* the example has the form $3 */
        quantity_parse(row->unit, bytes_of(quantity_example(row->unit)), &example);
    /* A bare 0.4 where a percentage belongs is meant as a fraction. */
    if (row->unit == QUANTITY_SHARE && quantity->value > 0 && quantity->value <= 1)
        return arena_printf(arena, "write %.10g%%", quantity->value * 100);
    struct text hint = {.arena = arena}, units = {.arena = arena};
    bool spaced = example.unit.data > example.number.data + example.number.n;
    text_printf(&hint, "write %.*s%s%.*s", n, quantity->number.data, spaced ? " " : "",
                (int)example.unit.n, example.unit.data);
    quantity_append_units(row->unit, &units);
    if (strchr(units.data, ','))
        text_printf(&hint, "; units: %s", units.data);
    return hint.data;
}

static const char *units_hint(struct arena *arena, const struct field *row, struct bytes wrong) {
    struct text hint = {.arena = arena};
    const char *nearest = quantity_nearest_unit(row->unit, wrong);
    if (nearest)
        text_printf(&hint, "did you mean '%s'? ", nearest);
    text_append_string(&hint, nearest ? "Units: " : "units: ");
    quantity_append_units(row->unit, &hint);
    return hint.data;
}

/* ---- one value ---- */

struct reading {
    struct arena *arena;
    const struct field *row;
    const struct tree *tree;
    struct mistakes *mistakes; /* NULL: quiet */
};

static bool wrong(const struct reading *reading, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool wrong(const struct reading *reading, const char *hint, const char *format, ...) {
    char what[240];
    va_list args;
    if (!reading->mistakes)
        return false;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    mistakes_at(reading->mistakes, reading->tree->place, hint, "%s", what);
    return false;
}

static bool in_range(const struct field *row, double value) {
    struct quantity bound;
    if (!row->min)
        return true;
    bool open = row->min[0] == '>';
    ENSURE(quantity_parse(row->unit, bytes_of(row->min + open), &bound) == QUANTITY_FINE);
    if (open ? value <= bound.value : value < bound.value)
        return false;
    ENSURE(quantity_parse(row->unit, bytes_of(row->max), &bound) == QUANTITY_FINE);
    return value <= bound.value;
}

/* One value as the row's example has it, not a whole list or map. */
static const char *value_example(struct arena *arena, const struct field *row) {
    bool single = row->example && !strchr("[{", row->example[0]);
    return arena_printf(arena, "write for example %s",
                        single ? row->example : quantity_example(row->unit));
}

static bool wrong_quantity(const struct reading *reading, enum quantity_problem problem,
                           const struct quantity *quantity) {
    const struct field *row = reading->row;
    struct arena *arena = reading->arena;
    const char *shown = mistakes_shown(arena, reading->tree->text);
    const char *unit = mistakes_shown(arena, quantity->unit);
    int n = (int)quantity->number.n;
    switch (problem) {
    case QUANTITY_SEPARATOR:
        return wrong(reading, "write digits without separators, with a point for decimals",
                     "'%s' is %s, not '%s'", row->path, quantity_words(row->unit), shown);
    case QUANTITY_NOT_WHOLE:
        return wrong(reading, value_example(arena, row), "'%s' is a whole number, not '%s'",
                     row->path, shown);
    case QUANTITY_UNIT_MISSING:
        return wrong(reading, with_unit(arena, row, quantity), "'%s' needs a unit: '%s'", row->path,
                     shown);
    case QUANTITY_UNIT_UNKNOWN:
        if (quantity_is_plain(row->unit))
            return wrong(reading, arena_printf(arena, "write %.*s", n, quantity->number.data),
                         "'%s' is %s without unit, not '%s'", row->path, quantity_words(row->unit),
                         shown);
        return wrong(reading, units_hint(arena, row, quantity->unit),
                     "'%s' has the unknown unit '%s'", row->path, unit);
    default:
        return wrong(reading, value_example(arena, row), "'%s' is %s, not '%s'", row->path,
                     quantity_words(row->unit), shown);
    }
}

static bool read_quantity(const struct reading *reading, double *out) {
    const struct field *row = reading->row;
    struct quantity quantity;
    enum quantity_problem problem = quantity_parse(row->unit, reading->tree->text, &quantity);
    if (problem != QUANTITY_FINE)
        return wrong_quantity(reading, problem, &quantity);
    if (!in_range(row, quantity.value))
        return wrong(reading, row->doc, "'%s' is %s, expected %s", row->path,
                     mistakes_shown(reading->arena, reading->tree->text),
                     scalar_range(reading->arena, row));
    *out = quantity.value;
    return true;
}

static bool read_text(const struct reading *reading, const char **out) {
    const struct field *row = reading->row;
    struct bytes text = reading->tree->text;
    size_t limit = row->type == FIELD_FILE ? FILE_BYTES_MAX : TEXT_BYTES_MAX;
    char *printable = text_printable(reading->arena, text);
    if (text.n > limit)
        return wrong(reading, "", "'%s' is longer than %zu bytes", row->path, limit);
    if (!bytes_are(text, printable))
        return wrong(reading, "take them out", "'%s' holds control or direction characters",
                     row->path);
    *out = printable;
    return true;
}

bool scalar_read(struct arena *arena, const struct field *row, const struct tree *tree,
                 struct scalar *out, struct mistakes *mistakes) {
    struct reading reading = {arena, row, tree, mistakes};
    const char *shown;
    *out = (struct scalar){.text = ""};
    if (tree->kind != YAML_NODE_SCALAR)
        return false;
    if (bytes_trim(tree->text).n == 0)
        return wrong(&reading, arena_printf(arena, "write for example %s", row->example),
                     "'%s' has no value", row->path);
    switch (row->type) {
    case FIELD_QUANTITY:
        return read_quantity(&reading, &out->number);
    case FIELD_CHOICE:
        out->choice = field_word_index(row->choices, tree->text);
        if (out->choice >= 0)
            return true;
        shown = mistakes_shown(arena, tree->text);
        return wrong(&reading, choices_hint(arena, row->choices, tree->text), "'%s' cannot be '%s'",
                     row->path, shown);
    case FIELD_DATE:
        if (calendar_parse_date(tree->text, &out->date))
            return true;
        shown = mistakes_shown(arena, tree->text);
        return wrong(&reading, arena_printf(arena, "write for example %s", row->example),
                     "'%s' is a date, not '%s'", row->path, shown);
    case FIELD_TEXT:
    case FIELD_FILE:
        return read_text(&reading, &out->text);
    case FIELD_NOTHING:
        break;
    }
    return false;
}

bool scalar_default(struct arena *arena, const struct field *row, struct scalar *out) {
    if (!row->fallback)
        return false;
    struct tree tree = {.kind = YAML_NODE_SCALAR, .text = bytes_of(row->fallback)};
    ENSURE(scalar_read(arena, row, &tree, out, NULL));
    return true;
}

/* ---- the tree ---- */

static void check_value(struct mistakes *mistakes, const struct field *row,
                        const struct tree *tree);

static const char *shape_words(const struct field *row) {
    switch (row->shape) {
    case FIELD_MANY:
        return field_items_min(row) > 1 ? "a list of values" : "a value or a list of values";
    case FIELD_MAP:
    case FIELD_NAMED:
        return "a map";
    case FIELD_MAPS:
        return "a list of maps";
    case FIELD_MIXED:
        return "a word, a map or a list of them";
    case FIELD_ONE:
        break;
    }
    return row->type == FIELD_QUANTITY ? quantity_words(row->unit) : "a single value";
}

/* "at: 24h, share: 10%": what a map cannot do without, else its first key. */
static const char *inner_sample(struct arena *arena, const struct field *row) {
    struct text needed = {.arena = arena};
    const char *first = NULL;
    for (const struct field *child = row + 1; child < scenario_table + scenario_table_rows;
         child++) {
        if (!field_is_child(child, row->path) || !child->example)
            continue;
        if (!first)
            first = arena_printf(arena, "%s: %s", field_key(child), child->example);
        if (child->required)
            text_printf(&needed, "%s%s: %s", needed.n ? ", " : "", field_key(child),
                        child->example);
    }
    return needed.n ? needed.data : first;
}

const char *field_sample(struct arena *arena, const struct field *row) {
    const char *key = field_key(row), *inner = inner_sample(arena, row);
    if (row->example)
        return arena_printf(arena, "write for example %s: %s", key, row->example);
    if (!inner)
        return row->doc;
    return arena_printf(arena,
                        row->shape == FIELD_MAPS ? "write for example %s: [ { %s } ]"
                                                 : "write for example %s: { %s }",
                        key, inner);
}

static void wrong_shape(struct mistakes *mistakes, const struct field *row,
                        const struct tree *tree) {
    bool empty = tree->kind == YAML_NODE_SCALAR && tree->text.n == 0;
    const char *what = tree->kind == YAML_NODE_MAP    ? "not a map"
                       : tree->kind == YAML_NODE_LIST ? "not a list"
                       : empty                        ? "and nothing is given"
                                                      : "not a single value";
    mistakes_at(mistakes, tree->kind == YAML_NODE_SCALAR && !empty ? tree->place : tree_place(tree),
                field_sample(mistakes->arena, row), "'%s' is %s, %s", row->path, shape_words(row),
                what);
}

static void unknown_key(struct mistakes *mistakes, const char *path, const struct tree *item,
                        const char **meant) {
    struct arena *arena = mistakes->arena;
    const char *keys[WORDS_MAX];
    struct text all = {.arena = arena};
    size_t n = 0;
    for (int i = 0; i < scenario_table_rows && n < WORDS_MAX; i++) {
        if (!field_is_child(&scenario_table[i], path))
            continue;
        keys[n++] = field_key(&scenario_table[i]);
        text_printf(&all, "%s%s", n > 1 ? ", " : "", keys[n - 1]);
    }
    const char *nearest = text_nearest(bytes_of(item->name), keys, n);
    enum { LISTED_BYTES_MAX = 200 };
    const char *hint = nearest ? arena_printf(arena, "did you mean '%s'?", nearest)
                       : all.n > LISTED_BYTES_MAX && path[0]
                           ? arena_printf(arena, "headroom explain %s lists the keys", path)
                           : arena_printf(arena, "keys here: %s", all.data ? all.data : "");
    const char *shown = mistakes_shown(arena, bytes_of(item->name));
    *meant = nearest;
    if (path[0])
        mistakes_at(mistakes, item->key, hint, "unknown key '%s' in '%s'", shown, path);
    else
        mistakes_at(mistakes, item->key, hint, "unknown key '%s'", shown);
}

/* A key that an unknown key was probably meant to be is not also told as missing. */
static void check_missing(struct mistakes *mistakes, const char *path, const struct tree *map,
                          const char *const *meant) {
    for (int i = 0; i < scenario_table_rows; i++) {
        const struct field *row = &scenario_table[i];
        const char *key = field_key(row);
        if (!row->required || !field_is_child(row, path) || tree_get(map, key))
            continue;
        bool told = false;
        for (int j = 0; j < map->n && !told; j++)
            told = meant[j] && strcmp(meant[j], key) == 0;
        if (told)
            continue;
        struct place place = path[0] ? tree_place(map) : (struct place){map->place.document, NULL};
        if (path[0])
            mistakes_at(mistakes, place, field_sample(mistakes->arena, row),
                        "'%s' is missing in '%s'", key, path);
        else
            mistakes_at(mistakes, place, field_sample(mistakes->arena, row), "'%s' is missing",
                        key);
    }
}

static void check_map(struct mistakes *mistakes, const char *path, const struct tree *map) {
    const char **meant = arena_new(mistakes->arena, const char *, map->n);
    for (int i = 0; i < map->n; i++) {
        const struct tree *item = map->items[i];
        const struct field *row = field_child(path, bytes_of(item->name));
        if (!row)
            unknown_key(mistakes, path, item, &meant[i]);
        else
            check_value(mistakes, row, item);
    }
    check_missing(mistakes, path, map, meant);
}

static void check_scalar(struct mistakes *mistakes, const struct field *row,
                         const struct tree *tree) {
    struct scalar scalar;
    if (tree->kind == YAML_NODE_SCALAR)
        scalar_read(mistakes->arena, row, tree, &scalar, mistakes);
    else
        wrong_shape(mistakes, row, tree);
}

static bool check_count(struct mistakes *mistakes, const struct field *row,
                        const struct tree *tree) {
    int min = field_items_min(row), max = field_items_max(row);
    if (tree->n >= min && tree->n <= max)
        return true;
    const char *hint = field_sample(mistakes->arena, row);
    if (min == max)
        mistakes_at(mistakes, tree_place(tree), row->doc, "'%s' has %d items, expected %d",
                    row->path, tree->n, min);
    else if (tree->n == 0)
        mistakes_at(mistakes, tree_place(tree), hint, "'%s' is empty", row->path);
    else
        mistakes_at(mistakes, tree_place(tree), hint, "'%s' has %d items, expected %d to %d",
                    row->path, tree->n, min, max);
    return false;
}

static void check_named(struct mistakes *mistakes, const struct field *row,
                        const struct tree *tree) {
    check_count(mistakes, row, tree);
    for (int i = 0; i < tree->n; i++) {
        const struct tree *item = tree->items[i];
        struct bytes name = item->key.node ? item->key.node->text : bytes_of(item->name);
        if (row->keys && field_word_index(row->keys, name) < 0)
            mistakes_at(mistakes, item->key, choices_hint(mistakes->arena, row->keys, name),
                        "unknown name '%s' in '%s'", mistakes_shown(mistakes->arena, name),
                        row->path);
        else if (bytes_trim(name).n == 0 || name.n > TEXT_BYTES_MAX || !bytes_are(name, item->name))
            mistakes_at(mistakes, item->key, "write a short plain name",
                        "not a name for '%s': '%s'", row->path,
                        mistakes_shown(mistakes->arena, name));
        else
            check_scalar(mistakes, row, item);
    }
}

static void check_items(struct mistakes *mistakes, const struct field *row,
                        const struct tree *tree) {
    if (!check_count(mistakes, row, tree))
        return;
    for (int i = 0; i < tree->n; i++) {
        const struct tree *item = tree->items[i];
        bool map = item->kind == YAML_NODE_MAP;
        if (map && (row->shape == FIELD_MAPS || row->shape == FIELD_MIXED))
            check_map(mistakes, row->path, item);
        else if (row->shape == FIELD_MAPS)
            wrong_shape(mistakes, row, item);
        else
            check_scalar(mistakes, row, item);
    }
}

static void check_value(struct mistakes *mistakes, const struct field *row,
                        const struct tree *tree) {
    bool list = tree->kind == YAML_NODE_LIST, map = tree->kind == YAML_NODE_MAP;
    if (list && row->shape != FIELD_ONE && row->shape != FIELD_MAP && row->shape != FIELD_NAMED)
        check_items(mistakes, row, tree);
    else if (map && row->shape == FIELD_NAMED)
        check_named(mistakes, row, tree);
    else if (map && (row->shape == FIELD_MAP || row->shape == FIELD_MIXED))
        check_map(mistakes, row->path, tree);
    else if (map && row->shape == FIELD_ONE && field_has_children(row))
        check_map(mistakes, row->path, tree);
    else if (tree->kind == YAML_NODE_SCALAR && row->shape != FIELD_MAPS &&
             row->type != FIELD_NOTHING && row->shape != FIELD_NAMED &&
             !(row->shape == FIELD_MANY && field_items_min(row) > 1))
        check_scalar(mistakes, row, tree);
    else
        wrong_shape(mistakes, row, tree);
}

void scenario_check(struct mistakes *mistakes, const struct tree *root) {
    check_map(mistakes, "", root);
}
