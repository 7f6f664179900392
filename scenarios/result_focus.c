/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statement of the horizon as FOCUS rows, each billed with its month, and what is paid beside
 * it as the allocation has it: together what is paid, and what it costs, to the nano-dollar. Models
 * made once are no charge of the provider. A row's charges lie in its calendar month, but what is
 * paid at the start of a commitment is for its term. */
#include <math.h>

#include "pricing/focus.h"
#include "scenarios/result.h"
#include "scenarios/study_job_cover.h"
#include "scenarios/study_volumes.h"

/* The whole calendar month that month m of the statement lies in: the invoice's. */
static void set_billing_period(const struct statement *statement, int month,
                               struct focus_row *row) {
    struct date first = statement_month_starts(statement, month);
    first.day = 1;
    row->billing_from_hour = 24 * calendar_days(first);
    row->billing_to_hour = 24 * calendar_days(calendar_add_months(first, 1));
}

static void append_row(const struct study *study, const struct statement_row *from,
                       struct text *out) {
    struct focus_row row = {
        .account = study->scenario.name,
        .charge_from_hour = from->from_hour,
        .charge_to_hour = from->to_hour,
        .purchase = from->purchase,
        .kind = from->kind,
        .usage = from->usage,
        .offer = from->offer < 0 ? NULL : &study->offers[from->offer],
        .zone = from->zone > 0 ? study->scenario.spot.zones[from->zone - 1].zone : NULL,
        .quantity = from->quantity,
        .billed = from->billed,
        .effective = from->effective,
    };
    set_billing_period(study->statement, from->month, &row);
    if (from->commitment) {
        row.commitment = &from->commitment->commitment;
        row.commitment_id = study_commitment_id(out->arena, study, from->commitment);
    }
    if (from->reservation)
        row.reservation_id = study_commitment_id(out->arena, study, from->reservation);
    if (from->workload >= 0) {
        row.workload = study_user_name(study, from->workload);
        row.tags = study_user_tags(study, from->workload, &row.n_tags);
    }
    focus_append_row(&row, out);
}

/* ---- beside the statement ---- */

static struct focus_row row_beside(const struct study *study,
                                   const struct allocation_share *share) {
    const struct statement *statement = study->statement;
    const struct payer *payer = &study->allocation->payers[share->payer];
    int64_t from = statement->month_hours[share->month];
    int64_t to = statement->month_hours[share->month + 1];
    struct focus_row row = {.account = study->scenario.name,
                            .charge_from_hour = from,
                            .charge_to_hour = to,
                            .kind = CHARGE_ON_DEMAND,
                            .usage = USAGE_INSTANCE,
                            .workload = payer->name,
                            .tags = payer->tags,
                            .n_tags = payer->n_tags,
                            .billed = share->cash,
                            .effective = share->amortised};
    set_billing_period(statement, share->month, &row);
    return row;
}

/* So many units of an item, priced at what they come to. */
static void append_item(struct focus_row row, struct focus_item item, double units,
                        struct text *out) {
    item.usd_per_unit = units > 0 ? money_amount_usd(row.effective) / units : 0;
    row.item = &item;
    row.quantity = units;
    focus_append_row(&row, out);
}

/* GB, IOPS and throughput, each a row of as many months as its part of the money comes to. */
static void append_volumes(const struct study *study, struct focus_row row,
                           struct pool_volume volume, struct text *out) {
    double usd[3];
    usd_nano parts[3];
    if (row.effective == 0 || volume.gb == 0)
        return;
    const int64_t units[] = {volume.gb, volume.iops, volume.mbps};
    double month_s = 3600.0 * (double)(row.billing_to_hour - row.billing_from_hour);
    study_volume_parts_usd(study, &volume, usd);
    money_split(row.effective, usd, 3, parts);
    row.kind = CHARGE_VOLUME;
    row.offer = &study->offers[volume.offer];
    for (int i = 0; i < 3; i++) {
        row.usage = (enum usage_kind)(USAGE_VOLUME_GB_S + i);
        row.billed = row.effective = parts[i];
        row.quantity =
            usd[i] > 0 ? money_amount_usd(parts[i]) / usd[i] * (double)units[i] * month_s : 0;
        if (parts[i] != 0)
            focus_append_row(&row, out);
    }
}

