/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people must see of the prices behind an answer: which are estimates, how old the oldest is,
 * and which are about to change. A rate is compared when an offer of a possible candidate has it,
 * and paid when a charge of the plan's bill was made with it; owned commitments are paid whether or
 * not any candidate runs on what they cover. */
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"
#include "base/number.h"
#include "pricing/focus.h"
#include "scenarios/study_parts.h"

enum { STALE_DAYS = 90 };

/* ---- the rates ---- */

struct rate {
    const struct quote *quote;
    bool main;  /* the one that stands for its offer */
    double usd; /* a month, of the plan's bill; 0: not paid */
};

struct rates {
    struct arena *arena;
    size_t n, capacity;
    struct rate *items;
};

static struct rate *rate_of(struct rates *rates, const struct quote *quote) {
    for (size_t i = 0; i < rates->n; i++)
        if (rates->items[i].quote == quote)
            return &rates->items[i];
    if (rates->n == rates->capacity) {
        rates->capacity = rates->capacity ? 2 * rates->capacity : 64;
        rates->items =
            arena_grow(rates->arena, rates->items, rates->n, rates->capacity, sizeof *rates->items);
    }
    rates->items[rates->n] = (struct rate){.quote = quote};
    return &rates->items[rates->n++];
}

static void compare_offer(struct rates *rates, const struct study *study,
                          const struct offer *offer) {
    const struct quote *quotes[] = {
        &offer->on_demand,
        study->scenario.allow_spot ? &offer->spot : NULL,
        &offer->gb_second,
        &offer->million_requests,
        &offer->provisioned_gb_second,
        &offer->held_gb_second,
        &offer->million_input_tokens,
        &offer->million_output_tokens,
        &offer->million_cached_tokens,
        &offer->unit_hour,
    };
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++)
        if (quotes[i] && quotes[i]->known)
            rate_of(rates, quotes[i]);
    for (int i = 0; i < offer->n_commitments; i++)
        if (offer->commitments[i].effective.known)
            rate_of(rates, &offer->commitments[i].effective);
    if (offer_main_quote(offer)->known)
        rate_of(rates, offer_main_quote(offer))->main = true;
}

static bool offer_used(const struct study *study, int offer) {
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].offer == offer && study->capacities[c].feasible)
            return true;
    return false;
}

/* ---- the rates that are paid ---- */

static usd_pico function_paid(const struct function_plan_rates *rates, enum usage_kind usage) {
    return usage == USAGE_FUNCTION_PROVISIONED_MB_MS ? rates->provisioned_gb_second
           : usage == USAGE_FUNCTION_HELD_MB_S       ? rates->held_gb_second
                                                     : rates->gb_second;
}

/* The book's rate behind a charge; NULL when there is none: unused dollars of a plan, and an owned
 * reserved instance whose rate the scenario states. */
static const struct quote *charge_quote(const struct study *study, int week,
                                        const struct charge *charge) {
    if (charge->offer < 0)
        return NULL;
    const struct offer *offer = &study->offers[charge->offer];
    if (charge->kind == CHARGE_SPOT)
        return &offer->spot;
    if (charge->commitment < 0)
        return focus_quote(offer, charge->usage);
    const struct commitment *held =
        &study_charged_commitment(study, week, charge->commitment)->commitment;
    if (held->terms.kind == COMMIT_MODEL_UNITS)
        return focus_quote(offer, charge->usage);
    const struct offer *sold = held->offer >= 0 ? &study->offers[held->offer] : offer;
    const struct commitment_quote *quotes = offer_commitment(sold, held->terms);
    if (!quotes)
        return NULL;
    const struct quote *quote = charge->usage == USAGE_FUNCTION_PROVISIONED_MB_MS
                                    ? &quotes->provisioned
                                : charge->usage == USAGE_FUNCTION_HELD_MB_S ? &quotes->held
                                                                            : &quotes->effective;
    usd_pico paid = offer->kind == OFFER_FUNCTION
                        ? function_paid(&held->function_rates[charge->offer], charge->usage)
                    : commitment_kind_is_plan(held->terms.kind) ? held->plan_rates[charge->offer]
                                                                : held->hourly;
    return held->owned && paid != quote->rate ? NULL : quote;
}

static void pay(struct rates *rates, const struct study *study) {
    const struct demand *demand = &study->demand;
    for (int week = 0; study->recommended.bills && week < demand->n_weeks; week++) {
        const struct bill *bill = &study->recommended.bills[week];
        double per_month = demand->weeks[week].weight / demand->horizon_hours * HOURS_PER_MONTH;
        for (int i = 0; i < bill->n_charges; i++) {
            const struct charge *charge = &bill->charges[i];
            const struct quote *quote = charge_quote(study, week, charge);
            if (quote && quote->known && charge->effective > 0)
                rate_of(rates, quote)->usd += money_amount_usd(charge->effective) * per_month;
        }
    }
}

