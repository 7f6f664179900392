/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mooncake JSON lines, one object a line through jansson. */
#include <jansson.h>
#include <string.h>

#include "sim/trace_formats.h"

enum { LINE_BYTES_MAX = 1 << 20 };

/* ---- lines of a source ---- */

struct lines {
    struct source *source;
    struct bytes block;  /* what is left of the current block */
    struct text carried; /* a line that began in an earlier block */
    int number;          /* of the line last given, from 1 */
    bool at_end;
};

static bool fail_long_line(const struct lines *lines, struct err *err) {
    return err_at(err, source_name(lines->source), lines->number, 0,
                  "the line is longer than 1 MiB");
}

/* The next line without its end; *more is false at the end of the file. */
static bool next_line(struct lines *lines, struct bytes *line, bool *more, struct err *err) {
    lines->number++;
    lines->carried.n = 0;
    for (;;) {
        const char *end = lines->block.n ? memchr(lines->block.data, '\n', lines->block.n) : NULL;
        size_t n = end ? (size_t)(end - lines->block.data) : lines->block.n;
        if (n + lines->carried.n > LINE_BYTES_MAX)
            return fail_long_line(lines, err);
        if (end && lines->carried.n == 0)
            *line = (struct bytes){lines->block.data, n};
        else if (n > 0 || end)
            text_append(&lines->carried, lines->block.data, n);
        if (end) {
            lines->block = (struct bytes){end + 1, lines->block.n - n - 1};
            if (lines->carried.n > 0)
                *line = (struct bytes){lines->carried.data, lines->carried.n};
            *more = true;
            return true;
        }
        if (!source_next(lines->source, &lines->block, err))
            return false;
        if (lines->block.n == 0) {
            *line = (struct bytes){lines->carried.data, lines->carried.n};
            *more = lines->carried.n > 0;
            return true;
        }
    }
}

/* ---- one object ---- */

static const char *const KEYS[] = {"timestamp", "input_length", "output_length", "hash_ids"};
enum { KEY_TIMESTAMP, KEY_INPUT, KEY_OUTPUT, KEY_BLOCKS, N_KEYS };

struct json_line {
    const char *name;
    int number;
    struct bytes text;
};

/* 1-based column of a key of the object, or 1; "" stands for the line as a whole. */
static int column_of(const struct json_line *line, const char *key) {
    size_t n = strlen(key);
    const char *p = line->text.data, *end = p + line->text.n;
    while (n > 0 && (p = memmem(p, (size_t)(end - p), key, n)) != NULL) {
        if (p > line->text.data && p[-1] == '"' && p + n < end && p[n] == '"')
            return (int)(p - line->text.data);
        p += n;
    }
    return 1;
}

static bool fail_key(const struct json_line *line, const char *key, const char *what,
                     const char *hint, struct err *err) {
    err_at(err, line->name, line->number, column_of(line, key), "%s", what);
    if (err) {
        err->length = key[0] ? (int)strlen(key) + 2 : 1;
        err_excerpt(err, line->text.data, line->text.n);
    }
    if (hint)
        err_hint(err, "%s", hint);
    return false;
}

static bool check_keys(struct arena *arena, const struct json_line *line, json_t *object,
                       struct err *err) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        int k = 0;
        while (k < N_KEYS && strcmp(key, KEYS[k]) != 0)
            k++;
        if (k < N_KEYS)
            continue;
        const char *nearest = text_nearest(bytes_of(key), KEYS, N_KEYS);
        char *shown = text_printable(arena, bytes_of(key));
        const char *hint = nearest ? arena_printf(arena, "did you mean '%s'?", nearest)
                                   : "Mooncake lines have timestamp (ms), input_length, "
                                     "output_length and hash_ids";
        return fail_key(line, key, arena_printf(arena, "unknown key '%.80s'", shown), hint, err);
    }
    for (int k = 0; k < KEY_BLOCKS; k++)
        if (!json_object_get(object, KEYS[k]))
            return fail_key(line, "", arena_printf(arena, "key '%s' is missing", KEYS[k]), NULL,
                            err);
    return true;
}

static bool whole_number(struct arena *arena, const struct json_line *line, json_t *object, int key,
                         int64_t least, int64_t most, int64_t *out, struct err *err) {
    json_t *value = json_object_get(object, KEYS[key]);
    const char *what = NULL;
    if (!json_is_integer(value))
        what = key == KEY_TIMESTAMP ? "timestamp is not a whole number of milliseconds"
                                    : arena_printf(arena, "%s is not a whole number", KEYS[key]);
    else if (json_integer_value(value) < 0)
        what = arena_printf(arena, "%s is negative: %lld", KEYS[key],
                            (long long)json_integer_value(value));
    else if (json_integer_value(value) < least)
        what = arena_printf(arena, "%s is 0, expected at least 1", KEYS[key]);
    else if (json_integer_value(value) > most)
        what = arena_printf(arena, "%s is too large: %lld", KEYS[key],
                            (long long)json_integer_value(value));
    if (what)
        return fail_key(line, KEYS[key], what, NULL, err);
    *out = json_integer_value(value);
    return true;
}

