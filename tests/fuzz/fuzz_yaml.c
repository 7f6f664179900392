/* SPDX-License-Identifier: GPL-3.0-or-later */
/* yaml_parse: a tree inside its stated limits whose nodes stand in the text, or one mistake. */
#include <string.h>

#include "base/yaml.h"
#include "target.h"

const char *const fuzz_name = "yaml";
const bool fuzz_unpacks = false;
const char *const fuzz_words[] = {"{",
                                  "}",
                                  "[",
                                  "]",
                                  ": ",
                                  ", ",
                                  "- ",
                                  "? ",
                                  "|\n",
                                  ">-\n",
                                  "\"",
                                  "'",
                                  "&a ",
                                  "*a",
                                  "!!int ",
                                  "%YAML 1.2\n",
                                  "---\n",
                                  "...\n",
                                  "# c\n",
                                  "\n",
                                  "  ",
                                  "\t",
                                  "\\x41",
                                  "\\u263a",
                                  "\xef\xbb\xbf",
                                  "\xff\xfe",
                                  "\xc3",
                                  "\xe2\x80\xa8",
                                  "~",
                                  "null",
                                  "<<: ",
                                  NULL};

struct walk {
    struct bytes text;
    int lines, nodes;
};

static void check_node(struct walk *walk, const struct yaml_node *node, int depth) {
    ENSURE(depth <= YAML_DEPTH_MAX + 1 && ++walk->nodes <= YAML_NODES_MAX);
    ENSURE(node->line >= 1 && node->line <= walk->lines && node->column >= 1 && node->length >= 0);
    ENSURE((size_t)node->column <= walk->text.n + 1);
    if (node->kind == YAML_NODE_SCALAR) {
        ENSURE(text_is_utf8(node->text, NULL));
        return;
    }
    for (int i = 0; i < node->n; i++) {
        if (node->kind == YAML_NODE_MAP) {
            ENSURE(node->keys[i]->kind == YAML_NODE_SCALAR);
            check_node(walk, node->keys[i], depth + 1);
        }
        check_node(walk, node->items[i], depth + 1);
    }
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct yaml_document document = {0};
    bool fine = yaml_parse(&arena, bytes, "fuzzed.yaml", &document, &err);
    if (!fine) {
        fuzz_check_error(&err, bytes);
        ENSURE(document.root == NULL);
    } else if (document.root) {
        struct walk walk = {.text = bytes, .lines = 2};
        for (size_t i = 0; i < bytes.n; i++)
            walk.lines += bytes.data[i] == '\n' || bytes.data[i] == '\r' ||
                          (unsigned char)bytes.data[i] >= 0x80; /* NEL, LS and PS break lines too */
        check_node(&walk, document.root, 1);
        struct err placed = {0};
        ENSURE(!yaml_err(&document, document.root, &placed, "here"));
        fuzz_check_words(&placed);
    }
    arena_release(&arena);
    return fine;
}
