/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

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

static void count_levels(struct arena *arena, const struct study *study, const struct plan *plan,
                         struct load_duration *load) {
    int n_hours = study->demand.n_hours;
    int *need = arena_new(arena, int, n_hours), *asked = arena_new(arena, int, n_hours);
    for (int h = 0; h < n_hours; h++) {
        need[h] = needed(study, plan, load->main, h);
        asked[h] = with_spare(&study->plan_input.loss, need[h]);
        load->n = asked[h] > load->n ? asked[h] : load->n;
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

struct load_duration load_duration_make(struct arena *arena, const struct study *study,
                                        const struct plan *plan, int workload) {
    struct load_duration load = {.main = week_view_main_candidate(study, plan, workload)};
    if (load.main < 0)
        return load;
    load.sku = study->candidates[load.main].sku;
    count_levels(arena, study, plan, &load);
    load.held_least = INFINITY;
    find_break_even(arena, study, plan, &load);
    double heaviest = 0;
    for (int week = 0; week < study->demand.n_weeks; week++) {
        struct week_view view = week_view_make(arena, study, plan, workload, week);
        double whole = nearbyint(view.held); /* a plan in dollars covers 3.9999 or 4.0001 */
        double held = fabs(view.held - whole) < 0.01 ? whole : view.held;
        if (study->demand.weeks[week].weight >= heaviest) { /* not what an event's days hold */
            heaviest = study->demand.weeks[week].weight;
            load.held = held;
        }
        if (study->demand.weeks[week].event.year == 0) {
            load.held_least = fmin(load.held_least, held);
            load.held_most = fmax(load.held_most, held);
        }
        load.mixed = load.mixed || view.mixed;
        for (int h = 0; h < view.n_hours; h++)
            load.spot = fmax(load.spot, view.spot[h]);
    }
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
                        "%s instances needed%s, hours of the horizon sorted from busiest to "
                        "quietest; one bar per instance%s",
                        load->sku, load->mixed ? " if all ran on this type" : "",
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

struct layer {
    double from, to; /* levels */
    const char *name;
    rgb fill, text;
};

static int layers_of(struct arena *arena, const struct load_duration *load,
                     struct layer layers[3]) {
    double held = load->held, with_spot = fmin(held + load->spot, fmax(load->n, held));
    int n = 0;
    const char *verb = held == floor(held) && !held_varies(load) ? "Commit to" : "Committed:";
    if (held > 0)
        layers[n++] =
            (struct layer){0, held, arena_printf(arena, "%s %s", verb, words_number(arena, held)),
                           COLOR_COMMITTED, COLOR_COMMITTED};
    if (with_spot > held)
        layers[n++] = (struct layer){
            held, with_spot, arena_printf(arena, "Spot, up to %s", words_number(arena, load->spot)),
            COLOR_SPOT, COLOR_SPOT_TEXT};
    if (load->n > with_spot)
        layers[n++] =
            (struct layer){with_spot, load->n, "On demand", COLOR_ON_DEMAND, COLOR_ON_DEMAND_TEXT};
    return n;
}

static double share_at(const struct load_duration *load, const double *share, int level) {
    return level < load->n ? share[level] : 0;
}

/* One rectangle per level; a level that two layers share is cut between them. Thin levels (many
 * instances) are drawn without gaps. */
static void draw_layer(struct scene *scene, const struct load_duration *load,
                       const struct layer *layer, const struct axis *x, const struct axis *y) {
    double height = axis_at(y, 0) - axis_at(y, 1), gap = height >= 4 ? 0.8 : 0;
    int first = (int)floor(layer->from), end = (int)ceil(layer->to);
    struct box *idle = arena_new(scene->arena, struct box, end - first);
    int n_idle = 0;
    for (int level = first; level < end; level++) {
        double low = fmax(layer->from, level), high = fmin(layer->to, level + 1);
        double top = axis_at(y, high), bottom = axis_at(y, low) - (low == level ? gap : 0);
        double need = axis_at(x, share_at(load, load->share, level));
        double right =
            layer->fill == COLOR_COMMITTED ? x->to : axis_at(x, share_at(load, load->asked, level));
        scene_rect(scene, (struct box){x->from, top, right - x->from, bottom - top}, layer->fill);
        if (need < right)
            idle[n_idle++] = (struct box){need, top, right - need, bottom - top};
    }
    if (n_idle > 0)
        scene_hatch(scene, idle, n_idle, (struct stroke){COLOR_PAPER, 0.8, false, 0}, 4.2);
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
    /* Up and to the right: bars above are no longer, so only committed layers (drawn full width)
     * and the break-even line can be in the way. */
    double left = at + 12, baseline = middle - 12;
    double line = axis_at(x, load->break_even);
    if (left < line + 4 && left + width > line - 4)
        left = line + 6;
    double level_below = (y->from - baseline - 3) / (y->from - y->to) * y->hi;
    if (left + width > x->to || level_below < load->held || baseline - 8 < y->to)
        return;
    chart_note(scene, &text, 1, left, baseline, (struct point){at + 1, middle});
}

void figure_load_duration_draw(struct scene *scene, const struct load_duration *load,
                               struct box box) {
    double bottom = box.y + box.h - TICK_STRIP, top = box.y + NOTE_STRIP;
    struct axis y = axis_counting(fmax(load->n, load->held), 5, bottom, top);
    double left = box.x + chart_label_width(scene, &y, TICK_PLAIN) + 6;
    struct axis x = axis_exact(1, 5, left, box.x + box.w - SIDE_WIDTH);
    chart_grid_y(scene, &y, TICK_PLAIN, x.from, x.to);
    struct layer layers[3];
    int n = layers_of(scene->arena, load, layers);
    struct chart_label labels[3];
    for (int i = 0; i < n; i++) {
        draw_layer(scene, load, &layers[i], &x, &y);
        labels[i] = (struct chart_label){layers[i].name, layers[i].text,
                                         axis_at(&y, (layers[i].from + layers[i].to) / 2)};
    }
    draw_break_even(scene, load, &x, box.y, bottom);
    label_next(scene, load, &x, &y);
    chart_ticks_x(scene, &x, TICK_PERCENT, bottom, box.x + box.w);
    chart_side_labels(scene, labels, n, x.to + 6, top, bottom);
}

/* ---- data and view ---- */

void figure_load_duration_csv(const struct load_duration *load, struct text *out) {
    text_append_string(
        out, "instance_type,instance,share_of_hours,share_with_spare,held,spot_most,break_even\n");
    int n = (int)fmax(load->n, ceil(load->held));
    for (int level = 0; level < n; level++)
        figure_csv_row(out, &load->sku, 1,
                       (double[]){level + 1, share_at(load, load->share, level),
                                  share_at(load, load->asked, level), load->held, load->spot,
                                  load->break_even},
                       6);
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
        .flat = load->share[load->n - 1] > 0.9995 && load->asked[load->n - 1] > 0.9995,
        .height = 240,
        .data = load,
        .draw = draw_data,
        .csv = csv_data,
    };
    return true;
}
