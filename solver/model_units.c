/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/model_units.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "solver/use_price.h"

enum { SECONDS_PER_HOUR = 3600, SECONDS_PER_DAY = 86400, MINUTES_PER_HOUR = 60 };

static double hours_of(const struct demand *demand) {
    double hours = 0;
    for (int h = 0; h < demand->n_hours; h++)
        hours += demand->weight[h];
    return hours;
}

static bool holds_units(const struct plan_input *in, int c) {
    const struct candidate *candidate = &in->candidates[c];
    return candidate->kind == CANDIDATE_TOKEN_API && candidate->service.token_api.units > 0 &&
           candidate->offer >= 0 && in->offers[candidate->offer].unit_hour.known;
}

/* ---- for how long ---- */

static bool used_in_week(const struct plan_input *in, const struct plan *plan, int c, int week) {
    const double *share = plan->overflow_share + c * in->demand->n_hours + week * HOURS_PER_WEEK;
    bool used = in->stand_by && in->stand_by[c];
    for (int h = 0; h < HOURS_PER_WEEK && week * HOURS_PER_WEEK + h < in->demand->n_hours; h++)
        used = used || share[h] > 0;
    return used;
}

/* The day on which the segment after that of `from_day` begins; the last one ends with the horizon.
 */
static int segment_end(const struct demand *demand, int from_day, int horizon_days) {
    int end = horizon_days;
    for (int week = 0; week < demand->n_weeks; week++)
        if (demand->weeks[week].from_day > from_day && demand->weeks[week].from_day < end)
            end = demand->weeks[week].from_day;
    return end;
}

static bool is_cut(const struct demand *demand, int64_t seconds) {
    for (int week = 0; week < demand->n_weeks; week++)
        if ((int64_t)demand->weeks[week].from_day * SECONDS_PER_DAY == seconds)
            return true;
    return false;
}

static int64_t months_after(const struct plan_input *in, int from_day, int months) {
    if (in->start.year == 0)
        return (int64_t)from_day * SECONDS_PER_DAY +
               (int64_t)months * HOURS_PER_MONTH * SECONDS_PER_HOUR;
    int64_t start = calendar_days(in->start);
    struct date end = calendar_add_months(calendar_date(start + from_day), months);
    return (calendar_days(end) - start) * SECONDS_PER_DAY;
}

static bool find_time(const struct plan_input *in, const struct plan *plan, int c,
                      double horizon_hours, struct commitment *out) {
    const struct demand *demand = in->demand;
    int from_day = INT_MAX, last_day = 0, horizon_days = (int)ceil(horizon_hours / 24 - 1e-9);
    for (int week = 0; week < demand->n_weeks; week++)
        if (used_in_week(in, plan, c, week)) {
            int day = demand->weeks[week].from_day;
            from_day = day < from_day ? day : from_day;
            last_day = day > last_day ? day : last_day;
        }
    if (from_day == INT_MAX)
        return false;
    int to_day = segment_end(demand, last_day, horizon_days);
    int months = offer_tier_term_months(in->offers[in->candidates[c].offer].tier);
    int64_t horizon_s = llround(horizon_hours * SECONDS_PER_HOUR);
    int64_t to_s = to_day < horizon_days ? (int64_t)to_day * SECONDS_PER_DAY : horizon_s;
    int64_t end_s = months == 0 ? to_s : months_after(in, from_day, months);
    for (int k = 2; end_s < to_s || (end_s < horizon_s && months > 0 && !is_cut(demand, end_s));
         k++)
        end_s = months_after(in, from_day, k * months);
    out->from_s = (int64_t)from_day * SECONDS_PER_DAY;
    out->to_s = end_s;
    return true;
}

/* ---- what they are worth ---- */

/* The same model by token; NULL: it is not sold so, or without a rate. */
static const struct offer *by_token(const struct plan_input *in, const struct offer *unit) {
    for (int o = 0; o < in->n_offers; o++) {
        const struct offer *offer = &in->offers[o];
        if (offer->kind == OFFER_TOKEN_API && offer->tier == TIER_STANDARD &&
            strcmp(offer->sku, unit->sku) == 0 && strcmp(offer->region, unit->region) == 0 &&
            offer->million_input_tokens.known && offer->million_output_tokens.known)
            return offer;
    }
    return NULL;
}

/* Of the horizon. */
struct sums {
    double held_hours; /* of all units together */
    double used_hours;
    double requests;
};

