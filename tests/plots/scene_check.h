/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What must hold of every page before it is drawn; each check returns the number of faults and
 * prints the first few to stderr, so that a failing test names them. */
#ifndef HEADROOM_TESTS_SCENE_CHECK_H
#define HEADROOM_TESTS_SCENE_CHECK_H

#include "plots/flow.h"

/** Pairs of texts whose boxes overlap. */
int scene_overlapping_texts(const struct scene *scene);
/** Texts and shapes that leave the page's margins by more than half a point. */
int scene_marks_outside(const struct scene *scene);
/** Lines drawn across a text that has no paper-coloured backing (whoever is drawn first). */
int scene_crossed_texts(const struct scene *scene);
/** Texts of less than 4.5:1 against the fill under their middle. */
int scene_unreadable_texts(const struct scene *scene);
/** Structure tags that are not closed in order. */
int scene_broken_tags(const struct scene *scene);
/** All of them over all pages. */
int flow_faults(const struct flow *flow);

/** Marks with this text (whole), or that contain it. */
int scene_count_text(const struct scene *scene, const char *text);
bool flow_contains(const struct flow *flow, const char *part);

#endif
