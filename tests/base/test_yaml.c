/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees and places: hand-made documents written out again as one line, every scalar's text found at
 * its stated place in random documents, JSON and YAML of one meaning giving one tree; and every
 * form that is refused, with its exact place. */
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/yaml.h"
#include "case_table.h"

static bool says(const struct err *err, const char *words) {
    return strstr(err->what, words) != NULL;
}

static void write_node(struct text *out, const struct yaml_node *node, bool places) {
    if (places)
        text_printf(out, "%d:%d ", node->line, node->column);
    if (node->kind == YAML_NODE_SCALAR) {
        text_printf(out, node->quoted && places ? "'%.*s'" : "%.*s", (int)node->text.n,
                    node->text.data);
        return;
    }
    bool map = node->kind == YAML_NODE_MAP;
    text_append_string(out, map ? "{" : "[");
    for (int i = 0; i < node->n; i++) {
        text_append_string(out, i ? ", " : "");
        if (map) {
            write_node(out, node->keys[i], places);
            text_append_string(out, ": ");
        }
        write_node(out, node->items[i], places);
    }
    text_append_string(out, map ? "}" : "]");
}

/* ---- trees ---- */

static const struct {
    const char *name, *text, *tree;
} trees[] = {
    {"map", "a: 1\nb:\n  c: x y\n", "1:1 {1:1 a: 1:4 1, 2:1 b: 3:3 {3:3 c: 3:6 x y}}"},
    {"list", "- 1\n-   two\n- - 3\n", "1:1 [1:3 1, 2:5 two, 3:3 [3:5 3]]"},
    {"flow", "{ a: [1, 2], b: {} }", "1:1 {1:3 a: 1:6 [1:7 1, 1:10 2], 1:14 b: 1:17 {}}"},
    {"quotes", "a: 'x'\nb: \"y\\n\"\n", "1:1 {1:1 a: 1:4 'x', 2:1 b: 2:4 'y\n'}"},
    {"nothing", "a:\nb: ~\n", "1:1 {1:1 a: 1:3 , 2:1 b: 2:4 ~}"},
    {"scalars stay text", "a: no\nb: 1e3\nc: 0x10\n",
     "1:1 {1:1 a: 1:4 no, 2:1 b: 2:4 1e3, 3:1 c: 3:4 0x10}"},
    {"comments", "# head\n\na: 1 # tail\n# end\n", "3:1 {3:1 a: 3:4 1}"},
    {"columns are bytes", "caf\xC3\xA9: [\xE2\x82\xAC, x]\n",
     "1:1 {1:1 caf\xC3\xA9: 1:8 [1:9 \xE2\x82\xAC, 1:14 x]}"},
    {"CRLF", "a: 1\r\nb: 2\r\n", "1:1 {1:1 a: 1:4 1, 2:1 b: 2:4 2}"},
    {"byte-order mark",
     "\xEF\xBB\xBF"
     "a: 1\n",
     "1:1 {1:1 a: 1:4 1}"},
    {"several lines", "a: one\n  two\nb: |\n  x\n  y\nc: 3\n",
     "1:1 {1:1 a: 1:4 one two, 3:1 b: 3:4 x\ny\n, 6:1 c: 6:4 3}"},
    {"start mark", "---\na: 1\n...\n", "2:1 {2:1 a: 2:4 1}"},
    {"directive", "%YAML 1.1\n---\na: 1\n", "3:1 {3:1 a: 3:4 1}"},
    {"scalar root", "hello\n", "1:1 hello"},
    /* U+1F680 as RFC 8259 writes it; what follows on the line keeps its place in the file. */
    {"surrogate pair", "{\"a\": \"\\ud83d\\ude80x\", \"b\": 1}",
     "1:1 {1:2 'a': 1:7 '\xF0\x9F\x9A\x80x', 1:24 'b': 1:29 1}"},
    {"pair in a key", "{\"\\uD83D\\uDE80\":\n \"\\u00e9\", \"c\": [\"\\ud834\\udd1e\", 2]}",
     "1:1 {1:2 '\xF0\x9F\x9A\x80': 2:2 '\xC3\xA9', 2:12 'c': 2:17 [2:18 '\xF0\x9D\x84\x9E', 2:34 "
     "2]}"},
    {"last pair", "[\"\\udbff\\udfff\"]", "1:1 [1:2 '\xF4\x8F\xBF\xBF']"},
    {"backslash before a pair", "{\"a\": \"\\\\ud83d\\\\ude80\"}",
     "1:1 {1:2 'a': 1:7 '\\ud83d\\ude80'}"},
    {"no pair outside of quotes", "{a: \\ud83d\\ude80, b: \"c\"}",
     "1:1 {1:2 a: 1:5 \\ud83d\\ude80, 1:19 b: 1:22 'c'}"},
    {"no pair in YAML's other quotes", "{\"b\": '\\ud83d\\ude80'}",
     "1:1 {1:2 'b': 1:7 '\\ud83d\\ude80'}"},
};

