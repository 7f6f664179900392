/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/perf/fit_rows.h"

#include <math.h>

#include "sim/datasheet.h"
#include "sim/datasheet_neuron.h"
#include "sim/perf/closed_loop.h"
#include "sim/perf/nnls.h"

enum { STEP, WEIGHTS, CACHE, COMPUTE, ATTENTION, PROMPT, NUMBERS };
enum { BLOCK_TOKENS = 16, DISCARDED = 2, MEASURED = 4, TURNS_MAX = 25 };

static const char *const words[NUMBERS] = {
    [STEP] = "the fixed time of a step",  [WEIGHTS] = "reading weights",
    [CACHE] = "reading the KV cache",     [COMPUTE] = "arithmetic",
    [ATTENTION] = "attention of prompts", [PROMPT] = "the fixed time of a prompt",
};
/* What would tell them. */
static const char *const cures[NUMBERS] = {
    [STEP] = "add runs of one client and of many",
    [WEIGHTS] = "add runs of one client and of many",
    [CACHE] = "add runs of the same number of clients with longer contexts",
    [COMPUTE] = "add times to the first token of one client, with short and long inputs",
    [ATTENTION] = "add times to the first token of one client, with three or more input lengths",
    [PROMPT] = "add times to the first token of one client, with short and long inputs",
};
/* Where the search begins, and the least size of a number that a derivative is taken over. */
static const double typical[NUMBERS] = {[STEP] = 1000,   [WEIGHTS] = 1.3,   [CACHE] = 1.5,
                                        [COMPUTE] = 1.8, [ATTENTION] = 1.8, [PROMPT] = 20};

/* A number whose effect is this close to a sum of the others' is not told by the rows. */
#define TOLD_APART 0.01

/* One thing measured: the TPOT or the TTFT of a row. */
struct measurement {
    const struct benchmark_row *row;
    int half; /* the row's: both of its times are held back together */
    bool first_token;
    double measured_s;
};

struct fitting {
    struct arena *arena;
    const struct fit_setup *setup;
    struct device device; /* at its peak, without fixed times */
    struct iteration_time peak;
    bool tied;           /* attention is compute */
    bool fixed[NUMBERS]; /* kept at the rule's value: the rows do not tell it */
    double rule[NUMBERS];
    int n;
    struct measurement *measurements; /* [n] */
};

/* ---- the engine of a row ---- */

static struct device peak_device(const struct fit_setup *setup) {
    struct device device = datasheet_accelerator(setup->accelerator, setup->precision);
    device.weight_share = device.cache_share = device.compute_share = 1;
    if (device.attention_share > 0)
        device.attention_share = 1;
    device.step_us = device.layer_us = device.prefill_layer_us = 0;
    return device;
}

/* Which term each number moves. On compiled programs a mixed step is a prompt's program and then a
 * decode program: its fixed term has the weights again (sim/datasheet_neuron.c). */
static struct iteration_time time_of(const struct fitting *f, const double x[NUMBERS]) {
    struct iteration_time t = f->peak;
    bool compiled = f->device.compiled_tokens > 0;
    t.t0 = x[STEP];
    t.m0 = t.m0 * x[WEIGHTS] + x[PROMPT] + (compiled ? x[STEP] / t.layers : 0);
    t.p0 = x[PROMPT];
    t.a0 *= x[WEIGHTS], t.x1 *= x[WEIGHTS], t.h0 *= x[WEIGHTS];
    t.d1 *= x[CACHE], t.d2 *= x[CACHE], t.p3 *= x[CACHE], t.m3 *= x[CACHE];
    t.m4 *= x[CACHE], t.m5 *= x[CACHE];
    t.b1 *= x[COMPUTE], t.y1 *= x[COMPUTE], t.h1 *= x[COMPUTE], t.r1 *= x[COMPUTE];
    t.p2 *= x[ATTENTION], t.m2 *= x[ATTENTION];
    t.r0 = 0; /* inside the step */
    return t;
}

