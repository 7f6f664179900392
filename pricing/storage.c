/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/storage.h"

#include <math.h>
#include <string.h>

#include "base/embedded.h"

extern const struct embedded_file pricing_embedded[];

enum column {
    COL_TIER,
    COL_REGION,
    COL_KEEP,
    COL_READ_GB,
    COL_READ_1K,
    COL_ENTER_1K,
    COL_DAYS,
    COL_KIB,
    COL_ZONES,
    COL_INSTANT,
    COL_STATUS,
    COL_SOURCE,
    COL_AS_OF,
    N_COLUMNS
};

static const char *const columns[N_COLUMNS] = {
    "tier",
    "region",
    "usd_per_gb_month",
    "read_usd_per_gb",
    "read_usd_per_1k",
    "enter_usd_per_1k",
    "days_min",
    "object_kib_min",
    "zones",
    "instant",
    "status",
    "source",
    "as_of",
};

static bool read_tier(struct book_table *t, struct storage_tier *out) {
    double zones = 0;
    *out = (struct storage_tier){.name = book_table_text(t, COL_TIER),
                                 .region = book_table_text(t, COL_REGION)};
    bool ok = book_table_number(t, COL_KEEP, 1e-12, NAN, &out->usd_per_gb_month);
    ok = book_table_number(t, COL_READ_GB, 0, NAN, &out->read_usd_per_gb) && ok;
    ok = book_table_number(t, COL_READ_1K, 0, NAN, &out->read_usd_per_1k) && ok;
    ok = book_table_number(t, COL_ENTER_1K, 0, NAN, &out->enter_usd_per_1k) && ok;
    ok = book_table_number(t, COL_DAYS, 0, NAN, &out->days_min) && ok;
    ok = book_table_number(t, COL_KIB, 0, NAN, &out->object_kib_min) && ok;
    ok = book_table_number(t, COL_ZONES, 1, NAN, &zones) && ok;
    out->zones = (int)fmin(zones, 100);
    out->instant = bytes_are(book_table_cell(t, COL_INSTANT), "yes");
    if (!out->instant && !bytes_are(book_table_cell(t, COL_INSTANT), "no"))
        ok = book_table_mistake(t, COL_INSTANT, NULL, "instant is yes or no");
    return book_table_origin(t, COL_STATUS, COL_SOURCE, COL_AS_OF, &out->origin) && ok;
}

bool storage_book_read(struct arena *arena, struct source *source, struct storage_book *out,
                       struct err_list *errs) {
    struct book_table table;
    struct storage_book book = {0};
    bool ok = book_table_open(&table, arena, source, "headroom_storage", columns, N_COLUMNS, errs);
    while (ok && book_table_next(&table)) {
        if (book.n == STORAGE_TIERS_MAX) {
            ok =
                book_table_mistake(&table, COL_TIER, NULL, "more than %d tiers", STORAGE_TIERS_MAX);
            break;
        }
        struct storage_tier *tier = &book.tiers[book.n++];
        if (read_tier(&table, tier) && book.n > 1 &&
            tier->usd_per_gb_month > book.tiers[book.n - 2].usd_per_gb_month)
            book_table_mistake(&table, COL_KEEP, "tiers stand from the warmest to the coldest",
                               "dearer to keep than the tier above it");
    }
    if (ok && errs->n_total == 0 && book.n == 0)
        book_table_mistake(&table, -1, NULL, "there is no tier");
    book.name = table.name;
    book_table_close(&table);
    ok = ok && errs->n_total == 0;
    if (ok)
        *out = book;
    return ok;
}

struct source *storage_book_shipped(struct arena *arena, struct err *err) {
    const struct embedded_file *file =
        embedded_find(pricing_embedded, "pricing/books/storage-aws-2026.csv");
    ENSURE(file);
    struct bytes bytes = {(const char *)file->data, file->n};
    return source_open_memory(arena, bytes, "storage-aws-2026.csv", err);
}
