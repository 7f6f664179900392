/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Where a value of a JSON text stands: jansson tells places of broken syntax only. For messages,
 * so it walks the text each time. */
#ifndef HEADROOM_SIM_JSON_PLACE_H
#define HEADROOM_SIM_JSON_PLACE_H

#include <jansson.h>

#include "base/err.h"
#include "base/text.h"

struct json_step {
    const char *key; /* of an object; NULL: item `index` of an array */
    size_t index;
};

/** A whole text as JSON without duplicate keys; NULL with *err at the place of the mistake. The
 * caller gives it back with json_decref. */
json_t *json_read(struct bytes text, const char *file, struct err *err);

/** *err at the value that `path` [n] leads to in a text that json_read took, or at the innermost
 * one on the way that is there. Always returns false. */
bool json_err(struct bytes text, const char *file, const struct json_step *path, int n,
              struct err *err, const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
