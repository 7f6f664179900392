/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three passes over one tree: scenario_tree puts files and overrides together, scenario_check holds
 * every value against the field table, and the readers here and in the scenario_*.c beside fill the
 * structs and tell what does not fit together. All of them add to one list of mistakes. */
#include "scenarios/scenario.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/usage.h"
#include "scenarios/scenario_finance.h"
#include "scenarios/scenario_job.h"
#include "scenarios/scenario_outlook.h"
#include "scenarios/scenario_purchase.h"
#include "scenarios/scenario_scaling.h"
#include "scenarios/scenario_spot.h"
#include "scenarios/scenario_workload.h"
#include "scenarios/scenario_yaml.h"

#define BYTES_PER_MIB 1048576.0
#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

const char *scenario_relative_to(const struct scenario *scenario, struct place place) {
    for (int i = 0; i < scenario->n_documents; i++)
        if (place.document == &scenario->documents[i])
            return place.document->file;
    return scenario->file;
}

/* A list of files, none of them twice. @return [*n] */
static const struct named_file *read_files(struct view root, const char *key,
                                           const struct scenario *scenario, int *n) {
    int count = view_count(root, key);
    struct named_file *files = arena_new(root.arena, struct named_file, count);
    *n = 0;
    for (int i = 0; i < count; i++) {
        const struct tree *tree = view_value(root, key, i);
        struct scalar scalar;
        bool twice = false;
        if (!view_scalar(root, key, tree, &scalar))
            continue;
        for (int j = 0; j < *n; j++)
            twice = twice || strcmp(files[j].path, scalar.text) == 0;
        if (twice)
            mistakes_at(root.mistakes, tree->place, "keep one of them", "'%s' names '%s' twice",
                        key, scalar.text);
        else
            files[(*n)++] = (struct named_file){
                scalar.text, scenario_relative_to(scenario, tree->place), tree->place};
    }
    return files;
}

static void read_prices(struct view root, struct scenario *out) {
    out->prices = read_files(root, "prices", out, &out->n_prices);
    out->without_shipped_prices = view_choice(root, "prices_over") == 1;
    if (out->without_shipped_prices && out->n_prices == 0)
        mistakes_at(root.mistakes, view_place(root, "prices_over"),
                    "name a book under prices, or take it out",
                    "'prices_over: nothing' leaves no price book at all");
}

/* ---- today ---- */

static int workload_index(struct view view, const struct scenario *scenario) {
    const struct tree *tree = view_get(view, "workload");
    const char *name = view_text(view, "workload");
    if (!tree) {
        if (scenario->n_workloads > 1)
            view_need(view, "workload", "there are several workloads");
        return -1;
    }
    const char **names = arena_new(view.arena, const char *, scenario->n_workloads);
    for (int i = 0; i < scenario->n_workloads; i++) {
        names[i] = scenario->workloads[i].name;
        if (strcmp(names[i], name) == 0)
            return scenario->n_workloads > 1 ? i : -1;
    }
    const char *nearest = text_nearest(bytes_of(name), names, (size_t)scenario->n_workloads);
    mistakes_at(view.mistakes, tree->place,
                nearest ? arena_printf(view.arena, "did you mean '%s'?", nearest)
                        : "write the name of one of the workloads",
                "there is no workload '%s'", mistakes_shown(view.arena, tree->text));
    return -1;
}

static void read_today(struct view today, struct scenario *out) {
    int n = view_count(today, "fleet");
    struct today_instance *fleet = arena_new(today.arena, struct today_instance, n);
    for (int i = 0; i < n; i++) {
        struct view view = view_item(today, "fleet", i);
        fleet[i] = (struct today_instance){.instance = view_text(view, "instance"),
                                           .place = view_place(view, "instance"),
                                           .count = view_int(view, "count"),
                                           .spot = view_choice(view, "option") == 1,
                                           .workload = workload_index(view, out)};
    }
    out->n_today = n;
    out->today = fleet;
    out->today_focus = view_text(today, "focus");
    out->today_focus_place = view_place(today, "focus");
    out->today_focus_relative_to = scenario_relative_to(out, out->today_focus_place);
}

/* ---- estate ---- */

