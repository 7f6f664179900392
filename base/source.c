/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw bytes come in blocks, are hashed as they come, and go through the codec that the first bytes
 * name. A failure is kept: every later call reports it again. */
#include "base/source.h"

#include <nettle/sha2.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { BLOCK_BYTES = 64 * 1024, MAGIC_BYTES = 4 };

#define BOMB_FREE_BYTES ((uint64_t)64 << 20)
#define BOMB_RATIO 1000

enum codec { CODEC_PLAIN, CODEC_GZIP, CODEC_ZSTD };

struct source {
    const char *name;
    source_read_fn read; /* NULL: from memory */
    void *context;
    struct bytes memory; /* not yet handed on */

    struct sha256_ctx hash;
    enum codec codec;
    char *raw;        /* [BLOCK_BYTES] buffer of a reader; NULL from memory */
    const char *next; /* raw bytes read and not yet used */
    size_t n_next;
    uint64_t n_raw, n_out; /* bytes read, bytes given */
    bool raw_at_end, failed, has_peeked;
    struct bytes peeked; /* looked at, not yet given */
    struct err failure;

    char *out; /* [BLOCK_BYTES] of a codec */
    z_stream gzip;
    bool gzip_open, in_frame; /* in_frame: the codec waits for the rest of a member or frame */
    ZSTD_DStream *zstd;
};

/* Remember the failure for later calls; always returns false. */
static bool fail(struct source *source, const struct err *failure, struct err *err) {
    source->failed = true;
    source->failure = *failure;
    if (err)
        *err = *failure;
    return false;
}

static bool fail_damaged(struct source *source, struct err *err, const char *kind,
                         const char *detail) {
    struct err failure;
    err_at(&failure, source->name, 0, 0, "damaged %s data after %llu decompressed bytes: %s", kind,
           (unsigned long long)source->n_out, detail);
    err_hint(&failure, "copy or download the file again; 'gzip -t' or 'zstd -t' tests it");
    return fail(source, &failure, err);
}

/* ---- raw bytes ---- */

/* Fills the buffer even where the reader gives little at a time (pipes), so that blocks, and what a
 * peek sees, do not depend on its appetite. */
static bool take_from_reader(struct source *source, struct err *err) {
    if (source->n_next > 0)
        memmove(source->raw, source->next, source->n_next);
    source->next = source->raw;
    while (source->n_next < BLOCK_BYTES && !source->raw_at_end) {
        char *free_space = source->raw + source->n_next;
        size_t capacity = BLOCK_BYTES - source->n_next;
        long n = source->read(source->context, free_space, capacity);
        if (n < 0 || (size_t)n > capacity) {
            struct err failure;
            err_set(&failure, ERR_SYSTEM, "cannot read '%s'", source->name);
            failure.file = source->name;
            return fail(source, &failure, err);
        }
        sha256_update(&source->hash, (size_t)n, (const uint8_t *)free_space);
        source->n_raw += (uint64_t)n;
        source->n_next += (size_t)n;
        source->raw_at_end = n == 0;
    }
    return true;
}

/* Have at least `want` raw bytes at `next`, or fewer at the end. */
static bool take_raw(struct source *source, size_t want, struct err *err) {
    if (source->n_next >= want || source->raw_at_end)
        return true;
    if (source->read)
        return take_from_reader(source, err);
    size_t n = source->memory.n < BLOCK_BYTES ? source->memory.n : BLOCK_BYTES;
    if (source->n_next == 0)
        source->next = source->memory.data;
    if (n > 0)
        sha256_update(&source->hash, n, (const uint8_t *)source->memory.data);
    source->n_raw += n;
    source->n_next += n;
    source->memory = (struct bytes){n ? source->memory.data + n : NULL, source->memory.n - n};
    source->raw_at_end = source->memory.n == 0;
    return true;
}

static void use_raw(struct source *source, size_t n) {
    source->next = n ? source->next + n : source->next;
    source->n_next -= n;
}

/* ---- opening ---- */

