/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_read: a profile whose times are finite and not negative and that is written and read
 * again unchanged, or mistakes at their places. */
#include <string.h>

#include "sim/iteration_time.h"
#include "sim/profile.h"
#include "target.h"

const char *const fuzz_name = "profile";
const bool fuzz_unpacks = true;
const char *const fuzz_words[] = {"headroom_profile,1\nterm,value,unit,note\n",
                                  "kind,llm,,\n",
                                  "kind,batched,,\n",
                                  "model,llama-3.1-8b,,\n",
                                  "accelerator,L4,,\n",
                                  "precision,bf16,,\n",
                                  "kv_precision,fp8,,\n",
                                  "tensor_parallel,1,devices,\n",
                                  "date,2026-08-20,,\n",
                                  "graphs,yes,,\n",
                                  "a0,1e-3,us,\n",
                                  "kv_blocks,2588,blocks,\n",
                                  "range_tokens,2048,tokens,\n",
                                  "error_low,-0.1,ratio,\n",
                                  ",us,\n",
                                  ",s,\n",
                                  "-1",
                                  "1e999",
                                  ",",
                                  "\n",
                                  "\"",
                                  "\r\n",
                                  "\xef\xbb\xbf",
                                  NULL};

static struct source *open_bytes(struct arena *arena, struct bytes bytes) {
    struct err err = {0};
    struct source *source = source_open_memory(arena, bytes, "fuzzed.csv", &err);
    ENSURE(source != NULL);
    return source;
}

static void check_round_trip(struct arena *arena, const struct catalog *catalog,
                             const struct profile *profile) {
    struct text first = {.arena = arena}, second = {.arena = arena};
    struct err_list errs = {0};
    struct profile back;
    profile_append_csv(&first, profile);
    struct source *source = open_bytes(arena, (struct bytes){first.data, first.n});
    ENSURE(profile_read(arena, catalog, source, &back, &errs));
    source_close(source);
    profile_append_csv(&second, &back);
    ENSURE(first.n == second.n && memcmp(first.data, second.data, first.n) == 0);
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct err_list errs = {0};
    struct catalog catalog;
    struct profile profile = {.rows = -7};
    ENSURE(catalog_shipped(&arena, &catalog, &err));
    struct source *source = open_bytes(&arena, bytes);
    bool fine = profile_read(&arena, &catalog, source, &profile, &errs);
    ENSURE(fine == (errs.n_total == 0));
    for (int i = 0; i < errs.n; i++)
        fuzz_check_words(&errs.items[i]);
    ENSURE(fine ? profile.rows > 0 : profile.rows == -7);
    if (fine) {
        ENSURE(iteration_time_valid(&profile.time));
        check_round_trip(&arena, &catalog, &profile);
    }
    source_close(source);
    arena_release(&arena);
    return fine;
}
