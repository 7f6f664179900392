/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of chapters on pages: what has no room waits and what fits goes ahead, nothing is lost or
 * told twice, tables begin with rows enough, figures keep to their heights, and no page is left
 * empty while something would have fitted. Then whole reports: only the last page ends early. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "plots/report_pages.h"
#include "scene_check.h"
#include "study_extras.h"

#define ROW_GAP 8.0 /* below the last words of a table */

enum { CASES = 400, PARTS_MAX = 9, ROWS_MAX = 60 };

/** Where the figures were drawn, in that order. */
struct drawn {
    int n;
    double height[PARTS_MAX];
};
static struct drawn drawn;

static void draw_box(struct scene *scene, const void *data, struct box box) {
    (void)data;
    drawn.height[drawn.n++] = box.h;
    scene_rect(scene, box, COLOR_MUTED);
}

static void add_figure(struct flow *flow, struct parts *parts, const char *title, double height) {
    struct part part = {.figure = {.title = title,
                                   .subtitle = "what is measured",
                                   .alt = title,
                                   .height = height,
                                   .draw = draw_box}};
    parts_add(flow, parts, &part);
}

static void add_table(struct flow *flow, struct parts *parts, const char *title, int n_rows) {
    static const struct grid_column columns[] = {{"Row", ALIGN_LEFT, 1, false},
                                                 {"Number", ALIGN_RIGHT, 0, false}};
    struct grid grid = GRID_OPEN(flow->arena, columns, n_rows);
    for (int i = 0; i < n_rows; i++) {
        grid_row(&grid, i)[0].text = arena_printf(flow->arena, "%s row %d.", title, i);
        grid_row(&grid, i)[1].text = "1";
    }
    parts_add_table(flow, parts, title, "a table", &grid);
}

/* The page of the first text that begins so, or -1. */
static int page_of(const struct flow *flow, const char *begin) {
    for (int p = 0; p < flow->n_pages; p++)
        for (int i = 0; i < flow->pages[p].scene.n; i++) {
            const struct mark *mark = &flow->pages[p].scene.marks[i];
            if (mark->kind == MARK_TEXT && strncmp(mark->text, begin, strlen(begin)) == 0)
                return p;
        }
    return -1;
}

static double top_of(const struct flow *flow, int page, const char *begin) {
    for (int i = 0; i < flow->pages[page].scene.n; i++) {
        const struct mark *mark = &flow->pages[page].scene.marks[i];
        if (mark->kind == MARK_TEXT && strncmp(mark->text, begin, strlen(begin)) == 0)
            return mark->box.y;
    }
    return -1;
}

/* Of the content of a page; running heads and footers are none. */
static double end_of(const struct flow *flow, int page) {
    const struct scene *scene = &flow->pages[page].scene;
    double end = flow->top;
    for (int i = 0; i < scene->n; i++) {
        const struct mark *mark = &scene->marks[i];
        if (mark->kind == MARK_OPEN || mark->kind == MARK_CLOSE)
            continue;
        double bottom = mark->box.y + mark->box.h;
        for (int k = 0; k < mark->n_points; k++)
            bottom = fmax(bottom, mark->points[k].y);
        if (bottom < flow->bottom + 5)
            end = fmax(end, bottom);
    }
    return end;
}

static struct typeset *type;

static struct flow open_flow(struct arena *arena) {
    struct flow flow = flow_open(arena, type, paper_a4(), "test");
    flow_page(&flow, "first");
    drawn = (struct drawn){0};
    return flow;
}

static void start(void) {
    static struct arena lasting;
    struct err err = {0};
    type = report_typeset(&lasting, &err);
}

static void done(void) {
    typeset_close(type);
}

TestSuite(parts, .init = start, .fini = done);

/* 150 points are left: too few for a figure of 250, enough for three rows. The figure comes first
 * overleaf, before the table that was given after the rows. */
Test(parts, a_table_goes_ahead_of_a_figure_that_does_not_fit) {
    struct arena arena = {0};
    struct flow flow = open_flow(&arena);
    struct parts parts = {0};
    flow.y = flow.bottom - 150;
    add_figure(&flow, &parts, "figure", 250);
    add_table(&flow, &parts, "ahead", 3);
    add_table(&flow, &parts, "behind", 3);
    cr_assert(parts_draw(&flow, NULL, &parts));
    cr_assert(eq(int, page_of(&flow, "ahead"), 0));
    cr_assert(eq(int, page_of(&flow, "figure"), 1));
    cr_assert(eq(int, page_of(&flow, "behind"), 1));
    cr_assert(lt(dbl, top_of(&flow, 1, "figure"), top_of(&flow, 1, "behind")));
    arena_release(&arena);
}

/* A chapter begins where its first rows have room, and else on a new page. */
Test(parts, a_chapter_needs_its_heading_and_four_rows) {
    struct arena arena = {0};
    double rows = 0;
    for (int room = 60; room < 300; room += 5) {
        struct flow flow = open_flow(&arena);
        struct parts parts = {0};
        flow.y = flow.bottom - room;
        add_table(&flow, &parts, "table", 30);
        parts_draw(&flow, "Chapter", &parts);
        int page = page_of(&flow, "Chapter");
        cr_assert(eq(int, flow.chapters[1].page, page_of(&flow, "table row 0.")), "%d", room);
        if (flow.chapters[1].page == 1)
            continue;
        cr_assert(eq(int, page, 0));
        cr_assert(eq(int, page_of(&flow, "table row 3."), 0), "%d", room);
        rows = rows > 0 ? rows : room;
    }
    cr_assert(gt(dbl, rows, 130)); /* 57 for the heading, 30 for the title, 20 for the head, rows */
    cr_assert(lt(dbl, rows, 215));
    arena_release(&arena);
}

