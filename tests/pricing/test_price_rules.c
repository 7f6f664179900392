/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offers from a small book: listed rates, every estimate rule against a value worked out by hand,
 * refused estimates, unknown rates with their reasons, and discounts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/price_book.h"
#include "pricing/price_rules.h"

/* g.gpu: on demand and a 3-year all-upfront rate; g.full: a listed 1-year no-upfront rate too;
 * p.plan: an EC2 plan and no reserved rate; c.cpu: on demand only. */
static const char text[] =
    "headroom_price_book,1,mine,USD\n"
    "kind,sku,region,alias,option,term,payment,unit,usd,usd_low,usd_high,interruptions_per_month,"
    "status,rule,source,as_of\n"
    "instance,g.gpu,us-east-1,,on_demand,,,hour,10,,,,published,,od,2026-07-20\n"
    "instance,g.gpu,us-east-1,,spot,,,hour,4,3,5,0.15,published,,spot,2026-06-01\n"
    "instance,g.gpu,us-east-1,,reserved_standard,3y,all_upfront,hour,3.76,,,,published,,ri,"
    "2026-01-05\n"
    "instance,g.full,us-east-1,,on_demand,,,hour,20,,,,published,,od,2026-07-20\n"
    "instance,g.full,us-east-1,,reserved_standard,1y,all_upfront,hour,12,,,,published,,ri,"
    "2026-01-05\n"
    "instance,g.full,us-east-1,,reserved_standard,1y,no_upfront,hour,12.9,,,,published,,ri,"
    "2026-01-05\n"
    "instance,g.full,us-east-1,,spot,,,hour,8,,,0.30,estimated,spot-advisor,adv,2025-06-28\n"
    "instance,p.plan,us-east-1,,on_demand,,,hour,60,,,,published,,od,2026-07-20\n"
    "instance,p.plan,us-east-1,,plan_ec2,3y,all_upfront,hour,23,,,,published,,sp,2026-06-09\n"
    "instance,c.cpu,us-east-1,,on_demand,,,hour,1,,,,published,,od,2026-07-20\n"
    "instance,ml.g.gpu,us-east-1,,on_demand,,,hour,14,,,,published,,od,2026-07-20\n"
    "function,lambda-x86,us-east-1,lambda/x86,on_demand,,,GB-second,0.0000166667,,,,published,,"
    "list,2026-08-21\n"
    "function,lambda-x86,us-east-1,,on_demand,,,1M requests,0.2,,,,published,,list,2026-08-21\n"
    "function,lambda-x86,us-east-1,,provisioned,,,GB-second,0.0000097222,,,,secondary,,list,2025-"
    "01-01"
    "\n"
    "function,lambda-x86,us-east-1,,provisioned,,,GB-second held,0.0000041667,,,,secondary,,list,"
    "2025-01-01\n"
    "token_api,m-v1,us-east-1,bedrock/m,on_demand,,,1M input tokens,0.22,,,,secondary,,list,"
    "2026-11-01\n"
    "token_api,m-v1,us-east-1,,on_demand,,,1M cached input tokens,0.02,,,,secondary,,list,"
    "2026-11-01\n"
    "token_api,m-v1,us-east-1,,flex,,,1M input tokens,0.15,,,,published,,list,2026-11-01\n"
    "token_api,m-v1,us-east-1,,provisioned_1m,,,hour,21.5,,,,published,,list,2026-11-01\n";

static struct price_book book_of(struct arena *arena) {
    struct err err = {0};
    struct price_book book = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    struct source *source = source_open_memory(arena, bytes_of(text), "mine.csv", &err);
    cr_assert(price_book_read(arena, source, &book, errs), "%s", errs->items[0].what);
    source_close(source);
    return book;
}

#define PICO(usd) ((usd_pico)((usd)*1e10 + 0.5) * 100) /* for at most 10 decimals */

struct rule_case {
    const char *sku;
    bool accelerated;
    struct commitment_terms terms;
    double usd; /* 0: unknown */
    const char *rule, *source, *reason;
};

/* 1 year all upfront by ri-1y-gpu: 10 x 0.588 = 5.88; no upfront from it: 5.88 x 1.071 = 6.29748,
 * partial 5.88 x 1.020 = 5.9976. 3 years: 3.76 x 1.149 = 4.32024, x 1.064 = 4.00064. Listed rates
 * win. g.full: partial 12 x 1.020 = 12.24. p.plan: 23 x 1.149 = 26.427. Compute: 6.29748 x 1.201
 * = 7.56327348, 4.32024 x 1.202 = 5.19292848, partial 5.9976 x 1.201 = 7.2031176 and 4.00064 x
 * 1.202 = 4.80876928, all upfront 3.76 x 1.202 = 4.51952, 23 x 1.202 = 27.646; without any EC2 plan
 * 1 x 0.794. */
