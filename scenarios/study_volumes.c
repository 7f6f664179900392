/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_volumes.h"

#include <math.h>
#include <string.h>

#include "scenarios/study_parts.h"
#include "scenarios/study_scaling.h"

static const struct volume_spec *spec_of(const struct study *study) {
    const struct volume_spec *spec = &study->scenario.scaling.volume;
    return spec->tier ? spec : NULL;
}

/* ---- before anything runs ---- */

/* NULL: the tier sells what is asked for. */
static const char *lacks(struct arena *arena, const struct volume_spec *spec,
                         const struct offer *offer) {
    const struct {
        const char *key;
        const struct quote *quote;
        double asked;
    } parts[] = {{"iops", &offer->iops_month, spec->iops},
                 {"throughput", &offer->mbps_month, spec->mbps}};
    if (!offer->gb_month.known)
        return offer->gb_month.reason;
    if (offer->storage.access != ACCESS_BLOCK)
        return "it is no volume that an instance mounts";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct quote *quote = parts[i].quote;
        if (parts[i].asked > 0 && !quote->known)
            return quote->reason;
        if (quote->known && quote->included == 0 && parts[i].asked <= 0)
            return arena_printf(arena, "it has no %s without charge: say how much", parts[i].key);
        if (quote->n_tiers > 0 && parts[i].asked > (double)quote->tiers[0].from)
            return arena_printf(arena, "its first tier of %s ends at %lld", parts[i].key,
                                (long long)quote->tiers[0].from);
    }
    return NULL;
}

int study_open_volume(struct study_offers *offers, const char *region) {
    const struct volume_spec *spec = spec_of(offers->study);
    if (!spec)
        return -1;
    int at = study_offers_get(offers, spec->tier, region, TIER_STANDARD);
    const char *why = at < 0 ? "" : lacks(offers->arena, spec, &offers->offers[at]);
    if (!why)
        return at;
    mistakes_at(offers->mistakes, spec->place,
                "headroom prices search storage shows the tiers of the book and their regions; "
                "a rate can be added in a price book of your own",
                "the price book %s has no such volume '%s' in %s%s%s", offers->study->book.name,
                spec->tier, region, *why ? ": " : "", why);
    return -1;
}

void study_add_volumes(struct study_offers *offers, const struct candidate *candidates, int n) {
    for (int c = 0; spec_of(offers->study) && c < n; c++)
        if (candidates[c].kind == CANDIDATE_INSTANCE &&
            study_open_volume(offers, candidates[c].region) < 0)
            return;
}

/* ---- what an instance has ---- */

int study_volume_offer(const struct study *study, const char *region) {
    const struct volume_spec *spec = spec_of(study);
    for (int o = 0; spec && o < study->n_offers; o++)
        if (study->offers[o].kind == OFFER_STORAGE &&
            strcmp(study->offers[o].sku, spec->tier) == 0 &&
            strcmp(study->offers[o].region, region) == 0)
            return o;
    return -1;
}

static int64_t beyond(const struct quote *quote, double asked) {
    double more = asked - (double)quote->included;
    return more > 0 ? llround(more) : 0;
}

struct pool_volume study_volume_with(const struct study *study, int offer, double weight_bytes) {
    const struct volume_spec *spec = spec_of(study);
    if (!spec || offer < 0)
        return (struct pool_volume){0};
    double gib =
        spec->gib > 0 ? spec->gib : weight_bytes / (double)BYTES_PER_BILLED_GB + STUDY_IMAGE_GIB;
    return (struct pool_volume){.offer = offer,
                                .gb = (int64_t)ceil(gib),
                                .iops = beyond(&study->offers[offer].iops_month, spec->iops),
                                .mbps = beyond(&study->offers[offer].mbps_month, spec->mbps)};
}

struct pool_volume study_volume_of(const struct study *study, int candidate) {
    const struct candidate *c = &study->candidates[candidate];
    int offer = c->kind == CANDIDATE_INSTANCE ? study_volume_offer(study, c->region) : -1;
    return study_volume_with(study, offer, offer < 0 ? 0 : study_weight_bytes(study, candidate));
}

