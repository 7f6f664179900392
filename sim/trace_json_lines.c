/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON lines, one object a line through jansson; the keys of the first tell the format. */
#include <jansson.h>
#include <math.h>
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

enum { KEY_TIMESTAMP, KEY_INPUT, KEY_OUTPUT, KEY_BLOCKS, N_KEYS };

struct json_format {
    enum trace_format format;
    const char *keys[N_KEYS]; /* blocks: NULL where it has none */
    const char *others;       /* "a|b": known and not read */
    const char *hint;
    int64_t unit_ns;
    bool fractions; /* stamps may have decimals */
    int32_t block_tokens;
};

static const struct json_format JSON_FORMATS[] = {
    {TRACE_MOONCAKE,
     {"timestamp", "input_length", "output_length", "hash_ids"},
     "",
     "Mooncake lines have timestamp (ms), input_length, output_length and hash_ids",
     1000000,
     false,
     MOONCAKE_BLOCK_TOKENS},
    {TRACE_QWEN_BAILIAN,
     {"timestamp", "input_length", "output_length", "hash_ids"},
     "chat_id|parent_chat_id|type|turn",
     "Qwen-Bailian lines have chat_id, parent_chat_id, timestamp (s), input_length, output_length, "
     "type, turn and hash_ids",
     1000000000,
     true,
     QWEN_BLOCK_TOKENS},
    {TRACE_LLM_SERVING_SIM,
     {"arrival_time_ns", "input_toks", "output_toks", NULL},
     "input_tok_ids|output_tok_ids",
     "LLMServingSim lines have arrival_time_ns, input_toks and output_toks",
     1,
     false,
     0},
};

struct json_line {
    const char *name;
    int number;
    struct bytes text;
    const struct json_format *format;
};

static const struct json_format *format_of(json_t *object) {
    if (json_object_get(object, "chat_id"))
        return &JSON_FORMATS[1];
    return &JSON_FORMATS[json_object_get(object, "arrival_time_ns") ? 2 : 0];
}

static bool is_other(const struct json_format *format, const char *key) {
    size_t n = strlen(key);
    for (const char *word = format->others; *word; word += word[strcspn(word, "|")] == '|') {
        size_t word_n = strcspn(word, "|");
        if (word_n == n && memcmp(word, key, n) == 0)
            return true;
        word += word_n;
    }
    return false;
}

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

static bool fail_unknown_key(struct arena *arena, const struct json_line *line, const char *key,
                             struct err *err) {
    const char *const *keys = line->format->keys;
    const char *nearest = text_nearest(bytes_of(key), keys, keys[KEY_BLOCKS] ? N_KEYS : KEY_BLOCKS);
    char *shown = text_printable(arena, bytes_of(key));
    const char *hint =
        nearest ? arena_printf(arena, "did you mean '%s'?", nearest) : line->format->hint;
    return fail_key(line, key, arena_printf(arena, "unknown key '%.80s'", shown), hint, err);
}

static bool check_keys(struct arena *arena, const struct json_line *line, json_t *object,
                       struct err *err) {
    const char *const *keys = line->format->keys;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        int k = 0;
        while (k < N_KEYS && (!keys[k] || strcmp(key, keys[k]) != 0))
            k++;
        if (k == N_KEYS && !is_other(line->format, key))
            return fail_unknown_key(arena, line, key, err);
    }
    for (int k = 0; k < KEY_BLOCKS; k++)
        if (!json_object_get(object, keys[k]))
            return fail_key(line, "", arena_printf(arena, "key '%s' is missing", keys[k]), NULL,
                            err);
    return true;
}

static bool whole_number(struct arena *arena, const struct json_line *line, json_t *object, int key,
                         int64_t least, int64_t most, int64_t *out, struct err *err) {
    const char *name = line->format->keys[key];
    json_t *value = json_object_get(object, name);
    const char *what = NULL;
    if (!json_is_integer(value))
        what = line->format->format == TRACE_MOONCAKE && key == KEY_TIMESTAMP
                   ? "timestamp is not a whole number of milliseconds"
                   : arena_printf(arena, "%s is not a whole number", name);
    else if (json_integer_value(value) < 0)
        what =
            arena_printf(arena, "%s is negative: %lld", name, (long long)json_integer_value(value));
    else if (json_integer_value(value) < least)
        what = arena_printf(arena, "%s is 0, expected at least 1", name);
    else if (json_integer_value(value) > most)
        what = arena_printf(arena, "%s is too large: %lld", name,
                            (long long)json_integer_value(value));
    if (what)
        return fail_key(line, name, what, NULL, err);
    *out = json_integer_value(value);
    return true;
}