/* The rows of the volumes, which are `share` of the money; `row` keeps the rest. */
static void split_volumes(const struct study *study, struct focus_row *row, double share,
                          struct pool_volume volume, struct text *out) {
    usd_nano parts[2];
    struct focus_row of_volumes = *row;
    money_split(row->effective, (const double[]){1 - share, share}, 2, parts);
    row->billed = row->effective = parts[0];
    of_volumes.effective = parts[1];
    append_volumes(study, of_volumes, volume, out);
}

static void append_station(const struct study *study, struct focus_row row, int index,
                           struct text *out) {
    const struct study_station *station = &study->stations[index];
    const struct study_station_use *use = &study->recommended.stations[index];
    double share = use->usd_per_month > 0 ? use->volumes_usd_per_month / use->usd_per_month : 0;
    split_volumes(study, &row, share,
                  study_volume_with(study, station->volume_offer, station->weight_bytes), out);
    row.offer = &study->offers[station->offer];
    double rate = money_rate_usd(row.offer->on_demand.rate);
    row.quantity = rate > 0 ? 3600 * money_amount_usd(row.effective) / rate : 0;
    focus_append_row(&row, out);
}

/* Of one run. */
static double node_hours(const struct study_job_setup *setup) {
    return setup->useful_hours + setup->checkpoint_hours + setup->restore_hours +
           setup->lost_hours + setup->idle_hours;
}

/* Nodes of a cluster are charged at its rate, used or idle. */
static void append_on_cluster(const struct study *study, struct focus_row row, int cluster,
                              struct text *out) {
    const struct job_cluster *spec = &study->scenario.clusters[cluster];
    const struct study_cluster *held = &study->clusters[cluster];
    double rate = held->usd_per_hour - held->volume_usd_per_hour;
    split_volumes(study, &row, held->volume_usd_per_hour / held->usd_per_hour,
                  study_volume_with(study, study_volume_offer(study, spec->region), 0), out);
    struct focus_item item = {FOCUS_INSTANCES, spec->instance, "Instance hours",
                              spec->region,    "Hours",        0};
    append_item(row, item, rate > 0 ? money_amount_usd(row.effective) / rate : 0, out);
}

static void append_job(const struct study *study, struct focus_row row, int index,
                       struct text *out) {
    const struct job_spec *spec = &study->scenario.jobs[index];
    const struct study_job *job = &study->jobs[index];
    const struct study_job_setup *setup = &job->setups[job->chosen];
    double part = job->usd_horizon > 0 ? money_amount_usd(row.effective) / job->usd_horizon : 0;
    double hours = fmax(node_hours(setup) * job->runs - job->covered_node_hours, 0) * part;
    if (setup->option == JOB_CLUSTER) {
        append_on_cluster(study, row, spec->cluster, out);
        return;
    }
    split_volumes(study, &row,
                  job->usd_horizon > 0
                      ? fmin(setup->volumes_usd_per_run * job->runs / job->usd_horizon, 1)
                      : 0,
                  study_job_volume(study, spec, setup->region), out);
    if (setup->option != JOB_BLOCK && setup->offer >= 0 &&
        study->offers[setup->offer].on_demand.known) {
        row.kind = setup->option == JOB_SPOT ? CHARGE_SPOT : CHARGE_ON_DEMAND;
        row.offer = &study->offers[setup->offer];
        row.quantity = 3600 * hours;
        focus_append_row(&row, out);
    } else {
        struct focus_item item = {FOCUS_INSTANCES,
                                  spec->places[setup->place].instance,
                                  setup->option == JOB_BLOCK ? "Capacity block hours"
                                                             : "Instance hours",
                                  spec->regions[setup->region],
                                  "Hours",
                                  0};
        append_item(row, item, hours, out);
    }
}