/* ---- estimates ---- */

/* Each rule of a chain such as "ri-1y-gpu, ri-payment" once. */
static void add_rules(struct text *rules, const char *chain) {
    while (*chain) {
        size_t n = strcspn(chain, ",");
        char rule[64];
        snprintf(rule, sizeof rule, "%.*s", (int)n, chain);
        if (!rules->n || !strstr(rules->data, rule))
            text_printf(rules, "%s%s", rules->n ? ", " : "", rule);
        chain += n + strspn(chain + n, ", ");
    }
}

/* "; 2 of the 5 that the plan pays, 41% of its bill"; "" without a bill. */
static const char *paid_words(struct arena *arena, const struct study *study,
                              const struct rates *rates) {
    int n = 0, n_all = 0;
    double usd = 0;
    for (size_t i = 0; i < rates->n; i++) {
        const struct rate *rate = &rates->items[i];
        bool estimated = rate->usd > 0 && rate->quote->status == PRICE_ESTIMATED;
        n_all += rate->usd > 0;
        n += estimated;
        usd += estimated ? rate->usd : 0;
    }
    if (n_all == 0)
        return "";
    if (n == 0)
        return n_all == 1 ? "; not the one that the plan pays"
                          : arena_printf(arena, "; none of the %d that the plan pays", n_all);
    if (n_all == 1)
        return arena_printf(arena, "; the one that the plan pays among them, %.0f%% of its bill",
                            100 * usd / study->recommended.bill_usd_per_month);
    const char *part = n == n_all ? arena_printf(arena, "all %d", n)
                                  : arena_printf(arena, "%d of the %d", n, n_all);
    return arena_printf(arena, "; %s that the plan pays, %.0f%% of its bill", part,
                        100 * usd / study->recommended.bill_usd_per_month);
}

static void notice_estimates(struct arena *arena, struct study *study, const struct rates *rates) {
    int n = 0;
    struct text rules = {.arena = arena};
    for (size_t i = 0; i < rates->n; i++)
        if (rates->items[i].quote->status == PRICE_ESTIMATED) {
            n++;
            add_rules(&rules, rates->items[i].quote->rule);
        }
    if (n)
        study_add_notice(
            arena, study, "estimated-prices",
            arena_printf(arena,
                         "%s compared %s estimated by rule (%s)%s; put your "
                         "contract's rates in a price book of your own to replace them",
                         number_part(arena, n, (int)rates->n, "rate"), n == 1 ? "is" : "are",
                         rules.data, paid_words(arena, study, rates)));
}

/* ---- storage ---- */

static bool tier_used(const struct study *study, int tier) {
    for (int i = 0; study->storage && i < study->scenario.n_storage; i++)
        for (int s = 0; s < study->storage[i].n; s++)
            if (study->storage[i].stays[s].tier == tier)
                return true;
    return false;
}

static void notice_estimated_storage(struct arena *arena, struct study *study) {
    int n = 0, n_used = 0;
    struct text rules = {.arena = arena};
    for (int t = 0; t < study->storage_tiers.n; t++) {
        const struct storage_tier *tier = &study->storage_tiers.tiers[t];
        if (!tier_used(study, t))
            continue;
        n_used++;
        n += tier->estimated;
        for (int i = 0; i < tier->n_rates; i++)
            if (tier->rates[i].status == PRICE_ESTIMATED)
                add_rules(&rules, tier->rates[i].rule);
    }
    if (n)
        study_add_notice(arena, study, "estimated-storage-prices",
                         arena_printf(arena,
                                      "%s in use %s rates that are "
                                      "estimated by rule (%s); a price book of your own replaces "
                                      "them",
                                      number_part(arena, n, n_used, "storage tier"),
                                      n == 1 ? "has" : "have", rules.data));
}

/* ---- age ---- */

struct age {
    const char *oldest, *newest;
    int n_late; /* read after the horizon's first day */
    char first_day[16];
};

static void add_age(struct age *age, const struct quote *quote) {
    if (!age->oldest || strcmp(quote->as_of, age->oldest) < 0)
        age->oldest = quote->as_of;
    if (strcmp(quote->as_of, age->newest) > 0)
        age->newest = quote->as_of;
    age->n_late += strcmp(quote->as_of, age->first_day) > 0;
}

/* Days from the day of a price to the horizon's first; 0 without one. */
static int64_t age_days(const struct study *study, const char *as_of) {
    struct date date;
    bool known = as_of && calendar_parse_date(bytes_of(as_of), &date);
    return known ? calendar_days(study->scenario.start) - calendar_days(date) : 0;
}

