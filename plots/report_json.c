/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mark's line is written by the rows of `columns` that its kind has, in their order, and read by
 * the same rows. What is read is hostile: every number has bounds, tags nest, addresses are of the
 * web. */
#include "plots/report_json.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/calendar.h"
#include "sim/json_place.h"

#define PLACE_MAX 20000.0 /* points: some fourteen times the longest sheet */
#define LENGTH_MAX 5000.0
enum { PAGES_MAX = 5000, DEPTH_MAX = 8 };

/* ---- what a mark is on file ---- */

enum column_type {
    COLUMN_PLACE,  /* thousandths of a point */
    COLUMN_LENGTH, /* the same, not below zero */
    COLUMN_COLOR,  /* "#12436D" */
    COLUMN_FLAG,   /* 0 or 1 */
    COLUMN_WEIGHT, /* 0 regular, 1 semibold, 2 bold */
    COLUMN_POINTS, /* x and y of each */
    COLUMN_WORDS,
    COLUMN_TAG,  /* name of a structure tag */
    COLUMN_ALT,  /* words of a Figure, else null */
    COLUMN_LINK, /* address of a Link, else null */
};

static const char *const kinds[] = {"rect", "area", "path", "segments",
                                    "dot",  "text", "open", "close"};
enum { KINDS = sizeof kinds / sizeof *kinds };

#define ON(kind) (1u << MARK_##kind)

struct column {
    unsigned kinds; /* that have it */
    const char *name;
    enum column_type type;
    size_t offset; /* in struct mark */
};

