/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a unit of work costs under the plan, amortised; and how much less than list the plan pays.
 *  docs/model.md section 9.1 has each formula. NaN: not defined for this workload. */
#ifndef HEADROOM_SCENARIOS_STUDY_UNITS_H
#define HEADROOM_SCENARIOS_STUDY_UNITS_H

#include "pricing/carbon.h"
#include "scenarios/allocation.h"

struct study;

/** One workload, or all of them with the two rows that are nobody's. Counts are a month. */
struct study_units {
    double usd_per_month; /* what its payers bear, amortised; nothing beside the bill: no jobs,
                             storage, stations, models made once */
    double requests, good_requests, input_tokens, output_tokens; /* of finished requests */
    double good_output_tokens;
    double usd_per_million_input, usd_per_million_output;
    double usd_per_thousand_requests, usd_per_thousand_good_requests;
    double usd_per_million_good_output;
    double full_load_usd_per_month; /* the same work on instances that are always full */
    double utilisation_tax;         /* cost / that - 1 */
    double business_units, usd_per_business_unit, worth_usd_per_month;
    double return_on_cost; /* (worth - cost) / cost */
    bool carbon_known;
    struct carbon_range kwh_per_million_tokens,
        kg_per_million_tokens; /* of what instances served */
};

/** Three answers to "how much do we save": 1 - cost / what it is compared with. */
struct savings_rates {
    double all_spend; /* everything used, against the provider's list prices */
    double eligible;  /* usage that a commitment could cover, and commitments, against on demand */
    double covered;   /* commitments, used or not, against what they covered on demand */
};

/** [n_workloads + 1]: the last is all together. Needs statement, allocation and carbon. */
const struct study_units *study_measure_units(struct arena *arena, const struct study *study);

/** How many of them are told: all together stand apart from a single workload where it does not
 * bear everything (unused commitments, rows of idle time). */
int study_units_told(const struct study *study);

struct savings_rates savings_rates_of(const struct statement *statement,
                                      const struct offer *offers);

/** Dollars for input and output tokens: what is billed by the token as billed, the rest by tokens,
 * an output token counting as `output_weight` input tokens. Without tokens both are 0. */
struct token_cost {
    double input_usd, output_usd;
};
struct token_cost token_cost_of(double billed_input_usd, double billed_output_usd, double rest_usd,
                                double input_tokens, double output_tokens, double output_weight);

#endif
