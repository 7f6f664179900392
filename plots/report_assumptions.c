/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page 4: what the answer rests on. */
#include <math.h>
#include <string.h>

#include "base/money.h"
#include "plots/grid.h"
#include "plots/report_pages.h"
#include "plots/words.h"
#include "scenarios/advice.h"
#include "scenarios/result.h"
#include "scenarios/study_hedge.h"

#define SECTION_GAP 12.0
#define WORDS_LEADING 11.0

static void section(struct flow *flow, const char *title, const char *subtitle,
                    const struct grid *grid) {
    flow_space(flow, flow->gaps * SECTION_GAP);
    flow_title(flow, title, subtitle, grid_begin_height(flow, grid));
    grid_draw(flow, grid);
}

/* Of sentences. */
static void section_of_words(struct flow *flow, const char *title) {
    flow_space(flow, flow->gaps * SECTION_GAP);
    flow_title(flow, title, NULL, 2 * WORDS_LEADING);
}

/* ---- workloads ---- */

static const char *traffic_words(struct arena *arena, const struct study *study, int w) {
    const struct traffic *traffic = &study->traffics[w];
    const char *rows =
        traffic->n_requests > 0
            ? arena_printf(arena, ", %s rows", words_number(arena, (double)traffic->n_requests))
            : "";
    bool named = traffic->format && strcmp(traffic->format, traffic->name) != 0;
    return arena_printf(arena, "%s%s%s%s, %s days%s", traffic->name, named ? ", " : "",
                        named ? traffic->format : "", rows, words_number(arena, traffic->days),
                        traffic->tiled ? ", repeated to fill the week" : "");
}

static void draw_workloads(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Workload", ALIGN_LEFT, 0.8, true},
        {"Traffic", ALIGN_LEFT, 1.2, false},
        {"Requests/s mean, peak hour", ALIGN_RIGHT, 0, false},
        {"Tokens in, out (mean)", ALIGN_RIGHT, 0, false},
        {"Growth per month", ALIGN_RIGHT, 0, false},
        {"Target", ALIGN_LEFT, 1.4, false},
    };
    int n = study->scenario.n_workloads;
    struct grid grid = GRID_OPEN(flow->arena, columns, n);
    for (int w = 0; w < n; w++) {
        const struct workload *workload = &study->scenario.workloads[w];
        const struct traffic *traffic = &study->traffics[w];
        double mean = 0, peak = 0, scale = study_demand_scale(study, w);
        for (int h = 0; h < HOURS_PER_WEEK; h++) {
            mean += scale * traffic->rate_per_second[h] / HOURS_PER_WEEK;
            peak = fmax(peak, scale * traffic->rate_per_second[h]);
        }
        struct grid_cell *row = grid_row(&grid, w);
        row[0].text = workload->name;
        row[1].text = traffic_words(flow->arena, study, w);
        row[2].text = arena_printf(flow->arena, "%s, %s", words_number(flow->arena, mean),
                                   words_number(flow->arena, peak));
        row[3].text = arena_printf(flow->arena, "%s, %s",
                                   words_number(flow->arena, traffic_mean_input(traffic)),
                                   words_number(flow->arena, traffic_mean_output(traffic)));
        row[4].text = words_percent(flow->arena, workload->demand.growth.mid);
        row[5].text = report_slo_words(flow->arena, &workload->slo);
    }
    grid.row_gap = 3.5;
    flow_chapter(flow, "Assumptions and provenance",
                 flow_title_height(flow, "Workloads", NULL) + grid_begin_height(flow, &grid));
    flow_title(flow, "Workloads", NULL, grid_begin_height(flow, &grid));
    grid_draw(flow, &grid);
}

/* ---- settings ---- */

struct pair {
    const char *name, *value;
};

static void draw_pairs(struct flow *flow, const char *title, const struct pair *pairs, int n,
                       const char *head, const char *value_head) {
    const struct grid_column columns[] = {{head, ALIGN_LEFT, 1, false},
                                          {value_head, ALIGN_LEFT, 3.2, false}};
    struct grid grid = GRID_OPEN(flow->arena, columns, n);
    for (int i = 0; i < n; i++) {
        struct grid_cell *row = grid_row(&grid, i);
        row[0] = (struct grid_cell){.text = pairs[i].name, .strong = true};
        row[1].text = pairs[i].value;
    }
    grid.row_gap = 3;
    section(flow, title, NULL, &grid);
}

