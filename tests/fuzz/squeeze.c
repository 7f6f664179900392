/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "squeeze.h"

#include <zlib.h>
#include <zstd.h>

#include "base/err.h"

struct bytes squeeze_gzip(struct arena *arena, struct bytes bytes) {
    enum { GZIP_HEADER = 16 };
    z_stream z = {0};
    ENSURE(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + GZIP_HEADER, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t capacity = deflateBound(&z, bytes.n) + 64;
    char *out = arena_alloc(arena, capacity, 1);
    z.next_in = (Bytef *)(uintptr_t)bytes.data;
    z.avail_in = (uInt)bytes.n;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)capacity;
    ENSURE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    return (struct bytes){out, z.total_out};
}

struct bytes squeeze_zstd(struct arena *arena, struct bytes bytes) {
    size_t capacity = ZSTD_compressBound(bytes.n);
    char *out = arena_alloc(arena, capacity, 1);
    size_t n = ZSTD_compress(out, capacity, bytes.data, bytes.n, 3);
    ENSURE(!ZSTD_isError(n));
    return (struct bytes){out, n};
}
