/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The door for libFuzzer. A broken promise leaves by _Exit, behind libFuzzer's back: the linker
 * sends that to abort, so that the input is kept. */
#include <stdlib.h>

#include "target.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);
_Noreturn void __wrap__Exit(int code);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n) {
    fuzz_one((struct bytes){(const char *)data, n});
    return 0;
}

_Noreturn void __wrap__Exit(int code) {
    (void)code;
    abort();
}