/* "1 MUSD/year", not "100 USD/h". */
static bool stated_by_year(const struct tree *value) {
    static const char unit[] = "/year";
    size_t n = sizeof unit - 1;
    return value->text.n >= n && memcmp(value->text.data + value->text.n - n, unit, n) == 0;
}

static void read_discounts(struct view estate, struct scenario *out) {
    int n = 0, n_rows = view_count(estate, "discounts");
    for (int i = 0; i < n_rows; i++)
        n += view_count(view_item(estate, "discounts", i), "applies_to");
    struct discount *discounts = arena_new(estate.arena, struct discount, n);
    struct place *places = arena_new(estate.arena, struct place, n);
    struct promised_spend *promises = arena_new(estate.arena, struct promised_spend, n_rows);
    for (int i = 0; i < n_rows; i++) {
        struct view view = view_item(estate, "discounts", i);
        double fraction = view_number(view, "rate");
        int first = out->n_discounts;
        for (int j = 0; j < view_count(view, "applies_to"); j++) {
            const struct tree *tree = view_value(view, "applies_to", j);
            struct scalar scalar;
            if (!view_scalar(view, "applies_to", tree, &scalar))
                continue;
            places[out->n_discounts] = tree->place;
            discounts[out->n_discounts++] = (struct discount){scalar.text, fraction};
        }
        const struct tree *promised = view_get(view, "commitment");
        if (promised)
            promises[out->n_promises++] =
                (struct promised_spend){.usd_per_hour = view_number(view, "commitment"),
                                        .by_year = stated_by_year(promised),
                                        .first = first,
                                        .n = out->n_discounts - first};
    }
    out->discounts = discounts;
    out->promises = promises;
    out->discount_places = places;
}

static int by_group(const void *a, const void *b) {
    const struct plan_quota *x = a, *y = b;
    int order = strcmp(x->group, y->group);
    return order != 0 ? order : (x->spot > y->spot) - (x->spot < y->spot);
}

/* In the order of their names: that of a map's keys says nothing. */
static void read_quotas(struct view estate, struct scenario *out) {
    const struct tree *tree = view_get(estate, "quotas");
    if (!tree || tree->kind != YAML_NODE_MAP)
        return;
    struct plan_quota *quotas = arena_new(estate.arena, struct plan_quota, tree->n);
    for (int i = 0; i < tree->n; i++) {
        const char *name = tree->items[i]->name;
        size_t group = strcspn(name, " ");
        struct scalar scalar;
        if (!view_scalar(estate, "quotas", tree->items[i], &scalar))
            continue;
        quotas[out->n_quotas++] =
            (struct plan_quota){.group = arena_strndup(estate.arena, name, group),
                                .spot = name[group] != '\0',
                                .vcpu = scalar.number,
                                .where = place_words(estate.arena, tree_place(tree->items[i]))};
    }
    qsort(quotas, (size_t)out->n_quotas, sizeof *quotas, by_group);
    out->quotas = quotas;
}

static void read_substitutes(struct view view, struct supply_spec *out) {
    static const char key[] = "substitutes";
    int n = view_count(view, key);
    const char **names = arena_new(view.arena, const char *, n);
    struct place *places = arena_new(view.arena, struct place, n);
    for (int i = 0; i < n; i++) {
        const struct tree *tree = view_value(view, key, i);
        struct scalar scalar;
        if (!view_scalar(view, key, tree, &scalar))
            continue;
        bool twice = strcmp(scalar.text, out->instance) == 0;
        for (int j = 0; j < out->n_substitutes; j++)
            twice = twice || strcmp(names[j], scalar.text) == 0;
        if (twice) {
            mistakes_at(view.mistakes, tree->place, "take it out",
                        "'%s' stands for '%s' already, or is it", scalar.text, out->instance);
            continue;
        }
        places[out->n_substitutes] = tree->place;
        names[out->n_substitutes++] = scalar.text;
    }
    out->substitutes = names;
    out->substitute_places = places;
    if (n > 0)
        view_need(view, "obtainable", "substitutes stand in for launches that fail");
}

/* Of two entries for one type only one could count. */
static void check_twice(struct view view, const struct supply_spec *supply, int index) {
    const char *instance = supply[index].instance;
    for (int i = 0; instance && i < index; i++)
        if (supply[i].instance && strcmp(supply[i].instance, instance) == 0) {
            mistakes_at(view.mistakes, supply[index].place, "keep one of them",
                        "the supply of '%s' stands here twice", instance);
            return;
        }
}

