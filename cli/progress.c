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

static const char *stage_words(const char *stage) {
    static const struct {
        const char *stage, *words;
    } all[] = {{"size", "sizing"},        {"choose", "choosing"},        {"replay", "replaying"},
               {"explain", "explaining"}, {"levers", "planning levers"}, {"bill", "billing"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(stage, all[i].stage) == 0)
            return all[i].words;
    return stage;
}

const char *progress_words(struct arena *arena, const char *stage, int round, int done, int total,
                           double stage_s) {
    struct text words = {.arena = arena};
    text_append_string(&words, stage_words(stage));
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
}

void progress_close(struct progress *p) {
    signal_stop_softly(false);
    if (p->visible)
        fputs("\r\033[K", stderr);
    pthread_mutex_destroy(&p->lock);
}
