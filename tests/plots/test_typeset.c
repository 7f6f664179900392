/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closing a typeset while pango's own threads are still at work. Pango sorts the fonts of every
 * size and weight on a thread each, which at its end changes the font map's tables without a lock:
 * a map taken down at that moment is a heap corrupted now and then, under load. Here the sort of
 * fontconfig is stood in for by one that works on until the typeset is being closed, so that it
 * happens every time; sanitizers see the damage itself. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <time.h>

#include "plots/report_pages.h"

static atomic_bool closing;
static atomic_int started, ended, pause_us;

static void sleep_us(int us) {
    nanosleep(&(struct timespec){.tv_nsec = us * 1000L}, NULL);
}

/* fontconfig's function by its ABI; the linker lets pango call this one. */
void *FcFontSetSort(void *config, void *sets, int n_sets, void *pattern, int trim, void *letters,
                    void *result);

void *FcFontSetSort(void *config, void *sets, int n_sets, void *pattern, int trim, void *letters,
                    void *result) {
    void *(*sort)(void *, void *, int, void *, int, void *, void *) = NULL;
    *(void **)&sort = dlsym(RTLD_NEXT, "FcFontSetSort");
    int index = atomic_fetch_add(&started, 1);
    void *out = sort(config, sets, n_sets, pattern, trim, letters, result);
    bool held = !atomic_load(&closing);
    while (!atomic_load(&closing))
        sleep_us(20);
    if (held)
        sleep_us(atomic_load(&pause_us) * (1 + index % 4));
    atomic_fetch_add(&ended, 1);
    return out;
}

/* @return how many sorts were still under way when the typeset was closed */
static int open_and_close(int sizes, int us) {
    struct arena arena = {0};
    struct err err = {0};
    atomic_store(&closing, false);
    atomic_store(&pause_us, us);
    int before = atomic_load(&started);
    struct typeset *type = report_typeset(&arena, &err);
    cr_assert(type != NULL, "%s", err.what);
    for (int size = 0; size < sizes; size++)
        for (int weight = 0; weight < WEIGHTS; weight++) {
            struct style style = {.size = 6 + size, .weight = (enum weight)weight};
            cr_assert(gt(dbl, typeset_width(type, "Inter", style), 0));
        }
    while (atomic_load(&started) < before + sizes * WEIGHTS) /* else nothing would be held */
        sleep_us(20);
    atomic_store(&closing, true);
    typeset_close(type);
    int left = atomic_load(&started) - atomic_load(&ended);
    arena_release(&arena);
    return left;
}

Test(typeset, closing_waits_for_the_threads_of_pango, .timeout = 60) {
    cr_assert(eq(int, open_and_close(2, 50000), 0));
}

Test(typeset, closing_again_and_again_harms_no_heap, .timeout = 60) {
    for (int i = 0; i < 100; i++)
        cr_assert(eq(int, open_and_close(1 + i % 2, 13 * (i % 20)), 0), "at round %d", i);
}

Test(typeset, a_typeset_that_set_no_text_closes) {
    cr_assert(eq(int, open_and_close(0, 0), 0));
}
