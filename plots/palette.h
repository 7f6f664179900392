/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Colours with one meaning each, the same on every page; contrast as WCAG 2.2 defines it.
 *
 *  Fills stand at 3:1 or more against paper (the UK Analysis Function's categorical set); words in
 * a colour use its darker twin, 4.5:1 or more. */
#ifndef HEADROOM_PLOTS_PALETTE_H
#define HEADROOM_PLOTS_PALETTE_H

#include <stdint.h>

typedef uint32_t rgb; /* 0xRRGGBB */

#define COLOR_COMMITTED 0x12436Du
#define COLOR_SPOT 0x18756Du /* the set's turquoise, darker: in grey a step from on demand too */
#define COLOR_ON_DEMAND 0xF46A25u
#define COLOR_SERVERLESS 0xA285D1u
#define COLOR_THRESHOLD 0x801650u

#define COLOR_SPOT_TEXT 0x14685Fu
#define COLOR_ON_DEMAND_TEXT 0xA8410Bu
#define COLOR_SERVERLESS_TEXT 0x63439Au

#define COLOR_PAPER 0xFFFFFFu
#define COLOR_INK 0x222222u
#define COLOR_MUTED 0x595959u
#define COLOR_GRID 0xDDDDDDu
#define COLOR_RULE 0xB8B8B8u
#define COLOR_DISABLED 0x8C8C8Cu
#define COLOR_PANEL 0xF3F5F8u
#define COLOR_ALARM 0xF7ECF1u
#define COLOR_RANGE 0xC7D2DFu /* between a mean and its extremes */

/** 1 .. 21. */
double palette_contrast(rgb a, rgb b);
/** Between two colours, channel by channel; 0 <= share <= 1. */
rgb palette_between(rgb from, rgb to, double share);

#endif