static void read_supply(struct view estate, struct scenario *out) {
    int n = view_count(estate, "supply");
    struct supply_spec *supply = arena_new(estate.arena, struct supply_spec, n);
    for (int i = 0; i < n; i++) {
        struct view view = view_item(estate, "supply", i);
        supply[i] = (struct supply_spec){
            .instance = view_text(view, "instance"),
            .obtainable = view_number(view, "obtainable"),
            .at_once = view_get(view, "at_once") ? view_number(view, "at_once") : -1,
            .at_once_where = place_words(estate.arena, view_place(view, "at_once")),
            .lead_s = view_number(view, "lead_time"),
            .place = view_place(view, "instance"),
        };
        check_twice(view, supply, i);
        read_substitutes(view, &supply[i]);
    }
    out->n_supply = n;
    out->supply = supply;
}

/* Keys of other changes are mistakes; so is a lack of what this one needs. */
static void check_lever(struct view view, enum lever_change change) {
    static const char *const by[] = {"by"}, *const longer[] = {"longer"};
    static const char *const precision[] = {"precision"}, *const model[] = {"model"};
    if (change == LEVER_PRECISION || change == LEVER_MODEL)
        view_refuse(view, by, COUNT_OF(by), "prompts, answers, slo, answer_cache and cached_input");
    if (change != LEVER_SLO)
        view_refuse(view, longer, COUNT_OF(longer), "slo");
    if (change == LEVER_PRECISION)
        view_need(view, "precision", "a change of precision needs it");
    else
        view_refuse(view, precision, COUNT_OF(precision), "precision");
    if (change == LEVER_MODEL)
        view_need(view, "model", "a change of model needs it");
    else
        view_refuse(view, model, COUNT_OF(model), "model");
    if (view_get(view, "by") && view_get(view, "longer"))
        mistakes_at(view.mistakes, view_key_place(view, "longer"), "keep one of them",
                    "'by' and 'longer' say the same");
}

static void read_levers(struct view root, struct scenario *out) {
    int n = view_count(root, "levers");
    struct lever_spec *levers = arena_new(root.arena, struct lever_spec, n);
    for (int i = 0; i < n; i++) {
        struct view view = view_item(root, "levers", i);
        if (!view.map || !view_get(view, "change") || view_choice(view, "change") < 0)
            continue; /* told */
        int precision = view_choice(view, "precision");
        levers[out->n_levers++] = (struct lever_spec){
            .change = (enum lever_change)view_choice(view, "change"),
            .share = view_number(view, "by"),
            .longer_s = view_number(view, "longer"),
            .precision = precision < 0 ? PRECISION_BF16 : (enum precision)precision,
            .model = view_text(view, "model"),
            .workload = view_get(view, "workload") ? workload_index(view, out) : -1,
            .one_off_usd = view_number(view, "one_off"),
            .place = view_place(view, view_get(view, "model") ? "model" : "change")};
        check_lever(view, levers[out->n_levers - 1].change);
    }
    out->levers = levers;
}

static void read_estate(struct view estate, struct scenario *out) {
    int n = view_count(estate, "owned");
    struct owned_spec *owned = arena_new(estate.arena, struct owned_spec, n);
    read_discounts(estate, out);
    for (int i = 0; i < n; i++)
        scenario_owned(view_item(estate, "owned", i), out, &owned[i]);
    out->n_owned = n;
    out->owned = owned;
    out->other_usage = view_text(estate, "other_usage");
    out->other_usage_place = view_place(estate, "other_usage");
    out->other_usage_relative_to = scenario_relative_to(out, out->other_usage_place);
    read_quotas(estate, out);
    read_supply(estate, out);
}

/* ---- resilience ---- */

