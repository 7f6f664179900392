/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A reader under attack: any bytes in, and the promises of its header checked on what comes out.
 *
 *  Each target is one file that defines fuzz_one; it is linked with libfuzzer.c (libFuzzer, clang)
 * or with replay.c (a CTest under any compiler), so that both go in by the same door. A broken
 * promise ends in ENSURE. */
#ifndef HEADROOM_TESTS_FUZZ_TARGET_H
#define HEADROOM_TESTS_FUZZ_TARGET_H

#include "base/source.h"

extern const char *const fuzz_name; /* of the target and of its folder of seeds */

/** Whether it reads through base/source, which unpacks gzip and zstd. */
extern const bool fuzz_unpacks;

/** Words of the target's grammar for the mutations of replay.c; NULL-ended. */
extern const char *const fuzz_words[];

/** @return whether the bytes were read as something valid */
bool fuzz_one(struct bytes bytes);

/** An input error of a text: words without control bytes, a place inside the text. */
void fuzz_check_error(const struct err *err, struct bytes text);

/** For compressed inputs the place is in what they unpack to, which is not looked at. */
void fuzz_check_words(const struct err *err);

void fuzz_check_list(const struct err_list *errs, bool fine, struct bytes text);

/** A source that gives a few bytes at a time. The bytes must outlive it. */
struct source *fuzz_open_slowly(struct arena *arena, struct bytes bytes, const char *name);

#endif
