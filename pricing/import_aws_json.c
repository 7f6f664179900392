/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The price list as JSON, in bulk:
 *
 *    products.SKU.productFamily, products.SKU.attributes.NAME
 *    terms.OnDemand|Reserved.SKU.CODE.priceDimensions.RATE.unit, beginRange, pricePerUnit.USD
 *    terms.OnDemand|Reserved.SKU.CODE.termAttributes.LeaseContractLength, ...
 *
 *  Products come first: those that the book can hold are kept by SKU, and the terms of all others
 * are passed over.
 *
 *  And as `aws pricing get-products` answers: PriceList[] of texts, each the JSON of one product,
 *
 *    product.productFamily, product.attributes.NAME
 *    terms.OnDemand|Reserved.CODE.priceDimensions...
 *    publicationDate
 *
 *  which is the same one level up. Each text is read twice, for the product and for its terms; what
 * is wrong in it is told at the text. */

#include "pricing/import_aws.h"

/* How many objects are open inside a product's attributes and so on; the key of the innermost is
 * that of the level before. */
enum { IN_PRODUCT = 3, IN_ATTRIBUTES = 4 };
enum { IN_TERMS = 3, IN_TERM = 5, IN_TERM_PART = 6, IN_DIMENSION = 7, IN_PRICE = 8 };
enum { KEY_SECTION = 0, KEY_SKU = 1, KEY_TERM_TYPE = 1, KEY_TERM_PART = 4 };

/* Which SKUs were listed, in a fixed space: a Bloom filter of four bits each, for most products of
 * a list of hundreds of thousands are not kept. Beside a million of them, one in 6000 that is
 * missing would pass for listed. */
enum { LISTED_BITS = 1 << 25, LISTED_PROBES = 4 };

struct product {
    struct aws_target target;
    bool priced; /* a price of it was read */
};

struct dimension {
    struct import_value unit, currency, start, end, price;
    struct json_place unit_place, price_place;
};

struct reading {
    struct import *import;
    int lift;                     /* levels that the file lies higher than the bulk list: 0 or 1 */
    struct json_place text_place; /* with lift: of the text that is read */
    enum { SECTION_OTHER, SECTION_PRODUCTS, SECTION_TERMS } section;
    bool any_products;

    struct import_value values[AWS_N_ATTRIBUTES]; /* of the present product */
    unsigned have;                                /* bit of each attribute that it has */
    struct import_index skus;
    int n_products, capacity;
    struct product *products;
    uint64_t *listed; /* [LISTED_BITS / 64]; NULL with lift */

    struct product *product; /* of the present terms; NULL: passed over */
    struct aws_term term;
    struct import_value lease, purchase, class;
    struct dimension dimension;
};

static struct json_place place_of(const struct reading *r, const struct json_stream *at) {
    return r->lift ? r->text_place : json_stream_place(at);
}

/* As if it were in the bulk list. */
static int depth_of(const struct reading *r, const struct json_stream *at) {
    return json_stream_depth(at) + r->lift;
}

static struct bytes key_of(const struct reading *r, const struct json_stream *at, int level) {
    return json_stream_key(at, level - r->lift);
}

/* ---- which SKUs were listed ---- */

/* FNV-1a, mixed so that both halves of it are good. */
static uint64_t hash_of(struct bytes sku) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < sku.n; i++)
        hash = (hash ^ (unsigned char)sku.data[i]) * 1099511628211u;
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
    return hash ^ hash >> 33;
}

static uint32_t probe(uint64_t hash, uint32_t i) {
    return ((uint32_t)hash + i * ((uint32_t)(hash >> 32) | 1)) % LISTED_BITS;
}

static void list_sku(struct reading *r, struct bytes sku) {
    uint64_t hash = hash_of(sku);
    for (uint32_t i = 0; i < LISTED_PROBES; i++)
        r->listed[probe(hash, i) / 64] |= (uint64_t)1 << probe(hash, i) % 64;
}

static bool is_listed(const struct reading *r, struct bytes sku) {
    uint64_t hash = hash_of(sku);
    for (uint32_t i = 0; i < LISTED_PROBES; i++)
        if (!(r->listed[probe(hash, i) / 64] >> probe(hash, i) % 64 & 1))
            return false;
    return true;
}

