/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Errors as values.
 *
 *  Two kinds of wrong, never mixed. *We* were wrong: ENSURE (stays in release). The input or the
 * world was wrong: a `struct err`, filled where the check is, printed only in cli/. A function that
 * can fail returns bool, takes `struct err *err` (or `struct err_list *errs` when it can report
 * many) last, and leaves its outputs untouched when it returns false.
 *
 *  Ownership: `file` points to a string that outlives the error (arena or literal); everything else
 * is inline. */
#ifndef HEADROOM_BASE_ERR_H
#define HEADROOM_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* kind, words, process exit code */
#define ERR_KINDS(X)                                                                               \
    X(NONE, "none", 0)                                                                             \
    X(ANSWER_NO, "the answer is no", 1)                                                            \
    X(USAGE, "usage", 2)                                                                           \
    X(INPUT, "input", 3)                                                                           \
    X(SYSTEM, "system", 4)                                                                         \
    X(BUG, "internal error", 70)

enum err_kind {
#define X(name, words, code) ERR_##name,
    ERR_KINDS(X)
#undef X
};

enum { ERR_LIST_MAX = 20 };

struct err {
    enum err_kind kind;
    const char *file; /* NULL: not about a file */
    int line;         /* 1-based; 0: whole file */
    int column;       /* 1-based, in bytes; 0: whole line */
    int length;       /* bytes the caret underlines; 0 reads as 1 */
    char what[240];
    char hint[320];    /* empty: none */
    char excerpt[200]; /* the source line, cut at 199 bytes; empty: none */
};

/** All mistakes of one pass, in the order found; n_total also counts those past ERR_LIST_MAX. */
struct err_list {
    int n, n_total;
    struct err items[ERR_LIST_MAX];
};

/** Set *err (which may be NULL) to an error that is about no place in a file; always returns false.
 */
bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Like err_set, about file:line:column; always returns false. */
bool err_at(struct err *err, const char *file, int line, int column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** Add the way out to an error already set; a later hint replaces an earlier one. */
void err_hint(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Keep the source line for display: line ends dropped, cut at a character, control bytes replaced
 * one for one so that columns stay true. */
void err_excerpt(struct err *err, const char *line, size_t n);

/** Append a copy; beyond ERR_LIST_MAX only counted. Always returns false. */
bool err_list_add(struct err_list *list, const struct err *err);

/** Stable sort by line, then column (one file a list). */
void err_list_sort(struct err_list *list);

int err_exit_code(enum err_kind kind);
const char *err_kind_words(enum err_kind kind);

/** Our own accounting must hold, in release too: prints file:line and the condition to stderr and
 * aborts the process with exit code 70, so that a wrong run prints no number. */
_Noreturn void ensure_failed(const char *file, int line, const char *condition);
#define ENSURE(condition) ((condition) ? (void)0 : ensure_failed(__FILE__, __LINE__, #condition))

#endif
