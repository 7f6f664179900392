/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of page 1: what to do, with what it asks for and rests on; and what becomes of it when it is not
 * done, or later. */
#include <math.h>
#include <string.h>

#include "base/calendar.h"
#include "plots/report_pages.h"
#include "plots/words.h"
#include "scenarios/advice.h"

enum { MONTHS_OF_QUARTER = 3 };

static const char *owed_words(struct arena *arena, const struct study_action *action) {
    return action->liability_usd >= 0.005
               ? arena_printf(arena, "%s; %s still owed after the horizon", action->reversibility,
                              words_money(arena, action->liability_usd))
               : action->reversibility;
}

static const char *step_words(struct arena *arena, const struct study *study, double usd) {
    if (isnan(usd))
        return "in others";
    return study_is_same_usd(study, usd) ? "none" : words_money(arena, usd);
}

struct grid report_actions_grid(struct flow *flow, const struct study *study) {
    struct arena *arena = flow->arena;
    const char *rest = study_rest_words(arena, study);
    static const struct grid_column usual[] = {
        {"", ALIGN_LEFT, 0, false},
        {"What to do, most money first; savings are steps from the baseline to the plan",
         ALIGN_LEFT, 3.1, false},
        {"Saves per month", ALIGN_RIGHT, 0, false},
        {"Effort", ALIGN_LEFT, 0, false},
        {"Rests on", ALIGN_LEFT, 1.15, false},
        {"Can be undone", ALIGN_LEFT, 1, false},
    };
    enum { COLUMNS = sizeof usual / sizeof *usual };
    struct grid_column *columns = arena_new(arena, struct grid_column, COLUMNS);
    memcpy(columns, usual, sizeof usual);
    if (rest[0])
        columns[1].title = arena_printf(arena, "%s; %s", usual[1].title, rest);
    struct grid grid = grid_open(arena, columns, COLUMNS, study->n_actions);
    for (int i = 0; i < study->n_actions; i++) {
        const struct study_action *action = &study->actions[i];
        struct advice advice = study_advice(arena, study, i);
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = arena_printf(arena, "%d", i + 1);
        row[1].text = action->text;
        row[1].note = action->reason;
        row[1].strong = true;
        row[1].links_word = "Relates to";
        for (int k = 0; k < advice.n_practices; k++)
            row[1].links[row[1].n_links++] =
                (struct grid_link){advice.practices[k]->id, advice.practices[k]->uri};
        row[2].text = step_words(arena, study, action->usd_per_month);
        row[3].text = advice.effort;
        row[4].text = advice.rests_on[0] ? advice.rests_on : "\u2014";
        row[5].text = owed_words(arena, action);
    }
    return grid;
}

const char *report_obligations(struct arena *arena, const struct study *study,
                               const struct report_facts *facts) {
    double once = study_one_off_usd(study);
    const char *models =
        once > 0 ? arena_printf(arena, " Paid once to make models, beside the costs per month: %s.",
                                words_money(arena, once))
                 : "";
    const char *ahead =
        study->recommended.plan->upfront_usd > 0 && study_bound_of(study).prepaid_usd >= 0.005
            ? arena_printf(arena, ", of it %s for time after the horizon",
                           report_printed(facts, "prepaid_after"))
            : "";
    double owned = study_bound_of(study).owned_owed_usd;
    const char *already =
        owned >= 0.005 ? arena_printf(arena, " by what is bought, and %s by what is owned already",
                                      words_money(arena, owned))
                       : "";
    return arena_printf(arena,
                        "Paid upfront: %s%s. Still owed when the horizon ends (liability): %s%s.%s",
                        report_printed(facts, "upfront"), ahead, report_printed(facts, "liability"),
                        already, models);
}

/* ---- what else could be done ---- */

static const char *nothing_words(struct arena *arena, const struct study *study,
                                 const struct report_facts *facts) {
    double more = study->saving_usd_per_month;
    struct study_margin least = study_least_margin(study, &study->baseline);
    const char *misses =
        study->baseline.slo_met
            ? ""
            : arena_printf(
                  arena, ", with %s of %s within target in its worst %s (asked: %s)",
                  words_share(arena, least.worst), study->scenario.workloads[least.workload].name,
                  study_window_word(study, least.workload), words_asked(arena, least.asked));
    const char *than = study_is_same_usd(study, more) ? "the same as the plan"
                                                      : arena_printf(arena, "%s %s than the plan",
                                                                     words_money(arena, fabs(more)),
                                                                     more > 0 ? "more" : "less");
    return arena_printf(arena, "%s goes on at %s a month, %s%s.",
                        study->baseline_given ? "Today's fleet" : "The baseline",
                        report_printed(facts, "cost_today"), than, misses);
}

static const char *wait_words(struct arena *arena, const struct study *study) {
    int months = study_months_to_wait(study);
    double lost = study_first_months_saving_usd(study, months);
    const char *then = ", if demand and prices are then as planned";
    if (study_is_same_usd(study, lost / months))
        return arena_printf(arena, "Costs the same: the plan saves nothing by then%s.", then);
    if (lost < 0)
        return arena_printf(arena, "Saves %s: until then the plan costs more than what is there%s.",
                            words_money(arena, -lost), then);
    return arena_printf(
        arena, "Costs %s, the saving of the first %s%s.", words_money(arena, lost),
        months == 1 ? "month" : arena_printf(arena, "%s months", words_count(arena, months, false)),
        then);
}

static const char *decide_words(struct arena *arena, const struct study *study) {
    const char *instance;
    char date[16];
    calendar_format_date(date, study_decide_by(study, &instance));
    return instance ? arena_printf(arena,
                                   "%s: %s has to be ordered so long before the horizon "
                                   "starts.",
                                   date, instance)
                    : arena_printf(arena,
                                   "%s, when the horizon starts: nothing in the plan has a "
                                   "lead time.",
                                   date);
}

struct grid report_otherwise_grid(struct flow *flow, const struct study *study,
                                  const struct report_facts *facts) {
    static const struct grid_column columns[] = {
        {"And if not", ALIGN_LEFT, 0, false},
        {"Then", ALIGN_LEFT, 1, false},
    };
    struct arena *arena = flow->arena;
    const char *rows[][2] = {
        {"Do nothing", nothing_words(arena, study, facts)},
        {study_months_to_wait(study) == MONTHS_OF_QUARTER ? "Wait a quarter" : "Wait it out",
         wait_words(arena, study)},
        {"Decide by", decide_words(arena, study)},
        {"Bound by it", report_obligations(arena, study, facts)},
        {"Commit later", report_sentence(arena, study_wait_words(arena, study))},
        {"Worst case", report_sentence(arena, study_worst_case_words(arena, study))},
        {"In a bad case", report_sentence(arena, study_futures_words(arena, study))},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    struct grid grid = GRID_OPEN(arena, columns, ROWS);
    grid.n_rows = 0; /* of which some have nothing to say */
    for (int i = 0; i < ROWS; i++) {
        if (!rows[i][1][0])
            continue;
        struct grid_cell *row = &grid.cells[grid.n_rows++ * grid.n_columns];
        row[0] = (struct grid_cell){.text = rows[i][0], .strong = true};
        row[1].text = rows[i][1];
    }
    return grid;
}
