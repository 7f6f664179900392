/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What cairo 1.16 cannot say, appended to its PDF as an incremental update (ISO 32000-1, 7.5.6):
 * the language, the title in the window bar, and the text alternative of every figure. */
#ifndef HEADROOM_PLOTS_PDF_UPDATE_H
#define HEADROOM_PLOTS_PDF_UPDATE_H

#include <stdbool.h>

#include "base/text.h"

/** @param alts  [n_alts] one per Figure structure element, in document order, UTF-8
 *  @return false and the PDF unchanged when it has no classic cross-reference table, or not n_alts
 * figures */
bool pdf_update_accessibility(struct text *pdf, const char *language, const char *const *alts,
                              int n_alts);

#endif
