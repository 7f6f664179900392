/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owned commitments: each must have a rate, because a rate of zero would make it free in the plan.
 * Reserved instances and capacity are of one offer, which is made even when nothing in the study
 * runs on it. What is for none of the candidates is told: its cost is on both sides
 * of the comparison. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "pricing/import.h"
#include "scenarios/study_offers.h"
#include "scenarios/study_parts.h"

static bool is_plan(const struct owned_spec *spec) {
    return commitment_kind_is_plan(spec->terms.kind);
}

static const char *region_of(const struct study *study, const struct owned_spec *spec) {
    return spec->region[0] ? spec->region : study->scenario.workloads[0].regions[0];
}

/* The SKU behind the name; a type that the book does not have keeps its name. */
static const char *sku_of(const struct study *study, const struct owned_spec *spec) {
    const char *sku = price_book_sku(&study->book, bytes_of(spec->instance));
    return sku ? sku : spec->instance;
}

static const char *terms_words(struct arena *arena, struct commitment_terms terms) {
    if (commitment_kind_holds_capacity(terms.kind))
        return commitment_kind_word(terms.kind);
    return arena_printf(arena, "%d-year %s", terms.term_years, commitment_kind_word(terms.kind));
}

/* ---- plans ---- */

/* Whether a plan is for an offer, rate or not. */
static bool is_for(const struct study *study, const struct owned_spec *spec,
                   const struct offer *offer) {
    if (offer->kind == OFFER_FUNCTION)
        return spec->terms.kind == COMMIT_PLAN_COMPUTE;
    if (offer->kind != OFFER_INSTANCE ||
        offer_is_sagemaker(offer) != (spec->terms.kind == COMMIT_PLAN_SAGEMAKER))
        return false;
    return spec->terms.kind != COMMIT_PLAN_EC2 ||
           (strcmp(offer->family, spec->family) == 0 &&
            strcmp(offer->region, region_of(study, spec)) == 0);
}

/* ---- a plan's own rates ---- */

/* The rate of an instance or of a function's duration in the plan's own file; NULL: it does not
 * have it. */
static const struct price *own_rate(const struct study *study, const struct owned_spec *spec,
                                    const struct offer *offer, enum price_unit unit) {
    const struct price_book *book = &study->owned_rates[spec - study->scenario.owned];
    enum price_option option = spec->terms.kind == COMMIT_PLAN_EC2       ? PRICE_PLAN_EC2
                               : spec->terms.kind == COMMIT_PLAN_COMPUTE ? PRICE_PLAN_COMPUTE
                                                                         : PRICE_PLAN_SAGEMAKER;
    if (book->n_prices == 0)
        return NULL;
    return price_book_find(book, offer->sku, offer->region, option, spec->terms.term_years,
                           spec->terms.payment, unit);
}

/* What the plan charges: of instances by its own file where it has one, of functions where that
 * tells of them; 0: not covered. */
static usd_pico plan_rate(const struct study *study, const struct owned_spec *spec,
                          const struct offer *offer, enum price_unit unit) {
    const struct scenario *scenario = &study->scenario;
    const struct price *own = spec->rates[0] ? own_rate(study, spec, offer, unit) : NULL;
    if (own || (spec->rates[0] && offer->kind == OFFER_INSTANCE)) {
        return own ? discounts_on_plan(scenario->discounts, scenario->n_discounts, spec->terms.kind,
                                       offer->family, own->rate)
                   : 0;
    }
    const struct commitment_quote *quotes = offer_commitment(offer, spec->terms);
    if (!quotes)
        return 0;
    const struct quote *quote = unit == PER_GB_SECOND_PROVISIONED ? &quotes->provisioned
                                : unit == PER_GB_SECOND_HELD      ? &quotes->held
                                                                  : &quotes->effective;
    return quote->known ? quote->rate : 0;
}

static struct function_plan_rates function_rates(const struct study *study,
                                                 const struct owned_spec *spec,
                                                 const struct offer *offer) {
    return (struct function_plan_rates){plan_rate(study, spec, offer, PER_GB_SECOND),
                                        plan_rate(study, spec, offer, PER_GB_SECOND_PROVISIONED),
                                        plan_rate(study, spec, offer, PER_GB_SECOND_HELD)};
}

