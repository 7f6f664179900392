/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Includes from a file system of strings, and overrides of the command line. Merging is compared
 * with the one file that says the same. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "scenarios/scenario.h"

#define HORIZON "horizon: { start: 2026-12-01 }\n"
#define CHAT                                                                                       \
    "workloads:\n  - name: chat\n    demand: { trace: week.csv }\n    slo: { ttft: 500ms }\n"      \
    "    models: [ { use: llama-3.1-8b } ]\n    run_on: [ { instance: g5.2xlarge } ]\n"            \
    "    regions: [us-east-1]\n"

struct file {
    const char *path, *text;
};

static const struct file all_files[] = {
    {"dir/good.yaml", "headroom: 1\nname: good\ninclude: [ estate.yaml, sub/load.yaml ]\n" HORIZON
                      "policy: { max_term: 3y }\n"},
    {"dir/estate.yaml", "estate: { quotas: { P: 96 vCPU } }\n"
                        "policy: { max_term: 1y, coverage_max: 80% }\n"},
    {"dir/sub/load.yaml", "headroom: 1\ninclude: ./more/tags.yaml\n" CHAT},
    {"dir/sub/more/tags.yaml", "simulation: { seed: 5 }\n"},

    {"lists.yaml", "headroom: 1\nname: x\ninclude: load.yaml\n" HORIZON CHAT},
    {"load.yaml", CHAT},
    {"siblings.yaml", "headroom: 1\nname: x\ninclude: [ a.yaml, b.yaml ]\n" HORIZON CHAT},
    {"a.yaml", "headroom: 1\npolicy: { max_term: 1y }\nscaling: { boot: 1min }\n"},
    {"b.yaml", "headroom: 1\npolicy: { max_term: 3y }\nscaling: { boot: 1min }\n"},
    {"kinds.yaml", "headroom: 1\nname: x\ninclude: a.yaml\n" HORIZON CHAT "policy: mild\n"},
    {"self.yaml", "headroom: 1\nname: x\ninclude: ./self.yaml\n" HORIZON CHAT},
    {"cycle.yaml", "headroom: 1\nname: x\ninclude: back.yaml\n" HORIZON CHAT},
    {"back.yaml", "include: cycle.yaml\n"},
    {"absolute.yaml", "headroom: 1\nname: x\ninclude: /etc/passwd\n" HORIZON CHAT},
    {"above.yaml", "headroom: 1\nname: x\ninclude: sub/../../a.yaml\n" HORIZON CHAT},
    {"missing.yaml", "headroom: 1\nname: x\ninclude: [ nowhere.yaml ]\n" HORIZON CHAT},
    {"map.yaml", "headroom: 1\nname: x\ninclude: { a: b }\n" HORIZON CHAT},
    {"deep.yaml", "headroom: 1\nname: x\ninclude: d1.yaml\n" HORIZON CHAT},
    {"d1.yaml", "include: d2.yaml\n"},
    {"d2.yaml", "include: d3.yaml\n"},
    {"d3.yaml", "include: d4.yaml\n"},
    {"d4.yaml", "include: d5.yaml\n"},
    {"d5.yaml", "name: deep\n"},
    {"order.yaml", "headroom: 1\nname: x\ninclude: wrong.yaml\n" HORIZON CHAT "colour: blue\n"},
    {"wrong.yaml", "policy: { max_term: 9y }\n"},
    {"broken.yaml", "headroom: 1\nname: x\ninclude: [ torn.yaml ]\n" HORIZON},
    {"torn.yaml", "policy: { max_term\n"},
    {"plain.yaml", "headroom: 1\nname: x\n" HORIZON CHAT "purchase: [ on_demand, spot ]\n"},
};
enum { N_FILES = sizeof all_files / sizeof all_files[0] };

