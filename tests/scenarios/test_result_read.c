/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading result.json back. What: values by path, labels of items that have a name, the lines of
 * cost, differences between two results, and every kind of file that is none. How: small texts by
 * hand; a result of a study is read back by tests/cli/diff_results.sh. */
#include "scenarios/result_read.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#define INPUT(path, value, line)                                                                   \
    "{\"path\": \"" path "\", \"value\": \"" value "\", \"file\": \"s.yaml\", \"line\": " line     \
    ", \"column\": 3}"
#define RESULT(inputs, traffic, spot)                                                              \
    "{\"schema_version\": 1, \"scenario\": \"S\", \"headline\": \"h\", \"inputs\": [" inputs       \
    "], \"provenance\": {\"inputs\": [{\"role\": \"scenario\", \"name\": \"s.yaml\", \"sha256\": " \
    "\"" traffic "\"}, {\"role\": \"traffic\", \"name\": \"w.csv\", \"sha256\": \"" traffic        \
    "\"}]}, \"offers\": [{\"sku\": \"g5\", \"region\": \"r\", \"on_demand_hour\": {\"usd\": 1.5}," \
    " \"spot_hour\": {\"usd\": " spot "}, \"gb_second\": null, \"commitments\": [{\"kind\": "      \
    "\"reserved instance\", \"term_years\": 1, \"payment\": \"all upfront\", "                     \
    "\"effective_hour\": {\"usd\": 0.9}}]}], \"cost\": {\"usd_per_month\": 12, \"lines\": [{"      \
    "\"workload\": \"chat\", \"sku\": \"g5\", \"region\": \"r\", \"paid\": \"spot\", \"idle\": "   \
    "false, \"unit\": \"instance-hour\", \"quantity_per_month\": 8, \"usd_per_month\": 10}, "      \
    "{\"workload\": null, \"sku\": null, \"region\": null, \"paid\": \"plan\", \"idle\": true, "   \
    "\"unit\": \"instance-hour\", \"quantity_per_month\": 0, \"usd_per_month\": 2}], \"served\": " \
    "[{\"workload\": \"chat\", \"sku\": \"g5\", \"region\": \"r\", \"requests_per_month\": 100}"   \
    "], \"beside\": {\"jobs\": 0}}}"

static const char first[] =
    RESULT(INPUT("workloads.0.name", "chat", "4") ", " INPUT("workloads.0.slo.ttft", "500ms", "5"),
           "aaaaaaaaaaaaaaaa", "0.5");
/* The workload has moved to the second place and has another limit. */
static const char second[] =
    RESULT(INPUT("workloads.0.name", "search", "4") ", " INPUT(
               "workloads.1.name", "chat", "8") ", " INPUT("workloads.1.slo.ttft", "400ms", "9"),
           "bbbbbbbbbbbbbbbb", "0.625");

static struct result_file read_fine(struct arena *arena, const char *text, const char *name) {
    struct result_file result;
    struct err err = {0};
    cr_assert(result_read(arena, bytes_of(text), name, &result, &err), "%s", err.what);
    return result;
}

Test(result_read, values_labels_and_lines) {
    struct arena arena = {0};
    struct result_file r = read_fine(&arena, second, "b.json");
    cr_expect(eq(str, (char *)r.scenario, "S"));
    cr_expect(eq(str, (char *)r.inputs[2].label, "workloads.chat.slo.ttft"));
    cr_expect(eq(str, (char *)r.inputs[2].path, "workloads.1.slo.ttft"));
    cr_expect(eq(dbl, result_number(&r, "cost.lines.0.quantity_per_month"), 8));
    cr_expect(isnan(result_number(&r, "cost.lines.7.quantity_per_month")));
    cr_expect(isnan(result_number(&r, "scenario")));
    cr_assert(eq(int, r.cost.n_lines, 2));
    cr_expect(eq(str, (char *)r.cost.lines[0].machine, "g5 in r"));
    cr_expect(r.cost.lines[1].workload == NULL && r.cost.lines[1].usd == 2);
    cr_assert(eq(int, r.n_rates, 3));
    cr_expect(eq(str, (char *)r.rates[2].what, "1-year reserved instance, all upfront"));
    result_close(&r);
    arena_release(&arena);
}