static bool covers_function(const struct function_plan_rates *rates) {
    return rates->gb_second > 0 || rates->provisioned_gb_second > 0 || rates->held_gb_second > 0;
}

/* The file tells no day, which only a price book needs. */
static void read_own_rates(struct study_offers *offers, const struct study_options *options,
                           struct study *study, const struct owned_spec *spec,
                           struct price_book *out, bool *paged) {
    struct err err = {0};
    struct source *source = options->files->open(options->files->context, offers->arena,
                                                 spec->rates, spec->rates_relative_to, &err);
    if (!source) {
        mistakes_at(offers->mistakes, spec->rates_place,
                    err.hint[0] ? err.hint
                                : "paths start from the folder of the file that names them",
                    "cannot read the plan's rates '%s': %s", spec->rates, err.what);
        return;
    }
    char day[16];
    calendar_format_date(day, study->scenario.start);
    struct import_request request = {.date = day};
    struct import_report report = {0};
    bool read = price_import(offers->arena, source, &request, &report, &err);
    if (!read)
        mistakes_add(offers->mistakes, &err);
    study_close_input(offers->arena, study, source, read, "plan rates", spec->rates,
                      report.more_pages ? "of an owned savings plan, one page of several"
                                        : "of an owned savings plan");
    *paged = report.more_pages;
    *out = (struct price_book){
        .name = spec->rates, .prices = report.prices, .n_prices = report.n_prices};
}

static bool known_family(const struct study *study, const char *family) {
    size_t n = strlen(family);
    for (int i = 0; i < study->catalog.n_instances; i++)
        if (strcmp(study->catalog.instances[i].family, family) == 0)
            return true;
    for (int i = 0; i < study->book.n_prices; i++)
        if (study->book.prices[i].kind == OFFER_INSTANCE &&
            strncmp(study->book.prices[i].sku, family, n) == 0 &&
            study->book.prices[i].sku[n] == '.')
            return true;
    return false;
}

static void unknown_family(const struct study_offers *offers, const struct owned_spec *spec) {
    const struct catalog *catalog = &offers->study->catalog;
    const char **names = arena_new(offers->arena, const char *, catalog->n_instances);
    for (int i = 0; i < catalog->n_instances; i++)
        names[i] = catalog->instances[i].family;
    study_unknown_name(offers, spec->place, "instance family", spec->family, names,
                       catalog->n_instances,
                       "an EC2 Instance savings plan covers one family in one region");
}

/* "1-year no upfront, 3-year no upfront": the terms of this kind of plan that have a rate for any
 * of the offers it is for. */
static const char *terms_with_rates(const struct study_offers *offers,
                                    const struct owned_spec *spec) {
    static const int years[] = {1, 3};
    struct text words = {.arena = offers->arena};
    text_append_string(&words, "");
    for (int y = 0; y < 2; y++)
        for (int payment = PAY_NO_UPFRONT; payment <= PAY_ALL_UPFRONT; payment++) {
            struct commitment_terms terms = {spec->terms.kind, years[y], (enum payment)payment};
            bool any = false;
            for (int o = 0; o < offers->n && !any; o++) {
                const struct offer *offer = &offers->offers[o];
                if (!is_for(offers->study, spec, offer))
                    continue;
                struct offer other =
                    study_offers_make(offers, offer->sku, offer->region, offer->tier, &terms, 1);
                any = other.n_commitments > 0 && other.commitments[0].effective.known;
            }
            if (any)
                text_printf(&words, "%s%d-year %s", words.n ? ", " : "", years[y],
                            payment_word(terms.payment));
        }
    return words.data;
}