/* ---- products ---- */

static void end_product(struct reading *r, struct bytes sku) {
    struct bytes values[AWS_N_ATTRIBUTES];
    struct aws_target target;
    for (int i = 0; i < AWS_N_ATTRIBUTES; i++)
        values[i] = r->have >> i & 1 ? import_value_bytes(&r->values[i]) : (struct bytes){"", 0};
    struct arena *arena = r->import->arena;
    struct arena_mark mark = arena_mark(arena);
    const char *reason = aws_product(r->import, values, &target);
    r->import->n_records++;
    r->any_products = true;
    if (r->listed)
        list_sku(r, sku);
    if (reason) {
        arena_rewind(arena, mark);
        import_skip(r->import, reason);
        return;
    }
    if (!r->lift && !import_index_add(&r->skus, sku, r->n_products))
        return;
    if (r->n_products == r->capacity) {
        size_t old = (size_t)r->capacity, more = old ? 2 * old : 256;
        r->products = arena_grow(arena, r->products, old, more, sizeof *r->products);
        r->capacity = (int)more;
    }
    r->products[r->n_products++] = (struct product){target, false};
}

static void on_product(struct reading *r, const struct json_stream *at, enum json_event event,
                       struct bytes text) {
    int depth = depth_of(r, at);
    if (event == JSON_OBJECT && depth == IN_PRODUCT) {
        r->have = 0;
    } else if (event == JSON_OBJECT_END && depth == IN_PRODUCT - 1) {
        end_product(r, r->lift ? bytes_of("") : json_stream_key(at, KEY_SKU));
    } else if (event == JSON_TEXT && (depth == IN_PRODUCT || depth == IN_ATTRIBUTES)) {
        int attribute = aws_attribute(key_of(r, at, depth - 1));
        if (attribute >= 0) {
            import_keep(&r->values[attribute], text);
            r->have |= 1u << attribute;
        }
    }
}

/* After the terms: what had none. */
static void tell_unpriced(struct reading *r) {
    struct arena *arena = r->import->arena;
    for (int i = 0; i < r->n_products; i++) {
        const struct aws_target *target = &r->products[i].target;
        if (!r->products[i].priced)
            import_skip_example(r->import, "products without a price",
                                arena_printf(arena, "%s in %s, %s", target->sku, target->region,
                                             price_unit_word(target->unit)));
    }
}

/* ---- terms ---- */

static void skip_terms(struct reading *r, bool known, struct bytes sku) {
    struct arena *arena = r->import->arena;
    struct arena_mark mark = arena_mark(arena);
    int n = r->import->n_skipped;
    r->import->n_records++;
    if (known)
        import_skip_example(r->import, "terms of a product that the list does not have",
                            sku.n ? arena_strndup(arena, sku.data, sku.n) : NULL);
    else
        import_skip(r->import, "terms other than on demand and reserved");
    if (r->import->n_skipped == n) /* the first example is kept alone */
        arena_rewind(arena, mark);
}

static bool end_dimension(struct reading *r, bool reserved, struct err *err) {
    const struct dimension *d = &r->dimension;
    const struct aws_target *target = &r->product->target;
    bool upfront = reserved && bytes_are(import_value_bytes(&d->unit), "Quantity");
    int64_t factor = upfront ? 1 : aws_unit_factor(target, import_value_bytes(&d->unit));
    if (factor == 0) {
        import_fail(r->import, d->unit_place, err, "unit '%.*s' of %s", (int)d->unit.n,
                    d->unit.text, target->sku);
        err_hint(err, "it should be %s", aws_units_of(target));
        return false;
    }
    usd_pico usd;
    if (!import_check_currency(r->import, import_value_bytes(&d->currency), d->price_place, err) ||
        !aws_parse_rate(r->import, import_value_bytes(&d->price), factor, d->price_place, &usd,
                        err))
        return false;
    r->import->n_records++;
    r->product->priced = true;
    if (!reserved)
        return aws_take_on_demand(
            r->import, target,
            (struct aws_range){import_value_bytes(&d->start), import_value_bytes(&d->end)}, factor,
            usd, d->price_place, err);
    return aws_add_to_term(r->import, target, &r->term, upfront, usd, d->price_place, err);
}

