/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything here is read off the table; the only texts of its own are the values of `init`. */
#include "scenarios/scenario_fields.h"

#include <string.h>

#include "scenarios/scenario_check.h"

/* ---- words about a row ---- */

static void append_scalar_words(struct text *out, const struct field *row) {
    switch (row->type) {
    case FIELD_QUANTITY:
        text_append_string(out, quantity_words(row->unit));
        if (quantity_is_plain(row->unit))
            break;
        text_append_string(out, " (");
        quantity_append_units(row->unit, out);
        text_append_string(out, ")");
        break;
    case FIELD_CHOICE:
        text_append_string(out, scalar_choices(out->arena, row->choices));
        break;
    case FIELD_DATE:
        text_append_string(out, "a date (YYYY-MM-DD)");
        break;
    case FIELD_FILE:
        text_append_string(out, "a file name");
        break;
    case FIELD_TEXT:
        text_append_string(out, "a text");
        break;
    case FIELD_NOTHING:
        break;
    }
}

static void append_type_words(struct text *out, const struct field *row) {
    switch (row->shape) {
    case FIELD_MAP:
        text_append_string(out, "a map");
        return;
    case FIELD_MAPS:
        text_append_string(out, "a list of maps");
        return;
    case FIELD_NAMED:
        text_append_string(out, "a map from names to ");
        append_scalar_words(out, row);
        return;
    case FIELD_MIXED:
        append_scalar_words(out, row);
        text_append_string(out, ", a map, or a list of them");
        return;
    case FIELD_MANY:
        if (field_items_min(row) > 1)
            text_printf(out, "a list of %d times ", field_items_min(row));
        append_scalar_words(out, row);
        if (field_items_min(row) == 1)
            text_append_string(out, ", or a list");
        return;
    case FIELD_ONE:
        append_scalar_words(out, row);
        return;
    }
}

static const char *type_words(struct arena *arena, const struct field *row) {
    struct text text = {.arena = arena};
    append_type_words(&text, row);
    return text.data;
}

/* ---- explain ---- */

/* "workloads[0].slo.ttft" and "workloads.0.slo.ttft" are the row "workloads.slo.ttft". */
static const char *without_indices(struct arena *arena, const char *path) {
    struct text text = {.arena = arena};
    text_append_string(&text, "");
    while (*path) {
        size_t n = strcspn(path, ".["), digits = strspn(path, "0123456789]");
        if (n > 0 && digits < n) {
            text_printf(&text, "%s", text.n ? "." : "");
            text_append(&text, path, n);
        }
        path += n + (path[n] != '\0');
    }
    return text.data;
}

static int depth(const char *path) {
    int n = 0;
    for (; *path; path++)
        n += *path == '.';
    return n;
}

static const char *nearest_path(struct arena *arena, const char *path) {
    const char **paths = arena_new(arena, const char *, scenario_table_rows);
    const char **keys = arena_new(arena, const char *, scenario_table_rows);
    const char *point = strrchr(path, '.'), *key = point ? point + 1 : path;
    for (int i = 0; i < scenario_table_rows; i++) {
        paths[i] = scenario_table[i].path;
        keys[i] = field_key(&scenario_table[i]);
    }
    const char *shallowest = NULL;
    for (int i = 0; i < scenario_table_rows; i++)
        if (strcmp(keys[i], key) == 0 && (!shallowest || depth(paths[i]) < depth(shallowest)))
            shallowest = paths[i];
    if (shallowest)
        return shallowest;
    size_t n = (size_t)scenario_table_rows;
    const char *nearest = text_nearest(bytes_of(path), paths, n);
    const char *nearest_key = nearest ? NULL : text_nearest(bytes_of(key), keys, n);
    for (size_t i = 0; nearest_key && i < n && !nearest; i++)
        if (keys[i] == nearest_key)
            nearest = paths[i];
    return nearest;
}

