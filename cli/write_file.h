/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The only writer of files. Files are complete or absent: bytes go to temporary files in the same
 * folders, which are synced, and only when all are whole take their names, so that an error or a
 * signal leaves what was there before. SIGINT and SIGTERM remove the temporary files and end the
 * process with 130 and 143. Bytes for a device or a pipe go straight to it. */
#ifndef HEADROOM_CLI_WRITE_FILE_H
#define HEADROOM_CLI_WRITE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/** Make `folder` and its parents. */
bool make_folder(const char *folder, struct err *err);

struct file_to_write {
    const char *path, *data;
    size_t n;
};
/** All of them or none; at most 512. */
bool write_files(const struct file_to_write *files, int n, struct err *err);
bool write_file(const char *path, const char *data, size_t n, struct err *err);

/** Install the signal handlers; call once, first. */
void write_file_guard_signals(void);

/** While `softly`, the first SIGINT only sets the number below, for work that can end early with
 * something to show; the next ends the process. */
void signal_stop_softly(bool softly);
const volatile int *signal_stop_wanted(void);

/** What a signal that ends the process prints to stderr from here on; it lives as long as the
 * process. NULL: nothing. */
void signal_last_words(const char *words);

#endif
