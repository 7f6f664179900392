/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/narrow.h"

#include <string.h>

#include "cli/terminal.h"

static struct bytes first_line(struct bytes text) {
    const char *end = memchr(text.data, '\n', text.n);
    return (struct bytes){text.data, end ? (size_t)(end - text.data) : text.n};
}

static struct bytes after(struct bytes text, size_t n) {
    return (struct bytes){text.data + n, text.n - n};
}

static size_t blanks(struct bytes text) {
    size_t n = 0;
    while (n < text.n && text.data[n] == ' ')
        n++;
    return n;
}

static struct bytes without_end(struct bytes line) {
    while (line.n > 0 && line.data[line.n - 1] == ' ')
        line.n--;
    return line;
}

/* Blocks and lines, U+2500 to U+259F: E2 94 80 to E2 96 9F. */
static bool is_drawing(struct bytes line) {
    for (size_t i = 0; i + 2 < line.n; i++) {
        unsigned char a = (unsigned char)line.data[i], b = (unsigned char)line.data[i + 1];
        unsigned char c = (unsigned char)line.data[i + 2];
        if (a == 0xE2 && (b == 0x94 || b == 0x95 || (b == 0x96 && c < 0xA0)))
            return true;
    }
    return false;
}

static bool has_columns(struct bytes words) {
    for (size_t i = 0; i + 1 < words.n; i++)
        if (words.data[i] == ' ' && words.data[i + 1] == ' ')
            return true;
    return false;
}

/* Lines are broken at the last blank that they can be: the first word of what follows tells whether
 * this is why it follows. */
static bool goes_on(struct bytes line, struct bytes next) {
    struct bytes words = after(next, blanks(next));
    struct bytes word = words;
    const char *end = memchr(words.data, ' ', words.n);
    word.n = end ? (size_t)(end - words.data) : words.n;
    return word.n > 0 && !has_columns(words) && !is_drawing(next) &&
           text_columns(line) + 1 + text_columns(word) > TERMINAL_WIDTH;
}

/* Where a piece of a line ends that fits: before a blank behind its first word, or where it must.
 */
static size_t piece(struct bytes line, int width) {
    size_t n = text_fitting(line, width), begin = blanks(line);
    if (n == line.n)
        return n;
    for (size_t end = n; end > begin; end--)
        if (line.data[end] == ' ')
            return end;
    return n > begin ? n : line.n;
}

static void append_folded(struct text *out, struct bytes line, int width, int indent) {
    bool first = true;
    if ((int)blanks(line) > width / 2)
        line = after(line, blanks(line) - 2);
    do {
        size_t n = piece(line, first ? width : width - indent);
        if (!first)
            append_repeated(out, " ", indent);
        struct bytes shown = without_end((struct bytes){line.data, n});
        text_append(out, shown.data, shown.n);
        text_append_string(out, "\n");
        line = after(line, n);
        line = after(line, blanks(line));
        first = false;
    } while (line.n > 0);
}

enum { DEEP = 12 }; /* blanks before a line that heads columns */

/* What stands in columns behind a name: more columns, or one word. Else it is a sentence. */
static bool is_row(struct bytes cells) {
    return cells.n > 0 && (has_columns(cells) || !memchr(cells.data, ' ', without_end(cells).n));
}

/* A row of a table moves left at its right edge, so that its columns stay below their heads; a name
 * that leaves no room for that has a line of its own. With its blanks at the end, which hold the
 * place of cells that are empty.
 * @return false: it is no row, or one too wide */
static bool append_row(struct text *out, struct bytes line, int width) {
    size_t name = blanks(line), gap = 0;
    if (name >= DEEP)
        name = 0;
    else
        while (name < line.n && !(gap = blanks(after(line, name)), gap > 1))
            name += gap + 1;
    gap = blanks(after(line, name));
    struct bytes cells = after(line, name + gap);
    int room = width - text_columns(cells), taken = text_columns((struct bytes){line.data, name});
    if (!is_row(cells) || room < 2)
        return false;
    if (name > 0 && taken + 2 > room) {
        append_folded(out, (struct bytes){line.data, name}, width, 4);
        taken = 0;
    } else {
        text_append(out, line.data, name);
    }
    append_repeated(out, " ", room - taken);
    cells = without_end(cells);
    text_append(out, cells.data, cells.n);
    text_append_string(out, "\n");
    return true;
}

static void append_cut(struct text *out, struct bytes line, int width) {
    text_append(out, line.data, text_fitting(line, width - 1));
    text_append_string(out, "…\n");
}

struct text narrowed(struct arena *arena, const struct text *text, int width) {
    struct text out = {.arena = arena};
    struct bytes rest = {text->data, text->n};
    while (rest.n > 0) {
        struct bytes line = first_line(rest);
        rest = after(rest, line.n + (line.n < rest.n));
        if (text_columns(line) > width && !is_drawing(line) && append_row(&out, line, width))
            continue;
        line = without_end(line);
        if (is_drawing(line) && text_columns(line) > width) {
            append_cut(&out, line, width);
            continue;
        }
        struct text joined = {.arena = arena};
        text_append(&joined, line.data, line.n);
        int own = (int)blanks(line), indent = own + 2;
        struct bytes next = first_line(rest);
        while (rest.n > 0 && !is_drawing(line) && goes_on(line, next)) {
            indent = (int)blanks(next);
            line = without_end(next);
            struct bytes words = after(line, blanks(line));
            text_append_string(&joined, " ");
            text_append(&joined, words.data, words.n);
            rest = after(rest, next.n + (next.n < rest.n));
            next = first_line(rest);
        }
        if (indent > width / 2)
            indent = own > width / 4 ? 2 : own + 4;
        struct bytes all = {joined.data, joined.n};
        append_folded(&out, all, width, indent);
    }
    return out;
}
