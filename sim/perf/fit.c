/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/perf/fit.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct profile fit_profile(const struct fit_setup *setup, const char *method) {
    return (struct profile){
        .kind = setup->model->kind == MODEL_DECODER ? PROFILE_LLM : PROFILE_BATCHED,
        .model = setup->model->name,
        .accelerator = setup->accelerator->name,
        .precision = setup->precision,
        .kv_precision = setup->kv_precision,
        .tensor_parallel = setup->tensor_parallel,
        .engine = setup->engine,
        .version = setup->version,
        .date = setup->date,
        .method = method,
        .source = setup->source,
        .kv_blocks = setup->kv_blocks,
        .time = {.layers = setup->model->layers,
                 .t0 = setup->t0_us,
                 .experts = setup->model->experts,
                 .experts_chosen = setup->model->experts_chosen},
    };
}

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the ranks next to it. */
static double quantile(const double *sorted, int n, double share) {
    double at = share * (n - 1);
    int below = (int)floor(at);
    int above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

struct fit_error fit_error_of(struct arena *scratch, const double *predicted,
                              const double *measured, int n) {
    struct fit_error error = {.rows = n};
    if (n == 0)
        return error;
    struct arena_mark mark = arena_mark(scratch);
    double *off = arena_new(scratch, double, n), *ratio = arena_new(scratch, double, n);
    for (int i = 0; i < n; i++) {
        off[i] = fabs(predicted[i] / measured[i] - 1);
        ratio[i] = measured[i] / predicted[i] - 1;
        error.mean += off[i] / n;
        error.max = fmax(error.max, off[i]);
    }
    qsort(off, (size_t)n, sizeof *off, rising);
    qsort(ratio, (size_t)n, sizeof *ratio, rising);
    error.median = quantile(off, n, 0.5);
    error.low = quantile(ratio, n, 0.1);
    error.high = quantile(ratio, n, 0.9);
    arena_rewind(scratch, mark);
    return error;
}

void fit_add_part(struct fit *fit, const char *name, struct fit_error held_back) {
    ENSURE(fit->n_parts < FIT_PARTS_MAX);
    fit->parts[fit->n_parts++] = (struct fit_part){name, held_back};
}

void fit_add_note(struct fit *fit, struct arena *arena, const char *format, ...) {
    char note[400];
    va_list args;
    va_start(args, format);
    vsnprintf(note, sizeof note, format, args);
    va_end(args);
    ENSURE(fit->n_notes < FIT_NOTES_MAX);
    fit->notes[fit->n_notes++] = arena_strdup(arena, note);
}
