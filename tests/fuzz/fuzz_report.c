/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report_read_json: a report that is drawn as a PDF, whose sentences are fit for a terminal, and
 * that written and read again is the same text; or an error with its place. */
#include <string.h>

#include "plots/pdf.h"
#include "plots/report_json.h"
#include "plots/report_pages.h"
#include "sim/json_place.h"
#include "target.h"

const char *const fuzz_name = "report";
const bool fuzz_unpacks = false;
const char *const fuzz_words[] = {"[\"rect\",0,0,1000,1000,\"#12436D\"],",
                                  "[\"path\",\"#000000\",500,1,2000,[0,0,1000,1000]],",
                                  "[\"area\",\"#000000\",[]],",
                                  "[\"open\",\"Figure\",\"a line\",null],",
                                  "[\"close\",\"Figure\"],",
                                  "[\"open\",\"P\",null,null],",
                                  "[\"close\",\"P\"],",
                                  "[\"text\",0,0,8500,0,\"#222222\",0,\"words\"],",
                                  "[\"Decision\",0,100],",
                                  "\"\\u202e\\u001b[2J\"",
                                  "\"\\ud83d\\ude00\"",
                                  "\"\\uffff\"",
                                  "\"\"",
                                  "0",
                                  "-20000000",
                                  "20000000",
                                  "5000000",
                                  "9223372036854775807",
                                  "1e999",
                                  "null",
                                  "{}",
                                  "[]",
                                  ",",
                                  "\xff",
                                  NULL};

static struct bytes written(struct arena *arena, const struct report_sheets *sheets) {
    struct text out = {.arena = arena};
    text_append_string(&out, "{\"report\":");
    report_append_json(sheets, &out);
    text_append_string(&out, "}");
    return (struct bytes){out.data, out.n};
}

static void check_same_again(struct arena *arena, struct typeset *type,
                             const struct report_sheets *sheets) {
    struct err err = {0};
    struct report_sheets again;
    struct bytes text = written(arena, sheets);
    json_t *root = json_read(text, "again.json", &err);
    ENSURE(root != NULL);
    ENSURE(report_read_json(arena, type, root, text, "again.json", &again, &err));
    ENSURE(bytes_equal(text, written(arena, &again)));
    json_decref(root);
}

static void check_line(const char *words) {
    for (const char *c = words; c && *c; c++)
        ENSURE((unsigned char)*c >= 0x20 && *c != 0x7F);
}

static void check_drawn(struct arena *arena, const struct report_sheets *sheets) {
    static const char head[] = "%PDF-1.", end[] = "%%EOF\n";
    const struct pdf_about about = {sheets->title, "headroom", sheets->subject, "capacity",
                                    "2026-12-01T00:00:00Z"};
    struct err err = {0};
    struct pdf pdf;
    ENSURE(pdf_render(arena, &sheets->flow, &about, &pdf, &err));
    ENSURE(pdf.data.n > 100 && memcmp(pdf.data.data, head, sizeof head - 1) == 0);
    ENSURE(memcmp(pdf.data.data + pdf.data.n - (sizeof end - 1), end, sizeof end - 1) == 0);
}

static void check_read(struct arena *arena, struct typeset *type,
                       const struct report_sheets *sheets) {
    ENSURE(sheets->flow.n_pages > 0 && strlen(sheets->date) == 10);
    check_line(sheets->flow.missing);
    check_line(sheets->title);
    check_line(sheets->subject);
    for (int i = 0; i < sheets->flow.n_chapters; i++) {
        const struct flow_chapter *chapter = &sheets->flow.chapters[i];
        ENSURE(chapter->page >= 0 && chapter->page < sheets->flow.n_pages);
        check_line(chapter->title);
    }
    check_same_again(arena, type, sheets);
    check_drawn(arena, sheets);
}

/* Typefaces take long to open. Characters that one report lacks change nothing of the next. */
static struct typeset *opened(void) {
    static struct arena arena;
    static struct typeset *type;
    struct err err = {0};
    if (!type)
        type = report_typeset(&arena, &err);
    ENSURE(type != NULL);
    return type;
}

bool fuzz_one(struct bytes bytes) {
    struct typeset *type = opened();
    struct arena arena = {0};
    struct err err = {0};
    struct report_sheets sheets = {.title = NULL};
    json_t *root = json_read(bytes, "fuzzed.json", &err);
    bool fine = root && report_read_json(&arena, type, root, bytes, "fuzzed.json", &sheets, &err);
    ENSURE(fine == (sheets.title != NULL));
    if (fine)
        check_read(&arena, type, &sheets);
    else
        fuzz_check_error(&err, bytes);
    json_decref(root);
    arena_release(&arena);
    return fine;
}
