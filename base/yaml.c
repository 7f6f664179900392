/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libyaml's events are pulled one at a time and turned into nodes by recursion, whose depth is the
 * depth cap; the caps are checked before each node is made, so a hostile file costs no more than
 * it is allowed. libyaml counts characters; places are kept in bytes, so a cursor walks the text
 * along with the events. */
#include "base/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* A place in the text, reached by walking forward. */
struct cursor {
    size_t index;             /* characters before it, as libyaml counts */
    size_t offset;            /* bytes before it */
    size_t fed;               /* bytes before it of what libyaml is fed */
    size_t line, line_offset; /* 0-based; where its line starts */
};

struct builder {
    struct arena *arena;
    struct bytes text;
    bool pairs; /* JSON with surrogate pairs: libyaml is fed one escape for each */
    const char *file;
    yaml_parser_t parser;
    struct cursor cursor;
    int n_nodes, depth;
    struct err *err;
};

/* ---- JSON ---- */

/* JSON writes a character beyond U+FFFF as two escapes (RFC 8259, section 7), YAML as one. */
enum { PAIR_BYTES = 12, ESCAPE_BYTES = 10, UNIT_BYTES = 6 };

/* The value of an escape with four digits at an offset; 0: there is none. */
static unsigned unit_at(struct bytes text, size_t offset) {
    unsigned value = 0;
    if (text.n < UNIT_BYTES || offset > text.n - UNIT_BYTES || text.data[offset] != '\\' ||
        text.data[offset + 1] != 'u')
        return 0;
    for (size_t i = 2; i < UNIT_BYTES; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        char c = text.data[offset + i];
        const char *digit = c ? strchr(digits, c) : NULL;
        if (!digit)
            return 0;
        value = value * 16 + (unsigned)(digit - digits) % 16;
    }
    return value;
}

static bool is_surrogate(unsigned unit) {
    return unit >= 0xD800 && unit <= 0xDFFF;
}

/* The character of a surrogate pair at an offset; 0: there is none. */
static unsigned pair_at(struct bytes text, size_t offset) {
    unsigned high = unit_at(text, offset), low = unit_at(text, offset + UNIT_BYTES);
    if (!is_surrogate(high) || !is_surrogate(low) || high >= 0xDC00 || low < 0xDC00)
        return 0;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* Of a string of JSON that begins at an offset: where it ends, past its quote. */
static size_t json_string_end(struct bytes text, size_t offset, bool *surrogates) {
    for (offset++; offset < text.n && text.data[offset] != '"'; offset++)
        if (text.data[offset] == '\\') {
            *surrogates = *surrogates || is_surrogate(unit_at(text, offset));
            offset++;
        }
    return offset + 1;
}

/* Whether the text is JSON, as far as its strings are concerned, with surrogates in them. In other
 * YAML a backslash outside of double quotes is itself, and only a parser knows where those are. */
static bool has_json_surrogates(struct bytes text) {
    bool surrogates = false;
    char before = '[';
    for (size_t i = 0; i < text.n;) {
        char c = text.data[i];
        if (c == '"') {
            if (!strchr("[{,:", before))
                return false;
            i = json_string_end(text, i, &surrogates);
            before = '"';
            continue;
        }
        bool word = c == '+' || c == '-' || c == '.' || (c >= '0' && c <= '9') ||
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!word && !blank && (!c || !strchr("{}[],:", c) || (c == ':' && before != '"')))
            return false;
        before = word ? 'w' : blank ? before : c;
        i++;
    }
    return surrogates;
}

/* ---- places ---- */

static size_t character_bytes(struct bytes text, size_t offset) {
    unsigned char first = (unsigned char)text.data[offset];
    return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
}

static void step(struct bytes text, struct cursor *cursor) {
    char c = text.data[cursor->offset];
    size_t n = character_bytes(text, cursor->offset);
    cursor->offset += n;
    cursor->fed += n;
    cursor->index++;
    bool lone_return = c == '\r' && (cursor->offset == text.n || text.data[cursor->offset] != '\n');
    if (c == '\n' || lone_return) {
        cursor->line++;
        cursor->line_offset = cursor->offset;
    }
}

/* As `step`; an escape at once, so that an escaped backslash begins no other. */
static void step_fed(const struct builder *builder, struct cursor *cursor) {
    if (!builder->pairs || builder->text.data[cursor->offset] != '\\') {
        step(builder->text, cursor);
    } else if (pair_at(builder->text, cursor->offset)) {
        cursor->offset += PAIR_BYTES;
        cursor->fed += ESCAPE_BYTES;
        cursor->index += ESCAPE_BYTES;
    } else {
        step(builder->text, cursor);
        if (cursor->offset < builder->text.n)
            step(builder->text, cursor);
    }
}

