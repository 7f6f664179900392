/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/mistakes.h"

#include <stdio.h>

const char *place_words(struct arena *arena, struct place place) {
    return place.node ? arena_printf(arena, "%s:%d", place.document->file, place.node->line) : NULL;
}

bool place_err(struct place place, struct err *err, const char *format, ...) {
    char what[sizeof err->what];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (place.document && place.node)
        return yaml_err(place.document, place.node, err, "%s", what);
    return err_at(err, place.document ? place.document->file : NULL, 0, 0, "%s", what);
}

struct mistakes mistakes_new(struct arena *arena, const char *scenario_file) {
    struct mistakes mistakes = {.arena = arena, .scenario_file = scenario_file};
    mistakes.items = arena_new(arena, struct err, MISTAKES_KEPT_MAX);
    mistakes_add_file(&mistakes, scenario_file);
    return mistakes;
}

void mistakes_add_file(struct mistakes *mistakes, const char *file) {
    if (mistakes->n_files < MISTAKES_FILES_MAX)
        mistakes->files[mistakes->n_files++] = file;
}

void mistakes_add(struct mistakes *mistakes, const struct err *err) {
    if (mistakes->n < MISTAKES_KEPT_MAX)
        mistakes->items[mistakes->n++] = *err;
    mistakes->n_total++;
}

void mistakes_at(struct mistakes *mistakes, struct place place, const char *hint,
                 const char *format, ...) {
    char what[sizeof(((struct err *)0)->what)];
    struct err err = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    place_err(place, &err, "%s", what);
    if (!err.file)
        err.file = mistakes->scenario_file;
    if (hint[0])
        err_hint(&err, "%s", hint);
    mistakes_add(mistakes, &err);
}

static int file_order(const struct mistakes *mistakes, const char *file) {
    int i = 0;
    while (i < mistakes->n_files && mistakes->files[i] != file)
        i++;
    return i;
}

static bool comes_after(const struct mistakes *mistakes, const struct err *a, const struct err *b) {
    int file_a = file_order(mistakes, a->file), file_b = file_order(mistakes, b->file);
    if (file_a != file_b)
        return file_a > file_b;
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

/* Insertion sort of indices: stable, and the list is short. */
void mistakes_move(const struct mistakes *mistakes, struct err_list *errs) {
    int order[MISTAKES_KEPT_MAX];
    for (int i = 0; i < mistakes->n; i++) {
        int slot = i;
        for (; slot > 0 &&
               comes_after(mistakes, &mistakes->items[order[slot - 1]], &mistakes->items[i]);
             slot--)
            order[slot] = order[slot - 1];
        order[slot] = i;
    }
    for (int i = 0; i < mistakes->n; i++)
        err_list_add(errs, &mistakes->items[order[i]]);
    errs->n_total += mistakes->n_total - mistakes->n;
}

const char *mistakes_shown(struct arena *arena, struct bytes text) {
    enum { SHOWN_MAX = 60 };
    if (text.n <= SHOWN_MAX)
        return text_printable(arena, text);
    size_t n = SHOWN_MAX;
    while (n > 0 && ((unsigned char)text.data[n] & 0xC0) == 0x80)
        n--;
    return arena_printf(arena, "%s...", text_printable(arena, (struct bytes){text.data, n}));
}