Test(result_read, differences_are_told_once_by_name) {
    struct arena arena = {0};
    struct result_file a = read_fine(&arena, first, "a.json"),
                       b = read_fine(&arena, second, "b.json");
    static const struct {
        enum result_part part;
        const char *what, *before, *after;
        int line;
    } wanted[] = {
        {RESULT_INPUT, "workloads.search.name", NULL, "search", 4},
        {RESULT_INPUT, "workloads.chat.slo.ttft", "500ms", "400ms", 9},
        {RESULT_SOURCE, "traffic w.csv", "aaaaaaaaaaaa", "bbbbbbbbbbbb", 0},
        {RESULT_RATE, "g5 in r: spot hour", "$0.5", "$0.625", 0},
    };
    enum { N = sizeof wanted / sizeof *wanted };
    int n;
    const struct result_difference *found = result_differences(&arena, &a, &b, &n);
    cr_assert(eq(int, n, N));
    for (int i = 0; i < N; i++) {
        cr_expect(eq(int, found[i].part, wanted[i].part));
        cr_expect(eq(str, (char *)found[i].what, (char *)wanted[i].what));
        cr_expect(found[i].before == wanted[i].before ||
                  strcmp(found[i].before, wanted[i].before) == 0);
        cr_expect(eq(str, (char *)found[i].after, (char *)wanted[i].after));
        cr_expect(eq(int, found[i].line, wanted[i].line));
    }
    result_differences(&arena, &a, &a, &n);
    cr_expect(eq(int, n, 0));
    result_close(&a);
    result_close(&b);
    arena_release(&arena);
}

Test(result_read, what_is_no_result_is_told) {
    static const struct {
        const char *text, *what;
    } cases[] = {
        {"{", NULL},
        {"[]", "no result.json: it has no schema_version"},
        {"{\"schema_version\": \"1\"}", "no result.json: it has no schema_version"},
        {"{\"schema_version\": 2}",
         "a result of schema version 2, of a newer headroom: this one reads 1"},
        {"{\"schema_version\": 0}",
         "a result of schema version 0, of an older headroom: this one reads 1"},
        {"{\"schema_version\": 1}", "a result without its inputs, of an older headroom"},
        {"{\"schema_version\": 1, \"scenario\": 3, \"inputs\": []}",
         "'scenario' in 'result' is not what it must be"},
        {"{\"schema_version\": 1, \"scenario\": \"s\", \"headline\": null, \"inputs\": [{}], "
         "\"provenance\": {\"inputs\": []}, \"offers\": []}",
         "'path' in 'inputs' is not what it must be"},
        {"{\"schema_version\": 1, \"scenario\": \"s\", \"headline\": null, \"inputs\": 7, "
         "\"provenance\": {\"inputs\": []}, \"offers\": []}",
         "'inputs' is not what it must be"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct result_file result;
        struct err err = {0};
        cr_assert(not(result_read(&arena, bytes_of(cases[i].text), "r.json", &result, &err)));
        cr_expect(eq(int, err.kind, ERR_INPUT));
        if (cases[i].what)
            cr_expect(eq(str, err.what, (char *)cases[i].what));
        arena_release(&arena);
    }
}

/* The rule of schema_version (docs/formats.md): members may be added anywhere within a version. */
Test(result_read, members_of_later_headrooms_change_nothing) {
    static const char *const texts[] = {
        "{\"schema_version\": 1, \"scenario\": \"s\", \"headline\": null, \"inputs\": "
        "[{\"path\": \"name\", \"value\": \"s\", \"file\": \"s.yaml\", \"line\": 2}], "
        "\"provenance\": {\"inputs\": []}, \"offers\": []}",
        "{\"later\": {\"a\": [1]}, \"schema_version\": 1, \"scenario\": \"s\", \"headline\": null, "
        "\"inputs\": [{\"path\": \"name\", \"value\": \"s\", \"unit\": \"none\", \"file\": "
        "\"s.yaml\", \"line\": 2}], \"provenance\": {\"host\": \"x\", \"inputs\": []}, "
        "\"offers\": [], \"report\": 7}",
    };
    struct arena arena = {0};
    struct result_file results[2];
    struct err err = {0};
    int n;
    for (int i = 0; i < 2; i++)
        cr_assert(result_read(&arena, bytes_of(texts[i]), "r.json", &results[i], &err), "%s",
                  err.what);
    result_differences(&arena, &results[0], &results[1], &n);
    cr_expect(eq(int, n, 0));
    cr_expect(eq(int, results[1].n_inputs, 1));
    for (int i = 0; i < 2; i++)
        result_close(&results[i]);
    arena_release(&arena);
}
