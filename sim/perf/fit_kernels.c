/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything is fitted three times: to the even rows, to the odd rows, and to all. A row is judged
 * by the fit that has not seen it. */
#include "sim/perf/fit_kernels.h"

#include <math.h>

#include "sim/perf/fit_max.h"
#include "sim/perf/nnls.h"

/* Activations cross the link in 2 bytes, whatever the weights are stored in. */
#define ACTIVATION_BYTES 2.0

/* Which rows a fit sees: `index % 2 != held_back`; ALL sees every one. */
enum { EVEN, ODD, ALL, FITS };

static bool sees(int fit, int index) {
    return index % 2 != fit;
}

/* ---- curves ---- */

static void two_lines(struct arena *scratch, const struct kernel_curve *curve, int held_back,
                      double lines[4]) {
    struct arena_mark mark = arena_mark(scratch);
    struct max_row *rows = arena_new(scratch, struct max_row, curve->n);
    struct max_fit fit = {.n_left = 2, .n_right = 2};
    int n = 0;
    for (int i = 0; i < curve->n; i++)
        if (sees(held_back, i))
            rows[n++] = (struct max_row){{1, curve->at[i]}, {1, curve->at[i]}, curve->time_us[i]};
    ENSURE(fit_max(scratch, rows, n, &fit));
    for (int i = 0; i < 2; i++) {
        lines[i] = fit.left[i];
        lines[2 + i] = fit.right[i];
    }
    arena_rewind(scratch, mark);
}

static void one_line(struct arena *scratch, const struct kernel_curve *curve, int held_back,
                     double line[2]) {
    struct arena_mark mark = arena_mark(scratch);
    struct nnls nnls = nnls_open(scratch, 2);
    for (int i = 0; i < curve->n; i++)
        if (sees(held_back, i))
            nnls_add_relative(&nnls, (double[2]){1, curve->at[i]}, curve->time_us[i]);
    ENSURE(nnls_solve(&nnls, line));
    arena_rewind(scratch, mark);
}

static double larger_line(const double lines[4], double at) {
    return fmax(lines[0] + lines[1] * at, lines[2] + lines[3] * at);
}

struct fit_error fit_two_lines(struct arena *scratch, const struct kernel_curve *curve,
                               double lines[4]) {
    struct arena_mark mark = arena_mark(scratch);
    double half[2][4], *predicted = arena_new(scratch, double, curve->n);
    for (int held_back = EVEN; held_back <= ODD; held_back++)
        two_lines(scratch, curve, held_back, half[held_back]);
    two_lines(scratch, curve, ALL, lines);
    for (int i = 0; i < curve->n; i++)
        predicted[i] = larger_line(half[i % 2], curve->at[i]);
    struct fit_error error = fit_error_of(scratch, predicted, curve->time_us, curve->n);
    arena_rewind(scratch, mark);
    return error;
}

struct fit_error fit_one_line(struct arena *scratch, const struct kernel_curve *curve,
                              double line[2]) {
    struct arena_mark mark = arena_mark(scratch);
    double half[2][2], *predicted = arena_new(scratch, double, curve->n);
    for (int held_back = EVEN; held_back <= ODD; held_back++)
        one_line(scratch, curve, held_back, half[held_back]);
    one_line(scratch, curve, ALL, line);
    for (int i = 0; i < curve->n; i++)
        predicted[i] = half[i % 2][0] + half[i % 2][1] * curve->at[i];
    struct fit_error error = fit_error_of(scratch, predicted, curve->time_us, curve->n);
    arena_rewind(scratch, mark);
    return error;
}

/* Between the points; the end points hold beyond them. */
static double curve_at(const struct kernel_curve *curve, double at) {
    int above = 0;
    while (above < curve->n && curve->at[above] < at)
        above++;
    if (above == 0 || above == curve->n)
        return curve->n ? curve->time_us[above ? curve->n - 1 : 0] : 0;
    double part = (at - curve->at[above - 1]) / (curve->at[above] - curve->at[above - 1]);
    return curve->time_us[above - 1] + part * (curve->time_us[above] - curve->time_us[above - 1]);
}