static enum codec codec_of(const char *magic, size_t n) {
    if (n >= 2 && memcmp(magic, "\x1f\x8b", 2) == 0)
        return CODEC_GZIP;
    if (n >= 4 && memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0)
        return CODEC_ZSTD;
    return CODEC_PLAIN;
}

static bool open_codec(struct arena *arena, struct source *source) {
    if (source->codec == CODEC_PLAIN)
        return true;
    source->out = arena_alloc(arena, BLOCK_BYTES, 1);
    if (source->codec == CODEC_ZSTD)
        return (source->zstd = ZSTD_createDStream()) != NULL;
    enum { GZIP_ONLY = 16 };
    source->gzip_open = inflateInit2(&source->gzip, MAX_WBITS + GZIP_ONLY) == Z_OK;
    return source->gzip_open;
}

static struct source *open_source(struct arena *arena, struct source *source, struct err *err) {
    sha256_init(&source->hash);
    if (!take_raw(source, MAGIC_BYTES, err))
        return NULL;
    source->codec = codec_of(source->next, source->n_next);
    if (!open_codec(arena, source)) {
        err_set(err, ERR_SYSTEM, "cannot start the decompression of '%s'", source->name);
        source_close(source);
        return NULL;
    }
    return source;
}

struct source *source_open_memory(struct arena *arena, struct bytes bytes, const char *name,
                                  struct err *err) {
    struct source *source = arena_new(arena, struct source, 1);
    source->name = name;
    source->memory = bytes;
    return open_source(arena, source, err);
}

struct source *source_open_reader(struct arena *arena, source_read_fn read, void *context,
                                  const char *name, struct err *err) {
    ENSURE(read);
    struct source *source = arena_new(arena, struct source, 1);
    source->name = name;
    source->read = read;
    source->context = context;
    source->raw = arena_alloc(arena, BLOCK_BYTES, 1);
    return open_source(arena, source, err);
}

/* ---- blocks ---- */

static bool next_plain(struct source *source, struct bytes *block, struct err *err) {
    if (source->n_next == 0 && !take_raw(source, 1, err))
        return false;
    *block = (struct bytes){source->next, source->n_next};
    source->n_out += source->n_next;
    use_raw(source, source->n_next);
    return true;
}

static bool is_bomb(const struct source *source) {
    uint64_t used = source->n_raw - source->n_next;
    return source->n_out > BOMB_FREE_BYTES && source->n_out / BOMB_RATIO > used;
}

/* One step of the codec: consume some of `next`, produce into `out`. */
static bool step_gzip(struct source *source, size_t *n_out, struct err *err) {
    z_stream *z = &source->gzip;
    z->next_in = (Bytef *)(uintptr_t)source->next; /* zlib reads only, whatever its type says */
    z->avail_in = (uInt)source->n_next;
    z->next_out = (Bytef *)source->out;
    z->avail_out = BLOCK_BYTES;
    int status = inflate(z, Z_NO_FLUSH);
    use_raw(source, source->n_next - z->avail_in);
    *n_out = BLOCK_BYTES - z->avail_out;
    if (status == Z_STREAM_END) {
        source->in_frame = false;
        inflateReset(z);
        return true;
    }
    if (status != Z_OK && status != Z_BUF_ERROR)
        return fail_damaged(source, err, "gzip", z->msg ? z->msg : "not readable");
    return true;
}

static bool step_zstd(struct source *source, size_t *n_out, struct err *err) {
    ZSTD_inBuffer in = {source->next, source->n_next, 0};
    ZSTD_outBuffer out = {source->out, BLOCK_BYTES, 0};
    size_t status = ZSTD_decompressStream(source->zstd, &out, &in);
    use_raw(source, in.pos);
    *n_out = out.pos;
    if (ZSTD_isError(status))
        return fail_damaged(source, err, "zstd", ZSTD_getErrorName(status));
    source->in_frame = status != 0;
    return true;
}

/* Between members or frames: nothing may follow but another one, or the zero padding that tapes
 * leave behind gzip. Sets *done at the end. */
