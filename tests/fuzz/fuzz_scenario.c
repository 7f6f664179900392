/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scenario_parse: filled, or untouched with every mistake at its place; the same twice. */
#include <string.h>

#include "scenarios/scenario.h"
#include "target.h"

const char *const fuzz_name = "scenario";
const bool fuzz_unpacks = false;
const char *const fuzz_words[] = {"headroom: 1\n",
                                  "workloads:",
                                  "demand: ",
                                  "generate: ",
                                  "horizon: ",
                                  "{ ",
                                  " }",
                                  "[ ",
                                  " ]",
                                  ", ",
                                  "- ",
                                  "\n",
                                  ": ",
                                  "500ms",
                                  "3%/month",
                                  "1 MUSD",
                                  "2.5 req/s",
                                  "9%",
                                  "1e308",
                                  "-1",
                                  "&a",
                                  "*a",
                                  "!!str ",
                                  "\"",
                                  "'",
                                  "#",
                                  "|\n",
                                  "include: [x.yaml]\n",
                                  "2026-02-30",
                                  "\xe2\x80\xae",
                                  "\xff",
                                  "quantiles: { 0: 1, 1: 2 }",
                                  "priorities: [20%, 80%]",
                                  "engine: { admission: priority }",
                                  "split: { prefill: 1, decode: 3, link: 50 GB/s }",
                                  "lora: { adapters: 3, resident: 2 }",
                                  "kv: fp8",
                                  "one_off: 40 kUSD",
                                  "profiles: [ a.csv ]\n",
                                  NULL};

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct scenario scenario = {.months = -7}, again = {.months = -7};
    struct err_list errs = {0}, errs_again = {0};
    bool fine = scenario_parse(&arena, bytes, "fuzzed.yaml", &scenario, &errs);
    ENSURE(fine == scenario_parse(&arena, bytes, "fuzzed.yaml", &again, &errs_again));
    fuzz_check_list(&errs, fine, bytes);
    ENSURE(errs.n_total == errs_again.n_total);
    for (int i = 0; i < errs.n; i++)
        ENSURE(strcmp(errs.items[i].what, errs_again.items[i].what) == 0 &&
               errs.items[i].line == errs_again.items[i].line &&
               errs.items[i].column == errs_again.items[i].column);
    ENSURE(fine ? scenario.months >= 1 && scenario.n_workloads >= 1 : scenario.months == -7);
    for (int w = 0; fine && w < scenario.n_workloads; w++)
        ENSURE(scenario.workloads[w].n_models >= 1 && scenario.workloads[w].n_regions >= 1);
    arena_release(&arena);
    return fine;
}