/* Events come in the order of the text, so the whole walk is linear; a mark that lies behind (the
 * start of something unfinished, in an error) starts over. */
static struct cursor place_of_index(struct builder *builder, size_t index) {
    struct cursor cursor = builder->cursor;
    if (index < cursor.index)
        cursor = (struct cursor){0};
    while (cursor.index < index && cursor.offset < builder->text.n)
        step_fed(builder, &cursor);
    builder->cursor = cursor;
    return cursor;
}

/* Of an offset in what libyaml is fed. */
static struct cursor place_of_fed(const struct builder *builder, size_t fed) {
    struct cursor cursor = {0};
    while (cursor.fed < fed && cursor.offset < builder->text.n)
        step_fed(builder, &cursor);
    return cursor;
}

static void add_excerpt(struct bytes text, size_t line_offset, struct err *err) {
    size_t end = line_offset;
    while (end < text.n && text.data[end] != '\n' && text.data[end] != '\r')
        end++;
    if (line_offset < end)
        err_excerpt(err, text.data + line_offset, end - line_offset);
}

static bool fail_at(const struct builder *builder, struct cursor place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail_at(const struct builder *builder, struct cursor place, const char *format, ...) {
    char what[sizeof builder->err->what];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    err_at(builder->err, builder->file, (int)place.line + 1,
           (int)(place.offset - place.line_offset) + 1, "%s", what);
    add_excerpt(builder->text, place.line_offset, builder->err);
    return false;
}

static bool fail_hint(const struct builder *builder, const char *hint) {
    err_hint(builder->err, "%s", hint);
    return false;
}

/* ---- events ---- */

/* libyaml's own complaint, in our form. */
static bool fail_libyaml(struct builder *builder) {
    const yaml_parser_t *parser = &builder->parser;
    const char *problem = parser->problem ? parser->problem : "not readable";
    if (parser->error == YAML_MEMORY_ERROR)
        return err_set(builder->err, ERR_SYSTEM, "out of memory in the YAML parser");
    if (parser->error == YAML_READER_ERROR) {
        struct cursor place = place_of_fed(builder, parser->problem_offset);
        return fail_at(builder, place, "not valid YAML: %s", problem);
    }
    struct cursor place = place_of_index(builder, parser->problem_mark.index);
    bool tab = place.offset < builder->text.n && builder->text.data[place.offset] == '\t';
    if (parser->context)
        fail_at(builder, place, "not valid YAML: %s, %s (begun on line %zu)", problem,
                parser->context, parser->context_mark.line + 1);
    else
        fail_at(builder, place, "not valid YAML: %s", problem);
    if (tab)
        err_hint(builder->err, "indent with blanks: YAML takes no tabs there");
    if (strcmp(problem, "found invalid Unicode character escape code") == 0)
        err_hint(builder->err, "write the character itself, or \\U and its eight digits");
    return false;
}

static bool next_event(struct builder *builder, yaml_event_t *event) {
    return yaml_parser_parse(&builder->parser, event) || fail_libyaml(builder);
}

/* The anchor and the tag of an event that may carry them. */
static void marks_of(const yaml_event_t *event, const yaml_char_t **anchor,
                     const yaml_char_t **tag) {
    *anchor = *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        *anchor = event->data.scalar.anchor;
        *tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        *anchor = event->data.sequence_start.anchor;
        *tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        *anchor = event->data.mapping_start.anchor;
        *tag = event->data.mapping_start.tag;
    }
}

static bool check_event(struct builder *builder, const yaml_event_t *event) {
    const yaml_char_t *anchor, *tag;
    marks_of(event, &anchor, &tag);
    struct cursor place = place_of_index(builder, event->start_mark.index);
    if (event->type == YAML_ALIAS_EVENT) {
        fail_at(builder, place, "aliases (*%s) are not supported",
                (const char *)event->data.alias.anchor);
        return fail_hint(builder, "write the value out; quote a text that begins with *");
    }
    if (anchor) {
        fail_at(builder, place, "anchors (&%s) are not supported", (const char *)anchor);
        return fail_hint(builder, "write the value out; quote a text that begins with &");
    }
    if (tag) {
        fail_at(builder, place, "tags (%s) are not supported", (const char *)tag);
        return fail_hint(builder, "leave the tag out: the field decides the type; quote a text "
                                  "that begins with !");
    }
    if (builder->n_nodes == YAML_NODES_MAX)
        return fail_at(builder, place, "more than %d values in one file", (int)YAML_NODES_MAX);
    if (builder->depth > YAML_DEPTH_MAX)
        return fail_at(builder, place, "nested deeper than %d levels", (int)YAML_DEPTH_MAX);
    return true;
}

/* ---- nodes ---- */

static struct yaml_node *build_node(struct builder *builder, yaml_event_t *event);