static bool read_blocks(struct trace_rows *rows, const struct json_line *line, json_t *object,
                        uint64_t **ids, int *n_ids, struct err *err) {
    json_t *array = json_object_get(object, KEYS[KEY_BLOCKS]);
    *ids = NULL;
    *n_ids = 0;
    if (!array)
        return true;
    if (!json_is_array(array))
        return fail_key(line, KEYS[KEY_BLOCKS], "hash_ids is not a list", NULL, err);
    int n = (int)json_array_size(array);
    uint64_t *out = arena_new(rows->arena, uint64_t, n);
    for (int i = 0; i < n; i++) {
        json_t *value = json_array_get(array, (size_t)i);
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return fail_key(line, KEYS[KEY_BLOCKS],
                            arena_printf(rows->arena, "hash_ids[%d] is not a whole number", i),
                            NULL, err);
        out[i] = (uint64_t)json_integer_value(value);
    }
    *ids = out;
    *n_ids = n;
    return true;
}

/* Another number of ids means blocks of another size. */
static bool check_blocks(struct arena *arena, const struct json_line *line, int64_t input, int n,
                         struct err *err) {
    int64_t full = input / MOONCAKE_BLOCK_TOKENS;
    int64_t all = (input + MOONCAKE_BLOCK_TOKENS - 1) / MOONCAKE_BLOCK_TOKENS;
    if (n == 0 || n == full || n == all)
        return true;
    const char *what =
        arena_printf(arena, "hash_ids has %d ids, but %lld tokens are %lld blocks of %d", n,
                     (long long)input, (long long)all, MOONCAKE_BLOCK_TOKENS);
    return fail_key(line, KEYS[KEY_BLOCKS], what,
                    "give one id for each 512 tokens of the prompt, or leave hash_ids out", err);
}

static bool read_object(struct trace_rows *rows, const struct json_line *line, json_t *object,
                        struct err *err) {
    enum { NS_PER_MS = 1000000 };
    int64_t at_ms, input, output;
    uint64_t *ids;
    int n_ids;
    if (!json_is_object(object))
        return fail_key(line, "", "the line is not a JSON object", NULL, err);
    if (!check_keys(rows->arena, line, object, err) ||
        !whole_number(rows->arena, line, object, KEY_TIMESTAMP, 0, INT64_MAX / NS_PER_MS, &at_ms,
                      err) ||
        !whole_number(rows->arena, line, object, KEY_INPUT, 1, INT32_MAX, &input, err) ||
        !whole_number(rows->arena, line, object, KEY_OUTPUT, 0, INT32_MAX, &output, err) ||
        !read_blocks(rows, line, object, &ids, &n_ids, err) ||
        !check_blocks(rows->arena, line, input, n_ids, err))
        return false;
    trace_rows_push(rows, (struct request){.arrival_ns = at_ms * NS_PER_MS,
                                           .input_tokens = (int32_t)input,
                                           .output_tokens = (int32_t)output});
    rows->block_ids[rows->n - 1] = ids;
    rows->n_block_ids[rows->n - 1] = n_ids;
    return true;
}

static bool read_line(struct trace_rows *rows, const struct json_line *line, struct err *err) {
    json_error_t fault;
    json_t *object = json_loadb(line->text.data, line->text.n, JSON_REJECT_DUPLICATES, &fault);
    if (!object) {
        err_at(err, line->name, line->number, fault.column > 0 ? fault.column : 1,
               "the line is not JSON: %s", fault.text);
        if (err)
            err_excerpt(err, line->text.data, line->text.n);
        return false;
    }
    bool ok = read_object(rows, line, object, err);
    json_decref(object);
    return ok;
}

bool trace_read_mooncake(struct trace_rows *rows, struct source *source, struct err *err) {
    struct lines lines = {.source = source, .carried = {.arena = rows->arena}};
    rows->format = TRACE_MOONCAKE;
    for (;;) {
        struct bytes text;
        bool more = false;
        if (!next_line(&lines, &text, &more, err))
            return false;
        if (!more)
            return true;
        if (bytes_trim(text).n == 0)
            continue;
        struct json_line line = {source_name(source), lines.number, text};
        if (!read_line(rows, &line, err))
            return false;
    }
}
