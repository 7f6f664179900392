/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that the build embedded: found by path, byte for byte what stands in the tree. */
#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "case_table.h"

extern const struct embedded_file base_sample_embedded[];

static const char *const paths[] = {"tests/base/data/embedded-sample.txt",
                                    "tests/base/data/embedded-sample.bin"};

CASE_TEST(embedded, bytes_are_those_of_the_tree, paths) {
    const struct embedded_file *file = embedded_find(base_sample_embedded, paths[*index]);
    cr_assert(ne(ptr, (void *)file, NULL));
    FILE *stream = fopen(paths[*index], "rb");
    cr_assert(ne(ptr, stream, NULL), "run from the source tree");
    char want[4096];
    size_t n = fread(want, 1, sizeof want, stream);
    fclose(stream);
    cr_assert(eq(sz, file->n, n));
    cr_assert(eq(int, memcmp(file->data, want, n), 0));
}

Test(embedded, absent) {
    cr_assert(eq(ptr, (void *)embedded_find(base_sample_embedded, "embedded-sample.txt"), NULL));
    cr_assert(eq(ptr, (void *)embedded_find(base_sample_embedded, ""), NULL));
    cr_assert(eq(ptr, (void *)embedded_find(NULL, "x"), NULL));
}