static struct service service_of(const struct fitting *f, const double x[NUMBERS],
                                 const struct benchmark_row *row) {
    struct iteration_time time = time_of(f, x);
    const struct fit_setup *s = f->setup;
    double context = ceil(row->input_tokens) + ceil(row->output_tokens) + 1;
    double compiled = row->compiled_tokens > 0 ? fmax(row->compiled_tokens, context) : context;
    int64_t blocks = s->kv_blocks;
    bool shapes = f->device.compiled_tokens > 0;
    if (shapes)
        neuron_recompile(&time, f->device.compiled_tokens, compiled);
    if (blocks <= 0 && !shapes)
        blocks = datasheet_kv_blocks(s->model, s->precision, &f->device, s->tensor_parallel,
                                     BLOCK_TOKENS);
    int64_t least = (int64_t)ceil(context / BLOCK_TOKENS);
    if (shapes || blocks < least) /* it ran, so there was room for one */
        blocks = shapes ? least * (int64_t)ceil(row->clients) : least;
    int32_t clients = (int32_t)lround(row->clients);
    return (struct service){
        .kind = SERVICE_LLM,
        .llm = {.time = time,
                .tokens_per_step_max = shapes ? (int32_t)compiled : f->device.tokens_per_step_max,
                .sequences_max =
                    clients > f->device.sequences_max ? clients : f->device.sequences_max,
                .block_tokens = BLOCK_TOKENS,
                .kv_blocks = blocks,
                .context_max = (int32_t)context,
                .whole_prompts = shapes}};
}

/* Seconds; the row has been checked, so the engine can serve it. */
static double computed_s(const struct fitting *f, const double x[NUMBERS],
                         const struct measurement *m) {
    struct service service = service_of(f, x, m->row);
    int32_t clients = (int32_t)lround(m->row->clients);
    struct closed_loop loop = {.clients = clients > 0 ? clients : 1,
                               .input_tokens = (int32_t)lround(m->row->input_tokens),
                               .output_tokens = (int32_t)lround(m->row->output_tokens),
                               .discarded = DISCARDED,
                               .measured = MEASURED};
    struct closed_loop_means means;
    struct err err = {0};
    ENSURE(closed_loop_run(f->arena, &loop, &service, &means, &err));
    return m->first_token ? means.ttft_s : means.tpot_s;
}

/* ---- the numbers ---- */

/* Fixed times as the rule for this device has them (sim/datasheet.h). */
static void set_rule(struct fitting *f) {
    struct device rule = datasheet_accelerator(f->setup->accelerator, f->setup->precision);
    f->rule[STEP] = rule.step_us + rule.layer_us * f->setup->model->layers;
    f->rule[PROMPT] = fmax(rule.prefill_layer_us - rule.layer_us, 0);
}

/* Attention follows compute where it is tied to it: one column for both. */
static void derivatives(const struct fitting *f, const double x[NUMBERS],
                        const struct measurement *m, double out[NUMBERS]) {
    double here = computed_s(f, x, m);
    for (int k = 0; k < NUMBERS; k++) {
        double moved[NUMBERS], step = 0.01 * fmax(x[k], 0.05 * typical[k]);
        out[k] = 0;
        if (k == ATTENTION && f->tied)
            continue;
        for (int i = 0; i < NUMBERS; i++)
            moved[i] = x[i];
        moved[k] += step;
        if (k == COMPUTE && f->tied)
            moved[ATTENTION] = moved[k];
        out[k] = (computed_s(f, moved, m) - here) / step;
    }
}

/* Rows of one half, or all. */
static bool sees(int held_back, const struct measurement *m) {
    return m->half != held_back;
}

enum { EVEN, ODD, ALL, FITS };

static double misfit(const struct fitting *f, int held_back, const double x[NUMBERS]) {
    double sum = 0;
    for (int i = 0; i < f->n; i++)
        if (sees(held_back, &f->measurements[i]))
            sum +=
                pow(computed_s(f, x, &f->measurements[i]) / f->measurements[i].measured_s - 1, 2);
    return sum;
}

/* The next numbers by least squares over the derivatives at x; jacobian [n * NUMBERS]. */
static void next_numbers(const struct fitting *f, int held_back, const double x[NUMBERS],
                         double *jacobian, double out[NUMBERS]) {
    struct arena_mark mark = arena_mark(f->arena);
    struct nnls nnls = nnls_open(f->arena, NUMBERS);
    for (int i = 0; i < f->n; i++) {
        double *row = &jacobian[(size_t)i * NUMBERS], free_columns[NUMBERS];
        double left_s = f->measurements[i].measured_s;
        if (!sees(held_back, &f->measurements[i]))
            continue;
        derivatives(f, x, &f->measurements[i], row);
        for (int k = 0; k < NUMBERS; k++) {
            free_columns[k] = f->fixed[k] ? 0 : row[k];
            left_s -= f->fixed[k] ? row[k] * f->rule[k] : 0;
        }
        nnls_add(&nnls, free_columns, left_s, 1 / f->measurements[i].measured_s);
    }
    ENSURE(nnls_solve(&nnls, out));
    for (int k = 0; k < NUMBERS; k++)
        out[k] = f->fixed[k] ? f->rule[k] : out[k];
    if (f->tied)
        out[ATTENTION] = out[COMPUTE];
    arena_rewind(f->arena, mark);
}

