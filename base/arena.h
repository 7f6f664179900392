/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Region memory: everything allocated from an arena lives until arena_release or arena_rewind.
 *
 *  Memory is zeroed. Out of memory ends the process with exit code 4 and a message: no caller can
 * do better. An arena is used by one thread at a time. */
#ifndef HEADROOM_BASE_ARENA_H
#define HEADROOM_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *head; /* newest block; {0} is a valid empty arena */
    size_t allocated;         /* bytes handed out, for reports */
};

struct arena_mark {
    struct arena_block *head;
    size_t used, allocated;
};

/** Zeroed memory of `count * size` bytes, aligned for any type. count or size 0 gives a valid
 * unique pointer. Overflow of the product is treated as out of memory. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);
#define arena_new(arena, type, count) ((type *)arena_alloc((arena), (size_t)(count), sizeof(type)))

/** Grow an array: new memory with the first old_count elements copied, the rest zero. */
void *arena_grow(struct arena *arena, const void *old, size_t old_count, size_t new_count,
                 size_t size);

/** NUL-terminated copies. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t n);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Scratch use: take a mark, allocate, rewind. Blocks taken after the mark are freed. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

void arena_release(struct arena *arena);

#endif