static double last(const struct kernel_curve *curve) {
    return curve->n ? curve->at[curve->n - 1] : INFINITY;
}

/* ---- attention ---- */

enum { DECODE, PREFILL, MIXED, REGIMES, FEATURES_MAX = 6 };

static const struct {
    const char *name;
    int n_features;
} regimes[REGIMES] = {
    [DECODE] = {"decode attention", 3},
    [PREFILL] = {"prefill attention", 4},
    [MIXED] = {"mixed attention", 6},
};

static int regime_of(const struct attention_row *row) {
    return row->chunk == 0 ? DECODE : row->decodes == 0 ? PREFILL : MIXED;
}

static void attention_features(const struct attention_row *row, double out[FEATURES_MAX]) {
    double chunk_context = row->chunk * (row->cached + row->chunk / 2);
    double cached_decodes = row->decodes * row->context;
    double decode[] = {1, row->decodes, cached_decodes};
    double chunk[] = {1, row->chunk, chunk_context, row->cached, row->decodes, cached_decodes};
    bool is_decode = regime_of(row) == DECODE;
    for (int f = 0; f < (is_decode ? 3 : FEATURES_MAX); f++)
        out[f] = is_decode ? decode[f] : chunk[f];
}

struct attention_fit {
    double terms[REGIMES][FEATURES_MAX];
};

static double attention_us(const struct attention_fit *fit, const struct attention_row *row) {
    double features[FEATURES_MAX], sum = 0;
    int regime = regime_of(row);
    attention_features(row, features);
    for (int f = 0; f < regimes[regime].n_features; f++)
        sum += fit->terms[regime][f] * features[f];
    return sum;
}

/* Rows are counted within their regime, so that each half has its share of every one. */
static void fit_attention(struct arena *scratch, const struct kernel_tables *tables,
                          const int *index, int held_back, struct attention_fit *fit) {
    struct arena_mark mark = arena_mark(scratch);
    struct nnls nnls[REGIMES];
    for (int regime = 0; regime < REGIMES; regime++)
        nnls[regime] = nnls_open(scratch, regimes[regime].n_features);
    for (int i = 0; i < tables->n_attention; i++) {
        double features[FEATURES_MAX];
        attention_features(&tables->attention[i], features);
        if (sees(held_back, index[i]))
            nnls_add_relative(&nnls[regime_of(&tables->attention[i])], features,
                              tables->attention[i].time_us);
    }
    for (int regime = 0; regime < REGIMES; regime++)
        ENSURE(nnls_solve(&nnls[regime], fit->terms[regime]));
    arena_rewind(scratch, mark);
}

static void set_attention(struct iteration_time *t, const struct attention_fit *fit) {
    const double *d = fit->terms[DECODE], *p = fit->terms[PREFILL], *m = fit->terms[MIXED];
    t->d0 = d[0], t->d1 = d[1], t->d2 = d[2];
    t->p0 = p[0], t->p1 = p[1], t->p2 = p[2], t->p3 = p[3];
    t->m0 = m[0], t->m1 = m[1], t->m2 = m[2], t->m3 = m[3], t->m4 = m[4], t->m5 = m[5];
}

/* ---- experts ---- */

static bool fit_moe(struct arena *scratch, const struct kernel_tables *tables, int held_back,
                    struct max_fit *fit) {
    struct arena_mark mark = arena_mark(scratch);
    struct max_row *rows = arena_new(scratch, struct max_row, tables->n_moe);
    int n = 0;
    for (int i = 0; i < tables->n_moe; i++) {
        const struct moe_row *row = &tables->moe[i];
        if (sees(held_back, i))
            rows[n++] = (struct max_row){{1, row->hit}, {1, row->tokens}, row->time_us};
    }
    *fit = (struct max_fit){.n_left = 2, .n_right = 2};
    bool ok = fit_max(scratch, rows, n, fit);
    arena_rewind(scratch, mark);
    return ok;
}

