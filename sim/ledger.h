/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Writes the usage ledger of a replay. A launch within the period that loads weights at a price
 * adds rows of weights, volumes rows of each hour in which they exist (those of a warm pool: in
 * all). Instances: one row a life, from the whole second of the launch to the whole second in which
 * it ended, cut at the end of the period. Functions and token APIs: sums by arrival hour, one row
 * an hour and kind; provisioned copies in every hour of the period, of model units the seconds that
 * their tokens take. */
#ifndef HEADROOM_SIM_LEDGER_H
#define HEADROOM_SIM_LEDGER_H

#include "pricing/usage.h"
#include "sim/managed.h"
#include "sim/replay.h"

struct managed_hour {
    int64_t requests, mb_ms, provisioned_mb_ms, input_tokens, cached_tokens, output_tokens;
};

struct ledger {
    struct arena *arena;
    const struct replay_input *input;
    sim_ticks end;
    struct usage_row *rows;
    int n_rows, capacity;
    int n_hours;
    struct managed_hour *managed; /* [n_pools * n_hours] */
    int64_t *volume_s;            /* [n_pools * n_hours] seconds of volumes, all together */
};

struct ledger ledger_open(struct arena *arena, const struct replay_input *input, int n_hours);
void ledger_add_life(struct ledger *ledger, int pool, sim_ticks launched, sim_ticks ended,
                     bool interrupted);
/** What runs to be stopped in the warm pool: it loads no weights, and its place's volume is there
 * all the time. */
void ledger_add_refill(struct ledger *ledger, int pool, sim_ticks from, sim_ticks to);
void ledger_add_call(struct ledger *ledger, int pool, const struct work *work,
                     const struct served *served);
/** Add the hourly rows and hand everything out; no rows when the input does not ask for them. */
struct usage_ledger ledger_close(struct ledger *ledger);

#endif
