/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The rows of the field table: every key of the scenario format.
 *
 *  A path joins keys with points; the items of a list of maps share the path of their list, so
 * `workloads.slo.ttft` is the TTFT limit of any workload. Rows stand in reading order, parents
 * before children. Ranges and defaults are texts in the file's own notation and are read by the
 * same code as the file, so they cannot mean anything else than they say. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_TABLE_H
#define HEADROOM_SCENARIOS_SCENARIO_TABLE_H

#include <stdbool.h>

#include "base/text.h"
#include "scenarios/quantity.h"

enum field_shape {
    FIELD_ONE,   /* one value; a map too where the row has children (another way to say it) */
    FIELD_MANY,  /* one value or a list of values */
    FIELD_MAP,   /* a map of the row's children */
    FIELD_MAPS,  /* a list of such maps */
    FIELD_MIXED, /* a word or a list, whose items are words or maps of the row's children */
    FIELD_NAMED, /* a map whose keys are names; `keys` are the names allowed, NULL = any */
};

enum field_type {
    FIELD_NOTHING, /* maps */
    FIELD_TEXT,
    FIELD_FILE,
    FIELD_DATE,
    FIELD_CHOICE,   /* one of `choices` */
    FIELD_QUANTITY, /* a number in `unit` */
};

struct field {
    const char *path;
    enum field_shape shape;
    enum field_type type;
    enum quantity_kind unit;
    bool required;
    const char *choices;      /* "on_demand|spot", in the order of the enum they become; or NULL */
    const char *keys;         /* FIELD_NAMED: "P|G"; or NULL */
    const char *min, *max;    /* "1ms"; ">0%" excludes the bound; NULL = none */
    int items_min, items_max; /* lists; 0 = 1 and FIELD_ITEMS_MAX */
    const char *fallback;     /* the default as it would be written; NULL = none */
    const char *example;      /* a value, as after the colon */
    const char *doc;
};

enum { FIELD_ITEMS_MAX = 256 };

extern const struct field scenario_table[];
extern const int scenario_table_rows;

/** The row with this path, or NULL. */
const struct field *field_find(struct bytes path);
/** The row of a key inside the map at `path` ("" for the root), or NULL. */
const struct field *field_child(const char *path, struct bytes key);
/** Is `row` a direct child of `path`? */
bool field_is_child(const struct field *row, const char *path);
bool field_has_children(const struct field *row);
/** The last key of its path. */
const char *field_key(const struct field *row);

int field_items_min(const struct field *row);
int field_items_max(const struct field *row);

/** The i-th word of "a|b|c"; n = 0 past the end. */
struct bytes field_word(const char *words, int i);
/** Index of a word, or -1. */
int field_word_index(const char *words, struct bytes word);

#endif
