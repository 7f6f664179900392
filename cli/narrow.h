/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Text composed for 80 columns on a terminal that has fewer. */
#ifndef HEADROOM_CLI_NARROW_H
#define HEADROOM_CLI_NARROW_H

#include "base/text.h"

enum { NARROWEST = 40 };

/** What was broken at 80 columns is joined and broken anew; rows of tables go on below themselves,
 * a little indented, with all that is in them; charts keep their left part, with a mark where they
 * are cut.
 *
 *  @param text   UTF-8, without escapes
 *  @param width  NARROWEST .. TERMINAL_WIDTH - 1 columns */
struct text narrowed(struct arena *arena, const struct text *text, int width);

#endif