static const char *rounds_words(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int i = 0; i < study->n_rounds; i++) {
        const struct study_round *round = &study->rounds[i];
        text_printf(&out, "%s%d: %s a month, worst window %s within target%s%s", i ? "; " : "",
                    i + 1, words_money(arena, round->usd_per_month),
                    words_share(arena, round->worst_attainment),
                    round->tightened && round->tightened[0] ? ", then " : "",
                    round->tightened ? round->tightened : "");
    }
    return study->n_rounds ? out.data : "none";
}

/* "; of its hours the spot market has 62% of g4dn.xlarge": of what the plan runs there. */
static const char *market_words(struct arena *arena, const struct study *study) {
    const struct plan_input *in = &study->plan_input;
    struct text text = {.arena = arena};
    text_append_string(&text, "");
    for (int c = 0; in->spot_availability && c < study->n_choices; c++)
        if (study->candidates[c].kind == CANDIDATE_INSTANCE && in->spot_availability[c] < 1)
            text_printf(&text, "%s%s %s", text.n ? ", " : "; the spot market has ",
                        study->candidates[c].name, words_percent(arena, in->spot_availability[c]));
    if (text.n)
        text_append_string(&text, in->spot_fallback ? " of the time, the rest is on demand"
                                                    : " of the time");
    return text.data;
}

static const char *carbon_price_words(struct arena *arena, const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    double usd_per_kg = study->scenario.carbon_usd_per_kg;
    if (usd_per_kg <= 0 || !plan)
        return "";
    return arena_printf(arena, "; carbon costs the choice %s a tonne, %s a month on no bill",
                        words_money(arena, 1000 * usd_per_kg),
                        words_money(arena, plan->carbon_usd_per_hour * HOURS_PER_MONTH));
}

static const char *policy_words(struct arena *arena, const struct study *study) {
    const struct plan_policy *policy = &study->scenario.policy;
    const char *upfront =
        policy->upfront_usd_max < 0 ? "no limit" : words_money(arena, policy->upfront_usd_max);
    return arena_printf(
        arena,
        "terms up to %d year%s; at most %s covered by commitments; upfront: %s; "
        "spot carries at most %s of an hour's demand%s, an instance counted as %s%s%s",
        policy->term_years_max, words_plural(policy->term_years_max),
        words_percent(arena, policy->coverage_max), upfront,
        words_percent(arena, policy->spot_share_max),
        policy->spot_zone_share_max > 0
            ? arena_printf(arena, " and that of one zone at most %s",
                           words_percent(arena, policy->spot_zone_share_max))
            : "",
        words_percent(arena, policy->spot_derating), market_words(arena, study),
        carbon_price_words(arena, study));
}

static bool has_decoders(const struct study *study) {
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].service.kind == SERVICE_LLM ||
            study->candidates[c].service.kind == SERVICE_SPLIT)
            return true;
    return false;
}

/* What the scenario sets otherwise than vLLM does, workload by workload. */
static const char *engine_words(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        const struct workload *workload = &study->scenario.workloads[w];
        const char *stated = study_engine_words(arena, &workload->engine);
        if (stated[0])
            text_printf(&out, "%s%s: %s", out.n ? "; " : "", workload->name, stated);
    }
    return out.n ? arena_printf(arena, "vLLM's defaults but for %s", out.data)
                 : "vLLM's defaults by class of hardware";
}

/* What was lost in a replay and what was bought against it; "" when nothing was asked. */
static const char *losses_words(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int i = 0; i < study->n_survivals; i++)
        text_printf(&out, "%s%s, %s", i ? "; " : "",
                    study->scenario.workloads[study->survivals[i].workload].name,
                    study_survival_words(arena, study, i));
    if (study->scenario.resilience.buy_spare)
        text_printf(&out, "%s%s", out.n ? "; " : "", study_spare_words(arena, study));
    return out.data;
}

