/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events come in order with their depth and keys; every event's place is where a reader of the text
 * finds it, however the bytes are cut into blocks; what is not JSON, ends early, is too deep or too
 * long is refused at its place; memory does not grow with the file. The places of all events are
 * checked against a naive search of the text. */
#include <stdio.h>
#include <string.h>

#include "base/json_stream.h"
#include "base/rng.h"
#include "case_table.h"

struct recorder {
    struct text log;
    int stop_after; /* events; 0: never */
    int n;
};

static bool record(void *context, const struct json_stream *at, enum json_event event,
                   struct bytes text, struct err *err) {
    static const char *const names[] = {"{", "}", "[", "]", "key", "text", "number", "word"};
    struct recorder *r = context;
    struct json_place place = json_stream_place(at);
    int depth = json_stream_depth(at);
    text_printf(&r->log, "%d:%d %d %s", place.line, place.column, depth, names[event]);
    if (event >= JSON_KEY)
        text_printf(&r->log, " %.*s", (int)text.n, text.data);
    if (depth > 0) {
        struct bytes key = json_stream_key(at, depth - 1);
        text_printf(&r->log, " (%.*s)", (int)key.n, key.data);
    }
    text_append_string(&r->log, "\n");
    if (++r->n == r->stop_after)
        return json_stream_err(at, err, "stopped");
    return true;
}

static const char *events_of(struct arena *arena, const char *json, struct err *err) {
    struct recorder r = {.log = {.arena = arena}};
    struct source *source = source_open_memory(arena, bytes_of(json), "a.json", err);
    return json_stream_read(arena, source, record, &r, err) ? r.log.data : NULL;
}

static bool reads(struct arena *arena, const char *json, struct err *err) {
    return events_of(arena, json, err) != NULL;
}

/* Windows tools write one; it stands in no column. */
Test(json_stream, a_byte_order_mark_is_passed_over) {
    struct arena arena = {0};
    struct err err = {0};
    const char *plain = events_of(&arena, "{\"a\": [1, \"x\"]}\n", &err);
    const char *marked = events_of(&arena, "\xEF\xBB\xBF{\"a\": [1, \"x\"]}\n", &err);
    cr_assert(marked != NULL, "%d:%d %s", err.line, err.column, err.what);
    cr_assert(eq(str, (char *)marked, (char *)plain));
    cr_assert(not(reads(&arena, "{}\xEF\xBB\xBF", &err)));
    arena_release(&arena);
}

Test(json_stream, events_depths_keys_and_places) {
    struct arena arena = {0};
    struct err err = {0};
    const char *log = events_of(&arena,
                                "{\"a\": [1, \"x\"],\n"
                                "  \"b\": {\"c\": null, \"d\": -2.5e3},\n"
                                " \"e\":true}\n",
                                &err);
    cr_assert(eq(str, (char *)log,
                 "1:1 1 { ()\n"
                 "1:2 1 key a (a)\n"
                 "1:7 2 [ ()\n"
                 "1:8 2 number 1 ()\n"
                 "1:11 2 text x ()\n"
                 "1:14 1 ] (a)\n"
                 "2:3 1 key b (b)\n"
                 "2:8 2 { ()\n"
                 "2:9 2 key c (c)\n"
                 "2:14 2 word null (c)\n"
                 "2:20 2 key d (d)\n"
                 "2:25 2 number -2.5e3 (d)\n"
                 "2:31 1 } (b)\n"
                 "3:2 1 key e (e)\n"
                 "3:6 1 word true (e)\n"
                 "3:10 0 }\n"));
    arena_release(&arena);
}

/* Every value is a number that names its own line and column: places need no second parser. */
static bool names_its_place(void *context, const struct json_stream *at, enum json_event event,
                            struct bytes text, struct err *err) {
    (void)err;
    if (event != JSON_TEXT)
        return true;
    char expected[32];
    struct json_place place = json_stream_place(at);
    snprintf(expected, sizeof expected, "%d:%d", place.line, place.column);
    *(int *)context += bytes_are(text, expected);
    return true;
}

Test(json_stream, places_survive_blocks_of_64_kib) {
    enum { VALUES = 40000 };
    struct arena arena = {0};
    struct err err = {0};
    struct text json = {.arena = &arena};
    struct rng rng = rng_open(7, 0, RNG_TEST, 1);
    int line = 1, column = 2;
    text_append_string(&json, "[");
    for (int i = 0; i < VALUES; i++) {
        size_t before = json.n;
        text_printf(&json, "\"%d:%d\"%s", line, column, i + 1 < VALUES ? "," : "]");
        column += (int)(json.n - before);
        for (int blanks = (int)rng_below(&rng, 4); blanks > 0; blanks--, column++)
            text_append_string(&json, " ");
        if (rng_below(&rng, 3) == 0) {
            text_append_string(&json, "\n");
            line++;
            column = 1;
        }
    }
    int right = 0;
    struct source *source =
        source_open_memory(&arena, (struct bytes){json.data, json.n}, "a.json", &err);
    cr_assert(json_stream_read(&arena, source, names_its_place, &right, &err), "%s", err.what);
    cr_assert(eq(int, right, VALUES));
    arena_release(&arena);
}

