/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A tree against the field table: unknown keys, shapes, units, ranges,
 * words, dates and missing keys. What one field means alone is settled here; how fields fit
 * together is settled by the readers of scenario.c. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_CHECK_H
#define HEADROOM_SCENARIOS_SCENARIO_CHECK_H

#include "base/calendar.h"
#include "scenarios/mistakes.h"
#include "scenarios/scenario_table.h"
#include "scenarios/scenario_tree.h"

/** One value, read by its row. Only the member of the row's type is set. */
struct scalar {
    double number;    /* FIELD_QUANTITY, base units */
    int choice;       /* FIELD_CHOICE: index of the word */
    struct date date; /* FIELD_DATE */
    const char *text; /* FIELD_TEXT, FIELD_FILE */
};

/** Every mistake that the table can tell. */
void scenario_check(struct mistakes *mistakes, const struct tree *root);

/** Read a scalar by its row. false: it is not one that the row allows; the mistake is added unless
 * `mistakes` is NULL. */
bool scalar_read(struct arena *arena, const struct field *row, const struct tree *tree,
                 struct scalar *out, struct mistakes *mistakes);
/** The row's default; false when it has none. */
bool scalar_default(struct arena *arena, const struct field *row, struct scalar *out);

/** "1ms to 1h", "above 0% to 100%"; "" when the row has no range. */
const char *scalar_range(struct arena *arena, const struct field *row);
/** How the row is written, as far as one line shows it: "write for example run_on: [ ... ]". */
const char *field_sample(struct arena *arena, const struct field *row);
/** "on_demand, spot". */
const char *scalar_choices(struct arena *arena, const char *words);

#endif
