/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/future_bins.h"

#include <math.h>

struct bin {
    int n, hours[HOURS_PER_WEEK];
};

/* The workload that varies most over a bin, in parts of its mean, and by how much, weighted by the
 * hours. */
static double widest(const struct demand *demand, const struct bin *bin, int *workload) {
    double most = 0;
    for (int w = 0; w < demand->n_workloads; w++) {
        const double *rates = demand->rate_per_second + (size_t)w * (size_t)demand->n_hours;
        double low = INFINITY, high = 0, peak = 0;
        for (int i = 0; i < bin->n; i++) {
            low = fmin(low, rates[bin->hours[i]]);
            high = fmax(high, rates[bin->hours[i]]);
        }
        for (int h = 0; h < demand->n_hours; h++)
            peak = fmax(peak, rates[h]);
        double spread = peak > 0 ? (high - low) / peak * bin->n : 0;
        if (spread > most) {
            most = spread;
            *workload = w;
        }
    }
    return most;
}

/* Hours below and from the middle of its range. */
static void cut(const struct demand *demand, int workload, struct bin *low, struct bin *high) {
    const double *rates = demand->rate_per_second + (size_t)workload * (size_t)demand->n_hours;
    double from = INFINITY, to = 0;
    for (int i = 0; i < low->n; i++) {
        from = fmin(from, rates[low->hours[i]]);
        to = fmax(to, rates[low->hours[i]]);
    }
    double middle = from + (to - from) / 2;
    int kept = 0;
    high->n = 0;
    for (int i = 0; i < low->n; i++)
        if (rates[low->hours[i]] > middle)
            high->hours[high->n++] = low->hours[i];
        else
            low->hours[kept++] = low->hours[i];
    low->n = kept;
}

static int cut_week(const struct demand *demand, int week, int most_bins, struct bin *bins) {
    bins[0].n = HOURS_PER_WEEK;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        bins[0].hours[h] = week * HOURS_PER_WEEK + h;
    int n = 1;
    for (; n < most_bins; n++) {
        int which = -1, workload = 0, across = 0;
        double most = 0;
        for (int b = 0; b < n; b++) {
            double spread = widest(demand, &bins[b], &across);
            if (spread > most) {
                most = spread;
                which = b;
                workload = across;
            }
        }
        if (which < 0)
            break;
        cut(demand, workload, &bins[which], &bins[n]);
    }
    return n;
}

static int bins_of_week(int n_weeks) {
    int n = FUTURE_BINS_IN_ALL / n_weeks;
    return n < FUTURE_BINS_MIN ? FUTURE_BINS_MIN : n > FUTURE_BINS ? FUTURE_BINS : n;
}

/* Spot of a bin: the mean share that the market has, and the mean price of what runs; spread evenly
 * and zone by zone. */
struct spot_bins {
    struct plan_spot *out;
    double *price, *had, *zone_price, *zone_had;
};

static struct spot_bins spot_open(struct arena *arena, const struct plan_input *input,
                                  int n_hours) {
    struct spot_bins bins = {0};
    if (!input->spot)
        return bins;
    bins.price = arena_new(arena, double, input->n_candidates *n_hours);
    bins.had = arena_new(arena, double, input->n_candidates *n_hours);
    bins.out = arena_new(arena, struct plan_spot, 1);
    if (input->spot->zone_price) {
        size_t n = (size_t)input->n_candidates * (size_t)input->spot->n_zones * (size_t)n_hours;
        bins.zone_price = arena_new(arena, double, n);
        bins.zone_had = arena_new(arena, double, n);
    }
    *bins.out = *input->spot;
    bins.out->n_hours = n_hours;
    bins.out->move_hours = 0; /* bins do not follow each other */
    bins.out->price = bins.price;
    bins.out->had = bins.had;
    bins.out->zone_price = bins.zone_price;
    bins.out->zone_had = bins.zone_had;
    return bins;
}

/* From a row of hours into one of bins. */
static void fill_row(const struct bin *bin, const double *price, const double *had,
                     double *price_out, double *had_out) {
    double sum = 0, usd = 0, mean = 0;
    for (int i = 0; i < bin->n; i++) {
        int h = bin->hours[i];
        sum += had[h];
        usd += had[h] * price[h];
        mean += price[h];
    }
    *had_out = sum / bin->n;
    *price_out = sum > 0 ? usd / sum : mean / bin->n;
}

static void spot_fill(const struct spot_bins *bins, const struct plan_input *input,
                      const struct bin *bin, int at) {
    const struct plan_spot *spot = input->spot;
    if (!bins->out)
        return;
    size_t from = (size_t)spot->n_hours, to = (size_t)bins->out->n_hours, cell = (size_t)at;
    for (size_t c = 0; c < (size_t)input->n_candidates; c++)
        fill_row(bin, &spot->price[c * from], &spot->had[c * from], &bins->price[c * to + cell],
                 &bins->had[c * to + cell]);
    size_t n_rows = (size_t)input->n_candidates * (size_t)spot->n_zones;
    for (size_t r = 0; r < n_rows && spot->zone_price; r++)
        fill_row(bin, &spot->zone_price[r * from], &spot->zone_had[r * from],
                 &bins->zone_price[r * to + cell], &bins->zone_had[r * to + cell]);
}

const struct demand *future_bins(struct arena *arena, const struct plan_input *input,
                                 const double **left_out, const struct plan_spot **spot_out) {
    const struct demand *demand = input->demand;
    struct demand *out = arena_new(arena, struct demand, 1);
    *out = *demand;
    int per_week = bins_of_week(demand->n_weeks);
    out->n_hours = demand->n_weeks * per_week;
    out->rate_per_second = arena_new(arena, double, out->n_workloads * out->n_hours);
    out->weight = arena_new(arena, double, out->n_hours);
    double *left = arena_new(arena, double, input->n_owned * out->n_hours);
    struct spot_bins spot = spot_open(arena, input, out->n_hours);
    struct bin *bins = arena_new(arena, struct bin, FUTURE_BINS);
    for (int week = 0; week < demand->n_weeks; week++) {
        int n = cut_week(demand, week, per_week, bins);
        for (int b = 0; b < per_week; b++) {
            const struct bin *bin = &bins[b < n ? b : n - 1];
            int at = week * per_week + b, shared = b < n - 1 ? 1 : per_week - n + 1;
            for (int i = 0; i < bin->n; i++) {
                int h = bin->hours[i];
                out->weight[at] += demand->weight[h] / shared;
                for (int w = 0; w < out->n_workloads; w++)
                    out->rate_per_second[w * out->n_hours + at] +=
                        demand->rate_per_second[w * demand->n_hours + h] / bin->n;
                for (int o = 0; o < input->n_owned; o++)
                    left[o * out->n_hours + at] +=
                        (input->owned_left ? input->owned_left[o * demand->n_hours + h] : 1) /
                        bin->n;
            }
            spot_fill(&spot, input, bin, at);
        }
    }
    *left_out = left;
    *spot_out = spot.out;
    return out;
}
