/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/break_even.h"

#include <math.h>

#include "base/err.h"

#define HOURS_A_MONTH 730.0

struct break_even break_even_of(usd_pico on_demand, const struct commitment_quote *commitment) {
    ENSURE(on_demand > 0 && commitment->effective.known);
    double p = money_rate_usd(on_demand), e = money_rate_usd(commitment->effective.rate);
    double term_h = (double)HOURS_PER_TERM_YEAR * commitment->terms.term_years;
    double s = commitment_quote_upfront_share(commitment);
    struct break_even result = {e / p, INFINITY, INFINITY};
    if (e > p)
        return result;
    result.full_months = term_h * e / p / HOURS_A_MONTH;
    /* p >= e > (1 - s) e, or nothing is paid at purchase */
    result.cash_months = s > 0 ? s * e * term_h / (p - (1 - s) * e) / HOURS_A_MONTH : 0;
    return result;
}