static struct yaml_node *new_node(struct builder *builder, const yaml_event_t *event,
                                  enum yaml_kind kind) {
    struct cursor place = place_of_index(builder, event->start_mark.index);
    struct yaml_node *node = arena_new(builder->arena, struct yaml_node, 1);
    node->kind = kind;
    node->line = (int)place.line + 1;
    node->column = (int)(place.offset - place.line_offset) + 1;
    node->length = 1;
    builder->n_nodes++;
    return node;
}

/* As written, on its first line. */
static int written_length(struct builder *builder, const yaml_event_t *event) {
    size_t start = place_of_index(builder, event->start_mark.index).offset;
    size_t end = place_of_index(builder, event->end_mark.index).offset;
    size_t n = 0;
    while (start + n < end && builder->text.data[start + n] != '\n' &&
           builder->text.data[start + n] != '\r')
        n++;
    return (int)n;
}

static struct yaml_node *build_scalar(struct builder *builder, const yaml_event_t *event) {
    struct yaml_node *node = new_node(builder, event, YAML_NODE_SCALAR);
    node->length = written_length(builder, event);
    node->quoted = event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                   event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    size_t n = event->data.scalar.length;
    node->text =
        (struct bytes){arena_strndup(builder->arena, (const char *)event->data.scalar.value, n), n};
    return node;
}

static void make_room(struct builder *builder, struct yaml_node *node, int *capacity) {
    if (node->n < *capacity)
        return;
    size_t n = (size_t)node->n, grown = n ? 2 * n : 4;
    node->items = arena_grow(builder->arena, node->items, n, grown, sizeof *node->items);
    if (node->kind == YAML_NODE_MAP)
        node->keys = arena_grow(builder->arena, node->keys, n, grown, sizeof *node->keys);
    *capacity = (int)grown;
}

static bool check_key(struct builder *builder, const struct yaml_node *map,
                      const struct yaml_node *key, struct cursor place) {
    if (key->kind != YAML_NODE_SCALAR) {
        fail_at(builder, place, "a key must be plain text, not a list or a mapping");
        return fail_hint(builder, "quote a text that begins with [ or {");
    }
    for (int i = 0; i < map->n; i++) {
        if (!bytes_equal(map->keys[i]->text, key->text))
            continue;
        int shown = key->text.n < 80 ? (int)key->text.n : 80;
        fail_at(builder, place, "duplicate key '%.*s'", shown, key->text.data);
        builder->err->length = key->length;
        err_hint(builder->err, "it is already set on line %d; keep one of them",
                 map->keys[i]->line);
        return false;
    }
    return true;
}

/* The key or item that an event begins; the event is consumed. */
static struct yaml_node *build_child(struct builder *builder, yaml_event_t *event) {
    struct yaml_node *child = build_node(builder, event);
    yaml_event_delete(event);
    return child;
}

static bool build_pair(struct builder *builder, struct yaml_node *map, yaml_event_t *event) {
    struct cursor place = place_of_index(builder, event->start_mark.index);
    struct yaml_node *key = build_child(builder, event);
    if (!key || !check_key(builder, map, key, place) || !next_event(builder, event))
        return false;
    map->keys[map->n] = key;
    map->items[map->n] = build_child(builder, event);
    return map->items[map->n] != NULL;
}

static bool build_item(struct builder *builder, struct yaml_node *list, yaml_event_t *event) {
    list->items[list->n] = build_child(builder, event);
    return list->items[list->n] != NULL;
}

static struct yaml_node *build_collection(struct builder *builder, const yaml_event_t *start,
                                          enum yaml_kind kind) {
    struct yaml_node *node = new_node(builder, start, kind);
    int capacity = 0;
    builder->depth++;
    for (;;) {
        yaml_event_t event;
        if (!next_event(builder, &event))
            return NULL;
        if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        make_room(builder, node, &capacity);
        bool map = kind == YAML_NODE_MAP;
        if (!(map ? build_pair(builder, node, &event) : build_item(builder, node, &event)))
            return NULL;
        node->n++;
    }
    builder->depth--;
    return node;
}

static struct yaml_node *build_node(struct builder *builder, yaml_event_t *event) {
    bool collection =
        event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
    builder->depth += collection;
    bool fine = check_event(builder, event);
    builder->depth -= collection;
    if (!fine)
        return NULL;
    if (!collection)
        return build_scalar(builder, event);
    return build_collection(
        builder, event, event->type == YAML_MAPPING_START_EVENT ? YAML_NODE_MAP : YAML_NODE_LIST);
}

/* ---- documents ---- */