static struct source *open_file(void *context, struct arena *arena, const char *path,
                                const char *relative_to, struct err *err) {
    const struct file *files = context;
    const char *slash = relative_to ? strrchr(relative_to, '/') : NULL;
    const char *full = slash ? arena_printf(arena, "%.*s/%s", (int)(slash - relative_to),
                                            relative_to, strncmp(path, "./", 2) ? path : path + 2)
                             : path;
    if (strncmp(full, "./", 2) == 0)
        full += 2;
    for (int i = 0; i < N_FILES; i++)
        if (strcmp(files[i].path, full) == 0)
            return source_open_memory(arena, bytes_of(files[i].text), files[i].path, err);
    err_set(err, ERR_INPUT, "there is no such file");
    return NULL;
}

static const struct file_system files = {(void *)all_files, open_file};

/* "FILE:LINE:COLUMN what" a line; "" when it was read. */
static const char *read(struct arena *arena, const char *path, const char *set,
                        struct scenario *out) {
    struct err_list errs = {0};
    struct text text = {.arena = arena};
    text_append_string(&text, "");
    bool fine = scenario_read(arena, &files, path, &set, set ? 1 : 0, out, &errs);
    cr_assert(eq(int, fine, errs.n_total == 0));
    for (int i = 0; i < errs.n; i++)
        text_printf(&text, "%s:%d:%d %s\n", errs.items[i].file ? errs.items[i].file : "-",
                    errs.items[i].line, errs.items[i].column, errs.items[i].what);
    return text.data;
}

Test(includes, are_merged_key_by_key) {
    struct arena arena = {0};
    struct scenario s;
    cr_assert(eq(str, (char *)read(&arena, "dir/good.yaml", NULL, &s), ""));
    cr_assert(eq(int, s.policy.term_years_max, 3)); /* the including file wins */
    cr_assert(eq(dbl, s.policy.coverage_max, 0.8));
    cr_assert(eq(int, s.n_quotas, 1));
    cr_assert(eq(ulong, s.seed, 5));
    cr_assert(eq(int, s.n_documents, 4));
    cr_assert(eq(str, (char *)s.documents[0].file, "dir/good.yaml"));
    cr_assert(eq(str, (char *)s.documents[3].file, "dir/sub/more/tags.yaml"));
    cr_assert(ne(str, (char *)s.documents_sha256[1], s.sha256));
    cr_assert(eq(sz, strlen(s.documents_sha256[3]), 64));
    /* a path starts from the folder of the file that names it */
    cr_assert(eq(str, (char *)s.workloads[0].demand.relative_to, "dir/sub/load.yaml"));
    arena_release(&arena);
}