CASE_TEST(yaml, trees_and_places, trees) {
    struct arena arena = {0};
    struct yaml_document document;
    struct err err = {0};
    struct text got = {.arena = &arena};
    cr_assert(yaml_parse(&arena, bytes_of(trees[*index].text), "t.yaml", &document, &err), "%s",
              err.what);
    write_node(&got, document.root, true);
    cr_assert(eq(str, got.data, (char *)trees[*index].tree));
    arena_release(&arena);
}

Test(yaml, lengths_are_as_written) {
    struct arena arena = {0};
    struct yaml_document document;
    struct err err = {0};
    cr_assert(
        yaml_parse(&arena,
                   bytes_of("plain: ab cd   # no\nquoted: 'it''s'\nempty:\n\xC3\xA9: \xC3\xA9\n"
                            "long: \"first\n  second\"\nlist: [1]\n"),
                   "t.yaml", &document, &err));
    static const int lengths[] = {5, 7, 0, 2, 6, 1};
    for (int i = 0; i < document.root->n; i++)
        cr_assert(eq(int, document.root->items[i]->length, lengths[i]), "item %d", i);
    cr_assert(eq(int, document.root->keys[1]->length, 6));
    arena_release(&arena);
}

Test(yaml, get) {
    struct arena arena = {0};
    struct yaml_document document;
    struct err err;
    cr_assert(yaml_parse(&arena, bytes_of("a: 1\nab: 2\n"), "t.yaml", &document, &err));
    cr_assert(bytes_are(yaml_get(document.root, "ab")->text, "2"));
    cr_assert(eq(ptr, (void *)yaml_get(document.root, "b"), NULL));
    cr_assert(eq(ptr, (void *)yaml_get(yaml_get(document.root, "a"), "x"), NULL));
    cr_assert(eq(ptr, (void *)yaml_get(NULL, "x"), NULL));
    arena_release(&arena);
}

/* ---- JSON ---- */

static const struct {
    const char *json, *yaml;
} pairs[] = {
    {"{\"a\":1,\"b\":[true,null,-2.5e3],\"c\":{\"d\":\"x\"}}",
     "a: 1\nb: [true, null, -2.5e3]\nc:\n  d: x\n"},
    {"{\n\t\"a\":\t1,\n\t\"b\": [\n\t\t1,\n\t\t2\n\t]\n}\n", "a: 1\nb: [1, 2]\n"},
    {"{\"path\":\"a\\/b\",\"e\":\"\\u00e9\",\"q\":\"\\\"\"}", "path: a/b\ne: \xC3\xA9\nq: '\"'\n"},
    {"[]", "[]"},
    {"{\"url\":\"http://x\",\"t\":\"a:b\"}", "url: http://x\nt: a:b\n"},
    {"{\r\n  \"a\" : [ ] ,\r\n  \"b\" : { }\r\n}\r\n", "a: []\nb: {}\n"},
};

CASE_TEST(yaml, json_gives_the_same_tree, pairs) {
    struct arena arena = {0};
    struct text trees_of[2] = {{.arena = &arena}, {.arena = &arena}};
    const char *texts[2] = {pairs[*index].json, pairs[*index].yaml};
    for (int i = 0; i < 2; i++) {
        struct yaml_document document;
        struct err err;
        cr_assert(yaml_parse(&arena, bytes_of(texts[i]), "t", &document, &err), "%s: %d:%d %s",
                  texts[i], err.line, err.column, err.what);
        write_node(&trees_of[i], document.root, false);
    }
    cr_assert(eq(str, trees_of[0].data, trees_of[1].data));
    arena_release(&arena);
}

/* ---- random documents ---- */

static const char *const words[] = {"alpha",    "b2", "caf\xC3\xA9",      "\xE2\x82\xACx",
                                    "x y",      "7d", "\xF0\x9F\x98\x80", "1.5e3",
                                    "on_demand"};