static bool start_frame(struct source *source, bool *done, struct err *err) {
    if (!take_raw(source, MAGIC_BYTES, err))
        return false;
    if (source->codec == CODEC_GZIP) {
        while (source->n_next > 0 && source->n_out > 0 && *source->next == '\0') {
            use_raw(source, 1);
            if (!take_raw(source, MAGIC_BYTES, err))
                return false;
        }
        if (source->n_next > 0 && codec_of(source->next, source->n_next) != CODEC_GZIP)
            return fail_damaged(source, err, "gzip", "other bytes follow the compressed data");
    }
    *done = source->n_next == 0;
    source->in_frame = !*done;
    return true;
}

static bool next_compressed(struct source *source, struct bytes *block, struct err *err) {
    for (;;) {
        if (!source->in_frame) {
            bool done = false;
            if (!start_frame(source, &done, err))
                return false;
            if (done) {
                *block = (struct bytes){source->out, 0};
                return true;
            }
        }
        if (source->n_next == 0 && !take_raw(source, 1, err))
            return false;
        size_t n_before = source->n_next, n_out = 0;
        bool gzip = source->codec == CODEC_GZIP;
        if (!(gzip ? step_gzip(source, &n_out, err) : step_zstd(source, &n_out, err)))
            return false;
        if (n_out == 0 && n_before == 0 && source->in_frame)
            return fail_damaged(source, err, gzip ? "gzip" : "zstd", "the file ends too early");
        if (n_out > 0) {
            source->n_out += n_out;
            *block = (struct bytes){source->out, n_out};
            return true;
        }
    }
}

static bool next_block(struct source *source, struct bytes *block, struct err *err) {
    if (source->failed) {
        if (err)
            *err = source->failure;
        return false;
    }
    struct bytes next;
    if (source->codec == CODEC_PLAIN) {
        if (!next_plain(source, &next, err))
            return false;
    } else {
        if (!next_compressed(source, &next, err))
            return false;
        if (is_bomb(source)) {
            struct err failure;
            err_at(&failure, source->name, 0, 0,
                   "the compressed file grows more than %d-fold (past %llu MiB): refused",
                   BOMB_RATIO, (unsigned long long)(source->n_out >> 20));
            err_hint(&failure, "if the data are genuine, pass them uncompressed");
            return fail(source, &failure, err);
        }
    }
    *block = next;
    return true;
}

bool source_peek(struct source *source, struct bytes *block, struct err *err) {
    if (!source->has_peeked && !next_block(source, &source->peeked, err))
        return false;
    source->has_peeked = true;
    *block = source->peeked;
    return true;
}

bool source_next(struct source *source, struct bytes *block, struct err *err) {
    if (!source->has_peeked)
        return next_block(source, block, err);
    source->has_peeked = false;
    *block = source->peeked;
    return true;
}

bool source_read_all(struct arena *arena, struct source *source, size_t limit, struct bytes *out,
                     struct err *err) {
    struct text text = {.arena = arena};
    struct bytes block;
    do {
        if (!source_next(source, &block, err))
            return false;
        if (block.n > limit - text.n) {
            struct err failure;
            err_at(&failure, source->name, 0, 0, "the file is larger than %zu bytes", limit);
            return fail(source, &failure, err);
        }
        text_append(&text, block.data, block.n);
    } while (block.n > 0);
    *out = (struct bytes){text.data, text.n};
    return true;
}

const char *source_name(const struct source *source) {
    return source->name;
}

void source_sha256(const struct source *source, char out[65]) {
    struct sha256_ctx hash = source->hash; /* taking the digest resets the state */
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[64] = '\0';
}

void source_close(struct source *source) {
    if (!source)
        return;
    if (source->gzip_open)
        inflateEnd(&source->gzip);
    ZSTD_freeDStream(source->zstd);
    source->gzip_open = source->has_peeked = false;
    source->zstd = NULL;
    err_at(&source->failure, source->name, 0, 0, "read after close");
    source->failed = true;
}
