/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of two blanks each, keys in their order, every scalar plain where nobody can read it as
 * anything else, else in double quotes: one tree has one text. */
#include "scenarios/scenario_yaml.h"

#include <ctype.h>
#include <string.h>

static bool is_plain(struct bytes text) {
    static const char marks[] = "_./%+-";
    if (text.n == 0 || strchr("-%", text.data[0]) || text.data[text.n - 1] == ' ' ||
        bytes_are(text, "..."))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool blank = c == ' ' && i > 0 && text.data[i - 1] != ' ';
        if (!(c < 0x80 && isalnum(c)) && !(c && strchr(marks, c)) && !blank)
            return false;
    }
    return true;
}

/* The code point at `*at`, which moves behind it. */
static uint32_t next_code(struct bytes text, size_t *at) {
    unsigned char first = (unsigned char)text.data[(*at)++];
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    uint32_t code = more ? first & (0x3Fu >> more) : first;
    for (; more > 0 && *at < text.n; more--)
        code = code << 6 | ((unsigned char)text.data[(*at)++] & 0x3Fu);
    return code;
}

/* Breaks of lines, byte order marks and what does not print. */
static bool is_hidden(uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

static void append_scalar(struct text *out, struct bytes text, bool quoted) {
    if (text.n == 0 && !quoted)
        return;
    if (is_plain(text)) {
        text_append(out, text.data, text.n);
        return;
    }
    text_append_string(out, "\"");
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        uint32_t code = next_code(text, &at);
        if (is_hidden(code))
            text_printf(out, "\\u%04X", (unsigned)code);
        else
            text_printf(out, "%s%.*s", code == '"' || code == '\\' ? "\\" : "", (int)(at - from),
                        text.data + from);
    }
    text_append_string(out, "\"");
}

static void append_indent(struct text *out, int n) {
    text_printf(out, "%*s", n, "");
}

static void append_items(struct text *out, const struct tree *tree, int indent, bool goes_on);

/* Behind its key or dash: on the same line what has no items. */
static void append_value(struct text *out, const struct tree *tree, int indent, bool in_list) {
    if (tree->kind == YAML_NODE_SCALAR) {
        text_append_string(out, tree->text.n || tree->quoted ? " " : "");
        append_scalar(out, tree->text, tree->quoted);
        text_append_string(out, "\n");
    } else if (tree->n == 0) {
        text_append_string(out, tree->kind == YAML_NODE_MAP ? " {}\n" : " []\n");
    } else {
        text_append_string(out, in_list ? " " : "\n");
        append_items(out, tree, indent, in_list);
    }
}

/* `goes_on`: the first item follows a dash. */
static void append_items(struct text *out, const struct tree *tree, int indent, bool goes_on) {
    for (int i = 0; i < tree->n; i++) {
        if (i > 0 || !goes_on)
            append_indent(out, indent);
        bool is_list = tree->kind == YAML_NODE_LIST;
        if (is_list) {
            text_append_string(out, "-");
        } else {
            const struct tree *item = tree->items[i];
            append_scalar(out, item->key.node ? item->key.node->text : bytes_of(item->name), true);
            text_append_string(out, ":");
        }
        append_value(out, tree->items[i], indent + 2, is_list);
    }
}

void scenario_append_yaml(const struct tree *root, struct text *out) {
    append_items(out, root, 0, false);
}
