/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Sheets that a report can be set on. */
#ifndef HEADROOM_PLOTS_PAPER_H
#define HEADROOM_PLOTS_PAPER_H

/** A sheet and the room that is kept free around its content, in points. */
struct paper {
    const char *name; /* as asked for: "a4", "letter" */
    double width, height;
    double left, right, top; /* margins */
    double foot;             /* below the content; the footer is in it */
};
/** "a4" or "letter"; NULL: neither. */
const struct paper *paper_named(const char *name);
const struct paper *paper_a4(void);

#endif
