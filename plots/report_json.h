/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A report that is laid out, as JSON and back: the member `report` of result.json, from which
 * `headroom report` draws the same PDF again, byte for byte, without the study.
 *
 *  Its pages are lists of marks (plots/scene.h), each an array: the kind, then its columns. One
 * table drives writer, reader and the member `columns`, which says what they are. Lengths are whole
 * thousandths of a point. The paper is the one that the report was set on. */
#ifndef HEADROOM_PLOTS_REPORT_JSON_H
#define HEADROOM_PLOTS_REPORT_JSON_H

#include <jansson.h>

#include "plots/flow.h"

/** What a PDF is drawn from, beside the typeface. */
struct report_sheets {
    struct flow flow;            /* pages, chapters, paper, what the typeface lacks */
    const char *title, *subject; /* of the document */
    const char *date;            /* "2026-12-01" */
};

void report_append_json(const struct report_sheets *sheets, struct text *out);

/** @param root  of a whole result, with `text` and `file` as it was read: strings are kept in it
 *  @return false: *err at the place of the first value that is not what it must be */
bool report_read_json(struct arena *arena, struct typeset *type, json_t *root, struct bytes text,
                      const char *file, struct report_sheets *out, struct err *err);

#endif
