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

/* Spot of a bin: the mean share that the market has, and the mean price of what runs. */
struct spot_bins {
    struct plan_spot *out;
    double *price, *had;
};

static struct spot_bins spot_open(struct arena *arena, const struct plan_input *input,
                                  int n_hours) {
    struct spot_bins bins = {0};
    if (!input->spot)
        return bins;
    bins.price = arena_new(arena, double, input->n_candidates *n_hours);
    bins.had = arena_new(arena, double, input->n_candidates *n_hours);
    bins.out = arena_new(arena, struct plan_spot, 1);
    *bins.out = (struct plan_spot){n_hours, bins.price, bins.had};
    return bins;
}

static void spot_fill(const struct spot_bins *bins, const struct plan_input *input,
                      const struct bin *bin, int at) {
    for (int c = 0; bins->out && c < input->n_candidates; c++) {
        double had = 0, usd = 0, mean = 0;
        for (int i = 0; i < bin->n; i++) {
            int from = c * input->spot->n_hours + bin->hours[i];
            had += input->spot->had[from];
            usd += input->spot->had[from] * input->spot->price[from];
            mean += input->spot->price[from];
        }
        bins->had[c * bins->out->n_hours + at] = had / bin->n;
        bins->price[c * bins->out->n_hours + at] = had > 0 ? usd / had : mean / bin->n;
    }
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
