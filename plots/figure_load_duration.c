/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "base/money.h"
#include "base/share.h"
#include "plots/chart.h"
#include "plots/figures.h"
#include "plots/words.h"

#define NOTE_STRIP 32.0
#define SIDE_WIDTH 84.0
#define TICK_STRIP 16.0

/* ---- derivation ---- */

/* Whole instances of the main type that carry the hour's demand on instances. */
static int needed(const struct study *study, const struct plan *plan, int main, int hour) {
    const struct candidate *candidate = &study->candidates[main];
    int n_hours = study->demand.n_hours, w = candidate->workload;
    double rate = study->demand.rate_per_second[w * n_hours + hour], by_use = 0;
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].workload == w)
            by_use += plan->overflow_share[c * n_hours + hour];
    const double *factor = study->plan_input.capacity_factor;
    rate = rate * fmax(1 - by_use, 0) / (factor ? factor[main] : 1);
    if (rate <= 0)
        return 0;
    int replicas = capacity_replicas(&study->capacities[main], rate);
    return (replicas + candidate->replicas_per_instance - 1) / candidate->replicas_per_instance;
}

/* The fewest of which so many are left after each loss that the plan holds spare capacity for. */
static int with_spare(const struct plan_loss *loss, int need) {
    int n = need > 0 && loss->instance ? need + 1 : need;
    while (need > 0 && loss->zones > 1 && n - (n + loss->zones - 1) / loss->zones < need)
        n++;
    return n;
}

/* [most] share of the hours in which more than i of `count` [n_hours] are there. */
static const double *shares_above(struct arena *arena, const struct demand *demand,
                                  const int *count, int most) {
    double *share = arena_new(arena, double, most + 1), total = 0;
    for (int h = 0; h < demand->n_hours; h++)
        total += demand->weight[h];
    for (int h = 0; h < demand->n_hours; h++) /* exactly k + 1 */
        if (count[h] > 0)
            share[count[h] - 1] += demand->weight[h] / total;
    for (int k = most - 2; k >= 0; k--) /* at least k + 1 */
        share[k] += share[k + 1];
    return share;
}

/* @param hours  [n_hours] out: what each needs */
static void count_levels(struct arena *arena, const struct study *study, const struct plan *plan,
                         struct load_duration *load, struct load_column *hours) {
    int n_hours = study->demand.n_hours;
    int *need = arena_new(arena, int, n_hours), *asked = arena_new(arena, int, n_hours);
    for (int h = 0; h < n_hours; h++) {
        need[h] = needed(study, plan, load->main, h);
        asked[h] = with_spare(&study->plan_input.loss, need[h]);
        load->n = asked[h] > load->n ? asked[h] : load->n;
        hours[h].needed = need[h];
        hours[h].asked = asked[h];
    }
    load->share = shares_above(arena, &study->demand, need, load->n);
    load->asked = shares_above(arena, &study->demand, asked, load->n);
    if (study_holds_spare(study))
        load->spare = study_losses_words(arena, study);
}

static bool covers(const struct study *study, const struct commitment *commitment, int offer) {
    if (commitment->plan_rates)
        return commitment->plan_rates[offer] > 0;
    const struct offer *own = &study->offers[commitment->offer];
    bool regional =
        !commitment_kind_holds_capacity(commitment->terms.kind) && commitment->zone == 0;
    return commitment->offer == offer ||
           (regional && offer_reserved_hours(own, &study->offers[offer]) > 0);
}

static const char *terms_words(struct arena *arena, struct commitment_terms terms) {
    return arena_printf(arena, "%d-year %s, %s", terms.term_years, commitment_kind_word(terms.kind),
                        payment_word(terms.payment));
}