static void tell_uncovered(const struct study_offers *offers, const struct owned_spec *spec,
                           const char *reason) {
    const char *words = terms_words(offers->arena, spec->terms);
    const char *others = terms_with_rates(offers, spec);
    const char *hint =
        others[0]
            ? arena_printf(offers->arena,
                           "terms with rates for this kind of plan: %s; or put the plan's rates "
                           "into a price book of your own",
                           others)
            : arena_printf(
                  offers->arena,
                  "the book and the estimate rules give none: %s; put the plan's rates into "
                  "a price book of your own",
                  reason);
    mistakes_at(offers->mistakes, spec->place, hint,
                "the owned %s, %s, covers nothing: no candidate has a rate under it", words,
                payment_word(spec->terms.payment));
}

static void check_plan(const struct study_offers *offers, const struct owned_spec *spec,
                       bool sound) {
    const char *reason = NULL;
    if (spec->terms.kind == COMMIT_PLAN_EC2 && !known_family(offers->study, spec->family)) {
        unknown_family(offers, spec);
        return;
    }
    for (int o = 0; o < offers->n; o++) {
        const struct offer *offer = &offers->offers[o];
        if (!is_for(offers->study, spec, offer))
            continue;
        struct function_plan_rates functions = function_rates(offers->study, spec, offer);
        bool function = offer->kind == OFFER_FUNCTION;
        if (function ? covers_function(&functions)
                     : plan_rate(offers->study, spec, offer, PER_HOUR) > 0)
            return;
        if (function)
            continue; /* the book need not know what plans charge for it */
        const struct commitment_quote *quote = offer_commitment(offer, spec->terms);
        ENSURE(quote);
        reason = spec->rates[0] ? offer->sku : quote->effective.reason;
    }
    if (sound && reason && spec->rates[0])
        mistakes_at(offers->mistakes, spec->rates_place,
                    "state the plan's term and payment, and export all of its rates",
                    "'%s' has no rate of a %s, %s, for any candidate, %s for one", spec->rates,
                    terms_words(offers->arena, spec->terms), payment_word(spec->terms.payment),
                    reason);
    else if (sound && reason)
        tell_uncovered(offers, spec, reason);
}

/* ---- reserved ---- */

/* A reservation costs the on-demand rate. */
static const struct quote *capacity_quote(const struct owned_spec *spec,
                                          const struct offer *offer) {
    return spec->terms.kind == COMMIT_CAPACITY_BLOCK ? &offer->capacity_block : &offer->on_demand;
}

/* What one instance hour costs: as stated, else by the book and its rules; 0 when unknown. */
static usd_pico hourly_of(const struct owned_spec *spec, const struct offer *offer) {
    if (spec->rate_usd_per_hour > 0)
        return money_rate_from_usd(spec->rate_usd_per_hour);
    if (commitment_kind_holds_capacity(spec->terms.kind)) {
        const struct quote *quote = capacity_quote(spec, offer);
        return quote->known ? quote->rate : 0;
    }
    const struct commitment_quote *quote = offer_commitment(offer, spec->terms);
    return quote && quote->effective.known ? quote->effective.rate : 0;
}

/* Of what a partial upfront costs at the book's rate: the fee at purchase that the book states. */
static double fee_share_of(const struct owned_spec *spec, const struct offer *offer) {
    if (spec->rate_usd_per_hour > 0 || spec->terms.payment != PAY_PARTIAL_UPFRONT ||
        commitment_kind_holds_capacity(spec->terms.kind))
        return 0;
    const struct commitment_quote *quote = offer_commitment(offer, spec->terms);
    return quote && quote->upfront > 0 ? commitment_quote_upfront_share(quote) : 0;
}

static bool known_instance(const struct study *study, const char *sku) {
    if (catalog_instance(&study->catalog, bytes_of(sku)))
        return true;
    for (int i = 0; i < study->book.n_prices; i++)
        if (strcmp(study->book.prices[i].sku, sku) == 0)
            return study->book.prices[i].kind == OFFER_INSTANCE;
    return false;
}

