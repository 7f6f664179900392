/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The form of a step against phase times of whole engines: Llama-2-70B and BLOOM-176B on DGX A100
 * and H100 (splitwise-sim@8f99e7d, data/perf_model.csv). Each shape is predicted by a fit to the
 * others of its group (model, hardware, tensor parallel):
 *
 *      time of a token  = t0 + b batch + c context            context = batch (prompt + tokens / 2)
 *      time of a prompt = max(line in tokens, line in tokens + tokens x prompt)
 *
 * Left out: the power-capped groups, whose token times are copies, and Llama-2-70B at tensor
 * parallel 2 with batch 64, which the engine split. */
#include <math.h>

#include "published_data.h"
#include "sim/perf/fit.h"
#include "sim/perf/fit_max.h"
#include "sim/perf/nnls.h"

#define PHASES "groundtruth/splitwise-perf-model/perf_model.csv"

enum { GROUPS = 8, SHAPES_MAX = 32 };

int main(int argc, char *argv[]) {
    int missing = data_missing(PHASES);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}

struct shape {
    double prompt, batch, tokens; /* tokens: 0 where only the prompt counts */
    int n;
    double time_ms; /* mean of n repeats */
};

struct group {
    char name[80];
    int n;
    struct shape shapes[SHAPES_MAX];
};

enum column { MODEL, HARDWARE, TP, PROMPT, BATCH, TOKENS, PROMPT_MS, TOKEN_MS, COLUMNS };

static struct group *group_of(struct group *groups, int *n, const struct csv_row *row,
                              const int *at) {
    char name[80];
    snprintf(name, sizeof name, "%.*s %.*s %.*s", (int)row->fields[at[MODEL]].text.n,
             row->fields[at[MODEL]].text.data, (int)row->fields[at[HARDWARE]].text.n,
             row->fields[at[HARDWARE]].text.data, (int)row->fields[at[TP]].text.n,
             row->fields[at[TP]].text.data);
    for (int g = 0; g < *n; g++)
        if (strcmp(groups[g].name, name) == 0)
            return &groups[g];
    cr_assert(lt(int, *n, GROUPS));
    memcpy(groups[*n].name, name, sizeof name);
    return &groups[(*n)++];
}

static void add(struct group *group, double prompt, double batch, double tokens, double time_ms) {
    int i = 0;
    for (; i < group->n; i++) {
        const struct shape *s = &group->shapes[i];
        if (s->prompt == prompt && s->batch == batch && s->tokens == tokens)
            break;
    }
    if (i == group->n) {
        cr_assert(lt(int, i, SHAPES_MAX));
        group->shapes[group->n++] = (struct shape){prompt, batch, tokens, 0, 0};
    }
    struct shape *shape = &group->shapes[i];
    shape->n++;
    shape->time_ms += (time_ms - shape->time_ms) / shape->n;
}

static int by_work(const void *a, const void *b) {
    const struct shape *p = a, *q = b;
    double x = p->prompt * p->batch, y = q->prompt * q->batch;
    return x != y ? (x > y) - (x < y) : (p->batch > q->batch) - (p->batch < q->batch);
}

static bool is_left_out(const struct group *group, double batch) {
    return strstr(group->name, "llama2-70b") && batch == 64 &&
           group->name[strlen(group->name) - 1] == '2';
}

static void read_groups(struct arena *arena, struct group *groups, bool prompts) {
    static const char *const names[] = {"model",       "hardware",   "tensor_parallel",
                                        "prompt_size", "batch_size", "token_size",
                                        "prompt_time", "token_time"};
    struct source *source = source_open_memory(arena, data_read(arena, PHASES), PHASES, NULL);
    struct csv_reader *csv = csv_open(arena, source, ',', NULL);
    struct csv_row row;
    int at[COLUMNS], n = 0;
    memset(groups, 0, GROUPS * sizeof *groups);
    cr_assert(csv_header(csv, names, COLUMNS, true, at, NULL));
    while (csv_next(csv, &row, NULL) && row.n_fields) {
        double v[COLUMNS];
        for (int c = PROMPT; c < COLUMNS; c++)
            v[c] = data_number(row.fields[at[c]].text);
        if (bytes_are(row.fields[at[HARDWARE]].text, "h100-80gb-pcap"))
            continue;
        struct group *group = group_of(groups, &n, &row, at);
        if (!is_left_out(group, v[BATCH]))
            add(group, v[PROMPT], v[BATCH], prompts ? 0 : v[TOKENS],
                prompts ? v[PROMPT_MS] : v[TOKEN_MS]);
    }
    csv_close(csv);
    source_close(source);
    cr_assert(eq(int, n, GROUPS));
    for (int g = 0; g < n; g++)
        qsort(groups[g].shapes, (size_t)groups[g].n, sizeof(struct shape), by_work);
}

