/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_view.h"

static const struct field *row_of(struct view view, const char *key) {
    const struct field *row = field_child(view.path, bytes_of(key));
    ENSURE(row);
    return row;
}

const struct tree *view_get(struct view view, const char *key) {
    row_of(view, key);
    return tree_get(view.map, key);
}

struct view view_map(struct view view, const char *key) {
    const struct tree *tree = view_get(view, key);
    return (struct view){view.arena, view.mistakes,
                         tree && tree->kind == YAML_NODE_MAP ? tree : NULL,
                         row_of(view, key)->path};
}

int view_count(struct view view, const char *key) {
    const struct tree *tree = view_get(view, key);
    return !tree ? 0 : tree->kind == YAML_NODE_LIST ? tree->n : 1;
}

const struct tree *view_value(struct view view, const char *key, int i) {
    const struct tree *tree = view_get(view, key);
    if (tree && tree->kind == YAML_NODE_LIST)
        return i < tree->n ? tree->items[i] : NULL;
    return i == 0 ? tree : NULL;
}

struct view view_item(struct view view, const char *key, int i) {
    const struct tree *tree = view_value(view, key, i);
    return (struct view){view.arena, view.mistakes,
                         tree && tree->kind == YAML_NODE_MAP ? tree : NULL,
                         row_of(view, key)->path};
}

bool view_scalar(struct view view, const char *key, const struct tree *tree, struct scalar *out) {
    return tree && scalar_read(view.arena, row_of(view, key), tree, out, NULL);
}

/* What is given and good, else the default, else zero. */
static bool read_or_default(struct view view, const char *key, struct scalar *out) {
    if (view_scalar(view, key, view_get(view, key), out) ||
        scalar_default(view.arena, row_of(view, key), out))
        return true;
    *out = (struct scalar){.text = "", .choice = -1};
    return false;
}

double view_number(struct view view, const char *key) {
    struct scalar scalar;
    return read_or_default(view, key, &scalar) ? scalar.number : 0;
}

int view_int(struct view view, const char *key) {
    double number = view_number(view, key);
    ENSURE(number >= -2147483647.0 && number <= 2147483647.0);
    return (int)(number < 0 ? number - 0.5 : number + 0.5);
}

int view_choice(struct view view, const char *key) {
    struct scalar scalar;
    return read_or_default(view, key, &scalar) ? scalar.choice : -1;
}

const char *view_text(struct view view, const char *key) {
    struct scalar scalar;
    return read_or_default(view, key, &scalar) ? scalar.text : "";
}

struct date view_date(struct view view, const char *key) {
    struct scalar scalar;
    return read_or_default(view, key, &scalar) ? scalar.date : (struct date){0};
}

struct place view_place(struct view view, const char *key) {
    const struct tree *tree = view_get(view, key);
    return tree ? tree->place : (struct place){0};
}

struct place view_key_place(struct view view, const char *key) {
    const struct tree *tree = view_get(view, key);
    return tree ? tree_place(tree) : view.map ? tree_place(view.map) : (struct place){0};
}

/* "a, b or c" */
static const char *list_words(struct view view, const char *const *keys, int n) {
    struct text text = {.arena = view.arena};
    for (int i = 0; i < n; i++)
        text_printf(&text, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", keys[i]);
    return text.data;
}

/* An unknown key was probably meant to be what is missing, and is told already. */
static bool has_unknown_key(struct view view) {
    for (int i = 0; i < view.map->n; i++)
        if (!field_child(view.path, bytes_of(view.map->items[i]->name)))
            return true;
    return false;
}

int view_only_one(struct view view, const char *const *keys, int n) {
    int found = -1, n_found = 0;
    const char *words = list_words(view, keys, n);
    if (!view.map)
        return -1;
    for (int i = 0; i < n; i++) {
        if (!view_get(view, keys[i]))
            continue;
        if (n_found++ > 0)
            mistakes_at(view.mistakes, view_key_place(view, keys[i]),
                        arena_printf(view.arena, "keep one of %s", words),
                        "'%s' has both '%s' and '%s'", view.path, keys[found], keys[i]);
        else
            found = i;
    }
    if (n_found == 0 && !has_unknown_key(view))
        mistakes_at(view.mistakes, tree_place(view.map),
                    arena_printf(view.arena, "add one of %s", words), "'%s' has none of %s",
                    view.path, words);
    return n_found == 1 ? found : -1;
}

void view_refuse(struct view view, const char *const *keys, int n, const char *whom) {
    for (int i = 0; i < n; i++)
        if (view_get(view, keys[i]))
            mistakes_at(view.mistakes, view_key_place(view, keys[i]), "take it out",
                        "'%s' is for %s only", row_of(view, keys[i])->path, whom);
}

void view_need(struct view view, const char *key, const char *why) {
    const struct field *row = row_of(view, key);
    if (view.map && !view_get(view, key) && !has_unknown_key(view))
        mistakes_at(view.mistakes, tree_place(view.map), field_sample(view.arena, row),
                    "'%s' is missing in '%s': %s", key, view.path, why);
}
