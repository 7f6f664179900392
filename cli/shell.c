/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/shell.h"

#include "base/number.h"
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool climbs(const char *path) {
    for (const char *part = path; *part;) {
        size_t n = strcspn(part, "/");
        if (n == 2 && part[0] == '.' && part[1] == '.')
            return true;
        part += n + (part[n] == '/');
    }
    return false;
}

static long read_descriptor(void *context, char *buffer, size_t n) {
    int descriptor = *(int *)context;
    for (;;) {
        ssize_t got = read(descriptor, buffer, n);
        if (got == 0)
            close(descriptor);
        if (got >= 0 || errno != EINTR)
            return (long)got;
    }
}

/* A whole regular file or pipe as a source. The descriptor closes at its end, or with the process
 * after an error. */
static struct source *open_path(void *context, struct arena *arena, const char *path,
                                const char *relative_to, struct err *err) {
    const struct path_files *files = context;
    const char *full = path;
    if (relative_to) {
        if (!files->allow_outside && (path[0] == '/' || climbs(path))) {
            err_set(err, ERR_INPUT, "'%s' lies outside the scenario's folder", path);
            err_hint(err, "copy it there, or pass --allow-outside");
            return NULL;
        }
        const char *slash = strrchr(relative_to, '/');
        if (slash && path[0] != '/')
            full = arena_printf(arena, "%.*s/%s", (int)(slash - relative_to), relative_to, path);
    }
    struct stat info;
    int *descriptor = arena_new(arena, int, 1);
    bool folder = stat(full, &info) == 0 && S_ISDIR(info.st_mode);
    *descriptor = folder ? -1 : open(full, O_RDONLY | O_CLOEXEC);
    if (*descriptor < 0) {
        err_set(err, ERR_INPUT, "cannot open '%s': %s", full,
                folder ? "it is a folder" : strerror(errno));
        return NULL;
    }
    return source_open_reader(arena, read_descriptor, descriptor, arena_strdup(arena, full), err);
}

struct file_system path_file_system(struct path_files *context) {
    return (struct file_system){.context = context, .open = open_path};
}

struct source *open_argument(struct arena *arena, const char *path, struct err *err) {
    struct path_files paths = {.allow_outside = true};
    if (strcmp(path, "-") != 0)
        return open_path(&paths, arena, path, NULL, err);
    int *descriptor = arena_new(arena, int, 1);
    *descriptor = STDIN_FILENO;
    return source_open_reader(arena, read_descriptor, descriptor, "standard input", err);
}

static void print_repeated(char mark, int n) {
    for (int i = 0; i < n; i++)
        fputc(mark, stderr);
}

/* Below what is wrong as the terminal shows it: places count bytes, and letters may be two wide. */
static void print_caret(const struct err *err) {
    size_t n = strlen(err->excerpt), before = (size_t)err->column - 1;
    before = before < n ? before : n;
    size_t length = err->length > 0 ? (size_t)err->length : 0;
    length = length < n - before ? length : n - before;
    int columns = text_columns((struct bytes){err->excerpt + before, length});
    fputs("      | ", stderr);
    print_repeated(' ', text_columns((struct bytes){err->excerpt, before}));
    print_repeated('^', columns > 0 ? columns : 1);
    fputc('\n', stderr);
}

/* Behind a place it is one line, for the tools that read places. */
static void print_sentence(const struct err *err) {
    struct arena arena = {0};
    struct text out = {.arena = &arena};
    const char *line =
        arena_printf(&arena, "%s: %s", err->kind == ERR_ANSWER_NO ? "no" : "error", err->what);
    if (err->file || text_columns(bytes_of(line)) <= TERMINAL_WIDTH)
        text_printf(&out, "%s\n", line);
    else
        append_wrapped(&out, line, TERMINAL_WIDTH, 2);
    fwrite(out.data, 1, out.n, stderr);
    arena_release(&arena);
}