/* Three figures of 320: where the third waits overleaf, the two take the room. */
Test(parts, figures_fill_a_page_that_else_ends_early) {
    struct arena arena = {0};
    struct flow flow = open_flow(&arena);
    struct parts parts = {0};
    add_figure(&flow, &parts, "one", 320);
    add_figure(&flow, &parts, "two", 320);
    add_figure(&flow, &parts, "three", 320);
    parts_draw(&flow, NULL, &parts);
    cr_assert(eq(int, drawn.n, 3));
    cr_assert(eq(int, page_of(&flow, "three"), 1));
    cr_assert(gt(dbl, drawn.height[0], 321));
    cr_assert(epsilon_eq(dbl, drawn.height[0], drawn.height[1], 1e-6));
    cr_assert(epsilon_eq(dbl, drawn.height[2], 320, 1e-6)); /* what follows has its room */
    cr_assert(gt(dbl, end_of(&flow, 0), flow.bottom - 5));
    arena_release(&arena);
}

/* Points that a part asks for at least: a figure at its lowest, a table's title, head and four
 * rows (five, where those are all), of 18 points each. */
static double least(struct flow *flow, const struct part *part) {
    if (part->figure.draw)
        return report_figure_title_height(flow, &part->figure) +
               PART_SHRINK_LEAST * part->figure.height;
    struct grid first = part->table;
    first.n_rows = first.n_rows > 5 ? 4 : first.n_rows;
    return flow_title_height(flow, part->title, part->subtitle) + grid_height(flow, &first) + 2;
}

/* Random chapters: each part once, all rows, figures within their bounds, no page with a fault, and
 * at the end of a page no room for any part that is still to come. */
Test(parts, random_chapters_leave_no_room_that_could_be_used) {
    struct rng rng = rng_open(7, 0, RNG_TEST, 0);
    for (int c = 0; c < CASES; c++) {
        struct arena arena = {0};
        struct flow flow = open_flow(&arena);
        struct parts parts = {0};
        flow.y = flow.top + 20 + rng_uniform(&rng) * 700;
        int n = 1 + (int)(rng_uniform(&rng) * PARTS_MAX), n_figures = 0, rows[PARTS_MAX];
        for (int i = 0; i < n; i++) {
            const char *name = arena_printf(&arena, "part %d", i);
            bool figure = rng_uniform(&rng) < 0.5;
            rows[i] = figure ? 0 : 1 + (int)(rng_uniform(&rng) * ROWS_MAX);
            if (figure)
                add_figure(&flow, &parts, name, 50 + rng_uniform(&rng) * 300);
            else
                add_table(&flow, &parts, name, rows[i]);
            n_figures += figure;
        }
        cr_assert(parts_draw(&flow, "Chapter", &parts));
        cr_assert(eq(int, flow_faults(&flow), 0), "case %d", c);
        cr_assert(eq(int, drawn.n, n_figures), "case %d", c);
        int page[PARTS_MAX];
        for (int i = 0; i < n; i++) {
            int times = 0;
            for (int p = 0; p < flow.n_pages; p++)
                times += scene_count_text(&flow.pages[p].scene, parts.items[i].title
                                                                    ? parts.items[i].title
                                                                    : parts.items[i].figure.title);
            cr_assert(eq(int, times, 1), "case %d, part %d", c, i);
            page[i] = page_of(&flow, arena_printf(&arena, "part %d", i));
            for (int r = 0; r < rows[i]; r++)
                cr_assert(
                    ge(int, page_of(&flow, arena_printf(&arena, "part %d row %d.", i, r)), page[i]),
                    "case %d, part %d, row %d", c, i, r);
        }
        for (int p = flow.chapters[1].page; p < flow.n_pages; p++)
            for (int i = 0; i < n; i++) {
                double left = flow.bottom - end_of(&flow, p) - PART_GAP - ROW_GAP - 2;
                cr_assert(page[i] <= p || least(&flow, &parts.items[i]) > left,
                          "case %d: part %d would fit on page %d", c, i, p);
            }
        arena_release(&arena);
    }
}

/* ---- whole reports ---- */

#define EMPTY_MAX 0.27 /* of a page: a heading and the first part of any chapter have no room */

Test(parts, only_the_last_page_of_a_report_ends_early) {
    static const struct {
        int n_workloads, months, n_payers, n_budgets, n_levers;
        const char *paper;
    } cases[] = {{1, 12, 3, 2, 3, "a4"},  {1, 12, 3, 2, 3, "letter"}, {1, 12, 1, 0, 1, "a4"},
                 {1, 60, 12, 8, 6, "a4"}, {2, 24, 6, 4, 4, "letter"}, {1, 1, 1, 1, 1, "letter"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct arena arena = {0};
        struct fixture fixture = fixture_defaults();
        struct extras extras = extras_defaults();
        fixture.n_workloads = cases[c].n_workloads;
        extras.months = cases[c].months;
        extras.n_payers = cases[c].n_payers;
        extras.n_budgets = cases[c].n_budgets;
        extras.n_levers = cases[c].n_levers;
        struct study *study = fixture_study(&arena, &fixture);
        extras_add(&arena, study, &extras);
        struct flow flow = report_lay_out(&arena, type, paper_named(cases[c].paper), study);
        for (int p = 3; p + 1 < flow.n_pages; p++) /* those before are the committee's */
            cr_expect(
                lt(dbl, (flow.bottom - end_of(&flow, p)) / (flow.bottom - flow.top), EMPTY_MAX),
                "case %zu, page %d of %d: %s", c, p + 1, flow.n_pages, flow.pages[p].title);
        arena_release(&arena);
    }
}
