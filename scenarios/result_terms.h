/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What each number of result.json is: its formula, the numbers it is made of, and the fields of
 * the scenario that it rests on. `headroom explain RESULT NUMBER` prints it; docs/model.md has the
 * equations in full. */
#ifndef HEADROOM_SCENARIOS_RESULT_TERMS_H
#define HEADROOM_SCENARIOS_RESULT_TERMS_H

#include <stdbool.h>

#include "base/arena.h"

enum { TERM_PARTS_MAX = 5 };

struct result_term {
    const char *path;    /* in result.json; N for any index; "recommended." stands for "baseline."
                            too */
    const char *what;    /* one line */
    const char *formula; /* in words */
    const char *section; /* of docs/model.md */
    const char *inputs; /* blank-separated beginnings of field paths, N for any item; those with '-'
                           before them are not meant, those with '+' are all the same */
    const char *parts[TERM_PARTS_MAX]; /* paths of the numbers in the formula; NULL-ended if fewer;
                                          indices are those of the number */
};

/** path NULL ends it. */
extern const struct result_term result_terms[];

/** The term of a path such as "unit_costs.0.utilisation_tax", or of its last key alone where that
 * is told once; NULL: there is none. */
const struct result_term *result_term_find(const char *path);

/** The fields that a number of the baseline rests on, as result_term.inputs.
 *  @param given  it is today's fleet
 *  @param money  the number is of its bill, not of what it serves */
const char *result_baseline_inputs(bool given, bool money);

/** The fields that a warning is about, as result_term.inputs; NULL: no warning has that id. */
const char *result_warning_inputs(const char *id);

/** A part of a term with the indices and the fleet of the number: parts of
 * "baseline.bill_usd_per_month" are those of the baseline. */
const char *result_term_part(struct arena *arena, const char *part, const char *path);

/** Whether a field path ("workloads.0.slo.ttft") begins as one of a term's inputs does. */
bool result_term_rests_on(const struct result_term *term, const char *field);

#endif
