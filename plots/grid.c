/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/grid.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

#define TEXT_SIZE 8.0
#define LEADING 10.5
#define NOTE_LEADING 9.8
#define COLUMN_GAP 12.0
#define DOT_ROOM 9.0
#define HEAD_WIDTH_MAX 48.0 /* a longer head of a narrow column wraps */
#define SHARE_WIDTH_MIN 70.0
enum { SLICE_LINES_MAX = 48 }; /* lines of a cell kept together; a longer one may break overleaf */

static const struct style head_style = {7.5, WEIGHT_SEMIBOLD, COLOR_MUTED};
static const struct style note_style = {7.5, WEIGHT_REGULAR, COLOR_MUTED};
static const struct style link_style = {7.5, WEIGHT_REGULAR, COLOR_COMMITTED};

struct widths {
    double x[GRID_COLUMNS_MAX], w[GRID_COLUMNS_MAX];
};

struct wrapped {
    const char *const *lines, *const *notes;
    int n, n_notes, n_links; /* lines; of links at most one */
};

static int line_count(const struct wrapped *cell) {
    return cell->n + cell->n_notes + cell->n_links;
}

static struct style cell_style(const struct grid_cell *cell) {
    return (struct style){TEXT_SIZE, cell->strong ? WEIGHT_SEMIBOLD : WEIGHT_REGULAR,
                          cell->color ? cell->color : COLOR_INK};
}

static double dot_room(const struct grid_cell *cell) {
    return cell->dot ? DOT_ROOM : 0;
}

/* Heads break at blanks, never inside a word. */
static double head_width(struct flow *flow, const char *title) {
    double longest = 0;
    for (const char *at = title; *at;) {
        size_t n = strcspn(at, " ");
        const char *word = arena_strndup(flow->arena, at, n);
        longest = fmax(longest, typeset_width(flow->type, word, head_style));
        at += n + strspn(at + n, " ");
    }
    double whole = typeset_width(flow->type, title, head_style);
    return fmax(longest, fmin(whole, HEAD_WIDTH_MAX));
}

static double natural_width(struct flow *flow, const struct grid *grid, int column) {
    double width = head_width(flow, grid->columns[column].title);
    for (int row = 0; row < grid->n_rows; row++) {
        const struct grid_cell *cell = &grid->cells[row * grid->n_columns + column];
        if (cell->text)
            width = fmax(width,
                         typeset_width(flow->type, cell->text, cell_style(cell)) + dot_room(cell));
        if (cell->note)
            width = fmax(width, typeset_width(flow->type, cell->note, note_style));
    }
    return fmin(width + 0.5, (flow->width) * 0.3);
}

/* Flexible columns keep at least SHARE_WIDTH_MIN each: what lacks is taken from the columns that
 * are wider than that, evenly. */
static void make_room(const struct grid *grid, struct widths *widths, double *left,
                      int n_flexible) {
    double lacking = n_flexible * SHARE_WIDTH_MIN - *left, excess = 0;
    for (int i = 0; i < grid->n_columns; i++)
        excess += fmax(widths->w[i] - SHARE_WIDTH_MIN, 0);
    if (lacking <= 0 || excess <= 0)
        return;
    double part = fmin(lacking / excess, 1);
    for (int i = 0; i < grid->n_columns; i++)
        widths->w[i] -= part * fmax(widths->w[i] - SHARE_WIDTH_MIN, 0);
    *left += part * excess;
}

static struct widths measure(struct flow *flow, const struct grid *grid) {
    ENSURE(grid->n_columns <= GRID_COLUMNS_MAX);
    int n_flexible = 0;
    struct widths widths;
    double left = flow->width - COLUMN_GAP * (grid->n_columns - 1), shares = 0;
    for (int i = 0; i < grid->n_columns; i++) {
        shares += grid->columns[i].share;
        n_flexible += grid->columns[i].share > 0;
        widths.w[i] = grid->columns[i].share > 0 ? 0 : natural_width(flow, grid, i);
        left -= widths.w[i];
    }
    make_room(grid, &widths, &left, n_flexible);
    double x = flow->left;
    for (int i = 0; i < grid->n_columns; i++) {
        if (grid->columns[i].share > 0)
            widths.w[i] = fmax(left, 0) * grid->columns[i].share / shares;
        widths.x[i] = x;
        x += widths.w[i] + COLUMN_GAP;
    }
    return widths;
}

