/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "law_optimum.h"

#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

struct law_optimum law_optimum_of(struct arena *arena, const struct plan_input *input) {
    struct law_optimum optimum = {0};
    struct err err = {0};
    cr_assert(plan_lp_bound(arena, input, &optimum.usd_per_hour, &optimum.feasible, &err), "%s",
              err.what);
    return optimum;
}

int law_options(const struct plan_input *input) {
    return input->n_candidates + input->n_terms + 1;
}

bool law_without_option(struct arena *arena, const struct plan_input *input, int option,
                        struct plan_input *out) {
    *out = *input;
    if (option < input->n_candidates) {
        size_t n = (size_t)input->n_candidates;
        struct capacity *less = arena_grow(arena, input->capacities, n, n, sizeof *less);
        if (!less[option].feasible)
            return false;
        less[option].feasible = false;
        snprintf(less[option].reason, sizeof less[option].reason, "taken out");
        out->capacities = less;
        return true;
    }
    option -= input->n_candidates;
    if (option < input->n_terms) {
        size_t n = (size_t)input->n_terms;
        struct commitment_terms *less = arena_grow(arena, input->terms, n, n, sizeof *less);
        less[option] = less[n - 1];
        out->terms = less;
        if (input->start_months) {
            uint64_t *months = arena_grow(arena, input->start_months, n, n, sizeof *months);
            months[option] = months[n - 1];
            out->start_months = months;
        }
        if (input->term_zones) {
            int *zones = arena_grow(arena, input->term_zones, n, n, sizeof *zones);
            zones[option] = zones[n - 1];
            out->term_zones = zones;
        }
        out->n_terms--;
        return true;
    }
    out->allow_spot = false;
    return input->allow_spot;
}

/* The offers and what is owned, to be changed. */
static void copy_prices(struct arena *arena, struct plan_input *input) {
    size_t n = (size_t)input->n_offers, n_owned = (size_t)input->n_owned;
    struct offer *offers = arena_grow(arena, input->offers, n, n, sizeof *offers);
    for (size_t i = 0; i < n; i++) {
        size_t n_rates = (size_t)offers[i].n_commitments;
        offers[i].commitments = arena_grow(arena, offers[i].commitments, n_rates, n_rates,
                                           sizeof *offers[i].commitments);
    }
    input->offers = offers;
    input->owned = arena_grow(arena, input->owned, n_owned, n_owned, sizeof *input->owned);
}

static usd_pico raised(usd_pico rate, struct rng *rng) {
    if (!rng)
        return 2 * rate;
    return rng_below(rng, 2) ? rate : rate + rate / 100 * (int64_t)rng_below(rng, 61);
}

/* rng NULL: doubled. */
static void raise_offer(struct offer *offer, bool on_demand, struct rng *rng) {
    struct quote *quotes[] = {&offer->spot, &offer->gb_second, &offer->million_requests,
                              &offer->million_input_tokens, &offer->million_output_tokens};
    for (size_t k = 0; k < sizeof quotes / sizeof *quotes; k++)
        quotes[k]->rate = raised(quotes[k]->rate, rng);
    if (on_demand)
        offer->on_demand.rate = raised(offer->on_demand.rate, rng);
    struct commitment_quote *commitments = (struct commitment_quote *)offer->commitments;
    for (int k = 0; k < offer->n_commitments; k++)
        commitments[k].effective.rate = raised(commitments[k].effective.rate, rng);
}

struct plan_input law_dearer(struct arena *arena, const struct plan_input *input, struct rng *rng) {
    struct plan_input dearer = *input;
    copy_prices(arena, &dearer);
    bool on_demand = input->n_owned == 0 || input->policy.coverage_max >= 1;
    for (int i = 0; i < input->n_offers; i++)
        raise_offer((struct offer *)&dearer.offers[i], on_demand, rng);
    for (int i = 0; i < input->n_owned; i++) {
        struct commitment *owned = (struct commitment *)&dearer.owned[i];
        owned->hourly = raised(owned->hourly, rng);
    }
    return dearer;
}

struct plan_input law_twice_as_dear(struct arena *arena, const struct plan_input *input) {
    struct plan_input twice = *input;
    copy_prices(arena, &twice);
    for (int i = 0; i < input->n_offers; i++)
        raise_offer((struct offer *)&twice.offers[i], true, NULL);
    size_t n_candidates = (size_t)input->n_candidates;
    if (input->way_out_usd_per_request) {
        double *way_out = arena_grow(arena, input->way_out_usd_per_request, n_candidates,
                                     n_candidates, sizeof *way_out);
        for (size_t c = 0; c < n_candidates; c++)
            way_out[c] *= 2;
        twice.way_out_usd_per_request = way_out;
    }
    for (int i = 0; i < input->n_owned; i++) {
        struct commitment *owned = (struct commitment *)&twice.owned[i];
        usd_pico *rates = arena_new(arena, usd_pico, input->n_offers);
        for (int o = 0; o < input->n_offers && owned->plan_rates; o++)
            rates[o] = 2 * owned->plan_rates[o];
        owned->plan_rates = owned->plan_rates ? rates : NULL;
        owned->hourly *= 2;
        owned->plan_usd_per_hour *= 2;
    }
    if (twice.policy.upfront_usd_max > 0)
        twice.policy.upfront_usd_max *= 2;
    return twice;
}

struct plan_input law_unbound_quotas(struct arena *arena, const struct plan_input *input) {
    static const char *const groups[] = {"Standard", "G", "P", "Inf", "Trn", "X"};
    enum { GROUPS = sizeof groups / sizeof *groups };
    struct plan_input more = *input;
    size_t n = (size_t)input->n_quotas;
    struct plan_quota *quotas = arena_grow(arena, input->quotas, n, n + 2 * GROUPS, sizeof *quotas);
    for (int g = 0; g < 2 * GROUPS; g++)
        quotas[n++] = (struct plan_quota){groups[g / 2], g % 2 == 1, 1e7};
    more.quotas = quotas;
    more.n_quotas = (int)n;
    return more;
}
