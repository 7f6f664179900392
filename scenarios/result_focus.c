/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statement of the horizon as FOCUS rows, each billed with its month. */
#include "pricing/focus.h"
#include "scenarios/result.h"

static void append_row(const struct study *study, const struct statement_row *from,
                       struct text *out) {
    const struct statement *statement = study->statement;
    struct focus_row row = {
        .account = study->scenario.name,
        .billing_from_hour = statement->month_hours[from->month],
        .billing_to_hour = statement->month_hours[from->month + 1],
        .charge_from_hour = from->from_hour,
        .charge_to_hour = from->to_hour,
        .purchase = from->purchase,
        .kind = from->kind,
        .usage = from->usage,
        .offer = from->offer < 0 ? NULL : &study->offers[from->offer],
        .quantity = from->quantity,
        .billed = from->billed,
        .effective = from->effective,
    };
    if (from->commitment) {
        row.commitment = &from->commitment->commitment;
        row.commitment_id = study_commitment_id(out->arena, study, from->commitment);
    }
    if (from->reservation)
        row.reservation_id = study_commitment_id(out->arena, study, from->reservation);
    if (from->workload >= 0) {
        const struct workload *workload = &study->scenario.workloads[from->workload];
        row.workload = workload->name;
        row.tags = workload->tags;
        row.n_tags = workload->n_tags;
    }
    focus_append_row(&row, out);
}

void result_append_focus_csv(const struct study *study, struct text *out) {
    focus_append_header(out);
    for (int i = 0; study->statement && i < study->statement->n_rows; i++)
        append_row(study, &study->statement->rows[i], out);
}
