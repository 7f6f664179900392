/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of one engine step: padding against the list of sizes that vLLM captures, experts
 * against a count over all choices and against the library's power, and steps by hand. */
#include "sim/iteration_time.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

Test(iteration_time, pads_to_the_sizes_captured) {
    int64_t sizes[64], n = 0;
    for (int64_t size = 1; size <= 4; size *= 2)
        sizes[n++] = size;
    for (int64_t size = 8; size <= 256; size += 8)
        sizes[n++] = size;
    for (int64_t size = 272; size <= 512; size += 16)
        sizes[n++] = size;
    cr_assert(eq(i64, n, 51));
    for (int64_t tokens = 1; tokens <= 512; tokens++) {
        int64_t at = 0;
        while (sizes[at] < tokens)
            at++;
        cr_assert(eq(i64, iteration_time_graph_tokens(tokens), sizes[at]), "%ld", (long)tokens);
    }
    cr_assert(eq(i64, iteration_time_graph_tokens(513), 513));
    cr_assert(eq(i64, iteration_time_graph_tokens(8191), 8191));
}

/* Three tokens that each choose 2 of 4 experts: 6 x 6 x 6 equally likely ways. */
Test(iteration_time, experts_hit_as_counted) {
    static const int pairs[] = {3, 5, 6, 9, 10, 12};
    struct iteration_time time = {.experts = 4, .experts_chosen = 2};
    int hit = 0;
    for (int i = 0; i < 6 * 6 * 6; i++)
        hit += __builtin_popcount((unsigned)(pairs[i % 6] | pairs[i / 6 % 6] | pairs[i / 36]));
    cr_assert(epsilon_eq(dbl, iteration_time_experts_hit(&time, 3), hit / 216.0, 1e-12));
}

static const struct {
    double experts, chosen, tokens;
} hits[] = {{8, 2, 1}, {8, 2, 2}, {128, 8, 37}, {256, 8, 512}, {256, 8, 1e6}, {64, 6.5, 3}};

Test(iteration_time, experts_hit_as_a_power) {
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++) {
        struct iteration_time time = {.experts = hits[i].experts, .experts_chosen = hits[i].chosen};
        double want =
            time.experts * (1 - pow(1 - time.experts_chosen / time.experts, hits[i].tokens));
        cr_assert(
            epsilon_eq(dbl, iteration_time_experts_hit(&time, hits[i].tokens), want, 1e-9 * want));
    }
    struct iteration_time all = {.experts = 8, .experts_chosen = 8};
    cr_assert(eq(dbl, iteration_time_experts_hit(&all, 1), 8));
}

/* 8 experts of which 2 are chosen, read at 3 us each, or 5 us a token; 2 layers.
 *   1 token   hit 2:    max(6, 5)  = 6
 *   2 tokens  hit 3.5:  max(10.5, 10) = 10.5
 *   3 tokens  hit 4.625: max(13.875, 15) = 15, in graphs as 4: hit 5.46875, max(16.40625, 20) = 20
 */
Test(iteration_time, experts_by_hand) {
    struct iteration_time time = {
        .layers = 2, .t0 = 10, .x1 = 3, .y1 = 5, .experts = 8, .experts_chosen = 2};
    cr_assert(eq(i64, iteration_time_decode_fixed(&time, 1), 22 * TICKS_PER_US));
    cr_assert(eq(i64, iteration_time_decode_fixed(&time, 2), 31 * TICKS_PER_US));
    cr_assert(eq(i64, iteration_time_decode_fixed(&time, 3), 40 * TICKS_PER_US));
    time.graphs = true;
    cr_assert(eq(i64, iteration_time_decode_fixed(&time, 3), 50 * TICKS_PER_US));
}

/* 3 decode on 100 cached tokens beside a chunk of 10 on 40, in graphs as 16 tokens:
 *   linear 16 x 1, mixed attention 2 + 10 + 10 x 45 x 0.1 + 40 x 0.5 + 3 x 4 + 100 x 0.25 = 114,
 *   all-reduce 3 + 16 x 2 = 35, head 5 + 4 x 6 = 29: 7 + 2 x 165 + 29 */
Test(iteration_time, a_mixed_step_by_hand) {
    struct iteration_time time = {.layers = 2,
                                  .t0 = 7,
                                  .a1 = 1,
                                  .m0 = 2,
                                  .m1 = 1,
                                  .m2 = 0.1,
                                  .m3 = 0.5,
                                  .m4 = 4,
                                  .m5 = 0.25,
                                  .r0 = 3,
                                  .r1 = 2,
                                  .h0 = 5,
                                  .h1 = 6,
                                  .graphs = true};
    struct prefill_step step = {10, 2 * 10 * 45, 40, 3, 100, 4};
    cr_assert(eq(i64, iteration_time_prefill(&time, &step), 366 * TICKS_PER_US));
}

/* No step within the limits takes longer than the bound. */
Test(iteration_time, the_bound_holds) {
    struct iteration_time time = {.layers = 3,
                                  .t0 = 7,
                                  .a0 = 5,
                                  .a1 = 1,
                                  .x1 = 2,
                                  .y1 = 0.5,
                                  .experts = 16,
                                  .experts_chosen = 3,
                                  .d1 = 1,
                                  .d2 = 0.2,
                                  .m1 = 0.5,
                                  .m4 = 1,
                                  .m5 = 0.3,
                                  .graphs = true};
    for (int64_t n = 1; n <= 40; n++)
        for (int64_t chunk = 1; chunk + n <= 500; chunk += 7) {
            double bound = iteration_time_bound_us(&time, 500, 40, 1000) * TICKS_PER_US;
            struct prefill_step step = {chunk, chunk * chunk, 0, n, 1000, n + 1};
            cr_assert(le(dbl, (double)iteration_time_prefill(&time, &step), bound));
            cr_assert(le(dbl, (double)iteration_time_decode_fixed(&time, n), bound));
        }
}