static void unknown_instance(const struct study_offers *offers, const struct owned_spec *spec) {
    int n_catalog, n_book, n = 0;
    const char *const *catalog =
        catalog_instance_names(&offers->study->catalog, offers->arena, &n_catalog);
    const char *const *book = price_book_names(&offers->study->book, offers->arena, &n_book);
    const char **names = arena_new(offers->arena, const char *, n_catalog + n_book);
    for (int i = 0; i < n_catalog; i++)
        names[n++] = catalog[i];
    for (int i = 0; i < n_book; i++)
        if (known_instance(offers->study, book[i]))
            names[n++] = book[i];
    study_unknown_name(offers, spec->place, "owned instance", spec->instance, names, n,
                       "list the types with: headroom prices list");
}

static void add_reserved(struct study_offers *offers, const struct owned_spec *spec) {
    const char *sku = sku_of(offers->study, spec), *region = region_of(offers->study, spec);
    if (!known_instance(offers->study, sku)) {
        unknown_instance(offers, spec);
        return;
    }
    int index = study_offers_get_unpriced(offers, sku, region);
    const struct offer *offer = &offers->offers[index];
    int zones = offers->study->scenario.resilience.zones;
    if (spec->zone > zones)
        mistakes_at(offers->mistakes, spec->place, "set resilience.zones to what the fleet runs in",
                    "the owned %s of %s is in zone %d of %d",
                    terms_words(offers->arena, spec->terms), sku, spec->zone, zones);
    if (hourly_of(spec, offer) > 0)
        return;
    if (commitment_kind_holds_capacity(spec->terms.kind)) {
        bool block = spec->terms.kind == COMMIT_CAPACITY_BLOCK;
        mistakes_at(
            offers->mistakes, spec->place,
            block ? arena_printf(offers->arena,
                                 "state its price divided by its instance hours, for example rate: "
                                 "31.44 USD/h; %s",
                                 capacity_quote(spec, offer)->reason)
                  : capacity_quote(spec, offer)->reason,
            "no %s rate is known for the owned %s of %s in %s", block ? "such" : "on-demand",
            terms_words(offers->arena, spec->terms), sku, region);
        return;
    }
    const struct commitment_quote *quote = offer_commitment(offer, spec->terms);
    mistakes_at(offers->mistakes, spec->place,
                arena_printf(offers->arena,
                             "state what one instance hour costs, for example rate: 0.88 USD/h; %s",
                             quote->effective.reason),
                "no rate is known for the owned %s of %s in %s, %s",
                terms_words(offers->arena, spec->terms), sku, region,
                payment_word(spec->terms.payment));
}

/* ---- all ---- */

/* A region that is not stated is the first workload's, which has been looked at already. */
static bool check_region(const struct study_offers *offers, const struct owned_spec *spec) {
    if (study_known_region(offers, region_of(offers->study, spec)))
        return true;
    if (spec->region[0])
        study_unknown_region(offers, spec->place, spec->region);
    return false;
}

void study_add_owned(struct study_offers *offers, const struct study_options *options,
                     struct study *study, bool sound) {
    const struct scenario *scenario = &offers->study->scenario;
    struct price_book *rates = arena_new(offers->arena, struct price_book, scenario->n_owned);
    bool *paged = arena_new(offers->arena, bool, scenario->n_owned);
    study->owned_rates = rates;
    study->owned_paged = paged;
    int told = offers->mistakes->n_total;
    for (int i = 0; i < scenario->n_owned; i++)
        if (scenario->owned[i].rates[0])
            read_own_rates(offers, options, study, &scenario->owned[i], &rates[i], &paged[i]);
    sound = sound && offers->mistakes->n_total == told;
    for (int i = 0; i < scenario->n_owned; i++) /* while the offers are those of candidates alone */
        if (is_plan(&scenario->owned[i]) && check_region(offers, &scenario->owned[i]))
            check_plan(offers, &scenario->owned[i], sound);
    for (int i = 0; i < scenario->n_owned; i++)
        if (!is_plan(&scenario->owned[i]) && check_region(offers, &scenario->owned[i]))
            add_reserved(offers, &scenario->owned[i]);
}