/* What the plan buys for this type, else the cheapest commitment that the scenario allows. */
static void find_break_even(struct arena *arena, const struct study *study, const struct plan *plan,
                            struct load_duration *load) {
    int offer_index = study->candidates[load->main].offer;
    load->break_even = NAN;
    for (int i = 0; i < plan->n_commitments && !load->bought; i++) {
        const struct plan_commitment *bought = &plan->commitments[i];
        if (bought->commitment.owned ||
            commitment_kind_holds_capacity(bought->commitment.terms.kind) ||
            bought->commitment.terms.kind == COMMIT_MODEL_UNITS ||
            !covers(study, &bought->commitment, offer_index))
            continue; /* capacity is held for days, not for a lower rate */
        load->bought = true;
        load->break_even = bought->break_even;
        load->terms = terms_words(arena, bought->commitment.terms);
    }
    const struct offer *offer = &study->offers[offer_index];
    double on_demand = money_rate_usd(offer->on_demand.rate), best = INFINITY;
    for (int i = 0; i < study->scenario.n_terms && !load->bought && offer->on_demand.known; i++) {
        const struct commitment_quote *quote = offer_commitment(offer, study->scenario.terms[i]);
        if (!quote || !quote->effective.known ||
            quote->terms.term_years > study->scenario.policy.term_years_max)
            continue;
        double rate = money_rate_usd(quote->effective.rate);
        if (rate < best) {
            best = rate;
            load->break_even = rate / on_demand;
            load->terms = terms_words(arena, quote->terms);
        }
    }
}

static double running(const struct load_column *column) {
    return fmax(column->held, column->committed) + column->spot + column->on_demand;
}

static int by_need(const void *a, const void *b) {
    const struct load_column *x = a, *y = b;
    if (x->needed != y->needed)
        return x->needed > y->needed ? -1 : 1;
    if (running(x) != running(y))
        return running(x) > running(y) ? -1 : 1;
    if (x->held != y->held)
        return x->held > y->held ? -1 : 1;
    if (x->committed != y->committed)
        return x->committed > y->committed ? -1 : 1;
    return (x->spot < y->spot) - (x->spot > y->spot);
}

static bool is_alike(const struct load_column *a, const struct load_column *b) {
    double apart = fabs(a->needed - b->needed) + fabs(a->asked - b->asked) +
                   fabs(a->held - b->held) + fabs(a->committed - b->committed) +
                   fabs(a->spot - b->spot) + fabs(a->on_demand - b->on_demand);
    return apart < 1e-6;
}

/* `more` of the hours are `column`; `of` becomes the mean of what it was and them. */
static void add_hours(struct load_column *of, const struct load_column *column, double more) {
    double share = of->share + more, part = more / share;
    of->needed += part * (column->needed - of->needed);
    of->asked += part * (column->asked - of->asked);
    of->held += part * (column->held - of->held);
    of->committed += part * (column->committed - of->committed);
    of->spot += part * (column->spot - of->spot);
    of->on_demand += part * (column->on_demand - of->on_demand);
    of->share = share;
}

/* Columns of equal width, each the mean of the hours in it: more than can be told apart. */
static int reduce(struct arena *arena, struct load_column *columns, int n) {
    struct load_column *out = arena_new(arena, struct load_column, LOAD_COLUMNS_MAX);
    int at = 0;
    double width = 1.0 / LOAD_COLUMNS_MAX;
    for (int i = 0; i < n; i++)
        for (double left = columns[i].share; left > 1e-12;) {
            bool last = at + 1 == LOAD_COLUMNS_MAX;
            double part = last ? left : fmin(left, width - out[at].share);
            add_hours(&out[at], &columns[i], part);
            left -= part;
            at += !last && out[at].share >= width - 1e-12;
        }
    for (int i = 0; i < LOAD_COLUMNS_MAX; i++)
        columns[i] = out[i];
    return LOAD_COLUMNS_MAX;
}

/* @param hours  [n_hours] sorted and merged in place */
static void make_columns(struct arena *arena, int n_hours, struct load_column *hours,
                         struct load_duration *load) {
    int n = 0;
    qsort(hours, (size_t)n_hours, sizeof *hours, by_need);
    for (int h = 0; h < n_hours; h++)
        if (n > 0 && is_alike(&hours[n - 1], &hours[h]))
            hours[n - 1].share += hours[h].share;
        else
            hours[n++] = hours[h];
    load->n_columns = n > LOAD_COLUMNS_MAX ? reduce(arena, hours, n) : n;
    load->columns = hours;
}

