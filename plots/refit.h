/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Laid-out pages on another sheet, as a printer fits them: everything grows or shrinks alike until
 * the old sheet just fits the new one, and stands in its middle. Nothing is laid out again: lines
 * and pages break where they did, and the smallest type is that much smaller. */
#ifndef HEADROOM_PLOTS_REFIT_H
#define HEADROOM_PLOTS_REFIT_H

#include "plots/flow.h"

/** A flow that is complete (flow_footers), its pages, chapters and paper. On a sheet of the same
 * width and height nothing moves. */
void flow_refit(struct flow *flow, const struct paper *paper);

#endif
