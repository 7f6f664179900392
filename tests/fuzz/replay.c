/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A target without libFuzzer: its seeds, plain and compressed, then keyed mutations of them.
 *
 *      replay_X SEEDS          seeds/X; files whose name begins with "refused" must be refused, all
 *                              others read
 *      replay_X --spread SEEDS OUT    copies and compressed seeds for libFuzzer to start from
 *      replay_X --mutation SEEDS N    the bytes of one mutation, to stdout
 *
 *  A mutation depends on the seeds and its number; the number is told when one ends the program. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "squeeze.h"
#include "target.h"

enum { SEEDS_MAX = 64, MUTATIONS = 3000, SIZE_MOST = 1 << 16, SEED = 20261201 };

struct seed {
    char name[256];
    struct bytes bytes;
};

static struct {
    int n;
    struct seed seeds[SEEDS_MAX];
    char now[300]; /* what is being tried */
} replay;

/* ---- when a reader ends the program ---- */

static void tell(void) {
    if (replay.now[0] && write(2, replay.now, strlen(replay.now)) < 0)
        _exit(99);
}

static void tell_signal(int number) {
    tell();
    signal(number, SIG_DFL);
    raise(number);
}

static void listen_for_ends(void) {
    static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], tell_signal);
    atexit(tell);
}

_Noreturn void __wrap__Exit(int code);
_Noreturn void __wrap__Exit(int code) {
    exit(code);
}

/* ---- seeds ---- */

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct seed *)a)->name, ((const struct seed *)b)->name);
}

static struct bytes read_file(struct arena *arena, const char *path) {
    struct text text = {.arena = arena};
    char buffer[4096];
    size_t n;
    FILE *file = fopen(path, "rb");
    ENSURE(file != NULL);
    text_append(&text, "", 0);
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_append(&text, buffer, n);
    fclose(file);
    return (struct bytes){text.data, text.n};
}

static void read_seeds(struct arena *arena, const char *folder) {
    DIR *directory = opendir(folder);
    if (!directory) {
        fprintf(stderr, "replay: no folder %s\n", folder);
        exit(2);
    }
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] == '.')
            continue;
        ENSURE(replay.n < SEEDS_MAX);
        struct seed *seed = &replay.seeds[replay.n++];
        snprintf(seed->name, sizeof seed->name, "%s", entry->d_name);
        seed->bytes = read_file(arena, arena_printf(arena, "%s/%s", folder, entry->d_name));
    }
    closedir(directory);
    qsort(replay.seeds, (size_t)replay.n, sizeof *replay.seeds, by_name);
    ENSURE(replay.n > 0);
}

static bool try_seed(const struct seed *seed, const char *how, struct bytes bytes) {
    bool refused = strncmp(seed->name, "refused", 7) == 0;
    snprintf(replay.now, sizeof replay.now, "%.20s: seed %.200s%.20s ended the program\n",
             fuzz_name, seed->name, how);
    bool fine = fuzz_one(bytes);
    replay.now[0] = '\0';
    if (fine == refused)
        fprintf(stderr, "%s: seed %s%s was %s\n", fuzz_name, seed->name, how,
                fine ? "read" : "refused");
    return fine != refused;
}

/* ---- mutations ---- */

static size_t below(struct rng *rng, size_t n) {
    return n ? (size_t)rng_below(rng, n) : 0;
}

/* Replace n bytes at `at`. */
static struct bytes splice(struct arena *arena, struct bytes in, size_t at, size_t n,
                           struct bytes with) {
    struct text out = {.arena = arena};
    text_append(&out, in.data, at);
    text_append(&out, with.data, with.n);
    text_append(&out, in.data + at + n, in.n - at - n);
    return (struct bytes){out.data, out.n};
}

static struct bytes mutate(struct arena *arena, struct rng *rng, struct bytes in) {
    size_t at = below(rng, in.n + 1), n = below(rng, 1 + below(rng, 40)), n_words = 0;
    n = n < in.n - at ? n : in.n - at;
    while (fuzz_words[n_words])
        n_words++;
    struct bytes other = replay.seeds[below(rng, (size_t)replay.n)].bytes;
    size_t from = below(rng, other.n), more = below(rng, 120);
    char byte = (char)below(rng, 256);
    switch (below(rng, 6)) {
    case 0: /* a byte */
        return splice(arena, in, at, n > 0, (struct bytes){&byte, 1});
    case 1: /* a bit */
        if (at == in.n)
            return in;
        byte = (char)(in.data[at] ^ (char)(1 << below(rng, 8)));
        return splice(arena, in, at, 1, (struct bytes){&byte, 1});
    case 2: /* a piece less */
        return splice(arena, in, at, n, (struct bytes){"", 0});
    case 3: /* a piece twice */
        return splice(arena, in, at, 0, (struct bytes){in.data + at, n});
    case 4: /* a word of the grammar */
        return splice(arena, in, at, n, bytes_of(fuzz_words[below(rng, n_words)]));
    default: /* a piece of another seed */
        more = more < other.n - from ? more : other.n - from;
        return splice(arena, in, at, n, (struct bytes){other.data + from, more});
    }
}