static const struct rule_case cases[] = {
    {"g.gpu", true, {COMMIT_RESERVED_STANDARD, 3, PAY_ALL_UPFRONT}, 3.76, "", "ri", ""},
    {"g.gpu", true, {COMMIT_RESERVED_STANDARD, 3, PAY_NO_UPFRONT}, 4.32024, "ri-payment", "ri", ""},
    {"g.gpu",
     true,
     {COMMIT_RESERVED_STANDARD, 3, PAY_PARTIAL_UPFRONT},
     4.00064,
     "ri-payment",
     "ri",
     ""},
    {"g.gpu", true, {COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT}, 5.88, "ri-1y-gpu", "od", ""},
    {"g.gpu",
     true,
     {COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT},
     6.29748,
     "ri-1y-gpu, ri-payment",
     "od",
     ""},
    {"g.gpu",
     true,
     {COMMIT_RESERVED_STANDARD, 1, PAY_PARTIAL_UPFRONT},
     5.9976,
     "ri-1y-gpu, ri-payment",
     "od",
     ""},
    {"g.gpu", true, {COMMIT_PLAN_EC2, 3, PAY_ALL_UPFRONT}, 3.76, "sp-ec2", "ri", ""},
    {"g.gpu", true, {COMMIT_PLAN_EC2, 3, PAY_NO_UPFRONT}, 4.32024, "ri-payment, sp-ec2", "ri", ""},
    {"g.gpu",
     true,
     {COMMIT_PLAN_EC2, 1, PAY_NO_UPFRONT},
     6.29748,
     "ri-1y-gpu, ri-payment, sp-ec2",
     "od",
     ""},
    {"g.gpu",
     true,
     {COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT},
     7.56327348,
     "ri-1y-gpu, ri-payment, sp-ec2, sp-compute",
     "od",
     ""},
    {"g.gpu",
     true,
     {COMMIT_PLAN_COMPUTE, 3, PAY_NO_UPFRONT},
     5.19292848,
     "ri-payment, sp-ec2, sp-compute",
     "ri",
     ""},
    {"g.full", true, {COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT}, 12, "", "ri", ""},
    {"g.full", true, {COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT}, 12.9, "", "ri", ""},
    {"g.full",
     true,
     {COMMIT_RESERVED_STANDARD, 1, PAY_PARTIAL_UPFRONT},
     12.24,
     "ri-payment",
     "ri",
     ""},
    {"g.full", true, {COMMIT_PLAN_EC2, 1, PAY_NO_UPFRONT}, 12.9, "sp-ec2", "ri", ""},
    {"p.plan", true, {COMMIT_PLAN_EC2, 3, PAY_ALL_UPFRONT}, 23, "", "sp", ""},
    {"p.plan",
     true,
     {COMMIT_RESERVED_STANDARD, 3, PAY_ALL_UPFRONT},
     0,
     "",
     "",
     "price book mine has no 3-year all upfront reserved instance rate for p.plan in us-east-1"},
    {"p.plan", true, {COMMIT_PLAN_EC2, 3, PAY_NO_UPFRONT}, 26.427, "sp-ec2, ri-payment", "sp", ""},
    {"c.cpu",
     false,
     {COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT},
     0,
     "",
     "",
     "price book mine has no 1-year no upfront reserved instance rate for c.cpu in us-east-1"},
    {"c.cpu", false, {COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT}, 0.794, "sp-compute", "od", ""},
    {"g.gpu",
     true,
     {COMMIT_PLAN_COMPUTE, 1, PAY_PARTIAL_UPFRONT},
     7.2031176,
     "ri-1y-gpu, ri-payment, sp-ec2, sp-compute",
     "od",
     ""},
    {"g.gpu",
     true,
     {COMMIT_PLAN_COMPUTE, 3, PAY_PARTIAL_UPFRONT},
     4.80876928,
     "ri-payment, sp-ec2, sp-compute",
     "ri",
     ""},
    {"g.gpu",
     true,
     {COMMIT_PLAN_COMPUTE, 3, PAY_ALL_UPFRONT},
     4.51952,
     "sp-ec2, sp-compute",
     "ri",
     ""},
    {"p.plan", true, {COMMIT_PLAN_COMPUTE, 3, PAY_ALL_UPFRONT}, 27.646, "sp-compute", "sp", ""},
    {"c.cpu",
     false,
     {COMMIT_PLAN_COMPUTE, 2, PAY_ALL_UPFRONT},
     0,
     "",
     "",
     "price book mine has no 2-year all upfront Compute savings plan rate for c.cpu in us-east-1"},
    {"g.gpu",
     true,
     {COMMIT_RESERVED_CONVERTIBLE, 1, PAY_NO_UPFRONT},
     0,
     "",
     "",
     "price book mine has no 1-year no upfront convertible reserved instance rate for g.gpu in "
     "us-east-1"},
    {"g.gpu",
     true,
     {COMMIT_RESERVED_STANDARD, 2, PAY_NO_UPFRONT},
     0,
     "",
     "",
     "price book mine has no 2-year no upfront reserved instance rate for g.gpu in us-east-1"},
};

