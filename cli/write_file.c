/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/write_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, FILES_MAX = 512 };

/* The only global state of the program: a signal handler has no other way to know what to remove
 * and whom to tell. */
static char temporaries[FILES_MAX][PATH_BYTES];
static volatile sig_atomic_t n_temporaries;

/* The first SIGINT sets it, while soft_stop. */
static volatile int stop_wanted;
static volatile sig_atomic_t soft_stop;

/* What the end by a signal tells on stderr. */
static const char *volatile last_words;

static void on_signal(int signal_number) {
    if (signal_number == SIGINT && soft_stop && !stop_wanted) {
        stop_wanted = 1;
        return;
    }
    const char *words = last_words;
    if (words && write(STDERR_FILENO, words, strlen(words)) < 0)
        last_words = NULL; /* nobody reads it */
    for (int i = 0; i < n_temporaries; i++)
        unlink(temporaries[i]);
    _exit(128 + signal_number);
}

void write_file_guard_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL); /* a closed pipe and a file that may not grow are errors */
    sigaction(SIGXFSZ, &ignore, NULL); /* of the write, not the end of the process */
}

const volatile int *signal_stop_wanted(void) {
    return &stop_wanted;
}

void signal_last_words(const char *words) {
    last_words = words;
}

void signal_stop_softly(bool softly) {
    soft_stop = softly;
}

/* A temporary file is in the list whenever it is on the disk: no signal comes between. */
static sigset_t hold_signals(void) {
    sigset_t ours, before;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigprocmask(SIG_BLOCK, &ours, &before);
    return before;
}

static void let_signals(const sigset_t *before) {
    sigprocmask(SIG_SETMASK, before, NULL);
}

bool make_folder(const char *folder, struct err *err) {
    char path[PATH_BYTES];
    if (snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path)
        return err_set(err, ERR_SYSTEM, "the path '%.100s...' is too long", folder);
    for (char *slash = path + 1; *slash; slash++) {
        if (*slash != '/')
            continue;
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return err_set(err, ERR_SYSTEM, "cannot make the folder '%s': %s", path,
                           strerror(errno));
        *slash = '/';
    }
    struct stat info;
    if ((mkdir(path, 0777) != 0 && errno != EEXIST) || stat(path, &info) != 0)
        return err_set(err, ERR_SYSTEM, "cannot make the folder '%s': %s", path, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return err_set(err, ERR_SYSTEM, "'%s' is not a folder", path);
    return true;
}

static bool write_all(int descriptor, const char *data, size_t n) {
    while (n > 0) {
        ssize_t wrote = write(descriptor, data, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        data += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

static void sync_folder_of(const char *path) {
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    int descriptor = open(folder[0] ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
}

static bool failed(const char *path, int why, struct err *err) {
    return err_set(err, ERR_SYSTEM, "cannot write '%s': %s", path, strerror(why));
}

/* A device or a pipe has nothing to keep whole: the bytes go straight to it. */
static bool is_stream(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static bool write_stream(const struct file_to_write *file, struct err *err) {
    int descriptor = open(file->path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return failed(file->path, errno, err);
    bool ok = write_all(descriptor, file->data, file->n);
    int why = errno;
    if (close(descriptor) != 0 && ok) {
        why = errno;
        ok = false;
    }
    return ok || failed(file->path, why, err);
}

/* -1: errno says why. */
static int open_temporary(const char *path) {
    char *temporary = temporaries[n_temporaries];
    if (snprintf(temporary, PATH_BYTES, "%s.XXXXXX", path) >= PATH_BYTES) {
        errno = ENAMETOOLONG;
        return -1;
    }
    sigset_t before = hold_signals();
    int descriptor = mkostemp(temporary, O_CLOEXEC), why = errno;
    if (descriptor >= 0)
        n_temporaries++;
    let_signals(&before);
    errno = why;
    return descriptor;
}

static bool write_temporary(const struct file_to_write *file, struct err *err) {
    int descriptor = open_temporary(file->path);
    if (descriptor < 0)
        return failed(file->path, errno, err);
    mode_t mask = umask(0);
    umask(mask);
    bool ok = write_all(descriptor, file->data, file->n) && fchmod(descriptor, 0666 & ~mask) == 0 &&
              fsync(descriptor) == 0;
    int why = errno;
    if (close(descriptor) != 0 && ok) {
        why = errno;
        ok = false;
    }
    return ok || failed(file->path, why, err);
}

static void remove_temporaries(void) {
    sigset_t before = hold_signals();
    for (int i = 0; i < n_temporaries; i++)
        unlink(temporaries[i]);
    n_temporaries = 0;
    let_signals(&before);
}

/* All names change before a signal can come: the files are those of one run. */
static bool rename_temporaries(const struct file_to_write *files, const bool *streams, int n,
                               struct err *err) {
    sigset_t before = hold_signals();
    bool ok = true;
    for (int i = 0, t = 0; i < n && ok; i++)
        if (!streams[i] && rename(temporaries[t++], files[i].path) != 0)
            ok = failed(files[i].path, errno, err);
    if (ok)
        n_temporaries = 0;
    let_signals(&before);
    return ok;
}

bool write_files(const struct file_to_write *files, int n, struct err *err) {
    bool streams[FILES_MAX], ok = true;
    if (n > FILES_MAX)
        return err_set(err, ERR_SYSTEM, "%d files at once are more than %d", n, FILES_MAX);
    for (int i = 0; i < n; i++)
        streams[i] = is_stream(files[i].path);
    for (int i = 0; i < n && ok; i++)
        ok = streams[i] || write_temporary(&files[i], err);
    for (int i = 0; i < n && ok; i++)
        ok = !streams[i] || write_stream(&files[i], err);
    ok = ok && rename_temporaries(files, streams, n, err);
    remove_temporaries();
    for (int i = 0; i < n && ok; i++)
        if (!streams[i])
            sync_folder_of(files[i].path);
    return ok;
}

bool write_file(const char *path, const char *data, size_t n, struct err *err) {
    return write_files(&(struct file_to_write){path, data, n}, 1, err);
}