static bool read_stamp(struct arena *arena, const struct json_line *line, json_t *object,
                       int64_t *at_ns, struct err *err) {
    const struct json_format *format = line->format;
    const char *name = format->keys[KEY_TIMESTAMP];
    json_t *value = json_object_get(object, name);
    if (!format->fractions || json_is_integer(value)) {
        if (!whole_number(arena, line, object, KEY_TIMESTAMP, 0, INT64_MAX / format->unit_ns, at_ns,
                          err))
            return false;
        *at_ns *= format->unit_ns;
        return true;
    }
    double units = json_is_real(value) ? json_real_value(value) : -1;
    if (!(units >= 0 && units * (double)format->unit_ns < 9e18))
        return fail_key(line, name, arena_printf(arena, "%s is not a number of seconds", name),
                        NULL, err);
    *at_ns = llround(units * (double)format->unit_ns);
    return true;
}

static bool read_blocks(struct trace_rows *rows, const struct json_line *line, json_t *object,
                        uint64_t **ids, int *n_ids, struct err *err) {
    json_t *array = line->format->keys[KEY_BLOCKS]
                        ? json_object_get(object, line->format->keys[KEY_BLOCKS])
                        : NULL;
    *ids = NULL;
    *n_ids = 0;
    if (!array)
        return true;
    if (!json_is_array(array))
        return fail_key(line, line->format->keys[KEY_BLOCKS], "hash_ids is not a list", NULL, err);
    int n = (int)json_array_size(array);
    uint64_t *out = arena_new(rows->arena, uint64_t, n);
    for (int i = 0; i < n; i++) {
        json_t *value = json_array_get(array, (size_t)i);
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return fail_key(line, line->format->keys[KEY_BLOCKS],
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
    int32_t size = line->format->block_tokens;
    if (n == 0 || n == input / size || n == (input + size - 1) / size)
        return true;
    const char *what =
        arena_printf(arena, "hash_ids has %d ids, but %lld tokens are %lld blocks of %d", n,
                     (long long)input, (long long)((input + size - 1) / size), size);
    const char *hint = arena_printf(
        arena, "give one id for each %d tokens of the prompt, or leave hash_ids out", size);
    return fail_key(line, line->format->keys[KEY_BLOCKS], what, hint, err);
}

static bool read_object(struct trace_rows *rows, const struct json_line *line, json_t *object,
                        struct err *err) {
    int64_t at_ns, input, output;
    uint64_t *ids;
    int n_ids;
    if (!check_keys(rows->arena, line, object, err) ||
        !read_stamp(rows->arena, line, object, &at_ns, err) ||
        !whole_number(rows->arena, line, object, KEY_INPUT, 1, INT32_MAX, &input, err) ||
        !whole_number(rows->arena, line, object, KEY_OUTPUT, 0, INT32_MAX, &output, err) ||
        !read_blocks(rows, line, object, &ids, &n_ids, err) ||
        !check_blocks(rows->arena, line, input, n_ids, err))
        return false;
    trace_rows_push(rows, (struct request){.arrival_ns = at_ns,
                                           .input_tokens = (int32_t)input,
                                           .output_tokens = (int32_t)output});
    if (rows->block_ids) {
        rows->block_ids[rows->n - 1] = ids;
        rows->n_block_ids[rows->n - 1] = n_ids;
    }
    return true;
}

static bool read_line(struct trace_rows *rows, struct json_line *line, struct err *err) {
    json_error_t fault;
    json_t *object = json_loadb(line->text.data, line->text.n, JSON_REJECT_DUPLICATES, &fault);
    if (!object) {
        err_at(err, line->name, line->number, fault.column > 0 ? fault.column : 1,
               "the line is not JSON: %s", fault.text);
        if (err)
            err_excerpt(err, line->text.data, line->text.n);
        return false;
    }
    if (!line->format)
        line->format = format_of(object);
    rows->format = line->format->format;
    bool ok = json_is_object(object)
                  ? read_object(rows, line, object, err)
                  : fail_key(line, "", "the line is not a JSON object", NULL, err);
    json_decref(object);
    return ok;
}

bool trace_read_json_lines(struct trace_rows *rows, struct source *source, struct err *err) {
    struct lines lines = {.source = source, .carried = {.arena = rows->arena}};
    struct json_line line = {.name = source_name(source)};
    rows->format = TRACE_MOONCAKE;
    for (;;) {
        bool more = false;
        if (!next_line(&lines, &line.text, &more, err))
            return false;
        if (!more)
            return true;
        line.number = lines.number;
        if (bytes_trim(line.text).n > 0 && !read_line(rows, &line, err))
            return false;
    }
}