static struct offer offer_of(const struct price_book *book, struct arena *arena,
                             const struct rule_case *c, bool estimates) {
    struct offer_request request = {.sku = c->sku,
                                    .region = "us-east-1",
                                    .accelerated = c->accelerated,
                                    .commitments = &c->terms,
                                    .n_commitments = 1,
                                    .estimates = estimates};
    return price_book_offer(book, arena, &request);
}

Test(price_rules, every_rule_by_hand) {
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct rule_case *c = &cases[i];
        struct offer offer = offer_of(&book, &arena, c, true);
        const struct quote *q = &offer_commitment(&offer, c->terms)->effective;
        cr_expect(eq(i32, q->known, c->usd > 0), "case %zu", i);
        cr_expect(eq(i64, q->rate, PICO(c->usd)), "case %zu", i);
        cr_expect(eq(i64, q->low, q->rate), "case %zu", i);
        cr_expect(eq(str, (char *)q->rule, (char *)c->rule), "case %zu", i);
        cr_expect(eq(str, (char *)q->source, (char *)c->source), "case %zu", i);
        cr_expect(eq(str, (char *)q->reason, (char *)c->reason), "case %zu", i);
        cr_expect(eq(i32, q->known && q->status == PRICE_ESTIMATED, c->rule[0] != 0), "case %zu",
                  i);
    }
    arena_release(&arena);
}

Test(price_rules, refused_estimates_are_unknown_and_say_so) {
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct rule_case *c = &cases[i];
        struct offer offer = offer_of(&book, &arena, c, false);
        const struct quote *q = &offer.commitments[0].effective;
        bool estimated = c->rule[0] != 0;
        cr_expect(eq(i32, q->known, c->usd > 0 && !estimated), "case %zu", i);
        if (estimated)
            cr_expect(eq(str, (char *)q->reason,
                         arena_printf(&arena,
                                      "only an estimate (rule %s) is at hand, and estimates are "
                                      "refused",
                                      c->rule)));
    }
    struct offer offer = offer_of(&book, &arena, &cases[11], false);
    cr_expect(not(offer.spot.known)); /* a row of the book that is itself an estimate */
    cr_expect(eq(str, (char *)offer.spot.reason,
                 "only an estimate (rule spot-advisor) is at hand, and estimates are refused"));
    arena_release(&arena);
}

Test(price_rules, an_instance_offer) {
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    struct offer_request request = {
        .sku = "g.gpu", .region = "us-east-1", .quota_group = "G", .vcpu = 8, .estimates = true};
    struct offer offer = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i32, (int)offer.kind, OFFER_INSTANCE));
    cr_assert(eq(str, (char *)offer.family, "g"));
    cr_assert(eq(str, (char *)offer.quota_group, "G"));
    cr_assert(eq(dbl, offer.vcpu, 8));
    cr_assert(eq(i64, offer.on_demand.rate, PICO(10)));
    cr_assert(eq(str, (char *)offer.on_demand.as_of, "2026-07-20"));
    cr_assert(eq(i64, offer.spot.low, PICO(3)));
    cr_assert(eq(i64, offer.spot.high, PICO(5)));
    cr_assert(eq(dbl, offer.interruptions_per_month, 0.15));
    cr_assert(not(offer.gb_second.known));
    cr_assert(eq(str, (char *)offer.gb_second.reason, "not how this is sold"));
    arena_release(&arena);
}

