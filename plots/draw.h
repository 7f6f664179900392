/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The marks of a scene onto a cairo context: paper and picture are drawn by the same code. */
#ifndef HEADROOM_PLOTS_DRAW_H
#define HEADROOM_PLOTS_DRAW_H

#include "plots/scene.h"

/** @param cairo   a cairo_t in points, y downwards
 *  @param tagged  structure tags and links are passed on (PDF) */
void draw_scene(void *cairo, const struct scene *scene, bool tagged);

#endif
