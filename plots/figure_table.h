/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Every figure by its name: what the report, `headroom plot` and the gallery show. */
#ifndef HEADROOM_PLOTS_FIGURE_TABLE_H
#define HEADROOM_PLOTS_FIGURE_TABLE_H

#include "plots/figures.h"

struct figure {
    const char *id;   /* "load-duration" */
    const char *doc;  /* what it shows, one line */
    bool of_workload; /* one for each workload; else one of the whole study */
    figure_open *open;
    const char *needs; /* what of the scenario or the command line it shows; NULL: every study */
};

/** NULL-id ended, in the order of the report. */
extern const struct figure figure_table[];

/** NULL: there is none of that name. */
const struct figure *figure_find(const char *id);

/** How many of a figure a study has at most: its workloads, or one. */
int figure_views(const struct figure *figure, const struct study *study);

#endif
