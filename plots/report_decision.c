/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page 1: what to buy, what it costs, whether it holds, and what to know before deciding. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "plots/figures.h"
#include "plots/grid.h"
#include "plots/report_pages.h"
#include "plots/words.h"
#include "scenarios/notice_groups.h"

static const struct style kicker_style = {8, WEIGHT_REGULAR, COLOR_MUTED};
static const struct style small_style = {8.5, WEIGHT_REGULAR, COLOR_MUTED};
static const struct style note_style = {7.5, WEIGHT_REGULAR, COLOR_MUTED};
static const struct style body_style = {8.5, WEIGHT_REGULAR, COLOR_INK};

#define KICKER_WORD 70.0

static void draw_kicker(struct flow *flow, const struct study *study,
                        const struct report_facts *facts) {
    double fixed = typeset_width(flow->type, facts->kicker_head, kicker_style) +
                   typeset_width(flow->type, facts->kicker_tail, kicker_style);
    /* On two lines where one is too short; the break leaves at most a word's room unused. */
    double room = 2 * flow->width - fixed - KICKER_WORD;
    const char *name = flow_fit(flow, study->scenario.name, kicker_style, fmax(room, 90));
    flow_text(flow, "P",
              arena_printf(flow->arena, "%s%s%s", facts->kicker_head, name, facts->kicker_tail),
              kicker_style, 11.5);
    flow_space(flow, 4);
}

/* The largest size at which the sentence keeps to three lines; names of any length may need more.
 */
static void draw_headline(struct flow *flow, const char *headline) {
    static const struct {
        double size, leading;
        int lines;
    } sizes[] = {{20, 25, 2},   {17, 21.5, 3}, {14.5, 18.5, 3},
                 {12.5, 16, 3}, {11, 14.5, 3}, {10, 13, 1 << 20}};
    int pick = 0;
    struct style style = {0, WEIGHT_BOLD, COLOR_INK};
    for (;; pick++) {
        style.size = sizes[pick].size;
        double height = flow_text_height(flow, headline, style, flow->width, 1);
        if (height <= sizes[pick].lines)
            break;
    }
    double width = flow_even_width(flow, headline, style, flow->width),
           leading = sizes[pick].leading;
    if (flow_text_height(flow, headline, style, width, leading) < flow_room(flow))
        flow_space(flow,
                   flow_text_at(flow, "H1", headline, style, leading, flow->left, flow->y, width));
    else
        flow_text(flow, "H1", headline, style, leading);
    flow_space(flow, 6);
}

