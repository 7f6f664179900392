/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Building result.json with jansson; a value that cannot be made is a bug. */
#ifndef HEADROOM_SCENARIOS_JSON_TREE_H
#define HEADROOM_SCENARIOS_JSON_TREE_H

#include <jansson.h>
#include <math.h>

#include "base/err.h"

/** Unknown is null. */
static inline json_t *real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

/** Empty is null. */
static inline json_t *string(const char *text) {
    return text && text[0] ? json_string(text) : json_null();
}

static inline void put(json_t *object, const char *key, json_t *value) {
    ENSURE(value != NULL && json_object_set_new(object, key, value) == 0);
}

static inline void push(json_t *array, json_t *value) {
    ENSURE(value != NULL && json_array_append_new(array, value) == 0);
}

#endif
