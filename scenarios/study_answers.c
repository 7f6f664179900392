/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_answers.h"

#include <math.h>
#include <string.h>

#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"
#include "scenarios/study_transfer.h"

#define HOUR_BYTES_MAX 9e18 /* a row counts them in 64 bits */
enum { SECONDS_PER_HOUR = 3600 };

int study_times_metered(const char *way) {
    return strcmp(way, "cross-zone") == 0 ? 2 : 1;
}

/* "us-east-2" of "cross-region/us-east-2"; NULL: no row of a pair. */
static const char *end_of_pair(const struct price *price) {
    static const char pair[] = "cross-region/";
    bool is_pair = price->kind == OFFER_TRANSFER && strncmp(price->sku, pair, sizeof pair - 1) == 0;
    return is_pair ? price->sku + sizeof pair - 1 : NULL;
}

/* Answers may go where nothing is sold, as long as the book knows of the region: by a rate there or
 * by one of the way to it. */
static bool check_destination(const struct study_offers *offers, const struct answers_spec *spec) {
    const struct price_book *book = &offers->study->book;
    const char **names = arena_new(offers->arena, const char *, 2 * book->n_prices);
    int n = 0;
    for (int i = 0; i < book->n_prices; i++) {
        const char *end = end_of_pair(&book->prices[i]);
        names[n++] = book->prices[i].region;
        if (end)
            names[n++] = end;
    }
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], spec->to) == 0)
            return true;
    study_unknown_name(offers, spec->to_place, "region", spec->to, names, n,
                       arena_printf(offers->arena,
                                    "the price book %s has no rate there, nor one of a way to it",
                                    book->name));
    return false;
}