static struct wrapped wrap_cell(struct flow *flow, const struct grid *grid, int row, int column,
                                double width) {
    const struct grid_cell *cell = &grid->cells[row * grid->n_columns + column];
    struct wrapped wrapped = {0};
    double room = width - dot_room(cell);
    if (cell->text && grid->columns[column].shorten) {
        const char **one = arena_new(flow->arena, const char *, 1);
        one[0] = flow_fit(flow, cell->text, cell_style(cell), room);
        wrapped.lines = one;
        wrapped.n = 1;
    } else if (cell->text) {
        wrapped.n = typeset_wrap(flow->type, flow->arena, cell->text, cell_style(cell), room,
                                 &wrapped.lines);
    }
    if (cell->note)
        wrapped.n_notes =
            typeset_wrap(flow->type, flow->arena, cell->note, note_style, width, &wrapped.notes);
    wrapped.n_links = cell->n_links > 0;
    return wrapped;
}

static double row_gap(const struct flow *flow, const struct grid *grid) {
    return flow->gaps * (grid->row_gap > 0 ? grid->row_gap : 5);
}

/* Height of lines `from` .. `from + SLICE_LINES_MAX` of the cell, notes counted as further lines.
 */
static double slice_height(const struct wrapped *cell, int from) {
    double height = 0;
    int last = from + SLICE_LINES_MAX;
    for (int i = from; i < line_count(cell) && i < last; i++)
        height += i < cell->n ? LEADING : NOTE_LEADING;
    return height;
}

/* Links are drawn after the tag of the lines before them is closed: only innermost tags hold marks.
 */
static void draw_links(struct flow *flow, const struct grid_cell *cell, double x, double y) {
    struct scene *scene = flow_scene(flow);
    double baseline = y + TYPESET_ASCENT * note_style.size;
    scene_tag_open(scene, "P", NULL);
    struct box box = scene_text(scene, x, baseline, ALIGN_LEFT, note_style, cell->links_word);
    scene_tag_close(scene, "P");
    for (int i = 0; i < cell->n_links; i++)
        box = scene_link(scene, box.x + box.w + (i ? 6 : 2.5), baseline, link_style,
                         cell->links[i].text, cell->links[i].uri);
}

static void draw_slice(struct flow *flow, const struct wrapped *wrapped,
                       const struct grid_cell *cell, enum align align, double x, double w,
                       int from) {
    struct scene *scene = flow_scene(flow);
    double y = flow->y;
    if (cell->n_links)
        scene_tag_open(scene, "P", NULL);
    for (int i = from; i < wrapped->n + wrapped->n_notes && i < from + SLICE_LINES_MAX; i++) {
        bool is_note = i >= wrapped->n;
        struct style style = is_note ? note_style : cell_style(cell);
        const char *text = is_note ? wrapped->notes[i - wrapped->n] : wrapped->lines[i];
        double left = x + (is_note ? 0 : dot_room(cell));
        double baseline = y + TYPESET_ASCENT * style.size;
        text = flow_line_of(flow->arena, text, i, wrapped->n + wrapped->n_notes, align);
        scene_text(scene, align == ALIGN_RIGHT ? x + w : left, baseline, align, style, text);
        if (cell->dot && i == 0)
            scene_dot(scene, (struct point){x + 3, baseline - 2.8}, 2.8, cell->dot, false);
        y += is_note ? NOTE_LEADING : LEADING;
    }
    if (!cell->n_links)
        return;
    scene_tag_close(scene, "P");
    if (line_count(wrapped) <= from + SLICE_LINES_MAX)
        draw_links(flow, cell, x, y);
}

static double head_height(struct flow *flow, const struct grid *grid, const struct widths *widths) {
    int lines = 1;
    for (int i = 0; i < grid->n_columns; i++) {
        const char *const *out;
        int n = typeset_wrap(flow->type, flow->arena, grid->columns[i].title, head_style,
                             widths->w[i] + 0.5, &out);
        lines = n > lines ? n : lines;
    }
    return lines * NOTE_LEADING + 6;
}

/* Heads stand on the rule: their last lines are aligned. */
static void draw_head(struct flow *flow, const struct grid *grid, const struct widths *widths) {
    double height = head_height(flow, grid, widths);
    struct scene *scene = flow_scene(flow);
    scene_tag_open(scene, "TR", NULL);
    for (int i = 0; i < grid->n_columns; i++) {
        const struct grid_column *column = &grid->columns[i];
        const char *const *lines;
        int n = typeset_wrap(flow->type, flow->arena, column->title, head_style, widths->w[i] + 0.5,
                             &lines);
        scene_tag_open(scene, "TH", NULL);
        double x = column->align == ALIGN_RIGHT ? widths->x[i] + widths->w[i] : widths->x[i];
        for (int k = 0; k < n; k++)
            scene_text(scene, x, flow->y + height - 6 - (n - 1 - k) * NOTE_LEADING, column->align,
                       head_style, flow_line_of(flow->arena, lines[k], k, n, column->align));
        scene_tag_close(scene, "TH");
    }
    scene_tag_close(scene, "TR");
    flow->y += height;
    scene_line(scene, (struct point){flow->left, flow->y - 1.5},
               (struct point){flow->right, flow->y - 1.5}, (struct stroke){COLOR_INK, 0.7, 0, 0});
}

