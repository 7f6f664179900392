/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/prompt_runs.h"

const uint32_t *prompt_runs(struct arena *arena, const struct prompt_blocks *prompts,
                            size_t n_rows) {
    uint32_t *runs = arena_new(arena, uint32_t, prompts->n_ids);
    struct arena_mark mark = arena_mark(arena);
    uint32_t *n_prompts = arena_new(arena, uint32_t, prompts->n_ids);
    for (uint32_t i = prompts->first[0]; i < prompts->first[n_rows]; i++)
        n_prompts[prompts->ids[i]]++;
    for (size_t row = 0; row < n_rows; row++) {
        uint32_t after = 0, after_prompts = 0;
        for (uint32_t i = prompts->first[row + 1]; i-- > prompts->first[row];) {
            uint32_t id = prompts->ids[i];
            runs[id] = n_prompts[id] == after_prompts ? runs[after] + 1 : 1;
            after = id;
            after_prompts = n_prompts[id];
        }
    }
    arena_rewind(arena, mark);
    return runs;
}
