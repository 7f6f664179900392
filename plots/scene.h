/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A page before it is drawn: a list of marks with their final places. Everything is laid out into
 * a scene first, so that tests can ask what overlaps, what leaves the page and what cannot be read.
 *
 *  Units are points, y grows downwards. Later marks lie over earlier ones. Structure tags bracket
 * the marks they hold (PDF names: H1, P, Figure, Table, TR, TD, ...); only innermost tags hold
 * marks. Places and sizes are whole thousandths of a point: finer than any printer, and a page can
 * be written down in integers and drawn again to the same bytes (plots/report_json.h). */
#ifndef HEADROOM_PLOTS_SCENE_H
#define HEADROOM_PLOTS_SCENE_H

#include "base/arena.h"
#include "base/text.h"
#include "plots/labels.h"
#include "plots/palette.h"
#include "plots/typeset.h"

enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

enum mark_kind {
    MARK_RECT,     /* filled box */
    MARK_AREA,     /* filled polygon */
    MARK_PATH,     /* open polyline */
    MARK_SEGMENTS, /* pairs of points */
    MARK_DOT,      /* circle in its box, filled or ring */
    MARK_TEXT,
    MARK_OPEN, /* structure tag begins */
    MARK_CLOSE
};

struct stroke {
    rgb color;
    double width;
    bool dashed;
    double halo; /* width of the paper-coloured border under the line, 0 = none */
};

struct mark {
    enum mark_kind kind;
    struct box box;             /* rect, dot; text: what it keeps free */
    rgb fill;                   /* rect, area, dot */
    bool ring;                  /* dot: outline only, in `fill` */
    struct stroke stroke;       /* path, segments */
    const struct point *points; /* area, path, segments */
    int n_points;
    const char *text; /* text: as printed; open, close: the tag */
    struct style style;
    double baseline;
    bool backed;      /* text: stands on a paper-coloured box */
    const char *alt;  /* open of a Figure: what it shows, in words */
    const char *link; /* open of a Link: where it leads */
};

struct scene {
    struct arena *arena;
    struct typeset *type;
    double width, height;
    int n, capacity;
    struct mark *marks;
};

struct scene scene_open(struct arena *arena, struct typeset *type, double width, double height);

/** The nearest place or size that a scene keeps. */
#define SCENE_PARTS 1000 /* of a point */
double scene_place(double points);
/** A mark as it is, but that its text is cleaned and its text's box measured: for marks that were
 * in a scene before. */
void scene_put(struct scene *scene, const struct mark *mark);

void scene_rect(struct scene *scene, struct box box, rgb fill);
/** Areas and paths of more points than can be seen are thinned to their envelope: of the points one
 * after the other in a strip of SCENE_STRIP the first, the highest, the lowest and the last stay.
 */
#define SCENE_STRIP 0.2
void scene_area(struct scene *scene, const struct point *points, int n, rgb fill);
void scene_line(struct scene *scene, struct point a, struct point b, struct stroke stroke);
void scene_path(struct scene *scene, const struct point *points, int n, struct stroke stroke);
void scene_dot(struct scene *scene, struct point centre, double radius, rgb fill, bool ring);
/** Diagonal lines inside the boxes, in phase with each other, as one mark. */
void scene_hatch(struct scene *scene, const struct box *boxes, int n, struct stroke stroke,
                 double spacing);

/** One line of text; x is its left end, centre or right end. Returns the box. */
struct box scene_text(struct scene *scene, double x, double baseline, enum align align,
                      struct style style, const char *text);
/** The same on a paper-coloured box, for labels that lie over gridlines. */
struct box scene_text_backed(struct scene *scene, double x, double baseline, enum align align,
                             struct style style, const char *text);

void scene_tag_open(struct scene *scene, const char *tag, const char *alt);
void scene_tag_close(struct scene *scene, const char *tag);

/** Text that leads to an address; nothing else may stand in the tag around it. Returns its box. */
struct box scene_link(struct scene *scene, double x, double baseline, struct style style,
                      const char *text, const char *uri);

/** The marks as text, one a line, for goldens. */
void scene_dump(const struct scene *scene, struct text *out);

#endif
