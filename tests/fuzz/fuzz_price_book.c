/* SPDX-License-Identifier: GPL-3.0-or-later */
/* price_book_read: a book that finds each of its own rates, or mistakes at their places; offers
 * made from it are finite and never free; laid over itself it is the same. */
#include <string.h>

#include "pricing/price_book.h"
#include "target.h"

const char *const fuzz_name = "price_book";
const bool fuzz_unpacks = true;
const char *const fuzz_words[] = {"headroom_price_book,1,b,USD\n",
                                  "instance,",
                                  "function,",
                                  "token_api,",
                                  "transfer,",
                                  "capacity_block",
                                  "partial_upfront",
                                  "use1-az4",
                                  "10240",
                                  "USD",
                                  "GB",
                                  "on_demand",
                                  "spot",
                                  "reserved_standard",
                                  "plan_compute",
                                  "plan_ec2",
                                  "1y",
                                  "3y",
                                  "all_upfront",
                                  "no_upfront",
                                  "hour",
                                  "GB-second",
                                  "1M input tokens",
                                  "published",
                                  "estimated",
                                  ",",
                                  "\n",
                                  "\"",
                                  "\"\"",
                                  "0.000000000001",
                                  "9223372",
                                  "1e9",
                                  "-1",
                                  "2026-07-20",
                                  "2026-13-01",
                                  "\r\n",
                                  "\xef\xbb\xbf",
                                  NULL};

static void check_quote(const struct quote *quote) {
    ENSURE(quote->known ? quote->rate > 0 && quote->low <= quote->high : quote->reason[0] != '\0');
}

static void check_offer(const struct price_book *book, struct arena *arena,
                        const struct price *price) {
    static const struct commitment_terms terms[] = {
        {COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT},
        {COMMIT_RESERVED_CONVERTIBLE, 3, PAY_PARTIAL_UPFRONT},
        {COMMIT_PLAN_COMPUTE, 3, PAY_NO_UPFRONT},
        {COMMIT_PLAN_EC2, 1, PAY_ALL_UPFRONT},
    };
    static const struct discount discount = {"ec2", 0.09};
    struct offer offer = price_book_offer(book, arena,
                                          &(struct offer_request){.sku = price->sku,
                                                                  .region = price->region,
                                                                  .quota_group = "G",
                                                                  .accelerated = true,
                                                                  .commitments = terms,
                                                                  .n_commitments = 4,
                                                                  .discounts = &discount,
                                                                  .n_discounts = 1,
                                                                  .estimates = true});
    if (offer.kind == OFFER_INSTANCE) {
        check_quote(&offer.on_demand);
        check_quote(&offer.spot);
        for (int i = 0; i < offer.n_commitments; i++)
            check_quote(&offer.commitments[i].effective);
    }
}

/* A book over itself has the same rates, on the last day of all. */
static void check_stack(struct arena *arena, const struct price_book *book) {
    const struct price_book layers[] = {*book, *book};
    struct price_book both = {0};
    struct err_list errs = {0};
    ENSURE(price_book_stack(arena, layers, 2, "9999-12-31", &both, &errs));
    ENSURE(both.n_rows == 2 * book->n_rows && both.n_prices == book->n_prices);
    for (int i = 0; i < both.n_prices; i++)
        ENSURE(price_compare_rates(&both.prices[i], &book->prices[i]) == 0 &&
               both.prices[i].rate == book->prices[i].rate && both.prices[i].layer == 1);
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct err_list errs = {0};
    struct price_book book = {.n_prices = -7};
    struct source *source = source_open_memory(&arena, bytes, "fuzzed.csv", &err);
    ENSURE(source != NULL);
    bool fine = price_book_read(&arena, source, &book, &errs);
    ENSURE(fine == (errs.n_total == 0));
    for (int i = 0; i < errs.n; i++)
        fuzz_check_words(&errs.items[i]);
    ENSURE(fine ? book.n_prices >= 0 : book.n_prices == -7);
    for (int i = 0; fine && i < book.n_prices; i++) {
        const struct price *price = &book.prices[i];
        ENSURE(price->rate > 0);
        int n;
        const struct price *rates =
            price_book_rates(&book, price->sku, price->region, price->option, price->term_years,
                             price->payment, price->unit, &n);
        ENSURE(rates <= price && price < rates + n);
        if (price->zone[0] == '\0' && price->above == 0)
            ENSURE(price_book_find(&book, price->sku, price->region, price->option,
                                   price->term_years, price->payment, price->unit) == price);
        ENSURE(strcmp(price_book_sku(&book, bytes_of(price->sku)), price->sku) == 0);
        if (i < 50)
            check_offer(&book, &arena, price);
    }
    if (fine)
        check_stack(&arena, &book);
    source_close(source);
    arena_release(&arena);
    return fine;
}