static struct commitment reserved_commitment(struct arena *arena, const struct study *study,
                                             const struct owned_spec *spec) {
    const char *sku = sku_of(study, spec), *region = region_of(study, spec);
    int offer = 0;
    while (offer < study->n_offers && (strcmp(study->offers[offer].sku, sku) != 0 ||
                                       strcmp(study->offers[offer].region, region) != 0))
        offer++;
    ENSURE(offer < study->n_offers);
    usd_pico hourly = hourly_of(spec, &study->offers[offer]);
    ENSURE(hourly > 0);
    return (struct commitment){
        .name = arena_printf(arena, "owned: %g x %s %s", spec->count, sku,
                             commitment_kind_word(spec->terms.kind)),
        .offer = offer,
        .zone = spec->zone,
        .region = region,
        .count = spec->count,
        .hourly = hourly,
        .fee_share = fee_share_of(spec, &study->offers[offer]),
    };
}

static struct commitment plan_commitment_of(struct arena *arena, const struct study *study,
                                            const struct owned_spec *spec) {
    usd_pico *rates = arena_new(arena, usd_pico, study->n_offers);
    struct function_plan_rates *functions =
        arena_new(arena, struct function_plan_rates, study->n_offers);
    for (int o = 0; o < study->n_offers; o++) {
        if (!is_for(study, spec, &study->offers[o]))
            continue;
        if (study->offers[o].kind == OFFER_FUNCTION)
            functions[o] = function_rates(study, spec, &study->offers[o]);
        else
            rates[o] = plan_rate(study, spec, &study->offers[o], PER_HOUR);
    }
    bool ec2 = spec->terms.kind == COMMIT_PLAN_EC2;
    return (struct commitment){
        .name = arena_printf(arena, "owned: $%g/h %s%s%s", spec->usd_per_hour,
                             commitment_kind_word(spec->terms.kind), ec2 ? " " : "",
                             ec2 ? spec->family : ""),
        .offer = -1,
        .family = ec2 ? spec->family : NULL,
        .region = ec2 ? region_of(study, spec) : NULL,
        .plan_usd_per_hour = discounts_on_plan(
            study->scenario.discounts, study->scenario.n_discounts, spec->terms.kind,
            ec2 ? spec->family : NULL, llround(spec->usd_per_hour * (double)USD_NANO_PER_USD)),
        .plan_rates = rates,
        .function_rates = functions,
    };
}

const struct commitment *study_owned(struct arena *arena, const struct study *study, int *n) {
    const struct scenario *scenario = &study->scenario;
    struct commitment *owned = arena_new(arena, struct commitment, scenario->n_owned);
    for (int i = 0; i < scenario->n_owned; i++) {
        const struct owned_spec *spec = &scenario->owned[i];
        owned[i] = is_plan(spec) ? plan_commitment_of(arena, study, spec)
                                 : reserved_commitment(arena, study, spec);
        owned[i].terms = spec->terms;
        owned[i].owned = true;
        /* the loader refuses what ends before the horizon or itself starts */
        int64_t begins = spec->starts.year ? calendar_days(spec->starts) : INT64_MIN;
        int64_t horizon = calendar_days(scenario->start);
        owned[i].from_s = begins > horizon ? (begins - horizon) * 86400 : 0;
        owned[i].to_s = (calendar_days(spec->ends) - calendar_days(scenario->start)) * 86400;
    }
    *n = scenario->n_owned;
    return owned;
}

/* ---- what people must see of it ---- */

static bool covers_offer(const struct study *study, const struct commitment *c, int offer) {
    if (c->plan_rates)
        return c->plan_rates[offer] > 0 ||
               (c->function_rates && covers_function(&c->function_rates[offer]));
    bool regional = !commitment_kind_holds_capacity(c->terms.kind) && c->zone == 0;
    return c->offer == offer ||
           (regional && offer_reserved_hours(&study->offers[c->offer], &study->offers[offer]) > 0);
}

/* Whether a candidate or a station runs on something that the commitment is for. */
static bool covers_anything(const struct study *study, const struct commitment *c) {
    bool any = false;
    for (int i = 0; i < study->n_stations; i++)
        any = any || (!commitment_kind_holds_capacity(c->terms.kind) &&
                      covers_offer(study, c, study->stations[i].offer));
    for (int i = 0; i < study->n_candidates; i++) {
        int offer = study->candidates[i].offer;
        any = any || (offer >= 0 && covers_offer(study, c, offer));
    }
    return any;
}

