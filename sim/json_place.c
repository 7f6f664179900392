/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text is known to be valid JSON, so strings, brackets and commas are enough to walk it. */
#include "sim/json_place.h"

#include <stdio.h>
#include <string.h>

json_t *json_read(struct bytes text, const char *file, struct err *err) {
    json_error_t where;
    json_t *root = json_loadb(text.data ? text.data : "", text.n, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        err_at(err, file, where.line > 0 ? where.line : 1, where.column > 0 ? where.column : 1,
               "not valid JSON: %.120s", where.text);
    return root;
}

static size_t skip_blanks(struct bytes text, size_t at) {
    while (at < text.n && strchr(" \t\r\n,:", text.data[at]) && text.data[at])
        at++;
    return at;
}

/* From its opening quote to behind its closing one. */
static size_t skip_string(struct bytes text, size_t at) {
    for (at++; at < text.n && text.data[at] != '"'; at++)
        at += text.data[at] == '\\';
    return at + 1;
}

static size_t skip_value(struct bytes text, size_t at) {
    int depth = 0;
    do {
        char c = text.data[at];
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (c == '"') {
            at = skip_string(text, at);
        } else if (strchr("{}[],: \t\r\n", c)) {
            at++;
        } else {
            while (at < text.n && !strchr("{}[],: \t\r\n\"", text.data[at]))
                at++;
        }
    } while (depth > 0 && at < text.n);
    return at;
}

static bool key_is(struct bytes text, size_t from, size_t to, const char *key) {
    size_t n = strlen(key);
    return to == from + n + 2 && memcmp(text.data + from + 1, key, n) == 0;
}

/* One step inwards; false when the value is not there. */
static bool enter(struct bytes text, const struct json_step *step, size_t *at) {
    if (text.data[*at] != (step->key ? '{' : '['))
        return false;
    size_t p = skip_blanks(text, *at + 1);
    for (size_t i = 0; p < text.n && !strchr("}]", text.data[p]); i++) {
        bool here = !step->key && i == step->index;
        if (step->key) {
            size_t end = skip_string(text, p);
            here = key_is(text, p, end, step->key);
            p = skip_blanks(text, end);
        }
        if (here) {
            *at = p;
            return true;
        }
        p = skip_blanks(text, skip_value(text, p));
    }
    return false;
}

bool json_err(struct bytes text, const char *file, const struct json_step *path, int n,
              struct err *err, const char *format, ...) {
    char what[sizeof err->what];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    size_t at = skip_blanks(text, 0);
    for (int i = 0; i < n && enter(text, &path[i], &at); i++)
        continue;
    int line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < at; i++) {
        if (text.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    return err_at(err, file, line, (int)(at - line_start) + 1, "%s", what);
}
