/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Warnings as people read them who have little room: those that differ by a name alone are one
 * sentence with the names, and of many of one kind that differ otherwise the gravest stands for
 * all. Nothing is lost: each group keeps what it left out. */
#ifndef HEADROOM_SCENARIOS_NOTICE_GROUPS_H
#define HEADROOM_SCENARIOS_NOTICE_GROUPS_H

#include "scenarios/study.h"

struct notice_group {
    const char *id;
    const char *text; /* one sentence; says how many warnings it leaves out, and of whom */
    int n;            /* warnings that it stands for */
    int n_left_out;   /* of which `text` does not tell */
    int n_more;
    const char *const *more; /* [n_more] what it leaves out, in as many sentences as needed */
};

/** In the order in which the first of each is told.
 *
 *  @param n    of notices
 *  @param out  the groups, in the arena
 *  @return how many groups there are, at most n */
int notice_groups_of(struct arena *arena, const struct study_notice *notices, int n,
                     struct notice_group **out);

#endif
