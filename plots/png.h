/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A scene as a picture in PNG, on white. */
#ifndef HEADROOM_PLOTS_PNG_H
#define HEADROOM_PLOTS_PNG_H

#include "base/err.h"
#include "plots/scene.h"

/** @param pixels_per_point  1 .. 8; 2 is 144 dots an inch */
bool png_render(struct arena *arena, const struct scene *scene, double pixels_per_point,
                struct bytes *out, struct err *err);

#endif
