/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/text.h"
#include "cli/narrow.h"
#include "cli/shell.h"

static const struct {
    const char *mark, *ascii;
} likenesses[] = {
    {"▁", "_"}, {"▂", "."}, {"▃", "-"}, {"▄", "="}, {"▅", "+"}, {"▆", "*"}, {"▇", "%"},
    {"█", "#"}, {"●", "O"}, {"○", "o"}, {"─", "-"}, {"│", "|"}, {"└", "+"}, {"┊", ":"},
    {"·", "."}, {"×", "x"}, {"−", "-"}, {"–", "-"}, {"—", "-"}, {"…", "~"},
};

/* ---- characters ---- */

/* Widths are those of a UTF-8 locale that every system has, whatever the user's is. */
static locale_t utf8_locale(void) {
    return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* Bytes of the character at `at` and its columns; a byte that begins none is one of one. */
static size_t next_character(const char *at, size_t n, int *columns) {
    wchar_t wide;
    mbstate_t state = {0};
    size_t length = mbrtowc(&wide, at, n, &state);
    *columns = 1;
    if (length == 0 || length > n)
        return 1;
    int width = wcwidth(wide);
    *columns = width < 0 ? 1 : width;
    return length;
}

int text_columns(struct bytes text) {
    locale_t utf8 = utf8_locale(), before = uselocale(utf8 ? utf8 : (locale_t)0);
    int sum = 0, columns;
    for (size_t i = 0; i < text.n; sum += columns)
        i += next_character(text.data + i, text.n - i, &columns);
    uselocale(before);
    if (utf8)
        freelocale(utf8);
    return sum;
}

size_t text_fitting(struct bytes text, int width) {
    locale_t utf8 = utf8_locale(), before = uselocale(utf8 ? utf8 : (locale_t)0);
    size_t i = 0;
    for (int sum = 0, columns; i < text.n; sum += columns) {
        size_t n = next_character(text.data + i, text.n - i, &columns);
        if (sum + columns > width)
            break;
        i += n;
    }
    uselocale(before);
    if (utf8)
        freelocale(utf8);
    return i;
}

void append_repeated(struct text *out, const char *mark, int n) {
    for (int i = 0; i < n; i++)
        text_append_string(out, mark);
}

void append_padded(struct text *out, const char *text, int width) {
    int room = width < 0 ? -width : width, columns = text_columns(bytes_of(text));
    if (columns > room) {
        text_append(out, text, text_fitting(bytes_of(text), room - 1));
        text_append_string(out, "…");
        return;
    }
    if (width < 0)
        append_repeated(out, " ", room - columns);
    text_append_string(out, text);
    if (width > 0)
        append_repeated(out, " ", room - columns);
}

const char *padded(struct arena *arena, const char *text, int width) {
    struct text cell = {.arena = arena};
    append_padded(&cell, text, width);
    return cell.n ? cell.data : "";
}

const char *spark_mark(double share) {
    int height = share > 0 ? (int)(share * 8) : 0;
    return likenesses[height > 7 ? 7 : height].mark;
}

/* ---- the terminal ---- */

static bool speaks_utf8(void) {
    locale_t users = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (!users)
        return false;
    bool utf8 = strcmp(nl_langinfo_l(CODESET, users), "UTF-8") == 0;
    freelocale(users);
    return utf8;
}

static bool is_clever(int descriptor) {
    const char *term = getenv("TERM");
    return isatty(descriptor) && term && term[0] && strcmp(term, "dumb") != 0;
}

bool terminal_shows_progress(void) {
    return is_clever(STDERR_FILENO);
}

static bool has_colour(void) {
    const char *no_colour = getenv("NO_COLOR");
    return is_clever(STDOUT_FILENO) && !(no_colour && no_colour[0]);
}

static const char *likeness(const char *at, size_t n) {
    for (size_t i = 0; i < sizeof likenesses / sizeof *likenesses; i++)
        if (strlen(likenesses[i].mark) == n && memcmp(at, likenesses[i].mark, n) == 0)
            return likenesses[i].ascii;
    return NULL;
}

static struct text as_ascii(struct arena *arena, const struct text *text) {
    struct text out = {.arena = arena};
    locale_t utf8 = utf8_locale(), before = uselocale(utf8 ? utf8 : (locale_t)0);
    for (size_t i = 0; i < text->n;) {
        int columns;
        size_t n = next_character(text->data + i, text->n - i, &columns);
        bool plain = n == 1 && (unsigned char)text->data[i] < 0x80;
        const char *like = plain ? NULL : likeness(text->data + i, n);
        if (plain)
            text_append(&out, text->data + i, 1);
        else if (like)
            text_append_string(&out, like);
        else
            append_repeated(&out, "?", columns);
        i += n;
    }
    uselocale(before);
    if (utf8)
        freelocale(utf8);
    return out;
}

/* The first paragraph is the answer; a line of no indent that ends with ':' heads what follows. */
static struct text with_bold(struct arena *arena, const struct text *text) {
    struct text out = {.arena = arena};
    bool first = true;
    for (size_t i = 0; i < text->n;) {
        const char *line = text->data + i;
        const char *end = memchr(line, '\n', text->n - i);
        size_t n = end ? (size_t)(end - line) : text->n - i;
        first = first && n > 0 && line[0] != ' ';
        bool bold = first || (n > 0 && line[0] != ' ' && line[n - 1] == ':');
        if (bold)
            text_append_string(&out, "\033[1m");
        text_append(&out, line, n);
        text_append_string(&out, bold ? "\033[0m" : "");
        if (end)
            text_append_string(&out, "\n");
        i += n + (end != NULL);
    }
    return out;
}

/* What COLUMNS says, else the terminal; without either, what text is composed for. */
static int terminal_columns(void) {
    const char *told = getenv("COLUMNS");
    int64_t columns = 0;
    struct winsize size;
    if (!told || !text_parse_int64(bytes_of(told), &columns) || columns < 1)
        columns =
            isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    if (columns < 1 || columns > TERMINAL_WIDTH)
        return TERMINAL_WIDTH;
    return columns < NARROWEST ? NARROWEST : (int)columns;
}

int print_text(struct arena *arena, const struct text *text) {
    int width = terminal_columns();
    struct text out = width < TERMINAL_WIDTH ? narrowed(arena, text, width) : *text;
    if (!speaks_utf8())
        out = as_ascii(arena, &out);
    if (has_colour())
        out = with_bold(arena, &out);
    return print_result(out.data, out.n);
}

void print_warning(const char *file, const char *text) {
    struct arena arena = {0};
    struct text out = {.arena = &arena};
    text_printf(&out, "warning: %s%s%s\n", file ? file : "", file ? ": " : "", text);
    if (!speaks_utf8())
        out = as_ascii(&arena, &out);
    fwrite(out.data, 1, out.n, stderr);
    arena_release(&arena);
}

int print_form(struct arena *arena, const struct text *text, bool for_programs) {
    return for_programs ? print_result(text->data, text->n) : print_text(arena, text);
}
