/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain, gzip and zstd bytes come back whole from memory and from readers of any appetite; every
 * truncation and every damaged checksum is an error; bombs are refused; the hash is of the raw
 * bytes. Compressed inputs are made here by the libraries' own compressors. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/rng.h"
#include "base/source.h"
#include "case_table.h"

static bool says(const struct err *err, const char *words) {
    return strstr(err->what, words) != NULL;
}

static struct bytes gzip(struct arena *arena, const char *data, size_t n) {
    z_stream z = {0};
    deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    size_t capacity = deflateBound(&z, n) + 64;
    char *out = arena_alloc(arena, capacity, 1);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)capacity;
    cr_assert(eq(int, deflate(&z, Z_FINISH), Z_STREAM_END));
    deflateEnd(&z);
    return (struct bytes){out, z.total_out};
}

static struct bytes zstd(struct arena *arena, const char *data, size_t n) {
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t capacity = ZSTD_compressBound(n);
    char *out = arena_alloc(arena, capacity, 1);
    size_t size = ZSTD_compress2(context, out, capacity, data, n);
    cr_assert(not(ZSTD_isError(size)));
    ZSTD_freeCCtx(context);
    return (struct bytes){out, size};
}

static struct bytes join(struct arena *arena, struct bytes a, struct bytes b) {
    struct text text = {.arena = arena};
    text_append(&text, a.data, a.n);
    text_append(&text, b.data, b.n);
    return (struct bytes){text.data, text.n};
}

/* Rows with some repetition, as traces have. */
static struct bytes sample(struct arena *arena, size_t n_rows) {
    struct text text = {.arena = arena};
    struct rng rng = rng_open(21, 0, RNG_TEST, n_rows);
    for (size_t i = 0; i < n_rows; i++)
        text_printf(&text, "%zu.%03d,%d,%d\n", i, (int)rng_below(&rng, 1000),
                    (int)rng_below(&rng, 4000), (int)rng_below(&rng, 500));
    return (struct bytes){text.data, text.n};
}

/* A reader with an appetite: at most `bite` bytes a call, -1 after `n_until_error`. */
struct feed {
    struct bytes left;
    size_t bite, n_until_error;
};

static long feed_read(void *context, char *buffer, size_t n) {
    struct feed *feed = context;
    if (feed->n_until_error == 0)
        return -1;
    n = n < feed->bite ? n : feed->bite;
    n = n < feed->left.n ? n : feed->left.n;
    n = n < feed->n_until_error ? n : feed->n_until_error;
    if (n > 0)
        memcpy(buffer, feed->left.data, n);
    feed->left = (struct bytes){feed->left.data + n, feed->left.n - n};
    feed->n_until_error -= n;
    return (long)n;
}

/* Read to the end in blocks; also checks their promised size. */
static bool read_all(struct arena *arena, struct source *source, struct text *out,
                     struct err *err) {
    *out = (struct text){.arena = arena};
    text_append(out, "", 0);
    struct bytes block;
    do {
        if (!source_next(source, &block, err))
            return false;
        cr_assert(le(sz, block.n, 65536));
        text_append(out, block.data, block.n);
    } while (block.n > 0);
    return true;
}

static bool decode(struct arena *arena, struct bytes raw, size_t bite, struct text *out,
                   struct err *err) {
    struct feed feed = {raw, bite, SIZE_MAX};
    struct source *source = bite ? source_open_reader(arena, feed_read, &feed, "fed", err)
                                 : source_open_memory(arena, raw, "memory", err);
    bool fine = source && read_all(arena, source, out, err);
    source_close(source);
    return fine;
}

/* ---- the three codecs ---- */