int print_error(const struct err *err) {
    if (err->file) {
        fprintf(stderr, "%s:", err->file);
        if (err->line > 0)
            fprintf(stderr, "%d:", err->line);
        if (err->column > 0)
            fprintf(stderr, "%d:", err->column);
        fputc(' ', stderr);
    }
    print_sentence(err);
    if (err->excerpt[0]) {
        fprintf(stderr, "%5d | %s\n", err->line, err->excerpt);
        if (err->column > 0)
            print_caret(err);
    }
    if (err->hint[0])
        fprintf(stderr, "  hint: %s\n", err->hint);
    return err_exit_code(err->kind);
}

int print_errors(const struct err_list *errs) {
    int code = 0;
    for (int i = 0; i < errs->n; i++) {
        int one = print_error(&errs->items[i]);
        if (i == 0)
            code = one;
    }
    if (errs->n_total > errs->n)
        fprintf(stderr, "... and %d more\n", errs->n_total - errs->n);
    if (errs->n_total > 0)
        fprintf(stderr, "%d error%s. Nothing was written.\n", errs->n_total,
                number_plural(errs->n_total));
    return code;
}

int print_result(const char *data, size_t n) {
    errno = 0;
    bool ok = fwrite(data, 1, n, stdout) == n && fflush(stdout) == 0;
    if (!ok && errno != EPIPE)
        fprintf(stderr, "error: cannot write to standard output: %s\n", strerror(errno));
    return ok ? 0 : err_exit_code(ERR_SYSTEM);
}

void append_json(struct text *out, json_t *root, int digits) {
    ENSURE(root != NULL);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION((unsigned)digits));
    json_decref(root);
    ENSURE(text != NULL);
    text_printf(out, "%s\n", text);
    free(text);
}

int print_json(struct arena *arena, json_t *root, int digits) {
    struct text out = {.arena = arena};
    append_json(&out, root, digits);
    return print_result(out.data, out.n);
}

/* A word that no line holds is cut where lines end. */
static int append_long_word(struct text *out, struct bytes word, int width, int indent) {
    while (word.n > 0) {
        size_t n = text_fitting(word, width - indent);
        n = n > 0 ? n : word.n;
        text_append(out, word.data, n);
        word = (struct bytes){word.data + n, word.n - n};
        if (word.n == 0)
            return indent + text_columns((struct bytes){word.data - n, n});
        text_printf(out, "\n%*s", indent, "");
    }
    return indent;
}

/* From `column` on; lines after the first begin at `indent`. */
static void append_from(struct text *out, const char *text, int width, int indent, int column) {
    for (bool first = true; *text; first = false) {
        struct bytes word = {text, strcspn(text, " ")};
        int columns = text_columns(word);
        if (!first && column + 1 + columns > width) {
            text_printf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            text_append_string(out, " ");
            column++;
        }
        if (columns > width - indent) {
            column = append_long_word(out, word, width, indent);
        } else {
            text_append(out, text, word.n);
            column += columns;
        }
        text += word.n + strspn(text + word.n, " ");
    }
    text_append_string(out, "\n");
}

void append_wrapped(struct text *out, const char *text, int width, int indent) {
    append_from(out, text + strspn(text, " "), width, indent, 0);
}

void append_hanging(struct text *out, const char *text, int column) {
    append_from(out, text + strspn(text, " "), TERMINAL_WIDTH, column, column);
}

void append_entry(struct text *out, const char *name, int columns, const char *doc) {
    text_printf(out, "  %-*s", columns, name);
    if ((int)strlen(name) >= columns)
        text_printf(out, "\n  %*s", columns, "");
    append_hanging(out, doc, columns + 2);
}

/* Columns before what stands behind two blanks or more, or before the line's own text. */
static int second_column(const char *line) {
    int begin = (int)strspn(line, " ");
    const char *gap = strstr(line + begin, "  ");
    return gap ? text_columns((struct bytes){line, (size_t)(gap - line)}) + (int)strspn(gap, " ")
               : begin;
}

void append_lines(struct text *out, const char *lines) {
    for (const char *at = lines; *at;) {
        size_t n = strcspn(at, "\n");
        const char *line = arena_strndup(out->arena, at, n);
        int indent = second_column(line);
        at += n + (at[n] == '\n');
        if (text_columns(bytes_of(line)) <= TERMINAL_WIDTH) {
            text_printf(out, "%s\n", line);
            continue;
        }
        size_t kept = text_fitting(bytes_of(line), indent);
        text_append(out, line, kept);
        append_hanging(out, line + kept, indent);
    }
}

