/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/terminal.h"
#include "cli/write_file.h"

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A stage, what it does, and what is told where a signal ends it: of `plan` before and after there
 * is a plan, of others. */
struct stage {
    const char *stage, *words, *unproven, *unshown;
};
#define STAGE(stage, words)                                                                        \
    {                                                                                              \
        stage, words, "headroom: interrupted while " words ": no plan is proven yet\n",            \
            "headroom: interrupted while " words ": no result is shown and nothing is written\n"   \
    }
static const struct stage stages[] = {
    STAGE("", "reading"),           STAGE("size", "sizing"),
    STAGE("choose", "choosing"),    STAGE("replay", "replaying"),
    STAGE("explain", "explaining"), STAGE("levers", "planning levers"),
    STAGE("bill", "billing"),       STAGE("futures", "weighing futures")};

static const struct stage *find_stage(const char *stage) {
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (strcmp(stage, stages[i].stage) == 0)
            return &stages[i];
    ENSURE(false);
    return NULL;
}

/* What a signal would end from here on. */
static void begin_stage(struct progress *p, const char *name) {
    const struct stage *stage = find_stage(name);
    p->proven = p->proven || strcmp(name, "explain") == 0;
    signal_last_words(p->soft && !p->proven ? stage->unproven : stage->unshown);
}

const char *progress_words(struct arena *arena, const char *stage, int round, int done, int total,
                           double stage_s) {
    struct text words = {.arena = arena};
    text_append_string(&words, find_stage(stage)->words);
    if (round > 0)
        text_printf(&words, ", round %d", round + 1);
    if (total > 1)
        text_printf(&words, ": %d of %d", done, total);
    double left_s = done > 0 ? stage_s * (total - done) / done : 0;
    if (left_s >= 1 && left_s < 60)
        text_printf(&words, ", about %.0f s left", left_s);
    else if (left_s >= 60)
        text_printf(&words, ", about %.0f min left", left_s / 60);
    return words.data;
}

/* With the lock held. */
static void show(struct progress *p, int done, int total) {
    double now = now_s();
    if (!p->shown || now - p->begun_s < 1 || now - p->told_s < 0.2)
        return;
    struct arena scratch = {0};
    fprintf(stderr, "\r%s\033[K",
            progress_words(&scratch, p->stage, p->round, done, total, now - p->stage_begun_s));
    arena_release(&scratch);
    p->told_s = now;
    p->visible = true;
}

static void tell_stage(void *context, const char *stage, int done, int total) {
    struct progress *p = context;
    (void)total;
    if (p->soft)
        signal_stop_softly(strcmp(stage, "choose") == 0);
    begin_stage(p, stage);
    pthread_mutex_lock(&p->lock);
    p->stage = stage;
    p->round = done;
    p->stage_begun_s = now_s();
    show(p, 0, 0);
    pthread_mutex_unlock(&p->lock);
}

static void tell_cell(void *context, int done, int total) {
    struct progress *p = context;
    pthread_mutex_lock(&p->lock);
    if (p->stage)
        show(p, done, total);
    pthread_mutex_unlock(&p->lock);
}

void progress_open(struct progress *p, bool quiet, struct study_options *options) {
    *p = (struct progress){.begun_s = now_s(),
                           .shown = !quiet && terminal_shows_progress(),
                           .soft = options->stop != NULL};
    pthread_mutex_init(&p->lock, NULL);
    options->progress = tell_stage;
    options->cells = tell_cell;
    options->progress_context = p;
    begin_stage(p, "");
}

void progress_close(struct progress *p) {
    signal_stop_softly(false);
    signal_last_words(NULL);
    if (p->visible)
        fputs("\r\033[K", stderr);
    pthread_mutex_destroy(&p->lock);
}
