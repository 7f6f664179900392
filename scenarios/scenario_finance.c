/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_finance.h"

#include <string.h>

#include "scenarios/scenario.h"

const char *const (*scenario_tags(struct view view, int *n_tags))[2] {
    const struct tree *tree = view_get(view, "tags");
    *n_tags = 0;
    if (!tree || tree->kind != YAML_NODE_MAP)
        return NULL;
    const char *(*tags)[2] = arena_alloc(view.arena, (size_t)tree->n, sizeof *tags);
    for (int i = 0; i < tree->n; i++) {
        struct scalar scalar;
        if (!view_scalar(view, "tags", tree->items[i], &scalar))
            continue;
        tags[*n_tags][0] = tree->items[i]->name;
        tags[(*n_tags)++][1] = scalar.text;
    }
    return (const char *const(*)[2])tags;
}

/* "02-01". Bills, and so what is paid and what counts for a budget, are of calendar months: a year
 * that starts within one would need a part of a bill that nobody gets. */
static void read_fiscal_year(struct view finance, struct scenario *out) {
    struct date day = {2027, 1, 1};
    const char *text = view_text(finance, "fiscal_year_starts");
    if (!calendar_parse_date(bytes_of(arena_printf(finance.arena, "2027-%s", text)), &day))
        mistakes_at(finance.mistakes, view_key_place(finance, "fiscal_year_starts"),
                    "write month and day, for example 02-01", "'%s' is no day of a year", text);
    else if (day.day != 1)
        mistakes_at(finance.mistakes, view_key_place(finance, "fiscal_year_starts"),
                    arena_printf(finance.arena,
                                 "bills are of calendar months; write %02d-01, or the month after",
                                 day.month),
                    "a fiscal year that starts on day %d of a month cannot be counted in bills",
                    day.day);
    out->fiscal_month = day.month;
}

struct workload_value scenario_value(struct view value) {
    if (!value.map)
        return (struct workload_value){0};
    return (struct workload_value){.unit = view_text(value, "unit"),
                                   .requests_per_unit = view_number(value, "requests_per_unit"),
                                   .worth_usd = view_number(value, "worth")};
}

/* "team=support" */
static void read_tag(struct view view, struct budget_spec *out) {
    const char *text = view_text(view, "tag"), *equals = strchr(text, '=');
    out->name = text;
    if (!equals || equals == text || !equals[1]) {
        mistakes_at(view.mistakes, view_key_place(view, "tag"),
                    "write name and value, for example team=support", "'%s' is no tag", text);
        return;
    }
    out->tag_key = arena_strndup(view.arena, text, (size_t)(equals - text));
    out->tag_value = equals + 1;
}

static void read_budgets(struct view root, struct scenario *out) {
    static const char *const scopes[] = {"scope", "tag"}, *const periods[] = {"quarter", "year",
                                                                              "month"};
    int n = view_count(root, "budgets");
    struct budget_spec *budgets = arena_new(root.arena, struct budget_spec, n);
    for (int i = 0; i < n; i++) {
        struct view view = view_item(root, "budgets", i);
        int scope = view_only_one(view, scopes, 2);
        int period = view_only_one(view, periods, 3);
        budgets[i] = (struct budget_spec){.name = "all",
                                          .by_year = period == 1,
                                          .by_month = period == 2,
                                          .cash = view_choice(view, "basis") == 0,
                                          .enforce = view_choice(view, "enforce") == 0};
        if (scope == 1)
            read_tag(view, &budgets[i]);
        budgets[i].place = view_key_place(view, "enforce");
        if (scope == 1 && budgets[i].enforce && budgets[i].cash)
            mistakes_at(view.mistakes, budgets[i].place,
                        "leave enforce out, or write basis: amortised",
                        "who pays how much of a payment is known after the plan: it can keep a "
                        "budget of a tag in amortised cost only");
        if (period >= 0)
            budgets[i].usd = view_number(view, periods[period]);
    }
    out->n_budgets = n;
    out->budgets = budgets;
}

/* A stream's part of its pool is known after the replay. */
static void check_streams(const struct workload *workload, const struct budget_spec *budget,
                          struct mistakes *mistakes) {
    for (int s = 0; s < workload->demand.n_streams; s++)
        for (int t = 0; t < workload->demand.streams[s].n_tags; t++)
            if (strcmp(workload->demand.streams[s].tags[t][0], budget->tag_key) == 0) {
                mistakes_at(mistakes, budget->place,
                            "leave enforce out, or tag the workload instead of its streams",
                            "streams of '%s' have '%s' of their own: what each costs is known "
                            "after the plan",
                            workload->name, budget->tag_key);
                return;
            }
}

void scenario_check_budgets(struct mistakes *mistakes, const struct scenario *scenario) {
    for (int i = 0; i < scenario->n_budgets; i++)
        for (int w = 0; scenario->budgets[i].enforce && scenario->budgets[i].tag_key &&
                        w < scenario->n_workloads;
             w++)
            check_streams(&scenario->workloads[w], &scenario->budgets[i], mistakes);
}

void scenario_finance(struct view root, struct scenario *out) {
    struct view allocation = view_map(root, "allocation");
    read_fiscal_year(view_map(root, "finance"), out);
    out->discount_per_month = view_number(view_map(root, "finance"), "discount_rate");
    read_budgets(root, out);
    out->allocation = (struct allocation_rules){
        .shared = (enum allocation_shared)view_choice(allocation, "shared"),
        .idle = (enum allocation_idle)view_choice(allocation, "idle"),
        .unused = (enum allocation_unused)view_choice(allocation, "unused"),
        .output_weight = view_number(allocation, "output_weight")};
}

struct fiscal_period fiscal_period_of(struct date day, int starts_month) {
    int months = day.month - starts_month;
    bool early = months < 0; /* the year began in the calendar year before */
    return (struct fiscal_period){.year = day.year + (!early && starts_month != 1),
                                  .quarter = (early ? months + 12 : months) / 3 + 1};
}
