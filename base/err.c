/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors are formatted into a local buffer first, so that an error may be rebuilt from its own
 * words, and control and direction characters are replaced, so that no input can drive the terminal
 * it is shown on or read in another order than it is written. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct {
    const char *words;
    int exit_code;
} kinds[] = {
#define X(name, words, code) {words, code},
    ERR_KINDS(X)
#undef X
};

/* The longest prefix of at most `n` bytes that does not end inside a UTF-8 character. */
static size_t whole_characters(const char *text, size_t n) {
    size_t cut = n;
    while (cut > 0 && n - cut < 4 && ((unsigned char)text[cut] & 0xC0) == 0x80)
        cut--;
    return ((unsigned char)text[cut] & 0xC0) == 0x80 ? n : cut;
}

/* Copy into a field of `capacity` bytes: cut at a character, bytes of control and direction
 * characters replaced one for one so that byte columns stay true. */
static void store(char *out, size_t capacity, const char *text, size_t n) {
    if (n >= capacity)
        n = whole_characters(text, capacity - 1);
    memcpy(out, text, n);
    for (size_t i = 0; i < n;) {
        size_t harmful = text_harmful_bytes((struct bytes){text + i, n - i});
        if (harmful > 0)
            memset(out + i, text[i] == '\t' ? ' ' : '?', harmful);
        i += harmful > 0 ? harmful : 1;
    }
    memset(out + n, 0, capacity - n);
}

static void store_format(char *out, size_t capacity, const char *format, va_list args) {
    char buffer[1024];
    int n = vsnprintf(buffer, sizeof buffer, format, args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof buffer ? (size_t)n : sizeof buffer - 1;
    store(out, capacity, buffer, length);
}

bool err_set(struct err *err, enum err_kind kind, const char *format, ...) {
    if (!err)
        return false;
    va_list args;
    va_start(args, format);
    char what[sizeof err->what];
    store_format(what, sizeof what, format, args);
    va_end(args);
    *err = (struct err){.kind = kind};
    memcpy(err->what, what, sizeof what);
    return false;
}

bool err_at(struct err *err, const char *file, int line, int column, const char *format, ...) {
    if (!err)
        return false;
    va_list args;
    va_start(args, format);
    char what[sizeof err->what];
    store_format(what, sizeof what, format, args);
    va_end(args);
    *err = (struct err){.kind = ERR_INPUT, .file = file, .line = line, .column = column};
    memcpy(err->what, what, sizeof what);
    return false;
}

void err_hint(struct err *err, const char *format, ...) {
    if (!err)
        return;
    va_list args;
    va_start(args, format);
    char hint[sizeof err->hint];
    store_format(hint, sizeof hint, format, args);
    va_end(args);
    memcpy(err->hint, hint, sizeof hint);
}

void err_excerpt(struct err *err, const char *line, size_t n) {
    if (!err)
        return;
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        n--;
    store(err->excerpt, sizeof err->excerpt, line, n);
}

bool err_list_add(struct err_list *list, const struct err *err) {
    if (list->n < ERR_LIST_MAX)
        list->items[list->n++] = *err;
    list->n_total++;
    return false;
}

static bool comes_after(const struct err *a, const struct err *b) {
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

void err_list_sort(struct err_list *list) {
    for (int i = 1; i < list->n; i++) {
        struct err moving = list->items[i];
        int slot = i;
        for (; slot > 0 && comes_after(&list->items[slot - 1], &moving); slot--)
            list->items[slot] = list->items[slot - 1];
        list->items[slot] = moving;
    }
}

int err_exit_code(enum err_kind kind) {
    return (size_t)kind < sizeof kinds / sizeof kinds[0] ? kinds[kind].exit_code : 70;
}

const char *err_kind_words(enum err_kind kind) {
    return (size_t)kind < sizeof kinds / sizeof kinds[0] ? kinds[kind].words : "unknown";
}

/* _Exit and not exit: whatever waits in stdout's buffer belongs to a run that is wrong. */
_Noreturn void ensure_failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: internal error: '%s' does not hold; please report this\n", file, line,
            condition);
    _Exit(kinds[ERR_BUG].exit_code);
}
