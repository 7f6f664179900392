/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_purchase.h"

#include <string.h>

#include "base/number.h"
#include "scenarios/scenario_block.h"
#include "scenarios/scenario_workload.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

/* In the order of the words in the table. */
static const int term_years[] = {1, 3};
static const enum commitment_kind plan_kinds[] = {COMMIT_PLAN_COMPUTE, COMMIT_PLAN_EC2,
                                                  COMMIT_PLAN_SAGEMAKER};
static const enum commitment_kind reserved_kinds[] = {COMMIT_RESERVED_STANDARD,
                                                      COMMIT_RESERVED_CONVERTIBLE};
static const enum commitment_kind capacity_kinds[] = {COMMIT_CAPACITY_BLOCK,
                                                      COMMIT_CAPACITY_RESERVATION};

/* ---- owned ---- */

static void check_owned_plan(struct view view, int word) {
    static const char *const reserved[] = {"instance", "count", "rate"};
    static const char *const zone[] = {"zone"};
    static const char *const family[] = {"family"};
    view_refuse(view, reserved, COUNT_OF(reserved), "reserved instances");
    view_refuse(view, zone, COUNT_OF(zone), "reserved instances and capacity");
    view_need(view, "commitment", "a savings plan needs it");
    if (word == 1)
        view_need(view, "family", "a plan of kind ec2 needs it");
    else
        view_refuse(view, family, COUNT_OF(family), "plans of kind ec2");
}

static void check_owned_reserved(struct view view) {
    static const char *const plan[] = {"commitment", "family", "rates"};
    view_refuse(view, plan, COUNT_OF(plan), "savings plans");
    view_need(view, "instance", "reserved instances need it");
    view_need(view, "count", "reserved instances need it");
}

static void check_owned_capacity(struct view view, bool block) {
    static const char *const plan[] = {"commitment", "family", "rates"};
    static const char *const term[] = {"term", "payment"};
    static const char *const rate[] = {"rate"};
    view_refuse(view, plan, COUNT_OF(plan), "savings plans");
    view_refuse(view, term, COUNT_OF(term), "savings plans and reserved instances");
    view_need(view, "instance", "capacity needs it");
    view_need(view, "count", "capacity needs it");
    if (!block)
        view_refuse(view, rate, COUNT_OF(rate), "blocks: a reservation costs the on-demand rate");
}

void scenario_owned(struct view view, const struct scenario *scenario, struct owned_spec *out) {
    struct date start = scenario->start;
    static const char *const kinds[] = {"savings_plan", "reserved", "capacity"};
    int kind = view_only_one(view, kinds, COUNT_OF(kinds));
    int word = kind >= 0 ? view_choice(view, kinds[kind]) : -1;
    if (kind == 0)
        check_owned_plan(view, word);
    if (kind == 1)
        check_owned_reserved(view);
    if (kind == 2)
        check_owned_capacity(view, word == 0);
    *out =
        (struct owned_spec){.place = kind >= 0 ? view_place(view, kinds[kind]) : (struct place){0},
                            .instance = view_text(view, "instance"),
                            .family = view_text(view, "family"),
                            .region = view_text(view, "region"),
                            .count = view_number(view, "count"),
                            .usd_per_hour = view_number(view, "commitment"),
                            .rate_usd_per_hour = view_number(view, "rate"),
                            .zone = view_int(view, "zone"),
                            .starts = view_date(view, "starts"),
                            .ends = view_date(view, "ends"),
                            .rates = view_text(view, "rates"),
                            .rates_place = view_place(view, "rates")};
    out->rates_relative_to = scenario_relative_to(scenario, out->rates_place);
    out->terms.term_years = term_years[view_choice(view, "term")];
    out->terms.payment = (enum payment)view_choice(view, "payment");
    if (word >= 0)
        out->terms.kind = kind == 0   ? plan_kinds[word]
                          : kind == 1 ? reserved_kinds[word]
                                      : capacity_kinds[word];
    if (kind == 2) /* a block is paid in advance, a reservation as it goes */
        out->terms = (struct commitment_terms){out->terms.kind, 0,
                                               word == 0 ? PAY_ALL_UPFRONT : PAY_NO_UPFRONT};
    bool dated = out->ends.year && start.year;
    if (dated && calendar_days(out->ends) <= calendar_days(start))
        mistakes_at(view.mistakes, view_place(view, "ends"), "take the commitment out",
                    "the commitment ends before the horizon starts");
    if (out->starts.year && out->ends.year &&
        calendar_days(out->ends) <= calendar_days(out->starts))
        mistakes_at(view.mistakes, view_place(view, "ends"), "'ends' is the first day without it",
                    "the commitment ends before it starts");
}

