/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file ends in `trailer << ... >> startxref N %%EOF`; at N stands `xref`, `0 count` and 20-byte
 * entries with the offset of each object. Changed objects are written again behind the end, then a
 * table of just these and a trailer that points back (`/Prev`). */
#include "plots/pdf_update.h"

#include <stdint.h>
#include <string.h>

struct xref {
    size_t start;         /* offset of the table */
    size_t first;         /* offset of the first entry */
    long n;               /* entries */
    long root;            /* object number of the catalogue */
    struct bytes trailer; /* between << and >> */
};

static size_t find(struct bytes in, size_t from, const char *what) {
    const char *at = from <= in.n ? memmem(in.data + from, in.n - from, what, strlen(what)) : NULL;
    return at ? (size_t)(at - in.data) : SIZE_MAX;
}

static size_t find_last(struct bytes in, const char *what) {
    size_t found = SIZE_MAX;
    for (size_t at = find(in, 0, what); at != SIZE_MAX; at = find(in, at + 1, what))
        found = at;
    return found;
}

/* The number behind `from`, blanks skipped; -1 when there is none. */
static long number_at(struct bytes in, size_t from) {
    while (from < in.n && (in.data[from] == ' ' || in.data[from] == '\n' || in.data[from] == '\r'))
        from++;
    long value = -1;
    for (; from < in.n && in.data[from] >= '0' && in.data[from] <= '9'; from++) {
        if (value > 100000000000L)
            return -1;
        value = (value < 0 ? 0 : value) * 10 + (in.data[from] - '0');
    }
    return value;
}

static bool read_xref(struct bytes pdf, struct xref *xref) {
    size_t last = find_last(pdf, "startxref"), trailer = find_last(pdf, "trailer");
    if (last == SIZE_MAX || trailer == SIZE_MAX || trailer > last)
        return false;
    long start = number_at(pdf, last + 9);
    if (start < 0 || (size_t)start >= trailer || strncmp(pdf.data + start, "xref", 4) != 0)
        return false;
    size_t line = find(pdf, (size_t)start, "\n0 ");
    if (line == SIZE_MAX)
        return false;
    size_t open = find(pdf, trailer, "<<"), close = find(pdf, trailer, ">>");
    size_t entries = find(pdf, line + 1, "\n"), root = find(pdf, trailer, "/Root");
    xref->n = number_at(pdf, line + 3);
    if (open == SIZE_MAX || close == SIZE_MAX || open > close || entries == SIZE_MAX ||
        root == SIZE_MAX || xref->n <= 0 || entries + 1 + 20 * (size_t)xref->n > trailer)
        return false;
    xref->start = (size_t)start;
    xref->first = entries + 1;
    xref->root = number_at(pdf, root + 5);
    xref->trailer = (struct bytes){pdf.data + open + 2, close - open - 2};
    return xref->root > 0 && xref->root < xref->n;
}

/* The dictionary of an object, from behind `N 0 obj` to before the last `>>` of it. */
static bool object_body(struct bytes pdf, const struct xref *xref, long number,
                        struct bytes *body) {
    size_t entry = xref->first + 20 * (size_t)number;
    long offset = number_at(pdf, entry);
    if (offset <= 0 || pdf.data[entry + 17] != 'n' || (size_t)offset >= pdf.n)
        return false;
    size_t begin = find(pdf, (size_t)offset, "<<"), end = find(pdf, (size_t)offset, "endobj");
    if (begin == SIZE_MAX || end == SIZE_MAX || begin > end)
        return false;
    while (end > begin && memcmp(pdf.data + end, ">>", 2) != 0)
        end--;
    *body = (struct bytes){pdf.data + begin, end - begin};
    return end > begin;
}

static bool has(struct bytes in, const char *what) {
    return find(in, 0, what) != SIZE_MAX;
}

static void append_utf16(struct text *out, const char *text) {
    text_append_string(out, "<FEFF");
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        uint32_t code = *at++;
        int more = code >= 0xF0 ? 3 : code >= 0xE0 ? 2 : code >= 0xC0 ? 1 : 0;
        if (more)
            code &= 0x3Fu >> more;
        for (; more > 0 && (*at & 0xC0) == 0x80; more--)
            code = code << 6 | (*at++ & 0x3Fu);
        if (code >= 0x10000) {
            text_printf(out, "%04X", (unsigned)(0xD800 + ((code - 0x10000) >> 10)));
            code = 0xDC00 + ((code - 0x10000) & 0x3FF);
        }
        text_printf(out, "%04X", (unsigned)code);
    }
    text_append_string(out, ">");
}

static bool is_figure(struct bytes body) {
    return has(body, "/StructElem") && has(body, "/S /Figure");
}

static int count_figures(struct bytes pdf, const struct xref *xref) {
    int n = 0;
    struct bytes body;
    for (long i = 1; i < xref->n; i++)
        n += object_body(pdf, xref, i, &body) && is_figure(body);
    return n;
}

struct rewritten {
    long number;
    size_t offset;
};

static void append_object(struct text *out, long number, struct bytes body, const char *extra,
                          const char *alt) {
    text_printf(out, "%ld 0 obj\n", number);
    text_append(out, body.data, body.n);
    text_append_string(out, extra);
    if (alt)
        append_utf16(out, alt);
    text_append_string(out, "\n>>\nendobj\n");
}

static void append_table(struct text *out, const struct rewritten *objects, int n,
                         const struct xref *old) {
    size_t start = out->n;
    text_append_string(out, "xref\n");
    for (int i = 0; i < n; i++)
        text_printf(out, "%ld 1\n%010zu 00000 n \n", objects[i].number, objects[i].offset);
    text_append_string(out, "trailer\n<<");
    text_append(out, old->trailer.data, old->trailer.n);
    text_printf(out, "   /Prev %zu\n>>\nstartxref\n%zu\n%%%%EOF\n", old->start, start);
}

bool pdf_update_accessibility(struct text *pdf, const char *language, const char *const *alts,
                              int n_alts) {
    struct bytes old = {pdf->data, pdf->n};
    struct xref xref;
    struct bytes body;
    if (!read_xref(old, &xref) || count_figures(old, &xref) != n_alts ||
        !object_body(old, &xref, xref.root, &body))
        return false;
    /* `old` stays valid while the text grows: the arena keeps it. */
    struct rewritten *objects = arena_new(pdf->arena, struct rewritten, n_alts + 1);
    int n = 0, figure = 0;
    const char *extra = arena_printf(pdf->arena,
                                     "\n   /Lang (%s)\n"
                                     "   /ViewerPreferences << /DisplayDocTitle true >>",
                                     language);
    for (long i = 1; i < xref.n; i++) {
        if (!object_body(old, &xref, i, &body))
            continue;
        bool figure_here = is_figure(body);
        if (!figure_here && i != xref.root)
            continue;
        objects[n++] = (struct rewritten){i, pdf->n};
        if (figure_here)
            append_object(pdf, i, body, "\n   /Alt ", alts[figure++]);
        else
            append_object(pdf, i, body, extra, NULL);
    }
    append_table(pdf, objects, n, &xref);
    return true;
}
