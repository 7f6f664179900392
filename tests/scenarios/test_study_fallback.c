/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A smaller model on instances of its own takes over while a small encoder fleet is overloaded:
 * what it costs by hand, who it serves, mistakes at their places. */
#include "study_memory.h"

#define FALLBACK(text) HEAD EMBED "    fallback: " text "\n"

static struct study studied(struct arena *arena, const char *text) {
    struct study study;
    cr_assert(eq(str, (char *)memory_study(arena, (struct memory_run){.text = text}, &study), ""));
    return study;
}

static double on_demand(const struct study *study, const char *sku) {
    for (int c = 0; c < study->n_candidates; c++)
        if (strcmp(study->candidates[c].sku, sku) == 0)
            return money_rate_usd(study->offers[study->candidates[c].offer].on_demand.rate);
    cr_fatal("no %s", sku);
    return 0;
}

/* Two instances more in every hour, at their rate, in plan, minimum and bill alike; what lies
 * between the three numbers stays. */
Test(study_fallback, costs_its_instances_in_every_hour) {
    struct arena arena = {0};
    struct study without = studied(&arena, HEAD EMBED);
    struct study with =
        studied(&arena, FALLBACK("{ above: 1, to: all-minilm-l6-v2, on: g5.xlarge, count: 2 }"));
    double more = 2 * 730 * on_demand(&with, "g5.xlarge");
    const struct study_fleet *a = &without.recommended, *b = &with.recommended;
    cr_assert(epsilon_eq(dbl, b->bill_usd_per_month, a->bill_usd_per_month + more, 1e-6));
    cr_assert(epsilon_eq(dbl, with.gaps.plan, without.gaps.plan + more, 1e-6));
    cr_assert(epsilon_eq(dbl, with.gaps.lp, without.gaps.lp + more, 1e-6));
    cr_assert(epsilon_eq(dbl, with.gaps.delay, without.gaps.delay, 1e-6));
    /* The baseline has it too: the saving does not come from it. */
    cr_assert(epsilon_eq(dbl, with.baseline.bill_usd_per_month,
                         without.baseline.bill_usd_per_month + more, 1e-6));
    /* One inside is overload here: some are, not many, and all are answered. */
    const struct replay_result *r = &b->replays[0];
    cr_assert(gt(i64, r->groups[1].arrived, 0));
    cr_assert(eq(i64, r->groups[0].arrived + r->groups[1].arrived, r->arrived));
    cr_assert(eq(i64, r->groups[1].finished, r->groups[1].arrived));
    cr_assert(epsilon_eq(dbl, b->fallback_share, (double)r->groups[1].arrived / (double)r->arrived,
                         1e-9));
    cr_assert(lt(dbl, b->fallback_share, 0.1));
    cr_assert(eq(dbl, a->fallback_share, 0));
    arena_release(&arena);
}

/* N+1 is about the fleet, not about what takes over, however much that carries. */
Test(study_fallback, is_not_what_is_lost) {
    struct arena arena = {0};
    struct study study =
        studied(&arena, FALLBACK("{ above: 1, to: all-minilm-l6-v2, on: g5.xlarge, count: "
                                 "2 }") "resilience: { survive: instance, outage: 30min "
                                        "}\n");
    cr_assert(ne(ptr, strstr(study.survivals[0].pool, "g4dn.xlarge"), NULL));
    arena_release(&arena);
}

static const struct {
    const char *text, *want;
} mistakes[] = {
    {FALLBACK("{ above: 2, to: bert-base, on: g4dn.xlarge, count: 1 }"),
     "t.yaml:12:31 'bert-base' is what the workload runs anyway: it is no fallback | name a "
     "smaller "
     "one, which models does not list\n"},
    {FALLBACK("{ above: 2, to: all-minilm-l6-v2, on: g4dn.xlarge }"),
     "t.yaml:12:5 'count' is missing in 'workloads.fallback': the plan does not size a fallback | "
     "write for example count: 2\n"},
    {FALLBACK("{ above: 2, to: lambda-arm64, count: 2 }"),
     "t.yaml:12:45 'workloads.fallback.count' is for fallbacks on instances only | take it out\n"},
    {FALLBACK("{ above: 2, to: llama-3.1-70b, on: g4dn.xlarge, count: 1 }"), NULL},
    {FALLBACK("{ above: 2, to: no-such-model, on: g4dn.xlarge, count: 1 }"), NULL},
    {FALLBACK("{ above: 2, to: all-minilm-l6-v2, on: g4dn.xlrge, count: 1 }"), NULL},
};

/* NULL: only that it is told in line 12. */
Test(study_fallback, what_makes_no_sense_is_told_at_its_place) {
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct study study;
        const char *got = memory_study(
            &arena, (struct memory_run){.text = mistakes[i].text, .size_only = true}, &study);
        if (mistakes[i].want)
            cr_expect(eq(str, (char *)got, (char *)mistakes[i].want));
        else
            cr_expect(eq(int, strncmp(got, "t.yaml:12:", 10), 0), "case %zu: %s", i, got);
    }
    arena_release(&arena);
}