static const char *rollouts_words(struct arena *arena, const struct study *study) {
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int i = 0; i < study->n_rollouts; i++)
        text_printf(&out, "%s%s", i ? "; " : "", study_rollout_words(arena, study, i));
    return out.data;
}

static void draw_settings(struct flow *flow, const struct study *study) {
    const struct scenario *scenario = &study->scenario;
    struct arena *arena = flow->arena;
    char start[16];
    calendar_format_date(start, scenario->start);
    const char *replays = study_confidence_words(arena, study);
    const struct pair asked[] = {
        {"Losses", losses_words(arena, study)},
        {"Rollouts", rollouts_words(arena, study)},
        {"Futures", study_futures_words(arena, study)},
        {"Risk", study_hedge_words(arena, study)},
        {"Engines of decoders", has_decoders(study) ? engine_words(arena, study) : ""},
    };
    struct pair pairs[16] = {
        {"Horizon", arena_printf(arena, "%d month%s from %s; %d planning week%s for %s hours",
                                 scenario->months, words_plural(scenario->months), start,
                                 study->demand.n_weeks, words_plural(study->demand.n_weeks),
                                 words_whole(arena, study->demand.horizon_hours))},
        {"Seed, replications", arena_printf(arena, "%llu, %d", (unsigned long long)scenario->seed,
                                            scenario->replications)},
        {"Replays of the plan", replays[0] ? replays : "one"},
        {"Router, boot time", arena_printf(arena, "%s, %s", router_policy_name(scenario->router),
                                           words_seconds(arena, scenario->boot_s))},
        {"Scaling of the plan", study_scaling_words(arena, study)},
        {"Volumes of instances", study_volumes_words(arena, study)},
        {"Weights at launches", study_weights_words(arena, study)},
        {"Policy", policy_words(arena, study)},
        {"Rounds of plan and replay", rounds_words(arena, study)},
    };
    int n = 0;
    while (pairs[n].name)
        n++;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        if (asked[i].value[0])
            pairs[n++] = asked[i];
    draw_pairs(flow, "Settings of the simulation and the plan", pairs, n, "Setting", "Value");
}

static void draw_basis(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Workload", ALIGN_LEFT, 0.8, true}, /* of several */
        {"Candidate", ALIGN_LEFT, 1, true},
        {"Service times", ALIGN_LEFT, 0, false},
        {"Where they come from", ALIGN_LEFT, 2.6, false},
    };
    enum { COLUMNS = sizeof columns / sizeof columns[0] };
    int first = study->scenario.n_workloads == 1;
    struct grid grid =
        grid_open(flow->arena, columns + first, COLUMNS - first, study->n_candidates);
    for (int c = 0; c < study->n_candidates; c++) {
        const struct capacity *capacity = &study->capacities[c];
        struct grid_cell *row = grid_row(&grid, c) - first;
        if (!first)
            row[0].text = study->scenario.workloads[study->candidates[c].workload].name;
        row[1].text = study->candidates[c].name;
        bool stated = study->candidates[c].kind == CANDIDATE_TOKEN_API;
        row[2].text = !capacity->basis[0]   ? "none"
                      : stated              ? "stated"
                      : capacity->estimated ? "estimated"
                                            : "measured";
        struct band band = result_band(capacity);
        if (!isnan(band.error_low))
            row[2].note = words_band(flow->arena, band.error_low, band.error_high);
        row[3].text = capacity->basis[0] ? capacity->basis : capacity->reason;
    }
    grid.row_gap = 3;
    section(flow, "Service times of the candidates",
            "Measured is said of hardware only; capacities are simulated from these times. Below: "
            "where four of five measured runs lie",
            &grid);
}

/* ---- prices ---- */

enum { REFERENCES_MAX = 16 }; /* of one offer; more are in result.json */

struct price_sums {
    int known[3]; /* by price_status */
    double least_commitment;
    const char *as_of;
    int n_refs;
    int refs[REFERENCES_MAX]; /* positions in the list of sources, from 1 */
};

/** The different sources and rules of all quotes, in the order met. */
struct references {
    const char **names;
    int n;
};

static int reference(struct arena *arena, struct references *list, const char *name) {
    for (int i = 0; i < list->n; i++)
        if (strcmp(list->names[i], name) == 0)
            return i + 1;
    list->names =
        arena_grow(arena, list->names, (size_t)list->n, (size_t)list->n + 1, sizeof *list->names);
    list->names[list->n++] = name;
    return list->n;
}