Test(price_rules, function_and_token_offers) {
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    struct offer_request request = {.sku = "lambda-x86", .region = "us-east-1", .estimates = true};
    struct offer offer = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i32, (int)offer.kind, OFFER_FUNCTION));
    cr_assert(eq(i64, offer.gb_second.rate, 16666700));
    cr_assert(eq(i64, offer.million_requests.rate, PICO(0.2)));
    cr_assert(eq(i64, offer.provisioned_gb_second.rate, 9722200));
    cr_assert(eq(i64, offer.held_gb_second.rate, 4166700));
    cr_assert(not(offer.on_demand.known));
    request.sku = "m-v1";
    offer = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i32, (int)offer.kind, OFFER_TOKEN_API));
    cr_assert(eq(i64, offer.million_input_tokens.rate, PICO(0.22)));
    cr_assert(eq(i32, (int)offer.million_input_tokens.status, PRICE_SECONDARY));
    cr_assert(not(offer.million_output_tokens.known));
    cr_assert(eq(str, (char *)offer.million_output_tokens.reason,
                 "price book mine has no output token rate for m-v1 in us-east-1"));
    arena_release(&arena);
}

/* A batch costs half by rule (0.22 x 0.5 = 0.11), cached tokens of a batch are not known; flex is
 * listed; priority is not; a model unit has the rate of its term and no tokens to pay for. */
Test(price_rules, tiers_of_a_token_api) {
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    struct offer_request request = {.sku = "m-v1", .region = "us-east-1", .estimates = true};
    struct offer standard = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i64, standard.million_cached_tokens.rate, PICO(0.02)));
    cr_assert(not(standard.unit_hour.known));
    request.tier = TIER_BATCH;
    struct offer batch = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i32, (int)batch.tier, TIER_BATCH));
    cr_assert(eq(i64, batch.million_input_tokens.rate, PICO(0.11)));
    cr_assert(eq(str, (char *)batch.million_input_tokens.rule, "token-batch"));
    cr_assert(not(batch.million_cached_tokens.known));
    cr_assert(eq(str, (char *)batch.million_cached_tokens.reason,
                 "price book mine has no batch cached input token rate for m-v1 in us-east-1"));
    request.tier = TIER_FLEX;
    cr_assert(
        eq(i64, price_book_offer(&book, &arena, &request).million_input_tokens.rate, PICO(0.15)));
    request.tier = TIER_PRIORITY;
    cr_assert(not(price_book_offer(&book, &arena, &request).million_input_tokens.known));
    request.tier = TIER_PROVISIONED_1M;
    struct offer units = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i64, units.unit_hour.rate, PICO(21.5)));
    cr_assert(not(units.million_input_tokens.known));
    request.tier = TIER_PROVISIONED_6M;
    struct offer longer = price_book_offer(&book, &arena, &request);
    cr_assert(eq(str, (char *)longer.unit_hour.reason,
                 "price book mine has no 6-month provisioned hourly rate for m-v1 in us-east-1"));
    request.tier = TIER_BATCH;
    request.estimates = false;
    cr_assert(not(price_book_offer(&book, &arena, &request).million_input_tokens.known));
    arena_release(&arena);
}

Test(price_rules, a_region_without_rates_is_unknown_never_zero) {
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    struct commitment_terms terms = {COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT};
    struct offer_request request = {.sku = "g.gpu",
                                    .region = "eu-west-1",
                                    .accelerated = true,
                                    .commitments = &terms,
                                    .n_commitments = 1,
                                    .estimates = true};
    struct offer offer = price_book_offer(&book, &arena, &request);
    cr_assert(not(offer.on_demand.known));
    cr_assert(eq(str, (char *)offer.on_demand.reason,
                 "price book mine has no on-demand rate for g.gpu in eu-west-1"));
    cr_assert(eq(str, (char *)offer.spot.reason,
                 "price book mine has no spot rate for g.gpu in eu-west-1"));
    cr_assert(not(offer.commitments[0].effective.known));
    cr_assert(lt(dbl, offer.interruptions_per_month, 0));
    arena_release(&arena);
}

/* 9 % off all of EC2, then 10 % off the family: 10 x 0.91 x 0.9 = 8.19; spot 4 x 0.819 = 3.276,
 * its range 2.457 to 4.095; the 3-year rate 3.76 x 0.819 = 3.07944; the Compute plan rests on the
 * undiscounted rates, 5.19292848 x 0.91 = 4.7255649168: a discount on a family is not off a Compute
 * plan. Discounts on others do not touch it. */
