/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/carbon.h"

#include <math.h>
#include <string.h>

#include "base/calendar.h"
#include "base/csv.h"
#include "base/embedded.h"

extern const struct embedded_file pricing_embedded[];

enum { FORMAT_VERSION = 1 };

enum column {
    COL_KIND,
    COL_NAME,
    COL_VALUE,
    COL_LOW,
    COL_HIGH,
    COL_UNIT,
    COL_STATUS,
    COL_SOURCE,
    COL_AS_OF,
    N_COLUMNS
};

static const char *const columns[N_COLUMNS] = {"kind", "name",   "value",  "?low", "?high",
                                               "unit", "status", "source", "as_of"};

static const struct {
    const char *kind, *unit;
} kinds[] = {
    {"pue", "ratio"},          {"grid", "kg/kWh"},  {"vcpu idle", "W"},
    {"vcpu full", "W"},        {"memory", "W/GiB"}, {"accelerator idle", "W"},
    {"accelerator full", "W"}, {"server", "kg"},    {"server life", "h"},
};

/* ---- reading ---- */

struct reading {
    struct arena *arena;
    struct csv_reader *csv;
    struct csv_row row;
    int index[N_COLUMNS];
    struct err_list *errs;
};

static struct bytes cell(const struct reading *r, enum column column) {
    int i = r->index[column];
    return i < 0 ? (struct bytes){"", 0} : bytes_trim(r->row.fields[i].text);
}

static bool mistake(struct reading *r, enum column column, const char *what, const char *hint) {
    struct err err;
    csv_err(r->csv, &r->row, r->index[column], &err, "%s", what);
    if (hint)
        err_hint(&err, "%s", hint);
    return err_list_add(r->errs, &err);
}

static const char *copy(struct reading *r, enum column column) {
    struct bytes text = cell(r, column);
    return arena_strndup(r->arena, text.data, text.n);
}

static bool read_number(struct reading *r, enum column column, double unless, double *out) {
    struct bytes text = cell(r, column);
    *out = unless;
    if (text.n == 0 && column != COL_VALUE)
        return true;
    if (text_parse_double(text, out) && *out > 0)
        return true;
    return mistake(r, column, "a figure must be a number above 0",
                   "leave the row out when it is not known");
}

static bool read_kind(struct reading *r) {
    const char *words[sizeof kinds / sizeof *kinds];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        words[i] = kinds[i].kind;
        if (!bytes_are(cell(r, COL_KIND), kinds[i].kind))
            continue;
        if (bytes_are(cell(r, COL_UNIT), kinds[i].unit))
            return true;
        return mistake(r, COL_UNIT,
                       arena_printf(r->arena, "%s is given in %s", kinds[i].kind, kinds[i].unit),
                       NULL);
    }
    const char *near = text_nearest(cell(r, COL_KIND), words, sizeof words / sizeof *words);
    return mistake(r, COL_KIND, "unknown kind of figure",
                   near ? arena_printf(r->arena, "did you mean '%s'?", near) : NULL);
}

static bool read_figure(struct reading *r, struct carbon_figure *out) {
    bool ok = read_kind(r);
    ok = read_number(r, COL_VALUE, 0, &out->range.value) && ok;
    ok = read_number(r, COL_LOW, out->range.value, &out->range.low) && ok;
    ok = read_number(r, COL_HIGH, out->range.value, &out->range.high) && ok;
    struct date day;
    if (ok && !(out->range.low <= out->range.value && out->range.value <= out->range.high))
        ok = mistake(r, COL_VALUE, "low <= value <= high does not hold", NULL);
    out->estimated = bytes_are(cell(r, COL_STATUS), "estimated");
    if (!out->estimated && !bytes_are(cell(r, COL_STATUS), "secondary") &&
        !bytes_are(cell(r, COL_STATUS), "published"))
        ok = mistake(r, COL_STATUS, "unknown status", "one of: published, secondary, estimated");
    if (!calendar_parse_date(cell(r, COL_AS_OF), &day))
        ok = mistake(r, COL_AS_OF, "the day of the figure must be YYYY-MM-DD", NULL);
    if (cell(r, COL_SOURCE).n == 0)
        ok = mistake(r, COL_SOURCE, "the source is missing",
                     "every figure says where and when it was read");
    out->kind = copy(r, COL_KIND);
    out->name = copy(r, COL_NAME);
    out->source = copy(r, COL_SOURCE);
    out->as_of = copy(r, COL_AS_OF);
    return ok;
}

