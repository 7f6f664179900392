/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What prompts have in common: dense chained ids by hand; random prompts against a brute force that
 * compares whole prefixes, pair by pair, in equality and in tokens found; blocks that always come
 * together, by hand and by definition. */
#include "sim/prompt_blocks.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/rng.h"
#include "sim/prompt_runs.h"

/* Blocks of 4 tokens. Row 1 shares two blocks with row 0 and its third is not full; row 2 begins
 * with an id that row 0 has second: another prefix; row 3 has no ids; row 4 is row 0 again. */
Test(prompt_blocks, by_hand) {
    struct arena arena = {0};
    struct request requests[5] = {{.input_tokens = 12, .row = 0},
                                  {.input_tokens = 11, .row = 1},
                                  {.input_tokens = 8, .row = 2},
                                  {.input_tokens = 99, .row = 3},
                                  {.input_tokens = 14, .row = 4}};
    uint64_t a[] = {70, 9, 3}, b[] = {70, 9, 1ULL << 63}, c[] = {9, 3};
    uint64_t *ids[5] = {a, b, c, NULL, a};
    int n_ids[5] = {3, 3, 2, 0, 3};
    const struct prompt_blocks *p = prompt_blocks_chain(&arena, 4, 5, requests, ids, n_ids);
    static const uint32_t first[6] = {0, 3, 5, 7, 7, 10};
    static const uint32_t dense[10] = {0, 1, 2, 0, 1, 3, 4, 0, 1, 2};
    cr_assert(eq(u32, p->n_ids, 5));
    cr_assert(eq(int, p->block_tokens, 4));
    for (int i = 0; i < 6; i++)
        cr_assert(eq(u32, p->first[i], first[i]));
    for (int i = 0; i < 10; i++)
        cr_assert(eq(u32, p->ids[i], dense[i]), "%d", i);
    /* All in one run: two blocks of row 1, three of row 4. In runs of 2: {0, 1}, {2, 3}, {4}. */
    cr_assert(eq(i64, prompt_blocks_found(&arena, p, requests, 5, 5), 20));
    cr_assert(eq(i64, prompt_blocks_found(&arena, p, requests, 5, 2), 8));
    cr_assert(eq(i64, prompt_blocks_found(&arena, p, requests, 5, 1), 0));
    cr_assert(eq(i64, prompt_blocks_found(&arena, p, requests + 1, 4, 100), 8));
    arena_release(&arena);
}

enum { N = 300, BLOCKS_MAX = 6, BLOCK = 3 };

static int full_blocks(const struct request *request, int n_ids) {
    int full = request->input_tokens / BLOCK;
    return n_ids < full ? n_ids : full;
}

/* Longest run of equal full blocks at the start of two prompts. */
static int common(uint64_t ids[N][BLOCKS_MAX], const int *n_full, int i, int j) {
    int k = 0;
    while (k < n_full[i] && k < n_full[j] && ids[i][k] == ids[j][k])
        k++;
    return k;
}

Test(prompt_blocks, against_pairs_of_prefixes) {
    static uint64_t ids[N][BLOCKS_MAX];
    struct request requests[N];
    uint64_t *rows[N];
    int n_ids[N], n_full[N];
    struct arena arena = {0};
    struct rng rng = rng_open(3, 0, RNG_TEST, 0);
    for (int i = 0; i < N; i++) {
        requests[i] = (struct request){.input_tokens = 1 + (int32_t)rng_below(&rng, 20), .row = i};
        int all = (requests[i].input_tokens + BLOCK - 1) / BLOCK;
        n_ids[i] = all < BLOCKS_MAX ? all : BLOCKS_MAX;
        for (int k = 0; k < n_ids[i]; k++)
            ids[i][k] = rng_below(&rng, 3) << 60;
        rows[i] = ids[i];
        n_full[i] = full_blocks(&requests[i], n_ids[i]);
    }
    const struct prompt_blocks *p = prompt_blocks_chain(&arena, BLOCK, N, requests, rows, n_ids);
    int64_t found = 0, found_in_runs = 0;
    for (int i = 0; i < N; i++) {
        cr_assert(eq(int, (int)(p->first[i + 1] - p->first[i]), n_full[i]));
        int most = 0, most_in_run = 0;
        for (int j = 0; j < i; j++) {
            int equal = common(ids, n_full, i, j);
            for (int k = 0; k < n_full[i] && k < n_full[j]; k++)
                cr_assert(eq(int, p->ids[p->first[i] + k] == p->ids[p->first[j] + k], k < equal));
            most = equal > most ? equal : most;
            if (j / 7 == i / 7 && equal > most_in_run)
                most_in_run = equal;
        }
        found += most * BLOCK;
        found_in_runs += most_in_run * BLOCK;
    }
    cr_assert(eq(i64, prompt_blocks_found(&arena, p, requests, N, N), found));
    cr_assert(eq(i64, prompt_blocks_found(&arena, p, requests, N, 7), found_in_runs));
    arena_release(&arena);
}

/* Ids 0 and 1 always come together; so do 2 and 3, while 4 and 5 follow 2, 3 in one prompt alone.
 */
Test(prompt_blocks, runs_by_hand) {
    struct arena arena = {0};
    static const uint32_t first[] = {0, 4, 8, 10, 10}, ids[] = {0, 1, 2, 3, 2, 3, 4, 5, 0, 1};
    static const uint32_t want[] = {2, 1, 2, 1, 2, 1};
    struct prompt_blocks prompts = {16, first, ids, 6, NULL};
    const uint32_t *runs = prompt_runs(&arena, &prompts, 4);
    for (int id = 0; id < 6; id++)
        cr_assert(eq(u32, runs[id], want[id]), "%d", id);
    arena_release(&arena);
}

/* The definition, id by id: how far do all prompts with the id go on alike? */
Test(prompt_blocks, runs_against_the_definition) {
    enum { ROWS = 60 };
    static uint64_t raw[ROWS][BLOCKS_MAX];
    struct request requests[ROWS];
    uint64_t *rows[ROWS];
    int n_ids[ROWS];
    struct arena arena = {0};
    struct rng rng = rng_open(8, 0, RNG_TEST, 0);
    for (int i = 0; i < ROWS; i++) {
        n_ids[i] = (int)rng_below(&rng, BLOCKS_MAX + 1);
        requests[i] = (struct request){.input_tokens = BLOCK * n_ids[i] + 1, .row = i};
        rows[i] = raw[i];
        for (int k = 0; k < n_ids[i]; k++)
            raw[i][k] = rng_below(&rng, 4) ? 1 : rng_below(&rng, 3);
    }
    const struct prompt_blocks *p = prompt_blocks_chain(&arena, BLOCK, ROWS, requests, rows, n_ids);
    int n_long = 0;
    for (uint32_t id = 0; id < p->n_ids; id++) {
        uint32_t shortest = UINT32_MAX, like = UINT32_MAX;
        for (uint32_t row = 0; row < ROWS; row++)
            for (uint32_t k = p->first[row]; k < p->first[row + 1]; k++) {
                if (p->ids[k] != id)
                    continue;
                uint32_t left = p->first[row + 1] - k, same = 0;
                like = like == UINT32_MAX ? k : like;
                while (same < left && same < shortest && p->ids[like + same] == p->ids[k + same])
                    same++;
                shortest = same;
            }
        cr_assert(eq(u32, p->runs[id], shortest), "id %u", id);
        n_long += shortest > 1;
    }
    cr_assert(gt(int, n_long, 10));
    arena_release(&arena);
}