static void random_flow(struct text *out, struct rng *rng, int depth) {
    uint64_t kind = depth > 4 ? 0 : rng_below(rng, 4);
    if (kind < 2) {
        text_append_string(out, words[rng_below(rng, 9)]);
        return;
    }
    text_append_string(out, kind == 2 ? "[" : "{");
    int n = (int)rng_below(rng, 5);
    for (int i = 0; i < n; i++) {
        text_append_string(out, i ? rng_below(rng, 3) ? ", " : ",\r\n   " : " ");
        if (kind == 3)
            text_printf(out, "k\xC3\xBC%d: ", i);
        random_flow(out, rng, depth + 1);
    }
    text_append_string(out, kind == 2 ? " ]" : " }");
}

static void random_block(struct text *out, struct rng *rng, int indent) {
    int n = 1 + (int)rng_below(rng, 5);
    for (int i = 0; i < n; i++) {
        text_printf(out, "%*sk%d:", indent, "", i);
        if (indent < 10 && rng_below(rng, 3) == 0) {
            text_append_string(out, rng_below(rng, 2) ? "\n" : "  # comm\xC3\xABnt\r\n");
            random_block(out, rng, indent + 2);
        } else {
            text_append_string(out, " ");
            random_flow(out, rng, 0);
            text_append_string(out, rng_below(rng, 2) ? "\n" : "\r\n\n");
        }
    }
}

static size_t offset_at(struct bytes text, int line, int column) {
    size_t offset = 0;
    for (int i = 1; i < line; i++)
        offset =
            (size_t)((const char *)memchr(text.data + offset, '\n', text.n - offset) - text.data) +
            1;
    return offset + (size_t)column - 1;
}

static int check_places(struct bytes text, const struct yaml_node *node) {
    size_t offset = offset_at(text, node->line, node->column);
    if (node->kind == YAML_NODE_SCALAR) {
        cr_assert(eq(sz, (size_t)node->length, node->text.n));
        cr_assert(eq(int, memcmp(text.data + offset, node->text.data, node->text.n), 0),
                  "%d:%d %.*s", node->line, node->column, (int)node->text.n, node->text.data);
        return 1;
    }
    int n = 1;
    for (int i = 0; i < node->n; i++) {
        if (node->kind == YAML_NODE_MAP)
            n += check_places(text, node->keys[i]);
        n += check_places(text, node->items[i]);
    }
    return n;
}

Test(yaml, every_scalar_stands_where_it_says) {
    int n_nodes = 0;
    for (uint64_t round = 0; round < 300; round++) {
        struct arena arena = {0};
        struct rng rng = rng_open(41, round, RNG_TEST, 0);
        struct text text = {.arena = &arena};
        random_block(&text, &rng, 0);
        struct yaml_document document;
        struct err err;
        cr_assert(yaml_parse(&arena, (struct bytes){text.data, text.n}, "t", &document, &err),
                  "round %d: %d:%d %s\n%s", (int)round, err.line, err.column, err.what, text.data);
        n_nodes += check_places(document.text, document.root);
        arena_release(&arena);
    }
    cr_assert(gt(int, n_nodes, 5000));
}

/* ---- what is refused ---- */

