/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a unit of work costs, and who pays for all of it: sorted bars from zero, what is idle
 * hatched. Grey, because the colours stand for ways of paying. */
#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "plots/figures.h"
#include "plots/words.h"
#include "scenarios/result.h"

#define BAR_PITCH 15.0
#define DEAREST 8.0 /* candidates that cost more times the cheapest would hide the others */

/* ---- unit costs ---- */

static bool plan_row(const struct study *study, int workload, struct unit_row *out) {
    if (!study->units || study->demand.n_workloads <= workload)
        return false;
    /* What a single workload does not bear is its all the same. */
    int row = study->demand.n_workloads == 1 ? 1 : workload;
    const struct study_units *units = &study->units[row];
    double work =
        frontier_by_tokens(study, workload) ? units->output_tokens / 1e6 : units->requests / 1e3;
    if (!(work > 0) || !isfinite(units->usd_per_month))
        return false;
    double full = units->full_load_usd_per_month;
    *out = (struct unit_row){.name = "Plan, as replayed",
                             .usd = units->usd_per_month / work,
                             .idle_usd =
                                 isfinite(full) ? fmax(units->usd_per_month - full, 0) / work : 0,
                             .replayed = true};
    return true;
}

static int by_cost(const void *left, const void *right) {
    const struct unit_row *a = left, *b = right;
    return (a->usd > b->usd) - (a->usd < b->usd);
}

struct unit_costs unit_costs_make(const struct study *study, int workload) {
    struct unit_costs out = {.unit = frontier_by_tokens(study, workload) ? "1M output tokens"
                                                                         : "1K requests"};
    struct arena scratch = {0};
    struct unit_row *all = arena_new(&scratch, struct unit_row, study->n_choices);
    int n = 0;
    for (int c = 0; c < study->n_choices; c++) {
        if (study->candidates[c].workload != workload || !study->capacities[c].feasible)
            continue;
        double usd = frontier_unit_cost(study, c);
        if (!isfinite(usd))
            continue;
        struct band band = result_band(&study->capacities[c]);
        bool known = band.rate_low > 0 && band.rate_high > 0;
        all[n++] = (struct unit_row){.name = study->candidates[c].name,
                                     .usd = usd,
                                     .low = known ? usd / band.rate_high : 0,
                                     .high = known ? usd / band.rate_low : 0};
    }
    if (n > 0)
        qsort(all, (size_t)n, sizeof *all, by_cost);
    out.n = plan_row(study, workload, &out.rows[0]);
    for (int i = 0; i < n; i++)
        if (out.n < UNIT_ROWS_MAX && all[i].usd <= DEAREST * all[0].usd)
            out.rows[out.n++] = all[i];
        else
            out.n_left_out++;
    arena_release(&scratch);
    return out;
}

const char *figure_units_title(struct arena *arena, const struct unit_costs *costs) {
    const struct unit_row *first = &costs->rows[0];
    if (!first->replayed)
        return arena_printf(arena, "%s is the cheapest at full load: %s per %s", first->name,
                            words_money(arena, first->usd), costs->unit);
    if (first->usd <= 0)
        return arena_printf(arena, "The plan pays nothing per %s", costs->unit);
    const char *cost = words_money(arena, first->usd);
    double full = first->usd - first->idle_usd, times = first->usd / full;
    if (!(times >= 1.005) || !isfinite(times))
        return arena_printf(arena, "%s cost %s, no more than on instances that are always full",
                            costs->unit, cost);
    return times < 2 ? arena_printf(arena, "%s cost %s, %s more than on instances always full",
                                    costs->unit, cost, words_percent(arena, times - 1))
                     : arena_printf(arena, "%s cost %s, %s as much as on instances always full",
                                    costs->unit, cost, number_times(arena, times));
}

static const char *units_alt(struct arena *arena, const struct unit_costs *costs) {
    struct text out = {.arena = arena};
    text_printf(&out, "Bars of cost per %s.", costs->unit);
    for (int i = 0; i < costs->n; i++)
        text_printf(&out, " %s: %s.", costs->rows[i].name, words_money(arena, costs->rows[i].usd));
    return out.data;
}