static void cite(struct arena *arena, struct price_sums *sums, struct references *list,
                 const char *name) {
    if (!name || !name[0])
        return;
    int position = reference(arena, list, name);
    for (int i = 0; i < sums->n_refs; i++)
        if (sums->refs[i] == position)
            return;
    if (sums->n_refs < REFERENCES_MAX)
        sums->refs[sums->n_refs++] = position;
}

static const char *refs_words(struct arena *arena, const struct price_sums *sums) {
    struct text out = {.arena = arena};
    for (int i = 0; i < sums->n_refs; i++)
        text_printf(&out, "%s%d", i ? ", " : "", sums->refs[i]);
    return sums->n_refs ? out.data : "none";
}

static void count_quote(struct arena *arena, struct price_sums *sums, struct references *list,
                        const struct quote *quote) {
    if (!quote->known)
        return;
    sums->known[quote->status]++;
    if (!sums->as_of || strcmp(quote->as_of, sums->as_of) < 0)
        sums->as_of = quote->as_of;
    if (quote->status == PRICE_ESTIMATED && quote->rule && quote->rule[0])
        cite(arena, sums, list, arena_printf(arena, "rule %s", quote->rule));
    cite(arena, sums, list, quote->source);
}

static struct price_sums sum_prices(struct arena *arena, const struct offer *offer,
                                    struct references *list) {
    struct price_sums sums = {.least_commitment = INFINITY};
    if (offer->kind == OFFER_INSTANCE) {
        count_quote(arena, &sums, list, &offer->on_demand);
        count_quote(arena, &sums, list, &offer->spot);
    } else if (offer->kind == OFFER_FUNCTION) {
        count_quote(arena, &sums, list, &offer->gb_second);
        count_quote(arena, &sums, list, &offer->million_requests);
    } else if (offer_tier_is_provisioned(offer->tier)) {
        count_quote(arena, &sums, list, &offer->unit_hour);
    } else if (offer->kind == OFFER_TRANSFER) {
        count_quote(arena, &sums, list, &offer->gigabyte);
    } else if (offer->kind == OFFER_STORAGE) {
        count_quote(arena, &sums, list, &offer->gb_month);
    } else {
        count_quote(arena, &sums, list, &offer->million_input_tokens);
        count_quote(arena, &sums, list, &offer->million_output_tokens);
    }
    for (int i = 0; i < offer->n_commitments; i++) {
        const struct quote *quote = &offer->commitments[i].effective;
        count_quote(arena, &sums, list, quote);
        if (quote->known)
            sums.least_commitment = fmin(sums.least_commitment, money_rate_usd(quote->rate));
    }
    return sums;
}

static const char *rate_words(struct arena *arena, const struct quote *quote) {
    return quote->known ? words_money(arena, money_rate_usd(quote->rate)) : "unknown";
}

static void fill_list_rate(struct arena *arena, const struct offer *offer, struct grid_cell *cell) {
    switch (offer->kind) {
    case OFFER_INSTANCE:
        cell->text = rate_words(arena, &offer->on_demand);
        break;
    case OFFER_FUNCTION:
        cell->text = rate_words(arena, &offer->gb_second);
        cell->note = arena_printf(arena, "per GB-s; 1M calls %s",
                                  rate_words(arena, &offer->million_requests));
        break;
    case OFFER_TOKEN_API:
        if (offer_tier_is_provisioned(offer->tier)) {
            cell->text = rate_words(arena, &offer->unit_hour);
            cell->note = arena_printf(arena, "per unit hour, %s", offer_tier_word(offer->tier));
            break;
        }
        cell->text = arena_printf(arena, "%s, %s", rate_words(arena, &offer->million_input_tokens),
                                  rate_words(arena, &offer->million_output_tokens));
        cell->note = offer->tier == TIER_STANDARD ? "1M tokens in, out"
                                                  : arena_printf(arena, "1M tokens in, out, %s",
                                                                 offer_tier_word(offer->tier));
        break;
    case OFFER_TRANSFER:
        cell->text = rate_words(arena, &offer->gigabyte);
        cell->note = "per GB";
        break;
    case OFFER_STORAGE:
        cell->text = rate_words(arena, &offer->gb_month);
        cell->note = "per GB-month";
        break;
    }
}