static bool end_term(struct reading *r, struct err *err) {
    r->term.lease = import_value_bytes(&r->lease);
    r->term.purchase = import_value_bytes(&r->purchase);
    r->term.class = import_value_bytes(&r->class);
    return aws_take_term(r->import, &r->product->target, &r->term, err);
}

/* Beside dollars a price may stand in other currencies. */
static bool on_price(struct reading *r, const struct json_stream *at, struct bytes text,
                     struct err *err) {
    struct dimension *d = &r->dimension;
    struct bytes currency = key_of(r, at, IN_PRICE - 1);
    bool again = bytes_are(import_value_bytes(&d->currency), "USD");
    if (again && bytes_are(currency, "USD")) {
        import_fail(r->import, place_of(r, at), err, "a second price in USD of %s",
                    r->product->target.sku);
        err_hint(err, "keep the one that holds");
        return false;
    }
    if (again)
        return true;
    import_keep(&d->currency, currency);
    import_keep(&d->price, text);
    d->price_place = place_of(r, at);
    return true;
}

static bool on_dimension_text(struct reading *r, const struct json_stream *at, struct bytes text,
                              struct err *err) {
    struct dimension *d = &r->dimension;
    struct bytes key = key_of(r, at, IN_DIMENSION - 1);
    if (depth_of(r, at) == IN_PRICE)
        return on_price(r, at, text, err);
    if (bytes_are(key, "unit")) {
        import_keep(&d->unit, text);
        d->unit_place = place_of(r, at);
    } else if (bytes_are(key, "beginRange")) {
        import_keep(&d->start, text);
    } else if (bytes_are(key, "endRange")) {
        import_keep(&d->end, text);
    }
    return true;
}

static void on_term_attribute(struct reading *r, struct bytes key, struct bytes text) {
    if (bytes_are(key, "LeaseContractLength"))
        import_keep(&r->lease, text);
    else if (bytes_are(key, "PurchaseOption"))
        import_keep(&r->purchase, text);
    else if (bytes_are(key, "OfferingClass"))
        import_keep(&r->class, text);
}

static void start_term(struct reading *r) {
    r->term = (struct aws_term){0};
    r->lease.n = r->purchase.n = r->class.n = 0;
}

static void start_dimension(struct dimension *d, struct json_place place) {
    d->unit.n = d->currency.n = d->start.n = d->end.n = d->price.n = 0;
    d->unit_place = d->price_place = place; /* until they come */
}

/* Inside a term of a product that was kept. */
static bool on_kept_term(struct reading *r, const struct json_stream *at, enum json_event event,
                         struct bytes text, struct err *err) {
    int depth = depth_of(r, at);
    bool reserved = bytes_are(json_stream_key(at, KEY_TERM_TYPE), "Reserved");
    if (event == JSON_OBJECT_END && depth == IN_TERM - 1)
        return !reserved || end_term(r, err);
    if (depth < IN_TERM)
        return true;
    if (event == JSON_OBJECT && depth == IN_TERM)
        start_term(r);
    struct bytes part = key_of(r, at, KEY_TERM_PART);
    if (event == JSON_TEXT && depth == IN_TERM_PART && bytes_are(part, "termAttributes"))
        on_term_attribute(r, key_of(r, at, IN_TERM_PART - 1), text);
    if (!bytes_are(part, "priceDimensions"))
        return true;
    if (event == JSON_OBJECT && depth == IN_DIMENSION)
        start_dimension(&r->dimension, place_of(r, at));
    else if (event == JSON_OBJECT_END && depth == IN_DIMENSION - 1)
        return end_dimension(r, reserved, err);
    else if ((event == JSON_TEXT || event == JSON_NUMBER) && depth >= IN_DIMENSION)
        return on_dimension_text(r, at, text, err);
    return true;
}

static bool on_term(struct reading *r, const struct json_stream *at, enum json_event event,
                    struct bytes text, struct err *err) {
    int depth = depth_of(r, at);
    if (event == JSON_KEY && json_stream_depth(at) == IN_TERMS) {
        struct bytes type = json_stream_key(at, KEY_TERM_TYPE);
        bool known = bytes_are(type, "OnDemand") || bytes_are(type, "Reserved");
        int found = !known ? -1 : r->lift ? r->n_products - 1 : import_index_find(&r->skus, text);
        r->product = found < 0 ? NULL : &r->products[found];
        if (!known || (r->listed && found < 0 && !is_listed(r, text)))
            skip_terms(r, known, text);
    }
    return !r->product || depth < IN_TERMS || on_kept_term(r, at, event, text, err);
}

