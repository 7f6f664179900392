/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Cells of the result tables. */
#ifndef HEADROOM_SCENARIOS_RESULT_CELLS_H
#define HEADROOM_SCENARIOS_RESULT_CELLS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/money.h"

/** A quantity or a rate in twelve digits, as the JSON has it: what is behind them is arithmetic. */
static inline void comma_number(struct text *out, double value) {
    char digits[40];
    text_append_string(out, ",");
    snprintf(digits, sizeof digits, "%.12g", value);
    csv_append_number(out, isfinite(value) ? strtod(digits, NULL) : value);
}

static inline void comma_text(struct text *out, const char *cell) {
    text_append_string(out, ",");
    csv_append_text(out, cell);
}

/** Every digit of the nano-dollar. */
static inline void comma_money(struct text *out, usd_nano amount) {
    char digits[40];
    money_format_plain(digits, amount);
    text_printf(out, ",%s", digits);
}

#endif
