/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A scene as SVG: texts stay text, so that they can be searched, read out and copied; each is set
 * to the width it has in Inter, whatever typeface the viewer has. */
#ifndef HEADROOM_PLOTS_SVG_H
#define HEADROOM_PLOTS_SVG_H

#include "plots/scene.h"

/** @param title  of the document, read out by screen readers */
struct bytes svg_render(struct arena *arena, const struct scene *scene, const char *title);

#endif