Test(price_rules, discounts_multiply_on_every_rate) {
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    struct commitment_terms terms[] = {{COMMIT_RESERVED_STANDARD, 3, PAY_ALL_UPFRONT},
                                       {COMMIT_PLAN_COMPUTE, 3, PAY_NO_UPFRONT}};
    struct discount discounts[] = {{"ec2", 0.09}, {"lambda", 0.5}, {"g", 0.1},
                                   {"p", 0.5},    {"g.full", 0.5}, {"bedrock", 0.5}};
    struct offer_request request = {.sku = "g.gpu",
                                    .region = "us-east-1",
                                    .accelerated = true,
                                    .commitments = terms,
                                    .n_commitments = 2,
                                    .discounts = discounts,
                                    .n_discounts = 6,
                                    .estimates = true};
    struct offer offer = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i64, offer.on_demand.rate, PICO(8.19)));
    cr_assert(eq(i64, offer.spot.rate, PICO(3.276)));
    cr_assert(eq(i64, offer.spot.low, PICO(2.457)));
    cr_assert(eq(i64, offer.spot.high, PICO(4.095)));
    cr_assert(eq(i64, offer.commitments[0].effective.rate, PICO(3.07944)));
    cr_assert(eq(i64, offer.commitments[1].effective.rate, PICO(4.7255649168)));
    request.sku = "lambda-x86";
    offer = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i64, offer.million_requests.rate, PICO(0.1)));
    request.sku = "m-v1";
    discounts[5] = (struct discount){"bedrock/m", 0.25};
    offer = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i64, offer.million_input_tokens.rate, PICO(0.165)));
    arena_release(&arena);
}

/* The type of an endpoint is SageMaker's: 14 x 0.8 = 11.2, whatever EC2 and its families are given;
 * EC2's has nothing of SageMaker's discount: 10 x 0.91 x 0.9. */
Test(price_rules, discounts_on_ec2_are_not_sagemakers) {
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    struct discount discounts[] = {{"ec2", 0.09}, {"sagemaker", 0.2}, {"g", 0.1}};
    struct offer_request request = {.sku = "ml.g.gpu",
                                    .region = "us-east-1",
                                    .discounts = discounts,
                                    .n_discounts = 3,
                                    .estimates = true};
    struct offer offer = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i64, offer.on_demand.rate, PICO(11.2)));
    cr_assert(eq(i64, offer.on_demand.list, PICO(14)));
    request.sku = "g.gpu";
    offer = price_book_offer(&book, &arena, &request);
    cr_assert(eq(i64, offer.on_demand.rate, PICO(8.19)));
    arena_release(&arena);
}

Test(price_rules, a_full_discount_leaves_no_rate) {
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    struct discount all = {"ec2", 1};
    struct offer_request request = {.sku = "g.gpu",
                                    .region = "us-east-1",
                                    .discounts = &all,
                                    .n_discounts = 1,
                                    .estimates = true};
    struct offer offer = price_book_offer(&book, &arena, &request);
    cr_assert(not(offer.on_demand.known));
    cr_assert(eq(str, (char *)offer.on_demand.reason, "the discount on 'ec2' leaves no rate"));
    arena_release(&arena);
}

/* Of the shipped book, no EC2 Instance plan costs more than the Compute plan of its type, term and
 * payment, which covers more. A rule from the on-demand rate alone that rests on one cheap type
 * fails this for 3 years: 0.386 of x2iedn.32xlarge against 0.376 x 1.149. */
Test(price_rules, what_covers_more_never_costs_less) {
    struct arena arena = {0};
    struct err err = {0};
    struct price_book book = {0};
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    struct source *source = price_book_shipped(&arena, NULL, &err);
    cr_assert(price_book_read(&arena, source, &book, errs));
    source_close(source);
    enum { N_TERMS = 2 * N_PAYMENTS };
    struct commitment_terms terms[2 * N_TERMS]; /* EC2 Instance, then Compute plans */
    for (int t = 0; t < 2 * N_TERMS; t++)
        terms[t] =
            (struct commitment_terms){t < N_TERMS ? COMMIT_PLAN_EC2 : COMMIT_PLAN_COMPUTE,
                                      t / N_PAYMENTS % 2 ? 3 : 1, (enum payment)(t % N_PAYMENTS)};
    int compared = 0;
    for (int i = 0; i < book.n_prices; i++) {
        const struct price *price = &book.prices[i];
        if (price->kind != OFFER_INSTANCE || price->option != PRICE_ON_DEMAND)
            continue;
        struct offer_request request = {.sku = price->sku,
                                        .region = price->region,
                                        .accelerated = true,
                                        .commitments = terms,
                                        .n_commitments = 2 * N_TERMS,
                                        .estimates = true};
        struct offer offer = price_book_offer(&book, &arena, &request);
        for (int k = 0; k < N_TERMS; k++) {
            const struct quote *ec2 = &offer.commitments[k].effective;
            const struct quote *compute = &offer.commitments[k + N_TERMS].effective;
            if (!ec2->known || !compute->known)
                continue;
            compared++;
            cr_expect(le(i64, ec2->rate, compute->rate), "%s", price->sku);
            cr_expect(le(i64, compute->rate, offer.on_demand.rate), "%s", price->sku);
        }
    }
    cr_assert(ge(i32, compared, 450), "%d", compared);
    arena_release(&arena);
}