static void add_moe(struct arena *arena, const struct kernel_tables *tables, struct fit *out) {
    struct max_fit fits[FITS];
    int n = tables->n_moe;
    double *predicted = arena_new(arena, double, n), *measured = arena_new(arena, double, n);
    for (int held_back = 0; held_back < FITS; held_back++)
        ENSURE(fit_moe(arena, tables, held_back, &fits[held_back]));
    for (int i = 0; i < n; i++) {
        const struct moe_row *row = &tables->moe[i];
        struct max_row features = {{1, row->hit}, {1, row->tokens}, row->time_us};
        predicted[i] = max_fit_value(&fits[i % 2], &features);
        measured[i] = row->time_us;
    }
    struct iteration_time *t = &out->profile.time;
    t->x0 = fits[ALL].left[0], t->x1 = fits[ALL].left[1];
    t->y0 = fits[ALL].right[0], t->y1 = fits[ALL].right[1];
    fit_add_part(out, "experts", fit_error_of(arena, predicted, measured, n));
    out->profile.rows += n;
    out->profile.range.tokens = fmin(out->profile.range.tokens, tables->moe[n - 1].tokens);
}

/* ---- the parts of a step ---- */

static void add_linear(struct arena *arena, const struct kernel_tables *tables, struct fit *out) {
    struct kernel_curve curve = tables->layer;
    double *time_us = arena_new(arena, double, curve.n), lines[4];
    for (int i = 0; i < curve.n; i++)
        time_us[i] =
            curve.time_us[i] + curve_at(&tables->once, curve.at[i]) / out->profile.time.layers;
    curve.time_us = time_us;
    fit_add_part(out, "linear layers", fit_two_lines(arena, &curve, lines));
    struct iteration_time *t = &out->profile.time;
    t->a0 = lines[0], t->a1 = lines[1], t->b0 = lines[2], t->b1 = lines[3];
    out->profile.rows += tables->layer.n_rows + tables->once.n_rows;
    out->profile.range.tokens = last(&curve);
}

static void add_head(struct arena *arena, const struct kernel_tables *tables, struct fit *out) {
    double line[2];
    fit_add_part(out, "head", fit_one_line(arena, &tables->head, line));
    out->profile.time.h0 = line[0];
    out->profile.time.h1 = line[1];
    out->profile.rows += tables->head.n_rows;
    out->profile.range.sequences = fmin(out->profile.range.sequences, last(&tables->head));
}

static void add_all_reduce(struct arena *arena, const struct fit_setup *setup,
                           const struct kernel_tables *tables, struct fit *out) {
    double line[2], bytes_per_token = setup->model->hidden * ACTIVATION_BYTES;
    fit_add_part(out, "all-reduce", fit_one_line(arena, &tables->all_reduce, line));
    out->profile.time.r0 = 2 * line[0];
    out->profile.time.r1 = 2 * line[1] * bytes_per_token;
    out->profile.rows += tables->all_reduce.n_rows;
    out->profile.range.tokens =
        fmin(out->profile.range.tokens, floor(last(&tables->all_reduce) / bytes_per_token));
    fit_add_note(out, arena, "One all-reduce takes %.1f us and its bytes at %.1f GB/s.", line[0],
                 line[1] > 0 ? 1e-3 / line[1] : INFINITY);
}

static void add_range(struct profile_range *range, const struct attention_row *row) {
    range->chunk = fmax(range->chunk, row->chunk);
    range->cached = fmax(range->cached, row->cached);
    range->sequences = fmax(range->sequences, row->decodes);
    range->decode_context = fmax(range->decode_context, row->context);
}

static void add_attention(struct arena *arena, const struct kernel_tables *tables, const int *index,
                          struct attention_fit fits[FITS], struct fit *out) {
    int n = tables->n_attention, n_of[REGIMES] = {0};
    double *predicted = arena_new(arena, double, n), *measured = arena_new(arena, double, n);
    for (int held_back = 0; held_back < FITS; held_back++)
        fit_attention(arena, tables, index, held_back, &fits[held_back]);
    for (int regime = 0; regime < REGIMES; regime++) {
        for (int i = 0; i < n; i++) {
            const struct attention_row *row = &tables->attention[i];
            if (regime_of(row) != regime)
                continue;
            predicted[n_of[regime]] = attention_us(&fits[index[i] % 2], row);
            measured[n_of[regime]++] = row->time_us;
            add_range(&out->profile.range, row);
        }
        fit_add_part(out, regimes[regime].name,
                     fit_error_of(arena, predicted, measured, n_of[regime]));
    }
    set_attention(&out->profile.time, &fits[ALL]);
    out->profile.rows += n;
}

