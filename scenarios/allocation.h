/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Who pays for the bill: each row of a statement goes to one payer or is split between several, in
 * integer nano-dollars with the largest remainder, so that the shares add up to the bill exactly.
 *
 *  Payers are workloads (or the streams of a mix, which share their workload's pool), what stands
 * beside the bill (jobs, storage, stations of flows, models made once, missing promised spend), and
 * three rows that are no workload's: idle capacity, unused commitments, and what others of the
 * organisation used of commitments.
 *
 *  | cost                           | amortised view                    | cash view             |
 *  |--------------------------------|-----------------------------------|-----------------------|
 *  | usage with work                | its workload; streams by `shared` | the same              |
 *  | time held without work         | by `idle`                         | the same              |
 *  | usage covered by a commitment  | as usage                          | nothing               |
 *  | commitment not used            | by `unused`                       | nothing               |
 *  | reserved capacity that idles   | by `unused`, covered or not       | as usage              |
 *  | payments for a commitment      | nothing                           | as its amortised cost |
 *
 *  A payment is split by what each payer bears of that commitment's amortised cost over the
 * horizon. Spread idle time goes to all workloads by what they used in the month; spread unused
 * commitment to those that used it in the month, else as spread idle time. Where nobody used
 * anything in the month it stays a row of its own. */
#ifndef HEADROOM_SCENARIOS_ALLOCATION_H
#define HEADROOM_SCENARIOS_ALLOCATION_H

#include "scenarios/statement.h"

/* In the order of the words in the table of fields. */
enum allocation_shared { SHARED_BY_TOKENS, SHARED_BY_SECONDS, SHARED_BY_REQUESTS };
enum allocation_idle { IDLE_OWNER, IDLE_OWN_ROW, IDLE_SPREAD };
enum allocation_unused { UNUSED_OWN_ROW, UNUSED_SPREAD };

struct allocation_rules {
    enum allocation_shared shared;
    enum allocation_idle idle;
    enum allocation_unused unused;
    double output_weight; /* input tokens that an output token counts as, in unit costs */
};

enum payer_kind {
    PAYER_WORKLOAD,
    PAYER_STREAM,
    PAYER_JOB,
    PAYER_STORAGE,
    PAYER_STATION, /* of a flow: with the tags of its workload */
    PAYER_MODEL,   /* made once */
    PAYER_PROMISE, /* what is missing of a promised spend */
    PAYER_IDLE,
    PAYER_UNUSED,
    PAYER_OTHERS /* usage of the organisation outside the scenario */
};
const char *payer_kind_word(enum payer_kind kind); /* "workload", "idle capacity", ... */

struct payer {
    enum payer_kind kind;
    const char *name;
    int workload; /* -1: of none */
    const char *const (*tags)[2];
    int n_tags;
    int index; /* what stands beside the bill: of the model, job (clusters follow them), kind of
                  storage, station or year of a promise */
};

/** The value of a tag, or "". */
const char *payer_tag(const struct payer *payer, const char *key);

/** The payers of one workload and how they share its pool in each month. */
struct payer_group {
    int first, n;          /* payers in a row */
    const double *weights; /* [n_months * n]; all 0 in a month: the first pays */
};

/** What is paid beside the bill. */
struct payer_extra {
    int payer;
    usd_nano total;  /* over the horizon; amortised evenly over its hours */
    bool paid_first; /* in the first month; else as amortised */
    bool by_month;   /* evenly over calendar months whatever their length, a part its share */
    /* amortised over these epoch hours of the horizon, not by month, and paid in the month in which
     * they end; 0, 0: over all of it */
    int64_t from_hour, to_hour;
};

struct allocation_input {
    const struct statement *statement;
    const struct allocation_rules *rules;
    int n_payers;
    const struct payer *payers;
    const struct payer_group *groups; /* by the workload of the statement's rows */
    int idle_payer, unused_payer, others_payer;
    int n_extras;
    const struct payer_extra *extras;
};

enum share_kind { SHARE_USED, SHARE_IDLE, SHARE_UNUSED, SHARE_PAYMENT, SHARE_BESIDE, SHARE_KINDS };
const char *share_kind_word(enum share_kind kind);

/** A payer's part of one row of the statement in one month. */
struct allocation_share {
    int month, payer;
    enum share_kind kind;
    int row; /* of the statement; -1: beside the bill */
    usd_nano amortised, cash;
};

struct payer_sum {
    usd_nano by_kind[SHARE_KINDS]; /* amortised */
    usd_nano amortised, cash;
};

struct allocation {
    int n_payers;
    const struct payer *payers;
    int n_shares;
    const struct allocation_share *shares; /* in the order of the statement's rows, then beside */
    const struct payer_sum *sums;          /* [n_payers] over the horizon */
    usd_nano amortised, cash;              /* of all: the statement's and what is beside it */
    usd_nano beside;                       /* of it beside the bill, amortised */
};

struct allocation allocation_make(struct arena *arena, const struct allocation_input *input);

#endif