static void draw_rule(struct flow *flow) {
    scene_line(flow_scene(flow), (struct point){flow->left, flow->y},
               (struct point){flow->right, flow->y}, (struct stroke){COLOR_GRID, 0.5, 0, 0});
}

static void break_page(struct flow *flow, const struct grid *grid, const struct widths *widths,
                       double height) {
    if (flow_room(flow) >= height)
        return;
    scene_tag_close(flow_scene(flow), "Table");
    flow_need(flow, height);
    scene_tag_open(flow_scene(flow), "Table", NULL);
    draw_head(flow, grid, widths);
}

static void draw_row(struct flow *flow, const struct grid *grid, const struct widths *widths,
                     int row) {
    struct wrapped wrapped[GRID_COLUMNS_MAX];
    int n_lines = 1;
    for (int i = 0; i < grid->n_columns; i++) {
        wrapped[i] = wrap_cell(flow, grid, row, i, widths->w[i]);
        int n = line_count(&wrapped[i]);
        n_lines = n > n_lines ? n : n_lines;
    }
    for (int from = 0; from < n_lines; from += SLICE_LINES_MAX) {
        double height = 0;
        for (int i = 0; i < grid->n_columns; i++)
            height = fmax(height, slice_height(&wrapped[i], from));
        break_page(flow, grid, widths, height + 2 * row_gap(flow, grid));
        flow->y += row_gap(flow, grid);
        struct scene *scene = flow_scene(flow);
        scene_tag_open(scene, "TR", NULL);
        for (int i = 0; i < grid->n_columns; i++) {
            scene_tag_open(scene, "TD", NULL);
            draw_slice(flow, &wrapped[i], &grid->cells[row * grid->n_columns + i],
                       grid->columns[i].align, widths->x[i], widths->w[i], from);
            scene_tag_close(scene, "TD");
        }
        scene_tag_close(scene, "TR");
        flow->y += height + row_gap(flow, grid) - 2 * flow->gaps;
    }
}

struct grid grid_open(struct arena *arena, const struct grid_column *columns, int n_columns,
                      int n_rows) {
    ENSURE(n_columns <= GRID_COLUMNS_MAX);
    return (struct grid){.columns = columns,
                         .n_columns = n_columns,
                         .cells = arena_new(arena, struct grid_cell, n_rows * n_columns),
                         .n_rows = n_rows};
}

struct grid_cell *grid_row(const struct grid *grid, int row) {
    ENSURE(row >= 0 && row < grid->n_rows);
    return grid->cells + row * grid->n_columns;
}

static double row_height(struct flow *flow, const struct grid *grid, const struct widths *widths,
                         int row) {
    double height = 0;
    for (int i = 0; i < grid->n_columns; i++) {
        struct wrapped wrapped = wrap_cell(flow, grid, row, i, widths->w[i]);
        height = fmax(height, slice_height(&wrapped, 0));
    }
    return height + 2 * row_gap(flow, grid);
}

static double first_height(struct flow *flow, const struct grid *grid,
                           const struct widths *widths) {
    return head_height(flow, grid, widths) +
           (grid->n_rows > 0 ? row_height(flow, grid, widths, 0) : 0);
}

void grid_draw(struct flow *flow, const struct grid *grid) {
    struct widths widths = measure(flow, grid);
    flow_need(flow, first_height(flow, grid, &widths));
    scene_tag_open(flow_scene(flow), "Table", NULL);
    draw_head(flow, grid, &widths);
    for (int row = 0; row < grid->n_rows; row++) {
        draw_row(flow, grid, &widths, row);
        if (row + 1 < grid->n_rows)
            draw_rule(flow);
    }
    scene_tag_close(flow_scene(flow), "Table");
}

double grid_first_height(struct flow *flow, const struct grid *grid) {
    struct widths widths = measure(flow, grid);
    return first_height(flow, grid, &widths);
}

double grid_height(struct flow *flow, const struct grid *grid) {
    struct widths widths = measure(flow, grid);
    double total = head_height(flow, grid, &widths);
    for (int row = 0; row < grid->n_rows; row++)
        total += row_height(flow, grid, &widths, row) - 2;
    return total;
}

enum { BEGIN_ROWS = 4 };

double grid_begin_height(struct flow *flow, const struct grid *grid) {
    struct grid begin = *grid;
    if (begin.n_rows > BEGIN_ROWS + 1)
        begin.n_rows = BEGIN_ROWS;
    return grid_height(flow, &begin) + 2; /* the last of its rows has no rule below */
}

int grid_rows_within(struct flow *flow, const struct grid *grid, double height) {
    struct grid part = *grid;
    while (part.n_rows > 0 && grid_height(flow, &part) > height)
        part.n_rows--;
    return part.n_rows;
}