static bool expect_document(struct builder *builder, const yaml_event_t *event) {
    struct cursor place = place_of_index(builder, event->start_mark.index);
    if (event->type == YAML_STREAM_END_EVENT)
        return fail_at(builder, (struct cursor){0}, "the file is empty");
    if (event->data.document_start.tag_directives.start !=
        event->data.document_start.tag_directives.end)
        return fail_at(builder, place, "%%TAG directives are not supported");
    return true;
}

static bool expect_stream_end(struct builder *builder, const yaml_event_t *event) {
    if (event->type == YAML_STREAM_END_EVENT)
        return true;
    struct cursor place = place_of_index(builder, event->start_mark.index);
    fail_at(builder, place, "a second document begins here");
    return fail_hint(builder, "one file holds one document: remove the line '---'");
}

/* Stream start, document start, the root, document end, stream end. */
static struct yaml_node *build_stream(struct builder *builder) {
    yaml_event_t event;
    struct yaml_node *root = NULL;
    for (int i = 0; i < 2; i++) {
        if (!next_event(builder, &event))
            return NULL;
        bool fine = i == 0 || expect_document(builder, &event);
        yaml_event_delete(&event);
        if (!fine)
            return NULL;
    }
    if (!next_event(builder, &event))
        return NULL;
    root = build_child(builder, &event);
    if (!root)
        return NULL;
    for (int i = 0; i < 2; i++) {
        if (!next_event(builder, &event))
            return NULL;
        bool fine = i == 0 || expect_stream_end(builder, &event);
        yaml_event_delete(&event);
        if (!fine)
            return NULL;
    }
    return root;
}

static bool check_text(const struct builder *builder) {
    if (builder->text.n > YAML_BYTES_MAX)
        return err_at(builder->err, builder->file, 0, 0, "the file is larger than 1 MiB");
    size_t bad = 0;
    if (text_is_utf8(builder->text, &bad))
        return true;
    fail_at(builder, place_of_fed(builder, bad), "not UTF-8 text (byte 0x%02x)",
            (unsigned)(unsigned char)builder->text.data[bad]);
    return fail_hint(builder, "save the file as UTF-8");
}

/* What libyaml is to read: the text, with one escape for each surrogate pair. */
static bool feed(struct builder *builder, struct text *out) {
    struct bytes text = builder->text;
    struct cursor cursor = {0};
    while (cursor.offset < text.n) {
        struct cursor before = cursor;
        unsigned character = pair_at(text, cursor.offset);
        step_fed(builder, &cursor);
        if (cursor.fed - before.fed != cursor.offset - before.offset) {
            text_printf(out, "\\U%08X", character);
            continue;
        }
        if (text.data[before.offset] == '\\' && is_surrogate(unit_at(text, before.offset))) {
            fail_at(builder, before, "half a character: %.6s is one of a surrogate pair",
                    text.data + before.offset);
            return fail_hint(builder, "write the character itself, or both escapes of its pair");
        }
        text_append(out, text.data + before.offset, cursor.offset - before.offset);
    }
    return true;
}

bool yaml_parse(struct arena *arena, struct bytes text, const char *file, struct yaml_document *out,
                struct err *err) {
    struct err local;
    if (text.n >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0)
        text = (struct bytes){text.data + 3, text.n - 3};
    struct builder builder = {
        .arena = arena, .text = text, .file = file, .err = err ? err : &local};
    if (!check_text(&builder))
        return false;
    struct text fed = {.arena = arena};
    builder.pairs = has_json_surrogates(text);
    if (builder.pairs && !feed(&builder, &fed))
        return false;
    struct bytes read = builder.pairs ? (struct bytes){fed.data, fed.n} : text;
    if (!yaml_parser_initialize(&builder.parser))
        return err_set(err, ERR_SYSTEM, "cannot start the YAML parser");
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.parser, (const unsigned char *)read.data, read.n);
    const struct yaml_node *root = build_stream(&builder);
    yaml_parser_delete(&builder.parser);
    if (root)
        *out = (struct yaml_document){.file = file, .text = text, .root = root};
    return root != NULL;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key) {
    if (!map || map->kind != YAML_NODE_MAP)
        return NULL;
    for (int i = 0; i < map->n; i++)
        if (bytes_are(map->keys[i]->text, key))
            return map->items[i];
    return NULL;
}

static size_t offset_of_line(struct bytes text, int line) {
    struct cursor cursor = {0};
    while (cursor.line + 1 < (size_t)line && cursor.offset < text.n)
        step(text, &cursor);
    return cursor.offset;
}

bool yaml_err(const struct yaml_document *document, const struct yaml_node *node, struct err *err,
              const char *format, ...) {
    char what[sizeof err->what];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    err_at(err, document->file, node->line, node->column, "%s", what);
    if (err) {
        err->length = node->length;
        add_excerpt(document->text, offset_of_line(document->text, node->line), err);
    }
    return false;
}
