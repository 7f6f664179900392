/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Purchases in the provider's own fields: the names are those of AWS's recommendation report, so
 * that rows line up with it. Percentages are in percent, as there. */
#include "scenarios/result_explain.h"

#include <math.h>

#include "scenarios/json_tree.h"
#include "scenarios/result.h"
#include "scenarios/result_cells.h"

struct report_field {
    const char *name;
    double (*of)(const struct recommendation *row);
};

#define FIELD(name, expression)                                                                    \
    static double name##_of(const struct recommendation *row) {                                    \
        return expression;                                                                         \
    }
#define FIELDS(X)                                                                                  \
    X(HourlyCommitmentToPurchase, row->hourly_usd)                                                 \
    X(RecommendedNormalizedUnitsToPurchase, row->normalised_units)                                 \
    X(AverageNormalizedUnitsUsedPerHour, row->normalised_used)                                     \
    X(UpfrontCost, row->upfront_usd)                                                               \
    X(EstimatedSPCost, row->cost_usd)                                                              \
    X(EstimatedOnDemandCost, row->on_demand_left_usd)                                              \
    X(EstimatedOnDemandCostWithCurrentCommitment, row->on_demand_now_usd)                          \
    X(EstimatedSavingsAmount, row->savings_usd)                                                    \
    X(EstimatedMonthlySavingsAmount, row->savings_usd *HOURS_PER_MONTH / row->window_hours)        \
    X(EstimatedSavingsPercentage, 100 * row->savings_share)                                        \
    X(EstimatedROI, 100 * row->roi)                                                                \
    X(EstimatedAverageUtilization, 100 * row->utilisation)                                         \
    X(CurrentAverageHourlyOnDemandSpend, row->hourly_now_mean_usd)                                 \
    X(CurrentMinimumHourlyOnDemandSpend, row->hourly_now_least_usd)                                \
    X(CurrentMaximumHourlyOnDemandSpend, row->hourly_now_most_usd)                                 \
    X(CurrentAverageCoverage, 100 * row->coverage_now)                                             \
    X(EstimatedAverageCoverage, 100 * row->coverage)
FIELDS(FIELD)

static const struct report_field fields[] = {
#define X(name, expression) {#name, name##_of},
    FIELDS(X)
#undef X
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

/* "the plan"; "look-back"; "target coverage". */
static const char *method_words(const struct study_look_back *look_back) {
    return !look_back                          ? "plan"
           : isnan(look_back->target_coverage) ? "look-back"
                                               : "target coverage";
}

/* ---- JSON ---- */

static json_t *row_json(const struct recommendation *row, const struct study_look_back *from) {
    json_t *object = json_object(), *checks = json_array();
    put(object, "method", json_string(method_words(from)));
    put(object, "name", json_string(row->name));
    put(object, "LookbackPeriodInDays", from ? json_integer(from->days) : json_null());
    put(object, "target_coverage", from ? real(from->target_coverage) : json_null());
    put(object, "instances", row->is_plan ? json_null() : real(row->count));
    put(object, "window_hours", real(row->window_hours));
    for (int i = 0; i < N_FIELDS; i++)
        put(object, fields[i].name, real(fields[i].of(row)));
    put(object, "horizon_minimum_usd_per_month",
        from ? real(from->horizon_usd_per_month) : json_null());
    for (int k = 0; k < GUARDRAILS && !from && !row->is_capacity; k++) {
        json_t *check = json_object();
        put(check, "guardrail", json_string(guardrail_word((enum guardrail_kind)k)));
        put(check, "value", real(row->checks[k].value));
        put(check, "limit", real(row->checks[k].limit));
        put(check, "holds", json_boolean(row->checks[k].holds));
        push(checks, check);
    }
    put(object, "guardrails", checks);
    return object;
}

json_t *result_recommendations(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_recommendations; i++)
        push(array, row_json(&study->recommendations[i], NULL));
    for (int i = 0; i < study->n_look_backs; i++)
        for (int k = 0; k < study->look_backs[i].n_rows; k++)
            push(array, row_json(&study->look_backs[i].rows[k], &study->look_backs[i]));
    return array;
}

