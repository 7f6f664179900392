/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Which rates of a result a number or an action of it rests on. */
#ifndef HEADROOM_CLI_EXPLAINED_RATES_H
#define HEADROOM_CLI_EXPLAINED_RATES_H

#include <stdbool.h>

#include "scenarios/result_read.h"

enum rates_of {
    RATES_OF_NOTHING,
    RATES_OF_PLAN,     /* what the plan pays for, in the way in which it does */
    RATES_OF_BASELINE, /* the same of the baseline */
    RATES_OF_BOTH,
    RATES_COMPARED, /* all from which the plan was chosen */
};

/** Of a number by its path; NOTHING where prices are not in it. */
enum rates_of rates_of_number(const char *path);

bool rates_have(enum rates_of of, const struct result_file *result, const struct result_rate *rate);

/** Of an action: of its kind ("run", "commit", ..., result.json), and of what it names. */
bool rates_have_of_action(const char *kind, const char *text, const struct result_file *result,
                          const struct result_rate *rate);

/** "these rates of what the plan pays for". */
const char *rates_of_words(enum rates_of of);

#endif