/* "a/b" of "a/b/c", "." of "c", "/" of "/c". */
static const char *folder_of(struct arena *arena, const char *path) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n == 0 ? "." : arena_strndup(arena, path, n);
}

static bool check_writable_folder(const char *folder, const char *shown, struct err *err) {
    struct stat info;
    if (stat(folder, &info) != 0)
        return err_set(err, ERR_SYSTEM, "cannot write to '%s': %s", shown, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return err_set(err, ERR_SYSTEM, "cannot write to '%s': '%s' is not a folder", shown,
                       folder);
    if (access(folder, W_OK | X_OK) != 0)
        return err_set(err, ERR_SYSTEM, "cannot write to '%s': %s", shown, strerror(errno));
    return true;
}

bool find_paper(const char *name, const struct paper **out, struct err *err) {
    *out = name ? paper_named(name) : NULL;
    return !name || *out ||
           err_set(err, ERR_USAGE, "--paper: expected a4 or letter, got '%s'", name);
}

bool check_output_folder(struct arena *arena, const char *folder, struct err *err) {
    struct stat info;
    const char *there = folder;
    while (stat(there, &info) != 0 && errno == ENOENT && strcmp(there, ".") != 0)
        there = folder_of(arena, there);
    return check_writable_folder(there, folder, err);
}

bool check_output_file(struct arena *arena, const char *path, struct err *err) {
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return err_set(err, ERR_SYSTEM, "cannot write '%s': it is a folder", path);
    return check_writable_folder(folder_of(arena, path), path, err);
}

bool open_result(struct arena *arena, const char *argument, struct result_file *out,
                 struct err *err) {
    struct stat info;
    struct path_files paths = {.allow_outside = true};
    struct bytes text;
    const char *path = argument;
    if (stat(argument, &info) == 0 && S_ISDIR(info.st_mode))
        path = arena_printf(arena, "%s%sresult.json", argument,
                            argument[strlen(argument) - 1] == '/' ? "" : "/");
    struct source *source = open_path(&paths, arena, path, NULL, err);
    bool ok = source && source_read_all(arena, source, RESULT_BYTES_MAX, &text, err);
    if (source)
        source_close(source);
    ok = ok && result_read(arena, text, arena_strdup(arena, path), out, err);
    if (!ok && !err->hint[0])
        err_hint(err, "name the folder that headroom run wrote to, or its result.json");
    return ok;
}

const char *markdown_cell(struct arena *arena, const char *text) {
    struct text cell = {.arena = arena};
    for (const char *c = text; *c; c++) {
        if (strchr("\\|`*_[]<>#", *c))
            text_append_string(&cell, "\\");
        text_append(&cell, *c == '\n' ? " " : c, 1);
    }
    return cell.n ? cell.data : "";
}

const char *scenario_path(struct arena *arena, const char *argument) {
    struct stat info;
    if (stat(argument, &info) != 0 || !S_ISDIR(info.st_mode))
        return argument;
    size_t n = strlen(argument);
    while (n > 1 && argument[n - 1] == '/')
        n--;
    return arena_printf(arena, "%.*s/scenario.yaml", (int)n, argument);
}

const char *scenario_stem(struct arena *arena, const char *path) {
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t n = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    if (n == strlen("scenario") && memcmp(base, "scenario", n) == 0 && base > path) {
        const char *end = base - 1, *start = end;
        while (start > path && start[-1] != '/')
            start--;
        if (end > start && !(end - start == 1 && *start == '.'))
            return arena_strndup(arena, start, (size_t)(end - start));
    }
    return arena_strndup(arena, base, n);
}

int thread_count(const char *option, struct err *err) {
    int64_t n = sysconf(_SC_NPROCESSORS_ONLN);
    if (option && (!text_parse_int64(bytes_of(option), &n) || n < 1 || n > 1024)) {
        err_set(err, ERR_USAGE, "--threads: expected a whole number from 1 to 1024, got '%s'",
                option);
        return 0;
    }
    return n < 1 ? 1 : (int)n;
}
