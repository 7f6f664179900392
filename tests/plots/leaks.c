/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LeakSanitizer and fontconfig: patterns hold their parts by offset, which the scan does not see,
 * and pango's own thread may still be freeing the last of them when a short test ends. So what
 * fontconfig allocates is left out here; test_pdf watches that rendering again and again keeps no
 * memory. */

const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void) {
    return "leak:libfontconfig";
}