static const struct carbon_figure *find(const struct carbon_book *book, const char *kind,
                                        const char *name) {
    for (int i = 0; i < book->n_figures; i++)
        if (strcmp(book->figures[i].kind, kind) == 0 && strcmp(book->figures[i].name, name) == 0)
            return &book->figures[i];
    return NULL;
}

static bool read_head(struct reading *r, struct carbon_book *out) {
    struct err err = {0};
    if (!csv_next(r->csv, &r->row, &err))
        return err_list_add(r->errs, &err);
    if (r->row.n_fields != 3 || !bytes_are(r->row.fields[0].text, "headroom_carbon") ||
        !bytes_are(r->row.fields[1].text, "1")) {
        csv_err(r->csv, &r->row, 0, &err, "this is not a carbon book of version %d",
                FORMAT_VERSION);
        err_hint(&err, "its first line is: headroom_carbon,%d,NAME", FORMAT_VERSION);
        return err_list_add(r->errs, &err);
    }
    out->name = arena_strndup(r->arena, r->row.fields[2].text.data, r->row.fields[2].text.n);
    if (!csv_header(r->csv, columns, N_COLUMNS, false, r->index, &err))
        return err_list_add(r->errs, &err);
    return true;
}

/* What every answer needs is in every book. */
static bool check_complete(struct reading *r, const struct carbon_book *book) {
    static const char *const needed[][2] = {
        {"pue", "aws"},         {"vcpu idle", "any"},      {"vcpu full", "any"},
        {"memory", "any"},      {"server", "accelerated"}, {"server", "any"},
        {"server life", "any"},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!find(book, needed[i][0], needed[i][1])) {
            struct err err;
            csv_err(r->csv, &r->row, -1, &err, "there is no row '%s,%s'", needed[i][0],
                    needed[i][1]);
            return err_list_add(r->errs, &err);
        }
    return true;
}

bool carbon_book_read(struct arena *arena, struct source *source, struct carbon_book *out,
                      struct err_list *errs) {
    struct err err = {0};
    struct reading r = {.arena = arena, .errs = errs};
    struct carbon_book book = {0};
    struct carbon_figure *figures = NULL;
    int capacity = 0;
    r.csv = csv_open(arena, source, ',', &err);
    if (!r.csv)
        return err_list_add(errs, &err);
    bool ok = read_head(&r, &book);
    while (ok) {
        if (!csv_next(r.csv, &r.row, &err)) {
            ok = err_list_add(errs, &err);
            break;
        }
        if (r.row.n_fields == 0)
            break;
        if (book.n_figures == capacity) {
            int wanted = capacity ? 2 * capacity : 64;
            figures = arena_grow(arena, figures, (size_t)capacity, (size_t)wanted, sizeof *figures);
            book.figures = figures;
            capacity = wanted;
        }
        struct carbon_figure *figure = &figures[book.n_figures];
        if (read_figure(&r, figure) && find(&book, figure->kind, figure->name))
            mistake(&r, COL_NAME, "a second row for this figure", NULL);
        book.n_figures++;
    }
    ok = ok && errs->n_total == 0 && check_complete(&r, &book);
    csv_close(r.csv);
    if (ok)
        *out = book;
    return ok;
}