static void read_slow(struct view resilience, struct scenario *out) {
    static const double week_s = 7 * 86400;
    int n = view_count(resilience, "slow");
    struct slow_spec *slow = arena_new(resilience.arena, struct slow_spec, n);
    for (int i = 0; i < n; i++) {
        struct view view = view_item(resilience, "slow", i);
        int workload = workload_index(view, out);
        slow[i] = (struct slow_spec){.workload = workload < 0 ? 0 : workload,
                                     .hour = view_int(view, "hour"),
                                     .lasts_s = view_number(view, "lasts"),
                                     .slowdown = view_number(view, "slowdown")};
        if (slow[i].hour * 3600.0 + slow[i].lasts_s > week_s)
            mistakes_at(view.mistakes, view_key_place(view, "lasts"),
                        "begin earlier, or make it shorter",
                        "the replayed week of 168 hours is over before '%s.lasts' is", view.path);
    }
    out->resilience.n_slow = n;
    out->resilience.slow = slow;
}

static void check_resilience(struct view view, const struct resilience_spec *spec) {
    static const char *const of_survival[] = {"outage", "outage_hour", "spare"};
    static const char *const of_zone[] = {"zone_lost"};
    if (!spec->survive[SURVIVE_ZONE] && !spec->survive[SURVIVE_INSTANCE] &&
        !spec->survive[SURVIVE_SPOT])
        view_refuse(view, of_survival, COUNT_OF(of_survival), "survive: zone, instance or spot");
    if (!spec->survive[SURVIVE_ZONE])
        view_refuse(view, of_zone, COUNT_OF(of_zone), "survive: zone");
    else if (spec->zones < 2)
        mistakes_at(view.mistakes, view_key_place(view, "survive"),
                    "write for example resilience: { zones: 3, survive: zone }",
                    "a fleet in one zone does not survive its loss");
    else if (spec->zone_lost >= spec->zones)
        mistakes_at(view.mistakes, view_key_place(view, "zone_lost"),
                    "count from 1 to resilience.zones", "there are %d zones, and no zone %d",
                    spec->zones, spec->zone_lost + 1);
}

static void read_resilience(struct view view, struct scenario *out) {
    struct resilience_spec *spec = &out->resilience;
    bool outage = view_get(view, "outage") != NULL;
    *spec = (struct resilience_spec){
        .zones = view_int(view, "zones"),
        .mtbf_s = view_get(view, "mtbf") ? view_number(view, "mtbf") : 0,
        .outage_hour = view_get(view, "outage_hour") ? view_int(view, "outage_hour") : -1,
        .zone_lost = view_get(view, "zone_lost") ? view_int(view, "zone_lost") - 1 : -1,
        .outage_s = {[SURVIVE_ZONE] = outage ? view_number(view, "outage") : 3600,
                     [SURVIVE_INSTANCE] = outage ? view_number(view, "outage") : 0,
                     [SURVIVE_SPOT] = outage ? view_number(view, "outage") : 3600},
        .buy_spare = view_choice(view, "spare") == 1,
    };
    for (int i = 0; i < view_count(view, "survive"); i++) {
        struct scalar scalar;
        const struct tree *tree = view_value(view, "survive", i);
        if (!tree || !view_scalar(view, "survive", tree, &scalar))
            continue;
        if (spec->survive[scalar.choice])
            mistakes_at(view.mistakes, tree->place, "name each once",
                        "'resilience.survive' names one loss twice");
        spec->survive[scalar.choice] = true;
    }
    check_resilience(view, spec);
}

/* ---- storage ---- */

static void read_storage(struct view root, struct scenario *out) {
    int n = view_count(root, "storage");
    struct storage_spec *storage = arena_new(root.arena, struct storage_spec, n);
    for (int i = 0; i < n; i++) {
        struct view view = view_item(root, "storage", i);
        storage[i] = (struct storage_spec){
            .region = view_text(view, "region"),
            .place = view_key_place(view, "region"),
            .data = {.name = view_text(view, "name"),
                     .gb_per_month = view_number(view, "written") / (double)BYTES_PER_BILLED_GB,
                     .object_mib = view_number(view, "object"),
                     .months = view_int(view, "kept"),
                     .read_first = view_number(view, "read"),
                     .read_halving = view_get(view, "read_halves")
                                         ? view_number(view, "read_halves")
                                         : INFINITY,
                     .instant = view_choice(view, "instant") == 0,
                     .tier = view_get(view, "tier") ? view_text(view, "tier") : NULL,
                     .iops = view_get(view, "iops") ? view_number(view, "iops") : 0,
                     .mbps = view_get(view, "throughput")
                                 ? ceil(view_number(view, "throughput") / BYTES_PER_MIB)
                                 : 0,
                     .zones_min = view_int(view, "zones")}};
        storage[i].tags = scenario_tags(view, &storage[i].n_tags);
        const char *needs = view_get(view, "iops") ? "iops" : "throughput";
        if (!storage[i].data.tier && view_get(view, needs))
            mistakes_at(root.mistakes, view_key_place(view, needs), "name it: tier: ebs-gp3",
                        "'%s' is of a volume, and no tier is named", needs);
        for (int k = 0; k < i; k++)
            if (strcmp(storage[k].data.name, storage[i].data.name) == 0)
                mistakes_at(root.mistakes, view_key_place(view, "name"), "give it another name",
                            "a second storage '%s'", storage[i].data.name);
    }
    out->n_storage = n;
    out->storage = storage;
}

