/* SPDX-License-Identifier: GPL-3.0-or-later */
/* demand.hourly that names the provider's bill: the instances of the types under run_on that ran in
 * each hour of the bill's period, however they were bought, times the requests that one serves in
 * an hour. It is read as the hourly series that it stands for. */
#include <string.h>

#include "base/calendar.h"
#include "pricing/cloud_bill.h"
#include "scenarios/study_parts.h"

static bool mistake(struct mistakes *mistakes, const struct demand_spec *demand, const char *hint,
                    const char *what) {
    mistakes_at(mistakes, demand->path_place, hint, "'%s' %s", demand->path, what);
    return false;
}

static bool check(const struct demand_spec *demand, const struct cloud_bill *bill,
                  struct mistakes *mistakes) {
    if (bill->n_hours > 0 && bill->period_to_hour > bill->period_from_hour)
        return true;
    return mistake(mistakes, demand,
                   "export it by the hour: rows by the day do not tell when instances ran",
                   "is a bill without hours of instances");
}

/* hour,requests over the bill's period; NULL: nothing of run_on ran. */
static const char *series(struct arena *arena, const struct study *study,
                          const struct workload *workload, double per_hour,
                          const struct cloud_bill *bill) {
    bool *wanted = arena_new(arena, bool, bill->n_types);
    struct text out = {.arena = arena};
    bool any = false;
    for (int i = 0; i < bill->n_types; i++)
        wanted[i] = study_listed_sku(study, workload, bill->types[i].instance) != NULL;
    text_append_string(&out, "hour,requests\n");
    int at = 0;
    for (int64_t hour = bill->period_from_hour; hour < bill->period_to_hour; hour++) {
        char stamp[32];
        double instances = 0;
        while (at < bill->n_hours && bill->hours[at].epoch_hour < hour)
            at++;
        for (; at < bill->n_hours && bill->hours[at].epoch_hour == hour; at++)
            instances += wanted[bill->hours[at].type] ? bill->hours[at].instances : 0;
        calendar_format_hour(stamp, hour);
        text_printf(&out, "%s,%.9g\n", stamp, instances * per_hour);
        any = any || instances > 0;
    }
    return any ? out.data : NULL;
}

bool study_is_bill(struct source *source) {
    struct bytes head;
    return source_peek(source, &head, NULL) && cloud_bill_format_of(head) != CLOUD_BILL_NONE;
}

bool study_read_bill_demand(struct arena *arena, const struct study *study,
                            const struct workload *workload, const struct demand_spec *demand,
                            struct source *source, struct trace *out, struct mistakes *mistakes) {
    struct err err = {0};
    struct cloud_bill bill;
    if (demand->kind != DEMAND_HOURLY)
        return mistake(mistakes, demand, "write it as hourly: and state per_instance_hour",
                       "is the provider's bill, not a request log");
    if (demand->per_instance_hour <= 0)
        return mistake(mistakes, demand,
                       "state per_instance_hour: the requests that one instance serves in an hour",
                       "is a bill: it tells hours of instances, not requests");
    if (!cloud_bill_read(arena, source, &bill, &err)) {
        mistakes_add(mistakes, &err);
        return false;
    }
    if (!check(demand, &bill, mistakes))
        return false;
    const char *text = series(arena, study, workload, demand->per_instance_hour, &bill);
    if (!text)
        return mistake(mistakes, demand,
                       "run_on lists the types that can serve; headroom trace stats shows those of "
                       "a bill",
                       "has no hours of a type under run_on");
    struct source *memory = source_open_memory(arena, bytes_of(text), demand->path, &err);
    bool fine = memory && trace_read(arena, memory, out, &err);
    if (memory)
        source_close(memory);
    if (!fine)
        mistakes_add(mistakes, &err);
    memcpy(out->sha256, bill.sha256, sizeof out->sha256);
    return fine;
}
