/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One figure of a study alone, with its title, what it measures and where it is from: as SVG, PNG,
 * PDF, or its numbers as CSV. The same study gives the same bytes. */
#ifndef HEADROOM_PLOTS_FIGURE_FILE_H
#define HEADROOM_PLOTS_FIGURE_FILE_H

#include "plots/figure_table.h"

enum figure_format { FIGURE_SVG, FIGURE_PNG, FIGURE_PDF, FIGURE_CSV, FIGURE_FORMATS };

/** By the end of a file name, ".svg", in either case. @return FIGURE_FORMATS: it is none of them */
enum figure_format figure_format_of(const char *path);
const char *figure_format_name(enum figure_format format); /* "svg" */

struct figure_file {
    struct bytes data;
    int n_warnings;
    const char *warnings[2]; /* as those of a report (plots/report.h) */
};

/** The scene that is drawn: a sheet as high as it needs to be. In the arena; borrows `type`. */
struct scene figure_scene(struct arena *arena, struct typeset *type, const struct study *study,
                          const struct figure_view *view);

/** @param workload  whose figure, where there is one for each
 *  @return false: *err set; ERR_INPUT when the study has nothing for this figure */
bool figure_render(struct arena *arena, const struct study *study, const struct figure *figure,
                   int workload, enum figure_format format, struct figure_file *out,
                   struct err *err);

#endif
