/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A scenario file, its includes and the command line's overrides as one tree, before anything is
 * known about fields. Every value keeps the document it stands in.
 *
 *  Includes are merged key by key. A scalar of the including file wins; two included files may not
 * give one key two values; a list stands in one file only. Paths are relative to the including file
 * and stay below its folder. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_TREE_H
#define HEADROOM_SCENARIOS_SCENARIO_TREE_H

#include "base/source.h"
#include "base/yaml.h"
#include "scenarios/mistakes.h"

enum { TREE_DOCUMENTS_MAX = 16, TREE_INCLUDE_DEPTH_MAX = 4 };

struct tree {
    enum yaml_kind kind;
    struct place place; /* of the value */
    struct place key;   /* of its key; node NULL for list items and the root */
    const char *name;   /* its key, printable; "" for list items and the root */
    struct bytes text;  /* scalars */
    bool quoted;
    int n;
    struct tree **items; /* [n] list items, or the values of a map */
};

struct tree_input {
    struct arena *arena;
    const struct file_system *files; /* NULL: includes are refused */
    struct mistakes *mistakes;
    int n_documents;
    struct yaml_document *documents; /* [TREE_DOCUMENTS_MAX] the file, then its includes */
    char (*sha256)[65];              /* [TREE_DOCUMENTS_MAX] */
};

struct tree_input tree_input_new(struct arena *arena, const struct file_system *files,
                                 struct mistakes *mistakes);

/** Read a source as document 0 and merge what it includes. NULL: a document could not be read or
 * parsed, or is not a map; the reasons are among the mistakes. */
struct tree *tree_read(struct tree_input *input, struct source *source, const char *file);

/** Put the value of an override "a.b.0.c=value" into the tree. Mistakes are told at
 * "--set a.b.0.c=value". */
void tree_set(struct tree_input *input, struct tree *root, const char *override);

/** Every value of the tree in order, lists of plain values as one: what the scenario says. */
const struct scenario_line *tree_lines(struct arena *arena, const struct tree *root, int *n);

/** The value of a key, or NULL (also when `map` is NULL or no map). */
const struct tree *tree_get(const struct tree *map, const char *key);
/** The key where there is one, else the value. */
struct place tree_place(const struct tree *tree);

#endif
