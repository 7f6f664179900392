/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the readers of import formats share: where their rates go, how they count what they skip,
 * and how they name mistakes. */
#ifndef HEADROOM_PRICING_IMPORT_READER_H
#define HEADROOM_PRICING_IMPORT_READER_H

#include "base/csv.h"
#include "base/json_stream.h"
#include "pricing/import.h"

enum { IMPORT_REASONS_MAX = 48 };

struct import_rate {
    struct price price; /* `line` is the row's in the file */
    int column;
    bool ends;   /* its volume tier, where the list tells it, */
    int64_t end; /* in the units of `above` */
};

struct import {
    struct arena *arena;
    const struct import_request *request;
    const char *file;
    const char *source; /* of the rates: what the file is */
    const char *as_of;  /* the day of the file; NULL while it is not known */
    bool more_pages;    /* the answer that the file holds goes on in another */
    int64_t n_records;
    int n_rates, capacity;
    struct import_rate *rates;
    int n_fargate, fargate_capacity;
    struct fargate_pair *fargate; /* import_fargate.h */
    int n_skipped;
    struct import_skipped skipped[IMPORT_REASONS_MAX];
};

/** Count a record that makes no rate. `reason` is a literal. */
void import_skip(struct import *import, const char *reason);
/** With what it was about; the first example of a reason is kept. */
void import_skip_example(struct import *import, const char *reason, const char *example);
/** Keep a rate; empty strings of the price may be NULL. `source` and `as_of` NULL: the file's.
 * False: a price of zero. */
bool import_take(struct import *import, const struct price *price, struct json_place place,
                 struct err *err);
/** The volume tier of the rate taken last ends here; what lies above it must begin here. True. */
bool import_end_tier(struct import *import, int64_t end);
bool import_fail(const struct import *import, struct json_place place, struct err *err,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/** A decimal, or a number of JSON with more digits than a rate has (rounded to 1e-12); times a
 * factor > 0. False, *err set: no finite number, negative, or too large. */
bool import_parse_rate(const struct import *import, struct bytes text, int64_t factor,
                       struct json_place place, usd_pico *out, struct err *err);
/** A rate above zero: an unknown price is never zero. */
bool import_check_rate(const struct import *import, usd_pico rate, struct json_place place,
                       struct err *err);
bool import_check_currency(const struct import *import, struct bytes currency,
                           struct json_place place, struct err *err);

/** Whether the request wants this region. */
bool import_wants_region(const struct import *import, struct bytes region);
/** The day of a stamp such as 2026-07-20T00:00:00Z becomes the file's, unless the user gave one. */
void import_set_day(struct import *import, struct bytes stamp);

/** Of each event of an answer: a text NextToken (nextToken) at its top says that the answer goes on
 * in another file. */
void import_see_page(struct import *import, const struct json_stream *at, enum json_event event,
                     struct bytes text);

struct json_place import_csv_place(const struct csv_row *row, int field);
bool import_bytes_have(struct bytes text, const char *part);
bool import_bytes_begin(struct bytes text, const char *start);
/** Whether a usage type is `end`, with or without its region: USE2-Lambda-GB-Second. */
bool import_usage_ends(struct bytes usage, const char *end);

/** us-east-1, but not us-west-2-lax-1: a region has one number, at its end. */
bool import_is_region(struct bytes name);
/** us-east-1 of us-east-1a; empty for local zones such as us-west-2-lax-1a. */
struct bytes import_region_of_zone(struct bytes zone);
/** The stamp's day as text, or NULL when it begins with none; the user's --date comes before. */
const char *import_day(const struct import *import, struct bytes stamp);

/** A text of the file that is wanted later, cut at the length that no name or number has. */
enum { IMPORT_VALUE_MAX = 120 };
struct import_value {
    char text[IMPORT_VALUE_MAX];
    size_t n;
};
void import_keep(struct import_value *value, struct bytes text);
static inline struct bytes import_value_bytes(const struct import_value *value) {
    return (struct bytes){value->text, value->n};
}

/** Names to numbers, for joining the parts of a file. The names are copied. */
struct import_index {
    struct arena *arena;
    int n, capacity;
    struct import_index_slot *slots;
};
/** The number kept under a name, or -1. */
int import_index_find(const struct import_index *index, struct bytes name);
/** False when the name is there already (it keeps its number). value >= 0. */
bool import_index_add(struct import_index *index, struct bytes name, int value);

/* ---- the readers ---- */

bool import_aws_csv(struct import *import, struct source *source, struct err *err);
bool import_aws_json(struct import *import, struct source *source, struct err *err);
bool import_aws_products(struct import *import, struct source *source, struct err *err);
bool import_savings_plans(struct import *import, struct source *source, struct err *err);
bool import_offering_rates(struct import *import, struct source *source, struct err *err);
bool import_capacity_blocks(struct import *import, struct source *source, struct err *err);
bool import_spot_history(struct import *import, struct source *source, struct err *err);
bool import_spot_advisor(struct import *import, struct source *source, struct err *err);
bool import_ec2instances(struct import *import, struct source *source, struct err *err);
bool import_opencost(struct import *import, struct source *source, struct err *err);

#endif
