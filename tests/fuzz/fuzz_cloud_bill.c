/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cloud_bill_read: finite sums and hours inside the bill's period, or a mistake at its place. */
#include <math.h>

#include "pricing/cloud_bill.h"
#include "target.h"

const char *const fuzz_name = "cloud_bill";
const bool fuzz_unpacks = true;
const char *const fuzz_words[] = {"BilledCost,",
                                  "ChargePeriodStart,",
                                  "line_item_usage_start_date,",
                                  "2026-07-01T00:00:00Z,",
                                  "2026-07-01 01:00:00,",
                                  "Usage,",
                                  "Committed,",
                                  "Dynamic,",
                                  "Correction,",
                                  "BillingPeriodStart,",
                                  "BillingPeriodEnd,",
                                  "2026-08-01T00:00:00Z,",
                                  "Minutes,",
                                  "SavingsPlanCoveredUsage,",
                                  "BoxUsage:g5.xlarge,",
                                  "\"{\"\"InstanceType\"\":\"\"g5.xlarge\"\"}\"",
                                  "Hours,",
                                  "USD,",
                                  "1e308,",
                                  "-1,",
                                  "PAR1",
                                  "\n",
                                  ",",
                                  "\"",
                                  "\xff",
                                  NULL};

/* No hour of the week has less than nothing, and where all types together ran, something ran. */
static void check_weeks(struct arena *arena, const struct cloud_bill *bill, bool fine) {
    bool *wanted = arena_new(arena, bool, fine ? bill->n_types : 0);
    double week[CLOUD_BILL_WEEK], sum = 0;
    for (int i = 0; fine && i < bill->n_types; i++)
        wanted[i] = true;
    bool ran = fine && cloud_bill_week(bill, wanted, week);
    for (int k = 0; ran && k < CLOUD_BILL_WEEK; k++) {
        ENSURE(isfinite(week[k]) && week[k] >= 0);
        sum += week[k];
    }
    ENSURE(!ran || sum > 0);
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill = {.n_types = -7};
    struct source *source = source_open_memory(&arena, bytes, "fuzzed", &err);
    ENSURE(source != NULL);
    bool fine = cloud_bill_read(&arena, source, &bill, &err);
    ENSURE(fine ? bill.n_types >= 0 && bill.n_rows > 0 : bill.n_types == -7);
    for (int i = 0; fine && i < bill.n_types; i++)
        ENSURE(isfinite(bill.types[i].hours) &&
               (bill.types[i].hours >= 0 || bill.n_corrections > 0));
    for (int i = 0; fine && i < bill.n_hours; i++) {
        const struct cloud_bill_hour *hour = &bill.hours[i];
        ENSURE(hour->type >= 0 && hour->type < bill.n_types);
        ENSURE(hour->instances > 0 && isfinite(hour->instances));
        ENSURE(hour->epoch_hour >= bill.from_hour && hour->epoch_hour < bill.to_hour);
    }
    check_weeks(&arena, &bill, fine);
    if (!fine)
        fuzz_check_words(&err);
    source_close(source);
    arena_release(&arena);
    return fine;
}