struct load_duration load_duration_make(struct arena *arena, const struct study *study,
                                        const struct plan *plan, int workload) {
    struct load_duration load = {.main = week_view_main_candidate(study, plan, workload)};
    if (load.main < 0)
        return load;
    load.sku = study->candidates[load.main].sku;
    int n_hours = study->demand.n_hours;
    struct load_column *hours = arena_new(arena, struct load_column, n_hours);
    count_levels(arena, study, plan, &load, hours);
    load.held_least = INFINITY;
    find_break_even(arena, study, plan, &load);
    double heaviest = 0, total = 0;
    for (int h = 0; h < n_hours; h++)
        total += study->demand.weight[h];
    bool brief[DEMAND_WEEKS_MAX];
    study_mark_brief_weeks(&study->demand, brief);
    for (int week = 0; week < study->demand.n_weeks; week++) {
        struct week_view view = week_view_make(arena, study, plan, workload, week);
        double whole = nearbyint(view.held); /* a plan in dollars covers 3.9999 or 4.0001 */
        double held = fabs(view.held - whole) < 0.01 ? whole : view.held;
        if (study->demand.weeks[week].weight >= heaviest) { /* not what an event's days hold */
            heaviest = study->demand.weeks[week].weight;
            load.held = held;
        }
        if (study->demand.weeks[week].event.year == 0 && !brief[week]) {
            load.held_least = fmin(load.held_least, held);
            load.held_most = fmax(load.held_most, held);
        }
        load.mixed = load.mixed || view.mixed;
        for (int h = 0; h < view.n_hours; h++) {
            int at = week * HOURS_PER_WEEK + h;
            load.spot = fmax(load.spot, view.spot[h]);
            hours[at].share = study->demand.weight[at] / total;
            hours[at].held = held;
            hours[at].committed = view.committed[h];
            hours[at].spot = view.spot[h];
            hours[at].on_demand = view.on_demand[h];
        }
    }
    make_columns(arena, n_hours, hours, &load);
    while (load.worth < load.n && load.asked[load.worth] >= load.break_even)
        load.worth++;
    while (load.worth_needed < load.worth && load.share[load.worth_needed] >= load.break_even)
        load.worth_needed++;
    return load;
}

/* ---- findings ---- */

static const char *need_often(struct arena *arena, int n) {
    return arena_printf(arena, "%s instance%s %s needed often enough", words_count(arena, n, true),
                        words_plural(n), n == 1 ? "is" : "are");
}

static const char *next_level(struct arena *arena, const struct load_duration *load) {
    if (load->worth >= load->n)
        return "no hour needs more";
    return arena_printf(arena, "the %s is %s in %s of hours, break-even is %s",
                        words_ordinal(arena, load->worth + 1), load->spare ? "asked for" : "needed",
                        words_percent(arena, load->asked[load->worth]),
                        words_percent(arena, load->break_even));
}

/* Whether purchases of other dates make it another number of instances in other months. */
static bool held_varies(const struct load_duration *load) {
    return load->held_most - load->held_least > 0.005;
}

/* "1 carries the demand, 1 is spare for the loss of an instance" */
static const char *parts_of(struct arena *arena, const struct load_duration *load) {
    int spare = load->worth - load->worth_needed;
    return arena_printf(arena, "%d for the demand, %d spare for the loss of %s", load->worth_needed,
                        spare, load->spare);
}

/* What the plan does where more instances break even than it commits to. */
static const char *instead(struct arena *arena, const struct load_duration *load) {
    if (held_varies(load))
        return arena_printf(arena, "the plan commits to %s over the horizon",
                            range_words(arena, words_number(arena, load->held_least),
                                        words_number(arena, load->held_most)));
    const char *held = words_number(arena, load->held);
    const char *what = load->held < 0.005 ? "none"
                       : load->held == floor(load->held)
                           ? held
                           : arena_printf(arena, "the work of %s", held);
    bool spot = load->held < load->worth && load->spot > 0;
    return arena_printf(arena, "the plan commits to %s%s", what,
                        spot ? " and takes spot above" : "");
}

