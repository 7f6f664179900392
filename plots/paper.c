/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/paper.h"

#include <stddef.h>
#include <string.h>

static const struct paper papers[] = {
    {"a4", 595.276, 841.89, 50, 50, 48, 55.89},
    {"letter", 612, 792, 50, 50, 48, 55.89},
};

const struct paper *paper_named(const char *name) {
    for (size_t i = 0; i < sizeof papers / sizeof papers[0]; i++)
        if (strcmp(papers[i].name, name) == 0)
            return &papers[i];
    return NULL;
}

const struct paper *paper_a4(void) {
    return &papers[0];
}