/* ---- policy ---- */

static void read_policy(struct view view, struct scenario *out) {
    static const int years[] = {0, 1, 3};
    out->policy = (struct plan_policy){
        .term_years_max = years[view_choice(view, "max_term")],
        .coverage_max = view_number(view, "coverage_max"),
        .upfront_usd_max = view_get(view, "upfront_max") ? view_number(view, "upfront_max") : -1,
        .spot_share_max = view_number(view, "spot_share_max"),
        .spot_zone_share_max =
            view_get(view, "spot_zone_share_max") ? view_number(view, "spot_zone_share_max") : 0,
        .spot_derating = view_number(view, "spot_derating")};
    if (view_get(view, "carbon_max"))
        out->carbon_kg_max = view_number(view, "carbon_max");
    if (view_get(view, "carbon_price"))
        out->carbon_usd_per_kg = view_number(view, "carbon_price");
    static const char *const hedged_only[] = {"worst_weight"};
    out->hedged = view_choice(view, "risk") == 1;
    out->worst_weight = view_number(view, "worst_weight");
    if (!out->hedged)
        view_refuse(view, hedged_only, 1, "risk: expected");
    out->estimates = view_choice(view, "estimates") == 0;
    out->carbon_where = place_words(view.arena, view_place(view, "carbon_max"));
    out->spot_share_where = place_words(view.arena, view_place(view, "spot_share_max"));
    out->term_where = place_words(view.arena, view_place(view, "max_term"));
    out->upfront_where = place_words(view.arena, view_place(view, "upfront_max"));
    out->coverage_where = place_words(view.arena, view_place(view, "coverage_max"));
    struct view guardrails = view_map(view, "guardrails");
    out->guardrails = (struct guardrail_limits){{
        [GUARDRAIL_UTILISATION] = view_number(guardrails, "utilisation"),
        [GUARDRAIL_BREAK_EVEN] = view_number(guardrails, "break_even_months"),
        [GUARDRAIL_ROI] = view_number(guardrails, "roi"),
        [GUARDRAIL_LADDER] = view_number(guardrails, "ladder"),
    }};
}

/* ---- the whole ---- */

static void read_router(struct view simulation, struct scenario *out) {
    static const char *const of_d[] = {"router_choices"};
    out->router = (enum router_policy)view_choice(simulation, "router");
    out->router_place = view_place(simulation, "router");
    out->router_choices = view_int(simulation, "router_choices");
    if (out->router != ROUTER_SHORTEST_OF_D)
        view_refuse(simulation, of_d, 1, "the router shortest_of_d");
}

static void read_zone(struct view root, struct scenario *out) {
    const char *names[64];
    size_t n = 0;
    for (; n < 64 && zone_name((int)n); n++)
        names[n] = zone_name((int)n);
    out->zone_name = view_text(root, "time_zone");
    if (zone_find(bytes_of(out->zone_name), &out->zone))
        return;
    const char *near = text_nearest(bytes_of(out->zone_name), names, n);
    const char *hint = near ? arena_printf(root.arena, "did you mean %s?", near)
                            : "write a city's zone, for example Europe/Berlin, or UTC+05:30";
    mistakes_at(root.mistakes, view_key_place(root, "time_zone"), hint,
                "'%s' is no time zone that is known", out->zone_name);
}

