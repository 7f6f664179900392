/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Data files that the build puts into the binary (price books, catalogues), so that it runs from
 * any folder. */
#ifndef HEADROOM_BASE_EMBEDDED_H
#define HEADROOM_BASE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *path; /* relative to the source tree, e.g. "pricing/books/aws-2026-07.csv"; NULL
                         ends a table */
    const unsigned char *data;
    size_t n;
};

/** The file of a NULL-terminated table, or NULL. */
const struct embedded_file *embedded_find(const struct embedded_file *table, const char *path);

#endif