struct source *carbon_book_shipped(struct arena *arena, struct err *err) {
    const struct embedded_file *file =
        embedded_find(pricing_embedded, "pricing/books/carbon-2026.csv");
    ENSURE(file);
    struct bytes bytes = {(const char *)file->data, file->n};
    return source_open_memory(arena, bytes, "carbon-2026.csv", err);
}

/* ---- an hour ---- */

/* Busy from its low end, through itself, to its high end. */
#define BUSY_LOW 0.5

static struct carbon_range drawn(struct carbon_range idle, struct carbon_range full, double busy,
                                 double n) {
    double low = idle.low + BUSY_LOW * busy * fmax(full.low - idle.low, 0);
    double high = idle.high + busy * fmax(full.high - idle.high, 0);
    double value = idle.value + 0.5 * (1 + BUSY_LOW) * busy * fmax(full.value - idle.value, 0);
    return (struct carbon_range){n * fmin(low, value), n * value, n * fmax(high, value)};
}

static struct carbon_range plus(struct carbon_range a, struct carbon_range b) {
    return (struct carbon_range){a.low + b.low, a.value + b.value, a.high + b.high};
}

static struct carbon_range times(struct carbon_range a, struct carbon_range b) {
    return (struct carbon_range){a.low * b.low, a.value * b.value, a.high * b.high};
}

static struct carbon_range scaled(struct carbon_range a, double factor) {
    return (struct carbon_range){a.low * factor, a.value * factor, a.high * factor};
}

/* By processor, then by family, then what stands for any. */
static const struct carbon_figure *figure_of(const struct carbon_book *book, const char *kind,
                                             const struct carbon_hardware *hardware,
                                             const char *any) {
    const struct carbon_figure *figure = find(book, kind, hardware->cpu);
    if (!figure)
        figure = find(book, kind, hardware->family);
    return figure ? figure : find(book, kind, any);
}

static struct carbon_hour unknown(struct arena *arena, const char *what, const char *name) {
    return (struct carbon_hour){.reason = arena_printf(arena, "no %s of %s", what, name)};
}

struct carbon_hour carbon_instance_hour(const struct carbon_book *book,
                                        const struct carbon_hardware *hardware, const char *region,
                                        double busy, struct arena *arena) {
    ENSURE(busy >= 0 && busy <= 1 && hardware->server_vcpu >= hardware->vcpu);
    bool accelerated = hardware->accelerators > 0;
    const struct carbon_figure *grid = find(book, "grid", region), *pue = find(book, "pue", "aws");
    const struct carbon_figure *idle = figure_of(book, "vcpu idle", hardware, "any");
    const struct carbon_figure *full = figure_of(book, "vcpu full", hardware, "any");
    const struct carbon_figure *memory = find(book, "memory", "any");
    const struct carbon_figure *server =
        figure_of(book, "server", hardware, accelerated ? "accelerated" : "any");
    const struct carbon_figure *life = find(book, "server life", "any");
    if (!grid)
        return unknown(arena, "grid intensity", region);
    struct carbon_hour out = {.known = true, .reason = ""};
    struct carbon_range watts = plus(drawn(idle->range, full->range, busy, hardware->vcpu),
                                     scaled(memory->range, hardware->memory_gib));
    out.estimated = idle->estimated || full->estimated || server->estimated;
    if (accelerated) {
        const struct carbon_figure *low = find(book, "accelerator idle", hardware->accelerator);
        const struct carbon_figure *high = find(book, "accelerator full", hardware->accelerator);
        if (!low || !high)
            return unknown(arena, "power figure", hardware->accelerator);
        watts = plus(watts, drawn(low->range, high->range, busy, hardware->accelerators));
        out.estimated = out.estimated || low->estimated || high->estimated;
    }
    out.kwh = scaled(times(watts, pue->range), 1e-3);
    out.kg_operation = times(out.kwh, grid->range);
    out.kg_embodied =
        scaled(server->range, (double)hardware->vcpu / hardware->server_vcpu / life->range.value);
    return out;
}
