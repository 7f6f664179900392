/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/bill_check.h"

#include <math.h>

#include "pricing/bill_meter.h"

#define INSTANCES_MAX 1000000LL /* in a row, and in a commitment: keeps products below 128 bits */
#define HOURLY_MAX 10000000000000000LL /* 10,000 USD an hour */
enum { ZONES_MAX = 1000 };

static bool has_rate(const struct quote *quote, const struct offer *offer, const char *what,
                     struct err *err) {
    if (quote->known && quote->rate > 0)
        return true;
    return err_set(err, ERR_BUG, "usage of %s in %s without its %s rate", offer->sku, offer->region,
                   what);
}

static bool check_rates(const struct offer *offer, const struct usage_row *row, struct err *err) {
    static const enum offer_kind kinds[USAGE_KINDS] = {
        OFFER_INSTANCE,  OFFER_FUNCTION, OFFER_FUNCTION, OFFER_TOKEN_API, OFFER_TOKEN_API,
        OFFER_TOKEN_API, OFFER_FUNCTION, OFFER_FUNCTION, OFFER_TOKEN_API, OFFER_TRANSFER,
        OFFER_STORAGE,   OFFER_STORAGE,  OFFER_STORAGE,  OFFER_TRANSFER,  OFFER_STORAGE};
    if (offer->kind != kinds[row->kind])
        return err_set(err, ERR_BUG, "usage of %s in %s is of another kind than the offer",
                       offer->sku, offer->region);
    const char *what;
    const struct quote *quote = bill_quote_of(offer, row->kind, &what);
    return has_rate(quote, offer, what, err) &&
           (!row->spot || has_rate(&offer->spot, offer, "spot", err));
}

static bool check_row(const struct bill_input *in, const struct usage_row *row, int64_t n_seconds,
                      int index, struct err *err) {
    bool instance = row->kind == USAGE_INSTANCE;
    if ((size_t)row->kind >= USAGE_KINDS || row->offer < 0 || row->offer >= in->n_offers ||
        row->workload < USAGE_OTHERS || row->zone < 0 || row->zone > ZONES_MAX)
        return err_set(err, ERR_BUG, "usage row %d names no offer, workload or zone", index);
    if (row->from_s < 0 || row->to_s < row->from_s || row->to_s > n_seconds ||
        (!instance && row->from_s >= n_seconds))
        return err_set(err, ERR_BUG, "usage row %d lies outside the ledger", index);
    if (row->quantity < 0 || (instance && row->quantity > INSTANCES_MAX) ||
        (!instance && (row->spot || row->zone)) || (row->interrupted && !row->spot) ||
        (row->spot && row->workload == USAGE_OTHERS))
        return err_set(err, ERR_BUG, "usage row %d has an impossible quantity or mark", index);
    return check_rates(&in->offers[row->offer], row, err);
}

static bool check_commitment(const struct bill_input *in, const struct commitment *c,
                             struct err *err) {
    const char *name = c->name ? c->name : "?";
    if (c->to_s < c->from_s)
        return err_set(err, ERR_BUG, "commitment '%s' ends before it begins", name);
    if (commitment_kind_is_plan(c->terms.kind)) {
        if (c->plan_usd_per_hour < 0 || !c->plan_rates)
            return err_set(err, ERR_BUG, "commitment '%s' has no plan rates", name);
        return true;
    }
    bool units = c->terms.kind == COMMIT_MODEL_UNITS;
    bool offer_ok = c->offer >= 0 && c->offer < in->n_offers &&
                    in->offers[c->offer].kind == (units ? OFFER_TOKEN_API : OFFER_INSTANCE);
    if (!offer_ok || c->hourly <= 0 || c->hourly > HOURLY_MAX || !isfinite(c->count) ||
        c->count < 0 || c->count > (double)INSTANCES_MAX || c->zone < 0 || c->zone > ZONES_MAX)
        return err_set(err, ERR_BUG, "commitment '%s' covers no offer", name);
    if (!commitment_kind_is_reserved(c->terms.kind) && c->count != floor(c->count))
        return err_set(err, ERR_BUG, "commitment '%s' holds a part of %s", name,
                       units ? "a model unit" : "an instance");
    return c->terms.kind != COMMIT_CAPACITY_RESERVATION ||
           has_rate(&in->offers[c->offer].on_demand, &in->offers[c->offer], "on-demand", err);
}

bool bill_check(const struct bill_input *in, struct err *err) {
    for (int p = 0; p < in->n_parts; p++) {
        const struct usage_ledger *part = &in->parts[p];
        if (part->n_seconds < 0 || part->n_rows < 0)
            return err_set(err, ERR_BUG, "a ledger of negative length");
        if (part->n_seconds != in->parts[0].n_seconds)
            return err_set(err, ERR_BUG, "pieces of a ledger of several lengths");
        for (int i = 0; i < part->n_rows; i++)
            if (!check_row(in, &part->rows[i], part->n_seconds, i, err))
                return false;
    }
    for (int i = 0; i < in->n_commitments; i++)
        if (!check_commitment(in, &in->commitments[i], err))
            return false;
    return true;
}