static bool is_alarm(const struct notice_group *notice) {
    static const char *const ids[] = {"infeasible", "slo-missed", "budget-broken"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (strcmp(notice->id, ids[i]) == 0)
            return true;
    return false;
}

static void draw_alarm(struct flow *flow, const char *text) {
    struct style style = {9.5, WEIGHT_SEMIBOLD, COLOR_THRESHOLD};
    const char *sentence = report_sentence(flow->arena, text);
    double height = flow_text_height(flow, sentence, style, flow->width - 24, 13) + 12;
    flow_need(flow, height + 6);
    struct scene *scene = flow_scene(flow);
    scene_rect(scene, (struct box){flow->left, flow->y, flow->width, height}, COLOR_ALARM);
    scene_rect(scene, (struct box){flow->left, flow->y, 3, height}, COLOR_THRESHOLD);
    flow_text_at(flow, "P", sentence, style, 13, flow->left + 13, flow->y + 8, flow->width - 24);
    flow_space(flow, height + 6);
}

/* What a term of years rests on stays on the first page, however many notices there are. */
static int rank_of(const struct notice_group *notice) {
    return is_alarm(notice) ? 0 : strcmp(notice->id, "short-traffic") == 0 ? 1 : 2;
}

/* The notices in the order in which they are told, alarms first: *n_alarms of all *n. */
static const struct notice_group *const *
sorted_notices(struct arena *arena, const struct study *study, int *n_alarms, int *n) {
    struct notice_group *groups;
    int n_groups = notice_groups_of(arena, study->notices, study->n_notices, &groups);
    const struct notice_group **sorted = arena_new(arena, const struct notice_group *, n_groups);
    *n = 0;
    for (int rank = 0; rank <= 2; rank++) {
        for (int i = 0; i < n_groups; i++)
            if (rank_of(&groups[i]) == rank)
                sorted[(*n)++] = &groups[i];
        if (rank == 0)
            *n_alarms = *n;
    }
    return sorted;
}

/* ---- tiles ---- */

struct tile {
    const char *label, *value, *note, *further, *last; /* further, last: NULL or further notes */
    rgb color;
};

#define TILE_GAP 14.0

static double tile_width(const struct flow *flow) {
    return (flow->width - 3 * TILE_GAP) / 4;
}

static const char *before_word(const struct study *study) {
    return study->baseline_given ? "today" : "baseline";
}

/* Of several workloads the one that is nearest to its own target; NULL: there is one. */
static const char *tightest_name(struct flow *flow, const struct study *study,
                                 const struct study_margin *least) {
    static const char before[] = "least margin: ";
    if (study->scenario.n_workloads == 1)
        return NULL;
    double room = tile_width(flow) - typeset_width(flow->type, before, note_style);
    return arena_printf(
        flow->arena, "%s%s", before,
        flow_fit(flow, study->scenario.workloads[least->workload].name, note_style, room));
}

/* What of the cost is not the bill of the plan; NULL: all of it is. */
static const char *missing_words(struct arena *arena, const struct study *study,
                                 const struct report_facts *facts) {
    if (study->today_bill.unlisted_usd_per_month > 0)
        return arena_printf(arena, "with unlisted commitments: %s",
                            report_printed(facts, "unlisted_commitments"));
    return study->recommended.shortfall_usd_per_month > 0
               ? arena_printf(arena, "of it promised, not spent: %s",
                              report_printed(facts, "missing_of_promise"))
               : NULL;
}

/* In eight of ten futures; NULL: none were looked at. */
static const char *futures_range(struct arena *arena, const struct study *study) {
    const struct future_plan *plan = &study->futures.plans[0];
    if (study->futures.n == 0)
        return NULL;
    return arena_printf(
        arena,
        study->recommended.shortfall_usd_per_month > 0 ? "its bill, 8 of 10 futures: %s"
                                                       : "8 of 10 futures: %s",
        range_words(arena, words_money(arena, plan->low), words_money(arena, plan->high)));
}

static void fill_tiles(struct flow *flow, const struct study *study,
                       const struct report_facts *facts, struct tile tiles[4]) {
    struct arena *arena = flow->arena;
    const char *than = study->baseline_given ? "today" : "the baseline";
    bool same = study_is_same_usd(study, study->saving_usd_per_month);
    struct study_margin least = study_least_margin(study, &study->recommended);
    const char *before = before_word(study);
    bool saves = study->saving_usd_per_month >= 0, met = study->recommended.slo_met;
    const char *missing = missing_words(arena, study, facts);
    const char *range = futures_range(arena, study);
    tiles[0] = (struct tile){
        .label = "Cost per month",
        .value = report_printed(facts, "cost_plan"),
        .note = arena_printf(arena, "%s: %s", before, report_printed(facts, "cost_today")),
        .further = missing ? missing : range,
        .last = missing ? range : NULL,
        .color = COLOR_INK};
    tiles[1] = (struct tile){.label = "Saving per month",
                             .value = report_printed(facts, "saving"),
                             .note = same ? arena_printf(arena, "costs the same as %s", than)
                                          : arena_printf(arena, "%s %s than %s",
                                                         report_printed(facts, "saving_share"),
                                                         saves ? "less" : "more", than),
                             .color = same    ? COLOR_INK
                                      : saves ? COLOR_COMMITTED
                                              : COLOR_THRESHOLD};
    tiles[2] = (struct tile){
        .label = "Requests within target",
        .value = report_printed(facts, "within_target_plan"),
        .note = arena_printf(arena, "%s: %s", before, report_printed(facts, "within_target_today")),
        .further = arena_printf(
            arena, "worst %s %s, asked %s", study_window_word(study, least.workload),
            report_printed(facts, "worst_window_plan"), words_asked(arena, least.asked)),
        .last = tightest_name(flow, study, &least),
        .color = met ? COLOR_INK : COLOR_THRESHOLD};
    tiles[3] = (struct tile){
        .label = arena_printf(arena, "Cost per %s*", facts->unit),
        .value = report_printed(facts, "unit_cost_plan"),
        .note = arena_printf(arena, "%s: %s", before, report_printed(facts, "unit_cost_today")),
        .color = COLOR_INK};
}

static void draw_tiles(struct flow *flow, const struct tile tiles[4]) {
    double gap = TILE_GAP, width = tile_width(flow);
    struct scene *scene = flow_scene(flow);
    struct style value = {19, WEIGHT_BOLD, COLOR_INK};
    int lines = 2;
    for (int i = 0; i < 4; i++) {
        double x = flow->left + i * (width + gap);
        scene_tag_open(scene, "P", NULL);
        scene_rect(scene, (struct box){x, flow->y, width, 1.6}, COLOR_COMMITTED);
        scene_text(scene, x, flow->y + 14, ALIGN_LEFT, (struct style){8, 0, COLOR_MUTED},
                   flow_line(flow->arena, tiles[i].label, false));
        value.color = tiles[i].color;
        scene_text(scene, x, flow->y + 37, ALIGN_LEFT, value,
                   flow_line(flow->arena, tiles[i].value, false));
        scene_text(scene, x, flow->y + 50, ALIGN_LEFT, note_style,
                   flow_line(flow->arena, tiles[i].note, !tiles[i].further));
        if (tiles[i].further)
            scene_text(scene, x, flow->y + 59.5, ALIGN_LEFT, note_style,
                       flow_line(flow->arena, tiles[i].further, !tiles[i].last));
        if (tiles[i].last)
            scene_text(scene, x, flow->y + 69, ALIGN_LEFT, note_style, tiles[i].last);
        lines = tiles[i].last ? 3 : lines;
        scene_tag_close(scene, "P");
    }
    flow_space(flow, lines == 3 ? 77.5 : 68);
}

static void draw_baseline_line(struct flow *flow, const struct study *study,
                               const struct report_facts *facts) {
    /* the chapter that is pointed to is there with an allocation alone */
    bool by_tokens = study->allocation && strcmp(facts->unit, "1M output tokens") == 0;
    const char *name = study->baseline_name ? study->baseline_name : "none";
    flow_text(
        flow, "P",
        arena_printf(flow->arena,
                     "Baseline: %s Costs are per average month of 730 hours. "
                     "* The whole bill over those of requests within target.%s%s",
                     report_sentence(flow->arena, name),
                     report_has_workloads(study)
                         ? " What runs for each workload: \"" REPORT_EVERY_WORKLOAD "\"."
                         : "",
                     by_tokens ? " Input and output tokens share it under \"Who pays\"." : ""),
        small_style, 11);
}

/* ---- notices ---- */

static void draw_notice(struct flow *flow, const char *words) {
    const char *text = report_sentence(flow->arena, words);
    double height = flow_text_height(flow, text, body_style, flow->width - 12, 11.5);
    if (height > flow->bottom - flow->top - 40) {
        flow_text(flow, "P", text, body_style, 11.5);
        return;
    }
    flow_need(flow, height + 3);
    scene_rect(flow_scene(flow), (struct box){flow->left, flow->y, 2, height - 2}, COLOR_THRESHOLD);
    flow_text_at(flow, "P", text, body_style, 11.5, flow->left + 10, flow->y + 1, flow->width - 12);
    flow_space(flow, height + 3);
}

static const char notices_title[] = "Know before you decide";

static void draw_notices(struct flow *flow, const struct notice_group *const *notices, int n) {
    if (n == 0)
        return;
    flow_title(flow, notices_title, NULL, 14);
    for (int i = 0; i < n; i++)
        draw_notice(flow, notices[i]->text);
}

static double notices_height(struct flow *flow, const struct notice_group *const *notices, int n) {
    double height = n > 0 ? flow_title_height(flow, notices_title, NULL) : 0;
    for (int i = 0; i < n; i++)
        height += 3 + flow_text_height(flow, report_sentence(flow->arena, notices[i]->text),
                                       body_style, flow->width - 12, 11.5);
    return height;
}

/* ---- the page ---- */

/* What stands below the tiles; the numbers shown are what one page holds. */
struct page_parts {
    struct figure_view mix;
    struct grid actions, otherwise;
    int n_actions; /* in all */
    const struct notice_group *const *notices;
    int n_notices, n_notices_shown;
};

#define GAP_MOST 24.0
#define MORE_HEIGHT 12.0 /* of the line that tells what comes later */

/* How tightly the page is set. */
struct density {
    double row_gap, mix_height, gap_min;
};
static const struct density densities[] = {{4.2, 64, 9}, {2.8, 58, 6}, {2.2, 55, 5}};
enum { N_DENSITIES = sizeof densities / sizeof densities[0] };

static struct page_parts parts_of(struct flow *flow, const struct study *study,
                                  const struct report_facts *facts,
                                  const struct notice_group *const *notices, int n_notices) {
    struct page_parts parts = {.actions = report_actions_grid(flow, study),
                               .otherwise = report_otherwise_grid(flow, study, facts),
                               .n_actions = study->n_actions,
                               .notices = notices,
                               .n_notices = n_notices,
                               .n_notices_shown = n_notices};
    figure_mix_open(flow->arena, study, 0, &parts.mix);
    return parts;
}

/* Warnings that the page does not tell, one by one. */
static int notices_left(const struct page_parts *parts) {
    int n = 0;
    for (int i = 0; i < parts->n_notices; i++)
        n += i < parts->n_notices_shown ? parts->notices[i]->n_left_out : parts->notices[i]->n;
    return n;
}

static bool is_cut(const struct page_parts *parts) {
    return parts->actions.n_rows < parts->n_actions || notices_left(parts) > 0;
}

/* What is left of the page for each of the spaces between its sections. */
static double slack(struct flow *flow, struct page_parts *parts, const struct density *density,
                    bool with_mix) {
    parts->actions.row_gap = parts->otherwise.row_gap = density->row_gap;
    double used = grid_height(flow, &parts->actions) + grid_height(flow, &parts->otherwise) +
                  notices_height(flow, parts->notices, parts->n_notices_shown);
    if (with_mix)
        used += report_figure_title_height(flow, &parts->mix) + density->mix_height;
    if (is_cut(parts))
        used += MORE_HEIGHT;
    return (flow_room(flow) - used - 1) / (with_mix ? 4 : 3); /* a point for rounding */
}

/* The loosest setting that fits, else the tightest. */
static const struct density *density_of(struct flow *flow, struct page_parts *parts,
                                        bool with_mix) {
    const struct density *density = densities;
    while (density + 1 < densities + N_DENSITIES &&
           slack(flow, parts, density, with_mix) < density->gap_min)
        density++;
    return density;
}

/* Warnings and actions from the end until the page holds the rest: most of the warnings first, then
 * of the actions, the first of each last. */
static void cut(struct flow *flow, struct page_parts *parts, const struct density *density) {
    static const struct {
        int notices, actions;
    } least[] = {{3, 1 << 30}, {3, 4}, {1, 4}, {1, 1}, {0, 1}};
    for (size_t i = 0; i < sizeof least / sizeof *least; i++)
        while (slack(flow, parts, density, false) < density->gap_min) {
            if (parts->n_notices_shown > least[i].notices)
                parts->n_notices_shown--;
            else if (parts->actions.n_rows > least[i].actions)
                parts->actions.n_rows--;
            else
                break;
        }
}

static const char *more_words(struct arena *arena, const struct page_parts *parts) {
    int actions = parts->n_actions - parts->actions.n_rows;
    int notices = notices_left(parts);
    const char *of_actions =
        arena_printf(arena, "%d further action%s", actions, words_plural(actions));
    const char *of_notices =
        arena_printf(arena, "%d further warning%s", notices, words_plural(notices));
    return arena_printf(arena, "%s%s%s under \"%s\".", actions ? of_actions : "",
                        actions && notices ? " and " : "", notices ? of_notices : "",
                        REPORT_FURTHER);
}

/* Tiles, actions, what else could be done, the change of the mix and warnings on one page, set as
 * tightly as needed; when even that does not do, the figure is left out: overleaf alone it would
 * say less than the steps from today's bill on the page of money. What then has no room comes
 * behind the committee's pages. */
static struct page_parts draw_decided(struct flow *flow, const struct study *study,
                                      const struct report_facts *facts,
                                      const struct notice_group *const *notices, int n_notices) {
    struct tile tiles[4];
    fill_tiles(flow, study, facts, tiles);
    draw_tiles(flow, tiles);
    draw_baseline_line(flow, study, facts);
    struct page_parts parts = parts_of(flow, study, facts, notices, n_notices);
    bool with_mix = !parts.mix.flat;
    const struct density *density = density_of(flow, &parts, with_mix);
    with_mix = with_mix && slack(flow, &parts, density, with_mix) >= density->gap_min;
    if (!with_mix)
        density = density_of(flow, &parts, with_mix);
    cut(flow, &parts, density);
    double gap = fmin(fmax(slack(flow, &parts, density, with_mix), density->gap_min), GAP_MOST);
    flow_space(flow, gap);
    if (parts.actions.n_rows > 0)
        grid_draw(flow, &parts.actions);
    flow_space(flow, gap);
    grid_draw(flow, &parts.otherwise);
    flow_space(flow, gap);
    if (with_mix) {
        report_figure(flow, &parts.mix, density->mix_height);
        flow_space(flow, gap);
    }
    draw_notices(flow, parts.notices, parts.n_notices_shown);
    if (is_cut(&parts))
        flow_text(flow, "P", more_words(flow->arena, &parts), small_style, MORE_HEIGHT - 1);
    return parts;
}

/* Without a plan: what was asked for, so that the reader sees what cannot be carried. */
static void draw_asked(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Workload", ALIGN_LEFT, 1, true},
        {"Peak requests per second", ALIGN_RIGHT, 0, false},
        {"Candidates inside the target", ALIGN_RIGHT, 0, false},
        {"Target", ALIGN_LEFT, 1.6, false},
    };
    int n = study->scenario.n_workloads;
    struct grid grid = GRID_OPEN(flow->arena, columns, n);
    for (int w = 0; w < n; w++) {
        double peak = 0;
        int feasible = 0, all = 0;
        for (int h = 0; h < study->demand.n_hours; h++)
            peak = fmax(peak, study->demand.rate_per_second[w * study->demand.n_hours + h]);
        for (int c = 0; c < study->n_choices; c++)
            if (study->candidates[c].workload == w) {
                feasible += study->capacities[c].feasible;
                all++;
            }
        struct grid_cell *row = grid_row(&grid, w);
        row[0].text = study->scenario.workloads[w].name;
        row[1].text = words_number(flow->arena, peak);
        row[2].text = arena_printf(flow->arena, "%d of %d", feasible, all);
        row[3].text = report_slo_words(flow->arena, &study->scenario.workloads[w].slo);
    }
    flow_space(flow, 12);
    flow_title(flow, "What was asked for", "Every candidate, and why it was rejected, follows", 60);
    grid_draw(flow, &grid);
    flow_space(flow, 16);
}

