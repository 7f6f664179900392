/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explain_names.h"

#include <ctype.h>
#include <string.h>

enum { PATHS_MAX = 2 };

/* Names of one number, as `plain` leaves them, between bars; the first of the paths that the result
 * has. */
static const struct {
    const char *names, *paths[PATHS_MAX];
} numbers[] = {
    {"|cost|bill|cost-per-month|cost-a-month|cost-a-month-of-730-hours|plan|",
     {"recommended.bill_usd_per_month"}},
    {"|total|all|beside|the-plan-and-all-beside-it|",
     {"total_usd_per_month", "cost.usd_per_month"}},
    {"|baseline|today|today's-fleet|do-nothing|", {"baseline.bill_usd_per_month"}},
    {"|saving|savings|saved|saving-per-month|saving-a-month|cost-with-it,-which-savings-count|",
     {"saving_usd_per_month"}},
    {"|missing-of-promised-spend,-paid-on-top|", {"recommended.shortfall_usd_per_month"}},
    {"|saving-share|savings-rate|", {"saving_fraction"}},
    {"|within-target|requests-within-target|attainment|slo|", {"recommended.within_target"}},
    {"|worst-hour|worst-day|worst-week|worst-month|worst-window|",
     {"recommended.worst_window_within_target"}},
    {"|unit-cost|cost-per-1m-output-tokens|cost-per-1m-output-tokens-within-target|",
     {"recommended.usd_per_million_output_tokens", "recommended.usd_per_thousand_requests"}},
    {"|cost-per-1k-requests|cost-per-1k-requests-within-target|",
     {"recommended.usd_per_thousand_requests"}},
    {"|requests|requests-a-month|", {"recommended.requests_per_month"}},
    {"|carbon|co2|emissions|carbon-of-instances,-kg-co2e-a-month|",
     {"recommended.carbon.0.operation_kg_co2e_per_month.1"}},
    {"|upfront|paid-upfront|", {"plan.upfront_usd"}},
    {"|liability|owed|owed-after-the-horizon|", {"plan.liability_usd"}},
    {"|and-by-what-is-owned-already|", {"plan.owned_liability_usd"}},
    {"|prepaid|paid-ahead|paid-ahead-for-after-the-horizon|", {"plan.prepaid_after_horizon_usd"}},
    {"|committed|commitments|", {"plan.committed_usd_per_month.mean"}},
    {"|minimum|theoretical-minimum|", {"three_numbers.theoretical_minimum_usd_per_month"}},
    {"|whole-instance-plan|", {"three_numbers.whole_instance_plan_usd_per_month"}},
    {"|bill-of-the-replay|", {"three_numbers.bill_usd_per_month"}},
    {"|margin|margin-for-the-target|", {"three_numbers.margin"}},
    {"|rounding|", {"three_numbers.rounding"}},
    {"|billing-rules|", {"three_numbers.billing_rules"}},
    {"|delay|", {"three_numbers.delay"}},
    {"|on-demand|", {"recommended.usd_per_month_by_charge.on demand"}},
    {"|spot|", {"recommended.usd_per_month_by_charge.spot"}},
    {"|commitment-used|", {"recommended.usd_per_month_by_charge.commitment used"}},
    {"|committed,-idle|commitment-unused|",
     {"recommended.usd_per_month_by_charge.commitment unused"}},
    {"|function|functions|", {"recommended.usd_per_month_by_charge.function"}},
    {"|tokens|", {"recommended.usd_per_month_by_charge.tokens"}},
    {"|reserved-capacity-unused|",
     {"recommended.usd_per_month_by_charge.reserved capacity unused"}},
    {"|transfer|", {"recommended.usd_per_month_by_charge.transfer"}},
    {"|volume|volumes|", {"recommended.usd_per_month_by_charge.volume"}},
    {"|weights|", {"recommended.usd_per_month_by_charge.weights"}},
    {"|promise-missed|", {"recommended.shortfall_usd_per_month"}},
    {"|decide-by|", {"decide_by.date"}},
    {"|range|futures|", {"futures.plans.0.expected_usd_per_month"}},
    {"|bad-case|in-a-bad-case|bad-case-cost|", {"futures.plans.0.worst_5_percent_usd_per_month"}},
    {"|worst-case|", {"futures.plans.0.worst_case_usd_per_month"}},
    {"|regret|", {"futures.plans.0.expected_regret_usd_per_month"}},
};
enum { N_NUMBERS = sizeof numbers / sizeof *numbers };

/* "Worst hour (asked 98%)" as "worst-hour". */
static const char *plain(struct arena *arena, const char *name) {
    char *out = arena_strdup(arena, name);
    size_t n = 0;
    for (const char *at = name; *at && *at != '('; at++) {
        char letter = (char)tolower((unsigned char)*at);
        bool joint = letter == ' ' || letter == '_' || letter == '-';
        if (letter != '*' && !(joint && (n == 0 || out[n - 1] == '-')))
            out[n++] = joint ? '-' : letter;
    }
    while (n > 0 && out[n - 1] == '-')
        n--;
    out[n] = '\0';
    return out;
}

const char *explain_name(struct arena *arena, const struct result_file *result, const char *name) {
    const char *word = plain(arena, name);
    if (!word[0] || strchr(word, '|'))
        return NULL;
    if (strspn(word, "0123456789") == strlen(word))
        return arena_printf(arena, "action-%s", word);
    const char *between = arena_printf(arena, "|%s|", word);
    for (size_t i = 0; i < N_NUMBERS; i++) {
        if (!strstr(numbers[i].names, between))
            continue;
        for (int p = 0; p + 1 < PATHS_MAX && numbers[i].paths[p + 1]; p++) {
            json_t *value = result_value(result, numbers[i].paths[p]);
            if (value && !json_is_null(value))
                return numbers[i].paths[p];
        }
        for (int p = PATHS_MAX - 1; p >= 0; p--)
            if (numbers[i].paths[p])
                return numbers[i].paths[p];
    }
    return word;
}

const char *const *explain_names(struct arena *arena, size_t *n) {
    const char **names = NULL;
    *n = 0;
    for (size_t i = 0; i < N_NUMBERS; i++)
        for (const char *at = numbers[i].names + 1; *at; at += strcspn(at, "|") + 1) {
            names = arena_grow(arena, names, *n, *n + 1, sizeof *names);
            names[(*n)++] = arena_strndup(arena, at, strcspn(at, "|"));
        }
    return names;
}
