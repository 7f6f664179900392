/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of blocks, newest first; only the newest hands out memory. Fresh blocks come zeroed from
 * calloc (large ones as untouched pages), and rewinding clears what it takes back, so handing out
 * needs no clearing. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { BLOCK_FIRST = 4096, BLOCK_LARGEST = 1 << 20 };

struct arena_block {
    struct arena_block *older;
    size_t capacity, used;
    alignas(max_align_t) unsigned char data[];
};

static _Noreturn void out_of_memory(void) {
    fputs("headroom: error: out of memory\n", stderr);
    _Exit(err_exit_code(ERR_SYSTEM));
}

static void add_block(struct arena *arena, size_t n) {
    size_t capacity = arena->head ? 2 * arena->head->capacity : BLOCK_FIRST;
    if (capacity > BLOCK_LARGEST)
        capacity = BLOCK_LARGEST;
    if (capacity < n)
        capacity = n;
    if (capacity > SIZE_MAX - sizeof(struct arena_block))
        out_of_memory();
    struct arena_block *block = calloc(1, sizeof *block + capacity);
    if (!block)
        out_of_memory();
    block->older = arena->head;
    block->capacity = capacity;
    arena->head = block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size) {
    size_t n;
    if (__builtin_mul_overflow(count, size, &n) || n > PTRDIFF_MAX - alignof(max_align_t))
        out_of_memory();
    n = n == 0 ? alignof(max_align_t)
               : (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (!arena->head || arena->head->capacity - arena->head->used < n)
        add_block(arena, n);
    struct arena_block *block = arena->head;
    void *memory = block->data + block->used;
    block->used += n;
    arena->allocated += n;
    return memory;
}

void *arena_grow(struct arena *arena, const void *old, size_t old_count, size_t new_count,
                 size_t size) {
    ENSURE(new_count >= old_count);
    void *grown = arena_alloc(arena, new_count, size);
    if (old_count > 0)
        memcpy(grown, old, old_count * size);
    return grown;
}

char *arena_strdup(struct arena *arena, const char *text) {
    return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t n) {
    char *copy = arena_alloc(arena, n + 1, 1);
    if (n > 0)
        memcpy(copy, text, n);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ENSURE(n >= 0);
    char *text = arena_alloc(arena, (size_t)n + 1, 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

struct arena_mark arena_mark(const struct arena *arena) {
    return (struct arena_mark){.head = arena->head,
                               .used = arena->head ? arena->head->used : 0,
                               .allocated = arena->allocated};
}

static void drop_newest(struct arena *arena) {
    struct arena_block *older = arena->head->older;
    free(arena->head);
    arena->head = older;
}

void arena_rewind(struct arena *arena, struct arena_mark mark) {
    while (arena->head != mark.head) {
        ENSURE(arena->head); /* the mark is of this arena, and nothing older was rewound before */
        drop_newest(arena);
    }
    if (arena->head) {
        ENSURE(mark.used <= arena->head->used);
        memset(arena->head->data + mark.used, 0, arena->head->used - mark.used);
        arena->head->used = mark.used;
    }
    arena->allocated = mark.allocated;
}

void arena_release(struct arena *arena) {
    while (arena->head)
        drop_newest(arena);
    arena->allocated = 0;
}