enum { ALARMS_MAX = 3 }; /* that stand apart; further ones are warnings among others */

struct report_rest report_decision(struct flow *flow, const struct study *study,
                                   const struct report_facts *facts) {
    struct report_rest rest = {.first_action = study->n_actions};
    int n_alarms, n;
    const struct notice_group *const *notices = sorted_notices(flow->arena, study, &n_alarms, &n);
    flow_page(flow, "Decision");
    draw_kicker(flow, study, facts);
    draw_headline(flow, study->headline);
    n_alarms = n_alarms < ALARMS_MAX ? n_alarms : ALARMS_MAX;
    for (int i = 0; i < n_alarms; i++)
        draw_alarm(flow, notices[i]->text);
    rest.notices = notices;
    rest.n_notices = rest.n_shown = n;
    notices += n_alarms;
    n -= n_alarms;
    if (study->infeasible) {
        draw_asked(flow, study);
        draw_notices(flow, notices, n);
    } else if (report_was_replayed(study)) {
        struct page_parts parts = draw_decided(flow, study, facts, notices, n);
        rest.first_action = parts.actions.n_rows;
        rest.n_shown = n_alarms + parts.n_notices_shown;
    } else {
        draw_alarm(flow, "The plan was not replayed: no bill and no share of requests within "
                         "target are known");
        flow_text(flow, "P", report_obligations(flow->arena, study, facts), body_style, 12);
        flow_space(flow, 12);
        draw_notices(flow, notices, n);
    }
    return rest;
}

