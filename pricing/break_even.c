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

static double rate_of(const struct price_book *book, const struct price *unit,
                      enum price_option option, enum price_unit per) {
    const struct price *price =
        price_book_find(book, unit->sku, unit->region, option, 0, PAY_NO_UPFRONT, per);
    return price && price->rate > 0 ? money_rate_usd(price->rate) : NAN;
}

struct unit_break_even unit_break_even_of(const struct price_book *book, const struct price *unit) {
    double e = money_rate_usd(unit->rate),
           an_hour = rate_of(book, unit, PRICE_PROVISIONED, PER_HOUR);
    int months = unit->option == PRICE_PROVISIONED_1M   ? 1
                 : unit->option == PRICE_PROVISIONED_6M ? 6
                                                        : 0;
    return (struct unit_break_even){
        .term_months = months,
        .term_usd = months * HOURS_A_MONTH * e,
        .input_tokens_per_minute =
            1e6 * e / rate_of(book, unit, PRICE_ON_DEMAND, PER_MILLION_INPUT_TOKENS) / 60,
        .output_tokens_per_minute =
            1e6 * e / rate_of(book, unit, PRICE_ON_DEMAND, PER_MILLION_OUTPUT_TOKENS) / 60,
        .utilisation = months == 0 ? NAN : e / an_hour,
        .months_by_the_hour = months == 0   ? NAN
                              : e > an_hour ? INFINITY
                                            : months * e / an_hour,
    };
}
