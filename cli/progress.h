/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One line on stderr that says what a long run is at, and about how long that stage still takes.
 * It is there only on a terminal, from the second second on, and moves at most five times a second;
 * results do not depend on it. A signal that ends the process tells at which stage it did. */
#ifndef HEADROOM_CLI_PROGRESS_H
#define HEADROOM_CLI_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>

#include "base/arena.h"
#include "scenarios/study.h"

struct progress {
    pthread_mutex_t lock; /* cells are told from threads */
    double begun_s, stage_begun_s, told_s;
    const char *stage; /* NULL: none has begun */
    int round;
    bool shown;   /* somebody looks */
    bool visible; /* something stands on the line */
    bool soft;    /* the choice may be stopped early */
    bool proven;  /* the choice is over */
};

/** Let a study tell its progress, if anybody looks. Where the options have a stop, the first SIGINT
 * of the choice stops it early. Close it when the study is over. */
void progress_open(struct progress *progress, bool quiet, struct study_options *options);
void progress_close(struct progress *progress);

/** "replay, round 2: 3 of 6, about 12 s left"; without an estimate while nothing is done. */
const char *progress_words(struct arena *arena, const char *stage, int round, int done, int total,
                           double stage_s);

#endif
