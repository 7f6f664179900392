/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Cells of the result tables. */
#ifndef HEADROOM_SCENARIOS_RESULT_CELLS_H
#define HEADROOM_SCENARIOS_RESULT_CELLS_H

#include "base/csv.h"
#include "base/money.h"

static inline void comma_number(struct text *out, double value) {
    text_append_string(out, ",");
    csv_append_number(out, value);
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
