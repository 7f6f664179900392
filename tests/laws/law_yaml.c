/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "law_yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

enum { SCALAR_MAX = 256 };

struct law_node *law_map(struct arena *arena) {
    return arena_new(arena, struct law_node, 1);
}

static int find(const struct law_node *map, const char *key) {
    for (int i = 0; i < map->n; i++)
        if (strcmp(map->keys[i], key) == 0)
            return i;
    return -1;
}

bool law_has(const struct law_node *map, const char *key) {
    return find(map, key) >= 0;
}

void law_put(struct law_node *map, const char *key, struct law_node *child) {
    int i = find(map, key);
    if (i < 0) {
        ENSURE(map->n < LAW_CHILDREN_MAX);
        i = map->n++;
    }
    map->keys[i] = key;
    map->children[i] = child;
}

struct law_node *law_map_at(struct arena *arena, struct law_node *map, const char *key) {
    if (!law_has(map, key))
        law_put(map, key, law_map(arena));
    return map->children[find(map, key)];
}

void law_put_text(struct arena *arena, struct law_node *map, const char *key, const char *format,
                  ...) {
    char text[SCALAR_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct law_node *scalar = law_map(arena);
    scalar->text = arena_strdup(arena, text);
    law_put(map, key, scalar);
}

void law_add(struct law_node *list, struct law_node *child) {
    ENSURE(list->n < LAW_CHILDREN_MAX);
    list->children[list->n++] = child;
}

void law_add_text(struct arena *arena, struct law_node *list, const char *text) {
    struct law_node *scalar = law_map(arena);
    scalar->text = text;
    law_add(list, scalar);
}

static void order_of(const struct law_node *node, struct rng *shuffle, int *order) {
    for (int i = 0; i < node->n; i++) {
        int at = shuffle && node->keys[i] ? (int)rng_below(shuffle, (uint64_t)i + 1) : i;
        order[i] = order[at];
        order[at] = i;
    }
}

static void write_flow(const struct law_node *node, struct rng *shuffle, struct text *out) {
    if (node->text) {
        text_append_string(out, node->text);
        return;
    }
    int order[LAW_CHILDREN_MAX] = {0};
    order_of(node, shuffle, order);
    bool map = node->n > 0 && node->keys[0];
    text_append_string(out, map ? "{ " : "[ ");
    for (int i = 0; i < node->n; i++) {
        if (i > 0)
            text_append_string(out, ", ");
        if (map)
            text_printf(out, "%s: ", node->keys[order[i]]);
        write_flow(node->children[order[i]], shuffle, out);
    }
    text_append_string(out, map ? " }" : " ]");
}

const char *law_write(struct arena *arena, const struct law_node *root, struct rng *shuffle) {
    struct text out = {.arena = arena};
    int order[LAW_CHILDREN_MAX] = {0};
    order_of(root, shuffle, order);
    for (int i = 0; i < root->n; i++) {
        text_printf(&out, "%s: ", root->keys[order[i]]);
        write_flow(root->children[order[i]], shuffle, &out);
        text_append_string(&out, "\n");
    }
    return out.data;
}