/* What is paid decides how right the cost is, what was compared how right the choice. */
static void notice_stale(struct arena *arena, struct study *study, const struct age *used,
                         const struct age *compared, bool paid) {
    int64_t days = age_days(study, used->oldest), most = age_days(study, compared->oldest);
    if (days <= STALE_DAYS && most <= STALE_DAYS)
        return;
    const char *text =
        !paid || !used->oldest
            ? arena_printf(arena,
                           "the oldest price in use was read on %s, %d days before the horizon "
                           "starts",
                           compared->oldest, (int)most)
        : most == days
            ? arena_printf(arena,
                           "the oldest price that the plan pays was read on %s, %d days before the "
                           "horizon starts; none that was compared is older",
                           used->oldest, (int)days)
            : arena_printf(arena,
                           "the oldest price that the plan pays was read on %s, the oldest that "
                           "was compared on %s, %d days before the horizon starts",
                           used->oldest, compared->oldest, (int)most);
    study_add_notice(arena, study, "stale-prices", text);
}

static void notice_age(struct arena *arena, struct study *study, const struct rates *rates) {
    bool paid = false;
    for (size_t i = 0; i < rates->n; i++)
        paid = paid || rates->items[i].usd > 0;
    struct age used = {.newest = ""};
    calendar_format_date(used.first_day, study->scenario.start);
    struct age compared = used;
    for (size_t i = 0; i < rates->n; i++) {
        const struct rate *rate = &rates->items[i];
        if (paid ? rate->usd > 0 : rate->main)
            add_age(&used, rate->quote);
        if (paid || rate->main)
            add_age(&compared, rate->quote);
    }
    for (int t = 0; t < study->storage_tiers.n; t++)
        for (int i = 0; tier_used(study, t) && i < study->storage_tiers.tiers[t].n_rates; i++) {
            add_age(&used, &study->storage_tiers.tiers[t].rates[i]);
            add_age(&compared, &study->storage_tiers.tiers[t].rates[i]);
        }
    notice_stale(arena, study, &used, &compared, paid);
    if (used.n_late)
        study_add_notice(arena, study, "later-prices",
                         arena_printf(arena,
                                      "%d of the prices in use %s read after the horizon starts, "
                                      "the last on %s",
                                      used.n_late, used.n_late == 1 ? "was" : "were", used.newest));
}

/* Rates of used offers that begin within the horizon: the plan counts with those of its first day.
 */
static void notice_changes(struct arena *arena, struct study *study) {
    const struct price_book *book = &study->book;
    char end[16];
    calendar_format_date(end, calendar_add_months(study->scenario.start, study->scenario.months));
    const char *first = NULL;
    int n = 0;
    for (int i = 0; i < book->n_rows; i++) {
        const struct price *row = &book->rows[i];
        if (!price_book_is_coming(book, row) || strcmp(row->effective_from, end) >= 0)
            continue;
        for (int o = 0; o < study->n_offers; o++)
            if (offer_used(study, o) && strcmp(study->offers[o].sku, row->sku) == 0 &&
                strcmp(study->offers[o].region, row->region) == 0) {
                n++;
                first =
                    !first || strcmp(row->effective_from, first) < 0 ? row->effective_from : first;
                break;
            }
    }
    if (n)
        study_add_notice(
            arena, study, "prices-change",
            arena_printf(arena,
                         "%d rate%s of what was compared begin%s within the horizon, the first on "
                         "%s; the whole horizon is priced at the rates of its first day",
                         n, number_plural(n), n == 1 ? "s" : "", first));
}

/* ---- dollars of plans ---- */

/* A plan is bought in list dollars, and stands in the answer at what it costs. */
static void notice_plan_dollars(struct arena *arena, struct study *study) {
    const struct plan *plan = study->recommended.plan;
    const struct scenario *scenario = &study->scenario;
    for (int i = 0; plan && plan->feasible && i < plan->n_commitments; i++) {
        const struct commitment *held = &plan->commitments[i].commitment;
        usd_nano left = discounts_on_plan(scenario->discounts, scenario->n_discounts,
                                          held->terms.kind, held->family, USD_NANO_PER_USD);
        if (held->owned || !commitment_kind_is_plan(held->terms.kind) || left == USD_NANO_PER_USD)
            continue;
        char here[32], there[32];
        money_format_short(here, money_amount_usd(held->plan_usd_per_hour));
        money_format_short(there,
                           money_amount_usd(held->plan_usd_per_hour) / money_amount_usd(left));
        study_add_notice(arena, study, "plan-dollars",
                         arena_printf(arena,
                                      "the %s of %s/h is stated after the contract's discounts: "
                                      "with the provider it is a commitment of %s/h",
                                      commitment_kind_word(held->terms.kind), here, there));
    }
}

void study_write_price_notices(struct arena *arena, struct study *study) {
    struct rates rates = {.arena = arena};
    for (int o = 0; o < study->n_offers; o++)
        if (offer_used(study, o))
            compare_offer(&rates, study, &study->offers[o]);
    pay(&rates, study);
    notice_estimates(arena, study, &rates);
    notice_estimated_storage(arena, study);
    notice_age(arena, study, &rates);
    notice_changes(arena, study);
    notice_plan_dollars(arena, study);
}
