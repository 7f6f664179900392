/* SPDX-License-Identifier: GPL-3.0-or-later */
/** prices import FILE: an exported price file becomes a price book. */
#ifndef HEADROOM_CLI_PRICES_IMPORT_H
#define HEADROOM_CLI_PRICES_IMPORT_H

#include "cli/command.h"
#include "pricing/price_book.h"

/** @param base  the book that savings are taken from; returns the exit code */
int prices_import(struct arena *arena, const struct arguments *arguments,
                  const struct price_book *base);

#endif