json_t *result_curves(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_curves; i++) {
        const struct commitment_curve *curve = &study->curves[i];
        json_t *object = json_object(), *points = json_array();
        put(object, "name", json_string(curve->name));
        put(object, "unit", json_string(curve->is_plan ? "USD an hour" : "instances"));
        put(object, "planned", real(curve->planned));
        put(object, "best", real(curve->best_units));
        put(object, "best_usd_per_month", real(curve->best_usd * HOURS_PER_MONTH));
        put(object, "near", real(curve->near_units));
        put(object, "near_usd_per_month", real(curve->near_usd * HOURS_PER_MONTH));
        for (int k = 0; k < curve->n; k++) {
            const struct curve_point *p = &curve->points[k];
            push(points, json_pack("[o,o,o,o]", real(p->units), real(p->commitment_usd),
                                   real(p->programme_usd * HOURS_PER_MONTH),
                                   real(p->plan_usd * HOURS_PER_MONTH)));
        }
        put(object, "columns",
            json_pack("[s,s,s,s]", "units", "commitment_usd_per_hour", "minimum_usd_per_month",
                      "plan_usd_per_month"));
        put(object, "points", points);
        push(array, object);
    }
    return array;
}

/* Beyond the cent the difference of two solves is their tolerance. */
static double cents(double usd) {
    return nearbyint(100 * usd) / 100 + 0.0;
}

json_t *result_worths(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_worths; i++) {
        const struct worth *worth = &study->worths[i];
        json_t *object = json_object();
        put(object, "limit", json_string(worth->limit));
        put(object, "unit", json_string(worth->unit));
        put(object, "now", real(worth->now));
        put(object, "step", real(worth->step));
        put(object, "more_saves_usd_per_month", real(cents(worth->more_usd)));
        put(object, "less_adds_usd_per_month", real(cents(worth->less_usd)));
        put(object, "less_fits", json_boolean(!isinf(worth->less_usd)));
        push(array, object);
    }
    return array;
}

json_t *result_levers(const struct study *study) {
    json_t *object = json_object(), *array = json_array();
    struct arena arena = {0};
    for (int i = 0; i < study->n_levers; i++) {
        const struct study_lever *lever = &study->levers[i];
        json_t *row = json_object();
        put(row, "name", json_string(lever->name));
        put(row, "input", json_string(arena_printf(&arena, "levers.%d", lever->spec)));
        put(row, "alone_usd_per_month", real(lever->alone_usd_per_month));
        put(row, "step", json_integer(lever->step));
        put(row, "usd_per_month", real(lever->usd_per_month));
        put(row, "minimum_usd_per_month", real(lever->minimum_usd_per_month));
        put(row, "one_off_usd", real(lever->one_off_usd));
        put(row, "payback_months", real(lever->payback_months));
        put(row, "reason", string(lever->why));
        push(array, row);
    }
    arena_release(&arena);
    put(object, "before_usd_per_month", real(study->levers_before_usd_per_month));
    put(object, "after_usd_per_month", real(study->levers_after_usd_per_month));
    put(object, "steps", array);
    return object;
}

/* ---- CSV ---- */

static void append_row(const struct recommendation *row, const struct study_look_back *from,
                       struct text *out) {
    bool checked = !from && !row->is_capacity;
    csv_append_text(out, method_words(from));
    comma_text(out, row->name);
    comma_number(out, from ? (double)from->days : NAN);
    comma_number(out, from ? from->target_coverage : NAN);
    comma_number(out, row->is_plan ? NAN : row->count);
    comma_number(out, row->window_hours);
    for (int i = 0; i < N_FIELDS; i++)
        comma_number(out, fields[i].of(row));
    comma_number(out, from ? from->horizon_usd_per_month : NAN);
    for (int k = 0; k < GUARDRAILS; k++) {
        comma_number(out, checked ? row->checks[k].value : NAN);
        comma_number(out, checked ? row->checks[k].limit : NAN);
        comma_text(out, !checked ? "" : row->checks[k].holds ? "yes" : "no");
    }
    text_append_string(out, "\n");
}

