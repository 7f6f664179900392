/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/calendar.h"
#include "pricing/cloud_bill.h"

/* What the hours of the bill's period had in one hour of the week. */
struct slot {
    int64_t n_hours, n_seen; /* of the period; with instances */
    double sum, least, most; /* of those with instances */
};

static void add_hours(const struct cloud_bill *bill, const bool *wanted, struct slot *slots) {
    int64_t period = bill->period_to_hour - bill->period_from_hour;
    for (int i = 0; i < CLOUD_BILL_WEEK; i++)
        slots[calendar_hour_of_week(bill->period_from_hour + i)].n_hours =
            period / CLOUD_BILL_WEEK + (i < period % CLOUD_BILL_WEEK);
    for (int i = 0, next; i < bill->n_hours; i = next) {
        struct slot *slot = &slots[calendar_hour_of_week(bill->hours[i].epoch_hour)];
        double instances = 0;
        for (next = i;
             next < bill->n_hours && bill->hours[next].epoch_hour == bill->hours[i].epoch_hour;
             next++)
            instances += wanted[bill->hours[next].type] ? bill->hours[next].instances : 0;
        if (instances <= 0)
            continue;
        slot->least = slot->n_seen == 0 ? instances : fmin(slot->least, instances);
        slot->most = fmax(slot->most, instances);
        slot->sum += instances;
        slot->n_seen++;
    }
}

bool cloud_bill_week(const struct cloud_bill *bill, const bool *wanted,
                     double out[CLOUD_BILL_WEEK]) {
    struct slot slots[CLOUD_BILL_WEEK] = {0};
    int64_t period = bill->period_to_hour - bill->period_from_hour;
    double hours = 0, week = 0;
    for (int i = 0; i < bill->n_types; i++)
        hours += wanted[i] ? bill->types[i].hours : 0;
    double mean = hours > 0 && period > 0 ? hours / (double)period : 0;
    for (int k = 0; k < CLOUD_BILL_WEEK; k++)
        out[k] = mean;
    if (mean <= 0 || bill->n_hours == 0 || period < CLOUD_BILL_WEEK)
        return mean > 0;
    add_hours(bill, wanted, slots);
    bool steady = true;
    for (int k = 0; k < CLOUD_BILL_WEEK; k++) {
        const struct slot *slot = &slots[k];
        steady = steady && (slot->n_seen == 0 ||
                            (slot->n_seen == slot->n_hours && slot->most - slot->least < 1e-9));
        out[k] = slot->sum / (double)slot->n_hours;
        week += out[k];
    }
    for (int k = 0; k < CLOUD_BILL_WEEK; k++)
        out[k] = steady || week <= 0 ? out[k] : out[k] * mean * CLOUD_BILL_WEEK / week;
    return true;
}
