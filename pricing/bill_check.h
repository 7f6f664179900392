/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the biller refuses: a ledger or commitments that make no sense, and usage without its rate.
 * After it every index is in range, and no product of the arithmetic leaves 128 bits. */
#ifndef HEADROOM_PRICING_BILL_CHECK_H
#define HEADROOM_PRICING_BILL_CHECK_H

#include "pricing/bill.h"

/** false: *err set to a bug of the caller. */
bool bill_check(const struct bill_input *in, struct err *err);

#endif