static const struct {
    const char *name;
    int codec; /* 0 plain, 1 gzip, 2 zstd, 3 gzip of two members, 4 zstd of two frames */
    size_t n_rows, bite;
} ways[] = {
    {"plain, memory", 0, 30000, 0},     {"plain, reader", 0, 30000, 9999},
    {"plain, bytes", 0, 300, 1},        {"plain, empty", 0, 0, 0},
    {"plain, empty reader", 0, 0, 5},   {"gzip, memory", 1, 30000, 0},
    {"gzip, reader", 1, 30000, 4096},   {"gzip, bytes", 1, 3000, 1},
    {"gzip, empty", 1, 0, 0},           {"zstd, memory", 2, 30000, 0},
    {"zstd, reader", 2, 30000, 4097},   {"zstd, bytes", 2, 3000, 1},
    {"zstd, empty", 2, 0, 3},           {"gzip, members", 3, 20000, 0},
    {"gzip, members, bytes", 3, 50, 1}, {"zstd, frames", 4, 20000, 0},
    {"zstd, frames, bytes", 4, 50, 1},
};

CASE_TEST(source, gives_back_what_went_in, ways) {
    struct arena arena = {0};
    struct bytes want = sample(&arena, ways[*index].n_rows), raw = want;
    int codec = ways[*index].codec;
    if (codec == 1)
        raw = gzip(&arena, want.data, want.n);
    if (codec == 2)
        raw = zstd(&arena, want.data, want.n);
    size_t half = want.n / 3;
    if (codec == 3)
        raw = join(&arena, gzip(&arena, want.data, half),
                   gzip(&arena, want.data + half, want.n - half));
    if (codec == 4)
        raw = join(&arena, zstd(&arena, want.data, half),
                   zstd(&arena, want.data + half, want.n - half));
    struct text got;
    struct err err = {0};
    cr_assert(decode(&arena, raw, ways[*index].bite, &got, &err), "%s", err.what);
    cr_assert(eq(sz, got.n, want.n));
    cr_assert(want.n == 0 || memcmp(got.data, want.data, want.n) == 0);
    arena_release(&arena);
}

Test(source, short_files_are_plain) {
    static const char *const shorts[] = {"x", "\x1f", "\x28\xb5\x2f", "(\xb5/x"};
    for (int i = 0; i < 4; i++) {
        struct arena arena = {0};
        struct text got;
        struct err err;
        cr_assert(decode(&arena, bytes_of(shorts[i]), i % 2 ? 1 : 0, &got, &err));
        cr_assert(eq(str, got.data, (char *)shorts[i]));
        arena_release(&arena);
    }
}

/* ---- damage ---- */

/* Every proper prefix but those too short for the magic is refused. */
Test(source, every_truncation_is_an_error) {
    for (int codec = 1; codec <= 2; codec++) {
        struct arena arena = {0};
        struct bytes data = sample(&arena, 40);
        struct bytes raw =
            codec == 1 ? gzip(&arena, data.data, data.n) : zstd(&arena, data.data, data.n);
        for (size_t n = codec == 1 ? 2 : 4; n < raw.n; n++) {
            for (size_t bite = 0; bite <= 7; bite += 7) {
                struct text got;
                struct err err = {0};
                cr_assert(not(decode(&arena, (struct bytes){raw.data, n}, bite, &got, &err)),
                          "codec %d cut at %zu of %zu", codec, n, raw.n);
                cr_assert(eq(int, err.kind, ERR_INPUT));
                cr_assert(says(&err, "damaged") && err.file && err.hint[0], "%s", err.what);
            }
        }
        arena_release(&arena);
    }
}

/* A flipped bit in the last bytes (checksum) or the middle is noticed; headers hold bits that
 * nothing depends on, so they are left alone. */
Test(source, flipped_bits_are_errors) {
    for (int codec = 1; codec <= 2; codec++) {
        struct arena arena = {0};
        struct bytes data = sample(&arena, 400);
        struct bytes raw =
            codec == 1 ? gzip(&arena, data.data, data.n) : zstd(&arena, data.data, data.n);
        for (size_t at = 20; at < raw.n; at += at + 8 < raw.n ? 97 : 1) {
            char *damaged = arena_strndup(&arena, raw.data, raw.n);
            damaged[at] = (char)(damaged[at] ^ 0x10);
            struct text got;
            struct err err = {0};
            cr_assert(not(decode(&arena, (struct bytes){damaged, raw.n}, 0, &got, &err)),
                      "codec %d byte %zu of %zu", codec, at, raw.n);
        }
        arena_release(&arena);
    }
}