static double usd_of(const struct quote *quote, int64_t units) {
    return quote->known ? money_rate_usd(quote->rate) * (double)units : 0;
}

void study_volume_parts_usd(const struct study *study, const struct pool_volume *volume,
                            double usd[3]) {
    const struct offer *offer = &study->offers[volume->offer];
    usd[0] = usd_of(&offer->gb_month, volume->gb);
    usd[1] = usd_of(&offer->iops_month, volume->iops);
    usd[2] = usd_of(&offer->mbps_month, volume->mbps);
}

double study_volume_rate(const struct study *study, const struct pool_volume *volume) {
    double usd[3];
    if (volume->gb == 0)
        return 0;
    study_volume_parts_usd(study, volume, usd);
    return (usd[0] + usd[1] + usd[2]) / HOURS_PER_MONTH;
}

double study_volume_usd_per_hour(const struct study *study, int candidate) {
    struct pool_volume volume = study_volume_of(study, candidate);
    return study_volume_rate(study, &volume);
}

const double *study_volumes_usd_per_hour(struct arena *arena, const struct study *study) {
    if (!spec_of(study))
        return NULL;
    double *usd = arena_new(arena, double, study->n_candidates);
    for (int c = 0; c < study->n_candidates; c++)
        usd[c] = study_volume_usd_per_hour(study, c);
    return usd;
}

int study_volume_rows(const struct study *study, int candidate, int64_t instance_s,
                      struct usage_row row, struct usage_row *rows) {
    struct pool_volume volume = study_volume_of(study, candidate);
    row.offer = volume.offer;
    return study_volume_seconds(&volume, instance_s, row, rows);
}

int study_volume_seconds(const struct pool_volume *volume, int64_t instance_s, struct usage_row row,
                         struct usage_row *rows) {
    const int64_t units[] = {volume->gb, volume->iops, volume->mbps};
    int n = 0;
    row.spot = row.interrupted = false;
    row.zone = 0;
    for (int part = 0; part < 3; part++) {
        row.kind = (enum usage_kind)(USAGE_VOLUME_GB_S + part);
        row.quantity = units[part] * instance_s;
        if (row.quantity > 0)
            rows[n++] = row;
    }
    return n;
}

const char *study_volume_words(struct arena *arena, const struct study *study, int candidate) {
    const struct volume_spec *spec = spec_of(study);
    struct pool_volume volume = study_volume_of(study, candidate);
    struct text text = {.arena = arena};
    text_append_string(&text, "");
    if (volume.gb == 0)
        return text.data;
    text_printf(&text, "%s of %lld GiB", spec->tier, (long long)volume.gb);
    if (spec->iops > 0)
        text_printf(&text, ", %.0f IOPS", spec->iops);
    if (spec->mbps > 0)
        text_printf(&text, ", %.0f MiB/s", spec->mbps);
    return text.data;
}

/* Each once: candidates of one model and precision have the same. */
const char *study_volumes_words(struct arena *arena, const struct study *study) {
    const struct volume_spec *spec = spec_of(study);
    struct text text = {.arena = arena};
    if (!spec)
        return "none in plan and bill: scaling.volume states them";
    for (int c = 0; c < study->n_candidates; c++) {
        const char *words = study_volume_words(arena, study, c);
        if (words[0] && (text.n == 0 || !strstr(text.data, words)))
            text_printf(&text, "%s%s", text.n ? "; " : "", words);
    }
    if (text.n == 0)
        text_append_string(&text, "no candidate runs on instances");
    if (spec->gib <= 0)
        text_printf(&text, ": the weights, and %d GiB assumed for system and image",
                    STUDY_IMAGE_GIB);
    if (study->n_stations > 0 || study->scenario.n_jobs > 0)
        text_append_string(&text, "; instances of stations, jobs and clusters too");
    return text.data;
}
