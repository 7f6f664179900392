/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles as files: what is written reads back equal to the last bit, on profiles drawn at random;
 * broken files with their exact messages and places; what is shipped; which profile a setup gets.
 */
#include "sim/profile.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stddef.h>
#include <string.h>

#include "base/rng.h"

static struct catalog shipped(struct arena *arena) {
    struct catalog catalog;
    struct err err = {0};
    cr_assert(catalog_shipped(arena, &catalog, &err), "%s:%d:%d: %s", err.file, err.line,
              err.column, err.what);
    return catalog;
}

static struct profile example(void) {
    return (struct profile){
        .kind = PROFILE_LLM,
        .model = "llama-3.1-8b",
        .accelerator = "L4",
        .precision = PRECISION_FP8,
        .kv_precision = PRECISION_BF16,
        .tensor_parallel = 2,
        .engine = "vllm",
        .version = "0.19.0",
        .date = "2026-08-20",
        .method = "kernel tables, \"medians\"",
        .source = "our own cluster",
        .time = {.layers = 32, .a0 = 484.3, .b1 = 2.76, .d2 = 0.00442, .graphs = true},
        .kv_blocks = 2588,
        .range = {2048, 256, 2048, 4096, 16384},
        .rows = 1000,
        .error_median = 0.03,
        .error_low = -0.05,
        .error_high = 0.06,
    };
}

static bool read_bytes(struct arena *arena, struct bytes bytes, struct profile *out,
                       struct err_list *errs) {
    struct catalog catalog = shipped(arena);
    struct source *source = source_open_memory(arena, bytes, "p.csv", NULL);
    bool ok = profile_read(arena, &catalog, source, out, errs);
    source_close(source);
    cr_assert(eq(int, ok, errs->n_total == 0));
    return ok;
}

static struct text written(struct arena *arena, const struct profile *profile) {
    struct text out = {.arena = arena};
    profile_append_csv(&out, profile);
    return out;
}

static struct profile read_back(struct arena *arena, const struct profile *profile) {
    struct text text = written(arena, profile);
    struct err_list errs = {0};
    struct profile back = {0};
    cr_assert(read_bytes(arena, (struct bytes){text.data, text.n}, &back, &errs), "%s:%d: %s",
              errs.items[0].file, errs.items[0].line, errs.items[0].what);
    return back;
}

/* Any magnitude from 1e-12 to 1e9, with all its bits. */
static double any_double(struct rng *rng) {
    return rng_exp(rng_uniform(rng) * 48 - 27);
}

/* `time` is numbers followed by one bool. */
enum { N_TIMES = offsetof(struct iteration_time, graphs) / sizeof(double) };

Test(profile, reads_back_what_it_wrote) {
    struct arena arena = {0};
    for (uint64_t i = 0; i < 300; i++) {
        struct rng rng = rng_open(7, 0, RNG_TEST, i);
        struct profile wrote = example();
        double *times = (double *)(void *)&wrote.time;
        for (int t = 1; t < N_TIMES; t++) /* layers are the model's */
            times[t] = any_double(&rng);
        wrote.time.experts = wrote.time.experts_chosen = 0; /* dense */
        wrote.time.graphs = i % 2;
        wrote.error_median = any_double(&rng) / 1e9;
        struct profile back = read_back(&arena, &wrote);
        cr_assert(zero(
            int, memcmp(&wrote.time, &back.time, offsetof(struct iteration_time, graphs) + 1)));
        cr_assert(zero(int, memcmp(&wrote.range, &back.range, sizeof wrote.range)));
        cr_assert(wrote.error_median == back.error_median && wrote.error_low == back.error_low &&
                  wrote.error_high == back.error_high);
        cr_assert(eq(int, back.kind, wrote.kind));
        cr_assert(eq(int, back.precision, wrote.precision));
        cr_assert(eq(int, back.kv_precision, wrote.kv_precision));
        cr_assert(eq(int, back.tensor_parallel, 2));
        cr_assert(eq(i64, back.kv_blocks, 2588));
        cr_assert(eq(int, back.rows, 1000));
        cr_assert(eq(str, (char *)back.method, (char *)wrote.method));
        cr_assert(eq(str, (char *)back.date, (char *)wrote.date));
        struct text first = written(&arena, &wrote), second = written(&arena, &back);
        cr_assert(eq(str, first.data, second.data));
    }
    arena_release(&arena);
}

