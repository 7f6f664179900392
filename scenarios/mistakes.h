/* SPDX-License-Identifier: GPL-3.0-or-later */
/** All mistakes of a scenario and its includes, collected in any order and told file by file, line
 * by line. */
#ifndef HEADROOM_SCENARIOS_MISTAKES_H
#define HEADROOM_SCENARIOS_MISTAKES_H

#include "base/arena.h"
#include "base/err.h"
#include "scenarios/scenario.h"

enum { MISTAKES_KEPT_MAX = 256, MISTAKES_FILES_MAX = 64 };

struct mistakes {
    struct arena *arena;
    const char *scenario_file;             /* where mistakes without a place are told */
    int n_files;                           /* files in the order in which they are told */
    const char *files[MISTAKES_FILES_MAX]; /* compared by address */
    int n, n_total;                        /* past MISTAKES_KEPT_MAX only counted */
    struct err *items;                     /* [MISTAKES_KEPT_MAX] */
};

struct mistakes mistakes_new(struct arena *arena, const char *scenario_file);
void mistakes_add_file(struct mistakes *mistakes, const char *file);
void mistakes_add(struct mistakes *mistakes, const struct err *err);

/** Add one at a place (node NULL: about the file as a whole). The hint is a whole sentence or "".
 */
void mistakes_at(struct mistakes *mistakes, struct place place, const char *hint,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Sorted by file, line and column into *errs, which keeps the first ERR_LIST_MAX. */
void mistakes_move(const struct mistakes *mistakes, struct err_list *errs);

/** At most 60 bytes of user text, whole characters, nothing that drives a terminal. */
const char *mistakes_shown(struct arena *arena, struct bytes text);

#endif
