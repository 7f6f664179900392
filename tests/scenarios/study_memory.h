/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Studies of files that live in memory: a file system of strings, a small encoder workload whose
 * whole study takes some hundredths of a second, and mistakes as lines of text. */
#ifndef HEADROOM_TESTS_SCENARIOS_STUDY_MEMORY_H
#define HEADROOM_TESTS_SCENARIOS_STUDY_MEMORY_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "scenarios/study.h"

#define HEAD                                                                                       \
    "headroom: 1\n"                                                                                \
    "name: t\n"                                                                                    \
    "horizon: { start: 2026-12-01, months: 12 }\n"                                                 \
    "simulation: { replications: 1 }\n"
/* lines 1 to 4 */

/* Eight lines; `where` is the value of run_on. */
#define WORKLOAD_IN(name, rate, where, regions)                                                    \
    "  - name: " name "\n"                                                                         \
    "    demand: { generate: { rate: " rate ", input: 64 tokens, output: 0 tokens } }\n"           \
    "    slo: { latency: 500ms, share: 95% }\n"                                                    \
    "    models: [ { use: bert-base } ]\n"                                                         \
    "    run_on: " where "\n"                                                                      \
    "    regions: " regions "\n"
#define WORKLOAD(name, rate, where) WORKLOAD_IN(name, rate, where, "[us-east-1]")
#define EMBED "workloads:\n" WORKLOAD("embed", "0.02 req/s", "[ { instance: g4dn.xlarge } ]")

/* One instance for the second half of each day: seven launches a week. */
#define NOON_TO_MIDNIGHT "[0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1]"
#define AFTERNOONS                                                                                 \
    "workloads:\n"                                                                                 \
    "  - name: day\n"                                                                              \
    "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens, "             \
    "weekday: " NOON_TO_MIDNIGHT ", weekend: " NOON_TO_MIDNIGHT " } }\n"                           \
    "    slo: { latency: 500ms, share: 95% }\n"                                                    \
    "    models: [ { use: bert-base } ]\n"                                                         \
    "    run_on: [ { instance: g4dn.xlarge } ]\n"                                                  \
    "    regions: [us-east-1]\n"

struct memory_file {
    const char *path, *text;
};

/* The text of a warning; "" where it is not given. */
static inline const char *notice_of(const struct study *study, const char *id) {
    for (int i = 0; i < study->n_notices; i++)
        if (strcmp(study->notices[i].id, id) == 0)
            return study->notices[i].text;
    return "";
}

static inline bool has_notice(const struct study *study, const char *id) {
    return notice_of(study, id)[0] != '\0';
}

/* One request every ten minutes for a week from its Monday, of 100 and 10 tokens: 1008, which are
 * 4380 in a month of 730 h. */
static inline const char *steady_log(struct arena *arena) {
    struct text text = {.arena = arena};
    text_append_string(&text, "seconds,input,output\n");
    for (int i = 0; i < 1008; i++)
        text_printf(&text, "%d,100,10\n", 600 * i);
    return text.data;
}

/* `context` is an array that ends with a NULL path. Paths are joined as the shell's files are. */
static struct source *memory_open(void *context, struct arena *arena, const char *path,
                                  const char *relative_to, struct err *err) {
    const char *slash = relative_to ? strrchr(relative_to, '/') : NULL;
    const char *full =
        slash ? arena_printf(arena, "%.*s/%s", (int)(slash - relative_to), relative_to, path)
              : path;
    for (const struct memory_file *file = context; file->path; file++)
        if (strcmp(file->path, full) == 0)
            return source_open_memory(arena, bytes_of(file->text), file->path, err);
    err_set(err, ERR_INPUT, "there is no file '%s'", full);
    err_hint(err, "write it");
    return NULL;
}

struct memory_run {
    const struct memory_file *files; /* NULL: `text` is the scenario t.yaml */
    const char *text;
    const char *set[4]; /* NULL-ended */
    bool alone;         /* the books that the scenario names are all: prices_over=nothing */
    bool size_only, without_replay, futures;
    int n_threads; /* 0: 2 */
    const volatile int *stop;
};

/* The scenario is the first file. "" and *study filled, or a line a mistake:
 * "FILE:LINE:COLUMN what | hint\n". */
static inline const char *memory_study(struct arena *arena, struct memory_run run,
                                       struct study *study) {
    struct memory_file *only = arena_new(arena, struct memory_file, 2);
    only[0] = (struct memory_file){"t.yaml", run.text};
    const struct memory_file *files = run.files ? run.files : only;
    struct file_system system = {(void *)files, memory_open};
    struct study_options options = {.files = &system,
                                    .n_threads = run.n_threads ? run.n_threads : 2,
                                    .size_only = run.size_only,
                                    .without_replay = run.without_replay,
                                    .futures = run.futures,
                                    .stop = run.stop};
    const char *set[5] = {0};
    for (; options.n_set < 4 && run.set[options.n_set]; options.n_set++)
        set[options.n_set] = run.set[options.n_set];
    if (run.alone && strstr(files[0].text, "prices: "))
        set[options.n_set++] = "prices_over=nothing";
    options.set = set;
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    struct text text = {.arena = arena};
    text_append_string(&text, "");
    bool fine = study_run(arena, files[0].path, &options, study, errs);
    cr_assert(eq(int, fine, errs->n_total == 0));
    for (int i = 0; i < errs->n; i++) {
        const struct err *err = &errs->items[i];
        cr_expect(eq(int, err_exit_code(err->kind), 3), "%s", err->what);
        text_printf(&text, "%s:%d:%d %s | %s\n", err->file ? err->file : "-", err->line,
                    err->column, err->what, err->hint);
    }
    return text.data;
}

#endif