Test(source, bytes_after_the_stream) {
    struct arena arena = {0};
    struct text got;
    struct err err = {0};
    struct bytes packed = gzip(&arena, "abc", 3), framed = zstd(&arena, "abc", 3);
    struct bytes zeros = {"\0\0\0\0\0\0", 6};
    cr_assert(not(decode(&arena, join(&arena, packed, bytes_of("junk")), 0, &got, &err)));
    cr_assert(says(&err, "follow"), "%s", err.what);
    cr_assert(not(decode(&arena, join(&arena, framed, bytes_of("junk")), 1, &got, &err)));
    cr_assert(decode(&arena, join(&arena, packed, zeros), 1, &got, &err)); /* tape padding */
    cr_assert(eq(str, got.data, "abc"));
    arena_release(&arena);
}

/* 80 MiB of zeros: gzip reaches about 1030-fold, zstd far more. 60 MiB pass: below 64 MiB any
 * ratio may be. */
static const struct {
    int codec;
    size_t n_mib;
    bool bomb;
} bombs[] = {{1, 80, true}, {2, 80, true}, {1, 60, false}, {2, 60, false}};

CASE_TEST(source, bombs_are_refused, bombs) {
    struct arena arena = {0};
    size_t n = bombs[*index].n_mib << 20;
    char *zeros = calloc(n, 1);
    struct bytes raw = bombs[*index].codec == 1 ? gzip(&arena, zeros, n) : zstd(&arena, zeros, n);
    free(zeros);
    struct err err = {0};
    struct source *source = source_open_memory(&arena, raw, "bomb", &err);
    struct bytes block;
    size_t n_out = 0;
    bool fine;
    while ((fine = source_next(source, &block, &err)) && block.n > 0)
        n_out += block.n;
    cr_assert(eq(int, fine, !bombs[*index].bomb));
    if (fine)
        cr_assert(eq(sz, n_out, n));
    else
        cr_assert(says(&err, "1000-fold") && n_out <= (65u << 20), "%s", err.what);
    source_close(source);
    arena_release(&arena);
}

/* Text that packs 600-fold passes, however large. */
Test(source, well_packed_data_are_no_bomb) {
    struct arena arena = {0};
    size_t n = 80u << 20;
    char *data = calloc(n, 1);
    struct rng rng = rng_open(22, 0, RNG_TEST, 0);
    for (size_t i = 0; i < n; i += 4000)
        data[i] = (char)rng_below(&rng, 256);
    struct bytes raw = gzip(&arena, data, n);
    free(data);
    cr_assert(gt(sz, n / raw.n, 200));
    cr_assert(lt(sz, n / raw.n, 1000));
    struct err err = {0};
    struct source *source = source_open_memory(&arena, raw, "packed", &err);
    struct bytes block = {NULL, 1};
    while (block.n > 0)
        cr_assert(source_next(source, &block, &err), "%s", err.what);
    source_close(source);
    arena_release(&arena);
}

/* ---- the rest ---- */

Test(source, hash_is_of_the_raw_bytes) {
    static const char abc[] = /* FIPS 180-2, appendix B.1 */
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for (size_t bite = 0; bite <= 1; bite++) {
        struct arena arena = {0};
        struct err err;
        struct feed feed = {bytes_of("abc"), 1, SIZE_MAX};
        struct source *source = bite ? source_open_reader(&arena, feed_read, &feed, "fed", &err)
                                     : source_open_memory(&arena, bytes_of("abc"), "memory", &err);
        struct text got;
        char hash[65];
        cr_assert(read_all(&arena, source, &got, &err));
        source_sha256(source, hash);
        cr_assert(eq(str, hash, (char *)abc));
        source_sha256(source, hash); /* asking changes nothing */
        cr_assert(eq(str, hash, (char *)abc));
        source_close(source);
        arena_release(&arena);
    }
}