Test(profile, batched_reads_back) {
    struct arena arena = {0};
    struct profile wrote = example();
    wrote.kind = PROFILE_BATCHED;
    wrote.model = "bert-base";
    wrote.kv_precision = PRECISION_BF16;
    wrote.tensor_parallel = 1;
    wrote.base_s = 0.001;
    wrote.token_s = 1.0 / 3e5;
    struct profile back = read_back(&arena, &wrote);
    cr_assert(back.base_s == wrote.base_s && back.token_s == wrote.token_s);
    cr_assert(eq(int, back.kind, PROFILE_BATCHED));
    arena_release(&arena);
}

/* Each case replaces one line of the example, or drops lines that begin with it. */
static const struct {
    const char *name, *line, *instead; /* NULL: dropped */
    int at_line, at_column;
    const char *what, *hint;
} broken[] = {
    {"not a profile", "headroom_profile,1", "headroom_models,1", 1, 1, "not a profile",
     "the first line must be: headroom_profile,1"},
    {"another version", "headroom_profile,1", "headroom_profile,2", 1, 1, "unknown format version",
     "the first line must be: headroom_profile,1"},
    {"a column missing", "term,value,unit,note", "term,value,unit", 2, 0,
     "column 'note' is missing", "the first line must name the columns"},
    {"kind not first", "kind,", NULL, 3, 1, "the first term must be kind: llm or batched", ""},
    {"another kind", "kind,", "kind,quantum,,", 3, 6, "kind must be llm or batched", ""},
    {"a regime missing", "m", NULL, 47, 0,
     "the file ends without m0, m1, m2, m3, m4, m5 of 'mixed'",
     "every term must be stated; headroom perf fit writes all of them"},
    {"negative", "d2,", "d2,-0.1,us,", 29, 4, "d2 must be a number from 0 to 1e+12, not '-0.1'",
     ""},
    {"not finite", "d2,", "d2,inf,us,", 29, 4, "d2 must be a number from 0 to 1e+12, not 'inf'",
     ""},
    {"too large for a double", "d2,", "d2,1e999,us,", 29, 4,
     "d2 must be a number from 0 to 1e+12, not '1e999'", ""},
    {"another unit", "d2,", "d2,0.1,ms,", 29, 8, "the unit of d2 is us", ""},
    {"twice", "d1,", "d2,0.1,us,", 29, 1, "'d2' stands here twice", ""},
    {"unknown term", "d2,", "dd2,0.1,us,", 29, 1, "unknown term 'dd2' of a profile of kind llm",
     "did you mean 'd2'?"},
    {"unknown model", "model,", "model,llama-3.1-8,,", 4, 7, "unknown model 'llama-3.1-8'",
     "did you mean 'llama-3.1-8b'?"},
    {"no decoder", "model,", "model,bert-base,,", 4, 7,
     "bert-base is no decoder: its profile is of kind batched", ""},
    {"unknown accelerator", "accelerator,", "accelerator,L4O,,", 5, 13, "unknown accelerator 'L4O'",
     "did you mean 'L4'?"},
    {"unknown precision", "precision,", "precision,fp7,,", 7, 11, "unknown precision",
     "fp32, bf16, fp8, int8, fp4 or int4"},
    {"no device", "tensor_parallel,", "tensor_parallel,0,devices,", 6, 17,
     "tensor_parallel must be a whole number from 1 to 1024, not '0'", ""},
    {"no engine", "engine,", "engine,,,", 9, 8, "engine must be 1 to 200 printable bytes", ""},
    {"a formula", "engine,", "engine,=1+1,,", 9, 8, "engine must not begin with '='",
     "spreadsheets would compute it"},
    {"no such day", "date,", "date,2026-02-30,,", 11, 6, "date must be a day as YYYY-MM-DD", ""},
    {"other layers", "layers,", "layers,80,layers,", 14, 8, "llama-3.1-8b has 32 layers, not 80",
     ""},
    {"experts of a dense model", "experts,", "experts,8,experts,", 21, 9,
     "llama-3.1-8b has 0 experts, not 8", ""},
    {"graphs in words", "graphs,", "graphs,on,,", 16, 8, "graphs must be yes or no", ""},
    {"beyond the context", "range_context,", "range_context,131073,tokens,", 49, 15,
     "131073 tokens are beyond the context of llama-3.1-8b, 131072", ""},
    {"no range", "range_chunk,", "range_chunk,0,tokens,", 47, 13,
     "range_chunk must be a number from 1 to 1000000000, not '0'", ""},
    {"errors crossed", "error_high,", "error_high,-0.5,ratio,", 53, 12,
     "error_high lies below error_low", ""},
    {"cells missing", "a1,", "a1,3", 18, 1, "this row has 2 cells, the header 4", ""},
};
enum { N_BROKEN = sizeof broken / sizeof broken[0] };