static const struct {
    const char *path, *set, *want;
} cases[] = {
    {"lists.yaml", NULL, "lists.yaml:5:1 'workloads' is a list in both load.yaml and lists.yaml\n"},
    {"siblings.yaml", NULL, "b.yaml:2:11 'policy.max_term' is '3y' here and '1y' in a.yaml\n"},
    {"kinds.yaml", NULL,
     "kinds.yaml:12:1 'policy' is a single value here and a map in a.yaml\n"
     "kinds.yaml:12:9 'policy' is a map, not a single value\n"},
    {"self.yaml", NULL, "self.yaml:3:10 'self.yaml' includes itself\n"},
    {"cycle.yaml", NULL, "back.yaml:1:10 'cycle.yaml' includes itself\n"},
    {"absolute.yaml", NULL,
     "absolute.yaml:3:10 cannot include '/etc/passwd': not a path below this folder\n"},
    {"above.yaml", NULL,
     "above.yaml:3:10 cannot include 'sub/../../a.yaml': not a path below this folder\n"},
    {"missing.yaml", NULL,
     "missing.yaml:3:12 cannot include 'nowhere.yaml': there is no such file\n"},
    {"map.yaml", NULL, "map.yaml:3:10 'include' is a file name or a list of them, not a map\n"},
    {"deep.yaml", NULL, "d4.yaml:1:10 includes are nested deeper than 4 files\n"},
    {"order.yaml", NULL,
     "order.yaml:12:1 unknown key 'colour'\n"
     "wrong.yaml:1:21 'policy.max_term' cannot be '9y'\n"},
    {"broken.yaml", NULL,
     "torn.yaml:2:1 not valid YAML: did not find expected ',' or '}', while parsing a flow mapping "
     "(begun on line 1)\n"},
    {"nothing.yaml", NULL, "-:0:0 there is no such file\n"},

    {"plain.yaml", "policy.max_term=2y",
     "--set policy.max_term=2y:1:17 'policy.max_term' cannot be '2y'\n"},
    {"plain.yaml", "policy.max_trm=1y",
     "--set policy.max_trm=1y:1:8 unknown key 'max_trm' in 'policy'\n"},
    {"plain.yaml", "polcy.max_term=1y", "--set polcy.max_term=1y:1:1 unknown key 'polcy'\n"},
    {"plain.yaml", "workloads.1.name=x",
     "--set workloads.1.name=x:1:11 there is no item '1' in this list of 1\n"},
    {"plain.yaml", "workloads.0.name.x=y",
     "--set workloads.0.name.x=y:1:18 'x' is below a single value\n"},
    {"plain.yaml", "workloads.0.slo.ttft=500",
     "--set workloads.0.slo.ttft=500:1:22 'workloads.slo.ttft' needs a unit: '500'\n"},
    {"plain.yaml", "policy", "--set policy:1:1 an override is KEY=VALUE\n"},
    {"plain.yaml", "=1", "--set =1:1:1 an override is KEY=VALUE\n"},
    {"plain.yaml", "include=a.yaml",
     "--set include=a.yaml:1:1 'include' cannot be set from the command line\n"},
    {"plain.yaml", "name=[x",
     "--set name=[x:1:8 not valid YAML: did not find expected ',' or ']', "
     "while parsing a flow sequence (begun on line 1)\n"},
    {"plain.yaml", "name=", "--set name=:1:1 an override is KEY=VALUE\n"},
};
enum { N_CASES = sizeof cases / sizeof cases[0] };

Test(includes, and_overrides_are_refused_with_their_place) {
    struct arena arena = {0};
    for (int i = 0; i < N_CASES; i++) {
        struct scenario s;
        const char *got = read(&arena, cases[i].path, cases[i].set, &s);
        cr_expect(eq(str, (char *)got, (char *)cases[i].want), "%s %s", cases[i].path,
                  cases[i].set ? cases[i].set : "");
    }
    arena_release(&arena);
}

Test(includes, overrides_change_values) {
    struct arena arena = {0};
    struct scenario s;
    cr_assert(eq(str, (char *)read(&arena, "plain.yaml", "workloads.0.slo.ttft=2s", &s), ""));
    cr_assert(eq(dbl, s.workloads[0].slo.ttft_s, 2));
    cr_assert(eq(str, (char *)read(&arena, "plain.yaml", "policy.max_term=1y", &s), ""));
    cr_assert(eq(int, s.policy.term_years_max, 1)); /* a key that the file does not have */
    cr_assert(eq(str, (char *)read(&arena, "plain.yaml", "purchase=spot", &s), ""));
    cr_assert(s.allow_spot && !s.allow_on_demand); /* a list replaced by a word */
    cr_assert(eq(str, (char *)read(&arena, "plain.yaml", "purchase.1=on_demand", &s), ""));
    cr_assert(not(s.allow_spot));
    cr_assert(
        eq(str, (char *)read(&arena, "plain.yaml", "workloads.0.demand.trace=b.csv", &s), ""));
    cr_assert(eq(str, (char *)s.workloads[0].demand.path, "b.csv"));
    cr_assert(eq(str, (char *)s.workloads[0].demand.relative_to, "plain.yaml"));
    cr_assert(eq(int, s.n_documents, 1));
    arena_release(&arena);
}
