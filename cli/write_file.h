/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The only writer of files. A file is complete or absent: bytes go to a temporary file in the same
 * folder, which is synced and renamed. SIGINT and SIGTERM remove the temporary file and end the
 * process with 130 and 143. */
#ifndef HEADROOM_CLI_WRITE_FILE_H
#define HEADROOM_CLI_WRITE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/** Make `folder` and its parents. */
bool make_folder(const char *folder, struct err *err);
bool write_file(const char *path, const char *data, size_t n, struct err *err);

/** Install the signal handlers; call once, first. */
void write_file_guard_signals(void);

#endif