void result_append_recommendations_csv(const struct study *study, struct text *out) {
    text_append_string(out, "method,name,LookbackPeriodInDays,target_coverage,instances,"
                            "window_hours");
    for (int i = 0; i < N_FIELDS; i++)
        text_printf(out, ",%s", fields[i].name);
    text_append_string(out, ",horizon_minimum_usd_per_month,utilisation,utilisation_limit,"
                            "utilisation_holds,break_even_months,break_even_months_limit,"
                            "break_even_months_holds,roi,roi_limit,roi_holds,ladder,ladder_limit,"
                            "ladder_holds\n");
    for (int i = 0; i < study->n_recommendations; i++)
        append_row(&study->recommendations[i], NULL, out);
    for (int i = 0; i < study->n_look_backs; i++)
        for (int k = 0; k < study->look_backs[i].n_rows; k++)
            append_row(&study->look_backs[i].rows[k], &study->look_backs[i], out);
}

/* Where a level stands on its curve; "" in between. */
static const char *mark_of(const struct commitment_curve *curve, double units) {
    return units == curve->planned && units == curve->best_units ? "planned and best"
           : units == curve->planned                             ? "planned"
           : units == curve->best_units                          ? "best"
                                                                 : "";
}

static void append_point(const struct commitment_curve *curve, double units, double minimum,
                         double plan, const char *mark, struct text *out) {
    csv_append_text(out, curve->name);
    comma_text(out, curve->is_plan ? "USD an hour" : "instances");
    comma_number(out, units);
    comma_number(out, units * curve->unit_usd);
    comma_number(out, minimum * HOURS_PER_MONTH);
    comma_number(out, plan * HOURS_PER_MONTH);
    comma_text(out, mark);
    text_append_string(out, "\n");
}

void result_append_curve_csv(const struct study *study, struct text *out) {
    text_append_string(out, "commitment,unit,units,commitment_usd_per_hour,minimum_usd_per_month,"
                            "plan_usd_per_month,mark\n");
    for (int i = 0; i < study->n_curves; i++) {
        const struct commitment_curve *curve = &study->curves[i];
        for (int k = 0; k < curve->n; k++)
            append_point(curve, curve->points[k].units, curve->points[k].programme_usd,
                         curve->points[k].plan_usd, mark_of(curve, curve->points[k].units), out);
        if (isfinite(curve->points[0].plan_usd))
            append_point(curve, curve->near_units, NAN, curve->near_usd, "95% of the best saving",
                         out);
    }
}

void result_append_worth_csv(const struct study *study, struct text *out) {
    text_append_string(out, "limit,unit,now,step,more_saves_usd_per_month,less_adds_usd_per_month,"
                            "less_fits\n");
    for (int i = 0; i < study->n_worths; i++) {
        const struct worth *worth = &study->worths[i];
        const double figures[] = {worth->now, worth->step, cents(worth->more_usd),
                                  cents(worth->less_usd)};
        csv_append_text(out, worth->limit);
        comma_text(out, worth->unit);
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
            comma_number(out, isfinite(figures[k]) ? figures[k] : NAN);
        text_printf(out, ",%s\n", isinf(worth->less_usd) ? "no" : "yes");
    }
}

void result_append_levers_csv(const struct study *study, struct text *out) {
    text_append_string(out, "step,lever,alone_usd_per_month,usd_per_month,minimum_usd_per_month,"
                            "one_off_usd,payback_months,reason\n");
    for (int i = 0; i < study->n_levers; i++) {
        const struct study_lever *lever = &study->levers[i];
        csv_append_number(out, lever->step > 0 ? (double)lever->step : (double)NAN);
        comma_text(out, lever->name);
        comma_number(out, lever->alone_usd_per_month);
        comma_number(out, lever->usd_per_month);
        comma_number(out, lever->minimum_usd_per_month);
        comma_number(out, lever->one_off_usd);
        comma_number(out, isfinite(lever->payback_months) ? lever->payback_months : NAN);
        comma_text(out, lever->why);
        text_append_string(out, "\n");
    }
}