/* Which side of a max() a row is on moves with the numbers, so a step that makes things worse is
 * halved. */
static void find_numbers(const struct fitting *f, int held_back, double *jacobian,
                         double x[NUMBERS]) {
    for (int k = 0; k < NUMBERS; k++)
        x[k] = f->fixed[k] ? f->rule[k] : typical[k];
    double best = misfit(f, held_back, x);
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        double wanted[NUMBERS], tried[NUMBERS], then = INFINITY;
        next_numbers(f, held_back, x, jacobian, wanted);
        for (double part = 1; part > 0.05 && !(then < best); part /= 2) {
            for (int k = 0; k < NUMBERS; k++)
                tried[k] = x[k] + part * (wanted[k] - x[k]);
            then = misfit(f, held_back, tried);
        }
        if (!(then < best * (1 - 1e-6)))
            return;
        best = then;
        for (int k = 0; k < NUMBERS; k++)
            x[k] = tried[k];
    }
}

/* ---- can the rows tell them? ---- */

/* Share of column k that is no sum of the other columns, by Gram-Schmidt; 0 for an empty one. */
static double told_apart(const struct fitting *f, const double *jacobian, int k) {
    struct arena_mark mark = arena_mark(f->arena);
    size_t n = (size_t)f->n;
    double *basis = arena_new(f->arena, double, n *NUMBERS), whole = 0, left = 0;
    int n_basis = 0;
    for (int turn = 0; turn < NUMBERS; turn++) {
        int column = turn < k ? turn : turn + 1 < NUMBERS ? turn + 1 : k;
        double *v = &basis[(size_t)n_basis * n], before = 0, after = 0;
        for (size_t i = 0; i < n; i++) {
            v[i] = jacobian[i * NUMBERS + (size_t)column] / f->measurements[i].measured_s;
            before += v[i] * v[i];
        }
        for (int b = 0; b < n_basis; b++) {
            double dot = 0;
            for (size_t i = 0; i < n; i++)
                dot += v[i] * basis[(size_t)b * n + i];
            for (size_t i = 0; i < n; i++)
                v[i] -= dot * basis[(size_t)b * n + i];
        }
        for (size_t i = 0; i < n; i++)
            after += v[i] * v[i];
        if (f->fixed[column])
            continue;
        if (column == k)
            whole = before, left = after;
        else if (after > 1e-12 * before && after > 0) {
            for (size_t i = 0; i < n; i++)
                v[i] /= sqrt(after);
            n_basis++;
        }
    }
    arena_rewind(f->arena, mark);
    return whole > 0 ? sqrt(left / whole) : 0;
}

/* A number that may stay at the rule's value: fixed times are small beside the rest. */
static bool may_be_fixed(int k) {
    return k == STEP || k == PROMPT;
}

/* *again: a number was fixed, so the others have to be found anew. */
static bool check_told(struct fitting *f, const double *jacobian, bool *again, struct err *err) {
    *again = false;
    for (int turn = 0; turn < 2; turn++)
        for (int k = 0; k < NUMBERS; k++) {
            bool told = f->fixed[k] || (k == ATTENTION && f->tied) ||
                        told_apart(f, jacobian, k) >= TOLD_APART;
            if (told || may_be_fixed(k) != (turn == 0))
                continue;
            if (may_be_fixed(k)) {
                f->fixed[k] = *again = true;
                return true;
            }
            err_set(err, ERR_INPUT, "the rows do not tell %s from the rest of a step", words[k]);
            err_hint(err, "%s", cures[k]);
            return false;
        }
    return true;
}

/* ---- what comes out ---- */

/* Errors of what was held back, by what it is. */
static void add_errors(const struct fitting *f, double half[2][NUMBERS], struct fit *out) {
    static const char *const names[2] = {"time per output token", "time to first token"};
    double *predicted = arena_new(f->arena, double, f->n);
    double *measured = arena_new(f->arena, double, f->n);
    for (int first_token = 0; first_token < 2; first_token++) {
        int n = 0;
        for (int i = 0; i < f->n; i++) {
            if (f->measurements[i].first_token != (bool)first_token)
                continue;
            predicted[n] = computed_s(f, half[f->measurements[i].half], &f->measurements[i]);
            measured[n++] = f->measurements[i].measured_s;
        }
        if (n == 0)
            continue;
        struct fit_error error = fit_error_of(f->arena, predicted, measured, n);
        fit_add_part(out, names[first_token], error);
        if (first_token)
            continue;
        out->profile.error_median = error.median;
        out->profile.error_low = fmin(error.low, 0);
        out->profile.error_high = fmax(error.high, 0);
    }
}