const char *figure_load_duration_title(struct arena *arena, const struct load_duration *load) {
    if (isnan(load->break_even))
        return "No commitment is on offer, so nothing can break even";
    if (load->worth == 0 && load->held < 0.005)
        return arena_printf(arena, "No instance is needed often enough to commit to: %s",
                            next_level(arena, load));
    bool spare = load->spare && load->worth > load->worth_needed;
    if (load->held == load->worth && !held_varies(load) && spare)
        return arena_printf(arena, "Commit to %d: %s", load->worth, parts_of(arena, load));
    if (load->held == load->worth && !held_varies(load))
        return arena_printf(arena, "Commit to %d, not %d: %s", load->worth, load->worth + 1,
                            next_level(arena, load));
    return arena_printf(arena, "%s to commit to%s; %s", need_often(arena, load->worth),
                        spare ? arena_printf(arena, " (%s)", parts_of(arena, load)) : "",
                        instead(arena, load));
}

const char *figure_load_duration_subtitle(struct arena *arena, const struct load_duration *load) {
    return arena_printf(arena,
                        "%s instances held and running%s; hours of the horizon, those that need "
                        "most first%s",
                        load->sku, load->mixed ? ", other types converted by their capacity" : "",
                        load->spare ? arena_printf(arena,
                                                   ". Hatched: beyond the demand, as spare "
                                                   "for the loss of %s",
                                                   load->spare)
                                    : "");
}

const char *figure_load_duration_alt(struct arena *arena, const struct load_duration *load) {
    return arena_printf(
        arena,
        "Load-duration bars of %s. %s. The first instance is needed in %s of hours, the last of "
        "%d in %s. Commitments cover %s instances.",
        load->sku, figure_load_duration_title(arena, load),
        words_percent(arena, load->n > 0 ? load->share[0] : 0), load->n,
        words_percent(arena, load->n > 0 ? load->share[load->n - 1] : 0),
        words_number(arena, load->held));
}

/* ---- drawing ---- */

enum { LAYER_COMMITTED, LAYER_SPOT, LAYER_ON_DEMAND, N_LAYERS };

static const struct {
    rgb fill, text;
} layer_looks[N_LAYERS] = {[LAYER_COMMITTED] = {COLOR_COMMITTED, COLOR_COMMITTED},
                           [LAYER_SPOT] = {COLOR_SPOT, COLOR_SPOT_TEXT},
                           [LAYER_ON_DEMAND] = {COLOR_ON_DEMAND, COLOR_ON_DEMAND_TEXT}};

/* Edges of what stands on each other in a column: edge[i] to edge[i + 1] is layer i. */
static void edges_of(const struct load_column *column, double edge[N_LAYERS + 1]) {
    edge[0] = 0;
    edge[1] = fmax(column->held, column->committed);
    edge[2] = edge[1] + column->spot;
    edge[3] = edge[2] + column->on_demand;
}

static const char *layer_name(struct arena *arena, const struct load_duration *load, int layer) {
    double held = load->held;
    if (layer == LAYER_ON_DEMAND)
        return "On demand";
    if (layer == LAYER_SPOT)
        return arena_printf(arena, "Spot, up to %s", words_number(arena, load->spot));
    const char *verb = held == floor(held) && !held_varies(load) ? "Commit to" : "Committed:";
    return held > 0 ? arena_printf(arena, "%s %s", verb, words_number(arena, held)) : "Committed";
}

/* The layer over all hours as one area; its label stands at the middle of it. */
static bool draw_layer(struct scene *scene, const struct load_duration *load, int layer,
                       const struct axis *x, const struct axis *y, struct chart_label *label) {
    int n = load->n_columns;
    struct point *points = arena_new(scene->arena, struct point, 4 * n);
    double from = 0, size = 0, middle = 0;
    for (int i = 0; i < n; i++) {
        double edge[N_LAYERS + 1], to = fmin(from + load->columns[i].share, 1);
        edges_of(&load->columns[i], edge);
        double low = edge[layer], high = edge[layer + 1];
        points[2 * i] = (struct point){axis_at(x, from), axis_at(y, high)};
        points[2 * i + 1] = (struct point){axis_at(x, to), axis_at(y, high)};
        points[4 * n - 1 - 2 * i] = (struct point){axis_at(x, from), axis_at(y, low)};
        points[4 * n - 2 - 2 * i] = (struct point){axis_at(x, to), axis_at(y, low)};
        size += (high - low) * (to - from);
        middle += (high - low) * (to - from) * (low + high) / 2;
        from = to;
    }
    if (size < 1e-9)
        return false;
    scene_area(scene, points, 4 * n, layer_looks[layer].fill);
    *label = (struct chart_label){layer_name(scene->arena, load, layer), layer_looks[layer].text,
                                  axis_at(y, middle / size)};
    return true;
}