/* ---- purchase ---- */

/* The words of a value or list as indices, the default's when nothing is given. */
static int read_choices(struct view view, const char *key, int *out, int n_max) {
    int n = 0, count = view_count(view, key);
    for (int i = 0; i < count; i++) {
        struct scalar scalar;
        if (n < n_max && view_scalar(view, key, view_value(view, key, i), &scalar))
            out[n++] = scalar.choice;
    }
    if (count == 0 && view_choice(view, key) >= 0)
        out[n++] = view_choice(view, key);
    return n;
}

enum { PURCHASE_WORDS_MAX = 8, PURCHASE_TERMS_MAX = (2 * 2 + 3) * 2 * 3 };

/* What may be bought, and when. */
struct allowed {
    struct commitment_terms terms[PURCHASE_TERMS_MAX];
    uint64_t months[PURCHASE_TERMS_MAX]; /* 0: on day one and as the term ends */
    bool zonal[PURCHASE_TERMS_MAX];
    struct place places[PURCHASE_TERMS_MAX];
    struct capacity_option *capacity; /* as many as items of purchase */
};

/* Terms that are allowed already are not added again; they may be bought on either's days. */
static void allow(struct scenario *out, struct allowed *all, struct commitment_terms terms,
                  bool zonal, uint64_t months, struct place place) {
    for (int i = 0; i < out->n_terms; i++)
        if (all->zonal[i] == zonal && all->terms[i].kind == terms.kind &&
            all->terms[i].term_years == terms.term_years &&
            all->terms[i].payment == terms.payment) {
            bool mixed = (months != 0) != (all->months[i] != 0);
            for (int m = 0; m < out->months && mixed; m++)
                if (plan_may_start(terms.term_years, 0, m))
                    months |= (uint64_t)1 << m;
            all->months[i] |= months;
            return;
        }
    ENSURE(out->n_terms < PURCHASE_TERMS_MAX);
    all->terms[out->n_terms] = terms;
    all->zonal[out->n_terms] = zonal;
    all->places[out->n_terms] = place;
    all->months[out->n_terms++] = months;
}

/* Months of the horizon as whose begin may be bought; 0: none are stated. */
static uint64_t read_starts(struct view view, const struct scenario *out) {
    static const char *const keys[] = {"start", "ladder"};
    static const int steps[] = {1, 3, 12};
    uint64_t months = 0;
    if (view_get(view, "ladder") && view_get(view, "start"))
        view_refuse(view, keys, 1, "purchases without a ladder");
    else if (view_get(view, "ladder"))
        for (int m = 0; m < out->months; m += steps[view_choice(view, "ladder")])
            months |= (uint64_t)1 << m;
    for (int i = 0; i < view_count(view, "start"); i++) {
        struct scalar scalar;
        if (!view_scalar(view, "start", view_value(view, "start", i), &scalar))
            continue;
        uint64_t month = scalar.number < out->months ? (uint64_t)1 << (int)scalar.number : 0;
        if (!month)
            mistakes_at(view.mistakes, view_key_place(view, "start"),
                        "months of the horizon count from 0", "month %g is not in a horizon of %s",
                        scalar.number, number_counted(view.arena, out->months, "month"));
        else if (months & month)
            mistakes_at(view.mistakes, view_key_place(view, "start"),
                        "write each month of the horizon once, counted from 0",
                        "month %g is named twice", scalar.number);
        months |= month;
    }
    return months;
}

static const char *const of_reserved[] = {"scope"};
static const char *const of_capacity[] = {"instance", "region", "starts", "days", "rate"};