static const struct {
    const char *name, *text;
    int line, column;
    const char *what, *hint, *excerpt;
} refusals[] = {
    {"anchor", "a: &x 1\nb: 2\n", 1, 4, "anchors (&x)", "write the value out", "a: &x 1"},
    {"anchor on a map", "a: &x\n  b: 1\n", 1, 4, "anchors (&x)", "", "a: &x"},
    {"anchor on a list", "a: &x [1]\n", 1, 4, "anchors (&x)", "", "a: &x [1]"},
    {"alias", "a: 1\nb: *x\n", 2, 4, "aliases (*x)", "quote a text", "b: *x"},
    {"merge key", "a: {b: 1}\nc:\n  <<: *a\n", 3, 7, "aliases (*a)", "", "  <<: *a"},
    {"alias as key", "*x : 1\n", 1, 1, "aliases (*x)", "", "*x : 1"},
    {"tag", "a: !!str 1\n", 1, 4, "tags", "the field decides", "a: !!str 1"},
    {"local tag", "a: !run {b: 1}\n", 1, 4, "tags (!run)", "", "a: !run {b: 1}"},
    {"lone tag", "a: ! 1\n", 1, 4, "tags", "", "a: ! 1"},
    {"tag directive", "%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1, "%TAG", "", "%TAG ! tag:x,2000:"},
    {"two documents", "a: 1\n---\nb: 2\n", 2, 1, "second document", "remove the line", "---"},
    {"duplicate key", "a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key 'a'", "line 1", "a: 3"},
    {"duplicate in flow", "x: { \xC3\xA9: 1, \"\xC3\xA9\": 2 }\n", 1, 13, "duplicate key", "line 1",
     "x: { \xC3\xA9: 1, \"\xC3\xA9\": 2 }"},
    {"list as key", "? [a]\n: 1\n", 1, 3, "a key must be plain text", "", "? [a]"},
    {"map as key", "{a: 1}: 2\n", 1, 1, "a key must be plain text", "", "{a: 1}: 2"},
    {"empty", "", 1, 1, "the file is empty", "", ""},
    {"comments only", "# nothing\n\n", 1, 1, "the file is empty", "", "# nothing"},
    {"tab as indent", "a:\n\tb: 1\n", 2, 1, "cannot start any token", "no tabs", " b: 1"},
    {"open flow", "a: [1, 2\nb: 3\n", 2, 2, "not valid YAML", "", "b: 3"},
    {"open quote", "a: \"x\nb: 1\n", 3, 1, "unexpected end of stream", "", ""},
    {"bad indent", "a: 1\n  b: 2\n", 2, 4, "mapping values are not allowed", "", "  b: 2"},
    {"colon in text", "\xC3\xA9: b: c\n", 1, 6, "mapping values are not allowed", "",
     "\xC3\xA9: b: c"},
    {"bad escape", "a: \"\\q\"\n", 1, 5, "unknown escape", "", "a: \"\\q\""},
    {"high surrogate alone", "{\n  \"a\": \"x\\ud83dy\"}", 2, 10, "half a character: \\ud83d",
     "both escapes", "  \"a\": \"x\\ud83dy\"}"},
    {"low surrogate alone", "[\"\\uDE80\"]", 1, 3, "half a character: \\uDE80", "both escapes", ""},
    {"surrogates in the other order", "[\"\\ude80\\ud83d\"]", 1, 3, "half a character: \\ude80", "",
     ""},
    {"after a pair", "{\"a\": \"\\ud83d\\ude80\", \"b\": \"\\q\"}", 1, 29, "unknown escape", "",
     ""},
    {"control after a pair", "{\"a\": \"\\ud83d\\ude80\", \"b\": \"\x01\"}", 1, 29,
     "control characters", "", ""},
    {"pair in YAML", "# x\na: \"\\ud83d\\ude80\"\n", 2, 7, "invalid Unicode character escape",
     "write the character itself", "a: \"\\ud83d\\ude80\""},
    {"Latin-1", "a: 1\nname: caf\xE9\n", 2, 10, "not UTF-8 text (byte 0xe9)", "save the file", ""},
    {"overlong", "a: \xC0\xAF\n", 1, 4, "not UTF-8", "", ""},
    {"UTF-16",
     "\xFF\xFE"
     "a",
     1, 1, "not UTF-8", "", ""},
    {"control", "a: 1\nb: \x01\n", 2, 4, "control characters are not allowed", "", "b: ?"},
    {"escape sequence", "a: x\x1b[31m\n", 1, 5, "control characters", "", "a: x?[31m"},
};

CASE_TEST(yaml, refuses_with_the_place, refusals) {
    struct arena arena = {0};
    struct yaml_document document = {.file = "untouched"};
    struct err err = {0};
    cr_assert(not(yaml_parse(&arena, bytes_of(refusals[*index].text), "t.yaml", &document, &err)));
    cr_assert(says(&err, refusals[*index].what), "%s", err.what);
    cr_expect(eq(int, err.line, refusals[*index].line), "%s", err.what);
    cr_expect(eq(int, err.column, refusals[*index].column), "%s", err.what);
    cr_expect(strstr(err.hint, refusals[*index].hint) != NULL, "%s", err.hint);
    if (refusals[*index].excerpt[0])
        cr_expect(eq(str, err.excerpt, (char *)refusals[*index].excerpt));
    cr_expect(eq(str, (char *)err.file, "t.yaml"));
    cr_expect(eq(int, err.kind, ERR_INPUT));
    cr_expect(eq(str, (char *)document.file, "untouched"));
    cr_expect(not(yaml_parse(&arena, bytes_of(refusals[*index].text), "t", &document, NULL)));
    arena_release(&arena);
}

/* Eight levels of ten aliases each would be 10^8 nodes; it must fail at the first anchor, without
 * building anything. */
Test(yaml, alias_bomb_fails_at_once) {
    struct arena arena = {0};
    struct text text = {.arena = &arena};
    text_append_string(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int level = 1; level <= 8; level++) {
        text_printf(&text, "a%d: &a%d [", level, level);
        for (int i = 0; i < 10; i++)
            text_printf(&text, "%s*a%d", i ? "," : "", level - 1);
        text_append_string(&text, "]\n");
    }
    struct yaml_document document;
    struct err err;
    size_t before = arena.allocated;
    cr_assert(not(yaml_parse(&arena, (struct bytes){text.data, text.n}, "t", &document, &err)));
    cr_assert(says(&err, "anchors"), "%s", err.what);
    cr_assert(eq(int, err.line, 1));
    cr_assert(lt(sz, arena.allocated - before, 4096));
    arena_release(&arena);
}

/* ---- caps ---- */

static bool parse_nested(int depth, bool flow, struct err *err) {
    struct arena arena = {0};
    struct text text = {.arena = &arena};
    for (int i = 0; i < depth; i++)
        text_append_string(&text, flow ? "[" : "- ");
    text_append_string(&text, "x");
    for (int i = 0; i < depth && flow; i++)
        text_append_string(&text, "]");
    struct yaml_document document;
    bool fine = yaml_parse(&arena, (struct bytes){text.data, text.n}, "t", &document, err);
    arena_release(&arena);
    return fine;
}

Test(yaml, depth_33_is_too_deep) {
    for (int flow = 0; flow < 2; flow++) {
        struct err err = {0};
        cr_assert(parse_nested(32, flow, &err), "%s", err.what);
        cr_assert(not(parse_nested(33, flow, &err)));
        cr_assert(says(&err, "deeper than 32"), "%s", err.what);
        cr_assert(eq(int, err.column, flow ? 33 : 65));
        cr_assert(not(parse_nested(500000, flow, &err)));
        cr_assert(says(&err, "deeper than 32"), "%s", err.what);
    }
}

/* A list of 9,999 items has 10,000 nodes. */
Test(yaml, node_10001_is_too_many) {
    for (int extra = 0; extra < 2; extra++) {
        struct arena arena = {0};
        struct text text = {.arena = &arena};
        for (int i = 0; i < 9999 + extra; i++)
            text_append_string(&text, "- x\n");
        struct yaml_document document;
        struct err err = {0};
        bool fine = yaml_parse(&arena, (struct bytes){text.data, text.n}, "t", &document, &err);
        cr_assert(eq(int, fine, extra == 0));
        if (extra) {
            cr_assert(says(&err, "more than 10000 values"), "%s", err.what);
            cr_assert(eq(int, err.line, 10000));
        }
        arena_release(&arena);
    }
}

Test(yaml, a_byte_past_1_mib_is_too_large) {
    for (size_t extra = 0; extra < 2; extra++) {
        struct arena arena = {0};
        char *text = arena_alloc(&arena, YAML_BYTES_MAX + extra, 1);
        memset(text, '#', YAML_BYTES_MAX + extra);
        memcpy(text, "a: 1\n", 5);
        struct yaml_document document;
        struct err err = {0};
        bool fine =
            yaml_parse(&arena, (struct bytes){text, YAML_BYTES_MAX + extra}, "t", &document, &err);
        cr_assert(eq(int, fine, extra == 0), "%s", err.what);
        cr_assert(fine || says(&err, "larger than 1 MiB"), "%s", err.what);
        arena_release(&arena);
    }
}

/* ---- errors of the caller ---- */

Test(yaml, err_points_at_the_node) {
    struct arena arena = {0};
    struct yaml_document document;
    struct err err;
    cr_assert(yaml_parse(&arena, bytes_of("a: 1\r\nrun_on:\r\n  - { instance: g6e.2xlrge }\r\n"),
                         "s.yaml", &document, &err));
    const struct yaml_node *node =
        yaml_get(yaml_get(document.root, "run_on")->items[0], "instance");
    cr_assert(not(yaml_err(&document, node, &err, "unknown instance '%.*s'", (int)node->text.n,
                           node->text.data)));
    cr_assert(eq(str, err.what, "unknown instance 'g6e.2xlrge'"));
    cr_assert(eq(str, (char *)err.file, "s.yaml"));
    cr_assert(eq(int, err.line, 3));
    cr_assert(eq(int, err.column, 17));
    cr_assert(eq(int, err.length, 10));
    cr_assert(eq(str, err.excerpt, "  - { instance: g6e.2xlrge }"));
    cr_assert(not(yaml_err(&document, node, NULL, "nobody listens")));
    arena_release(&arena);
}
