/* SPDX-License-Identifier: GPL-3.0-or-later */
/** JSON as a stream of events, through yajl: memory does not grow with the file. For files of any
 * size of which little is kept; what is small and wanted whole is read with jansson.
 *
 *  Refused at their place: what is not JSON or not UTF-8, a file that ends too early, more than
 * JSON_DEPTH_MAX levels, a text, or blanks, of more than 1 MiB. */
#ifndef HEADROOM_BASE_JSON_STREAM_H
#define HEADROOM_BASE_JSON_STREAM_H

#include "base/err.h"
#include "base/source.h"

enum { JSON_DEPTH_MAX = 32 };

enum json_event {
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_LIST,
    JSON_LIST_END,
    JSON_KEY,
    JSON_TEXT,
    JSON_NUMBER, /* its digits as they stand */
    JSON_WORD    /* true, false, null */
};

struct json_stream;

/** One event. `text` (keys, texts, numbers, words) is valid during the call. False, *err set: the
 * reading stops with that error. */
typedef bool (*json_event_fn)(void *context, const struct json_stream *at, enum json_event event,
                              struct bytes text, struct err *err);

/** Reads the source to its end; it is not closed. */
bool json_stream_read(struct arena *arena, struct source *source, json_event_fn on_event,
                      void *context, struct err *err);

/** Objects and lists that are open: 0 at the root; an OBJECT or LIST event counts itself, its end
 * no longer does. */
int json_stream_depth(const struct json_stream *at);
/** The key that is open in the object at a level, 0 .. depth - 1; empty in a list. */
struct bytes json_stream_key(const struct json_stream *at, int level);

/** Line and column where the value, key or bracket of the present event starts. */
struct json_place {
    int line, column;
};
struct json_place json_stream_place(const struct json_stream *at);
/** An error at the present event, with its line; always false. */
bool json_stream_err(const struct json_stream *at, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
