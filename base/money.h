/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Exact money. Rates are int64 in 1e-12 USD per unit (up to 9.2 million USD); amounts int64 in
 * 1e-9 USD (up to 9.2 billion USD). A charge is quantity x rate, rounded half-even once. Overflow
 * is a bug (ENSURE). */
#ifndef HEADROOM_BASE_MONEY_H
#define HEADROOM_BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

typedef int64_t usd_pico; /* a rate: 1e-12 USD per unit */
typedef int64_t usd_nano; /* an amount: 1e-9 USD */

#define USD_PICO_PER_USD 1000000000000LL
#define USD_NANO_PER_USD 1000000000LL

/** Exact decimal such as 0.0000166667; false when malformed, negative, finer than 1e-12 or too
 * large. */
bool money_parse_rate(struct bytes in, usd_pico *out);
bool money_parse_amount(struct bytes in, usd_nano *out); /* as above, finer than 1e-9 refused */

/** quantity x rate / per, half-even to the nano-dollar: seconds of an hourly rate have per = 3600,
 *  tokens of a per-million rate per = 1000000. quantity >= 0, per > 0. */
usd_nano money_charge(int64_t quantity, int64_t per, usd_pico rate);

/** rate x numerator / denominator, half-even (discounts, estimate rules); denominator > 0. */
usd_pico money_scale_rate(usd_pico rate, int64_t numerator, int64_t denominator);

/** Split a total by weights >= 0 so that the parts add up exactly (largest remainder, ties to the
 * lower index). All weights zero: everything to the first part. */
void money_split(usd_nano total, const double *weights, size_t n, usd_nano *parts);

double money_rate_usd(usd_pico rate);
double money_amount_usd(usd_nano amount);
usd_pico money_rate_from_usd(double usd); /* nearest; for user rates in scenarios */

/** For people, always 3 significant digits: $0.00420, $950, $2.90K, $1.24M; negative with "-";
 * below a nano-dollar $0. */
void money_format_short(char out[32], double usd);
const char *money_words(struct arena *arena, double usd); /* the same, in an arena */
/** Two amounts that are compared: as above, with up to six digits of both where they would look the
 * same and are not. The same text twice: they are alike to those six. */
void money_format_apart(char a_out[32], char b_out[32], double a, double b);
/** Every cent: $1,234,567.89 */
void money_format_cents(char out[40], usd_nano amount);
/** Exact decimal without symbol or trailing zeros, for CSV: 1234567.890000001 */
void money_format_plain(char out[40], usd_nano amount);

#endif
