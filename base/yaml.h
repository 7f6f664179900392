/* SPDX-License-Identifier: GPL-3.0-or-later */
/** YAML or JSON into a tree whose every node keeps its place. libyaml events underneath.
 *
 *  Refused, with a located message: anchors, aliases, tags, several documents, duplicate keys,
 * non-scalar keys, invalid UTF-8, more than 1 MiB, depth 32 or 10,000 nodes. Scalars stay text: the
 * reader of a field decides its type, so `no` and `1e3` mean what the field says. */
#ifndef HEADROOM_BASE_YAML_H
#define HEADROOM_BASE_YAML_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"

enum yaml_kind { YAML_NODE_SCALAR, YAML_NODE_LIST, YAML_NODE_MAP };
enum { YAML_BYTES_MAX = 1 << 20, YAML_DEPTH_MAX = 32, YAML_NODES_MAX = 10000 };

struct yaml_node {
    enum yaml_kind kind;
    int line, column,
        length;        /* 1-based; length in bytes of the scalar as written, 1 for collections */
    bool quoted;       /* scalar written with quotes */
    struct bytes text; /* scalar value */
    int n;             /* children: items of a list, pairs of a map */
    struct yaml_node **keys;  /* [n] for maps */
    struct yaml_node **items; /* [n] values or list items */
};

/** One file's tree and its text (for excerpts). */
struct yaml_document {
    const char *file;
    struct bytes text;
    const struct yaml_node *root;
};

bool yaml_parse(struct arena *arena, struct bytes text, const char *file, struct yaml_document *out,
                struct err *err);

/** Value of a key of a map, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/** Fill *err at a node: place, length, excerpt of its line. Always returns false. */
bool yaml_err(const struct yaml_document *document, const struct yaml_node *node, struct err *err,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
