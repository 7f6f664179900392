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

enum { PATH_BYTES = 4096 };

/* The one piece of global state in the program: a signal handler has no other way to know what to
 * remove. */
static char temporary[PATH_BYTES];
static volatile sig_atomic_t temporary_exists;

static void on_signal(int signal_number) {
    if (temporary_exists)
        unlink(temporary);
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
    sigaction(SIGPIPE, &ignore, NULL);
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

bool write_file(const char *path, const char *data, size_t n, struct err *err) {
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary)
        return err_set(err, ERR_SYSTEM, "the path '%.100s...' is too long", path);
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor < 0)
        return err_set(err, ERR_SYSTEM, "cannot write '%s': %s", path, strerror(errno));
    temporary_exists = 1;
    mode_t mask = umask(0);
    umask(mask);
    bool ok = write_all(descriptor, data, n) && fchmod(descriptor, 0666 & ~mask) == 0 &&
              fsync(descriptor) == 0;
    int why = errno;
    if (close(descriptor) != 0 && ok) {
        why = errno;
        ok = false;
    }
    if (ok && rename(temporary, path) != 0) {
        why = errno;
        ok = false;
    }
    if (!ok)
        unlink(temporary);
    temporary_exists = 0;
    if (!ok)
        return err_set(err, ERR_SYSTEM, "cannot write '%s': %s", path, strerror(why));
    sync_folder_of(path);
    return true;
}
