/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Bytes as gzip and zstd files have them. */
#ifndef HEADROOM_TESTS_FUZZ_SQUEEZE_H
#define HEADROOM_TESTS_FUZZ_SQUEEZE_H

#include "base/text.h"

struct bytes squeeze_gzip(struct arena *arena, struct bytes bytes);
struct bytes squeeze_zstd(struct arena *arena, struct bytes bytes);

#endif