void study_add_ways_out(struct study_offers *offers, const struct candidate *candidates, int n) {
    for (int c = 0; c < n; c++) {
        const struct answers_spec *spec =
            &offers->study->scenario.workloads[candidates[c].workload].answers;
        if (spec->over && spec->to && !check_destination(offers, spec))
            return;
        if (!spec->over || study_transfer_open(offers, spec->over, candidates[c].region, spec->to))
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
    int64_t arrived = 0;
    double told = 0;
    for (int h = 0; h < result->n_hours; h++) {
        arrived += result->hours[h].arrived;
        double upto = rint(bytes * (double)arrived / (double)result->arrived);
        ENSURE(upto - told < HOUR_BYTES_MAX);
        if (upto > told)
            rows[result->ledger.n_rows++] =
                (struct usage_row){.kind = USAGE_TRANSFER_BYTES,
                                   .offer = offer,
                                   .workload = workload,
                                   .from_s = (int64_t)h * SECONDS_PER_HOUR,
                                   .to_s = (int64_t)(h + 1) * SECONDS_PER_HOUR,
                                   .quantity = (int64_t)(upto - told)};
        told = upto;
    }
}

void study_append_answers(struct arena *arena, const struct study *study,
                          const struct replay_input *input, const int *candidates,
                          struct replay_result *result) {
    const struct answers_spec *spec = &study->scenario.workloads[input->workload].answers;
    double all = spec->over ? finished_in(study, input, candidates, result, NULL) : 0;
    if (all <= 0 || result->arrived == 0)
        return;
    double bytes =
        study_times_metered(spec->over) * ((double)result->finished * spec->bytes_per_request +
                                           (double)result->output_tokens * spec->bytes_per_token);
    for (int o = 0; o < study->n_offers; o++) {
        const char *region = study->offers[o].region;
        if (study_transfer_offer(study, spec->over, region, spec->to) != o)
            continue;
        double here = finished_in(study, input, candidates, result, region);
        size_t n = (size_t)result->ledger.n_rows;
        struct usage_row *rows =
            arena_grow(arena, result->ledger.rows, n, n + (size_t)result->n_hours, sizeof *rows);
        append_hours(input->workload, o, bytes * here / all, rows, result);
        result->ledger.rows = rows;
    }
}

/* ---- in the plan ---- */

/* As metered. */
static double bytes_of_request(const struct study *study, int workload) {
    const struct answers_spec *spec = &study->scenario.workloads[workload].answers;
    if (!spec->over)
        return 0;
    return study_times_metered(spec->over) *
           (spec->bytes_per_request +
            spec->bytes_per_token * traffic_mean_output(&study->traffics[workload]));
}

/* Over the horizon, of the solver's workload. */
static double requests_of(const struct demand *demand, int workload) {
    double requests = 0;
    for (int h = 0; h < demand->n_hours; h++)
        requests += SECONDS_PER_HOUR * demand->weight[h] *
                    demand->rate_per_second[workload * demand->n_hours + h];
    return requests;
}

static bool goes_out(const struct study *study, int workload, const struct offer *offer) {
    const struct answers_spec *spec = &study->scenario.workloads[workload].answers;
    bool any = false;
    if (!spec->over || offer->kind != OFFER_TRANSFER ||
        study_transfer_offer(study, spec->over, offer->region, spec->to) != offer - study->offers)
        return false;
    for (int c = 0; c < study->n_candidates; c++)
        any = any || (study->candidates[c].workload == workload &&
                      strcmp(study->candidates[c].region, offer->region) == 0);
    return any;
}

/* Of so many GB a month, as they are billed. */
static double mean_rate(const struct quote *quote, double gb) {
    double usd = 0, from = 0;
    if (quote->n_tiers == 0 || !(gb > 0))
        return money_rate_usd(quote->rate);
    for (int t = 0; t <= quote->n_tiers && from < gb; t++) {
        double to = t < quote->n_tiers ? fmin((double)quote->tiers[t].from, gb) : gb;
        usd += fmax(to - from, 0) * money_rate_usd(t == 0 ? quote->rate : quote->tiers[t - 1].rate);
        from = fmax(to, from);
    }
    return usd / gb;
}

static double usd_per_gb(const struct study *study, const struct offer *offer) {
    double gb = 0, months = study->demand.horizon_hours / HOURS_PER_MONTH;
    for (int w = 0; w < study->scenario.n_workloads; w++)
        if (goes_out(study, w, offer))
            gb += bytes_of_request(study, w) / (double)BYTES_PER_BILLED_GB *
                  requests_of(&study->demand, w) / months;
    return mean_rate(&offer->gigabyte, gb);
}

/* Of what is planned for; both sides of a rollout may be planned for all of it. */
static double expected_share(const struct study *study, int workload,
                             const struct demand *planned) {
    double requests = 0;
    for (int w = 0; w < planned->n_workloads; w++)
        if (study_split_of(study, w) == workload)
            requests += requests_of(planned, w);
    return requests > 0 ? fmin(requests_of(&study->demand, workload) / requests, 1) : 1;
}

/* The cheapest of a workload is paid for every request, wherever it goes. */
static double least_of(const struct study *study, const double *usd, int workload) {
    double least = INFINITY;
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].workload == workload)
            least = fmin(least, usd[c]);
    return least;
}

const double *study_ways_out(struct arena *arena, const struct study *study,
                             const struct demand *planned) {
    double *usd = arena_new(arena, double, study->n_candidates);
    bool any = false;
    for (int o = 0; o < study->n_offers; o++)
        for (int c = 0; c < study->n_candidates; c++) {
            const struct offer *offer = &study->offers[o];
            int w = study->candidates[c].workload;
            if (!goes_out(study, w, offer) ||
                strcmp(offer->region, study->candidates[c].region) != 0)
                continue;
            usd[c] =
                bytes_of_request(study, w) / (double)BYTES_PER_BILLED_GB * usd_per_gb(study, offer);
            any = true;
        }
    for (int w = 0; any && w < study->scenario.n_workloads; w++) {
        double spared = (1 - expected_share(study, w, planned)) * least_of(study, usd, w);
        for (int c = 0; c < study->n_candidates; c++)
            if (study->candidates[c].workload == w)
                usd[c] = fmax(usd[c] - spared, 0);
    }
    return any ? usd : NULL;
}