static void explain_children(struct text *out, const struct field *row) {
    const char *title = "  keys:\n";
    for (int i = 0; i < scenario_table_rows; i++) {
        const struct field *child = &scenario_table[i];
        if (!field_is_child(child, row->path))
            continue;
        text_printf(out, "%s    %-22s %s%s\n", title, field_key(child), child->doc,
                    child->required ? " Required." : "");
        title = "";
    }
}

static void explain_row(struct text *out, const struct field *row) {
    struct arena *arena = out->arena;
    text_printf(out, "%s\n  %s\n\n", row->path, row->doc);
    text_printf(out, "  value:    %s\n", type_words(arena, row));
    if (row->min)
        text_printf(out, "  range:    %s\n", scalar_range(arena, row));
    if (row->keys)
        text_printf(out, "  names:    %s\n", scalar_choices(arena, row->keys));
    text_printf(out, "  default:  %s\n",
                row->required   ? "none, it must be given"
                : row->fallback ? row->fallback
                                : "none, it may be left out");
    if (row->example)
        text_printf(out, "  example:  %s: %s\n", field_key(row), row->example);
    explain_children(out, row);
}

bool scenario_fields_explain(struct text *out, const char *path, struct err *err) {
    const char *plain = without_indices(out->arena, path);
    const struct field *row = field_find(bytes_of(plain));
    const char *point = strrchr(plain, '.');
    if (!row && point) { /* a name inside a map of names */
        row = field_find((struct bytes){plain, (size_t)(point - plain)});
        row = row && row->shape == FIELD_NAMED ? row : NULL;
    }
    if (row) {
        explain_row(out, row);
        return true;
    }
    const char *nearest = nearest_path(out->arena, plain);
    err_set(err, ERR_USAGE, "there is no field '%s'", mistakes_shown(out->arena, bytes_of(path)));
    if (nearest)
        err_hint(err, "did you mean '%s'?", nearest);
    else
        err_hint(err, "the fields are listed in scenarios/README.md; begin with: workloads");
    return false;
}

/* ---- reference ---- */

static void append_cell(struct text *out, const char *words) {
    for (const char *c = words; *c; c++)
        text_printf(out, *c == '|' ? "\\%c" : "%c", *c);
}

static void reference_row(struct text *out, const struct field *row) {
    struct arena *arena = out->arena;
    const char *range = row->keys
                            ? arena_printf(arena, "names: %s", scalar_choices(arena, row->keys))
                            : scalar_range(arena, row);
    text_printf(out, "| `%s` | ", row->path);
    append_cell(out, type_words(arena, row));
    text_printf(out, " | %s | ", range);
    if (row->required)
        text_append_string(out, "**required**");
    else if (row->fallback)
        text_printf(out, "`%s`", row->fallback);
    text_append_string(out, " | ");
    append_cell(out, row->doc);
    if (row->example)
        text_printf(out, " | `%s` |\n", row->example);
    else
        text_append_string(out, " | |\n");
}

void scenario_fields_reference(struct text *out) {
    text_append_string(out, "### Keys\n\n| key | value | range | default | meaning | example |\n"
                            "|---|---|---|---|---|---|\n");
    for (int i = 0; i < scenario_table_rows; i++)
        reference_row(out, &scenario_table[i]);
}

/* ---- init ---- */

/* A line of the example; the doc of `path` is the comment above it, at its indentation. */
struct init_line {
    const char *path; /* NULL: no comment */
    const char *line;
};

