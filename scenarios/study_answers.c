/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_answers.h"

#include <math.h>
#include <string.h>

#include "scenarios/study_parts.h"

enum { SECONDS_PER_HOUR = 3600 };

void study_add_ways_out(struct study_offers *offers, const struct candidate *candidates, int n) {
    for (int c = 0; c < n; c++) {
        const struct answers_spec *spec =
            &offers->study->scenario.workloads[candidates[c].workload].answers;
        if (!spec->over ||
            study_offers_get(offers, spec->over, candidates[c].region, TIER_STANDARD) >= 0)
            continue;
        mistakes_at(offers->mistakes, spec->place,
                    "add a row of kind transfer to a price book of your own, or take it out",
                    "the price book %s has no rate for '%s' in %s", offers->study->book.name,
                    spec->over, candidates[c].region);
        return;
    }
}

static bool is_aside(const struct replay_input *input, int pool) {
    int group = input->pools[pool].group;
    return group > 0 && input->groups[group - 1].aside;
}

/* Requests that the pools of a region finished; NULL: of all. */
static double finished_in(const struct study *study, const struct replay_input *input,
                          const int *candidates, const struct replay_result *result,
                          const char *region) {
    double finished = 0;
    for (int p = 0; p < input->n_pools; p++)
        if (!is_aside(input, p) && candidates[p] >= 0 &&
            (!region || strcmp(study->candidates[candidates[p]].region, region) == 0))
            finished += (double)result->pool_requests[p];
    return finished;
}

static void append_hours(int workload, int offer, double bytes, struct usage_row *rows,
                         struct replay_result *result) {
    int64_t arrived = 0, told_mb = 0;
    for (int h = 0; h < result->n_hours; h++) {
        arrived += result->hours[h].arrived;
        int64_t mb = llround(bytes * (double)arrived / (double)result->arrived / 1e6);
        if (mb > told_mb)
            rows[result->ledger.n_rows++] =
                (struct usage_row){.kind = USAGE_TRANSFER_MB,
                                   .offer = offer,
                                   .workload = workload,
                                   .from_s = (int64_t)h * SECONDS_PER_HOUR,
                                   .to_s = (int64_t)(h + 1) * SECONDS_PER_HOUR,
                                   .quantity = mb - told_mb};
        told_mb = mb;
    }
}

void study_append_answers(struct arena *arena, const struct study *study,
                          const struct replay_input *input, const int *candidates,
                          struct replay_result *result) {
    const struct answers_spec *spec = &study->scenario.workloads[input->workload].answers;
    double all = spec->over ? finished_in(study, input, candidates, result, NULL) : 0;
    if (all <= 0 || result->arrived == 0)
        return;
    double bytes = (double)result->finished * spec->bytes_per_request +
                   (double)result->output_tokens * spec->bytes_per_token;
    for (int o = 0; o < study->n_offers; o++) {
        const struct offer *offer = &study->offers[o];
        if (offer->kind != OFFER_TRANSFER || strcmp(offer->sku, spec->over) != 0)
            continue;
        double here = finished_in(study, input, candidates, result, offer->region);
        size_t n = (size_t)result->ledger.n_rows;
        struct usage_row *rows =
            arena_grow(arena, result->ledger.rows, n, n + (size_t)result->n_hours, sizeof *rows);
        append_hours(input->workload, o, bytes * here / all, rows, result);
        result->ledger.rows = rows;
    }
}
