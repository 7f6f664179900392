/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees of keys, written as scenario YAML: the same tree in the order drawn or with the keys of
 * every map shuffled. */
#ifndef HEADROOM_TESTS_LAWS_LAW_YAML_H
#define HEADROOM_TESTS_LAWS_LAW_YAML_H

#include "base/rng.h"
#include "base/text.h"

enum { LAW_CHILDREN_MAX = 24 };

/** A scalar (text), or a map (keys) or list (keys NULL) of children. Lives in the arena. */
struct law_node {
    const char *text; /* NULL: a map or a list */
    int n;
    const char *keys[LAW_CHILDREN_MAX];
    struct law_node *children[LAW_CHILDREN_MAX];
};

struct law_node *law_map(struct arena *arena);

/** A map in which `key` leads to; made when it is not there. */
struct law_node *law_map_at(struct arena *arena, struct law_node *map, const char *key);

/** Set a key to a child, or to a scalar; replaces what was there. */
void law_put(struct law_node *map, const char *key, struct law_node *child);
void law_put_text(struct arena *arena, struct law_node *map, const char *key, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));
bool law_has(const struct law_node *map, const char *key);

/** Append to a list. */
void law_add(struct law_node *list, struct law_node *child);
void law_add_text(struct arena *arena, struct law_node *list, const char *text);

/** One top-level key a line. shuffle NULL: keys as put. */
const char *law_write(struct arena *arena, const struct law_node *root, struct rng *shuffle);

#endif
