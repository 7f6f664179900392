/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target.h"

#include <string.h>

static void check_line(const char *text, size_t size) {
    size_t n = strnlen(text, size);
    ENSURE(n < size);
    for (size_t i = 0; i < n; i++)
        ENSURE((unsigned char)text[i] >= 0x20 && text[i] != 0x7F);
}

void fuzz_check_words(const struct err *err) {
    ENSURE(err->kind == ERR_INPUT);
    ENSURE(err->what[0] != '\0');
    check_line(err->what, sizeof err->what);
    check_line(err->hint, sizeof err->hint);
    check_line(err->excerpt, sizeof err->excerpt);
    ENSURE(err->line >= 0 && err->column >= 0 && err->length >= 0);
}

static int lines_of(struct bytes text) {
    int lines = 1;
    for (size_t i = 0; i < text.n; i++)
        lines += text.data[i] == '\n' || text.data[i] == '\r';
    return lines;
}

void fuzz_check_error(const struct err *err, struct bytes text) {
    fuzz_check_words(err);
    ENSURE(err->line <= lines_of(text) + 1);
    ENSURE(err->column <= (int)text.n + 1);
}

void fuzz_check_list(const struct err_list *errs, bool fine, struct bytes text) {
    ENSURE(fine == (errs->n_total == 0));
    ENSURE(errs->n <= ERR_LIST_MAX && errs->n <= errs->n_total);
    for (int i = 0; i < errs->n; i++)
        fuzz_check_error(&errs->items[i], text);
}

struct dribble {
    struct bytes left;
    unsigned calls;
};

static long dribble_read(void *context, char *buffer, size_t n) {
    struct dribble *dribble = context;
    size_t bite = 1 + dribble->calls++ * 7 % 13;
    bite = bite < n ? bite : n;
    bite = bite < dribble->left.n ? bite : dribble->left.n;
    if (bite > 0)
        memcpy(buffer, dribble->left.data, bite);
    dribble->left = (struct bytes){dribble->left.data + bite, dribble->left.n - bite};
    return (long)bite;
}

struct source *fuzz_open_slowly(struct arena *arena, struct bytes bytes, const char *name) {
    struct dribble *dribble = arena_new(arena, struct dribble, 1);
    dribble->left = bytes;
    struct source *source = source_open_reader(arena, dribble_read, dribble, name, NULL);
    ENSURE(source != NULL);
    return source;
}
