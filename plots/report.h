/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The report: a tagged PDF on A4 or Letter for the budget review, drawn from a study, or again
 * from its result. Returns bytes; the same study gives the same bytes. Every number on it comes
 * from the study and stands in result.json under the same rounding rules. */
#ifndef HEADROOM_PLOTS_REPORT_H
#define HEADROOM_PLOTS_REPORT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "plots/paper.h"
#include "scenarios/result_read.h"
#include "scenarios/study.h"

struct report_options {
    const struct paper *paper; /* plots/paper.h; NULL: A4, or that of the run */
};

struct report {
    struct bytes pdf;
    struct bytes json; /* from which report_redraw draws it again: result.json's `report` */
    int n_warnings;
    const char *warnings[2]; /* what the PDF could not show as it should: characters that the
                                typeface lacks, figures without text alternatives */
};

/** @param options  NULL: the defaults
 *  @param out      lives in the arena
 *  @return false: *err set (a font that cannot be loaded, cairo out of memory) */
bool report_render(struct arena *arena, const struct study *study,
                   const struct report_options *options, struct report *out, struct err *err);

/** The same PDF from a result that was read: `out` without json.
 *  @param options  NULL, or without a paper: that of the run. On another its pages are scaled to
 *                  fit (plots/refit.h), for the study that they were laid out from is not there
 *  @return false: *err set, at the place of what is not as it must be */
bool report_redraw(struct arena *arena, const struct result_file *result,
                   const struct report_options *options, struct report *out, struct err *err);

/** The numbers of page 1 as they are printed, for tests and result.json: "headline", "cost_today",
 * "cost_plan", ... */
struct report_number {
    const char *id;
    const char *printed; /* "$12.7K" */
    double value;
};
int report_numbers(struct arena *arena, const struct study *study,
                   const struct report_number **out);

#endif