/* Prediction of shape `out` from all others of its group. */
typedef double (*predictor)(struct arena *scratch, const struct group *group, int out);

static void token_features(const struct shape *s, double *f) {
    f[0] = 1;
    f[1] = s->batch;
    f[2] = s->batch * (s->prompt + s->tokens / 2);
}

static double token_sum(struct arena *scratch, const struct group *group, int out, int n_features) {
    struct nnls nnls = nnls_open(scratch, n_features);
    double f[3], x[3] = {0}, sum = 0;
    for (int s = 0; s < group->n; s++) {
        token_features(&group->shapes[s], f);
        if (s != out)
            nnls_add_relative(&nnls, f, group->shapes[s].time_ms);
    }
    cr_assert(nnls_solve(&nnls, x));
    token_features(&group->shapes[out], f);
    for (int i = 0; i < n_features; i++)
        sum += x[i] * f[i];
    return sum;
}

static double token(struct arena *scratch, const struct group *group, int out) {
    return token_sum(scratch, group, out, 3);
}

static double token_without_context(struct arena *scratch, const struct group *group, int out) {
    return token_sum(scratch, group, out, 2);
}

static double prompt_max(struct arena *scratch, const struct group *group, int out, int n_right) {
    struct max_row rows[SHAPES_MAX], left_out = {0};
    int n = 0;
    for (int s = 0; s < group->n; s++) {
        const struct shape *shape = &group->shapes[s];
        double tokens = shape->batch * shape->prompt;
        struct max_row row = {{1, tokens}, {1, tokens, tokens * shape->prompt}, shape->time_ms};
        if (s == out)
            left_out = row;
        else
            rows[n++] = row;
    }
    struct max_fit fit = {.n_left = 2, .n_right = n_right};
    cr_assert(fit_max(scratch, rows, n, &fit));
    return max_fit_value(&fit, &left_out);
}

static double prompt(struct arena *scratch, const struct group *group, int out) {
    return prompt_max(scratch, group, out, 3);
}

/* One line through everything. */
static double prompt_line(struct arena *scratch, const struct group *group, int out) {
    struct nnls nnls = nnls_open(scratch, 2);
    double x[2];
    for (int s = 0; s < group->n; s++)
        if (s != out)
            nnls_add_relative(&nnls,
                              (double[2]){1, group->shapes[s].batch * group->shapes[s].prompt},
                              group->shapes[s].time_ms);
    cr_assert(nnls_solve(&nnls, x));
    return x[0] + x[1] * group->shapes[out].batch * group->shapes[out].prompt;
}

struct phase_errors {
    double mean, median;
};

static struct phase_errors errors_of(bool prompts, predictor predict, const char *name) {
    static struct group groups[GROUPS];
    struct arena arena = {0};
    double predicted[GROUPS * SHAPES_MAX], measured[GROUPS * SHAPES_MAX];
    int n = 0;
    read_groups(&arena, groups, prompts);
    for (int g = 0; g < GROUPS; g++) {
        for (int s = 0; s < groups[g].n; s++) {
            predicted[n] = predict(&arena, &groups[g], s);
            measured[n++] = groups[g].shapes[s].time_ms;
        }
    }
    struct fit_error error = fit_error_of(&arena, predicted, measured, n);
    arena_release(&arena);
    cr_log_info("%s: %d shapes, mean %.4f, median %.4f", name, n, error.mean, error.median);
    return (struct phase_errors){error.mean, error.median};
}

Test(perf_phases, time_of_a_token) {
    cr_assert(le(dbl, errors_of(false, token, "token").mean, 0.027));
    cr_assert(gt(dbl, errors_of(false, token_without_context, "without context").mean, 0.027));
}

Test(perf_phases, time_of_a_prompt) {
    struct phase_errors e = errors_of(true, prompt, "prompt");
    cr_assert(le(dbl, e.mean, 0.116));
    cr_assert(le(dbl, e.median, 0.090));
    e = errors_of(true, prompt_line, "prompt, one line");
    cr_assert(e.mean > 0.116 || e.median > 0.090);
}
