/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The report: a tagged A4 PDF for the budget review, drawn from a study. Returns bytes; the same
 * study gives the same bytes. Every number on it comes from the study and stands in result.json
 * under the same rounding rules. */
#ifndef HEADROOM_PLOTS_REPORT_H
#define HEADROOM_PLOTS_REPORT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "scenarios/study.h"

/** @param out  the PDF; lives in the arena
 *  @return false: *err set (a font that cannot be loaded, cairo out of memory) */
bool report_render(struct arena *arena, const struct study *study, struct bytes *out,
                   struct err *err);

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