/* What the first page left out of the warnings that it tells, and then those that it does not. */
static int list_rest(struct arena *arena, const struct report_rest *rest, const char ***out) {
    int n = 0, all = 0;
    for (int i = 0; i < rest->n_notices; i++)
        all += 1 + rest->notices[i]->n_more;
    const char **words = arena_new(arena, const char *, all);
    for (int i = 0; i < rest->n_notices; i++) {
        const struct notice_group *group = rest->notices[i];
        if (i >= rest->n_shown)
            words[n++] = group->text;
        for (int k = 0; k < group->n_more; k++)
            words[n++] = group->more[k];
    }
    *out = words;
    return n;
}

void report_further(struct flow *flow, const struct study *study, const struct report_rest *rest) {
    const char **notices;
    int n = list_rest(flow->arena, rest, &notices);
    if (rest->first_action == study->n_actions && n == 0)
        return;
    flow_chapter(flow, REPORT_FURTHER, 60);
    struct grid actions = report_actions_grid(flow, study);
    actions.cells += rest->first_action * actions.n_columns;
    actions.n_rows -= rest->first_action;
    actions.row_gap = densities[0].row_gap;
    if (actions.n_rows > 0) {
        grid_draw(flow, &actions);
        flow_space(flow, PART_GAP);
    }
    if (n > 0)
        flow_title(flow, notices_title, NULL, 14);
    for (int i = 0; i < n; i++)
        draw_notice(flow, notices[i]);
}