static struct bytes break_one(struct arena *arena, int i) {
    struct profile profile = example();
    struct text whole = written(arena, &profile), out = {.arena = arena};
    size_t prefix = strlen(broken[i].line);
    for (const char *line = whole.data; *line;) {
        const char *end = strchr(line, '\n') + 1;
        bool regime = prefix == 1 && line[1] >= '0' && line[1] <= '9'; /* m0..m5, not method */
        if (strncmp(line, broken[i].line, prefix) != 0 || (prefix == 1 && !regime))
            text_append(&out, line, (size_t)(end - line));
        else if (broken[i].instead)
            text_printf(&out, "%s\n", broken[i].instead);
        line = end;
    }
    return (struct bytes){out.data, out.n};
}

Test(profile, tells_every_mistake_at_its_place) {
    for (int i = 0; i < N_BROKEN; i++) {
        struct arena arena = {0};
        struct err_list errs = {0};
        struct profile out = {.rows = -7};
        cr_assert(not(read_bytes(&arena, break_one(&arena, i), &out, &errs)), "%s", broken[i].name);
        cr_assert(eq(int, out.rows, -7));
        const struct err *err = &errs.items[0];
        cr_expect(eq(str, (char *)err->what, (char *)broken[i].what), "%s", broken[i].name);
        cr_expect(eq(str, (char *)err->hint, (char *)broken[i].hint), "%s", broken[i].name);
        cr_expect(eq(int, err->line, broken[i].at_line), "%s", broken[i].name);
        cr_expect(eq(int, err->column, broken[i].at_column), "%s", broken[i].name);
        arena_release(&arena);
    }
}

Test(profile, nothing_is_free) {
    struct arena arena = {0};
    struct profile profile = example(), out;
    profile.time.a0 = profile.time.b1 = 0;
    struct text text = written(&arena, &profile);
    struct err_list errs = {0};
    cr_assert(not(read_bytes(&arena, (struct bytes){text.data, text.n}, &out, &errs)));
    cr_assert(
        eq(str, errs.items[0].what, "the linear layers take no time: a0, a1, b0 and b1 are all 0"));
    arena_release(&arena);
}

Test(profile, all_mistakes_in_one_pass) {
    static const char text[] = "headroom_profile,1\nterm,value,unit,note\nkind,llm,,\nmodel,x,,\n"
                               "a0,-1,us,\na0,1,us,\n";
    struct arena arena = {0};
    struct err_list errs = {0};
    struct profile out;
    cr_assert(not(read_bytes(&arena, bytes_of(text), &out, &errs)));
    cr_assert(gt(int, errs.n_total, 10)); /* three here, and every regime is missing terms */
    cr_assert(eq(int, errs.items[0].line, 4));
    cr_assert(eq(int, errs.items[1].line, 5));
    cr_assert(eq(int, errs.items[2].line, 6));
    arena_release(&arena);
}

Test(profile, found_for_exactly_its_setup) {
    struct profile profiles[3] = {example(), example(), example()};
    profiles[1].tensor_parallel = 4;
    profiles[2].tensor_parallel = 4; /* the first of two is taken */
    const struct profile *found =
        profile_find(profiles, 3, "llama-3.1-8b", "L4", PRECISION_FP8, PRECISION_BF16, 4);
    cr_assert(eq(ptr, (void *)found, &profiles[1]));
    cr_assert(eq(
        ptr,
        (void *)profile_find(profiles, 3, "llama-3.1-8b", "L4", PRECISION_BF16, PRECISION_BF16, 4),
        NULL));
    cr_assert(
        eq(ptr,
           (void *)profile_find(profiles, 3, "llama-3.1-8b", "L4", PRECISION_FP8, PRECISION_FP8, 4),
           NULL));
    cr_assert(eq(
        ptr,
        (void *)profile_find(profiles, 3, "llama-3.1-8b", "L4", PRECISION_FP8, PRECISION_BF16, 1),
        NULL));
}

/* Shipped profiles read, are found, and say where they come from. */
Test(profile, shipped_ones_are_found) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    for (int i = 0; i < catalog.n_profiles; i++) {
        const struct profile *p = &catalog.profiles[i];
        cr_assert(
            eq(ptr,
               (void *)profile_find(catalog.profiles, catalog.n_profiles, p->model, p->accelerator,
                                    p->precision, p->kv_precision, p->tensor_parallel),
               (void *)p));
        cr_assert(p->error_low <= 0 && p->error_high >= 0 && p->error_median > 0, "%s", p->model);
    }
    arena_release(&arena);
}