static void draw_sources(struct flow *flow, const struct references *list) {
    struct text out = {.arena = flow->arena};
    text_append_string(&out, "Sources and rules:");
    for (int i = 0; i < list->n; i++)
        text_printf(&out, " [%d] %s%s", i + 1, list->names[i], i + 1 < list->n ? ";" : ".");
    flow_space(flow, 6);
    flow_text(flow, "P", out.data, (struct style){7.5, WEIGHT_REGULAR, COLOR_MUTED}, 10);
}

static bool is_same_text(const char *a, const char *b) {
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

/* Several things that run on one type have an offer each: the same rates are told once. */
static bool is_told(const struct grid *grid, int row) {
    for (int k = 0; k < row; k++) {
        bool same = true;
        for (int i = 0; i < grid->n_columns && same; i++) {
            const struct grid_cell *a = &grid_row(grid, k)[i], *b = &grid_row(grid, row)[i];
            same = is_same_text(a->text, b->text) && is_same_text(a->note, b->note);
        }
        if (same)
            return true;
    }
    return false;
}

static void draw_prices(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Offer", ALIGN_LEFT, 0, true},
        {"On demand per hour, or use", ALIGN_RIGHT, 0, false},
        {"Spot", ALIGN_RIGHT, 0, false},
        {"Least committed", ALIGN_RIGHT, 0, false},
        {"Rates published, secondary, estimated", ALIGN_RIGHT, 0, false},
        {"Sources, oldest date", ALIGN_LEFT, 1, false},
    };
    struct arena *arena = flow->arena;
    struct references list = {0};
    struct grid grid = GRID_OPEN(arena, columns, study->n_offers);
    int n = 0;
    for (int i = 0; i < study->n_offers; i++) {
        const struct offer *offer = &study->offers[i];
        struct price_sums sums = sum_prices(arena, offer, &list);
        struct grid_cell *row = grid_row(&grid, n);
        row[1].note = NULL;
        row[0].text = offer->sku;
        row[0].note = offer->region;
        fill_list_rate(arena, offer, &row[1]);
        row[2].text = offer->kind == OFFER_INSTANCE ? rate_words(arena, &offer->spot) : "—";
        row[3].text =
            isfinite(sums.least_commitment) ? words_money(arena, sums.least_commitment) : "—";
        row[4].text = arena_printf(arena, "%d, %d, %d", sums.known[PRICE_PUBLISHED],
                                   sums.known[PRICE_SECONDARY], sums.known[PRICE_ESTIMATED]);
        row[5].text = refs_words(arena, &sums);
        row[5].note = sums.as_of ? sums.as_of : "unknown";
        n += !is_told(&grid, n);
    }
    grid.n_rows = n;
    grid.row_gap = 3;
    section(flow, arena_printf(arena, "Prices from %s", study->book.name ? study->book.name : "?"),
            "USD after the scenario's discounts. Published: read from the provider; secondary: "
            "from another source; estimated: by a named rule",
            &grid);
    draw_sources(flow, &list);
}

/* ---- inputs, words, limits ---- */

static void draw_inputs(struct flow *flow, const struct study *study,
                        const struct report_facts *facts) {
    static const struct grid_column columns[] = {
        {"Input", ALIGN_LEFT, 0, false},
        {"Name", ALIGN_LEFT, 1, true},
        {"SHA-256, first 16 digits", ALIGN_LEFT, 0, false},
        {"Note", ALIGN_LEFT, 1, false},
    };
    struct grid grid = GRID_OPEN(flow->arena, columns, study->n_inputs);
    for (int i = 0; i < study->n_inputs; i++) {
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = study->inputs[i].role;
        row[1].text = study->inputs[i].name;
        row[2].text = arena_strndup(flow->arena, study->inputs[i].sha256, 16);
        row[3].text = study->inputs[i].note;
    }
    grid.row_gap = 3;
    section(flow, "Inputs",
            arena_printf(flow->arena,
                         "%s in the footer: first digits of the SHA-256 of these hashes, one a "
                         "line, in this order",
                         facts->inputs_id),
            &grid);
}

