/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reading a checked tree into structs: values by key with the table's defaults. scenario_check has
 * told what is wrong with each value, so reading is quiet: what is missing or wrong reads as the
 * default, or as zero. Asking for a key that the table does not have is a bug (ENSURE). */
#ifndef HEADROOM_SCENARIOS_SCENARIO_VIEW_H
#define HEADROOM_SCENARIOS_SCENARIO_VIEW_H

#include "scenarios/scenario_check.h"

/** A map of the tree (NULL: not there) and its path in the table. */
struct view {
    struct arena *arena;
    struct mistakes *mistakes;
    const struct tree *map;
    const char *path;
};

/** The value as written, or NULL. */
const struct tree *view_get(struct view view, const char *key);
struct view view_map(struct view view, const char *key);
/** Item i of a list of maps as a view; its map is NULL when the item is none. */
struct view view_item(struct view view, const char *key, int i);
/** Items of a list; 1 for a value that stands alone; 0 when missing. */
int view_count(struct view view, const char *key);
/** Item i of a value or a list of values, or NULL. */
const struct tree *view_value(struct view view, const char *key, int i);

double view_number(struct view view, const char *key);
int view_int(struct view view, const char *key);
int view_choice(struct view view, const char *key); /* -1: none */
const char *view_text(struct view view, const char *key);
struct date view_date(struct view view, const char *key); /* year 0: none */
bool view_scalar(struct view view, const char *key, const struct tree *tree, struct scalar *out);

/** The place of a key's value, or a place without node for a default. */
struct place view_place(struct view view, const char *key);
/** The place of a key as written, else of the map. */
struct place view_key_place(struct view view, const char *key);

/** Which one of `keys` [n] is given; -1 when none or several are, which is a mistake. Nothing is
 * said when the map itself is missing. */
int view_only_one(struct view view, const char *const *keys, int n);
/** Each of `keys` [n] that is given is a mistake: it is "for <whom> only". */
void view_refuse(struct view view, const char *const *keys, int n, const char *whom);
/** The key is needed here, and `why` is the reason in words: a mistake when it is missing. */
void view_need(struct view view, const char *key, const char *why);

#endif
