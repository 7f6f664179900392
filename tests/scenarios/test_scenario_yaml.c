/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fixed form of a scenario: reads as what it is of (value by value), and its own form is
 * itself; of the shipped scenarios, of JSON and of texts that YAML could take for something else.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/scenario.h"

static struct scenario parsed(struct arena *arena, struct bytes text) {
    struct scenario scenario;
    struct err_list errs = {0};
    cr_assert(scenario_parse(arena, text, "s.yaml", &scenario, &errs), "%s in %.*s",
              errs.items[0].what, (int)text.n, text.data);
    return scenario;
}

static int differences(const struct scenario *a, const struct scenario *b) {
    int n = a->n_lines != b->n_lines;
    for (int i = 0; n == 0 && i < a->n_lines; i++)
        n += strcmp(a->lines[i].path, b->lines[i].path) != 0 ||
             strcmp(a->lines[i].value, b->lines[i].value) != 0;
    return n;
}

/* Says the same, and so does what is written of that. */
static void check_round_trip(struct arena *arena, struct bytes text) {
    struct scenario first = parsed(arena, text), again = parsed(arena, first.yaml);
    cr_expect(eq(int, differences(&first, &again), 0), "%.*s", (int)first.yaml.n, first.yaml.data);
    cr_expect(bytes_equal(first.yaml, again.yaml), "%.*s", (int)again.yaml.n, again.yaml.data);
}

Test(scenario_yaml, shipped_scenarios_read_as_they_were) {
    static const char *const names[] = {
        "chat-assistant", "code-completion", "document-embedding", "weekly-retraining",
        "morning-rush",   "zone-goes-dark",  "knowledge-base"};
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        FILE *file = fopen(arena_printf(&arena, "scenarios/%s/scenario.yaml", names[i]), "rb");
        cr_assert(file != NULL);
        char *text = arena_alloc(&arena, 1 << 16, 1);
        size_t n = fread(text, 1, 1 << 16, file);
        fclose(file);
        check_round_trip(&arena, (struct bytes){text, n});
    }
    arena_release(&arena);
}

#define REST                                                                                       \
    "horizon: { start: 2026-12-01, months: 1 }\nworkloads:\n  - name: chat\n"                      \
    "    demand: { generate: { rate: 1 req/s, input: 9 tokens, output: 9 tokens } }\n"             \
    "    slo: { ttft: 2s }\n    models: [ { use: llama-3.1-8b } ]\n"                               \
    "    run_on: [ { instance: g5.2xlarge } ]\n    regions: [us-east-1]\n"

Test(scenario_yaml, one_form_for_what_says_the_same) {
    struct arena arena = {0};
    struct scenario flow = parsed(&arena, bytes_of("headroom: 1\nname: 'a b'   # said\n" REST));
    struct scenario json = parsed(
        &arena,
        bytes_of("{\"headroom\": 1, \"name\": \"a b\", \"horizon\": {\"start\": \"2026-12-01\", "
                 "\"months\": 1}, \"workloads\": [{\"name\": \"chat\", \"demand\": {\"generate\": "
                 "{\"rate\": \"1 req/s\", \"input\": \"9 tokens\", \"output\": \"9 tokens\"}}, "
                 "\"slo\": {\"ttft\": \"2s\"}, \"models\": [{\"use\": \"llama-3.1-8b\"}], "
                 "\"run_on\": [{\"instance\": \"g5.2xlarge\"}], \"regions\": [\"us-east-1\"]}]}"));
    static const char want[] =
        "headroom: 1\nname: a b\nhorizon:\n  start: 2026-12-01\n  months: 1\nworkloads:\n"
        "  - name: chat\n    demand:\n      generate:\n        rate: 1 req/s\n"
        "        input: 9 tokens\n        output: 9 tokens\n    slo:\n      ttft: 2s\n"
        "    models:\n      - use: llama-3.1-8b\n    run_on:\n      - instance: g5.2xlarge\n"
        "    regions:\n      - us-east-1\n";
    cr_expect(bytes_are(flow.yaml, want), "%.*s", (int)flow.yaml.n, flow.yaml.data);
    cr_expect(bytes_equal(flow.yaml, json.yaml), "%.*s", (int)json.yaml.n, json.yaml.data);
    arena_release(&arena);
}

Test(scenario_yaml, texts_that_could_be_something_else) {
    static const char *const names[] = {
        "\"- a\"", "\"a: b # c\"", "'{ a, b }'",     "'[1]'",           "'*x'",
        "'!x'",    "'&x'",         "'it''s \"so\"'", "\"back\\\\s\"",   "' blank '",
        "'%x'",    "'---'",        "'a  b'",         "\"\\U0001F600\"", "Gr\u00f6\u00dfe",
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_round_trip(&arena,
                         bytes_of(arena_printf(&arena, "headroom: 1\nname: %s\n" REST, names[i])));
    arena_release(&arena);
}