static bool is_counted(const struct study *study, const struct commitment *c) {
    bool any = false;
    for (int h = 0; h < study->demand.n_hours; h++)
        any = any || plan_commitment_active(&study->demand, h, c);
    return any;
}

static bool covers_functions(const struct study *study, const struct commitment *c) {
    bool any = false;
    for (int o = 0; c->function_rates && o < study->n_offers; o++)
        any = any || covers_function(&c->function_rates[o]);
    return any;
}

/* Part of it that the bill uses; NAN without one. */
static double billed_share(const struct study *study, const struct plan_commitment *held) {
    const struct bill *bills = study->recommended.bills;
    double used = 0, all = 0;
    for (int week = 0; bills && week < study->demand.n_weeks; week++)
        for (int i = 0; i < bills[week].n_charges; i++) {
            const struct charge *charge = &bills[week].charges[i];
            if (charge->commitment < 0 ||
                study_charged_commitment(study, week, charge->commitment) != held)
                continue;
            double usd = money_amount_usd(charge->effective) * study->demand.weeks[week].weight;
            used += charge->kind == CHARGE_COMMITMENT_USED ? usd : 0;
            all += usd;
        }
    return all > 0 ? used / all : NAN;
}

/* Part of it that is used. The plan spreads copies of functions that are held over requests, and it
 * does not know of stations and jobs: where it may cover any of them the bill tells. */
static double used_share(const struct study *study, const struct plan_commitment *held) {
    bool beside = study->n_stations > 0 || study_jobs_ran(study);
    return covers_functions(study, &held->commitment) || beside ? billed_share(study, held)
                                                                : held->utilisation;
}

/* The plan does not tell zones apart (docs/model.md 6.2): what is owned in one may find less there
 * than the plan counts with. */
static void notice_zone(struct arena *arena, struct study *study,
                        const struct plan_commitment *held) {
    const struct commitment *owned = &held->commitment;
    double billed = billed_share(study, held);
    if (!commitment_kind_is_reserved(owned->terms.kind) || owned->zone == 0 ||
        !(held->utilisation - billed > 0.01))
        return;
    study_add_notice(arena, study, "owned-zone",
                     arena_printf(arena,
                                  "%s is in zone %d of %d alone: the plan counts with %.0f%% of "
                                  "it, and the spread over the zones uses %.0f%%; the rest is "
                                  "in the gap of billing rules, and what the plan buys may be too "
                                  "little elsewhere",
                                  owned->name, owned->zone, study->scenario.resilience.zones,
                                  100 * held->utilisation, 100 * billed));
}

/* What jobs still pay a month on demand for instances that an owned commitment is for: hours in
 * which it is used otherwise, as runs are placed in the week (docs/model.md 5.9). */
static double jobs_usd_per_month(const struct study *study, const struct commitment *c) {
    double usd = 0;
    for (int j = 0; j < study->scenario.n_jobs; j++) {
        const struct study_job *job = &study->jobs[j];
        if (job->chosen < 0 || job->n_setups == 0 || commitment_kind_holds_capacity(c->terms.kind))
            continue;
        const struct study_job_setup *setup = &job->setups[job->chosen];
        if (setup->option != JOB_ON_DEMAND || setup->offer < 0 ||
            !covers_offer(study, c, setup->offer))
            continue;
        double volumes = setup->volumes_usd_per_run * job->runs / study->demand.horizon_hours;
        usd += fmax(job->usd_per_month - volumes * HOURS_PER_MONTH, 0);
    }
    return usd;
}

/* What a commitment that no candidate runs under is used for. */
static bool is_of_jobs(const struct study *study, const struct plan_commitment *held) {
    return study_jobs_ran(study) && billed_share(study, held) > 0;
}