static const struct column columns[] = {
    {ON(RECT) | ON(DOT) | ON(TEXT), "x", COLUMN_PLACE, offsetof(struct mark, box.x)},
    {ON(RECT) | ON(DOT), "y", COLUMN_PLACE, offsetof(struct mark, box.y)},
    {ON(RECT) | ON(DOT), "width", COLUMN_PLACE, offsetof(struct mark, box.w)},
    {ON(RECT) | ON(DOT), "height", COLUMN_PLACE, offsetof(struct mark, box.h)},
    {ON(RECT) | ON(DOT) | ON(AREA), "fill", COLUMN_COLOR, offsetof(struct mark, fill)},
    {ON(DOT), "ring", COLUMN_FLAG, offsetof(struct mark, ring)},
    {ON(PATH) | ON(SEGMENTS), "color", COLUMN_COLOR, offsetof(struct mark, stroke.color)},
    {ON(PATH) | ON(SEGMENTS), "line", COLUMN_LENGTH, offsetof(struct mark, stroke.width)},
    {ON(PATH) | ON(SEGMENTS), "dashed", COLUMN_FLAG, offsetof(struct mark, stroke.dashed)},
    {ON(PATH) | ON(SEGMENTS), "halo", COLUMN_LENGTH, offsetof(struct mark, stroke.halo)},
    {ON(AREA) | ON(PATH) | ON(SEGMENTS), "points", COLUMN_POINTS, 0},
    {ON(TEXT), "baseline", COLUMN_PLACE, offsetof(struct mark, baseline)},
    {ON(TEXT), "size", COLUMN_LENGTH, offsetof(struct mark, style.size)},
    {ON(TEXT), "weight", COLUMN_WEIGHT, offsetof(struct mark, style.weight)},
    {ON(TEXT), "color", COLUMN_COLOR, offsetof(struct mark, style.color)},
    {ON(TEXT), "backed", COLUMN_FLAG, offsetof(struct mark, backed)},
    {ON(TEXT), "words", COLUMN_WORDS, offsetof(struct mark, text)},
    {ON(OPEN) | ON(CLOSE), "tag", COLUMN_TAG, offsetof(struct mark, text)},
    {ON(OPEN), "alt", COLUMN_ALT, offsetof(struct mark, alt)},
    {ON(OPEN), "link", COLUMN_LINK, offsetof(struct mark, link)},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static const char *const tags[] = {"H1", "H2", "P", "Figure", "Table", "TR", "TH", "TD", "Link"};

static bool has_column(int kind, const struct column *column) {
    return (column->kinds & 1u << kind) != 0;
}

/* ---- writing ---- */

static void append_quoted(struct text *out, const char *words) {
    text_append_string(out, "\"");
    for (const char *c = words; *c; c++) {
        if (*c == '"' || *c == '\\')
            text_printf(out, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            text_printf(out, "\\u%04x", (unsigned)*c);
        else
            text_append(out, c, 1);
    }
    text_append_string(out, "\"");
}

static void append_quoted_or_null(struct text *out, const char *words) {
    if (words)
        append_quoted(out, words);
    else
        text_append_string(out, "null");
}

static long long parts_of(double points) {
    return llround(points * SCENE_PARTS);
}

static void append_points(struct text *out, const struct mark *mark) {
    for (int i = 0; i < mark->n_points; i++)
        text_printf(out, "%s%lld,%lld", i ? "," : "[", parts_of(mark->points[i].x),
                    parts_of(mark->points[i].y));
    text_append_string(out, mark->n_points ? "]" : "[]");
}

static void append_cell(struct text *out, const struct mark *mark, const struct column *column) {
    const void *at = (const char *)mark + column->offset;
    switch (column->type) {
    case COLUMN_PLACE:
    case COLUMN_LENGTH:
        text_printf(out, "%lld", parts_of(*(const double *)at));
        break;
    case COLUMN_COLOR:
        text_printf(out, "\"#%06X\"", (unsigned)*(const rgb *)at);
        break;
    case COLUMN_FLAG:
        text_printf(out, "%d", *(const bool *)at);
        break;
    case COLUMN_WEIGHT:
        text_printf(out, "%d", (int)*(const enum weight *)at);
        break;
    case COLUMN_POINTS:
        append_points(out, mark);
        break;
    case COLUMN_WORDS:
    case COLUMN_TAG:
    case COLUMN_ALT:
    case COLUMN_LINK:
        append_quoted_or_null(out, *(const char *const *)at);
        break;
    }
}

static void append_mark(struct text *out, const struct mark *mark) {
    text_printf(out, "[\"%s\"", kinds[mark->kind]);
    for (int i = 0; i < COLUMNS; i++) {
        if (!has_column((int)mark->kind, &columns[i]))
            continue;
        text_append_string(out, ",");
        append_cell(out, mark, &columns[i]);
    }
    text_append_string(out, "]");
}

static void append_columns(struct text *out) {
    for (int kind = 0; kind < KINDS; kind++) {
        text_printf(out, "%s\n\"%s\":[", kind ? "," : "{", kinds[kind]);
        for (int i = 0, n = 0; i < COLUMNS; i++)
            if (has_column(kind, &columns[i]))
                text_printf(out, "%s\"%s\"", n++ ? "," : "", columns[i].name);
        text_append_string(out, "]");
    }
    text_append_string(out, "}");
}

void report_append_json(const struct report_sheets *sheets, struct text *out) {
    const struct flow *flow = &sheets->flow;
    text_append_string(out, "{\n\"title\":");
    append_quoted(out, sheets->title);
    text_append_string(out, ",\n\"subject\":");
    append_quoted(out, sheets->subject);
    text_append_string(out, ",\n\"date\":");
    append_quoted(out, sheets->date);
    text_append_string(out, ",\n\"missing\":");
    append_quoted_or_null(out, flow->missing);
    text_printf(out,
                ",\n\"width\":%lld,\n\"height\":%lld,\n\"columns\":", parts_of(flow->paper.width),
                parts_of(flow->paper.height));
    append_columns(out);
    text_append_string(out, ",\n\"chapters\":[");
    for (int i = 0; i < flow->n_chapters; i++) {
        text_append_string(out, i ? ",\n[" : "\n[");
        append_quoted(out, flow->chapters[i].title);
        text_printf(out, ",%d,%lld]", flow->chapters[i].page, parts_of(flow->chapters[i].y));
    }
    text_append_string(out, "],\n\"pages\":[");
    for (int i = 0; i < flow->n_pages; i++) {
        text_append_string(out, i ? ",\n[" : "\n[");
        for (int m = 0; m < flow->pages[i].scene.n; m++) {
            text_append_string(out, m ? ",\n" : "\n");
            append_mark(out, &flow->pages[i].scene.marks[m]);
        }
        text_append_string(out, "]");
    }
    text_append_string(out, "]}");
}

/* ---- reading ---- */

struct reading {
    struct arena *arena;
    struct bytes text;
    const char *file;
    struct err *err;
    struct json_step path[8]; /* to the value that is looked at */
    int depth;
};

static bool wrong(struct reading *r, const char *expected) {
    json_err(r->text, r->file, r->path, r->depth, r->err, "expected %s", expected);
    err_hint(r->err, "make it again: headroom run SCENARIO writes result.json");
    return false;
}

/* The value at a key or index of the one that is looked at; `leave` goes back. */
static json_t *enter(struct reading *r, json_t *in, const char *key, size_t index) {
    r->path[r->depth++] = (struct json_step){key, index};
    return key ? json_object_get(in, key) : json_array_get(in, index);
}

static bool leave(struct reading *r, bool ok) {
    if (ok)
        r->depth--;
    return ok;
}

static bool is_between(json_t *value, double low, double high) {
    return json_is_integer(value) && (double)json_integer_value(value) >= low &&
           (double)json_integer_value(value) <= high;
}

static bool read_parts(struct reading *r, json_t *value, double low, double high, double *out) {
    if (!is_between(value, low * SCENE_PARTS, high * SCENE_PARTS))
        return wrong(r, arena_printf(r->arena, "a whole number from %.0f to %.0f",
                                     low * SCENE_PARTS, high * SCENE_PARTS));
    *out = (double)json_integer_value(value) / SCENE_PARTS;
    return true;
}

static bool read_small(struct reading *r, json_t *value, int most, int *out) {
    if (!is_between(value, 0, most))
        return wrong(r, arena_printf(r->arena, "a whole number from 0 to %d", most));
    *out = (int)json_integer_value(value);
    return true;
}

static bool read_color(struct reading *r, json_t *value, rgb *out) {
    const char *words = json_string_value(value);
    if (!words || words[0] != '#' || strlen(words) != 7 ||
        strspn(words + 1, "0123456789ABCDEF") != 6)
        return wrong(r, "a colour such as \"#12436D\"");
    *out = 0;
    for (const char *c = words + 1; *c; c++)
        *out = *out * 16 + (rgb)(*c <= '9' ? *c - '0' : *c - 'A' + 10);
    return true;
}

static bool read_points(struct reading *r, json_t *value, struct mark *mark) {
    size_t n = json_array_size(value) / 2;
    if (!json_is_array(value) || json_array_size(value) % 2)
        return wrong(r, "x and y of every point");
    struct point *points = arena_new(r->arena, struct point, n);
    for (size_t i = 0; i < 2 * n; i++) {
        double *out = i % 2 ? &points[i / 2].y : &points[i / 2].x;
        json_t *place = enter(r, value, NULL, i);
        if (!leave(r, read_parts(r, place, -PLACE_MAX, PLACE_MAX, out)))
            return false;
    }
    mark->points = points;
    mark->n_points = (int)n;
    return true;
}

static bool read_words(struct reading *r, json_t *value, bool or_null, const char **out) {
    *out = json_string_value(value);
    if (*out || (or_null && json_is_null(value)))
        return true;
    return wrong(r, or_null ? "words or null" : "words");
}

/* Words that go to a terminal and to the document's properties: none may drive what shows them. */
static bool read_line(struct reading *r, json_t *value, bool or_null, const char **out) {
    if (!read_words(r, value, or_null, out))
        return false;
    *out = *out ? text_printable(r->arena, bytes_of(*out)) : NULL;
    return true;
}

static bool read_tag(struct reading *r, json_t *value, const char **out) {
    const char *words = json_string_value(value);
    for (size_t i = 0; words && i < sizeof tags / sizeof *tags; i++)
        if (strcmp(words, tags[i]) == 0) {
            *out = tags[i];
            return true;
        }
    return wrong(r, "the name of a structure tag");
}

/* Words for a Figure, an address for a Link, null for others: `mark` has its tag already. */
static bool read_of_tag(struct reading *r, json_t *value, const struct mark *mark, const char *tag,
                        const char **out) {
    if (!read_words(r, value, true, out))
        return false;
    if ((*out != NULL) != (strcmp(mark->text, tag) == 0))
        return wrong(r, arena_printf(r->arena, "words for a %s, null for other tags", tag));
    return true;
}

static bool read_link(struct reading *r, json_t *value, const struct mark *mark, const char **out) {
    if (!read_of_tag(r, value, mark, "Link", out))
        return false;
    for (const char *c = *out; c && *c; c++)
        if (*c <= ' ' || *c > '~')
            return wrong(r, "an address in plain characters");
    if (*out && strncmp(*out, "https://", 8) != 0)
        return wrong(r, "an address that begins with https://");
    return true;
}

static bool read_cell(struct reading *r, json_t *value, const struct column *column,
                      struct mark *mark) {
    void *at = (char *)mark + column->offset;
    int number = 0;
    switch (column->type) {
    case COLUMN_PLACE:
        return read_parts(r, value, -PLACE_MAX, PLACE_MAX, at);
    case COLUMN_LENGTH:
        return read_parts(r, value, 0, LENGTH_MAX, at);
    case COLUMN_COLOR:
        return read_color(r, value, at);
    case COLUMN_FLAG:
        if (!read_small(r, value, 1, &number))
            return false;
        *(bool *)at = number;
        return true;
    case COLUMN_WEIGHT:
        if (!read_small(r, value, WEIGHTS - 1, &number))
            return false;
        *(enum weight *)at = (enum weight)number;
        return true;
    case COLUMN_POINTS:
        return read_points(r, value, mark);
    case COLUMN_WORDS:
        return read_words(r, value, false, at);
    case COLUMN_TAG:
        return read_tag(r, value, at);
    case COLUMN_ALT:
        return read_of_tag(r, value, mark, "Figure", at);
    case COLUMN_LINK:
        return read_link(r, value, mark, at);
    }
    return false;
}

static bool read_kind(struct reading *r, json_t *value, int *out) {
    const char *words = json_string_value(value);
    for (*out = 0; words && *out < KINDS; ++*out)
        if (strcmp(words, kinds[*out]) == 0)
            return true;
    return wrong(r, "the kind of a mark; a newer headroom may know it");
}

static bool read_mark(struct reading *r, json_t *array, struct mark *out) {
    int kind;
    json_t *value = enter(r, array, NULL, 0);
    if (!leave(r, read_kind(r, value, &kind)))
        return false;
    *out = (struct mark){.kind = (enum mark_kind)kind};
    size_t n = 1;
    for (int i = 0; i < COLUMNS; i++) {
        if (!has_column(kind, &columns[i]))
            continue;
        value = enter(r, array, NULL, n++);
        if (!leave(r, read_cell(r, value, &columns[i], out)))
            return false;
    }
    return json_array_size(array) == n ||
           wrong(r, arena_printf(r->arena, "%zu values of a '%s'", n, kinds[kind]));
}

/* The tags that are open on a page. */
struct nest {
    const char *tags[DEPTH_MAX];
    int n;
};

static bool nest_mark(struct reading *r, struct nest *nest, const struct mark *mark) {
    if (mark->kind == MARK_OPEN) {
        if (nest->n == DEPTH_MAX)
            return wrong(r, "fewer tags in each other");
        nest->tags[nest->n++] = mark->text;
    } else if (mark->kind == MARK_CLOSE) {
        if (nest->n == 0 || strcmp(nest->tags[nest->n - 1], mark->text) != 0)
            return wrong(r, "the end of the tag that was opened last");
        nest->n--;
    }
    return true;
}

static bool read_page(struct reading *r, json_t *array, struct scene *scene) {
    struct nest nest = {.n = 0};
    if (!json_is_array(array))
        return wrong(r, "the marks of a page");
    for (size_t i = 0; i < json_array_size(array); i++) {
        struct mark mark;
        json_t *value = enter(r, array, NULL, i);
        if (!leave(r, read_mark(r, value, &mark) && nest_mark(r, &nest, &mark)))
            return false;
        scene_put(scene, &mark);
    }
    return nest.n == 0 || wrong(r, "every tag of the page to be closed on it");
}

static bool read_pages(struct reading *r, json_t *array, struct typeset *type, struct flow *flow) {
    size_t n = json_array_size(array);
    if (n == 0 || n > PAGES_MAX)
        return wrong(r, "pages");
    flow->pages = arena_new(r->arena, struct flow_page, n);
    flow->n_pages = flow->pages_capacity = (int)n;
    for (size_t i = 0; i < n; i++) {
        struct scene *scene = &flow->pages[i].scene;
        *scene = scene_open(r->arena, type, flow->paper.width, flow->paper.height);
        json_t *value = enter(r, array, NULL, i);
        if (!leave(r, read_page(r, value, scene)))
            return false;
    }
    return true;
}

static bool read_chapter(struct reading *r, json_t *array, int n_pages, struct flow_chapter *out) {
    json_t *value = enter(r, array, NULL, 0);
    if (!leave(r, read_line(r, value, false, &out->title)))
        return false;
    value = enter(r, array, NULL, 1);
    if (!leave(r, read_small(r, value, n_pages - 1, &out->page)))
        return false;
    value = enter(r, array, NULL, 2);
    return leave(r, read_parts(r, value, 0, LENGTH_MAX, &out->y));
}

static bool read_chapters(struct reading *r, json_t *array, struct flow *flow) {
    size_t n = json_array_size(array);
    if (!json_is_array(array) || n > PAGES_MAX)
        return wrong(r, "chapters");
    flow->chapters = arena_new(r->arena, struct flow_chapter, n);
    flow->n_chapters = (int)n;
    for (size_t i = 0; i < n; i++) {
        json_t *value = enter(r, array, NULL, i);
        if (!leave(r, read_chapter(r, value, flow->n_pages, &flow->chapters[i])))
            return false;
    }
    return true;
}

static bool read_date(struct reading *r, json_t *value, const char **out) {
    struct date date;
    *out = json_string_value(value);
    if (*out && calendar_parse_date(bytes_of(*out), &date))
        return true;
    return wrong(r, "a day such as 2026-12-01");
}

static bool read_columns(struct reading *r, json_t *value) {
    struct text own = {.arena = r->arena};
    struct err err = {0};
    append_columns(&own);
    json_t *table = json_read((struct bytes){own.data, own.n}, "columns", &err);
    bool same = json_equal(table, value) == 1;
    json_decref(table);
    return same || wrong(r, "the columns of this headroom; another version laid this report out");
}

bool report_read_json(struct arena *arena, struct typeset *type, json_t *root, struct bytes text,
                      const char *file, struct report_sheets *out, struct err *err) {
    struct reading r = {.arena = arena, .text = text, .file = file, .err = err};
    struct report_sheets sheets = {.flow = {.arena = arena, .type = type}};
    struct flow *flow = &sheets.flow;
    json_t *report = enter(&r, root, "report", 0);
    if (!json_is_object(report)) {
        err_at(err, file, 0, 0, "a result without its report");
        err_hint(err, "headroom run SCENARIO writes it into result.json; older results do not have "
                      "it, nor has what --json prints");
        return false;
    }
    bool ok = leave(&r, read_columns(&r, enter(&r, report, "columns", 0))) &&
              leave(&r, read_line(&r, enter(&r, report, "title", 0), false, &sheets.title)) &&
              leave(&r, read_line(&r, enter(&r, report, "subject", 0), false, &sheets.subject)) &&
              leave(&r, read_date(&r, enter(&r, report, "date", 0), &sheets.date)) &&
              leave(&r, read_line(&r, enter(&r, report, "missing", 0), true, &flow->missing)) &&
              leave(&r, read_parts(&r, enter(&r, report, "width", 0), 72, LENGTH_MAX,
                                   &flow->paper.width)) &&
              leave(&r, read_parts(&r, enter(&r, report, "height", 0), 72, LENGTH_MAX,
                                   &flow->paper.height)) &&
              leave(&r, read_pages(&r, enter(&r, report, "pages", 0), type, flow)) &&
              leave(&r, read_chapters(&r, enter(&r, report, "chapters", 0), flow));
    if (ok)
        *out = sheets;
    return ok;
}