static void draw_units(struct scene *scene, const void *data, struct box box) {
    const struct unit_costs *costs = data;
    struct chart_bar bars[UNIT_ROWS_MAX] = {0};
    for (int i = 0; i < costs->n; i++) {
        const struct unit_row *row = &costs->rows[i];
        bars[i] = (struct chart_bar){
            .name = row->name,
            .value = words_money(scene->arena, row->usd),
            .note = row->replayed ? "hatched: above full load" : NULL,
            .strong = row->replayed,
            .n_parts = row->idle_usd > 0 ? 2 : 1,
            .parts = {{row->usd - row->idle_usd, row->replayed ? COLOR_MUTED : COLOR_DISABLED,
                       false},
                      {row->idle_usd, COLOR_MUTED, true}},
            .low = row->low,
            .high = row->high,
        };
    }
    chart_bars(scene, bars, costs->n, box);
}

static void csv_units(const void *data, struct text *out) {
    const struct unit_costs *costs = data;
    text_append_string(out, "what,load,unit,usd_per_unit,idle_usd_per_unit,low,high\n");
    for (int i = 0; i < costs->n; i++) {
        const struct unit_row *row = &costs->rows[i];
        bool known = row->high > row->low;
        figure_csv_row(
            out,
            (const char *const[]){row->name, row->replayed ? "as replayed" : "full", costs->unit},
            3, (double[]){row->usd, row->idle_usd, known ? row->low : NAN, known ? row->high : NAN},
            4);
    }
}

bool figure_units_open(struct arena *arena, const struct study *study, int workload,
                       struct figure_view *out) {
    if (study->infeasible)
        return false;
    struct unit_costs *costs = arena_new(arena, struct unit_costs, 1);
    *costs = unit_costs_make(study, workload);
    if (costs->n == 0)
        return false;
    const char *more = costs->n_left_out == 0
                           ? ""
                           : arena_printf(arena, "; %d dearer ones not shown", costs->n_left_out);
    *out = (struct figure_view){
        .title = figure_units_title(arena, costs),
        .subtitle = arena_printf(arena,
                                 "Cost per %s of %s: the plan amortised, candidates on demand at "
                                 "full load; lines: the known error of their times%s",
                                 costs->unit, study->scenario.workloads[workload].name, more),
        .alt = units_alt(arena, costs),
        .height = BAR_PITCH * costs->n,
        .data = costs,
        .draw = draw_units,
        .csv = csv_units,
    };
    return true;
}

/* ---- payers ---- */

static int by_total(const void *left, const void *right) {
    const struct payer_row *a = left, *b = right;
    double x = a->used + a->idle + a->unused, y = b->used + b->idle + b->unused;
    return (x < y) - (x > y);
}

static bool is_nobody(enum payer_kind kind) {
    return kind == PAYER_IDLE || kind == PAYER_UNUSED || kind == PAYER_OTHERS;
}

/* The largest payers, all others as one, then what is nobody's. */
struct payer_shares payer_shares_make(struct arena *arena, const struct study *study) {
    const struct allocation *allocation = study->allocation;
    double to_month = HOURS_PER_MONTH / study->demand.horizon_hours;
    struct payer_row *rows = arena_new(arena, struct payer_row, allocation->n_payers);
    struct payer_row nobody[3];
    int n = 0, n_nobody = 0;
    struct payer_shares out = {0};
    for (int p = 0; p < allocation->n_payers; p++) {
        const struct payer_sum *sum = &allocation->sums[p];
        const usd_nano *kinds = sum->by_kind;
        struct payer_row row = {.name = allocation->payers[p].name,
                                .used = to_month *
                                        money_amount_usd(kinds[SHARE_USED] + kinds[SHARE_BESIDE]),
                                .idle = to_month * money_amount_usd(kinds[SHARE_IDLE]),
                                .unused = to_month * money_amount_usd(kinds[SHARE_UNUSED])};
        if (row.used + row.idle + row.unused < 0.005)
            continue;
        out.total += row.used + row.idle + row.unused;
        if (is_nobody(allocation->payers[p].kind) && n_nobody < 3)
            nobody[n_nobody++] = row;
        else
            rows[n++] = row;
    }
    if (n > 0)
        qsort(rows, (size_t)n, sizeof *rows, by_total);
    int room = PAYER_ROWS_MAX - n_nobody, shown = n <= room ? n : room - 1;
    for (int i = 0; i < shown; i++)
        out.rows[out.n++] = rows[i];
    if (shown < n) {
        struct payer_row *others = &out.rows[out.n++];
        others->name = arena_printf(arena, "%d others", n - shown);
        for (int i = shown; i < n; i++) {
            others->used += rows[i].used;
            others->idle += rows[i].idle;
            others->unused += rows[i].unused;
        }
    }
    for (int i = 0; i < n_nobody; i++)
        out.rows[out.n++] = nobody[i];
    return out;
}

