/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions: alignment, zeroing (also after a rewind), no overlap (patterns written to hundreds of
 * random pieces must survive), growth, marks across blocks, and the way out of memory. */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "case_table.h"

static bool all_are(const unsigned char *memory, size_t n, unsigned char byte) {
    for (size_t i = 0; i < n; i++)
        if (memory[i] != byte)
            return false;
    return true;
}

Test(arena, pieces_are_aligned_zeroed_and_apart) {
    enum { N = 800 };
    struct arena arena = {0};
    struct rng rng = rng_open(1, 0, RNG_TEST, 1);
    unsigned char *pieces[N];
    size_t sizes[N], total = 0;
    for (int i = 0; i < N; i++) {
        sizes[i] = (size_t)rng_below(&rng, i % 50 == 0 ? 3000000 : 700);
        pieces[i] = arena_alloc(&arena, sizes[i], 1);
        cr_assert(eq(sz, (uintptr_t)pieces[i] % alignof(max_align_t), 0));
        cr_assert(all_are(pieces[i], sizes[i], 0));
        memset(pieces[i], i % 255 + 1, sizes[i]);
        total += sizes[i];
    }
    for (int i = 0; i < N; i++)
        cr_assert(all_are(pieces[i], sizes[i], (unsigned char)(i % 255 + 1)), "piece %d", i);
    cr_assert(ge(sz, arena.allocated, total));
    arena_release(&arena);
    cr_assert(eq(sz, arena.allocated, 0));
    arena_release(&arena);
}

Test(arena, nothing_is_still_a_place_of_its_own) {
    struct arena arena = {0};
    void *a = arena_alloc(&arena, 0, 8), *b = arena_alloc(&arena, 8, 0);
    cr_assert(a && b && a != b);
    arena_release(&arena);
}

Test(arena, grow_copies_and_zeroes) {
    struct arena arena = {0};
    int *numbers = arena_new(&arena, int, 3);
    for (int i = 0; i < 3; i++)
        numbers[i] = i + 1;
    numbers = arena_grow(&arena, numbers, 3, 6, sizeof *numbers);
    static const int want[] = {1, 2, 3, 0, 0, 0};
    cr_assert(eq(int, memcmp(numbers, want, sizeof want), 0));
    int *first = arena_grow(&arena, NULL, 0, 2, sizeof *first);
    cr_assert(eq(int, first[1], 0));
    arena_release(&arena);
}

Test(arena, strings) {
    struct arena arena = {0};
    cr_assert(eq(str, arena_strdup(&arena, "abc"), "abc"));
    cr_assert(eq(str, arena_strndup(&arena, "abc", 2), "ab"));
    cr_assert(eq(str, arena_strndup(&arena, NULL, 0), ""));
    char *text = arena_printf(&arena, "%0500d|%s", 7, "end");
    cr_assert(eq(sz, strlen(text), 504));
    cr_assert(eq(str, text + 500, "|end"));
    arena_release(&arena);
}

Test(arena, rewind_gives_back_and_clears) {
    struct arena arena = {0};
    char *kept = arena_strdup(&arena, "kept");
    struct arena_mark mark = arena_mark(&arena);
    for (int round = 0; round < 3; round++) {
        unsigned char *small = arena_alloc(&arena, 100, 1);
        unsigned char *large = arena_alloc(&arena, 100000, 1);
        cr_assert(all_are(small, 100, 0));
        cr_assert(all_are(large, 100000, 0));
        memset(small, 0xAA, 100);
        memset(large, 0xAA, 100000);
        arena_rewind(&arena, mark);
        cr_assert(eq(sz, arena.allocated, mark.allocated));
    }
    cr_assert(eq(str, kept, "kept"));
    arena_release(&arena);
}

Test(arena, rewind_to_empty) {
    struct arena arena = {0};
    struct arena_mark mark = arena_mark(&arena);
    arena_alloc(&arena, 10, 10);
    arena_rewind(&arena, mark);
    cr_assert(eq(ptr, arena.head, NULL));
}

Test(arena, foreign_mark_is_a_bug, .exit_code = 70) {
    struct arena a = {0}, b = {0};
    arena_alloc(&a, 1, 1);
    arena_alloc(&b, 1, 1);
    arena_rewind(&a, arena_mark(&b));
}

Test(arena, overflowing_product_is_out_of_memory, .exit_code = 4) {
    struct arena arena = {0};
    arena_alloc(&arena, SIZE_MAX / 2, 3);
}

Test(arena, huge_request_is_out_of_memory, .exit_code = 4) {
    struct arena arena = {0};
    arena_alloc(&arena, SIZE_MAX - 3, 1);
}