/* Told as long as something of it is unused. */
static bool notice_jobs(struct arena *arena, struct study *study,
                        const struct plan_commitment *held) {
    double jobs = jobs_usd_per_month(study, &held->commitment), used = used_share(study, held);
    double unused = held->usd_per_hour * HOURS_PER_MONTH * (1 - (isnan(used) ? 0 : used));
    char idle[32], paid[32];
    if (jobs < 0.005 || unused < 0.005)
        return false;
    money_format_short(idle, unused);
    money_format_short(paid, jobs);
    study_add_notice(arena, study, "owned-jobs",
                     arena_printf(arena,
                                  "%s is for what jobs run on demand at %s a month, and %s a month "
                                  "of it is unused: in other hours of the week, as runs are placed "
                                  "in it evenly from its Monday on; other hours may be covered",
                                  held->commitment.name, paid, idle));
    return true;
}

/* The rate that the book has for an owned commitment; NULL: none. */
static const struct quote *book_rate(const struct study *study, const struct commitment *held) {
    const struct offer *offer = &study->offers[held->offer];
    if (held->terms.kind == COMMIT_CAPACITY_RESERVATION)
        return &offer->on_demand;
    const struct commitment_quote *quote = offer_commitment(offer, held->terms);
    return quote ? &quote->effective : NULL;
}

const char *study_commitment_discount(struct arena *arena, const struct study *study,
                                      const struct commitment *held) {
    const struct scenario *scenario = &study->scenario;
    if (scenario->n_discounts == 0)
        return "";
    if (commitment_kind_is_plan(held->terms.kind)) {
        usd_nano left = discounts_on_plan(scenario->discounts, scenario->n_discounts,
                                          held->terms.kind, held->family, USD_NANO_PER_USD);
        if (left == USD_NANO_PER_USD)
            return "no discount of the contract is for it";
        char here[32], there[32];
        money_format_short(here, money_amount_usd(held->plan_usd_per_hour));
        money_format_short(there,
                           money_amount_usd(held->plan_usd_per_hour) / money_amount_usd(left));
        return arena_printf(arena,
                            "the contract's discounts are off its dollars: %s/h with the provider "
                            "cost %s/h",
                            there, here);
    }
    const struct quote *quote = held->offer >= 0 ? book_rate(study, held) : NULL;
    if (!quote || !quote->known || quote->rate != held->hourly)
        return held->owned
                   ? "at the rate that the scenario states: no discount of the contract is off it"
                   : "";
    if (quote->list <= quote->rate)
        return "no discount of the contract is for it";
    return arena_printf(arena,
                        "at the book's rate, which the contract's discounts of %.3g%% are off",
                        100 - 100.0 * (double)quote->rate / (double)quote->list);
}

/* Rates that stand on another page are as if the plan did not cover what they are of. */
static void notice_pages(struct arena *arena, struct study *study) {
    for (int i = 0; i < study->scenario.n_owned; i++) {
        const struct owned_spec *spec = &study->scenario.owned[i];
        if (!study->owned_paged[i])
            continue;
        study_add_notice(arena, study, "plan-rates-paged",
                         arena_printf(arena,
                                      "'%s' is one page of several (nextToken): the owned %s is "
                                      "taken to cover only what this page has rates of",
                                      spec->rates, terms_words(arena, spec->terms)));
    }
}

void study_notice_owned(struct arena *arena, struct study *study) {
    const struct plan *plan = study->recommended.plan;
    notice_pages(arena, study);
    for (int i = 0; plan && i < plan->n_commitments; i++) {
        const struct plan_commitment *held = &plan->commitments[i];
        if (!held->commitment.owned)
            continue;
        const char *discount = study_commitment_discount(arena, study, &held->commitment);
        if (discount[0])
            study_add_notice(arena, study, "owned-discount",
                             arena_printf(arena, "%s: %s", held->commitment.name, discount));
        notice_zone(arena, study, held);
        if (!is_counted(study, &held->commitment))
            study_add_notice(arena, study, "commitment-not-counted",
                             arena_printf(arena,
                                          "%s begins after the horizon: its cost and what it "
                                          "covers are left out",
                                          held->commitment.name));
        else if (notice_jobs(arena, study, held))
            continue;
        else if (!covers_anything(study, &held->commitment) && !is_of_jobs(study, held))
            study_add_notice(arena, study, "commitment-outside",
                             arena_printf(arena,
                                          "%s is for nothing that this plan may run: its cost is "
                                          "the same before and after",
                                          held->commitment.name));
        else if (used_share(study, held) < 0.5)
            study_add_notice(arena, study, "idle-commitment",
                             arena_printf(arena, "%s is used %.0f%% of the time by this plan",
                                          held->commitment.name, 100 * used_share(study, held)));
    }
}