/* ---- what an estimate without any plan rests on ---- */

struct family {
    char name[16];
    int n;
    double share[16]; /* a term all upfront / on demand */
};

static int compare_double(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, compare_double);
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static struct family *family_of(struct family *families, int *n, const char *sku) {
    int length = (int)strcspn(sku, ".");
    char name[16];
    snprintf(name, sizeof name, "%.*s", length, sku);
    for (int f = 0; f < *n; f++)
        if (strcmp(families[f].name, name) == 0)
            return &families[f];
    cr_assert(lt(i32, *n, 64));
    families[*n] = (struct family){0};
    memcpy(families[*n].name, name, sizeof name);
    return &families[(*n)++];
}

/* The median over families of the median over their types in us-east-1, of accelerator types or of
 * all others: what a term all upfront costs of on demand. Families of general processors are called
 * c, m, r or x and a generation. */
static double share_of_on_demand(const struct price_book *book, int term_years, bool accelerated,
                                 int *n_families) {
    struct family families[64];
    int n = 0;
    for (int i = 0; i < book->n_prices; i++) {
        const struct price *price = &book->prices[i];
        bool held = price->option == PRICE_RESERVED_STANDARD || price->option == PRICE_PLAN_EC2;
        bool general =
            strchr("cmrx", price->sku[0]) && price->sku[1] >= '0' && price->sku[1] <= '9';
        if (price->kind != OFFER_INSTANCE || !held || price->term_years != term_years ||
            price->payment != PAY_ALL_UPFRONT || strcmp(price->region, "us-east-1") != 0 ||
            general == accelerated)
            continue;
        const struct price *od = price_book_find(book, price->sku, price->region, PRICE_ON_DEMAND,
                                                 0, PAY_NO_UPFRONT, PER_HOUR);
        struct family *family = family_of(families, &n, price->sku);
        cr_assert(lt(i32, family->n, 16));
        family->share[family->n++] = (double)price->rate / (double)od->rate;
    }
    double shares[64];
    for (int f = 0; f < n; f++)
        shares[f] = median(families[f].share, families[f].n);
    *n_families = n;
    return median(shares, n);
}

/* The rule's factors are those of the shipped book: the typical family's share of on demand, x what
 * no upfront costs more, x what a Compute plan costs more. 3 years: 16 families of accelerators
 * 0.376 x 1.149 x 1.202 = 0.519, 9 others 0.3948: 0.545; 1 year: 5 families of others (accelerators
 * have a rule of their own) 0.6173 x 1.071 x 1.201 = 0.794. Fails when the book's rates move and
 * the rule does not. */
Test(price_rules, without_a_plan_a_term_costs_what_it_does_of_other_types) {
    static const struct {
        int years, families;
        bool accelerated;
        double no_upfront, compute, by_hand;
    } factors[] = {{1, 5, false, 1.071, 1.201, 0.794},
                   {3, 9, false, 1.149, 1.202, 0.545},
                   {3, 16, true, 1.149, 1.202, 0.519}};
    struct arena arena = {0};
    struct err err = {0};
    struct price_book shipped = {0}, mine = book_of(&arena);
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    struct source *source = price_book_shipped(&arena, NULL, &err);
    cr_assert(price_book_read(&arena, source, &shipped, errs));
    source_close(source);
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        int n;
        double share = share_of_on_demand(&shipped, factors[i].years, factors[i].accelerated, &n);
        double factor = round(share * factors[i].no_upfront * factors[i].compute * 1000) / 1000;
        cr_expect(eq(i32, n, factors[i].families));
        cr_expect(epsilon_eq(dbl, factor, factors[i].by_hand, 1e-9), "%.5f", share);
        struct rule_case one = {.sku = "c.cpu",
                                .accelerated = factors[i].accelerated,
                                .terms = {COMMIT_PLAN_COMPUTE, factors[i].years, PAY_NO_UPFRONT}};
        struct offer offer = offer_of(&mine, &arena, &one, true);
        const struct quote *quote = &offer.commitments[0].effective;
        cr_expect(eq(i64, quote->rate, PICO(factor)), "%zu", i);
        cr_expect(eq(str, (char *)quote->rule, "sp-compute"));
    }
    arena_release(&arena);
}