/* The same plain and packed content have different hashes; the packed one's is the file's. */
Test(source, hash_of_a_packed_file_is_that_of_the_file) {
    struct arena arena = {0};
    struct bytes data = sample(&arena, 5000), raw = gzip(&arena, data.data, data.n);
    struct err err;
    struct text got;
    char packed[65], plain[65], as_plain[65];
    struct source *source = source_open_memory(&arena, raw, "a", &err);
    cr_assert(read_all(&arena, source, &got, &err));
    source_sha256(source, packed);
    source_close(source);
    source = source_open_memory(&arena, data, "b", &err);
    cr_assert(read_all(&arena, source, &got, &err));
    source_sha256(source, plain);
    source_close(source);
    char *disguised = arena_strndup(&arena, raw.data, raw.n);
    struct feed feed = {{disguised, raw.n}, 1000, SIZE_MAX};
    source = source_open_reader(&arena, feed_read, &feed, "c", &err);
    cr_assert(read_all(&arena, source, &got, &err));
    source_sha256(source, as_plain);
    source_close(source);
    cr_assert(ne(str, packed, plain));
    cr_assert(eq(str, packed, as_plain));
    arena_release(&arena);
}

Test(source, read_errors_are_system_errors_and_stay) {
    for (size_t n_until_error = 0; n_until_error <= 90000; n_until_error += 90000) {
        struct arena arena = {0};
        struct err err = {0}, again = {0};
        struct feed feed = {sample(&arena, 20000), 3333, n_until_error};
        struct source *source = source_open_reader(&arena, feed_read, &feed, "disk", &err);
        cr_assert(eq(int, source != NULL, n_until_error > 0));
        if (source) {
            struct text got;
            cr_assert(not(read_all(&arena, source, &got, &err)));
            cr_assert(eq(sz, got.n, 65536)); /* what came before the error */
            struct bytes block = {"x", 1};
            cr_assert(not(source_next(source, &block, &again)));
            cr_assert(eq(str, again.what, err.what));
            cr_assert(eq(sz, block.n, 1)); /* outputs untouched */
        }
        cr_assert(eq(int, err.kind, ERR_SYSTEM));
        cr_assert(eq(str, (char *)err.file, "disk"));
        source_close(source);
        arena_release(&arena);
    }
}

/* Looking takes nothing away, and shows a whole first block whatever the reader's appetite. */
Test(source, peek_shows_the_next_block) {
    for (int packed = 0; packed < 2; packed++) {
        struct arena arena = {0};
        struct bytes data = sample(&arena, 20000);
        struct feed feed = {packed ? gzip(&arena, data.data, data.n) : data, 7, SIZE_MAX};
        struct err err = {0};
        struct source *source = source_open_reader(&arena, feed_read, &feed, "fed", &err);
        struct bytes seen, again;
        struct text got;
        cr_assert(source_peek(source, &seen, &err));
        cr_assert(eq(sz, seen.n, 65536));
        cr_assert(source_peek(source, &again, &err));
        cr_assert(bytes_equal(seen, again));
        cr_assert(read_all(&arena, source, &got, &err), "%s", err.what);
        cr_assert(bytes_equal((struct bytes){got.data, got.n}, data));
        cr_assert(source_peek(source, &seen, &err)); /* the end can be seen too */
        cr_assert(eq(sz, seen.n, 0));
        source_close(source);
        cr_assert(not(source_next(source, &seen, &err)));
        arena_release(&arena);
    }
}

Test(source, read_all_has_a_limit) {
    struct arena arena = {0};
    struct bytes data = sample(&arena, 9000), out = {NULL, 0};
    struct err err = {0};
    struct source *source = source_open_memory(&arena, data, "s", &err);
    cr_assert(source_read_all(&arena, source, data.n, &out, &err));
    cr_assert(bytes_equal(out, data));
    source_close(source);
    source = source_open_memory(&arena, data, "s", &err);
    cr_assert(not(source_read_all(&arena, source, data.n - 1, &out, &err)));
    cr_assert(says(&err, "larger than"), "%s", err.what);
    cr_assert(eq(str, (char *)source_name(source), "s"));
    source_close(source);
    cr_assert(not(source_next(source, &out, &err))); /* closed */
    source_close(source);
    source_close(NULL);
    arena_release(&arena);
}
