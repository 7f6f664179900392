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

void study_add_volumes(struct study_offers *offers, const struct candidate *candidates, int n) {
    const struct volume_spec *spec = spec_of(offers->study);
    for (int c = 0; spec && c < n; c++) {
        if (candidates[c].kind != CANDIDATE_INSTANCE)
            continue;
        int at = study_offers_get(offers, spec->tier, candidates[c].region, TIER_STANDARD);
        const char *why = at < 0 ? "" : lacks(offers->arena, spec, &offers->offers[at]);
        if (!why)
            continue;
        mistakes_at(offers->mistakes, spec->place,
                    "headroom prices search storage shows the tiers of the book and their regions; "
                    "a rate can be added in a price book of your own",
                    "the price book %s has no such volume '%s' in %s%s%s", offers->study->book.name,
                    spec->tier, candidates[c].region, *why ? ": " : "", why);
        return;
    }
}

/* ---- what an instance has ---- */

static int offer_in(const struct study *study, const char *tier, const char *region) {
    for (int o = 0; o < study->n_offers; o++)
        if (study->offers[o].kind == OFFER_STORAGE && strcmp(study->offers[o].sku, tier) == 0 &&
            strcmp(study->offers[o].region, region) == 0)
            return o;
    return -1;
}

static int64_t beyond(const struct quote *quote, double asked) {
    double more = asked - (double)quote->included;
    return more > 0 ? llround(more) : 0;
}

struct pool_volume study_volume_of(const struct study *study, int candidate) {
    const struct volume_spec *spec = spec_of(study);
    const struct candidate *c = &study->candidates[candidate];
    int at = spec && c->kind == CANDIDATE_INSTANCE ? offer_in(study, spec->tier, c->region) : -1;
    if (at < 0)
        return (struct pool_volume){0};
    double gib =
        spec->gib > 0
            ? spec->gib
            : study_weight_bytes(study, candidate) / (double)BYTES_PER_BILLED_GB + STUDY_IMAGE_GIB;
    return (struct pool_volume){.offer = at,
                                .gb = (int64_t)ceil(gib),
                                .iops = beyond(&study->offers[at].iops_month, spec->iops),
                                .mbps = beyond(&study->offers[at].mbps_month, spec->mbps)};
}

static double usd_of(const struct quote *quote, int64_t units) {
    return quote->known ? money_rate_usd(quote->rate) * (double)units : 0;
}

double study_volume_usd_per_hour(const struct study *study, int candidate) {
    struct pool_volume volume = study_volume_of(study, candidate);
    if (volume.gb == 0)
        return 0;
    const struct offer *offer = &study->offers[volume.offer];
    return (usd_of(&offer->gb_month, volume.gb) + usd_of(&offer->iops_month, volume.iops) +
            usd_of(&offer->mbps_month, volume.mbps)) /
           HOURS_PER_MONTH;
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
    const int64_t units[] = {volume.gb, volume.iops, volume.mbps};
    int n = 0;
    row.offer = volume.offer;
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
        return "no candidate runs on instances";
    if (spec->gib <= 0)
        text_printf(&text, ": the weights, and %d GiB assumed for system and image",
                    STUDY_IMAGE_GIB);
    return text.data;
}
