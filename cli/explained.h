/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What one thing of a result rests on, found in its result.json, and told as text or JSON. */
#ifndef HEADROOM_CLI_EXPLAINED_H
#define HEADROOM_CLI_EXPLAINED_H

#include <jansson.h>

#include "base/text.h"
#include "scenarios/result_read.h"

struct explained_value {
    const char *name, *key; /* "saves, USD a month", "saving_usd_per_month" */
    json_t *value;          /* of the result; never NULL */
};

/** Strings and values are the result's or the arena's. */
struct explained {
    const struct result_file *result;
    const char *kind; /* "number", "action", "warning", ... */
    const char *id;   /* "action-1", "recommended.bill_usd_per_month", "g6e.xlarge" */
    json_t *value;    /* a number's; else NULL */
    int n_texts;
    const char **texts;            /* what it is; several where several warnings have the id */
    const char *formula, *section; /* of docs/model.md; NULL: there is none */
    int n_parts, n_facts, n_practices, n_inputs, n_rates;
    struct explained_value *parts; /* of the formula: name is the path */
    struct explained_value *facts;
    struct explained_value *practices; /* name is the id, value the address */
    const struct result_input **inputs;
    const struct result_rate **rates;
    const char *rates_words; /* "these rates of what the plan pays for" */
};

/** A value as people read it: all digits of a number. */
const char *explained_value_words(struct arena *arena, const json_t *value);

void explained_append_text(const struct explained *explained, struct text *out);
/** A new reference. */
json_t *explained_json(const struct explained *explained);

#endif
