/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A pull reader over bytes: from memory or from a caller's read function, plain, gzip or zstd
 * (told by the first bytes, never by the name). Folders other than cli/ read every input through it
 * and open no path themselves: cli/ passes a `struct file_system`. */
#ifndef HEADROOM_BASE_SOURCE_H
#define HEADROOM_BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

struct source;

/** Raw bytes: fill at most n bytes, return the count, 0 at the end, -1 on a system error. */
typedef long (*source_read_fn)(void *context, char *buffer, size_t n);

struct source *source_open_memory(struct arena *arena, struct bytes bytes, const char *name,
                                  struct err *err);
struct source *source_open_reader(struct arena *arena, source_read_fn read, void *context,
                                  const char *name, struct err *err);

/** The next block of decompressed bytes, at most 64 KiB, valid until the next call; n = 0 at the
 * end. false: *err set (damaged or truncated stream; a compressed stream that expands more than
 * 1000-fold past its first 64 MiB is refused as a bomb). */
bool source_next(struct source *source, struct bytes *block, struct err *err);

/** The block that source_next will give next, without taking it: to tell a format by its header. */
bool source_peek(struct source *source, struct bytes *block, struct err *err);

/** Everything that is left, refused above `limit` bytes. The bytes live in the arena. */
bool source_read_all(struct arena *arena, struct source *source, size_t limit, struct bytes *out,
                     struct err *err);

const char *source_name(const struct source *source);
/** SHA-256 of the raw (compressed) bytes consumed so far, 64 lower-case hex digits and NUL; call at
 * the end. */
void source_sha256(const struct source *source, char out[65]);
void source_close(struct source *source); /* releases codec state; NULL is fine */

/** How the core reaches files. `open` resolves `path` against the folder of `relative_to` (a file
 * name, or NULL). */
struct file_system {
    void *context;
    struct source *(*open)(void *context, struct arena *arena, const char *path,
                           const char *relative_to, struct err *err);
};

#endif
