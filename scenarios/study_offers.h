/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The offers of a study: every SKU in every region that a candidate, today's fleet or an owned
 * commitment names, made once, with the contract's discounts and a quote for every commitment that
 * may be bought or is owned.
 *
 *  What the price book cannot answer about the estate is a mistake at the estate's line: a discount
 * for a name that nothing has, an owned commitment without a rate. Only study_*.c include this. */
#ifndef HEADROOM_SCENARIOS_STUDY_OFFERS_H
#define HEADROOM_SCENARIOS_STUDY_OFFERS_H

#include "scenarios/mistakes.h"
#include "scenarios/study.h"

struct study_offers {
    struct arena *arena;
    const struct study *study; /* its scenario, price book and catalogue */
    struct mistakes *mistakes;
    int n, n_terms;
    struct offer *offers;           /* [n] */
    struct commitment_terms *terms; /* [n_terms] wanted quotes: what may be bought, what is owned */
};

/** A list that tells mistakes file by file, in the order of the scenario's documents. */
struct mistakes study_mistakes(struct arena *arena, const struct scenario *scenario);

struct study_offers study_offers_open(struct arena *arena, const struct study *study,
                                      struct mistakes *mistakes);

/** The index of a SKU's offer in a region, bought in this tier (token APIs); -1 when the book has
 * no rate for it there. */
int study_offers_get(struct study_offers *offers, const char *sku, const char *region,
                     enum offer_tier tier);
/** The same of an instance, made without any rate where the book has none. */
int study_offers_get_unpriced(struct study_offers *offers, const char *sku, const char *region);

/** What the book and the rules know about one SKU in one region, with quotes for `terms`. */
struct offer study_offers_make(const struct study_offers *offers, const char *sku,
                               const char *region, enum offer_tier tier,
                               const struct commitment_terms *terms, int n_terms);

/** A name that is neither in the catalogue nor in the book: told at its place, with the nearest of
 * `names` and then `where`, a sentence on what there is. */
void study_unknown_name(const struct study_offers *offers, struct place place, const char *what,
                        const char *name, const char *const *names, int n_names, const char *where);
/** Whether the book has a rate in a region; if not, that is told. */
bool study_known_region(const struct study_offers *offers, const char *region);
void study_unknown_region(const struct study_offers *offers, struct place place,
                          const char *region);

/** Whether the book has a SKU (NULL: none) as a thing of this kind. */
bool study_sold_as(const struct study *study, const char *sku, enum offer_kind kind);

/** Every discount names a group, a family, a type or a SKU that exists. */
void study_check_discounts(const struct study_offers *offers);

/** study_jobs.c: offers for what jobs may run on; names that are wrong are told. The study's jobs,
 * without any results. */
const struct study_job *study_open_jobs(struct study_offers *offers);

/** study_owned.c: offers for what is owned, and a rate for every owned commitment, of plans with a
 * file of their own from there (kept in study->owned_rates). Called when the
 * offers of all candidates are made: a plan must cover one of them (asked when `sound`: the
 * candidates are all there). */
void study_add_owned(struct study_offers *offers, const struct study_options *options,
                     struct study *study, bool sound);
/** study_owned.c: commitments already held, as the solver and the biller see them; times are
 * seconds of the horizon. [*n] */
const struct commitment *study_owned(struct arena *arena, const struct study *study, int *n);

/** Capacity that may be bought: what is wrong with it, and, after that, as the plan takes it. */
void study_check_capacity(const struct study *study, struct mistakes *mistakes);
const struct plan_capacity *study_capacity(struct arena *arena, const struct study *study);

/** study_others.c: the usage of others, with the offers that it needs. */
void study_add_others(struct study_offers *offers, const struct study_options *options,
                      struct study *study);
/** study_others.c: [n_owned * n_hours] share of each owned commitment that others leave in a
 * planning hour; NULL: all of it. */
const double *study_owned_left(struct arena *arena, const struct study *study,
                               const struct commitment *owned, int n_owned);

#endif