/* ---- whole steps ---- */

/* The other layers at the size of an attention row, as measured; false where they were not. */
static bool other_measured_us(const struct kernel_tables *tables, const struct fit_setup *setup,
                              double tokens, double sampled, double *out) {
    double bytes = tokens * setup->model->hidden * ACTIVATION_BYTES;
    if (tokens > last(&tables->layer) || sampled > last(&tables->head) ||
        bytes > last(&tables->all_reduce))
        return false;
    double layer = curve_at(&tables->layer, tokens) + 2 * curve_at(&tables->all_reduce, bytes);
    *out = setup->model->layers * layer + curve_at(&tables->once, tokens) +
           curve_at(&tables->head, sampled);
    return true;
}

static double other_fitted_us(const struct iteration_time *t, double tokens, double sampled) {
    const double lines[4] = {t->a0, t->a1, t->b0, t->b1};
    return t->layers * (larger_line(lines, tokens) + t->r0 + t->r1 * tokens) + t->h0 +
           t->h1 * sampled;
}

static struct fit_error whole_steps(struct arena *arena, const struct fit_setup *setup,
                                    const struct kernel_tables *tables, const int *index,
                                    const struct attention_fit fits[FITS],
                                    const struct iteration_time *time) {
    double *predicted = arena_new(arena, double, tables->n_attention);
    double *measured = arena_new(arena, double, tables->n_attention), other;
    int n = 0;
    for (int i = 0; i < tables->n_attention; i++) {
        const struct attention_row *row = &tables->attention[i];
        double tokens = row->chunk + row->decodes, sampled = row->decodes + (row->chunk > 0);
        if (!other_measured_us(tables, setup, tokens, sampled, &other))
            continue;
        measured[n] = setup->model->layers * row->time_us + other;
        predicted[n++] = time->layers * attention_us(&fits[index[i] % 2], row) +
                         other_fitted_us(time, tokens, sampled);
    }
    return fit_error_of(arena, predicted, measured, n);
}

/* The band of the steps, widened by that of the experts, which no step here holds. */
static void set_error(struct fit *out, struct fit_error steps, bool has_experts) {
    struct profile *p = &out->profile;
    p->error_median = steps.median;
    p->error_low = steps.low;
    p->error_high = steps.high;
    if (!has_experts)
        return;
    struct fit_error experts = out->parts[out->n_parts - 1].held_back;
    p->error_median = fmax(p->error_median, experts.median);
    p->error_low = fmin(p->error_low, experts.low);
    p->error_high = fmax(p->error_high, experts.high);
}

void fit_kernels(struct arena *arena, const struct fit_setup *setup,
                 const struct kernel_tables *tables, struct fit *out) {
    struct attention_fit fits[FITS];
    int *index = arena_new(arena, int, tables->n_attention), count[REGIMES] = {0};
    for (int i = 0; i < tables->n_attention; i++)
        index[i] = count[regime_of(&tables->attention[i])]++;
    *out = (struct fit){.profile = fit_profile(setup, "kernel tables")};
    out->profile.time.graphs = true;
    add_linear(arena, tables, out);
    add_attention(arena, tables, index, fits, out);
    add_head(arena, tables, out);
    if (tables->all_reduce.n)
        add_all_reduce(arena, setup, tables, out);
    struct fit_error steps = whole_steps(arena, setup, tables, index, fits, &out->profile.time);
    fit_add_part(out, "whole steps", steps);
    if (tables->n_moe)
        add_moe(arena, tables, out);
    set_error(out, steps, tables->n_moe > 0);
    fit_add_note(out, arena,
                 "Kernel tables do not hold the time between steps: t0 is %g us as given.",
                 setup->t0_us);
}
