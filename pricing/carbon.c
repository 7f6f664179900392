/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/carbon.h"

#include <math.h>
#include <string.h>

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

static bool read_kind(struct book_table *t) {
    const char *words[sizeof kinds / sizeof *kinds];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        words[i] = kinds[i].kind;
        if (!bytes_are(book_table_cell(t, COL_KIND), kinds[i].kind))
            continue;
        return bytes_are(book_table_cell(t, COL_UNIT), kinds[i].unit) ||
               book_table_mistake(t, COL_UNIT, NULL, "%s is given in %s", kinds[i].kind,
                                  kinds[i].unit);
    }
    const char *near =
        text_nearest(book_table_cell(t, COL_KIND), words, sizeof words / sizeof *words);
    return book_table_mistake(t, COL_KIND,
                              near ? arena_printf(t->arena, "did you mean '%s'?", near) : NULL,
                              "unknown kind of figure");
}

/* The least number above 0. */
#define ABOVE_ZERO 1e-300

static bool read_figure(struct book_table *t, struct carbon_figure *out) {
    struct carbon_range *range = &out->range;
    bool ok = read_kind(t);
    ok = book_table_number(t, COL_VALUE, ABOVE_ZERO, NAN, &range->value) && ok;
    ok = book_table_number(t, COL_LOW, ABOVE_ZERO, range->value, &range->low) && ok;
    ok = book_table_number(t, COL_HIGH, ABOVE_ZERO, range->value, &range->high) && ok;
    if (ok && !(range->low <= range->value && range->value <= range->high))
        ok = book_table_mistake(t, COL_VALUE, NULL, "low <= value <= high does not hold");
    ok = book_table_origin(t, COL_STATUS, COL_SOURCE, COL_AS_OF, &out->origin) && ok;
    out->kind = book_table_text(t, COL_KIND);
    out->name = book_table_text(t, COL_NAME);
    return ok;
}

static const struct carbon_figure *find(const struct carbon_book *book, const char *kind,
                                        const char *name) {
    for (int i = 0; i < book->n_figures; i++)
        if (strcmp(book->figures[i].kind, kind) == 0 && strcmp(book->figures[i].name, name) == 0)
            return &book->figures[i];
    return NULL;
}

/* What every answer needs is in every book. */
static bool check_complete(struct book_table *t, const struct carbon_book *book) {
    static const char *const needed[][2] = {
        {"pue", "aws"},         {"vcpu idle", "any"},      {"vcpu full", "any"},
        {"memory", "any"},      {"server", "accelerated"}, {"server", "any"},
        {"server life", "any"},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!find(book, needed[i][0], needed[i][1]))
            return book_table_mistake(t, -1, NULL, "there is no row '%s,%s'", needed[i][0],
                                      needed[i][1]);
    return true;
}

bool carbon_book_read(struct arena *arena, struct source *source, struct carbon_book *out,
                      struct err_list *errs) {
    struct book_table table;
    struct carbon_book book = {0};
    struct carbon_figure *figures = NULL;
    int capacity = 0;
    bool ok = book_table_open(&table, arena, source, "headroom_carbon", columns, N_COLUMNS, errs);
    while (ok && book_table_next(&table)) {
        if (book.n_figures == capacity) {
            int wanted = capacity ? 2 * capacity : 64;
            figures = arena_grow(arena, figures, (size_t)capacity, (size_t)wanted, sizeof *figures);
            book.figures = figures;
            capacity = wanted;
        }
        struct carbon_figure *figure = &figures[book.n_figures];
        if (read_figure(&table, figure) && find(&book, figure->kind, figure->name))
            book_table_mistake(&table, COL_NAME, NULL, "a second row for this figure");
        book.n_figures++;
    }
    book.name = table.name;
    ok = ok && errs->n_total == 0 && check_complete(&table, &book);
    book_table_close(&table);
    if (ok)
        *out = book;
    return ok;
}

struct source *carbon_book_shipped(struct arena *arena, struct err *err) {
    return book_shipped(arena, "carbon-2026.csv", err);
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
    out.estimated = idle->origin.estimated || full->origin.estimated || server->origin.estimated;
    if (accelerated) {
        const struct carbon_figure *low = find(book, "accelerator idle", hardware->accelerator);
        const struct carbon_figure *high = find(book, "accelerator full", hardware->accelerator);
        if (!low || !high)
            return unknown(arena, "power figure", hardware->accelerator);
        watts = plus(watts, drawn(low->range, high->range, busy, hardware->accelerators));
        out.estimated = out.estimated || low->origin.estimated || high->origin.estimated;
    }
    out.kwh = scaled(times(watts, pue->range), 1e-3);
    out.kg_operation = times(out.kwh, grid->range);
    out.kg_embodied =
        scaled(server->range, hardware->vcpu / hardware->server_vcpu / life->range.value);
    return out;
}
