/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What one request costs on a function or a token API, for the programme and for tables.
 *
 *  What is held whether used or not is spread over requests of the workload, as if all of them went
 * there: of provisioned copies, which are held throughout, over its mean; of model units, which may
 * be held in its busiest week alone, over the mean of that week. So a plan that sends only some
 * there, or others, pays more than this, never less; of model units it counts all
 * (solver/model_units.h), of provisioned copies its bill does. docs/model.md section 5.1. */
#ifndef HEADROOM_SOLVER_USE_PRICE_H
#define HEADROOM_SOLVER_USE_PRICE_H

#include "pricing/offer.h"
#include "sim/capacity.h"
#include "sim/demand.h"

/** A rate that the candidate is billed at and the offer does not have, or NULL. Instances: on
 * demand. */
const struct quote *use_missing_quote(const struct candidate *candidate, const struct offer *offer);

/** GB-seconds of a request on a function: called on demand, called on provisioned copies, and its
 * share of the copies held. */
struct function_time {
    double gb_seconds, provisioned, held;
};
struct function_time use_function_time(const struct demand *demand,
                                       const struct candidate *candidate,
                                       const struct capacity *capacity);

/** Of it what is held whether used or not: 0 where nothing is. */
double use_held_usd_per_request(const struct demand *demand, const struct candidate *candidate,
                                const struct offer *offer);

/** Tokens of a request as the API counts them. */
double use_tokens_per_request(const struct capacity *capacity);

/** USD of a request's tokens at the rates of `offer`, which has them. */
double use_tokens_usd(const struct capacity *capacity, const struct offer *offer);

/** USD; the candidate is a function or token API and has all of its rates. */
double use_usd_per_request(const struct demand *demand, const struct candidate *candidate,
                           const struct capacity *capacity, const struct offer *offer);

#endif