static void read_root(struct view root, struct scenario *out) {
    struct view horizon = view_map(root, "horizon"), simulation = view_map(root, "simulation");
    out->name = view_text(root, "name");
    read_zone(root, out);
    out->start = view_date(horizon, "start");
    out->months = view_int(horizon, "months");
    scenario_beyond(horizon, &out->beyond);
    scenario_finance(root, out);
    read_prices(root, out);
    out->profiles = read_files(root, "profiles", out, &out->n_profiles);
    scenario_workloads(root, out);
    scenario_check_budgets(root.mistakes, out);
    read_today(view_map(root, "today"), out);
    read_estate(view_map(root, "estate"), out);
    read_policy(view_map(root, "policy"), out);
    scenario_purchase(root, out);
    scenario_spot(root, out);
    read_storage(root, out);
    read_levers(root, out);
    scenario_jobs(root, out);
    scenario_scaling(view_map(root, "scaling"), &out->scaling);
    scenario_own_scaling(root, out);
    out->boot_s = ready_delay_mean_s(&out->scaling.ready, &out->scaling.link);
    read_resilience(view_map(root, "resilience"), out);
    read_slow(view_map(root, "resilience"), out);
    read_router(simulation, out);
    out->seed = (uint64_t)view_number(simulation, "seed");
    out->replications = view_int(simulation, "replications");
    out->replays = view_int(simulation, "replays");
}

static bool read_source(struct arena *arena, const struct file_system *files, struct source *source,
                        const char *path, const char *const *set, int n_set, struct scenario *out,
                        struct err_list *errs) {
    const char *file = arena_strdup(arena, path);
    struct mistakes mistakes = mistakes_new(arena, file);
    struct tree_input input = tree_input_new(arena, files, &mistakes);
    struct tree *root = tree_read(&input, source, file);
    if (root) {
        for (int i = 0; i < n_set; i++)
            tree_set(&input, root, set[i]);
        struct scenario scenario = {.file = file,
                                    .n_documents = input.n_documents,
                                    .documents = input.documents,
                                    .documents_sha256 = (const char(*)[65])input.sha256};
        memcpy(scenario.sha256, input.sha256[0], sizeof scenario.sha256);
        scenario.lines = tree_lines(arena, root, &scenario.n_lines);
        struct text yaml = {.arena = arena};
        scenario_append_yaml(root, &yaml);
        scenario.yaml = (struct bytes){yaml.data, yaml.n};
        scenario_check(&mistakes, root);
        read_root((struct view){arena, &mistakes, root, ""}, &scenario);
        if (mistakes.n_total == 0)
            *out = scenario;
    }
    mistakes_move(&mistakes, errs);
    return mistakes.n_total == 0;
}

/* Whether a result lies where the scenario was looked for: to write a new scenario into it would be
 * bad advice. */
static bool is_in_result(struct arena *arena, const struct file_system *files, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return false;
    struct err err = {0};
    struct source *result =
        files->open(files->context, arena,
                    arena_printf(arena, "%.*s/result.json", (int)(slash - path), path), NULL, &err);
    if (!result)
        return false;
    source_close(result);
    return true;
}

bool scenario_read(struct arena *arena, const struct file_system *files, const char *path,
                   const char *const *set, int n_set, struct scenario *out, struct err_list *errs) {
    struct err err = {0};
    struct source *source = files->open(files->context, arena, path, NULL, &err);
    if (!source) {
        if (!err.hint[0] && is_in_result(arena, files, path))
            err_hint(&err, "this folder is a result, which report, explain, diff and export read; "
                           "here its scenario is asked for");
        else if (!err.hint[0])
            err_hint(&err, "headroom init %s writes one to begin with", path);
        return err_list_add(errs, &err);
    }
    bool fine = read_source(arena, files, source, path, set, n_set, out, errs);
    source_close(source);
    return fine;
}

bool scenario_parse(struct arena *arena, struct bytes text, const char *file, struct scenario *out,
                    struct err_list *errs) {
    struct err err = {0};
    struct source *source = source_open_memory(arena, text, file, &err);
    if (!source)
        return err_list_add(errs, &err);
    bool fine = read_source(arena, NULL, source, file, NULL, 0, out, errs);
    source_close(source);
    return fine;
}