/* The hours pay for what is held in place of what the programme spread over requests. */
static struct sums add_hours(const struct plan_input *in, const struct plan *plan, int c,
                             const struct commitment *held, double *hour_usd) {
    const struct demand *demand = in->demand;
    const struct candidate *candidate = &in->candidates[c];
    const struct offer *offer = &in->offers[candidate->offer];
    double spread = use_held_usd_per_request(demand, candidate, offer);
    double unit_tokens =
        candidate->service.token_api.tokens_per_minute / held->count * MINUTES_PER_HOUR;
    double tokens = use_tokens_per_request(&in->capacities[c]);
    struct sums sums = {0};
    for (int h = 0; h < demand->n_hours; h++) {
        double requests = plan->overflow_share[c * demand->n_hours + h] * SECONDS_PER_HOUR *
                          demand->rate_per_second[candidate->workload * demand->n_hours + h];
        bool active = plan_commitment_active(demand, h, held);
        double units = active ? held->count : 0;
        hour_usd[h] += units * money_rate_usd(held->hourly) - requests * spread;
        sums.held_hours += demand->weight[h] * units;
        sums.used_hours += demand->weight[h] * fmin(requests * tokens / unit_tokens, units);
        sums.requests += demand->weight[h] * requests;
    }
    return sums;
}

static struct plan_commitment describe(struct arena *arena, const struct plan_input *in, int c,
                                       struct commitment held, struct sums sums,
                                       double horizon_hours) {
    const struct candidate *candidate = &in->candidates[c];
    const struct capacity *capacity = &in->capacities[c];
    const struct offer *offer = &in->offers[held.offer], *tokens = by_token(in, offer);
    int months = offer_tier_term_months(offer->tier);
    held.name = months > 0 ? arena_printf(arena, "%d-month model units of %s", months, offer->sku)
                           : arena_printf(arena, "model units of %s by the hour", offer->sku);
    double rate = money_rate_usd(held.hourly), usd = held.count * rate;
    double per_request = tokens ? use_tokens_usd(capacity, tokens) : NAN;
    double unit_tokens =
        candidate->service.token_api.tokens_per_minute / held.count * MINUTES_PER_HOUR;
    double value = per_request / use_tokens_per_request(capacity) * unit_tokens;
    double left = fmax(0, (double)held.to_s / SECONDS_PER_HOUR - horizon_hours);
    return (struct plan_commitment){
        .commitment = held,
        .usd_per_hour = usd,
        .liability_usd = usd * left,
        .utilisation = sums.held_hours > 0 ? sums.used_hours / sums.held_hours : 0,
        .break_even = rate / value,
        .saving_usd = sums.requests * per_request - sums.held_hours * rate,
        .on_demand_usd_per_hour = value,
    };
}

static void sum_hours(const struct demand *demand, struct plan *plan) {
    double total = 0, weights = 0;
    for (int h = 0; h < demand->n_hours; h++) {
        total += demand->weight[h] * plan->hour_usd[h];
        weights += demand->weight[h];
    }
    plan->usd_per_hour = total / weights;
}

/* What a plan holds of a candidate's units; false: none of them. */
static bool hold(struct arena *arena, const struct plan_input *in, const struct plan *plan, int c,
                 double *hour_usd, struct plan_commitment *out) {
    struct commitment held = {.terms = {COMMIT_MODEL_UNITS, 0, PAY_NO_UPFRONT}};
    double horizon_hours = hours_of(in->demand);
    if (!holds_units(in, c) || !find_time(in, plan, c, horizon_hours, &held))
        return false;
    held.offer = in->candidates[c].offer;
    held.hourly = in->offers[held.offer].unit_hour.rate;
    held.count = in->candidates[c].service.token_api.units;
    struct sums sums = add_hours(in, plan, c, &held, hour_usd);
    *out = describe(arena, in, c, held, sums, horizon_hours);
    return true;
}