static struct bytes mutation(struct arena *arena, int number) {
    struct rng rng = rng_open(SEED, (uint64_t)number, RNG_TEST, 0);
    struct bytes bytes = replay.seeds[below(&rng, (size_t)replay.n)].bytes;
    for (size_t i = 0, n = 1 + below(&rng, 4); i < n && bytes.n < SIZE_MOST; i++)
        bytes = mutate(arena, &rng, bytes);
    if (fuzz_unpacks && below(&rng, 4) == 0) {
        bytes = below(&rng, 2) ? squeeze_gzip(arena, bytes) : squeeze_zstd(arena, bytes);
        if (below(&rng, 2))
            bytes = mutate(arena, &rng, bytes);
    }
    return bytes;
}

static bool try_mutation(struct arena *arena, int number) {
    struct bytes bytes = mutation(arena, number);
    snprintf(replay.now, sizeof replay.now, "%.20s: mutation %d ended the program\n", fuzz_name,
             number);
    bool fine = fuzz_one(bytes);
    replay.now[0] = '\0';
    return fine;
}

/* ---- both ---- */

static int run_all(void) {
    bool ok = true;
    int n_fine = 0;
    struct arena arena = {0};
    for (int i = 0; i < replay.n; i++) {
        const struct seed *seed = &replay.seeds[i];
        ok = try_seed(seed, "", seed->bytes) && ok;
        if (!fuzz_unpacks || seed->bytes.n == 0)
            continue;
        ok = try_seed(seed, " as gzip", squeeze_gzip(&arena, seed->bytes)) && ok;
        ok = try_seed(seed, " as zstd", squeeze_zstd(&arena, seed->bytes)) && ok;
    }
    for (int i = 0; i < MUTATIONS; i++) {
        struct arena_mark mark = arena_mark(&arena);
        n_fine += try_mutation(&arena, i);
        arena_rewind(&arena, mark);
    }
    arena_release(&arena);
    printf("%s: %d seeds, %d mutations of which %d were read\n", fuzz_name, replay.n, MUTATIONS,
           n_fine);
    /* Neither so weak that all are read nor so strong that none is. */
    return ok && n_fine >= MUTATIONS / 100 && n_fine <= MUTATIONS - MUTATIONS / 5 ? 0 : 1;
}

static void write_seed(struct arena *arena, const char *folder, const struct seed *seed,
                       const char *end, struct bytes bytes) {
    FILE *file = fopen(arena_printf(arena, "%s/%s%s", folder, seed->name, end), "wb");
    if (!file || fwrite(bytes.data, 1, bytes.n, file) != bytes.n || fclose(file) != 0) {
        fprintf(stderr, "replay: cannot write to %s: %s\n", folder, strerror(errno));
        exit(4);
    }
}

static int spread(const char *folder) {
    struct arena arena = {0};
    for (int i = 0; i < replay.n; i++) {
        const struct seed *seed = &replay.seeds[i];
        write_seed(&arena, folder, seed, "", seed->bytes);
        if (fuzz_unpacks) {
            write_seed(&arena, folder, seed, ".gz", squeeze_gzip(&arena, seed->bytes));
            write_seed(&arena, folder, seed, ".zst", squeeze_zstd(&arena, seed->bytes));
        }
    }
    arena_release(&arena);
    return 0;
}

static int print_mutation(int number) {
    struct arena arena = {0};
    struct bytes bytes = mutation(&arena, number);
    fwrite(bytes.data, 1, bytes.n, stdout);
    arena_release(&arena);
    return 0;
}

int main(int argc, char **argv) {
    bool spreads = argc == 4 && strcmp(argv[1], "--spread") == 0;
    bool prints = argc == 4 && strcmp(argv[1], "--mutation") == 0;
    if (argc != 2 && !spreads && !prints) {
        fprintf(stderr, "usage: replay_%s SEEDS | --spread SEEDS OUT | --mutation SEEDS N\n",
                fuzz_name);
        return 2;
    }
    struct arena arena = {0};
    read_seeds(&arena, argv[argc == 2 ? 1 : 2]);
    listen_for_ends();
    int code = spreads ? spread(argv[3]) : prints ? print_mutation(atoi(argv[3])) : run_all();
    arena_release(&arena);
    return code;
}