/* White between one instance and the next, where that can be told. */
static void draw_gaps(struct scene *scene, const struct load_duration *load, const struct axis *x,
                      const struct axis *y) {
    const double gap = 0.8;
    if (axis_at(y, 0) - axis_at(y, 1) < 4)
        return;
    for (int level = 1; level < y->hi; level++) {
        double from = 0, begins = -1;
        for (int i = 0; i <= load->n_columns; i++) {
            bool stands = i < load->n_columns && running(&load->columns[i]) > level + 1e-6;
            if (stands && begins < 0)
                begins = from;
            if (!stands && begins >= 0) {
                double left = axis_at(x, begins), right = axis_at(x, fmin(from, 1));
                scene_rect(scene,
                           (struct box){left, axis_at(y, level) - gap / 2, right - left, gap},
                           COLOR_PAPER);
                begins = -1;
            }
            from += i < load->n_columns ? load->columns[i].share : 0;
        }
    }
}

/* What is held and not used, and with spare capacity what runs beyond the demand. */
static void hatch_idle(struct scene *scene, const struct load_duration *load, const struct axis *x,
                       const struct axis *y) {
    struct box *idle = arena_new(scene->arena, struct box, load->n_columns);
    double from = 0;
    int n = 0;
    for (int i = 0; i < load->n_columns; i++) {
        const struct load_column *column = &load->columns[i];
        double low = load->spare ? column->needed : column->committed;
        double high = load->spare ? running(column) : column->held;
        double left = axis_at(x, from), right = axis_at(x, fmin(from + column->share, 1));
        if (high - low > 1e-6)
            idle[n++] = (struct box){left, axis_at(y, high), right - left,
                                     axis_at(y, low) - axis_at(y, high)};
        from += column->share;
    }
    if (n > 0)
        scene_hatch(scene, idle, n, (struct stroke){COLOR_PAPER, 0.8, false, 0}, 4.2);
}

static void draw_break_even(struct scene *scene, const struct load_duration *load,
                            const struct axis *x, double top, double bottom) {
    if (isnan(load->break_even))
        return;
    double at = axis_at(x, fmin(load->break_even, 1));
    scene_line(scene, (struct point){at, top}, (struct point){at, bottom},
               (struct stroke){COLOR_THRESHOLD, 1.2, true, 0});
    const char *head = arena_printf(scene->arena, "Break-even: %s of hours",
                                    words_percent(scene->arena, load->break_even));
    double width = fmax(typeset_width(scene->type, load->terms, chart_tick_style()),
                        typeset_width(scene->type, head, chart_strong_style(COLOR_THRESHOLD)));
    bool left = at + 6 + width > x->to + SIDE_WIDTH;
    double text_x = left ? at - 6 : at + 6;
    enum align align = left ? ALIGN_RIGHT : ALIGN_LEFT;
    scene_text(scene, text_x, top + 7, align, chart_strong_style(COLOR_THRESHOLD), head);
    scene_text(scene, text_x, top + 17, align, chart_tick_style(), load->terms);
}

/* The most that runs in the hours from there on. */
static double highest_from(const struct load_duration *load, double share) {
    double from = 0, highest = 0;
    for (int i = 0; i < load->n_columns; i++) {
        from += load->columns[i].share;
        if (from > share + 1e-9)
            highest = fmax(highest, running(&load->columns[i]));
    }
    return highest;
}