void model_units_hold(struct arena *arena, const struct plan_input *input, struct plan *plan) {
    int n_hours = input->demand->n_hours, n = plan->n_commitments, n_held = 0;
    struct plan_commitment *rows = NULL, row;
    double *hour_usd = NULL;
    for (int c = 0; c < input->n_candidates && !hour_usd; c++)
        if (holds_units(input, c)) {
            hour_usd = arena_grow(arena, plan->hour_usd, (size_t)n_hours, (size_t)n_hours,
                                  sizeof *hour_usd);
            rows = arena_grow(arena, plan->commitments, (size_t)n,
                              (size_t)(n + input->n_candidates), sizeof *rows);
        }
    for (int c = 0; c < input->n_candidates && hour_usd; c++)
        if (hold(arena, input, plan, c, hour_usd, &row)) {
            rows[n + n_held++] = row;
            plan->liability_usd += row.liability_usd;
        }
    if (n_held == 0)
        return;
    plan->commitments = rows;
    plan->n_commitments = n + n_held;
    plan->hour_usd = hour_usd;
    sum_hours(input->demand, plan);
}

bool model_units_may_close(const struct plan_input *input, int candidate) {
    return holds_units(input, candidate) && !(input->stand_by && input->stand_by[candidate]);
}

bool model_units_held(struct arena *arena, const struct plan_input *input, const struct plan *plan,
                      int candidate, struct plan_commitment *out) {
    return hold(arena, input, plan, candidate, arena_new(arena, double, input->demand->n_hours),
                out);
}

int model_units_weakest(struct arena *arena, const struct plan_input *input,
                        const struct plan *plan, const bool *tried) {
    double least = INFINITY;
    struct plan_commitment held;
    int weakest = -1;
    for (int c = 0; c < input->n_candidates; c++) {
        if (tried[c] || !model_units_may_close(input, c) ||
            !model_units_held(arena, input, plan, c, &held))
            continue;
        double saves = held.utilisation / held.break_even; /* for each dollar of theirs */
        if (weakest < 0 || saves < least || (isnan(least) && !isnan(saves))) {
            weakest = c;
            least = saves;
        }
    }
    return weakest;
}

const char *model_units_closed_words(struct arena *arena, const struct plan_commitment *held,
                                     double with_usd, double without_usd) {
    char with[32], without[32];
    money_format_apart(with, without, with_usd, without_usd);
    const char *costs = arena_printf(
        arena,
        "paid in every hour in which it is held, the plan would cost %s an hour against %s: used "
        "%s of the time",
        with, without, number_percent(arena, held->utilisation));
    return isfinite(held->break_even)
               ? arena_printf(arena, "%s, and breaks even with its tokens on demand at %s", costs,
                              number_percent(arena, held->break_even))
               : costs;
}

const char *model_units_unheld_words(struct arena *arena, double usd) {
    return arena_printf(
        arena, "paid in every hour in which it is held it would not lower the cost of %s an hour",
        money_words(arena, usd));
}

/* The candidate that units are of: they stand in the order of the candidates. */
static int candidate_of(const struct plan_input *in, const struct plan *plan, int commitment) {
    int nth = 0;
    for (int i = 0; i < commitment; i++)
        nth += plan->commitments[i].commitment.terms.kind == COMMIT_MODEL_UNITS;
    struct commitment held;
    double hours = hours_of(in->demand);
    for (int c = 0; c < in->n_candidates; c++)
        if (holds_units(in, c) && find_time(in, plan, c, hours, &held) && nth-- == 0)
            return c;
    ENSURE(false);
    return -1;
}

struct units_use model_units_use(const struct plan_input *input, const struct plan *plan,
                                 int commitment) {
    const struct commitment *held = &plan->commitments[commitment].commitment;
    const struct offer *tokens = by_token(input, &input->offers[held->offer]);
    const struct demand *demand = input->demand;
    int c = candidate_of(input, plan, commitment);
    double usd = tokens ? use_tokens_usd(&input->capacities[c], tokens) : NAN, hours = 0;
    struct units_use use = {.least_usd = INFINITY};
    for (int h = 0; h < demand->n_hours; h++) {
        int w = input->candidates[c].workload;
        double all = SECONDS_PER_HOUR * usd * demand->rate_per_second[w * demand->n_hours + h];
        if (!plan_commitment_active(demand, h, held))
            continue;
        hours += demand->weight[h];
        use.usage_usd += demand->weight[h] * all;
        use.covered_usd += demand->weight[h] * all * plan->overflow_share[c * demand->n_hours + h];
        use.least_usd = fmin(use.least_usd, all);
        use.most_usd = fmax(use.most_usd, all);
    }
    use.held_share = hours / hours_of(demand);
    use.usage_usd /= hours;
    use.covered_usd /= hours;
    return use;
}
