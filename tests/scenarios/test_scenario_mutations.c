/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damaged scenarios: bytes changed, cut out, doubled and swapped between two good files. Whatever
 * comes in, the reader either fills the scenario or tells at least one mistake with words and a
 * place inside the text, and tells the same thing twice. Run under the sanitizers too. The draws
 * are keyed, so a failing round is found again by its number. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/rng.h"
#include "scenarios/scenario.h"
#include "scenarios/scenario_fields.h"

enum { ROUNDS = 4000, SIZE_MAX_BYTES = 1 << 16 };

/* What the grammar is made of: more telling than random bytes. */
static const char *const fragments[] = {
    "{",
    "}",
    "[",
    "]",
    ":",
    ", ",
    "\n",
    "  ",
    "- ",
    "#",
    "\"",
    "'",
    "&a ",
    "*a",
    "!!x ",
    "\t",
    "\\",
    "%",
    "$",
    "0",
    "-1",
    "1e308",
    "1e-400",
    "99999999999999999999",
    "nan",
    "500ms",
    "1y",
    "~",
    "|\n",
    ">\n",
    "\xc3\xa9",
    "\xe2\x80\xae",
    "\xff",
    "---\n",
    "include: x\n",
    ":\n",
    "? ",
    "null",
    "quantiles: { 0: 1, 1: 2 }",
    "median: 3 tokens",
    "workloads:\n",
    "priorities: [20%, 80%]",
    "engine: { admission: priority }",
    "split: { prefill: 1, decode: 3 }",
    "lora: { adapters: 3, resident: 2 }",
};
enum { N_FRAGMENTS = sizeof fragments / sizeof fragments[0] };

static size_t below(struct rng *rng, size_t n) {
    return n ? (size_t)(rng_next(rng) % n) : 0;
}

/* Replace n bytes at `at` by `with`. */
static void splice(struct text *text, size_t at, size_t n, const char *with, size_t n_with) {
    struct text out = {.arena = text->arena};
    text_append(&out, text->data, at);
    text_append(&out, with, n_with);
    text_append(&out, text->data + at + n, text->n - at - n);
    *text = out;
}

static void mutate(struct rng *rng, struct text *text, struct bytes other) {
    size_t at = below(rng, text->n + 1), n = below(rng, 1 + below(rng, 40));
    const char *fragment = fragments[below(rng, N_FRAGMENTS)];
    char byte = (char)below(rng, 256);
    if (n > text->n - at)
        n = text->n - at;
    switch (below(rng, 5)) {
    case 0:
        splice(text, at, n < 1 ? n : 1, &byte, 1);
        break;
    case 1:
        splice(text, at, n, "", 0);
        break;
    case 2:
        splice(text, at, 0, text->data + at, n);
        break;
    case 3:
        splice(text, at, n, fragment, strlen(fragment));
        break;
    default: {
        size_t from = below(rng, other.n), more = below(rng, 80);
        splice(text, at, n, other.data + from, more < other.n - from ? more : other.n - from);
    }
    }
}

static int lines_of(struct bytes text) {
    int lines = 1;
    for (size_t i = 0; i < text.n; i++)
        lines += text.data[i] == '\n' || text.data[i] == '\r';
    return lines;
}

static bool check_round(struct arena *arena, struct bytes text) {
    struct scenario scenario = {.months = -7}, again = {0};
    struct err_list errs = {0}, errs_again = {0};
    bool fine = scenario_parse(arena, text, "s.yaml", &scenario, &errs);
    bool fine_again = scenario_parse(arena, text, "s.yaml", &again, &errs_again);
    cr_assert(eq(int, fine, fine_again));
    cr_assert(eq(int, fine, errs.n_total == 0));
    cr_assert(eq(int, errs.n_total, errs_again.n_total));
    if (fine)
        cr_assert(scenario.months >= 1 && scenario.n_workloads >= 1 && scenario.seed < 1ULL << 53);
    else
        cr_assert(eq(int, scenario.months, -7));
    for (int i = 0; i < errs.n; i++) {
        const struct err *err = &errs.items[i];
        cr_assert(ne(int, err->what[0], 0));
        cr_assert(eq(str, (char *)err->what, (char *)errs_again.items[i].what));
        cr_assert(err->line >= 0 && err->line <= lines_of(text));
        cr_assert(i == 0 || errs.items[i - 1].line <= err->line);
    }
    return fine;
}

Test(mutations, are_read_or_refused_with_a_reason) {
    struct arena arena = {0}, round_arena = {0};
    struct text init = {.arena = &arena};
    static const char flow[] =
        "{headroom: 1, name: x, horizon: {start: 2026-12-01, months: 3}, workloads: [{name: a,\n"
        " demand: {hourly: u.csv, tokens: {input: {quantiles: {0: 6, 0.5: 13, 1: 99}}, output: 3\n"
        " tokens}, growth: 2%/month}, slo: {ttft_p95: 1s, tpot_p95: 50ms}, models: [{use: m},\n"
        " {use: b/m, ttft: 9ms}], run_on: [{function: f, memory: 1 GB}], regions: [r, s],\n"
        " tags: {a: b}}], purchase: [spot, {reserved: standard, term: [1y, 3y]}],\n"
        " estate: {owned: [{savings_plan: ec2, family: g5, commitment: $4/h, ends: 2027-01-01}],\n"
        " discounts: [{applies_to: [ec2], rate: 9%}], quotas: {P spot: 3 vCPU}}}\n";
    int n_fine = 0;
    scenario_fields_init(&init);
    struct bytes seeds[] = {{init.data, init.n}, bytes_of(flow)};
    cr_assert(check_round(&arena, seeds[0]));
    cr_assert(check_round(&arena, seeds[1]));
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct arena_mark mark = arena_mark(&round_arena);
        struct rng rng = rng_open(1, round, RNG_TEST, 0);
        struct text text = {.arena = &round_arena};
        size_t seed = below(&rng, 2);
        text_append(&text, seeds[seed].data, seeds[seed].n);
        for (size_t i = 0, n = 1 + below(&rng, 4); i < n && text.n < SIZE_MAX_BYTES; i++)
            mutate(&rng, &text, seeds[1 - seed]);
        n_fine += check_round(&round_arena, (struct bytes){text.data, text.n});
        arena_rewind(&round_arena, mark);
    }
    /* Both outcomes are met, or the mutations are too weak or too strong to say anything. */
    cr_assert(ge(int, n_fine, ROUNDS / 100));
    cr_assert(le(int, n_fine, ROUNDS - ROUNDS / 4));
    arena_release(&round_arena);
    arena_release(&arena);
}