/* Payments of a Compute plan without an EC2 Instance plan beside it. By hand, from on demand 1:
 * 0.794 x 1020 / 1071 = 0.756190476190, 0.794 x 1000 / 1071 = 0.741363211951; of 3 years, not
 * accelerated, 0.545 x 1064 / 1149 = 0.504682332463. From a listed rate under another payment, all
 * upfront before the others: 0.6 x 1.02 = 0.612, and the EC2 Instance plan (0.7 x 1.02 = 0.714 by
 * rule) is not dearer than that. */
Test(price_rules, a_compute_plan_has_every_payment) {
    static const struct {
        struct commitment_terms terms;
        usd_pico rate;
        const char *rule;
    } payments[] = {
        {{COMMIT_PLAN_COMPUTE, 1, PAY_PARTIAL_UPFRONT}, 756190476190, "sp-compute, ri-payment"},
        {{COMMIT_PLAN_COMPUTE, 1, PAY_ALL_UPFRONT}, 741363211951, "sp-compute, ri-payment"},
        {{COMMIT_PLAN_COMPUTE, 3, PAY_PARTIAL_UPFRONT}, 504682332463, "sp-compute, ri-payment"},
    };
    struct arena arena = {0};
    struct price_book book = book_of(&arena);
    for (size_t i = 0; i < sizeof payments / sizeof *payments; i++) {
        struct rule_case one = {.sku = "c.cpu", .terms = payments[i].terms};
        struct offer offer = offer_of(&book, &arena, &one, true);
        cr_expect(eq(i64, offer.commitments[0].effective.rate, payments[i].rate), "%zu", i);
        cr_expect(eq(str, (char *)offer.commitments[0].effective.rule, (char *)payments[i].rule));
    }
    struct err err = {0};
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    const char *more = arena_printf(
        &arena, "%s%s", text,
        "instance,c.cpu,us-east-1,,plan_compute,1y,no_upfront,hour,0.9,,,,published,,n,2026-07-20\n"
        "instance,c.cpu,us-east-1,,plan_compute,1y,all_upfront,hour,0.6,,,,published,,a,2026-07-"
        "20\n"
        "instance,c.cpu,us-east-1,,reserved_standard,1y,all_upfront,hour,0.7,,,,published,,r,"
        "2026-07-20\n");
    struct source *source = source_open_memory(&arena, bytes_of(more), "mine.csv", &err);
    cr_assert(price_book_read(&arena, source, &book, errs), "%s", errs->items[0].what);
    source_close(source);
    struct rule_case compute = {.sku = "c.cpu",
                                .terms = {COMMIT_PLAN_COMPUTE, 1, PAY_PARTIAL_UPFRONT}};
    struct rule_case ec2 = {.sku = "c.cpu", .terms = {COMMIT_PLAN_EC2, 1, PAY_PARTIAL_UPFRONT}};
    struct offer offer = offer_of(&book, &arena, &compute, true);
    cr_expect(eq(i64, offer.commitments[0].effective.rate, PICO(0.612)));
    cr_expect(eq(str, (char *)offer.commitments[0].effective.rule, "ri-payment"));
    cr_expect(eq(str, (char *)offer.commitments[0].effective.source, "a"));
    offer = offer_of(&book, &arena, &ec2, true);
    cr_expect(eq(i64, offer.commitments[0].effective.rate, PICO(0.612)));
    arena_release(&arena);
}

/* A Compute plan that the book lists below what the rule makes of the EC2 Instance plan bounds it:
 * 4.32024 would be by rule. A listed EC2 Instance rate stays. */
Test(price_rules, a_listed_compute_plan_bounds_the_estimate) {
    struct arena arena = {0};
    struct err err = {0};
    struct price_book book = {0};
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    const char *more = arena_printf(
        &arena, "%s%s", text,
        "instance,g.gpu,us-east-1,,plan_compute,3y,no_upfront,hour,4.1,,,,published,,c,2026-07-20\n"
        "instance,p.plan,us-east-1,,plan_compute,3y,all_upfront,hour,22,,,,published,,c,"
        "2026-07-20\n");
    struct source *source = source_open_memory(&arena, bytes_of(more), "mine.csv", &err);
    cr_assert(price_book_read(&arena, source, &book, errs), "%s", errs->items[0].what);
    source_close(source);
    struct rule_case bounded = {.sku = "g.gpu", .terms = {COMMIT_PLAN_EC2, 3, PAY_NO_UPFRONT}};
    struct rule_case listed = {.sku = "p.plan", .terms = {COMMIT_PLAN_EC2, 3, PAY_ALL_UPFRONT}};
    struct offer offer = offer_of(&book, &arena, &bounded, true);
    cr_assert(eq(i64, offer.commitments[0].effective.rate, PICO(4.1)));
    offer = offer_of(&book, &arena, &listed, true);
    cr_assert(eq(i64, offer.commitments[0].effective.rate, PICO(23)));
    arena_release(&arena);
}