static void draw_words(struct flow *flow) {
    static const struct pair pairs[] = {
        {"Requests within target",
         "Requests inside all limits of the target / requests that arrived. The target holds when "
         "every window with at least 100 requests reaches the asked share."},
        {"Cost within target",
         "Bill of the replay / output tokens (or requests) of requests within target."},
        {"Saving", "Baseline's bill − plan's bill, both replayed over the same planning weeks."},
        {"Saving of a commitment", "Page 1: its step from the baseline to the plan; steps add up "
                                   "to the saving. Page 2: against "
                                   "on demand for what it covers, spread over the horizon. Its "
                                   "curve: against none, instances "
                                   "chosen anew."},
        {"Theoretical minimum", "The cheapest mix if parts of an instance could be bought: no "
                                "whole-instance plan is cheaper."},
        {"Spare capacity and gaps",
         "Spare capacity: running beyond demand to stay within target. Rounding: whole instances. "
         "Billing rules: the plan's schedule as the provider bills it. Delay: boots, drains, "
         "spot."},
        {"Break-even", "Committed rate / on-demand rate: used more often than this share of "
                       "hours, a commitment costs less than on demand."},
        {"Used", "Hours (or dollars) of a commitment that covered something / hours held."},
        {"Owed after the horizon",
         "Payments of commitments that fall due after the last planned month."},
        {"Paid ahead for after it",
         "The part of upfront payments that is for time after the horizon."},
        {"Needed instances", "Fewest instances whose simulated capacity carries the hour's mean "
                             "demand within target."},
        {"Effort", "Of one engineer, a rule of thumb by the kind of action, not measured."},
        {"Relates to", "A practice of the AWS Well-Architected Framework or one of its lenses, by "
                       "the pages of " PRACTICES_CHECKED "; not a finding on how it is followed."},
        {"Commitment",
         "Reserved instance or savings plan: a price promise; it guarantees no capacity."},
    };
    draw_pairs(flow, "Words and formulas", pairs, sizeof pairs / sizeof pairs[0], "Word",
               "Meaning");
}

static void draw_limits(struct flow *flow) {
    static const char *const limits[] = {
        "Service times follow an engine model; until they are measured on your hardware, expect "
        "them to be as far off as is said with the candidates, and more where no error is known.",
        "Seasons other than the week, and prices that change inside the horizon, are not modelled.",
        "Spot reclaims are independent of each other and of the hour; real ones come together.",
        "Taxes and support are not in the bill; network traffic and storage as far as the scenario "
        "states them.",
    };
    section_of_words(flow, "What the model leaves out");
    for (int i = 0; i < (int)(sizeof limits / sizeof limits[0]); i++)
        flow_text(flow, "P", arena_printf(flow->arena, "– %s", limits[i]),
                  (struct style){8, WEIGHT_REGULAR, COLOR_INK}, WORDS_LEADING);
}

static void draw_shortened(struct flow *flow) {
    int n = flow->n_shortened; /* the list itself shortens nothing */
    if (n > 0) {
        struct pair *pairs = arena_new(flow->arena, struct pair, n);
        for (int i = 0; i < n; i++)
            pairs[i] = (struct pair){flow->shortened[i].shown, flow->shortened[i].full};
        draw_pairs(flow, "Names that were shortened", pairs, n, "Shown", "In full");
    }
    if (!flow->missing) /* set a second time: what is told of them lacks them too */
        flow->missing = typeset_missing_words(flow->type, flow->arena);
    if (!flow->missing)
        return;
    section_of_words(flow, "Characters that could not be printed");
    flow_text(flow, "P", report_sentence(flow->arena, flow->missing),
              (struct style){8, WEIGHT_REGULAR, COLOR_INK}, WORDS_LEADING);
}

void report_assumptions(struct flow *flow, const struct study *study,
                        const struct report_facts *facts) {
    draw_workloads(flow, study);
    draw_settings(flow, study);
    draw_basis(flow, study);
    draw_prices(flow, study);
    draw_inputs(flow, study, facts);
    draw_words(flow);
    draw_limits(flow);
    draw_shortened(flow);
}
