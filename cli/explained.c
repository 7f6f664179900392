/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explained.h"

#include <string.h>

#include "cli/shell.h"
#include "cli/terminal.h"

enum { PATH_COLUMNS = 52, VALUE_COLUMNS = 20, INPUTS_SHOWN = 40, RATES_SHOWN = 12 };

const char *explained_value_words(struct arena *arena, const json_t *value) {
    char number[32];
    if (json_is_string(value))
        return text_printable(arena, bytes_of(json_string_value(value)));
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    if (!json_is_number(value))
        return "unknown";
    text_format_double(number, json_number_value(value));
    return arena_strdup(arena, number);
}

/* ---- text ---- */

static void append_indented(struct text *out, const char *line, int indent) {
    text_append_string(out, "  ");
    append_wrapped(out, line, TERMINAL_WIDTH - 2, indent);
}

static void append_head(const struct explained *e, struct text *out) {
    struct arena *arena = out->arena;
    if (e->value)
        text_printf(out, "%s = %s\n", e->id, explained_value_words(arena, e->value));
    for (int i = 0; i < e->n_texts; i++)
        append_wrapped(out,
                       e->value ? e->texts[i] : arena_printf(arena, "%s: %s", e->id, e->texts[i]),
                       TERMINAL_WIDTH, e->value ? 0 : 2);
    for (int i = 0; i < e->n_facts; i++)
        append_indented(out,
                        arena_printf(arena, "%s: %s", e->facts[i].name,
                                     explained_value_words(arena, e->facts[i].value)),
                        4);
}

static void append_formula(const struct explained *e, struct text *out) {
    if (!e->formula)
        return;
    text_append_string(out, "\n");
    append_indented(out, arena_printf(out->arena, "= %s", e->formula), 4);
    text_printf(out, "  (docs/model.md, section %s)\n", e->section);
    for (int i = 0; i < e->n_parts; i++) {
        text_append_string(out, "  ");
        append_padded(out, e->parts[i].name, PATH_COLUMNS);
        append_padded(out, explained_value_words(out->arena, e->parts[i].value), -VALUE_COLUMNS);
        text_append_string(out, "\n");
    }
}

/* An address within the terminal's width, broken behind slashes; --json has it whole. */
static void append_link(struct text *out, const char *address, int indent) {
    for (struct bytes rest = bytes_of(address); rest.n > 0;) {
        size_t n = text_fitting(rest, TERMINAL_WIDTH - indent), slash = n;
        while (n < rest.n && slash > 0 && rest.data[slash - 1] != '/')
            slash--;
        n = slash > 0 ? slash : n > 0 ? n : rest.n;
        text_append(out, rest.data, n);
        rest = (struct bytes){rest.data + n, rest.n - n};
        text_append_string(out, "\n");
        if (rest.n > 0)
            append_repeated(out, " ", indent);
    }
}

static void append_practices(const struct explained *e, struct text *out) {
    for (int i = 0; i < e->n_practices; i++) {
        text_printf(out, "  relates to %s:\n    ", e->practices[i].name);
        append_link(out, explained_value_words(out->arena, e->practices[i].value), 4);
    }
}

static void append_inputs(const struct explained *e, struct text *out) {
    if (e->n_inputs > 0)
        text_append_string(out, "\nIt rests on these lines:\n");
    for (int i = 0; i < e->n_inputs && i < INPUTS_SHOWN; i++) {
        const struct result_input *input = e->inputs[i];
        const char *place = strncmp(input->file, "--set", 5) == 0
                                ? "--set"
                                : arena_printf(out->arena, "%s:%d", input->file, input->line);
        append_indented(
            out, arena_printf(out->arena, "%s: %s: %s", place, input->label, input->value), 6);
    }
    if (e->n_inputs > INPUTS_SHOWN)
        text_printf(out, "  and %d more: --json lists them\n", e->n_inputs - INPUTS_SHOWN);
}

static void append_rates(const struct explained *e, struct text *out) {
    if (e->n_rates > 0)
        text_printf(out, "\n%s %s:\n", e->n_inputs > 0 ? "on" : "It rests on", e->rates_words);
    for (int i = 0; i < e->n_rates && i < RATES_SHOWN; i++) {
        char number[32];
        text_format_double(number, e->rates[i]->usd);
        append_indented(out,
                        arena_printf(out->arena, "%s, %s: $%s", e->rates[i]->machine,
                                     e->rates[i]->what, number),
                        6);
    }
    if (e->n_rates > RATES_SHOWN)
        text_printf(out, "  and %d more: --json lists them\n", e->n_rates - RATES_SHOWN);
}

static void append_sources(const struct explained *e, struct text *out) {
    bool first = e->n_inputs == 0 && e->n_rates == 0;
    text_printf(out, "\n%s on these files:\n", first ? "It rests" : "and");
    for (int i = 0; i < e->result->n_sources; i++) {
        const struct result_source *source = &e->result->sources[i];
        append_indented(out,
                        arena_printf(out->arena, "%s: %s (sha256 %.12s)", source->role,
                                     source->name, source->sha256),
                        6);
    }
}

void explained_append_text(const struct explained *e, struct text *out) {
    append_head(e, out);
    append_practices(e, out);
    append_formula(e, out);
    append_inputs(e, out);
    append_rates(e, out);
    append_sources(e, out);
}

/* ---- JSON ---- */

static json_t *texts_json(const struct explained *e) {
    json_t *array = json_array();
    for (int i = 0; i < e->n_texts; i++)
        json_array_append_new(array, json_string(e->texts[i]));
    return array;
}

static json_t *object_of(const struct explained_value *values, int n, bool by_key) {
    json_t *object = json_object();
    for (int i = 0; i < n; i++)
        json_object_set(object, by_key ? values[i].key : values[i].name, values[i].value);
    return object;
}

static json_t *inputs_json(const struct explained *e) {
    json_t *array = json_array();
    for (int i = 0; i < e->n_inputs; i++) {
        const struct result_input *input = e->inputs[i];
        json_array_append_new(array, json_pack("{s:s,s:s,s:s,s:s,s:i}", "path", input->path,
                                               "label", input->label, "value", input->value, "file",
                                               input->file, "line", input->line));
    }
    return array;
}

static json_t *rates_json(const struct explained *e) {
    json_t *array = json_array();
    for (int i = 0; i < e->n_rates; i++)
        json_array_append_new(array, json_pack("{s:s,s:s,s:f}", "machine", e->rates[i]->machine,
                                               "what", e->rates[i]->what, "usd", e->rates[i]->usd));
    return array;
}

static json_t *sources_json(const struct result_file *result) {
    json_t *array = json_array();
    for (int i = 0; i < result->n_sources; i++)
        json_array_append_new(array, json_pack("{s:s,s:s,s:s}", "role", result->sources[i].role,
                                               "name", result->sources[i].name, "sha256",
                                               result->sources[i].sha256));
    return array;
}

json_t *explained_json(const struct explained *e) {
    return json_pack("{s:i,s:s,s:s,s:s,s:O?,s:o,s:s?,s:s?,s:o,s:o,s:o,s:o,s:o,s:o}",
                     "schema_version", 1, "result", e->result->file, "kind", e->kind, "id", e->id,
                     "value", e->value, "text", texts_json(e), "formula", e->formula, "section",
                     e->section, "parts", object_of(e->parts, e->n_parts, false), "facts",
                     object_of(e->facts, e->n_facts, true), "practices",
                     object_of(e->practices, e->n_practices, false), "inputs", inputs_json(e),
                     "rates", rates_json(e), "files", sources_json(e->result));
}
