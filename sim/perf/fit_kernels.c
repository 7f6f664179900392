/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything is fitted three times: to the even rows, to the odd rows, and to all. A row is judged
 * by the fit that has not seen it. */
#include "sim/perf/fit_kernels.h"

#include <math.h>

#include "sim/datasheet.h"
#include "sim/iteration_time.h"
#include "sim/perf/fit_max.h"
#include "sim/perf/nnls.h"

/* Activations cross the link in 2 bytes, whatever the weights are stored in. */
#define ACTIVATION_BYTES 2.0

enum { BLOCK_TOKENS = 16, LINE_ROUNDS = 30 };

/* Smaller errors weigh no more: rounding of the times. */
#define LINE_ERROR_LEAST 0.01

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

/* The line of least absolute relative errors, by least squares whose weights follow the errors of
 * the round before: collectives have outliers of several times their usual time, which squares
 * would chase. */
static void one_line(struct arena *scratch, const struct kernel_curve *curve, int held_back,
                     double line[2]) {
    struct arena_mark mark = arena_mark(scratch);
    for (int round = 0; round < LINE_ROUNDS; round++) {
        struct nnls nnls = nnls_open(scratch, 2);
        for (int i = 0; i < curve->n; i++) {
            double y = curve->time_us[i], error = 1;
            if (!sees(held_back, i))
                continue;
            if (round > 0)
                error = fmax(fabs((line[0] + line[1] * curve->at[i]) / y - 1), LINE_ERROR_LEAST);
            nnls_add(&nnls, (double[2]){1, curve->at[i]}, y, 1 / (y * sqrt(error)));
        }
        ENSURE(nnls_solve(&nnls, line));
    }
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

/* ---- what a step takes beside attention ---- */

static double moe_us(const struct iteration_time *t, double tokens) {
    if (t->experts == 0)
        return 0;
    return fmax(t->x0 + t->x1 * iteration_time_experts_hit(t, tokens), t->y0 + t->y1 * tokens);
}

/* As fitted so far, a layer's share of what the step has once included. */
static double other_layer_us(const struct iteration_time *t, double tokens, double sampled) {
    const double lines[4] = {t->a0, t->a1, t->b0, t->b1};
    return larger_line(lines, tokens) + moe_us(t, tokens) + t->r0 + t->r1 * tokens +
           (t->h0 + t->h1 * sampled) / t->layers;
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

static double tokens_of(const struct attention_row *row) {
    return row->chunk + row->decodes;
}

static double sampled_of(const struct attention_row *row) {
    return row->decodes + (row->chunk > 0);
}

/* Rows are counted within their regime, so that each half has its share of every one. An error
 * counts relative to the whole step: the attention of one short sequence, a hundredth of its step,
 * must not weigh as much as that of a full batch, a third of its own. */
static void fit_attention(struct arena *scratch, const struct kernel_tables *tables,
                          const struct iteration_time *time, const int *index, int held_back,
                          struct attention_fit *fit) {
    struct arena_mark mark = arena_mark(scratch);
    struct nnls nnls[REGIMES];
    for (int regime = 0; regime < REGIMES; regime++)
        nnls[regime] = nnls_open(scratch, regimes[regime].n_features);
    for (int i = 0; i < tables->n_attention; i++) {
        const struct attention_row *row = &tables->attention[i];
        double features[FEATURES_MAX];
        double step = row->time_us + other_layer_us(time, tokens_of(row), sampled_of(row));
        attention_features(row, features);
        if (sees(held_back, index[i]))
            nnls_add(&nnls[regime_of(row)], features, row->time_us, 1 / step);
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

static struct fit_error add_moe(struct arena *arena, const struct kernel_tables *tables,
                                struct fit *out) {
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
    struct fit_error error = fit_error_of(arena, predicted, measured, n);
    fit_add_part(out, "experts", error);
    out->profile.rows += n;
    out->profile.range.tokens = fmin(out->profile.range.tokens, tables->moe[n - 1].tokens);
    return error;
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
    out->profile.range.sequences = last(&tables->head);
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

static void add_attention_range(struct profile_range *range, const struct kernel_tables *tables) {
    double decodes = 0;
    for (int i = 0; i < tables->n_attention; i++) {
        const struct attention_row *row = &tables->attention[i];
        range->chunk = fmax(range->chunk, row->chunk);
        range->cached = fmax(range->cached, row->cached);
        range->decode_context = fmax(range->decode_context, row->context);
        decodes = fmax(decodes, row->decodes);
    }
    range->sequences = fmin(range->sequences, decodes);
}

static void add_attention(struct arena *arena, const struct kernel_tables *tables, const int *index,
                          struct attention_fit fits[FITS], struct fit *out) {
    int n = tables->n_attention, n_of[REGIMES] = {0};
    double *predicted = arena_new(arena, double, n), *measured = arena_new(arena, double, n);
    for (int held_back = 0; held_back < FITS; held_back++)
        fit_attention(arena, tables, &out->profile.time, index, held_back, &fits[held_back]);
    for (int regime = 0; regime < REGIMES; regime++) {
        for (int i = 0; i < n; i++) {
            const struct attention_row *row = &tables->attention[i];
            if (regime_of(row) != regime)
                continue;
            predicted[n_of[regime]] = attention_us(&fits[index[i] % 2], row);
            measured[n_of[regime]++] = row->time_us;
        }
        fit_add_part(out, regimes[regime].name,
                     fit_error_of(arena, predicted, measured, n_of[regime]));
    }
    set_attention(&out->profile.time, &fits[ALL]);
    add_attention_range(&out->profile.range, tables);
    out->profile.rows += n;
}

/* ---- whole steps ---- */

/* A layer's share of all but attention at the size of an attention row, as measured but for the
 * experts; false where it was not. */
static bool other_measured_us(const struct kernel_tables *tables, const struct fit_setup *setup,
                              const struct iteration_time *time, double tokens, double sampled,
                              double *out) {
    double bytes = tokens * setup->model->hidden * ACTIVATION_BYTES;
    if (tokens > last(&tables->layer) || sampled > last(&tables->head) ||
        bytes > last(&tables->all_reduce))
        return false;
    double once = curve_at(&tables->once, tokens) + curve_at(&tables->head, sampled);
    *out = curve_at(&tables->layer, tokens) + 2 * curve_at(&tables->all_reduce, bytes) +
           moe_us(time, tokens) + once / time->layers;
    return true;
}

/* Steps of one regime, or of all of them. */
static struct fit_error whole_steps(struct arena *arena, const struct fit_setup *setup,
                                    const struct kernel_tables *tables, const int *index,
                                    const struct attention_fit fits[FITS],
                                    const struct iteration_time *time, int regime) {
    struct arena_mark mark = arena_mark(arena);
    double *predicted = arena_new(arena, double, tables->n_attention);
    double *measured = arena_new(arena, double, tables->n_attention), other;
    int n = 0;
    for (int i = 0; i < tables->n_attention; i++) {
        const struct attention_row *row = &tables->attention[i];
        double tokens = tokens_of(row), sampled = sampled_of(row);
        if ((regime != REGIMES && regime_of(row) != regime) ||
            !other_measured_us(tables, setup, time, tokens, sampled, &other))
            continue;
        measured[n] = row->time_us + other;
        predicted[n++] =
            attention_us(&fits[index[i] % 2], row) + other_layer_us(time, tokens, sampled);
    }
    struct fit_error error = fit_error_of(arena, predicted, measured, n);
    arena_rewind(arena, mark);
    return error;
}

static void add_steps(struct arena *arena, const struct fit_setup *setup,
                      const struct kernel_tables *tables, const int *index,
                      const struct attention_fit fits[FITS], struct fit *out) {
    static const char *const names[] = {"decode-only steps", "prefill-only steps", "mixed steps",
                                        "all steps"};
    struct fit_error error = {0};
    for (int regime = 0; regime <= REGIMES; regime++) {
        error = whole_steps(arena, setup, tables, index, fits, &out->profile.time, regime);
        fit_add_part(out, names[regime], error);
    }
    out->profile.error_median = error.median;
    out->profile.error_low = error.low;
    out->profile.error_high = error.high;
}

/* The band of steps holds no error of the experts, whose times it takes as fitted. */
static void widen_error(struct profile *p, struct fit_error experts) {
    p->error_median = fmax(p->error_median, experts.median);
    p->error_low = fmin(p->error_low, experts.low);
    p->error_high = fmax(p->error_high, experts.high);
}

/* Tokens that the cache holds: as reported, else by the rule of the datasheet; INFINITY when that
 * has no room either, which is for another place to say. */
static double cache_tokens(const struct fit_setup *setup) {
    struct device device = datasheet_accelerator(setup->accelerator, setup->precision);
    int64_t blocks = setup->kv_blocks;
    if (blocks == 0)
        blocks = datasheet_kv_blocks(setup->model, setup->precision, &device,
                                     setup->tensor_parallel, BLOCK_TOKENS);
    return blocks > 0 ? (double)blocks * BLOCK_TOKENS : INFINITY;
}

/* Without the rows that no step can be, because the cache does not hold their tokens: measured on
 * memory that is read again and again, they would weigh as much as those that happen. A regime of
 * which too little would be left keeps all. */
static int leave_impossible(struct arena *arena, double limit, struct kernel_tables *tables) {
    struct attention_row *kept = arena_new(arena, struct attention_row, tables->n_attention);
    int n = 0, fitting[REGIMES] = {0};
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < tables->n_attention; i++) {
            const struct attention_row *row = &tables->attention[i];
            bool fits = row->decodes * row->context + row->cached + row->chunk <= limit;
            int regime = regime_of(row);
            if (pass == 0)
                fitting[regime] += fits;
            else if (fits || fitting[regime] < KERNEL_ROWS_LEAST)
                kept[n++] = *row;
        }
    int left = tables->n_attention - n;
    tables->attention = kept;
    tables->n_attention = n;
    return left;
}

void fit_kernels(struct arena *arena, const struct fit_setup *setup,
                 const struct kernel_tables *measured, struct fit *out) {
    struct kernel_tables possible = *measured;
    const struct kernel_tables *tables = &possible;
    double limit = cache_tokens(setup);
    int left = leave_impossible(arena, limit, &possible);
    struct attention_fit fits[FITS];
    struct fit_error experts = {0};
    int *index = arena_new(arena, int, tables->n_attention), count[REGIMES] = {0};
    for (int i = 0; i < tables->n_attention; i++)
        index[i] = count[regime_of(&tables->attention[i])]++;
    *out = (struct fit){.profile = fit_profile(setup, "kernel tables")};
    out->profile.time.graphs = true;
    add_linear(arena, tables, out);
    if (tables->n_moe)
        experts = add_moe(arena, tables, out);
    add_head(arena, tables, out);
    if (tables->all_reduce.n)
        add_all_reduce(arena, setup, tables, out);
    add_attention(arena, tables, index, fits, out);
    add_steps(arena, setup, tables, index, fits, out);
    widen_error(&out->profile, experts);
    if (left)
        fit_add_note(
            out, arena,
            "%d attention rows are left out: the cache, %.0f tokens%s, does not hold them.", left,
            limit, setup->kv_blocks ? "" : " by the datasheet");
    fit_add_note(out, arena,
                 "Kernel tables do not hold the time between steps: t0 is %g us as given.",
                 setup->t0_us);
}
