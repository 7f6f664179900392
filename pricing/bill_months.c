/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/bill_months.h"

#include <math.h>
#include <string.h>

#include "pricing/focus.h"

static int row_of(const struct bill_months *months, enum usage_kind usage, int offer) {
    for (int i = 0; i < months->n_rows; i++)
        if (months->rows[i].usage == usage && months->rows[i].offer == offer)
            return i;
    return -1;
}

/* Every kind of usage that some week has, once. */
static void find_rows(struct arena *arena, const struct bill_months_input *in,
                      struct bill_months *out) {
    int most = 0;
    for (int k = 0; k < in->n_weeks; k++)
        most += in->bills[k].n_monthly;
    struct bill_month_row *rows = arena_new(arena, struct bill_month_row, most);
    out->rows = rows;
    for (int k = 0; k < in->n_weeks; k++)
        for (int i = 0; i < in->bills[k].n_monthly; i++) {
            const struct bill_monthly *use = &in->bills[k].monthly[i];
            if (row_of(out, use->usage, use->offer) < 0)
                rows[out->n_rows++] = (struct bill_month_row){use->usage, use->offer};
        }
}

static double used_in_week(const struct bill *bill, const struct bill_month_row *row) {
    for (int i = 0; i < bill->n_monthly; i++)
        if (bill->monthly[i].usage == row->usage && bill->monthly[i].offer == row->offer)
            return bill->monthly[i].quantity;
    return 0;
}

/* Seconds of the calendar month that an hour is in. */
static double month_seconds(int64_t epoch_hour) {
    struct date date = calendar_date(epoch_hour / 24);
    return 86400.0 * calendar_days_in_month(date.year, date.month);
}

/* USD of the first `units` of a month. */
static double over_tiers(const struct quote *quote, double units) {
    double usd = 0, from = 0;
    for (int t = 0; t <= quote->n_tiers && from < units; t++) {
        double to = t < quote->n_tiers ? fmin((double)quote->tiers[t].from, units) : units;
        usd += fmax(to - from, 0) * money_rate_usd(t == 0 ? quote->rate : quote->tiers[t - 1].rate);
        from = fmax(to, from);
    }
    return usd;
}

static double usd_in_month(const struct bill_months_input *in, const struct bill_month_row *row,
                           int month) {
    const struct offer *offer = &in->offers[row->offer];
    const struct quote *quote = focus_quote(offer, row->usage);
    double first = bill_unit_usd(offer, row->usage), used = 0;
    if (usage_is_of_volume(row->usage))
        first *= USAGE_MONTH_S / month_seconds(in->months_from[month]);
    for (int k = 0; k < in->n_weeks; k++)
        used += in->month_hours[month * in->n_weeks + k] / in->week_hours *
                used_in_week(&in->bills[k], row);
    double rate = money_rate_usd(quote->rate);
    if (quote->n_tiers == 0 || !(used > 0) || !(rate > 0))
        return first;
    double units = used * first / rate; /* of those that the rate is for */
    return over_tiers(quote, units) / used;
}

struct bill_months bill_months_make(struct arena *arena, const struct bill_months_input *in) {
    struct bill_months out = {.n_months = in->n_months, .n_weeks = in->n_weeks};
    find_rows(arena, in, &out);
    double *usd = arena_new(arena, double, out.n_rows *out.n_months);
    double *week_usd = arena_new(arena, double, out.n_rows *out.n_weeks);
    for (int i = 0; i < out.n_rows; i++) {
        for (int m = 0; m < out.n_months; m++)
            usd[i * out.n_months + m] = usd_in_month(in, &out.rows[i], m);
        for (int k = 0; k < out.n_weeks; k++) {
            double hours = 0, sum = 0;
            for (int m = 0; m < out.n_months; m++) {
                hours += in->month_hours[m * in->n_weeks + k];
                sum += in->month_hours[m * in->n_weeks + k] * usd[i * out.n_months + m];
            }
            week_usd[i * out.n_weeks + k] = hours > 0 ? sum / hours : 0;
        }
    }
    out.usd = usd;
    out.week_usd = week_usd;
    return out;
}

static int row_of_charge(const struct bill_months *months, const struct charge *charge) {
    enum usage_kind counted = /* weights fill the tiers of their way */
        charge->usage == USAGE_WEIGHT_BYTES ? USAGE_TRANSFER_BYTES : charge->usage;
    return charge->commitment >= 0 || charge->usage == USAGE_INSTANCE
               ? -1
               : row_of(months, counted, charge->offer);
}

double bill_months_unit_usd(const struct bill_months *months, const struct charge *charge,
                            int month) {
    int row = row_of_charge(months, charge);
    return row < 0 ? NAN : months->usd[row * months->n_months + month];
}

struct bill bill_months_apply(struct arena *arena, const struct bill_months *months, int week,
                              const struct bill *bill) {
    struct bill out = *bill;
    if (months->n_rows == 0)
        return out;
    struct charge *charges = arena_new(arena, struct charge, bill->n_charges);
    memcpy(charges, bill->charges, (size_t)bill->n_charges * sizeof *charges);
    for (int i = 0; i < bill->n_charges; i++) {
        struct charge *charge = &charges[i];
        int row = row_of_charge(months, charge);
        if (row < 0)
            continue;
        double usd = months->week_usd[row * months->n_weeks + week] * (double)charge->quantity;
        usd_nano cost = (usd_nano)llround(usd * (double)USD_NANO_PER_USD);
        out.total += cost - charge->effective;
        out.total_by_kind[charge->kind] += cost - charge->effective;
        out.list_total += cost - charge->list;
        charge->effective = charge->list = cost;
    }
    out.charges = charges;
    return out;
}
