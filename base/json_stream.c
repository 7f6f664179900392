/* SPDX-License-Identifier: GPL-3.0-or-later */
/* yajl tells how many bytes of the block it has used, which is the end of the present token. Lines
 * are counted only up to the block's start; within the block they are counted when an error asks.
 * yajl keeps a token that a block cuts in two: so the distance between two events is bounded. */
#include "base/json_stream.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum { SILENT_BYTES_MAX = 1 << 20, KEY_BYTES_MAX = 256 };

struct level {
    bool list;
    unsigned n_key;
    char key[KEY_BYTES_MAX]; /* longer ones are cut: no format has such keys */
};

struct json_stream {
    struct source *source;
    yajl_handle parser;
    json_event_fn on_event;
    void *context;
    struct err *err;
    bool refused; /* by on_event or by a limit: *err is set */

    struct bytes block;
    uint64_t block_start;  /* offset of the block in the file */
    uint64_t line_start;   /* offset of the last line that starts at or before the block */
    int line;              /* its number */
    uint64_t silent_from;  /* start of the last block with an event */
    bool any_event;        /* in the present block */
    struct bytes text;     /* of the present event */
    enum json_event event; /* the present one */

    int depth;
    struct level levels[JSON_DEPTH_MAX];
};

/* ---- places ---- */

/* Newlines, eight bytes at a time: a byte that equals one leaves its high bit. */
static int count_newlines(const char *p, size_t n) {
    const uint64_t low = 0x7F7F7F7F7F7F7F7Fu, newlines = 0x0A0A0A0A0A0A0A0Au;
    int count = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        word ^= newlines;
        word = ~(((word & low) + low) | word | low); /* 0x80 where a newline was */
        count += (int)((word >> 7) * 0x0101010101010101u >> 56);
    }
    for (; i < n; i++)
        count += p[i] == '\n';
    return count;
}

static void count_lines(const struct json_stream *s, uint64_t until, int *line,
                        uint64_t *line_start) {
    size_t n = (size_t)(until - s->block_start);
    int count = count_newlines(s->block.data, n);
    *line = s->line < INT_MAX - count ? s->line + count : INT_MAX;
    *line_start = s->line_start;
    if (count > 0) {
        const char *last = memrchr(s->block.data, '\n', n);
        *line_start = s->block_start + (uint64_t)(last + 1 - s->block.data);
    }
}

static uint64_t token_end(const struct json_stream *s) {
    size_t used = yajl_get_bytes_consumed(s->parser);
    return s->block_start + (used < s->block.n ? used : s->block.n);
}

static uint64_t token_start(const struct json_stream *s) {
    size_t quotes = s->event == JSON_TEXT || s->event == JSON_KEY ? 2 : 0;
    size_t n = s->event <= JSON_LIST_END ? 1 : s->text.n + quotes;
    uint64_t end = token_end(s);
    return end > n ? end - n : 0;
}

static struct json_place place_of(const struct json_stream *s, uint64_t at, uint64_t end) {
    struct json_place place;
    uint64_t line_start;
    count_lines(s, end, &place.line, &line_start); /* no token spans lines */
    place.column = at >= line_start && at - line_start < INT_MAX ? (int)(at - line_start) + 1 : 1;
    return place;
}

struct json_place json_stream_place(const struct json_stream *s) {
    return place_of(s, token_start(s), token_end(s));
}

/* The line of the place, if it starts in the block. */
static void add_excerpt(const struct json_stream *s, uint64_t end, struct err *err) {
    int line;
    uint64_t line_start;
    count_lines(s, end, &line, &line_start);
    if (line_start < s->block_start)
        return;
    const char *from = s->block.data + (line_start - s->block_start);
    size_t n_left = s->block.n - (size_t)(from - s->block.data);
    const char *newline = memchr(from, '\n', n_left);
    err_excerpt(err, from, newline ? (size_t)(newline - from) : n_left);
}

bool json_stream_err(const struct json_stream *s, struct err *err, const char *format, ...) {
    char what[sizeof err->what];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    struct json_place place = json_stream_place(s);
    err_at(err, source_name(s->source), place.line, place.column, "%s", what);
    if (!err)
        return false;
    add_excerpt(s, token_end(s), err);
    uint64_t n = token_end(s) - token_start(s);
    err->length = n < sizeof err->excerpt ? (int)n : 1;
    return false;
}

/* ---- events ---- */

int json_stream_depth(const struct json_stream *s) {
    return s->depth;
}

struct bytes json_stream_key(const struct json_stream *s, int level) {
    ENSURE(level >= 0 && level < s->depth);
    const struct level *l = &s->levels[level];
    return (struct bytes){l->key, l->n_key};
}

static int emit(struct json_stream *s, enum json_event event, struct bytes text) {
    s->event = event;
    s->text = text;
    s->any_event = true;
    s->refused = !s->on_event(s->context, s, event, text, s->err);
    return !s->refused;
}

