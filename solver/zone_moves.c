/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/zone_moves.h"

#include <math.h>

struct moving {
    const struct market *market;
    const int32_t *spot; /* [n_hours] of the candidate */
    int32_t *spot_in_zone;
    int machine, n_ways; /* the group: spread evenly, then its zones */
    double *best;        /* [n_ways] least cost up to the hour before, ending in the way */
    double *next;        /* [n_ways] up to this hour */
    int *from;           /* [hours of a week * n_ways] */
};

static int32_t *cell(const struct moving *m, int way, int hour) {
    const struct machine *machine = &m->market->machines[m->machine + way];
    return &m->spot_in_zone[market_zone_cell(m->market, machine, hour)];
}

/* The way that has all of the hour's spot; -1: none has, or there is no spot. */
static int way_of(const struct moving *m, int hour) {
    int32_t rest = m->spot[hour];
    int in = 0;
    if (rest == 0)
        return -1;
    for (int k = 1; k < m->n_ways; k++) {
        rest -= *cell(m, k, hour);
        in = *cell(m, k, hour) > 0 ? k : in;
    }
    bool all = in == 0 ? rest == m->spot[hour] : *cell(m, in, hour) == m->spot[hour];
    return all ? in : -1;
}

/* What an hour costs in a way; INFINITY where it carries less there than where it is. */
static double usd_of(const struct moving *m, int way, int in, int hour) {
    const struct market *market = m->market;
    int slot = market->slot_of_hour[hour];
    const struct machine *to = &market->machines[m->machine + way];
    const struct machine *now = &market->machines[m->machine + in];
    if (market_spot_useful(market, to, slot) < market_spot_useful(market, now, slot) * (1 - 1e-12))
        return INFINITY;
    return market_spot_usd(market, to, slot);
}

static void step(struct moving *m, int hour, int in, bool follows, int *from) {
    double hours = m->market->in->spot->move_hours;
    for (int k = 0; k < m->n_ways; k++) {
        double usd = in < 0 ? 0 : usd_of(m, k, in, hour);
        double moved = 0;
        if (in >= 0 && follows)
            moved = fmin(m->spot[hour - 1], m->spot[hour]) * hours * usd;
        from[k] = k;
        m->next[k] = m->best[k];
        for (int i = 1; i <= m->n_ways; i++) {
            int j = i % m->n_ways; /* a zone rather than all of them */
            if (m->best[j] + moved < m->next[k]) {
                m->next[k] = m->best[j] + moved;
                from[k] = j;
            }
        }
        m->next[k] += in < 0 ? 0 : m->spot[hour] * usd;
    }
    double *swap = m->best;
    m->best = m->next;
    m->next = swap;
}

static void write(const struct moving *m, int way, int hour) {
    for (int k = 1; k < m->n_ways; k++)
        *cell(m, k, hour) = k == way ? m->spot[hour] : 0;
}

static void settle_week(struct moving *m, int first, int n_hours) {
    for (int k = 0; k < m->n_ways; k++)
        m->best[k] = 0;
    bool before = false;
    for (int h = 0; h < n_hours; h++) {
        int in = way_of(m, first + h);
        step(m, first + h, in, before, &m->from[h * m->n_ways]);
        before = in >= 0;
    }
    int way = 1;
    for (int i = 2; i <= m->n_ways; i++)
        way = m->best[i % m->n_ways] < m->best[way] ? i % m->n_ways : way;
    for (int h = n_hours - 1; h >= 0; h--) {
        if (way_of(m, first + h) >= 0)
            write(m, way, first + h);
        way = m->from[h * m->n_ways + way];
    }
}

void zone_moves_settle(struct arena *scratch, const struct market *market, const int32_t *spot,
                       int32_t *spot_in_zone) {
    const struct demand *demand = market->in->demand;
    int n_weeks = demand->n_weeks > 0 ? demand->n_weeks : 1, each = demand->n_hours / n_weeks;
    for (int i = 0; i < market->n_machines; i++) {
        const struct machine *machine = &market->machines[i];
        if (machine->n_group < 2)
            continue;
        struct moving m = {.market = market,
                           .spot = &spot[machine->candidate * demand->n_hours],
                           .spot_in_zone = spot_in_zone,
                           .machine = i,
                           .n_ways = machine->n_group,
                           .best = arena_new(scratch, double, machine->n_group),
                           .next = arena_new(scratch, double, machine->n_group),
                           .from = arena_new(scratch, int, machine->n_group *each)};
        for (int week = 0; week < n_weeks; week++)
            settle_week(&m, week * each, each);
    }
}