/* A block or a reservation, with its own days. */
static void read_capacity(struct view view, struct scenario *out, struct capacity_option *option) {
    static const char *const of_terms[] = {"term", "payment", "start", "ladder"};
    bool block = view_choice(view, "capacity") == 0;
    const char *why = block ? "a capacity block needs it" : "a capacity reservation needs it";
    view_refuse(view, of_terms, COUNT_OF(of_terms), "savings plans and reserved instances");
    view_refuse(view, of_reserved, COUNT_OF(of_reserved), "reserved instances");
    view_need(view, "instance", why);
    if (block) {
        view_need(view, "starts", why);
        view_need(view, "days", why);
        block_check_length(view, "days", view_int(view, "days"));
    }
    int64_t start = calendar_days(out->start);
    int64_t horizon = calendar_days(calendar_add_months(out->start, out->months)) - start;
    struct date starts = view_date(view, "starts");
    int64_t from = starts.year ? calendar_days(starts) - start : 0;
    if (from < 0 || from >= horizon)
        mistakes_at(view.mistakes, view_key_place(view, "starts"), "write a day of the horizon",
                    "the capacity does not begin in the horizon");
    *option = (struct capacity_option){
        .kind = block ? COMMIT_CAPACITY_BLOCK : COMMIT_CAPACITY_RESERVATION,
        .place = view_key_place(view, "capacity"),
        .instance = view_text(view, "instance"),
        .region = view_text(view, "region"),
        .from_day = (int)from,
        .days = view_get(view, "days") ? view_int(view, "days") : (int)(horizon - from),
        .usd_per_hour = view_get(view, "rate") ? view_number(view, "rate") : 0,
    };
    if (!block)
        view_refuse(view, &of_capacity[4], 1, "blocks; reservations cost what on demand does");
}

static void read_scopes(struct view view, bool *scoped) {
    int words[PURCHASE_WORDS_MAX], n = read_choices(view, "scope", words, PURCHASE_WORDS_MAX);
    scoped[0] = false;
    for (int i = 0; i < n; i++)
        scoped[words[i]] = true;
}

static void read_commitments(struct view view, struct scenario *out, struct allowed *all) {
    static const char *const kinds[] = {"reserved", "savings_plan", "capacity"};
    int words[PURCHASE_WORDS_MAX], terms[PURCHASE_WORDS_MAX], payments[PURCHASE_WORDS_MAX];
    int kind = view_only_one(view, kinds, COUNT_OF(kinds));
    if (kind < 0)
        return;
    if (kind == 2) {
        read_capacity(view, out, &all->capacity[out->n_capacity++]);
        return;
    }
    view_refuse(view, of_capacity, COUNT_OF(of_capacity), "blocks and reservations of capacity");
    int n_words = read_choices(view, kinds[kind], words, PURCHASE_WORDS_MAX);
    int n_terms = read_choices(view, "term", terms, PURCHASE_WORDS_MAX);
    int n_payments = read_choices(view, "payment", payments, PURCHASE_WORDS_MAX);
    uint64_t months = read_starts(view, out);
    bool scoped[2] = {true, false}; /* regional, zonal */
    if (kind == 0)
        read_scopes(view, scoped);
    else
        view_refuse(view, of_reserved, COUNT_OF(of_reserved), "reserved instances");
    for (int i = 0; i < n_words; i++)
        for (int j = 0; j < n_terms; j++)
            for (int k = 0; k < n_payments; k++)
                for (int zonal = 0; zonal < 2; zonal++)
                    if (scoped[zonal])
                        allow(out, all,
                              (struct commitment_terms){
                                  kind == 0 ? reserved_kinds[words[i]] : plan_kinds[words[i]],
                                  term_years[terms[j]], (enum payment)payments[k]},
                              zonal, months, view_key_place(view, kinds[kind]));
}

void scenario_purchase(struct view root, struct scenario *out) {
    struct allowed *all = arena_new(root.arena, struct allowed, 1);
    int n = view_count(root, "purchase");
    out->purchase_said = n > 0;
    all->capacity = arena_new(root.arena, struct capacity_option, n);
    out->purchase_where = place_words(root.arena, view_key_place(root, "purchase"));
    for (int i = 0; i < n; i++) {
        const struct tree *tree = view_value(root, "purchase", i);
        struct scalar scalar;
        if (tree->kind == YAML_NODE_MAP)
            read_commitments(view_item(root, "purchase", i), out, all);
        else if (view_scalar(root, "purchase", tree, &scalar)) {
            out->allow_on_demand = out->allow_on_demand || scalar.choice == 0;
            if (scalar.choice == 1 && !out->allow_spot)
                out->spot_place = tree_place(tree);
            out->allow_spot = out->allow_spot || scalar.choice == 1;
        }
    }
    if (n == 0)
        out->allow_on_demand = view_choice(root, "purchase") == 0;
    out->terms = all->terms;
    out->start_months = all->months;
    out->zonal_terms = all->zonal;
    out->term_places = all->places;
    out->capacity = all->capacity;
}
