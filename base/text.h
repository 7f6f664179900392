/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Byte strings, a growing text buffer, strict number parsing, and "did you mean". Locale never
 * matters here. */
#ifndef HEADROOM_BASE_TEXT_H
#define HEADROOM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/** A view of bytes, not NUL-terminated; does not own. */
struct bytes {
    const char *data;
    size_t n;
};

struct bytes bytes_of(const char *text); /* NULL gives an empty view */
bool bytes_equal(struct bytes a, struct bytes b);
bool bytes_are(struct bytes a, const char *text);
struct bytes bytes_trim(struct bytes a); /* without ASCII blanks at both ends */

/** A text that grows in an arena; `data` is NUL-terminated after the first append. */
struct text {
    struct arena *arena;
    char *data;
    size_t n, capacity;
};

void text_append(struct text *text, const char *data, size_t n);
void text_append_string(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Whole-string decimal numbers: no blanks, no hex, no inf/nan; false when malformed, out of range
 * (a double that would become infinite, or zero from non-zero digits) or 512 bytes and longer.
 * text_parse_double accepts sign, digits, one point, exponent, and '_' nowhere. */
bool text_parse_double(struct bytes in, double *out);
bool text_parse_int64(struct bytes in, int64_t *out);

bool text_is_utf8(struct bytes in, size_t *bad_offset);

/** Bytes of the control or direction character that `in` (not empty) begins with; 0: another one.
 */
size_t text_harmful_bytes(struct bytes in);
/** A copy in which control, bidirectional-override and malformed characters are '?' (a tab: a
 * blank), so that no name can drive a terminal or a page. */
char *text_printable(struct arena *arena, struct bytes in);

/** The candidate nearest to `word` by edits (insert, delete, replace, swap neighbours; no case), at
 * most max(1, length / 3); ties: first. What begins with it comes behind one edit. Else NULL. */
const char *text_nearest(struct bytes word, const char *const *candidates, size_t n_candidates);

/** Shortest decimal that reads back as the same double (for JSON, CSV); writes at most 32 bytes.
 * Not finite: "null", which JSON readers take for unknown. */
void text_format_double(char out[32], double value);

#endif
