/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Scenes into a tagged PDF, in memory. No alpha, no clock, no file: the same scenes give the same
 * bytes. */
#ifndef HEADROOM_PLOTS_PDF_H
#define HEADROOM_PLOTS_PDF_H

#include "plots/flow.h"

struct pdf_about {
    const char *title, *author, *subject, *keywords;
    const char *date; /* ISO 8601, of what the document is about */
};

struct pdf {
    struct bytes data;
    bool described; /* language and the figures' text alternatives are in it; a later cairo may
                       write a file in which pdf_update.h finds no place for them */
};

/** What to tell people of a PDF that is not described. */
extern const char pdf_not_described[];

bool pdf_render(struct arena *arena, const struct flow *flow, const struct pdf_about *about,
                struct pdf *out, struct err *err);

#endif