/* The first instance that is not worth committing to, named where there is room beside its bar. */
static void label_next(struct scene *scene, const struct load_duration *load, const struct axis *x,
                       const struct axis *y) {
    if (isnan(load->break_even) || load->worth >= load->n)
        return;
    const char *text = arena_printf(scene->arena, "%s: %s in %s of hours",
                                    words_ordinal(scene->arena, load->worth + 1),
                                    load->spare ? "asked for" : "needed",
                                    words_percent(scene->arena, load->asked[load->worth]));
    double at = axis_at(x, load->asked[load->worth]);
    double middle = axis_at(y, load->worth + 0.5);
    double width = typeset_width(scene->type, text, chart_note_style());
    /* Up and to the right: what runs in the quieter hours and the break-even line can be in the
     * way. */
    double left = at + 12, baseline = middle - 12;
    double line = axis_at(x, load->break_even);
    if (left < line + 4 && left + width > line - 4)
        left = line + 6;
    double level_below = (y->from - baseline - 3) / (y->from - y->to) * y->hi;
    if (left + width > x->to || level_below < highest_from(load, load->asked[load->worth]) ||
        baseline - 8 < y->to)
        return;
    chart_note(scene, &text, 1, left, baseline, (struct point){at + 1, middle});
}

void figure_load_duration_draw(struct scene *scene, const struct load_duration *load,
                               struct box box) {
    double bottom = box.y + box.h - TICK_STRIP, top = box.y + NOTE_STRIP;
    struct axis y =
        axis_counting(fmax(load->n, ceil(highest_from(load, 0) - 1e-6)), 5, bottom, top);
    double left = box.x + chart_label_width(scene, &y, TICK_PLAIN) + 6;
    struct axis x = axis_exact(1, 5, left, box.x + box.w - SIDE_WIDTH);
    chart_grid_y(scene, &y, TICK_PLAIN, x.from, x.to);
    struct chart_label labels[N_LAYERS];
    int n = 0;
    for (int layer = 0; layer < N_LAYERS; layer++)
        n += draw_layer(scene, load, layer, &x, &y, &labels[n]);
    draw_gaps(scene, load, &x, &y);
    hatch_idle(scene, load, &x, &y);
    draw_break_even(scene, load, &x, box.y, bottom);
    label_next(scene, load, &x, &y);
    chart_ticks_x(scene, &x, TICK_PERCENT, bottom, box.x + box.w);
    chart_side_labels(scene, labels, n, x.to + 6, top, bottom);
}

/* ---- data and view ---- */

void figure_load_duration_csv(const struct load_duration *load, struct text *out) {
    text_append_string(out, "instance_type,hours_from,hours_to,needed,asked,held,committed,spot,"
                            "on_demand,break_even\n");
    double from = 0;
    for (int i = 0; i < load->n_columns; i++) {
        const struct load_column *column = &load->columns[i];
        double to = i + 1 < load->n_columns ? from + column->share : 1;
        figure_csv_row(out, &load->sku, 1,
                       (double[]){from, to, column->needed, column->asked, column->held,
                                  column->committed, column->spot, column->on_demand,
                                  load->break_even},
                       9);
        from = to;
    }
}

static void draw_data(struct scene *scene, const void *data, struct box box) {
    figure_load_duration_draw(scene, data, box);
}

static void csv_data(const void *data, struct text *out) {
    figure_load_duration_csv(data, out);
}

bool figure_load_duration_open(struct arena *arena, const struct study *study, int workload,
                               struct figure_view *out) {
    if (study->infeasible || !study->recommended.plan)
        return false;
    struct load_duration *load = arena_new(arena, struct load_duration, 1);
    *load = load_duration_make(arena, study, study->recommended.plan, workload);
    if (load->main < 0 || load->n == 0)
        return false;
    *out = (struct figure_view){
        .title = figure_load_duration_title(arena, load),
        .subtitle = figure_load_duration_subtitle(arena, load),
        .alt = figure_load_duration_alt(arena, load),
        .flat = load->n_columns == 1,
        .height = 240,
        .data = load,
        .draw = draw_data,
        .csv = csv_data,
    };
    return true;
}