/* ---- the file ---- */

static bool start_section(struct reading *r, const struct json_stream *at, struct bytes key,
                          struct err *err) {
    r->section = SECTION_OTHER;
    if (bytes_are(key, "products")) {
        r->section = SECTION_PRODUCTS;
        r->any_products = true;
    } else if (bytes_are(key, "terms")) {
        r->section = SECTION_TERMS;
        if (!r->any_products)
            return json_stream_err(at, err, "the terms stand before the products");
    }
    return true;
}

static bool on_event(void *context, const struct json_stream *at, enum json_event event,
                     struct bytes text, struct err *err) {
    struct reading *r = context;
    if (json_stream_depth(at) == 1) {
        if (event == JSON_KEY)
            return start_section(r, at, text, err);
        if (event == JSON_TEXT && bytes_are(json_stream_key(at, KEY_SECTION), "publicationDate"))
            import_set_day(r->import, text);
        return true;
    }
    if (r->section == SECTION_PRODUCTS)
        on_product(r, at, event, text);
    return r->section != SECTION_TERMS || on_term(r, at, event, text, err);
}

bool import_aws_json(struct import *import, struct source *source, struct err *err) {
    struct reading *r = arena_new(import->arena, struct reading, 1);
    r->import = import;
    r->skus.arena = import->arena;
    r->listed = arena_new(import->arena, uint64_t, LISTED_BITS / 64);
    if (!json_stream_read(import->arena, source, on_event, r, err))
        return false;
    tell_unpriced(r);
    return true;
}

/* ---- the answer of get-products ---- */

/* One of the texts: `section` says which of its parts is read. */
static bool on_text_event(void *context, const struct json_stream *at, enum json_event event,
                          struct bytes text, struct err *err) {
    struct reading *r = context;
    int depth = json_stream_depth(at);
    bool products = r->section == SECTION_PRODUCTS;
    if (depth == 0)
        return true;
    struct bytes key = json_stream_key(at, KEY_SECTION);
    if (depth == 1 && event == JSON_TEXT && bytes_are(key, "publicationDate"))
        import_set_day(r->import, text);
    if (products && bytes_are(key, "product"))
        on_product(r, at, event, text);
    return products || depth == 1 || !bytes_are(key, "terms") || on_term(r, at, event, text, err);
}

static bool read_text(struct reading *r, struct bytes text, struct err *err) {
    bool fine = true;
    r->n_products = 0;
    r->product = NULL;
    r->any_products = false;
    for (int pass = 0; pass < 2 && fine; pass++) {
        struct arena scratch = {0};
        r->section = pass == 0 ? SECTION_PRODUCTS : SECTION_TERMS;
        struct source *source = source_open_memory(&scratch, text, r->import->file, err);
        fine = source && json_stream_read(&scratch, source, on_text_event, r, err);
        if (source)
            source_close(source);
        arena_release(&scratch);
        if (pass == 0 && r->n_products == 0)
            break;
    }
    if (fine && !r->any_products)
        skip_terms(r, true, (struct bytes){"", 0});
    if (fine)
        tell_unpriced(r);
    if (!fine) { /* the place in the file, not in the text */
        err->file = r->import->file;
        err->line = r->text_place.line;
        err->column = r->text_place.column;
    }
    return fine;
}

static bool on_answer(void *context, const struct json_stream *at, enum json_event event,
                      struct bytes text, struct err *err) {
    struct reading *r = context;
    import_see_page(r->import, at, event, text);
    if (event != JSON_TEXT || json_stream_depth(at) != 2 ||
        !bytes_are(json_stream_key(at, KEY_SECTION), "PriceList"))
        return true;
    r->text_place = json_stream_place(at);
    return read_text(r, text, err);
}

bool import_aws_products(struct import *import, struct source *source, struct err *err) {
    struct reading *r = arena_new(import->arena, struct reading, 1);
    r->import = import;
    r->lift = 1;
    r->skus.arena = import->arena;
    return json_stream_read(import->arena, source, on_answer, r, err);
}