/* ---- capacity that may be bought ---- */

static const char *option_region(const struct study *study, const struct capacity_option *option) {
    return option->region[0] ? option->region : study->scenario.workloads[0].regions[0];
}

static int option_offer(const struct study *study, const struct capacity_option *option) {
    const char *sku = price_book_sku(&study->book, bytes_of(option->instance));
    for (int c = 0; c < study->n_choices; c++) {
        const struct candidate *candidate = &study->candidates[c];
        if (candidate->kind == CANDIDATE_INSTANCE && candidate->offer >= 0 &&
            strcmp(candidate->sku, sku ? sku : option->instance) == 0 &&
            strcmp(candidate->region, option_region(study, option)) == 0)
            return candidate->offer;
    }
    return -1;
}

static usd_pico option_rate(const struct study *study, const struct capacity_option *option,
                            const struct offer *offer) {
    if (option->kind == COMMIT_CAPACITY_RESERVATION)
        return offer->on_demand.known ? offer->on_demand.rate : 0;
    if (option->usd_per_hour > 0)
        return money_rate_from_usd(option->usd_per_hour);
    const struct price *listed = price_book_find(&study->book, offer->sku, offer->region,
                                                 PRICE_CAPACITY_BLOCK, 0, PAY_NO_UPFRONT, PER_HOUR);
    return listed ? listed->rate : 0;
}

void study_check_capacity(const struct study *study, struct mistakes *mistakes) {
    for (int i = 0; i < study->scenario.n_capacity; i++) {
        const struct capacity_option *option = &study->scenario.capacity[i];
        int offer = option_offer(study, option);
        if (offer < 0)
            mistakes_at(mistakes, option->place, "write an instance of run_on, and its region",
                        "no workload can run on '%s' in %s", option->instance,
                        option_region(study, option));
        else if (option_rate(study, option, &study->offers[offer]) <= 0)
            mistakes_at(mistakes, option->place,
                        "state what one instance hour costs, for example rate: 31 USD/h",
                        "no rate is known for the %s of %s", commitment_kind_word(option->kind),
                        option->instance);
    }
}

static int month_of_day(const struct scenario *scenario, int day) {
    int month = 0;
    while (month + 1 < scenario->months &&
           calendar_days(calendar_add_months(scenario->start, month + 1)) -
                   calendar_days(scenario->start) <=
               day)
        month++;
    return month;
}

const struct plan_capacity *study_capacity(struct arena *arena, const struct study *study) {
    const struct scenario *scenario = &study->scenario;
    struct plan_capacity *out = arena_new(arena, struct plan_capacity, scenario->n_capacity);
    for (int i = 0; i < scenario->n_capacity; i++) {
        const struct capacity_option *option = &scenario->capacity[i];
        const struct offer *offer = &study->offers[option_offer(study, option)];
        char from[16];
        calendar_format_date(from,
                             calendar_date(calendar_days(scenario->start) + option->from_day));
        out[i] = (struct plan_capacity){
            .name = arena_printf(arena, "%s of %d day%s from %s, %s %s",
                                 commitment_kind_word(option->kind), option->days,
                                 number_plural(option->days), from, offer->sku, offer->region),
            .kind = option->kind,
            .offer = (int)(offer - study->offers),
            .hourly = option_rate(study, option, offer),
            .from_day = option->from_day,
            .days = option->days,
            .month = month_of_day(scenario, option->from_day),
        };
    }
    return out;
}