/* An EC2 Instance plan that the book lists at twice the on-demand rate: what is made of it by rule,
 * for other payments and for the Compute plan (2 x 1.071 = 2.142), stops at on demand. */
Test(price_rules, no_estimated_plan_is_dearer_than_on_demand) {
    struct arena arena = {0};
    struct err err = {0};
    struct price_book book = {0};
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    const char *more = arena_printf(
        &arena, "%s%s", text,
        "instance,c.cpu,us-east-1,,plan_ec2,1y,all_upfront,hour,2,,,,published,,e,2026-07-20\n");
    struct source *source = source_open_memory(&arena, bytes_of(more), "mine.csv", &err);
    cr_assert(price_book_read(&arena, source, &book, errs), "%s", errs->items[0].what);
    source_close(source);
    for (int kind = 0; kind < 2; kind++)
        for (int payment = 0; payment < N_PAYMENTS; payment++) {
            struct rule_case one = {
                .sku = "c.cpu",
                .terms = {kind ? COMMIT_PLAN_COMPUTE : COMMIT_PLAN_EC2, 1, (enum payment)payment}};
            struct offer offer = offer_of(&book, &arena, &one, true);
            bool listed = !kind && payment == PAY_ALL_UPFRONT;
            cr_expect(eq(i64, offer.commitments[0].effective.rate, listed ? PICO(2) : PICO(1)),
                      "%d %d", kind, payment);
            cr_expect(eq(int, (int)offer.commitments[0].effective.status,
                         (int)(listed ? PRICE_PUBLISHED : PRICE_ESTIMATED)));
        }
    arena_release(&arena);
}

/* A task of Fargate: no rule makes it a plan's rate, no other commitment reaches it, and a discount
 * on EC2 is not off it; one on its family is: 0.2 x 0.9. */
Test(price_rules, fargate_has_the_compute_plans_of_the_book_alone) {
    static const char tasks[] =
        "headroom_price_book,1,tasks,USD\n"
        "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"
        "instance,fargate-x86.1vcpu-4gb,r-1,on_demand,,,hour,0.2,published,list,2026-07-20\n"
        "instance,fargate-x86.1vcpu-4gb,r-1,plan_compute,3y,no_upfront,hour,0.1,published,list,"
        "2026-07-20\n";
    static const struct commitment_terms terms[] = {{COMMIT_PLAN_COMPUTE, 3, PAY_NO_UPFRONT},
                                                    {COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT},
                                                    {COMMIT_PLAN_EC2, 1, PAY_NO_UPFRONT},
                                                    {COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT},
                                                    {COMMIT_PLAN_SAGEMAKER, 1, PAY_NO_UPFRONT}};
    static const struct discount discounts[] = {{"ec2", 0.5}, {"fargate-x86", 0.1}};
    struct arena arena = {0};
    struct err err = {0};
    struct price_book book;
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    struct source *source = source_open_memory(&arena, bytes_of(tasks), "tasks.csv", &err);
    cr_assert(price_book_read(&arena, source, &book, errs), "%s", errs->items[0].what);
    struct offer_request request = {.sku = "fargate-x86.1vcpu-4gb",
                                    .region = "r-1",
                                    .commitments = terms,
                                    .n_commitments = 5,
                                    .estimates = true};
    struct offer offer = price_book_offer(&book, &arena, &request);
    cr_expect(eq(i64, offer.commitments[0].effective.rate, PICO(0.1)));
    for (int c = 1; c < 5; c++)
        cr_expect(not(offer.commitments[c].effective.known), "%d", c);
    cr_expect(eq(str, (char *)offer.commitments[2].effective.reason,
                 "only Compute savings plans cover Fargate"));
    request.discounts = discounts;
    request.n_discounts = 2;
    offer = price_book_offer(&book, &arena, &request);
    cr_expect(eq(i64, offer.on_demand.rate, PICO(0.18)));
    cr_expect(offer_is_fargate(&offer) && !offer_is_sagemaker(&offer));
    arena_release(&arena);
}