static int open_level(struct json_stream *s, bool list) {
    s->event = JSON_OBJECT;
    if (s->depth == JSON_DEPTH_MAX) {
        s->refused = true;
        return json_stream_err(s, s->err, "nested more than %d levels deep", JSON_DEPTH_MAX);
    }
    struct level *level = &s->levels[s->depth++];
    level->list = list;
    level->n_key = 0;
    return emit(s, list ? JSON_LIST : JSON_OBJECT, (struct bytes){"", 0});
}

static int close_level(struct json_stream *s, enum json_event event) {
    s->depth--;
    return emit(s, event, (struct bytes){"", 0});
}

static int on_object(void *context) {
    return open_level(context, false);
}

static int on_object_end(void *context) {
    return close_level(context, JSON_OBJECT_END);
}

static int on_list(void *context) {
    return open_level(context, true);
}

static int on_list_end(void *context) {
    return close_level(context, JSON_LIST_END);
}

static int on_key(void *context, const unsigned char *text, size_t n) {
    struct json_stream *s = context;
    struct level *level = &s->levels[s->depth - 1];
    level->n_key = (unsigned)(n < KEY_BYTES_MAX ? n : KEY_BYTES_MAX);
    memcpy(level->key, text, level->n_key);
    return emit(s, JSON_KEY, (struct bytes){(const char *)text, n});
}

static int on_text(void *context, const unsigned char *text, size_t n) {
    return emit(context, JSON_TEXT, (struct bytes){(const char *)text, n});
}

static int on_number(void *context, const char *text, size_t n) {
    return emit(context, JSON_NUMBER, (struct bytes){text, n});
}

static int on_null(void *context) {
    return emit(context, JSON_WORD, bytes_of("null"));
}

static int on_boolean(void *context, int value) {
    return emit(context, JSON_WORD, bytes_of(value ? "true" : "false"));
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_list,
    .yajl_end_array = on_list_end,
};

/* ---- reading ---- */

static bool fail_parse(struct json_stream *s, struct err *err) {
    unsigned char *words = yajl_get_error(s->parser, 0, NULL, 0);
    char what[160];
    snprintf(what, sizeof what, "%s", words ? (const char *)words : "not readable");
    yajl_free_error(s->parser, words);
    what[strcspn(what, "\n")] = '\0';
    uint64_t end = token_end(s);
    struct json_place place = place_of(s, end, end);
    bool early = strstr(what, "premature EOF") != NULL;
    err_at(err, source_name(s->source), place.line, place.column,
           early ? "the JSON ends too early" : "not valid JSON: %s", what);
    if (!err)
        return false;
    add_excerpt(s, end, err);
    if (early)
        err_hint(err, "the file is truncated: export or download it again");
    return false;
}

static bool fail_silent(const struct json_stream *s, struct err *err) {
    struct json_place place = place_of(s, token_end(s), token_end(s));
    return err_at(err, source_name(s->source), place.line, place.column,
                  "a text, or blanks, of more than %d MiB", SILENT_BYTES_MAX >> 20);
}

static bool parse_block(struct json_stream *s, struct err *err) {
    const unsigned char *data = (const unsigned char *)s->block.data;
    yajl_status status = yajl_parse(s->parser, data, s->block.n);
    if (s->refused)
        return false;
    if (status != yajl_status_ok)
        return fail_parse(s, err);
    uint64_t end = s->block_start + s->block.n;
    if (s->any_event)
        s->silent_from = s->block_start;
    s->any_event = false;
    return end - s->silent_from <= SILENT_BYTES_MAX || fail_silent(s, err);
}

static bool read_blocks(struct json_stream *s, struct err *err) {
    for (;;) {
        int line;
        uint64_t line_start, end = s->block_start + s->block.n;
        if (s->block.n > 0) {
            count_lines(s, end, &line, &line_start);
            s->line = line;
            s->line_start = line_start;
        }
        s->block_start = end;
        if (!source_next(s->source, &s->block, err))
            return false;
        if (end == 0 && s->block.n >= 3 && memcmp(s->block.data, "\xEF\xBB\xBF", 3) == 0)
            s->block = (struct bytes){s->block.data + 3, s->block.n - 3}; /* no column of its own */
        if (s->block.n == 0)
            break;
        if (!parse_block(s, err))
            return false;
    }
    s->block = (struct bytes){"", 0};
    if (yajl_complete_parse(s->parser) == yajl_status_ok)
        return true;
    return !s->refused && fail_parse(s, err);
}

bool json_stream_read(struct arena *arena, struct source *source, json_event_fn on_event,
                      void *context, struct err *err) {
    struct json_stream *s = arena_new(arena, struct json_stream, 1);
    *s = (struct json_stream){.source = source,
                              .on_event = on_event,
                              .context = context,
                              .err = err,
                              .block = {"", 0},
                              .line = 1};
    s->parser = yajl_alloc(&callbacks, NULL, s);
    if (!s->parser)
        return err_set(err, ERR_SYSTEM, "cannot start the JSON parser");
    bool fine = read_blocks(s, err);
    yajl_free(s->parser);
    return fine;
}
