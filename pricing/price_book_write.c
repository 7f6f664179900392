/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/csv.h"
#include "pricing/import.h"
#include "pricing/price_words.h"

/* Exact: all twelve decimals, without the zeros at the end. */
static void append_rate(struct text *out, usd_pico rate) {
    char digits[48];
    int n = snprintf(digits, sizeof digits, "%lld.%012lld", (long long)(rate / USD_PICO_PER_USD),
                     (long long)(rate % USD_PICO_PER_USD));
    while (digits[n - 1] == '0')
        n--;
    text_append(out, digits, (size_t)(digits[n - 1] == '.' ? n - 1 : n));
}

static void append_rate_if(struct text *out, bool given, usd_pico rate) {
    if (given)
        append_rate(out, rate);
    text_append_string(out, ",");
}

static void append_cell(struct text *out, const char *cell) {
    csv_append_text(out, cell);
    text_append_string(out, ",");
}

static void append_count(struct text *out, int count) {
    if (count > 0)
        text_printf(out, "%d", count);
    text_append_string(out, ",");
}

static void append_storage(struct text *out, const struct price *p) {
    bool kept = p->unit == PER_GB_MONTH && p->above == 0;
    append_cell(out, kept ? price_accesses.words[p->storage.access] : "");
    append_count(out, p->storage.zones);
    append_count(out, p->storage.days_min);
    append_count(out, p->storage.object_kib_min);
    struct text free = {.arena = out->arena};
    for (int c = 0; c < N_STORAGE_CHARGES; c++)
        if (p->storage.free >> c & 1)
            text_printf(&free, "%s%s", free.n ? " " : "", price_charges.words[c]);
    append_cell(out, free.n ? free.data : "");
}

static void append_price(struct text *out, const struct price *p) {
    bool commitment = p->term_years > 0, range = p->low != p->high;
    append_cell(out, price_kind_word(p->kind));
    append_cell(out, p->sku);
    append_cell(out, p->region);
    append_cell(out, p->zone);
    append_cell(out, p->alias);
    append_cell(out, price_option_word(p->option));
    append_cell(out, !commitment ? "" : p->term_years == 1 ? "1y" : "3y");
    append_cell(out, commitment ? price_payment_word(p->payment) : "");
    append_cell(out, price_unit_word(p->unit));
    if (p->above > 0)
        text_printf(out, "%lld", (long long)p->above);
    text_append_string(out, ",");
    if (p->included > 0)
        text_printf(out, "%lld", (long long)p->included);
    text_append_string(out, ",");
    append_rate_if(out, true, p->rate);
    append_rate_if(out, p->upfront > 0, p->upfront);
    append_rate_if(out, range, p->low);
    append_rate_if(out, range, p->high);
    if (p->interruptions_per_month >= 0)
        csv_append_number(out, p->interruptions_per_month);
    text_append_string(out, ",");
    append_storage(out, p);
    append_cell(out, p->effective_from);
    append_cell(out, price_status_word(p->status));
    append_cell(out, p->rule);
    append_cell(out, p->source);
    text_printf(out, "%s\n", p->as_of);
}

void price_book_write(struct text *out, const char *name, const struct price *prices,
                      int n_prices) {
    text_printf(out, "headroom_price_book,1,%s,USD\n", name);
    text_append_string(out,
                       "kind,sku,region,zone,alias,option,term,payment,unit,above,included,usd,"
                       "usd_upfront,usd_low,usd_high,interruptions_per_month,access,zones_kept,"
                       "days_min,object_kib_min,free,effective_from,"
                       "status,rule,source,as_of\n");
    for (int i = 0; i < n_prices; i++)
        append_price(out, &prices[i]);
}
