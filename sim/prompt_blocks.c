/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/prompt_blocks.h"

#include "base/err.h"
#include "sim/prompt_runs.h"

/* Before a prompt's first block. */
#define NO_BLOCK UINT32_MAX

/* Dense ids by (the block before, the log's id): open addressing, at most two thirds full. */
struct chain_table {
    struct chain_entry {
        uint64_t raw;
        uint32_t before;
        uint32_t id_plus_one; /* 0: free */
    } * entries;
    size_t mask;
    uint32_t n;
};

static size_t full_blocks(int32_t block_tokens, const struct request *request, int n_ids) {
    int32_t full = request->input_tokens / block_tokens;
    return (size_t)(n_ids < full ? n_ids : full);
}

static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ x >> 27) * 0x94D049BB133111EBULL;
    return x ^ x >> 31;
}

static uint32_t chain_id(struct chain_table *table, uint32_t before, uint64_t raw) {
    size_t at = mix(raw ^ mix(before + 1ULL)) & table->mask;
    struct chain_entry *entry;
    while ((entry = &table->entries[at])->id_plus_one > 0) {
        if (entry->raw == raw && entry->before == before)
            return entry->id_plus_one - 1;
        at = (at + 1) & table->mask;
    }
    *entry = (struct chain_entry){raw, before, ++table->n};
    return table->n - 1;
}

const struct prompt_blocks *prompt_blocks_chain(struct arena *arena, int32_t block_tokens, size_t n,
                                                const struct request *requests,
                                                uint64_t *const *ids, const int *n_ids) {
    uint32_t *first = arena_new(arena, uint32_t, n + 1);
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        first[i] = (uint32_t)total;
        total += full_blocks(block_tokens, &requests[i], n_ids[i]);
    }
    ENSURE(total < NO_BLOCK); /* the log's own ids are 32 GiB then */
    first[n] = (uint32_t)total;
    uint32_t *dense = arena_new(arena, uint32_t, total);
    struct prompt_blocks *prompts = arena_new(arena, struct prompt_blocks, 1);

    struct arena_mark mark = arena_mark(arena);
    size_t capacity = 16;
    while (capacity < total + total / 2)
        capacity *= 2;
    struct chain_table table = {arena_new(arena, struct chain_entry, capacity), capacity - 1, 0};
    for (size_t i = 0; i < n; i++) {
        uint32_t before = NO_BLOCK;
        for (uint32_t k = first[i]; k < first[i + 1]; k++)
            before = dense[k] = chain_id(&table, before, ids[i][k - first[i]]);
    }
    arena_rewind(arena, mark);
    *prompts = (struct prompt_blocks){block_tokens, first, dense, table.n, NULL};
    prompts->runs = prompt_runs(arena, prompts, n);
    return prompts;
}

int64_t prompt_blocks_found(struct arena *scratch, const struct prompt_blocks *prompts,
                            const struct request *requests, size_t n, size_t run) {
    ENSURE(run >= 1);
    struct arena_mark mark = arena_mark(scratch);
    size_t *seen_in = arena_new(scratch, size_t, prompts->n_ids); /* number of the run, from 1 */
    int64_t found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t number = i / run + 1;
        int32_t row = requests[i].row;
        for (uint32_t k = prompts->first[row]; k < prompts->first[row + 1]; k++) {
            found += seen_in[prompts->ids[k]] == number;
            seen_in[prompts->ids[k]] = number;
        }
    }
    arena_rewind(scratch, mark);
    return found * prompts->block_tokens;
}