static void set_range(const struct fitting *f, const struct benchmark_rows *rows,
                      struct profile_range *range) {
    double budget = f->device.tokens_per_step_max;
    *range = (struct profile_range){.tokens = 1, .sequences = 1, .chunk = 1, .decode_context = 1};
    for (int i = 0; i < rows->n; i++) {
        const struct benchmark_row *row = &rows->rows[i];
        double chunk =
            f->device.compiled_tokens ? row->input_tokens : fmin(row->input_tokens, budget);
        range->sequences = fmax(range->sequences, round(row->clients));
        range->chunk = fmax(range->chunk, chunk);
        range->cached = fmax(range->cached, row->input_tokens - chunk);
        range->decode_context = fmax(range->decode_context, row->input_tokens + row->output_tokens);
        range->tokens = fmax(range->tokens, fmax(chunk, round(row->clients)));
    }
}

static void add_notes(const struct fitting *f, const double x[NUMBERS], struct fit *out) {
    struct arena *arena = f->arena;
    for (int k = 0; k < NUMBERS; k++)
        if (f->fixed[k])
            fit_add_note(out, arena,
                         "The rows do not tell %s from the rest of a step: it is the rule's for "
                         "this device. To measure it, %s.",
                         words[k], cures[k]);
    fit_add_note(out, arena,
                 "Fixed time of a step %.0f us, of a prompt %.0f us a layer. Against the "
                 "datasheet's peak: weights %.2f x, cache %.2f x, arithmetic %.2f x, attention of "
                 "prompts %.2f x the time.",
                 x[STEP], x[PROMPT], x[WEIGHTS], x[CACHE], x[COMPUTE], x[ATTENTION]);
    fit_add_note(out, arena,
                 "Each row is taken as a closed loop: all clients begin at once, two requests of "
                 "each are not counted, the next four are. Times to the first token count in rows "
                 "of one client only.");
}

static struct measurement *measurements_of(struct arena *arena, const struct benchmark_rows *rows,
                                           int *n) {
    struct measurement *all = arena_new(arena, struct measurement, 2 * (size_t)rows->n);
    *n = 0;
    for (int i = 0; i < rows->n; i++) {
        const struct benchmark_row *row = &rows->rows[i];
        all[(*n)++] = (struct measurement){row, i % 2, false, row->tpot_ms / 1e3};
        if (row->ttft_ms > 0 && row->clients < 1.5)
            all[(*n)++] = (struct measurement){row, i % 2, true, row->ttft_ms / 1e3};
    }
    return all;
}

struct benchmark_limits fit_rows_limits(const struct fit_setup *setup) {
    int cores = setup->accelerator->neuron_cores;
    return (struct benchmark_limits){.model = setup->model->name,
                                     .degree = setup->tensor_parallel * (cores > 0 ? cores : 1),
                                     .context_max = setup->model->context_max,
                                     .clients_max = CLOSED_LOOP_CLIENTS_MAX};
}

bool fit_rows(struct arena *arena, const struct fit_setup *setup, const struct benchmark_rows *rows,
              struct fit *out, struct err *err) {
    struct fitting f = {.arena = arena, .setup = setup, .device = peak_device(setup)};
    if (!(f.device.flops > 0))
        return err_set(err, ERR_INPUT, "no %s rate is known for %s, so nothing can be scaled",
                       precision_word(setup->precision), setup->accelerator->name);
    f.tied = f.device.attention_share == 0;
    f.peak =
        datasheet_iteration_time(setup->model, setup->precision, &f.device, setup->tensor_parallel);
    f.measurements = measurements_of(arena, rows, &f.n);
    int needed = 2 * (NUMBERS - f.tied);
    if (f.n < needed) {
        err_set(err, ERR_INPUT,
                "%d times measured (per output token, and to the first token of one "
                "client): at least %d are needed",
                f.n, needed);
        err_hint(err, "benchmark one client and several, with short and long inputs");
        return false;
    }
    double x[FITS][NUMBERS], *jacobian = arena_new(arena, double, (size_t)f.n *NUMBERS);
    set_rule(&f);
    for (bool again = true; again;) {
        find_numbers(&f, ALL, jacobian, x[ALL]);
        if (!check_told(&f, jacobian, &again, err))
            return false;
    }
    for (int half = EVEN; half <= ODD; half++)
        find_numbers(&f, half, jacobian, x[half]);
    *out = (struct fit){.profile = fit_profile(setup, "benchmark rows")};
    out->profile.time = time_of(&f, x[ALL]);
    out->profile.rows = f.n;
    set_range(&f, rows, &out->profile.range);
    add_errors(&f, x, out);
    add_notes(&f, x[ALL], out);
    return true;
}