static double row_usd(const struct payer_row *row) {
    return row->used + row->idle + row->unused;
}

const char *figure_payers_title(struct arena *arena, const struct payer_shares *shares) {
    double waste = 0;
    for (int i = 0; i < shares->n; i++)
        waste += shares->rows[i].idle + shares->rows[i].unused;
    const struct payer_row *first = &shares->rows[0];
    if (shares->n == 1)
        return arena_printf(arena, "%s bears all %s a month; %s of it is idle or unused",
                            first->name, words_money(arena, shares->total),
                            words_percent(arena, waste / shares->total));
    return arena_printf(arena, "%s bears %s of %s a month; %s of all is idle or unused",
                        first->name, words_percent(arena, row_usd(first) / shares->total),
                        words_money(arena, shares->total),
                        words_percent(arena, waste / shares->total));
}

static const char *payers_alt(struct arena *arena, const struct payer_shares *shares) {
    struct text out = {.arena = arena};
    text_append_string(&out, "Bars of cost per month by payer.");
    for (int i = 0; i < shares->n; i++)
        text_printf(&out, " %s: %s.", shares->rows[i].name,
                    words_money(arena, row_usd(&shares->rows[i])));
    return out.data;
}

static void draw_payers(struct scene *scene, const void *data, struct box box) {
    const struct payer_shares *shares = data;
    struct chart_bar bars[PAYER_ROWS_MAX] = {0};
    for (int i = 0; i < shares->n; i++) {
        const struct payer_row *row = &shares->rows[i];
        double wasted = row->idle + row->unused;
        bars[i] = (struct chart_bar){
            .name = row->name,
            .value = words_money(scene->arena, row_usd(row)),
            .note = wasted > 0.005 && row->used > 0
                        ? arena_printf(scene->arena, "%s idle or unused",
                                       words_money(scene->arena, wasted))
                        : NULL,
            .n_parts = 3,
            .parts = {{row->used, COLOR_MUTED, false},
                      {row->idle, COLOR_MUTED, true},
                      {row->unused, COLOR_COMMITTED, true}},
        };
    }
    chart_bars(scene, bars, shares->n, box);
}

static void csv_payers(const void *data, struct text *out) {
    const struct payer_shares *shares = data;
    text_append_string(out, "payer,used_usd_per_month,idle_usd_per_month,unused_usd_per_month\n");
    for (int i = 0; i < shares->n; i++) {
        const struct payer_row *row = &shares->rows[i];
        figure_csv_row(out, &row->name, 1, (double[]){row->used, row->idle, row->unused}, 3);
    }
}

bool figure_payers_open(struct arena *arena, const struct study *study, int workload,
                        struct figure_view *out) {
    (void)workload;
    if (study->infeasible || !study->allocation)
        return false;
    struct payer_shares *shares = arena_new(arena, struct payer_shares, 1);
    *shares = payer_shares_make(arena, study);
    if (shares->n == 0)
        return false;
    *out = (struct figure_view){
        .title = figure_payers_title(arena, shares),
        .subtitle =
            "Amortised cost per month by payer; hatched grey: idle, hatched blue: committed "
            "and unused",
        .alt = payers_alt(arena, shares),
        .flat = shares->n == 1,
        .height = BAR_PITCH * shares->n,
        .data = shares,
        .draw = draw_payers,
        .csv = csv_payers,
    };
    return true;
}
