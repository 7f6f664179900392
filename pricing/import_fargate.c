/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/import_fargate.h"

/* Sizes in quarters of a vCPU and halves of a gigabyte. */
static const struct {
    const char *name;
    int vcpu_quarters, gb_halves[3];
} sizes[] = {
    {"0.25vcpu", 1, {1, 2, 4}},     {"0.5vcpu", 2, {2, 4, 8}},   {"1vcpu", 4, {4, 8, 16}},
    {"2vcpu", 8, {8, 16, 32}},      {"4vcpu", 16, {16, 32, 60}}, {"8vcpu", 32, {32, 64, 120}},
    {"16vcpu", 64, {64, 128, 240}},
};
enum { N_SIZES = sizeof sizes / sizeof *sizes, N_MEMORIES = 3 };

struct fargate_pair {
    struct price price; /* but for its rate; sku: the family */
    usd_pico rate[2];   /* of a vCPU, of a gigabyte; 0: not read */
    struct json_place place;
};

enum fargate_part fargate_part_of(struct bytes usage, const char **family) {
    static const struct {
        const char *end, *family;
        enum fargate_part part;
    } meters[] = {
        {"Fargate-vCPU-Hours:perCPU", "fargate-x86", FARGATE_VCPU},
        {"Fargate-GB-Hours", "fargate-x86", FARGATE_GB},
        {"Fargate-ARM-vCPU-Hours:perCPU", "fargate-arm64", FARGATE_VCPU},
        {"Fargate-ARM-GB-Hours", "fargate-arm64", FARGATE_GB},
    };
    if (import_bytes_have(usage, "Spot"))
        return FARGATE_NONE;
    for (size_t i = 0; i < sizeof meters / sizeof *meters; i++) {
        if (!import_usage_ends(usage, meters[i].end))
            continue;
        *family = meters[i].family;
        return meters[i].part;
    }
    return FARGATE_NONE;
}

static struct fargate_pair *pair_of(struct import *import, const struct price *price) {
    for (int i = 0; i < import->n_fargate; i++)
        if (price_compare_rates(&import->fargate[i].price, price) == 0)
            return &import->fargate[i];
    if (import->n_fargate == import->fargate_capacity) {
        size_t n = (size_t)import->n_fargate, more = n ? 2 * n : 64;
        import->fargate =
            arena_grow(import->arena, import->fargate, n, more, sizeof *import->fargate);
        import->fargate_capacity = (int)more;
    }
    struct fargate_pair *pair = &import->fargate[import->n_fargate++];
    *pair = (struct fargate_pair){.price = *price};
    return pair;
}

bool import_keep_fargate(struct import *import, enum fargate_part part, const struct price *price,
                         struct json_place place, struct err *err) {
    struct price key = *price;
    key.zone = "";
    key.above = 0;
    struct fargate_pair *pair = pair_of(import, &key);
    usd_pico *rate = &pair->rate[part - FARGATE_VCPU];
    if (!import_check_rate(import, price->rate, place, err))
        return false;
    if (*rate > 0 && *rate != price->rate)
        return import_fail(import, place, err, "a second price for %s in %s", price->sku,
                           price->region);
    if (*rate > 0)
        import_skip(import, "the same price again");
    *rate = price->rate;
    pair->place = place;
    return true;
}

static bool take_sizes(struct import *import, const struct fargate_pair *pair, struct err *err) {
    for (int i = 0; i < N_SIZES * N_MEMORIES; i++) {
        struct price price = pair->price;
        int halves = sizes[i / N_MEMORIES].gb_halves[i % N_MEMORIES];
        price.sku = arena_printf(import->arena, "%s.%s-%ggb", price.sku, sizes[i / N_MEMORIES].name,
                                 halves / 2.0);
        price.rate = money_scale_rate(pair->rate[0], sizes[i / N_MEMORIES].vcpu_quarters, 4) +
                     money_scale_rate(pair->rate[1], halves, 2);
        if (!import_take(import, &price, pair->place, err))
            return false;
    }
    return true;
}

bool import_take_fargate(struct import *import, struct err *err) {
    for (int i = 0; i < import->n_fargate; i++) {
        const struct fargate_pair *pair = &import->fargate[i];
        if (pair->rate[0] == 0 || pair->rate[1] == 0)
            import_skip(import, "Fargate's vCPU or memory without the other one");
        else if (!take_sizes(import, pair, err))
            return false;
    }
    return true;
}