/* A row for each tier that the data go through, with its reads and moves. */
static void append_storage(const struct study *study, struct focus_row row, int index,
                           struct text *out) {
    static const enum focus_service services[N_STORAGE_ACCESSES] = {
        [ACCESS_INSTANT] = FOCUS_OBJECTS,
        [ACCESS_DELAYED] = FOCUS_OBJECTS,
        [ACCESS_BLOCK] = FOCUS_VOLUMES,
        [ACCESS_FILE] = FOCUS_FILES};
    const struct storage_plan *plan = &study->storage[index];
    double weights[STORAGE_TIERS_MAX];
    usd_nano effective[STORAGE_TIERS_MAX];
    double months = (double)(row.charge_to_hour - row.charge_from_hour) /
                    (double)(row.billing_to_hour - row.billing_from_hour);
    for (int i = 0; i < plan->n; i++)
        weights[i] = plan->stays[i].usd;
    money_split(row.effective, weights, (size_t)plan->n, effective);
    for (int i = 0; i < plan->n; i++) {
        const struct storage_stay *stay = &plan->stays[i];
        const struct storage_tier *tier = &study->storage_tiers.tiers[stay->tier];
        double gb =
            study->scenario.storage[index].data.gb_per_month * (stay->to_month - stay->from_month);
        row.billed = row.effective = effective[i];
        append_item(row,
                    (struct focus_item){services[tier->access], tier->name,
                                        "Storage with its requests", tier->region, "GB-Months", 0},
                    gb * months, out);
    }
}

/* Of a promise by the hour as it falls due. Of one by the year its months are rows of what they
 * cost, without a quantity, and what is charged at its end is a row of the whole year. */
static void append_promise(const struct study *study, struct focus_row row,
                           const struct payer *payer, struct text *out) {
    const struct study_promise_year *year = &study->promise_years[payer->index];
    const struct focus_item item = {FOCUS_CONTRACT, payer->name, "Missing spend", NULL, "USD", 1};
    bool by_year = study->promises[year->promise].by_year;
    usd_nano billed = row.billed;
    row.workload = NULL;
    row.item = &item;
    row.billed = by_year ? 0 : billed;
    row.quantity = by_year ? 0 : money_amount_usd(row.effective);
    if (row.effective > 0) {
        struct focus_row part = row;
        if (by_year && part.charge_from_hour < year->from_hour)
            part.charge_from_hour = year->from_hour;
        if (by_year && part.charge_to_hour > year->to_hour)
            part.charge_to_hour = year->to_hour;
        focus_append_row(&part, out);
    }
    if (!by_year || billed == 0)
        return;
    row.charge_from_hour = year->from_hour;
    row.charge_to_hour = year->to_hour;
    row.billed = billed;
    row.effective = 0;
    row.quantity = money_amount_usd(billed);
    focus_append_row(&row, out);
}

static void append_beside(const struct study *study, const struct allocation_share *share,
                          struct text *out) {
    const struct payer *payer = &study->allocation->payers[share->payer];
    struct focus_row row = row_beside(study, share);
    switch (payer->kind) {
    case PAYER_JOB:
        if (payer->index < study->scenario.n_jobs)
            append_job(study, row, payer->index, out);
        else
            append_on_cluster(study, row, payer->index - study->scenario.n_jobs, out);
        break;
    case PAYER_STORAGE:
        append_storage(study, row, payer->index, out);
        break;
    case PAYER_STATION:
        append_station(study, row, payer->index, out);
        break;
    case PAYER_PROMISE:
        append_promise(study, row, payer, out);
        break;
    case PAYER_MODEL:
    case PAYER_WORKLOAD:
    case PAYER_STREAM:
    case PAYER_IDLE:
    case PAYER_UNUSED:
    case PAYER_OTHERS:
        break;
    }
}

void result_append_focus_csv(const struct study *study, struct text *out) {
    focus_append_header(out);
    for (int i = 0; study->statement && i < study->statement->n_rows; i++)
        append_row(study, &study->statement->rows[i], out);
    for (int i = 0; study->statement && i < study->allocation->n_shares; i++)
        if (study->allocation->shares[i].row < 0)
            append_beside(study, &study->allocation->shares[i], out);
}