static const struct init_line init_lines[] = {
    {"headroom", "headroom: 1"},
    {"name", "name: Chat assistant"},
    {NULL, ""},
    {"horizon", "horizon:"},
    {"horizon.start", "  start: 2026-12-01"},
    {"horizon.months", "  months: 12"},
    {NULL, ""},
    {"today", "# today:"},
    {NULL, "#   fleet: [ { instance: g5.2xlarge, count: 6, option: on_demand } ]"},
    {"estate", "# estate:"},
    {NULL, "#   discounts: [ { applies_to: ec2, rate: 9% } ]"},
    {NULL, "#   quotas: { G: 768 vCPU, Inf: 384 vCPU }"},
    {NULL, ""},
    {"workloads", "workloads:"},
    {"workloads.name", "  - name: chat"},
    {"workloads.demand", "    demand:"},
    {"workloads.demand.generate", "      generate:"},
    {"workloads.demand.generate.rate", "        rate: 2 req/s"},
    {"workloads.demand.generate.weekday",
     "        weekday: [3,2,2,2,2,3,5,8,12,15,16,16,15,16,16,15,14,12,10,9,8,7,5,4]"},
    {"workloads.demand.generate.weekend",
     "        weekend: [3,2,2,2,2,2,3,4,5,6,7,7,7,7,7,7,7,7,7,7,6,6,5,4]"},
    {"workloads.demand.generate.burstiness",
     "        burstiness: { minute_cv: 0.3, minute_correlation: 0.5, arrival_cv: 1.0 }"},
    {"workloads.demand.generate.input",
     "        input: { median: 400 tokens, sigma: 1.0, max: 8K tokens }"},
    {"workloads.demand.generate.output",
     "        output: { median: 150 tokens, sigma: 0.8, max: 2K tokens }"},
    {"workloads.demand.generate.seed", "        seed: 1"},
    {"workloads.demand.growth", "      growth: 3%/month"},
    {"workloads.slo", "    slo:"},
    {"workloads.slo.ttft", "      ttft: 500ms"},
    {"workloads.slo.tpot", "      tpot: 50ms"},
    {"workloads.slo.share", "      share: 99%"},
    {"workloads.slo.over", "      over: hour"},
    {"workloads.models", "    models:"},
    {"workloads.models.use", "      - use: llama-3.1-8b"},
    {"workloads.models.precision", "        precision: bf16"},
    {"workloads.run_on", "    run_on:"},
    {"workloads.run_on.instance", "      - instance: g6e.xlarge"},
    {NULL, "      - instance: g5.2xlarge"},
    {NULL, "      - instance: inf2.8xlarge"},
    {"workloads.regions", "    regions: [us-east-1]"},
    {"workloads.tags", "    tags: { team: support }"},
    {NULL, ""},
    {"purchase", "purchase:"},
    {NULL, "  - on_demand"},
    {NULL, "  - spot"},
    {"purchase.savings_plan", "  - savings_plan: [compute, ec2]"},
    {"purchase.term", "    term: 1y"},
    {"purchase.payment", "    payment: no_upfront"},
    {"purchase.reserved", "  - reserved: standard"},
    {NULL, "    term: 1y"},
    {NULL, "    payment: [no_upfront, all_upfront]"},
    {NULL, ""},
    {"policy", "policy:"},
    {"policy.max_term", "  max_term: 1y"},
    {"policy.coverage_max", "  coverage_max: 90%"},
    {"policy.spot_share_max", "  spot_share_max: 40%"},
    {"policy.estimates", "  estimates: mark"},
    {NULL, ""},
    {"scaling", "scaling:"},
    {"scaling.boot", "  boot: 3min"},
    {"scaling.volume", "  volume: { tier: ebs-gp3 }"},
    {NULL, ""},
    {"simulation", "simulation:"},
    {"simulation.seed", "  seed: 1"},
    {"simulation.replications", "  replications: 3"},
    {"simulation.router", "  router: least_outstanding"},
};

void scenario_fields_init(struct text *out) {
    text_append_string(
        out,
        "# A scenario for headroom. It runs as it is; change the numbers to yours.\n"
        "# Lines that begin with '# today:' and '# estate:' are optional: uncomment them.\n\n");
    for (size_t i = 0; i < sizeof init_lines / sizeof init_lines[0]; i++) {
        const char *line = init_lines[i].line, *path = init_lines[i].path;
        if (path) {
            const struct field *row = field_find(bytes_of(path));
            ENSURE(row);
            text_printf(out, "%*s# %s\n", (int)strspn(line, " "), "", row->doc);
        }
        text_printf(out, "%s\n", line);
    }
}