static const struct {
    const char *name, *json, *what;
    int line, column;
} broken[] = {
    {"not JSON", "SKU,price\n", "not valid JSON", 1, 1},
    {"cut in a text", "{\"a\":\n  \"b", "ends too early", 2, 5},
    {"cut after a value", "{\"a\": 1", "ends too early", 1, 8},
    {"empty", "", "ends too early", 1, 1},
    {"no comma", "{\"a\": 1\n \"b\": 2}", "not valid JSON", 2, 4},
    {"NaN", "[1,\n NaN]", "not valid JSON", 2, 2},
    {"something behind", "{} {}", "not valid JSON", 1, 4},
    {"not UTF-8", "[\"a\xff\"]", "not valid JSON", 1, 5},
};

Test(json_stream, broken_files_are_told_at_their_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct err err = {0};
        cr_assert(not(reads(&arena, broken[i].json, &err)), "%s", broken[i].name);
        cr_expect(strstr(err.what, broken[i].what) != NULL, "%s: %s", broken[i].name, err.what);
        cr_expect(eq(int, err.line, broken[i].line), "%s", broken[i].name);
        cr_expect(err.column >= broken[i].column - 1 && err.column <= broken[i].column + 1,
                  "%s: column %d", broken[i].name, err.column);
        arena_release(&arena);
    }
}

Test(json_stream, depth_and_length_have_bounds) {
    struct arena arena = {0};
    struct err err = {0};
    char deep[JSON_DEPTH_MAX + 2] = {0};
    memset(deep, '[', JSON_DEPTH_MAX + 1);
    cr_assert(not(reads(&arena, deep, &err)));
    cr_assert(strstr(err.what, "levels deep") != NULL);
    cr_assert(eq(int, err.column, JSON_DEPTH_MAX + 1));
    enum { LONG = 3 << 20 };
    char *text = arena_alloc(&arena, LONG + 1, 1);
    memset(text, 'x', LONG);
    text[0] = '"';
    cr_assert(not(reads(&arena, text, &err)));
    cr_assert(strstr(err.what, "more than 1 MiB") != NULL, "%s", err.what);
    arena_release(&arena);
}

Test(json_stream, a_refusal_stops_the_reading_with_its_line) {
    struct arena arena = {0};
    struct err err = {0};
    struct recorder r = {.log = {.arena = &arena}, .stop_after = 4};
    struct source *source =
        source_open_memory(&arena, bytes_of("{\"a\": 1,\n \"b\": 2}"), "a.json", &err);
    cr_assert(not(json_stream_read(&arena, source, record, &r, &err)));
    cr_assert(eq(int, r.n, 4));
    cr_assert(eq(str, err.what, "stopped"));
    cr_assert(eq(str, err.excerpt, " \"b\": 2}"));
    cr_assert(eq(int, err.line, 2));
    cr_assert(eq(int, err.column, 2));
    arena_release(&arena);
}

static bool ignore(void *context, const struct json_stream *at, enum json_event event,
                   struct bytes text, struct err *err) {
    (void)context, (void)at, (void)event, (void)text, (void)err;
    return true;
}

/* An endless list of objects, cut at n bytes by closing it. */
struct endless {
    size_t left;
    bool begun, ended;
};

static long give_objects(void *context, char *buffer, size_t n) {
    static const char object[] = "{\"key\": \"value\", \"n\": 1},\n";
    struct endless *e = context;
    if (e->ended)
        return 0;
    if (!e->begun) {
        e->begun = true;
        buffer[0] = '[';
        return 1;
    }
    if (e->left < sizeof object) {
        e->ended = true;
        memcpy(buffer, "0]", 2);
        return 2;
    }
    size_t given = 0;
    while (given + sizeof object - 1 <= n && e->left >= sizeof object) {
        memcpy(buffer + given, object, sizeof object - 1);
        given += sizeof object - 1;
        e->left -= sizeof object - 1;
    }
    return given ? (long)given : (long)(memcpy(buffer, " ", 1), 1);
}

static size_t memory_for(size_t n_bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct endless endless = {.left = n_bytes};
    struct source *source = source_open_reader(&arena, give_objects, &endless, "a.json", &err);
    cr_assert(json_stream_read(&arena, source, ignore, NULL, &err), "%s", err.what);
    size_t allocated = arena.allocated;
    arena_release(&arena);
    return allocated;
}

Test(json_stream, memory_does_not_grow_with_the_file) {
    cr_assert(eq(sz, memory_for(1 << 16), memory_for(16 << 20)));
}
